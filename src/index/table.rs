//! Perfect hash table from entity ids to slots, in the style of PTHash.
//!
//! ```text
//! hash(id) -- fast_range --> bucket --> pilot (u8)
//! hash(id) and pilot -- slot_index --> tag (u8) and slot (64 bytes)
//! ```
//!
//! Ids are hashed into buckets of about three. Each bucket stores an 8-bit pilot,
//! found at build time, that maps its ids to distinct slots. So a look-up reads one
//! pilot, one tag and one slot. A tag is a byte of the hash of the slot's id: a
//! look-up of an unknown id usually ends there (255 of 256 times), and the tags of a
//! large table still fit into a cache that its slots exceed. Unknown ids map to one
//! shared default slot. The ids of buckets for which no pilot was found overflow into
//! a list that is sorted by id.
//!
//! A table may also be keyed by hashes alone: the keys of labels ([`crate::index::keys`])
//! have no text.

use std::cmp::Ordering;
use std::hint::select_unpredictable;

use crate::index::hash::{self, hash_id, is_same};
use crate::index::intern::BATCH_SIZE;
use crate::index::near::NearTimelines;
use crate::index::slot::{INLINE_KEY_LEN, LONG_KEY, Slot};

/// The position at which an id is, if the table has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    pub(super) hash: u64,
    pilot: u8,
    slot_index: usize,
}

/// A perfect hash table. It never changes its ids after construction.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Box<[Slot]>,
    /// A byte of the hash of each slot's id.
    tags: Box<[u8]>,
    pilots: Box<[u8]>,
    /// The slot of unknown ids.
    default_slot: Slot,
    /// The slots of buckets without a pilot, sorted by id.
    overflow: Box<[Slot]>,
    len: usize,
    /// The ids that are too long for a slot, concatenated.
    long_keys: std::sync::Arc<str>,
    /// The near-now timelines of entities with many windows.
    pub(super) timelines: NearTimelines,
}

/// The pilot of a bucket for which none was found.
const NO_PILOT: u8 = u8::MAX;
/// Average number of ids in a bucket.
const BUCKET_SIZE: usize = 3;
/// Ids for each free slot: the load factor is 4/5.
const IDS_PER_FREE_SLOT: usize = 4;
/// Hashes for each free slot of a table that is keyed by them: 11/12. Such a table has about one
/// for each window, so that its slots are most of the memory. Pilots take twice as many attempts,
/// and a few buckets in ten thousand have none.
const KEYS_PER_FREE_SLOT: usize = 11;

impl Table {
    /// Builds the table of distinct `ids`. `fill` is called once for each id, with its
    /// index and its slot.
    pub(super) fn new(
        ids: &[&str],
        default_slot: Slot,
        mut fill: impl FnMut(usize, &mut Slot),
    ) -> Self {
        let hashes: Vec<u64> = ids.iter().map(|id| hash_id(id)).collect();
        let mut long_keys = String::new();
        let by_id = |a: &u32, b: &u32| ids[*a as usize].cmp(ids[*b as usize]);
        let slots = ids.len() + ids.len() / IDS_PER_FREE_SLOT + 1;
        let mut table = Self::of_hashes(&hashes, slots, by_id, default_slot, |entity, slot| {
            let id = ids[entity];
            if id.len() <= INLINE_KEY_LEN {
                slot.length = id.len() as u8;
                slot.key[..id.len()].copy_from_slice(id.as_bytes());
            } else {
                slot.length = LONG_KEY;
                slot.key[..8].copy_from_slice(&(long_keys.len() as u64).to_le_bytes());
                slot.key[8..16].copy_from_slice(&(id.len() as u64).to_le_bytes());
                long_keys.push_str(id);
            }
            fill(entity, slot);
        });
        table.long_keys = long_keys.into();
        table
    }

