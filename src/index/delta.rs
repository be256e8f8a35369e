//! Delta: a copy-on-write overlay of what changed since the index was built.
//!
//! An entity whose windows changed has an [`EntityOverride`], with its own slot and a
//! block that was compiled again; a look-up finds it before the slot of the table. A
//! window that was added, replaced or removed has a [`WindowOverride`]. Both are in
//! versioned maps, so that a new version shares all other overrides with the one
//! before it, and existing readers keep their version. A Bloom filter in front of the
//! map keeps the look-up of unchanged entities at one bit test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::index::block::{self, Block, BlockRef};
use crate::index::near::NearTimeline;
use crate::index::slot::{Slot, VACANT};
use crate::index::versioned_map::VersionedMap;
use crate::index::windows::WindowTable;
use crate::registry::WindowSeq;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// The changes since the index was built.
#[derive(Clone, Debug, Default)]
pub(super) struct Delta {
    /// A Bloom filter with one hash function over the ids of overridden entities; `None`
    /// if there are none. Its length is a power of two.
    ///
    /// The filter is shared along one version chain: bits set by a newer version are only
    /// false positives for an older one. A version that branches off the chain copies the
    /// filter.
    bloom: Option<Arc<[AtomicU64]>>,
    /// Whether every look-up takes the path of changed entities.
    is_everybody: bool,
    pub(super) entities: VersionedMap<EntityOverride>,
    pub(super) windows: VersionedMap<WindowOverride>,
}

/// The slot and block of an entity whose own windows changed.
#[derive(Clone, Debug)]
pub(crate) struct EntityOverride {
    id: Arc<str>,
    block: Block,
    pub(super) timeline: Option<NearTimeline>,
    pub(super) slot: Slot,
}

/// What changed at a position of the registry.
#[derive(Clone, Debug)]
pub(super) struct WindowOverride {
    pub(super) position: WindowSeq,
    /// `None` if it was removed.
    pub(super) window: Option<Arc<Window>>,
    /// Whether only the index of keys has it.
    pub(super) is_keyed_only: bool,
}

/// Bounds of the filter size. The upper one keeps it in the cache.
const MIN_BLOOM_BITS: usize = 1 << 10;
const MAX_BLOOM_BITS: usize = 1 << 17;

/// The word and the bit of a hash. The length of the filter is a power of two.
#[inline]
fn bloom_bit(bloom: &[AtomicU64], hash: u64) -> (&AtomicU64, u64) {
    (&bloom[(hash >> 6) as usize & (bloom.len() - 1)], 1 << (hash % 64))
}

/// Sets the bit of a hash.
fn bloom_insert(bloom: &[AtomicU64], hash: u64) {
    let (word, bit) = bloom_bit(bloom, hash);
    word.fetch_or(bit, Relaxed);
}

impl EntityOverride {
    /// An override with a compiled block and a class set. Computes its near-now answer.
    pub(super) fn new(
        (id, hash): (Arc<str>, u64),
        block: Block,
        set: u32,
        (windows, zones): (&WindowTable, &[Zone]),
        now: Option<Timestamp>,
    ) -> Self {
        let span = block.near_span(windows, zones, now);
        let blocks = std::iter::once(block.view(windows).with_context(zones));
        let timeline = now.and_then(|now| block::near_timeline(blocks, span, now));
        Self { id, block, timeline, slot: Slot::for_override(hash, set, span) }
    }

    /// The same without the entity: for an id that neither the topology nor a window has.
    pub(super) fn vacant(mut self) -> Self {
        self.slot.length = VACANT;
        self
    }

    /// The entity id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The block, with a look-up for its window ids.
    pub(super) fn view<'a>(&'a self, windows: &'a WindowTable) -> BlockRef<'a> {
        self.block.view(windows)
    }
}

impl Delta {
    /// Bloom filter test: false if the delta has no entity with this hash.
    #[inline]
    pub(super) fn may_contain(&self, hash: u64) -> bool {
        self.bloom.as_ref().is_some_and(|bloom| {
            let (word, bit) = bloom_bit(bloom, hash);
            word.load(Relaxed) & bit != 0
        })
    }

    /// Makes [`may_contain`](Self::may_contain) true for every entity.
    pub(super) fn include_everybody(&mut self) {
        self.is_everybody = true;
        self.bloom = Some((0..MIN_BLOOM_BITS / 64).map(|_| AtomicU64::new(u64::MAX)).collect());
    }

    /// The override of an entity.
    pub(super) fn entity(&self, hash: u64, id: &str) -> Option<&EntityOverride> {
        self.entities.get(hash, |entity| *entity.id == *id)
    }

    /// The override that owns a slot.
    pub(super) fn entity_of_slot(&self, hash: u64, slot: &Slot) -> Option<&EntityOverride> {
        self.entities.get(hash, |entity| std::ptr::eq(&entity.slot, slot))
    }

