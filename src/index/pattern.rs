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
use crate::index::words::{WordReader, i64_from_words, push_i64};
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
pub(super) fn residue(t: i64, modulus: u32) -> u32 {
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
    linear: u32,
    /// Whether a tree of bounded arcs follows.
    has_tree: bool,
}

impl RangeLayout {
    /// The bits of a word that it takes.
    pub(super) const BITS: u32 = 5;

    #[inline(always)]
    pub(super) fn of(bits: u32) -> Self {
        Self { linear: bits & 0xf, has_tree: bits & 0x10 != 0 }
    }

    fn bits(self) -> u32 {
        self.linear | u32::from(self.has_tree) << 4
    }
}

/// Up to so many bounded arcs are asked one by one.
const MAX_LINEAR_RANGES: usize = 12;

/// The boundaries of up to four arcs are compared all at once.
const LANE: usize = 8;

/// Memory for spans of positions, used again and again.
pub(super) type Scratch = SmallVec<[(u64, u64); 16]>;

/// Merges arcs into boundaries on a circle of `modulus`.
fn merge_ranges(
    spans: &mut Scratch,
    ranges: impl Iterator<Item = (u32, u32)>,
    modulus: u32,
) -> impl ExactSizeIterator<Item = u32> + '_ {
    spans.clear();
    for (start, length) in ranges {
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
    ranges: &[(CycleKey, ModRange)],
    (header, shift): (u32, u32),
    modulus: u32,
    scratch: &mut Scratch,
) {
    let is_unbounded = |range: &ModRange| range.from <= ALWAYS.0 && range.until >= ALWAYS.1;
    let ranges = || ranges.iter().map(|(_, range)| range);
    let unbounded =
        ranges().filter(|range| is_unbounded(range)).map(|range| (range.start, range.length));
    let boundaries = merge_ranges(scratch, unbounded, modulus);
    let bounded = || ranges().filter(|range| !is_unbounded(range));
    let count = bounded().count();
    let (linear, has_tree) = if count <= MAX_LINEAR_RANGES { (count, 0) } else { (0, count) };

    let layout = RangeLayout { linear: linear as u32, has_tree: has_tree != 0 };
    words.extend([header | layout.bits() << shift, boundaries.len() as u32]);
    words.extend(boundaries);
    for range in bounded().take(linear) {
        PackedInterval::write(words, (range.from, range.until));
        words.extend([range.start, range.length]);
    }
    if has_tree != 0 {
        write_tree(words, &bounded().copied().collect::<Vec<_>>(), modulus, scratch);
    }
}

