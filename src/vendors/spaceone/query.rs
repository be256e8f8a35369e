//! `MaintenanceWindowQuery`: filter, sort order, page and projection of a list.

use std::cmp::Ordering;

use crate::error::Error;
use crate::json::value::{Fields, Value};
use crate::time::Timestamp;
use crate::vendors::budget::{Budget, MAX_REQUEST_STEPS};
use crate::vendors::fields::{check_count, vendor_id_field};
use crate::vendors::spaceone::condition::{Conditions, check_pattern_count};
use crate::vendors::spaceone::document::{MaintenanceWindow, State};
use crate::vendors::spaceone::found::Ordered;
use crate::vendors::spaceone::row::{Key, Row};

/// The maximum number of windows of a page.
pub const MAX_PAGE: usize = 10_000;

/// A request of `list` or `search`.
///
/// ```
/// use quietude::vendors::spaceone::ListRequest;
///
/// let error = ListRequest::from_json(r#"{ "domain_id": "d-1",
///     "query": { "filter": [ { "k": "title", "v": "x", "o": "like" } ] } }"#).unwrap_err();
/// assert_eq!(error.path(), "query.filter[0].operator");
/// ```
#[derive(Clone, Debug)]
pub struct ListRequest {
    pub(super) domain: String,
    /// Of the fields besides the query.
    conditions: Conditions,
    query: Query,
}

/// `spaceone.api.core.v1.Query`.
#[derive(Clone, Debug)]
struct Query {
    filter: Filter,
    sort: Vec<Sort>,
    page: Option<Page>,
    /// The names of the fields to keep; empty for all.
    only: Vec<String>,
    count_only: bool,
}

/// `filter`, `filter_or` and `keyword`.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    conditions: Conditions,
    keyword: Option<String>,
}

/// A sort key, and whether the order is descending.
#[derive(Clone, Debug)]
pub(super) struct Sort(Key, bool);

/// `start` counts from 1; a `limit` of 0 means no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    start: usize,
    limit: usize,
}

impl ListRequest {
    /// Parses a request.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?, &Budget::new(MAX_REQUEST_STEPS))
    }

    pub(super) fn read(value: Value, budget: &Budget) -> Result<Self, Error> {
        check_pattern_count(&value)?;
        let mut fields = value.object()?;
        let domain = fields.required("domain_id", vendor_id_field)?;
        let mut conditions = Conditions::default();
        let plain = [
            ("maintenance_window_id", "maintenance_window_id"),
            ("title", "title"),
            ("project_id", "projects"),
            ("created_by", "created_by"),
        ];
        for (name, field) in plain {
            // The protobuf default of an absent string is an empty one.
            let text = fields.optional(name, Value::text)?.filter(|text| !text.is_empty());
            if let Some(text) = text {
                conditions.require(field, text.into(), budget)?;
            }
        }
        if let Some(state) = fields.optional("state", State::read)? {
            conditions.require("state", state.name().into(), budget)?;
        }
        let query = match fields.optional("query", |value| Query::read(value, budget))? {
            Some(query) => query,
            None => Query::read(Value::Object(Vec::new()), budget)?,
        };
        fields.finish()?;
        Ok(Self { domain, conditions, query })
    }

    /// Executes the request on the windows of the domain. Returns the response.
    pub(super) fn run<'a>(
        &self,
        windows: impl Iterator<Item = &'a MaintenanceWindow>,
        now: Timestamp,
        budget: &Budget,
    ) -> Result<String, Error> {
        let mut rows = rows_of(windows, now, budget, |row| {
            Ok(self.conditions.hold(row, budget)? && self.query.filter.holds(row, budget)?)
        })?;
        let total = rows.len();
        if self.query.count_only {
            rows.clear();
        }
        let rows = sorted(rows, &self.query.sort, budget)?;
        write_results(Page::apply(self.query.page, rows), &self.query.only, Some(total), budget)
    }
}

