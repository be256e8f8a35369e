//! JSON values that keep the order of fields and reject repeated keys, and typed access to
//! them. Errors have the path of the field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, truncated};
use crate::json::number::{Number, is_exact_as_float, tokens};
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH};
use crate::similar;
use crate::time::Timestamp;

/// A JSON value, nested at most [`MAX_DOCUMENT_DEPTH`] levels deep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    /// A number with a fraction or exponent, as text.
    Fraction(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Parses JSON. Numbers are exact. The error has the line and the column.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        check_length(text)?;
        let mut value = serde_json::from_str(text).map_err(not_json)?;
        restore_exact(&mut value, text);
        Ok(value)
    }

    /// The number with the text of a JSON number.
    pub(crate) fn from_number(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Fraction(text.to_owned()), Self::Integer)
    }

    /// Creates an object with these fields, in this order.
    pub(crate) fn fields<N: Into<String>>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// The value of a field; `None` if `self` is not an object or has no such field.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => {
                fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The value as JSON, on one line.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("writing to a string does not fail")
    }

    /// The value as indented JSON.
    pub(crate) fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).expect("writing to a string does not fail")
    }

    /// Reads an integer, also one written as a string: `600000` or `"600000"`.
    pub(crate) fn number<T: Integer>(self) -> Result<T, Error> {
        match self {
            Self::Text(text) => {
                let digits = text.strip_prefix('-').unwrap_or(&text);
                let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                match text.parse() {
                    Ok(number) if plain => Self::Integer(number).integer(),
                    _ => Err(Self::Text(text).is_not("an integer")),
                }
            }
            other => other.integer(),
        }
    }

    /// Reads a string.
    pub(crate) fn text(self) -> Result<String, Error> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.is_not("a string")),
        }
    }

    /// Reads a boolean.
    pub(crate) fn bool(self) -> Result<bool, Error> {
        match self {
            Self::Bool(bool) => Ok(bool),
            other => Err(other.is_not("true or false")),
        }
    }

    /// Reads an integer in the range of `T`.
    pub(crate) fn integer<T: Integer>(self) -> Result<T, Error> {
        match self {
            Self::Integer(number) => T::try_from(number).map_err(|_| {
                let (least, most) = (T::MIN, T::MAX);
                Error::out_of_range(format_args!("{number} is not in {least}..={most}"))
            }),
            other => Err(other.is_not("an integer")),
        }
    }

    /// Reads a list. An error has the index of the element.
    pub(crate) fn list<T>(
        self,
        mut element: impl FnMut(Value) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match self {
            Self::List(values) => values
                .into_iter()
                .enumerate()
                .map(|(index, value)| element(value).map_err(|error| error.in_element(index)))
                .collect(),
            other => Err(other.is_not("a list")),
        }
    }

    /// Reads an object.
    pub(crate) fn object(self) -> Result<Fields, Error> {
        match self {
            Self::Object(fields) => Ok(Fields { fields, known: Vec::new() }),
            other => Err(other.is_not("an object")),
        }
    }

    /// Reads a string that `T` can parse.
    pub(crate) fn parsed<T: std::str::FromStr<Err = Error>>(self) -> Result<T, Error> {
        self.text()?.parse()
    }

    /// Reads an RFC 3339 timestamp.
    pub(crate) fn timestamp(self) -> Result<Timestamp, Error> {
        match &self {
            Self::Integer(count) => match Timestamp::since_epoch(*count) {
                Some(t) => Err(self.is_not(&format!("a string; did you mean \"{t}\"?"))),
                None => Err(self.is_not("a string")),
            },
            _ => self.parsed(),
        }
    }

    /// Reads an enum by its name. The error lists the names.
    pub(crate) fn word<T: Copy>(self, words: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            Error::invalid(format_args!(
                "\"{}\" is not one of {}",
                truncated(&text),
                allowed.join(", ")
            ))
        })
    }

    /// The error that a value has the wrong type.
    pub(crate) fn is_not(&self, what: &str) -> Error {
        Error::syntax(format_args!("{self} is not {what}"))
    }
}