/// Writes a segment tree over the slots between the bounds of the arcs: the
/// number of bounds and of leaves, the bounds, the offsets of each node's
/// boundaries, the boundaries.
fn write_tree(words: &mut Vec<u32>, ranges: &[ModRange], modulus: u32, scratch: &mut Scratch) {
    let mut bounds: Vec<i64> = ranges.iter().flat_map(|range| [range.from, range.until]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let leaves = (bounds.len() + 1).next_power_of_two();
    let mut nodes: Vec<Vec<(u32, u32)>> = vec![Vec::new(); 2 * leaves];
    for range in ranges {
        // Slot i lies before bounds[i]; the arc covers whole slots.
        let leaf = |t: i64| bounds.partition_point(|bound| *bound <= t);
        let (mut left, mut right) = (leaf(range.from) + leaves, leaf(range.until) + leaves);
        while left < right {
            if left & 1 == 1 {
                nodes[left].push((range.start, range.length));
                left += 1;
            }
            if right & 1 == 1 {
                right -= 1;
                nodes[right].push((range.start, range.length));
            }
            (left, right) = (left / 2, right / 2);
        }
    }
    words.extend([bounds.len() as u32, leaves as u32]);
    bounds.iter().for_each(|bound| push_i64(words, *bound));
    let mut boundaries: Vec<u32> = Vec::new();
    for node in nodes {
        words.push(boundaries.len() as u32);
        boundaries.extend(merge_ranges(scratch, node.into_iter(), modulus));
    }
    words.push(boundaries.len() as u32);
    words.extend(boundaries);
}

/// How many words an arc that is asked by itself takes.
const BOUNDED_RANGE_WORDS: usize = PackedInterval::WORDS + 2;

/// An arc that is asked by itself, as written.
#[derive(Clone, Copy)]
struct BoundedRange {
    bounds: PackedInterval,
    start: u32,
    length: u32,
}

impl BoundedRange {
    #[inline(always)]
    fn read(words: &[u32; BOUNDED_RANGE_WORDS]) -> Self {
        let [a, b, c, d, start, length] = *words;
        Self { bounds: PackedInterval::read([a, b, c, d]), start, length }
    }
}

/// How far `position` is past `start` on the circle.
#[inline(always)]
pub(super) fn mod_distance(position: u32, start: u32, modulus: u32) -> u32 {
    if position >= start { position - start } else { position + (modulus - start) }
}

/// Whether `position` is inside an arc that exists at `t`; moves past them.
#[inline(always)]
pub(super) fn contains(
    words: &mut WordReader<'_>,
    (layout, count): (RangeLayout, u32),
    modulus: u32,
    position: u32,
    t: i64,
) -> bool {
    let mut inside = rank::is_inside_lane::<LANE>(words, count as usize, position);
    for range in words.take_arrays(layout.linear as usize) {
        let range = BoundedRange::read(range);
        inside |= range.bounds.contains(t)
            & (mod_distance(position, range.start, modulus) < range.length);
    }
    if layout.has_tree {
        inside |= contains_in_tree(words, position, t);
    }
    inside
}

#[inline(never)]
fn contains_in_tree(words: &mut WordReader<'_>, position: u32, t: i64) -> bool {
    SegmentTree::read(words).path(t).any(|node| rank::is_inside(node, position))
}

/// A segment tree, as written.
struct SegmentTree<'a> {
    bounds: &'a [[u32; 2]],
    leaves: usize,
    offsets: &'a [u32],
    boundaries: &'a [u32],
}

impl<'a> SegmentTree<'a> {
    fn read(words: &mut WordReader<'a>) -> Self {
        let [bounds, leaves] = *words.take_array();
        let bounds = words.take_arrays(bounds as usize);
        let leaves = leaves as usize;
        let offsets = words.take_slice(2 * leaves + 1);
        Self { bounds, leaves, offsets, boundaries: words.take_slice(offsets[2 * leaves] as usize) }
    }

    fn leaf(&self, t: i64) -> usize {
        self.bounds.partition_point(|bound| i64_from_words(*bound) <= t)
    }

    /// The patterns of the nodes above the slot of `t`.
    fn path(&self, t: i64) -> impl Iterator<Item = &'a [u32]> + use<'a> {
        let (offsets, boundaries) = (self.offsets, self.boundaries);
        let mut node = self.leaf(t) + self.leaves;
        std::iter::from_fn(move || {
            if node == 0 {
                return None;
            }
            let pattern = &boundaries[offsets[node] as usize..offsets[node + 1] as usize];
            node /= 2;
            Some(pattern)
        })
    }
}

/// Moves past them.
pub(super) fn skip(words: &mut WordReader<'_>, (layout, count): (RangeLayout, u32)) {
    words.skip(count as usize);
    words.take_arrays::<BOUNDED_RANGE_WORDS>(layout.linear as usize);
    if layout.has_tree {
        SegmentTree::read(words);
    }
}

