//! Rules with which other engines hang, panic or lose dates. They are evaluated
//! correctly or rejected. The work of a query is bounded, so a test that takes long
//! has failed.

use super::{at, schedule, starts_until};
use crate::error::ErrorKind;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::time::{Interval, Timestamp, Zone};

fn next(schedule: &Schedule, after: &str) -> String {
    let next = schedule.next_occurrence(at(after));
    next.map_or_else(|| "none".to_owned(), |occurrence| occurrence.start().to_string())
}

fn previous(schedule: &Schedule, before: &str) -> String {
    let previous = schedule.previous_occurrence(at(before));
    previous.map_or_else(|| "none".to_owned(), |occurrence| occurrence.start().to_string())
}

#[test]
fn contains_secondly_old_dtstart() {
    let every = schedule("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY");
    assert!(every.contains(at("2026-06-06T19:48:51.999Z")));
    assert_eq!(next(&every, "9999-12-31T23:59:58Z"), "9999-12-31T23:59:59Z");
    assert_eq!(every.covered_until(at("2026-01-01T00:00:00Z")), Timestamp::END);
    let counted = schedule("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY;COUNT=4294967295");
    assert_eq!(previous(&counted, "9999-01-01T00:00:00Z"), "2106-02-07T06:28:14Z");
    assert_eq!(counted.covered_until(at("2026-01-01T00:00:00Z")), at("2106-02-07T06:28:15Z"));
}

#[test]
fn next_occurrence_february_30_is_none() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31;COUNT=7",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=4294967295",
        "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=1,3",
        "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=3",
        "FREQ=SECONDLY;INTERVAL=7200;BYMINUTE=30",
        "FREQ=DAILY;BYHOUR=3;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYSETPOS=1",
        "FREQ=DAILY;UNTIL=20251231T000000Z",
    ] {
        let never = schedule(&format!("DTSTART:20260101T220000Z\nRRULE:{rule}"));
        assert_eq!(next(&never, "0001-01-01T00:00:00Z"), "none", "{rule}");
        assert_eq!(previous(&never, "9999-01-01T00:00:00Z"), "none", "{rule}");
        assert!(!never.contains(at("2026-02-28T22:00:00Z")), "{rule}");
        assert_eq!(never.occurrences(Interval::ALWAYS).count(), 0);
    }
}

/// 59999 has no common divisor with the seconds of a day: the time comes round
/// every 59,999 days.
#[test]
fn steps_rare_match() {
    let rare = schedule(
        "DTSTART:20000101T000000Z\n\
         RRULE:FREQ=SECONDLY;INTERVAL=59999;BYHOUR=3;BYMINUTE=4;BYSECOND=5",
    );
    let first: Timestamp = next(&rare, "2000-01-01T00:00:00Z").parse().unwrap();
    let seconds = (first.as_millis() - at("2000-01-01T00:00:00Z").as_millis()) / 1000;
    assert_eq!((seconds % 59_999, seconds % 86_400), (0, 3 * 3600 + 4 * 60 + 5));
    assert!(rare.contains(first));
    let second = rare.next_occurrence(first).unwrap().start();
    assert_eq!(second.as_millis() - first.as_millis(), 59_999 * 86_400_000);
    assert_eq!(rare.previous_occurrence(second).unwrap().start(), first);
}

