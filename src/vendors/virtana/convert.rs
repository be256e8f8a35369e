//! Import and export of maintenance windows.

use std::collections::{HashMap, HashSet};

use crate::error::Error;
use crate::json::Document;
use crate::json::value::Value;
use crate::limits::MAX_DOCUMENT_PATTERN_BYTES;
use crate::schedule::Schedule;
use crate::scope::{Node, Scope};
use crate::vendors::convert::{Exported, Imported};
use crate::vendors::export::{IdAllocator, note_new_id, single_entity};
use crate::vendors::ids::{check_part, vendor_parts};
use crate::vendors::import::{into_document, unwrap_list};
use crate::vendors::virtana::clause::Clause;
use crate::vendors::virtana::document::{
    Internal, MaintWindow, Plan, RunMode, Specification, Status, Target,
};
use crate::window::{Effect, Propagation, Validity, Window};

/// Imports a response of the vendor: a page (`maintWindows`) or a single window.
///
/// Creation and update data, `description`, `owner`, `tags`, `notification` and
/// `force` are not kept, which is noted.
///
/// # Errors
///
/// If `text` is not JSON, a window is invalid (the error has the path of the field), or
/// all compiled patterns take more than
/// [`MAX_DOCUMENT_PATTERN_BYTES`](crate::limits::MAX_DOCUMENT_PATTERN_BYTES).
pub fn import(text: &str) -> Result<Imported, Error> {
    let (mut windows, mut notes) = (Vec::new(), Vec::new());
    let page = &["pageInfo", "totalCount"];
    let mut pattern_bytes = 0;
    Value::List(unwrap_list(Value::parse(text)?, "maintWindows", page, &mut notes)?)
        .list(|value| {
            let window = MaintWindow::read(value)?;
            pattern_bytes += window.specification.pattern_bytes();
            if pattern_bytes > MAX_DOCUMENT_PATTERN_BYTES {
                let what = "bytes of compiled patterns in the document";
                let error = Error::beyond(pattern_bytes, what, MAX_DOCUMENT_PATTERN_BYTES);
                return Err(error.in_field("query.clause"));
            }
            let native = window.windows()?;
            notes.extend(window.notes());
            notes.extend(import_notes(&window));
            if native.is_empty() && window.specification.run_mode == RunMode::Auto {
                notes.push(format!("{}: every occurrence is skipped", window.id));
            }
            windows.extend(native);
            Ok(())
        })
        .map_err(|error| error.in_field("maintWindows"))?;
    into_document(windows, notes)
}

/// Exports a page of the vendor (`maintWindows`).
///
/// A window can be exported if it has a [`Once`](crate::Once) or
/// [`Periodic`](crate::Periodic) schedule and no validity or closing time, and its
/// scope is entities of one tenant (`virtana:tenant:id`) or tests of their
/// attributes. Other windows are left out, with a note.
///
/// `force` is false, but for a window with the entities and the schedule of one before
/// it: the vendor would refuse that. It is noted.
#[must_use]
pub fn export(document: &Document) -> Exported {
    let (mut notes, mut windows) = (Vec::new(), Vec::<MaintWindow>::new());
    let mut ids = IdAllocator::new(document, existing_id);
    let mut names = HashSet::new();
    let mut twins: HashMap<u64, Vec<usize>> = HashMap::new();
    for window in document.registry.iter() {
        let id = window.id();
        match checked_export(window, &mut ids, &mut names) {
            Err(why) => notes.push(format!("{id}: left out: {why}")),
            Ok(mut exported) => {
                let known = twins.entry(exported.specification.twin_hash()).or_default();
                let same = known.iter().map(|index: &usize| &windows[*index]).find(
                    |other: &&MaintWindow| {
                        other.tenant == exported.tenant
                            && other.specification.is_twin(&exported.specification)
                    },
                );
                match same {
                    Some(MaintWindow { id: first, .. }) => {
                        exported.specification.force = true;
                        notes.push(format!(
                            "{id}: force is true: {first} has the same entities and schedule"
                        ));
                    }
                    None => known.push(windows.len()),
                }
                note_new_id(
                    window,
                    existing_id(window).as_ref() == Some(&exported.id),
                    &exported.id,
                    &mut notes,
                );
                if window.name() != Some(exported.specification.name()) {
                    let name = Value::from(exported.specification.name());
                    notes.push(format!("{id}: no name of its own is given: it is {name}"));
                }
                notes.push(format!("{id}: createTime and updateTime are not known: its start"));
                if window.state_during().is_none() {
                    notes.push(format!("{id}: no state is given: maintenanceState 300"));
                }
                if window.effect() != Effect::Notifications {
                    notes.push(format!("{id}: the effect {} is lost", window.effect()));
                }
                if !window.tags().is_empty() {
                    notes.push(format!("{id}: the tags are kept as key=value"));
                }
                windows.push(exported);
            }
        }
    }
    let list = Value::fields([("maintWindows", windows.iter().map(MaintWindow::value).collect())]);
    Exported { text: list.to_json_pretty(), notes }
}

/// The production state "maintenance" of Zenoss.
const MAINTENANCE: i64 = 300;

