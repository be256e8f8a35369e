//! Iterating over occurrences.

use std::iter::FusedIterator;

use crate::error::Error;
use crate::limits::MAX_OCCURRENCES;
use crate::schedule::Schedule;
use crate::time::Interval;

/// An iterator over the occurrences of a schedule that intersect an interval,
/// ordered by start; see [`Schedule::occurrences`].
///
/// Lazy: each step costs one [`next_occurrence`](Schedule::next_occurrence), and
/// no memory is allocated.
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

    /// Collects all occurrences.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`].
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
        collect_bounded(self, "occurrences")
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

/// Collects the items of an iterator.
///
/// # Errors
///
/// If there are more than [`MAX_OCCURRENCES`]; `what` names the items.
pub(crate) fn collect_bounded<T>(
    mut items: impl Iterator<Item = T>,
    what: &str,
) -> Result<Vec<T>, Error> {
    let all: Vec<T> = items.by_ref().take(MAX_OCCURRENCES).collect();
    match items.next() {
        None => Ok(all),
        Some(_) => Err(Error::beyond(MAX_OCCURRENCES + 1, what, MAX_OCCURRENCES)),
    }
}
