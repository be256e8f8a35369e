//! One-time intervals: merged into sorted boundaries, and searched by parity of rank.
//!
//! An instant is inside if the number of boundaries at or before it (its rank) is odd.
//!
//! ```text
//! count << 2 | unit          unit 0: minutes, 1: seconds, 2: ms, 3: 64-bit
//! unit 0..2:  first boundary (2 words), then each boundary as its distance from
//!             the first one, in units (1 word each)
//! unit 3:     each boundary in ms (2 words each)
//! ```
//!
//! Most windows start and end at a whole minute or second. The coarsest exact unit is
//! used, so that distances fit into 32 bits for as long as possible.

use crate::index::block::codec::{WordReader, i64_from_words, push_i64};
use crate::index::near::AnswerSpan;
use crate::time::coalesce;

/// Units of boundaries in ms, coarsest first.
const UNITS_MS: [i64; 3] = [60_000, 1000, 1];
/// The unit field of boundaries of 64 bits.
const WIDE: u32 = 3;
/// All distances are less than this, in units.
const MAX_UNITS: i64 = u32::MAX as i64 - 1;
/// The boundaries of up to eight intervals are compared in one pass.
const LANE: usize = 16;

/// Merges the intervals and appends them.
pub(super) fn write(words: &mut Vec<u32>, spans: &mut [(i64, i64)]) {
    let spans = coalesce(spans);
    let boundaries = || spans.iter().flat_map(|(start, end)| [*start, *end]);
    let count = spans.len() as u32 * 2;
    let Some((first, _)) = spans.first().copied() else {
        words.push(0);
        return;
    };
    let fits = |unit: &i64| {
        boundaries().all(|bound| {
            let distance = bound - first;
            distance % unit == 0 && distance / unit < MAX_UNITS
        })
    };
    match UNITS_MS.iter().position(fits) {
        Some(unit) => {
            words.push(count << 2 | unit as u32);
            push_i64(words, first);
            words.extend(boundaries().map(|bound| ((bound - first) / UNITS_MS[unit]) as u32));
        }
        None => {
            words.push(count << 2 | WIDE);
            boundaries().for_each(|bound| push_i64(words, bound));
        }
    }
}

/// A view of the encoded intervals.
enum OneTimeSpans<'a> {
    None,
    NarrowSpans(NarrowSpans<'a>),
    Wide(&'a [[u32; 2]]),
}

/// Boundaries as distances from the first one.
struct NarrowSpans<'a> {
    first: i64,
    unit: u32,
    count: usize,
    /// The distances, and the words behind them.
    words: WordReader<'a>,
}

impl<'a> OneTimeSpans<'a> {
    /// Reads the intervals, and advances the reader past them.
    #[inline(always)]
    fn read(words: &mut WordReader<'a>) -> Self {
        let head = words.take_word();
        let (count, unit) = ((head >> 2) as usize, head & 3);
        if count == 0 {
            Self::None
        } else if unit == WIDE {
            Self::Wide(words.take_arrays(count))
        } else {
            let first = words.take_i64();
            let narrow = NarrowSpans { first, unit, count, words: *words };
            words.skip(count);
            Self::NarrowSpans(narrow)
        }
    }
}

impl NarrowSpans<'_> {
    /// Offset of `t` from the first boundary, in units. Before the first boundary the
    /// subtraction wraps to a value above every boundary; the total is even, so the parity
    /// test still answers "outside".
    #[inline(always)]
    fn units_since_first(&self, t: i64) -> u32 {
        let distance = t.wrapping_sub(self.first) as u64;
        // Each divisor is a constant, so that the compiler emits a multiplication.
        let units = match self.unit {
            0 => distance / UNITS_MS[0] as u64,
            1 => distance / UNITS_MS[1] as u64,
            _ => distance,
        };
        units.min(MAX_UNITS as u64) as u32
    }

    #[inline(always)]
    fn contains(&self, t: i64) -> bool {
        is_inside_lane::<LANE>(&mut { self.words }, self.count, self.units_since_first(t))
    }

    /// A boundary in ms.
    fn boundary(&self, at: usize) -> i64 {
        self.first + i64::from(self.words.peek_at::<1>(at)[0]) * UNITS_MS[self.unit as usize]
    }

    /// The number of boundaries at or before `t`.
    fn rank(&self, t: i64) -> usize {
        if t < self.first {
            return 0;
        }
        rank({ self.words }.take_slice(self.count), self.units_since_first(t))
    }
}

