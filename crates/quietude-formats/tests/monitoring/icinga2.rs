//! Time periods of Icinga 2 against a slow evaluator that normalises broken-down times as
//! mktime does, and scheduled downtimes.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use quietude::{Subject, Topology};
use quietude_formats::Format;

use crate::mktime::{ZONES, compare, instant, midnight, questions, reading, zone};
use crate::random::Random;
use crate::{check_round_trip, import, in_zone, notes, schedule, window};

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day definition, resolved from the date that is asked.
#[derive(Clone, Copy, Debug)]
enum Spec {
    Date(NaiveDate),
    Day(i64),
    MonthDay(u32, i64),
    Weekday(usize),
    Nth(i64, usize),
    NthOf(i64, usize, u32),
}

impl Spec {
    fn text(self) -> String {
        let month = |month: u32| MONTHS[month as usize - 1];
        match self {
            Self::Date(date) => date.to_string(),
            Self::Day(day) => format!("day {day}"),
            Self::MonthDay(of, day) => format!("{} {day}", month(of)),
            Self::Weekday(weekday) => WEEKDAYS[weekday].to_owned(),
            Self::Nth(n, weekday) => format!("{} {n}", WEEKDAYS[weekday]),
            Self::NthOf(n, weekday, of) => format!("{} {n} {}", WEEKDAYS[weekday], month(of)),
        }
    }

    /// The day, counted on over the ends of months.
    fn date(self, reference: NaiveDate) -> NaiveDate {
        let first = |month: u32| NaiveDate::from_ymd_opt(reference.year(), month, 1).unwrap();
        let last = |month: u32| {
            let next = if month == 12 { first(1) + Days::new(366) } else { first(month + 1) };
            let next = next.with_day(1).unwrap();
            next - Days::new(1)
        };
        let counted = |month: u32, day: i64| match day {
            1.. => first(month) + TimeDelta::days(day - 1),
            _ => last(month) + TimeDelta::days(day + 1),
        };
        let nth = |month: u32, n: i64, weekday: usize| {
            let step = TimeDelta::days(n.signum());
            let mut date = if n > 0 { first(month) } else { last(month) };
            let mut seen = 0;
            loop {
                if date.weekday().num_days_from_monday() as usize == weekday {
                    seen += 1;
                    if seen == n.abs() {
                        return date;
                    }
                }
                date += step;
            }
        };
        match self {
            Self::Date(date) => date,
            Self::Day(day) => counted(reference.month(), day),
            Self::MonthDay(month, day) => counted(month, day),
            Self::Weekday(weekday) => {
                let wanted = Weekday::try_from(weekday as u8).unwrap();
                (0..7).map(|n| reference + Days::new(n)).find(|d| d.weekday() == wanted).unwrap()
            }
            Self::Nth(n, weekday) => nth(reference.month(), n, weekday),
            Self::NthOf(n, weekday, month) => nth(month, n, weekday),
        }
    }
}

#[derive(Debug)]
struct Entry {
    from: Spec,
    to: Spec,
    step: i64,
    times: Vec<(i64, i64)>,
    key: String,
    value: String,
}

impl Entry {
    fn has(&self, date: NaiveDate) -> bool {
        let (from, to) = (self.from.date(date), self.to.date(date));
        (from..=to).contains(&date) && (date - from).num_days() % self.step == 0
    }

    /// The instants of the ranges of a date.
    fn is_active(&self, date: NaiveDate, millis: i64, zone: chrono_tz::Tz) -> bool {
        self.times.iter().any(|&(from, to)| {
            let to = if from >= to { to + 86_400 } else { to };
            let bound = |seconds| instant(midnight(date) + TimeDelta::seconds(seconds), zone);
            (bound(from)..bound(to)).contains(&millis)
        })
    }
}

fn spec(random: &mut Random) -> Spec {
    let weekday = random.within(0, 6) as usize;
    let month = random.within(1, 12) as u32;
    let day = |random: &mut Random| match random.within(0, 3) {
        0 => random.within(-31, -1),
        _ => random.within(1, 31),
    };
    let nth = |random: &mut Random| *random.pick(&[1, 2, 3, 4, 5, -1, -2, -4, -5]);
    match random.within(0, 9) {
        0 | 1 => {
            let year = random.within(2015, 2034) as i32;
            Spec::Date(NaiveDate::from_ymd_opt(year, month, random.within(1, 28) as u32).unwrap())
        }
        2 | 3 => Spec::Day(day(random)),
        4 | 5 => Spec::MonthDay(month, day(random)),
        6 => Spec::Weekday(weekday),
        7 => Spec::Nth(nth(random), weekday),
        _ => Spec::NthOf(nth(random), weekday, month),
    }
}

