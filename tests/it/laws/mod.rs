//! Property tests: laws that hold for every schedule, window and query.

mod diff;
#[cfg(feature = "serde")]
mod documents;
mod fleet;
#[cfg(feature = "serde")]
mod journal;
mod registry;
mod schedules;
pub(crate) mod silencer;
mod windows;
