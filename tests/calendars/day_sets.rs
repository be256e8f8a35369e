//! Sets of days against an oracle that marks every day, and tables of known dates.

use chrono::{Datelike, NaiveDate};
use quietude::{Interval, Timestamp};
use serde_json::{Value, json};

use crate::random::Random;
use crate::sets::{days, first, mark, random_set, schedule};

const LAST_YEAR: i32 = 2305;

/// All days of the range.
fn all_days() -> Vec<NaiveDate> {
    first().iter_days().take_while(|date| date.year() <= LAST_YEAR).collect()
}

/// Compares a set with the oracle over 400 years: each day, and the starts of whole days.
fn check(set: &Value, all: &[NaiveDate]) {
    let expected = mark(set, all);
    let found = days(set);
    // Days near the ends may depend on days outside of the oracle.
    let inner = |date: NaiveDate| (1900..2300).contains(&date.year());
    for (date, expected) in all.iter().zip(&expected).filter(|(date, _)| inner(**date)) {
        assert_eq!(found.contains(*date), *expected, "{date}: {set}");
    }
    let calendar =
        json!({"kind": "calendar", "days": set, "clock": "06:00-18:00", "timezone": "UTC"});
    let schedule = schedule(&calendar);
    let at = |year: i32| {
        let text = format!("{year}-01-01T00:00:00Z");
        text.parse::<Timestamp>().unwrap()
    };
    let within = Interval::new(at(1900), at(2300)).unwrap();
    let day_of = |o: Interval| o.start().as_millis().div_euclid(86_400_000);
    let starts = schedule.occurrences(within).map(day_of);
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    let marked = all.iter().zip(&expected).filter(|(date, on)| **on && inner(**date));
    let marked = marked.map(|(date, _)| (*date - epoch).num_days());
    assert!(starts.eq(marked), "{set}");
    // Backwards, from some days on.
    for index in (400..all.len() - 400).step_by(9973) {
        let noon = (all[index] - epoch).num_days() * 86_400_000 + 12 * 3_600_000;
        let before = expected[..=index].iter().rposition(|on| *on);
        let previous = schedule.previous_occurrence(Timestamp::from_millis(noon).unwrap());
        let previous = previous.map(day_of);
        let before = before.filter(|before| inner(all[*before]));
        if let (Some(before), Some(previous)) = (before, previous) {
            assert_eq!(previous, (all[before] - epoch).num_days(), "{set}");
        }
        if before.is_some() {
            assert!(previous.is_some(), "{set}");
        }
    }
}

#[test]
fn day_sets_equal_day_by_day_oracle() {
    let all = all_days();
    let mut random = Random(1);
    for _ in 0..60 {
        check(&random_set(&mut random, 3), &all);
    }
}

#[test]
#[ignore = "takes minutes"]
fn long_day_sets_equal_day_by_day_oracle() {
    let all = all_days();
    let mut random = Random(2);
    for _ in 0..5_000 {
        check(&random_set(&mut random, 4), &all);
    }
}

#[test]
fn known_dates_are_in_sets() {
    for (set, dates, others) in [
        (
            json!({"easter": 0}),
            "1818-03-22 1943-04-25 1954-04-18 2000-04-23 2024-03-31 2025-04-20 2026-04-05 2038-04-25 2285-03-22",
            "2026-04-04 2026-04-06",
        ),
        (json!({"easter": -2}), "2024-03-29 2026-04-03", "2026-04-05"),
        (json!({"easter": 50}), "2024-05-20 2026-05-25", "2026-05-24"),
        (
            json!({"nearest_weekday": 15}),
            "2026-08-14 2026-11-16 2026-10-15",
            "2026-08-15 2026-11-15",
        ),
        (
            json!({"nearest_weekday": 1}),
            "2026-08-03 2026-11-02 2026-10-01",
            "2026-07-31 2026-08-01",
        ),
        (
            json!({"nearest_weekday": 31}),
            "2026-01-30 2026-05-29 2026-12-31",
            "2026-02-28 2026-04-30",
        ),
        (
            json!({"nearest_weekday": -1}),
            "2026-01-30 2026-02-27 2026-05-29 2026-06-30",
            "2026-05-31",
        ),
        (
            // The Saturday after the second Tuesday.
            json!({"offset": 4, "of": {"nth": 2, "weekday": "tuesday"}}),
            "2026-09-12 2026-11-14 2027-01-16",
            "2026-11-10 2026-11-21",
        ),
        (
            // The last working day of the month.
            json!({"nth": -1, "of": {"weekdays": ["monday..friday"]}, "in": "month"}),
            "2026-01-30 2026-02-27 2026-03-31 2026-10-30",
            "2026-01-31 2026-10-31",
        ),
        (
            json!({"nth": 1, "of": {"weekdays": ["monday..friday"]}, "in": "year"}),
            "2026-01-01 2027-01-01 2028-01-03",
            "2028-01-01 2026-01-02",
        ),
        (
            json!({"span": {"from": "12-24", "to": "01-06"}}),
            "2026-12-24 2026-12-31 2027-01-06",
            "2026-12-23 2027-01-07",
        ),
        (
            json!({"span": {"from": {"month": "may", "nth": -1, "weekday": "monday"}, "to": {"month": "september", "nth": 1, "weekday": "monday"}}}),
            "2026-05-25 2026-07-01 2026-09-07",
            "2026-05-24 2026-09-08",
        ),
        (json!({"month_days": ["20..-1"]}), "2026-02-20 2026-02-28 2026-01-31", "2026-02-19"),
        (json!({"month_days": ["-31..31"]}), "2026-06-01 2026-06-30 2026-02-28", ""),
        (
            json!({"weekdays": ["saturday..monday"]}),
            "2026-11-28 2026-11-30",
            "2026-11-27 2026-12-01",
        ),
    ] {
        let found = days(&set);
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        for text in dates.split_whitespace() {
            assert!(found.contains(date(text)), "{text}: {set}");
        }
        for text in others.split_whitespace() {
            assert!(!found.contains(date(text)), "{text}: {set}");
        }
    }
}