    /// Builds the table of distinct hashes, which are keys by themselves. Its slots are
    /// found by [`find_hash`](Self::find_hash). `fill` is called once for each hash, with
    /// its index and its slot.
    pub(super) fn keyed_by_hash(
        hashes: &[u64],
        default_slot: Slot,
        mut fill: impl FnMut(usize, &mut Slot),
    ) -> Self {
        let by_hash = |a: &u32, b: &u32| hashes[*a as usize].cmp(&hashes[*b as usize]);
        let slots = hashes.len() + hashes.len() / KEYS_PER_FREE_SLOT + 1;
        Self::of_hashes(hashes, slots, by_hash, default_slot, |key, slot| {
            slot.set_hash_key(hashes[key]);
            fill(key, slot);
        })
    }

    /// Builds a table with a number of slots, which must be more than hashes. `overflow_order`
    /// orders the members of buckets without a pilot; `fill` writes the key and the content of
    /// a slot.
    fn of_hashes(
        hashes: &[u64],
        slot_count: usize,
        overflow_order: impl Fn(&u32, &u32) -> Ordering,
        default_slot: Slot,
        mut fill: impl FnMut(usize, &mut Slot),
    ) -> Self {
        let (pilots, slot_of, overflow) = find_pilots(hashes, slot_count, overflow_order);
        let mut slots = vec![Slot::EMPTY; slot_count].into_boxed_slice();
        let mut tags = vec![0; slot_count].into_boxed_slice();
        let mut overflow = vec![Slot::EMPTY; overflow].into_boxed_slice();
        for (first, batch) in (0..).step_by(BATCH_SIZE).zip(slot_of.chunks(BATCH_SIZE)) {
            // Prefetch: the slots are in a random order.
            let lengths = batch.iter().filter_map(|slot_index| slots.get(*slot_index as usize));
            let lengths = lengths.map(|slot| slot.length);
            std::hint::black_box(lengths.fold(0, std::ops::BitXor::bitxor));
            for (entity, slot_index) in (first..).zip(batch) {
                let slot = match (*slot_index as usize).checked_sub(slot_count) {
                    Some(slot_index) => &mut overflow[slot_index],
                    None => {
                        tags[*slot_index as usize] = hash::tag(hashes[entity]);
                        &mut slots[*slot_index as usize]
                    }
                };
                fill(entity, slot);
            }
        }
        Self {
            slots,
            tags,
            pilots,
            default_slot,
            overflow,
            len: hashes.len(),
            long_keys: "".into(),
            timelines: NearTimelines::default(),
        }
    }

    /// The position at which the id with this hash is, if the table has it.
    #[inline]
    pub(super) fn probe(&self, hash: u64) -> Probe {
        let pilot = self.pilots[hash::fast_range(hash, self.pilots.len())];
        Probe { hash, pilot, slot_index: hash::slot_index(hash, pilot, self.tags.len()) }
    }

    /// The slot of unknown ids.
    #[inline]
    pub(super) fn default_slot(&self) -> &Slot {
        &self.default_slot
    }

    /// The slot that a probe leads to, without a comparison of ids: the default slot, if
    /// the tag differs. Branch-free, because the branch would be unpredictable.
    #[inline]
    pub(super) fn candidate(&self, probe: Probe) -> &Slot {
        select_unpredictable(
            self.tag_matches(probe),
            &self.slots[probe.slot_index],
            &self.default_slot,
        )
    }

    /// Whether the tag of the slot equals that of the hash.
    #[inline]
    fn tag_matches(&self, probe: Probe) -> bool {
        self.tags[probe.slot_index] == hash::tag(probe.hash)
    }

    /// The slot of an id, given its probe; the default slot, if the table does not have
    /// it.
    #[inline]
    pub(super) fn lookup(&self, probe: Probe, id: &str) -> &Slot {
        if self.tag_matches(probe) {
            let slot = &self.slots[probe.slot_index];
            if self.key_is(slot, id) {
                return slot;
            }
        }
        if probe.pilot == NO_PILOT { self.lookup_overflow(id) } else { &self.default_slot }
    }

