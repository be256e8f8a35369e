//! The budget of a request: what it counts, and the error of a request that exceeds it.

use quietude::vendors::spaceone::Service;
use serde_json::{Value, json};

use crate::helpers::Host;

use super::{WINDOWS, host};

const STEPS: &str = "the request needs more than 400000000 steps: ask for less at once";
const BYTES: &str = "the request needs more than 201326592 bytes of memory: ask for less at once";

/// A domain with `count` windows, each with these projects and tags.
fn with(count: usize, projects: &[String], tags: &Value) -> Host<Service> {
    let mut host = host();
    let ids: Vec<String> = (0..count).map(|number| format!("mw-{number}")).collect();
    host.ids(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let body = json!({ "title": "t", "projects": projects, "tags": tags, "domain_id": "d-1",
        "start_time": "2026-02-01T10:00:00Z", "end_time": "2026-02-02T10:00:00Z" });
    for _ in 0..count {
        host.ok(&format!("POST {WINDOWS}"), &body.to_string());
    }
    host
}

fn projects(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("p-{number}")).collect()
}

fn body(query: &Value) -> String {
    json!({ "domain_id": "d-1", "query": query }).to_string()
}

fn search(host: &mut Host<Service>, query: &Value) -> Value {
    let answer = host.ok(&format!("POST {WINDOWS}/search"), &body(query));
    serde_json::from_str(&answer).unwrap()
}

#[track_caller]
fn refused(host: &mut Host<Service>, operation: &str, query: &Value, error: &str) {
    let answer = host.send(&format!("POST {WINDOWS}/{operation}"), &body(query));
    assert_eq!(answer.status, 400, "{}", &answer.body[..answer.body.len().min(200)]);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        answer,
        json!({ "detail": { "code": "ERROR_INVALID_PARAMETER", "message": error } })
    );
}

