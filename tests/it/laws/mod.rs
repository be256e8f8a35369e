//! Property tests: laws that hold for every schedule, window and query.

mod diff;
#[cfg(all(feature = "serde", feature = "rrule"))]
mod documents;
mod fleet;
#[cfg(feature = "serde")]
mod journal;
mod live;
mod registry;
mod schedules;
pub(crate) mod silencer;
mod sync;
mod windows;