    /// Binary search for an id in a bucket without a pilot.
    #[cold]
    fn lookup_overflow(&self, id: &str) -> &Slot {
        let at = self.overflow.binary_search_by(|slot| self.id_of(slot).cmp(id));
        at.map_or(&self.default_slot, |at| &self.overflow[at])
    }

    /// The slot of a hash that is a key by itself, given its probe; `None` if the table does
    /// not have it.
    #[inline]
    pub(super) fn find_hash(&self, probe: Probe) -> Option<&Slot> {
        if self.tag_matches(probe) {
            let slot = &self.slots[probe.slot_index];
            if slot.hash_key() == Some(probe.hash) {
                return Some(slot);
            }
        }
        if probe.pilot == NO_PILOT { self.find_hash_overflow(probe.hash) } else { None }
    }

    /// Binary search for a hash in a bucket without a pilot.
    #[cold]
    fn find_hash_overflow(&self, hash: u64) -> Option<&Slot> {
        let at = self.overflow.binary_search_by(|slot| slot.hash_key().cmp(&Some(hash)));
        at.ok().map(|at| &self.overflow[at])
    }

    /// Whether a slot has this id.
    #[inline]
    fn key_is(&self, slot: &Slot, id: &str) -> bool {
        match slot.key.get(..id.len()) {
            Some(key) => usize::from(slot.length) == id.len() && is_same(key, id.as_bytes()),
            None => slot.length == LONG_KEY && self.long_key(slot) == id,
        }
    }

    /// The id of a slot that is stored outside of it.
    #[cold]
    fn long_key(&self, slot: &Slot) -> &str {
        let u64_at = |at: usize| {
            let bytes = slot.key[at..at + 8].try_into().expect("the slice has eight bytes");
            u64::from_le_bytes(bytes) as usize
        };
        let start = u64_at(0);
        &self.long_keys[start..start + u64_at(8)]
    }

    /// The id of a slot.
    pub(super) fn id_of<'a>(&'a self, slot: &'a Slot) -> &'a str {
        match slot.key.get(..usize::from(slot.length)) {
            Some(key) => std::str::from_utf8(key).expect("keys are copies of text"),
            None => self.long_key(slot),
        }
    }

    /// All occupied slots, and the default slot.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> + '_ {
        let all = self.slots.iter_mut().chain(&mut self.overflow);
        all.filter(|slot| slot.is_occupied()).chain([&mut self.default_slot])
    }

    /// The number of entities.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.slots)
            + size_of_val(&*self.overflow)
            + self.tags.len()
            + self.pilots.len()
            + self.long_keys.len()
            + self.timelines.heap_bytes()
    }
}

/// Finds the pilots of all buckets. Returns them, the slot of each hash, and the
/// number of those in buckets without a pilot: these are numbered behind the other slots,
/// in the given order.
fn find_pilots(
    hashes: &[u64],
    slot_count: usize,
    overflow_order: impl Fn(&u32, &u32) -> Ordering,
) -> (Box<[u8]>, Vec<u32>, usize) {
    let mut pilots = vec![0; hashes.len() / BUCKET_SIZE + 1];
    let (starts, members) = buckets(hashes, pilots.len());
    let bucket = |at: usize| &members[starts[at] as usize..starts[at + 1] as usize];

    // The largest buckets first, while most slots are free.
    let mut order: Vec<u32> = (0..pilots.len() as u32).collect();
    order.sort_by_key(|at| std::cmp::Reverse(bucket(*at as usize).len()));
    let mut taken = vec![false; slot_count];
    let mut slot_of = vec![0; hashes.len()];
    let mut overflow = Vec::new();
    for at in order {
        let members = bucket(at as usize);
        let pilot = (0..NO_PILOT).find(|pilot| {
            let slot_index =
                |member: &u32| hash::slot_index(hashes[*member as usize], *pilot, slot_count);
            let free = members.iter().take_while(|member| {
                let slot_index = slot_index(member);
                !std::mem::replace(&mut taken[slot_index], true)
            });
            let free = free.count();
            if free < members.len() {
                members[..free].iter().for_each(|member| taken[slot_index(member)] = false);
            }
            free == members.len()
        });
        pilots[at as usize] = pilot.unwrap_or(NO_PILOT);
        match pilot {
            Some(pilot) => members.iter().for_each(|member| {
                let slot_index = hash::slot_index(hashes[*member as usize], pilot, slot_count);
                slot_of[*member as usize] = slot_index as u32;
            }),
            None => overflow.extend_from_slice(members),
        }
    }
    overflow.sort_unstable_by(overflow_order);
    for (at, member) in overflow.iter().enumerate() {
        slot_of[*member as usize] = (slot_count + at) as u32;
    }
    (pilots.into(), slot_of, overflow.len())
}

