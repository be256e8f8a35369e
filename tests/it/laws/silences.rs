//! Laws of the silencer: it is the linear scan, only faster.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestCaseResult};
use quietude::{Effect, Interval, NextSilence, SilenceEnd, Silencer, Subject, Window};

use crate::generate::{Fleet, cases, fleets, questions, stream};
use crate::memory::Watch;
use crate::model::{END, FIRST, LAST, Plan, Question, When, registry, silencer};
use crate::oracle::scan::{Answers, answers};
use crate::oracle::{DAY, walker};
use crate::text::{clamped, ends};

/// How far to either side of the base the oracle lays out occurrences.
const FRAME: i64 = 16 * DAY;

/// How many instants a question is asked at, at most; each with its neighbours.
const INSTANTS: usize = 40;

fn frame(base: i64) -> (i64, i64) {
    ((base - FRAME).max(FIRST), (base + FRAME).min(END))
}

/// Every boundary, or evenly spread ones if there are many, and some instants
/// of no particular kind; each -1, 0 and +1 ms.
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

/// Whether a window silences those it covers at `t`, by the second oracle: the
/// walker along the clock, and arithmetic where there is no clock.
fn walked(plan: &Plan, t: i64) -> bool {
    let first = plan.from.unwrap_or(FIRST);
    let last = plan.until.unwrap_or(END).min(plan.closed_at.unwrap_or(END));
    let inside = || match &plan.when {
        When::Once { start, end } => *start <= t && t < *end,
        When::Periodic { start, duration_ms, period_ms } => {
            t >= *start && (duration_ms >= period_ms || (t - start) % period_ms < *duration_ms)
        }
        When::Clock(calendar) => walker::covers(calendar, t),
    };
    !plan.disabled && first <= t && t < last && inside()
}

/// The same windows in other silencers, each of which got there in its own way.
struct Others {
    /// Told the present.
    near: Silencer,
    /// Given half of the windows first, and the others one by one.
    grown: Silencer,
}

impl Others {
    fn new(fleet: &Fleet, silencer: &Silencer) -> Self {
        let near = silencer.with_now(clamped(fleet.base));
        let mut known = registry(&fleet.plans[..fleet.plans.len() / 2]);
        let builder = Silencer::builder().topology(fleet.world.build());
        let mut grown = builder.build(&known).expect("it is small");
        for plan in &fleet.plans[fleet.plans.len() / 2..] {
            known.insert(plan.build()).expect("ids differ");
            grown = grown.updated(&known).expect("it is small");
        }
        Self { near, grown }
    }
}

/// Puts one question to direct evaluation, to the second oracle and to the
/// other silencers: whether, and by which windows.
fn compare_all(
    fleet: &Fleet,
    windows: &[(&Plan, Window)],
    others: &Others,
    question: &Question,
    t: i64,
    right: &[&str],
) -> TestCaseResult {
    let at = clamped(t);
    question.ask(|subject| {
        for (plan, window) in windows {
            let covers = window.covers(subject, others.near.topology());
            let silenced = covers && window.is_active(at);
            prop_assert_eq!(silenced, right.contains(&&*plan.id), "direct, at {}: {:?}", at, plan);
            if covers {
                prop_assert_eq!(
                    window.is_active(at),
                    walked(plan, t),
                    "walked, at {}: {:?}",
                    at,
                    plan
                );
            }
        }
        for other in [&others.near, &others.grown] {
            prop_assert_eq!(other.is_silenced(subject, at), !right.is_empty(), "at {}", at);
            let mut answers = [right.is_empty()];
            if question.is_bare() {
                other.is_silenced_batch(&[(&question.entity, at)], &mut answers);
                prop_assert_eq!(answers, [!right.is_empty()], "in a batch, at {}", at);
            }
        }
        let by: Vec<&str> =
            others.grown.silenced_by(subject, at).map(|w| w.id().as_str()).collect();
        prop_assert_eq!(&by, right, "by, grown, at {}: {:?}", at, fleet.base);
        Ok(())
    })
}

/// Asks everything about one subject, of the index, of direct evaluation and of
/// both oracles; returns how many questions that were.
fn compare(fleet: &Fleet, silencer: &Silencer, question: &Question) -> Result<u64, TestCaseError> {
    let others = Others::new(fleet, silencer);
    let windows: Vec<_> = fleet.plans.iter().map(|plan| (plan, plan.build())).collect();
    let (from, until) = frame(fleet.base);
    let right = answers(&fleet.plans, &fleet.world, question, from, until);
    let union = right.union();
    question.ask(|subject| {
        let mut asked = 0;
        for t in instants(&right, fleet.base) {
            let at = clamped(t);
            let by: Vec<&str> =
                silencer.silenced_by(subject, at).map(|window| window.id().as_str()).collect();
            prop_assert_eq!(&by, &right.silenced_by(t), "by, at {} ({})", at, t);
            compare_all(fleet, &windows, &others, question, t, &by)?;
            prop_assert_eq!(silencer.is_silenced(subject, at), !by.is_empty());
            prop_assert_eq!(silencer.effect(subject, at), right.effect(t));
            let state = silencer.entity_state(subject, at).map(|state| state.number());
            prop_assert_eq!(state, right.state(t));
            let current = union.iter().find(|(start, end)| *start <= t && t < *end);
            check_until(silencer.silenced_until(subject, at), current.map(|span| span.1), until)
                .map_err(|e| TestCaseError::fail(format!("until, at {at}: {e}")))?;
            let next = union.iter().find(|(start, _)| *start > t);
            check_next(silencer.next_silence(subject, at), next.copied(), current.is_some(), until)
                .map_err(|e| TestCaseError::fail(format!("next, after {at}: {e}")))?;
            asked += 6;
        }
        check_timeline(silencer, subject, &right)?;
        Ok(asked + 1)
    })
}

