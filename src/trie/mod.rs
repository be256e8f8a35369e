//! A persistent map from numbers to values: a radix trie whose versions share structure.
//!
//! Cloning copies a pointer. A change copies the branches from the root to the key, as far
//! as another version shares them, so that the other versions do not change. Two versions
//! are compared in proportion to their differences, because shared branches are skipped.
//!
//! ```text
//! keys 0x12, 0x13, 0x70:
//!
//! branch at bit 4 ──1──> branch at bit 0 ──2──> leaf 0x12
//!                 │                      └──3──> leaf 0x13
//!                 └──7──> leaf 0x70
//! ```
//!
//! A branch divides keys by four of their bits, the highest that differ below it. So the
//! shape depends only on the keys, and keys are in ascending order. Keys that are
//! consecutive numbers, or hashes, are found in O(log n).

mod diff;
mod iter;
mod row;

use std::fmt;
use std::sync::Arc;

pub(crate) use iter::Iter;
pub(crate) use row::{Row, RowChanges};

/// A version of a map from numbers to values.
#[derive(Clone)]
pub(crate) struct Trie<V> {
    root: Option<Node<V>>,
    len: usize,
}

#[derive(Clone)]
enum Node<V> {
    Leaf(u64, V),
    Branch(Arc<Branch<V>>),
}

/// At least two nodes, by four bits of their keys.
#[derive(Clone)]
struct Branch<V> {
    /// The bits above the digit, which all keys share.
    prefix: u64,
    /// The position of the digit.
    shift: u8,
    /// A bit for each digit that has a node.
    digits: u16,
    /// Ascending.
    nodes: Vec<Node<V>>,
}

/// The number of bits of a digit.
const BITS: u32 = 4;

impl<V> Branch<V> {
    fn digit(&self, key: u64) -> u16 {
        (key >> self.shift) as u16 & 15
    }

    /// Whether a key has the prefix of the branch.
    fn has(&self, key: u64) -> bool {
        key >> self.shift >> BITS == self.prefix
    }

    /// The node of a digit.
    fn node(&self, digit: u16) -> Option<&Node<V>> {
        (self.digits >> digit & 1 != 0).then(|| &self.nodes[self.index(digit)])
    }

    /// The number of nodes before a digit.
    fn index(&self, digit: u16) -> usize {
        (self.digits & ((1 << digit) - 1)).count_ones() as usize
    }

    /// The least key that may be below it.
    fn first_key(&self) -> u64 {
        self.prefix << BITS << self.shift
    }
}

impl<V> Node<V> {
    fn first_key(&self) -> u64 {
        match self {
            Self::Leaf(key, _) => *key,
            Self::Branch(branch) => branch.first_key(),
        }
    }
}

impl<V> Trie<V> {
    /// The number of values.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<&V> {
        let mut node = self.root.as_ref()?;
        loop {
            match node {
                Node::Leaf(known, value) => return (*known == key).then_some(value),
                Node::Branch(branch) => node = branch.node(branch.digit(key))?,
            }
        }
    }

    /// Heap memory in bytes; `of` returns that of a value. Includes what other versions
    /// share.
    pub(crate) fn heap_bytes(&self, of: impl Fn(&V) -> usize) -> usize {
        fn bytes<V>(node: &Node<V>, of: &impl Fn(&V) -> usize) -> usize {
            match node {
                Node::Leaf(_, value) => of(value),
                Node::Branch(branch) => {
                    let own =
                        size_of::<Branch<V>>() + branch.nodes.capacity() * size_of::<Node<V>>();
                    own + branch.nodes.iter().map(|node| bytes(node, of)).sum::<usize>()
                }
            }
        }
        self.root.as_ref().map_or(0, |root| bytes(root, &of))
    }
}

impl<V: Clone> Trie<V> {
    /// Sets the value of a key. Returns the one before.
    pub(crate) fn insert(&mut self, key: u64, value: V) -> Option<V> {
        let before = match &mut self.root {
            Some(root) => insert(root, key, value),
            None => {
                self.root = Some(Node::Leaf(key, value));
                None
            }
        };
        self.len += usize::from(before.is_none());
        before
    }

    /// The value of a key, to be changed. Other versions do not change.
    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        // A key that is absent copies nothing.
        self.get(key)?;
        let mut node = self.root.as_mut()?;
        loop {
            match node {
                Node::Leaf(_, value) => return Some(value),
                Node::Branch(branch) => {
                    let branch = Arc::make_mut(branch);
                    let at = branch.index(branch.digit(key));
                    node = &mut branch.nodes[at];
                }
            }
        }
    }

    /// Removes a key. Returns its value.
    pub(crate) fn remove(&mut self, key: u64) -> Option<V> {
        // A key that is absent copies nothing.
        self.get(key)?;
        self.len -= 1;
        match self.root.take()? {
            Node::Leaf(_, value) => Some(value),
            mut root => {
                let value = remove(&mut root, key);
                self.root = Some(root);
                value
            }
        }
    }
}

fn insert<V: Clone>(node: &mut Node<V>, key: u64, value: V) -> Option<V> {
    match node {
        Node::Leaf(known, before) if *known == key => Some(std::mem::replace(before, value)),
        Node::Branch(branch) if branch.has(key) => {
            let branch = Arc::make_mut(branch);
            let digit = branch.digit(key);
            let at = branch.index(digit);
            if branch.digits >> digit & 1 != 0 {
                return insert(&mut branch.nodes[at], key, value);
            }
            branch.digits |= 1 << digit;
            branch.nodes.insert(at, Node::Leaf(key, value));
            None
        }
        _ => {
            let other = node.first_key();
            let shift = (other ^ key).ilog2() / BITS * BITS;
            let digit = |key: u64| (key >> shift) as u16 & 15;
            let mut branch = Branch {
                prefix: key >> shift >> BITS,
                shift: shift as u8,
                digits: 1 << digit(key) | 1 << digit(other),
                nodes: Vec::with_capacity(2),
            };
            branch.nodes.push(Node::Leaf(key, value));
            let before = std::mem::replace(node, Node::Branch(Arc::new(branch)));
            if let Node::Branch(branch) = node {
                Arc::make_mut(branch).nodes.insert(usize::from(key < other), before);
            }
            None
        }
    }
}

/// Removes a key that is below a branch.
fn remove<V: Clone>(node: &mut Node<V>, key: u64) -> Option<V> {
    let Node::Branch(branch) = node else { return None };
    let branch = Arc::make_mut(branch);
    let digit = branch.digit(key);
    let at = branch.index(digit);
    if matches!(branch.nodes[at], Node::Branch(_)) {
        return remove(&mut branch.nodes[at], key);
    }
    let removed = branch.nodes.remove(at);
    branch.digits &= !(1 << digit);
    if branch.nodes.len() == 1
        && let Some(only) = branch.nodes.pop()
    {
        *node = only;
    }
    match removed {
        Node::Leaf(_, value) => Some(value),
        Node::Branch(_) => None,
    }
}

impl<V: Clone> FromIterator<(u64, V)> for Trie<V> {
    fn from_iter<I: IntoIterator<Item = (u64, V)>>(pairs: I) -> Self {
        let mut trie = Self::default();
        pairs.into_iter().for_each(|(key, value)| drop(trie.insert(key, value)));
        trie
    }
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self { root: None, len: 0 }
    }
}

impl<V: fmt::Debug> fmt::Debug for Trie<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
