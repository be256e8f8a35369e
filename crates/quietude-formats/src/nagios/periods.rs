//! Time periods of Nagios as named schedules.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use quietude::calendar::{Days, Dst, Point};
use quietude::{ClockRange, Interval, Timestamp, Zone};

use crate::collect::{Collected, required_zone, shown};
use crate::convert::ImportOptions;
use crate::day_points::{InMonth, Shape, from_in_month, from_in_year, up_to_in_month};
use crate::error::{Error, Place};
use crate::limits::{MAX_ENTRIES, MAX_TEMPLATE_COPIES};
use crate::nagios::blocks::Block;
use crate::nagios::directive::{self, Refused, Times};
use crate::named::{Dates, Definition, add_all, on_dates};

/// A `define timeperiod` as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Period {
    line: usize,
    name: Option<String>,
    /// The name as a template.
    template: Option<String>,
    uses: Vec<String>,
    is_registered: bool,
    alias: Option<String>,
    excludes: Option<Vec<String>>,
    entries: Vec<Entry>,
    /// The text of a line that cannot be expressed, and why.
    lost: Option<(String, String)>,
}

/// A line with days and times.
#[derive(Clone, Debug)]
struct Entry {
    text: String,
    days: directive::Which,
    times: Times,
}

impl Period {
    pub(super) fn read(block: Block<'_>) -> Result<Self, Error> {
        let mut period = Self { line: block.line, is_registered: true, ..Self::default() };
        for (number, line) in &block.lines {
            let (name, value) = match line.split_once(char::is_whitespace) {
                Some((name, value)) => (name, value.trim()),
                None => (line.as_str(), ""),
            };
            match name {
                "timeperiod_name" => period.name = Some(value.to_owned()),
                "name" => period.template = Some(value.to_owned()),
                "alias" => period.alias = Some(value.to_owned()),
                "use" => period.uses = list(value),
                "exclude" => period.excludes = Some(list(value)),
                "register" => period.is_registered = value != "0",
                _ => match directive::parse(line) {
                    Ok((days, times)) => {
                        let text = line.split_whitespace().collect::<Vec<_>>().join(" ");
                        period.entries.push(Entry { text, days, times });
                    }
                    Err(Refused::Lost(why)) => period.lost = Some((line.clone(), why)),
                    Err(Refused::Syntax(why)) => return Err(Error::new(Place::line(*number), why)),
                },
            }
        }
        if period.name.is_none() && period.template.is_none() {
            let why = "a timeperiod without timeperiod_name";
            return Err(Error::new(Place::line(block.line), why));
        }
        Ok(period)
    }

    fn item(&self) -> String {
        let name = self.name.as_deref().or(self.template.as_deref()).unwrap_or_default();
        format!("timeperiod {}", shown(name))
    }
}

