//! The native document: meaning, round trips, error messages, and ten thousand mutants.

mod errors;
mod mutants;
mod values;
#[cfg(feature = "rrule")]
mod zones;

use quietude::{Document, Schedule, Silencer, Subject};

use crate::helpers::at;

/// A document with every kind of schedule except `rule`.
pub(crate) const REFERENCE: &str = r#"
{ "version": 1,
  "windows": [
    { "id": "w-42", "name": "nightly backup", "enabled": true, "effect": "notifications",
      "schedule": { "kind": "weekly", "weekdays": ["tuesday", "thursday"], "clock": "22:00-02:00", "timezone": "Europe/Paris" },
      "scope": { "all": [ { "group": "prod" }, { "not": { "attribute": { "name": "tier", "equals": "gold" } } } ] },
      "propagation": "descendants",
      "valid": { "from": "2026-01-01T00:00:00Z" }, "tags": { "ticket": "CHG-1" } },
    { "id": "w-43", "schedule": { "kind": "once", "start": "2026-06-06T19:48:51Z", "end": "2026-06-06T20:48:51Z" }, "scope": { "entity": "db-7" } },
    { "id": "w-44", "schedule": { "kind": "periodic", "start": "2026-06-06T19:48:51Z", "duration_ms": 600000, "period_ms": 86400000 }, "scope": "everything" },
    { "id": "w-45", "schedule": { "kind": "daily", "clock": "22:00-22:30", "timezone": "UTC" }, "scope": { "entities": ["a", "b"] } },
    { "id": "w-46", "schedule": { "kind": "monthly", "day": 31, "short_month": "clamp", "clock": "22:00-22:30", "timezone": "Asia/Tokyo" }, "scope": { "alert_type": "BACKUP" } } ],
  "topology": {
    "entities": [ { "id": "db-7", "parents": ["rack-1"], "groups": ["prod"], "attributes": { "name": ["pg-1"], "tier": ["silver"] } } ],
                "groups": [ { "id": "prod-eu", "groups": ["prod"] } ] } }
"#;

/// A document with a window of kind `rule`.
const RULE: &str = r#"{ "version": 1, "windows": [
    { "id": "w-47", "schedule": { "kind": "rule", "rrule": "DTSTART;TZID=Europe/Berlin:20260101T220000\nRRULE:FREQ=MONTHLY;BYDAY=2TU", "duration_ms": 7200000 }, "scope": { "any": [ { "group": "prod" }, { "entity": "db-9" } ] } } ] }"#;

#[test]
fn reference_document_parses() {
    let document = Document::from_json(REFERENCE).unwrap();
    let window = document.registry.get("w-42").unwrap();
    assert_eq!(window.name(), Some("nightly backup"));
    assert_eq!(window.tags()["ticket"], "CHG-1");
    assert_eq!(window.validity().start(), Some(at("2026-01-01T00:00:00Z")));
    assert!(matches!(window.schedule(), Schedule::Weekly(_)));
    let silencer = Silencer::builder().topology(document.topology).build(&document.registry);
    let silencer = silencer.unwrap();
    let by = |subject: Subject<'_>, t: &str| {
        let windows = silencer.silenced_by(subject, at(t));
        windows.map(|window| window.id().as_str()).collect::<Vec<_>>().join(" ")
    };
    let db = Subject::entity("db-7");
    // A Thursday, 22:15 in Paris.
    assert_eq!(by(db, "2026-11-26T21:15:00Z"), "w-42");
    // The subject has the excluded attribute.
    assert_eq!(by(db.with_attributes(&[("tier", "gold")]), "2026-11-26T21:15:00Z"), "");
    // The same weekday in 2025, before the validity of the window.
    assert_eq!(by(db, "2025-11-27T21:15:00Z"), "");
    assert_eq!(by(db, "2026-06-06T19:48:51Z"), "w-43 w-44");
    assert_eq!(by(db, "2026-06-06T20:48:51Z"), "");
    assert_eq!(by(Subject::entity("anyone"), "2036-01-01T19:50:00Z"), "w-44");
    assert_eq!(by(Subject::entity("b"), "2026-01-05T22:29:59.999Z"), "w-45");
    // The last of February, 22:15 in Tokyo.
    assert_eq!(by(db.with_alert_type("BACKUP"), "2026-02-28T13:15:00Z"), "w-46");
    assert_eq!(by(db, "2026-02-28T13:15:00Z"), "");
}

#[test]
fn to_json_round_trip() {
    let document = Document::from_json(REFERENCE).unwrap();
    let written = document.to_json();
    let again = Document::from_json(&written).unwrap();
    assert!(again.registry.iter().eq(document.registry.iter()));
    assert_eq!(again.topology, document.topology);
    assert_eq!(again.to_json(), written);
    let through_serde: Document = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string_pretty(&through_serde).unwrap(), written);
}

#[test]
fn topology_id_order_round_trip() {
    let text = r#"{ "version": 1, "windows": [], "topology": {
        "groups": [ { "id": "z", "groups": ["outer"] }, { "id": "outer" } ],
        "entities": [ { "id": "b", "parents": ["rack"], "groups": ["outer", "other"] },
                      { "id": "a" }, { "id": "rack" } ] } }"#;
    let topology = Document::from_json(text).unwrap().topology;
    assert!(topology.entities().eq(["b", "a", "rack"]));
    assert!(topology.groups().eq(["z", "outer", "other"]));
    let mentioned_late = quietude::Topology::builder().entity("x").add_child("x", "y");
    let topology =
        mentioned_late.entity("z").add_child("q", "x").add_member("g", "q").build().unwrap();
    let text = Document::new(quietude::Registry::new(), topology.clone()).to_json();
    assert_eq!(Document::from_json(&text).unwrap().topology, topology);
}

#[test]
fn entity_label_round_trip() {
    let text = r#"{ "version": 1, "windows": [], "topology": { "entities": [ { "id": "db-7" } ],
        "entity_label": "instance" } }"#;
    let document = Document::from_json(text).unwrap();
    assert_eq!(document.topology.entity_label(), Some("instance"));
    assert!(document.topology.contains("db-7"));
    let written = document.to_json();
    assert_eq!(written.matches("entity_label").count(), 1);
    assert_eq!(Document::from_json(&written).unwrap().topology, document.topology);
    let without = Document::from_json(&text.replace("\"instance\"", "null")).unwrap();
    assert_eq!(without.topology.entity_label(), None);
    assert!(!without.to_json().contains("entity_label"));
}

#[test]
#[cfg(feature = "rrule")]
fn rule_kind_parses() {
    match Document::from_json(RULE) {
        Ok(document) => {
            let schedule = document.registry.get("w-47").unwrap().schedule().clone();
            assert!(schedule.contains(at("2026-01-13T21:00:00Z")));
            assert!(!schedule.contains(at("2026-01-06T21:00:00Z")));
        }
        Err(error) => assert_eq!((error.window(), error.path()), (Some("w-47"), "schedule.kind")),
    }
}

#[test]
#[cfg(not(feature = "rrule"))]
fn rule_kind_without_feature_error() {
    let error = Document::from_json(RULE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "window `w-47`: schedule.kind: \"rule\" needs the feature `rrule`"
    );
}
