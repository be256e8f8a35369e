//! The query API: [`Silencer`], an immutable compiled snapshot of a registry.

mod answer;
mod batch;
mod builder;
mod columns;
mod diff;
mod endless;
mod entity;
mod explain;
mod fleet;
mod silenced_time;
#[cfg(test)]
mod tests;
mod timeline;
mod topology_change;
mod types;
mod union;
mod upcoming;

use std::sync::Arc;

pub use answer::Answer;
pub use builder::SilencerBuilder;
pub use columns::Columns;
pub use diff::{Diff, EffectChange, EntityDiff, WindowDiff, WindowDiffKind};
pub use entity::EntityHandle;
pub use explain::{Explanation, Verdict, WindowExplanation};
pub use fleet::ActiveWindows;
pub use silenced_time::{SilencedTime, SilencedTimes};
pub use timeline::{Segment, Timeline};
pub use types::{MemoryUsage, NextSilence, Silence, SilenceEnd, SilencedBy};
pub use upcoming::{EventKind, Upcoming, WindowEvent};

use crate::error::Error;
use crate::index::{Change, Index, has_labels};
use crate::registry::{Registry, Windows, changed_windows};
use crate::scope::{Subject, Topology};
use crate::time::{Interval, Timestamp, Zone};
use crate::window::{Effect, EntityState, Window};

/// Answers whether a subject is silenced at a time.
///
/// Immutable, `Send` and `Sync`; cloning copies a pointer. Queries do not fail or
/// panic, read no clock and take no lock. `is_silenced`, `effect` and
/// `silenced_until` do not allocate.
///
/// There are three exceptions, all only for a subject with its own groups or
/// attributes: sixteen or more ancestors or groups are collected on the heap; a
/// regular expression that is more than a list of literals or a literal before `.*`
/// allocates its working memory on first use, and again if several threads use it at
/// once; and `effect` and `silenced_until` allocate if more than 32 windows with
/// tests of labels cover the subject.
///
/// ```
/// use quietude::{Daily, Registry, Scope, Silencer, Subject, Window, Zone};
///
/// let paris: Zone = "Europe/Paris".parse()?;
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("nightly")
///         .schedule(Daily::new("22:00-02:00".parse()?, paris))
///         .scope(Scope::entity("db-7"))
///         .build()?,
/// )?;
/// let silencer = Silencer::new(&registry)?;
/// let at = "2026-11-26T21:15:00Z".parse()?;
/// assert!(silencer.is_silenced(Subject::entity("db-7"), at));
/// assert!(!silencer.is_silenced(Subject::entity("db-8"), at));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Silencer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    index: Index,
    /// The compiled version of the windows, and its revision.
    windows: Windows,
    revision: u64,
}

impl Silencer {
    /// A silencer for the current revision of a registry.
    fn from_index(registry: &Registry, index: Index) -> Self {
        let (windows, revision) = (registry.windows().clone(), registry.revision());
        Self(Arc::new(Inner { index, windows, revision }))
    }
}

impl Silencer {
    /// Compiles the windows of a registry, without a topology.
    ///
    /// # Errors
    ///
    /// As [`SilencerBuilder::build`].
    pub fn new(registry: &Registry) -> Result<Self, Error> {
        Self::builder().build(registry)
    }

    /// A builder, to set a topology or the current time.
    pub fn builder() -> SilencerBuilder {
        SilencerBuilder::default()
    }

