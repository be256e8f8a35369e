//! Exclusions: which windows without a key a value of an attribute excludes.
//!
//! A window without a key is a candidate for every subject. Its scope consists of `not`s, so
//! that most subjects have a value that it excludes. For the first [`MAX_WINDOWS`] of these
//! windows, each such value has a bitmap of the windows that it excludes. A query starts with
//! all bits, and clears those of the values of its subject, beginning with the name that
//! excludes most; usually no bit is left after one or two values.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::index::hash::{self, hash_label};
use crate::scope::{Scope, Subject};

/// The number of windows that have a bit.
pub(super) const MAX_WINDOWS: usize = 64;

/// The values that exclude windows.
#[derive(Clone, Debug, Default)]
pub(super) struct Exclusions {
    /// A bit for each window.
    all: u64,
    /// The names of the attributes, the one that excludes most first.
    names: Box<[Box<str>]>,
    values: HashTable<ExcludedBy>,
}

/// A value, and a bit for each window that it excludes.
#[derive(Clone, Debug)]
struct ExcludedBy {
    /// The index of its name.
    name: u32,
    value: Box<str>,
    windows: u64,
}

/// The hash of a value of the attribute with the name at an index.
#[inline]
fn value_hash(name: u32, value: &str) -> u64 {
    hash::pair(u64::from(name), hash_label(value.as_bytes()))
}

impl Exclusions {
    /// The exclusions of windows with these scopes, as far as they have a bit.
    pub(super) fn of<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Self {
        let mut found: Vec<(&str, &str, u64)> = Vec::new();
        let mut count = 0;
        for (bit, scope) in scopes.take(MAX_WINDOWS).enumerate() {
            scope.excluded_values(&mut |name, value| found.push((name, value, 1 << bit)));
            count = bit + 1;
        }
        let mut by_name: Vec<(&str, usize)> = Vec::new();
        for (name, ..) in &found {
            match by_name.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => by_name.push((*name, 1)),
            }
        }
        by_name.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut values: HashTable<ExcludedBy> = HashTable::new();
        for (name, value, window) in found {
            let at = by_name.iter().position(|(known, _)| *known == name);
            let name = at.expect("every name was counted") as u32;
            let hash_of = |known: &ExcludedBy| value_hash(known.name, &known.value);
            let is = |known: &ExcludedBy| known.name == name && *known.value == *value;
            match values.entry(value_hash(name, value), is, hash_of) {
                Entry::Occupied(mut known) => known.get_mut().windows |= window,
                Entry::Vacant(free) => {
                    free.insert(ExcludedBy { name, value: value.into(), windows: window });
                }
            }
        }
        let all = u64::MAX.checked_shr((MAX_WINDOWS - count) as u32).unwrap_or(0);
        let names = by_name.into_iter().map(|(name, _)| name.into()).collect();
        Self { all, names, values }
    }

    /// A bit for each window that no attribute of the query excludes.
    pub(super) fn remaining(&self, subject: &Subject<'_>) -> u64 {
        let mut remaining = self.all;
        for (name, number) in self.names.iter().zip(0..) {
            if remaining == 0 {
                break;
            }
            for (_, value) in subject.attributes().iter().filter(|(known, _)| *known == &**name) {
                let is = |known: &ExcludedBy| known.name == number && *known.value == **value;
                let found = self.values.find(value_hash(number, value), is);
                remaining &= !found.map_or(0, |known| known.windows);
            }
        }
        remaining
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + size_of::<Box<str>>()).sum();
        let values: usize = self.values.iter().map(|known| known.value.len()).sum();
        names + values + self.values.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Matcher;

    #[test]
    fn remaining_is_what_no_value_excludes() {
        let not = |name: &str, values: &[&str]| {
            !Scope::attribute(Matcher::one_of(name, values.iter().copied()))
        };
        let scopes = [
            not("a", &["1", "2"]),
            Scope::all([not("a", &["2"]), not("b", &["1"])]),
            Scope::everything(),
        ];
        let exclusions = Exclusions::of(scopes.iter());
        let remaining = |labels: &[(&str, &str)]| exclusions.remaining(&Subject::labels(labels));
        assert_eq!(remaining(&[]), 0b111);
        assert_eq!(remaining(&[("a", "1")]), 0b110);
        assert_eq!(remaining(&[("a", "2")]), 0b100);
        assert_eq!(remaining(&[("b", "1"), ("a", "3")]), 0b101);
        assert_eq!(remaining(&[("b", "2"), ("b", "1"), ("a", "1")]), 0b100);
        assert_eq!(remaining(&[("c", "1")]), 0b111);
        assert_eq!(Exclusions::of([].iter()).remaining(&Subject::labels(&[])), 0);
        let many = vec![Scope::everything(); MAX_WINDOWS + 1];
        assert_eq!(Exclusions::of(many.iter()).remaining(&Subject::labels(&[])), u64::MAX);
    }
}
