//! Residual windows: a few windows under no key, with a bitmap for each value that their
//! scopes test.
//!
//! Windows without a necessary clause, and windows of which few share the property of their
//! key, would cost every query a look-up each. The first [`MAX_WINDOWS`] of them have a bit
//! instead:
//!
//! ```text
//! active    a bit for each window that is active near `now`
//! team      "db"   -> the windows that a subject with team "db" may pass
//!           "web"  -> ..
//!           other  -> the windows that a subject with another team may pass; some of them
//!                     need a prefix
//!           absent -> the windows that a subject without a team may pass
//! severity  ..
//! ```
//!
//! A query starts with the active windows, intersects the bitmaps of the values of its
//! subject, beginning with the name that has most values, and evaluates the windows that
//! remain: usually none after one or two names.

use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::Block;
use crate::index::hash::{FastMap, hash_label};
use crate::index::intern::ZoneInterner;
use crate::index::near::AnswerSpan;
use crate::index::windows::WindowTable;
use crate::registry::WindowSeq;
use crate::scope::{Atom, Clauses, Property, Scope, Subject, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// The number of windows that have a bit.
pub(super) const MAX_WINDOWS: usize = 64;
/// The number of names that have bitmaps: those with most values.
pub(super) const MAX_NAMES: usize = 16;

/// The residual windows of a build.
#[derive(Clone, Debug, Default)]
pub(super) struct Residual {
    /// In registry order; the index is the bit.
    windows: Box<[ResidualWindow]>,
    /// The one with most values first.
    names: Box<[NameBits]>,
}

/// A residual window, and its block.
#[derive(Clone, Debug)]
struct ResidualWindow {
    position: WindowSeq,
    id: u32,
    block: Block,
}

/// The windows that are active near `now`, and for how long that holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct NearBits {
    active: u64,
    from: i64,
    until: i64,
}

/// The bitmaps of the values of one name.
#[derive(Clone, Debug)]
struct NameBits {
    name: Box<str>,
    values: HashTable<ValueBits>,
    /// Of all other values.
    other: u64,
    /// Of a subject without the name.
    absent: u64,
    /// The windows that need a prefix, unless the value is one of `values`: a bit, and the
    /// prefixes.
    prefixed: Box<[(u64, Prefixes)]>,
}

/// The prefixes of which a window needs one.
type Prefixes = Box<[Box<str>]>;

/// A value, and a bit for each window that a subject with it may pass.
#[derive(Clone, Debug)]
struct ValueBits {
    value: Box<str>,
    windows: u64,
}

/// The attributes of a subject that have a name of the bitmaps.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedAttributes {
    /// The index of the attribute with the name at an index.
    index: [u16; MAX_NAMES],
    /// A bit for each name that the subject has.
    known: u16,
    /// A bit for each name of which the subject has several values.
    several: u16,
}

impl NamedAttributes {
    pub(super) const NONE: Self = Self { index: [0; MAX_NAMES], known: 0, several: 0 };

