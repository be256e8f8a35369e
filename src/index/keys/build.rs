//! Construction of an index of keys.
//!
//! ```text
//! add      each window -> its clauses, as hashes; counts atoms and distinct atoms
//! plan     counts -> cost of each property; the pairs of properties worth a look-up
//! enter    each window -> its keys, numbered in order of first use
//! compile  keys -> blocks, slots, near-now answers
//! ```
//!
//! A pair of properties is worth a look-up if it saves a query the evaluation of an eighth
//! of a window, on average: that takes several cache misses, and a look-up at most one. A
//! subject has some value of most properties, so that the list of its value is as long as
//! the average: (windows in the lists) / (distinct values).

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
use crate::index::hash::{FastMap, FastSet, hash_label};
use crate::index::intern::ZoneInterner;
use crate::index::keys::Keys;
use crate::index::keys::key_facts::{KeyFacts, KeyTest, TestKind, TextInterner, TextIx};
use crate::index::keys::plan::{
    COST_UNIT, Chosen, ClauseSummary, MAX_PAIRS, Plan, PropertyKind, UNIVERSAL, choose, key_atom,
    pair_key,
};
use crate::index::keys::residual::{self, Residual};
use crate::index::prefilter::Prefilter;
use crate::index::slot::{Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::scope::{Atom, Scope, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Collects the windows of an index of keys.
#[derive(Debug, Default)]
pub(in crate::index) struct KeyBuilder<'a> {
    properties: Vec<PropertyCount<'a>>,
    /// The number of a property, by its seed.
    by_seed: FastMap<u64, u32>,
    /// A bit for the hash of each atom: how many distinct ones a property has.
    seen: Vec<u64>,
    atoms: Vec<FlatAtom>,
    /// The end of each clause in `atoms`.
    clause_ends: Vec<u32>,
    windows: Vec<FlatWindow<'a>>,
    texts: TextInterner,
    /// The windows whose clauses depend on costs.
    open: Vec<(u32, &'a Scope)>,
}

/// The hash of an atom, the number of its property, and its text, if it is kept.
#[derive(Clone, Copy, Debug)]
struct FlatAtom {
    hash: u64,
    property: u32,
    text: Option<TextIx>,
}

/// A window by its id.
#[derive(Clone, Copy, Debug)]
struct FlatWindow<'a> {
    id: u32,
    /// The end of its clauses in `clause_ends`.
    end: u32,
    /// Whether its scope is exactly its clauses, but for `excluded`.
    is_exact: bool,
    /// The only value that excludes.
    excluded: Option<FlatTest<'a>>,
}

/// A test of the windows under a key beside those of the key.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FlatTest<'a> {
    name: &'a str,
    kind: TestKind,
    text: TextIx,
}

/// A property and how often windows name it.
#[derive(Clone, Copy, Debug)]
struct PropertyCount<'a> {
    kind: PropertyKind,
    /// The name of the attribute that it is about, if all names with its hash are this one.
    name: Option<&'a str>,
    seed: u64,
    atoms: u64,
    distinct: u64,
}

impl PropertyCount<'_> {
    /// The average number of windows under an atom, in [`COST_UNIT`]s. More of a group, since
    /// a query looks its groups up in the topology.
    fn cost(&self) -> u32 {
        let average = self.atoms.saturating_mul(u64::from(COST_UNIT)) / self.distinct.max(1);
        let look_up = if self.kind == PropertyKind::Group { GROUP_COST } else { 1 };
        u32::try_from(average.saturating_mul(look_up)).unwrap_or(u32::MAX).max(1)
    }
}

/// What [`KeyBuilder::enter`] returns.
struct Entered<'a> {
    /// The distinct keys, in the order of their first use.
    hashes: Vec<u64>,
    /// What the slots of the keys have beside the hash.
    contents: Vec<KeyContent<'a>>,
    /// (key, window) for each window under a key.
    entries: Vec<(u32, u32)>,
    /// The residual windows, ascending.
    residual: Vec<u32>,
}

