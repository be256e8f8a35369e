//! For how long an answer stays as it is.

/// A stretch of time in which an answer stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AnswerSpan {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) answer: bool,
}

impl AnswerSpan {
    /// No time at all: holds nothing.
    pub(super) const NONE: Self = Self { from: 0, until: 0, answer: false };

    pub(super) const fn always(answer: bool) -> Self {
        Self { from: i64::MIN, until: i64::MAX, answer }
    }

    /// So far back, and so far ahead.
    pub(super) fn around(t: i64, back: i64, ahead: i64) -> Self {
        Self { from: t.saturating_sub(back), until: t.saturating_add(ahead), answer: false }
    }

    pub(super) fn holds(self, t: i64) -> bool {
        self.from <= t && t < self.until
    }

    /// Whether it holds all from so long before `t` to as long after it.
    pub(super) fn reaches(self, t: i64, margin: i64) -> bool {
        self.holds(t.saturating_sub(margin)) && self.holds(t.saturating_add(margin))
    }

    pub(super) fn answering(self, answer: bool) -> Self {
        Self { answer, ..self }
    }

    pub(super) fn within(self, from: i64, until: i64) -> Self {
        Self { from: self.from.max(from), until: self.until.min(until), ..self }
    }

    /// Of two answers at one instant that either of which is enough for a
    /// "yes": when their disjunction stays as it is.
    pub(super) fn or(self, other: Self) -> Self {
        match (self.answer, other.answer) {
            // Both hold the instant, so there is no gap between them.
            (true, true) => Self {
                from: self.from.min(other.from),
                until: self.until.max(other.until),
                answer: true,
            },
            (true, false) => self,
            (false, true) => other,
            (false, false) => self.within(other.from, other.until),
        }
    }
}

/// What is known around the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NearState {
    pub(super) stretch: AnswerSpan,
    /// For so long, in milliseconds, the answer is the opposite right before.
    pub(super) before: i64,
    /// And right after.
    pub(super) after: i64,
}

impl From<AnswerSpan> for NearState {
    /// With nothing known beside it.
    fn from(stretch: AnswerSpan) -> Self {
        Self { stretch, before: 0, after: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_where_one_silences_and_meet_where_none_does() {
        let stretch = |from, until, answer| AnswerSpan { from, until, answer };
        let (a, b) = (stretch(0, 10, true), stretch(5, 20, true));
        assert_eq!(a.or(b), stretch(0, 20, true));
        assert_eq!(b.or(a), stretch(0, 20, true));
        let (c, d) = (stretch(-5, 8, false), stretch(3, 30, false));
        assert_eq!([a.or(c), c.or(a)], [a; 2]);
        assert_eq!([c.or(d), d.or(c)], [stretch(3, 8, false); 2]);
        assert_eq!([-6, -5, 7, 8].map(|t| c.holds(t)), [false, true, true, false]);
        assert!(!AnswerSpan::NONE.holds(0) && AnswerSpan::always(true).holds(i64::MIN));
    }
}