/// The windows that pass a filter, as rows.
pub(super) fn rows_of<'a>(
    windows: impl Iterator<Item = &'a MaintenanceWindow>,
    now: Timestamp,
    budget: &Budget,
    passes: impl Fn(&Row<'a>) -> Result<bool, Error>,
) -> Result<Vec<Row<'a>>, Error> {
    let mut rows = Vec::new();
    for window in windows {
        let row = Row::Window(window, now);
        budget.spend(4_u64)?;
        if passes(&row)? {
            add_row(&mut rows, row, budget)?;
        }
    }
    Ok(rows)
}

/// Adds a row to a list, and counts its memory.
pub(super) fn add_row<'a>(
    rows: &mut Vec<Row<'a>>,
    row: Row<'a>,
    budget: &Budget,
) -> Result<(), Error> {
    // A list that grows takes up to twice the memory of its elements.
    budget.allocate(2 * size_of::<Row<'_>>())?;
    rows.push(row);
    Ok(())
}

/// Writes the response `{ "results": [..], "total_count": .. }`.
pub(super) fn write_results<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    only: &[String],
    total: Option<usize>,
    budget: &Budget,
) -> Result<String, Error> {
    let rows: Vec<Row<'a>> = rows.collect();
    let mut bytes = 64;
    for row in &rows {
        budget.spend(100_u64)?;
        bytes += row.json_bytes(only) + 1;
    }
    budget.spend(bytes)?;
    budget.allocate(bytes)?;
    let mut text = Vec::with_capacity(bytes);
    text.extend_from_slice(b"{\"results\":[");
    for (index, row) in rows.into_iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        let value = row.into_value(only);
        serde_json::to_writer(&mut text, &value).expect("writing to a list of bytes does not fail");
    }
    text.push(b']');
    if let Some(total) = total {
        text.extend_from_slice(format!(",\"total_count\":{total}").as_bytes());
    }
    text.push(b'}');
    Ok(String::from_utf8(text).expect("JSON is UTF-8"))
}

impl Query {
    /// The fields of `minimal`.
    const MINIMAL: [&str; 6] =
        ["maintenance_window_id", "title", "state", "start_time", "end_time", "projects"];

    fn read(value: Value, budget: &Budget) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let query = Self {
            filter: Filter::read(&mut fields, budget)?,
            sort: match fields.optional("sort", |value| Sort::one_or_more(value, Key::read))? {
                Some(sort) => sort,
                None => vec![Sort(Key::read("start_time".into())?, true)],
            },
            page: fields.optional("page", Page::read)?,
            only: {
                let only = fields.optional("only", read_only)?.unwrap_or_default();
                let minimal = fields.optional("minimal", Value::bool)? == Some(true);
                if minimal && only.is_empty() {
                    Self::MINIMAL.map(str::to_owned).into()
                } else {
                    only
                }
            },
            count_only: fields.optional("count_only", Value::bool)? == Some(true),
        };
        fields.finish()?;
        Ok(query)
    }
}

impl Filter {
    pub(super) fn read(fields: &mut Fields, budget: &Budget) -> Result<Self, Error> {
        let mut conditions = Conditions::default();
        fields.optional("filter", |value| conditions.read_all(value, Key::read, budget))?;
        fields.optional("filter_or", |value| conditions.read_any(value, Key::read, budget))?;
        let keyword = fields.optional("keyword", |value| Ok(value.text()?.to_lowercase()))?;
        Ok(Self { conditions, keyword })
    }

    pub(super) fn holds(&self, row: &Row<'_>, budget: &Budget) -> Result<bool, Error> {
        if !self.conditions.hold(row, budget)? {
            return Ok(false);
        }
        let (Some(keyword), Row::Window(window, _)) = (&self.keyword, row) else {
            return Ok(true);
        };
        let texts = [window.title(), window.id()];
        budget.spend(8 * (window.title().len() + window.id().len() + 4))?;
        // A longer keyword is not looked for. Lower case has at most three times the bytes.
        let mut possible = texts.iter().filter(|text| keyword.len() <= 3 * text.len());
        Ok(possible.any(|text| text.to_lowercase().contains(keyword.as_str())))
    }
}

