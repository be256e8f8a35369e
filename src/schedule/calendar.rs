//! The common part of daily, weekly and monthly schedules: dates, a clock range
//! and a zone.

use crate::schedule::ClockEnvelope;
use crate::schedule::dates::DateSet;
use crate::schedule::math::lcm;
use crate::time::civil::{BIAS_MS, DAY_MS, Day, split_biased};
use crate::time::{ClockRange, Interval, Timestamp, Zone};

/// Occurs once for each date D: from the first instant at which the zone's
/// clock reads D+from or later until the first at which it reads D+to or later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Calendar {
    // The fields that `contains` reads are adjacent: `dates` begins with those of
    // its fast path.
    pub(crate) zone: Zone,
    pub(crate) clock: ClockRange,
    /// Added to a local time: `BIAS_MS` minus the start of the clock range. So a
    /// date begins with its occurrence, and all values are positive.
    lead_ms: i64,
    pub(crate) dates: DateSet,
}

impl Calendar {
    pub(crate) fn new(dates: DateSet, clock: ClockRange, zone: Zone) -> Self {
        Self { zone, clock, lead_ms: BIAS_MS - i64::from(clock.from_ms()), dates }
    }

    /// The only date whose occurrence can cover `t`: the last one that has begun,
    /// and the milliseconds since then.
    pub(super) fn date_at(&self, t: i64) -> (Day, i64) {
        self.date_of(self.zone.high_water(t))
    }

    /// The last date whose occurrence has begun at a local time, and the
    /// milliseconds since then.
    #[inline(always)]
    fn date_of(&self, reading: i64) -> (Day, i64) {
        split_biased(reading + self.lead_ms)
    }

    /// Whether an occurrence covers `t`. `false` from `Timestamp::END` on.
    #[inline(always)]
    pub(crate) fn contains(&self, t: i64) -> bool {
        match self.zone.high_water_fast(t) {
            Some(reading) => self.is_on_at(reading),
            None => self.contains_slow(t),
        }
    }

    #[cold]
    #[inline(never)]
    fn contains_slow(&self, t: i64) -> bool {
        t < Timestamp::END.as_millis() && self.is_on_at(self.zone.high_water(t))
    }

    #[inline(always)]
    fn is_on_at(&self, reading: i64) -> bool {
        let (date, since) = self.date_of(reading);
        self.dates.contains_if(date, since < self.clock.duration_ms())
    }

    pub(crate) fn occurrence_at(&self, t: i64) -> Option<Interval> {
        if self.contains(t) { self.occurrence_of(self.date_at(t).0) } else { None }
    }

    pub(crate) fn next_occurrence(&self, after: i64) -> Option<Interval> {
        let mut date = self.date_at(after).0;
        loop {
            date = self.dates.next(date + 1)?;
            // A clock range that lies entirely in a gap has no occurrence.
            if let Some(occurrence) = self.occurrence_of(date) {
                return Some(occurrence);
            }
        }
    }

    pub(crate) fn previous_occurrence(&self, before: i64) -> Option<Interval> {
        let mut date = self.date_at(before.saturating_sub(1)).0 + 1;
        loop {
            date = self.dates.previous(date - 1)?;
            if let Some(occurrence) = self.occurrence_of(date) {
                // A clipped occurrence begins at `Timestamp::MIN`.
                return (occurrence.start().as_millis() < before).then_some(occurrence);
            }
        }
    }

    /// The end of the contiguous occurrences that cover `t`.
    pub(crate) fn covered_until(&self, t: i64) -> i64 {
        let mut end = t;
        while self.contains(end) {
            let Some(date) = self.last_contiguous_date(self.date_at(end).0) else {
                return Timestamp::END.as_millis();
            };
            end = self.zone.first_instant(self.reading(date) + self.clock.duration_ms());
            if end >= Timestamp::END.as_millis() {
                return Timestamp::END.as_millis();
            }
        }
        end
    }

    /// [`covered_until`](Self::covered_until) on the clock, without the zone: the end of
    /// the contiguous clock ranges that cover a local time, all readings counted, also
    /// those that the zone skips.
    pub(crate) fn covered_until_local(&self, reading: i64) -> i64 {
        let mut end = reading;
        while self.is_on_at(end) {
            let Some(date) = self.last_contiguous_date(self.date_of(end).0) else {
                return i64::MAX;
            };
            end = self.reading(date) + self.clock.duration_ms();
        }
        end
    }

