//! Laws of the journal: it has every past registry and topology, and is the same after it
//! was written and read.

use proptest::collection::vec;
use proptest::prelude::*;
use quietude::calendar::{Calendar, Days};
use quietude::journal::{Change, Journal};
use quietude::{Daily, Registry, Schedule, Scope, Timestamp, Topology, Window};

use crate::generate::{Scenario, cases, scenarios, topology_specs};
use crate::helpers::{at, clamped};
use crate::zone_source::ZoneSource;

/// Asserts that both have the same windows in the same order.
fn assert_same(found: &Registry, expected: &Registry) -> Result<(), TestCaseError> {
    prop_assert!(found.iter().eq(expected.iter()));
    Ok(())
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn journal_as_of_equals_past(
        scenario in scenarios(8),
        steps in vec((any::<u8>(), any::<u8>(), 0..3i64), 1..20),
        topologies in vec(topology_specs(), 1..3),
    ) {
        let scenario: Scenario = scenario;
        let windows: Vec<_> =
            scenario.specs.iter().map(|spec| spec.with_zones(ZoneSource::built_in).build()).collect();
        let (mut registry, mut topology) = (Registry::new(), Topology::default());
        let mut journal = Journal::new();
        // What was known from each instant on; the last of one instant counts.
        let mut history: Vec<(i64, Registry, Topology)> = Vec::new();
        let mut now = 0;
        for (what, which, later) in steps {
            now += later;
            let window = windows[usize::from(which) % windows.len()].clone();
            let other = windows[usize::from(what / 8) % windows.len()].to_builder();
            match what % 8 {
                0..3 => drop(registry.insert(window)),
                3 => drop(registry.replace(other.id(window.id().clone()).build().unwrap())),
                4 => drop(registry.remove(window.id())),
                5 => drop(registry.close(window.id(), clamped(scenario.base))),
                6 => {
                    // Removed and inserted again: now it is the last one.
                    if registry.remove(window.id()).is_ok() {
                        registry.insert(window).unwrap();
                    }
                }
                _ => topology = topologies[usize::from(which) % topologies.len()].build(),
            }
            journal.record(clamped(now), "ann", &registry, &topology).unwrap();
            history.push((now, registry.clone(), topology.clone()));
        }
        let text = journal.to_json_lines();
        let again = Journal::from_json_lines(&text)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&again, &journal);
        prop_assert_eq!(again.to_json_lines(), text);
        for t in -1..=now + 1 {
            let expected = history.iter().rev().find(|(at, ..)| *at <= t);
            for journal in [&journal, &again] {
                let then = journal.as_of(clamped(t));
                match expected {
                    Some((_, registry, topology)) => {
                        assert_same(&then.registry, registry)?;
                        prop_assert_eq!(&then.topology, topology);
                    }
                    None => {
                        prop_assert!(then.registry.is_empty());
                        prop_assert_eq!(&then.topology, &Topology::default());
                    }
                }
            }
        }
    }
}

fn round_trip(schedule: Schedule) -> String {
    let window = Window::builder("w").schedule(schedule).scope(Scope::everything());
    let mut journal = Journal::new();
    let insert = Change::Insert(window.build().unwrap().into());
    journal.append(at("2026-06-06T10:00:00Z"), "ann", insert).unwrap();
    let text = journal.to_json_lines();
    assert_eq!(Journal::from_json_lines(&text).unwrap(), journal, "{text}");
    text
}

#[test]
fn journal_line_has_names_of_window() {
    let night = |clock: &str| Schedule::from(Daily::new(clock.parse().unwrap(), chrono_tz::UTC));
    let named = |clock: &str| Schedule::named("nights", night(clock));
    assert!(!round_trip(night("22:00-23:00")).contains("schedules"));
    let text = round_trip(Schedule::not(named("22:00-23:00")).unwrap());
    assert!(text.contains(r#""schedules":{"nights":{"kind":"daily""#), "{text}");
    assert!(text.contains(r#""of":{"kind":"ref","name":"nights"}"#), "{text}");
    assert!(!text.contains("renamed"), "{text}");
    // One name for two schedules, beside the name that the second one would get.
    let like_key = Schedule::named("nights#2", night("01:00-02:00"));
    let two = [like_key, named("22:00-23:00"), named("21:00-23:00"), named("22:00-23:00")];
    let text = round_trip(Schedule::any(two).unwrap());
    assert!(text.contains(r#""renamed":{"schedules":{"nights#3":"nights"}}"#), "{text}");
    // Names of names, and a name without letters.
    let nested = Schedule::named("outer", Schedule::any([named("22:00-23:00")]).unwrap());
    round_trip(Schedule::named("", nested.clone()));
    let mut chain = nested;
    for number in 0..40 {
        chain = Schedule::named(format!("n{number}"), chain);
    }
    round_trip(chain);
}

#[test]
fn journal_line_has_names_of_days() {
    let dates = |dates: &str| Days::dates([dates.parse().unwrap()]).unwrap();
    let holidays = Days::named("holidays", dates("2026-12-24"));
    let bridge = Days::named("bridge", Days::offset(1, holidays.clone()).unwrap());
    let calendar = |days: &Days| {
        Calendar::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC).with_days(days.clone())
    };
    let text = round_trip(calendar(&bridge).without_days(holidays.clone()).into());
    assert!(text.contains(r#""bridge":{"offset":1,"of":{"ref":"holidays"}}"#), "{text}");
    let other = Days::named("holidays", dates("2027-12-24"));
    let text = round_trip(calendar(&Days::any([holidays, other]).unwrap()).into());
    assert!(text.contains(r#""renamed":{"calendars":{"holidays#2":"holidays"}}"#), "{text}");
    let except = Daily::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC).without_days(bridge);
    round_trip(except.into());
}

#[test]
fn append_out_of_order_is_error() {
    let mut journal = Journal::new();
    let (first, second) = (at("2026-06-06T10:00:00Z"), at("2026-06-06T11:00:00Z"));
    let topology = || Change::Topology(Topology::default());
    journal.append(second, "ann", topology()).unwrap();
    let error = journal.append(first, "bob", topology()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at: 2026-06-06T10:00:00Z is before the last entry, 2026-06-06T11:00:00Z"
    );
    assert!(journal.append(second, "bob", Change::Remove("w".into())).is_err());
    assert_eq!(journal.entries().len(), 1);
    assert_eq!(journal.as_of(Timestamp::MAX).registry.len(), 0);
}

#[test]
fn from_json_lines_error_has_line() {
    for (text, message, line) in [
        ("{}", "at: is missing", 1),
        ("\n{\"at\":\"x\"}", "at: \"x\" is not an RFC 3339", 2),
        (
            "{\"at\":\"2026-06-06T10:00:00Z\",\"author\":\"a\"}",
            "needs exactly one of insert, replace, remove, topology",
            1,
        ),
        (
            "{\"at\":\"2026-06-06T10:00:00Z\",\"author\":\"a\",\"insert\":{\"id\":\"w\",\"scope\":7}}",
            "window `w`: insert.schedule: is missing",
            1,
        ),
        (
            "{\"at\":\"2026-06-06T10:00:00Z\",\"author\":\"a\",\"calendars\":{\"a\":{\"ref\":\"b\"}}}",
            "calendars.a.ref: \"b\" is not defined; `calendars` has a",
            1,
        ),
        ("\n\n{", "JSON: EOF", 3),
    ] {
        let error = Journal::from_json_lines(text).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(error.line(), Some(line), "{error}");
    }
}
