//! The fields of a line of a journal.

use crate::error::Error;
use crate::json::locate::located;
use crate::json::read;
use crate::json::tables::{Renamed, Tables, table};
use crate::json::value::Value;
use crate::json::visit::topology_of_value;
use crate::scope::{Topology, WindowId, check_id};
use crate::time::{Timestamp, ZoneResolver};
use crate::window::Window;

/// The fields of a line of a journal; of the changes there should be one.
pub(crate) struct EntryFields {
    pub(crate) at: Timestamp,
    pub(crate) author: String,
    pub(crate) insert: Option<Window>,
    pub(crate) replace: Option<Window>,
    pub(crate) remove: Option<WindowId>,
    pub(crate) topology: Option<Topology>,
}

impl EntryFields {
    /// Reads a line.
    pub(crate) fn read(line: &str, zones: ZoneResolver<'_>) -> Result<Self, Error> {
        let read = || {
            let mut fields = Value::parse(line)?.object()?;
            let at = fields.required("at", Value::timestamp)?;
            let author = fields.required("author", Value::text)?;
            let calendars = fields.optional("calendars", table)?.unwrap_or_default();
            let schedules = fields.optional("schedules", table)?.unwrap_or_default();
            let renamed = fields.optional("renamed", renamed)?.unwrap_or_default();
            let tables = Tables::new(zones, calendars, schedules).with_renamed(renamed);
            // In order, so that what a value refers to was read before it.
            let tables = tables.checked()?;
            let names = tables.names();
            let insert = fields.optional("insert", |value| read::window(value, &names))?;
            let replace = fields.optional("replace", |value| read::window(value, &names))?;
            let remove = fields.optional("remove", |value| {
                let id = value.text()?;
                check_id(&id).map(|()| WindowId::from(id))
            })?;
            let topology = fields.optional("topology", topology_of_value)?;
            fields.finish()?;
            Ok(Self { at, author, insert, replace, remove, topology })
        };
        read().map_err(|error| located(error, line))
    }
}

fn renamed(value: Value) -> Result<Renamed, Error> {
    let mut fields = value.object()?;
    let names = |value: Value| {
        let pairs = table(value)?.into_iter();
        pairs.map(|(key, name)| Ok((key, name.text()?))).collect::<Result<_, Error>>()
    };
    let calendars = fields.optional("calendars", names)?.unwrap_or_default();
    let schedules = fields.optional("schedules", names)?.unwrap_or_default();
    fields.finish()?;
    Ok(Renamed { calendars, schedules })
}
