//! Reads sets of days.

use chrono::{NaiveDate, Weekday};

use crate::error::{Error, ErrorKind, truncated};
use crate::json::names::Names;
use crate::json::terms::{MONTHS, PERIODS, WEEKDAYS, calendar_name, date, list, word};
use crate::json::value::{Fields, Value};
use crate::schedule::{Days, Item, Point};
use crate::time::parse_date;

/// The fields that tell the form of a set; with `nth`, `weekday` or `of` do.
const FORMS: [&str; 14] = [
    "weekdays",
    "month_days",
    "nth",
    "months",
    "years",
    "dates",
    "span",
    "easter",
    "offset",
    "nearest_weekday",
    "ref",
    "any",
    "all",
    "not",
];

/// Reads a set of days.
pub(super) fn days(value: Value, names: &Names<'_>) -> Result<Days, Error> {
    let mut fields = value.object().map_err(|error| {
        Error::new(error.kind(), format_args!("{}: one of {}", error.message(), FORMS.join(", ")))
    })?;
    let given: Vec<&str> = FORMS.into_iter().filter(|form| fields.has(form)).collect();
    let form = match *given {
        [form] => form,
        [] => {
            let unknown = fields.finish().err().map(|error| error.path().to_owned());
            let message = format!("is not a set of days; it has one of {}", FORMS.join(", "));
            return Err(match unknown {
                Some(field) => Error::invalid(message).in_field(&field),
                None => Error::invalid(format_args!("an empty object {message}")),
            });
        }
        [first, second, ..] => {
            return Err(Error::invalid(format_args!(
                "a set of days has one of {first} and {second}, not both; write {{\"all\": \
                 [{{\"{first}\": ..}}, {{\"{second}\": ..}}]}} for days of both"
            )));
        }
    };
    let days = match form {
        "any" => fields.required("any", |value| Days::any(sets(value, names)?))?,
        "all" => fields.required("all", |value| Days::all(sets(value, names)?))?,
        "not" => fields.required("not", |value| self::days(value, names)?.complement())?,
        "offset" => offset(&mut fields, names)?,
        "ref" => fields.required("ref", |value| names.days(&value.text()?))?,
        "nth" if fields.has("of") => nth_of(&mut fields, names)?,
        form => single(form, &mut fields)?,
    };
    fields.finish()?;
    Ok(days)
}

fn offset(fields: &mut Fields, names: &Names<'_>) -> Result<Days, Error> {
    let later = fields.required("offset", Value::integer)?;
    // The number, before the set may be found to be invalid.
    Days::offset(later, Days::every_day()).map_err(|error| error.in_field("offset"))?;
    Days::offset(later, fields.required("of", |value| days(value, names))?)
}

fn nth_of(fields: &mut Fields, names: &Names<'_>) -> Result<Days, Error> {
    let n = fields.required("nth", Value::integer)?;
    let of = fields.required("of", |value| days(value, names))?;
    Days::nth_of(n, of, fields.required("in", |value| word(value, &PERIODS))?)
}

/// Reads a set that is not made of others. A function of its own, so that the recursion
/// takes little stack.
#[inline(never)]
fn single(form: &str, fields: &mut Fields) -> Result<Days, Error> {
    match form {
        "weekdays" => fields.required("weekdays", |value| Days::of_weekdays(weekdays(value)?)),
        "month_days" => {
            fields.required("month_days", |value| Days::of_month_days(list(value, number_item)?))
        }
        "months" => fields.required("months", |value| Days::of_months(months(value)?)),
        "years" => fields.required("years", |value| Days::of_years(list(value, number_item)?)),
        "dates" => fields.required("dates", |value| Days::of_dates(list(value, date_item)?)),
        "span" => fields.required("span", span),
        "easter" => fields.required("easter", |value| Days::easter(value.integer()?)),
        "nearest_weekday" => {
            fields.required("nearest_weekday", |value| Days::nearest_weekday(value.integer()?))
        }
        _ => nth_weekday(fields),
    }
}

fn sets(value: Value, names: &Names<'_>) -> Result<Vec<Days>, Error> {
    list(value, |value| days(value, names))
}

/// Reads `nth` with `weekday`.
fn nth_weekday(fields: &mut Fields) -> Result<Days, Error> {
    let n = fields.required("nth", Value::integer)?;
    let weekday = fields.required("weekday", |value| calendar_name(value, &WEEKDAYS));
    let weekday = weekday.map_err(|error| match error.kind() {
        ErrorKind::Invalid if error.message() == "is missing" => {
            Error::invalid("is missing; beside `nth` there is `weekday`, or `of` and `in`")
                .in_field("weekday")
        }
        _ => error,
    })?;
    Days::nth_weekday(n, weekday)
}

