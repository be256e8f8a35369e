//! Residual windows: a few windows under no key, with a bitmap for each value that their
//! scopes test.
//!
//! Windows without a necessary clause, and windows of which few share the property of their
//! key, would cost every query a look-up each. The first [`MAX_WINDOWS`] of them have a bit
//! instead:
//!
//! ```text
//! active    a bit for each window that may be active (`active_bits`)
//! team      "db"   -> the windows that a subject with team "db" may pass
//!           "web"  -> ..
//!           other  -> the windows that a subject with another team may pass; some of them
//!                     need a prefix
//!           absent -> the windows that a subject without a team may pass
//! severity  ..
//! ```
//!
//! A query starts with the active windows, intersects the bitmaps of the values of its
//! subject, beginning with the name that is expected to leave the fewest windows, and
//! evaluates the windows that remain: usually none after a few names.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::Block;
use crate::index::hash::{FastMap, FastSet, hash_label, is_same_label};
use crate::index::intern::ZoneInterner;
use crate::index::keys::active_bits::{ActiveBits, NearBits};
use crate::index::keys::atoms::{FieldState, NodeAtoms};
use crate::index::keys::plan::{Plan, RESIDUAL_FIELDS};
use crate::index::windows::WindowTable;
use crate::registry::WindowSeq;
use crate::scope::{Atom, Clauses, Property, Scope, Subject, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// The number of windows that have a bit.
pub(super) const MAX_WINDOWS: usize = 64;

/// The residual windows of a build.
#[derive(Clone, Debug, Default)]
pub(super) struct Residual {
    /// In registry order; the index is the bit.
    windows: Box<[ResidualWindow]>,
    active: ActiveBits,
    /// The one that leaves the fewest windows first.
    names: Box<[NameBits]>,
}

/// A residual window, and its block.
#[derive(Clone, Debug)]
struct ResidualWindow {
    position: WindowSeq,
    id: u32,
    block: Block,
}

/// The bitmaps of the values of one name.
#[derive(Clone, Debug)]
struct NameBits {
    name: Box<str>,
    /// The field of its values.
    field: u8,
    /// Whether the atoms of a query have the hash of its value.
    is_hashed: bool,
    values: ValueTable,
    /// Of all other values.
    other: u64,
    /// Of a subject without the name.
    absent: u64,
    /// The windows that need a prefix, unless the value is one of `values`.
    prefixed: u64,
    /// Each prefix with the windows that it suffices for.
    prefixes: Box<[(Box<str>, u64)]>,
}

/// The values of one name by hash: open addressing. The number of places is a power of two,
/// and at least twice the number of values.
#[derive(Clone, Debug)]
struct ValueTable(Box<[ValueBits]>);

/// What is known of a value; the default of a free place.
#[derive(Clone, Debug, Default)]
struct ValueBits {
    /// The [place hash](place_hash) of the value; 0 of a free place.
    hash: u64,
    /// A bit for each window that a subject with the value may pass.
    windows: u64,
    value: Box<str>,
}

/// The hash of a value in the table; never 0.
#[inline(always)]
fn place_hash(hash: u64) -> u64 {
    hash | 1
}

/// What the clauses of a scope say about one name.
#[derive(Default)]
struct NameTests<'a> {
    /// The values and prefixes of which one is needed, if any is.
    needed: Option<Needed<'a>>,
    excluded: SmallVec<[&'a str; 4]>,
    /// Whether any value excludes.
    excludes_any: bool,
}

/// Values and prefixes of which one is needed.
#[derive(Default)]
struct Needed<'a> {
    values: SmallVec<[&'a str; 4]>,
    prefixes: SmallVec<[&'a str; 2]>,
    /// Any value will do.
    any: bool,
}

impl<'a> Needed<'a> {
    /// What a clause needs, if it is about the attributes with one name.
    fn of(clause: &[Atom<'a>]) -> Option<(&'a str, Self)> {
        let name = clause.first()?.attribute_name()?;
        let mut needed = Self::default();
        for atom in clause {
            if atom.attribute_name() != Some(name) {
                return None;
            }
            match atom.property {
                Property::Value(_) => needed.values.push(atom.text),
                Property::Prefix(_) => needed.prefixes.push(atom.text),
                _ => needed.any = true,
            }
        }
        Some((name, needed))
    }

    fn accepts(&self, value: &str) -> bool {
        let begins = || self.prefixes.iter().any(|prefix| value.starts_with(prefix));
        self.any || self.values.contains(&value) || begins()
    }
}

impl NameTests<'_> {
    fn passes(&self, value: &str) -> bool {
        let is_needed = self.needed.as_ref().is_none_or(|needed| needed.accepts(value));
        is_needed && !self.excludes_any && !self.excluded.contains(&value)
    }

    /// Whether values that no test names may pass.
    fn passes_others(&self) -> bool {
        let needs_value = |needed: &Needed<'_>| !needed.any && needed.prefixes.is_empty();
        !self.excludes_any && !self.needed.as_ref().is_some_and(needs_value)
    }

    /// The prefixes of which other values need one; empty if they need none.
    fn prefixes(&self) -> &[&str] {
        let needed = self.needed.as_ref().filter(|needed| !needed.any);
        needed.map_or(&[], |needed| &needed.prefixes)
    }
}

/// The tests of a scope by name. `clauses` are those of the scope.
fn tests_by_name<'a>(
    scope: &'a Scope,
    clauses: &Clauses<'a>,
    topology: &Topology,
) -> FastMap<&'a str, NameTests<'a>> {
    let mut by_name: FastMap<&str, NameTests<'_>> = FastMap::default();
    for (name, needed) in clauses.iter().filter_map(|clause| Needed::of(clause)) {
        // The topology may have the value that the query lacks.
        if topology.attribute_name(name).is_none() {
            by_name.entry(name).or_default().needed = Some(needed);
        }
    }
    scope.excluded_values(&mut |name, value| {
        let tests = by_name.entry(name).or_default();
        match value {
            Some(value) => tests.excluded.push(value),
            None => tests.excludes_any = true,
        }
    });
    by_name
}

impl Residual {
    /// The residual windows with these ids, ascending.
    pub(super) fn of(
        ids: &[u32],
        windows: &WindowTable,
        zones: &mut ZoneInterner<'_>,
        topology: &Topology,
    ) -> Self {
        let lookup = windows.lookup();
        let compiled = ids.iter().map(|id| {
            let input = lookup.build_input(*id, AlertTypeFilter::any());
            let block = Block::compile([input], zones);
            ResidualWindow { position: lookup.position(*id), id: *id, block }
        });
        let compiled = compiled.collect();
        let tests: Vec<_> = ids
            .iter()
            .map(|id| {
                let scope = lookup.get(*id).scope();
                tests_by_name(scope, &scope.clauses(&|_| 1), topology)
            })
            .collect();
        let names = ordered_names(&tests).into_iter().map(|name| NameBits::of(name, &tests));
        let active = ActiveBits::of(ids.iter().map(|id| &**lookup.get(*id)));
        Self { windows: compiled, active, names: names.collect() }
    }

    /// Tells the fields of the names. A name without a field, or whose field is that of
    /// another name, too, rules out nothing.
    pub(super) fn set_fields(&mut self, plan: &Plan) {
        let mut names = std::mem::take(&mut self.names).into_vec();
        names.retain_mut(|bits| {
            let Some((field, is_hashed)) = plan.exact_field(&bits.name) else { return false };
            (bits.field, bits.is_hashed) = (field, is_hashed);
            true
        });
        self.names = names.into();
    }

    /// The names of the bitmaps.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|bits| &*bits.name)
    }

    /// A bit for each window.
    pub(super) fn all(&self) -> u64 {
        let none = MAX_WINDOWS - self.windows.len();
        u64::MAX.checked_shr(none as u32).unwrap_or(0)
    }

    /// The bit of the window at a position.
    pub(super) fn bit_of(&self, position: WindowSeq) -> Option<u64> {
        let at = self.windows.binary_search_by_key(&position, |window| window.position);
        at.ok().map(|bit| 1 << bit)
    }

    /// The windows that are active near `now`.
    pub(super) fn near(
        &self,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) -> NearBits {
        NearBits::of(self.windows.iter().map(|window| window.block.near_span(windows, zones, now)))
    }

    /// A bit for each window of `windows` that a subject with these atoms may pass.
    #[inline]
    pub(super) fn passing(
        &self,
        mut windows: u64,
        subject: &Subject<'_>,
        atoms: &NodeAtoms,
    ) -> u64 {
        for bits in &self.names {
            if windows == 0 {
                break;
            }
            match atoms.attribute(bits.field) {
                FieldState::Absent => windows &= bits.absent,
                FieldState::Unknown => {}
                FieldState::Attribute(index) => {
                    let (_, value) = subject.attributes()[index];
                    let hash = match bits.is_hashed {
                        true => atoms.hash(bits.field),
                        false => hash_label(value.as_bytes()),
                    };
                    windows = bits.passing(windows, value, hash);
                }
            }
        }
        windows
    }

    /// The windows of a bitmap, with their positions.
    pub(super) fn windows<'r>(
        &'r self,
        bits: u64,
        table: &'r WindowTable,
    ) -> impl Iterator<Item = (WindowSeq, &'r Window)> + use<'r> {
        let mut left = bits;
        std::iter::from_fn(move || {
            let window = self.windows.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some((window.position, &**table.lookup().get(window.id)))
        })
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let windows: usize = self.windows.iter().map(|window| window.block.heap_bytes()).sum();
        let of_name = |bits: &NameBits| {
            let values: usize = bits.values.0.iter().map(|known| known.value.len()).sum();
            let prefixes: usize = bits.prefixes.iter().map(|(text, _)| text.len()).sum();
            let prefixes = prefixes + size_of_val(&*bits.prefixes);
            bits.name.len() + values + size_of_val(&*bits.values.0) + prefixes
        };
        let names: usize = self.names.iter().map(of_name).sum();
        let active = self.active.heap_bytes();
        windows + active + size_of_val(&*self.windows) + names + size_of_val(&*self.names)
    }
}

