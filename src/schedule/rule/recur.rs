//! Reads and checks the RECUR value, RFC 5545 section 3.3.10.

use chrono::Weekday;

use crate::error::{Error, ErrorKind, truncated};
use crate::schedule::rule::value::{Form, Value, given_twice};
use crate::time::Zone;

/// A recurrence rule that is valid by itself.
///
/// Sets are bits, bit `n` for the value `n`. Lists are sorted and have no
/// duplicates. Parts that are not given are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recur {
    pub(super) freq: Freq,
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Value>,
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    /// Ordinal (0 for none) and weekday (0 for Monday).
    pub(super) days: Vec<(i32, u32)>,
    pub(super) month_days: Vec<i32>,
    pub(super) year_days: Vec<i32>,
    pub(super) weeks: Vec<i32>,
    pub(super) months: u64,
    pub(super) positions: Vec<i32>,
    /// 0 for Monday.
    pub(super) week_start: u32,
}

/// FREQ, the most frequent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The parts, in the order of the RFC.
const PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

impl Recur {
    /// Reads a rule; errors name the part.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut parts: [Option<&str>; PARTS.len()] = [None; PARTS.len()];
        // An empty part, as after a last `;`, says nothing.
        let given = text.split(';').filter(|part| !part.is_empty() || text.is_empty());
        for part in given {
            let (name, value) = part.split_once('=').ok_or_else(|| {
                Error::syntax(format_args!(
                    "\"{}\" is not a part such as FREQ=DAILY",
                    truncated(part)
                ))
                .in_field("RRULE")
            })?;
            let known = PARTS.iter().position(|part| part.eq_ignore_ascii_case(name));
            let Some(index) = known else {
                let kind =
                    if name.eq_ignore_ascii_case("RSCALE") || name.eq_ignore_ascii_case("SKIP") {
                        ErrorKind::Unsupported
                    } else {
                        ErrorKind::Syntax
                    };
                let message = format!("{} is not a part of RFC 5545", truncated(name));
                return Err(Error::new(kind, message).in_field("RRULE"));
            };
            if parts[index].replace(value).is_some() {
                return Err(given_twice().in_field(PARTS[index]));
            }
        }
        Self::read(parts)?.checked()
    }

    fn read(parts: [Option<&str>; PARTS.len()]) -> Result<Self, Error> {
        let [
            freq,
            until,
            count,
            interval,
            seconds,
            minutes,
            hours,
            days,
            month_days,
            year_days,
            weeks,
            months,
            positions,
            week_start,
        ] = parts;
        let freq = freq.ok_or_else(|| Error::invalid("is missing").in_field("FREQ"))?;
        let until = until.map(|text| Value::read(text).map_err(|e| e.in_field("UNTIL")));
        Ok(Self {
            freq: Freq::parse(freq).map_err(|e| e.in_field("FREQ"))?,
            interval: interval
                .map_or(Ok(1), positive)
                .map_err(|error| error.in_field("INTERVAL"))?,
            count: count.map(positive).transpose().map_err(|error| error.in_field("COUNT"))?,
            until: until.transpose()?,
            // Without leap seconds, second 60 is read as 59 (3.3.12).
            seconds: bits("BYSECOND", seconds, 2, 0, 60)? & !(1 << 60)
                | bits("BYSECOND", seconds, 2, 0, 60)? >> 60 << 59,
            minutes: bits("BYMINUTE", minutes, 2, 0, 59)?,
            hours: bits("BYHOUR", hours, 2, 0, 23)?,
            days: list("BYDAY", days, weekday)?,
            month_days: list("BYMONTHDAY", month_days, |text| ordinal(text, 2, 31))?,
            year_days: list("BYYEARDAY", year_days, |text| ordinal(text, 3, 366))?,
            weeks: list("BYWEEKNO", weeks, |text| ordinal(text, 2, 53))?,
            months: bits("BYMONTH", months, 2, 1, 12)?,
            positions: list("BYSETPOS", positions, |text| ordinal(text, 3, 366))?,
            week_start: week_start
                .map_or(Ok(0), |text| {
                    weekday_number(text).ok_or_else(|| Error::syntax(not_a_weekday(text)))
                })
                .map_err(|error| error.in_field("WKST"))?,
        })
    }

    /// Checks the combinations of parts that 3.3.10 forbids.
    fn checked(self) -> Result<Self, Error> {
        let ordinals = self.days.iter().any(|(n, _)| *n != 0);
        let has_other_by_part = self.seconds | self.minutes | self.hours | self.months != 0
            || !self.days.is_empty()
            || !self.month_days.is_empty()
            || !self.year_days.is_empty()
            || !self.weeks.is_empty();
        let forbidden = [
            (
                self.count.is_some() && self.until.is_some(),
                "COUNT",
                "does not go with UNTIL: a rule has one of them at most",
            ),
            (
                ordinals && self.freq < Freq::Monthly,
                "BYDAY",
                "takes numbers with FREQ=MONTHLY and FREQ=YEARLY only",
            ),
            (
                ordinals && !self.weeks.is_empty(),
                "BYDAY",
                "takes no numbers where BYWEEKNO is given",
            ),
            (
                !self.month_days.is_empty() && self.freq == Freq::Weekly,
                "BYMONTHDAY",
                "does not go with FREQ=WEEKLY",
            ),
            (
                !self.year_days.is_empty()
                    && matches!(self.freq, Freq::Daily | Freq::Weekly | Freq::Monthly),
                "BYYEARDAY",
                "does not go with FREQ=DAILY, WEEKLY or MONTHLY",
            ),
            (
                !self.weeks.is_empty() && self.freq != Freq::Yearly,
                "BYWEEKNO",
                "goes with FREQ=YEARLY only",
            ),
            (
                !self.positions.is_empty() && !has_other_by_part,
                "BYSETPOS",
                "needs another BY part to choose from",
            ),
        ];
        match forbidden.into_iter().find(|(is, ..)| *is) {
            None => Ok(self),
            Some((_, part, why)) => {
                Err(Error::invalid(format_args!("{why} (RFC 5545, 3.3.10)")).in_field(part))
            }
        }
    }

    /// Removes BYHOUR, BYMINUTE and BYSECOND, which "MUST be ignored" if DTSTART is a
    /// DATE (3.3.10).
    pub(super) fn ignore_times(&mut self) {
        (self.hours, self.minutes, self.seconds) = (0, 0, 0);
    }

    /// Whether the instances are dates, if DTSTART is a DATE. Those of HOURLY, MINUTELY
    /// and SECONDLY rules are times, from the midnight of that date on.
    pub(super) fn keeps_dates(&self) -> bool {
        self.freq >= Freq::Daily
    }

    /// Checks that UNTIL has the form that 3.3.10 asks for with this DTSTART, in this
    /// zone.
    pub(super) fn check_until(&self, start: &Form, zone: &Zone) -> Result<(), Error> {
        let Some(until) = &self.until else { return Ok(()) };
        let why = match (start, &until.form) {
            (Form::Date, Form::Date)
            // DTSTART takes the zone that is given beside the text.
            | (Form::Floating, Form::Floating | Form::Utc)
            | (Form::Utc | Form::Zoned(_), Form::Utc) => return Ok(()),
            (Form::Date, _) => "must be a date, because DTSTART is one",
            (Form::Floating, _) => "must be a local time, because DTSTART is one",
            _ => "must be a time in UTC, such as 20261231T235959Z",
        };
        let text = until.as_until_of(start, zone);
        Err(Error::invalid(format_args!("{why} (RFC 5545, 3.3.10); write UNTIL={text}"))
            .in_field("UNTIL"))
    }
}

