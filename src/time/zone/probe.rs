//! The offsets of a chrono-tz zone. chrono-tz has no API for transitions.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, Tz};

use crate::time::civil::{self, DAY_MS};

/// The distance between probes.
pub(super) const STEP_MS: i64 = 5 * DAY_MS;

/// The offsets of a chrono-tz zone, each with its first instant, found by probing and
/// bisection.
///
/// No change is missed: the shortest time after which any zone returns to an earlier
/// offset is seven days, which is longer than a step.
pub(super) fn offsets_of(tz: Tz) -> Vec<(i64, i64)> {
    let offset_at = |t: i64| {
        let t = DateTime::from_timestamp_millis(t).expect("in chrono's range").naive_utc();
        tz.offset_from_utc_datetime(&t)
    };
    let millis_at = |t: i64| i64::from(offset_at(t).fix().local_minus_utc()) * 1000;
    // The tz database begins in 1835, and chrono-tz's table ends before 2100.
    let first = i64::from(civil::day_of(1830, 1, 1)) * DAY_MS;
    let last = i64::from(civil::day_of(2100, 1, 1)) * DAY_MS;

    let mut offsets = vec![(i64::MIN, millis_at(first))];
    let mut t = first;
    while t < last {
        let current = offsets[offsets.len() - 1].1;
        let mut next = (t + STEP_MS).min(last - 1000);
        if millis_at(next) != current {
            // A change is in (t, next]. Changes are at whole seconds.
            let (mut before, mut after) = (t, next);
            while after - before > 1000 {
                let middle = before + (after - before) / 2000 * 1000;
                if millis_at(middle) == current { before = middle } else { after = middle }
            }
            offsets.push((after, millis_at(after)));
            next = after;
        }
        t = if next == last - 1000 { last } else { next };
    }
    let standard = offset_at(last - 1).base_utc_offset().num_milliseconds();
    if offsets[offsets.len() - 1].1 != standard {
        offsets.push((last, standard));
    }
    offsets
}
