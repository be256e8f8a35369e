//! Sets of readings, each question against a look at one day after the other.

use chrono::Weekday;

use super::{at, schedule, starts_until};
use crate::schedule::dates::Dates;
use crate::schedule::rule::days::OnDays;
use crate::schedule::rule::times::Times;
use crate::time::civil::{DAY_MS, Day, day_of, split};
use crate::time::{MonthDay, ShortMonth};

const HOUR: i64 = 3_600_000;

fn sets() -> Vec<(OnDays, Vec<i64>)> {
    let dates = [
        Dates::on_weekdays([Weekday::Mon, Weekday::Thu]).unwrap(),
        Dates::on_weekdays([Weekday::Sun]).unwrap(),
        Dates::on_month_days([MonthDay::new(31).unwrap(), MonthDay::LAST], ShortMonth::Skip)
            .unwrap(),
        Dates::every_day(),
    ];
    let times = [vec![9], vec![0, 23], vec![7, 8, 17]];
    let pairs = dates.into_iter().flat_map(|dates| times.iter().map(move |t| (dates.clone(), t)));
    pairs
        .map(|(dates, hours)| {
            let times = hours.iter().map(|hour| hour * HOUR as u32).collect();
            let set = OnDays { dates, times: Times::list(times).unwrap() };
            (set, hours.iter().map(|hour| i64::from(*hour) * HOUR).collect())
        })
        .collect()
}

/// All readings of a set from 50 days before a day to 50 days after it.
fn readings(set: &OnDays, times: &[i64], day: Day) -> Vec<i64> {
    let days = (day - 50..day + 50).filter(|day| set.dates.contains(*day));
    days.flat_map(|day| times.iter().map(move |time| i64::from(day) * DAY_MS + time)).collect()
}

#[test]
fn readings_of_dates_are_found_from_either_side() {
    let first = day_of(2026, 2, 1);
    for (set, times) in sets() {
        for day in first..first + 35 {
            let all = readings(&set, &times, day);
            let midnight = i64::from(day) * DAY_MS;
            for t in (0..24).flat_map(|hour| [-1, 0, 1].map(|ms| midnight + hour * HOUR + ms)) {
                let place = format!("{set:?} at day {:?}", split(t));
                let previous = all.iter().copied().rfind(|reading| *reading <= t);
                assert_eq!(set.previous(t), previous, "{place}");
                let next = all.iter().copied().find(|reading| *reading >= t);
                assert_eq!(set.next(t), next, "{place}");
                for back in [
                    1,
                    HOUR,
                    9 * HOUR,
                    DAY_MS - 1,
                    DAY_MS,
                    DAY_MS + HOUR,
                    2 * DAY_MS,
                    3 * DAY_MS - HOUR,
                    3 * DAY_MS,
                    4 * DAY_MS,
                    7 * DAY_MS,
                    30 * DAY_MS,
                ] {
                    let low = t - back;
                    let any = all.iter().any(|reading| low < *reading && *reading <= t);
                    assert_eq!(set.any_within(low, t), any, "{place}, back to {back}");
                    let many = all.iter().filter(|reading| (low..=t).contains(*reading)).count();
                    assert_eq!(set.count(low, t), many as u64, "{place}, back to {back}");
                }
            }
        }
    }
}

#[test]
fn weeks_are_counted_from_the_day_on_which_they_start() {
    // 2026 begins on a Thursday: three days of the week from Sunday on are in
    // it, four of the week from Monday on.
    let first = |rule: &str| {
        let schedule = schedule(&format!("DTSTART:20260101T000000Z\nRRULE:{rule}"));
        let starts = starts_until(&schedule, at("2027-12-31T00:00:00Z").as_millis());
        starts.into_iter().map(|t| split(t).0 - day_of(2026, 1, 1) + 1).collect::<Vec<_>>()
    };
    // From January 4 to 10, and in 2027 from January 3 to 9.
    assert_eq!(first("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SA;WKST=SU"), [10, 365 + 9]);
    assert_eq!(first("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU"), [4, 365 + 3]);
    // From December 29 to January 4, and in 2027 from January 4 to 10.
    assert_eq!(first("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SA;WKST=MO"), [3, 365 + 9]);
    assert_eq!(first("FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=MO"), [4, 365 + 10]);
}
