//! The largest and smallest inputs: an answer or an error, in bounded time and memory. The
//! largest tests are ignored; run them in release, one by one, with `cargo test --release
//! --test it -- --ignored --nocapture extremes`.

use std::fmt::Write as _;

use quietude::{
    Daily, ErrorKind, Interval, NextSilence, Once, Periodic, Registry, Schedule, Scope, SilenceEnd,
    Silencer, Subject, Timestamp, Topology, TopologyBuilder, Window,
};

use crate::helpers::{at, clamped};
use crate::measure::Stopwatch;
use crate::testing::{DAY, HOUR, MINUTE, SplitMix64};

/// About a century.
const CENTURY: i64 = 36_524 * DAY;

/// 2026-11-26T00:00:00Z.
const NOW: i64 = 1_795_651_200_000;

fn window(id: &str, schedule: impl Into<Schedule>, scope: Scope) -> Window {
    Window::builder(id).schedule(schedule).scope(scope).build().unwrap()
}

fn registry(windows: impl IntoIterator<Item = Window>) -> Registry {
    let mut registry = Registry::new();
    windows.into_iter().for_each(|window| registry.insert(window).unwrap());
    registry
}

fn single_window(schedule: impl Into<Schedule>) -> Silencer {
    Silencer::new(&registry([window("w", schedule, Scope::entity("e"))])).unwrap()
}

#[test]
fn timestamp_out_of_range_error() {
    for millis in [i64::MIN, Timestamp::MIN.as_millis() - 1, Timestamp::END.as_millis(), i64::MAX] {
        let error = Timestamp::from_millis(millis).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
        assert!(error.to_string().contains(&millis.to_string()), "{error}");
    }
}

#[test]
fn silencer_first_and_last_millisecond() {
    let ends = [Timestamp::MIN, Timestamp::MAX, Timestamp::END];
    let e = Subject::entity("e");
    // Permanent schedules: every millisecond; every day.
    let always: [Schedule; 2] = [
        Periodic::new(Timestamp::MIN, 1, 1).unwrap().into(),
        Daily::new("00:00-24:00".parse().unwrap(), chrono_tz::Pacific::Apia).into(),
    ];
    for schedule in always {
        let silencer = single_window(schedule);
        assert_eq!(ends.map(|t| silencer.is_silenced(e, t)), [true, true, false]);
        assert_eq!(silencer.silenced_until(e, Timestamp::MIN), Some(SilenceEnd::Never));
        assert_eq!(silencer.silenced_until(e, Timestamp::MAX), Some(SilenceEnd::Never));
        assert_eq!(silencer.next_silence(e, Timestamp::MIN), NextSilence::Never);
        assert_eq!(silencer.with_now(Timestamp::MAX).silenced_until(e, Timestamp::END), None);
        let all = Interval::new(Timestamp::MIN, Timestamp::END).unwrap();
        assert_eq!(silencer.timeline(e, all).count(), 1);
    }
    // From the first millisecond to the last one, exclusive.
    let once = single_window(Once::new(Timestamp::MIN, Timestamp::MAX).unwrap());
    assert_eq!(ends.map(|t| once.is_silenced(e, t)), [true, false, false]);
    assert_eq!(once.silenced_until(e, Timestamp::MIN), Some(SilenceEnd::At(Timestamp::MAX)));
    // Only the first millisecond; only the last one.
    let first =
        single_window(Once::new(Timestamp::MIN, clamped(Timestamp::MIN.as_millis() + 1)).unwrap());
    assert_eq!(ends.map(|t| first.is_silenced(e, t)), [true, false, false]);
    let end = single_window(Periodic::new(Timestamp::MAX, 1, i64::MAX).unwrap());
    assert_eq!(ends.map(|t| end.is_silenced(e, t)), [false, true, false]);
    let NextSilence::At(silence) = end.next_silence(e, Timestamp::MIN) else {
        panic!("no silence")
    };
    assert_eq!((silence.start, silence.end), (Timestamp::MAX, SilenceEnd::Never));
}

