//! A sorted row of numbers, with the changes since it was built.

use crate::trie::Trie;

/// Numbers that were added to a row, or removed from it. Cloning copies a pointer.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowChanges {
    /// Whether a number was added.
    changes: Trie<bool>,
    added: usize,
}

impl RowChanges {
    /// Adds or removes a number. `base` is the row as it was built.
    pub(crate) fn set(&mut self, base: &[u32], number: u32, is_in: bool) {
        let was_in = base.binary_search(&number).is_ok();
        let key = u64::from(number);
        let before = if was_in == is_in {
            self.changes.remove(key)
        } else {
            self.changes.insert(key, is_in)
        };
        self.added -= usize::from(before == Some(true));
        self.added += usize::from(is_in && !was_in);
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.changes.heap_bytes(|_| 0)
    }
}

/// A row with its changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    base: &'a [u32],
    changes: Option<&'a RowChanges>,
}

impl<'a> Row<'a> {
    /// `base` is ascending.
    pub(crate) fn new(base: &'a [u32], changes: Option<&'a RowChanges>) -> Self {
        Self { base, changes: changes.filter(|row| !row.changes.is_empty()) }
    }

    pub(crate) fn len(self) -> usize {
        self.changes.map_or(self.base.len(), |row| {
            let removed = row.changes.len() - row.added;
            self.base.len() + row.added - removed
        })
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The numbers, each once. Ascending, except that added numbers come last.
    pub(crate) fn iter(self) -> impl Iterator<Item = u32> + use<'a> {
        let changes = self.changes.map(|row| &row.changes);
        let is_left =
            move |number: &u32| changes.is_none_or(|all| all.get(u64::from(*number)).is_none());
        let added = changes.into_iter().flat_map(Trie::iter);
        let added = added.filter(|(_, is_in)| **is_in).map(|(number, _)| number as u32);
        self.base.iter().copied().filter(is_left).chain(added)
    }

    pub(crate) fn contains(self, number: u32) -> bool {
        let changed = self.changes.and_then(|row| row.changes.get(u64::from(number)));
        changed.copied().unwrap_or_else(|| self.base.binary_search(&number).is_ok())
    }
}
