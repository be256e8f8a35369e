//! The limits of the vendors' services: each at its value and one beyond.

use quietude::vendors::{
    MAX_BODY_BYTES, MAX_PART_BYTES, MAX_TEXT_BYTES, VendorApi, opsmanager, spaceone, uptrends,
    virtana,
};
use quietude::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::helpers::{Host, ms};

const SPACEONE: &str = "POST /monitoring/v1/maintenance-windows";
const OPSMANAGER: &str = "POST /groups/541e/maintenanceWindows";
const VIRTANA: &str = "POST /v1/modelcontext/maintwindows";
const UPTRENDS: &str = "POST /Monitor/m-1/MaintenancePeriod";

const NOW: &str = "2026-01-01T09:00:00Z";

fn create(title: &str, projects: usize) -> Value {
    json!({ "title": title, "projects": vec!["p"; projects], "domain_id": "d",
        "start_time": "2026-01-01T10:00:00Z", "end_time": "2026-01-01T12:00:00Z" })
}

fn specification(name: &str) -> Value {
    json!({ "name": name, "maintenanceState": 300, "withIds": { "ids": ["e-1"] }, "force": true,
        "schedule": { "start": 1_767_261_600_000_i64, "duration": 600 } })
}

fn spaceone() -> Host<spaceone::Service> {
    Host::new(spaceone::Service::new(), NOW)
}

fn opsmanager() -> Host<opsmanager::Service> {
    Host::new(opsmanager::Service::new("http://host"), NOW)
}

fn virtana() -> Host<virtana::Service> {
    Host::new(virtana::Service::new("acme").unwrap(), NOW)
}

fn uptrends() -> Host<uptrends::Service> {
    let mut service = uptrends::Service::new("acme", chrono_tz::UTC).unwrap();
    service.add_monitor("m-1").unwrap();
    Host::new(service, NOW)
}

#[track_caller]
fn assert_limit<T>(read: Result<T, Error>, text: &str) {
    let Err(error) = read else { panic!("it was accepted, and not: {text}") };
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Limit, text.to_owned()));
}

#[test]
fn monitor_of_dots_error() {
    let mut service = uptrends::Service::new("acme", chrono_tz::UTC).unwrap();
    for guid in [".", ".."] {
        let error = service.add_monitor(guid).unwrap_err();
        assert_eq!(error.path(), "monitorGuid");
        assert!(service.set_group(guid, []).is_err());
    }
    assert!(service.add_monitor("..m").is_ok());
}

#[test]
fn body_id_title_bytes_limit() {
    let mut host = spaceone();
    host.ids(&["mw-1", "mw-2"]);
    let body = create("t", 1).to_string();
    let padded = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
    host.ok(SPACEONE, &padded(MAX_BODY_BYTES));
    let text = "a body of 1048577 bytes is longer than 1048576";
    host.fails(SPACEONE, &padded(MAX_BODY_BYTES + 1), 413, text);

    let titled = |bytes: usize| create(&"t".repeat(bytes), 1).to_string();
    host.ok(SPACEONE, &titled(MAX_TEXT_BYTES));
    host.fails(SPACEONE, &titled(MAX_TEXT_BYTES + 1), 400, "title: 4097 bytes are more than 4096");

    assert!(virtana::Service::new(&"x".repeat(MAX_PART_BYTES)).is_ok());
    let error = virtana::Service::new(&"x".repeat(MAX_PART_BYTES + 1)).unwrap_err();
    assert!(error.to_string().ends_with("1 to 128 bytes without control characters"), "{error}");
}

/// The values of a body take many times its bytes, and they are counted.
#[test]
fn body_values_counted() {
    let body = format!("[{}0]", "0,".repeat(MAX_BODY_BYTES / 2 - 2));
    let values = MAX_BODY_BYTES as u64 / 2 - 1;
    let refused = "a list is not an object";
    let mut all = [
        counted(spaceone(), SPACEONE, &body, refused),
        counted(opsmanager(), OPSMANAGER, &body, refused),
        counted(virtana(), VIRTANA, &body, refused),
        counted(uptrends(), UPTRENDS, &body, refused),
    ];
    for (steps, bytes) in &all {
        assert!(*bytes >= 32 * values && *steps >= 2 * values, "{steps} {bytes}");
    }
    assert!(all.iter().all(|other| other.0 == all[0].0), "{all:?}");
    // The value of a parameter, too.
    let line = format!("GET /maintenance-windows?domain_id=d&query=[{}0]", "0,".repeat(1000));
    all[0] = counted(spaceone(), &line, "", refused);
    assert!(all[0].1 >= 32 * 1000, "{:?}", all[0]);
}

/// The work of a request that fails.
fn counted<S: VendorApi + Clone + PartialEq + std::fmt::Debug>(
    mut host: Host<S>,
    line: &str,
    body: &str,
    text: &str,
) -> (u64, u64) {
    host.fails(line, body, 400, text);
    host.work
}

