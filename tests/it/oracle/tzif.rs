//! What clocks read, by `jiff` from TZif data: those of a file, or those that
//! are compiled in, of the same release.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DAY, SECOND};
use crate::model::END;
use crate::place::Place;

thread_local! {
    static READERS: RefCell<HashMap<Place, &'static TimeZone>> = RefCell::default();
}

/// One reader for each zone and thread, never dropped.
fn reader(zone: Place) -> &'static TimeZone {
    READERS.with_borrow_mut(|known| {
        *known.entry(zone).or_insert_with(|| {
            let read = TimeZone::tzif(zone.name(), zone.tzif()).expect("jiff reads it");
            Box::leak(Box::new(read))
        })
    })
}

/// 400 years, after which weekdays and leap years come again.
const LAP: i64 = 146_097 * DAY;

/// What the zone adds to UTC at `t`.
pub(crate) fn offset(zone: Place, t: i64) -> i64 {
    // Some hours at the end of the year 9999 are too late for jiff; they are as
    // they were a lap before.
    let t = if t < END - 30 * DAY { t } else { t - LAP };
    let t = Timestamp::from_second(t.div_euclid(SECOND)).expect("jiff reaches far");
    i64::from(reader(zone).to_offset(t).seconds()) * SECOND
}

/// All of a zone's offsets, `[start, end)` each.
pub(super) fn stretches(zone: Place) -> Vec<(i64, i64, i64)> {
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
