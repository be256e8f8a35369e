//! The stages of an aggregation, and how they are read.

use std::collections::HashSet;

use crate::error::{Error, ErrorKind};
use crate::json::value::{Fields, Value};
use crate::vendors::budget::Budget;
use crate::vendors::fields::{check_count, vendor_id_field};
use crate::vendors::spaceone::condition::Conditions;
use crate::vendors::spaceone::query::Sort;
use crate::vendors::spaceone::row::Key;

/// The maximum number of stages of an aggregation.
pub const MAX_STAGES: usize = 20;

#[derive(Clone, Debug)]
pub(super) enum Stage {
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
pub(super) struct Field {
    pub(super) name: String,
    pub(super) operator: Operator,
    pub(super) key: Option<Key>,
    /// For `push` and `add_to_set`: collect objects of these fields.
    pub(super) fields: Vec<(Key, String)>,
    pub(super) conditions: Conditions,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
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

/// Reads the stages: a list of objects with one key each, or one object.
pub(super) fn read_stages(value: Value, budget: &Budget) -> Result<Vec<Stage>, Error> {
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
            "group" => read_group(value, budget),
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
        stage.map_err(|error| error.in_given_field(&name))
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

fn read_group(value: Value, budget: &Budget) -> Result<Stage, Error> {
    let mut fields = value.object()?;
    let keys = fields.optional("keys", named_keys)?.unwrap_or_default();
    let made = fields.optional("fields", |value| value.list(|value| read_field(value, budget)))?;
    let made = made.unwrap_or_default();
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

fn read_field(value: Value, budget: &Budget) -> Result<Field, Error> {
    let mut fields = value.object()?;
    for (short, long) in [("k", "key"), ("n", "name"), ("o", "operator")] {
        fields.alias(short, long)?;
    }
    let field = Field {
        name: fields.required("name", vendor_id_field)?,
        operator: fields.required("operator", |value| value.word(&OPERATORS))?,
        key: fields.optional("key", Key::read_any)?,
        fields: fields.optional("fields", named_keys)?.unwrap_or_default(),
        conditions: {
            let mut conditions = Conditions::default();
            let read = |value| conditions.read_all(value, Key::read_any, budget);
            fields.optional("conditions", read)?;
            conditions
        },
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
