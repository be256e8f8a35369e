//! When windows begin and end, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::FusedIterator;
use std::sync::Arc;

use crate::index::{Index, OneTimeEvents, Positioned};
use crate::registry::WindowSeq;
use crate::schedule::Search;
use crate::time::{Interval, Timestamp};
use crate::window::Window;

/// A window begins or ends. See [`Silencer::upcoming`](crate::Silencer::upcoming).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WindowEvent<'a> {
    /// The first instant at which the window is active, or the first at which it no longer
    /// is.
    pub at: Timestamp,
    /// Whether it begins or ends.
    pub kind: EventKind,
    /// The window.
    pub window: &'a Arc<Window>,
}

/// Whether a window begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// It becomes active.
    Begins,
    /// It is no longer active.
    Ends,
}

/// An iterator over the instants within an interval at which windows begin or end, in order
/// of time; at one instant, in the order of insertion in the registry. See
/// [`Silencer::upcoming`](crate::Silencer::upcoming).
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct Upcoming<'a> {
    end: i64,
    begins: OneTimeEvents<'a>,
    ends: OneTimeEvents<'a>,
    /// The next event of each other window.
    recurring: BinaryHeap<Reverse<Next<'a>>>,
    searched_until: Option<Timestamp>,
}

/// The next event of a window.
#[derive(Clone, Debug)]
struct Next<'a> {
    at: i64,
    kind: EventKind,
    window: Positioned<'a>,
}

impl Next<'_> {
    fn key(&self) -> (i64, WindowSeq) {
        (self.at, self.window.0)
    }
}

impl PartialEq for Next<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Next<'_> {}

impl PartialOrd for Next<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// How often the end of contiguous occurrences is looked for, for one event.
const MAX_CONTIGUOUS: usize = 1 << 20;

/// The next change of a window.
enum Found {
    At(i64, EventKind),
    /// Not before the end.
    None,
    /// Unknown, but not before this instant.
    Beyond(i64),
}

impl<'a> Upcoming<'a> {
    pub(super) fn new(index: &'a Index, within: Interval) -> Self {
        let (from, end) = (within.start().as_millis(), within.end().as_millis());
        let [begins, ends] = index.one_time_events(from);
        let mut all =
            Self { end, begins, ends, recurring: BinaryHeap::new(), searched_until: None };
        let recurring = index.recurring_windows();
        all.recurring = recurring.filter_map(|window| all.first(window, from)).collect();
        all
    }

    /// The instant at which the search for the next event of a combination ended without a
    /// result; the iterator ends before it. `None` if all events were found; see
    /// [`MAX_SEARCH_STEPS`](crate::limits::MAX_SEARCH_STEPS).
    #[must_use]
    pub fn searched_until(&self) -> Option<Timestamp> {
        self.searched_until
    }

    /// The first event of a window.
    fn first(&mut self, window: Positioned<'a>, from: i64) -> Option<Reverse<Next<'a>>> {
        let is_active = |t| window.1.is_active(Timestamp::saturating(t));
        let was = from > Timestamp::MIN.as_millis() && is_active(from - 1);
        let kind = match (was, is_active(from)) {
            (false, true) => EventKind::Begins,
            (true, false) => EventKind::Ends,
            (_, is) => return self.following(window, from, is),
        };
        Some(Reverse(Next { at: from, kind, window }))
    }

    /// The next event of a window that is in a state at `t`.
    fn following(
        &mut self,
        window: Positioned<'a>,
        t: i64,
        is_active: bool,
    ) -> Option<Reverse<Next<'a>>> {
        match change_after(window.1, t, is_active, self.end) {
            Found::At(at, kind) => Some(Reverse(Next { at, kind, window })),
            Found::None => None,
            Found::Beyond(t) => {
                let t = Timestamp::saturating(t);
                self.searched_until = Some(self.searched_until.map_or(t, |known| known.min(t)));
                None
            }
        }
    }
}

/// The first change after `t`, and before `end`.
fn change_after(window: &Window, t: i64, is_active: bool, end: i64) -> Found {
    if !is_active {
        return match window.search_next(Timestamp::saturating(t)) {
            Search::At(next) if next.start().as_millis() < end => {
                Found::At(next.start().as_millis(), EventKind::Begins)
            }
            Search::Beyond(t) if t.as_millis() < end => Found::Beyond(t.as_millis()),
            _ => Found::None,
        };
    }
    let mut reached = t;
    for _ in 0..MAX_CONTIGUOUS {
        let until = window.covered_until(Timestamp::saturating(reached)).as_millis();
        if until >= end {
            return Found::None;
        }
        if until == reached {
            return Found::At(reached, EventKind::Ends);
        }
        reached = until;
    }
    Found::Beyond(reached)
}

impl<'a> Iterator for Upcoming<'a> {
    type Item = WindowEvent<'a>;

    fn next(&mut self) -> Option<WindowEvent<'a>> {
        let (begin, end) = (self.begins.peek(), self.ends.peek());
        let recurring = self.recurring.peek().map(|Reverse(next)| next.key());
        let next = [begin, end, recurring].into_iter().flatten().min()?;
        let known_until = self.searched_until.map_or(self.end, |t| self.end.min(t.as_millis()));
        if next.0 >= known_until {
            return None;
        }
        let (at, kind, window) = if recurring == Some(next) {
            let Reverse(Next { at, kind, window }) = self.recurring.pop()?;
            let following = self.following(window, at, kind == EventKind::Begins);
            self.recurring.extend(following);
            (at, kind, window)
        } else if begin == Some(next) {
            let (at, window) = self.begins.take()?;
            (at, EventKind::Begins, window)
        } else {
            let (at, window) = self.ends.take()?;
            (at, EventKind::Ends, window)
        };
        Some(WindowEvent { at: Timestamp::saturating(at), kind, window: window.1 })
    }
}

impl FusedIterator for Upcoming<'_> {}
