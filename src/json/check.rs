//! All errors of a document at once.

use std::collections::HashSet;

use crate::error::Error;
use crate::json::Document;
use crate::json::locate::located;
use crate::json::read::{self, Row};
use crate::json::tables::{Entries, Tables, WindowList, table};
use crate::json::value::Value;
use crate::json::visit::check_version;
use crate::limits::MAX_DOCUMENT_ERRORS;
use crate::registry::taken_id;
use crate::time::{Zone, ZoneCache};

/// The fields of one window that are read again, each after an error.
const MAX_FIELDS: usize = 12;

impl Document {
    /// All errors of a document, in its order, at most
    /// [`MAX_DOCUMENT_ERRORS`]. Empty exactly if
    /// [`from_json`](Self::from_json) reads it.
    ///
    /// There is one error for each field of a window and of a daily, weekly or monthly
    /// schedule, each entity and group of the topology and each name; text that is not JSON
    /// has one error. Reads the document as a tree, so
    /// that it takes several times the memory of [`from_json`](Self::from_json).
    ///
    /// ```
    /// use quietude::Document;
    ///
    /// let text = r#"{ "version": 1, "windows": [
    ///     { "id": "a", "scope": "all", "schedule": { "kind": "daily", "clock": "22:00-23:00" } },
    ///     { "id": "b", "scope": "everything", "schedule": { "kind": "often" } } ] }"#;
    /// let errors = Document::check(text);
    /// let places: Vec<_> =
    ///     errors.iter().map(|error| (error.window(), error.path(), error.line())).collect();
    /// assert_eq!(places, [
    ///     (Some("a"), "scope", Some(2)),
    ///     (Some("a"), "schedule.timezone", Some(2)),
    ///     (Some("b"), "schedule.kind", Some(3)),
    /// ]);
    /// ```
    #[must_use]
    pub fn check(text: &str) -> Vec<Error> {
        Self::check_with_zones(text, |name| name.parse())
    }

    /// [`check`](Self::check), with the names of zones resolved by `zones`.
    #[must_use]
    pub fn check_with_zones(text: &str, zones: impl Fn(&str) -> Result<Zone, Error>) -> Vec<Error> {
        let zones = ZoneCache::new(&zones);
        let zones = |name: &str| zones.get(name);
        let Err(first) = Self::from_json_with_zones(text, zones) else { return Vec::new() };
        let mut errors = match Value::parse(text) {
            Ok(value) => errors_of(value, &zones),
            // The first error is that of the text, as far as it was read.
            Err(_) => Vec::new(),
        };
        // Limits of the whole document, and text that is not JSON.
        if errors.is_empty() {
            errors.push(first);
        }
        errors.truncate(MAX_DOCUMENT_ERRORS);
        let mut errors: Vec<_> = errors.into_iter().map(|error| located(error, text)).collect();
        errors.sort_by_key(|error| (error.line(), error.column()));
        errors
    }
}

fn errors_of(document: Value, zones: &dyn Fn(&str) -> Result<Zone, Error>) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut fields = match document.object() {
        Ok(fields) => fields,
        Err(_) => return errors,
    };
    match fields.take("version") {
        Some(version) => errors.extend(check_version(&version).err()),
        None => errors.push(Error::invalid("is missing").in_field("version")),
    }
    let mut entries = |field| -> Entries {
        let read = fields.take(field).map(table).transpose();
        read.map_err(|error| errors.push(error.in_field(field))).ok().flatten().unwrap_or_default()
    };
    let (calendars, schedules) = (entries("calendars"), entries("schedules"));
    let tables = Tables::new(zones, calendars, schedules);
    errors.extend(tables.errors());
    match fields.take("windows") {
        Some(Value::List(windows)) => windows_of(windows, zones, &tables, &mut errors),
        Some(other) => errors.push(other.is_not("a list of windows").in_field("windows")),
        None => errors.push(Error::invalid("is missing").in_field("windows")),
    }
    if let Some(topology) = fields.take("topology") {
        let before = errors.len();
        topology_of(topology, &mut errors);
        for error in errors.drain(before..).collect::<Vec<_>>() {
            errors.push(error.in_field("topology"));
        }
    }
    errors.extend(fields.finish().err());
    errors
}

fn windows_of(
    windows: Vec<Value>,
    zones: &dyn Fn(&str) -> Result<Zone, Error>,
    tables: &Tables<'_>,
    errors: &mut Vec<Error>,
) {
    let mut list = WindowList::default();
    let mut ids = HashSet::new();
    for (index, window) in windows.into_iter().enumerate() {
        if errors.len() >= MAX_DOCUMENT_ERRORS {
            return;
        }
        let place = |error: Error| match error.window() {
            Some(_) => error.in_window_of_list(index),
            None => error.in_element(index).in_field("windows"),
        };
        let taken = match window.get("id") {
            Some(Value::Text(id)) if !ids.insert(id.clone()) => Some(taken_id(id)),
            _ => None,
        };
        // Limits are checked only for windows that are valid by themselves.
        let own = match tables.window(window.clone()) {
            Ok(_) if taken.is_some() => Vec::new(),
            Ok(_) => list.add(window, zones, Some(tables)).err().into_iter().collect(),
            Err(_) => errors_of_window(window, tables),
        };
        errors.extend(taken.into_iter().chain(own).map(place));
    }
}

