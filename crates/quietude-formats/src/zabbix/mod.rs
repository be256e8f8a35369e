//! Maintenances of Zabbix: the result of `maintenance.get`, or a list of maintenances, as
//! JSON.
//!
//! A maintenance is one window, `maintenance-3`. Hosts are entities by their technical
//! names, host groups are groups (a group with `/` in its name is a group in the group of
//! the name before it), and tags of problems are attributes. A maintenance without data
//! collection suspends monitoring.
//!
//! # Meaning
//!
//! The source is `dc_calculate_maintenance_period` of Zabbix 7: a period begins at a time of
//! day of the server's zone and lasts elapsed seconds. A time that the clock skips is left
//! out, one that it shows twice is the first. Days and weeks are counted from those of
//! `active_since`.

mod json;
mod periods;
mod scope;

use quietude::{Effect, Propagation, Schedule, Timestamp, Validity};

use crate::collect::{Collected, shown};
use crate::convert::{ImportOptions, Imported};
use crate::error::{Error, Place};
use crate::zabbix::json::Maintenance;

/// Reads maintenances.
pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let (path, maintenances) = json::read(text)?;
    let mut into = Collected::default();
    for (index, maintenance) in maintenances.iter().enumerate() {
        let place = format!("{path}[{index}]");
        add(&place, maintenance, options, &mut into)?;
    }
    Ok(into.finish())
}

/// Adds the window of a maintenance at a place of the text.
fn add(
    place: &str,
    maintenance: &Maintenance,
    options: &ImportOptions,
    into: &mut Collected,
) -> Result<(), Error> {
    let error = |field: &str, why: String| Error::new(Place::path(format!("{place}.{field}")), why);
    let item = format!("{place} {}", shown(&maintenance.name));
    let instant = |field: &str, seconds: Option<i64>| {
        let Some(seconds) = seconds else { return Err(error(field, "is missing".into())) };
        let millis = seconds.saturating_mul(1000);
        Timestamp::from_millis(millis).map_err(|why| error(field, why.to_string()))
    };
    let since = instant("active_since", maintenance.active_since)?;
    let until = instant("active_till", maintenance.active_till)?;
    let effect = match maintenance.maintenance_type.unwrap_or(0) {
        0 => Effect::Notifications,
        1 => Effect::Monitoring,
        other => {
            let why = format!("{other} is not 0 (with data collection) or 1 (without)");
            return Err(error("maintenance_type", why));
        }
    };
    if until <= since {
        return into.note(item, "active_till", "left out: it is not after active_since");
    }
    let scope = match scope::of(place, maintenance)? {
        Ok(scope) => scope,
        Err((field, why)) => return into.note(item, field, format!("left out: {why}")),
    };
    let mut schedules = Vec::new();
    for (index, period) in maintenance.timeperiods.iter().enumerate() {
        let field = format!("timeperiods[{index}]");
        let place = format!("{place}.{field}");
        let found = periods::schedule(&place, period, since, until, options)?;
        for note in found.notes {
            into.note(&item, &field, note)?;
        }
        schedules.extend(found.schedule);
    }
    let schedule = match schedules.pop() {
        None => {
            let why = "left out: it has no period that occurs while it is active";
            return into.note(item, "timeperiods", why);
        }
        Some(only) if schedules.is_empty() => only,
        Some(last) => {
            schedules.push(last);
            match Schedule::any(schedules) {
                Ok(schedule) => schedule,
                Err(why) => return into.note(item, "timeperiods", format!("left out: {why}")),
            }
        }
    };
    let id = match &maintenance.maintenanceid {
        Some(id) => format!("maintenance-{id}"),
        None => format!("maintenance {}", maintenance.name),
    };
    into.window(&item, &id, |mut window| {
        window = window
            .schedule(schedule)
            .scope(scope)
            .propagation(Propagation::Entity)
            .effect(effect)
            .validity(Validity::new(Some(since), Some(until)));
        if !maintenance.name.is_empty() {
            window = window.name(&maintenance.name);
        }
        if !maintenance.description.is_empty() {
            window = window.tag("description", &maintenance.description);
        }
        window
    })
}
