//! HOURLY, MINUTELY and SECONDLY rules whose step does not divide a day, so that
//! the times differ from date to date.

use crate::schedule::dates::DateSet;
use crate::schedule::math::{gcd, nth_bit};
use crate::schedule::rule::times::Times;
use crate::time::civil::{self, DAY_MS, Day};

/// Every `n`-th hour, minute or second of local time, and offsets within it.
///
/// Units are counted from 1970-01-01T00:00 local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// `None`: on every date.
    pub(super) dates: Option<DateSet>,
    /// The length of an hour, a minute or a second.
    pub(super) unit_ms: i64,
    pub(super) n: i64,
    /// The unit of DTSTART.
    pub(super) start: i64,
    /// `None`: at every time of day.
    pub(super) table: Option<StepTable>,
    pub(super) offsets: Times,
}

/// The units that match both the step and the selected times of day. They repeat
/// after `days`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepTable {
    /// The period, in days.
    days: i64,
    /// The day (modulo `days`) and the unit of the day, ascending; not empty.
    units: Box<[(u32, u32)]>,
}

impl StepTable {
    /// Selects `times`, out of `per_day` units of a day, at every `n`-th unit from
    /// `start` on; `None` if no unit matches both.
    pub(super) fn new(
        times: impl Iterator<Item = u32>,
        per_day: i64,
        n: i64,
        start: i64,
    ) -> Option<Self> {
        // day * per_day + time = start (mod n) is solvable if the gcd of `n` and
        // `per_day` divides start - time; then by one day in each n / gcd.
        let divisor = gcd(n, per_day);
        let days = n / divisor;
        let inverse = inverse(per_day / divisor % days, days);
        let mut units: Vec<(u32, u32)> = times
            .filter(|time| (start - i64::from(*time)).rem_euclid(divisor) == 0)
            .map(|time| {
                let steps = ((start - i64::from(time)) / divisor).rem_euclid(days);
                let day = i128::from(steps) * i128::from(inverse) % i128::from(days);
                (day as u32, time)
            })
            .collect();
        units.sort_unstable();
        (!units.is_empty()).then(|| Self { days, units: units.into() })
    }

    /// Whether fewer than one day in four has a unit, at least.
    fn is_sparse(&self) -> bool {
        (self.units.len() as i64) < self.days / 4
    }

    fn split(&self, unit: i64, per_day: i64) -> (i64, (u32, u32)) {
        let day = unit.div_euclid(per_day);
        let into = day.rem_euclid(self.days);
        (day.div_euclid(self.days), (into as u32, unit.rem_euclid(per_day) as u32))
    }

    /// The number of matching units before `unit`, counted from the epoch.
    fn rank(&self, unit: i64, per_day: i64) -> i64 {
        let (cycle, place) = self.split(unit, per_day);
        let before = self.units.partition_point(|unit| *unit < place);
        cycle * self.units.len() as i64 + before as i64
    }

    /// The matching unit with this rank; the inverse of [`rank`](Self::rank).
    fn select(&self, rank: i64, per_day: i64) -> i64 {
        let count = self.units.len() as i64;
        let (day, time) = self.units[rank.rem_euclid(count) as usize];
        (rank.div_euclid(count) * self.days + i64::from(day)) * per_day + i64::from(time)
    }
}

impl Steps {
    fn per_day(&self) -> i64 {
        DAY_MS / self.unit_ms
    }

    /// The number of matching units before `unit`, dates not considered.
    fn rank(&self, unit: i64) -> i64 {
        match &self.table {
            Some(table) => table.rank(unit, self.per_day()),
            None => (unit - self.start + self.n - 1).div_euclid(self.n),
        }
    }

    /// The matching unit with this rank, dates not considered.
    fn unit_at(&self, rank: i64) -> i64 {
        match &self.table {
            Some(table) => table.select(rank, self.per_day()),
            None => self.start + rank * self.n,
        }
    }

    /// The last unit up to `unit`. Alternates between the previous date and the
    /// previous matching unit, once for each date without one.
    fn previous_unit(&self, mut unit: i64) -> Option<i64> {
        loop {
            #[cfg(test)]
            crate::schedule::visits::count();
            if let Some(dates) = &self.dates {
                let day = unit.div_euclid(self.per_day());
                let date = dates.previous(clamped(day))?;
                if i64::from(date) < day {
                    unit = i64::from(date + 1) * self.per_day() - 1;
                }
            }
            let found = self.unit_at(self.rank(unit + 1) - 1);
            if self.is_on_date(found) {
                return Some(found);
            }
            unit = found;
        }
    }

    /// The first unit from `unit` on.
    fn next_unit(&self, mut unit: i64) -> Option<i64> {
        loop {
            #[cfg(test)]
            crate::schedule::visits::count();
            if let Some(dates) = &self.dates {
                let day = unit.div_euclid(self.per_day());
                let date = dates.next(clamped(day))?;
                if i64::from(date) > day {
                    unit = i64::from(date) * self.per_day();
                }
            }
            let found = self.unit_at(self.rank(unit));
            if self.is_on_date(found) {
                return Some(found);
            }
            unit = found;
        }
    }

    fn is_on_date(&self, unit: i64) -> bool {
        let day = unit.div_euclid(self.per_day());
        self.dates.as_ref().is_none_or(|dates| dates.contains(clamped(day)))
    }

