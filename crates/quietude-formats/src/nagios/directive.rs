//! A line of a time period: which days, and which times of day.

use chrono::{NaiveDate, Weekday};
use quietude::ClockRange;

use crate::collect::shown;
use crate::day_points::InMonth;
use crate::words::{MONTHS, WEEKDAYS, meant, month, weekday};

/// The days of a line. Each kind has the number of its precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// From a date to a date, which may be before it. A single date with a step has no end.
    Dates { from: NaiveDate, to: Option<NaiveDate>, step: u32 },
    /// Days of months with a name: `february 1 - march 15`.
    MonthDates { from: (u32, InMonth), to: (u32, InMonth), step: u32 },
    /// Days of any month: `day 1 - 15`.
    MonthDays { from: InMonth, to: InMonth, step: u32 },
    /// Weekdays of months with a name: `monday 1 april - friday 2 may`.
    MonthWeekdays { from: (u32, InMonth), to: (u32, InMonth), step: u32 },
    /// Weekdays of any month: `monday 3 - thursday 4`.
    WeekdaysOfMonth { from: InMonth, to: InMonth, step: u32 },
    /// Each such weekday, which is not an exception.
    Weekday(Weekday),
}

impl Which {
    /// Whether it has a step and an end.
    pub(super) fn has_step_to_end(self) -> bool {
        match self {
            Self::Dates { to, step, .. } => step > 1 && to.is_some(),
            Self::MonthDates { step, .. }
            | Self::MonthDays { step, .. }
            | Self::MonthWeekdays { step, .. }
            | Self::WeekdaysOfMonth { step, .. } => step > 1,
            Self::Weekday(_) => false,
        }
    }

    /// 0 to 4 for exceptions, 5 for weekdays.
    pub(super) fn precedence(self) -> usize {
        match self {
            Self::Dates { .. } => 0,
            Self::MonthDates { .. } => 1,
            Self::MonthDays { .. } => 2,
            Self::MonthWeekdays { .. } => 3,
            Self::WeekdaysOfMonth { .. } => 4,
            Self::Weekday(_) => 5,
        }
    }
}

/// Why a line is not used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Nagios does not read it either.
    Syntax(String),
    /// Nagios reads it, but it cannot be expressed.
    Lost(String),
}

use Refused::{Lost, Syntax};

/// Reads a line such as `monday 3 - thursday 4 / 2 10:00-12:00,14:00-16:00`.
pub(super) fn parse(line: &str) -> Result<(Which, Times), Refused> {
    let (days, times) = split_times(line)
        .ok_or_else(|| Syntax(format!("{} has no times such as 09:00-17:00", shown(line))))?;
    Ok((parse_days(days)?, parse_times(times)?))
}

/// The times of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// The readings, ends to the second included.
    pub(super) clocks: Vec<ClockRange>,
    /// Whether a range is 00:00-00:00.
    pub(super) has_empty: bool,
    /// Ranges whose end is before their start, which Nagios never matches.
    pub(super) reversed: Vec<String>,
}

/// The parts before and from the first time of day.
fn split_times(line: &str) -> Option<(&str, &str)> {
    let colon = line.find(':')?;
    let digits = line[..colon].bytes().rev().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| line.split_at(colon - digits))
}

fn parse_times(text: &str) -> Result<Times, Refused> {
    let mut times = Times::default();
    for range in text.split(',') {
        let range = range.trim();
        let wrong = || {
            Syntax(format!(
                "{} is not a range of times such as 09:00-17:00, up to 24:00",
                shown(range)
            ))
        };
        let (from, to) = range.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (seconds(from).ok_or_else(wrong)?, seconds(to).ok_or_else(wrong)?);
        if (from, to) == (0, 0) {
            times.has_empty = true;
        } else if to < from {
            times.reversed.push(range.to_owned());
        } else if from < 86_400 {
            // The second of the end is inside, but 24:00 is on the next date.
            let end = (to + 1).min(86_400);
            let clock = ClockRange::new(from * 1000, end * 1000);
            times.clocks.push(clock.map_err(|error| Syntax(error.to_string()))?);
        }
    }
    times.clocks.sort();
    times.clocks.dedup();
    Ok(times)
}

