//! Scheduled downtimes as windows.

use quietude::{Propagation, Scope, Zone};

use crate::collect::Collected;
use crate::error::Error;
use crate::icinga2::assign::{self, Target};
use crate::icinga2::objects::{Attributes, Templates};
use crate::icinga2::parse::{Kind, Object};
use crate::icinga2::ranges::{self, Lost};

/// Adds the window of an `object` or `apply` rule.
pub(super) fn add(
    item: &str,
    object: &Object,
    templates: &Templates,
    zone: &Zone,
    into: &mut Collected,
) -> Result<(), Error> {
    let name = object.name.clone().unwrap_or_default();
    let attributes = Attributes::of(object, templates)?;
    let left_out = |into: &mut Collected, (field, why): Lost| {
        into.note(item, field, format_args!("left out: {why}"))
    };
    let (id, scope) = match target(object, &name, &attributes) {
        Ok(target) => target,
        Err(lost) => return left_out(into, lost),
    };
    let propagation = match propagation(&attributes) {
        Ok(propagation) => propagation,
        Err(lost) => return left_out(into, lost),
    };
    let schedule = match ranges::schedule(item, &attributes, zone, into)? {
        _ if attributes.ranges.is_empty() => {
            return left_out(into, ("ranges".into(), "it has none".into()));
        }
        Ok(schedule) => schedule,
        Err(lost) => return left_out(into, lost),
    };
    for field in ["author", "comment"] {
        if let Err((field, why)) = attributes.text(field) {
            into.note(item, field, why)?;
        }
    }
    into.window(item, &id, |mut window| {
        window = window.schedule(schedule).scope(scope).propagation(propagation);
        for field in ["author", "comment"] {
            match attributes.text(field) {
                Ok(text) if !text.is_empty() => window = window.tag(field, text),
                _ => {}
            }
        }
        window
    })
}

/// The identifier and the scope.
fn target(object: &Object, name: &str, attributes: &Attributes) -> Result<(String, Scope), Lost> {
    if let Some(lost) = &attributes.lost {
        return Err(lost.clone());
    }
    if !attributes.boolean("fixed", true)? {
        let why = "a flexible downtime begins with a problem of the host or service";
        return Err(("fixed".into(), why.into()));
    }
    let lost = |field: &str, why: &str| Err((field.to_owned(), why.to_owned()));
    match &object.kind {
        Kind::Apply { has_for: true, .. } => {
            lost("for", "one rule makes a downtime for each element of a list")
        }
        Kind::Apply { to, .. } => {
            let target = match to.as_str() {
                "Host" => Target::Host,
                "Service" => Target::Service,
                _ => return lost("to", "a downtime is one of a Host or a Service"),
            };
            let scope = assign::scope(target, &attributes.assign, &attributes.ignore);
            let scope = scope.map_err(|why| ("assign where".to_owned(), why))?;
            Ok((name.to_owned(), scope))
        }
        _ => {
            let host = attributes.text("host_name")?;
            if host.is_empty() {
                return lost("host_name", "it is missing");
            }
            let entity = match attributes.text("service_name")? {
                "" => host.to_owned(),
                service => format!("{host}!{service}"),
            };
            Ok((format!("{entity}!{name}"), Scope::entity(entity)))
        }
    }
}

/// Whether the children of a host have the downtime, too.
fn propagation(attributes: &Attributes) -> Result<Propagation, Lost> {
    let lost = |why: String| Err(("child_options".to_owned(), why));
    use crate::icinga2::parse::Expression;
    let name = match attributes.values.get("child_options") {
        None | Some(Expression::Null) => return Ok(Propagation::Entity),
        Some(Expression::Text(name)) => name.as_str(),
        Some(Expression::Number(number)) => number.as_str(),
        Some(Expression::Path(path)) if path.len() == 1 => path[0].as_str(),
        Some(other) => return lost(format!("{other} is not evaluated")),
    };
    match name {
        "DowntimeNoChildren" | "0" => Ok(Propagation::Entity),
        "DowntimeNonTriggeredChildren" | "2" => Ok(Propagation::Descendants),
        "DowntimeTriggeredChildren" | "1" => {
            lost("the downtimes of the children begin with one of the parent".into())
        }
        other => lost(format!(
            "\"{other}\" is not DowntimeNoChildren, DowntimeNonTriggeredChildren or \
             DowntimeTriggeredChildren"
        )),
    }
}
