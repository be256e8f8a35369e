//! Prefilter: two bitmaps that rule out, without reading a block, that one of its
//! windows is active.
//!
//! ```text
//! time-of-week mask (32 bits)      one for a slot, one for each calendar of a block
//!   bits  0..24   hours of the day, UTC
//!   bits 24..31   days of the week, UTC, Monday first
//! span buckets (32 bits)           one for a slot
//!   bit i         a one-time interval overlaps bucket i (mod 32) of 2^25 ms (9.3 h)
//! ```
//!
//! A mask has the bits of every hour and day that a clock range can overlap, for all
//! offsets that its zone has in the years that [`PREFILTER_RANGE`] covers. Outside of these
//! years every mask matches. A prefilter has false positives, but no false negatives.

use crate::index::near::ALWAYS;
use crate::schedule::{ALL_WEEKDAYS, ClockEnvelope, Kind, Operator, Schedule};
use crate::time::civil::{DAY_MS, WEEK_MS};
use crate::time::{PREFILTER_RANGE, Zone};

/// The prefilter of a slot, two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefilter {
    /// When windows other than one-time intervals may be active.
    pub(super) time_of_week: TimeOfWeekMask,
    /// The buckets that one-time intervals overlap. Bit `i` stands for every 32nd bucket:
    /// the bitmap repeats after 12 days.
    pub(super) span_buckets: u32,
}

/// A bucket is 2^25 ms (9.3 hours) wide.
const BUCKET_SHIFT: u32 = 25;

/// Which windows may be active at an instant, according to a prefilter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) spans: bool,
    pub(super) rules: bool,
    /// The bits of the instant, for the masks in the block.
    pub(super) bits: TimeOfWeekBits,
}

impl Candidates {
    /// Whether any window may be active.
    #[inline]
    pub(super) fn is_any(self) -> bool {
        self.spans | self.rules
    }
}

impl Prefilter {
    /// Decodes the payload of a slot.
    #[inline(always)]
    pub(super) fn from_words([mask, span_buckets]: [u32; 2]) -> Self {
        Self { time_of_week: TimeOfWeekMask::from_bits(mask), span_buckets }
    }

    /// Encodes the payload of a slot.
    pub(super) fn to_words(self) -> [u32; 2] {
        [self.time_of_week.bits(), self.span_buckets]
    }

    /// Adds the times at which a rule may be active.
    pub(super) fn add_time_of_week(&mut self, mask: TimeOfWeekMask) {
        self.time_of_week = self.time_of_week.union(mask);
    }

    /// Adds one-time intervals.
    pub(super) fn add_spans(&mut self, spans: &[(i64, i64)]) {
        for (start, end) in spans {
            let (first, last) = (start >> BUCKET_SHIFT, (end - 1) >> BUCKET_SHIFT);
            let extra = (last - first).min(31) as u32;
            self.span_buckets |= (u32::MAX >> (31 - extra)).rotate_left(first as u32 % 32);
        }
    }

    /// What may be active at `t`.
    #[inline(always)]
    pub(super) fn candidates(self, t: i64) -> Candidates {
        let spans = self.span_buckets >> ((t >> BUCKET_SHIFT) as u32 % 32) & 1 != 0;
        let bits = TimeOfWeekBits::of(t);
        Candidates { spans, rules: bits.is_in(self.time_of_week), bits }
    }
}

const HOUR_MS: i64 = 3_600_000;
/// 1970-01-01 was a Thursday.
const MONDAY_BEFORE_MS: i64 = -3 * DAY_MS;

/// When a rule may be active: hours of the day and days of the week in UTC. Without an hour
/// or a day only for no rule, and for rules that are active at no hour and day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TimeOfWeekMask(u32);

/// Width of the hour bits.
const DAY_HOURS: u32 = 24;
const EVERY_HOUR: u32 = (1 << DAY_HOURS) - 1;
const WEEK_HOURS: u32 = 7 * DAY_HOURS;

impl TimeOfWeekMask {
    /// The mask of a rule that may be active at any time.
    pub(super) const ALWAYS: Self = Self(EVERY_HOUR | (ALL_WEEKDAYS as u32) << DAY_HOURS);

