//! Single schedules: `contains`, `occurrence_at`, `next_occurrence`.
#![allow(missing_docs, reason = "the groups are named by their macro")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::testing::{DAY, SplitMix64};
use common::workload::{NOW, SEED, ScheduleSpec, YEAR, at, fleet};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quietude::{Schedule, Timestamp};

const QUERIES: usize = 4_096;

fn schedules(c: &mut Criterion) {
    let mut rng = SplitMix64::new(SEED);
    let times: Vec<Timestamp> = (0..QUERIES).map(|_| at(NOW + rng.between(-YEAR, YEAR))).collect();
    for (name, schedule) in kinds() {
        let covers = |t: &Timestamp| {
            let last = schedule.previous_occurrence(at(t.as_millis() + 1));
            last.is_some_and(|occurrence| occurrence.contains(*t))
        };
        let expected = times.iter().filter(|t| covers(t)).count();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(QUERIES as u64));
        group.bench_function("contains", |b| {
            let inside = || times.iter().filter(|t| black_box(&schedule).contains(**t)).count();
            assert_eq!(inside(), expected);
            b.iter(inside);
        });
        group.bench_function("occurrence_at", |b| {
            let inside = || {
                let at = |t: &&Timestamp| black_box(&schedule).occurrence_at(**t).is_some();
                times.iter().filter(at).count()
            };
            assert_eq!(inside(), expected);
            b.iter(inside);
        });
        group.bench_function("next_occurrence", |b| {
            let later = || {
                let next = |t: &Timestamp| black_box(&schedule).next_occurrence(*t);
                let after = |t: &&Timestamp| next(t).is_some_and(|next| next.start() > **t);
                times.iter().filter(after).count()
            };
            // A one-time schedule has no later occurrence.
            assert!(later() == QUERIES || name == "once");
            b.iter(later);
        });
    }
}

/// One schedule of each kind from the workload, and one with an interval of days.
fn kinds() -> Vec<(&'static str, Schedule)> {
    let fleet = fleet(1_000, SEED);
    let first = |name, is: fn(&ScheduleSpec) -> bool| {
        let spec = fleet.specs.iter().map(|spec| &spec.schedule).find(|spec| is(spec));
        (name, spec.expect("the workload has every kind").build())
    };
    let anchor = quietude::NaiveDate::from_ymd_opt(1976, 6, 15).expect("a date");
    let stepped = quietude::Daily::new("22:00-02:00".parse().expect("valid"), chrono_tz::UTC)
        .with_interval(3, anchor)
        .expect("valid");
    let mut kinds = vec![
        first("once", |rule| matches!(rule, ScheduleSpec::Once { .. })),
        first(
            "periodic",
            |rule| matches!(rule, ScheduleSpec::Periodic { period, .. } if *period < DAY),
        ),
        first("daily", |rule| matches!(rule, ScheduleSpec::Daily { .. })),
        first("weekly", |rule| matches!(rule, ScheduleSpec::Weekly { .. })),
        first("monthly", |rule| matches!(rule, ScheduleSpec::Monthly { .. })),
        ("every third day", stepped.into()),
    ];
    kinds.extend(rules());
    kinds
}

#[cfg(feature = "rrule")]
fn rules() -> Vec<(&'static str, Schedule)> {
    [
        ("rule, daily", "FREQ=DAILY"),
        ("rule, second tuesdays", "FREQ=MONTHLY;BYDAY=2TU"),
        ("rule, last working day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ]
    .map(|(name, text)| {
        let text = format!("DTSTART;TZID=Europe/Berlin:19760615T220000\nRRULE:{text}");
        (name, quietude::Rule::parse(&text, 4 * common::testing::HOUR).expect("valid").into())
    })
    .into()
}

#[cfg(not(feature = "rrule"))]
fn rules() -> Vec<(&'static str, Schedule)> {
    Vec::new()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = schedules
}
criterion_main!(benches);
