//! Arcs on a circle: what repeats after a fixed time, merged.
//!
//! A daily calendar is a set of arcs on the circle of a day, a weekly one on
//! that of a week, a millisecond recurrence on that of its period. Arcs that
//! hold for ever merge into sorted boundaries, of which an odd number at or
//! before a position means "inside". Arcs that hold for a part of time only
//! are asked one by one while they are few, and sit in a segment tree over
//! time when they are many.

use smallvec::SmallVec;

use crate::index::Stretch;
use crate::index::block::Circle;
use crate::index::item::ALWAYS;
use crate::index::rank;
use crate::index::words::{Reader, push_i64, wide};
use crate::time::coalesce;

/// An arc that starts at `start` (below the modulus), is `length` long (1 to
/// the modulus), and exists in `[from, until)` only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// How the arcs of a circle are written: a part of the circle's first word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Bounded arcs that are asked one by one.
    listed: u32,
    /// Whether a tree of bounded arcs follows.
    treed: bool,
}

impl Shape {
    /// The bits of a word that it takes.
    pub(super) const BITS: u32 = 5;

    #[inline(always)]
    pub(super) fn of(bits: u32) -> Self {
        Self { listed: bits & 0xf, treed: bits & 0x10 != 0 }
    }

    fn bits(self) -> u32 {
        self.listed | u32::from(self.treed) << 4
    }
}

/// Up to so many bounded arcs are asked one by one.
const LISTED_ARCS: usize = 12;

/// The boundaries of up to four arcs are found in so many steps.
const LANE: usize = 8;

/// Memory for spans of positions, used again and again.
pub(super) type Scratch = SmallVec<[(u64, u64); 16]>;

/// Merges arcs into boundaries on a circle of `modulus`.
fn merged(
    spans: &mut Scratch,
    arcs: impl Iterator<Item = (u32, u32)>,
    modulus: u32,
) -> impl ExactSizeIterator<Item = u32> + '_ {
    spans.clear();
    for (start, length) in arcs {
        let (start, end) = (u64::from(start), u64::from(start) + u64::from(length));
        let modulus = u64::from(modulus);
        spans.push((start, end.min(modulus)));
        if end > modulus {
            spans.push((0, end - modulus));
        }
    }
    let spans = coalesce(spans);
    // Every bound is at most the modulus, which is a u32.
    (0..2 * spans.len()).map(|at| {
        let (start, end) = spans[at / 2];
        if at % 2 == 0 { start as u32 } else { end as u32 }
    })
}

/// Writes the arcs of one circle behind the word at `head`, of which it sets
/// the bits of the shape, shifted by `shift`. Then: how many words the boundaries
/// take, the boundaries, the listed arcs (6 words each), the tree.
pub(super) fn write(
    words: &mut Vec<u32>,
    arcs: &[(Circle, Arc)],
    (head, shift): (u32, u32),
    modulus: u32,
    scratch: &mut Scratch,
) {
    let is_unbounded = |arc: &Arc| arc.from <= ALWAYS.0 && arc.until >= ALWAYS.1;
    let arcs = || arcs.iter().map(|(_, arc)| arc);
    let unbounded = arcs().filter(|arc| is_unbounded(arc)).map(|arc| (arc.start, arc.length));
    let boundaries = merged(scratch, unbounded, modulus);
    let bounded = || arcs().filter(|arc| !is_unbounded(arc));
    let count = bounded().count();
    let (listed, treed) = if count <= LISTED_ARCS { (count, 0) } else { (0, count) };

    let shape = Shape { listed: listed as u32, treed: treed != 0 };
    words.extend([head | shape.bits() << shift, rank::padded::<LANE>(boundaries.len()) as u32]);
    rank::write::<LANE>(words, boundaries);
    for arc in bounded().take(listed) {
        push_i64(words, arc.from);
        push_i64(words, arc.until.wrapping_sub(arc.from));
        words.extend([arc.start, arc.length]);
    }
    if treed != 0 {
        write_tree(words, &bounded().copied().collect::<Vec<_>>(), modulus, scratch);
    }
}

