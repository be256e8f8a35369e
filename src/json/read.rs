//! Reads windows and topologies from JSON values.

use crate::error::{Error, ErrorKind, truncated};
use crate::json::meant;
use crate::json::names::Names;
use crate::json::read_schedule::{check_bounds, schedule};
use crate::json::terms::{EFFECTS, PROPAGATIONS, bound, list, map, word};
use crate::json::value::{Fields, Value};
use crate::scope::{Matcher, Scope, Topology, check_id};
use crate::similar;
use crate::time::Bound;
use crate::window::{EntityState, LocalValidity, Validity, Window};

pub(super) fn window(value: Value, names: &Names<'_>) -> Result<Window, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", Value::text)?;
    window_fields(&id, fields, names).map_err(|error| error.in_window(&id))
}

fn window_fields(id: &str, mut fields: Fields, names: &Names<'_>) -> Result<Window, Error> {
    let mut builder = Window::builder(id);
    if let Some(name) = fields.optional("name", Value::text)? {
        builder = builder.name(name);
    }
    if fields.optional("enabled", Value::bool)? == Some(false) {
        builder = builder.disable();
    }
    if let Some(effect) = fields.optional("effect", |value| word(value, &EFFECTS))? {
        builder = builder.effect(effect);
    }
    builder = builder.schedule(fields.required("schedule", |value| schedule(value, names))?);
    builder = builder.scope(fields.required("scope", scope)?);
    if let Some(propagation) = fields.optional("propagation", |value| word(value, &PROPAGATIONS))? {
        builder = builder.propagation(propagation);
    }
    match fields.optional("valid", |value| validity(value, names))? {
        Some(ReadValidity::Local(validity)) => builder = builder.local_validity(validity),
        Some(ReadValidity::Instants(validity)) => builder = builder.validity(validity),
        None => {}
    }
    if let Some(closed) = fields.optional("closed_at", Value::timestamp)? {
        builder = builder.closed_at(closed);
    }
    if let Some((during, after)) = fields.optional("state", states)? {
        if let Some(during) = during {
            builder = builder.state_during(during);
        }
        if let Some(after) = after {
            builder = builder.state_after(after);
        }
    }
    if let Some(tags) = fields.optional("tags", tags)? {
        for (key, value) in tags {
            builder = builder.tag(key, value);
        }
    }
    fields.finish()?;
    builder.build()
}

enum ReadValidity {
    Instants(Validity),
    Local(LocalValidity),
}

fn validity(value: Value, names: &Names<'_>) -> Result<ReadValidity, Error> {
    let mut fields = value.object()?;
    let read = |value: Value| {
        let text = if let Value::Text(text) = &value { text.clone() } else { String::new() };
        Ok((bound(value, true)?, text))
    };
    let from = fields.optional("from", read)?;
    let until = fields.optional("until", read)?;
    let zone = fields.optional("timezone", |value| names.zone(&value.text()?))?;
    fields.finish()?;
    check_bounds(("from", from.as_ref()), ("until", until.as_ref()), zone.as_ref())?;
    let (from, until) = (from.map(|(from, _)| from), until.map(|(until, _)| until));
    match zone {
        Some(zone) => LocalValidity::new(from, until, zone).map(ReadValidity::Local),
        None => {
            let instant = |bound: Bound| match bound {
                Bound::At(t) => Some(t),
                Bound::Local(_) => None,
            };
            let validity = Validity::new(from.and_then(instant), until.and_then(instant));
            Ok(ReadValidity::Instants(validity))
        }
    }
}

/// Reads a validity without local times.
pub(super) fn instants_of_validity(value: Value, names: &Names<'_>) -> Result<Validity, Error> {
    match validity(value, names)? {
        ReadValidity::Instants(validity) => Ok(validity),
        ReadValidity::Local(_) => Err(Error::invalid("a local time is not an instant")),
    }
}

/// Reads a validity with local times.
pub(super) fn local_validity(value: Value, names: &Names<'_>) -> Result<LocalValidity, Error> {
    match validity(value, names)? {
        ReadValidity::Local(validity) => Ok(validity),
        ReadValidity::Instants(_) => {
            Err(Error::invalid("is missing; without it there are no local times")
                .in_field("timezone"))
        }
    }
}

fn states(value: Value) -> Result<(Option<EntityState>, Option<EntityState>), Error> {
    let mut fields = value.object()?;
    let during = fields.optional("during", Value::integer)?.map(EntityState::new);
    let after = fields.optional("after", Value::integer)?.map(EntityState::new);
    fields.finish()?;
    Ok((during, after))
}

fn tags(value: Value) -> Result<Vec<(String, String)>, Error> {
    map(value, Value::text)
}

