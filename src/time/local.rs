//! Local times as text, without a zone, and bounds that are instants or local times.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::error::{Error, truncated};
use crate::time::civil::{self, DAY_MS};
use crate::time::clock_range::time_of_day;
use crate::time::{Timestamp, Zone};

/// A local time without a zone: `2026-06-06T15:00`, or a date, which means its midnight.
///
/// Seconds and milliseconds are optional. It is displayed as it was written.
///
/// ```
/// use quietude::calendar::LocalTime;
///
/// let local: LocalTime = "2026-06-06T15:00".parse()?;
/// assert_eq!(local.to_string(), "2026-06-06T15:00");
/// assert_eq!(local.first_instant(&"Asia/Tokyo".parse()?)?.to_string(), "2026-06-06T06:00:00Z");
/// assert!("2026-06-06T15:00Z".parse::<LocalTime>().is_err());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LocalTime {
    text: Box<str>,
    /// Milliseconds since 1970-01-01T00:00 on the clock.
    reading: i64,
}

impl LocalTime {
    /// The first instant at which the clock of a zone shows this local time or a later one.
    ///
    /// # Errors
    ///
    /// If that is not in the years 1 to 9999.
    pub fn first_instant(&self, zone: &Zone) -> Result<Timestamp, Error> {
        Timestamp::from_millis(zone.first_instant(self.reading))
    }

    /// Whether this is a date without a time.
    #[must_use]
    pub fn is_date(&self) -> bool {
        self.text.len() == DATE_LENGTH
    }

    pub(crate) fn reading(&self) -> i64 {
        self.reading
    }
}

const DATE_LENGTH: usize = 10;

/// Parses `YYYY-MM-DD` with exactly 10 characters. chrono alone would also accept shorter
/// forms and signs.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == DATE_LENGTH
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shaped { text.parse().ok() } else { None }
}

impl FromStr for LocalTime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parse = || {
            let (date, time) = match text.get(DATE_LENGTH..) {
                Some("") => (text, 0),
                Some(rest) => {
                    let time = rest.strip_prefix(['T', 't', ' '])?;
                    (&text[..DATE_LENGTH], time_of_day(time)?)
                }
                None => return None,
            };
            let date = parse_date(date).filter(|date| date.year() >= 1)?;
            let day = civil::day_of(date.year(), date.month(), date.day());
            Some(i64::from(day) * DAY_MS + i64::from(time))
        };
        match parse() {
            Some(reading) => Ok(Self { text: text.into(), reading }),
            None => Err(Error::syntax(format_args!(
                "\"{}\" is not a local time such as 2026-06-06T15:00, or a date such as \
                 2026-06-06",
                truncated(text)
            ))),
        }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A start or an end: an instant, or a local time in a zone that is given beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// An instant.
    At(Timestamp),
    /// A local time.
    Local(LocalTime),
}

impl Bound {
    /// The instant, or the first one at which the clock of `zone` shows the local time or
    /// a later one.
    ///
    /// # Errors
    ///
    /// If that is not in the years 1 to 9999.
    pub fn instant(&self, zone: &Zone) -> Result<Timestamp, Error> {
        match self {
            Self::At(t) => Ok(*t),
            Self::Local(local) => local.first_instant(zone),
        }
    }

    /// Whether this is a local time.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(t) => t.fmt(f),
            Self::Local(local) => local.fmt(f),
        }
    }
}

impl From<Timestamp> for Bound {
    fn from(t: Timestamp) -> Self {
        Self::At(t)
    }
}

impl From<LocalTime> for Bound {
    fn from(local: LocalTime) -> Self {
        Self::Local(local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_parse_display_round_trip() {
        for (text, reading) in [
            ("1970-01-01", 0),
            ("1970-01-02T00:00", DAY_MS),
            ("1970-01-01T00:00:01", 1000),
            ("1970-01-01T23:59:59.999", DAY_MS - 1),
            ("1970-01-01T24:00", DAY_MS),
        ] {
            let local: LocalTime = text.parse().unwrap();
            assert_eq!((local.to_string().as_str(), local.reading()), (text, reading));
            assert_eq!(local.is_date(), text.len() == 10);
        }
        for text in [
            "",
            "2026-6-6",
            "2026-06-06T",
            "2026-06-06T15",
            "2026-06-06T15:00Z",
            "2026-06-06T15:00+01:00",
            "2026-02-29",
            "0000-01-01",
            "2026-06-06\u{e9}",
        ] {
            assert!(text.parse::<LocalTime>().is_err(), "{text}");
        }
    }
}
