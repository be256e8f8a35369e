//! Import and export of maintenance windows.

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::schedule::Schedule;
use crate::scope::Node;
use crate::vendors::convert::{Exported, Imported};
use crate::vendors::export::{IdAllocator, note_new_id, note_unsupported};
use crate::vendors::ids::{check_segment, vendor_parts};
use crate::vendors::import::{into_document, unwrap_list};
use crate::vendors::opsmanager::document::{MaintenanceWindow, object_id};
use crate::window::{Validity, Window};

/// Imports a response of the vendor: a list (`results`) or a single window, with or
/// without an envelope.
///
/// `created` and `updated` are not kept, which is noted.
///
/// # Errors
///
/// If `text` is not JSON, or a window is invalid: the error has the path of the
/// field.
pub fn import(text: &str) -> Result<Imported, Error> {
    let mut notes = Vec::new();
    let value = match Value::parse(text)? {
        // An envelope holds one result.
        Value::Object(fields) if fields.iter().any(|(name, _)| name == "content") => {
            let mut fields = Value::Object(fields).object()?;
            fields.optional("status", Value::number::<i64>)?;
            let content = fields.required("content", Ok)?;
            fields.finish()?;
            content
        }
        value => value,
    };
    let values = unwrap_list(value, "results", &["totalCount"], &mut notes)?;
    let windows = Value::List(values).list(|value| {
        let window = MaintenanceWindow::read(value)?;
        let native = window.window()?;
        let (created, updated) = (window.created, window.updated);
        notes
            .push(format!("{}: created {created} and updated {updated} are not kept", native.id()));
        Ok(native)
    });
    into_document(windows.map_err(|error| error.in_field("results"))?, notes)
}

/// Exports a list of the vendor (`results`).
///
/// A window can be exported if it is enabled, has a [`Once`](crate::Once) schedule
/// and no validity or closing time, and its scope is one group
/// (`opsmanager:group`) and one or more alert types. Other windows are left out,
/// with a note.
#[must_use]
pub fn export(document: &Document) -> Exported {
    let (mut notes, mut results) = (Vec::new(), Vec::new());
    let mut ids = IdAllocator::new(document, existing_id);
    for window in document.registry.iter() {
        match checked_export(window, &mut ids) {
            Err(why) => notes.push(format!("{}: left out: {why}", window.id())),
            Ok(exported) => {
                let is_kept = exported.window_id() == window.id().as_str();
                note_new_id(window, is_kept, &exported.id, &mut notes);
                notes
                    .push(format!("{}: created and updated are not known: its start", window.id()));
                if !window.tags().is_empty() {
                    notes.push(format!("{}: the tags are lost", window.id()));
                }
                note_unsupported(window, &mut notes);
                results.push(exported.value(None));
            }
        }
    }
    let count = results.len().into();
    let list = Value::fields([("results", Value::List(results)), ("totalCount", count)]);
    Exported { text: list.to_json_pretty(), notes }
}

/// The last part of the window's id, if it is a valid id of the vendor.
fn existing_id(window: &Window) -> Option<String> {
    let id = vendor_parts(window.id().as_str()).pop()?;
    object_id(Value::from(id)).ok()
}

/// Converts a window and checks that the vendor's reader accepts the result.
fn checked_export(window: &Window, ids: &mut IdAllocator) -> Result<MaintenanceWindow, String> {
    let exported = to_vendor(window, ids)?;
    MaintenanceWindow::read(exported.value(None)).map_err(|error| error.to_string())
}

fn to_vendor(window: &Window, ids: &mut IdAllocator) -> Result<MaintenanceWindow, &'static str> {
    if !window.is_enabled() {
        return Err("it is disabled");
    }
    let Schedule::Once(once) = window.schedule() else {
        return Err("the schedule is not one interval");
    };
    if once.is_endless() {
        return Err("it has no end");
    }
    if window.validity() != Validity::ALWAYS || window.closed_at().is_some() {
        return Err("its validity or closing cannot be said");
    }
    let other = "the scope is not a group and alert types";
    let Node::All(scopes) = window.scope().node() else { return Err(other) };
    let [group, types] = scopes.as_slice() else { return Err(other) };
    let Node::Group(group) = group.node() else { return Err(other) };
    let group = match vendor_parts(group.as_str()).as_slice() {
        [vendor, group] if vendor == "opsmanager" && check_segment(group).is_ok() => group.clone(),
        _ => return Err("the group is not one of the vendor's"),
    };
    let types = match types.node() {
        Node::AlertType(_) => std::slice::from_ref(types),
        Node::Any(types) => types.as_slice(),
        _ => return Err(other),
    };
    let alert_types = types
        .iter()
        .map(|scope| match scope.node() {
            Node::AlertType(name) => Ok(name.as_str().to_owned()),
            _ => Err(other),
        })
        .collect::<Result<_, _>>()?;
    Ok(MaintenanceWindow {
        id: ids.allocate(existing_id(window), None, |number| format!("{number:024x}")),
        group,
        created: once.interval().start(),
        updated: once.interval().start(),
        start: once.interval().start(),
        end: once.interval().end(),
        alert_types,
        description: window.name().map(str::to_owned),
    })
}
