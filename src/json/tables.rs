//! The named sets of days and schedules of a document, and windows that refer to them.

use std::collections::HashMap;

use crate::error::{Error, truncated};
use crate::json::Document;
use crate::json::names::{Definitions, Names, Resolver, unknown};
use crate::json::read;
use crate::json::read_days::days;
use crate::json::read_schedule::schedule;
use crate::json::value::Value;
use crate::limits::{MAX_DOCUMENT_PATTERN_BYTES, MAX_SCHEDULE_DEPTH};
use crate::registry::Registry;
use crate::schedule::{Days, Schedule};
use crate::time::ZoneResolver;
use crate::window::Window;

/// The named values of a table, in the order of the document.
pub(super) type Entries = Vec<(String, Value)>;

/// Reads a table: an object with a value for each name.
pub(super) fn table(value: Value) -> Result<Entries, Error> {
    let Value::Object(entries) = value else {
        return Err(value.is_not("an object with a value for each name"));
    };
    if let Some((name, _)) = entries.iter().find(|(name, _)| name.is_empty()) {
        return Err(Error::invalid(format_args!("\"{name}\" is not a name; it is empty")));
    }
    Ok(entries)
}

/// The tables of a document. An entry is read when it is first referred to.
pub(super) struct Tables<'a> {
    zones: ZoneResolver<'a>,
    calendars: Resolver<Value, Days>,
    schedules: Resolver<Value, Schedule>,
    renamed: Renamed,
}

/// The names of keys that are no names themselves.
#[derive(Default)]
pub(super) struct Renamed {
    pub(super) calendars: HashMap<String, String>,
    pub(super) schedules: HashMap<String, String>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(zones: ZoneResolver<'a>, calendars: Entries, schedules: Entries) -> Self {
        let calendars = Resolver::new("calendars", calendars);
        let schedules = Resolver::new("schedules", schedules);
        Self { zones, calendars, schedules, renamed: Renamed::default() }
    }

    pub(super) fn with_renamed(self, renamed: Renamed) -> Self {
        Self { renamed, ..self }
    }

    /// Reads all entries. The error has the name of the first one that is not valid.
    pub(super) fn checked(self) -> Result<Self, Error> {
        self.calendars()?;
        self.schedules()?;
        Ok(self)
    }

    /// The errors of all entries, in the order of the document.
    pub(super) fn errors(&self) -> Vec<Error> {
        let calendars = self.calendars.names().iter().map(|name| self.read_days(name).err());
        let schedules = self.schedules.names().iter().map(|name| self.read_schedule(name).err());
        calendars.chain(schedules).flatten().collect()
    }

    /// The sets of days, in the order of the document.
    pub(super) fn calendars(&self) -> Result<Vec<(String, Days)>, Error> {
        let names = self.calendars.names().iter();
        let read = names.map(|name| Ok((name.clone(), self.read_days(name)?)));
        read.collect()
    }

    /// The schedules, in the order of the document.
    pub(super) fn schedules(&self) -> Result<Vec<(String, Schedule)>, Error> {
        let names = self.schedules.names().iter();
        let read = names.map(|name| Ok((name.clone(), self.read_schedule(name)?)));
        read.collect()
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names { zones: self.zones, definitions: Some(self) }
    }

    fn read_days(&self, name: &str) -> Result<Days, Error> {
        let read = |value| days(value, &self.names());
        self.calendars.get(name, read).map_err(|error| in_table(error, "calendars", name))
    }

    fn read_schedule(&self, name: &str) -> Result<Schedule, Error> {
        let read = |value| schedule(value, &self.names());
        self.schedules.get(name, read).map_err(|error| in_table(error, "schedules", name))
    }

    pub(super) fn window(&self, value: Value) -> Result<Window, Error> {
        read::window(value, &self.names())
    }
}

impl Definitions for Tables<'_> {
    fn days(&self, name: &str) -> Result<Days, Error> {
        let read = |value| {
            let days = days(value, &self.names());
            days.map_err(|error| defined_in(&error, "calendars", name))
        };
        let days = self.calendars.get(name, read)?;
        check_names(days.names()).map(|()| days)
    }

    fn schedule(&self, name: &str) -> Result<Schedule, Error> {
        let read = |value| {
            let schedule = schedule(value, &self.names());
            schedule.map_err(|error| defined_in(&error, "schedules", name))
        };
        let schedule = self.schedules.get(name, read)?;
        check_names(schedule.names()).map(|()| schedule)
    }

    fn days_name<'b>(&'b self, key: &'b str) -> &'b str {
        self.renamed.calendars.get(key).map_or(key, String::as_str)
    }

    fn schedule_name<'b>(&'b self, key: &'b str) -> &'b str {
        self.renamed.schedules.get(key).map_or(key, String::as_str)
    }
}

