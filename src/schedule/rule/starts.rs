//! From clock readings to instants: when a rule's occurrences begin.

use crate::schedule::dates::least_common_multiple;
use crate::schedule::rule::pattern::Pattern;
use crate::time::civil::{DAY_MS, LAST_DAY, split};
use crate::time::{LocalResult, Timestamp, Zone};

/// Ascending instants, without those at readings that the clock does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Starts {
    pub(super) zone: Zone,
    /// Whether instances are dates: these exist although midnight may not.
    whole_days: bool,
    pattern: Pattern,
    /// The first and the last reading; the first is greater if there is none.
    first: i64,
    last: i64,
    /// Whether the pattern goes on for ever.
    endless: bool,
    /// EXDATE, as far as it meets the pattern; ascending.
    excluded: Box<[Excluded]>,
    /// RDATE, ascending.
    added: Box<[i64]>,
}

/// An instant of the pattern that is excluded, and the nearest that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Excluded {
    at: i64,
    before: Option<i64>,
    after: Option<i64>,
}

/// Where a rule ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Never,
    /// With the last instance at or before this reading.
    Reading(i64),
    /// With the last instance at or before this instant.
    Instant(i64),
    /// After so many instances.
    Count(u32),
}

/// After the last reading that is ever asked about.
const AFTER_ALL: i64 = (LAST_DAY as i64 + 1) * DAY_MS;

impl Starts {
    /// The pattern's instants from the reading `first` on, up to `end`.
    pub(super) fn new(
        pattern: Pattern,
        zone: Zone,
        whole_days: bool,
        first: i64,
        end: End,
    ) -> Self {
        let mut starts = Self {
            zone,
            whole_days,
            pattern,
            first,
            last: AFTER_ALL - 1,
            endless: matches!(end, End::Never),
            excluded: Box::default(),
            added: Box::default(),
        };
        match end {
            End::Never => {}
            End::Reading(reading) => starts.last = reading.min(starts.last),
            End::Instant(t) => starts.last = starts.zone.high_water(t).min(starts.last),
            End::Count(count) => match starts.counted(count) {
                Some(last) => starts.last = last,
                None => starts.endless = true,
            },
        }
        starts.trim();
        starts
    }

    /// Between which times of which weekdays every start lies, if that is known:
    /// dates may begin later than at midnight, and RDATE names any instant.
    pub(super) fn times_of_day(&self) -> Option<(u8, u32, u32)> {
        let regular = !self.whole_days && self.added.is_empty();
        self.pattern.times_of_day().filter(|_| regular)
    }

    /// Moves the ends to readings of the pattern.
    fn trim(&mut self) {
        let first = self.pattern.next(self.first).filter(|first| *first <= self.last);
        let last =
            first.and_then(|first| self.pattern.previous(self.last).filter(|last| *last >= first));
        match (first, last) {
            (Some(first), Some(last)) => {
                (self.first, self.last) = (first, last);
                self.pattern.bound(first, last);
            }
            _ => {
                (self.first, self.last) = (0, -1);
                self.pattern = Pattern::Nothing;
                self.endless = false;
            }
        }
    }

    /// The reading of the `count`-th instance that exists: "such recurrence
    /// instances MUST be ignored and MUST NOT be counted" (3.3.10).
    fn counted(&self, count: u32) -> Option<i64> {
        let mut left = u64::from(count);
        let mut from = self.first;
        let end = AFTER_ALL - 1;
        let gaps = self.zone.gaps().map(|(skipped, shown)| {
            // A date is lacking only if the clock steps over all of it.
            (skipped, if self.whole_days { shown - DAY_MS + 1 } else { shown })
        });
        for (skipped, shown) in gaps.chain([(end + 1, end + 1)]) {
            if shown <= from || skipped >= shown && skipped <= end {
                continue;
            }
            if skipped > from {
                let here = self.pattern.count(from, skipped - 1);
                if here >= left {
                    return self.pattern.select(from, skipped - 1, left);
                }
                left -= here;
            }
            from = shown;
        }
        None
    }

    /// Takes instants out, and puts others in that are not among them.
    pub(super) fn with_exceptions(mut self, mut excluded: Vec<i64>, mut added: Vec<i64>) -> Self {
        excluded.sort_unstable();
        excluded.dedup();
        added.sort_unstable();
        added.dedup();
        added.retain(|t| excluded.binary_search(t).is_err());
        let mut list: Vec<Excluded> = Vec::new();
        for at in excluded {
            if self.generated_until(at) != Some(at) {
                continue;
            }
            let before = self.generated_until(at - 1);
            let before = match list.last() {
                Some(last) if before == Some(last.at) => last.before,
                _ => before,
            };
            list.push(Excluded { at, before, after: None });
        }
        let mut later: Option<Excluded> = None;
        for excluded in list.iter_mut().rev() {
            let after = self.generated_after(excluded.at);
            excluded.after = match later {
                Some(later) if after == Some(later.at) => later.after,
                _ => after,
            };
            later = Some(*excluded);
        }
        self.excluded = list.into();
        self.added = added.into();
        self
    }

