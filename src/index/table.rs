//! Entities by id: one cache line each, with the key, the stretch around the
//! present and its answer inside.
//!
//! A slot is found without a search. Hashes fall into buckets of about three;
//! each bucket has a pilot, a small number found while building that sends the
//! ids of the bucket to places that no other id has. The few ids of a bucket
//! for which no pilot is found are sought by name. Whoever has no slot of its
//! own has that of the strangers.

use std::hint::select_unpredictable;

use crate::index::glance::{Glance, Open};
use crate::index::hash::{self, hash_of, is_same};
use crate::index::stretch::{Around, Stretch};
use crate::index::strip::Strips;

/// What the index knows of an entity.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Slot {
    key: [u8; INLINE],
    /// The length of the key, or `ELSEWHERE`, or `NOBODY`.
    length: u8,
    flags: u8,
    /// Where its block begins.
    pub(super) block: u32,
    /// The stretch around the present in which there is nothing more to ask: from
    /// here, for so long.
    from: i64,
    span: u32,
    /// The two words of a glance. Of those that have more to ask than their own
    /// windows: how long what these say stays as it is, and the set.
    further: [u32; 2],
}

const _: () = assert!(size_of::<Slot>() == 64, "a slot is a cache line");

/// What is carried along of a slot, so that it need not be read: the stretch
/// around the present, and where the block begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    /// The first instant of the stretch that is odd if the answer in it is yes, and
    /// even if it is no.
    from: i64,
    span: u32,
    pub(super) block: u32,
}

/// What there is to ask beside an entity's own windows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Further {
    /// Nothing; this is when its own windows may matter.
    Nothing(Glance),
    /// What it shares with others, by the number of the set, and perhaps windows
    /// that are asked by alert type.
    Set(u32),
}

/// Keys of up to this length lie in the slot.
const INLINE: usize = 38;
/// The length of a key that lies in the table's text.
const ELSEWHERE: u8 = u8::MAX;
/// The length of the key of a slot that is not an entity's. No id matches it.
const NOBODY: u8 = ELSEWHERE - 1;

/// In the stretch around the present the entity's own windows silence it.
const SILENCED: u8 = 1;
/// The entity's own windows are not all there is to ask.
pub(super) const MORE: u8 = 2;
/// It is the slot of a record, and has a hash for a key.
const RECORDED: u8 = 4;
/// Where the flags tell for how long the answer is the opposite right before the
/// stretch, and right after it: two bits each, a number of [`BESIDE`].
const BEFORE: u32 = 3;
const AFTER: u32 = 5;
const BOTH_SIDES: u8 = 0b1111 << BEFORE;
/// The entity's own windows are so many that there may be a strip (strip.rs).
pub(super) const MANY: u8 = 128;
/// Milliseconds: about two minutes, a quarter of an hour, two hours.
const BESIDE: [i64; 4] = [0, 1 << 17, 1 << 20, 1 << 23];

impl Slot {
    pub(super) const EMPTY: Self = Self {
        key: [0; INLINE],
        length: NOBODY,
        flags: 0,
        block: 0,
        from: 0,
        span: 0,
        further: [0; 2],
    };

    /// The stretch around the present, and what the entity's own windows say in it.
    pub(super) fn stretch(&self) -> Stretch {
        let span = if self.is(MORE) { self.further[0] } else { self.span };
        let until = self.from.saturating_add(i64::from(span));
        Stretch { from: self.from, until, answer: self.is(SILENCED) }
    }

    /// The answer at `t`, if that is around the present and there is nothing more to
    /// ask.
    #[inline]
    pub(crate) fn answer(&self, t: i64) -> Option<bool> {
        let holds = (t.wrapping_sub(self.from) as u64) < u64::from(self.span);
        holds.then_some(self.is(SILENCED))
    }

    /// The answer at `t`, if that is right before or right after the stretch.
    #[inline]
    pub(super) fn answer_beside(&self, t: i64) -> Option<bool> {
        let beside = |at: u32| BESIDE[usize::from(self.flags >> at) % BESIDE.len()] as u64;
        let since = t.wrapping_sub(self.from);
        let before = (!since as u64) < beside(BEFORE);
        let after = (since.wrapping_sub(i64::from(self.span)) as u64) < beside(AFTER);
        (before | after).then_some(!self.is(SILENCED))
    }

