//! Repeats one query a given number of times, to count instructions.
//!
//! ```text
//! cargo bench --bench instructions -- SCENARIO COUNT [WINDOWS]
//! ```
//!
//! `benches/instructions.sh` runs each scenario twice under callgrind and prints the
//! difference per query.

mod common;

use std::hint::black_box;

use common::baseline_labels::{JoinedLabels, LabelsFloor, LabelsMap};
use common::baseline_lookup::LookupBaseline;
use common::engine::Engine;
use common::silences::{Alert, Silences, silences, silences_of_entities};
use common::workload::{Fleet, Kind, NOW, SEED, at, fleet};
use quietude::{Daily, MonthDay, Monthly, Schedule, Weekday, Weekly};

const WINDOWS: usize = 10_000;
const QUERIES: usize = 4096;

/// The windows in test mode of the scenarios with labels.
const FEW_WINDOWS: usize = 200;

const SCENARIOS: [&str; 23] = [
    "floor",
    "now",
    "mixed",
    "random",
    "handle_now",
    "handle_mixed",
    "daily",
    "weekly",
    "monthly",
    "change",
    "calendars_now",
    "calendars_mixed",
    "calendars_random",
    "labels_floor",
    "labels_silenced",
    "labels_audible",
    "labels_random_audible",
    "labels_entity_silenced",
    "labels_entity_audible",
    "labels_answer_silenced",
    "labels_answer_audible",
    "labels_build",
    "nothing",
];

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let scenario = words.next();
    let count = words.next().and_then(|count| count.parse().ok()).unwrap_or(10);
    let windows = words.next().and_then(|windows| windows.parse().ok());
    match scenario {
        Some(scenario) => {
            run(&scenario, count, windows.unwrap_or(WINDOWS));
        }
        // In test mode: every scenario, with few queries.
        None => SCENARIOS.iter().for_each(|scenario| {
            let windows = if scenario.starts_with("labels") { FEW_WINDOWS } else { WINDOWS };
            run(scenario, QUERIES, windows);
        }),
    }
}

/// Runs a scenario with `count` queries; returns the number of positive answers.
fn run(scenario: &str, count: usize, windows: usize) -> usize {
    if scenario == "labels_build" {
        return build(&silences(windows, SEED, NOW), count);
    }
    if scenario.starts_with("labels") {
        let of = if scenario.contains("entity") { silences_of_entities } else { silences };
        return labels(scenario, count, &of(windows, SEED, NOW));
    }
    let fleet = fleet(windows, SEED);
    let kind_name = scenario.trim_start_matches("calendars_");
    let kind = match kind_name {
        "mixed" | "handle_mixed" => Kind::Mixed,
        "random" | "daily" | "weekly" | "monthly" => Kind::Random,
        _ => Kind::Now,
    };
    let queries = fleet.known_queries(kind, QUERIES, SEED);
    let pairs = queries.pairs();
    match scenario {
        "floor" => {
            let lookup = LookupBaseline::new(&fleet);
            repeat(&pairs, count, |(id, t)| lookup.contains(id, *t))
        }
        // One place for all of them, as a second one would change what is inlined.
        "now" | "mixed" | "random" | "calendars_now" | "calendars_mixed" | "calendars_random" => {
            let engine =
                if scenario == kind_name { engine(&fleet) } else { engine_with_calendars(&fleet) };
            repeat(&pairs, count, |(id, t)| engine.is_silenced(id, *t))
        }
        "handle_now" | "handle_mixed" => {
            let engine = engine(&fleet);
            let handles: Vec<_> =
                pairs.iter().filter_map(|(id, t)| Some((engine.handle(id)?, *t))).collect();
            assert_eq!(handles.len(), pairs.len());
            repeat(&handles, count, |(handle, t)| handle.is_silenced(*t))
        }
        "change" => change(&fleet, count),
        "nothing" => repeat(&pairs, count, |(id, _)| id.is_empty()),
        kind => {
            let schedule = schedule(kind);
            repeat(&pairs, count, |(_, t)| schedule.contains(*t))
        }
    }
}

