//! The JSON form of a maintenance window (`MaintenanceWindowInfo`) and of the requests
//! that create and update one.

use crate::error::Error;
use crate::json::value::{Fields, Value};
use crate::schedule::Once;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::vendors::fields::{nonempty_text, text_list, vendor_id_field};
use crate::vendors::ids::vendor_id;
use crate::vendors::spaceone::found::{Found, json_bytes};
use crate::window::Window;

/// The maximum number of projects of a window.
pub const MAX_PROJECTS: usize = 1000;

/// The maximum length of the `tags` of a window as JSON, in bytes.
pub const MAX_TAGS_BYTES: usize = 16_384;

/// The state of a window, a function of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Neither closed nor past its end. The start may be in the future.
    Open,
    /// Closed, or past its end.
    Closed,
}

/// The names in the order of their numbers. NONE is the protobuf default.
const STATES: [(&str, State); 3] =
    [("NONE", State::Open), ("OPEN", State::Open), ("CLOSED", State::Closed)];

impl State {
    /// Reads a name or a number. In a query string the number is a text.
    pub(super) fn read(value: Value) -> Result<Self, Error> {
        match &value {
            Value::Integer(_) => {}
            Value::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {}
            _ => return value.word(&STATES),
        }
        let number: i128 = value.number()?;
        match usize::try_from(number).ok().and_then(|n| STATES.get(n)) {
            Some((_, state)) => Ok(*state),
            None => Err(Error::invalid(format_args!("{number} is not one of 0, 1, 2"))),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }
}

/// A valid maintenance window of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct MaintenanceWindow {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) projects: Vec<String>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// A JSON object.
    pub(super) tags: Value,
    pub(super) domain: String,
    pub(super) created_by: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) closed_at: Option<Timestamp>,
}

impl MaintenanceWindow {
    /// Parses a window of a response. The value of `state` is validated but not used,
    /// because the state follows from the times.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The window as the vendor's JSON. `state` is the state at `now`.
    #[must_use]
    pub fn to_json(&self, now: Timestamp) -> String {
        self.value(now).to_json()
    }

    /// The id. In windows created by [`Service`](crate::vendors::spaceone::Service) it
    /// begins with `mw-`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The id of the domain that owns the window.
    #[must_use]
    pub fn domain_id(&self) -> &str {
        &self.domain
    }

    /// The ids of the projects that the window silences.
    #[must_use]
    pub fn projects(&self) -> &[String] {
        &self.projects
    }

    /// When the window was closed, if it was.
    #[must_use]
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// The state at `now`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        let over = self.closed_at.map_or(self.end, |closed| closed.min(self.end));
        if now < over { State::Open } else { State::Closed }
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let window = Self {
            id: fields.required("maintenance_window_id", vendor_id_field)?,
            title: fields.required("title", nonempty_text)?,
            projects: fields.required("projects", projects)?,
            start: fields.required("start_time", Value::timestamp)?,
            end: fields.required("end_time", Value::timestamp)?,
            tags: tags(&mut fields)?.unwrap_or(Value::Object(Vec::new())),
            domain: fields.required("domain_id", vendor_id_field)?,
            created_by: fields.optional("created_by", Value::text)?.unwrap_or_default(),
            created_at: fields.required("created_at", Value::timestamp)?,
            updated_at: fields.required("updated_at", Value::timestamp)?,
            // The protobuf default of an absent string is an empty one.
            closed_at: fields
                .optional("closed_at", |value| match value {
                    Value::Text(text) if text.is_empty() => Ok(None),
                    value => value.timestamp().map(Some),
                })?
                .flatten(),
        };
        fields.optional("state", State::read)?;
        fields.finish()?;
        window.checked()
    }

    pub(super) fn checked(self) -> Result<Self, Error> {
        if self.start < self.end {
            self.window()?;
            return Ok(self);
        }
        Err(Error::invalid(format_args!("{} is not after start_time {}", self.end, self.start))
            .in_field("end_time"))
    }

    /// The fields of `MaintenanceWindowInfo`, in order.
    pub(super) const FIELDS: [&str; 12] = [
        "maintenance_window_id",
        "title",
        "state",
        "start_time",
        "end_time",
        "tags",
        "projects",
        "domain_id",
        "created_by",
        "created_at",
        "updated_at",
        "closed_at",
    ];

    /// The value of a field; nothing for an unknown one.
    pub(super) fn field(&self, name: &str, now: Timestamp) -> Found<'_> {
        match name {
            "maintenance_window_id" => Found::Text(&self.id),
            "title" => Found::Text(&self.title),
            "state" => Found::Text(self.state_at(now).name()),
            "start_time" => Found::Time(self.start),
            "end_time" => Found::Time(self.end),
            "tags" => Found::Value(&self.tags),
            "projects" => Found::Texts(&self.projects),
            "domain_id" => Found::Text(&self.domain),
            "created_by" => Found::Text(&self.created_by),
            "created_at" => Found::Time(self.created_at),
            "updated_at" => Found::Time(self.updated_at),
            "closed_at" => self.closed_at.map_or(Found::Nothing, Found::Time),
            _ => Found::Nothing,
        }
    }

    /// The window as JSON, in the field order of `MaintenanceWindowInfo`.
    pub(super) fn value(&self, now: Timestamp) -> Value {
        self.value_of(now, |_| true)
    }

    /// The fields of the window that `is_kept` accepts, as JSON.
    pub(super) fn value_of(&self, now: Timestamp, is_kept: impl Fn(&str) -> bool) -> Value {
        let kept = Self::FIELDS.into_iter().filter(|name| is_kept(name));
        Value::fields(kept.map(|name| (name, self.field(name, now).to_value())))
    }

    pub(super) fn window_id(&self) -> String {
        vendor_id(&["spaceone", &self.domain, &self.id])
    }

    pub(super) fn window(&self) -> Result<Window, Error> {
        let project = |id: &String| Scope::group(vendor_id(&["spaceone", &self.domain, id]));
        let window = Window::builder(self.window_id())
            .name(&self.title)
            .schedule(Once::new(self.start, self.end)?)
            .scope(Scope::any(self.projects.iter().map(project)));
        match self.closed_at {
            Some(closed) => window.closed_at(closed),
            None => window,
        }
        .build()
    }
}

