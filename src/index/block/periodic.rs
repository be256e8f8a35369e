//! Periodic rules: occurrences that repeat after a fixed period, by modular
//! arithmetic.
//!
//! There are two encodings. A recurrence that is the only one with its period is
//! a [`PeriodicRule`]: one division, replaced by a multiplication with the
//! reciprocal, and two comparisons. Several recurrences with one period (and all
//! daily or weekly rules of one zone, if there are many) are a *cycle*: ranges of
//! residues modulo the period.
//!
//! ```text
//! rule, 9 words:
//!   interval (4) | reciprocal (2) | phase | period | length
//!
//! cycle, after the word that holds its RangeLayout:
//!   boundary count | boundaries                ranges that are always valid, merged
//!   linear * (interval (4) | start | length)   ranges with a validity interval
//!   segment tree                               instead of the list, from 13 on
//! ```
//!
//! Ranges without a validity interval are merged at build time into sorted
//! boundaries; a residue is inside if the number of boundaries at or before it is
//! odd. Up to [`MAX_LINEAR_RANGES`] ranges with a validity interval are evaluated
//! one after the other; more of them form a [`SegmentTree`].

use smallvec::SmallVec;

use crate::index::block::codec::{PackedInterval, WordReader, i64_from_words, push_i64};
use crate::index::block::one_time;
use crate::index::block::segment_tree::SegmentTree;
use crate::index::near::{ALWAYS, AnswerSpan};
use crate::time::civil::{DAY_MS, WEEK_MS};
use crate::time::coalesce;

/// Length of an encoded [`PeriodicRule`] in words.
pub(super) const RULE_WORDS: usize = 9;

/// A recurrence that is the only one in its block with its period.
pub(super) struct PeriodicRule {
    /// The validity interval.
    interval: PackedInterval,
    /// Time between the last occurrence start and the start of the interval.
    phase: u64,
    period: u64,
    /// Duration of an occurrence.
    length: u64,
    /// `floor(2^64 / period)`.
    reciprocal: u64,
}

impl PeriodicRule {
    /// Appends the encoding of `range`. `position` is the residue of the start of
    /// its validity interval.
    pub(super) fn write(words: &mut Vec<u32>, range: &ModRange, period: u32, position: u32) {
        PackedInterval::write(words, (range.from, range.until));
        push_i64(words, (u64::MAX / u64::from(period)) as i64);
        words.extend([mod_distance(position, range.start, period), period, range.length]);
    }

    #[inline(always)]
    pub(super) fn read(words: &[u32; RULE_WORDS]) -> Self {
        let [a, b, c, d, e, f, phase, period, length] = *words;
        Self {
            interval: PackedInterval::read([a, b, c, d]),
            phase: u64::from(phase),
            period: u64::from(period),
            length: u64::from(length),
            reciprocal: i64_from_words([e, f]) as u64,
        }
    }

    /// The period and the range that [`write`](Self::write) was given.
    pub(super) fn decode(&self) -> (u32, ModRange) {
        let period = self.period as u32;
        let start = mod_distance(residue(self.interval.from, period), self.phase as u32, period);
        let (from, until) = self.interval.endpoints();
        (period, ModRange { start, length: self.length as u32, from, until })
    }

    /// Time since the start of the last occurrence. Precondition: `t` is inside the
    /// validity interval.
    #[inline(always)]
    fn since_start(&self, t: i64) -> u64 {
        let since = (t.wrapping_sub(self.interval.from) as u64).wrapping_add(self.phase);
        // Barrett reduction. The quotient is exact or one too small, because the
        // whole time line is shorter than 2^64 milliseconds.
        let quotient = ((u128::from(since) * u128::from(self.reciprocal)) >> 64) as u64;
        let rest = since.wrapping_sub(quotient.wrapping_mul(self.period));
        if rest >= self.period { rest.wrapping_sub(self.period) } else { rest }
    }

    /// Whether an occurrence contains `t`.
    #[inline(always)]
    pub(super) fn contains(&self, t: i64) -> bool {
        self.interval.contains(t) & (self.since_start(t) < self.length)
    }

    /// The occurrence, pause or end of validity around `t`.
    pub(super) fn answer_span(&self, t: i64) -> AnswerSpan {
        self.interval.answer_span(t, || {
            let (since, length) = (self.since_start(t) as i64, self.length as i64);
            if since < length {
                AnswerSpan::from_distances(t, since, length - since).with_answer(true)
            } else {
                AnswerSpan::from_distances(t, since - length, self.period as i64 - since)
            }
        })
    }
}

