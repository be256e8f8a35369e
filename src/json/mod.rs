//! The native JSON document: windows and a topology.
//!
//! - `value`: a JSON value that keeps the order of fields, and typed access to it.
//! - `number`: exact decimal numbers.
//! - `read`, `read_schedule`, `read_days`: from JSON values to windows and topologies.
//! - `terms`: names of values, and readers that these share.
//! - `names`, `tables`: what a document may refer to by name.
//! - `meant`: what a wrong value was probably meant to be, for error messages.
//! - `write`, `write_schedule`: from windows and topologies to JSON.
//! - `alertmanager`: Alertmanager's matchers from JSON.
//! - `visit`: the streaming reader of a whole document.
//! - `values`: `serde` for each value by itself.
//! - `entry`, `used_names`: the fields of a line of a journal; the names that its window uses.
//! - `check`, `locate`: all errors of a document; their lines and columns.
//!
//! The reader uses the public constructors, so a document cannot contain anything that
//! code could not build. Unknown fields are errors with their path. The order of the
//! fields in the output is fixed.

mod alertmanager;
mod check;
mod entry;
mod locate;
mod meant;
mod names;
#[cfg_attr(not(feature = "vendors"), allow(dead_code))]
pub(crate) mod number;
mod read;
mod read_days;
mod read_schedule;
mod tables;
mod terms;
mod used_names;
pub(crate) mod value;
mod values;
mod visit;
mod write;
mod write_schedule;

pub(crate) use entry::EntryFields;
use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};
pub(crate) use used_names::{NamedWindow, UsedNames};

use crate::error::Error;
use crate::json::locate::located;
use crate::json::names::Names;
use crate::json::value::{Value, check_length, not_json};
use crate::json::visit::DocumentReader;
use crate::json::write::WindowForm;
use crate::json::write_schedule::{CalendarTable, ScheduleTable};
use crate::registry::Registry;
use crate::schedule::{Days, Schedule};
use crate::scope::Topology;
use crate::time::{Zone, ZoneCache};
use crate::window::Window;

/// The only supported version of the document.
const VERSION: i128 = 1;

/// Windows and a topology, as one JSON document.
///
/// ```
/// use quietude::{Document, Silencer, Subject};
///
/// let document = Document::from_json(r#"{
///     "version": 1,
///     "windows": [ {
///         "id": "w-42",
///         "schedule": { "kind": "weekly", "weekdays": ["tuesday", "thursday"],
///                       "clock": "22:00-02:00", "timezone": "Europe/Paris" },
///         "scope": { "group": "prod" } } ],
///     "topology": { "entities": [ { "id": "db-7", "groups": ["prod"] } ] } }"#)?;
/// let silencer =
///     Silencer::builder().topology(document.topology.clone()).build(&document.registry)?;
/// assert!(silencer.is_silenced(Subject::entity("db-7"), "2026-11-26T21:15:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Document {
    /// The windows, in the order of the document.
    pub registry: Registry,
    /// The known entities, groups and attributes.
    pub topology: Topology,
    /// Sets of days by name, in the order of the document; also those that no schedule uses.
    pub calendars: Vec<(String, Days)>,
    /// Schedules by name, in the order of the document; also those that no window uses. The
    /// schedule of a window that refers to one is the schedule itself, under its
    /// [name](Schedule::named).
    pub schedules: Vec<(String, Schedule)>,
}

