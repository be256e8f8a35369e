//! Entries of `ranges`: which days, and which times of day.

use chrono::{NaiveDate, Weekday};
use quietude::ClockRange;
use quietude::calendar::{Days, Point};

use crate::collect::shown;
use crate::day_points::{
    InMonth, Shape, from_in_month, from_in_year, up_to_in_month, up_to_in_year,
};
use crate::named::Dates;
use crate::words::{MONTHS, WEEKDAYS, meant, month, weekday};

/// Why an entry is not used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Icinga 2 does not read it either.
    Syntax(String),
    /// Icinga 2 reads it, but it cannot be expressed.
    Lost(String),
}

use Refused::{Lost, Syntax};

fn lost(error: impl ToString) -> Refused {
    Lost(error.to_string())
}

/// The days of an entry.
#[derive(Debug)]
pub(super) struct Entry {
    /// `None` if Icinga 2 matches no date.
    pub(super) dates: Option<Dates>,
    /// What is unusual, for a note.
    pub(super) remark: Option<&'static str>,
}

/// A day as Icinga 2 looks for it from the date that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    Date(NaiveDate),
    /// Of the year of that date.
    Yearly(u32, InMonth),
    /// Of the month of that date.
    Monthly(InMonth),
    /// The first one from that date on.
    Weekday(Weekday),
}

/// Reads the days of an entry: `monday 3 - thursday 4 / 2`.
pub(super) fn parse(text: &str) -> Result<Entry, Refused> {
    let (days, step) = match text.split_once('/') {
        Some((days, step)) => {
            let number = step.trim().parse::<i32>();
            let wrong = |_| Syntax(format!("the step {} is not a number", shown(step.trim())));
            // Below 2 there is no step.
            (days, number.map_err(wrong)?.max(1).unsigned_abs())
        }
        None => (text, 1),
    };
    let Some((first, second)) = days.split_once("- ") else {
        // Of a single day the step does not matter.
        return single(spec(days.trim())?);
    };
    let (first, second) = (first.trim(), second.trim());
    let from = spec(first)?;
    let starts_with_number = second.split(' ').next().is_some_and(|w| w.parse::<i64>().is_ok());
    let to = match first.split_once(' ') {
        // day 1 - 15
        Some((word, _)) if starts_with_number => spec(&format!("{word} {second}"))?,
        _ => spec(second)?,
    };
    let remark = matches!(from, Spec::Weekday(_)).then_some(
        "of a range that begins with a weekday, Icinga 2 matches only the first day; here too",
    );
    Ok(Entry { dates: range(from, to, step)?.map(Dates::Set), remark })
}

fn spec(text: &str) -> Result<Spec, Refused> {
    let wrong = || {
        let word = text.split_whitespace().next().unwrap_or_default();
        let known = WEEKDAYS.iter().chain(&MONTHS).chain(&["day"]).copied();
        let hint = if weekday(word).is_some() || month(word).is_some() {
            String::new()
        } else {
            meant(word, known)
        };
        Syntax(format!(
            "{} is no day such as \"monday\", \"2026-12-24\", \"december 25\", \"day -1\", \
             \"monday 3\" or \"monday 1 april\"{hint}",
            shown(text)
        ))
    };
    let bytes = text.as_bytes();
    if bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        return date(text).ok_or_else(wrong)?;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |word: &str| word.parse::<i64>().map_err(|_| wrong());
    match words[..] {
        [name] => Ok(Spec::Weekday(weekday(name).ok_or_else(wrong)?)),
        ["day", day] => Ok(Spec::Monthly(month_day(number(day)?)?)),
        [name, day] if month(name).is_some() => {
            let month = month(name).ok_or_else(wrong)?;
            Ok(Spec::Yearly(month, month_day(number(day)?)?))
        }
        [name, nth_text] => {
            let weekday = weekday(name).ok_or_else(wrong)?;
            Ok(Spec::Monthly(nth(number(nth_text)?, weekday)?))
        }
        [name, nth_text, of] => {
            let weekday = weekday(name).ok_or_else(wrong)?;
            let month = month(of).ok_or_else(wrong)?;
            Ok(Spec::Yearly(month, nth(number(nth_text)?, weekday)?))
        }
        _ => Err(wrong()),
    }
}

