//! Laws of the silencer: its answers equal those of the linear scan.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use quietude::{Effect, Interval, NextSilence, SilenceEnd, Silencer, Subject, Window};

use crate::generate::{Scenario, cases, queries, scenarios, stream};
use crate::helpers::{clamped, ends};
use crate::measure::Stopwatch;
use crate::oracle::enumerate::{Answers, answers};
use crate::specs::{END, FIRST, LAST, Query, WindowSpec, registry, silencer};
use crate::testing::DAY;

/// The oracle covers this duration before and after the base.
const FRAME: i64 = 16 * DAY;

/// The maximum number of instants per query; each is tested with its neighbours.
const INSTANTS: usize = 40;

fn frame(base: i64) -> (i64, i64) {
    ((base - FRAME).max(FIRST), (base + FRAME).min(END))
}

/// The boundaries (evenly sampled if there are many) and some other instants, each with the
/// millisecond before and after.
fn instants(answers: &Answers<'_>, base: i64) -> Vec<i64> {
    let boundaries = answers.boundaries();
    let stride = boundaries.len().div_ceil(INSTANTS).max(1);
    let spread = (1..4).map(|i| answers.from + (answers.until - answers.from) / 4 * i + 12_345);
    let mut all: Vec<i64> = boundaries
        .into_iter()
        .step_by(stride)
        .chain(spread)
        .chain([base, answers.from, answers.until])
        .flat_map(|t| [t - 1, t, t + 1])
        .filter(|t| (answers.from..answers.until).contains(t))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the window is active at `t`, by the second oracle.
pub(crate) fn is_active_by_clock_walk(spec: &WindowSpec, t: i64) -> bool {
    let first = spec.from.unwrap_or(FIRST);
    let last = spec.until.unwrap_or(END).min(spec.closed_at.unwrap_or(END));
    !spec.disabled && first <= t && t < last && spec.schedule.covers_by_clock_walk(t)
}

/// Silencers with the same windows that were built in other ways.
struct Variants {
    /// Derived with a current time.
    with_now: Silencer,
    /// Built with half of the windows; the others were added by updates, one by one.
    updated: Silencer,
}

impl Variants {
    fn new(scenario: &Scenario, silencer: &Silencer) -> Self {
        let with_now = silencer.with_now(clamped(scenario.base));
        let mut known = registry(&scenario.specs[..scenario.specs.len() / 2]);
        let builder = Silencer::builder().topology(scenario.topology.build());
        let mut updated = builder.build(&known).expect("it is small");
        for spec in &scenario.specs[scenario.specs.len() / 2..] {
            known.insert(spec.build()).expect("ids differ");
            updated = updated.updated(&known).expect("it is small");
        }
        Self { with_now, updated }
    }
}

/// Compares direct evaluation, the second oracle and the other silencers for one query.
fn compare_all(
    scenario: &Scenario,
    windows: &[(&WindowSpec, Window)],
    others: &Variants,
    query: &Query,
    t: i64,
    right: &[&str],
) -> TestCaseResult {
    let at = clamped(t);
    query.with_subject(|subject| {
        for (spec, window) in windows {
            let covers = window.covers(subject, others.with_now.topology());
            let silenced = covers && window.is_active(at);
            prop_assert_eq!(silenced, right.contains(&&*spec.id), "direct, at {}: {:?}", at, spec);
            if covers {
                prop_assert_eq!(
                    window.is_active(at),
                    is_active_by_clock_walk(spec, t),
                    "clock walk, at {}: {:?}",
                    at,
                    spec
                );
            }
        }
        for other in [&others.with_now, &others.updated] {
            prop_assert_eq!(other.is_silenced(subject, at), !right.is_empty(), "at {}", at);
            let mut answers = [right.is_empty()];
            if query.is_bare() {
                other.is_silenced_batch(&[(&query.entity, at)], &mut answers).unwrap();
                prop_assert_eq!(answers, [!right.is_empty()], "in a batch, at {}", at);
            }
        }
        let by: Vec<&str> =
            others.updated.silenced_by(subject, at).map(|w| w.id().as_str()).collect();
        prop_assert_eq!(&by, right, "by, updated, at {}: {:?}", at, scenario.base);
        Ok(())
    })
}

/// Compares all queries about one subject with both oracles; returns the number of answers
/// that were compared.
fn compare(scenario: &Scenario, silencer: &Silencer, query: &Query) -> Result<u64, TestCaseError> {
    let others = Variants::new(scenario, silencer);
    let windows: Vec<_> = scenario.specs.iter().map(|spec| (spec, spec.build())).collect();
    let (from, until) = frame(scenario.base);
    let right = answers(&scenario.specs, &scenario.topology, query, from, until);
    let union = right.union();
    let is_combined = scenario.specs.iter().any(|spec| spec.schedule.is_combined());
    let may_stop = |current: Option<&(i64, i64)>| current.is_some() || is_combined;
    query.with_subject(|subject| {
        let mut answer_count = 0;
        for t in instants(&right, scenario.base) {
            let at = clamped(t);
            let by: Vec<&str> =
                silencer.silenced_by(subject, at).map(|window| window.id().as_str()).collect();
            prop_assert_eq!(&by, &right.silenced_by(t), "by, at {} ({})", at, t);
            compare_all(scenario, &windows, &others, query, t, &by)?;
            prop_assert_eq!(silencer.is_silenced(subject, at), !by.is_empty());
            prop_assert_eq!(silencer.effect(subject, at), right.effect(t));
            let state = silencer.entity_state(subject, at).map(|state| state.number());
            prop_assert_eq!(state, right.state(t));
            let current = union.iter().find(|(start, end)| *start <= t && t < *end);
            check_until(silencer.silenced_until(subject, at), current.map(|span| span.1), until)
                .map_err(|e| TestCaseError::fail(format!("until, at {at}: {e}")))?;
            let next = union.iter().find(|(start, _)| *start > t);
            check_next(silencer.next_silence(subject, at), next.copied(), may_stop(current), until)
                .map_err(|e| TestCaseError::fail(format!("next, after {at}: {e}")))?;
            answer_count += 6;
        }
        check_timeline(silencer, subject, &right)?;
        Ok(answer_count + 1)
    })
}

/// An end within the frame must be equal. An end at the edge of the frame may be later.
pub(crate) fn check_until(
    found: Option<SilenceEnd>,
    expected: Option<i64>,
    until: i64,
) -> TestCaseResult {
    match (found, expected) {
        (None, None) => {}
        (Some(SilenceEnd::At(end)), Some(expected)) if expected < until => {
            prop_assert_eq!(end, clamped(expected));
        }
        (Some(SilenceEnd::At(end)), Some(expected)) => {
            prop_assert!(expected < END && clamped(expected) <= end);
        }
        (Some(SilenceEnd::Never), Some(expected)) => prop_assert!(expected >= until),
        (Some(SilenceEnd::AtLeast(end)), Some(expected)) => {
            prop_assert!(expected >= until && clamped(until) <= end);
        }
        _ => prop_assert!(false, "{:?} instead of {:?}", found, expected),
    }
    Ok(())
}

/// A search may stop beyond the frame only if `may_stop`: during a silence that has no end,
/// or if there are combinations.
pub(crate) fn check_next(
    found: NextSilence,
    expected: Option<(i64, i64)>,
    may_stop: bool,
    until: i64,
) -> TestCaseResult {
    match (found, expected) {
        (NextSilence::At(silence), Some((start, end))) => {
            prop_assert_eq!(silence.start, clamped(start));
            check_until(Some(silence.end), Some(end), until)?;
        }
        (NextSilence::At(silence), None) => prop_assert!(silence.start >= clamped(until)),
        (NextSilence::Never, None) => {}
        (NextSilence::NotBefore(t), None) => prop_assert!(may_stop && t >= clamped(until)),
        _ => prop_assert!(false, "{:?} instead of {:?}", found, expected),
    }
    Ok(())
}

/// The segments cover the frame without gaps, and have the effect of the instants in them.
pub(crate) fn check_timeline(
    silencer: &Silencer,
    subject: &Subject<'_>,
    right: &Answers<'_>,
) -> TestCaseResult {
    let within = Interval::new(clamped(right.from), clamped(right.until)).expect("a frame");
    let mut reached = right.from;
    let mut last: Option<Option<Effect>> = None;
    // A period of minutes gives many segments; the first 300 are enough.
    for segment in silencer.timeline(*subject, within).take(300) {
        let (start, end) = ends(segment.interval);
        prop_assert_eq!(start, reached, "a gap in the timeline");
        prop_assert!(end <= right.until);
        for t in [start, end - 1, start + (end - start) / 2] {
            prop_assert_eq!(segment.effect, right.effect(t), "at {}", clamped(t));
        }
        prop_assert_ne!(last, Some(segment.effect), "two segments of one kind at {}", start);
        last = Some(segment.effect);
        reached = end;
    }
    let inside = |t: &i64| right.from < *t && *t < reached;
    for boundary in right.boundaries().into_iter().filter(inside) {
        let changes = right.effect(boundary - 1) != right.effect(boundary);
        let cut = silencer
            .timeline(
                *subject,
                Interval::new(clamped(boundary - 1), clamped(boundary + 1)).unwrap(),
            )
            .count();
        prop_assert_eq!(cut, 1 + usize::from(changes), "at {}", clamped(boundary));
        if right.boundaries().len() > 50 {
            break;
        }
    }
    Ok(())
}

fn scenarios_and_queries() -> impl Strategy<Value = (Scenario, Vec<Query>)> {
    (scenarios(9), vec(queries(), 1..4))
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn silencer_agrees_with_oracles((scenario, queries) in scenarios_and_queries()) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        for query in &queries {
            compare(&scenario, &silencer, query)?;
        }
    }

    #[test]
    fn silenced_until_is_first_unsilenced((scenario, queries) in scenarios_and_queries()) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        for query in &queries {
            query.with_subject(|subject| {
                let at = clamped(scenario.base);
                match silencer.silenced_until(subject, at) {
                    None => prop_assert!(!silencer.is_silenced(subject, at)),
                    Some(SilenceEnd::At(end)) => {
                        prop_assert!(end > at && !silencer.is_silenced(subject, end));
                        let length = end.as_millis() - at.as_millis();
                        for part in [0, 1, length / 3, length / 2, length - 1] {
                            let t = clamped(at.as_millis() + part.min(length - 1));
                            prop_assert!(silencer.is_silenced(subject, t), "at {}", t);
                            prop_assert_eq!(silencer.silenced_until(subject, t), Some(SilenceEnd::At(end)));
                        }
                    }
                    Some(_) => {
                        for later in [0, 1, DAY, 400 * DAY, 4000 * DAY] {
                            let t = clamped((at.as_millis() + later).min(LAST));
                            let held = silencer.silenced_until(subject, at) != Some(SilenceEnd::Never)
                                || silencer.is_silenced(subject, t);
                            prop_assert!(held, "at {}", t);
                        }
                    }
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn added_window_never_unsilences(
        (scenario, queries) in scenarios_and_queries(),
        more in scenarios(2),
    ) {
        let before = silencer(&scenario.specs, &scenario.topology);
        let mut specs = scenario.specs.clone();
        specs.push(WindowSpec { id: "more".to_owned(), ..more.specs[0].clone() });
        let after = silencer(&specs, &scenario.topology);
        for query in &queries {
            let (from, until) = frame(scenario.base);
            let right = answers(&specs, &scenario.topology, query, from, until);
            query.with_subject(|subject| {
                for t in instants(&right, scenario.base).into_iter().map(clamped) {
                    prop_assert!(before.effect(subject, t) <= after.effect(subject, t), "at {}", t);
                    let ends = [&before, &after].map(|s| match s.silenced_until(subject, t) {
                        None => t,
                        Some(SilenceEnd::At(end) | SilenceEnd::AtLeast(end)) => end,
                        Some(_) => clamped(END),
                    });
                    prop_assert!(ends[0] <= ends[1], "{:?} at {}", ends, t);
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn insertion_order_irrelevant(
        (scenario, queries) in scenarios_and_queries(),
        seed in any::<u64>(),
    ) {
        let one = silencer(&scenario.specs, &scenario.topology);
        let mut shuffled = scenario.specs.clone();
        let turns = seed as usize % shuffled.len();
        shuffled.rotate_left(turns);
        if seed % 2 == 0 {
            shuffled.reverse();
        }
        let other = silencer(&shuffled, &scenario.topology);
        for query in &queries {
            let (from, until) = frame(scenario.base);
            let right = answers(&scenario.specs, &scenario.topology, query, from, until);
            query.with_subject(|subject| {
                for t in instants(&right, scenario.base).into_iter().map(clamped) {
                    prop_assert_eq!(one.effect(subject, t), other.effect(subject, t));
                    prop_assert_eq!(one.entity_state(subject, t), other.entity_state(subject, t));
                    prop_assert_eq!(one.silenced_until(subject, t), other.silenced_until(subject, t));
                    prop_assert_eq!(one.next_silence(subject, t), other.next_silence(subject, t));
                    let ids = |silencer: &Silencer| {
                        let mut ids: Vec<_> =
                            silencer.silenced_by(subject, t).map(|w| w.id().clone()).collect();
                        ids.sort();
                        ids
                    };
                    prop_assert_eq!(ids(&one), ids(&other));
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn explain_agrees_with_queries((scenario, queries) in scenarios_and_queries()) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        let at = clamped(scenario.base);
        for query in &queries {
            query.with_subject(|subject| {
                let why = silencer.explain(subject, at);
                prop_assert_eq!(why.effect, silencer.effect(subject, at));
                prop_assert_eq!(why.until, silencer.silenced_until(subject, at));
                let silences = |verdict: &&quietude::explain::WindowExplanation| {
                    matches!(verdict.verdict, quietude::explain::Verdict::Silences { .. })
                };
                let named = why.windows.iter().filter(silences).map(|v| v.window.id());
                prop_assert!(named.eq(silencer.silenced_by(subject, at).map(|w| w.id())));
                let omitted = usize::from(why.omitted > 0);
                prop_assert!(why.to_string().lines().count() == 1 + why.windows.len() + omitted);
                Ok(())
            })?;
        }
    }
}

/// The minimum number of answers that the long test compares, unless `QUIETUDE_ANSWERS` is
/// another, and its threads.
const LONG: u64 = 10_000_000;
const THREADS: u64 = 2;

/// Compares at least `min` answers; returns their number and the number of scenarios.
fn differential(seed: u8, min: u64) -> (u64, u64) {
    let (mut answer_count, mut scenario_count) = (0, 0);
    for (scenario, queries) in stream(seed, (scenarios(16), vec(queries(), 2..6))) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        for query in &queries {
            match compare(&scenario, &silencer, query) {
                Ok(count) => answer_count += count,
                Err(error) => panic!("{error}\n{query:?}\n{scenario:?}"),
            }
        }
        scenario_count += 1;
        if answer_count >= min {
            break;
        }
    }
    (answer_count, scenario_count)
}

/// Run it with
/// `cargo test --release --test it -- --ignored --nocapture long_differential`.
#[test]
#[ignore = "ten million questions: minutes, in release"]
fn long_differential() {
    let stopwatch = Stopwatch::new("long differential test");
    let min = std::env::var("QUIETUDE_ANSWERS").map_or(LONG, |text| text.parse().unwrap());
    let (answer_count, scenario_count) = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..THREADS)
            .map(|run| scope.spawn(move || differential(42 + run as u8, min / THREADS)))
            .collect();
        let runs = runs.into_iter().map(|run| run.join().expect("a wrong answer"));
        runs.fold((0, 0), |all, run| (all.0 + run.0, all.1 + run.1))
    });
    assert!(answer_count >= min);
    println!("{answer_count} answers for {scenario_count} scenarios, none wrong");
    stopwatch.report();
}
