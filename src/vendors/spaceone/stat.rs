//! `MaintenanceWindowStatQuery`: aggregation over windows.

use std::cell::Cell;
use std::collections::HashSet;

use crate::error::{Error, ErrorKind};
use crate::json::value::{Fields, Value};
use crate::vendors::fields::{check_count, vendor_id_field};
use crate::vendors::spaceone::condition::{
    Condition, Key, check_pattern_count, compare, from_billionths, to_billionths, total_order,
};
use crate::vendors::spaceone::query::{Filter, Page, Sort, sort};

/// The maximum number of stages of an aggregation.
pub const MAX_STAGES: usize = 20;

/// The maximum number of bytes that the stages of one aggregation may copy,
/// approximately as JSON: 128 MiB.
pub const MAX_COPIED_BYTES: usize = 1 << 27;

/// A request of `stat`.
///
/// ```
/// use quietude::vendors::spaceone::StatRequest;
///
/// let request = StatRequest::from_json(r#"{ "domain_id": "d-1", "query": { "aggregate": [
///     { "unwind": { "path": "projects" } },
///     { "group": { "keys": [ { "key": "projects", "name": "project" } ],
///                  "fields": [ { "name": "count", "operator": "count" } ] } } ] } }"#);
/// assert!(request.is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct StatRequest {
    pub(super) domain: String,
    filter: Filter,
    operation: Operation,
    page: Option<Page>,
}

#[derive(Clone, Debug)]
enum Operation {
    Distinct(Key),
    Stages(Vec<Stage>),
}

#[derive(Clone, Debug)]
enum Stage {
    Unwind(Key),
    Group { keys: Vec<(Key, String)>, fields: Vec<Field> },
    Count(String),
    Sort(Vec<Sort>),
    Project { fields: Vec<(Key, String)>, exclude_keys: bool },
    Limit(usize),
    Skip(usize),
}

/// An accumulator of a `group` stage.
#[derive(Clone, Debug)]
struct Field {
    name: String,
    operator: Operator,
    key: Option<Key>,
    /// For `push` and `add_to_set`: collect objects of these fields.
    fields: Vec<(Key, String)>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Count,
    Sum,
    Average,
    Max,
    Min,
    First,
    Last,
    Push,
    AddToSet,
}

const OPERATORS: [(&str, Operator); 9] = [
    ("count", Operator::Count),
    ("sum", Operator::Sum),
    ("average", Operator::Average),
    ("max", Operator::Max),
    ("min", Operator::Min),
    ("first", Operator::First),
    ("last", Operator::Last),
    ("push", Operator::Push),
    ("add_to_set", Operator::AddToSet),
];

impl StatRequest {
    /// Parses a request.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        check_pattern_count(&value)?;
        let mut fields = value.object()?;
        let domain = fields.required("domain_id", vendor_id_field)?;
        let (filter, operation, page) = fields.required("query", |value| {
            let mut fields = value.object()?;
            let filter = Filter::read(&mut fields)?;
            let distinct = fields.optional("distinct", Key::read)?;
            let aggregate = fields.optional("aggregate", read_stages)?;
            let page = fields.optional("page", Page::read)?;
            fields.finish()?;
            let operation = match (distinct, aggregate) {
                (Some(key), None) => Operation::Distinct(key),
                (None, Some(stages)) if !stages.is_empty() => Operation::Stages(stages),
                (Some(_), Some(_)) => {
                    return Err(Error::invalid("is given besides aggregate").in_field("distinct"));
                }
                _ => return Err(Error::invalid("is missing").in_field("aggregate")),
            };
            Ok((filter, operation, page))
        })?;
        fields.finish()?;
        Ok(Self { domain, filter, operation, page })
    }

    /// Executes the request on the windows of the domain.
    pub(super) fn run(&self, rows: impl Iterator<Item = Value>) -> Result<Value, Error> {
        let rows = rows.filter(|row| self.filter.holds(row)).collect();
        let results = match &self.operation {
            Operation::Distinct(key) => distinct(key, rows),
            Operation::Stages(stages) => run_stages(stages, rows)?,
        };
        let total = results.len();
        let paged = self.page.is_some();
        let results = Value::List(Page::apply(self.page, results));
        Ok(Value::fields(
            [("results", results)].into_iter().chain(paged.then(|| ("total_count", total.into()))),
        ))
    }
}

