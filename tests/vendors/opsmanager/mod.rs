//! MongoDB Cloud Manager and Ops Manager: samples, operations, errors and a model.

mod model;
mod samples;
mod service;
mod work;

use quietude::vendors::opsmanager::Service;

use crate::helpers::Host;

const BASE: &str = "https://cloud.mongodb.com/api/public/v1.0";

const GROUP: &str = "541ed2009436399a1f54e01b";

const BODY: &str = r#"{"alertTypeNames":["BACKUP"],"startDate":"2015-10-23T22:00:00Z","endDate":"2015-10-23T23:30:00Z"}"#;

fn host(now: &str) -> Host<Service> {
    Host::new(Service::new(BASE), now)
}

fn windows() -> String {
    format!("/api/public/v1.0/groups/{GROUP}/maintenanceWindows")
}
