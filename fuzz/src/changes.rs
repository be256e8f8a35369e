//! An updated silencer has the same answers as one that is rebuilt.

use quietude::{Registry, Silencer, Timestamp};

use crate::choices::Choices;
use crate::clock::{FIRST, LAST, clamped};
use crate::generate::{self, ZonedInstant};
use crate::reference::Reference;
use crate::subjects::{OwnedSubject, topology};
use crate::{index, random_bytes};

/// Changes of a registry, with updates of the silencer in between.
pub fn changes(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    let center = generate::zoned_instant(s);
    let topology = topology(s);
    let subjects = s.few(2, OwnedSubject::new);
    let mut registry = Registry::new();
    fill(s, &mut registry, center);
    let build = |registry: &Registry| {
        let silencer = Silencer::builder().topology(topology.clone()).build(registry);
        silencer.expect("some windows are within the limits")
    };
    let mut silencer = build(&registry);
    // Earlier silencers and their answers.
    let mut earlier: Vec<(Silencer, Vec<bool>)> = Vec::new();
    for _ in 0..1 + s.below(24) {
        change(s, &mut registry, center);
        if s.once_in(8) {
            registry = registry.clone();
        }
        if s.once_in(4) {
            silencer = silencer.with_now(clamped(generate::near(s, center.base)));
        }
        if s.once_in(3) {
            continue;
        }
        earlier.push((silencer.clone(), answers(&silencer, &subjects, center)));
        silencer = silencer.updated(&registry).expect("some windows are within the limits");
        assert_eq!(silencer.revision(), registry.revision());
        let rebuilt = build(&registry);
        compare(&silencer, &rebuilt, &registry, &subjects, center);
        if s.once_in(4) {
            index::check(&silencer, &registry, &subjects[..1], center, &[]);
        }
        if s.once_in(4) {
            // A silencer that was updated before is updated again.
            let (before, _) = &earlier[s.below(earlier.len())];
            let updated_again =
                before.updated(&registry).expect("some windows are within the limits");
            compare(&updated_again, &rebuilt, &registry, &subjects, center);
        }
    }
    for (silencer, expected) in earlier {
        assert_eq!(answers(&silencer, &subjects, center), expected, "a silencer does not change");
    }
    true
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
        instants(center).map(|t| silencer.is_silenced(&owned.subject(), t)).collect()
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
    }
}
