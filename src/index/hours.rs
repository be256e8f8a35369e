//! The hours of a week in which a calendar could matter: most questions go no
//! further.
//!
//! Hours are those of UTC. A calendar marks every hour that its clock range can
//! touch, whatever offset its zone has in the usual years; outside of these
//! years every hour matters.

use crate::index::item::ALWAYS;
use crate::schedule::ALL_WEEKDAYS;
use crate::time::civil::{DAY_MS, WEEK_MS};
use crate::time::{USUAL, Zone};

const HOUR_MS: i64 = 3_600_000;
/// 1970-01-01 was a Thursday.
const MONDAY_BEFORE_MS: i64 = -3 * DAY_MS;

/// A bit for each hour since Monday 00:00.
#[derive(Debug, Default)]
pub(super) struct Hours {
    week: [u32; WORDS],
    /// A bit for each hour of every day.
    days: u32,
}

/// The bits of a day.
const EVERY_HOUR: u32 = (1 << 24) - 1;
const WEEK_HOURS: i64 = 7 * 24;

/// How many words it takes.
pub(super) const WORDS: usize = 6;

impl Hours {
    /// Marks what can be touched from a time of day on, for so long, on days of
    /// the week, Monday first.
    pub(super) fn insert(&mut self, weekdays: u8, from_ms: u32, length_ms: i64, zone: &Zone) {
        let (least, greatest) = zone.usual_offsets();
        let from = i64::from(from_ms) - greatest;
        let until = i64::from(from_ms) + length_ms.min(WEEK_MS) - least;
        let first = from.div_euclid(HOUR_MS);
        let count = (until - 1).div_euclid(HOUR_MS) - first + 1;
        if weekdays == ALL_WEEKDAYS {
            let bits = if count < 24 { (1u32 << count) - 1 } else { EVERY_HOUR };
            let twice = u64::from(bits) << first.rem_euclid(24);
            self.days |= (twice | twice >> 24) as u32 & EVERY_HOUR;
            return;
        }
        for day in (0..7).filter(|day| weekdays >> day & 1 != 0) {
            let first = (24 * day + first).rem_euclid(WEEK_HOURS);
            let end = first + count.min(WEEK_HOURS);
            self.mark(first, end.min(WEEK_HOURS));
            self.mark(0, end - WEEK_HOURS);
        }
    }

    /// Marks hours of the week from one to another, a word at a time.
    fn mark(&mut self, mut first: i64, end: i64) {
        while first < end {
            let (word, bit) = (first as usize / 32, first as u32 % 32);
            let count = (end - first).min(32 - i64::from(bit));
            self.week[word] |= (u32::MAX >> (32 - count as u32)) << bit;
            first += count;
        }
    }

    pub(super) fn write(&self, words: &mut Vec<u32>) {
        // Four days are three words.
        let days = u128::from(self.days);
        let four = days | days << 24 | days << 48 | days << 72;
        let every = |word: usize| (four >> (word % 3 * 32)) as u32;
        // The last word ends with the week.
        let end = |word: usize| if word == WORDS - 1 { 0xff } else { u32::MAX };
        words.extend((0..WORDS).map(|word| self.week[word] | every(word) & end(word)));
    }

