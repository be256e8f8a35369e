//! Import and export of maintenance periods.

use std::collections::HashSet;

use chrono::NaiveDateTime;

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::schedule::{ClockDates, Schedule};
use crate::scope::{Node, Scope};
use crate::time::{ShortMonth, Timestamp, Zone};
use crate::vendors::convert::{ConvertOptions, Exported, Imported};
use crate::vendors::export::{IdAllocator, note_new_id, single_entity};
use crate::vendors::ids::{check_segment, entity_scope, vendor_id, vendor_parts};
use crate::vendors::import::into_document;
use crate::vendors::uptrends::document::{DateTime, MaintenancePeriod, MaintenanceType, When};
use crate::window::{Effect, Propagation, Validity, Window};

/// Imports periods: a list as in the response of a GET, a single period, or an object of
/// lists with monitor guids as keys, as [`export`] writes it.
///
/// Only the object contains the monitors. For a list or a single period the monitor is
/// [`ConvertOptions::monitor`]; without it the windows cover everything, which is
/// noted. Periods that are never active are left out, with a note.
///
/// # Errors
///
/// If `options` has no time zone, `text` is not JSON, or a period is invalid: the error
/// has the path of the field.
///
/// ```
/// use quietude::Zone;
/// use quietude::vendors::{ConvertOptions, uptrends};
///
/// let text = r#"[ { "Id": 123, "ScheduleMode": "Daily", "StartTime": "22:00", "EndTime": "22:30",
///     "MaintenanceType": "DisableNotifications" } ]"#;
/// let amsterdam: Zone = "Europe/Amsterdam".parse()?;
/// let options = ConvertOptions::new().timezone(amsterdam).monitor("m-1");
/// let imported = uptrends::import(text, &options)?;
/// assert!(imported.document.registry.get("uptrends:import:123").is_some());
/// assert!(imported.notes.is_empty());
/// # Ok::<(), quietude::Error>(())
/// ```
pub fn import(text: &str, options: &ConvertOptions) -> Result<Imported, Error> {
    let zone = options.required_zone()?;
    let mut notes = Vec::new();
    let value = Value::parse(text)?;
    let by_monitor = match value {
        Value::Object(fields)
            if fields.iter().all(|(_, value)| matches!(value, Value::List(_))) =>
        {
            fields.into_iter().map(|(monitor, periods)| (Some(monitor), periods)).collect()
        }
        one @ Value::Object(_) => vec![(options.monitor.clone(), Value::List(vec![one]))],
        list => vec![(options.monitor.clone(), list)],
    };
    let mut monitors = Vec::new();
    for (monitor, periods) in by_monitor {
        // `export` uses an empty key for windows that cover everything.
        let monitor = monitor.filter(|guid| !guid.is_empty());
        if let Some(guid) = &monitor {
            check_segment(guid).map_err(|error| error.in_field("monitor"))?;
        }
        let scope = match &monitor {
            Some(monitor) => entity_scope(&vendor_id(&["uptrends", monitor])),
            None => {
                notes.push(
                    "the periods name no monitor: the windows are about everything".to_owned(),
                );
                Scope::everything()
            }
        };
        let named = monitor.as_deref().unwrap_or_default();
        let periods =
            periods.list(MaintenancePeriod::read).map_err(|error| error.in_field(named))?;
        monitors.push((scope, periods));
    }
    // An export gives a period without an Id its number here as the Id, so the number is
    // the Id of no other period, even if that gives no window.
    let all = monitors.iter().flat_map(|(_, periods)| periods);
    let taken: HashSet<i64> = all.filter_map(MaintenancePeriod::id).collect();
    let mut free = (1..).filter(|number| !taken.contains(number));
    let mut windows = Vec::new();
    for (scope, periods) in monitors {
        for period in periods {
            let id = match period.id() {
                Some(id) => id.to_string(),
                None => format!("new-{}", free.next().expect("the Ids are finite")),
            };
            let id = vendor_id(&["uptrends", "import", &id]);
            match window(&id, &period, scope.clone(), zone) {
                Ok(window) => windows.push(window),
                Err(note) => notes.push(note),
            }
        }
    }
    into_document(windows, notes)
}

