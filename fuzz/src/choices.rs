//! Choices, made from the bytes of the fuzzer.

use arbitrary::Unstructured;

/// A sequence of choices. When the bytes are used up, every choice is the first option, so
/// generation terminates.
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// A number in `least..=most`.
    pub(crate) fn within(&mut self, least: i64, most: i64) -> i64 {
        self.0.int_in_range(least..=most).unwrap_or(least)
    }

    /// A number in `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0.int_in_range(0..=n - 1).unwrap_or(0)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// True once in `n` times on average; false when the bytes are used up.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 1
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// At most `most` values.
    pub(crate) fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| make(self)).collect()
    }

    /// One to `most` values.
    pub(crate) fn few<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = 1 + self.below(most);
        (0..count).map(|_| make(self)).collect()
    }
}