/// A window, the clause under whose atoms it is, and what its key has.
struct SingleClause<'a, 'b> {
    id: u32,
    atoms: &'b [FlatAtom],
    is_exact: bool,
    test: Option<FlatTest<'a>>,
}

/// How much rarer a group must be than the attributes of queries to be a key. The groups
/// of a query are several look-ups in the topology, for every query, whatever it finds.
const GROUP_COST: u64 = 64;
/// The weight of a pair that saves a query the evaluation of one window.
/// A property may have as many distinct values as there are windows.
const ONE_WINDOW: u64 = 1 << 32;
/// The least weight of a pair that is looked up.
const WORTHWHILE: u64 = ONE_WINDOW / 8;

impl<'a> KeyBuilder<'a> {
    /// A builder for at most this many windows.
    pub(in crate::index) fn new(windows: usize) -> Self {
        let bits = (windows * 8).next_power_of_two().max(1 << 10);
        Self { seen: vec![0; bits / 64], ..Self::default() }
    }

    /// Adds a window, by its id in the window table. Returns whether `is_possible` accepts an
    /// atom of every clause.
    pub(in crate::index) fn add(
        &mut self,
        id: u32,
        window: &'a Window,
        is_possible: impl Fn(&Atom<'_>) -> bool,
    ) -> bool {
        let scope = window.scope();
        let clauses = scope.clauses(&|atom| atom.rank());
        let is_open = scope.has_choice_of_clauses();
        if is_open {
            self.open.push((id, scope));
        }
        for clause in &clauses {
            for atom in clause {
                let (kind, hash) = key_atom(atom);
                let property = self.count(kind, hash, atom);
                if !is_open {
                    let text = self.texts.intern(atom.text, hash ^ kind.seed());
                    self.atoms.push(FlatAtom { hash, property, text });
                }
            }
            if !is_open {
                self.clause_ends.push(self.atoms.len() as u32);
            }
        }
        if !is_open {
            let end = self.clause_ends.len() as u32;
            let mut is_exact = scope.is_exactly_its_clauses();
            let excluded = self.excluded(scope, &mut is_exact);
            self.windows.push(FlatWindow { id, end, is_exact, excluded });
        }
        clauses.iter().all(|clause| clause.iter().any(&is_possible))
    }

    /// The only value that excludes a subject. If there are more, the window is not exact.
    fn excluded(&mut self, scope: &'a Scope, is_exact: &mut bool) -> Option<FlatTest<'a>> {
        let (mut found, mut count) = (None, 0);
        scope.excluded_values(&mut |name, value| {
            found = value.map(|value| (name, value));
            count += 1;
        });
        let test = found.filter(|_| count == 1).and_then(|(name, value)| {
            let text = self.texts.intern(value, hash_label(value.as_bytes()))?;
            Some(FlatTest { name, kind: TestKind::Differs, text })
        });
        *is_exact &= count == usize::from(test.is_some());
        test
    }

    /// The test of a window that is under the atoms of two clauses, or of one: of another
    /// clause, or a value that excludes.
    fn test_beside(
        &self,
        window: &FlatWindow<'a>,
        clauses: &[&[FlatAtom]],
        (a, b): (usize, Option<usize>),
    ) -> Option<FlatTest<'a>> {
        let others = clauses.iter().enumerate().filter(|(at, _)| *at != a && Some(*at) != b);
        let of_clause = others.filter_map(|(_, atoms)| {
            let [atom] = **atoms else { return None };
            let property = &self.properties[atom.property as usize];
            let kind = match property.kind {
                PropertyKind::Value(_) => TestKind::Equals,
                PropertyKind::Prefix(..) => TestKind::StartsWith,
                _ => return None,
            };
            Some(FlatTest { name: property.name?, kind, text: atom.text? })
        });
        of_clause.chain(window.excluded).next()
    }

    /// What the slots of the keys of a window under one clause or two get: whether a subject is
    /// covered exactly if it has the atoms of the key and passes the test; and the test.
    fn known_of(
        &self,
        window: &FlatWindow<'a>,
        clauses: &[&[FlatAtom]],
        chosen: (usize, Option<usize>),
    ) -> (bool, Option<FlatTest<'a>>) {
        let test = self.test_beside(window, clauses, chosen);
        // The test stands for the only other clause, or for the only value that excludes.
        let others = clauses.len() - 1 - usize::from(chosen.1.is_some());
        let others = others + usize::from(window.excluded.is_some());
        (window.is_exact && others == usize::from(test.is_some()), test)
    }

    /// Whether no window was added.
    pub(in crate::index) fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.open.is_empty()
    }

