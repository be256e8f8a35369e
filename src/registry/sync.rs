//! Synchronization: the windows of a registry become those of a list, by difference.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::registry::{Registry, WindowSeq};
use crate::scope::WindowId;
use crate::window::Window;

/// What a [`Registry::sync`] changed.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Synced {
    /// The windows with new ids, in the order of the list.
    pub inserted: Vec<Arc<Window>>,
    /// The windows that differed, before and after, in the order of the list.
    pub replaced: Vec<(Arc<Window>, Arc<Window>)>,
    /// The windows that the list does not have, in the order of insertion.
    pub removed: Vec<Arc<Window>>,
    /// The number of windows that are equal in both.
    pub unchanged: usize,
}

impl Synced {
    /// Whether anything changed.
    ///
    /// ```
    /// use quietude::Registry;
    ///
    /// assert!(!Registry::new().sync([] as [quietude::Window; 0])?.is_changed());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !(self.inserted.is_empty() && self.replaced.is_empty() && self.removed.is_empty())
    }
}

/// A gap of more windows in the order of the list is not looked for.
const MAX_SKIPPED: usize = 64;

impl Registry {
    /// Makes the windows those of a list, and returns what that changed. Windows that are
    /// equal to those of the list stay as they are, so that a silencer is updated in
    /// proportion to the difference. A window that differs keeps its place in the order; new
    /// ones are at the end, in the order of the list.
    ///
    /// All of it is one change: the revision is incremented by one, or not at all if the
    /// windows are those of the list already. O(n) in the number of windows; fastest if the
    /// list has the order of the registry.
    ///
    /// # Errors
    ///
    /// If an id occurs twice, or there are more than
    /// [`MAX_WINDOWS`](crate::limits::MAX_WINDOWS) windows. The registry is then unchanged.
    ///
    /// ```
    /// # use quietude::{Daily, Error, Registry, Scope, Window};
    /// # fn nightly(id: &str, entity: &str) -> Result<Window, Error> {
    /// #     Window::builder(id).schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
    /// #         .scope(Scope::entity(entity)).build()
    /// # }
    /// let mut registry = Registry::new();
    /// registry.sync([nightly("a", "db-7")?, nightly("b", "db-7")?])?;
    /// let synced = registry.sync([nightly("b", "db-8")?, nightly("c", "db-7")?])?;
    /// assert_eq!(synced.removed[0].id().as_str(), "a");
    /// assert_eq!(synced.replaced[0].1.id().as_str(), "b");
    /// assert_eq!(synced.inserted[0].id().as_str(), "c");
    /// assert_eq!((registry.len(), registry.revision()), (2, 2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sync<W: Into<Arc<Window>>>(
        &mut self,
        windows: impl IntoIterator<Item = W>,
    ) -> Result<Synced, Error> {
        self.sync_where(|_| true, windows)
    }

    /// [`sync`](Self::sync) for the windows whose ids `is_included` accepts: others stay as
    /// they are. So several sources can share a registry, each with a prefix of its own.
    ///
    /// # Errors
    ///
    /// As [`sync`](Self::sync), and if the list has an id that `is_included` does not accept.
    ///
    /// ```
    /// # use quietude::{Daily, Error, Registry, Scope, Window};
    /// # fn nightly(id: &str) -> Result<Window, Error> {
    /// #     Window::builder(id).schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
    /// #         .scope(Scope::entity("db-7")).build()
    /// # }
    /// let mut registry = Registry::new();
    /// registry.insert(nightly("api/1")?)?;
    /// let of_file = |id: &quietude::WindowId| id.as_str().starts_with("file/");
    /// registry.sync_where(of_file, [nightly("file/1")?])?;
    /// let synced = registry.sync_where(of_file, [nightly("file/2")?])?;
    /// assert_eq!((synced.removed.len(), registry.len()), (1, 2));
    /// assert!(registry.sync_where(of_file, [nightly("api/2")?]).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sync_where<W: Into<Arc<Window>>>(
        &mut self,
        is_included: impl Fn(&WindowId) -> bool,
        windows: impl IntoIterator<Item = W>,
    ) -> Result<Synced, Error> {
        self.edit(|registry| {
            let before = registry.clone();
            // The next window, if the list has the order of the registry.
            let mut rest = before.iter_with_seq().peekable();
            let mut kept: Vec<WindowSeq> = Vec::new();
            let mut synced = Synced::default();
            for window in windows {
                let window: Arc<Window> = window.into();
                let id = window.id();
                if !is_included(id) {
                    let error = Error::new(ErrorKind::Invalid, "is not one of those to be synced");
                    return Err(error.in_field("id").in_window(id.as_str()));
                }
                while rest.next_if(|(_, known)| !is_included(known.id())).is_some() {}
                let known = rest.next_if(|(_, known)| known.id() == id);
                let known = known.or_else(|| {
                    let seq = before.find(id.as_str())?;
                    // The list does not have a few windows in between.
                    for _ in 0..MAX_SKIPPED {
                        rest.next_if(|(next, _)| *next <= seq);
                    }
                    Some((seq, before.windows.get(seq)?))
                });
                match known {
                    None => {
                        registry.insert(window.clone())?;
                        synced.inserted.push(window);
                    }
                    Some((seq, known)) => {
                        kept.push(seq);
                        if Arc::ptr_eq(known, &window) || *known == window {
                            synced.unchanged += 1;
                        } else {
                            registry.forget_source_of(id.as_str());
                            registry.windows.insert(seq, window.clone());
                            synced.replaced.push((known.clone(), window));
                        }
                    }
                }
            }
            kept.sort_unstable();
            if let Some(twice) = kept.windows(2).find(|pair| pair[0] == pair[1]) {
                let error = Error::new(ErrorKind::Duplicate, "is in the list twice");
                let id = before.windows.get(twice[0]).map_or("", |window| window.id().as_str());
                return Err(error.in_field("id").in_window(id));
            }
            let mut kept = kept.into_iter().peekable();
            for (seq, window) in before.iter_with_seq() {
                if kept.next_if_eq(&seq).is_none() && is_included(window.id()) {
                    registry.remove(window.id())?;
                    synced.removed.push(window.clone());
                }
            }
            Ok(synced)
        })
    }
}
