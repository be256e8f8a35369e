//! Between maintenance windows and the native document.

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::schedule::Schedule;
use crate::scope::Node;
use crate::vendors::convert::{Exported, Imported};
use crate::vendors::export::{IdAllocator, note_new_id, note_unsupported};
use crate::vendors::ids::vendor_parts;
use crate::vendors::import::{into_document, unwrap_list};
use crate::vendors::opsmanager::document::{MaintenanceWindow, object_id};
use crate::window::{Validity, Window};

/// Reads windows as the vendor answers them: a list (`results`), or one alone,
/// in an envelope or not.
///
/// # Errors
///
/// If a window is wrong: the error names the place.
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

/// Writes windows as a list of the vendor's: those with one interval whose
/// scope is a group (`opsmanager:group`) and alert types. What cannot be said
/// is left out, with a note.
#[must_use]
pub fn export(document: &Document) -> Exported {
    let (mut notes, mut results) = (Vec::new(), Vec::new());
    let mut ids = IdAllocator::new(document, own);
    for window in document.registry.iter() {
        match exported(window, &mut ids) {
            Err(why) => notes.push(format!("{}: left out: {why}", window.id())),
            Ok(exported) => {
                let is_kept = exported.window_id() == window.id().as_str();
                note_new_id(window, is_kept, &exported.id, &mut notes);
                notes
                    .push(format!("{}: created and updated are not known: its start", window.id()));
                if !window.tags().is_empty() {
                    notes.push(format!("{}: the tags are note_unsupported", window.id()));
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

/// The id of a window that is the vendor's.
fn own(window: &Window) -> Option<String> {
    let id = vendor_parts(window.id().as_str()).pop()?;
    object_id(Value::from(id)).ok()
}

/// The window, as the vendor's reader takes it.
fn exported(window: &Window, ids: &mut IdAllocator) -> Result<MaintenanceWindow, String> {
    let exported = said(window, ids)?;
    MaintenanceWindow::read(exported.value(None)).map_err(|error| error.to_string())
}

fn said(window: &Window, ids: &mut IdAllocator) -> Result<MaintenanceWindow, &'static str> {
    if !window.is_enabled() {
        return Err("it is disabled");
    }
    let Schedule::Once(once) = window.schedule() else {
        return Err("the schedule is not one interval");
    };
    if window.validity() != Validity::ALWAYS || window.closed_at().is_some() {
        return Err("its validity or closing cannot be said");
    }
    let other = "the scope is not a group and alert types";
    let Node::All(scopes) = window.scope().node() else { return Err(other) };
    let [group, types] = scopes.as_slice() else { return Err(other) };
    let Node::Group(group) = group.node() else { return Err(other) };
    let group = match vendor_parts(group.as_str()).as_slice() {
        [vendor, group] if vendor == "opsmanager" => group.clone(),
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
        id: ids.allocate(own(window), None, |number| format!("{number:024x}")),
        group,
        created: once.interval().start(),
        updated: once.interval().start(),
        start: once.interval().start(),
        end: once.interval().end(),
        alert_types,
        description: window.name().map(str::to_owned),
    })
}
