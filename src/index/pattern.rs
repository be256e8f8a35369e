//! Arcs on a circle: what repeats after a fixed time, merged.
//!
//! A daily calendar is a set of arcs on the circle of a day, a weekly one on
//! that of a week, a millisecond recurrence on that of its period. Arcs that
//! hold for ever merge into sorted boundaries, of which an odd number at or
//! before a position means "inside". Arcs that hold for a part of time only
//! are asked one by one while they are few, and sit in a segment tree over
//! time when they are many.

use crate::index::Stretch;
use crate::index::words::{Reader, push_i64};
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

/// Up to so many bounded arcs are asked one by one.
const LISTED_ARCS: usize = 12;

/// Up to so many boundaries are counted rather than searched.
const COUNTED: usize = 24;

/// Whether an odd number of the sorted boundaries is at or before `position`.
#[inline]
pub(super) fn is_inside(boundaries: &[u32], position: u32) -> bool {
    rank(boundaries, position) & 1 != 0
}

/// How many of the sorted boundaries are at or before `position`.
#[inline]
pub(super) fn rank(boundaries: &[u32], position: u32) -> usize {
    if boundaries.len() <= COUNTED {
        // Without an early exit this is a handful of vector instructions.
        boundaries.iter().map(|boundary| usize::from(*boundary <= position)).sum()
    } else {
        boundaries.partition_point(|boundary| *boundary <= position)
    }
}

/// Merges arcs into boundaries on a circle of `modulus`.
fn merged(arcs: impl Iterator<Item = (u32, u32)>, modulus: u32) -> Vec<u32> {
    let mut spans = Vec::new();
    for (start, length) in arcs {
        let (start, end) = (u64::from(start), u64::from(start) + u64::from(length));
        let modulus = u64::from(modulus);
        spans.push((start, end.min(modulus)));
        spans.push((0, end.saturating_sub(modulus)));
    }
    coalesce(&mut spans);
    // Every bound is at most the modulus, which is a u32.
    spans.into_iter().flat_map(|(start, end)| [start as u32, end as u32]).collect()
}

/// Writes the arcs of one circle.
///
/// Layout: boundaries, listed arcs (6 words each), then the tree, each behind
/// its length in one word of the prefix `[boundaries, listed, bounds]`.
pub(super) fn write(words: &mut Vec<u32>, arcs: &[Arc], modulus: u32, always: (i64, i64)) {
    let is_unbounded = |arc: &&Arc| arc.from <= always.0 && arc.until >= always.1;
    let unbounded = arcs.iter().filter(is_unbounded).map(|arc| (arc.start, arc.length));
    let boundaries = merged(unbounded, modulus);
    let bounded: Vec<&Arc> = arcs.iter().filter(|arc| !is_unbounded(arc)).collect();
    let listed: &[&Arc] = if bounded.len() <= LISTED_ARCS { &bounded } else { &[] };
    let treed: &[&Arc] = if listed.is_empty() { &bounded } else { &[] };
    let mut bounds: Vec<i64> = treed.iter().flat_map(|arc| [arc.from, arc.until]).collect();
    bounds.sort_unstable();
    bounds.dedup();

    words.push(boundaries.len() as u32);
    // The two counts are small or large together: one word tells which.
    words.push(if treed.is_empty() { listed.len() as u32 } else { TREED | bounds.len() as u32 });
    words.extend_from_slice(&boundaries);
    for arc in listed {
        push_i64(words, arc.from);
        push_i64(words, arc.until);
        words.extend([arc.start, arc.length]);
    }
    if !treed.is_empty() {
        write_tree(words, treed, &bounds, modulus);
    }
}

const TREED: u32 = 1 << 31;

/// Writes a segment tree over the slots between bounds: the bounds, the number
/// of leaves, the offsets of each node's boundaries, the boundaries.
fn write_tree(words: &mut Vec<u32>, arcs: &[&Arc], bounds: &[i64], modulus: u32) {
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
    bounds.iter().for_each(|bound| push_i64(words, *bound));
    words.push(leaves as u32);
    let mut patterns: Vec<u32> = Vec::new();
    for node in nodes {
        words.push(patterns.len() as u32);
        patterns.extend(merged(node.into_iter(), modulus));
    }
    words.push(patterns.len() as u32);
    words.extend(patterns);
}

