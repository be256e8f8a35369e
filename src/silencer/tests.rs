//! The silencer compared with a linear scan over random fleets, at every edge: with
//! and without a current time, and across changes.

use std::cell::Cell;

use crate::error::Error;
use crate::registry::Registry;
use crate::schedule::{Daily, Monthly, Once, Periodic, Schedule, Weekly};
use crate::scope::{Matcher, Scope, Subject, Topology};
use crate::silencer::union::silenced_within;
use crate::silencer::{SilenceEnd, Silencer, Verdict};
use crate::testing::{DAY, HOUR, SplitMix64};
use crate::time::{ClockRange, MonthDay, ShortMonth, Timestamp, Zone};
use crate::window::{Propagation, Window};
use chrono::Weekday;

const NOW: i64 = 1_795_727_700_000;
const TYPES: [&str; 3] = ["BACKUP", "HOST", "AGENT"];

fn instant(rng: &mut SplitMix64) -> Timestamp {
    let span = rng.pick(&[1, 30, 400]) * DAY;
    let unit = rng.pick(&[1, 1000, 60_000, HOUR]);
    let t = NOW - span + rng.below(2 * span as u64) as i64;
    Timestamp::saturating(t / unit * unit)
}

fn clock(rng: &mut SplitMix64) -> ClockRange {
    loop {
        let unit = rng.pick(&[1, 60_000, 1_800_000]);
        let time = |rng: &mut SplitMix64| (rng.below(86_400_001) / unit * unit) as u32;
        let (from, to) = (time(rng), time(rng));
        if rng.one_in(12) {
            return ClockRange::WHOLE_DAY;
        }
        if let Ok(clock) = ClockRange::new(from, to) {
            return clock;
        }
    }
}

fn schedule(rng: &mut SplitMix64) -> Result<Schedule, Error> {
    use chrono_tz::Tz;
    let zone = Zone::from(rng.pick(&[
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::America__St_Johns,
        Tz::Asia__Kathmandu,
        Tz::Antarctica__Troll,
    ]));
    let weekdays = [Weekday::Mon, Weekday::Wed, Weekday::Sat, Weekday::Sun];
    Ok(match rng.below(12) {
        #[cfg(feature = "rrule")]
        10 | 11 => rule(rng, zone)?,
        0..=3 => {
            let start = instant(rng);
            let length = 1 + rng.below(5) as i64 * rng.pick(&[1, 60_000, HOUR, DAY]);
            Once::new(start, Timestamp::saturating(start.as_millis() + length))?.into()
        }
        4 => {
            let period = rng.pick(&[2, 1000, 300_000, 3_600_001, DAY, 30 * DAY, 60 * DAY]);
            let duration = 1 + rng.below(period as u64 + 1) as i64;
            Periodic::new(instant(rng), duration, period)?.into()
        }
        5 => Daily::new(clock(rng), zone).into(),
        6 => {
            let daily = Daily::new(clock(rng), zone);
            let anchor = chrono::NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
            daily.with_interval(1 + rng.below(5) as u32, anchor)?.into()
        }
        7 => {
            let days = (0..1 + rng.below(3)).map(|_| rng.pick(&weekdays)).collect::<Vec<_>>();
            Weekly::new(days, clock(rng), zone)?.into()
        }
        8 => {
            let day = MonthDay::new(rng.pick(&[1, 15, 28, 29, 30, 31, -1, -31]))?;
            let short = rng.pick(&[ShortMonth::Skip, ShortMonth::Clamp]);
            Monthly::new(day, clock(rng), zone).with_short_month(short).into()
        }
        _ => {
            let day = MonthDay::nth(rng.pick(&[1, 2, 5, -1]), rng.pick(&weekdays))?;
            Monthly::new(day, clock(rng), zone).into()
        }
    })
}

#[cfg(feature = "rrule")]
fn rule(rng: &mut SplitMix64, zone: Zone) -> Result<Schedule, Error> {
    let recurs = rng.pick(&[
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYHOUR=1,13,23",
        "FREQ=WEEKLY;BYDAY=TU,SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;WKST=SU",
        "FREQ=MONTHLY;BYDAY=2TU,-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYWEEKNO=44,45,46,47,48;BYDAY=TH",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=DAILY;COUNT=900",
    ]);
    let more = rng.pick(&["", "\nRDATE:20261125T031500", "\nEXDATE:20261124T020000"]);
    let start = rng.pick(&["20241027T020000", "20261001T233000", "20260601T000000"]);
    let hour = HOUR;
    let length = rng.pick(&[1, hour / 2, hour, 26 * hour, 9 * DAY]);
    let text = format!("DTSTART:{start}\nRRULE:{recurs}{more}");
    Ok(crate::schedule::Rule::parse_in(&text, zone, length)?.into())
}

