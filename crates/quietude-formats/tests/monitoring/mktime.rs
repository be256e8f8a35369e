//! Local times by chrono-tz, a second implementation of the zones.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use quietude::{Interval, Timestamp};

use crate::at;
use crate::random::Random;

pub(crate) const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "UTC",
];

pub(crate) fn zone(name: &str) -> Tz {
    name.parse().expect("a zone")
}

/// What the clock shows.
pub(crate) fn reading(millis: i64, zone: Tz) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_millis(millis).expect("an instant").naive_utc();
    utc + TimeDelta::seconds(i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()))
}

/// The instant of a local time as mktime finds it: the first of two, and in a gap moved
/// forward by its length.
pub(crate) fn instant(local: NaiveDateTime, zone: Tz) -> i64 {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => time.timestamp_millis(),
        LocalResult::Ambiguous(first, second) => {
            first.timestamp_millis().min(second.timestamp_millis())
        }
        LocalResult::None => {
            // The offset before the gap.
            let before = local - TimeDelta::hours(12);
            let offset = match zone.offset_from_local_datetime(&before) {
                LocalResult::Single(offset) => offset.fix().local_minus_utc(),
                other => panic!("{local}: {other:?}"),
            };
            local.and_utc().timestamp_millis() - i64::from(offset) * 1000
        }
    }
}

/// Whether the clock shows a local time.
pub(crate) fn exists(local: NaiveDateTime, zone: Tz) -> bool {
    !matches!(zone.from_local_datetime(&local), LocalResult::None)
}

pub(crate) fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_hms_opt(0, 0, 0).expect("midnight")
}

/// Instants to ask in the years 2015 to 2035: half of them near changes of the clock, and
/// most at multiples of 15 minutes, where the ranges of the tests begin and end, and one
/// millisecond or second beside these. `near` are dates of interest.
pub(crate) fn questions(
    random: &mut Random,
    near: &[NaiveDate],
    zone: &str,
    count: usize,
) -> Vec<i64> {
    const YEAR: i64 = 365 * 86_400_000;
    const QUARTER: i64 = 900_000;
    let first = instant(midnight(NaiveDate::from_ymd_opt(2015, 1, 1).unwrap()), Tz::UTC);
    let (least, most) = (first, first + 20 * YEAR);
    let zone: quietude::Zone = zone.parse().expect("a zone");
    let all = Interval::new(at(least), at(most)).expect("years");
    let changes: Vec<i64> = zone.transitions(all).map(|change| change.at.as_millis()).collect();
    let ask = |random: &mut Random| {
        let t = match random.within(0, 7) {
            0 | 1 if !near.is_empty() => {
                let date = instant(midnight(*random.pick(near)), Tz::UTC);
                date + random.within(-12, 36) * 3_600_000
            }
            2..=4 if !changes.is_empty() => {
                *random.pick(&changes) + random.within(-30 * 60, 30 * 60) * 60_000
            }
            _ => random.within(least, most),
        };
        let t = t.clamp(least, most);
        match random.within(0, 5) {
            0 => t,
            _ => t / QUARTER * QUARTER + *random.pick(&[-1, 0, 1, 999, 1000, 1001]),
        }
    };
    (0..count).map(|_| ask(random)).collect()
}

/// Asks a schedule and an evaluator.
#[track_caller]
pub(crate) fn compare(
    context: &str,
    asked: &[i64],
    schedule: impl Fn(Timestamp) -> bool,
    expected: impl Fn(i64) -> bool,
) -> usize {
    for &t in asked {
        let (found, wanted) = (schedule(at(t)), expected(t));
        assert_eq!(found, wanted, "at {} ({t})\n{context}", at(t));
    }
    asked.len()
}
