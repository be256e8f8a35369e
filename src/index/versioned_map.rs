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

/// Children of a branch, and bits of the hash that select one.
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

    /// Decodes a reference.
    #[inline]
    fn from_word(word: u32) -> Self {
        match word {
            Self::EMPTY => Self::Empty,
            _ if word & 1 == 0 => Self::Branch(word >> 1),
            _ => Self::Leaf(word >> 1),
        }
    }

    /// Encodes a reference.
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

/// The 3-bit digit of a hash at a level of the trie.
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

    /// The branch with an index.
    fn branch(&self, node: u32) -> &Branch {
        let (arena, at) = self.locate(node, |arena| arena.first_branch);
        &arena.nodes[at]
    }

    /// The leaf with an index.
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
    /// The number of values in this version.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether this version is the newest of its arena: nothing was written after it.
    pub(super) fn is_newest(&self) -> bool {
        self.arena.as_ref().is_none_or(|arena| arena.version_end() == self.version_end)
    }

    /// The value that `is_same` accepts among those with this hash.
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

    /// The path from the root to the node at which a hash is, or would be.
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

    /// Calls `visit` with each hash and value, in no order.
    pub(super) fn for_each<'a>(&'a self, visit: &mut impl FnMut(u64, &'a V)) {
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
    /// Visits the values of a subtree.
    fn for_each<'a>(&'a self, link: NodeRef, visit: &mut impl FnMut(u64, &'a V)) {
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
mod tests;
