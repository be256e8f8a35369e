//! The state and the operations of the API.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::Value;
use crate::scope::TopologyBuilder;
use crate::time::Timestamp;
use crate::vendors::fields::{check_count, text_list};
use crate::vendors::http::{ApiError, Context};
use crate::vendors::ids::vendor_id;
use crate::vendors::virtana::clause::{Clause, check_tenant, text_of};
use crate::vendors::virtana::cursor;
use crate::vendors::virtana::document::{
    Internal, MAX_IDS, MaintWindow, RUN_MODES, RunMode, STATUSES, Specification, Status,
    accept_snake_case, camel, occurrence_end,
};

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
        Ok(Self { tenant: tenant.to_owned(), windows: BTreeMap::new(), last_number: 0 })
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
    /// schedule, and `force` is false; or if the tenant has [`MAX_WINDOWS`] windows.
    /// 500 if the host's new id is in use or invalid.
    pub fn create(
        &mut self,
        specification: Specification,
        context: &mut Context<'_>,
    ) -> Result<String, ApiError> {
        check_count(self.windows.len() + 1, MAX_WINDOWS)
            .map_err(|error| error.in_field("specification"))?;
        let duplicate = |field: &str, message: String| {
            let error = Error::new(ErrorKind::Duplicate, message).in_field(field);
            Err(ApiError::from(error.in_field("specification")))
        };
        for window in self.live() {
            let other = &window.specification;
            if other.name == specification.name {
                return duplicate(
                    "name",
                    format!("\"{}\" is taken already", truncated(&other.name)),
                );
            }
            let same = || {
                other.plan.is_equivalent(&specification.plan)
                    && other.target.is_equivalent(&specification.target)
            };
            if !specification.force && same() {
                let message = format!(
                    "is not true, and `{}` has the same entities and schedule",
                    truncated(&window.id)
                );
                return duplicate("force", message);
            }
        }
        let id =
            context.new_id(|id| match self.windows.values().any(|window| window.id == id) {
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
            },
        };
        window.windows()?;
        self.windows.insert(number, window);
        self.last_number = number;
        Ok(id)
    }

    /// `POST maintwindows:list`: a page of the windows that are not deleted.
    ///
    /// # Errors
    ///
    /// 400 if the limit or the cursor is none.
    pub fn list(&self, page: &PageInput) -> Result<Page<'_>, ApiError> {
        self.page("list", page, |_| true)
    }

    /// `POST maintwindows:search`: a page of those that a clause holds for.
    ///
    /// # Errors
    ///
    /// 400 if a field is none of a window's, or the limit or the cursor is none.
    pub fn search(&self, query: &Clause, page: &PageInput) -> Result<Page<'_>, ApiError> {
        for field in query.fields() {
            let root = camel(field.split('.').next().unwrap_or_default());
            if !SEARCHABLE.contains(&root.as_str()) {
                let message = format!(
                    "\"{}\" is not a field; there are {}",
                    truncated(field),
                    SEARCHABLE.join(", ")
                );
                return Err(ApiError::invalid("field", message).under("search_input.query.clause"));
            }
        }
        self.page(&query.to_json(), page, |window| {
            let value = window.value();
            query.holds(&|field| search_values(&value, field))
        })
    }

    /// `POST maintwindows:deleteBulk`: deletes all given windows, or none.
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
        let known: HashMap<&str, u64> =
            self.live().map(|window| (window.id.as_str(), window.internal.number)).collect();
        text_list(ids.iter().collect(), MAX_IDS).map_err(|error| error.in_field("ids"))?;
        let mut numbers = BTreeSet::new();
        for (index, id) in ids.iter().enumerate() {
            let Some(number) = known.get(id.as_str()) else {
                return Err(ApiError::not_found(
                    &format!("ids[{index}]"),
                    "maintenance window",
                    id,
                ));
            };
            numbers.insert(*number);
        }
        for number in numbers {
            let window = self.windows.get_mut(&number).expect("the number is known");
            window.deleted = true;
            window.internal.deleted_at = Some(now);
            window.update_time = now;
            user.clone_into(&mut window.updated_by);
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
        let found = self.windows.values_mut().find(|window| window.id == id && !window.deleted);
        let Some(window) = found else {
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
        }
        Ok(())
    }

    /// The window with this id, even if it is deleted.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&MaintWindow> {
        self.windows.values().find(|window| window.id == id)
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
    /// number. Silence queries for instants from `before` on are not affected, but
    /// [`state_at`](Self::state_at) no longer takes their exit states into account.
    pub fn remove_deleted(&mut self, before: Timestamp) -> usize {
        let all = self.windows.len();
        self.windows.retain(|_, window| window.internal.deleted_at.is_none_or(|at| at > before));
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
        let mut taken = BTreeSet::new();
        fields.required("windows", |value| {
            value.list(|value| {
                let window = read_saved(value)?;
                let number = window.internal.number;
                let is_new =
                    taken.insert(window.id.clone()) && !service.windows.contains_key(&number);
                if !is_new
                    || number == 0
                    || number > service.last_number
                    || window.tenant != service.tenant
                {
                    let message = format!("`{}` does not belong here", truncated(&window.id));
                    return Err(Error::new(ErrorKind::Duplicate, message));
                }
                window.windows()?;
                service.windows.insert(number, window);
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

    fn live(&self) -> impl Iterator<Item = &MaintWindow> {
        self.windows.values().filter(|window| !window.deleted)
    }

    fn page(
        &self,
        query: &str,
        input: &PageInput,
        matches: impl Fn(&MaintWindow) -> bool,
    ) -> Result<Page<'_>, ApiError> {
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
        let all: Vec<&MaintWindow> = self.live().filter(|window| matches(window)).collect();
        let seen = all.partition_point(|window| window.internal.number <= after);
        let end = all.len().min(seen.saturating_add(limit));
        let windows = all[seen..end].to_vec();
        let last = windows.last().map_or(after, |window| window.internal.number);
        Ok(Page {
            windows,
            start_cursor: input.cursor.clone().unwrap_or_default(),
            end_cursor: cursor::encode(last, &query),
            total_count: all.len(),
            has_next: end < all.len(),
            has_prev: seen > 0,
        })
    }
}

/// The fields of a search. `state` is an alias of `status`.
const SEARCHABLE: [&str; 23] = [
    "id",
    "tenant",
    "query",
    "withIds",
    "runMode",
    "schedule",
    "maintenanceState",
    "exitState",
    "status",
    "state",
    "createTime",
    "updateTime",
    "deleted",
    "createdBy",
    "updatedBy",
    "name",
    "description",
    "owner",
    "notification",
    "tags",
    "doNotPropagateToChildren",
    "overrideExitState",
    "force",
];

/// The values of a field of a window, for a search. An enum has three values: its name
/// in lower and in upper case, and its number.
fn search_values(window: &Value, field: &str) -> Vec<String> {
    let path = camel(field);
    let path = if path == "state" { "status" } else { &path };
    let found = path.split('.').try_fold(window, |value, name| value.get(name));
    let number = |words: &[&str], value: &str| words.iter().position(|word| *word == value);
    match found {
        None | Some(Value::Null | Value::Object(_)) => Vec::new(),
        Some(Value::List(values)) => values.iter().map(text_of).collect(),
        Some(value) => {
            let text = text_of(value);
            let words = match path {
                "runMode" => number(&RUN_MODES.map(|(word, _)| word), &text),
                "status" => number(&STATUSES.map(|(word, _)| word), &text),
                _ => None,
            };
            match words {
                Some(index) => vec![text.to_lowercase(), text, index.to_string()],
                None => vec![text],
            }
        }
    }
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
    };
    if window.deleted != window.internal.deleted_at.is_some() {
        return Err(Error::invalid("contradicts window.deleted").in_field("deletedAt"));
    }
    fields.finish()?;
    Ok(window)
}
