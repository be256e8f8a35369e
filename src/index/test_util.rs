//! Helpers for the tests of the index.

use std::sync::Arc;

use crate::schedule::{Once, Schedule};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::window::Window;

/// A window with this id.
pub(super) fn window(id: &str, schedule: impl Into<Schedule>, scope: Scope) -> Arc<Window> {
    Window::builder(id).schedule(schedule).scope(scope).build().unwrap().into()
}

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::constant(ms)
}

pub(super) fn once(from: i64, until: i64) -> Once {
    Once::new(at(from), at(until)).unwrap()
}
