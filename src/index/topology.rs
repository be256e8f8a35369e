//! Updates for another topology: the entities that differ get new blocks and class sets.
//!
//! A window stays where it was compiled to: in blocks, in classes, or in the index of keys
//! alone. So an entity that differs is covered by windows of these kinds:
//!
//! ```text
//! windows of its block and of its classes    evaluated again
//! windows with tests of groups, attributes   found by the keys of the entity and of its
//!                                            ancestors, for each alert type
//! other windows, if its ancestors differ     those of the ancestors; and the windows that
//!                                            exclude entities by id
//! windows of the index of keys alone         evaluated by queries, as before
//! ```
//!
//! The block is an override in the [delta](crate::index::delta), as for a changed window.

use std::sync::Arc;

use crate::index::Index;
use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::{Block, WindowList};
use crate::index::classes::sorted;
use crate::index::delta::{EntityOverride, WindowOverride};
use crate::index::facts::Facts;
use crate::index::hash::{fibonacci_hash, hash_id};
use crate::index::intern::ZoneInterner;
use crate::index::slot::Slot;
use crate::index::update::limit;
use crate::index::windows::BuildInput;
use crate::registry::WindowSeq;
use crate::scope::{Ancestry, Coverer, Subject, Topology, TouchedEntity};

/// What may cover an entity.
#[derive(Default)]
struct Candidates {
    /// The positions of windows of blocks.
    windows: Vec<WindowSeq>,
    /// The first class of each scope.
    scopes: Vec<u32>,
}

/// What covers an entity.
#[derive(Debug, PartialEq)]
struct Sources {
    /// The windows of its block, by position.
    windows: Vec<(WindowSeq, AlertTypeFilter)>,
    /// Ascending.
    classes: Vec<u32>,
}

/// More evaluations of windows that exclude entities take longer than a new build.
const MAX_EXCLUDING: usize = 1 << 20;

impl Index {
    /// The same windows with another topology. `None` if the index has to be built from
    /// scratch. O(entities that differ * windows that may cover them).
    pub(crate) fn with_topology(&self, topology: &Topology) -> Option<Self> {
        let before = &self.facts.topology;
        if topology.is_same(before) {
            return Some(self.clone());
        }
        if !before.is_comparable(topology) {
            return None;
        }
        let most = limit(self.table.len());
        let touched = before.touched_entities(topology, most)?;
        let moved = touched.iter().filter(|entity| entity.has_other_ancestors).count();
        if self.facts.excluding.len().saturating_mul(moved) > MAX_EXCLUDING {
            return None;
        }
        let mut next = self.clone();
        next.facts = Arc::new(Facts {
            topology: topology.clone(),
            postings: self.facts.postings.as_ref().map(|all| all.updated(before, topology)),
            excluding: self.facts.excluding.clone(),
            is_changed: true,
        });
        if let Some(keys) = &self.keys {
            let new_names: Vec<&str> = before.new_names(topology).collect();
            // Scopes with names that the topology does not have are not resolved.
            if !new_names.is_empty() && self.facts.postings.is_none() {
                return None;
            }
            let is_first = (before.len() == 0) != (topology.len() == 0);
            if is_first || !new_names.is_empty() {
                next.keys = Some(Arc::new(keys.with_topology(topology, &new_names)?));
            }
        }
        for entity in touched {
            next.touch(&entity)?;
        }
        (next.delta.entities.len() <= most).then_some(next)
    }

    /// Compiles the block of an entity again, and determines its class set. `None` if there
    /// is no class for it.
    fn touch(&mut self, entity: &TouchedEntity) -> Option<()> {
        let candidates = self.candidates_for(entity);
        for position in &candidates.windows {
            // The alert types of windows that nobody had could have no ids.
            if let Some(window) = self.window_at(*position).cloned() {
                self.intern_alert_types(&window);
            }
        }
        let id = &*entity.id;
        let hash = hash_id(id);
        let after = self.covering_sources(id, &candidates)?;
        let slot = self.lookup_probed(self.table.probe(hash), id);
        let before = self.sources_of(slot);
        let (was_known, set) = (slot.is_occupied(), slot.class_set());
        let default_set = &self.classes.sets[self.classes.default_set as usize];
        let is_known = self.facts.topology.contains(id)
            || !after.windows.is_empty()
            || *after.classes != *sorted(&default_set.classes);
        if before == after && was_known == is_known {
            return Some(());
        }
        let mut zones = ZoneInterner::of(&self.zones);
        let inputs = after
            .windows
            .iter()
            .filter_map(|(position, filter)| self.build_input(*position, filter.clone()));
        let block = Block::compile(inputs, &mut zones);
        self.is_narrowed |= after.windows.iter().any(|(position, _)| {
            let window = self.window_at(*position);
            window.is_some_and(|window| window.scope().is_narrowed_by_labels())
        });
        if let Some(zones) = zones.merged_if_changed() {
            self.zones = zones;
        }
        let set = match before.classes == after.classes {
            true => set,
            false => self.set_of(&after.classes),
        };
        let known = (&*self.base.windows, &*self.zones);
        let id = (entity.id.clone(), hash);
        let changed = EntityOverride::new(id, block, set, known, self.now);
        self.delta.insert(hash, if is_known { changed } else { changed.vacant() });
        Some(())
    }

