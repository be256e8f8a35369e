//! Incremental updates: applies changed windows to an index, copy-on-write.
//!
//! The new index shares with the old one the table, the arena, and all overrides and
//! classes that are not affected. An affected entity gets a new override in the
//! [delta](crate::index::delta), an affected class a new block. A window whose scope is
//! neither that of a class nor covers only a few entities is left to the [index of
//! keys](crate::index::keys). An update is refused, so that the caller builds the index
//! from scratch, if too much has changed since the build.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::Index;
use crate::index::alert_types::{AlertTypeFilter, AlertTypes};
use crate::index::block;
use crate::index::classes::{Classes, MAX_UNCLASSED_ENTITIES, ScopeClass};
use crate::index::delta::WindowOverride;
use crate::index::facts::Facts;
use crate::index::hash::{fibonacci_hash, hash_id};
use crate::index::intern::{EntityIds, ZoneInterner};
use crate::index::keys::Keys;
use crate::index::resolve::{ResolveLimits, ScopeResolver};
use crate::index::table::Probe;
use crate::registry::{ChangedWindow, WindowSeq};
use crate::scope::{Atom, EntityIx, Node, Topology};
use crate::window::Window;

/// Limit of changed entities and of changed windows, whatever the size of the index.
const MAX_CHANGES: usize = 1 << 24;

/// Entity ids for one update: the entities of the topology, then those that the scope
/// of the window names.
pub(super) struct ScopeLocalIds<'a> {
    topology: &'a Topology,
    named: Vec<&'a str>,
}

impl<'a> ScopeLocalIds<'a> {
    /// The ids for the scope of a window.
    pub(super) fn new(topology: &'a Topology, window: &'a Window) -> Self {
        let mut ids = Self { topology, named: Vec::new() };
        window.scope().named_entities(&mut |id: &'a str| {
            if topology.entity(id).is_none() && !ids.named.contains(&id) {
                ids.named.push(id);
            }
        });
        ids
    }

    /// The id of an entity.
    pub(super) fn id_for(&self, index: u32) -> &'a str {
        match index.checked_sub(self.topology.entity_end()) {
            Some(at) => self.named[at as usize],
            None => self.topology.id_of(EntityIx::from_index(index as usize)),
        }
    }
}

impl EntityIds for ScopeLocalIds<'_> {
    fn index_of(&self, id: &str) -> Option<u32> {
        match self.topology.entity(id) {
            Some(entity) => Some(entity.index() as u32),
            None => {
                let at = self.named.iter().position(|known| *known == id)?;
                Some(self.topology.entity_end() + at as u32)
            }
        }
    }

    fn id_of(&self, index: u32) -> &str {
        self.id_for(index)
    }

    /// Unknown: other scopes may name more entities.
    fn count(&self) -> Option<u32> {
        None
    }
}

/// Where the windows of a scope are compiled to.
enum Placement<'a> {
    /// The block of one entity, for every alert type.
    Entity(&'a Arc<str>),
    /// The blocks of a few entities, each with its filter.
    Entities(Vec<(Arc<str>, AlertTypeFilter)>),
    Classes(&'a [u32]),
    /// The index of keys alone.
    Keys,
}

/// The entities whose blocks change.
#[derive(Default)]
struct AffectedEntities<'a> {
    all: SmallVec<[AffectedEntity<'a>; 2]>,
    /// The places of all of them, once there are many.
    places: Option<HashMap<Arc<str>, usize>>,
}

/// More entities are found by a map.
const FEW_ENTITIES: usize = 16;

/// An entity, and the filter of the new window if that goes into its block.
type AffectedEntity<'a> = (Cow<'a, Arc<str>>, Option<AlertTypeFilter>);

impl<'a> AffectedEntities<'a> {
    /// Adds an entity. If it is there already, the last filter applies.
    fn add(&mut self, id: Cow<'a, Arc<str>>, filter: Option<AlertTypeFilter>) {
        let Self { all, places } = self;
        if all.len() > FEW_ENTITIES && places.is_none() {
            *places = Some(all.iter().map(|(id, _)| id.clone().into_owned()).zip(0..).collect());
        }
        let place = match places {
            Some(places) => places.get(&**id).copied(),
            None => all.iter().position(|(known, _)| *known == id),
        };
        match place {
            Some(place) => all[place].1 = filter,
            None => {
                if let Some(places) = places {
                    places.insert(id.clone().into_owned(), all.len());
                }
                all.push((id, filter));
            }
        }
    }
}

