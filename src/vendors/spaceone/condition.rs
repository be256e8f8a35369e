//! One condition of a query, and the comparison of JSON values.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::error::Error;
use crate::json::number::Number;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::Budget;
use crate::vendors::fields::check_count;
use crate::vendors::pattern::Pattern;
use crate::vendors::spaceone::document::State;
use crate::vendors::spaceone::found::{Cell, Found, Parsed};
use crate::vendors::spaceone::row::{Cells, Key, Row};

/// The maximum number of conditions of a `filter` or `filter_or`.
pub const MAX_CONDITIONS: usize = 100;
/// The maximum number of values of a condition.
pub const MAX_VALUES: usize = 1000;
/// The maximum number of regular expressions of a request. Each may take 256 KiB of
/// memory.
pub const MAX_PATTERNS: usize = 100;

/// Lists of conditions on the same rows, and the fields that they test.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    keys: Vec<Key>,
    /// All of these must hold.
    all: Vec<Condition>,
    /// One of these must hold, if there are any.
    any: Vec<Condition>,
}

/// A condition `{k, v, o}`.
#[derive(Clone, Debug)]
struct Condition {
    /// The index of its field in the keys of [`Conditions`].
    key: usize,
    test: Test,
    is_negated: bool,
}

#[derive(Clone, Debug)]
enum Test {
    In(Box<Wanted>),
    /// The comparison with the value gives one of these orderings.
    Order(Scalar, &'static [Ordering]),
    Exists(bool),
    /// Contains one of these texts, compared in lower case.
    Contains(Vec<String>),
    Matches(Vec<Pattern>),
    Time(Timestamp, &'static [Ordering]),
}

/// Values to be equal to one of, by type.
#[derive(Clone, Debug, Default)]
struct Wanted {
    /// Null matches an absent field.
    is_null: bool,
    bools: [bool; 2],
    numbers: HashSet<Number>,
    times: HashSet<Timestamp>,
    texts: HashSet<String>,
}

/// A value to compare with.
#[derive(Clone, Debug)]
struct Scalar {
    parsed: Parsed,
    text: String,
}

const LT: &[Ordering] = &[Ordering::Less];
const LTE: &[Ordering] = &[Ordering::Less, Ordering::Equal];
const GT: &[Ordering] = &[Ordering::Greater];
const GTE: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

type Build = fn(Value, &Budget) -> Result<(Test, bool), Error>;

/// The operators, each with the reader of its value. The `bool` is true for the
/// negated operators.
const OPERATORS: [(&str, Build); 19] = [
    ("eq", |v, b| Ok((wanted([scalar(v)?], b)?, false))),
    ("not", |v, b| Ok((wanted([scalar(v)?], b)?, true))),
    ("lt", |v, b| Ok((Test::Order(Scalar::read(v, b)?, LT), false))),
    ("lte", |v, b| Ok((Test::Order(Scalar::read(v, b)?, LTE), false))),
    ("gt", |v, b| Ok((Test::Order(Scalar::read(v, b)?, GT), false))),
    ("gte", |v, b| Ok((Test::Order(Scalar::read(v, b)?, GTE), false))),
    ("exists", |v, _| Ok((Test::Exists(v.bool()?), false))),
    ("contain", |v, _| Ok((Test::Contains(vec![lower(v)?]), false))),
    ("not_contain", |v, _| Ok((Test::Contains(vec![lower(v)?]), true))),
    ("in", |v, b| Ok((wanted(value_list(v, scalar)?, b)?, false))),
    ("not_in", |v, b| Ok((wanted(value_list(v, scalar)?, b)?, true))),
    ("contain_in", |v, _| Ok((Test::Contains(value_list(v, lower)?), false))),
    ("not_contain_in", |v, _| Ok((Test::Contains(value_list(v, lower)?), true))),
    ("regex", |v, b| Ok((Test::Matches(vec![pattern(v, b)?]), false))),
    ("regex_in", |v, b| Ok((Test::Matches(value_list(v, |v| pattern(v, b))?), false))),
    ("datetime_lt", |v, _| Ok((Test::Time(v.timestamp()?, LT), false))),
    ("datetime_lte", |v, _| Ok((Test::Time(v.timestamp()?, LTE), false))),
    ("datetime_gt", |v, _| Ok((Test::Time(v.timestamp()?, GT), false))),
    ("datetime_gte", |v, _| Ok((Test::Time(v.timestamp()?, GTE), false))),
];

type ReadKey = fn(Value) -> Result<Key, Error>;

impl Conditions {
    /// Adds a list of conditions that must all hold.
    pub(super) fn read_all(
        &mut self,
        value: Value,
        key: ReadKey,
        budget: &Budget,
    ) -> Result<(), Error> {
        let all = self.read_list(value, key, budget)?;
        self.all.extend(all);
        Ok(())
    }

    /// Adds a list of conditions of which one must hold.
    pub(super) fn read_any(
        &mut self,
        value: Value,
        key: ReadKey,
        budget: &Budget,
    ) -> Result<(), Error> {
        let any = self.read_list(value, key, budget)?;
        self.any.extend(any);
        Ok(())
    }

    /// Adds the condition that `field` equals `value`.
    pub(super) fn require(
        &mut self,
        field: &str,
        value: Value,
        budget: &Budget,
    ) -> Result<(), Error> {
        let key = self.place(Key::of(field));
        self.all.push(Condition { key, test: wanted([value], budget)?, is_negated: false });
        Ok(())
    }

    /// The keys that the conditions test.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Whether the conditions hold for a row.
    pub(super) fn hold(&self, row: &Row<'_>, budget: &Budget) -> Result<bool, Error> {
        if self.keys.is_empty() {
            return Ok(true);
        }
        let cells = Cells::new(&self.keys, row, budget)?;
        for condition in &self.all {
            if !condition.holds(&cells, budget)? {
                return Ok(false);
            }
        }
        for condition in &self.any {
            if condition.holds(&cells, budget)? {
                return Ok(true);
            }
        }
        Ok(self.any.is_empty())
    }

    fn read_list(
        &mut self,
        value: Value,
        key: ReadKey,
        budget: &Budget,
    ) -> Result<Vec<Condition>, Error> {
        let conditions = value.list(|value| self.read(value, key, budget))?;
        check_count(conditions.len(), MAX_CONDITIONS)?;
        Ok(conditions)
    }

    fn read(&mut self, value: Value, key: ReadKey, budget: &Budget) -> Result<Condition, Error> {
        let mut fields = value.object()?;
        for (short, long) in [("k", "key"), ("v", "value"), ("o", "operator")] {
            fields.alias(short, long)?;
        }
        let key = fields.required("key", key)?;
        let build = fields.required("operator", |value| value.word(&OPERATORS))?;
        let value = fields.take("value").ok_or_else(|| Error::invalid("is missing"));
        let (mut test, is_negated) = value
            .and_then(|value| build(value, budget))
            .map_err(|error| error.in_field("value"))?;
        fields.finish()?;
        // NONE is the protobuf default and stands for OPEN.
        if let (Test::In(wanted), [field]) = (&mut test, key.path())
            && field == "state"
            && wanted.texts.remove("NONE")
        {
            wanted.texts.insert(State::Open.name().to_owned());
        }
        Ok(Condition { key: self.place(key), test, is_negated })
    }

    /// The index of a key, which is added if it is new.
    fn place(&mut self, key: Key) -> usize {
        let known = self.keys.iter().position(|known| *known == key);
        known.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        })
    }
}

