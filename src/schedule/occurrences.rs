//! Occurrences, one after the other.

use std::iter::FusedIterator;

use crate::error::Error;
use crate::limits;
use crate::schedule::Schedule;
use crate::time::Interval;

/// The occurrences of a schedule that meet an interval, in the order in which
/// they begin; see [`Schedule::occurrences`].
///
/// Lazy: each step costs as much as one
/// [`next_occurrence`](Schedule::next_occurrence), and nothing is kept.
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    schedule: &'a Schedule,
    within: Interval,
    next: Option<Interval>,
}

impl<'a> Occurrences<'a> {
    pub(crate) fn new(schedule: &'a Schedule, within: Interval) -> Self {
        let start = within.start();
        let next = schedule.first_occurrence_at(start).or_else(|| schedule.next_occurrence(start));
        Self { schedule, within, next }
    }

    /// All of them in one list.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`](limits::MAX_OCCURRENCES).
    ///
    /// ```
    /// use quietude::{Daily, Interval, Schedule};
    ///
    /// let nightly = Schedule::from(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC));
    /// let week = Interval::new("2026-11-23T00:00:00Z".parse()?, "2026-11-30T00:00:00Z".parse()?)?;
    /// assert_eq!(nightly.occurrences(week).into_vec()?.len(), 8);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn into_vec(self) -> Result<Vec<Interval>, Error> {
        limits::listed(self, "occurrences")
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        let current = self.next.filter(|occurrence| occurrence.start() < self.within.end());
        self.next = current.and_then(|current| self.schedule.next_occurrence(current.start()));
        current
    }
}

impl FusedIterator for Occurrences<'_> {}
