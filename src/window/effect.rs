//! The effect of a window, and the entities to which it extends.

use std::fmt;

/// The effect of a silence. If several windows are active, the greatest applies.
///
/// ```
/// use quietude::Effect;
///
/// assert!(Effect::Notifications < Effect::Monitoring);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Notifications are muted; monitoring continues.
    #[default]
    Notifications,
    /// Monitoring is suspended, and so are notifications.
    Monitoring,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notifications => "notifications",
            Self::Monitoring => "monitoring",
        })
    }
}

/// Whether a window applies to the descendants of the entities that it selects.
///
/// ```
/// use quietude::Propagation;
///
/// assert_eq!(Propagation::default(), Propagation::Descendants);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Propagation {
    /// Selection and exclusion include all descendants.
    #[default]
    Descendants,
    /// All tests apply to the subject only.
    Entity,
}

impl Propagation {
    /// Whether descendants are included.
    #[inline]
    pub(crate) const fn descends(self) -> bool {
        matches!(self, Self::Descendants)
    }
}

/// A state of an entity during or after a window, such as 300 for maintenance in
/// Zenoss. If several windows are active, the lowest state applies.
///
/// ```
/// use quietude::EntityState;
///
/// assert!(EntityState::new(300) < EntityState::new(1000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityState(i64);

impl EntityState {
    /// The state with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}
