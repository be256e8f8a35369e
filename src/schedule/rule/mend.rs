//! What to write instead of a text that lacks a name, a start or a zone.

use chrono_tz::Europe::Berlin;

use crate::error::Error;
use crate::limits::MAX_RULE_BYTES;
use crate::schedule::rule::compile;
use crate::schedule::rule::mapping::Mapping;
use crate::schedule::rule::text;
use crate::schedule::rule::value::{Form, Value};
use crate::time::{Zone, ZoneResolver};

/// The start and the zone of texts that have none.
const START: &str = "20260101T090000";
const START_DATE: &str = "20260101";
const ZONE: &str = "Europe/Berlin";

/// Longer texts are shown up to here.
const LONGEST: usize = 1000;

const NAMES: [&str; 6] = ["DTSTART", "RRULE", "EXDATE", "RDATE", "DTEND", "DURATION"];

/// A text that can be read, made of one that cannot.
struct Mended {
    text: String,
    own_start: bool,
    own_zone: bool,
    /// Whether DTSTART is a DATE, which has its zone beside the text.
    is_date: bool,
}

/// Adds to an error the whole text to write, if names, DTSTART or the zone are all that
/// `text` lacks. The text that is shown can be read.
pub(super) fn explained(
    error: Error,
    text: &str,
    zone: Option<&Zone>,
    zones: ZoneResolver<'_>,
) -> Error {
    let Some(mended) = mended(text, zone) else { return error };
    let resolver = |name: &str| if name == ZONE { Ok(Berlin.into()) } else { zones(name) };
    let beside = zone.cloned().unwrap_or_else(|| Berlin.into());
    let is_valid = text::properties(&mended.text, &resolver)
        .and_then(|properties| compile(properties, Some(beside), Mapping::default()))
        .is_ok();
    if !is_valid {
        return error;
    }
    let with = match (mended.own_start, mended.own_zone) {
        (true, true) => ", with the start and the zone that you mean",
        (true, false) => ", with the start that you mean",
        (false, true) => ", with the zone that you mean",
        (false, false) if mended.is_date && zone.is_none() => {
            ", and a zone beside it: \"timezone\": \"Europe/Berlin\""
        }
        (false, false) => "",
    };
    let (shown, rest) = match mended.text.get(..=LONGEST) {
        Some(longer) => (&longer[..LONGEST], "..."),
        None => (&*mended.text, ""),
    };
    let message = format!("{}; write {shown:?}{rest}{with}", error.message());
    Error::new(error.kind(), message).in_field(error.path())
}

/// The text with one property a line, a DTSTART, and a zone for it; `None` if it has all
/// of them.
fn mended(text: &str, zone: Option<&Zone>) -> Option<Mended> {
    if text.len() > MAX_RULE_BYTES || !text.is_ascii() {
        return None;
    }
    let whole = text::unfolded(text).replace("\\n", "\n").replace('\r', "");
    let mut start: Option<String> = None;
    let mut rule: Option<String> = None;
    let mut others: Vec<String> = Vec::new();
    for line in whole.lines().flat_map(properties_of) {
        let upper = line.to_ascii_uppercase();
        let is_parts = |upper: &str| {
            upper.split(';').any(|part| part.starts_with("FREQ="))
                && !NAMES.iter().any(|name| upper.starts_with(&format!("{name}:")))
        };
        if upper.starts_with("RRULE:") || upper.starts_with("RRULE=") || is_parts(&upper) {
            let parts = if upper.starts_with("RRULE") { &line[6..] } else { line };
            let mut kept = Vec::new();
            for part in parts.split(';').filter(|part| !part.is_empty()) {
                match part.split_once('=') {
                    Some((name, value)) if name.eq_ignore_ascii_case("DTSTART") => {
                        start.get_or_insert(format!("DTSTART:{value}"));
                    }
                    _ => kept.push(part),
                }
            }
            if rule.replace(format!("RRULE:{}", kept.join(";"))).is_some() {
                return None;
            }
        } else if upper.starts_with("DTSTART") {
            if start.is_some() {
                return None;
            }
            start = Some(line.to_owned());
        } else {
            others.push(line.to_owned());
        }
    }
    let own_start = start.is_none();
    if own_start && others.is_empty() {
        rule.get_or_insert_with(|| "RRULE:FREQ=DAILY".to_owned());
    }
    let until = rule.as_deref().and_then(until_of);
    let until_form = until.as_ref().map(|(_, value)| &value.form);
    let mut start = start.unwrap_or_else(|| match (zone, until_form) {
        (Some(zone), Some(Form::Utc)) => format!("DTSTART;TZID={}:{START}", zone.name()),
        (Some(_), Some(Form::Date)) => format!("DTSTART;VALUE=DATE:{START_DATE}"),
        _ => format!("DTSTART:{START}"),
    });
    // A start without a zone, which only a date can stay.
    let mut own_zone = false;
    let is_plain = start.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("DTSTART:"));
    if let Some(value) = start.get(8..).filter(|_| is_plain) {
        match Value::read(value).ok()?.form {
            Form::Date => start = format!("DTSTART;VALUE=DATE:{value}"),
            Form::Floating if zone.is_none() => {
                own_zone = true;
                start = format!("DTSTART;TZID={ZONE}:{value}");
                if let (Some(rule), Some((text, value))) = (&mut rule, &until)
                    && value.form != Form::Utc
                {
                    let berlin = Zone::from(Berlin);
                    let utc = value.as_until_of(&Form::Zoned(berlin.clone()), &berlin);
                    *rule = rule.replace(text, &utc);
                }
                for line in &mut others {
                    for name in ["EXDATE", "RDATE", "DTEND"] {
                        let times = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
                        if let Some(times) = times.filter(|times| !times.contains('Z')) {
                            *line = format!("{name};TZID={ZONE}:{times}");
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let is_date = start.to_ascii_uppercase().starts_with("DTSTART;VALUE=DATE:");
    let lines: Vec<String> = [start].into_iter().chain(rule).chain(others).collect();
    let mended = lines.join("\n");
    (mended != text.trim_end()).then_some(Mended { text: mended, own_start, own_zone, is_date })
}

/// The properties of a line: more than one if line breaks were lost.
fn properties_of(line: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = line
        .char_indices()
        .filter(|(at, c)| *c == ' ' && NAMES.iter().any(|name| line[at + 1..].starts_with(name)))
        .map(|(at, _)| at + 1)
        .collect();
    starts.insert(0, 0);
    let ends: Vec<usize> = starts.iter().copied().skip(1).chain([line.len()]).collect();
    let parts = starts.into_iter().zip(ends).map(|(from, until)| line[from..until].trim());
    parts.filter(|part| !part.is_empty())
}

/// UNTIL, as text and read.
fn until_of(rule: &str) -> Option<(String, Value)> {
    let parts = rule.strip_prefix("RRULE:")?.split(';').filter_map(|part| part.split_once('='));
    let mut untils = parts.filter(|(name, _)| name.eq_ignore_ascii_case("UNTIL"));
    let (_, text) = untils.next()?;
    Some((text.to_owned(), Value::read(text).ok()?))
}
