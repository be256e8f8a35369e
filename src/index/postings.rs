//! Postings: the entities of a topology that have an attribute, by name and by value.
//!
//! A compressed sparse row: sorted keys, the start of each key's entities, and the entities
//! of all keys, ascending for each. A key is the hash of a name, or of a name and a value; a
//! collision adds entities, all of which are evaluated. What changes later is kept beside
//! it, by key, until the next build.

use std::sync::Arc;

use crate::index::hash::{self, hash_label};
use crate::scope::Topology;
use crate::trie::{Row, RowChanges, Trie};

/// The entities of a topology by attribute. Cloning copies pointers.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    built: Arc<Rows>,
    /// By key.
    changes: Trie<RowChanges>,
}

/// The rows of a build.
#[derive(Debug, Default)]
struct Rows {
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
        let built = Rows { keys: keys.into(), starts: starts.into(), entities };
        Self { built: Arc::new(built), changes: Trie::default() }
    }

    /// The postings of `after`, given that these are those of `before`, which is comparable.
    /// O(entities that differ).
    pub(super) fn updated(&self, before: &Topology, after: &Topology) -> Self {
        let mut next = self.clone();
        before.changed_attributes(after, &mut |entity, old, new| {
            old.for_each(|(name, value)| next.set(name, value, entity, false));
            new.for_each(|(name, value)| next.set(name, value, entity, true));
        });
        next
    }

    /// Adds an entity to the rows of an attribute, or removes it.
    fn set(&mut self, name: &str, value: &str, entity: u32, is_in: bool) {
        for key in [name_key(name), value_key(name, value)] {
            if self.changes.get(key).is_none() {
                self.changes.insert(key, RowChanges::default());
            }
            if let Some(changes) = self.changes.get_mut(key) {
                changes.set(self.built.row(key), entity, is_in);
            }
        }
    }

    /// The entities that have the attribute.
    pub(super) fn with_name(&self, name: &str) -> Row<'_> {
        self.row(name_key(name))
    }

    /// The entities that have the attribute with a value.
    pub(super) fn with_value(&self, name: &str, value: &str) -> Row<'_> {
        self.row(value_key(name, value))
    }

    fn row(&self, key: u64) -> Row<'_> {
        Row::new(self.built.row(key), self.changes.get(key))
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let Rows { keys, starts, entities } = &*self.built;
        let built = size_of_val(&**keys) + size_of_val(&**starts) + size_of_val(&**entities);
        built + self.changes.heap_bytes(RowChanges::heap_bytes)
    }
}

impl Rows {
    fn row(&self, key: u64) -> &[u32] {
        let Ok(at) = self.keys.binary_search(&key) else { return &[] };
        &self.entities[self.starts[at] as usize..self.starts[at + 1] as usize]
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
        let all = |row: Row<'_>| row.iter().collect::<Vec<_>>();
        assert_eq!(all(postings.with_name("tier")), [0, 1]);
        assert_eq!(all(postings.with_value("tier", "1")), [0]);
        assert_eq!(all(postings.with_value("tier", "2")), [0, 1]);
        assert_eq!(all(postings.with_value("name", "tier")), [1]);
        assert!(postings.with_name("unknown").is_empty());
        assert!(postings.with_value("tier", "3").is_empty());
        assert!(Postings::default().with_name("tier").is_empty());
        assert!(Postings::of(&Topology::default()).with_name("tier").is_empty());
    }

    #[test]
    fn updated_rows_equal_new_ones() {
        let before = Topology::builder()
            .add_attribute("a", "tier", "1")
            .add_attribute("b", "tier", "2")
            .build()
            .unwrap();
        let mut after = before.clone();
        after.set_attribute("a", "tier", "2").unwrap();
        after.add_attribute("c", "tier", "1").unwrap();
        after.remove_entity("b").unwrap();
        let updated = Postings::of(&before).updated(&before, &after);
        let all = |row: Row<'_>| row.iter().collect::<Vec<_>>();
        assert_eq!(all(updated.with_name("tier")), [0, 2]);
        assert_eq!(all(updated.with_value("tier", "1")), [2]);
        assert_eq!(all(updated.with_value("tier", "2")), [0]);
        let back = updated.updated(&after, &before);
        assert_eq!(all(back.with_name("tier")), [0, 1]);
        assert_eq!(all(back.with_value("tier", "1")), [0]);
    }
}
