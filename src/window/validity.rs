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
/// assert_eq!((validity.start(), validity.end()), (Some(from), None));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validity {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Validity {
    /// Valid for all of time.
    pub const ALWAYS: Self = Self { start: None, end: None };

    /// Valid from `start` (inclusive) to `end` (exclusive); `None` is unbounded.
    #[must_use]
    pub fn new(start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        Self { start, end: end.filter(|end| *end < Timestamp::END) }
    }

    /// The first valid instant; `None` if unbounded.
    #[must_use]
    pub const fn start(self) -> Option<Timestamp> {
        self.start
    }

    /// The first instant that is no longer valid; `None` if unbounded.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        self.end
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
