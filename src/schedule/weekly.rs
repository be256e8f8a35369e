//! Some days of the week.

use chrono::Weekday;

use crate::error::Error;
use crate::schedule::calendar::{Calendar, calendar_kind};
use crate::schedule::dates::DateSet;
use crate::time::{ClockRange, Zone};

/// A clock range on some days of the week, in a zone.
///
/// The weekday is the one on which an occurrence starts.
///
/// ```
/// use quietude::{Schedule, Weekday, Weekly};
///
/// let backup: Schedule =
///     Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, chrono_tz::Europe::Paris)?.into();
/// assert!(backup.contains("2026-11-25T00:30:00Z".parse()?)); // Wednesday, 01:30
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekly(Calendar);

impl Weekly {
    /// Occurs on the dates of these weekdays, in the given range of the zone's
    /// clock.
    ///
    /// # Errors
    ///
    /// If there is no weekday.
    pub fn new(
        weekdays: impl IntoIterator<Item = Weekday>,
        clock: ClockRange,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let dates = DateSet::on_weekdays(weekdays).map_err(|error| error.in_field("weekdays"))?;
        Ok(Self(Calendar::new(dates, clock, zone.into())))
    }

    /// The weekdays, from Monday.
    pub fn weekdays(&self) -> impl Iterator<Item = Weekday> + use<> {
        self.0.dates.weekdays()
    }
}

calendar_kind!(Weekly, Week, "weeks");