#[test]
fn silence_one_millisecond_and_centuries() {
    let e = Subject::entity("e");
    let start = at("1000-01-01T00:00:00Z").as_millis();
    let brief = single_window(Periodic::new(clamped(start), 1, CENTURY).unwrap());
    let long = single_window(Periodic::new(clamped(start), 4 * CENTURY, 5 * CENTURY).unwrap());
    for k in [0, 1, 7, 40] {
        let t = start + k * CENTURY;
        let asked = [t - 1, t, t + 1].map(|t| brief.is_silenced(e, clamped(t)));
        assert_eq!(asked, [false, true, false], "century {k}");
        assert_eq!(brief.silenced_until(e, clamped(t)), Some(SilenceEnd::At(clamped(t + 1))));
        // Active in four centuries of five.
        let silent = k % 5 != 4;
        assert_eq!(long.is_silenced(e, clamped(t)), silent, "century {k}");
    }
    assert_eq!(
        long.silenced_until(e, clamped(start + 1)),
        Some(SilenceEnd::At(clamped(start + 4 * CENTURY)))
    );
    // The longest duration and period: never ends.
    let endless = single_window(Periodic::new(clamped(start), i64::MAX, i64::MAX).unwrap());
    assert_eq!(endless.silenced_until(e, clamped(start)), Some(SilenceEnd::Never));
    assert!(!endless.is_silenced(e, clamped(start - 1)));
    let rare = single_window(Periodic::new(clamped(start), 1, i64::MAX).unwrap());
    assert_eq!(rare.silenced_until(e, clamped(start)), Some(SilenceEnd::At(clamped(start + 1))));
    assert_eq!(rare.next_silence(e, clamped(start)), NextSilence::Never);
}

/// Windows of every kind except rules on entity `e`, short enough to leave gaps.
fn many_windows(count: usize) -> impl Iterator<Item = Window> {
    let mut rng = SplitMix64::new(1);
    let clock = |from: i64| {
        let minute = from / MINUTE;
        format!("{:02}:{:02}-{:02}:{:02}:30", minute / 60, minute % 60, minute / 60, minute % 60)
    };
    (0..count).map(move |number| {
        let start = NOW - 3000 * DAY + rng.below(6000 * DAY);
        let schedule: Schedule = match number % 1000 {
            0 => Periodic::new(clamped(start), 1 + rng.below(1000), (1 + rng.below(30)) * DAY)
                .unwrap()
                .into(),
            1 if number < 5000 => {
                Daily::new(clock(rng.below(DAY)).parse().unwrap(), chrono_tz::Europe::Berlin).into()
            }
            _ => Once::new(clamped(start), clamped(start + 1 + rng.below(MINUTE))).unwrap().into(),
        };
        window(&number.to_string(), schedule, Scope::entity("e"))
    })
}

/// Compares the silencer with direct evaluation for `count` windows on one entity.
fn check_one_entity(count: usize, queries: usize) {
    let registry = registry(many_windows(count));
    let silencer = Silencer::builder().now(clamped(NOW)).build(&registry).unwrap();
    let e = Subject::entity("e");
    let mut rng = SplitMix64::new(2);
    let mut silent = 0;
    for _ in 0..queries {
        // The ends of a window, and a random instant.
        let of = registry.get(rng.below(count as i64).to_string()).unwrap();
        let near = of.next_occurrence(clamped(NOW - 3001 * DAY)).unwrap();
        let anywhere = NOW + rng.below(6000 * DAY) - 3000 * DAY;
        for t in [near.start().as_millis(), near.end().as_millis(), anywhere] {
            let t = clamped(t - 1 + rng.below(3));
            let by: Vec<_> =
                registry.iter().filter(|w| w.is_active(t)).map(|w| w.id().clone()).collect();
            assert_eq!(silencer.is_silenced(e, t), !by.is_empty(), "at {t}");
            assert!(silencer.silenced_by(e, t).map(|w| w.id()).eq(by.iter()), "at {t}");
            let end = silencer.silenced_until(e, t);
            assert_eq!(end.is_some(), !by.is_empty());
            if let Some(SilenceEnd::At(end)) = end {
                assert!(!registry.iter().any(|w| w.is_active(end)), "not ended at {end}");
            }
            silent += usize::from(!by.is_empty());
        }
    }
    assert!(silent > 0 && silent < 3 * queries, "{silent} of {}", 3 * queries);
}

