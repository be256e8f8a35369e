//! Timelines: the effect on a subject over an interval of time.

use std::iter::FusedIterator;

use crate::error::Error;
use crate::schedule::collect_bounded;
use crate::scope::Subject;
use crate::silencer::types::WindowIter;
use crate::silencer::union::NextStart;
use crate::silencer::{SilenceEnd, Silencer, union};
use crate::time::{Interval, Timestamp};
use crate::window::{Effect, Window};

/// An interval with one effect, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment {
    /// The interval.
    pub interval: Interval,
    /// The effect on the subject; `None` if it is not silenced.
    pub effect: Option<Effect>,
}

/// An iterator over contiguous segments of an interval, in order; see
/// [`Silencer::timeline`](crate::Silencer::timeline).
///
/// Lazy: each step evaluates only its own segment. Adjacent segments have different
/// effects, unless one of them was cut at the limit on contiguous occurrences,
/// [`MAX_UNION_STEPS`](crate::limits::MAX_UNION_STEPS).
#[derive(Clone, Debug)]
pub struct Timeline<'a> {
    silencer: &'a Silencer,
    subject: Subject<'a>,
    at: Timestamp,
    end: Timestamp,
}

impl<'a> Timeline<'a> {
    pub(crate) fn new(silencer: &'a Silencer, subject: Subject<'a>, within: Interval) -> Self {
        Self { silencer, subject, at: within.start(), end: within.end() }
    }

    /// Collects all segments.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`](crate::limits::MAX_OCCURRENCES).
    ///
    /// ```
    /// # use quietude::{Interval, Registry, Silencer, Subject, Timestamp};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let always = Interval::new(Timestamp::MIN, Timestamp::END)?;
    /// let segments = silencer.timeline(Subject::entity("db-7"), always).into_vec()?;
    /// assert_eq!((segments.len(), segments[0].effect), (1, None));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn into_vec(self) -> Result<Vec<Segment>, Error> {
        collect_bounded(self, "segments")
    }
}

impl Iterator for Timeline<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        if self.at >= self.end {
            return None;
        }
        let covering = self.silencer.index().covering(&self.subject);
        let windows = covering.iter();
        let stronger = |window: &&Window| window.effect() > Effect::Notifications;
        let effect = windows.clone().filter(|w| w.is_active(self.at)).map(Window::effect).max();
        let until = match effect {
            None => start_of_next(windows, self.at),
            Some(Effect::Notifications) => {
                let end = end_of(windows.clone(), self.at, self.end);
                end.min(start_of_next(windows.filter(stronger), self.at))
            }
            Some(Effect::Monitoring) => end_of(windows.filter(stronger), self.at, self.end),
        };
        let interval = Interval::new(self.at, until.min(self.end)).ok()?;
        self.at = interval.end();
        Some(Segment { interval, effect })
    }
}

impl FusedIterator for Timeline<'_> {}

/// The end of the silence at `at`, evaluated up to `horizon`.
fn end_of<'a>(windows: impl WindowIter<'a>, at: Timestamp, horizon: Timestamp) -> Timestamp {
    match union::silenced_within(windows, at, horizon) {
        Some(SilenceEnd::At(end) | SilenceEnd::AtLeast(end)) => end,
        Some(SilenceEnd::Never) => Timestamp::END,
        None => at,
    }
}

/// The start of the next silence; nothing is active at `at`.
fn start_of_next<'a>(windows: impl WindowIter<'a>, at: Timestamp) -> Timestamp {
    match union::next_start(windows, at) {
        NextStart::At(start) => start,
        // Nothing is silenced up to here.
        NextStart::NotBefore(t) => t.max(Timestamp::saturating(at.as_millis() + 1)),
        NextStart::Never => Timestamp::END,
    }
}
