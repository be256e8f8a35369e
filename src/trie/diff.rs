//! The differences between two versions of a trie.

use std::hint::black_box;
use std::ops::{BitXor, ControlFlow};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::trie::{BITS, Branch, Node, Trie};

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
        prefetch(self.root.as_ref(), other.root.as_ref());
        diff(self.root.as_ref(), other.root.as_ref(), &is_same, visit)
    }
}

/// The pairs of branches that are loaded at a time. Where more differ, no more are loaded in
/// advance.
const MOST_PAIRS: usize = 64;

type Pairs<'a, V> = SmallVec<[[&'a Branch<V>; 2]; MOST_PAIRS]>;

/// Prefetches the branches that differ, level by level: the loads of one level do not depend on
/// one another, so that their cache misses overlap.
fn prefetch<V>(before: Option<&Node<V>>, after: Option<&Node<V>>) {
    let mut pairs: Pairs<'_, V> = before.zip(after).and_then(differing).into_iter().collect();
    while !pairs.is_empty() {
        let branches = || pairs.iter().flatten();
        let shifts = branches().map(|branch| branch.shift);
        black_box(shifts.fold(0, BitXor::bitxor));
        // Four nodes are about a cache line.
        let nodes = branches().flat_map(|branch| branch.nodes.iter().step_by(4));
        let leaves = nodes.map(|node| u8::from(matches!(node, Node::Leaf(..))));
        black_box(leaves.fold(0, BitXor::bitxor));
        let alike = pairs.iter().filter(|[a, b]| a.digits == b.digits);
        let next = alike.flat_map(|[a, b]| a.nodes.iter().zip(&b.nodes)).filter_map(differing);
        pairs = next.take(MOST_PAIRS + 1).collect();
        if pairs.len() > MOST_PAIRS {
            return;
        }
    }
}

/// The branches of two nodes, if both are branches and not the same one.
fn differing<'a, V>((a, b): (&'a Node<V>, &'a Node<V>)) -> Option<[&'a Branch<V>; 2]> {
    match (a, b) {
        (Node::Branch(a), Node::Branch(b)) if !Arc::ptr_eq(a, b) => Some([a, b]),
        _ => None,
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
