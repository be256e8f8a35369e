//! Laws of schedules: one set of occurrences, however it is asked for.

use proptest::prelude::*;
use quietude::{Interval, Schedule, Timestamp};

use crate::generate::{calendars, cases, places, schedules};
use crate::model::{Calendar, END, FIRST, LAST, When};
use crate::oracle::{DAY, scan, walker};
use crate::text::{clamped, ends};

/// Where to look: around the base, and at every boundary near it.
fn probes(when: &When, base: i64) -> Vec<i64> {
    let near = scan::occurrences(when, base - 3 * DAY, base + 3 * DAY);
    let few = near.iter().take(6).chain(near.iter().rev().take(6));
    let boundaries = few.flat_map(|(start, end)| [*start, *end]).chain([base, FIRST, END]);
    let mut all: Vec<i64> = boundaries.flat_map(|t| [t - 1, t, t + 1]).collect();
    all.retain(|t| (FIRST..=END).contains(t));
    all.sort_unstable();
    all.dedup();
    all
}

fn starts_within(schedule: &Schedule, t: i64) -> Vec<(i64, i64)> {
    let within = Interval::new(clamped(t - 3 * DAY), clamped(t + 3 * DAY)).unwrap();
    schedule.occurrences(within).map(ends).collect()
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn an_instant_is_inside_iff_an_occurrence_covers_it((when, base) in schedules()) {
        let schedule = when.build();
        for t in probes(&when, base) {
            let at = clamped(t);
            let expected = scan::is_inside(&when, t);
            prop_assert_eq!(schedule.contains(at), expected, "at {} ({})", at, t);
            let occurrence = schedule.occurrence_at(at).map(ends);
            prop_assert_eq!(occurrence.is_some(), expected);
            if let Some((start, end)) = occurrence {
                prop_assert!(start <= t && t < end);
                prop_assert!(scan::occurrences(&when, t, t + 1).contains(&(start, end)));
            }
        }
    }

    #[test]
    fn the_occurrences_are_those_of_the_linear_scan((when, base) in schedules()) {
        let schedule = when.build();
        let base = base.clamp(FIRST + 1, LAST);
        for (from, until) in [(base - 3 * DAY, base + 3 * DAY), (base, base + 1), (base - 1, base)] {
            let (from, until) = (from.max(FIRST), until.min(END));
            let within = Interval::new(clamped(from), clamped(until)).unwrap();
            let found: Vec<_> = schedule.occurrences(within).map(ends).collect();
            prop_assert_eq!(found, scan::occurrences(&when, from, until));
        }
    }

    #[test]
    fn occurrences_strictly_increase_and_never_overlap((when, base) in schedules()) {
        let found = starts_within(&when.build(), base);
        for pair in found.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0, "{:?}", pair);
            prop_assert!(pair[0].1 <= pair[1].0, "{:?}", pair);
        }
        prop_assert!(found.iter().all(|(start, end)| start < end));
    }

    #[test]
    fn next_previous_and_current_tell_the_same_story((when, base) in schedules()) {
        let schedule = when.build();
        for t in probes(&when, base) {
            let at = clamped(t);
            let next = schedule.next_occurrence(at);
            let previous = schedule.previous_occurrence(at);
            let current = schedule.occurrence_at(at);
            if let Some(next) = next {
                prop_assert!(next.start() > at, "{:?} after {}", next, at);
                prop_assert_eq!(schedule.occurrence_at(next.start()), Some(next));
                // Nothing lies between: what began before it is the last before it.
                let before = schedule.previous_occurrence(next.start());
                prop_assert!(before.is_none_or(|before| before.start() <= at));
                let last = current.filter(|c| c.start() == at).or(previous);
                prop_assert_eq!(before, last);
            }
            if let Some(previous) = previous {
                prop_assert!(previous.start() < at, "{:?} before {}", previous, at);
                prop_assert_eq!(schedule.occurrence_at(previous.start()), Some(previous));
                let after = schedule.next_occurrence(previous.start());
                prop_assert!(after.is_none_or(|after| after.start() >= at));
                let first = current.filter(|c| c.start() == at).or(next);
                prop_assert_eq!(after, first);
            }
            if let Some(current) = current {
                prop_assert!(current.contains(at));
                prop_assert!(current.start() == at || previous == Some(current));
            }
        }
    }

    #[test]
    fn a_period_is_counted_from_start_to_start(
        start in prop_oneof![Just(FIRST), Just(LAST), FIRST..=LAST, -5i64..5],
        duration_ms in prop_oneof![1..=10i64, Just(i64::MAX), 1..=i64::MAX],
        period_ms in prop_oneof![1..=10i64, Just(i64::MAX), 1..=i64::MAX],
        k in 0..=3i64,
        near in -3..=3i64,
    ) {
        let schedule = When::Periodic { start, duration_ms, period_ms }.build();
        let wide = i128::from(start) + i128::from(k) * i128::from(period_ms) + i128::from(near);
        let t = i64::try_from(wide.clamp(FIRST.into(), END.into())).unwrap();
        let since = i128::from(t) - i128::from(start);
        let always = duration_ms >= period_ms;
        let expected = t < END
            && since >= 0
            && (always || since % i128::from(period_ms) < i128::from(duration_ms));
        prop_assert_eq!(schedule.contains(clamped(t)), expected);
        prop_assert_eq!(schedule.occurrence_at(clamped(t)).is_some(), expected);
        if always {
            prop_assert_eq!(schedule.next_occurrence(clamped(start)), None);
        }
    }
}