/// A range of residues modulo a period: from `start` (below the modulus), `length`
/// long (1 to the modulus), valid in `[from, until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ModRange {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// `t` modulo a period, counted from the beginning of time.
#[inline(always)]
pub(super) fn residue(t: i64, modulus: u32) -> u32 {
    ((t - ALWAYS.0) as u64 % u64::from(modulus)) as u32
}

/// The distance from `start` forward to `position`, modulo `modulus`.
#[inline(always)]
fn mod_distance(position: u32, start: u32, modulus: u32) -> u32 {
    if position >= start { position - start } else { position + (modulus - start) }
}

/// What a cycle counts modulo: ranges are grouped by it. The order puts the cycles
/// of one zone next to each other, so that its local time is computed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CycleKey {
    /// Local time modulo a day or a week, by zone id.
    Clock { zone: u32, is_week: bool },
    /// Instants modulo a period in milliseconds.
    Period(u32),
}

impl CycleKey {
    /// The modulus in ms.
    pub(super) fn modulus(self) -> u32 {
        match self {
            Self::Clock { is_week: false, .. } => DAY_MS as u32,
            Self::Clock { is_week: true, .. } => WEEK_MS as u32,
            Self::Period(modulus) => modulus,
        }
    }
}

/// How the ranges of a cycle are encoded: 5 bits of the first word of the cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangeLayout {
    /// The number of ranges with a validity interval that are stored as a list.
    linear: u32,
    /// Whether a segment tree of such ranges follows.
    has_tree: bool,
}

impl RangeLayout {
    pub(super) const BITS: u32 = 5;

    #[inline(always)]
    pub(super) fn from_bits(bits: u32) -> Self {
        Self { linear: bits & 0xf, has_tree: bits & 0x10 != 0 }
    }

    fn bits(self) -> u32 {
        self.linear | u32::from(self.has_tree) << 4
    }
}

/// Up to this many ranges with a validity interval are evaluated linearly.
const MAX_LINEAR_RANGES: usize = 12;

/// The boundaries of up to four ranges are compared in one pass.
const LANE: usize = 8;

/// A buffer for merging ranges, reused between cycles.
pub(super) type Scratch = SmallVec<[(u64, u64); 16]>;

/// Merges `(start, length)` ranges modulo `modulus` into sorted boundaries.
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
    // Every boundary is at most the modulus, which is a u32.
    (0..2 * spans.len()).map(|at| {
        let (start, end) = spans[at / 2];
        if at % 2 == 0 { start as u32 } else { end as u32 }
    })
}

/// Appends the ranges of one cycle. The first word is `header` with the bits of the
/// [`RangeLayout`], shifted left by `shift`.
pub(super) fn write_ranges(
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
    let (linear, tree_len) = if count <= MAX_LINEAR_RANGES { (count, 0) } else { (0, count) };

    let layout = RangeLayout { linear: linear as u32, has_tree: tree_len != 0 };
    words.extend([header | layout.bits() << shift, boundaries.len() as u32]);
    words.extend(boundaries);
    for range in bounded().take(linear) {
        PackedInterval::write(words, (range.from, range.until));
        words.extend([range.start, range.length]);
    }
    if tree_len != 0 {
        let ranges: Vec<_> = bounded()
            .map(|range| ((range.from, range.until), (range.start, range.length)))
            .collect();
        SegmentTree::write(words, &ranges, |ranges, boundaries| {
            boundaries.extend(merge_ranges(scratch, ranges.into_iter(), modulus));
        });
    }
}

/// Length of an encoded [`BoundedRange`] in words.
const BOUNDED_RANGE_WORDS: usize = PackedInterval::WORDS + 2;

/// A range with a validity interval.
#[derive(Clone, Copy)]
struct BoundedRange {
    interval: PackedInterval,
    start: u32,
    length: u32,
}

impl BoundedRange {
    #[inline(always)]
    fn read(words: &[u32; BOUNDED_RANGE_WORDS]) -> Self {
        let [a, b, c, d, start, length] = *words;
        Self { interval: PackedInterval::read([a, b, c, d]), start, length }
    }
}

/// Whether `position` is inside a range of the cycle that is valid at `t`. Advances
/// the reader past the ranges.
#[inline(always)]
pub(super) fn ranges_contain(
    words: &mut WordReader<'_>,
    (layout, count): (RangeLayout, u32),
    modulus: u32,
    position: u32,
    t: i64,
) -> bool {
    let mut inside = one_time::is_inside_lane::<LANE>(words, count as usize, position);
    for range in words.take_arrays(layout.linear as usize) {
        let range = BoundedRange::read(range);
        inside |= range.interval.contains(t)
            & (mod_distance(position, range.start, modulus) < range.length);
    }
    if layout.has_tree {
        inside |= tree_contains(words, position, t);
    }
    inside
}

