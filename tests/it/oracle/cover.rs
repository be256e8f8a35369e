//! Whether a scope covers a subject: the definition, implemented literally.
//!
//! A window covers subject `s` if the scope holds for at least one entity `a` among
//! `s` and its ancestors. A test under an even number of `not`s is evaluated for `a`
//! alone. A test under an odd number of `not`s holds if `s` or any ancestor of `s`
//! passes it. With `Propagation::Entity`, every test is evaluated for `s` alone.

use crate::specs::{MatcherSpec, Query, ScopeSpec, TopologySpec, WindowSpec};

pub(crate) fn covers(spec: &WindowSpec, topology: &TopologySpec, query: &Query) -> bool {
    let query = &with_entity(query, topology);
    let mut lineage = vec![query.entity.as_str()];
    if !spec.entity_only {
        add_ancestors(&query.entity, &topology.children, &mut lineage);
    }
    lineage.iter().any(|a| holds(&spec.scope, 0, a, &lineage, topology, query))
}

/// The query; without an entity, the first value of the entity label is its entity.
fn with_entity(query: &Query, topology: &TopologySpec) -> Query {
    let mut query = query.clone();
    if let Some(label) = topology.entity_label.as_ref().filter(|_| query.entity.is_empty()) {
        let value = query.attributes.iter().find(|(name, _)| name == label);
        query.entity = value.map(|(_, value)| value.clone()).unwrap_or_default();
    }
    query
}

/// Adds every ancestor of `id` to `reached`. Each pair is (upper, lower).
fn add_ancestors<'a>(id: &str, pairs: &'a [(String, String)], reached: &mut Vec<&'a str>) {
    for (upper, lower) in pairs {
        if lower == id && !reached.contains(&upper.as_str()) {
            reached.push(upper);
            add_ancestors(upper, pairs, reached);
        }
    }
}

/// Whether the scope holds for `a`; `nots` negations surround it.
fn holds(
    scope: &ScopeSpec,
    nots: u32,
    a: &str,
    lineage: &[&str],
    topology: &TopologySpec,
    q: &Query,
) -> bool {
    match scope {
        ScopeSpec::All(parts) => {
            parts.iter().all(|part| holds(part, nots, a, lineage, topology, q))
        }
        ScopeSpec::Any(parts) => {
            parts.iter().any(|part| holds(part, nots, a, lineage, topology, q))
        }
        ScopeSpec::Not(part) => !holds(part, nots + 1, a, lineage, topology, q),
        test if nots.is_multiple_of(2) => passes(test, a, topology, q),
        test => lineage.iter().any(|member| passes(test, member, topology, q)),
    }
}

/// Whether `a` passes one test. The attributes and groups of the query count only if
/// `a` is the entity of the query.
fn passes(test: &ScopeSpec, a: &str, topology: &TopologySpec, query: &Query) -> bool {
    let is_subject = a == query.entity;
    match test {
        ScopeSpec::Everything => true,
        ScopeSpec::Entity(id) => id == a,
        ScopeSpec::Entities(ids) => ids.iter().any(|id| id == a),
        ScopeSpec::AlertType(name) => query.alert_type.as_ref() == Some(name),
        ScopeSpec::Group(id) => {
            let own = topology.members.iter().filter(|(_, entity)| entity == a).map(|(g, _)| g);
            let from_query = query.groups.iter().filter(|_| is_subject);
            own.chain(from_query).any(|group| {
                let mut nested_in = vec![group.as_str()];
                add_ancestors(group, &topology.nested, &mut nested_in);
                nested_in.contains(&id.as_str())
            })
        }
        ScopeSpec::Attribute(name, test) => {
            let own = topology.attributes.iter().filter(|(entity, ..)| entity == a);
            let own = own.map(|(_, name, value)| (name, value));
            let from_query = query.attributes.iter().filter(|_| is_subject).map(|(n, v)| (n, v));
            own.chain(from_query).any(|(n, value)| n == name && accepts(test, value))
        }
        ScopeSpec::All(_) | ScopeSpec::Any(_) | ScopeSpec::Not(_) => unreachable!("not a test"),
    }
}

fn accepts(test: &MatcherSpec, value: &str) -> bool {
    match test {
        MatcherSpec::Equals(text) => value == text,
        MatcherSpec::OneOf(texts) => texts.iter().any(|text| value == text),
        MatcherSpec::Contains(text) => value.contains(&**text),
        MatcherSpec::StartsWith(text) => value.starts_with(&**text),
        MatcherSpec::EndsWith(text) => value.ends_with(&**text),
        MatcherSpec::Matches(text) => {
            value.strip_prefix(&**text).is_some_and(|rest| rest.chars().count() <= 1)
        }
        MatcherSpec::Pattern(spec) => spec.accepts(value),
        MatcherSpec::Present => true,
    }
}
