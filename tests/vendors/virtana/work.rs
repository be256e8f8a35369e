//! What patterns and searches cost: bytes of compiled patterns, and steps.

use quietude::limits::MAX_COMPILED_PATTERN_BYTES;
use quietude::vendors::virtana::{Clause, MAX_PAGE, MAX_TAGS, PageInput, Service, Specification};
use quietude::vendors::{Context, MAX_REQUEST_STEPS, MAX_TEXT_BYTES, Method, Request, VendorApi};
use quietude::{Registry, Silencer, Subject};
use serde_json::{Value, json};

use crate::helpers::{Host, ms};

use super::{CREATE, DELETE, SEARCH, host};

fn filter(field: &str, operation: &str, value: &str) -> Value {
    json!({ "filter": { "field": field, "operation": operation, "value": value } })
}

fn body(name: &str, target: (&str, Value), more: Value) -> String {
    let mut specification = json!({ "name": name, "maintenanceState": 300, "force": true,
        "schedule": { "start": 0, "duration": 1000 } });
    specification[target.0] = target.1;
    for (field, value) in more.as_object().unwrap() {
        specification[field] = value.clone();
    }
    json!({ "specification": specification }).to_string()
}

/// A window whose query has these patterns.
fn patterns(name: &str, pattern: &str, count: usize) -> String {
    let all = vec![filter("name", "OP_REGEX", pattern); count];
    let clause = json!({ "clause": { "or": { "clauses": all } } });
    body(name, ("query", clause), json!({}))
}

/// The state is restored with the same patterns.
fn assert_restored(host: &Host<Service>) {
    let again = Service::from_json(&host.system.to_json()).unwrap();
    assert_eq!((again.pattern_bytes(), &again), (host.system.pattern_bytes(), &host.system));
}

