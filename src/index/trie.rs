//! A persistent map: what changed since the index was built, shared between
//! the versions that came after.
//!
//! A change copies the few nodes on its path; every earlier version stays as
//! it was.

use std::sync::Arc;

const FANOUT: usize = 16;
const BITS: u32 = 4;

/// Values by their hash and a test.
#[derive(Debug)]
pub(super) struct Trie<V> {
    root: Option<Arc<Node<V>>>,
    len: usize,
}

#[derive(Debug)]
enum Node<V> {
    Branch([Option<Arc<Node<V>>>; FANOUT]),
    /// All values whose hash is this one.
    Leaf(u64, Vec<Arc<V>>),
}

impl<V> Trie<V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, hash: u64, is: impl Fn(&V) -> bool) -> Option<&Arc<V>> {
        let mut node = self.root.as_ref()?;
        let mut rest = hash;
        loop {
            match &**node {
                Node::Branch(children) => {
                    node = children[rest as usize % FANOUT].as_ref()?;
                    rest >>= BITS;
                }
                Node::Leaf(known, values) => {
                    return if *known == hash { values.iter().find(|v| is(v)) } else { None };
                }
            }
        }
    }

    /// A map that holds `value` in the place of the one that `is` it.
    pub(super) fn with(&self, hash: u64, is: impl Fn(&V) -> bool, value: Arc<V>) -> Self {
        let grows = self.get(hash, &is).is_none();
        let root = Some(with(self.root.as_ref(), hash, 0, &is, value));
        Self { root, len: self.len + usize::from(grows) }
    }

    pub(super) fn for_each(&self, visit: &mut impl FnMut(u64, &Arc<V>)) {
        fn walk<V>(node: &Node<V>, visit: &mut impl FnMut(u64, &Arc<V>)) {
            match node {
                Node::Branch(children) => {
                    children.iter().flatten().for_each(|child| walk(child, visit));
                }
                Node::Leaf(hash, values) => values.iter().for_each(|value| visit(*hash, value)),
            }
        }
        if let Some(root) = &self.root {
            walk(root, visit);
        }
    }
}

fn with<V>(
    node: Option<&Arc<Node<V>>>,
    hash: u64,
    depth: u32,
    is: &impl Fn(&V) -> bool,
    value: Arc<V>,
) -> Arc<Node<V>> {
    let digit = |hash: u64| (hash >> (depth * BITS)) as usize % FANOUT;
    Arc::new(match node.map(|node| &**node) {
        None => Node::Leaf(hash, vec![value]),
        Some(Node::Leaf(known, values)) if *known == hash => {
            let mut values = values.clone();
            match values.iter_mut().find(|held| is(held)) {
                Some(held) => *held = value,
                None => values.push(value),
            }
            Node::Leaf(hash, values)
        }
        Some(Node::Leaf(known, _)) => {
            // Two hashes differ in one of their digits; until there, branches
            // of one child.
            let mut children = [const { None }; FANOUT];
            children[digit(*known)] = node.cloned();
            let below = children[digit(hash)].as_ref();
            let child = with(below, hash, depth + 1, is, value);
            children[digit(hash)] = Some(child);
            Node::Branch(children)
        }
        Some(Node::Branch(children)) => {
            let mut children = children.clone();
            let below = children[digit(hash)].as_ref();
            children[digit(hash)] = Some(with(below, hash, depth + 1, is, value));
            Node::Branch(children)
        }
    })
}

impl<V> Clone for Trie<V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len }
    }
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self { root: None, len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_do_not_disturb_each_other() {
        let mut versions = vec![Trie::default()];
        for n in 0..500u64 {
            // Hashes that collide in their low digits, and some altogether.
            let hash = (n % 250) << 30;
            let next = versions.last().unwrap().with(hash, |v| *v == (n, 0), Arc::new((n, 0)));
            versions.push(next.with(hash, |v| *v == (n, 0), Arc::new((n, 0))));
        }
        for (size, version) in versions.iter().enumerate() {
            assert_eq!(version.len(), size);
            for n in 0..500 {
                let found = version.get((n % 250) << 30, |v| v.0 == n);
                assert_eq!(found.is_some(), n < size as u64, "{n} of {size}");
            }
            let mut seen = 0;
            version.for_each(&mut |_, _| seen += 1);
            assert_eq!(seen, size);
        }
    }
}
