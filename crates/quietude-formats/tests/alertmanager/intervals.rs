//! Time intervals: the tables of Alertmanager's tests, and its rules written a second time.

use chrono::{DateTime, Datelike, Timelike};
use quietude::{Schedule, Timestamp, Zone};
use quietude_formats::Format;

use super::random::Random;
use super::{at, data, error, import, indented, notes};

/// A configuration with one named list of time intervals.
fn config(intervals: &str) -> String {
    format!(
        "route: {{ receiver: r }}\ntime_intervals:\n- name: t\n  time_intervals:\n{}",
        indented(intervals, 2)
    )
}

fn schedule(intervals: &str) -> Schedule {
    let imported = import(&config(intervals));
    assert_eq!(notes(&imported), [""; 0], "{intervals}");
    let (name, schedule) = &imported.document.schedules[0];
    assert_eq!(name, "t");
    schedule.clone()
}

/// `04 May 20 15:04 +0000`.
fn rfc822(text: &str) -> Timestamp {
    let time = DateTime::parse_from_str(text, "%d %b %y %H:%M %z");
    time.unwrap_or_else(|error| panic!("{text}: {error}")).into()
}

#[test]
fn vendor_table_is_answered() {
    let (mut instants, mut errors) = (0, 0);
    let table = data("alertmanager/intervals.txt");
    for block in table.split("\n---\n").skip(1) {
        let is_result = |line: &&str| {
            line.starts_with("+ ")
                || line.starts_with("error ")
                || (line.starts_with("- ") && line[2..].starts_with(|c: char| c.is_ascii_digit()))
        };
        let intervals: Vec<&str> = block.lines().filter(|line| !is_result(line)).collect();
        let intervals = intervals.join("\n");
        for line in block.lines().filter(is_result) {
            let (sign, rest) = line.split_once(' ').expect("a sign");
            if sign == "error" {
                errors += 1;
                let error = error(Format::Alertmanager, &config(&intervals));
                assert!(
                    error.starts_with("line ")
                        && error.contains("time_intervals[0].time_intervals[0]"),
                    "{error}"
                );
                continue;
            }
            instants += 1;
            let found = schedule(&intervals).contains(rfc822(rest));
            assert_eq!(found, sign == "+", "{intervals}\n{rest}");
        }
    }
    assert_eq!((instants, errors), (77, 20));
}

/// Alertmanager's `ContainsTime`, for an interval with these parts; an empty list is absent.
#[derive(Debug)]
struct Interval {
    times: Vec<(u32, u32)>,
    weekdays: Vec<(u32, u32)>,
    days: Vec<(i32, i32)>,
    months: Vec<(u32, u32)>,
    years: Vec<(i32, i32)>,
    zone: &'static str,
}

const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

impl Interval {
    fn random(random: &mut Random) -> Self {
        fn some<T>(random: &mut Random, item: impl Fn(&mut Random) -> T) -> Vec<T> {
            let count = if random.once_in(2) { 0 } else { 1 + random.below(3) };
            (0..count).map(|_| item(random)).collect()
        }
        let ordered = |random: &mut Random, low: i64, high: i64| {
            let from = random.within(low, high);
            (from, random.within(from, high))
        };
        let unsigned = |random: &mut Random, low, high| {
            let (from, to) = ordered(random, low, high);
            (from as u32, to as u32)
        };
        Self {
            times: some(random, |random| {
                let from = random.within(0, 1439);
                (from as u32, random.within(from + 1, 1440) as u32)
            }),
            weekdays: some(random, |random| unsigned(random, 0, 6)),
            days: some(random, |random| {
                let least = |day: i64| if day < 0 { 28 + day } else { day };
                let day = |random: &mut Random| {
                    if random.once_in(2) { random.within(1, 31) } else { random.within(-31, -1) }
                };
                loop {
                    let (from, to) = (day(random), day(random));
                    if !(from < 0 && to > 0) && least(from) <= least(to) {
                        return (from as i32, to as i32);
                    }
                }
            }),
            months: some(random, |random| unsigned(random, 1, 12)),
            years: some(random, |random| {
                let (from, to) = ordered(random, 2019, 2024);
                (from as i32, to as i32)
            }),
            zone: random.pick(&[
                "UTC",
                "Europe/Berlin",
                "America/New_York",
                "Australia/Lord_Howe",
                "Asia/Kathmandu",
                "Pacific/Apia",
            ]),
        }
    }

