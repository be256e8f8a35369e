//! Virtana: samples, operations, clauses, errors, states, a naive model, a slow
//! reference.

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::{Clause, MaintWindow, Service, Specification};
use quietude::{Effect, Propagation, Subject, Topology};

use crate::support::{Host, body_of, data, ms, squeezed};

pub(crate) const CREATE: &str = "POST /v1/modelcontext/maintwindows";
pub(crate) const LIST: &str = "POST /v1/modelcontext/maintwindows:list";
const SEARCH: &str = "POST /v1/modelcontext/maintwindows:search";
pub(crate) const DELETE: &str = "POST /v1/modelcontext/maintwindows:deleteBulk";

pub(crate) fn host() -> Host<Service> {
    let mut host = Host::new(Service::new("acme").unwrap(), "2026-04-07T01:54:37.007Z");
    host.user = "ops@acme.example";
    host
}

/// A specification with this name, schedule and entity, and more fields.
fn spec(name: &str, schedule: &str, entity: &str, more: &str) -> String {
    format!(
        r#"{{"specification":{{"name":"{name}","schedule":{{{schedule}}},"maintenanceState":300,"withIds":{{"ids":["{entity}"]}}{more}}}}}"#
    )
}

const SCHEDULE: &str = r#""start":1780775331000,"duration":600000,"recurrence":null"#;

