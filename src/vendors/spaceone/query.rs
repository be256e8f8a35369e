//! `MaintenanceWindowQuery`: filter, sort order, page and projection of a list.

use std::cmp::Ordering;

use crate::error::Error;
use crate::json::value::{Fields, Value};
use crate::vendors::fields::{check_count, vendor_id_field};
use crate::vendors::spaceone::condition::{Condition, Key, check_pattern_count, total_order};
use crate::vendors::spaceone::document::State;

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
    conditions: Vec<Condition>,
    query: Query,
}

/// `spaceone.api.core.v1.Query`.
#[derive(Clone, Debug)]
struct Query {
    filter: Filter,
    sort: Vec<Sort>,
    page: Option<Page>,
    only: Vec<String>,
    count_only: bool,
}

/// `filter`, `filter_or` and `keyword`.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    all: Vec<Condition>,
    any: Vec<Condition>,
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
        Self::read(Value::parse(text)?)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        check_pattern_count(&value)?;
        let mut fields = value.object()?;
        let domain = fields.required("domain_id", vendor_id_field)?;
        let mut conditions = Vec::new();
        let plain = [
            ("maintenance_window_id", "maintenance_window_id"),
            ("title", "title"),
            ("project_id", "projects"),
            ("created_by", "created_by"),
        ];
        for (name, field) in plain {
            // The protobuf default of an absent string is an empty one.
            let text = fields.optional(name, Value::text)?.filter(|text| !text.is_empty());
            conditions.extend(text.map(|text| Condition::equals(field, &text)));
        }
        if let Some(state) = fields.optional("state", State::read)? {
            conditions.push(Condition::equals("state", state.name()));
        }
        let query = match fields.optional("query", Query::read)? {
            Some(query) => query,
            None => Query::read(Value::Object(Vec::new()))?,
        };
        fields.finish()?;
        Ok(Self { domain, conditions, query })
    }

    /// Executes the request on the windows of the domain.
    pub(super) fn run(&self, rows: impl Iterator<Item = Value>) -> Value {
        let matches = |row: &Value| {
            self.conditions.iter().all(|c| c.holds(row)) && self.query.filter.holds(row)
        };
        let mut rows: Vec<Value> = rows.filter(matches).collect();
        let total = rows.len();
        if self.query.count_only {
            rows.clear();
        }
        sort(&mut rows, &self.query.sort);
        let rows = Page::apply(self.query.page, rows)
            .into_iter()
            .map(|row| project(row, &self.query.only));
        Value::fields([("results", rows.collect()), ("total_count", total.into())])
    }
}

impl Query {
    /// The fields of `minimal`.
    const MINIMAL: [&str; 6] =
        ["maintenance_window_id", "title", "state", "start_time", "end_time", "projects"];

    fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let query = Self {
            filter: Filter::read(&mut fields)?,
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
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Error> {
        let conditions = |value| Condition::read_list(value, Key::read);
        Ok(Self {
            all: fields.optional("filter", conditions)?.unwrap_or_default(),
            any: fields.optional("filter_or", conditions)?.unwrap_or_default(),
            keyword: fields.optional("keyword", |v| Ok(v.text()?.to_lowercase()))?,
        })
    }

    pub(super) fn holds(&self, row: &Value) -> bool {
        let has_keyword = |keyword: &String| {
            ["title", "maintenance_window_id"].iter().any(|field| match row.get(field) {
                Some(Value::Text(text)) => text.to_lowercase().contains(keyword.as_str()),
                _ => false,
            })
        };
        self.all.iter().all(|condition| condition.holds(row))
            && (self.any.is_empty() || self.any.iter().any(|condition| condition.holds(row)))
            && self.keyword.as_ref().is_none_or(has_keyword)
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
                let sorts = value.list(|value| Self::read(value, key))?;
                check_count(sorts.len(), 10)?;
                Ok(sorts)
            }
            one => Ok(vec![Self::read(one, key)?]),
        }
    }
}

/// Sorts rows. The sort is stable, so equal rows have the same order on all pages.
pub(super) fn sort(rows: &mut [Value], sorts: &[Sort]) {
    rows.sort_by(|a, b| {
        let by_keys = sorts.iter().map(|Sort(key, desc)| {
            let order = total_order(key.value_in(a), key.value_in(b));
            if *desc { order.reverse() } else { order }
        });
        by_keys.fold(Ordering::Equal, Ordering::then)
    });
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

    pub(super) fn apply(page: Option<Self>, rows: Vec<Value>) -> Vec<Value> {
        match page {
            None => rows,
            Some(page) => {
                let limit = if page.limit == 0 { usize::MAX } else { page.limit };
                rows.into_iter().skip(page.start.saturating_sub(1)).take(limit).collect()
            }
        }
    }
}

/// Reads the names of the fields that a response is reduced to.
pub(super) fn read_only(value: Value) -> Result<Vec<String>, Error> {
    value.list(|value| Ok(Key::read(value)?.name()))
}

/// Reduces a row to the fields of `only`, in the order of the message. An empty `only`
/// keeps all fields.
pub(super) fn project(row: Value, only: &[String]) -> Value {
    match row {
        Value::Object(fields) if !only.is_empty() => Value::Object(
            fields
                .into_iter()
                .filter(|(name, _)| {
                    only.iter().any(|only| only.split('.').next() == Some(name.as_str()))
                })
                .collect(),
        ),
        row => row,
    }
}