    /// Whether the hours that begin `words`, if any do, leave it open what holds
    /// at `t`.
    #[inline(always)]
    pub(super) fn may_matter(words: &[u32], t: i64) -> bool {
        let Some(hours) = words.first_chunk::<WORDS>() else { return false };
        let since = t.wrapping_sub(USUAL.start) as u64;
        if since >= (USUAL.end - USUAL.start) as u64 {
            return t < ALWAYS.1;
        }
        const START: u64 = ((USUAL.start - MONDAY_BEFORE_MS) % WEEK_MS / HOUR_MS) as u64;
        let hour = (since / HOUR_MS as u64 + START) as u32 % WEEK_HOURS as u32;
        hours.get(hour as usize / 32).is_none_or(|word| word >> (hour % 32) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every hour of some weeks, asked whether a clock shows the range in it.
    #[test]
    fn an_hour_that_is_not_marked_does_not_matter() {
        let built_in = ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
        let gaza = include_bytes!("../../tests/data/zoneinfo/Asia/Gaza");
        let zones = built_in.map(|name| name.parse().unwrap());
        for zone in zones.into_iter().chain([Zone::from_tzif("Asia/Gaza", gaza).unwrap()]) {
            let name = zone.name();
            for clock in ["22:00-02:00", "00:00-24:00", "02:30-02:31", "23:59-00:01", "05:00-04:59"]
            {
                let clock: crate::time::ClockRange = clock.parse().unwrap();
                for weekdays in [ALL_WEEKDAYS, 1, 0b100_0000, 0b010_1010] {
                    let mut hours = Hours::default();
                    hours.insert(weekdays, clock.from_ms(), clock.duration_ms(), &zone);
                    let mut words = Vec::new();
                    hours.write(&mut words);
                    assert_eq!(words.len(), WORDS);
                    for t in (1_790_000_000_000..1_800_000_000_000).step_by(1_799_999) {
                        let reading = zone.high_water(t) - i64::from(clock.from_ms());
                        let day = (reading.div_euclid(DAY_MS) + 3).rem_euclid(7);
                        let inside = reading.rem_euclid(DAY_MS) < clock.duration_ms()
                            && weekdays >> day & 1 != 0;
                        assert!(!inside || Hours::may_matter(&words, t), "{name} {clock} {t}");
                    }
                }
            }
        }
    }

    #[test]
    fn most_hours_do_not_matter() {
        let mut hours = Hours::default();
        hours.insert(ALL_WEEKDAYS, 22 * 3_600_000, HOUR_MS, &Zone::utc());
        let mut words = Vec::new();
        hours.write(&mut words);
        let matter = |t: i64| Hours::may_matter(&words, t);
        assert_eq!((0..168).filter(|h| matter(1_790_000_000_000 + h * HOUR_MS)).count(), 7);
        assert!(
            matter(0)
                && matter(i64::MIN)
                && matter(ALWAYS.1 - 1)
                && !matter(ALWAYS.1)
                && !Hours::may_matter(&[], 0)
        );
    }

    /// The hours of the week that are marked, Monday first.
    fn marked(weekdays: u8, clock: (i64, i64), zone: &Zone) -> Vec<i64> {
        let mut hours = Hours::default();
        hours.insert(weekdays, clock.0 as u32, clock.1, zone);
        bits(&hours)
    }

    fn bits(hours: &Hours) -> Vec<i64> {
        let mut words = Vec::new();
        hours.write(&mut words);
        assert_eq!(words.len(), WORDS);
        (0..192).filter(|hour| words[*hour as usize / 32] >> (hour % 32) & 1 != 0).collect()
    }

    /// These hours of every day.
    fn every_day(hours: &[i64]) -> Vec<i64> {
        (0..7).flat_map(|day| hours.iter().map(move |hour| 24 * day + hour)).collect()
    }

    const MONDAY: u8 = 1;
    const SUNDAY: u8 = 1 << 6;

    #[test]
    fn the_hours_that_a_range_touches_are_marked_and_no_others() {
        let utc = &Zone::utc();
        let daily = |from: i64, length: i64| marked(ALL_WEEKDAYS, (from, length), utc);
        assert_eq!(daily(22 * HOUR_MS, HOUR_MS), every_day(&[22]));
        assert_eq!(daily(22 * HOUR_MS, HOUR_MS + 1), every_day(&[22, 23]));
        assert_eq!(daily(23 * HOUR_MS - 1, 2), every_day(&[22, 23]));
        assert_eq!(daily(0, 1), every_day(&[0]));
        // Past midnight, which is the first hour of the next day.
        assert_eq!(daily(22 * HOUR_MS, 4 * HOUR_MS), every_day(&[0, 1, 22, 23]));
        let all: Vec<i64> = (0..168).collect();
        for length in [24 * HOUR_MS, 23 * HOUR_MS + 1, 30 * DAY_MS] {
            assert_eq!(daily(HOUR_MS / 2, length), all);
        }
        let but_four: Vec<i64> = (0..24).filter(|hour| *hour != 4).collect();
        assert_eq!(daily(5 * HOUR_MS, 23 * HOUR_MS), every_day(&but_four));
    }

    #[test]
    fn the_hours_of_days_of_the_week_are_marked_and_no_others() {
        let utc = &Zone::utc();
        let on = |weekdays, from: i64, hours: i64| {
            marked(weekdays, (from * HOUR_MS, hours * HOUR_MS), utc)
        };
        assert_eq!(on(MONDAY, 0, 1), [0]);
        assert_eq!(on(MONDAY, 20, 20), (20..40).collect::<Vec<_>>());
        assert_eq!(on(MONDAY | 1 << 3, 23, 2), [23, 24, 95, 96]);
        // From Sunday into Monday, which is the first day.
        assert_eq!(on(SUNDAY, 22, 4), [0, 1, 166, 167]);
        assert_eq!(on(SUNDAY, 22, 2), [166, 167]);
        assert_eq!(on(SUNDAY, 12, 7 * 24 - 1), (0..168).filter(|h| *h != 155).collect::<Vec<_>>());
        for hours in [7 * 24, 8 * 24, 9 * 24 + 1] {
            assert_eq!(on(SUNDAY, 12, hours), (0..168).collect::<Vec<_>>());
        }
        assert!(on(0, 12, 5).is_empty());
    }

    #[test]
    fn every_offset_of_the_usual_years_is_allowed_for() {
        let zone = |name: &str| -> Zone { name.parse().unwrap() };
        // An hour ahead in winter, two in summer.
        let berlin = marked(MONDAY, (2 * HOUR_MS, HOUR_MS), &zone("Europe/Berlin"));
        assert_eq!(berlin, [0, 1]);
        assert_eq!(marked(MONDAY, (0, HOUR_MS), &zone("Europe/Berlin")), [166, 167]);
        // Five hours and 45 minutes ahead all year.
        assert_eq!(marked(MONDAY, (6 * HOUR_MS, HOUR_MS), &zone("Asia/Kathmandu")), [0, 1]);
        // Five hours behind in winter, four in summer.
        let new_york = marked(SUNDAY, (22 * HOUR_MS, HOUR_MS), &zone("America/New_York"));
        assert_eq!(new_york, [2, 3]);
    }

    #[test]
    fn what_is_added_is_added_to_what_was_there() {
        let mut hours = Hours::default();
        let utc = &Zone::utc();
        hours.insert(MONDAY, 5 * 3_600_000, 2 * HOUR_MS, utc);
        hours.insert(MONDAY, 6 * 3_600_000, 2 * HOUR_MS, utc);
        assert_eq!(bits(&hours), [5, 6, 7]);
        hours.insert(ALL_WEEKDAYS, 6 * 3_600_000, HOUR_MS, utc);
        hours.insert(ALL_WEEKDAYS, 6 * 3_600_000, HOUR_MS, utc);
        let each = [5, 6, 7].into_iter().chain((1..7).map(|day| 24 * day + 6));
        assert_eq!(bits(&hours), each.collect::<Vec<_>>());
    }

    #[test]
    fn an_instant_asks_for_the_bit_of_its_hour() {
        // 2026-11-02, a Monday.
        const NOVEMBER: i64 = 1_793_577_600_000;
        for hour in 0..168usize {
            let mut words = [0; WORDS];
            words[hour / 32] = 1 << (hour % 32);
            for asked in 0..168 {
                let start = NOVEMBER + asked as i64 * HOUR_MS;
                for t in [start, start + HOUR_MS - 1] {
                    assert_eq!(Hours::may_matter(&words, t), asked == hour, "{asked} {hour}");
                }
            }
        }
        // In the usual years only.
        let none = [0; WORDS];
        let edges = [USUAL.start - 1, USUAL.start, USUAL.end - 1, USUAL.end];
        assert_eq!(edges.map(|t| Hours::may_matter(&none, t)), [true, false, false, true]);
    }
}
