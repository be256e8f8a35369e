//! Virtana: samples, operations, clauses, occurrences, pages and a model.

mod clauses;
mod model;
mod occurrences;
mod paging;
mod samples;
mod service;
mod work;

use quietude::Subject;
use quietude::vendors::virtana::Service;

use crate::helpers::{Host, ms};

pub(crate) const CREATE: &str = "POST /v1/modelcontext/maintwindows";

pub(crate) const LIST: &str = "POST /v1/modelcontext/maintwindows:list";

const SEARCH: &str = "POST /v1/modelcontext/maintwindows:search";

pub(crate) const DELETE: &str = "POST /v1/modelcontext/maintwindows:deleteBulk";

pub(crate) fn host() -> Host<Service> {
    let mut host = Host::new(Service::new("acme").unwrap(), "2026-04-07T01:54:37.007Z");
    host.user = "ops@acme.example";
    host
}

/// A specification with this name, schedule and entity, and more fields.
fn spec(name: &str, schedule: &str, entity: &str, more: &str) -> String {
    format!(
        r#"{{"specification":{{"name":"{name}","schedule":{{{schedule}}},"maintenanceState":300,"withIds":{{"ids":["{entity}"]}}{more}}}}}"#
    )
}

const SCHEDULE: &str = r#""start":1780775331000,"duration":600000,"recurrence":null"#;

fn entity(id: &str) -> String {
    format!("virtana:acme:{id}")
}

fn silent(host: &Host<Service>, id: &str, at_ms: i64) -> bool {
    host.is_silenced(&Subject::entity(&entity(id)), ms(at_ms))
}
