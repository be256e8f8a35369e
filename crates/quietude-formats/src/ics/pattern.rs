//! Occurrences as recurrences that every reader of calendars understands alike.
//!
//! Occurrences with the same time of day and the same length are one recurrence, if their
//! dates follow a rule with few exceptions. RFC 5545 and its readers do not agree on times
//! that a change of the clocks repeats, skips or lengthens, so such occurrences stay single.

use std::collections::{BTreeMap, BTreeSet};

use quietude::Zone;

use crate::ics::value::{
    DAY, Form, Length, SECOND, Value, WEEKDAYS, date_of, days_in, instants_of, interval, timestamp,
    utc, weekday_of,
};

/// Fewer occurrences are not a recurrence.
const LEAST: usize = 3;

/// A recurrence.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// The start of the first occurrence, in the zone; in UTC if there is none.
    pub(super) start: Value,
    pub(super) zone: Option<Zone>,
    pub(super) length: Length,
    /// RRULE.
    pub(super) rule: String,
    /// EXDATE, in the form of the start.
    pub(super) excluded: Vec<Value>,
    /// What tells it from the other ones of the window, whatever the horizon is.
    pub(super) key: String,
}

/// A start and an end.
type Span = (i64, i64);

/// Recurrences, and the intervals that are none.
type Patterns = (Vec<Pattern>, Vec<Span>);

/// Dates, each with its interval.
type Group = Vec<(i64, Span)>;

/// Intervals as recurrences, and the remaining ones. Starts differ.
pub(super) fn patterns(intervals: &[Span], zone: Option<&Zone>) -> Patterns {
    if let Some(found) = evenly_spaced(intervals) {
        return found;
    }
    let mut groups: BTreeMap<(i64, i64, i64), Group> = BTreeMap::new();
    let (mut patterns, mut singles) = (Vec::new(), Vec::new());
    for interval in intervals {
        match regular(*interval, zone) {
            Some((reading, Length { days, exact })) => {
                let key = (reading.rem_euclid(DAY), days, exact);
                groups.entry(key).or_default().push((reading.div_euclid(DAY), *interval));
            }
            None => singles.push(*interval),
        }
    }
    for ((time, days, exact), members) in groups {
        let dates: Vec<i64> = members.iter().map(|(date, _)| *date).collect();
        let Some((rule, absent)) = rule_of(&dates) else {
            singles.extend(members.iter().map(|(_, interval)| *interval));
            continue;
        };
        let form = if zone.is_some() { Form::Local } else { Form::Utc };
        let at = |date: &i64| Value { reading: date * DAY + time, form };
        let length = Length { days, exact };
        let last = members[members.len() - 1].1.0;
        let start = at(&dates[0]);
        let time = start.to_string();
        patterns.push(Pattern {
            start,
            zone: zone.cloned(),
            length,
            rule: format!("{rule};UNTIL={}", utc(last)),
            excluded: absent.iter().map(at).collect(),
            key: format!("{}/{}", &time[8..15], written(length)),
        });
    }
    singles.sort_unstable();
    (patterns, singles)
}

/// A DURATION.
pub(super) fn written(length: Length) -> String {
    match (length.days, length.exact / SECOND) {
        (days, 0) => format!("P{days}D"),
        (0, seconds) if seconds % 3600 == 0 => format!("PT{}H", seconds / 3600),
        (0, seconds) if seconds % 60 == 0 => format!("PT{}M", seconds / 60),
        (0, seconds) => format!("PT{seconds}S"),
        (days, seconds) => format!("P{days}DT{seconds}S"),
    }
}

/// The local time of the start and the length, if no change of the clocks is near.
fn regular((from, to): (i64, i64), zone: Option<&Zone>) -> Option<(i64, Length)> {
    let Some(zone) = zone else { return Some((from, length_of(to - from))) };
    let reading = |at: i64| at + zone.offset_ms(timestamp(at));
    let is_unique = |at: i64| instants_of(zone, reading(at)).len() == 1;
    let days = reading(to) - reading(from);
    if days % DAY == 0 && days > 0 {
        let length = Length { days: days / DAY, exact: 0 };
        return (is_unique(from) && is_unique(to)).then_some((reading(from), length));
    }
    let mut changes =
        interval(from, to + 1).into_iter().flat_map(|within| zone.transitions(within));
    let is_constant = changes.all(|change| change.at.as_millis() <= from);
    (is_constant && is_unique(from)).then(|| (reading(from), Length { days: 0, exact: to - from }))
}

/// Whole days are nominal, which is the same in UTC.
fn length_of(ms: i64) -> Length {
    if ms % DAY == 0 { Length { days: ms / DAY, exact: 0 } } else { Length { days: 0, exact: ms } }
}

