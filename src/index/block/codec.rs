//! Word codec: reads and writes blocks, which are slices of 32-bit words.
//!
//! A 64-bit number takes two words, the low one first. A validity interval takes four:
//! its start and its length.

use crate::index::near::{ALWAYS, AnswerSpan};

/// A cursor over words.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordReader<'a>(&'a [u32]);

impl<'a> WordReader<'a> {
    #[inline]
    pub(super) fn new(words: &'a [u32]) -> Self {
        Self(words)
    }

    /// Takes a word.
    #[inline(always)]
    pub(super) fn take_word(&mut self) -> u32 {
        self.take_array::<1>()[0]
    }

    /// Takes two words as an i64.
    #[inline(always)]
    pub(super) fn take_i64(&mut self) -> i64 {
        i64_from_words(*self.take_array())
    }

    /// Takes `N` words with a single bounds check.
    #[inline(always)]
    pub(super) fn take_array<const N: usize>(&mut self) -> &'a [u32; N] {
        let (words, rest) = self.0.split_first_chunk().expect("blocks are well-formed");
        self.0 = rest;
        words
    }

    /// Takes `length` words.
    #[inline(always)]
    pub(super) fn take_slice(&mut self, length: usize) -> &'a [u32] {
        let (slice, rest) = self.0.split_at(length);
        self.0 = rest;
        slice
    }

    /// Skips `length` words.
    #[inline(always)]
    pub(super) fn skip(&mut self, length: usize) {
        self.0 = &self.0[length..];
    }

    /// Takes `count` arrays of `N` words.
    #[inline(always)]
    pub(super) fn take_arrays<const N: usize>(&mut self, count: usize) -> &'a [[u32; N]] {
        self.take_slice(count * N).as_chunks().0
    }

    /// `N` of the words that follow, from an offset, without advancing.
    #[inline(always)]
    pub(super) fn peek_at<const N: usize>(&self, offset: usize) -> &'a [u32; N] {
        self.0[offset..].first_chunk().expect("blocks are well-formed")
    }
}

/// Reads two words as one i64. Written with `from_le_bytes` because LLVM then emits a
/// single 8-byte load; with shifts it splits the value.
#[inline(always)]
pub(super) fn i64_from_words(words: [u32; 2]) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(words.map(u32::to_le_bytes).as_flattened());
    i64::from_le_bytes(bytes)
}

/// Appends an i64 as two words.
pub(super) fn push_i64(words: &mut Vec<u32>, value: i64) {
    words.extend([value as u32, (value >> 32) as u32]);
}

/// A validity interval, encoded in four words.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedInterval {
    pub(super) from: i64,
    span: u64,
}

impl PackedInterval {
    pub(super) const WORDS: usize = 4;

    /// All of time.
    pub(super) const ALWAYS: Self = Self { from: ALWAYS.0, span: ALWAYS.1.abs_diff(ALWAYS.0) };

    /// Appends the interval `[from, until)`.
    pub(super) fn write(words: &mut Vec<u32>, (from, until): (i64, i64)) {
        push_i64(words, from);
        push_i64(words, until.wrapping_sub(from));
    }

    #[inline(always)]
    pub(super) fn read([a, b, c, d]: [u32; 4]) -> Self {
        Self { from: i64_from_words([a, b]), span: i64_from_words([c, d]) as u64 }
    }

    /// Whether `t` is in the interval; branch-free.
    #[inline(always)]
    pub(super) fn contains(self, t: i64) -> bool {
        (t.wrapping_sub(self.from) as u64) < self.span
    }

    /// The start and the end.
    pub(super) fn endpoints(self) -> (i64, i64) {
        (self.from, self.from.wrapping_add(self.span as i64))
    }

    /// The span around `t` of a rule that answers `inside` within the interval, and is not
    /// active outside of it.
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