fn entity(rng: &mut SplitMix64) -> String {
    // Some ids are longer than a slot.
    match rng.below(24) {
        n @ 0..=3 => format!("host-{n}.a-long-name-that-does-not-fit.example.org"),
        n => format!("e{n}"),
    }
}

fn scope(rng: &mut SplitMix64, depth: u32) -> Scope {
    match rng.below(if depth == 0 { 8 } else { 12 }) {
        0..=3 => Scope::entity(entity(rng)),
        4 => Scope::entities((0..1 + rng.below(7)).map(|_| entity(rng)).collect::<Vec<_>>()),
        5 => Scope::group(format!("g{}", rng.below(5))),
        6 => Scope::alert_type(rng.pick(&TYPES)),
        7 => match rng.below(4) {
            0 => Scope::everything(),
            1 => Scope::attribute(Matcher::present("tier")),
            n => Scope::attribute(Matcher::equals("tier", format!("{n}"))),
        },
        8 => !scope(rng, depth - 1),
        9 | 10 => scope(rng, depth - 1).and(scope(rng, depth - 1)),
        _ => scope(rng, depth - 1).or(scope(rng, depth - 1)),
    }
}

fn window(rng: &mut SplitMix64, id: String) -> Window {
    let depth = rng.pick(&[0, 0, 0, 2]);
    let mut builder = Window::builder(id).schedule(schedule(rng).unwrap());
    builder = builder.scope(match rng.below(3) {
        0 => scope(rng, depth),
        _ => Scope::entity(entity(rng)),
    });
    if rng.one_in(3) {
        builder = builder.propagation(Propagation::Entity);
    }
    if rng.one_in(3) {
        let (a, b) = (instant(rng), instant(rng));
        builder = match rng.below(3) {
            0 => builder.validity(a..),
            1 => builder.validity(..a),
            _ if a != b => builder.validity(a.min(b)..a.max(b)),
            _ => builder,
        };
    }
    if rng.one_in(10) {
        builder = builder.disable();
    }
    if rng.one_in(10) {
        builder = builder.closed_at(instant(rng));
    }
    builder.build().unwrap()
}

fn topology(rng: &mut SplitMix64) -> Topology {
    let mut builder = Topology::builder();
    for n in 4..16u64 {
        // Parents have smaller numbers, so there is no cycle.
        if n > 6 && rng.one_in(2) {
            builder = builder.add_child(format!("e{}", 4 + rng.below(n - 4)), format!("e{n}"));
        }
        if rng.one_in(2) {
            builder = builder.add_member(format!("g{}", rng.below(5)), format!("e{n}"));
        }
        if rng.one_in(2) {
            builder = builder.add_attribute(format!("e{n}"), "tier", format!("{}", rng.below(4)));
        }
    }
    for n in 1..5u64 {
        if rng.one_in(2) {
            builder = builder.add_subgroup(format!("g{}", rng.below(n)), format!("g{n}"));
        }
    }
    builder.build().unwrap()
}

