//! A persistent hash trie with path copying, over an append-only arena.
//!
//! All versions append to one shared arena. Existing nodes are never modified, so an
//! insert appends the new leaf and copies of its ancestors, and only the inserting
//! version holds the new root. Cloning a version copies a pointer and a few numbers.
//! Unreachable nodes are reclaimed when a full arena is compacted.
//!
//! ```text
//! root ──> branch: 8 NodeRefs        a NodeRef is a u32:
//!           │ 3 bits of the hash,      u32::MAX    empty
//!           │ lowest first             index << 1      branch
//!           ├──> branch ...            index << 1 | 1  leaf
//!           └──> leaf: hash, value, next ──> leaf with the same hash ...
//!
//! insert of x below b0, whose parent is b1:
//!
//! version 1: root = b1        b1 ──> b0 ──> ..
//! version 2: root = b3        b3 (copy of b1) ──> b2 (copy of b0) ──> x
//!
//! arena:  previous (full) <── [ b0 b1 b2 b3 | unclaimed ]  [ .. x | unclaimed ]
//! ```
//!
//! Invariants:
//!
//! - A node is written once, before a version that refers to it is handed out. Handing
//!   a version to another thread synchronizes, so relaxed atomics are sufficient.
//! - Indexes are claimed by an atomic counter: concurrent inserts into different
//!   versions of one arena write to disjoint nodes.
//! - Arenas form a chain by `previous`; an index is valid in exactly one of them, the
//!   one with the greatest first index that is not above it. The chain has at most
//!   [`MAX_ARENA_CHAIN`] links.
//! - A leaf is at the first level at which no other hash has the same digits. Leaves
//!   with equal hashes form a list.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

const FANOUT: usize = 8;
const BITS: usize = 3;
/// The number of 3-bit digits of a hash.
const LEVELS: usize = (u64::BITS as usize).div_ceil(BITS);
/// Maximum length of a chain of arenas.
const MAX_ARENA_CHAIN: u32 = 16;

/// One version of a map from hashes to values. Values with equal hashes are
/// distinguished by a predicate.
#[derive(Debug)]
pub(super) struct VersionedMap<V> {
    arena: Option<Arc<Arena<V>>>,
    root: NodeRef,
    len: usize,
    /// Number of leaves written since the last compaction.
    written: usize,
    /// The end of the leaves that this version has written or seen.
    version_end: u32,
}

/// A reference to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeRef {
    Empty,
    Branch(u32),
    Leaf(u32),
}

impl NodeRef {
    const EMPTY: u32 = u32::MAX;

    #[inline]
    fn from_word(word: u32) -> Self {
        match word {
            Self::EMPTY => Self::Empty,
            _ if word & 1 == 0 => Self::Branch(word >> 1),
            _ => Self::Leaf(word >> 1),
        }
    }

    #[inline]
    fn word(self) -> u32 {
        match self {
            Self::Empty => Self::EMPTY,
            Self::Branch(index) => index << 1,
            Self::Leaf(index) => index << 1 | 1,
        }
    }
}

/// Storage for branches and leaves.
#[derive(Debug)]
struct Arena<V> {
    /// The full arena before this one. Its indexes are lower.
    previous: Option<Arc<Arena<V>>>,
    chain_len: u32,
    first_branch: u32,
    first_leaf: u32,
    nodes: Vec<Branch>,
    values: Vec<OnceLock<Leaf<V>>>,
    branches_used: AtomicU32,
    leaves_used: AtomicU32,
}

/// The branches from the root to a hash, and the node at the end.
struct Path {
    nodes: [u32; LEVELS],
    depth: usize,
    end: NodeRef,
}

/// The leaves with one hash before a given one.
type CollisionPrefix<'a, V> = SmallVec<[&'a Leaf<V>; 2]>;

/// The children of a branch, as [`NodeRef`] words.
type Branch = [AtomicU32; FANOUT];

/// A value with its hash.
#[derive(Debug)]
struct Leaf<V> {
    hash: u64,
    value: V,
    /// The next leaf with the same hash.
    next: NodeRef,
}

fn digit(hash: u64, level: usize) -> usize {
    (hash >> (level * BITS)) as usize % FANOUT
}

