//! The dates of a calendar schedule, tested one date at a time.

use chrono::{Datelike, Days as Count, NaiveDate, Weekday};

use crate::specs::{CalendarSpec, DayOfMonth, Days};
use crate::testing::DAY;

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date");

/// Days since 1970-01-01.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    (date - EPOCH).num_days()
}

pub(crate) fn date_of(day: i64) -> NaiveDate {
    EPOCH + chrono::TimeDelta::days(day)
}

/// The dates whose occurrences can contain a local time. An occurrence lasts at most
/// one day of local time, and a clock change is at most one day long.
pub(crate) fn near(reading: i64) -> impl Iterator<Item = NaiveDate> {
    let day = reading.div_euclid(DAY);
    (day - 3..=day + 2).map(date_of)
}

/// Whether the calendar has an occurrence on the date.
pub(crate) fn falls_on(calendar: &CalendarSpec, date: NaiveDate) -> bool {
    is_selected(calendar, date)
        && !calendar.except.contains(&date)
        && calendar.count.is_none_or(|count| {
            let (_, anchor) = calendar.every.expect("a count needs an anchor");
            // Excluded dates count as well.
            date >= anchor
                && anchor
                    .iter_days()
                    .take_while(|day| *day <= date)
                    .filter(|day| is_selected(calendar, *day))
                    .nth(count as usize)
                    .is_none()
        })
}

/// Whether the calendar selects the date, before excluded dates and the count.
fn is_selected(calendar: &CalendarSpec, date: NaiveDate) -> bool {
    let selected = match &calendar.days {
        Days::Each => true,
        Days::OfWeek(weekdays) => weekdays.contains(&date.weekday()),
        Days::OfMonth { days, clamp } => days.iter().any(|day| is_day(*day, *clamp, date)),
    };
    let in_month = calendar.months.is_empty() || calendar.months.contains(&date.month());
    selected
        && in_month
        && calendar.every.is_none_or(|(n, anchor)| {
            let since = match calendar.days {
                Days::Each => (date - anchor).num_days(),
                Days::OfWeek(_) => (monday(date) - monday(anchor)).num_weeks(),
                Days::OfMonth { .. } => months(date) - months(anchor),
            };
            since.rem_euclid(i64::from(n)) == 0
        })
}

/// Whether `date` is this day of its month. With `clamp`, a day that the month does
/// not have is the last day of the month.
fn is_day(day: DayOfMonth, clamp: bool, date: NaiveDate) -> bool {
    let days = days_of_month(date);
    let wanted = match day {
        DayOfMonth::Number(n) => counted(&days, n),
        DayOfMonth::Nth(n, weekday) => {
            let those: Vec<_> = days.iter().copied().filter(|d| d.weekday() == weekday).collect();
            counted(&those, n)
        }
    };
    match wanted {
        Some(wanted) => wanted == date,
        None => clamp && days.last() == Some(&date),
    }
}

/// The n-th of some days, counted from 1, or from the end if `n` is negative.
fn counted(days: &[NaiveDate], n: i32) -> Option<NaiveDate> {
    let index = n.unsigned_abs() as usize - 1;
    if n > 0 { days.get(index).copied() } else { days.iter().rev().nth(index).copied() }
}

fn days_of_month(date: NaiveDate) -> Vec<NaiveDate> {
    let first = date.with_day(1).expect("every month has a day 1");
    first.iter_days().take_while(|day| day.month() == date.month()).collect()
}

pub(crate) fn monday(date: NaiveDate) -> NaiveDate {
    let into = date.weekday().days_since(Weekday::Mon);
    date - Count::new(u64::from(into))
}

fn months(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}
