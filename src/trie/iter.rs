//! The values of a trie in the order of their keys.

use std::slice;

use smallvec::{SmallVec, smallvec};

use crate::trie::{Node, Trie};

/// The keys and values of a [`Trie`], ascending.
#[derive(Clone)]
pub(crate) struct Iter<'a, V> {
    front: Stack<'a, V>,
    back: Stack<'a, V>,
    left: usize,
}

/// The nodes that are left, of each branch on the way down.
type Stack<'a, V> = SmallVec<[slice::Iter<'a, Node<V>>; 8]>;

impl<V> Trie<V> {
    /// The keys and values, ascending.
    pub(crate) fn iter(&self) -> Iter<'_, V> {
        let nodes = self.root.as_slice().iter();
        Iter { front: smallvec![nodes.clone()], back: smallvec![nodes], left: self.len }
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (u64, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        loop {
            match self.front.last_mut()?.next() {
                Some(Node::Leaf(key, value)) => return Some((*key, value)),
                Some(Node::Branch(branch)) => self.front.push(branch.nodes.iter()),
                None => drop(self.front.pop()),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<V> DoubleEndedIterator for Iter<'_, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        loop {
            match self.back.last_mut()?.next_back() {
                Some(Node::Leaf(key, value)) => return Some((*key, value)),
                Some(Node::Branch(branch)) => self.back.push(branch.nodes.iter()),
                None => drop(self.back.pop()),
            }
        }
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}
