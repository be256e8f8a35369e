//! The differences between two versions of a trie.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::trie::{BITS, Node, Trie};

/// A visitor of a key, and its values before and after.
type Visit<'v, 'a, V> = dyn FnMut(u64, Option<&'a V>, Option<&'a V>) -> ControlFlow<()> + 'v;

impl<V> Trie<V> {
    /// Visits the keys, ascending, that have another value in `other`, by `is_same`. Skips
    /// what both share. Ends when the visitor breaks.
    pub(crate) fn diff<'a>(
        &'a self,
        other: &'a Self,
        is_same: impl Fn(&V, &V) -> bool,
        visit: &mut Visit<'_, 'a, V>,
    ) -> ControlFlow<()> {
        diff(self.root.as_ref(), other.root.as_ref(), &is_same, visit)
    }
}

/// The end of the bits of the keys below a node that differ; 0 for a leaf.
fn span<V>(node: &Node<V>) -> u32 {
    match node {
        Node::Leaf(..) => 0,
        Node::Branch(branch) => u32::from(branch.shift) + BITS,
    }
}

/// The part of a node below a digit of a branch: the node itself if it is there as a whole.
fn part<V>(node: &Node<V>, shift: u8, digit: u16) -> Option<&Node<V>> {
    match node {
        Node::Branch(branch) if branch.shift == shift => branch.node(digit),
        _ => Some(node).filter(|node| (node.first_key() >> shift) as u16 & 15 == digit),
    }
}

fn diff<'a, V, S: Fn(&V, &V) -> bool>(
    before: Option<&'a Node<V>>,
    after: Option<&'a Node<V>>,
    is_same: &S,
    visit: &mut Visit<'_, 'a, V>,
) -> ControlFlow<()> {
    let (a, b) = match (before, after) {
        (None, None) => return ControlFlow::Continue(()),
        (Some(a), None) => return each(a, &mut |key, value| visit(key, Some(value), None)),
        (None, Some(b)) => return each(b, &mut |key, value| visit(key, None, Some(value))),
        (Some(a), Some(b)) => (a, b),
    };
    match (a, b) {
        (Node::Leaf(key, a), Node::Leaf(other, b)) if key == other => {
            return if is_same(a, b) {
                ControlFlow::Continue(())
            } else {
                visit(*key, Some(a), Some(b))
            };
        }
        (Node::Branch(a), Node::Branch(b)) => {
            if Arc::ptr_eq(a, b) {
                return ControlFlow::Continue(());
            }
            // Most versions have the same keys almost everywhere.
            if (a.shift, a.prefix, a.digits) == (b.shift, b.prefix, b.digits) {
                for (a, b) in a.nodes.iter().zip(&b.nodes) {
                    let is_shared = match (a, b) {
                        (Node::Branch(a), Node::Branch(b)) => Arc::ptr_eq(a, b),
                        (Node::Leaf(key, a), Node::Leaf(other, b)) => key == other && is_same(a, b),
                        _ => false,
                    };
                    if !is_shared {
                        diff(Some(a), Some(b), is_same, visit)?;
                    }
                }
                return ControlFlow::Continue(());
            }
        }
        _ => {}
    }
    let (keys, wider) = ([a.first_key(), b.first_key()], if span(a) >= span(b) { a } else { b });
    match wider {
        Node::Branch(branch) if keys.iter().all(|key| branch.has(*key)) => {
            (0..16).try_for_each(|digit| {
                let [a, b] = [a, b].map(|node| part(node, branch.shift, digit));
                diff(a, b, is_same, visit)
            })
        }
        // Nothing below one of them is below the other.
        _ if keys[0] < keys[1] => {
            diff(before, None, is_same, visit)?;
            diff(None, after, is_same, visit)
        }
        _ => {
            diff(None, after, is_same, visit)?;
            diff(before, None, is_same, visit)
        }
    }
}

/// Visits all values below a node.
fn each<'a, V>(
    node: &'a Node<V>,
    visit: &mut dyn FnMut(u64, &'a V) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match node {
        Node::Leaf(key, value) => visit(*key, value),
        Node::Branch(branch) => branch.nodes.iter().try_for_each(|node| each(node, visit)),
    }
}
