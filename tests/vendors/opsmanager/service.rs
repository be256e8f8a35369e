//! Operations, fields and errors.

use quietude::Subject;
use quietude::vendors::VendorApi;
use quietude::vendors::opsmanager::Service;

use crate::helpers::{Host, at, data};

use super::{BODY, GROUP, host, windows};

#[test]
fn endpoints_documented_all_routed() {
    let listed = [
        ("list", 200, "OK"),
        ("create", 200, "Created"),
        ("get", 200, "OK"),
        ("update", 201, "OK"),
        ("delete", 200, "OK"),
    ];
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    for (name, status, reason) in listed {
        let endpoint = data(&format!("opsmanager/endpoint-{name}.txt"));
        let line = endpoint.trim().replace("GROUP-ID", GROUP).replace("WINDOW-ID", id);
        let response = host.send(&line, if name == "update" { "{}" } else { BODY });
        assert_eq!((response.status, response.reason), (status, reason), "{line}");
        assert_eq!(response.header("content-type"), Some("application/json"));
    }
}

#[test]
fn group_of_dots_error() {
    let mut host = host("2015-10-22T20:49:35Z");
    for group in [".", "..", "%2e", "%2E."] {
        let line = format!("POST /groups/{group}/maintenanceWindows");
        host.fails(&line, BODY, 400, "is not an id: in a path it means another folder");
    }
    host.ids(&["56294bdfd4c643eef5176b73"]);
    host.ok("POST /groups/.../maintenanceWindows", BODY);
}

