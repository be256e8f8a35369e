//! Scope resolution: from a scope to the entities that it covers.
//!
//! A scope is resolved once, when its windows are compiled, so that a query need not
//! evaluate groups, parents and attributes. Resolution first collects candidates (the
//! members of a named group, the entities with an attribute, ..), then evaluates the
//! scope for each candidate and each alert type that it names. The number of steps is
//! limited.

use std::collections::HashMap;

use crate::index::alert_types::{AlertTypeFilter, AlertTypes};
use crate::index::hash::{FastMap, FastSet};
use crate::index::intern::EntityIds;
use crate::limits::MAX_COVER_STEPS;
use crate::scope::{
    AlertType, Ancestry, EntityId, EntityIx, GroupIx, Matcher, Node, Scope, Subject, Topology,
};
use crate::window::Window;

/// The entities that a scope covers.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    /// Every entity, for every alert type. The other fields are empty then.
    pub(super) everything: bool,
    /// The covered entities, by the alert types for which they are covered.
    pub(super) entities: Vec<(AlertTypeFilter, Vec<u32>)>,
    /// The alert types for which unknown entities are covered.
    pub(super) unknown: Option<AlertTypeFilter>,
}

impl Coverage {
    /// Whether the scope covers at most `few` entities, all of them known.
    pub(super) fn is_at_most(&self, max: usize) -> bool {
        let entities: usize = self.entities.iter().map(|(_, entities)| entities.len()).sum();
        !self.everything && self.unknown.is_none() && entities <= max
    }
}

/// Resolves scopes against a topology.
#[derive(Debug)]
pub(super) struct ScopeResolver<'a> {
    topology: &'a Topology,
    /// The entities that have an attribute, by attribute name. Built on first use.
    by_attribute: Option<FastMap<&'a str, Vec<u32>>>,
    /// The remaining steps.
    steps_left: u64,
}

/// The tests of a scope, by which the steps of its evaluation are counted.
struct Tests<'s> {
    /// The number of evaluated scope nodes.
    count: u64,
    /// Those whose work depends on the length of a value.
    of_text: Vec<&'s Matcher>,
}

/// Whether the scope of a window is composite: neither a list of entities nor
/// everything. Only the coverage of a composite scope can depend on the alert type, or
/// on attributes and groups of the query.
pub(super) fn is_composite(window: &Window) -> bool {
    !matches!(window.scope().node(), Node::Entity(_) | Node::Entities(_) | Node::Everything)
}

impl<'a> ScopeResolver<'a> {
    /// A resolver with the default step limit.
    pub(super) fn new(topology: &'a Topology) -> Self {
        Self { topology, by_attribute: None, steps_left: MAX_COVER_STEPS }
    }

    /// Replaces the limit of [`MAX_COVER_STEPS`].
    pub(super) fn with_step_limit(self, steps_left: u64) -> Self {
        Self { steps_left, ..self }
    }

    /// Counts steps. `None` if the limit is exceeded.
    fn spend(&mut self, steps: u64) -> Option<()> {
        self.steps_left = self.steps_left.checked_sub(steps)?;
        Some(())
    }

