//! The state and the operations of the API.

use crate::error::Error;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::fields::check_count;
use crate::vendors::http::{ApiError, Context};
use crate::vendors::ids::check_segment;
use crate::vendors::opsmanager::document::{MaintenanceWindow, WindowInput, object_id};
use crate::vendors::store::{Store, Stored};

/// The maximum number of windows of a group, including ended ones.
pub const MAX_WINDOWS_PER_GROUP: usize = 100_000;

/// The maintenance windows of all groups of an installation.
///
/// ```
/// use quietude::vendors::Context;
/// use quietude::vendors::opsmanager::{WindowInput, Service};
///
/// let mut service = Service::new("https://cloud.mongodb.com/api/public/v1.0");
/// let mut new_id = || "56294bdfd4c643eef5176b73".to_owned();
/// let mut context = Context::new("2015-10-22T20:49:35Z".parse()?, &mut new_id);
/// let body = WindowInput::from_json(r#"{ "alertTypeNames": ["REPLICA_SET"],
///     "startDate": "2015-10-23T22:00:00Z", "endDate": "2015-10-23T23:30:00Z" }"#)?;
/// let group = "541ed2009436399a1f54e01b";
/// let created = service.create(group, body, &mut context).unwrap();
/// assert_eq!(service.list(group, context.now).unwrap(), [&created]);
/// assert!(service.list(group, created.end_date()).unwrap().is_empty());
///
/// let earlier = WindowInput::from_json(r#"{ "startDate": "2015-10-23T21:00:00Z" }"#)?;
/// let changed = service.update(group, created.id(), earlier, context.now).unwrap();
/// assert_eq!(changed.group_id(), group);
/// assert!(changed.start_date() < created.start_date());
/// assert_eq!(service.remove_ended(created.start_date()), 0);
/// service.delete(group, created.id(), context.now).unwrap();
/// assert_eq!(service.find(group, created.id(), context.now).unwrap_err().status(), 404);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub(super) base: String,
    /// By group.
    pub(super) windows: Store<MaintenanceWindow>,
}

impl Stored for MaintenanceWindow {
    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &str {
        &self.group
    }

    fn silent_until(&self) -> Timestamp {
        self.end
    }

    fn window_id(&self) -> String {
        self.window_id()
    }
}

impl Service {
    /// Creates an installation without windows. `base` is the URL of the API, for the
    /// links and the `Location` header.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), windows: Store::default() }
    }

    /// `GET groups/{GROUP-ID}/maintenanceWindows`: the windows of the group that
    /// have not ended at `now`, in the order of creation.
    ///
    /// # Errors
    ///
    /// 400 if `group` is not a valid id.
    pub fn list(&self, group: &str, now: Timestamp) -> Result<Vec<&MaintenanceWindow>, ApiError> {
        check_segment(group).map_err(|error| error.in_field("GROUP-ID"))?;
        Ok(self.windows.lasting(group, now))
    }

    /// `GET groups/{GROUP-ID}/maintenanceWindows/{WINDOW-ID}`: one window.
    ///
    /// # Errors
    ///
    /// 404 if the group has no such window, or it has ended.
    pub fn find(
        &self,
        group: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<&MaintenanceWindow, ApiError> {
        let found = self.windows.get(group, id).filter(|window| window.end > now);
        found.ok_or_else(|| ApiError::not_found("WINDOW-ID", "maintenance window", id))
    }

    /// `POST groups/{GROUP-ID}/maintenanceWindows`: creates a window.
    ///
    /// # Errors
    ///
    /// 400 if `group` is not a valid id, a field is missing, the end is not after the
    /// start, or the group has [`MAX_WINDOWS_PER_GROUP`] windows; 500 if the host's
    /// new id is in use or invalid.
    pub fn create(
        &mut self,
        group: &str,
        body: WindowInput,
        context: &mut Context<'_>,
    ) -> Result<MaintenanceWindow, ApiError> {
        check_segment(group).map_err(|error| error.in_field("GROUP-ID"))?;
        check_count(self.windows.count_of(group) + 1, MAX_WINDOWS_PER_GROUP)
            .map_err(|error| error.in_field("GROUP-ID"))?;
        let mut window = body.create(String::new(), group.to_owned(), context.now)?;
        window.id = context.new_id(|id| {
            let id = object_id(Value::from(id))?;
            self.windows.check_new(&id)?;
            Ok(id)
        })?;
        self.windows.insert(window.clone());
        Ok(window)
    }

    /// `PATCH groups/{GROUP-ID}/maintenanceWindows/{WINDOW-ID}`: changes
    /// the given fields.
    ///
    /// # Errors
    ///
    /// 404 if the group has no such window, or it has ended; 400 if the end is
    /// not after the start.
    pub fn update(
        &mut self,
        group: &str,
        id: &str,
        body: WindowInput,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, ApiError> {
        let window = body.apply(self.find(group, id, now)?, now)?;
        self.windows.replace(window.clone());
        Ok(window)
    }

    /// `DELETE groups/{GROUP-ID}/maintenanceWindows/{WINDOW-ID}`: deletes a window.
    ///
    /// # Errors
    ///
    /// 404 if the group has no such window, or it has ended.
    pub fn delete(&mut self, group: &str, id: &str, now: Timestamp) -> Result<(), ApiError> {
        self.find(group, id, now)?;
        self.windows.remove(group, id);
        Ok(())
    }

    /// Removes the windows that ended at `before` or earlier and returns their
    /// number. Queries for instants from `before` on are not affected.
    pub fn remove_ended(&mut self, before: Timestamp) -> usize {
        self.windows.remove_ended(before)
    }

    /// Restores the state that
    /// [`VendorApi::to_json`](crate::vendors::VendorApi::to_json) saved.
    ///
    /// # Errors
    ///
    /// If `text` is not such a state: the error has the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut fields = Value::parse(text)?.object()?;
        fields.required("system", |value| value.word(&[("opsmanager", ())]))?;
        let mut service = Self::new(&fields.required("base", Value::text)?);
        fields.required("windows", |value| {
            value.list(|value| {
                let window = MaintenanceWindow::read(value)?;
                service.windows.check_new(&window.id).map_err(|error| error.in_field("id"))?;
                service.windows.insert(window);
                Ok(())
            })
        })?;
        fields.finish()?;
        Ok(service)
    }

    pub(super) fn state(&self) -> Value {
        Value::fields([
            ("system", "opsmanager".into()),
            ("base", (&self.base).into()),
            ("windows", self.windows.all().map(|window| window.value(None)).collect()),
        ])
    }
}
