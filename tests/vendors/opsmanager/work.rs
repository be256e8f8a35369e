//! What a list costs: bytes and steps.

use quietude::vendors::opsmanager::{MAX_ALERT_TYPES, MAX_WINDOWS_PER_GROUP, Service};
use quietude::vendors::{MAX_REQUEST_STEPS, MAX_TEXT_BYTES, VendorApi};
use serde_json::{Value, json};

use crate::helpers::Host;

use super::{BODY, host, windows};

/// `count` windows like one, by a saved state.
fn many(count: usize, body: &str) -> Host<Service> {
    let mut host = host("2015-10-22T20:49:35Z");
    host.ids(&["000000000000000000000000"]);
    host.ok(&format!("POST {}", windows()), body);
    let mut state: Value = serde_json::from_str(&host.system.to_json()).unwrap();
    let one = state["windows"][0].clone();
    let all = (0..count).map(|number| {
        let mut window = one.clone();
        window["id"] = format!("{number:024x}").into();
        window
    });
    state["windows"] = all.collect();
    host.system = Service::from_json(&state.to_string()).unwrap();
    host
}

#[test]
fn list_100_000_windows_within_budget() {
    let count = MAX_WINDOWS_PER_GROUP;
    let mut host = many(count, BODY);
    for query in ["", "?pretty=true&envelope=true"] {
        let text = host.ok(&format!("GET {}{query}", windows()), "");
        let listed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(listed["totalCount"], count);
        let results = listed["results"].as_array().unwrap();
        assert_eq!(results.len(), count);
        assert_eq!(results[count - 1]["id"], format!("{:024x}", count - 1));
        // The text is written once, into memory that is reserved for it.
        let (steps, bytes) = host.work;
        assert!(
            bytes > text.len() as u64 && bytes < 2 * text.len() as u64,
            "{bytes} {}",
            text.len()
        );
        assert!(steps > text.len() as u64 && steps < MAX_REQUEST_STEPS * 3 / 4, "{steps}");
    }
}

#[test]
fn list_over_memory_budget_error() {
    let types = vec!["T".repeat(100); MAX_ALERT_TYPES];
    let large = json!({ "alertTypeNames": types, "description": "x".repeat(MAX_TEXT_BYTES),
        "startDate": "2015-10-23T22:00:00Z", "endDate": "2015-10-23T23:30:00Z" });
    let line = format!("GET {}", windows());
    let mut host = many(400, &large.to_string());
    let listed = host.ok(&line, "");
    assert!(listed.len() > 400 * 100_000);
    let mut host = many(2000, &large.to_string());
    let text = r#"{"detail":"the request needs more than 201326592 bytes of memory: ask for less at once","error":400,"reason":"Bad Request"}"#;
    host.fails(&line, "", 400, text);
    // One of the windows is still found.
    host.ok(&format!("{line}/{:024x}", 1999), "");
}

#[test]
fn list_empty_and_single_as_written() {
    let mut host = host("2015-10-22T20:49:35Z");
    let line = format!("GET {}", windows());
    let text = host.ok(&format!("{line}?envelope=true"), "");
    assert!(text.starts_with(r#"{"results":[],"links":["#), "{text}");
    assert!(text.ends_with(r#""totalCount":0,"status":200}"#), "{text}");
    let text = host.ok(&format!("{line}?pretty=true"), "");
    assert!(text.starts_with("{\n  \"results\" : [],\n  \"links\" : [ {"), "{text}");
    let mut host = many(1, BODY);
    let text = host.ok(&format!("{line}?pretty=true"), "");
    assert!(text.starts_with("{\n  \"results\" : [ {\n    \"alertTypeNames\" : "), "{text}");
    assert!(text.contains("} ]\n  } ],\n  \"links\" : [ {"), "{text}");
}
