//! What changes of the clocks do to occurrences, in words.

use std::fmt;

use crate::schedule::clock_dates::ClockDates;
use crate::schedule::dates::date_of;
use crate::schedule::ranges::{Dst, resolve, shifted};
#[cfg(feature = "rrule")]
use crate::schedule::rule::Recurrence;
use crate::schedule::{Kind, Schedule};
use crate::time::civil::{DAY_MS, Day};
use crate::time::{Interval, LocalResult, TimeOfDay, Timestamp, Transition, Zone};

/// How many dates or changes of the clocks are looked at for an occurrence that does not
/// happen.
const LONGEST_SEARCH: usize = 16;

/// The parts of a combination that are looked at.
const MOST_PARTS: usize = 20;

/// A sentence about a bound of an occurrence at a change of the clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClockNote {
    pub(crate) change: ClockChange,
    pub(crate) text: String,
}

/// What a change of the clocks does to local times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockChange {
    /// It skips them.
    Gap,
    /// It repeats them.
    Fold,
}

impl Schedule {
    /// Says which bounds of an occurrence are local times that the clock does not show, or
    /// shows twice. A bound that is not that of the schedule, as it is clipped, is left out.
    /// The bounds of a combination are bounds of its parts; each sentence then begins with
    /// the part.
    pub(crate) fn describe_clock_changes(&self, occurrence: Interval) -> Vec<ClockNote> {
        let mut notes = Vec::new();
        if !matches!(self.kind(), Kind::Combined(..)) {
            notes.extend(self.describe_start(occurrence));
            notes.extend(self.describe_end(occurrence));
            return notes;
        }
        for bound in [occurrence.start(), occurrence.end()] {
            for part in self.simple_parts() {
                let schedule = part.schedule;
                let before = Timestamp::saturating(bound.as_millis() - 1);
                let begun = schedule.next_occurrence(before).filter(|o| o.start() == bound);
                let ended = [schedule.first_occurrence_at(before), schedule.occurrence_at(before)];
                let ended = ended.into_iter().flatten().find(|o| o.end() == bound);
                let of_start = begun.and_then(|begun| schedule.describe_start(begun));
                let of_end = ended.and_then(|ended| schedule.describe_end(ended));
                let of_part = of_end.into_iter().chain(of_start);
                notes
                    .extend(of_part.map(|note| ClockNote { text: part.label(&note.text), ..note }));
            }
        }
        notes
    }