fn entry(random: &mut Random) -> Entry {
    let from = spec(random);
    let mut to = from;
    let mut step = 1;
    let mut key = from.text();
    if random.once_in(2) {
        to = spec(random);
        // Of the same kind more often than not.
        for _ in 0..8 {
            if std::mem::discriminant(&from) == std::mem::discriminant(&to) {
                break;
            }
            to = spec(random);
        }
        key = format!("{key} - {}", to.text());
        // From a weekday on, the step does not matter.
        if random.once_in(3) {
            step = random.within(2, 4);
            key = format!("{key} / {step}");
        }
    }
    let time = |random: &mut Random, most: i64| random.within(0, most * 4) * 900;
    let times: Vec<_> = (0..random.within(1, 2))
        .map(|_| {
            let most = if random.once_in(9) { 30 } else { 23 };
            let from = time(random, most);
            let most = if random.once_in(5) { 40 } else { 24 };
            (from, time(random, most))
        })
        .collect();
    let clock = |seconds: i64| format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    let texts: Vec<_> = times.iter().map(|(a, b)| format!("{}-{}", clock(*a), clock(*b))).collect();
    Entry { from, to, step, times, key, value: texts.join(",") }
}

#[test]
fn periods_equal_the_slow_evaluator() {
    let (mut asked, mut used) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed ^ 0xaaaa);
        let name = *random.pick(&ZONES);
        let mut entries: Vec<Entry> =
            (0..random.within(1, 4)).map(|_| entry(&mut random)).collect();
        // Of equal keys the last one counts.
        entries.reverse();
        let mut keys = std::collections::HashSet::new();
        entries.retain(|entry| keys.insert(entry.key.clone()));
        entries.reverse();
        let ranges: Vec<_> =
            entries.iter().map(|e| format!("    \"{}\" = \"{}\"\n", e.key, e.value)).collect();
        let text =
            format!("object TimePeriod \"p\" {{\n  ranges = {{\n{}  }}\n}}\n", ranges.concat());
        let imported = import(Format::Icinga2, &text, &in_zone(name));
        // A day that some months lack, as the end of a range, is left out.
        let Some((_, found)) = imported.document.schedules.first() else {
            let note = imported.notes.iter().find(|note| note.message.starts_with("left out"));
            note.unwrap_or_else(|| panic!("neither a schedule nor a note\n{text}"));
            continue;
        };
        check_round_trip(&imported.document);
        let year = NaiveDate::from_ymd_opt(2015 + seed as i32 % 20, 2, 10).unwrap();
        let near: Vec<NaiveDate> =
            entries.iter().flat_map(|e| [e.from.date(year), e.to.date(year)]).collect();
        let instants = questions(&mut random, &near, name, 150);
        let tz = zone(name);
        let expected = |t: i64| {
            let today = reading(t, tz).date();
            (-1..4).any(|n| {
                let date = today - TimeDelta::days(n);
                entries.iter().any(|entry| entry.has(date) && entry.is_active(date, t, tz))
            })
        };
        asked += compare(&format!("{name}\n{text}"), &instants, |t| found.contains(t), expected);
        used += 1;
    }
    assert!(used > 250 && asked > 40_000, "{used} periods, {asked} instants");
}

#[test]
fn excluded_and_included_periods_depend_on_the_preference() {
    let text = |prefer: &str| {
        format!(
            r#"
template TimePeriod "base" {{
  ranges.monday = "09:00-17:00"
}}
object TimePeriod "work" {{
  import "base"
  display_name = "work"
  ranges += {{ "tuesday" = "09:00-17:00" }}
  excludes = [ "lunch" ]
  includes = [ "standby" ]
  {prefer}
}}
object TimePeriod "lunch" {{ ranges = {{ monday = "12:00-13:00", tuesday = "12:00-13:00" }} }}
object TimePeriod "standby" {{ ranges = {{ monday = "12:30-12:45" }} }}
"#
        )
    };
    // A Monday, 11:45, 12:15 and 12:40.
    let times = ["2026-11-30T11:45:00Z", "2026-11-30T12:15:00Z", "2026-11-30T12:40:00Z"];
    let answers = |prefer: &str| {
        let imported = import(Format::Icinga2, &text(prefer), &in_zone("UTC"));
        assert_eq!(imported.notes, []);
        check_round_trip(&imported.document);
        let work = schedule(&imported.document, "work");
        times.map(|t| work.contains(t.parse().expect("an instant")))
    };
    assert_eq!(answers(""), [true, false, true]);
    assert_eq!(answers("prefer_includes = true"), [true, false, true]);
    assert_eq!(answers("prefer_includes = false"), [true, false, false]);
}

