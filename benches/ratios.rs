//! The tables of the performance page, for this machine. Each candidate is compared with
//! the floor: one hash map lookup of the entity, or of each label of an alert.
//!
//! ```text
//! cargo bench --bench ratios -- [--quick] [--json] [--table NAME].. [--n N]..
//! ```
#![allow(clippy::float_arithmetic, reason = "medians and ratios are not timestamps")]
#![allow(clippy::print_stderr, reason = "verification results are printed to stderr")]
#![allow(clippy::disallowed_methods, reason = "wall time of two threads")]

mod common;
#[path = "ratios/crowds.rs"]
mod crowds;
#[path = "ratios/fleet.rs"]
mod fleets;
#[path = "ratios/labels.rs"]
mod labels;
#[path = "ratios/live.rs"]
mod live;

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use common::baseline_hashmap::HashMapBaseline;
use common::baseline_lookup::LookupBaseline;
#[cfg(feature = "rrule")]
use common::calendars;
use common::engine::Engine;
use common::harness::{Candidate, Line, Options, Unit, median, race, report, time};
use common::testing::{DAY, HOUR, SplitMix64};
use common::verify::{verify, verify_edges};
use common::workload::{Fleet, Kind, NOW, SEED, WindowMix, YEAR, at, fleet, one_entity_fleet};
use cpu_time::ThreadTime;
use quietude::{
    ClockRange, Daily, MonthDay, Monthly, NaiveDate, Registry, Schedule, Scope, Timestamp,
    Validity, Weekday, Weekly, Window, WindowId,
};

/// The tables about ids; those about labels are in `labels` and `crowds`, those about changes
/// of whole documents and of entities in `live`, those about a whole fleet in `fleets`.
const TABLES: &[&str] = &[
    "now",
    "mixed",
    "random",
    "batch32",
    "rules_now",
    "rules_mixed",
    "rules_random",
    "calendars_now",
    "calendars_mixed",
    "calendars_random",
    "calendars_build",
    "calendars_schedule",
    "handle_now",
    "handle_mixed",
    "build",
    "change",
    "memory",
    "schedule",
    "windows_per_entity",
    "threads",
];

fn main() {
    let known: Vec<&str> = TABLES
        .iter()
        .chain(&labels::TABLES)
        .chain([&crowds::TABLE])
        .chain(&live::TABLES)
        .chain(&fleets::TABLES)
        .copied()
        .collect();
    let options = Options::parse(&known, true);
    let needs_fleet =
        |table: &str| !matches!(table, "schedule" | "calendars_schedule" | "windows_per_entity");
    if TABLES.iter().any(|table| needs_fleet(table) && options.wants(table)) {
        for n in options.sizes(200, &[1_000, 100_000], &[1_000, 100_000, 1_000_000]) {
            Bench::new(&options, n).run();
        }
    }
    if options.wants("schedule") {
        schedule(&options);
    }
    #[cfg(feature = "rrule")]
    if options.wants("calendars_schedule") {
        calendars_schedule(&options);
    }
    if options.wants("windows_per_entity") {
        for n in options.sizes(20, &[10, 100, 1_000, 10_000], &[10, 100, 1_000, 10_000]) {
            if n <= 10_000 {
                windows_per_entity(&options, n);
            }
        }
    }
    fleets::run(&options);
    labels::run(&options);
    if options.wants(crowds::TABLE) {
        crowds::run(&options);
    }
    live::run(&options);
}

/// A workload and the candidates measured on it.
struct Bench<'a> {
    options: &'a Options,
    n: usize,
    fleet: Fleet,
    registry: Registry,
    engine: Engine,
    lookup: LookupBaseline,
    baseline: HashMapBaseline,
}

impl<'a> Bench<'a> {
    fn new(options: &'a Options, n: usize) -> Self {
        let fleet = fleet(n, SEED);
        let registry = fleet.registry();
        let engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
        let (lookup, baseline) = (LookupBaseline::new(&fleet), HashMapBaseline::new(&fleet));
        Self { options, n, fleet, registry, engine, lookup, baseline }
    }

