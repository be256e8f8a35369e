//! Random windows over labels, and subjects that are aimed at them. Names and values are few,
//! and so alike that joining them in a wrong way makes one key of two.

use quietude::Effect;

use crate::patterns::{FORMS, PatternSpec};
use crate::specs::{
    CalendarSpec, MatcherSpec, Query, ScheduleSpec, ScopeSpec, TopologySpec, WindowSpec,
};
use crate::testing::{DAY, HOUR, MINUTE, SECOND, SplitMix64};

const ENTITIES: [&str; 7] = ["e0", "e1", "e2", "e3", "e4", "e5", "a"];
const GROUPS: [&str; 6] = ["g0", "g1", "g2", "g3", "g4", "a"];
const ALERT_TYPES: [&str; 3] = ["t", "u", "a"];
/// `a` and `ab`, `a=` and `a=b` are names; `b=c`, `=c` and `c` are values.
const NAMES: [&str; 8] = ["a", "ab", "a=", "a=b", "n", "m", "e1", "g1"];
const VALUES: [&str; 18] = [
    "", "a", "ab", "abc", "abb", "b", "ba", "A", "aB", "a.b", "axb", "b=c", "=c", "c", "e1", "g1",
    "a\nb", "aé",
];
/// The texts of tests and patterns; none is empty.
const TEXTS: [&str; 11] = ["a", "ab", "abc", "b", "ba", "A", "a.b", "b=c", "c", "e1", "g1"];

/// Names that only subjects have.
const UNHEARD: [&str; 4] = ["", "unheard", "\0", "a\u{1f}"];

/// Windows over a topology, subjects, and an instant near an event of the windows.
#[derive(Clone, Debug)]
pub(crate) struct LabelScenario {
    pub specs: Vec<WindowSpec>,
    pub topology: TopologySpec,
    pub subjects: Vec<Query>,
    pub base: i64,
}

/// How many names and values there are: with few of them, lists of one key are long.
#[derive(Clone, Copy, Debug)]
struct Variety {
    names: usize,
    values: usize,
}

pub(crate) fn scenario(rng: &mut SplitMix64) -> LabelScenario {
    let base = match rng.below(6) {
        // Changes of the clocks in Berlin.
        0 => 1_774_746_000_000,
        1 => 1_792_890_000_000,
        _ => 1_781_524_800_000 + rng.between(-365 * DAY / SECOND, 365 * DAY / SECOND) * SECOND,
    };
    let count = match rng.below(100) {
        0 => 300,
        1..12 => 10 + rng.below(40),
        _ => 1 + rng.below(10),
    };
    let variety = if count > 10 && rng.percent(70) {
        Variety { names: 2, values: 4 }
    } else {
        Variety { names: NAMES.len(), values: VALUES.len() }
    };
    let specs: Vec<WindowSpec> =
        (0..count).map(|number| window(&format!("w-{number}"), base, variety, rng)).collect();
    let topology = topology(variety, rng);
    let subjects = (0..if count > 100 { 8 } else { 5 })
        .map(|number| {
            let mut subject = subject(variety, rng);
            if number % 2 == 0 {
                aim(&mut subject, &rng.choose(&specs).scope, false, rng);
            }
            subject
        })
        .collect();
    LabelScenario { specs, topology, subjects, base }
}

/// Another window for the scenario.
pub(crate) fn another(id: &str, base: i64, rng: &mut SplitMix64) -> WindowSpec {
    window(id, base, Variety { names: NAMES.len(), values: VALUES.len() }, rng)
}

fn texts(from: &[&str], most: usize, rng: &mut SplitMix64) -> Vec<String> {
    let count = rng.below(most + 1);
    (0..count).map(|_| rng.choose(from).to_string()).collect()
}

fn window(id: &str, base: i64, variety: Variety, rng: &mut SplitMix64) -> WindowSpec {
    let scope = if rng.percent(50) {
        let count = 1 + rng.below(4);
        conjunction((0..count).map(|_| test(variety, rng, 25)).collect())
    } else {
        tree(3, variety, rng)
    };
    let bound = |rng: &mut SplitMix64| rng.percent(10).then(|| base + distance(rng));
    let (from, until) = (bound(rng), bound(rng));
    WindowSpec {
        effect: if rng.percent(40) { Effect::Monitoring } else { Effect::Notifications },
        entity_only: rng.percent(40),
        disabled: rng.percent(4),
        from,
        until: until.filter(|until| from.is_none_or(|from| from < *until)),
        closed_at: rng.percent(8).then(|| base + distance(rng)),
        state: rng.percent(30).then(|| rng.between(0, 4)),
        ..WindowSpec::new(id, schedule(base, rng), scope)
    }
}

