//! Points of a month or a year between which Icinga 2 and Nagios define ranges of days, and
//! in which months and years these ranges are reversed.

use chrono::Weekday;
use quietude::calendar::{Days, Point};

/// A day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InMonth {
    /// 1 to 31, or -1 to -31 from the end.
    Number(i32),
    /// The n-th of a weekday: 1 to 5, or -1 to -5 from the end.
    Nth(i32, Weekday),
}

impl InMonth {
    /// The index, from 0, in a month with `length` days that begins on `first` (0 is Monday);
    /// `None` if the month lacks the day.
    fn index(self, length: i32, first: i32) -> Option<i32> {
        let index = match self {
            Self::Number(day) if day > 0 => day - 1,
            Self::Number(day) => length + day,
            Self::Nth(n, weekday) => {
                let weekday = weekday.num_days_from_monday() as i32;
                if n > 0 {
                    (weekday - first).rem_euclid(7) + 7 * (n - 1)
                } else {
                    let last = (first + length - 1).rem_euclid(7);
                    length - 1 - (last - weekday).rem_euclid(7) + 7 * (n + 1)
                }
            }
        };
        (0..length).contains(&index).then_some(index)
    }

    /// Whether it counts from the start of the month.
    pub(crate) fn is_from_start(self) -> bool {
        match self {
            Self::Number(n) | Self::Nth(n, _) => n > 0,
        }
    }

    /// The days, of each month.
    pub(crate) fn days(self) -> Result<Days, quietude::Error> {
        match self {
            Self::Number(day) => Days::month_days([day]),
            Self::Nth(n, weekday) => Days::nth_weekday(n, weekday),
        }
    }

    pub(crate) fn monthly(self) -> Result<Point, quietude::Error> {
        match self {
            Self::Number(day) => Point::day(day),
            Self::Nth(n, weekday) => Point::weekday(n, weekday),
        }
    }

    pub(crate) fn yearly(self, month: u32) -> Result<Point, quietude::Error> {
        match self {
            Self::Number(day) => Point::month_day(month, day),
            Self::Nth(n, weekday) => Point::month_weekday(month, n, weekday),
        }
    }
}

/// What holds for a range in the months or years that exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Some month or year lacks the first day.
    pub(crate) may_lack_from: bool,
    /// Some month or year lacks the last day.
    pub(crate) may_lack_to: bool,
    /// In some the first day is not after the last one.
    pub(crate) may_be_ordered: bool,
    /// In some it is.
    pub(crate) may_be_reversed: bool,
}

impl Shape {
    fn add(&mut self, from: Option<i32>, to: Option<i32>, last: i32) {
        self.may_lack_from |= from.is_none();
        self.may_lack_to |= to.is_none();
        // A last day that is lacking is the last one of its month.
        if let Some(from) = from {
            let is_ordered = from <= to.unwrap_or(last);
            self.may_be_ordered |= is_ordered;
            self.may_be_reversed |= !is_ordered;
        }
    }

    /// The shape of a range in each month.
    pub(crate) fn monthly(from: InMonth, to: InMonth) -> Self {
        let mut shape = Self::default();
        for length in 28..=31 {
            for first in 0..7 {
                shape.add(from.index(length, first), to.index(length, first), length - 1);
            }
        }
        shape
    }

    /// The shape of a range in each year; the months are from 1.
    pub(crate) fn yearly(from: (u32, InMonth), to: (u32, InMonth)) -> Self {
        let mut shape = Self::default();
        for leap_day in 0..2 {
            for first in 0..7 {
                let in_year = |(month, day): (u32, InMonth)| {
                    let (start, length) = month_in_year(month, leap_day);
                    let index = day.index(length, (first + start).rem_euclid(7));
                    (index.map(|index| start + index), start + length - 1)
                };
                let ((from, _), (to, last)) = (in_year(from), in_year(to));
                shape.add(from, to, last);
            }
        }
        shape
    }
}

/// The index, from 0, of the first day of a month in the year, and the days of the month.
fn month_in_year(month: u32, leap_day: i32) -> (i32, i32) {
    let lengths = [31, 28 + leap_day, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = month.saturating_sub(1) as usize % 12;
    (lengths[..before].iter().sum(), lengths[before])
}

/// The days of each month from one on, every `step`-th of them.
pub(crate) fn from_in_month(from: InMonth, step: u32) -> Result<Days, quietude::Error> {
    Days::span(from.monthly()?, Point::day(-1)?, step)
}

/// The days of each month up to one. If a month lacks it: all of its days.
pub(crate) fn up_to_in_month(to: InMonth) -> Result<Days, quietude::Error> {
    Days::span(Point::day(1)?, to.monthly()?, 1)
}

/// The days of each year from one on, every `step`-th of them.
pub(crate) fn from_in_year(from: (u32, InMonth), step: u32) -> Result<Days, quietude::Error> {
    Days::span(from.1.yearly(from.0)?, Point::month_day(12, 31)?, step)
}

/// The days of each year up to one.
pub(crate) fn up_to_in_year(to: (u32, InMonth)) -> Result<Days, quietude::Error> {
    Days::span(Point::month_day(1, 1)?, to.1.yearly(to.0)?, 1)
}
