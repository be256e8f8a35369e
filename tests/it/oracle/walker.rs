//! The clock rule, walked: *the occurrence of date D begins at the first
//! instant at which the zone's clock reads D+from or later, and ends at the
//! first instant at which it reads D+to or later (D+1 when `to` <= `from`).*

use chrono::NaiveDate;

use super::dates::{day_number, falls_on};
use super::{DAY, HOUR, MINUTE, SECOND, clock};
use crate::model::Calendar;
use crate::place::Place;

/// The occurrence of a date; `None` if it begins when it ends.
pub(crate) fn occurrence(calendar: &Calendar, date: NaiveDate) -> Option<(i64, i64)> {
    let midnight = day_number(date) * DAY;
    let next_midnight = midnight + DAY;
    let from = midnight + i64::from(calendar.from);
    let to = if calendar.to <= calendar.from { next_midnight } else { midnight };
    let to = to + i64::from(calendar.to);
    let start = first_instant_reading(calendar.zone, from);
    let end = first_instant_reading(calendar.zone, to);
    (start < end).then_some((start, end))
}

/// Whether an occurrence covers `t`.
pub(crate) fn covers(calendar: &Calendar, t: i64) -> bool {
    super::dates::near(clock(calendar.zone, t))
        .filter(|date| falls_on(calendar, *date))
        .filter_map(|date| occurrence(calendar, date))
        .any(|(start, end)| start <= t && t < end)
}

/// Walks from long before until the clock reads `reading` or later.
pub(crate) fn first_instant_reading(zone: Place, reading: i64) -> i64 {
    // No clock is more than 16 hours from UTC, so that it cannot have been read
    // yet.
    let mut t = reading - 32 * HOUR;
    loop {
        let now = clock(zone, t);
        if now >= reading {
            return t;
        }
        // The longest step that a running clock cannot get there in, and that no
        // jump of the clock got there in.
        let step = [HOUR, MINUTE, SECOND, 1]
            .into_iter()
            .find(|step| now + step < reading && clock(zone, t + step) < reading);
        t += step.unwrap_or(1);
    }
}
