//! The JSON form of a maintenance window.

use crate::error::{Error, ErrorKind};
use crate::json::value::{Fields, Value};
use crate::schedule::Once;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::vendors::fields::{MAX_TEXT_BYTES, check_count, text_list, vendor_id_field};
use crate::vendors::http::percent_encode;
use crate::vendors::ids::{check_segment, vendor_id};
use crate::window::Window;

/// The maximum number of alert types of a window.
pub const MAX_ALERT_TYPES: usize = 1000;

/// A valid maintenance window of a group.
///
/// ```
/// use quietude::vendors::opsmanager::MaintenanceWindow;
///
/// let window = MaintenanceWindow::from_json(r#"{
///     "id": "5628faffd4c606594adaa3b2", "groupId": "541ed2009436399a1f54e01b",
///     "created": "2015-10-22T15:04:31Z", "updated": "2015-10-22T15:04:31Z",
///     "startDate": "2015-10-23T22:00:00Z", "endDate": "2015-10-23T23:30:00Z",
///     "alertTypeNames": [ "REPLICA_SET" ], "description": "new description", "links": [] }"#)?;
/// assert_eq!(window.alert_type_names(), ["REPLICA_SET"]);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceWindow {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) alert_types: Vec<String>,
    pub(super) description: Option<String>,
}

/// The body of a POST or PATCH. A PATCH changes only the fields that are given.
///
/// ```
/// use quietude::vendors::opsmanager::WindowInput;
///
/// let error = WindowInput::from_json(r#"{ "alertTypeNames": [] }"#).unwrap_err();
/// assert_eq!(error.to_string(), "alertTypeNames: [] is empty: at least one is needed");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowInput {
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) alert_types: Option<Vec<String>>,
    /// `Some(None)` if the field is `null`.
    pub(super) description: Option<Option<String>>,
}

