//! Occurrences that overlap or touch, compared with an iteration over the starts.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::at;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::testing::HOUR;
use crate::time::{Interval, Timestamp};

const RULES: [&str; 22] = [
    "FREQ=DAILY",
    "FREQ=DAILY;BYHOUR=1,2,3,22",
    "FREQ=DAILY;BYHOUR=0,6,12,18",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;BYMONTH=10,11;COUNT=90",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE",
    "FREQ=WEEKLY;BYDAY=SA,SU;INTERVAL=2",
    "FREQ=MONTHLY;BYMONTHDAY=29,30,31,1,2",
    "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2,-1",
    "FREQ=HOURLY",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=HOURLY;INTERVAL=2;BYHOUR=0,2,4,6,8,10",
    "FREQ=HOURLY;INTERVAL=5;BYDAY=MO,TU",
    "FREQ=HOURLY;INTERVAL=5;BYHOUR=1,2,3,4,5,6,7",
    "FREQ=MINUTELY;INTERVAL=7",
    "FREQ=MINUTELY;INTERVAL=30;BYHOUR=9,10,11,12",
    "FREQ=MINUTELY;INTERVAL=45;BYDAY=SU",
    "FREQ=MINUTELY;INTERVAL=11;BYHOUR=0,1,2",
    "FREQ=HOURLY\nEXDATE:20261025T003000Z,20261025T013000Z,20261026T093000Z",
    "FREQ=DAILY;BYHOUR=2\nRDATE:20261025T003000Z,20261025T083000Z,20261026T013000Z",
    "FREQ=DAILY\nRDATE:20261024T003500Z,20261027T230000Z\nEXDATE:20261026T013000Z",
];

/// Starts in ascending order, by repeated `next_occurrence`.
fn starts(rule: &str, from: Timestamp, until: Timestamp) -> Vec<i64> {
    let one_ms = Schedule::from(Rule::parse(rule, 1).unwrap());
    let mut starts = Vec::new();
    let mut after = from;
    while let Some(next) = one_ms.next_occurrence(after).filter(|next| next.start() < until) {
        starts.push(next.start().as_millis());
        after = next.start();
    }
    starts
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 80,
        rng_seed: RngSeed::Fixed(21),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Around the end of summer time in Berlin, 2026-10-25, and its beginning.
    #[test]
    fn occurrences_overlapping_agree_with_iteration(
        rule in prop::sample::select(RULES.to_vec()),
        duration_ms in prop_oneof![
            Just(HOUR), Just(24 * HOUR), Just(25 * HOUR), Just(6 * HOUR), Just(7 * 60_000),
            Just(23 * HOUR), Just(48 * HOUR), Just(5 * HOUR), 1..60 * HOUR, Just(24 * HOUR - 1),
            Just(8 * 24 * HOUR), Just(32 * 24 * HOUR),
        ],
        probes in prop::collection::vec((0..100_usize, -2..=2_i64, 0..3_u8), 20),
        in_spring in prop::bool::ANY,
    ) {
        let rule = format!("DTSTART;TZID=Europe/Berlin:20250101T023000\nRRULE:{rule}");
        let schedule = Schedule::from(Rule::parse(&rule, duration_ms).unwrap());
        let center = if in_spring { at("2026-03-29T01:00:00Z") } else { at("2026-10-25T01:00:00Z") };
        let around = |days: i64| {
            Timestamp::from_millis(center.as_millis() + days * 24 * HOUR).unwrap()
        };
        let starts = starts(&rule, around(-36), around(12));
        let near: Vec<i64> = starts
            .iter()
            .copied()
            .filter(|t| (t - center.as_millis()).abs() < 40 * HOUR)
            .chain([center.as_millis()])
            .collect();
        for (index, delta, edge) in probes {
            let start = near[index % near.len()];
            let t = start + delta + [0, duration_ms, HOUR][usize::from(edge)];
            if t >= around(10).as_millis() {
                continue;
            }
            let covering: Vec<i64> =
                starts.iter().copied().filter(|s| *s <= t && t < s + duration_ms).collect();
            let asked = Timestamp::from_millis(t).unwrap();
            prop_assert_eq!(schedule.contains(asked), !covering.is_empty());
            let of = |start: Option<&i64>| start.map(|start| {
                let start = Timestamp::from_millis(*start).unwrap();
                let end = Timestamp::from_millis(start.as_millis() + duration_ms).unwrap();
                Interval::new(start, end).unwrap()
            });
            prop_assert_eq!(schedule.occurrence_at(asked), of(covering.last()));
            prop_assert_eq!(schedule.first_occurrence_at(asked), of(covering.first()));
            let mut end = t;
            for start in &starts {
                if *start <= end {
                    end = end.max(start + duration_ms);
                }
            }
            let known_until = around(11).as_millis();
            let end = if covering.is_empty() { t } else { end };
            let found = schedule.covered_until(asked).as_millis();
            prop_assert_eq!(found.min(known_until), end.min(known_until), "{} {}", asked, rule);
        }
    }

    /// What repeats, repeats.
    #[test]
    fn cycle_is_period(
        rule in prop::sample::select(RULES.to_vec()),
        duration_ms in 1..40 * HOUR,
        offsets in prop::collection::vec(0..1000 * HOUR, 20),
    ) {
        let rule = format!("DTSTART;TZID=Europe/Berlin:20250101T023000\nRRULE:{rule}");
        let schedule = Schedule::from(Rule::parse(&rule, duration_ms).unwrap());
        let (Some(steady), Some(cycle)) = schedule.cycle() else { return Ok(()) };
        for offset in offsets {
            let t = Timestamp::from_millis(steady + offset).unwrap();
            let Ok(again) = Timestamp::from_millis(steady + offset + cycle) else { continue };
            prop_assert_eq!(schedule.contains(t), schedule.contains(again));
        }
    }
}

