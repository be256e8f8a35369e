//! Sets of local times, compared with an iteration over days.

use chrono::Weekday;

use super::{at, schedule, starts_until};
use crate::schedule::dates::DateSet;
use crate::schedule::rule::daily_times::DailyTimes;
use crate::schedule::rule::expand;
use crate::schedule::rule::local_times::LocalTimeSet;
use crate::schedule::rule::recur::Recur;
use crate::schedule::rule::times::Times;
use crate::testing::HOUR;
use crate::time::civil::{DAY_MS, Day, day_of, split};
use crate::time::{MonthDay, ShortMonth};

fn sets() -> Vec<(DailyTimes, Vec<i64>)> {
    let dates = [
        DateSet::on_weekdays([Weekday::Mon, Weekday::Thu]).unwrap(),
        DateSet::on_weekdays([Weekday::Sun]).unwrap(),
        DateSet::on_month_days([MonthDay::new(31).unwrap(), MonthDay::LAST], ShortMonth::Skip)
            .unwrap(),
        DateSet::every_day(),
    ];
    let times = [vec![9], vec![0, 23], vec![7, 8, 17]];
    let pairs = dates.into_iter().flat_map(|dates| times.iter().map(move |t| (dates.clone(), t)));
    pairs
        .map(|(dates, hours)| {
            let times = hours.iter().map(|hour| hour * HOUR as u32).collect();
            let set = DailyTimes { dates, times: Times::list(times).unwrap() };
            (set, hours.iter().map(|hour| i64::from(*hour) * HOUR).collect())
        })
        .collect()
}

/// All readings of a set from 50 days before a day to 50 days after it.
fn readings(set: &DailyTimes, times: &[i64], day: Day) -> Vec<i64> {
    let days = (day - 50..day + 50).filter(|day| set.dates.contains(*day));
    days.flat_map(|day| times.iter().map(move |time| i64::from(day) * DAY_MS + time)).collect()
}

#[test]
fn daily_times_previous_and_next() {
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
                    let many = many as u64;
                    assert_eq!(set.nth(low, t, many + 1), Err(many), "{place}, back to {back}");
                }
            }
        }
    }
}

#[test]
fn set_positions_week_start() {
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

/// What a rule generates that begins in 2026 at this time of its first day.
fn set(rule: &str, time: i64) -> LocalTimeSet {
    let start = i64::from(day_of(2026, 1, 1)) * DAY_MS + time;
    expand::local_times(&Recur::parse(rule).unwrap(), start).unwrap()
}

/// All readings from `low` on that are below `high`, one after the other.
fn walk(set: &LocalTimeSet, low: i64, high: i64) -> Vec<i64> {
    let step = |at: &i64| set.next(at + 1);
    let readings = std::iter::successors(set.next(low), step);
    readings.take_while(|at| *at < high).collect()
}

#[test]
fn nth_agrees_with_iteration() {
    for rule in [
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,50",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO,TU;BYMINUTE=10,50",
        "FREQ=HOURLY;INTERVAL=10;BYHOUR=0,10,20,6,16",
        "FREQ=MINUTELY;INTERVAL=45;BYDAY=TH,SA,SU;BYSECOND=0,20,40",
        "FREQ=MINUTELY;INTERVAL=77;BYHOUR=9,10",
        "FREQ=MINUTELY;INTERVAL=77;BYHOUR=9,10;BYDAY=MO,TU,WE,SA",
        "FREQ=HOURLY;INTERVAL=7;BYHOUR=14;BYDAY=MO,TU,TH,FR,SA,SU;BYMINUTE=10,50",
        "FREQ=DAILY;BYHOUR=3,17",
        "FREQ=MONTHLY;BYMONTHDAY=1,2,31;BYHOUR=0,23",
        "FREQ=WEEKLY;BYDAY=MO,WE,SU;BYHOUR=8,20;BYSETPOS=1,4,-1",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYHOUR=8,20;BYSETPOS=2,3,-1",
        "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=1,15;BYSETPOS=2,3",
    ] {
        let set = set(rule, 0);
        let begin = i64::from(day_of(2026, 1, 1)) * DAY_MS;
        let all = walk(&set, begin, begin + 40 * DAY_MS);
        assert!(all.len() >= 2, "{rule}");
        let near = |index: usize| [-1, 0, 1].map(|ms| all[index] + ms);
        let ends = [0, 1, all.len() / 2, all.len() - 1];
        for low in ends.into_iter().flat_map(near).filter(|low| *low >= begin) {
            for high in ends.into_iter().flat_map(near).filter(|high| *high >= low) {
                let within: Vec<i64> =
                    all.iter().copied().filter(|at| (low..=high).contains(at)).collect();
                let place = format!("{rule} from {low} to {high}");
                let count = within.len();
                for n in [1, 2, 3, count / 2, count, count + 1, count + 9] {
                    if let Some(index) = n.checked_sub(1) {
                        let expected = within.get(index).copied().ok_or(count as u64);
                        assert_eq!(set.nth(low, high, n as u64), expected, "{place}: {n}");
                    }
                }
            }
        }
    }
}

#[test]
fn longest_gap_agrees_with_iteration() {
    for (rule, cycle, longest) in [
        ("FREQ=HOURLY;INTERVAL=5", 5 * HOUR, 5 * HOUR),
        // From 00:50 to 05:10.
        ("FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,50", 5 * HOUR, 4 * HOUR + HOUR / 3),
        // From 02:55 to 05:00, and from 00:00 to 00:55 within the unit.
        ("FREQ=HOURLY;INTERVAL=7;BYMINUTE=0,55", 7 * HOUR, 6 * HOUR + HOUR / 12),
        // From 20:00 to 06:00 and from 16:00 on day 2 to 00:00 on day 6.
        ("FREQ=HOURLY;INTERVAL=10;BYHOUR=0,10,20,6,16", 5 * DAY_MS, 80 * HOUR),
    ] {
        let LocalTimeSet::Steps(steps) = set(rule, 0) else { panic!("{rule} has steps") };
        assert_eq!(steps.cycle_ms(), Some(cycle), "{rule}");
        assert_eq!(steps.longest_gap(), longest, "{rule}");
        let begin = i64::from(day_of(2026, 1, 1)) * DAY_MS;
        let all = walk(&LocalTimeSet::Steps(steps), begin, begin + 2 * cycle + DAY_MS);
        let apart = all.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert_eq!(apart, Some(longest), "{rule}");
    }
}

#[test]
fn before_gaps_returns_time_before_gap() {
    let hour = HOUR as u32;
    let times = Times::list([1, 2, 3, 22].map(|n| n * hour).to_vec()).unwrap();
    let before = |gap: i64| times.before_gaps(gap).map(|time| time / hour).collect::<Vec<_>>();
    assert_eq!(before(HOUR), [3]);
    assert_eq!(before(HOUR - 1), [1, 2, 3]);
    assert!(before(19 * HOUR).is_empty());
    assert_eq!(Times::list(Vec::new()), None);
}

#[test]
fn bysetpos_out_of_range_is_empty() {
    assert_eq!(set("FREQ=DAILY;BYHOUR=9,10;BYSETPOS=3", 0), LocalTimeSet::Nothing);
    assert_eq!(set("FREQ=HOURLY;BYMINUTE=9,10;BYSETPOS=-3", 0), LocalTimeSet::Nothing);
}
