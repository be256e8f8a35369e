//! The state of a window.

use std::fmt;

/// The state of a window at an instant: a pure function of time.
///
/// ```
/// use quietude::{Once, Scope, Window, WindowState};
///
/// let window = Window::builder("w-1")
///     .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
///     .scope(Scope::everything())
///     .build()?;
/// assert_eq!(window.state_at("2026-06-06T18:00:00Z".parse()?), WindowState::Pending);
/// assert_eq!(window.state_at("2026-06-06T19:30:00Z".parse()?), WindowState::Active);
/// assert_eq!(window.state_at("2026-06-06T20:00:00Z".parse()?), WindowState::Expired);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WindowState {
    /// Before the first occurrence.
    Pending,
    /// During an occurrence.
    Active,
    /// Between two occurrences.
    Idle,
    /// After the last occurrence.
    Expired,
    /// Closed, from the instant of closing on.
    Closed,
    /// Disabled.
    Disabled,
}

impl fmt::Display for WindowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Closed => "closed",
            Self::Disabled => "disabled",
        })
    }
}
