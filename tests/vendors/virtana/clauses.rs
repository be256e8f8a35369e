//! Clauses and ids: which entities a window covers, and which windows a search finds.

use quietude::vendors::VendorApi;
use quietude::vendors::virtana::{Clause, Service};
use quietude::{Effect, Propagation, Subject, Topology};

use crate::helpers::{Host, ms};

use super::{CREATE, DELETE, SCHEDULE, SEARCH, entity, host, spec};

#[test]
fn search_by_every_response_field() {
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
fn clause_json_round_trip() {
    let clause = r#"{"and":{"clauses":[{"not":{"clause":{"filter":{"field":"a.b","operation":"OP_REGEX","value":"x+","options":[]}}}},{"or":{"clauses":[{"in":{"field":"c","values":["1",2,true],"options":[]}},{"filter":{"field":"d","operation":"OP_NOT_EQUALS","value":7,"options":[]}}]}}]}}"#;
    assert_eq!(Clause::from_json(clause).unwrap().to_json(), clause);
}

/// Entities by id, by query, and their children.
#[test]
fn target_selects_entities_and_children() {
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
    .add_attribute("web-7", "name", "pg-3")
    .add_attribute("web-7", "schemaIds", "Base.Device")
    .build()
    .unwrap();
    let silent = |host: &Host<Service>| -> Vec<&str> {
        let silencer = host.silencer(&topology);
        ["rack", "host", "disk", "alone"]
            .into_iter()
            .filter(|id| silencer.is_silenced(Subject::entity(&entity(id)), ms(0)))
            .collect()
    };
    assert_eq!(silent(&host), ["rack", "host", "disk"]);
    // Attributes of other systems with the same name do not match.
    assert!(!host.silencer(&topology).is_silenced(Subject::entity("web-7"), ms(0)));
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
    // A clause that is true without attributes is restricted to the tenant.
    host.ok(CREATE, &body("c", r#"{"not":{"clause":{"filter":{"field":"name","value":"pg-","operation":"OP_CONTAINS"}}}}"#, ",\"doNotPropagateToChildren\":true"));
    assert_eq!(silent(&host), ["disk"]);
    let silencer = host.silencer(&topology);
    assert!(!silencer.is_silenced(Subject::entity("web-7"), ms(0)));
    assert!(!silencer.is_silenced(Subject::entity("anything"), ms(0)));
    // An entity with another id can pass the vendor's id as a group.
    host.ok(
        CREATE,
        &spec("d", r#""start":0,"duration":1000"#, "alone", ",\"doNotPropagateToChildren\":true"),
    );
    let brought = Subject::entity("db-7").with_groups(&["virtana:acme:alone"]);
    assert!(host.silencer(&topology).is_silenced(brought, ms(0)));
}
