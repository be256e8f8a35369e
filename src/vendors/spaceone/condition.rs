//! One condition of a query, and the comparison of JSON values.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::Value;
use crate::limits::MAX_PATTERN_BYTES;
use crate::time::Timestamp;
use crate::vendors::fields::check_count;
use crate::vendors::spaceone::document::State;

/// The maximum number of conditions of a `filter` or `filter_or`.
pub const MAX_CONDITIONS: usize = 100;
/// The maximum number of values of a condition.
pub const MAX_VALUES: usize = 1000;
/// The maximum number of regular expressions of a request. Each may take 256 KiB of
/// memory.
pub const MAX_PATTERNS: usize = 100;

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

/// The path of a field.
#[derive(Clone, Debug)]
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
                let path = truncated(&key.0.join("."));
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

    pub(super) fn name(&self) -> String {
        self.0.join(".")
    }

    /// The value of the field in `row`; null if it is absent.
    pub(super) fn value_in<'a>(&self, row: &'a Value) -> &'a Value {
        self.lookup(row).unwrap_or(&Value::Null)
    }

    fn lookup<'a>(&self, row: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(row, |value, name| value.get(name))
    }

    /// The values of the field in `row`: the elements of a list, or the value itself.
    fn values_in<'a>(&self, row: &'a Value) -> &'a [Value] {
        match self.lookup(row) {
            None | Some(Value::Null) => &[],
            Some(Value::List(values)) => values,
            Some(value) => std::slice::from_ref(value),
        }
    }
}

/// A condition `{k, v, o}`.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    key: Key,
    test: Test,
    negated: bool,
}

#[derive(Clone, Debug)]
enum Test {
    /// Equal to one of these; null matches an absent field.
    In(Vec<Value>),
    /// The comparison with the value gives one of these orderings.
    Order(Value, &'static [Ordering]),
    Exists(bool),
    /// Contains one of these texts, compared in lower case.
    Contains(Vec<String>),
    Matches(Vec<Regex>),
    Time(Timestamp, &'static [Ordering]),
}

const LT: &[Ordering] = &[Ordering::Less];
const LTE: &[Ordering] = &[Ordering::Less, Ordering::Equal];
const GT: &[Ordering] = &[Ordering::Greater];
const GTE: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

type Build = fn(Value) -> Result<(Test, bool), Error>;

/// The operators, each with the reader of its value. The `bool` is true for the
/// negated operators.
const OPERATORS: [(&str, Build); 19] = [
    ("eq", |v| Ok((Test::In(vec![scalar(v)?]), false))),
    ("not", |v| Ok((Test::In(vec![scalar(v)?]), true))),
    ("lt", |v| Ok((Test::Order(scalar(v)?, LT), false))),
    ("lte", |v| Ok((Test::Order(scalar(v)?, LTE), false))),
    ("gt", |v| Ok((Test::Order(scalar(v)?, GT), false))),
    ("gte", |v| Ok((Test::Order(scalar(v)?, GTE), false))),
    ("exists", |v| Ok((Test::Exists(v.bool()?), false))),
    ("contain", |v| Ok((Test::Contains(vec![lower(v)?]), false))),
    ("not_contain", |v| Ok((Test::Contains(vec![lower(v)?]), true))),
    ("in", |v| Ok((Test::In(value_list(v, scalar)?), false))),
    ("not_in", |v| Ok((Test::In(value_list(v, scalar)?), true))),
    ("contain_in", |v| Ok((Test::Contains(value_list(v, lower)?), false))),
    ("not_contain_in", |v| Ok((Test::Contains(value_list(v, lower)?), true))),
    ("regex", |v| Ok((Test::Matches(vec![pattern(v)?]), false))),
    ("regex_in", |v| Ok((Test::Matches(value_list(v, pattern)?), false))),
    ("datetime_lt", |v| Ok((Test::Time(v.timestamp()?, LT), false))),
    ("datetime_lte", |v| Ok((Test::Time(v.timestamp()?, LTE), false))),
    ("datetime_gt", |v| Ok((Test::Time(v.timestamp()?, GT), false))),
    ("datetime_gte", |v| Ok((Test::Time(v.timestamp()?, GTE), false))),
];

impl Condition {
    pub(super) fn read(value: Value, key: fn(Value) -> Result<Key, Error>) -> Result<Self, Error> {
        let mut fields = value.object()?;
        for (short, long) in [("k", "key"), ("v", "value"), ("o", "operator")] {
            fields.alias(short, long)?;
        }
        let key = fields.required("key", key)?;
        let build = fields.required("operator", |value| value.word(&OPERATORS))?;
        let value = fields.take("value").ok_or_else(|| Error::invalid("is missing"));
        let (mut test, negated) = value.and_then(build).map_err(|error| error.in_field("value"))?;
        fields.finish()?;
        // NONE is the protobuf default and stands for OPEN.
        if let (Test::In(values), [field]) = (&mut test, key.0.as_slice())
            && field == "state"
        {
            for value in values.iter_mut().filter(|value| **value == Value::from("NONE")) {
                *value = State::Open.name().into();
            }
        }
        Ok(Self { key, test, negated })
    }

    /// Reads a list of conditions.
    pub(super) fn read_list(
        value: Value,
        key: fn(Value) -> Result<Key, Error>,
    ) -> Result<Vec<Self>, Error> {
        let conditions = value.list(|value| Self::read(value, key))?;
        check_count(conditions.len(), MAX_CONDITIONS)?;
        Ok(conditions)
    }

    /// The condition that `field` equals `value`.
    pub(super) fn equals(field: &str, value: &str) -> Self {
        let key = Key(vec![field.to_owned()]);
        Self { key, test: Test::In(vec![value.into()]), negated: false }
    }

    pub(super) fn holds(&self, row: &Value) -> bool {
        let values = self.key.values_in(row);
        let text = |value: &Value| match value {
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        };
        let passes = match &self.test {
            Test::In(wanted) => wanted.iter().any(|wanted| match wanted {
                Value::Null => values.is_empty(),
                wanted => values.iter().any(|v| compare(v, wanted) == Some(Ordering::Equal)),
            }),
            Test::Order(to, orders) => values
                .iter()
                .any(|value| compare(value, to).is_some_and(|order| orders.contains(&order))),
            Test::Exists(wanted) => {
                self.key.lookup(row).is_some_and(|v| *v != Value::Null) == *wanted
            }
            Test::Contains(parts) => values.iter().any(|value| {
                let text = text(value).to_lowercase();
                parts.iter().any(|part| text.contains(part.as_str()))
            }),
            Test::Matches(patterns) => values.iter().any(|value| {
                let text = text(value);
                patterns.iter().any(|pattern| pattern.is_match(&text))
            }),
            Test::Time(to, orders) => values.iter().any(|value| match value {
                Value::Text(text) => {
                    text.parse::<Timestamp>().is_ok_and(|t| orders.contains(&t.cmp(to)))
                }
                _ => false,
            }),
        };
        passes != self.negated
    }
}

/// Returns an error if a request has more than [`MAX_PATTERNS`] regular expressions.
/// Called before any of them is compiled.
pub(super) fn check_pattern_count(request: &Value) -> Result<(), Error> {
    let count = pattern_count(request);
    if count <= MAX_PATTERNS {
        return Ok(());
    }
    Err(Error::beyond(count, "patterns", MAX_PATTERNS).in_field("query"))
}

fn pattern_count(value: &Value) -> usize {
    match value {
        Value::List(values) => values.iter().map(pattern_count).sum(),
        Value::Object(fields) => {
            let either = |short, long| value.get(short).or_else(|| value.get(long));
            let own = match (either("o", "operator"), either("v", "value")) {
                (Some(Value::Text(word)), Some(list)) if word.starts_with("regex") => match list {
                    Value::List(values) => values.len(),
                    _ => 1,
                },
                _ => 0,
            };
            own + fields.iter().map(|(_, value)| pattern_count(value)).sum::<usize>()
        }
        _ => 0,
    }
}

fn scalar(value: Value) -> Result<Value, Error> {
    match value {
        Value::List(_) | Value::Object(_) => Err(value.is_not("a single value")),
        scalar => Ok(scalar),
    }
}

fn lower(value: Value) -> Result<String, Error> {
    Ok(value.text()?.to_lowercase())
}

fn value_list<T>(value: Value, read: fn(Value) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    let values = value.list(read)?;
    check_count(values.len(), MAX_VALUES)?;
    Ok(values)
}

/// Compiles a regular expression. It is not anchored; it matches in linear time and
/// its memory is bounded.
fn pattern(value: Value) -> Result<Regex, Error> {
    const MAX_COMPILED_BYTES: usize = 1 << 18;
    let text = value.text()?;
    if text.len() > MAX_PATTERN_BYTES {
        let message =
            format!("a pattern of {} bytes is longer than {MAX_PATTERN_BYTES}", text.len());
        return Err(Error::new(ErrorKind::Limit, message));
    }
    RegexBuilder::new(&text)
        .size_limit(MAX_COMPILED_BYTES)
        .build()
        .map_err(|_| Error::syntax(format_args!("\"{}\" is not a pattern", truncated(&text))))
}

/// Compares two values of one type: timestamps by instant, numbers by value, other
/// texts by code point. `None` for different types, lists and objects.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => {
            match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
                (Ok(a), Ok(b)) => Some(a.cmp(&b)),
                _ => Some(a.cmp(b)),
            }
        }
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => Some(to_billionths(a)?.cmp(&to_billionths(b)?)),
    }
}

