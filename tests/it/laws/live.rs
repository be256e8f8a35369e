//! Laws of topologies that change, and of the silencers that are updated to them: both equal
//! what is built from scratch.

use std::collections::BTreeSet;

use quietude::batch::Columns;
use quietude::live::Engine;
use quietude::{
    Effect, EntityState, Error, Interval, Matcher, Once, Propagation, Registry, Scope, Silencer,
    Subject, Topology, Window,
};

use crate::helpers::clamped;
use crate::testing::{HOUR, SplitMix64};

const ENTITIES: [&str; 14] =
    ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "rack-1", "rack-2", "row", "new"];
const GROUPS: [&str; 6] = ["prod", "test", "eu", "us", "all", "a"];
const NAMES: [&str; 4] = ["tier", "os", "b", "zone"];
const VALUES: [&str; 4] = ["gold", "silver", "golden", ""];
const TYPES: [&str; 3] = ["CPU", "DISK", "BACKUP"];
const BASE: i64 = 1_800_000_000_000;

/// A topology as plain lists, in order of first mention.
#[derive(Clone, Debug, Default)]
struct Model {
    entities: Vec<String>,
    groups: Vec<String>,
    /// (child, parent), (member, group), (group, outer group), (entity, name, value)
    parents: Vec<(String, String)>,
    members: Vec<(String, String)>,
    nested: Vec<(String, String)>,
    attributes: Vec<(String, String, String)>,
    entity_label: Option<String>,
}

fn mention(list: &mut Vec<String>, id: &str) {
    if !list.iter().any(|known| known == id) {
        list.push(id.to_owned());
    }
}

fn link(links: &mut Vec<(String, String)>, below: &str, above: &str) {
    let pair = (below.to_owned(), above.to_owned());
    if !links.contains(&pair) {
        links.push(pair);
    }
}

impl Model {
    fn build(&self) -> Result<Topology, Error> {
        let mut topology = Topology::builder();
        for id in &self.entities {
            topology = topology.entity(id);
        }
        for id in &self.groups {
            topology = topology.group(id);
        }
        for (child, parent) in &self.parents {
            topology = topology.add_child(parent, child);
        }
        for (member, group) in &self.members {
            topology = topology.add_member(group, member);
        }
        for (inner, outer) in &self.nested {
            topology = topology.add_subgroup(outer, inner);
        }
        for (entity, name, value) in &self.attributes {
            topology = topology.add_attribute(entity, name, value);
        }
        if let Some(label) = &self.entity_label {
            topology = topology.entity_label(label);
        }
        topology.build()
    }

