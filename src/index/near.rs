//! Cached answers: spans of time in which an answer is constant, and timelines
//! around `now`.
//!
//! Whether an entity is silenced is a piecewise constant function of time. An
//! [`AnswerSpan`] is a part of one of its pieces. The index caches, for each entity
//! and each class set, the span that contains `now` ([`NearState`]); entities with
//! many windows also have a [`NearTimeline`], all pieces within two minutes of `now`.

use hashbrown::HashTable;

use crate::index::hash::fibonacci_hash;
use crate::time::Timestamp;

/// The supported range of time, `[Timestamp::MIN, Timestamp::END)` in milliseconds.
pub(super) const ALWAYS: (i64, i64) = (Timestamp::MIN.as_millis(), Timestamp::END.as_millis());

/// A half-open interval `[from, until)` in which an answer is constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AnswerSpan {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) silenced: bool,
}

impl AnswerSpan {
    /// The span that contains no instant.
    pub(super) const EMPTY: Self = Self { from: 0, until: 0, silenced: false };

    /// The span of all time.
    pub(super) const fn always(silenced: bool) -> Self {
        Self { from: i64::MIN, until: i64::MAX, silenced }
    }

    /// The span from `back` before `t` to `ahead` after `t`, with the answer "not
    /// silenced".
    pub(super) fn from_distances(t: i64, back: i64, ahead: i64) -> Self {
        Self { from: t.saturating_sub(back), until: t.saturating_add(ahead), silenced: false }
    }

    /// Whether `t` is in the span.
    pub(super) fn contains(self, t: i64) -> bool {
        self.from <= t && t < self.until
    }

    /// Whether the span contains both `t - margin` and `t + margin`.
    pub(super) fn contains_margin(self, t: i64, margin: i64) -> bool {
        self.contains(t.saturating_sub(margin)) && self.contains(t.saturating_add(margin))
    }

    /// The same span with another answer.
    pub(super) fn with_answer(self, silenced: bool) -> Self {
        Self { silenced, ..self }
    }

    /// The intersection with `[from, until)`.
    pub(super) fn clamp(self, from: i64, until: i64) -> Self {
        Self { from: self.from.max(from), until: self.until.min(until), ..self }
    }

    /// Combines the constant spans of two answers at the same instant into one of their
    /// logical OR.
    pub(super) fn or(self, other: Self) -> Self {
        match (self.silenced, other.silenced) {
            // Both contain the instant, so there is no gap between them.
            (true, true) => Self {
                from: self.from.min(other.from),
                until: self.until.max(other.until),
                silenced: true,
            },
            (true, false) => self,
            (false, true) => other,
            (false, false) => self.clamp(other.from, other.until),
        }
    }
}

/// The span that contains `now`, and its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearState {
    pub(super) span: AnswerSpan,
    /// The answer is known to be the opposite for this long before the span, in ms.
    pub(super) before_ms: i64,
    /// The answer is known to be the opposite for this long after the span, in ms.
    pub(super) after_ms: i64,
}

impl From<AnswerSpan> for NearState {
    /// Without known neighbours.
    fn from(span: AnswerSpan) -> Self {
        Self { span, before_ms: 0, after_ms: 0 }
    }
}

/// Whether `t` is in the span that starts at `from` and is `span` ms long, without a
/// branch.
#[inline(always)]
pub(super) fn span_contains(from: i64, span: u32, t: i64) -> bool {
    (t.wrapping_sub(from) as u64) < u64::from(span)
}

/// A copy of the cached answer of a slot, for entity handles (16 bytes). It also has
/// the start of the block, so that slot and block can be prefetched in parallel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NearAnswer {
    /// The first instant of the cached span whose parity encodes the answer: odd for
    /// "silenced", even for "not silenced".
    pub(super) from: i64,
    pub(super) span: u32,
    pub(super) block: u32,
}

impl NearAnswer {
    /// The cached answer, if `t` is in its span. The span may be 1 ms shorter than that
    /// of the slot, because the parity of `from` encodes the answer.
    #[inline]
    pub(crate) fn answer(self, t: i64) -> Option<bool> {
        span_contains(self.from, self.span, t).then_some(self.from & 1 != 0)
    }
}

/// A timeline reaches this far before and after `now`, in ms (about two minutes).
pub(super) const NEAR_TIMELINE_MS: i64 = 1 << 17;

/// The silences from [`NEAR_TIMELINE_MS`] before `now` to [`NEAR_TIMELINE_MS`] after
/// it: their sorted boundaries, in ms from the start of the timeline. An instant is
/// silenced if the number of boundaries at or before it is odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NearTimeline(pub(super) Box<[u32]>);

impl NearTimeline {
    /// The answer at `t`, if the timeline contains `t`. `now` is the one that the
    /// timeline was built for.
    pub(super) fn answer(&self, now: Timestamp, t: i64) -> Option<bool> {
        let offset = t.wrapping_sub(now.as_millis() - NEAR_TIMELINE_MS) as u64;
        let rank = || self.0.partition_point(|bound| u64::from(*bound) <= offset);
        (offset < 2 * NEAR_TIMELINE_MS as u64).then(|| rank() & 1 != 0)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// The timelines of entities, by the start of the entity's block.
#[derive(Clone, Debug, Default)]
pub(super) struct NearTimelines(HashTable<(u32, NearTimeline)>);

fn hash(block: u32) -> u64 {
    fibonacci_hash(block.into())
}

impl NearTimelines {
    /// Adds the timeline of a block that has none.
    pub(super) fn insert(&mut self, block: u32, timeline: NearTimeline) {
        self.0.insert_unique(hash(block), (block, timeline), |(block, _)| hash(*block));
    }

    /// The timeline of a block.
    pub(super) fn get(&self, block: u32) -> Option<&NearTimeline> {
        let found = self.0.find(hash(block), |(known, _)| *known == block);
        found.map(|(_, timeline)| timeline)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let timelines = self.0.iter().map(|(_, timeline)| timeline.heap_bytes());
        self.0.allocation_size() + timelines.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn or_spans_join_or_intersect() {
        let span = |from, until, silenced| AnswerSpan { from, until, silenced };
        let (a, b) = (span(0, 10, true), span(5, 20, true));
        assert_eq!(a.or(b), span(0, 20, true));
        assert_eq!(b.or(a), span(0, 20, true));
        let (c, d) = (span(-5, 8, false), span(3, 30, false));
        assert_eq!([a.or(c), c.or(a)], [a; 2]);
        assert_eq!([c.or(d), d.or(c)], [span(3, 8, false); 2]);
        assert_eq!([-6, -5, 7, 8].map(|t| c.contains(t)), [false, true, true, false]);
        assert!(!AnswerSpan::EMPTY.contains(0) && AnswerSpan::always(true).contains(i64::MIN));
    }

    #[test]
    fn timelines_are_found_by_block() {
        let mut timelines = NearTimelines::default();
        assert_eq!(timelines.heap_bytes(), 0);
        for block in 0..100 {
            timelines.insert(block * 16, NearTimeline([block, block + 1].into()));
        }
        for block in 0..1_600 {
            let found = timelines.get(block).map(|timeline| timeline.0[0]);
            assert_eq!(found, (block % 16 == 0).then_some(block / 16));
        }
        assert_eq!(timelines.heap_bytes(), timelines.0.allocation_size() + 100 * 8);
    }
}