/// Where around `t`, which is at a position on a circle of the modulus, the answer
/// of the arcs stays as it is.
///
/// `around` turns a stretch of positions, given as distances back and ahead,
/// into a stretch of time that holds `t`.
pub(super) fn answer_span(
    mut words: WordReader<'_>,
    (layout, count): (RangeLayout, u32),
    (modulus, position): (u32, u32),
    t: i64,
    to_span: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    let of = |boundaries: &[u32]| span_between(boundaries, position, (0, modulus), &to_span);
    let mut span = of(words.take_slice(count as usize));
    for range in words.take_arrays(layout.linear as usize) {
        let range = BoundedRange::read(range);
        let since = i64::from(mod_distance(position, range.start, modulus));
        let (length, modulus) = (i64::from(range.length), i64::from(modulus));
        span = span.or(range.bounds.answer_span(t, || {
            if since < length {
                to_span(since, length - since).with_answer(true)
            } else {
                to_span(since - length, modulus - since).with_answer(false)
            }
        }));
    }
    if layout.has_tree {
        let tree = SegmentTree::read(&mut words);
        let leaf = tree.leaf(t);
        let bound = |index: usize| tree.bounds.get(index).map(|bound| i64_from_words(*bound));
        let from = leaf.checked_sub(1).and_then(bound).unwrap_or(i64::MIN);
        let until = bound(leaf).unwrap_or(i64::MAX);
        for node in tree.path(t) {
            span = span.or(of(node).clamp(from, until));
        }
    }
    span
}