/// Integer types that a document can contain.
pub(crate) trait Integer: TryFrom<i128> {
    const MIN: i128;
    const MAX: i128;
}

macro_rules! integer_types {
    ($($integer:ty)*) => {
        $(impl Integer for $integer {
            const MIN: i128 = <$integer>::MIN as i128;
            const MAX: i128 = <$integer>::MAX as i128;
        })*
    };
}
integer_types!(i32 u32 i64 u64 usize i128);

/// The form in error messages: scalars as they are, lists and objects by their type.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(bool) => bool.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Fraction(number) => f.write_str(number),
            Self::Text(text) => write!(f, "\"{}\"", truncated(text)),
            Self::List(_) => f.write_str("a list"),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}

/// The fields of an object. Readers take the fields that they know; the fields that are
/// left at the end are unknown.
pub(crate) struct Fields {
    fields: Vec<(String, Value)>,
    /// The names of all known fields, for error messages.
    known: Vec<&'static str>,
}

impl Fields {
    /// Reads a field that may be absent or null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).map_err(|error| error.in_field(name)),
        }
    }

    /// Reads a field that must be present.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.take(name) {
            None => Err(Error::invalid("is missing").in_field(name)),
            Some(value) => read(value).map_err(|error| error.in_field(name)),
        }
    }

    /// Removes a field and returns its value. Null counts as present.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        let index = self.fields.iter().position(|(field, _)| field == name)?;
        Some(self.fields.swap_remove(index).1)
    }

    /// Accepts `other` as a second name of the field `name`. Both names at once are an
    /// error, unless one of the values is null.
    pub(crate) fn alias(&mut self, other: &str, name: &'static str) -> Result<(), Error> {
        let place = |name: &str| self.fields.iter().position(|(field, _)| field == name);
        let Some(index) = place(other) else { return Ok(()) };
        let spare = match place(name) {
            Some(known) if self.fields[known].1 == Value::Null => Some(known),
            Some(_) if self.fields[index].1 == Value::Null => Some(index),
            Some(_) => {
                return Err(Error::invalid(format_args!("is given as {name} too")).in_field(other));
            }
            None => None,
        };
        if spare != Some(index) {
            name.clone_into(&mut self.fields[index].0);
        }
        spare.map(|spare| self.fields.swap_remove(spare));
        Ok(())
    }

    /// Whether a field is present. Null counts as present.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// The names of the fields, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// The name and value of the only field, if there is exactly one.
    pub(crate) fn only(mut self) -> Option<(String, Value)> {
        if self.fields.len() == 1 { self.fields.pop() } else { None }
    }

    /// Returns an error if there is an unknown field.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.fields.first() {
            None => Ok(()),
            Some((name, _)) => Err(unknown_field(name, &self.known)),
        }
    }
}

/// The error that an object has a field that is not one of those that there are, with the one
/// that was probably meant.
pub(super) fn unknown_field(name: &str, known: &[&str]) -> Error {
    let meant = similar::name(name, known.iter().copied());
    let meant = meant.map_or_else(String::new, |field| format!("; did you mean {field}?"));
    let known = known.join(", ");
    Error::invalid(format_args!("is not a field; there are {known}{meant}")).in_given_field(name)
}

/// Replaces the numbers of `value` that the parser has rounded by their exact text in the
/// document `text`, from which `value` was parsed.
fn restore_exact(value: &mut Value, text: &str) {
    if has_fraction(value) {
        restore(value, &mut tokens(text));
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Fraction(_) => true,
        Value::List(values) => values.iter().any(has_fraction),
        Value::Object(fields) => fields.iter().any(|(_, value)| has_fraction(value)),
        _ => false,
    }
}

