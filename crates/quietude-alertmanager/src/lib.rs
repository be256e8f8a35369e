//! Recurring silences for a Prometheus Alertmanager that runs.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![doc = ""]
//! # Modules
//!
//! ```text
//! pure       silence   silences as Alertmanager's API has them; the marker
//!            wanted    document and horizon -> the silences that there should be
//!            plan      wanted, held silences -> create, extend, replace, expire
//!            alert     bodies of `POST /api/v2/alerts`; annotations
//!            queue     the newest state of each alert, until it is delivered
//!            held      silenced alerts, until their silence ends
//! I/O        document  the file, read again when it changes
//!            client    requests to Alertmanager, bounded in time and size
//!            server    the listener: connections, health, metrics
//!            tasks     what runs as long as the service; its end is an error
//!            bridge    the loop that applies plans
//!            delivery  what waits for one Alertmanager, in order
//!            proxy     the service before Alertmanager
//! ```
#![forbid(unsafe_code)]
// The engine reads no clock and no file; a program that talks to others does.
#![allow(clippy::disallowed_methods, reason = "a service reads the clock")]
#![allow(clippy::disallowed_types, reason = "a service reads its document")]

pub mod alert;
pub mod bridge;
pub mod client;
pub mod clock;
mod delivery;
pub mod document;
mod error;
pub mod held;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod plan;
pub mod proxy;
pub mod queue;
pub mod server;
pub mod silence;
pub mod tasks;
pub mod wanted;

pub use error::Error;
