//! The rows of entities: for each known entity the verdict on the windows that refer to it.
//!
//! An explanation looks at all windows for each entity. If that is too much, only the windows
//! that cover an entity are listed, which are found by window.

use std::collections::{HashMap, HashSet, VecDeque};

use quietude::explain::Verdict;
use quietude::{
    Document, Once, Propagation, Registry, Schedule, Silencer, Subject, Timestamp, Topology,
    Validity, Window,
};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, format};

/// The pairs of an entity and a window that the rows of entities refer to.
const MAX_PAIRS: usize = 2_000_000;
/// The pairs of an entity and a window that are explained.
const MAX_EXPLAINED: usize = 25_000_000;
/// The pairs of an entity and a window that covers it, if they are not explained.
const MAX_COVERED: usize = 20_000_000;

/// The id, the index of its set, and its groups and attributes.
pub(super) type Entities = Vec<(String, usize, String)>;

/// The verdicts on the windows that refer to an entity. Entities often have the same.
#[derive(Default, Serialize)]
pub(super) struct EntitySet {
    /// The window, and the ancestor through which it covers the entity.
    covered: Vec<(usize, Option<String>)>,
    types: Vec<(usize, String)>,
    near: Vec<(usize, String)>,
    named: Vec<usize>,
    omitted: usize,
}

/// The known entities, and the sets of verdicts that they refer to.
pub(super) fn entities(
    document: &Document,
    notes: &mut Vec<String>,
) -> Result<(Entities, Vec<EntitySet>), Error> {
    let silencer = always_active(document)?;
    let windows: Vec<&Window> = document.registry.iter().map(|window| &**window).collect();
    let left_out = |pairs: usize, notes: &mut Vec<String>| {
        notes.push(format!(
            "The rows of entities are left out: more than {pairs} pairs of an entity and a window."
        ));
        Ok((Vec::new(), Vec::new()))
    };
    let is_explained =
        silencer.known_entities().count().saturating_mul(windows.len()) <= MAX_EXPLAINED;
    let mut covered = HashMap::new();
    if !is_explained {
        match covered_sets(&windows, &silencer, &document.topology)? {
            Some(sets) => covered = sets,
            None => return left_out(MAX_COVERED, notes),
        }
        notes.push(
            "The rows of entities have the windows that cover them, and not those that nearly \
             do: there are too many."
                .to_owned(),
        );
    }
    let ids = windows.iter().enumerate();
    let indices: HashMap<&str, usize> =
        ids.map(|(index, window)| (window.id().as_str(), index)).collect();
    let (mut entities, mut sets, mut known) = (Vec::new(), Vec::new(), HashMap::new());
    let mut pairs = 0;
    for entity in silencer.known_entities() {
        let set = if is_explained {
            explained_set(&silencer, &indices, entity)
        } else {
            covered.remove(entity).unwrap_or_default()
        };
        let size = set.covered.len() + set.types.len() + set.near.len() + set.named.len();
        let index = *known.entry(serde_json::to_string(&set)?).or_insert_with(|| {
            pairs += size;
            sets.push(set);
            sets.len() - 1
        });
        let about = about(&document.topology, entity);
        entities.push((format::plain(entity), index, about));
        if pairs > MAX_PAIRS {
            return left_out(MAX_PAIRS, notes);
        }
    }
    Ok((entities, sets))
}

/// Compiles the windows as if each were always active, so that the verdicts on them do not
/// depend on time.
fn always_active(document: &Document) -> Result<Silencer, Error> {
    let mut registry = Registry::new();
    for window in document.registry.iter() {
        let window = window.to_builder().schedule(always()).validity(Validity::default());
        let window = window.enable().reopened();
        registry.insert(window.build()?)?;
    }
    Ok(Silencer::builder().topology(document.topology.clone()).build(&registry)?)
}

fn always() -> Schedule {
    Once::starting(Timestamp::MIN).into()
}

