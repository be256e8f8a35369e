//! Downtimes from Icinga's API.

use std::fmt;

use quietude::{Interval, Once, Propagation, Scope, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::collect::{Collected, shown};
use crate::error::{Error, Place};
use crate::limits::{MAX_ITEMS, MAX_LINE_BYTES};
use crate::tree::place_of;

/// An element of `results`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    name: Text,
    #[serde(rename = "type")]
    type_name: Text,
    attrs: Downtime,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Downtime {
    host_name: Text,
    service_name: Text,
    author: Text,
    comment: Text,
    start_time: Seconds,
    end_time: Seconds,
    fixed: Option<bool>,
    triggered_by: Text,
    parent: Text,
    was_cancelled: Option<bool>,
}

/// Adds the windows of the downtimes.
pub(super) fn add(text: &str, into: &mut Collected) -> Result<(), Error> {
    let results: Results = serde_json::from_str(text).map_err(|error| {
        let place = place_of(&error, text);
        let message = error.to_string();
        // The place is said once.
        let end = message.rfind(" at line ").unwrap_or(message.len());
        Error::new(place, &message[..end])
    })?;
    for (index, found) in results.0.iter().enumerate() {
        add_one(index, found, into)?;
    }
    Ok(())
}

fn add_one(index: usize, found: &Found, into: &mut Collected) -> Result<(), Error> {
    let place = format!("results[{index}]");
    let item = format!("{place} {}", shown(&found.name.0));
    let downtime = &found.attrs;
    if !matches!(found.type_name.0.as_str(), "Downtime" | "") {
        let why = format!("left out: a {} is not a Downtime", shown(&found.type_name.0));
        return into.note(item, "type", why);
    }
    if downtime.host_name.0.is_empty() {
        let place = Place::path(format!("{place}.attrs.host_name"));
        return Err(Error::new(place, "is missing"));
    }
    if downtime.fixed == Some(false) {
        let why = "left out: a flexible downtime begins with a problem of the host or service";
        return into.note(item, "fixed", why);
    }
    if !downtime.triggered_by.0.is_empty() {
        let why = "left out: it begins with another downtime";
        return into.note(item, "triggered_by", why);
    }
    if downtime.was_cancelled == Some(true) {
        return into.note(item, "was_cancelled", "left out: it was cancelled");
    }
    let instant = |field: &str, seconds: &Seconds| {
        let place = || Place::path(format!("{place}.attrs.{field}"));
        let millis = seconds.0.ok_or_else(|| Error::new(place(), "is missing"))?;
        Timestamp::from_millis(millis).map_err(|error| Error::new(place(), error))
    };
    let start = instant("start_time", &downtime.start_time)?;
    let end = instant("end_time", &downtime.end_time)?;
    if Interval::new(start, end).is_err() {
        return into.note(item, "end_time", "left out: it is not after start_time");
    }
    let place_of_times = Place::path(format!("{place}.attrs"));
    let once = Once::new(start, end).map_err(|error| Error::new(place_of_times, error))?;
    let entity = match downtime.service_name.0.as_str() {
        "" => downtime.host_name.0.clone(),
        service => format!("{}!{service}", downtime.host_name.0),
    };
    let id = if found.name.0.is_empty() { &entity } else { &found.name.0 };
    into.window(&item, id, |mut window| {
        window = window.schedule(once).scope(Scope::entity(entity.as_str()));
        window = window.propagation(Propagation::Entity);
        for (name, text) in [("author", &downtime.author), ("comment", &downtime.comment)] {
            if !text.0.is_empty() {
                window = window.tag(name, &text.0);
            }
        }
        window
    })
}

/// The list by itself, or in the field `results`.
struct Results(Vec<Found>);

impl<'de> Deserialize<'de> for Results {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ResultsVisitor)
    }
}

struct ResultsVisitor;

impl<'de> Visitor<'de> for ResultsVisitor {
    type Value = Results;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of downtimes, or an object with the field `results`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Results, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MAX_ITEMS {
                return Err(A::Error::custom(format_args!("more than {MAX_ITEMS} elements")));
            }
            list.push(element);
        }
        Ok(Results(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Results, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "results" {
                map.next_value::<IgnoredAny>()?;
            } else if found.replace(map.next_value::<Results>()?).is_some() {
                return Err(A::Error::custom("it has two fields `results`"));
            }
        }
        found.ok_or_else(|| A::Error::custom("it has no field `results`"))
    }
}

/// A string; `null` is the empty one.
#[derive(Debug, Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Text, E> {
        if value.len() > MAX_LINE_BYTES {
            let message = format_args!("{} bytes are more than {MAX_LINE_BYTES}", value.len());
            return Err(E::custom(message));
        }
        Ok(Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
}

/// Milliseconds since 1970, given in seconds, perhaps with a fraction.
#[derive(Debug, Default)]
struct Seconds(Option<i64>);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Seconds, E> {
        Ok(Seconds(Some(value.saturating_mul(1000))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Seconds, E> {
        Ok(Seconds(Some(i64::try_from(value).unwrap_or(i64::MAX).saturating_mul(1000))))
    }

    /// The fraction in decimal digits, rounded down to milliseconds.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Seconds, E> {
        let wrong = || E::custom(format_args!("{value} is not seconds since 1970"));
        let text = value.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut digits: String = fraction.chars().take(3).collect();
        while digits.len() < 3 {
            digits.push('0');
        }
        let millis: Result<i64, _> = format!("{whole}{digits}").parse();
        match millis {
            Ok(millis) if !value.is_sign_negative() => Ok(Seconds(Some(millis))),
            _ => Err(wrong()),
        }
    }
}
