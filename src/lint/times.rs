//! When windows begin and end: never, no longer, almost always, without an end.

use crate::error::truncated;
use crate::lint::{Code, Finding};
use crate::schedule::{Kind, Reached};
use crate::time::{Interval, Timestamp};
use crate::window::Window;

const DAY_MS: i64 = 86_400_000;

/// The year in which a window is almost always on.
const YEAR_MS: i64 = 365 * DAY_MS;

/// The steps of one search in a combination, at most; a search that takes longer gives no
/// finding.
const MAX_STEPS: u64 = 20_000;

/// The occurrences that are followed for one finding, at most.
const MAX_OCCURRENCES: usize = 2_000;

/// Appends findings. Returns whether the window silences something at `now` or later, as
/// far as it is known.
pub(super) fn check(window: &Window, now: Timestamp, findings: &mut Vec<Finding>) -> bool {
    if first_active(window, Timestamp::MIN) == Ok(None) {
        findings.push(never(window));
        return false;
    }
    if first_active(window, now) == Ok(None) {
        findings.push(over(window, now));
        return false;
    }
    if let Some(from) = endless_from(window, now) {
        let message = format!("from {} on, it never ends", Timestamp::saturating(from));
        let fix = "set valid.until";
        findings.push(Finding::new(Code::NeverEnds, window, "schedule", message).with_fix(fix));
    } else if is_almost_always(window, now) {
        let message = "it is on for more than 99 % of the coming year".to_owned();
        findings.push(Finding::new(Code::AlmostAlways, window, "schedule", message));
    }
    true
}

/// The window never begins.
fn never(window: &Window) -> Finding {
    let schedule = window.schedule();
    let begins = schedule.contains(Timestamp::MIN)
        || schedule.next_start(Timestamp::MIN, &mut { MAX_STEPS }).is_ok_and(|t| t.is_some());
    if !begins {
        let message = format!("it has no occurrence: {}", truncated(&schedule.describe()));
        let fix = "correct the days, the months, the years or the exceptions";
        return Finding::new(Code::NeverBegins, window, "schedule", message).with_fix(fix);
    }
    let validity = window.validity();
    let message = match (window.closed_at(), validity.start(), validity.end()) {
        (Some(closed), ..) => format!("it was closed at {closed}, before its first occurrence"),
        (None, Some(from), Some(until)) => format!("no occurrence is between {from} and {until}"),
        (None, Some(from), None) => format!("no occurrence ends after {from}"),
        (None, None, Some(until)) => format!("no occurrence begins before {until}"),
        (None, None, None) => "no occurrence is in the validity".to_owned(),
    };
    let path = if window.closed_at().is_some() { "closed_at" } else { "valid" };
    Finding::new(Code::OutsideValidity, window, path, message)
}

fn over(window: &Window, now: Timestamp) -> Finding {
    let last = match window.schedule().kind() {
        Kind::Combined(..) => None,
        _ => window.previous_occurrence(now),
    };
    let message = match (window.closed_at().filter(|closed| *closed <= now), last) {
        (Some(closed), _) => format!("it was closed at {closed}"),
        (None, Some(last)) => format!("its last occurrence ended at {}", last.end()),
        (None, None) => format!("it is over at {now}"),
    };
    Finding::new(Code::Over, window, "schedule", message).with_fix("remove the window")
}

/// The first instant from `t` on at which the window is active. It is enabled.
pub(super) fn first_active(window: &Window, t: Timestamp) -> Result<Option<i64>, Reached> {
    let (from, until) = window.bounds();
    let t = t.as_millis().max(from);
    if t >= until {
        return Ok(None);
    }
    if window.schedule().contains(Timestamp::saturating(t)) {
        return Ok(Some(t));
    }
    let next = window.schedule().next_start(Timestamp::saturating(t), &mut { MAX_STEPS });
    Ok(next?.filter(|start| *start < until))
}

/// The end of the contiguous occurrences at `t`; `None` if that takes long.
fn end_of(window: &Window, t: i64) -> Option<i64> {
    let mut reached = t;
    for _ in 0..MAX_OCCURRENCES {
        let end = window.covered_until(Timestamp::saturating(reached)).as_millis();
        if end == reached {
            return Some(end);
        }
        reached = end;
        if reached >= Timestamp::END.as_millis() {
            break;
        }
    }
    (reached >= Timestamp::END.as_millis()).then_some(reached)
}

/// The start of the first occurrence at `now` or later, if it has no end.
fn endless_from(window: &Window, now: Timestamp) -> Option<i64> {
    if window.bounds().1 < Timestamp::END.as_millis() {
        return None;
    }
    let mut t = first_active(window, now).ok()??;
    // `not` of a one-time schedule begins for good after a first occurrence.
    for _ in 0..3 {
        let end = end_of(window, t)?;
        if end >= Timestamp::END.as_millis() {
            return Some(t);
        }
        t = first_active(window, Timestamp::saturating(end)).ok()??;
    }
    None
}

/// Whether the window is active for more than 99 % of the year from `now` on.
fn is_almost_always(window: &Window, now: Timestamp) -> bool {
    let start = now.as_millis();
    let Some(year) = Interval::clipped(start, start.saturating_add(YEAR_MS)) else { return false };
    let most = year.duration_ms() / 100;
    let (mut t, end, mut idle) = (start, year.end().as_millis(), 0);
    for _ in 0..MAX_OCCURRENCES {
        let Ok(active) = first_active(window, Timestamp::saturating(t)) else { return false };
        let active = active.unwrap_or(end).min(end);
        idle += active - t;
        if idle >= most {
            return false;
        }
        if active >= end {
            return true;
        }
        t = window.covered_until(Timestamp::saturating(active)).as_millis();
        if t >= end {
            return true;
        }
    }
    false
}
