//! Time zones by name: built in, or read from the TZif files of a folder.

use std::path::{Path, PathBuf};

use quietude::{Error, Zone};
use quietude_formats::native;

/// Where zones come from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ZoneArgs {
    /// Read time zones from the TZif files in this folder, such as
    /// /usr/share/zoneinfo, and not from what is built in
    #[arg(long, value_name = "DIR")]
    tzdir: Option<PathBuf>,
}

impl ZoneArgs {
    /// The folder, if one is given.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.tzdir.as_deref()
    }

    /// The zone with this name, from the folder `--tzdir` or the built-in data.
    pub(crate) fn zone(&self, name: &str) -> Result<Zone, Error> {
        native::zone(name, self.folder())
    }

    /// The zone of the option `--timezone`, if given.
    pub(crate) fn timezone(&self, name: Option<&str>) -> Result<Option<Zone>, crate::Error> {
        let zone = name.map(|name| self.zone(name)).transpose();
        zone.map_err(|error| format!("--timezone: {error}").into())
    }
}
