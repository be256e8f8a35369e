//! Occurrences, one after the other.

use std::iter::FusedIterator;

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
