//! Sets of times of day, or of offsets within an hour or a minute.

use crate::schedule::math::nth_bit;

/// A set of whole seconds within a day, in milliseconds. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Times {
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
    pub(crate) fn product(hours: u64, minutes: u64, seconds: u64) -> Option<Self> {
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

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::List(list) => list.len(),
            Self::Product { hours, minutes, seconds } => {
                (hours.count_ones() * minutes.count_ones() * seconds.count_ones()) as usize
            }
        }
    }

    /// The `n`-th time, from 0.
    pub(crate) fn nth(&self, n: usize) -> u32 {
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

    /// All times, ascending.
    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (list, [hours, minutes, seconds]): (&[u32], _) = match self {
            Self::One(one) => (std::slice::from_ref(one), [0; 3]),
            Self::List(list) => (list, [0; 3]),
            Self::Product { hours, minutes, seconds } => (&[], [*hours, *minutes, *seconds]),
        };
        let product = ones(hours).flat_map(move |hour| {
            ones(minutes).flat_map(move |minute| {
                ones(seconds).map(move |second| hour * HOUR + minute * MINUTE + second * SECOND)
            })
        });
        list.iter().copied().chain(product)
    }

    /// The shortest and the longest time from one time to the next; `None` if there is
    /// only one. Does not visit all times.
    pub(super) fn gaps(&self) -> Option<(u32, u32)> {
        let differences = |bits: u64, unit: u32, less: u32| {
            ones(bits).zip(ones(bits).skip(1)).map(move |(one, next)| (next - one) * unit - less)
        };
        let least_and_most = |gaps: &mut dyn Iterator<Item = u32>| {
            gaps.fold(None, |found: Option<(u32, u32)>, gap| {
                let (least, most) = found.unwrap_or((gap, gap));
                Some((least.min(gap), most.max(gap)))
            })
        };
        match self {
            Self::One(_) => None,
            Self::List(list) => least_and_most(&mut list.windows(2).map(|pair| pair[1] - pair[0])),
            Self::Product { hours, minutes, seconds } => {
                let span = |bits: u64| 63 - bits.leading_zeros() - bits.trailing_zeros();
                let in_minute = span(*seconds) * SECOND;
                let in_hour = span(*minutes) * MINUTE + in_minute;
                let all = differences(*seconds, SECOND, 0)
                    .chain(differences(*minutes, MINUTE, in_minute))
                    .chain(differences(*hours, HOUR, in_hour));
                least_and_most(&mut { all })
            }
        }
    }

    /// The times whose successor in the set is more than `gap` later.
    pub(super) fn before_gaps(&self, gap: i64) -> impl Iterator<Item = u32> + '_ {
        self.iter().zip(self.iter().skip(1)).filter_map(move |(time, next)| {
            #[cfg(test)]
            crate::schedule::visits::count();
            (i64::from(next - time) > gap).then_some(time)
        })
    }
}

/// The numbers of the bits that are set, ascending.
fn ones(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(lowest)
    })
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
            assert_eq!(list.gaps(), product.gaps());
        }
        assert_eq!(Times::product(1, 0, 1), None);
        assert_eq!(Times::product(1 << 22, 1, 1), Some(Times::One(79_200_000)));
    }
}
