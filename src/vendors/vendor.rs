//! The four vendors, and the conversion of their documents to and from the
//! native document.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, truncated};
use crate::json::Document;
use crate::vendors::convert::{ConvertOptions, Exported, Imported};
use crate::vendors::{opsmanager, spaceone, uptrends, virtana};

/// A vendor whose maintenance-window documents can be imported and exported.
///
/// [`FromStr`] and [`Display`](fmt::Display) use the lower-case names `spaceone`,
/// `opsmanager`, `virtana` and `uptrends`.
///
/// ```
/// use quietude::vendors::{Vendor, ConvertOptions};
///
/// let text = r#"{ "results": [ { "id": "5628faffd4c606594adaa3b2",
///     "groupId": "541ed2009436399a1f54e01b", "alertTypeNames": ["BACKUP"],
///     "created": "2015-10-22T15:04:31Z", "updated": "2015-10-22T15:04:31Z",
///     "startDate": "2015-10-23T22:00:00Z", "endDate": "2015-10-23T23:30:00Z" } ] }"#;
/// let imported = "opsmanager".parse::<Vendor>()?.import(text, &ConvertOptions::new())?;
/// assert_eq!(imported.document.registry.len(), 1);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// SpaceONE monitoring: `MaintenanceWindow`.
    SpaceOne,
    /// MongoDB Cloud Manager and Ops Manager: `maintenanceWindows`.
    OpsManager,
    /// Virtana Service Observability (Zenoss): `maintwindows`.
    Virtana,
    /// Uptrends: `MaintenancePeriod`.
    Uptrends,
}

const VENDORS: [(&str, Vendor); 4] = [
    ("spaceone", Vendor::SpaceOne),
    ("opsmanager", Vendor::OpsManager),
    ("virtana", Vendor::Virtana),
    ("uptrends", Vendor::Uptrends),
];

impl FromStr for Vendor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = VENDORS.iter().find(|(name, _)| *name == text);
        found.map(|(_, vendor)| *vendor).ok_or_else(|| {
            let names = VENDORS.map(|(name, _)| name).join(", ");
            Error::invalid(format_args!("\"{}\" is not one of {names}", truncated(text)))
        })
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = VENDORS.iter().find(|(_, vendor)| vendor == self);
        f.pad(name.map_or("", |(name, _)| name))
    }
}

impl Vendor {
    /// Converts a document of this vendor to a native [`Document`].
    ///
    /// Values that the native document cannot hold are listed in
    /// [`Imported::notes`].
    ///
    /// # Errors
    ///
    /// If `text` is not JSON (the error has line and column), or a field is
    /// missing, unknown or invalid (the error has the path of the field). For
    /// Uptrends, also if `options` has no time zone.
    pub fn import(self, text: &str, options: &ConvertOptions) -> Result<Imported, Error> {
        match self {
            Self::SpaceOne => spaceone::import(text),
            Self::OpsManager => opsmanager::import(text),
            Self::Virtana => virtana::import(text),
            Self::Uptrends => uptrends::import(text, options),
        }
    }

    /// Converts a native [`Document`] to a document of this vendor.
    ///
    /// Windows that the vendor's form cannot express are left out. Each of them,
    /// and each lost value of the others, is listed in [`Exported::notes`].
    ///
    /// # Errors
    ///
    /// For Uptrends, if `options` has no time zone. The other vendors never fail.
    pub fn export(self, document: &Document, options: &ConvertOptions) -> Result<Exported, Error> {
        let mut exported = match self {
            Self::SpaceOne => spaceone::export(document),
            Self::OpsManager => opsmanager::export(document),
            Self::Virtana => virtana::export(document),
            Self::Uptrends => uptrends::export(document, options.required_zone()?),
        };
        let topology = &document.topology;
        if topology.entities().next().is_some() || topology.groups().next().is_some() {
            exported.notes.push("the topology is lost: the vendor's own is meant".to_owned());
        }
        Ok(exported)
    }
}
