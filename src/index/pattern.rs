//! Arcs on a circle: what repeats after a fixed time, merged.
//!
//! A daily calendar is a set of arcs on the circle of a day, a weekly one on
//! that of a week, a millisecond recurrence on that of its period. Arcs that
//! hold for ever merge into sorted boundaries, of which an odd number at or
//! before a position means "inside". Arcs that hold for a part of time only
//! are asked one by one while they are few, and sit in a segment tree over
//! time when they are many.

use smallvec::SmallVec;

use crate::index::bounds::{ALWAYS, PackedInterval};
use crate::index::rank;
use crate::index::stretch::AnswerSpan;
use crate::index::words::{WordReader, push_i64, wide};
use crate::time::civil::{DAY_MS, WEEK_MS};
use crate::time::coalesce;

/// An arc that starts at `start` (below the modulus), is `length` long (1 to
/// the modulus), and exists in `[from, until)` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ModRange {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// Where an instant is on the circle of a period.
#[inline(always)]
pub(super) fn position_of(t: i64, modulus: u32) -> u32 {
    ((t - ALWAYS.0) as u64 % u64::from(modulus)) as u32
}

/// A circle of positions. Those of one zone stand together, so that its clock is
/// read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CycleKey {
    /// Of a zone with this number: the day, or the week.
    Clock {
        zone: u32,
        is_week: bool,
    },
    Period(u32),
}

impl CycleKey {
    pub(super) fn modulus(self) -> u32 {
        match self {
            Self::Clock { is_week: false, .. } => DAY_MS as u32,
            Self::Clock { is_week: true, .. } => WEEK_MS as u32,
            Self::Period(modulus) => modulus,
        }
    }
}

/// How the arcs of a circle are written: a part of the circle's first word.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangeLayout {
    /// Bounded arcs that are asked one by one.
    listed: u32,
    /// Whether a tree of bounded arcs follows.
    treed: bool,
}