#[test]
fn downtimes_have_the_scope_of_their_rule() {
    let text = r#"
/* Objects that are not read. */
object Host "db-1" { check_command = "hostalive"; vars.os = "Linux" }

apply ScheduledDowntime "backup" to Service {
  author = "icingaadmin"
  comment = "Backup"
  ranges = { "sunday" = "22:00-06:00" }
  assign where service.vars.backup == true &&
    ("linux" in host.groups || match("db-*", service.name))
  ignore where host.vars.stage == "test"
}
apply ScheduledDowntime "patch" to Host {
  ranges = { "tuesday 2" = "20:00-22:00" }
  child_options = "DowntimeNonTriggeredChildren"
  assign where host.name == "db-1" || host.name in [ "db-2", "db-3" ]
}
object ScheduledDowntime "move" {
  host_name = "db-1"
  service_name = "ping4"
  ranges = { "2026-06-06" = "15:00-27:00" }
}
"#;
    let imported = import(Format::Icinga2, text, &in_zone("Europe/Berlin"));
    assert_eq!(notes(&imported), [""; 0]);
    check_round_trip(&imported.document);
    let topology = Topology::builder();
    let topology = [
        ("db-1!mysql", &[("type", "Service"), ("name", "db-mysql")][..]),
        ("web!disk", &[("type", "Service"), ("host.groups", "linux")]),
        ("web!test", &[("type", "Service"), ("host.groups", "linux"), ("host.vars.stage", "test")]),
        ("web", &[("type", "Host"), ("host.groups", "linux")]),
    ]
    .into_iter()
    .fold(topology, |builder, (id, attributes)| {
        let builder = builder.add_attribute(id, "vars.backup", "true");
        attributes.iter().fold(builder, |b, (name, value)| b.add_attribute(id, *name, *value))
    });
    let topology = topology.add_child("db-2", "vm-7").build().expect("a topology");
    let covers = |id: &str, entity: &str| {
        window(&imported.document, id).covers(&Subject::entity(entity), &topology)
    };
    assert!(covers("backup", "db-1!mysql") && covers("backup", "web!disk"));
    assert!(!covers("backup", "web!test") && !covers("backup", "web"));
    assert!(covers("patch", "db-1") && covers("patch", "db-3") && covers("patch", "vm-7"));
    assert!(!covers("patch", "db-1!ping4"));
    assert!(covers("db-1!ping4!move", "db-1!ping4") && !covers("db-1!ping4!move", "db-1"));
    let moved = window(&imported.document, "db-1!ping4!move");
    assert!(moved.is_active("2026-06-07T00:59:59Z".parse().unwrap()));
    assert!(!moved.is_active("2026-06-07T01:00:00Z".parse().unwrap()));
    assert_eq!(window(&imported.document, "backup").tags()["comment"], "Backup");
}

#[test]
fn downtimes_of_the_api_are_windows() {
    let text = r#"{ "results": [
      { "name": "db-1!ping4!11", "type": "Downtime", "joins": {}, "meta": {},
        "attrs": { "author": "a", "comment": "c", "host_name": "db-1", "service_name": "ping4",
          "start_time": 1764288000.5, "end_time": 1764291600.0, "fixed": true, "triggered_by": "" } },
      { "name": "db-2!12", "type": "Downtime",
        "attrs": { "host_name": "db-2", "start_time": 1764288000, "end_time": 1764291600, "fixed": false } } ] }"#;
    let imported = import(Format::Icinga2, text, &quietude_formats::ImportOptions::new());
    check_round_trip(&imported.document);
    let downtime = window(&imported.document, "db-1!ping4!11");
    assert!(!downtime.is_active(crate::at(1_764_288_000_499)));
    assert!(downtime.is_active(crate::at(1_764_288_000_500)));
    assert!(!downtime.is_active(crate::at(1_764_291_600_000)));
    assert_eq!(
        notes(&imported),
        [
            "results[1] \"db-2!12\": fixed: left out: a flexible downtime begins with a problem of the \
          host or service"
        ]
    );
}
