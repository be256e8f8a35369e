//! Daily windows around every clock change of every zone, at -1, 0 and +1 ms.

use chrono_tz::TZ_VARIANTS;
use quietude::{Interval, Schedule};

use crate::helpers::clamped;
use crate::oracle::enumerate::{self, offset_ranges};
use crate::oracle::offset;
use crate::specs::{CalendarSpec, ScheduleSpec};
use crate::testing::{DAY, HOUR, MINUTE};
use crate::zone_source::ZoneSource;

/// 1900-01-01T00:00:00Z and 2100-01-01T00:00:00Z.
const CENTURIES: std::ops::Range<i64> = -2_208_988_800_000..4_102_444_800_000;

/// Debug builds test a sample of the changes, release builds all of them.
const STRIDE: usize = if cfg!(debug_assertions) { 31 } else { 1 };

fn changes(zone: ZoneSource) -> Vec<i64> {
    let starts = offset_ranges(zone);
    starts.iter().map(|(start, ..)| *start).filter(|t| CENTURIES.contains(t)).collect()
}

/// Daily windows whose start or end is near the local time of a change.
pub(crate) fn windows(zone: ZoneSource, change: i64) -> Vec<ScheduleSpec> {
    let (before, after) = (offset(zone, change - 1), offset(zone, change));
    let (low, high) = (before.min(after), before.max(after));
    // The local time before and after the gap or the fold, and in the middle of it.
    let [low, high] = [low, high].map(|offset| (change + offset).rem_euclid(DAY));
    let middle = (low + (high - low).rem_euclid(DAY) / 2).rem_euclid(DAY);
    let edges = [low - 30 * MINUTE, low, middle, high - 1, high, high + HOUR];
    let pairs = [(0, 1), (0, 2), (0, 5), (1, 2), (1, 4), (2, 3), (2, 5), (3, 4), (4, 5), (5, 0)];
    pairs
        .into_iter()
        .map(|(from, to)| (edges[from].rem_euclid(DAY), edges[to].rem_euclid(DAY)))
        .filter(|(from, to)| from != to)
        .map(|(from, to)| {
            ScheduleSpec::Calendar(CalendarSpec::daily((from as u32, to as u32), zone))
        })
        .collect()
}

#[test]
fn daily_exact_around_every_change() {
    let mut seen = 0;
    for zone in TZ_VARIANTS.into_iter().skip(usize::from(STRIDE > 1) * 3).step_by(STRIDE.min(7)) {
        let zone = zone.into();
        for change in changes(zone).into_iter().step_by(STRIDE.div_ceil(7)) {
            seen += 1;
            for spec in windows(zone, change) {
                assert_agrees(&spec, change);
            }
        }
    }
    // A release build tests 64,864 changes with ten windows each.
    assert!(seen * STRIDE > 50_000, "{seen} changes tested");
}

/// Compares the schedule with the oracle at the change and at the window boundaries near
/// it.
pub(crate) fn assert_agrees(spec: &ScheduleSpec, change: i64) {
    let schedule: Schedule = spec.build();
    let (from, until) = (change - 26 * HOUR, change + 26 * HOUR);
    let expected = enumerate::occurrences(spec, from, until);
    let boundaries = expected.iter().flat_map(|(start, end)| [*start, *end]).chain([change]);
    let probes = boundaries.flat_map(|t| [t - 1, t, t + 1]);
    for t in probes.filter(|t| (from..until).contains(t)) {
        let inside = expected.iter().any(|(start, end)| *start <= t && t < *end);
        assert_eq!(schedule.contains(clamped(t)), inside, "{spec:?} at {}", clamped(t));
    }
    let within = Interval::new(clamped(from), clamped(until)).unwrap();
    let found: Vec<_> = schedule.occurrences(within).map(crate::helpers::ends).collect();
    assert_eq!(found, expected, "{spec:?} around {}", clamped(change));
}
