//! Between the vendors' documents and the native one.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use crate::dialects::{opsmanager, spaceone, uptrends, virtana};
use crate::error::{Error, abridged};
use crate::json::Document;
use crate::json::value::Value;
use crate::registry::Registry;
use crate::scope::{Node, Scope, Topology};
use crate::time::Zone;
use crate::window::Window;

/// The vendors' forms of a maintenance window.
///
/// ```
/// use quietude::dialects::{Dialect, ImportOptions};
///
/// let text = r#"{ "results": [ { "id": "5628faffd4c606594adaa3b2",
///     "groupId": "541ed2009436399a1f54e01b", "alertTypeNames": ["BACKUP"],
///     "created": "2015-10-22T15:04:31Z", "updated": "2015-10-22T15:04:31Z",
///     "startDate": "2015-10-23T22:00:00Z", "endDate": "2015-10-23T23:30:00Z" } ] }"#;
/// let imported = "opsmanager".parse::<Dialect>()?.import(text, &ImportOptions::new())?;
/// assert_eq!(imported.document.registry.len(), 1);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SpaceONE's `MaintenanceWindow`.
    SpaceOne,
    /// Cloud Manager's and Ops Manager's `maintenanceWindows`.
    OpsManager,
    /// Virtana's `maintwindows`.
    Virtana,
    /// Uptrends' `MaintenancePeriod`.
    Uptrends,
}

const DIALECTS: [(&str, Dialect); 4] = [
    ("spaceone", Dialect::SpaceOne),
    ("opsmanager", Dialect::OpsManager),
    ("virtana", Dialect::Virtana),
    ("uptrends", Dialect::Uptrends),
];

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = DIALECTS.iter().find(|(name, _)| *name == text);
        found.map(|(_, dialect)| *dialect).ok_or_else(|| {
            let names = DIALECTS.map(|(name, _)| name).join(", ");
            Error::invalid(format_args!("\"{}\" is not one of {names}", abridged(text)))
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DIALECTS.iter().find(|(_, dialect)| dialect == self);
        f.pad(name.map_or("", |(name, _)| name))
    }
}

/// What a document does not say of itself.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    pub(crate) zone: Option<Zone>,
    pub(crate) monitor: Option<String>,
}

impl ImportOptions {
    /// Nothing is said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The zone of an Uptrends account's clock.
    #[must_use]
    pub fn timezone(mut self, zone: impl Into<Zone>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// The monitor that a list of Uptrends periods is about.
    #[must_use]
    pub fn monitor(mut self, guid: impl Into<String>) -> Self {
        self.monitor = Some(guid.into());
        self
    }

    /// The zone, of a vendor whose times are on a clock.
    pub(crate) fn needed_zone(&self) -> Result<&Zone, Error> {
        let missing = || {
            let message = "is missing: the periods are in the account's zone";
            Error::invalid(message).in_field("timezone")
        };
        self.zone.as_ref().ok_or_else(missing)
    }
}

/// A vendor's document in the native form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The windows.
    pub document: Document,
    /// What the native form does not say, one line each.
    pub notes: Vec<String>,
}

/// A native document in a vendor's form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// The vendor's JSON.
    pub text: String,
    /// What the vendor's form does not say, one line each.
    pub notes: Vec<String>,
}

impl Dialect {
    /// Reads a vendor's document.
    ///
    /// # Errors
    ///
    /// If it is not one, or Uptrends' zone is missing; the error names the
    /// place.
    pub fn import(self, text: &str, options: &ImportOptions) -> Result<Imported, Error> {
        match self {
            Self::SpaceOne => spaceone::import(text),
            Self::OpsManager => opsmanager::import(text),
            Self::Virtana => virtana::import(text),
            Self::Uptrends => uptrends::import(text, options),
        }
    }

    /// Writes a native document in the vendor's form, as far as it can be said.
    ///
    /// # Errors
    ///
    /// If Uptrends' zone is missing.
    pub fn export(self, document: &Document, options: &ImportOptions) -> Result<Exported, Error> {
        let mut exported = match self {
            Self::SpaceOne => spaceone::export(document),
            Self::OpsManager => opsmanager::export(document),
            Self::Virtana => virtana::export(document),
            Self::Uptrends => uptrends::export(document, options.needed_zone()?),
        };
        let topology = &document.topology;
        if topology.entities().next().is_some() || topology.groups().next().is_some() {
            exported.notes.push("the topology is lost: the vendor's own is meant".to_owned());
        }
        Ok(exported)
    }
}

