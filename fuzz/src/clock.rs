//! What the clocks of a zone read, from chrono-tz alone.

use std::sync::OnceLock;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, TZ_VARIANTS, Tz};
use quietude::Timestamp;

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The instants that there are, as plain numbers.
pub(crate) const FIRST: i64 = Timestamp::MIN.as_millis();
pub(crate) const LAST: i64 = Timestamp::MAX.as_millis();
pub(crate) const END: i64 = Timestamp::END.as_millis();

/// 2100-01-01T00:00:00Z: from here on the last standard offset holds.
const YEAR_2100: i64 = 4_102_444_800_000;
/// 1800-01-01T00:00:00Z, before anything in the tz database.
const YEAR_1800: i64 = -5_364_662_400_000;

/// The instant, or the nearest that there is.
pub(crate) fn clamped(t: i64) -> Timestamp {
    if t >= END {
        return Timestamp::END;
    }
    Timestamp::from_millis(t.max(FIRST)).expect("in range")
}

/// What chrono-tz adds to UTC at `t`.
pub(crate) fn offset(zone: Tz, t: i64) -> i64 {
    let at = |t: i64| {
        let t = DateTime::from_timestamp_millis(t).expect("in chrono's range");
        zone.offset_from_utc_datetime(&t.naive_utc())
    };
    if t < YEAR_2100 {
        i64::from(at(t).fix().local_minus_utc()) * SECOND
    } else {
        at(YEAR_2100 - 1).base_utc_offset().num_milliseconds()
    }
}

/// The stretches of one offset: `(first instant, offset)`, ascending.
pub(crate) fn stretches(zone: Tz) -> &'static [(i64, i64)] {
    static ALL: [OnceLock<Vec<(i64, i64)>>; TZ_VARIANTS.len()] =
        [const { OnceLock::new() }; TZ_VARIANTS.len()];
    ALL[zone as usize].get_or_init(|| found(zone))
}

/// Looks at every third day, and at the halves of stretches in which something
/// changed: no zone comes back to an offset within a week.
fn found(zone: Tz) -> Vec<(i64, i64)> {
    let mut found = vec![(i64::MIN, offset(zone, YEAR_1800))];
    let mut day = YEAR_1800;
    while day < YEAR_2100 - 3 * DAY {
        let next = day + 3 * DAY;
        let (mut before, mut after) = (day, next);
        let old = offset(zone, day);
        if offset(zone, next) != old {
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset(zone, middle) == old { before = middle } else { after = middle }
            }
            found.push((after, offset(zone, after)));
        }
        day = next;
    }
    let standard = offset(zone, YEAR_2100);
    if found.last().is_some_and(|last| last.1 != standard) {
        found.push((YEAR_2100, standard));
    }
    found
}

/// The first instant at which the clock reads `reading` or later.
pub(crate) fn first_instant(zone: Tz, reading: i64) -> i64 {
    let stretches = stretches(zone);
    for (index, (start, offset)) in stretches.iter().enumerate() {
        let end = stretches.get(index + 1).map_or(i64::MAX, |next| next.0);
        let t = (reading - offset).max(*start);
        if t < end {
            return t;
        }
    }
    unreachable!("the last stretch has no end")
}
