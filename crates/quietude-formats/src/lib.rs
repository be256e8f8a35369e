//! Reads silences, calendars and maintenance windows of other systems as documents of
//! Quietude, and writes some of them.
//!
//! Each item of the other system becomes one item of the document, with the same
//! meaning at every instant. What the document cannot express is left out and named in a
//! [`Note`]; nothing is approximated.

#![forbid(unsafe_code)]

mod collect;
mod convert;
mod cron;
mod day_points;
mod error;
mod format;
mod icinga2;
mod nagios;
mod named;
mod words;
mod zabbix;

pub use convert::{ExportOptions, Exported, ImportOptions, Imported, Note};
pub use error::{Error, Place};
pub use format::Format;
