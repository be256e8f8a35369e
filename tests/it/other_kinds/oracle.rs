//! The occurrences of calendars on sets of days, cron expressions and combinations: from the
//! spans of constant offset of a zone, and by reading its clock.

use chrono::{Datelike, Days, NaiveDate};
use quietude::calendar::{Dst, Fold, Gap, Unit};

use super::{CronSpec, OtherKind, RangesSpec};
use crate::oracle::clock_walk::first_instant_reading;
use crate::oracle::dates::{date_of, day_number, monday};
use crate::oracle::enumerate::{self, offset_ranges};
use crate::oracle::{clock, offset};
use crate::spans::Spans;
use crate::specs::{END, FIRST, ScheduleSpec};
use crate::testing::{DAY, HOUR};
use crate::zone_source::ZoneSource;

/// A change of the clocks is at most this long.
const LONGEST_CHANGE: i64 = 26 * HOUR;

/// How far beyond the frame combinations are evaluated. An occurrence that reaches further
/// ends there.
const BEYOND: i64 = 8 * DAY;

impl RangesSpec {
    /// Whether the calendar has occurrences on a date.
    fn falls_on(&self, date: NaiveDate) -> bool {
        self.is_selected(date)
            && !self.except.as_ref().is_some_and(|except| except.contains(day_number(date)))
            && self.count.is_none_or(|count| self.is_among_first(count, date))
    }

    /// Whether a selected date is one of the first `count` from the anchor on. Dates in
    /// exceptions count as well.
    fn is_among_first(&self, count: u32, date: NaiveDate) -> bool {
        let (_, _, anchor) = self.every.expect("a count needs an anchor");
        let Ok(index) = u64::try_from((date - anchor).num_days()) else { return false };
        let mut counted = self.counted.lock().expect("no panic");
        while counted.days <= index && counted.selected < count {
            let next = anchor + Days::new(counted.days);
            counted.selected += u32::from(self.is_selected(next));
            counted.days += 1;
        }
        // All days up to the last one that counts were looked at.
        index < counted.days
    }

    /// Whether the date is selected, before exceptions and the count.
    fn is_selected(&self, date: NaiveDate) -> bool {
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        self.days.as_ref().is_none_or(|days| days.contains(day_number(date)))
            && self.every.is_none_or(|(n, unit, anchor)| {
                let since = match unit {
                    Unit::Day => (date - anchor).num_days(),
                    Unit::Week => (monday(date) - monday(anchor)).num_weeks(),
                    Unit::Month => months(date) - months(anchor),
                    Unit::Year => panic!("a calendar has no such unit"),
                };
                since.rem_euclid(i64::from(n)) == 0 && (!self.from_anchor || date >= anchor)
            })
    }

    /// The dates, as day numbers, whose ranges may be near the local times.
    fn days(&self, from: i64, until: i64) -> impl Iterator<Item = i64> + '_ {
        let longest = self.ranges.iter().map(|(_, to)| *to).max().unwrap_or(0) / DAY;
        let days = from.div_euclid(DAY) - longest - 2..=until.div_euclid(DAY) + 2;
        days.filter(|day| self.falls_on(date_of(*day)))
    }

    fn occurrences(&self, from: i64, until: i64) -> Vec<(i64, i64)> {
        let longest = self.ranges.iter().map(|(_, to)| *to).max().unwrap_or(0);
        let spans = spans(self.zone, from - longest - 5 * DAY, until + longest + 5 * DAY);
        let mut found = Vec::new();
        for day in self.days(from - DAY, until + DAY) {
            for (from, to) in &self.ranges {
                found.extend(spans.resolve(self.dst, day * DAY + from, day * DAY + to));
            }
        }
        // Of equal starts, the longest.
        found.sort_unstable_by_key(|(start, end)| (*start, -end));
        found.dedup_by_key(|(start, _)| *start);
        found
    }

    /// Whether an occurrence covers `t`, by reading the clock of the zone.
    fn covers(&self, t: i64) -> bool {
        let now = clock(self.zone, t);
        self.days(now - LONGEST_CHANGE, now + LONGEST_CHANGE).any(|day| {
            self.ranges.iter().any(|(from, to)| {
                let (from, to) = (day * DAY + from, day * DAY + to);
                match self.dst {
                    Dst::Reading => from <= now && now < to,
                    // Far from both, changes of the clocks do not matter.
                    _ if now - from > 2 * DAY && to - now > 2 * DAY => true,
                    _ if from - now > 2 * DAY || now - to > 2 * DAY => false,
                    Dst::HighWater => {
                        let [start, end] =
                            [from, to].map(|at| first_instant_reading(self.zone, at));
                        start <= t && t < end
                    }
                    Dst::Shift => shifted(self.zone, from) <= t && t < shifted(self.zone, to),
                }
            })
        })
    }
}

