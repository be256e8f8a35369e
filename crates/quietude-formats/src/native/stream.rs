//! Reads a document from the events of a YAML parser: a window at a time, without the text as
//! JSON and without a tree.
//!
//! This is the way of a document that is valid. Where the text has an error, an anchor or an
//! alias, nothing is read: `yaml` then converts it to JSON, and knows the places of errors.

use std::borrow::Cow;
use std::fmt::Display;

use quietude::Document;
use quietude::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH};
use saphyr_parser::{Event, Parser, StrInput};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::scalar::{MERGE_KEY, is_text, plain};

/// That of the JSON reader, which reads the numbers.
type Error = serde_json::Error;

/// Reads a document whose zones are the built-in ones. `None` if this is not the way to read
/// it.
pub(super) fn document(text: &str) -> Option<Document> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return None;
    }
    let mut events = Events { parser: Parser::new_from_str(text), depth: 0 };
    let begin = events.begin().ok()?;
    let document = Document::deserialize(Node { event: begin, events: &mut events }).ok()?;
    events.is_end().then_some(document)
}

struct Events<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// The lists and objects that have begun and not ended.
    depth: usize,
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Event<'t>, Error> {
        match self.parser.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(other_way(error)),
            None => Err(other_way("the end")),
        }
    }

    /// The first event of the first value.
    fn begin(&mut self) -> Result<Event<'t>, Error> {
        loop {
            match self.next()? {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
                event => return Ok(event),
            }
        }
    }

    /// Whether nothing follows the first value.
    fn is_end(&mut self) -> bool {
        self.parser.all(|event| {
            matches!(event, Ok((Event::Nothing | Event::DocumentEnd | Event::StreamEnd, _)))
        })
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DOCUMENT_DEPTH { Err(other_way("too deep")) } else { Ok(()) }
    }
}

fn other_way(why: impl Display) -> Error {
    Error::custom(why)
}

/// A value, from its first event on.
struct Node<'e, 't> {
    event: Event<'t>,
    events: &'e mut Events<'t>,
}

impl<'de> Deserializer<'de> for Node<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Self { event, events } = self;
        match event {
            Event::Scalar(text, style, 0, tag) => {
                let is_text = is_text(style, tag.as_deref()).map_err(other_way)?;
                match (plain(&text).filter(|_| !is_text), text) {
                    (Some(json), _) => {
                        let mut json = serde_json::Deserializer::from_reader(json.as_bytes());
                        json.deserialize_any(visitor)
                    }
                    (None, Cow::Borrowed(text)) => visitor.visit_str(text),
                    (None, Cow::Owned(text)) => visitor.visit_string(text),
                }
            }
            Event::SequenceStart(0, _) => {
                events.enter()?;
                let mut parts = Parts { events, is_ended: false };
                let value = visitor.visit_seq(&mut parts)?;
                parts.end(&Event::SequenceEnd)?;
                Ok(value)
            }
            Event::MappingStart(0, _) => {
                events.enter()?;
                let mut parts = Parts { events, is_ended: false };
                let value = visitor.visit_map(&mut parts)?;
                parts.end(&Event::MappingEnd)?;
                Ok(value)
            }
            _ => Err(other_way("an anchor, or an alias")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// The elements of a list, or the fields of an object.
struct Parts<'e, 't> {
    events: &'e mut Events<'t>,
    is_ended: bool,
}

impl<'t> Parts<'_, 't> {
    /// The first event of the next part; `None` at the end.
    fn next(&mut self) -> Result<Option<Event<'t>>, Error> {
        if self.is_ended {
            return Ok(None);
        }
        let event = self.events.next()?;
        self.is_ended = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        Ok((!self.is_ended).then_some(event))
    }

    /// A reader may stop before the end only if nothing is left.
    fn end(self, end: &Event<'_>) -> Result<(), Error> {
        self.events.depth -= 1;
        if self.is_ended || self.events.next()? == *end {
            Ok(())
        } else {
            Err(other_way("a part is left"))
        }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let event = self.next()?;
        event.map(|event| seed.deserialize(Node { event, events: self.events })).transpose()
    }
}

impl<'de> MapAccess<'de> for Parts<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        match self.next()? {
            None => Ok(None),
            Some(Event::Scalar(text, style, 0, tag)) if text != MERGE_KEY => {
                is_text(style, tag.as_deref()).map_err(other_way)?;
                seed.deserialize(text.into_deserializer()).map(Some)
            }
            Some(_) => Err(other_way("a key that is not text")),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let event = self.events.next()?;
        seed.deserialize(Node { event, events: self.events })
    }
}