    /// One change of both. Whether it succeeded; if not, neither has changed.
    fn change(&mut self, random: &mut SplitMix64, topology: &mut Topology) -> bool {
        let before = self.clone();
        let (entity, other) = (random.pick(&ENTITIES), random.pick(&ENTITIES));
        let (group, outer) = (random.pick(&GROUPS), random.pick(&GROUPS));
        let (name, value) = (random.pick(&NAMES), random.pick(&VALUES));
        let had = |links: &[(String, String)], below: &str, above: &str| {
            links.iter().any(|(a, b)| a == below && b == above)
        };
        let (result, expected) = match random.below(24) {
            0 | 1 => {
                mention(&mut self.entities, entity);
                (topology.add_entity(entity), true)
            }
            2..=4 => {
                let known = self.entities.iter().any(|id| id == entity);
                self.entities.retain(|id| id != entity);
                self.parents.retain(|(a, b)| a != entity && b != entity);
                self.members.retain(|(a, _)| a != entity);
                self.attributes.retain(|(id, ..)| id != entity);
                (topology.remove_entity(entity), known)
            }
            5..=7 => {
                mention(&mut self.entities, other);
                mention(&mut self.entities, entity);
                link(&mut self.parents, entity, other);
                (topology.add_child(other, entity), self.build().is_ok())
            }
            8 => {
                let known = had(&self.parents, entity, other);
                self.parents.retain(|(a, b)| (&**a, &**b) != (entity, other));
                (topology.remove_child(other, entity), known)
            }
            9..=11 => {
                mention(&mut self.groups, group);
                mention(&mut self.entities, entity);
                link(&mut self.members, entity, group);
                (topology.add_member(group, entity), true)
            }
            12 => {
                let known = had(&self.members, entity, group);
                self.members.retain(|(a, b)| (&**a, &**b) != (entity, group));
                (topology.remove_member(group, entity), known)
            }
            13 => {
                mention(&mut self.groups, group);
                (topology.add_group(group), true)
            }
            14 => {
                let known = self.groups.iter().any(|id| id == group);
                self.groups.retain(|id| id != group);
                self.members.retain(|(_, id)| id != group);
                self.nested.retain(|(a, b)| a != group && b != group);
                (topology.remove_group(group), known)
            }
            15 | 16 => {
                mention(&mut self.groups, outer);
                mention(&mut self.groups, group);
                link(&mut self.nested, group, outer);
                (topology.add_subgroup(outer, group), self.build().is_ok())
            }
            17 => {
                let known = had(&self.nested, group, outer);
                self.nested.retain(|(a, b)| (&**a, &**b) != (group, outer));
                (topology.remove_subgroup(outer, group), known)
            }
            18 | 19 => {
                mention(&mut self.entities, entity);
                let attribute = (entity.to_owned(), name.to_owned(), value.to_owned());
                if !self.attributes.contains(&attribute) {
                    self.attributes.push(attribute);
                }
                (topology.add_attribute(entity, name, value), true)
            }
            20 | 21 => {
                mention(&mut self.entities, entity);
                self.attributes.retain(|(id, of, _)| id != entity || of != name);
                self.attributes.push((entity.to_owned(), name.to_owned(), value.to_owned()));
                (topology.set_attribute(entity, name, value), true)
            }
            22 => {
                let is = |(id, of, _): &(String, String, String)| id == entity && of == name;
                let known = self.attributes.iter().any(is);
                self.attributes.retain(|attribute| !is(attribute));
                (topology.remove_attribute(entity, name), known)
            }
            _ => {
                let label = random.one_in(2).then_some("instance");
                self.entity_label = label.map(str::to_owned);
                (topology.set_entity_label(label), true)
            }
        };
        assert_eq!(result.is_ok(), expected, "{result:?}");
        if !expected {
            *self = before;
        }
        expected
    }
}

/// Everything that a topology tells, by entity and by group.
fn told(topology: &Topology) -> Vec<String> {
    let of_entity = |id: &str| {
        let (parents, groups) = (topology.parents_of(id), topology.groups_of(id));
        format!("{id} {parents:?} {groups:?} {:?}", topology.attributes_of(id))
    };
    let of_group = |id: &str| format!("{id} {:?}", topology.outer_groups_of(id));
    let entities = topology.entities().map(of_entity);
    let label = format!("{:?}", topology.entity_label());
    entities.chain(topology.groups().map(of_group)).chain([label]).collect()
}

#[test]
fn topology_after_changes_equals_new_build() {
    for seed in 0..60 {
        let random = &mut SplitMix64::new(seed);
        let mut versions = vec![(Model::default(), Topology::default())];
        for step in 0..80 {
            let (mut model, mut topology) = random.choose(&versions).clone();
            if random.one_in(6) {
                topology = model.build().unwrap();
            }
            let before = told(&topology);
            if !model.change(random, &mut topology) {
                assert_eq!(told(&topology), before, "seed {seed}, step {step}");
            }
            let built = model.build().unwrap();
            assert_eq!(told(&topology), told(&built), "seed {seed}, step {step}");
            assert!(topology == built, "seed {seed}, step {step}");
            assert!(built == topology, "seed {seed}, step {step}");
            assert_eq!(topology.entities().len(), built.entities().count());
            assert_eq!(topology.groups().len(), built.groups().count());
            versions.push((model, topology));
        }
        // No version has changed another.
        for (model, topology) in &versions {
            assert_eq!(told(topology), told(&model.build().unwrap()), "seed {seed}");
        }
    }
}

/// A topology is built again in between; nothing shows it.
#[test]
fn topology_after_very_many_changes_equals_new_build() {
    let random = &mut SplitMix64::new(1);
    let (mut model, mut topology) = (Model::default(), Topology::default());
    for step in 0..12_000 {
        model.change(random, &mut topology);
        if step % 500 == 0 {
            assert_eq!(told(&topology), told(&model.build().unwrap()), "step {step}");
        }
    }
    assert_eq!(told(&topology), told(&model.build().unwrap()));
}