/// Asks the silencer and a linear scan the same questions.
fn compare(silencer: &Silencer, registry: &Registry, rng: &mut SplitMix64, what: &str) -> u64 {
    let topology = silencer.topology();
    let mut asked = 0;
    for round in 0..12 {
        let id = if round == 0 { "stranger".to_owned() } else { entity(rng) };
        let group = format!("g{}", rng.below(5));
        let (groups, attributes) = ([group.as_str()], [("tier", "2")]);
        let mut subject = Subject::entity(&id);
        if rng.one_in(2) {
            subject = subject.with_alert_type(rng.pick(&TYPES));
        }
        if rng.one_in(4) {
            subject = subject.with_groups(&groups);
        }
        if rng.one_in(4) {
            subject = subject.with_attributes(&attributes);
        }
        let covering: Vec<_> =
            registry.iter().filter(|window| window.covers(&subject, topology)).collect();
        let mut instants = vec![Timestamp::MIN, Timestamp::MAX, Timestamp::END];
        instants.extend((0..20).map(|_| instant(rng)));
        instants.extend(
            (0..20).map(|_| Timestamp::saturating(NOW - 60_000 + rng.below(120_000) as i64)),
        );
        let around = covering.clone();
        for window in around {
            let near = instant(rng);
            let edges = [
                window.next_occurrence(near).map(|next| next.start()),
                window.next_occurrence(near).map(|next| next.end()),
                window.previous_occurrence(near).map(|previous| previous.end()),
                window.validity().start(),
                window.validity().end(),
                window.closed_at(),
            ];
            for edge in edges.into_iter().flatten() {
                instants.extend([-1, 0, 1].map(|d| Timestamp::saturating(edge.as_millis() + d)));
            }
        }
        let (mut batch, mut expected) = (Vec::new(), Vec::new());
        for at in instants {
            asked += 1;
            let by: Vec<_> = covering.iter().filter(|window| window.is_active(at)).collect();
            let context = || {
                let by: Vec<_> = by.iter().map(|window| window.id()).collect();
                format!("{what}: {subject:?} at {at} ({}), by {by:?}", at.as_millis())
            };
            assert_eq!(silencer.is_silenced(subject, at), !by.is_empty(), "{}", context());
            assert_eq!(
                silencer.effect(subject, at),
                by.iter().map(|window| window.effect()).max(),
                "{}",
                context()
            );
            let ids: Vec<_> = silencer.silenced_by(subject, at).map(Window::id).collect();
            assert_eq!(
                ids,
                by.iter().map(|window| window.id()).collect::<Vec<_>>(),
                "{}",
                context()
            );
            if subject.groups().is_empty() && subject.attributes().is_empty() {
                let entity = silencer.entity(&id);
                let answer = entity.map(|entity| match subject.alert_type() {
                    Some(alert_type) => entity.is_silenced_for(alert_type, at),
                    None => entity.is_silenced(at),
                });
                assert!(answer.is_none_or(|answer| answer != by.is_empty()), "{}", context());
                if subject.alert_type().is_none() {
                    batch.push((id.as_str(), at));
                    expected.push(!by.is_empty());
                }
            }
        }
        let mut answers: Vec<bool> = expected.iter().map(|answer| !answer).collect();
        silencer.is_silenced_batch(&batch, &mut answers).unwrap();
        assert_eq!(answers, expected, "{what}: {batch:?}");
    }
    asked
}

fn differential(seeds: std::ops::Range<u64>, most_windows: u64) -> u64 {
    let mut asked = 0;
    for seed in seeds {
        let mut rng = SplitMix64::new(seed);
        let topology = topology(&mut rng);
        let mut registry = Registry::new();
        let mut next = 0;
        for _ in 0..rng.below(most_windows) {
            registry.insert(window(&mut rng, format!("w{next}"))).unwrap();
            next += 1;
        }
        let mut builder = Silencer::builder().topology(topology);
        if rng.one_in(2) {
            builder = builder.now(Timestamp::saturating(NOW));
        }
        let mut silencer = builder.build(&registry).unwrap();
        asked += compare(&silencer, &registry, &mut rng, &format!("seed {seed}, built"));
        for step in 0..6 {
            for _ in 0..1 + rng.below(3) {
                let id = format!("w{}", rng.below(next + 1));
                match rng.below(5) {
                    0 => drop(registry.remove(&id)),
                    1 => drop(registry.close(&id, instant(&mut rng))),
                    2 => drop(registry.replace(window(&mut rng, id))),
                    _ => {
                        registry.insert(window(&mut rng, format!("w{next}"))).unwrap();
                        next += 1;
                    }
                }
            }
            let updated = || silencer.updated(&registry).unwrap();
            let (next, other) = std::thread::scope(|threads| {
                let other = threads.spawn(updated);
                (updated(), other.join().unwrap())
            });
            let told = format!("seed {seed}, step {step}, followed twice");
            asked += compare(&other, &registry, &mut rng, &told);
            silencer = next;
            assert_eq!(silencer.revision(), registry.revision());
            if rng.one_in(3) {
                silencer = silencer.with_now(instant(&mut rng));
            }
            asked += compare(&silencer, &registry, &mut rng, &format!("seed {seed}, step {step}"));
        }
    }
    asked
}

