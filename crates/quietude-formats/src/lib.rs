//! Reads the files of other systems as documents of Quietude, and writes some of them.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod alertmanager;
mod collect;
mod convert;
mod cron;
mod day_points;
mod error;
mod format;
mod grafana;
mod icinga2;
mod ics;
mod ids;
pub mod limits;
mod meant;
mod nagios;
mod named;
pub mod native;
mod position;
pub mod silences;
mod tree;
mod words;
mod zabbix;

pub use convert::{ExportOptions, Exported, ImportOptions, Imported, Note};
pub use error::{Error, Place};
pub use format::Format;
