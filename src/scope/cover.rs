//! Whether a scope covers a subject: the rules, read aloud.
//!
//! This is the judge that every faster answer is measured against, and what
//! answers for the scopes that no index can.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::hash::Hash;

use smallvec::{SmallVec, smallvec};

use crate::scope::{EntityIx, GroupId, GroupIx, Matcher, Node, Scope, Subject, Topology};

/// Whether `scope` covers `subject`, where `descends` says that selection and
/// exclusion reach down to what is below.
pub(crate) fn covers(
    scope: &Scope,
    descends: bool,
    subject: &Subject<'_>,
    topology: &Topology,
) -> bool {
    Lineage::of(subject, topology).covered_by(scope, descends)
}

/// A subject followed by its ancestors, each once, the nearest first: what many
/// scopes can be held against without finding it anew.
///
/// The groups of a member are found when a scope first asks for them. Nothing
/// is allocated for a subject with fewer than [`FEW`] ancestors, each of them in
/// no more groups than that.
#[derive(Clone, Debug)]
pub(crate) struct Lineage<'a> {
    subject: Subject<'a>,
    topology: &'a Topology,
    /// The subject first; only that one may be unknown to the topology.
    members: SmallVec<[Member; FEW]>,
}

#[derive(Clone, Debug)]
struct Member {
    entity: Option<EntityIx>,
    /// The groups the member is in, with those they are nested in, as far as
    /// the topology knows them.
    groups: OnceCell<SmallVec<[GroupIx; FEW]>>,
}

/// How many members of a lineage, or groups of a member, are kept in place.
const FEW: usize = 16;

/// A yes or no for each member of a lineage.
type Marks = SmallVec<[bool; FEW]>;

/// How many `not`s a test stands under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parity {
    Even,
    Odd,
}

impl<'a> Lineage<'a> {
    /// The subject and its ancestors, in time proportional to the parent links
    /// above the subject.
    pub(crate) fn of(subject: &Subject<'a>, topology: &'a Topology) -> Self {
        let member = |entity| Member { entity, groups: OnceCell::new() };
        let members = match topology.entity(subject.entity_id()) {
            None => smallvec![member(None)],
            Some(entity) => closure([entity], |entity| topology.parents(entity))
                .into_iter()
                .map(|entity| member(Some(entity)))
                .collect(),
        };
        Self { subject: *subject, topology, members }
    }

    /// Whether `scope` covers the subject, where `descends` says that selection
    /// and exclusion reach down to what is below. In time proportional to the
    /// tests of the scope times the length of the lineage.
    pub(crate) fn covered_by(&self, scope: &Scope, descends: bool) -> bool {
        self.covered_through(scope, descends).is_some()
    }