fn conjunction(mut tests: Vec<ScopeSpec>) -> ScopeSpec {
    if tests.len() == 1 { tests.remove(0) } else { ScopeSpec::All(tests) }
}

/// A small or round distance from the base.
fn distance(rng: &mut SplitMix64) -> i64 {
    let step = rng.pick(&[0, MINUTE, HOUR, 12 * HOUR, DAY]);
    step * rng.between(-2, 2) + rng.pick(&[0, 0, -1, 1])
}

/// Mostly one-time. Recurring windows are short and few, as the end of a silence without an
/// end is looked for in many steps.
fn schedule(base: i64, rng: &mut SplitMix64) -> ScheduleSpec {
    let length = rng.pick(&[1, MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY]);
    match rng.below(20) {
        0..17 => {
            let start = base + distance(rng) - rng.pick(&[0, 0, length / 2, length]);
            ScheduleSpec::Once { start, end: start + length }
        }
        17 => {
            let period_ms = rng.pick(&[7 * HOUR, DAY, 7 * DAY]);
            let duration_ms = period_ms * rng.between(1, 15) / 100;
            let start = base + distance(rng) - rng.between(-1, 20) * period_ms;
            ScheduleSpec::Periodic { start, duration_ms, period_ms }
        }
        #[cfg(all(feature = "serde", feature = "rrule"))]
        18 if rng.percent(30) => {
            let zone = rng.pick(&[chrono_tz::UTC, chrono_tz::Europe::Berlin]);
            let mut random = crate::random::Random(rng.next_u64());
            crate::other_kinds::other_kind(&mut random, zone.into(), base)
        }
        _ => {
            let zone = rng.pick(&[chrono_tz::UTC, chrono_tz::Europe::Berlin]);
            let from = rng.below(48u32) * 1_800_000;
            let to = (from + (1 + rng.below(6u32)) * 1_800_000) % 86_400_000;
            ScheduleSpec::Calendar(CalendarSpec::daily((from, to), zone))
        }
    }
}

fn tree(depth: usize, variety: Variety, rng: &mut SplitMix64) -> ScopeSpec {
    if depth == 0 || rng.percent(35) {
        return test(variety, rng, 30);
    }
    let count = 1 + rng.below(3);
    let mut parts = (0..count).map(|_| tree(depth - 1, variety, rng)).collect();
    match rng.below(10) {
        0..4 => ScopeSpec::All(parts),
        4..7 => ScopeSpec::Any(parts),
        7..9 => ScopeSpec::Not(parts.remove(0).into()),
        _ => ScopeSpec::Not(Box::new(ScopeSpec::Not(parts.remove(0).into()))),
    }
}

/// A test, negated in some percent of the cases.
fn test(variety: Variety, rng: &mut SplitMix64, negated: u32) -> ScopeSpec {
    let test = match rng.below(20) {
        0 => ScopeSpec::Everything,
        1..3 => ScopeSpec::Entity(rng.choose(&ENTITIES).to_string()),
        3 => {
            let mut ids = texts(&ENTITIES, 3, rng);
            ids.push(rng.choose(&ENTITIES).to_string());
            ScopeSpec::Entities(ids)
        }
        4..6 => ScopeSpec::Group(rng.choose(&GROUPS).to_string()),
        6..8 => ScopeSpec::AlertType(rng.choose(&ALERT_TYPES).to_string()),
        _ => {
            let name = rng.choose(&NAMES[..variety.names]).to_string();
            ScopeSpec::Attribute(name, matcher(variety, rng))
        }
    };
    if rng.percent(negated) { ScopeSpec::Not(Box::new(test)) } else { test }
}

fn matcher(variety: Variety, rng: &mut SplitMix64) -> MatcherSpec {
    let values = &VALUES[..variety.values];
    let any = rng.choose(values).to_string();
    // An empty text is contained in every value; so it is rarer.
    let rare = if rng.percent(10) { &VALUES[..1] } else { &TEXTS[..] };
    let text = rng.choose(rare).to_string();
    match rng.below(16) {
        0..5 => MatcherSpec::Equals(any),
        5..7 => {
            let mut values = texts(values, 3, rng);
            values.push(any);
            MatcherSpec::OneOf(values)
        }
        7 => MatcherSpec::Contains(text),
        8..10 => MatcherSpec::StartsWith(text),
        10 => MatcherSpec::EndsWith(text),
        11 => MatcherSpec::Present,
        _ => {
            let texts = [rng.pick(&TEXTS), rng.pick(&TEXTS)];
            MatcherSpec::Pattern(PatternSpec { form: rng.pick(&FORMS), texts })
        }
    }
}

