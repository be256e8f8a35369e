//! Queries of an index of keys: the slots of the keys of a subject, and what is found
//! there.

use smallvec::SmallVec;

use crate::index::block::WindowList;
use crate::index::hash::{self, hash_label};
use crate::index::keys::checks::NodeAtoms;
use crate::index::keys::plan::{NO_SLOT, PairUse, PropertyUse, UNIVERSAL, atom_hash};
use crate::index::keys::{Keys, exclusions};
use crate::index::slot::Slot;
use crate::registry::WindowSeq;
use crate::scope::Coverer;
use crate::time::Timestamp;
use crate::window::Window;

/// The windows that cover a subject, with their positions.
pub(in crate::index) type Covering<'a> = SmallVec<[(WindowSeq, &'a Window); 8]>;

/// The keys of one node that have one atom, as far as they fit.
#[derive(Clone, Copy, Debug)]
struct SingleKeys {
    hashes: [u64; MAX_SINGLES],
    count: usize,
}

/// A subject with more keys than this, of one atom each, has the others looked up without
/// checks.
const MAX_SINGLES: usize = 32;

/// A node whose properties are looked up: the subject alone, or the subject or an
/// ancestor with what the topology has for it.
#[derive(Clone, Copy)]
enum Node<'n, 'a> {
    Alone(&'n Coverer<'a>),
    InTopology(&'n Coverer<'a>, usize),
}

impl Keys {
    /// Whether a window of the index silences the subject at `at`.
    pub(in crate::index) fn silences(&self, coverer: &Coverer<'_>, at: Timestamp) -> bool {
        let silences = |(_, window): (WindowSeq, &Window)| {
            window.is_active(at) && coverer.covers(window.scope(), window.propagation().descends())
        };
        if self.plan.has_universal {
            let slot = self.slot(UNIVERSAL);
            if self.index.is_silenced_at(slot, None, at)
                && self.universal_at(slot, coverer).any(silences)
            {
                return true;
            }
        }
        self.visit(coverer, |slot, atoms| {
            self.index.is_silenced_at(slot, None, at)
                && self.windows_at(slot, Some(atoms)).any(silences)
        })
    }