/// Counting sort of hash indexes by bucket: the start of each bucket, and the
/// members.
fn buckets(hashes: &[u64], count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; count + 1];
    for hash in hashes {
        starts[hash::fast_range(*hash, count) + 1] += 1;
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut members = vec![0; hashes.len()];
    for (index, hash) in hashes.iter().enumerate() {
        let at = &mut next[hash::fast_range(*hash, count)];
        members[*at as usize] = index as u32;
        *at += 1;
    }
    (starts, members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::near::AnswerSpan;
    use crate::index::prefilter::Prefilter;
    use crate::index::slot::SlotTail;

    fn table(ids: &[&str]) -> Table {
        Table::new(ids, Slot::EMPTY, |at, slot| {
            slot.init(
                at as u32,
                SlotTail::Prefilter(Prefilter::default()),
                false,
                AnswerSpan::EMPTY,
            );
        })
    }

    fn found(table: &Table, id: &str) -> Option<u32> {
        let slot = table.lookup(table.probe(hash_id(id)), id);
        slot.is_occupied().then_some(slot.block)
    }

    #[test]
    fn lookup_finds_exactly_the_ids() {
        let lengths = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 37, 38, 39, 40, 41, 254, 255, 256];
        let ids: Vec<String> = lengths
            .iter()
            .flat_map(|length| {
                (b'a'..=b'z').map(|letter| char::from(letter).to_string().repeat(*length))
            })
            .chain((0..3000).map(|n| format!("host-{n:07}.eu-west-1.prod")))
            .collect();
        for count in [0, 1, 2, 3, 10, 100, ids.len()] {
            let some: Vec<&str> = ids.iter().take(count).map(String::as_str).collect();
            let table = table(&some);
            for (at, id) in ids.iter().enumerate() {
                assert_eq!(found(&table, id), (at < count).then_some(at as u32), "{id}");
            }
            assert_eq!(table.len(), count);
        }
    }

    #[test]
    fn lookup_unknown_id_compares_key() {
        let ids: Vec<String> = (0..1000).map(|n| format!("host-{n:07}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut default_slot = Slot::EMPTY;
        default_slot.init(0, SlotTail::ClassSet(7), false, AnswerSpan::EMPTY);
        let table = Table::new(&ids, default_slot, |_, _| {});
        let mut mistaken = 0;
        for unknown in (0..10_000).map(|n| format!("web-{n:07}")).chain([String::new()]) {
            let probe = table.probe(hash_id(&unknown));
            mistaken += usize::from(table.tag_matches(probe));
            let slot = table.lookup(probe, &unknown);
            assert!(!slot.is_occupied() && slot.class_set() == 7, "{unknown}");
        }
        // One in 256, for an occupied slot.
        assert!((10..100).contains(&mistaken), "{mistaken}");
    }

    #[test]
    fn lookup_without_pilot_uses_overflow() {
        // More ids than pilots, all in one bucket, with a single slot.
        let ids: Vec<String> = (0..1000).map(|n| format!("{n}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let hashes: Vec<u64> = ids.iter().map(|id| hash_id(id)).collect();
        let (mut pilots, _, _) = find_pilots(&hashes, 1, u32::cmp);
        assert!(pilots.contains(&NO_PILOT));
        pilots.fill(NO_PILOT);
        let mut table = table(&ids);
        let someone = table.iter_mut().filter(|slot| slot.is_occupied());
        let mut slots: Vec<Slot> = someone.map(|slot| slot.clone()).collect();
        slots.sort_by(|a, b| table.id_of(a).cmp(table.id_of(b)));
        (table.slots, table.overflow) = ([Slot::EMPTY].into(), slots.into());
        table.tags = [0].into();
        table.pilots = pilots;
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(found(&table, id), Some(at as u32));
        }
        assert_eq!(found(&table, "1000"), None);
    }

    #[test]
    fn heap_bytes_table_is_sum_of_parts() {
        // 7 slots with a tag each (5 ids, 5/4 and one), 2 pilots, the long id.
        let long = "long".repeat(20);
        let mut table = table(&["a", "b", "c", &long, "e"]);
        assert_eq!(table.heap_bytes(), 7 * 64 + 7 + 2 + 80);
        table.overflow = vec![Slot::EMPTY; 3].into();
        assert_eq!(table.heap_bytes(), 10 * 64 + 7 + 2 + 80);
        assert_eq!(Table::new(&[], Slot::EMPTY, |_, _| {}).heap_bytes(), 64 + 1 + 1);
    }

    #[test]
    fn find_pilots_few_ids_overflow() {
        let ids: Vec<String> = (0..20_000).map(|n| format!("host-{n:07}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert!(table(&ids).overflow.len() < 20, "{}", table(&ids).overflow.len());
    }

    #[test]
    fn find_pilots_few_keys_overflow() {
        let hashes: Vec<u64> = (1..=20_000).map(hash::fibonacci_hash).collect();
        let hashes: Vec<u64> = hashes.iter().map(|hash| hash::pair(*hash, !hash)).collect();
        let table = Table::keyed_by_hash(&hashes, Slot::EMPTY, |key, slot| {
            let tail = SlotTail::Prefilter(Prefilter::default());
            slot.init(key as u32, tail, false, AnswerSpan::EMPTY);
        });
        assert_eq!(table.slots.len(), 20_000 + 20_000 / 11 + 1);
        assert!(table.overflow.len() < 60, "{}", table.overflow.len());
        let of = |hash: u64| table.find_hash(table.probe(hash)).map(|slot| slot.block as usize);
        assert!(hashes.iter().enumerate().all(|(key, hash)| of(*hash) == Some(key)));
        assert!(hashes.iter().all(|hash| of(!hash).is_none()));
    }

    #[test]
    fn buckets_hold_each_index_once() {
        let hashes: Vec<u64> = (0..1000).map(hash::fibonacci_hash).collect();
        let (starts, members) = buckets(&hashes, 7);
        assert_eq!((starts.len(), starts[0], starts[7]), (8, 0, 1000));
        for at in 0..7 {
            let mut last = None;
            for member in &members[starts[at] as usize..starts[at + 1] as usize] {
                assert_eq!(hash::fast_range(hashes[*member as usize], 7), at);
                assert!(last < Some(*member));
                last = Some(*member);
            }
        }
    }

    #[test]
    fn lookup_equal_hashes_are_found() {
        // Constructed: the second half of the second id compensates its first half.
        let same = ["host-00000000.eu-west-3.internal", "host-00036260.eu-west-3.0G2MtUuX"];
        assert_eq!(hash_id(same[0]), hash_id(same[1]));
        let ids = ["a", same[1], "b", same[0], "c"];
        let table = table(&ids);
        assert!(table.overflow.len() >= 2);
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(found(&table, id), Some(at as u32), "{id}");
        }
    }

    #[test]
    fn key_is_only_own_id() {
        let long = "long".repeat(20);
        let table = table(&["a", &long]);
        let slot = |id: &str| table.lookup(table.probe(hash_id(id)), id);
        assert!(table.key_is(slot("a"), "a") && table.key_is(slot(&long), &long));
        assert!(!table.key_is(slot("a"), "b"));
        assert!(!table.key_is(slot("a"), &long) && !table.key_is(slot(&long), "a"));
        assert!(!table.key_is(slot(&long), &"gnol".repeat(20)));
    }
}
