//! The schedule of `ranges`.

use std::collections::HashMap;

use quietude::calendar::{Days, Dst};
use quietude::{ClockRange, Schedule, Zone};

use crate::collect::{Collected, shown};
use crate::error::Error;
use crate::icinga2::days::{self, Refused, Shifted};
use crate::icinga2::lex::Lexer;
use crate::icinga2::objects::Attributes;
use crate::icinga2::parse::Expression;
use crate::named::{Dates, on_dates};

/// The field that cannot be expressed, and why.
pub(super) type Lost = (String, String);

/// The union of the entries; each bound is resolved by itself when the clock changes.
pub(super) fn schedule(
    item: &str,
    attributes: &Attributes,
    zone: &Zone,
    into: &mut Collected,
) -> Result<Result<Schedule, Lost>, Error> {
    // Of equal keys the last one counts.
    let last: HashMap<&str, usize> =
        attributes.ranges.iter().enumerate().map(|(at, (key, ..))| (key.as_str(), at)).collect();
    let mut entries: Vec<(Dates, Vec<ClockRange>)> = Vec::new();
    for (at, (key, line, value)) in attributes.ranges.iter().enumerate() {
        if last[key.as_str()] != at {
            continue;
        }
        let field = format!("ranges[{}]", shown(key));
        let text = match value {
            Expression::Text(text) => text,
            other => return Ok(Err((field, format!("{other} is not a string")))),
        };
        let read = days::parse(key).and_then(|entry| Ok((entry, days::times(text)?)));
        let (entry, times) = match read {
            Ok(read) => read,
            Err(Refused::Syntax(why)) => return Err(Lexer::error(*line, format!("ranges: {why}"))),
            Err(Refused::Lost(why)) => return Ok(Err((field, why))),
        };
        if let Some(remark) = entry.remark {
            into.note(item, &field, remark)?;
        }
        if key.contains('/') && has_changes(zone) {
            let why = "Icinga 2 counts the step in days of 24 elapsed hours, so that it may take \
                       other days after a change of the clock; here dates are counted";
            into.note(item, &field, why)?;
        }
        let Some(dates) = entry.dates else {
            let why = "it ends before it begins; Icinga 2 never matches it";
            into.note(item, &field, why)?;
            continue;
        };
        for range in &times.reversed {
            let why = format!("{range} ends before it begins; Icinga 2 never matches it");
            into.note(item, &field, why)?;
        }
        match shifted(&dates, times.ranges) {
            Ok(parts) => entries.extend(parts),
            Err(error) => return Ok(Err((field, error.to_string()))),
        }
    }
    Ok(on_dates(entries, zone, Dst::Shift).map_err(|error| ("ranges".into(), error.to_string())))
}

/// The clock ranges by the days after the date on which they begin.
fn shifted(
    dates: &Dates,
    times: Vec<Shifted>,
) -> Result<Vec<(Dates, Vec<ClockRange>)>, quietude::Error> {
    let mut parts: Vec<(i32, Vec<ClockRange>)> = Vec::new();
    for (shift, clock) in times {
        match parts.last_mut() {
            Some((last, clocks)) if *last == shift => clocks.push(clock),
            _ => parts.push((shift, vec![clock])),
        }
    }
    let moved = |shift: i32| match (shift, dates) {
        (0, dates) => Ok(dates.clone()),
        (_, Dates::Weekday(weekday)) => {
            Days::offset(shift, Days::weekdays([*weekday])?).map(Dates::Set)
        }
        (_, Dates::Date(date)) => Days::offset(shift, Days::dates([*date])?).map(Dates::Set),
        (_, Dates::Set(days)) => Days::offset(shift, days.clone()).map(Dates::Set),
    };
    parts.into_iter().map(|(shift, clocks)| Ok((moved(shift)?, clocks))).collect()
}

fn has_changes(zone: &Zone) -> bool {
    let instant = |text: &str| text.parse::<quietude::Timestamp>();
    let century = match (instant("2000-01-01T00:00:00Z"), instant("2100-01-01T00:00:00Z")) {
        (Ok(from), Ok(to)) => quietude::Interval::new(from, to).ok(),
        _ => None,
    };
    century.is_some_and(|century| zone.transitions(century).next().is_some())
}
