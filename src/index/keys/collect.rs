//! Collects the windows of an index of keys: the clauses of all of them in one list, as hashes
//! and numbers of texts.
//!
//! A scope is read once, here. The steps that follow read flat lists.

use hashbrown::HashTable;

use crate::index::hash::{hash_label, is_same_label};
use crate::index::keys::key_facts::{TestKind, TextInterner, TextIx};
use crate::index::keys::plan::{COST_UNIT, ClauseSummary, PropertyKind, key_atom};
use crate::scope::{Atom, Scope};
use crate::window::Window;

/// Collects the windows of an index of keys.
#[derive(Debug, Default)]
pub(in crate::index) struct KeyBuilder<'a> {
    pub(super) properties: Properties<'a>,
    /// A bit for the hash of each atom: how many distinct ones a property has.
    seen: Vec<u64>,
    pub(super) atoms: Vec<FlatAtom>,
    pub(super) clauses: Vec<FlatClause>,
    pub(super) windows: Vec<FlatWindow>,
    pub(super) texts: TextInterner,
    /// The windows whose clauses depend on costs.
    open: Vec<(u32, &'a Scope)>,
}

/// The hash of an atom, the number of its property, and the place of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatAtom {
    pub(super) hash: u64,
    pub(super) property: u32,
    pub(super) text: TextIx,
}

/// A clause: a range of atoms.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatClause {
    start: u32,
    end: u32,
    /// The number of the property of all atoms, or [`MIXED`].
    property: u32,
}

/// The property of a clause whose atoms differ in it.
const MIXED: u32 = u32::MAX;

/// A window by its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatWindow {
    pub(super) id: u32,
    /// The end of its clauses.
    end: u32,
    /// Whether its scope is exactly its clauses, but for `excluded`.
    pub(super) is_exact: bool,
    /// The only value that excludes.
    pub(super) excluded: Option<FlatTest>,
}

/// A test of the windows under a key beside those of the key: of the values of the attribute
/// that a property is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlatTest {
    pub(super) property: u32,
    pub(super) text: TextIx,
    pub(super) kind: TestKind,
}

/// The properties that windows name, by number.
#[derive(Debug, Default)]
pub(super) struct Properties<'a> {
    all: Vec<PropertyCount<'a>>,
    /// The numbers, by seed.
    by_seed: HashTable<u32>,
}

/// A property and how often windows name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PropertyCount<'a> {
    pub(super) kind: PropertyKind,
    /// The name of the attribute that it is about, if all names with its hash are this one.
    pub(super) name: Option<&'a str>,
    pub(super) seed: u64,
    /// Zero if it is only excluded.
    atoms: u64,
    pub(super) distinct: u64,
}

/// How much rarer a group must be than the attributes of queries to be a key. The groups
/// of a query are several look-ups in the topology, for every query, whatever it finds.
const GROUP_COST: u64 = 64;

impl PropertyCount<'_> {
    /// The average number of windows under an atom, in [`COST_UNIT`]s. More of a group, since
    /// a query looks its groups up in the topology. `None` if no window needs it.
    pub(super) fn cost(&self) -> Option<u32> {
        let average = self.atoms.saturating_mul(u64::from(COST_UNIT)) / self.distinct.max(1);
        let look_up = if self.kind == PropertyKind::Group { GROUP_COST } else { 1 };
        let cost = u32::try_from(average.saturating_mul(look_up)).unwrap_or(u32::MAX).max(1);
        (self.atoms > 0).then_some(cost)
    }
}

impl<'a> Properties<'a> {
    /// The number of a property; a new one if it is unknown. `name` is that of the attribute
    /// that it is about.
    fn number(&mut self, kind: PropertyKind, name: Option<&'a str>) -> u32 {
        let Self { all, by_seed } = self;
        let seed = kind.seed();
        if let Some(number) = by_seed.find(seed, |number| all[*number as usize].seed == seed) {
            let known = &mut all[*number as usize];
            let is_same = known
                .name
                .zip(name)
                .is_some_and(|(known, name)| is_same_label(known.as_bytes(), name.as_bytes()));
            known.name = known.name.filter(|_| is_same);
            return *number;
        }
        let number = all.len() as u32;
        all.push(PropertyCount { kind, name, seed, atoms: 0, distinct: 0 });
        by_seed.insert_unique(seed, number, |number| all[*number as usize].seed);
        number
    }

    /// The property with a number.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &PropertyCount<'a> {
        &self.all[number as usize]
    }

    /// The properties, by number.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, PropertyCount<'a>> {
        self.all.iter()
    }
}