/// The names that the tests are about, each followed by the one that is expected to rule out
/// most windows then, as if all values were equally frequent.
fn ordered_names<'a>(tests: &[FastMap<&'a str, NameTests<'a>>]) -> Vec<&'a str> {
    let mut values: FastMap<&str, FastSet<&str>> = FastMap::default();
    for (name, tests) in tests.iter().flatten() {
        let needed = tests.needed.iter().flat_map(|it| it.values.iter().chain(&it.prefixes));
        values.entry(name).or_default().extend(needed.chain(&tests.excluded));
    }
    // For each name the share of the subjects that a window loses by it.
    let mut lost: Vec<(&str, Vec<(usize, u64)>)> = Vec::new();
    for (name, values) in &values {
        let all = values.len() as u64 + 1;
        let each = tests.iter().enumerate().filter_map(|(window, tests)| {
            let tests = tests.get(name)?;
            let passing = match &tests.needed {
                _ if tests.excludes_any => 0,
                Some(needed) if !needed.any => needed.values.len() + needed.prefixes.len(),
                _ => (values.len() + 1).saturating_sub(tests.excluded.len()),
            };
            Some((window, WHOLE - (passing as u64).min(all) * WHOLE / all))
        });
        lost.push((name, each.collect()));
    }
    lost.sort_unstable_by_key(|(name, _)| *name);
    // The share of the subjects that each window is left for.
    let mut left = vec![WHOLE; tests.len()];
    let mut ordered = Vec::new();
    while ordered.len() < RESIDUAL_FIELDS && !lost.is_empty() {
        let ruled_out = |(_, lost): &(&str, Vec<(usize, u64)>)| -> u64 {
            lost.iter().map(|(window, lost)| left[*window] * lost / WHOLE).sum()
        };
        let best = (0..lost.len()).rev().max_by_key(|at| ruled_out(&lost[*at]));
        let (name, lost) = lost.remove(best.expect("it is not empty"));
        lost.iter().for_each(|(window, lost)| left[*window] -= left[*window] * lost / WHOLE);
        ordered.push(name);
    }
    ordered
}