/// Exports an object of lists of periods with monitor guids as keys. Times are local
/// times of `zone`.
///
/// A window can be exported if it is enabled, has no validity or closing time, covers
/// one monitor (`uptrends:guid`) or everything (key `""`, with a note), and has a
/// schedule that a period can express. Other windows are left out, with a note.
#[must_use]
pub fn export(document: &Document, zone: &Zone) -> Exported {
    let mut notes = Vec::new();
    let mut monitors: Vec<(String, Vec<Value>)> = Vec::new();
    let mut ids = IdAllocator::new(document, existing_id);
    for window in document.registry.iter() {
        match to_vendor(window, zone) {
            Err(why) => notes.push(format!("{}: left out: {why}", window.id())),
            Ok((monitor, period)) => {
                let existing = existing_id(window);
                let id =
                    ids.allocate(existing.clone(), new_id(window), |number| number.to_string());
                note_new_id(
                    window,
                    existing.as_ref() == Some(&id),
                    &format!("Id {id}"),
                    &mut notes,
                );
                let period = period.with_id(id.parse().expect("it is a number")).value();
                if monitor.is_empty() {
                    let id = window.id();
                    notes.push(format!("{id}: it is about everything, not about a monitor"));
                }
                note_unsupported(window, &mut notes);
                match monitors.iter_mut().find(|(known, _)| *known == monitor) {
                    Some((_, periods)) => periods.push(period),
                    None => monitors.push((monitor, vec![period])),
                }
            }
        }
    }
    let value = Value::fields(monitors.into_iter().map(|(guid, list)| (guid, Value::List(list))));
    Exported { text: value.to_json_pretty(), notes }
}

/// The last part of the window's id, if the window is one of an account of this vendor.
fn existing_id(window: &Window) -> Option<String> {
    match <[String; 3]>::try_from(vendor_parts(window.id().as_str())) {
        Ok([vendor, _, id]) if vendor == "uptrends" => {
            id.parse::<i64>().is_ok_and(|number| number.to_string() == id).then_some(id)
        }
        _ => None,
    }
}

/// The number of a period that was imported without an Id.
fn new_id(window: &Window) -> Option<String> {
    match vendor_parts(window.id().as_str()).as_slice() {
        [vendor, _, id] if vendor == "uptrends" => {
            let number = id.strip_prefix("new-")?.parse::<i64>().ok()?;
            (number > 0).then(|| number.to_string())
        }
        _ => None,
    }
}

/// Converts a period to a window. The error is a note: the period is never active.
pub(super) fn window(
    id: &str,
    period: &MaintenancePeriod,
    scope: Scope,
    zone: &Zone,
) -> Result<Window, String> {
    let Some(schedule) = period.schedule(zone) else {
        return Err(format!(
            "{id}: never active: its end is not after its start on the clock of {zone}"
        ));
    };
    let window = Window::builder(id).schedule(schedule).scope(scope).effect(period.effect());
    window.build().map_err(|error| error.to_string())
}