/// Occurrences that repeat after less than a day, or not after days, in UTC.
fn evenly_spaced(intervals: &[Span]) -> Option<Patterns> {
    // The first and the last one may be clipped.
    let (first, rest) = intervals.split_first()?;
    let (last, inner) = rest.split_last()?;
    let [a, b, ..] = inner else { return None };
    let (period, length) = (b.0 - a.0, a.1 - a.0);
    let is_even = |pair: &[(i64, i64)]| pair[1].0 - pair[0].0 == period;
    let is_same = inner.iter().all(|(from, to)| to - from == length);
    if period % DAY == 0 || inner.len() < LEAST || !is_same || !inner.windows(2).all(is_even) {
        return None;
    }
    let fits = |interval: &(i64, i64), start: i64| *interval == (start, start + length);
    let (mut begin, mut end, mut singles) = (a.0, inner[inner.len() - 1].0, Vec::new());
    if fits(first, begin - period) {
        begin = first.0;
    } else {
        singles.push(*first);
    }
    if fits(last, end + period) {
        end = last.0;
    } else {
        singles.push(*last);
    }
    let seconds = period / SECOND;
    let (unit, every) = match seconds {
        _ if seconds % 3600 == 0 => ("HOURLY", seconds / 3600),
        _ if seconds % 60 == 0 => ("MINUTELY", seconds / 60),
        _ => ("SECONDLY", seconds),
    };
    let length = length_of(length);
    let pattern = Pattern {
        start: utc(begin),
        zone: None,
        length,
        rule: format!("FREQ={unit};INTERVAL={every};UNTIL={}", utc(end)),
        excluded: Vec::new(),
        key: format!("every-{seconds}s/{}", written(length)),
    };
    Some((vec![pattern], singles))
}

/// A rule for dates, without its end.
enum DateRule {
    Daily(i64),
    /// Weekdays, and every how many weeks.
    Weekly(BTreeSet<i64>, i64),
    /// Days of the month, or from its end if negative.
    MonthDays(BTreeSet<i64>, i64),
    /// Ordinals and weekdays.
    MonthWeekdays(BTreeSet<(i64, i64)>, i64),
    /// A month and a day.
    Yearly(i64, i64),
}

/// A rule that generates all dates (ascending), with the dates that it should not.
fn rule_of(dates: &[i64]) -> Option<(String, Vec<i64>)> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return None };
    if dates.len() < LEAST {
        return None;
    }
    let mut best: Option<(DateRule, Vec<i64>)> = None;
    for rule in candidates(dates) {
        // What is not generated, or too much of it, is not a rule.
        let most = match &best {
            Some((_, absent)) => absent.len().saturating_sub(1),
            None => dates.len() / 2,
        };
        if best.as_ref().is_some_and(|(_, absent)| absent.is_empty()) {
            break;
        }
        let mut absent = Vec::new();
        let mut expected = dates.iter().peekable();
        for date in *first..=*last {
            if rule.has(date, *first) && expected.next_if(|next| **next == date).is_none() {
                absent.push(date);
                if absent.len() > most {
                    break;
                }
            }
        }
        if absent.len() <= most && expected.next().is_none() {
            best = Some((rule, absent));
        }
    }
    best.map(|(rule, absent)| (rule.text(), absent))
}

/// Rules that generate all dates, the simplest ones first.
fn candidates(dates: &[i64]) -> Vec<DateRule> {
    let apart = |of: &dyn Fn(i64) -> i64| {
        dates.windows(2).fold(0, |apart, pair| gcd(apart, of(pair[1]) - of(pair[0]))).max(1)
    };
    let weekdays: BTreeSet<i64> = dates.iter().map(|date| weekday_of(*date)).collect();
    let months = apart(&month_of);
    let set = |of: &dyn Fn(i64) -> i64| dates.iter().map(|date| of(*date)).collect();
    let by_weekday = |of: &dyn Fn(i64) -> i64| {
        dates.iter().map(|date| (of(*date), weekday_of(*date))).collect::<BTreeSet<_>>()
    };
    let (_, month, day) = date_of(dates[0]);
    let (days_apart, weeks_apart) = (apart(&|date| date), apart(&week_of));
    let daily = DateRule::Daily(days_apart);
    let weekly = DateRule::Weekly(weekdays, weeks_apart);
    let others = [
        DateRule::Yearly(month, day),
        DateRule::MonthWeekdays(by_weekday(&|date| (date_of(date).2 - 1) / 7 + 1), months),
        DateRule::MonthWeekdays(by_weekday(&|date| (from_end(date) + 1) / 7 - 1), months),
        DateRule::MonthDays(set(&|date| date_of(date).2), months),
        DateRule::MonthDays(set(&from_end), months),
    ];
    // A second Tuesday may be every 28 days for some months.
    let (mut rules, mut last) = (Vec::new(), Vec::new());
    if weeks_apart <= 3 { &mut rules } else { &mut last }.push(weekly);
    if days_apart == 1 {
        rules.insert(0, daily);
    } else {
        last.push(daily);
    }
    rules.extend(others);
    rules.extend(last);
    // A list of all dates is not a rule.
    rules.retain(|rule| rule.size() * 2 <= dates.len());
    rules
}

