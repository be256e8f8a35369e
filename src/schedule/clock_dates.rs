//! The common part of the calendar kinds: dates, clock ranges and a zone.

use crate::error::Error;
use crate::schedule::dates::DateSet;
use crate::schedule::math::lcm;
use crate::schedule::ranges::{Dst, RangeDates, Ranges, SLACK_MS};
use crate::schedule::{ClockEnvelope, Reached};
use crate::time::civil::{BIAS_MS, DAY_MS, Day, split_biased};
use crate::time::{ClockRange, Interval, Timestamp, Zone};

/// Occurs once for each date D and clock range: from the first instant at which the zone's
/// clock reads D+from or later until the first at which it reads D+to or later, or by
/// another rule for changes of the clocks.
///
/// Most calendars have one range of at most a day, and that rule. They are evaluated here;
/// all others by [`RangeDates`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct ClockDates {
    // The fields that `contains` reads are adjacent: `dates` begins with those of
    // its fast path.
    pub(crate) zone: Zone,
    /// `None` if `clock` alone is evaluated, by high water.
    more: Option<Box<Ranges>>,
    /// The first range.
    pub(crate) clock: ClockRange,
    /// Added to a local time: `BIAS_MS` minus the start of the clock range. So a
    /// date begins with its occurrence, and all values are positive.
    lead_ms: i64,
    pub(crate) dates: DateSet,
}

impl ClockDates {
    pub(crate) fn new(dates: DateSet, clock: ClockRange, zone: Zone) -> Self {
        let more = Ranges::new(&[clock], Dst::HighWater).map(Box::new);
        Self { zone, more, clock, lead_ms: BIAS_MS - i64::from(clock.from_ms()), dates }
    }

    /// With other clock ranges, in the order given.
    pub(crate) fn with_clocks(self, clocks: &[ClockRange]) -> Result<Self, Error> {
        let Some(first) = clocks.first() else {
            return Err(Error::invalid("the list is empty; name at least one").in_field("clock"));
        };
        let more = Ranges::new(clocks, self.dst()).map(Box::new);
        Ok(Self { more, ..Self::new(self.dates, *first, self.zone) })
    }

    /// With another rule for changes of the clocks.
    pub(crate) fn with_dst(mut self, dst: Dst) -> Self {
        self.more = Ranges::new(self.clocks(), dst).map(Box::new);
        self
    }

    /// In another zone.
    pub(super) fn with_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// The number of sets of days that are excepted.
    pub(super) fn day_nodes(&self) -> u64 {
        self.dates.excepted_days().map_or(0, |days| days.nodes())
    }

    /// The clock ranges, as given.
    pub(crate) fn clocks(&self) -> &[ClockRange] {
        self.more.as_ref().map_or(std::slice::from_ref(&self.clock), |more| &more.ranges)
    }

    /// The rule for changes of the clocks.
    pub(crate) fn dst(&self) -> Dst {
        self.more.as_ref().map_or(Dst::HighWater, |more| more.dst)
    }

    /// Whether there is one clock range of at most a day, evaluated by high water.
    pub(crate) fn is_plain(&self) -> bool {
        self.more.is_none()
    }

