//! The budget of a request: the steps that it may take and the bytes that it may allocate.

use std::cell::Cell;

use crate::error::{Error, ErrorKind};

/// The maximum number of steps of a request: 400 million.
///
/// A step is a small piece of work of at most a few nanoseconds: a test of a value, or the
/// comparison or copy of a few bytes. The steps are counted before the work is done, so a
/// request never takes more. A request that would is an error.
///
/// ```
/// assert_eq!(quietude::vendors::MAX_REQUEST_STEPS, 400_000_000);
/// ```
pub const MAX_REQUEST_STEPS: u64 = 400_000_000;

/// The maximum number of bytes that the execution of a request allocates, its parsed body
/// and its response included: 192 MiB. Bytes that are released are not subtracted; what a
/// list needs for one item at a time is counted once. A request that would allocate more is
/// an error.
///
/// ```
/// assert_eq!(quietude::vendors::MAX_REQUEST_BYTES, 201_326_592);
/// ```
pub const MAX_REQUEST_BYTES: u64 = 192 << 20;

/// Counts the steps and the bytes of one request. Both are counted before the work is
/// done.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    max_steps: u64,
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Budget {
    /// Creates a budget of `max_steps` steps and [`MAX_REQUEST_BYTES`] bytes.
    pub(crate) fn new(max_steps: u64) -> Self {
        Self { max_steps, steps: Cell::new(0), bytes: Cell::new(0) }
    }

    /// Counts steps. Returns an error of kind `Limit` if there are more than the budget has.
    pub(crate) fn spend(&self, steps: impl TryInto<u64>) -> Result<(), Error> {
        count(&self.steps, steps, self.max_steps, "steps")
    }

    /// Counts bytes that are about to be allocated. Returns an error of kind `Limit` if
    /// there are more than [`MAX_REQUEST_BYTES`].
    pub(crate) fn allocate(&self, bytes: impl TryInto<u64>) -> Result<(), Error> {
        count(&self.bytes, bytes, MAX_REQUEST_BYTES, "bytes of memory")
    }

    /// Counts the bytes of a response that the limits of one window bound, after the window
    /// was changed: never an error, and never more than the limit in all.
    pub(crate) fn record_response(&self, text: &str) {
        let sum = self.bytes.get().saturating_add(2 * text.len() as u64);
        self.bytes.set(sum.min(MAX_REQUEST_BYTES));
    }

    /// The counted steps.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// The counted bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }
}

/// Adds to a counter, which stays as it is if the sum exceeds `limit`.
fn count(
    counter: &Cell<u64>,
    more: impl TryInto<u64>,
    limit: u64,
    what: &str,
) -> Result<(), Error> {
    let sum = counter.get().saturating_add(more.try_into().unwrap_or(u64::MAX));
    if sum > limit {
        let message = format!("the request needs more than {limit} {what}: ask for less at once");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    counter.set(sum);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_exceeded_error_names_limit() {
        let budget = Budget::new(10);
        assert!(budget.spend(4_u64).is_ok() && budget.spend(6_usize).is_ok());
        let error = budget.spend(1_u64).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.to_string(), "the request needs more than 10 steps: ask for less at once");
        assert_eq!((budget.steps(), budget.bytes()), (10, 0));
        assert!(budget.spend(u128::MAX).is_err());

        assert!(budget.allocate(MAX_REQUEST_BYTES).is_ok());
        let error = budget.allocate(1_u64).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the request needs more than 201326592 bytes of memory: ask for less at once"
        );
        assert_eq!(budget.bytes(), MAX_REQUEST_BYTES);
        budget.record_response("{}");
        assert_eq!(budget.bytes(), MAX_REQUEST_BYTES);
        let budget = Budget::new(10);
        budget.record_response("{}");
        assert_eq!(budget.bytes(), 4);
    }
}