/// The stretch between the boundaries around `position`, and within `limits`.
pub(super) fn span_between(
    boundaries: &[u32],
    position: u32,
    limits: (u32, u32),
    to_span: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    if boundaries.is_empty() {
        return AnswerSpan::always(false);
    }
    let rank = rank::rank(boundaries, position);
    let start = rank.checked_sub(1).map_or(0, |before| boundaries[before]).max(limits.0);
    let end = boundaries.get(rank).map_or(u32::MAX, |end| *end).min(limits.1);
    to_span(i64::from(position - start), i64::from(end - position)).with_answer(rank & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written on a circle of 100, from arcs `(start, length, from, until)`.
    fn written(ranges: &[(u32, u32, i64, i64)]) -> Vec<u32> {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(start, length, from, until)| {
                let range = ModRange { start: *start, length: *length, from: *from, until: *until };
                (CycleKey::Period(100), range)
            })
            .collect();
        let mut words = Vec::new();
        write(&mut words, &ranges, (0, 0), 100, &mut Scratch::new());
        words.extend([77; LANE]);
        words
    }

    /// The answer at an instant whose position is what is left of it by 100.
    fn inside(words: &[u32], t: i64) -> bool {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.take_array();
        contains(&mut reader, (RangeLayout::of(head), count), 100, t.rem_euclid(100) as u32, t)
    }

    fn span_about(words: &[u32], t: i64) -> (i64, i64, bool) {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.take_array();
        let to_span = |back, ahead| AnswerSpan::from_distances(t, back, ahead);
        let position = t.rem_euclid(100) as u32;
        let found =
            answer_span(reader, (RangeLayout::of(head), count), (100, position), t, to_span);
        (found.from, found.until, found.silenced)
    }

    const EVER: (i64, i64) = ALWAYS;

    #[test]
    fn positions_are_counted_from_the_beginning_of_time() {
        // 62_135_596_800_000 = 7 * 8_876_513_828_571 + 3.
        assert_eq!([0, 1, 4].map(|t| residue(t, 7)), [3, 4, 0]);
        assert_eq!([0, 6, 7].map(|since| residue(ALWAYS.0 + since, 7)), [0, 6, 0]);
        // Half of a day after a midnight, at either end of time.
        assert_eq!(residue(ALWAYS.1 - 43_200_000, 86_400_000), 43_200_000);
    }

    #[test]
    fn arcs_that_touch_or_overlap_are_merged() {
        let of = |ranges: &[(u32, u32)]| -> Vec<u32> {
            let ranges = ranges.iter().map(|(start, length)| (*start, *length, EVER.0, EVER.1));
            let words = written(&ranges.collect::<Vec<_>>());
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
            let ranges: Vec<_> = bounded.chain([(50, 7, EVER.0, EVER.1)]).collect();
            let words = written(&ranges);
            let [mut read, mut skipped] = [WordReader::new(&words); 2];
            let [[head, count], _]: [[u32; 2]; 2] = [*read.take_array(), *skipped.take_array()];
            let layout = (RangeLayout::of(head), count);
            contains(&mut read, layout, 100, 5, 5);
            skip(&mut skipped, layout);
            assert_eq!([read.take_word(), skipped.take_word()], [77; 2]);
        }
    }

    #[test]
    fn few_bounded_arcs_are_listed_and_many_make_a_tree() {
        let layout = |many: i64| {
            let ranges: Vec<_> = (0..many).map(|n| (0, 10, 0, 1000 + n)).collect();
            let RangeLayout { linear, has_tree } = RangeLayout::of(written(&ranges)[0]);
            (linear, has_tree)
        };
        assert_eq!([0, 1, 12, 13].map(layout), [(0, false), (1, false), (12, false), (0, true)]);
        // What ends before time does is bounded, and so is what begins late.
        for bounds in [(EVER.0, EVER.1 - 1), (EVER.0 + 1, EVER.1)] {
            assert_eq!(RangeLayout::of(written(&[(0, 10, bounds.0, bounds.1)])[0]).linear, 1);
        }
        assert_eq!(RangeLayout::of(written(&[(0, 10, EVER.0, EVER.1)])[0]).linear, 0);
    }

    #[test]
    fn a_tree_of_any_size_is_a_scan_of_its_arcs() {
        for many in 13..36i64 {
            // As many bounds as arcs and one more, some shared.
            let ranges: Vec<_> =
                (0..many).map(|n| ((n * 37 % 100) as u32, 30, n * 250, n * 250 + 250)).collect();
            let words = written(&ranges);
            let scanned = |t: i64| {
                ranges.iter().any(|(start, length, from, until)| {
                    let since = (t - i64::from(*start)).rem_euclid(100);
                    (*from..*until).contains(&t) && since < i64::from(*length)
                })
            };
            for t in -200..many * 250 + 200 {
                assert_eq!(inside(&words, t), scanned(t), "{t} of {many}");
                let (from, until, silenced) = span_about(&words, t);
                assert!((from..until).contains(&t) && silenced == scanned(t), "{t} of {many}");
                let ends = [from.max(-200), until.min(many * 250 + 200) - 1];
                assert_eq!(ends.map(scanned), [silenced; 2], "{t} of {many}");
            }
        }
    }

    #[test]
    fn a_stretch_ends_with_the_arc_the_circle_or_the_bounds() {
        let merged = written(&[(20, 10, EVER.0, EVER.1), (60, 20, EVER.0, EVER.1)]);
        assert_eq!(span_about(&merged, 505), (500, 520, false));
        assert_eq!(span_about(&merged, 520), (520, 530, true));
        assert_eq!(span_about(&merged, 530), (530, 560, false));
        assert_eq!(span_about(&merged, 579), (560, 580, true));
        assert_eq!(span_about(&merged, 580), (580, 600, false));

        let linear = written(&[(20, 10, 205, 1225)]);
        assert_eq!(span_about(&linear, 204), (i64::MIN, 205, false));
        assert_eq!(span_about(&linear, 205), (205, 220, false));
        assert_eq!(span_about(&linear, 220), (220, 230, true));
        assert_eq!(span_about(&linear, 229), (220, 230, true));
        assert_eq!(span_about(&linear, 230), (230, 320, false));
        assert_eq!(span_about(&linear, 310), (230, 320, false));
        assert_eq!(span_about(&linear, 1224), (1220, 1225, true));
        assert_eq!(span_about(&linear, 1225), (1225, i64::MAX, false));
        assert_eq!([204, 220, 229, 230, 1224, 1225].map(|t| inside(&linear, t)), {
            [false, true, true, false, true, false]
        });
    }
}
