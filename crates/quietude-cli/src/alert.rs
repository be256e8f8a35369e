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
//! Only the labels are read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::source::Source;

/// The labels of an alert, by name.
pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    List(Vec<Alert>),
    Webhook { alerts: Vec<Alert> },
    Prometheus { data: Data },
    One(Alert),
}

#[derive(Deserialize)]
struct Data {
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    labels: Labels,
}

/// Reads the alerts of a file; `-` is standard input. There is at least one.
pub(crate) fn read(file: &Path) -> Result<Vec<Labels>, Error> {
    let source = Source::read(file)?;
    // Text that is not JSON has an error with its place; a wrong form has none.
    source.deserialize::<serde::de::IgnoredAny>()?;
    let name = source.name();
    let form: Form = serde_json::from_str(source.json()).map_err(|_| {
        format!(
            "{name}: it has no alerts: a list of objects with `labels` (an object of text), as \
             in `alerts` of a webhook of Alertmanager or in the answer of its API"
        )
    })?;
    let alerts = match form {
        Form::List(alerts)
        | Form::Webhook { alerts }
        | Form::Prometheus { data: Data { alerts } } => alerts,
        Form::One(alert) => vec![alert],
    };
    if alerts.is_empty() {
        return Err(format!("{name}: the list of alerts is empty").into());
    }
    Ok(alerts.into_iter().map(|alert| alert.labels).collect())
}