    /// Inserts or replaces the override of an entity.
    pub(super) fn insert(&mut self, hash: u64, entity: EntityOverride) {
        let (id, is_newest) = (entity.id.clone(), self.entities.is_newest());
        self.entities.insert(hash, |known| known.id == id, entity);
        if self.is_everybody {
            return;
        }
        // About one bit in eight is set, up to the maximum size.
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

    /// The same changes for another `now`.
    pub(super) fn with_now(&self, windows: &WindowTable, zones: &[Zone], now: Timestamp) -> Self {
        let mut entities = VersionedMap::default();
        self.entities.for_each(&mut |hash, entity| {
            let (id, block) = ((entity.id.clone(), hash), entity.block.clone());
            let moved = EntityOverride::new(
                id,
                block,
                entity.slot.class_set(),
                (windows, zones),
                Some(now),
            );
            let moved = if entity.slot.is_occupied() { moved } else { moved.vacant() };
            entities.insert(hash, |known| known.id == entity.id, moved);
        });
        Self { entities, ..self.clone() }
    }

    /// Heap memory in bytes, including values that only other versions use.
    pub(super) fn heap_bytes(&self) -> usize {
        let bloom = self.bloom.as_ref().map_or(0, |bloom| size_of_val(&**bloom));
        let of = |entity: &EntityOverride| {
            let timeline = entity.timeline.as_ref().map_or(0, NearTimeline::heap_bytes);
            entity.id.len() + entity.block.heap_bytes() + timeline
        };
        bloom + self.entities.heap_bytes(of) + self.windows.heap_bytes(|_| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::alert_types::AlertTypeFilter;
    use crate::index::hash;
    use crate::index::intern::ZoneInterner;
    use crate::index::test_util::{at, once, window};
    use crate::index::windows::BuildInput;
    use crate::scope::Scope;

    fn entity_override(id: &str, hash: u64, block: &Block) -> EntityOverride {
        let slot = Slot::for_override(hash, 0, crate::index::near::AnswerSpan::EMPTY);
        EntityOverride { id: id.into(), block: block.clone(), timeline: None, slot }
    }

    /// A block with one window.
    fn of_one() -> Block {
        let window = window("w", once(0, 10), Scope::entity("a"));
        let filter = AlertTypeFilter::any();
        let entry = BuildInput { position: 7, id: None, window: &window, filter };
        Block::compile([entry], &mut ZoneInterner::default())
    }

    /// A delta with `many` entities, named by numbers.
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
    fn bloom_has_eight_bits_per_entity() {
        let bits = |many| of(many).bloom.map_or(0, |filter| filter.len() * 64);
        assert_eq!([0, 1, 128].map(bits), [0, 1024, 1024]);
        assert_eq!([129, 256, 257].map(bits), [2048, 2048, 4096]);
        assert_eq!([16_384, 16_385].map(bits), [131_072; 2]);
    }

    #[test]
    fn may_contain_has_few_false_positives() {
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
    fn insert_into_branch_copies_bloom() {
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
    fn insert_is_invisible_to_older_version() {
        let before = of(3);
        let mut after = before.clone();
        let late = hash::hash_id("late");
        after.insert(late, entity_override("late", late, &of_one()));
        assert!(after.may_contain(late));
        assert!(before.entity(late, "late").is_none() && after.entity(late, "late").is_some());
    }

    #[test]
    fn with_now_equal_hashes_are_recomputed() {
        let block = of_one();
        let mut delta = Delta::default();
        for id in ["a", "b", "c"] {
            delta.insert(5, entity_override(id, 5, &block));
        }
        for now in [4, 20] {
            let moved = delta.with_now(&WindowTable::of(&[]), &[], at(now));
            for id in ["a", "b", "c"] {
                let span = moved.entity(5, id).expect(id).slot.near_span();
                assert!(span.contains(now) && span.silenced == (now < 10), "{id}");
            }
            assert!(moved.may_contain(5) && !moved.may_contain(6));
        }
    }

    #[test]
    fn heap_bytes_delta_is_sum_of_parts() {
        let block = of_one();
        let block_bytes = block.words.len() * 4;
        assert_eq!(block.heap_bytes(), block_bytes);
        let mut delta = Delta::default();
        assert_eq!(delta.heap_bytes(), 0);
        for id in ["db-7", "long-name"] {
            delta.insert(hash::hash_id(id), entity_override(id, hash::hash_id(id), &block));
        }
        for position in 0..3 {
            let changed = WindowOverride { position, window: None, is_keyed_only: false };
            delta.windows.insert(position, |other| other.position == position, changed);
        }
        let overrides = 2 * block_bytes + "db-7".len() + "long-name".len();
        let maps = delta.entities.heap_bytes(|_| 0) + delta.windows.heap_bytes(|_| 0);
        assert!(maps > 2 * size_of::<EntityOverride>() + 3 * size_of::<WindowOverride>());
        assert_eq!(delta.heap_bytes(), 1024 / 8 + overrides + maps);
    }
}
