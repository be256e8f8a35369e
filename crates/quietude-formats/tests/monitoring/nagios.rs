//! Time periods of Nagios against a slow evaluator of its documented rules.

use chrono::{Datelike, NaiveDate, Timelike, Weekday};
use quietude_formats::Format;

use crate::mktime::{ZONES, compare, questions, reading, zone};
use crate::random::Random;
use crate::{check_round_trip, import, in_zone, schedule};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];
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

/// A day of a month.
#[derive(Clone, Copy, Debug)]
enum Day {
    Number(i64),
    Nth(i64, usize),
}

impl Day {
    fn date(self, year: i32, month: u32) -> Option<NaiveDate> {
        let days = (1..=31).filter_map(|day| NaiveDate::from_ymd_opt(year, month, day));
        let mut days: Vec<_> = match self {
            Self::Number(_) => days.collect(),
            Self::Nth(_, weekday) => {
                days.filter(|date| date.weekday() == WEEKDAYS[weekday].1).collect()
            }
        };
        let (Self::Number(n) | Self::Nth(n, _)) = self;
        if n < 0 {
            days.reverse();
        }
        days.get(n.unsigned_abs() as usize - 1).copied()
    }
}

/// An exception, by its precedence.
#[derive(Clone, Copy, Debug)]
enum Days {
    Dates(NaiveDate, Option<NaiveDate>),
    Yearly((u32, Day), (u32, Day)),
    Monthly(Day, Day),
}

#[derive(Debug)]
struct Line {
    days: Option<Days>,
    weekday: usize,
    precedence: usize,
    step: i64,
    times: Vec<(u32, u32)>,
    text: String,
}

impl Line {
    fn has(&self, date: NaiveDate) -> bool {
        let Some(days) = self.days else {
            return date.weekday() == WEEKDAYS[self.weekday].1;
        };
        let (year, month) = (date.year(), date.month());
        let (from, to) = match days {
            Days::Dates(from, to) => (Some(from), to.or(Some(NaiveDate::MAX))),
            Days::Monthly(from, to) => {
                let last = (28..=31).rev().find_map(|d| NaiveDate::from_ymd_opt(year, month, d));
                (from.date(year, month), to.date(year, month).or(last))
            }
            Days::Yearly((a, from), (b, to)) => {
                let (from, mut to) = (from.date(year, a), to.date(year, b));
                if to < from {
                    to = NaiveDate::from_ymd_opt(year, 12, 31);
                }
                (from, to)
            }
        };
        let (Some(from), Some(to)) = (from, to) else { return false };
        let is_inside =
            if from <= to { (from..=to).contains(&date) } else { date >= from || date <= to };
        is_inside && (self.step < 2 || (date - from).num_days() % self.step == 0)
    }
}

impl Line {
    /// Dates on which something may begin or end.
    fn dates(&self) -> Vec<NaiveDate> {
        let year = 2015 + (self.text.len() as i32 % 20);
        match self.days {
            Some(Days::Dates(from, to)) => [from].into_iter().chain(to).collect(),
            Some(Days::Yearly((a, from), (b, to))) => {
                [from.date(year, a), to.date(year, b)].into_iter().flatten().collect()
            }
            Some(Days::Monthly(from, to)) => {
                [from.date(year, 2), to.date(year, 3)].into_iter().flatten().collect()
            }
            None => Vec::new(),
        }
    }
}

/// The lines in the order of Nagios: by precedence, then as they stand.
fn is_active(lines: &[Line], millis: i64, zone: chrono_tz::Tz) -> bool {
    let local = reading(millis, zone);
    let second = local.num_seconds_from_midnight();
    let exception = (0..5).find_map(|precedence| {
        let found = |line: &&Line| {
            line.days.is_some() && line.precedence == precedence && line.has(local.date())
        };
        lines.iter().find(found)
    });
    let is_weekday = |line: &&Line| line.days.is_none() && line.has(local.date());
    let line = exception.or_else(|| lines.iter().rev().find(is_weekday));
    line.is_some_and(|line| {
        let is_in =
            |&(from, to): &(u32, u32)| from <= second && second <= to && (from, to) != (0, 0);
        line.times.iter().any(is_in)
    })
}

fn day(random: &mut Random, is_weekday: bool) -> (Day, String) {
    if is_weekday {
        let (n, weekday) = (*random.pick(&[1, 2, 3, 4, -1, -2]), random.within(0, 6) as usize);
        (Day::Nth(n, weekday), format!("{} {n}", WEEKDAYS[weekday].0))
    } else {
        let day = if random.once_in(4) { random.within(-28, -1) } else { random.within(1, 31) };
        (Day::Number(day), format!("{day}"))
    }
}

