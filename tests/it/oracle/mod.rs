//! The right answers, from the rules alone: `chrono-tz` for what a zone's
//! clock reads, or `jiff` if the zone is a file, `chrono` for the calendar, and
//! nothing of the crate.
//!
//! - [`walker`] walks along a clock, minute by minute, until it reads what it
//!   should.
//! - [`scan`] lays out every occurrence near an instant as an interval, from a
//!   zone's changes of offset, and looks at all of them.
//!
//! Both know which dates count from [`dates`], and who is covered from
//! [`cover`]. An answer that both give alike, and the crate too, can be wrong
//! in one way only: if the rules were misread.

pub(crate) mod cover;
pub(crate) mod dates;
pub(crate) mod files;
pub(crate) mod scan;
pub(crate) mod walker;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::OffsetComponents;

use crate::place::Place;

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// 2100-01-01T00:00:00Z: from here on the last known standard offset holds.
const YEAR_2100: i64 = 4_102_444_800_000;

/// What the zone adds to UTC at `t`.
pub(crate) fn offset(zone: Place, t: i64) -> i64 {
    let Place::BuiltIn(zone) = zone else { return files::offset(zone, t) };
    let components = |t: i64| {
        let t = DateTime::from_timestamp_millis(t).expect("chrono reaches far").naive_utc();
        zone.offset_from_utc_datetime(&t)
    };
    if t < YEAR_2100 {
        i64::from(components(t).fix().local_minus_utc()) * SECOND
    } else {
        components(YEAR_2100 - 1).base_utc_offset().num_milliseconds()
    }
}

/// What the zone's clock reads at `t`, in milliseconds since 1970-01-01T00:00
/// on that clock.
pub(crate) fn clock(zone: Place, t: i64) -> i64 {
    t + offset(zone, t)
}
