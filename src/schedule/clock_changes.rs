//! What changes of the clocks do to occurrences, in words.

use std::fmt;

use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::date_of;
use crate::schedule::{Kind, Schedule};
use crate::time::civil::{DAY_MS, Day};
use crate::time::{Interval, TimeOfDay, Timestamp, Transition, Zone};

/// How many dates or changes of the clocks are looked at for an occurrence that does not
/// happen.
const LONGEST_SEARCH: usize = 16;

/// How often a clock shows a local time.
enum Shown {
    Once,
    Twice(Transition),
    Never(Transition),
}

impl Schedule {
    /// Says which bounds of an occurrence are local times that the clock does not show, or
    /// shows twice. A bound that is not that of the schedule, as it is clipped, is left out.
    pub(crate) fn describe_clock_changes(&self, occurrence: Interval) -> Vec<String> {
        let (start, end) = (occurrence.start().as_millis(), occurrence.end().as_millis());
        let mut notes = Vec::new();
        match self.kind() {
            Kind::Calendar(calendar) => {
                let zone = &calendar.zone;
                if let Some((from, to)) = calendar.clock_bounds(start, end) {
                    if zone.first_instant(from) == start {
                        notes.extend(describe_bound(zone, from, start, "begins"));
                    }
                    if zone.first_instant(to) == end {
                        notes.extend(describe_bound(zone, to, end, "ends"));
                    }
                }
            }
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => {
                let zone = rule.zone();
                let is_start = rule
                    .next_occurrence(start - 1)
                    .is_some_and(|o| o.start() == occurrence.start());
                if is_start {
                    notes.extend(describe_bound(zone, local(zone, start), start, "begins"));
                }
            }
            Kind::Once(_) | Kind::Periodic(_) | Kind::Combined(..) => {}
        }
        notes
    }

    /// Says which occurrence between two instants does not happen, as the clock does not
    /// show its local time: the first one or, if `last`, the last one. Looks at some dates
    /// and changes of the clocks only.
    pub(crate) fn describe_dropped(&self, from: i64, until: i64, last: bool) -> Option<String> {
        let mut dropped: Vec<String> = match self.kind() {
            Kind::Calendar(calendar) => dropped_dates(calendar, from, until).collect(),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => {
                let within = Interval::clipped(from, until)?;
                let zone = rule.zone();
                let changes = zone.transitions(within).take(LONGEST_SEARCH);
                let dropped = changes.filter_map(|change| {
                    let (before, after) = gap(&change);
                    let reading = rule.dropped_within(before, after)?;
                    let (date, time) = (date(reading), time(reading));
                    Some(format!(
                        "nothing on {date}: {time} does not exist on that day ({change})",
                        change = Change(&change)
                    ))
                });
                dropped.collect()
            }
            Kind::Once(_) | Kind::Periodic(_) | Kind::Combined(..) => return None,
        };
        if last { dropped.pop() } else { dropped.into_iter().next() }
    }
}

/// The occurrences of a calendar that lie in a gap.
fn dropped_dates(calendar: &ClockDates, from: i64, until: i64) -> impl Iterator<Item = String> {
    let zone = &calendar.zone;
    let all = calendar.bounds_after(from).take(LONGEST_SEARCH);
    all.filter_map(move |(from, to)| {
        let at = zone.first_instant(from);
        if at >= until || zone.first_instant(to) > at {
            return None;
        }
        let change = change_at(zone, at)?;
        let (date, from, to) = (date(from), time(from), time(to));
        let change = Change(&change);
        Some(format!("nothing on {date}: {from} to {to} does not exist on that day ({change})"))
    })
}

/// Says that an occurrence begins or ends at `at` for the local time `reading`, unless the
/// clock shows that once.
fn describe_bound(zone: &Zone, reading: i64, at: i64, does: &str) -> Option<String> {
    let (day, clock) = (date(reading), time(reading));
    match shown(zone, reading, at) {
        Shown::Once => None,
        Shown::Twice(change) => {
            let change = Change(&change);
            Some(format!("{clock} comes twice on {day} ({change}): it {does} at the first"))
        }
        Shown::Never(change) => {
            let later = gap(&change).1;
            let later =
                if date(later) == day { time(later).to_string() } else { local_text(later) };
            let change = Change(&change);
            Some(format!("{clock} does not exist on {day} ({change}): it {does} at {later}"))
        }
    }
}

/// How often the clock shows `reading`, where `at` is the first instant at which it shows
/// that or a later time.
fn shown(zone: &Zone, reading: i64, at: i64) -> Shown {
    if local(zone, at) > reading {
        return change_at(zone, at).map_or(Shown::Once, Shown::Never);
    }
    let Some(within) = Interval::clipped(at + 1, at + 2 * DAY_MS) else { return Shown::Once };
    let repeats = |change: &Transition| {
        let (before, after) = gap(change);
        after <= reading && reading < before
    };
    zone.transitions(within).find(repeats).map_or(Shown::Once, Shown::Twice)
}

fn change_at(zone: &Zone, at: i64) -> Option<Transition> {
    zone.transitions(Interval::clipped(at, at + 1)?).next()
}

