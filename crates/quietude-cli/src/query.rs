//! Reads the document and builds the query from the arguments.

use std::fs;
use std::path::Path;

use quietude::{Document, Silencer, Subject, Timestamp, Window};

use crate::Error;
use crate::args::{AtArgs, SubjectArgs};
use crate::format::plain;
use crate::zones::ZoneArgs;

/// Reads a native document. Error messages start with the file name.
pub(crate) fn document(file: &Path, zones: &ZoneArgs) -> Result<Document, Error> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    let document = Document::from_json_with_zones(&text, |name| zones.zone(name));
    Ok(document.map_err(|error| named(&error))?)
}

/// Compiles the windows and the topology of a document.
pub(crate) fn silencer(document: &Document) -> Result<Silencer, Error> {
    let builder = Silencer::builder().topology(document.topology.clone());
    Ok(builder.build(&document.registry)?)
}

/// A document, its compiled form, and the subject to evaluate.
pub(crate) struct Query<'a> {
    pub(crate) document: Document,
    pub(crate) silencer: Silencer,
    args: &'a SubjectArgs,
    groups: Vec<&'a str>,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Query<'a> {
    pub(crate) fn new(args: &'a SubjectArgs) -> Result<Self, Error> {
        let document = document(&args.file, &args.zones)?;
        Ok(Self {
            silencer: silencer(&document)?,
            document,
            args,
            groups: args.groups.iter().map(String::as_str).collect(),
            attributes: args.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
        })
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let subject = match &self.args.entity {
            Some(entity) => Subject::entity(entity).with_attributes(&self.attributes),
            None => Subject::labels(&self.attributes),
        };
        let subject = subject.with_groups(&self.groups);
        match &self.args.alert_type {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        }
    }

    /// The subject as text: the entity, or else the labels in braces and the groups,
    /// followed by the alert type in brackets.
    pub(crate) fn title(&self) -> String {
        let entity = match &self.args.entity {
            Some(entity) => plain(entity),
            None => {
                let labels =
                    self.attributes.iter().map(|(name, value)| format!("{name}={value:?}"));
                let groups = match &*self.groups {
                    [] => String::new(),
                    groups => format!(" in {}", groups.join(", ")),
                };
                plain(&format!("{{{}}}{groups}", labels.collect::<Vec<_>>().join(", ")))
            }
        };
        match &self.args.alert_type {
            Some(alert_type) => format!("{entity} ({})", plain(alert_type)),
            None => entity,
        }
    }

    /// The windows whose scope covers the subject, at any time.
    pub(crate) fn covering(&self) -> impl Iterator<Item = &Window> {
        let subject = self.subject();
        let windows = self.document.registry.iter().map(|window| &**window);
        windows.filter(move |window| window.covers(&subject, &self.document.topology))
    }

    /// A warning if the entity id may be mistyped: it is not in the topology,
    /// and no window covers it that would not also cover an unknown entity.
    pub(crate) fn unknown_entity_note(&self) -> Option<String> {
        let entity = self.args.entity.as_deref()?;
        let topology = &self.document.topology;
        let alert_type = self.args.alert_type.as_deref();
        let unknown = Subject::entity("");
        let unknown = alert_type.map_or(unknown, |name| unknown.with_alert_type(name));
        let has_attributes = !self.groups.is_empty() || !self.attributes.is_empty();
        let known = topology.contains(entity)
            || self.covering().any(|window| !window.covers(&unknown, topology));
        (!known && !has_attributes).then(|| "the document does not name this entity".to_owned())
    }
}

/// The instant to evaluate: `--at`, or the current time. This is the only place
/// that reads the system clock.
#[allow(clippy::disallowed_methods, reason = "a program may read the clock")]
pub(crate) fn instant(args: &AtArgs) -> Result<Timestamp, Error> {
    if let Some(at) = args.at {
        return Ok(at);
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(since.as_millis().try_into()?)?)
}
