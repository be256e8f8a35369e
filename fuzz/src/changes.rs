//! An updated silencer has the same answers as one that is rebuilt.

use std::collections::BTreeSet;

use quietude::live::Engine;
use quietude::{Error, Registry, Silencer, Timestamp, Topology, Window};

use crate::choices::Choices;
use crate::clock::{FIRST, LAST, clamped};
use crate::generate::{self, ZonedInstant};
use crate::reference::Reference;
use crate::subjects::{OwnedSubject, change_topology, topology};
use crate::{index, random_bytes};

/// Changes of a registry and a topology: alone, as one, and by synchronization, on the same
/// and on clones, with updates of the silencer in between.
pub fn changes(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    let center = generate::zoned_instant(s);
    let mut topology = topology(s);
    let subjects = s.few(2, OwnedSubject::new);
    let mut registry = Registry::new();
    fill(s, &mut registry, center);
    let build = |registry: &Registry, topology: &Topology| {
        let silencer = Silencer::builder().topology(topology.clone()).build(registry);
        silencer.expect("some windows are within the limits")
    };
    let mut silencer = build(&registry, &topology);
    let mut engine = Engine::new(registry.clone(), topology.clone()).expect("it was built");
    // Earlier silencers and their answers, with windows and topology.
    let mut earlier: Vec<(Silencer, Vec<bool>, Registry, Topology)> = Vec::new();
    for _ in 0..1 + s.below(24) {
        match s.below(8) {
            0 | 1 => change_topology(s, &mut topology),
            2 => sync(s, &mut registry, center),
            3 => edit(s, &mut engine, (&mut registry, &mut topology), center),
            4 if !earlier.is_empty() => {
                // Another clone goes on.
                let (_, _, windows, known) = &earlier[s.below(earlier.len())];
                (registry, topology) = (windows.clone(), known.clone());
            }
            _ => change(s, &mut registry, center),
        }
        if s.once_in(4) {
            silencer = silencer.with_now(clamped(generate::near(s, center.base)));
        }
        if s.once_in(3) {
            continue;
        }
        let known = answers(&silencer, &subjects, center);
        earlier.push((silencer.clone(), known, registry.clone(), topology.clone()));
        let updated = silencer.updated_with(&registry, &topology);
        silencer = updated.expect("some windows are within the limits");
        assert_eq!(silencer.revision(), registry.revision());
        let rebuilt = build(&registry, &topology);
        compare(&silencer, &rebuilt, &registry, &subjects, center);
        if s.once_in(4) {
            index::check(&silencer, &registry, &subjects[..1], center, &[]);
        }
        if s.once_in(4) {
            // A silencer that was updated before is updated again.
            let (before, ..) = &earlier[s.below(earlier.len())];
            let updated_again = before.updated_with(&registry, &topology);
            let updated_again = updated_again.expect("some windows are within the limits");
            compare(&updated_again, &rebuilt, &registry, &subjects, center);
        }
    }
    for (silencer, expected, ..) in earlier {
        assert_eq!(answers(&silencer, &subjects, center), expected, "a silencer does not change");
    }
    true
}

/// A list of windows, twice: the second time nothing changes.
fn sync(s: &mut Choices<'_>, registry: &mut Registry, center: ZonedInstant) {
    let numbers: BTreeSet<usize> = s.some(6, |s| s.below(6)).into_iter().collect();
    let list: Vec<Window> =
        numbers.iter().map(|n| generate::window(s, &format!("w-{n}"), center)).collect();
    let all = s.once_in(3);
    let revision = registry.revision();
    let mut synced = || {
        let is_included = |id: &quietude::WindowId| all || id.as_str().starts_with("w-");
        registry.sync_where(is_included, list.clone()).expect("ids are unique")
    };
    let (first, second) = (synced(), synced());
    assert!(!second.is_changed() && second.unchanged == list.len());
    assert_eq!(registry.revision(), revision + u64::from(first.is_changed()));
    assert!(
        list.iter().all(|window| registry.get(window.id()).is_some_and(|known| **known == *window))
    );
    assert!(!all || registry.len() == list.len());
}

/// The engine becomes the current registry and topology, with one change of both more, or
/// stays as it is.
fn edit(
    s: &mut Choices<'_>,
    engine: &mut Engine,
    (registry, topology): (&mut Registry, &mut Topology),
    center: ZonedInstant,
) {
    let before = (engine.snapshot(), engine.revision(), engine.registry().revision());
    let fails = s.once_in(3);
    let result: Result<(), Error> = engine.edit(|windows, known| {
        (*windows, *known) = (registry.clone(), topology.clone());
        change(s, windows, center);
        change_topology(s, known);
        if fails { windows.remove("unknown").map(drop) } else { Ok(()) }
    });
    assert_eq!(result.is_err(), fails);
    if fails {
        assert!(std::sync::Arc::ptr_eq(&before.0, &engine.snapshot()));
        assert_eq!((engine.revision(), engine.registry().revision()), (before.1, before.2));
    } else {
        (*registry, *topology) = (engine.registry().clone(), engine.topology().clone());
        assert!(*engine.snapshot().topology() == *topology);
        assert_eq!(engine.snapshot().revision(), registry.revision());
    }
}