/// Notes on the fields that only an import loses; see also `MaintWindow::notes`.
fn import_notes(window: &MaintWindow) -> Vec<String> {
    let spec = &window.specification;
    let mut notes = vec!["createTime, createdBy, updateTime, updatedBy are not kept".to_owned()];
    if spec.force {
        notes.push("force is not kept".to_owned());
    }
    if !spec.override_exit_state && spec.exit_state != 0 {
        let state = spec.exit_state;
        notes.push(format!("exitState {state} is not kept: overrideExitState is false"));
    }
    if spec.plan.skip_next > 0 {
        notes.push(format!("skipNext {} is kept as what it skips", spec.plan.skip_next));
    }
    notes.into_iter().map(|note| format!("{}: {note}", window.id)).collect()
}

/// The last part of the window's id if it is one of this vendor, else the whole id,
/// if that is valid.
fn existing_id(window: &Window) -> Option<String> {
    let id = window.id().as_str();
    let id_part = match <[String; 3]>::try_from(vendor_parts(id)) {
        Ok([vendor, _, id_part]) if vendor == "virtana" => id_part,
        _ => id.to_owned(),
    };
    check_part(&id_part).is_ok().then_some(id_part)
}

/// Converts a window and checks that the vendor's reader accepts the result.
fn checked_export(
    window: &Window,
    ids: &mut IdAllocator,
    names: &mut HashSet<(String, String)>,
) -> Result<MaintWindow, String> {
    let mut exported = to_vendor(window)?;
    exported.id = ids.allocate(existing_id(window), None, |number| format!("mw-{number}"));
    let name = &mut exported.specification.name;
    // The vendor requires unique names within a tenant.
    while !names.insert((exported.tenant.clone(), name.clone())) {
        *name = format!("{name} ({})", window.id());
    }
    MaintWindow::read(exported.value()).map_err(|error| error.to_string())
}

fn to_vendor(window: &Window) -> Result<MaintWindow, &'static str> {
    if window.validity() != Validity::ALWAYS || window.closed_at().is_some() {
        return Err("its validity or closing cannot be said");
    }
    let (start, duration_ms, recurrence_ms) = match window.schedule() {
        Schedule::Once(once) if once.is_endless() => return Err("it has no end"),
        Schedule::Once(once) => (once.interval().start(), once.interval().duration_ms(), None),
        Schedule::Periodic(periodic) => {
            (periodic.start(), periodic.duration_ms(), Some(periodic.period_ms()))
        }
        _ => return Err("the schedule is neither one interval nor a fixed period"),
    };
    let (tenant, target) = target(window.scope()).ok_or("the scope is not one tenant's")?;
    Ok(MaintWindow {
        id: String::new(),
        tenant,
        specification: Specification {
            name: window
                .name()
                .filter(|name| !name.is_empty())
                .unwrap_or(window.id().as_str())
                .to_owned(),
            plan: Plan { start, duration_ms, recurrence_ms, skip_next: 0 },
            maintenance_state: window.state_during().map_or(MAINTENANCE, |state| state.number()),
            exit_state: window.state_after().map_or(0, |state| state.number()),
            override_exit_state: window.state_after().is_some(),
            run_mode: RunMode::Auto,
            status: if window.is_enabled() { Status::Enabled } else { Status::Disabled },
            force: false,
            entity_only: window.propagation() == Propagation::Entity,
            target,
            description: String::new(),
            owner: String::new(),
            tags: window.tags().iter().map(|(key, value)| format!("{key}={value}")).collect(),
            notification: None,
        },
        create_time: start,
        update_time: start,
        created_by: String::new(),
        updated_by: String::new(),
        deleted: false,
        internal: Internal {
            number: 0,
            skip_after: start,
            deleted_at: None,
            runs: Vec::new(),
            patterns_dropped: false,
        },
    })
}

/// The tenant and the entities of a scope.
fn target(scope: &Scope) -> Option<(String, Target)> {
    if let Some(names) = entity_ids(scope) {
        let mut tenant = None;
        let mut ids = Vec::new();
        for name in names {
            match vendor_parts(name).as_slice() {
                [vendor, owner, id]
                    if vendor == "virtana"
                        && tenant.as_ref().is_none_or(|known| known == owner) =>
                {
                    tenant = Some(owner.clone());
                    ids.push(id.clone());
                }
                _ => return None,
            }
        }
        return Some((tenant?, Target::Ids(ids)));
    }
    let tenant = tenant_of(scope)?;
    let clause = Clause::of_scope(scope, &tenant)?;
    Some((tenant, Target::Query(clause)))
}

/// The entities of a scope that consists of entities only.
fn entity_ids(scope: &Scope) -> Option<Vec<&str>> {
    if let Some(name) = single_entity(scope) {
        return Some(vec![name]);
    }
    match scope.node() {
        Node::Entities(ids) => Some(ids.iter().map(|id| id.as_str()).collect()),
        // A flat list of pairs: an entity and the group with the same id.
        Node::Any(scopes) if scopes.len() % 2 == 0 => scopes
            .chunks(2)
            .map(|pair| match (pair[0].node(), pair[1].node()) {
                (Node::Entity(id), Node::Group(group)) if id.as_str() == group.as_str() => {
                    Some(id.as_str())
                }
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The tenant of the first attribute that a scope tests.
fn tenant_of(scope: &Scope) -> Option<String> {
    match scope.node() {
        Node::Attribute(test) => match vendor_parts(test.name()).as_slice() {
            [vendor, tenant, _] if vendor == "virtana" => Some(tenant.clone()),
            _ => None,
        },
        Node::All(scopes) | Node::Any(scopes) => scopes.iter().find_map(tenant_of),
        Node::Not(scope) => tenant_of(scope),
        _ => None,
    }
}
