//! Checks: atoms that a window requires besides its key.
//!
//! A key of one atom may have many windows. A query keeps the hashes of the atoms of its
//! subject, and compares the other required atoms of each window with them, before it reads
//! the window: most candidates end there.

use smallvec::SmallVec;

use crate::index::hash::FastMap;
use crate::index::keys::plan::MAX_SLOTS;

/// At most this many atoms of a window are checked.
pub(super) const MAX_CHECKS: usize = 2;

/// A required atom: its hash, and the slot of its property.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    pub(super) slot: u8,
    pub(super) hash: u64,
}

/// The checks of windows, by their ids. Windows without checks are not in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks(FastMap<u32, SmallVec<[Check; MAX_CHECKS]>>);

/// The hashes of the atoms of one node, by the slots of their properties.
#[derive(Clone, Debug)]
pub(super) struct NodeAtoms {
    pub(super) hashes: [u64; MAX_SLOTS],
    /// A bit for each slot that has a hash.
    pub(super) known: u32,
    /// Whether a slot has more than one hash, of which only the last is kept.
    pub(super) has_several: bool,
}

impl NodeAtoms {
    pub(super) const NONE: Self = Self { hashes: [0; MAX_SLOTS], known: 0, has_several: false };

    /// Adds an atom.
    #[inline]
    pub(super) fn add(&mut self, slot: u8, hash: u64) {
        let bit = 1 << slot;
        self.has_several |= self.known & bit != 0;
        self.known |= bit;
        self.hashes[usize::from(slot)] = hash;
    }

    /// Whether the node may have the atom of a check.
    fn may_have(&self, check: &Check) -> bool {
        let is_known = self.known >> check.slot & 1 != 0;
        self.has_several | (is_known & (self.hashes[usize::from(check.slot)] == check.hash))
    }
}

impl Checks {
    pub(super) fn insert(&mut self, window: u32, checks: SmallVec<[Check; MAX_CHECKS]>) {
        self.0.insert(window, checks);
    }

    /// Whether a node may have all atoms that a window requires.
    #[inline]
    pub(super) fn may_pass(&self, window: u32, atoms: &NodeAtoms) -> bool {
        let checks = self.0.get(&window);
        checks.is_none_or(|checks| checks.iter().all(|check| atoms.may_have(check)))
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.capacity() * size_of::<(u32, SmallVec<[Check; MAX_CHECKS]>)>()
    }
}
