//! Construction of an index of keys.
//!
//! ```text
//! add      each window -> its clauses, as hashes; counts atoms and distinct atoms
//! plan     counts -> cost of each property; the pairs of properties worth a look-up
//! enter    each window -> its keys, numbered in order of first use
//! compile  keys -> blocks, slots, near-now answers
//! ```
//!
//! A pair of properties is worth a look-up if it saves a query at least the evaluation
//! of one window. A subject has some value of most properties, so that the list of its
//! value is as long as the average: (windows in the lists) / (distinct values).

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
use crate::index::keys::checks::{Check, Checks, MAX_CHECKS};
use crate::index::keys::plan::{
    COST_UNIT, Chosen, ClauseSummary, MAX_PAIRS, Plan, PropertyKind, UNIVERSAL, choose, key_atom,
    pair_key,
};
use crate::index::prefilter::Prefilter;
use crate::index::slot::{Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::scope::{Scope, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Collects the windows of an index of keys.
#[derive(Debug, Default)]
pub(in crate::index) struct KeyBuilder<'a> {
    properties: Vec<PropertyCount>,
    /// The number of a property, by its seed.
    by_seed: FastMap<u64, u32>,
    /// A bit for the hash of each atom: how many distinct ones a property has.
    seen: Vec<u64>,
    atoms: Vec<FlatAtom>,
    /// The end of each clause in `atoms`.
    clause_ends: Vec<u32>,
    /// The id of each window, and the end of its clauses in `clause_ends`.
    windows: Vec<(u32, u32)>,
    /// The windows whose clauses depend on costs.
    open: Vec<(u32, &'a Scope)>,
}

/// The hash of an atom and the number of its property.
#[derive(Clone, Copy, Debug)]
struct FlatAtom {
    hash: u64,
    property: u32,
}

/// A property and how often windows name it.
#[derive(Clone, Copy, Debug)]
struct PropertyCount {
    kind: PropertyKind,
    seed: u64,
    atoms: u64,
    distinct: u64,
}

impl PropertyCount {
    /// The average number of windows under an atom, in [`COST_UNIT`]s.
    fn cost(&self) -> u32 {
        let average = self.atoms * u64::from(COST_UNIT) / self.distinct.max(1);
        u32::try_from(average).unwrap_or(u32::MAX).max(1)
    }
}

/// What [`KeyBuilder::enter`] returns.
struct Entered {
    /// The distinct keys, in the order of their first use.
    hashes: Vec<u64>,
    /// (key, window) for each window under a key.
    entries: Vec<(u32, u32)>,
    /// The windows under keys of one atom, with atoms of other clauses.
    single: Vec<(u32, Checked)>,
}

/// Each from a clause of its own.
type Checked = SmallVec<[FlatAtom; MAX_CHECKS]>;

/// The cost of an atom before anything is counted: by the kind of its property.
fn rank(kind: PropertyKind) -> u64 {
    match kind {
        PropertyKind::Entity => 1,
        PropertyKind::Value(_) => 4,
        PropertyKind::Prefix(..) => 16,
        PropertyKind::Group | PropertyKind::AlertType => 64,
        PropertyKind::Present(_) => 1024,
    }
}

/// The weight of a pair that saves a query the evaluation of one window.
const ONE_WINDOW: u64 = 1 << 16;

impl<'a> KeyBuilder<'a> {
    /// A builder for at most this many windows.
    pub(in crate::index) fn new(windows: usize) -> Self {
        let bits = (windows * 8).next_power_of_two().max(1 << 10);
        Self { seen: vec![0; bits / 64], ..Self::default() }
    }

    /// Adds a window, by its id in the window table.
    pub(in crate::index) fn add(&mut self, id: u32, window: &'a Window) {
        let scope = window.scope();
        let clauses = scope.clauses(&|atom| rank(PropertyKind::of(atom)));
        let is_open = scope.has_choice_of_clauses();
        if is_open {
            self.open.push((id, scope));
        }
        for clause in &clauses {
            for atom in clause {
                let (kind, hash) = key_atom(atom);
                let property = self.count(kind, hash);
                if !is_open {
                    self.atoms.push(FlatAtom { hash, property });
                }
            }
            if !is_open {
                self.clause_ends.push(self.atoms.len() as u32);
            }
        }
        if !is_open {
            self.windows.push((id, self.clause_ends.len() as u32));
        }
    }

    /// Whether no window was added.
    pub(in crate::index) fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.open.is_empty()
    }

    /// Counts an atom. Returns the number of its property.
    fn count(&mut self, kind: PropertyKind, hash: u64) -> u32 {
        let seed = kind.seed();
        let next = self.properties.len() as u32;
        let number = *self.by_seed.entry(seed).or_insert(next);
        if number == next {
            self.properties.push(PropertyCount { kind, seed, atoms: 0, distinct: 0 });
        }
        let property = &mut self.properties[number as usize];
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
        let Entered { hashes, entries, single } = self.enter(&costs, &mut plan);
        let checks = self.checks(&single, &entries, hashes.len(), &mut plan);
        let index = compile(windows.clone(), &hashes, entries, now)?;
        Ok(Keys::new(index, plan, checks, topology))
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
                        self.properties.push(PropertyCount { kind, seed, atoms, distinct });
                    }
                    self.atoms.push(FlatAtom { hash, property });
                }
                self.clause_ends.push(self.atoms.len() as u32);
            }
            self.windows.push((id, self.clause_ends.len() as u32));
        }
    }

    /// The windows with their clauses.
    fn each_window(&self) -> impl Iterator<Item = (u32, SmallVec<[&[FlatAtom]; 8]>)> + '_ {
        let (mut atom, mut clause) = (0, 0);
        self.windows.iter().map(move |(id, end)| {
            let ends = &self.clause_ends[clause..*end as usize];
            clause = *end as usize;
            let clauses = ends.iter().map(|end| {
                let atoms = &self.atoms[atom..*end as usize];
                atom = *end as usize;
                atoms
            });
            (*id, clauses.collect())
        })
    }

    fn summaries(&self, clauses: &[&[FlatAtom]], costs: &[u32]) -> SmallVec<[ClauseSummary; 8]> {
        let cost = |property: u32| costs.get(property as usize).copied().unwrap_or(COST_UNIT);
        let summary = |atoms: &&[FlatAtom]| {
            let sum = atoms.iter().map(|atom| u64::from(cost(atom.property)));
            let first = atoms.first().map(|atom| atom.property);
            let is_same = first.filter(|first| atoms.iter().all(|atom| atom.property == *first));
            ClauseSummary {
                cost: sum.fold(0, u64::saturating_add),
                atoms: atoms.len(),
                property: is_same.map(|property| self.properties[property as usize].seed),
            }
        };
        clauses.iter().map(summary).collect()
    }

    /// The pairs of properties that save a query at least the evaluation of one window.
    /// They are in the order of their seeds.
    fn worthwhile_pairs(&self, costs: &[u32]) -> Vec<(PropertyKind, PropertyKind)> {
        let mut saved: FastMap<(u64, u64), u64> = FastMap::default();
        for (_, clauses) in self.each_window() {
            let summaries = self.summaries(&clauses, costs);
            if let Chosen::Two(best, second) = choose(&summaries, |_, _| true) {
                let (a, b) = (&summaries[best], &summaries[second]);
                let (Some(a), Some(b)) = (a.property, b.property) else { continue };
                let distinct = self.properties[self.by_seed[&a] as usize].distinct;
                *saved.entry((a.min(b), a.max(b))).or_default() += ONE_WINDOW / distinct.max(1);
            }
        }
        let mut pairs: Vec<_> =
            saved.into_iter().filter(|(_, saved)| *saved >= ONE_WINDOW).collect();
        pairs.sort_unstable_by_key(|(seeds, saved)| (std::cmp::Reverse(*saved), *seeds));
        pairs.truncate(MAX_PAIRS);
        let kind = |seed: &u64| self.properties[self.by_seed[seed] as usize].kind;
        pairs.iter().map(|((a, b), _)| (kind(a), kind(b))).collect()
    }

    /// Enters each window under its keys. Marks in the plan what is used.
    fn enter(&self, costs: &[u32], plan: &mut Plan) -> Entered {
        let mut known: HashTable<(u64, u32)> = HashTable::with_capacity(self.windows.len());
        let mut hashes = Vec::with_capacity(self.windows.len());
        let mut entries = Vec::with_capacity(self.windows.len());
        let mut singles = vec![false; self.properties.len()];
        let mut single = Vec::new();
        let mut has_universal = false;
        let mut of_window: SmallVec<[u64; 16]> = SmallVec::new();
        for (id, clauses) in self.each_window() {
            of_window.clear();
            match choose(&self.summaries(&clauses, costs), |a, b| plan.has_pair(a, b)) {
                Chosen::Nothing => {}
                Chosen::Universal => {
                    has_universal = true;
                    of_window.push(UNIVERSAL);
                }
                Chosen::One(at) => {
                    for atom in clauses[at] {
                        singles[atom.property as usize] = true;
                        of_window.push(atom.hash);
                    }
                    let others = clauses.iter().enumerate().filter(|(other, _)| *other != at);
                    let checks: Checked = others
                        .filter_map(|(_, atoms)| <[FlatAtom; 1]>::try_from(*atoms).ok())
                        .map(|[atom]| atom)
                        .take(MAX_CHECKS)
                        .collect();
                    if !checks.is_empty() {
                        single.push((id, checks));
                    }
                }
                Chosen::Two(a, b) => {
                    let seeded =
                        |atom: &FlatAtom| (self.properties[atom.property as usize].seed, atom.hash);
                    let of_a = clauses[a].iter().map(seeded);
                    of_window.extend(
                        of_a.flat_map(|a| clauses[b].iter().map(move |b| pair_key(a, seeded(b)))),
                    );
                }
            }
            if of_window.len() > 1 {
                of_window.sort_unstable();
                of_window.dedup();
            }
            for hash in &of_window {
                let next = hashes.len() as u32;
                let key = match known.entry(*hash, |(known, _)| known == hash, |(hash, _)| *hash) {
                    Entry::Occupied(known) => known.get().1,
                    Entry::Vacant(free) => {
                        free.insert((*hash, next));
                        hashes.push(*hash);
                        next
                    }
                };
                entries.push((key, id));
            }
        }
        for (property, _) in self.properties.iter().zip(singles).filter(|(_, used)| *used) {
            plan.use_single(property.kind);
        }
        plan.has_universal = has_universal;
        Entered { hashes, entries, single }
    }

    /// The checks of the windows that share a key with others.
    fn checks(
        &self,
        single: &[(u32, Checked)],
        entries: &[(u32, u32)],
        keys: usize,
        plan: &mut Plan,
    ) -> Checks {
        let mut checks = Checks::default();
        if single.is_empty() {
            return checks;
        }
        let mut windows = vec![0u32; keys];
        entries.iter().for_each(|(key, _)| windows[*key as usize] += 1);
        let shared: FastSet<u32> = entries
            .iter()
            .filter(|(key, _)| windows[*key as usize] > 1)
            .map(|(_, window)| *window)
            .collect();
        for (window, atoms) in single.iter().filter(|(window, _)| shared.contains(window)) {
            let check = |atom: &FlatAtom| {
                let kind = self.properties[atom.property as usize].kind;
                Some(Check { slot: plan.slot(kind)?, hash: atom.hash })
            };
            checks.insert(*window, atoms.iter().filter_map(check).collect());
        }
        checks
    }
}

