//! UTC offsets by `jiff` from TZif data: of a file, or compiled in from the same release.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::specs::END;
use crate::testing::{DAY, SECOND};
use crate::zone_source::ZoneSource;

thread_local! {
    static READERS: RefCell<HashMap<ZoneSource, &'static TimeZone>> = RefCell::default();
}

/// The reader of a zone, cached per thread and never dropped.
fn reader(zone: ZoneSource) -> &'static TimeZone {
    READERS.with_borrow_mut(|known| {
        *known.entry(zone).or_insert_with(|| {
            let read = TimeZone::tzif(zone.name(), zone.tzif()).expect("valid TZif data");
            Box::leak(Box::new(read))
        })
    })
}

/// 400 years: the period of weekdays and leap years.
const CYCLE: i64 = 146_097 * DAY;

/// The offset from UTC at `t`, in milliseconds.
pub(crate) fn offset(zone: ZoneSource, t: i64) -> i64 {
    // The last hours of the year 9999 are out of range for jiff; the offset is that of 400
    // years before.
    let t = if t < END - 30 * DAY { t } else { t - CYCLE };
    let t = Timestamp::from_second(t.div_euclid(SECOND)).expect("in the range of jiff");
    i64::from(reader(zone).to_offset(t).seconds()) * SECOND
}

/// The ranges of constant offset: `[start, end)` and the offset, in ascending order.
pub(super) fn offset_ranges(zone: ZoneSource) -> Vec<(i64, i64, i64)> {
    let first = Timestamp::MIN;
    let before = i64::from(reader(zone).to_offset(first).seconds()) * SECOND;
    let mut found = vec![(i64::MIN / 4, i64::MAX / 4, before)];
    for change in reader(zone).following(first) {
        let at = change.timestamp().as_second() * SECOND;
        let offset = i64::from(change.offset().seconds()) * SECOND;
        let last = found.last_mut().expect("never empty");
        if last.2 != offset {
            last.1 = at;
            found.push((at, i64::MAX / 4, offset));
        }
    }
    found
}