#[inline(never)]
fn tree_contains(words: &mut WordReader<'_>, position: u32, t: i64) -> bool {
    SegmentTree::read(words).path(t).any(|node| one_time::is_inside(node, position))
}

/// Advances the reader past the ranges of a cycle.
pub(super) fn skip_ranges(words: &mut WordReader<'_>, (layout, count): (RangeLayout, u32)) {
    words.skip(count as usize);
    words.take_arrays::<BOUNDED_RANGE_WORDS>(layout.linear as usize);
    if layout.has_tree {
        SegmentTree::read(words);
    }
}

/// The span around `t` in which the answer of the cycle does not change. `position`
/// is the residue of `t`.
///
/// `to_span` converts residues to time: it returns the span from a distance back to
/// a distance ahead of `t`.
pub(super) fn ranges_span(
    mut words: WordReader<'_>,
    (layout, count): (RangeLayout, u32),
    (modulus, position): (u32, u32),
    t: i64,
    to_span: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    let of = |boundaries: &[u32]| boundary_span(boundaries, position, (0, modulus), &to_span);
    let mut span = of(words.take_slice(count as usize));
    for range in words.take_arrays(layout.linear as usize) {
        let range = BoundedRange::read(range);
        let since = i64::from(mod_distance(position, range.start, modulus));
        let (length, modulus) = (i64::from(range.length), i64::from(modulus));
        span = span.or(range.interval.answer_span(t, || {
            if since < length {
                to_span(since, length - since).with_answer(true)
            } else {
                to_span(since - length, modulus - since).with_answer(false)
            }
        }));
    }
    if layout.has_tree {
        let tree = SegmentTree::read(&mut words);
        let (from, until) = tree.leaf_interval(t);
        for node in tree.path(t) {
            span = span.or(of(node).clamp(from, until));
        }
    }
    span
}