/// Claims `many` indexes; `None` if there are not enough.
fn claim(used: &AtomicU32, count: usize, capacity: usize) -> Option<u32> {
    used.fetch_update(Relaxed, Relaxed, |used| {
        let used = used as usize + count;
        (used <= capacity).then_some(used as u32)
    })
    .ok()
}

impl<V> Default for Arena<V> {
    fn default() -> Self {
        Self {
            previous: None,
            chain_len: 0,
            first_branch: 0,
            first_leaf: 0,
            nodes: Vec::new(),
            values: Vec::new(),
            branches_used: AtomicU32::new(0),
            leaves_used: AtomicU32::new(0),
        }
    }
}

impl<V> Arena<V> {
    /// An empty arena, behind a full one.
    fn chained(previous: Arc<Self>) -> Self {
        let end = |first: u32, count: usize| first + count as u32;
        Self {
            chain_len: previous.chain_len + 1,
            first_branch: end(previous.first_branch, previous.nodes.len()),
            first_leaf: end(previous.first_leaf, previous.values.len()),
            previous: Some(previous),
            ..Self::default()
        }
    }

    /// Adds capacity behind the existing nodes.
    fn reserve(mut self, nodes: usize, values: usize) -> Self {
        self.branches_used = AtomicU32::new(self.nodes.len() as u32);
        self.leaves_used = AtomicU32::new(self.values.len() as u32);
        self.nodes.resize_with(self.nodes.len() + nodes, Branch::default);
        self.values.resize_with(self.values.len() + values, OnceLock::new);
        self
    }

    /// Claims branches and leaves. Returns the first index of each.
    fn claim(&self, nodes: usize, values: usize) -> Option<(u32, u32)> {
        let node = claim(&self.branches_used, nodes, self.nodes.len())?;
        let value = claim(&self.leaves_used, values, self.values.len())?;
        Some((self.first_branch + node, self.first_leaf + value))
    }

    /// The end of the claimed leaves.
    fn version_end(&self) -> u32 {
        self.first_leaf + self.leaves_used.load(Relaxed)
    }

    /// Finds the arena that has an index, and the offset in it. `first` selects the first
    /// index of an arena.
    #[inline]
    fn locate(&self, index: u32, first: impl Fn(&Self) -> u32) -> (&Self, usize) {
        let mut arena = self;
        while let Some(previous) = arena.previous.as_ref().filter(|_| index < first(arena)) {
            arena = previous;
        }
        (arena, (index - first(arena)) as usize)
    }

    fn branch(&self, node: u32) -> &Branch {
        let (arena, at) = self.locate(node, |arena| arena.first_branch);
        &arena.nodes[at]
    }

    fn leaf(&self, value: u32) -> &Leaf<V> {
        let (arena, at) = self.locate(value, |arena| arena.first_leaf);
        arena.values[at].get().expect("nodes are written before they are linked")
    }

    /// The leaves with one hash, from `first` on.
    fn collisions(&self, first: NodeRef) -> impl Iterator<Item = &Leaf<V>> + '_ {
        let leaf = |link: NodeRef| match link {
            NodeRef::Leaf(value) => Some(self.leaf(value)),
            _ => None,
        };
        std::iter::successors(leaf(first), move |known| leaf(known.next))
    }

    /// Splits a collision list at the leaf that `is_same` accepts: the leaves before it, and
    /// the reference to those after it. `None` if there is no such leaf.
    fn split_collisions(
        &self,
        first: NodeRef,
        is_same: impl Fn(&V) -> bool,
    ) -> Option<(CollisionPrefix<'_, V>, NodeRef)> {
        let mut before = SmallVec::new();
        for leaf in self.collisions(first) {
            if is_same(&leaf.value) {
                return Some((before, leaf.next));
            }
            before.push(leaf);
        }
        None
    }

    /// The children of a branch.
    fn load_branch(&self, node: u32) -> [u32; FANOUT] {
        self.branch(node).each_ref().map(|child| child.load(Relaxed))
    }

    /// Writes a claimed branch: a copy of another one, or empty.
    fn write_branch(&self, node: u32, copied: Option<u32>) -> &Branch {
        let children = &self.nodes[(node - self.first_branch) as usize];
        match copied {
            Some(known) => (children.iter().zip(self.branch(known)))
                .for_each(|(child, known)| child.store(known.load(Relaxed), Relaxed)),
            None => children.iter().for_each(|child| child.store(NodeRef::EMPTY, Relaxed)),
        }
        children
    }

    /// Writes a claimed leaf.
    fn write_leaf(&self, value: u32, leaf: Leaf<V>) {
        let written = self.values[(value - self.first_leaf) as usize].set(leaf).is_ok();
        debug_assert!(written, "a claimed leaf is written once");
    }
}

