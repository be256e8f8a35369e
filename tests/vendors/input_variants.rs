//! Variants of the input: both spellings, numbers as texts, enums by name or number, absent
//! and null fields, and mutated requests.

use std::fmt::Debug;

use quietude::vendors::{VendorApi, opsmanager, spaceone, uptrends, virtana};
use serde_json::{Value, json};

use crate::helpers::Host;
use crate::testing::SplitMix64;

const NOW: &str = "2026-11-26T12:00:00Z";

/// A host with enough ids for one test.
fn host<S: VendorApi + Clone + PartialEq + Debug>(system: S, id: fn(u32) -> String) -> Host<S> {
    let mut host = Host::new(system, NOW);
    host.ids = (1..=9).rev().map(id).collect();
    host
}

fn spaceone() -> Host<spaceone::Service> {
    host(spaceone::Service::new(), |n| format!("mw-{n}"))
}

fn opsmanager() -> Host<opsmanager::Service> {
    host(opsmanager::Service::new("http://host"), |n| format!("{n:024x}"))
}

fn virtana() -> Host<virtana::Service> {
    host(virtana::Service::new("acme").unwrap(), |n| format!("v-{n}"))
}

fn uptrends() -> Host<uptrends::Service> {
    let mut service = uptrends::Service::new("acme", chrono_tz::Europe::Amsterdam).unwrap();
    service.add_monitor("m-1").unwrap();
    service.set_group("g-1", ["m-1"]).unwrap();
    host(service, |n| n.to_string())
}

const SPACEONE: &str = "POST /monitoring/v1/maintenance-windows";
const OPSMANAGER: &str = "POST /groups/541e/maintenanceWindows";
const VIRTANA: &str = "POST /v1/modelcontext/maintwindows";
const UPTRENDS: &str = "POST /Monitor/m-1/MaintenancePeriod";

fn specification() -> Value {
    json!({ "name": "n", "maintenanceState": 300, "schedule": { "start": 1000, "duration": 600 },
        "withIds": { "ids": ["e-1"] } })
}

