//! The execution of `distinct` and of the stages of an aggregation.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::error::{Error, ErrorKind};
use crate::json::number::{Number, Sum};
use crate::json::value::Value;
use crate::vendors::budget::Budget;
use crate::vendors::spaceone::found::{Found, Ordered, block_bytes};
use crate::vendors::spaceone::query::{add_row, sorted};
use crate::vendors::spaceone::row::{Key, Row};
use crate::vendors::spaceone::stages::{Field, Operator, Stage};

/// The distinct values of a key, sorted. Lists are replaced by their elements.
pub(super) fn distinct(key: &Key, rows: &[Row<'_>], budget: &Budget) -> Result<Vec<Value>, Error> {
    let mut values = Distinct::default();
    for row in rows {
        let found = row.find(key, budget)?;
        match found.elements() {
            None => values.add(found, budget)?,
            Some(elements) => {
                for element in elements {
                    values.add(element, budget)?;
                }
            }
        }
    }
    values.sorted(budget)
}

/// Distinct values. Values are equal if they have the same JSON text.
#[derive(Default)]
struct Distinct<'a> {
    texts: HashSet<&'a str>,
    /// Other values than texts, as JSON.
    others: HashSet<Vec<u8>>,
    /// Space for the JSON of one value.
    json: Vec<u8>,
    /// In the order of addition, without null.
    values: Vec<Found<'a>>,
}

impl<'a> Distinct<'a> {
    fn add(&mut self, found: Found<'a>, budget: &Budget) -> Result<(), Error> {
        budget.spend(10_u64)?;
        let is_new = match found {
            Found::Nothing => false,
            Found::Text(text) => {
                budget.spend(text.len() / 4)?;
                self.texts.insert(text)
            }
            found => {
                self.json.clear();
                found.write(&mut self.json, budget)?;
                let is_new = !self.others.contains(&self.json);
                if is_new {
                    budget.allocate(block_bytes(self.json.len()))?;
                    self.others.insert(self.json.clone());
                }
                is_new
            }
        };
        if is_new {
            // The list and the set.
            budget.allocate(2 * size_of::<Found<'_>>() + 64)?;
            self.values.push(found);
        }
        Ok(())
    }

    /// Copies the values in the order of all values.
    fn sorted(self, budget: &Budget) -> Result<Vec<Value>, Error> {
        sorted_values(self.values, budget)?.into_iter().map(|found| copied(found, budget)).collect()
    }
}

fn sorted_values<'a>(values: Vec<Found<'a>>, budget: &Budget) -> Result<Vec<Found<'a>>, Error> {
    let levels = values.len().checked_ilog2().map_or(0, |levels| levels as usize + 1);
    budget.allocate(values.len() * 2 * size_of::<(Ordered<'_>, Found<'_>)>())?;
    let mut keyed = Vec::with_capacity(values.len());
    for found in values {
        let ordered = found.ordered(budget)?;
        budget.spend(levels * ordered.steps())?;
        keyed.push((ordered, found));
    }
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(keyed.into_iter().map(|(_, found)| found).collect())
}