    /// Whether there are neither exceptions nor additions.
    pub(super) fn is_plain(&self) -> bool {
        self.excluded.is_empty() && self.added.is_empty()
    }

    /// Whether an instant in `(t - span, t]` is one of these; `None` if that
    /// takes a closer look: the clock was changed in that time.
    #[inline]
    pub(super) fn any_within(&self, t: i64, span: i64) -> Option<bool> {
        let (reading, evenly) = self.zone.high_water_since(t);
        if evenly < span {
            return None;
        }
        let (low, high) = ((reading - span).max(self.first - 1), reading.min(self.last));
        Some(low < high && self.pattern.any_within(low, high))
    }

    /// The instant at which the clock first shows a reading.
    fn instant(&self, reading: i64) -> Result<i64, (i64, i64)> {
        match self.zone.locate(reading) {
            LocalResult::At(t) => Ok(t),
            LocalResult::Gap { to, at, .. } if self.whole_days && to - reading < DAY_MS => Ok(at),
            LocalResult::Gap { from, to, .. } => Err((from, to)),
        }
    }

    /// The last that the pattern generates up to `t`.
    ///
    /// The instants of readings ascend with the readings, since a clock shows
    /// each reading first where it goes beyond all earlier ones.
    fn generated_until(&self, t: i64) -> Option<i64> {
        let mut until = self.zone.high_water(t).min(self.last);
        while until >= self.first {
            let reading = self.pattern.previous(until).filter(|at| *at >= self.first)?;
            match self.instant(reading) {
                Ok(at) => return Some(at),
                Err((from, _)) => until = from.min(reading) - 1,
            }
        }
        None
    }

    /// The first that the pattern generates after `t`.
    fn generated_after(&self, t: i64) -> Option<i64> {
        let mut from = (self.zone.high_water(t) + 1).max(self.first);
        while from <= self.last {
            let reading = self.pattern.next(from).filter(|at| *at <= self.last)?;
            match self.instant(reading) {
                Ok(at) => return Some(at),
                // A date that begins in the gap may exist.
                Err(_) if self.whole_days => from = reading + 1,
                Err((_, to)) => from = to,
            }
        }
        None
    }

    fn exclusion(&self, at: i64) -> Option<&Excluded> {
        let index = self.excluded.binary_search_by_key(&at, |excluded| excluded.at).ok()?;
        Some(&self.excluded[index])
    }

    /// The last of the pattern up to `t` that is not excluded.
    fn kept_until(&self, t: i64) -> Option<i64> {
        let at = self.generated_until(t)?;
        self.exclusion(at).map_or(Some(at), |excluded| excluded.before)
    }

    /// The last start up to `t`.
    pub(super) fn until(&self, t: i64) -> Option<i64> {
        let added = self.added.partition_point(|added| *added <= t);
        let added = added.checked_sub(1).map(|index| self.added[index]);
        self.kept_until(t).max(added)
    }

    /// The first start after `t`.
    pub(super) fn after(&self, t: i64) -> Option<i64> {
        let kept = self
            .generated_after(t)
            .and_then(|at| self.exclusion(at).map_or(Some(at), |excluded| excluded.after));
        let added = self.added.partition_point(|added| *added <= t);
        let added = self.added.get(added).copied();
        match (kept, added) {
            (Some(kept), Some(added)) => Some(kept.min(added)),
            (kept, added) => kept.or(added),
        }
    }

    /// The end of the unbroken run of intervals that covers `t`, each from a
    /// start on and `span` long; `t` if none covers it.
    pub(super) fn covered_until(&self, t: i64, span: i64, chain: &Chain) -> i64 {
        let mut end = t;
        while end < Timestamp::END.as_millis() {
            let Some(mut start) = self.until(end) else { return end };
            if start.saturating_add(span) <= end {
                return end;
            }
            if let Some(start_of_run) = self.kept_until(end)
                && start_of_run.saturating_add(span) > end
                && let Some(last) = self.last_in_run(start_of_run, chain)
            {
                start = start.max(last);
            }
            end = start.saturating_add(span);
        }
        end
    }