/// A total order of all values: null, booleans, numbers, texts, then lists and
/// objects by their JSON text.
pub(super) fn total_order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Integer(_) | Value::Fraction(_) => 2,
        Value::Text(_) => 3,
        Value::List(_) | Value::Object(_) => 4,
    };
    let same = || compare(a, b).unwrap_or_else(|| a.to_json().cmp(&b.to_json()));
    rank(a).cmp(&rank(b)).then_with(same)
}

/// The number of decimals of fixed-point numbers.
pub(super) const DECIMALS: usize = 9;

/// Converts a number to billionths; `None` if it is not a number or overflows.
pub(super) fn to_billionths(value: &Value) -> Option<i128> {
    let unit = 10i128.pow(DECIMALS as u32);
    match value {
        Value::Integer(number) => number.checked_mul(unit),
        Value::Fraction(text) => {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
            // Further decimals are truncated.
            let decimals: String =
                decimals.chars().chain("000000000".chars()).take(DECIMALS).collect();
            let sign = if whole.starts_with('-') { -1 } else { 1 };
            let whole: i128 = whole.parse().ok()?;
            whole.checked_mul(unit)?.checked_add(sign * decimals.parse::<i128>().ok()?)
        }
        _ => None,
    }
}

/// Converts billionths to a number.
pub(super) fn from_billionths(billionths: i128) -> Value {
    let unit = 10i128.pow(DECIMALS as u32);
    if billionths % unit == 0 {
        return Value::Integer(billionths / unit);
    }
    let sign = if billionths < 0 { "-" } else { "" };
    let (whole, rest) = (
        billionths.unsigned_abs() / unit.unsigned_abs(),
        billionths.unsigned_abs() % unit.unsigned_abs(),
    );
    let decimals = format!("{rest:09}");
    Value::Fraction(format!("{sign}{whole}.{}", decimals.trim_end_matches('0')))
}