/// Silences of at most a few seconds, around `now`.
fn short_window(rng: &mut SplitMix64, id: String) -> Window {
    let start = NOW - 200_000 + rng.below(400_000) as i64;
    let longest = rng.pick(&[10, 1_000, 4_000]);
    let length = 1 + rng.below(longest) as i64;
    let time = (start.rem_euclid(DAY) as u32, (start + length).rem_euclid(DAY) as u32);
    let (since, clock) = (Timestamp::saturating(start), ClockRange::new(time.0, time.1).unwrap());
    let weekday = Weekday::try_from(((start.div_euclid(DAY) + 3) % 7) as u8).unwrap();
    let schedule: Schedule = match rng.below(6) {
        0 => Daily::new(clock, Zone::utc()).into(),
        1 => Weekly::new([weekday], clock, Zone::utc()).unwrap().into(),
        2 => Periodic::new(since, length, 300_000).unwrap().into(),
        3 => {
            let period = 30_000 + rng.below(5_000_000) as i64;
            Periodic::new(instant(rng), length, period).unwrap().into()
        }
        _ => Once::new(since, Timestamp::saturating(start + length)).unwrap().into(),
    };
    let builder = Window::builder(id).schedule(schedule);
    let builder = match rng.below(8) {
        0 => builder.scope(Scope::everything()),
        1 => builder.scope(Scope::entity("e4").and(Scope::alert_type("HOST"))),
        2 => builder.scope(Scope::entities(["e4", "e5"])),
        _ => builder.scope(Scope::entity("e4")),
    };
    let builder = if rng.one_in(8) { builder.validity(..since) } else { builder };
    builder.build().unwrap()
}

/// Entities with many windows have a near-now timeline.
#[test]
fn is_silenced_many_short_windows_agrees_with_scan() {
    let mut silenced = [0; 2];
    for seed in 0..12 {
        let mut rng = SplitMix64::new(seed);
        let mut registry = Registry::new();
        for n in 0..10 + 12 * seed {
            registry.insert(short_window(&mut rng, n.to_string())).unwrap();
        }
        let builder = Silencer::builder().now(Timestamp::saturating(NOW));
        let mut silencer = builder.build(&registry).unwrap();
        for step in 0..9 {
            let now = silencer.now().unwrap().as_millis();
            let ends = [-131_072, 0, 131_072].map(|since| now + since);
            let around: Vec<_> =
                (0..60).map(|_| now - 150_000 + rng.below(300_000) as i64).collect();
            let edges = registry.iter().flat_map(|window| {
                let at = Timestamp::saturating(now - 140_000 + rng.below(280_000) as i64);
                let (next, previous) = (window.next_occurrence(at), window.previous_occurrence(at));
                next.into_iter().chain(previous).flat_map(|it| [it.start(), it.end()])
            });
            let instants = edges.map(Timestamp::as_millis).chain(ends).chain(around);
            let instants: Vec<_> = instants.flat_map(|t| [t - 1, t, t + 1]).collect();
            for subject in ["e4", "e5", "e6"].map(Subject::entity) {
                for subject in [subject, subject.with_alert_type("HOST")] {
                    let topology = silencer.topology();
                    let covering = registry.iter().filter(|it| it.covers(&subject, topology));
                    let covering: Vec<_> = covering.collect();
                    for t in &instants {
                        let at = Timestamp::saturating(*t);
                        let expected = covering.iter().any(|window| window.is_active(at));
                        let what = || format!("seed {seed}, step {step}: {subject:?} at {t}");
                        assert_eq!(silencer.is_silenced(subject, at), expected, "{}", what());
                        silenced[usize::from(expected)] += 1;
                    }
                }
            }
            silencer = if rng.one_in(3) {
                silencer.with_now(Timestamp::saturating(NOW - 200_000 + rng.below(400_000) as i64))
            } else {
                let id = rng.below(10 + 12 * seed).to_string();
                registry.replace(short_window(&mut rng, id)).unwrap();
                silencer.updated(&registry).unwrap()
            };
        }
    }
    assert!(silenced.iter().all(|count| *count > 50_000), "{silenced:?}");
}

/// A timeline looks no further than it reaches, however long a silence is.
#[test]
fn timeline_evaluates_up_to_horizon() {
    let turns = [0, DAY / 2].map(|from| {
        let clock = ClockRange::new(from as u32, (from + DAY / 2) as u32).unwrap();
        let schedule = Daily::new(clock, Zone::utc());
        Window::builder("w").schedule(schedule).scope(Scope::everything()).build().unwrap()
    });
    let asked = Cell::new(0);
    let windows = turns.iter().inspect(|_| asked.set(asked.get() + 1));
    let (t, horizon) = (Timestamp::saturating(0), Timestamp::saturating(3 * DAY));
    let end = silenced_within(windows, t, horizon);
    assert_eq!(end, Some(SilenceEnd::AtLeast(horizon)));
    assert!(asked.get() <= 4 * turns.len(), "{}", asked.get());
}

