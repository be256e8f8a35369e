//! Streaming deserialization: `serde` visitors that read a document one window and one
//! entity at a time, so that the JSON of a large document is never held as a tree.
//!
//! `serde` errors are text only. Each visitor therefore stores the first [`Error`] of this
//! crate in `first_error`, and returns a `serde` error with the same text to stop the
//! deserializer. [`Document::from_json`] returns the stored error.

use std::fmt;
use std::mem::take;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::{Error, ErrorKind};
use crate::json::read::{self, Row};
use crate::json::tables::{Tables, WindowList, table};
use crate::json::value::{Value, ValueVisitor, not_json, unknown_field};
use crate::json::{Document, VERSION};
use crate::scope::Topology;
use crate::time::ZoneResolver;

/// The fields of a document, and of its topology.
const FIELDS: [&str; 5] = ["version", "calendars", "schedules", "windows", "topology"];
const TOPOLOGY_FIELDS: [&str; 3] = ["entities", "groups", "entity_label"];

/// What the visitors expect, for error messages.
const DOCUMENT: &str = "a document: an object with version, windows and topology";
const TOPOLOGY: &str = "an object with entities and groups";

/// The visitor methods for values of the wrong type. They report the error message of
/// this crate instead of `serde`'s.
macro_rules! reject_scalars {
    ($what:expr; $($visit:ident: $of:ty,)*) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(fail(self.first_error, Value::Null.is_not($what(&self))))
        }

        $(fn $visit<E: serde::de::Error>(self, value: $of) -> Result<Self::Value, E> {
            let value = ValueVisitor.$visit::<E>(value)?;
            Err(fail(self.first_error, value.is_not($what(&self))))
        })*
    };
    ($what:expr) => {
        reject_scalars! {
            $what;
            visit_bool: bool,
            visit_i64: i64,
            visit_u64: u64,
            visit_f64: f64,
            visit_str: &str,
        }
    };
}

/// Reads a document.
pub(super) struct DocumentReader<'a> {
    pub(super) zones: ZoneResolver<'a>,
    /// Set if the document is invalid.
    pub(super) first_error: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for DocumentReader<'_> {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DocumentReader<'_> {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DOCUMENT)
    }

    reject_scalars!(|_: &Self| DOCUMENT);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Document, A::Error> {
        Err(fail(self.first_error, Value::List(Vec::new()).is_not(DOCUMENT)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let Self { zones, first_error } = self;
        let (mut version, mut windows, mut topology) = (None, None, None);
        let (mut calendars, mut schedules) = (None, None);
        let mut tables: Option<Tables<'_>> = None;
        while let Some(key) = map.next_key::<String>()? {
            let repeated = match key.as_str() {
                "version" => version.is_some(),
                "windows" => windows.is_some(),
                "topology" => topology.is_some(),
                "calendars" => calendars.is_some(),
                "schedules" => schedules.is_some(),
                _ => {
                    return Err(fail(first_error, unknown_field(&key, &FIELDS)));
                }
            };
            if repeated {
                let error = Error::syntax("the field is repeated").in_field(&key);
                return Err(fail(first_error, error));
            }
            match key.as_str() {
                "version" => {
                    let value = map.next_value::<Value>()?;
                    check_version(&value).map_err(|error| fail(first_error, error))?;
                    version = Some(());
                }
                "calendars" | "schedules" => {
                    let entries = table(map.next_value::<Value>()?)
                        .map_err(|error| fail(first_error, error.in_field(&key)))?;
                    let slot = if key == "calendars" { &mut calendars } else { &mut schedules };
                    *slot = Some(entries);
                }
                "windows" => {
                    // If both tables are known, windows can be read completely.
                    if let (Some(calendars), Some(schedules)) = (&mut calendars, &mut schedules) {
                        let read = Tables::new(zones, take(calendars), take(schedules));
                        let read = read.checked().map_err(|error| fail(first_error, error))?;
                        tables = Some(read);
                    }
                    let mut list = WindowList::default();
                    let tables = tables.as_ref();
                    map.next_value_seed(SeqReader {
                        first_error,
                        expected: "a list of windows",
                        element: |value| list.add(value, zones, tables),
                    })
                    .map_err(|error| in_field(first_error, "windows", error))?;
                    windows = Some(list);
                }
                _ => {
                    let read = map.next_value_seed(TopologyReader { first_error });
                    topology =
                        Some(read.map_err(|error| in_field(first_error, "topology", error))?);
                }
            }
        }
        let missing = if version.is_none() { Some("version") } else { None };
        let missing = missing.or(if windows.is_none() { Some("windows") } else { None });
        if let Some(field) = missing {
            return Err(fail(first_error, Error::invalid("is missing").in_field(field)));
        }
        let read = tables.map_or_else(
            || {
                let (calendars, schedules) =
                    (calendars.unwrap_or_default(), schedules.unwrap_or_default());
                Tables::new(zones, calendars, schedules).checked()
            },
            Ok,
        );
        let tables = read.map_err(|error| fail(first_error, error))?;
        let registry = windows.unwrap_or_default().finish(&tables);
        Ok(Document {
            registry: registry.map_err(|error| fail(first_error, error))?,
            topology: topology.unwrap_or_default(),
            calendars: tables.calendars().map_err(|error| fail(first_error, error))?,
            schedules: tables.schedules().map_err(|error| fail(first_error, error))?,
        })
    }
}

/// Returns an error if a document has another version.
pub(super) fn check_version(value: &Value) -> Result<(), Error> {
    if *value == Value::Integer(VERSION) {
        return Ok(());
    }
    let hint = match value {
        Value::Text(text) if text.trim() == VERSION.to_string() => ": a number, without quotes",
        _ => "",
    };
    let message = format_args!("{value} is not {VERSION}, the version there is{hint}");
    Err(Error::new(ErrorKind::Unsupported, message).in_field("version"))
}

/// Reads a topology by itself. `first_error` is set if it is invalid.
pub(super) fn read_topology<'de, D: Deserializer<'de>>(
    deserializer: D,
    first_error: &mut Option<Error>,
) -> Result<Topology, D::Error> {
    TopologyReader { first_error }.deserialize(deserializer)
}

/// Reads a topology from a value. Writes it as text first: topologies are read as a stream.
pub(super) fn topology_of_value(value: Value) -> Result<Topology, Error> {
    let text = value.to_json();
    let mut first_error = None;
    let read = read_topology(&mut serde_json::Deserializer::from_str(&text), &mut first_error);
    read.map_err(|error| first_error.take().unwrap_or_else(|| not_json(error)))
}

/// Reads an entity or a group of the topology.
type ReadRow = fn(Value) -> Result<Row, Error>;

/// Reads the topology of a document.
struct TopologyReader<'a> {
    first_error: &'a mut Option<Error>,
}

