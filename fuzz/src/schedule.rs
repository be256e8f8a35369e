//! Schedules of every kind obey the laws of schedules.

use crate::choices::Choices;
use crate::clock::clamped;
use crate::{generate, laws};

/// A schedule near an instant: an occurrence covers each instant that the schedule
/// contains, and occurrences are in order.
pub fn schedule(data: &[u8]) -> bool {
    let s = &mut Choices::new(data);
    let center = generate::zoned_instant(s);
    let schedule = generate::schedule(s, center, 1);
    let mut instants = vec![center.base];
    instants.extend(s.some(2, |s| generate::near(s, center.base)));
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
