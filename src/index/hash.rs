//! Hash functions: a folded-multiply hash of entity ids, and what the hash tables of
//! the index derive from a hash.
//!
//! The hashes are the same in every process. No answer depends on them.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// A map for construction and updates.
pub(super) type FastMap<K, V> = HashMap<K, V, FixedState>;

/// A set for construction and updates.
pub(super) type FastSet<K> = HashSet<K, FixedState>;

// Digits of pi, odd.
const KEY: u64 = 0x243f_6a88_85a3_08d3;
const SPREAD: u64 = 0x1319_8a2e_0370_7345;

/// Ids of up to this length consist of their first and last 16 bytes.
const BOTH_ENDS_LEN: usize = 32;

/// The hash of an id: folded multiplications of its first and last 16 bytes, then of
/// the bytes between them.
///
/// The input is combined with random constants before it is multiplied: text of a
/// repeated character would be a poor factor. A factor is zero only by chance, because
/// both constants contain a control character, and ids contain none.
#[inline]
pub(super) fn hash_id(id: &str) -> u64 {
    let bytes = id.as_bytes();
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => {
            let (first, last) = (split_u128(first), split_u128(last));
            let begun = folded_multiply(first.0 ^ KEY, first.1 ^ SPREAD) ^ bytes.len() as u64;
            let hash = folded_multiply(last.0 ^ KEY, last.1 ^ begun);
            if bytes.len() > BOTH_ENDS_LEN { mix_middle(hash, bytes) } else { hash }
        }
        _ => hash_short(bytes),
    }
}

/// The hash of the name or of a value of a label: short texts in a few instructions, without
/// a loop.
#[inline]
pub(super) fn hash_label(text: &[u8]) -> u64 {
    if text.len() > 16 {
        return hash_long_label(text);
    }
    let (low, high) = label_words(text);
    folded_multiply(low ^ KEY, high ^ SPREAD ^ (text.len() as u64) << 56)
}

/// The first and the last eight bytes of a text of up to 16 bytes: two texts of one length
/// are equal if these are.
#[inline]
fn label_words(text: &[u8]) -> (u64, u64) {
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => words_below_8(text),
    }
}

/// A name of a label that is compared with others: short ones as words.
#[derive(Clone, Debug)]
pub(super) struct LabelName {
    text: Box<str>,
    words: (u64, u64),
}

impl LabelName {
    pub(super) fn new(text: &str) -> Self {
        let words = if text.len() > 16 { (0, 0) } else { label_words(text.as_bytes()) };
        Self { text: text.into(), words }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is the name.
    #[inline(always)]
    pub(super) fn is(&self, name: &str) -> bool {
        let name = name.as_bytes();
        self.text.len() == name.len()
            && if name.len() > 16 {
                is_same(self.text.as_bytes(), name)
            } else {
                self.words == label_words(name)
            }
    }
}

/// Whether two names or values of labels are equal, without a call if they are short.
#[inline(always)]
pub(super) fn is_same_label(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && if a.len() > 16 { is_same(a, b) } else { label_words(a) == label_words(b) }
}

/// [`hash_label`] of more than 16 bytes.
#[inline(never)]
fn hash_long_label(text: &[u8]) -> u64 {
    let (words, _) = text.as_chunks::<8>();
    let last = text.last_chunk::<8>().expect("the text is long");
    let begun = folded_multiply(u64::from_le_bytes(*last) ^ KEY, text.len() as u64 ^ SPREAD);
    words.iter().fold(begun, |hash, word| folded_multiply(hash ^ u64::from_le_bytes(*word), KEY))
}

/// The hash of a pair of hashes. The order counts.
#[inline]
pub(super) fn pair(a: u64, b: u64) -> u64 {
    folded_multiply(a ^ KEY, b ^ SPREAD)
}

/// The hash of an id that is shorter than 16 bytes.
#[inline]
fn hash_short(bytes: &[u8]) -> u64 {
    let (low, high) = label_words(bytes);
    let begun = folded_multiply(low ^ KEY, high ^ SPREAD) ^ bytes.len() as u64;
    folded_multiply(begun ^ KEY, SPREAD)
}

/// Less than eight bytes as two words, without a loop or a call.
#[inline]
fn words_below_8(bytes: &[u8]) -> (u64, u64) {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
        }
        (_, _, [first, .., last]) => {
            (u64::from(*first) | u64::from(bytes[1]) << 8, u64::from(*last))
        }
        (_, _, [only]) => (u64::from(*only), 0),
        _ => (0, 0),
    }
}

/// Mixes in the bytes between the first and the last 16 bytes of a long id.
#[inline]
fn mix_middle(hash: u64, bytes: &[u8]) -> u64 {
    middle_words(bytes).fold(hash, |hash, eight| folded_multiply(hash ^ eight, SPREAD))
}

/// The bytes between the first and the last 16 bytes in chunks of eight. The last
/// chunk may overlap the last 16 bytes.
#[inline]
fn middle_words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let eights = bytes[16..bytes.len() - 8].as_chunks().0;
    let count = (bytes.len() - BOTH_ENDS_LEN).div_ceil(8);
    eights[..count].iter().map(|eight| u64::from_le_bytes(*eight))
}

/// The two halves of 16 bytes.
#[inline]
fn split_u128(bytes: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*bytes);
    (both as u64, (both >> 64) as u64)
}

