//! Reference evaluation of a scope against a subject.
//!
//! The index is tested against it. It also evaluates the scopes that cannot be
//! precomputed per entity.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::hash::Hash;

use smallvec::{SmallVec, smallvec};

use crate::scope::{EntityIx, GroupId, GroupIx, Matcher, Node, Scope, Subject, Topology};

/// Whether `scope` covers `subject`. If `descends`, selection and exclusion
/// include all descendants.
pub(crate) fn covers(
    scope: &Scope,
    descends: bool,
    subject: &Subject<'_>,
    topology: &Topology,
) -> bool {
    Ancestry::of(subject, topology).covered_by(scope, descends)
}

/// A subject followed by its distinct ancestors, breadth first. It is computed once
/// and evaluated against many scopes.
///
/// The groups of a node are computed on first use. Does not allocate for a subject
/// with fewer than [`INLINE`] ancestors, each of them in at most that many groups.
#[derive(Clone, Debug)]
pub(crate) struct Ancestry<'a> {
    subject: Subject<'a>,
    /// The entity of the subject; empty if it has none.
    entity: &'a str,
    topology: &'a Topology,
    /// The subject first. Only the subject may be unknown to the topology.
    nodes: SmallVec<[AncestryNode; INLINE]>,
}

#[derive(Clone, Debug)]
struct AncestryNode {
    entity: Option<EntityIx>,
    /// The groups of the node and their supergroups, as far as the topology has
    /// them.
    groups: OnceCell<SmallVec<[GroupIx; INLINE]>>,
}

/// The number of nodes, or of groups of a node, that are stored inline.
const INLINE: usize = 16;

/// The result of a test for each node.
pub(super) type Matches = SmallVec<[bool; INLINE]>;

/// The parity of the number of `not`s above a test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parity {
    Even,
    Odd,
}

impl<'a> Ancestry<'a> {
    /// The subject and its ancestors; linear in the number of parent links above
    /// the subject.
    pub(crate) fn of(subject: &Subject<'a>, topology: &'a Topology) -> Self {
        let id = topology.entity_of(subject);
        Self::of_entity(subject, (id, topology.entity(id)), topology)
    }

    /// [`of`](Self::of) a subject with this entity, by its id and its position in the
    /// topology.
    fn of_entity(
        subject: &Subject<'a>,
        (id, entity): (&'a str, Option<EntityIx>),
        topology: &'a Topology,
    ) -> Self {
        let node = |entity| AncestryNode { entity, groups: OnceCell::new() };
        let nodes = match entity {
            None => smallvec![node(None)],
            Some(entity) => closure([entity], |entity| topology.parents(entity))
                .into_iter()
                .map(|entity| node(Some(entity)))
                .collect(),
        };
        Self { subject: *subject, entity: id, topology, nodes }
    }

    /// Whether `scope` covers the subject. If `descends`, selection and exclusion
    /// include all descendants. O(tests of the scope * nodes).
    pub(crate) fn covered_by(&self, scope: &Scope, descends: bool) -> bool {
        self.covered_through(scope, descends).is_some()
    }

    /// The id of the nearest node that `scope` selects: the subject or an ancestor.
    /// `None` if the scope does not cover the subject.
    pub(crate) fn covered_through(&self, scope: &Scope, descends: bool) -> Option<&'a str> {
        let matches = self.evaluate(scope, Parity::Even, self.reach(descends));
        matches.into_iter().position(|passes| passes).map(|nearest| self.id(nearest))
    }

