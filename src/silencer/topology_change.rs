//! What another topology changes: the entities that it touches, and the windows that it may
//! make cover other subjects with labels.

use std::collections::HashSet;
use std::sync::Arc;

use crate::index::Index;
use crate::scope::{Ancestry, Node, Scope, Subject, Topology, TouchedEntity};
use crate::window::Window;

/// The difference between two topologies.
pub(super) enum TopologyChange {
    None,
    /// One was edited, or both were edited since the same build.
    Edited(Edits),
    /// It was built again.
    Other {
        is_same_label: bool,
    },
}

/// What edits change.
pub(super) struct Edits {
    touched: Vec<TouchedEntity>,
    properties: Changed,
    is_same_label: bool,
}

/// The properties of entities that changed.
#[derive(Default)]
struct Changed {
    groups: HashSet<String>,
    attributes: HashSet<String>,
    /// Whether an entity has other ancestors.
    ancestors: bool,
    /// Whether a group is nested in other groups: a query may pass it.
    nesting: bool,
}

impl TopologyChange {
    pub(super) fn of(before: &Topology, after: &Topology) -> Self {
        if before.is_same(after) {
            return Self::None;
        }
        let is_same_label = before.entity_label() == after.entity_label();
        if before.is_comparable(after)
            && let Some(touched) = before.touched_entities(after, usize::MAX)
        {
            let mut properties =
                Changed { nesting: !before.nests_alike(after), ..Changed::default() };
            touched.iter().for_each(|entity| properties.add(entity, before, after));
            return Self::Edited(Edits { touched, properties, is_same_label });
        }
        if before == after { Self::None } else { Self::Other { is_same_label } }
    }

    /// The entities on which the effect may differ because of the topology; `None` if these
    /// are all.
    pub(super) fn touched(&self) -> Option<impl Iterator<Item = &str>> {
        let touched = match self {
            Self::None => &[][..],
            Self::Edited(edits) => &edits.touched,
            Self::Other { .. } => return None,
        };
        Some(touched.iter().map(|entity| &*entity.id))
    }

    /// The windows that may cover other subjects with labels, in registry order.
    pub(super) fn windows<'a>(&self, after: &'a Index) -> Vec<&'a Arc<Window>> {
        if matches!(self, Self::None) {
            return Vec::new();
        }
        let mut windows: Vec<_> =
            after.windows().filter(|(_, window)| self.may_change(window)).collect();
        windows.sort_unstable_by_key(|(position, _)| *position);
        windows.into_iter().map(|(_, window)| window).collect()
    }

    /// Whether a window may cover a subject with labels that it did not cover, or the reverse.
    fn may_change(&self, window: &Window) -> bool {
        let (scope, descends) = (window.scope(), window.propagation().descends());
        let mut names_entities = false;
        scope.named_entities(&mut |_| names_entities = true);
        let depends = scope.depends_on_labels() || (names_entities && descends);
        match self {
            Self::None => false,
            // Another label names the entity of a subject.
            Self::Edited(Edits { is_same_label: false, .. })
            | Self::Other { is_same_label: false } => true,
            Self::Edited(Edits { properties, .. }) => {
                depends && ((properties.ancestors && descends) || properties.are_tested_by(scope))
            }
            Self::Other { .. } => depends,
        }
    }
}

impl Changed {
    fn add(&mut self, entity: &TouchedEntity, before: &Topology, after: &Topology) {
        self.ancestors |= entity.has_other_ancestors;
        let subject = Subject::entity(&entity.id);
        let of = |topology| Ancestry::of(&subject, topology);
        let (before, after) = (of(before), of(after));
        fn groups<'a>(of: &'a Ancestry<'_>) -> HashSet<&'a str> {
            of.group_ids(0).collect()
        }
        fn attributes<'a>(of: &'a Ancestry<'_>) -> HashSet<(&'a str, &'a str)> {
            of.attributes(0).collect()
        }
        let (old, new) = (groups(&before), groups(&after));
        self.groups.extend(old.symmetric_difference(&new).map(|id| (*id).to_owned()));
        let (old, new) = (attributes(&before), attributes(&after));
        let names = old.symmetric_difference(&new).map(|(name, _)| (*name).to_owned());
        self.attributes.extend(names);
    }

    /// Whether a scope has a test of a property that changed.
    fn are_tested_by(&self, scope: &Scope) -> bool {
        match scope.node() {
            Node::Group(id) => self.nesting || self.groups.contains(id.as_str()),
            Node::Attribute(matcher) => self.attributes.contains(matcher.name()),
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().any(|scope| self.are_tested_by(scope))
            }
            Node::Not(scope) => self.are_tested_by(scope),
            Node::Entity(_)
            | Node::Entities(_)
            | Node::Everything
            | Node::AlertType(_)
            | Node::TooDeep => false,
        }
    }
}
