//! Dates of calendars: days that a month lacks, exceptions in the past, anchors in the
//! future, sets of dates that run out.

use chrono::{Datelike, NaiveDate};

use crate::lint::{Code, Finding};
use crate::schedule::dates::date_of;
use crate::schedule::{ClockDates, DayNode, Days, Kind};
use crate::time::civil::{self, DAY_MS, Day};
use crate::time::{MonthDayKind, ShortMonth, Timestamp, Zone};
use crate::window::Window;

/// A named set of dates that ends within this time runs out.
const REACH_DAYS: Day = 90;

/// The days that are looked at for the last date of a set.
const LONGEST_WALK: usize = 4_000;

pub(super) fn check(window: &Window, now: Timestamp, findings: &mut Vec<Finding>) {
    match window.schedule().kind() {
        Kind::Calendar(calendar) => {
            let today = today(&calendar.zone, now);
            short_month(window, calendar, today, findings);
            exceptions(window, calendar, today, findings);
            anchor(window, calendar, (today, now), findings);
            run_out(window, calendar, today, findings);
        }
        #[cfg(feature = "rrule")]
        Kind::Rule(rule) => rule_text(window, today(rule.zone(), now), findings),
        _ => {}
    }
}

fn today(zone: &Zone, now: Timestamp) -> Day {
    zone.local_time(now.as_millis()).div_euclid(DAY_MS) as Day
}

/// The next month that does not have a day of the schedule.
fn short_month(window: &Window, calendar: &ClockDates, today: Day, findings: &mut Vec<Finding>) {
    let dates = &calendar.dates;
    if dates.short_month() != ShortMonth::Skip || dates.interval().is_some() {
        return;
    }
    let numbers = dates.month_days().iter().filter_map(|day| match day.0 {
        MonthDayKind::Number(day) => Some((day, u32::from(day.unsigned_abs()))),
        MonthDayKind::Nth(..) => None,
    });
    let Some((day, number)) = numbers.max_by_key(|(_, number)| *number) else { return };
    let selected: Option<Vec<u32>> = dates.months().map(Iterator::collect);
    let today = date_of(today);
    let months = (0..48).map(|later| {
        let month = today.year() * 12 + today.month0() as i32 + later;
        (month.div_euclid(12), month.rem_euclid(12) as u32 + 1)
    });
    let mut lacking = months
        .take_while(|(year, _)| *year <= 9999)
        .filter(|(_, month)| selected.as_ref().is_none_or(|selected| selected.contains(month)));
    let lacks =
        lacking.find(|(year, month)| NaiveDate::from_ymd_opt(*year, *month, number).is_none());
    if let Some((year, month)) = lacks {
        let message =
            format!("{year:04}-{month:02} has no day {day}: it does not begin on that day");
        let fix = "the day -1 is the last one of every month; short_month clamp moves the day";
        findings
            .push(Finding::new(Code::ShortMonth, window, "schedule.day", message).with_fix(fix));
    }
}

fn exceptions(window: &Window, calendar: &ClockDates, today: Day, findings: &mut Vec<Finding>) {
    let dates = &calendar.dates;
    let last = match dates.excepted_days() {
        Some(days) => last_date(days, today - 1),
        None => dates.exceptions().last().and_then(day_of),
    };
    // The occurrence of an excepted date may reach into the next ones.
    if let Some(last) = last.filter(|last| *last < today - 1) {
        findings.push(over(window, "schedule.except", date_of(last)));
    }
}

fn over(window: &Window, path: &str, last: NaiveDate) -> Finding {
    let message = format!("the last excepted date is {last}");
    Finding::new(Code::ExceptionsOver, window, path, message)
        .with_fix("remove the exceptions, or add those to come")
}