    /// The times at which a schedule may be active.
    pub(super) fn of(schedule: &Schedule) -> Self {
        let of_envelope = |envelope: ClockEnvelope<&Zone>| {
            let ClockEnvelope { zone, weekdays, from_ms, length_ms } = envelope;
            Self::for_clock(weekdays, from_ms, length_ms, zone)
        };
        match schedule.kind() {
            Kind::Calendar(calendar) => of_envelope(calendar.clock_envelope()),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => rule.clock_envelope().map_or(Self::ALWAYS, of_envelope),
            Kind::Combined(Operator::Any, parts) => {
                parts.iter().map(Self::of).fold(Self::default(), Self::union)
            }
            Kind::Combined(Operator::All, parts) => {
                parts.iter().map(Self::of).fold(Self::ALWAYS, Self::intersection)
            }
            Kind::Combined(..) | Kind::Once(_) | Kind::Periodic(_) => Self::ALWAYS,
        }
    }

    /// The mask of a clock range that starts at `from_ms` on some days of the week (bit 0
    /// is Monday), on the clock of a zone.
    pub(super) fn for_clock(weekdays: u8, from_ms: u32, length_ms: i64, zone: &Zone) -> Self {
        let (least, greatest) = zone.offset_range();
        let from = i64::from(from_ms) - greatest;
        let until = i64::from(from_ms) + length_ms.min(WEEK_MS) - least;
        let first = from.div_euclid(HOUR_MS);
        let last = (until - 1).div_euclid(HOUR_MS);
        let count = last - first + 1;
        let hours = if count < 24 { (1u32 << count) - 1 } else { EVERY_HOUR };
        let doubled = u64::from(hours) << first.rem_euclid(24);
        let hours = (doubled | doubled >> DAY_HOURS) as u32 & EVERY_HOUR;
        let days = first.div_euclid(24)..=last.div_euclid(24);
        let days =
            days.fold(0, |all, later| all | rotate_weekdays(weekdays, later.rem_euclid(7) as u32));
        Self(hours | days << DAY_HOURS)
    }

    /// The times of either mask.
    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The hours and the days of both masks. An instant is in it only if it is in both.
    pub(super) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    pub(super) fn from_bits(word: u32) -> Self {
        Self(word)
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }
}

/// Rotates a set of weekdays by a number of days.
fn rotate_weekdays(weekdays: u8, later: u32) -> u32 {
    let doubled = u32::from(weekdays) << later;
    (doubled | doubled >> 7) & u32::from(ALL_WEEKDAYS)
}

/// An hour of the week in UTC, from Monday 00:00 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HourOfWeek(u32);

impl HourOfWeek {
    /// The hour of an instant; `None` outside of the years that masks cover.
    #[inline(always)]
    pub(super) fn of(t: i64) -> Option<Self> {
        const START: u32 = ((PREFILTER_RANGE.start - MONDAY_BEFORE_MS) % WEEK_MS / HOUR_MS) as u32;
        let offset = t.wrapping_sub(PREFILTER_RANGE.start) as u64;
        let is_covered = offset < (PREFILTER_RANGE.end - PREFILTER_RANGE.start) as u64;
        is_covered.then(|| Self(((offset / HOUR_MS as u64) as u32 + START) % WEEK_HOURS))
    }

    /// All hours, ascending.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..WEEK_HOURS).map(Self)
    }

    /// The index among [`all`](Self::all).
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    /// The bits of the hour.
    #[inline(always)]
    pub(super) fn bits(self) -> TimeOfWeekBits {
        let day = self.0 / DAY_HOURS;
        TimeOfWeekBits(1 << (self.0 - day * DAY_HOURS) | 1 << (DAY_HOURS + day))
    }
}

/// The hour and the day of an instant: two bits, both of which a mask must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfWeekBits(u32);

impl TimeOfWeekBits {
    /// The bits of an instant.
    #[inline(always)]
    pub(super) fn of(t: i64) -> Self {
        match HourOfWeek::of(t) {
            Some(hour) => hour.bits(),
            // No mask has all 32 bits, so past `Timestamp::END` nothing matches. Every mask
            // contains the empty set, so at other instants outside of the covered years
            // everything matches.
            None => Self(if t < ALWAYS.1 { 0 } else { u32::MAX }),
        }
    }

