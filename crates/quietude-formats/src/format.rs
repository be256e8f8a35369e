//! The formats, by name.

use std::fmt;
use std::str::FromStr;

use quietude::Document;

use crate::convert::{ExportOptions, Exported, ImportOptions, Imported};
use crate::error::{Error, Place};
use crate::limits::MAX_TEXT_BYTES;
use crate::tree::located;
use crate::{alertmanager, cron, grafana, icinga2, ics, nagios, zabbix};

/// A format of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Prometheus Alertmanager: the configuration (YAML) or silences (JSON).
    Alertmanager,
    /// Grafana: mute timings and notification policies (provisioning YAML or JSON).
    Grafana,
    /// iCalendar (RFC 5545).
    Ics,
    /// Lines of a crontab, with a duration.
    Cron,
    /// Icinga 2: time periods and scheduled downtimes.
    Icinga2,
    /// Nagios: time periods and scheduled downtimes.
    Nagios,
    /// Zabbix: maintenances (JSON export).
    Zabbix,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Alertmanager,
        Self::Grafana,
        Self::Ics,
        Self::Cron,
        Self::Icinga2,
        Self::Nagios,
        Self::Zabbix,
    ];

    /// The name that [`FromStr`] reads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::Ics => "ics",
            Self::Cron => "cron",
            Self::Icinga2 => "icinga2",
            Self::Nagios => "nagios",
            Self::Zabbix => "zabbix",
        }
    }

    /// Reads a text of this format.
    ///
    /// # Errors
    ///
    /// The text is not in the format, or it exceeds a limit of this crate or of
    /// [`quietude::limits`].
    pub fn import(self, text: &str, options: &ImportOptions) -> Result<Imported, Error> {
        if text.len() > MAX_TEXT_BYTES {
            let length = text.len();
            let message =
                format!("the text has {length} bytes, and {MAX_TEXT_BYTES} are the limit");
            return Err(Error::new(Place::default(), message));
        }
        let imported = match self {
            Self::Alertmanager => alertmanager::import(text, options),
            Self::Grafana => grafana::import(text, options),
            Self::Ics => ics::import(text, options),
            Self::Cron => cron::import(text, options),
            Self::Icinga2 => icinga2::import(text, options),
            Self::Nagios => nagios::import(text, options),
            Self::Zabbix => zabbix::import(text, options),
        };
        imported.map_err(|error| located(error, text))
    }

    /// Writes a document in this format.
    ///
    /// # Errors
    ///
    /// The format is not written: only [`Alertmanager`](Self::Alertmanager) and
    /// [`Ics`](Self::Ics) are. An option that the format needs is missing.
    pub fn export(self, document: &Document, options: &ExportOptions) -> Result<Exported, Error> {
        match self {
            Self::Alertmanager => alertmanager::export(document, options),
            Self::Ics => ics::export(document, options),
            _ => Err(Error::new(Place::default(), format_args!("{self} is not written"))),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            let message = format!("\"{text}\" is no format; allowed are {}", names.join(", "));
            Error::new(Place::default(), message)
        })
    }
}
