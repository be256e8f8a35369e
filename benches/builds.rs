//! Building a silencer from a registry, and updating it.
#![allow(missing_docs, reason = "the groups are named by their macro")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::engine::Engine;
use common::testing::DAY;
use common::workload::{Kind, NOW, SEED, at, fleet};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn builds(c: &mut Criterion) {
    for n in [1_000, 10_000] {
        let fleet = fleet(n, SEED);
        let registry = fleet.registry();
        let engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
        let mut group = c.benchmark_group("builds");
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("registry of {n}"), |b| {
            b.iter(|| {
                let registry = black_box(&fleet).registry();
                assert_eq!(registry.len(), n);
                registry
            });
        });
        group.bench_function(format!("silencer of {n}"), |b| {
            b.iter(|| {
                let engine = Engine::new(black_box(&registry), at(NOW)).expect("it was built");
                assert_eq!(engine.silencer().revision(), n as u64);
                engine
            });
        });
        group.bench_function(format!("the present moves on, {n}"), |b| {
            b.iter(|| black_box(&engine).at(at(NOW + DAY)));
        });
    }
}

fn changes(c: &mut Criterion) {
    let n = 10_000;
    let fleet = fleet(n, SEED);
    let mut registry = fleet.registry();
    let queries = fleet.queries(Kind::Mixed, 1_000, SEED);
    let mut engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
    let mut group = c.benchmark_group("changes");
    let mut turn = 0;
    group.bench_function("close one window of ten", |b| {
        b.iter_batched(
            || {
                // Another window each time.
                turn += 1;
                fleet.window(&fleet.specs[turn * 7919 % n])
            },
            |window| {
                let id = window.id().clone();
                registry.replace(window).expect("it is there");
                engine = engine.updated(&registry).expect("within the limits");
                registry.close(&id, at(NOW)).expect("it is there");
                engine = engine.updated(&registry).expect("within the limits");
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
    let fresh = Engine::new(&registry, at(NOW)).expect("within the limits");
    assert_eq!(engine.silencer().revision(), fresh.silencer().revision());
    for (id, t) in queries.pairs() {
        assert_eq!(engine.is_silenced(id, t), fresh.is_silenced(id, t), "{id} at {t}");
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = builds, changes
}
criterion_main!(benches);
