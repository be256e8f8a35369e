//! What the next changes of the clocks do to a window.

use crate::lint::{Code, Finding};
use crate::schedule::{ClockChange, Kind};
use crate::time::{Interval, Timestamp, Transition, Zone};
use crate::window::Window;

const DAY_MS: i64 = 86_400_000;

/// How far changes of the clocks are looked for, and how many.
const REACH_MS: i64 = 400 * DAY_MS;
const MAX_CHANGES: usize = 4;

/// The occurrences around a change that are looked at.
const MAX_OCCURRENCES: usize = 16;

/// Appends findings, at most one of each code.
pub(super) fn check(window: &Window, now: Timestamp, findings: &mut Vec<Finding>) {
    let zone = match window.schedule().kind() {
        Kind::Calendar(calendar) => &calendar.zone,
        #[cfg(feature = "rrule")]
        Kind::Rule(rule) => rule.zone(),
        _ => return,
    };
    let mut found: [Option<Finding>; 4] = [const { None }; 4];
    for change in changes(zone, now) {
        let [gap, fold, dropped, elapsed] = &mut found;
        around(window, &change, now, gap, fold);
        dropped_at(window, &change, now, dropped);
        elapsed_across(window, &change, elapsed);
    }
    findings.extend(found.into_iter().flatten());
}

fn changes(zone: &Zone, now: Timestamp) -> impl Iterator<Item = Transition> + '_ {
    let reach = Interval::clipped(now.as_millis(), now.as_millis().saturating_add(REACH_MS));
    reach.into_iter().flat_map(|reach| zone.transitions(reach)).take(MAX_CHANGES)
}

/// Occurrences that begin or end at local times that a change skips or repeats.
fn around(
    window: &Window,
    change: &Transition,
    now: Timestamp,
    gap: &mut Option<Finding>,
    fold: &mut Option<Finding>,
) {
    let (at, (from, until)) = (change.at.as_millis(), window.bounds());
    let repeated = (change.offset_before_ms - change.offset_after_ms).max(0);
    // An occurrence that ends at the change is looked at, too.
    let Some(near) = Interval::clipped(at - repeated - 1, at + 1) else { return };
    for occurrence in window.schedule().occurrences(near).take(MAX_OCCURRENCES) {
        let (start, end) = (occurrence.start().as_millis(), occurrence.end().as_millis());
        if start < from.max(now.as_millis()) || end > until {
            continue;
        }
        for note in window.schedule().describe_clock_changes(occurrence) {
            let (code, place) = match note.change {
                ClockChange::Fold => (Code::Fold, &mut *fold),
                ClockChange::Gap => (Code::Gap, &mut *gap),
            };
            place.get_or_insert_with(|| Finding::new(code, window, "schedule", note.text));
        }
    }
}

/// An occurrence that does not happen because of a change.
fn dropped_at(window: &Window, change: &Transition, now: Timestamp, dropped: &mut Option<Finding>) {
    let (at, (from, until)) = (change.at.as_millis(), window.bounds());
    if dropped.is_some()
        || at < from.max(now.as_millis())
        || at >= until
        || change.offset_after_ms <= change.offset_before_ms
    {
        return;
    }
    // What a part of a combination drops, another part may have.
    if matches!(window.schedule().kind(), Kind::Combined(..)) {
        return;
    }
    let notes = window.schedule().describe_dropped(at - DAY_MS, at + 1, true);
    *dropped =
        notes.into_iter().next().map(|note| Finding::new(Code::Dropped, window, "schedule", note));
}

/// A rule with a day or more of elapsed time, across a change.
#[cfg(feature = "rrule")]
fn elapsed_across(window: &Window, change: &Transition, elapsed: &mut Option<Finding>) {
    let Kind::Rule(rule) = window.schedule().kind() else { return };
    let Some(duration_ms) = rule.elapsed_ms().filter(|ms| *ms >= DAY_MS) else { return };
    if elapsed.is_some() {
        return;
    }
    let Some(occurrence) = window.occurrence_at(change.at) else { return };
    if occurrence.start() >= change.at || occurrence.end() <= change.at {
        return;
    }
    let message = format!(
        "{duration_ms} ms of elapsed time from {} on are across a change of the clocks at {}: by \
         the clock it does not end at the time at which it begins",
        occurrence.start(),
        change.at
    );
    let finding = Finding::new(Code::ElapsedDay, window, "schedule.duration_ms", message)
        .with_instants([occurrence.start(), change.at]);
    let days = duration_ms / DAY_MS;
    *elapsed =
        Some(finding.with_fix(format!("a nominal duration such as P{days}D ends by the clock")));
}

#[cfg(not(feature = "rrule"))]
fn elapsed_across(_: &Window, _: &Transition, _: &mut Option<Finding>) {}
