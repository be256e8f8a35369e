//! Laws of the questions about a whole fleet, and of the one answer: they equal the linear
//! scan and the other questions.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::batch::Columns;
use quietude::fleet::EventKind;
use quietude::{Effect, Interval, Silencer, Subject};

use crate::generate::{Scenario, cases, queries, scenarios};
use crate::helpers::{clamped, ends};
use crate::oracle::enumerate::{Answers, active, answers};
use crate::specs::{END, FIRST, Query, registry, silencer};
use crate::testing::DAY;

/// The questions are about this duration before and after the base.
const FRAME: i64 = 4 * DAY;

fn frame(base: i64) -> (i64, i64) {
    ((base - FRAME).max(FIRST), (base + FRAME).min(END))
}

/// Half of the windows are in the build, the others were added by updates, one by one.
fn updated(scenario: &Scenario) -> Silencer {
    let half = scenario.specs.len() / 2;
    let mut known = registry(&scenario.specs[..half]);
    let builder = Silencer::builder().topology(scenario.topology.build());
    let mut updated = builder.build(&known).expect("it is small");
    for spec in &scenario.specs[half..] {
        known.insert(spec.build()).expect("ids differ");
        updated = updated.updated(&known).expect("it is small");
    }
    updated
}

/// How long the effect is one of `effects`, by the linear scan.
fn time_of(right: &Answers<'_>, effects: &[Effect]) -> i64 {
    let mut bounds = right.boundaries();
    bounds.extend([right.from, right.until]);
    bounds.sort_unstable();
    bounds.dedup();
    let parts = bounds
        .windows(2)
        .filter(|part| right.effect(part[0]).is_some_and(|effect| effects.contains(&effect)));
    parts.map(|part| part[1] - part[0]).sum()
}

/// The length of the union of intervals within a frame.
fn union_ms(spans: &[(i64, i64)], from: i64, until: i64) -> i64 {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let (mut total, mut reached) = (0, from);
    for (start, end) in spans {
        total += (end.min(until) - start.max(reached)).max(0);
        reached = reached.max(end.min(until));
    }
    total
}

