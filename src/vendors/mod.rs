//! The maintenance-window APIs of four vendors: documents, operations, and the
//! conversion of their windows to windows of this crate.
//!
//! | module | product | document |
//! | --- | --- | --- |
//! | [`spaceone`] | SpaceONE monitoring | `MaintenanceWindow` |
//! | [`opsmanager`] | MongoDB Cloud Manager, Ops Manager | `maintenanceWindows` |
//! | [`virtana`] | Virtana Service Observability (Zenoss) | `maintwindows` |
//! | [`uptrends`] | Uptrends | `MaintenancePeriod` |
//!
//! Each module has a `Service`, a pure state machine. Its input is a request, the
//! time, the user and a source of ids; its output is a status, headers and a body.
//! It has no clock, no randomness and no I/O, so any HTTP server can mount it with
//! [`VendorApi::handle`]. A failed operation changes nothing. The state can be
//! saved as JSON and restored.
//!
//! The windows of all services are kept in one [`Registry`](crate::Registry), which
//! [`VendorApi::sync`] updates. One [`Silencer`](crate::Silencer) then answers
//! queries for all vendors. [`Vendor`] converts documents without a service.
//!
//! ```
//! use quietude::vendors::{Context, Method, Request, VendorApi, uptrends};
//! use quietude::{Registry, Silencer, Subject, Zone};
//!
//! let amsterdam: Zone = "Europe/Amsterdam".parse()?;
//! let mut uptrends = uptrends::Service::new("acme", amsterdam)?;
//! uptrends.add_monitor("monitor-1")?;
//! let mut ids = 123..;
//! let mut new_id = || ids.next().unwrap().to_string();
//! let mut context = Context::new("2026-11-26T12:00:00Z".parse()?, &mut new_id);
//! let body = br#"{ "ScheduleMode": "Daily", "StartTime": "22:00", "EndTime": "22:30",
//!     "MaintenanceType": "DisableNotifications" }"#;
//! let request = Request::new(Method::Post, "/Monitor/monitor-1/MaintenancePeriod", body);
//! assert_eq!(uptrends.handle(&request, &mut context).status, 201);
//!
//! let mut registry = Registry::new();
//! uptrends.sync(&mut registry)?;
//! let silencer = Silencer::new(&registry)?;
//! let ten_past = "2026-11-26T21:10:00Z".parse()?;
//! assert!(silencer.is_silenced(Subject::entity("uptrends:monitor-1"), ten_past));
//! // An application with ids of its own passes the vendors' ids as groups.
//! let host = Subject::entity("web-7").with_groups(&["uptrends:monitor-1"]);
//! assert!(silencer.is_silenced(&host, ten_past));
//! # Ok::<(), quietude::Error>(())
//! ```
//!
#![doc = include_str!("../docs/vendors.md")]

mod api;
mod budget;
mod changes;
mod convert;
mod export;
mod fields;
mod http;
mod ids;
mod import;
pub mod opsmanager;
mod parse;
mod pattern;
pub mod spaceone;
mod store;
pub mod uptrends;
mod vendor;
pub mod virtana;

pub use api::VendorApi;
pub use budget::{MAX_REQUEST_BYTES, MAX_REQUEST_STEPS};
pub use changes::ChangeLog;
pub use convert::{ConvertOptions, Exported, Imported};
pub use fields::MAX_TEXT_BYTES;
pub use http::{ApiError, Context, MAX_BODY_BYTES, Method, Request, Response};
pub use ids::{MAX_PART_BYTES, vendor_id};
pub use vendor::Vendor;
