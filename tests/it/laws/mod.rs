//! Property tests: laws that hold for every schedule, window and query.

#[cfg(feature = "serde")]
mod documents;
mod fleet;
mod registry;
mod schedules;
pub(crate) mod silencer;
mod windows;
