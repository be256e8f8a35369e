//! The values of fields, as conditions, sorts and stages see them.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::error::Error;
use crate::json::number::Number;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::Budget;

/// The value of a field of a row. It is not copied.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// Absent or null.
    Nothing,
    Text(&'a str),
    Time(Timestamp),
    Texts(&'a [String]),
    Value(&'a Value),
}

impl<'a> From<&'a Value> for Found<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Text(text) => Self::Text(text),
            value => Self::Value(value),
        }
    }
}

impl<'a> Found<'a> {
    /// The elements of a list; `None` if it is not a list.
    pub(super) fn elements(self) -> Option<impl Iterator<Item = Found<'a>>> {
        let (texts, values): (&[String], &[Value]) = match self {
            Self::Texts(texts) => (texts, &[]),
            Self::Value(Value::List(values)) => (&[], values),
            _ => return None,
        };
        Some(texts.iter().map(|text| Self::Text(text)).chain(values.iter().map(Self::from)))
    }

    /// The number of values that a condition sees.
    pub(super) fn count(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Texts(texts) => texts.len(),
            Self::Value(Value::List(values)) => values.len(),
            _ => 1,
        }
    }

    pub(super) fn to_value(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => text.into(),
            Self::Time(t) => t.into(),
            Self::Texts(texts) => texts.iter().collect(),
            Self::Value(value) => value.clone(),
        }
    }

    /// The memory of [`to_value`](Self::to_value) besides the value itself, in bytes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Text(text) => text_bytes(text),
            Self::Time(_) => text_bytes("2026-01-01T00:00:00.000Z"),
            Self::Texts(texts) => {
                let own = block_bytes(texts.len() * size_of::<Value>());
                own + texts.iter().map(|text| text_bytes(text)).sum::<usize>()
            }
            Self::Value(value) => value_bytes(value),
        }
    }

    /// Appends the value as JSON.
    pub(super) fn write(self, text: &mut Vec<u8>, budget: &Budget) -> Result<(), Error> {
        let bytes = self.json_bytes();
        budget.spend(10 + bytes)?;
        if text.capacity() - text.len() < bytes {
            budget.allocate(block_bytes(text.len() + bytes))?;
            text.reserve_exact(bytes);
        }
        let written = match self {
            Self::Nothing => serde_json::to_writer(text, &()),
            Self::Text(part) => serde_json::to_writer(text, part),
            Self::Time(t) => serde_json::to_writer(text, &t.to_string()),
            Self::Texts(texts) => serde_json::to_writer(text, texts),
            Self::Value(value) => serde_json::to_writer(text, value),
        };
        written.expect("writing to a list of bytes does not fail");
        Ok(())
    }

    /// The value as JSON.
    fn written(self, budget: &Budget) -> Result<String, Error> {
        let mut text = Vec::new();
        self.write(&mut text, budget)?;
        Ok(String::from_utf8(text).expect("JSON is UTF-8"))
    }

    /// The length of the value as JSON, at most this many bytes.
    pub(super) fn json_bytes(self) -> usize {
        match self {
            Self::Nothing => 4,
            Self::Text(text) => text_json_bytes(text),
            Self::Time(_) => 32,
            Self::Texts(texts) => {
                2 + texts.iter().map(|text| text_json_bytes(text) + 1).sum::<usize>()
            }
            Self::Value(value) => json_bytes(value),
        }
    }

    /// The value in the total order of all values.
    pub(super) fn ordered(self, budget: &Budget) -> Result<Ordered<'a>, Error> {
        Ok(match self {
            Self::Nothing => Ordered::Null,
            Self::Text(text) => match timestamp(text, budget)? {
                Some(t) => Ordered::Time(t),
                None => Ordered::Text(text),
            },
            Self::Time(t) => Ordered::Time(t),
            Self::Value(Value::Bool(bool)) => Ordered::Bool(*bool),
            Self::Value(value) => match number(value, budget)? {
                Some(number) => Ordered::Number(number),
                None => Ordered::Json(self.written(budget)?),
            },
            Self::Texts(_) => Ordered::Json(self.written(budget)?),
        })
    }
}

/// A value in the total order: null, booleans, numbers by value, timestamps by instant,
/// other texts by code point, then lists and objects by their JSON text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ordered<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Time(Timestamp),
    Text(&'a str),
    Json(String),
}

