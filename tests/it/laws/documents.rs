//! Laws of the native document: round trips.

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::{Document, Window};

use crate::generate::{Scenario, cases, queries, scenarios};
use crate::helpers::clamped;
use crate::oracle::enumerate;
use crate::other_kinds::Named;
use crate::specs::{ScheduleSpec, registry};
use crate::testing::DAY;
use crate::zone_source::ZoneSource;

/// The document of a scenario. Its names have one meaning each, and are defined in the order
/// of a list that begins anywhere; it has definitions that nothing uses, too.
fn document(scenario: &mut Scenario, turn: usize) -> Document {
    let (mut schedules, mut calendars) = (Vec::new(), Vec::new());
    for spec in &mut scenario.specs {
        let ScheduleSpec::Other(kind) = &mut spec.schedule else { continue };
        kind.for_each_name(&mut |named| match named {
            Named::Schedule(name, part) => {
                *name = format!("{name}-{}", schedules.len());
                schedules.push((name.clone(), part.build()));
            }
            Named::Days(name, days) => {
                *name = format!("{name}-{}", calendars.len());
                calendars.push((name.clone(), days.build()));
            }
        });
        if schedules.len() % 3 == 1 {
            schedules.push((format!("unused-{}", schedules.len()), spec.schedule.build()));
        }
    }
    let (first, other) = (turn % schedules.len().max(1), turn % calendars.len().max(1));
    schedules.rotate_left(first);
    calendars.rotate_left(other);
    let registry = registry(&scenario.specs);
    let mut document = Document::new(registry, scenario.topology.build());
    (document.schedules, document.calendars) = (schedules, calendars);
    document
}

/// A scenario in the zones that a host provides, one for each name.
fn hosted_scenarios(most: usize) -> impl Strategy<Value = Scenario> {
    scenarios(most).prop_map(|mut scenario| {
        for spec in &mut scenario.specs {
            *spec = spec.with_zones(ZoneSource::file_or_built_in);
        }
        scenario
    })
}

fn read(text: &str) -> Result<Document, TestCaseError> {
    let document =
        Document::from_json_with_zones(text, |name| Ok(ZoneSource::file_or_built_in(name).into()));
    document.map_err(|error| TestCaseError::fail(error.to_string()))
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn document_round_trip(mut scenario in hosted_scenarios(9), turn in 0..1000usize) {
        let document = document(&mut scenario, turn);
        let text = document.to_json();
        let again = read(&text)?;
        prop_assert!(again.registry.iter().eq(document.registry.iter()), "{}", text);
        prop_assert_eq!(&again.topology, &document.topology);
        prop_assert_eq!(&again.schedules, &document.schedules);
        prop_assert_eq!(&again.calendars, &document.calendars);
        prop_assert_eq!(again.to_json(), text);
    }

    #[test]
    fn window_round_trip(mut scenario in scenarios(4)) {
        for spec in &mut scenario.specs {
            let window = spec.with_zones(ZoneSource::built_in).build();
            let text = serde_json::to_string(&window).unwrap();
            let again = serde_json::from_str::<Window>(&text).unwrap();
            // A window by itself has no names; what they stand for is written in their place.
            let mut named = 0;
            if let ScheduleSpec::Other(kind) = &mut spec.schedule {
                kind.for_each_name(&mut |_| named += 1);
            }
            if named == 0 {
                prop_assert_eq!(&again, &window, "{}", text);
            }
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        }
    }

    #[test]
    fn document_round_trip_same_answers(
        mut scenario in hosted_scenarios(6),
        turn in 0..1000usize,
        queries in vec(queries(), 1..3),
    ) {
        let text = document(&mut scenario, turn).to_json();
        let document = read(&text)?;
        let silencer = quietude::Silencer::builder()
            .topology(document.topology)
            .build(&document.registry)
            .unwrap();
        let (from, until) = (scenario.base - DAY, scenario.base + DAY);
        for query in &queries {
            let right = enumerate::answers(&scenario.specs, &scenario.topology, query, from, until);
            query.with_subject(|subject| {
                for t in right.boundaries().into_iter().take(8).chain([scenario.base]) {
                    let expected = right.effect(t);
                    prop_assert_eq!(silencer.effect(subject, clamped(t)), expected, "at {}", t);
                }
                Ok(())
            })?;
        }
    }
}
