//! Occurrences that begin at start instants and last an elapsed or a nominal time; RDATE
//! periods have their own ends.

use std::iter::successors;

use crate::schedule::ranges::shifted;
use crate::schedule::rule::starts::{OverlapRuns, StartInstants};
use crate::schedule::{ClockEnvelope, Reached};
use crate::time::civil::{DAY_MS, split};
use crate::time::{Interval, Timestamp, Zone, coalesce};

/// The length of the range of time. A longer occurrence covers the same instants.
const LONGEST_SPAN: i64 = Timestamp::END.as_millis() - Timestamp::MIN.as_millis();

/// Around a change of the clocks a nominal day is at most this much longer or shorter.
const SLACK_MS: i64 = 2 * DAY_MS;

/// How long an occurrence lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    /// Whole days on the clock, which are added first (RFC 5545, section 3.3.6).
    pub(crate) days: u32,
    /// Elapsed milliseconds after them.
    pub(crate) exact_ms: i64,
}

impl Length {
    pub(crate) fn exact(ms: i64) -> Self {
        Self { days: 0, exact_ms: ms }
    }

    /// The length without a change of the clocks, in milliseconds.
    pub(crate) fn nominal_ms(self) -> i64 {
        (i64::from(self.days) * DAY_MS).saturating_add(self.exact_ms)
    }
}

/// Starts, a length, and intervals with their own ends.
#[derive(Debug)]
pub(crate) struct Recurrence {
    pub(super) starts: StartInstants,
    length: Length,
    /// The length, limited so that adding it to a local time does not overflow; the longest
    /// one, if a change of the clocks alters it.
    span: i64,
    /// RDATE periods, sorted by start.
    periods: Box<[(i64, i64)]>,
    /// Their union.
    merged: Box<[(i64, i64)]>,
    runs: OverlapRuns,
    plain: bool,
}

impl Recurrence {
    pub(super) fn new(starts: StartInstants, length: Length, mut periods: Vec<(i64, i64)>) -> Self {
        let nominal = length.nominal_ms().min(LONGEST_SPAN);
        let slack = if length.days == 0 { 0 } else { SLACK_MS };
        let mut union = periods.clone();
        let merged = coalesce(&mut union).into();
        // Of equal starts the longest is the occurrence.
        periods.sort_unstable_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
        periods.dedup_by_key(|(start, _)| *start);
        Self {
            span: nominal.saturating_add(slack).min(LONGEST_SPAN),
            runs: starts.runs(nominal),
            plain: starts.is_plain() && length.days == 0 && periods.is_empty(),
            periods: periods.into(),
            merged,
            starts,
            length,
        }
    }

    pub(super) fn length(&self) -> Length {
        self.length
    }

    /// How long an occurrence lasts in elapsed time; `None` if it lasts days on the clock.
    pub(crate) fn elapsed_ms(&self) -> Option<i64> {
        self.is_exact().then_some(self.length.exact_ms)
    }

    fn is_exact(&self) -> bool {
        self.length.days == 0
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.starts.zone
    }

    /// The first local time in `low..high` that has no start as the clock never shows it.
    pub(crate) fn dropped_within(&self, low: i64, high: i64) -> Option<i64> {
        self.starts.dropped_within(low, high)
    }

    /// The local time in a gap from which the start `at` was moved.
    pub(crate) fn moved_from(&self, at: i64) -> Option<i64> {
        self.starts.moved_from(at)
    }

    /// A bound on when occurrences happen, if all of them have the same times of day.
    pub(crate) fn clock_envelope(&self) -> Option<ClockEnvelope<&Zone>> {
        let (weekdays, first, last) = self.starts.times_of_day()?;
        let length_ms = self.span.saturating_add(i64::from(last - first));
        let envelope = ClockEnvelope { zone: self.zone(), weekdays, from_ms: first, length_ms };
        self.periods.is_empty().then_some(envelope)
    }

    pub(crate) fn contains(&self, t: i64) -> bool {
        if t >= Timestamp::END.as_millis() {
            return false;
        }
        if self.plain
            && let Some(is_covered) = self.starts.any_within(t, self.span)
        {
            return is_covered;
        }
        if self.is_exact() {
            let start = self.starts.until(t);
            return start.is_some_and(|start| t.saturating_sub(start) < self.span)
                || self.is_in_period(t);
        }
        self.is_in_period(t) || self.covering(t).next().is_some()
    }

    fn is_in_period(&self, t: i64) -> bool {
        let after = self.merged.partition_point(|(start, _)| *start <= t);
        after.checked_sub(1).is_some_and(|index| t < self.merged[index].1)
    }

    /// The end of the occurrence that begins at `start`.
    fn end_of(&self, start: i64) -> i64 {
        if self.is_exact() {
            return start.saturating_add(self.span);
        }
        let zone = self.zone();
        let (reading, days) = (zone.local_time(start), i64::from(self.length.days) * DAY_MS);
        if self.starts.whole_days && self.length.exact_ms == 0 {
            // Dates, which may begin after midnight.
            return zone.first_instant((i64::from(split(reading).0) * DAY_MS).saturating_add(days));
        }
        shifted(zone, reading.saturating_add(days)).saturating_add(self.length.exact_ms)
    }

    fn occurrence(&self, start: i64) -> Option<Interval> {
        Interval::clipped(start, self.end_of(start))
    }