/// A share of one.
const WHOLE: u64 = 1 << 20;

impl NameBits {
    /// The bitmaps of a name; `tests` are those of each window.
    fn of<'a>(name: &str, tests: &[FastMap<&'a str, NameTests<'a>>]) -> Self {
        let of_name: Vec<Option<&NameTests<'_>>> =
            tests.iter().map(|tests| tests.get(name)).collect();
        let bits = |passes: &dyn Fn(&NameTests<'_>) -> bool| {
            let each = of_name.iter().enumerate();
            let each = each.map(|(bit, tests)| u64::from(tests.is_none_or(passes)) << bit);
            each.fold(0, |all, bit| all | bit)
        };
        let named = of_name.iter().flatten().flat_map(|tests| {
            let needed = tests.needed.iter().flat_map(|needed| &needed.values);
            needed.chain(&tests.excluded).copied()
        });
        let named: FastSet<&str> = named.collect();
        let values = ValueTable::of(&named, |value| bits(&|tests| tests.passes(value)));
        let mut prefixes: Vec<(Box<str>, u64)> = Vec::new();
        for (bit, tests) in of_name.iter().enumerate() {
            for text in tests.iter().flat_map(|tests| tests.prefixes()) {
                match prefixes.iter_mut().find(|(known, _)| **known == **text) {
                    Some((_, windows)) => *windows |= 1 << bit,
                    None => prefixes.push((Box::from(*text), 1 << bit)),
                }
            }
        }
        Self {
            name: name.into(),
            field: 0,
            is_hashed: false,
            values,
            other: bits(&|tests| tests.passes_others()),
            absent: bits(&|tests| tests.needed.is_none()),
            prefixed: prefixes.iter().fold(0, |all, (_, windows)| all | windows),
            prefixes: prefixes.into(),
        }
    }

    /// The bits of `windows` that a subject with a value, whose hash is given, may pass.
    #[inline]
    fn passing(&self, mut windows: u64, value: &str, hash: u64) -> u64 {
        if let Some(known) = self.values.get(value, hash) {
            return windows & known;
        }
        windows &= self.other;
        if windows & self.prefixed != 0 { self.with_prefix(windows, value) } else { windows }
    }

    /// Those of `windows` that need no prefix, or one that the value has.
    fn with_prefix(&self, windows: u64, value: &str) -> u64 {
        let needed = windows & self.prefixed;
        let mut found = 0;
        for (prefix, suffices) in &self.prefixes {
            if needed & suffices != 0 && value.as_bytes().starts_with(prefix.as_bytes()) {
                found |= suffices;
            }
        }
        windows & (!needed | found)
    }
}