/// Reads a list of weekdays and ranges of them, `"monday..friday"`.
pub(super) fn weekdays(value: Value) -> Result<Vec<Item<Weekday>>, Error> {
    list(value, |value| name_item(value, &WEEKDAYS))
}

/// Reads a list of months and ranges of them, `"may..august"`.
pub(super) fn months(value: Value) -> Result<Vec<Item<u32>>, Error> {
    list(value, |value| name_item(value, &MONTHS))
}

/// Reads a name, or a range of two names.
fn name_item<T: Copy>(value: Value, names: &[(&str, T)]) -> Result<Item<T>, Error> {
    match range_of(&value) {
        Some((first, last)) => {
            let name = |text: &str| calendar_name(Value::from(text), names);
            Ok(Item::Range(name(first)?, name(last)?))
        }
        None => calendar_name(value, names).map(Item::One),
    }
}

/// The two parts of text such as `"a..b"`.
fn range_of(value: &Value) -> Option<(&str, &str)> {
    let Value::Text(text) = value else { return None };
    text.split_once("..").map(|(first, last)| (first.trim_end(), last.trim_start()))
}

/// Reads a number, or a range of numbers such as `"20..-1"`.
fn number_item(value: Value) -> Result<Item<i32>, Error> {
    if matches!(value, Value::Integer(_)) {
        return value.integer().map(Item::One);
    }
    let number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok() } else { None }
    };
    let range = range_of(&value).and_then(|(first, last)| Some((number(first)?, number(last)?)));
    match range {
        Some((first, last)) => Ok(Item::Range(first, last)),
        None => {
            let meant = match &value {
                Value::Text(text) => number(text).map(|number| format!("; did you mean {number}?")),
                _ => None,
            };
            let meant = meant.unwrap_or_default();
            Err(value.is_not(&format!("a number, or a range such as \"1..15\"{meant}")))
        }
    }
}

/// Reads a date, or a range of dates.
fn date_item(value: Value) -> Result<Item<NaiveDate>, Error> {
    match range_of(&value) {
        Some((first, last)) => Ok(Item::Range(date(Value::from(first))?, date(Value::from(last))?)),
        None => date(value).map(Item::One),
    }
}

fn span(value: Value) -> Result<Days, Error> {
    let mut fields = value.object()?;
    let from = fields.required("from", point)?;
    let to = fields.required("to", point)?;
    let step = fields.optional("step", Value::integer)?.unwrap_or(1);
    fields.finish()?;
    Days::span(from, to, step)
}

fn point(value: Value) -> Result<Point, Error> {
    const POINTS: &str = "a point: \"MM-DD\", a date, or an object with day, or with nth and \
                          weekday, and perhaps month";
    match &value {
        Value::Text(text) => {
            if let Some(date) = parse_date(text) {
                return Point::date(date);
            }
            month_and_day(text).unwrap_or_else(|| Err(value.is_not(POINTS)))
        }
        Value::Object(_) => {
            let mut fields = value.object()?;
            let month = fields.optional("month", |value| calendar_name(value, &MONTHS))?;
            let point = if fields.has("nth") {
                let n = fields.required("nth", Value::integer)?;
                let weekday =
                    fields.required("weekday", |value| calendar_name(value, &WEEKDAYS))?;
                match month {
                    Some(month) => Point::month_weekday(month, n, weekday)?,
                    None => Point::weekday(n, weekday)?,
                }
            } else {
                let day = fields.required("day", Value::integer)?;
                match month {
                    Some(month) => Point::month_day(month, day)?,
                    None => Point::day(day)?,
                }
            };
            fields.finish()?;
            Ok(point)
        }
        other => Err(other.is_not(POINTS)),
    }
}

/// Reads `MM-DD`; `None` if the text does not look like it.
fn month_and_day(text: &str) -> Option<Result<Point, Error>> {
    let (month, day) = text.split_once('-')?;
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u32>().ok() } else { None }
    };
    let (month, day) = (number(month)?, number(day)?);
    Some(Point::month_day(month, day as i32).map_err(|error| {
        Error::new(error.kind(), format_args!("\"{}\": {}", truncated(text), error.message()))
    }))
}