    /// The occurrences of starts up to `t` whose span may reach it, the last one first.
    fn near(&self, t: i64) -> impl Iterator<Item = Interval> + '_ {
        let starts = successors(self.starts.until(t), |start| self.starts.until(start - 1));
        let near = starts.take_while(move |start| t.saturating_sub(*start) <= self.span);
        near.filter_map(|start| self.occurrence(start))
    }

    /// The occurrences of starts that cover `t`, the last one first.
    fn covering(&self, t: i64) -> impl Iterator<Item = Interval> + '_ {
        self.near(t).filter(move |occurrence| t < occurrence.end().as_millis())
    }

    fn periods(&self) -> impl DoubleEndedIterator<Item = Interval> + '_ {
        self.periods.iter().filter_map(|(start, end)| Interval::clipped(*start, *end))
    }

    /// The occurrence that covers `t` and began last; of several, the longest.
    pub(crate) fn occurrence_at(&self, t: i64) -> Option<Interval> {
        let at = Timestamp::saturating(t);
        let started = self.covering(t).next();
        let period = self.periods().rev().find(|period| period.contains(at));
        started.max_by_start(period)
    }

    /// The occurrence that covers `t` and began first; of several, the longest.
    pub(crate) fn first_occurrence_at(&self, t: i64) -> Option<Interval> {
        let at = Timestamp::saturating(t);
        // In a zone behind UTC, a start may be before the first instant.
        let first = Timestamp::MIN.as_millis() - 2 * SLACK_MS;
        let before = t.saturating_sub(self.span).max(first);
        let starts = successors(self.starts.after(before), |start| self.starts.after(*start));
        let mut begun =
            starts.take_while(|start| *start <= t).filter_map(|start| self.occurrence(start));
        let started = begun.find(|occurrence| occurrence.contains(at));
        started.min_by_start(self.periods().find(|period| period.contains(at)))
    }

    pub(crate) fn next_occurrence(&self, after: i64) -> Option<Interval> {
        let mut starts = successors(self.starts.after(after), |start| self.starts.after(*start));
        let started = starts.find_map(|start| self.occurrence(start));
        let period = self.periods().find(|period| period.start().as_millis() > after);
        started.min_by_start(period)
    }

    pub(crate) fn previous_occurrence(&self, before: i64) -> Option<Interval> {
        let last = self.starts.until(before.saturating_sub(1));
        let mut starts = successors(last, |start| self.starts.until(start - 1));
        let started = starts.find_map(|start| self.occurrence(start));
        let period = self.periods().rev().find(|period| period.start().as_millis() < before);
        started.max_by_start(period)
    }

    /// The latest end of the occurrences that end up to `t`, which none covers.
    pub(crate) fn last_end(&self, t: i64) -> Option<i64> {
        let ends_before = |occurrence: &Interval| occurrence.end().as_millis() <= t;
        let started = if self.is_exact() {
            self.starts.until(t).and_then(|start| self.occurrence(start))
        } else {
            // One of the next ones ends last, as nominal lengths differ by a change of the
            // clocks at most.
            let last = self.previous_occurrence_of_starts(t);
            last.and_then(|last| {
                let near = self.near(last.start().as_millis());
                near.filter(ends_before).max_by_key(|occurrence| occurrence.end())
            })
        };
        let period = self.periods().filter(ends_before).max_by_key(|period| period.end());
        started.into_iter().chain(period).map(|occurrence| occurrence.end().as_millis()).max()
    }

    fn previous_occurrence_of_starts(&self, t: i64) -> Option<Interval> {
        let mut starts = successors(self.starts.until(t), |start| self.starts.until(start - 1));
        starts.find_map(|start| self.occurrence(start))
    }

    /// The end of the contiguous occurrences that cover `t`; `t` if none does. An error if it
    /// was not found within a number of steps, which are counted down.
    pub(crate) fn covered_until(&self, t: i64, steps: &mut u64) -> Result<i64, Reached> {
        if self.is_exact() && self.periods.is_empty() {
            return self.starts.covered_until(t, self.span, &self.runs, steps);
        }
        let mut end = t;
        while end < Timestamp::END.as_millis() {
            let before = end;
            let after = self.merged.partition_point(|(start, _)| *start <= end);
            if let Some((_, until)) = after.checked_sub(1).map(|index| self.merged[index]) {
                end = end.max(until);
            }
            if let Some(covering) = self.covering(end).next() {
                let start = covering.start().as_millis();
                let last = self.starts.last_of_run(start, end, &self.runs).unwrap_or(start);
                end = end.max(covering.end().as_millis()).max(self.end_of(last));
            }
            if end == before {
                break;
            }
            *steps = steps.checked_sub(1).ok_or(end)?;
        }
        Ok(end)
    }

    /// The instant from which on the occurrences are periodic, and the period.
    pub(crate) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        let (steady, cycle) = self.starts.cycle();
        let periods_end = self.merged.last().map_or(i64::MIN, |(_, end)| *end);
        // An occurrence that began before may end after that instant.
        (steady.map(|steady| steady.saturating_add(self.span).max(periods_end)), cycle)
    }
}

/// Selects one of two occurrences by its start; of equal starts, the longer.
trait ByStart: Sized {
    fn min_by_start(self, other: Self) -> Self;
    fn max_by_start(self, other: Self) -> Self;
}

impl ByStart for Option<Interval> {
    fn min_by_start(self, other: Self) -> Self {
        let (Some(a), Some(b)) = (self, other) else { return self.or(other) };
        let is_first =
            (b.start(), std::cmp::Reverse(b.end())) < (a.start(), std::cmp::Reverse(a.end()));
        Some(if is_first { b } else { a })
    }

    fn max_by_start(self, other: Self) -> Self {
        let (Some(a), Some(b)) = (self, other) else { return self.or(other) };
        Some(if (b.start(), b.end()) > (a.start(), a.end()) { b } else { a })
    }
}
