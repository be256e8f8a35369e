//! The native JSON document: windows and a topology, read and written.
//!
//! Reading goes through the same constructors as code does, so a document can
//! hold nothing that code could not build. Unknown fields are errors with
//! their path; what is written is in a fixed order.

mod read;
pub(crate) mod value;
mod write;

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, ErrorKind, abridged};
use crate::json::read::Row;
use crate::json::value::{Value, ValueVisitor, check_length, not_json};
use crate::limits::MAX_DOCUMENT_PATTERN_BYTES;
use crate::registry::Registry;
use crate::scope::Topology;
use crate::time::{Zone, ZoneCache, ZoneResolver};
use crate::window::Window;

/// The version of the document that this crate reads and writes.
const VERSION: i128 = 1;

/// What a document is, and a topology in it, for errors.
const DOCUMENT: &str = "a document: an object with version, windows and topology";
const TOPOLOGY: &str = "an object with entities and groups";

/// Windows and the topology that they are about, as one JSON document.
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
    /// Entities, groups and attributes known beforehand.
    pub topology: Topology,
}

impl Document {
    /// A document of these windows over this topology.
    #[must_use]
    pub fn new(registry: Registry, topology: Topology) -> Self {
        Self { registry, topology }
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// If it is not JSON (with line and column), or does not say what a
    /// document says: the error names the window and the path, the value, and
    /// what is allowed. What passes
    /// [`MAX_DOCUMENT_BYTES`](crate::MAX_DOCUMENT_BYTES) or another of the
    /// [limits](crate::limits) is refused.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_json_with_zones(text, |name| name.parse())
    }

    /// Reads a document whose time zones the host resolves, by name: those of
    /// `timezone`, and of TZID in a rule. `zones` is asked once for each name.
    ///
    /// So the zones may be [those of the day](Zone::from_tzif). What is written
    /// names them; to read it again takes the same zones.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and whatever `zones` refuses.
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
        let mut refused = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let zones = ZoneCache::new(&zones);
        let zones = |name: &str| zones.get(name);
        let reader = DocumentReader { zones: &zones, refused: &mut refused };
        let document = reader.deserialize(&mut json);
        let document = document.and_then(|document| json.end().map(|()| document));
        document.map_err(|error| refused.take().unwrap_or_else(|| not_json(error)))
    }

    /// Writes the document, indented.
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

/// Reads a document as [`Document::from_json`] does; the format's own error
/// carries the text of ours.
impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut refused = None;
        let reader = DocumentReader { zones: &|name| name.parse(), refused: &mut refused };
        reader.deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        read::window(value, &|name| name.parse()).map_err(serde::de::Error::custom)
    }
}

/// What a visitor says to every value that is not of its form: our own words,
/// as for any other field.
macro_rules! refuse_scalars {
    ($what:expr; $($visit:ident: $of:ty,)*) => {
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Err(refuse(self.refused, Value::Null.is_not($what(&self))))
        }

        $(fn $visit<E: serde::de::Error>(self, value: $of) -> Result<Self::Value, E> {
            let value = ValueVisitor.$visit::<E>(value)?;
            Err(refuse(self.refused, value.is_not($what(&self))))
        })*
    };
    ($what:expr) => {
        refuse_scalars! {
            $what;
            visit_bool: bool,
            visit_i64: i64,
            visit_u64: u64,
            visit_f64: f64,
            visit_str: &str,
        }
    };
}

