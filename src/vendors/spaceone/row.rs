//! The rows of a query and their fields.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::error::Error;
use crate::json::number::Number;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::Budget;
use crate::vendors::spaceone::document::{MAX_PROJECTS, MaintenanceWindow};

/// The fields of a query, and the field of the window that each one reads.
const FIELDS: [(&str, &str); 13] = [
    ("maintenance_window_id", "maintenance_window_id"),
    ("title", "title"),
    ("state", "state"),
    ("start_time", "start_time"),
    ("end_time", "end_time"),
    ("tags", "tags"),
    ("projects", "projects"),
    ("project_id", "projects"),
    ("domain_id", "domain_id"),
    ("created_by", "created_by"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("closed_at", "closed_at"),
];

/// The path of a field. It has at least one name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key(Vec<String>);

impl Key {
    /// Reads the name of a field of a window.
    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut key = Self::read_any(value)?;
        match FIELDS.iter().find(|(name, _)| *name == key.0[0]) {
            Some((_, field)) if key.0.len() == 1 || *field == "tags" => {
                (*field).clone_into(&mut key.0[0]);
                Ok(key)
            }
            _ => {
                let names = FIELDS.map(|(name, _)| name).join(", ");
                let path = crate::error::truncated(&key.name());
                Err(Error::invalid(format_args!("\"{path}\" is not a field; there are {names}")))
            }
        }
    }

    /// Reads the name of a field of the result of an earlier stage.
    pub(super) fn read_any(value: Value) -> Result<Self, Error> {
        let text = value.text()?;
        if text.is_empty() {
            return Err(Error::invalid("is empty"));
        }
        let path: Vec<String> = text.split('.').map(str::to_owned).collect();
        Ok(Self(path))
    }

    /// The key of a field that is not below another one.
    pub(super) fn of(field: &str) -> Self {
        Self(vec![field.to_owned()])
    }

    pub(super) fn name(&self) -> String {
        self.0.join(".")
    }

    /// The first name of the path.
    pub(super) fn top(&self) -> &str {
        &self.0[0]
    }

    /// The names of the path.
    pub(super) fn path(&self) -> &[String] {
        &self.0
    }
}

/// A row: a window as it is stored, or what an earlier stage made.
#[derive(Debug)]
pub(super) enum Row<'a> {
    /// The window at an instant.
    Window(&'a MaintenanceWindow, Timestamp),
    Made(Value),
}

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

impl Row<'_> {
    /// Finds the value of a field.
    pub(super) fn find(&self, key: &Key, budget: &Budget) -> Result<Found<'_>, Error> {
        budget.spend(2_u64)?;
        match self {
            Self::Window(window, now) => match (key.path(), window.field(key.top(), *now)) {
                ([_], found) => Ok(found),
                ([_, below @ ..], Found::Value(tags)) => below_value(tags, below, budget),
                _ => Ok(Found::Nothing),
            },
            Self::Made(value) => below_value(value, key.path(), budget),
        }
    }

    /// Whether the row has a field. Null counts as present.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Window(..) => MaintenanceWindow::FIELDS.contains(&name),
            Self::Made(value) => value.get(name).is_some(),
        }
    }

    /// The fields of the row, in order.
    pub(super) fn fields(&self, budget: &Budget) -> Result<Vec<(&str, Found<'_>)>, Error> {
        let fields: Vec<_> = match self {
            Self::Window(window, now) => {
                let field = |name| (name, window.field(name, *now));
                MaintenanceWindow::FIELDS.into_iter().map(field).collect()
            }
            Self::Made(Value::Object(fields)) => {
                fields.iter().map(|(name, value)| (name.as_str(), value.into())).collect()
            }
            Self::Made(_) => Vec::new(),
        };
        budget.spend(10 + fields.len())?;
        Ok(fields)
    }

    /// The row as JSON. `only` has the names of the fields to keep, in the order of the
    /// row; empty keeps all.
    pub(super) fn into_value(self, only: &[String]) -> Value {
        let is_kept = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
        match self {
            Self::Window(window, now) => {
                let names = MaintenanceWindow::FIELDS.into_iter().filter(|name| is_kept(name));
                Value::fields(names.map(|name| (name, window.field(name, now).to_value())))
            }
            Self::Made(Value::Object(mut fields)) => {
                fields.retain(|(name, _)| is_kept(name));
                Value::Object(fields)
            }
            Self::Made(value) => value,
        }
    }

    /// The size of the row as JSON, at most this many bytes.
    pub(super) fn json_bytes(&self, only: &[String]) -> usize {
        match self {
            Self::Window(window, now) => {
                let names = MaintenanceWindow::FIELDS
                    .into_iter()
                    .filter(|name| only.is_empty() || only.iter().any(|only| only == name));
                2 + names
                    .map(|name| name.len() + 4 + window.field(name, *now).json_bytes())
                    .sum::<usize>()
            }
            Self::Made(value) => json_bytes(value),
        }
    }
}

fn below_value<'a>(value: &'a Value, path: &[String], budget: &Budget) -> Result<Found<'a>, Error> {
    let mut value = value;
    for name in path {
        if let Value::Object(fields) = value {
            budget.spend(1 + fields.len() / 2)?;
        }
        match value.get(name) {
            Some(inner) => value = inner,
            None => return Ok(Found::Nothing),
        }
    }
    Ok(value.into())
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
    fn json_bytes(self) -> usize {
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
    fn new(found: Found<'a>, budget: &Budget) -> Result<Self, Error> {
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

/// The fields of one row that conditions test. Each field is found and parsed once.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    row: &'a Row<'a>,
    keys: &'a [Key],
    found: Vec<OnceCell<(Found<'a>, Vec<Cell<'a>>)>>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(keys: &'a [Key], row: &'a Row<'a>, budget: &Budget) -> Result<Self, Error> {
        budget.spend(10 + keys.len())?;
        Ok(Self { row, keys, found: keys.iter().map(|_| OnceCell::new()).collect() })
    }

    /// The field `keys[index]`: its value, and the elements of a list or the value itself.
    pub(super) fn get(
        &self,
        index: usize,
        budget: &Budget,
    ) -> Result<&(Found<'a>, Vec<Cell<'a>>), Error> {
        if let Some(known) = self.found[index].get() {
            return Ok(known);
        }
        let found = self.row.find(&self.keys[index], budget)?;
        let count = found.count();
        budget.spend(4 * count)?;
        // The cells are released with the row. Only long lists, which stages collect, matter.
        if count > MAX_PROJECTS {
            budget.allocate(count * size_of::<Cell<'_>>())?;
        }
        let mut cells = Vec::with_capacity(count);
        match (found, found.elements()) {
            (Found::Nothing, _) => {}
            (_, Some(elements)) => {
                for element in elements {
                    cells.push(Cell::new(element, budget)?);
                }
            }
            (single, None) => cells.push(Cell::new(single, budget)?),
        }
        Ok(self.found[index].get_or_init(|| (found, cells)))
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
    Ok(Number::of(value))
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