/// Converts a window to a period and the guid of its monitor. The error is the reason why
/// that is not possible.
fn to_vendor(window: &Window, zone: &Zone) -> Result<(String, MaintenancePeriod), String> {
    let guid = match window.scope().node() {
        Node::Everything => String::new(),
        _ => single_entity(window.scope())
            .and_then(|name| match vendor_parts(name).as_slice() {
                [vendor, guid] if vendor == "uptrends" => Some(guid.clone()),
                _ => None,
            })
            .ok_or("the scope is not one monitor")?,
    };
    if !window.is_enabled() {
        return Err("it is disabled".to_owned());
    }
    if window.validity() != Validity::ALWAYS || window.closed_at().is_some() {
        return Err("its validity or closing cannot be said".to_owned());
    }
    let when = match window.schedule() {
        Schedule::Once(once) if once.is_endless() => return Err("it has no end".to_owned()),
        Schedule::Once(once) => {
            let (start, end) = (once.interval().start(), once.interval().end());
            let (from, to) = (local_time(zone, start)?, local_time(zone, end)?);
            When::OneTime { start: from, end: to }
        }
        Schedule::Daily(daily) => When::Daily(plain_clock(daily.calendar(), zone)?),
        Schedule::Weekly(weekly) => {
            let mut days = weekly.weekdays();
            match (days.next(), days.next()) {
                (Some(day), None) => When::Weekly(day, plain_clock(weekly.calendar(), zone)?),
                _ => return Err("several weekdays are several periods".to_owned()),
            }
        }
        Schedule::Monthly(monthly) => {
            let day = match monthly.days() {
                [day] => day.number(),
                _ => None,
            };
            let day = match (day, monthly.short_month()) {
                (Some(-1), _) => 31,
                (Some(day @ 1..=28), _) | (Some(day @ 29..=31), ShortMonth::Clamp) => day as u8,
                _ => return Err("the day of the month cannot be said".to_owned()),
            };
            When::Monthly(day, plain_clock(monthly.calendar(), zone)?)
        }
        _ => return Err("the kind of schedule cannot be said".to_owned()),
    };
    let kind = match window.effect() {
        Effect::Monitoring => MaintenanceType::DisableMonitoring,
        Effect::Notifications => MaintenanceType::DisableNotifications,
    };
    Ok((guid, MaintenancePeriod::new(when, kind)))
}

/// The local time of an instant, in whole seconds, if the clock rule converts it back to
/// the same instant.
fn local_time(zone: &Zone, t: Timestamp) -> Result<NaiveDateTime, String> {
    let local_ms = zone.high_water(t.as_millis());
    let at = chrono::DateTime::from_timestamp_millis(local_ms).map(|at| at.naive_utc());
    match at {
        Some(at) if zone.first_instant(local_ms) == t.as_millis() && local_ms % 1000 == 0 => Ok(at),
        Some(at) => Err(format!("{t} cannot be said on the clock of {zone}: {}", DateTime(at))),
        None => Err(format!("{t} is out of range")),
    }
}

/// The clock range of a calendar that has no other rules and is in the account's zone.
fn plain_clock(calendar: &ClockDates, zone: &Zone) -> Result<crate::time::ClockRange, String> {
    let dates = &calendar.dates;
    let ruled = dates.interval().is_some()
        || dates.months().is_some()
        || dates.count().is_some()
        || dates.excepted_days().is_some()
        || dates.exceptions().next().is_some();
    if ruled {
        return Err("every, months, except and count cannot be said".to_owned());
    }
    if !calendar.is_plain() {
        return Err("several clock ranges, several days and dst cannot be said".to_owned());
    }
    if calendar.zone != *zone {
        return Err(format!("its zone {} is not the account's {zone}", calendar.zone));
    }
    let clock = calendar.clock;
    let whole = |ms: u32| ms.is_multiple_of(60_000);
    if !whole(clock.from_ms()) || !whole(clock.to_ms()) {
        return Err(format!("{clock} has seconds"));
    }
    if clock == crate::time::ClockRange::WHOLE_DAY {
        return Err("a whole day cannot be said: StartTime and EndTime would be equal".to_owned());
    }
    Ok(clock)
}

/// Adds notes for the values that a period has no field for.
fn note_unsupported(window: &Window, notes: &mut Vec<String>) {
    let id = window.id();
    if window.name().is_some() {
        notes.push(format!("{id}: the name is lost"));
    }
    if !window.tags().is_empty() {
        notes.push(format!("{id}: the tags are lost"));
    }
    if window.propagation() != Propagation::Descendants {
        notes.push(format!("{id}: that it does not reach descendants is lost"));
    }
    if window.state_during().is_some() || window.state_after().is_some() {
        notes.push(format!("{id}: the entity states are lost"));
    }
}