/// The names of a list with commas.
fn list(text: &str) -> Vec<String> {
    let names = text.split(',').map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// Adds the periods as named schedules.
pub(super) fn add(
    periods: Vec<Period>,
    options: &ImportOptions,
    into: &mut Collected,
) -> Result<(), Error> {
    let Some(first) = periods.first() else { return Ok(()) };
    let place = Place::line(first.line);
    let zone = required_zone(options, place, "the time periods of Nagios")?;
    let templates: HashMap<&str, usize> = periods
        .iter()
        .enumerate()
        .filter_map(|(index, period)| Some((period.template.as_deref()?, index)))
        .collect();
    let mut definitions = Vec::new();
    let mut has_exceptions = false;
    let mut copies = 0;
    for (index, period) in periods.iter().enumerate() {
        let Some(name) = period.name.clone().filter(|_| period.is_registered) else { continue };
        let item = period.item();
        let resolved = inherited(&periods, &templates, index, 0, &mut copies);
        let (entries, excludes, own) = match resolved {
            Ok(period) => {
                has_exceptions |= period.entries.iter().any(|entry| entry.days.precedence() < 5);
                let own = match &period.lost {
                    Some((field, why)) => Err((field.clone(), why.clone())),
                    None => own_times(&period.entries, zone),
                };
                (period.entries, period.excludes.unwrap_or_default(), own)
            }
            Err(why) => (Vec::new(), Vec::new(), Err(("use".to_owned(), why))),
        };
        if let Some(alias) = &period.alias
            && *alias != name
        {
            let why = format!("a named schedule has no second name; lost is {}", shown(alias));
            into.note(&item, "alias", why)?;
        }
        for entry in &entries {
            if entry.days.has_step_to_end() {
                let why = "Nagios Core takes no notice of the end of a range with a step; here it \
                           ends, as documented";
                into.note(&item, &entry.text, why)?;
            }
            for range in &entry.times.reversed {
                let why = format!("{range} ends before it begins; Nagios never matches it");
                into.note(&item, &entry.text, why)?;
            }
        }
        let (includes, prefers_includes) = (Vec::new(), false);
        let exclude_field = "exclude";
        definitions.push(Definition {
            name,
            item,
            own,
            includes,
            excludes,
            exclude_field,
            prefers_includes,
        });
    }
    if has_exceptions && changes_its_clock(zone) {
        let why = "on a date on which the clock changes, Nagios Core applies exceptions to a part \
                   of the date only; here they apply to all of it";
        into.note("timeperiod", "exceptions", why)?;
    }
    add_all(&definitions, into)
}

/// Whether a zone has changes of its clock from the year 2000 on.
fn changes_its_clock(zone: &Zone) -> bool {
    let instant = |text: &str| text.parse::<Timestamp>();
    let century = match (instant("2000-01-01T00:00:00Z"), instant("2100-01-01T00:00:00Z")) {
        (Ok(from), Ok(to)) => Interval::new(from, to).ok(),
        _ => None,
    };
    century.is_some_and(|century| zone.transitions(century).next().is_some())
}

/// The period with what it inherits from its templates, the first ones before the others.
fn inherited(
    periods: &[Period],
    templates: &HashMap<&str, usize>,
    index: usize,
    depth: usize,
    copies: &mut usize,
) -> Result<Period, String> {
    let mut period = periods[index].clone();
    *copies += 1 + period.entries.len();
    if *copies > MAX_TEMPLATE_COPIES {
        return Err(format!(
            "the templates of this text have more than {MAX_TEMPLATE_COPIES} lines to copy"
        ));
    }
    if depth > 16 {
        return Err("templates refer to each other more than 16 levels deep".into());
    }
    for name in std::mem::take(&mut period.uses) {
        let Some(&template) = templates.get(name.as_str()) else {
            return Err(format!("the template {} is not defined in this text", shown(&name)));
        };
        let template = inherited(periods, templates, template, depth + 1, copies)?;
        period.excludes = period.excludes.or(template.excludes);
        period.lost = period.lost.or(template.lost);
        let known: HashSet<String> =
            period.entries.iter().map(|entry| format!("{:?}", entry.days)).collect();
        // Nagios reads the exceptions of a template from its end.
        let new = template.entries.into_iter().rev();
        let new = new.filter(|entry| !known.contains(&format!("{:?}", entry.days)));
        period.entries.extend(new);
        if period.entries.len() > MAX_ENTRIES {
            return Err("the templates have too many lines".into());
        }
    }
    if period.excludes.as_deref().is_some_and(|names| names == ["null"]) {
        period.excludes = Some(Vec::new());
    }
    Ok(period)
}

type Lost = (String, String);

/// The schedule of the lines: for each date that of the first exception, or of its weekday.
fn own_times(entries: &[Entry], zone: &Zone) -> Result<quietude::Schedule, Lost> {
    let mut weekdays = HashMap::new();
    let mut exceptions: Vec<&Entry> = Vec::new();
    for entry in entries {
        match entry.days {
            // The last line of a weekday counts.
            directive::Which::Weekday(weekday) => {
                weekdays.insert(weekday.num_days_from_sunday(), (weekday, &entry.times.clocks));
            }
            _ => exceptions.push(entry),
        }
    }
    exceptions.sort_by_key(|entry| entry.days.precedence());
    let mut taken = Taken::default();
    let mut parts: Vec<(Dates, Vec<ClockRange>)> = Vec::new();
    let mut rest = &exceptions[..];
    while let Some((entry, after)) = rest.split_first() {
        if let directive::Which::Dates { from, to: Some(to), .. } = entry.days
            && from == to
        {
            if taken.add_date(from) {
                parts.push((Dates::Date(from), entry.times.clocks.clone()));
            }
            rest = after;
            continue;
        }
        // Lines with the same times are one set.
        let is_alike = |other: &&&Entry| {
            let single = matches!(other.days,
                directive::Which::Dates { from, to: Some(to), .. } if from == to);
            !single && other.times.clocks == entry.times.clocks
        };
        let count = 1 + after.iter().take_while(is_alike).count();
        let (run, after) = rest.split_at(count);
        rest = after;
        let mut sets = Vec::new();
        for entry in run {
            let lost = |why: String| (entry.text.clone(), why);
            sets.push(set(entry.days).map_err(lost)?);
        }
        let of_core = |error: quietude::Error| (entry.text.clone(), error.to_string());
        let run = any(sets).map_err(of_core)?;
        let free = taken.rest_of(run.clone()).map_err(of_core)?;
        taken.sets.push(run);
        parts.push((Dates::Set(free), entry.times.clocks.clone()));
    }
    let of_core = |error: quietude::Error| (String::new(), error.to_string());
    let mut weekdays: Vec<_> = weekdays.into_iter().collect();
    weekdays.sort_by_key(|(number, _)| *number);
    if taken.is_empty() {
        for (_, (weekday, clocks)) in weekdays {
            parts.push((Dates::Weekday(weekday), clocks.clone()));
        }
    } else {
        let mut by_clocks: Vec<(&Vec<ClockRange>, Vec<chrono::Weekday>)> = Vec::new();
        for (_, (weekday, clocks)) in weekdays {
            match by_clocks.iter_mut().find(|(known, _)| *known == clocks) {
                Some((_, days)) => days.push(weekday),
                None => by_clocks.push((clocks, vec![weekday])),
            }
        }
        for (clocks, weekdays) in by_clocks {
            if clocks.is_empty() {
                continue;
            }
            let free = taken.rest_of(Days::weekdays(weekdays).map_err(of_core)?);
            parts.push((Dates::Set(free.map_err(of_core)?), clocks.clone()));
        }
    }
    on_dates(parts, zone, Dst::Reading).map_err(of_core)
}

/// The dates of the exceptions so far.
#[derive(Default)]
struct Taken {
    dates: BTreeSet<NaiveDate>,
    sets: Vec<Days>,
}

impl Taken {
    fn is_empty(&self) -> bool {
        self.dates.is_empty() && self.sets.is_empty()
    }

    /// Whether a date was free, which it is no longer.
    fn add_date(&mut self, date: NaiveDate) -> bool {
        !self.sets.iter().any(|set| set.contains(date)) && self.dates.insert(date)
    }

    /// The days of a set that are free.
    fn rest_of(&self, days: Days) -> Result<Days, quietude::Error> {
        if self.is_empty() {
            return Ok(days);
        }
        let mut sets = self.sets.clone();
        if !self.dates.is_empty() {
            sets.push(Days::dates(self.dates.iter().copied())?);
        }
        days.and(any(sets)?.complement()?)
    }
}

/// One set for several.
fn any(mut sets: Vec<Days>) -> Result<Days, quietude::Error> {
    match sets.pop() {
        Some(only) if sets.is_empty() => Ok(only),
        Some(last) => {
            sets.push(last);
            Days::any(sets)
        }
        None => Days::every_day().complement(),
    }
}

/// The days of an exception, or why they cannot be expressed.
fn set(days: directive::Which) -> Result<Days, String> {
    let core = |result: Result<Days, quietude::Error>| result.map_err(|error| error.to_string());
    match days {
        directive::Which::Weekday(weekday) => core(Days::weekdays([weekday])),
        directive::Which::Dates { from, to: None, step } => core(endless(from, step)),
        directive::Which::Dates { from, to: Some(to), step } => dates(from, to, step),
        directive::Which::MonthDays { from, to, step }
        | directive::Which::WeekdaysOfMonth { from, to, step } => in_month(from, to, step),
        directive::Which::MonthDates { from, to, step }
        | directive::Which::MonthWeekdays { from, to, step } => in_year(from, to, step),
    }
}

/// Every `step`-th date from one on.
fn endless(from: NaiveDate, step: u32) -> Result<Days, quietude::Error> {
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(from);
    Days::span(Point::date(from)?, Point::date(last)?, step)
}

fn dates(from: NaiveDate, to: NaiveDate, step: u32) -> Result<Days, String> {
    let core = |error: quietude::Error| error.to_string();
    if from <= to {
        return match step {
            1 => Days::date_range(from, to).map_err(core),
            _ => Point::date(from)
                .and_then(|from| Days::span(from, Point::date(to)?, step))
                .map_err(core),
        };
    }
    if step > 1 {
        return Err("it ends before it begins, and has a step".into());
    }
    // Nagios: from the first date on, and up to the second one.
    let (Some(after), Some(before)) = (to.succ_opt(), from.pred_opt()) else {
        return Ok(Days::every_day());
    };
    if after > before {
        return Ok(Days::every_day());
    }
    Days::date_range(after, before).and_then(Days::complement).map_err(core)
}

fn in_month(from: InMonth, to: InMonth, step: u32) -> Result<Days, String> {
    let core = |error: quietude::Error| error.to_string();
    if from == to && step == 1 {
        return from.days().map_err(core);
    }
    let shape = Shape::monthly(from, to);
    if shape.may_lack_to && !to.is_from_start() {
        return Err("a month may lack its last day, and Nagios then ignores it".into());
    }
    match (shape.may_be_ordered, shape.may_be_reversed) {
        (_, false) => match (from, to, step) {
            (InMonth::Number(from @ 1..), InMonth::Number(to @ 1..), 1) => {
                Days::month_day_range(from, to).map_err(core)
            }
            _ => {
                from.monthly().and_then(|from| Days::span(from, to.monthly()?, step)).map_err(core)
            }
        },
        (false, true) if step == 1 && !shape.may_lack_from => from_in_month(from, 1)
            .and_then(|from| Days::any([from, up_to_in_month(to)?]))
            .map_err(core),
        (false, true) => Err("it goes over the end of the month, and has a step or a first day \
                              that some months lack"
            .into()),
        (true, true) => Err("its first day is after its last one in some months only".into()),
    }
}

fn in_year(from: (u32, InMonth), to: (u32, InMonth), step: u32) -> Result<Days, String> {
    let core = |error: quietude::Error| error.to_string();
    if from == to && step == 1 {
        let days = from.1.days().and_then(|days| days.and(Days::months([from.0])?));
        return days.map_err(core);
    }
    let shape = Shape::yearly(from, to);
    if shape.may_lack_to {
        return Err("a year may lack its last day, and Nagios then takes that of the next".into());
    }
    match (shape.may_be_ordered, shape.may_be_reversed) {
        (true, false) => from
            .1
            .yearly(from.0)
            .and_then(|from| Days::span(from, to.1.yearly(to.0)?, step))
            .map_err(core),
        // Nagios looks for the end in the next year, and for the start in the year of the date.
        (false, _) => from_in_year(from, step).map_err(core),
        (true, true) => Err("its first day is after its last one in some years only".into()),
    }
}