impl<V: Clone> VersionedMap<V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether this version is the newest of its arena: nothing was written after it.
    pub(super) fn is_newest(&self) -> bool {
        self.arena.as_ref().is_none_or(|arena| arena.version_end() == self.version_end)
    }

    pub(super) fn get(&self, hash: u64, is_same: impl Fn(&V) -> bool) -> Option<&V> {
        let arena = self.arena.as_ref()?;
        let (mut link, mut rest) = (self.root, hash);
        loop {
            match link {
                NodeRef::Empty => return None,
                NodeRef::Branch(node) => {
                    let child = &arena.branch(node)[rest as usize % FANOUT];
                    (link, rest) = (NodeRef::from_word(child.load(Relaxed)), rest >> BITS);
                }
                NodeRef::Leaf(value) => match arena.leaf(value) {
                    leaf if leaf.hash != hash => return None,
                    leaf if is_same(&leaf.value) => return Some(&leaf.value),
                    leaf => link = leaf.next,
                },
            }
        }
    }

    /// Inserts a value, or replaces the one that `is_same` accepts. Other versions do not
    /// change.
    pub(super) fn insert(&mut self, hash: u64, is_same: impl Fn(&V) -> bool, value: V) {
        let Some(arena) = &self.arena else {
            *self = self.grow_or_compact(0, 1);
            return self.insert(hash, is_same, value);
        };
        let Path { nodes, depth, end } = self.path_to(arena, hash);
        let path = &nodes[..depth];
        let found = match end {
            NodeRef::Leaf(value) => Some(arena.leaf(value).hash),
            _ => None,
        };
        // If another hash is at the end of the path: the number of branches that have to be
        // inserted between the path and the two leaves.
        let other = found.filter(|known| *known != hash);
        let between = other.map_or(0, |known| {
            let level = (known ^ hash).trailing_zeros() as usize / BITS;
            level + 1 - depth
        });
        // Leaves with this hash in front of the replaced one are copied.
        let collisions = if found == Some(hash) { end } else { NodeRef::Empty };
        let split = arena.split_collisions(collisions, &is_same);
        let replaces = split.is_some();
        let (before, mut link) = split.unwrap_or((SmallVec::new(), collisions));

        let (nodes, values) = (depth + between, before.len() + 1);
        let Some((mut node, mut index)) = arena.claim(nodes, values) else {
            drop(before);
            *self = self.grow_or_compact(nodes, values);
            return self.insert(hash, is_same, value);
        };
        for value in before.into_iter().map(|leaf| leaf.value.clone()).chain([value]) {
            arena.write_leaf(index, Leaf { hash, value, next: link });
            link = NodeRef::Leaf(index);
            index += 1;
        }
        for level in (0..nodes).rev() {
            let children = arena.write_branch(node, path.get(level).copied());
            if let Some(known) = other.filter(|_| level + 1 == nodes) {
                children[digit(known, level)].store(end.word(), Relaxed);
            }
            children[digit(hash, level)].store(link.word(), Relaxed);
            link = NodeRef::Branch(node);
            node += 1;
        }
        (self.root, self.version_end) = (link, index);
        self.len += usize::from(!replaces);
        self.written += values;
    }

    fn path_to(&self, arena: &Arena<V>, hash: u64) -> Path {
        let mut found = Path { nodes: [0; LEVELS], depth: 0, end: self.root };
        while let NodeRef::Branch(node) = found.end {
            let child = &arena.branch(node)[digit(hash, found.depth)];
            found.nodes[found.depth] = node;
            found.depth += 1;
            found.end = NodeRef::from_word(child.load(Relaxed));
        }
        found
    }

    /// The same version with capacity for more branches and leaves: in a chained arena, or
    /// in a compacted copy.
    fn grow_or_compact(&self, nodes: usize, values: usize) -> Self {
        let branches_for =
            |values: usize| values * (self.len.checked_ilog(FANOUT).unwrap_or(0) as usize + 2);
        // Compaction takes time in the number of values. It is due if as many were written,
        // unless other versions wrote them.
        let compact = self.arena.as_ref().is_none_or(|arena| arena.chain_len == MAX_ARENA_CHAIN)
            || self.written >= 4 * self.len
            || (self.is_newest() && 2 * self.written >= self.len);
        if let Some(previous) = self.arena.as_ref().filter(|_| !compact) {
            let more = self.written.max(FANOUT);
            let arena = Arena::chained(previous.clone());
            let arena = arena.reserve(branches_for(more) + nodes, more + values);
            return Self { version_end: arena.version_end(), arena: Some(arena.into()), ..*self };
        }
        let more = (2 * self.len).max(FANOUT / 2);
        let (all_nodes, all_values) =
            (branches_for(self.len + more) + nodes, self.len + more + values);
        let mut arena = Arena {
            nodes: Vec::with_capacity(all_nodes),
            values: Vec::with_capacity(all_values),
            ..Arena::default()
        };
        let root = self.copy(self.root, &mut arena);
        let arena = arena.reserve(branches_for(more) + nodes, more + values);
        Self {
            version_end: arena.version_end(),
            arena: Some(arena.into()),
            root,
            len: self.len,
            written: 0,
        }
    }

    /// Copies a subtree to the end of another arena.
    fn copy(&self, link: NodeRef, into: &mut Arena<V>) -> NodeRef {
        let Some(arena) = &self.arena else { return NodeRef::Empty };
        match link {
            NodeRef::Empty => NodeRef::Empty,
            NodeRef::Branch(node) => {
                let words = arena
                    .load_branch(node)
                    .map(|word| self.copy(NodeRef::from_word(word), into).word());
                into.nodes.push(words.map(AtomicU32::new));
                NodeRef::Branch(into.nodes.len() as u32 - 1)
            }
            NodeRef::Leaf(_) => {
                let first = into.values.len() as u32;
                let mut collisions = arena.collisions(link).peekable();
                while let Some(Leaf { hash, value, .. }) = collisions.next() {
                    let behind = NodeRef::Leaf(into.values.len() as u32 + 1);
                    let next = collisions.peek().map_or(NodeRef::Empty, |_| behind);
                    into.values.push(Leaf { hash: *hash, value: value.clone(), next }.into());
                }
                NodeRef::Leaf(first)
            }
        }
    }

    pub(super) fn for_each(&self, visit: &mut impl FnMut(u64, &V)) {
        if let Some(arena) = &self.arena {
            arena.for_each(self.root, visit);
        }
    }

    /// Heap memory in bytes; `of` returns that of a value. Includes values of other
    /// versions in the same arenas.
    pub(super) fn heap_bytes(&self, of: impl Fn(&V) -> usize) -> usize {
        let in_one = |arena: &Arc<Arena<V>>| {
            let leaf = arena.values.iter().filter_map(OnceLock::get);
            let values: usize = leaf.map(|leaf| of(&leaf.value)).sum();
            size_of_val(&*arena.nodes) + size_of_val(&*arena.values) + values
        };
        self.arenas().map(in_one).sum()
    }

    /// The arena and all previous ones.
    fn arenas(&self) -> impl Iterator<Item = &Arc<Arena<V>>> {
        std::iter::successors(self.arena.as_ref(), |arena| arena.previous.as_ref())
    }
}