    /// The only entity that the scope covers, if that is evident without resolution.
    #[inline]
    pub(super) fn single_entity<'s>(
        &self,
        scope: &'s Scope,
        descends: bool,
    ) -> Option<&'s EntityId> {
        let Node::Entity(id) = scope.node() else { return None };
        let is_leaf = |id| {
            let entity = self.topology.entity(id);
            entity.is_none_or(|entity| self.topology.children(entity).is_empty())
        };
        (!descends || self.topology.len() == 0 || is_leaf(id.as_str())).then_some(id)
    }

    /// Resolves a scope to the entities it covers. Returns `None` if the set is unbounded
    /// and the entity list is incomplete, or if the step limit is exceeded.
    pub(super) fn resolve(
        &mut self,
        scope: &Scope,
        descends: bool,
        ids_of_types: &AlertTypes,
        ids: &dyn EntityIds,
    ) -> Option<Coverage> {
        match scope.node() {
            Node::Everything => return Some(Coverage { everything: true, ..Coverage::default() }),
            Node::Entity(_) | Node::Entities(_) => {
                let covered = self.candidates(scope, descends, ids)?;
                let entities = vec![(AlertTypeFilter::any(), covered)];
                return Some(Coverage { entities, ..Coverage::default() });
            }
            _ => {}
        }
        let mut alert_types = Vec::new();
        scope.alert_types(&mut |alert_type| {
            let known = (ids_of_types[alert_type], alert_type.clone());
            if !alert_types.contains(&known) {
                alert_types.push(known);
            }
        });
        alert_types.sort_unstable_by_key(|(id, _)| *id);
        let candidates = match self.candidates(scope, descends, ids) {
            Some(candidates) => candidates,
            None => (0..ids.count()?).collect(),
        };
        let mut by_filter: HashMap<AlertTypeFilter, Vec<u32>> = HashMap::new();
        let mut tests_of_text = Vec::new();
        scope.tests_of_text(&mut |matcher| tests_of_text.push(matcher));
        let tests = Tests { count: scope.tests(), of_text: tests_of_text };
        for entity in candidates {
            let id = ids.id_of(entity);
            if let Some(filter) = self.filter_for(scope, descends, &tests, &alert_types, id)? {
                by_filter.entry(filter).or_default().push(entity);
            }
        }
        let mut entities: Vec<_> = by_filter.into_iter().collect();
        entities.sort_unstable();
        // No id is empty, so this is the coverage of an unknown entity.
        let unknown = self.filter_for(scope, descends, &tests, &alert_types, "")?;
        Some(Coverage { everything: false, entities, unknown })
    }

    /// The alert types for which the scope covers an entity; `Some(None)` if there are
    /// none. Returns `None` if the step limit is exceeded.
    fn filter_for(
        &mut self,
        scope: &Scope,
        descends: bool,
        tests: &Tests<'_>,
        alert_types: &[(u32, AlertType)],
        id: &str,
    ) -> Option<Option<AlertTypeFilter>> {
        let topology = self.topology;
        let subject = Subject::entity(id);
        let lineage = Ancestry::of(&subject, topology);
        let evaluations = 1 + alert_types.len() as u64;
        // A pattern reads the whole value: counted before it does.
        let text = tests.of_text.iter().map(|matcher| lineage.steps_for_text(matcher));
        let text = text.fold(0, u64::saturating_add);
        self.spend(text.saturating_mul(evaluations))?;
        let default = lineage.covered_by(scope, descends);
        self.spend((tests.count * evaluations).saturating_mul(lineage.size()))?;
        let covers =
            |subject: &Subject<'_>| Ancestry::of(subject, topology).covered_by(scope, descends);
        let exceptions = alert_types
            .iter()
            .filter(|(_, alert_type)| {
                covers(&subject.with_alert_type(alert_type.as_str())) != default
            })
            .map(|(id, _)| *id);
        let filter = AlertTypeFilter { exceptions: exceptions.collect(), default };
        Some((filter.default || !filter.exceptions.is_empty()).then_some(filter))
    }

    /// A sorted superset of the entities that the scope covers. `None` if the set is
    /// unbounded or the step limit is exceeded.
    fn candidates(
        &mut self,
        scope: &Scope,
        descends: bool,
        ids: &dyn EntityIds,
    ) -> Option<Vec<u32>> {
        let mut found = self.named_entities(scope, ids)?;
        if descends {
            self.add_descendants(&mut found);
        }
        self.spend(found.len() as u64)?;
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// A superset of the entities that the scope selects, without descendants. `None` if
    /// the set is unbounded.
    fn named_entities(&mut self, scope: &Scope, ids: &dyn EntityIds) -> Option<Vec<u32>> {
        match scope.node() {
            Node::Entity(id) => Some(ids.index_of(id.as_str()).into_iter().collect()),
            Node::Entities(listed) => {
                Some(listed.iter().filter_map(|id| ids.index_of(id.as_str())).collect())
            }
            Node::Group(id) => Some(match self.topology.group(id.as_str()) {
                Some(group) => self.members(group),
                None => Vec::new(),
            }),
            Node::Attribute(matcher) => Some(self.with_attribute(matcher.name())),
            Node::All(scopes) => scopes
                .iter()
                .filter_map(|scope| self.named_entities(scope, ids))
                .min_by_key(Vec::len),
            Node::Any(scopes) => {
                let mut all = Vec::new();
                for scope in scopes {
                    all.extend(self.named_entities(scope, ids)?);
                }
                Some(all)
            }
            Node::Everything | Node::AlertType(_) | Node::Not(_) | Node::TooDeep => None,
        }
    }

    /// The entities of the topology that have an attribute, whatever its value.
    fn with_attribute(&mut self, name: &str) -> Vec<u32> {
        let topology = self.topology;
        let by_attribute = self.by_attribute.get_or_insert_with(|| {
            let mut by_attribute: FastMap<&str, Vec<u32>> = FastMap::default();
            for entity in topology.entity_indices() {
                for (name, _) in topology.attributes(entity) {
                    by_attribute.entry(name).or_default().push(entity.index() as u32);
                }
            }
            by_attribute
        });
        by_attribute.get(name).cloned().unwrap_or_default()
    }

    /// The members of a group and of all its nested subgroups.
    fn members(&self, group: GroupIx) -> Vec<u32> {
        let mut seen = std::collections::HashSet::from([group]);
        let (mut groups, mut members) = (vec![group], Vec::new());
        while let Some(group) = groups.pop() {
            members.extend(self.topology.members(group).iter().map(|entity| entity.index() as u32));
            let inner = self.topology.subgroups(group).iter().copied();
            groups.extend(inner.filter(|inner| seen.insert(*inner)));
        }
        members
    }

    /// Appends all descendants of the entities.
    fn add_descendants(&self, entities: &mut Vec<u32>) {
        let mut seen = FastSet::<u32>::default();
        let mut next = 0;
        while next < entities.len() {
            let entity = entities[next] as usize;
            next += 1;
            // Entities outside of the topology have no children.
            if entity >= self.topology.len() || !seen.insert(entity as u32) {
                continue;
            }
            let children = self.topology.children(EntityIx::from_index(entity));
            entities.extend(children.iter().map(|child| child.index() as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::intern::EntityInterner;

    #[test]
    fn is_at_most_counts_known_entities() {
        let of = |counts: &[u32]| Coverage {
            entities: counts.iter().map(|n| (AlertTypeFilter::any(), (0..*n).collect())).collect(),
            ..Coverage::default()
        };
        assert!(of(&[]).is_at_most(4) && of(&[4]).is_at_most(4) && of(&[1, 3]).is_at_most(4));
        assert!(!of(&[5]).is_at_most(4) && !of(&[2, 3]).is_at_most(4));
        assert!(!Coverage { everything: true, ..Coverage::default() }.is_at_most(4));
        assert!(
            !Coverage { unknown: Some(AlertTypeFilter::any()), ..Coverage::default() }
                .is_at_most(4)
        );
    }

    fn topology() -> Topology {
        Topology::builder()
            .add_child("rack", "a")
            .add_child("rack", "b")
            .add_member("g", "c")
            .build()
            .unwrap()
    }

    #[test]
    fn single_entity_with_children_is_none() {
        let (known, empty) = (topology(), Topology::default());
        let single = |topology, id: &str, descends| {
            ScopeResolver::new(topology).single_entity(&Scope::entity(id), descends).is_some()
        };
        assert!(single(&known, "rack", false) && !single(&known, "rack", true));
        assert!(single(&known, "a", true) && single(&known, "unknown", true));
        assert!(single(&empty, "rack", true));
        assert!(ScopeResolver::new(&known).single_entity(&Scope::group("g"), false).is_none());
    }

    /// `everything`, the covered entities by name, and `unknown`.
    type Covered = (bool, Vec<(AlertTypeFilter, Vec<String>)>, Option<AlertTypeFilter>);

    fn cover(scope: &Scope, descends: bool) -> Covered {
        let topology = topology();
        let mut ids = EntityInterner::new(&topology);
        scope.named_entities(&mut |id| {
            ids.intern(id);
        });
        let types = AlertTypes::from([(AlertType::from("disk"), 0)]);
        let cover = ScopeResolver::new(&topology).resolve(scope, descends, &types, &ids).unwrap();
        let ids = |of: &Vec<u32>| of.iter().map(|number| ids.id_of(*number).to_owned()).collect();
        let entities =
            cover.entities.iter().map(|(filter, of)| (filter.clone(), ids(of))).collect();
        (cover.everything, entities, cover.unknown)
    }

    #[test]
    fn resolve_scopes_return_coverage() {
        assert_eq!(cover(&Scope::everything(), false), (true, vec![], None));
        let of = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let listed = Scope::entities(["rack", "x"]);
        let any = AlertTypeFilter::any();
        let plain = |ids: &[&str]| (false, vec![(any.clone(), of(ids))], None);
        assert_eq!(cover(&listed, false), plain(&["rack", "x"]));
        assert_eq!(cover(&listed, true), plain(&["rack", "a", "b", "x"]));
        assert_eq!(cover(&Scope::group("g"), false), plain(&["c"]));
        // A scope of an alert type alone covers every entity for that type.
        let disk = Scope::alert_type("disk");
        let filter = AlertTypeFilter { exceptions: [0].into(), default: false };
        let all = vec![(filter.clone(), of(&["rack", "a", "b", "c"]))];
        assert_eq!(cover(&disk, false), (false, all, Some(filter.clone())));
        let both = Scope::entity("a").and(disk);
        assert_eq!(cover(&both, false), (false, vec![(filter, of(&["a"]))], None));
    }

    #[test]
    fn resolve_beyond_step_limit_is_none() {
        let topology = topology();
        let ids = EntityInterner::new(&topology);
        let types = AlertTypes::from([(AlertType::from("disk"), 0), (AlertType::from("load"), 1)]);
        let any = Scope::alert_type("disk").or(Scope::alert_type("load"));
        let scope = Scope::group("g").and(any);
        // One candidate. Three scope nodes are evaluated for it, for its group, and for an
        // unknown entity: for each of two alert types, and for the default.
        let steps = 1 + 3 * 3 * (2 + 1);
        let cover = |steps| {
            ScopeResolver::new(&topology)
                .with_step_limit(steps)
                .resolve(&scope, false, &types, &ids)
        };
        assert!(cover(steps).is_some() && cover(steps - 1).is_none());
    }
    /// A pattern costs the bytes of the values that it reads, and not one step.
    #[test]
    fn resolve_pattern_counts_length_of_text() {
        let long = "x".repeat(1000);
        let topology = Topology::builder()
            .add_attribute("a", "n", "x")
            .add_attribute("a", "n", &long)
            .add_attribute("b", "m", &long)
            .build()
            .unwrap();
        let ids = EntityInterner::new(&topology);
        let types = AlertTypes::from([(AlertType::from("disk"), 0)]);
        let fits = |scope: &Scope, steps| {
            ScopeResolver::new(&topology)
                .with_step_limit(steps)
                .resolve(scope, false, &types, &ids)
                .is_some()
        };
        // A candidate with two values, evaluated once, and an unknown entity.
        let plain = Scope::attribute(Matcher::equals("n", "x"));
        let least = 2 + 1 + 1;
        assert!(fits(&plain, least) && !fits(&plain, least - 1));
        // Two values, of 1 and of 1000 bytes.
        let pattern = Scope::attribute(Matcher::matches("n", "x+").unwrap());
        let steps = least + (1 + 1) + (1 + 1000);
        assert!(fits(&pattern, steps) && !fits(&pattern, steps - 1));
        let contains = Scope::attribute(Matcher::contains("n", "y"));
        let steps = least + 1 + (1 + 1000 / 16);
        assert!(fits(&contains, steps) && !fits(&contains, steps - 1));
        // Within `not`, and again for each alert type. Of two entities and an unknown one,
        // one has the attribute.
        let both = (!pattern).and(Scope::alert_type("disk"));
        let steps = 2 * (2 + 1001) + 3 * 2 * 2;
        assert!(fits(&both, steps) && !fits(&both, steps - 1));
    }
}
