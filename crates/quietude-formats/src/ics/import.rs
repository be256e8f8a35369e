//! iCalendar as windows, or as one named schedule.

use std::collections::{BTreeMap, HashMap, HashSet};

use quietude::calendar::{Calendar as DayCalendar, Days};
use quietude::{ClockRange, Document, NaiveDate, Schedule, Scope, Window, WindowBuilder, Zone};

use crate::convert::{ImportOptions, Imported, Note};
use crate::error::{Error, Place};
use crate::ics::calendar::{Calendar, Event, File};
use crate::ics::event::{Context, Parsed, Refused, item};
use crate::ics::lines::unescaped;
use crate::ics::series::{Series, Single};
use crate::ics::value::{DAY, Value, date_of};
use crate::ics::zones::{Found, ZoneTable, Zones, by_name};

/// The most dates of one event of whole days that are listed one by one.
const MAX_DAYS: i64 = 400;

/// Properties that become tags.
const TAGS: [&str; 4] = ["DESCRIPTION", "LOCATION", "CATEGORIES", "URL"];

/// The events that make one window.
struct Item {
    /// The UID, or the window of an export.
    key: String,
    /// The line and the name in notes of its first event.
    line: usize,
    item: String,
    window: Box<WindowBuilder>,
    /// Whether the window is one that this crate exported.
    is_own: bool,
    series: Series,
}

/// Reads events.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let file = File::read(text)?;
    let mut reader = Reader::default();
    let mut transparent = 0u64;
    let mut table = ZoneTable::new(earliest(&file));
    for calendar in file.calendars {
        reader.calendar(calendar, options, &mut transparent, &mut table)?;
    }
    let Reader { mut notes, items: Items { list: items, .. } } = reader;
    if transparent > 0 {
        notes.push(of_file("TRANSP", format!("TRANSPARENT is not kept (events: {transparent})")));
    }
    for ((kind, name), count) in &file.left_out {
        let what = if *kind == "BEGIN" { "components" } else { "events" };
        notes.push(of_file(name, format!("is not kept ({what}: {count})")));
    }
    let document = match &options.calendar {
        Some(name) => one_schedule(name, items)?,
        None => windows(items, &mut notes)?,
    };
    Ok(Imported { document, notes })
}

fn of_file(field: &str, message: String) -> Note {
    Note { item: "VCALENDAR".to_owned(), field: field.to_owned(), message }
}

#[derive(Default)]
struct Reader {
    notes: Vec<Note>,
    items: Items,
}

#[derive(Default)]
struct Items {
    list: Vec<Item>,
    /// The items that are windows of an export, by key.
    by_key: HashMap<String, usize>,
}

impl Reader {
    /// Reads the events of a calendar, and frees them one by one, because a file may have
    /// many.
    fn calendar(
        &mut self,
        mut calendar: Calendar<'_>,
        options: &ImportOptions,
        transparent: &mut u64,
        table: &mut ZoneTable,
    ) -> Result<(), Error> {
        let is_strict = options.calendar.is_some();
        let groups = by_uid(std::mem::take(&mut calendar.events));
        let mut zones = Zones::new(&calendar.zones, table, options);
        let floating = floating(&calendar, options, &mut zones, &mut self.notes);
        let mut context = Context { zones, floating, notes: &mut self.notes };
        for group in groups {
            let mut read = Vec::with_capacity(group.len());
            let mut is_refused = false;
            for event in &group {
                match context.parsed(event) {
                    Err(why) => {
                        is_refused = true;
                        left_out(context.notes, event, &why, is_strict)?;
                    }
                    Ok(parsed) => {
                        let is_own = event.all(super::OWN_ID).next().is_some();
                        *transparent += u64::from(parsed.is_transparent && !is_own);
                        read.push(parsed);
                    }
                }
            }
            if let Some(first) = read.first().filter(|_| is_refused) {
                // A part of them is left out already: the rest would be bent.
                let uid = first.uid.as_deref().unwrap_or_default();
                let message = format!("another event of the UID {uid} is left out");
                let why = Refused::of(first.event, "UID", message);
                left_out(context.notes, first.event, &why, is_strict)?;
                continue;
            }
            let (masters, replacements) = parted(read, context.notes);
            let count = masters.len().max(1);
            for index in 0..count {
                let master = masters.get(index);
                let replaced = if index == 0 { replacements.as_slice() } else { &[] };
                let Some(first) = master.or(replaced.first()) else { continue };
                if master.is_some_and(|master| master.is_cancelled) {
                    context.notes.push(Note {
                        item: item(first.event),
                        field: "STATUS".to_owned(),
                        message: "the event is cancelled, and left out".to_owned(),
                    });
                    continue;
                }
                match context.series(master, replaced) {
                    Ok(series) => {
                        self.items.add(first_item(first, index, context.notes), series);
                    }
                    Err(why) => left_out(context.notes, first.event, &why, is_strict)?,
                }
            }
        }
        Ok(())
    }
}