#[test]
fn one_entity_thousands_of_windows() {
    check_one_entity(5_000, 100);
}

#[test]
#[ignore = "a million windows: seconds, in release"]
fn one_entity_million_windows() {
    let stopwatch = Stopwatch::new("1,000,000 windows on one entity");
    check_one_entity(1_000_000, 20);
    stopwatch.report();
}

/// `count` entities with one window each: the hour that starts at the entity's number in
/// minutes.
fn check_one_window_each(count: i64) {
    let id = |number: i64| format!("host-{number:07}.example.org");
    let windows = (0..count).map(|number| {
        let start = NOW + number * MINUTE;
        let hour = Once::new(clamped(start), clamped(start + HOUR)).unwrap();
        window(&number.to_string(), hour, Scope::entity(id(number)))
    });
    let silencer = Silencer::builder().now(clamped(NOW)).build(&registry(windows)).unwrap();
    for number in 0..count {
        let id = id(number);
        let subject = Subject::entity(&id);
        let start = NOW + number * MINUTE;
        let around = [start - 1, start, start + HOUR - 1, start + HOUR];
        let silent = around.map(|t| silencer.is_silenced(subject, clamped(t)));
        assert_eq!(silent, [false, true, true, false], "{id}");
        assert_eq!(
            silencer.silenced_until(subject, clamped(start)),
            Some(SilenceEnd::At(clamped(start + HOUR)))
        );
    }
    assert!(silencer.entity(&id(count)).is_none());
}

#[test]
fn thousands_of_entities_one_window_each() {
    check_one_window_each(5_000);
}

#[test]
#[ignore = "a million entities: seconds, in release"]
fn million_entities_one_window_each() {
    let stopwatch = Stopwatch::new("1,000,000 entities with a window each");
    check_one_window_each(1_000_000);
    stopwatch.report();
}

/// A chain of entities with `e-0` at the top, and a chain of groups with `g-0` innermost.
/// `e-0` is a member of `g-0`.
fn chain(depth: usize) -> TopologyBuilder {
    (1..depth).fold(Topology::builder().add_member("g-0", "e-0"), |builder, number| {
        builder
            .add_child(format!("e-{}", number - 1), format!("e-{number}"))
            .add_subgroup(format!("g-{number}"), format!("g-{}", number - 1))
    })
}

fn hour() -> Once {
    Once::new(clamped(NOW), clamped(NOW + HOUR)).unwrap()
}

#[test]
fn topology_depth_1000() {
    let depth = 1000;
    let build = |scope: Scope| {
        let topology = chain(depth).build().unwrap();
        let registry = registry([window("w", hour(), scope)]);
        Silencer::builder().topology(topology).build(&registry).unwrap()
    };
    let silent = |silencer: &Silencer, number: usize| {
        let id = format!("e-{number}");
        silencer.is_silenced(Subject::entity(&id), clamped(NOW))
    };
    // The scope of the top entity covers the bottom one, by id and by the outermost group.
    for scope in [Scope::entity("e-0"), Scope::group("g-999"), Scope::group("g-0")] {
        let silencer = build(scope);
        assert!([0, 1, 500, 999].iter().all(|number| silent(&silencer, *number)));
        // Groups passed with the query change nothing.
        let with_group = Subject::entity("e-999").with_groups(&["elsewhere"]);
        assert!(silencer.is_silenced(with_group, clamped(NOW)));
    }
    // An excluded entity excludes its descendants.
    let silencer = build(Scope::group("g-999").and(!Scope::entity("e-500")));
    assert_eq!([0, 499, 500, 999].map(|n| silent(&silencer, n)), [true, true, false, false]);
    // The lower half.
    let silencer = build(Scope::entity("e-500"));
    assert_eq!([0, 499, 500, 999].map(|n| silent(&silencer, n)), [false, false, true, true]);
    // A cycle is an error that names some of the entities.
    let error = chain(depth).add_child("e-999", "e-0").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cycle);
    assert!(error.to_string().contains("(992 more)"), "{error}");
}