/// The two halves of the 128-bit product, combined with XOR, as in foldhash.
#[inline]
fn folded_multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Fibonacci hashing: multiplication with 2^64 divided by the golden ratio.
#[inline]
pub(super) fn fibonacci_hash(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Maps a hash to `0..count` by multiplication (Lemire's fast range). `count` must fit
/// into 32 bits.
#[inline]
pub(super) fn fast_range(hash: u64, count: usize) -> usize {
    ((hash >> 32).wrapping_mul(count as u64) >> 32) as usize
}

/// Maps a hash and the pilot of its bucket to a slot, `0..slots`.
#[inline]
pub(super) fn slot_index(hash: u64, pilot: u8, slots: usize) -> usize {
    fast_range(hash.wrapping_mul(SPREAD ^ u64::from(pilot) << 32), slots)
}

/// The tag of a hash: its low byte, which has little influence on [`fast_range`] and
/// [`slot_index`].
#[inline]
pub(super) fn tag(hash: u64) -> u8 {
    hash as u8
}

/// Whether two keys of equal length are equal. Compares wide words inline instead of
/// calling `memcmp`.
#[inline]
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    let as_u128 = |bytes: &[u8; 16]| u128::from_ne_bytes(*bytes);
    let (Some(first_a), Some(first_b)) = (a.first_chunk(), b.first_chunk()) else {
        return is_same_short(a, b);
    };
    let (Some(last_a), Some(last_b)) = (a.last_chunk(), b.last_chunk()) else { return false };
    let ends = (as_u128(first_a) ^ as_u128(first_b)) | (as_u128(last_a) ^ as_u128(last_b));
    ends == 0 && (a.len() <= BOTH_ENDS_LEN || middle_words(a).eq(middle_words(b)))
}

/// [`is_same`] for less than 16 bytes.
#[inline]
fn is_same_short(a: &[u8], b: &[u8]) -> bool {
    label_words(a) == label_words(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Lengths on both sides of each case distinction.
    const LENGTHS: [usize; 16] = [1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 41, 48, 70];

    fn id(length: usize) -> Vec<u8> {
        (0..length).map(|at| b'a' + (at * 7 % 26) as u8).collect()
    }

    fn hash(bytes: &[u8]) -> u64 {
        hash_id(std::str::from_utf8(bytes).unwrap())
    }

    #[test]
    fn hash_id_bit_flip_changes_half() {
        for length in LENGTHS {
            let id = id(length);
            let (mut changed, mut flips) = (0, 0);
            for at in 0..length {
                for bit in 0..5 {
                    let mut other = id.clone();
                    other[at] ^= 1 << bit;
                    let bits = (hash(&id) ^ hash(&other)).count_ones();
                    assert!(bits >= 8, "{length} {at} {bit}: {bits}");
                    (changed, flips) = (changed + bits, flips + 1);
                }
            }
            let mean = f64::from(changed) / f64::from(flips);
            assert!((26.0..38.0).contains(&mean), "{length}: {mean}");
        }
    }

    #[test]
    fn hash_id_every_length_spreads() {
        for length in [8, 12, 20, 36, 50] {
            let host = |n| format!("{n:05}.rack-a.eu-west-1.example.org/a-longer-path-than-that");
            let of = |n: usize| hash_id(&host(n)[..length]);
            let hashes: Vec<u64> = (0..10_000).map(of).collect();
            assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 10_000);
            for spread in [|h: u64| fast_range(h, 100), |h: u64| slot_index(h, 3, 100)] {
                let mut counts = [0; 100];
                hashes.iter().for_each(|hash| counts[spread(*hash)] += 1);
                assert!(counts.iter().all(|n| (50..160).contains(n)), "{length}: {counts:?}");
            }
            let mut tags = [0; 256];
            hashes.iter().for_each(|hash| tags[usize::from(tag(*hash))] += 1);
            assert!(tags.iter().all(|n| (10..80).contains(n)), "{length}: {tags:?}");
        }
    }

    #[test]
    fn hash_id_repeated_characters_spread() {
        for filler in ["-", "0", "a", "f", " ", "~"] {
            for (length, digits) in [(8, 5), (12, 5), (16, 8), (20, 5), (24, 5), (32, 8), (60, 8)] {
                let fill = filler.repeat(length - digits);
                let ahead = (0..5_000).map(|n| format!("{n:0digits$x}{fill}"));
                let behind = (0..5_000).map(|n| format!("{fill}{n:0digits$x}"));
                for ids in [ahead.collect::<HashSet<_>>(), behind.collect()] {
                    let hashes: HashSet<u64> = ids.iter().map(|id| hash_id(id)).collect();
                    assert_eq!(hashes.len(), ids.len(), "{filler} {length}");
                }
            }
        }
    }

    #[test]
    fn slot_index_depends_on_pilot() {
        for name in ["a", "host-1", "host-2.eu-west-1.example.org"] {
            let places = |pilot| slot_index(hash_id(name), pilot, 1_000_000);
            let different: HashSet<usize> = (0..=u8::MAX).map(places).collect();
            assert!(different.len() > 250, "{name}: {}", different.len());
        }
    }

    #[test]
    fn is_same_compares_every_byte() {
        for length in [0].into_iter().chain(LENGTHS) {
            let key = id(length);
            assert!(is_same(&key, &key.clone()));
            for at in 0..length {
                let mut other = key.clone();
                other[at] ^= 1;
                assert!(!is_same(&key, &other), "{length} {at}");
            }
        }
    }

    #[test]
    fn fibonacci_hash_is_injective() {
        let hashes: HashSet<u64> = (0..1000).map(fibonacci_hash).collect();
        assert_eq!(hashes.len(), 1000);
    }
}
