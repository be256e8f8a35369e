//! Laws of plans, over random documents and histories, with a model of Alertmanager.

#[path = "../common/model.rs"]
mod model;

use std::collections::BTreeSet;

use model::{Model, Stored};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use quietude::{Document, Interval, Silencer, Subject, Timestamp};
use quietude_alertmanager::plan::{Action, plan};
use quietude_alertmanager::silence::{Owner, Silence};
use quietude_alertmanager::wanted::{Compiled, Horizon};
use serde_json::{Value, json};

/// 2026-06-06T00:00:00Z.
const ZERO: i64 = 1_780_704_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).expect("an instant")
}

fn owner() -> Owner {
    Owner::new("quietude", "main").expect("an owner")
}

/// Everything that the scopes below tell apart.
fn alerts() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut all = vec![vec![("team", "x")]];
    for instance in ["a", "b.1", "b-1", "c", "unknown"] {
        for team in ["x", "y"] {
            all.push(vec![("instance", instance), ("team", team)]);
        }
        all.push(vec![("instance", instance), ("severity", "info")]);
    }
    all
}

fn topology() -> impl Strategy<Value = Value> {
    proptest::collection::vec(any::<bool>(), 6).prop_map(|is| {
        let group = |index: usize| -> Vec<&str> {
            ["g", "h"].into_iter().enumerate().filter(|(n, _)| is[2 * index + n]).map(|(_, g)| g).collect()
        };
        json!({ "entity_label": "instance", "entities": [
            { "id": "rack", "groups": ["racks"] },
            { "id": "a", "groups": group(0) }, { "id": "b.1", "groups": group(1), "parents": ["rack"] },
            { "id": "c", "groups": group(2), "parents": ["rack"] } ] })
    })
}

fn scope() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "group": "g" })),
        Just(json!({ "group": "h" })),
        Just(json!({ "entity": "rack" })),
        Just(json!({ "entities": ["a", "b.1"] })),
        Just(json!({ "attribute": { "name": "team", "equals": "x" } })),
        Just(json!({ "attribute": { "name": "team", "one_of": ["x", "y"] } })),
        Just(json!({ "attribute": { "name": "severity", "present": true } })),
        Just(json!({ "attribute": { "name": "instance", "matches": "b.1" } })),
        Just(json!({ "attribute": { "name": "instance", "starts_with": "b." } })),
    ];
    let leaf = (leaf, any::<bool>())
        .prop_map(|(leaf, not)| if not { json!({ "not": leaf }) } else { leaf });
    proptest::collection::vec(leaf, 1..3).prop_map(|mut parts| match parts.len() {
        1 => parts.remove(0),
        _ => json!({ "all": parts }),
    })
}

fn schedule() -> impl Strategy<Value = Value> {
    let once = (0_i64..20_000, 1_i64..8_000).prop_map(|(start, length)| {
        json!({ "kind": "once", "start": at(ZERO + start).to_string(), "end": at(ZERO + start + length).to_string() })
    });
    let periodic = (0_i64..5_000, 1_i64..1_500, 500_i64..4_000).prop_map(|(start, length, period)| {
        json!({ "kind": "periodic", "start": at(ZERO + start).to_string(), "duration_ms": length, "period_ms": period })
    });
    let daily = Just(json!({ "kind": "daily", "clock": "00:00:03-00:00:09", "timezone": "UTC" }));
    let endless = Just(json!({ "kind": "daily", "clock": "00:00-24:00", "timezone": "UTC" }));
    prop_oneof![once, periodic, daily, endless]
}

fn document() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("one"), Just("[two]")];
    let window = (scope(), schedule(), any::<bool>(), name);
    (proptest::collection::vec(window, 0..5), topology()).prop_map(|(windows, topology)| {
        let window = |(index, (scope, schedule, is_own, name)): (
            usize,
            (Value, Value, bool, &str),
        )| {
            let propagation = if is_own { "entity" } else { "descendants" };
            json!({ "id": format!("w{index}"), "name": name, "scope": scope, "schedule": schedule,
                "propagation": propagation })
        };
        let windows: Vec<Value> = windows.into_iter().enumerate().map(window).collect();
        json!({ "version": 1, "topology": topology, "windows": windows }).to_string()
    })
}

/// What happens to the bridge or to Alertmanager.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, in milliseconds; then there is a round.
    Round(i64),
    /// Another document; then there is a round.
    Document(String),
    /// A round ends after so many actions: kill -9 of either.
    Cut(i64, usize),
    /// Alertmanager has no silences any more.
    Empty,
    /// Alertmanager has those of an earlier time.
    Restore,
    /// A person changes a silence, by its position.
    Edit(usize),
    /// A person ends a silence, by its position.
    Expire(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0_i64..3_000).prop_map(Event::Round),
        3 => document().prop_map(Event::Document),
        2 => ((0_i64..3_000), 0_usize..6).prop_map(|(ms, n)| Event::Cut(ms, n)),
        1 => Just(Event::Empty),
        1 => Just(Event::Restore),
        1 => any::<usize>().prop_map(Event::Edit),
        1 => any::<usize>().prop_map(Event::Expire),
    ]
}