pub(super) fn run_stages<'a>(
    stages: &[Stage],
    mut rows: Vec<Row<'a>>,
    budget: &Budget,
) -> Result<Vec<Row<'a>>, Error> {
    let mut group_keys: Vec<String> = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        let at = |stage: &'static str| {
            move |error: Error| error.in_field(stage).in_element(index).in_field("aggregate")
        };
        rows = match stage {
            Stage::Unwind(path) => {
                let needed = needed_fields(&stages[index + 1..], &group_keys);
                unwind(path, rows, needed.as_ref(), budget).map_err(at("unwind"))?
            }
            Stage::Group { keys, fields } => {
                group_keys = keys.iter().map(|(_, name)| name.clone()).collect();
                group_rows(keys, fields, rows, budget).map_err(at("group"))?
            }
            Stage::Count(name) => {
                vec![Row::Made(Value::fields([(name, rows.len().into())]))]
            }
            Stage::Sort(sorts) => sorted(rows, sorts, budget).map_err(at("sort"))?,
            Stage::Project { fields, exclude_keys } => {
                let kept = if *exclude_keys { &[][..] } else { &group_keys[..] };
                let is_made = |name: &String| fields.iter().any(|(_, made)| made == name);
                budget.spend(kept.len() * fields.len())?;
                let kept: Vec<Key> =
                    kept.iter().filter(|name| !is_made(name)).map(|name| Key::of(name)).collect();
                let mut projected = Vec::new();
                for row in rows {
                    let value = projection(&row, &kept, fields, budget).map_err(at("project"))?;
                    add_row(&mut projected, Row::Made(value), budget).map_err(at("project"))?;
                }
                projected
            }
            Stage::Limit(limit) => {
                rows.truncate(*limit);
                rows
            }
            Stage::Skip(skip) => rows.into_iter().skip(*skip).collect(),
        };
    }
    Ok(rows)
}

/// The names of the fields that `stages` read; `None` if a result has all fields. The other
/// fields of a row need not be copied.
fn needed_fields<'a>(stages: &'a [Stage], group_keys: &'a [String]) -> Option<HashSet<&'a str>> {
    let mut names = HashSet::new();
    for stage in stages {
        match stage {
            Stage::Unwind(path) => drop(names.insert(path.top())),
            Stage::Sort(sorts) => names.extend(sorts.iter().map(|sort| sort.key().top())),
            Stage::Limit(_) | Stage::Skip(_) => {}
            Stage::Count(_) => return Some(names),
            Stage::Project { fields, .. } => {
                names.extend(fields.iter().map(|(key, _)| key.top()));
                names.extend(group_keys.iter().map(String::as_str));
                return Some(names);
            }
            Stage::Group { keys, fields } => {
                names.extend(keys.iter().map(|(key, _)| key.top()));
                for field in fields {
                    names.extend(field.key.iter().map(Key::top));
                    names.extend(field.fields.iter().map(|(key, _)| key.top()));
                    names.extend(field.conditions.keys().iter().map(Key::top));
                }
                return Some(names);
            }
        }
    }
    None
}

/// Replaces each row by one row for each element of its list. Rows without the field
/// are dropped. Of a row that is replaced, only the `needed` fields are copied.
fn unwind<'a>(
    path: &Key,
    rows: Vec<Row<'a>>,
    needed: Option<&HashSet<&str>>,
    budget: &Budget,
) -> Result<Vec<Row<'a>>, Error> {
    let is_needed = |name: &str| needed.is_none_or(|needed| needed.contains(name));
    let mut unwound = Vec::new();
    for row in rows {
        let found = row.find(path, budget)?;
        if matches!(found, Found::Nothing) {
            continue;
        }
        let Some(elements) = found.elements() else {
            add_row(&mut unwound, row, budget)?;
            continue;
        };
        let mut kept = row.fields(budget)?;
        kept.retain(|(name, _)| is_needed(name));
        for element in elements {
            let mut fields = field_list(kept.len(), budget)?;
            for (name, found) in &kept {
                let value = if *name == path.top() {
                    with_element(*found, &path.path()[1..], element, budget)?
                } else {
                    copied(*found, budget)?
                };
                add_field(&mut fields, name, value, budget)?;
            }
            add_row(&mut unwound, Row::Made(Value::Object(fields)), budget)?;
        }
    }
    Ok(unwound)
}

/// A copy of a value in which the one at `path` is `element`.
fn with_element(
    found: Found<'_>,
    path: &[String],
    element: Found<'_>,
    budget: &Budget,
) -> Result<Value, Error> {
    let [top, below @ ..] = path else { return copied(element, budget) };
    let Found::Value(Value::Object(all)) = found else { return copied(found, budget) };
    let mut fields = field_list(all.len(), budget)?;
    for (name, value) in all {
        let value = if name == top {
            with_element(value.into(), below, element, budget)?
        } else {
            copied(value.into(), budget)?
        };
        add_field(&mut fields, name, value, budget)?;
    }
    Ok(Value::Object(fields))
}