/// A changed window: its position in the registry, and the window that is there now.
pub(crate) struct Change<'a> {
    pub(crate) position: WindowSeq,
    pub(crate) window: Option<&'a Arc<Window>>,
}

/// How many entities or windows may change, of those that were built.
pub(super) fn limit(built: usize) -> usize {
    (built / 2 + 1024).min(MAX_CHANGES)
}

/// The changes that are prefetched at a time, and how many there may be.
const PREFETCH_SIZE: usize = 16;
const MAX_PREFETCHED: usize = 256;

impl Index {
    /// The number of windows that may change before a new build.
    pub(crate) fn change_limit(&self) -> usize {
        limit(self.base.windows.len())
    }

    /// Loads what [`apply`](Self::apply) reads of each change: windows, slots and blocks. None
    /// of the loads of a loop depends on another, so that their cache misses overlap.
    pub(crate) fn prefetch_changes(&self, changes: &[ChangedWindow<'_>]) {
        // A single change has no other to overlap with, and of very many the first ones
        // would leave the cache again.
        if !(2..=MAX_PREFETCHED).contains(&changes.len()) {
            return;
        }
        for changes in changes.chunks(PREFETCH_SIZE) {
            let old = |(position, _): &ChangedWindow<'_>| self.window_at(*position);
            let windows = changes.iter().filter_map(old);
            let windows = windows.chain(changes.iter().filter_map(|(_, window)| *window));
            let hints = windows.map(|window| window.comparison_hint());
            std::hint::black_box(hints.fold(0, std::ops::BitXor::bitxor));
            let entities: SmallVec<[(&str, Probe); PREFETCH_SIZE]> = changes
                .iter()
                .filter_map(|(_, window)| match (*window)?.scope().node() {
                    Node::Entity(id) => Some((id.as_str(), self.probe(id.as_str()))),
                    _ => None,
                })
                .collect();
            entities.iter().for_each(|(_, probe)| self.prefetch_slot(*probe));
            let blocks = entities.into_iter().filter_map(|(id, probe)| {
                let slot = self.lookup_probed(probe, id);
                self.entity_block(self.entry_of(slot))
            });
            blocks.for_each(|block| block::prefetch(block.words));
        }
    }

    /// Applies changes in order. Returns `None` if the index has to be built from scratch.
    pub(crate) fn apply<'a>(&self, changes: impl Iterator<Item = Change<'a>>) -> Option<Self> {
        let mut next: Option<Self> = None;
        for Change { position, window: new } in changes {
            let known = next.as_ref().unwrap_or(self);
            let old = known.window_at(position);
            if old.map(Arc::as_ptr) != new.map(Arc::as_ptr) {
                next = Some(known.apply_one(position, old, new));
            }
        }
        let next = next.unwrap_or_else(|| self.clone());
        let exceeds = next.delta.entities.len() > limit(next.table.len())
            || next.delta.windows.len() > next.change_limit()
            || next.keys.as_ref().is_some_and(|keys| keys.is_worn());
        (!exceeds).then_some(next)
    }

