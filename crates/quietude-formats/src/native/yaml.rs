//! From YAML to JSON, with the place of each value in the YAML text.
//!
//! The JSON text has each key and each value at the beginning of a line of its own, so that
//! the line of an error in it leads to the line and the column in the YAML text. It is
//! written from the events of a YAML parser, without recursion and without a tree. A valid
//! document is read without it, by `stream`; what else is read from YAML, and the places of
//! errors and findings, need it.
//!
//! Aliases are copied, up to a limit. Merge keys (`<<`), tags of an application and a second
//! document are errors.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use quietude::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH};
use saphyr_parser::{Event, Parser};

use super::scalar::{MERGE_KEY, is_text, plain};
use crate::limits::MAX_ALIAS_BYTES;
use crate::position::Position;

/// A JSON text, and where its lines are in the YAML text.
#[derive(Debug)]
pub(super) struct Converted {
    pub(super) json: String,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    position: Position,
    is_key: bool,
    /// Whether the value is null because there is no text for it.
    is_missing: bool,
}

/// Why a text is not read, and where.
pub(super) struct Failure {
    pub(super) position: Position,
    pub(super) message: String,
}

impl Converted {
    /// The position of the value or the key on a line of the JSON text, from 1.
    pub(super) fn position(&self, line: u32) -> Option<Position> {
        self.lines.get(line.checked_sub(1)? as usize).map(|line| line.position)
    }

    /// Whether the text has nothing for the value on a line.
    pub(super) fn is_missing(&self, line: u32) -> bool {
        let line = line.checked_sub(1).and_then(|line| self.lines.get(line as usize));
        line.is_some_and(|line| line.is_missing)
    }

    /// The position of the key of the value on a line, if it is the value of a field.
    pub(super) fn key_position(&self, line: u32) -> Option<Position> {
        let line = self.lines.get(line.checked_sub(2)? as usize)?;
        line.is_key.then_some(line.position)
    }
}

/// Converts a text.
pub(super) fn convert(text: &str) -> Result<Converted, Failure> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let message = format!("YAML: {} bytes are more than {MAX_DOCUMENT_BYTES}", text.len());
        return Err(failure(Position::START, message));
    }
    let mut writer = Writer::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = error.info().trim_end_matches('\0');
            failure(Position::of_marker(*error.marker()), format!("YAML: {message}"))
        })?;
        writer.event(event, Position::of_marker(span.start))?;
    }
    if !writer.is_complete {
        writer.scalar("null", Position::START, 0, true)?;
    }
    Ok(Converted { json: writer.json, lines: writer.lines })
}

fn failure(position: Position, message: impl Into<String>) -> Failure {
    Failure { position, message: message.into() }
}

/// A list or an object that has not ended.
struct Open {
    anchor: usize,
    /// Where it begins: bytes and lines of the JSON text.
    begin: (usize, usize),
    is_empty: bool,
    parts: Parts,
}

enum Parts {
    List,
    /// The keys so far, and whether the next value is a key.
    Object {
        seen: HashSet<String>,
        is_key_next: bool,
    },
}

/// The bytes and the lines of an anchored value.
type Anchored = (Range<usize>, Range<usize>);

