//! Days of a month, without a zone.

use std::fmt;

use chrono::Weekday;

use crate::error::Error;

/// A day of a month: by number, by number from the end, or by n-th weekday.
///
/// ```
/// use quietude::{MonthDay, Weekday};
///
/// let days = [MonthDay::new(24)?, MonthDay::LAST, MonthDay::nth(2, Weekday::Tue)?];
/// assert_eq!(days.map(|day| day.to_string()), ["24", "-1", "2nd Tuesday"]);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MonthDay(pub(crate) MonthDayKind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MonthDayKind {
    /// 1..=31, or -31..=-1 from the end.
    Number(i8),
    /// 1..=5, or -5..=-1 from the end.
    Nth(i8, Weekday),
}

impl MonthDay {
    /// The last day of the month: `-1`.
    pub const LAST: Self = Self(MonthDayKind::Number(-1));

    /// Day `day` of the month. Negative numbers count from the end: -1 is the last day.
    ///
    /// # Errors
    ///
    /// If `day` is not in 1..=31 or -31..=-1.
    pub fn new(day: i32) -> Result<Self, Error> {
        match i8::try_from(day) {
            Ok(day @ (1..=31 | -31..=-1)) => Ok(Self(MonthDayKind::Number(day))),
            _ => Err(Error::out_of_range(format_args!("{day} is not in 1..=31 or -31..=-1"))),
        }
    }

    /// The `n`-th such weekday of the month. Negative numbers count from the end:
    /// `nth(-1, Weekday::Fri)` is the last Friday.
    ///
    /// # Errors
    ///
    /// If `n` is not in 1..=5 or -5..=-1.
    pub fn nth(n: i32, weekday: Weekday) -> Result<Self, Error> {
        match i8::try_from(n) {
            Ok(n @ (1..=5 | -5..=-1)) => Ok(Self(MonthDayKind::Nth(n, weekday))),
            _ => Err(Error::out_of_range(format_args!("nth {n} is not in 1..=5 or -5..=-1"))),
        }
    }

    /// The number, if the day is given by number.
    #[must_use]
    pub fn number(self) -> Option<i32> {
        match self.0 {
            MonthDayKind::Number(day) => Some(i32::from(day)),
            MonthDayKind::Nth(..) => None,
        }
    }

    /// n and the weekday, if the day is given by n-th weekday.
    ///
    /// ```
    /// use quietude::{MonthDay, Weekday};
    ///
    /// assert_eq!(MonthDay::nth(-1, Weekday::Fri)?.nth_weekday(), Some((-1, Weekday::Fri)));
    /// assert_eq!(MonthDay::LAST.nth_weekday(), None);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn nth_weekday(self) -> Option<(i32, Weekday)> {
        match self.0 {
            MonthDayKind::Number(_) => None,
            MonthDayKind::Nth(n, weekday) => Some((i32::from(n), weekday)),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            MonthDayKind::Number(day) => write!(f, "{day}"),
            MonthDayKind::Nth(-1, weekday) => write!(f, "last {}", weekday_name(weekday)),
            MonthDayKind::Nth(n, weekday) => {
                let ordinal =
                    ["1st", "2nd", "3rd", "4th", "5th"][usize::from(n.unsigned_abs()) - 1];
                let last = if n < 0 { "-last" } else { "" };
                write!(f, "{ordinal}{last} {}", weekday_name(weekday))
            }
        }
    }
}

impl fmt::Debug for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `Monday` to `Sunday`.
pub(crate) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// What a monthly schedule does in a month that does not have the day.
///
/// ```
/// use quietude::ShortMonth;
///
/// assert_eq!(ShortMonth::default(), ShortMonth::Skip);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ShortMonth {
    /// Skips that month, as RFC 5545 does.
    #[default]
    Skip,
    /// Moves to the last day of the month.
    Clamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_day_debug_equals_display() {
        let days = [MonthDay::LAST, MonthDay::nth(-1, Weekday::Fri).unwrap()];
        assert_eq!(format!("{days:?}"), "[-1, last Friday]");
    }

    #[test]
    fn month_day_out_of_range_is_error() {
        for day in [0, 32, -32, 256 + 5, i32::MIN, i32::MAX] {
            assert!(MonthDay::new(day).is_err(), "{day}");
        }
        for n in [0, 6, -6, 256 + 1] {
            assert!(MonthDay::nth(n, Weekday::Mon).is_err(), "{n}");
        }
        assert_eq!(MonthDay::nth(-2, Weekday::Fri).unwrap().to_string(), "2nd-last Friday");
    }
}
