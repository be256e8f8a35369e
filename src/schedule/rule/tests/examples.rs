//! Short rules, each with its first starts, counted by hand in a calendar.

use super::{at, schedule};
use crate::error::ErrorKind;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::time::civil::DAY_MS;
use crate::time::{Interval, Timestamp};

/// Holds a rule to its first starts, in UTC, asked for forwards and backwards.
fn check(start: &str, rule: &str, expected: &[&str]) {
    let schedule = schedule(&format!("DTSTART:{start}\nRRULE:{rule}"));
    let expected: Vec<_> = expected.iter().map(|text| at(&format!("{text}Z"))).collect();
    let listed = schedule.occurrences(Interval::ALWAYS).map(Interval::start);
    assert_eq!(listed.take(expected.len()).collect::<Vec<_>>(), expected, "{rule}");
    let start = |occurrence: Option<Interval>| occurrence.map(Interval::start);
    assert_eq!(start(schedule.previous_occurrence(expected[0])), None, "{rule}");
    for pair in expected.windows(2) {
        let [a, b] = [pair[0].as_millis(), pair[1].as_millis()];
        for t in [a + 1, a + (b - a) / 3, a + (b - a) / 2, b - 1000, b - 1, b] {
            let t = Timestamp::saturating(t);
            assert_eq!(start(schedule.previous_occurrence(t)), Some(pair[0]), "{rule} at {t}");
            if t < pair[1] {
                assert_eq!(start(schedule.next_occurrence(t)), Some(pair[1]), "{rule} at {t}");
            }
        }
    }
}

#[test]
fn bysetpos_daily() {
    check(
        "20260101T090000Z",
        "FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=1,-1",
        &["2026-01-01T09:00:00", "2026-01-01T15:00:00", "2026-01-02T09:00:00"],
    );
    check(
        "20260101T120000Z",
        "FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=2",
        &["2026-01-01T12:00:00", "2026-01-02T12:00:00"],
    );
}

#[test]
fn bysetpos_hourly_and_minutely() {
    check(
        "20260101T002000Z",
        "FREQ=HOURLY;BYMINUTE=0,20,40;BYSETPOS=2",
        &["2026-01-01T00:20:00", "2026-01-01T01:20:00", "2026-01-01T02:20:00"],
    );
    check(
        "20260101T084000Z",
        "FREQ=HOURLY;BYHOUR=8,9;BYMINUTE=0,20,40;BYSETPOS=-1",
        &["2026-01-01T08:40:00", "2026-01-01T09:40:00", "2026-01-02T08:40:00"],
    );
    check(
        "20260101T080000Z",
        "FREQ=HOURLY;BYHOUR=8,9;BYMINUTE=0,20,40;BYSETPOS=1,3",
        &[
            "2026-01-01T08:00:00",
            "2026-01-01T08:40:00",
            "2026-01-01T09:00:00",
            "2026-01-01T09:40:00",
            "2026-01-02T08:00:00",
        ],
    );
    check(
        "20260101T015000Z",
        "FREQ=HOURLY;INTERVAL=6;BYMINUTE=10,50;BYSETPOS=-1",
        &["2026-01-01T01:50:00", "2026-01-01T07:50:00", "2026-01-01T13:50:00"],
    );
    check(
        "20260101T161000Z",
        "FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,50;BYSETPOS=1",
        &["2026-01-01T16:10:00", "2026-01-01T21:10:00", "2026-01-02T02:10:00"],
    );
    check(
        "20260101T000015Z",
        "FREQ=MINUTELY;BYSECOND=0,15,30;BYSETPOS=2",
        &["2026-01-01T00:00:15", "2026-01-01T00:01:15", "2026-01-01T00:02:15"],
    );
    check(
        "20260101T000005Z",
        "FREQ=MINUTELY;INTERVAL=15;BYSECOND=5,25,45;BYSETPOS=1,-1",
        &["2026-01-01T00:00:05", "2026-01-01T00:00:45", "2026-01-01T00:15:05"],
    );
}