    /// The nearest member of the lineage through which `scope` covers the
    /// subject: its own id, or that of the ancestor that passes it down.
    pub(crate) fn covered_through(&self, scope: &Scope, descends: bool) -> Option<&'a str> {
        // Where nothing descends, the subject is all there is to look at.
        let reach = if descends { self.members.len() } else { 1 };
        let passing = self.passing(scope, Parity::Even, reach);
        passing.into_iter().position(|passes| passes).map(|nearest| self.id(nearest))
    }

    /// Whether a test of the scope, under `not`s or not, is passed by the
    /// subject or an ancestor: whether the scope speaks of the subject at all.
    pub(crate) fn touched_by(&self, scope: &Scope) -> bool {
        match scope.node() {
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().any(|scope| self.touched_by(scope))
            }
            Node::Not(scope) => self.touched_by(scope),
            Node::AlertType(_) => false,
            _ => self.passing(scope, Parity::Even, self.members.len()).contains(&true),
        }
    }

    /// For each of the first `reach` members, whether the tree holds with that
    /// member in the place of the selected one.
    fn passing(&self, scope: &Scope, parity: Parity, reach: usize) -> Marks {
        let all = |passes: bool| -> Marks { smallvec![passes; reach] };
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
                let mut passing = all(true);
                for scope in scopes {
                    let more = self.passing(scope, parity, reach);
                    passing.iter_mut().zip(more).for_each(|(all, one)| *all &= one);
                }
                passing
            }
            Node::Any(scopes) => {
                let mut passing = all(false);
                for scope in scopes {
                    let more = self.passing(scope, parity, reach);
                    passing.iter_mut().zip(more).for_each(|(any, one)| *any |= one);
                }
                passing
            }
            Node::Not(scope) => {
                let mut passing = self.passing(scope, parity.other(), reach);
                passing.iter_mut().for_each(|passes| *passes = !*passes);
                passing
            }
            Node::TooDeep => all(false),
        }
    }

    /// Its members, and the groups that were found for them.
    pub(crate) fn size(&self) -> u64 {
        let groups = self.members.iter().filter_map(|member| member.groups.get());
        (self.members.len() + groups.map(|groups| groups.len()).sum::<usize>()) as u64
    }

    fn id(&self, at: usize) -> &'a str {
        match self.members[at].entity {
            Some(entity) => self.topology.id_of(entity),
            None => self.subject.entity_id(),
        }
    }

    /// Whether a member is in a group, which the topology may or may not know.
    fn is_in(&self, at: usize, group: &GroupId, known: Option<GroupIx>) -> bool {
        let brought = || at == 0 && self.subject.groups().contains(&group.as_str());
        known.map_or_else(brought, |group| self.groups(at).binary_search(&group).is_ok())
    }

    /// The groups of a member, sorted.
    fn groups(&self, at: usize) -> &[GroupIx] {
        let member = &self.members[at];
        member.groups.get_or_init(|| {
            let own = member.entity.map_or(&[][..], |entity| self.topology.direct_groups(entity));
            let brought = if at == 0 { self.subject.groups() } else { &[] };
            let brought = brought.iter().filter_map(|group| self.topology.group(group));
            let roots = own.iter().copied().chain(brought);
            let mut groups = closure(roots, |group| self.topology.outer_groups(group));
            groups.sort_unstable();
            groups
        })
    }

    /// Whether a member has an attribute with a value that passes.
    fn has(&self, at: usize, matcher: &Matcher) -> bool {
        let brought = if at == 0 { self.subject.attributes() } else { &[] };
        if brought.iter().any(|(name, value)| *name == matcher.name() && matcher.accepts(value)) {
            return true;
        }
        let known = self.members[at].entity.zip(self.topology.attribute_name(matcher.name()));
        known.is_some_and(|(entity, name)| {
            self.topology.attribute_values(entity, name).any(|value| matcher.accepts(value))
        })
    }
}

impl Parity {
    fn other(self) -> Self {
        match self {
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
        }
    }
}

/// All that `up` leads to from `roots`, these included, each once, breadth
/// first.
fn closure<'a, I: Copy + Eq + Hash + 'a>(
    roots: impl IntoIterator<Item = I>,
    up: impl Fn(I) -> &'a [I],
) -> SmallVec<[I; FEW]> {
    let mut reached = Reached { all: SmallVec::new(), seen: None };
    roots.into_iter().for_each(|root| reached.add(root));
    let mut next = 0;
    while let Some(&here) = reached.all.get(next) {
        next += 1;
        up(here).iter().for_each(|above| reached.add(*above));
    }
    reached.all
}

/// What was reached, and how that is looked up: a few are looked through.
struct Reached<I> {
    all: SmallVec<[I; FEW]>,
    seen: Option<HashSet<I>>,
}

impl<I: Copy + Eq + Hash> Reached<I> {
    fn add(&mut self, new: I) {
        let Self { all, seen } = self;
        let is_new = match seen {
            None if all.len() <= FEW => !all.contains(&new),
            _ => seen.get_or_insert_with(|| all.iter().copied().collect()).insert(new),
        };
        if is_new {
            all.push(new);
        }
    }
}

#[cfg(test)]
mod tests;
