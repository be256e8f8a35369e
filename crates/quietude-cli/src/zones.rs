//! Time zones by name: built in, or read from the TZif files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use quietude::{Error, Zone};

/// Where zones come from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ZoneArgs {
    /// Read time zones from the TZif files in this folder, such as
    /// /usr/share/zoneinfo, and not from what is built in
    #[arg(long, value_name = "DIR")]
    tzdir: Option<PathBuf>,
}

impl ZoneArgs {
    /// Whether no folder is given.
    pub(crate) fn are_built_in(&self) -> bool {
        self.tzdir.is_none()
    }

    /// The zone with this name, from the folder `--tzdir` or the built-in data.
    pub(crate) fn zone(&self, name: &str) -> Result<Zone, Error> {
        match &self.tzdir {
            Some(folder) => read(folder, name),
            None => name.parse(),
        }
    }

    /// The zone of the option `--timezone`, if given.
    pub(crate) fn timezone(&self, name: Option<&str>) -> Result<Option<Zone>, crate::Error> {
        let zone = name.map(|name| self.zone(name)).transpose();
        zone.map_err(|error| format!("--timezone: {error}").into())
    }
}

/// Reads the zone `name` from a TZif file below `folder`.
fn read(folder: &Path, name: &str) -> Result<Zone, Error> {
    if !is_relative_name(name) {
        let name: String = name.chars().take(64).collect();
        return Err(Error::not_found(format_args!(
            "{name:?} is not the name of a zone, such as Europe/Berlin"
        )));
    }
    let file = folder.join(name);
    let bytes = fs::read(&file)
        .map_err(|error| Error::not_found(format_args!("{}: {error}", file.display())))?;
    Zone::from_tzif(name, &bytes)
}

/// Whether `name` is a relative path without `.` or `..`, so that it cannot lead
/// out of the folder.
fn is_relative_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    name.split('/').all(|part| !part.is_empty() && part.bytes().all(is_plain))
}
