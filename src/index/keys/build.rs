//! Construction of an index of keys.
//!
//! ```text
//! collect  each window -> its clauses, as hashes; counts atoms and distinct atoms
//! order    counts -> cost of each property; the clauses of each window by cost
//! plan     the pairs of properties worth a look-up
//! enter    each window -> its keys, numbered in order of first use
//! compile  keys -> blocks, slots, near-now answers
//! ```
//!
//! A pair of properties is worth a look-up if it saves a query the evaluation of an eighth
//! of a window, on average: that takes several cache misses, and a look-up at most one. A
//! subject has some value of most properties, so that the list of its value is as long as
//! the average: (windows in the lists) / (distinct values).

use std::cmp::Reverse;
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use crate::error::Error;
use crate::index::alert_types::AlertTypes;
use crate::index::arena::{BlockStart, build_near_timelines, compile_entities, near_state};
use crate::index::block::{self, Context};
use crate::index::classes::Classes;
use crate::index::delta::Delta;
use crate::index::hash::{FastMap, FastSet};
use crate::index::intern::ZoneInterner;
use crate::index::keys::Keys;
use crate::index::keys::collect::{
    FlatAtom, FlatClause, FlatTest, FlatWindow, KeyBuilder, PropertyCount,
};
use crate::index::keys::key_facts::{KeyFacts, KeyTest, TestKind, TextIx};
use crate::index::keys::plan::{
    Chosen, MAX_PAIRS, Plan, PropertyKind, UNIVERSAL, choose, pair_key,
};
use crate::index::keys::residual::{self, Residual};
use crate::index::prefilter::Prefilter;
use crate::index::slot::{Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::scope::Topology;
use crate::time::{Timestamp, Zone};

/// What [`KeyBuilder::enter`] returns.
struct Entered {
    /// The distinct keys, in the order of their first use.
    hashes: Vec<u64>,
    /// What the slots of the keys have beside the hash.
    contents: Vec<KeyContent>,
    /// (key, window) for each window under a key.
    entries: Vec<(u32, u32)>,
    /// The residual windows, ascending.
    residual: Vec<u32>,
}

/// A window, the clause under whose atoms it is, and what its key has.
struct SingleClause {
    id: u32,
    clause: FlatClause,
    is_exact: bool,
    test: Option<FlatTest>,
}

/// The weight of a pair that saves a query the evaluation of one window.
/// A property may have as many distinct values as there are windows.
const ONE_WINDOW: u64 = 1 << 32;
/// The least weight of a pair that is looked up.
const WORTHWHILE: u64 = ONE_WINDOW / 8;

impl KeyBuilder<'_> {
    /// Builds the index. `windows` is the table in which the windows have their ids.
    ///
    /// # Errors
    ///
    /// If the blocks take more than `u32::MAX` words.
    pub(in crate::index) fn finish(
        mut self,
        windows: &Arc<WindowTable>,
        topology: &Topology,
        now: Option<Timestamp>,
    ) -> Result<Keys, Error> {
        let costs = self.flatten_open();
        self.order_clauses(&costs);
        let pairs = self.worthwhile_pairs();
        let properties = &self.properties;
        let kind = |number: &u32| properties.get(*number).kind;
        let kinds: SmallVec<[_; MAX_PAIRS]> =
            pairs.iter().map(|(a, b)| (kind(a), kind(b))).collect();
        let counted = properties.iter().filter_map(|known| Some((known.seed, known.cost()?)));
        let mut plan = Plan::new(counted.collect(), &kinds);
        let group = properties.iter().position(|known| known.kind == PropertyKind::Group);
        if let Some(group) = group {
            let groups = self.atoms.iter().filter(|atom| atom.property as usize == group);
            groups.for_each(|atom| plan.use_group(atom.hash));
        }
        let Entered { hashes, contents, entries, residual } = self.enter(&pairs, &mut plan);
        let mut zones = ZoneInterner::default();
        let mut residual = Residual::of(&residual, windows, &mut zones, topology);
        let mut is_tested = vec![false; properties.iter().len()];
        contents
            .iter()
            .filter_map(|content| content.test)
            .for_each(|test| is_tested[test.property as usize] = true);
        let tested = properties.iter().zip(&is_tested).filter(|(_, is_tested)| **is_tested);
        let tested: FastSet<&str> = tested.filter_map(|(property, _)| property.name).collect();
        // The topology may have the value that the query lacks.
        let is_of_query = |name: &&str| topology.attribute_name(name).is_none();
        let names = properties.iter().filter_map(|property| property.name);
        plan.set_names(names, residual.names(), tested.iter().copied().filter(is_of_query));
        residual.set_fields(&plan);
        let fields: Vec<PropertyFields> = properties
            .iter()
            .map(|property| PropertyFields::of(property, &plan, topology))
            .collect();
        let set_content = |key: usize, slot: &mut Slot| contents[key].facts(&fields).write(slot);
        let index = compile(windows.clone(), &hashes, entries, zones, now, set_content)?;
        Ok(Keys::new(index, (plan, self.texts.finish()), residual, topology))
    }

    /// The pairs of properties that many windows have, and that save a query the evaluation of
    /// windows, by their numbers; each in the order of their seeds.
    fn worthwhile_pairs(&self) -> SmallVec<[(u32, u32); MAX_PAIRS]> {
        let mut saved: FastMap<(u32, u32), (u64, u32)> = FastMap::default();
        for (_, clauses) in self.each_window() {
            if let Chosen::Two(second) = choose(clauses, FlatClause::summary, |_, _| true) {
                let property = |at: usize| clauses[at].summary().property;
                let (Some(a), Some(b)) = (property(0), property(second)) else { continue };
                let (saved, windows) = saved.entry((a.min(b), a.max(b))).or_default();
                *saved = saved.saturating_add(ONE_WINDOW / self.properties.get(a).distinct.max(1));
                *windows += 1;
            }
        }
        let is_worthwhile =
            |(saved, windows): (u64, u32)| saved >= WORTHWHILE && windows > FEW_USERS;
        let seed = |number: u32| self.properties.get(number).seed;
        let by_seed = |(a, b): (u32, u32)| if seed(a) < seed(b) { (a, b) } else { (b, a) };
        let mut pairs: Vec<_> = saved
            .into_iter()
            .filter(|(_, saved)| is_worthwhile(*saved))
            .map(|(pair, (saved, _))| (by_seed(pair), saved))
            .collect();
        pairs.sort_unstable_by_key(|((a, b), saved)| (Reverse(*saved), seed(*a), seed(*b)));
        pairs.iter().take(MAX_PAIRS).map(|(pair, _)| *pair).collect()
    }

    /// Enters each window under its keys. Marks in the plan what is used. `pairs` are those of
    /// the plan.
    fn enter(&self, pairs: &[(u32, u32)], plan: &mut Plan) -> Entered {
        let mut keys = KeyInterner::new(self.windows.len());
        let mut residual = Vec::new();
        let mut single: Vec<SingleClause> = Vec::new();
        let mut has_universal = false;
        let mut of_window: SmallVec<[Key; 16]> = SmallVec::new();
        let is_pair = |a, b| pairs.contains(&(a, b)) || pairs.contains(&(b, a));
        for (window, clauses) in self.each_window() {
            let id = window.id;
            of_window.clear();
            match choose(clauses, FlatClause::summary, is_pair) {
                Chosen::Nothing => {}
                Chosen::Universal if residual.len() < residual::MAX_WINDOWS => {
                    residual.push(id);
                }
                Chosen::Universal => {
                    has_universal = true;
                    of_window.push(Key { hash: UNIVERSAL, content: KeyContent::default() });
                }
                Chosen::One => {
                    let (is_exact, test) = self.known_of(window, clauses, None);
                    single.push(SingleClause { id, clause: clauses[0], is_exact, test });
                }
                Chosen::Two(second) => {
                    let (is_exact, test) = self.known_of(window, clauses, Some(second));
                    let seeded =
                        |atom: &FlatAtom| (self.properties.get(atom.property).seed, atom.hash);
                    for a in clauses[0].atoms(&self.atoms) {
                        of_window.extend(clauses[second].atoms(&self.atoms).iter().map(|b| {
                            // The order of the texts is that of the seeds.
                            let (seeded_a, seeded_b) = (seeded(a), seeded(b));
                            let is_ordered = seeded_a.0 < seeded_b.0;
                            let (first, second) = if is_ordered { (a, b) } else { (b, a) };
                            let atoms = (AtomText::of(first), Some(AtomText::of(second)));
                            let content = KeyContent { atoms: is_exact.then_some(atoms), test };
                            Key { hash: pair_key(seeded_a, seeded_b), content }
                        }));
                    }
                }
            }
            keys.add(id, &mut of_window);
        }

        // Windows under properties that few windows use are residual, while there are bits.
        let mut users = vec![0u32; self.properties.iter().len()];
        let atoms = single.iter().flat_map(|window| window.clause.atoms(&self.atoms));
        atoms.for_each(|atom| users[atom.property as usize] += 1);
        for SingleClause { id, clause, is_exact, test } in single {
            let atoms = clause.atoms(&self.atoms);
            let is_rare = |atom: &FlatAtom| users[atom.property as usize] <= FEW_USERS;
            if residual.len() < residual::MAX_WINDOWS && atoms.iter().all(is_rare) {
                residual.push(id);
                continue;
            }
            atoms.iter().for_each(|atom| plan.use_single(self.properties.get(atom.property).kind));
            of_window.clear();
            of_window.extend(atoms.iter().map(|atom| {
                let atoms = is_exact.then_some((AtomText::of(atom), None));
                Key { hash: atom.hash, content: KeyContent { atoms, test } }
            }));
            keys.add(id, &mut of_window);
        }
        plan.has_universal = has_universal;
        residual.sort_unstable();
        Entered { hashes: keys.hashes, contents: keys.contents, entries: keys.entries, residual }
    }

    /// What the slots of the keys of a window get that is under its first clause, or that and
    /// another one: whether a subject is covered exactly if it has the atoms of the key and
    /// passes the test; and the test.
    #[inline(always)]
    fn known_of(
        &self,
        window: &FlatWindow,
        clauses: &[FlatClause],
        second: Option<usize>,
    ) -> (bool, Option<FlatTest>) {
        let others = clauses.iter().enumerate().skip(1).filter(|(at, _)| Some(*at) != second);
        let of_clause = others.filter_map(|(_, clause)| self.test_of(clause));
        let test = of_clause.chain(window.excluded).next();
        // The test stands for the only other clause, or for the only value that excludes.
        let others = clauses.len() - 1 - usize::from(second.is_some());
        let others = others + usize::from(window.excluded.is_some());
        (window.is_exact && others == usize::from(test.is_some()), test)
    }

    /// The test that a clause is, if it is one.
    fn test_of(&self, clause: &FlatClause) -> Option<FlatTest> {
        let [atom] = clause.atoms(&self.atoms) else { return None };
        let property = self.properties.get(atom.property);
        let kind = match property.kind {
            PropertyKind::Value(_) => TestKind::Equals,
            PropertyKind::Prefix(..) => TestKind::StartsWith,
            _ => return None,
        };
        let text = atom.text.known().filter(|_| property.name.is_some())?;
        Some(FlatTest { property: atom.property, text, kind })
    }
}

