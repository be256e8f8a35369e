//! What a TZID means: a name of the tz database, a name of Windows, or the rules of the
//! VTIMEZONE.

use std::collections::HashMap;

use chrono_tz::Tz;
use quietude::Zone;

use crate::convert::{ImportOptions, Note};
use crate::ics::calendar::ZoneDefinition;
use crate::ics::lines::truncated;
use crate::ics::value::{DAY, utc};
use crate::ics::vtimezone::{defined_zone, first_difference};
use crate::limits::{MAX_COUNTED, MAX_INSTANCES, MAX_ZONES};

/// Names of Windows, with the zones of the tz database.
static WINDOWS: &str = include_str!("windows_zones.tsv");

/// A name of Windows, its zone, and its zones in other territories.
fn windows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = WINDOWS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?, fields.next().unwrap_or("")))
    })
}

/// The zones of the tz database that have a name of Windows, the most common ones first.
fn candidates() -> impl Iterator<Item = &'static str> {
    let others = windows().flat_map(|(.., others)| others.split(' '));
    windows().map(|(_, zone, _)| zone).chain(others.filter(|name| !name.is_empty()))
}

/// A zone, and whether documents can name it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) zone: Zone,
    pub(super) is_named: bool,
    /// Whether it is the built-in zone of its name, which the text of a rule can have.
    pub(super) is_built_in: bool,
}

impl Found {
    /// A zone that documents can name.
    pub(super) fn named(zone: Zone) -> Self {
        let is_built_in = zone.name().parse::<Tz>().is_ok_and(|tz| Zone::from(tz) == zone);
        Self { zone, is_named: true, is_built_in }
    }
}

/// The zones of a file that are looked up, by their names and the rules of their VTIMEZONE.
#[derive(Debug)]
pub(super) struct ZoneTable {
    found: HashMap<String, Result<Found, String>>,
    /// A little before the first event: rules are compared from here on.
    from: i64,
    /// What the events of the file may still take.
    pub(super) budget: Budget,
}

/// Work that is limited for a whole file.
#[derive(Debug)]
pub(super) struct Budget {
    /// Instances that are written as single times.
    pub(super) instances: usize,
    /// The sum of COUNT.
    pub(super) count: u64,
}

impl ZoneTable {
    pub(super) fn new(from: i64) -> Self {
        let budget = Budget { instances: MAX_INSTANCES, count: MAX_COUNTED };
        Self { found: HashMap::new(), from, budget }
    }
}

/// The zones of one VCALENDAR.
pub(super) struct Zones<'a> {
    definitions: HashMap<&'a str, &'a ZoneDefinition<'a>>,
    /// By TZID.
    found: HashMap<String, Result<Found, String>>,
    pub(super) table: &'a mut ZoneTable,
    options: &'a ImportOptions,
}

impl<'a> Zones<'a> {
    pub(super) fn new(
        definitions: &'a [ZoneDefinition<'a>],
        table: &'a mut ZoneTable,
        options: &'a ImportOptions,
    ) -> Self {
        let definitions = definitions.iter().map(|zone| (zone.id.as_str(), zone)).collect();
        Self { definitions, found: HashMap::new(), table, options }
    }

    /// The zone of a TZID. A note about the zone is added once.
    pub(super) fn get(&mut self, id: &str, notes: &mut Vec<Note>) -> Result<Found, String> {
        if let Some(found) = self.found.get(id) {
            return found.clone();
        }
        let mut key = id.to_owned();
        if let Some(definition) = self.definitions.get(id.trim()) {
            for line in definition.observances.iter().flatten() {
                key.extend(["\n", line.name(), ":", line.value()]);
            }
        }
        let found = match self.table.found.get(&key) {
            Some(found) => found.clone(),
            None if self.table.found.len() >= MAX_ZONES => {
                return Err(format!("more than {MAX_ZONES} zones are in the file"));
            }
            None => {
                let found = self.find(id, notes);
                self.table.found.insert(key, found.clone());
                found
            }
        };
        self.found.insert(id.to_owned(), found.clone());
        found
    }

    fn find(&mut self, id: &str, notes: &mut Vec<Note>) -> Result<Found, String> {
        let definition = self.definitions.get(id.trim()).copied();
        let options = self.options;
        let zones = |name: &str| options.zone(name);
        let named = by_name(id, &zones);
        let named = named.or_else(|| by_name(definition?.location.as_deref()?, &zones));
        let Some(definition) = definition else {
            return match named {
                Some(zone) => Ok(Found::named(zone)),
                None => Err(format!(
                    "\"{}\" is neither a zone of the tz database, such as Europe/Berlin, nor one of \
                     Windows, and the file has no VTIMEZONE for it",
                    truncated(id)
                )),
            };
        };
        let from = self.table.from;
        let defined = defined_zone(definition, from);
        let mut note = |message: String| {
            let item = format!("VTIMEZONE \"{}\" (line {})", truncated(id), definition.line);
            notes.push(Note { item, field: String::new(), message });
        };
        match (named, defined) {
            (Some(zone), Ok(defined)) => {
                let to = defined.known_until.min(from + 20 * 366 * DAY);
                if let Some(at) = first_difference(&zone, &defined.zone, from, to) {
                    note(format!(
                        "is read as {}, whose data differ from these rules from {} on",
                        zone.name(),
                        utc(at)
                    ));
                }
                Ok(Found::named(zone))
            }
            (Some(zone), Err(_)) => Ok(Found::named(zone)),
            (None, Err(why)) => Err(format!("VTIMEZONE \"{}\" {why}", truncated(id))),
            (None, Ok(defined)) => {
                let mut zones = candidates().filter_map(|name| zones(name).ok());
                let same = zones.find(|zone| {
                    first_difference(zone, &defined.zone, from, defined.known_until).is_none()
                });
                let Some(zone) = same else {
                    return Ok(Found { zone: defined.zone, is_named: false, is_built_in: false });
                };
                note(format!(
                    "is not a name that documents know; its rules are those of {} from {} to {}, which \
                     is written",
                    zone.name(),
                    utc(from),
                    utc(defined.known_until)
                ));
                Ok(Found::named(zone))
            }
        }
    }
}