    /// Counts an atom. Returns the number of its property.
    fn count(&mut self, kind: PropertyKind, hash: u64, atom: &Atom<'a>) -> u32 {
        let seed = kind.seed();
        let next = self.properties.len() as u32;
        let number = *self.by_seed.entry(seed).or_insert(next);
        if number == next {
            let name = atom.attribute_name();
            self.properties.push(PropertyCount { kind, name, seed, atoms: 0, distinct: 0 });
        }
        let property = &mut self.properties[number as usize];
        property.name = property.name.filter(|name| atom.attribute_name() == Some(*name));
        property.atoms += 1;
        let word = (hash >> 6) as usize & (self.seen.len() - 1);
        let word = &mut self.seen[word];
        let bit = 1 << (hash % 64);
        property.distinct += u64::from(*word & bit == 0);
        *word |= bit;
        number
    }

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
        let costs: Vec<u32> = self.properties.iter().map(PropertyCount::cost).collect();
        self.flatten_open(&costs);
        let pairs = self.worthwhile_pairs(&costs);
        let by_seed = self.properties.iter().zip(&costs).map(|(known, cost)| (known.seed, *cost));
        let mut plan = Plan::new(by_seed.collect(), &pairs);
        let is_group =
            |atom: &&FlatAtom| self.properties[atom.property as usize].kind == PropertyKind::Group;
        self.atoms.iter().filter(is_group).for_each(|atom| plan.use_group(atom.hash));
        let Entered { hashes, contents, entries, residual } = self.enter(&costs, &mut plan);
        let mut zones = ZoneInterner::default();
        let mut residual = Residual::of(&residual, windows, &mut zones, topology);
        let names = self.properties.iter().filter_map(|property| property.name);
        // The topology may have the value that the query lacks.
        let tests = contents.iter().filter_map(|content| content.test);
        let tested: FastSet<&str> = tests.map(|test| test.name).collect();
        let is_of_query = |name: &&str| topology.attribute_name(name).is_none();
        let tested = tested.iter().copied().filter(is_of_query);
        plan.set_names(names, residual.names(), tested);
        residual.set_fields(&plan);
        let set_content = |key: usize, slot: &mut Slot| {
            let KeyContent { atoms, test } = contents[key];
            let test_fact = test.and_then(|test| {
                let is_of_query = topology.attribute_name(test.name).is_none();
                let field = plan.exact_field(test.name).filter(|_| is_of_query)?;
                Some(KeyTest { field, kind: test.kind, text: test.text })
            });
            let atom = |atom: FlatAtom| {
                let property = &self.properties[atom.property as usize];
                let is_value = matches!(property.kind, PropertyKind::Value(_));
                let name = property.name.filter(|_| is_value)?;
                Some((plan.exact_field(name)?, atom.text?))
            };
            let is_whole = test.is_some() == test_fact.is_some();
            let atoms = atoms.filter(|_| is_whole).and_then(|(first, second)| match second {
                Some(second) => Some((atom(first)?, Some(atom(second)?))),
                None => Some((atom(first)?, None)),
            });
            KeyFacts { atoms, test: test_fact }.write(slot);
        };
        let index = compile(windows.clone(), &hashes, entries, zones, now, set_content)?;
        Ok(Keys::new(index, (plan, self.texts.finish()), residual, topology))
    }

    /// Adds the clauses of the windows that have a choice.
    fn flatten_open(&mut self, costs: &[u32]) {
        for (id, scope) in std::mem::take(&mut self.open) {
            let by_seed = &self.by_seed;
            let cost = |kind: PropertyKind| match by_seed.get(&kind.seed()) {
                Some(property) => costs.get(*property as usize).copied().unwrap_or(COST_UNIT),
                None => COST_UNIT,
            };
            for clause in scope.clauses(&|atom| cost(PropertyKind::of(atom)).into()) {
                for (kind, hash) in clause.iter().map(key_atom) {
                    let next = self.properties.len() as u32;
                    let property = *self.by_seed.entry(kind.seed()).or_insert(next);
                    if property == next {
                        let (seed, atoms, distinct) = (kind.seed(), 1, 1);
                        let name = None;
                        self.properties.push(PropertyCount { kind, name, seed, atoms, distinct });
                    }
                    self.atoms.push(FlatAtom { hash, property, text: None });
                }
                self.clause_ends.push(self.atoms.len() as u32);
            }
            let end = self.clause_ends.len() as u32;
            self.windows.push(FlatWindow { id, end, is_exact: false, excluded: None });
        }
    }

    /// The windows with their clauses.
    fn each_window(&self) -> impl Iterator<Item = (&FlatWindow<'a>, SmallVec<[&[FlatAtom]; 8]>)> {
        let (mut atom, mut clause) = (0, 0);
        self.windows.iter().map(move |window| {
            let ends = &self.clause_ends[clause..window.end as usize];
            clause = window.end as usize;
            let clauses = ends.iter().map(|end| {
                let atoms = &self.atoms[atom..*end as usize];
                atom = *end as usize;
                atoms
            });
            (window, clauses.collect())
        })
    }

    fn summaries(&self, clauses: &[&[FlatAtom]], costs: &[u32]) -> SmallVec<[ClauseSummary; 8]> {
        let costed = |atom: &FlatAtom| {
            let property = atom.property as usize;
            let cost = costs.get(property).copied().unwrap_or(COST_UNIT);
            (self.properties[property].seed, u64::from(cost))
        };
        clauses.iter().map(|atoms| ClauseSummary::of(atoms.iter().map(costed))).collect()
    }

    /// The pairs of properties that many windows have, and that save a query the evaluation of
    /// windows; each in the order of their seeds.
    fn worthwhile_pairs(&self, costs: &[u32]) -> Vec<(PropertyKind, PropertyKind)> {
        let mut saved: FastMap<(u64, u64), (u64, u32)> = FastMap::default();
        for (_, clauses) in self.each_window() {
            let summaries = self.summaries(&clauses, costs);
            if let Chosen::Two(best, second) = choose(&summaries, |_, _| true) {
                let (a, b) = (&summaries[best], &summaries[second]);
                let (Some(a), Some(b)) = (a.property, b.property) else { continue };
                let distinct = self.properties[self.by_seed[&a] as usize].distinct;
                let (saved, windows) = saved.entry((a.min(b), a.max(b))).or_default();
                *saved = saved.saturating_add(ONE_WINDOW / distinct.max(1));
                *windows += 1;
            }
        }
        let is_worthwhile =
            |(saved, windows): (u64, u32)| saved >= WORTHWHILE && windows > FEW_USERS;
        let mut pairs: Vec<_> =
            saved.into_iter().filter(|(_, saved)| is_worthwhile(*saved)).collect();
        pairs.sort_unstable_by_key(|(seeds, saved)| (std::cmp::Reverse(*saved), *seeds));
        pairs.truncate(MAX_PAIRS);
        let kind = |seed: &u64| self.properties[self.by_seed[seed] as usize].kind;
        pairs.iter().map(|((a, b), _)| (kind(a), kind(b))).collect()
    }

    /// Enters each window under its keys. Marks in the plan what is used.
    fn enter(&self, costs: &[u32], plan: &mut Plan) -> Entered<'a> {
        let mut keys = KeyInterner::new(self.windows.len());
        let mut residual = Vec::new();
        let mut single: Vec<SingleClause<'a, '_>> = Vec::new();
        let mut has_universal = false;
        let mut of_window: SmallVec<[Key<'a>; 16]> = SmallVec::new();
        for (window, clauses) in self.each_window() {
            let id = window.id;
            of_window.clear();
            match choose(&self.summaries(&clauses, costs), |a, b| plan.has_pair(a, b)) {
                Chosen::Nothing => {}
                Chosen::Universal if residual.len() < residual::MAX_WINDOWS => {
                    residual.push(id);
                }
                Chosen::Universal => {
                    has_universal = true;
                    of_window.push(Key { hash: UNIVERSAL, content: KeyContent::default() });
                }
                Chosen::One(at) => {
                    let (is_exact, test) = self.known_of(window, &clauses, (at, None));
                    single.push(SingleClause { id, atoms: clauses[at], is_exact, test });
                }
                Chosen::Two(a, b) => {
                    let seeded =
                        |atom: &FlatAtom| (self.properties[atom.property as usize].seed, atom.hash);
                    let (is_exact, test) = self.known_of(window, &clauses, (a, Some(b)));
                    for a in clauses[a] {
                        of_window.extend(clauses[b].iter().map(|b| {
                            // The order of the texts is that of the seeds.
                            let (seeded_a, seeded_b) = (seeded(a), seeded(b));
                            let is_ordered = seeded_a.0 < seeded_b.0;
                            let (first, second) = if is_ordered { (a, b) } else { (b, a) };
                            let atoms = is_exact.then_some((*first, Some(*second)));
                            let content = KeyContent { atoms, test };
                            Key { hash: pair_key(seeded_a, seeded_b), content }
                        }));
                    }
                }
            }
            keys.add(id, &mut of_window);
        }

        // Windows under properties that few windows use are residual, while there are bits.
        let mut users = vec![0u32; self.properties.len()];
        let atoms = single.iter().flat_map(|window| window.atoms);
        atoms.for_each(|atom| users[atom.property as usize] += 1);
        for SingleClause { id, atoms, is_exact, test } in single {
            let is_rare = |atom: &FlatAtom| users[atom.property as usize] <= FEW_USERS;
            if residual.len() < residual::MAX_WINDOWS && atoms.iter().all(is_rare) {
                residual.push(id);
                continue;
            }
            atoms.iter().for_each(|atom| {
                plan.use_single(self.properties[atom.property as usize].kind);
            });
            of_window.clear();
            of_window.extend(atoms.iter().map(|atom| {
                let content = KeyContent { atoms: is_exact.then_some((*atom, None)), test };
                Key { hash: atom.hash, content }
            }));
            keys.add(id, &mut of_window);
        }
        plan.has_universal = has_universal;
        residual.sort_unstable();
        Entered { hashes: keys.hashes, contents: keys.contents, entries: keys.entries, residual }
    }
}