#[test]
fn steps_large_interval() {
    for (rule, expected) in [
        ("FREQ=DAILY;INTERVAL=65535", "2205-06-07T22:00:00Z"),
        ("FREQ=MONTHLY;INTERVAL=65535", "7487-04-01T22:00:00Z"),
        ("FREQ=WEEKLY;INTERVAL=65535", "3282-01-01T22:00:00Z"),
        ("FREQ=YEARLY;INTERVAL=65535", "none"),
        ("FREQ=HOURLY;INTERVAL=65535", "2033-06-24T13:00:00Z"),
        ("FREQ=MINUTELY;INTERVAL=65535", "2026-02-16T10:15:00Z"),
        ("FREQ=SECONDLY;INTERVAL=65535", "2026-01-02T16:12:15Z"),
        ("FREQ=SECONDLY;INTERVAL=4294967295", "2162-02-08T04:28:15Z"),
        ("FREQ=YEARLY;INTERVAL=4294967295", "none"),
        ("FREQ=HOURLY;INTERVAL=4294967295", "none"),
    ] {
        let stepping = schedule(&format!("DTSTART:20260101T220000Z\nRRULE:{rule}"));
        assert_eq!(next(&stepping, "2026-01-01T22:00:00Z"), expected, "{rule}");
        assert!(stepping.contains(at("2026-01-01T22:00:00Z")));
    }
}

#[test]
fn rule_at_range_bounds() {
    let late = schedule("DTSTART:99991230T230000Z\nRRULE:FREQ=DAILY");
    assert_eq!(late.occurrences(Interval::ALWAYS).count(), 2);
    let early = schedule("DTSTART:00010101T000000Z\nRRULE:FREQ=YEARLY");
    assert_eq!(early.occurrences(Interval::ALWAYS).count(), 9999);
    assert!(early.contains(Timestamp::MIN));
    let long = Rule::parse("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY", i64::MAX).unwrap();
    let long = Schedule::from(long);
    assert!(long.contains(Timestamp::MAX));
    assert!(!long.contains(at("2025-12-31T23:59:59.999Z")));
    assert_eq!(long.covered_until(at("2027-01-01T00:00:00Z")), Timestamp::END);
    let within = Interval::new(at("2026-01-09T00:00:00Z"), at("2026-01-10T00:00:00Z")).unwrap();
    assert_eq!(long.occurrences(within).count(), 9);
    for t in [Timestamp::MIN, Timestamp::MAX, Timestamp::END] {
        for schedule in [&late, &early, &long] {
            let covers = schedule.contains(t);
            assert_eq!(covers, schedule.occurrence_at(t).is_some());
            assert!(schedule.next_occurrence(t).is_none_or(|next| next.start() > t));
            assert!(schedule.previous_occurrence(t).is_none_or(|last| last.start() < t));
        }
    }
    assert!(!long.contains(Timestamp::END));
}

#[test]
fn rule_year_10000_in_eastern_zone() {
    let rule = "DTSTART;TZID=Pacific/Kiritimati:99991230T000000\nRRULE:FREQ=DAILY";
    for end in ["", ";COUNT=3", ";UNTIL=99991231T100000Z"] {
        let daily = schedule(&format!("{rule}{end}"));
        assert_eq!(next(&daily, "9999-12-31T09:59:59Z"), "9999-12-31T10:00:00Z", "{end}");
        assert_eq!(next(&daily, "9999-12-31T10:00:00Z"), "none", "{end}");
    }
}

#[test]
fn exdate_many_values() {
    let many: Vec<String> = (0..500).map(|n| (n % 61).to_string()).collect();
    let rule = schedule(&format!(
        "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;BYSECOND={};BYSETPOS=-1",
        many.join(",")
    ));
    assert_eq!(next(&rule, "2026-01-01T00:00:00Z"), "2026-01-01T00:00:59Z");
    let many: Vec<String> = (1..=366).flat_map(|n| [n.to_string(), format!("-{n}")]).collect();
    let text = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYYEARDAY={}", many.join(","));
    assert_eq!(next(&schedule(&text), "2031-12-30T00:00:00Z"), "2031-12-31T00:00:00Z");
    let days: Vec<String> = (1..=53).flat_map(|n| [format!("{n}MO"), format!("-{n}SU")]).collect();
    let text = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYDAY={}", days.join(","));
    assert_eq!(next(&schedule(&text), "2031-12-23T00:00:00Z"), "2031-12-28T00:00:00Z");
}

