//! Laws of combinations: membership is that of the parts, occurrences are maximal, and
//! searches end.

use quietude::calendar::Search;
use quietude::{
    Interval, NextSilence, Registry, Schedule, Scope, Silencer, Subject, Timestamp, Window,
    WindowState,
};
use serde_json::{Value, json};

use crate::random::Random;
use crate::sets::schedule;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).unwrap()
}

/// A random schedule; `depth` is how deep it may be nested. With the second result it can
/// be evaluated without the crate's combinations.
fn random_schedule(random: &mut Random, depth: u32) -> Value {
    let zones = ["Europe/Berlin", "Europe/Berlin", "America/New_York", "UTC"];
    if depth > 0 && random.once_in(2) {
        let parts = |random: &mut Random| {
            let count = random.within(1, 3);
            (0..count).map(|_| random_schedule(random, depth - 1)).collect::<Vec<_>>()
        };
        return match random.below(3) {
            0 => json!({"kind": "any", "of": parts(random)}),
            1 => json!({"kind": "all", "of": parts(random)}),
            _ => json!({"kind": "not", "of": random_schedule(random, depth - 1)}),
        };
    }
    let clock = |random: &mut Random| {
        let (from, length) = (random.within(0, 23), random.within(1, 40));
        let (to, days) = ((from + length) % 24, (from + length) / 24);
        format!("{from:02}:00-{to:02}:00+{days}d")
    };
    let zone = random.pick(&zones);
    match random.below(6) {
        0 => json!({"kind": "daily", "clock": clock(random), "timezone": zone}),
        1 => {
            json!({"kind": "weekly", "weekdays": [random.pick(&["monday..friday", "sunday", "tuesday"])],
                    "clock": clock(random), "timezone": zone})
        }
        2 => json!({"kind": "calendar", "days": {"month_days": ["1..10", -1]}, "timezone": zone,
                    "clock": [clock(random), clock(random)],
                    "dst": random.pick(&["high_water", "reading", "shift"])}),
        3 => json!({"kind": "cron", "cron": format!("0 */{} * * *", random.within(1, 12)),
                    "duration_ms": random.within(1, 6) * HOUR, "timezone": zone}),
        4 => {
            let period = random.within(2, 60);
            json!({"kind": "periodic", "start": "2026-10-01T00:00:00Z",
                   "duration_ms": random.within(1, period) * HOUR, "period_ms": period * HOUR})
        }
        _ => {
            json!({"kind": "once", "start": "2026-10-20T00:00:00Z", "end": "2026-10-28T12:00:00Z"})
        }
    }
}

/// Whether a schedule is active, by the parts alone.
fn active(value: &Value, leaves: &dyn Fn(&Value) -> bool) -> bool {
    match value["kind"].as_str().unwrap() {
        "any" => value["of"].as_array().unwrap().iter().any(|part| active(part, leaves)),
        "all" => value["of"].as_array().unwrap().iter().all(|part| active(part, leaves)),
        "not" => !active(&value["of"], leaves),
        _ => leaves(value),
    }
}

fn is_combined(value: &Value) -> bool {
    ["any", "all", "not"].contains(&value["kind"].as_str().unwrap())
}

/// The quarter hours of some days around 2026-10-25, the end of daylight saving time in
/// Berlin. All bounds of the random schedules are on quarter hours.
const FIRST: i64 = 1_792_000_000_000 / HOUR * HOUR;
const STEPS: usize = 20 * 24 * 4;

