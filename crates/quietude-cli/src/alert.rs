//! Alerts as JSON: the webhook of Alertmanager, its API (`GET /api/v2/alerts`), that of
//! Prometheus (`GET /api/v1/alerts`), or one alert.
//!
//! ```text
//! { "version": "4", "alerts": [ { "labels": { "alertname": "Down" }, .. } ], .. }
//! [ { "labels": { "alertname": "Down" }, .. } ]
//! { "status": "success", "data": { "alerts": [ { "labels": .. } ] } }
//! { "labels": { "alertname": "Down" }, .. }
//! ```
//!
//! Only the labels are read, and as the proxy of Alertmanager reads them: labels with an empty
//! value are left out, as Alertmanager drops them. Alertmanager takes the last of two labels
//! of one name, and the names of fields in any case; here both are errors.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Error;
use crate::source::Source;

/// The labels of an alert that have a value, by name.
pub(crate) type Labels = BTreeMap<String, String>;

/// The fields of an alert that Alertmanager reads.
const FIELDS: [&str; 5] = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];

/// Reads the alerts of a file; `-` is standard input. There is at least one.
pub(crate) fn read(file: &Path) -> Result<Vec<Labels>, Error> {
    let source = Source::read(file)?;
    let value: Value = source.deserialize()?;
    let mut problems = Vec::new();
    let alerts = match list(&value) {
        Some((path, [])) => {
            problems.push((path.to_owned(), "the list of alerts is empty".to_owned()));
            Vec::new()
        }
        Some((path, list)) => {
            let alerts = list.iter().enumerate();
            alerts
                .map(|(index, alert)| labels(&format!("{path}[{index}]"), alert, &mut problems))
                .collect()
        }
        None => vec![labels("", &value, &mut problems)],
    };
    if problems.is_empty() { Ok(alerts) } else { Err(source.problems(problems).into()) }
}

/// The path of the list of alerts, and the list. `None` if the value is one alert, or none.
fn list(value: &Value) -> Option<(&'static str, &[Value])> {
    let lists = [
        ("", Some(value)),
        ("alerts", value.get("alerts")),
        ("data.alerts", value.pointer("/data/alerts")),
    ];
    lists.into_iter().find_map(|(path, value)| Some((path, value?.as_array()?.as_slice())))
}

/// The labels of an alert. Appends its errors, with their paths.
fn labels(path: &str, alert: &Value, problems: &mut Vec<(String, String)>) -> Labels {
    let join =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let Some(fields) = alert.as_object() else {
        problems.push((
            path.to_owned(),
            format!("{} is not an alert, an object with labels", short(alert)),
        ));
        return Labels::new();
    };
    for (name, field) in misspelt(fields) {
        let message = format!("is not the field `{field}`, though Alertmanager reads it so");
        problems.push((join(name), message));
    }
    match fields.get("labels") {
        Some(Value::Object(labels)) => {
            let mut kept = Labels::new();
            for (name, value) in labels {
                match value {
                    Value::String(text) if text.is_empty() => {}
                    Value::String(text) => _ = kept.insert(name.clone(), text.clone()),
                    other => {
                        let path = join(&format!("labels.{name}"));
                        problems.push((path, format!("{} is not a string", short(other))));
                    }
                }
            }
            kept
        }
        Some(other) => {
            problems.push((join("labels"), format!("{} is not an object of labels", short(other))));
            Labels::new()
        }
        None => {
            let message = if path.is_empty() {
                "it has no alerts: a list of objects with `labels` (an object of text), as in \
                 `alerts` of a webhook of Alertmanager or in the answer of its API"
            } else {
                "is missing: the labels of the alert, an object of text"
            };
            problems.push((
                if path.is_empty() { String::new() } else { join("labels") },
                message.to_owned(),
            ));
            Labels::new()
        }
    }
}

/// The fields that Alertmanager reads as others, because it does not look at the case.
fn misspelt(fields: &Map<String, Value>) -> impl Iterator<Item = (&String, &'static str)> {
    let upper = |text: &str| text.chars().flat_map(char::to_uppercase).collect::<String>();
    fields.keys().filter_map(move |name| {
        let field = FIELDS.into_iter().find(|field| name != field && upper(name) == upper(field));
        field.map(|field| (name, field))
    })
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(64).collect()
}
