//! The state and the operations of the API.

use crate::error::Error;
use crate::json::value::Value;
use crate::time::Timestamp;
use crate::vendors::budget::{Budget, MAX_REQUEST_STEPS};
use crate::vendors::fields::check_count;
use crate::vendors::http::{ApiError, Context};
use crate::vendors::spaceone::document::{CreateRequest, MaintenanceWindow, State, UpdateRequest};
use crate::vendors::spaceone::query::ListRequest;
use crate::vendors::spaceone::stat::StatRequest;
use crate::vendors::store::{Store, Stored};

/// The maximum number of windows of a domain, including closed ones.
pub const MAX_WINDOWS_PER_DOMAIN: usize = 100_000;

/// The maintenance windows of all domains.
///
/// ```
/// use quietude::vendors::Context;
/// use quietude::vendors::spaceone::{CreateRequest, ListRequest, Service, StatRequest, State, UpdateRequest};
///
/// let mut service = Service::new();
/// let mut new_id = || "mw-1".to_owned();
/// let mut context = Context::new("2026-01-01T00:00:00Z".parse()?, &mut new_id).with_user("ops");
/// let request = CreateRequest::from_json(r#"{ "title": "db", "domain_id": "d-1", "projects": ["p-1"],
///     "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z" }"#)?;
/// service.create(request, &mut context).unwrap();
/// let update = UpdateRequest::from_json(r#"{ "maintenance_window_id": "mw-1", "domain_id": "d-1",
///     "end_time": "2026-01-03T00:00:00Z" }"#)?;
/// service.update(update, context.now).unwrap();
///
/// let noon = "2026-01-01T12:00:00Z".parse()?;
/// let closed = service.close("mw-1", "d-1", noon).unwrap();
/// assert_eq!((closed.closed_at(), closed.state_at(noon)), (Some(noon), State::Closed));
/// assert_eq!(service.find("mw-1", "d-2").unwrap_err().status(), 404);
///
/// let all = ListRequest::from_json(r#"{ "domain_id": "d-1", "query": { "only": ["title"] } }"#)?;
/// assert_eq!(service.list(&all, noon).unwrap(), r#"{"results":[{"title":"db"}],"total_count":1}"#);
///
/// let count = StatRequest::from_json(r#"{ "domain_id": "d-1", "query": { "aggregate": [
///     { "count": { "name": "windows" } } ] } }"#)?;
/// assert_eq!(service.stat(&count, noon).unwrap(), r#"{"results":[{"windows":1}]}"#);
/// assert_eq!(service.remove_closed(noon), 1);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// By domain.
    pub(super) windows: Store<MaintenanceWindow>,
}

impl Stored for MaintenanceWindow {
    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &str {
        &self.domain
    }

    fn silent_until(&self) -> Timestamp {
        self.closed_at.map_or(self.end, |closed| closed.min(self.end))
    }

    fn window_id(&self) -> String {
        self.window_id()
    }
}

impl Service {
    /// Creates a service without windows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `create`: creates a window.
    ///
    /// # Errors
    ///
    /// 400 if the end is not after the start, or the domain has
    /// [`MAX_WINDOWS_PER_DOMAIN`] windows; 500 if the host's new id is in use, invalid,
    /// or does not begin with `mw-`.
    pub fn create(
        &mut self,
        request: CreateRequest,
        context: &mut Context<'_>,
    ) -> Result<MaintenanceWindow, ApiError> {
        check_count(self.windows.count_of(&request.domain) + 1, MAX_WINDOWS_PER_DOMAIN)
            .map_err(|error| error.in_field("domain_id"))?;
        let mut window = MaintenanceWindow {
            id: String::new(),
            title: request.title,
            projects: request.projects,
            start: request.start,
            end: request.end,
            tags: request.tags,
            domain: request.domain,
            created_by: context.user.to_owned(),
            created_at: context.now,
            updated_at: context.now,
            closed_at: None,
        }
        .checked()?;
        window.id = context.new_id(|id| {
            if !id.starts_with("mw-") {
                return Err(Error::syntax(format!("`{id}` does not begin with mw-")));
            }
            self.windows.check_new(&id)?;
            Ok(id)
        })?;
        self.windows.insert(window.clone());
        Ok(window)
    }