/// An end within the frame must be met; one at its edge may lie further away.
fn check_until(found: Option<SilenceEnd>, expected: Option<i64>, until: i64) -> TestCaseResult {
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

fn check_next(
    found: NextSilence,
    expected: Option<(i64, i64)>,
    now: bool,
    until: i64,
) -> TestCaseResult {
    match (found, expected) {
        (NextSilence::At(silence), Some((start, end))) => {
            prop_assert_eq!(silence.start, clamped(start));
            check_until(Some(silence.end), Some(end), until)?;
        }
        (NextSilence::At(silence), None) => prop_assert!(silence.start >= clamped(until)),
        (NextSilence::Never, None) => {}
        (NextSilence::NotBefore(t), None) => prop_assert!(now && t >= clamped(until)),
        _ => prop_assert!(false, "{:?} instead of {:?}", found, expected),
    }
    Ok(())
}

/// The segments tile the frame and say what the instants in them say.
fn check_timeline(
    silencer: &Silencer,
    subject: &Subject<'_>,
    right: &Answers<'_>,
) -> TestCaseResult {
    let within = Interval::new(clamped(right.from), clamped(right.until)).expect("a frame");
    let mut reached = right.from;
    let mut last: Option<Option<Effect>> = None;
    // A period of minutes makes for many segments: the first will do.
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

fn asked() -> impl Strategy<Value = (Fleet, Vec<Question>)> {
    (fleets(9), vec(questions(), 1..4))
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn the_silencer_is_the_linear_scan((fleet, questions) in asked()) {
        let silencer = silencer(&fleet.plans, &fleet.world);
        for question in &questions {
            compare(&fleet, &silencer, question)?;
        }
    }

    #[test]
    fn the_end_of_a_silence_is_not_silenced_and_all_before_it_is((fleet, questions) in asked()) {
        let silencer = silencer(&fleet.plans, &fleet.world);
        for question in &questions {
            question.ask(|subject| {
                let at = clamped(fleet.base);
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
    fn another_window_never_wakes_anyone(
        (fleet, questions) in asked(),
        more in fleets(2),
    ) {
        let before = silencer(&fleet.plans, &fleet.world);
        let mut plans = fleet.plans.clone();
        plans.push(Plan { id: "more".to_owned(), ..more.plans[0].clone() });
        let after = silencer(&plans, &fleet.world);
        for question in &questions {
            let (from, until) = frame(fleet.base);
            let right = answers(&plans, &fleet.world, question, from, until);
            question.ask(|subject| {
                for t in instants(&right, fleet.base).into_iter().map(clamped) {
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
    fn the_order_of_insertion_means_nothing(
        (fleet, questions) in asked(),
        seed in any::<u64>(),
    ) {
        let one = silencer(&fleet.plans, &fleet.world);
        let mut shuffled = fleet.plans.clone();
        let turns = seed as usize % shuffled.len();
        shuffled.rotate_left(turns);
        if seed % 2 == 0 {
            shuffled.reverse();
        }
        let other = silencer(&shuffled, &fleet.world);
        for question in &questions {
            let (from, until) = frame(fleet.base);
            let right = answers(&fleet.plans, &fleet.world, question, from, until);
            question.ask(|subject| {
                for t in instants(&right, fleet.base).into_iter().map(clamped) {
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
    fn an_explanation_agrees_with_the_answer((fleet, questions) in asked()) {
        let silencer = silencer(&fleet.plans, &fleet.world);
        let at = clamped(fleet.base);
        for question in &questions {
            question.ask(|subject| {
                let why = silencer.explain(subject, at);
                prop_assert_eq!(why.effect, silencer.effect(subject, at));
                prop_assert_eq!(why.until, silencer.silenced_until(subject, at));
                let silences = |w: &&quietude::explain::WindowExplanation| {
                    matches!(w.verdict, quietude::explain::Verdict::Silences { .. })
                };
                let named = why.windows.iter().filter(silences).map(|v| v.window.id());
                prop_assert!(named.eq(silencer.silenced_by(subject, at).map(|w| w.id())));
                prop_assert!(why.to_string().lines().count() == 1 + why.windows.len());
                Ok(())
            })?;
        }
    }
}

/// How many questions the long run asks at least, on so many threads.
const LONG: u64 = 10_000_000;
const THREADS: u64 = 2;

/// Asks so many questions at least; returns how many, and about how many fleets.
fn differential(seed: u8, most: u64) -> (u64, u64) {
    let (mut asked, mut seen) = (0, 0);
    for (fleet, questions) in stream(seed, (fleets(16), vec(questions(), 2..6))) {
        let silencer = silencer(&fleet.plans, &fleet.world);
        for question in &questions {
            match compare(&fleet, &silencer, question) {
                Ok(count) => asked += count,
                Err(error) => panic!("{error}\n{question:?}\n{fleet:?}"),
            }
        }
        seen += 1;
        if asked >= most {
            break;
        }
    }
    (asked, seen)
}

/// Run it with
/// `cargo test --release --test it -- --ignored --nocapture long_differential`.
#[test]
#[ignore = "ten million questions: minutes, in release"]
fn long_differential() {
    let watch = Watch::new("the long differential run");
    let (asked, seen) = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..THREADS)
            .map(|run| scope.spawn(move || differential(42 + run as u8, LONG / THREADS)))
            .collect();
        let runs = runs.into_iter().map(|run| run.join().expect("a wrong answer"));
        runs.fold((0, 0), |all, run| (all.0 + run.0, all.1 + run.1))
    });
    assert!(asked >= LONG);
    println!("{asked} questions about {seen} fleets, none answered wrong");
    watch.report();
}
