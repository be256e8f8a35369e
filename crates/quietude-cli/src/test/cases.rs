//! Reads a file of assertions.
//!
//! ```yaml
//! version: 1
//! document: fleet.json
//! timezone: Europe/Berlin
//! tests:
//!   - name: the backup is silent
//!     subject: { entity: pg-orders-1 }
//!     at: 2026-11-26T22:15
//!     silenced: true
//!     by: [par-nightly-backup]
//!     until: 2026-11-27T02:45
//! ```
//!
//! All errors of the file are found at once, each with its path.

use quietude::{Effect, SilenceEnd, Subject, Timestamp, Zone};
use serde_json::{Map, Value};

use crate::query::Known;
use crate::source::Source;
use crate::when::Time;
use crate::zones::ZoneArgs;
use crate::{Error, format};

/// A file of assertions.
pub(super) struct Cases {
    /// The document that they are about, relative to the file.
    pub(super) document: Option<String>,
    /// The zone of local times.
    pub(super) zone: Option<Zone>,
    pub(super) list: Vec<Case>,
}

/// An assertion about a subject at some instants.
pub(super) struct Case {
    /// The index in the file.
    pub(super) index: usize,
    pub(super) name: Option<String>,
    pub(super) subject: CaseSubject,
    pub(super) at: Vec<Timestamp>,
    pub(super) silenced: bool,
    /// In the order of the ids.
    pub(super) by: Option<Vec<String>>,
    pub(super) until: Option<SilenceEnd>,
    pub(super) effect: Option<Effect>,
}

impl Case {
    /// The path in the file.
    pub(super) fn path(&self) -> String {
        format!("tests[{}]", self.index)
    }
}

#[derive(Default)]
pub(super) struct CaseSubject {
    pub(super) entity: Option<String>,
    alert_type: Option<String>,
    groups: Vec<String>,
    labels: Vec<(String, String)>,
}

