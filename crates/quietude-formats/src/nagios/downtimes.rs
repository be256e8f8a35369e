//! Scheduled downtimes of status and retention data.

use std::collections::HashMap;

use quietude::{Interval, Once, Propagation, Scope, Timestamp};

use crate::collect::{Collected, shown};
use crate::error::{Error, Place};
use crate::nagios::blocks::Block;

/// Adds the window of a downtime.
pub(super) fn add(block: &Block<'_>, into: &mut Collected) -> Result<(), Error> {
    let fields: HashMap<&str, (usize, &str)> =
        block.pairs().map(|(line, name, value)| (name, (line, value))).collect();
    let text = |name: &str| fields.get(name).map_or("", |(_, value)| value);
    let number = |name: &str| -> Result<i64, Error> {
        let (line, value) = *fields.get(name).ok_or_else(|| {
            Error::new(Place::line(block.line), format_args!("{}: no {name}", block.kind))
        })?;
        value.parse().map_err(|_| {
            let message = format_args!("{name}: {} is not a whole number", shown(value));
            Error::new(Place::line(line), message)
        })
    };
    let item = format!("{} {}", block.kind, shown(text("downtime_id")));
    let host = text("host_name");
    let service = text("service_description");
    let is_service = block.kind == "servicedowntime";
    if host.is_empty() || (is_service && service.is_empty()) {
        let name = if host.is_empty() { "host_name" } else { "service_description" };
        let message = format_args!("{}: no {name}", block.kind);
        return Err(Error::new(Place::line(block.line), message));
    }
    if number("fixed")? == 0 {
        let why = "left out: a flexible downtime begins with a problem of the host or service";
        return into.note(item, "fixed", why);
    }
    if fields.contains_key("triggered_by") && number("triggered_by")? != 0 {
        let why = "left out: it begins with another downtime";
        return into.note(item, "triggered_by", why);
    }
    let (start, end) = (number("start_time")?, number("end_time")?);
    let instant = |name: &str, seconds: i64| {
        Timestamp::from_millis(seconds.saturating_mul(1000)).map_err(|error| {
            let line = fields.get(name).map_or(block.line, |(line, _)| *line);
            Error::new(Place::line(line), format_args!("{name}: {error}"))
        })
    };
    let (start, end) = (instant("start_time", start)?, instant("end_time", end)?);
    if Interval::new(start, end).is_err() {
        return into.note(item, "end_time", "left out: it is not after start_time");
    }
    let once = Once::new(start, end).map_err(|error| {
        Error::new(Place::line(block.line), format_args!("{}: {error}", block.kind))
    })?;
    let mut scope = Scope::entity(host);
    if is_service {
        scope = scope.and(Scope::alert_type(service));
    }
    let id = match text("downtime_id") {
        "" => format!("downtime-of-{host}"),
        id => format!("downtime-{id}"),
    };
    into.window(&item, &id, |mut window| {
        window = window.schedule(once).scope(scope).propagation(Propagation::Entity);
        for name in ["author", "comment"] {
            if !text(name).is_empty() {
                window = window.tag(name, text(name));
            }
        }
        window
    })
}
