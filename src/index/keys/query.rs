//! Queries of an index of keys: the slots of the keys of a subject, and what is found
//! there.

use smallvec::SmallVec;

use crate::index::block::WindowList;
use crate::index::hash::{self, hash_label};
use crate::index::keys::Keys;
use crate::index::keys::plan::{
    MAX_SLOTS, NO_SLOT, NameUse, PairUse, PropertyUse, UNIVERSAL, atom_hash,
};
use crate::index::keys::residual::{NamedAttributes, ResidualState};
use crate::index::slot::{NO_NAME, Slot};
use crate::registry::WindowSeq;
use crate::scope::Coverer;
use crate::time::Timestamp;
use crate::window::Window;

/// The windows that cover a subject, with their positions.
pub(in crate::index) type Covering<'a> = SmallVec<[(WindowSeq, &'a Window); 32]>;

/// What one node has for a query: its keys of one atom, the hashes of the atoms that take
/// part in pairs, and the attributes that residual windows test.
struct NodeAtoms {
    /// The keys of one atom, as far as they fit.
    singles: [u64; MAX_SINGLES],
    single_count: usize,
    /// The attribute of each, as far as it is one of the query.
    single_attributes: [u16; MAX_SINGLES],
    /// By the slots of their properties.
    pair_atoms: [u64; MAX_SLOTS],
    /// The attribute of each, as far as it is one of the query.
    pair_attributes: [u16; MAX_SLOTS],
    /// A bit for each slot that has a hash.
    known: u32,
    /// More hashes of slots that have one, as far as they fit.
    more: [(u8, u64); MAX_MORE],
    more_count: usize,
    /// Whether there are more that do not fit.
    is_over: bool,
    attributes: NamedAttributes,
}

/// In place of the index of an attribute: the atom is not the value of an attribute of the
/// query.
const NO_ATTRIBUTE: u16 = u16::MAX;

/// The attributes whose values are the texts of a key: one, or two of a pair.
type KeyAttributes = (u16, Option<u16>);

/// The attributes of a key whose texts are not known.
const UNKNOWN: KeyAttributes = (NO_ATTRIBUTE, None);

/// A node with more values of one property has all of its atoms gathered again for each pair.
const MAX_MORE: usize = 4;

/// A node with more keys of one atom has them looked up at once.
const MAX_SINGLES: usize = 8;

impl NodeAtoms {
    fn new() -> Self {
        Self {
            singles: [0; MAX_SINGLES],
            single_count: 0,
            single_attributes: [NO_ATTRIBUTE; MAX_SINGLES],
            pair_atoms: [0; MAX_SLOTS],
            pair_attributes: [NO_ATTRIBUTE; MAX_SLOTS],
            known: 0,
            more: [(0, 0); MAX_MORE],
            more_count: 0,
            is_over: false,
            attributes: NamedAttributes::NONE,
        }
    }

    /// Adds a hash of a slot that has one.
    #[cold]
    fn add_more(&mut self, slot: u8, hash: u64) {
        self.is_over |= self.more_count == MAX_MORE;
        if !self.is_over {
            self.more[self.more_count] = (slot, hash);
            self.more_count += 1;
        }
    }

    /// All hashes of a slot.
    fn all(&self, slot: u8) -> impl Iterator<Item = u64> {
        let first = (self.known >> slot & 1 != 0).then(|| self.pair_atoms[usize::from(slot)]);
        let more = self.more[..self.more_count].iter().filter(move |(known, _)| *known == slot);
        first.into_iter().chain(more.map(|(_, hash)| *hash))
    }

    /// Adds an atom. Returns whether it is a key by itself that does not fit.
    #[inline(always)]
    fn add(&mut self, property: &PropertyUse, hash: u64, attribute: u16) -> bool {
        if property.slot != NO_SLOT {
            let bit = 1 << property.slot;
            if self.known & bit != 0 {
                self.add_more(property.slot, hash);
            } else {
                self.known |= bit;
                self.pair_atoms[usize::from(property.slot)] = hash;
                self.pair_attributes[usize::from(property.slot)] = attribute;
            }
        }
        if !property.is_single {
            return false;
        }
        let is_full = self.single_count == MAX_SINGLES;
        if !is_full {
            self.singles[self.single_count] = hash;
            self.single_attributes[self.single_count] = attribute;
            self.single_count += 1;
        }
        is_full
    }
}

/// A node whose properties are looked up: the subject, or an ancestor by its number.
#[derive(Clone, Copy)]
enum Node<'n, 'a> {
    Subject(&'n Coverer<'a>),
    Ancestor(&'n Coverer<'a>, usize),
}

