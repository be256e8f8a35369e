//! A silencer that follows a registry says what one that is built anew says.

use quietude::{Registry, Silencer, Timestamp};

use crate::clock::{FIRST, LAST, clamped};
use crate::direct::Direct;
use crate::make::{self, Place};
use crate::source::Source;
use crate::subjects::{Asked, topology};
use crate::{index, noise};

/// Changes of a registry, followed now and then.
pub fn changes(data: &[u8]) -> bool {
    let s = &mut Source::new(data);
    let place = make::place(s);
    let topology = topology(s);
    let asked = s.few(2, Asked::new);
    let mut registry = Registry::new();
    fill(s, &mut registry, place);
    let build = |registry: &Registry| {
        let silencer = Silencer::builder().topology(topology.clone()).build(registry);
        silencer.expect("some windows are within the limits")
    };
    let mut silencer = build(&registry);
    // Earlier silencers, and what they said.
    let mut earlier: Vec<(Silencer, Vec<bool>)> = Vec::new();
    for _ in 0..1 + s.below(24) {
        change(s, &mut registry, place);
        if s.once_in(8) {
            registry = registry.clone();
        }
        if s.once_in(4) {
            silencer = silencer.with_now(clamped(make::near(s, place.base)));
        }
        if s.once_in(3) {
            continue;
        }
        earlier.push((silencer.clone(), said(&silencer, &asked, place)));
        silencer = silencer.updated(&registry).expect("some windows are within the limits");
        assert_eq!(silencer.revision(), registry.revision());
        let anew = build(&registry);
        compare(&silencer, &anew, &registry, &asked, place);
        if s.once_in(4) {
            index::check(&silencer, &registry, &asked[..1], place, &[]);
        }
        if s.once_in(4) {
            // One of those that others have followed already.
            let (before, _) = &earlier[s.below(earlier.len())];
            let followed = before.updated(&registry).expect("some windows are within the limits");
            compare(&followed, &anew, &registry, &asked, place);
        }
    }
    for (silencer, then) in earlier {
        assert_eq!(said(&silencer, &asked, place), then, "a silencer does not change");
    }
    true
}

/// Windows to begin with, maybe many.
fn fill(s: &mut Source<'_>, registry: &mut Registry, place: Place) {
    let (count, seed) = (s.pick(&[0, 3, 10, 60]), s.number());
    let bytes = noise(seed, count * 64);
    let mut others = Source::new(&bytes);
    for number in 0..count {
        let window = make::window(&mut others, &format!("more-{number}"), place);
        registry.insert(window).expect("ids are unique");
    }
}

/// One change; it fails as often as it works.
fn change(s: &mut Source<'_>, registry: &mut Registry, place: Place) {
    let id = match s.below(3) {
        0 => format!("more-{}", s.below(10)),
        _ => format!("w-{}", s.below(6)),
    };
    let (known, before) = (registry.get(&id).is_some(), registry.revision());
    let worked = match s.below(6) {
        0 | 1 => {
            let worked = registry.insert(make::window(s, &id, place)).is_ok();
            assert_eq!(worked, !known, "insert {id}");
            worked
        }
        2 => {
            let worked = registry.replace(make::window(s, &id, place)).is_ok();
            assert_eq!(worked, known, "replace {id}");
            worked
        }
        3 => {
            let worked = registry.remove(&id).is_ok();
            assert_eq!(worked, known, "remove {id}");
            worked
        }
        4 => {
            let at = clamped(make::near(s, place.base).clamp(FIRST, LAST));
            let closed = registry.get(&id).and_then(|window| window.closed_at());
            let worked = registry.close(&id, at).is_ok();
            assert_eq!(worked, known, "close {id}");
            worked && closed.is_none_or(|closed| closed > at)
        }
        _ => {
            let over = registry.remove_expired(clamped(make::near(s, place.base)));
            assert_eq!(registry.revision(), before + over.len() as u64);
            return;
        }
    };
    assert_eq!(registry.revision(), before + u64::from(worked), "the revision after {id}");
}

/// Instants about the place.
fn instants(place: Place) -> impl Iterator<Item = Timestamp> {
    const HOURS: [i64; 7] = [0, -1, 1, -12, 12, -24, 24];
    let about = HOURS.into_iter().flat_map(move |hours| {
        let t = place.base + hours * 3_600_000;
        [t - 1, t, t + 1]
    });
    about.chain([FIRST, LAST]).map(clamped)
}

fn said(silencer: &Silencer, asked: &[Asked], place: Place) -> Vec<bool> {
    let about = |asked: &Asked| -> Vec<bool> {
        instants(place).map(|t| silencer.is_silenced(&asked.subject(), t)).collect()
    };
    asked.iter().flat_map(about).collect()
}

fn compare(
    silencer: &Silencer,
    anew: &Silencer,
    registry: &Registry,
    asked: &[Asked],
    place: Place,
) {
    for asked in asked {
        let subject = &asked.subject();
        for t in instants(place) {
            let both = [silencer, anew].map(|silencer| {
                let by = silencer.silenced_by(subject, t).map(|window| window.id().as_str());
                let by: Vec<&str> = by.collect();
                (silencer.is_silenced(subject, t), silencer.effect(subject, t), by)
            });
            assert_eq!(both[0], both[1], "{asked:?} at {t}");
        }
        let t = clamped(place.base);
        if !Direct::new(registry, anew.topology(), subject).ends_soon(t) {
            continue;
        }
        let both = [silencer, anew].map(|silencer| {
            (silencer.silenced_until(subject, t), silencer.next_silence(subject, t))
        });
        assert_eq!(both[0], both[1], "{asked:?} from {t}");
    }
}