impl Sort {
    pub(super) fn read(value: Value, key: fn(Value) -> Result<Key, Error>) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let key = fields.required("key", key)?;
        let desc = fields.optional("desc", Value::bool)? == Some(true);
        fields.finish()?;
        Ok(Self(key, desc))
    }

    pub(super) fn one_or_more(
        value: Value,
        key: fn(Value) -> Result<Key, Error>,
    ) -> Result<Vec<Self>, Error> {
        match value {
            Value::List(_) => {
                let mut sorts = value.list(|value| Self::read(value, key))?;
                check_count(sorts.len(), 10)?;
                // Rows that differ in a key are ordered by its first place in the list.
                let mut known: Vec<Key> = Vec::new();
                sorts.retain(|Self(key, _)| {
                    let is_new = !known.contains(key);
                    known.extend(is_new.then(|| key.clone()));
                    is_new
                });
                Ok(sorts)
            }
            one => Ok(vec![Self::read(one, key)?]),
        }
    }
}

impl Sort {
    pub(super) fn key(&self) -> &Key {
        &self.0
    }
}

/// Sorts rows. The sort is stable, so equal rows have the same order on all pages. Each key
/// is read once for a row, and a comparison ends with the first key that differs.
pub(super) fn sorted<'a>(
    rows: Vec<Row<'a>>,
    sorts: &[Sort],
    budget: &Budget,
) -> Result<Vec<Row<'a>>, Error> {
    // A comparison of two rows costs at most the steps of one of them, and a merge sort
    // compares each row once on each level.
    let levels = rows.len().checked_ilog2().map_or(0, |levels| levels as usize + 1);
    let mut keys = Vec::new();
    budget.allocate(
        rows.len() * (size_of::<Option<Row<'_>>>() + 2 * size_of::<(usize, Vec<u8>)>()),
    )?;
    for (index, row) in rows.iter().enumerate() {
        let mut key: Vec<Ordered<'_>> = Vec::with_capacity(sorts.len());
        budget.allocate(sorts.len() * size_of::<Ordered<'_>>() + 16)?;
        for Sort(field, _) in sorts {
            let ordered = row.find(field, budget)?.ordered(budget)?;
            budget.spend(levels * ordered.steps())?;
            key.push(ordered);
        }
        keys.push((key, index));
    }
    keys.sort_by(|(a, _), (b, _)| {
        let by_keys =
            sorts.iter().zip(a.iter().zip(b)).map(
                |(Sort(_, is_descending), (a, b))| {
                    if *is_descending { b.cmp(a) } else { a.cmp(b) }
                },
            );
        by_keys.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    let order: Vec<usize> = keys.into_iter().map(|(_, index)| index).collect();
    let mut rows: Vec<Option<Row<'a>>> = rows.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|index| rows[index].take()).collect())
}

impl Page {
    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let start = fields.optional("start", Value::number)?.unwrap_or(1);
        let limit = fields.optional("limit", |value| {
            let limit = value.number()?;
            check_count(limit, MAX_PAGE)?;
            Ok(limit)
        })?;
        fields.finish()?;
        Ok(Self { start, limit: limit.unwrap_or(0) })
    }

    /// The part of a list that is on the page.
    pub(super) fn apply<T>(page: Option<Self>, rows: Vec<T>) -> impl Iterator<Item = T> {
        let (skipped, limit) = match page {
            None => (0, usize::MAX),
            Some(Self { start, limit: 0 }) => (start.saturating_sub(1), usize::MAX),
            Some(Self { start, limit }) => (start.saturating_sub(1), limit),
        };
        rows.into_iter().skip(skipped).take(limit)
    }
}

/// Reads the names of the fields that a response is reduced to: the first name of each
/// path, once.
pub(super) fn read_only(value: Value) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    value.list(|value| {
        let key = Key::read(value)?;
        if !names.iter().any(|known| known == key.top()) {
            names.push(key.top().to_owned());
        }
        Ok(())
    })?;
    Ok(names)
}
