//! Queries: single, in batches, with entity handles, and the slower ones.
#![allow(missing_docs, reason = "the groups are named by their macro")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::engine::Engine;
use common::testing::DAY;
use common::verify::verify;
use common::workload::{Kind, NOW, SEED, at, fleet};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quietude::{Interval, Subject};

const WINDOWS: usize = 10_000;
const QUERIES: usize = 4_096;

fn queries(c: &mut Criterion) {
    let fleet = fleet(WINDOWS, SEED);
    let registry = fleet.registry();
    let engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
    let windows = fleet.by_entity(&registry);
    for kind in [Kind::Now, Kind::Mixed, Kind::Random] {
        let name = format!("{kind:?}").to_lowercase();
        let queries = fleet.queries(kind, QUERIES, SEED);
        let checked = verify(&fleet, &windows, &engine, None, &queries, QUERIES);
        let pairs = queries.pairs();
        let mut group = c.benchmark_group("queries");
        group.throughput(Throughput::Elements(QUERIES as u64));

        group.bench_function(format!("is_silenced, {name}"), |b| {
            let is_silenced = |(id, t): &(&str, _)| engine.is_silenced(id, *t);
            let silenced = || pairs.iter().filter(|pair| is_silenced(black_box(pair))).count();
            assert_eq!(silenced(), checked.silenced);
            b.iter(silenced);
        });
        group.bench_function(format!("is_silenced_batch of 32, {name}"), |b| {
            let silenced = || {
                let mut silenced = 0;
                for batch in pairs.chunks(32) {
                    let mut answers = [false; 32];
                    engine.batch(black_box(batch), &mut answers[..batch.len()]);
                    silenced += answers.iter().filter(|answer| **answer).count();
                }
                silenced
            };
            assert_eq!(silenced(), checked.silenced);
            b.iter(silenced);
        });
        group.bench_function(format!("by handle, {name}"), |b| {
            // Strangers have no handle.
            let handles: Vec<_> = pairs
                .iter()
                .zip(queries.entities())
                .filter(|(_, entity)| entity.is_some())
                .map(|((id, t), _)| (engine.handle(id).expect("the entity is known"), *t))
                .collect();
            let silenced =
                || handles.iter().filter(|pair| black_box(pair).0.is_silenced(pair.1)).count();
            assert_eq!(silenced(), checked.silenced);
            b.iter(silenced);
        });
    }
}

fn details(c: &mut Criterion) {
    let fleet = fleet(WINDOWS, SEED);
    let registry = fleet.registry();
    let engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
    let silencer = engine.silencer();
    let queries = fleet.queries(Kind::Mixed, 256, SEED);
    let pairs = queries.pairs();
    let expected: usize = pairs.iter().map(|(id, t)| usize::from(engine.is_silenced(id, *t))).sum();
    let mut group = c.benchmark_group("details");
    group.throughput(Throughput::Elements(pairs.len() as u64));

    group.bench_function("silenced_by", |b| {
        let count = || {
            let by = |id, t| silencer.silenced_by(Subject::entity(id), t).count();
            pairs.iter().filter(|(id, t)| by(black_box(id), *t) > 0).count()
        };
        assert_eq!(count(), expected);
        b.iter(count);
    });
    group.bench_function("silenced_until", |b| {
        let count = || {
            let until = |id, t| silencer.silenced_until(Subject::entity(id), t);
            pairs.iter().filter(|(id, t)| until(black_box(id), *t).is_some()).count()
        };
        assert_eq!(count(), expected);
        b.iter(count);
    });
    group.bench_function("next_silence", |b| {
        let count = || {
            let next = |id, t| silencer.next_silence(Subject::entity(id), t).silence();
            pairs.iter().filter(|(id, t)| next(black_box(id), *t).is_some()).count()
        };
        assert!(count() > 0);
        b.iter(count);
    });
    group.bench_function("effect", |b| {
        let count = || {
            let effect = |id, t| silencer.effect(Subject::entity(id), t);
            pairs.iter().filter(|(id, t)| effect(black_box(id), *t).is_some()).count()
        };
        assert_eq!(count(), expected);
        b.iter(count);
    });
    group.bench_function("timeline of a week", |b| {
        let week = Interval::new(at(NOW), at(NOW + 7 * DAY)).expect("a week is not empty");
        let tiled = || {
            let timeline = |id| silencer.timeline(Subject::entity(id), week);
            pairs
                .iter()
                .flat_map(|(id, _)| timeline(black_box(id)))
                .map(|segment| segment.interval.duration_ms())
                .sum::<i64>()
        };
        assert_eq!(tiled(), pairs.len() as i64 * week.duration_ms());
        b.iter(tiled);
    });
    group.bench_function("explain", |b| {
        let count = || {
            let explain = |id, t| silencer.explain(Subject::entity(id), t).to_string();
            pairs.iter().map(|(id, t)| explain(black_box(id), *t).len()).sum::<usize>()
        };
        assert!(count() > 0);
        b.iter(count);
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = queries, details
}
criterion_main!(benches);
