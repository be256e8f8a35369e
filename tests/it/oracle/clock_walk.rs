//! The clock rule by stepping along local time: *the occurrence of date D begins at the
//! first instant at which the local time is D+from or later, and ends at the first instant
//! at which it is D+to or later (D+1 when `to` <= `from`).*

use chrono::NaiveDate;

use super::clock;
use super::dates::{day_number, falls_on};
use crate::specs::{CalendarSpec, ScheduleSpec};
use crate::testing::{DAY, HOUR, MINUTE, SECOND};
use crate::zone_source::ZoneSource;

/// The occurrence of a date; `None` if start and end are the same instant.
pub(crate) fn occurrence(calendar: &CalendarSpec, date: NaiveDate) -> Option<(i64, i64)> {
    let midnight = day_number(date) * DAY;
    let next_midnight = midnight + DAY;
    let from = midnight + i64::from(calendar.from);
    let to = if calendar.to <= calendar.from { next_midnight } else { midnight };
    let to = to + i64::from(calendar.to);
    let start = first_instant_reading(calendar.zone, from);
    let end = first_instant_reading(calendar.zone, to);
    (start < end).then_some((start, end))
}

/// Whether an occurrence contains `t`.
pub(crate) fn covers(calendar: &CalendarSpec, t: i64) -> bool {
    super::dates::near(clock(calendar.zone, t))
        .filter(|date| falls_on(calendar, *date))
        .filter_map(|date| occurrence(calendar, date))
        .any(|(start, end)| start <= t && t < end)
}

impl ScheduleSpec {
    /// Whether an occurrence covers `t`, which is before the end of time: by the clock walk
    /// for calendars, by arithmetic for other kinds.
    pub(crate) fn covers_by_clock_walk(&self, t: i64) -> bool {
        match self {
            Self::Once { start, end } => *start <= t && t < *end,
            Self::Periodic { start, duration_ms, period_ms } => {
                t >= *start && (duration_ms >= period_ms || (t - start) % period_ms < *duration_ms)
            }
            Self::Calendar(calendar) => covers(calendar, t),
            #[cfg(all(feature = "serde", feature = "rrule"))]
            Self::Other(kind) => crate::other_kinds::covers_by_clock_walk(kind, t),
        }
    }
}

/// Steps forward until the local time is `reading` or later.
pub(crate) fn first_instant_reading(zone: ZoneSource, reading: i64) -> i64 {
    // No offset exceeds 16 hours, so the local time is before `reading` here.
    let mut t = reading - 32 * HOUR;
    loop {
        let now = clock(zone, t);
        if now >= reading {
            return t;
        }
        // The longest step that does not reach `reading`, with or without a clock change.
        let step = [HOUR, MINUTE, SECOND, 1]
            .into_iter()
            .find(|step| now + step < reading && clock(zone, t + step) < reading);
        t += step.unwrap_or(1);
    }
}
