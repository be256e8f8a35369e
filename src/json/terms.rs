//! Names of values, and readers of values that several parts of a document have.

use chrono::{NaiveDate, Weekday};

use crate::error::{Error, truncated};
use crate::json::meant;
use crate::json::value::Value;
#[cfg(feature = "rrule")]
use crate::schedule::{DayMatch, Fold, Gap};
use crate::schedule::{Dst, Unit};
use crate::similar;
use crate::time::{Bound, ShortMonth, Timestamp, parse_date};
use crate::window::{Effect, Propagation};

/// The enum names of the document, for reading and writing.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];
pub(super) const MONTHS: [(&str, u32); 12] = [
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
];
pub(super) const EFFECTS: [(&str, Effect); 2] =
    [("notifications", Effect::Notifications), ("monitoring", Effect::Monitoring)];
pub(super) const PROPAGATIONS: [(&str, Propagation); 2] =
    [("descendants", Propagation::Descendants), ("entity", Propagation::Entity)];
pub(super) const SHORT_MONTHS: [(&str, ShortMonth); 2] =
    [("skip", ShortMonth::Skip), ("clamp", ShortMonth::Clamp)];
pub(super) const UNITS: [(&str, Unit); 3] =
    [("day", Unit::Day), ("week", Unit::Week), ("month", Unit::Month)];
/// The units in which the n-th day of a set is counted.
pub(super) const PERIODS: [(&str, Unit); 3] =
    [("week", Unit::Week), ("month", Unit::Month), ("year", Unit::Year)];
pub(super) const DST_RULES: [(&str, Dst); 3] =
    [("high_water", Dst::HighWater), ("reading", Dst::Reading), ("shift", Dst::Shift)];

#[cfg(feature = "rrule")]
pub(super) const FOLDS: [(&str, Fold); 2] = [("first", Fold::First), ("both", Fold::Both)];
#[cfg(feature = "rrule")]
pub(super) const GAPS: [(&str, Gap); 2] = [("skip", Gap::Skip), ("shift", Gap::Shift)];
#[cfg(feature = "rrule")]
pub(super) const DAY_MATCHES: [(&str, DayMatch); 2] =
    [("or", DayMatch::Or), ("and", DayMatch::And)];

/// A timestamp, and its text.
pub(super) type Written = (Timestamp, String);

/// Returns an error if the end is not after the start. It has both as they are written, and
/// in UTC if that differs.
pub(super) fn check_order(
    start: (&str, &Written),
    end: (&'static str, &Written),
) -> Result<(), Error> {
    let ((name, (start, start_text)), (end_name, (end, end_text))) = (start, end);
    if start < end {
        return Ok(());
    }
    let (from, until) = (start.to_string(), end.to_string());
    let utc = if (&from, &until) == (start_text, end_text) {
        String::new()
    } else {
        format!(": {until} and {from} in UTC")
    };
    let (start, end) = (truncated(start_text), truncated(end_text));
    Err(Error::invalid(format_args!("{end} is not after {name} {start}{utc}")).in_field(end_name))
}

/// Reads an enum by its name. The error lists the names, and has the one that was probably
/// meant.
pub(super) fn word<T: Copy>(value: Value, words: &[(&str, T)]) -> Result<T, Error> {
    let text = if let Value::Text(text) = &value { text.clone() } else { String::new() };
    value.word(words).map_err(|error| {
        match similar::name(text.trim(), words.iter().map(|(word, _)| *word)) {
            Some(word) => Error::invalid(format_args!("{}; did you mean {word}?", error.message())),
            None => error,
        }
    })
}

/// Reads a weekday or a month by its name or the first three letters of it, in any case.
pub(super) fn calendar_name<T: Copy>(value: Value, names: &[(&str, T)]) -> Result<T, Error> {
    if let Value::Text(text) = &value {
        let same =
            |name: &str| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text);
        if let Some((_, found)) = names.iter().find(|(name, _)| same(name)) {
            return Ok(*found);
        }
    }
    word(value, names)
}

/// Reads a list. The error shows a single value as a list.
pub(super) fn list<T>(
    value: Value,
    element: impl FnMut(Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    match &value {
        Value::Text(_) | Value::Integer(_) => {
            Err(value.is_not(&format!("a list; did you mean [{value}]?")))
        }
        Value::Object(_) => Err(value.is_not("a list; did you mean [{..}]?")),
        _ => value.list(element),
    }
}

/// Reads a number of milliseconds.
pub(super) fn millis(value: Value) -> Result<i64, Error> {
    match &value {
        Value::Text(text) => {
            let meant = meant::millis(text);
            let meant = meant.map_or_else(String::new, |ms| format!("; did you mean {ms}?"));
            Err(value.is_not(&format!("an integer, in milliseconds{meant}")))
        }
        _ => value.integer(),
    }
}

/// Reads an object with any keys.
pub(super) fn map<T>(
    value: Value,
    mut read: impl FnMut(Value) -> Result<T, Error>,
) -> Result<Vec<(String, T)>, Error> {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| match read(value) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(error.in_given_field(&key)),
            })
            .collect(),
        other => other.object().map(|_| Vec::new()),
    }
}

/// Reads a date.
pub(super) fn date(value: Value) -> Result<NaiveDate, Error> {
    let text = value.text()?;
    parse_date(&text).ok_or_else(|| {
        Error::syntax(format_args!("\"{}\" is not a date, YYYY-MM-DD", truncated(&text)))
    })
}

/// Reads an instant, or a local time: `2026-06-06T15:00`. A date is a local time if
/// `with_dates`.
pub(super) fn bound(value: Value, with_dates: bool) -> Result<Bound, Error> {
    if let Value::Text(text) = &value
        && let Ok(local) = text.parse::<crate::time::LocalTime>()
        && (with_dates || !local.is_date())
    {
        return Ok(Bound::Local(local));
    }
    value.timestamp().map(Bound::At)
}

/// The name of an enum value.
pub(super) fn name_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}
