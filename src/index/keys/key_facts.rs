//! What is in the slot of a key about the windows under it, so that most of them are not
//! read.
//!
//! ```text
//! byte  0     IS_EXACT, HAS_TEST
//!       1, 2  the fields of the atoms of the key; NO_FIELD for the second of one atom
//!       3, 4  field and kind of the test
//!       5-7   unused
//!       8     the texts of the atoms and of the test: places in `KeyTexts` (u32 each)
//! ```
//!
//! *Exact*: every window under the key covers the subjects that have the atoms and pass the
//! test, and no others. The *test* is one that all windows under the key have, beside those
//! of the key.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::index::hash::{hash_label, is_same_label};
use crate::index::keys::plan::NO_FIELD;
use crate::index::slot::{KEY_CONTENT, Slot};

/// What is in the slot of a key about its windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyFacts {
    /// The atoms, if the key is exact.
    pub(super) atoms: Option<KeyAtoms>,
    pub(super) test: Option<KeyTest>,
}

/// The atoms of a key: the field and the text of one, or of two of a pair in the order of
/// their seeds.
pub(super) type KeyAtoms = ((u8, TextIx), Option<(u8, TextIx)>);

/// A test of the value of an attribute of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyTest {
    pub(super) field: u8,
    pub(super) kind: TestKind,
    pub(super) text: TextIx,
}

/// What a test requires. As wide as the fields beside it, so that copies of a test have no
/// padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum TestKind {
    Equals,
    StartsWith,
    Differs,
}

const IS_EXACT: u8 = 1;
const HAS_TEST: u8 = 2;
const KINDS: [TestKind; 3] = [TestKind::Equals, TestKind::StartsWith, TestKind::Differs];

impl KeyFacts {
    /// Writes the facts into the slot of a key.
    pub(super) fn write(&self, slot: &mut Slot) {
        let mut content = [0; KEY_CONTENT];
        if let Some((first, second)) = self.atoms {
            let second = second.unwrap_or((NO_FIELD, TextIx(0)));
            content[0] |= IS_EXACT;
            (content[1], content[2]) = (first.0, second.0);
            first.1.write(&mut content, 0);
            second.1.write(&mut content, 1);
        }
        if let Some(test) = self.test {
            content[0] |= HAS_TEST;
            (content[3], content[4]) = (test.field, test.kind as u8);
            test.text.write(&mut content, 2);
        }
        slot.set_key_content(content);
    }

    /// The facts of a slot. None of a slot of the delta, whose windows have changed.
    #[inline(always)]
    pub(super) fn read(slot: &Slot) -> Self {
        let Some(content) = slot.key_content() else { return Self { atoms: None, test: None } };
        let text = |at| TextIx::read(content, at);
        let second = (content[2] != NO_FIELD).then(|| (content[2], text(1)));
        let is_exact = content[0] & IS_EXACT != 0;
        let kind = KINDS[usize::from(content[4]) % KINDS.len()];
        let test = KeyTest { field: content[3], kind, text: text(2) };
        Self {
            atoms: is_exact.then(|| ((content[1], text(0)), second)),
            test: (content[0] & HAS_TEST != 0).then_some(test),
        }
    }
}

/// The place of a text in [`KeyTexts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextIx(u32);

impl TextIx {
    /// The place of a text that is not kept.
    pub(super) const NONE: Self = Self(u32::MAX);

    /// The place, if the text is kept.
    pub(super) fn known(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    fn write(self, content: &mut [u8; KEY_CONTENT], at: usize) {
        content[8 + 4 * at..][..4].copy_from_slice(&self.0.to_le_bytes());
    }

    #[inline(always)]
    fn read(content: &[u8; KEY_CONTENT], at: usize) -> Self {
        let bytes = &content[8 + 4 * at..][..4];
        Self(u32::from_le_bytes(bytes.try_into().expect("the slice has four bytes")))
    }
}

/// Texts of keys, distinct, each behind its length.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyTexts(Box<[u8]>);

impl KeyTexts {
    /// The text at a place; empty at a place that no slot has.
    #[inline]
    pub(super) fn get(&self, at: TextIx) -> &[u8] {
        let Some((length, texts)) = self.0.get(at.0 as usize..).and_then(<[u8]>::split_first)
        else {
            return &[];
        };
        texts.get(..usize::from(*length)).unwrap_or_default()
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.len()
    }
}

/// Collects the texts of keys.
#[derive(Debug, Default)]
pub(super) struct TextInterner {
    bytes: Vec<u8>,
    /// The hash and the place of each text.
    known: HashTable<(u64, u32)>,
}

/// The longest text that is kept.
const MAX_TEXT: usize = u8::MAX as usize;

impl TextInterner {
    /// The place of a text; [`TextIx::NONE`] if it is too long, or if there are too many.
    /// `hash` is its [`hash_label`].
    pub(super) fn intern(&mut self, text: &str, hash: u64) -> TextIx {
        debug_assert_eq!(hash, hash_label(text.as_bytes()));
        let text = text.as_bytes();
        let next = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let Ok(length) = u8::try_from(text.len()) else { return TextIx::NONE };
        if next == u32::MAX {
            return TextIx::NONE;
        }
        let bytes = &self.bytes;
        let is = |&(known, at): &(u64, u32)| {
            let at = at as usize;
            known == hash
                && bytes[at] == length
                && is_same_label(&bytes[at + 1..=at + text.len()], text)
        };
        match self.known.entry(hash, is, |(hash, _)| *hash) {
            Entry::Occupied(known) => TextIx(known.get().1),
            Entry::Vacant(free) => {
                free.insert((hash, next));
                self.bytes.push(length);
                self.bytes.extend_from_slice(text);
                TextIx(next)
            }
        }
    }

    pub(super) fn finish(self) -> KeyTexts {
        KeyTexts(self.bytes.into())
    }
}

const _: () = assert!(MAX_TEXT == 255, "a length is one byte");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_round_trip_through_slot() {
        let atom = |field, text| (field, TextIx(text));
        let test = |kind| Some(KeyTest { field: 31, kind, text: TextIx(u32::MAX) });
        let atoms = [None, Some((atom(3, 4), None)), Some((atom(0, 1 << 31), Some(atom(5, 6))))];
        for atoms in atoms {
            for test in [None].into_iter().chain(KINDS.map(test)) {
                let facts = KeyFacts { atoms, test };
                let mut slot = Slot::EMPTY;
                slot.set_hash_key(7);
                assert_eq!(KeyFacts::read(&slot), KeyFacts { atoms: None, test: None });
                facts.write(&mut slot);
                assert_eq!((KeyFacts::read(&slot), slot.hash_key()), (facts, Some(7)));
            }
        }
    }

    #[test]
    fn intern_equal_texts_have_one_place() {
        let mut interner = TextInterner::default();
        let long = "x".repeat(MAX_TEXT);
        let texts = ["", "a", "an instance with a long name", &long];
        let mut intern = |text: &str| interner.intern(text, hash_label(text.as_bytes()));
        let places = texts.map(&mut intern);
        assert_eq!(texts.map(&mut intern), places);
        assert!(places.iter().all(|place| place.known().is_some()));
        assert_eq!(intern(&format!("{long}x")).known(), None);
        let kept = interner.finish();
        assert_eq!(places.map(|at| kept.get(at)), texts.map(str::as_bytes));
        assert!(kept.get(TextIx(u32::MAX)).is_empty());
    }
}
