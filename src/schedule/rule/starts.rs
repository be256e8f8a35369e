//! The instants at which the occurrences of a rule begin: local times mapped
//! through the zone, with COUNT, UNTIL, EXDATE and RDATE applied.

use crate::schedule::Reached;
use crate::schedule::math::lcm;
use crate::schedule::rule::local_times::LocalTimeSet;
use crate::schedule::rule::mapping::{Gap, MappedTimes, Mapping};
use crate::time::civil::{DAY_MS, LAST_DAY, split};
use crate::time::{LocalResult, Timestamp, Zone};

/// The start instants of a rule, ascending. Local times that lie in a gap of the
/// zone have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StartInstants {
    pub(super) zone: Zone,
    /// Whether instances are dates. A date exists even if its midnight is in a gap.
    pub(super) whole_days: bool,
    local_times: LocalTimeSet,
    /// The first and the last local time; `first > last` if there is none.
    first: i64,
    last: i64,
    /// No start is after this instant.
    last_instant: i64,
    mapping: Mapping,
    /// Whether the rule has no end.
    endless: bool,
    /// The EXDATE instants that the rule generates, ascending.
    exdates: Box<[Exdate]>,
    /// RDATE, ascending.
    rdates: Box<[i64]>,
}

/// A generated instant that is excluded, and the nearest ones that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exdate {
    at: i64,
    before: Option<i64>,
    after: Option<i64>,
}

/// Where a rule ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum RuleEnd {
    Never,
    /// With the last instance at or before this local time.
    Reading(i64),
    /// With the last instance at or before this instant.
    Instant(i64),
    /// After this number of instances.
    Count(u32),
}

/// After the last local time of any query.
const AFTER_ALL: i64 = (LAST_DAY as i64 + 1) * DAY_MS;

impl StartInstants {
    /// The instants of `local_times` from the local time `first` on, up to `end`.
    pub(super) fn new(
        local_times: LocalTimeSet,
        zone: Zone,
        whole_days: bool,
        first: i64,
        end: RuleEnd,
        mapping: Mapping,
    ) -> Self {
        // A date has one first instant.
        let mapping = if whole_days { Mapping::default() } else { mapping };
        let mut starts = Self {
            zone,
            whole_days,
            local_times,
            first,
            last: AFTER_ALL - 1,
            last_instant: i64::MAX,
            mapping,
            endless: matches!(end, RuleEnd::Never),
            exdates: Box::default(),
            rdates: Box::default(),
        };
        match end {
            RuleEnd::Never => {}
            RuleEnd::Reading(reading) => starts.last = reading.min(starts.last),
            RuleEnd::Instant(t) => {
                starts.last = starts.zone.high_water(t).min(starts.last);
                starts.last_instant = t;
            }
            RuleEnd::Count(count) if !starts.is_first_pass_only() => {
                match starts.mapped().nth(count) {
                    Some(last) => {
                        starts.last = starts.zone.high_water(last).min(starts.last);
                        starts.last_instant = last;
                    }
                    None => starts.endless = true,
                }
            }
            RuleEnd::Count(count) => match starts.reading_of_last(count) {
                Some(last) => starts.last = last,
                None => starts.endless = true,
            },
        }
        starts.trim();
        starts
    }

    /// Whether each local time begins once, when it is shown first.
    fn is_first_pass_only(&self) -> bool {
        self.mapping == Mapping::default()
    }

