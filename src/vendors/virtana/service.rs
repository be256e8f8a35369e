//! The state and the operations of the API.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::Value;
use crate::limits::MAX_DOCUMENT_PATTERN_BYTES;
use crate::scope::TopologyBuilder;
use crate::time::Timestamp;
use crate::vendors::changes::ChangeLog;
use crate::vendors::fields::{check_count, text_list};
use crate::vendors::http::{ApiError, Context};
use crate::vendors::ids::{vendor_id, vendor_parts};
use crate::vendors::virtana::clause::check_tenant;
use crate::vendors::virtana::cursor;
use crate::vendors::virtana::document::{
    Internal, MAX_IDS, MaintWindow, RunMode, Specification, Status, accept_snake_case,
    occurrence_end,
};
use crate::vendors::virtana::index::Index;
use crate::window::Window;

/// The maximum number of windows of a tenant, including deleted ones.
pub const MAX_WINDOWS: usize = 100_000;
/// The maximum number of windows of a page.
pub const MAX_PAGE: usize = 1000;
/// The number of windows of a page without a `limit`.
pub const DEFAULT_PAGE: usize = 100;
/// The maximum number of runs of a MANUAL window.
pub const MAX_RUNS: usize = 10_000;

/// The maintenance windows of a tenant.
///
/// ```
/// use quietude::vendors::Context;
/// use quietude::vendors::virtana::{Clause, PageInput, Service, Specification, Status};
///
/// let mut service = Service::new("acme")?;
/// let mut new_id = || "99fa4d8b-3223-11f1-8920-625b6e77d030".to_owned();
/// let mut context = Context::new("2026-04-07T01:46:31Z".parse()?, &mut new_id).with_user("ops@acme.example");
/// let specification = Specification::from_json(r#"{ "name": "patching", "maintenanceState": 300,
///     "schedule": { "start": 1780775331000, "duration": 600000, "recurrence": null },
///     "withIds": { "ids": ["entity-1"] } }"#)?;
/// let id = service.create(specification, &mut context).unwrap();
/// let page = service.list(&PageInput::new()).unwrap();
/// assert_eq!((page.windows[0].id(), page.total_count, page.has_next), (id.as_str(), 1, false));
/// let patching = Clause::from_json(r#"{ "filter": { "field": "name", "value": "patching", "operation": 1 } }"#)?;
/// let found = service.search(&patching, &PageInput::new().limit(10)).unwrap();
/// assert_eq!(found.windows[0].specification().status(), Status::Enabled);
///
/// service.delete_bulk(&[id.clone()], context.now, "ops@acme.example").unwrap();
/// assert_eq!(service.list(&PageInput::new()).unwrap().total_count, 0);
/// assert!(service.find(&id).unwrap().is_deleted());
/// assert_eq!(service.remove_deleted(context.now), 1);
/// assert_eq!(service.tenant(), "acme");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub(super) tenant: String,
    /// By number, in the order of creation.
    windows: BTreeMap<u64, MaintWindow>,
    /// The number of the window that was created last.
    last_number: u64,
    index: Index,
    changes: ChangeLog,
}

/// The page of a list or search request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInput {
    limit: Option<usize>,
    cursor: Option<String>,
}

impl PageInput {
    /// The first page, with [`DEFAULT_PAGE`] windows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of windows, 1 to [`MAX_PAGE`].
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets the cursor: [`Page::end_cursor`] of the previous page.
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let input = Self {
            limit: fields.optional("limit", Value::number)?,
            // The vendor's responses have an empty cursor for the first page.
            cursor: fields.optional("cursor", Value::text)?.filter(|cursor| !cursor.is_empty()),
        };
        fields.finish()?;
        Ok(input)
    }
}

/// A page of windows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<'a> {
    /// The windows, in the order of creation.
    pub windows: Vec<&'a MaintWindow>,
    /// The cursor of the request; empty for the first page.
    pub start_cursor: String,
    /// The cursor of the next page.
    pub end_cursor: String,
    /// The current number of windows on all pages.
    pub total_count: usize,
    /// Whether there are windows behind this page.
    pub has_next: bool,
    /// Whether there are windows before this page.
    pub has_prev: bool,
}

