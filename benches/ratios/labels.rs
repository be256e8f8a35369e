//! The tables of the workload `silences`: alerts that are sets of labels. The floor is ten
//! look-ups, one for each label; it answers nothing.
//!
//! A candidate that takes too long at a size is left out there, and a line on stderr says so.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use quietude::{Registry, Timestamp, Topology, Window};

use crate::common::baseline_hashmap::is_in_fold;
use crate::common::baseline_labels::{JoinedLabels, LabelsFloor, LabelsMap, loop_is_silenced};
use crate::common::engine::Engine;
use crate::common::harness::{Candidate, Line, Options, Unit, race, report, time};
use crate::common::silences::{Alert, Alerts, Silences, silences, silences_of_entities};
use crate::common::testing::HOUR;
use crate::common::workload::{Kind, NOW, SEED, at};
use crate::{Step, line, with_and_without};

pub(crate) const TABLES: [&str; 9] = [
    "labels_now",
    "labels_random",
    "labels_entity",
    "labels_answer",
    "labels_change",
    "labels_build",
    "labels_memory",
    "labels_topology",
    "labels_ended",
];

/// The longest query that is waited for.
const LONGEST: Duration = Duration::from_millis(50);
/// The time for verification of one list of alerts.
const VERIFICATION: Duration = Duration::from_secs(4);

/// The zones of recurring silences.
const ZONES: [Tz; 3] = [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York];

pub(crate) fn run(options: &Options) {
    let of_labels = |table: &&&str| !["labels_topology", "labels_ended"].contains(*table);
    if TABLES.iter().filter(of_labels).any(|table| options.wants(table)) {
        for n in options.sizes(200, &[1_000, 10_000], &[1_000, 100_000, 1_000_000]) {
            run_size(options, n);
        }
    }
    if options.wants("labels_topology") {
        topology(options);
    }
    if options.wants("labels_ended") {
        ended(options);
    }
}

fn run_size(options: &Options, n: usize) {
    let plain = ["labels_now", "labels_random", "labels_answer", "labels_change", "labels_build"];
    if plain.iter().chain(&["labels_memory"]).any(|table| options.wants(table)) {
        let mut bench = Bench::new(options, silences(n, SEED, NOW));
        for (table, kind) in [("labels_now", Kind::Now), ("labels_random", Kind::Random)] {
            if options.wants(table) {
                bench.single_queries(table, kind);
            }
        }
        if options.wants("labels_answer") {
            bench.one_answer();
        }
        if options.wants("labels_memory") {
            bench.memory();
        }
        if options.wants("labels_build") {
            bench.build();
        }
        if options.wants("labels_change") {
            bench.change();
        }
    }
    if options.wants("labels_entity") {
        let bench = Bench::new(options, silences_of_entities(n, SEED, NOW));
        bench.single_queries("labels_entity", Kind::Now);
    }
}

/// A workload and the candidates measured on it.
struct Bench<'a> {
    options: &'a Options,
    n: usize,
    silences: Silences,
    registry: Registry,
    topology: Topology,
    engine: Engine,
    floor: LabelsFloor,
    map: LabelsMap,
}

impl<'a> Bench<'a> {
    fn new(options: &'a Options, silences: Silences) -> Self {
        let (registry, topology) = (silences.registry(), silences.topology());
        let engine = Engine::with_topology(&registry, topology.clone(), at(NOW))
            .expect("the workload is within the limits");
        let (floor, map) = (LabelsFloor::new(&silences), LabelsMap::new(&silences));
        Self { options, n: registry.len(), silences, registry, topology, engine, floor, map }
    }

    fn alerts(&self, kind: Kind, seed: u64) -> Alerts {
        let count = if self.options.test { 1 << 10 } else { 1 << 17 };
        self.silences.alerts(kind, count, SEED + seed)
    }

    fn by_silencer(&self, alert: &Alert<'_>) -> bool {
        if self.silences.has_topology() {
            self.engine.is_subject_silenced(&alert.subject_with_entity(), alert.at)
        } else {
            self.engine.is_subject_silenced(&alert.subject(), alert.at)
        }
    }

