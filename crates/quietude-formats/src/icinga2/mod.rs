//! Time periods and scheduled downtimes of Icinga 2.
//!
//! The text is configuration (`object TimePeriod`, `object` and `apply ScheduledDowntime`,
//! and templates of both), or the JSON of downtimes from `/v1/objects/downtimes`. A time
//! period is a named schedule. A scheduled downtime is one window; its identifier is the name
//! of the object, `host!service!name`, or that of the `apply` rule. Other objects are not read.
//! What is inside of `if`, `for` and functions at the top of the text is left out, and noted.
//!
//! # Meaning
//!
//! The source is `LegacyTimePeriod` of Icinga 2.13 and later:
//!
//! - A period is the union of its entries. Each bound is resolved by itself when the clock
//!   changes: in a gap it is moved forward, in a fold it is the first of the two.
//! - An end that is not after the start is on the next date, and 30:00 is 06:00 of the next date.
//! - A range of days is that of the year or month of the date; if it ends before it begins,
//!   there is none.
//! - Of what is both included and excluded, `prefer_includes` (true unless given) decides.

mod api;
mod assign;
mod days;
mod downtimes;
mod lex;
mod objects;
mod parse;
mod ranges;

use quietude::Zone;

use crate::collect::{Collected, check_count, required_zone, shown};
use crate::convert::{ImportOptions, Imported};
use crate::error::{Error, Place};
use crate::icinga2::objects::{Attributes, Templates};
use crate::icinga2::parse::{Kind, Object};
use crate::named::{Definition, add_all};

const TYPES: [&str; 2] = ["TimePeriod", "ScheduledDowntime"];

/// Reads configuration, or downtimes as JSON.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let mut into = Collected::default();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        api::add(text, &mut into)?;
        return Ok(into.finish());
    }
    let mut templates = Templates::default();
    let mut found = Vec::new();
    let mut count = 0;
    let hidden = parse::objects(text, &TYPES, |object| {
        count += 1;
        check_count(count)?;
        match object.kind {
            Kind::Template => templates.add(object),
            _ => found.push(object),
        }
        Ok(())
    })?;
    for (line, type_name) in hidden {
        let item = format!("{type_name} of line {line}");
        into.note(item, "", "left out: the block around it is not evaluated")?;
    }
    let Some(first) = found.first() else { return Ok(into.finish()) };
    let place = Place::line(first.line);
    let zone = required_zone(options, place, "the ranges of Icinga 2")?;
    let mut definitions = Vec::new();
    for object in &found {
        let item = item(object);
        if let Err(why) = &object.name {
            into.note(item, "", format_args!("left out: {why}"))?;
            continue;
        }
        if object.type_name == "TimePeriod" {
            definitions.extend(definition(item, object, &templates, zone, &mut into)?);
        } else {
            downtimes::add(&item, object, &templates, zone, &mut into)?;
        }
    }
    add_all(&definitions, &mut into)?;
    Ok(into.finish())
}

/// The object in notes.
fn item(object: &Object) -> String {
    match &object.name {
        Ok(name) => format!("{} {}", object.type_name, shown(name)),
        Err(_) => format!("{} of line {}", object.type_name, object.line),
    }
}

/// The definition of a time period.
fn definition(
    item: String,
    object: &Object,
    templates: &Templates,
    zone: &Zone,
    into: &mut Collected,
) -> Result<Option<Definition>, Error> {
    if object.kind != Kind::Object {
        into.note(item, "", "left out: Icinga 2 has no `apply` for time periods")?;
        return Ok(None);
    }
    let name = object.name.clone().unwrap_or_default();
    let attributes = Attributes::of(object, templates)?;
    let read = || {
        let display_name = attributes.text("display_name")?.to_owned();
        let includes = attributes.names("includes")?;
        let excludes = attributes.names("excludes")?;
        let prefers_includes = attributes.boolean("prefer_includes", true)?;
        if let Some(lost) = &attributes.lost {
            return Err(lost.clone());
        }
        if attributes.values.contains_key("update") {
            return Err(("update".to_owned(), "its function is not evaluated".to_owned()));
        }
        Ok((display_name, includes, excludes, prefers_includes))
    };
    let (includes, excludes, prefers_includes, own) = match read() {
        Ok((display_name, includes, excludes, prefers_includes)) => {
            if !display_name.is_empty() && display_name != name {
                let why = format!(
                    "a named schedule has no second name; lost is {}",
                    shown(&display_name)
                );
                into.note(&item, "display_name", why)?;
            }
            let own = ranges::schedule(&item, &attributes, zone, into)?;
            (includes, excludes, prefers_includes, own)
        }
        Err(lost) => (Vec::new(), Vec::new(), true, Err(lost)),
    };
    let exclude_field = "excludes";
    Ok(Some(Definition { name, item, own, includes, excludes, exclude_field, prefers_includes }))
}
