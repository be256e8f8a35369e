//! Uptrends: the `MaintenancePeriod` of a monitor, with its six endpoints.
//!
//! - Times are local times in the time zone of the account, which the host passes to
//!   [`Service::new`].
//! - A recurring period follows the clock rule of this crate (see the crate
//!   documentation). An `EndTime` before the `StartTime` is on the next day; an equal
//!   one is an error.
//! - `MonthDay` 29 to 31 is the last day of a shorter month.
//! - A one-time period with equal start and end is stored, listed and returned, but it
//!   never silences; [`VendorApi::notes`](crate::vendors::VendorApi::notes) reports it.
//! - `DisableMonitoring` is [`Effect::Monitoring`](crate::Effect::Monitoring).
//! - The Id in the path of a PUT must be equal to the Id in the body. A POST with an Id
//!   is an error. A cleanup removes the one-time periods that start before the date. A
//!   POST to a group adds a copy to each of its monitors, or to none.
//! - The status is 200 for GET, 201 for POST, and 204 for PUT, DELETE and cleanup.
//!   Errors are `{ "Message": ".." }`.

mod convert;
mod document;
mod router;
mod service;

pub use convert::{export, import};
pub use document::{MaintenancePeriod, MaintenanceType, ScheduleMode};
pub use service::{MAX_PERIODS_PER_MONITOR, Service};
