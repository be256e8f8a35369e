//! Sets of days, as trees: weekdays, days of the month, spans, holidays and combinations
//! of these.
//!
//! ```text
//! node   the tree, with the days as they were given, for printing
//! eval   whether a day is in a set; the days of a month, as bits; bounds and period
//! span   from a point to a point of each year or month
//! words  in plain English
//! ```
//!
//! A set is evaluated by random access. Searches go by month, as those of
//! [`dates`](crate::schedule::dates): the days of a month are the bits of one word.

mod eval;
mod node;
mod span;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::error::Error;
use crate::limits::{MAX_SCHEDULE_DEPTH, MAX_SCHEDULE_NODES};
use crate::time::civil::{self, Day};

pub use node::Unit;
pub(crate) use node::{Item, Node};
pub use span::Point;
pub(crate) use span::{DayOfMonth, PointKind, Span};

/// A set of dates, such as "the last Monday of May" or "every day that is not a holiday".
///
/// ```
/// use quietude::Weekday::{Fri, Mon};
/// use quietude::calendar::{Days, Unit};
///
/// let working_days = Days::weekday_range(Mon, Fri).and(Days::easter(1)?.complement()?)?;
/// let last = Days::nth_of(-1, working_days, Unit::Month)?;
/// assert_eq!(last.to_string(), "the last of Monday to Friday except Easter Monday in each month");
/// assert!(last.contains("2026-02-27".parse().unwrap()));
/// # Ok::<(), quietude::Error>(())
/// ```
///
/// Cloning copies a pointer. A test of a date takes a few nanoseconds for each part of
/// the set.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Days(Arc<Inner>);

#[derive(PartialEq, Eq, Hash)]
struct Inner {
    node: Node,
    /// How deep sets are nested: 0 for a set without parts.
    depth: u32,
    /// The number of sets in the tree, this one included.
    nodes: u64,
    /// How many names follow each other at the top.
    names: u32,
}

const EMPTY_LIST: &str = "the list is empty; name at least one";

impl Days {
    fn leaf(node: Node) -> Self {
        Self(Arc::new(Inner { node, depth: 0, nodes: 1, names: 0 }))
    }

    /// A set with parts. The error has the depth or the number of sets, if that is beyond
    /// the limit.
    fn tree(node: Node) -> Result<Self, Error> {
        let parts = node.parts();
        let depth = parts.iter().map(|part| part.0.depth).max().unwrap_or(0) + 1;
        let nodes = parts.iter().map(|part| part.0.nodes).sum::<u64>() + 1;
        check_size(depth, nodes)?;
        Ok(Self(Arc::new(Inner { node, depth, nodes, names: 0 })))
    }

    /// Every date.
    #[must_use]
    pub fn every_day() -> Self {
        Self::leaf(Node::weekdays([Item::Range(Weekday::Mon, Weekday::Sun)]))
    }

    /// The dates that fall on one of these weekdays.
    ///
    /// # Errors
    ///
    /// If the list is empty.
    pub fn weekdays(weekdays: impl IntoIterator<Item = Weekday>) -> Result<Self, Error> {
        Self::of_weekdays(weekdays.into_iter().map(Item::One))
    }

    /// The dates from a weekday to a weekday of each week, both included. The range may
    /// go over the end of the week: from Saturday to Monday.
    #[must_use]
    pub fn weekday_range(first: Weekday, last: Weekday) -> Self {
        Self::leaf(Node::weekdays([Item::Range(first, last)]))
    }

    pub(crate) fn of_weekdays(
        items: impl IntoIterator<Item = Item<Weekday>>,
    ) -> Result<Self, Error> {
        Ok(Self::leaf(Node::weekdays(not_empty(items)?)))
    }