impl<V> Arena<V> {
    fn for_each(&self, link: NodeRef, visit: &mut impl FnMut(u64, &V)) {
        match link {
            NodeRef::Empty => {}
            NodeRef::Branch(node) => {
                self.load_branch(node)
                    .into_iter()
                    .for_each(|word| self.for_each(NodeRef::from_word(word), visit));
            }
            NodeRef::Leaf(_) => {
                self.collisions(link).for_each(|leaf| visit(leaf.hash, &leaf.value))
            }
        }
    }
}

impl<V> Clone for VersionedMap<V> {
    fn clone(&self) -> Self {
        Self { arena: self.arena.clone(), ..*self }
    }
}

impl<V> Default for VersionedMap<V> {
    fn default() -> Self {
        Self { arena: None, root: NodeRef::Empty, len: 0, written: 0, version_end: 0 }
    }
}

#[cfg(test)]
impl<V: Clone> VersionedMap<V> {
    /// A new version with this value.
    pub(super) fn with(&self, hash: u64, is_same: impl Fn(&V) -> bool, value: V) -> Self {
        let mut next = self.clone();
        next.insert(hash, is_same, value);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insert_leaves_other_versions_unchanged() {
        let mut versions = vec![VersionedMap::default()];
        for n in 0..500u64 {
            // Hashes with equal low digits, and some that are equal.
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
    fn insert_late_difference_splits_collisions() {
        let mut map = VersionedMap::default();
        for value in [1, 2] {
            map = map.with(0, |known| *known == value, value);
        }
        // Equal low digits, another hash.
        let far = 1 << 40;
        map = map.with(far, |known| *known == 3, 3);
        assert_eq!(map.len(), 3);
        assert_eq!([0, far].map(|hash| map.get(hash, |known| *known == 3)), [None, Some(&3)]);
        assert_eq!([1, 2].map(|value| map.get(0, |known| *known == value)), [Some(&1), Some(&2)]);
        assert_eq!(map.get(far, |known| *known == 1), None);
    }

    #[test]
    fn len_replaced_value_counts_once() {
        let put = |map: &VersionedMap<_>, hash, value: (u8, u8)| {
            map.with(hash, |known: &(u8, u8)| known.0 == value.0, value)
        };
        let one = put(&VersionedMap::default(), 9, (1, 1));
        let two = put(&one, 9, (2, 1));
        let three = put(&two, 9, (3, 1));
        let again = put(&three, 9, (2, 5));
        assert_eq!([&one, &two, &three, &again].map(VersionedMap::len), [1, 2, 3, 3]);
        assert_eq!(again.get(9, |known| known.0 == 2), Some(&(2, 5)));
        assert_eq!(put(&one, 9, (1, 7)).len(), 1);
    }

    /// A version and its expected content, by hash and name.
    #[derive(Clone, Default)]
    struct Model {
        map: VersionedMap<(u8, u32)>,
        known: std::collections::BTreeMap<(u64, u8), u32>,
    }

    impl Model {
        fn with(&self, hash: u64, name: u8, value: u32) -> Self {
            let mut next = self.clone();
            next.map = self.map.with(hash, |known| known.0 == name, (name, value));
            next.known.insert((hash, name), value);
            next
        }

        fn check(&self) {
            assert_eq!(self.map.len(), self.known.len());
            for ((hash, name), value) in &self.known {
                let found = self.map.get(*hash, |known| known.0 == *name);
                assert_eq!(found, Some(&(*name, *value)), "{hash:x} {name}");
            }
            let mut all = std::collections::BTreeMap::new();
            self.map.for_each(&mut |hash, (name, value)| {
                assert!(all.insert((hash, *name), *value).is_none());
            });
            assert_eq!(all, self.known);
        }

        fn chain_len(&self) -> u32 {
            self.map.arena.as_ref().map_or(0, |arena| arena.chain_len)
        }
    }

    #[test]
    fn insert_branching_versions_match_model() {
        // A linear congruential generator; the hashes have common digits.
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state >> 33
        };
        let mut versions = vec![Model::default()];
        let mut max_chain_len = 0;
        for step in 0..6000 {
            // Often the newest version, often one of the newest, sometimes any.
            let back = match random() % 4 {
                0 => random() as usize % versions.len(),
                1 => random() as usize % versions.len().min(4),
                _ => 0,
            };
            let of = &versions[versions.len() - 1 - back];
            let hash = (random() % 8) << [0, 1, 30, 61][random() as usize % 4];
            let next = of.with(hash, (random() % 5) as u8, step);
            max_chain_len = max_chain_len.max(next.chain_len());
            if step % 16 == 0 {
                next.check();
            }
            versions.push(next);
        }
        versions.iter().step_by(7).for_each(Model::check);
        assert!(max_chain_len > 1, "{max_chain_len}");
    }

    #[test]
    fn grow_many_branches_rarely_compacts() {
        let mut of = Model::default();
        for n in 0..1000 {
            of = of.with(n, 0, 0);
        }
        let copies = (0..5000).map(|n| of.with(n % 1500, 1, 1)).filter(|next| next.map.written < 2);
        assert!(copies.count() < 2);
        of.check();
        // Neither does the chain that continues.
        for n in 0..10_000 {
            of.with(n % 999, 2, n as u32);
            of = of.with(n % 1100, 0, n as u32);
            assert!(of.chain_len() <= MAX_ARENA_CHAIN);
        }
        of.check();
    }

    #[test]
    fn compact_unreachable_values_are_dropped() {
        let counted = Arc::new(());
        let mut map = VersionedMap::default();
        let mut most = 0;
        for n in 0..20_000u64 {
            map = map.with((n % 100) << 40, |_| true, counted.clone());
            most = most.max(Arc::strong_count(&counted));
        }
        assert_eq!(map.len(), 100);
        assert!(most < 2 + 4 * 100, "{most}");
        // Three times the capacity at most, with five branches for each leaf.
        let cell = size_of::<OnceLock<Leaf<Arc<()>>>>() + 5 * size_of::<Branch>();
        let bytes = map.heap_bytes(|_| 0);
        assert!((100 * cell..330 * cell).contains(&bytes), "{bytes}");
        assert_eq!(map.heap_bytes(|_| 1) - bytes, Arc::strong_count(&counted) - 1);
        drop(map);
        assert_eq!(Arc::strong_count(&counted), 1);
    }

    #[test]
    fn compact_abandoned_versions_are_dropped() {
        let mut map = VersionedMap::default();
        for n in 0..20_000u64 {
            let next = map.with(n % 100, |_| true, n);
            // Another version is written behind each one that is continued.
            map.with(n % 100, |_| true, 0);
            map = next;
            let room: usize = map.arenas().map(|arena| arena.values.len()).sum();
            assert!(room < 12 * map.len() + 40, "{room} for {}", map.len());
        }
    }

    #[test]
    fn insert_concurrent_threads_match_model() {
        let of = (0..100).fold(Model::default(), |model, n| model.with(n, 0, 0));
        let ends: Vec<Model> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..5u8)
                .map(|name| {
                    let of = &of;
                    scope.spawn(move || {
                        (0..500)
                            .fold(of.clone(), |model, n| model.with(n * 7 % 300, name, n as u32))
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        ends.iter().chain([&of]).for_each(Model::check);
    }

    #[test]
    fn insert_20000_collisions_are_found() {
        const COUNT: u32 = 20_000;
        let with = |from: &VersionedMap<(u32, u32)>, n, value| {
            from.with(7, |known: &(u32, u32)| known.0 == n, (n, value))
        };
        let collisions = (0..COUNT).fold(VersionedMap::default(), |map, n| with(&map, n, 0));
        // The first one, one in the middle, the last one.
        let changed = [COUNT - 1, COUNT / 2, 0]
            .into_iter()
            .fold(collisions.clone(), |map, n| (1..4).fold(map, |map, value| with(&map, n, value)));
        assert_eq!([&collisions, &changed].map(VersionedMap::len), [COUNT as usize; 2]);
        for n in (0..COUNT).step_by(100).chain([1, COUNT - 2, COUNT - 1]) {
            let get = |of: &VersionedMap<(u32, u32)>| of.get(7, |known| known.0 == n).copied();
            let now = if [0, COUNT / 2, COUNT - 1].contains(&n) { 3 } else { 0 };
            assert_eq!([&collisions, &changed].map(get), [Some((n, 0)), Some((n, now))]);
        }
        let mut seen = 0;
        changed.for_each(&mut |hash, _| seen += u32::from(hash == 7));
        assert_eq!(seen, COUNT);
    }
}
