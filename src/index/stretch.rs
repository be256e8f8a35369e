//! For how long an answer stays as it is.

/// A stretch of time in which an answer stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AnswerSpan {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) silenced: bool,
}

impl AnswerSpan {
    /// No time at all: holds nothing.
    pub(super) const EMPTY: Self = Self { from: 0, until: 0, silenced: false };

    pub(super) const fn always(silenced: bool) -> Self {
        Self { from: i64::MIN, until: i64::MAX, silenced }
    }

    /// So far back, and so far ahead.
    pub(super) fn from_distances(t: i64, back: i64, ahead: i64) -> Self {
        Self { from: t.saturating_sub(back), until: t.saturating_add(ahead), silenced: false }
    }

    pub(super) fn contains(self, t: i64) -> bool {
        self.from <= t && t < self.until
    }

    /// Whether it holds all from so long before `t` to as long after it.
    pub(super) fn contains_margin(self, t: i64, margin: i64) -> bool {
        self.contains(t.saturating_sub(margin)) && self.contains(t.saturating_add(margin))
    }

    pub(super) fn with_answer(self, silenced: bool) -> Self {
        Self { silenced, ..self }
    }

    pub(super) fn clamp(self, from: i64, until: i64) -> Self {
        Self { from: self.from.max(from), until: self.until.min(until), ..self }
    }

    /// Of two answers at one instant that either of which is enough for a
    /// "yes": when their disjunction stays as it is.
    pub(super) fn or(self, other: Self) -> Self {
        match (self.silenced, other.silenced) {
            // Both hold the instant, so there is no gap between them.
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

/// What is known around the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearState {
    pub(super) span: AnswerSpan,
    /// For so long, in milliseconds, the answer is the opposite right before.
    pub(super) before_ms: i64,
    /// And right after.
    pub(super) after_ms: i64,
}

impl From<AnswerSpan> for NearState {
    /// With nothing known beside it.
    fn from(span: AnswerSpan) -> Self {
        Self { span, before_ms: 0, after_ms: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_where_one_silences_and_meet_where_none_does() {
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
}
