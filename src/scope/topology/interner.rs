//! Interners: strings as dense ids, one id type for each kind of string.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::error::Error;
use crate::limits::MAX_ENTITIES;
use crate::trie::Trie;

/// A dense id of an interned string: 0, 1, 2, .. in order of first mention.
pub(super) trait DenseId: Copy + Ord {
    /// The plural of the kind of string, for errors.
    const WHAT: &'static str;
    fn at(index: u32) -> Self;
    fn index(self) -> usize;
}

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident: $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl DenseId for $name {
            const WHAT: &'static str = $what;

            fn at(index: u32) -> Self {
                Self(index)
            }

            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

dense_id! {
    /// An entity of one topology.
    EntityIx: "entities"
}
dense_id! {
    /// A group of one topology.
    GroupIx: "groups"
}
impl EntityIx {
    /// The entity at a position in the order of first mention.
    pub(crate) const fn from_index(index: usize) -> Self {
        Self(index as u32)
    }

    /// The position in the order of first mention, below [`Topology::entity_end`].
    ///
    /// [`Topology::entity_end`]: crate::Topology::entity_end
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupIx {
    /// The group at a position in the order of first mention.
    pub(crate) const fn from_index(index: usize) -> Self {
        Self(index as u32)
    }

    /// The position in the order of first mention.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

dense_id! {
    /// A name of an attribute; in the order of the names as text.
    NameIx: "names of attributes"
}
dense_id! {
    /// A value of an attribute.
    ValueIx: "values of attributes"
}

/// Maps strings to dense ids and back.
#[derive(Clone)]
pub(super) struct Interner<I> {
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, I>,
}

impl<I: DenseId> Interner<I> {
    pub(super) fn get(&self, text: &str) -> Option<I> {
        self.known.get(text).copied()
    }

    pub(super) fn text(&self, ix: I) -> &str {
        &self.texts[ix.index()]
    }

    /// The shared text.
    pub(super) fn shared(&self, ix: I) -> &Arc<str> {
        &self.texts[ix.index()]
    }

    /// The hash of a text, for [`Added`].
    pub(super) fn hash(&self, text: &str) -> u64 {
        self.known.hasher().hash_one(text)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// All ids, ascending.
    pub(super) fn all(&self) -> impl Iterator<Item = I> + use<I> {
        // `intern` limits the number of strings.
        (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).map(I::at)
    }

    /// The id of `text`; interns it if it is new.
    ///
    /// # Errors
    ///
    /// If `check` rejects a new string, or there are [`MAX_ENTITIES`] already.
    pub(super) fn intern(
        &mut self,
        text: &str,
        check: impl FnOnce(&str) -> Result<(), Error>,
    ) -> Result<I, Error> {
        if let Some(ix) = self.get(text) {
            return Ok(ix);
        }
        check(text)?;
        if self.len() >= MAX_ENTITIES {
            return Err(Error::beyond(self.len() + 1, I::WHAT, MAX_ENTITIES));
        }
        let ix = I::at(self.len() as u32);
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.known.insert(text, ix);
        Ok(ix)
    }

    /// Sorts the strings. Returns the new interner, and the new id of each old id.
    pub(super) fn sorted(self) -> (Self, Box<[I]>) {
        let mut order: Vec<I> = self.all().collect();
        order.sort_unstable_by(|a, b| self.text(*a).cmp(self.text(*b)));
        let mut renumbered: Box<[I]> = self.all().collect();
        let mut sorted = Self::default();
        for (new, old) in self.all().zip(order) {
            let text = &self.texts[old.index()];
            sorted.texts.push(text.clone());
            sorted.known.insert(text.clone(), new);
            renumbered[old.index()] = new;
        }
        (sorted, renumbered)
    }
}

/// Strings that were added to an interner, with the ids that follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Added {
    texts: Trie<Arc<str>>,
    /// The ids of the texts with a hash.
    by_hash: Trie<SmallVec<[u32; 2]>>,
}

impl Added {
    pub(super) fn get(&self, hash: u64, text: &str) -> Option<u32> {
        let is_text = |ix: &&u32| self.text(**ix) == Some(text);
        self.by_hash.get(hash)?.iter().find(is_text).copied()
    }

    pub(super) fn text(&self, ix: u32) -> Option<&str> {
        self.shared(ix).map(|text| &**text)
    }

    /// The shared text.
    pub(super) fn shared(&self, ix: u32) -> Option<&Arc<str>> {
        self.texts.get(ix.into())
    }

    /// The texts, in the order of their ids.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(_, text)| &**text)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Adds a new text with a new id.
    pub(super) fn insert(&mut self, hash: u64, text: &str, ix: u32) {
        self.texts.insert(ix.into(), text.into());
        match self.by_hash.get_mut(hash) {
            Some(known) => known.push(ix),
            None => drop(self.by_hash.insert(hash, smallvec![ix])),
        }
    }

    /// Removes a text. Its id is not used again.
    pub(super) fn remove(&mut self, hash: u64, ix: u32) {
        self.texts.remove(ix.into());
        if let Some(known) = self.by_hash.get_mut(hash) {
            known.retain(|other| *other != ix);
            if known.is_empty() {
                self.by_hash.remove(hash);
            }
        }
    }
}

impl<I> Default for Interner<I> {
    fn default() -> Self {
        Self { texts: Vec::new(), known: HashMap::new() }
    }
}

impl<I> PartialEq for Interner<I> {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl<I> fmt::Debug for Interner<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.texts).finish()
    }
}