    /// What is carried along of it.
    pub(crate) fn near(&self) -> Near {
        let answer = self.is(SILENCED);
        let skipped = u32::from((self.from & 1 != 0) != answer);
        let from = self.from.wrapping_add(skipped.into());
        Near { from, span: self.span.saturating_sub(skipped), block: self.block }
    }

    /// Whether `t` lies well within the stretch, or at least in it and what is
    /// beside it is known, which for many windows is too little.
    pub(super) fn is_settled(&self, t: i64) -> bool {
        let stretch = self.stretch();
        let is_known = stretch.holds(t) && self.is(BOTH_SIDES) && !self.is(MANY);
        stretch.reaches(t, BESIDE[1]) || is_known
    }

    /// Whether it is that of an entity, and not that of the strangers.
    pub(crate) fn is_someone(&self) -> bool {
        self.length != NOBODY
    }

    #[inline]
    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The windows that it shares with others: none in set 0, if it shares none.
    pub(super) fn set(&self) -> u32 {
        if self.is(MORE) { self.further[1] } else { 0 }
    }

    /// Which of the entity's own windows may matter at `t`, if these are all there
    /// is to ask.
    #[inline]
    pub(super) fn open(&self, t: i64) -> Open {
        Glance::read(self.further).at(t)
    }

    /// Fills in where the entity's block begins, what else there is to ask, whether
    /// its own windows are many, and what they say around the present.
    pub(super) fn fill(
        &mut self,
        block: u32,
        further: Further,
        many: bool,
        around: impl Into<Around>,
    ) {
        self.block = block;
        (self.flags, self.further) = match further {
            Further::Nothing(glance) => (0, glance.words()),
            Further::Set(set) => (MORE, [0, set]),
        };
        if many {
            self.flags |= MANY;
        }
        self.remember(around);
    }

    /// The slot of a record, whose windows may not be all there is to ask.
    pub(super) fn recorded(hash: u64, set: u32, stretch: Stretch) -> Self {
        let flags = MORE | RECORDED;
        let mut slot = Self { further: [0, set], length: ELSEWHERE, flags, ..Self::EMPTY };
        slot.key[..8].copy_from_slice(&hash.to_le_bytes());
        slot.remember(stretch);
        slot
    }

    /// The hash of the record's id, if it is the slot of one.
    pub(super) fn recorded_hash(&self) -> Option<u64> {
        let hash = self.key.first_chunk().copied().map(u64::from_le_bytes);
        hash.filter(|_| self.is(RECORDED))
    }

    /// Remembers a stretch, or as much of its beginning as fits into a slot, and
    /// what is beside it, if there is nothing more to ask.
    pub(super) fn remember(&mut self, around: impl Into<Around>) {
        let Around { stretch, before, after } = around.into();
        let length = stretch.until.abs_diff(stretch.from);
        let span = length.min(u32::MAX.into()) as u32;
        self.flags =
            self.flags & (MORE | RECORDED | MANY) | if stretch.answer { SILENCED } else { 0 };
        (self.from, self.span) = (stretch.from, span);
        if self.is(MORE) {
            self.further[0] = span;
            self.span = if stretch.answer { span } else { 0 };
        } else {
            let level = |ms: i64| BESIDE[1..].iter().filter(|least| **least <= ms).count() as u8;
            let after = if u64::from(span) == length { after } else { 0 };
            self.flags |= level(before) << BEFORE | level(after) << AFTER;
        }
    }
}

impl Near {
    /// The answer at `t`, as the slot gives it, but perhaps for one millisecond.
    #[inline]
    pub(crate) fn answer(self, t: i64) -> Option<bool> {
        let holds = (t.wrapping_sub(self.from) as u64) < u64::from(self.span);
        holds.then_some(self.from & 1 != 0)
    }
}

/// Where an id is, if it is anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guess {
    pub(super) hash: u64,
    pilot: u8,
    place: usize,
}

