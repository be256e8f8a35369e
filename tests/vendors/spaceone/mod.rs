//! SpaceONE: operations, the query language, aggregation, numbers, the budget, pages, and a
//! model.

mod budget;
mod model;
mod numbers;
mod paging;
mod query;
mod service;
mod stat;

use quietude::vendors::spaceone::Service;

use crate::helpers::{Host, at};

const WINDOWS: &str = "/monitoring/v1/maintenance-windows";

const WINDOW: &str = "/monitoring/v1/maintenance-window";

const CREATE: &str = r#"{"title":"db work","projects":["p-1","p-2"],"start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","tags":{"team":"db","n":1.5},"domain_id":"d-1"}"#;

const INFO: &str = r#"{"maintenance_window_id":"mw-1","title":"db work","state":"OPEN","start_time":"2026-01-01T10:00:00Z","end_time":"2026-01-01T12:00:00Z","tags":{"team":"db","n":1.5},"projects":["p-1","p-2"],"domain_id":"d-1","created_by":"ops","created_at":"2026-01-01T09:00:00Z","updated_at":"2026-01-01T09:00:00Z","closed_at":null}"#;

fn host() -> Host<Service> {
    let mut host = Host::new(Service::new(), "2026-01-01T09:00:00Z");
    host.user = "ops";
    host.ids(&["mw-1", "mw-2", "mw-3", "mw-4", "mw-5", "mw-6"]);
    host
}

/// A domain with five different windows.
pub(crate) fn filled() -> Host<Service> {
    let mut host = host();
    for (title, projects, day, tags, domain) in [
        ("Patch Oracle", r#""p-1","p-2""#, 1, r#"{"team":"db","cost":10}"#, "d-1"),
        ("patch kernel", r#""p-2""#, 3, r#"{"team":"os","cost":2.5}"#, "d-1"),
        ("Rack move", r#""p-3","p-1""#, 2, "{}", "d-1"),
        ("Fire drill", r#""p-3""#, 3, r#"{"team":"os","owner":{"name":"ann"}}"#, "d-1"),
        ("Elsewhere", r#""p-1""#, 1, "{}", "d-2"),
    ] {
        let body = format!(
            r#"{{"title":"{title}","projects":[{projects}],"start_time":"2026-02-0{day}T10:00:00Z","end_time":"2026-02-0{day}T12:00:00Z","tags":{tags},"domain_id":"{domain}"}}"#
        );
        host.ok(&format!("POST {WINDOWS}"), &body);
    }
    host.now = at("2026-02-02T12:00:00Z");
    host
}
