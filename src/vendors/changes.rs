//! The change log of a service.

use std::collections::VecDeque;
use std::sync::Arc;

/// The length of the log. A registry that is further behind is compared as a whole.
pub(crate) const REMEMBERED: usize = 1 << 14;

/// The ids of the windows of a service that changed, oldest first: the last 16,384.
///
/// Every recorded id increments the revision by one. [`VendorApi::sync`] looks only at
/// the windows that were recorded since the revision that the registry has. A clone is a
/// log of its own: a registry that has the windows of the original is compared with the
/// clone as a whole. Two logs are always equal, so that services are compared by their
/// windows.
///
/// Recording takes constant time.
///
/// ```
/// use quietude::vendors::ChangeLog;
///
/// let mut log = ChangeLog::new();
/// let before = log.revision();
/// log.record("uptrends:acme:1");
/// assert!(log.since(before).unwrap().eq(["uptrends:acme:1"]));
/// assert_eq!(log.since(log.revision()).unwrap().count(), 0);
/// assert!(log.since(7).is_none());
/// ```
///
/// [`VendorApi::sync`]: crate::vendors::VendorApi::sync
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// The identity of the log.
    instance_id: Arc<()>,
    revision: u64,
    ids: VecDeque<Box<str>>,
}

impl ChangeLog {
    /// An empty log, at revision 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that the window with this id was added, changed or removed.
    pub fn record(&mut self, window_id: impl Into<Box<str>>) {
        self.revision += 1;
        if self.ids.len() == REMEMBERED {
            self.ids.pop_front();
        }
        self.ids.push_back(window_id.into());
    }

    /// The number of changes that were recorded.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The ids that were recorded since a revision, oldest first, possibly with
    /// duplicates. `None` if the log does not reach back that far, or has not reached
    /// that revision.
    #[must_use]
    pub fn since(&self, revision: u64) -> Option<impl ExactSizeIterator<Item = &str>> {
        let behind = usize::try_from(self.revision.checked_sub(revision)?).ok()?;
        let first = self.ids.len().checked_sub(behind)?;
        Some(self.ids.range(first..).map(|id| &**id))
    }

    /// The identity of the log.
    pub(crate) fn instance_id(&self) -> &Arc<()> {
        &self.instance_id
    }
}

/// A log of its own, without the recorded ids.
impl Clone for ChangeLog {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl PartialEq for ChangeLog {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ChangeLog {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_forgets_oldest() {
        let mut log = ChangeLog::new();
        for number in 0..=REMEMBERED {
            log.record(number.to_string());
        }
        assert!(log.since(0).is_none());
        let all: Vec<&str> = log.since(1).unwrap().collect();
        assert_eq!((all.len(), all[0]), (REMEMBERED, "1"));
        let last: Vec<&str> = log.since(log.revision() - 1).unwrap().collect();
        assert_eq!(last, [REMEMBERED.to_string()]);
        assert!(log.since(log.revision() + 1).is_none());
    }

    #[test]
    fn clone_is_another_log() {
        let mut log = ChangeLog::new();
        log.record("a");
        let other = log.clone();
        assert_eq!(log, other);
        assert_eq!(other.revision(), 0);
        assert!(!Arc::ptr_eq(log.instance_id(), other.instance_id()));
    }
}