    /// A copy with another current time. Queries for instants near `now` then read one
    /// cache line. It does not change any answer.
    ///
    /// The silencer caches the answer of each entity around `now`, with the interval in
    /// which it is valid. Copies the entities, and recomputes the answers whose interval
    /// does not contain `now`.
    ///
    /// ```
    /// # use quietude::{Registry, Silencer, Timestamp};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let now: Timestamp = "2026-11-26T21:15:00Z".parse()?;
    /// assert_eq!(silencer.with_now(now).now(), Some(now));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn with_now(&self, now: Timestamp) -> Self {
        let Inner { index, windows, revision } = &*self.0;
        let (index, windows, revision) = (index.with_now(now), windows.clone(), *revision);
        Self(Arc::new(Inner { index, windows, revision }))
    }

    /// The current time, if it was set.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.index().now()
    }

    /// A silencer for the current revision of the registry, which shares unchanged data
    /// with this one. May be called any number of times and concurrently.
    ///
    /// The registry may be the one that this silencer was made from, or a clone of it with
    /// changes of its own, or any other: the windows are compared, and not the revisions. The
    /// comparison skips the windows that clones share.
    ///
    /// A change takes a few microseconds, whatever the scope: about one for each entity
    /// of a few, or for each value of a list of values. The number of windows does not
    /// matter. A new window whose scope covers more than a few entities, and that no
    /// window of the last build has, is found by its keys: until the next build, queries
    /// by id take the time of a query with labels. The silencer is rebuilt completely if
    /// half of all windows have changed.
    ///
    /// # Errors
    ///
    /// As [`SilencerBuilder::build`].
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window, Zone};
    /// let mut registry = Registry::new();
    /// let before = Silencer::new(&registry)?;
    /// registry.insert(
    ///     Window::builder("nightly")
    ///         .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///         .scope(Scope::entity("db-7"))
    ///         .build()?,
    /// )?;
    /// let after = before.updated(&registry)?;
    /// let (subject, at) = (Subject::entity("db-7"), "2026-11-26T23:15:00Z".parse()?);
    /// assert!(!before.is_silenced(&subject, at) && after.is_silenced(&subject, at));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn updated(&self, registry: &Registry) -> Result<Self, Error> {
        self.updated_with(registry, self.topology())
    }

    /// [`updated`](Self::updated) with another topology, too: a clone of the one before with
    /// changes of its own, or any other.
    ///
    /// Each entity that differs takes a few microseconds, and one or two more for each window
    /// that may cover it; so does each descendant, and each member of a group that is nested
    /// elsewhere. The number of entities does not matter. The silencer is rebuilt completely
    /// if half of all entities have changed, for a topology that is not a changed clone, and
    /// for some changes that are rare: an attribute that no entity had and that a window
    /// tests, or alert types in a combination that the scope had for no entity.
    ///
    /// # Errors
    ///
    /// As [`SilencerBuilder::build`].
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Topology, Window, Zone};
    /// let mut registry = Registry::new();
    /// registry.insert(
    ///     Window::builder("nightly")
    ///         .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///         .scope(Scope::group("prod"))
    ///         .build()?,
    /// )?;
    /// let mut topology = Topology::builder().add_member("prod", "db-7").build()?;
    /// let before = Silencer::builder().topology(topology.clone()).build(&registry)?;
    /// topology.add_member("prod", "db-8")?;
    /// let after = before.updated_with(&registry, &topology)?;
    /// let (subject, at) = (Subject::entity("db-8"), "2026-11-26T23:15:00Z".parse()?);
    /// assert!(!before.is_silenced(&subject, at) && after.is_silenced(&subject, at));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn updated_with(&self, registry: &Registry, topology: &Topology) -> Result<Self, Error> {
        let limit = self.index().change_limit();
        let changed = changed_windows(&self.0.windows, registry.windows(), limit);
        let changed = changed.and_then(|changes| {
            self.index().prefetch_changes(&changes);
            let changes = changes.into_iter();
            let changes = changes.map(|(position, window)| Change { position, window });
            if topology.is_same(self.topology()) {
                return self.index().apply(changes);
            }
            self.index().with_topology(topology)?.apply(changes)
        });
        let index = match changed {
            Some(index) => index,
            None => Index::new(registry, topology, self.now())?,
        };
        Ok(Self::from_index(registry, index))
    }

    /// Whether the subject is silenced at `at`.
    ///
    /// Near the current time that was set, this is one lookup. Otherwise it is at most
    /// logarithmic in the number of windows of the entity.
    #[must_use]
    #[inline(always)]
    pub fn is_silenced<'q>(&self, subject: impl Into<Subject<'q>>, at: Timestamp) -> bool {
        self.index().is_silenced(&subject.into(), at)
    }

    /// A handle for repeated queries about one entity. `None` if neither the topology
    /// nor a window contains the entity.
    #[must_use]
    pub fn entity(&self, id: &str) -> Option<EntityHandle<'_>> {
        EntityHandle::new(self.index(), id)
    }

    /// Answers [`is_silenced`](Self::is_silenced) for many entities. Takes about half
    /// the time of single queries if the index is larger than the CPU caches.
    ///
    /// Answer n is that of query n. No allocation.
    ///
    /// # Errors
    ///
    /// If `answers` is not as long as `queries`; the answers are then unchanged.
    ///
    /// ```
    /// # use quietude::{Registry, Silencer, Timestamp};
    /// let silencer = Silencer::new(&Registry::new())?;
    /// let at: Timestamp = "2026-11-26T23:15:00Z".parse()?;
    /// let mut answers = [true; 2];
    /// silencer.is_silenced_batch(&[("db-7", at), ("db-8", at)], &mut answers)?;
    /// assert_eq!(answers, [false; 2]);
    /// assert!(silencer.is_silenced_batch(&[("db-7", at)], &mut answers).is_err());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn is_silenced_batch(
        &self,
        queries: &[(&str, Timestamp)],
        answers: &mut [bool],
    ) -> Result<(), Error> {
        batch::check_length(("answers", answers.len()), ("queries", queries.len()))?;
        batch::answer(self.index(), queries, answers);
        Ok(())
    }

    /// The greatest effect of the windows that silence the subject at `at`.
    #[must_use]
    pub fn effect<'q>(&self, subject: impl Into<Subject<'q>>, at: Timestamp) -> Option<Effect> {
        let subject = subject.into();
        // Of an entity, the cached answer is the fastest.
        if !has_labels(&subject) && !self.is_silenced(subject, at) {
            return None;
        }
        let covering = self.index().active_and_more(&subject, at);
        covering.iter().filter(|window| window.is_active(at)).map(Window::effect).max()
    }

    /// The lowest [`state_during`](Window::state_during) of the windows that silence the
    /// subject at `at`; `None` if none of them has one.
    #[must_use]
    pub fn entity_state<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        at: Timestamp,
    ) -> Option<EntityState> {
        let covering = self.index().active_and_more(&subject.into(), at);
        let active = covering.iter().filter(|window| window.is_active(at));
        active.filter_map(Window::state_during).min()
    }

    /// The windows that silence the subject at `at`, in the order of insertion in the
    /// registry. O(n log n) for n such windows, and one allocation.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, "Europe/Paris".parse::<Zone>()?))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let subject = Subject::entity("db-7");
    /// let by: Vec<_> = silencer.silenced_by(&subject, "2026-11-26T21:15:00Z".parse()?)
    ///     .map(|window| window.id().as_str())
    ///     .collect();
    /// assert_eq!(by, ["nightly"]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_by<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        at: Timestamp,
    ) -> SilencedBy<'_> {
        let mut by: Vec<_> = self
            .index()
            .active_and_more(&subject.into(), at)
            .positioned()
            .filter(|(_, window)| window.is_active(at))
            .collect();
        by.sort_unstable_by_key(|(position, _)| *position);
        SilencedBy { windows: by.into_iter() }
    }

    /// The end of the silence that covers `at`, across all contiguous windows of the
    /// subject. `None` if the subject is not silenced at `at`.
    #[must_use]
    pub fn silenced_until<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        at: Timestamp,
    ) -> Option<SilenceEnd> {
        let covering = self.index().covering_if_silenced(&subject.into(), at)?;
        union::silenced_until(covering.iter(), at)
    }

    /// The first silence of the subject that begins after `after`, not at it.
    #[must_use]
    pub fn next_silence<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        after: Timestamp,
    ) -> NextSilence {
        union::next_silence(self.index().covering(&subject.into()).iter(), after)
    }

    /// Segments with the effect on the subject, in order and without gaps, from the
    /// start of `within` to its end.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Registry, Scope, Silencer, Subject, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
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
    pub fn timeline<'a>(
        &'a self,
        subject: impl Into<Subject<'a>>,
        within: Interval,
    ) -> Timeline<'a> {
        Timeline::new(self, subject.into(), within)
    }

    /// Explains the answer: for each window that refers to the subject, whether it
    /// silences it, the reason, and the previous and next occurrence.
    ///
    /// A window that fails by one test of its scope is a
    /// [near miss](crate::explain::Verdict::NearMiss), which names the test. At most
    /// [`MAX_NEAR_MISSES`](crate::limits::MAX_NEAR_MISSES) windows that do not cover the
    /// subject are listed, and the rest is counted. O(tests of the scopes * ancestors)
    /// for the windows that the index finds for the subject.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Subject, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let why = silencer.explain(Subject::entity("db-7"), "2026-11-26T21:15:00Z".parse()?);
    /// assert_eq!(
    ///     why.to_string(),
    ///     "db-7 is not silenced at 2026-11-26T21:15:00Z\n  \
    ///      nightly: covers it, and is idle; last ended 2026-11-26T02:00:00Z; \
    ///      next begins 2026-11-26T22:00:00Z\n"
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn explain<'q>(&self, subject: impl Into<Subject<'q>>, at: Timestamp) -> Explanation {
        Explanation::new(self, &subject.into(), at)
    }

    /// The revision of the registry on which the answers are based.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The memory usage.
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

    /// The topology.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        self.index().topology()
    }

    pub(crate) fn index(&self) -> &Index {
        &self.0.index
    }
}
