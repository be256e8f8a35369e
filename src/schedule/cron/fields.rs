//! The fields of a cron expression.

use super::{DayMatch, Days, Error, Item, Times, Weekday, refused};
use crate::error::truncated;

/// Longer texts are not read.
const LONGEST: usize = 1000;

/// The fields, checked.
#[derive(Clone)]
pub(super) struct Fields {
    seconds: u64,
    minutes: u64,
    hours: u64,
    /// `None`: each month.
    months: Option<Days>,
    years: Option<Days>,
    /// `None`: the field does not restrict the days.
    month_days: Option<Days>,
    weekdays: Option<Days>,
}

impl Fields {
    /// The dates.
    pub(super) fn days(&self, day_match: DayMatch) -> Days {
        let days = [self.month_days.clone(), self.weekdays.clone()].into_iter().flatten();
        let mut all: Vec<Days> = days.collect();
        if all.len() == 2 && day_match == DayMatch::Or {
            all = combined(Days::any, all);
        }
        all.extend(self.months.clone().into_iter().chain(self.years.clone()));
        match combined(Days::all, all).pop() {
            Some(days) => days,
            None => Days::every_day(),
        }
    }

    /// The times of day.
    pub(super) fn times(&self) -> Times {
        Times::product(self.hours, self.minutes, self.seconds).expect("each field has a value")
    }
}

/// One set for several, or none. A few sets are within the limits.
fn combined(combine: impl Fn(Vec<Days>) -> Result<Days, Error>, sets: Vec<Days>) -> Vec<Days> {
    if sets.len() < 2 { sets } else { combine(sets).into_iter().collect() }
}

/// What a field may hold.
struct Form {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of the values from `least` on; empty if there are none.
    names: &'static [&'static str],
    allowed: &'static str,
}

const SECOND: Form = Form {
    name: "second",
    least: 0,
    most: 59,
    names: &[],
    allowed: "0 to 59, *, lists 0,30, ranges 0-10 and steps */15",
};
const MINUTE: Form = Form { name: "minute", ..SECOND };
const HOUR: Form = Form {
    name: "hour",
    least: 0,
    most: 23,
    names: &[],
    allowed: "0 to 23, *, lists 8,20, ranges 9-17 and steps */2",
};
const MONTH_DAY: Form = Form {
    name: "day of the month",
    least: 1,
    most: 31,
    names: &[],
    allowed: "1 to 31, *, ?, L, L-3, LW, 15W, lists 1,15, ranges 1-7 and steps */10",
};
const MONTH: Form = Form {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    allowed: "1 to 12 or JAN to DEC, *, lists 1,7, ranges 5-8 and steps */3",
};
const WEEKDAY: Form = Form {
    name: "day of the week",
    least: 0,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    allowed: "0 to 7 (0 and 7 are Sunday) or SUN to SAT, *, ?, 5L, TUE#3, lists 1,3, ranges \
              MON-FRI and steps */2",
};
const YEAR: Form = Form {
    name: "year",
    least: 1,
    most: 9999,
    names: &[],
    allowed: "1 to 9999, *, lists 2026,2028, ranges 2026-2030 and steps */2",
};

/// Reads a cron expression.
pub(super) fn parse(text: &str) -> Result<Fields, Error> {
    if text.len() > LONGEST {
        return Err(Error::beyond(text.len(), "bytes", LONGEST));
    }
    let text = text.trim();
    let text = if text.starts_with('@') { named(text)? } else { text };
    let upper = text.to_ascii_uppercase();
    if upper.starts_with("TZ=") || upper.starts_with("CRON_TZ=") {
        return Err(refused(text, "has a zone in it; name it in `timezone`"));
    }
    if upper.starts_with("CRON(") || upper.starts_with("RATE(") {
        let inner = text.trim_end_matches(')').split_once('(').map_or("", |(_, inner)| inner);
        let hint = aws_rewrite(&inner.split_ascii_whitespace().collect::<Vec<_>>());
        let hint = hint.map_or_else(String::new, |text| format!("; write \"{text}\""));
        return Err(refused(text, &format!("is not a cron expression by itself{hint}")));
    }
    let fields: Vec<&str> = upper.split_ascii_whitespace().collect();
    let (second, rest, year) = match &*fields {
        rest if rest.len() == 5 => ("0", rest, "*"),
        [second, rest @ ..] if rest.len() == 5 => {
            if let Some(text) = aws_rewrite(&fields) {
                return Err(Error::syntax(format_args!(
                    "six fields begin with seconds, and a year at the end takes seven; write \
                     \"{text}\""
                )));
            }
            (*second, rest, "*")
        }
        [second, rest @ .., year] if rest.len() == 5 => (*second, rest, *year),
        _ => {
            return Err(refused(
                text,
                &format!(
                    "has {} fields; there are five (minute, hour, day of the month, month, day of \
                     the week), six with seconds first, or seven with years last",
                    fields.len()
                ),
            ));
        }
    };
    if let Some(field) = fields.iter().find(|field| field.starts_with('H')) {
        return Err(Error::syntax(format_args!(
            "\"{}\": H stands for a hash of a name, which there is not; write a number",
            truncated(field)
        )));
    }
    let [minute, hour, month_day, month, weekday] = rest else {
        return Err(refused(text, "does not have five fields"));
    };
    let days = |days: Result<Option<Days>, Error>, form: &Form| {
        days.map_err(|error| error.in_field(form.name))
    };
    Ok(Fields {
        seconds: bits(second, &SECOND)?,
        minutes: bits(minute, &MINUTE)?,
        hours: bits(hour, &HOUR)?,
        month_days: days(month_days(month_day), &MONTH_DAY)?,
        months: match is_any(month) {
            true => None,
            false => Some(Days::months(ones(bits(month, &MONTH)?))?),
        },
        weekdays: days(weekdays(weekday), &WEEKDAY)?,
        years: if is_any(year) { None } else { Some(years(year)?) },
    })
}