/// A date; `None` if the text is none. A day after the end of the month is counted on.
fn date(text: &str) -> Option<Result<Spec, Refused>> {
    let part = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, 1);
    let date =
        first.and_then(|first| first.checked_add_days(chrono::Days::new(u64::from(day - 1))));
    let date = date.filter(|_| year >= 1);
    Some(date.map(Spec::Date).ok_or_else(|| Lost(format!("{text} is not a date"))))
}

fn month_day(day: i64) -> Result<InMonth, Refused> {
    match i32::try_from(day) {
        Ok(day @ (1..=31 | -31..=-1)) => Ok(InMonth::Number(day)),
        _ => Err(Lost(format!("day {day} is not in 1..=31 or -31..=-1"))),
    }
}

fn nth(n: i64, weekday: Weekday) -> Result<InMonth, Refused> {
    match i32::try_from(n) {
        Ok(n @ (1..=5 | -5..=-1)) => Ok(InMonth::Nth(n, weekday)),
        Ok(0) => Err(Syntax("the 0th weekday does not exist".into())),
        _ => Err(Lost(format!("{n} is not in 1..=5 or -5..=-1 weekdays of a month"))),
    }
}

fn single(spec: Spec) -> Result<Entry, Refused> {
    let dates = match spec {
        Spec::Date(date) => Dates::Date(date),
        Spec::Weekday(weekday) => Dates::Weekday(weekday),
        Spec::Monthly(day) => Dates::Set(day.days().map_err(lost)?),
        Spec::Yearly(month, day) => Dates::Set(yearly(month, day).map_err(lost)?),
    };
    Ok(Entry { dates: Some(dates), remark: None })
}

/// A day of a named month. A day that the month lacks is counted on from its start, or back
/// from its end, within the year: 29 February of 2026 is 1 March.
fn yearly(month: u32, day: InMonth) -> Result<Days, quietude::Error> {
    let months = || Days::months([month]);
    let shape = Shape::yearly((month, day), (month, day));
    let leaves_year = (month == 12 && day.is_from_start()) || (month == 1 && !day.is_from_start());
    if !shape.may_lack_from || leaves_year {
        return day.days()?.and(months()?);
    }
    match day {
        InMonth::Number(n) if n > 0 => Days::offset(n - 1, Days::month_days([1])?.and(months()?)?),
        InMonth::Number(n) => Days::offset(n + 1, Days::month_days([-1])?.and(months()?)?),
        InMonth::Nth(n, weekday) => {
            let nearest = Days::nth_weekday(n.signum(), weekday)?.and(months()?)?;
            Days::offset(7 * (n - n.signum()), nearest)
        }
    }
}

/// The dates that are not before the first point and not after the second one, each of them
/// in the year or month of the date; `None` if there are none.
fn range(from: Spec, to: Spec, step: u32) -> Result<Option<Days>, Refused> {
    match (from, to) {
        (Spec::Date(from), Spec::Date(to)) => {
            if to < from {
                return Ok(None);
            }
            let days = match step {
                1 => Days::date_range(from, to),
                _ => Point::date(from).and_then(|from| Days::span(from, Point::date(to)?, step)),
            };
            return days.map(Some).map_err(lost);
        }
        (Spec::Monthly(InMonth::Number(from)), Spec::Monthly(InMonth::Number(to))) if step == 1 => {
            if (from > 0) == (to > 0) && to < from {
                return Ok(None);
            }
            return Days::month_day_range(from, to).map(Some).map_err(lost);
        }
        (Spec::Monthly(from), Spec::Monthly(to)) => {
            let shape = Shape::monthly(from, to);
            check_lacking(shape, from, to)?;
            if !shape.may_be_ordered {
                return Ok(None);
            }
            if !shape.may_be_reversed {
                let span = from.monthly().and_then(|from| Days::span(from, to.monthly()?, step));
                return span.map(Some).map_err(lost);
            }
        }
        (Spec::Yearly(a, from), Spec::Yearly(b, to)) => {
            let shape = Shape::yearly((a, from), (b, to));
            if shape.may_lack_from || shape.may_lack_to {
                return Err(Lost("a year may lack one of its days".into()));
            }
            if !shape.may_be_ordered {
                return Ok(None);
            }
            if !shape.may_be_reversed {
                let span = from.yearly(a).and_then(|from| Days::span(from, to.yearly(b)?, step));
                return span.map(Some).map_err(lost);
            }
        }
        _ => {}
    }
    let from = not_before(from, step)?;
    match not_after(to)? {
        Some(to) => from.and(to).map(Some).map_err(lost),
        None => Ok(Some(from)),
    }
}