pub(super) fn scope(value: Value) -> Result<Scope, Error> {
    const KEYS: [&str; 8] =
        ["entity", "entities", "group", "alert_type", "attribute", "all", "any", "not"];
    let forms = || format!("\"everything\", or an object with one of {}", KEYS.join(", "));
    let fields = match value {
        Value::Text(word) if word == "everything" => return Ok(Scope::everything()),
        Value::Object(_) => value.object()?,
        other => {
            let meant = match &other {
                Value::Text(word) => similar::name(word, ["everything"].into_iter()),
                _ => None,
            };
            let meant = meant.map_or_else(String::new, |word| format!("; did you mean {word}?"));
            return Err(Error::syntax(format_args!("{other} is not a scope: {}{meant}", forms())));
        }
    };
    let names: Vec<String> = fields.names().take(KEYS.len()).map(truncated).collect();
    let Some((key, value)) = fields.only() else {
        let what = match names.as_slice() {
            [] => "an empty object".to_owned(),
            names => format!("an object with the keys {}", names.join(", ")),
        };
        let meant = if names.len() > 1 && names.iter().all(|name| KEYS.contains(&name.as_str())) {
            let tests: Vec<_> = names.iter().map(|name| format!("{{\"{name}\": ..}}")).collect();
            format!("; did you mean {{\"all\": [{}]}}?", tests.join(", "))
        } else {
            String::new()
        };
        return Err(Error::syntax(format_args!("{what} is not a scope: {}{meant}", forms())));
    };
    let scope = match key.as_str() {
        "entity" => one_text(value, meant::entities).map(Scope::entity),
        "entities" => list(value, Value::text).map(Scope::entities),
        "group" => one_text(value, |names| meant::any("group", names)).map(Scope::group),
        "alert_type" => {
            one_text(value, |names| meant::any("alert_type", names)).map(Scope::alert_type)
        }
        "attribute" => matcher(value).map(Scope::attribute),
        "all" => list(value, scope).map(Scope::all),
        "any" => list(value, scope).map(Scope::any),
        "not" => scope(value).map(|scope| !scope),
        _ => {
            let meant = similar::name(&key, KEYS.into_iter());
            let meant = meant.map_or_else(String::new, |key| format!("; did you mean {key}?"));
            Err(Error::invalid(format_args!("is not a scope: {}{meant}", forms())))
        }
    };
    scope.map_err(|error| error.in_given_field(&key))
}

/// Reads a string. The error for a list of strings has the scope `meant`.
fn one_text(value: Value, meant: impl FnOnce(&[Value]) -> String) -> Result<String, Error> {
    match &value {
        Value::List(names) if names.iter().all(|name| matches!(name, Value::Text(_))) => {
            Err(value.is_not(&format!("a string; for several: {}", meant(names))))
        }
        _ => value.text(),
    }
}

pub(super) fn matcher(value: Value) -> Result<Matcher, Error> {
    let mut fields = value.object()?;
    let name = fields.required("name", Value::text)?;
    let tests = [
        fields.optional("equals", |v| Ok(Matcher::equals(&name, v.text()?)))?,
        fields.optional("one_of", |v| Ok(Matcher::one_of(&name, list(v, Value::text)?)))?,
        fields.optional("contains", |v| Ok(Matcher::contains(&name, v.text()?)))?,
        fields.optional("starts_with", |v| Ok(Matcher::starts_with(&name, v.text()?)))?,
        fields.optional("ends_with", |v| Ok(Matcher::ends_with(&name, v.text()?)))?,
        fields.optional("matches", |v| Matcher::matches(&name, v.text()?))?,
        fields.optional("present", |v| match v.bool()? {
            true => Ok(Matcher::present(&name)),
            false => Err(Error::invalid("false is not allowed; use \"not\" around the test")),
        })?,
    ];
    fields.finish()?;
    let mut given = tests.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(matcher), None) => Ok(matcher),
        _ => Err(Error::invalid(
            "needs exactly one of equals, one_of, contains, starts_with, ends_with, matches, present",
        )),
    }
}

/// Reads a valid id.
fn id(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    check_id(&text)?;
    Ok(text)
}

/// An entity or a group of the topology, as read.
pub(super) struct Row {
    pub(super) id: String,
    parents: Vec<String>,
    groups: Vec<String>,
    attributes: Vec<(String, Vec<String>)>,
}

/// The error that an id is in a list twice.
pub(super) fn repeated(row: &Row) -> Error {
    Error::new(ErrorKind::Duplicate, format_args!("\"{}\" is repeated", truncated(&row.id)))
}

/// Reads an entity: its parents, groups and attributes.
pub(super) fn entity(value: Value) -> Result<Row, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", id)?;
    let parents = fields.optional("parents", |v| list(v, self::id))?.unwrap_or_default();
    let groups = fields.optional("groups", |v| list(v, self::id))?.unwrap_or_default();
    let attributes = fields.optional("attributes", |v| map(v, |v| list(v, Value::text)))?;
    let attributes = attributes.unwrap_or_default();
    for (name, _) in &attributes {
        check_id(name).map_err(|error| error.in_field("attributes"))?;
    }
    fields.finish()?;
    Ok(Row { id, parents, groups, attributes })
}

/// Reads a group: the groups that contain it.
pub(super) fn group(value: Value) -> Result<Row, Error> {
    let mut fields = value.object()?;
    let id = fields.required("id", id)?;
    let groups = fields.optional("groups", |v| list(v, self::id))?.unwrap_or_default();
    fields.finish()?;
    Ok(Row { id, parents: Vec::new(), groups, attributes: Vec::new() })
}

/// Reads the name of the entity label; null is none.
pub(super) fn entity_label(value: Value) -> Result<Option<String>, Error> {
    if value == Value::Null { Ok(None) } else { id(value).map(Some) }
}

/// Builds a topology. Listed ids are added first, in the order of the lists, and ids that
/// are only referenced after them. So a topology that is written and read again has the
/// same order.
pub(super) fn topology(
    entities: Vec<Row>,
    groups: Vec<Row>,
    entity_label: Option<&str>,
) -> Result<Topology, Error> {
    let mut topology = Topology::builder();
    if let Some(name) = entity_label {
        topology = topology.entity_label(name);
    }
    for row in &entities {
        topology = topology.entity(&row.id);
    }
    for row in &groups {
        topology = topology.group(&row.id);
    }
    for row in entities {
        for parent in row.parents {
            topology = topology.add_child(parent, &row.id);
        }
        for group in row.groups {
            topology = topology.add_member(group, &row.id);
        }
        for (name, values) in row.attributes {
            for value in values {
                topology = topology.add_attribute(&row.id, &name, value);
            }
        }
    }
    for row in groups {
        for outer in row.groups {
            topology = topology.add_subgroup(outer, &row.id);
        }
    }
    topology.build()
}
