//! Weekly schedules.

use chrono::Weekday;

use crate::error::Error;
use crate::schedule::calendar_kind::calendar_kind;
use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::DateSet;
use crate::time::{ClockRange, Zone};

/// A schedule with a clock range on days of the week, in a zone.
///
/// The weekday is that of the start of an occurrence.
///
/// ```
/// use quietude::{Schedule, Weekday, Weekly, Zone};
///
/// let paris: Zone = "Europe/Paris".parse()?;
/// let backup: Schedule = Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, paris)?.into();
/// assert!(backup.contains("2026-11-25T00:30:00Z".parse()?)); // Wednesday, 01:30
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekly(ClockDates);

impl Weekly {
    /// Occurs on these weekdays, at the given clock range in `zone`.
    ///
    /// # Errors
    ///
    /// If the list of weekdays is empty.
    pub fn new(
        weekdays: impl IntoIterator<Item = Weekday>,
        clock: ClockRange,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let dates = DateSet::on_weekdays(weekdays).map_err(|error| error.in_field("weekdays"))?;
        Ok(Self(ClockDates::new(dates, clock, zone.into())))
    }

    /// The weekdays, from Monday on.
    pub fn weekdays(&self) -> impl Iterator<Item = Weekday> + use<> {
        self.0.dates.weekdays()
    }
}

calendar_kind!(Weekly, Week, "weeks");
