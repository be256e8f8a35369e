//! The registry of windows: the only mutable state.

mod log;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use self::log::WindowLog;
pub(crate) use self::log::WindowSeq;
use crate::error::{Error, ErrorKind, truncated};
use crate::limits::MAX_WINDOWS;
use crate::scope::WindowId;
use crate::time::Timestamp;
use crate::window::Window;

/// Windows with unique ids, in the order of insertion.
///
/// Every change is atomic and increments [`revision`](Self::revision) by one. A
/// [`Silencer`](crate::Silencer) is a snapshot: it does not change when the registry
/// does.
///
/// Lookup, insertion, replacement and removal are O(1) on average. Iteration reads
/// contiguous memory.
///
/// ```
/// use quietude::{Daily, Registry, Scope, Window};
///
/// let mut registry = Registry::new();
/// let window = Window::builder("w-1")
///     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
///     .scope(Scope::entity("db-7"))
///     .build()?;
/// registry.insert(window.clone())?;
/// assert!(registry.insert(window).is_err());
/// assert_eq!((registry.len(), registry.revision()), (1, 1));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Registry {
    /// By sequence number. A replaced window keeps its number.
    windows: WindowLog,
    seqs: HashMap<WindowId, WindowSeq>,
    next_seq: WindowSeq,
    revision: u64,
    /// The change log: the sequence number of the window, for each of the last
    /// revisions.
    changes: VecDeque<WindowSeq>,
    /// The identity of this registry; a clone has its own.
    instance_id: Arc<()>,
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

/// The length of the change log. A silencer that is further behind is rebuilt.
const REMEMBERED_CHANGES: usize = 1 << 16;

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
        let id = window.id();
        if self.seqs.contains_key(id.as_str()) {
            return Err(Error::new(ErrorKind::Duplicate, "is taken already")
                .in_field("id")
                .in_window(id.as_str()));
        }
        if self.len() >= MAX_WINDOWS {
            let error = Error::beyond(self.len() + 1, "windows", MAX_WINDOWS);
            return Err(error.in_window(id.as_str()));
        }
        self.seqs.insert(id.clone(), self.next_seq);
        self.record_change(self.next_seq, id.as_str());
        self.windows.push(self.next_seq, window);
        self.next_seq += 1;
        Ok(())
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
        self.record_change(seq, window.id().as_str());
        Ok(self.windows.replace(seq, window).expect("the window exists"))
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
        self.seqs.remove(id.as_ref());
        self.record_change(seq, id.as_ref());
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
    /// # use quietude::{Daily, Registry, Scope, Window, WindowState};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("w-1")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
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
        self.windows.replace(seq, closed.clone());
        self.record_change(seq, id.as_ref());
        Ok(closed)
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
        self.windows.get(*self.seqs.get(id.as_ref())?)
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

    /// The sequence numbers of the windows that changed since a revision, oldest
    /// first, possibly with duplicates. `None` if the revision is older than the
    /// change log, or if `instance_id` is that of another registry.
    pub(crate) fn changes_since(
        &self,
        instance_id: &Arc<()>,
        revision: u64,
    ) -> Option<impl Iterator<Item = WindowSeq> + '_> {
        let behind = usize::try_from(self.revision.checked_sub(revision)?).ok()?;
        let known = Arc::ptr_eq(instance_id, &self.instance_id) && behind <= self.changes.len();
        known.then(|| self.changes.range(self.changes.len() - behind..).copied())
    }

    /// The identity of this registry.
    pub(crate) fn instance_id(&self) -> &Arc<()> {
        &self.instance_id
    }

    fn seq_of(&self, id: &str) -> Result<WindowSeq, Error> {
        self.seqs.get(id).copied().ok_or_else(|| {
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

    fn record_change(&mut self, seq: WindowSeq, id: &str) {
        #[cfg(feature = "vendors")]
        self.sources.retain(|source| !id.starts_with(&source.prefix));
        #[cfg(not(feature = "vendors"))]
        let _ = id;
        self.revision += 1;
        if self.changes.len() == REMEMBERED_CHANGES {
            self.changes.pop_front();
        }
        self.changes.push_back(seq);
    }
}

/// A clone has its own identity: a silencer of the original cannot be updated from
/// it incrementally.
impl Clone for Registry {
    fn clone(&self) -> Self {
        Self {
            windows: self.windows.clone(),
            seqs: self.seqs.clone(),
            next_seq: self.next_seq,
            revision: self.revision,
            changes: self.changes.clone(),
            instance_id: Arc::default(),
            #[cfg(feature = "vendors")]
            sources: self.sources.clone(),
        }
    }
}
