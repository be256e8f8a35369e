//! Nothing is measured that does not answer rightly: a sample of the questions
//! is put to every candidate and to direct evaluation, window by window.

use std::sync::Arc;

use quietude::{Timestamp, Window};

use super::engine::Engine;
use super::hand::{Hand, in_a_fold};
use super::workload::{Fleet, Queries, at};

/// How many of the sample were silenced, and how many the careful hand saw
/// otherwise, all in folds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) asked: usize,
    pub(crate) silenced: usize,
    pub(crate) hand_differs: usize,
}

/// Direct evaluation.
pub(crate) fn judged(windows: &[Vec<Arc<Window>>], entity: Option<usize>, t: Timestamp) -> bool {
    entity.is_some_and(|entity| {
        windows[entity].iter().any(|window| {
            let valid = window.validity();
            let begun = valid.start().is_none_or(|since| since <= t);
            let ended = valid.end().is_some_and(|until| until <= t);
            begun && !ended && window.schedule().contains(t)
        })
    })
}

/// # Panics
///
/// If a candidate is wrong.
pub(crate) fn verify(
    fleet: &Fleet,
    windows: &[Vec<Arc<Window>>],
    engine: &Engine,
    hand: Option<&Hand>,
    queries: &Queries,
    sample: usize,
) -> Verdict {
    let pairs = queries.pairs();
    let entities: Vec<_> = queries.entities().collect();
    let step = (pairs.len() / sample).max(1);
    let mut verdict = Verdict { asked: 0, silenced: 0, hand_differs: 0 };
    for (place, ((id, t), entity)) in pairs.iter().zip(&entities).enumerate().step_by(step) {
        verdict.asked += 1;
        let expected = judged(windows, *entity, *t);
        verdict.silenced += usize::from(expected);
        assert_eq!(engine.is_silenced(id, *t), expected, "{id} at {t}, question {place}");
        if entity.is_some() {
            let handle = engine.handle(id).expect("the entity is known");
            assert_eq!(handle.is_silenced(*t), expected, "{id} at {t}, by handle");
        }
        if let Some(hand) = hand
            && hand.contains(id, *t) != expected
        {
            verdict.hand_differs += 1;
            let mine = fleet.specs.iter().filter(|spec| Some(spec.entity) == *entity);
            let zones = mine.filter_map(|spec| spec.rule.zone());
            assert!(in_a_fold(zones, *t), "by hand: {id} at {t}");
        }
    }
    for batch in pairs.chunks(32).zip(entities.chunks(32)).step_by(step.max(8)) {
        let mut answers = vec![false; batch.0.len()];
        engine.batch(batch.0, &mut answers);
        for ((pair, entity), answer) in batch.0.iter().zip(batch.1).zip(answers) {
            assert_eq!(answer, judged(windows, *entity, pair.1), "{pair:?}, in a batch");
        }
    }
    verdict
}

/// Asks at each bound of some windows' occurrences, a millisecond either side.
pub(crate) fn verify_edges(
    fleet: &Fleet,
    windows: &[Vec<Arc<Window>>],
    engine: &Engine,
    sample: usize,
) {
    let step = (fleet.specs.len() / sample).max(1);
    for spec in fleet.specs.iter().step_by(step) {
        let id = &fleet.entities[spec.entity];
        let now = at(super::workload::NOW);
        for window in &windows[spec.entity] {
            let next = window.next_occurrence(now);
            let bounds = [next, window.previous_occurrence(now), window.occurrence_at(now)];
            for occurrence in bounds.into_iter().flatten() {
                for edge in [occurrence.start(), occurrence.end()] {
                    for near in -1..=1 {
                        let t = at(edge.as_millis() + near);
                        let expected = judged(windows, Some(spec.entity), t);
                        assert_eq!(engine.is_silenced(id, t), expected, "{id} at {t}, an edge");
                    }
                }
            }
        }
    }
}
