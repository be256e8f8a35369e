//! Postings: the entities of a topology that have an attribute, by name and by value.
//!
//! A compressed sparse row: sorted keys, the start of each key's entities, and the entities
//! of all keys, ascending for each. A key is the hash of a name, or of a name and a value; a
//! collision adds entities, all of which are evaluated.

use crate::index::hash::{self, hash_label};
use crate::scope::Topology;

/// The entities of a topology by attribute.
#[derive(Debug, Default)]
pub(super) struct Postings {
    keys: Box<[u64]>,
    /// One more than keys.
    starts: Box<[u32]>,
    entities: Box<[u32]>,
}

/// The key of all values of an attribute.
fn name_key(name: &str) -> u64 {
    hash_label(name.as_bytes())
}

/// The key of a value of an attribute.
fn value_key(name: &str, value: &str) -> u64 {
    hash::pair(hash_label(name.as_bytes()), hash_label(value.as_bytes()))
}

impl Postings {
    /// The postings of a topology. O(attributes * log(attributes)).
    pub(super) fn of(topology: &Topology) -> Self {
        let mut pairs: Vec<(u64, u32)> = Vec::new();
        for entity in topology.entity_indices() {
            let index = entity.index() as u32;
            for (name, value) in topology.attributes(entity) {
                pairs.push((name_key(name), index));
                pairs.push((value_key(name, value), index));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let (mut keys, mut starts) = (Vec::new(), Vec::new());
        for (at, (key, _)) in pairs.iter().enumerate() {
            if keys.last() != Some(key) {
                keys.push(*key);
                starts.push(at as u32);
            }
        }
        starts.push(pairs.len() as u32);
        let entities = pairs.into_iter().map(|(_, entity)| entity).collect();
        Self { keys: keys.into(), starts: starts.into(), entities }
    }

    /// The entities that have the attribute, ascending.
    pub(super) fn with_name(&self, name: &str) -> &[u32] {
        self.row(name_key(name))
    }

    /// The entities that have the attribute with a value, ascending.
    pub(super) fn with_value(&self, name: &str, value: &str) -> &[u32] {
        self.row(value_key(name, value))
    }

    fn row(&self, key: u64) -> &[u32] {
        let Ok(at) = self.keys.binary_search(&key) else { return &[] };
        &self.entities[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.keys) + size_of_val(&*self.starts) + size_of_val(&*self.entities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_entities_once() {
        let topology = Topology::builder()
            .add_attribute("a", "tier", "1")
            .add_attribute("b", "tier", "2")
            .add_attribute("a", "tier", "2")
            .add_attribute("b", "name", "tier")
            .build()
            .unwrap();
        let postings = Postings::of(&topology);
        assert_eq!(postings.with_name("tier"), [0, 1]);
        assert_eq!(postings.with_value("tier", "1"), [0]);
        assert_eq!(postings.with_value("tier", "2"), [0, 1]);
        assert_eq!(postings.with_value("name", "tier"), [1]);
        assert!(postings.with_name("unknown").is_empty());
        assert!(postings.with_value("tier", "3").is_empty());
        assert!(Postings::default().with_name("tier").is_empty());
        assert!(Postings::of(&Topology::default()).with_name("tier").is_empty());
    }
}
