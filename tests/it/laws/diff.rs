//! Laws of differences between silencers: exact for known entities, sound for others.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::diff::Diff;
use quietude::{
    Daily, Effect, Interval, Registry, Scope, Silencer, Subject, Timestamp, Topology, Window,
};

use crate::generate::{Scenario, cases, queries, scenarios, topology_specs};
use crate::helpers::{at, clamped};
use crate::specs::{END, FIRST, Query, TopologySpec, registry};
use crate::testing::DAY;

const FRAME: i64 = 3 * DAY;

/// A registry, changed: windows of one scenario replaced, removed and added.
fn changed(scenario: &Scenario, other: &Scenario, choices: &[(u8, u8)]) -> (Registry, Registry) {
    let before = registry(&scenario.specs);
    let mut after = registry(&scenario.specs);
    for (number, (what, which)) in choices.iter().enumerate() {
        let spec = &other.specs[usize::from(*which) % other.specs.len()];
        let id = format!("w-{}", usize::from(*which) % scenario.specs.len());
        match what % 4 {
            0 => drop(after.remove(&id)),
            1 => {
                let mut spec = spec.clone();
                spec.id = format!("new-{number}");
                after.insert(spec.build()).expect("ids differ");
            }
            2 => {
                let mut spec = spec.clone();
                spec.id = id;
                let _ = after.replace(spec.build());
            }
            _ => {
                let _ = after.close(&id, clamped(scenario.base));
            }
        }
    }
    (before, after)
}

fn effect_after(
    diff: &Diff,
    id: &str,
    alert_type: Option<&str>,
    before: Option<Effect>,
    t: Timestamp,
) -> Option<Effect> {
    let of = |wanted: Option<&str>| {
        diff.entities.iter().find(|entity| {
            entity.entity.as_str() == id
                && entity.alert_type.as_ref().map(|text| text.as_str()) == wanted
        })
    };
    // An alert type that is not listed has the changes of none.
    let Some(entity) = of(alert_type).or_else(|| of(None)) else { return before };
    match entity.changes.iter().find(|change| change.interval.contains(t)) {
        None => before,
        Some(change) => {
            assert_eq!(change.before, before, "{id} at {t}");
            assert_ne!(change.before, change.after);
            change.after
        }
    }
}

/// The instants to compare: all bounds of both timelines and of the changes.
fn instants(silencers: [&Silencer; 2], subject: Subject<'_>, diff: &Diff) -> BTreeSet<Timestamp> {
    let mut all = BTreeSet::new();
    for silencer in silencers {
        all.extend(
            silencer
                .timeline(subject, diff.within)
                .map(|segment| segment.interval.start())
                .take(40),
        );
    }
    let of_subject = |entity: &&quietude::diff::EntityDiff| {
        subject.entity_id().is_none_or(|id| id == entity.entity.as_str())
    };
    for entity in diff.entities.iter().filter(of_subject) {
        for change in entity.changes.iter().take(20) {
            all.extend([change.interval.start(), change.interval.end()]);
        }
    }
    let around = |t: &Timestamp| [t.as_millis() - 1, t.as_millis(), t.as_millis() + 1].map(clamped);
    all.iter().flat_map(around).filter(|t| diff.within.contains(*t)).collect()
}

