//! Reads schedules.

use chrono::{NaiveDate, Weekday};

use crate::error::{Error, truncated};
use crate::json::meant;
use crate::json::names::Names;
use crate::json::read_days::{days, months, weekdays};
#[cfg(feature = "rrule")]
use crate::json::terms::{DAY_MATCHES, FOLDS, GAPS};
use crate::json::terms::{
    DST_RULES, SHORT_MONTHS, UNITS, WEEKDAYS, bound, calendar_name, check_order, date, list,
    millis, word,
};
use crate::json::value::{Fields, Value};
use crate::schedule::{
    Calendar, Daily, Days, Dst, Item, LocalOnce, Monthly, Once, OnceEnd, Periodic, Schedule, Unit,
    Weekly,
};
#[cfg(feature = "rrule")]
use crate::schedule::{Cron, GivenDuration, Mapping, Rule, RuleOptions};
use crate::time::{Bound, ClockRange, MonthDay, Timestamp, Zone};

/// Reads the fields that all calendar kinds have besides `every`, and applies them to
/// `$calendar`.
macro_rules! calendar_rules {
    ($fields:expr, $names:expr, $clock:expr, $calendar:expr) => {{
        let mut calendar = $calendar;
        if $clock.ranges.len() > 1 {
            calendar = calendar.with_clocks($clock.ranges)?;
        }
        calendar = calendar.with_dst($clock.dst);
        match $fields.optional("except", |value| except(value, $names))? {
            Some(Except::Dates(dates)) => calendar = calendar.without_dates(dates)?,
            Some(Except::Days(days)) => calendar = calendar.without_days(days),
            None => {}
        }
        if let Some(count) = $fields.optional("count", Value::integer)? {
            calendar = calendar.with_count(count)?;
        }
        Schedule::from(calendar)
    }};
}

/// Reads `every` and `months` of a daily, weekly or monthly schedule.
macro_rules! interval_and_months {
    ($fields:expr, $calendar:expr) => {{
        let mut calendar = $calendar;
        if let Some(every) = $fields.optional("every", |value| every(value, false))? {
            calendar = calendar.with_interval(every.n, every.anchor)?;
            if every.from_anchor {
                calendar = calendar.starting_at_anchor()?;
            }
        }
        if let Some(items) = $fields.optional("months", months)? {
            calendar = calendar.with_months(items.into_iter().flat_map(months_of))?;
        }
        calendar
    }};
}

#[derive(Clone, Copy)]
enum Kind {
    Once,
    Periodic,
    Daily,
    Weekly,
    Monthly,
    Calendar,
    Rule,
    Cron,
    Any,
    All,
    Not,
    Ref,
}

const KINDS: [(&str, Kind); 12] = [
    ("once", Kind::Once),
    ("periodic", Kind::Periodic),
    ("daily", Kind::Daily),
    ("weekly", Kind::Weekly),
    ("monthly", Kind::Monthly),
    ("calendar", Kind::Calendar),
    ("rule", Kind::Rule),
    ("cron", Kind::Cron),
    ("any", Kind::Any),
    ("all", Kind::All),
    ("not", Kind::Not),
    ("ref", Kind::Ref),
];

pub(super) fn schedule(value: Value, names: &Names<'_>) -> Result<Schedule, Error> {
    let mut fields = value.object()?;
    let kind = |value: Value| {
        let cron = if let Value::Text(text) = &value { meant::cron(text) } else { None };
        word(value, &KINDS).map_err(|error| match cron {
            Some(meant) => Error::invalid(format_args!("{}; {meant}", error.message())),
            None => error,
        })
    };
    let kind = fields.required("kind", kind)?;
    let schedule = match kind {
        Kind::Any | Kind::All | Kind::Not | Kind::Ref => combined(kind, &mut fields, names)?,
        _ => single(kind, &mut fields, names)?,
    };
    fields.finish()?;
    Ok(schedule)
}

/// Reads a combination. A function of its own, so that the recursion takes little stack.
#[inline(never)]
fn combined(kind: Kind, fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    match kind {
        Kind::Any => {
            Schedule::any(fields.required("of", |value| schedules(value, names))?).map_err(in_of)
        }
        Kind::All => {
            Schedule::all(fields.required("of", |value| schedules(value, names))?).map_err(in_of)
        }
        Kind::Not => {
            Schedule::not(fields.required("of", |value| schedule(value, names))?).map_err(in_of)
        }
        _ => fields.required("name", |value| names.schedule(&value.text()?)),
    }
}

