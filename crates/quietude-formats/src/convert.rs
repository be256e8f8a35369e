//! Options and results of an import or export.

use std::fmt;

use quietude::{Document, Interval, Zone};

/// Options of an import: what some formats do not contain.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub(crate) timezone: Option<Zone>,
    pub(crate) duration_millis: Option<u64>,
    pub(crate) calendar: Option<String>,
}

impl ImportOptions {
    /// No option is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the zone of local times without a zone: of the host for Alertmanager's
    /// `location: Local`, crontabs, Icinga and Nagios; of floating times of iCalendar.
    #[must_use]
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.timezone = Some(zone.into());
        self
    }

    /// Sets how long each occurrence of a crontab line lasts, in milliseconds of elapsed
    /// time.
    #[must_use]
    pub fn duration_millis(mut self, millis: u64) -> Self {
        self.duration_millis = Some(millis);
        self
    }

    /// Reads an iCalendar file as one named schedule, such as a calendar of holidays,
    /// which windows of other documents refer to by this name, and not as windows.
    #[must_use]
    pub fn calendar(mut self, name: impl Into<String>) -> Self {
        self.calendar = Some(name.into());
        self
    }
}

/// Options of an export.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    pub(crate) within: Option<Interval>,
}

impl ExportOptions {
    /// No option is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the horizon: only occurrences that overlap it are written.
    #[must_use]
    pub fn within(mut self, horizon: Interval) -> Self {
        self.within = Some(horizon);
        self
    }
}

/// The result of an import.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The windows.
    pub document: Document,
    /// What the document does not express, in the order of the items.
    pub notes: Vec<Note>,
}

/// The result of an export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// The text in the other system's format.
    pub text: String,
    /// What that format does not express, in the order of the windows.
    pub notes: Vec<Note>,
}

/// Something that is lost by a conversion: which item, which of its fields, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The item, as the source names it: `time_intervals[2] "weekends"`.
    pub item: String,
    /// The field of the item; empty if the note is about the whole item.
    pub field: String,
    /// What is lost, and why.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.item)?;
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}
