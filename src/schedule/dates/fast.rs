//! The fast path of a date set: one lookup in a table of months, for sets that
//! have a single rule and days in [`civil::TABLE_DAYS`].

use crate::time::civil::{self, Day};

/// The rule of a set that has only one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum FastRule {
    Weekdays,
    MonthDays(MaskByLength),
    MonthDaysByWeekday(Box<MaskByWeekday>),
}

/// The lengths that a month can have: 28 to 31 days.
pub(super) const LENGTHS: usize = 4;

/// The selected days in months of each length, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MaskByLength(pub(super) [u32; LENGTHS]);

/// The selected days that fall on each weekday, in months of each length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MaskByWeekday(pub(super) [MaskByLength; 7]);

impl MaskByLength {
    /// For a day in [`civil::TABLE_DAYS`].
    #[inline(always)]
    pub(super) fn contains(&self, day: Day) -> bool {
        let (length, before) = civil::month_position_fast(day);
        self.0[length as usize] >> before & 1 != 0
    }
}

impl MaskByWeekday {
    /// For a day in [`civil::TABLE_DAYS`].
    #[inline(always)]
    pub(super) fn contains(&self, day: Day) -> bool {
        self.0[civil::weekday_of(day) as usize].contains(day)
    }
}

/// The days of `first..=last` that are in [`civil::TABLE_DAYS`]: the first one,
/// and the count.
pub(super) fn fast_days(first: Day, last: Day) -> (Day, u32) {
    let table = civil::TABLE_DAYS;
    let (first, end) = (first.max(table.start), last.saturating_add(1).min(table.end));
    (first, u32::try_from(end.saturating_sub(first)).unwrap_or(0))
}
