//! SpaceONE: messages, endpoints, the query language, errors, a naive model, a
//! slow reference. The document has no samples, only tables: they are walked.

use quietude::vendors::VendorApi;
use quietude::vendors::spaceone::{MaintenanceWindow, Service, State};
use quietude::{Subject, Topology};

use crate::support::{Dice, Host, at, ms};

const WINDOWS: &str = "/monitoring/v1/maintenance-windows";
const WINDOW: &str = "/monitoring/v1/maintenance-window";
const CREATE: &str = r#"{"title":"db work","projects":["p-1","p-2"],"start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","tags":{"team":"db","n":1.5},"domain_id":"d-1"}"#;
const INFO: &str = r#"{"maintenance_window_id":"mw-1","title":"db work","state":"OPEN","start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","tags":{"team":"db","n":1.5},"projects":["p-1","p-2"],"domain_id":"d-1","created_by":"ops","created_at":"2026-01-01T09:00:00Z","updated_at":"2026-01-01T09:00:00Z","closed_at":null}"#;

fn host() -> Host<Service> {
    let mut host = Host::new(Service::new(), "2026-01-01T09:00:00Z");
    host.user = "ops";
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4", "mw-5", "mw-6"]);
    host
}

/// A domain with five windows of different kinds.
pub(crate) fn filled() -> Host<Service> {
    let mut host = host();
    for (title, projects, day, tags, domain) in [
        ("Patch Oracle", r#""p-1","p-2""#, 1, r#"{"team":"db","cost":10}"#, "d-1"),
        ("patch kernel", r#""p-2""#, 3, r#"{"team":"os","cost":2.5}"#, "d-1"),
        ("Rack move", r#""p-3","p-1""#, 2, "{}", "d-1"),
        ("Fire drill", r#""p-3""#, 3, r#"{"team":"os","owner":{"name":"ann"}}"#, "d-1"),
        ("Elsewhere", r#""p-1""#, 1, "{}", "d-2"),
    ] {
        let body = format!(
            r#"{{"title":"{title}","projects":[{projects}],"start_time":"2026-02-0{day}T10:00:00Z","end_time":"2026-02-0{day}T12:00:00Z","tags":{tags},"domain_id":"{domain}"}}"#
        );
        host.ok(&format!("POST {WINDOWS}"), &body);
    }
    host.now = at("2026-02-02T12:00:00Z");
    host
}

/// The ids that a search finds, in order.
fn search(host: &mut Host<Service>, query: &str) -> Vec<String> {
    let body = format!(r#"{{"domain_id":"d-1","query":{query}}}"#);
    let answer = host.ok(&format!("POST {WINDOWS}/search"), &body);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["results"].as_array().unwrap();
    rows.iter().map(|row| row["maintenance_window_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_method_answers_the_message_of_its_table() {
    let mut host = host();
    assert_eq!(host.ok(&format!("POST {WINDOWS}"), CREATE), INFO);
    let domain = r#"{"domain_id":"d-1"}"#;
    assert_eq!(host.ok(&format!("GET {WINDOW}/mw-1?domain_id=d-1"), ""), INFO);
    let listed = format!("{{\"results\":[{INFO}],\"total_count\":1}}");
    assert_eq!(host.ok(&format!("GET {WINDOWS}?domain_id=d-1"), ""), listed);
    assert_eq!(host.ok(&format!("POST {WINDOWS}/search"), domain), listed);
    let stat = r#"{"domain_id":"d-1","query":{"distinct":"projects"}}"#;
    assert_eq!(host.ok(&format!("POST {WINDOWS}/stat"), stat), r#"{"results":["p-1","p-2"]}"#);

    host.now = at("2026-01-01T11:00:00Z");
    let update = r#"{"domain_id":"d-1","maintenance_window_id":"mw-1","title":"new","projects":["p-3"],"start_time":"2026-01-01T10:30:00+00:00","end_time":"2026-01-01T13:00:00Z","tags":{}}"#;
    let updated = host.ok(&format!("PUT {WINDOW}/mw-1"), update);
    assert_eq!(
        updated,
        r#"{"maintenance_window_id":"mw-1","title":"new","state":"OPEN","start_time":"2026-01-01T10:30:00Z","end_time":"2026-01-01T13:00:00Z","tags":{},"projects":["p-3"],"domain_id":"d-1","created_by":"ops","created_at":"2026-01-01T09:00:00Z","updated_at":"2026-01-01T11:00:00Z","closed_at":null}"#
    );
    // Only the given fields change; null is not given.
    host.now = at("2026-01-01T11:30:00Z");
    let one = host
        .ok(&format!("PUT {WINDOW}/mw-1"), r#"{"domain_id":"d-1","title":"newer","tags":null}"#);
    assert_eq!(one, updated.replace("\"new\"", "\"newer\"").replace("T11:00:00Z", "T11:30:00Z"));

    let closed = host.ok(&format!("PUT {WINDOW}/mw-1/close"), domain);
    assert!(
        closed.contains(r#""state":"CLOSED""#)
            && closed.ends_with(r#""closed_at":"2026-01-01T11:30:00Z"}"#)
    );
    // Closing again is not an error and changes nothing.
    host.now = at("2026-01-01T11:45:00Z");
    assert_eq!(host.ok(&format!("PUT {WINDOW}/mw-1/close"), domain), closed);
}

/// Every window of the message tables with what it says of each field.
#[test]
fn every_field_has_its_error() {
    let mut host = host();
    host.ok(&format!("POST {WINDOWS}"), CREATE);
    let table = [
        (CREATE.replace("\"title\":\"db work\",", ""), "REQUIRED", "title: is missing"),
        (CREATE.replace("db work", ""), "INVALID", "title: is empty"),
        (CREATE.replace("\"db work\"", "7"), "INVALID", "title: 7 is not a string"),
        (CREATE.replace("\"projects\":[\"p-1\",\"p-2\"],", ""), "REQUIRED", "projects: is missing"),
        (CREATE.replace("[\"p-1\",\"p-2\"]", "[]"), "INVALID", "projects: [] is empty"),
        (CREATE.replace("\"p-2\"", "\"\""), "INVALID", "projects[1]: \"\" is not an id"),
        (
            CREATE.replace("[\"p-1\",\"p-2\"]", "\"p-1\""),
            "INVALID",
            "projects: \"p-1\" is not a list",
        ),
        (
            CREATE.replace("\"start_time\":\"2026-01-01T10:00:00Z\",", ""),
            "REQUIRED",
            "start_time: is missing",
        ),
        (
            CREATE.replace("2026-01-01T10:00:00Z", "2026-01-01 10:00"),
            "INVALID",
            "start_time: \"2026-01-01 10:00\" is not",
        ),
        (
            CREATE.replace("\"end_time\":\"2026-01-01T12:00:00Z\",", ""),
            "REQUIRED",
            "end_time: is missing",
        ),
        (
            CREATE.replace("T12:00", "T10:00"),
            "INVALID",
            "end_time: 2026-01-01T10:00:00Z is not after start_time 2026-01-01T10:00:00Z",
        ),
        (
            CREATE.replace("T12:00", "T09:00"),
            "INVALID",
            "end_time: 2026-01-01T09:00:00Z is not after start_time",
        ),
        (
            CREATE.replace("{\"team\":\"db\",\"n\":1.5}", "[]"),
            "INVALID",
            "tags: a list is not an object",
        ),
        (CREATE.replace("\"tags\"", "\"Tags\""), "INVALID", "Tags: is not a field"),
        (CREATE.replace(",\"domain_id\":\"d-1\"", ""), "REQUIRED", "domain_id: is missing"),
        (CREATE.replace("d-1", ""), "INVALID", "domain_id: \"\" is not an id"),
        (String::new(), "INVALID", "the body is missing"),
    ];
    for (body, code, message) in table {
        host.fails(&format!("POST {WINDOWS}"), &body, 400, message);
        host.fails(&format!("POST {WINDOWS}"), &body, 400, &format!("ERROR_{code}_PARAMETER"));
        if code == "INVALID" && !body.contains("\"\"") {
            host.fails(&format!("PUT {WINDOW}/mw-1"), &body, 400, message);
        }
    }
    host.fails(&format!("PUT {WINDOW}/mw-1"), r#"{"title":"x"}"#, 400, "domain_id: is missing");
    host.fails(&format!("PUT {WINDOW}/mw-1/close"), "{}", 400, "domain_id: is missing");
    host.fails(
        &format!("PUT {WINDOW}/mw-1/close"),
        r#"{"domain_id":"d-1","x":1}"#,
        400,
        "x: is not a field",
    );
    host.fails(&format!("GET {WINDOW}/mw-1"), "", 400, "domain_id: is missing");
    host.fails(
        &format!("GET {WINDOW}/mw-1?domain_id=d-1&only=color"),
        "",
        400,
        "only[0]: \"color\" is not a field",
    );
    host.fails(
        &format!("GET {WINDOWS}?domain_id=d-1&domain_id=d-2"),
        "",
        400,
        "domain_id: is repeated",
    );
    host.fails(&format!("GET {WINDOWS}?title=x"), "", 400, "domain_id: is missing");
    host.fails(
        &format!("GET {WINDOWS}?domain_id=d-1&state=OPENED"),
        "",
        400,
        "state: \"OPENED\" is not one of NONE, OPEN, CLOSED",
    );
    host.fails(
        &format!("POST {WINDOWS}/search"),
        r#"{"domain_id":"d-1","state":3}"#,
        400,
        "state: 3 is not one of 0, 1, 2",
    );
    let other = r#"{"domain_id":"d-1","maintenance_window_id":"mw-2"}"#;
    host.fails(
        &format!("PUT {WINDOW}/mw-1"),
        other,
        400,
        "maintenance_window_id: \"mw-2\" is not \"mw-1\", as in the path",
    );
}

#[test]
fn every_endpoint_has_its_errors() {
    let mut host = host();
    host.ok(&format!("POST {WINDOWS}"), CREATE);
    for domain in ["d-1", "d-2"] {
        // An id of another domain is as unknown as one of nobody.
        let id = if domain == "d-1" { "mw-9" } else { "mw-1" };
        let body = format!(r#"{{"domain_id":"{domain}"}}"#);
        let message = format!("maintenance_window_id: no maintenance window is `{id}`");
        host.fails(&format!("PUT {WINDOW}/{id}"), &body, 404, &message);
        host.fails(&format!("PUT {WINDOW}/{id}/close"), &body, 404, &message);
        host.fails(&format!("GET {WINDOW}/{id}?domain_id={domain}"), "", 404, "ERROR_NOT_FOUND");
    }
    assert_eq!(
        host.ok(&format!("GET {WINDOWS}?domain_id=d-2"), ""),
        r#"{"results":[],"total_count":0}"#
    );
    // What is CLOSED is not updated, whether by closing or by its end.
    let update = r#"{"domain_id":"d-1","title":"x"}"#;
    host.now = at("2026-01-01T12:00:00Z");
    host.fails(&format!("PUT {WINDOW}/mw-1"), update, 400, "ERROR_CLOSED_MAINTENANCE_WINDOW");
    host.now = at("2026-01-01T11:00:00Z");
    host.ok(&format!("PUT {WINDOW}/mw-1/close"), r#"{"domain_id":"d-1"}"#);
    host.fails(
        &format!("PUT {WINDOW}/mw-1"),
        update,
        400,
        "maintenance_window_id: `mw-1` is closed",
    );
    host.fails(&format!("DELETE {WINDOWS}"), "", 405, "GET or POST");
    host.fails(&format!("DELETE {WINDOW}/mw-1"), "", 405, "GET or PUT");
    host.fails(&format!("GET {WINDOWS}/search"), "", 405, "POST");
    host.fails(&format!("GET {WINDOW}/mw-1/close"), "", 405, "PUT");
    host.fails("GET /monitoring/v1/windows", "", 404, "nothing is served at");
    for (id, message) in [
        ("mw-1", "`mw-1` is taken already"),
        ("w-1", "`w-1` does not begin with mw-"),
        ("", "is not an id"),
    ] {
        host.ids(&[id]);
        // The ids of all domains are one space.
        host.fails(&format!("POST {WINDOWS}"), &CREATE.replace("d-1", "d-2"), 500, message);
    }
}

#[test]
fn a_window_is_read_as_it_is_printed_and_in_the_forms_of_the_wire() {
    let window = MaintenanceWindow::from_json(INFO).unwrap();
    assert_eq!(window.to_json(at("2026-01-01T09:00:00Z")), INFO);
    for (from, to) in [
        ("null}", "\"\"}"),
        (",\"closed_at\":null", ""),
        ("\"OPEN\"", "\"NONE\""),
        ("\"OPEN\"", "0"),
        ("\"OPEN\"", "1"),
        ("\"state\":\"OPEN\",", ""),
        ("T10:00:00Z", "T11:00:00+01:00"),
    ] {
        let other = INFO.replace(from, to);
        assert_ne!(other, INFO, "{from}");
        assert_eq!(MaintenanceWindow::from_json(&other).unwrap(), window, "{to}");
    }
    // A closing after the end changes nothing.
    let late = INFO.replace("null}", "\"2026-01-01T13:00:00Z\"}");
    let late = MaintenanceWindow::from_json(&late).unwrap();
    assert_eq!(late.state_at(at("2026-01-01T12:00:00Z")), State::Closed);
    assert_eq!(late.state_at(at("2026-01-01T11:59:59Z")), State::Open);
    let error = MaintenanceWindow::from_json(&INFO.replace("OPEN", "SHUT")).unwrap_err();
    assert_eq!(error.path(), "state");
}

#[test]
fn the_state_is_a_function_of_time() {
    let mut host = host();
    host.ok(&format!("POST {WINDOWS}"), CREATE);
    let state = |host: &mut Host<Service>, now: &str| {
        host.now = at(now);
        host.ok(&format!("GET {WINDOW}/mw-1?domain_id=d-1&only=state"), "")
    };
    for (now, expected) in [
        ("2026-01-01T08:00:00Z", "OPEN"),
        ("2026-01-01T11:59:59.999Z", "OPEN"),
        ("2026-01-01T12:00:00Z", "CLOSED"),
    ] {
        assert_eq!(state(&mut host, now), format!("{{\"state\":\"{expected}\"}}"));
    }
    // One that ended by itself is not closed once more.
    let closed = host.ok(&format!("PUT {WINDOW}/mw-1/close"), r#"{"domain_id":"d-1"}"#);
    assert!(closed.ends_with("\"closed_at\":null}"), "{closed}");
    host.now = at("2026-01-01T09:30:00Z");
    host.ok(&format!("PUT {WINDOW}/mw-1/close"), r#"{"domain_id":"d-1"}"#);
    assert_eq!(state(&mut host, "2026-01-01T09:29:59Z"), r#"{"state":"OPEN"}"#);
    assert_eq!(state(&mut host, "2026-01-01T09:30:00Z"), r#"{"state":"CLOSED"}"#);
    assert_eq!(host.system.remove_closed(at("2026-01-01T09:29:59Z")), 0);
    assert_eq!(host.system.remove_closed(at("2026-01-01T09:30:00Z")), 1);
}

#[test]
fn every_operator_finds_what_it_says() {
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
fn lists_are_sorted_paged_and_projected() {
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
fn every_mistake_in_a_query_names_its_place() {
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

/// Random operations against a list; silence against a filter over that list.
#[test]
fn random_operations_agree_with_a_naive_model() {
    struct Row {
        domain: usize,
        id: String,
        start: i64,
        end: i64,
        projects: Vec<String>,
        closed: Option<i64>,
        updated: i64,
    }
    let over =
        |row: &Row, now: i64| now >= row.end || row.closed.is_some_and(|closed| now >= closed);
    for seed in 1..=60 {
        let mut dice = Dice::new(seed);
        let mut host = Host::new(Service::new(), "1970-01-01T00:00:00Z");
        let (mut model, mut now): (Vec<Row>, i64) = (Vec::new(), 0);
        for step in 0..60 {
            now += dice.below(3) as i64 * 1000;
            host.now = ms(now);
            let domain = dice.below(2) as usize;
            let start = now + (dice.below(20) as i64 - 5) * 1000;
            let end = start + (dice.below(12) as i64 - 1) * 1000;
            let projects: Vec<String> =
                (0..dice.below(3)).map(|_| format!("p-{}", dice.below(4))).collect();
            let id = format!("mw-{}", dice.below(step + 1));
            let found = model.iter().position(|row| row.domain == domain && row.id == id);
            match dice.below(5) {
                0 | 1 => {
                    let id = format!("mw-{step}");
                    host.ids(&[&id]);
                    let body = format!(
                        r#"{{"title":"t","projects":{projects:?},"start_time":"{}","end_time":"{}","domain_id":"d-{domain}"}}"#,
                        ms(start),
                        ms(end)
                    );
                    let good = start < end && !projects.is_empty();
                    assert_eq!(
                        host.send(&format!("POST {WINDOWS}"), &body).status,
                        if good { 200 } else { 400 }
                    );
                    if good {
                        model.push(Row {
                            domain,
                            id,
                            start,
                            end,
                            projects,
                            closed: None,
                            updated: now,
                        });
                    }
                }
                2 | 3 => {
                    let body = format!(r#"{{"end_time":"{}","domain_id":"d-{domain}"}}"#, ms(end));
                    let status = host.send(&format!("PUT {WINDOW}/{id}"), &body).status;
                    match found.map(|place| &mut model[place]) {
                        None => assert_eq!(status, 404),
                        Some(row) if over(row, now) || end <= row.start => assert_eq!(status, 400),
                        Some(row) => {
                            assert_eq!(status, 200);
                            (row.end, row.updated) = (end, now);
                        }
                    }
                }
                _ => {
                    let body = format!(r#"{{"domain_id":"d-{domain}"}}"#);
                    let status = host.send(&format!("PUT {WINDOW}/{id}/close"), &body).status;
                    assert_eq!(status, if found.is_some() { 200 } else { 404 });
                    if let Some(row) = found.map(|place| &mut model[place])
                        && !over(row, now)
                    {
                        (row.closed, row.updated) = (Some(now), now);
                    }
                }
            }
            for domain in 0..2 {
                let sort = r#"{"sort":{"key":"maintenance_window_id"}}"#;
                let body = format!(r#"{{"domain_id":"d-{domain}","query":{sort}}}"#);
                let answer = host.ok(&format!("POST {WINDOWS}/search"), &body);
                let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
                let mut rows: Vec<_> = model.iter().filter(|row| row.domain == domain).collect();
                rows.sort_by(|a, b| a.id.cmp(&b.id));
                assert_eq!(answer["total_count"], rows.len());
                for (row, listed) in rows.iter().zip(answer["results"].as_array().unwrap()) {
                    assert_eq!(listed["maintenance_window_id"], row.id);
                    assert_eq!(listed["state"], if over(row, now) { "CLOSED" } else { "OPEN" });
                    assert_eq!(
                        listed["closed_at"],
                        serde_json::json!(row.closed.map(|t| ms(t).to_string()))
                    );
                    assert_eq!(
                        (&listed["end_time"], &listed["updated_at"]),
                        (&ms(row.end).to_string().into(), &ms(row.updated).to_string().into())
                    );
                }
            }
        }
        assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
        let silencer = host.silencer(&Topology::default());
        for _ in 0..300 {
            let (domain, project, t) =
                (dice.below(2), dice.below(5), dice.below(90_000) as i64 - 10_000);
            let name = format!("spaceone:d-{domain}:p-{project}");
            let brought = [name.as_str()];
            let subject = Subject::entity("db-7").with_groups(&brought).with_alert_type("ANY");
            let expected = model.iter().any(|row| {
                row.domain == domain as usize
                    && row.start <= t
                    && t < row.end
                    && row.closed.is_none_or(|closed| t < closed)
                    && row.projects.contains(&format!("p-{project}"))
            });
            assert_eq!(silencer.is_silenced(&subject, ms(t)), expected, "{name} at {t}");
        }
    }
}
