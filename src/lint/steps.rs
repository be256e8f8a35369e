//! The work of searches for occurrences: some steps for each window, and some for all.

use crate::schedule::{Kind, Reached};
use crate::time::Timestamp;
use crate::window::Window;

/// The steps of all searches for one window, at most.
const MAX_OF_WINDOW: u64 = 50_000;

/// The steps of all searches: some, and some more for each window.
const MAX_OF_ALL: u64 = 2_000_000;
const OF_EACH_WINDOW: u64 = 500;

/// The steps that are left. A search that gets to their end finds nothing.
#[derive(Debug)]
pub(super) struct Steps {
    of_window: u64,
    of_all: u64,
    /// Whether a search for the window got to the end of its steps.
    is_incomplete: bool,
}

impl Steps {
    pub(super) fn new(windows: usize) -> Self {
        let of_all = MAX_OF_ALL + OF_EACH_WINDOW * windows as u64;
        Self { of_window: 0, of_all, is_incomplete: false }
    }

    /// Makes the searches for one window. Returns their result, and whether all of them ended.
    pub(super) fn for_window<T>(&mut self, search: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let given = self.of_all.min(MAX_OF_WINDOW);
        (self.of_window, self.is_incomplete) = (given, false);
        let result = search(self);
        self.of_all -= given - self.of_window;
        (result, !self.is_incomplete)
    }

    /// The first instant from `t` on at which an enabled window is active; the outer `None`
    /// if the search did not end.
    pub(super) fn first_active(&mut self, window: &Window, t: Timestamp) -> Option<Option<i64>> {
        let (from, until) = window.bounds();
        let t = t.as_millis().max(from);
        if t >= until {
            return Some(None);
        }
        let (schedule, t) = (window.schedule(), Timestamp::saturating(t));
        self.search(window, |steps| {
            if schedule.contains(t) {
                return Ok(Some(t.as_millis()));
            }
            Ok(schedule.next_start(t, steps)?.filter(|start| *start < until))
        })
    }

    /// The first instant at which the schedule is active; the outer `None` if the search did
    /// not end.
    pub(super) fn first_of_schedule(&mut self, window: &Window) -> Option<Option<i64>> {
        let (schedule, first) = (window.schedule(), Timestamp::MIN);
        self.search(window, |steps| {
            if schedule.contains(first) {
                return Ok(Some(first.as_millis()));
            }
            schedule.next_start(first, steps)
        })
    }

    /// The end of the contiguous occurrences at `t`; `t` if the window is not active, and
    /// `None` if the search did not end.
    pub(super) fn end_of(&mut self, window: &Window, t: i64) -> Option<i64> {
        let (from, until) = window.bounds();
        if t < from || until <= t {
            return Some(t);
        }
        let t = Timestamp::saturating(t);
        let end = self.search(window, |steps| {
            let end = window.schedule().covered_until_within(t, steps);
            // Beyond the validity no end is needed.
            end.or_else(|reached| if reached >= until { Ok(until) } else { Err(reached) })
        });
        end.map(|end| end.min(until))
    }

    fn search<T>(
        &mut self,
        window: &Window,
        search: impl FnOnce(&mut u64) -> Result<T, Reached>,
    ) -> Option<T> {
        // Each search of a combination begins with an evaluation of its parts.
        let cost = match window.schedule().kind() {
            Kind::Combined(..) => window.visit_cost(),
            _ => 1,
        };
        let found = self.of_window.checked_sub(cost).and_then(|left| {
            self.of_window = left;
            search(&mut self.of_window).ok()
        });
        self.is_incomplete |= found.is_none();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Daily, Once, Periodic, Schedule};
    use crate::scope::Scope;
    use crate::testing::{DAY, HOUR};

    const START: Timestamp = Timestamp::constant(0);

    fn window(schedule: impl Into<Schedule>) -> Window {
        Window::builder("w").schedule(schedule).scope(Scope::everything()).build().unwrap()
    }

    /// Two that never meet, and have no common period within the range of time.
    fn apart() -> Schedule {
        let even = Periodic::new(START, 1, 1_000_000_007 * 2).unwrap();
        let odd = Periodic::new(Timestamp::saturating(1), 1, 998_244_353 * 2).unwrap();
        Schedule::all([even.into(), odd.into()]).unwrap()
    }

    #[test]
    fn for_window_counts_searches() {
        let mut steps = Steps::new(1);
        let apart = window(apart());
        let search = |steps: &mut Steps| steps.first_active(&apart, START);
        assert_eq!(steps.for_window(search), (None, false));
        assert!(steps.of_all < MAX_OF_ALL + OF_EACH_WINDOW);
        let daily = window(Daily::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC));
        let search = |steps: &mut Steps| steps.first_active(&daily, START);
        assert_eq!(steps.for_window(search), (Some(Some(22 * HOUR)), true));
        steps.of_all = 0;
        assert_eq!(steps.for_window(search), (None, false));
    }

    #[test]
    fn end_of_clipped_to_validity() {
        let mut steps = Steps::new(1);
        let once = Once::new(START, Timestamp::saturating(DAY)).unwrap();
        let until = Timestamp::saturating(HOUR);
        let window = window(once).to_builder().validity(..until).build().unwrap();
        let ends = |steps: &mut Steps| [0, HOUR, -1].map(|t| steps.end_of(&window, t));
        assert_eq!(steps.for_window(ends), ([Some(HOUR), Some(HOUR), Some(-1)], true));
    }
}
