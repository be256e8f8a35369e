//! Cron expressions: dates, times and error messages.

use super::*;
use crate::schedule::Schedule;
use crate::time::{Interval, Timestamp};

/// The first starts of a cron expression in UTC after an instant.
fn starts(text: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::from(Cron::new(text, 1000, Zone::utc()).unwrap());
    let mut at: Timestamp = after.parse().unwrap();
    let next = || {
        at = schedule.next_occurrence(at)?.start();
        Some(at.to_string())
    };
    std::iter::from_fn(next).take(count).collect()
}

#[test]
fn cron_fields_and_extensions() {
    for (text, after, expected) in [
        (
            "0 22 * * MON-FRI",
            "2026-11-27T22:00:00Z",
            ["2026-11-30T22:00:00Z", "2026-12-01T22:00:00Z"],
        ),
        ("*/30 8 * * *", "2026-11-27T08:00:00Z", ["2026-11-27T08:30:00Z", "2026-11-28T08:00:00Z"]),
        ("50/5 8 * * *", "2026-11-27T08:00:00Z", ["2026-11-27T08:50:00Z", "2026-11-27T08:55:00Z"]),
        ("0 0 L * ?", "2026-02-01T00:00:00Z", ["2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"]),
        ("0 0 L-3 * ?", "2026-02-01T00:00:00Z", ["2026-02-25T00:00:00Z", "2026-03-28T00:00:00Z"]),
        ("0 0 15W * ?", "2026-02-01T00:00:00Z", ["2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z"]),
        ("0 0 LW * ?", "2026-02-01T00:00:00Z", ["2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z"]),
        ("0 0 ? * 5L", "2026-02-01T00:00:00Z", ["2026-02-27T00:00:00Z", "2026-03-27T00:00:00Z"]),
        ("0 0 ? * tue#3", "2026-02-01T00:00:00Z", ["2026-02-17T00:00:00Z", "2026-03-17T00:00:00Z"]),
        ("0 0 13 * FRI", "2026-02-01T00:00:00Z", ["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z"]),
        (
            "0 0 */10 * MON",
            "2026-02-01T00:00:00Z",
            ["2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z"],
        ),
        ("0 0 * * 5-7", "2026-02-01T00:00:00Z", ["2026-02-06T00:00:00Z", "2026-02-07T00:00:00Z"]),
        (
            "0 0 * * FRI-SUN/2",
            "2026-02-01T00:00:00Z",
            ["2026-02-06T00:00:00Z", "2026-02-08T00:00:00Z"],
        ),
        ("30 0 0 1 1 ?", "2026-02-01T00:00:00Z", ["2027-01-01T00:00:30Z", "2028-01-01T00:00:30Z"]),
        (
            "0 0 0 1 1 ? */4",
            "2026-02-01T00:00:00Z",
            ["2029-01-01T00:00:00Z", "2033-01-01T00:00:00Z"],
        ),
        ("@weekly", "2026-02-01T00:00:00Z", ["2026-02-08T00:00:00Z", "2026-02-15T00:00:00Z"]),
        ("@Hourly", "2026-02-01T00:00:00Z", ["2026-02-01T01:00:00Z", "2026-02-01T02:00:00Z"]),
    ] {
        assert_eq!(starts(text, after, 2), expected, "{text}");
    }
    let both = Cron::new("0 0 13 * FRI", 1, Zone::utc()).unwrap().with_day_match(DayMatch::And);
    let next = Schedule::from(both).next_occurrence("2026-02-14T00:00:00Z".parse().unwrap());
    assert_eq!(next.unwrap().start().to_string(), "2026-03-13T00:00:00Z");
}

#[test]
fn cron_years_end() {
    let once = Schedule::from(Cron::new("0 0 12 6 6 ? 2026", 1, Zone::utc()).unwrap());
    let all: Vec<Interval> = once.occurrences(Interval::ALWAYS).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(once.cycle().0, None);
    let never = Schedule::from(Cron::new("0 0 30 2 ?", 1, Zone::utc()).unwrap());
    assert_eq!(never.next_occurrence(Timestamp::MIN), None);
    assert_eq!(never.previous_occurrence(Timestamp::END), None);
}

