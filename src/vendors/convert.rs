//! Options and results of an import or export.

use crate::error::Error;
use crate::json::Document;
use crate::time::Zone;

/// Options of an import or export: what Uptrends documents do not contain.
///
/// The other vendors ignore them.
#[derive(Clone, Debug, Default)]
pub struct ConvertOptions {
    pub(crate) zone: Option<Zone>,
    pub(crate) monitor: Option<String>,
}

impl ConvertOptions {
    /// No time zone and no monitor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time zone of the Uptrends account. Required for Uptrends.
    #[must_use]
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets the monitor of the periods of an Uptrends list. An export ignores it.
    #[must_use]
    pub fn monitor(mut self, guid: impl Into<String>) -> Self {
        self.monitor = Some(guid.into());
        self
    }

    /// The time zone, or the error that it is missing.
    pub(crate) fn required_zone(&self) -> Result<&Zone, Error> {
        let missing = || {
            let message = "is missing: the periods are in the account's zone";
            Error::invalid(message).in_field("timezone")
        };
        self.zone.as_ref().ok_or_else(missing)
    }
}

/// The result of an import.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The windows. The topology is empty.
    pub document: Document,
    /// What the native document does not keep, one line for each loss.
    pub notes: Vec<String>,
}

/// The result of an export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// The vendor's JSON document, indented.
    pub text: String,
    /// Windows that were left out and values that were lost, one line for each.
    pub notes: Vec<String>,
}
