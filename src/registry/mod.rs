//! The registry of windows.
//!
//! Its versions share structure ([`crate::trie`]): a clone costs a few pointers, and two
//! versions are compared in proportion to their differences.

mod ids;
mod sync;

use std::ops::ControlFlow;
use std::sync::Arc;

use smallvec::SmallVec;

use self::ids::WindowIds;
pub use self::sync::Synced;
use crate::error::{Error, ErrorKind, truncated};
use crate::limits::MAX_WINDOWS;
use crate::scope::WindowId;
use crate::time::Timestamp;
use crate::trie::Trie;
use crate::window::Window;

/// The sequence number of a window, in the order of insertion.
pub(crate) type WindowSeq = u64;

/// A version of the windows of a registry, by sequence number.
pub(crate) type Windows = Trie<Arc<Window>>;

/// Windows with unique ids, in the order of insertion.
///
/// Every change is atomic and increments [`revision`](Self::revision) by one. A
/// [`Silencer`](crate::Silencer) is a snapshot: it does not change when the registry
/// does.
///
/// Cloning copies a few pointers, whatever the number of windows, because clones share the
/// windows that they have in common. A silencer of one clone is
/// [updated](crate::Silencer::updated) to any other in proportion to their differences.
///
/// Lookup, insertion, replacement and removal are O(log n).
///
/// ```
/// use quietude::{Daily, Registry, Scope, Window, Zone};
///
/// let mut registry = Registry::new();
/// let window = Window::builder("w-1")
///     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///     .scope(Scope::entity("db-7"))
///     .build()?;
/// registry.insert(window.clone())?;
/// assert!(registry.insert(window).is_err());
/// assert_eq!((registry.len(), registry.revision()), (1, 1));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// By sequence number. A replaced window keeps its number.
    windows: Windows,
    ids: WindowIds,
    next_seq: WindowSeq,
    revision: u64,
    /// The parts that are known to equal a source, see [`set_source`](Self::set_source).
    #[cfg(feature = "vendors")]
    sources: Vec<Source>,
}

/// The windows whose ids begin with a prefix, as a copy of a source.
#[cfg(feature = "vendors")]
#[derive(Clone, Debug)]
struct Source {
    prefix: String,
    /// The identity of the source.
    instance_id: Arc<()>,
    /// The revision of the source that was copied.
    revision: u64,
}

impl Registry {
    /// An empty registry, at revision 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Inserts a window at the end.
    ///
    /// # Errors
    ///
    /// If the id exists already, or there are [`MAX_WINDOWS`] windows. The registry is
    /// then unchanged.
    pub fn insert(&mut self, window: impl Into<Arc<Window>>) -> Result<(), Error> {
        let window = window.into();
        self.check_new(window.id())?;
        check_count(self.len() + 1).map_err(|error| error.in_window(window.id().as_str()))?;
        self.insert_new(window);
        Ok(())
    }

    /// An error if a window has this id.
    fn check_new(&self, id: &WindowId) -> Result<(), Error> {
        match self.find(id.as_str()) {
            None => Ok(()),
            Some(_) => Err(taken_id(id.as_str())),
        }
    }

    /// Inserts a window with a new id at the end, whatever the number of windows.
    fn insert_new(&mut self, window: Arc<Window>) {
        let id = window.id();
        self.ids.insert(id, self.next_seq);
        self.record_change(id.as_str());
        self.windows.insert(self.next_seq, window);
        self.next_seq += 1;
    }

    /// Replaces the window with the same id, which keeps its place in the order.
    /// Returns the previous window.
    ///
    /// # Errors
    ///
    /// If there is no window with that id. The registry is then unchanged.
    pub fn replace(&mut self, window: impl Into<Arc<Window>>) -> Result<Arc<Window>, Error> {
        let window = window.into();
        let seq = self.seq_of(window.id().as_str())?;
        self.record_change(window.id().as_str());
        Ok(self.windows.insert(seq, window).expect("the window exists"))
    }