/// Reads the stages: a list of objects with one key each, or one object.
fn read_stages(value: Value) -> Result<Vec<Stage>, Error> {
    let list = match value {
        Value::Object(fields) => {
            Value::List(fields.into_iter().map(|field| Value::fields([field])).collect())
        }
        list => list,
    };
    let stages = list.list(|value| {
        const WORDS: &str = "unwind, group, count, sort, project, limit, skip";
        let Some((name, value)) = value.object()?.only() else {
            return Err(Error::syntax(format_args!("is not an object with one of {WORDS}")));
        };
        let stage = match name.as_str() {
            "unwind" => value.object().and_then(|mut fields| {
                let path = fields.required("path", Key::read_any)?;
                fields.finish()?;
                Ok(Stage::Unwind(path))
            }),
            "group" => read_group(value),
            "count" => value.object().and_then(|mut fields| {
                let name = fields.required("name", vendor_id_field)?;
                fields.finish()?;
                Ok(Stage::Count(name))
            }),
            "sort" => read_sort(value).map(Stage::Sort),
            "project" => read_project(value),
            "limit" => value.number().map(Stage::Limit),
            "skip" => value.number().map(Stage::Skip),
            _ => Err(Error::invalid(format_args!("is not a stage; there are {WORDS}"))),
        };
        stage.map_err(|error| error.in_field(&crate::error::truncated(&name)))
    })?;
    check_count(stages.len(), MAX_STAGES)?;
    Ok(stages)
}

fn read_sort(value: Value) -> Result<Vec<Sort>, Error> {
    if value.get("keys").is_none() {
        return Sort::one_or_more(value, Key::read_any);
    }
    let mut fields = value.object()?;
    let sorts = fields.required("keys", |value| Sort::one_or_more(value, Key::read_any))?;
    fields.finish()?;
    Ok(sorts)
}

fn read_group(value: Value) -> Result<Stage, Error> {
    let mut fields = value.object()?;
    let keys = fields.optional("keys", named_keys)?.unwrap_or_default();
    let made = fields.optional("fields", |value| value.list(read_field))?.unwrap_or_default();
    check_count(keys.len() + made.len(), 100)?;
    let named = keys.iter().map(|(_, name)| name).chain(made.iter().map(|field| &field.name));
    check_unique(named)?;
    if keys.is_empty() && made.is_empty() {
        return Err(Error::invalid("is missing").in_field("keys"));
    }
    fields.finish()?;
    Ok(Stage::Group { keys, fields: made })
}

/// Returns an error if a name is repeated, because the result is an object.
fn check_unique<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    let mut known = HashSet::new();
    match names.into_iter().find(|name| !known.insert(*name)) {
        None => Ok(()),
        Some(name) => {
            let name = crate::error::truncated(name);
            Err(Error::new(ErrorKind::Duplicate, format!("the name \"{name}\" is repeated")))
        }
    }
}

fn read_field(value: Value) -> Result<Field, Error> {
    let mut fields = value.object()?;
    for (short, long) in [("k", "key"), ("n", "name"), ("o", "operator")] {
        fields.alias(short, long)?;
    }
    let field = Field {
        name: fields.required("name", vendor_id_field)?,
        operator: fields.required("operator", |value| value.word(&OPERATORS))?,
        key: fields.optional("key", Key::read_any)?,
        fields: fields.optional("fields", named_keys)?.unwrap_or_default(),
        conditions: fields
            .optional("conditions", |value| Condition::read_list(value, Key::read_any))?
            .unwrap_or_default(),
    };
    fields.finish()?;
    let collects = matches!(field.operator, Operator::Push | Operator::AddToSet);
    let has_source = field.key.is_some() || (collects && !field.fields.is_empty());
    if field.operator != Operator::Count && !has_source {
        return Err(Error::invalid("is missing").in_field("key"));
    }
    Ok(field)
}

