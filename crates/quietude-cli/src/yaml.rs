//! From YAML to JSON, with the place of each value in the YAML text.
//!
//! The JSON text has each key and each value at the beginning of a line of its own, so that
//! the line of an error in it leads to the line and the column in the YAML text. It is
//! written from the events of a YAML parser, without recursion and without a tree. A valid
//! document is read without it, by `yaml_stream`; what else is read from YAML, and the places
//! of errors and findings, need it.
//!
//! Scalars have the types of the core schema of YAML 1.2: `on` and `22:00` are text. Aliases
//! are copied, up to a limit. Merge keys (`<<`), tags of an application and a second document
//! are errors.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use quietude::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::source::Place;

/// The JSON text that all aliases of a text are replaced by has at most this many bytes.
const MAX_ALIAS_BYTES: usize = 16 << 20;

/// The key that YAML 1.1 merges the fields of another object by.
pub(crate) const MERGE_KEY: &str = "<<";

/// A JSON text, and where its lines are in the YAML text.
pub(crate) struct Converted {
    pub(crate) json: String,
    lines: Vec<Line>,
}

#[derive(Clone, Copy)]
struct Line {
    place: Place,
    is_key: bool,
}

/// Why a text is not read, and where.
pub(crate) struct Failure {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl Converted {
    /// The place of the value or the key on a line of the JSON text, from 1.
    pub(crate) fn place(&self, line: u32) -> Option<Place> {
        self.lines.get(line.checked_sub(1)? as usize).map(|line| line.place)
    }

    /// The place of the key of the value on a line, if it is the value of a field.
    pub(crate) fn key_place(&self, line: u32) -> Option<Place> {
        let line = self.lines.get(line.checked_sub(2)? as usize)?;
        line.is_key.then_some(line.place)
    }
}

/// Converts a text.
pub(crate) fn convert(text: &str) -> Result<Converted, Failure> {
    let mut writer = Writer::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = error.info().trim_end_matches('\0');
            failure(place_of(*error.marker()), format!("YAML: {message}"))
        })?;
        writer.event(event, place_of(span.start))?;
    }
    if !writer.is_complete {
        writer.scalar("null", Place { line: 1, column: 1 }, 0)?;
    }
    Ok(Converted { json: writer.json, lines: writer.lines })
}

fn place_of(marker: Marker) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(marker.line()), column: number(marker.col() + 1) }
}