    /// Replaces the window at a position. `self` stays borrowed instead of cloning its
    /// `Arc`s: incrementing a reference count loads the cache line that holds it.
    fn apply_one(
        &self,
        position: WindowSeq,
        old: Option<&Arc<Window>>,
        new: Option<&Arc<Window>>,
    ) -> Self {
        let mut next = self.clone();
        let mut affected = AffectedEntities::default();
        let mut classes: BTreeMap<u32, bool> = BTreeMap::new();
        let mut is_keyed_only = [false; 2];
        for (window, stays) in [(old, false), (new, true)] {
            let Some(window) = window else { continue };
            next.intern_alert_types(window);
            let placement = match stays {
                false if self.has_keyed_only && self.is_keyed_only(position) => Placement::Keys,
                // It may cover more entities than when it was placed.
                false if self.facts.is_changed => {
                    self.place(window, &next.alert_types, ResolveLimits::NONE)
                }
                _ => self.place(window, &next.alert_types, ResolveLimits::FEW),
            };
            match placement {
                Placement::Entity(id) => {
                    affected.add(Cow::Borrowed(id), stays.then(AlertTypeFilter::any));
                }
                Placement::Entities(places) => places.into_iter().for_each(|(id, filter)| {
                    affected.add(Cow::Owned(id), stays.then_some(filter));
                }),
                Placement::Classes(places) => classes.extend(places.iter().map(|id| (*id, stays))),
                Placement::Keys => is_keyed_only[usize::from(stays)] = true,
            }
        }

        let mut zones = ZoneInterner::of(&self.zones);
        for (id, filter) in affected.all {
            let new = new.filter(|_| filter.is_some());
            self.update_entity(&mut next, &id, position, new.zip(filter), &mut zones);
        }
        if !classes.is_empty() {
            next.update_classes(position, new, &classes, &mut zones);
        }
        let is_in_keys = |window: &&Arc<Window>, is_keyed_only| {
            is_keyed_only || window.scope().depends_on_labels()
        };
        let [was_keyed_only, is_keyed_only] = is_keyed_only;
        next.update_keys(
            position,
            old.filter(|window| is_in_keys(window, was_keyed_only)),
            new.filter(|window| is_in_keys(window, is_keyed_only)),
        );
        if is_keyed_only && !next.has_keyed_only {
            next.has_keyed_only = true;
            next.delta.include_everybody();
        }
        next.update_excluding(position, new);
        let is_same = |known: &WindowOverride| known.position == position;
        let changed = WindowOverride { position, window: new.cloned(), is_keyed_only };
        next.delta.windows.insert(fibonacci_hash(position), is_same, changed);
        next
    }

    /// Updates the list of windows that exclude entities by id.
    fn update_excluding(&mut self, position: WindowSeq, new: Option<&Arc<Window>>) {
        let is_excluding = new.is_some_and(|window| Facts::is_excluding(window));
        if is_excluding != self.facts.excluding.get(position).is_some() {
            let excluding = &mut Arc::make_mut(&mut self.facts).excluding;
            match is_excluding {
                true => excluding.insert(position, ()),
                false => excluding.remove(position),
            };
        }
    }

    /// The window at a position, according to the delta and the build.
    pub(crate) fn window_at(&self, position: WindowSeq) -> Option<&Arc<Window>> {
        match self.delta.windows.get(fibonacci_hash(position), |known| known.position == position) {
            Some(changed) => changed.window.as_ref(),
            None => self.base.windows.at_position(position),
        }
    }

    /// Assigns ids to alert types that are new.
    pub(super) fn intern_alert_types(&mut self, window: &Window) {
        let mut types: Option<AlertTypes> = None;
        window.scope().alert_types(&mut |alert_type| {
            let known = types.as_ref().unwrap_or(&self.alert_types);
            if !known.contains_key(alert_type) {
                let next = known.len() as u32;
                types
                    .get_or_insert_with(|| AlertTypes::clone(&self.alert_types))
                    .insert(alert_type.clone(), next);
            }
        });
        if let Some(types) = types {
            self.alert_types = Arc::new(types);
        }
    }