    /// Whether the subject or an ancestor passes any test of the scope, negated or
    /// not: whether the scope refers to the subject at all.
    pub(crate) fn mentions(&self, scope: &Scope) -> bool {
        match scope.node() {
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().any(|scope| self.mentions(scope))
            }
            Node::Not(scope) => self.mentions(scope),
            Node::AlertType(_) => false,
            _ => self.evaluate(scope, Parity::Even, self.nodes.len()).contains(&true),
        }
    }

    /// For each of the first `reach` nodes, whether the scope matches with that node
    /// as the selected entity.
    ///
    /// Under an odd number of `not`s, a test passes for all nodes if it passes for
    /// any of them: if an ancestor is excluded, its descendants are excluded.
    pub(super) fn evaluate(&self, scope: &Scope, parity: Parity, reach: usize) -> Matches {
        let all = |passes: bool| -> Matches { smallvec![passes; reach] };
        let each = |passes: &dyn Fn(usize) -> bool| match parity {
            Parity::Even => (0..reach).map(passes).collect(),
            Parity::Odd => all((0..reach).any(passes)),
        };
        match scope.node() {
            Node::Everything => all(true),
            Node::Entity(id) => each(&|at| self.id(at) == id.as_str()),
            Node::Entities(ids) => each(&|at| ids.iter().any(|id| self.id(at) == id.as_str())),
            Node::Group(id) => {
                let known = self.topology.group(id.as_str());
                each(&|at| self.is_in(at, id, known))
            }
            Node::AlertType(alert_type) => {
                all(self.subject.alert_type() == Some(alert_type.as_str()))
            }
            Node::Attribute(matcher) => each(&|at| self.has(at, matcher)),
            Node::All(scopes) => {
                let mut matches = all(true);
                for scope in scopes {
                    let more = self.evaluate(scope, parity, reach);
                    matches.iter_mut().zip(more).for_each(|(all, one)| *all &= one);
                }
                matches
            }
            Node::Any(scopes) => {
                let mut matches = all(false);
                for scope in scopes {
                    let more = self.evaluate(scope, parity, reach);
                    matches.iter_mut().zip(more).for_each(|(any, one)| *any |= one);
                }
                matches
            }
            Node::Not(scope) => {
                let mut matches = self.evaluate(scope, parity.other(), reach);
                matches.iter_mut().for_each(|passes| *passes = !*passes);
                matches
            }
            Node::TooDeep => all(false),
        }
    }

    /// The number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The groups of an ancestor and their supergroups.
    pub(crate) fn group_ids(&self, at: usize) -> impl Iterator<Item = &str> {
        self.groups(at).iter().map(|group| self.topology.group_id(*group))
    }

    /// The attributes of an ancestor.
    pub(crate) fn attributes(&self, at: usize) -> impl Iterator<Item = (&str, &str)> {
        let known = self.nodes[at].entity.map(|entity| self.topology.attributes(entity));
        known.into_iter().flatten()
    }

    /// The number of nodes, and of the groups that were computed for them.
    pub(crate) fn size(&self) -> u64 {
        let groups = self.nodes.iter().filter_map(|node| node.groups.get());
        (self.nodes.len() + groups.map(|groups| groups.len()).sum::<usize>()) as u64
    }

    /// The work of testing the values of an attribute of the topology in proportion to
    /// their number and length, for all nodes.
    pub(crate) fn steps_for_text(&self, matcher: &Matcher) -> u64 {
        let Some(name) = self.topology.attribute_name(matcher.name()) else { return 0 };
        let entities = self.nodes.iter().filter_map(|node| node.entity);
        let values = entities.flat_map(|entity| self.topology.attribute_values(entity, name));
        let steps = values.map(|value| 1 + matcher.steps_for_length(value.len()).unwrap_or(0));
        steps.fold(0, u64::saturating_add)
    }

    /// The subject.
    pub(super) fn subject(&self) -> &Subject<'a> {
        &self.subject
    }

    /// The number of nodes that are evaluated: without propagation only the subject.
    pub(super) fn reach(&self, descends: bool) -> usize {
        if descends { self.nodes.len() } else { 1 }
    }

    /// The id of a node; empty for a subject without an entity.
    pub(crate) fn id(&self, at: usize) -> &'a str {
        match self.nodes[at].entity {
            Some(entity) => self.topology.id_of(entity),
            None => self.entity,
        }
    }

    /// Whether a node is in a group; `known` is the group in the topology.
    fn is_in(&self, at: usize, group: &GroupId, known: Option<GroupIx>) -> bool {
        let passed = || at == 0 && self.subject.groups().contains(&group.as_str());
        known.map_or_else(passed, |group| self.groups(at).binary_search(&group).is_ok())
    }

    /// The groups of a node, sorted.
    fn groups(&self, at: usize) -> &[GroupIx] {
        let node = &self.nodes[at];
        node.groups.get_or_init(|| {
            let own = node.entity.map_or(&[][..], |entity| self.topology.direct_groups(entity));
            let passed = if at == 0 { self.subject.groups() } else { &[] };
            let passed = passed.iter().filter_map(|group| self.topology.group(group));
            let roots = own.iter().copied().chain(passed);
            let mut groups = closure(roots, |group| self.topology.supergroups(group));
            groups.sort_unstable();
            groups
        })
    }

    /// Whether a node has an attribute value that the matcher accepts.
    fn has(&self, at: usize, matcher: &Matcher) -> bool {
        self.attribute_values(at, matcher.name()).any(|value| matcher.accepts(value))
    }

    /// The values of an attribute of a node: those of the query first.
    pub(super) fn attribute_values<'s>(
        &'s self,
        at: usize,
        name: &'s str,
    ) -> impl Iterator<Item = &'s str> {
        let passed = if at == 0 { self.subject.attributes() } else { &[] };
        let passed = passed.iter().filter(move |(other, _)| *other == name);
        // Lazy: most tests end at a value of the query.
        let known = self.nodes[at].entity.into_iter().flat_map(move |entity| {
            let name = self.topology.attribute_name(name).into_iter();
            name.flat_map(move |name| self.topology.attribute_values(entity, name))
        });
        passed.map(|(_, value)| *value).chain(known)
    }
}