impl ValueTable {
    /// The table of distinct values.
    fn of(values: &FastSet<&str>, windows: impl Fn(&str) -> u64) -> Self {
        let len = (2 * values.len()).next_power_of_two();
        let mut places = vec![ValueBits::default(); len];
        for value in values {
            let hash = place_hash(hash_label(value.as_bytes()));
            let mut at = (hash >> 32) as usize & (len - 1);
            while places[at].hash != 0 {
                at = (at + 1) & (len - 1);
            }
            places[at] = ValueBits { hash, windows: windows(value), value: Box::from(*value) };
        }
        Self(places.into())
    }

    /// The bits of a value whose hash is given.
    #[inline(always)]
    fn get(&self, value: &str, hash: u64) -> Option<u64> {
        let hash = place_hash(hash);
        let mut at = (hash >> 32) as usize;
        loop {
            let known = &self.0[at & (self.0.len() - 1)];
            if known.hash == hash && is_same_label(known.value.as_bytes(), value.as_bytes()) {
                return Some(known.windows);
            }
            // A value without a test ends at a free place: there is one.
            if known.hash == 0 {
                return None;
            }
            at += 1;
        }
    }
}

/// The residual windows that are left, and which of them are active near `now`.
#[derive(Clone, Debug)]
pub(super) struct ResidualState {
    pub(super) residual: Arc<Residual>,
    /// A bit for each window that no update has removed.
    pub(super) left: u64,
    pub(super) near: NearBits,
}

