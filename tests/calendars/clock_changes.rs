//! Each rule for changes of the clocks against a walker, at the transitions of zones. The
//! walker knows a zone only as a list of spans of constant offset.

use quietude::calendar::{Calendar, Cron, Days, Dst, Fold, Gap};
use quietude::{ClockRange, Interval, Schedule, Timestamp, Zone};

use crate::random::Random;
use crate::spans::Spans;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms).unwrap()
}

/// The spans around an instant.
fn near(zone: &Zone, t: i64, reach: i64) -> Spans {
    let within = Interval::new(at(t - reach), at(t + reach)).unwrap();
    let mut spans = vec![(t - reach, t + reach, zone.offset_ms(at(t - reach)))];
    for change in zone.transitions(within) {
        let last = spans.last_mut().unwrap();
        last.1 = change.at.as_millis();
        spans.push((change.at.as_millis(), t + reach, change.offset_after_ms));
    }
    spans.retain(|(start, end, _)| start < end);
    Spans(spans)
}

/// A calendar, as the walker sees it.
struct Spec {
    ranges: Vec<(i64, i64)>,
    days: Vec<bool>,
    dst: Dst,
}

impl Spec {
    /// Random ranges near a local time.
    fn random(random: &mut Random, local: i64) -> Self {
        let time = local.rem_euclid(DAY);
        let ranges = (0..random.within(1, 3)).map(|_| {
            let near = [-90, -60, -45, -30, -15, -1, 0, 1, 15, 30, 45, 60, 90, 700];
            let from = (time + random.pick(&near) * MINUTE).rem_euclid(DAY) / MINUTE * MINUTE;
            let lengths = [1, 15, 30, 45, 60, 61, 120, 600, 1439, 1440, 1500, 2880, 4000];
            let length = random.pick(&lengths) * MINUTE;
            (from, from + length)
        });
        let ranges = ranges.collect();
        let every = random.once_in(2);
        let days = (0..7).map(|_| every || random.once_in(2)).collect();
        Self { ranges, days, dst: *random.pick(&[Dst::HighWater, Dst::Reading, Dst::Shift]) }
    }

    /// The calendar; `None` if it has no days.
    fn calendar(&self, zone: &Zone) -> Option<Schedule> {
        let clocks = self.ranges.iter().map(|(from, to)| {
            let days = (to - 1) / DAY;
            ClockRange::over_days(*from as u32, (to - days * DAY) as u32, days as u32).unwrap()
        });
        let clocks: Vec<ClockRange> = clocks.collect();
        let weekdays = (0..7u8).filter(|day| self.days[usize::from(*day)]);
        let weekdays = weekdays.map(|day| quietude::Weekday::try_from(day).unwrap());
        let days = Days::weekdays(weekdays).ok()?;
        let calendar = Calendar::new(clocks[0], zone.clone()).with_days(days);
        Some(calendar.with_clocks(clocks).unwrap().with_dst(self.dst).into())
    }

    /// All occurrences around an instant, sorted by start, of equal starts the longest.
    fn occurrences(&self, spans: &Spans, t: i64) -> Vec<(i64, i64)> {
        let day = spans.local(t).div_euclid(DAY);
        let mut found = Vec::new();
        for day in day - 9..=day + 9 {
            // 1970-01-01 was a Thursday.
            if self.days[(day + 3).rem_euclid(7) as usize] {
                for (from, to) in &self.ranges {
                    found.extend(spans.resolve(self.dst, day * DAY + from, day * DAY + to));
                }
            }
        }
        found.sort_unstable_by_key(|(start, end)| (*start, -end));
        found.dedup_by_key(|(start, _)| *start);
        found
    }
}

fn ms(interval: Interval) -> (i64, i64) {
    (interval.start().as_millis(), interval.end().as_millis())
}

/// Compares everything that a schedule answers at an instant with a list of occurrences.
fn check(schedule: &Schedule, all: &[(i64, i64)], t: i64, what: &dyn Fn() -> String) {
    let covering: Vec<_> = all.iter().filter(|(start, end)| *start <= t && t < *end).collect();
    assert_eq!(schedule.contains(at(t)), !covering.is_empty(), "contains at {t}: {}", what());
    let found = schedule.occurrence_at(at(t)).map(ms);
    assert_eq!(found, covering.last().map(|o| **o), "occurrence at {t}: {}", what());
    let near = |found: Option<(i64, i64)>| found.filter(|(start, _)| (start - t).abs() < 5 * DAY);
    let next = all.iter().find(|(start, _)| *start > t).copied();
    let found = schedule.next_occurrence(at(t)).map(ms);
    assert_eq!(near(found), near(next), "next after {t}: {}", what());
    let previous = all.iter().rev().find(|(start, _)| *start < t).copied();
    let found = schedule.previous_occurrence(at(t)).map(ms);
    assert_eq!(near(found), near(previous), "previous before {t}: {}", what());
    let hour = Interval::new(at(t), at(t + HOUR)).unwrap();
    let found: Vec<_> = schedule.occurrences(hour).map(ms).collect();
    let within: Vec<_> =
        all.iter().filter(|(start, end)| *start < t + HOUR && t < *end).copied().collect();
    assert_eq!(found, within, "occurrences from {t} on: {}", what());
}

