//! Every question about subjects with labels: the silencer against direct evaluation, window
//! by window, and against the slow oracle. The silencers were built anew, with a current
//! time, from another current time, and by updates; after random changes all are asked again.

use quietude::{Registry, SilenceEnd, Silencer, Subject, Timestamp, Topology, Window, explain};

use super::generate::{LabelScenario, another, scenario};
use crate::helpers::clamped;
use crate::laws::silencer::{check_next, check_timeline, check_until, is_active_by_clock_walk};
use crate::measure::Stopwatch;
use crate::oracle::cover::covers;
use crate::oracle::enumerate::{Answers, active};
use crate::specs::{Query, TopologySpec, WindowSpec};
use crate::testing::{DAY, HOUR, SplitMix64};

/// The oracle covers this duration before and after the base.
const FRAME: i64 = 4 * DAY;
/// The most instants of a subject, each with its neighbours.
const INSTANTS: usize = 6;

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    scenarios: u64,
    /// Pairs of a subject and an instant.
    pairs: u64,
    silenced: u64,
    /// Answers of a silencer to one question.
    questions: u64,
    /// Windows tested directly.
    direct: u64,
}

/// The windows of a registry as data, in its order, with the spans in which they are active.
struct Oracle<'a> {
    specs: Vec<(&'a WindowSpec, Vec<(i64, i64)>)>,
    topology: &'a TopologySpec,
    base: i64,
}

impl<'a> Oracle<'a> {
    fn new(specs: &'a [WindowSpec], topology: &'a TopologySpec, base: i64) -> Self {
        let (from, until) = (base - FRAME, base + FRAME);
        let specs = specs.iter().map(|spec| (spec, active(spec, from, until))).collect();
        Self { specs, topology, base }
    }