#[test]
fn bysetpos_weekly() {
    let start = "20260101T000000Z"; // a Thursday
    for (rule, expected) in [
        ("BYDAY=SA,SU,MO;BYSETPOS=1;WKST=MO", ["2026-01-05", "2026-01-12"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=1;WKST=SU", ["2026-01-04", "2026-01-11"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=-1;WKST=MO", ["2026-01-04", "2026-01-11"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=-1;WKST=SU", ["2026-01-03", "2026-01-10"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=1;WKST=TU", ["2026-01-03", "2026-01-10"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=1;WKST=SU;INTERVAL=2", ["2026-01-11", "2026-01-25"]),
        ("BYDAY=SA,SU,MO;BYSETPOS=-1;WKST=MO;INTERVAL=3", ["2026-01-04", "2026-01-25"]),
    ] {
        let expected = expected.map(|date| format!("{date}T00:00:00"));
        check(start, &format!("FREQ=WEEKLY;{rule}"), &expected.each_ref().map(|text| &**text));
    }
}

#[test]
fn bysetpos_monthly_and_yearly() {
    // January 2026 has its first Monday on the 5th and its last Tuesday on the 27th.
    check(
        "20260101T080000Z",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYHOUR=8,20;BYSETPOS=2,3,-1",
        &["2026-01-05T20:00:00", "2026-01-06T08:00:00", "2026-01-27T20:00:00"],
    );
    check(
        "20260101T000000Z",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5",
        &["2026-03-30T00:00:00", "2026-06-29T00:00:00", "2026-08-31T00:00:00"],
    );
    let dates = "FREQ=YEARLY;BYMONTH=3,6;BYMONTHDAY=1,15";
    let start = "20260101T100000Z";
    check(start, &format!("{dates};BYSETPOS=3"), &["2026-06-01T10:00:00", "2027-06-01T10:00:00"]);
    check(
        start,
        &format!("{dates};BYSETPOS=2,-1;INTERVAL=3"),
        &["2026-03-15T10:00:00", "2026-06-15T10:00:00", "2029-03-15T10:00:00"],
    );
}

#[test]
fn steps_smaller_units_from_dtstart() {
    check("20260101T093015Z", "FREQ=DAILY", &["2026-01-01T09:30:15", "2026-01-02T09:30:15"]);
    check(
        "20260101T161730Z",
        "FREQ=HOURLY;INTERVAL=5",
        &["2026-01-01T16:17:30", "2026-01-01T21:17:30", "2026-01-02T02:17:30"],
    );
    check(
        "20260101T011000Z",
        "FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,50",
        &[
            "2026-01-01T01:10:00",
            "2026-01-01T01:50:00",
            "2026-01-01T06:10:00",
            "2026-01-01T06:50:00",
            "2026-01-01T11:10:00",
        ],
    );
    // On the second Monday the 170th hour is the first in step.
    check(
        "20260105T000000Z",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO",
        &[
            "2026-01-05T00:00:00",
            "2026-01-05T05:00:00",
            "2026-01-05T10:00:00",
            "2026-01-05T15:00:00",
            "2026-01-05T20:00:00",
            "2026-01-12T02:00:00",
        ],
    );
    // The hours from the first on are 0, 10, 20, 30 and 40; then 120.
    check(
        "20260101T000000Z",
        "FREQ=HOURLY;INTERVAL=10;BYHOUR=0,10,20,6,16",
        &[
            "2026-01-01T00:00:00",
            "2026-01-01T10:00:00",
            "2026-01-01T20:00:00",
            "2026-01-02T06:00:00",
            "2026-01-02T16:00:00",
            "2026-01-06T00:00:00",
        ],
    );
    // 1442 is the next multiple of seven from 24 hours on.
    check(
        "20260101T090015Z",
        "FREQ=MINUTELY;INTERVAL=7;BYHOUR=9",
        &[
            "2026-01-01T09:00:15",
            "2026-01-01T09:07:15",
            "2026-01-01T09:14:15",
            "2026-01-01T09:21:15",
            "2026-01-01T09:28:15",
            "2026-01-01T09:35:15",
            "2026-01-01T09:42:15",
            "2026-01-01T09:49:15",
            "2026-01-01T09:56:15",
            "2026-01-02T09:02:15",
        ],
    );
    // Multiples of seven and of thirty.
    check(
        "20260101T000000Z",
        "FREQ=SECONDLY;INTERVAL=7;BYSECOND=0,30",
        &["2026-01-01T00:00:00", "2026-01-01T00:03:30", "2026-01-01T00:07:00"],
    );
}

#[test]
fn byday_ordinals_in_year() {
    for (rule, expected) in [
        ("FREQ=YEARLY;BYDAY=-1MO", ["2026-12-28", "2027-12-27"]),
        ("FREQ=YEARLY;BYDAY=-2MO", ["2026-12-21", "2027-12-20"]),
        ("FREQ=YEARLY;BYDAY=2TH", ["2026-01-08", "2027-01-14"]),
    ] {
        let expected = expected.map(|date| format!("{date}T00:00:00"));
        check("20260101T000000Z", rule, &expected.each_ref().map(|text| &**text));
    }
}

#[test]
fn count_independent_of_dtstart() {
    let starts = |start: &str, rule: &str| {
        let schedule = schedule(&format!("DTSTART{start}\nRRULE:{rule}"));
        let occurrences = schedule.occurrences(Interval::ALWAYS);
        occurrences.map(|occurrence| occurrence.start().to_string()).collect::<Vec<_>>()
    };
    // DTSTART is the second of its unit.
    assert_eq!(
        starts(":20260101T015000Z", "FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,50;COUNT=4"),
        [
            "2026-01-01T01:50:00Z",
            "2026-01-01T06:10:00Z",
            "2026-01-01T06:50:00Z",
            "2026-01-01T11:10:00Z"
        ]
    );
    assert_eq!(
        starts(":20260105T140000Z", "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9,14;COUNT=4"),
        [
            "2026-01-05T14:00:00Z",
            "2026-01-12T09:00:00Z",
            "2026-01-12T14:00:00Z",
            "2026-01-19T09:00:00Z"
        ]
    );
    // 02:30 does not exist on March 29, is dropped, and is not counted.
    assert_eq!(
        starts(";TZID=Europe/Berlin:20260328T023000", "FREQ=DAILY;COUNT=3"),
        ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]
    );
    assert_eq!(
        starts(";TZID=Europe/Berlin:20260329T003000", "FREQ=HOURLY;COUNT=3"),
        ["2026-03-28T23:30:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]
    );
    assert_eq!(
        starts(":20260105T000000Z", "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=2"),
        ["2026-01-06T00:00:00Z", "2026-01-13T00:00:00Z"]
    );
}

#[test]
fn date_value_begins_with_first_instant() {
    // On 1919-03-30 the clocks of Toronto went from 23:30 to 00:30.
    let text = "DTSTART;VALUE=DATE:19190331\nRRULE:FREQ=DAILY";
    let rule = Rule::parse_in(text, chrono_tz::America::Toronto, 1000).unwrap();
    assert_eq!(rule.start().to_string(), "1919-03-31T04:30:00Z");
}

#[test]
fn exdate_single_and_consecutive() {
    let text = "DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY\n\
                EXDATE:20260103T100000Z,20260107T100000Z,20260108T100000Z";
    let schedule = schedule(text);
    let kept = [1, 2, 4, 5, 6, 9, 10].map(|day| at(&format!("2026-01-{day:02}T10:00:00Z")));
    let listed: Vec<Timestamp> =
        schedule.occurrences(Interval::ALWAYS).map(Interval::start).take(kept.len()).collect();
    assert_eq!(listed, kept);
    let start = |occurrence: Option<Interval>| occurrence.map(Interval::start);
    for pair in kept.windows(2) {
        let mut t = pair[0].as_millis();
        while t < pair[1].as_millis() {
            t += 6 * 3_600_000;
            let now = Timestamp::saturating(t);
            assert_eq!(start(schedule.previous_occurrence(now)), Some(pair[0]), "{now}");
        }
        let last = Timestamp::saturating(pair[1].as_millis() - 1);
        assert_eq!(start(schedule.next_occurrence(last)), Some(pair[1]), "{last}");
        assert_eq!(start(schedule.next_occurrence(pair[0])), Some(pair[1]), "{}", pair[0]);
    }
}

#[test]
fn clock_envelope_same_times_every_day() {
    let reach = |text: &str| {
        let rule = Rule::parse_in(text, chrono_tz::UTC, 1000).unwrap();
        rule.recurrence()
            .clock_envelope()
            .map(|reach| (reach.weekdays, reach.from_ms, reach.length_ms))
    };
    let start = "DTSTART:20260101T100000";
    let every_day = Some((0b111_1111, 36_000_000, 1000));
    assert_eq!(reach(&format!("{start}\nRRULE:FREQ=DAILY")), every_day);
    assert_eq!(reach(&format!("{start}\nRRULE:FREQ=DAILY\nRDATE:20260105T110000")), None);
    assert_eq!(reach("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"), None);
    assert_eq!(reach(&format!("{start}\nRRULE:FREQ=HOURLY;INTERVAL=5")), None);
    let mondays = format!("{start}\nRRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1");
    assert_eq!(reach(&mondays), Some((0b000_0001, 36_000_000, 1000)));
}

#[test]
fn cycle_of_steps_and_dates() {
    let cycle = |rule: &str| {
        let text = format!("DTSTART:20260101T000000Z\nRRULE:{rule}");
        schedule(&text).cycle().1
    };
    let days = |days: i64| Some(days * DAY_MS);
    assert_eq!(cycle("FREQ=HOURLY;INTERVAL=5;BYDAY=MO"), days(35));
    assert_eq!(cycle("FREQ=HOURLY;INTERVAL=5;BYHOUR=0"), days(5));
    assert_eq!(cycle("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1"), days(7));
    assert_eq!(cycle("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TU"), days(21));
    assert_eq!(cycle("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"), days(146_097));
    assert_eq!(cycle("FREQ=YEARLY;INTERVAL=19"), days(19 * 146_097));
    // That is 8400 years, more than there are from 1970 on.
    assert_eq!(cycle("FREQ=YEARLY;INTERVAL=21"), None);
}

fn refusal(text: &str) -> (ErrorKind, String) {
    let error = Rule::parse_in(text, chrono_tz::UTC, 1000).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn parse_errors_give_reason() {
    let rule = |rule: &str| refusal(&format!("DTSTART:20260101T220000Z\nRRULE:{rule}"));
    for part in ["RSCALE=GREGORIAN", "SKIP=OMIT"] {
        assert_eq!(rule(&format!("FREQ=DAILY;{part}")).0, ErrorKind::Unsupported, "{part}");
    }
    assert_eq!(rule("FREQ=DAILY;SKAP=OMIT").0, ErrorKind::Syntax);
    assert_eq!(rule("FREQ=DAILY;BYHOUR=-0").0, ErrorKind::Syntax);
    let no_time = "DTSTART:20260101T106000Z\nRRULE:FREQ=DAILY";
    assert!(refusal(no_time).1.starts_with("rrule.DTSTART: "), "{}", refusal(no_time).1);
    for (part, value) in [("WKST", "MONDAY"), ("BYDAY", "XY")] {
        let (_, message) = rule(&format!("FREQ=MONTHLY;{part}={value}"));
        assert!(message.contains(&format!("\"{value}\" is not a weekday such as MO")), "{message}");
    }
    for (text, reason) in [
        (
            "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=20261231T000000Z",
            "must be a date, because DTSTART is one",
        ),
        (
            "DTSTART:20260101T100000\nRRULE:FREQ=DAILY;UNTIL=20261231",
            "must be a local time, because DTSTART is one",
        ),
        (
            "DTSTART:20260101T100000Z\nRRULE:FREQ=DAILY;UNTIL=20261231T100000",
            "must be a time in UTC, such as 20261231T235959Z",
        ),
    ] {
        let (_, message) = refusal(text);
        assert!(message.contains(reason), "{text}: {message}");
    }
}

#[test]
fn bysetpos_requires_other_by_part() {
    for parts in ["BYSECOND=5;BYMINUTE=5", "BYMINUTE=5;BYHOUR=5", "BYHOUR=5;BYMONTH=5"] {
        let text = format!("DTSTART:20260101T100000Z\nRRULE:FREQ=YEARLY;{parts};BYSETPOS=1");
        assert!(Rule::parse(&text, 1000).is_ok(), "{parts}");
    }
}

#[test]
fn describe_lists_few_times() {
    let told = |start: &str, rule: &str| {
        let text = format!("DTSTART:{start}\nRRULE:FREQ=DAILY{rule}");
        Schedule::from(Rule::parse(&text, 1000).unwrap()).describe()
    };
    let (whole, odd) = ("20260101T000000Z", "20260101T093015Z");
    let end = ", from 2026-01-01, for 1 s, UTC";
    assert_eq!(told(odd, ""), format!("every day at 09:30:15{end}"));
    assert_eq!(
        told(whole, ";BYHOUR=1,2,3;BYMINUTE=0,30"),
        format!("every day at 01:00, 01:30, 02:00, 02:30, 03:00 and 03:30{end}")
    );
    assert_eq!(
        told(whole, ";BYHOUR=1,2,3;BYMINUTE=0,10,20"),
        format!("every day at hours 1, 2 and 3 at minutes 0, 10 and 20{end}")
    );
    assert_eq!(
        told(whole, ";BYHOUR=1,2;BYMINUTE=0,30;BYSECOND=0,30"),
        format!("every day at hours 1 and 2 at minutes 0 and 30 at seconds 0 and 30{end}")
    );
}