    fn run(mut self) {
        self.verify_answers();
        for (table, kind) in [("now", Kind::Now), ("mixed", Kind::Mixed), ("random", Kind::Random)]
        {
            if self.options.wants(table) {
                self.single_queries(table, kind);
            }
        }
        #[cfg(feature = "rrule")]
        if ["rules_now", "rules_mixed", "rules_random"].iter().any(|t| self.options.wants(t)) {
            self.rules();
        }
        #[cfg(feature = "rrule")]
        if TABLES.iter().any(|t| t.starts_with("calendars_") && self.options.wants(t)) {
            self.calendars();
        }
        if self.options.wants("batch32") {
            self.batches();
        }
        for (table, kind) in [("handle_now", Kind::Now), ("handle_mixed", Kind::Mixed)] {
            if self.options.wants(table) {
                self.handles(table, kind);
            }
        }
        if self.options.wants("threads") {
            self.threads();
        }
        if self.options.wants("memory") {
            self.memory();
        }
        if self.options.wants("build") {
            self.build();
        }
        if self.options.wants("change") {
            self.change();
        }
    }

    fn verify_answers(&self) {
        let windows = self.fleet.by_entity(&self.registry);
        let sample = if self.options.test { 500 } else { 20_000 };
        for kind in [Kind::Now, Kind::Mixed, Kind::Random] {
            let queries = self.fleet.queries(kind, sample, SEED + 1);
            let baseline = Some(&self.baseline);
            let checked = verify(&self.fleet, &windows, &self.engine, baseline, &queries, sample);
            eprintln!(
                "n = {}, {kind:?}: {} tested, {} silenced, none wrong; by hand {} differ, in folds",
                self.n, checked.tested, checked.silenced, checked.baseline_differs
            );
        }
        verify_edges(
            &self.fleet,
            &windows,
            &self.engine,
            if self.options.test { 50 } else { 2_000 },
        );
        let queries = self.fleet.queries(Kind::Mixed, sample, SEED + 2);
        let later = self.engine.at(at(NOW + DAY));
        verify(&self.fleet, &windows, &later, None, &queries, sample);
    }

    fn report(&self, table: &str, unit: Unit, lines: &[Line]) {
        report(self.options, table, self.n, unit, lines);
    }

    fn single_queries(&self, table: &str, kind: Kind) {
        let queries = self.fleet.queries(kind, self.options.query_count(), SEED + 3);
        let pairs = queries.pairs();
        let candidates = vec![
            Candidate::single_queries("floor", &pairs, |(id, t)| self.lookup.contains(id, *t)),
            Candidate::single_queries("silencer", &pairs, |(id, t)| {
                self.engine.is_silenced(id, *t)
            }),
            Candidate::single_queries("by hand, chrono-tz", &pairs, |(id, t)| {
                self.baseline.contains(id, *t)
            }),
        ];
        self.report(table, Unit::Ns, &race(self.options, pairs.len(), candidates, None));
    }

    /// The cost if every tenth recurring window is an RFC 5545 rule.
    #[cfg(feature = "rrule")]
    fn rules(&self) {
        let registry = self.fleet.registry_with_rules();
        let ruled = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
        let tables = ["rules_now", "rules_mixed", "rules_random"];
        self.variant(tables, "silencer, with rules", (&registry, &ruled), SEED + 7);
    }

    /// Queries of the fleet beside a variant of it: the tables of the three kinds of queries.
    /// `seed` is that of the queries with which the variant is verified.
    #[cfg(feature = "rrule")]
    fn variant(
        &self,
        tables: [&str; 3],
        name: &'static str,
        (registry, engine): (&Registry, &Engine),
        seed: u64,
    ) {
        let windows = self.fleet.by_entity(registry);
        for (table, kind) in tables.into_iter().zip([Kind::Now, Kind::Mixed, Kind::Random]) {
            if !self.options.wants(table) {
                continue;
            }
            let sample = if self.options.test { 500 } else { 20_000 };
            let queries = self.fleet.queries(kind, sample, seed);
            verify(&self.fleet, &windows, engine, None, &queries, sample);
            let queries = self.fleet.queries(kind, self.options.query_count(), SEED + 3);
            let pairs = queries.pairs();
            let candidates = vec![
                Candidate::single_queries("floor", &pairs, |(id, t)| self.lookup.contains(id, *t)),
                Candidate::single_queries("silencer", &pairs, |(id, t)| {
                    self.engine.is_silenced(id, *t)
                }),
                Candidate::single_queries(name, &pairs, |(id, t)| engine.is_silenced(id, *t)),
            ];
            self.report(table, Unit::Ns, &race(self.options, pairs.len(), candidates, None));
        }
    }

