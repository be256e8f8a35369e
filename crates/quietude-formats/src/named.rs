//! Named periods that exclude and include each other, as named schedules.

use std::collections::HashMap;

use chrono::{NaiveDate, Weekday};
use quietude::calendar::{Calendar, Days, Dst};
use quietude::{ClockRange, Schedule, Zone};

use crate::collect::Collected;
use crate::error::Error;
use crate::limits::MAX_NESTING;

/// The field that cannot be expressed, and why.
pub(crate) type Lost = (String, String);

/// A period as its source defines it.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// The item in notes.
    pub(crate) item: String,
    /// The times of the period itself, or the field that cannot be expressed and why.
    pub(crate) own: Result<Schedule, Lost>,
    pub(crate) includes: Vec<String>,
    pub(crate) excludes: Vec<String>,
    /// The name of the field of what is excluded.
    pub(crate) exclude_field: &'static str,
    /// Whether what is both included and excluded is in the period.
    pub(crate) prefers_includes: bool,
}

/// Adds the schedules of the definitions, in their order. Of definitions with one name the
/// last one counts. A period that refers to one that is missing or left out is left out.
pub(crate) fn add_all(definitions: &[Definition], into: &mut Collected) -> Result<(), Error> {
    let names = definitions.iter().enumerate().map(|(index, d)| (d.name.as_str(), index));
    let mut resolver = Resolver {
        definitions,
        names: names.collect(),
        states: vec![State::New; definitions.len()],
    };
    for (index, definition) in definitions.iter().enumerate() {
        if resolver.names[definition.name.as_str()] != index {
            into.note(&definition.item, "", "left out: a later definition has this name")?;
            continue;
        }
        match resolver.resolve(index, 0) {
            Ok(schedule) => into.schedule(definition.name.clone(), schedule)?,
            Err((field, why)) => into.note(&definition.item, field, format!("left out: {why}"))?,
        }
    }
    Ok(())
}

#[derive(Clone, Debug)]
enum State {
    New,
    Started,
    Done(Box<Result<Schedule, Lost>>),
}

struct Resolver<'a> {
    definitions: &'a [Definition],
    names: HashMap<&'a str, usize>,
    states: Vec<State>,
}

impl Resolver<'_> {
    /// The schedule of a definition, without its name.
    fn resolve(&mut self, index: usize, depth: usize) -> Result<Schedule, Lost> {
        match &self.states[index] {
            State::Done(result) => return (**result).clone(),
            State::Started => return Err((String::new(), "it refers to itself".into())),
            State::New => {}
        }
        self.states[index] = State::Started;
        let result = self.build(index, depth);
        self.states[index] = State::Done(Box::new(result.clone()));
        result
    }

    fn build(&mut self, index: usize, depth: usize) -> Result<Schedule, Lost> {
        let definitions = self.definitions;
        let definition = &definitions[index];
        let Definition { own, includes, excludes, prefers_includes, .. } = definition;
        let own = own.clone()?;
        let includes = self.references("includes", includes, depth)?;
        let excludes = self.references(definition.exclude_field, excludes, depth)?;
        let combined = if *prefers_includes {
            without(own, excludes).and_then(|own| with(own, includes))
        } else {
            with(own, includes).and_then(|own| without(own, excludes))
        };
        combined.map_err(|error| (String::new(), error.to_string()))
    }

    fn references(
        &mut self,
        field: &str,
        names: &[String],
        depth: usize,
    ) -> Result<Vec<Schedule>, Lost> {
        let mut found = Vec::new();
        for name in names {
            let failed = |why: String| (field.to_owned(), format!("\"{name}\" {why}"));
            let Some(&index) = self.names.get(name.as_str()) else {
                return Err(failed("is not defined in this text".into()));
            };
            if depth >= MAX_NESTING {
                return Err(failed(format!("is the end of {MAX_NESTING} references")));
            }
            let schedule = self.resolve(index, depth + 1);
            let schedule = schedule.map_err(|(_, why)| failed(format!("cannot be used: {why}")));
            let schedule = schedule.map_err(|(field, why)| (field, shortened(why)))?;
            found.push(Schedule::named(name, schedule));
        }
        Ok(found)
    }
}

/// Keeps the reason of a reason of a reason short.
fn shortened(mut why: String) -> String {
    const MOST: usize = 200;
    if let Some((end, _)) = why.char_indices().nth(MOST) {
        why.truncate(end);
        why.push_str("..");
    }
    why
}