fn failure(place: Place, message: impl Into<String>) -> Failure {
    Failure { place, message: message.into() }
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
    fn event(&mut self, event: Event<'_>, place: Place) -> Result<(), Failure> {
        match event {
            Event::DocumentStart(_) if self.is_complete => {
                Err(failure(place, "YAML: a second document begins; only one is read"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text =
                    is_text(style, tag.as_deref()).map_err(|message| failure(place, message))?;
                if self.is_key_next() {
                    return self.key(&text, place);
                }
                let value = match plain(&text).filter(|_| !is_text) {
                    Some(value) => value,
                    None => quoted(&text),
                };
                self.scalar(&value, place, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin('[', Parts::List, place, anchor),
            Event::MappingStart(anchor, _) => {
                let parts = Parts::Object { seen: HashSet::new(), is_key_next: true };
                self.begin('{', parts, place, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                self.json.push(if matches!(open.parts, Parts::List) { ']' } else { '}' });
                self.end(open.begin, open.anchor, place)
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => Ok(()),
        }
    }

    fn is_key_next(&self) -> bool {
        let parts = self.open.last().map(|open| &open.parts);
        matches!(parts, Some(Parts::Object { is_key_next: true, .. }))
    }

    /// Begins a line, for a key or a value. Returns where it begins.
    fn line(&mut self, place: Place, is_key: bool) -> (usize, usize) {
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
        self.lines.push(Line { place, is_key });
        (self.json.len(), self.lines.len() - 1)
    }

    fn key(&mut self, text: &str, place: Place) -> Result<(), Failure> {
        if text == MERGE_KEY {
            let message = "YAML: merge keys (`<<`) are not read; give the fields themselves, or \
                           a name in `calendars` or `schedules`";
            return Err(failure(place, message));
        }
        self.line(place, true);
        if let Some(Open { parts: Parts::Object { seen, is_key_next }, .. }) = self.open.last_mut()
        {
            *is_key_next = false;
            if !seen.insert(text.to_owned()) {
                let key: String = text.chars().take(64).collect();
                return Err(failure(place, format!("YAML: the key {key:?} is repeated")));
            }
        }
        self.json.push_str(&quoted(text));
        self.json.push(':');
        Ok(())
    }

    fn scalar(&mut self, json: &str, place: Place, anchor: usize) -> Result<(), Failure> {
        let begin = self.line(place, false);
        self.json.push_str(json);
        self.end(begin, anchor, place)
    }

    fn begin(
        &mut self,
        bracket: char,
        parts: Parts,
        place: Place,
        anchor: usize,
    ) -> Result<(), Failure> {
        if self.is_key_next() {
            return Err(failure(place, "YAML: a key is not text"));
        }
        if self.open.len() == MAX_DOCUMENT_DEPTH {
            let message = format!("YAML: nests more than {MAX_DOCUMENT_DEPTH} levels deep");
            return Err(failure(place, message));
        }
        let begin = self.line(place, false);
        self.json.push(bracket);
        self.open.push(Open { anchor, begin, is_empty: true, parts });
        Ok(())
    }

    /// Ends a value that begins at `begin`.
    fn end(&mut self, begin: (usize, usize), anchor: usize, place: Place) -> Result<(), Failure> {
        if self.json.len() > MAX_DOCUMENT_BYTES {
            let message = format!("YAML: it is more than {MAX_DOCUMENT_BYTES} bytes of JSON");
            return Err(failure(place, message));
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
    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Failure> {
        if self.is_key_next() {
            return Err(failure(place, "YAML: a key is not text"));
        }
        let Some((bytes, lines)) = self.anchors.get(&anchor).cloned() else {
            return Err(failure(place, "YAML: an alias is inside of the value that it stands for"));
        };
        self.alias_bytes += bytes.len();
        if self.alias_bytes > MAX_ALIAS_BYTES {
            let message = format!("YAML: the aliases stand for more than {MAX_ALIAS_BYTES} bytes");
            return Err(failure(place, message));
        }
        let begin = self.line(place, false);
        self.json.extend_from_within(bytes);
        let copied: Vec<Line> = self.lines[lines].iter().skip(1).copied().collect();
        self.lines.extend(copied);
        self.end(begin, 0, place)
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("writing to a string does not fail")
}

/// Whether a scalar is text whatever it looks like: by its quotes or its tag. Otherwise
/// [`plain`] decides. The error is a tag of an application.
pub(crate) fn is_text(style: ScalarStyle, tag: Option<&Tag>) -> Result<bool, String> {
    match tag {
        None => Ok(style != ScalarStyle::Plain),
        Some(tag) if tag.is_yaml_core_schema() => {
            Ok(style != ScalarStyle::Plain || tag.suffix == "str")
        }
        Some(tag) => Err(format!("YAML: the tag {tag} is not read")),
    }
}

/// The JSON form of a plain scalar that is not text.
pub(crate) fn plain(text: &str) -> Option<String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some("null".to_owned()),
        "true" | "True" | "TRUE" => return Some("true".to_owned()),
        "false" | "False" | "FALSE" => return Some("false".to_owned()),
        _ => {}
    }
    let hex = |digits: &str, radix| u128::from_str_radix(digits, radix).ok();
    if let Some(number) = text.strip_prefix("0x").filter(|digits| !digits.starts_with('+')) {
        return hex(number, 16).map(|number| number.to_string());
    }
    if let Some(number) = text.strip_prefix("0o").filter(|digits| !digits.starts_with('+')) {
        return hex(number, 8).map(|number| number.to_string());
    }
    let (sign, number) = match text.as_bytes()[0] {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !digits.is_empty() && is_digits(digits)
        });
    if !is_number {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let mut json = format!("{sign}{whole}");
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        json.push('e');
        json.push_str(exponent);
    }
    Some(json)
}
