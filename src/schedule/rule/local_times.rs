//! The local times that a rule generates, as a set with random access.
//! Zone-independent.

use crate::schedule::dates::Unit;
use crate::schedule::math::lcm;
use crate::schedule::rule::daily_times::DailyTimes;
use crate::schedule::rule::set_positions::SetPositions;
use crate::schedule::rule::steps::Steps;
use crate::time::civil::{CYCLE_DAYS, DAY_MS, LAST_DAY, split};

/// A set of local times: whole seconds, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LocalTimeSet {
    Nothing,
    Days(Box<DailyTimes>),
    Steps(Box<Steps>),
    Positions(Box<SetPositions>),
}

impl LocalTimeSet {
    /// Whether the set has a local time in `(low, high]`.
    #[inline]
    pub(super) fn any_within(&self, low: i64, high: i64) -> bool {
        match self {
            Self::Days(days) => days.any_within(low, high),
            _ => self.previous(high).is_some_and(|reading| reading > low),
        }
    }

    /// The weekdays of all local times, as bits, and the first and the last time of
    /// day, if these are the same on every date.
    pub(super) fn times_of_day(&self) -> Option<(u8, u32, u32)> {
        let (dates, times) = match self {
            Self::Days(days) => (&days.dates, &days.times),
            Self::Positions(positions) => (&positions.dates, &positions.times),
            Self::Nothing | Self::Steps(_) => return None,
        };
        Some((dates.possible_weekdays(), times.first(), times.last()))
    }

    /// The last local time up to `until`.
    pub(super) fn previous(&self, until: i64) -> Option<i64> {
        match self {
            Self::Nothing => None,
            Self::Days(days) => days.previous(until),
            Self::Steps(steps) => steps.previous(until),
            Self::Positions(positions) => positions.previous(until),
        }
    }

    /// The first local time from `from` on.
    pub(super) fn next(&self, from: i64) -> Option<i64> {
        match self {
            Self::Nothing => None,
            Self::Days(days) => days.next(from),
            Self::Steps(steps) => steps.next(from),
            Self::Positions(positions) => positions.next(from),
        }
    }

    /// The `n`-th local time in `low..=high`, counted from 1; their number if it is
    /// below `n`. Takes no longer than it takes to get there: days are not visited one
    /// by one unless the rule has steps, nor periods unless it has positions.
    pub(super) fn nth(&self, low: i64, high: i64, n: u64) -> Result<i64, u64> {
        match self {
            Self::Nothing => Err(0),
            Self::Days(days) => days.nth(low, high, n),
            Self::Steps(steps) => steps.nth(low, high, n),
            Self::Positions(positions) => positions.nth(low, high, n),
        }
    }

    /// Restricts searches to `first..=last`. From here on, queries outside of it
    /// are not allowed.
    pub(super) fn bound(&mut self, first: i64, last: i64) {
        let (first, last) = (split(first).0, split(last).0);
        match self {
            Self::Nothing => {}
            Self::Days(days) => days.dates = days.dates.clone().between(first, last),
            Self::Steps(steps) => {
                steps.dates = steps.dates.take().map(|dates| dates.between(first, last));
            }
            Self::Positions(positions) => {
                positions.first = positions.period_of(first);
                positions.last = positions.period_of(last);
            }
        }
    }

    /// The local time from which on the set is periodic.
    pub(super) fn periodic_from(&self) -> i64 {
        let from = match self {
            Self::Days(days) => days.dates.periodic_from(),
            _ => None,
        };
        from.map_or(i64::MIN, |day| i64::from(day) * DAY_MS)
    }

    /// The period of the set in milliseconds, if it is within the range of time.
    pub(super) fn cycle_ms(&self) -> Option<i64> {
        let in_ms = |days: i64| days.checked_mul(DAY_MS);
        let cycle = match self {
            Self::Nothing => None,
            Self::Days(days) => days.dates.cycle_days().and_then(in_ms),
            Self::Steps(steps) => match &steps.dates {
                None => steps.cycle_ms(),
                Some(dates) => lcm(lcm(steps.cycle_ms()?, DAY_MS)?, in_ms(dates.cycle_days()?)?),
            },
            Self::Positions(positions) => {
                let period = match positions.unit {
                    Unit::Day | Unit::Week => 7,
                    Unit::Month | Unit::Year => i64::from(CYCLE_DAYS),
                };
                lcm(positions.dates.cycle_days()?, period).and_then(in_ms)
            }
        };
        cycle.filter(|cycle| *cycle < i64::from(LAST_DAY) * DAY_MS)
    }
}