    fn yaml(&self, random: &mut Random) -> String {
        use std::fmt::Write as _;
        let mut text = format!("- location: {}\n", self.zone);
        let mut list = |name: &str, items: Vec<String>| {
            if !items.is_empty() {
                _ = writeln!(text, "  {name}: [{}]", items.join(", "));
            }
        };
        let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let time = |(from, to): &(u32, u32)| {
            format!("{{start_time: '{}', end_time: {}}}", clock(*from), clock(*to))
        };
        list("times", self.times.iter().map(time).collect());
        let weekday = |(from, to): &(u32, u32)| match from == to {
            true => WEEKDAYS[*from as usize].to_owned(),
            false => {
                format!("'{}:{}'", WEEKDAYS[*from as usize], WEEKDAYS[*to as usize].to_uppercase())
            }
        };
        list("weekdays", self.weekdays.iter().map(weekday).collect());
        let range = |(from, to): &(i32, i32)| match from == to {
            true => format!("'{from}'"),
            false => format!("'{from}:{to}'"),
        };
        list("days_of_month", self.days.iter().map(range).collect());
        list(
            "months",
            self.months.iter().map(|(from, to)| range(&(*from as i32, *to as i32))).collect(),
        );
        list("years", self.years.iter().map(range).collect());
        _ = random;
        text
    }

    fn contains(&self, t: Timestamp) -> bool {
        let zone: Zone = self.zone.parse().expect("a zone");
        let reading = DateTime::from_timestamp_millis(t.as_millis() + zone.offset_ms(t))
            .expect("a reading")
            .naive_utc();
        let minute = reading.hour() * 60 + reading.minute();
        let next = if reading.month() == 12 {
            (reading.year() + 1, 1)
        } else {
            (reading.year(), reading.month() + 1)
        };
        let first = chrono::NaiveDate::from_ymd_opt(next.0, next.1, 1).expect("a date");
        let last = first.pred_opt().expect("a date").day() as i32;
        let day = reading.day() as i32;
        let on_day = |(from, to): &(i32, i32)| {
            let resolved = |day: i32| if day < 0 { last + day + 1 } else { day };
            let (begin, end) = (resolved(*from), resolved(*to));
            begin <= last && (begin.max(-last)..=end.clamp(-last, last)).contains(&day)
        };
        let weekday = reading.weekday().num_days_from_sunday();
        let within = |value: u32| move |(from, to): &(u32, u32)| (*from..=*to).contains(&value);
        (self.times.is_empty()
            || self.times.iter().any(|(from, to)| (*from..*to).contains(&minute)))
            && (self.weekdays.is_empty() || self.weekdays.iter().any(within(weekday)))
            && (self.days.is_empty() || self.days.iter().any(on_day))
            && (self.months.is_empty() || self.months.iter().any(within(reading.month())))
            && (self.years.is_empty()
                || self.years.iter().any(|(from, to)| (*from..=*to).contains(&reading.year())))
    }
}

/// Random intervals at random instants, and at every half hour around clock changes.
#[test]
fn prop_schedule_equals_contains_time() {
    let random = &mut Random::new(1);
    let (from, to) =
        (at("2019-12-31T00:00:00Z").as_millis(), at("2025-01-02T00:00:00Z").as_millis());
    // Of Berlin, New York and Lord Howe, and the end of a month of each length.
    let changes = [
        "2020-10-25T01:00:00Z",
        "2021-03-28T01:00:00Z",
        "2020-11-01T06:00:00Z",
        "2021-03-14T07:00:00Z",
        "2021-04-03T15:00:00Z",
        "2020-10-03T15:30:00Z",
        "2020-02-29T12:00:00Z",
        "2021-02-28T12:00:00Z",
        "2020-04-30T12:00:00Z",
        "2020-12-31T12:00:00Z",
    ];
    let (mut contained, mut checked) = (0, 0);
    for _ in 0..400 {
        let interval = Interval::random(random);
        let text = interval.yaml(random);
        let schedule = schedule(&text);
        let mut instants: Vec<i64> = (0..60).map(|_| random.within(from, to)).collect();
        for change in changes {
            instants.extend(
                (-40..40).map(|step| {
                    at(change).as_millis() + step * 1_800_000 + random.pick(&[-1, 0, 1])
                }),
            );
        }
        for millis in instants {
            let t = Timestamp::from_millis(millis).expect("a timestamp");
            let expected = interval.contains(t);
            assert_eq!(schedule.contains(t), expected, "{text} {t}");
            (checked, contained) = (checked + 1, contained + u32::from(expected));
        }
    }
    assert!(contained * 10 > checked && checked > 300_000, "{contained} of {checked}");
}

