//! When windows begin and end: never, no longer, almost always, without an end.

use crate::error::truncated;
use crate::lint::steps::Steps;
use crate::lint::{Code, Finding};
use crate::schedule::Kind;
use crate::time::{Interval, Timestamp};
use crate::window::Window;

const DAY_MS: i64 = 86_400_000;

/// The year in which a window is almost always on.
const YEAR_MS: i64 = 365 * DAY_MS;

/// Appends findings. Returns whether the window silences something at `now` or later, as
/// far as it is known.
pub(super) fn check(
    window: &Window,
    now: Timestamp,
    steps: &mut Steps,
    findings: &mut Vec<Finding>,
) -> bool {
    if steps.first_active(window, now) == Some(None) {
        findings.extend(match steps.first_active(window, Timestamp::MIN) {
            Some(None) => never(window, steps),
            Some(Some(_)) => Some(over(window, now)),
            None => None,
        });
        return false;
    }
    if let Some(from) = endless_from(window, now, steps) {
        let from = Timestamp::saturating(from);
        let message = format!("from {from} on, it never ends");
        let finding = Finding::new(Code::NeverEnds, window, "schedule", message);
        findings.push(finding.with_instants([from]).with_fix("set valid.until"));
    } else if is_almost_always(window, now, steps) {
        let message = "it is on for more than 99 % of the coming year".to_owned();
        let finding = Finding::new(Code::AlmostAlways, window, "schedule", message);
        findings.push(finding.with_fix("correct the times, or set valid.until"));
    }
    true
}

/// The window never begins. `None` if it is not known why.
fn never(window: &Window, steps: &mut Steps) -> Option<Finding> {
    if steps.first_of_schedule(window)?.is_none() {
        let described = window.schedule().describe();
        let message = format!("it has no occurrence: {}", truncated(&described));
        let fix = "correct the days, the months, the years or the exceptions";
        return Some(Finding::new(Code::NeverBegins, window, "schedule", message).with_fix(fix));
    }
    let validity = window.validity();
    let (closed, from, until) = (window.closed_at(), validity.start(), validity.end());
    let message = match (closed, from, until) {
        (Some(closed), ..) => format!("it was closed at {closed}, before its first occurrence"),
        (None, Some(from), Some(until)) => format!("no occurrence is between {from} and {until}"),
        (None, Some(from), None) => format!("no occurrence ends after {from}"),
        (None, None, Some(until)) => format!("no occurrence begins before {until}"),
        (None, None, None) => "no occurrence is in the validity".to_owned(),
    };
    let (path, instants) = match closed {
        Some(_) => ("closed_at", [closed, None]),
        None => ("valid", [from, until]),
    };
    let finding = Finding::new(Code::OutsideValidity, window, path, message);
    let finding = finding.with_instants(instants.into_iter().flatten());
    Some(finding.with_fix(match closed {
        Some(_) => "remove the window",
        None => "correct the dates of the schedule, or valid",
    }))
}

fn over(window: &Window, now: Timestamp) -> Finding {
    let last = match window.schedule().kind() {
        Kind::Combined(..) => None,
        _ => window.previous_occurrence(now),
    };
    let (message, t) = match (window.closed_at().filter(|closed| *closed <= now), last) {
        (Some(closed), _) => (format!("it was closed at {closed}"), closed),
        (None, Some(last)) => (format!("its last occurrence ended at {}", last.end()), last.end()),
        (None, None) => (format!("it is over at {now}"), now),
    };
    let finding = Finding::new(Code::Over, window, "schedule", message).with_instants([t]);
    finding.with_fix("correct the dates, or remove the window")
}

/// The start of the first occurrence at `now` or later, if it has no end.
fn endless_from(window: &Window, now: Timestamp, steps: &mut Steps) -> Option<i64> {
    if window.bounds().1 < Timestamp::END.as_millis() {
        return None;
    }
    let mut t = steps.first_active(window, now)??;
    // `not` of a one-time schedule begins for good after a first occurrence.
    for _ in 0..3 {
        let end = steps.end_of(window, t)?;
        if end >= Timestamp::END.as_millis() {
            return Some(t);
        }
        t = steps.first_active(window, Timestamp::saturating(end))??;
    }
    None
}

/// Whether the window is active for more than 99 % of the year from `now` on.
fn is_almost_always(window: &Window, now: Timestamp, steps: &mut Steps) -> bool {
    let start = now.as_millis();
    let Some(year) = Interval::clipped(start, start.saturating_add(YEAR_MS)) else { return false };
    let most = year.duration_ms() / 100;
    let (mut t, end, mut idle) = (start, year.end().as_millis(), 0);
    while t < end {
        let Some(active) = steps.first_active(window, Timestamp::saturating(t)) else {
            return false;
        };
        let active = active.unwrap_or(end).min(end);
        idle += active - t;
        if idle >= most {
            return false;
        }
        if active >= end {
            break;
        }
        let Some(until) = steps.end_of(window, active) else { return false };
        t = until;
    }
    true
}