/// The instants to ask at a transition.
fn instants(random: &mut Random, change: i64, all: &[(i64, i64)]) -> Vec<i64> {
    let mut instants: Vec<i64> =
        (-3..=3).flat_map(|half| [-1, 0, 1].map(|ms| change + half * 30 * MINUTE + ms)).collect();
    let near = all.iter().flat_map(|(start, end)| [*start, *end]);
    let near = near.filter(|edge| (edge - change).abs() < 3 * DAY);
    instants.extend(near.flat_map(|edge| [edge - 1, edge, edge + 1]));
    instants.extend((0..3).map(|_| change + random.within(-30 * HOUR, 30 * HOUR)));
    instants
}

fn zones(all: bool) -> Vec<Zone> {
    let names = chrono_tz::TZ_VARIANTS;
    let some = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Antarctica/Troll",
        "America/Havana",
        "Asia/Manila",
        "Pacific/Kwajalein",
        "Africa/Monrovia",
        "Asia/Gaza",
        "America/Juneau",
        "Europe/Dublin",
        "Asia/Kathmandu",
        "America/Caracas",
    ];
    let chosen = names.iter().filter(|zone| all || some.contains(&zone.name()));
    chosen.map(|zone| Zone::from(*zone)).collect()
}

fn years(from: &str, until: &str) -> Interval {
    Interval::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

/// Checks some calendars at each transition; returns the number of questions.
fn check_calendars(zones: &[Zone], within: Interval, each: usize, seed: u64) -> usize {
    let mut random = Random(seed);
    let mut questions = 0;
    for zone in zones {
        for change in zone.transitions(within) {
            let change = change.at.as_millis();
            let spans = near(zone, change, 30 * DAY);
            for _ in 0..each {
                let before = spans.local(change - 1);
                let near = if random.once_in(2) { before } else { spans.local(change) };
                let spec = Spec::random(&mut random, near);
                let Some(schedule) = spec.calendar(zone) else { continue };
                let all = spec.occurrences(&spans, change);
                let what = || format!("{schedule}, {:?}, change at {}", spec.ranges, at(change));
                for t in instants(&mut random, change, &all) {
                    check(&schedule, &all, t, &what);
                    questions += 1;
                }
            }
        }
    }
    questions
}

#[test]
fn calendars_equal_walker_at_transitions() {
    let within = years("1970-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    assert!(check_calendars(&zones(false), within, 2, 3) > 50_000);
}

#[test]
#[ignore = "takes minutes"]
fn long_calendars_equal_walker_at_all_transitions() {
    let within = years("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    let questions = check_calendars(&zones(true), within, 3, 4);
    println!("{questions} questions");
}

fn check_cron(zones: &[Zone], within: Interval, seed: u64) -> usize {
    let mut random = Random(seed);
    let mut questions = 0;
    for zone in zones {
        for change in zone.transitions(within) {
            let change = change.at.as_millis();
            let spans = near(zone, change, 20 * DAY);
            let hour = spans.local(change).rem_euclid(DAY) / HOUR;
            let hours = [hour, (hour + 23) % 24, (hour + 1) % 24, random.within(0, 23)];
            let minutes = [0, 30, random.within(0, 59)];
            let list =
                |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            let text = format!("{} {} * * *", list(&minutes), list(&hours));
            let times: Vec<i64> = hours
                .iter()
                .flat_map(|hour| minutes.iter().map(move |minute| hour * HOUR + minute * MINUTE))
                .collect();
            let fold = *random.pick(&[Fold::First, Fold::Both]);
            let gap = *random.pick(&[Gap::Skip, Gap::Shift]);
            let length = *random.pick(&[1, 15, 45, 100, 1500]) * MINUTE;
            let cron = Cron::new(&text, length, zone.clone()).unwrap();
            let schedule = Schedule::from(cron.with_fold(fold).with_gap(gap));
            let day = spans.local(change).div_euclid(DAY);
            let readings =
                (day - 7..=day + 7).flat_map(|day| times.iter().map(move |time| day * DAY + time));
            let all: Vec<_> = spans
                .starts(readings, fold, gap)
                .into_iter()
                .map(|start| (start, start + length))
                .collect();
            let what = || format!("{text} {fold:?} {gap:?} {}, {}", zone.name(), at(change));
            let edges = all.iter().filter(|(start, _)| (start - change).abs() < 2 * DAY);
            let mut instants: Vec<i64> =
                edges.flat_map(|(start, end)| [start - 1, *start, *end, end - 1]).collect();
            instants.extend([change - 1, change, change + HOUR - 1, change + HOUR]);
            for t in instants {
                check(&schedule, &all, t, &what);
                questions += 1;
            }
        }
    }
    questions
}

#[test]
fn cron_folds_and_gaps_equal_walker() {
    let within = years("1970-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    assert!(check_cron(&zones(false), within, 5) > 20_000);
}

#[test]
#[ignore = "takes minutes"]
fn long_cron_folds_and_gaps_equal_walker() {
    let within = years("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    println!("{} questions", check_cron(&zones(true), within, 6));
}
