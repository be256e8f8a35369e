//! Laws of the native document: it says all there is to say.

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::{Document, Window};

use crate::generate::{Fleet, cases, fleets, questions};
use crate::model::registry;
use crate::oracle::{DAY, scan};
use crate::place::Place;
use crate::text::clamped;

/// A fleet in the zones of a host, which has one of each name.
fn hosted_fleets(most: usize) -> impl Strategy<Value = Fleet> {
    fleets(most).prop_map(|mut fleet| {
        for plan in &mut fleet.plans {
            *plan = plan.hosted(Place::hosted);
        }
        fleet
    })
}

fn read(text: &str) -> Result<Document, TestCaseError> {
    let document = Document::from_json_with_zones(text, |name| Ok(Place::hosted(name).into()));
    document.map_err(|error| TestCaseError::fail(error.to_string()))
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_document_reads_back_as_it_was(fleet in hosted_fleets(9)) {
        let document = Document::new(registry(&fleet.plans), fleet.world.build());
        let text = document.to_json();
        let again = read(&text)?;
        prop_assert!(again.registry.iter().eq(document.registry.iter()), "{}", text);
        prop_assert_eq!(&again.topology, &document.topology);
        prop_assert_eq!(again.to_json(), text);
    }

    #[test]
    fn a_window_reads_back_by_itself(fleet in fleets(4)) {
        for plan in &fleet.plans {
            let window = plan.hosted(Place::built_in).build();
            let text = serde_json::to_string(&window).unwrap();
            prop_assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window, "{}", text);
        }
    }

    #[test]
    fn what_was_read_back_gives_the_same_answers(
        fleet in hosted_fleets(6),
        questions in vec(questions(), 1..3),
    ) {
        let text = Document::new(registry(&fleet.plans), fleet.world.build()).to_json();
        let document = read(&text)?;
        let silencer = quietude::Silencer::builder()
            .topology(document.topology)
            .build(&document.registry)
            .unwrap();
        let (from, until) = (fleet.base - DAY, fleet.base + DAY);
        for question in &questions {
            let right = scan::answers(&fleet.plans, &fleet.world, question, from, until);
            question.ask(|subject| {
                for t in right.boundaries().into_iter().take(8).chain([fleet.base]) {
                    let expected = right.effect(t);
                    prop_assert_eq!(silencer.effect(subject, clamped(t)), expected, "at {}", t);
                }
                Ok(())
            })?;
        }
    }
}
