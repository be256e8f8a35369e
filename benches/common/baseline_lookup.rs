//! Baseline "floor": the cost of a hash map lookup of the entity, without any windows.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use quietude::Timestamp;

use super::testing::HOUR;
use super::workload::{Fleet, NOW};

/// A map from each id to one interval.
#[derive(Debug)]
pub(crate) struct LookupBaseline(HashMap<String, (i64, i64), FixedState>);

impl LookupBaseline {
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let hasher = FixedState::with_seed(7);
        let mut map = HashMap::with_capacity_and_hasher(fleet.entities.len(), hasher);
        for (index, id) in fleet.entities.iter().enumerate() {
            let start = if index % 4 == 0 { NOW - HOUR } else { NOW + HOUR };
            map.insert(id.clone(), (start, start + 2 * HOUR));
        }
        Self(map)
    }

    #[inline]
    pub(crate) fn contains(&self, id: &str, at: Timestamp) -> bool {
        let at = at.as_millis();
        self.0.get(id).is_some_and(|(start, end)| *start <= at && at < *end)
    }

    /// The table (buckets and control bytes) and the ids.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.allocation_size() + self.0.keys().map(String::capacity).sum::<usize>()
    }
}