/// The span between the two boundaries around `position`, cut to `limits`.
pub(super) fn boundary_span(
    boundaries: &[u32],
    position: u32,
    limits: (u32, u32),
    to_span: impl Fn(i64, i64) -> AnswerSpan,
) -> AnswerSpan {
    if boundaries.is_empty() {
        return AnswerSpan::always(false);
    }
    let rank = one_time::rank(boundaries, position);
    let start = rank.checked_sub(1).map_or(0, |before| boundaries[before]).max(limits.0);
    let end = boundaries.get(rank).map_or(u32::MAX, |end| *end).min(limits.1);
    to_span(i64::from(position - start), i64::from(end - position)).with_answer(rank & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_start_is_remainder() {
        let ends = [1i64, 2, 999, 86_400_000, 4_294_967_295, 315_537_897_600_000];
        for period in [1u32, 2, 3, 7, 1000, 86_399_999, u32::MAX - 1, u32::MAX] {
            let mut words = Vec::new();
            let range = ModRange { start: 0, length: 1, from: 0, until: i64::MAX };
            PeriodicRule::write(&mut words, &range, period, 0);
            let rule = PeriodicRule::read(words.as_chunks().0.first().unwrap());
            for end in ends {
                for t in [end - 1, end, end / i64::from(period) * i64::from(period)] {
                    assert_eq!(
                        rule.since_start(t),
                        t as u64 % u64::from(period),
                        "{t} by {period}"
                    );
                }
            }
        }
    }

    #[test]
    fn answer_span_rule_is_occurrence_or_pause() {
        // At 920, 1020, 1120 .., each of length 10.
        let range = ModRange { start: 20, length: 10, from: 1000, until: 1500 };
        let mut words = Vec::new();
        PeriodicRule::write(&mut words, &range, 100, 0);
        let rule = PeriodicRule::read(words.as_chunks().0.first().unwrap());
        let span = |from, until, silenced| AnswerSpan { from, until, silenced };
        let expected = [
            span(i64::MIN, 1000, false),
            span(1000, 1020, false),
            span(1020, 1030, true),
            span(1030, 1120, false),
            span(1120, 1130, true),
            span(1430, 1500, false),
            span(1500, i64::MAX, false),
        ];
        for expected in expected {
            let (first, last) = (expected.from.max(0), expected.until.min(9999) - 1);
            for t in [first, first.midpoint(last), last] {
                assert_eq!(rule.answer_span(t), expected, "{t}");
                assert_eq!(rule.contains(t), expected.silenced, "{t}");
            }
        }
    }
    /// The encoding of ranges `(start, length, from, until)` modulo 100.
    fn written(ranges: &[(u32, u32, i64, i64)]) -> Vec<u32> {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(start, length, from, until)| {
                let range = ModRange { start: *start, length: *length, from: *from, until: *until };
                (CycleKey::Period(100), range)
            })
            .collect();
        let mut words = Vec::new();
        write_ranges(&mut words, &ranges, (0, 0), 100, &mut Scratch::new());
        words.extend([77; LANE]);
        words
    }

    /// The answer at an instant, modulo 100.
    fn inside(words: &[u32], t: i64) -> bool {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.take_array();
        ranges_contain(
            &mut reader,
            (RangeLayout::from_bits(head), count),
            100,
            t.rem_euclid(100) as u32,
            t,
        )
    }

    fn span_about(words: &[u32], t: i64) -> (i64, i64, bool) {
        let mut reader = WordReader::new(words);
        let [head, count] = *reader.take_array();
        let to_span = |back, ahead| AnswerSpan::from_distances(t, back, ahead);
        let position = t.rem_euclid(100) as u32;
        let found =
            ranges_span(reader, (RangeLayout::from_bits(head), count), (100, position), t, to_span);
        (found.from, found.until, found.silenced)
    }

    #[test]
    fn residue_counts_from_beginning_of_time() {
        // 62_135_596_800_000 = 7 * 8_876_513_828_571 + 3.
        assert_eq!([0, 1, 4].map(|t| residue(t, 7)), [3, 4, 0]);
        assert_eq!([0, 6, 7].map(|since| residue(ALWAYS.0 + since, 7)), [0, 6, 0]);
        // Half a day after midnight, at either end of time.
        assert_eq!(residue(ALWAYS.1 - 43_200_000, 86_400_000), 43_200_000);
    }

    #[test]
    fn merge_ranges_adjacent_are_joined() {
        let of = |ranges: &[(u32, u32)]| -> Vec<u32> {
            let ranges = ranges.iter().map(|(start, length)| (*start, *length, ALWAYS.0, ALWAYS.1));
            let words = written(&ranges.collect::<Vec<_>>());
            words[2..][..words[1] as usize].to_vec()
        };
        assert!(of(&[]).is_empty());
        assert_eq!(of(&[(10, 10), (15, 10), (25, 5), (40, 1)]), [10, 30, 40, 41]);
        // One ends with the cycle, another one continues at its start.
        assert_eq!(of(&[(90, 10)]), [90, 100]);
        assert_eq!(of(&[(90, 15)]), [0, 5, 90, 100]);
        assert_eq!(of(&[(30, 100)]), [0, 100]);
    }

    #[test]
    fn skip_ranges_advances_as_contain() {
        for count in [0, 1, 5, 12, 13, 40] {
            let bounded = (0..count).map(|n| (n, 3, i64::from(n) * 10, 1000));
            let ranges: Vec<_> = bounded.chain([(50, 7, ALWAYS.0, ALWAYS.1)]).collect();
            let words = written(&ranges);
            let [mut read, mut skipped] = [WordReader::new(&words); 2];
            let [[head, count], _]: [[u32; 2]; 2] = [*read.take_array(), *skipped.take_array()];
            let layout = (RangeLayout::from_bits(head), count);
            ranges_contain(&mut read, layout, 100, 5, 5);
            skip_ranges(&mut skipped, layout);
            assert_eq!([read.take_word(), skipped.take_word()], [77; 2]);
        }
    }

    #[test]
    fn write_ranges_13_bounded_form_tree() {
        let layout = |many: i64| {
            let ranges: Vec<_> = (0..many).map(|n| (0, 10, 0, 1000 + n)).collect();
            let RangeLayout { linear, has_tree } = RangeLayout::from_bits(written(&ranges)[0]);
            (linear, has_tree)
        };
        assert_eq!([0, 1, 12, 13].map(layout), [(0, false), (1, false), (12, false), (0, true)]);
        // An interval that ends before time does is bounded; so is one that starts later.
        for bounds in [(ALWAYS.0, ALWAYS.1 - 1), (ALWAYS.0 + 1, ALWAYS.1)] {
            assert_eq!(
                RangeLayout::from_bits(written(&[(0, 10, bounds.0, bounds.1)])[0]).linear,
                1
            );
        }
        assert_eq!(RangeLayout::from_bits(written(&[(0, 10, ALWAYS.0, ALWAYS.1)])[0]).linear, 0);
    }

    #[test]
    fn ranges_contain_tree_matches_scan() {
        for many in 13..36i64 {
            // One more endpoint than ranges; some are shared.
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
    fn ranges_span_ends_with_range_cycle_or_interval() {
        let merged = written(&[(20, 10, ALWAYS.0, ALWAYS.1), (60, 20, ALWAYS.0, ALWAYS.1)]);
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
