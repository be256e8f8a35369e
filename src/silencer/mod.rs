//! The questions: compiled once, asked for every alert.

mod explain;
mod timeline;
pub(crate) mod union;

use std::fmt;
use std::sync::Arc;

pub use explain::{Explanation, Outcome, Verdict};
pub use timeline::{Segment, Timeline};

use crate::error::Error;
use crate::index::Index;
use crate::registry::Registry;
use crate::scope::{Subject, Topology};
use crate::time::{Interval, Timestamp};
use crate::window::{Effect, EntityState, Window};

/// Answers whether a subject is silenced at a time.
///
/// Immutable, `Send` and `Sync`; cloning it copies a pointer. A query cannot
/// fail or panic, reads no clock, takes no lock, and `is_silenced`, `effect`
/// and `silenced_until` do not allocate.
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
    revision: u64,
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
    /// Not before this instant, which is still silenced: a hundred thousand
    /// occurrences were joined without a gap, and none was followed further.
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
}

impl SilencerBuilder {
    /// Entities, groups and attributes known beforehand; none unless given.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// Compiles the windows of a registry.
    ///
    /// # Errors
    ///
    /// If a stated limit is passed.
    pub fn build(self, registry: &Registry) -> Result<Silencer, Error> {
        let index = Index::new(registry, &self.topology);
        Ok(Silencer(Arc::new(Inner { index, revision: registry.revision() })))
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

    /// Whether the subject is silenced at `at`.
    #[must_use]
    #[inline]
    pub fn is_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        self.index().covering(subject).any(|window| window.is_active(at))
    }

    /// The strongest effect of all windows that silence the subject at `at`.
    #[must_use]
    pub fn effect(&self, subject: &Subject<'_>, at: Timestamp) -> Option<Effect> {
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
        self.active(subject, at)
    }

    /// When the silence that covers `at` ends: the end of the union of all
    /// that silences the subject from `at` on. `None` if it is not silenced.
    #[must_use]
    pub fn silenced_until(&self, subject: &Subject<'_>, at: Timestamp) -> Option<End> {
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
