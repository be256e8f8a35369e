//! Whether an instant is inside an occurrence, by other crates.
//!
//! Cron-like crates find the next start after `t - duration` and compare it with `t`; rrule
//! finds a start between the two. These crates measure durations in elapsed time, so the
//! table of single schedules uses thirty days without a clock change, where all must agree.

use std::hint::black_box;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use opening_hours::localization::TzLocation;
use opening_hours::{Context, OpeningHours};
use quietude::{
    Daily, Interval, MonthDay, Monthly, Rule, Schedule, Timestamp, Weekday, Weekly, Zone,
};
use rrule::RRuleSet;

use crate::common::baseline_hashmap::HashMapBaseline;
use crate::common::baseline_lookup::LookupBaseline;
use crate::common::engine::Engine;
use crate::common::harness::{Candidate, Options, Unit, race, report};
use crate::common::testing::{DAY, HOUR, MINUTE, SplitMix64};
use crate::common::verify::{evaluate, verify};
use crate::common::workload::{self, Fleet, Kind, NOW, SEED, at, fleet};

const FOUR_HOURS: TimeDelta = TimeDelta::hours(4);

fn utc(t: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(t.as_millis()).expect("in range")
}

/// A schedule in the notation of each crate: from 22:00, for four hours.
struct Case {
    name: &'static str,
    zone: Tz,
    ours: Schedule,
    cron: &'static str,
    croner: &'static str,
    saffron: &'static str,
    opening_hours: &'static str,
    rrule: &'static str,
}

fn cases() -> Vec<Case> {
    let clock = || "22:00-02:00".parse().expect("valid");
    let days = || [Weekday::Tue, Weekday::Sat];
    [Tz::UTC, Tz::Europe__Berlin]
        .into_iter()
        .flat_map(|zone| {
            [
                Case {
                    name: "daily",
                    zone,
                    ours: Daily::new(clock(), zone).into(),
                    cron: "0 0 22 * * *",
                    croner: "0 22 * * *",
                    saffron: "0 22 * * *",
                    opening_hours: "22:00-02:00",
                    rrule: "FREQ=DAILY",
                },
                Case {
                    name: "weekly",
                    zone,
                    ours: Weekly::new(days(), clock(), zone).expect("valid").into(),
                    cron: "0 0 22 * * Tue,Sat",
                    croner: "0 22 * * TUE,SAT",
                    saffron: "0 22 * * TUE,SAT",
                    opening_hours: "Tu,Sa 22:00-02:00",
                    rrule: "FREQ=WEEKLY;BYDAY=TU,SA",
                },
                Case {
                    name: "monthly",
                    zone,
                    ours: Monthly::new(MonthDay::new(15).expect("valid"), clock(), zone).into(),
                    cron: "0 0 22 15 * *",
                    croner: "0 22 15 * *",
                    saffron: "0 22 15 * *",
                    opening_hours: "Jan 15,Feb 15,Mar 15,Apr 15,May 15,Jun 15,Jul 15,Aug 15,\
                                    Sep 15,Oct 15,Nov 15,Dec 15 22:00-02:00",
                    rrule: "FREQ=MONTHLY;BYMONTHDAY=15",
                },
            ]
        })
        .collect()
}

/// Whether an instant is inside, by one crate.
type Contains<'a> = Box<dyn Fn(Timestamp) -> bool + 'a>;

fn cron<'a>(text: &str, zone: Tz) -> Contains<'a> {
    let schedule = cron::Schedule::from_str(text).expect("valid");
    Box::new(move |t| {
        let t = utc(t).with_timezone(&zone);
        let next = schedule.after(&(t - FOUR_HOURS)).next();
        next.is_some_and(|start| start <= t)
    })
}

fn croner<'a>(text: &str, zone: Tz) -> Contains<'a> {
    let cron = croner::Cron::from_str(text).expect("valid");
    Box::new(move |t| {
        let t = utc(t).with_timezone(&zone);
        let next = cron.find_next_occurrence(&(t - FOUR_HOURS), false);
        next.is_ok_and(|start| start <= t)
    })
}

fn saffron<'a>(text: &str) -> Contains<'a> {
    let cron: saffron::Cron = text.parse().expect("valid");
    Box::new(move |t| {
        let t = utc(t);
        cron.next_after(t - FOUR_HOURS).is_some_and(|start| start <= t)
    })
}

