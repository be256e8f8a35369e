//! Prometheus Alertmanager: time intervals and routes of the configuration, silences.
//!
//! - `config`: the configuration file
//! - `intervals`: time intervals as schedules
//! - `matchers`: matchers of routes and silences
//! - `go_regex`: from Go's regular expressions to those of the crate `regex`
//! - `routes`: a tree of routes as it is written
//! - `condition`: conditions of alerts, and their scopes
//! - `reach`: which alerts end at a route
//! - `routing`: the windows that mute the routes
//! - `silences`: silences of the API
//! - `export`, `selector`: windows as silences
//!
//! Grafana has the same time intervals and routes, and uses these modules.

mod condition;
mod config;
mod export;
mod go_regex;
pub(crate) mod intervals;
mod matchers;
mod reach;
pub(crate) mod routes;
pub(crate) mod routing;
mod selector;
mod silences;

pub(crate) use export::{ends_at, export, occurrences};
pub(crate) use selector::Known;

use crate::convert::{ImportOptions, Imported};
use crate::error::Error;
use crate::tree::{At, Node};

/// Reads a configuration, or silences.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let node = Node::parse(text)?;
    let root = At::root(&node);
    let is_silence = || root.fields().is_ok_and(|fields| fields.get("startsAt").is_some());
    if root.is_list() || is_silence() {
        return silences::import(&root);
    }
    config::import(&root, options)
}
