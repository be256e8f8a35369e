//! Interners: dense ids for entities and zones during construction and updates.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use crate::index::hash::FastMap;
use crate::scope::Topology;
use crate::time::Zone;

/// A numbering of entities.
pub(super) trait EntityIds {
    /// The index of an entity id, if it has one.
    fn index_of(&self, id: &str) -> Option<u32>;
    /// The entity id at an index.
    fn id_of(&self, index: u32) -> &str;
    /// The number of entities; `None` if the numbering does not have all of them.
    fn count(&self) -> Option<u32>;
}

/// Interns entity ids. The entities of the topology come first, in its order.
#[derive(Debug, Default)]
pub(super) struct EntityInterner {
    known: HashTable<InternedId>,
    ids: StringArena,
}

/// An index and the hash of its id.
#[derive(Clone, Copy, Debug)]
struct InternedId {
    hash: u64,
    index: u32,
}

/// Copies of all ids in one allocation. Comparing with the originals would be a cache
/// miss for each, because they are spread over all windows.
#[derive(Debug, Default)]
struct StringArena {
    text: String,
    ends: Vec<usize>,
}

/// Number of look-ups whose cache misses overlap.
pub(super) const BATCH_SIZE: usize = 32;

/// The hash of an id.
fn foldhash(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

impl EntityInterner {
    /// An interner with the entities of a topology, at their positions. A position from
    /// which an entity was removed has an empty id.
    pub(super) fn new(topology: &Topology) -> Self {
        let mut interner = Self::default();
        for entity in topology.entity_indices() {
            while interner.len() < entity.index() {
                interner.ids.push("");
            }
            interner.intern(topology.id_of(entity));
        }
        while interner.len() < topology.entity_end() as usize {
            interner.ids.push("");
        }
        interner
    }

    /// The number of interned ids.
    pub(super) fn len(&self) -> usize {
        self.ids.ends.len()
    }

    /// All ids, by index.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|index| self.ids.get(index))
    }

    /// The index of an id; a new one if the id is unknown.
    pub(super) fn intern(&mut self, id: &str) -> u32 {
        self.intern_hashed(id, foldhash(id))
    }

    /// Interns a batch of ids, and calls `each` with the index and the attached value of
    /// each. All hash table reads are issued before the first id is compared.
    pub(super) fn intern_batch<T: Copy>(&mut self, ids: &[(&str, T)], each: impl FnMut(u32, T)) {
        let hashes: SmallVec<[u64; BATCH_SIZE]> = ids.iter().map(|(id, _)| foldhash(id)).collect();
        self.intern_hashed_batch(ids, &hashes, each);
    }

    /// [`intern_batch`](Self::intern_batch) with given hashes.
    #[inline]
    fn intern_hashed_batch<T: Copy>(
        &mut self,
        ids: &[(&str, T)],
        hashes: &[u64],
        mut each: impl FnMut(u32, T),
    ) {
        let candidate =
            |hash: &u64| Some(self.known.find(*hash, |interned| interned.hash == *hash)?.index);
        let candidates: SmallVec<[Option<u32>; BATCH_SIZE]> =
            hashes.iter().map(candidate).collect();
        for (((id, value), hash), candidate) in ids.iter().zip(hashes).zip(candidates) {
            let known = candidate.filter(|index| self.ids.get(*index) == *id);
            each(known.unwrap_or_else(|| self.intern_hashed(id, *hash)), *value);
        }
    }

    /// [`intern`](Self::intern) with a given hash.
    fn intern_hashed(&mut self, id: &str, hash: u64) -> u32 {
        let is =
            |interned: &InternedId| interned.hash == hash && self.ids.get(interned.index) == id;
        match self.known.entry(hash, is, |interned| interned.hash) {
            Entry::Occupied(known) => known.get().index,
            Entry::Vacant(free) => {
                let index = self.ids.ends.len() as u32;
                free.insert(InternedId { hash, index });
                self.ids.push(id);
                index
            }
        }
    }
}

impl StringArena {
    #[inline]
    fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }
}

impl EntityIds for EntityInterner {
    fn index_of(&self, id: &str) -> Option<u32> {
        let hash = foldhash(id);
        let is =
            |interned: &InternedId| interned.hash == hash && self.ids.get(interned.index) == id;
        Some(self.known.find(hash, is)?.index)
    }

    fn id_of(&self, index: u32) -> &str {
        self.ids.get(index)
    }

    fn count(&self) -> Option<u32> {
        Some(self.len() as u32)
    }
}

/// Interns zones: first those that an index already has, then new ones.
///
/// Zones are compared by the address of their data first, and by content only if the
/// address is new.
#[derive(Debug, Default)]
pub(super) struct ZoneInterner<'a> {
    known: &'a [Zone],
    new: Vec<Zone>,
    /// The ids of new zones beyond the first [`FEW_ZONES`], and of duplicates, by address.
    ids: FastMap<usize, u32>,
    last: Option<(usize, u32)>,
}

/// Up to this many new zones are searched linearly.
const FEW_ZONES: usize = 32;

impl<'a> ZoneInterner<'a> {
    /// An interner that starts with known zones, by id.
    pub(super) fn of(known: &'a [Zone]) -> Self {
        Self { known, ..Self::default() }
    }

    /// The id of a zone; a new one if the zone is unknown.
    pub(super) fn intern(&mut self, zone: &Zone) -> u32 {
        let address = zone.address();
        match self.last {
            Some((last, id)) if last == address => id,
            _ => {
                let id = self.find(address).unwrap_or_else(|| self.add(zone));
                self.last = Some((address, id));
                id
            }
        }
    }