/// A document, ready.
struct Loaded {
    compiled: Compiled,
    document: Document,
    silencer: Silencer,
}

impl Loaded {
    fn new(text: &str) -> Self {
        let document = Document::from_json(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let silencer = Silencer::builder()
            .topology(document.topology.clone())
            .build(&document.registry)
            .expect("a silencer");
        let compiled = Compiled::new(&document.registry, &document.topology, &owner());
        Self { compiled, document, silencer }
    }

    /// Whether windows that are not left out silence an alert; those of one millisecond are not
    /// expressed.
    fn expressed(&self, left_out: &BTreeSet<String>, labels: &[(&str, &str)], t: i64) -> bool {
        self.document.registry.iter().any(|window| {
            !left_out.contains(window.id().as_str())
                && window.is_active(at(t))
                && window.covers(&Subject::labels(labels), &self.document.topology)
        })
    }
}

/// Applies an action as the bridge does.
fn apply(model: &mut Model, action: &Action, now: i64) -> Result<(), (u16, String)> {
    let body = |silence: &Silence, id: Option<&str>| -> Value {
        serde_json::from_str(&owner().body(silence, id)).expect("JSON")
    };
    match action {
        Action::Create(silence) => model.set(&body(silence, None), now).map(drop),
        Action::Change { id, silence, .. } => model.set(&body(silence, Some(id)), now).map(drop),
        Action::Expire(held) => model.expire(&held.id, now),
    }
}

fn is_own(silence: &Stored) -> bool {
    silence.created_by == "quietude" && owner().window(&silence.comment).is_some()
}

/// The instants at which something may change.
fn instants(model: &Model, wanted: &[Silence], now: i64, end: i64) -> BTreeSet<i64> {
    let of_model = model.silences.iter().flat_map(|s| [s.starts, s.last]);
    let of_wanted = wanted.iter().flat_map(|s| [s.starts.as_millis(), s.last.as_millis()]);
    let near = |t: i64| [t - 1, t, t + 1];
    let all = of_model.chain(of_wanted).flat_map(near).chain([now, end - 1]);
    all.filter(|t| (now..end).contains(t)).collect()
}

fn history(first: &str, events: Vec<Event>) {
    let (mut loaded, mut model, mut now) = (Loaded::new(first), Model::default(), ZERO);
    let foreign = json!({ "matchers": [ { "name": "team", "value": "y", "isRegex": false, "isEqual": true } ],
        "startsAt": at(ZERO).to_string(), "endsAt": at(ZERO + 9_000_000).to_string(), "createdBy": "ann", "comment": "mine" });
    model.set(&foreign, now).expect("a silence");
    let mut saved = model.clone();
    for event in events {
        let mut limit = usize::MAX;
        match event {
            Event::Round(ms) => now += ms,
            Event::Document(text) => loaded = Loaded::new(&text),
            Event::Cut(ms, count) => {
                now += ms;
                limit = count;
            }
            Event::Empty => model.silences.clear(),
            Event::Restore => model = saved.clone(),
            Event::Edit(position) | Event::Expire(position) if model.silences.is_empty() => {
                let _ = position;
            }
            Event::Edit(position) => {
                let position = position % model.silences.len();
                let silence = model.silences[position].clone();
                let edited = json!({ "id": silence.id, "matchers": silence.matchers, "startsAt": at(silence.starts).to_string(),
                    "endsAt": at(silence.last + 700).to_string(), "createdBy": "ann", "comment": silence.comment });
                let _ = model.set(&edited, now);
            }
            Event::Expire(position) => {
                let id = model.silences[position % model.silences.len()].id.clone();
                let _ = model.expire(&id, now);
            }
        }
        let foreign: Vec<Stored> = model.silences.iter().filter(|s| !is_own(s)).cloned().collect();
        let end = Horizon::new(8_000).end(at(now));
        let wanted = loaded.compiled.wanted(at(now), end);
        let held = owner().held(model.list(now).as_bytes()).expect("silences");
        let actions = plan(&wanted.silences, &held, at(now));
        let before = model.clone();
        let instants = instants(&model, &wanted.silences, now, end.as_millis());
        for action in actions.iter().take(limit) {
            apply(&mut model, action, now).unwrap_or_else(|error| panic!("{action}: {error:?}"));
            // Nothing is muted that was not muted before, and that the document does not mute.
            for t in &instants {
                for labels in &alerts() {
                    if model.mutes(labels, *t, is_own) && !before.mutes(labels, *t, is_own) {
                        let subject = Subject::labels(labels);
                        assert!(
                            loaded.silencer.is_silenced(subject, at(*t)),
                            "{action}\n{labels:?} {t}"
                        );
                    }
                }
            }
        }
        // Those of others are as they were.
        let others: Vec<Stored> = model.silences.iter().filter(|s| !is_own(s)).cloned().collect();
        assert_eq!(format!("{foreign:?}"), format!("{others:?}"));
        if limit < actions.len() {
            continue;
        }
        // There is nothing more to do.
        let held = owner().held(model.list(now).as_bytes()).expect("silences");
        let rest = plan(&wanted.silences, &held, at(now));
        assert!(rest.is_empty(), "{rest:?}");
        // What is muted is what the document mutes, but for what is left out, and named.
        let left_out: BTreeSet<String> =
            wanted.left_out.iter().map(|left| left.window.to_string()).collect();
        for t in instants {
            for labels in &alerts() {
                let is_muted = model.mutes(labels, t, is_own);
                let subject = Subject::labels(labels);
                if is_muted {
                    assert!(loaded.silencer.is_silenced(subject, at(t)), "muted: {labels:?} {t}");
                } else {
                    assert!(!loaded.expressed(&left_out, labels, t), "not muted: {labels:?} {t}");
                }
            }
        }
        if now % 2 == 0 {
            saved = model.clone();
        }
    }
}

#[test]
fn plan_makes_the_silences_those_of_the_document() {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let histories = (document(), proptest::collection::vec(event(), 1..12));
    runner
        .run(&histories, |(first, events)| {
            history(&first, events);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// A document with one window, and its silences from an instant on.
fn one(scope: &str, id: &str, clock: &str, now: i64) -> Vec<Silence> {
    let text = format!(
        r#"{{ "version": 1, "windows": [ {{ "id": "{id}", "scope": {scope},
            "schedule": {{ "kind": "daily", "clock": "{clock}", "timezone": "UTC" }} }} ] }}"#
    );
    let end = Interval::new(at(now), at(now + 80_000)).expect("an interval").end();
    Loaded::new(&text).compiled.wanted(at(now), end).silences
}

