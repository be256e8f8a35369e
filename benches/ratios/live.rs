//! The tables `sync` and `topology_change`: changes of windows and of entities, with the
//! updates of the silencer. Ratios are to one lookup in a hash map for each change.

use std::collections::HashMap;
use std::sync::Arc;

use quietude::live::Engine;
use quietude::{Daily, Propagation, Registry, Scope, Silencer, Topology, Window};

use crate::common::harness::{Line, Options, Unit, median, report, time};
use crate::common::testing::SplitMix64;
use crate::common::workload::{NOW, SEED, at, fleet};

pub(crate) const TABLES: [&str; 2] = ["sync", "topology_change"];

pub(crate) fn run(options: &Options) {
    if options.wants("sync") {
        for n in options.sizes(200, &[1_000, 100_000], &[1_000, 100_000]) {
            sync(options, n);
        }
    }
    if options.wants("topology_change") {
        for n in options.sizes(500, &[10_000, 1_000_000], &[10_000, 1_000_000]) {
            topology_change(options, n);
        }
    }
}

/// Samples in nanoseconds by name, in order of first use.
#[derive(Default)]
struct Samples(Vec<(&'static str, Vec<f64>)>);

impl Samples {
    /// Adds the time of each of `count` equal pieces of work.
    fn add(&mut self, name: &'static str, count: usize, work: impl FnOnce()) {
        let each = time(work).as_secs_f64() * 1e9 / count as f64;
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, samples)) => samples.push(each),
            None => self.0.push((name, vec![each])),
        }
    }

    fn report(self, options: &Options, table: &str, n: usize) {
        let floor = median(self.0[0].1.clone());
        let line = |(name, samples): (&str, Vec<f64>)| {
            let value = median(samples);
            let x_floor = Some(value / floor);
            Line { candidate: name.to_owned(), value, x_floor, x_peer: None }
        };
        let lines: Vec<Line> = self.0.into_iter().map(line).collect();
        report(options, table, n, Unit::Ns, &lines);
    }
}

fn rounds(options: &Options) -> usize {
    match (options.test, options.quick) {
        (true, _) => 2,
        (_, true) => 9,
        _ => 25,
    }
}

/// A clone with one window edited, a document of which ten windows differ, and the updates
/// after both.
fn sync(options: &Options, n: usize) {
    let mut fleet = fleet(n, SEED);
    let mut random = SplitMix64::new(SEED + 20);
    let mut registry = fleet.registry();
    let mut silencer =
        Silencer::builder().now(at(NOW)).build(&registry).expect("within the limits");
    let by_id: HashMap<String, usize> =
        registry.iter().zip(0..).map(|(window, at)| (window.id().to_string(), at)).collect();
    let mut samples = Samples::default();
    let differ = 10.min(n);
    for _ in 0..rounds(options) {
        let mut edited = Vec::new();
        for _ in 0..differ {
            let picked = random.below(n);
            let spec = &mut fleet.specs[picked];
            let latest = spec.until.map_or(NOW, |until| NOW.min(until - 1));
            spec.from = Some(latest - random.between(0, 1 << 30));
            let spec = fleet.specs[picked].clone();
            edited.push(Arc::new(fleet.window(&spec)));
        }
        let ids: Vec<String> = edited.iter().map(|window| window.id().to_string()).collect();
        samples.add("floor, one look-up", differ, || {
            let found = ids.iter().filter(|id| by_id.contains_key(*id)).count();
            assert_eq!(std::hint::black_box(found), differ);
        });
        let mut clones = Vec::with_capacity(differ);
        samples.add("clone and replace one window", differ, || {
            for window in &edited {
                let mut clone = registry.clone();
                clone.replace(window.clone()).expect("it is there");
                clones.push(clone);
            }
        });
        samples.add("update to a clone", differ, || {
            clones.iter().for_each(|clone| {
                std::hint::black_box(silencer.updated(clone).expect("within the limits"));
            });
        });
        // The document is read again: every window is another allocation.
        let document: Vec<Arc<Window>> =
            fleet.specs.iter().map(|spec| Arc::new(fleet.window(spec))).collect();
        let mut synced = None;
        samples.add("sync, 10 windows differ", 1, || {
            synced = Some(registry.sync(document).expect("ids are unique"));
        });
        let synced = synced.expect("it was synced");
        assert!(synced.replaced.len() <= differ && synced.inserted.is_empty());
        let mut next = None;
        samples.add("update after sync", 1, || {
            next = Some(silencer.updated(&registry).expect("within the limits"));
        });
        silencer = next.expect("it was updated");
    }
    samples.report(options, "sync", n);
}