    /// Says which occurrence between two instants does not happen, as the clock does not
    /// show its local time: the first one or, if `last`, the last one; for a combination, of
    /// each of its parts. Looks at some dates and changes of the clocks only.
    pub(crate) fn describe_dropped(&self, from: i64, until: i64, last: bool) -> Vec<String> {
        let mut dropped: Vec<String> = match self.kind() {
            Kind::Calendar(calendar) => dropped_dates(calendar, from, until).collect(),
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => dropped_starts(rule, from, until),
            Kind::Once(_) | Kind::Periodic(_) => Vec::new(),
            Kind::Combined(..) => {
                let of_part = |part: Part<'_>| -> Vec<String> {
                    let dropped = part.schedule.describe_dropped(from, until, last);
                    dropped.iter().map(|note| part.label(note)).collect()
                };
                return self.simple_parts().into_iter().flat_map(of_part).collect();
            }
        };
        let one = if last { dropped.pop() } else { dropped.into_iter().next() };
        one.into_iter().collect()
    }

    /// The schedules of which a combination is made, which are no combinations; some of them
    /// if there are many.
    fn simple_parts(&self) -> Vec<Part<'_>> {
        fn add<'a>(schedule: &'a Schedule, name: Option<&'a str>, parts: &mut Vec<Part<'a>>) {
            match schedule {
                _ if parts.len() >= MOST_PARTS => {}
                Schedule::Combined(combination) => {
                    let name = combination.name().or(name);
                    combination.parts().iter().for_each(|part| add(part, name, parts));
                }
                schedule => parts.push(Part { schedule, name }),
            }
        }
        let mut parts = Vec::new();
        if let Kind::Combined(_, of_whole) = self.kind() {
            of_whole.iter().for_each(|part| add(part, None, &mut parts));
        }
        parts
    }

    /// Says that an occurrence does not begin at the local time of its start, or at one of
    /// two.
    fn describe_start(&self, occurrence: Interval) -> Option<ClockNote> {
        let (start, end) = (occurrence.start().as_millis(), occurrence.end().as_millis());
        match self.kind() {
            Kind::Calendar(calendar) => {
                let (from, _) = calendar.clock_bounds(start, end)?;
                describe_calendar_bound(calendar, from, start, "begins")
            }
            #[cfg(feature = "rrule")]
            Kind::Rule(rule) => {
                let zone = rule.zone();
                let begins = rule.next_occurrence(start - 1).is_some_and(|o| o == occurrence);
                let moved = rule.moved_from(start);
                let reading = moved.unwrap_or_else(|| local(zone, start));
                describe_bound(zone, reading, start, "begins").filter(|_| begins)
            }
            Kind::Once(_) | Kind::Periodic(_) | Kind::Combined(..) => None,
        }
    }

    /// Says that an occurrence does not end at the local time of its end, or at one of two.
    fn describe_end(&self, occurrence: Interval) -> Option<ClockNote> {
        let (start, end) = (occurrence.start().as_millis(), occurrence.end().as_millis());
        let Kind::Calendar(calendar) = self.kind() else { return None };
        let (_, to) = calendar.clock_bounds(start, end)?;
        describe_calendar_bound(calendar, to, end, "ends")
    }
}

/// A part of a combination that is no combination, and the innermost name around it.
#[derive(Clone, Copy)]
struct Part<'a> {
    schedule: &'a Schedule,
    name: Option<&'a str>,
}

impl Part<'_> {
    /// A sentence about the part, after its name or its text.
    fn label(self, note: &str) -> String {
        match self.name {
            Some(name) => format!("{name}: {note}"),
            None => format!("{}: {note}", self.schedule),
        }
    }
}

