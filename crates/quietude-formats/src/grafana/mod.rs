//! Grafana: mute timings and notification policies of provisioning files, as YAML or JSON, and
//! as the objects of the HTTP API.
//!
//! Time intervals, and how an alert goes down the tree of policies, are those of
//! Alertmanager, which Grafana contains. What differs:
//!
//! - Matchers may be `object_matchers`, lists of a label, an operator and a value.
//! - Text in a policy may refer to the environment of Grafana, `$NAME`; `$$` is one `$`.
//! - Policies and mute timings may be in different files, and each has an organisation.
//! - The objects of the HTTP API are those of its organisation, and their text refers to
//!   nothing.

use quietude::{Document, Registry, Topology};

use crate::alertmanager::intervals::Intervals;
use crate::alertmanager::routes::{self, Dialect};
use crate::alertmanager::routing;
use crate::convert::{ImportOptions, Imported, Note};
use crate::error::Error;
use crate::ids::Ids;
use crate::tree::{At, Fields, Node};

const POLICY_FIELDS: [&str; 17] = [
    "orgId",
    "name",
    "receiver",
    "group_by",
    "group_by_str",
    "match",
    "match_re",
    "matchers",
    "object_matchers",
    "mute_time_intervals",
    "active_time_intervals",
    "continue",
    "routes",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "provenance",
];

pub(crate) fn import(text: &str, options: &ImportOptions) -> Result<Imported, Error> {
    let node = Node::parse(text)?;
    let root = At::root(&node);
    if let Some(objects) = api_objects(&root)? {
        return import_objects(&objects, options);
    }
    let fields = root.fields()?;
    if let Some(version) = fields.get("apiVersion")
        && version.integer()? != 1
    {
        return Err(version.error("only version 1 of provisioning files is read"));
    }
    let [mute_times, policies] = ["muteTimes", "policies"].map(|name| fields.get(name));
    let mut notes = Vec::new();
    if mute_times.is_none() && policies.is_none() {
        notes.push(Note::new("the file", "", "it has neither muteTimes nor policies"));
    }
    let (mute_times, policies) = (list_of(mute_times)?, list_of(policies)?);
    let mut organisation = None;
    let mut intervals = Intervals::default();
    for item in &mute_times {
        if is_of_first(item, &mut organisation, &mut notes)? {
            intervals.add(item, &["orgId"], options)?;
        }
    }
    let mut registry = Registry::new();
    let mut ids = Ids::default();
    let mut is_read = false;
    for item in &policies {
        if !is_of_first(item, &mut organisation, &mut notes)? {
            continue;
        }
        if is_read {
            return Err(item.error("a second tree of policies of one organisation"));
        }
        is_read = true;
        policy(item, interpolated, &intervals, &mut ids, &mut registry, &mut notes)?;
    }
    let mut document = Document::new(registry, Topology::default());
    document.schedules = intervals.into_schedules();
    Ok(Imported { document, notes })
}

/// The objects of the HTTP API, if the text has these: a list of mute timings, a mute timing, a
/// tree of policies, or a list of both.
fn api_objects<'a>(root: &At<'a>) -> Result<Option<Vec<At<'a>>>, Error> {
    if root.is_list() {
        return root.list().map(Some);
    }
    let fields = root.fields()?;
    let has = |names: &[&str]| names.iter().any(|name| fields.get(name).is_some());
    let is_file = has(&["apiVersion", "muteTimes", "policies"]);
    let is_object = has(&["time_intervals", "receiver", "routes"]);
    Ok((!is_file && is_object).then(|| vec![root.clone()]))
}

fn import_objects(objects: &[At<'_>], options: &ImportOptions) -> Result<Imported, Error> {
    let mut intervals = Intervals::default();
    let mut tree = None;
    for object in objects {
        let fields = object.fields()?;
        if fields.get("receiver").is_some() || fields.get("routes").is_some() {
            if tree.replace(object).is_some() {
                return Err(object.error("a second tree of policies"));
            }
        } else if fields.get("time_intervals").is_some() || fields.get("name").is_some() {
            intervals.add(object, &["uid", "version", "provenance"], options)?;
        } else {
            return Err(object.error(
                "is neither a mute timing, which has `name` and `time_intervals`, nor a policy, which has `receiver` and `routes`",
            ));
        }
    }
    let (mut registry, mut notes) = (Registry::new(), Vec::new());
    if let Some(tree) = tree {
        let plain = |at: &At<'_>| at.text().map(str::to_owned);
        policy(tree, plain, &intervals, &mut Ids::default(), &mut registry, &mut notes)?;
    }
    let mut document = Document::new(registry, Topology::default());
    document.schedules = intervals.into_schedules();
    Ok(Imported { document, notes })
}

fn list_of(at: Option<At<'_>>) -> Result<Vec<At<'_>>, Error> {
    at.map_or_else(|| Ok(Vec::new()), |at| at.list())
}

/// Whether an item is of the first organisation of the file. Alerts do not say theirs, so
/// that a document is about one.
fn is_of_first(
    item: &At<'_>,
    first: &mut Option<i64>,
    notes: &mut Vec<Note>,
) -> Result<bool, Error> {
    let organisation = match item.fields()?.get("orgId") {
        Some(at) => at.integer()?.max(1),
        None => 1,
    };
    let first = *first.get_or_insert(organisation);
    if organisation != first {
        let message = format!(
            "it is of organisation {organisation}, and the file begins with {first}: a document is about one"
        );
        notes.push(Note::new(item.path(), "orgId", message));
    }
    Ok(organisation == first)
}

fn policy(
    at: &At<'_>,
    text: fn(&At<'_>) -> Result<String, Error>,
    intervals: &Intervals,
    ids: &mut Ids,
    registry: &mut Registry,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let mut unknown = |fields: &Fields<'_>| {
        // Grafana ignores fields that it does not know.
        for (name, _) in fields.iter().filter(|(name, _)| !POLICY_FIELDS.contains(name)) {
            notes.push(Note::new(fields.at().path(), name, "is not a field of a policy"));
        }
        Ok(())
    };
    let mut dialect =
        Dialect { unknown: &mut unknown, text, has_object_matchers: true, name: &|_, _| Ok(()) };
    let tree = routes::read(at, &mut dialect)?;
    routing::windows(&tree, intervals, ids, registry, notes)
}

/// Text with `$$` for `$`. A variable is an error.
fn interpolated(at: &At<'_>) -> Result<String, Error> {
    let text = at.text()?;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        out.push('$');
        rest = match after.chars().next() {
            Some('$') => &after[1..],
            // The names of a shell, and its special parameters.
            Some(c) if c.is_ascii_alphanumeric() || "_{*#@!?-".contains(c) => {
                let message = "`$` begins the name of a variable of Grafana's environment; write its value, or $$ for $";
                return Err(at.error(message));
            }
            _ => after,
        };
    }
    out.push_str(rest);
    Ok(out)
}