#[test]
fn combinations_equal_parts_and_are_maximal() {
    let mut random = Random(21);
    let mut checked = 0;
    while checked < 60 {
        let value = random_schedule(&mut random, 3);
        if !is_combined(&value) {
            continue;
        }
        checked += 1;
        let whole = schedule(&value);
        let step = HOUR / 4;
        let mut known: std::collections::HashMap<String, Schedule> = Default::default();
        let mut states = Vec::new();
        for index in 0..STEPS as i64 {
            let t = at(FIRST + index * step);
            let expected = {
                let known = std::cell::RefCell::new(&mut known);
                active(&value, &|leaf| {
                    let mut known = known.borrow_mut();
                    known.entry(leaf.to_string()).or_insert_with(|| schedule(leaf)).contains(t)
                })
            };
            assert_eq!(whole.contains(t), expected, "{value} at {t}");
            states.push(expected);
        }
        // The maximal intervals that begin and end within the range.
        let mut expected = Vec::new();
        let mut start = None;
        for (index, pair) in states.windows(2).enumerate() {
            let edge = FIRST + (index as i64 + 1) * step;
            match (pair[0], pair[1]) {
                (false, true) => start = Some(edge),
                (true, false) => expected.extend(start.take().map(|start| (start, edge))),
                _ => {}
            }
        }
        for (index, (start, end)) in expected.iter().enumerate() {
            let own = Some(Interval::new(at(*start), at(*end)).unwrap());
            for t in [*start, (start + end) / 2, end - 1] {
                assert_eq!(whole.occurrence_at(at(t)), own, "{value} at {t}");
            }
            assert_eq!(whole.next_occurrence(at(start - 1)), own, "{value}");
            assert_eq!(whole.previous_occurrence(at(start + 1)), own, "{value}");
            assert_eq!(whole.search_next(at(start - 1)).found(), own);
            if let Some((next, next_end)) = expected.get(index + 1) {
                let next = Interval::new(at(*next), at(*next_end)).unwrap();
                assert_eq!(whole.next_occurrence(at(*start)), Some(next), "{value}");
                assert_eq!(whole.previous_occurrence(next.start()), own, "{value}");
            }
        }
        if let (Some(first), Some(last)) = (expected.first(), expected.last()) {
            let within = Interval::new(at(first.0), at(last.1)).unwrap();
            let found: Vec<_> = whole
                .occurrences(within)
                .map(|o| (o.start().as_millis(), o.end().as_millis()))
                .collect();
            assert_eq!(found, expected, "{value}");
        }
        // In an index, too.
        let window = Window::builder("w").schedule(whole.clone()).scope(Scope::entity("a"));
        let mut registry = Registry::new();
        registry.insert(window.build().unwrap()).unwrap();
        let silencer = Silencer::builder().now(at(FIRST + 9 * DAY)).build(&registry).unwrap();
        for (index, expected) in states.iter().enumerate() {
            let t = at(FIRST + index as i64 * step);
            assert_eq!(silencer.is_silenced(Subject::entity("a"), t), *expected, "{value}");
        }
    }
}

#[test]
fn laws_of_logic_hold() {
    let mut random = Random(22);
    for _ in 0..12 {
        // Of one zone, so that searches end with a short proof.
        let mut one = || loop {
            let value = random_schedule(&mut random, 1);
            let text = value.to_string();
            let of_others = ["periodic", "cron", "America", "UTC", "reading", "shift"];
            if !of_others.iter().any(|other| text.contains(other)) && text.contains("Berlin") {
                break value;
            }
        };
        let (a, b) = (one(), one());
        let not = |of: &Value| json!({"kind": "not", "of": of});
        let all = |of: &[&Value]| json!({"kind": "all", "of": of});
        let any = |of: &[&Value]| json!({"kind": "any", "of": of});
        let pairs = [
            (not(&not(&a)), any(&[&a])),
            (not(&all(&[&a, &b])), any(&[&not(&a), &not(&b)])),
            (not(&any(&[&a, &b])), all(&[&not(&a), &not(&b)])),
            (any(&[&a]), all(&[&a])),
        ];
        for (left, right) in pairs {
            let (left, right) = (schedule(&left), schedule(&right));
            for _ in 0..4 {
                let t = at(FIRST + random.within(0, 20 * DAY));
                assert_eq!(left.contains(t), right.contains(t), "{left} at {t}");
                assert_eq!(left.occurrence_at(t), right.occurrence_at(t), "{left} at {t}");
                assert_eq!(left.next_occurrence(t), right.next_occurrence(t), "{left} at {t}");
                let previous = left.previous_occurrence(t);
                assert_eq!(previous, right.previous_occurrence(t), "{left} at {t}");
            }
        }
        let never = schedule(&all(&[&a, &not(&a)]));
        let always = schedule(&any(&[&a, &not(&a)]));
        for _ in 0..10 {
            let t = at(FIRST + random.within(0, 20 * DAY));
            assert!(!never.contains(t) && always.contains(t), "{a}");
            assert_eq!(never.occurrence_at(t), None, "{a}");
        }
        assert_eq!(never.search_next(at(FIRST)).found(), None, "{a}");
    }
}

