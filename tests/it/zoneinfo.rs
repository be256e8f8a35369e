//! Zones from TZif files: offsets compared with jiff and with compiled-in data, errors, and
//! zones of the same name with other data.

use chrono_tz::Tz;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use quietude::{
    Daily, ErrorKind, Interval, Registry, Schedule, Scope, Silencer, Subject, Timestamp, Window,
    Zone,
};

use crate::generate::stream;
use crate::helpers::{at, cells, clamped, ends, rows};
use crate::oracle::enumerate::offset_ranges;
use crate::oracle::offset;
use crate::testing::{DAY, HOUR, SECOND};
use crate::zone_source::{TZIF_FILES, ZoneSource};

/// The offset of a zone by the crate, in milliseconds.
fn offset_ms(source: ZoneSource, t: i64) -> i64 {
    Zone::from(source).offset_ms(clamped(t))
}

/// The release of the files of `tests/data/zoneinfo`, and its date.
const RELEASE: (&str, &str) = ("2026f", "2026-10-28T00:00:00Z");

/// Files of the compiled-in release give equal offsets; files of another release do so
/// until the date of the files.
#[test]
fn files_equal_built_in_around_changes() {
    let same = Zone::utc().release() == Some(RELEASE.0);
    let until = if same { Timestamp::END } else { at(RELEASE.1) };
    let mut seen = 0;
    for source in ZoneSource::files().filter(|source| !source.is_release_2025b()) {
        let built_in = ZoneSource::built_in(source.name());
        for other in [source, built_in] {
            let starts = offset_ranges(other);
            let within = starts.iter().skip(1).map(|(start, ..)| *start);
            for t in within.filter(|t| *t < until.as_millis()) {
                for t in [t - SECOND, t - 1, t, t + 1, t + SECOND] {
                    assert_eq!(
                        offset_ms(source, t),
                        offset_ms(built_in, t),
                        "{source:?} at {}",
                        clamped(t)
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 100_000 || !same, "{seen} comparisons");
}

/// A zone from a file uses the data of the file, even if the compiled-in data is newer.
#[test]
fn older_file_overrides_built_in() {
    let (old, built_in) = (ZoneSource::File(16), ZoneSource::built_in("Africa/Casablanca"));
    // In release 2025b, Morocco is not permanently on UTC.
    let t = at("2026-12-01T22:30:00Z").as_millis();
    assert_eq!((offset_ms(old, t), offset_ms(built_in, t)), (HOUR, 0));
    let sydney = ZoneSource::File(17);
    for t in offset_ranges(sydney).iter().skip(1).map(|(start, ..)| *start).take(300) {
        for t in [t - 1, t, t + 1] {
            assert_eq!(
                offset_ms(sydney, t),
                offset_ms(ZoneSource::built_in("Australia/Sydney"), t)
            );
        }
    }
}

#[test]
fn files_agree_with_jiff_to_year_9999() {
    for source in ZoneSource::files() {
        let zone = Zone::from(source);
        let expected: Vec<i64> =
            offset_ranges(source).iter().skip(1).map(|(start, ..)| *start).collect();
        let found: Vec<_> = zone.transitions(Interval::ALWAYS).collect();
        let starts: Vec<i64> = found.iter().map(|change| change.at.as_millis()).collect();
        assert!(starts == expected, "{source:?}: {} and {}", starts.len(), expected.len());
        for change in found {
            let t = change.at.as_millis();
            assert_eq!(change.offset_before_ms, offset(source, t - 1), "{source:?} {}", change.at);
            assert_eq!(change.offset_after_ms, offset(source, t), "{source:?} {}", change.at);
            for t in [t - SECOND, t - 1, t, t + SECOND - 1, t + SECOND] {
                assert_eq!(
                    zone.offset_ms(clamped(t)),
                    offset(source, t),
                    "{source:?} {}",
                    clamped(t)
                );
            }
        }
        for t in [Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_millis) {
            assert_eq!(zone.offset_ms(clamped(t)), offset(source, t), "{source:?}");
        }
    }
}

/// Two changes a year are sixteen thousand in all; every part of them can be listed.
#[test]
fn changes_within_any_interval() {
    let zone = Zone::from(ZoneSource::file("Europe/Berlin"));
    let all: Vec<_> = zone.transitions(Interval::ALWAYS).collect();
    assert!(all.len() > 16_000, "{}", all.len());
    let start_of = |index: usize| all.get(index).map_or(Timestamp::END, |change| change.at);
    for index in (1..all.len()).step_by(7).chain(all.len() - 30..all.len()) {
        let (from, until) = (all[index].at, start_of(index + 4));
        let exact = Interval::new(from, until).unwrap();
        let end = all.len().min(index + 4);
        assert_eq!(zone.transitions(exact).collect::<Vec<_>>(), all[index..end]);
        let later = clamped(from.as_millis() + 1);
        let within = Interval::new(later, clamped(until.as_millis() + 1)).unwrap();
        let end = all.len().min(index + 5);
        assert_eq!(zone.transitions(within).collect::<Vec<_>>(), all[index + 1..end]);
    }
}

#[test]
fn daily_exact_around_file_changes() {
    for source in ZoneSource::files() {
        let starts = offset_ranges(source);
        let changes: Vec<i64> = starts.iter().skip(1).map(|(start, ..)| *start).collect();
        let some = changes.iter().step_by(97).chain(changes.iter().rev().take(4));
        for change in some {
            for spec in crate::transitions::windows(source, *change) {
                crate::transitions::assert_agrees(&spec, *change);
            }
        }
    }
}

fn tzif_bytes(name: &str) -> &'static [u8] {
    TZIF_FILES.iter().find(|file| file.name == name).unwrap().bytes
}

/// A version 1 file is the first data block of a version 2 file.
#[test]
fn version_1_keeps_last_offset() {
    let sydney = ZoneSource::File(17);
    let bytes = TZIF_FILES[17].bytes;
    let second = 44 + bytes[44..].windows(5).position(|part| part == b"TZif2").unwrap();
    let mut first = bytes[..second].to_vec();
    first[4] = 0;
    let old = Zone::from_tzif("Australia/Sydney", &first).unwrap();
    let new = Zone::from(sydney);
    // 32-bit times cover 1901-12-13 to 2038-01-19; the last change is in 2037.
    let (from, until) = (at("1902-01-01T00:00:00Z"), at("2038-01-01T00:00:00Z"));
    let within = Interval::new(from, until).unwrap();
    let changes: Vec<_> = old.transitions(within).collect();
    assert!(changes.len() > 130);
    assert_eq!(changes, new.transitions(within).collect::<Vec<_>>());
    // In Sydney, daylight saving time starts in October.
    let winter = at("2050-07-01T00:00:00Z");
    assert_eq!((old.offset_ms(winter), new.offset_ms(winter)), (11 * HOUR, 10 * HOUR));
    assert_ne!(old, new);
}

#[test]
fn zone_eq_by_name_and_data() {
    let berlin = tzif_bytes("Europe/Berlin");
    let read = |name: &str, bytes: &[u8]| Zone::from_tzif(name, bytes).unwrap();
    assert_eq!(read("a", berlin), read("a", berlin));
    assert_ne!(read("a", berlin), read("b", berlin));
    assert_ne!(read("a", berlin), read("a", tzif_bytes("Europe/Dublin")));
    assert_ne!(Zone::from(ZoneSource::File(0)), Zone::from(ZoneSource::File(16)));
    assert_ne!(read("Europe/Berlin", berlin), Zone::from(Tz::Europe__Berlin));
    let zone = read("Europe/Berlin", berlin);
    assert_eq!((zone.name(), zone.release()), ("Europe/Berlin", None));
    assert_eq!(zone.to_string(), "Europe/Berlin");
}

fn evening_window(id: &str, zone: Zone) -> Window {
    let evening = Daily::new("22:00-23:00".parse().unwrap(), zone);
    Window::builder(id).schedule(evening).scope(Scope::entity(id)).build().unwrap()
}

/// Morocco is on UTC since 2026-09-20 by the later file and the compiled-in data, not by
/// the earlier file.
#[test]
fn zones_same_name_stay_distinct() {
    let (new, old) = (Zone::from(ZoneSource::File(0)), Zone::from(ZoneSource::File(16)));
    let built_in: Zone = "Africa/Casablanca".parse().unwrap();
    assert!(new.name() == old.name() && old.name() == built_in.name());
    let mut registry = Registry::new();
    registry.insert(evening_window("new", new.clone())).unwrap();
    registry.insert(evening_window("old", old.clone())).unwrap();
    registry.insert(evening_window("built in", built_in)).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let check = |silencer: &Silencer, later: &[(&str, bool)]| {
        let all = [("new", true), ("old", false), ("built in", true)];
        for (id, is_new) in all.iter().chain(later) {
            for (t, expected) in [("21:30", !is_new), ("22:30", *is_new)] {
                let t = at(&format!("2026-12-01T{t}:00Z"));
                assert_eq!(silencer.is_silenced(Subject::entity(id), t), expected, "{id} {t}");
            }
        }
    };
    check(&silencer, &[]);
    registry.insert(evening_window("old too", old)).unwrap();
    registry.insert(evening_window("new too", new)).unwrap();
    let silencer = silencer.updated(&registry).unwrap();
    check(&silencer, &[("old too", false), ("new too", true)]);
}

/// Equal zones are stored once, also if the host parses a file for every window.
#[test]
fn silencer_shares_equal_zones() {
    let berlin = || Zone::from_tzif("Europe/Berlin", tzif_bytes("Europe/Berlin")).unwrap();
    let zone_bytes = |windows: &[Window]| {
        let mut registry = Registry::new();
        windows.iter().for_each(|window| registry.insert(window.clone()).unwrap());
        Silencer::new(&registry).unwrap().memory_usage().zone_bytes()
    };
    let shared = berlin();
    let one = zone_bytes(&[evening_window("a", shared)]);
    assert!((50_000..250_000).contains(&one), "{one} bytes");
    let many: Vec<Window> =
        (0..50).map(|number| evening_window(&format!("w-{number}"), berlin())).collect();
    assert_eq!(zone_bytes(&many), one);
}

#[test]
fn silenced_until_alternating_half_days_never() {
    let berlin = Zone::from(ZoneSource::file("Europe/Berlin"));
    let mut registry = Registry::new();
    for (id, clock) in [("a", "00:00-12:00"), ("b", "12:00-24:00")] {
        let half = Daily::new(clock.parse().unwrap(), berlin.clone());
        let window = Window::builder(id).schedule(half).scope(Scope::everything());
        registry.insert(window.build().unwrap()).unwrap();
    }
    let silencer = Silencer::new(&registry).unwrap();
    let subject = Subject::entity("x");
    for t in ["2026-11-26T21:15:00Z", "2150-11-26T21:15:00Z", "9990-11-26T21:15:00Z"] {
        let until = silencer.silenced_until(subject, at(t));
        assert_eq!(until, Some(quietude::SilenceEnd::Never), "{t}");
    }
}

/// The content of a version 2 file.
struct TzifParts {
    transitions: Vec<(i64, u8)>,
    types: Vec<(i32, u8, u8)>,
    names: Vec<u8>,
    footer: &'static str,
}

impl TzifParts {
    /// Standard time at UTC+1; daylight saving time at UTC+2.
    fn new(footer: &'static str) -> Self {
        let types = vec![(3600, 0, 0), (7200, 1, 4)];
        Self { transitions: Vec::new(), types, names: b"STD\0SUM\0".to_vec(), footer }
    }

    fn bytes(&self) -> Vec<u8> {
        let header = |counts: [u32; 6]| {
            let counts = counts.into_iter().flat_map(u32::to_be_bytes);
            [&b"TZif2"[..], &[0; 15]].concat().into_iter().chain(counts)
        };
        let sizes = [self.transitions.len(), self.types.len(), self.names.len()];
        let [timecnt, typecnt, charcnt] = sizes.map(|size| size as u32);
        let mut bytes: Vec<u8> = header([0, 0, 0, 0, 1, 1]).collect();
        bytes.extend([0; 7]);
        bytes.extend(header([0, 0, 0, timecnt, typecnt, charcnt]));
        bytes.extend(self.transitions.iter().flat_map(|(time, _)| time.to_be_bytes()));
        bytes.extend(self.transitions.iter().map(|(_, kind)| kind));
        for (offset, is_dst, name) in &self.types {
            bytes.extend(offset.to_be_bytes());
            bytes.extend([*is_dst, *name]);
        }
        bytes.extend(&self.names);
        bytes.extend(format!("\n{}\n", self.footer).bytes());
        bytes
    }

    fn read(&self) -> Result<Zone, quietude::Error> {
        Zone::from_tzif("a/b", &self.bytes())
    }
}

/// The offset of the counts in the second header.
const COUNTS: usize = 44 + 7 + 20;

#[test]
fn tzif_invalid_error() {
    let check = |bytes: &[u8], kind: ErrorKind, text: &str| {
        let error = Zone::from_tzif("a/b", bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("the TZif data of \"a/b\": {text}"));
        assert_eq!(error.kind(), kind, "{text}");
    };
    use ErrorKind::{Invalid, Limit, OutOfRange, Syntax, Unsupported};
    check(b"", Syntax, "header: is cut off: it takes 44 bytes, and 0 are left");
    check(&[b'x'; 44], Syntax, "header.magic: \"xxxx\" is not TZif");
    let good = || TzifParts { transitions: vec![(0, 1), (9, 0)], ..TzifParts::new("STD-1") };
    assert!(good().read().is_ok());
    let changed = |at: usize, byte: u8| {
        let mut bytes = good().bytes();
        bytes[at] = byte;
        bytes
    };
    let text = "header.version: the byte 0x35 is not one of the versions 1 to 4";
    check(&changed(4, b'5'), Unsupported, text);
    let text = "second.header.version: 3 is not 2, the version of the first header";
    check(&changed(51 + 4, b'3'), Invalid, text);
    check(&changed(51, b'x'), Syntax, "second.header.magic: \"xZif\" is not TZif");
    let counted = |index: usize, count: u32| {
        let mut bytes = good().bytes();
        bytes[COUNTS + 4 * index..][..4].copy_from_slice(&count.to_be_bytes());
        bytes
    };
    let text = "header.isutcnt: 1 is not 0 or 2, as there are types";
    check(&counted(0, 1), Invalid, text);
    let text = "header.isstdcnt: 3 is not 0 or 2, as there are types";
    check(&counted(1, 3), Invalid, text);
    let text = "header.leapcnt: 27 leap seconds, and time has none here";
    check(&counted(2, 27), Unsupported, text);
    let text = "header.timecnt: 4294967295 transitions are more than 10000";
    check(&counted(3, u32::MAX), Limit, text);
    let text = "data: is cut off: it takes 90020 bytes, and 45 are left";
    check(&counted(3, 10_000), Syntax, text);
    check(&counted(4, 0), Invalid, "header.typecnt: 0 is not 1 to 256");
    check(&counted(4, 257), Invalid, "header.typecnt: 257 is not 1 to 256");
    check(&counted(5, 0), Invalid, "header.charcnt: 0 is not 1 or more");
    let mut first = good().bytes();
    first[20..44].fill(0xff);
    // The counts of the first header are 2^32 - 1 each, of 1, 1, 8, 5, 6 and 1 bytes.
    let text = "first data block: is cut off: it takes 94489280490 bytes, and 96 are left";
    check(&first, Syntax, text);

    let with = |change: fn(&mut TzifParts)| {
        let mut parts = good();
        change(&mut parts);
        parts.bytes()
    };
    let text = "transitions[1]: 0 s is not after 0 s, the one before it";
    check(&with(|parts| parts.transitions[1].0 = 0), Invalid, text);
    let text = "transitions[1]: -1 s is not after 0 s, the one before it";
    check(&with(|parts| parts.transitions[1].0 = -1), Invalid, text);
    let text = "transitions[0]: type 2 is not one of the 2 types";
    check(&with(|parts| parts.transitions[0].1 = 2), OutOfRange, text);
    for seconds in [86_400, -86_400, i32::MIN] {
        let mut parts = good();
        parts.types[1].0 = seconds;
        let text = format!("types[1].utoff: {seconds} s is not below a day");
        check(&parts.bytes(), OutOfRange, &text);
    }
    check(&with(|parts| parts.types[1].1 = 2), Invalid, "types[1].isdst: 2 is not 0 or 1");
    let text = "types[1].desigidx: no name ends after byte 8 of the names";
    check(&with(|parts| parts.types[1].2 = 8), OutOfRange, text);
    let text = "types[1].desigidx: no name ends after byte 4 of the names";
    check(&with(|parts| parts.names[7] = b'x'), OutOfRange, text);

    let mut long = good().bytes();
    long.push(b'\n');
    check(&long, Syntax, "footer: 1 bytes follow that belong to nothing");
    let short = &good().bytes()[..good().bytes().len() - 1];
    check(short, Syntax, "footer: is not between two line feeds");
    let text =
        "footer: \"STD-2\" adds 7200 s to UTC at the last transition, which itself adds 3600 s";
    check(&with(|parts| parts.footer = "STD-2"), Invalid, text);
}

/// `footer | error`
const FOOTERS: &str = "
X1 | a name of three letters or more, or one in <>, is due at byte 0
<+1 | a name of three letters or more, or one in <>, is due at byte 1
<+01-1 | \">\" is due at byte 6
<+01>- | an offset of 0 to 24 hours is due at byte 6
STD | an offset of 0 to 24 hours is due at byte 3
STD25 | an offset of 0 to 24 hours is due at byte 3
STD24 | an offset below 24 hours is due at byte 5
STD-1:60 | 0 to 59 is due at byte 6
STD-1:00:99 | 0 to 59 is due at byte 9
STD-1SUM | \",\" and when daylight saving begins or ends is due at byte 8
STD-23SUM,M3.5.0,M10.5.0 | an offset below 24 hours is due at byte 9
STD-1SUM,M3.5.0 | \",\" and when daylight saving begins or ends is due at byte 15
STD-1SUM,M13.5.0,M10.5.0 | a month of 1 to 12 is due at byte 10
STD-1SUM,M3.6.0,M10.5.0 | a week, .1 to .5, is due at byte 12
STD-1SUM,M3.5.7,M10.5.0 | a weekday, .0 to .6, is due at byte 14
STD-1SUM,M3-5-0,M10.5.0 | a week, .1 to .5, is due at byte 11
STD-1SUM,J0,J365 | a day of 1 to 365 is due at byte 10
STD-1SUM,J1,J366 | a day of 1 to 365 is due at byte 13
STD-1SUM,0,366 | a day such as M3.5.0, J60 or 59 is due at byte 11
STD-1SUM,M3.5.0/168,M10.5.0 | a time of -167 to 167 hours is due at byte 16
STD-1SUM,M3.5.0,M10.5.0/ | a time of -167 to 167 hours is due at byte 24
STD-1SUM,M3.5.0,M10.5.0/3x | no more is allowed at byte 25
STD-1SUM,M3.5.0,M10.5.0,M1.1.1 | no more is allowed at byte 23
:Europe/Berlin | a name of three letters or more, or one in <>, is due at byte 0
";

#[test]
fn footer_invalid_error() {
    for row in rows(FOOTERS) {
        let (footer, expected) = row.split_once(" | ").unwrap();
        let footer: &'static str = footer.to_owned().leak();
        let error = TzifParts::new(footer).read().unwrap_err();
        let rule = "is not a rule such as CET-1CEST,M3.5.0,M10.5.0/3";
        let expected = format!("the TZif data of \"a/b\": footer: \"{footer}\" {rule}: {expected}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), ErrorKind::Syntax);
    }
}

#[test]
fn zone_name_invalid_error() {
    let bytes = tzif_bytes("UTC");
    assert!(Zone::from_tzif(&"x".repeat(255), bytes).is_ok());
    for name in ["", "a\nb", "\0", &"x".repeat(256)] {
        let error = Zone::from_tzif(name, bytes).unwrap_err();
        assert!(error.to_string().contains("is not a name of a zone"), "{error}");
    }
}

#[test]
fn tzif_truncated_error() {
    for name in ["Antarctica/Troll", "Europe/Berlin", "Africa/Monrovia"] {
        let bytes = tzif_bytes(name);
        for length in 0..bytes.len() {
            assert!(Zone::from_tzif(name, &bytes[..length]).is_err(), "{name}, {length} bytes");
        }
    }
}

/// Changing one byte gives an error or another zone that can be queried.
#[test]
fn tzif_any_byte_changed_no_panic() {
    let mut read = 0;
    for name in ["Antarctica/Troll", "Africa/Monrovia"] {
        for index in 0..tzif_bytes(name).len() {
            for byte in [0, 1, b'9', 0x7f, 0x80, 0xff] {
                let mut bytes = tzif_bytes(name).to_vec();
                bytes[index] = byte;
                let Ok(zone) = Zone::from_tzif(name, &bytes) else { continue };
                read += 1;
                let schedule: Schedule = Daily::new("22:00-02:00".parse().unwrap(), zone).into();
                for t in ["0001-01-01T00:00:00Z", "2026-11-26T21:15:00Z", "9999-12-31T12:00:00Z"] {
                    let next = schedule.next_occurrence(at(t));
                    if let Some((start, end)) = next.map(ends) {
                        assert!(start > at(t).as_millis() && end > start);
                        assert!(
                            schedule.contains(clamped(start)) && !schedule.contains(clamped(end))
                        );
                    }
                }
            }
        }
    }
    assert!(read > 300, "{read}");
}

/// Footers with permanent daylight saving time, or with none.
#[test]
fn footer_without_change_constant_offset() {
    let hours = |footer: &'static str| {
        let zone = TzifParts::new(footer).read().unwrap();
        assert_eq!(zone.transitions(Interval::ALWAYS).count(), 0, "{footer}");
        zone.offset_ms(at("2026-06-01T00:00:00Z")) / HOUR
    };
    assert_eq!(hours("UTC0"), 0);
    assert_eq!(hours("STD5"), -5);
    // RFC 9636, section 3.3.1: from the first hour of the year to the last.
    assert_eq!(hours("EST5EDT,0/0,J365/25"), -4);
    assert_eq!(hours("XXX3EDT4,0/0,J365/23"), -4);
    // Daylight saving time ends when it starts, so it is permanent.
    assert_eq!(hours("STD-1SUM,M3.5.0,M3.5.0/3"), 2);
    // Both offsets are the same.
    assert_eq!(hours("STD-1SUM-1,M3.5.0,M10.5.0"), 1);
}

/// `footer | start | end`, calculated by hand.
const YEARS: &str = "
# Jn does not count 29 February, n does and starts at 0: 1 March, 02:00
STD-1SUM,J60,J300 | 2027-03-01T01:00:00Z | 2027-10-27T00:00:00Z
STD-1SUM,J60,J300 | 2028-03-01T01:00:00Z | 2028-10-27T00:00:00Z
STD-1SUM,J59,J300 | 2028-02-28T01:00:00Z | 2028-10-27T00:00:00Z
STD-1SUM,59,299 | 2027-03-01T01:00:00Z | 2027-10-27T00:00:00Z
STD-1SUM,59,299 | 2028-02-29T01:00:00Z | 2028-10-26T00:00:00Z
# the day before the month, and after it
STD-1SUM,M3.1.1/-24,M10.5.6/48 | 2027-02-27T23:00:00Z | 2027-10-31T22:00:00Z
# an explicit offset and times, with minutes and seconds
STD-1SUM-1:30:30,M3.1.1/1:02:03,M10.1.1/0 | 2027-03-01T00:02:03Z | 2027-10-03T22:29:30Z
# the last day of the year, across the new year
STD-1SUM,M3.1.1,365 | 2027-03-01T01:00:00Z | 2028-01-01T00:00:00Z
STD-1SUM,M3.1.1,365 | 2028-03-06T01:00:00Z | 2028-12-31T00:00:00Z
";

#[test]
fn footer_rules_expand_as_written() {
    for row in rows(YEARS).map(cells) {
        let [footer, start, end] = row[..] else { panic!("footer | start | end: {row:?}") };
        let zone = TzifParts::new(footer.to_owned().leak()).read().unwrap();
        let year: i32 = start[..4].parse().unwrap();
        let begin = at(&format!("{year}-02-01T00:00:00Z"));
        let year = Interval::new(begin, at(&format!("{}-01-15T00:00:00Z", year + 1))).unwrap();
        let found: Vec<_> = zone.transitions(year).map(|change| change.at).collect();
        assert_eq!(found, [at(start), at(end)], "{footer}");
        let later = begin.as_millis() + 10 * 146_097 * DAY;
        let again = zone.transitions(Interval::new(clamped(later), Timestamp::END).unwrap()).next();
        let again = again.unwrap().at.as_millis();
        assert_eq!(again, at(start).as_millis() + 10 * 146_097 * DAY, "{footer}");
    }
}

/// Random rules whose changes are a month or more apart.
#[test]
fn footer_rules_agree_with_jiff() {
    let days = |months: std::ops::Range<u32>| {
        let day =
            (months.clone(), 1..=5u32, 0..=6u32).prop_map(|(m, w, d)| format!("M{m}.{w}.{d}"));
        let ordinal = (30 * months.start - 10..30 * months.end - 40).prop_map(|n| format!("{n}"));
        prop_oneof![3 => day, 1 => ordinal.clone(), 1 => ordinal.prop_map(|n| format!("J{n}"))]
    };
    let time = || prop_oneof![-24..=72, -1..=3];
    let rule = (days(2..5), time(), days(8..11), time(), any::<bool>(), -12..=12, -2..=2);
    for (spring, a, autumn, b, south, west, shift) in stream(9, rule).take(300) {
        let name = format!("STD{west}SUM{}", west - shift);
        let (from, to) = (format!("{spring}/{a}"), format!("{autumn}/{b}"));
        let (from, to) = if south { (to, from) } else { (from, to) };
        let footer = format!("{name},{from},{to}");
        let parts = TzifParts::new(footer.clone().leak());
        let (ours, theirs) = (parts.read().unwrap(), TimeZone::tzif("a", &parts.bytes()).unwrap());
        for year in [1, 1900, 2027, 2028, 2399, 2400, 2401, 2800, 9996] {
            let from = at(&format!("{year:04}-01-10T00:00:00Z"));
            let until = clamped(from.as_millis() + 4 * 365 * DAY);
            let found = ours.transitions(Interval::new(from, until).unwrap());
            let start = jiff::Timestamp::from_millisecond(from.as_millis() - 1).unwrap();
            let expected = theirs
                .following(start)
                .map(|change| change.timestamp().as_millisecond())
                .filter(|_| shift != 0)
                .take_while(|t| *t < until.as_millis());
            let found = found.map(|change| change.at.as_millis());
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{footer} {year}");
        }
    }
}

/// The footer applies from the last transition on.
#[test]
fn footer_starts_at_last_transition() {
    // 2026-06-01 and 2026-06-02.
    let transitions = vec![(1_780_272_000, 1), (1_780_358_400, 0), (1_780_444_800, 1)];
    let zone =
        TzifParts { transitions, ..TzifParts::new("STD-1SUM,M3.5.0,M10.5.0/3") }.read().unwrap();
    let first: Vec<_> =
        zone.transitions(Interval::ALWAYS).take(5).map(|change| change.at.to_string()).collect();
    assert_eq!(
        first,
        [
            "2026-06-01T00:00:00Z",
            "2026-06-02T00:00:00Z",
            "2026-06-03T00:00:00Z",
            "2026-10-25T01:00:00Z",
            "2027-03-28T01:00:00Z"
        ]
    );
    assert_eq!(zone.offset_ms(Timestamp::MIN), HOUR);
}

/// Transitions out of the range of timestamps set the offset before and after.
#[test]
fn changes_out_of_range_ignored() {
    let transitions =
        vec![(i64::MIN, 0), (-100_000_000_000, 1), (400_000_000_000, 0), (i64::MAX, 1)];
    let zone = TzifParts { transitions, ..TzifParts::new("") }.read().unwrap();
    assert_eq!(zone.transitions(Interval::ALWAYS).count(), 0);
    assert_eq!(zone.offset_ms(Timestamp::MIN), 2 * HOUR);
    assert_eq!(zone.offset_ms(Timestamp::MAX), 2 * HOUR);
    let early =
        TzifParts { transitions: vec![(i64::MIN, 0)], ..TzifParts::new("STD-3") }.read().unwrap();
    assert_eq!(early.offset_ms(Timestamp::MIN), 3 * HOUR);
}

#[cfg(feature = "rrule")]
mod rules {
    use quietude::Rule;

    use super::*;

    fn rule(text: &str, minutes: i64) -> Schedule {
        let text = format!("DTSTART;TZID=Europe/Berlin:20260101T023000\n{text}");
        let zones = |name: &str| Ok(ZoneSource::file(name).into());
        Rule::parse_with_zones(&text, zones, minutes * 60_000).unwrap().into()
    }

    /// 02:30 is skipped on the last Sunday of every March: "such recurrence instances MUST
    /// be ignored" (RFC 5545, 3.3.10).
    #[test]
    fn rule_always_in_gap_never_occurs() {
        let never = rule("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 30);
        assert_eq!(never.next_occurrence(Timestamp::MIN), None);
        assert_eq!(never.previous_occurrence(Timestamp::END), None);
        let daily = rule("RRULE:FREQ=DAILY", 30);
        for (t, expected) in [
            ("2150-03-28T01:45:00Z", true),
            ("2150-03-29T00:45:00Z", false),
            ("2150-03-29T01:15:00Z", false),
            ("2150-03-30T00:45:00Z", true),
            ("2150-07-01T00:45:00Z", true),
            ("2150-07-01T01:45:00Z", false),
            // 02:30 occurs twice; the first one counts.
            ("2150-10-25T00:45:00Z", true),
            ("2150-10-25T01:45:00Z", false),
            ("9999-03-28T01:15:00Z", false),
            ("9999-07-01T00:45:00Z", true),
        ] {
            assert_eq!(daily.contains(at(t)), expected, "{t}");
        }
    }

    /// One occurrence less each year: the 100,000th is 275 days after 2299-10-16.
    #[test]
    fn rule_count_excludes_gaps() {
        let last = |count: u32| {
            let rule = rule(&format!("RRULE:FREQ=DAILY;COUNT={count}"), 30);
            rule.previous_occurrence(Timestamp::END).unwrap().start().to_string()
        };
        assert_eq!(last(100_000), "2300-07-18T00:30:00Z");
        assert_eq!(last(2_900_000), "9987-09-24T00:30:00Z");
    }

    /// 23 occurrences on the day of the gap; the repeated hour of the fold occurs once.
    #[test]
    fn hourly_rule_after_2100() {
        let hourly = rule("RRULE:FREQ=HOURLY", 30);
        let starts = |from: &str, until: &str| {
            let day = Interval::new(at(from), at(until)).unwrap();
            hourly.occurrences(day).count()
        };
        assert_eq!(starts("2150-03-28T23:00:00Z", "2150-03-29T22:00:00Z"), 23);
        assert_eq!(starts("2150-10-24T22:00:00Z", "2150-10-25T23:00:00Z"), 24);
        assert_eq!(starts("2150-10-25T23:00:00Z", "2150-10-26T23:00:00Z"), 24);
    }

    /// Occurrences that last until the next start never end, gaps or not.
    #[test]
    fn silenced_until_overlapping_rule_never() {
        let window = Window::builder("w").scope(Scope::everything());
        let window = window.schedule(rule("RRULE:FREQ=DAILY", 49 * 60)).build();
        let mut registry = Registry::new();
        registry.insert(window.unwrap()).unwrap();
        let silencer = Silencer::new(&registry).unwrap();
        let until = silencer.silenced_until(Subject::entity("x"), at("2150-03-29T12:00:00Z"));
        assert_eq!(until, Some(quietude::SilenceEnd::Never));
    }
}