/// A sample with values in the place of its placeholders.
fn filled(sample: &str) -> String {
    [
        ("<Timestamp in milliseconds>", "1780775331000"),
        ("<start in milliseconds>", "1780775331000"),
        ("<duration in milliseconds>", "600000"),
        ("<Duration in milliseconds>", "600000"),
        ("<300>", "300"),
        ("<1000>", "1000"),
        ("},\n}'", "}\n}'"),
    ]
    .into_iter()
    .fold(sample.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Templates and requests: what has placeholders or a comma too many is refused
/// with its place; filled in, it is read and does what it says.
#[test]
fn every_request_of_the_document_is_answered() {
    let mut host = host();
    let sample = |name: &str| data(&format!("virtana/{name}"));
    for (name, place) in [
        ("create-with-ids.template.json", "JSON: expected value at line 4 column 10"),
        ("create-query.template.json", "JSON: expected value at line 4 column 10"),
    ] {
        host.fails(CREATE, &sample(name), 400, place);
        host.ids(&[name]);
        assert_eq!(host.ok(CREATE, &filled(&sample(name))), format!("{{\"id\":\"{name}\"}}"));
    }
    // The example of a creation posts to `maintwindows:`.
    let request = sample("create.request.txt");
    assert!(request.contains("/v1/modelcontext/maintwindows: \\"));
    host.ids(&["mw_id"]);
    let created = host.ok(&format!("{CREATE}:"), body_of(&filled(&request)));
    assert_eq!(created, squeezed(&sample("create.response.json")));

    // A list; its example ends with a comma, which is no JSON.
    assert!(host.ok(LIST, &sample("list.template.json")).contains("\"totalCount\":\"3\""));
    host.fails(
        LIST,
        &sample("list-cursor.template.json"),
        400,
        "page_input.cursor: \"<endcursor from previous page result>\" is not a cursor",
    );
    let request = sample("list.request.txt");
    host.fails(LIST, body_of(&request), 400, "JSON: trailing comma at line 5 column 1");
    assert!(host.ok(LIST, body_of(&filled(&request))).contains("\"count\":\"3\""));

    // A search by name.
    assert!(host.ok(SEARCH, &sample("search.template.json")).contains("\"maintWindows\":[],"));
    host.ids(&["99fa4d8b-3223-11f1-8920-625b6e77d030"]);
    host.ok(CREATE, &spec("testMwByQuery", SCHEDULE, "e-9", ""));
    let found = host.ok(SEARCH, body_of(&sample("search.request.txt")));
    assert!(
        found.contains("99fa4d8b-3223-11f1-8920-625b6e77d030") && found.contains("\"count\":\"1\"")
    );

    // A deletion of `<mw id>`, which is nobody's; then of a window.
    for name in ["delete.template.json", "delete.request.txt"] {
        host.fails(
            DELETE,
            body_of(&sample(name)),
            404,
            "ids[0]: no maintenance window is `<mw id>`",
        );
        host.ids(&["doomed"]);
        host.ok(CREATE, &spec("doomed", SCHEDULE, name, ""));
        let answer = host.ok(DELETE, &body_of(&sample(name)).replace("<mw id>", "doomed"));
        assert_eq!(answer, squeezed(&sample("delete.response.json")));
        host.system.remove_deleted(host.now);
    }
}

/// The list's answer, to the letter: made by its own creation.
#[test]
fn the_lists_answer_is_printed_as_the_vendor_does() {
    let sample = data("virtana/list.response.json")
        .replace("<mw id>", "mw-1")
        .replace("<tenant name>", "acme");
    let page: serde_json::Value = serde_json::from_str(&sample).unwrap();
    let window = page["maintWindows"][0].to_string();
    let read = MaintWindow::from_json(&window).unwrap();
    let mut host = host();
    host.user = "aparna.sundar@virtana.com";
    host.now = ms(1_775_526_877_007);
    host.ids(&["mw-1"]);
    let body = r#"{"specification":{"schedule":{"start":0,"duration":600000,"recurrence":null},
        "maintenanceState":300,"exitState":1000,"run_mode":1,"state":"enabled","name":"testInClause",
        "query":{"clause":{"and":{"clauses":[
          {"filter":{"field":"schemaIds","value":"Base.Device","operation":"OP_CONTAINS"}},
          {"filter":{"field":"name","value":"pfg-windows-mssql","operation":1}}]}}},
        "notification":{"message":"","rules":[]}}}"#;
    host.ok(CREATE, body);
    let answer = host.ok(LIST, r#"{"page_input":{"limit":10}}"#);
    let (windows, info) = answer.split_once(",\"pageInfo\":").unwrap();
    let (expected, expected_info) = squeezed(&sample)
        .split_once(",\"pageInfo\":")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(windows, expected);
    assert_eq!(format!("{{\"maintWindows\":[{}]", read.to_json()), expected);
    // The page's own words, in their order; the cursor is of the same form.
    let shape = |info: &str| -> Vec<String> {
        let info: String = info.to_owned();
        info.split(',').map(|field| field.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(shape(info), shape(&expected_info));
    let cursor = info.split("\"endCursor\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!((cursor.len(), cursor.ends_with("==")), (24, true));
    assert!(
        info.contains("\"startCursor\":\"\"")
            && info.contains("\"hasPrev\":false,\"pending\":\"PENDING_FALSE\"")
    );
}

#[test]
fn the_searchs_answer_is_printed_as_the_vendor_does() {
    let sample = data("virtana/search.response.json").replace("<tenant>", "acme");
    let expected = squeezed(&sample).split_once(",\"pageInfo\":").unwrap().0.to_owned();
    let mut host = host();
    host.user = "asundar@zenoss.com";
    host.now = ms(1_775_526_391_375);
    host.ids(&["99fa4d8b-3223-11f1-8920-625b6e77d030"]);
    let clause = r#"{"and":{"clauses":[{"filter":{"field":"coreProperties.name","value":"pfg-windows-mssql","operation":1}},{"in":{"field":"schemaIds","values":["Base.Device"]}}]}}"#;
    host.ok(
        CREATE,
        &format!(r#"{{"specification":{{"schedule":{{"start":"1780775331000","duration":"600000"}},"maintenanceState":"300","name":"testMwByQuery","description":"test mw by entity id","query":{{"clause":{clause}}}}}}}"#),
    );
    let answer = host.ok(SEARCH, body_of(&data("virtana/search.request.txt")));
    assert_eq!(answer.split_once(",\"pageInfo\":").unwrap().0, expected);
}

#[test]
fn every_field_has_its_error() {
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
fn every_operation_has_its_errors() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2"]);
    host.ok(CREATE, &spec("a", SCHEDULE, "e-1", ""));
    // A name is unique, a schedule with its entities too unless forced.
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
    // A cursor of a list is none of a search.
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
    // The name of a deleted window is free, its id is not.
    host.ids(&["mw-1"]);
    host.fails(CREATE, &spec("a", SCHEDULE, "e-3", ""), 500, "`mw-1` is taken already");
    host.ids(&["mw-3"]);
    host.ok(CREATE, &spec("a", SCHEDULE, "e-3", ""));
    // Another tenant's ids are not known.
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
fn windows_are_searched_by_every_field_they_print() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3"]);
    host.ok(
        CREATE,
        &spec("one", SCHEDULE, "e-1", r#","runMode":"Manual","tags":["db","eu"],"owner":"ann","notification":{"message":"m","rules":["r1"]}"#),
    );
    host.ok(
        CREATE,
        &spec(
            "two",
            &SCHEDULE.replace("null", "86400000"),
            "e-2",
            r#","status":1,"description":"d""#,
        ),
    );
    host.ok(
        CREATE,
        &spec("three", SCHEDULE, "e-3", r#","exitState":400,"overrideExitState":true"#),
    );
    let mut found = |clause: &str| -> String {
        let body = format!(r#"{{"search_input":{{"query":{{"clause":{clause}}}}}}}"#);
        let answer: serde_json::Value = serde_json::from_str(&host.ok(SEARCH, &body)).unwrap();
        let ids: Vec<_> = answer["maintWindows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["name"].as_str().unwrap().to_owned())
            .collect();
        ids.join(" ")
    };
    let filter = |field: &str, operation: &str, value: &str| {
        format!(r#"{{"filter":{{"field":"{field}","value":{value},"operation":"{operation}"}}}}"#)
    };
    for (field, operation, value, expected) in [
        ("run_mode", "OP_EQUALS", "\"manual\"", "one"),
        ("runMode", "OP_EQUALS", "1", "one"),
        ("run_mode", "OP_NOT_EQUALS", "\"MANUAL\"", "two three"),
        ("status", "OP_EQUALS", "\"disabled\"", "two"),
        ("state", "OP_EQUALS", "1", "two"),
        ("name", "OP_CONTAINS", "\"t\"", "two three"),
        ("name", "OP_STARTS_WITH", "\"th\"", "three"),
        ("name", "OP_ENDS_WITH", "\"e\"", "one three"),
        ("name", "OP_REGEX", "\"t.*\"", "two three"),
        ("name", "OP_REGEX", "\"t\"", ""),
        ("schedule.recurrence", "OP_EQUALS", "\"86400000\"", "two"),
        ("schedule.recurrence", "OP_NOT_EQUALS", "86400000", "one three"),
        ("maintenance_state", "OP_EQUALS", "300", "one two three"),
        ("exitState", "OP_EQUALS", "400", "three"),
        ("override_exit_state", "OP_EQUALS", "true", "three"),
        ("tags", "OP_EQUALS", "\"eu\"", "one"),
        ("owner", "OP_EQUALS", "\"ann\"", "one"),
        ("notification.message", "OP_EQUALS", "\"m\"", "one"),
        ("notification.rules", "OP_CONTAINS", "\"r\"", "one"),
        ("with_ids.ids", "OP_EQUALS", "\"e-2\"", "two"),
        ("created_by", "OP_ENDS_WITH", "\"@acme.example\"", "one two three"),
        ("tenant", "OP_EQUALS", "\"acme\"", "one two three"),
        ("id", "OP_EQUALS", "\"mw-3\"", "three"),
        ("deleted", "OP_EQUALS", "true", ""),
        ("query.type", "OP_EQUALS", "\"RESULT_TYPE_ENTITY\"", ""),
    ] {
        assert_eq!(
            found(&filter(field, operation, value)),
            expected,
            "{field} {operation} {value}"
        );
    }
    let (one, two) =
        (filter("name", "OP_EQUALS", "\"one\""), filter("name", "OP_EQUALS", "\"two\""));
    assert_eq!(found(&format!(r#"{{"or":{{"clauses":[{one},{two}]}}}}"#)), "one two");
    assert_eq!(found(&format!(r#"{{"and":{{"clauses":[{one},{two}]}}}}"#)), "");
    assert_eq!(found(&format!(r#"{{"not":{{"clause":{one}}}}}"#)), "two three");
    assert_eq!(
        found(r#"{"in":{"field":"name","values":["three","one"],"options":[]}}"#),
        "one three"
    );
}

#[test]
fn a_clause_comes_back_as_it_was() {
    let clause = r#"{"and":{"clauses":[{"not":{"clause":{"filter":{"field":"a.b","operation":"OP_REGEX","value":"x+","options":[]}}}},{"or":{"clauses":[{"in":{"field":"c","values":["1",2,true],"options":[]}},{"filter":{"field":"d","operation":"OP_NOT_EQUALS","value":7,"options":[]}}]}}]}}"#;
    assert_eq!(Clause::from_json(clause).unwrap().to_json(), clause);
}

fn entity(id: &str) -> String {
    format!("virtana:acme:{id}")
}

fn silent(host: &Host<Service>, id: &str, at_ms: i64) -> bool {
    host.is_silenced(&Subject::entity(&entity(id)), ms(at_ms))
}

#[test]
fn occurrences_recur_from_start_to_start_and_are_skipped() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4"]);
    host.now = ms(1000);
    // Starts at 500, 1500, 2500 ..; the two after 1000 are skipped.
    host.ok(
        CREATE,
        &spec("a", r#""start":500,"duration":100,"recurrence":1000,"skipNext":"2""#, "e-1", ""),
    );
    let starts: Vec<i64> = (0..60).map(|n| n * 100).filter(|t| silent(&host, "e-1", *t)).collect();
    assert_eq!(starts, [500, 3500, 4500, 5500]);
    assert!(!silent(&host, "e-1", 600));
    let ids: Vec<_> = host.system.windows().iter().map(|window| window.id().to_string()).collect();
    assert_eq!(ids, ["virtana:acme:mw-1:earlier", "virtana:acme:mw-1"]);
    // A longer duration than the recurrence is always on, but for what is skipped.
    host.ok(
        CREATE,
        &spec("b", r#""start":500,"duration":1500,"recurrence":1000,"skipNext":2"#, "e-2", ""),
    );
    let on: Vec<i64> = (0..60).map(|n| n * 100).filter(|t| silent(&host, "e-2", *t)).collect();
    assert_eq!((on.first(), on.len()), (Some(&500), 15 + 25));
    assert!(
        host.system
            .notes()
            .iter()
            .any(|note| note.starts_with("mw-2: the recurrence is not longer"))
    );
    // One that does not recur and is skipped never happens.
    host.ok(CREATE, &spec("c", r#""start":5000,"duration":100,"skipNext":1"#, "e-3", ""));
    assert!((0..60).all(|n| !silent(&host, "e-3", n * 100)));
    host.ok(CREATE, &spec("d", r#""start":900,"duration":100,"skipNext":1"#, "e-4", ""));
    assert!(silent(&host, "e-4", 900));
}

#[test]
fn manual_windows_start_when_they_are_run_and_disabled_ones_never() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3"]);
    let schedule = r#""start":0,"duration":600"#;
    host.ok(CREATE, &spec("a", schedule, "e-1", ",\"runMode\":1"));
    host.ok(CREATE, &spec("b", schedule, "e-2", ",\"runMode\":1,\"status\":1"));
    host.ok(CREATE, &spec("c", schedule, "e-3", ",\"status\":\"DISABLED\""));
    assert!(!silent(&host, "e-1", 0) && !silent(&host, "e-3", 0));
    let run = |host: &mut Host<Service>, id: &str, t| {
        host.system.run(id, ms(t)).map_err(|f| (f.status(), f.to_string()))
    };
    for _ in 0..2 {
        assert_eq!(run(&mut host, "mw-1", 10_000), Ok(()));
    }
    assert_eq!(run(&mut host, "mw-1", 10_500), Ok(()));
    let on: Vec<i64> = (0..200).map(|n| n * 100).filter(|t| silent(&host, "e-1", *t)).collect();
    assert_eq!((on[0], on.len(), on[on.len() - 1]), (10_000, 11, 11_000));
    assert_eq!(
        run(&mut host, "mw-2", 0),
        Err((400, "status: DISABLED windows do not start".to_owned()))
    );
    assert_eq!(
        run(&mut host, "mw-3", 0),
        Err((400, "runMode: AUTO windows start by themselves".to_owned()))
    );
    assert_eq!(run(&mut host, "mw-9", 0).unwrap_err().0, 404);
    let end = 253_402_300_799_999;
    assert_eq!(run(&mut host, "mw-1", end).unwrap_err().0, 400);
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
    host.ok(DELETE, r#"{"ids":["mw-1"]}"#);
    assert_eq!(run(&mut host, "mw-1", 0).unwrap_err().0, 404);
}

#[test]
fn deletion_ends_a_window_and_leaves_the_past() {
    let mut host = host();
    host.ids(&["mw-1"]);
    host.ok(CREATE, &spec("a", r#""start":0,"duration":100,"recurrence":1000"#, "e-1", ""));
    host.now = ms(2050);
    host.ok(DELETE, r#"{"ids":["mw-1"]}"#);
    assert!(silent(&host, "e-1", 1000) && silent(&host, "e-1", 2049));
    assert!(!silent(&host, "e-1", 2050) && !silent(&host, "e-1", 3000));
    assert_eq!(Service::from_json(&host.system.to_json()).unwrap(), host.system);
    assert_eq!(host.system.remove_deleted(ms(2049)), 0);
    assert_eq!(host.system.remove_deleted(ms(2050)), 1);
}

/// Entities by id, by query, and what is below them.
#[test]
fn clauses_and_ids_select_entities_and_their_children() {
    let mut host = host();
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4"]);
    let body = |name: &str, clause: &str, more: &str| {
        format!(
            r#"{{"specification":{{"name":"{name}","schedule":{{"start":0,"duration":1000}},"maintenanceState":300,"query":{{"clause":{clause}}}{more}}}}}"#
        )
    };
    let device = r#"{"and":{"clauses":[{"filter":{"field":"name","value":"pg-","operation":"OP_STARTS_WITH"}},{"in":{"field":"schemaIds","values":["Base.Device","Base.Host"]}}]}}"#;
    host.ok(CREATE, &body("a", device, ""));
    let topology = [
        ("rack", &[("name", "pg-rack"), ("schemaIds", "Base.Device")][..], &[][..]),
        (
            "host",
            &[("name", "pg-1"), ("schemaIds", "Base.Host"), ("schemaIds", "Linux")],
            &["rack"],
        ),
        ("disk", &[("name", "sda")], &["host"]),
        ("alone", &[("name", "pg-2"), ("schemaIds", "Base.Disk")], &[]),
    ]
    .into_iter()
    .fold(Topology::builder(), |builder, (id, fields, parents)| {
        host.system.add_to_topology(builder, id, fields, parents)
    })
    .attribute("web-7", "name", "pg-3")
    .attribute("web-7", "schemaIds", "Base.Device")
    .build()
    .unwrap();
    let silent = |host: &Host<Service>| -> Vec<&str> {
        let silencer = host.silencer(&topology);
        ["rack", "host", "disk", "alone"]
            .into_iter()
            .filter(|id| silencer.is_silenced(&Subject::entity(&entity(id)), ms(0)))
            .collect()
    };
    assert_eq!(silent(&host), ["rack", "host", "disk"]);
    // Another system's fields of the same names are not the tenant's.
    assert!(!host.silencer(&topology).is_silenced(&Subject::entity("web-7"), ms(0)));
    host.ok(DELETE, r#"{"ids":["mw-1"]}"#);
    host.system.remove_deleted(host.now);
    host.ok(CREATE, &body("b", device, ",\"doNotPropagateToChildren\":true"));
    assert_eq!(silent(&host), ["rack", "host"]);
    let window = &host.system.windows()[0];
    assert_eq!(
        (window.propagation(), window.effect()),
        (Propagation::Entity, Effect::Notifications)
    );
    host.ok(DELETE, r#"{"ids":["mw-2"]}"#);
    host.system.remove_deleted(host.now);
    // What the lack of a field fulfils stays within the tenant.
    host.ok(CREATE, &body("c", r#"{"not":{"clause":{"filter":{"field":"name","value":"pg-","operation":"OP_CONTAINS"}}}}"#, ",\"doNotPropagateToChildren\":true"));
    assert_eq!(silent(&host), ["disk"]);
    let silencer = host.silencer(&topology);
    assert!(!silencer.is_silenced(&Subject::entity("web-7"), ms(0)));
    assert!(!silencer.is_silenced(&Subject::entity("anything"), ms(0)));
    // By its own name, a thing brings the vendor's as a group.
    host.ok(
        CREATE,
        &spec("d", r#""start":0,"duration":1000"#, "alone", ",\"doNotPropagateToChildren\":true"),
    );
    let brought = Subject::entity("db-7").with_groups(&["virtana:acme:alone"]);
    assert!(host.silencer(&topology).is_silenced(&brought, ms(0)));
}

#[test]
fn a_broken_state_is_refused_with_its_place() {
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