fn opening_hours<'a>(text: &str, zone: Tz) -> Contains<'a> {
    let hours: OpeningHours = text.parse().expect("valid");
    let hours = hours.with_context(Context::default().with_locale(TzLocation::new(zone)));
    Box::new(move |t| hours.is_open(utc(t).with_timezone(&zone)))
}

/// A rule whose DTSTART is `years` before the current time.
fn rrule_text(rule: &str, zone: Tz, years: i32) -> String {
    let year = 2026 - years;
    match zone {
        Tz::UTC => format!("DTSTART:{year}0101T220000Z\nRRULE:{rule}"),
        zone => format!("DTSTART;TZID={zone}:{year}0101T220000\nRRULE:{rule}"),
    }
}

fn rrule<'a>(text: &str) -> Contains<'a> {
    let set: RRuleSet = text.parse().expect("valid");
    Box::new(move |t| {
        let t = utc(t).with_timezone(&rrule::Tz::UTC);
        // Both bounds are inclusive.
        let after = t - FOUR_HOURS + TimeDelta::milliseconds(1);
        !set.clone().after(after).before(t).all(1).dates.is_empty()
    })
}

/// Times in the last thirty days, in which no zone here changes its offset.
fn times(options: &Options) -> Vec<Timestamp> {
    let mut rng = SplitMix64::new(SEED);
    (0..options.query_count()).map(|_| at(NOW - rng.between(0, 30 * DAY))).collect()
}

/// The floor for the tables of single schedules.
fn small() -> (Fleet, LookupBaseline) {
    let fleet = fleet(1_000, SEED);
    let lookup = LookupBaseline::new(&fleet);
    (fleet, lookup)
}

/// # Panics
///
/// If a peer disagrees.
fn assert_agrees(
    name: &str,
    schedule: &Schedule,
    contains: &Contains<'_>,
    times: &[Timestamp],
    sample: usize,
) {
    for t in &times[..sample] {
        assert_eq!(contains(*t), schedule.contains(*t), "{name} at {t}");
    }
}

pub(crate) fn schedule(options: &Options) {
    let times = times(options);
    let (fleet, lookup) = small();
    let queries = fleet.queries(Kind::Now, times.len(), SEED);
    let pairs = queries.pairs();
    for case in cases() {
        let Case { name, zone, ours, .. } = &case;
        let mut peers = vec![
            ("cron", cron(case.cron, *zone)),
            ("croner", croner(case.croner, *zone)),
            ("opening-hours", opening_hours(case.opening_hours, *zone)),
            ("rrule, 5 years", rrule(&rrule_text(case.rrule, *zone, 5))),
        ];
        if *zone == Tz::UTC {
            peers.push(("saffron", saffron(case.saffron)));
        }
        let mut candidates =
            vec![Candidate::single_queries("floor", &pairs, |(id, t)| lookup.contains(id, *t))];
        candidates.push(Candidate::single_queries(format!("{name} {zone}"), &times, |t| {
            black_box(ours).contains(*t)
        }));
        for (peer, contains) in peers {
            assert_agrees(&format!("{peer} {name} {zone}"), ours, &contains, &times, 300);
            let candidate = format!("{name} {zone}, {peer}");
            candidates.push(Candidate::single_queries(candidate, &times, move |t| contains(*t)));
        }
        let lines = race(options, times.len(), candidates, Some(2));
        report(options, "schedule", 1, Unit::Ns, &lines);
    }
}

