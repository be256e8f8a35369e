//! Sets of days as JSON: read by the crate, generated, and marked day by day without it.

use chrono::{Datelike, NaiveDate, Weekday};
use quietude::calendar::Days;
use quietude::{Document, Schedule};
use serde_json::{Value, json};

use crate::random::Random;

const FIRST_YEAR: i32 = 1895;

pub(crate) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
pub(crate) const MONTHS: [&str; 12] = [
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

/// The schedule of a document with one window.
pub(crate) fn schedule(schedule: &Value) -> Schedule {
    let text = json!({"version": 1, "windows": [
        {"id": "w", "scope": "everything", "schedule": schedule}]});
    let document =
        Document::from_json(&text.to_string()).unwrap_or_else(|error| panic!("{error}: {text}"));
    document.registry.get("w").unwrap().schedule().clone()
}

/// A set of days.
pub(crate) fn days(days: &Value) -> Days {
    let calendar =
        json!({"kind": "calendar", "days": days, "clock": "00:00-24:00", "timezone": "UTC"});
    let Schedule::Calendar(calendar) = schedule(&calendar) else { panic!("not a calendar") };
    calendar.days().unwrap().clone()
}

/// 1895-01-01, before all dates in random sets.
pub(crate) fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap()
}

fn weekday(name: &Value) -> Weekday {
    let index = WEEKDAYS.iter().position(|known| known == name).unwrap();
    Weekday::try_from(index as u8).unwrap()
}

