//! Entities by id: one cache line each, with the key, the stretch around the
//! present and its answer inside.
//!
//! Slots are in the order of their hashes, each at or a little after the place
//! that its hash points to, so that a search is a short walk that ends early
//! for ids that are not there.

use crate::index::Stretch;

/// What the index knows of an entity.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Slot {
    key: [u8; INLINE],
    /// The length of the key, or `ELSEWHERE`.
    length: u8,
    flags: u8,
    /// The upper half of the hash; 0 marks an empty slot.
    tag: u32,
    /// Where its block begins.
    pub(super) block: u32,
    /// The windows that it shares with others.
    pub(super) set: u32,
    from: i64,
    until: i64,
}

/// Keys of up to this length lie in the slot.
const INLINE: usize = 34;
/// The length of a key that lies in the table's text.
const ELSEWHERE: u8 = u8::MAX;

/// In the stretch around the present the entity's own windows silence it.
pub(super) const SILENCED: u8 = 1;
/// The entity's own windows are not all there is to ask.
pub(super) const MORE: u8 = 2;

impl Slot {
    const EMPTY: Self =
        Self { key: [0; INLINE], length: 0, flags: 0, tag: 0, block: 0, set: 0, from: 0, until: 0 };

    /// Whether `t` is in the stretch around the present.
    #[inline]
    pub(super) fn holds(&self, t: i64) -> bool {
        self.from <= t && t < self.until
    }

    #[inline]
    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn mark(&mut self, flag: u8) {
        self.flags |= flag;
    }

    pub(super) fn remember(&mut self, stretch: Stretch) {
        (self.from, self.until) = (stretch.from, stretch.until);
        self.flags = self.flags & !SILENCED | u8::from(stretch.answer);
    }
}

/// The hash of an id: eight bytes at a time from both ends, multiplied and
/// folded. The same in every process; answers do not depend on it, and a table
/// that is crowded by unlucky ids is built with another seed.
#[inline]
pub(super) fn hash_of(id: &str, seed: u64) -> u64 {
    // Digits of pi.
    const KEYS: [u64; 4] = [
        0x243f_6a88_85a3_08d3,
        0x1319_8a2e_0370_7344,
        0xa409_3822_299f_31d0,
        0x082e_fa98_ec4e_6c89,
    ];
    let bytes = id.as_bytes();
    let start = KEYS[0] ^ seed.wrapping_add(bytes.len() as u64);
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => {
            let (first, last) = (halves(first), halves(last));
            let mut hash = folded(first.0 ^ start, first.1 ^ KEYS[1])
                ^ folded(last.0 ^ KEYS[2], last.1 ^ KEYS[3]).rotate_left(29);
            if bytes.len() > 32 {
                hash = further(hash, &bytes[16..bytes.len() - 16], KEYS[1]);
            }
            hash
        }
        _ => {
            let (low, high) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
                (Some(first), Some(last)) => {
                    (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
                }
                _ => {
                    let mut padded = [0; 8];
                    padded[..bytes.len()].copy_from_slice(bytes);
                    (u64::from_le_bytes(padded), 0)
                }
            };
            let once = folded(low ^ start, high ^ KEYS[1]);
            folded(once ^ KEYS[2], KEYS[3])
        }
    }
}

/// What lies between the first and the last 16 bytes of a long id.
#[inline(never)]
fn further(mut hash: u64, between: &[u8], key: u64) -> u64 {
    for chunk in between.chunks(8) {
        let mut padded = [0; 8];
        padded[..chunk.len()].copy_from_slice(chunk);
        hash = folded(hash ^ u64::from_le_bytes(padded), key);
    }
    hash
}

#[inline]
fn halves(bytes: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*bytes);
    (both as u64, (both >> 64) as u64)
}

/// Both halves of a product, so that every bit depends on every other.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Whether two keys of one length, up to `INLINE`, are the same: in a few wide
/// comparisons rather than a call.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let wide = |bytes: &[u8; 16]| u128::from_ne_bytes(*bytes);
    match (a.first_chunk(), b.first_chunk(), a.last_chunk(), b.last_chunk()) {
        (Some(first_a), Some(first_b), Some(last_a), Some(last_b)) => {
            let ends = (wide(first_a) ^ wide(first_b)) | (wide(last_a) ^ wide(last_b));
            ends == 0 && (a.len() <= 32 || a[16..18] == b[16..18])
        }
        _ => a == b,
    }
}