#[test]
fn parse_long_step_with_dates_is_limit() {
    let head = "DTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY;INTERVAL=";
    let error = Rule::parse(&format!("{head}604801;BYDAY=TU"), 1).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Limit, "rrule.INTERVAL"));
    assert_eq!(
        next(&schedule(&format!("{head}604801")), "2026-01-01T00:00:00Z"),
        "2026-01-08T00:00:01Z"
    );
    let weekly = schedule(&format!("{head}604800;BYDAY=TH"));
    assert_eq!(next(&weekly, "2026-01-01T00:00:00Z"), "2026-01-08T00:00:00Z");
}

/// The rrule crate refuses it.
#[test]
fn byday_fifth_last() {
    let rule = schedule("DTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;BYDAY=-5MO");
    assert_eq!(next(&rule, "2026-01-01T00:00:00Z"), "2026-03-02T00:00:00Z");
}

/// The rrule crate loses the day: in Havana, clocks go back to midnight on
/// 2025-11-02, and in Sao Paulo midnight of 2018-11-04 does not exist.
#[test]
fn rule_clock_change_at_midnight() {
    let havana = schedule("DTSTART;TZID=America/Havana:20251030T120000\nRRULE:FREQ=DAILY");
    assert_eq!(next(&havana, "2025-11-01T16:00:00Z"), "2025-11-02T17:00:00Z");
    let sao_paulo = schedule("DTSTART;TZID=America/Sao_Paulo:20181101T120000\nRRULE:FREQ=DAILY");
    assert_eq!(next(&sao_paulo, "2018-11-03T15:00:00Z"), "2018-11-04T14:00:00Z");
}

#[test]
fn count_skips_nonexistent_time() {
    // 02:30 does not exist in Berlin on 2026-03-29.
    let rule = "DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY;COUNT=3";
    let found = starts_until(&schedule(rule), i64::MAX - 1);
    let expected = ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"];
    assert_eq!(found, expected.map(|text| at(text).as_millis()));
    // As DTSTART it is an instant all the same (3.3.5), but not an instance.
    let rule = "DTSTART;TZID=Europe/Berlin:20260329T023000\nRRULE:FREQ=DAILY";
    let begins_in_gap = Rule::parse(rule, 1000).unwrap();
    assert_eq!(begins_in_gap.start(), at("2026-03-29T01:30:00Z"));
    assert_eq!(next(&begins_in_gap.into(), "2026-01-01T00:00:00Z"), "2026-03-30T00:30:00Z");
    let explicit = "DTSTART;TZID=Europe/Berlin:20260101T000000\n\
                    RRULE:FREQ=YEARLY;COUNT=1\nRDATE;TZID=Europe/Berlin:20260329T023000";
    assert_eq!(next(&schedule(explicit), "2026-03-01T00:00:00Z"), "2026-03-29T01:30:00Z");
}