#[test]
fn any_of_one_has_its_coalesced_occurrences() {
    let mut random = Random(23);
    for _ in 0..200 {
        let value = random_schedule(&mut random, 0);
        let (one, any) = (schedule(&value), schedule(&json!({"kind": "any", "of": [value]})));
        let (from, until) = (FIRST, FIRST + 20 * DAY);
        let wide = Interval::new(at(from - 90 * DAY), at(until + 90 * DAY)).unwrap();
        let mut coalesced: Vec<(i64, i64)> = Vec::new();
        for found in one.occurrences(wide) {
            let (start, end) = (found.start().as_millis(), found.end().as_millis());
            match coalesced.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => coalesced.push((start, end)),
            }
        }
        let inner = |(start, end): &(i64, i64)| from <= *start && *end <= until;
        let expected: Vec<_> = coalesced.into_iter().filter(inner).collect();
        let within = Interval::new(at(from), at(until)).unwrap();
        let found: Vec<_> = any
            .occurrences(within)
            .map(|o| (o.start().as_millis(), o.end().as_millis()))
            .filter(inner)
            .collect();
        assert_eq!(found, expected, "{any}");
        for _ in 0..20 {
            let t = at(FIRST + random.within(0, 20 * DAY));
            assert_eq!(any.contains(t), one.contains(t), "{any} at {t}");
        }
    }
}

#[test]
fn searches_that_find_nothing_end() {
    let berlin =
        |clock: &str| json!({"kind": "daily", "clock": clock, "timezone": "Europe/Berlin"});
    let t: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    // Parts of one zone that never meet, and of two zones.
    for other in ["Europe/Berlin", "America/New_York"] {
        let night = json!({"kind": "weekly", "weekdays": ["monday"], "clock": "12:00-12:30", "timezone": other});
        let clock = if other == "Europe/Berlin" { "09:00-10:00" } else { "02:00-03:00" };
        let never = schedule(&json!({"kind": "all", "of": [berlin(clock), night]}));
        assert_eq!(never.search_next(t), Search::Never);
        assert_eq!(never.search_previous(t), Search::Never);
        let window =
            Window::builder("w").schedule(never).scope(Scope::entity("a")).build().unwrap();
        assert_eq!(window.state_at(t), WindowState::Expired);
    }
    let always =
        schedule(&json!({"kind": "any", "of": [berlin("00:00-12:00"), berlin("12:00-24:00")]}));
    assert_eq!(always.occurrence_at(t), Some(Interval::ALWAYS));
    assert_eq!(always.next_occurrence(t), None);
    let not = Schedule::not(always.clone()).unwrap();
    assert_eq!(not.search_next(t), Search::Never);
    let mut registry = Registry::new();
    let window = Window::builder("w").schedule(always).scope(Scope::entity("a")).build().unwrap();
    registry.insert(window).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let until = silencer.silenced_until(Subject::entity("a"), t);
    assert_eq!(until, Some(quietude::SilenceEnd::Never));
    // Days that never come.
    let february = json!({"kind": "calendar", "clock": "00:00-24:00", "timezone": "UTC",
        "days": {"all": [{"month_days": [30]}, {"months": ["february"]}]}});
    assert_eq!(schedule(&february).search_next(t), Search::Never);
    let not = schedule(&json!({"kind": "not", "of": february}));
    assert_eq!(not.occurrence_at(t), Some(Interval::ALWAYS));
    // Rare days are not looked for again with each of some 100,000 runs of the other parts.
    for rare in ["february", "march"] {
        let rare = json!({"kind": "calendar", "clock": "11:00-12:00", "timezone": "Europe/Berlin",
            "days": {"all": [{"month_days": [29]}, {"months": [rare]}, {"weekdays": ["monday"]},
                {"span": {"from": "02-20", "to": "02-29"}}]}});
        let halves = [berlin("00:00-12:00"), berlin("12:00-24:00"), rare];
        let always = schedule(&json!({"kind": "any", "of": halves}));
        assert_eq!(always.occurrence_at(t), Some(Interval::ALWAYS));
    }
}