fn days_in_month(date: NaiveDate) -> i64 {
    let next = if date.month() == 12 {
        NaiveDate::from_ymd_opt(date.year() + 1, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(date.year(), date.month() + 1, 1)
    };
    i64::from(next.unwrap().pred_opt().unwrap().day())
}

/// The two ends of an item of a list.
fn ends(item: &Value) -> (String, String) {
    let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    match text.split_once("..") {
        Some((first, last)) => (first.to_owned(), last.to_owned()),
        None => (text.clone(), text),
    }
}

/// Whether a position is in a range of positions of a cycle.
fn in_cycle(at: usize, first: usize, last: usize) -> bool {
    if first <= last { (first..=last).contains(&at) } else { at >= first || at <= last }
}

/// Easter Sunday by the computus of Butcher, with other variables than the crate.
fn easter(y: i32) -> NaiveDate {
    let g = y % 19;
    let c = y / 100;
    let h = (c - c / 4 - (8 * c + 13) / 25 + 19 * g + 15) % 30;
    let i = h - (h / 28) * (1 - (h / 28) * (29 / (h + 1)) * ((21 - g) / 11));
    let j = (y + y / 4 + i + 2 - c + c / 4) % 7;
    let l = i - j;
    let month = 3 + (l + 40) / 44;
    let day = l + 28 - 31 * (month / 4);
    NaiveDate::from_ymd_opt(y, month as u32, day as u32).unwrap()
}

/// Marks the days of a set, one by one. Days near the ends of the list, which has no gaps,
/// may depend on days outside of it.
pub(crate) fn mark(set: &Value, all: &[NaiveDate]) -> Vec<bool> {
    let (form, value) = set
        .as_object()
        .unwrap()
        .iter()
        .find(|(key, _)| !["weekday", "of", "in"].contains(&key.as_str()))
        .unwrap();
    let items = || value.as_array().unwrap().iter().map(ends).collect::<Vec<_>>();
    let each = |is: &dyn Fn(NaiveDate) -> bool| all.iter().map(|date| is(*date)).collect();
    match form.as_str() {
        "weekdays" => {
            let index = |name: &str| WEEKDAYS.iter().position(|known| *known == name).unwrap();
            let items = items();
            each(&|date| {
                let at = date.weekday().num_days_from_monday() as usize;
                items.iter().any(|(first, last)| in_cycle(at, index(first), index(last)))
            })
        }
        "months" => {
            let index = |name: &str| MONTHS.iter().position(|known| *known == name).unwrap();
            let items = items();
            each(&|date| {
                items.iter().any(|(a, b)| in_cycle(date.month0() as usize, index(a), index(b)))
            })
        }
        "years" => {
            let items = items();
            each(&|date| {
                let year = |text: &str| text.parse::<i32>().unwrap();
                items.iter().any(|(a, b)| (year(a)..=year(b)).contains(&date.year()))
            })
        }
        "dates" => {
            let date_of = |text: &str| text.parse::<NaiveDate>().unwrap();
            let items: Vec<_> = items().iter().map(|(a, b)| (date_of(a), date_of(b))).collect();
            each(&|date| items.iter().any(|(a, b)| *a <= date && date <= *b))
        }
        "month_days" => {
            let list = value.as_array().unwrap();
            each(&|date| {
                let length = days_in_month(date);
                let day = i64::from(date.day());
                let resolve = |n: i64| if n > 0 { n } else { length + 1 + n };
                list.iter().any(|item| match item.as_i64() {
                    Some(n) => resolve(n) == day,
                    None => {
                        let (a, b) = ends(item);
                        let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
                        let (from, to) = (resolve(a), resolve(b));
                        from <= length && from.max(1) <= day && day <= to.min(length)
                    }
                })
            })
        }
        "nth" if set.get("weekday").is_some() => {
            let (n, of) = (value.as_i64().unwrap(), weekday(&set["weekday"]));
            let on: Vec<bool> = all.iter().map(|date| date.weekday() == of).collect();
            nth(&on, n, all, "month")
        }
        "nth" => {
            let on = mark(&set["of"], all);
            nth(&on, value.as_i64().unwrap(), all, set["in"].as_str().unwrap())
        }
        "easter" => {
            let later = chrono::TimeDelta::days(value.as_i64().unwrap());
            let sundays: std::collections::HashSet<NaiveDate> =
                years(all).map(|year| easter(year) + later).collect();
            each(&|date| sundays.contains(&date))
        }
        "offset" => {
            let on = mark(&set["of"], all);
            let later = value.as_i64().unwrap();
            (0..all.len() as i64)
                .map(|index| {
                    usize::try_from(index - later)
                        .ok()
                        .and_then(|from| on.get(from))
                        .copied()
                        .unwrap_or(false)
                })
                .collect()
        }
        "nearest_weekday" => {
            let n = value.as_i64().unwrap();
            each(&|date| {
                let length = days_in_month(date);
                let wanted = if n < 0 { length } else { n };
                if wanted > length {
                    return false;
                }
                let wanted = date.with_day(wanted as u32).unwrap();
                // The nearest of all workdays of the month; the distances never tie.
                let month = (1..=length).map(|day| date.with_day(day as u32).unwrap());
                let work = month.filter(|day| day.weekday().num_days_from_monday() < 5);
                work.min_by_key(|day| (*day - wanted).num_days().abs()) == Some(date)
            })
        }
        "span" => span(value, all),
        "any" => fold(value, all, |a, b| a | b),
        "all" => fold(value, all, |a, b| a & b),
        "not" => mark(value, all).into_iter().map(|on| !on).collect(),
        other => panic!("{other}"),
    }
}

/// The years of some days, and two before and after them.
fn years(all: &[NaiveDate]) -> std::ops::RangeInclusive<i32> {
    all[0].year() - 2..=all[all.len() - 1].year() + 2
}

fn fold(sets: &Value, all: &[NaiveDate], with: fn(bool, bool) -> bool) -> Vec<bool> {
    let marked = sets.as_array().unwrap().iter().map(|set| mark(set, all));
    marked.reduce(|a, b| a.into_iter().zip(b).map(|(a, b)| with(a, b)).collect()).unwrap()
}

/// Keeps the n-th day of each week, month or year.
fn nth(on: &[bool], n: i64, all: &[NaiveDate], unit: &str) -> Vec<bool> {
    let key = |date: NaiveDate| match unit {
        "week" => (date - all[0]).num_days() + i64::from(all[0].weekday().num_days_from_monday()),
        "month" => i64::from(date.year()) * 12 + i64::from(date.month0()),
        _ => i64::from(date.year()),
    };
    let key = |date| if unit == "week" { key(date).div_euclid(7) } else { key(date) };
    let mut groups: Vec<(i64, Vec<usize>)> = Vec::new();
    for (index, date) in all.iter().enumerate() {
        if groups.last().is_none_or(|(known, _)| *known != key(*date)) {
            groups.push((key(*date), Vec::new()));
        }
        if on[index] {
            groups.last_mut().unwrap().1.push(index);
        }
    }
    let mut kept = vec![false; on.len()];
    for (_, days) in groups {
        let rank = n.unsigned_abs() as usize;
        let index = if n > 0 { Some(rank - 1) } else { days.len().checked_sub(rank) };
        if let Some(index) = index.and_then(|index| days.get(index)) {
            kept[*index] = true;
        }
    }
    kept
}

/// A point in a month; `None` if the month lacks it.
fn point(point: &Value, year: i32, month: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let length = days_in_month(first);
    let days = (1..=length).map(|day| first.with_day(day as u32).unwrap());
    let days: Vec<_> = match point.get("weekday") {
        Some(name) => days.filter(|day| day.weekday() == weekday(name)).collect(),
        None => days.collect(),
    };
    let n = match point.as_str() {
        Some(text) => text[3..].parse().unwrap(),
        None => point.get("nth").or(point.get("day")).unwrap().as_i64().unwrap(),
    };
    let rank = n.unsigned_abs() as usize;
    let index = if n > 0 { Some(rank - 1) } else { days.len().checked_sub(rank) };
    index.and_then(|index| days.get(index)).copied()
}

fn span(span: &Value, all: &[NaiveDate]) -> Vec<bool> {
    let step = span.get("step").map_or(1, |step| step.as_i64().unwrap());
    let month = |point: &Value| match point.as_str() {
        Some(text) => Some(text[..2].parse::<u32>().unwrap()),
        None => Some(MONTHS.iter().position(|known| *known == point["month"])? as u32 + 1),
    };
    let (from, to) = (&span["from"], &span["to"]);
    let mut intervals = Vec::new();
    if from.as_str().is_some_and(|text| text.len() == 10) {
        let date = |value: &Value| value.as_str().unwrap().parse::<NaiveDate>().unwrap();
        intervals.push((date(from), date(to)));
    } else if let (Some(month), Some(to_month)) = (month(from), month(to)) {
        for year in years(all) {
            let end = |year: i32| {
                let first = NaiveDate::from_ymd_opt(year, to_month, 1).unwrap();
                point(to, year, to_month)
                    .unwrap_or_else(|| first.with_day(days_in_month(first) as u32).unwrap())
            };
            let Some(start) = point(from, year, month) else { continue };
            let until = if end(year) < start { end(year + 1) } else { end(year) };
            intervals.push((start, until));
        }
    } else {
        for number in (years(all).start() * 12)..(years(all).end() * 12) {
            let at = |number: i32| (number.div_euclid(12), number.rem_euclid(12) as u32 + 1);
            let end = |number: i32| {
                let (year, month) = at(number);
                let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
                point(to, year, month)
                    .unwrap_or_else(|| first.with_day(days_in_month(first) as u32).unwrap())
            };
            let (year, month) = at(number);
            let Some(start) = point(from, year, month) else { continue };
            let until = if end(number) < start { end(number + 1) } else { end(number) };
            intervals.push((start, until));
        }
    }
    let mut on = vec![false; all.len()];
    for (start, until) in intervals {
        let mut day = (start - all[0]).num_days();
        while day <= (until - all[0]).num_days() {
            if let Some(slot) = usize::try_from(day).ok().and_then(|day| on.get_mut(day)) {
                *slot = true;
            }
            day += step;
        }
    }
    on
}

/// A random set; `depth` is how deep it may be nested.
pub(crate) fn random_set(random: &mut Random, depth: u32) -> Value {
    let nested = depth > 0 && random.once_in(2);
    let n = |random: &mut Random, most: i64| {
        let n = random.within(1, most);
        if random.once_in(2) { n } else { -n }
    };
    if nested {
        let sets = |random: &mut Random| {
            let count = random.within(1, 3);
            (0..count).map(|_| random_set(random, depth - 1)).collect::<Vec<_>>()
        };
        return match random.below(5) {
            0 => json!({"any": sets(random)}),
            1 => json!({"all": sets(random)}),
            2 => json!({"not": random_set(random, depth - 1)}),
            3 => json!({"offset": random.within(-40, 40), "of": random_set(random, depth - 1)}),
            _ => {
                let (unit, most) = *random.pick(&[("week", 7), ("month", 31), ("year", 366)]);
                let most = if random.once_in(2) { most } else { 3 };
                json!({"nth": n(random, most), "of": random_set(random, depth - 1), "in": unit})
            }
        };
    }
    match random.below(10) {
        0 => {
            let (a, b) = (random.pick(&WEEKDAYS), random.pick(&WEEKDAYS));
            json!({"weekdays": [format!("{a}..{b}"), random.pick(&WEEKDAYS)]})
        }
        1 => {
            let (a, b) = (n(random, 31), n(random, 31));
            let range = if (a > 0) == (b > 0) && b < a { (b, a) } else { (a, b) };
            json!({"month_days": [n(random, 31), format!("{}..{}", range.0, range.1)]})
        }
        2 => json!({"nth": n(random, 5), "weekday": random.pick(&WEEKDAYS)}),
        3 => {
            let (a, b) = (random.pick(&MONTHS), random.pick(&MONTHS));
            json!({"months": [format!("{a}..{b}"), random.pick(&MONTHS)]})
        }
        4 => {
            let (a, b) = (random.within(1900, 2299), random.within(1900, 2299));
            json!({"years": [a, format!("{}..{}", a.min(b), a.max(b))]})
        }
        5 => {
            let day = |random: &mut Random| {
                first() + chrono::TimeDelta::days(random.within(2000, 147_000))
            };
            let (a, b) = (day(random), day(random));
            json!({"dates": [a.to_string(), format!("{}..{}", a.min(b), a.max(b))]})
        }
        6 => json!({"easter": random.within(-60, 366)}),
        7 => json!({"nearest_weekday": if random.once_in(4) { -1 } else { random.within(1, 31) }}),
        _ => {
            let step = if random.once_in(2) { 1 } else { random.within(1, 9) };
            let in_month = |random: &mut Random, month: Option<&str>| {
                let mut point = if random.once_in(2) {
                    json!({"nth": n(random, 5), "weekday": random.pick(&WEEKDAYS)})
                } else {
                    json!({"day": n(random, 28)})
                };
                if let Some(month) = month {
                    point["month"] = json!(month);
                }
                point
            };
            let points = match random.below(4) {
                0 => (
                    json!(format!("{:02}-{:02}", random.within(1, 12), random.within(1, 28))),
                    json!("02-29"),
                ),
                1 => (in_month(random, None), in_month(random, None)),
                2 => (json!({"day": 31}), json!({"day": 30})),
                _ => {
                    let (a, b) = (*random.pick(&MONTHS), *random.pick(&MONTHS));
                    (in_month(random, Some(a)), in_month(random, Some(b)))
                }
            };
            json!({"span": {"from": points.0, "to": points.1, "step": step}})
        }
    }
}