impl Service {
    /// Creates a tenant without windows.
    ///
    /// # Errors
    ///
    /// If `tenant` is not an id of 1 to
    /// [`MAX_PART_BYTES`](crate::vendors::MAX_PART_BYTES) bytes without control
    /// characters.
    pub fn new(tenant: &str) -> Result<Self, Error> {
        check_tenant(tenant)?;
        Ok(Self {
            tenant: tenant.to_owned(),
            windows: BTreeMap::new(),
            last_number: 0,
            index: Index::default(),
            changes: ChangeLog::new(),
        })
    }

    /// The id of the tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// `POST maintwindows`: creates a window and returns its id.
    ///
    /// # Errors
    ///
    /// 400 if the name is in use; if another window has the same entities and the same
    /// schedule, and `force` is false; or if the tenant has [`MAX_WINDOWS`] windows, or its
    /// compiled patterns take more than
    /// [`MAX_DOCUMENT_PATTERN_BYTES`](crate::limits::MAX_DOCUMENT_PATTERN_BYTES). 500 if the host's new id is in use or invalid.
    pub fn create(
        &mut self,
        specification: Specification,
        context: &mut Context<'_>,
    ) -> Result<String, ApiError> {
        check_count(self.windows.len() + 1, MAX_WINDOWS)
            .map_err(|error| error.in_field("specification"))?;
        self.check_distinct(&specification)?;
        check_patterns(self.index.pattern_bytes, &specification)
            .map_err(|error| error.in_field("specification"))?;
        let id = context.new_id(|id| match self.index.ids.contains_key(&id) {
            true => Err(Error::new(ErrorKind::Duplicate, format!("`{id}` is taken already"))),
            false => Ok(id),
        })?;
        let number = self.last_number + 1;
        let window = MaintWindow {
            id: id.clone(),
            tenant: self.tenant.clone(),
            specification,
            create_time: context.now,
            update_time: context.now,
            created_by: context.user.to_owned(),
            updated_by: context.user.to_owned(),
            deleted: false,
            internal: Internal {
                number,
                skip_after: context.now,
                deleted_at: None,
                runs: Vec::new(),
                patterns_dropped: false,
            },
        };
        window.windows()?;
        self.add(window);
        self.last_number = number;
        Ok(id)
    }

