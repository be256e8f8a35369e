//! Laws: what holds for every schedule, every window, every question.

#[cfg(feature = "serde")]
mod documents;
mod registry;
mod schedules;
mod silences;
mod windows;
