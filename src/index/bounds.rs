//! When something exists: from an instant on, for so long, in four words.

use crate::index::stretch::AnswerSpan;
use crate::index::words::{i64_from_words, push_i64};
use crate::time::Timestamp;

/// All of time.
pub(super) const ALWAYS: (i64, i64) = (Timestamp::MIN.as_millis(), Timestamp::END.as_millis());

/// Bounds as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedInterval {
    pub(super) from: i64,
    span: u64,
}

impl PackedInterval {
    pub(super) const WORDS: usize = 4;

    /// All of time.
    pub(super) const ALWAYS: Self = Self { from: ALWAYS.0, span: ALWAYS.1.abs_diff(ALWAYS.0) };

    /// Writes that it exists in `[from, until)`.
    pub(super) fn write(words: &mut Vec<u32>, (from, until): (i64, i64)) {
        push_i64(words, from);
        push_i64(words, until.wrapping_sub(from));
    }

    #[inline(always)]
    pub(super) fn read([a, b, c, d]: [u32; 4]) -> Self {
        Self { from: i64_from_words([a, b]), span: i64_from_words([c, d]) as u64 }
    }

    #[inline(always)]
    pub(super) fn contains(self, t: i64) -> bool {
        (t.wrapping_sub(self.from) as u64) < self.span
    }

    /// Since when, and until when.
    pub(super) fn endpoints(self) -> (i64, i64) {
        (self.from, self.from.wrapping_add(self.span as i64))
    }

    /// The stretch around `t`, which within the bounds is what `inside` says.
    pub(super) fn answer_span(self, t: i64, inside: impl FnOnce() -> AnswerSpan) -> AnswerSpan {
        let (from, until) = self.endpoints();
        if t < from {
            AnswerSpan { from: i64::MIN, until: from, silenced: false }
        } else if t >= until {
            AnswerSpan { from: until, until: i64::MAX, silenced: false }
        } else {
            inside().clamp(from, until)
        }
    }
}
