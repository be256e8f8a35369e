//! MongoDB Cloud Manager and Ops Manager: `maintenanceWindows` of a group.
//!
//! - An ended window (its `endDate` is not after now) is not found: not listed,
//!   not answered, neither patched nor deleted. It still tells the engine what
//!   it silenced, until [`Service::remove_ended`].
//! - Any type name that is not empty is accepted, at least one is needed; a
//!   start in the past is fine. The scope is the group and any of the types.
//! - A PATCH keeps `created` and moves `updated`. A `null` is as good as absent,
//!   but for `description`, which it takes away.
//! - The body of a POST or PATCH holds `alertTypeNames`, `startDate`, `endDate`
//!   and `description`, nothing else.
//! - Answers carry the seed's text: POST "200 Created" with a Location, PATCH
//!   "201 OK". Errors are `{ "detail", "error", "reason" }`.
//! - `pretty=true` prints as the vendor's samples do; `envelope=true` puts
//!   `status` and `content` around one result, and `status` into a list.
//! - Authentication is the transport's.

mod convert;
mod document;
mod pretty;
mod router;
mod service;

pub use convert::{export, import};
pub use document::{MAX_ALERT_TYPES, MaintenanceWindow, WindowInput};
pub use service::{MAX_WINDOWS_PER_GROUP, Service};
