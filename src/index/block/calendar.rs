//! Calendar rules: a clock range on days of the week or of the month, evaluated on
//! local time.
//!
//! ```text
//! word 0   start of the clock range, ms (27 bits) | zone, low 5 bits
//! word 1   duration, ms (27 bits)                 | zone, high 5 bits
//! word 2   days of the week: bit d + 1 for day d, bit 0 again for Sunday
//!          days of the month: bits 0..31, days from the start; FLAG set
//! word 3   days of the month: bits 0..31, days from the end; FLAG: clamp
//! word 4.. validity interval (4 words), if it is bounded
//! ```

use crate::index::block::codec::PackedInterval;
use crate::index::block::local_time::LocalTime;
use crate::index::near::{ALWAYS, AnswerSpan};
use crate::index::prefilter::TimeOfWeekMask;
use crate::schedule::{ALL_WEEKDAYS, MonthDayMask};
use crate::time::civil::DAY_MS;
use crate::time::{ClockRange, Zone};

/// A clock range on days, in the zone with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CalendarRule {
    pub(super) zone: u32,
    pub(super) days: Days,
    pub(super) clock: ClockRange,
    pub(super) bounds: (i64, i64),
}

/// The days on which occurrences start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// Bit 0 is Monday.
    Week(u8),
    Month(MonthDayMask),
}

/// Length of an encoded rule without a validity interval, in words.
pub(super) const WORDS: usize = 4;
/// Length of an encoded rule with a validity interval, in words.
pub(super) const BOUNDED_WORDS: usize = WORDS + PackedInterval::WORDS;

/// A time of day and a duration take 27 bits; the other 5 bits of each word are half of
/// the zone id.
const TIME_BITS: u32 = 27;
const TIME_MASK: u32 = (1 << TIME_BITS) - 1;
const ZONE_BITS: u32 = u32::BITS - TIME_BITS;

/// Number of zones whose ids fit.
pub(super) const MAX_ZONES: u32 = 1 << (2 * ZONE_BITS);

/// The bit above the day bits: in the first word "days of the month", in the second one
/// "clamp": a day that a month does not have is its last day.
const FLAG: u32 = 1 << 31;

const _: () = assert!(DAY_MS <= TIME_MASK as i64, "a clock range is a day at most");

impl CalendarRule {
    /// The time-of-week mask of the rule, in its zone.
    pub(super) fn prefilter(&self, zone: &Zone) -> TimeOfWeekMask {
        let weekdays = match self.days {
            Days::Week(weekdays) => weekdays,
            Days::Month(_) => ALL_WEEKDAYS,
        };
        TimeOfWeekMask::for_clock(weekdays, self.clock.from_ms(), self.clock.duration_ms(), zone)
    }

    /// Whether the rule has a validity interval.
    pub(super) fn is_bounded(&self) -> bool {
        self.bounds != ALWAYS
    }

    /// Appends the rule; with its validity interval, if that is bounded.
    pub(super) fn write(&self, words: &mut Vec<u32>) {
        let days = match self.days {
            // Sunday is twice in the mask, so that the bit of the previous day needs no rotation.
            Days::Week(weekdays) => {
                let week = u32::from(weekdays);
                [week << 1 | week >> 6 & 1, 0]
            }
            Days::Month(days) => {
                [days.from_start | FLAG, days.from_end | if days.clamp { FLAG } else { 0 }]
            }
        };
        let (low, high) = (self.zone, self.zone >> ZONE_BITS);
        words.push(self.clock.from_ms() | low << TIME_BITS);
        words.push(self.clock.duration_ms() as u32 | high << TIME_BITS);
        words.extend(days);
        if self.is_bounded() {
            PackedInterval::write(words, self.bounds);
        }
    }

    /// Appends the rule with a validity interval, even if that is all of time.
    pub(super) fn write_with_bounds(&self, words: &mut Vec<u32>) {
        self.write(words);
        if !self.is_bounded() {
            PackedInterval::write(words, self.bounds);
        }
    }
}

/// An encoded rule, unpacked.
pub(super) struct PackedCalendar {
    pub(super) zone: u32,
    days: [u32; 2],
    from_ms: u32,
    duration_ms: u32,
    /// Arbitrary if `is_bounded` is false.
    bounds: PackedInterval,
    is_bounded: bool,
}

