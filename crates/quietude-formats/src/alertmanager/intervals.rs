//! Time intervals as schedules.
//!
//! A time interval holds while the clock of its location reads a time in one of its ranges,
//! on a day of all its sets: the kind `calendar` with `"dst": "reading"`. The rules are those
//! of Alertmanager's `timeinterval/timeinterval.go`: the end of a range of times does not
//! belong to it, ends of days, months and years do, and the bounds of days that count from
//! the end of the month are resolved and clipped for each month.

use std::collections::{BTreeSet, HashMap};

use quietude::calendar::{Calendar, Days, Dst};
use quietude::{ClockRange, Schedule, Weekday, Zone};

use crate::convert::ImportOptions;
use crate::error::Error;
use crate::meant::nearest;
use crate::tree::{At, shown};
use crate::words::{MONTHS, WEEKDAYS};

const FIELDS: [&str; 6] = ["times", "weekdays", "days_of_month", "months", "years", "location"];
const DAY_MINUTES: u32 = 24 * 60;

/// Named lists of time intervals, as schedules.
#[derive(Default)]
pub(crate) struct Intervals {
    schedules: Vec<(String, Schedule)>,
    by_name: HashMap<String, usize>,
}

impl Intervals {
    /// Reads a list with its name, as Alertmanager and Grafana have them. `others` are fields
    /// that do not matter.
    pub(crate) fn add(
        &mut self,
        item: &At<'_>,
        others: &[&str],
        options: &ImportOptions,
    ) -> Result<(), Error> {
        let fields = item.fields()?;
        let known: Vec<&str> = ["name", "time_intervals"].iter().chain(others).copied().collect();
        fields.only(&known)?;
        let at = fields.required("name")?;
        let name = at.text()?;
        if name.is_empty() {
            return Err(at.error("a time interval must have a name"));
        }
        if self.by_name.insert(name.to_owned(), self.schedules.len()).is_some() {
            return Err(at.error(format_args!("the name {} is repeated", shown(name))));
        }
        let list = fields.get("time_intervals");
        self.schedules.push((name.to_owned(), schedule(list.as_ref(), options)?));
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Schedule> {
        self.by_name.get(name).map(|index| &self.schedules[*index].1)
    }

    /// The name that was probably meant.
    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        const COMPARED: usize = 1000;
        nearest(name, self.schedules.iter().take(COMPARED).map(|(name, _)| &**name))
    }

    /// The schedules with their names, in order.
    pub(crate) fn into_schedules(self) -> Vec<(String, Schedule)> {
        self.schedules
    }
}

/// The schedule of a list of time intervals: while one of them holds.
fn schedule(list: Option<&At<'_>>, options: &ImportOptions) -> Result<Schedule, Error> {
    let mut parts = Vec::new();
    if let Some(at) = list {
        for interval in at.list()? {
            parts.push(calendar(&interval, options)?.into());
        }
    }
    match (parts.len(), list) {
        (1, _) => Ok(parts.remove(0)),
        (2.., Some(at)) => Schedule::any(parts).map_err(|error| at.error(error)),
        // An empty list holds at no time.
        _ => Ok(Calendar::new(ClockRange::WHOLE_DAY, Zone::utc()).with_days(no_day()).into()),
    }
}

/// No day at all.
fn no_day() -> Days {
    Days::every_day().complement().expect("every day has a complement")
}

