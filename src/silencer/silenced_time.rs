//! How long subjects are silenced within an interval: in total, by effect, by window.

use std::collections::HashMap;
use std::iter::FusedIterator;

use crate::error::Error;
use crate::index::Index;
use crate::registry::WindowSeq;
use crate::scope::{Node, Subject};
use crate::silencer::Silencer;
use crate::time::Interval;
use crate::window::{Effect, Span, Window};

/// How long a subject is silenced within an interval, in milliseconds. See
/// [`Silencer::silenced_time`](crate::Silencer::silenced_time).
#[derive(Clone, Debug, PartialEq)]
pub struct SilencedTime<'a> {
    within: Interval,
    total_ms: i64,
    monitoring_ms: i64,
    by_window: Vec<(&'a Window, i64)>,
}

impl<'a> SilencedTime<'a> {
    /// The interval.
    #[must_use]
    pub const fn within(&self) -> Interval {
        self.within
    }

    /// How long the subject is silenced, in milliseconds. Time in which several windows
    /// silence it counts once.
    #[must_use]
    pub const fn total_ms(&self) -> i64 {
        self.total_ms
    }

    /// How long the effect on the subject is `effect`, in milliseconds. The effects add up
    /// to the total: while several windows silence the subject, the greatest effect counts.
    #[must_use]
    pub fn effect_ms(&self, effect: Effect) -> i64 {
        match effect {
            Effect::Notifications => self.total_ms - self.monitoring_ms,
            Effect::Monitoring => self.monitoring_ms,
        }
    }

    /// The windows that silence the subject within the interval, in registry order, and how
    /// long each does, in milliseconds. Time of several windows counts for each of them.
    pub fn by_window(&self) -> impl ExactSizeIterator<Item = (&'a Window, i64)> + '_ {
        self.by_window.iter().copied()
    }
}

impl Silencer {
    /// How long the subject is silenced within an interval: in total, by effect and by
    /// window. Exact to the millisecond; it equals the sum of the
    /// [timeline](Self::timeline).
    ///
    /// O(n log n) for n occurrences of the windows that cover the subject. For many
    /// subjects, [`silenced_times`](Self::silenced_times) is faster.
    ///
    /// # Errors
    ///
    /// If a window is active more than
    /// [`MAX_OCCURRENCES`](crate::limits::MAX_OCCURRENCES) times within the interval.
    ///
    /// ```
    /// use quietude::{Daily, Effect, Interval, Registry, Scope, Silencer, Window, Zone};
    ///
    /// let mut registry = Registry::new();
    /// for (id, clock) in [("nightly", "22:00-24:00"), ("backup", "23:00-23:30")] {
    ///     registry.insert(
    ///         Window::builder(id)
    ///             .schedule(Daily::new(clock.parse()?, Zone::utc()))
    ///             .scope(Scope::entity("db-7"))
    ///             .build()?,
    ///     )?;
    /// }
    /// let silencer = Silencer::new(&registry)?;
    /// let october = Interval::new("2026-10-01T00:00:00Z".parse()?, "2026-11-01T00:00:00Z".parse()?)?;
    /// let time = silencer.silenced_time("db-7", october)?;
    /// let hour = 3_600_000;
    /// assert_eq!(time.total_ms(), 31 * 2 * hour);
    /// assert_eq!(time.effect_ms(Effect::Monitoring), 0);
    /// let by: Vec<_> = time.by_window().map(|(window, ms)| (window.id().as_str(), ms)).collect();
    /// assert_eq!(by, [("nightly", 62 * hour), ("backup", 31 * hour / 2)]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_time<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        within: Interval,
    ) -> Result<SilencedTime<'_>, Error> {
        Sums::new(self.index(), within).sum(&subject.into())
    }

    /// [`silenced_time`](Self::silenced_time) of many subjects, in their order. The
    /// occurrences of a window that covers several of them are computed once.
    ///
    /// ```
    /// # use quietude::{Interval, Registry, Silencer};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let day = Interval::new("2026-11-26T00:00:00Z".parse()?, "2026-11-27T00:00:00Z".parse()?)?;
    /// for time in silencer.silenced_times(["db-7", "db-8"], day) {
    ///     assert_eq!(time?.total_ms(), 0);
    /// }
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_times<I>(&self, subjects: I, within: Interval) -> SilencedTimes<'_, I::IntoIter>
    where
        I: IntoIterator,
    {
        SilencedTimes { subjects: subjects.into_iter(), sums: Sums::new(self.index(), within) }
    }
}

/// An iterator over the silenced time of subjects, in their order; see
/// [`Silencer::silenced_times`](crate::Silencer::silenced_times).
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct SilencedTimes<'a, I> {
    subjects: I,
    sums: Sums<'a>,
}

impl<'a, 'q, I> Iterator for SilencedTimes<'a, I>
where
    I: Iterator,
    I::Item: Into<Subject<'q>>,
{
    type Item = Result<SilencedTime<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let subject = self.subjects.next()?.into();
        Some(self.sums.sum(&subject))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.subjects.size_hint()
    }
}

impl<'q, I> FusedIterator for SilencedTimes<'_, I>
where
    I: FusedIterator,
    I::Item: Into<Subject<'q>>,
{
}

