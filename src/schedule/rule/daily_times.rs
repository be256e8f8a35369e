//! Rules with the same times of day on every date.

use crate::schedule::dates::DateSet;
use crate::schedule::math::nth_bit;
use crate::schedule::rule::times::Times;
use crate::time::civil::{self, DAY_MS, Day, split, split_fast};

/// All of `times` on all of `dates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DailyTimes {
    pub(super) dates: DateSet,
    pub(super) times: Times,
}

fn reading(day: Day, time: u32) -> i64 {
    i64::from(day) * DAY_MS + i64::from(time)
}

impl DailyTimes {
    /// Whether the set has a local time in `(low, high]`.
    #[inline]
    pub(super) fn any_within(&self, low: i64, high: i64) -> bool {
        let (day, time) = split_fast(high);
        if let Some(time) = self.times.at_or_before(time as u32) {
            if reading(day, time) <= low {
                return false;
            }
            if self.dates.contains(day) {
                return true;
            }
        }
        // The last time is the same on all earlier dates.
        let last = self.times.last();
        if reading(day - 1, last) <= low {
            return false;
        }
        if self.dates.contains(day - 1) {
            return true;
        }
        // Only an occurrence longer than a day gets here.
        reading(day - 2, last) > low
            && self.dates.previous(day - 2).is_some_and(|day| reading(day, last) > low)
    }

    pub(super) fn previous(&self, until: i64) -> Option<i64> {
        let (day, time) = split(until);
        match self.times.at_or_before(time as u32) {
            Some(time) if self.dates.contains(day) => Some(reading(day, time)),
            _ => self.dates.previous(day - 1).map(|day| reading(day, self.times.last())),
        }
    }

    pub(super) fn next(&self, from: i64) -> Option<i64> {
        let (day, time) = split(from);
        match self.times.at_or_after(time as u32) {
            Some(time) if self.dates.contains(day) => Some(reading(day, time)),
            _ => self.dates.next(day + 1).map(|day| reading(day, self.times.first())),
        }
    }

    /// The `n`-th local time in `low..=high`, counted from 1; their number if it is
    /// below `n`. Looks at the months up to it.
    pub(super) fn nth(&self, low: i64, high: i64, n: u64) -> Result<i64, u64> {
        let ((first, from), (last, until)) = (split(low), split(high));
        let skipped =
            if self.dates.contains(first) { self.times.rank(from as u32) as u64 } else { 0 };
        let index = n - 1 + skipped;
        let per_day = self.times.len() as u64;
        let wanted = index / per_day;
        let mut seen = 0;
        for (month, bits) in self.dates.months_between(first, last) {
            let here = u64::from(bits.count_ones());
            if wanted < seen + here {
                let day =
                    civil::first_of(month) + nth_bit(bits.into(), (wanted - seen) as u32) as Day;
                let found = reading(day, self.times.nth((index % per_day) as usize));
                if found <= high {
                    return Ok(found);
                }
            }
            seen += here;
        }
        let mut count = seen * per_day - skipped;
        if self.dates.contains(last) {
            count -= (self.times.len() - self.times.rank(until as u32 + 1)) as u64;
        }
        Err(count)
    }
}
