//! The rule in the footer of a TZif file: a POSIX TZ string such as
//! `CET-1CEST,M3.5.0,M10.5.0/3` (RFC 9636, section 3.3.1).
//!
//! Hours from -167 to 167, which version 3 allows, are accepted in all versions.

use std::ops::RangeInclusive;

use crate::error::{Error, truncated};
use crate::time::civil::{self, CYCLE_MS, DAY_MS};
use crate::time::coalesce;
use crate::time::zone::table::{MAX_OFFSET_MS, PREFILTER_RANGE};

/// The first instant for which a rule is expanded: a year before
/// [`Timestamp::MIN`](crate::Timestamp::MIN).
pub(super) const BEGIN_MS: i64 = new_year(0);

/// The number of years for which a rule is expanded: three cycles, and a margin.
const HORIZON_YEARS: i32 = 3 * 400 + 5;

const HOUR_MS: i64 = 3_600_000;

/// A permanent offset, or two offsets that alternate every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Footer {
    standard: i64,
    daylight: Option<Daylight>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Daylight {
    offset: i64,
    /// In standard time.
    start: Moment,
    /// In daylight saving time.
    end: Moment,
}

/// A time relative to midnight of a day of the year; it may be on another day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    day: YearDay,
    time: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum YearDay {
    /// 1 to 365, without the 29th of February.
    Julian(u32),
    /// 0 to 365, with the 29th of February.
    Ordinal(u32),
    /// The n-th weekday of a month, where n is `week` and 5 is the last one; 0 is
    /// Sunday.
    Weekday { month: u32, week: u32, weekday: u32 },
}

const fn new_year(year: i32) -> i64 {
    civil::day_of(year, 1, 1) as i64 * DAY_MS
}

fn year_of(t: i64) -> i32 {
    civil::date_of(civil::split(t).0).0
}

impl Moment {
    /// The local time of the moment in a year.
    fn reading(self, year: i32) -> i64 {
        let first = civil::day_of(year, 1, 1);
        let day = match self.day {
            YearDay::Julian(n) => {
                let leap_day_before = civil::is_leap(year) && n >= 60;
                first + n as i32 - 1 + i32::from(leap_day_before)
            }
            YearDay::Ordinal(n) => first + n as i32,
            YearDay::Weekday { month, week, weekday } => {
                let first = civil::day_of(year, month, 1);
                let days = civil::days_in(year * 12 + month as i32 - 1);
                // `weekday_of` counts from Monday, POSIX from Sunday.
                let until = (weekday + 6 + 7 - civil::weekday_of(first)) % 7;
                let nth = until + 7 * (week - 1);
                first + if nth < days { nth as i32 } else { nth as i32 - 7 }
            }
        };
        i64::from(day) * DAY_MS + self.time
    }
}

impl Footer {
    /// The intervals of daylight saving time that begin in these years, as instants.
    /// Intervals that touch are merged.
    fn daylight(&self, years: RangeInclusive<i32>) -> Vec<(i64, i64)> {
        let Some(daylight) = self.daylight.filter(|other| other.offset != self.standard) else {
            return Vec::new();
        };
        let start = |year| daylight.start.reading(year) - self.standard;
        let end = |year| daylight.end.reading(year) - daylight.offset;
        let mut spans: Vec<(i64, i64)> = years
            .map(|year| match (start(year), end(year)) {
                (start, end) if start < end => (start, end),
                // Across the new year, as on the southern hemisphere.
                (start, _) => (start, end(year + 1)),
            })
            .collect();
        coalesce(&mut spans).to_vec()
    }

    /// Appends the changes after `last`, the last transition of the file, or all changes if
    /// there is none, up to one year beyond a full cycle. Returns the start of the cycle;
    /// `i64::MAX` if the rule has no changes.
    ///
    /// # Errors
    ///
    /// The offset of the rule at `last`, if it differs from that of the last transition.
    pub(super) fn extend(
        &self,
        offsets: &mut Vec<(i64, i64)>,
        last: Option<i64>,
    ) -> Result<i64, i64> {
        let begin = last.unwrap_or(BEGIN_MS);
        let first_year = year_of(begin) - 2;
        let last_year = first_year.max(year_of(PREFILTER_RANGE.start)) + HORIZON_YEARS;
        let spans = self.daylight(first_year..=last_year);
        let daylight = self.daylight.map_or(self.standard, |daylight| daylight.offset);
        let is_saving = spans.iter().any(|(start, end)| (*start..*end).contains(&begin));
        let offset = if is_saving { daylight } else { self.standard };
        match (last, offsets.last_mut()) {
            (Some(_), Some((_, known))) if *known != offset => return Err(offset),
            (Some(_), _) => {}
            (None, _) => *offsets = vec![(i64::MIN, offset)],
        }

        // Intervals at the edges of the expanded years may be incomplete.
        let within = begin + 1..new_year(last_year - 1);
        let mut changes: Vec<(i64, i64)> = spans
            .iter()
            .flat_map(|(start, end)| [(*start, daylight), (*end, self.standard)])
            .filter(|(at, _)| within.contains(at))
            .collect();
        // The cycle begins when data before the rule no longer has an effect: after the
        // first change of the rule, and when high water rises again.
        let quiet = 2 * MAX_OFFSET_MS + DAY_MS;
        let first_change = changes.iter().skip(1).find(|(at, _)| *at >= begin + quiet);
        let Some((first_change, _)) = first_change else { return Ok(i64::MAX) };
        let cycle_start = (first_change + quiet).max(PREFILTER_RANGE.start);
        let enough = cycle_start + CYCLE_MS + 366 * DAY_MS;
        changes.truncate(changes.partition_point(|(at, _)| *at < enough) + 1);
        offsets.extend(changes);
        Ok(cycle_start)
    }
}

