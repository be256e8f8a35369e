//! Every n-th day, week, month or year.

use crate::schedule::days::Unit;
use crate::time::civil::{self, Day, Month};

/// Every n-th unit, counted from the unit of an anchor (RFC 5545, INTERVAL).
///
/// The units that match are `counting` long and repeat every `len`: for every
/// second week 7 days of 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stride {
    pub(crate) n: u32,
    pub(crate) unit: Unit,
    pub(crate) anchor: Day,
    /// The first day of the unit of the anchor; for months and years its first
    /// month.
    origin: i32,
}

/// Months before and after all days of a schedule.
const BEFORE_ALL: Month = civil::month_of(civil::FIRST_DAY).0 - 1;
const AFTER_ALL: Month = civil::month_of(civil::LAST_DAY).0 + 1;

impl Stride {
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

    /// The length in months; 0 if the stride is measured in days.
    pub(super) const fn len_months(self) -> i64 {
        match self.unit {
            Unit::Day | Unit::Week => 0,
            Unit::Month | Unit::Year => self.len().0,
        }
    }

    /// The length in days or months, and how many of these match in each period.
    #[inline]
    pub(super) const fn len(self) -> (i64, i64) {
        let counting = match self.unit {
            Unit::Day | Unit::Month => 1,
            Unit::Week => 7,
            Unit::Year => 12,
        };
        (self.n as i64 * counting, counting)
    }

    /// The position of a day, or of a month, in its period.
    #[inline]
    fn position(self, at: i32) -> i64 {
        (i64::from(at) - i64::from(self.origin)).rem_euclid(self.len().0)
    }

    /// Whether a day matches, or a month if the stride is measured in months.
    #[inline]
    pub(super) fn matches(self, at: i32) -> bool {
        self.position(at) < self.len().1
    }

    /// The matching days of a month, as bits.
    pub(super) fn bits(self, month: Month, first: Day, length: u32) -> u32 {
        if self.n == 1 {
            return u32::MAX;
        }
        if self.len_months() != 0 {
            return if self.matches(month) { u32::MAX } else { 0 };
        }
        let (len, counting) = self.len();
        let mut bits = 0;
        // The period of the first day, then those that begin later in the month.
        let mut begin = -self.position(first);
        while begin < i64::from(length) {
            for day in begin.max(0)..(begin + counting).min(i64::from(length)) {
                bits |= 1 << day;
            }
            begin += len;
        }
        bits
    }

    /// The first month from `month` on that has a matching day.
    pub(super) fn next_month(self, month: Month) -> Month {
        let (len, counting) = self.len();
        let wait = |into: i64| if into < counting { 0 } else { len - into };
        if self.len_months() != 0 {
            let next = i64::from(month) + wait(self.position(month));
            return next.min(i64::from(AFTER_ALL)) as Month;
        }
        let first = civil::first_of(month);
        month_of_far(i64::from(first) + wait(self.position(first)))
    }

    /// The last month up to `month` that has a matching day.
    pub(super) fn previous_month(self, month: Month) -> Month {
        let back = |into: i64| (into - self.len().1 + 1).max(0);
        if self.len_months() != 0 {
            let previous = i64::from(month) - back(self.position(month));
            return previous.max(i64::from(BEFORE_ALL)) as Month;
        }
        let last = civil::first_of(month + 1) - 1;
        month_of_far(i64::from(last) - back(self.position(last)))
    }
}

/// The month of a day that may be far outside of the range of time.
fn month_of_far(day: i64) -> Month {
    let day = day.clamp(i64::from(civil::FIRST_DAY) - 31, i64::from(civil::LAST_DAY) + 31);
    civil::month_of(day as Day).0
}