fn scope(random: &mut SplitMix64, depth: usize) -> Scope {
    let name = random.pick(&NAMES);
    let more = |random: &mut SplitMix64| {
        let count = 1 + random.below(3usize);
        (0..count).map(|_| scope(random, depth - 1)).collect::<Vec<_>>()
    };
    match random.below(if depth == 0 { 12 } else { 20u64 }) {
        0..=2 => Scope::entity(random.pick(&ENTITIES)),
        3 => Scope::entities((0..1 + random.below(6)).map(|_| random.pick(&ENTITIES))),
        4..=6 => Scope::group(random.pick(&GROUPS)),
        7 => Scope::alert_type(random.pick(&TYPES)),
        8 | 9 => Matcher::equals(name, random.pick(&VALUES)).into(),
        10 => match random.below(4) {
            0 => Matcher::present(name).into(),
            1 => Matcher::starts_with(name, "go").into(),
            2 => Matcher::matches(name, "gold.*|silver").unwrap().into(),
            _ => Matcher::contains(name, "l").into(),
        },
        11 => Scope::everything(),
        12..=14 => Scope::all(more(random)),
        15 | 16 => Scope::any(more(random)),
        _ => !scope(random, depth - 1),
    }
}

fn window(random: &mut SplitMix64, id: &str) -> Window {
    let start = BASE + random.between(-3, 3) * HOUR;
    let end = start + random.between(1, 3) * HOUR;
    let propagation = if random.one_in(2) { Propagation::Descendants } else { Propagation::Entity };
    let window = Window::builder(id)
        .schedule(Once::new(clamped(start), clamped(end)).unwrap())
        .scope(scope(random, 2))
        .propagation(propagation);
    let window = match start / HOUR % 3 {
        0 => window,
        1 => window.effect(Effect::Monitoring),
        _ => window.state_during(EntityState::new(end / HOUR)),
    };
    window.build().unwrap()
}

/// One change of the windows, which may fail.
fn change_windows(random: &mut SplitMix64, registry: &mut Registry) {
    let id = format!("w-{}", random.below(12));
    match random.below(6) {
        0 => drop(registry.remove(&id)),
        1 => drop(registry.replace(window(random, &id))),
        2 => {
            let kept: BTreeSet<u32> = (0..4).map(|_| random.below(12)).collect();
            let list: Vec<Window> =
                kept.iter().map(|n| window(random, &format!("w-{n}"))).collect();
            registry
                .sync_where(|id| id.as_str().len() == 3, {
                    list.into_iter().filter(|window| window.id().as_str().len() == 3)
                })
                .unwrap();
        }
        _ => drop(registry.insert(window(random, &id))),
    }
}