/// The local times just before and at a change.
fn gap(change: &Transition) -> (i64, i64) {
    let at = change.at.as_millis();
    (at + change.offset_before_ms, at + change.offset_after_ms)
}

fn local(zone: &Zone, t: i64) -> i64 {
    t + zone.offset_ms(Timestamp::saturating(t))
}

/// `the clocks go from 02:00 to 03:00`, with dates if these differ.
struct Change<'a>(&'a Transition);

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = gap(self.0);
        let back = if after < before { "back " } else { "" };
        if date(before) == date(after) {
            write!(f, "the clocks go {back}from {} to {}", time(before), time(after))
        } else {
            let (before, after) = (local_text(before), local_text(after));
            write!(f, "the clocks go {back}from {before} to {after}")
        }
    }
}

fn local_text(reading: i64) -> String {
    format!("{} {}", date(reading), time(reading))
}

fn date(reading: i64) -> chrono::NaiveDate {
    date_of(reading.div_euclid(DAY_MS) as Day)
}

fn time(reading: i64) -> TimeOfDay {
    TimeOfDay(reading.rem_euclid(DAY_MS) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Daily;

    fn daily(clock: &str, zone: &str) -> Schedule {
        Daily::new(clock.parse().unwrap(), zone.parse::<Zone>().unwrap()).into()
    }

    /// The notes on the first occurrence after an instant.
    fn notes(schedule: &Schedule, after: &str) -> Vec<String> {
        let occurrence = schedule.next_occurrence(after.parse().unwrap()).unwrap();
        schedule.describe_clock_changes(occurrence)
    }

    #[test]
    fn bound_in_gap_is_described() {
        let early = daily("02:30-04:00", "Europe/Berlin");
        assert_eq!(
            notes(&early, "2026-03-28T12:00:00Z"),
            [
                "02:30 does not exist on 2026-03-29 (the clocks go from 02:00 to 03:00): it begins at 03:00"
            ]
        );
        assert!(notes(&early, "2026-03-29T12:00:00Z").is_empty());
        let late = daily("01:00-02:30", "Europe/Berlin");
        assert_eq!(
            notes(&late, "2026-03-28T12:00:00Z"),
            [
                "02:30 does not exist on 2026-03-29 (the clocks go from 02:00 to 03:00): it ends at 03:00"
            ]
        );
        // A whole day is skipped; the window of the day before ends when the next one begins.
        let apia = daily("22:00-06:00", "Pacific/Apia");
        assert_eq!(
            notes(&apia, "2011-12-30T00:00:00Z"),
            [
                "06:00 does not exist on 2011-12-30 (the clocks go from 2011-12-30 00:00 to 2011-12-31 00:00): it ends at 2011-12-31 00:00"
            ]
        );
    }

    #[test]
    fn bound_in_fold_is_described() {
        let twice = daily("02:15-02:45", "Europe/Berlin");
        assert_eq!(
            notes(&twice, "2026-10-24T12:00:00Z"),
            [
                "02:15 comes twice on 2026-10-25 (the clocks go back from 03:00 to 02:00): it begins at the first",
                "02:45 comes twice on 2026-10-25 (the clocks go back from 03:00 to 02:00): it ends at the first"
            ]
        );
        // 03:00 is shown once, after the hour that is repeated.
        assert!(notes(&daily("01:30-03:00", "Europe/Berlin"), "2026-10-24T12:00:00Z").is_empty());
    }

    #[test]
    fn clipped_bound_is_not_described() {
        let early = daily("02:30-04:00", "Europe/Berlin");
        let at = |text: &str| text.parse().unwrap();
        let clipped =
            Interval::new(at("2026-03-29T01:10:00Z"), at("2026-03-29T01:20:00Z")).unwrap();
        assert!(early.describe_clock_changes(clipped).is_empty());
    }

    #[test]
    fn occurrence_in_gap_is_described() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millis();
        let (before, after) = (at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"));
        let said = "nothing on 2026-03-29: 02:10 to 02:50 does not exist on that day (the clocks go from 02:00 to 03:00)";
        let short = daily("02:10-02:50", "Europe/Berlin");
        assert_eq!(short.describe_dropped(before, after, false).as_deref(), Some(said));
        assert_eq!(short.describe_dropped(before, after, true).as_deref(), Some(said));
        assert_eq!(short.describe_dropped(after, i64::MAX, false), None);
        assert_eq!(short.describe_dropped(before, before, false), None);
    }

    #[cfg(feature = "rrule")]
    #[test]
    fn rule_instance_in_gap_is_described() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millis();
        let text = "DTSTART;TZID=Europe/Berlin:20260101T023000\nRRULE:FREQ=DAILY";
        let rule: Schedule = crate::schedule::Rule::parse(text, 3_600_000).unwrap().into();
        assert_eq!(
            rule.describe_dropped(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"), false)
                .unwrap(),
            "nothing on 2026-03-29: 02:30 does not exist on that day (the clocks go from 02:00 to 03:00)"
        );
        assert_eq!(
            notes(&rule, "2026-10-24T12:00:00Z"),
            [
                "02:30 comes twice on 2026-10-25 (the clocks go back from 03:00 to 02:00): it begins at the first"
            ]
        );
    }
}
