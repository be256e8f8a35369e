//! What is refused, and with which words: the place, the value, and what is
//! allowed. One case a line, `JSON => error`.

use quietude::Document;

use crate::text::rows;

/// Whole documents.
const DOCUMENTS: &str = r#"
{ => ?
[] => ?
nonsense => ?
3 => ?
{"version":1} => ?
{"windows":[]} => ?
{"version":2,"windows":[]} => ?
{"version":"1","windows":[]} => ?
{"version":1,"windows":{}} => ?
{"version":1,"windows":null} => ?
{"version":1,"windows":[3]} => ?
{"version":1,"windows":[],"extra":1} => ?
{"version":1,"version":1,"windows":[]} => ?
{"version":1,"windows":[]} x => ?
{"version":1,"windows":[],} => ?
{"version":1,"windows":[],"topology":null} => ?
{"version":1,"windows":[],"topology":[]} => ?
{"version":1,"windows":[{}]} => ?
{"version":1,"windows":[{"id":3}]} => ?
{"version":1,"windows":[{"id":null}]} => ?
{"version":1,"windows":[{"id":"w"}]} => ?
{"version":1,"windows":[{"id":"w","id":"v"}]} => ?
{"version":1,"windows":[{"id":"v","scope":"everything","schedule":{"kind":"once","start":"2026-06-06T19:00:00Z","end":"2026-06-06T20:00:00Z"}},{"id":"v","scope":"everything","schedule":{"kind":"once","start":"2026-06-06T19:00:00Z","end":"2026-06-06T20:00:00Z"}}]} => ?
"#;

/// The fields of a window `w` that is otherwise right.
const WINDOWS: &str = r#"
"enabled":"yes" => ?
"effect":"mute" => ?
"propagation":"down" => ?
"valid":{"from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"} => ?
"valid":{"until":"0001-01-01T00:00:00Z"} => ?
"valid":{"to":"2026-01-01T00:00:00Z"} => ?
"valid":[] => ?
"closed_at":"now" => ?
"state":{"during":"x"} => ?
"state":{"during":9223372036854775808} => ?
"tags":{"a":1} => ?
"tags":[] => ?
"tag":{} => ?
"name":1 => ?
"#;

/// The schedule of a window `w`.
const SCHEDULES: &str = r#"
3 => ?
{} => ?
{"kind":"hourly"} => ?
{"kind":"Daily"} => ?
{"kind":"daily"} => ?
{"kind":"daily","clock":"22:00","timezone":"UTC"} => ?
{"kind":"daily","clock":"22:00-22:00","timezone":"UTC"} => ?
{"kind":"daily","clock":"25:00-26:00","timezone":"UTC"} => ?
{"kind":"daily","clock":"24:00-01:00","timezone":"UTC"} => ?
{"kind":"daily","clock":"22:00-23:00"} => ?
{"kind":"daily","clock":"22:00-23:00","timezone":"Europe/Berln"} => ?
{"kind":"daily","clock":"22:00-23:00","timezone":"europe/berlin"} => ?
{"kind":"daily","clock":"22:00-23:00","timezone":7} => ?
{"kind":"daily","clock":"22:00-23:00","timezone":"UTC","weekdays":["monday"]} => ?
{"kind":"weekly","weekdays":[],"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"weekly","weekdays":"monday","clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"weekly","weekdays":["monday","mon"],"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":0,"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":"last","clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":[],"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":[1,32],"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":{"nth":6,"weekday":"monday"},"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":{"nth":1},"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":1.5,"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":99999999999999999999,"clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"monthly","day":31,"short_month":"last","clock":"22:00-23:00","timezone":"UTC"} => ?
{"kind":"once","start":"2026-06-06T19:48:51Z","end":"2026-06-06T19:48:51Z"} => ?
{"kind":"once","start":"2026-06-06","end":"2026-06-06T19:48:51Z"} => ?
{"kind":"once","start":1795727700000,"end":"2026-06-06T19:48:51Z"} => ?
{"kind":"once","start":"2026-06-06T19:48:51Z"} => ?
{"kind":"once","start":"2026-06-06T19:48:51Z","end":"2026-06-07T19:48:51Z","timezone":"UTC"} => ?
{"kind":"once","start":"0000-06-06T19:48:51Z","end":"2026-06-07T19:48:51Z"} => ?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":0,"period_ms":1} => ?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1,"period_ms":-1} => ?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1,"period_ms":9223372036854775808} => ?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":"1h","period_ms":1} => ?
{"kind":"periodic","start":"2026-06-06T19:48:51Z","duration_ms":1.5,"period_ms":1} => ?
"#;

/// A rule of a daily schedule of a window `w`.
const RULES: &str = r#"
"every":{"n":0,"anchor":"2026-01-01"} => ?
"every":{"n":1} => ?
"every":{"n":-1,"anchor":"2026-01-01"} => ?
"every":{"n":4294967296,"anchor":"2026-01-01"} => ?
"every":{"n":1,"anchor":"2026-02-30"} => ?
"every":3 => ?
"months":[] => ?
"months":["jan"] => ?
"months":[1] => ?
"except":["24.12.2026"] => ?
"except":["0000-01-01"] => ?
"count":3 => ?
"count":0 => ?
"every":{"n":1,"anchor":"2026-01-01"},"count":0 => ?
"every":{"n":1,"anchor":"2026-01-01"},"count":1e3 => ?
"every":{"n":1,"anchor":"2026-01-01"},"count":99999999999 => ?
"every":{"n":1,"anchor":"2026-01-01"},"count":99999999999999999999999 => ?
"#;

/// The scope of a window `w`.
const SCOPES: &str = r#"
3 => ?
{} => ?
"all" => ?
{"entity":"a","group":"b"} => ?
{"entity":3} => ?
{"entity":""} => ?
{"entity":"a\u0000b"} => ?
{"entities":[]} => ?
{"entities":["a",""]} => ?
{"host":"a"} => ?
{"all":[]} => ?
{"any":[{"all":[{"group":""}]}]} => ?
{"not":[]} => ?
{"attribute":{"name":"a"}} => ?
{"attribute":{"name":"a","equals":"b","contains":"c"}} => ?
{"attribute":{"name":"a","equal":"b"}} => ?
{"attribute":{"name":"a","matches":"("}} => ?
{"attribute":{"name":"a","one_of":[]}} => ?
{"attribute":{"name":"","equals":"b"}} => ?
{"attribute":{"name":"a","present":false}} => ?
{"attribute":{"equals":"b"}} => ?
"#;

/// The topology.
const TOPOLOGIES: &str = r#"
3 => ?
{"hosts":[]} => ?
{"entities":[],"entities":[]} => ?
{"entities":{}} => ?
{"entities":["a"]} => ?
{"entities":[{"id":"a"},{"id":"a"}]} => ?
{"entities":[{"id":"a","parents":["a"]}]} => ?
{"entities":[{"id":"a","parents":["b"]},{"id":"b","parents":["a"]}]} => ?
{"entities":[{"id":""}]} => ?
{"entities":[{"id":"a","parents":"b"}]} => ?
{"entities":[{"id":"a","parents":["b",""]}]} => ?
{"entities":[{"id":"a","group":["x"]}]} => ?
{"entities":[{"id":"a","attributes":{"":["x"]}}]} => ?
{"entities":[{"id":"a","attributes":{"n":"x"}}]} => ?
{"entities":[{"id":"a","attributes":{"n":["x"],"n":["y"]}}]} => ?
{"groups":[{"id":"g"},{"id":"g"}]} => ?
{"groups":[{"id":"g","groups":["h"]},{"id":"h","groups":["g"]}]} => ?
"#;

/// Checks each line, put where the document has a `?`.
#[track_caller]
fn check(table: &str, document: &str) {
    let mut wrong = String::new();
    for line in rows(table) {
        let (json, expected) = line.rsplit_once(" => ").expect("JSON => error");
        let found = match Document::from_json(&document.replace('?', json)) {
            Ok(_) => "is allowed".to_owned(),
            Err(error) => error.to_string(),
        };
        if found != expected {
            wrong += &format!("{json} => {found}\n");
        }
    }
    assert!(wrong.is_empty(), "these say otherwise:\n{wrong}");
}

#[test]
fn a_document_that_is_none_says_where() {
    check(DOCUMENTS, "?");
}

#[test]
fn a_window_with_a_wrong_field_names_it() {
    let window = r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC"},?}]}"#;
    check(WINDOWS, window);
}

#[test]
fn a_schedule_that_is_none_says_why() {
    check(SCHEDULES, r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":?}]}"#);
}

#[test]
fn a_calendar_rule_that_is_wrong_says_why() {
    let daily = r#"{"version":1,"windows":[{"id":"w","scope":"everything","schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC",?}}]}"#;
    check(RULES, daily);
}

#[test]
fn a_scope_that_is_none_says_where_in_the_tree() {
    let window = r#"{"version":1,"windows":[{"id":"w","scope":?,"schedule":
        {"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}}]}"#;
    check(SCOPES, window);
}

#[test]
fn a_topology_that_is_none_says_where() {
    check(TOPOLOGIES, r#"{"version":1,"windows":[],"topology":?}"#);
}

#[test]
fn what_is_too_deep_is_refused_and_not_followed() {
    let nested = |open: &str, close: &str, depth: usize| {
        let scope = format!("{}\"everything\"{}", open.repeat(depth), close.repeat(depth));
        let text = format!(
            r#"{{"version":1,"windows":[{{"id":"w","scope":{scope},"schedule":
            {{"kind":"daily","clock":"22:00-23:00","timezone":"UTC"}}}}]}}"#
        );
        Document::from_json(&text).map_err(|error| error.to_string())
    };
    assert!(nested(r#"{"all":["#, "]}", 50).is_ok());
    // 64 levels are allowed in a scope, and each takes two in JSON.
    let deep = nested(r#"{"all":["#, "]}", 63).unwrap_err();
    assert!(deep.starts_with("JSON: recursion limit exceeded at line 1 column "), "{deep}");
    let deep = nested(r#"{"not":"#, "}", 200).unwrap_err();
    assert!(deep.starts_with("JSON: recursion limit exceeded at line 1 column "), "{deep}");
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [lists.clone(), format!(r#"{{"version":{lists}}}"#), format!(r#"{{"x":{lists}}}"#)]
    {
        assert!(Document::from_json(&text).is_err());
    }
}