/// The entities of an index.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Box<[Slot]>,
    /// A byte of the hash of each slot's id: most strangers are told by these,
    /// which are close at hand, and not by a slot, which is far away.
    marks: Box<[u8]>,
    pilots: Box<[u8]>,
    /// What answers for those that nothing names.
    strangers: Slot,
    /// Those of crowded buckets, by id.
    crowded: Box<[Slot]>,
    len: usize,
    /// The keys that are too long for a slot.
    text: std::sync::Arc<str>,
    /// Those of entities with many windows.
    pub(super) strips: Strips,
}

/// The pilot of a bucket for which none was found.
const CROWDED: u8 = u8::MAX;
/// How many ids a bucket has, about.
const BUCKET: usize = 3;

impl Table {
    /// Makes a slot for each id, in the order of `ids`; `fill` is given the
    /// place in that order.
    pub(super) fn new(
        ids: &[&str],
        strangers: Slot,
        mut fill: impl FnMut(usize, &mut Slot),
    ) -> Self {
        let len = ids.len();
        // Four fifths full.
        let places = len + len / 4 + 1;
        let mut text = String::new();
        let hashes: Vec<u64> = ids.iter().map(|id| hash_of(id)).collect();
        let (pilots, place_of, crowded) = pilots(ids, &hashes, places);
        let mut slots = vec![Slot::EMPTY; places].into_boxed_slice();
        let mut marks = vec![0; places].into_boxed_slice();
        let mut crowded = vec![Slot::EMPTY; crowded].into_boxed_slice();
        for (entity, (id, place)) in ids.iter().zip(place_of).enumerate() {
            let slot = match (place as usize).checked_sub(places) {
                Some(place) => &mut crowded[place],
                None => {
                    marks[place as usize] = hash::mark(hashes[entity]);
                    &mut slots[place as usize]
                }
            };
            if id.len() <= INLINE {
                slot.length = id.len() as u8;
                slot.key[..id.len()].copy_from_slice(id.as_bytes());
            } else {
                slot.length = ELSEWHERE;
                slot.key[..8].copy_from_slice(&(text.len() as u64).to_le_bytes());
                slot.key[8..16].copy_from_slice(&(id.len() as u64).to_le_bytes());
                text.push_str(id);
            }
            fill(entity, slot);
        }
        Self {
            slots,
            marks,
            pilots,
            strangers,
            crowded,
            len,
            text: text.into(),
            strips: Strips::default(),
        }
    }

    /// Where the id with this hash is, if it is in the table.
    #[inline]
    pub(super) fn guess(&self, hash: u64) -> Guess {
        let pilot = self.pilots[hash::scaled(hash, self.pilots.len())];
        Guess { hash, pilot, place: hash::place(hash, pilot, self.marks.len()) }
    }

    /// The slot that a guess leads to: that of the strangers, if nothing is
    /// known by this hash. Chosen without a jump, as it cannot be foreseen.
    #[inline]
    pub(super) fn candidate(&self, guess: Guess) -> &Slot {
        select_unpredictable(self.may_be(guess), &self.slots[guess.place], &self.strangers)
    }

    #[inline]
    fn may_be(&self, guess: Guess) -> bool {
        self.marks[guess.place] == hash::mark(guess.hash)
    }

    /// The slot of an id with this guess, or that of the strangers.
    #[inline]
    pub(super) fn find(&self, guess: Guess, id: &str) -> &Slot {
        if self.may_be(guess) {
            let slot = &self.slots[guess.place];
            if self.key_is(slot, id) {
                return slot;
            }
        }
        if guess.pilot == CROWDED { self.find_crowded(id) } else { &self.strangers }
    }

    #[cold]
    fn find_crowded(&self, id: &str) -> &Slot {
        let at = self.crowded.binary_search_by(|slot| self.id_of(slot).cmp(id));
        at.map_or(&self.strangers, |at| &self.crowded[at])
    }

    #[inline]
    fn key_is(&self, slot: &Slot, id: &str) -> bool {
        match slot.key.get(..id.len()) {
            Some(key) => usize::from(slot.length) == id.len() && is_same(key, id.as_bytes()),
            None => slot.length == ELSEWHERE && self.long_key(slot) == id,
        }
    }

    #[cold]
    fn long_key(&self, slot: &Slot) -> &str {
        let number = |at: usize| {
            let bytes = slot.key[at..at + 8].try_into().expect("eight bytes are eight bytes");
            u64::from_le_bytes(bytes) as usize
        };
        let start = number(0);
        &self.text[start..start + number(8)]
    }