#[test]
fn date_small_t_and_z_accepted() {
    let mut host = host("2015-10-22T20:49:35Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    let small = BODY.replace("T22:00:00Z", "t22:00:00z").replace("T23:30:00Z", "t23:30:00z");
    let created = host.ok(&format!("POST {}", windows()), &small);
    assert!(created.contains("\"startDate\":\"2015-10-23T22:00:00Z\""), "{created}");
}

#[test]
fn field_invalid_error() {
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    let long = "x".repeat(5000);
    let both = [
        (BODY.replace("[\"BACKUP\"]", "[]"), "alertTypeNames: [] is empty: at least one is needed"),
        (BODY.replace("\"BACKUP\"", "\"\""), "alertTypeNames[0]: \"\" is not an id"),
        (BODY.replace("\"BACKUP\"", "\"A\",7"), "alertTypeNames[1]: 7 is not a string"),
        (BODY.replace("[\"BACKUP\"]", "\"BACKUP\""), "alertTypeNames: \"BACKUP\" is not a list"),
        (BODY.replace("T22:00:00Z", ""), "startDate: \"2015-10-23\" is not an RFC 3339 timestamp"),
        (BODY.replace("23:30:00Z", "23:60:00Z"), "endDate: \"2015-10-23T23:60:00Z\" is not"),
        (
            BODY.replace("T23:30", "T22:00"),
            "endDate: 2015-10-23T22:00:00Z is not after startDate 2015-10-23T22:00:00Z",
        ),
        (BODY.replace("T23:30", "T21:00"), "endDate: 2015-10-23T21:00:00Z is not after startDate"),
        (BODY.replace('}', ",\"description\":7}"), "description: 7 is not a string"),
        (
            BODY.replace('}', &format!(",\"description\":\"{long}\"}}")),
            "description: bytes: 5000 are more than 4096",
        ),
        (
            BODY.replace('}', ",\"id\":\"x\"}"),
            "id: is not a field; there are startDate, endDate, alertTypeNames",
        ),
        (BODY.replace('}', ",\"startDate\":\"x\"}"), "\"startDate\" is repeated"),
        ("7".to_owned(), "7 is not an object"),
        (String::new(), "the body is missing"),
    ];
    for (body, message) in &both {
        host.fails(&format!("POST {}", windows()), body, 400, message);
        host.fails(&format!("PATCH {}/{id}", windows()), body, 400, message);
    }
    for (field, rest) in [
        (
            "alertTypeNames",
            r#"{"startDate":"2015-10-23T22:00:00Z","endDate":"2015-10-23T23:30:00Z"}"#,
        ),
        ("startDate", r#"{"alertTypeNames":["A"],"endDate":"2015-10-23T23:30:00Z"}"#),
        (
            "endDate",
            r#"{"alertTypeNames":["A"],"endDate":null,"startDate":"2015-10-23T22:00:00Z"}"#,
        ),
    ] {
        host.fails(&format!("POST {}", windows()), rest, 400, &format!("{field}: is missing"));
    }
    // A PATCH of one date is checked against the other date.
    host.fails(
        &format!("PATCH {}/{id}", windows()),
        r#"{"endDate":"2015-10-23T21:00:00Z"}"#,
        400,
        "endDate",
    );
    host.fails(
        &format!("PATCH {}/{id}", windows()),
        r#"{"startDate":"2015-10-23T23:30:00Z"}"#,
        400,
        "endDate",
    );
}

#[test]
fn endpoint_invalid_request_error() {
    let mut host = host("2015-10-22T20:49:35Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    let other = "/groups/000000000000000000000000/maintenanceWindows";
    for line in ["GET", "DELETE", "PATCH"] {
        // The id of another group, and an unknown id.
        host.fails(
            &format!("{line} {other}/{id}"),
            "{}",
            404,
            "WINDOW-ID: no maintenance window is",
        );
        host.fails(
            &format!("{line} {}/5", windows()),
            "{}",
            404,
            "WINDOW-ID: no maintenance window is `5`",
        );
    }
    assert!(host.ok(&format!("GET {other}"), "").contains("\"totalCount\":0"));
    host.fails(
        &format!("GET {}?pretty=yes", windows()),
        "",
        400,
        "pretty: \"yes\" is not true or false",
    );
    host.fails(
        &format!("GET {}?envelope=", windows()),
        "",
        400,
        "envelope: \"\" is not true or false",
    );
    host.fails(
        &format!("GET {}?page=2", windows()),
        "",
        400,
        "page: is not a parameter; there are pretty, envelope",
    );
    host.fails("GET /groups//maintenanceWindows", "", 400, "GROUP-ID: \"\" is not an id");
    host.fails(&format!("PUT {}", windows()), BODY, 405, "GET or POST");
    host.fails(&format!("POST {}/{id}", windows()), BODY, 405, "GET, PATCH or DELETE");
    host.fails("GET /api/public/v1.0/groups", "", 404, "nothing is served at");
    for (new, message) in [
        (id, "is taken already"),
        ("5", "\"5\" is not an id of 24 hex digits"),
        ("", "is not an id"),
    ] {
        host.ids(&[new]);
        host.fails(&format!("POST {}", windows()), BODY, 500, message);
    }
    let body = host.send("GET /", "").body;
    assert_eq!(body, r#"{"detail":"nothing is served at `/`","error":404,"reason":"Not Found"}"#);
}

#[test]
fn ended_window_not_found_keeps_past() {
    let mut host = host("2015-10-23T23:29:59.999Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    // A start in the past is allowed.
    host.ok(&format!("POST {}", windows()), BODY);
    assert!(host.ok(&format!("GET {}", windows()), "").contains(id));
    host.now = at("2015-10-23T23:30:00Z");
    for line in ["GET", "PATCH", "DELETE"] {
        host.fails(&format!("{line} {}/{id}", windows()), "{}", 404, "WINDOW-ID");
    }
    assert!(!host.ok(&format!("GET {}", windows()), "").contains(id));
    let group = format!("opsmanager:{GROUP}");
    let groups = [group.as_str()];
    let subject = Subject::entity("db-7").with_groups(&groups).with_alert_type("BACKUP");
    assert!(host.is_silenced(&subject, at("2015-10-23T23:29:59.999Z")));
    assert!(!host.is_silenced(&subject, at("2015-10-23T23:30:00Z")));
    assert_eq!(host.system.remove_ended(at("2015-10-23T23:29:59.999Z")), 0);
    assert_eq!(host.system.remove_ended(at("2015-10-23T23:30:00Z")), 1);
    assert!(host.system.windows().is_empty());
}

#[test]
fn group_last_window_deleted_removed() {
    let mut host = host("2015-10-22T15:04:31Z");
    let untouched = host.system.clone();
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), BODY);
    host.ok(&format!("DELETE {}/{id}", windows()), "");
    assert_eq!(host.system, untouched);
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
}

#[test]
fn patch_changes_given_fields_only() {
    let mut host = host("2015-10-22T00:00:00Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    host.ok(&format!("POST {}", windows()), &BODY.replace('}', ",\"description\":\"d\"}"));
    host.now = at("2015-10-22T01:00:00Z");
    let one = format!("{}/{id}", windows());
    let part = |host: &mut Host<Service>, body: &str| {
        let body = host.ok(&format!("PATCH {one}"), body);
        body[..body.find(",\"links\"").unwrap()].to_owned()
    };
    let rest = |description: &str, start: &str| {
        format!(
            "{{\"alertTypeNames\":[\"BACKUP\"],\"created\":\"2015-10-22T00:00:00Z\",{description}\"endDate\":\"2015-10-23T23:30:00Z\",\
             \"groupId\":\"{GROUP}\",\"id\":\"{id}\",\"startDate\":\"2015-10-23T{start}Z\",\"updated\":\"2015-10-22T01:00:00Z\""
        )
    };
    assert_eq!(part(&mut host, "{}"), rest("\"description\":\"d\",", "22:00:00"));
    // An offset is accepted, and printed in UTC. Null means absent.
    let body = r#"{"startDate":"2015-10-23T23:00:00+01:00","endDate":null,"alertTypeNames":null}"#;
    assert_eq!(part(&mut host, body), rest("\"description\":\"d\",", "22:00:00"));
    assert_eq!(
        part(&mut host, r#"{"startDate":"2015-10-23T21:00:00Z"}"#),
        rest("\"description\":\"d\",", "21:00:00")
    );
    // A null description removes the description.
    assert_eq!(part(&mut host, r#"{"description":null}"#), rest("", "21:00:00"));
}

#[test]
fn envelope_wraps_result_and_extends_list() {
    let mut host = host("2015-10-22T00:00:00Z");
    let id = "56294bdfd4c643eef5176b73";
    host.ids(&[id]);
    let created = host.send(&format!("POST {}?envelope=true", windows()), BODY);
    assert_eq!((created.status, created.reason), (200, "Created"));
    assert!(
        created.body.starts_with("{\"status\":200,\"content\":{\"alertTypeNames\""),
        "{}",
        created.body
    );
    let list = host.ok(&format!("GET {}?envelope=true&pretty=false", windows()), "");
    assert!(
        list.starts_with("{\"results\":[") && list.ends_with("\"totalCount\":1,\"status\":200}"),
        "{list}"
    );
    let one = format!("{}/{id}", windows());
    assert!(
        host.ok(&format!("PATCH {one}?envelope=true"), "{}")
            .starts_with("{\"status\":201,\"content\"")
    );
    assert_eq!(
        host.ok(&format!("DELETE {one}?envelope=true"), ""),
        "{\"status\":200,\"content\":{}}"
    );
    let gone = host.send(&format!("DELETE {one}?envelope=true&pretty=true"), "");
    assert_eq!(gone.status, 404);
    assert!(
        gone.body.starts_with("{\n  \"status\" : 404,\n  \"content\" : {\n    \"detail\" : "),
        "{}",
        gone.body
    );
}

#[test]
fn from_json_broken_state_error() {
    let mut host = host("2015-10-22T00:00:00Z");
    host.ids(&["56294bdfd4c643eef5176b73"]);
    host.ok(&format!("POST {}", windows()), BODY);
    let text = host.system.to_json();
    for (from, to, place) in [
        ("23:30:00Z", "22:00:00Z", "windows[0].endDate"),
        ("56294bdfd4c643eef5176b73", "5", "windows[0].id"),
        ("\"BACKUP\"", "", "windows[0].alertTypeNames"),
        ("\"base\"", "\"bases\"", "base"),
    ] {
        let error = Service::from_json(&text.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with(place), "{error}");
    }
}