impl FlatClause {
    /// The atoms of the clause.
    #[inline]
    pub(super) fn atoms<'b>(&self, all: &'b [FlatAtom]) -> &'b [FlatAtom] {
        &all[self.start as usize..self.end as usize]
    }

    pub(super) fn summary(&self) -> ClauseSummary<u32> {
        let property = Some(self.property).filter(|property| *property != MIXED);
        ClauseSummary { atoms: (self.end - self.start) as usize, property }
    }

    /// The sum of the costs of its atoms.
    fn cost(&self, atoms: &[FlatAtom], costs: &[u32]) -> u64 {
        let cost = |property: u32| u64::from(costs[property as usize]);
        match self.property {
            MIXED => {
                let each = self.atoms(atoms).iter().map(|atom| cost(atom.property));
                each.fold(0, u64::saturating_add)
            }
            property => u64::from(self.end - self.start).saturating_mul(cost(property)),
        }
    }
}

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
        if scope.has_choice_of_clauses() {
            return self.add_open(id, scope, is_possible);
        }
        let (mut all_possible, mut is_exact) = (true, true);
        let (mut excluded, mut exclusions) = (None, 0);
        scope.each_conjunct(&mut |conjunct| {
            is_exact &= conjunct.is_exactly_its_clause();
            let start = self.atoms.len();
            // After a clause that is not possible the others need no test.
            let mut any_possible = !all_possible;
            let has_clause = conjunct.each_atom(&mut |atom| {
                any_possible = any_possible || is_possible(&atom);
                let (kind, hash) = key_atom(&atom);
                let property = self.count(kind, hash, &atom);
                let text = self.texts.intern(atom.text, hash ^ kind.seed());
                self.atoms.push(FlatAtom { hash, property, text });
            });
            if has_clause {
                self.end_clause(start);
                all_possible &= any_possible;
            } else {
                conjunct.excluded_values(&mut |name, value| {
                    excluded = value.map(|value| (name, value));
                    exclusions += 1;
                });
            }
        });
        let excluded = excluded.filter(|_| exclusions == 1);
        let excluded = excluded.and_then(|(name, value)| self.excluded(name, value));
        // Of several exclusions, the slot of a key has no test.
        let is_exact = is_exact && exclusions == usize::from(excluded.is_some());
        let end = self.clauses.len() as u32;
        self.windows.push(FlatWindow { id, end, is_exact, excluded });
        all_possible
    }

    /// [`add`](Self::add) for a window whose clauses depend on costs: they are counted by a
    /// guess.
    fn add_open(
        &mut self,
        id: u32,
        scope: &'a Scope,
        is_possible: impl Fn(&Atom<'_>) -> bool,
    ) -> bool {
        self.open.push((id, scope));
        let clauses = scope.clauses(&|atom| atom.rank());
        for atom in clauses.iter().flatten() {
            let (kind, hash) = key_atom(atom);
            self.count(kind, hash, atom);
        }
        clauses.iter().all(|clause| clause.iter().any(&is_possible))
    }

    /// The test that a value excludes; `None` if its text is not kept.
    fn excluded(&mut self, name: &'a str, value: &'a str) -> Option<FlatTest> {
        let text = self.texts.intern(value, hash_label(value.as_bytes())).known()?;
        let kind = PropertyKind::Value(hash_label(name.as_bytes()));
        let property = self.properties.number(kind, Some(name));
        Some(FlatTest { property, text, kind: TestKind::Differs })
    }

    /// Ends a clause whose atoms begin at `start`.
    fn end_clause(&mut self, start: usize) {
        let atoms = &self.atoms[start..];
        let property = atoms.first().map(|first| first.property);
        let is_same = |property: &u32| atoms.iter().all(|atom| atom.property == *property);
        let property = property.filter(is_same).unwrap_or(MIXED);
        let (start, end) = (start as u32, self.atoms.len() as u32);
        self.clauses.push(FlatClause { start, end, property });
    }

    /// Whether no window was added.
    pub(in crate::index) fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.open.is_empty()
    }

    /// Counts an atom. Returns the number of its property.
    fn count(&mut self, kind: PropertyKind, hash: u64, atom: &Atom<'a>) -> u32 {
        let number = self.properties.number(kind, atom.attribute_name());
        let property = &mut self.properties.all[number as usize];
        property.atoms += 1;
        let word = (hash >> 6) as usize & (self.seen.len() - 1);
        let word = &mut self.seen[word];
        let bit = 1 << (hash % 64);
        property.distinct += u64::from(*word & bit == 0);
        *word |= bit;
        number
    }

    /// Adds the clauses of the windows that have a choice. Returns the cost of every property:
    /// what was counted, or a unit.
    pub(super) fn flatten_open(&mut self) -> Vec<u32> {
        let cost = |property: &PropertyCount<'_>| property.cost().unwrap_or(COST_UNIT);
        let mut costs: Vec<u32> = self.properties.iter().map(cost).collect();
        for (id, scope) in std::mem::take(&mut self.open) {
            let Properties { all, by_seed } = &self.properties;
            let cost = |atom: &Atom<'_>| {
                let seed = PropertyKind::of(atom).seed();
                let number = by_seed.find(seed, |number| all[*number as usize].seed == seed);
                number.and_then(|number| costs.get(*number as usize)).copied().unwrap_or(COST_UNIT)
            };
            let clauses = scope.clauses(&|atom| cost(atom).into());
            for clause in &clauses {
                let start = self.atoms.len();
                for atom in clause {
                    let (kind, hash) = key_atom(atom);
                    let property = self.properties.number(kind, atom.attribute_name());
                    self.atoms.push(FlatAtom { hash, property, text: TextIx::NONE });
                }
                self.end_clause(start);
            }
            let end = self.clauses.len() as u32;
            self.windows.push(FlatWindow { id, end, is_exact: false, excluded: None });
        }
        costs.resize(self.properties.all.len(), COST_UNIT);
        costs
    }

    /// Puts the clauses of each window in the order of their costs.
    pub(super) fn order_clauses(&mut self, costs: &[u32]) {
        let mut start = 0;
        for window in &self.windows {
            let end = window.end as usize;
            self.clauses[start..end].sort_by_key(|clause| clause.cost(&self.atoms, costs));
            start = end;
        }
    }

    /// The windows with their clauses.
    pub(super) fn each_window(&self) -> impl Iterator<Item = (&FlatWindow, &[FlatClause])> {
        let mut start = 0;
        self.windows.iter().map(move |window| {
            let end = window.end as usize;
            let clauses = &self.clauses[start..end];
            start = end;
            (window, clauses)
        })
    }
}