    /// The id of a slot.
    pub(super) fn id_of<'a>(&'a self, slot: &'a Slot) -> &'a str {
        match slot.key.get(..usize::from(slot.length)) {
            Some(key) => std::str::from_utf8(key).expect("keys are copies of text"),
            None => self.long_key(slot),
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> + '_ {
        let all = self.slots.iter_mut().chain(&mut self.crowded);
        all.filter(|slot| slot.is_someone()).chain([&mut self.strangers])
    }

    /// How many entities there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.slots)
            + size_of_val(&*self.crowded)
            + self.marks.len()
            + self.pilots.len()
            + self.text.len()
            + self.strips.heap_bytes()
    }
}

/// The pilots of all buckets, the place of each id, and how many ids are in
/// buckets without one: these have the places after the others, by id.
fn pilots(ids: &[&str], hashes: &[u64], places: usize) -> (Box<[u8]>, Vec<u32>, usize) {
    let mut pilots = vec![0; ids.len() / BUCKET + 1];
    let (starts, members) = buckets(hashes, pilots.len());
    let bucket = |at: usize| &members[starts[at] as usize..starts[at + 1] as usize];

    // The largest first, while most places are free.
    let mut order: Vec<u32> = (0..pilots.len() as u32).collect();
    order.sort_by_key(|at| std::cmp::Reverse(bucket(*at as usize).len()));
    let mut taken = vec![false; places];
    let mut place_of = vec![0; ids.len()];
    let mut crowded = Vec::new();
    for at in order {
        let members = bucket(at as usize);
        let pilot = (0..CROWDED).find(|pilot| {
            let place = |member: &u32| hash::place(hashes[*member as usize], *pilot, places);
            let free = members.iter().take_while(|member| {
                let place = place(member);
                !std::mem::replace(&mut taken[place], true)
            });
            let free = free.count();
            if free < members.len() {
                members[..free].iter().for_each(|member| taken[place(member)] = false);
            }
            free == members.len()
        });
        pilots[at as usize] = pilot.unwrap_or(CROWDED);
        match pilot {
            Some(pilot) => members.iter().for_each(|member| {
                let place = hash::place(hashes[*member as usize], pilot, places);
                place_of[*member as usize] = place as u32;
            }),
            None => crowded.extend_from_slice(members),
        }
    }
    crowded.sort_unstable_by_key(|member| ids[*member as usize]);
    for (at, member) in crowded.iter().enumerate() {
        place_of[*member as usize] = (places + at) as u32;
    }
    (pilots.into(), place_of, crowded.len())
}

