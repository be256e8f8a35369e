//! The scope of a maintenance: hosts, host groups, and tags of problems.

use quietude::{Matcher, Scope};

use crate::error::{Error, Place};
use crate::zabbix::json::{Maintenance, Tag};

/// The field that cannot be expressed, and why.
type Lost = (String, String);

/// The scope of the maintenance at a place of the text.
pub(super) fn of(place: &str, maintenance: &Maintenance) -> Result<Result<Scope, Lost>, Error> {
    let lost = |field: String, why: &str| Ok(Err((field, why.to_owned())));
    let mut names = Vec::new();
    for (index, host) in maintenance.hosts.iter().enumerate() {
        match host.host.as_deref() {
            Some(name) if !name.is_empty() => names.push(name),
            _ => {
                let why = "without the technical name `host`; ask for selectHosts: [\"host\"]";
                return lost(format!("hosts[{index}]"), why);
            }
        }
    }
    let mut parts = Vec::new();
    match names[..] {
        [] => {}
        [name] => parts.push(Scope::entity(name)),
        _ => parts.push(Scope::entities(names)),
    }
    let groups = [("hostgroups", &maintenance.hostgroups), ("groups", &maintenance.groups)];
    for (field, groups) in groups {
        for (index, group) in groups.iter().enumerate() {
            match group.name.as_deref() {
                Some(name) if !name.is_empty() => parts.push(Scope::group(name)),
                _ => {
                    let why = "without `name`; ask for selectHostGroups: [\"name\"]";
                    return lost(format!("{field}[{index}]"), why);
                }
            }
        }
    }
    let Some(hosts) = any(parts) else {
        let why = "neither hosts nor host groups; ask for selectHosts and selectHostGroups";
        return lost("hosts".into(), why);
    };
    let tags = tags(place, maintenance)?;
    Ok(Ok(match tags {
        Some(tags) => hosts.and(tags),
        None => hosts,
    }))
}

/// The scope of the tags: with And/Or, one of the tests for each name of a tag must hold;
/// with Or, one of all.
fn tags(place: &str, maintenance: &Maintenance) -> Result<Option<Scope>, Error> {
    let mut by_name: Vec<(&str, Vec<Scope>)> = Vec::new();
    for (index, tag) in maintenance.tags.iter().enumerate() {
        let test = test(tag).map_err(|(field, why)| {
            Error::new(Place::path(format!("{place}.tags[{index}].{field}")), why)
        })?;
        match by_name.iter_mut().find(|(name, _)| *name == tag.tag) {
            Some((_, tests)) => tests.push(test),
            None => by_name.push((&tag.tag, vec![test])),
        }
    }
    let groups: Vec<Vec<Scope>> = by_name.into_iter().map(|(_, tests)| tests).collect();
    match maintenance.tags_evaltype.unwrap_or(0) {
        0 => {
            let mut all: Vec<Scope> = groups.into_iter().filter_map(any).collect();
            Ok(match all.pop() {
                Some(only) if all.is_empty() => Some(only),
                Some(last) => {
                    all.push(last);
                    Some(Scope::all(all))
                }
                None => None,
            })
        }
        2 => Ok(any(groups.into_iter().flatten().collect())),
        other => {
            let place = Place::path(format!("{place}.tags_evaltype"));
            Err(Error::new(place, format_args!("{other} is not 0 (And/Or) or 2 (Or)")))
        }
    }
}

fn test(tag: &Tag) -> Result<Scope, (&'static str, String)> {
    if tag.tag.is_empty() {
        return Err(("tag", "\"\" is not the name of a tag".into()));
    }
    let matcher = match tag.operator.unwrap_or(2) {
        0 => Matcher::equals(&tag.tag, &tag.value),
        2 if tag.value.is_empty() => Matcher::present(&tag.tag),
        2 => Matcher::contains(&tag.tag, &tag.value),
        other => return Err(("operator", format!("{other} is not 0 (equals) or 2 (contains)"))),
    };
    Ok(Scope::attribute(matcher))
}

/// One scope for several.
fn any(mut scopes: Vec<Scope>) -> Option<Scope> {
    match scopes.pop() {
        Some(only) if scopes.is_empty() => Some(only),
        Some(last) => {
            scopes.push(last);
            Some(Scope::any(scopes))
        }
        None => None,
    }
}
