//! Options and results of an import or export.

use std::fmt;
use std::sync::Arc;

use quietude::{Document, Interval, Zone};

/// Options of an import: what some formats do not contain.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub(crate) timezone: Option<Zone>,
    zones: Option<ZoneSource>,
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

    /// Sets where the zones come from that a text names; the built-in data unless it is set.
    ///
    /// ```
    /// use quietude::Zone;
    /// use quietude_formats::{Format, ImportOptions};
    ///
    /// let options = ImportOptions::new().zones(|name| match name {
    ///     "Office" => "Europe/Berlin".parse(),
    ///     name => name.parse(),
    /// });
    /// let text = r#"{ "muteTimes": [ { "name": "night", "time_intervals": [
    ///     { "location": "Office", "times": [ { "start_time": "22:00", "end_time": "24:00" } ] } ] } ] }"#;
    /// let imported = Format::Grafana.import(text, &options)?;
    /// assert_eq!(imported.document.schedules[0].1.zone().map(Zone::name), Some("Europe/Berlin"));
    /// # Ok::<(), quietude_formats::Error>(())
    /// ```
    #[must_use]
    pub fn zones(
        mut self,
        zones: impl Fn(&str) -> Result<Zone, quietude::Error> + Send + Sync + 'static,
    ) -> Self {
        self.zones = Some(ZoneSource(Arc::new(zones)));
        self
    }

    /// The zone with this name.
    pub(crate) fn zone(&self, name: &str) -> Result<Zone, quietude::Error> {
        match &self.zones {
            Some(ZoneSource(zones)) => zones(name),
            None => name.parse(),
        }
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

type ZoneOf = dyn Fn(&str) -> Result<Zone, quietude::Error> + Send + Sync;

/// From the name of a zone to the zone.
#[derive(Clone)]
struct ZoneSource(Arc<ZoneOf>);

impl fmt::Debug for ZoneSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ZoneSource")
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

impl Note {
    pub(crate) fn new(
        item: impl Into<String>,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { item: item.into(), field: field.into(), message: message.into() }
    }
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
