//! Millisecond recurrences that are alone with their period: a multiplication
//! and two comparisons each.

use crate::index::bounds::PackedInterval;
use crate::index::pattern::{self, ModRange, residue};
use crate::index::stretch::AnswerSpan;
use crate::index::words::{i64_from_words, push_i64};

/// How many words one takes.
pub(super) const WORDS: usize = 9;

/// Occurs for `length` every `period`.
struct PeriodicRule {
    bounds: PackedInterval,
    /// How long ago its last occurrence would have begun when it begins to exist.
    phase: u64,
    period: u64,
    length: u64,
    /// 2^64 divided by the period, rounded down.
    reciprocal: u64,
}

/// Writes an arc on the circle of a period. `position` is that of the instant
/// at which it begins to exist.
pub(super) fn write(words: &mut Vec<u32>, arc: &ModRange, period: u32, position: u32) {
    PackedInterval::write(words, (arc.from, arc.until));
    push_i64(words, (u64::MAX / u64::from(period)) as i64);
    words.extend([pattern::mod_distance(position, arc.start, period), period, arc.length]);
}

/// What was written: the period, and the arc on its circle.
pub(super) fn arc(words: &[u32; WORDS]) -> (u32, ModRange) {
    let PeriodicRule { bounds, phase, period, length, .. } = PeriodicRule::read(words);
    let period = period as u32;
    let start = pattern::mod_distance(residue(bounds.from, period), phase as u32, period);
    let (from, until) = bounds.endpoints();
    (period, ModRange { start, length: length as u32, from, until })
}

impl PeriodicRule {
    #[inline(always)]
    fn read(words: &[u32; WORDS]) -> Self {
        let [a, b, c, d, e, f, phase, period, length] = *words;
        Self {
            bounds: PackedInterval::read([a, b, c, d]),
            phase: u64::from(phase),
            period: u64::from(period),
            length: u64::from(length),
            reciprocal: i64_from_words([e, f]) as u64,
        }
    }

    /// How long ago the last occurrence began, while it exists.
    #[inline(always)]
    fn since(&self, t: i64) -> u64 {
        let since = (t.wrapping_sub(self.bounds.from) as u64).wrapping_add(self.phase);
        // The quotient is exact or one too small: all of time is shorter than
        // 2^64 milliseconds.
        let quotient = ((u128::from(since) * u128::from(self.reciprocal)) >> 64) as u64;
        let rest = since.wrapping_sub(quotient.wrapping_mul(self.period));
        if rest >= self.period { rest.wrapping_sub(self.period) } else { rest }
    }
}

/// Whether it occurs at `t`.
#[inline(always)]
pub(super) fn contains(words: &[u32; WORDS], t: i64) -> bool {
    let meter = PeriodicRule::read(words);
    meter.bounds.contains(t) & (meter.since(t) < meter.length)
}

/// Where around `t` its answer stays as it is.
pub(super) fn answer_span(words: &[u32; WORDS], t: i64) -> AnswerSpan {
    let meter = PeriodicRule::read(words);
    meter.bounds.answer_span(t, || {
        let (since, length) = (meter.since(t) as i64, meter.length as i64);
        if since < length {
            AnswerSpan::from_distances(t, since, length - since).with_answer(true)
        } else {
            AnswerSpan::from_distances(t, since - length, meter.period as i64 - since)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reciprocal_divides() {
        let ends = [1i64, 2, 999, 86_400_000, 4_294_967_295, 315_537_897_600_000];
        for period in [1u32, 2, 3, 7, 1000, 86_399_999, u32::MAX - 1, u32::MAX] {
            let mut words = Vec::new();
            let arc = ModRange { start: 0, length: 1, from: 0, until: i64::MAX };
            write(&mut words, &arc, period, 0);
            let meter = PeriodicRule::read(words.as_chunks().0.first().unwrap());
            for end in ends {
                for t in [end - 1, end, end / i64::from(period) * i64::from(period)] {
                    assert_eq!(meter.since(t), t as u64 % u64::from(period), "{t} by {period}");
                }
            }
        }
    }

    #[test]
    fn a_stretch_is_an_occurrence_or_a_pause_within_the_bounds() {
        // At 920, 1020, 1120 and so on, for 10 each.
        let arc = ModRange { start: 20, length: 10, from: 1000, until: 1500 };
        let mut words = Vec::new();
        write(&mut words, &arc, 100, 0);
        let meter = words.as_chunks().0.first().unwrap();
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
                assert_eq!(super::answer_span(meter, t), expected, "{t}");
                assert_eq!(contains(meter, t), expected.silenced, "{t}");
            }
        }
    }
}