/// Alerts that are sets of labels: all silenced or none of them, as the map by hand says.
fn labels(scenario: &str, count: usize, silences: &Silences) -> usize {
    let kind = if scenario.contains("random") { Kind::Random } else { Kind::Now };
    let alerts = silences.alerts(kind, 4 * QUERIES, SEED);
    let alerts = alerts.views();
    if scenario == "labels_floor" {
        let (floor, joined) = (LabelsFloor::new(silences), JoinedLabels::new(&alerts));
        return repeat(&joined.views(), count, |labels| floor.find(labels) == 1);
    }
    let by_hand = LabelsMap::new(silences);
    let with_entity = silences.has_topology();
    let answer = |alert: &Alert<'_>| match with_entity {
        true => by_hand.is_silenced_with_entity(alert),
        false => by_hand.is_silenced(alert),
    };
    let silenced = scenario.ends_with("_silenced");
    let alerts: Vec<Alert<'_>> =
        alerts.into_iter().filter(|alert| answer(alert) == silenced).collect();
    assert!(alerts.len() > QUERIES / 2, "{} alerts", alerts.len());
    let registry = silences.registry();
    let engine = Engine::with_topology(&registry, silences.topology(), at(NOW));
    let engine = engine.expect("the silences are valid");
    let yes = if scenario.starts_with("labels_answer") {
        repeat(&alerts, count, |alert| engine.answer(&alert.subject(), alert.at) > 0)
    } else {
        repeat(&alerts, count, |alert| {
            let subject = if with_entity { alert.subject_with_entity() } else { alert.subject() };
            engine.is_subject_silenced(&subject, alert.at)
        })
    };
    assert_eq!(yes, if silenced { count } else { 0 }, "{scenario}");
    yes
}

/// Builds the silencer of silences, again and again, until they are `count`; returns the
/// number of windows.
fn build(silences: &Silences, count: usize) -> usize {
    let registry = silences.registry();
    let mut built = 0;
    while built < count {
        black_box(Engine::new(&registry, at(NOW)).expect("the silences are valid"));
        built += registry.len();
    }
    built
}

/// Replaces windows, one by one; returns the number of replacements.
fn change(fleet: &Fleet, count: usize) -> usize {
    let mut registry = fleet.registry();
    let mut engine = Engine::new(&registry, at(NOW)).expect("the fleet is valid");
    let windows: Vec<_> = registry.iter().take(QUERIES).cloned().collect();
    for number in 0..count {
        let window = &*windows[number % windows.len()];
        registry.replace(window.clone()).expect("it is there");
        engine = engine.updated(&registry).expect("within the limits");
    }
    count
}

fn engine(fleet: &Fleet) -> Engine {
    Engine::new(&fleet.registry(), at(NOW)).expect("the fleet is valid")
}

/// Every tenth recurring window is a calendar, a cron expression or a combination.
#[cfg(feature = "rrule")]
fn engine_with_calendars(fleet: &Fleet) -> Engine {
    Engine::new(&fleet.registry_with_calendars(), at(NOW)).expect("the fleet is valid")
}

#[cfg(not(feature = "rrule"))]
fn engine_with_calendars(_: &Fleet) -> Engine {
    panic!("it needs the feature `rrule`")
}

fn schedule(kind: &str) -> Schedule {
    let clock = "22:00-02:00".parse().expect("a clock range");
    let berlin = chrono_tz::Europe::Berlin;
    match kind {
        "daily" => Daily::new(clock, berlin).into(),
        "weekly" => {
            Weekly::new([Weekday::Tue, Weekday::Thu], clock, berlin).expect("two weekdays").into()
        }
        "monthly" => Monthly::new(MonthDay::LAST, clock, berlin).into(),
        other => panic!("{other} is not one of {}", SCENARIOS.join(", ")),
    }
}

fn repeat<Q>(queries: &[Q], count: usize, answer: impl Fn(&Q) -> bool) -> usize {
    let mut yes = 0;
    for number in 0..count {
        let query = black_box(&queries[number % queries.len()]);
        yes += usize::from(black_box(answer(query)));
    }
    yes
}