/// The coverage of one subject by many scopes. The ancestry of the subject is computed
/// if a scope needs it.
#[derive(Debug)]
pub(crate) struct Coverer<'a> {
    subject: Subject<'a>,
    /// The id of the entity; empty if there is none.
    entity: &'a str,
    topology: &'a Topology,
    known: OnceCell<Option<EntityIx>>,
    ancestry: OnceCell<Ancestry<'a>>,
}

impl<'a> Coverer<'a> {
    /// `entity` is the [entity of the subject](Topology::entity_of).
    pub(crate) fn new(subject: Subject<'a>, entity: &'a str, topology: &'a Topology) -> Self {
        Self { subject, entity, topology, known: OnceCell::new(), ancestry: OnceCell::new() }
    }

    /// Whether `scope` covers the subject. If `descends`, selection and exclusion
    /// include all descendants. O(tests of the scope * nodes).
    pub(crate) fn covers(&self, scope: &Scope, descends: bool) -> bool {
        // Most scopes are decided by the subject alone.
        match self.passes(scope) {
            Some(passes) => passes,
            None => self.ancestry().covered_by(scope, descends),
        }
    }

    pub(crate) fn subject(&self) -> &Subject<'a> {
        &self.subject
    }

    /// The id of the entity; empty if there is none.
    pub(crate) fn entity(&self) -> &'a str {
        self.entity
    }

    /// The subject and its ancestors.
    pub(crate) fn ancestry(&self) -> &Ancestry<'a> {
        let of_entity =
            || Ancestry::of_entity(&self.subject, (self.entity, self.known()), self.topology);
        self.ancestry.get_or_init(of_entity)
    }

    /// The position of the entity in the topology.
    fn known(&self) -> Option<EntityIx> {
        if self.entity.is_empty() {
            return None;
        }
        *self.known.get_or_init(|| self.topology.entity(self.entity))
    }

    /// Whether the topology adds nothing to the subject: it has neither the entity nor groups.
    fn is_isolated(&self) -> bool {
        let is_empty = self.topology.len() == 0 && self.topology.group_len() == 0;
        is_empty || (self.subject.groups().is_empty() && self.known().is_none())
    }

    /// The groups of the subject and their supergroups, and those that the query passes. May
    /// repeat.
    pub(crate) fn group_ids(&self) -> impl Iterator<Item = &str> {
        let own = self
            .known()
            .map_or(&[][..], |entity| self.topology.direct_groups(entity))
            .iter()
            .copied();
        let passed = self.subject.groups();
        let roots = own.chain(passed.iter().filter_map(|group| self.topology.group(group)));
        let known = closure(roots, |group| self.topology.supergroups(group)).into_iter();
        passed.iter().copied().chain(known.map(|group| self.topology.group_id(group)))
    }

    /// The attributes that the topology has for the subject itself.
    pub(crate) fn known_attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known().map(|entity| self.topology.attributes(entity)).into_iter().flatten()
    }

    /// The coverage as far as the query alone decides it; `None` if the topology may decide.
    ///
    /// The topology only adds properties and ancestors. So a test that the query passes is
    /// passed by the subject itself (and excludes it and its descendants, under a `not`); a
    /// test that it fails may be passed after all, except that of the alert type, that of an
    /// attribute that the topology does not have, and those of an
    /// [isolated](Self::is_isolated) subject.
    fn passes(&self, scope: &Scope) -> Option<bool> {
        let known = |passes: bool| (passes || self.is_isolated()).then_some(passes);
        match scope.node() {
            Node::Everything => Some(true),
            Node::Entity(id) => known(self.entity == id.as_str()),
            Node::Entities(ids) => known(ids.iter().any(|id| self.entity == id.as_str())),
            Node::Group(id) => known(self.subject.groups().contains(&id.as_str())),
            Node::AlertType(alert_type) => {
                Some(self.subject.alert_type() == Some(alert_type.as_str()))
            }
            Node::Attribute(matcher) => {
                let of_name = |pair: &&(&str, &str)| pair.0 == matcher.name();
                let mut values = self.subject.attributes().iter().filter(of_name);
                let passes = values.any(|(_, value)| matcher.accepts(value));
                let is_of_query = || self.topology.attribute_name(matcher.name()).is_none();
                (passes || is_of_query() || self.is_isolated()).then_some(passes)
            }
            Node::All(scopes) => {
                let mut all = Some(true);
                for scope in scopes {
                    match self.passes(scope) {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => all = None,
                    }
                }
                all
            }
            Node::Any(scopes) => {
                let mut any = Some(false);
                for scope in scopes {
                    match self.passes(scope) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => any = None,
                    }
                }
                any
            }
            Node::Not(scope) => self.passes(scope).map(|passes| !passes),
            Node::TooDeep => Some(false),
        }
    }
}

