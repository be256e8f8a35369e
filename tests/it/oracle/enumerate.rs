//! The linear scan: every occurrence is computed as an interval, and all are searched.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use quietude::Effect;

use super::cover::covers;
use super::dates::{date_of, day_number, falls_on};
use crate::specs::{CalendarSpec, END, FIRST, Query, ScheduleSpec, TopologySpec, WindowSpec};
use crate::testing::DAY;
use crate::zone_source::ZoneSource;

/// A range of constant offset: `[start, end)` and the offset.
type OffsetRange = (i64, i64, i64);

thread_local! {
    static OFFSET_RANGES: RefCell<HashMap<ZoneSource, Rc<[OffsetRange]>>> = RefCell::default();
}

/// The ranges of constant offset of a zone, cached per thread.
pub(crate) fn offset_ranges(zone: ZoneSource) -> Rc<[OffsetRange]> {
    let known = OFFSET_RANGES.with_borrow(|known| known.get(&zone).cloned());
    known.unwrap_or_else(|| {
        let all: Rc<[OffsetRange]> = super::tzif::offset_ranges(zone).into();
        OFFSET_RANGES.with_borrow_mut(|known| known.insert(zone, all.clone()));
        all
    })
}

/// The first instant at which the local time is `reading` or later: in the first range that
/// reaches it, at the start of the range or later.
pub(crate) fn first_instant_reading(zone: ZoneSource, reading: i64) -> i64 {
    let all = offset_ranges(zone);
    // Skips ranges that ended two days before; no offset is that large.
    let near = all.partition_point(|(_, end, _)| *end < reading - 2 * DAY);
    all[near..]
        .iter()
        .map(|(start, end, offset)| ((reading - offset).max(*start), *end))
        .find(|(first, end)| first < end)
        .expect("the last range does not end")
        .0
}

/// The occurrence of a date, given as a day number. Not clipped.
pub(crate) fn occurrence(calendar: &CalendarSpec, day: i64) -> Option<(i64, i64)> {
    let from = day * DAY + i64::from(calendar.from);
    let over_midnight = calendar.to <= calendar.from;
    let to = (day + i64::from(over_midnight)) * DAY + i64::from(calendar.to);
    let start = first_instant_reading(calendar.zone, from);
    let end = first_instant_reading(calendar.zone, to);
    (start < end).then_some((start, end))
}

/// All occurrences that overlap `[from, until)`, in ascending order, clipped to the range
/// of timestamps.
pub(crate) fn occurrences(spec: &ScheduleSpec, from: i64, until: i64) -> Vec<(i64, i64)> {
    let all: Vec<(i64, i64)> = match spec {
        ScheduleSpec::Once { start, end } => vec![(*start, *end)],
        ScheduleSpec::Periodic { start, duration_ms, period_ms } => {
            if duration_ms >= period_ms {
                vec![(*start, END)]
            } else {
                let first = (from - start - duration_ms).max(0) / period_ms;
                (first..)
                    .map_while(|k| k.checked_mul(*period_ms)?.checked_add(*start))
                    .take_while(|begin| *begin < until)
                    .map(|begin| (begin, begin.saturating_add(*duration_ms)))
                    .collect()
            }
        }
        ScheduleSpec::Calendar(calendar) => {
            let (first, last) = (from.div_euclid(DAY) - 4, until.div_euclid(DAY) + 4);
            (first..=last)
                .filter(|day| falls_on(calendar, date_of(*day)))
                .filter_map(|day| occurrence(calendar, day))
                .collect()
        }
        #[cfg(all(feature = "serde", feature = "rrule"))]
        ScheduleSpec::Other(kind) => crate::other_kinds::occurrences(kind, from, until),
    };
    let clipped = all.into_iter().map(|(start, end)| (start.max(FIRST), end.min(END)));
    clipped.filter(|(start, end)| start < end && *start < until && from < *end).collect()
}

/// The intervals within `[from, until)` in which a window silences the entities it covers.
pub(crate) fn active(spec: &WindowSpec, from: i64, until: i64) -> Vec<(i64, i64)> {
    if spec.disabled {
        return Vec::new();
    }
    let first = spec.from.unwrap_or(FIRST);
    let last = spec.until.unwrap_or(END).min(spec.closed_at.unwrap_or(END));
    occurrences(&spec.schedule, from, until)
        .into_iter()
        .map(|(start, end)| (start.max(first), end.min(last)))
        .filter(|(start, end)| start < end && *start < until && from < *end)
        .collect()
}

/// The active intervals of every window that covers one subject, in window order, within a
/// time frame.
pub(crate) struct Answers<'a> {
    pub from: i64,
    pub until: i64,
    pub active: Vec<(&'a WindowSpec, Vec<(i64, i64)>)>,
}

/// Computes the answers for one subject within `[from, until)`.
pub(crate) fn answers<'a>(
    specs: &'a [WindowSpec],
    topology: &TopologySpec,
    query: &Query,
    from: i64,
    until: i64,
) -> Answers<'a> {
    let covering = specs.iter().filter(|spec| covers(spec, topology, query));
    let active = covering.map(|spec| (spec, active(spec, from, until))).collect();
    Answers { from, until, active }
}

impl Answers<'_> {
    /// The windows that silence the subject at `t`, in order.
    pub(crate) fn silenced_by(&self, t: i64) -> Vec<&str> {
        self.at(t).map(|spec| spec.id.as_str()).collect()
    }

    pub(crate) fn effect(&self, t: i64) -> Option<Effect> {
        let effects: Vec<Effect> = self.at(t).map(|spec| spec.effect).collect();
        if effects.contains(&Effect::Monitoring) {
            Some(Effect::Monitoring)
        } else {
            effects.first().copied()
        }
    }

    pub(crate) fn state(&self, t: i64) -> Option<i64> {
        self.at(t).filter_map(|spec| spec.state).min()
    }

    /// The silences within the frame: all occurrences, merged where they overlap or touch.
    pub(crate) fn union(&self) -> Vec<(i64, i64)> {
        let mut parts: Vec<(i64, i64)> =
            self.active.iter().flat_map(|(_, spans)| spans.iter().copied()).collect();
        parts.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (start, end) in parts {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    /// The instants within the frame at which a window starts or ends.
    pub(crate) fn boundaries(&self) -> Vec<i64> {
        let mut all: Vec<i64> = self
            .active
            .iter()
            .flat_map(|(_, spans)| spans.iter().flat_map(|(start, end)| [*start, *end]))
            .filter(|t| self.from <= *t && *t < self.until)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn at(&self, t: i64) -> impl Iterator<Item = &WindowSpec> {
        let covers = move |spans: &[(i64, i64)]| spans.iter().any(|(s, e)| *s <= t && t < *e);
        self.active.iter().filter(move |(_, spans)| covers(spans)).map(|(spec, _)| *spec)
    }
}

/// Whether an occurrence contains `t`.
pub(crate) fn is_inside(spec: &ScheduleSpec, t: i64) -> bool {
    t < END && occurrences(spec, t, t + 1).iter().any(|(start, end)| *start <= t && t < *end)
}

/// The occurrence of a date of the calendar.
pub(crate) fn occurrence_of(
    calendar: &CalendarSpec,
    date: chrono::NaiveDate,
) -> Option<(i64, i64)> {
    occurrence(calendar, day_number(date))
}