/// The events with one UID, in the order of the first ones. An event without one is by itself.
fn by_uid(events: Vec<Event<'_>>) -> Vec<Vec<Event<'_>>> {
    let mut groups: Vec<Vec<Event<'_>>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for event in events {
        let next = groups.len();
        let group = event.uid().map_or(next, |uid| *known.entry(uid.to_owned()).or_insert(next));
        match groups.get_mut(group) {
            Some(group) => group.push(event),
            None => groups.push(vec![event]),
        }
    }
    groups
}

impl Items {
    /// Adds schedules to the window of this key.
    fn add(&mut self, mut item: Item, series: Series) {
        if series.schedules.is_empty() && series.singles.is_empty() {
            return;
        }
        let is_own = item.key.starts_with('\0');
        if let Some(index) = self.by_key.get(&item.key).copied().filter(|_| is_own) {
            let known = &mut self.list[index];
            known.series.schedules.extend(series.schedules);
            known.series.singles.extend(series.singles);
            if item.is_own && !known.is_own {
                (known.window, known.is_own) = (item.window, true);
            }
            return;
        }
        if is_own {
            self.by_key.insert(item.key.clone(), self.list.len());
        }
        item.series = series;
        self.list.push(item);
    }
}

/// Notes that an event is left out, or fails.
fn left_out(
    notes: &mut Vec<Note>,
    event: &Event<'_>,
    why: &Refused,
    is_strict: bool,
) -> Result<(), Error> {
    if why.is_fatal || is_strict {
        return Err(why.error());
    }
    let message = format!("{}; the event is left out (line {})", why.message, why.line);
    notes.push(Note { item: item(event), field: why.field.clone(), message });
    Ok(())
}

/// A little before the first event.
fn earliest(file: &File<'_>) -> i64 {
    let events = file.calendars.iter().flat_map(|calendar| &calendar.events);
    let starts = events.flat_map(|event| event.all("DTSTART"));
    let readings = starts.filter_map(|line| Value::parse(line.value()).ok());
    readings.map(|value| value.reading).min().unwrap_or(0) - 2 * DAY
}

/// The zone of floating times: the option, X-WR-TIMEZONE, or the only VTIMEZONE.
fn floating(
    calendar: &Calendar<'_>,
    options: &ImportOptions,
    zones: &mut Zones<'_>,
    notes: &mut Vec<Note>,
) -> Option<Found> {
    if let Some(zone) = &options.timezone {
        return Some(Found::named(zone.clone()));
    }
    let of_calendar = calendar.floating.as_deref();
    if let Some(zone) = of_calendar.and_then(|name| by_name(name, &|name| options.zone(name))) {
        return Some(Found::named(zone));
    }
    match calendar.zones.as_slice() {
        [only] => zones.get(&only.id, notes).ok(),
        _ => None,
    }
}

/// The latest revision of the event itself, and of what replaces each of its instances. Of
/// several with the same revision all are kept.
fn parted<'e, 'a>(
    group: Vec<Parsed<'e, 'a>>,
    notes: &mut Vec<Note>,
) -> (Vec<Parsed<'e, 'a>>, Vec<Parsed<'e, 'a>>) {
    let (mut masters, mut replacements): (Vec<Parsed<'_, '_>>, Vec<Parsed<'_, '_>>) =
        group.into_iter().partition(|event| event.replaces.is_none());
    let mut older = |event: &Parsed<'_, '_>| {
        notes.push(Note {
            item: item(event.event),
            field: "SEQUENCE".to_owned(),
            message: format!("{} is an older revision of the event", event.sequence),
        });
    };
    if masters.len() > 1 {
        let latest = masters.iter().map(|event| event.sequence).max().unwrap_or(0);
        masters.retain(|event| {
            if event.sequence < latest {
                older(event);
            }
            event.sequence == latest
        });
        // The same event again.
        let mut seen = HashSet::new();
        masters.retain(|event| {
            let lines = event.event.properties.iter();
            let mut text: Vec<String> = lines.map(|line| line.text().to_owned()).collect();
            text.sort_unstable();
            seen.insert(text)
        });
    }
    let mut latest: BTreeMap<(i64, bool), i64> = BTreeMap::new();
    let key = |event: &Parsed<'_, '_>| {
        event.replaces.as_ref().map_or((0, false), |(id, is_range)| (id.instant(), *is_range))
    };
    for event in &replacements {
        let known = latest.entry(key(event)).or_insert(event.sequence);
        *known = event.sequence.max(*known);
    }
    replacements.reverse();
    replacements.retain(|event| {
        // Of one revision the last is kept.
        let is_latest = latest.get(&key(event)) == Some(&event.sequence);
        if is_latest {
            latest.remove(&key(event));
        } else {
            older(event);
        }
        is_latest
    });
    replacements.reverse();
    (masters, replacements)
}

