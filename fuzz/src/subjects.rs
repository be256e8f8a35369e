//! Subjects, topologies and scopes.

use quietude::{Matcher, Scope, Subject, Topology};

use crate::choices::Choices;

pub(crate) const ENTITIES: [&str; 9] = ["a", "b", "c", "d", "e", "db-7", "rack-1", "é", "nobody"];
const GROUPS: [&str; 5] = ["prod", "test", "eu", "a", "none"];
/// Names and values of which some, joined, look like others.
const NAMES: [&str; 6] = ["tier", "name", "os", "ti", "tier=go", "a"];
const VALUES: [&str; 14] = [
    "gold",
    "go",
    "old",
    "",
    "silver",
    "gold-1",
    "ld",
    "er=gold",
    "prod",
    "db-7",
    "GOLD",
    "golden",
    "gold\nmine",
    "a",
];
const ALERTS: [&str; 3] = ["BACKUP", "CPU", "a"];
/// Patterns with a literal prefix, alternations of literals, and neither.
const PATTERNS: [&str; 17] = [
    "go.*",
    "",
    "gold|silver",
    "[a-z]+-\\d",
    "(?i)GOLD",
    "(?i)go.*",
    "gold?",
    "go(ld)?",
    "go(ld|)",
    "gold|s.*",
    "|gold",
    ".*ld",
    ".+",
    "(?s).*",
    "^gold$",
    "(?x) gold | old # either",
    "[^g].*|(go|si)(ld|lver)",
];

/// A subject that owns its strings.
#[derive(Clone, Debug)]
pub(crate) struct OwnedSubject {
    /// Empty for a subject that has only labels.
    pub(crate) entity: String,
    pub(crate) alert_type: Option<&'static str>,
    groups: Vec<&'static str>,
    attributes: Vec<(&'static str, &'static str)>,
}

impl OwnedSubject {
    /// A subject that has only an entity.
    pub(crate) fn of(entity: &str) -> Self {
        let (groups, attributes) = (Vec::new(), Vec::new());
        Self { entity: entity.to_owned(), alert_type: None, groups, attributes }
    }

    pub(crate) fn new(s: &mut Choices<'_>) -> Self {
        let entity = if s.once_in(3) { "" } else { s.pick(&ENTITIES) }.to_owned();
        let alert_type = s.once_in(3).then(|| s.pick(&ALERTS));
        let has_labels = s.below(5) > 1;
        let groups = if has_labels { s.some(3, |s| s.pick(&GROUPS)) } else { Vec::new() };
        let attributes =
            if has_labels { s.some(6, |s| (s.pick(&NAMES), s.pick(&VALUES))) } else { Vec::new() };
        Self { entity, alert_type, groups, attributes }
    }

    /// Whether the subject has only an entity and an alert type.
    pub(crate) fn is_plain(&self) -> bool {
        self.groups.is_empty() && self.attributes.is_empty()
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let subject = Subject::entity(&self.entity)
            .with_groups(&self.groups)
            .with_attributes(&self.attributes);
        match self.alert_type {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        }
    }
}

/// A topology; without links between entities or groups if these form a cycle.
pub(crate) fn topology(s: &mut Choices<'_>) -> Topology {
    let mut known = Topology::builder();
    for id in s.some(3, |s| s.pick(&ENTITIES)) {
        known = known.entity(id);
    }
    for (entity, name, value) in s.some(6, |s| (s.pick(&ENTITIES), s.pick(&NAMES), s.pick(&VALUES)))
    {
        known = known.add_attribute(entity, name, value);
    }
    for (group, entity) in s.some(6, |s| (s.pick(&GROUPS), s.pick(&ENTITIES))) {
        known = known.add_member(group, entity);
    }
    let mut linked = known.clone();
    for (parent, child) in s.some(6, |s| (s.pick(&ENTITIES), s.pick(&ENTITIES))) {
        linked = linked.add_child(parent, child);
    }
    for (outer, inner) in s.some(3, |s| (s.pick(&GROUPS), s.pick(&GROUPS))) {
        linked = linked.add_subgroup(outer, inner);
    }
    linked.build().or_else(|_| known.build()).expect("without a cycle")
}

/// One change of a topology, which may fail.
pub(crate) fn change_topology(s: &mut Choices<'_>, topology: &mut Topology) {
    let (entity, other) = (s.pick(&ENTITIES), s.pick(&ENTITIES));
    let (group, outer) = (s.pick(&GROUPS), s.pick(&GROUPS));
    let (name, value) = (s.pick(&NAMES), s.pick(&VALUES));
    let before = topology.clone();
    let result = match s.below(16) {
        0 => topology.add_entity(entity),
        1 | 2 => topology.remove_entity(entity),
        3..=5 => topology.add_child(other, entity),
        6 => topology.remove_child(other, entity),
        7 | 8 => topology.add_member(group, entity),
        9 => topology.remove_member(group, entity),
        10 => topology.remove_group(group),
        11 => topology.add_subgroup(outer, group),
        12 => topology.remove_subgroup(outer, group),
        13 => topology.add_attribute(entity, name, value),
        14 => topology.set_attribute(entity, name, value),
        _ => topology.remove_attribute(entity, name),
    };
    assert!(result.is_ok() || *topology == before, "a failed change has no effect");
}

/// A scope, up to `depth` levels deep.
pub(crate) fn scope(s: &mut Choices<'_>, depth: usize) -> Scope {
    let kinds = if depth == 0 { 13 } else { 18 };
    match s.below(kinds) {
        0..=2 => Scope::entity(s.pick(&ENTITIES)),
        3 => Scope::everything(),
        4 => Scope::entities(s.few(4, |s| s.pick(&ENTITIES))),
        5 | 6 => Scope::group(s.pick(&GROUPS)),
        7 => Scope::alert_type(s.pick(&ALERTS)),
        8..=12 => Scope::attribute(matcher(s)),
        13 | 14 => Scope::all(s.few(3, |s| scope(s, depth - 1))),
        15 => Scope::any(s.few(3, |s| scope(s, depth - 1))),
        _ => !scope(s, depth - 1),
    }
}

fn matcher(s: &mut Choices<'_>) -> Matcher {
    let name = s.pick(&NAMES);
    match s.below(7) {
        0 => Matcher::equals(name, s.pick(&VALUES)),
        1 => Matcher::one_of(name, s.few(3, |s| s.pick(&VALUES))),
        2 => Matcher::contains(name, s.pick(&VALUES)),
        3 => Matcher::starts_with(name, s.pick(&VALUES)),
        4 => Matcher::ends_with(name, s.pick(&VALUES)),
        5 => Matcher::matches(name, s.pick(&PATTERNS)).expect("a pattern"),
        _ => Matcher::present(name),
    }
}
