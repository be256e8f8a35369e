//! Indexes of the windows of a service.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::vendors::virtana::document::MaintWindow;

/// Where the windows are, by what operations look for. It follows from the windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    /// The numbers by id.
    pub(super) ids: HashMap<String, u64>,
    /// The numbers of the windows that are not deleted, as in the two below.
    pub(super) live: BTreeSet<u64>,
    /// By name, ascending: a restored state may have a name twice.
    pub(super) names: HashMap<String, Vec<u64>>,
    /// By `Specification::twin_hash`, ascending.
    pub(super) twins: HashMap<u64, Vec<u64>>,
    /// The memory of the compiled patterns of all windows.
    pub(super) pattern_bytes: usize,
}

impl Index {
    /// Adds a window.
    pub(super) fn add(&mut self, window: &MaintWindow) {
        let number = window.internal.number;
        let specification = &window.specification;
        self.ids.insert(window.id.clone(), number);
        self.pattern_bytes += specification.pattern_bytes();
        if window.deleted {
            return;
        }
        self.live.insert(number);
        let insert = |numbers: &mut Vec<u64>| {
            numbers.insert(numbers.partition_point(|known| *known < number), number);
        };
        insert(self.names.entry(specification.name.clone()).or_default());
        insert(self.twins.entry(specification.twin_hash()).or_default());
    }

    /// Takes out a window that is being deleted, whose patterns are still there. Its id
    /// stays.
    pub(super) fn delete(&mut self, window: &MaintWindow) {
        let number = window.internal.number;
        let specification = &window.specification;
        self.live.remove(&number);
        remove(&mut self.names, &specification.name, number);
        remove(&mut self.twins, &specification.twin_hash(), number);
        self.pattern_bytes -= specification.pattern_bytes();
    }
}

/// Removes a number of a key, and the key with its last number.
fn remove<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(
    map: &mut HashMap<K, Vec<u64>>,
    key: &Q,
    number: u64,
) {
    let Some(numbers) = map.get_mut(key) else { return };
    numbers.retain(|known| *known != number);
    if numbers.is_empty() {
        map.remove(key);
    }
}
