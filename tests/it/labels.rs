//! Subjects that are sets of labels, asked with every method of a silencer.

use quietude::explain::Verdict;
use quietude::limits::MAX_NEAR_MISSES;
use quietude::{
    Matcher, NextSilence, Once, Propagation, Registry, Scope, SilenceEnd, Silencer, Subject,
    Topology, TopologyBuilder, Window,
};

use crate::helpers::at;

fn window(id: &str, scope: Scope, propagation: Propagation) -> Window {
    let once = Once::new(at("2026-06-06T19:00:00Z"), at("2026-06-06T20:00:00Z")).unwrap();
    Window::builder(id).schedule(once).scope(scope).propagation(propagation).build().unwrap()
}

fn fleet() -> TopologyBuilder {
    Topology::builder()
        .add_child("rack-1", "db-7")
        .add_child("rack-1", "db-8")
        .add_member("prod", "rack-1")
        .add_attribute("db-7", "tier", "gold")
}

fn registry() -> Registry {
    let equals = |name: &str, value: &str| Scope::from(Matcher::equals(name, value));
    let scopes = [
        Scope::everything(),
        Scope::entity("db-7"),
        Scope::entities(["rack-1", "x"]),
        Scope::group("prod"),
        equals("tier", "gold"),
        equals("alertname", "Down"),
        equals("alertname", "Down").and(Scope::entity("db-7")),
        equals("alertname", "Down").and(!Scope::entity("rack-1")),
        equals("instance", "db-7").or(Scope::alert_type("BACKUP")),
        Scope::any([!equals("alertname", ""), !Scope::from(Matcher::present("job"))]),
    ];
    let mut registry = Registry::new();
    for (number, scope) in scopes.into_iter().enumerate() {
        for propagation in [Propagation::Descendants, Propagation::Entity] {
            let id = format!("{number}-{propagation:?}");
            registry.insert(window(&id, scope.clone(), propagation)).unwrap();
        }
    }
    registry
}

const LABELS: [&[(&str, &str)]; 7] = [
    &[],
    &[("instance", "db-7")],
    &[("alertname", "Down"), ("instance", "db-7")],
    &[("alertname", "Down"), ("instance", "db-8"), ("job", "")],
    &[("alertname", ""), ("instance", "")],
    &[("alertname", "Down"), ("instance", "stranger"), ("instance", "db-7")],
    &[("alertname", "Down")],
];

#[test]
fn labels_answers_equal_window_covers() {
    let registry = registry();
    let labelled = fleet().entity_label("instance").build().unwrap();
    for topology in [Topology::default(), fleet().build().unwrap(), labelled] {
        let silencer = Silencer::builder().topology(topology).build(&registry).unwrap();
        for labels in LABELS {
            let plain = Subject::labels(labels);
            for subject in [
                plain,
                plain.with_alert_type("BACKUP"),
                plain.with_groups(&["prod"]),
                Subject::entity("").with_attributes(labels),
                Subject::entity("db-8").with_attributes(labels),
            ] {
                check(&silencer, &registry, &subject);
            }
        }
    }
}

fn check(silencer: &Silencer, registry: &Registry, subject: &Subject<'_>) {
    let covering: Vec<_> = registry
        .iter()
        .filter(|window| window.covers(subject, silencer.topology()))
        .map(|window| window.id().as_str())
        .collect();
    let (during, end) = (at("2026-06-06T19:30:00Z"), at("2026-06-06T20:00:00Z"));
    let by: Vec<_> =
        silencer.silenced_by(subject, during).map(|window| window.id().as_str()).collect();
    assert_eq!(by, covering, "{subject:?}");
    let silenced = !covering.is_empty();
    assert_eq!(silencer.is_silenced(subject, during), silenced);
    assert!(!silencer.is_silenced(subject, end));
    assert_eq!(silencer.effect(subject, during).is_some(), silenced);
    let until = silenced.then_some(SilenceEnd::At(end));
    assert_eq!(silencer.silenced_until(subject, during), until);
    let next = silencer.next_silence(subject, at("2026-06-06T12:00:00Z"));
    assert_eq!(matches!(next, NextSilence::At(_)), silenced);
    let explained = silencer.explain(subject, during);
    assert_eq!(explained.effect.is_some(), silenced);
}

#[test]
fn silencer_entity_label_replaces_that_of_topology() {
    let registry = registry();
    let topology = fleet().entity_label("host").build().unwrap();
    let builder = || Silencer::builder().topology(topology.clone());
    let kept = builder().build(&registry).unwrap();
    assert_eq!(kept.topology().entity_label(), Some("host"));
    let replaced = Silencer::builder().entity_label("instance").topology(topology.clone());
    let replaced = replaced.build(&registry).unwrap();
    assert_eq!(replaced.topology().entity_label(), Some("instance"));
    assert_eq!(replaced.updated(&Registry::new()).unwrap().topology(), replaced.topology());
    let alert = Subject::labels(&[("instance", "db-7")]);
    let why = |silencer: &Silencer| silencer.explain(alert, at("2026-06-06T19:30:00Z")).entity;
    assert_eq!((why(&kept), why(&replaced)), (None, Some("db-7".to_owned())));

    let error = builder().entity_label("\n").build(&registry).unwrap_err();
    assert!(error.to_string().starts_with("entity_label: \"\\n\" is not an id"), "{error}");
}

fn equals(name: &str, value: &str) -> Scope {
    Matcher::equals(name, value).into()
}