/// The set of an entity, from the explanation of all windows.
fn explained_set(silencer: &Silencer, indices: &HashMap<&str, usize>, entity: &str) -> EntitySet {
    let explanation = silencer.explain(Subject::entity(entity), Timestamp::MIN);
    let mut set = EntitySet { omitted: explanation.omitted, ..EntitySet::default() };
    for explained in &explanation.windows {
        let Some(index) = indices.get(explained.window.id().as_str()).copied() else { continue };
        match &explained.verdict {
            Verdict::Silences { via } => {
                set.covered.push((index, via.as_deref().map(format::plain)));
            }
            Verdict::Inactive { .. } => set.covered.push((index, None)),
            Verdict::OtherAlertType { covered } => {
                let types: Vec<_> = covered.iter().map(|kind| kind.as_str()).collect();
                set.types.push((index, format::plain(&types.join(", "))));
            }
            Verdict::NearMiss { failed } => {
                set.near.push((index, format::plain(&failed.to_string())));
            }
            _ => set.named.push(index),
        }
    }
    set
}

/// The sets of the entities that windows cover, by entity. `None` if there are too many pairs.
fn covered_sets(
    windows: &[&Window],
    silencer: &Silencer,
    topology: &Topology,
) -> Result<Option<HashMap<String, EntitySet>>, Error> {
    let mut sets: HashMap<String, EntitySet> = HashMap::new();
    let mut pairs = 0;
    for (index, window) in windows.iter().enumerate() {
        let own = window.to_builder().propagation(Propagation::Entity).build()?;
        let mut types = None;
        for entity in silencer.entities_of(window) {
            pairs += 1;
            if pairs > MAX_COVERED {
                return Ok(None);
            }
            let set = sets.entry(entity.as_str().to_owned()).or_default();
            let subject = Subject::entity(entity.as_str());
            if window.covers(&subject, topology) {
                let via = nearest(entity.as_str(), &own, topology);
                set.covered.push((index, via.map(format::plain)));
                continue;
            }
            let types = types.get_or_insert_with(|| alert_types(&format::form(window, "scope")));
            let is_covered =
                |name: &&String| window.covers(&subject.with_alert_type(name), topology);
            let covered: Vec<&str> = types.iter().filter(is_covered).map(String::as_str).collect();
            set.types.push((index, format::plain(&covered.join(", "))));
        }
    }
    Ok(Some(sets))
}

/// The nearest ancestor that a window without descendants covers. `None` if it is the entity
/// itself.
fn nearest<'t>(entity: &str, own: &Window, topology: &'t Topology) -> Option<&'t str> {
    let is_covered = |entity: &str| own.covers(&Subject::entity(entity), topology);
    if is_covered(entity) {
        return None;
    }
    let mut known: HashSet<&str> = HashSet::new();
    let mut next: VecDeque<&str> = topology.parents_of(entity).collect();
    while let Some(ancestor) = next.pop_front() {
        if is_covered(ancestor) {
            return Some(ancestor);
        }
        if known.insert(ancestor) {
            next.extend(topology.parents_of(ancestor));
        }
    }
    None
}

/// The alert types that a scope in its form as JSON has, each once, in their order.
fn alert_types(scope: &Value) -> Vec<String> {
    let mut types = Vec::new();
    let mut next = vec![scope];
    while let Some(scope) = next.pop() {
        match scope {
            Value::Object(fields) => {
                let name = fields.get("alert_type").and_then(Value::as_str);
                if let Some(name) = name.filter(|name| !types.iter().any(|known| known == name)) {
                    types.push(name.to_owned());
                }
                next.extend(fields.values().rev());
            }
            Value::Array(list) => next.extend(list.iter().rev()),
            _ => {}
        }
    }
    types
}

/// The groups and attributes of an entity: `prod-eu, web; tier=gold`.
fn about(topology: &Topology, entity: &str) -> String {
    let groups: Vec<_> = topology.groups_of(entity).collect();
    let attributes = topology.attributes_of(entity).map(|(name, value)| format!("{name}={value}"));
    let attributes = attributes.collect::<Vec<_>>().join(" ");
    let parts = [groups.join(", "), attributes];
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    format::plain(&parts.join("; "))
}