/// A value has its numbers in the order of the document.
fn restore<'a>(value: &mut Value, tokens: &mut impl Iterator<Item = &'a str>) {
    match value {
        Value::Integer(_) => drop(tokens.next()),
        Value::Fraction(rounded) => {
            let exact = tokens.next().and_then(|token| exact(token, rounded));
            if let Some(exact) = exact {
                *value = exact;
            }
        }
        Value::List(values) => values.iter_mut().for_each(|value| restore(value, tokens)),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| restore(value, tokens)),
        Value::Null | Value::Bool(_) | Value::Text(_) => {}
    }
}

/// The number `token`, unless it equals `rounded`.
fn exact(token: &str, rounded: &str) -> Option<Value> {
    let number = Number::parse(token)?;
    (Number::parse(rounded)? != number).then(|| Value::from_number(token))
}

/// Converts an error of the JSON parser, which has the line and the column.
pub(super) fn not_json(error: serde_json::Error) -> Error {
    let (text, line, column) = (error.to_string(), error.line(), error.column());
    let error = match text.strip_prefix("recursion limit exceeded") {
        None => Error::syntax(format_args!("JSON: {text}")),
        Some(place) => Error::new(
            ErrorKind::Limit,
            format_args!("JSON: nests more than {MAX_DOCUMENT_DEPTH} levels deep{place}"),
        ),
    };
    if line > 0 { error.at(line, column.max(1)) } else { error }
}

/// Returns an error if the text is longer than [`MAX_DOCUMENT_BYTES`]. Called before it is
/// parsed.
pub(super) fn check_length(text: &str) -> Result<(), Error> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(Error::beyond(text.len(), "bytes", MAX_DOCUMENT_BYTES));
    }
    Ok(())
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Timestamp> for Value {
    fn from(t: Timestamp) -> Self {
        Self::Text(t.to_string())
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(number as i128)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(bool) => serializer.serialize_bool(*bool),
            Self::Integer(number) => match i64::try_from(*number) {
                Ok(number) => serializer.serialize_i64(number),
                Err(_) => serializer.serialize_i128(*number),
            },
            Self::Fraction(number) => {
                let float: f64 = number.parse().map_err(|_| S::Error::custom("not a number"))?;
                if is_exact_as_float(number, float) {
                    return serializer.serialize_f64(float);
                }
                let exact = RawValue::from_string(number.clone()).map_err(S::Error::custom)?;
                exact.serialize(serializer)
            }
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Builds a [`Value`].
pub(super) struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // With a point or an exponent, so that it does not look like an integer.
        Ok(Value::Fraction(format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            fields.push((key, value));
        }
        // Sort the keys to find repeated ones in O(n log n).
        let mut order: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
        order.sort_unstable();
        if let Some(pair) = order.windows(2).find(|pair| pair[0] == pair[1]) {
            let key = truncated(pair[0]);
            return Err(serde::de::Error::custom(format_args!("the key \"{key}\" is repeated")));
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restore_exact_rounded_numbers_only() {
        let parsed = |text: &str| Value::parse(text).unwrap();
        let fraction = |text: &str| Value::Fraction(text.to_owned());
        assert_eq!(
            parsed(
                r#"{"a\"1": [1, 1.50, "2.5", 123456789012345678901234567890], "3": -0.1234567890123456789, "e": [1e16, 1.5e-5, -7e-400]}"#
            ),
            Value::fields([
                (
                    "a\"1",
                    Value::List(vec![
                        Value::Integer(1),
                        fraction("1.5"),
                        "2.5".into(),
                        Value::Integer(123456789012345678901234567890),
                    ])
                ),
                ("3", fraction("-0.1234567890123456789")),
                ("e", Value::List(vec![fraction("1e16"), fraction("1.5e-5"), fraction("-7e-400")])),
            ])
        );
        for text in [
            "1.5",
            "0.1",
            "-0.1234567890123456789",
            "-7e-400",
            "123456789012345678901234567890",
            "1234567890123456789012345678901234567890",
        ] {
            assert_eq!(parsed(text).to_json(), text);
        }
        assert_eq!(parsed("[1.50, 1e16]").to_json(), "[1.5,1e+16]");
    }
}