    /// The last start of the run from `start` on, as far as it is known without
    /// going from one to the next; `start` is one of the pattern's.
    fn last_in_run(&self, start: i64, chain: &Chain) -> Option<i64> {
        let (reading, _) = self.zone.high_water_since(start);
        let reading = chain.run_until(&self.pattern, reading)?;
        // The clock runs evenly here, so that readings are as far apart as
        // instants; and nothing is excluded.
        let even = self.zone.segment_at(start).end - 1;
        let next = self.excluded.partition_point(|excluded| excluded.at <= start);
        let excluded = self.excluded.get(next).map_or(i64::MAX, |excluded| excluded.at - 1);
        let shift = reading.saturating_sub(self.zone.high_water(start));
        self.kept_until(start.saturating_add(shift).min(even).min(excluded))
    }

    /// From when on the starts repeat, and after how many milliseconds; `None`
    /// for the first if they end, for the second if that is too late.
    pub(super) fn cycle(&self) -> (Option<i64>, Option<i64>) {
        if !self.endless {
            return (None, None);
        }
        let (settled, lap) = self.zone.cycle();
        let begin = self.zone.first_instant(self.first).max(settled);
        let excluded = self.excluded.last().map_or(i64::MIN, |excluded| excluded.at + 1);
        let added = self.added.last().map_or(i64::MIN, |added| added + 1);
        let cycle = self.pattern.cycle_ms();
        let cycle = cycle.and_then(|cycle| least_common_multiple(cycle, lap));
        (Some(begin.max(excluded).max(added)), cycle)
    }

    /// What is known about runs of intervals so long.
    pub(super) fn chain(&self, span: i64) -> Chain {
        Chain::new(&self.pattern, self.first, self.last, span)
    }
}

/// Which starts are so close together that the intervals from them on touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// None, or it is found out by looking.
    Unknown,
    /// All, as far as the clock runs evenly.
    All,
    /// Those of dates that follow one another.
    Dates,
    /// Those of one date, up to the first of these times that is not earlier.
    UpTo(Box<[u32]>),
}

/// A search for a gap gives up after so many steps while building.
const LONGEST_SEARCH: usize = 150_000;

impl Chain {
    fn new(pattern: &Pattern, first: i64, last: i64, span: i64) -> Self {
        let is_dense = |readings_apart: i64| readings_apart <= span;
        match pattern {
            Pattern::Nothing => Self::Unknown,
            Pattern::Days(days) => {
                let times = &days.times;
                let breaks: Box<[u32]> = times.before_gaps(span).collect();
                if !breaks.is_empty() {
                    let all = breaks.len() == times.len() - 1;
                    return if all { Self::Unknown } else { Self::UpTo(breaks) };
                }
                if !is_dense(DAY_MS + i64::from(times.first()) - i64::from(times.last())) {
                    return if times.len() == 1 { Self::Unknown } else { Self::UpTo(breaks) };
                }
                let days_apart = (span + i64::from(times.last() - times.first())) / DAY_MS;
                let steps = days.dates.cycle_days().map(|days| days.saturating_add(1));
                let mut date = split(first).0;
                let until = steps.map_or(i64::MAX, |steps| i64::from(date) + steps);
                if days.dates.next_absent(date).is_none() {
                    return Self::All;
                }
                for _ in 0..LONGEST_SEARCH {
                    match days.dates.next(date + 1) {
                        Some(next) if i64::from(next - date) > days_apart => return Self::Dates,
                        Some(next) if i64::from(date) < until => date = next,
                        _ => return Self::All,
                    }
                }
                Self::Dates
            }
            Pattern::Steps(steps) if !is_dense(steps.longest_gap()) => Self::Unknown,
            Pattern::Steps(steps) if steps.dates.is_none() => Self::All,
            Pattern::Steps(_) => Self::Dates,
            Pattern::Positions(_) => {
                let until = pattern.cycle_ms().map_or(i64::MAX, |cycle| first + cycle + DAY_MS);
                let mut reading = first;
                for _ in 0..LONGEST_SEARCH {
                    match pattern.next(reading + 1).filter(|next| *next <= last) {
                        Some(next) if !is_dense(next - reading) => return Self::Unknown,
                        Some(next) if reading < until => reading = next,
                        _ => return Self::All,
                    }
                }
                Self::Unknown
            }
        }
    }

    /// A reading up to which those from `reading` on touch, if it is known.
    fn run_until(&self, pattern: &Pattern, reading: i64) -> Option<i64> {
        let (date, time) = split(reading);
        let midnight_after = |date: i32| (i64::from(date) + 1) * DAY_MS - 1;
        match self {
            Self::Unknown => None,
            Self::All => Some(i64::MAX),
            Self::Dates => {
                let dates = match pattern {
                    Pattern::Days(days) => &days.dates,
                    Pattern::Steps(steps) => steps.dates.as_ref()?,
                    _ => return None,
                };
                Some(dates.next_absent(date).map_or(i64::MAX, |absent| midnight_after(absent - 1)))
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