    /// Removes a window and returns it.
    ///
    /// # Errors
    ///
    /// If there is no window with that id.
    ///
    /// ```
    /// use quietude::{Once, Registry, Scope, Window};
    ///
    /// let mut registry = Registry::new();
    /// let hour = Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?;
    /// registry.insert(Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?)?;
    /// assert_eq!(registry.remove("w")?.id().as_str(), "w");
    /// assert!(registry.is_empty() && registry.remove("w").is_err());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove(&mut self, id: impl AsRef<str>) -> Result<Arc<Window>, Error> {
        let seq = self.seq_of(id.as_ref())?;
        let window = self.windows.remove(seq).expect("the window exists");
        self.ids.remove(id.as_ref(), seq);
        self.record_change(id.as_ref());
        Ok(window)
    }

    /// Closes a window: from `at` on it silences nothing. Before `at` nothing changes.
    /// A window that was closed at or before `at` stays unchanged, and the revision
    /// too. Returns the closed window.
    ///
    /// # Errors
    ///
    /// If there is no window with that id.
    ///
    /// ```
    /// # use quietude::{Daily, Registry, Scope, Window, WindowState, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("w-1")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// let now = "2026-11-26T23:00:00Z".parse()?;
    /// registry.close("w-1", now)?;
    /// let window = registry.get("w-1").unwrap();
    /// assert_eq!(window.state_at(now), WindowState::Closed);
    /// assert!(window.is_active("2026-11-26T22:59:59Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn close(&mut self, id: impl AsRef<str>, at: Timestamp) -> Result<Arc<Window>, Error> {
        let seq = self.seq_of(id.as_ref())?;
        let window = self.windows.get(seq).expect("the window exists");
        if window.closed_at().is_some_and(|closed| closed <= at) {
            return Ok(window.clone());
        }
        let closed = Arc::new(window.to_builder().closed_at(at).build()?);
        self.windows.insert(seq, closed.clone());
        self.record_change(id.as_ref());
        Ok(closed)
    }

    /// Applies several changes as one: all of them, or none if `change` returns an error.
    /// The revision is incremented by one, or not at all if nothing differs in the end.
    ///
    /// `change` gets a clone of the registry, which becomes the registry if it returns `Ok`.
    ///
    /// # Errors
    ///
    /// The error of `change`. The registry is then unchanged.
    ///
    /// ```
    /// # use quietude::{Daily, Error, Registry, Scope, Window, Zone};
    /// # fn nightly(id: &str) -> Result<Window, Error> {
    /// #     Window::builder(id).schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #         .scope(Scope::entity("db-7")).build()
    /// # }
    /// let mut registry = Registry::new();
    /// registry.insert(nightly("old")?)?;
    /// let failed = registry.edit(|registry| {
    ///     registry.insert(nightly("new")?)?;
    ///     registry.remove("unknown")
    /// });
    /// assert!(failed.is_err() && registry.get("new").is_none());
    /// registry.edit(|registry| {
    ///     registry.insert(nightly("new")?)?;
    ///     registry.remove("old")
    /// })?;
    /// assert_eq!((registry.len(), registry.revision()), (1, 2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn edit<T, E>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let mut next = self.clone();
        let value = change(&mut next)?;
        let is_changed = changed_windows(&self.windows, &next.windows, 0).is_none();
        next.revision = self.revision + u64::from(is_changed);
        *self = next;
        Ok(value)
    }

    /// Removes the windows that silence nothing at `now` or later, because they have
    /// expired or were closed. Disabled windows are treated as enabled ones. Returns the
    /// removed windows, in the order of insertion. O(n) in the number of windows.
    ///
    /// ```
    /// use quietude::{Once, Registry, Scope, Window};
    ///
    /// let mut registry = Registry::new();
    /// let hour = Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?;
    /// registry.insert(Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?)?;
    /// assert!(registry.remove_expired("2026-06-06T19:59:59.999Z".parse()?).is_empty());
    /// assert_eq!(registry.remove_expired("2026-06-06T20:00:00Z".parse()?).len(), 1);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_expired(&mut self, now: Timestamp) -> Vec<Arc<Window>> {
        let expired: Vec<_> =
            self.iter().filter(|window| !window.silences_after(now)).cloned().collect();
        for window in &expired {
            self.remove(window.id()).expect("the window exists");
        }
        expired
    }

    /// The window with this id.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<&Arc<Window>> {
        self.windows.get(self.find(id.as_ref())?)
    }

    /// All windows, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Window>> + '_ {
        self.windows.iter().map(|(_, window)| window)
    }

    /// The number of windows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there are no windows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of changes since the registry was created.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// All windows with their sequence numbers, ascending.
    pub(crate) fn iter_with_seq(
        &self,
    ) -> impl DoubleEndedIterator<Item = (WindowSeq, &Arc<Window>)> + '_ {
        self.windows.iter()
    }

    /// The window with a sequence number.
    pub(crate) fn at(&self, seq: WindowSeq) -> Option<&Arc<Window>> {
        self.windows.get(seq)
    }

    /// The current version of the windows.
    pub(crate) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// The sequence number of the window with an id.
    fn find(&self, id: &str) -> Option<WindowSeq> {
        self.ids.get(id, &self.windows)
    }

    fn seq_of(&self, id: &str) -> Result<WindowSeq, Error> {
        self.find(id).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format_args!("no window has the id `{}`", truncated(id)),
            )
        })
    }

    /// The revision of the source that the windows with this prefix equal. `None` if
    /// they equal no source, or another one than `instance_id`.
    #[cfg(feature = "vendors")]
    pub(crate) fn source_revision(&self, prefix: &str, instance_id: &Arc<()>) -> Option<u64> {
        let source = self.sources.iter().find(|source| source.prefix == prefix)?;
        Arc::ptr_eq(&source.instance_id, instance_id).then_some(source.revision)
    }

    /// Records that the windows with this prefix equal a revision of a source. The next
    /// change of such a window removes the record.
    #[cfg(feature = "vendors")]
    pub(crate) fn set_source(&mut self, prefix: String, instance_id: &Arc<()>, revision: u64) {
        self.sources.retain(|source| source.prefix != prefix);
        self.sources.push(Source { prefix, instance_id: instance_id.clone(), revision });
    }

    /// Increments the revision, for a change of the window with an id.
    fn record_change(&mut self, id: &str) {
        self.forget_source_of(id);
        self.revision += 1;
    }

    /// Removes the records of sources that a changed window belongs to.
    fn forget_source_of(&mut self, id: &str) {
        #[cfg(feature = "vendors")]
        self.sources.retain(|source| !id.starts_with(&source.prefix));
        #[cfg(not(feature = "vendors"))]
        let _ = id;
    }
}