    /// The general evaluation, if the calendar needs it.
    fn general(&self) -> Option<RangeDates<'_>> {
        let ranges = self.more.as_deref()?;
        Some(RangeDates { zone: &self.zone, dates: &self.dates, ranges })
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
        if self.more.is_some() {
            return self.contains_general(t);
        }
        match self.zone.high_water_fast(t) {
            Some(reading) => self.is_on_at(reading),
            None => self.contains_slow(t),
        }
    }

    #[inline(never)]
    fn contains_general(&self, t: i64) -> bool {
        t < Timestamp::END.as_millis() && self.general().is_some_and(|general| general.contains(t))
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
        match self.general() {
            _ if !self.contains(t) => None,
            Some(general) => general.occurrence_at(t),
            None => self.occurrence_of(self.date_at(t).0),
        }
    }

    /// The occurrence that covers `t` and began first.
    pub(crate) fn first_occurrence_at(&self, t: i64) -> Option<Interval> {
        match self.general() {
            Some(general) if self.contains(t) => general.first_occurrence_at(t),
            Some(_) => None,
            None => self.occurrence_at(t),
        }
    }

    /// The latest end of the occurrences that end up to `t`, which none covers.
    pub(crate) fn last_end(&self, t: i64) -> Option<i64> {
        match self.general() {
            Some(general) => general.last_end(t),
            None => self.previous_occurrence(t).map(|occurrence| occurrence.end().as_millis()),
        }
    }

    pub(crate) fn next_occurrence(&self, after: i64) -> Option<Interval> {
        if let Some(general) = self.general() {
            return general.next_occurrence(after);
        }
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
        if let Some(general) = self.general() {
            return general.previous_occurrence(before);
        }
        let mut date = self.date_at(before.saturating_sub(1)).0 + 1;
        loop {
            date = self.dates.previous(date - 1)?;
            if let Some(occurrence) = self.occurrence_of(date) {
                // A clipped occurrence begins at `Timestamp::MIN`.
                return (occurrence.start().as_millis() < before).then_some(occurrence);
            }
        }
    }

    /// The end of the contiguous occurrences that cover `t`; an error if it was not found
    /// within a number of steps, which are counted down.
    pub(crate) fn covered_until(&self, t: i64, steps: &mut u64) -> Result<i64, Reached> {
        if let Some(general) = self.general() {
            return if self.contains(t) { general.covered_until(t, steps) } else { Ok(t) };
        }
        let mut end = t;
        while self.contains(end) {
            *steps = steps.checked_sub(1).ok_or(end)?;
            let Some(date) = self.last_contiguous_date(self.date_at(end).0) else {
                return Ok(Timestamp::END.as_millis());
            };
            end = self.zone.first_instant(self.reading(date) + self.clock.duration_ms());
            if end >= Timestamp::END.as_millis() {
                return Ok(Timestamp::END.as_millis());
            }
        }
        Ok(end)
    }

    /// [`covered_until`](Self::covered_until) on the clock, without the zone: the end of
    /// the contiguous clock ranges that cover a local time, all readings counted, also
    /// those that the zone skips.
    /// A search may end at a local time from `limit` on.
    pub(crate) fn covered_until_local(&self, reading: i64, limit: i64) -> i64 {
        if let Some(general) = self.general() {
            return general.covered_until_local(reading, limit);
        }
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
        let clock = (i64::from(self.clock.from_ms()), self.clock.end_ms());
        let (from, end) = self.more.as_ref().map_or(clock, |more| more.hull());
        ClockEnvelope {
            zone: &self.zone,
            weekdays: self.dates.possible_weekdays(),
            from_ms: from as u32,
            length_ms: end - from,
        }
    }

    /// The instant from which on the calendar is periodic (`None` if it ends), and
    /// the period in milliseconds (`None` if it is too long).
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (zone_from, zone_period) = self.zone.cycle();
        let from = self.dates.periodic_from();
        let from = from.map(|day| self.zone.first_instant(self.settled(day)).max(zone_from));
        (from, self.local_cycle_ms().and_then(|cycle| lcm(cycle, zone_period)))
    }

    /// The local time from which on the clock ranges are periodic, and the period in
    /// milliseconds of the clock; `None` if they end or the period is too long.
    pub(crate) fn local_cycle(&self) -> Option<(i64, i64)> {
        let from = self.dates.periodic_from()?;
        Some((self.settled(from), self.local_cycle_ms()?))
    }

    /// A local time from which on only occurrences that begin on `date` or later matter.
    fn settled(&self, date: Day) -> i64 {
        match &self.more {
            Some(more) => i64::from(date) * DAY_MS + more.hull().1 + SLACK_MS,
            None => self.reading(date),
        }
    }

    fn local_cycle_ms(&self) -> Option<i64> {
        self.dates.cycle_days().and_then(|days| days.checked_mul(DAY_MS))
    }

    /// The local times of the range to which an occurrence belongs.
    pub(super) fn clock_bounds(&self, start: i64, end: i64) -> Option<(i64, i64)> {
        match self.general() {
            Some(general) => general.clock_bounds(start, end),
            None => {
                let from = self.reading(self.date_at(start).0);
                Some((from, from + self.clock.duration_ms()))
            }
        }
    }

    /// The local times between which occurrences lie that begin after `t`; also those that
    /// do not happen. Not all of them if there are several ranges.
    pub(super) fn bounds_after(&self, t: i64) -> Box<dyn Iterator<Item = (i64, i64)> + '_> {
        if let Some(general) = self.general() {
            return Box::new(general.bounds_after(t));
        }
        let mut day = self.date_at(t).0;
        Box::new(std::iter::from_fn(move || {
            day = self.dates.next(day + 1)?;
            let from = self.reading(day);
            Some((from, from + self.clock.duration_ms()))
        }))
    }

    /// Appends the occurrences in `from..until`, clipped; contiguous ones are merged. Stops
    /// after `most`, and returns whether these are all. `None` for a calendar with several
    /// clock ranges, or another rule for changes of the clocks.
    pub(crate) fn append_spans(
        &self,
        (from, until): (i64, i64),
        found: &mut Vec<(i64, i64)>,
        most: usize,
    ) -> Option<bool> {
        if !self.is_plain() {
            return None;
        }
        let (first, last) = (self.date_at(from).0, self.date_at(until - 1).0);
        let mut known = self.zone.readings_around(self.reading(first));
        let mut first_instant = |reading: i64| {
            if reading < known.0 || known.1 <= reading {
                known = self.zone.readings_around(reading);
                if known.1 <= reading {
                    return self.zone.first_instant(reading);
                }
            }
            reading - known.2
        };
        let before = found.len();
        for date in self.dates.days_in(first, last) {
            let reading = self.reading(date);
            let start = first_instant(reading).max(from);
            let end = first_instant(reading + self.clock.duration_ms()).min(until);
            if start >= end {
                continue;
            }
            let count = found.len() - before;
            match found[before..].last_mut() {
                Some((_, reached)) if *reached == start => *reached = end,
                _ if count >= most => return Some(false),
                _ => found.push((start, end)),
            }
        }
        Some(true)
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