    /// The cost if every tenth recurring window is a calendar on a set of days, a cron
    /// expression or a combination.
    #[cfg(feature = "rrule")]
    fn calendars(&self) {
        let registry = self.fleet.registry_with_calendars();
        if self.options.wants("calendars_build") {
            let build = |registry: &Registry| {
                let before = ThreadTime::now();
                black_box(Engine::new(registry, at(NOW)).expect("within the limits"));
                before.elapsed().as_nanos()
            };
            let of = |registry: &Registry| (0..5).map(|_| build(registry)).min().unwrap_or(0);
            let (plain, other) = (of(&self.registry), of(&registry));
            let changed = self.fleet.specs.iter().filter(|s| s.schedule.zone().is_some()).count();
            let each = (other as f64 - plain as f64) / (changed.div_ceil(10)) as f64;
            eprintln!("calendars_build, {}: {each:.0} ns more for each such window", self.n);
        }
        let others = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
        let tables = ["calendars_now", "calendars_mixed", "calendars_random"];
        self.variant(tables, "silencer, with calendars", (&registry, &others), SEED + 8);
    }

    fn batches(&self) {
        let queries = self.fleet.queries(Kind::Mixed, self.options.query_count(), SEED + 4);
        let pairs = queries.pairs();
        let batch = |first: usize, count: usize| {
            let mut silenced = 0;
            for batch in pairs[first..first + count].chunks(32) {
                let mut answers = [false; 32];
                self.engine.batch(black_box(batch), &mut answers[..batch.len()]);
                silenced += answers.iter().map(|answer| usize::from(*answer)).sum::<usize>();
            }
            silenced
        };
        let candidates = vec![
            Candidate::single_queries("floor", &pairs, |(id, t)| self.lookup.contains(id, *t)),
            Candidate::new("silencer, 32 at once", batch),
            Candidate::single_queries("silencer", &pairs, |(id, t)| {
                self.engine.is_silenced(id, *t)
            }),
        ];
        self.report("batch32", Unit::Ns, &race(self.options, pairs.len(), candidates, None));
    }

    fn handles(&self, table: &str, kind: Kind) {
        let queries = self.fleet.known_queries(kind, self.options.query_count(), SEED + 5);
        let pairs = queries.pairs();
        let handles: Vec<_> = pairs
            .iter()
            .map(|(id, t)| (self.engine.handle(id).expect("the entity is known"), *t))
            .collect();
        let by_handle = |first: usize, count: usize| {
            let batch = black_box(&handles[first..first + count]);
            batch
                .iter()
                .map(|pair| {
                    let (handle, t) = black_box(pair);
                    usize::from(handle.is_silenced(*t))
                })
                .sum()
        };
        let candidates = vec![
            Candidate::single_queries("floor", &pairs, |(id, t)| self.lookup.contains(id, *t)),
            Candidate::new("silencer, by handle", by_handle),
        ];
        self.report(table, Unit::Ns, &race(self.options, pairs.len(), candidates, None));
    }