#[test]
fn spaceone_lists_limit() {
    use spaceone::{ListRequest, MAX_CONDITIONS, MAX_PAGE, MAX_PATTERNS, MAX_PROJECTS};
    use spaceone::{MAX_STAGES, MAX_TAGS_BYTES, MAX_VALUES, StatRequest};
    assert!(spaceone::CreateRequest::from_json(&create("t", MAX_PROJECTS).to_string()).is_ok());
    assert_limit(
        spaceone::CreateRequest::from_json(&create("t", MAX_PROJECTS + 1).to_string()),
        "projects: 1001 are more than 1000",
    );
    let tagged = |bytes: usize| {
        let mut body = create("t", 1);
        // {"k":"..."} has eight bytes besides the text.
        body["tags"] = json!({ "k": "x".repeat(bytes - 8) });
        spaceone::CreateRequest::from_json(&body.to_string())
    };
    assert!(tagged(MAX_TAGS_BYTES).is_ok());
    assert_limit(tagged(MAX_TAGS_BYTES + 1), "tags: 16385 bytes of JSON are more than 16384");
    let list = |query: Value| {
        ListRequest::from_json(&json!({ "domain_id": "d", "query": query }).to_string())
    };
    let conditions = |count: usize| {
        list(json!({ "filter": vec![json!({ "k": "title", "v": "t", "o": "eq" }); count] }))
    };
    assert!(conditions(MAX_CONDITIONS).is_ok());
    assert_limit(conditions(MAX_CONDITIONS + 1), "query.filter: 101 are more than 100");
    let values = |count: usize| {
        list(json!({ "filter": [{ "k": "title", "v": vec!["t"; count], "o": "in" }] }))
    };
    assert!(values(MAX_VALUES).is_ok());
    assert_limit(values(MAX_VALUES + 1), "query.filter[0].value: 1001 are more than 1000");
    let patterns = |count: usize| {
        list(json!({ "filter": [{ "k": "title", "v": vec!["t"; count], "o": "regex_in" }] }))
    };
    assert!(patterns(MAX_PATTERNS).is_ok());
    assert_limit(patterns(MAX_PATTERNS + 1), "query: 101 patterns are more than 100");
    let page = |limit: usize| list(json!({ "page": { "limit": limit } }));
    assert!(page(MAX_PAGE).is_ok());
    assert_limit(page(MAX_PAGE + 1), "query.page.limit: 10001 are more than 10000");
    let stages = |count: usize| {
        let query = json!({ "aggregate": vec![json!({ "limit": 1 }); count] });
        StatRequest::from_json(&json!({ "domain_id": "d", "query": query }).to_string())
    };
    assert!(stages(MAX_STAGES).is_ok());
    assert_limit(stages(MAX_STAGES + 1), "query.aggregate: 21 are more than 20");
}

#[test]
fn other_vendors_lists_limit() {
    use opsmanager::MAX_ALERT_TYPES;
    let changes = |count: usize| {
        opsmanager::WindowInput::from_json(
            &json!({ "alertTypeNames": vec!["T"; count] }).to_string(),
        )
    };
    assert!(changes(MAX_ALERT_TYPES).is_ok());
    assert_limit(changes(MAX_ALERT_TYPES + 1), "alertTypeNames: 1001 are more than 1000");

    use virtana::{Clause, MAX_CLAUSE_DEPTH, MAX_CLAUSES, MAX_IDS, MAX_PAGE, MAX_PATTERNS};
    let mut host = virtana();
    let delete = |count: usize| json!({ "ids": vec!["nobody"; count] }).to_string();
    let line = format!("{VIRTANA}:deleteBulk");
    host.fails(&line, &delete(MAX_IDS), 404, "ids[0]: no maintenance window is `nobody`");
    host.fails(&line, &delete(MAX_IDS + 1), 400, "ids: 10001 are more than 10000");
    let page = |limit: usize| json!({ "page_input": { "limit": limit } }).to_string();
    host.ok(&format!("{VIRTANA}:list"), &page(MAX_PAGE));
    host.fails(&format!("{VIRTANA}:list"), &page(MAX_PAGE + 1), 400, "1001 is not in 1..=1000");

    let clause = |value: Value| Clause::from_json(&value.to_string());
    let filter = |operation: &str| json!({ "filter": { "field": "name", "value": "v", "operation": operation } });
    let any = |count: usize, of: &Value| clause(json!({ "or": { "clauses": vec![of; count] } }));
    // The list itself counts as a clause.
    assert!(any(MAX_CLAUSES - 1, &filter("OP_EQUALS")).is_ok());
    assert_limit(
        any(MAX_CLAUSES, &filter("OP_EQUALS")),
        "or.clauses[999]: more than 1000 clauses and values",
    );
    assert!(any(MAX_PATTERNS, &filter("OP_REGEX")).is_ok());
    assert_limit(
        any(MAX_PATTERNS + 1, &filter("OP_REGEX")),
        "or.clauses[20].filter.value: more than 20 patterns",
    );
    let nested = |levels: usize| {
        let not = |inner: Value, _| json!({ "not": { "clause": inner } });
        clause((1..levels).fold(filter("OP_EQUALS"), not))
    };
    assert!(nested(MAX_CLAUSE_DEPTH).is_ok());
    let error = nested(MAX_CLAUSE_DEPTH + 1).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().ends_with("clauses nest more than 32 levels deep"), "{error}");
}