/// In a few weeks of UTC and of Berlin in autumn, about each start and each end.
#[test]
fn covered_until_agrees_with_iteration() {
    for (rule, durations) in [
        ("FREQ=DAILY;BYHOUR=1,2,3,22", &[HOUR, 2 * HOUR, 19 * HOUR, 22 * HOUR][..]),
        ("FREQ=DAILY;BYHOUR=0,6,12,18", &[5 * HOUR, 6 * HOUR, 7 * HOUR]),
        // At noon no run goes on to midnight, when there is a start again.
        ("FREQ=DAILY;BYHOUR=0,1,2,12", &[HOUR, 2 * HOUR, 10 * HOUR]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE", &[23 * HOUR, 24 * HOUR, 48 * HOUR]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,TH", &[24 * HOUR, 25 * HOUR]),
        ("FREQ=WEEKLY;BYDAY=SA,SU,MO;BYHOUR=2,14", &[12 * HOUR, 13 * HOUR, 30 * HOUR]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2,-1", &[24 * HOUR, 9 * 24 * HOUR]),
        ("FREQ=HOURLY;INTERVAL=5", &[4 * HOUR, 5 * HOUR, 6 * HOUR]),
        ("FREQ=HOURLY;INTERVAL=5;BYDAY=MO,TU", &[5 * HOUR, 6 * HOUR, 30 * HOUR]),
        ("FREQ=MINUTELY;INTERVAL=45;BYDAY=SU", &[HOUR / 2, HOUR, 25 * HOUR]),
        ("FREQ=HOURLY\nEXDATE:20261020T003000Z,20261025T013000Z", &[HOUR, 2 * HOUR, 3 * HOUR]),
        ("FREQ=DAILY;BYHOUR=2\nRDATE:20261020T003000Z,20261024T233000Z", &[HOUR, 24 * HOUR]),
    ] {
        for start in ["DTSTART:20260901T003000Z", "DTSTART;TZID=Europe/Berlin:20260901T023000"] {
            let rule = format!("{start}\nRRULE:{rule}");
            let (from, until) = (at("2026-09-01T00:00:00Z"), at("2026-11-20T00:00:00Z"));
            let (first, last) = (at("2026-10-18T00:00:00Z"), at("2026-10-28T00:00:00Z"));
            let starts = starts(&rule, from, until);
            for &duration_ms in durations {
                let schedule = Schedule::from(Rule::parse(&rule, duration_ms).unwrap());
                let near =
                    starts.iter().filter(|t| (first.as_millis()..last.as_millis()).contains(t));
                for t in near.flat_map(|t| [0, 1, duration_ms - 1, duration_ms].map(|d| t + d)) {
                    let mut end = t;
                    for start in starts.iter().filter(|start| **start + duration_ms > t) {
                        if *start <= end {
                            end = end.max(start + duration_ms);
                        }
                    }
                    let found = schedule.covered_until(Timestamp::saturating(t)).as_millis();
                    let known = until.as_millis();
                    assert_eq!(found.min(known), end.min(known), "{rule} for {duration_ms} at {t}");
                }
            }
        }
    }
}

/// A run that never ends is known to be one, without a walk to the end of time.
#[test]
fn covered_until_endless_is_timestamp_end() {
    let hour = 3_600_000;
    for (rule, duration_ms) in [
        ("FREQ=SECONDLY", 1000),
        ("FREQ=SECONDLY;INTERVAL=7", 2 * hour),
        ("FREQ=HOURLY", 2 * hour),
        ("FREQ=DAILY", 25 * hour),
        ("FREQ=DAILY;BYHOUR=1,5,20", 16 * hour),
        ("FREQ=WEEKLY;BYDAY=MO,TH", 5 * 24 * hour),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", 32 * 24 * hour),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", 40 * 24 * hour),
        ("FREQ=MINUTELY;INTERVAL=7;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", 30 * hour),
    ] {
        let rule = format!("DTSTART;TZID=Europe/Berlin:20250101T000000\nRRULE:{rule}");
        let schedule = Schedule::from(Rule::parse(&rule, duration_ms).unwrap());
        let mut t = at("2026-11-01T00:00:00Z");
        if !schedule.contains(t) {
            t = schedule.next_occurrence(t).unwrap().start();
        }
        let end = schedule.covered_until(t);
        // The second pass of a fold has no instances: seconds end there.
        let short = rule.ends_with("FREQ=SECONDLY");
        let expected = if short { at("2027-03-28T01:00:00Z") } else { Timestamp::END };
        assert!(end >= expected, "{rule}: {end}");
    }
}

#[test]
fn contains_span_longer_than_time() {
    let start = at("2026-10-24T00:00:00Z");
    for rule in RULES {
        let text = format!("DTSTART:20261024T000000Z\nRRULE:{rule}");
        for duration_ms in [i64::MAX, i64::MAX - 1, i64::MAX / 2] {
            let schedule = Schedule::from(Rule::parse(&text, duration_ms).unwrap());
            let first = schedule.next_occurrence(Timestamp::MIN).expect(rule);
            assert!(first.start() >= start, "{rule}");
            assert_eq!(first.end(), Timestamp::END, "{rule}");
            assert!(schedule.contains(Timestamp::MAX), "{rule}");
            assert_eq!(schedule.covered_until(first.start()), Timestamp::END, "{rule}");
            assert!(!schedule.contains(Timestamp::MIN), "{rule}");
        }
    }
}
