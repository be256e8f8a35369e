//! Changes after the build: a new index that shares what did not change.
//!
//! An entity whose windows changed gets a record of its own, which goes before
//! its slot. A class is compiled anew. Where a change reaches further than
//! that, the caller builds the index anew.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use crate::index::hash;
use crate::index::names::EntityIds;
use crate::index::postings::{AlertTypes, ScopeResolver, descends};
use crate::index::roll::WindowTable;
use crate::index::shared::{Classes, MAX_UNCLASSED_ENTITIES, ScopeClass};
use crate::index::slot::Slot;
use crate::index::strip::NearTimeline;
use crate::index::trie::VersionedMap;
use crate::index::unit::{Block, BlockRef};
use crate::index::zones::ZoneInterner;
use crate::index::{AlertTypeFilter, Index, is_composite};
use crate::registry::Position;
use crate::scope::{EntityIx, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// What is different since the index was built.
#[derive(Clone, Debug, Default)]
pub(super) struct Delta {
    /// Bits by the lower end of a hash that has a record, a power of two of
    /// them; none if there is no record at all. Keeps most look-ups from the
    /// records. Versions in a row share it: what a later one sets says too much to
    /// an earlier one, which then finds nothing. Whoever leaves the row has its own.
    bloom: Option<Arc<[AtomicU64]>>,
    entities: VersionedMap<EntityOverride>,
    windows: VersionedMap<WindowOverride>,
}

/// An entity whose own windows changed.
#[derive(Clone, Debug)]
pub(crate) struct EntityOverride {
    id: Arc<str>,
    block: Block,
    pub(super) timeline: Option<NearTimeline>,
    pub(super) slot: Slot,
}

/// The window that is now at a position, if one is.
#[derive(Clone, Debug)]
struct WindowOverride(Position, Option<Arc<Window>>);

/// So many entities or windows may have changed at most, whatever there is.
const MAX_CHANGES: usize = 1 << 24;

/// The filter is to be close at hand, and so has bounds.
const MIN_BLOOM_BITS: usize = 1 << 10;
const MAX_BLOOM_BITS: usize = 1 << 17;

/// The word of a filter that has the bit of a hash, and that bit. The length of
/// a filter is a power of two.
#[inline]
fn bloom_bit(bloom: &[AtomicU64], hash: u64) -> (&AtomicU64, u64) {
    (&bloom[(hash >> 6) as usize & (bloom.len() - 1)], 1 << (hash % 64))
}

fn bloom_insert(bloom: &[AtomicU64], hash: u64) {
    let (word, bit) = bloom_bit(bloom, hash);
    word.fetch_or(bit, Relaxed);
}

impl EntityOverride {
    /// What was compiled for an entity, and the set that it belongs to, seen from a
    /// present.
    fn new(
        (id, hash): (Arc<str>, u64),
        block: Block,
        set: u32,
        (windows, zones): (&WindowTable, &[Zone]),
        now: Option<Timestamp>,
    ) -> Self {
        let span = block.answer_span(windows, zones, now);
        let blocks = std::iter::once(block.view(windows).with_context(zones));
        let timeline = now.and_then(|now| NearTimeline::build(blocks, span, now));
        Self { id, block: block, timeline, slot: Slot::for_override(hash, set, span) }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn view<'a>(&'a self, windows: &'a WindowTable) -> BlockRef<'a> {
        self.block.view(windows)
    }
}

impl Delta {
    /// Whether there may be a record for an id with this hash.
    #[inline]
    pub(super) fn may_contain(&self, hash: u64) -> bool {
        self.bloom.as_ref().is_some_and(|bloom| {
            let (word, bit) = bloom_bit(bloom, hash);
            word.load(Relaxed) & bit != 0
        })
    }

    pub(super) fn entity(&self, hash: u64, id: &str) -> Option<&EntityOverride> {
        self.entities.get(hash, |entity| *entity.id == *id)
    }

    /// The record that has this slot.
    pub(super) fn entity_of_slot(&self, hash: u64, slot: &Slot) -> Option<&EntityOverride> {
        self.entities.get(hash, |entity| std::ptr::eq(&entity.slot, slot))
    }

    fn insert(&mut self, hash: u64, entity: EntityOverride) {
        let (id, is_newest) = (entity.id.clone(), self.entities.is_newest());
        self.entities.insert(hash, |known| known.id == id, entity);
        // One bit in eight is set, as long as there are few enough.
        let bits = (self.entities.len() * 8).next_power_of_two();
        let words = bits.clamp(MIN_BLOOM_BITS, MAX_BLOOM_BITS) / 64;
        let bloom = match self.bloom.take().filter(|bloom| bloom.len() == words) {
            Some(bloom) if is_newest => bloom,
            Some(bloom) => bloom.iter().map(|word| AtomicU64::new(word.load(Relaxed))).collect(),
            None => {
                let bloom: Arc<[AtomicU64]> = (0..words).map(|_| AtomicU64::new(0)).collect();
                self.entities.for_each(&mut |hash, _| bloom_insert(&bloom, hash));
                bloom
            }
        };
        bloom_insert(&bloom, hash);
        self.bloom = Some(bloom);
    }

    /// The same changes, seen from another present.
    pub(super) fn with_now(&self, windows: &WindowTable, zones: &[Zone], now: Timestamp) -> Self {
        let mut entities = VersionedMap::default();
        self.entities.for_each(&mut |hash, entity| {
            let (id, block) = ((entity.id.clone(), hash), entity.block.clone());
            let seen = EntityOverride::new(
                id,
                block,
                entity.slot.class_set(),
                (windows, zones),
                Some(now),
            );
            entities.insert(hash, |known| known.id == entity.id, seen);
        });
        Self { bloom: self.bloom.clone(), entities, windows: self.windows.clone() }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let bloom = self.bloom.as_ref().map_or(0, |bloom| size_of_val(&**bloom));
        let of = |entity: &EntityOverride| {
            let timeline = entity.timeline.as_ref().map_or(0, NearTimeline::heap_bytes);
            entity.id.len() + entity.block.heap_bytes() + timeline
        };
        bloom + self.entities.heap_bytes(of) + self.windows.heap_bytes(|_| 0)
    }
}

fn fibonacci_hash(position: Position) -> u64 {
    position.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Numbers for entities while a change is looked at: those of the topology,
/// then those that the changed scope names.
struct ScopeLocalIds<'a> {
    topology: &'a Topology,
    named: Vec<&'a str>,
}

impl<'a> ScopeLocalIds<'a> {
    fn new(topology: &'a Topology, window: &'a Window) -> Self {
        let mut nearby = Self { topology, named: Vec::new() };
        window.scope().named_entities(&mut |id: &'a str| {
            if topology.entity(id).is_none() && !nearby.named.contains(&id) {
                nearby.named.push(id);
            }
        });
        nearby
    }
}

impl EntityIds for ScopeLocalIds<'_> {
    fn index_of(&self, id: &str) -> Option<u32> {
        match self.topology.entity(id) {
            Some(entity) => Some(entity.index() as u32),
            None => {
                let at = self.named.iter().position(|known| *known == id)?;
                Some((self.topology.len() + at) as u32)
            }
        }
    }

    fn id_of(&self, number: u32) -> &str {
        match (number as usize).checked_sub(self.topology.len()) {
            Some(at) => self.named[at],
            None => self.topology.id_of(EntityIx::from_index(number as usize)),
        }
    }

    /// Not all entities there are.
    fn count(&self) -> Option<u32> {
        None
    }
}