/// Parses a footer, without the line feeds around it.
pub(super) fn parse(text: &[u8]) -> Result<Footer, Error> {
    let mut rest = Rest(text);
    footer(&mut rest).map_err(|expected| {
        let (text, at) = (String::from_utf8_lossy(text), text.len() - rest.0.len());
        Error::syntax(format_args!(
            "\"{}\" is not a rule such as CET-1CEST,M3.5.0,M10.5.0/3: {expected} at byte {at}",
            truncated(&text).escape_debug()
        ))
    })
}

/// The message of a parse error.
type Expected = &'static str;

/// `std offset [dst [offset] , start [/time] , end [/time]]`
fn footer(rest: &mut Rest<'_>) -> Result<Footer, Expected> {
    rest.name()?;
    let standard = rest.offset()?;
    if rest.is_empty() {
        return Ok(Footer { standard, daylight: None });
    }
    rest.name()?;
    let offset = match rest.0.first() {
        Some(b',') | None => below_a_day(standard + HOUR_MS)?,
        Some(_) => rest.offset()?,
    };
    let start = rest.moment()?;
    let end = rest.moment()?;
    if !rest.is_empty() {
        return Err("no more is allowed");
    }
    Ok(Footer { standard, daylight: Some(Daylight { offset, start, end }) })
}

fn below_a_day(offset: i64) -> Result<i64, Expected> {
    if offset.abs() < MAX_OFFSET_MS { Ok(offset) } else { Err("an offset below 24 hours is due") }
}

/// The input that is not parsed yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Skips a byte if it is next; returns whether it was.
    fn skip(&mut self, byte: u8) -> bool {
        let next = self.0.strip_prefix(&[byte]);
        self.0 = next.unwrap_or(self.0);
        next.is_some()
    }

    fn name(&mut self) -> Result<(), Expected> {
        let quoted = self.skip(b'<');
        let is_part = |byte: &u8| match byte {
            b'+' | b'-' | b'0'..=b'9' => quoted,
            byte => byte.is_ascii_alphabetic(),
        };
        let length = self.0.iter().take_while(|byte| is_part(byte)).count();
        if length < 3 {
            return Err("a name of three letters or more, or one in <>, is due");
        }
        self.0 = &self.0[length..];
        if quoted && !self.skip(b'>') {
            return Err("\">\" is due");
        }
        Ok(())
    }

    fn number(&mut self, range: RangeInclusive<u32>, expected: Expected) -> Result<u32, Expected> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        if !(1..=3).contains(&length) {
            return Err(expected);
        }
        let number = digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        if !range.contains(&number) {
            return Err(expected);
        }
        self.0 = rest;
        Ok(number)
    }

    /// `[+|-]hh[:mm[:ss]]`, in milliseconds.
    fn time(&mut self, most_hours: u32, expected: Expected) -> Result<i64, Expected> {
        let negative = self.skip(b'-');
        if !negative {
            self.skip(b'+');
        }
        let mut seconds = self.number(0..=most_hours, expected)? * 3600;
        for unit in [60, 1] {
            if !self.skip(b':') {
                break;
            }
            seconds += self.number(0..=59, "0 to 59 is due")? * unit;
        }
        let ms = i64::from(seconds) * 1000;
        Ok(if negative { -ms } else { ms })
    }

    /// The offset from UTC. POSIX counts positive to the west.
    fn offset(&mut self) -> Result<i64, Expected> {
        let west = self.time(24, "an offset of 0 to 24 hours is due")?;
        below_a_day(-west)
    }

    /// `,date[/time]`
    fn moment(&mut self) -> Result<Moment, Expected> {
        if !self.skip(b',') {
            return Err("\",\" and when daylight saving begins or ends is due");
        }
        let day = if self.skip(b'J') {
            YearDay::Julian(self.number(1..=365, "a day of 1 to 365 is due")?)
        } else if self.skip(b'M') {
            let month = self.number(1..=12, "a month of 1 to 12 is due")?;
            let week = self.after_dot(1..=5, "a week, .1 to .5, is due")?;
            let weekday = self.after_dot(0..=6, "a weekday, .0 to .6, is due")?;
            YearDay::Weekday { month, week, weekday }
        } else {
            YearDay::Ordinal(self.number(0..=365, "a day such as M3.5.0, J60 or 59 is due")?)
        };
        let time = match self.skip(b'/') {
            true => self.time(167, "a time of -167 to 167 hours is due")?,
            false => 2 * HOUR_MS,
        };
        Ok(Moment { day, time })
    }

    fn after_dot(&mut self, range: RangeInclusive<u32>, due: Expected) -> Result<u32, Expected> {
        if self.skip(b'.') { self.number(range, due) } else { Err(due) }
    }
}