#[test]
fn silencer_agrees_with_scan() {
    assert!(differential(0..30, 60) > 50_000);
}

#[test]
fn silencer_many_windows_agrees_with_scan() {
    assert!(differential(1000..1003, 1500) > 5_000);
}

#[test]
#[ignore = "millions of questions; run in release"]
fn silencer_many_seeds_agrees_with_scan() {
    let asked = differential(10_000..16_000, 80);
    assert!(asked > 5_000_000, "{asked}");
}

/// One window for each of `many` entities, in the past.
fn of_each(many: usize) -> Registry {
    let at = |ms: i64| Timestamp::saturating(ms);
    let mut registry = Registry::new();
    for number in 0..many {
        let window = Window::builder(number.to_string())
            .schedule(Once::new(at(number as i64), at(1_000_000)).unwrap())
            .scope(Scope::entity(format!("entity-{number}")));
        registry.insert(window.build().unwrap()).unwrap();
    }
    registry
}

#[test]
fn silencer_revision_now_and_memory_usage() {
    let registry = of_each(1000);
    let silencer = Silencer::builder().now(Timestamp::MAX).build(&registry).unwrap();
    assert_eq!(silencer.revision(), 1000);
    assert_eq!(silencer.now(), Some(Timestamp::MAX));
    assert_eq!(Silencer::new(&registry).unwrap().now(), None);
    let usage = silencer.memory_usage();
    assert_eq!(usage.window_bytes(), 1000 * size_of::<Window>());
    // A cache line and a pointer each at the least, and not much more.
    let bytes = usage.index_bytes();
    assert!((72_000..300_000).contains(&bytes), "{bytes}");
    assert_eq!(bytes, silencer.index().heap_bytes() + size_of::<crate::silencer::Inner>());
}

#[test]
fn explain_validity_and_clock_change_displayed() {
    let mut registry = Registry::new();
    let (from, until) = ("2026-01-01T00:00:00Z", "2026-03-30T00:00:00Z");
    let (since, end): (Timestamp, Timestamp) = (from.parse().unwrap(), until.parse().unwrap());
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    for (id, clock) in [("moved", "01:00-02:30"), ("dropped", "02:10-02:50")] {
        let window = Window::builder(id)
            .schedule(Daily::new(clock.parse().unwrap(), zone.clone()))
            .scope(Scope::entity("db-7"))
            .validity(since..end);
        registry.insert(window.build().unwrap()).unwrap();
    }
    let silencer = Silencer::new(&registry).unwrap();
    let explain = |at: &str| silencer.explain(Subject::entity("db-7"), at.parse().unwrap());
    let change = "on 2026-03-29 (the clocks go from 02:00 to 03:00)";
    let moved = format!("02:30 does not exist {change}: it ends at 03:00");
    let dropped = "nothing on 2026-03-29: 02:10 to 02:50 does not exist on that day \
        (the clocks go from 02:00 to 03:00)";
    for (at, expected) in [
        ("2026-02-01T12:00:00Z", [None, None]),
        ("2026-03-28T12:00:00Z", [Some(moved.as_str()), Some(dropped)]),
        ("2026-03-29T00:30:00Z", [Some(&moved), Some(dropped)]),
        ("2026-03-29T12:00:00Z", [Some(&moved), Some(dropped)]),
        // The bound of the 30th is that of the validity.
        ("2027-03-28T00:30:00Z", [None, Some(dropped)]),
    ] {
        let explanation = explain(at);
        for (verdict, note) in explanation.windows.iter().zip(expected) {
            assert_eq!(verdict.clock_changes, note.into_iter().collect::<Vec<_>>(), "{at}");
            let said = verdict.to_string();
            assert!(said.contains(&format!("; valid from {from}; valid until {until}")), "{said}");
            assert!(note.is_none_or(|note| said.ends_with(note)), "{said}");
        }
    }
    assert!(explain("2027-03-28T00:30:00Z").to_string().contains("expired"));
}