impl DateRule {
    fn has(&self, date: i64, first: i64) -> bool {
        let in_phase = |of: &dyn Fn(i64) -> i64, every: i64| (of(date) - of(first)) % every == 0;
        match self {
            Self::Daily(every) => in_phase(&|date| date, *every),
            Self::Weekly(days, every) => {
                days.contains(&weekday_of(date)) && in_phase(&week_of, *every)
            }
            Self::MonthDays(days, every) => {
                (days.contains(&date_of(date).2) || days.contains(&from_end(date)))
                    && in_phase(&month_of, *every)
            }
            Self::MonthWeekdays(days, every) => {
                let weekday = weekday_of(date);
                let nth = (date_of(date).2 - 1) / 7 + 1;
                let from_end = (from_end(date) + 1) / 7 - 1;
                (days.contains(&(nth, weekday)) || days.contains(&(from_end, weekday)))
                    && in_phase(&month_of, *every)
            }
            Self::Yearly(month, day) => {
                let (_, of_year, of_month) = date_of(date);
                (of_year, of_month) == (*month, *day)
            }
        }
    }

    /// How many dates its parts name.
    fn size(&self) -> usize {
        match self {
            Self::Daily(_) | Self::Yearly(..) => 1,
            Self::Weekly(days, _) | Self::MonthDays(days, _) => days.len(),
            Self::MonthWeekdays(days, _) => days.len(),
        }
    }

    fn text(&self) -> String {
        let list = |values: Vec<String>| values.join(",");
        let (unit, every, by) = match self {
            Self::Daily(every) => ("DAILY", *every, String::new()),
            Self::Weekly(days, every) => {
                let days = days.iter().map(|day| WEEKDAYS[*day as usize].to_owned()).collect();
                ("WEEKLY", *every, format!(";BYDAY={}", list(days)))
            }
            Self::MonthDays(days, every) => {
                let days = days.iter().map(i64::to_string).collect();
                ("MONTHLY", *every, format!(";BYMONTHDAY={}", list(days)))
            }
            Self::MonthWeekdays(days, every) => {
                let days =
                    days.iter().map(|(nth, day)| format!("{nth}{}", WEEKDAYS[*day as usize]));
                ("MONTHLY", *every, format!(";BYDAY={}", list(days.collect())))
            }
            Self::Yearly(month, day) => ("YEARLY", 1, format!(";BYMONTH={month};BYMONTHDAY={day}")),
        };
        let every = if every == 1 { String::new() } else { format!(";INTERVAL={every}") };
        format!("FREQ={unit}{every}{by}")
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The number of its week; weeks begin on Monday.
fn week_of(date: i64) -> i64 {
    (date + 3).div_euclid(7)
}

fn month_of(date: i64) -> i64 {
    let (year, month, _) = date_of(date);
    year * 12 + month
}

/// The day of the month, counted from its end: -1 for the last one.
fn from_end(date: i64) -> i64 {
    let (year, month, day) = date_of(date);
    day - days_in(year, month) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ics::value::day_number;

    fn text(dates: &[(i64, i64, i64)]) -> Option<(String, usize)> {
        let dates: Vec<i64> = dates.iter().map(|(y, m, d)| day_number(*y, *m, *d)).collect();
        rule_of(&dates).map(|(rule, absent)| (rule, absent.len()))
    }

    #[test]
    fn rule_of_dates() {
        let of = |rule: &str, absent: usize| Some((rule.to_owned(), absent));
        let days = |days: &[i64]| days.iter().map(|day| (2026, 1, *day)).collect::<Vec<_>>();
        assert_eq!(text(&days(&[1, 2, 3])), of("FREQ=DAILY", 0));
        assert_eq!(text(&days(&[1, 3, 5, 9])), of("FREQ=DAILY;INTERVAL=2", 1));
        assert_eq!(text(&days(&[6, 8, 13, 15])), of("FREQ=WEEKLY;BYDAY=TU,TH", 0));
        assert_eq!(
            text(&[(2026, 1, 31), (2026, 2, 28), (2026, 3, 31)]),
            of("FREQ=MONTHLY;BYMONTHDAY=-1", 0)
        );
        assert_eq!(
            text(&[(2026, 1, 13), (2026, 2, 10), (2026, 3, 10), (2026, 4, 14)]),
            of("FREQ=MONTHLY;BYDAY=2TU", 0)
        );
        // Three of four are missing.
        assert_eq!(text(&[(2026, 1, 30), (2026, 2, 27), (2026, 3, 27), (2026, 7, 31)]), None);
        assert_eq!(
            text(&[(2026, 1, 30), (2026, 2, 27), (2026, 3, 27), (2026, 5, 29)]),
            of("FREQ=MONTHLY;BYDAY=-1FR", 1)
        );
        assert_eq!(
            text(&[(2026, 12, 24), (2027, 12, 24), (2028, 12, 24)]),
            of("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", 0)
        );
        assert_eq!(text(&days(&[1, 2])), None);
    }
}