fn anchor(
    window: &Window,
    calendar: &ClockDates,
    (today, now): (Day, Timestamp),
    findings: &mut Vec<Finding>,
) {
    let dates = &calendar.dates;
    let Some(every) = dates.interval() else { return };
    if every.anchor <= today || dates.is_from_anchor() || dates.count().is_some() {
        return;
    }
    let Some(next) = calendar.next_occurrence(now.as_millis()) else { return };
    let date = self::today(&calendar.zone, next.start());
    if date >= every.anchor {
        return;
    }
    let (anchor, date) = (date_of(every.anchor), date_of(date));
    let message = format!("the anchor {anchor} is later than now: it begins before, on {date}");
    let fix = "set valid.from, or every.from_anchor, to begin at the anchor";
    let finding = Finding::new(Code::AnchorLater, window, "schedule.every.anchor", message);
    findings.push(finding.with_fix(fix));
}

/// A named set of dates that has few or no dates left.
fn run_out(window: &Window, calendar: &ClockDates, today: Day, findings: &mut Vec<Finding>) {
    let own = match window.schedule() {
        crate::schedule::Schedule::Calendar(calendar) => calendar.days(),
        _ => None,
    };
    let sets = [("schedule.days", own), ("schedule.except", calendar.dates.excepted_days())];
    for (path, days) in sets {
        let ended = days.and_then(|days| named_that_ends(days, today + REACH_DAYS));
        if let Some((name, last)) = ended {
            let message = format!("`{name}` has no date after {}", date_of(last));
            let finding = Finding::new(Code::DatesRunOut, window, path, message);
            findings.push(finding.with_fix(format!("add the dates to come to `{name}`")));
        }
    }
}

/// A name in a tree of sets whose dates end before `before`, and the last one.
fn named_that_ends(days: &Days, before: Day) -> Option<(&str, Day)> {
    if let DayNode::Named(name, set) = days.node()
        && let Some(last) = last_date(set, before)
    {
        return Some((name, last));
    }
    days.node().parts().iter().find_map(|part| named_that_ends(part, before))
}

/// The last date of a set whose dates end before `before`; `None` also if it is not near the
/// last one that the set might have.
fn last_date(days: &Days, before: Day) -> Option<Day> {
    let (first, last) = days.hull();
    if last >= before || last >= civil::LAST_DAY {
        return None;
    }
    (first..=last).rev().take(LONGEST_WALK).find(|day| days.contains_day(*day))
}

fn day_of(date: NaiveDate) -> Option<Day> {
    crate::schedule::day_number(date).ok()
}

/// What the text of a rule has.
#[cfg(feature = "rrule")]
fn rule_text(window: &Window, today: Day, findings: &mut Vec<Finding>) {
    let crate::schedule::Schedule::Rule(rule) = window.schedule() else { return };
    let text = rule.text().to_ascii_uppercase();
    let lines = || text.lines().map(str::trim);
    if let Some(recur) = lines().find_map(|line| line.strip_prefix("RRULE:")) {
        let part = |name: &str| {
            recur.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let others = ["BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYDAY", "BYSETPOS"];
        if part("FREQ") == Some("YEARLY")
            && let Some(day) = part("BYMONTHDAY")
            && others.iter().all(|name| part(name).is_none())
        {
            let message = format!(
                "FREQ=YEARLY with BYMONTHDAY={day} and without BYMONTH is every month (RFC 5545, \
                 3.3.10); some calendars read it as once a year"
            );
            let finding = Finding::new(Code::YearlyWithoutMonth, window, "schedule.rrule", message);
            findings.push(finding.with_fix("add BYMONTH, or write FREQ=MONTHLY"));
        }
    }
    let dates = lines()
        .filter(|line| line.starts_with("EXDATE"))
        .flat_map(|line| line.rsplit(':').next().unwrap_or_default().split(','));
    let parsed = dates.map(|date| NaiveDate::parse_from_str(date.get(..8)?, "%Y%m%d").ok());
    let parsed: Option<Vec<NaiveDate>> = parsed.collect();
    let last = parsed.and_then(|dates| dates.into_iter().max());
    if let Some(last) = last.and_then(day_of).filter(|last| *last < today - 1) {
        findings.push(over(window, "schedule.rrule", date_of(last)));
    }
}