#[test]
#[ignore = "a hundred thousand levels: half a minute, in release"]
fn topology_depth_100000() {
    let stopwatch = Stopwatch::new("a chain of 100,000 entities");
    let depth = 100_000;
    let topology = chain(depth).build().unwrap();
    let build = |scope: Scope| {
        let registry = registry([window("w", hour(), scope)]);
        Silencer::builder().topology(topology.clone()).build(&registry)
    };
    let silencer = build(Scope::entity("e-0")).unwrap();
    let bottom = Subject::entity("e-99999");
    assert!(silencer.is_silenced(bottom, clamped(NOW)));
    assert!(silencer.is_silenced(bottom.with_groups(&["elsewhere"]), clamped(NOW)));
    assert!(!silencer.is_silenced(bottom, clamped(NOW - 1)));
    // Scopes that need the ancestors of every entity exceed the step limit.
    for scope in [Scope::group("g-99999"), !Scope::entity("e-50000")] {
        let error = build(scope).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        let text = "window `w`: scope: finding whom it covers takes the steps beyond 1000000000";
        assert_eq!(error.to_string(), text);
    }
    stopwatch.report();
}

/// A document of at least `bytes` bytes, and its number of windows.
fn document(bytes: usize) -> (String, usize) {
    let mut text = String::with_capacity(bytes + 1000);
    text += r#"{"version":1,"windows":["#;
    let mut count = 0;
    while text.len() < bytes {
        let comma = if count == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"id":"w-{count}","schedule":{{"kind":"daily","clock":"22:00-02:00","timezone":"Europe/Paris"}},"scope":{{"entity":"host-{}.example.org"}},"tags":{{"ticket":"CHG-{count}"}}}}"#,
            count / 10
        )
        .unwrap();
        count += 1;
    }
    text += "]}";
    (text, count)
}

#[cfg(feature = "serde")]
fn check_document(bytes: usize) {
    let (text, count) = document(bytes);
    let read = quietude::Document::from_json(&text).unwrap();
    drop(text);
    assert_eq!(read.registry.len(), count);
    let silencer = Silencer::new(&read.registry).unwrap();
    let id = format!("host-{}.example.org", (count - 1) / 10);
    let subject = Subject::entity(&id);
    // Paris is at UTC+1 in winter.
    let night = [at("2026-11-26T20:59:59.999Z"), at("2026-11-26T21:00:00Z")];
    assert_eq!(night.map(|t| silencer.is_silenced(subject, t)), [false, true]);
}

#[test]
#[cfg(feature = "serde")]
fn document_one_megabyte() {
    check_document(1_000_000);
}

#[test]
#[ignore = "a hundred megabytes: seconds, in release"]
#[cfg(feature = "serde")]
fn document_100_megabytes() {
    let stopwatch = Stopwatch::new("a document of 100 MB");
    check_document(100_000_000);
    stopwatch.report();

    let stopwatch = Stopwatch::new("100 MB with an error at the end");
    let (mut text, count) = document(100_000_000);
    text.truncate(text.len() - 2);
    text += r#",{"id":"w-0"}]}"#;
    let error = quietude::Document::from_json(&text).unwrap_err();
    assert_eq!(error.to_string(), "window `w-0`: schedule: is missing");
    text.truncate(text.len() - 1);
    let wrong = text.replace(r#"{"id":"w-0"}"#, "1");
    let error = quietude::Document::from_json(&wrong).unwrap_err();
    assert_eq!(error.to_string(), format!("windows[{count}]: 1 is not an object"));
    stopwatch.report();

    let stopwatch = Stopwatch::new("one string of 100 MB");
    let long = "x".repeat(100_000_000);
    let text = format!(r#"{{"version":1,"windows":[{{"id":"{long}"}}]}}"#);
    let error = quietude::Document::from_json(&text).unwrap_err();
    assert!(error.to_string().len() < 200, "{} bytes", error.to_string().len());
    stopwatch.report();
}