impl ResidualState {
    /// A superset of the windows that are left and active at `at`.
    #[inline]
    pub(super) fn active_at(&self, at: Timestamp) -> u64 {
        self.left & self.near.active_at(at.as_millis(), &self.residual.active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::test_util::{at, once, window};
    use crate::scope::Matcher;

    fn residual(scopes: &[Scope], topology: &Topology) -> (Residual, WindowTable) {
        let windows: Vec<_> = scopes
            .iter()
            .enumerate()
            .map(|(n, scope)| window(&n.to_string(), once(0, 10 * (n as i64 + 1)), scope.clone()))
            .collect();
        let table = WindowTable::of(&windows);
        let ids: Vec<u32> = (0..scopes.len() as u32).collect();
        (Residual::of(&ids, &table, &mut ZoneInterner::default(), topology), table)
    }

    fn passing(residual: &mut Residual, labels: &[(&str, &str)]) -> u64 {
        let mut plan = Plan::default();
        plan.set_names([].into_iter(), residual.names(), [].into_iter());
        residual.set_fields(&plan);
        let mut atoms = NodeAtoms::new();
        for (index, (name, value)) in labels.iter().enumerate() {
            if let Some(of_name) = plan.name(name) {
                let hash = hash_label(value.as_bytes());
                match of_name.value.mask & !atoms.known {
                    0 => atoms.add_unusual(&of_name.value, hash),
                    _ => atoms.add_attribute(&of_name.value, hash, index as u8),
                }
            }
        }
        residual.passing(residual.all(), &Subject::labels(labels), &atoms)
    }

    fn scopes() -> [Scope; 5] {
        let one_of = |name: &str, values: &[&str]| {
            Scope::attribute(Matcher::one_of(name, values.iter().copied()))
        };
        [
            !one_of("a", &["1", "2"]),
            Scope::all([!one_of("a", &["2"]), !one_of("b", &["1"])]),
            Scope::everything(),
            Scope::all([one_of("a", &["1", "3"]), Matcher::starts_with("b", "x").into()]),
            Scope::all([!Scope::attribute(Matcher::present("b")), one_of("a", &["3"])]),
        ]
    }

    #[test]
    fn passing_is_what_no_value_rules_out() {
        let (mut residual, _) = residual(&scopes(), &Topology::default());
        assert_eq!(passing(&mut residual, &[]), 0b00111);
        assert_eq!(passing(&mut residual, &[("a", "1")]), 0b00110);
        assert_eq!(passing(&mut residual, &[("a", "1"), ("b", "xy")]), 0b01110);
        assert_eq!(passing(&mut residual, &[("a", "2")]), 0b00100);
        assert_eq!(passing(&mut residual, &[("a", "3")]), 0b10111);
        assert_eq!(passing(&mut residual, &[("b", "1"), ("a", "3")]), 0b00101);
        assert_eq!(passing(&mut residual, &[("c", "1")]), 0b00111);
        // Several values of one name rule out nothing.
        assert_eq!(passing(&mut residual, &[("a", "2"), ("a", "1"), ("b", "x")]), 0b01111);
        assert_eq!(residual.bit_of(2), Some(0b100));
        assert_eq!(residual.bit_of(5), None);
    }

    #[test]
    fn passing_needed_value_may_be_in_topology() {
        let topology = Topology::builder().add_attribute("x", "a", "1").build().unwrap();
        let (mut residual, _) = residual(&scopes(), &topology);
        assert_eq!(passing(&mut residual, &[]), 0b10111);
        assert_eq!(passing(&mut residual, &[("a", "2"), ("b", "x")]), 0b01100);
    }

    #[test]
    fn active_at_is_of_windows_that_are_left() {
        let (residual, table) = residual(&scopes(), &Topology::default());
        let near = residual.near(&table, &[], Some(at(15)));
        let left = residual.all() & !0b100;
        let state = ResidualState { residual: Arc::new(residual), left, near };
        assert_eq!([15, 9, 49, 50].map(|t| state.active_at(at(t))), [0b11010, 0b11011, 0b10000, 0]);
        let ids = state.residual.windows(0b1010, &table);
        assert_eq!(ids.map(|(position, _)| position).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn all_bits_of_64_windows() {
        let (residual, _) = residual(&vec![Scope::everything(); 64], &Topology::default());
        assert_eq!(residual.all(), u64::MAX);
        assert_eq!(Residual::default().all(), 0);
    }
}