#[derive(Default)]
struct Writer {
    json: String,
    lines: Vec<Line>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    alias_bytes: usize,
    is_complete: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>, position: Position) -> Result<(), Failure> {
        match event {
            Event::DocumentStart(_) if self.is_complete => {
                Err(failure(position, "YAML: a second document begins; only one is read"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text =
                    is_text(style, tag.as_deref()).map_err(|message| failure(position, message))?;
                if self.is_key_next() {
                    return self.key(&text, position);
                }
                let value = match plain(&text).filter(|_| !is_text) {
                    Some(value) => value,
                    None => quoted(&text),
                };
                self.scalar(&value, position, anchor, text.is_empty() && !is_text)
            }
            Event::SequenceStart(anchor, _) => self.begin('[', Parts::List, position, anchor),
            Event::MappingStart(anchor, _) => {
                let parts = Parts::Object { seen: HashSet::new(), is_key_next: true };
                self.begin('{', parts, position, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                self.json.push(if matches!(open.parts, Parts::List) { ']' } else { '}' });
                self.end(open.begin, open.anchor, position)
            }
            Event::Alias(anchor) => self.alias(anchor, position),
            _ => Ok(()),
        }
    }

    fn is_key_next(&self) -> bool {
        let parts = self.open.last().map(|open| &open.parts);
        matches!(parts, Some(Parts::Object { is_key_next: true, .. }))
    }

    /// Begins a line, for a key or a value. Returns where it begins.
    fn line(&mut self, position: Position, is_key: bool) -> (usize, usize) {
        let is_value_of_field =
            !is_key && matches!(self.open.last(), Some(Open { parts: Parts::Object { .. }, .. }));
        if let Some(open) = self.open.last_mut() {
            // A field has its comma before the key.
            if !open.is_empty && !is_value_of_field {
                self.json.push(',');
            }
            open.is_empty = false;
        }
        if !self.lines.is_empty() {
            self.json.push('\n');
        }
        self.lines.push(Line { position, is_key, is_missing: false });
        (self.json.len(), self.lines.len() - 1)
    }

    fn key(&mut self, text: &str, position: Position) -> Result<(), Failure> {
        if text == MERGE_KEY {
            let message = "YAML: merge keys (`<<`) are not read; give the fields themselves, or \
                           a name in `calendars` or `schedules`";
            return Err(failure(position, message));
        }
        self.line(position, true);
        if let Some(Open { parts: Parts::Object { seen, is_key_next }, .. }) = self.open.last_mut()
        {
            *is_key_next = false;
            if !seen.insert(text.to_owned()) {
                let key: String = text.chars().take(64).collect();
                return Err(failure(position, format!("YAML: the key {key:?} is repeated")));
            }
        }
        self.json.push_str(&quoted(text));
        self.json.push(':');
        Ok(())
    }

    fn scalar(
        &mut self,
        json: &str,
        position: Position,
        anchor: usize,
        is_missing: bool,
    ) -> Result<(), Failure> {
        let begin = self.line(position, false);
        self.lines[begin.1].is_missing = is_missing;
        self.json.push_str(json);
        self.end(begin, anchor, position)
    }

    fn begin(
        &mut self,
        bracket: char,
        parts: Parts,
        position: Position,
        anchor: usize,
    ) -> Result<(), Failure> {
        if self.is_key_next() {
            return Err(failure(position, "YAML: a key is not text"));
        }
        if self.open.len() == MAX_DOCUMENT_DEPTH {
            let message = format!("YAML: nests more than {MAX_DOCUMENT_DEPTH} levels deep");
            return Err(failure(position, message));
        }
        let begin = self.line(position, false);
        self.json.push(bracket);
        self.open.push(Open { anchor, begin, is_empty: true, parts });
        Ok(())
    }

    /// Ends a value that begins at `begin`.
    fn end(
        &mut self,
        begin: (usize, usize),
        anchor: usize,
        position: Position,
    ) -> Result<(), Failure> {
        if self.json.len() > MAX_DOCUMENT_BYTES {
            let message = format!("YAML: it is more than {MAX_DOCUMENT_BYTES} bytes of JSON");
            return Err(failure(position, message));
        }
        if anchor != 0 {
            let lines = begin.1..self.lines.len();
            self.anchors.insert(anchor, (begin.0..self.json.len(), lines));
        }
        match self.open.last_mut() {
            Some(Open { parts: Parts::Object { is_key_next, .. }, .. }) => *is_key_next = true,
            Some(_) => {}
            None => self.is_complete = true,
        }
        Ok(())
    }

    /// Copies an anchored value. Errors in the copy have the places of the value.
    fn alias(&mut self, anchor: usize, position: Position) -> Result<(), Failure> {
        if self.is_key_next() {
            return Err(failure(position, "YAML: a key is not text"));
        }
        let Some((bytes, lines)) = self.anchors.get(&anchor).cloned() else {
            return Err(failure(
                position,
                "YAML: an alias is inside of the value that it stands for",
            ));
        };
        self.alias_bytes += bytes.len();
        if self.alias_bytes > MAX_ALIAS_BYTES {
            let message = format!("YAML: the aliases stand for more than {MAX_ALIAS_BYTES} bytes");
            return Err(failure(position, message));
        }
        let begin = self.line(position, false);
        self.json.extend_from_within(bytes);
        let copied: Vec<Line> = self.lines[lines].iter().skip(1).copied().collect();
        self.lines.extend(copied);
        self.end(begin, 0, position)
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("writing to a string does not fail")
}