/// Pods that are added, relabelled and removed. A pod is covered by the window of its own
/// id, or of its deployment, or by ten of them.
fn topology_change(options: &Options, n: usize) {
    let mut random = SplitMix64::new(SEED + 21);
    let deployments = (n / 100).max(1);
    let deployment = |number: usize| format!("deployment-{number}");
    let mut topology = Topology::builder();
    for pod in 0..n {
        let id = format!("pod-{pod}");
        topology = topology.add_member(deployment(pod % deployments), &id).add_attribute(
            &id,
            "tier",
            ["gold", "silver", "bronze"][pod % 3],
        );
    }
    let topology = topology.build().expect("it is valid");
    let daily = || Daily::new("22:00-02:00".parse().expect("a range"), chrono_tz::UTC);
    let mut registry = Registry::new();
    let mut add = |id: String, scope: Scope| {
        let window = Window::builder(id).schedule(daily()).scope(scope);
        let window = window.propagation(Propagation::Entity).build().expect("it is valid");
        registry.insert(window).expect("its id is new");
    };
    for number in 0..(deployments / 10).max(1) {
        add(format!("of-{number}"), Scope::group(deployment(number)));
    }
    for number in 0..10 {
        add(format!("ten-{number}"), Scope::group("covered by ten"));
    }
    add("gold".into(), Scope::group("gold").or(quietude::Matcher::equals("tier", "gold").into()));
    let topology = {
        let mut topology = topology;
        (0..10).for_each(|pod| {
            topology.add_member("covered by ten", format!("pod-{pod}")).expect("it is valid");
        });
        topology
    };
    let by_id: HashMap<String, usize> = topology.entities().map(str::to_owned).zip(0..).collect();
    let mut engine = Engine::new(registry, topology).expect("within the limits");
    engine.set_now(at(NOW));
    let mut samples = Samples::default();
    let (changes, mut next) = (if options.test { 4 } else { 64 }, n);
    for _ in 0..rounds(options) {
        let picked: Vec<String> =
            (0..changes).map(|_| format!("pod-{}", random.below(n))).collect();
        samples.add("floor, one look-up", changes, || {
            let found = picked.iter().filter(|id| by_id.contains_key(*id)).count();
            assert_eq!(std::hint::black_box(found), changes);
        });
        let new: Vec<String> = (next..next + changes).map(|pod| format!("pod-{pod}")).collect();
        next += changes;
        samples.add("added, no window", changes, || {
            new.iter().for_each(|id| edit(&mut engine, |topology| topology.add_entity(id)));
        });
        samples.add("relabelled, no window", changes, || {
            new.iter().for_each(|id| {
                edit(&mut engine, |topology| topology.set_attribute(id, "tier", "silver"));
            });
        });
        samples.add("moved to a group, one window", changes, || {
            new.iter().for_each(|id| edit(&mut engine, |topology| topology.add_member("gold", id)));
        });
        samples.add("relabelled, one window", changes, || {
            new.iter().for_each(|id| {
                edit(&mut engine, |topology| topology.set_attribute(id, "tier", "gold"));
            });
        });
        samples.add("moved to a group, ten more windows", changes, || {
            new.iter().for_each(|id| {
                edit(&mut engine, |topology| topology.add_member("covered by ten", id));
            });
        });
        samples.add("removed", changes, || {
            new.iter().for_each(|id| edit(&mut engine, |topology| topology.remove_entity(id)));
        });
    }
    samples.report(options, "topology_change", n);
    let built = Silencer::builder().topology(engine.topology().clone());
    let built = built.now(at(NOW)).build(engine.registry()).expect("within the limits");
    let snapshot = engine.snapshot();
    for id in (0..next).step_by(1 + next / 5_000).map(|pod| format!("pod-{pod}")) {
        for hours in 0..24 {
            let (subject, t) = (quietude::Subject::entity(&id), at(NOW + hours * 3_600_000));
            assert_eq!(snapshot.is_silenced(subject, t), built.is_silenced(subject, t), "{id}");
        }
    }
}

fn edit(engine: &mut Engine, change: impl FnOnce(&mut Topology) -> Result<(), quietude::Error>) {
    engine.edit(|_, topology| change(topology)).expect("it is valid");
}
