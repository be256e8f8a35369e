//! Documents with names, new forms and mistakes.

use std::fmt::Write as _;

use quietude::limits::MAX_SCHEDULE_DEPTH;
use quietude::{Document, ErrorKind};
use serde_json::{Value, json};

use crate::random::Random;
use crate::sets::random_set;

fn read(text: &str) -> Document {
    Document::from_json(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn error(document: &Value) -> quietude::Error {
    Document::from_json(&document.to_string()).expect_err("it is not valid")
}

/// A document with windows `w-0`, `w-1`, ..
fn document(tables: Value, schedules: &[Value]) -> Value {
    let windows = schedules.iter().enumerate().map(|(index, schedule)| {
        json!({"id": format!("w-{index}"), "scope": "everything", "schedule": schedule})
    });
    let mut document = json!({"version": 1, "windows": windows.collect::<Vec<_>>()});
    document.as_object_mut().unwrap().extend(tables.as_object().unwrap().clone());
    document
}

fn named() -> Value {
    document(
        json!({
            "calendars": {
                "working-days": {"all": [{"weekdays": ["monday..friday"]}, {"not": {"ref": "holidays"}}]},
                "holidays": {"any": [{"easter": -2}, {"dates": ["2026-12-24..2026-12-26"]}]},
                "unused": {"years": [2026]}
            },
            "schedules": {
                "office-hours": {"kind": "calendar", "days": {"ref": "working-days"}, "clock": ["09:00-12:00", "13:00-17:30"], "timezone": "Europe/Berlin"},
                "outside": {"kind": "not", "of": {"kind": "ref", "name": "office-hours"}},
                "spare": {"kind": "daily", "clock": "22:00-23:00", "timezone": "UTC"}
            }
        }),
        &[
            json!({"kind": "ref", "name": "outside"}),
            json!({"kind": "daily", "clock": "22:00-23:00", "timezone": "UTC", "except": {"ref": "holidays"}}),
            json!({"kind": "any", "of": [{"kind": "ref", "name": "office-hours"}, {"kind": "ref", "name": "spare"}]}),
            json!({"kind": "daily", "clock": "20:00-21:00", "timezone": "UTC"}),
        ],
    )
}

#[test]
fn names_round_trip_in_any_order_of_keys() {
    // serde_json writes keys in order: tables come first. Here they come last.
    let value = named();
    let tables_first = value.to_string();
    let windows_first = format!(
        r#"{{"windows":{},"schedules":{},"calendars":{},"version":1}}"#,
        value["windows"], value["schedules"], value["calendars"]
    );
    let mut written = Vec::new();
    for text in [tables_first, windows_first] {
        let document = read(&text);
        let ids: Vec<_> = document.registry.iter().map(|window| window.id().to_string()).collect();
        assert_eq!(ids, ["w-0", "w-1", "w-2", "w-3"]);
        let names = |table: &[&str]| table.join(" ");
        let calendars: Vec<_> = document.calendars.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names(&calendars).split(' ').count(), 3);
        let again = read(&document.to_json());
        assert!(again.registry.iter().eq(document.registry.iter()));
        assert_eq!(again.to_json(), document.to_json());
        assert!(document.to_json().contains(r#""unused""#));
        // A Friday, 08:00 and 10:00 in Berlin.
        let outside = document.registry.get("w-0").unwrap();
        assert!(outside.is_active("2026-11-27T07:00:00Z".parse().unwrap()));
        assert!(!outside.is_active("2026-11-27T09:00:00Z".parse().unwrap()));
        // A holiday.
        assert!(outside.is_active("2026-12-24T09:00:00Z".parse().unwrap()));
        written.push(document.to_json());
    }
    assert!(
        written[0].contains(r#""name": "outside""#) && written[0].contains(r#""ref": "holidays""#)
    );
}

#[test]
fn definition_other_than_the_table_is_written_inline() {
    let mut document = read(&named().to_string());
    document.schedules.retain(|(name, _)| name != "outside");
    document.calendars.retain(|(name, _)| name != "holidays");
    let written = document.to_json();
    assert!(!written.contains(r#""name": "outside""#) && !written.contains(r#""ref": "holidays""#));
    let again = read(&written);
    let t = "2026-12-24T09:00:00Z".parse().unwrap();
    assert!(again.registry.get("w-0").unwrap().is_active(t));
    // A window by itself has no names.
    let window = document.registry.get("w-0").unwrap();
    let alone = serde_json::to_string(&**window).unwrap();
    assert!(serde_json::from_str::<quietude::Window>(&alone).unwrap().is_active(t));
    let with_reference =
        r#"{"id":"w","scope":"everything","schedule":{"kind":"ref","name":"spare"}}"#;
    let error = serde_json::from_str::<quietude::Window>(with_reference).unwrap_err();
    assert!(error.to_string().contains("there is no document"), "{error}");
    assert!(document.window_from_json(with_reference).is_ok());
}

#[test]
fn errors_name_the_place() {
    let with = |tables: Value, schedule: Value| error(&document(tables, &[schedule])).to_string();
    let daily = json!({"kind": "daily", "clock": "22:00-23:00", "timezone": "UTC"});
    assert_eq!(
        with(json!({"schedules": {"a": daily, "b": daily}}), json!({"kind": "ref", "name": "c"})),
        "window `w-0`: schedule.name: \"c\" is not defined; `schedules` has a, b"
    );
    assert_eq!(
        with(
            json!({}),
            json!({"kind": "calendar", "days": {"ref": "x"}, "clock": "22:00-23:00", "timezone": "UTC"})
        ),
        "window `w-0`: schedule.days.ref: \"x\" is not defined; `calendars` has no names"
    );
    let cycle = json!({"schedules": {"a": {"kind": "not", "of": {"kind": "ref", "name": "b"}}, "b": {"kind": "ref", "name": "a"}}});
    let found = error(&document(cycle, &[]));
    assert_eq!(found.kind(), ErrorKind::Cycle);
    assert_eq!(
        found.to_string(),
        "schedules.a.of.name: in schedules.b: name: \"a\" refers to itself: a -> b -> a"
    );
    let calendar = |days: Value| {
        with(
            json!({}),
            json!({"kind": "calendar", "days": days, "clock": "22:00-23:00", "timezone": "UTC"}),
        )
    };
    for (days, expected) in [
        (
            json!({}),
            "schedule.days: an empty object is not a set of days; it has one of weekdays, month_days, nth, months, years, dates, span, easter, offset, nearest_weekday, ref, any, all, not",
        ),
        (
            json!({"weekdays": ["monday"], "months": ["may"]}),
            "schedule.days: a set of days has one of weekdays and months, not both; write {\"all\": [{\"weekdays\": ..}, {\"months\": ..}]} for days of both",
        ),
        (json!({"weekdays": []}), "schedule.days.weekdays: the list is empty; name at least one"),
        (
            json!({"weekdays": ["monday..fri", "moonday"]}),
            "schedule.days.weekdays[1]: \"moonday\" is not one of monday, tuesday, wednesday, thursday, friday, saturday, sunday; did you mean monday?",
        ),
        (
            json!({"month_days": ["20..10"]}),
            "schedule.days.month_days: \"20..10\" is reversed; did you mean \"10..20\"?",
        ),
        (json!({"month_days": [32]}), "schedule.days.month_days: 32 is not in 1..=31 or -31..=-1"),
        (json!({"years": [0]}), "schedule.days.years: 0 is not in the years 1 to 9999"),
        (
            json!({"dates": ["2026-12-26..2026-12-24"]}),
            "schedule.days.dates: \"2026-12-26..2026-12-24\" is reversed; did you mean \"2026-12-24..2026-12-26\"?",
        ),
        (json!({"nth": 6, "weekday": "monday"}), "schedule.days.nth: 6 is not in 1..=5 or -5..=-1"),
        (
            json!({"nth": 8, "of": {"easter": 0}, "in": "week"}),
            "schedule.days.nth: 8 is not in 1..=7 or -7..=-1",
        ),
        (
            json!({"nth": 1}),
            "schedule.days.weekday: is missing; beside `nth` there is `weekday`, or `of` and `in`",
        ),
        (
            json!({"span": {"from": "02-30", "to": "03-01"}}),
            "schedule.days.span.from: \"02-30\": 30 is not in 1..=29 or -29..=-1, the days of month 2",
        ),
        (
            json!({"span": {"from": "02-01", "to": {"day": 3}}}),
            "schedule.days.span.to: `from` is of each year, and this is of each month; both are of each year, of each month, or dates",
        ),
        (
            json!({"span": {"from": "2026-02-01", "to": "2026-01-01"}}),
            "schedule.days.span.to: is before `from`",
        ),
        (
            json!({"span": {"from": "02-01", "to": "03-01", "step": 0}}),
            "schedule.days.span.step: 0 is not positive",
        ),
        (
            json!({"offset": 367, "of": {"easter": 0}}),
            "schedule.days.offset: 367 days are not in -366..=366",
        ),
        (json!({"nearest_weekday": 0}), "schedule.days.nearest_weekday: 0 is not in 1..=31 or -1"),
        (json!({"any": []}), "schedule.days.any: the list is empty; name at least one"),
    ] {
        assert_eq!(calendar(days), format!("window `w-0`: {expected}"));
    }
    let schedule = |schedule: Value| with(json!({}), schedule);
    for (value, expected) in [
        (json!({"kind": "any", "of": []}), "schedule.of: the list is empty; name at least one"),
        (
            json!({"kind": "daily", "clock": "18:00-18:00", "timezone": "UTC"}),
            "schedule.clock: \"18:00-18:00\": 18:00-18:00 is empty; a whole day is 18:00-18:00+1d",
        ),
        (
            json!({"kind": "daily", "clock": [], "timezone": "UTC"}),
            "schedule.clock: the list is empty; name at least one",
        ),
        (
            json!({"kind": "daily", "clock": "18:00-19:00", "timezone": "UTC", "dst": "skip"}),
            "schedule.dst: \"skip\" is not one of high_water, reading, shift",
        ),
        (
            json!({"kind": "daily", "clock": "18:00-19:00", "timezone": "UTC", "every": {"n": 2, "anchor": "2026-01-01", "unit": "day"}}),
            "schedule.every.unit: is only for the kind calendar; the unit of the others is their own",
        ),
        (
            json!({"kind": "calendar", "clock": "18:00-19:00", "timezone": "UTC", "months": ["may"]}),
            "schedule.months: is not a field of a calendar; write \"days\": {\"months\": [..]}, or \"days\": {\"all\": [.., {\"months\": [..]}]}",
        ),
        (
            json!({"kind": "calendar", "clock": "18:00-19:00", "timezone": "UTC", "count": 3}),
            "schedule.count: needs `every`: counting begins at its anchor",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00", "end": "2026-06-06T16:00"}),
            "schedule.timezone: is missing; `start` is a local time. Name a zone, or give `start` an offset such as Z",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00Z", "timezone": "UTC"}),
            "schedule.start: \"2026-06-06T15:00Z\" is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00:00Z", "timezone": "UTC"}),
            "schedule.timezone: goes with a local time only, and `start` and `end` have an offset; write such as \"2026-06-06T15:00\" for local time",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00:00Z", "end": null}),
            "schedule.end: null is not a timestamp; leave the field out for no end",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00:00Z", "end": "2026-06-06T16:00:00Z", "duration_ms": 5}),
            "schedule.duration_ms: does not go with `end`; give one of them, or neither for no end",
        ),
        (
            json!({"kind": "once", "start": "2026-06-06T15:00", "end": "2026-06-06T15:00", "timezone": "UTC"}),
            "schedule.end: 2026-06-06T15:00 is not after start 2026-06-06T15:00",
        ),
        (
            json!({"kind": "cron", "cron": "0 22 * * *", "duration_ms": 5, "timezone": "UTC", "count": 3}),
            "schedule.count: is not a field of cron; take time out with the kinds all and not",
        ),
        (
            json!({"kind": "rule", "rrule": "DTSTART:20260101T000000Z", "duration_ms": 5, "duration": "P1D"}),
            "schedule.duration: does not go with `duration_ms`; give one of them",
        ),
    ] {
        assert_eq!(schedule(value), format!("window `w-0`: {expected}"));
    }
}

#[test]
fn nesting_and_size_have_limits() {
    let leaf = json!({"kind": "daily", "clock": "22:00-23:00", "timezone": "UTC"});
    let nested = |depth: u32| {
        (0..depth).fold(leaf.clone(), |schedule, _| json!({"kind": "any", "of": [schedule]}))
    };
    let deepest = document(json!({}), &[nested(MAX_SCHEDULE_DEPTH)]);
    let again = read(&read(&deepest.to_string()).to_json());
    assert_eq!(again.registry.len(), 1);
    let found = error(&document(json!({}), &[nested(MAX_SCHEDULE_DEPTH + 1)]));
    assert_eq!(found.kind(), ErrorKind::Limit);
    assert!(found.to_string().ends_with("31 levels are more than 30"), "{found}");
    // The deepest document: combinations, and sets of days with a span in them.
    let span = json!({"span": {"from": {"day": 1}, "to": {"day": 2}}});
    let days = (0..MAX_SCHEDULE_DEPTH).fold(span, |days, _| json!({"all": [days]}));
    let calendar =
        json!({"kind": "calendar", "days": days, "clock": "22:00-23:00", "timezone": "UTC"});
    let deepest = (0..MAX_SCHEDULE_DEPTH)
        .fold(calendar, |schedule, _| json!({"kind": "any", "of": [schedule]}));
    read(&read(&document(json!({}), &[deepest]).to_string()).to_json());
    // References are expanded.
    let mut schedules = serde_json::Map::new();
    schedules.insert("s0".into(), leaf.clone());
    for n in 1..=20 {
        let before = json!({"kind": "ref", "name": format!("s{}", n - 1)});
        schedules.insert(format!("s{n}"), json!({"kind": "any", "of": [before, before]}));
    }
    let found = error(&document(json!({"schedules": schedules}), &[]));
    assert!(
        found.to_string().contains("1023 parts, references expanded, are more than 1000"),
        "{found}"
    );
    let wide = |count: usize| json!({"kind": "any", "of": vec![leaf.clone(); count]});
    read(&document(json!({}), &[wide(999)]).to_string());
    let found = error(&document(json!({}), &[wide(1000)]));
    assert!(found.to_string().ends_with("1001 parts, references expanded, are more than 1000"));
    // A chain of names, and names of names.
    for table in ["schedules", "calendars"] {
        let mut text = String::from("{");
        for n in 0..50_000 {
            let next = match table {
                "schedules" => format!(r#"{{"kind":"ref","name":"s{}"}}"#, n + 1),
                _ => format!(r#"{{"ref":"s{}"}}"#, n + 1),
            };
            write!(text, r#""s{n}":{next},"#).unwrap();
        }
        let last =
            if table == "schedules" { leaf.to_string() } else { r#"{"easter":0}"#.to_owned() };
        let text = format!(r#"{{"version":1,"windows":[],"{table}":{text}"s50000":{last}}}}}"#);
        assert_eq!(Document::from_json(&text).unwrap_err().kind(), ErrorKind::Limit);
    }
}

#[test]
fn small_forms_round_trip_as_written() {
    let schedules = [
        json!({"kind": "once", "start": "2026-06-06T15:00", "end": "2026-06-06T17:30:00", "timezone": "Europe/Paris"}),
        json!({"kind": "once", "start": "2026-06-06T15:00", "duration_ms": 60000, "timezone": "Europe/Paris"}),
        json!({"kind": "once", "start": "2026-06-06T15:00", "timezone": "Europe/Paris"}),
        json!({"kind": "once", "start": "2026-06-06T15:00:00Z"}),
        json!({"kind": "calendar", "clock": "18:00-18:00+2d", "timezone": "UTC"}),
        json!({"kind": "calendar", "clock": ["22:00-02:00", "09:00-10:00"], "timezone": "UTC", "dst": "shift", "every": {"n": 2, "unit": "month", "anchor": "2026-01-01", "from_anchor": true}, "except": []}),
        json!({"kind": "rule", "rrule": "DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "timezone": "Europe/Paris", "duration": "P1DT2H", "fold": "both", "gap": "shift"}),
        json!({"kind": "rule", "rrule": "DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260103", "timezone": "Europe/Paris"}),
        json!({"kind": "cron", "cron": "0 22 * * MON-FRI", "duration_ms": 7200000, "timezone": "Europe/Paris", "day_match": "and", "fold": "both", "gap": "shift"}),
    ];
    let read_once = read(&document(json!({}), &schedules).to_string());
    let written: Value = serde_json::from_str(&read_once.to_json()).unwrap();
    for (index, schedule) in schedules.iter().enumerate() {
        let mut expected = schedule.clone();
        if let Some(fields) = expected.as_object_mut() {
            // An empty list of exceptions is the default.
            fields.remove("except");
        }
        assert_eq!(written["windows"][index]["schedule"], expected);
    }
    // Empty because of a gap: accepted, and never active.
    let gap = json!({"kind": "once", "start": "2026-03-29T02:10", "end": "2026-03-29T02:50", "timezone": "Europe/Berlin"});
    let document_ = read(&document(json!({}), &[gap]).to_string());
    let window = document_.registry.get("w-0").unwrap();
    assert_eq!(window.schedule().next_occurrence(quietude::Timestamp::MIN), None);
    let valid = r#"{"version":1,"windows":[{"id":"w","scope":"everything",
        "schedule":{"kind":"daily","clock":"00:00-24:00","timezone":"Europe/Paris"},
        "valid":{"from":"2026-06-01T12:00","until":"2026-12-31","timezone":"Europe/Paris"}}]}"#;
    let document_ = read(valid);
    let window = document_.registry.get("w").unwrap();
    assert!(window.is_active("2026-12-30T22:59:59.999Z".parse().unwrap()));
    assert!(!window.is_active("2026-12-30T23:00:00Z".parse().unwrap()));
    let written: Value = serde_json::from_str(&document_.to_json()).unwrap();
    let original: Value = serde_json::from_str(valid).unwrap();
    assert_eq!(written["windows"][0]["valid"], original["windows"][0]["valid"]);
}

/// Replaces a part of a text by another part of it, or by a word.
fn mutate(random: &mut Random, text: &str) -> String {
    let marks: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '"'))
        .map(|(index, _)| index)
        .collect();
    let first = random.below(marks.len() - 1);
    let last = (first + 1 + random.below(3)).min(marks.len() - 1);
    // Often only the value between two marks.
    let inside = usize::from(random.once_in(2));
    let (from, to) = (marks[first] + inside, marks[last].max(marks[first] + inside));
    let words = [
        "null",
        "0",
        "-1",
        "\"\"",
        "[]",
        "{}",
        "\"a..b\"",
        "31",
        "\"monday\"",
        "{\"not\":{}}",
        "\"2026-12-24\"",
        "\"02-29\"",
        "1e9",
        "\"00:00-00:00+400d\"",
        "\"ref\"",
        "{\"ref\":\"a\"}",
    ];
    let mut text = text.to_owned();
    match random.below(3) {
        0 => text.replace_range(from..to, ""),
        1 => {
            let part = text[from..to].to_owned();
            let at = *random.pick(&marks);
            text.insert_str(at, &part);
        }
        _ => text.replace_range(from..to, words[random.below(words.len())]),
    }
    text
}

#[test]
fn ten_thousand_mutants_are_a_value_or_an_error_with_a_place() {
    let mut random = Random(31);
    let (mut values, mut errors) = (0, 0);
    for _ in 0..10_000 {
        let mut base = named();
        let days = random_set(&mut random, 2);
        base["windows"][3]["schedule"] = json!({"kind": "calendar", "days": days, "timezone": "UTC",
            "clock": ["22:00-02:00", "18:00-18:00+2d"], "dst": "reading",
            "every": {"n": 2, "unit": "week", "anchor": "2026-01-05"}, "count": 10});
        let mut text = base.to_string();
        for _ in 0..random.within(1, 2) {
            text = mutate(&mut random, &text);
        }
        match Document::from_json(&text) {
            Ok(document) => {
                values += 1;
                let written = document.to_json();
                let again = read(&written);
                assert!(again.registry.iter().eq(document.registry.iter()), "{text}");
                assert_eq!(again.to_json(), written);
            }
            Err(error) => {
                errors += 1;
                let place = !error.path().is_empty() || error.window().is_some();
                let in_text = error.to_string().starts_with("JSON: ");
                // The document itself, or a field without a name in it.
                let whole = ["is not a document", "is not a field"];
                let whole = whole.iter().any(|text| error.to_string().contains(text));
                assert!(place || in_text || whole, "{error}: {text}");
                assert!(error.to_string().len() < 4000);
            }
        }
    }
    assert!(values > 200 && errors > 3_000, "{values} {errors}");
}