/// Seconds after midnight, up to 24:00.
fn seconds(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_short = !text.is_empty() && text.len() <= 2;
        let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok());
        if is_short { number.flatten() } else { None }
    };
    let (hours, minutes): (u32, u32) = (number(hours)?, number(minutes)?);
    let seconds = hours * 3600 + minutes * 60;
    (minutes < 60 && seconds <= 86_400).then_some(seconds)
}

/// A part of the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Number(i64),
    Date(&'a str),
    Dash,
    Slash,
}

/// The words, numbers and dates. A hyphen before a digit is a sign after a word or at the
/// start of the second point, and otherwise stands between two points.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, Refused> {
    const MOST: usize = 16;
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_sign = first == '-'
            && rest[1..].starts_with(|c: char| c.is_ascii_digit())
            && matches!(tokens.last(), Some(Token::Word(_) | Token::Dash));
        let length = match first {
            '-' if !is_sign => {
                tokens.push(Token::Dash);
                1
            }
            '/' => {
                tokens.push(Token::Slash);
                1
            }
            'a'..='z' => {
                let end = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
                tokens.push(Token::Word(&rest[..end]));
                end
            }
            _ if is_sign || first.is_ascii_digit() => {
                let sign = usize::from(is_sign);
                let digits = rest[sign..].find(|c: char| !c.is_ascii_digit());
                let end = digits.map_or(rest.len(), |end| sign + end);
                if end == 4
                    && let Some(length) = date_length(rest)
                {
                    tokens.push(Token::Date(&rest[..length]));
                    length
                } else {
                    let number = rest[..end].parse::<i32>().unwrap_or(i32::MAX);
                    tokens.push(Token::Number(number.into()));
                    end
                }
            }
            _ => return Err(Syntax(unknown(text))),
        };
        rest = rest[length..].trim_start();
        if tokens.len() > MOST {
            return Err(Syntax(unknown(text)));
        }
    }
    Ok(tokens)
}

/// The length of a date such as 2026-1-31 at the start of a text.
fn date_length(text: &str) -> Option<usize> {
    let mut length = 4;
    for _ in 0..2 {
        let part = text[length..].strip_prefix('-')?;
        let digits = part.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        length += 1 + digits;
    }
    Some(length)
}

fn unknown(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let known = WEEKDAYS.iter().chain(&MONTHS).chain(&["day"]).copied();
    let hint = if weekday(word).is_some() || month(word).is_some() {
        String::new()
    } else {
        meant(word, known)
    };
    format!(
        "{} are no days such as \"monday\", \"2026-12-24\", \"december 25\", \"day -1\", \"monday \
         3\" or \"monday 1 april\", ranges of these with \" - \", and steps with \" / \"{hint}",
        shown(text.trim())
    )
}

/// A point of the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Date(NaiveDate),
    MonthDate(u32, InMonth),
    MonthDay(InMonth),
    MonthWeekday(u32, InMonth),
    WeekdayOfMonth(InMonth),
    Weekday(Weekday),
}