/// The error that another window has this id.
pub(crate) fn taken_id(id: &str) -> Error {
    Error::new(ErrorKind::Duplicate, "is taken already").in_field("id").in_window(id)
}

/// An error if there would be more windows than [`MAX_WINDOWS`].
fn check_count(count: usize) -> Result<(), Error> {
    if count > MAX_WINDOWS {
        return Err(Error::beyond(count, "windows", MAX_WINDOWS));
    }
    Ok(())
}

/// A position, and the window that is there now.
pub(crate) type ChangedWindow<'a> = (WindowSeq, Option<&'a Arc<Window>>);

/// Most versions differ by a few windows: those are listed without an allocation.
pub(crate) type ChangedWindows<'a> = SmallVec<[ChangedWindow<'a>; 16]>;

/// The first windows in which two versions differ, by position: those of `after`, at most
/// `limit`. `None` if there are more.
pub(crate) fn changed_windows<'a>(
    before: &'a Windows,
    after: &'a Windows,
    limit: usize,
) -> Option<ChangedWindows<'a>> {
    let mut changed = ChangedWindows::new();
    let end = before.diff(after, Arc::ptr_eq, &mut |position, _, new| {
        if changed.len() == limit {
            return ControlFlow::Break(());
        }
        changed.push((position, new));
        ControlFlow::Continue(())
    });
    end.is_continue().then_some(changed)
}
