//! Every clock change of every zone, -1, 0 and +1 ms around it.

use chrono_tz::TZ_VARIANTS;
use quietude::{Interval, Schedule};

use crate::model::{Calendar, When};
use crate::oracle::scan::{self, stretches};
use crate::oracle::{DAY, HOUR, MINUTE, offset};
use crate::place::Place;
use crate::text::clamped;

/// 1900-01-01T00:00:00Z and 2100-01-01T00:00:00Z.
const CENTURIES: std::ops::Range<i64> = -2_208_988_800_000..4_102_444_800_000;

/// In debug every so manieth change will do, in release each counts.
const STRIDE: usize = if cfg!(debug_assertions) { 31 } else { 1 };

fn changes(zone: Place) -> Vec<i64> {
    let starts = stretches(zone);
    starts.iter().map(|(start, ..)| *start).filter(|t| CENTURIES.contains(t)).collect()
}

/// Daily windows that begin, end or both at what the clock reads around a
/// change.
pub(crate) fn windows(zone: Place, change: i64) -> Vec<When> {
    let (before, after) = (offset(zone, change - 1), offset(zone, change));
    let (low, high) = (before.min(after), before.max(after));
    // What the clock reads on either side of the gap or the fold, and amid it.
    let [low, high] = [low, high].map(|offset| (change + offset).rem_euclid(DAY));
    let amid = (low + (high - low).rem_euclid(DAY) / 2).rem_euclid(DAY);
    let edges = [low - 30 * MINUTE, low, amid, high - 1, high, high + HOUR];
    let pairs = [(0, 1), (0, 2), (0, 5), (1, 2), (1, 4), (2, 3), (2, 5), (3, 4), (4, 5), (5, 0)];
    pairs
        .into_iter()
        .map(|(from, to)| (edges[from].rem_euclid(DAY), edges[to].rem_euclid(DAY)))
        .filter(|(from, to)| from != to)
        .map(|(from, to)| When::Clock(Calendar::daily((from as u32, to as u32), zone)))
        .collect()
}

#[test]
fn a_daily_window_is_exact_around_every_change_of_every_zone() {
    let mut seen = 0;
    for zone in TZ_VARIANTS.into_iter().skip(usize::from(STRIDE > 1) * 3).step_by(STRIDE.min(7)) {
        let zone = zone.into();
        for change in changes(zone).into_iter().step_by(STRIDE.div_ceil(7)) {
            seen += 1;
            for when in windows(zone, change) {
                agree(&when, change);
            }
        }
    }
    // In release: 64,864 changes, ten windows around each.
    assert!(seen * STRIDE > 50_000, "{seen} changes are too few");
}

/// Asks the schedule at the change and at the boundaries of the window near it.
pub(crate) fn agree(when: &When, change: i64) {
    let schedule: Schedule = when.build();
    let (from, until) = (change - 26 * HOUR, change + 26 * HOUR);
    let expected = scan::occurrences(when, from, until);
    let boundaries = expected.iter().flat_map(|(start, end)| [*start, *end]).chain([change]);
    let probes = boundaries.flat_map(|t| [t - 1, t, t + 1]);
    for t in probes.filter(|t| (from..until).contains(t)) {
        let inside = expected.iter().any(|(start, end)| *start <= t && t < *end);
        assert_eq!(schedule.contains(clamped(t)), inside, "{when:?} at {}", clamped(t));
    }
    let within = Interval::new(clamped(from), clamped(until)).unwrap();
    let found: Vec<_> = schedule.occurrences(within).map(crate::text::ends).collect();
    assert_eq!(found, expected, "{when:?} around {}", clamped(change));
}