/// Reads a list as a set of days; `None` if it has none.
type Reader = fn(&At<'_>) -> Result<Option<Days>, Error>;

fn calendar(at: &At<'_>, options: &ImportOptions) -> Result<Calendar, Error> {
    let fields = at.fields()?;
    fields.only(&FIELDS)?;
    let zone = match fields.get("location") {
        Some(location) => zone(&location, options)?,
        None => Zone::utc(),
    };
    // A list that is empty, other than one that is missing, holds at no time.
    let mut never = false;
    let mut sets = Vec::new();
    let mut clocks = vec![ClockRange::WHOLE_DAY];
    if let Some(at) = fields.get("times") {
        clocks = times(&at)?;
        never |= clocks.is_empty();
    }
    let readers: [(&str, Reader); 4] = [
        ("weekdays", weekdays),
        ("days_of_month", days_of_month),
        ("months", months),
        ("years", years),
    ];
    for (name, read) in readers {
        if let Some(at) = fields.get(name) {
            match read(&at)? {
                Some(days) => sets.push(days),
                None => never = true,
            }
        }
    }
    if never {
        (sets, clocks) = (vec![no_day()], vec![ClockRange::WHOLE_DAY]);
    }
    let of = |error: quietude::Error| at.error(error);
    let mut calendar =
        Calendar::new(clocks[0], zone).with_dst(Dst::Reading).with_clocks(clocks).map_err(of)?;
    match sets.len() {
        0 => {}
        1 => calendar = calendar.with_days(sets.remove(0)),
        _ => calendar = calendar.with_days(Days::all(sets).map_err(of)?),
    }
    Ok(calendar)
}

fn zone(at: &At<'_>, options: &ImportOptions) -> Result<Zone, Error> {
    match at.text()? {
        "" | "UTC" => Ok(Zone::utc()),
        "Local" => options.timezone.clone().ok_or_else(|| {
            at.error(
                "Local is the zone of the host of Alertmanager; the option `timezone` must name it",
            )
        }),
        name => options.zone(name).map_err(|error| at.error(error)),
    }
}

/// Ranges of times of the day, sorted and merged.
fn times(at: &At<'_>) -> Result<Vec<ClockRange>, Error> {
    let mut ranges = Vec::new();
    for at in at.list()? {
        let fields = at.fields()?;
        fields.only(&["start_time", "end_time"])?;
        let start = minutes(&fields.required("start_time")?)?;
        let end = minutes(&fields.required("end_time")?)?;
        if start >= end {
            let hint = if end > 0 {
                "; a range over midnight is two, one up to 24:00 and one from 00:00"
            } else {
                "; midnight as the end is 24:00"
            };
            return Err(at.error(format_args!("the end_time is not after the start_time{hint}")));
        }
        ranges.push((start, end));
    }
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let range = |(start, end)| {
        ClockRange::new(start * 60_000, end * 60_000).map_err(|error| at.error(error))
    };
    merged.into_iter().map(range).collect()
}

/// `HH:MM` as minutes of the day, up to 24:00.
fn minutes(at: &At<'_>) -> Result<u32, Error> {
    let text = at.text()?;
    let wrong =
        || at.error(format_args!("{} is not a time, HH:MM from 00:00 to 24:00", shown(text)));
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let [h1, h2, b':', m1, m2] = *text.as_bytes() else { return Err(wrong()) };
    let digits = (|| Some((digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?)))();
    let (hours, minutes) = digits.ok_or_else(wrong)?;
    let total = hours * 60 + minutes;
    if minutes < 60 && total <= DAY_MINUTES { Ok(total) } else { Err(wrong()) }
}

/// The two ends of `a:b`, or of `a`; in lower case, as Alertmanager compares.
fn range<T: Copy>(
    at: &At<'_>,
    member: impl Fn(&str) -> Result<T, String>,
) -> Result<(T, T), Error> {
    let text = at.text()?.to_lowercase();
    let member = |part: &str| member(part).map_err(|message| at.error(message));
    match *text.split(':').collect::<Vec<_>>() {
        [one] => member(one).map(|one| (one, one)),
        [from, to] => Ok((member(from)?, member(to)?)),
        _ => Err(at.error(format_args!("{} is not a range, from:to", shown(&text)))),
    }
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("{} is not a whole number", shown(text)))
}

