//! The questions: compiled once, asked for every alert.

mod batch;
mod entity;
mod explain;
#[cfg(test)]
mod tests;
mod timeline;
pub(crate) mod union;

use std::fmt;
use std::sync::Arc;

pub use entity::EntityRef;
pub use explain::{Explanation, Outcome, Verdict};
pub use timeline::{Segment, Timeline};

use crate::error::Error;
use crate::index::{Change, Index};
use crate::registry::Registry;
use crate::scope::{Subject, Topology};
use crate::time::{Interval, Timestamp, Zone};
use crate::window::{Effect, EntityState, Window};

/// Answers whether a subject is silenced at a time.
///
/// Immutable, `Send` and `Sync`; cloning it copies a pointer. A query cannot
/// fail or panic, reads no clock, takes no lock, and `is_silenced`, `effect`
/// and `silenced_until` do not allocate.
///
/// Two things that a subject with groups or attributes of its own can meet are
/// excepted: sixteen ancestors or groups and more are collected in memory, and
/// a regular expression keeps its working memory between questions, which it
/// allocates at first and shares between threads.
///
/// ```
/// use quietude::{Daily, Registry, Scope, Silencer, Subject, Window};
///
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("nightly")
///         .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::Europe::Paris))
///         .scope(Scope::entity("db-7"))
///         .build()?,
/// )?;
/// let silencer = Silencer::new(&registry)?;
/// let at = "2026-11-26T21:15:00Z".parse()?;
/// assert!(silencer.is_silenced(&Subject::entity("db-7"), at));
/// assert!(!silencer.is_silenced(&Subject::entity("db-8"), at));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Silencer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    index: Index,
    /// The registry that the index reflects, and its revision.
    registry: Arc<()>,
    revision: u64,
}

impl Silencer {
    fn reflecting(registry: &Registry, index: Index) -> Self {
        let identity = registry.identity().clone();
        Self(Arc::new(Inner { index, registry: identity, revision: registry.revision() }))
    }
}

/// What a silencer holds in memory, in bytes.
///
/// ```
/// use quietude::{Registry, Silencer};
///
/// let usage = Silencer::new(&Registry::new())?.memory_usage();
/// assert_eq!((usage.window_bytes(), usage.zone_bytes()), (0, 0));
/// assert!(usage.index_bytes() < 10_000);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    index_bytes: usize,
    window_bytes: usize,
    zone_bytes: usize,
}

impl MemoryUsage {
    /// What the silencer holds by itself: entity ids, compiled windows and
    /// pointers to the windows of the registry.
    #[must_use]
    pub const fn index_bytes(self) -> usize {
        self.index_bytes
    }

    /// The windows, which it shares with the registry, without the texts and
    /// trees that these point to.
    #[must_use]
    pub const fn window_bytes(self) -> usize {
        self.window_bytes
    }

    /// The tables of the zones in use, which the whole process shares.
    #[must_use]
    pub const fn zone_bytes(self) -> usize {
        self.zone_bytes
    }
}

/// When a silence ends.
///
/// ```
/// use quietude::{End, Timestamp};
///
/// let end = End::At(Timestamp::constant(0));
/// assert_eq!(end.to_string(), "1970-01-01T00:00:00Z");
/// assert_eq!(End::Never.to_string(), "forever");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// At this instant, which is not silenced any more.
    At(Timestamp),
    /// Not in the range of time.
    Never,
    /// Not before this instant, which is still silenced: windows were asked
    /// [`MAX_JOINED`](crate::MAX_JOINED) times for what they join without a gap,
    /// and none further.
    AtLeast(Timestamp),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(end) => end.fmt(f),
            Self::Never => f.write_str("forever"),
            Self::AtLeast(end) => write!(f, "{end} at least"),
        }
    }
}

/// A stretch of silence: the union of all that silences a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Silence {
    /// The first silenced instant.
    pub start: Timestamp,
    /// When it ends.
    pub end: End,
}

/// The next silence of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// This one.
    At(Silence),
    /// There is none.
    Never,
    /// The subject is silenced already, for longer than could be followed (see
    /// [`End::AtLeast`]); the next silence begins after this instant, if there
    /// is one.
    NotBefore(Timestamp),
}

impl Next {
    /// The next silence, if one is known.
    #[must_use]
    pub fn silence(self) -> Option<Silence> {
        match self {
            Self::At(silence) => Some(silence),
            Self::Never | Self::NotBefore(_) => None,
        }
    }
}

