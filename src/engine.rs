//! The engine: a registry, a topology and the current snapshot, which one writer changes
//! together.

use std::sync::Arc;

use crate::error::Error;
use crate::registry::{Registry, Synced};
use crate::scope::{Topology, WindowId};
use crate::silencer::Silencer;
use crate::time::Timestamp;
use crate::window::Window;

/// A registry, a topology and the silencer of both: for one writer and many readers.
///
/// The writer changes it by [`edit`](Self::edit) and [`sync`](Self::sync). Each takes effect
/// as a whole, with a new [`snapshot`](Self::snapshot), or not at all. Readers keep the
/// snapshot that they have; it never changes. The engine has no lock: the application keeps
/// it in a `Mutex`, and publishes snapshots by a channel, a `RwLock` or an atomic pointer.
///
/// Cloning copies a few pointers; clones change independently.
///
/// ```
/// use quietude::live::Engine;
/// use quietude::{Daily, Error, Registry, Scope, Subject, Topology, Window, Zone};
///
/// let mut engine = Engine::new(Registry::new(), Topology::default())?;
/// let before = engine.snapshot();
/// engine.edit(|registry, _| {
///     registry.insert(
///         Window::builder("nightly")
///             .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///             .scope(Scope::entity("db-7"))
///             .build()?,
///     )
/// })?;
/// let (subject, at) = (Subject::entity("db-7"), "2026-11-26T23:15:00Z".parse()?);
/// assert!(engine.snapshot().is_silenced(&subject, at));
/// assert!(!before.is_silenced(&subject, at));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    registry: Registry,
    topology: Topology,
    snapshot: Arc<Silencer>,
    revision: u64,
}

impl Engine {
    /// An engine with these windows and this topology, at revision 0.
    ///
    /// # Errors
    ///
    /// As [`SilencerBuilder::build`](crate::SilencerBuilder::build).
    pub fn new(registry: Registry, topology: Topology) -> Result<Self, Error> {
        let snapshot = Silencer::builder().topology(topology.clone()).build(&registry)?;
        Ok(Self { registry, topology, snapshot: Arc::new(snapshot), revision: 0 })
    }

    /// Applies several changes of windows and topology as one: all of them, or none if
    /// `change` returns an error. Then the snapshot is [updated](Silencer::updated_with).
    ///
    /// `change` gets clones, which become the registry and the topology if it returns `Ok`.
    /// The revision is incremented by one, or not at all if nothing differs in the end.
    ///
    /// # Errors
    ///
    /// The error of `change`, or that of a limit of the snapshot. The engine is then
    /// unchanged.
    ///
    /// ```
    /// use quietude::live::Engine;
    /// use quietude::{Error, Registry, Topology};
    ///
    /// let mut engine = Engine::new(Registry::new(), Topology::default())?;
    /// let failed = engine.edit(|registry, _| registry.remove("unknown"));
    /// assert!(failed.is_err() && engine.revision() == 0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn edit<T, E: From<Error>>(
        &mut self,
        change: impl FnOnce(&mut Registry, &mut Topology) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut topology = self.topology.clone();
        let mut registry = self.registry.clone();
        let value = registry.edit(|registry| change(registry, &mut topology))?;
        if registry.revision() != self.registry.revision() || !topology.is_same(&self.topology) {
            self.snapshot = Arc::new(self.snapshot.updated_with(&registry, &topology)?);
            (self.registry, self.topology) = (registry, topology);
            self.revision += 1;
        }
        Ok(value)
    }

    /// Makes the windows those of a list, as [`Registry::sync`], and returns what that
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`Registry::sync`], or that of a limit of the snapshot. The engine is then
    /// unchanged.
    ///
    /// ```
    /// use quietude::live::Engine;
    /// use quietude::{Daily, Error, Registry, Scope, Topology, Window, Zone};
    ///
    /// let mut engine = Engine::new(Registry::new(), Topology::default())?;
    /// let nightly = Window::builder("nightly")
    ///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    ///     .scope(Scope::entity("db-7"))
    ///     .build()?;
    /// assert_eq!(engine.sync([nightly.clone()])?.inserted.len(), 1);
    /// assert!(!engine.sync([nightly])?.is_changed());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sync<W: Into<Arc<Window>>>(
        &mut self,
        windows: impl IntoIterator<Item = W>,
    ) -> Result<Synced, Error> {
        self.edit(|registry, _| registry.sync(windows))
    }

    /// [`sync`](Self::sync) for the windows whose ids `is_included` accepts, as
    /// [`Registry::sync_where`].
    ///
    /// # Errors
    ///
    /// As [`Registry::sync_where`], or that of a limit of the snapshot. The engine is then
    /// unchanged.
    ///
    /// ```
    /// use quietude::live::Engine;
    /// use quietude::{Error, Registry, Topology, Window};
    ///
    /// let mut engine = Engine::new(Registry::new(), Topology::default())?;
    /// let none: [Window; 0] = [];
    /// let synced = engine.sync_where(|id| id.as_str().starts_with("file/"), none)?;
    /// assert!(!synced.is_changed());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sync_where<W: Into<Arc<Window>>>(
        &mut self,
        is_included: impl Fn(&WindowId) -> bool,
        windows: impl IntoIterator<Item = W>,
    ) -> Result<Synced, Error> {
        self.edit(|registry, _| registry.sync_where(is_included, windows))
    }

    /// Sets the current time of the snapshot, as [`Silencer::with_now`]. It makes queries
    /// near `now` faster and does not change any answer, nor the revision. O(n) in the
    /// number of entities.
    ///
    /// ```
    /// use quietude::live::Engine;
    /// use quietude::{Error, Registry, Topology};
    ///
    /// let mut engine = Engine::new(Registry::new(), Topology::default())?;
    /// let now = "2026-11-26T21:15:00Z".parse()?;
    /// engine.set_now(now);
    /// assert_eq!(engine.snapshot().now(), Some(now));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_now(&mut self, now: Timestamp) {
        self.snapshot = Arc::new(self.snapshot.with_now(now));
    }

    /// The current snapshot, to be published. Copies a pointer.
    ///
    /// ```
    /// use quietude::live::Engine;
    /// use quietude::{Error, Registry, Topology};
    ///
    /// let engine = Engine::new(Registry::new(), Topology::default())?;
    /// assert_eq!(engine.snapshot().revision(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Arc<Silencer> {
        self.snapshot.clone()
    }

    /// The windows.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The topology.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The number of edits and syncs that changed something.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }
}
