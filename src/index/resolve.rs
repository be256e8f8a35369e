//! Scope resolution: from a scope to the entities that it covers.
//!
//! A scope is resolved once, when its windows are compiled, so that a query need not
//! evaluate groups, parents and attributes. Resolution first collects candidates: the
//! entities of the necessary clause that has the fewest (members of a group, entities with
//! an attribute value, ..). Then it evaluates the scope for each candidate and each alert
//! type that it names. The number of steps is limited; a scope beyond the limit is left to
//! the index of keys.

use std::collections::HashMap;

use crate::index::alert_types::{AlertTypeFilter, AlertTypes};
use crate::index::hash::FastSet;
use crate::index::intern::EntityIds;
use crate::index::postings::Postings;
use crate::scope::{
    AlertType, Ancestry, Atom, EntityId, EntityIx, GroupIx, Matcher, Node, Property, Scope,
    Subject, Topology,
};
use crate::trie::Row;

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
    /// The entities by attribute. Without it, scopes with attributes are not resolved.
    postings: Option<&'a Postings>,
}

/// The tests of a scope, by which the steps of its evaluation are counted.
struct Tests<'s> {
    /// The number of evaluated scope nodes.
    count: u64,
    /// Those whose work depends on the length of a value.
    of_text: Vec<&'s Matcher>,
}

/// What a resolution may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResolveLimits {
    /// The maximum number of candidates.
    pub(super) candidates: usize,
    /// The maximum number of steps; counted down.
    pub(super) steps: u64,
}

impl ResolveLimits {
    /// No limits.
    pub(super) const NONE: Self = Self { candidates: usize::MAX, steps: u64::MAX };

    /// The limits of a scope that goes into the blocks of a few entities. They do not depend
    /// on what else there is, so that an update finds the same blocks as the build.
    pub(super) const FEW: Self = Self { candidates: 64, steps: 1 << 12 };

    /// Counts steps. `None` if the limit is exceeded.
    fn spend(&mut self, steps: u64) -> Option<()> {
        self.steps = self.steps.checked_sub(steps)?;
        Some(())
    }
}

impl<'a> ScopeResolver<'a> {
    pub(super) fn new(topology: &'a Topology, postings: Option<&'a Postings>) -> Self {
        Self { topology, postings }
    }