/// Creates a window and returns the response of a list.
fn listed(specification: &Value) -> String {
    let mut host = virtana();
    host.ok(VIRTANA, &json!({ "specification": specification }).to_string());
    host.ok(&format!("{VIRTANA}:list"), r#"{"page_input":{}}"#)
}

#[test]
fn virtana_specification_both_spellings_equal() {
    let full = json!({ "name": "n", "maintenanceState": 300, "exitState": 1000,
        "overrideExitState": true, "runMode": 1, "status": 1, "force": true,
        "doNotPropagateToChildren": true, "description": "d", "owner": "o", "tags": ["t"],
        "notification": { "message": "m", "rules": ["r"] }, "withIds": { "ids": ["e-1"] },
        "schedule": { "start": 1000, "duration": 600, "recurrence": 5000, "skipNext": 2 } });
    let expected = listed(&full);
    // The response has the vendor's spelling of every field.
    for shown in [
        r#""withIds":{"ids":["e-1"]}"#,
        r#""runMode":"MANUAL""#,
        r#""schedule":{"start":"1000","duration":"600","skipNext":"2","recurrence":"5000"}"#,
        r#""maintenanceState":"300","exitState":"1000","status":"DISABLED""#,
        r#""notification":{"message":"m","rules":["r"]},"tags":["t"]"#,
        r#""doNotPropagateToChildren":true,"overrideExitState":true,"force":true"#,
    ] {
        assert!(expected.contains(shown), "{shown} is not in {expected}");
    }
    let text = full.to_string();
    for (from, to) in [
        ("\"maintenanceState\":300", "\"maintenance_state\":\"300\""),
        ("\"exitState\":1000", "\"exit_state\":\"1000\""),
        ("overrideExitState", "override_exit_state"),
        ("\"runMode\":1", "\"run_mode\":\"manual\""),
        ("\"runMode\":1", "\"runMode\":\"MANUAL\""),
        ("\"status\":1", "\"state\":\"disabled\""),
        ("\"status\":1", "\"state\":1"),
        ("doNotPropagateToChildren", "do_not_propagate_to_children"),
        ("withIds", "with_ids"),
        ("\"start\":1000", "\"start\":\"1000\""),
        ("\"duration\":600", "\"duration\":\"600\""),
        ("\"recurrence\":5000", "\"recurrence\":\"5000\""),
        ("\"skipNext\":2", "\"skip_next\":\"2\""),
    ] {
        let other = text.replace(from, to);
        assert_ne!(other, text, "{from}");
        assert_eq!(listed(&serde_json::from_str(&other).unwrap()), expected, "{to}");
        // Null under the other name is as good as absent; twice a value is not.
        let (name, twin) = (from.split('"').find(|word| word.len() > 3).unwrap_or(from), to);
        let twin = twin.split('"').find(|word| word.len() > 3).unwrap_or(twin);
        if name != twin {
            for (mine, word) in [(&text, twin), (&other, name)] {
                let nulled = format!("{},\"{word}\":null}}", &mine[..mine.len() - 1]);
                // What belongs to the schedule is not a field beside it.
                if word != "skip_next" && word != "skipNext" {
                    assert_eq!(listed(&serde_json::from_str(&nulled).unwrap()), expected, "{word}");
                    let twice = nulled.replace(":null}", ":0}");
                    let body = format!("{{\"specification\":{twice}}}");
                    virtana().fails(VIRTANA, &body, 400, "is given as");
                }
            }
        }
    }
}

/// Every optional field of every message can be null.
#[test]
fn null_field_means_absent() {
    let bare = listed(&specification());
    for field in [
        "exitState",
        "overrideExitState",
        "runMode",
        "status",
        "force",
        "doNotPropagateToChildren",
        "query",
        "description",
        "owner",
        "tags",
        "notification",
    ] {
        let mut other = specification();
        other[field] = Value::Null;
        assert_eq!(listed(&other), bare, "{field}");
    }
    for field in ["recurrence", "skipNext"] {
        let mut other = specification();
        other["schedule"][field] = Value::Null;
        assert_eq!(listed(&other), bare, "{field}");
    }

    let body = r#"{"title":"t","projects":["p"],"domain_id":"d","start_time":"2026-11-26T12:00:00Z","end_time":"2026-11-26T13:00:00Z"}"#;
    let created = spaceone().ok(SPACEONE, body);
    assert_eq!(spaceone().ok(SPACEONE, &body.replace('}', ",\"tags\":null}")), created);
    let mut host = spaceone();
    host.ok(SPACEONE, body);
    let put = "PUT /monitoring/v1/maintenance-window/mw-1";
    let nulls = r#"{"domain_id":"d","maintenance_window_id":null,"title":null,"projects":null,"start_time":null,"end_time":null,"tags":null}"#;
    assert_eq!(host.ok(put, nulls), created);
    let search = "POST /monitoring/v1/maintenance-windows/search";
    let all = host.ok(search, r#"{"domain_id":"d"}"#);
    let nulls = r#"{"domain_id":"d","query":null,"maintenance_window_id":null,"title":null,"state":null,"project_id":null,"created_by":null}"#;
    assert_eq!(host.ok(search, nulls), all);
    let nulls = r#"{"domain_id":"d","query":{"filter":null,"filter_or":null,"sort":null,"page":null,"only":null,"minimal":null,"count_only":null,"keyword":null}}"#;
    assert_eq!(host.ok(search, nulls), all);
    let closed =
        host.ok(&format!("{put}/close"), r#"{"domain_id":"d","maintenance_window_id":null}"#);
    assert!(closed.contains("CLOSED"));

    let body = r#"{"alertTypeNames":["HOST"],"startDate":"2026-11-26T12:00:00Z","endDate":"2026-11-26T13:00:00Z"}"#;
    let created = opsmanager().ok(OPSMANAGER, body);
    let null = body.replace('}', ",\"description\":null}");
    assert_eq!(opsmanager().ok(OPSMANAGER, &null), created);
    let mut host = opsmanager();
    host.ok(OPSMANAGER, body);
    let nulls = r#"{"alertTypeNames":null,"startDate":null,"endDate":null,"description":null}"#;
    let one = "PATCH /groups/541e/maintenanceWindows/000000000000000000000001";
    assert_eq!(host.ok(one, nulls), created);

    let body = r#"{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}"#;
    let created = uptrends().ok(UPTRENDS, body);
    for field in ["Id", "StartDateTime", "EndDateTime", "WeekDay", "MonthDay"] {
        let other = body.replace('}', &format!(",\"{field}\":null}}"));
        assert_eq!(uptrends().ok(UPTRENDS, &other), created, "{field}");
    }
}

/// In a SpaceONE list request an empty text (the protobuf default) means absent, and a state is
/// a name or a number.
#[test]
fn spaceone_list_protobuf_defaults_ignored() {
    let mut host = spaceone();
    let body = r#"{"title":"t","projects":["p"],"domain_id":"d","start_time":"2026-11-26T12:00:00Z","end_time":"2026-11-26T13:00:00Z"}"#;
    host.ok(SPACEONE, body);
    host.ok(SPACEONE, body);
    host.ok("PUT /monitoring/v1/maintenance-window/mw-2/close", r#"{"domain_id":"d"}"#);
    let mut found = |parameters: &str| {
        let line = format!("GET /monitoring/v1/maintenance-windows?domain_id=d{parameters}");
        let answer: Value = serde_json::from_str(&host.ok(&line, "")).unwrap();
        let ids = answer["results"].as_array().unwrap().iter();
        ids.map(|row| row["maintenance_window_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let empty = "&title=&maintenance_window_id=&project_id=&created_by=";
    assert_eq!(found(empty), "mw-1 mw-2");
    for (state, expected) in
        [("NONE", "mw-1"), ("0", "mw-1"), ("OPEN", "mw-1"), ("1", "mw-1"), ("2", "mw-2")]
    {
        assert_eq!(found(&format!("{empty}&state={state}")), expected, "{state}");
    }
    for (operator, value, expected) in [
        ("eq", "\"NONE\"", "mw-1"),
        ("not", "\"NONE\"", "mw-2"),
        ("in", "[\"NONE\"]", "mw-1"),
        ("not_in", "[\"NONE\"]", "mw-2"),
    ] {
        let query = format!(r#"{{"filter":[{{"k":"state","v":{value},"o":"{operator}"}}]}}"#);
        let body = format!(r#"{{"domain_id":"d","query":{query},"title":"","created_by":""}}"#);
        let answer = host.ok("POST /monitoring/v1/maintenance-windows/search", &body);
        assert!(answer.contains(expected) && answer.ends_with("\"total_count\":1}"), "{query}");
    }
    for state in ["3", "", "open", "-1", "1.5"] {
        let line = format!("GET /monitoring/v1/maintenance-windows?domain_id=d&state={state}");
        host.fails(&line, "", 400, "state: ");
    }
}

/// Changes one character, or removes, repeats or replaces a range.
fn mutated(text: &str, rng: &mut SplitMix64) -> String {
    const PIECES: [&str; 16] = [
        "null",
        "-1",
        "1e400",
        "99999999999999999999",
        "\"\"",
        "[]",
        "{}",
        "true",
        ",",
        ":",
        "\"",
        "\\u0000",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "é",
        "[[[[",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    let from = rng.below(chars.len() as u64 + 1) as usize;
    if rng.below(2) == 0 {
        for char in chars.iter_mut().skip(from).filter(|char| char.is_alphanumeric()).take(1) {
            let others = if char.is_ascii_digit() { b"0123456789" } else { b"abcdefMT-_" };
            *char = char::from(*rng.choose(others));
        }
        return chars.into_iter().collect();
    }
    let to = (from + rng.below(12) as usize).min(chars.len());
    let piece = match rng.below(3) {
        0 => String::new(),
        1 => (*rng.choose(&PIECES)).to_owned(),
        _ => chars[from..to].iter().collect::<String>().repeat(2),
    };
    chars[..from].iter().collect::<String>() + &piece + &chars[to..].iter().collect::<String>()
}

/// Sends mutated requests. `Host::send` asserts that a failed request changes nothing. Every
/// response is JSON or empty; the state round-trips, and a silencer can be built of it.
fn send_mutants<S: VendorApi + Clone + PartialEq + Debug>(
    new: fn() -> Host<S>,
    lines: &[(&str, &str)],
    back: fn(&str) -> Result<S, quietude::Error>,
) {
    let mut rng = SplitMix64::new(7);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..400 {
        let mut host = new();
        for (line, body) in lines {
            host.send(line, body);
            let (mut line, mut body) = ((*line).to_owned(), (*body).to_owned());
            for _ in 0..=rng.below(2) {
                if rng.below(5) == 0 {
                    let (method, target) = line.split_once(' ').unwrap();
                    line = format!("{method} {}", mutated(target, &mut rng));
                } else {
                    body = mutated(&body, &mut rng);
                }
            }
            let response = host.send(&line, &body);
            let is_json = serde_json::from_str::<Value>(&response.body).is_ok();
            assert!(response.body.is_empty() || is_json, "{line} {body}: {response:?}");
            if response.status < 300 { taken += 1 } else { refused += 1 }
        }
        if round % 20 == 0 {
            assert_eq!(back(&host.system.to_json()).unwrap(), host.system);
            host.silencer(&quietude::Topology::default());
        }
    }
    assert!(taken > 30 && refused > 1000, "{taken} taken, {refused} refused");
}

#[test]
fn mutated_request_no_partial_change() {
    let times = r#""start_time":"2026-11-26T12:00:00Z","end_time":"2026-11-26T13:00:00Z""#;
    let create =
        format!(r#"{{"title":"t","projects":["p"],"domain_id":"d",{times},"tags":{{"a":[1]}}}}"#);
    send_mutants(
        spaceone,
        &[
            (SPACEONE, &create),
            ("PUT /monitoring/v1/maintenance-window/mw-1", &create),
            ("GET /monitoring/v1/maintenance-windows?domain_id=d&state=OPEN&only=title", ""),
            (
                "POST /monitoring/v1/maintenance-windows/search",
                r#"{"domain_id":"d","query":{"filter":[{"k":"title","v":"t","o":"regex"}],"filter_or":[{"k":"tags.a","v":1,"o":"gte"}],"sort":{"key":"title","desc":true},"page":{"start":1,"limit":2}}}"#,
            ),
            (
                "POST /monitoring/v1/maintenance-windows/stat",
                r#"{"domain_id":"d","query":{"aggregate":[{"unwind":{"path":"projects"}},{"group":{"keys":[{"key":"projects","name":"p"}],"fields":[{"name":"s","operator":"sum","key":"tags.a"}]}},{"sort":{"key":"s"}},{"limit":1}]}}"#,
            ),
            ("PUT /monitoring/v1/maintenance-window/mw-1/close", r#"{"domain_id":"d"}"#),
        ],
        spaceone::Service::from_json,
    );
    let one = "/groups/541e/maintenanceWindows/000000000000000000000001?pretty=true&envelope=true";
    let body = r#"{"alertTypeNames":["HOST"],"startDate":"2026-11-26T12:00:00Z","endDate":"2026-11-26T13:00:00Z","description":"d"}"#;
    send_mutants(
        opsmanager,
        &[
            (OPSMANAGER, body),
            (&format!("PATCH {one}"), body),
            (&format!("GET {one}"), ""),
            ("GET /groups/541e/maintenanceWindows", ""),
            (&format!("DELETE {one}"), ""),
        ],
        opsmanager::Service::from_json,
    );
    let spec = |target: &str| {
        format!(
            r#"{{"specification":{{"name":"n","maintenanceState":300,"exitState":"1000","overrideExitState":true,"schedule":{{"start":"1000","duration":600,"recurrence":1000,"skipNext":"1"}},"force":true,{target}}}}}"#
        )
    };
    send_mutants(
        virtana,
        &[
            (VIRTANA, &spec(r#""withIds":{"ids":["e-1"]}"#)),
            (
                VIRTANA,
                &spec(
                    r#""query":{"clause":{"and":{"clauses":[{"not":{"clause":{"in":{"field":"f","values":["v"]}}}},{"filter":{"field":"g","value":"w+","operation":"OP_REGEX"}}]}}}"#,
                ),
            ),
            (&format!("{VIRTANA}:list"), r#"{"page_input":{"limit":1}}"#),
            (
                &format!("{VIRTANA}:search"),
                r#"{"search_input":{"page_input":{"limit":1},"query":{"clause":{"filter":{"field":"run_mode","value":"auto","operation":1}}}}}"#,
            ),
            (&format!("{VIRTANA}:deleteBulk"), r#"{"ids":["v-1"]}"#),
        ],
        virtana::Service::from_json,
    );
    let once = r#"{"ScheduleMode":"OneTime","StartDateTime":"2026-11-26T12:00","EndDateTime":"2026-11-26T13:00","MaintenanceType":"DisableMonitoring"}"#;
    let monthly = r#"{"ScheduleMode":"Monthly","MonthDay":31,"StartTime":"22:00","EndTime":"02:00","MaintenanceType":"DisableNotifications"}"#;
    send_mutants(
        uptrends,
        &[
            (UPTRENDS, once),
            ("POST /MonitorGroup/g-1/MaintenancePeriod", monthly),
            ("GET /Monitor/m-1/MaintenancePeriod", ""),
            ("PUT /Monitor/m-1/MaintenancePeriod/1", &monthly.replacen('{', "{\"Id\":1,", 1)),
            ("POST /Monitor/m-1/MaintenancePeriod/Cleanup/2026-11-26", ""),
            ("DELETE /Monitor/m-1/MaintenancePeriod/1", ""),
        ],
        uptrends::Service::from_json,
    );
}

/// A pattern of six bytes can take 256 KiB of memory.
#[test]
fn spaceone_patterns_counted_before_compile() {
    let wide = |count: usize| vec![r#""\\w+""#; count].join(",");
    let (few, many) = (wide(50), wide(51));
    let condition = |list: &str| format!(r#"{{"k":"title","v":[{list}],"o":"regex_in"}}"#);
    let search = "POST /monitoring/v1/maintenance-windows/search";
    let query = |other: &str| {
        format!(
            r#"{{"domain_id":"d","query":{{"filter":[{}],"filter_or":[{}]}}}}"#,
            condition(&few),
            condition(other)
        )
    };
    spaceone().ok(search, &query(&few));
    spaceone().fails(search, &query(&many), 400, "query: 101 patterns are more than 100");
    // Patterns in the conditions of a stage count too; one more, with its long name.
    let stat = format!(
        r#"{{"domain_id":"d","query":{{"filter":[{}],"aggregate":[{{"group":{{"fields":[{{"name":"n","operator":"count","conditions":[{},{{"key":"title","value":"x","operator":"regex"}}]}}]}}}}]}}}}"#,
        condition(&few),
        condition(&few)
    );
    let line = "POST /monitoring/v1/maintenance-windows/stat";
    spaceone().fails(line, &stat, 400, "query: 101 patterns are more than 100");

    let filter = r#"{"filter":{"field":"name","value":"\\w+","operation":"OP_REGEX"}}"#;
    let clause =
        |count: usize| format!(r#"{{"or":{{"clauses":[{}]}}}}"#, vec![filter; count].join(","));
    let search =
        |count| format!(r#"{{"search_input":{{"query":{{"clause":{}}}}}}}"#, clause(count));
    virtana().ok(&format!("{VIRTANA}:search"), &search(20));
    let place = "query.clause.or.clauses[20].filter.value: more than 20 patterns";
    virtana().fails(&format!("{VIRTANA}:search"), &search(21), 400, place);
    let specification = specification().to_string();
    let ids = r#""withIds":{"ids":["e-1"]}"#;
    assert!(specification.contains(ids));
    let create = |count| {
        let query = format!(r#""query":{{"clause":{}}}"#, clause(count));
        format!(r#"{{"specification":{}}}"#, specification.replace(ids, &query))
    };
    virtana().ok(VIRTANA, &create(20));
    virtana().fails(VIRTANA, &create(21), 400, place);
}