/// The fields of the values of the attribute that a property is about, as far as the slots of
/// keys may name them.
#[derive(Clone, Copy)]
struct PropertyFields {
    /// Of an atom of the property: it has one only if it is a value.
    of_atom: Option<u8>,
    /// Of a test of the attribute. The topology may have the value that the query lacks.
    of_test: Option<u8>,
}

impl PropertyFields {
    fn of(property: &PropertyCount<'_>, plan: &Plan, topology: &Topology) -> Self {
        let field = property.name.and_then(|name| plan.exact_field(name)).map(|(field, _)| field);
        let is_value = matches!(property.kind, PropertyKind::Value(_));
        let is_of_query = property.name.is_some_and(|name| topology.attribute_name(name).is_none());
        Self { of_atom: field.filter(|_| is_value), of_test: field.filter(|_| is_of_query) }
    }
}

/// The property and the text of an atom of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
struct AtomText {
    property: u32,
    text: TextIx,
}

impl AtomText {
    fn of(atom: &FlatAtom) -> Self {
        Self { property: atom.property, text: atom.text }
    }

    /// The field and the text; `None` if one of them is not kept.
    fn known(self, fields: &[PropertyFields]) -> Option<(u8, TextIx)> {
        Some((fields[self.property as usize].of_atom?, self.text.known()?))
    }
}