fn topology(variety: Variety, rng: &mut SplitMix64) -> TopologySpec {
    // The last id of each list is in the topology only if a query or a scope names it.
    let links = |ids: &[&str], most: usize, rng: &mut SplitMix64| {
        let count = rng.below(most + 1);
        let pair = |rng: &mut SplitMix64| (rng.below(ids.len() - 1), rng.below(ids.len() - 1));
        (0..count)
            .map(|_| pair(rng))
            .filter(|(upper, lower)| upper != lower)
            .map(|(a, b)| (ids[a.min(b)].to_owned(), ids[a.max(b)].to_owned()))
            .collect()
    };
    if rng.percent(25) {
        return TopologySpec::default();
    }
    let known = &ENTITIES[..ENTITIES.len() - 1];
    TopologySpec {
        entities: texts(known, 2, rng),
        children: links(&ENTITIES, 9, rng),
        members: {
            let count = rng.below(7usize);
            let groups = &GROUPS[..GROUPS.len() - 1];
            let member = |rng: &mut SplitMix64| {
                (rng.choose(groups).to_string(), rng.choose(known).to_string())
            };
            (0..count).map(|_| member(rng)).collect()
        },
        nested: links(&GROUPS, 6, rng),
        attributes: {
            let count = rng.below(10usize);
            let attribute = |rng: &mut SplitMix64| {
                let entity = rng.choose(known).to_string();
                let name = rng.choose(&NAMES[..variety.names]).to_string();
                (entity, name, rng.choose(&VALUES[..variety.values]).to_string())
            };
            (0..count).map(|_| attribute(rng)).collect()
        },
        entity_label: rng.percent(40).then(|| rng.choose(&NAMES[..variety.names]).to_string()),
    }
}

/// A subject with some labels, or with none.
fn subject(variety: Variety, rng: &mut SplitMix64) -> Query {
    let entity = match rng.below(10) {
        0..4 => "",
        4 => "stranger",
        _ => rng.pick(&ENTITIES),
    };
    let mut subject = Query { entity: entity.to_owned(), ..Query::default() };
    if rng.percent(40) {
        subject.alert_type = Some(rng.choose(&ALERT_TYPES).to_string());
    }
    if rng.percent(12) {
        return subject;
    }
    subject.groups = texts(&GROUPS, 3, rng);
    let count = rng.below(8usize);
    for _ in 0..count {
        let names = if rng.percent(8) { &UNHEARD[..] } else { &NAMES[..variety.names] };
        let name = rng.choose(names).to_string();
        let values = if rng.percent(10) { &VALUES[..] } else { &VALUES[..variety.values] };
        subject.attributes.push((name, rng.choose(values).to_string()));
    }
    subject
}

/// Gives a subject what the positive tests of a scope ask for.
fn aim(subject: &mut Query, scope: &ScopeSpec, negated: bool, rng: &mut SplitMix64) {
    match scope {
        ScopeSpec::All(parts) => parts.iter().for_each(|part| aim(subject, part, negated, rng)),
        ScopeSpec::Any(parts) => aim(subject, rng.choose(parts), negated, rng),
        ScopeSpec::Not(part) => aim(subject, part, !negated, rng),
        _ if negated => {}
        ScopeSpec::Everything => {}
        ScopeSpec::Entity(id) => subject.entity.clone_from(id),
        ScopeSpec::Entities(ids) => subject.entity.clone_from(rng.choose(ids)),
        ScopeSpec::Group(id) => subject.groups.push(id.clone()),
        ScopeSpec::AlertType(name) => subject.alert_type = Some(name.clone()),
        ScopeSpec::Attribute(name, test) => {
            let value = match test {
                MatcherSpec::Equals(text)
                | MatcherSpec::Contains(text)
                | MatcherSpec::StartsWith(text)
                | MatcherSpec::EndsWith(text)
                | MatcherSpec::Matches(text) => text.clone(),
                MatcherSpec::OneOf(texts) => rng.choose(texts).clone(),
                MatcherSpec::Pattern(pattern) => {
                    // A value that the pattern accepts, if there is one among the values.
                    let first = rng.below(VALUES.len());
                    let mut turned = VALUES[first..].iter().chain(&VALUES[..first]);
                    turned.find(|value| pattern.accepts(value)).unwrap_or(&"a").to_string()
                }
                MatcherSpec::Present => rng.choose(&VALUES).to_string(),
            };
            subject.attributes.push((name.clone(), value));
        }
    }
}