    /// The last date whose occurrence follows that of `date` without a gap by the clock
    /// range alone; `None` if that has no end. Whole days are not followed one by one.
    fn last_contiguous_date(&self, date: Day) -> Option<Day> {
        if self.clock != ClockRange::WHOLE_DAY {
            return Some(date);
        }
        self.dates.next_excluded(date).map(|excluded| excluded - 1)
    }

    /// A bound on when occurrences happen.
    pub(crate) fn clock_envelope(&self) -> ClockEnvelope<&Zone> {
        ClockEnvelope {
            zone: &self.zone,
            weekdays: self.dates.possible_weekdays(),
            from_ms: self.clock.from_ms(),
            length_ms: self.clock.duration_ms(),
        }
    }

    /// The instant from which on the calendar is periodic (`None` if it ends), and
    /// the period in milliseconds (`None` if it is too long).
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (zone_from, zone_period) = self.zone.cycle();
        let from = self.dates.periodic_from();
        let from = from.map(|day| self.zone.first_instant(self.reading(day)).max(zone_from));
        (from, self.local_cycle_ms().and_then(|cycle| lcm(cycle, zone_period)))
    }

    /// The local time from which on the clock ranges are periodic, and the period in
    /// milliseconds of the clock; `None` if they end or the period is too long.
    pub(crate) fn local_cycle(&self) -> Option<(i64, i64)> {
        let from = self.dates.periodic_from()?;
        Some((self.reading(from), self.local_cycle_ms()?))
    }

    fn local_cycle_ms(&self) -> Option<i64> {
        self.dates.cycle_days().and_then(|days| days.checked_mul(DAY_MS))
    }

    /// The local time at which the occurrence of `date` begins.
    pub(super) fn reading(&self, date: Day) -> i64 {
        i64::from(date) * DAY_MS + i64::from(self.clock.from_ms())
    }

    /// `None` if the clock range lies in a gap, or outside of the range of time.
    fn occurrence_of(&self, date: Day) -> Option<Interval> {
        let reading = self.reading(date);
        Interval::clipped(
            self.zone.first_instant(reading),
            self.zone.first_instant(reading + self.clock.duration_ms()),
        )
    }
}

/// The methods that all calendar kinds have.
macro_rules! calendar_kind {
    ($kind:ident, $unit:ident, $units:literal) => {
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
            /// # use quietude::{Daily, Schedule, NaiveDate};
            /// let anchor = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            /// let nightly = Daily::new("22:00-23:00".parse()?, chrono_tz::UTC);
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
            /// # use quietude::{Daily, Schedule};
            /// let nightly = Daily::new("22:00-23:00".parse()?, chrono_tz::UTC);
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

            /// Without the occurrences that begin on these dates.
            ///
            /// # Errors
            ///
            /// If a date is not in the years 1 to 9999.
            ///
            /// ```
            /// # use quietude::{Daily, Schedule, NaiveDate};
            /// let eve = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
            /// let nightly = Daily::new("22:00-23:00".parse()?, chrono_tz::UTC);
            /// let schedule: Schedule = nightly.without_dates([eve])?.into();
            /// assert!(!schedule.contains("2026-12-24T22:30:00Z".parse()?));
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn without_dates(
                mut self,
                dates: impl IntoIterator<Item = chrono::NaiveDate>,
            ) -> Result<Self, crate::error::Error> {
                self.0.dates = self.0.dates.without_dates(dates).map_err(|e| e.in_field("except"))?;
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
            /// # use quietude::{Daily, Schedule, NaiveDate};
            /// let anchor = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
            /// let schedule: Schedule = Daily::new("22:00-23:00".parse()?, chrono_tz::UTC)
            ///     .with_interval(1, anchor)?
            ///     .with_count(2)?
            ///     .into();
            /// assert_eq!(schedule.occurrences(quietude::Interval::ALWAYS).count(), 2);
            /// # Ok::<(), quietude::Error>(())
            /// ```
            pub fn with_count(mut self, count: u32) -> Result<Self, crate::error::Error> {
                self.0.dates = self.0.dates.with_count(count)?;
                Ok(self)
            }

            /// The clock range of each occurrence.
            #[must_use]
            pub fn clock(&self) -> crate::time::ClockRange {
                self.0.clock
            }

            /// The zone of the clock range.
            #[must_use]
            pub fn zone(&self) -> &crate::time::Zone {
                &self.0.zone
            }

            pub(crate) fn calendar(&self) -> &crate::schedule::calendar::Calendar {
                &self.0
            }
        }
    };
}
pub(crate) use calendar_kind;