/// What the slot of a key gets about its windows.
#[derive(Clone, Copy, Default)]
struct KeyContent {
    /// The atoms of the key, one or two, if every window covers exactly the subjects that
    /// have them and pass the test.
    atoms: Option<(AtomText, Option<AtomText>)>,
    /// A test that every window has.
    test: Option<FlatTest>,
}

impl KeyContent {
    /// Keeps what is also true of another window under the key; its atoms may be others with
    /// the same hash.
    fn merge(&mut self, other: &Self) {
        if self.test != other.test {
            *self = Self::default();
        } else if self.atoms != other.atoms {
            self.atoms = None;
        }
    }

    /// What the slot has of it.
    fn facts(&self, fields: &[PropertyFields]) -> KeyFacts {
        let test = self.test.and_then(|FlatTest { property, text, kind }| {
            let field = fields[property as usize].of_test?;
            Some(KeyTest { field, kind, text })
        });
        let is_whole = self.test.is_some() == test.is_some();
        let atoms = self.atoms.filter(|_| is_whole).and_then(|(first, second)| match second {
            Some(second) => Some((first.known(fields)?, Some(second.known(fields)?))),
            None => Some((first.known(fields)?, None)),
        });
        KeyFacts { atoms, test }
    }
}

/// A key of a window.
#[derive(Clone, Copy)]
struct Key {
    hash: u64,
    content: KeyContent,
}