/// Reads `[{ "key": .., "name": .. }]`. The default of the name is the key.
fn named_keys(value: Value) -> Result<Vec<(Key, String)>, Error> {
    let keys = value.list(|value| {
        let mut fields = value.object()?;
        fields.alias("k", "key")?;
        fields.alias("n", "name")?;
        let key = fields.required("key", Key::read_any)?;
        let name = fields.optional("name", vendor_id_field)?.unwrap_or_else(|| key.name());
        fields.finish()?;
        Ok((key, name))
    })?;
    check_unique(keys.iter().map(|(_, name)| name))?;
    Ok(keys)
}

fn read_project(value: Value) -> Result<Stage, Error> {
    let mut fields: Fields = value.object()?;
    let made = fields.required("fields", named_keys)?;
    let exclude_keys = fields.optional("exclude_keys", Value::bool)? == Some(true);
    fields.finish()?;
    Ok(Stage::Project { fields: made, exclude_keys })
}

/// The distinct values of a key, sorted. Lists are replaced by their elements.
fn distinct(key: &Key, rows: Vec<Value>) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for row in &rows {
        match key.value_in(row) {
            Value::Null => {}
            Value::List(list) => values.extend(list.iter().cloned()),
            value => values.push(value.clone()),
        }
    }
    values.sort_by(total_order);
    values.dedup();
    values
}

fn run_stages(stages: &[Stage], mut rows: Vec<Value>) -> Result<Vec<Value>, Error> {
    let mut group_keys: Vec<String> = Vec::new();
    let copier = Copier::default();
    for (index, stage) in stages.iter().enumerate() {
        let at = |stage: &'static str| {
            move |error: Error| error.in_field(stage).in_element(index).in_field("query.aggregate")
        };
        rows = match stage {
            Stage::Unwind(path) => unwind(path, rows, &copier).map_err(at("unwind"))?,
            Stage::Group { keys, fields } => {
                group_keys = keys.iter().map(|(_, name)| name.clone()).collect();
                group_rows(keys, fields, rows, &copier).map_err(at("group"))?
            }
            Stage::Count(name) => vec![Value::fields([(name, rows.len().into())])],
            Stage::Sort(sorts) => {
                sort(&mut rows, sorts);
                rows
            }
            Stage::Project { fields, exclude_keys } => {
                let kept = if *exclude_keys { &[][..] } else { &group_keys[..] };
                let rows = rows.iter().map(|row| copier.project(row, kept, fields));
                rows.collect::<Result<_, _>>().map_err(at("project"))?
            }
            Stage::Limit(limit) => rows.into_iter().take(*limit).collect(),
            Stage::Skip(skip) => rows.into_iter().skip(*skip).collect(),
        };
    }
    Ok(rows)
}

/// Replaces each row by one row for each element of its list. Rows without the field
/// are dropped.
fn unwind(path: &Key, rows: Vec<Value>, copier: &Copier) -> Result<Vec<Value>, Error> {
    let name = path.name();
    let mut unwound = Vec::new();
    for row in rows {
        match path.value_in(&row) {
            Value::Null => {}
            Value::List(values) => {
                for value in values {
                    unwound.push(with_value(copier.copy(&row)?, &name, value.clone()));
                }
            }
            _ => unwound.push(row),
        }
    }
    Ok(unwound)
}

/// Replaces the value at `path`.
fn with_value(row: Value, path: &str, value: Value) -> Value {
    let (name, below) =
        path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    match row {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(field, old)| match below {
                    _ if field != name => (field, old),
                    Some(below) => (field, with_value(old, below, value.clone())),
                    None => (field, value.clone()),
                })
                .collect(),
        ),
        row => row,
    }
}