/// The entities of an index.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Box<[Slot]>,
    /// How many places hashes point to; the slots after them take the overflow.
    places: u64,
    seed: u64,
    len: usize,
    /// The keys that are too long for a slot.
    text: std::sync::Arc<str>,
}

/// A walk longer than this makes the table try another seed.
const LONGEST_WALK: usize = 128;

impl Table {
    /// Makes a slot for each id, in the order of `ids`; `fill` is given the
    /// place in that order.
    pub(super) fn new<'a>(
        ids: impl ExactSizeIterator<Item = &'a str> + Clone,
        mut fill: impl FnMut(usize, &mut Slot),
    ) -> Self {
        let len = ids.len();
        // Two thirds full.
        let places = (len as u64 * 3 / 2).max(1);
        let mut text = String::new();
        let (seed, order) = (0..)
            .map(|seed| (seed, order(ids.clone(), seed)))
            .find(|(seed, order)| *seed == 8 || longest_walk(order, places) <= LONGEST_WALK)
            .expect("seeds do not end");
        let overflow = order.last().map_or(0, |_| longest_walk(&order, places)) + 1;
        let mut slots = vec![Slot::EMPTY; places as usize + overflow].into_boxed_slice();
        let keys: Vec<&str> = ids.collect();
        let mut next = 0;
        for (tag, entity) in order {
            let place = place_of(tag, places).max(next);
            next = place + 1;
            let slot = &mut slots[place];
            slot.tag = tag;
            let key = keys[entity as usize].as_bytes();
            if key.len() <= INLINE {
                slot.length = key.len() as u8;
                slot.key[..key.len()].copy_from_slice(key);
            } else {
                slot.length = ELSEWHERE;
                slot.key[..8].copy_from_slice(&(text.len() as u64).to_le_bytes());
                slot.key[8..16].copy_from_slice(&(key.len() as u64).to_le_bytes());
                text.push_str(keys[entity as usize]);
            }
            fill(entity as usize, slot);
        }
        Self { slots, places, seed, len, text: text.into() }
    }

    /// The hash by which an id is sought.
    #[inline]
    pub(super) fn hash_of(&self, id: &str) -> u64 {
        hash_of(id, self.seed)
    }

    /// The tag at the place that a hash points to.
    #[inline]
    pub(super) fn first_tag(&self, hash: u64) -> Option<u32> {
        self.slots.get(place_of(tag_of(hash), self.places)).map(|slot| slot.tag)
    }

    /// The slot of an id with this hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, id: &str) -> Option<&Slot> {
        let tag = tag_of(hash);
        let mut place = place_of(tag, self.places);
        loop {
            let slot = self.slots.get(place)?;
            if slot.tag == tag && self.key_is(slot, id) {
                return Some(slot);
            }
            if slot.tag == 0 || slot.tag > tag {
                return None;
            }
            place += 1;
        }
    }

    #[inline]
    fn key_is(&self, slot: &Slot, id: &str) -> bool {
        match slot.key.get(..usize::from(slot.length)) {
            Some(key) => key.len() == id.len() && is_same(key, id.as_bytes()),
            None => self.long_key(slot) == id,
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
        self.slots.iter_mut().filter(|slot| slot.tag != 0)
    }

    /// How many entities there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.slots) + self.text.len()
    }
}

#[inline]
fn tag_of(hash: u64) -> u32 {
    ((hash >> 32) as u32).max(1)
}

#[inline]
fn place_of(tag: u32, places: u64) -> usize {
    ((u64::from(tag) * places) >> 32) as usize
}

/// The tags of the ids and their places in `ids`, by tag.
fn order<'a>(ids: impl Iterator<Item = &'a str>, seed: u64) -> Vec<(u32, u32)> {
    let mut order: Vec<_> =
        ids.enumerate().map(|(at, id)| (tag_of(hash_of(id, seed)), at as u32)).collect();
    order.sort_unstable();
    order
}

/// How far the farthest slot will be from the place its hash points to.
fn longest_walk(order: &[(u32, u32)], places: u64) -> usize {
    let (mut longest, mut next) = (0, 0);
    for (tag, _) in order {
        let place = place_of(*tag, places);
        next = place.max(next) + 1;
        longest = longest.max(next - place);
    }
    longest
}
