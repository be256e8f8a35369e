//! Clock ranges on dates in general: several ranges, ranges over several days, and other
//! rules for changes of the clocks than high water.
//!
//! [`resolve`] is the only place that converts a clock range of a date to instants. The
//! searches go through the dates around an instant, and use one fact about all rules: the
//! intervals of a range lie between the first instants of its two local times, or begin and
//! end at most [`SLACK_MS`] later.

use std::iter::successors;

use smallvec::{SmallVec, smallvec};

use crate::schedule::Reached;
use crate::schedule::dates::DateSet;
use crate::time::civil::{DAY_MS, Day, FIRST_DAY, LAST_DAY};
use crate::time::{ClockRange, Interval, LocalResult, Timestamp, Zone};

/// What a change of the clocks does to the occurrences of a calendar.
///
/// ```
/// use quietude::{Daily, Interval, Schedule, Zone};
/// use quietude::calendar::Dst;
///
/// // 2026-10-25 in Berlin: at 03:00, 01:00Z, the clock goes back to 02:00.
/// let day = Interval::new("2026-10-24T22:00:00Z".parse()?, "2026-10-25T23:00:00Z".parse()?)?;
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// let daily = Daily::new("02:15-02:45".parse()?, berlin);
/// let count = |dst| Schedule::from(daily.clone().with_dst(dst)).occurrences(day).count();
/// assert_eq!(count(Dst::HighWater), 1);
/// assert_eq!(count(Dst::Reading), 2);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dst {
    /// An occurrence begins at the first instant at which local time is its start or later,
    /// and ends at the first one at which it is its end or later.
    #[default]
    HighWater,
    /// An occurrence covers each instant at which local time is in the range: both passes
    /// of a fold, and nothing of a gap. It may be several intervals.
    Reading,
    /// Start and end are converted separately: in a gap, a local time is moved forward by
    /// the length of the gap, in a fold, it is the first pass. There is no occurrence if the
    /// end is not after the start.
    Shift,
}

/// Changes of the clocks are smaller than two days: offsets are below a day.
pub(super) const SLACK_MS: i64 = 2 * DAY_MS;

/// The intervals of one range of a date.
type Spans = SmallVec<[(i64, i64); 2]>;

/// The intervals in which local time is in `from..to`, by a rule for changes of the clocks;
/// ascending, neither empty nor touching.
pub(super) fn resolve(zone: &Zone, dst: Dst, from: i64, to: i64) -> Spans {
    let (start, end) = match dst {
        Dst::HighWater => (zone.first_instant(from), zone.first_instant(to)),
        Dst::Shift => (shifted(zone, from), shifted(zone, to)),
        Dst::Reading => return reading_spans(zone, from, to),
    };
    if start < end { smallvec![(start, end)] } else { Spans::new() }
}

/// The first instant with a local time, which is moved forward by the length of a gap that
/// contains it.
pub(super) fn shifted(zone: &Zone, reading: i64) -> i64 {
    match zone.locate(reading) {
        LocalResult::At(t) => t,
        LocalResult::Gap { from, at, .. } => at + (reading - from),
    }
}

fn reading_spans(zone: &Zone, from: i64, to: i64) -> Spans {
    let mut spans = Spans::new();
    let mut t = zone.first_instant(from);
    let last = zone.first_instant(to).saturating_add(SLACK_MS);
    while t <= last {
        let constant = zone.offset_span(t);
        let start = from.saturating_sub(constant.offset).max(constant.start);
        let end = to.saturating_sub(constant.offset).min(constant.end);
        if start < end {
            match spans.last_mut() {
                Some((_, before)) if *before == start => *before = end,
                _ => spans.push((start, end)),
            }
        }
        t = constant.end;
    }
    spans
}

/// Clock ranges other than one of at most a day with [`Dst::HighWater`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// As given.
    pub(crate) ranges: Box<[ClockRange]>,
    pub(crate) dst: Dst,
    /// The start and the length of the ranges of one date, if these cover a day or more
    /// without a gap, so that the occurrences of consecutive dates are contiguous.
    whole: Option<(i64, i64)>,
}