/// While `own` or one of `others` is active.
fn with(own: Schedule, others: Vec<Schedule>) -> Result<Schedule, quietude::Error> {
    if others.is_empty() { Ok(own) } else { Schedule::any([own].into_iter().chain(others)) }
}

/// While `own` is active and none of `others` is.
fn without(own: Schedule, mut others: Vec<Schedule>) -> Result<Schedule, quietude::Error> {
    let Some(last) = others.pop() else { return Ok(own) };
    let excluded = if others.is_empty() {
        last
    } else {
        others.push(last);
        Schedule::any(others)?
    };
    Schedule::all([own, Schedule::not(excluded)?])
}

/// Dates of one entry of a period.
#[derive(Clone, Debug)]
pub(crate) enum Dates {
    Weekday(Weekday),
    Date(NaiveDate),
    Set(Days),
}

/// The schedule with, for each of these sets of dates, these clock ranges: a calendar, or
/// `any` of calendars if there are different clock ranges.
pub(crate) fn on_dates(
    entries: impl IntoIterator<Item = (Dates, Vec<ClockRange>)>,
    zone: &Zone,
    dst: Dst,
) -> Result<Schedule, quietude::Error> {
    let mut groups: Vec<(Vec<ClockRange>, Group)> = Vec::new();
    let mut by_clocks: HashMap<Vec<ClockRange>, usize> = HashMap::new();
    for (dates, clocks) in entries {
        if clocks.is_empty() {
            continue;
        }
        let index = *by_clocks.entry(clocks.clone()).or_insert_with(|| {
            groups.push((clocks, Group::default()));
            groups.len() - 1
        });
        groups[index].1.push(dates);
    }
    let calendars = groups.into_iter().map(|(clocks, group)| {
        let calendar = Calendar::new(clocks[0], zone.clone()).with_clocks(clocks)?.with_dst(dst);
        let calendar = match group.days()? {
            Some(days) => calendar.with_days(days),
            None => calendar,
        };
        Ok(Schedule::from(calendar))
    });
    let mut calendars = calendars.collect::<Result<Vec<_>, quietude::Error>>()?;
    match calendars.pop() {
        None => never(zone),
        Some(only) if calendars.is_empty() => Ok(only),
        Some(last) => {
            calendars.push(last);
            Schedule::any(calendars)
        }
    }
}

/// A schedule that is never active.
pub(crate) fn never(zone: &Zone) -> Result<Schedule, quietude::Error> {
    let no_day = Days::every_day().complement()?;
    Ok(Calendar::new(ClockRange::WHOLE_DAY, zone.clone()).with_days(no_day).into())
}

/// Sets of dates with the same clock ranges.
#[derive(Debug, Default)]
struct Group {
    weekdays: Vec<Weekday>,
    dates: Vec<NaiveDate>,
    sets: Vec<Days>,
}

impl Group {
    fn push(&mut self, dates: Dates) {
        match dates {
            Dates::Weekday(weekday) => self.weekdays.push(weekday),
            Dates::Date(date) => self.dates.push(date),
            Dates::Set(days) => self.sets.push(days),
        }
    }

    /// The union; `None` for every day.
    fn days(mut self) -> Result<Option<Days>, quietude::Error> {
        self.weekdays.sort_by_key(Weekday::num_days_from_monday);
        self.weekdays.dedup();
        if self.weekdays.len() == 7 {
            return Ok(None);
        }
        let mut sets = Vec::new();
        if let (Some(&first), Some(&last)) = (self.weekdays.first(), self.weekdays.last()) {
            let days = last.num_days_from_monday() - first.num_days_from_monday() + 1;
            if self.weekdays.len() > 2 && self.weekdays.len() == days as usize {
                sets.push(Days::weekday_range(first, last));
            } else {
                sets.push(Days::weekdays(self.weekdays)?);
            }
        }
        if !self.dates.is_empty() {
            sets.push(Days::dates(self.dates)?);
        }
        sets.append(&mut self.sets);
        match sets.pop() {
            Some(only) if sets.is_empty() => Ok(Some(only)),
            Some(last) => {
                sets.push(last);
                Days::any(sets).map(Some)
            }
            None => Ok(Some(Days::every_day().complement()?)),
        }
    }
}
