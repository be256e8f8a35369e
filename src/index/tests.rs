//! The content of an index, and what an update shares with its predecessor.

use std::sync::Arc;

use super::*;
use crate::index::classes::{ClassSet, ScopeClass};
use crate::index::test_util::{at, once, window};
use crate::registry::{Registry, WindowSeq};
use crate::schedule::{Once, Periodic};
use crate::scope::{Matcher, Node, Scope};
use crate::testing::HOUR;
use crate::window::Window;

const NOW: i64 = 1_795_727_700_000;

/// From 12 hours before `NOW` to 12 hours after it.
fn today() -> Once {
    once(NOW - 12 * HOUR, NOW + 12 * HOUR)
}

/// The next day.
fn tomorrow() -> Once {
    once(NOW + 24 * HOUR, NOW + 48 * HOUR)
}

fn registry(windows: impl IntoIterator<Item = Arc<Window>>) -> Registry {
    let mut registry = Registry::new();
    windows.into_iter().for_each(|window| registry.insert(window).unwrap());
    registry
}

fn built(windows: impl IntoIterator<Item = Arc<Window>>) -> Index {
    Index::new(&registry(windows), &Topology::default(), Some(at(NOW))).unwrap()
}

fn change(index: &Index, position: WindowSeq, window: &Arc<Window>) -> Option<Index> {
    index.apply([Change { position, window: Some(window) }].into_iter())
}

/// Two entities; one is silenced today and the other one tomorrow.
fn two() -> [Arc<Window>; 2] {
    [
        window("today", today(), Scope::entity("a")),
        window("tomorrow", tomorrow(), Scope::entity("b")),
    ]
}

#[test]
fn slot_near_now_answers() {
    let index = built(two());
    let near = |index: &Index, id: &str, t: i64| index.lookup(id).answer(t);
    for t in [NOW - HOUR, NOW, NOW + HOUR] {
        assert_eq!(near(&index, "a", t), Some(true));
        assert_eq!(near(&index, "b", t), Some(false));
        assert_eq!(near(&index, "unknown", t), Some(false));
    }
    for id in ["a", "b"] {
        assert_eq!(near(&index, id, NOW + 36 * HOUR), None, "{id}");
    }
    let later = index.with_now(at(NOW + 36 * HOUR));
    assert_eq!(later.now(), Some(at(NOW + 36 * HOUR)));
    assert_eq!(near(&later, "a", NOW + 36 * HOUR), Some(false));
    assert_eq!(near(&later, "b", NOW + 36 * HOUR), Some(true));
    assert_eq!(near(&later, "unknown", NOW + 36 * HOUR), Some(false));
    assert_eq!([near(&later, "a", NOW), near(&later, "b", NOW)], [None; 2]);
    let without_now = Index::new(&registry(two()), &Topology::default(), None).unwrap();
    assert_eq!(near(&without_now, "a", NOW), None);
}

#[test]
fn slot_with_classes_answers_only_silenced() {
    let all = window("all", tomorrow(), Scope::everything());
    let index = built(two().into_iter().chain([all]));
    let near = |index: &Index, id: &str, t: i64| index.lookup(id).answer(t);
    assert_eq!(near(&index, "a", NOW), Some(true));
    assert_eq!([near(&index, "b", NOW), near(&index, "unknown", NOW)], [None; 2]);
    let set = |index: &Index| index.classes.sets[index.lookup("b").class_set() as usize].near;
    assert!(set(&index).contains(NOW) && !set(&index).silenced);
    let later = index.with_now(at(NOW + 36 * HOUR));
    assert!(set(&later).contains(NOW + 36 * HOUR) && set(&later).silenced);
}

#[test]
fn with_now_override_is_recomputed() {
    let index = built(two());
    let moved = window("moved", tomorrow(), Scope::entity("a"));
    let changed = change(&index, 0, &moved).unwrap();
    let near = |index: &Index, id: &str, t: i64| index.lookup(id).near_span().contains(t);
    assert!(near(&changed, "a", NOW) && !near(&changed, "a", NOW + 36 * HOUR));
    let later = changed.with_now(at(NOW + 36 * HOUR));
    assert!(near(&later, "a", NOW + 36 * HOUR) && !near(&later, "a", NOW));
    assert_eq!(later.lookup("a").answer(NOW + 36 * HOUR), Some(true));
}