/// Builds a [`Silencer`].
///
/// ```
/// use quietude::{Registry, Silencer, Topology};
///
/// let topology = Topology::builder().child("rack-1", "db-7").build()?;
/// let silencer = Silencer::builder().topology(topology).build(&Registry::new())?;
/// assert_eq!(silencer.revision(), 0);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct SilencerBuilder {
    topology: Topology,
    present: Option<Timestamp>,
}

impl SilencerBuilder {
    /// Entities, groups and attributes known beforehand; none unless given.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// Tells the silencer the present: questions about instants near it are
    /// answered from one cache line. It changes no answer.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.present = Some(now);
        self
    }

    /// Compiles the windows of a registry, in some 200 ns a window.
    ///
    /// # Errors
    ///
    /// If the windows cover more than [`MAX_COVERED`](crate::MAX_COVERED)
    /// entities, or finding these takes more than
    /// [`MAX_COVER_STEPS`](crate::MAX_COVER_STEPS) steps.
    pub fn build(self, registry: &Registry) -> Result<Silencer, Error> {
        let index = Index::new(registry, &self.topology, self.present)?;
        Ok(Silencer::reflecting(registry, index))
    }
}

impl Silencer {
    /// Compiles the windows of a registry, without a topology.
    ///
    /// # Errors
    ///
    /// If a stated limit is passed.
    pub fn new(registry: &Registry) -> Result<Self, Error> {
        Self::builder().build(registry)
    }

    /// Begins a silencer with a topology or other settings.
    pub fn builder() -> SilencerBuilder {
        SilencerBuilder::default()
    }

