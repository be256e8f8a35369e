//! One-time schedules.

use crate::error::Error;
use crate::time::{Interval, Timestamp};

/// A schedule that occurs once, from an instant to an instant.
///
/// ```
/// use quietude::{Once, Schedule};
///
/// let once = Once::new("2026-06-06T19:48:51Z".parse()?, "2026-06-06T20:48:51Z".parse()?)?;
/// assert!(Schedule::from(once).contains("2026-06-06T20:00:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once(Interval);

impl Once {
    /// Occurs from `start` to just before `end`.
    ///
    /// # Errors
    ///
    /// If `start >= end`, or `end` is after the year 9999.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, Error> {
        Timestamp::from_millis(end.as_millis()).map_err(|error| error.in_field("end"))?;
        if start >= end {
            return Err(
                Error::invalid(format_args!("{end} is not after start {start}")).in_field("end")
            );
        }
        Interval::new(start, end).map(Self)
    }

    /// The only occurrence.
    #[must_use]
    pub const fn interval(self) -> Interval {
        self.0
    }
}
