//! Iterating over occurrences.

use std::iter::FusedIterator;

use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_OCCURRENCES, MAX_SEARCH_STEPS};
use crate::schedule::{Schedule, Search};
use crate::time::{Interval, Timestamp};

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
    searched_until: Option<Timestamp>,
}

impl<'a> Occurrences<'a> {
    pub(crate) fn new(schedule: &'a Schedule, within: Interval) -> Self {
        let start = within.start();
        let mut all = Self { schedule, within, next: None, searched_until: None };
        all.next = match schedule.first_occurrence_at(start) {
            None if schedule.contains(start) => match schedule.search_at(start) {
                // It covers the start, whatever its bounds are.
                Search::Beyond(_) => {
                    all.searched_until = Some(start);
                    None
                }
                found => all.found(found),
            },
            None => all.found(schedule.search_next(start)),
            first => first,
        };
        all
    }

    /// The instant at which the search for the next occurrence ended without a result; the
    /// iterator ends there. `None` if the iterator is not at such an instant; see
    /// [`MAX_SEARCH_STEPS`](crate::limits::MAX_SEARCH_STEPS).
    #[must_use]
    pub fn searched_until(&self) -> Option<Timestamp> {
        self.searched_until
    }

    /// The first occurrence that begins after the start of another one.
    fn following(&mut self, current: Interval) -> Option<Interval> {
        self.found(self.schedule.search_next(current.start()))
    }

    fn found(&mut self, search: Search) -> Option<Interval> {
        match search {
            Search::At(occurrence) => Some(occurrence),
            Search::Never => None,
            Search::Beyond(t) => {
                // What begins after the interval does not matter.
                self.searched_until = (t < self.within.end()).then_some(t);
                None
            }
        }
    }

    /// Collects all occurrences.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`], or if a search got to a limit.
    ///
    /// ```
    /// use quietude::{Daily, Interval, Schedule, Zone};
    ///
    /// let nightly = Schedule::from(Daily::new("22:00-02:00".parse()?, Zone::utc()));
    /// let week = Interval::new("2026-11-23T00:00:00Z".parse()?, "2026-11-30T00:00:00Z".parse()?)?;
    /// assert_eq!(nightly.occurrences(week).into_vec()?.len(), 8);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn into_vec(mut self) -> Result<Vec<Interval>, Error> {
        let all = collect_bounded(&mut self, "occurrences")?;
        match self.searched_until {
            None => Ok(all),
            Some(t) => Err(Error::new(
                ErrorKind::Limit,
                format_args!(
                    "the search for the next occurrence ended at {t}, after {MAX_SEARCH_STEPS} steps"
                ),
            )),
        }
    }
}

impl Iterator for Occurrences<'_> {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        loop {
            let current = self.next.filter(|occurrence| occurrence.start() < self.within.end())?;
            self.next = self.following(current);
            // A shorter one may have ended before, if occurrences overlap.
            if current.end() > self.within.start() {
                return Some(current);
            }
        }
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
