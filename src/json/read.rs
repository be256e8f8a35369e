//! Reads windows and topologies from JSON values.

use chrono::{NaiveDate, Weekday};

use crate::error::{Error, truncated};
use crate::json::meant;
use crate::json::value::{Fields, Value};
#[cfg(feature = "rrule")]
use crate::schedule::Rule;
use crate::schedule::{Daily, Monthly, Once, Periodic, Schedule, Weekly};
use crate::scope::{Matcher, Scope, Topology, check_id};
use crate::time::{ClockRange, MonthDay, ShortMonth, Timestamp, Zone, ZoneResolver};
use crate::window::{Effect, EntityState, Propagation, Validity, Window};

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

pub(super) fn window(value: Value, zones: ZoneResolver<'_>) -> Result<Window, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", Value::text)?;
    window_fields(&id, fields, zones).map_err(|error| error.in_window(&id))
}

fn window_fields(id: &str, mut fields: Fields, zones: ZoneResolver<'_>) -> Result<Window, Error> {
    let mut builder = Window::builder(id);
    if let Some(name) = fields.optional("name", Value::text)? {
        builder = builder.name(name);
    }
    if fields.optional("enabled", Value::bool)? == Some(false) {
        builder = builder.disable();
    }
    if let Some(effect) = fields.optional("effect", |value| word(value, &EFFECTS))? {
        builder = builder.effect(effect);
    }
    builder = builder.schedule(fields.required("schedule", |value| schedule(value, zones))?);
    builder = builder.scope(fields.required("scope", scope)?);
    if let Some(propagation) = fields.optional("propagation", |value| word(value, &PROPAGATIONS))? {
        builder = builder.propagation(propagation);
    }
    if let Some(validity) = fields.optional("valid", validity)? {
        builder = builder.validity(validity);
    }
    if let Some(closed) = fields.optional("closed_at", Value::timestamp)? {
        builder = builder.closed_at(closed);
    }
    if let Some((during, after)) = fields.optional("state", states)? {
        if let Some(during) = during {
            builder = builder.state_during(during);
        }
        if let Some(after) = after {
            builder = builder.state_after(after);
        }
    }
    if let Some(tags) = fields.optional("tags", tags)? {
        for (key, value) in tags {
            builder = builder.tag(key, value);
        }
    }
    fields.finish()?;
    builder.build()
}

fn validity(value: Value) -> Result<Validity, Error> {
    let mut fields = value.object()?;
    let from = fields.optional("from", written_timestamp)?;
    let until = fields.optional("until", written_timestamp)?;
    fields.finish()?;
    if let (Some(from), Some(until)) = (&from, &until) {
        check_order(("from", from), ("until", until))?;
    }
    Ok(Validity::new(from.map(|(t, _)| t), until.map(|(t, _)| t)))
}

/// A timestamp, and its text.
type Written = (Timestamp, String);

fn written_timestamp(value: Value) -> Result<Written, Error> {
    let text = if let Value::Text(text) = &value { text.clone() } else { String::new() };
    Ok((value.timestamp()?, text))
}

/// Returns an error if the end is not after the start. It has both as they are written, and
/// in UTC if that differs.
fn check_order(start: (&str, &Written), end: (&'static str, &Written)) -> Result<(), Error> {
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

/// Reads an enum by its name. The error lists the names, and has the one that differs only
/// in case.
fn word<T: Copy>(value: Value, words: &[(&str, T)]) -> Result<T, Error> {
    let text = if let Value::Text(text) = &value { text.clone() } else { String::new() };
    value.word(words).map_err(|error| {
        match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())) {
            Some((word, _)) => {
                Error::invalid(format_args!("{}; did you mean {word}?", error.message()))
            }
            None => error,
        }
    })
}

/// Reads a weekday or a month by its name or the first three letters of it, in any case.
fn calendar_name<T: Copy>(value: Value, names: &[(&str, T)]) -> Result<T, Error> {
    if let Value::Text(text) = &value {
        let same =
            |name: &str| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text);
        if let Some((_, found)) = names.iter().find(|(name, _)| same(name)) {
            return Ok(*found);
        }
    }
    value.word(names)
}