#[test]
fn both_passes_of_a_fold_are_contained() {
    let night = schedule(
        "- times: [{start_time: '02:15', end_time: '02:45'}]\n  location: Europe/Berlin\n",
    );
    for (t, expected) in [
        ("2026-10-25T00:14:59.999Z", false),
        ("2026-10-25T00:15:00Z", true),
        ("2026-10-25T00:45:00Z", false),
        ("2026-10-25T01:15:00Z", true),
        ("2026-10-25T01:44:59.999Z", true),
        ("2026-10-25T01:45:00Z", false),
        // The gap has no such time.
        ("2026-03-29T01:15:00Z", false),
    ] {
        assert_eq!(night.contains(at(t)), expected, "{t}");
    }
}

#[test]
fn empty_list_holds_at_no_time() {
    for intervals in [
        "- times: []",
        "- weekdays: []",
        "- days_of_month: []",
        "- months: []\n  years: ['2020']",
        "- months: ['13']",
        "- years: ['-5:0']",
    ] {
        assert!(
            schedule(intervals).next_occurrence(at("0001-01-01T00:00:00Z")).is_none(),
            "{intervals}"
        );
    }
    let imported = import(
        "route: { receiver: r }\ntime_intervals:\n- name: t\n  time_intervals: []\n- name: u\n",
    );
    for (_, schedule) in &imported.document.schedules {
        assert!(!schedule.contains(at("2026-06-06T12:00:00Z")));
    }
    // A field without a value is absent.
    assert!(schedule("- weekdays:\n  times: ~").contains(at("2026-06-06T12:00:00Z")));
}

#[test]
fn errors_name_place_value_and_meaning() {
    for (intervals, expected) in [
        (
            "- weekdays: ['monday:sunday']",
            "line 5, column 16: time_intervals[0].time_intervals[0].weekdays[0]: sunday is before monday: weeks begin on Sunday here; write 'monday:saturday' and 'sunday'",
        ),
        (
            "- weekday: [monday]",
            "line 5, column 5: time_intervals[0].time_intervals[0].weekday: is not a field of this object; `weekdays` is",
        ),
        (
            "- times: [{start_time: '22:00', end_time: '06:00'}]",
            "line 5, column 13: time_intervals[0].time_intervals[0].times[0]: the end_time is not after the start_time; a range over midnight is two, one up to 24:00 and one from 00:00",
        ),
        (
            "- times: [{start_time: '9:00', end_time: '10:00'}]",
            "line 5, column 26: time_intervals[0].time_intervals[0].times[0].start_time: \"9:00\" is not a time, HH:MM from 00:00 to 24:00",
        ),
        (
            "- location: Europe/Berlim",
            "line 5, column 15: time_intervals[0].time_intervals[0].location: ",
        ),
        (
            "- location: Local",
            "line 5, column 15: time_intervals[0].time_intervals[0].location: Local is the zone of the host of Alertmanager; the option `timezone` must name it",
        ),
        (
            "- months: ['1:2:3']",
            "line 5, column 14: time_intervals[0].time_intervals[0].months[0]: \"1:2:3\" is not a range, from:to",
        ),
        (
            "- days_of_month: 5",
            "line 5, column 20: time_intervals[0].time_intervals[0].days_of_month: 5 is not a list",
        ),
        (
            "- years: [~]",
            "line 5, column 13: time_intervals[0].time_intervals[0].years[0]: nothing is not text",
        ),
    ] {
        let error = error(Format::Alertmanager, &config(intervals));
        assert!(error.starts_with(expected), "{error}\nexpected:\n{expected}");
    }
}