/// The arcs of one circle, as written.
struct Arcs<'a> {
    boundaries: &'a [u32],
    listed: &'a [u32],
    tree: Option<Tree<'a>>,
}

struct Tree<'a> {
    bounds: &'a [u32],
    leaves: usize,
    offsets: &'a [u32],
    patterns: &'a [u32],
}

impl<'a> Arcs<'a> {
    #[inline]
    fn read(words: &mut Reader<'a>) -> Self {
        let (count, bounded) = (words.word() as usize, words.word());
        let boundaries = words.slice(count);
        if bounded & TREED == 0 {
            return Self { boundaries, listed: words.slice(bounded as usize * 6), tree: None };
        }
        let bounds = words.slice((bounded & !TREED) as usize * 2);
        let leaves = words.word() as usize;
        let offsets = words.slice(2 * leaves + 1);
        let patterns = words.slice(offsets[2 * leaves] as usize);
        Self { boundaries, listed: &[], tree: Some(Tree { bounds, leaves, offsets, patterns }) }
    }
}

/// Whether `position` is inside an arc that exists at `t`; moves past them.
#[inline]
pub(super) fn contains(words: &mut Reader<'_>, modulus: u32, position: u32, t: i64) -> bool {
    let arcs = Arcs::read(words);
    is_inside(arcs.boundaries, position)
        || arcs.listed.chunks_exact(6).any(|arc| {
            let mut arc = Reader::new(arc);
            let (from, until) = (arc.i64(), arc.i64());
            let (start, length) = (arc.word(), arc.word());
            let since = since(position, start, modulus);
            (from <= t) & (t < until) & (since < length)
        })
        || arcs.tree.is_some_and(|tree| tree.path(t).any(|node| is_inside(node, position)))
}

/// How far `position` is past `start` on the circle.
#[inline]
fn since(position: u32, start: u32, modulus: u32) -> u32 {
    if position >= start { position - start } else { position + (modulus - start) }
}

impl<'a> Tree<'a> {
    fn slot(&self, t: i64) -> usize {
        let bounds = self.bounds.as_chunks::<2>().0;
        bounds.partition_point(|bound| Reader::new(bound).i64() <= t)
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

/// Where around `position` the answer of the arcs stays as it is, as distances
/// on the circle, and around `t` as instants; moves past them.
///
/// `around` turns a stretch of positions, given as distances back and ahead,
/// into a stretch of time that holds `t`.
pub(super) fn stretch(
    words: &mut Reader<'_>,
    modulus: u32,
    position: u32,
    t: i64,
    around: &dyn Fn(u32, u32) -> Stretch,
) -> Stretch {
    let arcs = Arcs::read(words);
    let of = |boundaries: &[u32]| {
        if boundaries.is_empty() {
            return Stretch::always(false);
        }
        let rank = rank(boundaries, position);
        let start = if rank == 0 { 0 } else { boundaries[rank - 1] };
        let end = boundaries.get(rank).map_or(modulus, |end| *end);
        around(position - start, end - position).answering(rank & 1 != 0)
    };
    let mut stretch = of(arcs.boundaries);
    for arc in arcs.listed.chunks_exact(6) {
        let mut arc = Reader::new(arc);
        let (from, until) = (arc.i64(), arc.i64());
        let (start, length) = (arc.word(), arc.word());
        let since = since(position, start, modulus);
        stretch = stretch.or(if t < from {
            Stretch { from: i64::MIN, until: from, answer: false }
        } else if t >= until {
            Stretch { from: until, until: i64::MAX, answer: false }
        } else if since < length {
            around(since, length - since).answering(true).within(from, until)
        } else {
            around(since - length, modulus - since).answering(false).within(from, until)
        });
    }
    if let Some(tree) = arcs.tree {
        let slot = tree.slot(t);
        let bounds = tree.bounds.as_chunks::<2>().0;
        let bound = |index: usize| bounds.get(index).map(|bound| Reader::new(bound).i64());
        let from = slot.checked_sub(1).and_then(bound).unwrap_or(i64::MIN);
        let until = bound(slot).unwrap_or(i64::MAX);
        for node in tree.path(t) {
            stretch = stretch.or(of(node).within(from, until));
        }
    }
    stretch
}