fn check(
    before: &Silencer,
    after: &Silencer,
    within: Interval,
    queries: &[Query],
) -> Result<(), TestCaseError> {
    let diff = before.diff(after, within).expect("few occurrences");
    prop_assert!(before.diff(before, within).unwrap().is_empty());
    for id in ["e0", "e1", "e2", "e3", "e4", "e5", "e6"] {
        for alert_type in [None, Some("t"), Some("u"), Some("v")] {
            let subject = Subject::entity(id);
            let subject = alert_type.map_or(subject, |text| subject.with_alert_type(text));
            for t in instants([before, after], subject, &diff) {
                let (old, new) = (before.effect(subject, t), after.effect(subject, t));
                if effect_after(&diff, id, alert_type, old, t) != new {
                    // Only an entity that nothing knows may be missing.
                    let is_known = before
                        .silenced_entities(t)
                        .chain(after.silenced_entities(t))
                        .any(|known| known == id);
                    prop_assert!(
                        !is_known,
                        "{} {:?} at {}: {:?} {:?}\n{:?}",
                        id,
                        alert_type,
                        t,
                        old,
                        new,
                        diff
                    );
                    let listed = diff.windows.iter().flat_map(|window| &window.intervals);
                    prop_assert!(
                        listed.clone().any(|interval| interval.contains(t)),
                        "{} at {}",
                        id,
                        t
                    );
                }
            }
        }
    }
    // Sound for subjects with labels: a difference is in an interval of a listed window.
    for query in queries {
        query.with_subject(|subject| {
            for t in instants([before, after], *subject, &diff) {
                let by = |silencer: &Silencer| -> Vec<String> {
                    silencer.silenced_by(subject, t).map(|window| window.id().to_string()).collect()
                };
                if before.effect(subject, t) != after.effect(subject, t) {
                    let (old, new): (BTreeSet<_>, BTreeSet<_>) =
                        (by(before).into_iter().collect(), by(after).into_iter().collect());
                    let listed = diff.windows.iter().filter(|window| {
                        window.intervals.iter().any(|interval| interval.contains(t))
                    });
                    let listed: BTreeSet<String> =
                        listed.map(|window| window.window.to_string()).collect();
                    let other: Vec<_> = old.symmetric_difference(&new).collect();
                    prop_assert!(
                        !listed.is_empty() && other.iter().all(|id| listed.contains(*id)),
                        "{:?} at {}: {:?} {:?}",
                        subject,
                        t,
                        other,
                        listed
                    );
                }
            }
            Ok(())
        })?;
    }
    for entity in &diff.entities {
        for change in &entity.changes {
            prop_assert!(!change.by.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn diff_applied_to_before_is_after(
        scenario in scenarios(7),
        other in scenarios(5),
        choices in vec(any::<(u8, u8)>(), 0..4),
        queries in vec(queries(), 1..3),
    ) {
        let (old, new) = changed(&scenario, &other, &choices);
        let within = frame(scenario.base);
        let topology = scenario.topology.build();
        let build = |registry: &Registry| {
            Silencer::builder().topology(topology.clone()).build(registry).expect("it is small")
        };
        let before = build(&old);
        check(&before, &build(&new), within, &queries)?;
        // An update, step by step.
        let mut registry = registry(&scenario.specs);
        let first = build(&registry);
        let mut updated = first.clone();
        let wanted: Vec<_> = new.iter().map(|window| window.id().clone()).collect();
        for spec in &scenario.specs {
            if !wanted.iter().any(|id| id.as_str() == spec.id) {
                registry.remove(&spec.id).expect("it is there");
                updated = updated.updated(&registry).expect("it is small");
            }
        }
        for window in new.iter() {
            if registry.get(window.id()).is_some() {
                registry.replace(window.clone()).expect("it is there");
            } else {
                registry.insert(window.clone()).expect("it is new");
            }
            updated = updated.updated(&registry).expect("it is small");
        }
        check(&first, &updated, within, &queries)?;
    }

    #[test]
    fn diff_of_topologies_is_exact(
        scenario in scenarios(6),
        topology in topology_specs(),
        queries in vec(queries(), 1..3),
    ) {
        let registry = registry(&scenario.specs);
        let within = frame(scenario.base);
        let build = |topology| {
            Silencer::builder().topology(topology).build(&registry).expect("it is small")
        };
        check(&build(scenario.topology.build()), &build(topology.build()), within, &queries)?;
    }

    #[test]
    fn diff_of_edited_topology_is_exact(
        scenario in scenarios(6),
        other in topology_specs(),
        edits in vec((0..9u8, any::<u8>()), 1..5),
        queries in vec(queries(), 1..3),
    ) {
        let registry = registry(&scenario.specs);
        let within = frame(scenario.base);
        let topology = scenario.topology.build();
        let mut edited = topology.clone();
        for (what, which) in edits {
            edit(&mut edited, &other, what, which.into());
        }
        let build = |topology: &Topology| {
            Silencer::builder().topology(topology.clone()).build(&registry).expect("it is small")
        };
        let before = build(&topology);
        check(&before, &build(&edited), within, &queries)?;
        let updated = before.updated_with(&registry, &edited).expect("it is small");
        check(&before, &updated, within, &queries)?;
        check(&updated, &before, within, &queries)?;
    }
}

/// The interval that is compared, around an instant.
fn frame(base: i64) -> Interval {
    let (start, end) = ((base - FRAME).max(FIRST), (base + FRAME).min(END));
    Interval::new(clamped(start), clamped(end)).expect("a frame")
}

/// Makes one edit, with the names of another topology. One that fails changes nothing.
fn edit(topology: &mut Topology, other: &TopologySpec, what: u8, which: usize) {
    let of = |pairs: &[(String, String)]| pairs.get(which % pairs.len().max(1)).cloned();
    let entity = format!("e{}", which % 6);
    let _ = match what {
        0 => of(&other.children).map(|(parent, child)| topology.add_child(parent, child)),
        1 => of(&other.members).map(|(group, member)| topology.add_member(group, member)),
        2 => of(&other.nested).map(|(group, inner)| topology.add_subgroup(group, inner)),
        3 => other.attributes.get(which % other.attributes.len().max(1)).map(|attribute| {
            let (entity, name, value) = attribute;
            topology.add_attribute(entity, name, value)
        }),
        4 => Some(topology.remove_entity(entity)),
        5 => Some(topology.remove_group(format!("g{}", which % 4))),
        6 => Some(topology.add_entity(entity)),
        7 => Some(topology.set_entity_label(which.is_multiple_of(2).then_some("n"))),
        _ => {
            let parent = topology.parents_of(&entity).next().map(str::to_owned);
            parent.map(|parent| topology.remove_child(parent, entity))
        }
    };
}

#[test]
fn diff_after_edit_only_touched() {
    let mut registry = Registry::new();
    let daily = || Daily::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC);
    for group in ["prod", "test"] {
        let window = Window::builder(group).schedule(daily()).scope(Scope::group(group));
        registry.insert(window.build().unwrap()).unwrap();
    }
    let all = (0..1000).map(|n| format!("db-{n}"));
    let topology =
        all.fold(Topology::builder(), |topology, id| topology.add_member("prod", id)).build();
    let topology = topology.unwrap();
    let before = Silencer::builder().topology(topology.clone()).build(&registry).unwrap();
    let mut edited = topology;
    edited.remove_member("prod", "db-7").unwrap();
    let after = before.updated_with(&registry, &edited).unwrap();
    let day = Interval::new(at("2026-11-26T00:00:00Z"), at("2026-11-27T00:00:00Z")).unwrap();
    let diff = before.diff(&after, day).unwrap();
    let entities: Vec<_> = diff.entities.iter().map(|entity| entity.entity.as_str()).collect();
    assert_eq!(entities, ["db-7"]);
    // A query may have labels; those of the other window did not change.
    let windows: Vec<_> = diff.windows.iter().map(|window| window.window.as_str()).collect();
    assert_eq!(windows, ["prod"]);
}
