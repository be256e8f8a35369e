//! Reads the document and builds the query from the arguments.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::Path;

use quietude::{Document, Silencer, Subject, Timestamp, Window, Zone};

use crate::Error;
use crate::alert::{self, Labels};
use crate::args::{AtArgs, SubjectArgs};
use crate::format::plain;
use crate::progress::Progress;
use crate::source::{self, Source};
use crate::when;
use crate::zones::ZoneArgs;

/// Reads a native document, as JSON or YAML. Error messages start with the file name.
pub(crate) fn document(file: &Path, zones: &ZoneArgs) -> Result<Document, Error> {
    Source::read(file)?.document(zones)
}

/// Compiles the windows and the topology of a document.
pub(crate) fn silencer(document: &Document) -> Result<Silencer, Error> {
    let _progress = Progress::start("compiling the windows");
    let builder = Silencer::builder().topology(document.topology.clone());
    Ok(builder.build(&document.registry)?)
}

impl SubjectArgs {
    /// The alerts of the option `--alert`.
    pub(crate) fn alerts(&self) -> Result<Option<Vec<Labels>>, Error> {
        let Some(alert) = self.alert.as_deref() else { return Ok(None) };
        // What standard input has is one of both, and would be a wrong text for the other.
        if source::is_input(alert) && source::is_input(&self.file) {
            return Err(source::INPUT_TWICE.into());
        }
        alert::read(alert).map(Some)
    }
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

    /// Asks about an alert: its labels, and what the arguments give.
    pub(crate) fn about(&mut self, labels: &'a Labels) {
        let given =
            self.args.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let labels = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.attributes = given.chain(labels).collect();
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

    /// A note if the entity id may be mistyped.
    pub(crate) fn unknown_entity_note(&self) -> Option<&'static str> {
        Known::new(&self.document, &self.silencer).note(&self.subject())
    }
}

/// The entities that a document names.
pub(crate) struct Known<'a> {
    document: &'a Document,
    silencer: &'a Silencer,
    /// Those of the topology and of scopes, once one was asked for that the topology lacks.
    names: OnceCell<HashSet<&'a str>>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(document: &'a Document, silencer: &'a Silencer) -> Self {
        Self { document, silencer, names: OnceCell::new() }
    }

    /// A note if the entity id of a subject may be mistyped: neither the topology nor a scope
    /// has it, and no window covers it that would not also cover an unknown entity. Groups
    /// and attributes that come with the subject describe an entity that need not be known.
    pub(crate) fn note(&self, subject: &Subject<'_>) -> Option<&'static str> {
        let (entity, topology) = (subject.entity_id()?, &self.document.topology);
        let is_plain = subject.groups().is_empty() && subject.attributes().is_empty();
        let names = || self.names.get_or_init(|| self.silencer.known_entities().collect());
        if !is_plain || topology.contains(entity) || names().contains(entity) {
            return None;
        }
        let unknown = Subject::entity("");
        let unknown = subject.alert_type().map_or(unknown, |name| unknown.with_alert_type(name));
        let mut windows = self.document.registry.iter();
        let is_meant = windows
            .any(|window| window.covers(subject, topology) && !window.covers(&unknown, topology));
        (!is_meant).then_some("the document does not name this entity")
    }
}

/// The instant of `--at`, or the current time, and the zone of `--timezone`.
pub(crate) fn instant(args: &AtArgs, zones: &ZoneArgs) -> Result<(Timestamp, Option<Zone>), Error> {
    let zone = zones.timezone(args.timezone.as_deref())?;
    let at = match &args.at {
        Some(at) => at.instant_in("--at", zone.as_ref())?,
        None => when::now()?,
    };
    Ok((at, zone))
}