/// One row for each combination of key values, in the order of first appearance.
fn group_rows<'a>(
    keys: &[(Key, String)],
    fields: &[Field],
    rows: Vec<Row<'a>>,
    budget: &Budget,
) -> Result<Vec<Row<'a>>, Error> {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut groups: Vec<(FieldList, Vec<Row<'_>>)> = Vec::new();
    let mut json = Vec::new();
    for row in rows {
        json.clear();
        for (key, _) in keys {
            row.find(key, budget)?.write(&mut json, budget)?;
            json.push(b',');
        }
        let place = match places.get(&json) {
            Some(place) => *place,
            None => {
                // The list of groups, their table and its key.
                budget.allocate(256 + block_bytes(json.len()))?;
                let mut values = field_list(keys.len() + fields.len(), budget)?;
                for (key, name) in keys {
                    let value = copied(row.find(key, budget)?, budget)?;
                    add_field(&mut values, name, value, budget)?;
                }
                places.insert(json.clone(), groups.len());
                groups.push((values, Vec::new()));
                groups.len() - 1
            }
        };
        add_row(&mut groups[place].1, row, budget)?;
    }
    let mut made = Vec::new();
    for (mut values, rows) in groups {
        for (index, field) in fields.iter().enumerate() {
            let value = field
                .evaluate(&rows, budget)
                .and_then(|value| add_field(&mut values, &field.name, value, budget));
            value.map_err(|error| error.in_element(index).in_field("fields"))?;
        }
        add_row(&mut made, Row::Made(Value::Object(values)), budget)?;
    }
    Ok(made)
}

impl Field {
    /// Evaluates the accumulator over the rows of a group.
    fn evaluate(&self, rows: &[Row<'_>], budget: &Budget) -> Result<Value, Error> {
        let mut held = Vec::new();
        for row in rows {
            budget.spend(4_u64)?;
            if self.conditions.hold(row, budget)? {
                held.push(row);
            }
        }
        let source = |row: &Row<'_>| match self.value_key() {
            Some(key) => copied(row.find(key, budget)?, budget),
            None => projection(row, &[], &self.fields, budget),
        };
        let one = |row: Option<&&Row<'_>>| row.map_or(Ok(Value::Null), |row| source(row));
        Ok(match self.operator {
            Operator::Count => held.len().into(),
            Operator::First => one(held.first())?,
            Operator::Last => one(held.last())?,
            Operator::Push => Value::List(copies(&held, source, budget)?),
            Operator::AddToSet => Value::List(match self.value_key() {
                Some(key) => set_of(held.iter().map(|row| row.find(key, budget)), budget)?,
                None => {
                    let made = copies(&held, source, budget)?;
                    set_of(made.iter().map(|value| Ok(value.into())), budget)?
                }
            }),
            Operator::Max | Operator::Min => {
                let is_better = |order: Ordering| match self.operator {
                    Operator::Max => order.is_gt(),
                    _ => order.is_lt(),
                };
                let mut best: Option<(Ordered<'_>, Found<'_>)> = None;
                self.compare(&held, budget, |ordered, found| {
                    if best.as_ref().is_none_or(|(best, _)| is_better(ordered.cmp(best))) {
                        best = Some((ordered, found));
                    }
                    Ok(())
                })?;
                best.map_or(Ok(Value::Null), |(_, found)| copied(found, budget))?
            }
            Operator::Sum | Operator::Average => {
                let (mut sum, mut count) = (Sum::default(), 0_u32);
                self.compare(&held, budget, |ordered, found| {
                    if let Ordered::Number(number) = ordered {
                        sum = plus(sum, &number, found)?;
                        count += 1;
                    }
                    Ok(())
                })?;
                match (self.operator, count) {
                    (Operator::Sum, _) => Value::from_number(&sum.divided(1)),
                    (_, 0) => Value::Null,
                    _ => Value::from_number(&sum.divided(count)),
                }
            }
        })
    }