/// Reads a schedule that is not a combination.
#[inline(never)]
fn single(kind: Kind, fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    Ok(match kind {
        Kind::Once => once(fields, names)?,
        Kind::Periodic => periodic(fields)?,
        Kind::Weekly => {
            let items = fields.required("weekdays", weekdays)?;
            let clock = clock_and_zone(fields, names)?;
            let weekdays = items.into_iter().flat_map(weekdays_of);
            let weekly = Weekly::new(weekdays, clock.first, clock.zone)?;
            calendar_rules!(fields, names, clock, interval_and_months!(fields, weekly))
        }
        Kind::Monthly => {
            let days = fields.required("day", month_days)?;
            let short_month = fields.optional("short_month", |value| word(value, &SHORT_MONTHS))?;
            let clock = clock_and_zone(fields, names)?;
            let monthly = Monthly::on_days(days, clock.first, clock.zone)?;
            let monthly = monthly.with_short_month(short_month.unwrap_or_default());
            calendar_rules!(fields, names, clock, interval_and_months!(fields, monthly))
        }
        Kind::Calendar => calendar(fields, names)?,
        Kind::Rule => rule(fields, names)?,
        Kind::Cron => cron(fields, names)?,
        Kind::Daily | Kind::Any | Kind::All | Kind::Not | Kind::Ref => {
            let clock = clock_and_zone(fields, names)?;
            let daily = Daily::new(clock.first, clock.zone);
            calendar_rules!(fields, names, clock, interval_and_months!(fields, daily))
        }
    })
}

fn in_of(error: Error) -> Error {
    error.in_field("of")
}

fn schedules(value: Value, names: &Names<'_>) -> Result<Vec<Schedule>, Error> {
    list(value, |value| schedule(value, names))
}

fn once(fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    let written = |value: Value| {
        let text = if let Value::Text(text) = &value { text.clone() } else { String::new() };
        Ok((bound(value, false)?, text))
    };
    let start = fields.required("start", written)?;
    let end = match fields.take("end") {
        None => None,
        Some(Value::Null) => {
            let message = "null is not a timestamp; leave the field out for no end";
            return Err(Error::invalid(message).in_field("end"));
        }
        Some(value) => Some(written(value).map_err(|error| error.in_field("end"))?),
    };
    let duration_ms = fields.optional("duration_ms", millis)?;
    let zone = fields.optional("timezone", |value| names.zone(&value.text()?))?;
    if end.is_some() && duration_ms.is_some() {
        let message = "does not go with `end`; give one of them, or neither for no end";
        return Err(Error::invalid(message).in_field("duration_ms"));
    }
    check_bounds(("start", Some(&start)), ("end", end.as_ref()), zone.as_ref())?;
    let start = start.0;
    if let Some(zone) = zone {
        let end = match (end, duration_ms) {
            (Some((end, _)), _) => OnceEnd::At(end),
            (None, Some(duration_ms)) => OnceEnd::After(duration_ms),
            (None, None) => OnceEnd::Never,
        };
        return Ok(LocalOnce::new(start, end, zone)?.into());
    }
    let (Bound::At(start), None | Some((Bound::At(_), _))) = (start, &end) else {
        return Err(Error::invalid("is missing").in_field("timezone"));
    };
    let once = match (end, duration_ms) {
        (Some((Bound::At(end), _)), _) => Once::new(start, end)?,
        (_, Some(duration_ms)) => Once::lasting(start, duration_ms)?,
        _ => Once::starting(start),
    };
    Ok(once.into())
}

/// A bound as read, and its text.
type WrittenBound = (Bound, String);