#[test]
fn plan_continues_a_silence_without_a_gap() {
    let x = r#"{ "attribute": { "name": "team", "equals": "x" } }"#;
    let xy = r#"{ "attribute": { "name": "team", "one_of": ["x", "y"] } }"#;
    let now = ZERO + 5_000;
    let mut model = Model::default();
    let names = |model: &Model, wanted: &[Silence]| -> Vec<&'static str> {
        let held = owner().held(model.list(now).as_bytes()).expect("silences");
        plan(wanted, &held, at(now)).iter().map(Action::name).collect()
    };
    for action in plan(&one(x, "w", "00:00-00:00:09", now), &[], at(now)) {
        apply(&mut model, &action, now).expect("created");
    }
    assert!(names(&model, &one(x, "w", "00:00-00:00:09", now)).is_empty());
    assert_eq!(names(&model, &one(x, "w", "00:00-00:00:10", now)), ["extend"]);
    assert_eq!(names(&model, &one(x, "w", "00:00-00:00:08", now)), ["shorten"]);
    assert_eq!(names(&model, &one(x, "v", "00:00-00:00:09", now)), ["replace"], "another id");
    assert_eq!(names(&model, &one(xy, "w", "00:00-00:00:09", now)), ["replace"], "another scope");
    assert_eq!(names(&model, &one(x, "w", "00:00:07-00:00:09", now)), ["expire", "create"]);
    assert_eq!(names(&model, &[]), ["expire"]);
}

#[test]
fn plan_of_two_equal_silences_keeps_the_least_id() {
    let wanted =
        one(r#"{ "attribute": { "name": "team", "equals": "x" } }"#, "w", "00:00-00:00:09", ZERO);
    let mut model = Model::default();
    for _ in 0..3 {
        apply(&mut model, &Action::Create(wanted[0].clone()), ZERO).expect("created");
    }
    let mut held = owner().held(model.list(ZERO).as_bytes()).expect("silences");
    held.sort_by(|a, b| a.id.cmp(&b.id));
    for _ in 0..held.len() {
        held.rotate_left(1);
        let actions = plan(&wanted, &held, at(ZERO));
        let ids: Vec<&str> = actions
            .iter()
            .map(|action| match action {
                Action::Expire(held) => &*held.id,
                other => panic!("{other}"),
            })
            .collect();
        let mut all: Vec<&str> = held.iter().map(|held| &*held.id).collect();
        all.sort_unstable();
        assert_eq!(ids, all[1..]);
    }
}

#[test]
fn plan_near_a_start_does_not_depend_on_whose_clock_is_ahead() {
    let x = r#"{ "attribute": { "name": "team", "equals": "x" } }"#;
    let start = ZERO + 5_000;
    let mut model = Model::default();
    let wanted = |now| one(x, "w", "00:00:05-00:00:09", now);
    for action in plan(&wanted(ZERO), &[], at(ZERO)) {
        apply(&mut model, &action, ZERO).expect("created");
    }
    for (of_peer, of_bridge) in [(start + 500, start - 1_000), (start - 1_000, start + 500)] {
        let held = owner().held(model.list(of_peer).as_bytes()).expect("silences");
        assert_eq!(plan(&wanted(of_bridge), &held, at(of_bridge)), []);
    }
}