/// `count` windows around `NOW` of one second in every three; `count` also shifts them.
fn seconds(count: i64, scope: &Scope) -> impl Iterator<Item = Arc<Window>> {
    (0..count).map(move |n| {
        let start = NOW + 3_000 * (n - count / 2) + 10 * count;
        window(&format!("{n} of {count}"), once(start, start + 1_000), scope.clone())
    })
}

#[test]
fn timeline_many_windows_matches_windows() {
    let (one, all) = (Scope::entity("a"), Scope::everything());
    let typed = window("typed", today(), one.clone().and(Scope::alert_type("cpu")));
    let most = !Scope::entity("c");
    let moved = |scope: &Scope| window("moved", once(NOW, NOW + 700), scope.clone());
    // Of one entity, of all, and of both.
    let cases: [(Vec<_>, _); 3] = [
        (seconds(60, &one).collect(), moved(&one)),
        (seconds(60, &all).chain(seconds(90, &most)).collect(), moved(&all)),
        (seconds(61, &one).chain([typed]).chain(seconds(60, &all)).collect(), moved(&one)),
    ];
    for (windows, moved) in cases {
        let index = built(windows);
        let changed = change(&index, 1, &moved).unwrap();
        for index in [index, changed] {
            for index in
                [index.clone(), index.with_now(at(NOW + 45_678)), index.with_now(at(NOW - HOUR))]
            {
                let slot = index.lookup("a");
                let timeline = match index.entry_of(slot) {
                    Entry::Slot(slot) => index.table.timelines.get(slot.block),
                    Entry::Override(entity) => entity.timeline.as_ref(),
                    Entry::Unknown => None,
                };
                let of_set = index.classes.sets[slot.class_set() as usize].timeline.as_ref();
                let is_near = index.now() > Some(at(NOW - HOUR));
                assert_eq!(timeline.or(of_set).is_some(), is_near);
                for t in (NOW - 240_000..NOW + 240_000).step_by(125).map(at) {
                    for subject in ["a", "b"].map(Subject::entity) {
                        for subject in [subject, subject.with_alert_type("cpu")] {
                            let silenced =
                                index.covering(&subject).iter().any(|it| it.is_active(t));
                            assert_eq!(index.is_silenced(&subject, t), silenced, "{t}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn timeline_at_end_of_time_ends() {
    let always = || crate::schedule::Daily::new("00:00-24:00".parse().unwrap(), chrono_tz::UTC);
    let windows = (0..20).map(|n| window(&n.to_string(), always(), Scope::entity("a")));
    let end = Timestamp::END.as_millis();
    let index = Index::new(&registry(windows), &Topology::default(), Some(at(end - 1000))).unwrap();
    assert!(index.table.timelines.get(index.lookup("a").block).is_some());
    let silenced = |t: i64| index.is_silenced(&Subject::entity("a"), Timestamp::saturating(t));
    assert_eq!([end - 1001, end - 1, end, end + 1].map(silenced), [true, true, false, false]);
}

#[test]
fn apply_to_class_recomputes_near() {
    let all = |id: &str, when: Once| window(id, when, Scope::everything());
    let index = built([all("first", tomorrow())]);
    let silenced = |index: &Index| index.is_silenced(&Subject::entity("b"), at(NOW));
    assert!(!silenced(&index));
    let silencing = change(&index, 1, &all("second", today())).unwrap();
    assert!(silenced(&silencing));
    let set = |index: &Index| index.classes.sets[0].near;
    assert!(set(&silencing).silenced && set(&silencing).contains(NOW));
    // A change to one entity shares the classes.
    let own = change(&silencing, 2, &window("own", today(), Scope::entity("b"))).unwrap();
    assert!(Arc::ptr_eq(&own.classes, &silencing.classes));
    assert!(!Arc::ptr_eq(&index.classes, &silencing.classes));
}

#[test]
fn apply_shares_base_and_table() {
    let index = built(two());
    let late = window("late", today(), Scope::entity("b"));
    let next = change(&index, 2, &late).unwrap();
    assert!(Arc::ptr_eq(&index.base, &next.base) && Arc::ptr_eq(&index.table, &next.table));
    assert!(index.lookup("b").override_hash().is_none());
    assert!(
        next.lookup("b").override_hash().is_some() && next.lookup("a").override_hash().is_none()
    );
    assert!(!index.is_silenced(&Subject::entity("b"), at(NOW)));
    assert!(next.is_silenced(&Subject::entity("b"), at(NOW)));
    let bytes = next.delta.heap_bytes();
    assert!(bytes > 0 && next.heap_bytes() == index.heap_bytes() + bytes);
}

#[test]
fn apply_moved_window_leaves_no_trace() {
    let mut index = built(two());
    for id in ["a", "b", "c", "d"] {
        index = change(&index, 2, &window("moves", tomorrow(), Scope::entity(id))).unwrap();
        let noon = at(NOW + 36 * HOUR);
        let silenced = ["a", "c", "d"].map(|id| index.is_silenced(&Subject::entity(id), noon));
        assert_eq!(silenced, [id == "a", id == "c", id == "d"]);
    }
}

/// `many` windows of `entities` entities, added to an index of ten.
fn after_adding(many: usize, entities: usize) -> Option<Index> {
    let named = |n: usize| window(&n.to_string(), today(), Scope::entity(format!("e{n}")));
    let index = built((0..10).map(named));
    let added: Vec<_> = (0..many)
        .map(|n| window(&format!("n{n}"), today(), Scope::entity(format!("n{}", n % entities))))
        .collect();
    let change = |(n, window)| Change { position: 10 + n as WindowSeq, window: Some(window) };
    index.apply(added.iter().enumerate().map(change))
}

#[test]
fn apply_beyond_limit_returns_none() {
    // The index has ten: the limit is 5 + 1024.
    for entities in [40, usize::MAX] {
        assert!(after_adding(1029, entities).is_some(), "{entities}");
        assert!(after_adding(1030, entities).is_none(), "{entities}");
    }
    // More entities than windows: three for each.
    let index = built(two());
    let three = |n: usize| (0..3).map(move |of| format!("e{n}-{of}"));
    let after = |many: usize| {
        let added: Vec<_> =
            (0..many).map(|n| window(&n.to_string(), today(), Scope::entities(three(n)))).collect();
        let change = |(n, window)| Change { position: 2 + n as WindowSeq, window: Some(window) };
        index.apply(added.iter().enumerate().map(change)).is_some()
    };
    // 1023 and 1026 of them; the index has two.
    assert!(after(341) && !after(342));
}

#[test]
fn apply_scope_of_many_is_left_to_keys() {
    let topology = (0..100).fold(Topology::builder(), |topology, n| {
        topology
            .add_attribute(format!("e-{n}"), "tier", (n % 2).to_string())
            .add_member("g", format!("e-{n}"))
    });
    let topology = topology.build().unwrap();
    let index = Index::new(&registry(two()), &topology, Some(at(NOW))).unwrap();
    let tier = |value: &str| Scope::attribute(Matcher::equals("tier", value));
    let scopes = [
        (tier("1"), ["e-1", "e-2", "x"], [true, false, false]),
        (!tier("1"), ["e-1", "e-2", "x"], [false, true, true]),
        (Scope::group("g"), ["e-1", "g", "x"], [true, false, false]),
        (Scope::everything(), ["e-1", "a", "x"], [true; 3]),
        (
            Scope::entities((0..70).map(|n| format!("e-{n}"))),
            ["e-1", "e-69", "e-70"],
            [true, true, false],
        ),
        (Scope::alert_type("disk"), ["e-1", "b", "x"], [false; 3]),
        (!Scope::alert_type("disk"), ["e-1", "b", "x"], [true; 3]),
    ];
    for (scope, ids, expected) in scopes {
        let changed = change(&index, 2, &window("new", today(), scope.clone())).unwrap();
        assert!(changed.has_keyed_only && !index.has_keyed_only);
        let removed = changed.apply([Change { position: 2, window: None }].into_iter()).unwrap();
        for (id, expected) in ids.iter().zip(expected) {
            for t in [NOW - HOUR, NOW, NOW + HOUR] {
                let subject = Subject::entity(id);
                assert_eq!(
                    changed.is_silenced(&subject, at(t)),
                    expected || *id == "a",
                    "{scope:?} {id}"
                );
                let disk = subject.with_alert_type("disk");
                let has_types =
                    matches!(scope.node(), Node::AlertType(_) | Node::Not(_)) && ids[1] == "b";
                let for_disk = expected ^ has_types;
                assert_eq!(
                    changed.is_silenced(&disk, at(t)),
                    for_disk || *id == "a",
                    "{scope:?} {id}"
                );
                assert_eq!(removed.is_silenced(&subject, at(t)), *id == "a", "{scope:?} {id}");
            }
            let covering = changed.covering(&Subject::entity(id)).iter().count();
            assert_eq!(
                covering,
                usize::from(expected) + usize::from(["a", "b"].contains(id)),
                "{scope:?} {id}"
            );
        }
    }
}

#[test]
fn candidate_windows_after_apply_in_registry_order() {
    let of = |id: &str, scope: Scope| window(id, today(), scope);
    let mixed = |n: usize| Scope::entity("a").and(Scope::alert_type(format!("type-{n}")));
    let windows = [
        of("0", mixed(0)),
        of("1", Scope::entity("a")),
        of("2", mixed(2)),
        of("3", Scope::entities(["a", "b"])),
        // The scope of the first window.
        of("4", mixed(0)),
        of("5", Scope::everything()),
    ];
    let index = built(windows);
    let index = change(&index, 2, &of("again", mixed(3))).unwrap();
    let index = change(&index, 3, &of("new", mixed(7))).unwrap();
    let index = change(&index, 0, &of("plain", Scope::entity("a"))).unwrap();
    let candidates: Vec<&str> = index
        .candidate_windows(&Subject::entity("a"))
        .iter()
        .map(|window| window.id().as_str())
        .collect();
    assert_eq!(candidates, ["plain", "1", "again", "new", "4", "5"]);
}

/// A group of five with a window; a list of entities; a single entity; and a gap in
/// the positions.
fn of_many_kinds() -> Index {
    let members = (0..5).map(|n| format!("member-{n}"));
    let topology = members.fold(Topology::builder(), |topology, id| topology.add_member("g", id));
    let daily = crate::schedule::Daily::new("22:00-02:00".parse().unwrap(), chrono_tz::UTC);
    let mut registry = registry([
        window("group", today(), Scope::group("g")),
        window("hole", today(), Scope::entity("c")),
        window("all", tomorrow(), Scope::everything()),
        window("three", Periodic::new(at(0), 1, 9).unwrap(), Scope::entities(["a", "b", "c"])),
        window("alone", daily, Scope::entity("a")),
    ]);
    registry.remove("hole").unwrap();
    Index::new(&registry, &topology.build().unwrap(), Some(at(NOW))).unwrap()
}

#[test]
fn heap_bytes_index_is_sum_of_parts() {
    let word = size_of::<u32>();
    let index = of_many_kinds();
    // Two classes with one window each: the group and everything. The windows are in the
    // window table.
    let classes = &index.classes.by_id;
    assert_eq!(classes.len(), 2);
    let block = |class: &ScopeClass| class.block.words.len() * word;
    let of_classes: usize = classes.iter().map(|class| block(class)).sum();
    for class in classes {
        assert_eq!(class.block.heap_bytes(), block(class));
    }
    // Two class sets: of every entity, and of the group.
    let of_sets = (1 + 2) * word + 2 * size_of::<ClassSet>();
    let shared = of_classes + 2 * size_of::<ScopeClass>() + of_sets;
    assert_eq!(index.classes.heap_bytes(), shared);
    assert_eq!(index.delta.heap_bytes(), 0);

    // Four windows with a position each, and one zone.
    let pointers = 4 * 8 + 4 * size_of::<WindowSeq>() + 8;
    let base = index.table.heap_bytes() + index.base.arena.len() * word;
    let keys = index.keys.as_ref().unwrap().heap_bytes();
    assert!(index.facts.postings.is_none(), "no scope tests an attribute");
    assert_eq!(index.heap_bytes(), base + pointers + shared + keys);
    let dense = built(two());
    assert_eq!(
        dense.heap_bytes(),
        dense.table.heap_bytes() + dense.base.arena.len() * word + 2 * 8 + size_of::<ClassSet>()
    );
}
