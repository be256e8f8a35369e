//! The silencer says what each window by itself says.

use quietude::{Interval, Registry, Silencer};

use crate::clock::clamped;
use crate::direct::Direct;
use crate::make::{self, Place};
use crate::noise;
use crate::source::Source;
use crate::subjects::{Asked, topology};

/// Windows over a topology, and questions about them.
pub fn index(data: &[u8]) -> bool {
    let s = &mut Source::new(data);
    let place = make::place(s);
    let topology = topology(s);
    let asked = s.few(3, Asked::new);
    let told = s.some(2, |s| clamped(make::near(s, place.base)));
    let also = s.some(3, |s| make::near(s, place.base));
    let registry = windows(s, place);
    let silencer = Silencer::builder().topology(topology).build(&registry);
    let silencer = silencer.expect("some windows are within the limits");
    let mut silencers = vec![silencer.clone()];
    silencers.extend(told.into_iter().map(|now| silencer.with_now(now)));
    for silencer in &silencers {
        check(silencer, &registry, &asked, place, &also);
    }
    check_batch(&silencers, &asked, place);
    true
}

/// Windows that were chosen, and maybe many more that follow from one number.
fn windows(s: &mut Source<'_>, place: Place) -> Registry {
    let mut registry = Registry::new();
    let (more, seed) = (s.pick(&[0, 0, 0, 0, 7, 40, 150]), s.number());
    let bytes = noise(seed, more * 64);
    let mut others = Source::new(&bytes);
    for number in 0..more {
        let window = make::window(&mut others, &format!("more-{number}"), place);
        registry.insert(window).expect("ids are unique");
    }
    for number in 0..1 + s.below(12) {
        let window = make::window(s, &format!("w-{number}"), place);
        registry.insert(window).expect("ids are unique");
    }
    registry
}

/// Asks everything about everybody.
pub(crate) fn check(
    silencer: &Silencer,
    registry: &Registry,
    asked: &[Asked],
    place: Place,
    also: &[i64],
) {
    for asked in asked {
        let direct = Direct::new(registry, silencer.topology(), &asked.subject());
        let base = clamped(place.base);
        let also = also.iter().map(|t| clamped(*t));
        for t in direct.instants(place.base).into_iter().chain(also) {
            direct.check(silencer, asked, t);
        }
        direct.check_union(silencer, asked, base);
        let until = clamped(place.base + 2 * 86_400_000);
        if let Ok(within) = Interval::new(base, until) {
            direct.check_timeline(silencer, asked, within);
        }
    }
}

/// Many at once, as one by one.
fn check_batch(silencers: &[Silencer], asked: &[Asked], place: Place) {
    let queries: Vec<_> = asked
        .iter()
        .flat_map(|asked| [-1, 0, 1].map(|ms| (asked.entity.as_str(), clamped(place.base + ms))))
        .collect();
    for silencer in silencers {
        let mut answers = vec![false; queries.len()];
        silencer.is_silenced_batch(&queries, &mut answers);
        for ((entity, at), answer) in queries.iter().zip(answers) {
            let subject = quietude::Subject::entity(entity);
            assert_eq!(silencer.is_silenced(&subject, *at), answer, "{entity} at {at}, in a batch");
        }
    }
}