impl Condition {
    fn holds(&self, cells: &Cells<'_>, budget: &Budget) -> Result<bool, Error> {
        let (found, cells) = cells.get(self.key, budget)?;
        budget.spend(4_u64)?;
        let any = |test: &dyn Fn(&Cell<'_>) -> Result<bool, Error>| {
            for cell in cells {
                if test(cell)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let passes = match &self.test {
            Test::In(wanted) => {
                wanted.is_null && cells.is_empty() || any(&|cell| wanted.has(cell, budget))?
            }
            Test::Order(to, orders) => any(&|cell| {
                Ok(to.compare(cell, budget)?.is_some_and(|order| orders.contains(&order)))
            })?,
            Test::Exists(wanted) => !matches!(found, Found::Nothing) == *wanted,
            Test::Contains(parts) => any(&|cell| {
                let text = cell.lower(budget)?;
                for part in parts {
                    // A longer part is not looked for.
                    let is_possible = part.len() <= text.len();
                    budget.spend(if is_possible { 10 + text.len() + part.len() } else { 1 })?;
                    if is_possible && text.contains(part.as_str()) {
                        return Ok(true);
                    }
                }
                Ok(false)
            })?,
            Test::Matches(patterns) => any(&|cell| {
                for pattern in patterns {
                    if pattern.is_match(cell.text(), budget)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            })?,
            Test::Time(to, orders) => any(&|cell| {
                budget.spend(2_u64)?;
                Ok(match (cell.parsed(), cell) {
                    (Parsed::Time(t), _) => orders.contains(&t.cmp(to)),
                    _ => false,
                })
            })?,
        };
        Ok(passes != self.is_negated)
    }
}

/// The test for values equal to one of `values`.
fn wanted(values: impl IntoIterator<Item = Value>, budget: &Budget) -> Result<Test, Error> {
    let mut wanted = Box::<Wanted>::default();
    for value in values {
        let parsed = Parsed::read(Found::from(&value), budget)?;
        match (parsed, value) {
            (Parsed::Bool(bool), _) => wanted.bools[usize::from(bool)] = true,
            (Parsed::Number(number), _) => drop(wanted.numbers.insert(number)),
            (Parsed::Time(t), _) => drop(wanted.times.insert(t)),
            (_, Value::Text(text)) => drop(wanted.texts.insert(text)),
            _ => wanted.is_null = true,
        }
    }
    Ok(Test::In(wanted))
}

impl Wanted {
    fn has(&self, cell: &Cell<'_>, budget: &Budget) -> Result<bool, Error> {
        budget.spend(8_u64)?;
        Ok(match cell.parsed() {
            Parsed::Bool(bool) => self.bools[usize::from(*bool)],
            Parsed::Number(number) => self.numbers.contains(number),
            Parsed::Time(t) => self.times.contains(t),
            Parsed::Text => {
                budget.spend(cell.text().len() / 4)?;
                self.texts.contains(cell.text())
            }
            Parsed::Other => false,
        })
    }
}

impl Scalar {
    fn read(value: Value, budget: &Budget) -> Result<Self, Error> {
        let value = scalar(value)?;
        let parsed = Parsed::read(Found::from(&value), budget)?;
        let text = match value {
            Value::Text(text) => text,
            _ => String::new(),
        };
        Ok(Self { parsed, text })
    }

    /// Compares a value of the same type with this one: timestamps by instant, numbers by
    /// value, other texts by code point. `None` for different types, lists and objects.
    fn compare(&self, cell: &Cell<'_>, budget: &Budget) -> Result<Option<Ordering>, Error> {
        budget.spend(4_u64)?;
        Ok(match (cell.parsed(), &self.parsed) {
            (Parsed::Time(a), Parsed::Time(b)) => Some(a.cmp(b)),
            (Parsed::Bool(a), Parsed::Bool(b)) => Some(a.cmp(b)),
            (Parsed::Number(a), Parsed::Number(b)) => Some(a.cmp(b)),
            (Parsed::Text | Parsed::Time(_), Parsed::Text | Parsed::Time(_)) => {
                budget.spend(cell.text().len() / 16)?;
                Some(cell.text().cmp(&self.text))
            }
            _ => None,
        })
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

fn pattern(value: Value, budget: &Budget) -> Result<Pattern, Error> {
    Pattern::compile(&value.text()?, budget)
}

fn value_list<T>(
    value: Value,
    read: impl FnMut(Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let values = value.list(read)?;
    check_count(values.len(), MAX_VALUES)?;
    Ok(values)
}