impl Keys {
    /// Whether a window of the index silences the subject at `at`.
    pub(in crate::index) fn silences(&self, coverer: &Coverer<'_>, at: Timestamp) -> bool {
        let silences = |(_, window): (WindowSeq, &Window)| {
            window.is_active(at) && coverer.covers(window.scope(), window.propagation().descends())
        };
        let is_found = |slot: &Slot, attributes: KeyAttributes| {
            self.index.is_silenced_at(slot, None, at)
                && (self.is_covered(slot, attributes, coverer)
                    || self.windows_at(slot).any(silences))
        };
        match self.visit(coverer, is_found) {
            None => true,
            Some(attributes) => {
                let left = self.residual.near.active_at(at.as_millis(), self.residual.left);
                left != 0 && self.residual_windows(left, coverer, &attributes).any(silences)
            }
        }
    }

    /// The windows of the index that cover the subject, in registry order: those that are
    /// active at `at`, or all of them without it.
    pub(in crate::index) fn covering(
        &self,
        coverer: &Coverer<'_>,
        at: Option<Timestamp>,
    ) -> Covering<'_> {
        let mut found = Covering::new();
        let covers = |(_, window): &(WindowSeq, &Window)| {
            at.is_none_or(|at| window.is_active(at))
                && coverer.covers(window.scope(), window.propagation().descends())
        };
        let attributes = self.visit(coverer, |slot, _| {
            if at.is_none_or(|at| self.index.is_silenced_at(slot, None, at)) {
                found.extend(self.windows_at(slot).filter(covers));
            }
            false
        });
        if let Some(attributes) = attributes {
            let ResidualState { left, near, .. } = &self.residual;
            let bits = at.map_or(*left, |at| near.active_at(at.as_millis(), *left));
            let residual = self.residual_windows(bits, coverer, &attributes);
            found.extend(residual.filter(covers));
        }
        // A window may be under several keys of the subject.
        found.sort_unstable_by_key(|(position, _)| *position);
        found.dedup_by_key(|(position, _)| *position);
        found
    }

    /// The positions of all windows of the index that may cover the subject, active or not.
    pub(in crate::index) fn candidates(&self, coverer: &Coverer<'_>) -> Vec<WindowSeq> {
        let mut found = Vec::new();
        let attributes = self.visit(coverer, |slot, _| {
            found.extend(self.windows_at(slot).map(|(position, _)| position));
            false
        });
        if let Some(attributes) = attributes {
            let residual = self.residual_windows(self.residual.left, coverer, &attributes);
            found.extend(residual.map(|(position, _)| position));
        }
        found
    }

    /// The residual windows of a bitmap that a subject with these attributes may pass.
    #[inline]
    fn residual_windows<'k>(
        &'k self,
        bits: u64,
        coverer: &Coverer<'_>,
        attributes: &NamedAttributes,
    ) -> impl Iterator<Item = (WindowSeq, &'k Window)> + use<'k> {
        let residual = &self.residual.residual;
        let bits = residual.passing(bits, coverer.subject(), attributes);
        residual.windows(bits, &self.index.base.windows)
    }

    /// The windows under the key of a slot.
    fn windows_at<'k>(
        &'k self,
        slot: &'k Slot,
    ) -> impl Iterator<Item = (WindowSeq, &'k Window)> + use<'k> {
        let block = self.index.entity_block(self.index.entry_of(slot));
        block.into_iter().flat_map(|block| {
            let ids = WindowList::of(block.words).untyped.iter();
            ids.map(move |id| (block.windows.position(*id), &**block.windows.get(*id)))
        })
    }

    /// Whether every window under the key of a slot covers the subject for certain: the slot
    /// has the names and texts of the key, which then are all that the windows require, and
    /// the subject has them. False if this is not known.
    fn is_covered(
        &self,
        slot: &Slot,
        (first, second): KeyAttributes,
        coverer: &Coverer<'_>,
    ) -> bool {
        let attributes = coverer.subject().attributes();
        let text = |at: u16| {
            let (name, value) = attributes.get(usize::from(at))?;
            Some((self.plan.exact_name(name)?, value.as_bytes()))
        };
        let texts = text(first).zip(second.map_or(Some((NO_NAME, &[][..])), text));
        texts.is_some_and(|(first, second)| slot.has_key_texts(first, second))
    }

    /// The slot of a key.
    #[inline]
    pub(super) fn slot(&self, key: u64) -> &Slot {
        let (delta, table) = (&self.index.delta, &self.index.table);
        if delta.may_contain(key)
            && let Some(changed) = delta.entity(key, "")
        {
            return &changed.slot;
        }
        table.lookup_hash(table.probe(key))
    }

    /// Calls `is_found` for the slot of every key that the subject, or an ancestor, may have,
    /// until it returns true. `None` if it did; else the attributes of the subject that
    /// residual windows test.
    #[inline(always)]
    fn visit<'k>(
        &'k self,
        coverer: &Coverer<'_>,
        mut is_found: impl FnMut(&'k Slot, KeyAttributes) -> bool,
    ) -> Option<NamedAttributes> {
        if self.plan.has_universal && is_found(self.slot(UNIVERSAL), UNKNOWN) {
            return None;
        }
        let subject = self.visit_node(Node::Subject(coverer), &mut is_found)?;
        if self.reach.has_ancestors && !coverer.entity().is_empty() {
            for at in 1..coverer.ancestry().len() {
                self.visit_node(Node::Ancestor(coverer, at), &mut is_found)?;
            }
        }
        Some(subject)
    }

    fn visit_node<'k>(
        &'k self,
        node: Node<'_, '_>,
        is_found: &mut impl FnMut(&'k Slot, KeyAttributes) -> bool,
    ) -> Option<NamedAttributes> {
        let mut atoms = NodeAtoms::new();
        let mut add = |atoms: &mut NodeAtoms, property: &PropertyUse, hash, attribute| {
            atoms.add(property, hash, attribute) && is_found(self.slot(hash), UNKNOWN)
        };
        if self.gather(node, &mut atoms, &mut add) {
            return None;
        }
        let singles = atoms.singles[..atoms.single_count].iter().zip(atoms.single_attributes);
        for (hash, attribute) in singles {
            if is_found(self.slot(*hash), (attribute, None)) {
                return None;
            }
        }
        if atoms.is_over {
            let several = |pair| self.visit_several(node, pair, is_found);
            return (!self.plan.pairs.iter().any(several)).then_some(atoms.attributes);
        }
        for pair in self.plan.pairs.iter().filter(|pair| atoms.known & pair.mask == pair.mask) {
            let of = |slot: u8| atoms.pair_atoms[usize::from(slot)];
            let attribute = |slot: u8| atoms.pair_attributes[usize::from(slot)];
            let slot = self.slot(hash::pair(of(pair.slots.0), of(pair.slots.1)));
            if is_found(slot, (attribute(pair.slots.0), Some(attribute(pair.slots.1)))) {
                return None;
            }
        }
        if atoms.more_count > 0 && self.visit_more(&atoms, is_found) {
            return None;
        }
        Some(atoms.attributes)
    }

    /// Visits the pairs of atoms of a node with a few atoms of one property.
    #[inline(never)]
    fn visit_more<'k>(
        &'k self,
        atoms: &NodeAtoms,
        is_found: &mut impl FnMut(&'k Slot, KeyAttributes) -> bool,
    ) -> bool {
        self.plan.pairs.iter().any(|pair| {
            atoms.all(pair.slots.0).enumerate().any(|(a, first)| {
                // The first pair was visited.
                let seconds = atoms.all(pair.slots.1).skip(usize::from(a == 0));
                let mut slots = seconds.map(|second| self.slot(hash::pair(first, second)));
                slots.any(|slot| is_found(slot, UNKNOWN))
            })
        })
    }

    /// Visits all pairs of atoms of a node with several atoms of one property.
    /// O(atoms * atoms).
    #[cold]
    fn visit_several<'k>(
        &'k self,
        node: Node<'_, '_>,
        pair: &PairUse,
        is_found: &mut impl FnMut(&'k Slot, KeyAttributes) -> bool,
    ) -> bool {
        let mut visit_second = |firsts: &[u64]| {
            self.gather(node, &mut NodeAtoms::new(), &mut |_, property, second, _| {
                let mut slots = firsts.iter().map(|first| self.slot(hash::pair(*first, second)));
                property.slot == pair.slots.1 && slots.any(|slot| is_found(slot, UNKNOWN))
            })
        };
        // The first atoms are collected in portions, so that nothing is allocated.
        let (mut firsts, mut count) = ([0; PORTION], 0);
        let found = self.gather(node, &mut NodeAtoms::new(), &mut |_, property, first, _| {
            if property.slot != pair.slots.0 {
                return false;
            }
            firsts[count] = first;
            count += 1;
            count == PORTION && {
                count = 0;
                visit_second(&firsts)
            }
        });
        found || visit_second(&firsts[..count])
    }

    /// Calls `add` for every atom of the node that the plan uses, until it returns true.
    /// Returns whether it did. Collects the attributes that residual windows test.
    #[inline(always)]
    fn gather(
        &self,
        node: Node<'_, '_>,
        atoms: &mut NodeAtoms,
        add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
    ) -> bool {
        let coverer = match node {
            Node::Subject(coverer) => coverer,
            Node::Ancestor(coverer, at) => return self.gather_ancestor(coverer, at, atoms, add),
        };
        for (index, (name, value)) in coverer.subject().attributes().iter().enumerate() {
            if let Some(of_name) = self.plan.name(name) {
                if of_name.residual != NO_SLOT {
                    atoms.attributes.add(of_name.residual, index);
                }
                let index = u16::try_from(index).unwrap_or(NO_ATTRIBUTE);
                if add_attribute(of_name, (value, index), atoms, add) {
                    return true;
                }
            }
        }
        if self.add_id(&self.plan.alert_type, coverer.subject().alert_type(), atoms, add)
            || self.add_id(&self.plan.entity, Some(coverer.entity()), atoms, add)
        {
            return true;
        }
        (self.plan.group.is_some() && self.add_ids(coverer.group_ids(), atoms, add))
            || (self.reach.has_names && self.add_known(coverer.known_attributes(), atoms, add))
    }

    /// [`gather`](Self::gather) for an ancestor of the subject.
    #[inline(never)]
    fn gather_ancestor(
        &self,
        coverer: &Coverer<'_>,
        at: usize,
        atoms: &mut NodeAtoms,
        add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
    ) -> bool {
        let ancestry = coverer.ancestry();
        self.add_id(&self.plan.alert_type, coverer.subject().alert_type(), atoms, add)
            || self.add_id(&self.plan.entity, Some(ancestry.id(at)), atoms, add)
            || (self.plan.group.is_some() && self.add_ids(ancestry.group_ids(at), atoms, add))
            || (self.reach.has_names && self.add_known(ancestry.attributes(at), atoms, add))
    }

    /// Adds an alert type or an entity, if the plan uses it.
    #[inline]
    fn add_id(
        &self,
        property: &Option<PropertyUse>,
        text: Option<&str>,
        atoms: &mut NodeAtoms,
        add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
    ) -> bool {
        let used = property.as_ref().zip(text);
        used.is_some_and(|(property, text)| {
            add(atoms, property, atom_hash(property.seed, text), NO_ATTRIBUTE)
        })
    }

    /// Adds groups.
    #[inline(never)]
    fn add_ids<'t>(
        &self,
        mut groups: impl Iterator<Item = &'t str>,
        atoms: &mut NodeAtoms,
        add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
    ) -> bool {
        groups.any(|group| self.add_id(&self.plan.group, Some(group), atoms, add))
    }

    /// Adds attributes of the topology.
    #[inline(never)]
    fn add_known<'t>(
        &self,
        mut attributes: impl Iterator<Item = (&'t str, &'t str)>,
        atoms: &mut NodeAtoms,
        add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
    ) -> bool {
        attributes.any(|(name, value)| {
            let of_name = self.plan.name(name);
            of_name.is_some_and(|of_name| add_attribute(of_name, (value, NO_ATTRIBUTE), atoms, add))
        })
    }
}

/// Calls `add` for the atoms of one attribute, a value and its index, until it returns true. Returns whether it
/// did.
#[inline(always)]
fn add_attribute(
    of_name: &NameUse,
    (value, index): (&str, u16),
    atoms: &mut NodeAtoms,
    add: &mut impl FnMut(&mut NodeAtoms, &PropertyUse, u64, u16) -> bool,
) -> bool {
    let property = &of_name.value;
    if property.is_used() && add(atoms, property, atom_hash(property.seed, value), index) {
        return true;
    }
    if !of_name.has_others {
        return false;
    }
    let present = &of_name.present;
    if present.is_used() && add(atoms, present, atom_hash(present.seed, ""), NO_ATTRIBUTE) {
        return true;
    }
    of_name.prefixes.iter().any(|(bytes, property)| {
        let prefix = value.as_bytes().get(..usize::from(*bytes));
        prefix.is_some_and(|prefix| {
            add(atoms, property, property.seed ^ hash_label(prefix), NO_ATTRIBUTE)
        })
    })
}

/// The number of atoms that [`Keys::visit_several`] collects at once.
const PORTION: usize = 16;
