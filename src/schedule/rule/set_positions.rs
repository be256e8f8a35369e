//! BYSETPOS with FREQ=WEEKLY, MONTHLY and YEARLY: the instances at some positions
//! of each period.

use crate::schedule::dates::{DateSet, Unit};
use crate::schedule::math::nth_bit;
use crate::schedule::rule::times::Times;
use crate::time::civil::{self, DAY_MS, Day, split};

/// The instances at `positions`, among `times` on the `dates` of each period.
///
/// Positions are counted from the beginning of a period, even if DTSTART is later: "a set of recurrence instances starts at the beginning of the
/// interval defined by the FREQ rule part" (RFC 5545, 3.3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetPositions {
    /// Not bounded by DTSTART, because positions before it count.
    pub(super) dates: DateSet,
    pub(super) times: Times,
    /// 1 for the first, -1 for the last.
    pub(super) positions: Box<[i32]>,
    pub(super) unit: Unit,
    pub(super) n: i64,
    /// A day in the period of DTSTART.
    pub(super) anchor: Day,
    /// 0 for Monday.
    pub(super) week_start: u32,
    /// The first and the last period that have instances.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// The dates of a period: one word of bits for each month, or for the week, with
/// the day of bit 0.
struct Period {
    words: [(Day, u32); 12],
    used: usize,
    instances: u64,
}

impl SetPositions {
    /// The number of the period of a day.
    pub(super) fn period_of(&self, day: Day) -> i64 {
        match self.unit {
            Unit::Day | Unit::Week => {
                // 1970-01-01 was a Thursday.
                let since_week_start = i64::from(day) + 3 - i64::from(self.week_start);
                since_week_start.div_euclid(7)
            }
            Unit::Month => i64::from(civil::month_of(day).0),
            Unit::Year => i64::from(civil::month_of(day).0.div_euclid(12)),
        }
    }

    fn period(&self, number: i64) -> Period {
        #[cfg(test)]
        crate::schedule::visits::count();
        let mut words = [(0, 0); 12];
        let month_word = |month: i64| {
            let month = month as civil::Month;
            (civil::first_of(month), self.dates.days_of(month))
        };
        let used = match self.unit {
            Unit::Day | Unit::Week => {
                let first = (number * 7 - 3 + i64::from(self.week_start)) as Day;
                let bit = |n: i32| u32::from(self.dates.contains(first + n)) << n;
                words[0] = (first, (0..7).map(bit).sum());
                1
            }
            Unit::Month => {
                words[0] = month_word(number);
                1
            }
            Unit::Year => {
                for (month, word) in words.iter_mut().enumerate() {
                    *word = month_word(number * 12 + month as i64);
                }
                12
            }
        };
        let dates: u32 = words[..used].iter().map(|(_, bits)| bits.count_ones()).sum();
        Period { words, used, instances: u64::from(dates) * self.times.len() as u64 }
    }

    /// The local times of a period, in the order of the positions. May contain
    /// duplicates: a position from the start and one from the end can be equal.
    fn readings<'a>(&'a self, period: &'a Period) -> impl Iterator<Item = i64> + 'a {
        self.positions.iter().filter_map(|position| {
            let index = match *position {
                position @ 1.. => i64::from(position) - 1,
                position => period.instances as i64 + i64::from(position),
            };
            let index = u64::try_from(index).ok().filter(|index| *index < period.instances)?;
            let per_date = self.times.len() as u64;
            let mut date = (index / per_date) as u32;
            for (first, bits) in &period.words[..period.used] {
                if date < bits.count_ones() {
                    let day = i64::from(*first) + i64::from(nth_bit((*bits).into(), date));
                    let time = self.times.nth((index % per_date) as usize);
                    return Some(day * DAY_MS + i64::from(time));
                }
                date -= bits.count_ones();
            }
            None
        })
    }

    /// The last period up to `number` that matches INTERVAL.
    fn in_step(&self, number: i64) -> i64 {
        number - (number - self.period_of(self.anchor)).rem_euclid(self.n)
    }

    pub(super) fn previous(&self, until: i64) -> Option<i64> {
        let mut number = self.in_step(self.period_of(split(until).0).min(self.last));
        while number >= self.first {
            let period = self.period(number);
            if let Some(found) = self.readings(&period).filter(|at| *at <= until).max() {
                return Some(found);
            }
            number -= self.n;
        }
        None
    }

    pub(super) fn next(&self, from: i64) -> Option<i64> {
        let mut number = self.in_step(self.period_of(split(from).0).max(self.first));
        while number <= self.last {
            let period = self.period(number);
            if let Some(found) = self.readings(&period).filter(|at| *at >= from).min() {
                return Some(found);
            }
            number += self.n;
        }
        None
    }

    /// The local times in `low..=high`, ascending.
    fn ascending(&self, low: i64, high: i64) -> impl Iterator<Item = i64> + '_ {
        let first = self.in_step(self.period_of(split(low).0).max(self.first));
        let last = self.period_of(split(high).0).min(self.last);
        let numbers = std::iter::successors(Some(first), |number| Some(number + self.n));
        numbers.take_while(move |number| *number <= last).flat_map(move |number| {
            let mut readings: Vec<i64> = self.readings(&self.period(number)).collect();
            readings.sort_unstable();
            readings.dedup();
            readings.retain(|at| (low..=high).contains(at));
            readings
        })
    }

    /// The `n`-th local time in `low..=high`, counted from 1; their number if it is
    /// below `n`. Looks at every period up to it; only used while building.
    pub(super) fn nth(&self, low: i64, high: i64, n: u64) -> Result<i64, u64> {
        let mut seen = 0;
        for at in self.ascending(low, high) {
            seen += 1;
            if seen == n {
                return Ok(at);
            }
        }
        Err(seen)
    }
}
