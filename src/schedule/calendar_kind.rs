//! The methods that all calendar kinds have, as macros.

/// The methods of daily, weekly and monthly schedules.
macro_rules! calendar_kind {
    ($kind:ident, $unit:ident, $units:literal) => {
        crate::schedule::calendar_kind::calendar_rules!($kind, 0);

        impl $kind {
            #[doc = concat!("Only every `n` ", $units, ", counted from the one that contains `anchor`,")]
            /// which is number 0. The anchor is not a start: dates before it occur
            /// too. To set a start, use the validity of the window. Weeks begin on
            /// Monday.
            ///
            /// # Errors
            ///
            /// If `n` is 0 or the anchor is not in the years 1 to 9999.
            ///
            /// ```
            /// # use quietude::{Daily, NaiveDate, Schedule, Zone};
            /// let anchor = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            /// let nightly = Daily::new("22:00-23:00".parse()?, Zone::utc());
            /// let schedule: Schedule = nightly.with_interval(2, anchor)?.into();
            /// assert!(schedule.contains("2026-01-07T22:30:00Z".parse()?));
            /// assert!(!schedule.contains("2026-01-08T22:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn with_interval(
                mut self,
                n: u32,
                anchor: chrono::NaiveDate,
            ) -> Result<Self, crate::error::Error> {
                let unit = crate::schedule::dates::Unit::$unit;
                self.0.dates = self.0.dates.with_interval(n, unit, anchor)?;
                Ok(self)
            }

            /// Only in these months; 1 is January.
            ///
            /// # Errors
            ///
            /// If the list is empty, or a month is not in 1..=12.
            ///
            /// ```
            /// # use quietude::{Daily, Schedule, Zone};
            /// let nightly = Daily::new("22:00-23:00".parse()?, Zone::utc());
            /// let schedule: Schedule = nightly.with_months([12])?.into();
            /// assert!(schedule.contains("2026-12-07T22:30:00Z".parse()?));
            /// assert!(!schedule.contains("2026-11-07T22:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn with_months(
                mut self,
                months: impl IntoIterator<Item = u32>,
            ) -> Result<Self, crate::error::Error> {
                self.0.dates = self.0.dates.with_months(months).map_err(|e| e.in_field("months"))?;
                Ok(self)
            }
        }
    };
}
pub(crate) use calendar_kind;

/// The methods of all calendar kinds; `$dates` is the field with the dates.
macro_rules! calendar_rules {
    ($kind:ident, $($dates:tt)+) => {
        impl $kind {
            /// Without the occurrences that begin on these dates.
            ///
            /// # Errors
            ///
            /// If a date is not in the years 1 to 9999.
            ///
            /// ```
            /// # use quietude::{Daily, NaiveDate, Schedule, Zone};
            /// let eve = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
            /// let nightly = Daily::new("22:00-23:00".parse()?, Zone::utc());
            /// let schedule: Schedule = nightly.without_dates([eve])?.into();
            /// assert!(!schedule.contains("2026-12-24T22:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn without_dates(
                mut self,
                dates: impl IntoIterator<Item = chrono::NaiveDate>,
            ) -> Result<Self, crate::error::Error> {
                self.$($dates)+.dates = self.$($dates)+.dates.without_dates(dates).map_err(|e| e.in_field("except"))?;
                Ok(self)
            }

            /// Only the first `count` dates, from the anchor of
            /// [`with_interval`](Self::with_interval) on. The dates of
            /// [`without_dates`](Self::without_dates) are counted too, as EXDATE in
            /// RFC 5545.
            ///
            /// # Errors
            ///
            /// If `count` is 0, or [`with_interval`](Self::with_interval) was not called
            /// before.
            ///
            /// ```
            /// # use quietude::{Daily, NaiveDate, Schedule, Zone};
            /// let anchor = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            /// let schedule: Schedule = Daily::new("22:00-23:00".parse()?, Zone::utc())
            ///     .with_interval(1, anchor)?
            ///     .with_count(2)?
            ///     .into();
            /// assert_eq!(schedule.occurrences(quietude::Interval::ALWAYS).count(), 2);
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn with_count(mut self, count: u32) -> Result<Self, crate::error::Error> {
                self.$($dates)+.dates = self.$($dates)+.dates.with_count(count)?;
                Ok(self)
            }

            /// Without the occurrences that begin on the dates of a set. It replaces the
            /// set of an earlier call.
            ///
            /// ```
            /// use quietude::{Daily, Schedule, Zone, calendar::Days};
            ///
            /// let nightly = Daily::new("22:00-23:00".parse()?, Zone::utc());
            /// let schedule = Schedule::from(nightly.without_days(Days::easter(0)?));
            /// assert!(!schedule.contains("2026-04-05T22:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            #[must_use]
            pub fn without_days(mut self, days: crate::schedule::Days) -> Self {
                self.$($dates)+.dates = self.$($dates)+.dates.without_days(days);
                self
            }

            /// Only the dates from the anchor of [`with_interval`](Self::with_interval) on.
            ///
            /// # Errors
            ///
            /// If [`with_interval`](Self::with_interval) was not called before.
            pub fn starting_at_anchor(mut self) -> Result<Self, crate::error::Error> {
                let dates = self.$($dates)+.dates.starting_at_anchor();
                self.$($dates)+.dates =
                    dates.map_err(|e| e.in_field("from_anchor").in_field("every"))?;
                Ok(self)
            }

            /// With these clock ranges. Each date has an occurrence for each of them; of
            /// occurrences that begin at one instant, only the longest counts.
            ///
            /// # Errors
            ///
            /// If the list is empty.
            ///
            /// ```
            /// # use quietude::{Daily, Schedule, Zone};
            /// let office = Daily::new("09:00-12:00".parse()?, Zone::utc())
            ///     .with_clocks(["09:00-12:00".parse()?, "13:00-17:30".parse()?])?;
            /// assert!(!Schedule::from(office).contains("2026-12-07T12:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn with_clocks(
                mut self,
                clocks: impl IntoIterator<Item = crate::time::ClockRange>,
            ) -> Result<Self, crate::error::Error> {
                let clocks: Vec<_> = clocks.into_iter().collect();
                self.$($dates)+ = self.$($dates)+.with_clocks(&clocks)?;
                Ok(self)
            }

            /// With another rule for changes of the clocks.
            #[must_use]
            pub fn with_dst(mut self, dst: crate::schedule::Dst) -> Self {
                self.$($dates)+ = self.$($dates)+.with_dst(dst);
                self
            }

            /// The clock range of each occurrence; of several, the first.
            #[must_use]
            pub fn clock(&self) -> crate::time::ClockRange {
                self.$($dates)+.clock
            }

            /// The clock ranges, in the order in which they were given.
            #[must_use]
            pub fn clocks(&self) -> &[crate::time::ClockRange] {
                self.$($dates)+.clocks()
            }

            /// The rule for changes of the clocks.
            #[must_use]
            pub fn dst(&self) -> crate::schedule::Dst {
                self.$($dates)+.dst()
            }

            /// The zone of the clock range.
            #[must_use]
            pub fn zone(&self) -> &crate::time::Zone {
                &self.$($dates)+.zone
            }

            pub(crate) fn calendar(&self) -> &crate::schedule::clock_dates::ClockDates {
                &self.$($dates)+
            }
        }
    };
}
pub(crate) use calendar_rules;
