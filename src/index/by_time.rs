//! The windows of a build by time: one-time windows by start and by end, so that those that
//! are active at an instant, or begin or end in an interval, are found without a scan; and
//! the others, each with the hours and days at which it may be active.

use std::sync::Arc;

use crate::index::prefilter::{TimeOfWeekBits, TimeOfWeekMask};
use crate::interval_set::IntervalSet;
use crate::schedule::Kind;
use crate::time::{Interval, Timestamp};
use crate::window::Window;

/// The windows of a window table by time. Windows are given by their id in it.
#[derive(Debug)]
pub(super) struct ByTime {
    /// The intervals of one-time windows.
    once: IntervalSet,
    /// The windows of these intervals.
    ids: Box<[u32]>,
    /// By start, ascending.
    pub(super) starts: Box<[(i64, u32)]>,
    /// By end, ascending.
    pub(super) ends: Box<[(i64, u32)]>,
    /// The windows that are not one-time windows, ascending.
    recurring: Box<[(u32, TimeOfWeekMask)]>,
}

impl ByTime {
    pub(super) fn of(windows: &[Arc<Window>]) -> Self {
        let (mut once, mut ids, mut recurring) = (Vec::new(), Vec::new(), Vec::new());
        for (id, window) in (0..).zip(windows) {
            let Kind::Once(occurrence) = window.schedule().kind() else {
                recurring.push((id, TimeOfWeekMask::of(window.schedule())));
                continue;
            };
            let active = occurrence.and_then(|occurrence| window.active_once(occurrence));
            // A window that is never active is in no list.
            if let Some(active) = active {
                once.push(active);
                ids.push(id);
            }
        }
        let sorted = |of: fn(&Interval) -> i64| {
            let mut all: Vec<_> = once.iter().map(of).zip(ids.iter().copied()).collect();
            all.sort_unstable();
            all.into()
        };
        Self {
            starts: sorted(|active| active.start().as_millis()),
            ends: sorted(|active| active.end().as_millis()),
            once: once.iter().copied().collect(),
            ids: ids.into(),
            recurring: recurring.into(),
        }
    }

    /// The one-time windows that are active at an instant, in no order.
    pub(super) fn active(&self, at: Timestamp) -> impl Iterator<Item = u32> + '_ {
        self.once.covering(at).map(|index| self.ids[index])
    }

    /// The windows that are not one-time windows, ascending.
    pub(super) fn recurring(&self) -> impl Iterator<Item = u32> + '_ {
        self.recurring.iter().map(|(id, _)| *id)
    }

    /// Those of [`recurring`](Self::recurring) that may be active at an instant.
    pub(super) fn recurring_at(&self, at: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let bits = TimeOfWeekBits::of(at.as_millis());
        self.recurring.iter().filter(move |(_, mask)| bits.is_in(*mask)).map(|(id, _)| *id)
    }
}