fn parse_days(text: &str) -> Result<Which, Refused> {
    let mut all = &tokens(text)?[..];
    let wrong = || Syntax(unknown(text));
    let mut step = 1;
    if let [days @ .., Token::Slash, Token::Number(number)] = all {
        // Below 2 there is no step.
        step = u32::try_from(*number).unwrap_or(1).max(1);
        all = days;
    }
    let dash = all.iter().position(|token| *token == Token::Dash);
    let Some(dash) = dash else {
        return single(point(all).ok_or_else(wrong)??, step).ok_or_else(wrong);
    };
    let (first, second) = (&all[..dash], &all[dash + 1..]);
    let from = point(first).ok_or_else(wrong)??;
    // february 10 - 15: the second number is of the same kind.
    let to = match (second, first) {
        ([Token::Number(_)], [name @ Token::Word(_), Token::Number(_)]) => {
            point(&[*name, second[0]]).ok_or_else(wrong)??
        }
        _ => point(second).ok_or_else(wrong)??,
    };
    match (from, to) {
        (Point::Date(from), Point::Date(to)) => Ok(Which::Dates { from, to: Some(to), step }),
        (Point::MonthDate(a, from), Point::MonthDate(b, to)) => {
            Ok(Which::MonthDates { from: (a, from), to: (b, to), step })
        }
        (Point::MonthDay(from), Point::MonthDay(to)) => Ok(Which::MonthDays { from, to, step }),
        (Point::MonthWeekday(a, from), Point::MonthWeekday(b, to)) => {
            Ok(Which::MonthWeekdays { from: (a, from), to: (b, to), step })
        }
        (Point::WeekdayOfMonth(from), Point::WeekdayOfMonth(to)) => {
            Ok(Which::WeekdaysOfMonth { from, to, step })
        }
        _ => Err(wrong()),
    }
}

/// The days of a single point; only a date may have a step.
fn single(point: Point, step: u32) -> Option<Which> {
    match point {
        Point::Date(from) if step > 1 => return Some(Which::Dates { from, to: None, step }),
        _ if step > 1 => return None,
        _ => {}
    }
    Some(match point {
        Point::Date(from) => Which::Dates { from, to: Some(from), step },
        Point::MonthDate(month, day) => {
            Which::MonthDates { from: (month, day), to: (month, day), step }
        }
        Point::MonthDay(day) => Which::MonthDays { from: day, to: day, step },
        Point::MonthWeekday(month, day) => {
            Which::MonthWeekdays { from: (month, day), to: (month, day), step }
        }
        Point::WeekdayOfMonth(day) => Which::WeekdaysOfMonth { from: day, to: day, step },
        Point::Weekday(weekday) => Which::Weekday(weekday),
    })
}

/// The point of some tokens; `None` if it is none.
fn point(tokens: &[Token<'_>]) -> Option<Result<Point, Refused>> {
    let point = match *tokens {
        [Token::Date(text)] => date(text).map(Point::Date),
        [Token::Word(name)] => Ok(Point::Weekday(weekday(name)?)),
        [Token::Word("day"), Token::Number(day)] => month_day(day).map(Point::MonthDay),
        [Token::Word(name), Token::Number(number)] => {
            if let Some(weekday) = weekday(name) {
                nth(number, weekday).map(Point::WeekdayOfMonth)
            } else {
                let month = month(name)?;
                month_day(number).map(|day| Point::MonthDate(month, day))
            }
        }
        [Token::Word(name), Token::Number(number), Token::Word(of)] => {
            let (weekday, month) = (weekday(name)?, month(of)?);
            nth(number, weekday).map(|day| Point::MonthWeekday(month, day))
        }
        _ => return None,
    };
    Some(point)
}

fn date(text: &str) -> Result<NaiveDate, Refused> {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (year, month, day) = (next(), next(), next());
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(0), month, day);
    let in_range = date.filter(|_| (1..=9999).contains(&year));
    in_range.ok_or_else(|| Lost(format!("{text} is not a date")))
}

fn month_day(number: i64) -> Result<InMonth, Refused> {
    match i32::try_from(number) {
        Ok(day @ (1..=31 | -31..=-1)) => Ok(InMonth::Number(day)),
        _ => Err(Lost(format!("day {number} is not in 1..=31 or -31..=-1"))),
    }
}

fn nth(number: i64, weekday: Weekday) -> Result<InMonth, Refused> {
    match i32::try_from(number) {
        Ok(n @ (1..=5 | -5..=-1)) => Ok(InMonth::Nth(n, weekday)),
        _ => Err(Lost(format!("{number} is not in 1..=5 or -5..=-1 weekdays of a month"))),
    }
}
