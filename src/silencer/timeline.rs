//! What is silent when, over a stretch of time.

use std::iter::FusedIterator;

use crate::error::Error;
use crate::schedule::collect_bounded;
use crate::scope::Subject;
use crate::silencer::{End, Silencer, union};
use crate::time::{Interval, Timestamp};
use crate::window::{Effect, Window};

/// A stretch of time in which one effect holds, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment {
    /// The stretch.
    pub interval: Interval,
    /// What silences the subject in it; `None` where nothing does.
    pub effect: Option<Effect>,
}

/// Segments that tile an interval, in order; see
/// [`Silencer::timeline`](crate::Silencer::timeline).
///
/// Lazy: each step looks only as far as its own segment reaches. Two segments
/// next to each other differ in their effect, except where one is cut at the
/// limit on joined occurrences, [`MAX_JOINED`](crate::MAX_JOINED).
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

    /// All of them in one list.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_OCCURRENCES`](crate::MAX_OCCURRENCES).
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
        let windows = self.silencer.index().covering(&self.subject);
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

/// How far the silence at `at` goes on, followed up to `horizon`.
fn end_of<'a>(windows: impl union::Windows<'a>, at: Timestamp, horizon: Timestamp) -> Timestamp {
    match union::silenced_within(windows, at, horizon) {
        Some(End::At(end) | End::AtLeast(end)) => end,
        Some(End::Never) => Timestamp::END,
        None => at,
    }
}

/// When something begins, at a time at which nothing is.
fn start_of_next<'a>(windows: impl union::Windows<'a>, at: Timestamp) -> Timestamp {
    union::next_start(windows, at).unwrap_or(Timestamp::END)
}