/// The local times of a rule that have no start, as the clock does not show them.
#[cfg(feature = "rrule")]
fn dropped_starts(rule: &Recurrence, from: i64, until: i64) -> Vec<String> {
    let Some(within) = Interval::clipped(from, until) else { return Vec::new() };
    let changes = rule.zone().transitions(within).take(LONGEST_SEARCH);
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

/// The ranges of dates of a calendar that have no occurrence because of a gap.
fn dropped_dates(calendar: &ClockDates, from: i64, until: i64) -> impl Iterator<Item = String> {
    let (zone, dst) = (&calendar.zone, calendar.dst());
    let all = calendar.bounds_after(from).take(LONGEST_SEARCH);
    all.filter_map(move |(from, to)| {
        let at = zone.first_instant(from);
        if at >= until || !resolve(zone, dst, from, to).is_empty() {
            return None;
        }
        let change = change_at(zone, at)?;
        let later = local(zone, shifted(zone, from));
        let (day, from, end) = (date(from), time(from), time(to));
        let change = Change(&change);
        Some(match dst {
            Dst::HighWater | Dst::Reading => {
                format!("nothing on {day}: {from} to {end} does not exist on that day ({change})")
            }
            Dst::Shift => format!(
                "nothing on {day}: {from} does not exist on that day ({change}), and {later}, to \
                 which it is moved, is not before {end}",
                later = text_on(later, day)
            ),
        })
    })
}

/// Says that an occurrence of a calendar begins or ends at `at` for the local time `reading`,
/// unless the clock shows that once.
fn describe_calendar_bound(
    calendar: &ClockDates,
    reading: i64,
    at: i64,
    does: &str,
) -> Option<ClockNote> {
    let zone = &calendar.zone;
    let expected = match calendar.dst() {
        Dst::HighWater => zone.first_instant(reading),
        Dst::Shift => shifted(zone, reading),
        Dst::Reading => return describe_bound_of_reading(zone, reading, at, does),
    };
    if expected == at { describe_bound(zone, reading, at, does) } else { None }
}

/// Says that an occurrence begins or ends at `at` for the local time `reading`, unless the
/// clock shows that once.
fn describe_bound(zone: &Zone, reading: i64, at: i64, does: &str) -> Option<ClockNote> {
    let (day, clock) = (date(reading), time(reading));
    if let LocalResult::Gap { at: change, .. } = zone.locate(reading) {
        let change = change_at(zone, change)?;
        let (change, later) = (Change(&change), text_on(local(zone, at), day));
        let text = format!("{clock} does not exist on {day} ({change}): it {does} at {later}");
        return Some(ClockNote { change: ClockChange::Gap, text });
    }
    let change = repeats(zone, reading, at)?;
    let pass = if change.at.as_millis() <= at { "second" } else { "first" };
    let change = Change(&change);
    let text = format!("{clock} comes twice on {day} ({change}): it {does} at the {pass}");
    Some(ClockNote { change: ClockChange::Fold, text })
}

/// [`describe_bound`] for occurrences that cover each instant at which local time is in a
/// range: a fold may begin or end them at any local time.
fn describe_bound_of_reading(zone: &Zone, reading: i64, at: i64, does: &str) -> Option<ClockNote> {
    if local(zone, at) == reading || matches!(zone.locate(reading), LocalResult::Gap { .. }) {
        return describe_bound(zone, reading, at, does);
    }
    let change = change_at(zone, at)?;
    let (before, after) = gap(&change);
    let text = format!("it {does} on {} as {}", date(after), Change(&change));
    let change = if after < before { ClockChange::Fold } else { ClockChange::Gap };
    Some(ClockNote { change, text })
}

/// The change of the clocks around `at` after which the clock shows a local time again that
/// it shows at `at`.
fn repeats(zone: &Zone, reading: i64, at: i64) -> Option<Transition> {
    let within = Interval::clipped(at - 2 * DAY_MS, at + 2 * DAY_MS)?;
    zone.transitions(within).find(|change| {
        let (before, after) = gap(change);
        after <= reading && reading < before
    })
}

fn change_at(zone: &Zone, at: i64) -> Option<Transition> {
    zone.transitions(Interval::clipped(at, at + 1)?).next()
}

/// A local time, with its date if that is another one.
fn text_on(reading: i64, day: chrono::NaiveDate) -> String {
    if date(reading) == day { time(reading).to_string() } else { local_text(reading) }
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
        texts(schedule.describe_clock_changes(occurrence))
    }

    fn texts(notes: Vec<ClockNote>) -> Vec<String> {
        notes.into_iter().map(|note| note.text).collect()
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
    fn note_has_kind_of_change() {
        let kinds = |clock: &str, dst, after: &str| -> Vec<ClockChange> {
            let schedule = with_dst(clock, dst);
            let occurrence = schedule.next_occurrence(after.parse().unwrap()).unwrap();
            let notes = schedule.describe_clock_changes(occurrence);
            notes.into_iter().map(|note| note.change).collect()
        };
        let (spring, autumn) = ("2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z");
        assert_eq!(kinds("02:30-04:00", Dst::HighWater, spring), [ClockChange::Gap]);
        assert_eq!(kinds("02:15-02:45", Dst::HighWater, autumn), [ClockChange::Fold; 2]);
        // The first occurrence ends as the clocks go back.
        assert_eq!(kinds("02:30-03:30", Dst::Reading, autumn), [ClockChange::Fold; 2]);
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
        assert_eq!(short.describe_dropped(before, after, false), [said]);
        assert_eq!(short.describe_dropped(before, after, true), [said]);
        assert!(short.describe_dropped(after, i64::MAX, false).is_empty());
        assert!(short.describe_dropped(before, before, false).is_empty());
    }

    #[cfg(feature = "rrule")]
    #[test]
    fn rule_instance_in_gap_is_described() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millis();
        let text = "DTSTART;TZID=Europe/Berlin:20260101T023000\nRRULE:FREQ=DAILY";
        let rule: Schedule = crate::schedule::Rule::parse(text, 3_600_000).unwrap().into();
        assert_eq!(
            rule.describe_dropped(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"), false),
            [
                "nothing on 2026-03-29: 02:30 does not exist on that day (the clocks go from 02:00 to 03:00)"
            ]
        );
        assert_eq!(
            notes(&rule, "2026-10-24T12:00:00Z"),
            [
                "02:30 comes twice on 2026-10-25 (the clocks go back from 03:00 to 02:00): it begins at the first"
            ]
        );
    }

    const SPRING: &str = "on 2026-03-29 (the clocks go from 02:00 to 03:00)";
    const AUTUMN: &str = "on 2026-10-25 (the clocks go back from 03:00 to 02:00)";

    /// The notes on the next occurrences after an instant, until one has none.
    fn all_notes(schedule: &Schedule, after: &str) -> Vec<String> {
        let next = |at: Timestamp| schedule.next_occurrence(at);
        let starts = std::iter::successors(next(after.parse().unwrap()), |o| next(o.start()));
        let notes = starts.map(|occurrence| texts(schedule.describe_clock_changes(occurrence)));
        notes.take_while(|notes| !notes.is_empty()).flatten().collect()
    }

    fn with_dst(clock: &str, dst: Dst) -> Schedule {
        let zone = "Europe/Berlin".parse::<Zone>().unwrap();
        Daily::new(clock.parse().unwrap(), zone).with_dst(dst).into()
    }

    #[test]
    fn reading_bound_is_described() {
        for (clock, after, expected) in [
            (
                "02:30-04:00",
                "2026-03-28T12:00:00Z",
                vec![format!("02:30 does not exist {SPRING}: it begins at 03:00")],
            ),
            (
                "01:00-02:30",
                "2026-03-28T12:00:00Z",
                vec![format!("02:30 does not exist {SPRING}: it ends at 03:00")],
            ),
            // Both passes of a whole range.
            (
                "02:15-02:45",
                "2026-10-24T12:00:00Z",
                [
                    "begins at the first",
                    "ends at the first",
                    "begins at the second",
                    "ends at the second",
                ]
                .iter()
                .zip(["02:15", "02:45", "02:15", "02:45"])
                .map(|(does, time)| format!("{time} comes twice {AUTUMN}: it {does}"))
                .collect(),
            ),
            // The second occurrence begins within the range.
            (
                "01:30-02:30",
                "2026-10-24T12:00:00Z",
                vec![
                    format!("02:30 comes twice {AUTUMN}: it ends at the first"),
                    "it begins on 2026-10-25 as the clocks go back from 03:00 to 02:00".to_owned(),
                    format!("02:30 comes twice {AUTUMN}: it ends at the second"),
                ],
            ),
            // The first one ends within the range.
            (
                "02:30-03:30",
                "2026-10-24T12:00:00Z",
                vec![
                    format!("02:30 comes twice {AUTUMN}: it begins at the first"),
                    "it ends on 2026-10-25 as the clocks go back from 03:00 to 02:00".to_owned(),
                    format!("02:30 comes twice {AUTUMN}: it begins at the second"),
                ],
            ),
            ("01:00-04:00", "2026-10-24T12:00:00Z", vec![]),
            ("01:00-04:00", "2026-03-28T12:00:00Z", vec![]),
        ] {
            assert_eq!(all_notes(&with_dst(clock, Dst::Reading), after), expected, "{clock}");
        }
    }

    #[test]
    fn shift_bound_is_described() {
        for (clock, after, expected) in [
            (
                "02:30-04:00",
                "2026-03-28T12:00:00Z",
                vec![format!("02:30 does not exist {SPRING}: it begins at 03:30")],
            ),
            (
                "02:10-02:50",
                "2026-03-28T12:00:00Z",
                vec![
                    format!("02:10 does not exist {SPRING}: it begins at 03:10"),
                    format!("02:50 does not exist {SPRING}: it ends at 03:50"),
                ],
            ),
            (
                "02:15-04:00",
                "2026-10-24T12:00:00Z",
                vec![format!("02:15 comes twice {AUTUMN}: it begins at the first")],
            ),
        ] {
            assert_eq!(all_notes(&with_dst(clock, Dst::Shift), after), expected, "{clock}");
        }
    }

    #[test]
    fn dropped_reading_and_shift_are_described() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millis();
        let (before, after) = (at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"));
        let dropped = |clock, dst| with_dst(clock, dst).describe_dropped(before, after, false);
        assert_eq!(
            dropped("02:10-02:50", Dst::Reading),
            [
                "nothing on 2026-03-29: 02:10 to 02:50 does not exist on that day (the clocks go from 02:00 to 03:00)"
            ]
        );
        assert_eq!(
            dropped("02:30-03:15", Dst::Shift),
            [
                "nothing on 2026-03-29: 02:30 does not exist on that day (the clocks go from 02:00 to 03:00), and 03:30, to which it is moved, is not before 03:15"
            ]
        );
        assert!(dropped("02:10-02:50", Dst::Shift).is_empty());
        assert!(dropped("02:30-03:15", Dst::Reading).is_empty());
    }

    #[test]
    fn bound_of_part_is_described() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millis();
        let early = Schedule::named("early", daily("02:30-04:00", "Europe/Berlin"));
        let night = daily("00:00-06:00", "Europe/Berlin");
        // From 00:00 to the start of the first, and from its end on.
        let without = Schedule::all([night, Schedule::not(early.clone()).unwrap()]).unwrap();
        assert_eq!(
            notes(&without, "2026-03-28T12:00:00Z"),
            [format!("early: 02:30 does not exist {SPRING}: it begins at 03:00")]
        );
        assert!(notes(&without, "2026-03-29T12:00:00Z").is_empty());
        // A name of the whole is not repeated.
        let named = Schedule::named("all", without);
        assert_eq!(
            notes(&named, "2026-03-28T12:00:00Z"),
            [format!("early: 02:30 does not exist {SPRING}: it begins at 03:00")]
        );
        let both = Schedule::any([with_dst("02:10-02:50", Dst::Reading), early]).unwrap();
        assert_eq!(
            both.describe_dropped(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"), true),
            [
                "every day, 02:10 to 02:50, Europe/Berlin, whenever the clock is in it: nothing on 2026-03-29: 02:10 to 02:50 does not exist on that day (the clocks go from 02:00 to 03:00)"
            ]
        );
    }

    #[cfg(feature = "rrule")]
    #[test]
    fn cron_start_moved_or_repeated_is_described() {
        use crate::schedule::{Cron, Fold, Gap};
        let cron = Cron::new("30 2 * * *", 60_000, "Europe/Berlin".parse::<Zone>().unwrap());
        let cron: Schedule = cron.unwrap().with_fold(Fold::Both).with_gap(Gap::Shift).into();
        assert_eq!(
            all_notes(&cron, "2026-03-28T12:00:00Z"),
            [format!("02:30 does not exist {SPRING}: it begins at 03:30")]
        );
        assert_eq!(
            all_notes(&cron, "2026-10-24T12:00:00Z"),
            ["first", "second"]
                .map(|pass| format!("02:30 comes twice {AUTUMN}: it begins at the {pass}"))
        );
    }
}