/// Where the windows of a scope are kept.
enum Placement<'a> {
    /// With this entity, whatever the alert type.
    Entity(&'a Arc<str>),
    /// With these entities, by what they are asked.
    Entities(Vec<(Arc<str>, AlertTypeFilter)>),
    Classes(&'a [u32]),
}

/// The entities whose windows change.
#[derive(Default)]
struct AffectedEntities<'a>(SmallVec<[AffectedEntity<'a>; 2]>);

/// An entity, and by what it is asked the new window, if that is its own.
type AffectedEntity<'a> = (Cow<'a, Arc<str>>, Option<AlertTypeFilter>);

impl<'a> AffectedEntities<'a> {
    fn add(&mut self, id: Cow<'a, Arc<str>>, filter: Option<AlertTypeFilter>) {
        match self.0.iter_mut().find(|(known, _)| *known == id) {
            Some((_, before)) => *before = filter,
            None => self.0.push((id, filter)),
        }
    }
}

/// The window of a position before and after.
pub(crate) struct Change<'a> {
    pub(crate) position: Position,
    pub(crate) window: Option<&'a Arc<Window>>,
}

impl Index {
    /// The index after some changes; `None` if they reach so far that it
    /// should be built anew.
    pub(crate) fn apply<'a>(&self, changes: impl Iterator<Item = Change<'a>>) -> Option<Self> {
        let mut next: Option<Self> = None;
        for Change { position, window: new } in changes {
            let known = next.as_ref().unwrap_or(self);
            let old = known.window_at(position);
            if old.map(Arc::as_ptr) != new.map(Arc::as_ptr) {
                next = Some(known.apply_one(position, old, new)?);
            }
        }
        let next = next.unwrap_or_else(|| self.clone());
        let most = |built: usize| (built / 2 + 1024).min(MAX_CHANGES);
        let many = next.delta.entities.len() > most(next.table.len())
            || next.delta.windows.len() > most(next.base.windows.len());
        (!many).then_some(next)
    }

    /// The index with another window at a position. What it was made from stays,
    /// and so is borrowed: to count another reference is to fetch what it counts.
    fn apply_one(
        &self,
        position: Position,
        old: Option<&Arc<Window>>,
        new: Option<&Arc<Window>>,
    ) -> Option<Self> {
        let mut next = self.clone();
        let mut affected = AffectedEntities::default();
        let mut classes: BTreeMap<u32, bool> = BTreeMap::new();
        for (window, stays) in [(old, false), (new, true)] {
            let Some(window) = window else { continue };
            next.intern_alert_types(window);
            match self.place(window, &next.types)? {
                Placement::Entity(id) => {
                    affected.add(Cow::Borrowed(id), stays.then(AlertTypeFilter::any));
                }
                Placement::Entities(places) => places.into_iter().for_each(|(id, filter)| {
                    affected.add(Cow::Owned(id), stays.then_some(filter));
                }),
                Placement::Classes(places) => classes.extend(places.iter().map(|id| (*id, stays))),
            }
        }

        let mut zones = ZoneInterner::of(&self.zones);
        for (id, filter) in affected.0 {
            let new = new.filter(|_| filter.is_some());
            self.update_entity(&mut next, &id, position, new.zip(filter), &mut zones);
        }
        let composite = [old, new].into_iter().flatten().any(|window| is_composite(window));
        if composite || !classes.is_empty() {
            next.update_classes(position, new, &classes, composite, &mut zones);
        }
        let is_it = |known: &WindowOverride| known.0 == position;
        next.delta.windows.insert(
            fibonacci_hash(position),
            is_it,
            WindowOverride(position, new.cloned()),
        );
        Some(next)
    }

    /// The window that is at a position now.
    fn window_at(&self, position: Position) -> Option<&Arc<Window>> {
        match self.delta.windows.get(fibonacci_hash(position), |known| known.0 == position) {
            Some(changed) => changed.1.as_ref(),
            None => self.base.windows.at_position(position),
        }
    }

    /// Gives numbers to alert types that are new.
    fn intern_alert_types(&mut self, window: &Window) {
        let mut types: Option<AlertTypes> = None;
        window.scope().alert_types(&mut |alert_type| {
            let known = types.as_ref().unwrap_or(&self.types);
            if !known.contains_key(alert_type) {
                let next = known.len() as u32;
                types
                    .get_or_insert_with(|| AlertTypes::clone(&self.types))
                    .insert(alert_type.clone(), next);
            }
        });
        if let Some(types) = types {
            self.types = Arc::new(types);
        }
    }

    fn place<'a>(&'a self, window: &'a Window, types: &AlertTypes) -> Option<Placement<'a>> {
        let (scope, descends) = (window.scope(), descends(window));
        let topology = &self.base.topology;
        let mut resolver = ScopeResolver::new(topology);
        if let Some(id) = resolver.single_entity(scope, descends) {
            return Some(Placement::Entity(id.shared()));
        }
        if let Some(classes) = self.classes.by_scope.get(&(scope.clone(), descends)) {
            return Some(Placement::Classes(classes));
        }
        let nearby = ScopeLocalIds::new(topology, window);
        let coverage = resolver.resolve(scope, descends, types, &nearby)?;
        let places = coverage.entities.iter().flat_map(|(filter, entities)| {
            entities.iter().map(|entity| (nearby.id_of(*entity).into(), filter.clone()))
        });
        coverage.is_few(MAX_UNCLASSED_ENTITIES).then(|| Placement::Entities(places.collect()))
    }

    /// Puts a record for an entity into `next`.
    fn update_entity(
        &self,
        next: &mut Self,
        id: &Arc<str>,
        position: Position,
        new: Option<(&Arc<Window>, AlertTypeFilter)>,
        zones: &mut ZoneInterner<'_>,
    ) {
        let hash = hash::hash_id(id);
        let slot = self.lookup_probed(self.table.probe(hash), id);
        let own = self.entity_block(self.entry_of(slot)).unwrap_or_else(|| self.empty_block());
        let block = own.replace(position, new, zones);
        if let Some(zones) = zones.merged_if_changed() {
            next.zones = zones;
        }
        let known = (&self.base.windows, &*next.zones);
        let entity =
            EntityOverride::new((id.clone(), hash), block, slot.class_set(), known, self.now);
        next.delta.insert(hash, entity);
    }

    fn update_classes(
        &mut self,
        position: Position,
        new: Option<&Arc<Window>>,
        classes: &BTreeMap<u32, bool>,
        composite: bool,
        zones: &mut ZoneInterner<'_>,
    ) {
        let mut shared = Classes::clone(&self.classes);
        for (class, stays) in classes {
            let class = &mut shared.by_id[*class as usize];
            let filter = class.filter.clone();
            let new = new.filter(|_| *stays).map(|window| (window, filter.clone()));
            let block = class.block.view(&self.base.windows).replace(position, new, zones);
            *class = Arc::new(ScopeClass { block: block, filter });
        }
        if let Some(zones) = zones.merged_if_changed() {
            self.zones = zones;
        }
        if composite {
            let mut composites = shared.composites.to_vec();
            composites.retain(|(known, _)| *known != position);
            if let Some(window) = new.filter(|window| is_composite(window)) {
                let at = composites.partition_point(|(known, _)| *known < position);
                composites.insert(at, (position, window.clone()));
            }
            shared.composites = composites.into();
        }
        if !classes.is_empty() {
            shared.recompute_near(&self.base.windows, &self.zones, self.now);
        }
        self.classes = Arc::new(shared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::roll::BuildInput;
    use crate::index::tests::{at, once, window};
    use crate::index::unit::Block;
    use crate::scope::Scope;

    fn entity_override(id: &str, hash: u64, block: &Block) -> EntityOverride {
        let slot = Slot::for_override(hash, 0, crate::index::stretch::AnswerSpan::EMPTY);
        EntityOverride { id: id.into(), block: block.clone(), timeline: None, slot }
    }

    /// A unit of one window.
    fn of_one() -> Block {
        let window = window("w", once(0, 10), Scope::entity("a"));
        let filter = AlertTypeFilter::any();
        let entry = BuildInput { position: 7, id: None, window: &window, filter };
        Block::compile([entry], &mut ZoneInterner::default())
    }

    /// Changes with so many records, whose ids are numbers.
    fn of(many: usize) -> Delta {
        let block = of_one();
        let mut delta = Delta::default();
        for id in (0..many).map(|n| n.to_string()) {
            let hash = hash::hash_id(&id);
            delta.insert(hash, entity_override(&id, hash, &block));
        }
        delta
    }

    #[test]
    fn the_filter_has_eight_bits_for_each_record_within_its_bounds() {
        let bits = |many| of(many).bloom.map_or(0, |filter| filter.len() * 64);
        assert_eq!([0, 1, 128].map(bits), [0, 1024, 1024]);
        assert_eq!([129, 256, 257].map(bits), [2048, 2048, 4096]);
        assert_eq!([16_384, 16_385].map(bits), [131_072; 2]);
    }

    #[test]
    fn the_filter_says_yes_to_records_and_no_to_most_others() {
        for many in [1, 100, 129, 1000] {
            let delta = of(many);
            let may_contain = |n: &usize| delta.may_contain(hash::hash_id(&n.to_string()));
            assert!((0..many).all(|n| may_contain(&n)));
            let mistaken = (1_000_000..1_010_000).filter(may_contain).count();
            assert!(mistaken < 10_000 / 6, "{mistaken} of 10000 among {many}");
        }
        assert!(!Delta::default().may_contain(0));
    }

    #[test]
    fn what_others_make_of_a_version_does_not_fill_its_filter() {
        let of = of(100);
        let block = of_one();
        let hashes = || (1_000_000..1_010_000).map(|n: u32| hash::hash_id(&n.to_string()));
        for hash in hashes() {
            let mut other = of.clone();
            other.insert(hash, entity_override("other", hash, &block));
            assert!(other.may_contain(hash) && other.entity(hash, "other").is_some());
        }
        let mistaken = hashes().filter(|hash| of.may_contain(*hash)).count();
        assert!(mistaken < 10_000 / 6, "{mistaken}");
    }

    #[test]
    fn an_earlier_version_does_not_hear_of_what_came_later() {
        let before = of(3);
        let mut after = before.clone();
        let late = hash::hash_id("late");
        after.insert(late, entity_override("late", late, &of_one()));
        assert!(after.may_contain(late));
        assert!(before.entity(late, "late").is_none() && after.entity(late, "late").is_some());
    }

    #[test]
    fn records_with_one_hash_are_seen_from_another_present_each() {
        let block = of_one();
        let mut delta = Delta::default();
        for id in ["a", "b", "c"] {
            delta.insert(5, entity_override(id, 5, &block));
        }
        for now in [4, 20] {
            let seen = delta.with_now(&WindowTable::of(&[]), &[], at(now));
            for id in ["a", "b", "c"] {
                let span = seen.entity(5, id).expect(id).slot.near_span();
                assert!(span.contains(now) && span.silenced == (now < 10), "{id}");
            }
            assert!(seen.may_contain(5) && !seen.may_contain(6));
        }
    }

    #[test]
    fn the_bytes_of_changes_are_those_of_their_parts() {
        let block = of_one();
        let block_bytes = block.words.len() * 4;
        assert_eq!(block.heap_bytes(), block_bytes);
        let mut delta = Delta::default();
        assert_eq!(delta.heap_bytes(), 0);
        for id in ["db-7", "long-name"] {
            delta.insert(hash::hash_id(id), entity_override(id, hash::hash_id(id), &block));
        }
        for position in 0..3 {
            let changed = WindowOverride(position, None);
            delta.windows.insert(position, |known| known.0 == position, changed);
        }
        let records = 2 * block_bytes + "db-7".len() + "long-name".len();
        let tries = delta.entities.heap_bytes(|_| 0) + delta.windows.heap_bytes(|_| 0);
        assert!(tries > 2 * size_of::<EntityOverride>() + 3 * size_of::<WindowOverride>());
        assert_eq!(delta.heap_bytes(), 1024 / 8 + records + tries);
    }

    #[test]
    fn positions_have_hashes_of_their_own() {
        let hashes: std::collections::HashSet<u64> = (0..1000).map(fibonacci_hash).collect();
        assert_eq!(hashes.len(), 1000);
    }

    #[test]
    fn those_that_a_scope_names_are_numbered_behind_the_topology() {
        let topology = Topology::builder().member("g", "a").member("g", "b").build().unwrap();
        let scope = Scope::entities(["x", "b", "y", "x"]);
        let window = window("w", once(0, 10), scope);
        let nearby = ScopeLocalIds::new(&topology, &window);
        let numbers = ["a", "b", "x", "y", "z"].map(|id| nearby.index_of(id));
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!([0, 1, 2, 3].map(|number| nearby.id_of(number)), ["a", "b", "x", "y"]);
        assert_eq!(nearby.count(), None);
    }
}