impl Freq {
    fn parse(text: &str) -> Result<Self, Error> {
        use Freq::{Daily, Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};
        [Secondly, Minutely, Hourly, Daily, Weekly, Monthly, Yearly]
            .into_iter()
            .find(|freq| freq.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::syntax(format_args!(
                    "\"{}\" is not one of SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, \
                     YEARLY",
                    truncated(text)
                ))
            })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Secondly => "SECONDLY",
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

/// Digits only, at least 1 and within a `u32`.
fn positive(text: &str) -> Result<u32, Error> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::syntax(format_args!("\"{}\" is not a number", truncated(text))));
    }
    match text.parse() {
        Ok(0) => Err(Error::out_of_range("0 is not positive")),
        Ok(number) => Ok(number),
        Err(_) => {
            Err(Error::out_of_range(format_args!("{} is above {}", truncated(text), u32::MAX)))
        }
    }
}

/// A number of at most `digits` digits, with a sign if `signed`.
fn number(text: &str, digits: usize, signed: bool) -> Result<i32, Error> {
    let (sign, magnitude) = match text.as_bytes() {
        [b'+', ..] if signed => (1, &text[1..]),
        [b'-', ..] if signed => (-1, &text[1..]),
        _ => (1, text),
    };
    let shaped = (1..=digits).contains(&magnitude.len())
        && magnitude.bytes().all(|byte| byte.is_ascii_digit());
    match magnitude.parse::<i32>() {
        Ok(magnitude) if shaped => Ok(sign * magnitude),
        _ => Err(Error::syntax(format_args!("\"{}\" is not a number", truncated(text)))),
    }
}

/// 1..=most, or -most..=-1.
fn ordinal(text: &str, digits: usize, most: i32) -> Result<i32, Error> {
    let ordinal = number(text, digits, true)?;
    if ordinal == 0 || ordinal.abs() > most {
        return Err(Error::out_of_range(format_args!(
            "{ordinal} is not in 1..={most} or -{most}..=-1"
        )));
    }
    Ok(ordinal)
}

fn bits(
    part: &str,
    text: Option<&str>,
    digits: usize,
    least: i32,
    most: i32,
) -> Result<u64, Error> {
    let values = list(part, text, |text| {
        let value = number(text, digits, false)?;
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(Error::out_of_range(format_args!("{value} is not in {least}..={most}")))
        }
    })?;
    Ok(values.into_iter().fold(0, |bits, value| bits | 1 << value))
}

fn list<T: Ord>(
    part: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let values = text.split(',').map(read).collect::<Result<Vec<_>, _>>();
    let mut values = values.map_err(|error| error.in_field(part))?;
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

/// `MO`, `+1MO` or `-53MO`.
fn weekday(text: &str) -> Result<(i32, u32), Error> {
    let refused = || Error::syntax(not_a_weekday(text));
    let (n, day) = text.split_at_checked(text.len().saturating_sub(2)).ok_or_else(refused)?;
    let day = weekday_number(day).ok_or_else(refused)?;
    if n.is_empty() { Ok((0, day)) } else { Ok((ordinal(n, 2, 53)?, day)) }
}

fn weekday_number(text: &str) -> Option<u32> {
    WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(text)).map(|index| index as u32)
}

fn not_a_weekday(text: &str) -> String {
    format!("\"{}\" is not a weekday such as MO", truncated(text))
}

/// The weekday with this number, 0 for Monday.
pub(super) fn weekday_at(number: u32) -> Weekday {
    Weekday::try_from(number as u8).expect("weekdays are numbered 0 to 6")
}