/// A document of these windows. What they are about is not known, so there is
/// no topology.
pub(crate) fn collected(windows: Vec<Window>, notes: Vec<String>) -> Result<Imported, Error> {
    let mut registry = Registry::new();
    for window in windows {
        registry.insert(window)?;
    }
    Ok(Imported { document: Document::new(registry, Topology::default()), notes })
}

/// The list inside an answer, if the document is one: `{ "results": [..] }`,
/// a plain list, or one element alone. An answer that counts more than it holds
/// is a page of several, which is noted.
pub(crate) fn elements(
    value: Value,
    list: &str,
    total: &[&str],
    notes: &mut Vec<String>,
) -> Result<Vec<Value>, Error> {
    let total = total.iter().try_fold(&value, |value, name| value.get(name));
    let total: Option<usize> = total.and_then(|total| total.clone().number().ok());
    match value {
        Value::List(values) => Ok(values),
        Value::Object(mut fields) => match fields.iter().position(|(name, _)| name == list) {
            None => Ok(vec![Value::Object(fields)]),
            Some(at) => match fields.swap_remove(at).1 {
                Value::List(values) => {
                    if let Some(total) = total.filter(|total| *total > values.len()) {
                        let held = values.len();
                        notes.push(format!("this is a page: {held} of {total} windows"));
                    }
                    Ok(values)
                }
                other => Err(other.is_not("a list").in_field(list)),
            },
        },
        other => Err(other.is_not("an object or a list")),
    }
}

/// The ids of an export: what windows have of the vendor's is theirs, others
/// are made, and none comes twice.
pub(crate) struct Ids {
    own: HashSet<String>,
    given: HashSet<String>,
    made: usize,
}

impl Ids {
    /// `own` is the id that a window has of the vendor's.
    pub(crate) fn new(document: &Document, own: fn(&Window) -> Option<String>) -> Self {
        let own = document.registry.iter().filter_map(|window| own(window)).collect();
        Self { own, given: HashSet::new(), made: 0 }
    }

    /// The window's own id, or else the first that nobody has: the one that is
    /// wished for, or one of `make`, which counts from 1.
    pub(crate) fn give(
        &mut self,
        own: Option<String>,
        wish: Option<String>,
        make: fn(usize) -> String,
    ) -> String {
        if let Some(own) = own.filter(|own| self.given.insert(own.clone())) {
            return own;
        }
        let mut next = wish;
        loop {
            let id = next.take().unwrap_or_else(|| {
                self.made += 1;
                make(self.made)
            });
            if !self.own.contains(&id) && self.given.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// Notes that a window goes by another id.
pub(crate) fn renamed(window: &Window, is_kept: bool, id: &str, notes: &mut Vec<String>) {
    if !is_kept {
        notes.push(format!("{}: the id is lost: it is {id}", window.id()));
    }
}

/// The entity that a scope is about, if it is about one, alone or with the
/// group of its name.
pub(crate) fn spelled(scope: &Scope) -> Option<&str> {
    match scope.node() {
        Node::Entity(id) => Some(id.as_str()),
        Node::Any(scopes) => match scopes.as_slice() {
            [a, b] => match (a.node(), b.node()) {
                (Node::Entity(id), Node::Group(name)) if id.as_str() == name.as_str() => {
                    Some(id.as_str())
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Notes what neither SpaceONE nor Ops Manager has a field for.
pub(crate) fn lost(window: &Window, notes: &mut Vec<String>) {
    let id = window.id();
    if window.state_during().is_some() || window.state_after().is_some() {
        notes.push(format!("{id}: the entity states are lost"));
    }
    if window.effect() != crate::window::Effect::Notifications {
        notes.push(format!("{id}: the effect {} is lost", window.effect()));
    }
    if window.propagation() != crate::window::Propagation::Descendants {
        notes.push(format!("{id}: that it does not reach descendants is lost"));
    }
}
