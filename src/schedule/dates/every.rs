//! Every n-th day, week, month or year.

use crate::time::civil::{self, Day, Month};

/// Every n-th unit, counted from an anchor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Every {
    pub(crate) n: u32,
    pub(crate) unit: Unit,
    pub(crate) anchor: Day,
    /// The first day of the anchor's unit; of months and years its first month.
    origin: i32,
}

/// What an interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    Day,
    Week,
    Month,
    #[cfg_attr(not(feature = "rrule"), allow(dead_code, reason = "only rules step by years"))]
    Year,
}

/// Months in which no schedule looks any more.
const BEFORE_ALL: Month = civil::month_of(civil::FIRST_DAY).0 - 1;
const AFTER_ALL: Month = civil::month_of(civil::LAST_DAY).0 + 1;

impl Every {
    /// Every `n` units, the one that holds `anchor` being number 0; `n` is not 0.
    /// Weeks begin on `week_start`, 0 for Monday.
    pub(crate) const fn new(n: u32, unit: Unit, anchor: Day, week_start: u32) -> Self {
        let month = civil::month_of(anchor).0;
        let origin = match unit {
            Unit::Day => anchor,
            Unit::Week => anchor - ((civil::weekday_of(anchor) + 7 - week_start) % 7) as Day,
            Unit::Month => month,
            Unit::Year => month.div_euclid(12) * 12,
        };
        Self { n, unit, anchor, origin }
    }

    /// How many months one step is; 0 if it is measured in days.
    pub(super) const fn step_months(self) -> i64 {
        match self.unit {
            Unit::Day | Unit::Week => 0,
            Unit::Month | Unit::Year => self.step().0,
        }
    }

    /// The step in days or in months, and how many of these count in each step.
    #[inline]
    pub(super) const fn step(self) -> (i64, i64) {
        let counting = match self.unit {
            Unit::Day | Unit::Month => 1,
            Unit::Week => 7,
            Unit::Year => 12,
        };
        (self.n as i64 * counting, counting)
    }

    /// How far a day or a month is into its step.
    #[inline]
    fn into_step(self, at: i32) -> i64 {
        (i64::from(at) - i64::from(self.origin)).rem_euclid(self.step().0)
    }

    /// Whether a day counts, or a month if the step is measured in months.
    #[inline]
    pub(super) fn is_in_step(self, at: i32) -> bool {
        self.into_step(at) < self.step().1
    }

    /// The days of a month that are in step, as bits.
    pub(super) fn bits(self, month: Month, first: Day, length: u32) -> u32 {
        if self.n == 1 {
            return u32::MAX;
        }
        if self.step_months() != 0 {
            return if self.is_in_step(month) { u32::MAX } else { 0 };
        }
        let (step, counting) = self.step();
        let mut bits = 0;
        // The step that the first day lies in, then those that begin later.
        let mut begin = -self.into_step(first);
        while begin < i64::from(length) {
            for day in begin.max(0)..(begin + counting).min(i64::from(length)) {
                bits |= 1 << day;
            }
            begin += step;
        }
        bits
    }

    /// The first month from `month` on that has a day in step.
    pub(super) fn month_from(self, month: Month) -> Month {
        let (step, counting) = self.step();
        let wait = |into: i64| if into < counting { 0 } else { step - into };
        if self.step_months() != 0 {
            let next = i64::from(month) + wait(self.into_step(month));
            return next.min(i64::from(AFTER_ALL)) as Month;
        }
        let first = civil::first_of(month);
        month_of_far(i64::from(first) + wait(self.into_step(first)))
    }

    /// The last month up to `month` that has a day in step.
    pub(super) fn month_until(self, month: Month) -> Month {
        let back = |into: i64| (into - self.step().1 + 1).max(0);
        if self.step_months() != 0 {
            let previous = i64::from(month) - back(self.into_step(month));
            return previous.max(i64::from(BEFORE_ALL)) as Month;
        }
        let last = civil::first_of(month + 1) - 1;
        month_of_far(i64::from(last) - back(self.into_step(last)))
    }
}

/// The month of a day that may be far outside the range of time.
fn month_of_far(day: i64) -> Month {
    let day = day.clamp(i64::from(civil::FIRST_DAY) - 31, i64::from(civil::LAST_DAY) + 31);
    civil::month_of(day as Day).0
}