/// Reads a list. The error shows a single value as a list.
fn list<T>(value: Value, element: impl FnMut(Value) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    match &value {
        Value::Text(_) | Value::Integer(_) => {
            Err(value.is_not(&format!("a list; did you mean [{value}]?")))
        }
        Value::Object(_) => Err(value.is_not("a list; did you mean [{..}]?")),
        _ => value.list(element),
    }
}

/// Reads a number of milliseconds.
fn millis(value: Value) -> Result<i64, Error> {
    match &value {
        Value::Text(text) => {
            let meant = meant::millis(text);
            let meant = meant.map_or_else(String::new, |ms| format!("; did you mean {ms}?"));
            Err(value.is_not(&format!("an integer, in milliseconds{meant}")))
        }
        _ => value.integer(),
    }
}

fn states(value: Value) -> Result<(Option<EntityState>, Option<EntityState>), Error> {
    let mut fields = value.object()?;
    let during = fields.optional("during", Value::integer)?.map(EntityState::new);
    let after = fields.optional("after", Value::integer)?.map(EntityState::new);
    fields.finish()?;
    Ok((during, after))
}

fn tags(value: Value) -> Result<Vec<(String, String)>, Error> {
    map(value, Value::text)
}

/// Reads an object with any keys.
fn map<T>(
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

/// Reads the fields that all calendar kinds have, and applies them to `$calendar`.
macro_rules! calendar_rules {
    ($fields:expr, $calendar:expr) => {{
        let mut calendar = $calendar;
        if let Some((n, anchor)) = $fields.optional("every", every)? {
            calendar = calendar.with_interval(n, anchor)?;
        }
        let month = |value: Value| calendar_name(value, &MONTHS);
        if let Some(months) = $fields.optional("months", |value| list(value, month))? {
            calendar = calendar.with_months(months)?;
        }
        if let Some(dates) = $fields.optional("except", |value| list(value, date))? {
            calendar = calendar.without_dates(dates)?;
        }
        if let Some(count) = $fields.optional("count", Value::integer)? {
            calendar = calendar.with_count(count)?;
        }
        Schedule::from(calendar)
    }};
}

fn schedule(value: Value, zones: ZoneResolver<'_>) -> Result<Schedule, Error> {
    #[derive(Clone, Copy)]
    enum Kind {
        Once,
        Periodic,
        Daily,
        Weekly,
        Monthly,
        Rule,
    }
    const KINDS: [(&str, Kind); 6] = [
        ("once", Kind::Once),
        ("periodic", Kind::Periodic),
        ("daily", Kind::Daily),
        ("weekly", Kind::Weekly),
        ("monthly", Kind::Monthly),
        ("rule", Kind::Rule),
    ];
    let mut fields = value.object()?;
    let kind = |value: Value| {
        let cron = if let Value::Text(text) = &value { meant::cron(text) } else { None };
        word(value, &KINDS).map_err(|error| match cron {
            Some(meant) => Error::invalid(format_args!("{}; {meant}", error.message())),
            None => error,
        })
    };
    let schedule = match fields.required("kind", kind)? {
        Kind::Once => once(&mut fields)?,
        Kind::Periodic => periodic(&mut fields)?,
        Kind::Daily => {
            let (clock, zone) = clock_and_zone(&mut fields, zones)?;
            calendar_rules!(fields, Daily::new(clock, zone))
        }
        Kind::Weekly => {
            let weekday = |value: Value| calendar_name(value, &WEEKDAYS);
            let weekdays = fields.required("weekdays", |value| list(value, weekday))?;
            let (clock, zone) = clock_and_zone(&mut fields, zones)?;
            calendar_rules!(fields, Weekly::new(weekdays, clock, zone)?)
        }
        Kind::Monthly => {
            let days = fields.required("day", month_days)?;
            let short_month = fields.optional("short_month", |value| word(value, &SHORT_MONTHS))?;
            let (clock, zone) = clock_and_zone(&mut fields, zones)?;
            let monthly = Monthly::on_days(days, clock, zone)?;
            calendar_rules!(fields, monthly.with_short_month(short_month.unwrap_or_default()))
        }
        Kind::Rule => rule(&mut fields, zones)?,
    };
    fields.finish()?;
    Ok(schedule)
}

fn once(fields: &mut Fields) -> Result<Schedule, Error> {
    let start = fields.required("start", written_timestamp)?;
    let end = fields.required("end", written_timestamp)?;
    check_order(("start", &start), ("end", &end))?;
    Ok(Once::new(start.0, end.0)?.into())
}

fn periodic(fields: &mut Fields) -> Result<Schedule, Error> {
    let start: Timestamp = fields.required("start", Value::timestamp)?;
    let duration_ms = fields.required("duration_ms", millis)?;
    let period_ms = fields.required("period_ms", millis)?;
    Ok(Periodic::new(start, duration_ms, period_ms)?.into())
}

fn clock_and_zone(
    fields: &mut Fields,
    zones: ZoneResolver<'_>,
) -> Result<(ClockRange, Zone), Error> {
    let clock = fields.required("clock", Value::parsed)?;
    let zone = fields.required("timezone", |value| zones(&value.text()?))?;
    Ok((clock, zone))
}

fn every(value: Value) -> Result<(u32, NaiveDate), Error> {
    let mut fields = value.object()?;
    let n = fields.required("n", Value::integer)?;
    let anchor = fields.required("anchor", date)?;
    fields.finish()?;
    Ok((n, anchor))
}

/// Reads `YYYY-MM-DD` with exactly 10 characters. chrono alone would also accept shorter
/// forms and signs.
fn date(value: Value) -> Result<NaiveDate, Error> {
    let text = value.text()?;
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date = if shaped { text.parse().ok() } else { None };
    date.ok_or_else(|| {
        Error::syntax(format_args!("\"{}\" is not a date, YYYY-MM-DD", truncated(&text)))
    })
}

/// Reads one day, or a list of days.
fn month_days(value: Value) -> Result<Vec<MonthDay>, Error> {
    match value {
        days @ Value::List(_) => days.list(month_day),
        day => Ok(vec![month_day(day)?]),
    }
}

fn month_day(value: Value) -> Result<MonthDay, Error> {
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
fn rule(_: &mut Fields, _: ZoneResolver<'_>) -> Result<Schedule, Error> {
    Err(Error::new(crate::error::ErrorKind::Unsupported, "\"rule\" needs the feature `rrule`")
        .in_field("kind"))
}

/// `timezone` is needed only if the text of the rule has no zone.
#[cfg(feature = "rrule")]
fn rule(fields: &mut Fields, zones: ZoneResolver<'_>) -> Result<Schedule, Error> {
    let text = fields.required("rrule", Value::text)?;
    let zone = fields.optional("timezone", |value| zones(&value.text()?))?;
    let duration_ms = fields.required("duration_ms", millis)?;
    Ok(Rule::read(&text, zone, zones, duration_ms)?.into())
}

fn scope(value: Value) -> Result<Scope, Error> {
    const FORMS: &str = "\"everything\", or an object with one of entity, entities, group, alert_type, attribute, all, any, not";
    let fields = match value {
        Value::Text(word) if word == "everything" => return Ok(Scope::everything()),
        Value::Object(_) => value.object()?,
        other => return Err(Error::syntax(format_args!("{other} is not a scope: {FORMS}"))),
    };
    let Some((key, value)) = fields.only() else {
        return Err(Error::syntax(format_args!(
            "an object with not exactly one key is not a scope: {FORMS}"
        )));
    };
    let scope = match key.as_str() {
        "entity" => one_text(value, meant::entities).map(Scope::entity),
        "entities" => list(value, Value::text).map(Scope::entities),
        "group" => one_text(value, |names| meant::any("group", names)).map(Scope::group),
        "alert_type" => {
            one_text(value, |names| meant::any("alert_type", names)).map(Scope::alert_type)
        }
        "attribute" => matcher(value).map(Scope::attribute),
        "all" => list(value, scope).map(Scope::all),
        "any" => list(value, scope).map(Scope::any),
        "not" => scope(value).map(|scope| !scope),
        _ => Err(Error::invalid(format_args!("is not a scope: {FORMS}"))),
    };
    scope.map_err(|error| error.in_given_field(&key))
}

/// Reads a string. The error for a list of strings has the scope `meant`.
fn one_text(value: Value, meant: impl FnOnce(&[Value]) -> String) -> Result<String, Error> {
    match &value {
        Value::List(names) if names.iter().all(|name| matches!(name, Value::Text(_))) => {
            Err(value.is_not(&format!("a string; for several: {}", meant(names))))
        }
        _ => value.text(),
    }
}

fn matcher(value: Value) -> Result<Matcher, Error> {
    let mut fields = value.object()?;
    let name = fields.required("name", Value::text)?;
    let tests = [
        fields.optional("equals", |v| Ok(Matcher::equals(&name, v.text()?)))?,
        fields.optional("one_of", |v| Ok(Matcher::one_of(&name, list(v, Value::text)?)))?,
        fields.optional("contains", |v| Ok(Matcher::contains(&name, v.text()?)))?,
        fields.optional("starts_with", |v| Ok(Matcher::starts_with(&name, v.text()?)))?,
        fields.optional("ends_with", |v| Ok(Matcher::ends_with(&name, v.text()?)))?,
        fields.optional("matches", |v| Matcher::matches(&name, v.text()?))?,
        fields.optional("present", |v| match v.bool()? {
            true => Ok(Matcher::present(&name)),
            false => Err(Error::invalid("false is not allowed; use \"not\" around the test")),
        })?,
    ];
    fields.finish()?;
    let mut given = tests.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(matcher), None) => Ok(matcher),
        _ => Err(Error::invalid(
            "needs exactly one of equals, one_of, contains, starts_with, ends_with, matches, present",
        )),
    }
}