impl Document {
    /// Creates a document without tables of names: `calendars` and `schedules` are empty.
    ///
    /// So [`to_json`](Self::to_json) writes a copy of a named schedule or set of days in each
    /// window that has it. The answers are the same. To write windows of a document with their
    /// names again, keep the document and replace its `registry` and `topology`; or insert the
    /// named values in the tables. A window refers to an entry of `schedules` if its schedule
    /// has the [name](Schedule::named) of the entry and is equal to it.
    ///
    /// ```
    /// use quietude::Document;
    ///
    /// let mut document = Document::from_json(r#"{ "version": 1,
    ///     "schedules": { "night": { "kind": "daily", "clock": "22:00-06:00", "timezone": "UTC" } },
    ///     "windows": [ { "id": "w", "scope": "everything",
    ///                    "schedule": { "kind": "ref", "name": "night" } } ] }"#)?;
    /// let registry = document.registry.clone(); // and edited
    /// let copied = Document::new(registry.clone(), document.topology.clone());
    /// assert!(copied.schedules.is_empty() && !copied.to_json().contains("night"));
    ///
    /// document.registry = registry;
    /// assert!(document.to_json().contains(r#""name": "night""#));
    /// # let mut filled = copied.clone();
    /// # filled.schedules = document.schedules.clone();
    /// # assert_eq!(filled.to_json(), document.to_json());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn new(registry: Registry, topology: Topology) -> Self {
        Self { registry, topology, ..Self::default() }
    }

    /// Parses one window, which may refer to the names of this document. Zone names are those
    /// of the tz database.
    ///
    /// ```
    /// use quietude::Document;
    ///
    /// let document = Document::from_json(r#"{ "version": 1, "windows": [],
    ///     "schedules": { "night": { "kind": "daily", "clock": "22:00-06:00", "timezone": "UTC" } } }"#)?;
    /// let text = r#"{ "id": "w", "scope": "everything", "schedule": { "kind": "ref", "name": "night" } }"#;
    /// assert!(document.window_from_json(text)?.is_active("2026-11-26T23:00:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn window_from_json(&self, text: &str) -> Result<Window, Error> {
        self.window_from_json_with_zones(text, |name| name.parse())
    }

    /// [`window_from_json`](Self::window_from_json), with the names of zones resolved by
    /// `zones`.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and every error of `zones`.
    ///
    /// ```
    /// use quietude::Document;
    ///
    /// let text = r#"{ "id": "w", "scope": "everything",
    ///     "schedule": { "kind": "daily", "clock": "22:00-06:00", "timezone": "home" } }"#;
    /// let window = Document::default().window_from_json_with_zones(text, |_| "UTC".parse())?;
    /// assert!(window.is_active("2026-11-26T23:00:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn window_from_json_with_zones(
        &self,
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
    ) -> Result<Window, Error> {
        let names = Names { zones: &zones, definitions: Some(self) };
        Value::parse(text)
            .and_then(|value| read::window(value, &names))
            .map_err(|error| located(error, text))
    }

    /// Parses a document. Zone names are those of the tz database that is built in
    /// ([`Zone::release`]).
    ///
    /// # Errors
    ///
    /// - `text` is not JSON: the error has the line and the column.
    /// - A field is missing, unknown or invalid: the error has the id of the window, the
    ///   path of the field, its value, and what is allowed.
    /// - [`MAX_DOCUMENT_BYTES`](crate::limits::MAX_DOCUMENT_BYTES) or another
    ///   [limit](crate::limits) is exceeded.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_json_with_zones(text, |name| name.parse())
    }

    /// Parses a document, and resolves the names of its time zones with `zones`: the
    /// `timezone` fields, and the TZID of rules. `zones` is called once for each name.
    ///
    /// With it a document can use [current tz data](Zone::from_tzif). The output of
    /// [`to_json`](Self::to_json) contains only the names, so the same `zones` are needed
    /// to read it again.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and every error of `zones`.
    ///
    /// ```
    /// use quietude::{Document, Zone};
    ///
    /// let text = r#"{ "version": 1, "windows": [ { "id": "w", "scope": "everything",
    ///     "schedule": { "kind": "daily", "clock": "22:00-23:00", "timezone": "home" } } ] }"#;
    /// let document = Document::from_json_with_zones(text, |name| match name {
    ///     "home" => "Europe/Paris".parse(),
    ///     name => name.parse(),
    /// })?;
    /// assert_eq!(document.registry.len(), 1);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json_with_zones(
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
    ) -> Result<Self, Error> {
        check_length(text)?;
        let mut first_error = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let zones = ZoneCache::new(&zones);
        let zones = |name: &str| zones.get(name);
        let reader = DocumentReader { zones: &zones, first_error: &mut first_error };
        let document = reader.deserialize(&mut json);
        let document = document.and_then(|document| json.end().map(|()| document));
        document
            .map_err(|error| located(first_error.take().unwrap_or_else(|| not_json(error)), text))
    }

    /// The document as indented JSON.
    ///
    /// ```
    /// use quietude::Document;
    ///
    /// let empty = Document::default().to_json();
    /// assert!(Document::from_json(&empty)?.registry.is_empty());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("writing to a string does not fail")
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Windows<'a>(&'a Document);
        impl Serialize for Windows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let windows = self.0.registry.iter();
                serializer.collect_seq(windows.map(|window| WindowForm::new(window, self.0)))
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        if !self.calendars.is_empty() {
            map.serialize_entry(
                "calendars",
                &CalendarTable { entries: &self.calendars, named: self },
            )?;
        }
        if !self.schedules.is_empty() {
            map.serialize_entry(
                "schedules",
                &ScheduleTable { entries: &self.schedules, named: self },
            )?;
        }
        map.serialize_entry("windows", &Windows(self))?;
        map.serialize_entry("topology", &self.topology)?;
        map.end()
    }
}

/// Reads a document with the checks of [`Document::from_json`]. The error is the
/// deserializer's own, with the same text.
impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut first_error = None;
        let reader = DocumentReader { zones: &|name| name.parse(), first_error: &mut first_error };
        reader.deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        read::window(value, &Names::of_zones(&|name| name.parse()))
            .map_err(serde::de::Error::custom)
    }
}
