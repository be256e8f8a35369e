//! The windows of a service that keeps them by owner: a group or a domain.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::error::{Error, ErrorKind};
use crate::time::Timestamp;
use crate::vendors::changes::ChangeLog;
use crate::vendors::ids::vendor_parts;

/// A vendor's window that a [`Store`] can keep. Id, owner and end are within the window.
pub(crate) trait Stored {
    /// The id, unique in the store.
    fn id(&self) -> &str;
    /// The group or domain.
    fn owner(&self) -> &str;
    /// From when on the window silences nothing.
    fn silent_until(&self) -> Timestamp;
    /// The id of the window of this crate.
    fn window_id(&self) -> String;
}

/// Windows by owner, in the order of creation, with a log of what changed.
///
/// Lookup, insertion, replacement and removal take time logarithmic in the number of
/// windows. Stores are equal if each owner has equal windows in the same order.
#[derive(Clone, Debug)]
pub(crate) struct Store<T> {
    /// Owners without windows are not kept.
    owners: BTreeMap<String, Owned<T>>,
    /// The number of each window, by its id.
    numbers: HashMap<String, u64>,
    next_number: u64,
    changes: ChangeLog,
}

/// The windows of one owner.
#[derive(Clone, Debug)]
struct Owned<T> {
    /// By number, in the order of creation.
    windows: BTreeMap<u64, T>,
    /// The numbers in the order of the ends.
    by_end: BTreeSet<(Timestamp, u64)>,
}

impl<T> Default for Store<T> {
    fn default() -> Self {
        Self {
            owners: BTreeMap::new(),
            numbers: HashMap::new(),
            next_number: 0,
            changes: ChangeLog::new(),
        }
    }
}

impl<T: PartialEq> PartialEq for Store<T> {
    fn eq(&self, other: &Self) -> bool {
        let both = self.owners.iter().zip(&other.owners);
        self.owners.len() == other.owners.len() && { both }
            .all(|((a, windows), (b, others))| a == b && windows.iter().eq(others.iter()))
    }
}

impl<T: Eq> Eq for Store<T> {}

impl<T> Owned<T> {
    fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.windows.values()
    }
}

impl<T: Stored> Store<T> {
    /// The windows of an owner, in the order of creation.
    pub(crate) fn of<'a>(&'a self, owner: &str) -> impl Iterator<Item = &'a T> + use<'a, T> {
        self.owners.get(owner).into_iter().flat_map(Owned::iter)
    }

    /// The number of windows of an owner.
    pub(crate) fn count_of(&self, owner: &str) -> usize {
        self.owners.get(owner).map_or(0, |owned| owned.windows.len())
    }

    /// The windows of an owner that silence something after `now`, in the order of
    /// creation. The number of the others does not matter.
    pub(crate) fn lasting(&self, owner: &str, now: Timestamp) -> Vec<&T> {
        let Some(owned) = self.owners.get(owner) else { return Vec::new() };
        let after = (Bound::Excluded((now, u64::MAX)), Bound::Unbounded);
        let mut numbers: Vec<u64> = owned.by_end.range(after).map(|(_, number)| *number).collect();
        if numbers.len() == owned.windows.len() {
            return owned.iter().collect();
        }
        numbers.sort_unstable();
        numbers.iter().map(|number| &owned.windows[number]).collect()
    }

    /// All windows: by owner, then in the order of creation.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        self.owners.values().flat_map(Owned::iter)
    }

    /// The window of an owner with this id.
    pub(crate) fn get(&self, owner: &str, id: &str) -> Option<&T> {
        self.owners.get(owner)?.windows.get(self.numbers.get(id)?)
    }

    /// The window with this id of a window of this crate: `vendor:owner:id`.
    pub(crate) fn by_window_id(&self, vendor: &str, window_id: &str) -> Option<&T> {
        match vendor_parts(window_id).as_slice() {
            [prefix, owner, id] if prefix == vendor => self.get(owner, id),
            _ => None,
        }
    }

    /// Returns an error if the id is in use, by any owner.
    pub(crate) fn check_new(&self, id: &str) -> Result<(), Error> {
        if self.numbers.contains_key(id) {
            return Err(Error::new(ErrorKind::Duplicate, format!("`{id}` is taken already")));
        }
        Ok(())
    }

    /// Adds a window, whose id is not in use.
    pub(crate) fn insert(&mut self, window: T) {
        let number = self.next_number;
        self.next_number += 1;
        self.numbers.insert(window.id().to_owned(), number);
        self.place(number, window);
    }

    /// Replaces the window with the same owner and id, which is known.
    pub(crate) fn replace(&mut self, window: T) {
        let number = self.numbers[window.id()];
        let owned = self.owners.get_mut(window.owner()).expect("the owner has the window");
        let known = &owned.windows[&number];
        owned.by_end.remove(&(known.silent_until(), number));
        self.place(number, window);
    }

    /// Removes a window of an owner.
    pub(crate) fn remove(&mut self, owner: &str, id: &str) -> Option<T> {
        let number = *self.numbers.get(id)?;
        let owned = self.owners.get_mut(owner)?;
        let window = owned.windows.remove(&number)?;
        owned.by_end.remove(&(window.silent_until(), number));
        if owned.windows.is_empty() {
            self.owners.remove(owner);
        }
        self.numbers.remove(id);
        self.changes.record(window.window_id());
        Some(window)
    }

    /// Removes the windows that silence nothing at `before` or later, and returns their
    /// number.
    pub(crate) fn remove_ended(&mut self, before: Timestamp) -> usize {
        let mut ended = Vec::new();
        for (owner, owned) in &self.owners {
            let numbers = owned.by_end.range(..=(before, u64::MAX)).map(|(_, number)| number);
            let id = |number| owned.windows[number].id().to_owned();
            ended.extend(numbers.map(|number| (owner.clone(), id(number))));
        }
        for (owner, id) in &ended {
            self.remove(owner, id);
        }
        ended.len()
    }

    /// The log of the windows that changed.
    pub(crate) fn changes(&self) -> &ChangeLog {
        &self.changes
    }

    fn place(&mut self, number: u64, window: T) {
        self.changes.record(window.window_id());
        let owner = window.owner().to_owned();
        let owned = self.owners.entry(owner).or_default();
        owned.by_end.insert((window.silent_until(), number));
        owned.windows.insert(number, window);
    }
}

impl<T> Default for Owned<T> {
    fn default() -> Self {
        Self { windows: BTreeMap::new(), by_end: BTreeSet::new() }
    }
}