/// Returns an error if the end is not after the start as written, if a local time has no
/// zone, or if a zone has no local time.
pub(super) fn check_bounds(
    start: (&'static str, Option<&WrittenBound>),
    end: (&'static str, Option<&WrittenBound>),
    zone: Option<&Zone>,
) -> Result<(), Error> {
    let bounds = [start, end].into_iter().filter_map(|(name, bound)| Some((name, bound?)));
    let local = bounds.filter(|(_, (bound, _))| bound.is_local()).map(|(name, _)| name).next();
    match (local, zone) {
        (Some(name), None) => {
            return Err(Error::invalid(format_args!(
                "is missing; `{name}` is a local time. Name a zone, or give `{name}` an offset \
                 such as Z"
            ))
            .in_field("timezone"));
        }
        (None, Some(_)) => {
            return Err(Error::invalid(format_args!(
                "goes with a local time only, and `{}` and `{}` have an offset; write such as \
                 \"2026-06-06T15:00\" for local time",
                start.0, end.0
            ))
            .in_field("timezone"));
        }
        _ => {}
    }
    let ((start_name, Some((start, start_text))), (end_name, Some((end, end_text)))) = (start, end)
    else {
        return Ok(());
    };
    let instant = |bound: &Bound| match bound {
        Bound::At(t) => Ok(*t),
        Bound::Local(local) => local.first_instant(zone.unwrap_or(&Zone::utc())),
    };
    match (start, end) {
        (Bound::At(start), Bound::At(end)) => {
            let (start, end) = ((*start, start_text.clone()), (*end, end_text.clone()));
            check_order((start_name, &start), (end_name, &end))
        }
        (Bound::Local(start), Bound::Local(end)) if start.reading() < end.reading() => Ok(()),
        (Bound::Local(_), Bound::Local(_)) => Err(Error::invalid(format_args!(
            "{} is not after {start_name} {}",
            truncated(end_text),
            truncated(start_text)
        ))
        .in_field(end_name)),
        _ => {
            let from = instant(start).map_err(|error| error.in_field(start_name))?;
            let until = instant(end).map_err(|error| error.in_field(end_name))?;
            let (start, end) = ((from, start_text.clone()), (until, end_text.clone()));
            check_order((start_name, &start), (end_name, &end))
        }
    }
}

fn periodic(fields: &mut Fields) -> Result<Schedule, Error> {
    let start: Timestamp = fields.required("start", Value::timestamp)?;
    let duration_ms = fields.required("duration_ms", millis)?;
    let period_ms = fields.required("period_ms", millis)?;
    Ok(Periodic::new(start, duration_ms, period_ms)?.into())
}

fn calendar(fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    for (field, form) in [
        ("months", "{\"months\": [..]}"),
        ("weekdays", "{\"weekdays\": [..]}"),
        ("day", "{\"month_days\": [..]}"),
        ("short_month", "{\"month_days\": [.., -1]}"),
    ] {
        if fields.has(field) {
            return Err(Error::invalid(format_args!(
                "is not a field of a calendar; write \"days\": {form}, or \"days\": {{\"all\": \
                 [.., {form}]}}"
            ))
            .in_field(field));
        }
    }
    let given = fields.optional("days", |value| days(value, names))?;
    let clock = clock_and_zone(fields, names)?;
    let mut calendar = Calendar::new(clock.first, clock.zone);
    if let Some(days) = given {
        calendar = calendar.with_days(days);
    }
    if let Some(every) = fields.optional("every", |value| every(value, true))? {
        calendar = calendar.with_interval(every.n, every.unit, every.anchor)?;
        if every.from_anchor {
            calendar = calendar.starting_at_anchor()?;
        }
    }
    let calendar = calendar_rules!(fields, names, clock, calendar);
    crate::schedule::check_nodes(&calendar).map_err(|error| error.in_field("days"))?;
    Ok(calendar)
}

/// The clock ranges of a calendar, its zone, and the rule for changes of the clocks.
struct Clock {
    first: ClockRange,
    ranges: Vec<ClockRange>,
    zone: Zone,
    dst: Dst,
}

fn clock_and_zone(fields: &mut Fields, names: &Names<'_>) -> Result<Clock, Error> {
    let ranges: Vec<ClockRange> = fields.required("clock", |value| match value {
        ranges @ Value::List(_) => ranges.list(Value::parsed),
        range => Ok(vec![range.parsed()?]),
    })?;
    let Some(first) = ranges.first().copied() else {
        return Err(Error::invalid("the list is empty; name at least one").in_field("clock"));
    };
    let zone = fields.required("timezone", |value| names.zone(&value.text()?))?;
    let dst = fields.optional("dst", |value| word(value, &DST_RULES))?.unwrap_or_default();
    Ok(Clock { first, ranges, zone, dst })
}

struct Every {
    n: u32,
    unit: Unit,
    anchor: NaiveDate,
    from_anchor: bool,
}

fn every(value: Value, with_unit: bool) -> Result<Every, Error> {
    let mut fields = value.object()?;
    let n = fields.required("n", Value::integer)?;
    let unit = if with_unit {
        fields.required("unit", |value| word(value, &UNITS))?
    } else {
        if fields.has("unit") {
            let message = "is only for the kind calendar; the unit of the others is their own";
            return Err(Error::invalid(message).in_field("unit"));
        }
        Unit::Day
    };
    let anchor = fields.required("anchor", date)?;
    let from_anchor = fields.optional("from_anchor", Value::bool)?.unwrap_or(false);
    fields.finish()?;
    Ok(Every { n, unit, anchor, from_anchor })
}

/// Dates, or a set of days, that are left out.
enum Except {
    Dates(Vec<NaiveDate>),
    Days(Days),
}

fn except(value: Value, names: &Names<'_>) -> Result<Except, Error> {
    match value {
        Value::Object(_) => days(value, names).map(Except::Days),
        Value::Text(_) if date(value.clone()).is_err() => {
            Err(value.is_not(&format!("a list of dates; did you mean {{\"ref\": {value}}}?")))
        }
        other => list(other, date).map(Except::Dates),
    }
}

/// The weekdays of a range, which may go over the end of the week.
fn weekdays_of(item: Item<Weekday>) -> impl Iterator<Item = Weekday> {
    let (first, last) = item.ends();
    let days = std::iter::successors(Some(first), |day| Some(day.succ()));
    days.take(last.days_since(first) as usize + 1)
}

/// The months of a range, which may go over the end of the year.
fn months_of(item: Item<u32>) -> impl Iterator<Item = u32> {
    let (first, last) = item.ends();
    (0..=(last + 12 - first) % 12).map(move |later| (first - 1 + later) % 12 + 1)
}

/// Reads one day, or a list of days.
fn month_days(value: Value) -> Result<Vec<MonthDay>, Error> {
    match value {
        days @ Value::List(_) => days.list(month_day),
        day => Ok(vec![month_day(day)?]),
    }
}

pub(super) fn month_day(value: Value) -> Result<MonthDay, Error> {
    match value {
        Value::Integer(day) => MonthDay::new(i32::try_from(day).unwrap_or(0))
            .map_err(|_| Error::out_of_range(format_args!("{day} is not in 1..=31 or -31..=-1"))),
        Value::Object(_) => {
            let mut fields = value.object()?;
            let n: i128 = fields.required("nth", Value::integer)?;
            let weekday = fields.required("weekday", |value| calendar_name(value, &WEEKDAYS))?;
            fields.finish()?;
            MonthDay::nth(i32::try_from(n).unwrap_or(0), weekday).map_err(|_| {
                Error::out_of_range(format_args!("{n} is not in 1..=5 or -5..=-1")).in_field("nth")
            })
        }
        other => Err(Error::syntax(format_args!(
            "{other} is not a day of the month: a number or {{\"nth\": .., \"weekday\": ..}}"
        ))),
    }
}

#[cfg(not(feature = "rrule"))]
fn recurrence(kind: &str) -> Error {
    let message = format_args!("\"{kind}\" needs the feature `rrule`");
    Error::new(crate::error::ErrorKind::Unsupported, message).in_field("kind")
}

#[cfg(not(feature = "rrule"))]
fn rule(_: &mut Fields, _: &Names<'_>) -> Result<Schedule, Error> {
    Err(recurrence("rule"))
}

#[cfg(not(feature = "rrule"))]
fn cron(_: &mut Fields, _: &Names<'_>) -> Result<Schedule, Error> {
    Err(recurrence("cron"))
}

/// `timezone` is needed only if the text of the rule has no zone.
#[cfg(feature = "rrule")]
fn rule(fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    let text = fields.required("rrule", Value::text)?;
    let zone = fields.optional("timezone", |value| names.zone(&value.text()?))?;
    let duration_ms = fields.optional("duration_ms", millis)?;
    let duration = fields.optional("duration", Value::parsed)?;
    let duration = match (duration_ms, duration) {
        (Some(_), Some(_)) => {
            let message = "does not go with `duration_ms`; give one of them";
            return Err(Error::invalid(message).in_field("duration"));
        }
        (Some(duration_ms), None) => GivenDuration::Millis(duration_ms),
        (None, Some(duration)) => GivenDuration::Nominal(duration),
        (None, None) => GivenDuration::InText,
    };
    let options = RuleOptions { duration, mapping: mapping(fields)? };
    Ok(Rule::read(&text, zone, names.zones, options)?.into())
}

#[cfg(feature = "rrule")]
fn cron(fields: &mut Fields, names: &Names<'_>) -> Result<Schedule, Error> {
    let text = fields.required("cron", Value::text)?;
    let duration_ms = fields.required("duration_ms", millis)?;
    let zone = fields.required("timezone", |value| names.zone(&value.text()?))?;
    let day_match = fields.optional("day_match", |value| word(value, &DAY_MATCHES))?;
    let Mapping { fold, gap } = mapping(fields)?;
    for field in ["except", "count", "every", "months"] {
        if fields.has(field) {
            let message = "is not a field of cron; take time out with the kinds all and not";
            return Err(Error::invalid(message).in_field(field));
        }
    }
    let cron = Cron::new(text, duration_ms, zone)?;
    let cron = cron.with_day_match(day_match.unwrap_or_default());
    Ok(cron.with_fold(fold).with_gap(gap).into())
}

/// Reads `fold` and `gap`.
#[cfg(feature = "rrule")]
fn mapping(fields: &mut Fields) -> Result<Mapping, Error> {
    let fold = fields.optional("fold", |value| word(value, &FOLDS))?.unwrap_or_default();
    let gap = fields.optional("gap", |value| word(value, &GAPS))?.unwrap_or_default();
    Ok(Mapping { fold, gap })
}
