//! The laws of schedules, checked at an instant.

use quietude::{Interval, Schedule, Timestamp};

use crate::calendars::overlaps;
use crate::clock::{DAY, END, FIRST, LAST, clamped};

/// The maximum number of occurrences to check.
const SEEN: usize = 12;

fn beside(t: Timestamp, ms: i64) -> Timestamp {
    clamped(t.as_millis() + ms)
}

/// Panics unless the schedule obeys the laws at `t`.
pub(crate) fn check(schedule: &Schedule, t: Timestamp) {
    let at = schedule.occurrence_at(t);
    let next = schedule.next_occurrence(t);
    let previous = schedule.previous_occurrence(t);
    assert_eq!(schedule.contains(t), at.is_some(), "contains at {t}");
    if let Some(at) = at {
        assert!(at.contains(t), "{at:?} does not cover {t}");
        assert_eq!(schedule.previous_occurrence(beside(at.start(), 1)), Some(at));
        assert!(overlaps(schedule) || next.is_none_or(|next| at.end() <= next.start()));
    }
    for occurrence in [at, next, previous].into_iter().flatten() {
        check_occurrence(schedule, occurrence);
    }
    if let Some(next) = next {
        assert!(next.start() > t, "{next:?} is not after {t}");
        assert_eq!(schedule.next_occurrence(beside(next.start(), -1)), Some(next));
        let before = schedule.previous_occurrence(next.start());
        assert!(before.is_none_or(|before| before.start() <= t), "{before:?} is after {t}");
    }
    if let Some(previous) = previous {
        assert!(previous.start() < t, "{previous:?} is not before {t}");
        let after = schedule.next_occurrence(previous.start());
        assert!(after.is_none_or(|after| after.start() >= t), "{after:?} is before {t}");
        // Earlier occurrences have ended as well.
        assert!(at.is_some() || previous.end() <= t, "{previous:?} covers {t}");
    }
    if at.is_none() {
        // A longer one that began earlier may have ended later.
        let from = match previous {
            Some(previous) if !overlaps(schedule) => previous.end().as_millis(),
            Some(_) => t.as_millis(),
            None => FIRST,
        };
        let until = next.map_or(LAST, |next| next.start().as_millis() - 1);
        let between = [from, from + (until - from) / 2, until];
        for quiet in between.into_iter().filter(|_| from <= until) {
            assert!(!schedule.contains(clamped(quiet)), "{quiet} is between two");
        }
    }
}

fn check_occurrence(schedule: &Schedule, occurrence: Interval) {
    let (first, last) = (occurrence.start(), beside(occurrence.end(), -1));
    assert!(schedule.contains(first) && schedule.contains(last), "{occurrence:?}");
    assert_eq!(schedule.occurrence_at(first), Some(occurrence));
    if !overlaps(schedule) {
        assert_eq!(schedule.occurrence_at(last), Some(occurrence));
    }
}

/// Panics unless the occurrences of two days around `t` are in order and agree with
/// `contains`.
pub(crate) fn check_run(schedule: &Schedule, t: Timestamp) {
    let (from, until) = (t.as_millis() - DAY, t.as_millis() + DAY);
    let Ok(within) = Interval::new(clamped(from), clamped(until.min(END))) else { return };
    let run: Vec<Interval> = schedule.occurrences(within).take(SEEN).collect();
    for pair in run.windows(2) {
        assert!(pair[0].start() < pair[1].start(), "{pair:?}");
        assert!(overlaps(schedule) || pair[0].end() <= pair[1].start(), "{pair:?}");
    }
    assert!(run.iter().all(|occurrence| occurrence.intersect(within).is_some()), "{run:?}");
    let whole = run.len() < SEEN || run.last().is_some_and(|last| last.start() > t);
    if whole && within.contains(t) {
        let covered = run.iter().any(|occurrence| occurrence.contains(t));
        assert_eq!(schedule.contains(t), covered, "at {t}: {run:?}");
    }
}
