//! Counts the months, periods and units that searches look at, for tests of cost.

use std::cell::Cell;

thread_local! {
    static VISITS: Cell<u64> = const { Cell::new(0) };
}

/// Counts one visit of the current thread.
pub(super) fn count() {
    VISITS.with(|visits| visits.set(visits.get() + 1));
}

/// The number of visits during `work`.
pub(super) fn during(work: impl FnOnce()) -> u64 {
    let before = VISITS.with(Cell::get);
    work();
    VISITS.with(Cell::get) - before
}
