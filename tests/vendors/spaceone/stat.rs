//! `stat`: stages, group operators, limits and errors.

use super::filled;

const STAT: &str = "POST /monitoring/v1/maintenance-windows/stat";

fn results(query: &str) -> String {
    let answer = filled().ok(STAT, &format!(r#"{{"domain_id":"d-1","query":{query}}}"#));
    let inside = answer.strip_prefix("{\"results\":").unwrap_or_else(|| panic!("{answer}"));
    inside.strip_suffix('}').unwrap().to_owned()
}

fn staged(stages: &str) -> String {
    results(&format!(r#"{{"aggregate":[{stages}]}}"#))
}

const BY_PROJECT: &str = r#"{"unwind":{"path":"projects"}},{"group":{"keys":[{"key":"projects","name":"project"}],"fields":[{"name":"count","operator":"count"}]}},{"sort":{"key":"project"}}"#;

#[test]
fn stat_count_by_project() {
    assert_eq!(
        staged(BY_PROJECT),
        r#"[{"project":"p-1","count":2},{"project":"p-2","count":2},{"project":"p-3","count":2}]"#
    );
    let filtered = format!(
        r#"{{"filter":[{{"k":"tags.team","v":"os","o":"eq"}}],"aggregate":[{BY_PROJECT}]}}"#
    );
    assert_eq!(results(&filtered), r#"[{"project":"p-2","count":1},{"project":"p-3","count":1}]"#);
}

#[test]
fn group_operators_results() {
    // Costs: 10 for db; 2.5 and null for os; null for the window without a team.
    let table = [
        (r#""operator":"count""#, "1", "2", "1"),
        (r#""operator":"sum","key":"tags.cost""#, "10", "2.5", "0"),
        (r#""operator":"average","key":"tags.cost""#, "10", "2.5", "null"),
        (r#""operator":"max","key":"tags.cost""#, "10", "2.5", "null"),
        (
            r#""operator":"min","key":"title""#,
            "\"Patch Oracle\"",
            "\"Fire drill\"",
            "\"Rack move\"",
        ),
        (
            r#""operator":"max","key":"start_time""#,
            "\"2026-02-01T10:00:00Z\"",
            "\"2026-02-03T10:00:00Z\"",
            "\"2026-02-02T10:00:00Z\"",
        ),
        (
            r#""operator":"first","key":"title""#,
            "\"Patch Oracle\"",
            "\"patch kernel\"",
            "\"Rack move\"",
        ),
        (
            r#""operator":"last","key":"title""#,
            "\"Patch Oracle\"",
            "\"Fire drill\"",
            "\"Rack move\"",
        ),
        (
            r#""operator":"push","key":"state""#,
            "[\"CLOSED\"]",
            "[\"OPEN\",\"OPEN\"]",
            "[\"CLOSED\"]",
        ),
        (r#""operator":"add_to_set","key":"state""#, "[\"CLOSED\"]", "[\"OPEN\"]", "[\"CLOSED\"]"),
        (
            r#""o":"push","fields":[{"k":"title","n":"t"}]"#,
            r#"[{"t":"Patch Oracle"}]"#,
            r#"[{"t":"patch kernel"},{"t":"Fire drill"}]"#,
            r#"[{"t":"Rack move"}]"#,
        ),
        (
            r#""operator":"count","conditions":[{"key":"state","value":"OPEN","operator":"eq"}]"#,
            "0",
            "2",
            "0",
        ),
    ];
    for (field, db, os, none) in table {
        let group = format!(
            r#"{{"group":{{"keys":[{{"k":"tags.team","n":"team"}}],"fields":[{{"name":"x",{field}}}]}}}}"#
        );
        let expected = format!(
            r#"[{{"team":"db","x":{db}}},{{"team":"os","x":{os}}},{{"team":null,"x":{none}}}]"#
        );
        assert_eq!(staged(&group), expected, "{field}");
    }
    // Without keys there is one group; averages are exact to nine decimals.
    assert_eq!(
        staged(
            r#"{"group":{"fields":[{"name":"a","operator":"average","key":"tags.cost"},{"name":"s","operator":"sum","key":"tags.cost"}]}}"#
        ),
        r#"[{"a":6.25,"s":12.5}]"#
    );
}

#[test]
fn stages_run_in_order() {
    assert_eq!(staged(r#"{"count":{"name":"n"}}"#), r#"[{"n":4}]"#);
    assert_eq!(
        staged(&format!("{BY_PROJECT},{{\"skip\":1}},{{\"limit\":1}}")),
        r#"[{"project":"p-2","count":2}]"#
    );
    assert_eq!(staged(&format!("{BY_PROJECT},{{\"count\":{{\"name\":\"n\"}}}}")), r#"[{"n":3}]"#);
    let sorted = r#"{"sort":{"keys":[{"key":"tags.team","desc":true},{"key":"title"}]}},{"project":{"fields":[{"key":"title","name":"t"}],"exclude_keys":true}}"#;
    assert_eq!(
        staged(sorted),
        r#"[{"t":"Fire drill"},{"t":"patch kernel"},{"t":"Patch Oracle"},{"t":"Rack move"}]"#
    );
    // A projection keeps the keys of the previous group, unless they are excluded.
    let kept = format!(
        r#"{BY_PROJECT},{{"project":{{"fields":[{{"key":"count","name":"c"}}]}}}},{{"limit":1}}"#
    );
    assert_eq!(staged(&kept), r#"[{"project":"p-1","c":2}]"#);
    // The stages can also be the fields of one object.
    assert_eq!(
        results(r#"{"aggregate":{"unwind":{"path":"projects"},"count":{"name":"n"}}}"#),
        r#"[{"n":6}]"#
    );
    // A value that is not a list stays one row; rows without the field are dropped.
    assert_eq!(staged(r#"{"unwind":{"path":"tags.team"}},{"count":{"name":"n"}}"#), r#"[{"n":3}]"#);
}

#[test]
fn distinct_values_sorted_unique() {
    assert_eq!(results(r#"{"distinct":"projects"}"#), r#"["p-1","p-2","p-3"]"#);
    assert_eq!(results(r#"{"distinct":"tags.team"}"#), r#"["db","os"]"#);
    assert_eq!(results(r#"{"distinct":"state"}"#), r#"["CLOSED","OPEN"]"#);
    let paged = filled().ok(
        STAT,
        r#"{"domain_id":"d-1","query":{"distinct":"projects","page":{"start":2,"limit":1}}}"#,
    );
    assert_eq!(paged, r#"{"results":["p-2"],"total_count":3}"#);
    let elsewhere = filled().ok(STAT, r#"{"domain_id":"d-2","query":{"distinct":"projects"}}"#);
    assert_eq!(elsewhere, r#"{"results":["p-1"]}"#);
}

#[test]
fn stat_invalid_error_path() {
    let mut host = filled();
    let many = format!(r#"{{"aggregate":[{}]}}"#, vec![r#"{"limit":1}"#; 21].join(","));
    let table = [
        ("{}", "query.aggregate: is missing"),
        (r#"{"aggregate":[]}"#, "query.aggregate: is missing"),
        (
            r#"{"aggregate":[{"limit":1}],"distinct":"title"}"#,
            "query.distinct: is given besides aggregate",
        ),
        (r#"{"distinct":"color"}"#, "query.distinct: \"color\" is not a field"),
        (
            r#"{"aggregate":[{"sum":1}]}"#,
            "query.aggregate[0].sum: is not a stage; there are unwind, group",
        ),
        (
            r#"{"aggregate":[{"limit":1,"skip":1}]}"#,
            "query.aggregate[0]: is not an object with one of",
        ),
        (r#"{"aggregate":[{"unwind":{}}]}"#, "query.aggregate[0].unwind.path: is missing"),
        (r#"{"aggregate":[{"group":{}}]}"#, "query.aggregate[0].group.keys: is missing"),
        (
            r#"{"aggregate":[{"group":{"fields":[{"name":"x","operator":"median"}]}}]}"#,
            "query.aggregate[0].group.fields[0].operator: \"median\" is not one of count, sum",
        ),
        (
            r#"{"aggregate":[{"group":{"fields":[{"name":"x","operator":"sum"}]}}]}"#,
            "query.aggregate[0].group.fields[0].key: is missing",
        ),
        (
            r#"{"aggregate":[{"group":{"fields":[{"operator":"count"}]}}]}"#,
            "query.aggregate[0].group.fields[0].name: is missing",
        ),
        (r#"{"aggregate":[{"count":{}}]}"#, "query.aggregate[0].count.name: is missing"),
        (r#"{"aggregate":[{"sort":{}}]}"#, "query.aggregate[0].sort.key: is missing"),
        (r#"{"aggregate":[{"limit":"x"}]}"#, "query.aggregate[0].limit: \"x\" is not an integer"),
        (
            r#"{"aggregate":[{"skip":-1}]}"#,
            "query.aggregate[0].skip: -1 is not in 0..=18446744073709551615",
        ),
        (r#"{"aggregate":[{"project":{}}]}"#, "query.aggregate[0].project.fields: is missing"),
        (many.as_str(), "query.aggregate: 21 are more than 20"),
    ];
    for (query, message) in table {
        host.fails(STAT, &format!(r#"{{"domain_id":"d-1","query":{query}}}"#), 400, message);
    }
    host.ok("PUT /maintenance-window/mw-2", r#"{"domain_id":"d-1","tags":{"cost":1e40}}"#);
    let sum = r#"{"domain_id":"d-1","query":{"aggregate":[{"group":{"fields":[{"name":"s","operator":"sum","key":"tags.cost"}]}}]}}"#;
    host.fails(STAT, sum, 400, "query.aggregate[0].group.fields[0]: 1");
    host.fails(STAT, r#"{"domain_id":"d-1"}"#, 400, "query: is missing");
    host.fails(STAT, r#"{"query":{}}"#, 400, "domain_id: is missing");
}

#[test]
fn stat_repeated_name_error() {
    let keys = r#""keys":[{"key":"state"},{"key":"title","name":"t"}]"#;
    for (stages, place) in [
        (r#"{"group":{"keys":[{"key":"state"},{"key":"title","name":"state"}]}}"#, "group.keys"),
        (r#"{"project":{"fields":[{"key":"title"},{"key":"title"}]}}"#, "project.fields"),
        (
            r#"{"group":{"keys":[{"key":"state"}],"fields":[{"name":"state","operator":"count"}]}}"#,
            "group",
        ),
        (
            r#"{"group":{"fields":[{"name":"a","operator":"push","fields":[{"key":"title"},{"key":"state","name":"title"}]}]}}"#,
            "group.fields[0].fields",
        ),
    ] {
        let body = format!(r#"{{"domain_id":"d-1","query":{{"aggregate":[{stages}]}}}}"#);
        let message = format!("query.aggregate[0].{place}: the name \"");
        filled().fails(STAT, &body, 400, &message);
    }
    // A projected field replaces a kept key with the same name.
    let stages = format!(
        r#"{{"group":{{{keys},"fields":[{{"name":"n","operator":"count"}}]}}}},{{"project":{{"fields":[{{"key":"t","name":"state"}}]}}}},{{"sort":{{"key":"t"}}}},{{"limit":1}}"#
    );
    assert_eq!(staged(&stages), r#"[{"t":"Fire drill","state":"Fire drill"}]"#);
}