#[test]
fn rule_ambiguous_time_is_first() {
    // 02:30 comes twice in Berlin on 2026-10-25, at 00:30 and at 01:30 UTC.
    let rule = schedule("DTSTART;TZID=Europe/Berlin:20261024T023000\nRRULE:FREQ=DAILY");
    assert_eq!(next(&rule, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    assert_eq!(next(&rule, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    // Three instances an hour, but none in the second pass.
    let rule =
        schedule("DTSTART;TZID=Europe/Berlin:20261024T000000\nRRULE:FREQ=MINUTELY;INTERVAL=20");
    assert_eq!(next(&rule, "2026-10-25T00:40:00Z"), "2026-10-25T02:00:00Z");
    assert!(rule.contains(at("2026-10-25T00:40:00.500Z")));
    assert!(!rule.contains(at("2026-10-25T01:40:00.500Z")));
}

/// An occurrence lasts its elapsed time through both changes of the clock.
#[test]
fn duration_is_elapsed_time() {
    let rule = "DTSTART;TZID=Europe/Berlin:20260101T230000\nRRULE:FREQ=DAILY";
    let eight_hours = Schedule::from(Rule::parse(rule, 8 * 3_600_000).unwrap());
    for (at_, end) in [
        ("2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z"),
        ("2026-03-29T05:59:59Z", "2026-03-29T06:00:00Z"),
        ("2026-10-25T04:59:59Z", "2026-10-25T05:00:00Z"),
    ] {
        assert_eq!(eight_hours.occurrence_at(at(at_)).unwrap().end(), at(end));
    }
    assert!(!eight_hours.contains(at("2026-03-29T06:00:00Z")));
    assert!(!eight_hours.contains(at("2026-10-25T05:00:00Z")));
}

/// Every start on a date that a zone skips is dropped, and the date itself.
#[test]
fn rule_skipped_date() {
    let rule = "DTSTART;TZID=Pacific/Apia:20111228T120000\nRRULE:FREQ=DAILY;COUNT=3";
    let found = starts_until(&schedule(rule), i64::MAX - 1);
    let expected = ["2011-12-28T22:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"];
    assert_eq!(found, expected.map(|text| at(text).as_millis()));
    let dates = "DTSTART;VALUE=DATE:20111228\nRRULE:FREQ=DAILY;COUNT=3";
    let dates = Rule::parse_in(dates, chrono_tz::Pacific::Apia, 1000).unwrap();
    let expected = ["2011-12-28T10:00:00Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"];
    assert_eq!(
        starts_until(&dates.into(), i64::MAX - 1),
        expected.map(|text| at(text).as_millis())
    );
}

/// Midnight of 2018-11-04 does not exist in Sao Paulo; the date does.
#[test]
fn date_value_begins_after_gap() {
    let text = "DTSTART;VALUE=DATE:20181103\n\
                RRULE:FREQ=DAILY;UNTIL=20181105\nEXDATE;VALUE=DATE:20181105";
    let dates = Rule::parse_in(text, chrono_tz::America::Sao_Paulo, 1000).unwrap();
    let expected = ["2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"];
    assert_eq!(
        starts_until(&dates.into(), i64::MAX - 1),
        expected.map(|text| at(text).as_millis())
    );
}

#[test]
fn until_is_inclusive() {
    let rule = |until| format!("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY;UNTIL={until}");
    for (until, many) in [("20260103T220000Z", 3), ("20260103T215959Z", 2), ("20260101T220000Z", 1)]
    {
        assert_eq!(starts_until(&schedule(&rule(until)), i64::MAX - 1).len(), many);
    }
    let floating = "DTSTART:20260101T220000\nRRULE:FREQ=DAILY;UNTIL=20260103T220000";
    let floating = Rule::parse_in(floating, Zone::utc(), 1000).unwrap();
    assert_eq!(starts_until(&floating.into(), i64::MAX - 1).len(), 3);
}

/// BYSETPOS counts from the beginning of the week that DTSTART is in.
#[test]
fn bysetpos_first_partial_interval() {
    // 2026-01-01 is a Thursday: it is the fourth instance of its week.
    let rule =
        schedule("DTSTART:20260101T220000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,4");
    assert_eq!(next(&rule, "2025-12-01T00:00:00Z"), "2026-01-01T22:00:00Z");
    assert_eq!(next(&rule, "2026-01-01T22:00:00Z"), "2026-01-05T22:00:00Z");
}

/// A DTSTART that the rule does not generate is not an instance.
#[test]
fn dtstart_instance_if_generated() {
    let rule = schedule("DTSTART:20260101T220000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2");
    let found = starts_until(&rule, i64::MAX - 1);
    let expected = ["2026-01-05T22:00:00Z", "2026-01-12T22:00:00Z"];
    assert_eq!(found, expected.map(|text| at(text).as_millis()));
}

#[test]
fn byweekno_alone_uses_dtstart_weekday() {
    let rule = schedule("DTSTART:20260101T220000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=1");
    assert_eq!(next(&rule, "2026-01-01T22:00:00Z"), "2027-01-07T22:00:00Z");
}