    fn by_loop(&self, alert: &Alert<'_>) -> bool {
        let subject = if self.silences.has_topology() {
            alert.subject_with_entity()
        } else {
            alert.subject()
        };
        loop_is_silenced(&self.registry, &self.topology, &subject, alert.at)
    }

    fn by_map(&self, alert: &Alert<'_>) -> bool {
        if self.silences.has_topology() {
            self.map.is_silenced_with_entity(alert)
        } else {
            self.map.is_silenced(alert)
        }
    }

    /// Compares the candidates on as many alerts as the time allows: all three, and then the
    /// silencer with the map.
    fn verify(&self, table: &str, alerts: &[Alert<'_>]) {
        let (mut spent, mut tested, mut silenced, mut in_folds) = (Duration::ZERO, 0, 0, 0);
        let mut sample = alerts.iter();
        for use_loop in [true, false] {
            let budget = if self.options.test { VERIFICATION / 20 } else { VERIFICATION };
            while spent < if use_loop { budget / 2 } else { budget } {
                let Some(alert) = sample.next() else { break };
                spent += time(|| {
                    let answer = self.by_silencer(alert);
                    if use_loop {
                        assert_eq!(answer, self.by_loop(alert), "{alert:?}");
                    }
                    if answer != self.by_map(alert) {
                        assert!(is_in_fold(ZONES, alert.at), "by hand, map: {alert:?}");
                        in_folds += 1;
                    }
                    silenced += usize::from(answer);
                });
                tested += 1;
            }
        }
        eprintln!(
            "{table}, n = {}: {tested} tested, {silenced} silenced, none wrong; by hand \
             {in_folds} differ, in folds",
            self.n
        );
    }

    fn report(&self, table: &str, unit: Unit, lines: &[Line]) {
        report(self.options, table, self.n, unit, lines);
    }

    fn single_queries(&self, table: &str, kind: Kind) {
        let alerts = self.alerts(kind, 3);
        let alerts = alerts.views();
        self.verify(table, &alerts);
        let joined = JoinedLabels::new(&alerts);
        let joined = joined.views();
        let mut candidates = vec![Candidate::single_queries("floor", &joined, |labels| {
            self.floor.find(labels) == 1
        })];
        let mut add = |name: &str, answer: fn(&Self, &Alert<'_>) -> bool| {
            if is_affordable(table, self.n, name, || answer(self, &alerts[0])) {
                let answer = move |alert: &Alert<'_>| answer(self, alert);
                candidates.push(Candidate::single_queries(name, &alerts, answer));
            }
        };
        add("silencer", Self::by_silencer);
        add("by hand, map", Self::by_map);
        add("by hand, loop", Self::by_loop);
        self.report(table, Unit::Ns, &race(self.options, alerts.len(), candidates, None));
    }

    /// The windows, the end and the effect of a silence, against `is_silenced`; for all
    /// alerts, and for those that are silenced.
    fn one_answer(&self) {
        let alerts = self.alerts(Kind::Now, 4);
        let alerts = alerts.views();
        let silenced: Vec<Alert<'_>> =
            alerts.iter().filter(|alert| self.map.is_silenced(alert)).copied().collect();
        let answer = |alert: &Alert<'_>| self.engine.answer(&alert.subject(), alert.at) > 0;
        let is_silenced = |alert: &Alert<'_>| self.by_silencer(alert);
        let table = "labels_answer";
        if !is_affordable(table, self.n, "silencer", || answer(&alerts[0])) {
            return;
        }
        for alert in silenced.iter().take(20) {
            assert!(answer(alert), "{alert:?}");
        }
        for (alerts, names) in [
            (&alerts, ["is_silenced", "by, until and effect"]),
            (&silenced, ["is_silenced, silenced alerts", "by, until and effect, silenced alerts"]),
        ] {
            let candidates = vec![
                Candidate::single_queries(names[0], alerts, is_silenced),
                Candidate::single_queries(names[1], alerts, answer),
            ];
            self.report(table, Unit::Ns, &race(self.options, alerts.len(), candidates, None));
        }
    }

    /// Bytes per window.
    fn memory(&self) {
        let per_window = |bytes: usize| bytes as f64 / self.n as f64;
        let floor = per_window(self.floor.memory_bytes());
        let mut rows = vec![("floor", floor)];
        if let Some((index, windows)) = self.engine.memory_bytes() {
            rows.push(("silencer", per_window(index)));
            rows.push(("windows, shared with the registry", per_window(windows)));
        }
        rows.push(("by hand, map", per_window(self.map.memory_bytes())));
        let lines: Vec<Line> = rows
            .into_iter()
            .map(|(candidate, value)| Line {
                candidate: candidate.to_owned(),
                value,
                x_floor: Some(value / floor),
                x_peer: None,
            })
            .collect();
        self.report("labels_memory", Unit::Bytes, &lines);
    }

    /// Nanoseconds per window.
    fn build(&self) {
        let mut samples: [Vec<f64>; 4] = Default::default();
        for _ in 0..rounds(self.options, 1, 5, 9) {
            let values = [
                time(|| LabelsFloor::new(&self.silences)),
                time(|| Engine::new(&self.registry, at(NOW)).expect("it was built before")),
                time(|| self.engine.at(at(NOW + HOUR))),
                time(|| LabelsMap::new(&self.silences)),
            ];
            for (sample, value) in samples.iter_mut().zip(values) {
                sample.push(value.as_secs_f64() * 1e9 / self.n as f64);
            }
        }
        let names = ["floor", "silencer", "silencer, the present moved on", "by hand, map"];
        self.report("labels_build", Unit::Ns, &lines(&names, &samples));
    }

    /// Nanoseconds per change of one window: the time of registry and silencer together,
    /// less the time of the registry alone.
    fn change(&mut self) {
        let table = "labels_change";
        let mut pool = self.silences.more(20_000, SEED + 7).into_iter();
        let mut alone = self.registry.clone();
        self.engine = self.engine.updated(&self.registry).expect("within the limits");
        let mut samples: [Vec<f64>; 5] = Default::default();
        let alerts = self.alerts(Kind::Now, 9);
        let alerts = alerts.views();
        let joined = JoinedLabels::new(&alerts[..64]);
        let joined = joined.views();
        let (mut spent, mut per_round) = (Duration::ZERO, 1);
        let budget = Duration::from_secs(if self.options.test { 0 } else { 12 });
        for round in 0..rounds(self.options, 1, 10, 26) {
            if round > 3 && spent > budget {
                eprintln!("{table}, n = {}: {round} rounds of {per_round} changes", self.n);
                break;
            }
            let mut steps: [Vec<Step>; 4] = Default::default();
            for spec in pool.by_ref().take(per_round) {
                let window = self.silences.window(&spec);
                let other = pool_replacement(&self.silences, &spec);
                steps[0].push(Step::Insert(window.clone()));
                steps[1].push(Step::Replace(other));
                steps[2].push(Step::Close(window.id().clone(), at(NOW)));
                steps[3].push(Step::Remove(window.id().clone()));
            }
            let per_change = |took: f64| took * 1e9 / steps[0].len() as f64;
            let lookups = time(|| joined.iter().map(|labels| self.floor.find(labels)).max());
            samples[0].push(lookups.as_secs_f64() * 1e9 / joined.len() as f64);
            for (steps, sample) in steps.iter().zip(&mut samples[1..]) {
                let both = (&mut self.registry, &mut self.engine);
                let (with, without) = with_and_without(steps, both, &mut alone, round % 2 == 0);
                spent += with;
                if round > 0 {
                    sample.push(per_change(with.as_secs_f64() - without.as_secs_f64()));
                }
            }
            // The first round warms up, and tells how many changes a round can have.
            if round == 0 {
                per_round = if self.options.test {
                    2
                } else if spent < Duration::from_millis(40) {
                    64
                } else {
                    1
                };
            }
        }
        samples[0].remove(0);
        let names = [
            "floor, ten look-ups",
            "silencer, insert",
            "silencer, replace",
            "silencer, close",
            "silencer, remove",
        ];
        self.report(table, Unit::Ns, &lines(&names, &samples));
        self.verify_changed(&alerts);
    }

    /// After the changes the silencer answers as one that is built anew.
    fn verify_changed(&mut self, alerts: &[Alert<'_>]) {
        for spec in self.silences.more(200, SEED + 8) {
            self.registry.insert(self.silences.window(&spec)).expect("its id is new");
        }
        self.engine = self.engine.updated(&self.registry).expect("within the limits");
        let fresh = Engine::new(&self.registry, at(NOW)).expect("within the limits");
        let (mut spent, mut tested) = (Duration::ZERO, 0);
        for alert in alerts {
            spent += time(|| {
                let expected = fresh.is_subject_silenced(&alert.subject(), alert.at);
                assert_eq!(self.by_silencer(alert), expected, "{alert:?}");
            });
            tested += 1;
            if spent > VERIFICATION / 4 {
                break;
            }
        }
        eprintln!("labels_change, n = {}: {tested} tested after changes, none wrong", self.n);
    }
}

/// Another window with the id of a silence.
fn pool_replacement(
    silences: &Silences,
    spec: &crate::common::silences::SilenceSpec,
) -> Arc<Window> {
    let mut other = silences.more(1, spec.id as u64).remove(0);
    other.id = spec.id;
    silences.window(&other)
}

fn rounds(options: &Options, test: usize, quick: usize, full: usize) -> usize {
    if options.test {
        test.max(2)
    } else if options.quick {
        quick
    } else {
        full
    }
}

fn lines(names: &[&str], samples: &[Vec<f64>]) -> Vec<Line> {
    names.iter().zip(samples).map(|(name, of)| line(name, of, &samples[0])).collect()
}

/// Whether one query is short enough; says so if it is not.
pub(crate) fn is_affordable<T>(table: &str, n: usize, name: &str, one: impl FnOnce() -> T) -> bool {
    let took = time(|| black_box(one()));
    if took > LONGEST {
        eprintln!("{table}, n = {n}: {name} is left out: one query takes {took:?}");
    }
    took <= LONGEST
}

/// Labels in the topology: building, and the insertion of a window that covers many entities.
fn topology(options: &Options) {
    use quietude::{Daily, Matcher, Scope};
    let labelled = |entities: usize| {
        let mut builder = Topology::builder();
        for number in 0..entities {
            let id = format!("host-{number:07}.prod");
            builder = builder.add_attribute(&id, "service", format!("svc-{}", number % 5_000));
            builder = builder.add_attribute(&id, "cluster", format!("cluster-{}", number % 20));
            builder =
                builder.add_attribute(id, "tier", if number.is_multiple_of(2) { "a" } else { "b" });
        }
        builder.build().expect("it is valid")
    };
    let window = |id: usize, scope: Scope| {
        let always = Daily::new("00:00-24:00".parse().expect("a clock range"), Tz::UTC);
        Window::builder(format!("w-{id}")).schedule(always).scope(scope).build().expect("valid")
    };
    let equalities = |windows: usize| {
        let mut registry = Registry::new();
        for id in 0..windows {
            let service = Matcher::equals("service", format!("svc-{}", id % 5_000));
            let cluster = Matcher::equals("cluster", format!("cluster-{}", id * 7 % 20));
            let scope = Scope::attribute(service).and(cluster.into());
            registry.insert(window(id, scope)).expect("ids are unique");
        }
        registry
    };
    let build = |windows: usize, entities: usize| -> Option<Duration> {
        let (registry, topology) = (equalities(windows), labelled(entities));
        let mut engine = None;
        let took = time(|| engine = Engine::with_topology(&registry, topology, at(NOW)).ok());
        if engine.is_none() {
            eprintln!("labels_topology: {windows} windows over {entities} entities are refused");
        }
        engine.map(|_| took)
    };
    let mut rows = Vec::new();
    let sizes: &[(usize, usize)] = if options.test {
        &[(60, 40)]
    } else if options.quick {
        &[(3_000, 2_000), (30_000, 20_000)]
    } else {
        &[(3_000, 2_000), (30_000, 20_000), (100_000, 100_000)]
    };
    for (windows, entities) in sizes {
        let name = format!("build, {windows} windows over {entities} entities");
        // The work may grow with the product, so a tenth of both is tried first.
        let tried = build(windows / 10, entities / 10);
        if tried.is_none_or(|tried| tried > Duration::from_millis(100)) {
            eprintln!("labels_topology: {name}: left out, a tenth of both takes {tried:?}");
            continue;
        }
        if let Some(took) = build(*windows, *entities) {
            rows.push((name, took));
        }
    }
    let entities = if options.test {
        1_000
    } else if options.quick {
        100_000
    } else {
        1_000_000
    };
    let mut registry = equalities(10);
    match Engine::with_topology(&registry, labelled(entities), at(NOW)) {
        Err(error) => eprintln!("labels_topology: {entities} entities: {error}"),
        Ok(mut engine) => {
            for number in 0..5 {
                let tier = Scope::attribute(Matcher::equals("tier", ["a", "b"][number % 2]));
                let scope = tier.and(!Scope::entity(format!("nobody-{number}")));
                registry.insert(window(1_000_000 + number, scope)).expect("its id is new");
                let before = engine.clone();
                let took = time(|| match before.updated(&registry) {
                    Ok(updated) => engine = updated,
                    Err(error) => eprintln!("labels_topology: {error}"),
                });
                rows.push((
                    format!("broad window {number} over {entities} entities, insert"),
                    took,
                ));
            }
        }
    }
    let lines: Vec<Line> = rows
        .into_iter()
        .map(|(candidate, took)| Line {
            candidate,
            value: took.as_secs_f64() * 1e9,
            x_floor: None,
            x_peer: None,
        })
        .collect();
    report(options, "labels_topology", 1, Unit::Ns, &lines);
}

/// A thousand silences alone, and beside a hundred thousand that have ended.
fn ended(options: &Options) {
    let (active, more) = if options.test {
        (100, 1_000)
    } else if options.quick {
        (1_000, 10_000)
    } else {
        (1_000, 100_000)
    };
    let silences = silences(active, SEED, NOW);
    let alone = silences.registry();
    let mut beside = silences.registry();
    for spec in silences.more(more, SEED + 5) {
        let ended = silences.window(&silences.ended(&spec));
        beside.insert(ended).expect("ids are unique");
    }
    let build = |registry: &Registry| Engine::new(registry, at(NOW)).expect("within the limits");
    let engines = [build(&alone), build(&beside)];
    let alerts = silences.alerts(Kind::Now, if options.test { 1 << 10 } else { 1 << 16 }, SEED);
    let alerts = alerts.views();
    let ask = |engine: &Engine, alert: &Alert<'_>| -> bool {
        let t: Timestamp = alert.at;
        engine.is_subject_silenced(&alert.subject(), t)
    };
    for alert in alerts.iter().take(100) {
        assert_eq!(ask(&engines[0], alert), ask(&engines[1], alert), "{alert:?}");
    }
    let names = [format!("{active} alone"), format!("and {more} ended")];
    if is_affordable("labels_ended", active + more, &names[1], || ask(&engines[1], &alerts[0])) {
        let candidates = engines
            .iter()
            .zip(names)
            .map(|(engine, name)| {
                Candidate::single_queries(name, &alerts, move |alert| ask(engine, alert))
            })
            .collect();
        let lines = race(options, alerts.len(), candidates, None);
        report(options, "labels_ended", active + more, Unit::Ns, &lines);
    }
}