#[test]
fn entity_ref_id() {
    let mut registry = of_each(3);
    let silencer = Silencer::new(&registry).unwrap();
    let late = Window::builder("late")
        .schedule(Once::new(Timestamp::saturating(5), Timestamp::saturating(9)).unwrap())
        .scope(Scope::entity("late-comer").and(Scope::alert_type("disk")))
        .build()
        .unwrap();
    registry.insert(late).unwrap();
    let updated = silencer.updated(&registry).unwrap();
    for id in ["entity-0", "entity-2", "late-comer"] {
        let entity = updated.entity(id).expect(id);
        assert_eq!(entity.id(), id);
        assert_eq!(format!("{entity:?}"), format!("EntityHandle({id:?})"));
    }
    let late = updated.entity("late-comer").expect("it is named");
    let silenced = |ms| late.is_silenced_for("disk", Timestamp::saturating(ms));
    assert_eq!([4, 5, 8, 9].map(silenced), [false, true, true, false]);
    assert!(!late.is_silenced_for("load", Timestamp::saturating(5)));
}

#[test]
fn silenced_batch_equals_single_queries() {
    let silencer = Silencer::new(&of_each(100)).unwrap();
    let ids: Vec<String> = (0..110).map(|number| format!("entity-{number}")).collect();
    // The window of entity n begins with millisecond n.
    let queries: Vec<_> = ids.iter().map(|id| (id.as_str(), Timestamp::saturating(40))).collect();
    let mut answers = vec![false; queries.len()];
    silencer.is_silenced_batch(&queries, &mut answers).unwrap();
    let expected: Vec<bool> = (0..110).map(|number| number <= 40).collect();
    assert_eq!(answers, expected);
}

/// Windows of one entity, so many of a kind that they are looked up together.
fn many_windows_fixtures() -> Vec<(&'static str, Vec<Window>)> {
    let clock = |from: i64, hours: i64| {
        let (from, to) = (from % 24, (from + hours) % 24);
        ClockRange::new((from * HOUR) as u32, (to * HOUR) as u32).unwrap()
    };
    let start = NOW - NOW % DAY;
    let day = |number: i64| Timestamp::saturating(start + number * DAY);
    let window = |number: i64, schedule: Schedule, days: Option<(i64, i64)>| {
        let mut window =
            Window::builder(number.to_string()).schedule(schedule).scope(Scope::entity("a"));
        if let Some((from, until)) = days {
            let hours = |hours: i64| Timestamp::saturating(start + hours * HOUR);
            window = window.validity(hours(24 * from + 7)..hours(24 * until + 3));
        }
        window.build().unwrap()
    };
    // Each for some days of three months, which overlap in all ways.
    let some = |n: i64| Some((n * 7 % 40, n * 7 % 40 + 1 + n * 11 % 50));
    let monthly = |n: i64| {
        let number = if n % 2 == 0 { 1 + (n * 5 % 31) as i32 } else { -1 - (n * 3 % 31) as i32 };
        let day = MonthDay::new(number).unwrap();
        let short = if n % 3 == 0 { ShortMonth::Clamp } else { ShortMonth::Skip };
        Monthly::new(day, clock(n * 5, 1 + n % 7), Zone::utc()).with_short_month(short)
    };
    let weekday = |n: i64| [Weekday::Mon, Weekday::Thu, Weekday::Sun][n as usize % 3];
    let weekly = |n: i64| Weekly::new([weekday(n)], clock(n * 5, 1 + n % 9), Zone::utc()).unwrap();
    let periodic = |n: i64| Periodic::new(day(n % 3), HOUR * (1 + n % 4), 31 * HOUR).unwrap();
    let of = |make: &dyn Fn(i64) -> Window| (0..40).map(make).collect::<Vec<_>>();
    vec![
        ("days of months", of(&|n| window(n, monthly(n).into(), None))),
        (
            "days",
            of(&|n| window(n, Daily::new(clock(n * 5, 1 + n % 5), Zone::utc()).into(), some(n))),
        ),
        ("weeks", of(&|n| window(n, weekly(n).into(), some(n)))),
        ("periods", of(&|n| window(n, periodic(n).into(), some(n)))),
    ]
}