impl Ordered<'_> {
    /// The steps of a comparison with another value, at most.
    pub(super) fn steps(&self) -> usize {
        4 + match self {
            Self::Text(text) => text.len() / 16,
            Self::Json(text) => text.len() / 16,
            Self::Number(_) => 4,
            _ => 0,
        }
    }
}

/// A value as conditions see it. What they need of it is made once.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    found: Found<'a>,
    parsed: Parsed,
    text: OnceCell<Cow<'a, str>>,
    lower: OnceCell<String>,
}

/// What a value is, for comparisons.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parsed {
    Bool(bool),
    Number(Number),
    Time(Timestamp),
    /// A text that is no timestamp.
    Text,
    /// Null, a list or an object.
    Other,
}

impl Parsed {
    pub(super) fn read(found: Found<'_>, budget: &Budget) -> Result<Self, Error> {
        Ok(match found {
            Found::Text(text) => timestamp(text, budget)?.map_or(Self::Text, Self::Time),
            Found::Time(t) => Self::Time(t),
            Found::Value(Value::Bool(bool)) => Self::Bool(*bool),
            Found::Value(value) => number(value, budget)?.map_or(Self::Other, Self::Number),
            Found::Nothing | Found::Texts(_) => Self::Other,
        })
    }
}

impl<'a> Cell<'a> {
    pub(super) fn new(found: Found<'a>, budget: &Budget) -> Result<Self, Error> {
        let parsed = Parsed::read(found, budget)?;
        Ok(Self { found, parsed, text: OnceCell::new(), lower: OnceCell::new() })
    }

    pub(super) fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// The value as a text: a text itself, others as in error messages.
    pub(super) fn text(&self) -> &str {
        self.text.get_or_init(|| match self.found {
            Found::Text(text) => Cow::Borrowed(text),
            Found::Time(t) => Cow::Owned(t.to_string()),
            Found::Value(value) => Cow::Owned(value.to_string()),
            Found::Nothing => Cow::Borrowed("null"),
            Found::Texts(_) => Cow::Borrowed("a list"),
        })
    }

    /// [`text`](Self::text) in lower case.
    pub(super) fn lower(&self, budget: &Budget) -> Result<&str, Error> {
        if let Some(lower) = self.lower.get() {
            return Ok(lower);
        }
        budget.spend(10 + 4 * self.text().len())?;
        Ok(self.lower.get_or_init(|| self.text().to_lowercase()))
    }
}

/// The text as a timestamp, if it is one.
fn timestamp(text: &str, budget: &Budget) -> Result<Option<Timestamp>, Error> {
    let is_possible = text.as_bytes().get(10) == Some(&b'T');
    budget.spend(if is_possible { 50 + text.len() } else { 1 })?;
    Ok(if is_possible { text.parse().ok() } else { None })
}

fn number(value: &Value, budget: &Budget) -> Result<Option<Number>, Error> {
    match value {
        Value::Integer(_) => budget.spend(50_u64)?,
        Value::Fraction(text) => budget.spend(50 + text.len())?,
        _ => {}
    }
    Ok(match value {
        Value::Integer(number) => Number::parse(&number.to_string()),
        Value::Fraction(text) => Number::parse(text),
        _ => None,
    })
}

/// The memory of an allocation, in bytes: with what the allocator needs for itself.
pub(super) fn block_bytes(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes.next_multiple_of(16) + 16 }
}

fn text_bytes(text: &str) -> usize {
    block_bytes(text.len())
}

/// The memory of a value besides the value itself, in bytes.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Fraction(text) => text_bytes(text),
        Value::List(values) => {
            block_bytes(size_of_val(values.as_slice()))
                + values.iter().map(value_bytes).sum::<usize>()
        }
        Value::Object(fields) => {
            let field = |(name, value): &(String, Value)| text_bytes(name) + value_bytes(value);
            block_bytes(size_of_val(fields.as_slice())) + fields.iter().map(field).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) => 0,
    }
}

/// The length of a value as JSON, at most this many bytes.
pub(super) fn json_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Integer(_) => 41,
        // A float of the same value has at most 25 bytes.
        Value::Fraction(text) => text.len().max(25),
        Value::Text(text) => text_json_bytes(text),
        Value::List(values) => 2 + values.iter().map(|value| json_bytes(value) + 1).sum::<usize>(),
        Value::Object(fields) => {
            let field =
                |(name, value): &(String, Value)| text_json_bytes(name) + 2 + json_bytes(value);
            2 + fields.iter().map(field).sum::<usize>()
        }
    }
}

fn text_json_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}
