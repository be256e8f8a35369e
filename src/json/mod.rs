//! The native JSON document: windows and a topology.
//!
//! - `value`: a JSON value that keeps the order of fields, and typed access to it.
//! - `number`: exact decimal numbers.
//! - `read`: from JSON values to windows and topologies.
//! - `meant`: what a wrong value was probably meant to be, for error messages.
//! - `write`: from windows and topologies to JSON.
//! - `alertmanager`: Alertmanager's matchers from JSON.
//! - `visit`: the streaming reader of a whole document.
//!
//! The reader uses the public constructors, so a document cannot contain anything that
//! code could not build. Unknown fields are errors with their path. The order of the
//! fields in the output is fixed.

mod alertmanager;
mod meant;
#[cfg_attr(not(feature = "vendors"), allow(dead_code))]
pub(crate) mod number;
mod read;
pub(crate) mod value;
mod visit;
mod write;

use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::json::value::{Value, check_length, not_json};
use crate::json::visit::DocumentReader;
use crate::registry::Registry;
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
/// assert!(silencer.is_silenced(&Subject::entity("db-7"), "2026-11-26T21:15:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Document {
    /// The windows, in the order of the document.
    pub registry: Registry,
    /// The known entities, groups and attributes.
    pub topology: Topology,
}

impl Document {
    /// Creates a document.
    #[must_use]
    pub fn new(registry: Registry, topology: Topology) -> Self {
        Self { registry, topology }
    }

    /// Parses a document. Zone names are those of chrono-tz.
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
        document.map_err(|error| first_error.take().unwrap_or_else(|| not_json(error)))
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
        struct Windows<'a>(&'a Registry);
        impl Serialize for Windows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.iter().map(|window| &**window))
            }
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry("windows", &Windows(&self.registry))?;
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
        read::window(value, &|name| name.parse()).map_err(serde::de::Error::custom)
    }
}