#[test]
fn search_without_proof_stops_at_limit() {
    // Milliseconds that meet after millions of years at most, and a period of primes.
    let periodic = |start: &str, period: i64| json!({"kind": "periodic", "start": start, "duration_ms": 1, "period_ms": period});
    let rare = json!({"kind": "all", "of": [
        periodic("2026-01-01T00:00:00.001Z", 60_013),
        periodic("2026-01-01T00:00:00.002Z", 60_017),
        periodic("2026-01-01T00:00:00.004Z", 60_029)]});
    let rare = schedule(&rare);
    let t: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    assert!(matches!(rare.search_next(t), Search::Beyond(beyond) if beyond > t));
    assert_eq!(rare.next_occurrence(t), None);
    let always = rare.occurrences(Interval::ALWAYS);
    assert!(always.into_vec().is_err());
    let window = Window::builder("w").schedule(rare).scope(Scope::entity("a")).build().unwrap();
    assert_eq!(window.state_at(t), WindowState::Idle);
    let mut registry = Registry::new();
    registry.insert(window).unwrap();
    let silencer = Silencer::new(&registry).unwrap();
    let next = silencer.next_silence(Subject::entity("a"), t);
    assert!(matches!(next, NextSilence::NotBefore(beyond) if beyond > t), "{next:?}");
    let year = Interval::new(t, "2027-11-27T12:00:00Z".parse().unwrap()).unwrap();
    assert!(silencer.timeline(Subject::entity("a"), year).count() >= 1);
}

/// What covers the start of an interval is not left out because its end was not found.
#[test]
fn occurrences_of_always_without_proof_tell_where_the_search_ended() {
    let years = |years: &str, clock: &str| {
        json!({"kind": "calendar", "clock": clock,
        "days": {"all": [{"weekdays": ["sunday"]}, {"years": [years]}]}, "timezone": "UTC"})
    };
    let some = json!({"kind": "any", "of": [
        years("2026..2026", "23:00-23:30"), years("2000..9999", "13:00-17:30")]});
    let always = schedule(&json!({"kind": "any", "of": [some, {"kind": "not", "of": some}]}));
    let june = Interval::new(
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2026-07-01T00:00:00Z".parse().unwrap(),
    );
    let june = june.unwrap();
    assert!(always.contains(june.start()));
    let Search::Beyond(beyond) = always.search_at(june.start()) else { panic!("it is proved") };
    assert!(beyond > june.end());
    let mut occurrences = always.occurrences(june);
    assert_eq!((occurrences.next(), occurrences.searched_until()), (None, Some(june.start())));
    assert!(always.occurrences(june).into_vec().is_err());
}

/// The end of the contiguous occurrences that cover an instant, as a silence.
fn until(schedule: Schedule, t: Timestamp) -> Option<quietude::SilenceEnd> {
    let mut registry = Registry::new();
    let window = Window::builder("w").schedule(schedule).scope(Scope::entity("a")).build().unwrap();
    registry.insert(window).unwrap();
    Silencer::new(&registry).unwrap().silenced_until(Subject::entity("a"), t)
}

#[test]
fn silence_of_overlapping_ranges_ends_or_is_endless() {
    use quietude::SilenceEnd;
    let t: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    for dst in ["high_water", "reading", "shift"] {
        for clock in [
            json!(["00:00-12:00", "12:00-24:00"]),
            json!(["18:00-20:00+1d"]),
            json!(["18:00-18:00+366d"]),
            json!(["00:00-13:00", "12:00-01:00"]),
        ] {
            let calendar = json!({"kind": "calendar", "clock": clock, "timezone": "Europe/Berlin", "dst": dst});
            assert_eq!(until(schedule(&calendar), t), Some(SilenceEnd::Never), "{calendar}");
        }
        // Of each week, contiguous; and without the Sundays.
        let weekly = |days: Value| {
            json!({"kind": "calendar", "days": days, "clock": "18:00-18:00+7d",
            "timezone": "Europe/Berlin", "dst": dst})
        };
        let always = schedule(&weekly(json!({"weekdays": ["friday"]})));
        assert_eq!(until(always, t), Some(SilenceEnd::Never));
        let rare = schedule(&weekly(
            json!({"all": [{"weekdays": ["friday"]}, {"not": {"month_days": [1]}}]}),
        ));
        let end = until(rare, t).unwrap();
        assert!(matches!(end, SilenceEnd::At(end) if end > t), "{end:?}");
    }
    // 02:50 to 24:00 begins at 03:50 on 2027-03-28, and 00:00 to 03:10 has ended then.
    let calendar = json!({"kind": "calendar", "clock": ["00:00-03:10", "02:50-24:00"],
        "timezone": "Europe/Berlin", "dst": "shift"});
    let end = until(schedule(&calendar), t);
    assert_eq!(end, Some(SilenceEnd::At("2027-03-28T01:10:00Z".parse().unwrap())));
}