/// A window without a schedule, with the name, the id and the tags of the event.
fn first_item(parsed: &Parsed<'_, '_>, index: usize, notes: &mut Vec<Note>) -> Item {
    let event = parsed.event;
    let text = |name: &str| {
        let line = event.all(name).next()?;
        Some(unescaped(line.value().trim())).filter(|text| !text.is_empty())
    };
    let own = event.all(super::OWN_ID).next().map(|line| unescaped(line.value()));
    let id = match (&parsed.uid, index) {
        _ if own.is_some() => own.clone().unwrap_or_default(),
        (Some(uid), 0) => unescaped(uid),
        (Some(uid), index) => {
            notes.push(Note {
                item: item(event),
                field: "UID".to_owned(),
                message: "is that of another event, too; each is a window".to_owned(),
            });
            format!("{}#{}", unescaped(uid), index + 1)
        }
        (None, _) => {
            notes.push(Note {
                item: item(event),
                field: "UID".to_owned(),
                message: "is missing; the id of the window is made of the line".to_owned(),
            });
            format!("event-line-{}", event.line)
        }
    };
    // An id has no control characters.
    let id: String = id.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some(window) = own.as_ref().and_then(|_| own_window(event)) {
        let key = format!("\0{id}");
        let (line, item, series) = (event.line, item(event), Series::default());
        let window = Box::new(window);
        return Item { key, line, item, window, is_own: true, series };
    }
    let mut window = Window::builder(id.as_str()).scope(Scope::everything());
    if let Some(name) = text("SUMMARY") {
        window = window.name(name);
    }
    for name in TAGS {
        if let Some(text) = text(name) {
            window = window.tag(name.to_ascii_lowercase(), text);
        }
    }
    let key = if own.is_some() { format!("\0{id}") } else { id };
    let (line, item, series) = (event.line, item(event), Series::default());
    Item { key, line, item, window: Box::new(window), is_own: false, series }
}

/// The window of an event that this crate exported.
fn own_window(event: &Event<'_>) -> Option<WindowBuilder> {
    let line = event.all(super::OWN_PROPERTY).next()?;
    let document = Document::from_json(&unescaped(line.value())).ok()?;
    document.registry.iter().next().map(|window| window.to_builder())
}

/// Each item as a window.
fn windows(items: Vec<Item>, notes: &mut Vec<Note>) -> Result<Document, Error> {
    let mut document = Document::default();
    for Item { key, line, item, window, series, .. } in items {
        let failed = |error: quietude::Error, notes: &mut Vec<Note>| {
            let message = format!("{error}; the event is left out");
            notes.push(Note { item: item.clone(), field: String::new(), message });
        };
        let schedule = match series.schedule() {
            Ok(Some(schedule)) => schedule,
            Ok(None) => continue,
            Err(error) => {
                failed(error, notes);
                continue;
            }
        };
        let mut builder = window.schedule(schedule);
        // The same id in another VCALENDAR.
        let id = key.trim_start_matches('\0').to_owned();
        if document.registry.get(&id).is_some() {
            let new = format!("{id}#line-{line}");
            let message = format!("is the UID of another event, too; the window is {new}");
            notes.push(Note { item: item.clone(), field: "UID".to_owned(), message });
            builder = builder.id(new.as_str());
        }
        let window = match builder.build() {
            Ok(window) => window,
            Err(error) => {
                failed(error, notes);
                continue;
            }
        };
        if let Err(error) = document.registry.insert(window) {
            return Err(Error::new(Place::line(line), error));
        }
    }
    Ok(document)
}

/// All items as one schedule with a name. If all events are of whole days without a rule,
/// the dates are a set of days with that name, too.
fn one_schedule(name: &str, items: Vec<Item>) -> Result<Document, Error> {
    let failed = |error: quietude::Error| Error::new(Place::default(), error);
    let mut all = Series::default();
    for item in items {
        all.schedules.extend(item.series.schedules);
        all.singles.extend(item.series.singles);
    }
    let mut document = Document::default();
    let of_days = |single: &Single| single.days.is_some_and(|(_, days)| days <= MAX_DAYS);
    let zone = all.singles.iter().find(|single| of_days(single)).and_then(|s| s.zone.clone());
    if let Some(zone) = zone {
        let (dated, others): (Vec<_>, Vec<_>) = all
            .singles
            .into_iter()
            .partition(|single| of_days(single) && single.zone.as_ref() == Some(&zone));
        all.singles = others;
        let mut days: Vec<i64> = dated
            .iter()
            .filter_map(|single| single.days)
            .flat_map(|(first, count)| first..first + count)
            .collect();
        days.sort_unstable();
        days.dedup();
        let dates = days.into_iter().filter_map(|day| {
            let (year, month, date) = date_of(day);
            NaiveDate::from_ymd_opt(year as i32, month as u32, date as u32)
        });
        let mut days = Days::dates(dates).map_err(failed)?;
        if all.schedules.is_empty() && all.singles.is_empty() {
            document.calendars.push((name.to_owned(), days.clone()));
            days = Days::named(name, days);
        }
        all.schedules.insert(0, on_days(days, zone));
    }
    match all.schedule().map_err(failed)? {
        Some(schedule) => document.schedules.push((name.to_owned(), schedule)),
        None => {
            let message = "no event is left, and a schedule has one at least";
            return Err(Error::new(Place::path(name), message));
        }
    }
    Ok(document)
}

fn on_days(days: Days, zone: Zone) -> Schedule {
    DayCalendar::new(ClockRange::WHOLE_DAY, zone).with_days(days).into()
}