    /// These days of each month: 1 to 31, or -1 to -31 from the end. A day that a month
    /// lacks is left out there.
    ///
    /// # Errors
    ///
    /// If the list is empty, or a number out of range.
    ///
    /// ```
    /// use quietude::calendar::Days;
    ///
    /// let first_and_last = Days::month_days([1, -1])?;
    /// assert!(first_and_last.contains("2026-02-28".parse().unwrap()));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn month_days(days: impl IntoIterator<Item = i32>) -> Result<Self, Error> {
        Self::of_month_days(days.into_iter().map(Item::One))
    }

    /// The days of each month from one to another, both included: 1 to 31, or -1 to -31
    /// from the end. If the first is after the last day of a month, the set has no day in
    /// it; if it is before day 1, it is day 1. A last after the end of the month is its
    /// last day.
    ///
    /// # Errors
    ///
    /// If a number is out of range, or both count from the same end and are reversed.
    pub fn month_day_range(first: i32, last: i32) -> Result<Self, Error> {
        Self::of_month_days([Item::Range(first, last)])
    }

    pub(crate) fn of_month_days(items: impl IntoIterator<Item = Item<i32>>) -> Result<Self, Error> {
        let mut checked = Vec::new();
        for item in not_empty(items)? {
            let day = |day: i32| match i8::try_from(day) {
                Ok(day @ (1..=31 | -31..=-1)) => Ok(day),
                _ => Err(Error::out_of_range(format_args!("{day} is not in 1..=31 or -31..=-1"))),
            };
            if let Item::Range(first, last) = item
                && (first > 0) == (last > 0)
            {
                check_order(first, last)?;
            }
            checked.push(item.try_map(day)?);
        }
        Ok(Self::leaf(Node::month_days(checked)))
    }

    /// The `n`-th such weekday of each month: 1 to 5, or -1 to -5 from the end. A month
    /// that lacks it has none.
    ///
    /// # Errors
    ///
    /// If `n` is out of range.
    pub fn nth_weekday(n: i32, weekday: Weekday) -> Result<Self, Error> {
        match i8::try_from(n) {
            Ok(n @ (1..=5 | -5..=-1)) => Ok(Self::leaf(Node::NthWeekday(n, weekday))),
            _ => {
                Err(Error::out_of_range(format_args!("{n} is not in 1..=5 or -5..=-1"))
                    .in_field("nth"))
            }
        }
    }

    /// The `n`-th date of a set in each week, month or year; negative numbers count from
    /// the end. Weeks begin on Monday.
    ///
    /// # Errors
    ///
    /// If `n` is 0 or more than the days of a week, month or year; or if the set is
    /// beyond a [limit](crate::limits).
    pub fn nth_of(n: i32, of: Self, unit: Unit) -> Result<Self, Error> {
        let most = match unit {
            Unit::Day => {
                let message = "day is not one of week, month, year";
                return Err(Error::invalid(message).in_field("in"));
            }
            Unit::Week => 7,
            Unit::Month => 31,
            Unit::Year => 366,
        };
        if n == 0 || n.unsigned_abs() > most {
            return Err(Error::out_of_range(format_args!(
                "{n} is not in 1..={most} or -{most}..=-1"
            ))
            .in_field("nth"));
        }
        Self::tree(Node::NthOf(n, of, unit))
    }

    /// The dates of these months of each year; 1 is January.
    ///
    /// # Errors
    ///
    /// If the list is empty, or a month is not in 1 to 12.
    pub fn months(months: impl IntoIterator<Item = u32>) -> Result<Self, Error> {
        Self::of_months(months.into_iter().map(Item::One))
    }

    pub(crate) fn of_months(items: impl IntoIterator<Item = Item<u32>>) -> Result<Self, Error> {
        let month = |month: u32| match month {
            1..=12 => Ok(month),
            _ => Err(Error::out_of_range(format_args!("month {month} is not in 1..=12"))),
        };
        let items = not_empty(items)?.into_iter().map(|item| item.try_map(month));
        Ok(Self::leaf(Node::months(items.collect::<Result<Vec<_>, _>>()?)))
    }

    /// The dates of the years from one to another, both included.
    ///
    /// # Errors
    ///
    /// If a year is not in 1 to 9999, or the last is before the first.
    pub fn years(first: i32, last: i32) -> Result<Self, Error> {
        Self::of_years([Item::Range(first, last)])
    }

    pub(crate) fn of_years(items: impl IntoIterator<Item = Item<i32>>) -> Result<Self, Error> {
        let year = |year: i32| match year {
            1..=9999 => Ok(year),
            _ => Err(Error::out_of_range(format_args!("{year} is not in the years 1 to 9999"))),
        };
        let mut checked = Vec::new();
        for item in not_empty(items)? {
            if let Item::Range(first, last) = item {
                check_order(first, last)?;
            }
            checked.push(item.try_map(year)?);
        }
        Ok(Self::leaf(Node::years(checked)))
    }

    /// These dates.
    ///
    /// # Errors
    ///
    /// If the list is empty, or a date is not in the years 1 to 9999.
    pub fn dates(dates: impl IntoIterator<Item = NaiveDate>) -> Result<Self, Error> {
        Self::of_dates(dates.into_iter().map(Item::One))
    }

    /// The dates from one to another, both included.
    ///
    /// # Errors
    ///
    /// If a date is not in the years 1 to 9999, or the last is before the first.
    pub fn date_range(first: NaiveDate, last: NaiveDate) -> Result<Self, Error> {
        Self::of_dates([Item::Range(first, last)])
    }

    pub(crate) fn of_dates(
        items: impl IntoIterator<Item = Item<NaiveDate>>,
    ) -> Result<Self, Error> {
        let mut checked = Vec::new();
        for item in not_empty(items)? {
            if let Item::Range(first, last) = item {
                check_order(first, last)?;
            }
            checked.push(item.try_map(day_number)?);
        }
        Ok(Self::leaf(Node::dates(checked)))
    }

    /// The dates from a point to a point of each year or month, or between two dates; every
    /// `step`-th of them, counted from the first. If `to` is before `from`, it is the one
    /// of the next year or month. A year or month that lacks `from` has none; a `to` that
    /// it lacks is the last day of its month.
    ///
    /// # Errors
    ///
    /// If `step` is 0; if not both points are of a year, of a month, or dates; or if two
    /// dates are reversed.
    ///
    /// ```
    /// use quietude::calendar::{Days, Point};
    ///
    /// let holidays = Days::span(Point::month_day(12, 24)?, Point::month_day(1, 6)?, 1)?;
    /// assert!(holidays.contains("2027-01-06".parse().unwrap()));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn span(from: Point, to: Point, step: u32) -> Result<Self, Error> {
        Span::new(from, to, step).map(|span| Self::leaf(Node::Span(Box::new(span))))
    }

    /// The date `days` days after Western Easter Sunday of each year: -2 is Good Friday, 1
    /// is Easter Monday. The Gregorian computus applies in all years.
    ///
    /// # Errors
    ///
    /// If `days` is not in -366 to 366.
    pub fn easter(days: i32) -> Result<Self, Error> {
        check_shift(days).map(|()| Self::leaf(Node::Easter(days)))
    }

    /// Each date of a set, `days` days later, or earlier if that is negative.
    ///
    /// # Errors
    ///
    /// If `days` is not in -366 to 366, or the set is beyond a [limit](crate::limits).
    pub fn offset(days: i32, of: Self) -> Result<Self, Error> {
        check_shift(days)?;
        Self::tree(Node::Offset(days, of))
    }

    /// The date from Monday to Friday that is nearest to a day of each month, within that
    /// month: 1 to 31, or -1 for its last day. A month that lacks the day has none.
    ///
    /// # Errors
    ///
    /// If `day` is out of range.
    pub fn nearest_weekday(day: i32) -> Result<Self, Error> {
        match i8::try_from(day) {
            Ok(day @ (1..=31 | -1)) => Ok(Self::leaf(Node::NearestWeekday(day))),
            _ => Err(Error::out_of_range(format_args!("{day} is not in 1..=31 or -1"))),
        }
    }

    /// A set with a name. Documents refer to it by the name.
    #[must_use]
    pub fn named(name: impl Into<String>, days: Self) -> Self {
        let Inner { depth, nodes, names, .. } = *days.0;
        // Names of names are dropped beyond some, so that they do not nest without a limit.
        if names >= MAX_SCHEDULE_DEPTH {
            return days;
        }
        let node = Node::Named(name.into().into(), days);
        Self(Arc::new(Inner { node, depth, nodes, names: names + 1 }))
    }

    /// The dates of at least one of these sets.
    ///
    /// # Errors
    ///
    /// If the list is empty, or the set is beyond a [limit](crate::limits).
    pub fn any(sets: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        Self::tree(Node::Any(not_empty(sets)?.into()))
    }

    /// The dates of all of these sets.
    ///
    /// # Errors
    ///
    /// If the list is empty, or the set is beyond a [limit](crate::limits).
    pub fn all(sets: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        Self::tree(Node::All(not_empty(sets)?.into()))
    }

    /// The dates of both sets.
    ///
    /// # Errors
    ///
    /// If the set is beyond a [limit](crate::limits).
    pub fn and(self, other: Self) -> Result<Self, Error> {
        Self::all([self, other])
    }

    /// The dates that are not in the set.
    ///
    /// # Errors
    ///
    /// If the set is beyond a [limit](crate::limits).
    pub fn complement(self) -> Result<Self, Error> {
        Self::tree(Node::Not(self))
    }

    /// Whether a date is in the set; false for a date that is not in the years 1 to 9999.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        day_number(date).is_ok_and(|day| self.contains_day(day))
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0.node
    }

    /// The number of sets in the tree.
    pub(crate) fn nodes(&self) -> u64 {
        self.0.nodes
    }

    /// How many names follow each other at the top.
    pub(crate) fn names(&self) -> u32 {
        self.0.names
    }
}

