//! The linear scan: every occurrence as an interval, and a look at all of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use quietude::Effect;

use super::DAY;
use super::cover::covers;
use super::dates::{date_of, day_number, falls_on};
use crate::model::{Calendar, END, FIRST, Plan, Question, When, World};
use crate::place::Place;

/// A stretch of time with one offset: `[start, end)` and the offset.
type Stretch = (i64, i64, i64);

thread_local! {
    static STRETCHES: RefCell<HashMap<Place, Rc<[Stretch]>>> = RefCell::default();
}

/// All of a zone's offsets.
pub(crate) fn stretches(zone: Place) -> Rc<[Stretch]> {
    let known = STRETCHES.with_borrow(|known| known.get(&zone).cloned());
    known.unwrap_or_else(|| {
        let all: Rc<[Stretch]> = super::tzif::stretches(zone).into();
        STRETCHES.with_borrow_mut(|known| known.insert(zone, all.clone()));
        all
    })
}

/// The first instant at which the clock reads `reading` or later: in the first
/// stretch that gets so far, at its start or later.
pub(crate) fn first_instant_reading(zone: Place, reading: i64) -> i64 {
    let all = stretches(zone);
    // Skips what had ended two days before; no clock is so far from UTC.
    let near = all.partition_point(|(_, end, _)| *end < reading - 2 * DAY);
    all[near..]
        .iter()
        .map(|(start, end, offset)| ((reading - offset).max(*start), *end))
        .find(|(first, end)| first < end)
        .expect("the last stretch does not end")
        .0
}

/// The occurrence of the date with this number, not clipped to anything.
pub(crate) fn occurrence(calendar: &Calendar, day: i64) -> Option<(i64, i64)> {
    let from = day * DAY + i64::from(calendar.from);
    let over_midnight = calendar.to <= calendar.from;
    let to = (day + i64::from(over_midnight)) * DAY + i64::from(calendar.to);
    let start = first_instant_reading(calendar.zone, from);
    let end = first_instant_reading(calendar.zone, to);
    (start < end).then_some((start, end))
}

/// All occurrences that meet `[from, until)`, ascending, clipped to the range
/// of time.
pub(crate) fn occurrences(when: &When, from: i64, until: i64) -> Vec<(i64, i64)> {
    let all: Vec<(i64, i64)> = match when {
        When::Once { start, end } => vec![(*start, *end)],
        When::Periodic { start, duration_ms, period_ms } => {
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
        When::Clock(calendar) => {
            let (first, last) = (from.div_euclid(DAY) - 4, until.div_euclid(DAY) + 4);
            (first..=last)
                .filter(|day| falls_on(calendar, date_of(*day)))
                .filter_map(|day| occurrence(calendar, day))
                .collect()
        }
    };
    let clipped = all.into_iter().map(|(start, end)| (start.max(FIRST), end.min(END)));
    clipped.filter(|(start, end)| start < end && *start < until && from < *end).collect()
}

/// When a window silences those it covers, within `[from, until)`.
pub(crate) fn active(plan: &Plan, from: i64, until: i64) -> Vec<(i64, i64)> {
    if plan.disabled {
        return Vec::new();
    }
    let first = plan.from.unwrap_or(FIRST);
    let last = plan.until.unwrap_or(END).min(plan.closed_at.unwrap_or(END));
    occurrences(&plan.when, from, until)
        .into_iter()
        .map(|(start, end)| (start.max(first), end.min(last)))
        .filter(|(start, end)| start < end && *start < until && from < *end)
        .collect()
}

/// What silences one subject within a frame of time: for each window that
/// covers it, in order, when.
pub(crate) struct Answers<'a> {
    pub from: i64,
    pub until: i64,
    pub active: Vec<(&'a Plan, Vec<(i64, i64)>)>,
}

/// Everything there is to know about one subject within `[from, until)`.
pub(crate) fn answers<'a>(
    plans: &'a [Plan],
    world: &World,
    question: &Question,
    from: i64,
    until: i64,
) -> Answers<'a> {
    let covering = plans.iter().filter(|plan| covers(plan, world, question));
    let active = covering.map(|plan| (plan, active(plan, from, until))).collect();
    Answers { from, until, active }
}

impl Answers<'_> {
    /// The windows that silence the subject at `t`, in order.
    pub(crate) fn silenced_by(&self, t: i64) -> Vec<&str> {
        self.at(t).map(|plan| plan.id.as_str()).collect()
    }

    pub(crate) fn effect(&self, t: i64) -> Option<Effect> {
        let effects: Vec<Effect> = self.at(t).map(|plan| plan.effect).collect();
        if effects.contains(&Effect::Monitoring) {
            Some(Effect::Monitoring)
        } else {
            effects.first().copied()
        }
    }

    pub(crate) fn state(&self, t: i64) -> Option<i64> {
        self.at(t).filter_map(|plan| plan.state).min()
    }

    /// The silences of the frame: every occurrence, joined by brute force with
    /// whatever overlaps or touches it.
    pub(crate) fn union(&self) -> Vec<(i64, i64)> {
        let mut parts: Vec<(i64, i64)> =
            self.active.iter().flat_map(|(_, spans)| spans.iter().copied()).collect();
        parts.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (start, end) in parts {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        joined
    }

    /// Where anything changes in the frame.
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

    fn at(&self, t: i64) -> impl Iterator<Item = &Plan> {
        let covers = move |spans: &[(i64, i64)]| spans.iter().any(|(s, e)| *s <= t && t < *e);
        self.active.iter().filter(move |(_, spans)| covers(spans)).map(|(plan, _)| *plan)
    }
}

/// Whether an occurrence covers `t`.
pub(crate) fn is_inside(when: &When, t: i64) -> bool {
    t < END && occurrences(when, t, t + 1).iter().any(|(start, end)| *start <= t && t < *end)
}

/// The occurrence of a date of the calendar.
pub(crate) fn occurrence_of(calendar: &Calendar, date: chrono::NaiveDate) -> Option<(i64, i64)> {
    occurrence(calendar, day_number(date))
}