    /// Two threads share the silencer, which has no mutable state.
    fn threads(&self) {
        let queries = self.fleet.queries(Kind::Mixed, self.options.query_count(), SEED + 6);
        let pairs = queries.pairs();
        let pairs = &pairs;
        let passes = if self.options.test { 1 } else { 8 };
        // Nanoseconds per answer, over all threads: processor time of the slowest thread,
        // and wall time.
        let run = |threads: usize, is_silenced: &(dyn Fn(&str, Timestamp) -> bool + Sync)| {
            let barrier = Barrier::new(threads);
            let took: Vec<(f64, f64)> = std::thread::scope(|scope| {
                let readers: Vec<_> = (0..threads)
                    .map(|reader| {
                        let barrier = &barrier;
                        scope.spawn(move || {
                            let half = pairs.len() / 2;
                            let pairs = pairs[reader % 2 * half..].iter().cycle();
                            barrier.wait();
                            let (wall, processor) = (Instant::now(), ThreadTime::now());
                            let mut silenced = 0;
                            for pair in pairs.take(half * passes) {
                                let (id, t) = black_box(pair);
                                silenced += usize::from(is_silenced(id, *t));
                            }
                            black_box(silenced);
                            (processor.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64())
                        })
                    })
                    .collect();
                readers.into_iter().map(|reader| reader.join().expect("no panic")).collect()
            });
            let answers = (threads * passes * pairs.len() / 2) as f64;
            let slowest = |of: fn(&(f64, f64)) -> f64| {
                took.iter().map(of).fold(0.0, f64::max) * 1e9 / answers
            };
            (slowest(|took| took.0), slowest(|took| took.1))
        };
        let lookup = |id: &str, t| self.lookup.contains(id, t);
        let engine = |id: &str, t| self.engine.is_silenced(id, t);
        let mut samples: [Vec<f64>; 6] = Default::default();
        for _ in 0..if self.options.test { 1 } else { 9 } {
            let rows = [run(1, &lookup), run(2, &lookup), run(1, &engine), run(2, &engine)];
            let values = [rows[0].0, rows[1].0, rows[2].0, rows[3].0, rows[2].1, rows[3].1];
            for (sample, value) in samples.iter_mut().zip(values) {
                sample.push(value);
            }
        }
        let names = [
            "floor, 1 thread",
            "floor, 2 threads",
            "silencer, 1 thread",
            "silencer, 2 threads",
            "silencer, 1 thread, wall",
            "silencer, 2 threads, wall",
        ];
        let lines: Vec<Line> =
            names.iter().zip(&samples).map(|(name, of)| line(name, of, &samples[0])).collect();
        self.report("threads", Unit::Ns, &lines);
    }

    /// Bytes per window.
    fn memory(&self) {
        let per_window = |bytes: usize| bytes as f64 / self.n as f64;
        let lookup = per_window(self.lookup.memory_bytes());
        let mut rows = vec![
            ("floor".to_owned(), lookup),
            ("by hand, chrono-tz".to_owned(), per_window(self.baseline.memory_bytes())),
        ];
        if let Some((index, windows)) = self.engine.memory_bytes() {
            rows.insert(1, ("silencer".to_owned(), per_window(index)));
            rows.push(("windows, shared with the registry".to_owned(), per_window(windows)));
        } else {
            eprintln!("the silencer does not report its memory");
        }
        let lines: Vec<Line> = rows
            .into_iter()
            .map(|(candidate, value)| Line {
                candidate,
                value,
                x_floor: Some(value / lookup),
                x_peer: None,
            })
            .collect();
        self.report("memory", Unit::Bytes, &lines);
    }

    /// Nanoseconds per window.
    fn build(&self) {
        let mut samples: [Vec<f64>; 4] = Default::default();
        let rounds = if self.options.test {
            1
        } else if self.options.quick {
            5
        } else {
            9
        };
        for _ in 0..rounds {
            let now = at(NOW);
            let values = [
                time(|| LookupBaseline::new(&self.fleet)),
                time(|| Engine::new(&self.registry, now).expect("it was built before")),
                time(|| self.engine.at(at(NOW + HOUR))),
                time(|| HashMapBaseline::new(&self.fleet)),
            ];
            for (sample, value) in samples.iter_mut().zip(values) {
                sample.push(value.as_secs_f64() * 1e9 / self.n as f64);
            }
        }
        let names = ["floor", "silencer", "silencer, the present moved on", "by hand, chrono-tz"];
        let lines: Vec<Line> =
            names.iter().zip(&samples).map(|(name, of)| line(name, of, &samples[0])).collect();
        self.report("build", Unit::Ns, &lines);
    }

