//! Interval sets: whether an interval contains an instant, and which.
//!
//! Two of the other crates have closed 32-bit bounds, so all other crates use 32-bit
//! seconds, and all bounds of the workload are on whole seconds. This crate uses
//! milliseconds.

use std::hint::black_box;

use coitrees::{COITree, IntervalTree};
use quietude::interval_set::IntervalSet;
use quietude::{Interval, Timestamp};
use rangemap::RangeSet;
use rust_lapper::Lapper;
use superintervals::IntervalMap;

use crate::common::harness::{Candidate, Options, Unit, race, report};
use crate::common::testing::SplitMix64;
use crate::common::workload::{NOW, SEED, YEAR, at, intervals};

/// Workloads with about one hit per query, and with a few hundred.
const HITS: [(&str, usize); 2] = [("few", 1), ("many", 238)];

pub(crate) fn run(options: &Options) {
    for n in options.sizes(1_000, &[100_000, 1_000_000], &[100_000, 1_000_000]) {
        for (name, hits) in HITS {
            one_fleet(options, n, name, hits);
        }
    }
}

fn seconds(t: Timestamp) -> i32 {
    ((t.as_millis() - (NOW - YEAR)) / 1000) as i32
}

fn one_fleet(options: &Options, n: usize, name: &str, hits: usize) {
    let all = intervals(n, hits, SEED);
    let mut rng = SplitMix64::new(SEED + 1);
    let times: Vec<Timestamp> = (0..options.query_count())
        .map(|_| at(NOW + rng.between(-YEAR / 1000, YEAR / 1000) * 1000))
        .collect();
    // Queries in the units of this crate and of the others.
    let queries: Vec<(Timestamp, i32)> = times.iter().map(|t| (*t, seconds(*t))).collect();

    let set: IntervalSet = all.iter().copied().collect();
    let starts = {
        let mut starts: Vec<i64> = all.iter().map(|i| i.start().as_millis()).collect();
        starts.sort_unstable();
        starts
    };
    let bounds = |i: &Interval| (seconds(i.start()), seconds(i.end()));
    let mut supers = IntervalMap::new();
    for (index, interval) in all.iter().enumerate() {
        let (start, end) = bounds(interval);
        supers.add(start, end - 1, index as u32);
    }
    supers.build();
    let nodes: Vec<coitrees::Interval<u32>> = all
        .iter()
        .enumerate()
        .map(|(index, interval)| {
            let (start, end) = bounds(interval);
            coitrees::Interval::new(start, end - 1, index as u32)
        })
        .collect();
    let tree: COITree<u32, u32> = COITree::new(&nodes);
    let lapper = Lapper::new(
        all.iter()
            .enumerate()
            .map(|(index, interval)| {
                let (start, end) = bounds(interval);
                rust_lapper::Interval { start: start as u32, stop: end as u32, val: index as u32 }
            })
            .collect(),
    );
    let ranges: RangeSet<i32> = all.iter().map(|i| bounds(i).0..bounds(i).1).collect();

    let mut hit = 0;
    for (t, s) in queries.iter().take(2_000.min(queries.len())) {
        let mut mine: Vec<usize> = Vec::new();
        set.covering(*t).for_each(|index| mine.push(index));
        mine.sort_unstable();
        hit += mine.len();
        assert_eq!(mine.is_empty(), !set.contains(*t), "{t}");
        assert_eq!(mine.is_empty(), !ranges.contains(s), "{t}");
        let mut theirs = Vec::new();
        supers.search_values(*s, *s, &mut theirs);
        theirs.sort_unstable();
        assert!(mine.iter().copied().eq(theirs.iter().map(|i| *i as usize)), "{t}");
        assert_eq!(tree.query_count(*s, *s), mine.len(), "{t}");
        assert_eq!(lapper.find(*s as u32, *s as u32 + 1).count(), mine.len(), "{t}");
    }
    eprintln!(
        "n = {n}, {name} hits: {:.2} an instant; {:.2} bytes an interval",
        hit as f64 / 2_000.min(queries.len()) as f64,
        set.memory_bytes() as f64 / n as f64
    );

    let named = |who: &str| format!("{who}, {name} hits");
    let rank = |t: &Timestamp| starts.partition_point(|start| *start <= t.as_millis()) % 2 == 1;
    if options.wants("intervals_any") {
        let candidates = vec![
            Candidate::single_queries(named("one binary search"), &queries, |(t, _)| rank(t)),
            Candidate::single_queries(named("interval set"), &queries, |(t, _)| set.contains(*t)),
            Candidate::single_queries(named("superintervals"), &queries, |(_, s)| {
                supers.has_overlaps(*s, *s)
            }),
            Candidate::single_queries(named("coitrees"), &queries, |(_, s)| {
                tree.query_count(*s, *s) > 0
            }),
            Candidate::single_queries(named("rust-lapper"), &queries, |(_, s)| {
                lapper.find(*s as u32, *s as u32 + 1).next().is_some()
            }),
            Candidate::single_queries(named("rangemap"), &queries, |(_, s)| ranges.contains(s)),
        ];
        report(
            options,
            "intervals_any",
            n,
            Unit::Ns,
            &race(options, queries.len(), candidates, Some(2)),
        );
    }
    if options.wants("intervals_list") {
        let (mut a, mut b, mut c, mut d) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut e, mut f) = (Vec::new(), Vec::new());
        let candidates = vec![
            Candidate::single_queries(named("one binary search"), &queries, |(t, _)| rank(t)),
            Candidate::single_queries(named("interval set"), &queries, |(t, _)| {
                f.clear();
                set.covering_into(*t, &mut f);
                !black_box(&f).is_empty()
            }),
            Candidate::single_queries(named("interval set, for each"), &queries, |(t, _)| {
                a.clear();
                set.covering(*t).for_each(|index| a.push(index as u32));
                !black_box(&a).is_empty()
            }),
            Candidate::single_queries(named("interval set, one by one"), &queries, |(t, _)| {
                e.clear();
                for index in set.covering(*t) {
                    e.push(index as u32);
                }
                !black_box(&e).is_empty()
            }),
            Candidate::single_queries(named("superintervals"), &queries, |(_, s)| {
                b.clear();
                supers.search_values(*s, *s, &mut b);
                !black_box(&b).is_empty()
            }),
            Candidate::single_queries(named("coitrees"), &queries, |(_, s)| {
                c.clear();
                tree.query(*s, *s, |node| c.push(node.metadata));
                !black_box(&c).is_empty()
            }),
            Candidate::single_queries(named("rust-lapper"), &queries, |(_, s)| {
                d.clear();
                d.extend(lapper.find(*s as u32, *s as u32 + 1).map(|interval| interval.val));
                !black_box(&d).is_empty()
            }),
        ];
        report(
            options,
            "intervals_list",
            n,
            Unit::Ns,
            &race(options, queries.len(), candidates, Some(4)),
        );
    }
}
