//! From arguments to something that can be asked.

use std::fs;
use std::path::Path;

use quietude::{Document, Silencer, Subject, Timestamp, Window};

use crate::Failure;
use crate::args::{AboutArgs, AtArgs};
use crate::words::plain;
use crate::zones::ZoneArgs;

/// Reads a document; the error names the file.
pub(crate) fn document(file: &Path, zones: &ZoneArgs) -> Result<Document, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    let document = Document::from_json_with_zones(&text, |name| zones.zone(name));
    Ok(document.map_err(|error| named(&error))?)
}

pub(crate) fn silencer(document: &Document) -> Result<Silencer, Failure> {
    let builder = Silencer::builder().topology(document.topology.clone());
    Ok(builder.build(&document.registry)?)
}

/// The document, compiled, and the parts of the subject.
pub(crate) struct Question<'a> {
    pub(crate) document: Document,
    pub(crate) silencer: Silencer,
    about: &'a AboutArgs,
    groups: Vec<&'a str>,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Question<'a> {
    pub(crate) fn new(about: &'a AboutArgs) -> Result<Self, Failure> {
        let document = document(&about.file, &about.zones)?;
        Ok(Self {
            silencer: silencer(&document)?,
            document,
            about,
            groups: about.groups.iter().map(String::as_str).collect(),
            attributes: about.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
        })
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        let subject = Subject::entity(&self.about.entity)
            .with_groups(&self.groups)
            .with_attributes(&self.attributes);
        match &self.about.alert_type {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        }
    }

    /// The subject for people: the entity, and the alert type in brackets.
    pub(crate) fn title(&self) -> String {
        let entity = plain(&self.about.entity);
        match &self.about.alert_type {
            Some(alert_type) => format!("{entity} ({})", plain(alert_type)),
            None => entity,
        }
    }

    /// The windows that cover the subject, whenever they do.
    pub(crate) fn covering(&self) -> impl Iterator<Item = &Window> {
        let subject = self.subject();
        let windows = self.document.registry.iter().map(|window| &**window);
        windows.filter(move |window| window.covers(&subject, &self.document.topology))
    }

    /// A word of warning where the entity looks like a slip of the pen: the
    /// document says no more of it than of any stranger.
    pub(crate) fn doubt(&self) -> Option<String> {
        let topology = &self.document.topology;
        let alert_type = self.about.alert_type.as_deref();
        let stranger = Subject::entity("");
        let stranger = alert_type.map_or(stranger, |name| stranger.with_alert_type(name));
        let brings = !self.groups.is_empty() || !self.attributes.is_empty();
        let known = topology.contains(&self.about.entity)
            || self.covering().any(|window| !window.covers(&stranger, topology));
        (!known && !brings).then(|| "the document does not name this entity".to_owned())
    }
}

/// The instant asked about: as given, or now. The clock is read here and
/// nowhere else.
#[allow(clippy::disallowed_methods, reason = "a person at a terminal asks about now")]
pub(crate) fn instant(args: &AtArgs) -> Result<Timestamp, Failure> {
    if let Some(at) = args.at {
        return Ok(at);
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(since.as_millis().try_into()?)?)
}
