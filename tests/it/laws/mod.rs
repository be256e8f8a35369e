//! Property tests: laws that hold for every schedule, window and query.

#[cfg(all(feature = "serde", feature = "rrule"))]
mod documents;
mod live;
mod registry;
mod schedules;
pub(crate) mod silencer;
mod sync;
mod windows;