/// Reads a valid id.
fn id(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    check_id(&text)?;
    Ok(text)
}

/// An entity or a group of the topology, as read.
pub(super) struct Row {
    pub(super) id: String,
    parents: Vec<String>,
    groups: Vec<String>,
    attributes: Vec<(String, Vec<String>)>,
}

/// Reads an entity: its parents, groups and attributes.
pub(super) fn entity(value: Value) -> Result<Row, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", id)?;
    let parents = fields.optional("parents", |v| list(v, self::id))?.unwrap_or_default();
    let groups = fields.optional("groups", |v| list(v, self::id))?.unwrap_or_default();
    let attributes = fields.optional("attributes", |v| map(v, |v| list(v, Value::text)))?;
    let attributes = attributes.unwrap_or_default();
    for (name, _) in &attributes {
        check_id(name).map_err(|error| error.in_field("attributes"))?;
    }
    fields.finish()?;
    Ok(Row { id, parents, groups, attributes })
}

/// Reads a group: the groups that contain it.
pub(super) fn group(value: Value) -> Result<Row, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", id)?;
    let groups = fields.optional("groups", |v| list(v, self::id))?.unwrap_or_default();
    fields.finish()?;
    Ok(Row { id, parents: Vec::new(), groups, attributes: Vec::new() })
}

/// Reads the name of the entity label; null is none.
pub(super) fn entity_label(value: Value) -> Result<Option<String>, Error> {
    if value == Value::Null { Ok(None) } else { id(value).map(Some) }
}

/// Builds a topology. Listed ids are added first, in the order of the lists, and ids that
/// are only referenced after them. So a topology that is written and read again has the
/// same order.
pub(super) fn topology(
    entities: Vec<Row>,
    groups: Vec<Row>,
    entity_label: Option<&str>,
) -> Result<Topology, Error> {
    let mut topology = Topology::builder();
    if let Some(name) = entity_label {
        topology = topology.entity_label(name);
    }
    for row in &entities {
        topology = topology.entity(&row.id);
    }
    for row in &groups {
        topology = topology.group(&row.id);
    }
    for row in entities {
        for parent in row.parents {
            topology = topology.add_child(parent, &row.id);
        }
        for group in row.groups {
            topology = topology.add_member(group, &row.id);
        }
        for (name, values) in row.attributes {
            for value in values {
                topology = topology.add_attribute(&row.id, &name, value);
            }
        }
    }
    for row in groups {
        for outer in row.groups {
            topology = topology.add_subgroup(outer, &row.id);
        }
    }
    topology.build()
}