/// The end of a silence by days that repeat for some years only is that of its occurrences,
/// one after the other.
#[test]
fn silence_of_days_that_repeat_for_some_years_ends_with_its_occurrences() {
    let sets = [
        json!({"years": ["2001..2024", "2026..2039"]}),
        json!({"dates": ["2001-01-01..2026-03-28", "2026-04-02..2031-10-26"]}),
        json!({"not": {"easter": 1}}),
        json!({"all": [{"weekdays": ["monday", "wednesday", "friday", "sunday"]},
            {"years": ["1999..2034"]}]}),
        json!({"all": [{"not": {"easter": 0}}, {"not": {"easter": 50}}, {"years": ["1900..2030"]}]}),
        json!({"nth": 1, "of": {"years": ["1990..2030"]}, "in": "week"}),
    ];
    let clocks = [
        json!(["00:00-13:00", "12:00-24:00"]),
        json!("00:00-24:00+1d"),
        json!(["06:00-06:00+1d", "05:00-07:00"]),
        json!("12:00-12:00+6d"),
    ];
    let mut ends = 0;
    for (days, clock) in sets.iter().flat_map(|days| clocks.iter().map(move |clock| (days, clock)))
    {
        for (dst, zone) in ["high_water", "reading", "shift"].into_iter().zip([
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
        ]) {
            let schedule = schedule(&json!({"kind": "calendar", "clock": clock, "days": days,
                "dst": dst, "timezone": zone}));
            for from in ["2002-02-03T10:00:00Z", "2026-01-31T12:30:00Z", "2030-06-12T23:00:00Z"] {
                let from: Timestamp = from.parse().unwrap();
                let within = Interval::new(from, "2042-01-01T00:00:00Z".parse().unwrap()).unwrap();
                let mut expected = schedule.contains(from).then_some(from);
                for occurrence in schedule.occurrences(within) {
                    if expected.is_none_or(|end| occurrence.start() > end) {
                        break;
                    }
                    expected = expected.max(Some(occurrence.end()));
                }
                let expected = expected.filter(|end| *end > from);
                let found = until(schedule.clone(), from);
                match (expected, found) {
                    (Some(expected), Some(quietude::SilenceEnd::At(found)))
                        if found < within.end() =>
                    {
                        assert_eq!(found, expected, "{days} {clock} {dst} {from}");
                        ends += 1;
                    }
                    (Some(expected), Some(_)) => {
                        assert!(expected >= within.end(), "{days} {clock} {dst} {from}: {expected}")
                    }
                    (expected, found) => {
                        assert_eq!((expected, found), (None, None), "{days} {clock} {dst} {from}")
                    }
                }
            }
        }
    }
    assert!(ends > 40, "{ends}");
}

/// Days of which no period is known, on which contiguous occurrences do not end.
#[test]
fn silence_of_days_without_a_period_stops_at_limit() {
    let days =
        json!({"not": {"all": [{"easter": 0}, {"month_days": [13]}, {"years": ["8000..9999"]}]}});
    let endless = json!({"kind": "calendar", "clock": ["00:00-13:00", "12:00-01:00+1d"], "days": days,
        "dst": "shift", "timezone": "Europe/Berlin"});
    let t: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    let end = until(schedule(&endless), t).unwrap();
    let quietude::SilenceEnd::AtLeast(end) = end else { panic!("{end:?}") };
    assert!(end > "2500-01-01T00:00:00Z".parse().unwrap(), "{end}");
}
