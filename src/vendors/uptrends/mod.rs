//! Uptrends: the `MaintenancePeriod` of a monitor, with its six endpoints.
//!
//! - Times are in the account's time zone, which the host gives.
//! - A recurring period follows the clock rule of this crate; an `EndTime`
//!   before the `StartTime` is on the next day, and an equal one is an error.
//! - `MonthDay` 29 to 31 mean the last day of a shorter month.
//! - A one-time period of no length is kept, listed and printed, and never
//!   silences; [`VendorApi::notes`](crate::vendors::VendorApi::notes) says so.
//! - `DisableMonitoring` is [`Effect::Monitoring`](crate::Effect::Monitoring).
//! - The Id in the path and in the body of a PUT must be equal. A POST with an
//!   Id is refused. A cleanup takes the one-time periods that start before the
//!   date. A POST to a group adds a copy to each of its monitors, or to none.
//! - Statuses: 200 for GET, 201 for POST, 204 for PUT, DELETE and cleanup; 400
//!   and 404 with `{ "Message": ".." }`.

mod convert;
mod document;
mod router;
mod service;

pub use convert::{export, import};
pub use document::{MaintenancePeriod, MaintenanceType, ScheduleMode};
pub use service::{MAX_PERIODS_PER_MONITOR, Service};