impl RangeLayout {
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

/// The boundaries of up to four arcs are compared all at once.
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
/// the bits of the shape, shifted by `shift`. Then: how many boundaries there
/// are, the boundaries, the listed arcs (6 words each), the tree.
pub(super) fn write(
    words: &mut Vec<u32>,
    arcs: &[(CycleKey, ModRange)],
    (head, shift): (u32, u32),
    modulus: u32,
    scratch: &mut Scratch,
) {
    let is_unbounded = |arc: &ModRange| arc.from <= ALWAYS.0 && arc.until >= ALWAYS.1;
    let arcs = || arcs.iter().map(|(_, arc)| arc);
    let unbounded = arcs().filter(|arc| is_unbounded(arc)).map(|arc| (arc.start, arc.length));
    let boundaries = merged(scratch, unbounded, modulus);
    let bounded = || arcs().filter(|arc| !is_unbounded(arc));
    let count = bounded().count();
    let (listed, treed) = if count <= LISTED_ARCS { (count, 0) } else { (0, count) };

    let shape = RangeLayout { listed: listed as u32, treed: treed != 0 };
    words.extend([head | shape.bits() << shift, boundaries.len() as u32]);
    words.extend(boundaries);
    for arc in bounded().take(listed) {
        PackedInterval::write(words, (arc.from, arc.until));
        words.extend([arc.start, arc.length]);
    }
    if treed != 0 {
        write_tree(words, &bounded().copied().collect::<Vec<_>>(), modulus, scratch);
    }
}

/// Writes a segment tree over the slots between the bounds of the arcs: the
/// number of bounds and of leaves, the bounds, the offsets of each node's
/// boundaries, the boundaries.
fn write_tree(words: &mut Vec<u32>, arcs: &[ModRange], modulus: u32, scratch: &mut Scratch) {
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

/// How many words an arc that is asked by itself takes.
const LISTED_WORDS: usize = PackedInterval::WORDS + 2;

/// An arc that is asked by itself, as written.
#[derive(Clone, Copy)]
struct BoundedRange {
    bounds: PackedInterval,
    start: u32,
    length: u32,
}

impl BoundedRange {
    #[inline(always)]
    fn read(words: &[u32; LISTED_WORDS]) -> Self {
        let [a, b, c, d, start, length] = *words;
        Self { bounds: PackedInterval::read([a, b, c, d]), start, length }
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
    words: &mut WordReader<'_>,
    (shape, count): (RangeLayout, u32),
    modulus: u32,
    position: u32,
    t: i64,
) -> bool {
    let mut inside = rank::is_inside::<LANE>(words, count as usize, position);
    for arc in words.records(shape.listed as usize) {
        let arc = BoundedRange::read(arc);
        inside |= arc.bounds.hold(t) & (since(position, arc.start, modulus) < arc.length);
    }
    if shape.treed {
        inside |= contains_in_tree(words, position, t);
    }
    inside
}

#[inline(never)]
fn contains_in_tree(words: &mut WordReader<'_>, position: u32, t: i64) -> bool {
    SegmentTree::read(words).path(t).any(|node| rank::many(node, position))
}

/// A segment tree, as written.
struct SegmentTree<'a> {
    bounds: &'a [[u32; 2]],
    leaves: usize,
    offsets: &'a [u32],
    patterns: &'a [u32],
}

impl<'a> SegmentTree<'a> {
    fn read(words: &mut WordReader<'a>) -> Self {
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

/// Moves past them.
pub(super) fn skip(words: &mut WordReader<'_>, (shape, count): (RangeLayout, u32)) {
    words.skip(count as usize);
    words.records::<LISTED_WORDS>(shape.listed as usize);
    if shape.treed {
        SegmentTree::read(words);
    }
}

/// Where around `t`, which is at a position on a circle of the modulus, the answer
/// of the arcs stays as it is.
///
/// `around` turns a stretch of positions, given as distances back and ahead,
/// into a stretch of time that holds `t`.
pub(super) fn stretch(
    mut words: WordReader<'_>,
    (shape, count): (RangeLayout, u32),
    (modulus, position): (u32, u32),
    t: i64,
    around: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    let of = |boundaries: &[u32]| between(boundaries, position, (0, modulus), &around);
    let mut stretch = of(words.slice(count as usize));
    for arc in words.records(shape.listed as usize) {
        let arc = BoundedRange::read(arc);
        let since = i64::from(since(position, arc.start, modulus));
        let (length, modulus) = (i64::from(arc.length), i64::from(modulus));
        stretch = stretch.or(arc.bounds.stretch(t, || {
            if since < length {
                around(since, length - since).answering(true)
            } else {
                around(since - length, modulus - since).answering(false)
            }
        }));
    }
    if shape.treed {
        let tree = SegmentTree::read(&mut words);
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
    around: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    if boundaries.is_empty() {
        return AnswerSpan::always(false);
    }
    let rank = rank::rank(boundaries, position);
    let start = rank.checked_sub(1).map_or(0, |before| boundaries[before]).max(limits.0);
    let end = boundaries.get(rank).map_or(u32::MAX, |end| *end).min(limits.1);
    around(i64::from(position - start), i64::from(end - position)).answering(rank & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written on a circle of 100, from arcs `(start, length, from, until)`.
    fn written(arcs: &[(u32, u32, i64, i64)]) -> Vec<u32> {
        let arcs: Vec<_> = arcs
            .iter()
            .map(|(start, length, from, until)| {
                let arc = ModRange { start: *start, length: *length, from: *from, until: *until };
                (CycleKey::Period(100), arc)
            })
            .collect();
        let mut words = Vec::new();
        write(&mut words, &arcs, (0, 0), 100, &mut Scratch::new());
        words.extend([77; LANE]);
        words
    }

    /// The answer at an instant whose position is what is left of it by 100.
    fn inside(words: &[u32], t: i64) -> bool {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.words();
        contains(&mut reader, (RangeLayout::of(head), count), 100, t.rem_euclid(100) as u32, t)
    }

    fn stretch_about(words: &[u32], t: i64) -> (i64, i64, bool) {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.words();
        let around = |back, ahead| AnswerSpan::around(t, back, ahead);
        let position = t.rem_euclid(100) as u32;
        let found = stretch(reader, (RangeLayout::of(head), count), (100, position), t, around);
        (found.from, found.until, found.answer)
    }

    const EVER: (i64, i64) = ALWAYS;

    #[test]
    fn positions_are_counted_from_the_beginning_of_time() {
        // 62_135_596_800_000 = 7 * 8_876_513_828_571 + 3.
        assert_eq!([0, 1, 4].map(|t| position_of(t, 7)), [3, 4, 0]);
        assert_eq!([0, 6, 7].map(|since| position_of(ALWAYS.0 + since, 7)), [0, 6, 0]);
        // Half of a day after a midnight, at either end of time.
        assert_eq!(position_of(ALWAYS.1 - 43_200_000, 86_400_000), 43_200_000);
    }

    #[test]
    fn arcs_that_touch_or_overlap_are_merged() {
        let of = |arcs: &[(u32, u32)]| -> Vec<u32> {
            let arcs = arcs.iter().map(|(start, length)| (*start, *length, EVER.0, EVER.1));
            let words = written(&arcs.collect::<Vec<_>>());
            words[2..][..words[1] as usize].to_vec()
        };
        assert!(of(&[]).is_empty());
        assert_eq!(of(&[(10, 10), (15, 10), (25, 5), (40, 1)]), [10, 30, 40, 41]);
        // One ends with the circle, another one goes on at its beginning.
        assert_eq!(of(&[(90, 10)]), [90, 100]);
        assert_eq!(of(&[(90, 15)]), [0, 5, 90, 100]);
        assert_eq!(of(&[(30, 100)]), [0, 100]);
    }

    #[test]
    fn what_is_skipped_is_what_is_read() {
        for count in [0, 1, 5, 12, 13, 40] {
            let bounded = (0..count).map(|n| (n, 3, i64::from(n) * 10, 1000));
            let arcs: Vec<_> = bounded.chain([(50, 7, EVER.0, EVER.1)]).collect();
            let words = written(&arcs);
            let [mut read, mut skipped] = [WordReader::new(&words); 2];
            let [[head, count], _]: [[u32; 2]; 2] = [*read.words(), *skipped.words()];
            let shape = (RangeLayout::of(head), count);
            contains(&mut read, shape, 100, 5, 5);
            skip(&mut skipped, shape);
            assert_eq!([read.word(), skipped.word()], [77; 2]);
        }
    }

    #[test]
    fn few_bounded_arcs_are_listed_and_many_make_a_tree() {
        let shape = |many: i64| {
            let arcs: Vec<_> = (0..many).map(|n| (0, 10, 0, 1000 + n)).collect();
            let RangeLayout { listed, treed } = RangeLayout::of(written(&arcs)[0]);
            (listed, treed)
        };
        assert_eq!([0, 1, 12, 13].map(shape), [(0, false), (1, false), (12, false), (0, true)]);
        // What ends before time does is bounded, and so is what begins late.
        for bounds in [(EVER.0, EVER.1 - 1), (EVER.0 + 1, EVER.1)] {
            assert_eq!(RangeLayout::of(written(&[(0, 10, bounds.0, bounds.1)])[0]).listed, 1);
        }
        assert_eq!(RangeLayout::of(written(&[(0, 10, EVER.0, EVER.1)])[0]).listed, 0);
    }

    #[test]
    fn a_tree_of_any_size_is_a_scan_of_its_arcs() {
        for many in 13..36i64 {
            // As many bounds as arcs and one more, some shared.
            let arcs: Vec<_> =
                (0..many).map(|n| ((n * 37 % 100) as u32, 30, n * 250, n * 250 + 250)).collect();
            let words = written(&arcs);
            let scanned = |t: i64| {
                arcs.iter().any(|(start, length, from, until)| {
                    let since = (t - i64::from(*start)).rem_euclid(100);
                    (*from..*until).contains(&t) && since < i64::from(*length)
                })
            };
            for t in -200..many * 250 + 200 {
                assert_eq!(inside(&words, t), scanned(t), "{t} of {many}");
                let (from, until, answer) = stretch_about(&words, t);
                assert!((from..until).contains(&t) && answer == scanned(t), "{t} of {many}");
                let ends = [from.max(-200), until.min(many * 250 + 200) - 1];
                assert_eq!(ends.map(scanned), [answer; 2], "{t} of {many}");
            }
        }
    }

    #[test]
    fn a_stretch_ends_with_the_arc_the_circle_or_the_bounds() {
        let merged = written(&[(20, 10, EVER.0, EVER.1), (60, 20, EVER.0, EVER.1)]);
        assert_eq!(stretch_about(&merged, 505), (500, 520, false));
        assert_eq!(stretch_about(&merged, 520), (520, 530, true));
        assert_eq!(stretch_about(&merged, 530), (530, 560, false));
        assert_eq!(stretch_about(&merged, 579), (560, 580, true));
        assert_eq!(stretch_about(&merged, 580), (580, 600, false));

        let listed = written(&[(20, 10, 205, 1225)]);
        assert_eq!(stretch_about(&listed, 204), (i64::MIN, 205, false));
        assert_eq!(stretch_about(&listed, 205), (205, 220, false));
        assert_eq!(stretch_about(&listed, 220), (220, 230, true));
        assert_eq!(stretch_about(&listed, 229), (220, 230, true));
        assert_eq!(stretch_about(&listed, 230), (230, 320, false));
        assert_eq!(stretch_about(&listed, 310), (230, 320, false));
        assert_eq!(stretch_about(&listed, 1224), (1220, 1225, true));
        assert_eq!(stretch_about(&listed, 1225), (1225, i64::MAX, false));
        assert_eq!([204, 220, 229, 230, 1224, 1225].map(|t| inside(&listed, t)), {
            [false, true, true, false, true, false]
        });
    }
}