#[test]
fn is_silenced_one_kind_agrees_with_scan() {
    let subject = Subject::entity("a");
    for (what, windows) in many_windows_fixtures() {
        let mut registry = Registry::new();
        for window in &windows {
            registry.insert(window.clone()).unwrap();
        }
        let silencer = Silencer::new(&registry).unwrap();
        let start = NOW - NOW % DAY;
        let is_active = |t: i64| {
            let t = Timestamp::saturating(t);
            windows.iter().any(|window| window.is_active(t))
        };
        let is_silenced =
            |silencer: &Silencer, t: i64| silencer.is_silenced(subject, Timestamp::saturating(t));
        // Every hour, a millisecond before it and in the middle.
        let (mut silenced, mut asked) = (0, 0);
        for hour in -50..24 * 100 {
            for t in [-1, 0, DAY / 48].map(|ms| start + hour * (DAY / 24) + ms) {
                let expected = is_active(t);
                assert_eq!(is_silenced(&silencer, t), expected, "{what} at {t}");
                (silenced, asked) = (silenced + i64::from(expected), asked + 1);
            }
        }
        assert!(silenced > asked / 20 && silenced < asked * 19 / 20, "{what}: {silenced}");
        for number in 0..60 {
            let now = start + number * (DAY + DAY / 3 + 1_234_567);
            let told = silencer.with_now(Timestamp::saturating(now));
            for t in (-40..40).map(|step| now + step * (DAY / 24) / 3) {
                assert_eq!(is_silenced(&told, t), is_active(t), "{what} at {t}, now {now}");
            }
        }
    }
}

#[test]
fn explain_other_alert_types_distinct_and_covered() {
    let outcome = |scope: Scope, entity: &str, alert_type: &str| {
        let year = Once::new(Timestamp::constant(0), Timestamp::MAX).unwrap();
        let window = Window::builder("w").schedule(year).scope(scope).build().unwrap();
        let mut registry = Registry::new();
        registry.insert(window).unwrap();
        let subject = Subject::entity(entity).with_alert_type(alert_type);
        let explained = Silencer::new(&registry).unwrap().explain(subject, Timestamp::MIN);
        explained.windows.into_iter().map(|verdict| verdict.verdict).next()
    };
    let (a, b) = (|| Scope::entity("a"), || Scope::entity("b"));
    let of = |alert_type| Scope::alert_type(alert_type);
    // Excluded by its type, which covers nobody.
    let Some(Verdict::NearMiss { failed }) = outcome(a().and(!of("BACKUP")), "a", "BACKUP") else {
        panic!("it is no near miss")
    };
    assert_eq!((&*failed.path, failed.is_excluded), ("all[1].not.alert_type", true));
    let twice = a().and(!of("BACKUP")).and(b());
    assert_eq!(outcome(twice, "a", "BACKUP"), Some(Verdict::OutOfScope));
    let either = a().and(of("HOST")).or(a().and(of("HOST"))).or(b().and(of("AGENT")));
    let covered = vec!["HOST".into()];
    assert_eq!(outcome(either, "a", "DISK"), Some(Verdict::OtherAlertType { covered }));
}

#[test]
fn silenced_batch_other_length_is_error() {
    let silencer = Silencer::new(&of_each(100)).unwrap();
    let queries = [("entity-0", Timestamp::saturating(40)); 3];
    for (room, message) in [
        (2, "answers: 2 rows are not 3, as the queries are"),
        (4, "answers: 4 rows are not 3, as the queries are"),
    ] {
        let mut answers = vec![false; room];
        let error = silencer.is_silenced_batch(&queries, &mut answers).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.path()), (message, "answers"));
        assert_eq!(answers, vec![false; room]);
    }
    silencer.is_silenced_batch(&[], &mut []).unwrap();
}

#[test]
fn silenced_batch_near_now_equals_single_queries() {
    // The window of entity n begins with millisecond n.
    let silencer = Silencer::builder().now(Timestamp::constant(40)).build(&of_each(100)).unwrap();
    let ids: Vec<String> = (0..96).map(|number| format!("entity-{number}")).collect();
    let asked = |t: fn(i64) -> i64| {
        let at = |number: i64| Timestamp::constant(t(number));
        let queries: Vec<_> = ids.iter().zip(0..).map(|(id, n)| (id.as_str(), at(n))).collect();
        let mut answers = vec![false; queries.len()];
        silencer.is_silenced_batch(&queries, &mut answers).unwrap();
        let expected: Vec<bool> = (0..96).map(|number| t(number) >= number).collect();
        assert_eq!(answers, expected);
    };
    asked(|_| 40);
    // Near and far from `now`, silenced and not, alternately.
    asked(|number| if number % 3 == 0 { 40 } else { 95 - number });
}
