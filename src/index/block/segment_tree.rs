//! A segment tree over time: which ranges of a cycle are valid at an instant.
//!
//! The endpoints of all validity intervals, sorted, cut time into leaves. The
//! interval of a range is a union of whole leaves, and so of O(log n) nodes; each
//! of these nodes stores the range. All ranges that are valid at an instant are on
//! the path from its leaf to the root: a query visits O(log n) nodes, and searches
//! the merged boundaries of each.
//!
//! ```text
//! endpoint count | leaf count (a power of two)
//! endpoints                    2 words each, ascending
//! offsets                      1 word for each node, and one more
//! boundaries                   those of node i are offsets[i]..offsets[i + 1]
//!
//! node 1 is the root, the children of node i are 2i and 2i + 1; node 0 is unused
//! leaf i is node (leaf count + i), and ends with endpoint i
//! ```

use crate::index::block::codec::{WordReader, i64_from_words, push_i64};

/// A view of an encoded segment tree.
pub(super) struct SegmentTree<'a> {
    endpoints: &'a [[u32; 2]],
    leaves: usize,
    offsets: &'a [u32],
    boundaries: &'a [u32],
}

impl<'a> SegmentTree<'a> {
    /// Appends the tree of `items`, each with its validity interval. `merge` appends
    /// the merged boundaries of the items of one node.
    pub(super) fn write<T: Copy>(
        words: &mut Vec<u32>,
        items: &[((i64, i64), T)],
        mut merge: impl FnMut(Vec<T>, &mut Vec<u32>),
    ) {
        let mut endpoints: Vec<i64> =
            items.iter().flat_map(|((from, until), _)| [*from, *until]).collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        let leaves = (endpoints.len() + 1).next_power_of_two();
        let mut nodes: Vec<Vec<T>> = vec![Vec::new(); 2 * leaves];
        for ((from, until), item) in items {
            let leaf = |t: i64| endpoints.partition_point(|endpoint| *endpoint <= t);
            let (mut left, mut right) = (leaf(*from) + leaves, leaf(*until) + leaves);
            while left < right {
                if left & 1 == 1 {
                    nodes[left].push(*item);
                    left += 1;
                }
                if right & 1 == 1 {
                    right -= 1;
                    nodes[right].push(*item);
                }
                (left, right) = (left / 2, right / 2);
            }
        }
        words.extend([endpoints.len() as u32, leaves as u32]);
        endpoints.iter().for_each(|endpoint| push_i64(words, *endpoint));
        let mut boundaries: Vec<u32> = Vec::new();
        for node in nodes {
            words.push(boundaries.len() as u32);
            merge(node, &mut boundaries);
        }
        words.push(boundaries.len() as u32);
        words.extend(boundaries);
    }

    /// Reads a tree, and advances the reader past it.
    pub(super) fn read(words: &mut WordReader<'a>) -> Self {
        let [endpoints, leaves] = *words.take_array();
        let endpoints = words.take_arrays(endpoints as usize);
        let leaves = leaves as usize;
        let offsets = words.take_slice(2 * leaves + 1);
        let boundaries = words.take_slice(offsets[2 * leaves] as usize);
        Self { endpoints, leaves, offsets, boundaries }
    }

    /// The leaf that contains `t`.
    fn leaf(&self, t: i64) -> usize {
        self.endpoints.partition_point(|endpoint| i64_from_words(*endpoint) <= t)
    }

    /// The interval of the leaf that contains `t`.
    pub(super) fn leaf_interval(&self, t: i64) -> (i64, i64) {
        let leaf = self.leaf(t);
        let endpoint = |at: usize| self.endpoints.get(at).map(|words| i64_from_words(*words));
        let from = leaf.checked_sub(1).and_then(endpoint).unwrap_or(i64::MIN);
        (from, endpoint(leaf).unwrap_or(i64::MAX))
    }

    /// The boundaries of each node on the path from the leaf of `t` to the root.
    pub(super) fn path(&self, t: i64) -> impl Iterator<Item = &'a [u32]> + use<'a> {
        let (offsets, boundaries) = (self.offsets, self.boundaries);
        let mut node = self.leaf(t) + self.leaves;
        std::iter::from_fn(move || {
            if node == 0 {
                return None;
            }
            let range = &boundaries[offsets[node] as usize..offsets[node + 1] as usize];
            node /= 2;
            Some(range)
        })
    }
}