/// One row for each combination of key values, in the order of first appearance.
fn group_rows(
    keys: &[(Key, String)],
    fields: &[Field],
    rows: Vec<Value>,
    copier: &Copier,
) -> Result<Vec<Value>, Error> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
    for row in rows {
        let values = keys.iter().map(|(key, _)| copier.copy(key.value_in(&row)));
        let values = values.collect::<Result<Vec<Value>, _>>()?;
        let id = Value::List(values.clone()).to_json();
        let place = *places.entry(id).or_insert_with(|| {
            groups.push((values, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    groups
        .into_iter()
        .map(|(values, rows)| {
            let mut made: Vec<(String, Value)> =
                keys.iter().map(|(_, name)| name.clone()).zip(values).collect();
            for (index, field) in fields.iter().enumerate() {
                let value = field
                    .evaluate(&rows, copier)
                    .map_err(|error| error.in_element(index).in_field("fields"))?;
                made.push((field.name.clone(), value));
            }
            Ok(Value::Object(made))
        })
        .collect()
}

impl Field {
    /// Evaluates the accumulator over the rows of a group.
    fn evaluate(&self, rows: &[Value], copier: &Copier) -> Result<Value, Error> {
        let rows = rows.iter().filter(|row| self.conditions.iter().all(|c| c.holds(row)));
        let value = |row: &Value| match &self.key {
            Some(key) if self.fields.is_empty() => copier.copy(key.value_in(row)),
            _ => copier.project(row, &[], &self.fields),
        };
        if self.operator == Operator::Count {
            return Ok(rows.count().into());
        }
        let mut values = rows.map(value);
        let one = |found: Option<Result<Value, Error>>| found.unwrap_or(Ok(Value::Null));
        match self.operator {
            Operator::First => return one(values.next()),
            Operator::Last => return one(values.next_back()),
            _ => {}
        }
        let mut values = values.collect::<Result<Vec<Value>, _>>()?;
        Ok(match self.operator {
            Operator::Push => Value::List(values),
            Operator::AddToSet => {
                values.sort_by(total_order);
                values.dedup();
                Value::List(values)
            }
            Operator::Max => best(values, |a, b| total_order(a, b).is_gt()),
            Operator::Min => best(values, |a, b| total_order(a, b).is_lt()),
            Operator::Sum => from_billionths(sum(values)?.0),
            _ => match sum(values)? {
                (_, 0) => Value::Null,
                (sum, count) => from_billionths(sum / count),
            },
        })
    }
}

/// Copies values and limits their total size, because stages can multiply their
/// input.
#[derive(Default)]
struct Copier {
    copied: Cell<usize>,
}

impl Copier {
    fn copy(&self, value: &Value) -> Result<Value, Error> {
        let copied = self.copied.get() + size(value);
        self.copied.set(copied);
        if copied > MAX_COPIED_BYTES {
            let message = format!("more than {MAX_COPIED_BYTES} bytes of values are copied");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        Ok(value.clone())
    }

    /// The `kept` fields of a row, and `fields` under their new names.
    fn project(
        &self,
        row: &Value,
        kept: &[String],
        fields: &[(Key, String)],
    ) -> Result<Value, Error> {
        let is_made = |name: &String| fields.iter().any(|(_, made)| made == name);
        let kept = kept.iter().filter(|name| !is_made(name));
        let kept = kept.filter_map(|name| Some((name, row.get(name)?)));
        let made = fields.iter().map(|(key, name)| (name, key.value_in(row)));
        let copied = kept.chain(made).map(|(name, value)| {
            self.copied.set(self.copied.get() + name.len());
            Ok((name.clone(), self.copy(value)?))
        });
        copied.collect::<Result<_, _>>().map(Value::Object)
    }
}

/// The approximate length of a value as JSON, in bytes.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Fraction(text) => text.len() + 2,
        Value::List(values) => values.iter().map(size).sum::<usize>() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + 4 + size(value)).sum::<usize>() + 2
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) => 4,
    }
}

/// The first of the best values. Values that cannot be compared are ignored.
fn best(values: Vec<Value>, better: fn(&Value, &Value) -> bool) -> Value {
    values
        .into_iter()
        .filter(|value| compare(value, value).is_some())
        .reduce(|best, value| if better(&value, &best) { value } else { best })
        .unwrap_or(Value::Null)
}

/// The sum (in billionths) and the count of the numbers. Other values are ignored.
fn sum(values: Vec<Value>) -> Result<(i128, i128), Error> {
    let mut total = (0i128, 0);
    let is_number = |value: &Value| matches!(value, Value::Integer(_) | Value::Fraction(_));
    for value in values.into_iter().filter(is_number) {
        let sum = to_billionths(&value).and_then(|number| total.0.checked_add(number));
        let too_big =
            || Error::new(ErrorKind::Limit, format!("{value} is too big a number to add"));
        total = (sum.ok_or_else(too_big)?, total.1 + 1);
    }
    Ok(total)
}
