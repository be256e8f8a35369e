//! Daily schedules.

use crate::schedule::calendar_kind::calendar_kind;
use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::DateSet;
use crate::time::{ClockRange, Zone};

/// A schedule with a clock range on every date, in a zone.
///
/// ```
/// use quietude::{Daily, Schedule, Zone};
///
/// let paris: Zone = "Europe/Paris".parse()?;
/// let nightly: Schedule = Daily::new("22:00-02:00".parse()?, paris).into();
/// assert!(nightly.contains("2026-07-01T20:00:00Z".parse()?)); // 22:00 in summer
/// assert!(!nightly.contains("2026-01-01T20:00:00Z".parse()?)); // 21:00 in winter
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily(ClockDates);

impl Daily {
    /// Occurs on every date, at the given clock range in `zone`.
    #[must_use]
    pub fn new(clock: ClockRange, zone: impl Into<Zone>) -> Self {
        Self(ClockDates::new(DateSet::every_day(), clock, zone.into()))
    }
}

calendar_kind!(Daily, Day, "days");
