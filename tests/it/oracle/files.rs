//! What the clocks of TZif files read, by `jiff`.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{DAY, SECOND};
use crate::model::END;
use crate::place::{FILES, File, Place};

fn reader(zone: Place) -> &'static TimeZone {
    static READERS: [OnceLock<TimeZone>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
    let Place::File(at) = zone else { panic!("{zone:?} is not a file") };
    let File { name, bytes } = FILES[at];
    READERS[at].get_or_init(|| TimeZone::tzif(name, bytes).expect("jiff reads it"))
}

/// 400 years, after which weekdays and leap years come again.
const LAP: i64 = 146_097 * DAY;

/// What the zone adds to UTC at `t`.
pub(super) fn offset(zone: Place, t: i64) -> i64 {
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
