//! What the workload `silences` promises; the benches measure it.

use std::collections::HashSet;

use quietude::{Silencer, Window};

use crate::silences::{Silences, silences, silences_of_entities};
use crate::testing::MINUTE;
use crate::workload::{Kind, NOW, SEED, at};

/// The share of silenced alerts, in percent, by direct evaluation.
fn silenced_percent(silences: &Silences, kind: Kind) -> usize {
    let (registry, topology) = (silences.registry(), silences.topology());
    let windows: Vec<&Window> = registry.iter().map(AsRef::as_ref).collect();
    let count = 4_000_000 / windows.len().max(1_000);
    let alerts = silences.alerts(kind, count, SEED + 3);
    let is_silenced = |alert: &&crate::silences::Alert<'_>| {
        let subject =
            if silences.has_topology() { alert.subject_with_entity() } else { alert.subject() };
        let active = windows.iter().filter(|window| window.is_active(alert.at));
        active.clone().any(|window| window.covers(&subject, &topology))
    };
    alerts.views().iter().filter(is_silenced).count() * 100 / count
}

#[test]
fn silences_quarter_to_third_silenced_now() {
    for n in [100, 200, 500, 1_000, 3_000, 10_000] {
        for silences in [silences(n, SEED, NOW), silences_of_entities(n, SEED, NOW)] {
            let percent = silenced_percent(&silences, Kind::Now);
            let variant = silences.has_topology();
            assert!((25..=35).contains(&percent), "{percent} %, {n}, with topology: {variant}");
        }
    }
}

#[test]
fn silences_same_for_same_seed() {
    let [one, other] = [0, 0].map(|_| silences(500, SEED, NOW));
    assert_eq!(format!("{:?}", one.specs), format!("{:?}", other.specs));
    let alerts = [&one, &other].map(|silences| silences.alerts(Kind::Random, 500, 7));
    assert_eq!(format!("{:?}", alerts[0]), format!("{:?}", alerts[1]));
    let another = silences(500, SEED + 1, NOW);
    assert_ne!(format!("{:?}", one.specs), format!("{:?}", another.specs));
}

#[test]
fn alerts_distinct_and_near_now() {
    let silences = silences(1_000, SEED, NOW);
    let alerts = silences.alerts(Kind::Now, 5_000, 1);
    let alerts = alerts.views();
    let distinct: HashSet<_> = alerts.iter().map(|alert| alert.labels).collect();
    assert_eq!(distinct.len(), alerts.len());
    let near = at(NOW - MINUTE)..=at(NOW + MINUTE);
    assert!(alerts.iter().all(|alert| near.contains(&alert.at)));
}

#[test]
fn silencer_of_silences_agrees_with_loop() {
    for silences in [silences(600, SEED, NOW), silences_of_entities(600, SEED, NOW)] {
        let (registry, topology) = (silences.registry(), silences.topology());
        let builder = Silencer::builder().topology(topology.clone()).now(at(NOW));
        let silencer = builder.build(&registry).unwrap();
        for kind in [Kind::Now, Kind::Random] {
            for alert in silences.alerts(kind, 1_500, 5).views() {
                for subject in [alert.subject(), alert.subject_with_entity()] {
                    let by: Vec<&Window> = registry
                        .iter()
                        .map(AsRef::as_ref)
                        .filter(|window| window.is_active(alert.at))
                        .filter(|window| window.covers(&subject, &topology))
                        .collect();
                    assert_eq!(silencer.is_silenced(subject, alert.at), !by.is_empty());
                    let found = silencer.silenced_by(subject, alert.at);
                    assert!(found.map(Window::id).eq(by.iter().map(|window| window.id())));
                }
            }
        }
    }
}
