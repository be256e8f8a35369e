//! EXDATE and RDATE as instants.
//!
//! A date in a series of times, and a time in a series of dates, are accepted where only
//! one instance can be meant. Otherwise the error shows what to write.

use crate::error::Error;
use crate::schedule::rule::checked_instant;
use crate::schedule::rule::starts::StartInstants;
use crate::schedule::rule::value::{Form, Value, written, written_date};
use crate::time::civil::{DAY_MS, split};
use crate::time::{LocalResult, Zone};

/// The values of EXDATE.
pub(super) struct Exceptions {
    instants: Vec<i64>,
    /// The midnights of dates that stand for the instance on them.
    dates: Vec<i64>,
}

/// Reads EXDATE; `dates` is whether the rule generates dates.
pub(super) fn exdates(
    values: &[Value],
    start: &Value,
    dates: bool,
    zone: &Zone,
) -> Result<Exceptions, Error> {
    let mut exceptions = Exceptions { instants: Vec::new(), dates: Vec::new() };
    for value in values {
        match (value.form == Form::Date, dates) {
            (true, false) => exceptions.dates.push(value.reading),
            (false, true) => exceptions.instants.push(date_at(value, zone)?),
            _ => {
                check_zone("EXDATE", value, &start.form)?;
                exceptions.instants.push(checked_instant(value, zone)?);
            }
        }
    }
    Ok(exceptions)
}

/// Reads RDATE. Its values have the type of DTSTART.
pub(super) fn rdates(values: &[Value], start: &Value, zone: &Zone) -> Result<Vec<i64>, Error> {
    let instant = |value: &Value| {
        let text = match (&value.form, &start.form) {
            (Form::Date, Form::Date) => None,
            (Form::Date, form) => {
                // At the time of day of DTSTART.
                let reading = value.reading + start.reading.rem_euclid(DAY_MS);
                Some(property("RDATE", form, &[written(reading)]))
            }
            (_, Form::Date) => Some(format!("RDATE;VALUE=DATE:{}", written_date(value.reading))),
            _ => None,
        };
        if let Some(text) = text {
            return Err(Error::invalid(format_args!(
                "must be a date if DTSTART is one, else a time; write {text}"
            )));
        }
        check_zone("RDATE", value, &start.form)?;
        checked_instant(value, zone)
    };
    values.iter().map(instant).collect()
}

/// The property with these local times, in the form of DTSTART.
fn property(name: &str, form: &Form, times: &[String]) -> String {
    match form {
        Form::Date | Form::Floating => format!("{name}:{}", times.join(",")),
        Form::Utc => format!("{name}:{}Z", times.join("Z,")),
        Form::Zoned(zone) => format!("{name};TZID={}:{}", zone.name(), times.join(",")),
    }
}

/// Checks that a local time does not stand beside a DTSTART with a zone.
pub(super) fn check_zone(name: &str, value: &Value, start: &Form) -> Result<(), Error> {
    if value.form != Form::Floating || matches!(start, Form::Floating | Form::Date) {
        return Ok(());
    }
    Err(Error::invalid(format_args!(
        "has no zone, and DTSTART has one; give TZID, or end it with Z: write {}",
        property(name, start, &[written(value.reading)])
    )))
}

/// The first instant of the date of which a time is the midnight.
fn date_at(value: &Value, zone: &Zone) -> Result<i64, Error> {
    let at = checked_instant(value, zone)?;
    let local = split(zone.high_water(at)).0;
    let begin = |day| Value { reading: i64::from(day) * DAY_MS, form: Form::Date }.instant(zone);
    let (as_written, time) = split(value.reading);
    if at == begin(local) || (time == 0 && as_written == local) {
        return Ok(begin(local));
    }
    let other = if as_written == local {
        String::new()
    } else {
        format!(" (or {}, the date in {})", written_date(i64::from(local) * DAY_MS), zone.name())
    };
    Err(Error::invalid(format_args!(
        "must be a date if DTSTART is one, else a time; write EXDATE;VALUE=DATE:{}{other}",
        written_date(value.reading)
    )))
}

impl Exceptions {
    /// All instants, with that of each date. `starts` are without exceptions.
    pub(super) fn resolved(
        self,
        starts: &StartInstants,
        rdates: &[i64],
        form: &Form,
    ) -> Result<Vec<i64>, Error> {
        let mut instants = self.instants;
        for midnight in self.dates {
            instants.extend(the_one_on(midnight, starts, rdates, form)?);
        }
        Ok(instants)
    }
}

/// The instance on a date, if there is one; an error if there are several.
fn the_one_on(
    midnight: i64,
    starts: &StartInstants,
    rdates: &[i64],
    form: &Form,
) -> Result<Option<i64>, Error> {
    /// How many are shown.
    const MOST: usize = 6;
    let zone = &starts.zone;
    let is_on_date = |at: &&i64| zone.high_water(**at).div_euclid(DAY_MS) * DAY_MS == midnight;
    let mut found: Vec<i64> = starts.on_date(midnight).take(MOST + 1).collect();
    found.extend(rdates.iter().filter(is_on_date).take(MOST + 1));
    found.sort_unstable();
    found.dedup();
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let is_shown = |at: &i64| zone.locate(zone.high_water(*at)) == LocalResult::At(*at);
    let times = |of: &dyn Fn(i64) -> i64| -> Vec<String> {
        found.iter().take(MOST).map(|at| written(of(*at))).collect()
    };
    let mut text = if found.iter().all(is_shown) {
        property("EXDATE", form, &times(&|at| zone.high_water(at)))
    } else {
        // The second pass of a fold has no local times of its own.
        property("EXDATE", &Form::Utc, &times(&|at| at))
    };
    if found.len() > MOST {
        text += ",..";
    }
    Err(Error::invalid(format_args!(
        "{} is a date on which several occurrences begin; write their times: {text}",
        written_date(midnight)
    )))
}