/// Whether an interval contains `t`. Advances the reader past the intervals.
#[inline(always)]
pub(super) fn contains(words: &mut WordReader<'_>, t: i64) -> bool {
    match OneTimeSpans::read(words) {
        OneTimeSpans::None => false,
        OneTimeSpans::NarrowSpans(narrow) => narrow.contains(t),
        OneTimeSpans::Wide(bounds) => {
            bounds.partition_point(|bound| i64_from_words(*bound) <= t) & 1 != 0
        }
    }
}

/// Advances the reader past the intervals.
pub(super) fn skip(words: &mut WordReader<'_>) {
    OneTimeSpans::read(words);
}

/// The interval that contains `t`, or the gap around it.
pub(super) fn answer_span(mut words: WordReader<'_>, t: i64) -> AnswerSpan {
    match OneTimeSpans::read(&mut words) {
        OneTimeSpans::None => AnswerSpan::always(false),
        OneTimeSpans::NarrowSpans(narrow) => {
            span_between(narrow.rank(t), narrow.count, |at| narrow.boundary(at))
        }
        OneTimeSpans::Wide(bounds) => {
            let rank = bounds.partition_point(|bound| i64_from_words(*bound) <= t);
            span_between(rank, bounds.len(), |at| i64_from_words(bounds[at]))
        }
    }
}

/// Calls `visit` with each merged interval.
pub(super) fn for_each(words: &mut WordReader<'_>, mut visit: impl FnMut((i64, i64))) {
    match OneTimeSpans::read(words) {
        OneTimeSpans::None => {}
        OneTimeSpans::NarrowSpans(narrow) => (0..narrow.count)
            .step_by(2)
            .for_each(|at| visit((narrow.boundary(at), narrow.boundary(at + 1)))),
        OneTimeSpans::Wide(bounds) => {
            let pairs = bounds.as_chunks().0;
            pairs
                .iter()
                .for_each(|[start, end]| visit((i64_from_words(*start), i64_from_words(*end))));
        }
    }
}

/// The span behind `rank` of `count` boundaries.
fn span_between(rank: usize, count: usize, boundary: impl Fn(usize) -> i64) -> AnswerSpan {
    AnswerSpan {
        from: rank.checked_sub(1).map_or(i64::MIN, &boundary),
        until: if rank < count { boundary(rank) } else { i64::MAX },
        silenced: rank & 1 != 0,
    }
}

/// Maximum width of a lane, which is read past the end of a shorter list.
pub(super) const MAX_LANE: usize = 16;

/// Returns whether `position` lies inside the merged ranges, that is, whether the
/// number of boundaries at or before `position` is odd. Up to `N` boundaries are compared
/// in one branch-free pass over a fixed-width lane (lanes from `count` on are masked
/// out); longer lists use binary search. Advances the reader.
#[inline(always)]
pub(super) fn is_inside_lane<const N: usize>(
    words: &mut WordReader<'_>,
    count: usize,
    position: u32,
) -> bool {
    const { assert!(N <= MAX_LANE) };
    let inside = if count <= N {
        let lane: &[u32; N] = words.peek_at(0);
        let before = lane.iter().zip(0..N as u32);
        let before = before.map(|(boundary, at)| (*boundary <= position) & (at < count as u32));
        before.fold(0, |odd, before| odd ^ u32::from(before)) != 0
    } else {
        is_inside({ *words }.take_slice(count), position)
    };
    words.skip(count);
    inside
}

/// Whether `position` lies inside merged ranges, by binary search in their boundaries.
#[inline(always)]
pub(super) fn is_inside(boundaries: &[u32], position: u32) -> bool {
    rank(boundaries, position) & 1 != 0
}

