//! `serde` of single values, errors with line and column, and all errors of a document.

use std::fmt::Debug;

use quietude::calendar::{Days, LocalValidity};
use quietude::{
    AlertType, ClockRange, Document, Effect, EntityId, EntityState, GroupId, Interval, Matcher,
    MonthDay, Propagation, Schedule, Scope, ShortMonth, Timestamp, Topology, Validity, Window,
    WindowId, Zone,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Asserts that a value has this JSON, and is read from it.
#[track_caller]
fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, text: &str) {
    assert_eq!(serde_json::to_string(&value).unwrap(), text);
    assert_eq!(serde_json::from_str::<T>(text).unwrap(), value);
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(text: &str, message: &str) {
    let error = serde_json::from_str::<T>(text).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn value_round_trips() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    same(at("2026-06-06T19:48:51.001Z"), r#""2026-06-06T19:48:51.001Z""#);
    let (from, to) = (at("2026-06-06T00:00:00Z"), at("2026-06-07T00:00:00Z"));
    same(
        Interval::new(from, to).unwrap(),
        r#"{"start":"2026-06-06T00:00:00Z","end":"2026-06-07T00:00:00Z"}"#,
    );
    same(Interval::new(from, Timestamp::END).unwrap(), r#"{"start":"2026-06-06T00:00:00Z"}"#);
    same("Europe/Paris".parse::<Zone>().unwrap(), r#""Europe/Paris""#);
    same("22:00-02:00".parse::<ClockRange>().unwrap(), r#""22:00-02:00""#);
    same(Effect::Monitoring, r#""monitoring""#);
    same(Propagation::Entity, r#""entity""#);
    same(ShortMonth::Clamp, r#""clamp""#);
    same(EntityState::new(-3), "-3");
    same(MonthDay::LAST, "-1");
    same(MonthDay::nth(2, quietude::Weekday::Tue).unwrap(), r#"{"nth":2,"weekday":"tuesday"}"#);
    same(Validity::from(from..), r#"{"from":"2026-06-06T00:00:00Z"}"#);
    same(Validity::ALWAYS, "{}");
    same(EntityId::from("db-7"), r#""db-7""#);
    same(GroupId::from("prod"), r#""prod""#);
    same(AlertType::from("CPU"), r#""CPU""#);
    same(WindowId::from("w"), r#""w""#);
    same(Matcher::equals("tier", "gold"), r#"{"name":"tier","equals":"gold"}"#);
    same(
        Scope::group("prod").and(!Scope::entity("db-7")),
        r#"{"all":[{"group":"prod"},{"not":{"entity":"db-7"}}]}"#,
    );
    let daily = r#"{"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}"#;
    same(Schedule::from_json(daily).unwrap(), daily);
    same(Days::easter(-2).unwrap(), r#"{"easter":-2}"#);
    let local = r#"{"from":"2026-01-01","timezone":"Europe/Paris"}"#;
    same(serde_json::from_str::<LocalValidity>(local).unwrap(), local);
    let topology = Topology::builder().add_member("prod", "db-7").entity_label("host");
    same(
        topology.build().unwrap(),
        r#"{"entity_label":"host","entities":[{"id":"db-7","groups":["prod"]}],"groups":[{"id":"prod"}]}"#,
    );
}

#[test]
fn value_invalid_is_error() {
    refused::<Timestamp>("1795727700", "did you mean \"2026-11-26T21:15:00Z\"");
    refused::<Interval>(
        r#"{"start":"2026-06-07T00:00:00Z","end":"2026-06-06T00:00:00Z"}"#,
        "end: end 2026-06-06",
    );
    refused::<Zone>(r#""Mars""#, "Mars");
    refused::<Effect>(r#""none""#, "is not one of notifications, monitoring");
    refused::<EntityId>(r#""""#, "1 to 1024 bytes");
    refused::<Scope>(r#"{"all":[]}"#, "all: [] is empty");
    refused::<Scope>(r#"{"entity":""}"#, "entity: ");
    refused::<Matcher>(r#"{"name":"","equals":"x"}"#, "name");
    refused::<Validity>(r#"{"from":"2026-01-01","timezone":"UTC"}"#, "a local time");
    refused::<Topology>(r#"{"entities":[{"id":"a"},{"id":"a"}]}"#, "is repeated");
    refused::<Topology>(r#"{"entities":[{"id":"a","parents":["a"]}]}"#, "a");
}

#[test]
fn reader_errors_have_line_and_column() {
    let text = "{ \"version\": 1, \"windows\": [\n  { \"id\": \"a\", \"scope\": \"everything\",\n    \"schedule\": { \"kind\": \"daily\", \"clock\": \"22:00-22:00\",\n      \"timezone\": \"UTC\" } } ] }";
    let error = Document::from_json(text).unwrap_err();
    assert_eq!((error.window(), error.path()), (Some("a"), "schedule.clock"));
    assert_eq!((error.line(), error.column()), (Some(3), Some(45)));
    let error = Document::from_json("{ \"version\": 1,\n }").unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(2), Some(2)));
    let error = Scope::from_json("{ \"all\": [ \"everything\",\n 7 ] }").unwrap_err();
    assert_eq!((error.path(), error.line(), error.column()), ("all[1]", Some(2), Some(2)));
    let error = Topology::from_json("{ \"entities\": [\n { \"id\": 1 } ] }").unwrap_err();
    assert_eq!((error.path(), error.line()), ("entities[0].id", Some(2)));
    let error = Window::from_json("{ \"id\": \"w\",\n \"scope\": 1 }").unwrap_err();
    assert_eq!((error.path(), error.line()), ("schedule", Some(1)));
}

#[test]
fn check_lists_every_error() {
    let text = r#"{ "version": 2, "extra": 1,
        "calendars": { "c": { "easter": "x" } },
        "windows": [
            { "id": "a", "effect": "loud", "scope": {}, "schedule": 7, "tags": 3 },
            7,
            { "id": "b", "scope": "everything",
              "schedule": { "kind": "once", "start": "2026-01-01T00:00:00Z" } },
            { "id": "b", "scope": "everything",
              "schedule": { "kind": "once", "start": "2026-01-01T00:00:00Z" } } ],
        "topology": { "entities": [ { "id": "" }, { "id": "x", "parents": 1 } ], "more": 1 } }"#;
    let errors = Document::check(text);
    let places: Vec<_> = errors
        .iter()
        .map(|error| (error.window().unwrap_or(""), error.path(), error.line().unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            ("", "version", 1),
            ("", "extra", 1),
            ("", "calendars.c.easter", 2),
            ("a", "effect", 4),
            ("a", "scope", 4),
            ("a", "schedule", 4),
            ("a", "tags", 4),
            ("", "windows[1]", 5),
            ("b", "id", 8),
            ("", "topology.entities[0].id", 10),
            ("", "topology.entities[1].parents", 10),
            ("", "topology.more", 10),
        ]
    );
    assert_eq!(Document::check(super::REFERENCE), []);
    let errors = Document::check("{");
    assert_eq!((errors.len(), errors[0].line()), (1, Some(1)));
}

#[test]
fn check_repeated_id_is_told_at_the_window_that_repeats_it() {
    let text = r#"{ "version": 1, "windows": [
        { "id": "a", "scope": "everything", "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" } },
        { "id": "a", "scope": "all", "schedule": { "kind": "daily", "clock": "10-12", "timezone": "UTC" } },
        { "id": "b", "scope": "all", "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" } },
        { "id": "b", "scope": "everything", "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" } },
        { "id": "a", "scope": "everything", "schedule": { "kind": "daily", "clock": "22:00-02:00", "timezone": "UTC" } } ] }"#;
    let errors = Document::check(text);
    let places: Vec<_> = errors
        .iter()
        .map(|error| (error.line().unwrap(), error.window().unwrap(), error.path()))
        .collect();
    assert_eq!(
        places,
        [
            (3, "a", "id"),
            (3, "a", "scope"),
            (3, "a", "schedule.clock"),
            (4, "b", "scope"),
            (5, "b", "id"),
            (6, "a", "id"),
        ]
    );
    let first = Document::from_json(text).unwrap_err();
    assert_eq!((first.line(), first.window()), (Some(3), Some("a")));
}

#[test]
fn check_lists_every_error_of_a_schedule() {
    let text = r#"{ "version": 1, "windows": [ { "id": "w", "scope": "everything", "schedule": {
        "kind": "weekly", "weekdays": ["monday", "mnoday"], "clock": "22:00-24:30",
        "except": ["2026-02-30"], "time_zone": "UTC" } } ] }"#;
    let errors = Document::check(text);
    let places: Vec<_> = errors.iter().map(|error| (error.path(), error.line())).collect();
    assert_eq!(
        places,
        [
            ("schedule.timezone", Some(1)),
            ("schedule.weekdays[1]", Some(2)),
            ("schedule.clock", Some(2)),
            ("schedule.except[0]", Some(3)),
            ("schedule.time_zone", Some(3)),
        ]
    );
}

#[test]
fn check_is_bounded() {
    let windows: Vec<String> = (0..500).map(|id| format!(r#"{{ "id": "w-{id}" }}"#)).collect();
    let text = format!(r#"{{ "version": 1, "windows": [{}] }}"#, windows.join(","));
    assert_eq!(Document::check(&text).len(), quietude::limits::MAX_DOCUMENT_ERRORS);
}