    fn answers(&self, query: &Query) -> Answers<'a> {
        let covering = self.specs.iter().filter(|(spec, _)| covers(spec, self.topology, query));
        Answers {
            from: self.base - FRAME,
            until: self.base + FRAME,
            active: covering.cloned().collect(),
        }
    }

    /// Edges of covering windows and of others, and the base; each with its neighbours.
    fn instants(&self, right: &Answers<'_>, rng: &mut SplitMix64) -> Vec<i64> {
        let mut edges = right.boundaries();
        rng.shuffle(&mut edges);
        edges.truncate(INSTANTS - 3);
        for _ in 0..2 {
            let (_, spans) = rng.choose(&self.specs);
            if let Some((start, end)) = spans.first() {
                edges.push(if rng.percent(50) { *start } else { *end });
            }
        }
        let spread = self.base + rng.between(-FRAME + HOUR, FRAME - HOUR);
        let mut all: Vec<i64> = edges
            .into_iter()
            .flat_map(|t| [t - 1, t, t + 1])
            .chain([self.base, spread])
            .filter(|t| (right.from..right.until).contains(t))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// All questions about one subject, to all silencers.
fn check_subject(
    oracle: &Oracle<'_>,
    windows: &[Window],
    silencers: &[(&str, &Silencer)],
    query: &Query,
    rng: &mut SplitMix64,
    tally: &mut Tally,
) {
    let right = oracle.answers(query);
    let instants = oracle.instants(&right, rng);
    let union = right.union();
    let is_combined = oracle.specs.iter().any(|(spec, _)| spec.schedule.is_combined());
    query.with_subject(|subject| {
        check_direct(oracle, windows, silencers[0].1.topology(), &right, subject, tally);
        for t in &instants {
            let (t, at) = (*t, clamped(*t));
            let by = right.silenced_by(t);
            for window in windows.iter().filter(|window| by.contains(&window.id().as_str())) {
                assert!(window.is_active(at), "{:?} at {at}", window.id());
            }
            tally.pairs += 1;
            tally.silenced += u64::from(!by.is_empty());
            let current = union.iter().find(|(start, end)| *start <= t && t < *end);
            let next = union.iter().find(|(start, _)| *start > t);
            for (name, silencer) in silencers {
                assert_eq!(silencer.is_silenced(subject, at), !by.is_empty(), "{name}, at {at}");
                let found: Vec<&str> =
                    silencer.silenced_by(subject, at).map(|window| window.id().as_str()).collect();
                assert_eq!(found, by, "by, {name}, at {at}");
                assert_eq!(silencer.effect(subject, at), right.effect(t), "{name}, at {at}");
                let state = silencer.entity_state(subject, at).map(|state| state.number());
                assert_eq!(state, right.state(t), "state, {name}, at {at}");
                let until = silencer.silenced_until(subject, at);
                check_until(until, current.map(|span| span.1), right.until)
                    .unwrap_or_else(|error| panic!("until, {name}, at {at}: {error}"));
                check_one_answer(name, silencer, *subject, at, until);
                let found = silencer.next_silence(subject, at);
                check_next(found, next.copied(), current.is_some() || is_combined, right.until)
                    .unwrap_or_else(|error| panic!("next, {name}, at {at}: {error}"));
                tally.questions += 7;
                if query.is_bare() {
                    check_bare(name, silencer, query, at, !by.is_empty());
                    tally.questions += 1;
                }
            }
        }
        for (name, silencer) in silencers {
            check_timeline(silencer, subject, &right)
                .unwrap_or_else(|error| panic!("timeline, {name}: {error}"));
            let t = *rng.choose(&instants);
            check_explanation(name, silencer, subject, &right, t);
            tally.questions += 2;
        }
    });
}

/// The answer with everything has what each question by itself has.
fn check_one_answer(
    name: &str,
    silencer: &Silencer,
    subject: Subject<'_>,
    at: Timestamp,
    until: Option<SilenceEnd>,
) {
    let answer = silencer.answer(subject, at);
    assert_eq!(answer.as_ref().map(|answer| answer.until), until, "until, {name}, at {at}");
    let effect = answer.as_ref().map(|answer| answer.effect);
    assert_eq!(effect, silencer.effect(subject, at), "effect, {name}, at {at}");
    let by = answer.iter().flat_map(|answer| answer.by.clone());
    let expected = silencer.silenced_by(subject, at);
    assert!(by.map(Window::id).eq(expected.map(Window::id)), "by, {name}, at {at}");
    let state = answer.and_then(|answer| answer.state);
    assert_eq!(state, silencer.entity_state(subject, at), "state, {name}, at {at}");
}

/// `Window::covers` and `is_active`, and the second oracle for the latter.
fn check_direct(
    oracle: &Oracle<'_>,
    windows: &[Window],
    topology: &Topology,
    right: &Answers<'_>,
    subject: &Subject<'_>,
    tally: &mut Tally,
) {
    for ((spec, spans), window) in oracle.specs.iter().zip(windows) {
        let covering = right.active.iter().any(|(other, _)| other.id == spec.id);
        assert_eq!(window.covers(subject, topology), covering, "direct: {spec:?}");
        let edge = spans.first().map_or(oracle.base, |span| span.1);
        for t in [oracle.base, edge - 1, edge] {
            let is_active = spans.iter().any(|(start, end)| *start <= t && t < *end);
            if (right.from..right.until).contains(&t) {
                assert_eq!(window.is_active(clamped(t)), is_active, "at {t}: {spec:?}");
                assert_eq!(is_active_by_clock_walk(spec, t), is_active, "at {t}: {spec:?}");
            }
        }
        tally.direct += 1;
    }
}

/// A batch, and the handle of the entity.
fn check_bare(name: &str, silencer: &Silencer, query: &Query, at: Timestamp, expected: bool) {
    let mut answers = [!expected; 3];
    silencer.is_silenced_batch(&[(&*query.entity, at); 3], &mut answers).unwrap();
    assert_eq!(answers, [expected; 3], "in a batch, {name}, at {at}");
    if let Some(entity) = silencer.entity(&query.entity) {
        assert_eq!(entity.is_silenced(at), expected, "by handle, {name}, at {at}");
    }
}

/// The explanation names the windows that silence the subject, and those that cover it and
/// are not active.
fn check_explanation(
    name: &str,
    silencer: &Silencer,
    subject: &Subject<'_>,
    right: &Answers<'_>,
    t: i64,
) {
    let at = clamped(t);
    let why = silencer.explain(subject, at);
    assert_eq!(why.effect, right.effect(t), "explain, {name}, at {at}");
    assert_eq!(why.until, silencer.silenced_until(subject, at), "explain, {name}, at {at}");
    let named = |is_it: fn(&explain::Verdict) -> bool| -> Vec<&str> {
        let those = why.windows.iter().filter(|window| is_it(&window.verdict));
        those.map(|window| window.window.id().as_str()).collect()
    };
    let by = right.silenced_by(t);
    let silences = named(|verdict| matches!(verdict, explain::Verdict::Silences { .. }));
    assert_eq!(silences, by, "explain, {name}, at {at}");
    let idle: Vec<&str> =
        right.active.iter().map(|(spec, _)| &*spec.id).filter(|id| !by.contains(id)).collect();
    let inactive = named(|verdict| matches!(verdict, explain::Verdict::Inactive { .. }));
    assert_eq!(inactive, idle, "explain, {name}, at {at}");
}

/// Random changes of a registry, with the data beside it. The silencers are updated after
/// some of them.
fn change(
    registry: &mut Registry,
    specs: &mut Vec<WindowSpec>,
    silencers: &mut [(&str, Silencer)],
    base: i64,
    rng: &mut SplitMix64,
) {
    for number in 0..1 + rng.below(8) {
        let place = rng.below(specs.len().max(1));
        match rng.below(5) {
            0 | 1 => {
                let spec = another(&format!("x-{number}-{}", registry.revision()), base, rng);
                registry.insert(spec.build()).expect("its id is new");
                specs.push(spec);
            }
            2 if !specs.is_empty() => {
                let spec = another(&specs[place].id, base, rng);
                registry.replace(spec.build()).expect("it is there");
                specs[place] = spec;
            }
            3 if !specs.is_empty() => {
                let at = base + rng.between(-2, 2) * HOUR;
                let spec = &mut specs[place];
                registry.close(&spec.id, clamped(at)).expect("it is there");
                spec.closed_at = Some(spec.closed_at.map_or(at, |closed| closed.min(at)));
            }
            _ if specs.len() > 1 => {
                registry.remove(&specs.remove(place).id).expect("it is there");
            }
            _ => {}
        }
        for (name, silencer) in silencers.iter_mut() {
            if rng.percent(50) {
                *silencer = silencer
                    .updated(registry)
                    .unwrap_or_else(|error| panic!("{name}, updated: {error}"));
            }
        }
    }
    for (_, silencer) in silencers.iter_mut() {
        *silencer = silencer.updated(registry).expect("it is small");
        assert_eq!(silencer.revision(), registry.revision());
    }
}

/// One scenario: all questions, then changes, then all questions again.
fn run_scenario(scenario: &LabelScenario, rng: &mut SplitMix64, tally: &mut Tally) {
    let LabelScenario { specs, topology, subjects, base } = scenario;
    let base = *base;
    let build = |registry: &Registry, now: Option<i64>| {
        let builder = Silencer::builder().topology(topology.build());
        let builder = now.map_or(builder.clone(), |now| builder.now(clamped(now)));
        builder.build(registry).expect("it is small")
    };
    let mut registry = Registry::new();
    let mut updated = None;
    for (number, spec) in specs.iter().enumerate() {
        if number == specs.len() / 2 {
            updated = Some(build(&registry, Some(base)));
        }
        registry.insert(spec.build()).expect("ids differ");
        // Some updates bring one window, others several.
        if rng.percent(60) {
            updated = updated.map(|silencer| silencer.updated(&registry).expect("it is small"));
        }
    }
    let updated = updated.expect("there is a window").updated(&registry).expect("it is small");
    let anew = build(&registry, None);
    let moved = anew.with_now(clamped(base - 30 * DAY)).with_now(clamped(base));
    let mut silencers = [
        ("anew", anew),
        ("with a current time", build(&registry, Some(base))),
        ("the present moved on", moved),
        ("updated", updated),
    ];
    let check_all = |specs: &[WindowSpec],
                     silencers: &[(&str, Silencer)],
                     rng: &mut SplitMix64,
                     tally: &mut Tally| {
        let oracle = Oracle::new(specs, topology, base);
        let windows: Vec<Window> = specs.iter().map(WindowSpec::build).collect();
        let silencers: Vec<_> =
            silencers.iter().map(|(name, silencer)| (*name, silencer)).collect();
        for query in subjects {
            check_subject(&oracle, &windows, &silencers, query, rng, tally);
        }
    };
    check_all(specs, &silencers, rng, tally);
    let before = silencers.clone();
    let mut changed = specs.clone();
    change(&mut registry, &mut changed, &mut silencers, base, rng);
    silencers[2].1 = silencers[2].1.with_now(clamped(base + rng.between(-1, 1) * HOUR));
    if !changed.is_empty() {
        check_all(&changed, &silencers, rng, tally);
    }
    // A silencer does not change when the registry does.
    if rng.percent(20) {
        check_all(specs, &before[3..], rng, tally);
    }
    tally.scenarios += 1;
}

/// Scenarios until at least `least` questions are answered.
fn differential(seed: u64, least: u64) -> Tally {
    let mut tally = Tally::default();
    let mut seeds = SplitMix64::new(seed);
    while tally.questions < least {
        let number = seeds.next_u64();
        let mut rng = SplitMix64::new(number);
        let scenario = scenario(&mut rng);
        let run = || {
            let mut of_scenario = tally;
            run_scenario(&scenario, &mut rng, &mut of_scenario);
            of_scenario
        };
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
            Ok(of_scenario) => tally = of_scenario,
            Err(panic) => {
                println!("scenario {number} of seed {seed}: {scenario:#?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    tally
}

fn print(seed: u64, tally: Tally) {
    let Tally { scenarios, pairs, silenced, questions, direct } = tally;
    println!(
        "seed {seed}: {questions} answers about {pairs} subjects and instants ({silenced} \
         silenced) in {scenarios} scenarios, {direct} windows tested directly, none wrong"
    );
}

/// Whether the scenarios are worth it: neither all alerts are silenced nor few.
fn assert_is_balanced(tally: Tally) {
    let percent = tally.silenced * 100 / tally.pairs;
    assert!((20..80).contains(&percent), "{percent} % are silenced");
}

/// The questions of the short test.
const GATE: u64 = 150_000;

#[test]
fn labels_agree_with_oracle() {
    let tally = differential(22, GATE);
    print(22, tally);
    assert!(tally.questions >= GATE);
    assert_is_balanced(tally);
}

/// Run it with
/// `QUIETUDE_SEED=1 cargo test --release --test it -- --ignored --nocapture labels_agree_long`.
/// `QUIETUDE_QUESTIONS` is the least number of answers, 5,000,000 without it.
#[test]
#[ignore = "five million questions: minutes, in release"]
fn labels_agree_long() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let (seed, least) = (number("QUIETUDE_SEED", 1), number("QUIETUDE_QUESTIONS", 5_000_000));
    let stopwatch = Stopwatch::new("labels");
    let mut questions = 0;
    std::thread::scope(|scope| {
        let run = |thread: u64| {
            let (mut all, mut next) = (Tally::default(), seed * 1_000_000 + thread);
            while all.questions < least.div_ceil(2) {
                let of_seed = differential(next, 100_000);
                all = Tally {
                    scenarios: all.scenarios + of_seed.scenarios,
                    pairs: all.pairs + of_seed.pairs,
                    silenced: all.silenced + of_seed.silenced,
                    questions: all.questions + of_seed.questions,
                    direct: all.direct + of_seed.direct,
                };
                next += 2;
            }
            print(seed, all);
            all
        };
        let runs = [0, 1].map(|thread| scope.spawn(move || run(thread)));
        for run in runs {
            let tally = run.join().expect("a wrong answer");
            assert_is_balanced(tally);
            questions += tally.questions;
        }
    });
    assert!(questions >= least);
    stopwatch.report();
}