    /// Nanoseconds per change of one window of an entity with ten windows: the time of
    /// registry and silencer together, less the time of the registry alone.
    fn change(&mut self) {
        let mut rng = SplitMix64::new(SEED + 7);
        let changes = if self.options.test { 2 } else { 64 };
        let rounds = if self.options.test {
            1
        } else if self.options.quick {
            9
        } else {
            25
        };
        let mut samples: [Vec<f64>; 4] = Default::default();
        let mut next = self.n;
        let mut alone = self.registry.clone();
        for round in 0..rounds {
            let mut picked: Vec<_> =
                (0..changes).map(|_| self.fleet.specs[rng.below(self.n)].clone()).collect();
            picked.sort_by_key(|spec| spec.id);
            picked.dedup_by_key(|spec| spec.id);
            rng.shuffle(&mut picked);
            let mut steps: [Vec<Step>; 3] = Default::default();
            for spec in &mut picked {
                spec.from = Some(NOW - rng.between(0, YEAR));
                spec.until = None;
                steps[0].push(Step::Replace(self.fleet.window(spec).into()));
                spec.id = next;
                next += 1;
                let added: Arc<Window> = self.fleet.window(spec).into();
                steps[2].push(Step::Remove(added.id().clone()));
                steps[1].push(Step::Insert(added));
            }
            // One lookup for each changed id, as the floor.
            let lookup = time(|| {
                picked
                    .iter()
                    .filter(|s| self.lookup.contains(&self.fleet.entities[s.entity], at(NOW)))
                    .count()
            });
            let per_change = |nanoseconds: f64| nanoseconds / picked.len() as f64;
            samples[0].push(per_change(lookup.as_secs_f64() * 1e9));
            for (steps, sample) in steps.iter().zip(&mut samples[1..]) {
                let both = (&mut self.registry, &mut self.engine);
                let (with, without) = with_and_without(steps, both, &mut alone, round % 2 == 0);
                sample.push(per_change((with.as_secs_f64() - without.as_secs_f64()) * 1e9));
            }
        }
        let names =
            ["floor, one look-up", "silencer, replace", "silencer, insert", "silencer, remove"];
        let lines: Vec<Line> =
            names.iter().zip(&samples).map(|(name, of)| line(name, of, &samples[0])).collect();
        self.report("change", Unit::Ns, &lines);
        let fresh = Engine::new(&self.registry, at(NOW)).expect("within the limits");
        let queries = self.fleet.queries(Kind::Mixed, 20_000, SEED + 8);
        for (id, t) in queries.pairs() {
            assert_eq!(self.engine.is_silenced(id, t), fresh.is_silenced(id, t), "{id} at {t}");
        }
    }
}

/// A change to a registry.
enum Step {
    Replace(Arc<Window>),
    Insert(Arc<Window>),
    Remove(WindowId),
    Close(WindowId, Timestamp),
}

/// The time of steps on a registry and its silencer together, and on another registry alone.
/// The second run finds the windows in cache: `with_first` is which one is first.
fn with_and_without(
    steps: &[Step],
    (registry, engine): (&mut Registry, &mut Engine),
    alone: &mut Registry,
    with_first: bool,
) -> (Duration, Duration) {
    let mut without = || time(|| steps.iter().for_each(|step| step.apply(alone)));
    let mut with = || {
        time(|| {
            for step in steps {
                step.apply(registry);
                *engine = engine.updated(registry).expect("within the limits");
            }
        })
    };
    if with_first {
        (with(), without())
    } else {
        let without = without();
        (with(), without)
    }
}

impl Step {
    fn apply(&self, registry: &mut Registry) {
        match self {
            Self::Replace(window) => {
                registry.replace(window.clone()).expect("it is there");
            }
            Self::Insert(window) => registry.insert(window.clone()).expect("its id is new"),
            Self::Remove(id) => {
                registry.remove(id).expect("it was inserted");
            }
            Self::Close(id, at) => {
                registry.close(id, *at).expect("it is there");
            }
        }
    }
}