/// In plain English. The text is not stable.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::phrase(self))
    }
}

impl fmt::Debug for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Days({self})")
    }
}

/// Returns an error with the depth or the number of nodes, if one is beyond its limit.
pub(crate) fn check_size(depth: u32, nodes: u64) -> Result<(), Error> {
    if depth > MAX_SCHEDULE_DEPTH {
        return Err(Error::beyond(depth, "levels", MAX_SCHEDULE_DEPTH));
    }
    if nodes > MAX_SCHEDULE_NODES {
        return Err(Error::beyond(nodes, "parts, references expanded,", MAX_SCHEDULE_NODES));
    }
    Ok(())
}

fn check_shift(days: i32) -> Result<(), Error> {
    match days {
        -366..=366 => Ok(()),
        _ => Err(Error::out_of_range(format_args!("{days} days are not in -366..=366"))),
    }
}

fn check_order<T: PartialOrd + fmt::Display>(first: T, last: T) -> Result<(), Error> {
    if last < first {
        return Err(Error::invalid(format_args!(
            "\"{first}..{last}\" is reversed; did you mean \"{last}..{first}\"?"
        )));
    }
    Ok(())
}

fn not_empty<T>(items: impl IntoIterator<Item = T>) -> Result<Vec<T>, Error> {
    let items: Vec<T> = items.into_iter().collect();
    if items.is_empty() { Err(Error::invalid(EMPTY_LIST)) } else { Ok(items) }
}

/// The day number of a date in the years 1 to 9999.
pub(crate) fn day_number(date: NaiveDate) -> Result<Day, Error> {
    if (1..=9999).contains(&date.year()) {
        Ok(civil::day_of(date.year(), date.month(), date.day()))
    } else {
        Err(Error::out_of_range(format_args!("{date} is not in the years 1 to 9999")))
    }
}
