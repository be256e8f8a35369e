//! DATE and DATE-TIME values, RFC 5545 sections 3.3.4 and 3.3.5.

use crate::error::{Error, truncated};
use crate::time::civil::{self, DAY_MS, split};
use crate::time::{LocalResult, Zone};

/// A DATE or a DATE-TIME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The local time, in milliseconds since 1970-01-01T00:00.
    pub(super) reading: i64,
    pub(super) form: Form,
}

/// The forms of a value, sections 3.3.4 and 3.3.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A DATE: midnight, without a zone.
    Date,
    /// A DATE-TIME without a zone.
    Floating,
    Utc,
    Zoned(Zone),
}

impl Value {
    /// The instant, by section 3.3.5: the first one of an ambiguous local time; a
    /// nonexistent local time uses the offset before the gap.
    pub(super) fn instant(&self, floating: &Zone) -> i64 {
        let utc;
        let zone = match &self.form {
            Form::Date | Form::Floating => floating,
            Form::Zoned(zone) => zone,
            Form::Utc => {
                utc = Zone::utc();
                &utc
            }
        };
        match zone.locate(self.reading) {
            LocalResult::At(t) => t,
            // A date begins with its first instant.
            LocalResult::Gap { at, .. } if self.form == Form::Date => at,
            LocalResult::Gap { from, at, .. } => at + (self.reading - from),
        }
    }

    /// Reads a value of the property `name`. `is_date` is the parameter VALUE, `zone` the
    /// parameter TZID.
    ///
    /// A date in EXDATE or RDATE needs no VALUE: eight digits cannot be a time.
    pub(super) fn parse(
        name: &str,
        text: &str,
        is_date: Option<bool>,
        zone: Option<&Zone>,
    ) -> Result<Self, Error> {
        let value = Self::read(text)?;
        let date = text.get(..8).unwrap_or(text);
        let no_zone = || {
            Error::invalid(format_args!("does not go with a DATE; write {name};VALUE=DATE:{date}"))
                .in_field("TZID")
        };
        match (value.form, is_date, zone) {
            (Form::Date, Some(true), None) => Ok(Self { form: Form::Date, ..value }),
            (Form::Date, None, None) if name != "DTSTART" => Ok(Self { form: Form::Date, ..value }),
            (_, Some(true), Some(_)) => Err(no_zone()),
            (Form::Date, ..) => Err(Error::invalid(format_args!(
                "{text} is a date without a time; that takes VALUE=DATE: write \
                 {name};VALUE=DATE:{text}"
            ))),
            (_, Some(true), None) => Err(Error::invalid(format_args!(
                "{text} is not a DATE; write {name};VALUE=DATE:{date}, or {name}:{text}"
            ))),
            (Form::Utc, _, Some(_)) => {
                Err(Error::invalid("does not go with a time in UTC").in_field("TZID"))
            }
            (_, _, Some(zone)) => Ok(Self { form: Form::Zoned(zone.clone()), ..value }),
            (form, _, None) => Ok(Self { form, ..value }),
        }
    }

    /// The UNTIL of the form that a DTSTART of the form `start` asks for. A date is read
    /// to its end, where times are asked for.
    pub(super) fn as_until_of(&self, start: &Form, zone: &Zone) -> String {
        let last_second = |reading: i64| match self.form {
            Form::Date => reading + DAY_MS - 1000,
            _ => reading,
        };
        match start {
            Form::Date | Form::Floating => {
                let reading = match self.form {
                    Form::Utc => zone.high_water(self.reading),
                    _ => self.reading,
                };
                match start {
                    Form::Date => written_date(reading),
                    _ => written(last_second(reading)),
                }
            }
            Form::Utc | Form::Zoned(_) => {
                let reading = last_second(self.reading);
                let local = Self { reading, form: Form::Floating };
                format!("{}Z", written(local.instant(zone)))
            }
        }
    }

    /// Reads `YYYYMMDD`, `YYYYMMDDTHHMMSS` or `YYYYMMDDTHHMMSSZ`.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::syntax(format_args!(
                "\"{}\" is not a date or time such as 20260101T220000",
                truncated(text)
            ))
        };
        let (digits, form) = match text.len() {
            8 => (text, Form::Date),
            15 => (text, Form::Floating),
            16 => (text.strip_suffix('Z').ok_or_else(refused)?, Form::Utc),
            _ => return Err(refused()),
        };
        let number = |from: usize, to: usize| {
            let part = digits.get(from..to)?;
            let all = part.bytes().all(|byte| byte.is_ascii_digit());
            all.then(|| part.parse::<u32>().ok()).flatten()
        };
        let ymd = (number(0, 4), number(4, 6), number(6, 8));
        let (Some(year), Some(month), Some(day)) = ymd else { return Err(refused()) };
        let hms = if form == Form::Date {
            (Some(0), Some(0), Some(0))
        } else {
            (number(9, 11), number(11, 13), number(13, 15))
        };
        let (Some(hour), Some(minute), Some(second)) = hms else { return Err(refused()) };
        if form != Form::Date && digits.as_bytes()[8] != b'T' {
            return Err(refused());
        }
        let month_exists = (1..=12).contains(&month);
        let exists = year >= 1
            && month_exists
            && (1..=civil::days_in(year as i32 * 12 + month as i32 - 1)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        if !exists {
            return Err(Error::out_of_range(format_args!(
                "{text} is not a time in the years 1 to 9999"
            )));
        }
        // Without leap seconds, second 60 is read as 59 (3.3.12).
        let seconds = i64::from(hour * 3600 + minute * 60 + second.min(59));
        let day = civil::day_of(year as i32, month, day);
        Ok(Self { reading: i64::from(day) * DAY_MS + seconds * 1000, form })
    }
}

/// `20260101` for a local time.
pub(super) fn written_date(reading: i64) -> String {
    let (year, month, day) = civil::date_of(split(reading).0);
    format!("{year:04}{month:02}{day:02}")
}

/// `20260101T220000` for a local time.
pub(super) fn written(reading: i64) -> String {
    let second = split(reading).1 / 1000;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{}T{hour:02}{minute:02}{second:02}", written_date(reading))
}

pub(super) fn given_twice() -> Error {
    Error::invalid("is given twice")
}