/// The expression that a name such as `@daily` stands for.
fn named(text: &str) -> Result<&'static str, Error> {
    let name = text.split_ascii_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    Ok(match name.as_str() {
        "@hourly" if name.len() == text.len() => "0 * * * *",
        "@daily" | "@midnight" if name.len() == text.len() => "0 0 * * *",
        "@weekly" if name.len() == text.len() => "0 0 * * 0",
        "@monthly" if name.len() == text.len() => "0 0 1 * *",
        "@yearly" | "@annually" if name.len() == text.len() => "0 0 1 1 *",
        "@reboot" => {
            return Err(refused(text, "has no times: it is when a machine starts"));
        }
        "@every" => {
            return Err(refused(
                text,
                "is a period; write a schedule of kind periodic, with a start",
            ));
        }
        _ => {
            return Err(refused(
                text,
                "is not one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
            ));
        }
    })
}

/// The seven fields for six that end with a year, as AWS writes them; `None` if they do not
/// look like it. Its days of the week begin with 1 for Sunday.
fn aws_rewrite(fields: &[&str]) -> Option<String> {
    let [minute, hour, month_day, month, weekday, year] = fields else { return None };
    let is_year = year.get(..4).is_some_and(|text| text.bytes().all(|b| b.is_ascii_digit()));
    if *month_day != "?" && *weekday != "?" && !is_year {
        return None;
    }
    let named = weekday.split(',').map(|item| {
        let name = |text: &str| {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            match text[..digits].parse::<usize>() {
                Ok(n @ 1..=7) => format!("{}{}", WEEKDAY.names[n - 1], &text[digits..]),
                _ => text.to_owned(),
            }
        };
        item.split('-').map(name).collect::<Vec<_>>().join("-")
    });
    let weekday = named.collect::<Vec<_>>().join(",");
    let text = format!("0 {minute} {hour} {month_day} {month} {weekday} {year}");
    parse(&text).is_ok().then_some(text)
}

/// Whether a field does not restrict.
fn is_any(field: &str) -> bool {
    matches!(field, "*" | "*/1" | "?" | "?/1")
}

fn not_allowed(item: &str, form: &Form, why: &str) -> Error {
    Error::syntax(format_args!(
        "\"{}\"{why} is not allowed; there are {}",
        truncated(item),
        form.allowed
    ))
}

/// A number or a name of a field.
fn value(text: &str, item: &str, form: &Form) -> Result<u32, Error> {
    if let Some(index) = form.names.iter().position(|name| *name == text) {
        return Ok(form.least + index as u32);
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && (form.least..=form.most).contains(&number) => Ok(number),
        _ => Err(not_allowed(item, form, "")),
    }
}

/// The values of an item of a list: a value, a range, or all, and perhaps a step. The last
/// one of a step may be left out: `(first, last, step)`.
fn item(item: &str, form: &Form) -> Result<(u32, u32, u32), Error> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let parsed = step.map(|step| {
        let digits = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        step.parse::<u32>().ok().filter(|step| digits && *step > 0)
    });
    let Some(step_by) = parsed.unwrap_or(Some(1)) else {
        return Err(not_allowed(item, form, " (a step is 1 or more)"));
    };
    // Sunday is the first day here, except as the end of a range.
    let most = if form.name == WEEKDAY.name { 6 } else { form.most };
    let (first, last) = match range.split_once('-') {
        _ if range == "*" => (form.least, most),
        Some((first, last)) => {
            let (first, mut last) = (value(first, item, form)?, value(last, item, form)?);
            if form.name == WEEKDAY.name && last == 0 && first > 0 {
                last = 7;
            }
            if last < first {
                return Err(not_allowed(item, form, " (a reversed range)"));
            }
            (first, last)
        }
        None => {
            let first = value(range, item, form)?;
            (first, if step.is_some() { most.max(first) } else { first })
        }
    };
    Ok((first, last, step_by))
}

