//! Reads the files of other systems as documents of Quietude, and writes some of them.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod alertmanager;
mod convert;
mod error;
mod format;
mod grafana;
mod ics;
mod ids;
pub mod limits;
mod meant;
mod tree;

pub use convert::{ExportOptions, Exported, ImportOptions, Imported, Note};
pub use error::{Error, Place};
pub use format::Format;