impl PackedCalendar {
    /// Unpacks a rule. Words behind a rule without a validity interval are over-reads.
    #[inline(always)]
    pub(super) fn read(words: &[u32; BOUNDED_WORDS], is_bounded: bool) -> Self {
        let [from, duration, day, other, bounds @ ..] = *words;
        Self {
            zone: from >> TIME_BITS | duration >> TIME_BITS << ZONE_BITS,
            days: [day, other],
            from_ms: from & TIME_MASK,
            duration_ms: duration & TIME_MASK,
            bounds: PackedInterval::read(bounds),
            is_bounded,
        }
    }

    /// The rule that was encoded.
    pub(super) fn unpack(&self) -> CalendarRule {
        let days = if self.is_month_rule() {
            Days::Month(self.month_day_mask())
        } else {
            Days::Week((self.days[0] >> 1) as u8)
        };
        let clock = ClockRange::from_duration(self.from_ms, self.duration_ms.into());
        CalendarRule { zone: self.zone, days, clock, bounds: self.bounds().endpoints() }
    }

    /// Whether the days are days of the month.
    #[inline(always)]
    fn is_month_rule(&self) -> bool {
        self.days[0] & FLAG != 0
    }

    #[inline(always)]
    fn month_day_mask(&self) -> MonthDayMask {
        let [from_start, from_end] = self.days;
        let clamp = from_end & FLAG != 0;
        MonthDayMask { from_start: from_start & !FLAG, from_end: from_end & !FLAG, clamp }
    }

    fn bounds(&self) -> PackedInterval {
        if self.is_bounded { self.bounds } else { PackedInterval::ALWAYS }
    }

    /// Whether an occurrence starts on the last day on which the local time was `from_ms`.
    #[inline(always)]
    fn is_start_day(&self, local: LocalTime) -> bool {
        let before = local.time < self.from_ms;
        if self.is_month_rule() {
            return self.month_day_mask().contains(local.day - i32::from(before));
        }
        self.days[0] >> ((local.weekday + 1 - u32::from(before)) % 8) & 1 != 0
    }

    /// Whether the rule is active at `t`, given its local time.
    #[inline(always)]
    pub(super) fn contains(&self, local: LocalTime, t: i64) -> bool {
        let exists = !self.is_bounded | self.bounds.contains(t);
        let within = exists & (local.ms_since(self.from_ms) < self.duration_ms);
        // Short-circuits for days of the month: testing them takes longer than a branch.
        if self.is_month_rule() {
            within && self.is_start_day(local)
        } else {
            within & self.is_start_day(local)
        }
    }