fn weekdays(at: &At<'_>) -> Result<Option<Days>, Error> {
    const BY_NUMBER: [Weekday; 7] = [
        Weekday::Sun,
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
    ];
    let mut days = BTreeSet::new();
    let list = at.list()?;
    for at in &list {
        let weekday = |text: &str| {
            let found = WEEKDAYS.iter().position(|name| *name == text);
            found.ok_or_else(|| format!("{} is not a weekday, sunday to saturday", shown(text)))
        };
        let (from, to) = range(at, weekday)?;
        if from > to {
            let (begin, end) = (WEEKDAYS[from], WEEKDAYS[to]);
            let begin = if from == 6 { begin.to_owned() } else { format!("{begin}:saturday") };
            let end = if to == 0 { end.to_owned() } else { format!("sunday:{end}") };
            let hint = format!("write '{begin}' and '{end}'");
            let message = format!(
                "{} is before {}: weeks begin on Sunday here; {hint}",
                WEEKDAYS[to], WEEKDAYS[from]
            );
            return Err(at.error(message));
        }
        days.extend(from..=to);
    }
    set(at, Days::weekdays, days.into_iter().map(|day| BY_NUMBER[day]).collect())
}

fn months(at: &At<'_>) -> Result<Option<Days>, Error> {
    let mut months = BTreeSet::new();
    for at in at.list()? {
        let month = |text: &str| match MONTHS.iter().position(|name| *name == text) {
            Some(position) => Ok(position as i64 + 1),
            None => number(text).map_err(|_| {
                format!("{} is not a month, 1 to 12 or january to december", shown(text))
            }),
        };
        let (from, to) = range(&at, month)?;
        if from > to {
            return Err(at.error(
                "the first month is after the last; a range over the end of the year is two",
            ));
        }
        // Other numbers are allowed, and are no month.
        months.extend((from.max(1)..=to.min(12)).map(|month| month as u32));
    }
    set(at, Days::months, months.into_iter().collect())
}

fn years(at: &At<'_>) -> Result<Option<Days>, Error> {
    let mut ranges = Vec::new();
    for at in at.list()? {
        let (from, to) = range(&at, number)?;
        if from > to {
            return Err(at.error(format_args!("the year {from} is after {to}")));
        }
        let (from, to) = (from.max(1), to.min(9999));
        if from <= to {
            ranges.push((from as i32, to as i32));
        }
    }
    ranges.sort_unstable();
    ranges.dedup();
    let days = ranges.into_iter().map(|(from, to)| Days::years(from, to));
    any(at, days)
}

fn days_of_month(at: &At<'_>) -> Result<Option<Days>, Error> {
    let mut ranges = BTreeSet::new();
    for at in at.list()? {
        let day = |text: &str| match number(text) {
            Ok(day) if day != 0 && (-31..=31).contains(&day) => Ok(day as i32),
            _ => Err(format!("{} is not a day of the month, 1 to 31 or -1 to -31", shown(text))),
        };
        let (from, to) = range(&at, day)?;
        // In a month of 28 days, as Alertmanager checks it.
        let least = |day: i32| if day < 0 { 28 + day } else { day };
        if (from < 0 && to > 0) || least(from) > least(to) {
            return Err(at.error(format_args!("the day {to} is always before {from}")));
        }
        ranges.insert((from, to));
    }
    let days = ranges.into_iter().map(|(from, to)| match from == to {
        true => Days::month_days([from]),
        false => Days::month_day_range(from, to),
    });
    any(at, days)
}

/// A set of members; `None` if there is none.
fn set<T>(
    at: &At<'_>,
    days: impl Fn(Vec<T>) -> Result<Days, quietude::Error>,
    members: Vec<T>,
) -> Result<Option<Days>, Error> {
    if members.is_empty() {
        return Ok(None);
    }
    days(members).map(Some).map_err(|error| at.error(error))
}

/// The union of sets; `None` if there is none.
fn any(
    at: &At<'_>,
    sets: impl Iterator<Item = Result<Days, quietude::Error>>,
) -> Result<Option<Days>, Error> {
    let mut sets: Vec<Days> = sets.collect::<Result<_, _>>().map_err(|error| at.error(error))?;
    match sets.len() {
        0 => Ok(None),
        1 => Ok(sets.pop()),
        _ => Days::any(sets).map(Some).map_err(|error| at.error(error)),
    }
}
