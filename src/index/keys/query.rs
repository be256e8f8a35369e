//! Queries of an index of keys: the slots of the keys of a subject, and what is found
//! there.

use smallvec::SmallVec;

use crate::index::block::WindowList;
use crate::index::hash::{hash_label, is_same_label};
use crate::index::keys::Keys;
use crate::index::keys::atoms::{FieldState, NodeAtoms};
use crate::index::keys::key_facts::{KeyFacts, KeyTest, TestKind, TextIx};
use crate::index::keys::plan::{NO_FIELD, NameUse, OtherUses, PairUse, PropertyUse, UNIVERSAL};
use crate::index::slot::Slot;
use crate::registry::WindowSeq;
use crate::scope::Coverer;
use crate::time::Timestamp;
use crate::window::Window;

/// The windows that cover a subject, with their positions.
pub(in crate::index) type Covering<'a> = SmallVec<[(WindowSeq, &'a Window); 32]>;

/// The atoms of a key, whose texts may prove that a window covers the subject: the field of
/// one, or of two of a pair. `None` if they are not known.
type KeyFields<'q> = Option<(&'q NodeAtoms, u8, Option<u8>)>;

/// The fields of a key of the subject.
type FieldNumbers = (u8, Option<u8>);

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
        let is_found = |slot: &Slot, fields: KeyFields<'_>| {
            self.index.is_silenced_at(slot, None, at)
                && match self.coverage(slot, fields, coverer) {
                    Some(covers) => covers,
                    None => self.windows_at(slot).any(silences),
                }
        };
        let mut atoms = NodeAtoms::new();
        if self.visit(coverer, &mut atoms, is_found) {
            return true;
        }
        let active = self.residual.active_at(at);
        active != 0 && self.residual_windows(active, coverer, &atoms).any(silences)
    }

    /// The windows of the index that cover the subject, in registry order: those that are
    /// active at `at`, or all of them without it.
    pub(in crate::index) fn covering(
        &self,
        coverer: &Coverer<'_>,
        at: Option<Timestamp>,
    ) -> Covering<'_> {
        let mut found = Covering::new();
        let mut atoms = NodeAtoms::new();
        self.visit(coverer, &mut atoms, |slot, fields| {
            if at.is_none_or(|at| self.index.is_silenced_at(slot, None, at)) {
                let coverage = self.coverage(slot, fields, coverer);
                self.add_covering(&mut found, (slot, coverage), coverer, at);
            }
            false
        });
        self.add_residual(&mut found, coverer, &atoms, at);
        put_in_order(&mut found);
        found
    }

    /// The windows of the index that cover the subject, active or not, in registry order;
    /// `None` if none of them is active at `at`, unless `is_silenced` says that another window
    /// silences the subject. The keys are looked up once, unless they are many.
    pub(in crate::index) fn covering_if_silenced(
        &self,
        coverer: &Coverer<'_>,
        at: Timestamp,
        mut is_silenced: bool,
    ) -> Option<Covering<'_>> {
        let mut found = Covering::new();
        let mut atoms = NodeAtoms::new();
        // The slots under which no window is active; most subjects need no more of them.
        let mut idle: SmallVec<[(&Slot, Option<FieldNumbers>); IDLE_SLOTS]> = SmallVec::new();
        let mut are_more = false;
        self.visit(coverer, &mut atoms, |slot, fields| {
            if self.index.is_silenced_at(slot, None, at) {
                let coverage = self.coverage(slot, fields, coverer);
                let before = found.len();
                self.add_covering(&mut found, (slot, coverage), coverer, None);
                is_silenced |= found[before..].iter().any(|(_, window)| window.is_active(at));
            } else if idle.len() < IDLE_SLOTS {
                idle.push((slot, fields.map(|(_, first, second)| (first, second))));
            } else {
                are_more = true;
            }
            false
        });
        if !is_silenced {
            let mut active = Covering::new();
            self.add_residual(&mut active, coverer, &atoms, Some(at));
            is_silenced = !active.is_empty();
        }
        is_silenced.then(|| {
            if are_more {
                return self.covering(coverer, None);
            }
            for (slot, numbers) in idle {
                // Only those of the subject have numbers, and its atoms are there.
                let fields = numbers.map(|(first, second)| (&atoms, first, second));
                let coverage = self.coverage(slot, fields, coverer);
                self.add_covering(&mut found, (slot, coverage), coverer, None);
            }
            self.add_residual(&mut found, coverer, &atoms, None);
            put_in_order(&mut found);
            found
        })
    }

    /// Adds the windows under the key of a slot that cover the subject, and are active at
    /// `at` if it is given. The [coverage](Self::coverage) by all of them may be known.
    #[inline]
    fn add_covering<'k>(
        &'k self,
        found: &mut Covering<'k>,
        (slot, coverage): (&'k Slot, Option<bool>),
        coverer: &Coverer<'_>,
        at: Option<Timestamp>,
    ) {
        if coverage == Some(false) {
            return;
        }
        let is_found = |(_, window): &(WindowSeq, &Window)| {
            at.is_none_or(|at| window.is_active(at))
                && (coverage == Some(true)
                    || coverer.covers(window.scope(), window.propagation().descends()))
        };
        found.extend(self.windows_at(slot).filter(is_found));
    }

    /// Adds the residual windows that cover the subject, and are active at `at` if it is
    /// given.
    fn add_residual<'k>(
        &'k self,
        found: &mut Covering<'k>,
        coverer: &Coverer<'_>,
        atoms: &NodeAtoms,
        at: Option<Timestamp>,
    ) {
        let bits = at.map_or(self.residual.left, |at| self.residual.active_at(at));
        let is_found = |(_, window): &(WindowSeq, &Window)| {
            at.is_none_or(|at| window.is_active(at))
                && coverer.covers(window.scope(), window.propagation().descends())
        };
        if bits != 0 {
            found.extend(self.residual_windows(bits, coverer, atoms).filter(is_found));
        }
    }

    /// The positions of all windows of the index that may cover the subject, active or not.
    pub(in crate::index) fn candidates(&self, coverer: &Coverer<'_>) -> Vec<WindowSeq> {
        let mut found = Vec::new();
        let mut atoms = NodeAtoms::new();
        self.visit(coverer, &mut atoms, |slot, _| {
            found.extend(self.windows_at(slot).map(|(position, _)| position));
            false
        });
        let residual = self.residual_windows(self.residual.left, coverer, &atoms);
        found.extend(residual.map(|(position, _)| position));
        found
    }

    /// The residual windows of a bitmap that a subject with these atoms may pass.
    #[inline]
    fn residual_windows<'k>(
        &'k self,
        bits: u64,
        coverer: &Coverer<'_>,
        atoms: &NodeAtoms,
    ) -> impl Iterator<Item = (WindowSeq, &'k Window)> + use<'k> {
        let residual = &self.residual.residual;
        let bits = residual.passing(bits, coverer.subject(), atoms);
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

    /// Whether every window under the key of a slot covers the subject (true), or none does
    /// (false), as far as the texts in the slot prove it.
    #[inline]
    fn coverage(&self, slot: &Slot, fields: KeyFields<'_>, coverer: &Coverer<'_>) -> Option<bool> {
        let (atoms, first, second) = fields?;
        let attributes = coverer.subject().attributes();
        let KeyFacts { atoms: exact, test } = KeyFacts::read(slot);
        if let Some(test) = test
            && !self.passes(test, atoms, attributes)?
        {
            return Some(false);
        }
        let has = |(known, text): (u8, TextIx), field: u8| match atoms.attribute(field) {
            FieldState::Attribute(index) => {
                known == field
                    && is_same_label(attributes[index].1.as_bytes(), self.texts.get(text))
            }
            _ => false,
        };
        let (of_first, of_second) = exact?;
        let has_second = match (of_second, second) {
            (None, None) => true,
            (Some(known), Some(field)) => has(known, field),
            _ => false,
        };
        (has(of_first, first) && has_second).then_some(true)
    }

    /// Whether a query with these atoms passes a test; `None` if that is not known.
    #[inline]
    fn passes(
        &self,
        KeyTest { field, kind, text }: KeyTest,
        atoms: &NodeAtoms,
        attributes: &[(&str, &str)],
    ) -> Option<bool> {
        match atoms.attribute(field) {
            FieldState::Absent => Some(kind == TestKind::Differs),
            FieldState::Unknown => None,
            FieldState::Attribute(index) => {
                let (value, text) = (attributes[index].1.as_bytes(), self.texts.get(text));
                Some(match kind {
                    TestKind::Equals => is_same_label(value, text),
                    TestKind::StartsWith => value.starts_with(text),
                    TestKind::Differs => !is_same_label(value, text),
                })
            }
        }
    }

    /// The slot of a key; `None` if no window is under it.
    #[inline(always)]
    fn find_slot(&self, key: u64) -> Option<&Slot> {
        let (delta, table) = (&self.index.delta, &self.index.table);
        if delta.may_contain(key)
            && let Some(changed) = delta.entity(key, "")
        {
            return Some(&changed.slot);
        }
        table.find_hash(table.probe(key))
    }

    /// The slot of a key; the default slot if no window is under it.
    pub(super) fn slot(&self, key: u64) -> &Slot {
        self.find_slot(key).unwrap_or_else(|| self.index.table.default_slot())
    }

    /// Calls `is_found` for the slot of every key that the subject, or an ancestor, may have,
    /// until it returns true; returns whether it did. If not, `atoms` has those of the
    /// subject.
    #[inline(always)]
    fn visit<'k>(
        &'k self,
        coverer: &Coverer<'_>,
        atoms: &mut NodeAtoms,
        mut is_found: impl FnMut(&'k Slot, KeyFields<'_>) -> bool,
    ) -> bool {
        if self.plan.has_universal
            && self.find_slot(UNIVERSAL).is_some_and(|slot| is_found(slot, None))
        {
            return true;
        }
        if self.visit_node(Node::Subject(coverer), atoms, &mut is_found) {
            return true;
        }
        self.reach.has_ancestors
            && !coverer.entity().is_empty()
            && (1..coverer.ancestry().len()).any(|at| {
                // What an ancestor has proves and rules out nothing by itself.
                let mut is_found = |slot: &'k Slot, _: KeyFields<'_>| is_found(slot, None);
                let node = Node::Ancestor(coverer, at);
                self.visit_node(node, &mut NodeAtoms::new(), &mut is_found)
            })
    }

    /// Visits the keys of one node; returns whether `is_found` returned true. Adds to `atoms`
    /// those of the node.
    fn visit_node<'k>(
        &'k self,
        node: Node<'_, '_>,
        atoms: &mut NodeAtoms,
        is_found: &mut impl FnMut(&'k Slot, KeyFields<'_>) -> bool,
    ) -> bool {
        self.gather(node, atoms);
        if atoms.is_over {
            return self.visit_over(node, is_found);
        }
        let mut singles = atoms.known & self.plan.single_fields;
        while singles != 0 {
            let field = singles.trailing_zeros() as u8;
            singles &= singles - 1;
            let key = self.plan.fields[usize::from(field)] ^ atoms.hash(field);
            if let Some(slot) = self.find_slot(key)
                && is_found(slot, Some((atoms, field, None)))
            {
                return true;
            }
        }
        for pair in self.plan.pairs.iter().filter(|pair| atoms.known & pair.mask == pair.mask) {
            let (first, second) = pair.fields;
            if let Some(slot) = self.find_slot(pair.key(atoms.hash(first), atoms.hash(second)))
                && is_found(slot, Some((atoms, first, Some(second))))
            {
                return true;
            }
        }
        !atoms.more().is_empty() && self.visit_more(atoms, is_found)
    }

    /// Visits the keys of a node with a few further atoms.
    #[inline(never)]
    fn visit_more<'k>(
        &'k self,
        atoms: &NodeAtoms,
        is_found: &mut impl FnMut(&'k Slot, KeyFields<'_>) -> bool,
    ) -> bool {
        let mut is_key_found = |key| self.find_slot(key).is_some_and(|slot| is_found(slot, None));
        let is_single = atoms.more().iter().any(|(field, hash)| match *field {
            NO_FIELD => is_key_found(*hash),
            field if self.plan.single_fields >> field & 1 != 0 => {
                is_key_found(self.plan.fields[usize::from(field)] ^ hash)
            }
            _ => false,
        });
        is_single
            || self.plan.pairs.iter().any(|pair| {
                let (first, second) = pair.fields;
                atoms.all(first).enumerate().any(|(a, first)| {
                    // The first pair was visited.
                    let mut seconds = atoms.all(second).skip(usize::from(a == 0));
                    seconds.any(|second| is_key_found(pair.key(first, second)))
                })
            })
    }

    /// Visits the keys of a node with many further atoms. O(atoms + atoms of both properties
    /// of a pair, multiplied).
    #[cold]
    fn visit_over<'k>(
        &'k self,
        node: Node<'_, '_>,
        is_found: &mut impl FnMut(&'k Slot, KeyFields<'_>) -> bool,
    ) -> bool {
        let mut is_key_found = |key| self.find_slot(key).is_some_and(|slot| is_found(slot, None));
        let found = self.each_atom(node, &mut |property, hash| {
            self.plan.is_single(property) && is_key_found(property.seed ^ hash)
        });
        found
            || self.plan.pairs.iter().any(|pair| self.visit_several(node, pair, &mut is_key_found))
    }

    /// Visits all pairs of atoms of two properties of a node. O(atoms * atoms).
    #[cold]
    fn visit_several(
        &self,
        node: Node<'_, '_>,
        pair: &PairUse,
        is_key_found: &mut impl FnMut(u64) -> bool,
    ) -> bool {
        let mut visit_second = |firsts: &[u64]| {
            self.each_atom(node, &mut |property, second| {
                property.field == pair.fields.1
                    && firsts.iter().any(|first| is_key_found(pair.key(*first, second)))
            })
        };
        // The first atoms are collected in portions, so that nothing is allocated.
        let (mut firsts, mut count) = ([0; PORTION], 0);
        let found = self.each_atom(node, &mut |property, first| {
            if property.field != pair.fields.0 {
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

    /// Adds every atom of the node that the plan uses.
    #[inline(always)]
    fn gather(&self, node: Node<'_, '_>, atoms: &mut NodeAtoms) {
        match node {
            Node::Subject(coverer) => {
                self.gather_attributes(coverer.subject().attributes(), atoms);
                self.each_atom_but_attributes(coverer, &mut adding_to(atoms));
            }
            Node::Ancestor(coverer, at) => {
                self.each_atom_of_ancestor(coverer, at, &mut adding_to(atoms));
            }
        }
    }

    /// Adds the attributes of the query. Labels are usually sorted by name, and then each is
    /// found by one comparison with the next name in that order.
    #[inline(always)]
    fn gather_attributes(&self, attributes: &[(&str, &str)], atoms: &mut NodeAtoms) {
        let names = self.plan.names();
        let mut left = names;
        for (index, (name, value)) in attributes.iter().enumerate() {
            if let Some((next, rest)) = left.split_first()
                && next.is_named(name)
            {
                left = rest;
                self.gather_value(next, index, value, atoms);
            } else if let Some(next) = self.gather_by_hash((name, value), index, atoms) {
                left = &names[next..];
            }
        }
    }

    /// Adds an attribute of the query whose name is not the next one. Returns the place of the
    /// name after it, if it is certain.
    #[inline(never)]
    fn gather_by_hash(
        &self,
        (name, value): (&str, &str),
        index: usize,
        atoms: &mut NodeAtoms,
    ) -> Option<usize> {
        let (number, is_exact) = self.plan.find_name(name)?;
        let of_name = &self.plan.names()[number];
        if is_exact {
            self.gather_value(of_name, index, value, atoms);
            return Some(number + 1);
        }
        self.add_attribute(name, value, &mut |property, hash| {
            atoms.add_unusual(property, hash);
            false
        });
        None
    }

    /// Adds an attribute of the query with a certain name.
    #[inline(always)]
    fn gather_value(&self, of_name: &NameUse, index: usize, value: &str, atoms: &mut NodeAtoms) {
        let property = &of_name.value;
        if property.mask & !atoms.known != 0
            && let Ok(index) = u8::try_from(index)
        {
            let is_hashed = property.is_in_keys;
            let hash = if is_hashed { hash_label(value.as_bytes()) } else { 0 };
            atoms.add_attribute(property, hash, index);
        } else if property.is_used {
            atoms.add_unusual(property, hash_label(value.as_bytes()));
        }
        if let Some(others) = &of_name.others {
            gather_others(others, value, atoms);
        }
    }

    /// Calls `add` for every atom of the node that the plan uses, with the hash of its text,
    /// until it returns true. Returns whether it did.
    fn each_atom(
        &self,
        node: Node<'_, '_>,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let coverer = match node {
            Node::Subject(coverer) => coverer,
            Node::Ancestor(coverer, at) => return self.each_atom_of_ancestor(coverer, at, add),
        };
        for (name, value) in coverer.subject().attributes() {
            if self.add_attribute(name, value, add) {
                return true;
            }
        }
        self.each_atom_but_attributes(coverer, add)
    }

    /// [`each_atom`](Self::each_atom) of the query, without its attributes.
    #[inline(always)]
    fn each_atom_but_attributes(
        &self,
        coverer: &Coverer<'_>,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        if self.add_id(&self.plan.alert_type, coverer.subject().alert_type(), add)
            || self.add_id(&self.plan.entity, Some(coverer.entity()), add)
        {
            return true;
        }
        (self.plan.group.is_some() && self.add_ids(coverer.group_ids(), add))
            || (self.reach.has_names && self.add_known(coverer.known_attributes(), add))
    }

    /// [`each_atom`](Self::each_atom) for an ancestor of the subject.
    #[inline(never)]
    fn each_atom_of_ancestor(
        &self,
        coverer: &Coverer<'_>,
        at: usize,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let ancestry = coverer.ancestry();
        self.add_id(&self.plan.alert_type, coverer.subject().alert_type(), add)
            || self.add_id(&self.plan.entity, Some(ancestry.id(at)), add)
            || (self.plan.group.is_some() && self.add_ids(ancestry.group_ids(at), add))
            || (self.reach.has_names && self.add_known(ancestry.attributes(at), add))
    }

    /// Adds an alert type or an entity, if the plan uses it.
    #[inline]
    fn add_id(
        &self,
        property: &Option<PropertyUse>,
        text: Option<&str>,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let used = property.as_ref().zip(text);
        used.is_some_and(|(property, text)| add(property, hash_label(text.as_bytes())))
    }

    /// Adds groups.
    #[inline(never)]
    fn add_ids<'t>(
        &self,
        mut groups: impl Iterator<Item = &'t str>,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let Some(property) = &self.plan.group else { return false };
        groups.any(|group| {
            let hash = hash_label(group.as_bytes());
            self.plan.has_group(hash) && add(property, hash)
        })
    }

    /// Adds attributes of the topology.
    #[inline(never)]
    fn add_known<'t>(
        &self,
        mut attributes: impl Iterator<Item = (&'t str, &'t str)>,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        attributes.any(|(name, value)| self.add_attribute(name, value, add))
    }

    /// Adds the atoms of an attribute.
    fn add_attribute(
        &self,
        name: &str,
        value: &str,
        add: &mut impl FnMut(&PropertyUse, u64) -> bool,
    ) -> bool {
        let Some(of_name) = self.plan.name(name) else { return false };
        let property = &of_name.value;
        (property.is_used && add(property, hash_label(value.as_bytes())))
            || of_name.others.as_ref().is_some_and(|others| add_others(others, value, add))
    }
}

/// Adds each atom that it is called with, and goes on.
#[inline(always)]
fn adding_to(atoms: &mut NodeAtoms) -> impl FnMut(&PropertyUse, u64) -> bool {
    |property, hash| {
        atoms.add(property, hash);
        false
    }
}

/// Adds the other atoms of an attribute of the query than its value.
#[inline(never)]
fn gather_others(others: &OtherUses, value: &str, atoms: &mut NodeAtoms) {
    add_others(others, value, &mut adding_to(atoms));
}

/// Calls `add` for the other atoms of an attribute than its value, until it returns true.
/// Returns whether it did.
fn add_others(
    others: &OtherUses,
    value: &str,
    add: &mut impl FnMut(&PropertyUse, u64) -> bool,
) -> bool {
    if others.present.is_used && add(&others.present, hash_label(&[])) {
        return true;
    }
    others.prefixes.iter().any(|(bytes, property)| {
        let prefix = value.as_bytes().get(..usize::from(*bytes));
        prefix.is_some_and(|prefix| add(property, hash_label(prefix)))
    })
}

/// Puts windows in registry order. A window may be under several keys of the subject.
fn put_in_order(found: &mut Covering<'_>) {
    if found.len() > 1 {
        found.sort_unstable_by_key(|(position, _)| *position);
        found.dedup_by_key(|(position, _)| *position);
    }
}

/// The number of slots that [`Keys::covering_if_silenced`] keeps.
const IDLE_SLOTS: usize = 16;

/// The number of atoms that [`Keys::visit_several`] collects at once.
const PORTION: usize = 16;