    /// Adds an attribute by its index, with the number of its name.
    #[inline]
    pub(super) fn add(&mut self, name: u8, index: usize) {
        let bit = 1 << name;
        self.several |= self.known & bit;
        self.known |= bit;
        self.index[usize::from(name)] = index as u16;
        if index > usize::from(u16::MAX) {
            self.several |= bit;
        }
    }
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
        let name_of = |atom: &Atom<'a>| match atom.property {
            Property::Value(name) | Property::Prefix(name) | Property::Present(name) => Some(name),
            _ => None,
        };
        let name = name_of(clause.first()?)?;
        let mut needed = Self::default();
        for atom in clause {
            if name_of(atom) != Some(name) {
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
        let mut values_of: FastMap<&str, usize> = FastMap::default();
        for (name, tests) in tests.iter().flatten() {
            let is_strict = !tests.passes_others() || !tests.prefixes().is_empty();
            let weight = if is_strict { STRICT_WEIGHT } else { 0 };
            *values_of.entry(name).or_default() += weight + tests.excluded.len();
        }
        let mut names: Vec<_> = values_of.into_iter().collect();
        names.sort_unstable_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        names.truncate(MAX_NAMES);
        let names = names.iter().map(|(name, _)| NameBits::of(name, &tests)).collect();
        Self { windows: compiled, names }
    }

    /// The names of the bitmaps, by their numbers.
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
        let mut near = NearBits { active: 0, from: i64::MIN, until: i64::MAX };
        for (bit, window) in self.windows.iter().enumerate() {
            let AnswerSpan { from, until, silenced } = window.block.near_span(windows, zones, now);
            near.active |= u64::from(silenced) << bit;
            (near.from, near.until) = (near.from.max(from), near.until.min(until));
        }
        near
    }

    /// A bit for each window of `windows` that a subject with these attributes may pass.
    #[inline]
    pub(super) fn passing(
        &self,
        mut windows: u64,
        subject: &Subject<'_>,
        attributes: &NamedAttributes,
    ) -> u64 {
        for (bits, number) in self.names.iter().zip(0..) {
            if windows == 0 {
                break;
            }
            let is_known = attributes.known >> number & 1 != 0;
            if !is_known {
                windows &= bits.absent;
            } else if attributes.several >> number & 1 == 0 {
                let (name, value) = subject.attributes()[usize::from(attributes.index[number])];
                // Another name may have the same hash.
                if *name == *bits.name {
                    windows = bits.passing(windows, value);
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
            let values: usize = bits.values.iter().map(|known| known.value.len()).sum();
            let prefixes = bits.prefixed.iter().flat_map(|(_, prefixes)| prefixes);
            let prefixes: usize = prefixes.map(|text| text.len() + size_of::<Box<str>>()).sum();
            let prefixes = prefixes + size_of_val(&*bits.prefixed);
            bits.name.len() + values + bits.values.allocation_size() + prefixes
        };
        let names: usize = self.names.iter().map(of_name).sum();
        windows + size_of_val(&*self.windows) + names + size_of_val(&*self.names)
    }
}

/// A test that most values fail rules out as much as this many excluded values.
const STRICT_WEIGHT: usize = 16;

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
        let mut values: HashTable<ValueBits> = HashTable::new();
        let named = of_name.iter().flatten().flat_map(|tests| {
            let needed = tests.needed.iter().flat_map(|needed| &needed.values);
            needed.chain(&tests.excluded).copied()
        });
        for value in named {
            let hash_of = |known: &ValueBits| hash_label(known.value.as_bytes());
            let is = |known: &ValueBits| *known.value == *value;
            if let Entry::Vacant(free) = values.entry(hash_label(value.as_bytes()), is, hash_of) {
                let windows = bits(&|tests| tests.passes(value));
                free.insert(ValueBits { value: value.into(), windows });
            }
        }
        let prefixed = of_name.iter().enumerate().filter_map(|(bit, tests)| {
            let prefixes = tests.as_ref()?.prefixes();
            let prefixes: Prefixes = prefixes.iter().map(|text| Box::from(*text)).collect();
            (!prefixes.is_empty()).then_some((1 << bit, prefixes))
        });
        Self {
            name: name.into(),
            values,
            other: bits(&|tests| tests.passes_others()),
            absent: bits(&|tests| tests.needed.is_none()),
            prefixed: prefixed.collect(),
        }
    }

    /// The bits of `windows` that a subject with a value may pass.
    #[inline]
    fn passing(&self, mut windows: u64, value: &str) -> u64 {
        let is = |known: &ValueBits| *known.value == *value;
        if let Some(known) = self.values.find(hash_label(value.as_bytes()), is) {
            return windows & known.windows;
        }
        windows &= self.other;
        for (bit, prefixes) in &self.prefixed {
            if windows & bit != 0 && !prefixes.iter().any(|prefix| value.starts_with(&**prefix)) {
                windows &= !bit;
            }
        }
        windows
    }
}

impl NearBits {
    /// A superset of the windows of `all` that are active at `t`.
    #[inline]
    pub(super) fn active_at(&self, t: i64, all: u64) -> u64 {
        if self.from <= t && t < self.until { all & self.active } else { all }
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

    fn passing(residual: &Residual, labels: &[(&str, &str)]) -> u64 {
        let mut attributes = NamedAttributes::NONE;
        for (index, (name, _)) in labels.iter().enumerate() {
            if let Some(number) = residual.names().position(|known| known == *name) {
                attributes.add(number as u8, index);
            }
        }
        residual.passing(residual.all(), &Subject::labels(labels), &attributes)
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
        let (residual, _) = residual(&scopes(), &Topology::default());
        assert_eq!(passing(&residual, &[]), 0b00111);
        assert_eq!(passing(&residual, &[("a", "1")]), 0b00110);
        assert_eq!(passing(&residual, &[("a", "1"), ("b", "xy")]), 0b01110);
        assert_eq!(passing(&residual, &[("a", "2")]), 0b00100);
        assert_eq!(passing(&residual, &[("a", "3")]), 0b10111);
        assert_eq!(passing(&residual, &[("b", "1"), ("a", "3")]), 0b00101);
        assert_eq!(passing(&residual, &[("c", "1")]), 0b00111);
        // Several values of one name rule out nothing.
        assert_eq!(passing(&residual, &[("a", "2"), ("a", "1"), ("b", "x")]), 0b01111);
        assert_eq!(residual.bit_of(2), Some(0b100));
        assert_eq!(residual.bit_of(5), None);
    }

    #[test]
    fn passing_needed_value_may_be_in_topology() {
        let topology = Topology::builder().add_attribute("x", "a", "1").build().unwrap();
        let (residual, _) = residual(&scopes(), &topology);
        assert_eq!(passing(&residual, &[]), 0b10111);
        assert_eq!(passing(&residual, &[("a", "2"), ("b", "x")]), 0b01100);
    }

    #[test]
    fn near_bits_hold_in_common_span() {
        let (residual, table) = residual(&scopes(), &Topology::default());
        let near = residual.near(&table, &[], Some(at(15)));
        assert_eq!([15, 19].map(|t| near.active_at(t, residual.all())), [0b11110; 2]);
        assert_eq!([9, 20].map(|t| near.active_at(t, residual.all())), [0b11111; 2]);
        let ids: Vec<_> = residual.windows(0b1010, &table).map(|(position, _)| position).collect();
        assert_eq!(ids, [1, 3]);
    }

    #[test]
    fn all_bits_of_64_windows() {
        let (residual, _) = residual(&vec![Scope::everything(); 64], &Topology::default());
        assert_eq!(residual.all(), u64::MAX);
        assert_eq!(Residual::default().all(), 0);
    }
}