/// The zone that a name means: of the tz database, perhaps behind a prefix such as
/// `/citadel.org/20250101_1/`, or of Windows. `zones` has the zones of names.
pub(super) fn by_name(
    id: &str,
    zones: &impl Fn(&str) -> Result<Zone, quietude::Error>,
) -> Option<Zone> {
    let id = id.trim().trim_matches('"');
    // A name has three parts at most.
    let starts = id.rmatch_indices('/').map(|(at, _)| at + 1).take(3);
    let mut starts: Vec<usize> = starts.collect();
    starts.push(0);
    starts.sort_unstable();
    let mut names = starts.iter().map(|start| &id[*start..]).filter(|name| may_be_known(name));
    names.find_map(|name| zones(name).ok()).or_else(|| {
        let last = id.rsplit('/').next();
        // `tzone://Microsoft/Utc`
        let is_utc = last.is_some_and(|last| last.eq_ignore_ascii_case("UTC"));
        let id = if is_utc { "UTC" } else { id };
        let (_, zone, _) = windows().find(|(name, ..)| name.eq_ignore_ascii_case(id))?;
        zones(zone).ok()
    })
}

/// Whether to look for a zone with this name. To look for one that does not exist takes
/// long, because the error says which one is similar.
fn may_be_known(name: &str) -> bool {
    const REGIONS: [&str; 11] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Etc",
        "Europe",
        "Indian",
        "Pacific",
    ];
    // The region: a name that is newer than those of chrono-tz.
    name.parse::<Tz>().is_ok()
        || name.len() < 64
            && name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in(name: &str) -> Result<Zone, quietude::Error> {
        name.parse()
    }

    #[test]
    fn by_name_plain_prefixed_and_windows() {
        for (id, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("/Europe/Vienna", "Europe/Vienna"),
            ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
            ("/freeassociation.sourceforge.net/Tzfile/America/New_York", "America/New_York"),
            (
                "/citadel.org/20250101_1/America/Argentina/Buenos_Aires",
                "America/Argentina/Buenos_Aires",
            ),
            ("/mozilla.org/20050126_1/Europe/Paris", "Europe/Paris"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("eastern standard time", "America/New_York"),
            ("UTC", "UTC"),
            ("tzone://Microsoft/Utc", "Etc/UTC"),
            ("\"Tokyo Standard Time\"", "Asia/Tokyo"),
        ] {
            assert_eq!(by_name(id, &built_in).expect(id).name(), zone, "{id}");
        }
        for id in ["", "/", "Customized Time Zone", "tzone://Microsoft/Custom", "Mars/Base"] {
            assert!(by_name(id, &built_in).is_none(), "{id}");
        }
    }

    #[test]
    fn windows_zones_all_known() {
        assert_eq!(windows().count(), 139);
        for name in candidates() {
            assert!(name.parse::<Zone>().is_ok(), "{name}");
        }
    }
}
