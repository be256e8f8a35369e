//! Subjects without an entity: sets of labels, and the entity label.

use super::*;
use crate::scope::TopologyBuilder;

fn fleet() -> TopologyBuilder {
    Topology::builder()
        .add_child("rack-1", "db-7")
        .add_member("prod", "db-7")
        .add_attribute("db-7", "tier", "gold")
}

/// Whether the scope covers the labels, with descendants.
fn covers_labels(scope: &Scope, labels: &[(&str, &str)], topology: &Topology) -> bool {
    covers(scope, true, &Subject::labels(labels), topology)
}

fn equals(name: &str, value: &str) -> Scope {
    Matcher::equals(name, value).into()
}

#[test]
fn labels_are_attributes() {
    let labels = [("a", "1"), ("a", "2"), ("b", ""), ("", "x")];
    let present = |name: &str| Scope::from(Matcher::present(name));
    for (scope, covered) in [
        (equals("a", "1"), true),
        (equals("a", "2"), true),
        (equals("a", "3"), false),
        (equals("b", ""), true),
        (present("b"), true),
        (equals("c", ""), false),
        (!equals("c", ""), true),
        (present("c"), false),
        (!present("c"), true),
        (Scope::everything(), true),
        (Scope::group("prod"), false),
    ] {
        for topology in [Topology::default(), fleet().build().unwrap()] {
            assert_eq!(covers_labels(&scope, &labels, &topology), covered, "{scope:?}");
        }
    }
}

#[test]
fn labels_without_entity_label_match_no_entity() {
    let topology = fleet().build().unwrap();
    let labels = [("instance", "db-7")];
    for scope in [Scope::entity("db-7"), Scope::entity("rack-1"), Scope::group("prod")] {
        assert!(!covers_labels(&scope, &labels, &topology), "{scope:?}");
        assert!(covers_labels(&!scope, &labels, &topology));
    }
}

#[test]
fn entity_label_names_the_entity() {
    let topology = fleet().entity_label("instance").build().unwrap();
    for (labels, known) in [
        (&[("instance", "db-7")][..], true),
        (&[("x", "y"), ("instance", "db-7"), ("instance", "db-8")], true),
        (&[("instance", "db-8"), ("instance", "db-7")], false),
        (&[("instance", "")], false),
        (&[("Instance", "db-7")], false),
        (&[], false),
    ] {
        for scope in [
            Scope::entity("db-7"),
            Scope::entity("rack-1"),
            Scope::entities(["x", "db-7"]),
            Scope::group("prod"),
            equals("tier", "gold"),
        ] {
            assert_eq!(covers_labels(&scope, labels, &topology), known, "{scope:?} {labels:?}");
            assert_eq!(covers_labels(&!scope, labels, &topology), !known, "{labels:?}");
        }
    }
    // An entity that the topology does not know is one all the same.
    assert!(covers_labels(&Scope::entity("db-9"), &[("instance", "db-9")], &topology));
    // The label stays an attribute.
    assert!(covers_labels(&equals("instance", "db-7"), &[("instance", "db-7")], &topology));
}

#[test]
fn entity_label_keeps_given_entity() {
    let topology = fleet().entity_label("instance").build().unwrap();
    for id in ["", "db-8"] {
        let subject = Subject::entity(id).with_attributes(&[("instance", "db-7")]);
        assert!(!covers(&Scope::entity("db-7"), true, &subject, &topology), "{id:?}");
        assert!(!covers(&Scope::group("prod"), true, &subject, &topology), "{id:?}");
        assert_eq!(topology.entity_of(&subject), id);
    }
}

#[test]
fn entity_label_invalid_name_is_error() {
    for name in ["", "a\n", &"x".repeat(1025)] {
        let error = fleet().entity_label(name).build().unwrap_err();
        assert_eq!(error.path(), "entity_label", "{error}");
        let error = Topology::default().with_entity_label(name).unwrap_err();
        assert_eq!(error.path(), "entity_label", "{error}");
    }
}

#[test]
fn entity_label_is_part_of_equality() {
    let build = |label: &str| fleet().entity_label(label).build().unwrap();
    assert_eq!(build("a").entity_label(), Some("a"));
    assert_eq!(build("a"), build("a"));
    assert_ne!(build("a"), build("b"));
    assert_ne!(build("a"), fleet().build().unwrap());
    let replaced = fleet().entity_label("b").entity_label("a").build().unwrap();
    assert_eq!(replaced, build("a"));
    assert_eq!(fleet().build().unwrap().with_entity_label("a").unwrap(), build("a"));
}