/// A saved state in which the only element of a list is repeated, each time changed by a
/// function.
fn multiplied(
    system: &impl VendorApi,
    list: &str,
    count: usize,
    differ: fn(&mut Value, usize),
) -> String {
    let mut state: Value = serde_json::from_str(&system.to_json()).unwrap();
    let all = state.pointer_mut(list).unwrap().as_array_mut().unwrap();
    assert_eq!(all.len(), 1);
    let one = all[0].clone();
    all.extend((1..count).map(|number| {
        let mut another = one.clone();
        differ(&mut another, number);
        another
    }));
    if let Some(last) = state.get_mut("last") {
        *last = count.into();
    }
    state.to_string()
}

#[test]
fn spaceone_windows_limit() {
    let mut host = spaceone();
    host.ids(&["mw-0"]);
    let body = create("t", 1).to_string();
    host.ok(SPACEONE, &body);
    let most = spaceone::MAX_WINDOWS_PER_DOMAIN;
    let state = multiplied(&host.system, "/windows", most - 1, |window, number| {
        window["maintenance_window_id"] = format!("mw-{number}").into();
    });
    host.system = spaceone::Service::from_json(&state).unwrap();
    host.ids(&["mw-last", "mw-more", "mw-else"]);
    host.ok(SPACEONE, &body);
    host.fails(SPACEONE, &body, 400, "domain_id: 100001 are more than 100000");
    host.ok(SPACEONE, &body.replace("\"d\"", "\"another\""));
}

#[test]
fn opsmanager_windows_limit() {
    let id = |number: usize| format!("{number:024x}");
    let mut host = opsmanager();
    host.ids(&[&id(0)]);
    let body = r#"{"alertTypeNames":["BACKUP"],"startDate":"2026-01-01T22:00:00Z","endDate":"2026-01-01T23:30:00Z"}"#;
    host.ok(OPSMANAGER, body);
    let most = opsmanager::MAX_WINDOWS_PER_GROUP;
    let state = multiplied(&host.system, "/windows", most - 1, |window, number| {
        window["id"] = format!("{number:024x}").into();
    });
    host.system = opsmanager::Service::from_json(&state).unwrap();
    host.ids(&[&id(most), &id(most + 1)]);
    host.ok(OPSMANAGER, body);
    host.fails(OPSMANAGER, body, 400, "GROUP-ID: 100001 are more than 100000");
    host.ok(&OPSMANAGER.replace("541e", "541f"), body);
}

#[test]
fn virtana_windows_and_runs_limit() {
    let mut host = virtana();
    host.ids(&["v-0"]);
    host.ok(VIRTANA, &json!({ "specification": specification("n-0") }).to_string());
    let state = multiplied(&host.system, "/windows", virtana::MAX_WINDOWS - 1, |window, number| {
        window["window"]["id"] = format!("v-{number}").into();
        window["window"]["name"] = format!("n-{number}").into();
        window["number"] = (number + 1).into();
    });
    host.system = virtana::Service::from_json(&state).unwrap();
    host.ids(&["v-last", "v-more"]);
    host.ok(VIRTANA, &json!({ "specification": specification("last") }).to_string());
    let more = json!({ "specification": specification("more") }).to_string();
    host.fails(VIRTANA, &more, 400, "specification: 100001 are more than 100000");

    let mut host = virtana();
    host.ids(&["v-0"]);
    let mut manual = specification("by hand");
    manual["runMode"] = "MANUAL".into();
    host.ok(VIRTANA, &json!({ "specification": manual }).to_string());
    for run in 0..virtana::MAX_RUNS as i64 {
        host.system.run("v-0", ms(run)).unwrap();
    }
    let failure = host.system.run("v-0", ms(-1)).unwrap_err();
    assert_eq!(failure.error().to_string(), "id: 10001 are more than 10000");
    // A repeated run does not count.
    host.system.run("v-0", ms(7)).unwrap();
}

#[test]
fn uptrends_periods_limit() {
    let mut host = uptrends();
    host.ids(&["1"]);
    let body = r#"{"ScheduleMode":"Daily","StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}"#;
    host.ok(UPTRENDS, body);
    let most = uptrends::MAX_PERIODS_PER_MONITOR;
    let state = multiplied(&host.system, "/monitors/0/periods", most - 1, |period, number| {
        period["Id"] = (number + 1).into();
    });
    host.system = uptrends::Service::from_json(&state).unwrap();
    let last = (most + 1).to_string();
    host.ids(&[&last, "99999"]);
    host.ok(UPTRENDS, body);
    host.fails(UPTRENDS, body, 400, "MaintenancePeriod: 10001 are more than 10000");
}
