//! Laws of the native document: round trips.

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::{Document, Window};

use crate::generate::{Scenario, cases, queries, scenarios};
use crate::helpers::clamped;
use crate::oracle::enumerate;
use crate::specs::registry;
use crate::testing::DAY;
use crate::zone_source::ZoneSource;

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
    fn document_round_trip(scenario in hosted_scenarios(9)) {
        let document = Document::new(registry(&scenario.specs), scenario.topology.build());
        let text = document.to_json();
        let again = read(&text)?;
        prop_assert!(again.registry.iter().eq(document.registry.iter()), "{}", text);
        prop_assert_eq!(&again.topology, &document.topology);
        prop_assert_eq!(again.to_json(), text);
    }

    #[test]
    fn window_round_trip(scenario in scenarios(4)) {
        for spec in &scenario.specs {
            let window = spec.with_zones(ZoneSource::built_in).build();
            let text = serde_json::to_string(&window).unwrap();
            prop_assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window, "{}", text);
        }
    }

    #[test]
    fn document_round_trip_same_answers(
        scenario in hosted_scenarios(6),
        queries in vec(queries(), 1..3),
    ) {
        let text = Document::new(registry(&scenario.specs), scenario.topology.build()).to_json();
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