impl Parity {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
        }
    }
}

/// The transitive closure of `up` from `roots`, these included; distinct, breadth
/// first.
fn closure<'a, I: Copy + Eq + Hash + 'a>(
    roots: impl IntoIterator<Item = I>,
    up: impl Fn(I) -> &'a [I],
) -> SmallVec<[I; INLINE]> {
    let mut reached = Reached { all: SmallVec::new(), seen: None };
    roots.into_iter().for_each(|root| reached.add(root));
    let mut next = 0;
    while let Some(&here) = reached.all.get(next) {
        next += 1;
        up(here).iter().for_each(|above| reached.add(*above));
    }
    reached.all
}

/// The visited elements. A hash set is used once there are more than [`INLINE`].
struct Reached<I> {
    all: SmallVec<[I; INLINE]>,
    seen: Option<HashSet<I>>,
}

impl<I: Copy + Eq + Hash> Reached<I> {
    fn add(&mut self, new: I) {
        let Self { all, seen } = self;
        let is_new = match seen {
            None if all.len() <= INLINE => !all.contains(&new),
            _ => seen.get_or_insert_with(|| all.iter().copied().collect()).insert(new),
        };
        if is_new {
            all.push(new);
        }
    }
}

#[cfg(test)]
mod labels_tests;
#[cfg(test)]
mod tests;