/// Reads the document a window and an entity at a time, so that the JSON of a
/// large one is never held as a tree. Our own error is left in `refused`.
struct DocumentReader<'a> {
    zones: ZoneResolver<'a>,
    refused: &'a mut Option<Error>,
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

    refuse_scalars!(|_: &Self| DOCUMENT);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Document, A::Error> {
        Err(refuse(self.refused, Value::List(Vec::new()).is_not(DOCUMENT)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let Self { zones, refused } = self;
        let (mut version, mut registry, mut topology) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            let repeated = match key.as_str() {
                "version" => version.is_some(),
                "windows" => registry.is_some(),
                "topology" => topology.is_some(),
                _ => {
                    let error =
                        Error::invalid("is not a field; there are version, windows, topology")
                            .in_field(&abridged(&key));
                    return Err(refuse(refused, error));
                }
            };
            if repeated {
                let error = Error::syntax("the field is repeated").in_field(&key);
                return Err(refuse(refused, error));
            }
            match key.as_str() {
                "version" => {
                    let value = map.next_value::<Value>()?;
                    if value != Value::Integer(VERSION) {
                        let error = Error::new(
                            ErrorKind::Unsupported,
                            format_args!("{value} is not {VERSION}, the version there is"),
                        );
                        return Err(refuse(refused, error.in_field("version")));
                    }
                    version = Some(());
                }
                "windows" => {
                    let mut windows = Registry::new();
                    let mut patterns = 0;
                    map.next_value_seed(Each {
                        refused,
                        what: "a list of windows",
                        element: |value| {
                            let window = read::window(value, zones)?;
                            patterns += window.scope().pattern_bytes();
                            check_patterns(patterns).map_err(|error| {
                                error.in_field("scope").in_window(window.id().as_str())
                            })?;
                            windows.insert(window)
                        },
                    })
                    .map_err(|error| within(refused, "windows", error))?;
                    registry = Some(windows);
                }
                _ => {
                    let read = map.next_value_seed(TopologyReader { refused });
                    topology = Some(read.map_err(|error| within(refused, "topology", error))?);
                }
            }
        }
        let missing = if version.is_none() { Some("version") } else { None };
        let missing = missing.or(if registry.is_none() { Some("windows") } else { None });
        if let Some(field) = missing {
            return Err(refuse(refused, Error::invalid("is missing").in_field(field)));
        }
        Ok(Document {
            registry: registry.unwrap_or_default(),
            topology: topology.unwrap_or_default(),
        })
    }
}

/// Reads an entity or a group.
type ReadRow = fn(Value) -> Result<Row, Error>;

struct TopologyReader<'a> {
    refused: &'a mut Option<Error>,
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

    refuse_scalars!(|_: &Self| TOPOLOGY);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Topology, A::Error> {
        Err(refuse(self.refused, Value::List(Vec::new()).is_not(TOPOLOGY)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Topology, A::Error> {
        let refused = self.refused;
        let (mut entities, mut groups) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let (field, rows, read): (_, _, ReadRow) = match key.as_str() {
                "entities" => ("entities", &mut entities, read::entity),
                "groups" => ("groups", &mut groups, read::group),
                _ => {
                    let error = Error::invalid("is not a field; there are entities, groups")
                        .in_field(&abridged(&key));
                    return Err(refuse(refused, error));
                }
            };
            if rows.is_some() {
                let error = Error::syntax("the field is repeated").in_field(field);
                return Err(refuse(refused, error));
            }
            let rows: &mut Vec<Row> = rows.insert(Vec::new());
            let mut ids = std::collections::HashSet::new();
            map.next_value_seed(Each {
                refused,
                what: "a list of objects",
                element: |value| {
                    let row = read(value)?;
                    if !ids.insert(row.id.clone()) {
                        return Err(Error::new(
                            ErrorKind::Duplicate,
                            format_args!("\"{}\" is repeated", abridged(&row.id)),
                        )
                        .in_field("id"));
                    }
                    rows.push(row);
                    Ok(())
                },
            })
            .map_err(|error| within(refused, field, error))?;
        }
        read::topology(entities.unwrap_or_default(), groups.unwrap_or_default())
            .map_err(|error| refuse(refused, error))
    }
}

/// Hands the elements of a list over, one by one.
struct Each<'a, F> {
    refused: &'a mut Option<Error>,
    what: &'static str,
    element: F,
}

impl<'de, F: FnMut(Value) -> Result<(), Error>> DeserializeSeed<'de> for Each<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Value) -> Result<(), Error>> Visitor<'de> for Each<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    refuse_scalars!(|each: &Self| each.what);

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(refuse(self.refused, Value::Object(Vec::new()).is_not(self.what)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            (self.element)(value).map_err(|error| {
                // A window's own id says more than its place in the list.
                let named = error.window().is_some();
                refuse(self.refused, if named { error } else { error.in_element(index) })
            })?;
            index += 1;
        }
        Ok(())
    }
}

/// Refuses patterns that take too much memory together.
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

/// Keeps our error and gives the format one to carry its text.
fn refuse<E: serde::de::Error>(refused: &mut Option<Error>, error: Error) -> E {
    let carried = E::custom(&error);
    *refused = Some(error);
    carried
}

/// Puts the kept error, if there is one without a window, below a field.
fn within<E>(refused: &mut Option<Error>, field: &str, error: E) -> E {
    if let Some(kept) = refused.take() {
        let named = kept.window().is_some();
        *refused = Some(if named { kept } else { kept.in_field(field) });
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_so_much_and_not_one_byte_more() {
        assert_eq!(check_patterns(MAX_DOCUMENT_PATTERN_BYTES), Ok(()));
        let error = check_patterns(MAX_DOCUMENT_PATTERN_BYTES + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "1073741825 bytes of compiled patterns in the document are more than 1073741824"
        );
    }
}
