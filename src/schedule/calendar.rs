//! The kind `calendar`: a set of days and clock ranges.

use chrono::NaiveDate;

use crate::error::Error;
use crate::schedule::calendar_kind::calendar_rules;
use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::DateSet;
use crate::schedule::days::{Days, Unit};
use crate::time::{ClockRange, Zone};

/// A schedule with clock ranges on a set of days, in a zone.
///
/// ```
/// use quietude::calendar::{Calendar, Days};
/// use quietude::{Schedule, Weekday::{Fri, Mon, Tue}, Zone};
///
/// // Office hours, but not on Easter Monday.
/// let paris: Zone = "Europe/Paris".parse()?;
/// let office: Schedule = Calendar::new("09:00-12:00".parse()?, paris)
///     .with_clocks(["09:00-12:00".parse()?, "13:00-17:30".parse()?])?
///     .with_days(Days::weekday_range(Mon, Fri))
///     .without_days(Days::easter(1)?)
///     .into();
/// assert!(office.contains("2026-04-07T08:00:00Z".parse()?));
/// assert!(!office.contains("2026-04-06T08:00:00Z".parse()?));
///
/// // The night after the weekend that follows the second Tuesday.
/// let patches = Days::offset(4, Days::nth_weekday(2, Tue)?)?;
/// let patches: Schedule =
///     Calendar::new("22:00-06:00+2d".parse()?, Zone::utc()).with_days(patches).into();
/// assert!(patches.contains("2026-11-15T12:00:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// As given; `None` if every day.
    days: Option<Days>,
    dates: ClockDates,
}

impl Calendar {
    /// Occurs on every date, at the given clock range in `zone`.
    #[must_use]
    pub fn new(clock: ClockRange, zone: impl Into<Zone>) -> Self {
        Self { days: None, dates: ClockDates::new(DateSet::every_day(), clock, zone.into()) }
    }

    /// A calendar for evaluation only; it does not have the days as given.
    pub(super) fn from_dates(dates: ClockDates) -> Self {
        Self { days: None, dates }
    }

    /// Only on the dates of a set. It replaces the set of an earlier call, and removes an
    /// interval, a count and exceptions.
    #[must_use]
    pub fn with_days(mut self, days: Days) -> Self {
        self.dates.dates = DateSet::on_days(&days);
        self.days = Some(days);
        self
    }

    /// Only the dates in every `n`-th day, week or month, counted from the one that contains
    /// `anchor`, which is number 0. Dates before the anchor occur too, unless there is a
    /// count or [`starting_at_anchor`](Self::starting_at_anchor) is called. Weeks begin on Monday.
    ///
    /// # Errors
    ///
    /// If `n` is 0, the unit is a year, or the anchor is not in the years 1 to 9999.
    pub fn with_interval(mut self, n: u32, unit: Unit, anchor: NaiveDate) -> Result<Self, Error> {
        if unit == Unit::Year {
            let error = Error::invalid("year is not one of day, week, month");
            return Err(error.in_field("unit").in_field("every"));
        }
        self.dates.dates = self.dates.dates.with_interval(n, unit, anchor)?;
        Ok(self)
    }

    /// The set of days, as given; `None` if every day.
    #[must_use]
    pub fn days(&self) -> Option<&Days> {
        self.days.as_ref()
    }
}

calendar_rules!(Calendar, dates);