fn line(name: &str, sample: &[f64], lookup: &[f64]) -> Line {
    Line {
        candidate: name.to_owned(),
        value: median(sample.to_vec()),
        x_floor: Some(median(sample.iter().zip(lookup).map(|(of, lookup)| of / lookup).collect())),
        x_peer: None,
    }
}

/// Single schedules, without an entity lookup. All times are within the last thirty days,
/// so schedules that started fifty years ago are queried at the same times.
fn schedule(options: &Options) {
    let mut rng = SplitMix64::new(SEED + 9);
    let times: Vec<Timestamp> =
        (0..options.query_count()).map(|_| at(NOW - rng.between(0, 30 * DAY))).collect();
    let small = fleet(1_000, SEED);
    let lookup = LookupBaseline::new(&small);
    let queries = small.queries(Kind::Now, times.len(), SEED);
    let pairs = queries.pairs();
    let kinds = kinds();
    let windows: Vec<(String, Window)> = kinds
        .iter()
        .flat_map(|(name, schedule)| {
            [("30 days", 30 * DAY), ("50 years", 50 * YEAR)].map(|(age, since)| {
                let window = Window::builder("w")
                    .schedule(schedule.clone())
                    .scope(Scope::everything())
                    .validity(Validity::new(Some(at(NOW - since)), None))
                    .build()
                    .expect("it is valid");
                (format!("{name}, valid for {age}"), window)
            })
        })
        .collect();
    let anchored = anchored();
    let mut candidates =
        vec![Candidate::single_queries("floor", &pairs, |(id, t)| lookup.contains(id, *t))];
    for (name, schedule) in kinds.iter().chain(&anchored) {
        assert_contains(schedule, &times);
        let contains = move |t: &Timestamp| black_box(schedule).contains(*t);
        candidates.push(Candidate::single_queries(name.clone(), &times, contains));
    }
    for (name, window) in &windows {
        let is_active = move |t: &Timestamp| black_box(window).is_active(*t);
        candidates.push(Candidate::single_queries(name.clone(), &times, is_active));
    }
    report(options, "schedule", 1, Unit::Ns, &race(options, times.len(), candidates, None));
}

/// Calendars on sets of days, cron expressions and combinations, beside the plain kinds.
#[cfg(feature = "rrule")]
fn calendars_schedule(options: &Options) {
    let mut rng = SplitMix64::new(SEED + 10);
    let times: Vec<Timestamp> =
        (0..options.query_count()).map(|_| at(NOW - rng.between(0, 30 * DAY))).collect();
    let small = fleet(1_000, SEED);
    let lookup = LookupBaseline::new(&small);
    let queries = small.queries(Kind::Now, times.len(), SEED);
    let pairs = queries.pairs();
    let all = calendars::kinds();
    let mut candidates =
        vec![Candidate::single_queries("floor", &pairs, |(id, t)| lookup.contains(id, *t))];
    for (name, schedule) in &all {
        assert_contains(schedule, &times);
        let contains = move |t: &Timestamp| black_box(schedule).contains(*t);
        candidates.push(Candidate::single_queries(*name, &times, contains));
    }
    let lines = race(options, times.len(), candidates, None);
    report(options, "calendars_schedule", 1, Unit::Ns, &lines);
}

/// Compares `contains` with `previous_occurrence`.
fn assert_contains(schedule: &Schedule, times: &[Timestamp]) {
    for t in times.iter().take(500) {
        let before = schedule.previous_occurrence(at(t.as_millis() + 1));
        let mut expected = before.is_some_and(|occurrence| occurrence.contains(*t));
        // Occurrences of a calendar may overlap.
        expected |= schedule.occurrence_at(*t).is_some();
        assert_eq!(schedule.contains(*t), expected, "{schedule:?} at {t}");
    }
}

fn clock() -> ClockRange {
    "22:00-02:00".parse().expect("it is valid")
}