impl Ranges {
    /// The list is not empty. `None` if it needs no `Ranges`.
    pub(super) fn new(ranges: &[ClockRange], dst: Dst) -> Option<Self> {
        let plain = |range: &ClockRange| range.duration_ms() <= DAY_MS;
        if dst == Dst::HighWater && ranges.len() == 1 && ranges.iter().all(plain) {
            return None;
        }
        Some(Self { ranges: ranges.into(), dst, whole: whole_days(ranges, dst) })
    }

    /// The earliest start and the latest end, in milliseconds from midnight.
    pub(super) fn hull(&self) -> (i64, i64) {
        let start = self.ranges.iter().map(|range| i64::from(range.from_ms())).min();
        let end = self.ranges.iter().map(|range| range.end_ms()).max();
        (start.unwrap_or(0), end.unwrap_or(0))
    }
}

/// The start and the length of ranges that cover a day or more without a gap.
fn whole_days(ranges: &[ClockRange], dst: Dst) -> Option<(i64, i64)> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let start = i64::from(sorted.first()?.from_ms());
    let mut end = start;
    for range in sorted {
        let from = i64::from(range.from_ms());
        // A gap may move a start beyond the end of a range that overlaps it, but not beyond
        // one that ends at the same local time.
        if dst == Dst::Shift && from != end {
            return None;
        }
        if from <= end {
            end = end.max(range.end_ms());
        }
    }
    let length = end - start;
    let is_whole = if dst == Dst::Shift { length % DAY_MS == 0 } else { length >= DAY_MS };
    is_whole.then_some((start, length))
}

/// Clock ranges on dates in a zone.
#[derive(Clone, Copy)]
pub(super) struct RangeDates<'a> {
    pub(super) zone: &'a Zone,
    pub(super) dates: &'a DateSet,
    pub(super) ranges: &'a Ranges,
}

/// The start and the end of a range of a date, as local times.
#[derive(Clone, Copy)]
struct Dated {
    from: i64,
    to: i64,
}

impl<'a> RangeDates<'a> {
    /// Whether an occurrence covers `t`, before the end of time.
    pub(super) fn contains(self, t: i64) -> bool {
        match self.ranges.dst {
            Dst::HighWater => self.is_on_at(self.zone.high_water(t)),
            Dst::Reading => self.is_on_at(self.zone.local_time(t)),
            // A local time in a gap is moved to an instant within the length of the gap
            // after it. Elsewhere the rule is that of high water.
            Dst::Shift if self.zone.is_within_gap_length(t) => self.occurrence_at(t).is_some(),
            Dst::Shift => self.is_on_at(self.zone.high_water(t)),
        }
    }

    /// Whether a local time is in a range of a date.
    #[inline]
    fn is_on_at(self, reading: i64) -> bool {
        self.ranges.ranges.iter().any(|range| {
            let into = reading - i64::from(range.from_ms());
            let (day, since) = (into.div_euclid(DAY_MS), into.rem_euclid(DAY_MS));
            let length = range.duration_ms();
            if length <= DAY_MS {
                return since < length && self.dates.contains(day as Day);
            }
            let first = (into - length).div_euclid(DAY_MS) + 1;
            self.dates.any_between(first as Day, day as Day)
        })
    }

    fn slack(self) -> i64 {
        if self.ranges.dst == Dst::HighWater { 0 } else { SLACK_MS }
    }

    fn dated(range: ClockRange, day: Day) -> Dated {
        let midnight = i64::from(day) * DAY_MS;
        Dated { from: midnight + i64::from(range.from_ms()), to: midnight + range.end_ms() }
    }