fn line(random: &mut Random) -> Line {
    let mut times = Vec::new();
    let mut time_text = Vec::new();
    for _ in 0..random.within(1, 3) {
        let (a, b) = (random.within(0, 96) * 15, random.within(0, 96) * 15);
        let (a, b) = (a.min(b), a.max(b));
        times.push(((a * 60) as u32, (b * 60) as u32));
        time_text.push(format!("{:02}:{:02}-{:02}:{:02}", a / 60, a % 60, b / 60, b % 60));
    }
    let mut step = 1;
    let mut step_text = String::new();
    if random.once_in(3) {
        step = random.within(2, 5);
        step_text = format!(" / {step}");
    }
    let date = |random: &mut Random| {
        let (year, month) = (random.within(2015, 2034), random.within(1, 12));
        NaiveDate::from_ymd_opt(year as i32, month as u32, random.within(1, 28) as u32).unwrap()
    };
    let month = |random: &mut Random| random.within(1, 12) as u32;
    let name = |month: u32| MONTHS[month as usize - 1];
    let weekday = random.within(0, 6) as usize;
    let (days, precedence, text) = match random.within(0, 9) {
        0 => {
            let (from, to) = (date(random), date(random));
            let (from, to) = if step > 1 { (from.min(to), from.max(to)) } else { (from, to) };
            (Some(Days::Dates(from, Some(to))), 0, format!("{from} - {to}{step_text}"))
        }
        1 => {
            let from = date(random);
            let to = (step < 2).then_some(from);
            (Some(Days::Dates(from, to)), 0, format!("{from}{step_text}"))
        }
        2 => {
            let (a, b) = (month(random), month(random));
            let ((from, x), (to, y)) = (day(random, false), day(random, false));
            let text = format!("{} {x} - {} {y}{step_text}", name(a), name(b));
            (Some(Days::Yearly((a, from), (b, to))), 1, text)
        }
        3 => {
            (step, step_text) = (1, String::new());
            let (a, (from, x)) = (month(random), day(random, false));
            (Some(Days::Yearly((a, from), (a, from))), 1, format!("{} {x}", name(a)))
        }
        4 => {
            let ((from, x), (to, y)) = (day(random, false), day(random, false));
            (Some(Days::Monthly(from, to)), 2, format!("day {x} - {y}{step_text}"))
        }
        5 => {
            let (a, b) = (month(random), month(random));
            let ((from, x), (to, y)) = (day(random, true), day(random, true));
            let text = format!("{x} {} - {y} {}{step_text}", name(a), name(b));
            (Some(Days::Yearly((a, from), (b, to))), 3, text)
        }
        6 => {
            let ((from, x), (to, y)) = (day(random, true), day(random, true));
            (Some(Days::Monthly(from, to)), 4, format!("{x} - {y}{step_text}"))
        }
        7 => {
            (step, step_text) = (1, String::new());
            let (from, x) = day(random, true);
            (Some(Days::Monthly(from, from)), 4, x)
        }
        _ => {
            (step, step_text) = (1, String::new());
            (None, 5, WEEKDAYS[weekday].0.to_owned())
        }
    };
    let _ = &step_text;
    let text = format!("{text}  {}", time_text.join(", "));
    Line { days, weekday, precedence, step, times, text }
}

#[test]
fn periods_equal_the_slow_evaluator() {
    let (mut asked, mut used) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let name = *random.pick(&ZONES);
        let lines: Vec<Line> = (0..random.within(1, 6)).map(|_| line(&mut random)).collect();
        let text: Vec<_> = lines.iter().map(|line| format!("  {}\n", line.text)).collect();
        let text = format!("define timeperiod {{\n  timeperiod_name p\n{}}}\n", text.concat());
        let imported = import(Format::Nagios, &text, &in_zone(name));
        // A range that Nagios itself reads in an unexpected way is left out.
        let Some((_, found)) = imported.document.schedules.first() else {
            let note = imported.notes.iter().find(|note| note.message.starts_with("left out"));
            note.unwrap_or_else(|| panic!("neither a schedule nor a note\n{text}"));
            continue;
        };
        check_round_trip(&imported.document);
        let near: Vec<NaiveDate> = lines.iter().flat_map(Line::dates).collect();
        let instants = questions(&mut random, &near, name, 150);
        let expected = |t: i64| is_active(&lines, t, zone(name));
        asked += compare(&format!("{name}\n{text}"), &instants, |t| found.contains(t), expected);
        used += 1;
    }
    assert!(used > 250 && asked > 40_000, "{used} periods, {asked} instants");
}

#[test]
fn excluded_periods_are_taken_out() {
    let text = "
define timeperiod {
  timeperiod_name   holidays
  december 25       00:00-24:00
  january 1         00:00-24:00
}
define timeperiod {
  name              business-days
  monday            09:00-17:00
  friday            09:00-15:00
  register          0
}
define timeperiod {
  use               business-days
  timeperiod_name   work
  december 24       09:00-12:00
  2026-12-28        00:00-00:00
  exclude           holidays
}";
    let imported = import(Format::Nagios, text, &in_zone("Europe/Paris"));
    check_round_trip(&imported.document);
    let work = schedule(&imported.document, "work");
    let is_active = |t: &str| work.contains(t.parse().expect("an instant"));
    assert!(is_active("2026-12-21T16:00:00Z"), "Monday, 17:00:00");
    assert!(!is_active("2026-12-21T16:00:01Z"), "17:00:01");
    assert!(is_active("2026-12-24T10:59:59Z") && !is_active("2026-12-24T12:00:00Z"));
    assert!(!is_active("2026-12-25T10:00:00Z"), "a Friday, excluded");
    assert!(!is_active("2026-12-28T10:00:00Z"), "a Monday without times");
    assert_eq!(imported.document.schedules.len(), 2);
}
