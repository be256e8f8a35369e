//! Checks answers before measuring: a sample of the queries is answered by every candidate
//! and by direct evaluation, window by window.

use std::sync::Arc;

use quietude::{Timestamp, Window};

use super::baseline_hashmap::{HashMapBaseline, is_in_fold};
use super::engine::Engine;
use super::workload::{Fleet, Queries, at};

/// How many queries were tested, how many of them were silenced, and on how many the hash
/// map baseline differed (all in folds).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    pub(crate) tested: usize,
    pub(crate) silenced: usize,
    pub(crate) baseline_differs: usize,
}

/// Direct evaluation of the windows of an entity.
pub(crate) fn evaluate(windows: &[Vec<Arc<Window>>], entity: Option<usize>, t: Timestamp) -> bool {
    entity.is_some_and(|entity| {
        windows[entity].iter().any(|window| {
            let valid = window.validity();
            let has_started = valid.start().is_none_or(|start| start <= t);
            let has_ended = valid.end().is_some_and(|end| end <= t);
            has_started && !has_ended && window.schedule().contains(t)
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
    baseline: Option<&HashMapBaseline>,
    queries: &Queries,
    sample: usize,
) -> Checked {
    let pairs = queries.pairs();
    let entities: Vec<_> = queries.entities().collect();
    let step = (pairs.len() / sample).max(1);
    let mut checked = Checked { tested: 0, silenced: 0, baseline_differs: 0 };
    for (index, ((id, t), entity)) in pairs.iter().zip(&entities).enumerate().step_by(step) {
        checked.tested += 1;
        let expected = evaluate(windows, *entity, *t);
        checked.silenced += usize::from(expected);
        assert_eq!(engine.is_silenced(id, *t), expected, "{id} at {t}, query {index}");
        if entity.is_some() {
            let handle = engine.handle(id).expect("the entity is known");
            assert_eq!(handle.is_silenced(*t), expected, "{id} at {t}, by handle");
        }
        if let Some(baseline) = baseline
            && baseline.contains(id, *t) != expected
        {
            checked.baseline_differs += 1;
            let mine = fleet.specs.iter().filter(|spec| Some(spec.entity) == *entity);
            let zones = mine.filter_map(|spec| spec.schedule.zone());
            assert!(is_in_fold(zones, *t), "hash map baseline: {id} at {t}");
        }
    }
    for batch in pairs.chunks(32).zip(entities.chunks(32)).step_by(step.max(8)) {
        let mut answers = vec![false; batch.0.len()];
        engine.batch(batch.0, &mut answers);
        for ((pair, entity), answer) in batch.0.iter().zip(batch.1).zip(answers) {
            assert_eq!(answer, evaluate(windows, *entity, pair.1), "{pair:?}, in a batch");
        }
    }
    checked
}

/// Queries the ends of the occurrences of some windows, with the milliseconds before and
/// after.
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
                        let expected = evaluate(windows, Some(spec.entity), t);
                        assert_eq!(engine.is_silenced(id, t), expected, "{id} at {t}, at a bound");
                    }
                }
            }
        }
    }
}