/// `CreateMaintenanceWindowRequest`.
///
/// ```
/// use quietude::vendors::spaceone::CreateRequest;
///
/// let error = CreateRequest::from_json(r#"{ "title": "db", "domain_id": "d-1", "projects": [],
///     "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z" }"#).unwrap_err();
/// assert_eq!(error.to_string(), "projects: [] is empty: at least one is needed");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CreateRequest {
    pub(super) title: String,
    pub(super) projects: Vec<String>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) tags: Value,
    pub(super) domain: String,
}

impl CreateRequest {
    /// Parses a request.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let request = Self {
            title: fields.required("title", nonempty_text)?,
            projects: fields.required("projects", projects)?,
            start: fields.required("start_time", Value::timestamp)?,
            end: fields.required("end_time", Value::timestamp)?,
            tags: tags(&mut fields)?.unwrap_or(Value::Object(Vec::new())),
            domain: fields.required("domain_id", vendor_id_field)?,
        };
        fields.finish()?;
        Ok(request)
    }
}

/// `UpdateMaintenanceWindowRequest`: absent and null fields keep their values.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRequest {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) title: Option<String>,
    pub(super) projects: Option<Vec<String>>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) tags: Option<Value>,
}

impl UpdateRequest {
    /// Parses a request.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let request = Self {
            id: fields.required("maintenance_window_id", Value::text)?,
            domain: fields.required("domain_id", vendor_id_field)?,
            title: fields.optional("title", nonempty_text)?,
            projects: fields.optional("projects", projects)?,
            start: fields.optional("start_time", Value::timestamp)?,
            end: fields.optional("end_time", Value::timestamp)?,
            tags: tags(&mut fields)?,
        };
        fields.finish()?;
        Ok(request)
    }

    pub(super) fn apply(
        self,
        window: &MaintenanceWindow,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, Error> {
        let window = window.clone();
        MaintenanceWindow {
            title: self.title.unwrap_or(window.title),
            projects: self.projects.unwrap_or(window.projects),
            start: self.start.unwrap_or(window.start),
            end: self.end.unwrap_or(window.end),
            tags: self.tags.unwrap_or(window.tags),
            updated_at: now,
            ..window
        }
        .checked()
    }
}

fn projects(value: Value) -> Result<Vec<String>, Error> {
    text_list(value, MAX_PROJECTS)
}

/// Reads `tags`, an object with any content of at most [`MAX_TAGS_BYTES`].
fn tags(fields: &mut Fields) -> Result<Option<Value>, Error> {
    fields.optional("tags", |value| match value {
        tags @ Value::Object(_) => {
            // The estimate is cheap, and enough for most tags.
            let bytes = json_bytes(&tags);
            if bytes > MAX_TAGS_BYTES && tags.to_json().len() > MAX_TAGS_BYTES {
                return Err(Error::beyond(tags.to_json().len(), "bytes of JSON", MAX_TAGS_BYTES));
            }
            Ok(tags)
        }
        other => Err(other.is_not("an object")),
    })
}
