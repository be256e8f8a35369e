//! Windows as silences, one for each occurrence that overlaps the horizon.
//!
//! The result is a JSON list of silences as `POST /api/v2/silences` takes them one by one, and
//! `amtool silence import` all of them. A silence lasts up to and including `endsAt`, and
//! Alertmanager counts nanoseconds. So `endsAt` is the last nanosecond of the occurrence.

use quietude::{Document, Effect, Interval, Timestamp, Window};
use serde_json::{Value, json};

use super::selector::Known;
use super::silences::CREATED_BY;
use crate::convert::{ExportOptions, Exported, Note};
use crate::error::{Error, Place};
use crate::limits::MAX_EXPORTED;

pub(crate) fn export(document: &Document, options: &ExportOptions) -> Result<Exported, Error> {
    let Some(within) = options.within else {
        let message = "silences are written for a horizon, which the option `within` must set";
        return Err(Error::new(Place::default(), message));
    };
    let known = Known::new(&document.topology);
    let mut notes = Vec::new();
    let mut silences: Vec<Value> = Vec::new();
    for window in document.registry.iter() {
        let item = format!("window {}", window.id().as_str());
        let mut note = |field: &str, message: String| notes.push(Note::new(&item, field, message));
        if !window.is_enabled() {
            note("enabled", "it is disabled, and silences nothing".to_owned());
            continue;
        }
        let occurrences = match occurrences(window, within) {
            Ok(occurrences) if occurrences.is_empty() => continue,
            Ok(occurrences) => occurrences,
            Err(message) => {
                note("schedule", format!("{message}; the window is left out"));
                continue;
            }
        };
        let selectors = match known.selectors(window) {
            Ok(selectors) => selectors,
            Err(message) => {
                note("scope", format!("{message}; it is left out"));
                continue;
            }
        };
        if window.effect() != Effect::Notifications {
            note("effect", "monitoring goes on: a silence only mutes notifications".to_owned());
        }
        for (field, state) in
            [("state.during", window.state_during()), ("state.after", window.state_after())]
        {
            if state.is_some() {
                note(field, "a silence sets no state".to_owned());
            }
        }
        for occurrence in occurrences {
            let (start, last) = (occurrence.start(), occurrence.end().as_millis() - 1);
            if start.as_millis() == last {
                note(
                    "schedule",
                    format!(
                        "the occurrence at {start} lasts one millisecond, which no silence does; it is left out"
                    ),
                );
                continue;
            }
            let last = Timestamp::from_millis(last)
                .map_err(|error| Error::new(Place::path(&*item), error.message()))?;
            for matchers in &selectors {
                if silences.len() == MAX_EXPORTED {
                    let message = format!(
                        "more than {MAX_EXPORTED} silences in the horizon; a shorter one has fewer"
                    );
                    return Err(Error::new(Place::path(&*item), message));
                }
                silences.push(json!({
                    "matchers": matchers,
                    "startsAt": rfc3339(start),
                    "endsAt": ends_at(last),
                    "createdBy": window.tags().get(CREATED_BY).map_or("quietude", String::as_str),
                    "comment": window.name().unwrap_or(window.id().as_str()),
                }));
            }
        }
    }
    let text = serde_json::to_string_pretty(&silences)
        .map_err(|error| Error::new(Place::default(), error))?;
    Ok(Exported { text, notes })
}

/// The occurrences that overlap the horizon, whole, but clipped to the validity. The error
/// says why these are not known.
pub(crate) fn occurrences(window: &Window, within: Interval) -> Result<Vec<Interval>, String> {
    let validity = window.validity();
    let from = validity.start().unwrap_or(Timestamp::MIN);
    let until =
        validity.end().into_iter().chain(window.closed_at()).min().unwrap_or(Timestamp::END);
    let clipped = |interval: Interval| {
        Interval::new(interval.start().max(from), interval.end().min(until)).ok()
    };
    let mut occurrences = window.schedule().occurrences(within);
    let mut found: Vec<Interval> = Vec::new();
    for occurrence in occurrences.by_ref() {
        if found.len() == MAX_EXPORTED {
            return Err(format!(
                "more than {MAX_EXPORTED} occurrences are in the horizon (a shorter one has fewer)"
            ));
        }
        let overlaps = |part: &Interval| part.start() < within.end() && within.start() < part.end();
        found.extend(clipped(occurrence).filter(overlaps));
    }
    match occurrences.searched_until() {
        Some(t) => {
            Err(format!("the search for occurrences stopped at {t} (a shorter horizon may help)"))
        }
        None => Ok(found),
    }
}

/// The last nanosecond of a millisecond.
pub(crate) fn ends_at(millisecond: Timestamp) -> String {
    rfc3339(millisecond).replace('Z', "999999Z")
}

/// With milliseconds, as Alertmanager writes them.
fn rfc3339(t: Timestamp) -> String {
    let text = t.to_string();
    match text.contains('.') {
        true => text,
        false => text.replace('Z', ".000Z"),
    }
}