    /// Whether a rule with this mask may be active.
    #[inline(always)]
    pub(super) fn is_in(self, mask: TimeOfWeekMask) -> bool {
        mask.0 & self.0 == self.0
    }

    /// Which of the masks match: bit `i` for `words[i]`. Branch-free.
    #[inline(always)]
    pub(super) fn matching<const N: usize>(self, words: &[u32; N]) -> u32 {
        let mut matching = 0;
        for (at, word) in words.iter().enumerate() {
            matching |= u32::from(word & self.0 == self.0) << at;
        }
        matching
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: i64 = 1 << BUCKET_SHIFT;

    fn spans(spans: &[(i64, i64)]) -> Prefilter {
        let mut prefilter = Prefilter::default();
        prefilter.add_spans(spans);
        prefilter
    }

    #[test]
    fn add_spans_sets_overlapped_buckets() {
        let marked = |from: i64, until: i64| -> Vec<u32> {
            let bits = spans(&[(from, until)]).span_buckets;
            (0..32).filter(|bit| bits >> bit & 1 != 0).collect()
        };
        assert_eq!(marked(0, 1), [0]);
        assert_eq!(marked(0, BUCKET), [0]);
        assert_eq!(marked(0, BUCKET + 1), [0, 1]);
        assert_eq!(marked(BUCKET - 1, BUCKET + 1), [0, 1]);
        assert_eq!(marked(33 * BUCKET, 34 * BUCKET), [1]);
        assert_eq!(marked(30 * BUCKET, 33 * BUCKET), [0, 30, 31]);
        assert_eq!(marked(-1, 0), [31]);
        assert_eq!(marked(-2 * BUCKET, BUCKET), [0, 30, 31]);
        let all: Vec<u32> = (0..32).collect();
        for until in [31 * BUCKET + 1, 32 * BUCKET, 33 * BUCKET, i64::MAX / 2] {
            assert_eq!(marked(0, until), all, "{until}");
            assert_eq!(marked(-until, 0), all, "{until}");
        }
        assert_eq!(marked(0, 31 * BUCKET), all[..31]);
    }

    #[test]
    fn candidates_in_span_bucket_match() {
        let both = [(5 * BUCKET - 1, 5 * BUCKET + 1), (-70 * BUCKET, -70 * BUCKET + 5)];
        let prefilter = spans(&both);
        for (start, end) in both {
            assert!([start, end - 1].into_iter().all(|t| prefilter.candidates(t).spans));
        }
        assert!(
            !prefilter.candidates(6 * BUCKET).spans && !prefilter.candidates(4 * BUCKET - 1).spans
        );
        assert!(
            prefilter.candidates(4 * BUCKET).spans && prefilter.candidates(6 * BUCKET - 1).spans
        );
        // 1970 is before the years that masks are valid for.
        assert!(prefilter.candidates(0).rules);
    }

    #[test]
    fn candidates_in_hours_of_any_rule_match() {
        let mut prefilter = Prefilter::default();
        for from in [2, 12] {
            prefilter.add_time_of_week(TimeOfWeekMask::for_clock(
                ALL_WEEKDAYS,
                (from * HOUR_MS) as u32,
                HOUR_MS,
                &Zone::utc(),
            ));
        }
        // 2026-11-02.
        let open = |hour: i64| prefilter.candidates(1_793_577_600_000 + hour * HOUR_MS).is_any();
        assert_eq!((0..24).filter(|hour| open(*hour)).collect::<Vec<_>>(), [2, 12]);
    }

    /// Every 30 minutes of four months: where a clock range is active, its mask matches.
    #[test]
    fn for_clock_has_no_false_negatives() {
        let built_in = ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
        let gaza = include_bytes!("../../tests/data/zoneinfo/Asia/Gaza");
        let zones = built_in.map(|name| name.parse().unwrap());
        for zone in zones.into_iter().chain([Zone::from_tzif("Asia/Gaza", gaza).unwrap()]) {
            let name = zone.name();
            for clock in ["22:00-02:00", "00:00-24:00", "02:30-02:31", "23:59-00:01", "05:00-04:59"]
            {
                let clock: crate::time::ClockRange = clock.parse().unwrap();
                for weekdays in [ALL_WEEKDAYS, 1, 0b100_0000, 0b010_1010] {
                    let hours = TimeOfWeekMask::for_clock(
                        weekdays,
                        clock.from_ms(),
                        clock.duration_ms(),
                        &zone,
                    );
                    for t in (1_790_000_000_000..1_800_000_000_000).step_by(1_799_999) {
                        let reading = zone.high_water(t) - i64::from(clock.from_ms());
                        let day = (reading.div_euclid(DAY_MS) + 3).rem_euclid(7);
                        let inside = reading.rem_euclid(DAY_MS) < clock.duration_ms()
                            && weekdays >> day & 1 != 0;
                        assert!(
                            !inside || TimeOfWeekBits::of(t).is_in(hours),
                            "{name} {clock} {t}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn for_clock_one_hour_matches_daily() {
        let hours = TimeOfWeekMask::for_clock(ALL_WEEKDAYS, 22 * 3_600_000, HOUR_MS, &Zone::utc());
        let matches = |t: i64| TimeOfWeekBits::of(t).is_in(hours);
        assert_eq!((0..168).filter(|h| matches(1_790_000_000_000 + h * HOUR_MS)).count(), 7);
    }

    #[test]
    fn is_in_outside_of_covered_years() {
        let night = TimeOfWeekMask::for_clock(ALL_WEEKDAYS, 22 * 3_600_000, HOUR_MS, &Zone::utc());
        for hours in [night, TimeOfWeekMask::ALWAYS, TimeOfWeekMask::default()] {
            for t in [
                i64::MIN,
                ALWAYS.0,
                0,
                PREFILTER_RANGE.start - 1,
                PREFILTER_RANGE.end,
                ALWAYS.1 - 1,
            ] {
                assert!(TimeOfWeekBits::of(t).is_in(hours), "{t}");
            }
            assert!(
                !TimeOfWeekBits::of(ALWAYS.1).is_in(hours)
                    && !TimeOfWeekBits::of(i64::MAX).is_in(hours)
            );
        }
        // At midnight on a Saturday, and an hour before that on a Friday.
        for t in [PREFILTER_RANGE.start, PREFILTER_RANGE.end - 1] {
            assert!(
                !TimeOfWeekBits::of(t).is_in(night)
                    && !TimeOfWeekBits::of(t).is_in(TimeOfWeekMask::default())
            );
            assert!(TimeOfWeekBits::of(t).is_in(TimeOfWeekMask::ALWAYS));
        }
    }

    /// The hours and days of a mask.
    fn marked(weekdays: u8, (from, length): (i64, i64), zone: &Zone) -> (Vec<u32>, Vec<u32>) {
        let word = TimeOfWeekMask::for_clock(weekdays, from as u32, length, zone).bits();
        assert_eq!(word >> 31, 0);
        let set = |bits: std::ops::Range<u32>| -> Vec<u32> {
            let start = bits.start;
            bits.filter(|bit| word >> bit & 1 != 0).map(|bit| bit - start).collect()
        };
        (set(0..24), set(24..31))
    }

    const MONDAY: u8 = 1;
    const SUNDAY: u8 = 1 << 6;

    #[test]
    fn for_clock_sets_overlapped_hours() {
        let daily = |from: i64, length: i64| {
            let (hours, days) = marked(ALL_WEEKDAYS, (from, length), &Zone::utc());
            assert_eq!(days, [0, 1, 2, 3, 4, 5, 6]);
            hours
        };
        assert_eq!(daily(22 * HOUR_MS, HOUR_MS), [22]);
        assert_eq!(daily(22 * HOUR_MS, HOUR_MS + 1), [22, 23]);
        assert_eq!(daily(23 * HOUR_MS - 1, 2), [22, 23]);
        assert_eq!(daily(0, 1), [0]);
        // Past midnight, into the first hour of the next day.
        assert_eq!(daily(22 * HOUR_MS, 4 * HOUR_MS), [0, 1, 22, 23]);
        let all: Vec<u32> = (0..24).collect();
        for length in [24 * HOUR_MS, 23 * HOUR_MS + 1, 30 * DAY_MS] {
            assert_eq!(daily(HOUR_MS / 2, length), all);
        }
        let but_four: Vec<u32> = (0..24).filter(|hour| *hour != 4).collect();
        assert_eq!(daily(5 * HOUR_MS, 23 * HOUR_MS), but_four);
    }

    #[test]
    fn for_clock_sets_overlapped_days() {
        let on = |weekdays, from: i64, hours: i64| {
            marked(weekdays, (from * HOUR_MS, hours * HOUR_MS), &Zone::utc()).1
        };
        assert_eq!(on(MONDAY, 0, 1), [0]);
        assert_eq!(on(MONDAY, 0, 24), [0]);
        assert_eq!(on(MONDAY, 20, 5), [0, 1]);
        assert_eq!(on(MONDAY | 1 << 3, 23, 2), [0, 1, 3, 4]);
        // From Sunday into Monday, which is bit 0.
        assert_eq!(on(SUNDAY, 22, 4), [0, 6]);
        assert_eq!(on(SUNDAY, 22, 2), [6]);
        assert_eq!(on(SUNDAY, 12, 5 * 24), [0, 1, 2, 3, 4, 6]);
        for hours in [7 * 24, 8 * 24, 9 * 24 + 1] {
            assert_eq!(on(SUNDAY, 12, hours), [0, 1, 2, 3, 4, 5, 6]);
        }
        assert!(on(0, 12, 5).is_empty());
    }

    #[test]
    fn for_clock_allows_for_all_offsets() {
        let on = |weekdays, from: i64, zone: &str| {
            let (hours, days) = marked(weekdays, (from * HOUR_MS, HOUR_MS), &zone.parse().unwrap());
            (hours, days)
        };
        // UTC+1 in winter, UTC+2 in summer.
        assert_eq!(on(MONDAY, 2, "Europe/Berlin"), (vec![0, 1], vec![0]));
        assert_eq!(on(MONDAY, 1, "Europe/Berlin"), (vec![0, 23], vec![0, 6]));
        assert_eq!(on(MONDAY, 0, "Europe/Berlin"), (vec![22, 23], vec![6]));
        // UTC+05:45 all year.
        assert_eq!(on(MONDAY, 6, "Asia/Kathmandu"), (vec![0, 1], vec![0]));
        // UTC-5 in winter, UTC-4 in summer.
        assert_eq!(on(SUNDAY, 22, "America/New_York"), (vec![2, 3], vec![0]));
    }

    #[test]
    fn is_in_hour_and_day_must_match() {
        // 2026-11-02, a Monday.
        const NOVEMBER: i64 = 1_793_577_600_000;
        for day in 0..7 {
            for hour in 0..24 {
                let hours = TimeOfWeekMask(1 << hour | 1 << (24 + day));
                for hour_of_week in 0..168 {
                    let start = NOVEMBER + hour_of_week * HOUR_MS;
                    for t in [start, start + HOUR_MS - 1] {
                        assert_eq!(
                            TimeOfWeekBits::of(t).is_in(hours),
                            hour_of_week == 24 * day + hour,
                            "{t}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn matching_returns_bit_per_mask() {
        let of = |from: i64, hours: i64| {
            TimeOfWeekMask::for_clock(
                ALL_WEEKDAYS,
                (from * HOUR_MS) as u32,
                hours * HOUR_MS,
                &Zone::utc(),
            )
            .bits()
        };
        let words = [of(2, 3), 0, of(3, 1), of(4, 1), of(0, 24)];
        // 2026-11-02.
        let at =
            |hour: i64| TimeOfWeekBits::of(1_793_577_600_000 + hour * HOUR_MS).matching(&words);
        assert_eq!([2, 3, 4, 5].map(at), [0b10001, 0b10101, 0b11001, 0b10000]);
        assert_eq!(
            (TimeOfWeekBits::of(0).matching(&words), TimeOfWeekBits::of(ALWAYS.1).matching(&words)),
            (0b11111, 0)
        );
    }
}