    /// Where the windows with the scope of this one are compiled to, if they cover few
    /// entities by these limits.
    fn place<'a>(
        &'a self,
        window: &'a Window,
        types: &AlertTypes,
        mut limits: ResolveLimits,
    ) -> Placement<'a> {
        let (scope, descends) = (window.scope(), window.propagation().descends());
        let topology = &self.facts.topology;
        let resolver = self.resolver();
        let classes = self.classes.of_scope(scope, descends);
        // A scope that had many entities may be possible for one now, or for none. Class sets
        // lack classes that had no windows when the topology changed.
        if self.facts.is_changed && !classes.is_empty() {
            let is_empty = self.classes.by_id[classes[0] as usize].block.is_empty();
            return if is_empty { Placement::Keys } else { Placement::Classes(classes) };
        }
        if let Some(id) = resolver.single_entity(scope, descends) {
            return Placement::Entity(id.shared());
        }
        let is_possible = |atom: &Atom<'_>| resolver.is_possible(atom);
        if scope.depends_on_labels()
            && !scope
                .clauses(&|atom| atom.rank())
                .iter()
                .all(|clause| clause.iter().any(is_possible))
        {
            // Without labels of a query it covers nobody.
            return Placement::Entities(Vec::new());
        }
        if !classes.is_empty() {
            return Placement::Classes(classes);
        }
        let ids = ScopeLocalIds::new(topology, window);
        let most =
            if limits.candidates == usize::MAX { usize::MAX } else { MAX_UNCLASSED_ENTITIES };
        let few = resolver
            .resolve(scope, descends, types, &ids, &mut limits)
            .filter(|coverage| coverage.is_at_most(most));
        let Some(coverage) = few else { return Placement::Keys };
        let places = coverage.entities.iter().flat_map(|(filter, entities)| {
            entities.iter().map(|entity| (ids.id_of(*entity).into(), filter.clone()))
        });
        Placement::Entities(places.collect())
    }

    /// Resolves scopes with the topology of the index.
    pub(super) fn resolver(&self) -> ScopeResolver<'_> {
        ScopeResolver::new(&self.facts.topology, self.facts.postings.as_ref())
    }

    /// Compiles the block of an entity again, and puts its override into `next`.
    fn update_entity(
        &self,
        next: &mut Self,
        id: &Arc<str>,
        position: WindowSeq,
        new: Option<(&Arc<Window>, AlertTypeFilter)>,
        zones: &mut ZoneInterner<'_>,
    ) {
        let hash = hash_id(id);
        let slot = self.lookup_probed(self.table.probe(hash), id);
        self.replace_in_block(next, (id, hash, slot), position, new, zones);
    }

    /// Updates the index of keys. Each window is `None` if it is not in that index.
    fn update_keys(
        &mut self,
        position: WindowSeq,
        old: Option<&Arc<Window>>,
        new: Option<&Arc<Window>>,
    ) {
        if old.is_none() && new.is_none() {
            return;
        }
        let (windows, topology) = (&self.base.windows, &self.facts.topology);
        let empty = || Arc::new(Keys::empty(windows, topology, self.now));
        let keys = self.keys.clone().unwrap_or_else(empty);
        let keys = keys.replaced(position, old.map(|window| &**window), new, topology);
        self.keys = Some(Arc::new(keys));
        self.is_narrowed |= new.is_some_and(|window| window.scope().is_narrowed_by_labels());
    }

    /// Compiles the affected classes again. The flag of a class tells whether the new window belongs to it.
    fn update_classes(
        &mut self,
        position: WindowSeq,
        new: Option<&Arc<Window>>,
        affected: &BTreeMap<u32, bool>,
        zones: &mut ZoneInterner<'_>,
    ) {
        let mut classes = Classes::clone(&self.classes);
        for (class, stays) in affected {
            let class = &mut classes.by_id[*class as usize];
            let filter = class.filter.clone();
            let new = new.filter(|_| *stays).map(|window| (window, filter.clone()));
            let block = class.block.view(&self.base.windows).replace(position, new, zones);
            let ScopeClass { scope, descends, is_labelled, .. } = &**class;
            let (scope, descends, is_labelled) = (scope.clone(), *descends, *is_labelled);
            *class = Arc::new(ScopeClass { scope, descends, block, filter, is_labelled });
        }
        if let Some(zones) = zones.merged_if_changed() {
            self.zones = zones;
        }
        classes.recompute_near(&self.base.windows, &self.zones, self.now);
        self.classes = Arc::new(classes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::test_util::{once, window};
    use crate::scope::Scope;

    #[test]
    fn scope_local_ids_follow_topology() {
        let topology =
            Topology::builder().add_member("g", "a").add_member("g", "b").build().unwrap();
        let scope = Scope::entities(["x", "b", "y", "x"]);
        let window = window("w", once(0, 10), scope);
        let ids = ScopeLocalIds::new(&topology, &window);
        let numbers = ["a", "b", "x", "y", "z"].map(|id| ids.index_of(id));
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!([0, 1, 2, 3].map(|index| ids.id_of(index)), ["a", "b", "x", "y"]);
        assert_eq!(ids.count(), None);
    }
}
