//! Every n-th day, week, month or year.

use crate::time::civil::{self, Day, Month};

/// Every n-th unit, counted from an anchor's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Every {
    pub(crate) n: u32,
    pub(crate) unit: Unit,
    pub(crate) anchor: Day,
    /// On which day weeks begin, 0 for Monday.
    week_start: u32,
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
    pub(crate) const fn new(n: u32, unit: Unit, anchor: Day, week_start: u32) -> Self {
        Self { n, unit, anchor, week_start }
    }

    /// How many months one step is; 0 if it is measured in days.
    pub(super) fn step_months(self) -> i64 {
        match self.unit {
            Unit::Day | Unit::Week => 0,
            Unit::Month => i64::from(self.n),
            Unit::Year => i64::from(self.n) * 12,
        }
    }

    /// The step in days, and how many days of each step count.
    pub(super) fn step_days(self) -> (i64, i64) {
        match self.unit {
            Unit::Week => (i64::from(self.n) * 7, 7),
            _ => (i64::from(self.n), 1),
        }
    }

    /// Days since the anchor's own unit began.
    #[inline]
    fn days_since(self, day: Day) -> i64 {
        let into_unit = match self.unit {
            Unit::Week => (civil::weekday_of(self.anchor) + 7 - self.week_start) % 7,
            _ => 0,
        };
        i64::from(day) - i64::from(self.anchor) + i64::from(into_unit)
    }

    /// Months since the anchor's own unit began, and how many months of each
    /// step count.
    #[inline]
    fn months_since(self, month: Month) -> (i64, i64) {
        let anchor = civil::month_of(self.anchor).0;
        match self.unit {
            Unit::Year => (i64::from(month) - i64::from(anchor.div_euclid(12) * 12), 12),
            _ => (i64::from(month) - i64::from(anchor), 1),
        }
    }

    #[inline]
    pub(super) fn is_in_step(self, day: Day, month: Month) -> bool {
        let (since, counting, step) = match self.unit {
            Unit::Day => (self.days_since(day), 1, i64::from(self.n)),
            Unit::Week => (self.days_since(day), 7, i64::from(self.n) * 7),
            Unit::Month | Unit::Year => {
                let (since, counting) = self.months_since(month);
                (since, counting, self.step_months())
            }
        };
        since.rem_euclid(step) < counting
    }

    /// The days of a month that are in step, as bits.
    pub(super) fn bits(self, month: Month, first: Day, length: u32) -> u32 {
        if self.n == 1 {
            return u32::MAX;
        }
        if self.step_months() != 0 {
            return if self.is_in_step(first, month) { u32::MAX } else { 0 };
        }
        let (step, counting) = self.step_days();
        let mut bits = 0;
        // The step that the first day lies in, then those that begin later.
        let mut begin = -self.days_since(first).rem_euclid(step);
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
        if self.step_months() != 0 {
            let (since, counting) = self.months_since(month);
            let into = since.rem_euclid(self.step_months());
            let wait = if into < counting { 0 } else { self.step_months() - into };
            return (i64::from(month) + wait).min(i64::from(AFTER_ALL)) as Month;
        }
        let first = civil::first_of(month);
        let (step, counting) = self.step_days();
        let into = self.days_since(first).rem_euclid(step);
        let wait = if into < counting { 0 } else { step - into };
        month_of_far(i64::from(first) + wait)
    }

    /// The last month up to `month` that has a day in step.
    pub(super) fn month_until(self, month: Month) -> Month {
        if self.step_months() != 0 {
            let (since, counting) = self.months_since(month);
            let into = since.rem_euclid(self.step_months());
            let back = (into - counting + 1).max(0);
            return (i64::from(month) - back).max(i64::from(BEFORE_ALL)) as Month;
        }
        let last = civil::first_of(month + 1) - 1;
        let (step, counting) = self.step_days();
        let into = self.days_since(last).rem_euclid(step);
        month_of_far(i64::from(last) - (into - counting + 1).max(0))
    }
}

/// The month of a day that may be far outside the range of time.
fn month_of_far(day: i64) -> Month {
    let day = day.clamp(i64::from(civil::FIRST_DAY) - 31, i64::from(civil::LAST_DAY) + 31);
    civil::month_of(day as Day).0
}
