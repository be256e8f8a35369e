//! The rows of a query and their fields.

use std::cell::OnceCell;

use crate::error::Error;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::Budget;
use crate::vendors::spaceone::document::{MAX_PROJECTS, MaintenanceWindow};
use crate::vendors::spaceone::found::{Cell, Found, json_bytes};

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
            Self::Window(window, now) => window.value_of(now, is_kept),
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
            // Objects are all over the memory.
            budget.spend(20 + fields.len() / 2)?;
        }
        match value.get(name) {
            Some(inner) => value = inner,
            None => return Ok(Found::Nothing),
        }
    }
    Ok(value.into())
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
        budget.spend(40 + 2 * keys.len())?;
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
