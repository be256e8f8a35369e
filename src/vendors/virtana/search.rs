//! The search for windows by a clause.

use std::collections::HashMap;

use crate::error::{Error, truncated};
use crate::json::value::Value;
use crate::vendors::budget::{Budget, MAX_REQUEST_STEPS};
use crate::vendors::http::ApiError;
use crate::vendors::virtana::clause::{Clause, text_of};
use crate::vendors::virtana::document::{
    FIELD_ORDER, MaintWindow, RUN_MODES, STATUSES, Target, camel,
};
use crate::vendors::virtana::service::{Page, PageInput, Service};

impl Service {
    /// `POST maintwindows:search`: a page of those that a clause holds for.
    ///
    /// # Errors
    ///
    /// 400 if a field is none of a window's, the limit or the cursor is none, or the
    /// search takes more than [`MAX_REQUEST_STEPS`] steps. The steps are at most
    /// proportional to the number of windows, times the clauses, times the bytes of the
    /// values that are tested; for a pattern, times the states that it is in.
    pub fn search(&self, query: &Clause, page: &PageInput) -> Result<Page<'_>, ApiError> {
        self.search_within(query, page, &Budget::new(MAX_REQUEST_STEPS))
    }

    pub(super) fn search_within(
        &self,
        query: &Clause,
        page: &PageInput,
        budget: &Budget,
    ) -> Result<Page<'_>, ApiError> {
        let mut paths = HashMap::new();
        for field in query.fields() {
            let path = camel(field);
            let root = path.split('.').next().unwrap_or_default();
            if root != STATUS_ALIAS && !FIELD_ORDER.contains(&root) {
                let message = format!(
                    "\"{}\" is not a field; there are {}, {STATUS_ALIAS}",
                    truncated(field),
                    FIELD_ORDER.join(", ")
                );
                return Err(ApiError::invalid("field", message).under("search_input.query.clause"));
            }
            paths.insert(field, path);
        }
        let (position, limit, after) = self.position(&query.to_json(), page)?;
        let in_clause = |error: Error| error.in_field("search_input.query.clause");
        let patterns = query.compile_patterns(budget).map_err(in_clause)?;
        let (mut windows, mut total, mut has_prev) = (Vec::new(), 0, false);
        for window in self.live() {
            let found = query.holds(&mut |test| {
                any_value(window, &paths[test.field], budget, &mut |value| {
                    test.accepts(value, &patterns, budget)
                })
            });
            if !found.map_err(in_clause)? {
                continue;
            }
            total += 1;
            if window.internal.number <= after {
                has_prev = true;
            } else if windows.len() <= limit {
                windows.push(window);
            }
        }
        let has_next = windows.len() > limit;
        windows.truncate(limit);
        Ok(Page::new(windows, page, after, &position, total, has_prev, has_next))
    }
}

/// An alias of the field `status` in a search.
const STATUS_ALIAS: &str = "state";

/// Whether a test passes for one of the values of a field of a window, for a search.
/// An enum has three values: its name in lower and in upper case, and its number. Counts
/// the steps that it takes to find the values.
fn any_value(
    window: &MaintWindow,
    path: &str,
    budget: &Budget,
    test: &mut dyn FnMut(&str) -> Result<bool, Error>,
) -> Result<bool, Error> {
    /// The look-up of a field, and its value as a text.
    const STEPS: usize = 60;
    budget.spend(STEPS)?;
    let mut any = |values: &[String]| {
        for value in values {
            budget.spend(1_u64)?;
            if test(value)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let specification = &window.specification;
    // The long lists and texts are not copied.
    match (path, &specification.target, &specification.notification) {
        ("tags", ..) => return any(&specification.tags),
        ("withIds.ids", Target::Ids(ids), _) => return any(ids),
        ("notification.rules", _, Some((_, rules))) => return any(rules),
        ("notification.message", _, Some((message, _))) => {
            return any(std::slice::from_ref(message));
        }
        ("withIds" | "query" | "notification", ..) => return Ok(false),
        _ => {}
    }
    let path = if path == STATUS_ALIAS { "status" } else { path };
    let (root, below) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    if root == "query" {
        let Target::Query(clause) = &specification.target else { return Ok(false) };
        let (count, bytes) = clause.size();
        budget.spend(STEPS * count + bytes)?;
    } else if root == "schedule" {
        // Four values, of which one is wanted.
        budget.spend(2 * STEPS)?;
    } else if below.is_some() {
        return Ok(false);
    }
    let Some(value) = window.field(root) else { return Ok(false) };
    let mut names = below.into_iter().flat_map(|below| below.split('.'));
    let found = names.try_fold(&value, |value, name| value.get(name));
    let number = |words: &[&str], value: &str| words.iter().position(|word| *word == value);
    match found {
        None | Some(Value::Null | Value::Object(_)) => Ok(false),
        Some(Value::List(values)) => {
            let values: Vec<String> = values.iter().map(text_of).collect();
            any(&values)
        }
        Some(value) => {
            let text = text_of(value);
            let words = match path {
                "runMode" => number(&RUN_MODES.map(|(word, _)| word), &text),
                "status" => number(&STATUSES.map(|(word, _)| word), &text),
                _ => None,
            };
            match words {
                Some(index) => any(&[text.to_lowercase(), text, index.to_string()]),
                None => any(&[text]),
            }
        }
    }
}