/// Writes a segment tree over the slots between the bounds of the arcs: the
/// number of bounds and of leaves, the bounds, the offsets of each node's
/// boundaries, the boundaries.
fn write_tree(words: &mut Vec<u32>, arcs: &[Arc], modulus: u32, scratch: &mut Scratch) {
    let mut bounds: Vec<i64> = arcs.iter().flat_map(|arc| [arc.from, arc.until]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let leaves = (bounds.len() + 1).next_power_of_two();
    let mut nodes: Vec<Vec<(u32, u32)>> = vec![Vec::new(); 2 * leaves];
    for arc in arcs {
        // Slot i lies before bounds[i]; the arc covers whole slots.
        let slot = |t: i64| bounds.partition_point(|bound| *bound <= t);
        let (mut left, mut right) = (slot(arc.from) + leaves, slot(arc.until) + leaves);
        while left < right {
            if left & 1 == 1 {
                nodes[left].push((arc.start, arc.length));
                left += 1;
            }
            if right & 1 == 1 {
                right -= 1;
                nodes[right].push((arc.start, arc.length));
            }
            (left, right) = (left / 2, right / 2);
        }
    }
    words.extend([bounds.len() as u32, leaves as u32]);
    bounds.iter().for_each(|bound| push_i64(words, *bound));
    let mut patterns: Vec<u32> = Vec::new();
    for node in nodes {
        words.push(patterns.len() as u32);
        patterns.extend(merged(scratch, node.into_iter(), modulus));
    }
    words.push(patterns.len() as u32);
    words.extend(patterns);
}

/// An arc that is asked by itself, as written.
#[derive(Clone, Copy)]
struct Listed {
    from: i64,
    /// For how long it exists.
    span: u64,
    start: u32,
    length: u32,
}

impl Listed {
    #[inline(always)]
    fn read(words: &[u32; 6]) -> Self {
        let [a, b, c, d, start, length] = *words;
        Self { from: wide([a, b]), span: wide([c, d]) as u64, start, length }
    }

    #[inline(always)]
    fn exists(self, t: i64) -> bool {
        (t.wrapping_sub(self.from) as u64) < self.span
    }

    fn bounds(self) -> (i64, i64) {
        (self.from, self.from.wrapping_add(self.span as i64))
    }
}

/// How far `position` is past `start` on the circle.
#[inline(always)]
pub(super) fn since(position: u32, start: u32, modulus: u32) -> u32 {
    if position >= start { position - start } else { position + (modulus - start) }
}

/// Whether `position` is inside an arc that exists at `t`; moves past them.
#[inline(always)]
pub(super) fn contains(
    words: &mut Reader<'_>,
    (shape, count): (Shape, u32),
    modulus: u32,
    position: u32,
    t: i64,
) -> bool {
    let boundaries = words.slice(count as usize);
    let mut inside = rank::is_inside::<LANE>(boundaries, position);
    for arc in words.records(shape.listed as usize) {
        let arc = Listed::read(arc);
        inside |= arc.exists(t) & (since(position, arc.start, modulus) < arc.length);
    }
    if shape.treed {
        inside |= contains_in_tree(words, position, t);
    }
    inside
}

#[inline(never)]
fn contains_in_tree(words: &mut Reader<'_>, position: u32, t: i64) -> bool {
    Tree::read(words).path(t).any(|node| rank::many(node, position))
}

/// A segment tree, as written.
struct Tree<'a> {
    bounds: &'a [[u32; 2]],
    leaves: usize,
    offsets: &'a [u32],
    patterns: &'a [u32],
}

impl<'a> Tree<'a> {
    fn read(words: &mut Reader<'a>) -> Self {
        let [bounds, leaves] = *words.words();
        let bounds = words.records(bounds as usize);
        let leaves = leaves as usize;
        let offsets = words.slice(2 * leaves + 1);
        Self { bounds, leaves, offsets, patterns: words.slice(offsets[2 * leaves] as usize) }
    }

    fn slot(&self, t: i64) -> usize {
        self.bounds.partition_point(|bound| wide(*bound) <= t)
    }

    /// The patterns of the nodes above the slot of `t`.
    fn path(&self, t: i64) -> impl Iterator<Item = &'a [u32]> + use<'a> {
        let (offsets, patterns) = (self.offsets, self.patterns);
        let mut node = self.slot(t) + self.leaves;
        std::iter::from_fn(move || {
            if node == 0 {
                return None;
            }
            let pattern = &patterns[offsets[node] as usize..offsets[node + 1] as usize];
            node /= 2;
            Some(pattern)
        })
    }
}

/// Where around `t` the answer of the arcs stays as it is; moves past them.
///
/// `around` turns a stretch of positions, given as distances back and ahead,
/// into a stretch of time that holds `t`.
pub(super) fn stretch(
    words: &mut Reader<'_>,
    (shape, count): (Shape, u32),
    modulus: u32,
    position: u32,
    t: i64,
    around: impl Fn(i64, i64) -> Stretch,
) -> Stretch {
    let of = |boundaries: &[u32]| between(boundaries, position, (0, modulus), &around);
    let mut stretch = of(rank::without_padding(words.slice(count as usize)));
    for arc in words.records(shape.listed as usize) {
        let arc = Listed::read(arc);
        let since = i64::from(since(position, arc.start, modulus));
        let (length, modulus) = (i64::from(arc.length), i64::from(modulus));
        stretch = stretch.or(bounded(arc.bounds(), t, || {
            if since < length {
                around(since, length - since).answering(true)
            } else {
                around(since - length, modulus - since).answering(false)
            }
        }));
    }
    if shape.treed {
        let tree = Tree::read(words);
        let slot = tree.slot(t);
        let bound = |index: usize| tree.bounds.get(index).map(|bound| wide(*bound));
        let from = slot.checked_sub(1).and_then(bound).unwrap_or(i64::MIN);
        let until = bound(slot).unwrap_or(i64::MAX);
        for node in tree.path(t) {
            stretch = stretch.or(of(node).within(from, until));
        }
    }
    stretch
}

/// The stretch between the boundaries around `position`, and within `limits`.
pub(super) fn between(
    boundaries: &[u32],
    position: u32,
    limits: (u32, u32),
    around: impl Fn(i64, i64) -> Stretch,
) -> Stretch {
    if boundaries.is_empty() {
        return Stretch::always(false);
    }
    let rank = rank::rank(boundaries, position);
    let start = rank.checked_sub(1).map_or(0, |before| boundaries[before]).max(limits.0);
    let end = boundaries.get(rank).map_or(u32::MAX, |end| *end).min(limits.1);
    around(i64::from(position - start), i64::from(end - position)).answering(rank & 1 != 0)
}

/// The stretch of what exists in `[from, until)` only.
pub(super) fn bounded(
    (from, until): (i64, i64),
    t: i64,
    inside: impl FnOnce() -> Stretch,
) -> Stretch {
    if t < from {
        Stretch { from: i64::MIN, until: from, answer: false }
    } else if t >= until {
        Stretch { from: until, until: i64::MAX, answer: false }
    } else {
        inside().within(from, until)
    }
}
