//! Import and export of maintenance windows.

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::schedule::Schedule;
use crate::scope::Node;
use crate::time::Timestamp;
use crate::vendors::convert::{Exported, Imported};
use crate::vendors::export::{IdAllocator, note_new_id, note_unsupported};
use crate::vendors::ids::{check_part, vendor_parts};
use crate::vendors::import::{into_document, unwrap_list};
use crate::vendors::spaceone::document::{MaintenanceWindow, State};
use crate::window::{Validity, Window};

/// Imports a response of the vendor: a list (`results`) or a single window.
///
/// Tags with a text value become tags of the window. Other tags, and `created_by`,
/// `created_at` and `updated_at`, are not kept, which is noted.
///
/// # Errors
///
/// If `text` is not JSON, or a window is invalid: the error has the path of the
/// field.
pub fn import(text: &str) -> Result<Imported, Error> {
    let mut notes = Vec::new();
    let values = unwrap_list(Value::parse(text)?, "results", &["total_count"], &mut notes)?;
    let windows = Value::List(values).list(|value| {
        let is_closed = value
            .get("state")
            .is_some_and(|state| matches!(State::read(state.clone()), Ok(State::Closed)));
        let window = MaintenanceWindow::read(value)?;
        let native = window.window()?;
        let mut builder = native.to_builder();
        if is_closed && window.closed_at.is_none() {
            notes.push(format!(
                "{}: CLOSED without closed_at: it silences until its end_time {}",
                native.id(),
                window.end
            ));
        }
        if let Value::Object(tags) = &window.tags {
            for (key, value) in tags {
                match value {
                    Value::Text(text) => builder = builder.tag(key, text),
                    other => notes.push(format!(
                        "{}: tags.{key}: {other} is no text and is not kept",
                        native.id()
                    )),
                }
            }
        }
        notes.push(format!("{}: created_by, created_at, updated_at are not kept", native.id()));
        builder.build()
    });
    into_document(windows.map_err(|error| error.in_field("results"))?, notes)
}

/// Exports a list of the vendor (`results`).
///
/// A window can be exported if it is enabled, has a [`Once`](crate::Once) schedule
/// and no validity, and its scope is one or more groups of one domain
/// (`spaceone:domain:project`). Other windows are left out, with a note. `state` is CLOSED
/// for a window with a closing time, else OPEN.
#[must_use]
pub fn export(document: &Document) -> Exported {
    let (mut notes, mut results) = (Vec::new(), Vec::new());
    let mut ids = IdAllocator::new(document, existing_id);
    for window in document.registry.iter() {
        match checked_export(window, &mut ids) {
            Err(why) => notes.push(format!("{}: left out: {why}", window.id())),
            Ok(exported) => {
                let id = window.id();
                note_new_id(window, exported.window_id() == id.as_str(), &exported.id, &mut notes);
                if exported.title == id.as_str() {
                    notes.push(format!("{id}: no name is given: the title is its id"));
                }
                notes.push(format!("{id}: created_at and updated_at are not known: its start"));
                note_unsupported(window, &mut notes);
                results.push(exported.value(state_time(&exported)));
            }
        }
    }
    let count = results.len().into();
    let list = Value::fields([("results", Value::List(results)), ("total_count", count)]);
    Exported { text: list.to_json_pretty(), notes }
}

/// The last part of the window's id, if it is a valid id of the vendor.
fn existing_id(window: &Window) -> Option<String> {
    let id = vendor_parts(window.id().as_str()).pop()?;
    (id.starts_with("mw-") && check_part(&id).is_ok()).then_some(id)
}

/// Converts a window and checks that the vendor's reader accepts the result.
fn checked_export(window: &Window, ids: &mut IdAllocator) -> Result<MaintenanceWindow, String> {
    let exported = to_vendor(window, ids)?;
    MaintenanceWindow::read(exported.value(state_time(&exported)))
        .map_err(|error| error.to_string())
}

/// The instant of the exported `state`: the closing time, at which it is CLOSED, or the
/// start, at which it is OPEN.
fn state_time(window: &MaintenanceWindow) -> Timestamp {
    window.closed_at.unwrap_or(window.start)
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
    if window.validity() != Validity::ALWAYS {
        return Err("its validity cannot be said");
    }
    let scopes = match window.scope().node() {
        Node::Group(_) => std::slice::from_ref(window.scope()),
        Node::Any(scopes) => scopes.as_slice(),
        _ => return Err("the scope is not groups"),
    };
    let (mut domain, mut projects) = (None, Vec::new());
    for scope in scopes {
        let Node::Group(group) = scope.node() else { return Err("the scope is not groups") };
        match vendor_parts(group.as_str()).as_slice() {
            [vendor, owner, project]
                if vendor == "spaceone" && domain.as_ref().is_none_or(|known| known == owner) =>
            {
                domain = Some(owner.clone());
                projects.push(project.clone());
            }
            _ => return Err("the groups are not projects of one domain"),
        }
    }
    let preferred = Some(format!("mw-{}", window.id())).filter(|id| check_part(id).is_ok());
    Ok(MaintenanceWindow {
        id: ids.allocate(existing_id(window), preferred, |number| format!("mw-{number}")),
        title: window
            .name()
            .filter(|name| !name.is_empty())
            .unwrap_or(window.id().as_str())
            .to_owned(),
        projects,
        start: once.interval().start(),
        end: once.interval().end(),
        tags: Value::fields(window.tags().iter().map(|(key, value)| (key, value.into()))),
        domain: domain.ok_or("the scope is not groups")?,
        created_by: String::new(),
        created_at: once.interval().start(),
        updated_at: once.interval().start(),
        closed_at: window.closed_at(),
    })
}
