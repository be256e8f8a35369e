//! A random number generator and durations, for tests and benches.
//!
//! The unit tests use this module as `crate::testing`. The integration tests and the
//! benches include this file with `#[path]`, so that there is one copy of it.

#![allow(dead_code, reason = "no includer uses all of it")]

/// Durations in milliseconds.
pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A random number generator (SplitMix64): the same sequence for the same seed on
/// every host.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`, of any integer type.
    ///
    /// # Panics
    ///
    /// If `bound` is negative.
    pub(crate) fn below<T: TryFrom<u64> + TryInto<u64>>(&mut self, bound: T) -> T {
        let Ok(bound) = bound.try_into() else { panic!("the bound is negative") };
        let number = (u128::from(self.next_u64()) * u128::from(bound)) >> 64;
        let Ok(number) = T::try_from(number as u64) else { panic!("it is below the bound") };
        number
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// True with a probability of `percent` / 100.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100u32) < percent
    }

    /// True with a probability of 1 / `n`.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A copy of one of the items.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *self.choose(from)
    }

    /// A reference to one of the items.
    pub(crate) fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Shuffles the items (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