/// Numbers keys in the order of their first use.
struct KeyInterner {
    known: HashTable<(u64, u32)>,
    hashes: Vec<u64>,
    contents: Vec<KeyContent>,
    entries: Vec<(u32, u32)>,
}

impl KeyInterner {
    /// An interner for about as many keys.
    fn new(windows: usize) -> Self {
        Self {
            known: HashTable::with_capacity(windows),
            hashes: Vec::with_capacity(windows),
            contents: Vec::with_capacity(windows),
            entries: Vec::with_capacity(windows),
        }
    }

    /// Enters a window under keys, which may repeat.
    fn add(&mut self, window: u32, keys: &mut SmallVec<[Key; 16]>) {
        if keys.len() > 1 {
            keys.sort_unstable_by_key(|key| key.hash);
            keys.dedup_by_key(|key| key.hash);
        }
        for Key { hash, content } in keys {
            let next = self.hashes.len() as u32;
            let is = |(known, _): &(u64, u32)| known == hash;
            let key = match self.known.entry(*hash, is, |(hash, _)| *hash) {
                Entry::Occupied(known) => {
                    let key = known.get().1;
                    self.contents[key as usize].merge(content);
                    key
                }
                Entry::Vacant(free) => {
                    free.insert((*hash, next));
                    self.hashes.push(*hash);
                    self.contents.push(*content);
                    next
                }
            };
            self.entries.push((key, window));
        }
    }
}

/// A property or a pair of properties that at most this many windows have is not looked up
/// for them: they are residual.
const FEW_USERS: u32 = 24;

/// Compiles the block of each key, and builds their slots.
fn compile(
    windows: Arc<WindowTable>,
    hashes: &[u64],
    entries: Vec<(u32, u32)>,
    mut zones: ZoneInterner<'_>,
    now: Option<Timestamp>,
    set_content: impl Fn(usize, &mut Slot),
) -> Result<Index, Error> {
    let (arena, blocks) = compile_entities(&windows, &entries, &[], hashes.len(), &mut zones)?;
    drop(entries);
    let zones = zones.merged_if_changed().unwrap_or_default();
    Ok(assemble(windows, hashes, arena, &blocks, zones, now, set_content))
}

/// Puts the parts together.
fn assemble(
    windows: Arc<WindowTable>,
    hashes: &[u64],
    arena: Vec<u32>,
    blocks: &[BlockStart],
    zones: Arc<[Zone]>,
    now: Option<Timestamp>,
    set_content: impl Fn(usize, &mut Slot),
) -> Index {
    let context = Context { zones: &zones, windows: windows.lookup() };
    let init = |slot: &mut Slot, (block, prefilter): BlockStart| {
        let may_have_timeline = block::may_have_timeline(&arena[block as usize..]);
        let near = near_state(block, &arena, context, now);
        slot.init(block, SlotTail::Prefilter(prefilter), may_have_timeline, near);
    };
    let mut default_slot = Slot::EMPTY;
    init(&mut default_slot, (0, Prefilter::default()));
    let fill = |key: usize, slot: &mut Slot| {
        set_content(key, slot);
        init(slot, blocks[key]);
    };
    let mut table = Table::keyed_by_hash(hashes, default_slot, fill);
    build_near_timelines(&mut table, &arena, context, now);
    let classes = Classes::none(&windows, &zones, now);
    Index {
        table: Arc::new(table),
        base: Arc::new(Base { windows, keyed_only: Box::default(), arena: arena.into() }),
        facts: Arc::default(),
        classes: Arc::new(classes),
        delta: Delta::default(),
        zones,
        alert_types: Arc::new(AlertTypes::default()),
        keys: None,
        is_narrowed: false,
        has_keyed_only: false,
        now,
    }
}
