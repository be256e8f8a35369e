//! Day sets in plain English.

use crate::schedule::days::span::{DayOfMonth, PointKind};
use crate::schedule::days::{Days, Item, Node, Point, Unit};
use crate::schedule::english;
use crate::time::civil::{self, Day};
use crate::time::weekday_name;

/// A phrase for a set: `Monday to Friday`, `the 15th of each month`.
pub(super) fn phrase(days: &Days) -> String {
    match days.node() {
        Node::Weekdays(_, 0x7f) => "every day".to_owned(),
        Node::Weekdays(items, _) => list(items, |day| weekday_name(day).to_owned()),
        Node::MonthDays(items, _) => {
            format!("{} of each month", list(items, |day| english::day_of_month(day.into())))
        }
        Node::NthWeekday(n, weekday) => {
            format!("the {} of each month", english::nth_weekday((*n).into(), *weekday))
        }
        Node::NthOf(n, of, unit) => {
            let rank = english::rank((*n).into());
            format!("the {rank} of {} in each {}", nested(of), unit_name(*unit))
        }
        Node::Months(items, _) => list(items, |month| english::month_name(month).to_owned()),
        Node::Years(items, _) => list(items, |year| year.to_string()),
        Node::Dates(items, _) if items.len() > 3 => {
            format!("{} dates or spans of dates", items.len())
        }
        Node::Dates(items, _) => list(items, date),
        Node::Span(span) => {
            let (from, to) = (point(span.from), point(span.to));
            match span.step {
                1 => format!("{from} to {to}"),
                step => format!("every {} from {from} to {to}", english::units(step.into(), "day")),
            }
        }
        Node::Easter(0) => "Easter Sunday".to_owned(),
        Node::Easter(-2) => "Good Friday".to_owned(),
        Node::Easter(1) => "Easter Monday".to_owned(),
        Node::Easter(days) => shifted(*days, "Easter Sunday"),
        Node::Offset(days, of) => shifted(*days, &nested(of)),
        Node::NearestWeekday(-1) => "the last weekday of each month".to_owned(),
        Node::NearestWeekday(day) => {
            let day = english::day_of_month((*day).into());
            format!("the weekday nearest to {day} of each month")
        }
        Node::Named(name, _) => name.to_string(),
        Node::Any(sets) => {
            let sets: Vec<_> = sets.iter().map(nested).collect();
            either(&sets)
        }
        Node::All(sets) => {
            let is_not = |set: &&Days| matches!(set.node(), Node::Not(_));
            let held: Vec<_> = sets.iter().filter(|set| !is_not(set)).map(nested).collect();
            let mut text = if held.is_empty() { "every day".to_owned() } else { held.join(" in ") };
            for set in sets {
                if let Node::Not(of) = set.node() {
                    text.push_str(" except ");
                    text.push_str(&nested(of));
                }
            }
            text
        }
        Node::Not(of) => format!("every day except {}", nested(of)),
    }
}

/// The phrase, in brackets if it is made of several.
fn nested(days: &Days) -> String {
    match days.node() {
        Node::Any(sets) | Node::All(sets) if sets.len() > 1 && !is_plain_all(days) => {
            format!("({})", phrase(days))
        }
        Node::Not(_) => format!("({})", phrase(days)),
        _ => phrase(days),
    }
}

/// Whether a set is one set without another one.
fn is_plain_all(days: &Days) -> bool {
    matches!(days.node(), Node::All(sets) if matches!(&**sets, [one, other]
        if one.node().parts().is_empty() && matches!(other.node(), Node::Not(of) if of.node().parts().is_empty())))
}

fn either(sets: &[String]) -> String {
    english::join(sets)
}

fn shifted(days: i32, of: &str) -> String {
    let count = days.unsigned_abs();
    let unit = if count == 1 { "day" } else { "days" };
    match days {
        0 => of.to_owned(),
        1.. => format!("{count} {unit} after {of}"),
        _ => format!("{count} {unit} before {of}"),
    }
}

fn list<T: Copy>(items: &[Item<T>], name: impl Fn(T) -> String) -> String {
    english::join(items.iter().map(|item| match *item {
        Item::One(one) => name(one),
        Item::Range(first, last) => format!("{} to {}", name(first), name(last)),
    }))
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

fn date(day: Day) -> String {
    let (year, month, dom) = civil::date_of(day);
    format!("{year:04}-{month:02}-{dom:02}")
}

fn point(point: Point) -> String {
    let day_of_month = |day: DayOfMonth| match day {
        DayOfMonth::Number(day) => english::day_of_month(day.into()),
        DayOfMonth::Nth(n, weekday) => format!("the {}", english::nth_weekday(n.into(), weekday)),
    };
    match point.kind() {
        PointKind::Yearly(month, DayOfMonth::Number(day @ 1..)) => {
            format!("{} {day}", english::month_name(month.into()))
        }
        PointKind::Yearly(month, day) => {
            format!("{} of {}", day_of_month(day), english::month_name(month.into()))
        }
        PointKind::Monthly(day) => format!("{} of each month", day_of_month(day)),
        PointKind::Date(day) => date(day),
    }
}
