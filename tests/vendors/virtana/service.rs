//! Operations, fields and errors.

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::{Service, Specification};

use crate::helpers::Host;

use super::{CREATE, DELETE, LIST, SCHEDULE, SEARCH, host, spec};

#[test]
fn field_invalid_error() {
    let mut host = host();
    let good = spec("a", SCHEDULE, "e-1", "");
    let deep = (0..40)
        .fold(r#"{"filter":{"field":"f","value":"v","operation":1}}"#.to_owned(), |inner, _| {
            format!(r#"{{"not":{{"clause":{inner}}}}}"#)
        });
    let wide = format!(r#"{{"in":{{"field":"f","values":[{}]}}}}"#, vec!["1"; 1001].join(","));
    let with = |clause: &str| {
        good.replace(r#""withIds":{"ids":["e-1"]}"#, &format!(r#""query":{{"clause":{clause}}}"#))
    };
    let filter = r#"{"filter":{"field":"f","value":"v","operation":1}}"#;
    let table = [
        ("{}".to_owned(), "specification: is missing"),
        (good.replace("\"name\":\"a\",", ""), "specification.name: is missing"),
        (good.replace("\"a\"", "\"\""), "specification.name: is empty"),
        (good.replace("\"a\"", "null"), "specification.name: null is not a string"),
        (good.replace("\"start\":1780775331000,", ""), "specification.schedule.start: is missing"),
        (
            good.replace("1780775331000", "\"soon\""),
            "specification.schedule.start: \"soon\" is not an integer",
        ),
        (
            good.replace("1780775331000", "253402300800000"),
            "specification.schedule.start: 253402300800000 ms is not in the years 1 to 9999",
        ),
        (good.replace("\"duration\":600000,", ""), "specification.schedule.duration: is missing"),
        (good.replace("600000", "0"), "specification.schedule.duration: 0 is not 1 or more"),
        (good.replace("600000", "-1"), "specification.schedule.duration: -1 is not 1 or more"),
        (
            good.replace("600000", "9223372036854775807"),
            "specification.schedule.duration: 9223372036854775807 ms is not",
        ),
        (good.replace("600000", "1.5"), "specification.schedule.duration: 1.5 is not an integer"),
        (
            good.replace("\"recurrence\":null", "\"recurrence\":0"),
            "specification.schedule.recurrence: 0 is not 1 or more",
        ),
        (
            good.replace("\"recurrence\":null", "\"recurrence\":\"-5\""),
            "specification.schedule.recurrence: -5 is not 1 or more",
        ),
        (
            good.replace("\"recurrence\":null", "\"recurrence\":{}"),
            "specification.schedule.recurrence: the form for advanced users is not documented",
        ),
        (
            good.replace("\"recurrence\":null", "\"skip_next\":-1"),
            "specification.schedule.skipNext: -1 is not 0 or more",
        ),
        (
            good.replace("\"maintenanceState\":300,", ""),
            "specification.maintenanceState: is missing",
        ),
        (
            good.replace(":300", ":\"low\""),
            "specification.maintenanceState: \"low\" is not an integer",
        ),
        (
            spec("a", SCHEDULE, "e-1", ",\"runMode\":2"),
            "specification.runMode: 2 is not one of 0 (AUTO), 1 (MANUAL)",
        ),
        (
            spec("a", SCHEDULE, "e-1", ",\"run_mode\":\"ONCE\""),
            "specification.runMode: \"ONCE\" is not one of",
        ),
        (
            spec("a", SCHEDULE, "e-1", ",\"status\":\"on\""),
            "specification.status: \"on\" is not one of 0 (ENABLED), 1 (DISABLED)",
        ),
        (spec("a", SCHEDULE, "e-1", ",\"state\":2"), "specification.status: 2 is not one of"),
        (
            spec("a", SCHEDULE, "e-1", ",\"state\":0,\"status\":0"),
            "specification.state: is given as status too",
        ),
        (
            spec("a", SCHEDULE, "e-1", ",\"overrideExitState\":true"),
            "specification.exitState: is missing: overrideExitState is true",
        ),
        (spec("a", SCHEDULE, "e-1", ",\"force\":1"), "specification.force: 1 is not true or false"),
        (
            spec("a", SCHEDULE, "e-1", ",\"with_ids\":{\"ids\":[\"x\"]}"),
            "specification.with_ids: is given as withIds too",
        ),
        (spec("a", SCHEDULE, "e-1", ",\"tags\":[1]"), "specification.tags[0]: 1 is not a string"),
        (
            spec("a", SCHEDULE, "e-1", ",\"notification\":{\"rules\":\"x\"}"),
            "specification.notification.rules: \"x\" is not a list",
        ),
        (spec("a", SCHEDULE, "e-1", ",\"color\":1"), "specification.color: is not a field"),
        (good.replace("[\"e-1\"]", "[]"), "specification.withIds.ids: [] is empty"),
        (good.replace("\"e-1\"", "\"\""), "specification.withIds.ids[0]: \"\" is not an id"),
        (
            good.replace(",\"withIds\":{\"ids\":[\"e-1\"]}", ""),
            "specification.withIds: is missing, and query too",
        ),
        (
            spec("a", SCHEDULE, "e-1", &format!(",\"query\":{{\"clause\":{filter}}}")),
            "specification.query: is given besides withIds",
        ),
        (with("{}"), "specification.query.clause: is not an object with exactly one of and, or"),
        (
            with(r#"{"xor":{}}"#),
            "specification.query.clause.xor: is not a clause; there are and, or, not, filter, in",
        ),
        (with(r#"{"and":{"clauses":[]}}"#), "specification.query.clause.and.clauses: [] is empty"),
        (with(r#"{"or":{}}"#), "specification.query.clause.or.clauses: is missing"),
        (with(r#"{"not":{}}"#), "specification.query.clause.not.clause: is missing"),
        (
            with(&filter.replace(":1", ":2")),
            "specification.query.clause.filter.operation: 2 is not an operation by number but 1 (OP_EQUALS)",
        ),
        (
            with(&filter.replace(":1", ":\"OP_LIKE\"")),
            "specification.query.clause.filter.operation: \"OP_LIKE\" is not one of OP_EQUALS",
        ),
        (
            with(&filter.replace("\"v\",\"operation\":1", "\"(\",\"operation\":\"OP_REGEX\"")),
            "specification.query.clause.filter.value: \"(\" is not a pattern",
        ),
        (
            with(&filter.replace("\"v\"", "[]")),
            "specification.query.clause.filter.value: a list is not a text",
        ),
        (
            with(&filter.replace("\"field\":\"f\",", "")),
            "specification.query.clause.filter.field: is missing",
        ),
        (
            with(&filter.replace(":1}", ":1,\"options\":[\"x\"]}")),
            "specification.query.clause.filter.options: are not documented",
        ),
        (
            with(r#"{"in":{"field":"f","values":[]}}"#),
            "specification.query.clause.in.values: [] is empty",
        ),
        (
            with(r#"{"and":{"clauses":[{"in":{"field":"f"}}]}}"#),
            "specification.query.clause.and.clauses[0].in.values: is missing",
        ),
        (with(&deep), "clauses nest more than 32 levels deep"),
        (with(&wide), "specification.query.clause.in.values: more than 1000 clauses and values"),
        (
            with(filter).replace("\"clause\"", "\"timeRange\":{},\"clause\""),
            "specification.query.timeRange: an object is not null",
        ),
    ];
    for (body, message) in table {
        host.ids(&["x"]);
        host.fails(CREATE, &body, 400, message);
        if body != "{}" {
            let inside =
                body.strip_prefix("{\"specification\":").unwrap().strip_suffix('}').unwrap();
            assert!(Specification::from_json(inside).is_err(), "{body}");
        }
    }
}

#[test]
fn operation_invalid_request_error() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2"]);
    host.ok(CREATE, &spec("a", SCHEDULE, "e-1", ""));
    // The name is unique, and without `force` also the schedule with its entities.
    host.fails(
        CREATE,
        &spec("a", SCHEDULE, "e-2", ""),
        400,
        "specification.name: \"a\" is taken already",
    );
    host.fails(CREATE, &spec("a", SCHEDULE, "e-2", ",\"force\":true"), 400, "specification.name");
    host.fails(
        CREATE,
        &spec("b", SCHEDULE, "e-1", ""),
        400,
        "specification.force: is not true, and `mw-1` has the same entities and schedule",
    );
    host.ok(CREATE, &spec("b", SCHEDULE, "e-1", ",\"force\":true"));
    for (body, message) in [
        ("{}", "page_input: is missing"),
        (r#"{"page_input":null}"#, "page_input: is empty"),
        (r#"{"page_input":{"limit":0}}"#, "page_input.limit: 0 is not in 1..=1000"),
        (r#"{"page_input":{"limit":1001}}"#, "page_input.limit: 1001 is not in 1..=1000"),
        (r#"{"page_input":{"limit":"ten"}}"#, "page_input.limit: \"ten\" is not an integer"),
        (
            r#"{"page_input":{"cursor":"garbled"}}"#,
            "page_input.cursor: \"garbled\" is not a cursor of this query",
        ),
        (r#"{"page_input":{"cursor":"fNybM12dj1zRmkLdQq8Ovw=="}}"#, "page_input.cursor"),
        (r#"{"page_input":{"offset":1}}"#, "page_input.offset: is not a field"),
    ] {
        host.fails(LIST, body, 400, message);
    }
    let query = r#"{"clause":{"filter":{"field":"name","value":"a","operation":1}}}"#;
    for (body, message) in [
        ("{}".to_owned(), "search_input: is missing"),
        (r#"{"search_input":{}}"#.to_owned(), "search_input: is empty"),
        (r#"{"search_input":null}"#.to_owned(), "search_input: is empty"),
        (
            r#"{"search_input":{"page_input":{"limit":1}}}"#.to_owned(),
            "search_input.query: is missing",
        ),
        (r#"{"search_input":{"query":{}}}"#.to_owned(), "search_input.query.clause: is missing"),
        (
            format!(r#"{{"search_input":{{"query":{}}}}}"#, query.replace("name", "color")),
            "search_input.query.clause.field: \"color\" is not a field",
        ),
        (
            format!(r#"{{"search_input":{{"query":{query},"page_input":{{"limit":0}}}}}}"#),
            "search_input.page_input.limit: 0 is not in",
        ),
        (
            format!(r#"{{"search_input":{{"query":{query},"pageInput":{{"cursor":"x"}}}}}}"#),
            "search_input.page_input.cursor: \"x\" is not a cursor",
        ),
    ] {
        host.fails(SEARCH, &body, 400, message);
    }
    // A cursor of a list is invalid for a search.
    let listed = host.ok(LIST, r#"{"page_input":{"limit":1}}"#);
    let cursor = listed.split("\"endCursor\":\"").nth(1).unwrap().split('"').next().unwrap();
    host.fails(
        SEARCH,
        &format!(r#"{{"search_input":{{"query":{query},"page_input":{{"cursor":"{cursor}"}}}}}}"#),
        400,
        "search_input.page_input.cursor",
    );
    host.fails(DELETE, "{}", 400, "ids: is missing");
    host.fails(DELETE, r#"{"ids":[]}"#, 400, "ids: [] is empty: at least one is needed");
    host.fails(DELETE, r#"{"ids":["mw-1",7]}"#, 400, "ids[1]: 7 is not a string");
    host.fails(
        DELETE,
        r#"{"ids":["mw-1","mw-9"]}"#,
        404,
        "ids[1]: no maintenance window is `mw-9`",
    );
    let many = format!(r#"{{"ids":[{}]}}"#, vec!["\"mw-1\""; 10_001].join(","));
    host.fails(DELETE, &many, 400, "ids: 10001 are more than 10000");
    assert!(
        host.ok(LIST, r#"{"page_input":{}}"#).contains("\"totalCount\":\"2\""),
        "all or nothing"
    );
    host.ok(DELETE, r#"{"ids":["mw-1","mw-1"]}"#);
    host.fails(DELETE, r#"{"ids":["mw-1"]}"#, 404, "ids[0]: no maintenance window is `mw-1`");
    assert!(host.system.find("mw-1").unwrap().is_deleted());
    // The name of a deleted window can be used again, its id cannot.
    host.ids(&["mw-1"]);
    host.fails(CREATE, &spec("a", SCHEDULE, "e-3", ""), 500, "`mw-1` is taken already");
    host.ids(&["mw-3"]);
    host.ok(CREATE, &spec("a", SCHEDULE, "e-3", ""));
    // Ids of another tenant are unknown.
    let mut other = Host::new(Service::new("other").unwrap(), "2026-01-01T00:00:00Z");
    other.fails(DELETE, r#"{"ids":["mw-3"]}"#, 404, "ids[0]");
    other.fails(LIST, &format!(r#"{{"page_input":{{"cursor":"{cursor}"}}}}"#), 400, "cursor");
    host.fails("GET /v1/modelcontext/maintwindows", "", 405, "POST");
    host.fails("POST /v1/modelcontext/maintwindows:update", "{}", 404, "nothing is served at");
    host.fails("POST /v2/modelcontext/maintwindows", "{}", 404, "nothing is served at");
    let body = host.send("POST /", "").body;
    assert_eq!(body, r#"{"code":5,"message":"nothing is served at `/`","details":[]}"#);
}

#[test]
fn from_json_broken_state_error() {
    let mut host = host();
    host.ids(&["mw-1"]);
    host.ok(CREATE, &spec("a", SCHEDULE, "e-1", ""));
    let text = host.system.to_json();
    for (from, to, place) in [
        ("\"number\":1", "\"number\":2", "windows[0]: `mw-1` does not belong here"),
        (
            "\"deleted\":false",
            "\"deleted\":true",
            "windows[0].deletedAt: contradicts window.deleted",
        ),
        ("\"duration\":\"600000\"", "\"duration\":\"0\"", "windows[0].window.schedule.duration"),
        ("\"tenant\":\"acme\",\"last\"", "\"tenant\":\"\",\"last\"", "tenant"),
        ("\"runs\":[]", "\"runs\":[null]", "windows[0].runs[0]"),
    ] {
        let error = Service::from_json(&text.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with(place), "{error}");
    }
}