/// What the slot of a key gets about its windows.
#[derive(Clone, Copy, Default)]
struct KeyContent<'a> {
    /// The atoms of the key, one or two, if every window covers exactly the subjects that
    /// have them and pass the test.
    atoms: Option<(FlatAtom, Option<FlatAtom>)>,
    /// A test that every window has.
    test: Option<FlatTest<'a>>,
}

impl KeyContent<'_> {
    /// Keeps what is also true of another window under the key; its atoms may be others with
    /// the same hash.
    fn merge(&mut self, other: &Self) {
        let texts = |content: &Self| {
            let text = |atom: FlatAtom| (atom.property, atom.text);
            content.atoms.map(|(first, second)| (text(first), second.map(text)))
        };
        if self.test != other.test {
            *self = Self::default();
        } else if texts(self) != texts(other) {
            self.atoms = None;
        }
    }
}

/// A key of a window.
#[derive(Clone, Copy)]
struct Key<'a> {
    hash: u64,
    content: KeyContent<'a>,
}

/// Numbers keys in the order of their first use.
struct KeyInterner<'a> {
    known: HashTable<(u64, u32)>,
    hashes: Vec<u64>,
    contents: Vec<KeyContent<'a>>,
    entries: Vec<(u32, u32)>,
}

impl<'a> KeyInterner<'a> {
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
    fn add(&mut self, window: u32, keys: &mut SmallVec<[Key<'a>; 16]>) {
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