    /// `update`: changes the given fields of a window.
    ///
    /// # Errors
    ///
    /// 404 if the domain has no such window; 400 if it is CLOSED, or the end is
    /// not after the start.
    pub fn update(
        &mut self,
        request: UpdateRequest,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, ApiError> {
        let (id, domain) = (request.id.clone(), request.domain.clone());
        let known = self.find(&id, &domain)?;
        if known.state_at(now) == State::Closed {
            let message = format!("`{id}` is closed");
            return Err(ApiError::invalid("maintenance_window_id", message)
                .coded("ERROR_CLOSED_MAINTENANCE_WINDOW"));
        }
        let window = request.apply(known, now)?;
        self.windows.replace(window.clone());
        Ok(window)
    }

    /// `close`: ends the window at `now`. A CLOSED window is not changed.
    ///
    /// # Errors
    ///
    /// 404 if the domain has no such window.
    pub fn close(
        &mut self,
        id: &str,
        domain: &str,
        now: Timestamp,
    ) -> Result<MaintenanceWindow, ApiError> {
        let mut window = self.find(id, domain)?.clone();
        if window.state_at(now) == State::Open {
            window.closed_at = Some(now);
            window.updated_at = now;
            self.windows.replace(window.clone());
        }
        Ok(window)
    }

    /// `get`: one window.
    ///
    /// # Errors
    ///
    /// 404 if the domain has no such window.
    pub fn find(&self, id: &str, domain: &str) -> Result<&MaintenanceWindow, ApiError> {
        let found = self.windows.get(domain, id);
        found.ok_or_else(|| ApiError::not_found("maintenance_window_id", "maintenance window", id))
    }

    /// `list` and `search`: returns a `MaintenanceWindowsInfo` as JSON.
    ///
    /// # Errors
    ///
    /// 400 if the request needs more than [`MAX_REQUEST_STEPS`] or [`MAX_REQUEST_BYTES`].
    ///
    /// [`MAX_REQUEST_BYTES`]: crate::vendors::MAX_REQUEST_BYTES
    pub fn list(&self, request: &ListRequest, now: Timestamp) -> Result<String, ApiError> {
        self.list_within(request, now, &Budget::new(MAX_REQUEST_STEPS))
    }

    pub(super) fn list_within(
        &self,
        request: &ListRequest,
        now: Timestamp,
        budget: &Budget,
    ) -> Result<String, ApiError> {
        let result = request.run(self.windows.of(&request.domain), now, budget);
        result.map_err(|error| error.in_field("query").into())
    }

    /// `stat`: returns the result of an aggregation as JSON.
    ///
    /// # Errors
    ///
    /// 400 if a sum overflows, or the request needs more than [`MAX_REQUEST_STEPS`] or
    /// [`MAX_REQUEST_BYTES`](crate::vendors::MAX_REQUEST_BYTES).
    pub fn stat(&self, request: &StatRequest, now: Timestamp) -> Result<String, ApiError> {
        self.stat_within(request, now, &Budget::new(MAX_REQUEST_STEPS))
    }

    pub(super) fn stat_within(
        &self,
        request: &StatRequest,
        now: Timestamp,
        budget: &Budget,
    ) -> Result<String, ApiError> {
        let result = request.run(self.windows.of(&request.domain), now, budget);
        result.map_err(|error| error.in_field("query").into())
    }

    /// Removes the windows that are CLOSED at `before` and returns their number.
    /// Queries for instants from `before` on are not affected.
    pub fn remove_closed(&mut self, before: Timestamp) -> usize {
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
        fields.required("system", |value| value.word(&[("spaceone", ())]))?;
        let mut service = Self::new();
        fields.required("windows", |value| {
            value.list(|value| {
                let window = MaintenanceWindow::read(value)?;
                let is_new = service.windows.check_new(&window.id);
                is_new.map_err(|error| error.in_field("maintenance_window_id"))?;
                service.windows.insert(window);
                Ok(())
            })
        })?;
        fields.finish()?;
        Ok(service)
    }

    pub(super) fn state(&self) -> Value {
        // `state` is not read back, so its value does not matter.
        let windows = self.windows.all().map(|window| window.value(window.created_at));
        Value::fields([("system", "spaceone".into()), ("windows", windows.collect())])
    }
}