#[test]
fn deleted_before_first_occurrence_keeps_no_patterns() {
    let mut host = host();
    let mut registry = Registry::new();
    host.system.sync(&mut registry).unwrap();
    host.now = ms(-1000);
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4", "mw-5"]);
    host.ok(CREATE, &patterns("a", r"\w{20}", 20));
    host.ok(CREATE, &patterns("b", "db-[0-9]+", 2));
    let contains = json!({ "clause": filter("name", "OP_CONTAINS", "db") });
    host.ok(CREATE, &body("c", ("query", contains), json!({})));
    // Windows that silence nothing, whatever the time.
    let with = |name: &str, more: &str| {
        patterns(name, "x+", 1).replace("\"force\"", &format!("{more},\"force\""))
    };
    host.ok(CREATE, &with("disabled", r#""status":"DISABLED""#));
    host.ok(CREATE, &with("manual", r#""runMode":"MANUAL""#));
    let small = 16 << 10;
    assert_eq!(host.system.pattern_bytes(), 20 * MAX_COMPILED_PATTERN_BYTES + 4 * small);
    assert_eq!(host.system.sync(&mut registry), Ok(4));
    host.now = ms(0);
    host.ok(DELETE, r#"{"ids":["mw-1","mw-3"]}"#);
    assert_eq!(host.system.pattern_bytes(), 4 * small);
    // The registry has no window with these patterns, either.
    assert_eq!(host.system.sync(&mut registry), Ok(2));
    let ids: Vec<&str> = registry.iter().map(|window| window.id().as_str()).collect();
    assert_eq!(ids, ["virtana:acme:mw-2", "virtana:acme:mw-3", "virtana:acme:mw-4"]);
    // The text of the query stays.
    assert!(host.system.find("mw-1").unwrap().to_json().contains(r"\\w{20}"));
    assert_restored(&host);
    host.now = ms(500);
    host.ok(DELETE, r#"{"ids":["mw-4","mw-5"]}"#);
    assert_eq!(host.system.pattern_bytes(), 2 * small);
    assert_restored(&host);
    assert_eq!(host.system.remove_deleted(host.now), 4);
    assert_eq!(host.system.pattern_bytes(), 2 * small);
}

/// What was silenced stays so: the patterns of a deleted window count until it is removed.
#[test]
fn deleted_after_occurrence_keeps_silences() {
    let mut host = host();
    let mut registry = Registry::new();
    host.now = ms(0);
    host.ids(&["mw-1", "mw-2", "mw-3"]);
    host.ok(CREATE, &patterns("a", "db-[0-9]+", 2));
    let manual = patterns("b", "web-[0-9]+", 1);
    host.ok(CREATE, &manual.replace("\"force\"", "\"runMode\":\"MANUAL\",\"force\""));
    host.system.run("mw-2", ms(200)).unwrap();
    let bytes = host.system.pattern_bytes();
    assert_eq!(bytes, 3 * (16 << 10));
    host.system.sync(&mut registry).unwrap();
    host.now = ms(500);
    host.ok(DELETE, r#"{"ids":["mw-1","mw-2"]}"#);
    assert_eq!(host.system.pattern_bytes(), bytes);
    assert_eq!(host.system.sync(&mut registry), Ok(2));
    let restored = Service::from_json(&host.system.to_json()).unwrap();
    let mut other = Registry::new();
    restored.sync(&mut other).unwrap();
    for registry in [&registry, &other] {
        let silencer = Silencer::new(registry).unwrap();
        let silenced = |name: &str, t: i64| {
            let attributes = [("virtana:acme:name", name)];
            let subject = Subject::entity("e").with_attributes(&attributes);
            silencer.is_silenced(subject, ms(t))
        };
        assert!(silenced("db-7", 0) && silenced("db-7", 499) && !silenced("db-7", 500));
        assert!(!silenced("web-7", 199) && silenced("web-7", 200) && silenced("web-7", 499));
        assert!(!silenced("web-7", 500) && !silenced("x", 300));
    }
    assert_restored(&host);
    // Nothing is said to be lost, and the names are free again.
    assert_eq!(host.system.notes(), [""; 0]);
    host.ok(CREATE, &patterns("a", "db-[0-9]+", 1));
    assert_eq!(host.system.pattern_bytes(), bytes + (16 << 10));
    assert_eq!(host.system.remove_deleted(ms(499)), 0);
    assert_eq!(host.system.remove_deleted(ms(500)), 2);
    assert_eq!(host.system.pattern_bytes(), 16 << 10);
    host.system.sync(&mut registry).unwrap();
    assert_eq!(registry.len(), 1);
}

#[test]
fn create_and_delete_again_and_again_keeps_nothing() {
    let mut host = host();
    host.now = ms(-1);
    for number in 0..40 {
        let id = format!("mw-{number}");
        host.ids(&[&id]);
        host.ok(CREATE, &patterns("a", r"\w{20}", 2));
        host.fails(CREATE, &patterns("a", r"\w{20}", 2), 400, "is taken already");
        assert_eq!(host.system.pattern_bytes(), 2 * MAX_COMPILED_PATTERN_BYTES);
        host.ok(DELETE, &json!({ "ids": [id] }).to_string());
        assert_eq!(host.system.pattern_bytes(), 0);
    }
}

#[test]
fn specification_texts_limit() {
    let read = |more: Value| {
        let text = body("a", ("withIds", json!({ "ids": ["e"] })), more);
        let value: Value = serde_json::from_str(&text).unwrap();
        Specification::from_json(&value["specification"].to_string()).map(|_| ())
    };
    let long = |bytes: usize| "x".repeat(bytes);
    let many = |count: usize| vec!["x"; count];
    for (good, bad, message) in [
        (
            json!({ "notification": { "message": long(MAX_TEXT_BYTES) } }),
            json!({ "notification": { "message": long(MAX_TEXT_BYTES + 1) } }),
            "notification.message: 4097 bytes are more than 4096",
        ),
        (
            json!({ "notification": { "rules": many(MAX_TAGS) } }),
            json!({ "notification": { "rules": many(MAX_TAGS + 1) } }),
            "notification.rules: 1001 are more than 1000",
        ),
        (
            json!({ "notification": { "rules": ["x", long(MAX_TEXT_BYTES)] } }),
            json!({ "notification": { "rules": ["x", long(MAX_TEXT_BYTES + 1)] } }),
            "notification.rules[1]: 4097 bytes are more than 4096",
        ),
        (
            json!({ "tags": many(MAX_TAGS) }),
            json!({ "tags": many(MAX_TAGS + 1) }),
            "tags: 1001 are more than 1000",
        ),
        (
            json!({ "tags": [long(MAX_TEXT_BYTES)] }),
            json!({ "tags": [long(MAX_TEXT_BYTES + 1)] }),
            "tags[0]: 4097 bytes are more than 4096",
        ),
    ] {
        assert_eq!(read(good), Ok(()), "{message}");
        assert_eq!(read(bad).unwrap_err().to_string(), message);
    }
}

/// Sends a search. Returns the status, the body and the steps.
fn search(host: &mut Host<Service>, clause: &Value, limit: usize) -> (u16, String, u64) {
    let query = json!({ "search_input": { "query": { "clause": clause },
        "page_input": { "limit": limit } } });
    let (body, target) = (query.to_string(), SEARCH.split_once(' ').unwrap().1);
    let mut new_id = String::new;
    let mut context = Context::new(host.now, &mut new_id);
    let request = Request::new(Method::Post, target, body.as_bytes());
    let response = host.system.handle(&request, &mut context);
    (response.status, response.body, context.steps())
}

/// Windows that differ in name and id, made by a saved state.
fn many(windows: usize, more: Value) -> Host<Service> {
    let mut host = host();
    host.ids(&["v-0"]);
    host.ok(CREATE, &body("n-0", ("withIds", json!({ "ids": ["e"] })), more));
    let mut state: Value = serde_json::from_str(&host.system.to_json()).unwrap();
    let one = state["windows"][0].clone();
    let all = (0..windows).map(|number| {
        let mut window = one.clone();
        window["window"]["id"] = format!("v-{number}").into();
        window["window"]["name"] = format!("nightly-{number}").into();
        window["number"] = (number + 1).into();
        window
    });
    state["windows"] = all.collect();
    state["last"] = windows.into();
    host.system = Service::from_json(&state.to_string()).unwrap();
    host
}

#[test]
fn search_ordinary_among_20_000_windows_within_budget() {
    let mut host = many(20_000, json!({ "tags": ["a", "b"] }));
    for clause in [
        filter("name", "OP_REGEX", r"\w+-[0-9]+7"),
        filter("tags", "OP_CONTAINS", "a"),
        json!({ "not": { "clause": filter("status", "OP_EQUALS", "enabled") } }),
        json!({ "in": { "field": "withIds.ids", "values": ["e", "f"] } }),
        filter("query.clause.filter.value", "OP_EQUALS", "x"),
        filter("state", "OP_EQUALS", "0"),
    ] {
        let (status, body, steps) = search(&mut host, &clause, 1);
        assert_eq!(status, 200, "{clause}: {body}");
        assert!(steps < MAX_REQUEST_STEPS / 10, "{clause}: {steps}");
    }
}

/// A pattern costs the states that it is in at each byte, and its compilation.
#[test]
fn search_pattern_steps_counted() {
    let mut host = many(1, json!({ "tags": ["ab".repeat(1000)] }));
    let steps = |host: &mut Host<Service>, pattern: &str| {
        let (status, body, steps) = search(host, &filter("tags", "OP_REGEX", pattern), 1);
        assert_eq!(status, 200, "{body}");
        steps
    };
    // The first byte decides.
    let least = steps(&mut host, "x.*");
    assert!((800_000..1_000_000).contains(&least), "{least}");
    let plain = steps(&mut host, "[ab]*");
    assert!((4 * 2000..40 * 2000).contains(&(plain - least)), "{plain} {least}");
    let heavy = steps(&mut host, "[ab]*a[ab]{200}c");
    assert!(heavy - least > 200 * 2000, "{heavy} {least}");
}

#[test]
fn search_beyond_budget_error() {
    let tags = vec!["ab".repeat(MAX_TEXT_BYTES / 2); 40];
    let mut host = many(100, json!({ "tags": tags }));
    let heavy = filter("tags", "OP_REGEX", "[ab]*a[ab]{200}c");
    let several = json!({ "or": { "clauses": vec![filter("name", "OP_EQUALS", "x"); 999] } });
    let mut many = many(20_000, json!({}));
    for (host, clause) in [(&mut host, &heavy), (&mut many, &several)] {
        let before = host.system.clone();
        let (status, body, steps) = search(host, clause, 1);
        assert_eq!(
            (status, body.as_str()),
            (
                400,
                r#"{"code":3,"message":"search_input.query.clause: the request needs more than 400000000 steps: ask for less at once","details":[]}"#
            )
        );
        assert!(steps <= MAX_REQUEST_STEPS && host.system == before);
        let clause = Clause::from_json(&clause.to_string()).unwrap();
        assert!(host.system.search(&clause, &PageInput::new()).is_err());
    }
}

#[test]
fn page_of_large_windows_error_names_limit() {
    let ids: Vec<String> = (0..10_000).map(|number| format!("{number:0100}")).collect();
    let mut host = host();
    let text = body("n", ("withIds", json!({ "ids": ids })), json!({}));
    let specification = text["{\"specification\":".len()..].strip_suffix('}').unwrap();
    for number in 0..52 {
        let named = specification.replace("\"n\"", &format!("\"n-{number}\""));
        let mut new_id = || format!("v-{number}");
        let mut context = Context::new(host.now, &mut new_id);
        host.system.create(Specification::from_json(&named).unwrap(), &mut context).unwrap();
    }
    let (line, few) = (super::LIST, json!({ "page_input": { "limit": 10 } }));
    host.ok(line, &few.to_string());
    let page = json!({ "page_input": { "limit": MAX_PAGE } });
    let text = "page_input.limit: the request needs more than 201326592 bytes of memory";
    host.fails(line, &page.to_string(), 400, text);
    let search = json!({ "search_input": { "query": { "clause": filter("deleted", "OP_EQUALS", "false") },
        "page_input": { "limit": MAX_PAGE } } });
    host.fails(SEARCH, &search.to_string(), 400, &format!("search_input.{text}"));
}