    /// The dates on which a range begins at a local time from `reading` on.
    fn from(self, range: ClockRange, reading: i64) -> impl Iterator<Item = Dated> + use<'a> {
        let dates = self.dates;
        let into = reading.saturating_sub(i64::from(range.from_ms()));
        let first = -(-into).div_euclid(DAY_MS);
        let days = successors(dates.next(clamped(first)), move |day| dates.next(*day + 1));
        days.map(move |day| Self::dated(range, day))
    }

    /// The dates on which a range begins at a local time up to `reading`, from the last on.
    fn until(self, range: ClockRange, reading: i64) -> impl Iterator<Item = Dated> + use<'a> {
        let dates = self.dates;
        let into = reading.saturating_sub(i64::from(range.from_ms()));
        let last = into.div_euclid(DAY_MS);
        let days = successors(dates.previous(clamped(last)), move |day| dates.previous(*day - 1));
        days.map(move |day| Self::dated(range, day))
    }

    /// The occurrences of a range of a date, clipped to the range of time.
    fn occurrences(self, dated: Dated) -> impl Iterator<Item = Interval> {
        let spans = resolve(self.zone, self.ranges.dst, dated.from, dated.to);
        spans.into_iter().filter_map(|(start, end)| Interval::clipped(start, end))
    }

    /// No occurrence of a range of a date begins before this instant.
    fn earliest(self, dated: Dated) -> i64 {
        self.zone.first_instant(dated.from).max(Timestamp::MIN.as_millis())
    }

    /// No occurrence of a range of a date begins after this instant.
    fn latest(self, dated: Dated) -> i64 {
        let last = if self.ranges.dst == Dst::Reading { dated.to } else { dated.from };
        self.zone.first_instant(last).max(Timestamp::MIN.as_millis()).saturating_add(self.slack())
    }

    /// The first occurrence that begins after `after`; of several, the longest.
    pub(super) fn next_occurrence(self, after: i64) -> Option<Interval> {
        let mut best: Option<Interval> = None;
        for range in &self.ranges.ranges {
            let reach = match self.ranges.dst {
                Dst::Reading => range.duration_ms() + SLACK_MS,
                _ => self.slack(),
            };
            for dated in self.from(*range, self.zone.high_water(after) + 1 - reach) {
                if best.is_some_and(|best| best.start().as_millis() < self.earliest(dated)) {
                    break;
                }
                for found in self.occurrences(dated).filter(|o| o.start().as_millis() > after) {
                    best = Some(best.map_or(found, |best| earlier(best, found)));
                }
            }
        }
        best
    }

    /// The last occurrence that begins before `before`; of several, the longest.
    pub(super) fn previous_occurrence(self, before: i64) -> Option<Interval> {
        let mut best: Option<Interval> = None;
        for range in &self.ranges.ranges {
            for dated in self.until(*range, self.zone.high_water(before.saturating_sub(1))) {
                if best.is_some_and(|best| self.latest(dated) < best.start().as_millis()) {
                    break;
                }
                for found in self.occurrences(dated).filter(|o| o.start().as_millis() < before) {
                    best = Some(best.map_or(found, |best| later(best, found)));
                }
            }
        }
        best
    }

    /// The occurrence that covers `t` and began last; of several, the longest.
    pub(super) fn occurrence_at(self, t: i64) -> Option<Interval> {
        let (reading, at) = (self.zone.high_water(t), Timestamp::saturating(t));
        let mut best: Option<Interval> = None;
        for range in &self.ranges.ranges {
            for dated in self.until(*range, reading) {
                let too_early =
                    best.is_some_and(|best| self.latest(dated) < best.start().as_millis());
                if dated.to <= reading - self.slack() || too_early {
                    break;
                }
                for found in self.occurrences(dated).filter(|o| o.contains(at)) {
                    best = Some(best.map_or(found, |best| later(best, found)));
                }
            }
        }
        best
    }

    /// The occurrence that covers `t` and began first; of several, the longest.
    pub(super) fn first_occurrence_at(self, t: i64) -> Option<Interval> {
        let (reading, at) = (self.zone.high_water(t), Timestamp::saturating(t));
        let mut best: Option<Interval> = None;
        for range in &self.ranges.ranges {
            let from = reading - range.duration_ms() - self.slack() + 1;
            for dated in self.from(*range, from) {
                let too_late =
                    best.is_some_and(|best| best.start().as_millis() < self.earliest(dated));
                if dated.from > reading || too_late {
                    break;
                }
                for found in self.occurrences(dated).filter(|o| o.contains(at)) {
                    best = Some(best.map_or(found, |best| earlier(best, found)));
                }
            }
        }
        best
    }

    /// The latest end of the occurrences that cover `t`.
    fn covering_end(self, t: i64) -> Option<i64> {
        let (reading, at) = (self.zone.high_water(t), Timestamp::saturating(t));
        let mut best: Option<i64> = None;
        for range in &self.ranges.ranges {
            for dated in self.until(*range, reading) {
                // Earlier dates end earlier, but for a change of the clocks.
                let ends_before = self.zone.first_instant(dated.to).saturating_add(self.slack());
                if ends_before <= t || best.is_some_and(|best| ends_before <= best) {
                    break;
                }
                let covering = self.occurrences(dated).filter(|o| o.contains(at));
                best = best.max(covering.map(|o| o.end().as_millis()).max());
            }
        }
        best
    }

    /// The latest end of the occurrences that end up to `t`, which none covers.
    pub(super) fn last_end(self, t: i64) -> Option<i64> {
        let reading = self.zone.high_water(t);
        let mut best: Option<i64> = None;
        for range in &self.ranges.ranges {
            for dated in self.until(*range, reading) {
                let ends_before = self.zone.first_instant(dated.to).saturating_add(self.slack());
                if best.is_some_and(|best| ends_before < best) {
                    break;
                }
                let ends = self.occurrences(dated).map(|o| o.end().as_millis());
                best = best.max(ends.filter(|end| *end <= t).max());
            }
        }
        best
    }

    /// The end of the contiguous occurrences that cover `t`; `t` if none does. An error if it
    /// was not found within a number of steps, which are counted down.
    pub(super) fn covered_until(self, t: i64, steps: &mut u64) -> Result<i64, Reached> {
        /// After so many occurrences a search looks for a proof that it may skip others; again
        /// after twice as many, or after a few of those that follow what it skipped.
        const CHECKS: (u32, u32) = (64, 8);
        let all = Timestamp::END.as_millis();
        let (mut end, mut followed, mut next_check) = (t, 0u32, CHECKS.0);
        while end < all
            && let Some(next) = self.covering_end(end)
        {
            let Some(next) = self.follow_whole_days(end, next) else { return Ok(all) };
            *steps = steps.checked_sub(1).ok_or(end)?;
            end = next;
            followed += 1;
            if followed < next_check {
                continue;
            }
            next_check = next_check.saturating_mul(2);
            if let Some(reached) = self.covered_on_clock_until(end, steps).filter(|at| *at > end) {
                if self.ranges.dst == Dst::Shift
                    && let Some(end) = self.end_in_gap_length(end, reached, steps)?
                {
                    return Ok(end);
                }
                (end, followed, next_check) = (reached, 0, CHECKS.1);
            }
        }
        Ok(end.min(all))
    }

    /// The end of the contiguous occurrences that cover `t`, if the ranges leave no gap on the
    /// clock until `limit`: it is within the length of a gap of the zone after that, where a
    /// start may be later than on high water. `None` if there is no such end.
    fn end_in_gap_length(
        self,
        t: i64,
        limit: i64,
        steps: &mut u64,
    ) -> Result<Option<i64>, Reached> {
        let Some(within) = Interval::clipped(t.saturating_sub(SLACK_MS), limit) else {
            return Ok(None);
        };
        for change in self.zone.transitions(within) {
            let length = change.offset_after_ms - change.offset_before_ms;
            let begin = change.at.as_millis();
            let mut end = begin.max(t);
            while end < begin.saturating_add(length).min(limit) {
                *steps = steps.checked_sub(1).ok_or(end)?;
                match self.covering_end(end) {
                    Some(next) => end = next,
                    None => return Ok(Some(end)),
                }
            }
        }
        Ok(None)
    }

    /// The end of the contiguous occurrences of consecutive dates, if that is after `next`,
    /// the end of one that covers `t`; `None` if there is no end.
    fn follow_whole_days(self, t: i64, next: i64) -> Option<i64> {
        let Some((start, length)) = self.ranges.whole else { return Some(next) };
        let day = clamped((self.zone.high_water(t) - start).div_euclid(DAY_MS));
        // A fold shows local times of dates before this one again.
        let first = if self.ranges.dst == Dst::HighWater { day } else { day - 3 };
        match self.dates.next_excluded(first) {
            None => None,
            Some(excluded) if excluded > day => {
                let last = i64::from(excluded - 1) * DAY_MS + start + length;
                Some(next.max(self.zone.first_instant(last)))
            }
            Some(_) => Some(next),
        }
    }

    /// An instant until which the ranges leave no gap on the clock from `t` on, if the dates
    /// repeat for so long that they prove it. Takes some of the steps.
    fn covered_on_clock_until(self, t: i64, steps: &mut u64) -> Option<i64> {
        // A fold shows local times before this one again.
        let reading = self.zone.high_water(t) - self.slack();
        let first = clamped(reading.div_euclid(DAY_MS));
        let (until, cycle) = self.dates.repeats_from(first)?;
        // The dates of ranges that cover later local times are not before `first`.
        let proved_from = (i64::from(first) + 1) * DAY_MS + self.ranges.hull().1;
        let complete = proved_from.checked_add(cycle.checked_mul(DAY_MS)?)?;
        if complete >= i64::from(until) * DAY_MS {
            return None;
        }
        let reached = self.covered_until_local(reading, complete);
        // A day takes less than following an occurrence in the zone.
        let days = reached.min(complete).saturating_sub(reading) / DAY_MS;
        *steps = steps.saturating_sub(days.max(0) as u64 / 4);
        if reached < complete {
            return None;
        }
        Some(if i64::from(until) > i64::from(LAST_DAY) {
            Timestamp::END.as_millis()
        } else {
            self.zone.first_instant(i64::from(until) * DAY_MS)
        })
    }

    /// The end of the contiguous clock ranges that cover a local time, all local times
    /// counted, also those that the zone skips; or a local time from `limit` on.
    pub(super) fn covered_until_local(self, reading: i64, limit: i64) -> i64 {
        let mut end = reading;
        while end < limit {
            let before = end;
            for range in &self.ranges.ranges {
                let begun = self.until(*range, end).next();
                end = begun.map_or(end, |dated| end.max(dated.to));
            }
            if let Some((start, length)) = self.ranges.whole {
                let day = clamped((before - start).div_euclid(DAY_MS));
                match self.dates.next_excluded(day) {
                    None => return i64::MAX,
                    Some(excluded) if excluded > day => {
                        end = end.max(i64::from(excluded - 1) * DAY_MS + start + length);
                    }
                    Some(_) => {}
                }
            }
            if end == before {
                break;
            }
        }
        end
    }

    /// The local times of the range to which an occurrence belongs.
    pub(super) fn clock_bounds(self, start: i64, end: i64) -> Option<(i64, i64)> {
        let reading = self.zone.high_water(start);
        self.ranges.ranges.iter().find_map(|range| {
            // The local time of the start may be in a gap, before `reading`.
            let near = self.until(*range, reading);
            let near = near.take_while(|dated| dated.to + SLACK_MS >= reading);
            near.map(|dated| (dated.from, dated.to)).find(|(from, to)| {
                resolve(self.zone, self.ranges.dst, *from, *to).contains(&(start, end))
            })
        })
    }

    /// The local times between which the first occurrences of each range lie that begin
    /// after `t`, ascending.
    pub(super) fn bounds_after(self, t: i64) -> impl Iterator<Item = (i64, i64)> + use<> {
        const OF_EACH: usize = 16;
        let mut bounds: Vec<(i64, i64)> = Vec::new();
        for range in &self.ranges.ranges {
            let dates = self.from(*range, self.zone.high_water(t) + 1).take(OF_EACH);
            bounds.extend(dates.map(|dated| (dated.from, dated.to)));
        }
        bounds.sort_unstable();
        bounds.into_iter()
    }
}

/// A day that searches may begin with.
fn clamped(day: i64) -> Day {
    day.clamp(i64::from(FIRST_DAY) - 2, i64::from(LAST_DAY) + 2) as Day
}

/// The interval that begins first; of two, the longer.
fn earlier(a: Interval, b: Interval) -> Interval {
    let key = |o: Interval| (o.start(), std::cmp::Reverse(o.end()));
    if key(b) < key(a) { b } else { a }
}

/// The interval that begins last; of two, the longer.
fn later(a: Interval, b: Interval) -> Interval {
    let key = |o: Interval| (o.start(), o.end());
    if key(b) > key(a) { b } else { a }
}