/// The numbers of the hashes by bucket, and where each bucket begins.
fn buckets(hashes: &[u64], count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; count + 1];
    for hash in hashes {
        starts[hash::scaled(*hash, count) + 1] += 1;
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut members = vec![0; hashes.len()];
    for (number, hash) in hashes.iter().enumerate() {
        let at = &mut next[hash::scaled(*hash, count)];
        members[*at as usize] = number as u32;
        *at += 1;
    }
    (starts, members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(ids: &[&str]) -> Table {
        Table::new(ids, Slot::EMPTY, |at, slot| {
            slot.fill(at as u32, Further::Nothing(Glance::default()), false, Stretch::NONE);
        })
    }

    fn found(table: &Table, id: &str) -> Option<u32> {
        let slot = table.find(table.guess(hash_of(id)), id);
        slot.is_someone().then_some(slot.block)
    }

    #[test]
    fn every_id_is_found_and_no_other() {
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
    fn strangers_are_told_by_name_where_a_mark_does_not_tell() {
        let ids: Vec<String> = (0..1000).map(|n| format!("host-{n:07}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut nobody = Slot::EMPTY;
        nobody.fill(0, Further::Set(7), false, Stretch::NONE);
        let table = Table::new(&ids, nobody, |_, _| {});
        let mut mistaken = 0;
        for stranger in (0..10_000).map(|n| format!("web-{n:07}")).chain([String::new()]) {
            let guess = table.guess(hash_of(&stranger));
            mistaken += usize::from(table.may_be(guess));
            let slot = table.find(guess, &stranger);
            assert!(!slot.is_someone() && slot.set() == 7, "{stranger}");
        }
        // One in 256, and most places have someone.
        assert!((10..100).contains(&mistaken), "{mistaken}");
    }

    #[test]
    fn ids_with_one_hash_are_found_by_name() {
        // More ids than there are pilots, all in one bucket with one place.
        let ids: Vec<String> = (0..1000).map(|n| format!("{n}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let hashes: Vec<u64> = ids.iter().map(|id| hash_of(id)).collect();
        let (mut pilots, _, _) = pilots(&ids, &hashes, 1);
        assert!(pilots.contains(&CROWDED));
        pilots.fill(CROWDED);
        let mut table = table(&ids);
        let someone = table.iter_mut().filter(|slot| slot.is_someone());
        let mut slots: Vec<Slot> = someone.map(|slot| slot.clone()).collect();
        slots.sort_by(|a, b| table.id_of(a).cmp(table.id_of(b)));
        (table.slots, table.crowded) = ([Slot::EMPTY].into(), slots.into());
        table.marks = [0].into();
        table.pilots = pilots;
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(found(&table, id), Some(at as u32));
        }
        assert_eq!(found(&table, "1000"), None);
    }

    #[test]
    fn a_slot_is_a_cache_line_and_answers_in_its_stretch() {
        assert_eq!(size_of::<Slot>(), 64);
        let stretch = |answer| Stretch { from: 10, until: 20, answer };
        let answers = |slot: &Slot| [9, 10, 19, 20].map(|t| slot.answer(t));
        let mut slot = Slot::EMPTY;
        assert_eq!(answers(&slot), [None; 4]);
        let nothing = Further::Nothing(Glance::default());
        slot.fill(5, nothing, false, stretch(true));
        assert_eq!(answers(&slot), [None, Some(true), Some(true), None]);
        assert_eq!((slot.block, slot.set(), slot.is(MORE)), (5, 0, false));
        slot.remember(stretch(false));
        assert_eq!(answers(&slot), [None, Some(false), Some(false), None]);
        assert_eq!(slot.stretch(), stretch(false));
        // Whoever has more to ask is sure of a "yes" only.
        slot.fill(5, Further::Set(6), false, stretch(true));
        assert_eq!((slot.block, slot.set()), (5, 6));
        assert_eq!(answers(&slot), [None, Some(true), Some(true), None]);
        assert!(slot.is(MORE) && slot.stretch() == stretch(true));
        slot.remember(stretch(false));
        assert_eq!(answers(&slot), [None; 4]);
        assert!(slot.is(MORE) && slot.stretch() == stretch(false));
        slot.remember(stretch(true));
        assert_eq!(slot.answer(10), Some(true));
        slot.remember(Stretch::NONE);
        assert!(slot.answer(0).is_none() && !slot.stretch().holds(0));
    }

    #[test]
    fn a_slot_holds_as_much_of_a_long_stretch_as_fits() {
        let long = i64::from(u32::MAX);
        let mut slot = Slot::EMPTY;
        for until in [10 + long - 1, 10 + long, 10 + long + 1, i64::MAX] {
            let stretch = Stretch { from: 10, until, answer: false };
            slot.fill(0, Further::Nothing(Glance::default()), false, stretch);
            assert_eq!(slot.stretch(), Stretch { until: until.min(10 + long), ..stretch });
        }
        slot.remember(Stretch { from: i64::MAX - 5, until: i64::MAX, answer: false });
        let known = [i64::MIN, i64::MAX - 6, i64::MAX - 5, i64::MAX - 1, i64::MAX];
        let known = known.map(|t| slot.answer(t).is_some());
        assert_eq!(known, [false, false, true, true, false]);
        slot.remember(Stretch::always(true));
        assert_eq!([i64::MIN, 0].map(|t| slot.answer(t)), [Some(true), None]);
    }

    #[test]
    fn a_slot_knows_the_opposite_beside_its_stretch() {
        let (two, quarter, hours) = (BESIDE[1], BESIDE[2], BESIDE[3]);
        let levels = [0, two - 1, two, quarter - 1, quarter, hours - 1, hours, i64::MAX];
        let of = [0, 0, two, two, quarter, quarter, hours, hours];
        let stretch = |answer| Stretch { from: 100, until: 200, answer };
        let mut slot = Slot::EMPTY;
        for answer in [false, true] {
            let known = |slot: &Slot, t: i64| slot.answer_beside(t) == Some(!answer);
            for (before, least) in levels.into_iter().zip(of) {
                slot.remember(Around { stretch: stretch(answer), before, after: 0 });
                let instants = [i64::MIN, 99 - least, 100 - least, 99, 100, 200, i64::MAX];
                let some = least != 0;
                let expected = [false, false, some, some, false, false, false];
                assert_eq!(instants.map(|t| known(&slot, t)), expected, "{before}");
                slot.remember(Around { stretch: stretch(answer), before: 0, after: before });
                let instants = [i64::MIN, 99, 199, 200, 199 + least, 200 + least, i64::MAX];
                let expected = [false, false, false, some, some, false, false];
                assert_eq!(instants.map(|t| known(&slot, t)), expected, "{before}");
            }
            slot.remember(Around { stretch: stretch(answer), before: hours, after: two });
            let instants = [100 - hours, 199 + two, 200 + two].map(|t| known(&slot, t));
            assert_eq!(instants, [true, true, false]);
            slot.remember(stretch(answer));
            assert_eq!([99, 200].map(|t| slot.answer_beside(t)), [None; 2]);
        }
        // Not behind what is cut off, and not where there is more to ask.
        let until = 100 + i64::from(u32::MAX) + 1;
        let long = Stretch { from: 100, until, answer: true };
        slot.remember(Around { stretch: long, before: two, after: two });
        let instants = [99, until - 1, until].map(|t| slot.answer_beside(t));
        assert_eq!(instants, [Some(false), None, None]);
        slot.fill(
            0,
            Further::Set(1),
            false,
            Around { stretch: stretch(false), before: two, after: two },
        );
        assert_eq!([99, 200].map(|t| slot.answer_beside(t)), [None; 2]);
    }

    #[test]
    fn what_is_carried_along_says_what_the_slot_says() {
        let ends = [(i64::MIN, 7), (-8, -1), (-7, 0), (0, 1), (1, 2), (4, 9), (5, i64::MAX)];
        let more = Further::Set(1);
        for further in [Further::Nothing(Glance::default()), more] {
            for (from, until) in ends.into_iter().chain([(3, 3), (i64::MAX, i64::MAX)]) {
                for answer in [false, true] {
                    let mut slot = Slot::EMPTY;
                    slot.fill(5, further, false, Stretch { from, until, answer });
                    let (near, end) = (slot.near(), slot.stretch().until);
                    assert_eq!(near.block, 5);
                    // All but the first instant, and that one if its parity is right.
                    assert!(near.answer(from).is_none_or(|it| Some(it) == slot.answer(from)));
                    let is_right = (from & 1 != 0) == answer;
                    assert!(!is_right || near.answer(from) == slot.answer(from), "{from} {answer}");
                    let around = [from.saturating_sub(1), from.saturating_add(1), end, i64::MAX];
                    for t in around.into_iter().chain([end.saturating_sub(1), i64::MIN, 0, 6]) {
                        assert!(
                            t == from || near.answer(t) == slot.answer(t),
                            "{from} {until} {t}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_slot_is_settled_well_within_its_stretch_or_with_what_is_beside_it() {
        let margin = BESIDE[1];
        let stretch = Stretch { from: 0, until: 4 * margin, answer: true };
        let instants = [-1, 0, margin - 1, margin, 3 * margin - 1, 3 * margin, 4 * margin - 1];
        let settled = |slot: &Slot| instants.map(|t| slot.is_settled(t));
        let mut slot = Slot::EMPTY;
        slot.remember(stretch);
        assert_eq!(settled(&slot), [false, false, false, true, true, false, false]);
        slot.remember(Around { stretch, before: 0, after: margin });
        assert_eq!(settled(&slot), [false, true, true, true, true, true, true]);
        assert!(!slot.is_settled(4 * margin));
        slot.remember(Stretch::always(false));
        assert!(slot.is_settled(i64::MIN) && !slot.is_settled(i64::MAX));
        // For many windows what is beside is too little.
        slot.fill(0, Further::Set(0), true, Stretch::NONE);
        for further in [Further::Nothing(Glance::default()), Further::Set(0)] {
            slot.fill(0, further, true, Around { stretch, before: 0, after: margin });
            assert_eq!(settled(&slot), [false, false, false, true, true, false, false]);
            slot.remember(stretch);
            assert!(slot.is(MANY));
        }
    }

    #[test]
    fn a_slot_knows_when_its_windows_may_matter() {
        let mut glance = Glance::default();
        glance.add_spans(&[(0, 1000)]);
        let mut slot = Slot::EMPTY;
        slot.fill(0, Further::Nothing(glance), false, Stretch::NONE);
        for t in [0, 1 << 40] {
            assert_eq!(slot.open(t), glance.at(t));
        }
        assert!(slot.open(0).spans);
    }

    #[test]
    fn the_slot_of_a_record_knows_its_hash_and_has_more_to_ask() {
        let hash = 0x0123_4567_89ab_cdef;
        let mut slot = Slot::recorded(hash, 9, Stretch { from: 10, until: 20, answer: false });
        for _ in 0..2 {
            assert_eq!((slot.recorded_hash(), slot.set()), (Some(hash), 9));
            assert!(slot.is_someone() && slot.is(MORE) && slot.stretch().holds(15));
            assert_eq!((slot.answer(15), slot.stretch().answer), (None, false));
            slot.remember(Stretch { from: 10, until: 20, answer: false });
        }
        slot.remember(Stretch { from: 10, until: 20, answer: true });
        assert_eq!((slot.answer(15), slot.recorded_hash()), (Some(true), Some(hash)));
        assert_eq!(Slot::EMPTY.recorded_hash(), None);
    }

    #[test]
    fn the_bytes_of_a_table_are_those_of_its_slots_and_of_what_leads_there() {
        // Room for a quarter more and one, each a slot and a mark; a pilot for
        // three of them; the text of the long one.
        let long = "long".repeat(20);
        let mut table = table(&["a", "b", "c", &long, "e"]);
        assert_eq!(table.heap_bytes(), 7 * 64 + 7 + 2 + 80);
        table.crowded = vec![Slot::EMPTY; 3].into();
        assert_eq!(table.heap_bytes(), 10 * 64 + 7 + 2 + 80);
        assert_eq!(Table::new(&[], Slot::EMPTY, |_, _| {}).heap_bytes(), 64 + 1 + 1);
    }

    #[test]
    fn few_ids_are_crowded() {
        let ids: Vec<String> = (0..20_000).map(|n| format!("host-{n:07}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert!(table(&ids).crowded.len() < 20, "{}", table(&ids).crowded.len());
    }

    #[test]
    fn buckets_hold_each_number_once_by_its_hash() {
        let hashes: Vec<u64> =
            (0..1000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let (starts, members) = buckets(&hashes, 7);
        assert_eq!((starts.len(), starts[0], starts[7]), (8, 0, 1000));
        for at in 0..7 {
            let mut last = None;
            for member in &members[starts[at] as usize..starts[at + 1] as usize] {
                assert_eq!(hash::scaled(hashes[*member as usize], 7), at);
                assert!(last < Some(*member));
                last = Some(*member);
            }
        }
    }

    #[test]
    fn ids_that_no_pilot_tells_apart_are_found_among_others() {
        // Made for it: the second half undoes what the first one does.
        let same = ["host-00000000.eu-west-3.internal", "host-00036260.eu-west-3.0G2MtUuX"];
        assert_eq!(hash_of(same[0]), hash_of(same[1]));
        let ids = ["a", same[1], "b", same[0], "c"];
        let table = table(&ids);
        assert!(table.crowded.len() >= 2);
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(found(&table, id), Some(at as u32), "{id}");
        }
    }

    #[test]
    fn a_key_is_that_of_its_own_id_and_of_no_other() {
        let long = "long".repeat(20);
        let table = table(&["a", &long]);
        let slot = |id: &str| table.find(table.guess(hash_of(id)), id);
        assert!(table.key_is(slot("a"), "a") && table.key_is(slot(&long), &long));
        assert!(!table.key_is(slot("a"), "b"));
        assert!(!table.key_is(slot("a"), &long) && !table.key_is(slot(&long), "a"));
        assert!(!table.key_is(slot(&long), &"gnol".repeat(20)));
    }
}