fn kinds() -> Vec<(String, Schedule)> {
    let mut kinds = Vec::new();
    for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::Australia__Lord_Howe] {
        let weekly = Weekly::new([Weekday::Tue, Weekday::Sat], clock(), zone).expect("valid");
        let days = [1, 15, -1].map(|day| MonthDay::new(day).expect("valid"));
        let monthly = Monthly::on_days(days, clock(), zone).expect("valid");
        let second = MonthDay::nth(2, Weekday::Tue).expect("valid");
        kinds.push((format!("daily {zone}"), Daily::new(clock(), zone).into()));
        kinds.push((format!("weekly {zone}"), weekly.into()));
        kinds.push((format!("monthly {zone}"), monthly.into()));
        kinds.push((format!("second tuesday {zone}"), Monthly::new(second, clock(), zone).into()));
    }
    kinds
}

/// Every second day, week and month, anchored thirty days and fifty years ago.
fn anchored() -> Vec<(String, Schedule)> {
    let zone = Tz::Europe__Berlin;
    let dates = [("30 days", (2026, 5, 16)), ("50 years", (1976, 6, 15))];
    dates
        .into_iter()
        .flat_map(|(age, (year, month, day))| {
            let anchor = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            let weekly = Weekly::new([Weekday::Tue, Weekday::Sat], clock(), zone).expect("valid");
            let monthly = Monthly::new(MonthDay::new(15).expect("valid"), clock(), zone);
            let every = |kind: &str| format!("every second {kind} {zone}, anchored {age} ago");
            let daily = Daily::new(clock(), zone).with_interval(2, anchor).expect("valid");
            [
                (every("day"), Schedule::from(daily)),
                (every("week"), weekly.with_interval(2, anchor).expect("valid").into()),
                (every("month"), monthly.with_interval(2, anchor).expect("valid").into()),
            ]
        })
        .collect()
}

/// All windows on one entity: constant cost near the current time, logarithmic elsewhere.
/// Of ten thousand windows, one starts or ends every few seconds, so the cached answer near
/// the current time is valid for less than a minute.
fn windows_per_entity(options: &Options, n: usize) {
    let fleets: Vec<_> =
        WindowMix::ALL.iter().map(|kind| (*kind, one_entity_fleet(*kind, n, SEED))).collect();
    let prepared: Vec<_> = fleets
        .iter()
        .map(|(kind, fleet)| {
            let registry = fleet.registry();
            let engine = Engine::new(&registry, at(NOW)).expect("within the limits");
            let near =
                [("at the present", Kind::Instant), ("now", Kind::Now)].map(|(name, kind)| {
                    (name, fleet.known_queries(kind, options.query_count() / 8, SEED))
                });
            let far = fleet.known_queries(Kind::Random, options.query_count() / 8, SEED);
            let windows = fleet.by_entity(&registry);
            verify(fleet, &windows, &engine, None, &far, if options.test { 50 } else { 1_000 });
            verify_edges(fleet, &windows, &engine, 1);
            (*kind, engine, near, far)
        })
        .collect();
    let lookup = LookupBaseline::new(&fleets[0].1);
    let first = prepared[0].3.pairs();
    let rows: Vec<_> = prepared
        .iter()
        .flat_map(|(kind, engine, near, far)| {
            let near = near.iter().map(|(name, queries)| (*name, queries));
            near.chain([("random", far)]).map(move |(name, queries)| {
                (format!("{}, {name}", kind.name()), engine, queries.pairs())
            })
        })
        .collect();
    let mut candidates =
        vec![Candidate::single_queries("floor", &first, |(id, t)| lookup.contains(id, *t))];
    for (name, engine, pairs) in &rows {
        let is_silenced = move |(id, t): &(&str, Timestamp)| engine.is_silenced(id, *t);
        candidates.push(Candidate::single_queries(name.clone(), pairs, is_silenced));
    }
    let lines = race(options, first.len(), candidates, None);
    report(options, "windows_per_entity", n, Unit::Ns, &lines);
}