    pub(super) fn previous(&self, until: i64) -> Option<i64> {
        let unit = until.div_euclid(self.unit_ms);
        let mut found = self.previous_unit(unit)?;
        if found == unit {
            let rest = until.rem_euclid(self.unit_ms) as u32;
            if let Some(offset) = self.offsets.at_or_before(rest) {
                return Some(unit * self.unit_ms + i64::from(offset));
            }
            found = self.previous_unit(unit - 1)?;
        }
        Some(found * self.unit_ms + i64::from(self.offsets.last()))
    }

    pub(super) fn next(&self, from: i64) -> Option<i64> {
        let unit = from.div_euclid(self.unit_ms);
        let mut found = self.next_unit(unit)?;
        if found == unit {
            let rest = from.rem_euclid(self.unit_ms) as u32;
            if let Some(offset) = self.offsets.at_or_after(rest) {
                return Some(unit * self.unit_ms + i64::from(offset));
            }
            found = self.next_unit(unit + 1)?;
        }
        Some(found * self.unit_ms + i64::from(self.offsets.first()))
    }

    /// The ranges of units in `first..=last` that lie on the dates: a single range
    /// if all dates are selected, or one for each day.
    fn ranges(&self, first: i64, last: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let per_day = self.per_day();
        let whole = self.dates.is_none().then_some((first, last));
        let days = self.dates.iter().flat_map(move |dates| {
            let day = |unit: i64| clamped(unit.div_euclid(per_day));
            dates.months_between(day(first), day(last)).flat_map(move |(month, bits)| {
                (0..bits.count_ones()).map(move |n| {
                    let day =
                        i64::from(civil::first_of(month)) + i64::from(nth_bit(bits.into(), n));
                    ((day * per_day).max(first), ((day + 1) * per_day - 1).min(last))
                })
            })
        });
        whole.into_iter().chain(days)
    }

    /// The `n`-th local time in `low..=high`, counted from 1; their number if it is
    /// below `n`. Only used while building.
    pub(super) fn nth(&self, low: i64, high: i64, n: u64) -> Result<i64, u64> {
        let (first, last) = (low.div_euclid(self.unit_ms), high.div_euclid(self.unit_ms));
        let from = low.rem_euclid(self.unit_ms) as u32;
        let skipped = if self.has(first) { self.offsets.rank(from) as u64 } else { 0 };
        let index = n - 1 + skipped;
        let per_unit = self.offsets.len() as u64;
        let units = match self.nth_unit(first, last, index / per_unit) {
            Ok(unit) => {
                let offset = self.offsets.nth((index % per_unit) as usize);
                let found = unit * self.unit_ms + i64::from(offset);
                if found <= high {
                    return Ok(found);
                }
                // The unit is the last one, and `high` is within it.
                index / per_unit + 1
            }
            Err(units) => units,
        };
        let mut count = units * per_unit - skipped;
        if self.has(last) {
            let until = high.rem_euclid(self.unit_ms) as u32 + 1;
            count -= (self.offsets.len() - self.offsets.rank(until)) as u64;
        }
        Err(count)
    }

    /// The unit of the set with this number in `first..=last`, from 0; how many there
    /// are if it is not below that.
    fn nth_unit(&self, first: i64, last: i64, number: u64) -> Result<i64, u64> {
        let mut seen = 0;
        if self.dates.is_some() && self.table.as_ref().is_some_and(StepTable::is_sparse) {
            // Most dates have no unit.
            let mut from = first;
            while let Some(unit) = self.next_unit(from).filter(|unit| *unit <= last) {
                if seen == number {
                    return Ok(unit);
                }
                seen += 1;
                from = unit + 1;
            }
            return Err(seen);
        }
        for (from, until) in self.ranges(first, last) {
            #[cfg(test)]
            crate::schedule::visits::count();
            let before = self.rank(from);
            let here = (self.rank(until + 1) - before) as u64;
            if number < seen + here {
                return Ok(self.unit_at(before + (number - seen) as i64));
            }
            seen += here;
        }
        Err(seen)
    }

    /// Whether a unit is in the set.
    fn has(&self, unit: i64) -> bool {
        self.is_on_date(unit) && self.unit_at(self.rank(unit)) == unit
    }

    /// The longest gap between two local times, dates not considered.
    pub(super) fn longest_gap(&self) -> i64 {
        let count = self.table.as_ref().map_or(1, |table| table.units.len() as i64);
        let between = (0..count).map(|rank| self.unit_at(rank + 1) - self.unit_at(rank)).max();
        let within = (1..self.offsets.len())
            .map(|n| i64::from(self.offsets.nth(n) - self.offsets.nth(n - 1)))
            .max();
        let apart = i64::from(self.offsets.last() - self.offsets.first());
        (between.unwrap_or(0) * self.unit_ms - apart).max(within.unwrap_or(0))
    }

    /// The period in milliseconds, dates not considered.
    pub(super) fn cycle_ms(&self) -> Option<i64> {
        match &self.table {
            Some(table) => table.days.checked_mul(DAY_MS),
            None => self.n.checked_mul(self.unit_ms),
        }
    }
}

/// A day clamped to one before and one after the range of [`DateSet`].
fn clamped(day: i64) -> Day {
    day.clamp(i64::from(civil::FIRST_DAY) - 1, i64::from(civil::LAST_DAY) + 1) as Day
}

/// The modular inverse of `a`; `a` and `modulus` are coprime.
fn inverse(a: i64, modulus: i64) -> i64 {
    let (mut r0, mut r1, mut s0, mut s1) = (modulus, a, 0, 1);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (s0, s1) = (s1, s0 - quotient * s1);
    }
    s0.rem_euclid(modulus)
}