fn scenarios_and_queries() -> impl Strategy<Value = (Scenario, Vec<Query>)> {
    (scenarios(9), vec(queries(), 1..4))
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn answer_equals_single_questions((scenario, queries) in scenarios_and_queries()) {
        for silencer in [silencer(&scenario.specs, &scenario.topology), updated(&scenario)] {
            for query in &queries {
                let (from, until) = frame(scenario.base);
                let right = answers(&scenario.specs, &scenario.topology, query, from, until);
                query.with_subject(|subject| {
                    let instants = right.boundaries().into_iter().take(30).chain([scenario.base]);
                    for at in instants.flat_map(|t| [t - 1, t]).map(clamped) {
                        let answer = silencer.answer(subject, at);
                        let expected = right.silenced_by(at.as_millis());
                        let t = at.as_millis();
                        if t < from || t >= until {
                            continue;
                        }
                        let Some(answer) = answer else {
                            prop_assert!(expected.is_empty(), "none at {}", at);
                            continue;
                        };
                        let by: Vec<&str> = answer.by.map(|window| window.id().as_str()).collect();
                        prop_assert_eq!(&by, &expected, "at {}", at);
                        prop_assert_eq!(Some(answer.effect), right.effect(t));
                        prop_assert_eq!(answer.state.map(|state| state.number()), right.state(t));
                        prop_assert_eq!(Some(answer.until), silencer.silenced_until(subject, at));
                    }
                    Ok(())
                })?;
            }
        }
    }

    #[test]
    fn silenced_columns_equals_single_questions((scenario, queries) in scenarios_and_queries()) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        let queries: Vec<&Query> = queries.iter().cycle().take(70).collect();
        let entities: Vec<&str> = queries.iter().map(|query| &*query.entity).collect();
        let instants: Vec<_> =
            (-35..35).map(|step| clamped(scenario.base + step * DAY / 7)).collect();
        let types: Vec<Option<&str>> =
            queries.iter().map(|query| query.alert_type.as_deref()).collect();
        let labels: Vec<Vec<(&str, &str)>> = queries.iter().map(|query| {
            query.attributes.iter().map(|(name, value)| (&**name, &**value)).collect()
        }).collect();
        let labels: Vec<&[(&str, &str)]> = labels.iter().map(|labels| &**labels).collect();
        let columns = Columns::new(&entities, &instants);
        let mut found = vec![false; entities.len()];
        silencer.is_silenced_columns(&columns, &mut found).unwrap();
        for (row, found) in found.iter().enumerate() {
            prop_assert_eq!(*found, silencer.is_silenced(entities[row], instants[row]));
        }
        let columns = columns.with_alert_types(&types).with_labels(&labels);
        let mut found = vec![false; entities.len()];
        silencer.is_silenced_columns(&columns, &mut found).unwrap();
        for (row, found) in found.iter().enumerate() {
            let subject = Subject::entity(entities[row]).with_attributes(labels[row]);
            let subject = types[row].map_or(subject, |text| subject.with_alert_type(text));
            prop_assert_eq!(*found, silencer.is_silenced(subject, instants[row]));
        }
    }

    #[test]
    fn silenced_time_equals_sum_of_timeline((scenario, queries) in scenarios_and_queries()) {
        let (from, until) = frame(scenario.base);
        let within = Interval::new(clamped(from), clamped(until)).expect("a frame");
        for silencer in [silencer(&scenario.specs, &scenario.topology), updated(&scenario)] {
            for query in &queries {
                let right = answers(&scenario.specs, &scenario.topology, query, from, until);
                query.with_subject(|subject| {
                    let time = silencer.silenced_time(subject, within).expect("few occurrences");
                    let both = [Effect::Notifications, Effect::Monitoring];
                    prop_assert_eq!(time.total_ms(), time_of(&right, &both));
                    for effect in both {
                        prop_assert_eq!(time.effect_ms(effect), time_of(&right, &[effect]));
                    }
                    let segments = silencer.timeline(*subject, within);
                    let silent = segments.filter(|segment| segment.effect.is_some());
                    prop_assert_eq!(time.total_ms(), silent.map(|s| s.interval.duration_ms()).sum::<i64>());
                    let expected = right.active.iter().map(|(spec, spans)| {
                        (&*spec.id, union_ms(spans, from, until))
                    });
                    let expected: Vec<_> = expected.filter(|(_, ms)| *ms > 0).collect();
                    let found: Vec<_> =
                        time.by_window().map(|(window, ms)| (window.id().as_str(), ms)).collect();
                    prop_assert_eq!(found, expected);
                    Ok(())
                })?;
            }
            let ids = ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e0"];
            for (id, time) in ids.iter().zip(silencer.silenced_times(ids, within)) {
                prop_assert_eq!(time.unwrap(), silencer.silenced_time(*id, within).unwrap());
            }
        }
    }

    #[test]
    fn active_ms_equals_occurrences(scenario in scenarios(8)) {
        let (from, until) = frame(scenario.base);
        let within = Interval::new(clamped(from), clamped(until)).expect("a frame");
        for spec in &scenario.specs {
            let expected = union_ms(&active(spec, from, until), from, until);
            prop_assert_eq!(spec.build().active_ms(within).expect("few occurrences"), expected);
        }
    }

    #[test]
    fn silenced_throughout_and_within_equal_union((scenario, queries) in scenarios_and_queries()) {
        let silencer = silencer(&scenario.specs, &scenario.topology);
        let (from, until) = frame(scenario.base);
        for query in &queries {
            let right = answers(&scenario.specs, &scenario.topology, query, from, until);
            let mut bounds: Vec<i64> = right.boundaries().into_iter().take(12).collect();
            bounds.extend([from, scenario.base, until]);
            let bounds: BTreeSet<i64> = bounds.iter().flat_map(|t| [t - 1, *t, t + 1]).collect();
            let bounds: Vec<i64> =
                bounds.into_iter().filter(|t| (from..=until).contains(t)).collect();
            let union = right.union();
            query.with_subject(|subject| {
                for (number, start) in bounds.iter().enumerate() {
                    for end in bounds[number + 1..].iter().take(4) {
                        let within = Interval::new(clamped(*start), clamped(*end)).unwrap();
                        let throughout = union.iter().any(|(s, e)| s <= start && end <= e);
                        let touched = union.iter().any(|(s, e)| s < end && start < e);
                        prop_assert_eq!(silencer.is_silenced_throughout(subject, within).unwrap(), throughout);
                        prop_assert_eq!(silencer.is_silenced_within(subject, within).unwrap(), touched);
                    }
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn active_and_upcoming_equal_scan(scenario in scenarios(12)) {
        let (from, until) = frame(scenario.base);
        let within = Interval::new(clamped(from), clamped(until)).expect("a frame");
        // The oracle: the union of the occurrences of each window.
        let merged: Vec<Vec<(i64, i64)>> = scenario.specs.iter().map(|spec| {
            let window = Answers { from, until, active: vec![(spec, active(spec, from - 2, until))] };
            window.union()
        }).collect();
        let is_active = |number: usize, t: i64| merged[number].iter().any(|(s, e)| *s <= t && t < *e);
        let mut expected = BTreeSet::new();
        for (number, spans) in merged.iter().enumerate() {
            let inside = |t: i64| from <= t && t < until && t < END;
            expected.extend(spans.iter().filter(|(s, _)| inside(*s) ).map(|(s, _)| (*s, number, EventKind::Begins)));
            expected.extend(spans.iter().filter(|(_, e)| inside(*e)).map(|(_, e)| (*e, number, EventKind::Ends)));
        }
        for silencer in [silencer(&scenario.specs, &scenario.topology), updated(&scenario)] {
            let events: Vec<_> = silencer.upcoming(within).map(|event| {
                let number: usize = event.window.id().as_str()[2..].parse().unwrap();
                (event.at.as_millis(), number, event.kind)
            }).collect();
            let expected: Vec<_> = expected.iter().copied().collect();
            prop_assert_eq!(&events, &expected);
            for t in expected.iter().take(30).map(|(t, ..)| *t).chain([scenario.base]) {
                if !(from..until).contains(&t) {
                    continue;
                }
                let found: Vec<&str> = silencer.active(clamped(t)).map(|w| w.id().as_str()).collect();
                let expected: Vec<&str> = (0..merged.len()).filter(|number| is_active(*number, t))
                    .map(|number| &*scenario.specs[number].id).collect();
                prop_assert_eq!(found, expected, "at {}", t);
            }
        }
    }

    #[test]
    fn entities_of_window_equals_direct_evaluation(scenario in scenarios(9)) {
        for silencer in [silencer(&scenario.specs, &scenario.topology), updated(&scenario)] {
            let topology = silencer.topology();
            let mut known: Vec<String> = topology.entities().map(str::to_owned).collect();
            // What scopes name, by what they cover alone.
            let ids = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
            let text = format!("{:?}", scenario.specs);
            known.extend(ids.iter().filter(|id| {
                !topology.contains(id) && text.contains(&format!("Entity(\"{id}\")"))
                    || !topology.contains(id) && is_in_list(&text, id)
            }).map(|id| (*id).to_owned()));
            let known: BTreeSet<String> = known.into_iter().collect();
            for spec in &scenario.specs {
                let window = spec.build();
                let covers = |id: &&String| {
                    let subject = Subject::entity(id);
                    window.covers(&subject, topology)
                        || ["t", "u"].iter().any(|text| window.covers(&subject.with_alert_type(text), topology))
                };
                let expected: BTreeSet<&str> = known.iter().filter(covers).map(String::as_str).collect();
                let found = silencer.entities_of(&window);
                let distinct: BTreeSet<&str> = found.iter().map(|id| id.as_str()).collect();
                prop_assert_eq!(distinct.len(), found.len());
                prop_assert_eq!(distinct, expected, "{:?}", spec);
            }
            let at = clamped(scenario.base);
            let silenced: BTreeSet<&str> = silencer.silenced_entities(at).collect();
            let expected: BTreeSet<&str> = known.iter().map(String::as_str)
                .filter(|id| silencer.is_silenced(*id, at)).collect();
            prop_assert_eq!(silenced, expected);
        }
    }
}

/// Whether a list of entities in the `Debug` text of scopes has an id.
fn is_in_list(text: &str, id: &str) -> bool {
    text.split("Entities([")
        .skip(1)
        .any(|rest| rest.split(']').next().is_some_and(|list| list.contains(&format!("\"{id}\""))))
}

#[test]
fn upcoming_without_windows_is_empty() {
    let silencer = silencer(&[], &Default::default());
    assert_eq!(silencer.upcoming(Interval::ALWAYS).count(), 0);
    assert_eq!(silencer.active(clamped(0)).len(), 0);
    assert_eq!(silencer.silenced_entities(clamped(0)).count(), 0);
    let time = silencer.silenced_time("e", Interval::ALWAYS).unwrap();
    assert_eq!((time.total_ms(), time.by_window().len()), (0, 0));
    assert_eq!(ends(time.within()), (FIRST, END));
}

#[test]
fn columns_of_other_length_are_error() {
    let silencer = silencer(&[], &Default::default());
    let instants = [clamped(0); 2];
    let columns = Columns::new(&["a", "b"], &instants);
    let refused = |columns: &Columns<'_, &str>, answers: usize| {
        let mut found = vec![true; answers];
        let error = silencer.is_silenced_columns(columns, &mut found).unwrap_err().to_string();
        assert_eq!(found, vec![true; answers]);
        error
    };
    assert_eq!(refused(&columns, 1), "answers: 1 rows are not 2, as the entities are");
    let one = Columns::new(&["a", "b"], &instants[..1]);
    assert_eq!(refused(&one, 2), "instants: 1 rows are not 2, as the entities are");
    let types = columns.with_alert_types(&[]);
    assert_eq!(refused(&types, 2), "alert_types: 0 rows are not 2, as the entities are");
    let labels = columns.with_labels(&[&[]]);
    assert_eq!(refused(&labels, 2), "labels: 1 rows are not 2, as the entities are");
}
