//! The validity of a window.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::time::{Interval, Timestamp};

/// The range of time in which a window is valid. Every occurrence is clipped to it.
///
/// Created from a range of timestamps, which may be open at either end.
///
/// ```
/// use quietude::{Timestamp, Validity};
///
/// let from: Timestamp = "2026-01-01T00:00:00Z".parse()?;
/// let validity: Validity = (from..).into();
/// assert_eq!((validity.since(), validity.until()), (Some(from), None));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validity {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Validity {
    /// Valid for all of time.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Valid from `from` (inclusive) to `until` (exclusive); `None` is unbounded.
    #[must_use]
    pub fn new(from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        Self { from, until: until.filter(|until| *until < Timestamp::END) }
    }

    /// The first valid instant; `None` if unbounded.
    #[must_use]
    pub const fn since(self) -> Option<Timestamp> {
        self.from
    }

    /// The first instant that is no longer valid; `None` if unbounded.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        self.until
    }
}

impl From<RangeFull> for Validity {
    fn from(_: RangeFull) -> Self {
        Self::ALWAYS
    }
}

impl From<RangeFrom<Timestamp>> for Validity {
    fn from(range: RangeFrom<Timestamp>) -> Self {
        Self::new(Some(range.start), None)
    }
}

impl From<RangeTo<Timestamp>> for Validity {
    fn from(range: RangeTo<Timestamp>) -> Self {
        Self::new(None, Some(range.end))
    }
}

impl From<Range<Timestamp>> for Validity {
    fn from(range: Range<Timestamp>) -> Self {
        Self::new(Some(range.start), Some(range.end))
    }
}

impl From<Interval> for Validity {
    fn from(interval: Interval) -> Self {
        Self::new(Some(interval.start()), Some(interval.end()))
    }
}
