//! The nodes of a tree of day sets, with what they are evaluated by.

use chrono::Weekday;

use crate::schedule::days::Days;
use crate::schedule::days::span::{Interval, Span};
use crate::time::civil::{self, Day};

/// One value, or all values of a range that includes its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Item<T> {
    One(T),
    Range(T, T),
}

impl<T: Copy> Item<T> {
    /// The first and the last value.
    pub(crate) fn ends(self) -> (T, T) {
        match self {
            Self::One(one) => (one, one),
            Self::Range(first, last) => (first, last),
        }
    }

    pub(crate) fn try_map<U, E>(
        self,
        mut map: impl FnMut(T) -> Result<U, E>,
    ) -> Result<Item<U>, E> {
        Ok(match self {
            Self::One(one) => Item::One(map(one)?),
            Self::Range(first, last) => Item::Range(map(first)?, map(last)?),
        })
    }
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A date.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// A set of days. Public constructors have checked it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Weekdays(Box<[Item<Weekday>]>, u8),
    MonthDays(Box<[Item<i8>]>, MonthDayMasks),
    NthWeekday(i8, Weekday),
    NthOf(i32, Days, Unit),
    Months(Box<[Item<u32>]>, u16),
    /// As given, and as sorted intervals that neither overlap nor touch.
    Years(Box<[Item<i32>]>, Box<[(i32, i32)]>),
    /// As given, and as sorted intervals that neither overlap nor touch.
    Dates(Box<[Item<Day>]>, Box<[Interval]>),
    Span(Box<Span>),
    Easter(i32),
    Offset(i32, Days),
    NearestWeekday(i8),
    Named(Box<str>, Days),
    Any(Box<[Days]>),
    All(Box<[Days]>),
    Not(Days),
}

/// Days of the month as bits, bit 0 for day 1, for months of 28 to 31 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MonthDayMasks {
    pub(crate) by_length: [u32; 4],
    /// Days counted from the start and from the end, if these alone say which days.
    pub(crate) by_number: Option<(u32, u32)>,
}

impl Node {
    pub(super) fn weekdays(items: impl IntoIterator<Item = Item<Weekday>>) -> Self {
        let items: Box<[_]> = items.into_iter().collect();
        let mut mask = 0;
        for item in &items {
            let (first, last) = item.ends();
            let length = last.days_since(first);
            let first = first.num_days_from_monday();
            (0..=length).for_each(|later| mask |= 1 << ((first + later) % 7));
        }
        Self::Weekdays(items, mask)
    }

    pub(super) fn months(items: Vec<Item<u32>>) -> Self {
        let mut mask = 0;
        for item in &items {
            let (first, last) = item.ends();
            let length = (last + 12 - first) % 12;
            (0..=length).for_each(|later| mask |= 1 << ((first - 1 + later) % 12));
        }
        Self::Months(items.into(), mask)
    }

    pub(super) fn month_days(items: Vec<Item<i8>>) -> Self {
        let of_length = |length: i32| {
            let in_month = |day: i8| if day > 0 { day.into() } else { length + 1 + i32::from(day) };
            items.iter().fold(0, |bits, item| {
                let (first, last) = match *item {
                    Item::One(day) => (in_month(day), in_month(day)),
                    // An end after the last day is the last; a beginning before the
                    // first day is the first, and one after the last day is kept.
                    Item::Range(first, last) => {
                        (in_month(first).max(1), in_month(last).min(length))
                    }
                };
                let days = first..=last;
                days.filter(|day| (1..=length).contains(day))
                    .fold(bits, |bits, day| bits | 1u32 << (day - 1))
            })
        };
        let by_length = [28, 29, 30, 31].map(of_length);
        let by_number = items.iter().try_fold((0u32, 0u32), |(start, end), item| {
            let bits =
                |first: i32, last: i32| (first..=last).fold(0, |b, day| b | 1u32 << (day - 1));
            let (first, last) = item.ends();
            let (first, last) = (i32::from(first), i32::from(last));
            match item {
                _ if first > 0 && last > 0 => Some((start | bits(first, last), end)),
                _ if first < 0 && last < 0 => Some((start, end | bits(-last, -first))),
                _ if last == -1 => Some((start | bits(first, 31), end)),
                _ if first == -31 => Some((start | bits(1, last), end)),
                _ => None,
            }
        });
        Self::MonthDays(items.into(), MonthDayMasks { by_length, by_number })
    }

    pub(super) fn dates(items: Vec<Item<Day>>) -> Self {
        let merged = merged(&items);
        Self::Dates(items.into(), merged)
    }

    pub(super) fn years(items: Vec<Item<i32>>) -> Self {
        let merged = merged(&items);
        Self::Years(items.into(), merged)
    }

    /// The sets that this one is made of.
    pub(crate) fn parts(&self) -> &[Days] {
        match self {
            Self::NthOf(_, of, _) | Self::Offset(_, of) | Self::Named(_, of) | Self::Not(of) => {
                std::slice::from_ref(of)
            }
            Self::Any(parts) | Self::All(parts) => parts,
            _ => &[],
        }
    }
}

/// Sorted intervals that neither overlap nor touch.
fn merged(items: &[Item<i32>]) -> Box<[(i32, i32)]> {
    let mut sorted: Vec<(i32, i32)> = items.iter().map(|item| item.ends()).collect();
    sorted.sort_unstable();
    let mut merged: Vec<(i32, i32)> = Vec::with_capacity(sorted.len());
    for (first, last) in sorted {
        match merged.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged.into()
}

impl MonthDayMasks {
    /// The days of a month with this many days.
    #[inline]
    pub(super) fn of_length(&self, length: u32) -> u32 {
        self.by_length[(length - civil::SHORTEST_MONTH) as usize]
    }
}