/// How many intervals of windows are kept for further subjects, at most.
const MAX_KEPT: usize = 1 << 20;

/// Sums up the occurrences of windows.
#[derive(Clone, Debug)]
struct Sums<'a> {
    index: &'a Index,
    within: Interval,
    /// The intervals of windows that may cover several subjects, one window after the other.
    kept: Vec<Span>,
    /// Where those of a window are.
    places: HashMap<WindowSeq, (usize, usize)>,
    /// The windows of the subject.
    covering: Vec<(WindowSeq, &'a Window)>,
    /// Their intervals, and those with the greatest effect.
    all: Runs,
    monitoring: Runs,
}

impl<'a> Sums<'a> {
    fn new(index: &'a Index, within: Interval) -> Self {
        Self {
            index,
            within,
            kept: Vec::new(),
            places: HashMap::new(),
            covering: Vec::new(),
            all: Runs::default(),
            monitoring: Runs::default(),
        }
    }

    fn sum(&mut self, subject: &Subject<'_>) -> Result<SilencedTime<'a>, Error> {
        let mut covering = std::mem::take(&mut self.covering);
        covering.clear();
        covering.extend(self.index.covering(subject).positioned());
        let hints = covering.iter().map(|(_, window)| window.prefetch_hint());
        std::hint::black_box(hints.fold(0, std::ops::BitXor::bitxor));
        covering.sort_unstable_by_key(|(position, _)| *position);
        let sums = self.sum_windows(&covering);
        self.covering = covering;
        sums
    }

    fn sum_windows(
        &mut self,
        covering: &[(WindowSeq, &'a Window)],
    ) -> Result<SilencedTime<'a>, Error> {
        self.all.clear();
        self.monitoring.clear();
        let mut by_window = Vec::with_capacity(covering.len());
        for (position, window) in covering {
            self.append(*position, window)?;
            let Some(spans) = self.all.end_run() else { continue };
            by_window.push((*window, spans.iter().map(|(start, end)| end - start).sum()));
            if window.effect() == Effect::Monitoring {
                self.monitoring.spans.extend_from_slice(spans);
                self.monitoring.end_run();
            }
        }
        let (total_ms, monitoring_ms) = (self.all.union_ms(), self.monitoring.union_ms());
        Ok(SilencedTime { within: self.within, total_ms, monitoring_ms, by_window })
    }

    /// Appends the intervals of a window to those of the subject.
    fn append(&mut self, position: WindowSeq, window: &Window) -> Result<(), Error> {
        let spans = &mut self.all.spans;
        if matches!(window.scope().node(), Node::Entity(_)) {
            // No other subject has it, or few.
            return window.active_spans(self.within, spans);
        }
        if let Some((first, end)) = self.places.get(&position) {
            spans.extend_from_slice(&self.kept[*first..*end]);
            return Ok(());
        }
        let first = spans.len();
        window.active_spans(self.within, spans)?;
        let spans = &spans[first..];
        if self.kept.len() + spans.len() <= MAX_KEPT && self.places.len() < MAX_KEPT {
            let first = self.kept.len();
            self.kept.extend_from_slice(spans);
            self.places.insert(position, (first, self.kept.len()));
        }
        Ok(())
    }
}

/// The intervals of several windows: a run for each of them, ascending and disjoint.
#[derive(Clone, Debug, Default)]
struct Runs {
    spans: Vec<Span>,
    ends: Vec<usize>,
    /// A buffer for all runs but the longest.
    others: Vec<Span>,
}

impl Runs {
    fn clear(&mut self) {
        self.spans.clear();
        self.ends.clear();
    }

    /// Ends the current run, and returns it; `None` if it is empty.
    fn end_run(&mut self) -> Option<&[Span]> {
        let (first, end) = (self.ends.last().copied().unwrap_or(0), self.spans.len());
        if first == end {
            return None;
        }
        self.ends.push(end);
        Some(&self.spans[first..])
    }

    /// The length of the union.
    fn union_ms(&mut self) -> i64 {
        let firsts = std::iter::once(0).chain(self.ends.iter().copied());
        let runs = firsts.zip(self.ends.iter().copied());
        // Often one window has most of the intervals: those of the others are sorted.
        let longest = runs.max_by_key(|(first, end)| end - first);
        let Some((first, end)) = longest else { return 0 };
        self.others.clear();
        self.others.extend_from_slice(&self.spans[..first]);
        self.others.extend_from_slice(&self.spans[end..]);
        // A stable sort merges runs.
        self.others.sort_by_key(|(start, _)| *start);
        union_of_two(&self.spans[first..end], &self.others)
    }
}

/// The length of the union of two lists, each ascending by start.
fn union_of_two(list: &[Span], others: &[Span]) -> i64 {
    let (mut total, mut reached) = (0, i64::MIN);
    let mut add = |(start, end): Span| {
        total += (end - reached.max(start)).max(0);
        reached = reached.max(end);
    };
    let mut list = list.iter().copied().peekable();
    for other in others {
        while let Some(span) = list.next_if(|span| span.0 < other.0) {
            add(span);
        }
        add(*other);
    }
    list.for_each(add);
    total
}
