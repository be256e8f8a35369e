//! Synchronization: the windows of a registry become those of a list, by difference.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, ErrorKind};
use crate::registry::{Registry, WindowSeq, check_count};
use crate::scope::WindowId;
use crate::trie;
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
    /// # use quietude::{Daily, Error, Registry, Scope, Window, Zone};
    /// # fn nightly(id: &str, entity: &str) -> Result<Window, Error> {
    /// #     Window::builder(id).schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
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
    /// # use quietude::{Daily, Error, Registry, Scope, Window, Zone};
    /// # fn nightly(id: &str) -> Result<Window, Error> {
    /// #     Window::builder(id).schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
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
            let mut comparison = Comparison::new(&before);
            let mut windows = windows.into_iter();
            let mut batch: SmallVec<[Arc<Window>; BATCH_SIZE]> = SmallVec::new();
            loop {
                batch.extend(windows.by_ref().take(BATCH_SIZE).map(Into::into));
                if batch.is_empty() {
                    break;
                }
                comparison.prefetch(&batch);
                for window in batch.drain(..) {
                    comparison.add(registry, &is_included, window)?;
                }
            }
            comparison.finish(registry, &is_included)
        })
    }
}

/// The windows of a list that are loaded at a time, so that their cache misses overlap.
const BATCH_SIZE: usize = 16;

/// A window before, with its sequence number.
type Known<'a> = (WindowSeq, &'a Arc<Window>);

/// The comparison of a list with the windows before.
struct Comparison<'a> {
    before: &'a Registry,
    /// The next windows, if the list has the order of the registry; the last one first.
    next: Vec<Known<'a>>,
    /// Those after them.
    rest: trie::Iter<'a, Arc<Window>>,
    /// The windows that were passed, and are not to be synced.
    others: usize,
    /// The windows of the list that are known, in its order.
    kept: Vec<WindowSeq>,
    /// Whether `kept` is ascending, without duplicates.
    is_ascending: bool,
    synced: Synced,
}

impl<'a> Comparison<'a> {
    fn new(before: &'a Registry) -> Self {
        Self {
            before,
            rest: before.windows.iter(),
            next: Vec::new(),
            others: 0,
            kept: Vec::new(),
            is_ascending: true,
            synced: Synced::default(),
        }
    }

    /// Loads the windows of a batch, and those that they are probably compared with. None of
    /// the loads of a loop depends on another one of it, nor on a branch that does.
    fn prefetch(&mut self, batch: &[Arc<Window>]) {
        let missing = batch.len().saturating_sub(self.next.len());
        if missing > 0 {
            self.next.reverse();
            self.next.extend(self.rest.by_ref().take(missing));
            self.next.reverse();
        }
        let windows = || batch.iter().chain(self.next.iter().map(|(_, window)| *window));
        let ends = windows().map(|window| window.ends_hint());
        std::hint::black_box(ends.fold(0, std::ops::BitXor::bitxor));
        let parts = windows().map(|window| window.comparison_hint());
        std::hint::black_box(parts.fold(0, std::ops::BitXor::bitxor));
    }

    /// The next window, if it is accepted.
    fn next_if(&mut self, is: impl Fn(&Known<'a>) -> bool) -> Option<Known<'a>> {
        if self.next.is_empty() {
            self.next.extend(self.rest.next());
        }
        self.next.pop_if(|known| is(known))
    }

    /// Compares the next window of the list.
    fn add(
        &mut self,
        registry: &mut Registry,
        is_included: &impl Fn(&WindowId) -> bool,
        window: Arc<Window>,
    ) -> Result<(), Error> {
        let id = window.id();
        if !is_included(id) {
            let error = Error::new(ErrorKind::Invalid, "is not one of those to be synced");
            return Err(error.in_field("id").in_window(id.as_str()));
        }
        while self.next_if(|(_, known)| !is_included(known.id())).is_some() {
            self.others += 1;
        }
        let known = self.next_if(|(_, known)| known.id() == id);
        let known = known.or_else(|| {
            let seq = self.before.find(id.as_str())?;
            // The list does not have a few windows in between.
            for _ in 0..MAX_SKIPPED {
                self.next_if(|(next, _)| *next <= seq);
            }
            Some((seq, self.before.windows.get(seq)?))
        });
        let count = self.kept.len() + self.synced.inserted.len() + 1;
        check_count(count).map_err(|error| error.in_window(id.as_str()))?;
        let Some((seq, known)) = known else {
            registry.check_new(id)?;
            registry.insert_new(window.clone());
            self.synced.inserted.push(window);
            return Ok(());
        };
        self.is_ascending &= self.kept.last().is_none_or(|last| *last < seq);
        self.kept.push(seq);
        if Arc::ptr_eq(known, &window) || *known == window {
            self.synced.unchanged += 1;
        } else {
            registry.forget_source_of(id.as_str());
            registry.windows.insert(seq, window.clone());
            self.synced.replaced.push((known.clone(), window));
        }
        Ok(())
    }

    /// Removes the windows that the list does not have.
    fn finish(
        mut self,
        registry: &mut Registry,
        is_included: &impl Fn(&WindowId) -> bool,
    ) -> Result<Synced, Error> {
        if !self.is_ascending {
            self.kept.sort_unstable();
            if let Some(twice) = self.kept.windows(2).find(|pair| pair[0] == pair[1]) {
                let error = Error::new(ErrorKind::Duplicate, "is in the list twice");
                let window = self.before.windows.get(twice[0]);
                let id = window.map_or("", |window| window.id().as_str());
                return Err(error.in_field("id").in_window(id));
            }
        }
        // Often all windows were passed, and none is removed.
        if self.kept.len() + self.others < self.before.len() {
            let mut kept = self.kept.into_iter().peekable();
            for (seq, window) in self.before.iter_with_seq() {
                if kept.next_if_eq(&seq).is_none() && is_included(window.id()) {
                    registry.remove(window.id())?;
                    self.synced.removed.push(window.clone());
                }
            }
        }
        check_count(registry.len())?;
        Ok(self.synced)
    }
}