/// Asserts that both silencers answer alike.
fn assert_same(updated: &Silencer, built: &Silencer, place: &str) {
    let labels =
        [vec![], vec![("tier", "gold")], vec![("instance", "a"), ("os", "golden"), ("zone", "")]];
    let groups = [vec![], vec!["prod"]];
    for entity in ENTITIES.into_iter().chain(["", "unknown"]) {
        for alert_type in [None, Some("CPU"), Some("DISK")] {
            for (labels, groups) in labels.iter().flat_map(|a| groups.iter().map(move |b| (a, b))) {
                let mut subject =
                    Subject::entity(entity).with_attributes(labels).with_groups(groups);
                if entity.is_empty() {
                    subject = Subject::labels(labels).with_groups(groups);
                }
                if let Some(alert_type) = alert_type {
                    subject = subject.with_alert_type(alert_type);
                }
                for hours in -3..=5 {
                    let t = clamped(BASE + hours * HOUR + 1);
                    let by = |silencer: &Silencer| -> Vec<String> {
                        let by = silencer.silenced_by(subject, t);
                        by.map(|window| window.id().to_string()).collect()
                    };
                    assert_eq!(by(updated), by(built), "{place}: {subject:?} at {t}");
                    let [a, b] = [updated, built].map(|all| all.is_silenced(subject, t));
                    assert_eq!(a, b, "{place}: {subject:?} at {t}");
                }
                let t = clamped(BASE);
                let [a, b] = [updated, built].map(|all| all.explain(subject, t).to_string());
                assert_eq!(a, b, "{place}: {subject:?}");
                let within = Interval::new(t, clamped(BASE + 9 * HOUR)).unwrap();
                let [a, b] = [updated, built].map(|all| all.timeline(subject, within).into_vec());
                assert_eq!(a.unwrap(), b.unwrap(), "{place}: {subject:?}");
                let [a, b] = [updated, built].map(|all| all.silenced_until(subject, t));
                assert_eq!(a, b, "{place}: {subject:?}");
                let [a, b] = [updated, built].map(|all| all.next_silence(subject, t));
                assert_eq!(a, b, "{place}: {subject:?}");
                let answer = |all: &Silencer| {
                    let answer = all.answer(subject, t)?;
                    let by: Vec<String> = answer.by.map(|window| window.id().to_string()).collect();
                    Some((by, answer.until, answer.effect, answer.state))
                };
                assert_eq!(answer(updated), answer(built), "{place}: {subject:?}");
                let single = |all: &Silencer| {
                    let state = all.entity_state(subject, t);
                    let throughout = all.is_silenced_throughout(subject, within).unwrap();
                    let touched = all.is_silenced_within(subject, within).unwrap();
                    (all.effect(subject, t), state, throughout, touched)
                };
                assert_eq!(single(updated), single(built), "{place}: {subject:?}");
                let time = |all: &Silencer| {
                    let time = all.silenced_time(subject, within).unwrap();
                    let by = time.by_window().map(|(window, ms)| (window.id().to_string(), ms));
                    let by: Vec<(String, i64)> = by.collect();
                    (time.total_ms(), time.effect_ms(Effect::Monitoring), by)
                };
                assert_eq!(time(updated), time(built), "{place}: {subject:?}");
            }
        }
    }
    assert_same_fleet(updated, built, place);
    for id in ENTITIES {
        let [a, b] = [updated, built].map(|all| all.entity(id));
        for hours in -3..=5 {
            let t = clamped(BASE + hours * HOUR);
            let answer = |handle: Option<quietude::EntityHandle<'_>>| {
                handle
                    .map_or_else(|| built.is_silenced(Subject::entity(id), t), |h| h.is_silenced(t))
            };
            assert_eq!(answer(a), answer(b), "{place}: handle of {id} at {t}");
        }
        if built.topology().contains(id) {
            assert!(a.is_some() && b.is_some(), "{place}: {id} is known");
        }
    }
    assert!(updated.topology() == built.topology(), "{place}");
}

/// Asserts that both silencers answer questions about the whole fleet alike.
fn assert_same_fleet(updated: &Silencer, built: &Silencer, place: &str) {
    let within = Interval::new(clamped(BASE - 4 * HOUR), clamped(BASE + 9 * HOUR)).unwrap();
    let known =
        |all: &Silencer| -> BTreeSet<String> { all.known_entities().map(str::to_owned).collect() };
    assert_eq!(known(updated), known(built), "{place}");
    let events = |all: &Silencer| -> Vec<_> {
        let event = |event: quietude::fleet::WindowEvent<'_>| {
            (event.at, event.kind, event.window.id().clone())
        };
        all.upcoming(within).map(event).collect()
    };
    assert_eq!(events(updated), events(built), "{place}");
    for event in built.upcoming(within) {
        let of = |all: &Silencer| -> BTreeSet<String> {
            all.entities_of(event.window).iter().map(ToString::to_string).collect()
        };
        assert_eq!(of(updated), of(built), "{place}: {}", event.window.id());
    }
    for hours in -3..=5 {
        let t = clamped(BASE + hours * HOUR);
        let active = |all: &Silencer| -> Vec<String> {
            all.active(t).map(|window| window.id().to_string()).collect()
        };
        assert_eq!(active(updated), active(built), "{place}: at {t}");
        let silenced = |all: &Silencer| -> BTreeSet<String> {
            all.silenced_entities(t).map(str::to_owned).collect()
        };
        assert_eq!(silenced(updated), silenced(built), "{place}: at {t}");
        let instants = [t; ENTITIES.len()];
        let labels: [&[(&str, &str)]; ENTITIES.len()] = [&[("tier", "gold")]; ENTITIES.len()];
        let in_batches = |all: &Silencer| {
            let queries = ENTITIES.map(|id| (id, t));
            let mut found = [[false; ENTITIES.len()]; 3];
            all.is_silenced_batch(&queries, &mut found[0]).unwrap();
            let columns = Columns::new(&ENTITIES, &instants);
            all.is_silenced_columns(&columns, &mut found[1]).unwrap();
            all.is_silenced_columns(&columns.with_labels(&labels), &mut found[2]).unwrap();
            found
        };
        assert_eq!(in_batches(updated), in_batches(built), "{place}: at {t}");
    }
    for (a, b) in [(updated, built), (built, updated)] {
        let diff = a.diff(b, within).unwrap();
        assert_eq!(diff.entities, [], "{place}");
        let is_changed = |kind| kind != quietude::diff::WindowDiffKind::Topology;
        assert!(!diff.windows.iter().any(|window| is_changed(window.kind)), "{place}: {diff:?}");
    }
}