impl WindowInput {
    /// Parses a request body.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is unknown or invalid: the error has the path
    /// of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let input = Self {
            start: fields.optional("startDate", Value::timestamp)?,
            end: fields.optional("endDate", Value::timestamp)?,
            alert_types: fields.optional("alertTypeNames", alert_types)?,
            description: if fields.has("description") {
                Some(description(&mut fields)?)
            } else {
                None
            },
        };
        fields.finish()?;
        Ok(input)
    }

    /// Creates a window. Returns an error if a required field is absent.
    pub(super) fn create(
        self,
        id: String,
        group: String,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, Error> {
        let missing = |field| Error::invalid("is missing").in_field(field);
        let window = MaintenanceWindow {
            id,
            group,
            created: now,
            updated: now,
            alert_types: self.alert_types.ok_or_else(|| missing("alertTypeNames"))?,
            start: self.start.ok_or_else(|| missing("startDate"))?,
            end: self.end.ok_or_else(|| missing("endDate"))?,
            description: self.description.flatten(),
        };
        window.checked()
    }

    /// Returns a copy of `window` with the given fields changed.
    pub(super) fn apply(
        self,
        window: &MaintenanceWindow,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, Error> {
        let window = window.clone();
        MaintenanceWindow {
            updated: now,
            start: self.start.unwrap_or(window.start),
            end: self.end.unwrap_or(window.end),
            alert_types: self.alert_types.unwrap_or(window.alert_types),
            description: self.description.unwrap_or(window.description),
            ..window
        }
        .checked()
    }
}

impl MaintenanceWindow {
    /// Parses a window of a response.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The id, 24 hex digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the group that owns the window.
    #[must_use]
    pub fn group_id(&self) -> &str {
        &self.group
    }

    /// The creation time.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// The time of the last update.
    #[must_use]
    pub fn updated(&self) -> Timestamp {
        self.updated
    }

    /// The first silenced instant.
    #[must_use]
    pub fn start_date(&self) -> Timestamp {
        self.start
    }

    /// The end of the silence, exclusive.
    #[must_use]
    pub fn end_date(&self) -> Timestamp {
        self.end
    }

    /// The alert types that the window silences.
    #[must_use]
    pub fn alert_type_names(&self) -> &[String] {
        &self.alert_types
    }

    /// The description, if there is one.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let window = Self {
            id: fields.required("id", object_id)?,
            group: fields.required("groupId", group_id)?,
            created: fields.required("created", Value::timestamp)?,
            updated: fields.required("updated", Value::timestamp)?,
            start: fields.required("startDate", Value::timestamp)?,
            end: fields.required("endDate", Value::timestamp)?,
            alert_types: fields.required("alertTypeNames", alert_types)?,
            description: description(&mut fields)?,
        };
        // Links depend on the server and are not part of the window.
        fields.optional("links", |links| links.list(Ok))?;
        fields.finish()?;
        window.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        if self.end > self.start {
            self.window()?;
            return Ok(self);
        }
        Err(Error::invalid(format_args!("{} is not after startDate {}", self.end, self.start))
            .in_field("endDate"))
    }

    /// The window as JSON, in the field order of the vendor. Links are written if
    /// there is a `base` URL.
    pub(super) fn value(&self, base: Option<&str>) -> Value {
        let mut fields: Vec<(&str, Value)> = vec![
            ("alertTypeNames", self.alert_types.iter().collect()),
            ("created", self.created.into()),
        ];
        if let Some(description) = &self.description {
            fields.push(("description", description.into()));
        }
        fields.extend([
            ("endDate", self.end.into()),
            ("groupId", (&self.group).into()),
            ("id", (&self.id).into()),
            ("startDate", self.start.into()),
            ("updated", self.updated.into()),
        ]);
        if let Some(base) = base {
            let own = [
                ("self", window_url(base, &self.group, &self.id)),
                ("group", group_url(base, &self.group)),
            ];
            fields.push(("links", own.into_iter().map(|(rel, href)| link(rel, href)).collect()));
        }
        Value::fields(fields)
    }

    pub(super) fn window_id(&self) -> String {
        vendor_id(&["opsmanager", &self.group, &self.id])
    }

    pub(super) fn window(&self) -> Result<Window, Error> {
        let types = self.alert_types.iter().map(|name| Scope::alert_type(name.as_str()));
        let scope = Scope::group(vendor_id(&["opsmanager", &self.group])).and(Scope::any(types));
        let mut window = Window::builder(self.window_id())
            .schedule(Once::new(self.start, self.end)?)
            .scope(scope);
        if let Some(description) = &self.description {
            window = window.name(description);
        }
        window.build()
    }
}

/// Reads an id of 24 hex digits.
pub(super) fn object_id(value: Value) -> Result<String, Error> {
    let text = value.text()?;
    if text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text);
    }
    let text = crate::error::truncated(&text);
    Err(Error::syntax(format_args!("\"{text}\" is not an id of 24 hex digits")))
}

fn group_id(value: Value) -> Result<String, Error> {
    let text = vendor_id_field(value)?;
    check_segment(&text)?;
    Ok(text)
}

fn alert_types(value: Value) -> Result<Vec<String>, Error> {
    text_list(value, MAX_ALERT_TYPES)
}

fn description(fields: &mut Fields) -> Result<Option<String>, Error> {
    fields.optional("description", |value| {
        let text = value.text()?;
        check_count(text.len(), MAX_TEXT_BYTES).map_err(|error| {
            Error::new(ErrorKind::Limit, format_args!("bytes: {}", error.message()))
        })?;
        Ok(text)
    })
}

/// The URL of a window.
pub(super) fn window_url(base: &str, group_id: &str, id: &str) -> String {
    format!("{}/maintenanceWindows/{id}", group_url(base, group_id))
}

/// The URL of a group.
pub(super) fn group_url(base: &str, group_id: &str) -> String {
    format!("{base}/groups/{}", percent_encode(group_id))
}

/// An element of `links`.
pub(super) fn link(rel: &str, href: String) -> Value {
    Value::fields([("href", href.into()), ("rel", Value::from(rel))])
}