    /// Whether an entity of the topology, or an unknown one, may have an atom without labels
    /// of the query.
    pub(super) fn is_possible(&self, atom: &Atom<'_>) -> bool {
        match atom.property {
            Property::Entity | Property::AlertType => true,
            Property::Group => self.topology.group(atom.text).is_some(),
            Property::Value(name) | Property::Prefix(name) | Property::Present(name) => {
                self.topology.attribute_name(name).is_some()
            }
        }
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

    /// Resolves a scope to the entities it covers. Returns `None` if a limit is exceeded, or
    /// if every entity is a candidate and the entity list is incomplete.
    pub(super) fn resolve(
        &self,
        scope: &Scope,
        descends: bool,
        ids_of_types: &AlertTypes,
        ids: &dyn EntityIds,
        limits: &mut ResolveLimits,
    ) -> Option<Coverage> {
        match scope.node() {
            Node::Everything => return Some(Coverage { everything: true, ..Coverage::default() }),
            Node::Entity(_) | Node::Entities(_) => {
                let covered = self.candidates(scope, descends, ids, limits)?;
                let entities = vec![(AlertTypeFilter::any(), covered)];
                return Some(Coverage { entities, ..Coverage::default() });
            }
            _ => {}
        }
        let alert_types = alert_types_of(scope, ids_of_types);
        let candidates = self.candidates(scope, descends, ids, limits)?;
        let mut by_filter: HashMap<AlertTypeFilter, Vec<u32>> = HashMap::new();
        let mut tests_of_text = Vec::new();
        scope.tests_of_text(&mut |matcher| tests_of_text.push(matcher));
        let tests = Tests { count: scope.tests(), of_text: tests_of_text };
        for entity in candidates {
            let id = ids.id_of(entity);
            let filter = self.filter_for((scope, descends), &tests, &alert_types, id, limits)?;
            if let Some(filter) = filter {
                by_filter.entry(filter).or_default().push(entity);
            }
        }
        let mut entities: Vec<_> = by_filter.into_iter().collect();
        entities.sort_unstable();
        // No id is empty, so this is the coverage of an unknown entity.
        let unknown = self.filter_for((scope, descends), &tests, &alert_types, "", limits)?;
        Some(Coverage { everything: false, entities, unknown })
    }

    /// The alert types for which the scope covers an entity; `None` if there are none.
    pub(super) fn filter_of(
        &self,
        scope: &Scope,
        descends: bool,
        ids_of_types: &AlertTypes,
        id: &str,
    ) -> Option<AlertTypeFilter> {
        let alert_types = alert_types_of(scope, ids_of_types);
        let tests = Tests { count: 0, of_text: Vec::new() };
        let mut limits = ResolveLimits::NONE;
        self.filter_for((scope, descends), &tests, &alert_types, id, &mut limits).flatten()
    }

    /// The alert types for which the scope covers an entity; `Some(None)` if there are
    /// none. Returns `None` if the step limit is exceeded.
    fn filter_for(
        &self,
        (scope, descends): (&Scope, bool),
        tests: &Tests<'_>,
        alert_types: &[(u32, AlertType)],
        id: &str,
        limits: &mut ResolveLimits,
    ) -> Option<Option<AlertTypeFilter>> {
        let topology = self.topology;
        let subject = Subject::entity(id);
        let lineage = Ancestry::of(&subject, topology);
        let evaluations = 1 + alert_types.len() as u64;
        // A pattern reads the whole value: counted before it does.
        let text = tests.of_text.iter().map(|matcher| lineage.steps_for_text(matcher));
        let text = text.fold(0, u64::saturating_add);
        limits.spend(text.saturating_mul(evaluations))?;
        let default = lineage.covered_by(scope, descends);
        limits.spend((tests.count * evaluations).saturating_mul(lineage.size()))?;
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

    /// A sorted superset of the entities that the scope covers. `None` if a limit is
    /// exceeded, or if every entity is a candidate and the entity list is incomplete.
    pub(super) fn candidates(
        &self,
        scope: &Scope,
        descends: bool,
        ids: &dyn EntityIds,
        limits: &mut ResolveLimits,
    ) -> Option<Vec<u32>> {
        let most = limits.candidates.min(usize::try_from(limits.steps).unwrap_or(usize::MAX));
        let clauses = scope.clauses(&|atom| self.count(atom, most));
        let costed = clauses.iter().map(|clause| {
            let count = clause.iter().map(|atom| self.count(atom, most));
            (count.fold(0, u64::saturating_add), clause)
        });
        let mut found = Vec::new();
        match costed.min_by_key(|(count, _)| *count) {
            // Positions of entities that were removed have no id.
            Some((u64::MAX, _)) | None => {
                found.extend((0..ids.count()?).filter(|at| !ids.id_of(*at).is_empty()));
            }
            Some((count, _)) if count > most as u64 => return None,
            Some((_, clause)) => {
                clause.iter().for_each(|atom| self.extend(&mut found, atom, ids));
                found.sort_unstable();
                found.dedup();
                for clause in clauses.iter().filter(|other| *other != clause) {
                    self.retain(&mut found, clause);
                }
            }
        }
        if found.len() > most {
            return None;
        }
        if descends {
            self.add_descendants(&mut found, most)?;
            found.sort_unstable();
            found.dedup();
        }
        limits.spend(found.len() as u64)?;
        Some(found)
    }

    /// The number of entities that have an atom, or more than `most`; `u64::MAX` if every
    /// entity may have it.
    fn count(&self, atom: &Atom<'_>, most: usize) -> u64 {
        match atom.property {
            Property::Entity => 1,
            Property::AlertType => u64::MAX,
            Property::Group => match self.topology.group(atom.text) {
                Some(group) => {
                    let mut count = 0;
                    for group in self.with_subgroups(group) {
                        // A group without members counts, too: it is visited.
                        count += 1 + self.topology.members(group).len();
                        if count > most {
                            break;
                        }
                    }
                    count as u64
                }
                None => 0,
            },
            Property::Value(name) => {
                self.row(name, |postings| postings.with_value(name, atom.text))
            }
            Property::Prefix(name) | Property::Present(name) => {
                self.row(name, |postings| postings.with_name(name))
            }
        }
    }

    /// The length of a row of the postings; `u64::MAX` without postings, if the topology has
    /// the name.
    fn row(&self, name: &str, row: impl Fn(&'a Postings) -> Row<'a>) -> u64 {
        match self.postings {
            Some(postings) => row(postings).len() as u64,
            None if self.topology.attribute_name(name).is_none() => 0,
            None => u64::MAX,
        }
    }

    /// Appends the entities that have an atom, without descendants.
    fn extend(&self, found: &mut Vec<u32>, atom: &Atom<'_>, ids: &dyn EntityIds) {
        match (atom.property, self.postings) {
            (Property::Entity, _) => found.extend(ids.index_of(atom.text)),
            (Property::Group, _) => {
                let groups = self.topology.group(atom.text).into_iter();
                for group in groups.flat_map(|group| self.with_subgroups(group)) {
                    found.extend(self.topology.members(group).iter());
                }
            }
            (Property::Value(name), Some(postings)) => {
                found.extend(postings.with_value(name, atom.text).iter());
            }
            (Property::Prefix(name) | Property::Present(name), Some(postings)) => {
                found.extend(postings.with_name(name).iter());
            }
            (Property::AlertType, _) | (_, None) => {}
        }
    }

    /// Keeps the entities that have an atom of a clause, if it is about values of attributes.
    fn retain(&self, found: &mut Vec<u32>, clause: &[Atom<'_>]) {
        let rows = clause.iter().map(|atom| match (atom.property, self.postings) {
            (Property::Value(name), Some(postings)) => Some(postings.with_value(name, atom.text)),
            _ => None,
        });
        let rows: Option<Vec<Row<'_>>> = rows.collect();
        if let Some(rows) = rows.filter(|rows| rows.len() <= MAX_ROWS) {
            found.retain(|entity| rows.iter().any(|row| row.contains(*entity)));
        }
    }

    /// A group and all its nested subgroups, each once.
    fn with_subgroups(&self, group: GroupIx) -> impl Iterator<Item = GroupIx> {
        let mut seen = std::collections::HashSet::from([group]);
        let mut groups = vec![group];
        std::iter::from_fn(move || {
            let group = groups.pop()?;
            let inner = self.topology.subgroups(group).iter();
            let inner = inner.map(|inner| GroupIx::from_index(inner as usize));
            groups.extend(inner.filter(|inner| seen.insert(*inner)));
            Some(group)
        })
    }

    /// Appends all descendants of the entities. `None` if there are more than `most`.
    fn add_descendants(&self, entities: &mut Vec<u32>, most: usize) -> Option<()> {
        let mut seen = FastSet::<u32>::default();
        let mut next = 0;
        while next < entities.len() {
            let entity = entities[next] as usize;
            next += 1;
            // Entities outside of the topology have no children.
            if entity >= self.topology.entity_end() as usize || !seen.insert(entity as u32) {
                continue;
            }
            let children = self.topology.children(EntityIx::from_index(entity));
            if entities.len() + children.len() > most.saturating_mul(2) {
                return None;
            }
            entities.extend(children.iter());
        }
        Some(())
    }
}

/// The alert types that a scope names, with their ids, by which they are sorted.
fn alert_types_of(scope: &Scope, ids_of_types: &AlertTypes) -> Vec<(u32, AlertType)> {
    let mut alert_types = Vec::new();
    scope.alert_types(&mut |alert_type| {
        let known = (ids_of_types[alert_type], alert_type.clone());
        if !alert_types.contains(&known) {
            alert_types.push(known);
        }
    });
    alert_types.sort_unstable_by_key(|(id, _)| *id);
    alert_types
}

/// A clause of more values is not intersected.
const MAX_ROWS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::intern::EntityInterner;
    use crate::scope::Matcher;

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
            ScopeResolver::new(topology, None).single_entity(&Scope::entity(id), descends).is_some()
        };
        assert!(single(&known, "rack", false) && !single(&known, "rack", true));
        assert!(single(&known, "a", true) && single(&known, "unknown", true));
        assert!(single(&empty, "rack", true));
        assert!(
            ScopeResolver::new(&known, None).single_entity(&Scope::group("g"), false).is_none()
        );
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
        let mut limits = ResolveLimits::FEW;
        let resolver = ScopeResolver::new(&topology, None);
        let cover = resolver.resolve(scope, descends, &types, &ids, &mut limits).unwrap();
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
        let cover = |steps, candidates| {
            let mut limits = ResolveLimits { steps, candidates };
            ScopeResolver::new(&topology, None).resolve(&scope, false, &types, &ids, &mut limits)
        };
        assert!(cover(steps, 2).is_some() && cover(steps - 1, 2).is_none());
        // The group counts besides its member.
        assert!(cover(steps, 1).is_none());
    }

    #[test]
    fn resolve_attributes_by_rarest_value() {
        let topology = (0..200).fold(Topology::builder(), |topology, n| {
            let id = format!("e-{n}");
            let topology = topology.add_attribute(&id, "all", "yes");
            topology.add_attribute(&id, "tenth", (n % 10).to_string())
        });
        let topology = topology.build().unwrap();
        let (postings, ids) = (Postings::of(&topology), EntityInterner::new(&topology));
        let resolver = ScopeResolver::new(&topology, Some(&postings));
        let resolve = |scope: Scope| {
            let mut limits = ResolveLimits { candidates: 30, ..ResolveLimits::FEW };
            let types = AlertTypes::default();
            let coverage = resolver.resolve(&scope, false, &types, &ids, &mut limits)?;
            Some(coverage.entities.iter().map(|(_, entities)| entities.len()).sum::<usize>())
        };
        let equals = |name: &str, value: &str| Scope::attribute(Matcher::equals(name, value));
        assert_eq!(resolve(equals("all", "yes")), None);
        assert_eq!(resolve(equals("all", "no")), Some(0));
        assert_eq!(resolve(equals("tenth", "3")), Some(20));
        assert_eq!(resolve(equals("tenth", "3").and(equals("all", "yes"))), Some(20));
        assert_eq!(resolve(equals("tenth", "3").and(equals("tenth", "4"))), Some(0));
        assert_eq!(resolve(!equals("tenth", "3")), None);
        let without = ScopeResolver::new(&topology, None);
        let atom = |name| Atom { property: Property::Value(name), text: "3" };
        assert!(without.is_possible(&atom("tenth")) && !without.is_possible(&atom("other")));
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
        let postings = Postings::of(&topology);
        let fits = |scope: &Scope, steps| {
            let mut limits = ResolveLimits { candidates: 64, steps };
            let resolver = ScopeResolver::new(&topology, Some(&postings));
            resolver.resolve(scope, false, &types, &ids, &mut limits).is_some()
        };
        // A candidate, evaluated once, and an unknown entity.
        let plain = Scope::attribute(Matcher::equals("n", "x"));
        let least = 1 + 1 + 1;
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
        let steps = 2 + 2 * (2 + 1001) + 3 * 2 * 2;
        assert!(fits(&both, steps) && !fits(&both, steps - 1));
    }
}
