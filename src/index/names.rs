//! Numbers for the entities that are named anywhere, while an index is built.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use crate::scope::Topology;

/// Ids and their numbers.
pub(super) trait EntityIds {
    /// The number of an id, if it has one.
    fn number(&self, id: &str) -> Option<u32>;
    /// The id of a number.
    fn id(&self, number: u32) -> &str;
    /// How many entities there are in all, if that is known.
    fn everyone(&self) -> Option<u32>;
}

/// Numbers for the entities that a topology or a scope names: those of the
/// topology first, in its own order.
#[derive(Debug, Default)]
pub(super) struct EntityInterner {
    known: HashTable<InternedId>,
    ids: StringArena,
}

/// A number by the hash of its id.
#[derive(Clone, Copy, Debug)]
struct InternedId {
    hash: u64,
    number: u32,
}

/// Copies of ids, close together: the originals lie wherever the windows do that
/// name them, and each comparison would wait for another place in memory.
#[derive(Debug, Default)]
struct StringArena {
    text: String,
    ends: Vec<usize>,
}

/// So many ids are looked for at once.
pub(super) const AT_ONCE: usize = 32;

fn hash_of(id: &str) -> u64 {
    FixedState::default().hash_one(id)
}

impl EntityInterner {
    pub(super) fn new(topology: &Topology) -> Self {
        let mut names = Self::default();
        for id in topology.entities() {
            names.give(id);
        }
        names
    }

    /// How many ids have a number.
    pub(super) fn len(&self) -> usize {
        self.ids.ends.len()
    }

    /// All ids, by number.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|number| self.ids.get(number))
    }

    /// The number of an id, a new one if it has none.
    pub(super) fn give(&mut self, id: &str) -> u32 {
        self.give_to(id, hash_of(id))
    }

    /// The same for some ids, each with a note; `each` is told the number and the
    /// note. All are sent for before the first is waited for.
    pub(super) fn give_each<T: Copy>(&mut self, ids: &[(&str, T)], each: impl FnMut(u32, T)) {
        let hashes: SmallVec<[u64; AT_ONCE]> = ids.iter().map(|(id, _)| hash_of(id)).collect();
        self.give_each_to(ids, &hashes, each);
    }

    #[inline]
    fn give_each_to<T: Copy>(
        &mut self,
        ids: &[(&str, T)],
        hashes: &[u64],
        mut each: impl FnMut(u32, T),
    ) {
        let guess = |hash: &u64| Some(self.known.find(*hash, |name| name.hash == *hash)?.number);
        let guesses: SmallVec<[Option<u32>; AT_ONCE]> = hashes.iter().map(guess).collect();
        for (((id, note), hash), guess) in ids.iter().zip(hashes).zip(guesses) {
            let known = guess.filter(|number| self.ids.get(*number) == *id);
            each(known.unwrap_or_else(|| self.give_to(id, *hash)), *note);
        }
    }

    fn give_to(&mut self, id: &str, hash: u64) -> u32 {
        let is = |name: &InternedId| name.hash == hash && self.ids.get(name.number) == id;
        match self.known.entry(hash, is, |name| name.hash) {
            Entry::Occupied(known) => known.get().number,
            Entry::Vacant(free) => {
                let number = self.ids.ends.len() as u32;
                free.insert(InternedId { hash, number });
                self.ids.push(id);
                number
            }
        }
    }
}

impl StringArena {
    #[inline]
    fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[number]]
    }

    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }
}

impl EntityIds for EntityInterner {
    fn number(&self, id: &str) -> Option<u32> {
        let hash = hash_of(id);
        let is = |name: &InternedId| name.hash == hash && self.ids.get(name.number) == id;
        Some(self.known.find(hash, is)?.number)
    }

    fn id(&self, number: u32) -> &str {
        self.ids.get(number)
    }

    fn everyone(&self) -> Option<u32> {
        Some(self.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topology_is_numbered_in_its_own_order_and_others_follow() {
        let topology = Topology::builder().member("g", "b").entity("a").build().unwrap();
        let mut names = EntityInterner::new(&topology);
        assert_eq!(names.ids().collect::<Vec<_>>(), topology.entities().collect::<Vec<_>>());
        assert_eq!(["x", "a", "b", "x", "y"].map(|id| names.give(id)), [2, 1, 0, 2, 3]);
        assert_eq!(names.ids().collect::<Vec<_>>(), ["b", "a", "x", "y"]);
        assert_eq!(["y", "z"].map(|id| names.number(id)), [Some(3), None]);
        assert_eq!((names.id(3), names.everyone(), names.len()), ("y", Some(4), 4));
    }

    #[test]
    fn many_at_once_get_the_numbers_that_each_would() {
        let ids: Vec<String> = (0..3_000u32).map(|n| (n * n % 1_009).to_string()).collect();
        let (mut one_by_one, mut at_once) = (EntityInterner::default(), EntityInterner::default());
        for some in ids.chunks(AT_ONCE + 7) {
            let expected: Vec<_> = some.iter().map(|id| (one_by_one.give(id), id)).collect();
            let asked: Vec<_> = some.iter().map(|id| (id.as_str(), id)).collect();
            let mut found = Vec::new();
            at_once.give_each(&asked, |number, id| found.push((number, id)));
            assert_eq!(found, expected);
        }
        assert!(at_once.ids().eq(one_by_one.ids()));
    }

    #[test]
    fn ids_of_one_hash_have_numbers_of_their_own() {
        let mut names = EntityInterner::default();
        let ids = ["a", "b", "c", "a", "c"];
        assert_eq!(ids.map(|id| names.give_to(id, 7)), [0, 1, 2, 0, 2]);
        let ids = ["c", "b", "d", "a", "d"].map(|id| (id, ()));
        let mut numbers = Vec::new();
        names.give_each_to(&ids, &[7; 5], |number, ()| numbers.push(number));
        assert_eq!((numbers, names.len()), (vec![2, 1, 3, 0, 3], 4));
    }
}
