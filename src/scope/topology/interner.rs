//! Interners: strings as dense ids, one id type for each kind of string.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::limits::MAX_ENTITIES;

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

    /// The position in the order of first mention, below [`Topology::len`].
    ///
    /// [`Topology::len`]: crate::Topology::len
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupIx {
    /// The position in the order of first mention, below [`Topology::group_len`].
    ///
    /// [`Topology::group_len`]: crate::Topology::group_len
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

    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
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