/// Days from the end that a month may lack are days of the month before it.
fn check_lacking(shape: Shape, from: InMonth, to: InMonth) -> Result<(), Refused> {
    let is_lost = (shape.may_lack_from && !from.is_from_start())
        || (shape.may_lack_to && !to.is_from_start());
    if is_lost {
        return Err(Lost("a month may lack one of its days".into()));
    }
    Ok(())
}

/// The dates that are not before a point.
fn not_before(from: Spec, step: u32) -> Result<Days, Refused> {
    let days = match from {
        Spec::Date(date) => {
            let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(date);
            Point::date(date).and_then(|from| Days::span(from, Point::date(last)?, step))
        }
        Spec::Monthly(day) => {
            check_lacking(Shape::monthly(day, InMonth::Number(-1)), day, InMonth::Number(-1))?;
            from_in_month(day, step)
        }
        Spec::Yearly(month, day) => {
            let shape = Shape::yearly((month, day), (12, InMonth::Number(31)));
            if shape.may_lack_from {
                return Err(Lost("a year may lack its first day".into()));
            }
            from_in_year((month, day), step)
        }
        // The next such weekday is not after the date only on that weekday.
        Spec::Weekday(weekday) => Days::weekdays([weekday]),
    };
    days.map_err(lost)
}

/// The dates that are not after a point; `None` for all.
fn not_after(to: Spec) -> Result<Option<Days>, Refused> {
    let days = match to {
        Spec::Date(date) => {
            let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(date);
            Days::date_range(first, date)
        }
        Spec::Monthly(day) => {
            check_lacking(Shape::monthly(InMonth::Number(1), day), InMonth::Number(1), day)?;
            up_to_in_month(day)
        }
        Spec::Yearly(month, day) => {
            let shape = Shape::yearly((1, InMonth::Number(1)), (month, day));
            if shape.may_lack_to {
                return Err(Lost("a year may lack its last day".into()));
            }
            up_to_in_year((month, day))
        }
        Spec::Weekday(_) => return Ok(None),
    };
    days.map(Some).map_err(lost)
}

/// A clock range, on the day that is this number of days after the date.
pub(super) type Shifted = (i32, ClockRange);

/// The times of an entry.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) ranges: Vec<Shifted>,
    /// Ranges that Icinga 2 never matches.
    pub(super) reversed: Vec<String>,
}

/// Reads the times of an entry: `09:00-12:00,22:00-06:00`, with hours beyond 24 on later days.
pub(super) fn times(text: &str) -> Result<Times, Refused> {
    let mut times = Times::default();
    for range in text.split(',') {
        let range = range.trim();
        let wrong =
            || Syntax(format!("{} is not a range of times such as 09:00-17:00", shown(range)));
        let (from, to) = range.split_once('-').ok_or_else(wrong)?;
        let (from, mut to) = (seconds(from).ok_or_else(wrong)?, seconds(to).ok_or_else(wrong)?);
        if from >= to {
            to += DAY;
        }
        if from >= to {
            times.reversed.push(range.to_owned());
            continue;
        }
        // A range that begins at 24:00 or later is one of a later day.
        let shift = from / DAY;
        let (from, to) = (from % DAY, to - shift * DAY);
        let clock = ClockRange::over_days(from * 1000, to % DAY * 1000, to / DAY);
        let shift = i32::try_from(shift).unwrap_or(i32::MAX);
        times.ranges.push((shift, clock.map_err(lost)?));
    }
    times.ranges.sort_unstable();
    times.ranges.dedup();
    Ok(times)
}

const DAY: u32 = 86_400;

/// Seconds after midnight, below 367 days.
fn seconds(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut next = || -> Option<u32> {
        let part = parts.next()?;
        let is_number = part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
        if is_number { part.parse().ok() } else { None }
    };
    let (hours, minutes) = (next()?, next()?);
    let rest = text.trim().matches(':').count();
    let seconds = if rest == 2 { next()? } else { 0 };
    let total = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    let total = total.checked_add(seconds)?;
    (rest <= 2 && total < 366 * DAY).then_some(total)
}
