//! The silencer agrees with a direct evaluation of its windows.

use quietude::{Interval, Registry, Silencer};

use crate::choices::Choices;
use crate::clock::clamped;
use crate::generate::{self, ZonedInstant};
use crate::random_bytes;
use crate::reference::Reference;
use crate::subjects::{OwnedSubject, topology};

/// Windows, a topology, and queries.
pub fn index(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    let center = generate::zoned_instant(s);
    let topology = topology(s);
    let subjects = s.few(3, OwnedSubject::new);
    let nows = s.some(2, |s| clamped(generate::near(s, center.base)));
    let extra = s.some(3, |s| generate::near(s, center.base));
    let registry = windows(s, center);
    let silencer = Silencer::builder().topology(topology).build(&registry);
    let silencer = silencer.expect("some windows are within the limits");
    let mut silencers = vec![silencer.clone()];
    silencers.extend(nows.into_iter().map(|now| silencer.with_now(now)));
    for silencer in &silencers {
        check(silencer, &registry, &subjects, center, &extra);
    }
    check_batch(&silencers, &subjects, center);
    true
}

/// Windows from the choices, and maybe many more from one random seed.
fn windows(s: &mut Choices<'_>, center: ZonedInstant) -> Registry {
    let mut registry = Registry::new();
    let (more, seed) = (s.pick(&[0, 0, 0, 0, 7, 40, 150]), s.number());
    let bytes = random_bytes(seed, more * 96);
    let mut others = Choices::new(&bytes);
    for number in 0..more {
        let window = generate::window(&mut others, &format!("more-{number}"), center);
        registry.insert(window).expect("ids are unique");
    }
    for number in 0..1 + s.below(12) {
        let window = generate::window(s, &format!("w-{number}"), center);
        registry.insert(window).expect("ids are unique");
    }
    registry
}

/// Compares all queries for all subjects.
pub(crate) fn check(
    silencer: &Silencer,
    registry: &Registry,
    subjects: &[OwnedSubject],
    center: ZonedInstant,
    extra: &[i64],
) {
    for owned in subjects {
        let reference = Reference::new(registry, silencer.topology(), &owned.subject());
        let base = clamped(center.base);
        let extra = extra.iter().map(|t| clamped(*t));
        for t in reference.instants(center.base).into_iter().chain(extra) {
            reference.check(silencer, owned, t);
        }
        reference.check_union(silencer, owned, base);
        let until = clamped(center.base + 2 * 86_400_000);
        if let Ok(within) = Interval::new(base, until) {
            reference.check_timeline(silencer, owned, within);
        }
    }
}

/// Compares a batch with single queries.
fn check_batch(silencers: &[Silencer], subjects: &[OwnedSubject], center: ZonedInstant) {
    let queries: Vec<_> = subjects
        .iter()
        .flat_map(|owned| [-1, 0, 1].map(|ms| (owned.entity.as_str(), clamped(center.base + ms))))
        .collect();
    for silencer in silencers {
        let mut answers = vec![false; queries.len()];
        silencer.is_silenced_batch(&queries, &mut answers).expect("of one length");
        for ((entity, at), answer) in queries.iter().zip(answers) {
            let subject = quietude::Subject::entity(entity);
            assert_eq!(silencer.is_silenced(subject, *at), answer, "{entity} at {at}, in a batch");
        }
    }
}
