//! The windows there are: the only thing that changes.

mod ordered;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use self::ordered::Ordered;
pub(crate) use self::ordered::Position;
use crate::error::{Error, ErrorKind, abridged};
use crate::limits::MAX_WINDOWS;
use crate::scope::WindowId;
use crate::time::Timestamp;
use crate::window::Window;

/// Windows under unique ids, in the order in which they were inserted.
///
/// Every change is whole or not at all, and moves [`revision`](Self::revision)
/// by one. A [`Silencer`](crate::Silencer) is built from a registry and stays
/// as it is when the registry changes.
///
/// A window is found, added, replaced and taken out in constant time on
/// average; all are read in one sweep through memory.
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
    /// By the order of insertion, which replacing keeps.
    windows: Ordered,
    positions: HashMap<WindowId, Position>,
    next: Position,
    revision: u64,
    /// What changed lately: a position for each of the last revisions.
    changes: VecDeque<Position>,
    /// Tells this registry from every other, clones included.
    identity: Arc<()>,
}

/// How many changes are remembered; a silencer that is further behind is built
/// anew.
const REMEMBERED_CHANGES: usize = 1 << 16;

impl Registry {
    /// A registry without windows, at revision 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a window at the end.
    ///
    /// # Errors
    ///
    /// If the id is taken, or there are [`MAX_WINDOWS`] already; nothing has
    /// changed then.
    pub fn insert(&mut self, window: impl Into<Arc<Window>>) -> Result<(), Error> {
        let window = window.into();
        let id = window.id();
        if self.positions.contains_key(id.as_str()) {
            return Err(Error::new(ErrorKind::Duplicate, "is taken already")
                .in_field("id")
                .in_window(id.as_str()));
        }
        if self.len() >= MAX_WINDOWS {
            let error = Error::beyond(self.len() + 1, "windows", MAX_WINDOWS);
            return Err(error.in_window(id.as_str()));
        }
        self.positions.insert(id.clone(), self.next);
        self.windows.push(self.next, window);
        self.changed(self.next);
        self.next += 1;
        Ok(())
    }

    /// Puts a window in the place of the one with the same id; returns that
    /// one.
    ///
    /// # Errors
    ///
    /// If there is no window with that id; nothing has changed then.
    pub fn replace(&mut self, window: impl Into<Arc<Window>>) -> Result<Arc<Window>, Error> {
        let window = window.into();
        let position = self.position(window.id().as_str())?;
        let previous = self.windows.replace(position, window).expect("positions lead to windows");
        self.changed(position);
        Ok(previous)
    }

    /// Takes a window out; returns it.
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
        let position = self.position(id.as_ref())?;
        let window = self.windows.remove(position).expect("positions lead to windows");
        self.positions.remove(id.as_ref());
        self.changed(position);
        Ok(window)
    }

    /// Closes a window: from `at` on it silences nothing, and what it silenced
    /// before stays silenced. A window that was closed earlier stays as it is.
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
        let position = self.position(id.as_ref())?;
        let window = self.windows.get(position).expect("positions lead to windows");
        if window.closed_at().is_some_and(|closed| closed <= at) {
            return Ok(window.clone());
        }
        let closed = Arc::new(window.to_builder().closed_at(at).build()?);
        self.windows.replace(position, closed.clone());
        self.changed(position);
        Ok(closed)
    }

    /// Takes out the windows that silence nothing at `before` or later:
    /// expired, or closed. Disabled ones are judged as if they were enabled.
    /// Returns them.
    ///
    /// ```
    /// use quietude::{Once, Registry, Scope, Window};
    ///
    /// let mut registry = Registry::new();
    /// let hour = Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?;
    /// registry.insert(Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?)?;
    /// assert!(registry.expire("2026-06-06T19:59:59.999Z".parse()?).is_empty());
    /// assert_eq!(registry.expire("2026-06-06T20:00:00Z".parse()?).len(), 1);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn expire(&mut self, before: Timestamp) -> Vec<Arc<Window>> {
        let is_over = |window: &Window| {
            let closed = window.closed_at().is_some_and(|closed| closed <= before);
            let ended = window.validity().until().is_some_and(|until| until <= before);
            let again = || {
                let enabled = window.to_builder().enabled().build().expect("it was valid");
                enabled.is_active(before) || enabled.next_occurrence(before).is_some()
            };
            closed || ended || !again()
        };
        let over: Vec<_> = self.iter().filter(|w| is_over(w)).cloned().collect();
        for window in &over {
            self.remove(window.id()).expect("it was there");
        }
        over
    }

    /// The window with this id.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<&Arc<Window>> {
        self.windows.get(*self.positions.get(id.as_ref())?)
    }

    /// All windows, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Window>> + '_ {
        self.windows.iter().map(|(_, window)| window)
    }

    /// How many windows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many changes there have been.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// All windows with their positions, ascending.
    pub(crate) fn positioned(
        &self,
    ) -> impl DoubleEndedIterator<Item = (Position, &Arc<Window>)> + '_ {
        self.windows.iter()
    }

    /// The window at a position.
    pub(crate) fn at(&self, position: Position) -> Option<&Arc<Window>> {
        self.windows.get(position)
    }

    /// The positions that changed since a revision of this registry, oldest
    /// first, maybe repeated; `None` if that is too long ago, or not its past.
    pub(crate) fn changes_since(
        &self,
        identity: &Arc<()>,
        revision: u64,
    ) -> Option<impl Iterator<Item = Position> + '_> {
        let behind = usize::try_from(self.revision.checked_sub(revision)?).ok()?;
        let known = Arc::ptr_eq(identity, &self.identity) && behind <= self.changes.len();
        known.then(|| self.changes.range(self.changes.len() - behind..).copied())
    }

    /// What tells this registry from every other.
    pub(crate) fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    fn position(&self, id: &str) -> Result<Position, Error> {
        self.positions.get(id).copied().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format_args!("no window has the id `{}`", abridged(id)))
        })
    }

    fn changed(&mut self, position: Position) {
        self.revision += 1;
        if self.changes.len() == REMEMBERED_CHANGES {
            self.changes.pop_front();
        }
        self.changes.push_back(position);
    }
}

/// A copy goes its own way: a silencer of one is not a silencer of the other.
impl Clone for Registry {
    fn clone(&self) -> Self {
        Self {
            windows: self.windows.clone(),
            positions: self.positions.clone(),
            next: self.next,
            revision: self.revision,
            changes: self.changes.clone(),
            identity: Arc::default(),
        }
    }
}
