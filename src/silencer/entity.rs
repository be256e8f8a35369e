//! Entity handles.

use std::fmt;

use crate::index::{Index, NearAnswer, Slot};
use crate::time::Timestamp;

/// A handle of an entity of a [`Silencer`](crate::Silencer), which avoids the lookup by
/// id in hot loops.
///
/// It has at most 32 bytes and holds a copy of the cached answer around the current
/// time, so that most queries read only the handle.
///
/// ```
/// use quietude::{Daily, Registry, Scope, Silencer, Window, Zone};
///
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("nightly")
///         .schedule(Daily::new("22:00-02:00".parse()?, Zone::utc()))
///         .scope(Scope::entity("db-7"))
///         .build()?,
/// )?;
/// let silencer = Silencer::new(&registry)?;
/// let entity = silencer.entity("db-7").unwrap();
/// assert!(entity.is_silenced("2026-11-26T22:15:00Z".parse()?));
/// assert!(silencer.entity("db-8").is_none());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct EntityHandle<'a> {
    index: &'a Index,
    slot: &'a Slot,
    near: NearAnswer,
}

const _: () = assert!(size_of::<EntityHandle<'_>>() <= 32, "two fit into a cache line");

impl<'a> EntityHandle<'a> {
    pub(super) fn new(index: &'a Index, entity: &str) -> Option<Self> {
        let slot = index.lookup(entity);
        let near = if index.has_keyed_only() { slot.no_answer() } else { slot.near_answer() };
        slot.is_occupied().then_some(Self { index, slot, near })
    }

    #[inline]
    fn query(self, alert_type: Option<&str>, at: Timestamp) -> bool {
        match self.near.answer(at.as_millis()) {
            Some(answer) => answer,
            None => self.index.is_silenced_cold(self.slot, self.near, alert_type, at),
        }
    }

    /// The id of the entity.
    #[must_use]
    pub fn id(self) -> &'a str {
        self.index.id_of(self.index.entry_of(self.slot))
    }

    /// Whether the entity is silenced at `at`, without an alert type.
    #[must_use]
    #[inline]
    pub fn is_silenced(self, at: Timestamp) -> bool {
        self.query(None, at)
    }

    /// Whether the entity is silenced at `at` for an alert type.
    ///
    /// ```
    /// use quietude::{Daily, Registry, Scope, Silencer, Window, Zone};
    ///
    /// let mut registry = Registry::new();
    /// registry.insert(
    ///     Window::builder("backups")
    ///         .schedule(Daily::new("00:00-24:00".parse()?, Zone::utc()))
    ///         .scope(Scope::entity("db-7").and(Scope::alert_type("BACKUP")))
    ///         .build()?,
    /// )?;
    /// let silencer = Silencer::new(&registry)?;
    /// let (entity, at) = (silencer.entity("db-7").unwrap(), "2026-11-26T22:15:00Z".parse()?);
    /// assert!(entity.is_silenced_for("BACKUP", at));
    /// assert!(!entity.is_silenced_for("CPU", at) && !entity.is_silenced(at));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn is_silenced_for(self, alert_type: &str, at: Timestamp) -> bool {
        self.query(Some(alert_type), at)
    }
}

impl fmt::Debug for EntityHandle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityHandle").field(&self.id()).finish()
    }
}