    fn mapped(&self) -> MappedTimes<'_> {
        let Self { zone, local_times, first, last, mapping, .. } = self;
        MappedTimes { zone, local_times, first: *first, last: *last, mapping: *mapping }
    }

    /// The weekdays (bits) on which all starts lie, and the first and the last time
    /// of day. `None` if unknown: dates can begin after midnight, and RDATE can be
    /// any instant.
    pub(super) fn times_of_day(&self) -> Option<(u8, u32, u32)> {
        let regular = !self.whole_days && self.rdates.is_empty();
        self.local_times.times_of_day().filter(|_| regular)
    }

    /// Moves `first` and `last` to local times of the set.
    fn trim(&mut self) {
        let first = self.local_times.next(self.first).filter(|first| *first <= self.last);
        let last = first
            .and_then(|first| self.local_times.previous(self.last).filter(|last| *last >= first));
        match (first, last) {
            (Some(first), Some(last)) => {
                (self.first, self.last) = (first, last);
                self.local_times.bound(first, last);
            }
            _ => {
                (self.first, self.last) = (0, -1);
                self.local_times = LocalTimeSet::Nothing;
                self.endless = false;
            }
        }
    }

    /// The local time of the `count`-th instance. Those in a gap do not count:
    /// "such recurrence instances MUST be ignored and MUST NOT be counted" (3.3.10).
    fn reading_of_last(&self, count: u32) -> Option<i64> {
        let mut left = u64::from(count);
        let mut from = self.first;
        let end = AFTER_ALL - 1;
        let gaps = self.zone.gaps().map(|(skipped, shown)| {
            // A date does not exist only if the clock skips all of it.
            (skipped, if self.whole_days { shown - DAY_MS + 1 } else { shown })
        });
        // Steps may be centuries apart: one search finds that many gaps are without an instance.
        let are_steps = matches!(self.local_times, LocalTimeSet::Steps(_));
        let mut next = from;
        for (skipped, shown) in gaps.chain([(end + 1, end + 1)]) {
            if shown <= from || skipped >= shown && skipped <= end {
                continue;
            }
            if are_steps && next <= from {
                next = self.local_times.next(from)?;
            }
            if skipped > from.max(next) {
                match self.local_times.nth(from, skipped - 1, left) {
                    Ok(last) => return Some(last),
                    Err(here) => left -= here,
                }
            }
            from = shown;
        }
        None
    }

    /// Applies EXDATE and RDATE; EXDATE takes precedence.
    pub(super) fn with_exceptions(mut self, mut exdates: Vec<i64>, mut rdates: Vec<i64>) -> Self {
        exdates.sort_unstable();
        exdates.dedup();
        rdates.sort_unstable();
        rdates.dedup();
        rdates.retain(|t| exdates.binary_search(t).is_err());
        let mut list: Vec<Exdate> = Vec::new();
        for at in exdates {
            if !self.generates(at) {
                continue;
            }
            let before = self.generated_until(at - 1);
            let before = match list.last() {
                Some(last) if before == Some(last.at) => last.before,
                _ => before,
            };
            list.push(Exdate { at, before, after: None });
        }
        let mut later: Option<Exdate> = None;
        for exdate in list.iter_mut().rev() {
            let after = self.generated_after(exdate.at);
            exdate.after = match later {
                Some(later) if after == Some(later.at) => later.after,
                _ => after,
            };
            later = Some(*exdate);
        }
        self.exdates = list.into();
        self.rdates = rdates.into();
        self
    }

    fn generates(&self, at: i64) -> bool {
        let reading = self.zone.high_water(at);
        // A search from an instant without one could go on for centuries.
        let can = self.whole_days
            || !self.is_first_pass_only()
            || self.local_times.any_within(reading - 1, reading);
        can && self.generated_until(at) == Some(at)
    }

    /// Whether there is neither EXDATE nor RDATE.
    pub(super) fn is_plain(&self) -> bool {
        self.exdates.is_empty() && self.rdates.is_empty()
    }

    /// Whether an instant in `(t - span, t]` is a start; `None` if the offset
    /// changed in that time, so that the fast path does not apply.
    #[inline]
    pub(super) fn any_within(&self, t: i64, span: i64) -> Option<bool> {
        let (reading, evenly) = self.zone.high_water_since(t);
        // Local times of a gap may begin within a day after it.
        let slack = if self.mapping.gap == Gap::Shift { DAY_MS } else { 0 };
        if evenly < span.saturating_add(slack) {
            return None;
        }
        let (low, high) = ((reading - span).max(self.first - 1), reading.min(self.last));
        Some(low < high && self.local_times.any_within(low, high))
    }

    /// The instant at which the clock first shows a local time; the gap as
    /// `(from, to)` if it never does.
    fn instant(&self, reading: i64) -> Result<i64, (i64, i64)> {
        match self.zone.locate(reading) {
            LocalResult::At(t) => Ok(t),
            LocalResult::Gap { to, at, .. } if self.whole_days && to - reading < DAY_MS => Ok(at),
            LocalResult::Gap { from, to, .. } => Err((from, to)),
        }
    }

    /// The first local time in `low..high` that the rule generates and the clock never shows.
    pub(super) fn dropped_within(&self, low: i64, high: i64) -> Option<i64> {
        if self.mapping.gap == Gap::Shift {
            return None;
        }
        let reading = self.local_times.next(low.max(self.first))?;
        let within = reading < high && reading <= self.last;
        (within && self.instant(reading).is_err()).then_some(reading)
    }

    /// The local time in the gap before `at` that is moved to this start.
    pub(super) fn moved_from(&self, at: i64) -> Option<i64> {
        let change = self.zone.offset_span(at).start;
        if self.mapping.gap != Gap::Shift || change == i64::MIN {
            return None;
        }
        let before = self.zone.offset_span(change - 1).offset;
        let (reading, to) = (at + before, change + self.zone.offset_span(at).offset);
        let is_moved = reading < to && (self.first..=self.last).contains(&reading);
        let generated = || self.local_times.next(reading) == Some(reading);
        (is_moved && generated()).then_some(reading)
    }

    /// The last generated instant up to `t`.
    ///
    /// Instants ascend with their local times, because each local time is mapped
    /// to the first instant at which it is shown.
    fn generated_until(&self, t: i64) -> Option<i64> {
        if !self.is_first_pass_only() {
            return self.mapped().until(t.min(self.last_instant));
        }
        let mut until = self.zone.high_water(t).min(self.last);
        while until >= self.first {
            let reading = self.local_times.previous(until).filter(|at| *at >= self.first)?;
            match self.instant(reading) {
                Ok(at) => return Some(at),
                Err((from, _)) => until = from.min(reading) - 1,
            }
        }
        None
    }

    /// The first generated instant after `t`.
    fn generated_after(&self, t: i64) -> Option<i64> {
        if !self.is_first_pass_only() {
            return self.mapped().after(t).filter(|at| *at <= self.last_instant);
        }
        let mut from = (self.zone.high_water(t) + 1).max(self.first);
        while from <= self.last {
            let reading = self.local_times.next(from).filter(|at| *at <= self.last)?;
            match self.instant(reading) {
                Ok(at) => return Some(at),
                // A date that begins in the gap can exist.
                Err(_) if self.whole_days => from = reading + 1,
                Err((_, to)) => from = to,
            }
        }
        None
    }

    /// The generated instants of a date that the zone's clock shows; `midnight` is its
    /// first local time.
    pub(super) fn on_date(&self, midnight: i64) -> impl Iterator<Item = i64> + '_ {
        let from = self.zone.first_instant(midnight);
        let until = self.zone.first_instant(midnight + DAY_MS);
        let next = |at: &i64| self.generated_after(*at);
        // A search from a date without one could go on for centuries.
        let any = !self.is_first_pass_only()
            || self.local_times.any_within(midnight - 1, midnight + DAY_MS - 1);
        let first = if any { next(&(from - 1)) } else { None };
        std::iter::successors(first, next).take_while(move |at| *at < until)
    }

    /// The EXDATE at an instant.
    fn exclusion(&self, at: i64) -> Option<&Exdate> {
        let index = self.exdates.binary_search_by_key(&at, |exdate| exdate.at).ok()?;
        Some(&self.exdates[index])
    }

    /// The last generated instant up to `t` that is not excluded.
    fn kept_until(&self, t: i64) -> Option<i64> {
        let at = self.generated_until(t)?;
        self.exclusion(at).map_or(Some(at), |exdate| exdate.before)
    }

    /// The last start up to `t`.
    pub(super) fn until(&self, t: i64) -> Option<i64> {
        let rdate = self.rdates.partition_point(|rdate| *rdate <= t);
        let rdate = rdate.checked_sub(1).map(|index| self.rdates[index]);
        self.kept_until(t).max(rdate)
    }

    /// The first start after `t`.
    pub(super) fn after(&self, t: i64) -> Option<i64> {
        let kept = self
            .generated_after(t)
            .and_then(|at| self.exclusion(at).map_or(Some(at), |exdate| exdate.after));
        let rdate = self.rdates.partition_point(|rdate| *rdate <= t);
        let rdate = self.rdates.get(rdate).copied();
        match (kept, rdate) {
            (Some(kept), Some(rdate)) => Some(kept.min(rdate)),
            (kept, rdate) => kept.or(rdate),
        }
    }

    /// The end of the contiguous intervals that cover `t`, where each start begins
    /// an interval of length `span`; `t` if none covers it. An error if it was not found
    /// within a number of steps, which are counted down.
    pub(super) fn covered_until(
        &self,
        t: i64,
        span: i64,
        runs: &OverlapRuns,
        steps: &mut u64,
    ) -> Result<i64, Reached> {
        let mut end = t;
        while end < Timestamp::END.as_millis() {
            let Some(mut start) = self.until(end) else { return Ok(end) };
            if start.saturating_add(span) <= end {
                return Ok(end);
            }
            *steps = steps.checked_sub(1).ok_or(end)?;
            if let Some(start_of_run) = self.kept_until(end)
                && start_of_run.saturating_add(span) > end
                && (self.is_first_pass_only() || self.zone.segment_at(start_of_run).advances)
                && let Some(last) = self.last_in_run(start_of_run, runs)
            {
                start = start.max(last);
            }
            end = start.saturating_add(span);
        }
        Ok(end)
    }

    /// The last start of the run that begins at a start, if the offset does not change from
    /// there to `end`, as far as `runs` gives it without iterating.
    pub(super) fn last_of_run(&self, start: i64, end: i64, runs: &OverlapRuns) -> Option<i64> {
        let segment = self.zone.segment_at(start);
        let is_generated = self.kept_until(start) == Some(start);
        if !is_generated || !segment.advances || segment.end <= end {
            return None;
        }
        self.last_in_run(start, runs)
    }

    /// The last start of the run that begins at `start`, as far as `runs` gives it
    /// without iterating; `start` is a generated instant.
    fn last_in_run(&self, start: i64, runs: &OverlapRuns) -> Option<i64> {
        let (reading, _) = self.zone.high_water_since(start);
        let reading = runs.run_until(&self.local_times, reading)?;
        // Up to here the offset is constant, so that local times are as far apart
        // as instants, and there is no EXDATE.
        let even = self.zone.segment_at(start).end - 1;
        let next = self.exdates.partition_point(|exdate| exdate.at <= start);
        let before_exdate = self.exdates.get(next).map_or(i64::MAX, |exdate| exdate.at - 1);
        let shift = reading.saturating_sub(self.zone.high_water(start));
        self.kept_until(start.saturating_add(shift).min(even).min(before_exdate))
    }

    /// The instant from which on the starts are periodic (`None` if they end), and
    /// the period in milliseconds (`None` if it is too long).
    pub(super) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        if !self.endless {
            return (None, None);
        }
        let (zone_from, zone_period) = self.zone.cycle();
        let begin = self.zone.first_instant(self.first.max(self.local_times.periodic_from()));
        let begin = begin.max(zone_from);
        let after_exdates = self.exdates.last().map_or(i64::MIN, |exdate| exdate.at + 1);
        let after_rdates = self.rdates.last().map_or(i64::MIN, |rdate| rdate + 1);
        let cycle = self.local_times.cycle_ms();
        let cycle = cycle.and_then(|cycle| lcm(cycle, zone_period));
        (Some(begin.max(after_exdates).max(after_rdates)), cycle)
    }

    /// Analyses which intervals of length `span` touch.
    pub(super) fn runs(&self, span: i64) -> OverlapRuns {
        OverlapRuns::new(&self.local_times, self.first, self.last, span)
    }
}