impl CronSpec {
    /// The local times at which it begins, on the dates of some local times.
    fn readings(&self, from: i64, until: i64) -> impl Iterator<Item = i64> + '_ {
        let days = from.div_euclid(DAY)..=until.div_euclid(DAY);
        let days = days.filter(|day| self.fields.matches(date_of(*day)));
        days.flat_map(|day| self.fields.times.iter().map(move |time| day * DAY + time))
    }

    fn occurrences(&self, from: i64, until: i64) -> Vec<(i64, i64)> {
        let (from, until) = (from - self.duration_ms - 3 * DAY, until + 3 * DAY);
        let spans = spans(self.zone, from - 3 * DAY, until + 3 * DAY);
        let starts = spans.starts(self.readings(from, until), self.fold, self.gap);
        starts.into_iter().map(|start| (start, start + self.duration_ms)).collect()
    }

    /// Whether an occurrence covers `t`, by reading the clock of the zone.
    fn covers(&self, t: i64) -> bool {
        let (now, before) = (clock(self.zone, t), t - self.duration_ms);
        // All offsets that matter: none lasts for less than some hours.
        let mut offsets: Vec<i64> = (before / HOUR - 60..=t / HOUR + 60)
            .step_by(3)
            .map(|hour| offset(self.zone, hour * HOUR))
            .collect();
        offsets.sort_unstable();
        offsets.dedup();
        let covers = |start: i64| before < start && start <= t;
        self.readings(now - self.duration_ms - 2 * LONGEST_CHANGE, now + 2 * LONGEST_CHANGE).any(
            |reading| {
                let at = offsets.iter().map(|offset| reading - offset);
                let shown: Vec<i64> = at.filter(|at| clock(self.zone, *at) == reading).collect();
                if shown.is_empty() {
                    return self.gap == Gap::Shift && covers(shifted(self.zone, reading));
                }
                shown.into_iter().any(|at| {
                    let is_first = || first_instant_reading(self.zone, reading) == at;
                    covers(at) && (self.fold == Fold::Both || is_first())
                })
            },
        )
    }
}

/// The first instant at which the clock shows `reading`; in a gap, that much after it.
fn shifted(zone: ZoneSource, reading: i64) -> i64 {
    let at = first_instant_reading(zone, reading);
    if clock(zone, at) == reading { at } else { reading - offset(zone, at - 1) }
}

/// The spans of constant offset between two instants.
fn spans(zone: ZoneSource, from: i64, until: i64) -> Spans {
    let all = offset_ranges(zone);
    let first = all.partition_point(|(_, end, _)| *end <= from);
    let last = all.partition_point(|(start, ..)| *start < until);
    Spans(all[first..last].to_vec())
}

/// All occurrences that may overlap `[from, until)`, ordered by start, not clipped.
pub(crate) fn occurrences(kind: &OtherKind, from: i64, until: i64) -> Vec<(i64, i64)> {
    match kind {
        OtherKind::Ranges(ranges) => ranges.occurrences(from, until),
        OtherKind::Cron(cron) => cron.occurrences(from, until),
        OtherKind::Named(_, part) => enumerate::occurrences(part, from, until),
        OtherKind::Any(parts) => combined(parts, from, until, |states| states.contains(&true)),
        OtherKind::All(parts) => combined(parts, from, until, |states| !states.contains(&false)),
        OtherKind::Not(part) => {
            combined(std::slice::from_ref(part), from, until, |states| !states[0])
        }
    }
}

/// The maximal intervals in which a combination is active.
fn combined(
    parts: &[ScheduleSpec],
    from: i64,
    until: i64,
    is_active: fn(&[bool]) -> bool,
) -> Vec<(i64, i64)> {
    let (from, until) = ((from - BEYOND).max(FIRST), (until + BEYOND).min(END));
    let of_parts: Vec<_> =
        parts.iter().map(|part| enumerate::occurrences(part, from, until)).collect();
    let mut edges: Vec<i64> =
        of_parts.iter().flatten().flat_map(|(start, end)| [*start, *end]).collect();
    edges.retain(|edge| from < *edge && *edge < until);
    edges.extend([from, until]);
    edges.sort_unstable();
    edges.dedup();
    let mut found: Vec<(i64, i64)> = Vec::new();
    // The number of occurrences of each part that cover an edge, from edge to edge.
    let mut changes: Vec<Vec<(i64, i32)>> = of_parts
        .iter()
        .map(|part| {
            let mut changes: Vec<_> =
                part.iter().flat_map(|(start, end)| [(*start, 1), (*end, -1)]).collect();
            changes.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
            changes
        })
        .collect();
    let mut covering = vec![0; parts.len()];
    for pair in edges.windows(2) {
        for (part, changes) in changes.iter_mut().enumerate() {
            while let Some((_, by)) = changes.pop_if(|(at, _)| *at <= pair[0]) {
                covering[part] += by;
            }
        }
        let states: Vec<bool> = covering.iter().map(|count| *count > 0).collect();
        if is_active(&states) {
            match found.last_mut() {
                Some((_, end)) if *end == pair[0] => *end = pair[1],
                _ => found.push((pair[0], pair[1])),
            }
        }
    }
    found
}

/// Whether a schedule is active at `t`, which is before the end of time, by the second oracle.
pub(crate) fn covers_by_clock_walk(kind: &OtherKind, t: i64) -> bool {
    let covers = |part: &ScheduleSpec| part.covers_by_clock_walk(t);
    match kind {
        OtherKind::Ranges(ranges) => ranges.covers(t),
        OtherKind::Cron(cron) => cron.covers(t),
        OtherKind::Any(parts) => parts.iter().any(covers),
        OtherKind::All(parts) => parts.iter().all(covers),
        OtherKind::Not(part) => !covers(part),
        OtherKind::Named(_, part) => covers(part),
    }
}