    /// The key whose values are collected; `None` if objects of `fields` are.
    fn value_key(&self) -> Option<&Key> {
        self.key.as_ref().filter(|_| self.fields.is_empty())
    }

    /// Calls `each` with the values that can be compared: no null, lists and objects.
    fn compare<'r>(
        &self,
        rows: &[&'r Row<'_>],
        budget: &Budget,
        mut each: impl FnMut(Ordered<'r>, Found<'r>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(key) = self.value_key() else { return Ok(()) };
        for row in rows {
            let found = row.find(key, budget)?;
            let is_scalar = match found {
                Found::Nothing | Found::Texts(_) => false,
                Found::Value(value) => !matches!(value, Value::List(_) | Value::Object(_)),
                Found::Text(_) | Found::Time(_) => true,
            };
            if is_scalar {
                let ordered = found.ordered(budget)?;
                budget.spend(ordered.steps())?;
                each(ordered, found)?;
            }
        }
        Ok(())
    }
}

/// A copy of a value of each row.
fn copies(
    rows: &[&Row<'_>],
    source: impl Fn(&Row<'_>) -> Result<Value, Error>,
    budget: &Budget,
) -> Result<Vec<Value>, Error> {
    budget.allocate(block_bytes(rows.len() * size_of::<Value>()))?;
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push(source(row)?);
    }
    Ok(values)
}

fn plus(sum: Sum, number: &Number, found: Found<'_>) -> Result<Sum, Error> {
    sum.plus(number).ok_or_else(|| {
        let value = found.to_value();
        Error::new(ErrorKind::Limit, format!("{value} is too big a number to add"))
    })
}

/// Copies of the distinct values, sorted.
fn set_of<'a>(
    values: impl Iterator<Item = Result<Found<'a>, Error>>,
    budget: &Budget,
) -> Result<Vec<Value>, Error> {
    let mut distinct = Distinct::default();
    let mut has_null = false;
    for value in values {
        let found = value?;
        has_null |= matches!(found, Found::Nothing);
        distinct.add(found, budget)?;
    }
    let mut set = distinct.sorted(budget)?;
    if has_null {
        set.insert(0, Value::Null);
    }
    Ok(set)
}

/// Copies a value, and counts its memory.
fn copied(found: Found<'_>, budget: &Budget) -> Result<Value, Error> {
    let bytes = found.bytes();
    budget.spend(4 + bytes / 2)?;
    budget.allocate(bytes)?;
    Ok(found.to_value())
}

/// The fields of an object.
type FieldList = Vec<(String, Value)>;

/// A list for `count` fields of an object, whose memory is counted.
fn field_list(count: usize, budget: &Budget) -> Result<FieldList, Error> {
    budget.allocate(block_bytes(count * size_of::<(String, Value)>()))?;
    Ok(Vec::with_capacity(count))
}

/// Adds a field to a list that has space for it, and counts the memory of the name.
fn add_field(
    fields: &mut FieldList,
    name: &str,
    value: Value,
    budget: &Budget,
) -> Result<(), Error> {
    budget.spend(10 + name.len() / 8)?;
    budget.allocate(block_bytes(name.len()))?;
    fields.push((name.to_owned(), value));
    Ok(())
}

/// The `kept` fields of a row, and `fields` under their new names.
fn projection(
    row: &Row<'_>,
    kept: &[Key],
    fields: &[(Key, String)],
    budget: &Budget,
) -> Result<Value, Error> {
    let mut made = field_list(kept.len() + fields.len(), budget)?;
    for key in kept {
        if row.has(key.top()) {
            add_field(&mut made, key.top(), copied(row.find(key, budget)?, budget)?, budget)?;
        }
    }
    for (key, name) in fields {
        add_field(&mut made, name, copied(row.find(key, budget)?, budget)?, budget)?;
    }
    Ok(Value::Object(made))
}