/// Initial windows, maybe many.
fn fill(s: &mut Choices<'_>, registry: &mut Registry, center: ZonedInstant) {
    let (count, seed) = (s.pick(&[0, 3, 10, 60]), s.number());
    let bytes = random_bytes(seed, count * 96);
    let mut others = Choices::new(&bytes);
    for number in 0..count {
        let window = generate::window(&mut others, &format!("more-{number}"), center);
        registry.insert(window).expect("ids are unique");
    }
}

/// One change, which may fail.
fn change(s: &mut Choices<'_>, registry: &mut Registry, center: ZonedInstant) {
    let id = match s.below(3) {
        0 => format!("more-{}", s.below(10)),
        _ => format!("w-{}", s.below(6)),
    };
    let (known, before) = (registry.get(&id).is_some(), registry.revision());
    let worked = match s.below(6) {
        0 | 1 => {
            let worked = registry.insert(generate::window(s, &id, center)).is_ok();
            assert_eq!(worked, !known, "insert {id}");
            worked
        }
        2 => {
            let worked = registry.replace(generate::window(s, &id, center)).is_ok();
            assert_eq!(worked, known, "replace {id}");
            worked
        }
        3 => {
            let worked = registry.remove(&id).is_ok();
            assert_eq!(worked, known, "remove {id}");
            worked
        }
        4 => {
            let at = clamped(generate::near(s, center.base).clamp(FIRST, LAST));
            let closed = registry.get(&id).and_then(|window| window.closed_at());
            let worked = registry.close(&id, at).is_ok();
            assert_eq!(worked, known, "close {id}");
            worked && closed.is_none_or(|closed| closed > at)
        }
        _ => {
            let over = registry.remove_expired(clamped(generate::near(s, center.base)));
            assert_eq!(registry.revision(), before + over.len() as u64);
            return;
        }
    };
    assert_eq!(registry.revision(), before + u64::from(worked), "the revision after {id}");
}

/// Instants near the center.
fn instants(center: ZonedInstant) -> impl Iterator<Item = Timestamp> {
    const HOURS: [i64; 7] = [0, -1, 1, -12, 12, -24, 24];
    let about = HOURS.into_iter().flat_map(move |hours| {
        let t = center.base + hours * 3_600_000;
        [t - 1, t, t + 1]
    });
    about.chain([FIRST, LAST]).map(clamped)
}

fn answers(silencer: &Silencer, subjects: &[OwnedSubject], center: ZonedInstant) -> Vec<bool> {
    let about = |owned: &OwnedSubject| -> Vec<bool> {
        instants(center).map(|t| silencer.is_silenced(owned.subject(), t)).collect()
    };
    subjects.iter().flat_map(about).collect()
}

fn compare(
    silencer: &Silencer,
    rebuilt: &Silencer,
    registry: &Registry,
    subjects: &[OwnedSubject],
    center: ZonedInstant,
) {
    for owned in subjects {
        let subject = &owned.subject();
        for t in instants(center) {
            let both = [silencer, rebuilt].map(|silencer| {
                let by = silencer.silenced_by(subject, t).map(|window| window.id().as_str());
                let by: Vec<&str> = by.collect();
                (silencer.is_silenced(subject, t), silencer.effect(subject, t), by)
            });
            assert_eq!(both[0], both[1], "{owned:?} at {t}");
        }
        let t = clamped(center.base);
        if !Reference::new(registry, rebuilt.topology(), subject).ends_soon(t) {
            continue;
        }
        let both = [silencer, rebuilt].map(|silencer| {
            (silencer.silenced_until(subject, t), silencer.next_silence(subject, t))
        });
        assert_eq!(both[0], both[1], "{owned:?} from {t}");
        let both = [silencer, rebuilt].map(|silencer| {
            let answer = silencer.answer(subject, t)?;
            let by: Vec<&str> = answer.by.map(|window| window.id().as_str()).collect();
            Some((by, answer.until, answer.effect, answer.state))
        });
        assert_eq!(both[0], both[1], "{owned:?} at {t}");
    }
    compare_fleet(silencer, rebuilt, center);
}

/// Questions about the whole fleet.
fn compare_fleet(silencer: &Silencer, rebuilt: &Silencer, center: ZonedInstant) {
    let t = clamped(center.base);
    let both = [silencer, rebuilt].map(|silencer| {
        let active: Vec<&str> = silencer.active(t).map(|window| window.id().as_str()).collect();
        let known: BTreeSet<&str> = silencer.known_entities().collect();
        let silenced: BTreeSet<&str> = silencer.silenced_entities(t).collect();
        (active, known, silenced)
    });
    assert_eq!(both[0], both[1], "at {t}");
}