    /// `POST maintwindows:list`: a page of the windows that are not deleted. The number
    /// of the windows on other pages does not matter.
    ///
    /// # Errors
    ///
    /// 400 if the limit or the cursor is none.
    pub fn list(&self, page: &PageInput) -> Result<Page<'_>, ApiError> {
        let (query, limit, after) = self.position("list", page)?;
        let live = &self.index.live;
        let rest = live.range((Bound::Excluded(after), Bound::Unbounded));
        let mut numbers: Vec<u64> = rest.take(limit + 1).copied().collect();
        let has_next = numbers.len() > limit;
        numbers.truncate(limit);
        let has_prev = live.first().is_some_and(|first| *first <= after);
        let windows = numbers.iter().map(|number| &self.windows[number]).collect();
        Ok(Page::new(windows, page, after, &query, live.len(), has_prev, has_next))
    }

    /// `POST maintwindows:deleteBulk`: deletes all given windows, or none.
    ///
    /// A window that has silenced before is closed, and its silences up to the deletion are
    /// kept, with the compiled patterns of its query, until
    /// [`remove_deleted`](Self::remove_deleted). A window that has not keeps no patterns.
    ///
    /// # Errors
    ///
    /// 400 if `ids` is empty, 404 if an id is unknown or already deleted.
    pub fn delete_bulk(
        &mut self,
        ids: &[String],
        now: Timestamp,
        user: &str,
    ) -> Result<(), ApiError> {
        text_list(ids.iter().collect(), MAX_IDS).map_err(|error| error.in_field("ids"))?;
        let mut numbers = BTreeSet::new();
        for (index, id) in ids.iter().enumerate() {
            let number = self.index.ids.get(id).filter(|number| self.index.live.contains(number));
            let unknown =
                || ApiError::not_found(&format!("ids[{index}]"), "maintenance window", id);
            numbers.insert(*number.ok_or_else(unknown)?);
        }
        for number in numbers {
            let window = self.windows.get_mut(&number).expect("the number is known");
            self.index.delete(window);
            window.window_ids().into_iter().for_each(|id| self.changes.record(id));
            window.deleted = true;
            window.internal.deleted_at = Some(now);
            window.update_time = now;
            user.clone_into(&mut window.updated_by);
            window.drop_unused_patterns();
            self.index.pattern_bytes += window.specification.pattern_bytes();
        }
        Ok(())
    }

    /// Starts one occurrence of a MANUAL window: `[at, at + duration)`. A second run at
    /// the same instant has no effect.
    ///
    /// # Errors
    ///
    /// 404 if the id is unknown or deleted; 400 if the window is AUTO or DISABLED, the
    /// end is out of range, or there are [`MAX_RUNS`] runs.
    pub fn run(&mut self, id: &str, at: Timestamp) -> Result<(), ApiError> {
        let number = self.index.ids.get(id).filter(|number| self.index.live.contains(number));
        let Some(window) = number.and_then(|number| self.windows.get_mut(number)) else {
            return Err(ApiError::not_found("id", "maintenance window", id));
        };
        let specification = &window.specification;
        if specification.run_mode != RunMode::Manual {
            return Err(ApiError::invalid("runMode", "AUTO windows start by themselves"));
        }
        if specification.status == Status::Disabled {
            return Err(ApiError::invalid("status", "DISABLED windows do not start"));
        }
        occurrence_end(at, specification.plan.duration_ms).map_err(|error| error.in_field("at"))?;
        let runs = &mut window.internal.runs;
        if !runs.contains(&at) {
            check_count(runs.len() + 1, MAX_RUNS).map_err(|error| error.in_field("id"))?;
            runs.push(at);
            self.changes.record(window.run_id(at));
        }
        Ok(())
    }

    /// The window with this id, even if it is deleted.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&MaintWindow> {
        self.windows.get(self.index.ids.get(id)?)
    }

    /// The memory of the compiled patterns of all windows, in bytes. It is counted as for
    /// [`MAX_DOCUMENT_PATTERN_BYTES`](crate::limits::MAX_DOCUMENT_PATTERN_BYTES), which is its
    /// limit. A deleted window has patterns only if it silenced before its deletion.
    ///
    /// ```
    /// let service = quietude::vendors::virtana::Service::new("acme")?;
    /// assert_eq!(service.pattern_bytes(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn pattern_bytes(&self) -> usize {
        self.index.pattern_bytes
    }

    /// Adds an entity of this tenant to a topology: its attributes (`fields`), its
    /// parent entities, and its membership in the group `virtana:tenant`.
    ///
    /// ```
    /// use quietude::Topology;
    /// use quietude::vendors::virtana::Service;
    ///
    /// let service = Service::new("acme")?;
    /// let topology = service
    ///     .add_to_topology(Topology::builder(), "e-1", &[("coreProperties.name", "db-7")], &["rack-1"])
    ///     .build()?;
    /// assert!(topology.parents_of("virtana:acme:e-1").eq(["virtana:acme:rack-1"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn add_to_topology(
        &self,
        topology: TopologyBuilder,
        id: &str,
        fields: &[(&str, &str)],
        parents: &[&str],
    ) -> TopologyBuilder {
        let name = |id: &str| vendor_id(&["virtana", &self.tenant, id]);
        let entity = name(id);
        let mut topology = topology.add_member(vendor_id(&["virtana", &self.tenant]), &entity);
        for (field, value) in fields {
            topology = topology.add_attribute(&entity, name(field), value);
        }
        parents.iter().fold(topology, |topology, parent| topology.add_child(name(parent), &entity))
    }

    /// Removes the windows that were deleted at `before` or earlier and returns their
    /// number. It frees their compiled patterns. Silence queries for instants from `before`
    /// on are not affected, but [`state_at`](Self::state_at) no longer takes their exit
    /// states into account.
    pub fn remove_deleted(&mut self, before: Timestamp) -> usize {
        let is_old = |window: &MaintWindow| {
            window.internal.deleted_at.is_some_and(|deleted| deleted <= before)
        };
        let all = self.windows.len();
        let (index, changes) = (&mut self.index, &mut self.changes);
        self.windows.retain(|_, window| {
            let is_old = is_old(window);
            if is_old {
                index.ids.remove(&window.id);
                index.pattern_bytes -= window.specification.pattern_bytes();
                window.window_ids().into_iter().for_each(|id| changes.record(id));
            }
            !is_old
        });
        all - self.windows.len()
    }

    /// Restores the state that
    /// [`VendorApi::to_json`](crate::vendors::VendorApi::to_json) saved.
    ///
    /// # Errors
    ///
    /// If `text` is not such a state: the error has the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut fields = Value::parse(text)?.object()?;
        fields.required("system", |value| value.word(&[("virtana", ())]))?;
        let mut service = Self::new(&fields.required("tenant", Value::text)?)?;
        service.last_number = fields.required("last", Value::integer)?;
        fields.required("windows", |value| {
            value.list(|value| {
                let window = read_saved(value)?;
                let number = window.internal.number;
                let is_new = !service.index.ids.contains_key(&window.id)
                    && !service.windows.contains_key(&number);
                if !is_new
                    || number == 0
                    || number > service.last_number
                    || window.tenant != service.tenant
                {
                    let message = format!("`{}` does not belong here", truncated(&window.id));
                    return Err(Error::new(ErrorKind::Duplicate, message));
                }
                window.windows()?;
                check_patterns(service.index.pattern_bytes, &window.specification)
                    .map_err(|error| error.in_field("window"))?;
                service.add(window);
                Ok(())
            })
        })?;
        fields.finish()?;
        Ok(service)
    }

    pub(super) fn state(&self) -> Value {
        let windows = self.windows.values().map(|window| {
            let internal = &window.internal;
            let ms = |t: Timestamp| Value::from(t.as_millis());
            Value::fields([
                ("window", window.value()),
                ("number", Value::Integer(internal.number.into())),
                ("skipSince", ms(internal.skip_after)),
                ("deletedAt", internal.deleted_at.map(ms).into()),
                ("runs", internal.runs.iter().map(|at| ms(*at)).collect()),
            ])
        });
        Value::fields([
            ("system", "virtana".into()),
            ("tenant", (&self.tenant).into()),
            ("last", Value::Integer(self.last_number.into())),
            ("windows", windows.collect()),
        ])
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &MaintWindow> {
        self.windows.values()
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &MaintWindow> {
        self.index.live.iter().map(|number| &self.windows[number])
    }

    /// The log of the windows that changed.
    pub(super) fn change_log(&self) -> &ChangeLog {
        &self.changes
    }

    /// The window of this crate with this id.
    pub(super) fn native(&self, id: &str) -> Option<Window> {
        let parts = vendor_parts(id);
        match parts.as_slice() {
            [vendor, tenant, window, ..] if vendor == "virtana" && *tenant == self.tenant => {
                self.find(window)?.window(id)
            }
            _ => None,
        }
    }

    /// Adds a window, whose id and number are new.
    fn add(&mut self, window: MaintWindow) {
        self.index.add(&window);
        window.window_ids().into_iter().for_each(|id| self.changes.record(id));
        self.windows.insert(window.internal.number, window);
    }

    /// Checks that no window has the name, or the same entities and schedule.
    fn check_distinct(&self, specification: &Specification) -> Result<(), ApiError> {
        let named = self.index.names.get(&specification.name).and_then(|named| named.first());
        let mut twin = None;
        if !specification.force
            && let Some(twins) = self.index.twins.get(&specification.twin_hash())
        {
            let is_twin = |number: &&u64| self.windows[number].specification.is_twin(specification);
            twin = twins.iter().find(is_twin);
        }
        // The window that was created first is reported.
        let (field, message) = match (named, twin) {
            (Some(named), twin) if twin.is_none_or(|twin| named <= twin) => {
                let name = truncated(&specification.name);
                ("name", format!("\"{name}\" is taken already"))
            }
            (_, Some(twin)) => {
                let id = truncated(&self.windows[twin].id);
                ("force", format!("is not true, and `{id}` has the same entities and schedule"))
            }
            (_, None) => return Ok(()),
        };
        let error = Error::new(ErrorKind::Duplicate, message).in_field(field);
        Err(error.in_field("specification").into())
    }

    /// The query that a cursor is bound to, the limit of the page, and the number after
    /// which it begins.
    pub(super) fn position(
        &self,
        query: &str,
        input: &PageInput,
    ) -> Result<(String, usize, u64), ApiError> {
        let query = format!("{}\n{query}", self.tenant);
        let limit = input.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            let error = Error::out_of_range(format_args!("{limit} is not in 1..={MAX_PAGE}"));
            return Err(error.in_field("limit").in_field("page_input").into());
        }
        let after = match &input.cursor {
            None => 0,
            Some(cursor) => cursor::decode(cursor, &query, self.last_number)
                .map_err(|error| error.in_field("cursor").in_field("page_input"))?,
        };
        Ok((query, limit, after))
    }
}