/// The number of boundaries at or before `position`.
#[inline(always)]
pub(super) fn rank(boundaries: &[u32], position: u32) -> usize {
    boundaries.partition_point(|boundary| *boundary <= position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(spans: &[(i64, i64)]) -> Vec<u32> {
        let mut words = Vec::new();
        write(&mut words, &mut spans.to_vec());
        words
    }

    /// Encoded intervals with words behind them.
    fn followed(spans: &[(i64, i64)]) -> Vec<u32> {
        [written(spans), vec![77; LANE]].concat()
    }

    /// The unit field: an index into `UNITS_MS`.
    fn unit(spans: &[(i64, i64)]) -> u32 {
        written(spans)[0] & 3
    }

    #[test]
    fn write_uses_coarsest_exact_unit() {
        let (minutes, seconds, milliseconds) = (0, 1, 2);
        // Only the distances from the first boundary count.
        assert_eq!(unit(&[(0, 60_000)]), minutes);
        assert_eq!(unit(&[(30_500, 90_500), (150_500, 210_500)]), minutes);
        assert_eq!(unit(&[(0, 60_000), (119_000, 120_000)]), seconds);
        assert_eq!(unit(&[(1, 1001), (60_001, 120_001)]), seconds);
        assert_eq!(unit(&[(0, 60_000), (90_001, 120_000)]), milliseconds);
        assert_eq!(unit(&[(0, 1)]), milliseconds);
        assert_eq!(written(&[]), [0]);
    }

    #[test]
    fn write_distant_boundaries_take_64_bits() {
        for (at, unit_ms) in UNITS_MS.iter().enumerate() {
            // Not a multiple of a coarser unit.
            assert_eq!((MAX_UNITS - 1) % 60, 13);
            assert_eq!(unit(&[(7, 7 + (MAX_UNITS - 1) * unit_ms)]), at as u32);
            assert_eq!(unit(&[(7, 7 + MAX_UNITS * unit_ms)]), WIDE);
        }
        assert_eq!(written(&[(7, 7 + MAX_UNITS)]).len(), 1 + 2 * 2);
    }

    #[test]
    fn answer_span_ends_with_boundaries() {
        for (unit, far) in [(1, 0), (1000, 0), (60_000, 0), (1, 100_000 * MAX_UNITS)] {
            let bounds = [unit, 2 * unit, 5 * unit, 6 * unit + far];
            let words = followed(&[(bounds[0], bounds[1]), (bounds[2], bounds[3])]);
            let [a, b, c, d] = bounds;
            let expected = [
                AnswerSpan { from: i64::MIN, until: a, silenced: false },
                AnswerSpan { from: a, until: b, silenced: true },
                AnswerSpan { from: b, until: c, silenced: false },
                AnswerSpan { from: c, until: d, silenced: true },
                AnswerSpan { from: d, until: i64::MAX, silenced: false },
            ];
            for expected in expected {
                let inside = [expected.from, expected.until - 1].map(|t| t.clamp(-1, 2 * d));
                for t in inside {
                    assert_eq!(answer_span(WordReader::new(&words), t), expected, "{unit} {t}");
                    assert_eq!(contains(&mut WordReader::new(&words), t), expected.silenced, "{t}");
                }
            }
        }
        let none = written(&[]);
        assert_eq!(answer_span(WordReader::new(&none), 5), AnswerSpan::always(false));
    }

    #[test]
    fn contains_advances_reader() {
        for spans in [&[][..], &[(0, 60_000)], &[(0, MAX_UNITS)], &[(0, 1), (2, 3), (4, 5)]] {
            let words = followed(spans);
            let mut reader = WordReader::new(&words);
            contains(&mut reader, 5);
            assert_eq!(reader.take_word(), 77, "{spans:?}");
            let mut reader = WordReader::new(&words);
            skip(&mut reader);
            assert_eq!(reader.take_word(), 77, "{spans:?}");
        }
    }

    #[test]
    fn is_inside_lane_ignores_over_reads() {
        for count in 0..40u32 {
            let boundaries: Vec<u32> = (0..count).map(|n| n * 10 + 5).collect();
            for behind in [0, 7, u32::MAX] {
                let words = [&boundaries[..], &[behind; 8]].concat();
                for position in (0..count * 10 + 20).chain([u32::MAX - 1]) {
                    let mut reader = WordReader::new(&words);
                    let inside = is_inside_lane::<8>(&mut reader, count as usize, position);
                    assert_eq!(
                        inside,
                        is_inside(&boundaries, position),
                        "{position} among {count}"
                    );
                    assert_eq!(*reader.peek_at::<8>(0), [behind; 8]);
                }
            }
        }
    }
}
