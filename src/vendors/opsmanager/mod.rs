//! MongoDB Cloud Manager and Ops Manager: the `maintenanceWindows` of a group.
//!
//! - A window has ended if its `endDate` is not after the current time. The API does
//!   not find an ended window: it is not listed, returned, patched or deleted. It
//!   stays in [`VendorApi::windows`](crate::vendors::VendorApi::windows), so past
//!   queries are still correct, until [`Service::remove_ended`].
//! - At least one alert type is needed; any name that is not empty is accepted. The
//!   start may be in the past. The scope is the group and any of the alert types.
//! - The body of a POST or PATCH has the fields `alertTypeNames`, `startDate`,
//!   `endDate` and `description` only. `null` means absent; in a PATCH, a `null`
//!   description removes the description.
//! - A PATCH keeps `created` and sets `updated` to the current time.
//! - Reason phrases are those of the vendor's documentation: "200 Created" (with a
//!   `Location` header) for a POST, "201 OK" for a PATCH. Errors are
//!   `{ "detail", "error", "reason" }`.
//! - `pretty=true` formats the JSON like the vendor's samples. `envelope=true` wraps
//!   a single result in `{ "status", "content" }` and adds `status` to a list.
//! - A list has all windows that have not ended, however many: it is written window by
//!   window, and a list that takes more than
//!   [`MAX_REQUEST_BYTES`](crate::vendors::MAX_REQUEST_BYTES) is an error.
//! - Authentication is the task of the HTTP server; the example `serve` shows the digest
//!   authentication of the vendor's samples.

mod convert;
mod document;
mod list;
mod pretty;
mod router;
mod service;

pub use convert::{export, import};
pub use document::{MAX_ALERT_TYPES, MaintenanceWindow, WindowInput};
pub use service::{MAX_WINDOWS_PER_GROUP, Service};