impl<'a> Page<'a> {
    pub(super) fn new(
        windows: Vec<&'a MaintWindow>,
        input: &PageInput,
        after: u64,
        query: &str,
        total_count: usize,
        has_prev: bool,
        has_next: bool,
    ) -> Self {
        let last = windows.last().map_or(after, |window| window.internal.number);
        Self {
            windows,
            start_cursor: input.cursor.clone().unwrap_or_default(),
            end_cursor: cursor::encode(last, query),
            total_count,
            has_next,
            has_prev,
        }
    }
}

/// Returns an error if the patterns of a specification, together with `bytes` of other
/// compiled patterns, need more memory than those of a document may.
fn check_patterns(bytes: usize, specification: &Specification) -> Result<(), Error> {
    let sum = bytes + specification.pattern_bytes();
    if specification.pattern_bytes() > 0 && sum > MAX_DOCUMENT_PATTERN_BYTES {
        let what = "bytes of compiled patterns of the tenant";
        return Err(Error::beyond(sum, what, MAX_DOCUMENT_PATTERN_BYTES).in_field("query.clause"));
    }
    Ok(())
}

/// Reads a window of a saved state.
fn read_saved(value: Value) -> Result<MaintWindow, Error> {
    let mut fields = value.object()?;
    accept_snake_case(&mut fields, &["skipSince", "deletedAt"])?;
    let time = |value: Value| Timestamp::from_millis(value.integer()?);
    let mut window = fields.required("window", MaintWindow::read)?;
    window.internal = Internal {
        number: fields.required("number", Value::integer)?,
        skip_after: fields.required("skipSince", time)?,
        deleted_at: fields.optional("deletedAt", time)?,
        runs: fields.required("runs", |value| value.list(time))?,
        patterns_dropped: false,
    };
    if window.deleted != window.internal.deleted_at.is_some() {
        return Err(Error::invalid("contradicts window.deleted").in_field("deletedAt"));
    }
    fields.finish()?;
    if window.deleted {
        window.drop_unused_patterns();
    }
    Ok(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_patterns_at_limit() {
        let specification = |operation: &str| {
            let clause = format!(
                r#"{{"filter":{{"field":"name","value":"db","operation":"{operation}"}}}}"#
            );
            let text = format!(
                r#"{{"name":"n","maintenanceState":300,"schedule":{{"start":0,"duration":1}},"query":{{"clause":{clause}}}}}"#
            );
            Specification::from_json(&text).unwrap()
        };
        let (pattern, plain) = (specification("OP_REGEX"), specification("OP_EQUALS"));
        let most = MAX_DOCUMENT_PATTERN_BYTES - pattern.pattern_bytes();
        assert_eq!(check_patterns(most, &pattern), Ok(()));
        let error = check_patterns(most + 1, &pattern).unwrap_err();
        assert_eq!(
            error.to_string(),
            "query.clause: 1073741825 bytes of compiled patterns of the tenant are more than 1073741824"
        );
        assert_eq!(check_patterns(MAX_DOCUMENT_PATTERN_BYTES + 1, &plain), Ok(()));
        // A request beyond the limit changes nothing.
        let mut service = Service::new("acme").unwrap();
        service.index.pattern_bytes = most + 1;
        let before = service.clone();
        let mut new_id = || "v-1".to_owned();
        let mut context = Context::new(Timestamp::MIN, &mut new_id);
        let error = service.create(pattern, &mut context).unwrap_err();
        assert_eq!((error.status(), error.field()), (400, "specification.query.clause"));
        assert_eq!(service, before);
    }
}
