//! Laws of windows: validity, closing, switching off, and states.

use proptest::prelude::*;
use quietude::{Timestamp, WindowState};

use crate::generate::{cases, places, plans};
use crate::model::{END, FIRST, Plan};
use crate::oracle::{DAY, scan};
use crate::text::{clamped, ends};

fn windows() -> impl Strategy<Value = (Plan, i64)> {
    places().prop_flat_map(|(zone, base)| {
        let named = plans(zone, base).prop_map(|plan| Plan { id: "w".to_owned(), ..plan });
        (named, Just(base.clamp(FIRST, END)))
    })
}

/// The boundaries of a window near an instant, and the instant.
fn probes(plan: &Plan, base: i64) -> Vec<i64> {
    let bare = Plan { disabled: false, from: None, until: None, closed_at: None, ..plan.clone() };
    let near = scan::active(&bare, base - 2 * DAY, base + 2 * DAY);
    let boundaries = near.iter().take(5).flat_map(|(start, end)| [*start, *end]);
    let bounds = [plan.from, plan.until, plan.closed_at].into_iter().flatten();
    let mut all: Vec<i64> =
        boundaries.chain(bounds).chain([base]).flat_map(|t| [t - 1, t, t + 1]).collect();
    all.retain(|t| (FIRST..END).contains(t));
    all
}

fn is_active(plan: &Plan, t: i64) -> bool {
    scan::active(plan, t, t + 1).iter().any(|(start, end)| *start <= t && t < *end)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn validity_and_closing_clip_every_occurrence((plan, base) in windows()) {
        let window = plan.build();
        for t in probes(&plan, base) {
            prop_assert_eq!(window.is_active(clamped(t)), is_active(&plan, t), "at {}", clamped(t));
            let current = window.occurrence_at(clamped(t)).map(ends);
            let expected = scan::active(&plan, t, t + 1);
            prop_assert_eq!(current, expected.first().copied());
        }
    }

    #[test]
    fn next_and_previous_of_a_window_are_clipped_and_adjacent((plan, base) in windows()) {
        let window = plan.build();
        let frame = base - 3 * DAY..base + 3 * DAY;
        let active = scan::active(&plan, frame.start, frame.end);
        // A bound of the window may lie weeks away.
        for t in probes(&plan, base).into_iter().filter(|t| frame.contains(t)) {
            let next = window.next_occurrence(clamped(t)).map(ends);
            if let Some(expected) = active.iter().find(|(start, _)| *start > t) {
                prop_assert_eq!(next, Some(*expected), "after {}", clamped(t));
            } else if let Some((start, end)) = next {
                prop_assert!(t < start && start < end);
                prop_assert!(scan::active(&plan, start, start + 1).contains(&(start, end)));
                prop_assert!(start >= base + 3 * DAY);
            }
            let previous = window.previous_occurrence(clamped(t)).map(ends);
            if let Some(expected) = active.iter().rev().find(|(start, _)| *start < t) {
                prop_assert_eq!(previous, Some(*expected), "before {}", clamped(t));
            } else if let Some((start, end)) = previous {
                prop_assert!(start < t && start < end);
                prop_assert!(scan::active(&plan, start, start + 1).contains(&(start, end)));
                prop_assert!(end <= base - 3 * DAY);
            }
        }
    }

    #[test]
    fn a_state_is_what_the_occurrences_say((plan, base) in windows()) {
        let window = plan.build();
        for t in probes(&plan, base) {
            let at = clamped(t);
            let (next, previous) = (window.next_occurrence(at), window.previous_occurrence(at));
            let expected = if plan.disabled {
                WindowState::Disabled
            } else if plan.closed_at.is_some_and(|closed| closed <= t) {
                WindowState::Closed
            } else if is_active(&plan, t) {
                WindowState::Active
            } else {
                match (previous, next) {
                    (_, None) => WindowState::Expired,
                    (None, Some(_)) => WindowState::Pending,
                    (Some(_), Some(_)) => WindowState::Idle,
                }
            };
            prop_assert_eq!(window.state_at(at), expected, "at {}", at);
        }
    }

    #[test]
    fn closing_keeps_history((plan, base) in windows()) {
        let open = Plan { closed_at: None, ..plan };
        let at = base.min(END - 1);
        let closed = Plan { closed_at: Some(at), ..open.clone() };
        let (open_window, closed_window) = (open.build(), closed.build());
        for t in probes(&closed, base) {
            let expected = t < at && open_window.is_active(clamped(t));
            prop_assert_eq!(closed_window.is_active(clamped(t)), expected, "at {}", clamped(t));
        }
    }

    #[test]
    fn disabled_silences_nothing((plan, base) in windows()) {
        let disabled = Plan { disabled: true, ..plan };
        let window = disabled.build();
        for t in probes(&disabled, base) {
            prop_assert!(!window.is_active(clamped(t)));
            prop_assert_eq!(window.occurrence_at(clamped(t)), None);
            prop_assert_eq!(window.state_at(clamped(t)), WindowState::Disabled);
        }
        prop_assert_eq!(window.next_occurrence(Timestamp::MIN), None);
        prop_assert_eq!(window.previous_occurrence(Timestamp::END), None);
    }
}
