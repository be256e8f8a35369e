//! Laws of the native document: it says all there is to say.

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::{Document, Window};

use crate::generate::{cases, fleets, questions};
use crate::model::registry;
use crate::oracle::{DAY, scan};
use crate::text::clamped;

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_document_reads_back_as_it_was(fleet in fleets(9)) {
        let document = Document::new(registry(&fleet.plans), fleet.world.build());
        let text = document.to_json();
        let again = Document::from_json(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert!(again.registry.iter().eq(document.registry.iter()), "{}", text);
        prop_assert_eq!(&again.topology, &document.topology);
        prop_assert_eq!(again.to_json(), text);
    }

    #[test]
    fn a_window_reads_back_by_itself(fleet in fleets(4)) {
        for plan in &fleet.plans {
            let window = plan.build();
            let text = serde_json::to_string(&window).unwrap();
            prop_assert_eq!(serde_json::from_str::<Window>(&text).unwrap(), window, "{}", text);
        }
    }

    #[test]
    fn what_was_read_back_gives_the_same_answers(
        fleet in fleets(6),
        questions in vec(questions(), 1..3),
    ) {
        let text = Document::new(registry(&fleet.plans), fleet.world.build()).to_json();
        let document = Document::from_json(&text).unwrap();
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