    /// The windows and classes that may cover an entity, besides windows of the index of
    /// keys alone.
    fn candidates_for(&self, entity: &TouchedEntity) -> Candidates {
        let id = &*entity.id;
        let topology = &self.facts.topology;
        let mut found = Candidates::default();
        self.add_sources(self.lookup(id), &mut found);
        if let Some(keys) = &self.keys {
            let subject = Subject::entity(id);
            let mut add = |subject: Subject<'_>| {
                let coverer = Coverer::new(subject, id, topology);
                for position in keys.candidates(&coverer) {
                    self.add_window(position, &mut found);
                }
            };
            add(subject);
            if keys.uses_alert_type() {
                self.alert_types.keys().for_each(|alert_type| {
                    add(subject.with_alert_type(alert_type.as_str()));
                });
            }
        }
        if entity.has_other_ancestors {
            let ancestry = Ancestry::of(&Subject::entity(id), topology);
            for at in 1..ancestry.len() {
                self.add_sources(self.lookup(ancestry.id(at)), &mut found);
            }
            for (position, ()) in self.facts.excluding.iter() {
                self.add_window(position, &mut found);
            }
        }
        let Candidates { windows, scopes } = &mut found;
        windows.sort_unstable();
        windows.dedup();
        scopes.sort_unstable();
        scopes.dedup();
        found
    }

    /// Adds the windows of the block of a slot, and the scopes of its classes.
    fn add_sources(&self, slot: &Slot, found: &mut Candidates) {
        for class in &*self.classes.sets[slot.class_set() as usize].classes {
            let class = &self.classes.by_id[*class as usize];
            found.scopes.extend(self.classes.of_scope(&class.scope, class.descends).first());
        }
        if let Some(block) = self.entity_block(self.entry_of(slot)) {
            let list = WindowList::of(block.words);
            let alert_typed = list.alert_typed().map(|(id, ..)| id);
            let ids = list.untyped.iter().copied().chain(alert_typed);
            found.windows.extend(ids.map(|id| block.windows.position(id)));
        }
    }

    /// Adds a window where it was compiled to: itself, or the classes of its scope.
    fn add_window(&self, position: WindowSeq, found: &mut Candidates) {
        let is_keyed_only = self.has_keyed_only && self.is_keyed_only(position);
        let Some(window) = self.window_at(position).filter(|_| !is_keyed_only) else { return };
        match self.classes.of_scope(window.scope(), window.propagation().descends()) {
            [] => found.windows.push(position),
            [first, ..] => found.scopes.push(*first),
        }
    }

    /// The candidates that cover an entity. `None` if a scope has no class for the alert
    /// types for which it covers the entity.
    fn covering_sources(&self, id: &str, candidates: &Candidates) -> Option<Sources> {
        let (resolver, types) = (self.resolver(), &*self.alert_types);
        let windows = candidates.windows.iter().filter_map(|position| {
            let window = self.window_at(*position)?;
            let descends = window.propagation().descends();
            Some((*position, resolver.filter_of(window.scope(), descends, types, id)?))
        });
        let windows = windows.collect();
        let mut classes = Vec::new();
        for first in &candidates.scopes {
            let class = &self.classes.by_id[*first as usize];
            let (scope, descends) = (&class.scope, class.descends);
            let Some(filter) = resolver.filter_of(scope, descends, types, id) else { continue };
            let mut of_scope = self.classes.of_scope(scope, descends).iter();
            let is_same = |class: &&u32| self.classes.by_id[**class as usize].filter == filter;
            classes.push(*of_scope.find(is_same)?);
        }
        classes.sort_unstable();
        Some(Sources { windows, classes })
    }

    /// What a slot has.
    fn sources_of(&self, slot: &Slot) -> Sources {
        let classes = &self.classes.sets[slot.class_set() as usize].classes;
        let mut windows = Vec::new();
        if let Some(block) = self.entity_block(self.entry_of(slot)) {
            let list = WindowList::of(block.words);
            let position = |id: u32| block.windows.position(id);
            windows.extend(list.untyped.iter().map(|id| (position(*id), AlertTypeFilter::any())));
            windows.extend(list.alert_typed().map(|(id, exceptions, default)| {
                let exceptions = exceptions.iter().copied().collect();
                (position(id), AlertTypeFilter { exceptions, default })
            }));
            windows.sort_unstable_by_key(|(position, _)| *position);
        }
        Sources { windows, classes: sorted(classes).into_vec() }
    }

    /// A window as input for compiling it.
    fn build_input(&self, position: WindowSeq, filter: AlertTypeFilter) -> Option<BuildInput<'_>> {
        let is_same = |known: &WindowOverride| known.position == position;
        match self.delta.windows.get(fibonacci_hash(position), is_same) {
            Some(changed) => {
                let window = changed.window.as_ref()?;
                Some(BuildInput { position, id: None, window, filter })
            }
            None => {
                let id = self.base.windows.id_at(position)?;
                Some(self.base.windows.lookup().build_input(id, filter))
            }
        }
    }

    /// The number of the set with these classes. O(classes + sets) if it is new.
    fn set_of(&mut self, classes: &[u32]) -> u32 {
        self.classes.find_set(classes).unwrap_or_else(|| {
            let next = Arc::make_mut(&mut self.classes);
            next.add_set(classes, &self.base.windows, &self.zones, self.now)
        })
    }
}