/// Random windows and topologies, updated in any order between any versions.
fn updates_equal_new_build(seeds: std::ops::Range<u64>, steps: usize) {
    for seed in seeds {
        let random = &mut SplitMix64::new(seed);
        let mut model = Model::default();
        let mut topology = Topology::default();
        for _ in 0..random.below(60) {
            model.change(random, &mut topology);
        }
        let topology = model.build().unwrap();
        let mut registry = Registry::new();
        for n in 0..random.below(12) {
            registry.insert(window(random, &format!("w-{n}"))).unwrap();
        }
        let build = |registry: &Registry, topology: &Topology| {
            Silencer::builder().topology(topology.clone()).build(registry).unwrap()
        };
        let silencer = build(&registry, &topology);
        let mut versions = vec![(model, topology, registry, silencer)];
        for step in 0..steps {
            let (mut model, mut topology, mut registry, mut silencer) = if random.one_in(5) {
                random.choose(&versions).clone()
            } else {
                versions[versions.len() - 1].clone()
            };
            for _ in 0..random.below(4) {
                model.change(random, &mut topology);
            }
            for _ in 0..random.below(3) {
                change_windows(random, &mut registry);
            }
            if random.one_in(4) {
                silencer = silencer.with_now(clamped(BASE + random.between(-3, 5) * HOUR));
            }
            let from = if random.one_in(4) { &random.choose(&versions).3 } else { &silencer };
            let updated = from.updated_with(&registry, &topology).unwrap();
            let built = build(&registry, &topology);
            assert_same(&updated, &built, &format!("seed {seed}, step {step}"));
            versions.push((model, topology, registry, updated));
        }
    }
}

#[test]
fn updated_with_topology_equals_new_build() {
    updates_equal_new_build(0..40, 12);
    // Windows of a scope that had none when the topology changed.
    updates_equal_new_build(1611..1612, 8);
}

#[test]
#[ignore = "many seeds; run in release"]
fn updated_with_topology_many_seeds_equals_new_build() {
    updates_equal_new_build(1000..3000, 16);
}

#[test]
fn engine_edit_of_both_is_all_or_nothing() {
    let random = &mut SplitMix64::new(3);
    let mut model = Model::default();
    let mut engine = Engine::new(Registry::new(), Topology::default()).unwrap();
    for step in 0..60 {
        let before = (engine.snapshot(), engine.revision(), told(engine.topology()));
        let windows = engine.registry().clone();
        let (fails, mut next) = (random.one_in(3), model.clone());
        let result: Result<(), Error> = engine.edit(|registry, topology| {
            next.change(random, topology);
            change_windows(random, registry);
            if fails { registry.remove("unknown").map(drop) } else { Ok(()) }
        });
        assert_eq!(result.is_err(), fails);
        if fails {
            assert!(std::sync::Arc::ptr_eq(&before.0, &engine.snapshot()));
            assert_eq!((engine.revision(), told(engine.topology())), (before.1, before.2));
            assert!(engine.registry().iter().eq(windows.iter()));
            assert_eq!(engine.registry().revision(), windows.revision());
        } else {
            model = next;
        }
        assert_eq!(told(engine.topology()), told(&model.build().unwrap()));
        let built = Silencer::builder().topology(model.build().unwrap());
        let built = built.build(engine.registry()).unwrap();
        assert_same(&engine.snapshot(), &built, &format!("step {step}"));
        if random.one_in(3) {
            engine.set_now(clamped(BASE));
        }
    }
}
