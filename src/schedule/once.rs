//! One-time schedules.

use crate::error::Error;
use crate::schedule::local_once::after;
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

    /// Occurs from `start` on, without an end.
    ///
    /// ```
    /// use quietude::{Once, Timestamp};
    ///
    /// let decommissioned = Once::starting("2026-06-06T19:48:51Z".parse()?);
    /// assert!(decommissioned.is_endless());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn starting(start: Timestamp) -> Self {
        // Every timestamp is before the end of time.
        let whole = Interval::clipped(start.as_millis(), Timestamp::END.as_millis());
        Self(whole.unwrap_or(Interval::ALWAYS))
    }

    /// Occurs from `start` on, for `duration_ms` milliseconds.
    ///
    /// # Errors
    ///
    /// If the duration is below 1, or the end is after the year 9999.
    pub fn lasting(start: Timestamp, duration_ms: i64) -> Result<Self, Error> {
        Self::new(start, after(start, duration_ms)?)
    }

    /// Whether there is no end.
    #[must_use]
    pub fn is_endless(self) -> bool {
        self.0.end() == Timestamp::END
    }

    /// The only occurrence.
    #[must_use]
    pub const fn interval(self) -> Interval {
        self.0
    }
}
