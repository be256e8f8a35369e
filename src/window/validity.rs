//! The validity of a window.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::error::Error;
use crate::time::{Bound, Interval, Timestamp, Zone};

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

/// A validity whose start or end is a local time of a zone, as it was given. A date stands for
/// its first instant, so an end on a date leaves that date out.
///
/// ```
/// use quietude::calendar::{LocalTime, LocalValidity};
///
/// let (from, until): (LocalTime, LocalTime) = ("2026-01-01".parse()?, "2026-12-31".parse()?);
/// let zone: quietude::Zone = "Europe/Paris".parse()?;
/// let local = LocalValidity::new(Some(from.into()), Some(until.into()), zone)?;
/// assert_eq!(local.validity().end(), Some("2026-12-30T23:00:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalValidity {
    start: Option<Bound>,
    end: Option<Bound>,
    zone: Zone,
    validity: Validity,
}

impl LocalValidity {
    /// Valid from `start` (inclusive) to `end` (exclusive); `None` is unbounded.
    ///
    /// # Errors
    ///
    /// If neither is a local time, or one is not in the years 1 to 9999.
    pub fn new(
        start: Option<Bound>,
        end: Option<Bound>,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let zone = zone.into();
        if !start.iter().chain(&end).any(Bound::is_local) {
            let error = Error::invalid("is only for a local `from` or `until`, without an offset");
            return Err(error.in_field("timezone"));
        }
        let instant = |bound: &Option<Bound>, field: &str| {
            let instant = bound.as_ref().map(|bound| bound.instant(&zone)).transpose();
            instant.map_err(|error| error.in_field(field))
        };
        let validity = Validity::new(instant(&start, "from")?, instant(&end, "until")?);
        Ok(Self { start, end, zone, validity })
    }

    /// The start, as given.
    #[must_use]
    pub fn start(&self) -> Option<&Bound> {
        self.start.as_ref()
    }

    /// The end, as given.
    #[must_use]
    pub fn end(&self) -> Option<&Bound> {
        self.end.as_ref()
    }

    /// The zone of the local times.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The instants.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
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