fn clock_questions() -> impl Strategy<Value = (Calendar, i64)> {
    places().prop_flat_map(|(zone, base)| (calendars(zone, base), Just(base)))
}

proptest! {
    #![proptest_config(cases(150))]

    /// The formula of the high-water clock, through the front door, against a
    /// walk along the clock; and the two oracles against each other.
    #[test]
    fn the_high_water_clock_is_the_walk_along_the_clock((calendar, base) in clock_questions()) {
        let when = When::Clock(calendar.clone());
        let schedule = when.build();
        let base = base.clamp(FIRST + 4 * DAY, LAST - 4 * DAY);
        for date in crate::oracle::dates::near(base) {
            prop_assert_eq!(
                walker::occurrence(&calendar, date),
                scan::occurrence_of(&calendar, date),
                "the oracles disagree on {}", date
            );
        }
        for t in [base - 1, base, base + 1] {
            prop_assert_eq!(schedule.contains(clamped(t)), walker::covers(&calendar, t), "at {}", t);
        }
    }
}

#[test]
fn nothing_is_inside_at_the_end_of_time() {
    for when in [
        When::Periodic { start: FIRST, duration_ms: 1, period_ms: 1 },
        When::Clock(Calendar::daily((0, 86_400_000), chrono_tz::UTC)),
        When::Clock(Calendar::daily((0, 86_400_000), chrono_tz::Pacific::Kiritimati)),
        When::Once { start: FIRST, end: LAST },
    ] {
        let schedule = when.build();
        assert!(!schedule.contains(Timestamp::END), "{when:?}");
        assert_eq!(schedule.occurrence_at(Timestamp::END), None, "{when:?}");
        assert_eq!(schedule.next_occurrence(Timestamp::END), None, "{when:?}");
        assert!(schedule.previous_occurrence(Timestamp::END).is_some(), "{when:?}");
    }
}

/// A window over midnight that began before the first midnight of the year 1,
/// on a clock that is behind UTC.
#[test]
fn what_began_before_the_year_one_still_covers_its_first_hours() {
    let daily = Calendar::daily((22 * 3_600_000, 21 * 3_600_000), chrono_tz::America::New_York);
    let when = When::Clock(daily.clone());
    assert!(scan::is_inside(&when, FIRST) && walker::covers(&daily, FIRST));
    assert!(when.build().contains(Timestamp::MIN));
}

/// The same window, clipped, begins with time itself, and so not before it.
#[test]
fn nothing_begins_before_the_beginning_of_time() {
    let daily = Calendar::daily((22 * 3_600_000, 3_600_000), chrono_tz::UTC);
    let schedule = When::Clock(daily).build();
    assert_eq!(schedule.previous_occurrence(Timestamp::MIN), None);
    let first = schedule.previous_occurrence(clamped(FIRST + 1)).unwrap();
    assert_eq!(ends(first), (FIRST, FIRST + 3_600_000));
}