/// The values of a window and of a condition are parsed once, and not once for each pair.
#[test]
fn search_many_values_parsed_once() {
    let times = |count: usize, year: usize| -> Vec<String> {
        let time = |second: usize| {
            format!("{year}-01-01T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
        };
        (0..count).map(time).collect()
    };
    let mut host = with(1, &times(1000, 2026), &json!({}));
    for operator in ["in", "not_in"] {
        let condition = json!({ "k": "projects", "v": times(1000, 2027), "o": operator });
        let conditions = vec![condition; 40];
        let found = search(&mut host, &json!({ "filter_or": conditions, "count_only": true }));
        assert_eq!(found["total_count"], usize::from(operator == "not_in"));
        // The body, its 40,000 texts, 1,000 of the window, and 40,000 tests.
        assert!(host.work.0 < 8_000_000, "{:?}", host.work);
    }
    for operator in ["eq", "not", "lt", "lte", "gt", "gte"] {
        let condition = json!({ "k": "projects", "v": "2027-01-01T00:00:00Z", "o": operator });
        search(&mut host, &json!({ "filter": vec![condition; 100], "count_only": true }));
        assert!(host.work.0 < 2_000_000, "{operator} {:?}", host.work);
    }
}

#[test]
fn search_over_step_budget_error() {
    let mut host = with(1, &projects(1000), &json!({}));
    let parts: Vec<String> = (0..1000).map(|number| format!("x{number}")).collect();
    let condition = json!({ "k": "projects", "v": parts, "o": "contain_in" });
    let one = json!({ "filter": [condition], "count_only": true });
    assert_eq!(search(&mut host, &one)["total_count"], 0);
    let filter = json!({ "filter_or": vec![condition; 100] });
    refused(&mut host, "search", &filter, &format!("query: {STEPS}"));
    let mut stat = filter;
    stat["distinct"] = "title".into();
    refused(&mut host, "stat", &stat, &format!("query: {STEPS}"));
}

/// A search of a pattern costs its text times the states that the pattern is in.
#[test]
fn search_patterns_and_text_bounded() {
    let tags = json!({ "text": "a".repeat(16_000) });
    let mut host = with(1, &projects(1), &tags);
    let patterns = |pattern: &str, count: usize| {
        json!({ "filter_or": vec![json!({ "k": "tags.text", "v": pattern, "o": "regex" }); count],
            "count_only": true })
    };
    search(&mut host, &patterns("ab", 100));
    let small = host.work.0;
    assert!(small < 60_000_000, "{small}");
    search(&mut host, &patterns("[ab]*a[ab]{300}c", 1));
    assert!(host.work.0 > 16_000 * 300, "{:?}", host.work);
    let hostile = patterns("[ab]*a[ab]{3000}c", 20);
    refused(&mut host, "search", &hostile, &format!("query: {STEPS}"));
    // Compiling costs steps, too.
    let long = r"\w".repeat(2000);
    let line = format!("POST {WINDOWS}/search");
    host.fails(&line, &body(&patterns(&long, 1)), 400, "query.filter_or[0].value: \"");
    let alternatives: Vec<String> = (0..800).map(|number| format!("{number:03}x")).collect();
    let long = alternatives.join("|");
    let text = format!("value: {STEPS}");
    host.fails(&line, &body(&patterns(&long, 100)), 400, &text);
}

/// Each key is written once for a row, and a repeated key decides nothing.
#[test]
fn sort_repeated_key_read_once() {
    let large = vec![""; 5000];
    let mut host = with(50, &projects(1), &json!({ "large": large }));
    let sorted = |keys: &[&str]| {
        let sort: Vec<Value> = keys.iter().map(|key| json!({ "key": key })).collect();
        json!({ "sort": sort, "only": ["title"] })
    };
    search(&mut host, &sorted(&["tags.large"]));
    let once = host.work;
    search(&mut host, &sorted(&["tags.large"; 10]));
    // The same but for the text of nine keys.
    let more = (host.work.0 - once.0, host.work.1 - once.1);
    assert!(more.0 < 2000 && more.1 < 10_000, "{more:?}");
    assert!(once.0 < 10_000_000, "{once:?}");
    let stages = json!({ "aggregate": [{ "sort": { "keys": vec![json!({ "key": "tags.large" }); 10] } },
        { "count": { "name": "n" } }] });
    host.ok(&format!("POST {WINDOWS}/stat"), &body(&stages));
    assert!(host.work.0 < 10_000_000, "{:?}", host.work);
}

fn pushes(count: usize, key: &str) -> Value {
    let push = |number| json!({ "name": format!("n{number}"), "operator": "push", "key": key });
    (0..count).map(push).collect()
}

/// What is counted is the memory of a value, and not its text.
#[test]
fn stat_memory_counted_as_allocated() {
    let mut host = with(1, &projects(1), &json!({ "large": vec![""; 5000] }));
    let group = json!({ "aggregate": [{ "group": { "fields": pushes(97, "tags.large") } }] });
    let answer = host.ok(&format!("POST {WINDOWS}/stat"), &body(&group));
    // A value has 32 bytes, and is copied 97 times.
    let (_, bytes) = host.work;
    assert!(bytes >= 97 * 5000 * 32 + answer.len() as u64, "{bytes}");

    let mut host = with(20, &projects(1), &json!({ "large": vec![""; 5000] }));
    let refuses = |host: &mut Host<Service>, stages: Value, place: &str| {
        let line = format!("POST {WINDOWS}/stat");
        let body = body(&json!({ "aggregate": stages }));
        host.fails(&line, &body, 400, &format!("\"query.aggregate[{place}"));
        host.fails(&line, &body, 400, &format!(": {BYTES}\""));
    };
    let group = json!({ "group": { "fields": pushes(97, "tags.large") } });
    refuses(&mut host, json!([group]), "0].group.fields[");
    let fields = |count: usize| -> Value {
        (0..count).map(|n| json!({ "key": "tags.large", "name": format!("n{n}") })).collect()
    };
    refuses(&mut host, json!([{ "project": { "fields": fields(200) } }]), "0].project");
    // An unwound row has a copy of all other fields, if they are used.
    let both = json!([{ "unwind": { "path": "tags.large" } }, { "limit": 1 }]);
    let mut wide =
        with(10, &projects(1), &json!({ "large": vec![""; 4000], "text": "x".repeat(4000) }));
    refuses(&mut wide, both, "0].unwind");
    let counted = json!({ "aggregate": [{ "unwind": { "path": "tags.large" } }, { "count": { "name": "n" } }] });
    let answer = wide.ok(&format!("POST {WINDOWS}/stat"), &body(&counted));
    assert_eq!(answer, r#"{"results":[{"n":40000}]}"#);
    // Values that stages have collected are copied again.
    let mut small = with(1, &projects(1), &json!({ "large": vec![""; 5000] }));
    let rows: Value = (0..97).map(|n| json!({ "key": format!("n{n}") })).collect();
    let push = |n| json!({ "name": format!("m{n}"), "operator": "push", "fields": rows });
    let again: Value = (0..97).map(push).collect();
    let first = json!({ "group": { "fields": pushes(97, "tags.large") } });
    refuses(&mut small, json!([first, { "group": { "fields": again } }]), "1].group.fields[");
}

#[test]
fn response_over_memory_budget_error() {
    // 100 texts of 16 kB in each of 97 fields.
    let mut host = with(100, &projects(1), &json!({ "text": "x".repeat(16_000) }));
    let group =
        |count| json!({ "aggregate": [{ "group": { "fields": pushes(count, "tags.text") } }] });
    let line = format!("POST {WINDOWS}/stat");
    assert!(host.ok(&line, &body(&group(40))).len() > 40 * 100 * 16_000);
    refused(&mut host, "stat", &group(90), &format!("query: {BYTES}"));
}

/// The counts are those of the last request.
#[test]
fn work_of_reading_request_small() {
    let mut host = with(1, &projects(1), &json!({}));
    let created = host.work;
    search(&mut host, &json!({}));
    let first = host.work;
    assert!((1..2000).contains(&first.0) && (1..4000).contains(&first.1), "{first:?}");
    assert_ne!(first, created);
    search(&mut host, &json!({}));
    assert_eq!(host.work, first);
}