/// Which starts are so close together that their intervals overlap or touch.
/// Lets [`StartInstants::covered_until`] skip to the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OverlapRuns {
    /// None, or unknown: iterate.
    Unknown,
    /// All, while the offset is constant.
    All,
    /// Those of consecutive dates.
    ConsecutiveDates,
    /// Those of one date, up to the first of these times of day at or after the
    /// start.
    UpTo(Box<[u32]>),
}

/// The maximal number of steps of the search for a gap, while building.
const LONGEST_SEARCH: usize = 150_000;

impl OverlapRuns {
    fn new(local_times: &LocalTimeSet, first: i64, last: i64, span: i64) -> Self {
        let is_dense = |readings_apart: i64| readings_apart <= span;
        match local_times {
            LocalTimeSet::Nothing => Self::Unknown,
            LocalTimeSet::Days(days) => {
                let times = &days.times;
                match times.gaps() {
                    Some((least, _)) if !is_dense(least.into()) => return Self::Unknown,
                    Some((_, most)) if !is_dense(most.into()) => {
                        return Self::UpTo(times.before_gaps(span).collect());
                    }
                    _ => {}
                }
                if !is_dense(DAY_MS + i64::from(times.first()) - i64::from(times.last())) {
                    let one = times.len() == 1;
                    return if one { Self::Unknown } else { Self::UpTo(Box::default()) };
                }
                let days_apart = (span + i64::from(times.last() - times.first())) / DAY_MS;
                let steps = days.dates.cycle_days().map(|days| days.saturating_add(1));
                let mut date = split(first).0;
                let until = steps.map_or(i64::MAX, |steps| i64::from(date) + steps);
                if days.dates.next_excluded(date).is_none() {
                    return Self::All;
                }
                for _ in 0..LONGEST_SEARCH {
                    match days.dates.next(date + 1) {
                        Some(next) if i64::from(next - date) > days_apart => {
                            return Self::ConsecutiveDates;
                        }
                        Some(next) if i64::from(date) < until => date = next,
                        _ => return Self::All,
                    }
                }
                Self::ConsecutiveDates
            }
            LocalTimeSet::Steps(steps) if !is_dense(steps.longest_gap()) => Self::Unknown,
            LocalTimeSet::Steps(steps) if steps.dates.is_none() => Self::All,
            LocalTimeSet::Steps(_) => Self::ConsecutiveDates,
            LocalTimeSet::Positions(_) => {
                let until = local_times.cycle_ms().map_or(i64::MAX, |cycle| first + cycle + DAY_MS);
                let mut reading = first;
                for _ in 0..LONGEST_SEARCH {
                    match local_times.next(reading + 1).filter(|next| *next <= last) {
                        Some(next) if !is_dense(next - reading) => return Self::Unknown,
                        Some(next) if reading < until => reading = next,
                        _ => return Self::All,
                    }
                }
                Self::Unknown
            }
        }
    }

    /// A local time up to which the intervals from `reading` on touch, if known.
    fn run_until(&self, local_times: &LocalTimeSet, reading: i64) -> Option<i64> {
        let (date, time) = split(reading);
        let midnight_after = |date: i32| (i64::from(date) + 1) * DAY_MS - 1;
        match self {
            Self::Unknown => None,
            Self::All => Some(i64::MAX),
            Self::ConsecutiveDates => {
                let dates = match local_times {
                    LocalTimeSet::Days(days) => &days.dates,
                    LocalTimeSet::Steps(steps) => steps.dates.as_ref()?,
                    _ => return None,
                };
                Some(
                    dates.next_excluded(date).map_or(i64::MAX, |absent| midnight_after(absent - 1)),
                )
            }
            Self::UpTo(breaks) => {
                let next = breaks.partition_point(|t| i64::from(*t) < time);
                Some(breaks.get(next).map_or_else(
                    || midnight_after(date),
                    |time| i64::from(date) * DAY_MS + i64::from(*time),
                ))
            }
        }
    }
}