#[test]
fn explain_labels_text() {
    let mut registry = Registry::new();
    let down = || equals("alertname", "Down");
    for (id, scope) in [
        ("covers", down()),
        ("near", down().and(equals("severity", "info"))),
        ("excluded", down().and(!equals("instance", "db-7"))),
        ("far", Scope::all([down(), equals("severity", "info"), equals("team", "db")])),
        ("other", equals("alertname", "Slow")),
        ("typed", down().and(Scope::alert_type("BACKUP"))),
        ("of its rack", Scope::entity("rack-1")),
    ] {
        registry.insert(window(id, scope, Propagation::Descendants)).unwrap();
    }
    let topology = fleet().entity_label("instance").build().unwrap();
    let silencer = Silencer::builder().topology(topology).build(&registry).unwrap();
    let labels = [("alertname", "Down"), ("instance", "db-7"), ("severity", "critical")];
    let explain = |labels: &[(&str, &str)]| {
        silencer.explain(Subject::labels(labels), at("2026-06-06T19:30:00Z")).to_string()
    };
    let expected = "\
db-7 is silenced (notifications) at 2026-06-06T19:30:00Z until 2026-06-06T20:00:00Z
  covers: silences it; occurs 2026-06-06T19:00:00Z/2026-06-06T20:00:00Z
  near: does not cover it: all[1].attribute: severity must be \"info\"; it is \"critical\"; occurs 2026-06-06T19:00:00Z/2026-06-06T20:00:00Z
  excluded: does not cover it: all[1].not.attribute: instance must not be \"db-7\"; it is \"db-7\"; occurs 2026-06-06T19:00:00Z/2026-06-06T20:00:00Z
  typed: covers it for alert type BACKUP; occurs 2026-06-06T19:00:00Z/2026-06-06T20:00:00Z
  of its rack: silences it through rack-1; occurs 2026-06-06T19:00:00Z/2026-06-06T20:00:00Z
";
    assert_eq!(explain(&labels), expected);
    let expected = "{alertname=\"Up\", team=\"db\"} is not silenced at 2026-06-06T19:30:00Z\n";
    assert_eq!(explain(&[("alertname", "Up"), ("team", "db")]), expected);
    let subject = Subject::labels(&[("a", "\n")]).with_groups(&["g", "h"]).with_alert_type("X");
    let text = silencer.explain(subject, at("2026-06-06T19:30:00Z")).to_string();
    assert!(text.starts_with("{a=\"\\n\"} in g, h (X) is not silenced"), "{text}");
}

#[test]
fn explain_near_misses_limited_and_active_first() {
    let mut registry = Registry::new();
    let near = || equals("alertname", "Down").and(equals("severity", "info"));
    // One in ten is active at the instant of the question.
    for number in 0..100 {
        let day = if number % 10 == 9 { 6 } else { 7 };
        let start = at(&format!("2026-06-{day:02}T19:00:00Z"));
        let end = at(&format!("2026-06-{day:02}T20:00:00Z"));
        let window = Window::builder(format!("w-{number}"));
        let window = window.schedule(Once::new(start, end).unwrap()).scope(near());
        registry.insert(window.build().unwrap()).unwrap();
    }
    registry.insert(window("covers", equals("severity", "x"), Propagation::Entity)).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let subject = Subject::labels(&[("alertname", "Down"), ("severity", "x")]);
    let explained = silencer.explain(subject, at("2026-06-06T19:30:00Z"));
    assert_eq!(explained.omitted, 100 - MAX_NEAR_MISSES);
    let ids: Vec<_> = explained.windows.iter().map(|w| w.window.id().as_str()).collect();
    let first_idle = (0..100).filter(|n| n % 10 != 9).take(MAX_NEAR_MISSES - 10);
    let mut expected: Vec<i32> = (0..100).filter(|n| n % 10 == 9).chain(first_idle).collect();
    expected.sort_unstable();
    let expected: Vec<_> = expected.into_iter().map(|n| format!("w-{n}")).collect();
    assert_eq!(ids, [&expected[..], &["covers".to_owned()]].concat());
    let near = explained.windows.iter().filter(|w| matches!(w.verdict, Verdict::NearMiss { .. }));
    assert_eq!(near.count(), MAX_NEAR_MISSES);
    let text = explained.to_string();
    assert!(text.ends_with("  and 84 more that do not cover it\n"), "{text}");
}

/// The topology gets a value of a name that was a test beside a key, and of a query only.
#[test]
fn name_that_is_new_in_topology_counts_beside_keys() {
    let equals = |name: &str, value: &str| Scope::from(Matcher::equals(name, value));
    let mut registry = Registry::new();
    for n in 0..100 {
        let tested = match n % 2 {
            0 => equals("severity", "low"),
            _ => !equals("severity", "low"),
        };
        let scope = equals("instance", &format!("db-{n}")).and(equals("job", &n.to_string()));
        let id = n.to_string();
        registry.insert(window(&id, scope.and(tested), Propagation::Entity)).unwrap();
    }
    let of_topology = window("tier", equals("tier", "none"), Propagation::Entity);
    registry.insert(of_topology).unwrap();
    let plain = Topology::builder().add_child("rack-1", "db-4").add_attribute("db-5", "tier", "a");
    let mut topology = plain.build().unwrap();
    let at = at("2026-06-06T19:30:00Z");
    let before = Silencer::builder().topology(topology.clone()).build(&registry).unwrap();
    topology.add_attribute("db-4", "severity", "low").unwrap();
    topology.add_attribute("db-5", "severity", "low").unwrap();
    let after = before.updated_with(&registry, &topology).unwrap();
    let labels = |n: &'static str, id: &'static str| [("instance", id), ("job", n)];
    for (n, id, expected) in [("4", "db-4", [false, true]), ("5", "db-5", [true, false])] {
        let labels = labels(n, id);
        let subject = Subject::entity(id).with_attributes(&labels);
        let found = [&before, &after].map(|silencer| silencer.is_silenced(subject, at));
        assert_eq!(found, expected, "{id}");
    }
}
