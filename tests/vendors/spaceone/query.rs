//! `list` and `search`: operators, sort order, pages, projection, errors.

use quietude::vendors::spaceone::Service;

use crate::helpers::Host;

use super::{WINDOWS, filled};

/// The ids in the response of a search, in order.
fn search(host: &mut Host<Service>, query: &str) -> Vec<String> {
    let body = format!(r#"{{"domain_id":"d-1","query":{query}}}"#);
    let answer = host.ok(&format!("POST {WINDOWS}/search"), &body);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["results"].as_array().unwrap();
    rows.iter().map(|row| row["maintenance_window_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn query_operators_match() {
    let mut host = filled();
    // mw-1 Patch Oracle (1st), mw-2 patch kernel (3rd), mw-3 Rack move (2nd),
    // mw-4 Fire drill (3rd); by start_time, the latest first, then by id.
    let all = ["mw-2", "mw-4", "mw-3", "mw-1"];
    assert_eq!(search(&mut host, "{}"), all);
    let table: &[(&str, &[&str])] = &[
        (r#"{"k":"title","v":"Rack move","o":"eq"}"#, &["mw-3"]),
        (r#"{"key":"title","value":"Rack move","operator":"eq"}"#, &["mw-3"]),
        (r#"{"k":"title","v":"Rack move","o":"not"}"#, &["mw-2", "mw-4", "mw-1"]),
        (r#"{"k":"projects","v":"p-1","o":"eq"}"#, &["mw-3", "mw-1"]),
        (r#"{"k":"project_id","v":"p-1","o":"eq"}"#, &["mw-3", "mw-1"]),
        (r#"{"k":"projects","v":"p-1","o":"not"}"#, &["mw-2", "mw-4"]),
        (r#"{"k":"start_time","v":"2026-02-02T11:00:00+01:00","o":"eq"}"#, &["mw-3"]),
        (r#"{"k":"tags.cost","v":10,"o":"eq"}"#, &["mw-1"]),
        (r#"{"k":"tags.cost","v":null,"o":"eq"}"#, &["mw-4", "mw-3"]),
        (r#"{"k":"tags.cost","v":null,"o":"not"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"tags.cost","v":10,"o":"lt"}"#, &["mw-2"]),
        (r#"{"k":"tags.cost","v":10,"o":"lte"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"tags.cost","v":2.5,"o":"gt"}"#, &["mw-1"]),
        (r#"{"k":"tags.cost","v":2.5,"o":"gte"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"tags.team","v":true,"o":"exists"}"#, &["mw-2", "mw-4", "mw-1"]),
        (r#"{"k":"tags.team","v":false,"o":"exists"}"#, &["mw-3"]),
        (r#"{"k":"closed_at","v":false,"o":"exists"}"#, &all),
        (r#"{"k":"tags.owner.name","v":"ann","o":"eq"}"#, &["mw-4"]),
        (r#"{"k":"title","v":"PATCH","o":"contain"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"title","v":"patch","o":"not_contain"}"#, &["mw-4", "mw-3"]),
        (r#"{"k":"title","v":["Fire drill","Rack move","x"],"o":"in"}"#, &["mw-4", "mw-3"]),
        (r#"{"k":"projects","v":["p-2","p-3"],"o":"not_in"}"#, &[]),
        (r#"{"k":"title","v":["fire","rack"],"o":"contain_in"}"#, &["mw-4", "mw-3"]),
        (r#"{"k":"title","v":["fire","rack"],"o":"not_contain_in"}"#, &["mw-2", "mw-1"]),
        (r#"{"k":"title","v":"^[Pp]atch k","o":"regex"}"#, &["mw-2"]),
        (r#"{"k":"title","v":"drill","o":"regex"}"#, &["mw-4"]),
        (r#"{"k":"title","v":["move$","^Fire"],"o":"regex_in"}"#, &["mw-4", "mw-3"]),
        (r#"{"k":"start_time","v":"2026-02-02T10:00:00Z","o":"datetime_lt"}"#, &["mw-1"]),
        (r#"{"k":"start_time","v":"2026-02-02T10:00:00Z","o":"datetime_lte"}"#, &["mw-3", "mw-1"]),
        (r#"{"k":"start_time","v":"2026-02-02T10:00:00Z","o":"datetime_gt"}"#, &["mw-2", "mw-4"]),
        (
            r#"{"k":"start_time","v":"2026-02-02T10:00:00Z","o":"datetime_gte"}"#,
            &["mw-2", "mw-4", "mw-3"],
        ),
        (r#"{"k":"state","v":"CLOSED","o":"eq"}"#, &["mw-3", "mw-1"]),
    ];
    for (condition, expected) in table {
        assert_eq!(
            search(&mut host, &format!(r#"{{"filter":[{condition}]}}"#)),
            *expected,
            "{condition}"
        );
        assert_eq!(
            search(&mut host, &format!(r#"{{"filter_or":[{condition}]}}"#)),
            *expected,
            "{condition}"
        );
    }
    let two = r#"[{"k":"title","v":"patch","o":"contain"},{"k":"tags.team","v":"os","o":"eq"}]"#;
    assert_eq!(search(&mut host, &format!(r#"{{"filter":{two}}}"#)), ["mw-2"]);
    assert_eq!(search(&mut host, &format!(r#"{{"filter_or":{two}}}"#)), ["mw-2", "mw-4", "mw-1"]);
    assert_eq!(search(&mut host, r#"{"keyword":"PATCH"}"#), ["mw-2", "mw-1"]);
    assert_eq!(search(&mut host, r#"{"keyword":"mw-3"}"#), ["mw-3"]);
}

#[test]
fn list_sort_page_projection() {
    let mut host = filled();
    assert_eq!(search(&mut host, r#"{"sort":{"key":"title"}}"#), ["mw-4", "mw-1", "mw-3", "mw-2"]);
    assert_eq!(
        search(&mut host, r#"{"sort":{"key":"tags.cost","desc":true}}"#),
        ["mw-1", "mw-2", "mw-3", "mw-4"]
    );
    assert_eq!(
        search(&mut host, r#"{"sort":[{"key":"tags.team"},{"key":"title","desc":true}]}"#),
        ["mw-3", "mw-1", "mw-2", "mw-4"]
    );
    assert_eq!(search(&mut host, r#"{"page":{"start":2,"limit":2}}"#), ["mw-4", "mw-3"]);
    assert_eq!(search(&mut host, r#"{"page":{"start":4,"limit":2}}"#), ["mw-1"]);
    assert_eq!(search(&mut host, r#"{"page":{"start":9}}"#), [""; 0]);
    assert_eq!(search(&mut host, r#"{"page":{"limit":1}}"#), ["mw-2"]);
    assert_eq!(search(&mut host, r#"{"page":{"limit":0}}"#).len(), 4);
    let answer = |host: &mut Host<Service>, query: &str| {
        host.ok(
            &format!("POST {WINDOWS}/search"),
            &format!(r#"{{"domain_id":"d-1","query":{query}}}"#),
        )
    };
    assert_eq!(answer(&mut host, r#"{"count_only":true}"#), r#"{"results":[],"total_count":4}"#);
    assert_eq!(
        answer(&mut host, r#"{"only":["title","maintenance_window_id"],"page":{"limit":1}}"#),
        r#"{"results":[{"maintenance_window_id":"mw-2","title":"patch kernel"}],"total_count":4}"#
    );
    assert_eq!(
        answer(&mut host, r#"{"minimal":true,"page":{"limit":1}}"#),
        r#"{"results":[{"maintenance_window_id":"mw-2","title":"patch kernel","state":"OPEN","start_time":"2026-02-03T10:00:00Z","end_time":"2026-02-03T12:00:00Z","projects":["p-2"]}],"total_count":4}"#
    );
    // The fields of the message besides the query, in the path and in the body.
    for (parameters, found) in [
        ("maintenance_window_id=mw-3", "mw-3"),
        ("title=Fire+drill", "mw-4"),
        ("state=CLOSED&project_id=p-2", "mw-1"),
        ("state=NONE&project_id=p-2", "mw-2"),
        ("created_by=ops&project_id=p-3&state=OPEN", "mw-4"),
        ("query=%7B%22keyword%22%3A%22rack%22%7D", "mw-3"),
    ] {
        let answer = host.ok(&format!("GET {WINDOWS}?domain_id=d-1&{parameters}"), "");
        assert!(
            answer.contains(found) && answer.ends_with("\"total_count\":1}"),
            "{parameters}: {answer}"
        );
    }
}

#[test]
fn query_invalid_error_path() {
    let mut host = filled();
    let many =
        format!(r#"{{"filter":[{}]}}"#, vec![r#"{"k":"title","v":"x","o":"eq"}"#; 101].join(","));
    let long = format!(r#"{{"filter":[{{"k":"title","v":"{}","o":"regex"}}]}}"#, "x".repeat(5000));
    let wide =
        format!(r#"{{"filter":[{{"k":"title","v":[{}],"o":"in"}}]}}"#, vec!["1"; 1001].join(","));
    let table = [
        (
            r#"{"filter":[{"k":"title","v":"x","o":"like"}]}"#,
            "query.filter[0].operator: \"like\" is not one of eq, not, lt",
        ),
        (r#"{"filter":[{"k":"title","v":"x"}]}"#, "query.filter[0].operator: is missing"),
        (r#"{"filter":[{"k":"title","o":"eq"}]}"#, "query.filter[0].value: is missing"),
        (r#"{"filter":[{"v":"x","o":"eq"}]}"#, "query.filter[0].key: is missing"),
        (
            r#"{"filter":[{"k":"color","v":"x","o":"eq"}]}"#,
            "query.filter[0].key: \"color\" is not a field",
        ),
        (
            r#"{"filter":[{"k":"title.x","v":"x","o":"eq"}]}"#,
            "query.filter[0].key: \"title.x\" is not a field",
        ),
        (
            r#"{"filter":[{"k":"title","key":"title","v":"x","o":"eq"}]}"#,
            "query.filter[0].k: is given as key too",
        ),
        (
            r#"{"filter_or":[{"k":"title","v":["x"],"o":"eq"}]}"#,
            "query.filter_or[0].value: a list is not a single value",
        ),
        (
            r#"{"filter":[{"k":"title","v":"x","o":"in"}]}"#,
            "query.filter[0].value: \"x\" is not a list",
        ),
        (
            r#"{"filter":[{"k":"title","v":"x","o":"exists"}]}"#,
            "query.filter[0].value: \"x\" is not true or false",
        ),
        (
            r#"{"filter":[{"k":"title","v":"(","o":"regex"}]}"#,
            "query.filter[0].value: \"(\" is not a pattern",
        ),
        (
            r#"{"filter":[{"k":"title","v":["a","("],"o":"regex_in"}]}"#,
            "query.filter[0].value[1]: \"(\" is not a pattern",
        ),
        (
            r#"{"filter":[{"k":"start_time","v":"soon","o":"datetime_lt"}]}"#,
            "query.filter[0].value: \"soon\" is not",
        ),
        (r#"{"sort":{"desc":true}}"#, "query.sort.key: is missing"),
        (r#"{"sort":{"key":"color"}}"#, "query.sort.key: \"color\" is not a field"),
        (r#"{"page":{"limit":10001}}"#, "query.page.limit: 10001 are more than 10000"),
        (r#"{"page":{"start":-1}}"#, "query.page.start: -1 is not in 0..=18446744073709551615"),
        (r#"{"only":"title"}"#, "query.only: \"title\" is not a list"),
        (r#"{"minimal":"yes"}"#, "query.minimal: \"yes\" is not true or false"),
        (r#"{"order":1}"#, "query.order: is not a field"),
        (many.as_str(), "query.filter: 101 are more than 100"),
        (long.as_str(), "query.filter[0].value: a pattern of 5000 bytes is longer than 4096"),
        (wide.as_str(), "query.filter[0].value: 1001 are more than 1000"),
    ];
    for (query, message) in table {
        host.fails(
            &format!("POST {WINDOWS}/search"),
            &format!(r#"{{"domain_id":"d-1","query":{query}}}"#),
            400,
            message,
        );
    }
}
