//! An entity that was looked up beforehand.

use std::fmt;

use crate::index::{Index, NearAnswer, Slot};
use crate::time::Timestamp;

/// An entity of a [`Silencer`](crate::Silencer), found once: for the hottest
/// loops, in which even the look-up counts.
///
/// It is 32 bytes at most and carries what holds around the present, so that most
/// questions read nothing but the handle itself.
///
/// ```
/// use quietude::{Daily, Registry, Scope, Silencer, Window};
///
/// let mut registry = Registry::new();
/// registry.insert(
///     Window::builder("nightly")
///         .schedule(Daily::new("22:00-02:00".parse()?, chrono_tz::UTC))
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
pub struct EntityRef<'a> {
    index: &'a Index,
    slot: &'a Slot,
    near: NearAnswer,
}

const _: () = assert!(size_of::<EntityRef<'_>>() <= 32, "a cache line has room for two");

impl<'a> EntityRef<'a> {
    pub(super) fn new(index: &'a Index, entity: &str) -> Option<Self> {
        let slot = index.lookup(entity);
        slot.is_occupied().then_some(Self { index, slot, near: slot.near_answer() })
    }

    #[inline]
    fn ask(self, alert_type: Option<&str>, at: Timestamp) -> bool {
        match self.near.answer(at.as_millis()) {
            Some(answer) => answer,
            None => self.index.is_silenced_cold(self.slot, self.near, alert_type, at),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> &'a str {
        self.index.id_of(self.index.entry_of(self.slot))
    }

    /// Whether the entity is silenced at `at`, asked without an alert type.
    #[must_use]
    #[inline]
    pub fn is_silenced(self, at: Timestamp) -> bool {
        self.ask(None, at)
    }

    /// Whether the entity is silenced at `at` for alerts of a type.
    ///
    /// ```
    /// use quietude::{Daily, Registry, Scope, Silencer, Window};
    ///
    /// let mut registry = Registry::new();
    /// registry.insert(
    ///     Window::builder("backups")
    ///         .schedule(Daily::new("00:00-24:00".parse()?, chrono_tz::UTC))
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
        self.ask(Some(alert_type), at)
    }
}

impl fmt::Debug for EntityRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityRef").field(&self.id()).finish()
    }
}
