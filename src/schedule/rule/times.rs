//! Sets of times of day, or of offsets within an hour or a minute.

use crate::schedule::math::nth_bit;

/// A set of whole seconds within a day, in milliseconds. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Times {
    One(u32),
    /// Ascending.
    List(Box<[u32]>),
    /// All combinations of these hours, minutes and seconds, as bits.
    Product {
        hours: u64,
        minutes: u64,
        seconds: u64,
    },
}

const SECOND: u32 = 1000;
const MINUTE: u32 = 60 * SECOND;
const HOUR: u32 = 60 * MINUTE;

/// Products with more times than this are stored as bits.
const LONGEST_LIST: usize = 48;

impl Times {
    /// All combinations; `None` if there is none.
    pub(super) fn product(hours: u64, minutes: u64, seconds: u64) -> Option<Self> {
        let product = Self::Product { hours, minutes, seconds };
        match product.len() {
            0 => None,
            1..=LONGEST_LIST => Self::list((0..product.len()).map(|n| product.nth(n)).collect()),
            _ => Some(product),
        }
    }

    /// A list of milliseconds in any order; `None` if it is empty.
    pub(super) fn list(mut times: Vec<u32>) -> Option<Self> {
        times.sort_unstable();
        times.dedup();
        match *times {
            [] => None,
            [one] => Some(Self::One(one)),
            _ => Some(Self::List(times.into())),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::List(list) => list.len(),
            Self::Product { hours, minutes, seconds } => {
                (hours.count_ones() * minutes.count_ones() * seconds.count_ones()) as usize
            }
        }
    }

    /// The `n`-th time, from 0.
    pub(super) fn nth(&self, n: usize) -> u32 {
        match self {
            Self::One(one) => *one,
            Self::List(list) => list[n],
            Self::Product { hours, minutes, seconds } => {
                let n = n as u32;
                let per_minute = seconds.count_ones();
                let per_hour = minutes.count_ones() * per_minute;
                nth_bit(*hours, n / per_hour) * HOUR
                    + nth_bit(*minutes, n % per_hour / per_minute) * MINUTE
                    + nth_bit(*seconds, n % per_minute) * SECOND
            }
        }
    }

    pub(super) fn first(&self) -> u32 {
        self.nth(0)
    }

    #[inline]
    pub(super) fn last(&self) -> u32 {
        match self {
            Self::One(one) => *one,
            _ => self.nth(self.len() - 1),
        }
    }

    /// The number of times before `time`.
    pub(super) fn rank(&self, time: u32) -> usize {
        match self {
            Self::One(one) => usize::from(*one < time),
            Self::List(list) => list.partition_point(|t| *t < time),
            Self::Product { hours, minutes, seconds } => {
                let time = time.div_ceil(SECOND);
                let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
                let below = |bits: u64, n: u32| (bits & ((1 << n) - 1)).count_ones();
                let has = |bits: u64, n: u32| (bits >> n & 1) as u32;
                let per_minute = seconds.count_ones();
                let in_minute = has(*minutes, minute) * below(*seconds, second);
                let in_hour = below(*minutes, minute) * per_minute + in_minute;
                let per_hour = minutes.count_ones() * per_minute;
                (below(*hours, hour) * per_hour + has(*hours, hour) * in_hour) as usize
            }
        }
    }

    /// The last time at or before `time`.
    #[inline]
    pub(super) fn at_or_before(&self, time: u32) -> Option<u32> {
        match self {
            Self::One(one) => (*one <= time).then_some(*one),
            _ => self.rank(time + 1).checked_sub(1).map(|n| self.nth(n)),
        }
    }

    /// The first time at or after `time`.
    pub(super) fn at_or_after(&self, time: u32) -> Option<u32> {
        let rank = self.rank(time);
        (rank < self.len()).then(|| self.nth(rank))
    }

    /// The times whose successor in the set is more than `gap` later.
    pub(super) fn before_gaps(&self, gap: i64) -> impl Iterator<Item = u32> + '_ {
        (1..self.len())
            .map(|n| (self.nth(n - 1), self.nth(n)))
            .filter_map(move |(time, next)| (i64::from(next - time) > gap).then_some(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_product_equals_list() {
        let all: u64 = (1 << 60) - 1;
        for (hours, minutes, seconds) in
            [(0b1000_0000_0001, all, 0b101), (0b10, 0b11 << 58, all), (1 << 23, all, 1 << 59)]
        {
            let product = Times::Product { hours, minutes, seconds };
            let list: Vec<u32> = (0..24 * 3600)
                .filter(|t| {
                    hours >> (t / 3600) & minutes >> (t / 60 % 60) & seconds >> (t % 60) & 1 != 0
                })
                .map(|t| t * 1000)
                .collect();
            let list = Times::list(list).unwrap();
            assert_eq!(list.len(), product.len());
            for time in (0..86_400_000).step_by(7_001).chain([86_399_999]) {
                assert_eq!(list.rank(time), product.rank(time));
                assert_eq!(list.at_or_before(time), product.at_or_before(time));
                assert_eq!(list.at_or_after(time), product.at_or_after(time));
            }
            for gap in [1000, 2000, 60_000, 3_600_000] {
                assert!(list.before_gaps(gap).eq(product.before_gaps(gap)));
            }
        }
        assert_eq!(Times::product(1, 0, 1), None);
        assert_eq!(Times::product(1 << 22, 1, 1), Some(Times::One(79_200_000)));
    }
}