impl Definitions for Document {
    fn days(&self, name: &str) -> Result<Days, Error> {
        look_up(&self.calendars, name, "calendars")
    }

    fn schedule(&self, name: &str) -> Result<Schedule, Error> {
        look_up(&self.schedules, name, "schedules")
    }
}

fn look_up<T: Clone>(entries: &[(String, T)], name: &str, table: &str) -> Result<T, Error> {
    match entries.iter().find(|(known, _)| known == name) {
        Some((_, value)) => Ok(value.clone()),
        None => {
            let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
            Err(unknown(table, &names, name))
        }
    }
}

/// The error of an entry, for the place that refers to it.
fn defined_in(error: &Error, table: &str, name: &str) -> Error {
    Error::new(error.kind(), format_args!("in {table}.{}: {error}", truncated(name)))
}

/// Returns an error if a name stands for a name that stands for a name, and so on.
fn check_names(names: u32) -> Result<(), Error> {
    if names >= MAX_SCHEDULE_DEPTH {
        return Err(Error::beyond(
            names + 1,
            "names that stand for each other",
            MAX_SCHEDULE_DEPTH,
        ));
    }
    Ok(())
}

/// Adds the place of an entry to its error.
fn in_table(error: Error, table: &str, name: &str) -> Error {
    error.in_field(&truncated(name)).in_field(table)
}

/// The windows of a document, in order. A window that refers to a name is kept as JSON until
/// the tables are known.
#[derive(Default)]
pub(super) struct WindowList {
    registry: Registry,
    /// The windows from the first on that refers to a name, each with its index.
    waiting: Vec<(usize, Waiting)>,
    count: usize,
    patterns: usize,
}

enum Waiting {
    Read(Box<Window>),
    Unread(Value),
}

impl WindowList {
    /// Reads the next window. `tables` are those that are known.
    pub(super) fn add(
        &mut self,
        value: Value,
        zones: ZoneResolver<'_>,
        tables: Option<&Tables<'_>>,
    ) -> Result<(), Error> {
        let index = self.count;
        self.count += 1;
        let schedule = value.get("schedule").into_iter();
        if tables.is_none() && schedule.into_iter().any(has_reference) {
            self.waiting.push((index, Waiting::Unread(value)));
            return Ok(());
        }
        let window = match tables {
            Some(tables) => tables.window(value)?,
            None => read::window(value, &Names::of_zones(zones))?,
        };
        self.check_patterns(&window)?;
        if self.waiting.is_empty() {
            return self.registry.insert(window);
        }
        self.waiting.push((index, Waiting::Read(window.into())));
        Ok(())
    }

    /// All windows.
    pub(super) fn finish(mut self, tables: &Tables<'_>) -> Result<Registry, Error> {
        for (index, waiting) in std::mem::take(&mut self.waiting) {
            let window = match waiting {
                Waiting::Read(window) => Ok(*window),
                Waiting::Unread(value) => tables.window(value).and_then(|window| {
                    self.check_patterns(&window)?;
                    Ok(window)
                }),
            };
            let added = window.and_then(|window| self.registry.insert(window));
            added.map_err(|error| match error.window() {
                Some(_) => error.in_window_of_list(index),
                None => error.in_element(index).in_field("windows"),
            })?;
        }
        Ok(self.registry)
    }

    fn check_patterns(&mut self, window: &Window) -> Result<(), Error> {
        self.patterns += window.scope().pattern_bytes();
        check_patterns(self.patterns)
            .map_err(|error| error.in_field("scope").in_window(window.id().as_str()))
    }
}

/// Whether a schedule, or a set of days in it, refers to a name. True also for some invalid
/// values.
fn has_reference(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| match (name.as_str(), value) {
            ("ref", _) => true,
            ("kind", Value::Text(kind)) => kind == "ref",
            (_, value) => has_reference(value),
        }),
        Value::List(values) => values.iter().any(has_reference),
        _ => false,
    }
}

/// Returns an error if all patterns of a document together need too much memory.
fn check_patterns(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_DOCUMENT_PATTERN_BYTES {
        return Err(Error::beyond(
            bytes,
            "bytes of compiled patterns in the document",
            MAX_DOCUMENT_PATTERN_BYTES,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_patterns_at_limit() {
        assert_eq!(check_patterns(MAX_DOCUMENT_PATTERN_BYTES), Ok(()));
        let error = check_patterns(MAX_DOCUMENT_PATTERN_BYTES + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "1073741825 bytes of compiled patterns in the document are more than 1073741824"
        );
    }
}