/// Compiles the block of each key, and builds their slots.
fn compile(
    windows: Arc<WindowTable>,
    hashes: &[u64],
    entries: Vec<(u32, u32)>,
    now: Option<Timestamp>,
) -> Result<Index, Error> {
    let mut zones = ZoneInterner::default();
    let (arena, blocks) = compile_entities(&windows, &entries, &[], hashes.len(), &mut zones)?;
    drop(entries);
    let zones = zones.merged_if_changed().unwrap_or_default();
    Ok(assemble(windows, hashes, arena, &blocks, zones, now))
}

/// Puts the parts together.
fn assemble(
    windows: Arc<WindowTable>,
    hashes: &[u64],
    arena: Vec<u32>,
    blocks: &[BlockStart],
    zones: Arc<[Zone]>,
    now: Option<Timestamp>,
) -> Index {
    let context = Context { zones: &zones, windows: windows.lookup() };
    let init = |slot: &mut Slot, (block, prefilter): BlockStart| {
        let may_have_timeline = block::may_have_timeline(&arena[block as usize..]);
        let near = near_state(block, &arena, context, now);
        slot.init(block, SlotTail::Prefilter(prefilter), may_have_timeline, near);
    };
    let mut default_slot = Slot::EMPTY;
    init(&mut default_slot, (0, Prefilter::default()));
    let fill = |key: usize, slot: &mut Slot| init(slot, blocks[key]);
    let mut table = Table::keyed_by_hash(hashes, default_slot, fill);
    build_near_timelines(&mut table, &arena, context, now);
    let classes = Classes::none(&windows, &zones, now);
    Index {
        table: Arc::new(table),
        base: Arc::new(Base { topology: Topology::default(), windows, arena: arena.into() }),
        classes: Arc::new(classes),
        delta: Delta::default(),
        zones,
        alert_types: Arc::new(AlertTypes::default()),
        keys: None,
        is_narrowed: false,
        now,
    }
}