    /// The same silencer, told the present: questions about instants near
    /// `now` are answered from one cache line. It changes no answer.
    ///
    /// For each entity it keeps the stretch around `now` in which the answer
    /// stays as it is. Costs a copy of the entities, and a look at those whose
    /// stretch has ended.
    ///
    /// ```
    /// # use quietude::{Registry, Silencer, Timestamp};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let now: Timestamp = "2026-11-26T21:15:00Z".parse()?;
    /// assert_eq!(silencer.at(now).now(), Some(now));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        let Inner { index, registry, revision } = &*self.0;
        let (index, registry, revision) = (index.with_now(now), registry.clone(), *revision);
        Self(Arc::new(Inner { index, registry, revision }))
    }

    /// The present that the silencer was told, if it was.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.index().now()
    }

    /// A silencer that reflects what has changed in the registry since, and
    /// shares with this one what has not. Any number may be made of one, on any
    /// threads at once.
    ///
    /// A change costs some microseconds for each entity that the window
    /// covers, whatever the number of windows. A window with a scope of many
    /// entities that no other window had makes the silencer build anew, as do
    /// changes to half of all windows, and another registry.
    ///
    /// # Errors
    ///
    /// As [`SilencerBuilder::build`].
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window};
    /// let mut registry = Registry::new();
    /// let before = Silencer::new(&registry)?;
    /// registry.insert(
    ///     Window::builder("nightly")
    ///         .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
    ///         .scope(Scope::entity("db-7"))
    ///         .build()?,
    /// )?;
    /// let after = before.updated(&registry)?;
    /// let (subject, at) = (Subject::entity("db-7"), "2026-11-26T23:15:00Z".parse()?);
    /// assert!(!before.is_silenced(&subject, at) && after.is_silenced(&subject, at));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn updated(&self, registry: &Registry) -> Result<Self, Error> {
        let changed =
            registry.changes_since(&self.0.registry, self.0.revision).and_then(|changes| {
                let changes =
                    changes.map(|position| Change { position, window: registry.at(position) });
                self.index().apply(changes)
            });
        let index = match changed {
            Some(index) => index,
            None => Index::new(registry, self.topology(), self.now())?,
        };
        Ok(Self::reflecting(registry, index))
    }

    /// Whether the subject is silenced at `at`.
    ///
    /// Near the present that the silencer was told this is one look-up;
    /// elsewhere it grows with the logarithm of the entity's windows at most.
    #[must_use]
    #[inline]
    pub fn is_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        self.index().is_silenced(subject, at)
    }

    /// Looks an entity up, to ask about it again and again. `None` if neither
    /// the topology nor a window names it.
    #[must_use]
    pub fn entity(&self, id: &str) -> Option<EntityRef<'_>> {
        EntityRef::new(self.index(), id)
    }

    /// Answers [`is_silenced`](Self::is_silenced) for many entities at once,
    /// in about half the time once the index is larger than the caches.
    /// Answers are written in order, for as many as there is room for.
    ///
    /// ```
    /// # use quietude::{Registry, Silencer, Timestamp};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let at: Timestamp = "2026-11-26T23:15:00Z".parse()?;
    /// let mut answers = [true; 2];
    /// silencer.silenced_batch(&[("db-7", at), ("db-8", at)], &mut answers);
    /// assert_eq!(answers, [false; 2]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_batch(&self, queries: &[(&str, Timestamp)], answers: &mut [bool]) {
        batch::answer(self.index(), queries, answers);
    }

    /// The strongest effect of all windows that silence the subject at `at`.
    #[must_use]
    pub fn effect(&self, subject: &Subject<'_>, at: Timestamp) -> Option<Effect> {
        if !self.is_silenced(subject, at) {
            return None;
        }
        self.active(subject, at).map(Window::effect).max()
    }

    /// The lowest of the states that the windows that silence the subject at
    /// `at` put it into, of those that name one.
    #[must_use]
    pub fn state(&self, subject: &Subject<'_>, at: Timestamp) -> Option<EntityState> {
        self.active(subject, at).filter_map(Window::state_during).min()
    }

    /// The windows that silence the subject at `at`, in the order of the
    /// registry.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::Europe::Paris))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let subject = Subject::entity("db-7");
    /// let by: Vec<_> = silencer.silenced_by(&subject, "2026-11-26T21:15:00Z".parse()?)
    ///     .map(|window| window.id().as_str())
    ///     .collect();
    /// assert_eq!(by, ["nightly"]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_by<'a>(
        &'a self,
        subject: &Subject<'a>,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Window> + 'a {
        let mut by: Vec<_> = self
            .index()
            .covering_positioned(subject)
            .filter(|(_, window)| window.is_active(at))
            .collect();
        by.sort_unstable_by_key(|(position, _)| *position);
        by.into_iter().map(|(_, window)| window)
    }

    /// When the silence that covers `at` ends: the end of the union of all
    /// that silences the subject from `at` on. `None` if it is not silenced.
    #[must_use]
    pub fn silenced_until(&self, subject: &Subject<'_>, at: Timestamp) -> Option<End> {
        if !self.is_silenced(subject, at) {
            return None;
        }
        union::silenced_until(self.index().covering(subject), at)
    }

    /// The first silence of the subject that begins after `after`, not at it.
    #[must_use]
    pub fn next_silence(&self, subject: &Subject<'_>, after: Timestamp) -> Next {
        union::next_silence(self.index().covering(subject), after)
    }

    /// Segments that tile `within`: what silences the subject when.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Registry, Scope, Silencer, Subject, Window};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let day = Interval::new("2026-11-26T00:00:00Z".parse()?, "2026-11-27T00:00:00Z".parse()?)?;
    /// let silent: Vec<_> = silencer
    ///     .timeline(Subject::entity("db-7"), day)
    ///     .map(|segment| (segment.interval.duration_ms() / 3_600_000, segment.effect.is_some()))
    ///     .collect();
    /// assert_eq!(silent, [(2, true), (20, false), (2, true)]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn timeline<'a>(&'a self, subject: Subject<'a>, within: Interval) -> Timeline<'a> {
        Timeline::new(self, subject, within)
    }

    /// The verdict of every window that could concern the subject, with its
    /// reason and the nearest miss.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let why = silencer.explain(&Subject::entity("db-7"), "2026-11-26T21:15:00Z".parse()?);
    /// assert_eq!(
    ///     why.to_string(),
    ///     "db-7 is not silenced at 2026-11-26T21:15:00Z\n  \
    ///      nightly: covers it, and is idle; last ended 2026-11-26T02:00:00Z; \
    ///      next begins 2026-11-26T22:00:00Z\n"
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn explain(&self, subject: &Subject<'_>, at: Timestamp) -> Explanation {
        Explanation::new(self, subject, at)
    }

    /// The revision of the registry that the answers reflect.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.revision
    }

    /// What it holds in memory.
    ///
    /// ```
    /// # use quietude::{Registry, Silencer};
    /// let usage = Silencer::new(&Registry::new())?.memory_usage();
    /// assert_eq!(usage.window_bytes(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn memory_usage(&self) -> MemoryUsage {
        let index = self.index();
        MemoryUsage {
            index_bytes: index.heap_bytes() + size_of::<Inner>(),
            window_bytes: index.window_count() * size_of::<Window>(),
            zone_bytes: index.zones().iter().map(Zone::heap_bytes).sum(),
        }
    }

    /// What is known of entities and groups.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        self.index().topology()
    }

    pub(crate) fn index(&self) -> &Index {
        &self.0.index
    }

    fn active<'a>(
        &'a self,
        subject: &Subject<'a>,
        at: Timestamp,
    ) -> impl Iterator<Item = &'a Window> + 'a {
        self.index().covering(subject).filter(move |window| window.is_active(at))
    }
}