impl CaseSubject {
    /// Calls `answer` with the subject.
    pub(super) fn with<T>(&self, answer: impl FnOnce(Subject<'_>) -> T) -> T {
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        let labels: Vec<(&str, &str)> =
            self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let subject = match &self.entity {
            Some(entity) => Subject::entity(entity).with_attributes(&labels),
            None => Subject::labels(&labels),
        };
        let subject = subject.with_groups(&groups);
        answer(match &self.alert_type {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        })
    }

    /// A note if the entity may be mistyped.
    pub(super) fn note(&self, known: &Known<'_>) -> Option<&'static str> {
        self.with(|subject| known.note(&subject))
    }

    /// The subject as text.
    pub(super) fn title(&self) -> String {
        let labels = self.labels.iter().map(|(name, value)| format!("{name}={value:?}"));
        let labels = format!("{{{}}}", labels.collect::<Vec<_>>().join(", "));
        let mut title = match &self.entity {
            Some(entity) if self.labels.is_empty() => entity.clone(),
            Some(entity) => format!("{entity} {labels}"),
            None => labels,
        };
        if !self.groups.is_empty() {
            title = format!("{title} in {}", self.groups.join(", "));
        }
        if let Some(alert_type) = &self.alert_type {
            title = format!("{title} ({alert_type})");
        }
        format::plain(&title)
    }
}

/// Reads the assertions. `timezone` is the zone of the option, which comes before that of
/// the file.
pub(super) fn read(
    source: &Source,
    timezone: Option<Zone>,
    zones: &ZoneArgs,
) -> Result<Cases, Error> {
    let value: Value = source.deserialize()?;
    let mut reader = Reader { problems: Vec::new(), zones };
    let cases = reader.file(&value, timezone);
    if reader.problems.is_empty() {
        return Ok(cases);
    }
    Err(source.problems(reader.problems).into())
}

const FILE_FIELDS: [&str; 4] = ["version", "document", "timezone", "tests"];
const CASE_FIELDS: [&str; 7] = ["name", "subject", "at", "silenced", "by", "until", "effect"];
const SUBJECT_FIELDS: [&str; 4] = ["entity", "alert_type", "groups", "labels"];

struct Reader<'a> {
    /// Paths and messages.
    problems: Vec<(String, String)>,
    zones: &'a ZoneArgs,
}

impl Reader<'_> {
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        self.problems.push((path.to_owned(), message.into()));
    }

    fn wrong<T>(&mut self, path: &str, value: &Value, wanted: &str) -> Option<T> {
        let shown: String = value.to_string().chars().take(64).collect();
        self.problem(path, format!("{shown} is not {wanted}"));
        None
    }

    /// The fields of an object. Others than the known ones are errors.
    fn object<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(fields) = value else {
            return self.wrong(path, value, &format!("an object with {}", known.join(", ")));
        };
        for field in fields.keys().filter(|field| !known.contains(&field.as_str())) {
            let list = known.join(", ");
            self.problem(&join(path, field), format!("is not a field here; these are: {list}"));
        }
        Some(fields)
    }

    fn text(&mut self, path: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            other => self.wrong(path, other, "a string"),
        }
    }

    /// A string, or a list of strings.
    fn texts(&mut self, path: &str, value: &Value) -> Vec<String> {
        match value {
            Value::Array(list) => {
                let texts = list.iter().enumerate();
                texts.filter_map(|(i, text)| self.text(&format!("{path}[{i}]"), text)).collect()
            }
            Value::String(text) => vec![text.clone()],
            other => self.wrong(path, other, "a string or a list of strings").unwrap_or_default(),
        }
    }

    fn file(&mut self, value: &Value, timezone: Option<Zone>) -> Cases {
        let mut cases = Cases { document: None, zone: timezone, list: Vec::new() };
        let Some(fields) = self.object("", value, &FILE_FIELDS) else { return cases };
        match field(fields, "version") {
            Some(Value::Number(version)) if version.as_u64() == Some(1) => {}
            Some(other) => _ = self.wrong::<()>("version", other, "1"),
            None => self.problem("version", "is missing; it is 1"),
        }
        cases.document = field(fields, "document").and_then(|v| self.text("document", v));
        if let Some(name) = field(fields, "timezone").and_then(|v| self.text("timezone", v)) {
            match self.zones.zone(&name) {
                Ok(zone) if cases.zone.is_none() => cases.zone = Some(zone),
                Ok(_) => {}
                Err(error) => self.problem("timezone", error.message()),
            }
        }
        match field(fields, "tests") {
            Some(Value::Array(list)) if list.is_empty() => {
                self.problem("tests", "the list is empty; nothing would be tested");
            }
            Some(Value::Array(list)) => {
                for (index, value) in list.iter().enumerate() {
                    let case = self.case(index, value, cases.zone.as_ref());
                    cases.list.extend(case);
                }
            }
            Some(other) => _ = self.wrong::<()>("tests", other, "a list"),
            None => self.problem("tests", "is missing: the list of assertions"),
        }
        cases
    }

    fn case(&mut self, index: usize, value: &Value, zone: Option<&Zone>) -> Option<Case> {
        let path = format!("tests[{index}]");
        let fields = self.object(&path, value, &CASE_FIELDS)?;
        let before = self.problems.len();
        let inner = |name: &str| join(&path, name);
        let name = field(fields, "name").and_then(|v| self.text(&inner("name"), v));
        let subject = match field(fields, "subject") {
            Some(subject) => self.subject(&inner("subject"), subject),
            None => {
                self.problem(&inner("subject"), "is missing: an entity, or an object with labels");
                None
            }
        };
        let mut at = Vec::new();
        match field(fields, "at") {
            Some(Value::Array(list)) if !list.is_empty() => {
                for (number, value) in list.iter().enumerate() {
                    at.extend(self.instant(&format!("{path}.at[{number}]"), value, zone));
                }
            }
            Some(Value::Array(_)) => self.problem(&inner("at"), "the list is empty"),
            Some(value) => at.extend(self.instant(&inner("at"), value, zone)),
            None => self.problem(&inner("at"), "is missing: an instant or a local time"),
        }
        let silenced = match field(fields, "silenced") {
            Some(Value::Bool(silenced)) => Some(*silenced),
            Some(other) => self.wrong(&inner("silenced"), other, "true or false"),
            None => None,
        };
        let by = field(fields, "by").map(|value| {
            let mut by = self.texts(&inner("by"), value);
            by.sort_unstable();
            by.dedup();
            by
        });
        let until = match field(fields, "until") {
            Some(Value::String(never)) if never == "never" => Some(SilenceEnd::Never),
            Some(value) => self.instant(&inner("until"), value, zone).map(SilenceEnd::At),
            None => None,
        };
        let effect = match field(fields, "effect") {
            Some(Value::String(text)) if text == "notifications" => Some(Effect::Notifications),
            Some(Value::String(text)) if text == "monitoring" => Some(Effect::Monitoring),
            Some(other) => self.wrong(&inner("effect"), other, "notifications or monitoring"),
            None => None,
        };
        // What follows from the others; `by: []` means that nothing silences it.
        let needs = [
            ("by", by.as_ref().map(|by| !by.is_empty())),
            ("until", until.map(|_| true)),
            ("effect", effect.map(|_| true)),
        ];
        let mut implied = silenced;
        for (name, needed) in needs {
            match (implied, needed) {
                (Some(is), Some(needed)) if is != needed => {
                    let message = format!("contradicts that it is {}silenced", not(is));
                    self.problem(&inner(name), message);
                }
                (None, Some(needed)) => implied = Some(needed),
                _ => {}
            }
        }
        if implied.is_none() && self.problems.len() == before {
            self.problem(&path, "says nothing about the answer: silenced, by, until or effect");
        }
        if self.problems.len() > before {
            return None;
        }
        let silenced = implied?;
        Some(Case { index, name, subject: subject?, at, silenced, by, until, effect })
    }

    fn subject(&mut self, path: &str, value: &Value) -> Option<CaseSubject> {
        if let Value::String(entity) = value {
            return Some(CaseSubject { entity: Some(entity.clone()), ..CaseSubject::default() });
        }
        let fields = self.object(path, value, &SUBJECT_FIELDS)?;
        let inner = |name: &str| join(path, name);
        let text = |reader: &mut Self, name: &str| {
            field(fields, name).and_then(|value| reader.text(&inner(name), value))
        };
        let mut subject = CaseSubject {
            entity: text(self, "entity"),
            alert_type: text(self, "alert_type"),
            ..CaseSubject::default()
        };
        if let Some(groups) = field(fields, "groups") {
            subject.groups = self.texts(&inner("groups"), groups);
        }
        match field(fields, "labels") {
            Some(Value::Object(labels)) => {
                for (name, value) in labels {
                    let values = self.texts(&join(&inner("labels"), name), value);
                    subject.labels.extend(values.into_iter().map(|value| (name.clone(), value)));
                }
            }
            Some(other) => {
                _ = self.wrong::<()>(&inner("labels"), other, "an object of names and values");
            }
            None => {}
        }
        if fields.is_empty() {
            self.problem(path, "is empty; give an entity, labels or groups");
        }
        Some(subject)
    }

    fn instant(&mut self, path: &str, value: &Value, zone: Option<&Zone>) -> Option<Timestamp> {
        let text = self.text(path, value)?;
        let time: Time = match text.parse() {
            Ok(time) => time,
            Err(error) => {
                self.problem(path, error);
                return None;
            }
        };
        let instant = match (&time, zone) {
            (Time::Local(_), None) => {
                let message = format!(
                    "{text} is a local time, which needs `timezone` in the file, or --timezone"
                );
                self.problem(path, message);
                return None;
            }
            _ => time.instant(zone.unwrap_or(&Zone::utc())),
        };
        match instant {
            Ok(instant) => Some(instant),
            Err(error) => {
                self.problem(path, error.to_string());
                None
            }
        }
    }
}

fn not(is: bool) -> &'static str {
    if is { "" } else { "not " }
}

/// A field that is there and not null.
fn field<'v>(fields: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