/// The values of a field that has less than 64, as bits.
fn bits(field: &str, form: &Form) -> Result<u64, Error> {
    let mut bits = 0;
    for part in field.split(',') {
        let (first, last, step) = item(part, form).map_err(|error| error.in_field(form.name))?;
        (first..=last).step_by(step as usize).for_each(|value| bits |= 1u64 << value);
    }
    Ok(bits)
}

fn ones(bits: u64) -> impl Iterator<Item = u32> {
    (0..64).filter(move |value| bits >> value & 1 != 0)
}

fn years(field: &str) -> Result<Days, Error> {
    let mut items = Vec::new();
    for part in field.split(',') {
        let (first, last, step) = item(part, &YEAR).map_err(|error| error.in_field(YEAR.name))?;
        if step == 1 {
            items.push(Item::Range(first as i32, last as i32));
        } else {
            items.extend((first..=last).step_by(step as usize).map(|year| Item::One(year as i32)));
        }
    }
    Days::of_years(items)
}

/// The days of the day-of-month field; `None` if it does not restrict.
fn month_days(field: &str) -> Result<Option<Days>, Error> {
    if is_any(field) {
        return Ok(None);
    }
    let (mut numbers, mut sets) = (Vec::new(), Vec::new());
    for part in field.split(',') {
        let number = |text: &str| value(text, part, &MONTH_DAY).map(|day| day as i32);
        if part == "L" {
            numbers.push(Item::One(-1));
        } else if part == "LW" || part == "WL" {
            sets.push(Days::nearest_weekday(-1)?);
        } else if let Some(before) = part.strip_prefix("L-") {
            let before = number(before)?;
            if before > 30 {
                return Err(not_allowed(part, &MONTH_DAY, " (at most L-30)"));
            }
            numbers.push(Item::One(-1 - before));
        } else if let Some(day) = part.strip_suffix('W') {
            sets.push(Days::nearest_weekday(number(day)?)?);
        } else {
            let (first, last, step) = item(part, &MONTH_DAY)?;
            let days = (first..=last).step_by(step as usize);
            numbers.extend(days.map(|day| Item::One(day as i32)));
        }
    }
    if !numbers.is_empty() {
        sets.push(Days::of_month_days(numbers)?);
    }
    Ok(combined(Days::any, sets).pop())
}

/// The days of the day-of-week field; `None` if it does not restrict.
fn weekdays(field: &str) -> Result<Option<Days>, Error> {
    if is_any(field) {
        return Ok(None);
    }
    // Monday is 0 in the library.
    let weekday = |number: u32| Weekday::try_from(((number + 6) % 7) as u8).unwrap_or(Weekday::Sun);
    let (mut plain, mut sets) = (Vec::new(), Vec::new());
    for part in field.split(',') {
        let number = |text: &str| value(text, part, &WEEKDAY).map(weekday);
        if part == "L" {
            let why = " (write L in the day of the month, or 5L for the last Friday)";
            return Err(not_allowed(part, &WEEKDAY, why));
        } else if let Some(day) = part.strip_suffix('L') {
            sets.push(Days::nth_weekday(-1, number(day)?)?);
        } else if let Some((day, nth)) = part.split_once('#') {
            let nth = match nth {
                "1" | "2" | "3" | "4" | "5" => i32::from(nth.as_bytes()[0] - b'0'),
                _ => return Err(not_allowed(part, &WEEKDAY, " (#1 to #5)")),
            };
            sets.push(Days::nth_weekday(nth, number(day)?)?);
        } else {
            match item(part, &WEEKDAY)? {
                (first, last, 1) if first < last && last - first < 7 => {
                    plain.push(Item::Range(weekday(first), weekday(last)));
                }
                (first, last, step) => {
                    let days = (first..=last).step_by(step as usize);
                    plain.extend(days.map(|day| Item::One(weekday(day))));
                }
            }
        }
    }
    if !plain.is_empty() {
        sets.push(Days::of_weekdays(plain)?);
    }
    Ok(combined(Days::any, sets).pop())
}