impl<'de> DeserializeSeed<'de> for TopologyReader<'_> {
    type Value = Topology;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Topology, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TopologyReader<'_> {
    type Value = Topology;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TOPOLOGY)
    }

    reject_scalars!(|_: &Self| TOPOLOGY);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Topology, A::Error> {
        Err(fail(self.first_error, Value::List(Vec::new()).is_not(TOPOLOGY)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Topology, A::Error> {
        let first_error = self.first_error;
        let (mut entities, mut groups, mut entity_label) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            let (field, rows, read): (_, _, ReadRow) = match key.as_str() {
                "entities" => ("entities", &mut entities, read::entity),
                "groups" => ("groups", &mut groups, read::group),
                "entity_label" => {
                    let value: Value = map.next_value()?;
                    let read = match entity_label {
                        Some(_) => Err(Error::syntax("the field is repeated")),
                        None => read::entity_label(value),
                    };
                    let read = read.map_err(|error| error.in_field("entity_label"));
                    entity_label = Some(read.map_err(|error| fail(first_error, error))?);
                    continue;
                }
                _ => return Err(fail(first_error, unknown_field(&key, &TOPOLOGY_FIELDS))),
            };
            if rows.is_some() {
                let error = Error::syntax("the field is repeated").in_field(field);
                return Err(fail(first_error, error));
            }
            let rows: &mut Vec<Row> = rows.insert(Vec::new());
            let mut ids = std::collections::HashSet::new();
            map.next_value_seed(SeqReader {
                first_error,
                expected: "a list of objects",
                element: |value| {
                    let row = read(value)?;
                    if !ids.insert(row.id.clone()) {
                        return Err(read::repeated(&row).in_field("id"));
                    }
                    rows.push(row);
                    Ok(())
                },
            })
            .map_err(|error| in_field(first_error, field, error))?;
        }
        let (entities, groups) = (entities.unwrap_or_default(), groups.unwrap_or_default());
        read::topology(entities, groups, entity_label.flatten().as_deref())
            .map_err(|error| fail(first_error, error))
    }
}

/// Reads a list and passes its elements to `element` one by one.
struct SeqReader<'a, F> {
    first_error: &'a mut Option<Error>,
    /// What is expected, for error messages.
    expected: &'static str,
    element: F,
}

impl<'de, F: FnMut(Value) -> Result<(), Error>> DeserializeSeed<'de> for SeqReader<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Value) -> Result<(), Error>> Visitor<'de> for SeqReader<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    reject_scalars!(|reader: &Self| reader.expected);

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(fail(self.first_error, Value::Object(Vec::new()).is_not(self.expected)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            (self.element)(value).map_err(|error| {
                // The id of a window is a better location in the text of an error than its index.
                let error = match error.window() {
                    Some(_) => error.in_window_of_list(index),
                    None => error.in_element(index),
                };
                fail(self.first_error, error)
            })?;
            index += 1;
        }
        Ok(())
    }
}

/// Stores `error` and returns a `serde` error with its text.
fn fail<E: serde::de::Error>(first_error: &mut Option<Error>, error: Error) -> E {
    let serde_error = E::custom(&error);
    *first_error = Some(error);
    serde_error
}

/// Adds `field` to the path of the stored error, unless that has the id of a window.
fn in_field<E>(first_error: &mut Option<Error>, field: &str, error: E) -> E {
    if let Some(kept) = first_error.take() {
        let named = kept.window().is_some();
        *first_error = Some(if named { kept } else { kept.in_field(field) });
    }
    error
}
