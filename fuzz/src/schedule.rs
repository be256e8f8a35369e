//! Schedules of every kind keep the laws of schedules.

use crate::clock::clamped;
use crate::source::Source;
use crate::{laws, make};

/// A schedule at a place: an occurrence covers each instant that it contains,
/// occurrences begin one after the other, and the next is the next.
pub fn schedule(data: &[u8]) -> bool {
    let s = &mut Source::new(data);
    let place = make::place(s);
    let schedule = make::schedule(s, place, 1);
    let mut instants = vec![place.base];
    instants.extend(s.some(2, |s| make::near(s, place.base)));
    for t in instants {
        laws::check(&schedule, clamped(t));
        laws::check_run(&schedule, clamped(t));
        if let Some(next) = schedule.next_occurrence(clamped(t)) {
            for edge in [next.start(), next.end()] {
                for beside in [-1, 0, 1] {
                    laws::check(&schedule, clamped(edge.as_millis() + beside));
                }
            }
        }
    }
    assert!(!schedule.describe().is_empty());
    true
}
