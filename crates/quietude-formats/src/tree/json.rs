//! Values of a JSON text. They keep repeated keys as errors, and the text of integers.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Entry, Node, Value, shown, too_many};
use crate::error::{Error, Place};
use crate::limits::{MAX_DEPTH, MAX_VALUES};

pub(super) enum Failure {
    /// The text is not JSON.
    NotJson(Error),
    /// It is, and has a repeated key or exceeds a limit.
    Invalid(Error),
}

pub(super) fn parse(text: &str) -> Result<Node, Failure> {
    let mut state = State { values: 0, depth: 0, failure: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let node = (&mut state).deserialize(&mut json).and_then(|node| json.end().map(|()| node));
    node.map_err(|error| {
        let place = place_of(&error, text);
        match state.failure {
            Some(Broken::Repeated(key)) => Failure::Invalid(Error::new(
                place,
                format_args!("the key {} is repeated", shown(&key)),
            )),
            Some(Broken::TooMany) => Failure::Invalid(too_many(place)),
            Some(Broken::TooDeep) => Failure::Invalid(Error::new(
                place,
                format_args!("nested more than {MAX_DEPTH} levels"),
            )),
            None => {
                let text = error.to_string();
                let message = text.rsplit_once(" at line ").map_or(&*text, |(message, _)| message);
                Failure::NotJson(Error::new(place, format_args!("not JSON: {message}")))
            }
        }
    })
}

/// The place of an error of `serde_json`, which counts bytes.
pub(crate) fn place_of(error: &serde_json::Error, text: &str) -> Place {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let mut bytes = error.column().saturating_sub(1).min(line.len());
    while !line.is_char_boundary(bytes) {
        bytes -= 1;
    }
    let column = line[..bytes].chars().count() + 1;
    Place { line: Some(error.line().max(1)), column: Some(column), path: String::new() }
}

enum Broken {
    Repeated(String),
    TooMany,
    TooDeep,
}

struct State {
    values: usize,
    depth: usize,
    failure: Option<Broken>,
}

impl State {
    fn fail<E: serde::de::Error>(&mut self, failure: Broken) -> E {
        self.failure = Some(failure);
        E::custom("invalid")
    }

    fn count<E: serde::de::Error>(&mut self, weight: usize) -> Result<(), E> {
        self.values += weight;
        if self.values > MAX_VALUES { Err(self.fail(Broken::TooMany)) } else { Ok(()) }
    }

    fn scalar<E: serde::de::Error>(&mut self, text: String, is_plain: bool) -> Result<Node, E> {
        self.count(Node::weight(&text))?;
        Ok(Node { position: None, value: Value::Scalar { text, is_plain } })
    }

    fn deeper<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.count(1)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fail(Broken::TooDeep)) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for &mut State {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut State {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Node, E> {
        self.count(1)?;
        Ok(Node { position: None, value: Value::Null })
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        self.scalar(value.to_string(), true)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Node, E> {
        self.scalar(value.to_owned(), false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        self.deeper()?;
        let mut list = Vec::new();
        while let Some(node) = seq.next_element_seed(&mut *self)? {
            list.push(node);
        }
        self.depth -= 1;
        Ok(Node { position: None, value: Value::List(list) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        self.deeper()?;
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            self.count(Node::weight(&key))?;
            if !seen.insert(key.clone()) {
                return Err(self.fail(Broken::Repeated(key)));
            }
            let value = map.next_value_seed(&mut *self)?;
            entries.push(Entry { key, position: None, value });
        }
        self.depth -= 1;
        Ok(Node { position: None, value: Value::Map(entries) })
    }
}
