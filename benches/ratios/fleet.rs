//! The tables `answer` and `fleet`: everything about a silence in one answer, beside the
//! single questions; and questions about a whole fleet, in nanoseconds per item of the
//! result.

use std::hint::black_box;

use quietude::{Interval, Silencer, Timestamp, lint};

use crate::common::harness::{Candidate, Line, Options, Unit, median, race, report, time};
use crate::common::testing::DAY;
use crate::common::workload::{Fleet, Kind, NOW, SEED, at, fleet};

pub(crate) const TABLES: [&str; 2] = ["answer", "fleet"];

/// The measurements of a row.
const ROUNDS: usize = 5;

pub(crate) fn run(options: &Options) {
    if !TABLES.iter().any(|table| options.wants(table)) {
        return;
    }
    for n in options.sizes(200, &[100_000], &[10_000, 100_000]) {
        let fleet = fleet(n, SEED);
        let silencer = Silencer::new(&fleet.registry()).expect("the workload is within the limits");
        let silencer = silencer.with_now(at(NOW));
        if options.wants("answer") {
            answer(options, n, &fleet, &silencer);
        }
        if options.wants("fleet") {
            questions(options, n, &fleet, &silencer);
        }
    }
}

/// Of silenced entities only: the others need one look-up.
fn answer(options: &Options, n: usize, fleet: &Fleet, silencer: &Silencer) {
    let queries = fleet.known_queries(Kind::Mixed, options.query_count(), SEED + 9);
    let mut pairs = queries.pairs();
    pairs.retain(|(id, t)| silencer.is_silenced(*id, *t));
    let by_questions = |(id, t): &(&str, Timestamp)| {
        let until = silencer.silenced_until(*id, *t);
        let state = silencer.entity_state(*id, *t);
        black_box((until, silencer.effect(*id, *t), state));
        silencer.silenced_by(*id, *t).len() > 0
    };
    let by_answer = |(id, t): &(&str, Timestamp)| black_box(silencer.answer(*id, *t)).is_some();
    let candidates = vec![
        Candidate::single_queries("by, until, effect, state", &pairs, by_questions),
        Candidate::single_queries("answer", &pairs, by_answer),
    ];
    report(options, "answer", n, Unit::Ns, &race(options, pairs.len(), candidates, None));
}

fn questions(options: &Options, n: usize, fleet: &Fleet, silencer: &Silencer) {
    let within = |days: i64| Interval::new(at(NOW), at(NOW + days * DAY)).expect("a span");
    let registry = fleet.registry();
    let (month, day) = (within(30), within(1));
    let ids = || fleet.entities.iter().map(String::as_str);
    // The first question sorts the one-time windows.
    let first = time(|| silencer.active(at(NOW)).len());
    let rows: [(&str, &dyn Fn() -> usize); 6] = [
        ("active, each window", &|| silencer.active(at(NOW)).len()),
        ("upcoming of a day, each event", &|| silencer.upcoming(day).count()),
        ("silenced_entities, each entity", &|| {
            black_box(silencer.silenced_entities(at(NOW)).count());
            fleet.entities.len()
        }),
        ("silenced_time of a month, each entity", &|| {
            let times = silencer.silenced_times(ids(), month);
            times.map(|time| usize::from(time.expect("few occurrences").total_ms() >= 0)).sum()
        }),
        ("timeline of a month, each entity", &|| {
            let some = ids().step_by(if options.test { 1 } else { 100 });
            some.map(|id| usize::from(silencer.timeline(id, month).count() > 0)).sum()
        }),
        ("lint, each window", &|| {
            let report = lint::check(&registry, silencer.topology(), at(NOW));
            black_box(report.expect("it builds").findings.len());
            registry.len()
        }),
    ];
    // One window of 100,000 is closed.
    let mut edited = fleet.registry();
    let before = Silencer::new(&edited).expect("it was built before");
    let id = edited.iter().next().expect("there are windows").id().clone();
    edited.close(&id, at(NOW)).expect("the window is there");
    let after = before.updated(&edited).expect("one window changed");
    let nanoseconds =
        |took: std::time::Duration, items: usize| took.as_secs_f64() * 1e9 / items.max(1) as f64;
    let mut lines = vec![Line {
        candidate: "the first of a build, each window".to_owned(),
        value: nanoseconds(first, n),
        x_floor: None,
        x_peer: None,
    }];
    let diff = || {
        black_box(before.diff(&after, month).expect("few occurrences"));
        1_usize
    };
    for (candidate, question) in rows.into_iter().chain([("diff of one window", &diff as _)]) {
        let samples = (0..if options.test { 1 } else { ROUNDS }).map(|_| {
            let mut items = 0;
            let took = time(|| items = question());
            nanoseconds(took, items)
        });
        let value = median(samples.collect());
        lines.push(Line { candidate: candidate.to_owned(), value, x_floor: None, x_peer: None });
    }
    report(options, "fleet", n, Unit::Ns, &lines);
}
