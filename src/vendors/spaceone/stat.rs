//! `MaintenanceWindowStatQuery`: aggregation over windows.

use crate::error::Error;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::{Budget, MAX_REQUEST_STEPS};
use crate::vendors::fields::vendor_id_field;
use crate::vendors::spaceone::aggregate::{distinct, run_stages};
use crate::vendors::spaceone::condition::check_pattern_count;
use crate::vendors::spaceone::document::MaintenanceWindow;
use crate::vendors::spaceone::query::{Filter, Page, rows_of, write_results};
use crate::vendors::spaceone::row::{Key, Row};
use crate::vendors::spaceone::stages::{Stage, read_stages};

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

impl StatRequest {
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
        let (filter, operation, page) = fields.required("query", |value| {
            let mut fields = value.object()?;
            let filter = Filter::read(&mut fields, budget)?;
            let distinct = fields.optional("distinct", Key::read)?;
            let aggregate = fields.optional("aggregate", |value| read_stages(value, budget))?;
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

    /// Executes the request on the windows of the domain. Returns the response.
    pub(super) fn run<'a>(
        &self,
        windows: impl Iterator<Item = &'a MaintenanceWindow>,
        now: Timestamp,
        budget: &Budget,
    ) -> Result<String, Error> {
        let rows = rows_of(windows, now, budget, |row| self.filter.holds(row, budget))?;
        let results = match &self.operation {
            Operation::Distinct(key) => {
                let values = distinct(key, &rows, budget).map_err(|e| e.in_field("distinct"))?;
                values.into_iter().map(Row::Made).collect()
            }
            Operation::Stages(stages) => run_stages(stages, rows, budget)?,
        };
        let total = self.page.is_some().then_some(results.len());
        write_results(Page::apply(self.page, results), &[], total, budget)
    }
}
