//! Questions about the whole fleet: which windows are active, whom a window covers, who is
//! silenced; and whether a subject is silenced throughout an interval.

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::vec;

use crate::error::{Error, ErrorKind};
use crate::index::Positioned;
use crate::limits::MAX_UNION_STEPS;
use crate::scope::{EntityId, Subject};
use crate::silencer::types::SilenceEnd;
use crate::silencer::union::{self, NextStart};
use crate::silencer::{Silencer, Upcoming};
use crate::time::{Interval, Timestamp};
use crate::window::Window;

/// An iterator over the windows that are active at an instant, in the order of insertion in
/// the registry; see [`Silencer::active`](crate::Silencer::active). `Debug` lists the ids of
/// the remaining windows.
#[derive(Clone)]
#[must_use = "iterators are lazy"]
pub struct ActiveWindows<'a> {
    windows: vec::IntoIter<Positioned<'a>>,
}

impl<'a> Iterator for ActiveWindows<'a> {
    type Item = &'a Arc<Window>;

    fn next(&mut self) -> Option<Self::Item> {
        self.windows.next().map(|(_, window)| window)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.windows.size_hint()
    }
}

impl ExactSizeIterator for ActiveWindows<'_> {}

impl FusedIterator for ActiveWindows<'_> {}

impl fmt::Debug for ActiveWindows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.windows.as_slice().iter().map(|(_, w)| w.id())).finish()
    }
}

/// Questions about the whole fleet.
impl Silencer {
    /// The windows that are active at `at`, in the order of insertion in the registry.
    ///
    /// One-time windows are found by time; of the others, those are tested that may be active in
    /// that hour and on that day of the week. About 0.2 us for each active window among 100,000.
    /// The first such question of a build sorts the one-time windows by time.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let mut active = silencer.active("2026-11-26T22:15:00Z".parse()?);
    /// assert_eq!(active.next().unwrap().id().as_str(), "nightly");
    /// assert!(active.next().is_none());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn active(&self, at: Timestamp) -> ActiveWindows<'_> {
        ActiveWindows { windows: self.index().active_windows(at).into_iter() }
    }

    /// When windows begin and end within an interval, in order of time.
    ///
    /// A window begins at an instant if it is active then and was not the millisecond
    /// before. Contiguous occurrences are one. One-time windows are found by time. The next
    /// event of each other window is computed first, in O(n log n), and the further ones
    /// when they are asked for.
    ///
    /// ```
    /// use quietude::fleet::EventKind;
    /// # use quietude::{Daily, Interval, Registry, Scope, Silencer, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let day = Interval::new("2026-11-26T00:00:00Z".parse()?, "2026-11-27T00:00:00Z".parse()?)?;
    /// let events: Vec<_> = silencer.upcoming(day).map(|event| (event.at, event.kind)).collect();
    /// assert_eq!(events, [
    ///     ("2026-11-26T02:00:00Z".parse()?, EventKind::Ends),
    ///     ("2026-11-26T22:00:00Z".parse()?, EventKind::Begins),
    /// ]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn upcoming(&self, within: Interval) -> Upcoming<'_> {
        Upcoming::new(self.index(), within)
    }

    /// The known entities that the window covers, whether it is active or not: those of the
    /// topology, in its order, and then those that scopes name. A window with alert types
    /// covers an entity if it does so for one of them. The window need not be in the
    /// registry.
    ///
    /// Takes time in proportion to the entities that its tests select, such as the members of
    /// a group. A scope without such a test is evaluated for every known entity.
    ///
    /// ```
    /// # use quietude::{Daily, EntityId, Registry, Scope, Silencer, Topology, Window, Zone};
    /// let topology = Topology::builder().add_member("prod", "db-7").entity("db-8").build()?;
    /// let silencer = Silencer::builder().topology(topology).build(&Registry::new())?;
    /// let window = Window::builder("nightly")
    ///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///     .scope(Scope::group("prod"))
    ///     .build()?;
    /// assert_eq!(silencer.entities_of(&window), [EntityId::from("db-7")]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn entities_of(&self, window: &Window) -> Vec<EntityId> {
        self.index().covered_entities(window).into_iter().map(EntityId::from).collect()
    }

    /// The known entities: those of the topology, in its order, and then those that scopes
    /// name.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Topology, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// let topology = Topology::builder().entity("db-8").build()?;
    /// let silencer = Silencer::builder().topology(topology).build(&registry)?;
    /// assert!(silencer.known_entities().eq(["db-8", "db-7"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn known_entities(&self) -> impl Iterator<Item = &str> {
        self.index().known_entities()
    }

    /// The known entities that are silenced at `at`, without an alert type: those of the
    /// topology, in its order, and then those that scopes name. One
    /// [`is_silenced`](Self::is_silenced) for each known entity.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Silencer, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// assert!(silencer.silenced_entities("2026-11-26T22:15:00Z".parse()?).eq(["db-7"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn silenced_entities(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let is_silenced = move |id: &&str| self.index().is_silenced(&Subject::entity(id), at);
        self.index().known_entities().filter(is_silenced)
    }
}

