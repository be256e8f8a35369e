//! A persistent map: what changed since the index was built, shared between
//! the versions that came after.
//!
//! A change copies the few nodes on its path; every earlier version stays as
//! it was.

use std::sync::Arc;

const FANOUT: usize = 4;
const BITS: u32 = 2;

/// Values by their hash and a test.
#[derive(Clone, Debug)]
pub(super) struct Trie<V> {
    root: Option<Arc<Node<V>>>,
    len: usize,
}

#[derive(Debug)]
enum Node<V> {
    Branch([Option<Arc<Node<V>>>; FANOUT]),
    /// The only value whose hash is this one.
    Leaf(u64, V),
    /// All values whose hash is this one.
    Crowd(u64, Box<[V]>),
}

impl<V: Clone> Trie<V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, hash: u64, is: impl Fn(&V) -> bool) -> Option<&V> {
        let mut node = self.root.as_ref()?;
        let mut rest = hash;
        loop {
            match &**node {
                Node::Branch(children) => {
                    node = children[rest as usize % FANOUT].as_ref()?;
                    rest >>= BITS;
                }
                Node::Leaf(known, value) => return Some(value).filter(|v| *known == hash && is(v)),
                Node::Crowd(known, values) => {
                    return if *known == hash { values.iter().find(|v| is(v)) } else { None };
                }
            }
        }
    }

    /// A map that holds `value` in the place of the one that `is` it.
    pub(super) fn with(&self, hash: u64, is: impl Fn(&V) -> bool, value: V) -> Self {
        let mut replaces = false;
        let new = New { hash, is, value, replaces: &mut replaces };
        let root = Some(new.below(self.root.as_ref(), 0));
        Self { root, len: self.len + usize::from(!replaces) }
    }

    pub(super) fn for_each(&self, visit: &mut impl FnMut(u64, &V)) {
        fn walk<V>(node: &Node<V>, visit: &mut impl FnMut(u64, &V)) {
            match node {
                Node::Branch(children) => {
                    children.iter().flatten().for_each(|child| walk(child, visit));
                }
                Node::Leaf(hash, value) => visit(*hash, value),
                Node::Crowd(hash, values) => values.iter().for_each(|value| visit(*hash, value)),
            }
        }
        if let Some(root) = &self.root {
            walk(root, visit);
        }
    }
}

/// A value on its way to its place.
struct New<'a, V, F> {
    hash: u64,
    is: F,
    value: V,
    replaces: &'a mut bool,
}

impl<V: Clone, F: Fn(&V) -> bool> New<'_, V, F> {
    /// The node with the value in it.
    fn below(self, node: Option<&Arc<Node<V>>>, depth: u32) -> Arc<Node<V>> {
        let digit = |hash: u64| (hash >> (depth * BITS)) as usize % FANOUT;
        let place = digit(self.hash);
        Arc::new(match node.map(|node| &**node) {
            None => Node::Leaf(self.hash, self.value),
            Some(Node::Leaf(known, held)) if *known == self.hash => {
                if (self.is)(held) {
                    *self.replaces = true;
                    Node::Leaf(self.hash, self.value)
                } else {
                    Node::Crowd(self.hash, [held.clone(), self.value].into())
                }
            }
            Some(Node::Crowd(known, values)) if *known == self.hash => {
                let mut values = values.to_vec();
                match values.iter_mut().find(|held| (self.is)(held)) {
                    Some(held) => {
                        *self.replaces = true;
                        *held = self.value;
                    }
                    None => values.push(self.value),
                }
                Node::Crowd(self.hash, values.into())
            }
            Some(Node::Leaf(known, _) | Node::Crowd(known, _)) => {
                // Two hashes differ in one of their digits; until there,
                // branches of one child.
                let mut children = [const { None }; FANOUT];
                children[digit(*known)] = node.cloned();
                children[place] = Some(self.below(children[place].as_ref(), depth + 1));
                Node::Branch(children)
            }
            Some(Node::Branch(old)) => {
                let new = self.below(old[place].as_ref(), depth + 1);
                let copied = |at: usize| if at == place { None } else { old[at].clone() };
                let mut children: [_; FANOUT] = std::array::from_fn(copied);
                children[place] = Some(new);
                Node::Branch(children)
            }
        })
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
            let next = versions.last().unwrap().with(hash, |v| *v == (n, 0), (n, 0));
            versions.push(next.with(hash, |v| *v == (n, 0), (n, 0)));
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

    #[test]
    fn a_crowd_makes_way_for_a_hash_that_differs_further_on() {
        let mut trie = Trie::default();
        for value in [1, 2] {
            trie = trie.with(0, |known| *known == value, value);
        }
        // The same low digits, another hash.
        let far = 1 << 40;
        trie = trie.with(far, |known| *known == 3, 3);
        assert_eq!(trie.len(), 3);
        assert_eq!([0, far].map(|hash| trie.get(hash, |known| *known == 3)), [None, Some(&3)]);
        assert_eq!([1, 2].map(|value| trie.get(0, |known| *known == value)), [Some(&1), Some(&2)]);
        assert_eq!(trie.get(far, |known| *known == 1), None);
    }

    #[test]
    fn a_value_that_is_new_counts_and_one_that_replaces_does_not() {
        let put = |trie: &Trie<_>, hash, value: (u8, u8)| {
            trie.with(hash, |known: &(u8, u8)| known.0 == value.0, value)
        };
        let one = put(&Trie::default(), 9, (1, 1));
        let two = put(&one, 9, (2, 1));
        let three = put(&two, 9, (3, 1));
        let again = put(&three, 9, (2, 5));
        assert_eq!([&one, &two, &three, &again].map(Trie::len), [1, 2, 3, 3]);
        assert_eq!(again.get(9, |known| known.0 == 2), Some(&(2, 5)));
        assert_eq!(put(&one, 9, (1, 7)).len(), 1);
    }
}
