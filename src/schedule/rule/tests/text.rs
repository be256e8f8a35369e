//! Texts that are accepted and rejected, by part.

use super::{at, schedule, starts_until};
use crate::error::ErrorKind;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::time::Zone;

fn refusal(text: &str) -> String {
    match Rule::parse(text, 1000) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn parse_forbidden_parts() {
    for (rule, part) in [
        ("", "RRULE"),
        ("FREQ", "RRULE"),
        ("FREQ=", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        (";", "FREQ"),
        ("FREQ=DAILY;BYDAY", "RRULE"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
        ("FREQ=DAILY;X-PART=1", "RRULE"),
        ("FREQ=DAILY;BYEASTER=1", "RRULE"),
        ("RSCALE=GREGORIAN;FREQ=DAILY", "RRULE"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20270101T000000Z", "COUNT"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;COUNT=4294967296", "COUNT"),
        ("FREQ=DAILY;COUNT=99999999999999999999999", "COUNT"),
        ("FREQ=DAILY;COUNT=", "COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=+1", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=4294967296", "INTERVAL"),
        ("FREQ=DAILY;UNTIL=20270101", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270101T000000", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20270230T000000Z", "UNTIL"),
        ("FREQ=DAILY;UNTIL=00000101T000000Z", "UNTIL"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;BYHOUR=1;BYSETPOS=0", "BYSETPOS"),
        ("FREQ=DAILY;BYHOUR=1;BYSETPOS=367", "BYSETPOS"),
        ("FREQ=DAILY;BYWEEKNO=1", "BYWEEKNO"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=0", "BYWEEKNO"),
        ("FREQ=DAILY;BYDAY=1MO", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=-1MO", "BYDAY"),
        ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1.5MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=fooMO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=MOO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=MO,", "BYDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=001", "BYMONTHDAY"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=WEEKLY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY"),
        ("FREQ=YEARLY;BYMONTH=0", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=+1", "BYHOUR"),
        ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE"),
        ("FREQ=DAILY;BYSECOND=61", "BYSECOND"),
        ("FREQ=DAILY;WKST=1MO", "WKST"),
        ("FREQ=DAILY;WKST=MONDAY", "WKST"),
    ] {
        let error = refusal(&format!("DTSTART:20260101T220000Z\nRRULE:{rule}"));
        assert!(error.starts_with(&format!("rrule.{part}: ")), "{rule}: {error}");
    }
}

#[test]
fn parse_invalid_properties() {
    for (text, part) in [
        ("", "rrule.DTSTART"),
        ("RRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("FREQ=DAILY", "rrule"),
        ("DTSTART:20260101T220000\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:00000101T000000Z\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101T240000Z\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101T220000z\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101T220000Z,20260102T220000Z\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101T220000Z\nDTSTART:20260101T220000Z", "rrule.DTSTART"),
        ("DTSTART;TZID=UTC:20260101T220000Z\nRRULE:FREQ=DAILY", "rrule.DTSTART.TZID"),
        ("DTSTART;TZID=Mars/Olympus:20260101T220000\nRRULE:FREQ=DAILY", "rrule.DTSTART.TZID"),
        ("DTSTART;X=1:20260101T220000Z\nRRULE:FREQ=DAILY", "rrule.DTSTART"),
        ("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY", "rrule.RRULE"),
        ("DTSTART:20260101T220000Z\nRRULE;X=1:FREQ=DAILY", "rrule.RRULE"),
        ("DTSTART:20260101T220000Z\nEXRULE:FREQ=DAILY", "rrule.EXRULE"),
        ("DTSTART:20260101T220000Z\nSUMMARY:x", "rrule"),
        ("DTSTART:20260101T220000Z\nDURATION:P1M", "rrule.DURATION"),
        ("DTSTART:20260101T220000Z\nDURATION:PT1H", "duration_ms"),
        ("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY\nEXDATE:20260101T220000", "rrule.EXDATE"),
        ("DTSTART:20260101T220000Z\nRRULE:FREQ=HOURLY\nEXDATE;VALUE=DATE:20260102", "rrule.EXDATE"),
        ("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY\nRDATE;VALUE=DATE:20260101", "rrule.RDATE"),
        (
            "DTSTART:20260101T220000Z\nEXDATE;VALUE=PERIOD:20260101T220000Z/PT1H",
            "rrule.EXDATE.VALUE",
        ),
        ("DTSTART:20260101T220000Z\nRDATE;VALUE=PERIOD:20260101T220000Z", "rrule.RDATE"),
        ("DTSTART:20260101T220000Z\nRRULE:FREQ=MONTHLY;BYDAY=MÖ", "rrule"),
        ("DTSTART:２0260101T220000Z\nRRULE:FREQ=DAILY", "rrule"),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(&format!("{part}: ")), "{text}: {error}");
    }
    let plain = "DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY";
    for duration_ms in [0, -1, i64::MIN] {
        let error = Rule::parse(plain, duration_ms).unwrap_err();
        assert_eq!(error.path(), "duration_ms");
    }
}

#[test]
fn parse_case_folding_and_order() {
    let usual =
        schedule("DTSTART;TZID=Europe/Berlin:20260101T220000\nRRULE:FREQ=MONTHLY;BYDAY=2TU");
    let odd = "rrule:byday=+2tu;fre\r\n q=monthly\r\n\r\ndtstart;value=date-time;tzid=\"Europe/Berlin\"\n\t:20260101T220000\n";
    let until = at("2027-01-01T00:00:00Z").as_millis();
    assert_eq!(starts_until(&schedule(odd), until), starts_until(&usual, until));
}

#[test]
fn text_round_trip() {
    let text = "DTSTART;TZID=Europe/Berlin:20260101T220000\nRRULE:FREQ=MONTHLY;BYDAY=2TU";
    let rule = Rule::parse(text, 5).unwrap();
    assert_eq!((rule.text(), rule.duration_ms(), rule.is_floating()), (text, 5, false));
    assert_eq!(rule.zone().name(), "Europe/Berlin");
    assert_eq!(Rule::parse(rule.text(), rule.duration_ms()).unwrap(), rule);
    assert_ne!(Rule::parse(rule.text(), 6).unwrap(), rule);
    // A zone given beside one in the text is not used.
    assert_eq!(Rule::parse_in(text, Zone::utc(), 5).unwrap(), rule);
    let floating = "DTSTART:20260101T220000\nRRULE:FREQ=DAILY;UNTIL=20260103T220000";
    let floating = Rule::parse_in(floating, chrono_tz::Asia::Tokyo, 5).unwrap();
    assert_eq!(floating.start(), at("2026-01-01T13:00:00Z"));
    assert_eq!(starts_until(&floating.into(), i64::MAX - 1).len(), 3);
}

#[test]
fn rule_size() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Rule>();
    assert_eq!(size_of::<Rule>(), size_of::<usize>());
}

#[test]
fn parse_text_limit() {
    let text = format!("DTSTART:20260101T220000Z\nRRULE:FREQ=DAILY\n{}", "\n".repeat(1 << 20));
    assert_eq!(Rule::parse(&text, 1).unwrap_err().kind(), ErrorKind::Limit);
}

/// EXDATE is matched by instant and wins over RDATE; both are not counted.
#[test]
fn rdate_and_exdate() {
    let text = "DTSTART;TZID=Europe/Berlin:20260101T220000\n\
                RRULE:FREQ=DAILY;COUNT=4\n\
                RDATE:20251231T050000Z,20260102T050000Z,20260103T050000Z\n\
                RDATE;TZID=Europe/Berlin:20260102T220000\n\
                EXDATE:20260103T210000Z,20260102T210000Z,20260103T050000Z,20270101T000000Z";
    let schedule = schedule(text);
    let found: Vec<String> = starts_until(&schedule, i64::MAX - 1)
        .into_iter()
        .map(|t| crate::time::Timestamp::from_millis(t).unwrap().to_string())
        .collect();
    assert_eq!(
        found,
        [
            "2025-12-31T05:00:00Z",
            "2026-01-01T21:00:00Z",
            "2026-01-02T05:00:00Z",
            "2026-01-04T21:00:00Z"
        ]
    );
    assert!(!schedule.contains(at("2026-01-02T21:00:00Z")));
    assert!(schedule.contains(at("2026-01-02T05:00:00Z")));
    let before = schedule.previous_occurrence(at("2026-01-04T21:00:00Z")).unwrap();
    assert_eq!(before.start(), at("2026-01-02T05:00:00Z"));
}

#[test]
fn parse_without_rrule() {
    let schedule: Schedule = schedule("DTSTART:20260101T220000Z\nRDATE:20260105T000000Z");
    assert_eq!(starts_until(&schedule, i64::MAX - 1).len(), 2);
}