/// Questions about an interval.
impl Silencer {
    /// Whether the subject is silenced at every instant of an interval.
    ///
    /// # Errors
    ///
    /// If contiguous occurrences were followed for
    /// [`MAX_UNION_STEPS`](crate::limits::MAX_UNION_STEPS) without a result.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Registry, Scope, Silencer, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let job = Interval::new("2026-11-26T23:00:00Z".parse()?, "2026-11-27T02:00:00Z".parse()?)?;
    /// assert!(silencer.is_silenced_throughout("db-7", job)?);
    /// let longer = Interval::new(job.start(), "2026-11-27T02:00:00.001Z".parse()?)?;
    /// assert!(!silencer.is_silenced_throughout("db-7", longer)?);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn is_silenced_throughout<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        within: Interval,
    ) -> Result<bool, Error> {
        let covering = self.index().covering(&subject.into());
        match union::silenced_within(covering.iter(), within.start(), within.end()) {
            None => Ok(false),
            Some(SilenceEnd::Never) => Ok(true),
            Some(SilenceEnd::At(end)) => Ok(end >= within.end()),
            Some(SilenceEnd::AtLeast(end)) if end >= within.end() => Ok(true),
            Some(SilenceEnd::AtLeast(end)) => Err(unknown_after(end)),
        }
    }

    /// Whether the subject is silenced at some instant of an interval.
    ///
    /// # Errors
    ///
    /// If the search in a combination got to
    /// [`MAX_SEARCH_STEPS`](crate::limits::MAX_SEARCH_STEPS) without a result.
    ///
    /// ```
    /// # use quietude::{Daily, Interval, Registry, Scope, Silencer, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// # let silencer = Silencer::new(&registry)?;
    /// let day = Interval::new("2026-11-26T02:00:00Z".parse()?, "2026-11-26T22:00:00Z".parse()?)?;
    /// assert!(!silencer.is_silenced_within("db-7", day)?);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn is_silenced_within<'q>(
        &self,
        subject: impl Into<Subject<'q>>,
        within: Interval,
    ) -> Result<bool, Error> {
        let covering = self.index().covering(&subject.into());
        if covering.iter().any(|window| window.is_active(within.start())) {
            return Ok(true);
        }
        match union::next_start(covering.iter(), within.start()) {
            NextStart::At(start) => Ok(start < within.end()),
            NextStart::Never => Ok(false),
            NextStart::NotBefore(t) if t >= within.end() => Ok(false),
            NextStart::NotBefore(t) => Err(unknown_after(t)),
        }
    }
}

fn unknown_after(t: Timestamp) -> Error {
    let message = format_args!("the search ended at {t}, after {MAX_UNION_STEPS} steps");
    Error::new(ErrorKind::Limit, message)
}