/// The errors of the fields of a window: after each error the field is replaced by a valid
/// one, or removed.
fn errors_of_window(mut window: Value, tables: &Tables<'_>) -> Vec<Error> {
    let mut errors = Vec::new();
    while errors.len() < MAX_FIELDS {
        let Err(error) = tables.window(window.clone()) else { break };
        let path = error.path();
        let is_mended = mend_schedule(&mut window, path) || mend(&mut window, path);
        errors.push(error);
        if !is_mended {
            break;
        }
    }
    errors
}

/// Replaces the field of the schedule with which a path begins, or adds it. False if it is
/// valid already, or if there is no value that is valid with any others.
fn mend_schedule(window: &mut Value, path: &str) -> bool {
    let Some(path) = path.strip_prefix("schedule.") else { return false };
    let name = path.split(['.', '[']).next().unwrap_or_default();
    let valid = match name {
        "timezone" => Value::from("UTC"),
        "clock" => Value::from("00:00-01:00"),
        "weekdays" => Value::from_iter(["monday"]),
        "day" => Value::from(1i64),
        "duration_ms" => Value::from(1_000i64),
        "cron" => Value::from("0 0 * * *"),
        "except" | "every" | "count" | "months" => Value::Null,
        _ => return false,
    };
    let Value::Object(fields) = window else { return false };
    let schedule = fields.iter_mut().find(|(field, _)| field == "schedule");
    let Some((_, Value::Object(fields))) = schedule else { return false };
    match fields.iter_mut().find(|(field, _)| field == name) {
        Some((_, value)) if *value == valid => false,
        Some((_, value)) => {
            *value = valid;
            true
        }
        None => {
            fields.push((name.to_owned(), valid));
            true
        }
    }
}

/// Replaces the field with which a path begins. False if there is no such field.
fn mend(window: &mut Value, path: &str) -> bool {
    let Value::Object(fields) = window else { return false };
    let place = fields.iter().position(|(name, _)| {
        let rest = path.strip_prefix(&*crate::error::truncated(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    });
    let stands_for = |field: &str| match field {
        "schedule" => Some(Value::fields([
            ("kind", Value::from("once")),
            ("start", Value::from("2026-01-01T00:00:00Z")),
        ])),
        "scope" => Some(Value::from("everything")),
        _ => None,
    };
    match place {
        Some(place) => {
            match stands_for(&fields[place].0) {
                Some(valid) if fields[place].1 != valid => fields[place].1 = valid,
                Some(_) => return false,
                None if fields[place].0 == "id" => return false,
                None => drop(fields.remove(place)),
            }
            true
        }
        None => match ["schedule", "scope"].into_iter().find(|field| *field == path) {
            Some(field) => {
                fields.extend(stands_for(field).map(|valid| (field.to_owned(), valid)));
                true
            }
            None => false,
        },
    }
}

fn topology_of(topology: Value, errors: &mut Vec<Error>) {
    let before = errors.len();
    let mut fields = match topology {
        Value::Null => {
            return errors.push(Value::Null.is_not("an object with entities and groups"));
        }
        other => match other.object() {
            Ok(fields) => fields,
            Err(error) => return errors.push(error),
        },
    };
    let mut rows = |field: &'static str, read: fn(Value) -> Result<Row, Error>| {
        let mut ids = std::collections::HashSet::new();
        let mut rows = Vec::new();
        let list = match fields.take(field) {
            None => Vec::new(),
            Some(Value::List(list)) => list,
            Some(other) => {
                errors.push(other.is_not("a list of objects").in_field(field));
                Vec::new()
            }
        };
        for (index, value) in list.into_iter().enumerate() {
            match read(value) {
                Ok(row) if ids.insert(row.id.clone()) => rows.push(row),
                Ok(row) => {
                    let error = read::repeated(&row).in_field("id");
                    errors.push(error.in_element(index).in_field(field));
                }
                Err(error) => errors.push(error.in_element(index).in_field(field)),
            }
            if errors.len() >= MAX_DOCUMENT_ERRORS {
                break;
            }
        }
        rows
    };
    let (entities, groups) = (rows("entities", read::entity), rows("groups", read::group));
    let label = fields.take("entity_label").map(read::entity_label).transpose();
    let label = label.map_err(|error| errors.push(error.in_field("entity_label"))).ok().flatten();
    errors.extend(fields.finish().err());
    if errors.len() == before {
        errors.extend(read::topology(entities, groups, label.flatten().as_deref()).err());
    }
}
