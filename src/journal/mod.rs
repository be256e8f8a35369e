//! A journal of changes: what was known at any instant.
//!
//! - `lines`: the journal as JSON lines.

mod lines;

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::json::Document;
use crate::registry::Registry;
use crate::scope::{Topology, WindowId};
use crate::time::Timestamp;
use crate::window::Window;

/// A change of the registry or of the topology.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// A window was inserted at the end.
    Insert(Arc<Window>),
    /// The window with the same id was replaced; closing is a replacement, too.
    Replace(Arc<Window>),
    /// The window with this id was removed.
    Remove(WindowId),
    /// The topology is this one.
    Topology(Topology),
}

/// A change, with its instant and its author.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// When it was made.
    pub at: Timestamp,
    /// Who made it: any text.
    pub author: String,
    /// What changed.
    pub change: Change,
}

/// An append-only list of changes, in order of time.
///
/// It answers what was known at an instant, after any later change: "why was nobody paged at
/// 03:12, as it was known then?". The application stores it, as
/// [JSON lines](Self::to_json_lines): a new entry is one more line.
/// [Hot reload](crate::docs::hot_reload#restart) has the restart of a service: how the state
/// is read again, what to do with half a line after a crash, and how to begin a new journal.
///
/// ```
/// use quietude::journal::{Change, Journal};
/// use quietude::{Once, Scope, Silencer, Window};
///
/// let hour = Once::new("2026-06-06T03:00:00Z".parse()?, "2026-06-06T04:00:00Z".parse()?)?;
/// let window = Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?;
/// let mut journal = Journal::new();
/// journal.append("2026-06-05T12:00:00Z".parse()?, "ann", Change::Insert(window.into()))?;
/// journal.append("2026-06-06T09:00:00Z".parse()?, "bob", Change::Remove("w".into()))?;
///
/// let at = "2026-06-06T03:12:00Z".parse()?;
/// let then = journal.as_of(at);
/// assert!(Silencer::new(&then.registry)?.is_silenced("db-7", at));
/// assert!(journal.as_of("2026-06-07T00:00:00Z".parse()?).registry.is_empty());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    /// What is known now.
    registry: Registry,
    topology: Topology,
}

impl Journal {
    /// A journal without entries: no windows, and an empty topology.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a change.
    ///
    /// # Errors
    ///
    /// If `at` is before the last entry, or the change does not apply: an id that exists
    /// already, or does not exist. The journal is then unchanged.
    pub fn append(
        &mut self,
        at: Timestamp,
        author: impl Into<String>,
        change: Change,
    ) -> Result<(), Error> {
        if let Some(last) = self.entries.last().filter(|last| at < last.at) {
            let message = format_args!("{at} is before the last entry, {}", last.at);
            return Err(Error::invalid(message).in_field("at"));
        }
        apply(&change, &mut self.registry, &mut self.topology)?;
        self.entries.push(Entry { at, author: author.into(), change });
        Ok(())
    }

    /// Appends what is different in a registry and a topology, as one change for each window.
    /// Returns the number of changes. O(windows).
    ///
    /// With an [`Engine`](crate::live::Engine), call it at the end of the closure of
    /// [`edit`](crate::live::Engine::edit): if it fails, the engine is unchanged. After the
    /// edit it would be too late: the engine would have a change that the journal does not
    /// have. If the edit fails after it, record the engine's state again: that takes the
    /// changes back ([hot reload](crate::docs::hot_reload#a-journal-of-the-changes)).
    ///
    /// # Errors
    ///
    /// If `at` is before the last entry and something is different. The journal is then
    /// unchanged.
    ///
    /// ```
    /// # use quietude::journal::Journal;
    /// # use quietude::{Daily, Registry, Scope, Topology, Window, Zone};
    /// # let mut registry = Registry::new();
    /// # registry.insert(Window::builder("nightly")
    /// #     .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
    /// #     .scope(Scope::entity("db-7")).build()?)?;
    /// let (mut journal, topology) = (Journal::new(), Topology::default());
    /// let at = "2026-06-05T12:00:00Z".parse()?;
    /// assert_eq!(journal.record(at, "ann", &registry, &topology)?, 1);
    /// assert_eq!(journal.record(at, "ann", &registry, &topology)?, 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn record(
        &mut self,
        at: Timestamp,
        author: impl Into<String>,
        registry: &Registry,
        topology: &Topology,
    ) -> Result<usize, Error> {
        let author = author.into();
        let changes = self.changes_to(registry, topology);
        let count = changes.len();
        for change in changes {
            self.append(at, author.clone(), change)?;
        }
        Ok(count)
    }

    /// The changes that lead to a registry and a topology.
    fn changes_to(&self, registry: &Registry, topology: &Topology) -> Vec<Change> {
        let places: HashMap<&str, usize> = self
            .registry
            .iter()
            .enumerate()
            .map(|(at, window)| (window.id().as_str(), at))
            .collect();
        // Windows keep their order up to the first one that is at another place; it and all
        // after it are inserted again.
        let (mut last, mut is_moved) = (None, false);
        let mut kept: HashMap<&str, &Arc<Window>> = HashMap::new();
        let mut after = Vec::new();
        for window in registry.iter() {
            let place = places.get(window.id().as_str()).copied();
            is_moved |= place.is_none() || place <= last;
            if is_moved {
                after.push(Change::Insert(window.clone()));
            } else {
                last = place;
                kept.insert(window.id().as_str(), window);
            }
        }
        let mut changes = Vec::new();
        for window in self.registry.iter() {
            match kept.get(window.id().as_str()) {
                None => changes.push(Change::Remove(window.id().clone())),
                Some(new) if Arc::ptr_eq(new, window) || *new == window => {}
                Some(new) => changes.push(Change::Replace((*new).clone())),
            }
        }
        changes.extend(after);
        if *topology != self.topology {
            changes.push(Change::Topology(topology.clone()));
        }
        changes
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The registry and the topology as they were known at an instant: after all changes up
    /// to it, that instant included. O(entries).
    ///
    /// [`Timestamp::MAX`] gives the current state, without a replay of the entries.
    ///
    /// The document has no tables of names; see [`Document::new`].
    #[must_use]
    pub fn as_of(&self, at: Timestamp) -> Document {
        let count = self.entries.partition_point(|entry| entry.at <= at);
        if count == self.entries.len() {
            return Document::new(self.registry.clone(), self.topology.clone());
        }
        let (mut registry, mut topology) = (Registry::new(), Topology::default());
        for entry in &self.entries[..count] {
            apply(&entry.change, &mut registry, &mut topology).expect("it was applied before");
        }
        Document::new(registry, topology)
    }
}

/// Two journals are equal if their entries are.
impl PartialEq for Journal {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

fn apply(change: &Change, registry: &mut Registry, topology: &mut Topology) -> Result<(), Error> {
    match change {
        Change::Insert(window) => registry.insert(window.clone()),
        Change::Replace(window) => registry.replace(window.clone()).map(|_| ()),
        Change::Remove(id) => registry.remove(id).map(|_| ()),
        Change::Topology(new) => {
            *topology = new.clone();
            Ok(())
        }
    }
}

/// The error that a line has not exactly one change.
fn not_one_change() -> Error {
    Error::new(ErrorKind::Invalid, "needs exactly one of insert, replace, remove, topology")
}
