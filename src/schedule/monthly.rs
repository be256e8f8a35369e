//! Monthly schedules.

use crate::error::Error;
use crate::schedule::calendar_kind::calendar_kind;
use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::DateSet;
use crate::time::{ClockRange, MonthDay, ShortMonth, Zone};

/// A schedule with a clock range on days of the month, in a zone.
///
/// ```
/// use quietude::{MonthDay, Monthly, Schedule, ShortMonth, Zone};
///
/// let tokyo: Zone = "Asia/Tokyo".parse()?;
/// let monthly = Monthly::new(MonthDay::new(31)?, "22:00-22:30".parse()?, tokyo);
/// let on_the_28th = "2026-02-28T13:15:00Z".parse()?;
/// assert!(!Schedule::from(monthly.clone()).contains(on_the_28th));
/// assert!(Schedule::from(monthly.with_short_month(ShortMonth::Clamp)).contains(on_the_28th));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monthly(ClockDates);

impl Monthly {
    /// Occurs on one day of each month, at the given clock range in `zone`.
    #[must_use]
    pub fn new(day: MonthDay, clock: ClockRange, zone: impl Into<Zone>) -> Self {
        Self::on_days([day], clock, zone).expect("one day is not an empty list")
    }

    /// Occurs on several days of each month.
    ///
    /// # Errors
    ///
    /// If the list of days is empty.
    ///
    /// ```
    /// use quietude::{MonthDay, Monthly, Weekday, Zone};
    ///
    /// let days = [MonthDay::new(1)?, MonthDay::nth(-1, Weekday::Fri)?];
    /// let tokyo: Zone = "Asia/Tokyo".parse()?;
    /// let monthly = Monthly::on_days(days, "22:00-22:30".parse()?, tokyo)?;
    /// assert_eq!(monthly.days(), days);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn on_days(
        days: impl IntoIterator<Item = MonthDay>,
        clock: ClockRange,
        zone: impl Into<Zone>,
    ) -> Result<Self, Error> {
        let dates = DateSet::on_month_days(days, ShortMonth::Skip)
            .map_err(|error| error.in_field("day"))?;
        Ok(Self(ClockDates::new(dates, clock, zone.into())))
    }

    /// Sets what happens in a month that does not have the day. The default is
    /// [`ShortMonth::Skip`].
    #[must_use]
    pub fn with_short_month(mut self, short_month: ShortMonth) -> Self {
        self.0.dates = self.0.dates.with_short_month(short_month);
        self
    }

    /// The days, in the order in which they were given.
    #[must_use]
    pub fn days(&self) -> &[MonthDay] {
        self.0.dates.month_days()
    }

    /// What happens in a month that does not have the day.
    ///
    /// ```
    /// use quietude::{MonthDay, Monthly, ShortMonth, Zone};
    ///
    /// let monthly = Monthly::new(MonthDay::LAST, "22:00-23:00".parse()?, Zone::utc());
    /// assert_eq!(monthly.short_month(), ShortMonth::Skip);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn short_month(&self) -> ShortMonth {
        self.0.dates.short_month()
    }
}

calendar_kind!(Monthly, Month, "months");