    /// The windows without a key, but those that an attribute of the query excludes.
    fn universal_at<'k>(
        &'k self,
        slot: &'k Slot,
        coverer: &Coverer<'_>,
    ) -> impl Iterator<Item = (WindowSeq, &'k Window)> + use<'k> {
        // An update may change the order of the windows.
        let is_built = slot.override_hash().is_none();
        let remaining = match is_built {
            true => self.exclusions.remaining(coverer.subject()),
            false => u64::MAX,
        };
        let count = match remaining {
            0 => exclusions::MAX_WINDOWS,
            _ => remaining.trailing_zeros() as usize,
        };
        self.windows_at(slot, None).enumerate().skip(count).filter_map(move |(number, window)| {
            let is_excluded = number < exclusions::MAX_WINDOWS && remaining >> number & 1 == 0;
            (!is_excluded).then_some(window)
        })
    }

    /// The windows of the index that cover the subject, active or not, in registry order.
    pub(in crate::index) fn covering(&self, coverer: &Coverer<'_>) -> Covering<'_> {
        let mut found = Covering::new();
        if self.plan.has_universal {
            found.extend(self.universal_at(self.slot(UNIVERSAL), coverer));
        }
        self.visit(coverer, |slot, atoms| {
            found.extend(self.windows_at(slot, Some(atoms)));
            false
        });
        // A window may be under several keys of the subject.
        found.sort_unstable_by_key(|(position, _)| *position);
        found.dedup_by_key(|(position, _)| *position);
        found.retain(|(_, window)| coverer.covers(window.scope(), window.propagation().descends()));
        found
    }

    /// The windows under the key of a slot, but those that the atoms of a node rule out.
    pub(super) fn windows_at<'k, 'n>(
        &'k self,
        slot: &'k Slot,
        atoms: Option<&'n NodeAtoms>,
    ) -> impl Iterator<Item = (WindowSeq, &'k Window)> + use<'k, 'n> {
        let block = self.index.entity_block(self.index.entry_of(slot));
        block.into_iter().flat_map(move |block| {
            let ids = WindowList::of(block.words).untyped.iter();
            let ids =
                ids.filter(move |id| atoms.is_none_or(|atoms| self.checks.may_pass(**id, atoms)));
            ids.map(move |id| (block.windows.position(*id), &**block.windows.get(*id)))
        })
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

    /// Calls `each` for the slot of every key that the subject, or an ancestor, may have,
    /// but [`UNIVERSAL`], with the atoms of the node, until it returns true. Returns whether
    /// it did.
    fn visit<'k>(
        &'k self,
        coverer: &Coverer<'_>,
        mut each: impl FnMut(&'k Slot, &NodeAtoms) -> bool,
    ) -> bool {
        if !self.uses_topology {
            return self.visit_node(Node::Alone(coverer), &mut each);
        }
        let nodes = coverer.ancestry().len();
        (0..nodes).any(|at| self.visit_node(Node::InTopology(coverer, at), &mut each))
    }

    #[inline]
    fn visit_node<'k>(
        &'k self,
        node: Node<'_, '_>,
        each: &mut impl FnMut(&'k Slot, &NodeAtoms) -> bool,
    ) -> bool {
        let mut atoms = NodeAtoms::NONE;
        let mut singles = SingleKeys { hashes: [0; MAX_SINGLES], count: 0 };
        let found = self.any_atom(node, &mut |property, hash| {
            if property.slot != NO_SLOT {
                atoms.add(property.slot, hash);
            }
            if !property.is_single {
                return false;
            }
            if singles.count == MAX_SINGLES {
                return each(self.slot(hash), &NodeAtoms { has_several: true, ..NodeAtoms::NONE });
            }
            singles.hashes[singles.count] = hash;
            singles.count += 1;
            false
        });
        if found {
            return true;
        }
        let singles = &singles.hashes[..singles.count];
        if singles.iter().any(|hash| each(self.slot(*hash), &atoms)) {
            return true;
        }
        if atoms.has_several {
            return self.plan.pairs.iter().any(|pair| self.visit_several(node, pair, each));
        }
        let known = atoms.known;
        self.plan.pairs.iter().filter(|pair| known & pair.mask == pair.mask).any(|pair| {
            let of = |slot: u8| atoms.hashes[usize::from(slot)];
            each(self.slot(hash::pair(of(pair.slots.0), of(pair.slots.1))), &atoms)
        })
    }

    /// Visits all pairs of atoms of a node with several atoms of one property.
    /// O(atoms * atoms).
    #[cold]
    fn visit_several<'k>(
        &'k self,
        node: Node<'_, '_>,
        pair: &PairUse,
        each: &mut impl FnMut(&'k Slot, &NodeAtoms) -> bool,
    ) -> bool {
        let unknown = NodeAtoms { has_several: true, ..NodeAtoms::NONE };
        let mut visit_second = |firsts: &[u64]| {
            self.any_atom(node, &mut |property, second| {
                let mut slots = firsts.iter().map(|first| self.slot(hash::pair(*first, second)));
                property.slot == pair.slots.1 && slots.any(|slot| each(slot, &unknown))
            })
        };
        // The first atoms are collected in portions, so that nothing is allocated.
        let (mut firsts, mut count) = ([0; PORTION], 0);
        let found = self.any_atom(node, &mut |property, first| {
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

    /// Calls `each` for every atom of the node that the plan uses, until it returns true.
    /// Returns whether it did.
    #[inline]
    fn any_atom(
        &self,
        node: Node<'_, '_>,
        each: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let of_text = |property: &Option<PropertyUse>, text: &str| {
            property.map(|property| (property, atom_hash(property.seed, text)))
        };
        match node {
            Node::Alone(coverer) => {
                let subject = coverer.subject();
                for (name, value) in subject.attributes() {
                    if self.any_atom_of(name, value, each) {
                        return true;
                    }
                }
                let alert_type =
                    subject.alert_type().and_then(|text| of_text(&self.plan.alert_type, text));
                let entity = of_text(&self.plan.entity, coverer.entity());
                let groups = subject.groups().iter();
                let groups = groups.filter_map(|group| of_text(&self.plan.group, group));
                alert_type.into_iter().chain(entity).chain(groups).any(|(p, hash)| each(&p, hash))
            }
            Node::InTopology(coverer, at) => {
                let ancestry = coverer.ancestry();
                let alert_type = coverer
                    .subject()
                    .alert_type()
                    .and_then(|text| of_text(&self.plan.alert_type, text));
                let entity = of_text(&self.plan.entity, ancestry.id(at));
                if alert_type.into_iter().chain(entity).any(|(p, hash)| each(&p, hash)) {
                    return true;
                }
                if self.plan.group.is_some() {
                    let groups = ancestry.group_ids(at);
                    let mut groups = groups.filter_map(|group| of_text(&self.plan.group, group));
                    if groups.any(|(property, hash)| each(&property, hash)) {
                        return true;
                    }
                }
                ancestry.attributes(at).any(|(name, value)| self.any_atom_of(name, value, each))
            }
        }
    }

    /// [`any_atom`](Self::any_atom) for one attribute.
    #[inline]
    fn any_atom_of(
        &self,
        name: &str,
        value: &str,
        each: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let Some(of_name) = self.plan.name(name) else { return false };
        if of_name.value.is_used()
            && each(&of_name.value, of_name.value.seed ^ hash_label(value.as_bytes()))
        {
            return true;
        }
        if !of_name.has_others {
            return false;
        }
        let present = &of_name.present;
        if present.is_used() && each(present, atom_hash(present.seed, "")) {
            return true;
        }
        of_name.prefixes.iter().any(|(bytes, property)| {
            let prefix = value.as_bytes().get(..usize::from(*bytes));
            prefix.is_some_and(|prefix| each(property, property.seed ^ hash_label(prefix)))
        })
    }
}

/// The number of atoms that [`Keys::visit_several`] collects at once.
const PORTION: usize = 16;