/// RFC 5545 rules, by age.
pub(crate) fn rules(options: &Options) {
    let times = times(options);
    let (fleet, lookup) = small();
    let queries = fleet.queries(Kind::Now, times.len(), SEED);
    let pairs = queries.pairs();
    let plain: Schedule =
        Daily::new("22:00-02:00".parse().expect("valid"), Tz::Europe__Berlin).into();
    let rules = [
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=TU,SA",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ];
    for rule in rules {
        let mut candidates =
            vec![Candidate::single_queries("floor", &pairs, |(id, t)| lookup.contains(id, *t))];
        candidates.push(Candidate::single_queries("the plain daily kind", &times, |t| {
            black_box(&plain).contains(*t)
        }));
        let mut peers = Vec::new();
        for years in [0, 5, 50] {
            let text = rrule_text(rule, Tz::Europe__Berlin, years);
            let ours: Schedule = Rule::parse(&text, 4 * HOUR).expect("valid").into();
            // rrule takes too long for fifty years.
            if years <= 5 {
                let peer = rrule(&text);
                assert_agrees(&text, &ours, &peer, &times, 200);
                peers.push((format!("{rule}, {years} years, rrule"), peer));
            }
            candidates.push(Candidate::single_queries(format!("{rule}, {years} years"), &times, {
                move |t| black_box(&ours).contains(*t)
            }));
        }
        let first = candidates.len();
        for (name, peer) in peers {
            candidates.push(Candidate::single_queries(name, &times, move |t| peer(*t)));
        }
        let lines = race(options, times.len(), candidates, Some(first));
        report(options, "rules", 1, Unit::Ns, &lines);
    }
}

/// A window whose schedule is a type of another crate.
struct PeerWindow {
    from: i64,
    until: i64,
    when: PeerRule,
}

enum PeerRule {
    Once { start: i64, end: i64 },
    Periodic { start: i64, duration: i64, period: i64 },
    Starts { next: PeerStarts, zone: Tz, duration: TimeDelta },
}

enum PeerStarts {
    Cron(Box<cron::Schedule>),
    Croner(Box<croner::Cron>),
    RRule(Box<RRuleSet>),
}

#[derive(Clone, Copy)]
enum Library {
    Cron,
    Croner,
    RRule,
}

type PeerMap = HashMap<String, Vec<PeerWindow>, FixedState>;

fn peer_map(fleet: &Fleet, library: Library) -> PeerMap {
    let mut map: PeerMap = HashMap::with_hasher(FixedState::with_seed(7));
    for spec in &fleet.specs {
        let window = PeerWindow {
            from: spec.from.unwrap_or(i64::MIN),
            until: spec.until.unwrap_or(i64::MAX),
            when: peer_rule(&spec.schedule, library),
        };
        map.entry(fleet.entities[spec.entity].clone()).or_default().push(window);
    }
    map
}

fn peer_rule(rule: &workload::ScheduleSpec, library: Library) -> PeerRule {
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let weekdays = |days: &[Weekday], short: usize| {
        let name =
            |day: &Weekday| names[day.num_days_from_sunday() as usize][..short].to_uppercase();
        days.iter().map(name).collect::<Vec<_>>().join(",")
    };
    let (from, to, zone, dates, rrule) = match rule {
        workload::ScheduleSpec::Once { start, end } => {
            return PeerRule::Once { start: *start, end: *end };
        }
        workload::ScheduleSpec::Periodic { start, duration, period } => {
            return PeerRule::Periodic { start: *start, duration: *duration, period: *period };
        }
        workload::ScheduleSpec::Daily { from, to, zone } => {
            (from, to, zone, "* * *".to_owned(), "FREQ=DAILY".to_owned())
        }
        workload::ScheduleSpec::Weekly { days, from, to, zone } => {
            let rrule = format!("FREQ=WEEKLY;BYDAY={}", weekdays(days, 2));
            (from, to, zone, format!("* * {}", weekdays(days, 3)), rrule)
        }
        workload::ScheduleSpec::Monthly { days, from, to, zone } => {
            let list: Vec<_> = days.iter().map(i32::to_string).collect();
            let rrule = format!("FREQ=MONTHLY;BYMONTHDAY={}", list.join(","));
            // Not every cron crate has a syntax for the last day; where there is none, the
            // 28th is used, for the cost only.
            let last = if matches!(library, Library::Croner) { "L" } else { "28" };
            let list: Vec<_> =
                list.into_iter().map(|day| if day == "-1" { last.into() } else { day }).collect();
            (from, to, zone, format!("{} * *", list.join(",")), rrule)
        }
    };
    let (hour, minute) = (from / HOUR, from % HOUR / MINUTE);
    let text = format!("{minute} {hour} {dates}");
    let next = match library {
        Library::Cron => PeerStarts::Cron(Box::new(format!("0 {text}").parse().expect("valid"))),
        Library::Croner => PeerStarts::Croner(Box::new(text.parse().expect("valid"))),
        Library::RRule => {
            let start = format!("20210101T{hour:02}{minute:02}00");
            let start = match zone {
                Tz::UTC => format!("DTSTART:{start}Z"),
                zone => format!("DTSTART;TZID={zone}:{start}"),
            };
            PeerStarts::RRule(Box::new(format!("{start}\nRRULE:{rrule}").parse().expect("valid")))
        }
    };
    let duration = if from < to { to - from } else { to + DAY - from };
    PeerRule::Starts { next, zone: *zone, duration: TimeDelta::milliseconds(duration) }
}

fn peer_contains(map: &PeerMap, id: &str, t: Timestamp) -> bool {
    let inside = |window: &PeerWindow| {
        let ms = t.as_millis();
        window.from <= ms
            && ms < window.until
            && match &window.when {
                PeerRule::Once { start, end } => *start <= ms && ms < *end,
                PeerRule::Periodic { start, duration, period } => {
                    ms >= *start && (ms - start) % period < *duration
                }
                PeerRule::Starts { next, zone, duration } => has_started(next, *zone, *duration, t),
            }
    };
    map.get(id).is_some_and(|windows| windows.iter().any(inside))
}

fn has_started(next: &PeerStarts, zone: Tz, duration: TimeDelta, t: Timestamp) -> bool {
    let t = utc(t);
    match next {
        PeerStarts::Cron(schedule) => {
            let t = t.with_timezone(&zone);
            schedule.after(&(t - duration)).next().is_some_and(|start| start <= t)
        }
        PeerStarts::Croner(cron) => {
            let t = t.with_timezone(&zone);
            cron.find_next_occurrence(&(t - duration), false).is_ok_and(|start| start <= t)
        }
        PeerStarts::RRule(set) => {
            let t = t.with_timezone(&rrule::Tz::UTC);
            let after = t - duration + TimeDelta::milliseconds(1);
            !set.as_ref().clone().after(after).before(t).all(1).dates.is_empty()
        }
    }
}

/// The workload, with the schedules in other crates.
pub(crate) fn mixed(options: &Options) {
    for n in options.sizes(200, &[10_000], &[100_000]) {
        let fleet = fleet(n, SEED);
        let registry = fleet.registry();
        let engine = Engine::new(&registry, at(NOW)).expect("the workload is within the limits");
        let (lookup, baseline) = (LookupBaseline::new(&fleet), HashMapBaseline::new(&fleet));
        let queries = fleet.queries(Kind::Mixed, options.query_count(), SEED + 3);
        let windows = fleet.by_entity(&registry);
        verify(&fleet, &windows, &engine, Some(&baseline), &queries, 2_000);
        let pairs = queries.pairs();
        let maps = [
            ("map and croner", peer_map(&fleet, Library::Croner)),
            ("map and cron", peer_map(&fleet, Library::Cron)),
            ("map and rrule, 5 years", peer_map(&fleet, Library::RRule)),
        ];
        for (name, map) in &maps {
            let sample = pairs.iter().zip(queries.entities()).take(500);
            let mut differ = 0;
            for ((id, t), entity) in sample {
                let expected = evaluate(&windows, entity, *t);
                if peer_contains(map, id, *t) != expected {
                    differ += 1;
                    let explained = name.ends_with("cron") || near_a_change(&fleet, entity, *t);
                    assert!(explained, "{name}: {id} at {t}");
                }
            }
            eprintln!("n = {n}, {name}: {differ} of 500 differ, in nights of a clock change");
        }
        let mut candidates = vec![
            Candidate::single_queries("floor", &pairs, |(id, t)| lookup.contains(id, *t)),
            Candidate::single_queries("silencer", &pairs, |(id, t)| engine.is_silenced(id, *t)),
            Candidate::single_queries("by hand, chrono-tz", &pairs, |(id, t)| {
                baseline.contains(id, *t)
            }),
        ];
        for (name, map) in &maps {
            let is_silenced = move |(id, t): &(&str, Timestamp)| peer_contains(map, id, *t);
            candidates.push(Candidate::single_queries(*name, &pairs, is_silenced));
        }
        let lines = race(options, pairs.len(), candidates, Some(2));
        report(options, "mixed", n, Unit::Ns, &lines);
    }
}

/// Elapsed and local durations differ for windows near a clock change.
fn near_a_change(fleet: &Fleet, entity: Option<usize>, t: Timestamp) -> bool {
    let near = |ms| at(t.as_millis() + ms);
    let Ok(within) = Interval::new(near(-DAY), near(DAY)) else { return false };
    let specs = fleet.specs.iter().filter(|spec| Some(spec.entity) == entity);
    specs
        .filter_map(|spec| spec.schedule.zone())
        .any(|zone| Zone::from(zone).transitions(within).next().is_some())
}
