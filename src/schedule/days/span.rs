//! Spans: from a point to a point of each year or month, or between two dates.

use chrono::{NaiveDate, Weekday};

use crate::error::Error;
use crate::schedule::days::day_number;
use crate::time::civil::{self, Day, Month};

/// The first and the last day.
pub(super) type Interval = (Day, Day);

/// A point at which a [span](super::Days::span) begins or ends: a day of each year, a day
/// of each month, or a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point(PointKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PointKind {
    /// A day of a month (1 for January) of each year.
    Yearly(u8, DayOfMonth),
    /// A day of each month.
    Monthly(DayOfMonth),
    Date(Day),
}

/// A day of a month, by number or by n-th weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DayOfMonth {
    /// 1..=31, or -31..=-1 from the end.
    Number(i8),
    /// 1..=5, or -5..=-1 from the end.
    Nth(i8, Weekday),
}

impl Point {
    /// A day of a month of each year; 1 is January. Negative days count from the end of
    /// the month.
    ///
    /// # Errors
    ///
    /// If the month does not exist, or never has that day.
    ///
    /// ```
    /// use quietude::calendar::Point;
    ///
    /// assert!(Point::month_day(2, 29).is_ok());
    /// assert!(Point::month_day(2, 30).is_err());
    /// ```
    pub fn month_day(month: u32, day: i32) -> Result<Self, Error> {
        let month = checked_month(month)?;
        // The year 2000 has the longest month of each number.
        let most = civil::days_in(2000 * 12 + i32::from(month) - 1) as i32;
        if day == 0 || day.abs() > most {
            return Err(Error::out_of_range(format_args!(
                "{day} is not in 1..={most} or -{most}..=-1, the days of month {month}"
            ))
            .in_field("day"));
        }
        Ok(Self(PointKind::Yearly(month, DayOfMonth::Number(day as i8))))
    }

    /// The `n`-th such weekday of a month of each year; 1 is January.
    ///
    /// # Errors
    ///
    /// If the month does not exist, or `n` is not in 1 to 5 or -1 to -5.
    pub fn month_weekday(month: u32, n: i32, weekday: Weekday) -> Result<Self, Error> {
        let month = checked_month(month)?;
        Ok(Self(PointKind::Yearly(month, DayOfMonth::Nth(checked_nth(n)?, weekday))))
    }

    /// A day of each month. Negative numbers count from the end.
    ///
    /// # Errors
    ///
    /// If `day` is not in 1 to 31 or -1 to -31.
    pub fn day(day: i32) -> Result<Self, Error> {
        match i8::try_from(day) {
            Ok(day @ (1..=31 | -31..=-1)) => Ok(Self(PointKind::Monthly(DayOfMonth::Number(day)))),
            _ => Err(Error::out_of_range(format_args!("{day} is not in 1..=31 or -31..=-1"))
                .in_field("day")),
        }
    }

    /// The `n`-th such weekday of each month.
    ///
    /// # Errors
    ///
    /// If `n` is not in 1 to 5 or -1 to -5.
    pub fn weekday(n: i32, weekday: Weekday) -> Result<Self, Error> {
        Ok(Self(PointKind::Monthly(DayOfMonth::Nth(checked_nth(n)?, weekday))))
    }

    /// A date.
    ///
    /// # Errors
    ///
    /// If the date is not in the years 1 to 9999.
    pub fn date(date: NaiveDate) -> Result<Self, Error> {
        Ok(Self(PointKind::Date(day_number(date)?)))
    }

    pub(crate) fn kind(self) -> PointKind {
        self.0
    }
}

fn checked_month(month: u32) -> Result<u8, Error> {
    match u8::try_from(month) {
        Ok(month @ 1..=12) => Ok(month),
        _ => {
            Err(Error::out_of_range(format_args!("month {month} is not in 1..=12"))
                .in_field("month"))
        }
    }
}

fn checked_nth(n: i32) -> Result<i8, Error> {
    match i8::try_from(n) {
        Ok(n @ (1..=5 | -5..=-1)) => Ok(n),
        _ => {
            Err(Error::out_of_range(format_args!("{n} is not in 1..=5 or -5..=-1")).in_field("nth"))
        }
    }
}

impl DayOfMonth {
    /// The day in a month; `None` if the month lacks it.
    fn in_month(self, month: Month) -> Option<Day> {
        let (first, length) = (civil::first_of(month), civil::days_in(month) as i32);
        let index = match self {
            Self::Number(day @ 1..) => i32::from(day) - 1,
            Self::Number(day) => length + i32::from(day),
            Self::Nth(n, weekday) => {
                let weekday = weekday.num_days_from_monday() as i32;
                if n > 0 {
                    let into = (weekday - civil::weekday_of(first) as i32).rem_euclid(7);
                    into + 7 * (i32::from(n) - 1)
                } else {
                    let last = civil::weekday_of(first + length - 1) as i32;
                    length - 1 - (last - weekday).rem_euclid(7) + 7 * (i32::from(n) + 1)
                }
            }
        };
        (0..length).contains(&index).then_some(first + index)
    }

