//! Interval sets: whether an interval contains an instant, and which.
#![allow(missing_docs, reason = "the groups are named by their macro")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use common::testing::SplitMix64;
use common::workload::{NOW, SEED, YEAR, at, intervals};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quietude::Timestamp;
use quietude::interval_set::IntervalSet;

const INTERVALS: usize = 20_000;
const QUERIES: usize = 1_024;

fn interval_sets(c: &mut Criterion) {
    let mut rng = SplitMix64::new(SEED);
    let times: Vec<Timestamp> = (0..QUERIES).map(|_| at(NOW + rng.between(-YEAR, YEAR))).collect();
    for (name, hits) in [("few hits", 1), ("many hits", 238)] {
        let all = intervals(INTERVALS, hits, SEED);
        let set: IntervalSet = all.iter().copied().collect();
        let naive = |t: &Timestamp| all.iter().filter(|interval| interval.contains(*t)).count();
        let sample = times.len() / 16;
        let listed: usize = times[..sample].iter().map(naive).sum();
        let any = times[..sample].iter().filter(|t| naive(t) > 0).count();
        let mut group = c.benchmark_group("interval set");
        group.throughput(Throughput::Elements(QUERIES as u64));
        group.bench_function(format!("contains, {name}"), |b| {
            let inside = |times: &[Timestamp]| {
                times.iter().filter(|t| black_box(&set).contains(**t)).count()
            };
            assert_eq!(inside(&times[..sample]), any);
            b.iter(|| inside(&times));
        });
        let mut found = Vec::new();
        group.bench_function(format!("covering_into, {name}"), |b| {
            let mut list = |times: &[Timestamp]| {
                let mut count = 0;
                for t in times {
                    found.clear();
                    set.covering_into(black_box(*t), &mut found);
                    count += black_box(&found).len();
                }
                count
            };
            assert_eq!(list(&times[..sample]), listed);
            b.iter(|| list(&times));
        });
        group.bench_function(format!("covering, {name}"), |b| {
            let list = |times: &[Timestamp]| {
                times.iter().map(|t| set.covering(black_box(*t)).count()).sum::<usize>()
            };
            assert_eq!(list(&times[..sample]), listed);
            b.iter(|| list(&times));
        });
    }
    let all = intervals(INTERVALS, 1, SEED);
    c.bench_function("interval set, build", |b| {
        b.iter(|| {
            let set: IntervalSet = black_box(&all).iter().copied().collect();
            assert_eq!(set.len(), INTERVALS);
            set
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = interval_sets
}
criterion_main!(benches);
