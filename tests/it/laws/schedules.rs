//! Laws of schedules: all queries of a schedule agree on its occurrences.

use proptest::prelude::*;
use quietude::{Interval, Schedule, Timestamp};

use crate::generate::{calendar_specs, cases, schedules, zone_instants};
use crate::helpers::{clamped, ends};
use crate::oracle::{clock_walk, enumerate};
use crate::specs::{CalendarSpec, END, FIRST, LAST, ScheduleSpec};
use crate::testing::{DAY, HOUR};

/// The instants to test: around the base, and at the boundaries near it.
fn probes(spec: &ScheduleSpec, base: i64) -> Vec<i64> {
    let near = enumerate::occurrences(spec, base - 3 * DAY, base + 3 * DAY);
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
    fn contains_equals_occurrence_at((spec, base) in schedules()) {
        let schedule = spec.build();
        for t in probes(&spec, base) {
            let at = clamped(t);
            let expected = enumerate::is_inside(&spec, t);
            prop_assert_eq!(schedule.contains(at), expected, "at {} ({})", at, t);
            let occurrence = schedule.occurrence_at(at).map(ends);
            prop_assert_eq!(occurrence.is_some(), expected);
            if let Some((start, end)) = occurrence {
                prop_assert!(start <= t && t < end);
                prop_assert!(enumerate::occurrences(&spec, t, t + 1).contains(&(start, end)));
            }
        }
    }

    #[test]
    fn occurrences_agree_with_enumeration((spec, base) in schedules()) {
        let schedule = spec.build();
        let base = base.clamp(FIRST + 1, LAST);
        for (from, until) in [(base - 3 * DAY, base + 3 * DAY), (base, base + 1), (base - 1, base)] {
            let (from, until) = (from.max(FIRST), until.min(END));
            let within = Interval::new(clamped(from), clamped(until)).unwrap();
            let found: Vec<_> = schedule.occurrences(within).map(ends).collect();
            prop_assert_eq!(found, enumerate::occurrences(&spec, from, until));
        }
    }

    #[test]
    fn occurrences_increase_without_overlap((spec, base) in schedules()) {
        let found = starts_within(&spec.build(), base);
        for pair in found.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0, "{:?}", pair);
            prop_assert!(pair[0].1 <= pair[1].0, "{:?}", pair);
        }
        prop_assert!(found.iter().all(|(start, end)| start < end));
    }

    #[test]
    fn next_previous_current_consistent((spec, base) in schedules()) {
        let schedule = spec.build();
        for t in probes(&spec, base) {
            let at = clamped(t);
            let next = schedule.next_occurrence(at);
            let previous = schedule.previous_occurrence(at);
            let current = schedule.occurrence_at(at);
            if let Some(next) = next {
                prop_assert!(next.start() > at, "{:?} after {}", next, at);
                prop_assert_eq!(schedule.occurrence_at(next.start()), Some(next));
                // No occurrence starts in between.
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
    fn periodic_counted_start_to_start(
        start in prop_oneof![Just(FIRST), Just(LAST), FIRST..=LAST, -5i64..5],
        duration_ms in prop_oneof![1..=10i64, Just(i64::MAX), 1..=i64::MAX],
        period_ms in prop_oneof![1..=10i64, Just(i64::MAX), 1..=i64::MAX],
        k in 0..=3i64,
        near in -3..=3i64,
    ) {
        let schedule = ScheduleSpec::Periodic { start, duration_ms, period_ms }.build();
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

fn clock_questions() -> impl Strategy<Value = (CalendarSpec, i64)> {
    zone_instants().prop_flat_map(|(zone, base)| (calendar_specs(zone, base), Just(base)))
}

proptest! {
    #![proptest_config(cases(150))]

    /// Calendar queries, which use the high-water clock, agree with stepping along local
    /// time. Both reference implementations agree with each other.
    #[test]
    fn calendar_agrees_with_clock_walk((calendar, base) in clock_questions()) {
        let spec = ScheduleSpec::Calendar(calendar.clone());
        let schedule = spec.build();
        let base = base.clamp(FIRST + 4 * DAY, LAST - 4 * DAY);
        for date in crate::oracle::dates::near(base) {
            prop_assert_eq!(
                clock_walk::occurrence(&calendar, date),
                enumerate::occurrence_of(&calendar, date),
                "the oracles disagree on {}", date
            );
        }
        for t in [base - 1, base, base + 1] {
            prop_assert_eq!(schedule.contains(clamped(t)), clock_walk::covers(&calendar, t), "at {}", t);
        }
    }
}

#[test]
fn contains_end_of_time_false() {
    for spec in [
        ScheduleSpec::Periodic { start: FIRST, duration_ms: 1, period_ms: 1 },
        ScheduleSpec::Calendar(CalendarSpec::daily((0, DAY as u32), chrono_tz::UTC)),
        ScheduleSpec::Calendar(CalendarSpec::daily(
            (0, DAY as u32),
            chrono_tz::Pacific::Kiritimati,
        )),
        ScheduleSpec::Once { start: FIRST, end: LAST },
    ] {
        let schedule = spec.build();
        assert!(!schedule.contains(Timestamp::END), "{spec:?}");
        assert_eq!(schedule.occurrence_at(Timestamp::END), None, "{spec:?}");
        assert_eq!(schedule.next_occurrence(Timestamp::END), None, "{spec:?}");
        assert!(schedule.previous_occurrence(Timestamp::END).is_some(), "{spec:?}");
    }
}

/// An occurrence that began before year 1, in a zone behind UTC, covers the first hours of
/// the range.
#[test]
fn daily_begun_before_year_1_contains_min() {
    let daily =
        CalendarSpec::daily((22 * HOUR as u32, 21 * HOUR as u32), chrono_tz::America::New_York);
    let spec = ScheduleSpec::Calendar(daily.clone());
    assert!(enumerate::is_inside(&spec, FIRST) && clock_walk::covers(&daily, FIRST));
    assert!(spec.build().contains(Timestamp::MIN));
}

/// Clipped to the range, an occurrence starts at the first instant, so none starts before
/// it.
#[test]
fn previous_occurrence_at_min_none() {
    let daily = CalendarSpec::daily((22 * HOUR as u32, HOUR as u32), chrono_tz::UTC);
    let schedule = ScheduleSpec::Calendar(daily).build();
    assert_eq!(schedule.previous_occurrence(Timestamp::MIN), None);
    let first = schedule.previous_occurrence(clamped(FIRST + 1)).unwrap();
    assert_eq!(ends(first), (FIRST, FIRST + HOUR));
}
