//! Operations, messages and errors. The vendor documents tables and no samples, so the
//! tests go through the tables.

use quietude::vendors::spaceone::{MaintenanceWindow, Service, State};

use crate::helpers::{Host, at};

use super::{CREATE, INFO, WINDOW, WINDOWS, host};

#[test]
fn methods_documented_response_fields() {
    let mut host = host();
    assert_eq!(host.ok(&format!("POST {WINDOWS}"), CREATE), INFO);
    let domain = r#"{"domain_id":"d-1"}"#;
    let get = format!("GET {WINDOW}/mw-1?domain_id=d-1");
    assert_eq!(host.ok(&get, ""), INFO);
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
    // Only the given fields change; null means absent.
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

/// Every field of the message tables: missing, empty, or invalid.
#[test]
fn field_invalid_error() {
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
fn endpoint_invalid_request_error() {
    let mut host = host();
    host.ok(&format!("POST {WINDOWS}"), CREATE);
    for domain in ["d-1", "d-2"] {
        // An id of another domain is unknown.
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
    // A CLOSED window cannot be updated: closed, or past its end.
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

/// `maintenance_window_id` is a field of the message of a GET, too.
#[test]
fn get_with_id_parameter_same_as_path() {
    let mut host = host();
    host.ok(&format!("POST {WINDOWS}"), CREATE);
    let get = format!("GET {WINDOW}/mw-1?domain_id=d-1");
    let answer = host.ok(&get, "");
    assert_eq!(host.ok(&format!("{get}&maintenance_window_id=mw-1"), ""), answer);
    let error = "maintenance_window_id: \"mw-2\" is not \"mw-1\", as in the path";
    host.fails(&format!("{get}&maintenance_window_id=mw-2"), "", 400, error);
    let twice = format!("{get}&maintenance_window_id=mw-1&maintenance_window_id=mw-1");
    host.fails(&twice, "", 400, "maintenance_window_id: is repeated");
}

#[test]
fn window_json_round_trip_and_wire_forms() {
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
    // A closing time after the end has no effect.
    let late = INFO.replace("null}", "\"2026-01-01T13:00:00Z\"}");
    let late = MaintenanceWindow::from_json(&late).unwrap();
    assert_eq!(late.state_at(at("2026-01-01T12:00:00Z")), State::Closed);
    assert_eq!(late.state_at(at("2026-01-01T11:59:59Z")), State::Open);
    let error = MaintenanceWindow::from_json(&INFO.replace("OPEN", "SHUT")).unwrap_err();
    assert_eq!(error.path(), "state");
}

#[test]
fn state_follows_time() {
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
    // A window that has ended is not closed again.
    let closed = host.ok(&format!("PUT {WINDOW}/mw-1/close"), r#"{"domain_id":"d-1"}"#);
    assert!(closed.ends_with("\"closed_at\":null}"), "{closed}");
    host.now = at("2026-01-01T09:30:00Z");
    host.ok(&format!("PUT {WINDOW}/mw-1/close"), r#"{"domain_id":"d-1"}"#);
    assert_eq!(state(&mut host, "2026-01-01T09:29:59Z"), r#"{"state":"OPEN"}"#);
    assert_eq!(state(&mut host, "2026-01-01T09:30:00Z"), r#"{"state":"CLOSED"}"#);
    assert_eq!(host.system.remove_closed(at("2026-01-01T09:29:59Z")), 0);
    assert_eq!(host.system.remove_closed(at("2026-01-01T09:30:00Z")), 1);
}