    /// The id of a zone, by the address of its data.
    fn find(&self, address: usize) -> Option<u32> {
        let is = |zone: &Zone| zone.address() == address;
        let at = self.known.iter().position(is).or_else(|| {
            let first = &self.new[..self.new.len().min(FEW_ZONES)];
            Some(self.known.len() + first.iter().position(is)?)
        });
        at.map(|at| at as u32).or_else(|| self.ids.get(&address).copied())
    }

    /// The id of a zone with a new address: that of an equal zone, or a new one. Two zones
    /// with the same name but different data compare unequal.
    fn add(&mut self, zone: &Zone) -> u32 {
        let next = self.known.len() + self.new.len();
        let equal = self.known.iter().chain(&self.new).position(|known| known == zone);
        if equal.is_some() || self.new.len() >= FEW_ZONES {
            self.ids.insert(zone.address(), equal.unwrap_or(next) as u32);
        }
        if equal.is_none() {
            self.new.push(zone.clone());
        }
        equal.unwrap_or(next) as u32
    }

    /// The zone with an id.
    pub(super) fn get(&self, id: u32) -> &Zone {
        let id = id as usize;
        self.known.get(id).unwrap_or_else(|| &self.new[id - self.known.len()])
    }

    /// All zones, if there are new ones.
    pub(super) fn merged_if_changed(&self) -> Option<Arc<[Zone]>> {
        let all = || self.known.iter().chain(&self.new).cloned();
        (!self.new.is_empty()).then(|| all().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intern_topology_comes_first() {
        let topology = Topology::builder().add_member("g", "b").entity("a").build().unwrap();
        let mut interner = EntityInterner::new(&topology);
        assert_eq!(interner.ids().collect::<Vec<_>>(), topology.entities().collect::<Vec<_>>());
        assert_eq!(["x", "a", "b", "x", "y"].map(|id| interner.intern(id)), [2, 1, 0, 2, 3]);
        assert_eq!(interner.ids().collect::<Vec<_>>(), ["b", "a", "x", "y"]);
        assert_eq!(["y", "z"].map(|id| interner.index_of(id)), [Some(3), None]);
        assert_eq!((interner.id_of(3), interner.count(), interner.len()), ("y", Some(4), 4));
    }

    #[test]
    fn intern_batch_matches_intern() {
        let ids: Vec<String> = (0..3_000u32).map(|n| (n * n % 1_009).to_string()).collect();
        let (mut single, mut batched) = (EntityInterner::default(), EntityInterner::default());
        for some in ids.chunks(BATCH_SIZE + 7) {
            let expected: Vec<_> = some.iter().map(|id| (single.intern(id), id)).collect();
            let batch: Vec<_> = some.iter().map(|id| (id.as_str(), id)).collect();
            let mut found = Vec::new();
            batched.intern_batch(&batch, |index, id| found.push((index, id)));
            assert_eq!(found, expected);
        }
        assert!(batched.ids().eq(single.ids()));
    }

    #[test]
    fn intern_equal_hashes_are_distinct() {
        let mut interner = EntityInterner::default();
        let ids = ["a", "b", "c", "a", "c"];
        assert_eq!(ids.map(|id| interner.intern_hashed(id, 7)), [0, 1, 2, 0, 2]);
        let ids = ["c", "b", "d", "a", "d"].map(|id| (id, ()));
        let mut numbers = Vec::new();
        interner.intern_hashed_batch(&ids, &[7; 5], |index, ()| numbers.push(index));
        assert_eq!((numbers, interner.len()), (vec![2, 1, 3, 0, 3], 4));
    }

    /// A zone with a fixed offset in seconds, and a name of its own.
    fn ahead(seconds: i32) -> Zone {
        // A header of version 1; one type, with its offset; four letters.
        let counts = [0u32, 0, 0, 0, 1, 4].map(u32::to_be_bytes);
        let header = [&b"TZif"[..], &[0; 16], counts.as_flattened()].concat();
        let data = [&seconds.to_be_bytes()[..], &[0, 0], b"AHD\0"].concat();
        Zone::from_tzif(&format!("Ahead/{seconds}"), &[header, data].concat()).unwrap()
    }

    #[test]
    fn intern_equal_zones_share_id() {
        let tables: Vec<Zone> = (0..50).map(ahead).collect();
        let mut zones = ZoneInterner::of(&tables[..5]);
        assert_eq!(zones.intern(&tables[3]), 3);
        assert!(zones.merged_if_changed().is_none());
        for round in 0..2 {
            for (id, zone) in tables.iter().enumerate() {
                assert_eq!(zones.intern(zone), id as u32, "round {round}");
                assert_eq!(zones.find(zone.address()), Some(id as u32));
                assert_eq!(zones.get(id as u32), zone);
            }
        }
        // New zones beyond the first 32 are found by address.
        assert_eq!(zones.ids.len(), 50 - 5 - FEW_ZONES);
        // Equal data at another address is the same zone, and its address is remembered.
        let numbers = [0, 4, 5, 20, 45];
        let twins = numbers.map(ahead);
        for (id, twin) in numbers.into_iter().zip(&twins) {
            assert_eq!(zones.find(twin.address()), None);
            assert_eq!(zones.intern(twin), id as u32);
            assert_eq!(zones.find(twin.address()), Some(id as u32));
        }
        assert_eq!(zones.ids.len(), 50 - 5 - FEW_ZONES + 5);
        let grown = zones.merged_if_changed().unwrap();
        assert_eq!(*grown, *tables);
    }
}
