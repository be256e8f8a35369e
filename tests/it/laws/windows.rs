//! Laws of windows: validity, closing, disabling, and states.

use proptest::prelude::*;
use quietude::{Timestamp, WindowState};

use crate::generate::{cases, plain_window_specs, zone_instants};
use crate::helpers::{clamped, ends};
use crate::oracle::enumerate;
use crate::specs::{END, FIRST, WindowSpec};
use crate::testing::DAY;

fn windows() -> impl Strategy<Value = (WindowSpec, i64)> {
    zone_instants().prop_flat_map(|(zone, base)| {
        let named = plain_window_specs(zone, base)
            .prop_map(|spec| WindowSpec { id: "w".to_owned(), ..spec });
        (named, Just(base.clamp(FIRST, END)))
    })
}

/// The instants to test: the boundaries of a window near an instant, and the instant.
fn probes(spec: &WindowSpec, base: i64) -> Vec<i64> {
    let bare =
        WindowSpec { disabled: false, from: None, until: None, closed_at: None, ..spec.clone() };
    let near = enumerate::active(&bare, base - 2 * DAY, base + 2 * DAY);
    let boundaries = near.iter().take(5).flat_map(|(start, end)| [*start, *end]);
    let bounds = [spec.from, spec.until, spec.closed_at].into_iter().flatten();
    let mut all: Vec<i64> =
        boundaries.chain(bounds).chain([base]).flat_map(|t| [t - 1, t, t + 1]).collect();
    all.retain(|t| (FIRST..END).contains(t));
    all
}

fn is_active(spec: &WindowSpec, t: i64) -> bool {
    enumerate::active(spec, t, t + 1).iter().any(|(start, end)| *start <= t && t < *end)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn occurrences_clipped_by_validity_and_closing((spec, base) in windows()) {
        let window = spec.build();
        for t in probes(&spec, base) {
            prop_assert_eq!(window.is_active(clamped(t)), is_active(&spec, t), "at {}", clamped(t));
            let current = window.occurrence_at(clamped(t)).map(ends);
            let expected = enumerate::active(&spec, t, t + 1);
            prop_assert_eq!(current, expected.first().copied());
        }
    }

    #[test]
    fn next_previous_clipped_and_adjacent((spec, base) in windows()) {
        let window = spec.build();
        let frame = base - 3 * DAY..base + 3 * DAY;
        let active = enumerate::active(&spec, frame.start, frame.end);
        // A bound of the window may be weeks away.
        for t in probes(&spec, base).into_iter().filter(|t| frame.contains(t)) {
            let next = window.next_occurrence(clamped(t)).map(ends);
            if let Some(expected) = active.iter().find(|(start, _)| *start > t) {
                prop_assert_eq!(next, Some(*expected), "after {}", clamped(t));
            } else if let Some((start, end)) = next {
                prop_assert!(t < start && start < end);
                prop_assert!(enumerate::active(&spec, start, start + 1).contains(&(start, end)));
                prop_assert!(start >= base + 3 * DAY);
            }
            let previous = window.previous_occurrence(clamped(t)).map(ends);
            if let Some(expected) = active.iter().rev().find(|(start, _)| *start < t) {
                prop_assert_eq!(previous, Some(*expected), "before {}", clamped(t));
            } else if let Some((start, end)) = previous {
                prop_assert!(start < t && start < end);
                prop_assert!(enumerate::active(&spec, start, start + 1).contains(&(start, end)));
                prop_assert!(end <= base - 3 * DAY);
            }
        }
    }

    #[test]
    fn state_agrees_with_occurrences((spec, base) in windows()) {
        let window = spec.build();
        for t in probes(&spec, base) {
            let at = clamped(t);
            let (next, previous) = (window.next_occurrence(at), window.previous_occurrence(at));
            let expected = if spec.disabled {
                WindowState::Disabled
            } else if spec.closed_at.is_some_and(|closed| closed <= t) {
                WindowState::Closed
            } else if is_active(&spec, t) {
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
    fn closing_keeps_earlier_silences((spec, base) in windows()) {
        let open = WindowSpec { closed_at: None, ..spec };
        let at = base.min(END - 1);
        let closed = WindowSpec { closed_at: Some(at), ..open.clone() };
        let (open_window, closed_window) = (open.build(), closed.build());
        for t in probes(&closed, base) {
            let expected = t < at && open_window.is_active(clamped(t));
            prop_assert_eq!(closed_window.is_active(clamped(t)), expected, "at {}", clamped(t));
        }
    }

    #[test]
    fn disabled_window_never_active((spec, base) in windows()) {
        let disabled = WindowSpec { disabled: true, ..spec };
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