    /// The span around `t` in which the answer of the rule is constant. It never crosses
    /// the clock time at which an occurrence could start.
    pub(super) fn answer_span(
        &self,
        local: LocalTime,
        t: i64,
        to_span: impl Fn(i64, i64) -> AnswerSpan,
    ) -> AnswerSpan {
        self.bounds().answer_span(t, || {
            let since = i64::from(local.ms_since(self.from_ms));
            let duration_ms = i64::from(self.duration_ms);
            if !self.is_start_day(local) {
                to_span(since, DAY_MS - since).with_answer(false)
            } else if since < duration_ms {
                to_span(since, duration_ms - since).with_answer(true)
            } else {
                to_span(since - duration_ms, DAY_MS - since).with_answer(false)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::block::test_util::{hour, hours, utc_span};

    fn on(day: u32, clock: &str, bounds: (i64, i64)) -> CalendarRule {
        let days = MonthDayMask { from_start: 1 << (day - 1), from_end: 0, clamp: false };
        CalendarRule { zone: 3, days: Days::Month(days), clock: clock.parse().unwrap(), bounds }
    }

    fn rule(calendar: &CalendarRule) -> PackedCalendar {
        let mut words = Vec::new();
        calendar.write_with_bounds(&mut words);
        PackedCalendar::read(words.first_chunk().unwrap(), calendar.is_bounded())
    }

    #[test]
    fn answer_span_month_rule_ends_with_hours() {
        let rule = rule(&on(15, "10:00-12:00", ALWAYS));
        assert_eq!(rule.zone, 3);
        let at = |t: i64| hours(rule.answer_span(LocalTime::new(t), t, utc_span(t)));
        let day = |day: i64, hour: i64| (day - 1) * 24 + hour;
        assert_eq!(at(hour(15, 9)), (day(14, 10), day(15, 10), false));
        assert_eq!(at(hour(15, 10)), (day(15, 10), day(15, 12), true));
        assert_eq!(at(hour(15, 12) - 1), (day(15, 10), day(15, 12), true));
        assert_eq!(at(hour(15, 12)), (day(15, 12), day(16, 10), false));
        assert_eq!(at(hour(15, 23)), (day(15, 12), day(16, 10), false));
        let contains = |t: i64| rule.contains(LocalTime::new(t), t);
        assert!(contains(hour(15, 10)) && contains(hour(15, 12) - 1));
        assert!(!contains(hour(15, 10) - 1) && !contains(hour(15, 12)));
    }

    #[test]
    fn answer_span_outside_interval_is_inactive() {
        let bounds = (hour(3, 0), hour(15, 11));
        let rule = rule(&on(15, "10:00-12:00", bounds));
        assert_eq!(
            [bounds.0 - 1, bounds.0, bounds.1 - 1, bounds.1].map(|t| rule.bounds().contains(t)),
            { [false, true, true, false] }
        );
        assert_eq!(
            rule.bounds().answer_span(bounds.0, || AnswerSpan::always(true)),
            AnswerSpan { from: bounds.0, until: bounds.1, silenced: true }
        );
        let at = |t: i64| rule.answer_span(LocalTime::new(t), t, utc_span(t));
        let span = |from, until, silenced| AnswerSpan { from, until, silenced };
        assert_eq!(at(bounds.0 - 1), span(i64::MIN, bounds.0, false));
        assert_eq!(at(bounds.0), span(bounds.0, hour(3, 10), false));
        assert_eq!(at(bounds.1 - 1), span(hour(15, 10), bounds.1, true));
        assert_eq!(at(bounds.1), span(bounds.1, i64::MAX, false));
    }

    /// Each hour of a week against a list of occurrences.
    #[test]
    fn contains_week_rule_matches_scan() {
        for weekdays in [1, 1 << 6, 0b10_0110, ALL_WEEKDAYS] {
            for (clock, from, length) in [("22:00-02:00", 22, 4), ("00:00-24:00", 0i64, 24i64)] {
                let clock = clock.parse().unwrap();
                let days = Days::Week(weekdays);
                let rule = rule(&CalendarRule { zone: 3, days, clock, bounds: ALWAYS });
                // 2026-11-02 is a Monday.
                for h in 0i64..168 {
                    let began = (0..7).filter(|day| weekdays >> day & 1 != 0);
                    let mut since = began.map(|day| (h - 24 * day - from).rem_euclid(168));
                    let expected = since.any(|since| since < length);
                    for t in [hour(2, h), hour(2, h + 1) - 1] {
                        assert_eq!(
                            rule.contains(LocalTime::new(t), t),
                            expected,
                            "{weekdays:b} {h}"
                        );
                        let span = rule.answer_span(LocalTime::new(t), t, utc_span(t));
                        assert!(span.contains(t) && span.silenced == expected, "{span:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn answer_span_week_rule_ends_with_hours() {
        let (days, clock) = (Days::Week(1 << 6), "22:00-02:00".parse().unwrap());
        let rule = rule(&CalendarRule { zone: 3, days, clock, bounds: ALWAYS });
        let at = |t: i64| hours(rule.answer_span(LocalTime::new(t), t, utc_span(t)));
        let day = |day: i64, hour: i64| (day - 1) * 24 + hour;
        // 2026-11-08 is a Sunday.
        assert_eq!(at(hour(8, 22) - 1), (day(7, 22), day(8, 22), false));
        assert_eq!(at(hour(8, 22)), (day(8, 22), day(9, 2), true));
        assert_eq!(at(hour(9, 2) - 1), (day(8, 22), day(9, 2), true));
        assert_eq!(at(hour(9, 2)), (day(9, 2), day(9, 22), false));
    }

    #[test]
    fn unpack_returns_written_rule() {
        let all = MonthDayMask { from_start: (1 << 31) - 1, from_end: (1 << 31) - 1, clamp: true };
        let some = MonthDayMask { from_start: 1 << 30, from_end: 1, clamp: false };
        let days = [Days::Week(1), Days::Week(ALL_WEEKDAYS), Days::Month(all), Days::Month(some)];
        let clocks = ["00:00-24:00", "23:59:59.999-23:59:59.998", "00:00-00:00:00.001"];
        for days in days {
            for clock in clocks.map(|clock| clock.parse().unwrap()) {
                for zone in [0, 1, 31, 32, 33, MAX_ZONES - 1] {
                    for bounds in [ALWAYS, (ALWAYS.0, 5), (5, ALWAYS.1), (-7, 7)] {
                        let calendar = CalendarRule { zone, days, clock, bounds };
                        assert_eq!(rule(&calendar).unpack(), calendar);
                        assert_eq!(rule(&calendar).zone, zone);
                        let mut words = Vec::new();
                        calendar.write(&mut words);
                        let long = bounds != ALWAYS;
                        assert_eq!(words.len(), if long { BOUNDED_WORDS } else { WORDS });
                    }
                }
            }
        }
    }
}