#[test]
fn cron_error_says_what_is_allowed() {
    const MINUTES: &str =
        "is not allowed; there are 0 to 59, *, lists 0,30, ranges 0-10 and steps */15";
    for (text, error) in [
        ("60 * * * *", &format!("cron.minute: \"60\" {MINUTES}")[..]),
        ("*/0 * * * *", &format!("cron.minute: \"*/0\" (a step is 1 or more) {MINUTES}")),
        ("5-1 * * * *", &format!("cron.minute: \"5-1\" (a reversed range) {MINUTES}")),
        ("? * * * *", &format!("cron.minute: \"?\" {MINUTES}")),
        (
            "* * * *",
            "cron: \"* * * *\" has 4 fields; there are five (minute, hour, day of the month, month, day of the week), six with seconds first, or seven with years last",
        ),
        (
            "15 12 * * ? *",
            "cron: six fields begin with seconds, and a year at the end takes seven; write \"0 15 12 * * ? *\"",
        ),
        (
            "0 18 ? * 2-6 2026",
            "cron: six fields begin with seconds, and a year at the end takes seven; write \"0 0 18 ? * MON-FRI 2026\"",
        ),
        (
            "cron(0 10 * * ? *)",
            "cron: \"cron(0 10 * * ? *)\" is not a cron expression by itself; write \"0 0 10 * * ? *\"",
        ),
        ("@reboot", "cron: \"@reboot\" has no times: it is when a machine starts"),
        (
            "@every 1h",
            "cron: \"@every 1h\" is a period; write a schedule of kind periodic, with a start",
        ),
        (
            "@fortnightly",
            "cron: \"@fortnightly\" is not one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
        ),
        ("TZ=UTC 0 0 * * *", "cron: \"TZ=UTC 0 0 * * *\" has a zone in it; name it in `timezone`"),
        (
            "H 0 * * *",
            "cron: \"H\": H stands for a hash of a name, which there is not; write a number",
        ),
    ] {
        assert_eq!(Cron::new(text, 1, Zone::utc()).unwrap_err().to_string(), error);
    }
    for text in [
        "",
        "* * * * L",
        "0 0 32 * *",
        "0 0 L-31 * *",
        "0 0 0W * *",
        "0 0 * * 8",
        "0 0 * * 1#6",
        "0 0 * 13 *",
        "0 0 * JANUARY *",
        "0 0 * * SAT-MON",
        "0 0 1,, * *",
        "0 0 0 1 1 ? 0",
        "0 0 0 1 1 ? 10000",
        "-1 * * * *",
        "+1 * * * *",
        "1/ * * * *",
        "/5 * * * *",
        "0 0 W * *",
        "\u{e9} * * * *",
    ] {
        assert!(Cron::new(text, 1, Zone::utc()).is_err(), "{text}");
    }
    assert_eq!(Cron::new("* * * * *", 0, Zone::utc()).unwrap_err().path(), "duration_ms");
}

/// In a zone behind UTC, an occurrence that began before the first instant covers it.
#[test]
fn occurrence_begun_before_year_1_is_first_one() {
    let day = 24 * 3_600_000;
    let cron = Cron::new("16 23 * * *", 3 * day, chrono_tz::America::New_York).unwrap();
    let schedule = Schedule::from(cron);
    let first = schedule.first_occurrence_at(Timestamp::MIN).unwrap();
    assert_eq!(first.start(), Timestamp::MIN);
    assert!(schedule.contains(Timestamp::MIN) && first.end() > Timestamp::MIN);
    let run = schedule.run_before(Timestamp::MIN.as_millis());
    assert_eq!((run.active, run.bound), (true, Timestamp::MIN.as_millis()));
}
