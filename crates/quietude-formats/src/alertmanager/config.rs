//! The configuration file: `time_intervals`, and the routes that refer to them.

use quietude::{Document, Registry, Topology};

use super::intervals::Intervals;
use super::routes::{self, Dialect};
use super::routing;
use crate::convert::{ImportOptions, Imported, Note};
use crate::error::Error;
use crate::ids::Ids;
use crate::tree::{At, Fields, shown};

const ROUTE_FIELDS: [&str; 13] = [
    "receiver",
    "group_by",
    "match",
    "match_re",
    "matchers",
    "mute_time_intervals",
    "active_time_intervals",
    "continue",
    "routes",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "labels",
];

pub(super) fn import(root: &At<'_>, options: &ImportOptions) -> Result<Imported, Error> {
    let fields = root.fields()?;
    let mut notes = Vec::new();
    let mut intervals = Intervals::default();
    for table in ["mute_time_intervals", "time_intervals"] {
        if let Some(at) = fields.get(table) {
            for item in at.list()? {
                intervals.add(&item, &[], options)?;
            }
        }
    }
    let route = fields.get("route").ok_or_else(|| no_route(&fields))?;
    let check = |at: &At<'_>, name: &str| {
        if intervals.get(name).is_some() {
            return Ok(());
        }
        let meant = intervals.nearest(name);
        let hint = meant.map_or_else(String::new, |meant| format!("; {} is", shown(meant)));
        Err(at.error(format_args!("{} is not the name of a time interval{hint}", shown(name))))
    };
    let mut dialect = Dialect {
        unknown: &mut |fields| fields.only(&ROUTE_FIELDS),
        text: |at| at.text().map(str::to_owned),
        has_object_matchers: false,
        name: &check,
    };
    let tree = routes::read(&route, &mut dialect)?;
    if let (Some(_), Some(field)) = (tree.routes[0].tests.first(), matchers_field(&route)?) {
        return Err(field.error("the root route has no matchers; it is for every alert"));
    }
    if let Some(rules) = fields.get("inhibit_rules") {
        let count = rules.list()?.len();
        if count > 0 {
            let message =
                format!("{count} rules mute alerts while others fire, which is no matter of time");
            notes.push(Note::new("inhibit_rules", "", message));
        }
    }
    let mut registry = Registry::new();
    routing::windows(&tree, &intervals, &mut Ids::default(), &mut registry, &mut notes)?;
    let mut document = Document::new(registry, Topology::default());
    document.schedules = intervals.into_schedules();
    Ok(Imported { document, notes })
}

fn no_route(fields: &Fields<'_>) -> Error {
    fields.at().error("`route` is missing; this is neither a configuration of Alertmanager nor a list of silences")
}

fn matchers_field<'a>(route: &At<'a>) -> Result<Option<At<'a>>, Error> {
    let fields = route.fields()?;
    Ok(["match", "match_re", "matchers", "object_matchers"]
        .into_iter()
        .find_map(|name| fields.get(name)))
}