    /// The day in a month, or the last day of a month that lacks it.
    fn in_month_or_last(self, month: Month) -> Day {
        self.in_month(month).unwrap_or_else(|| civil::first_of(month + 1) - 1)
    }
}

/// Every `step`-th day from a point to a point, each time from the first on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub(crate) from: Point,
    pub(crate) to: Point,
    pub(crate) step: u32,
    ends: Ends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ends {
    /// The months of the year, 0 for January, and the days in them.
    Yearly((i32, DayOfMonth), (i32, DayOfMonth)),
    Monthly(DayOfMonth, DayOfMonth),
    Dates(Day, Day),
}

impl Span {
    pub(super) fn new(from: Point, to: Point, step: u32) -> Result<Self, Error> {
        if step == 0 {
            return Err(Error::out_of_range("0 is not positive").in_field("step"));
        }
        let ends = match (from.0, to.0) {
            (PointKind::Yearly(month, day), PointKind::Yearly(to_month, to_day)) => {
                Ends::Yearly((i32::from(month) - 1, day), (i32::from(to_month) - 1, to_day))
            }
            (PointKind::Monthly(day), PointKind::Monthly(to_day)) => Ends::Monthly(day, to_day),
            (PointKind::Date(from), PointKind::Date(to)) if from <= to => Ends::Dates(from, to),
            (PointKind::Date(_), PointKind::Date(_)) => {
                return Err(Error::invalid("is before `from`").in_field("to"));
            }
            (from, to) => {
                return Err(Error::invalid(format_args!(
                    "`from` is {}, and this is {}; both are of each year, of each month, or dates",
                    from.class(),
                    to.class()
                ))
                .in_field("to"));
            }
        };
        Ok(Self { from, to, step, ends })
    }

    /// The interval that begins in a year, or in a month; the only one of two dates.
    fn beginning_in(&self, period: i32) -> Option<Interval> {
        let (from, to, next) = match self.ends {
            Ends::Yearly((month, day), (to_month, to_day)) => {
                let year = period * 12;
                let to = |year: i32| to_day.in_month_or_last(year + to_month);
                (day.in_month(year + month)?, to(year), to(year + 12))
            }
            Ends::Monthly(day, to_day) => {
                let to = |month: i32| to_day.in_month_or_last(month);
                (day.in_month(period)?, to(period), to(period + 1))
            }
            Ends::Dates(from, to) => return Some((from, to)),
        };
        Some((from, if to < from { next } else { to }))
    }

    /// The intervals that can contain a day of a month.
    pub(super) fn intervals(&self, month: Month) -> impl Iterator<Item = Interval> + '_ {
        let (first, last) = match self.ends {
            Ends::Yearly(..) => (month.div_euclid(12) - 1, month.div_euclid(12)),
            Ends::Monthly(..) => (month - 1, month),
            Ends::Dates(..) => (0, 0),
        };
        (first..=last).filter_map(|period| self.beginning_in(period))
    }

    /// Whether a day of `month` is in the span.
    pub(super) fn contains(&self, day: Day, month: Month) -> bool {
        self.intervals(month).any(|(from, to)| {
            from <= day
                && day <= to
                && (self.step == 1 || ((day - from) as u32).is_multiple_of(self.step))
        })
    }

    /// The days of a month that begins on `first`, as bits.
    pub(super) fn bits(&self, month: Month, first: Day, length: u32) -> u32 {
        let mut bits = 0;
        for (from, to) in self.intervals(month) {
            let last = to.min(first + length as i32 - 1);
            let mut day = from;
            if day < first {
                let step = i64::from(self.step);
                let steps = (i64::from(first) - i64::from(from) + step - 1) / step;
                let next = i64::from(from) + steps * step;
                day = i32::try_from(next).unwrap_or(i32::MAX);
            }
            while day <= last {
                bits |= 1 << (day - first);
                day = day.saturating_add_unsigned(self.step);
            }
        }
        bits
    }

    /// The two dates of a span between dates.
    pub(super) fn dates(&self) -> Option<Interval> {
        match self.ends {
            Ends::Dates(from, to) => Some((from, to)),
            _ => None,
        }
    }
}

impl PointKind {
    fn class(self) -> &'static str {
        match self {
            Self::Yearly(..) => "of each year",
            Self::Monthly(_) => "of each month",
            Self::Date(_) => "a date",
        }
    }
}
