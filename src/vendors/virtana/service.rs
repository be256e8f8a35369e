//! The state and the operations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::error::{Error, ErrorKind, abridged};
use crate::json::value::Value;
use crate::scope::TopologyBuilder;
use crate::time::Timestamp;
use crate::vendors::fields::{check_count, text_list};
use crate::vendors::http::{ApiError, Context};
use crate::vendors::ids::vendor_id;
use crate::vendors::virtana::clause::{Clause, check_tenant, text_of};
use crate::vendors::virtana::cursor::{cursor, place};
use crate::vendors::virtana::document::{
    MAX_IDS, MaintWindow, Own, RUN_MODES, RunMode, STATUSES, Specification, Status, camel, ended,
    spellings,
};

/// How many windows a tenant may have, deleted ones included.
pub const MAX_WINDOWS: usize = 100_000;
/// The longest page.
pub const MAX_PAGE: usize = 1000;
/// The length of a page that names none.
pub const DEFAULT_PAGE: usize = 100;
/// How often a MANUAL window may be run.
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
    /// By their number, in the order of creation.
    windows: BTreeMap<u64, MaintWindow>,
    /// The number of the last one that was created.
    last: u64,
}

/// Which page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInput {
    limit: Option<usize>,
    cursor: Option<String>,
}

impl PageInput {
    /// The first page, of [`DEFAULT_PAGE`] windows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// So many windows instead, from 1 to [`MAX_PAGE`].
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page after the one that ended with this cursor.
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let input = Self {
            limit: fields.optional("limit", Value::number)?,
            // No cursor yet is an empty one in the vendor's answers.
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
    /// The cursor that was asked with; empty for the first page.
    pub start_cursor: String,
    /// The cursor to go on with.
    pub end_cursor: String,
    /// How many windows there are on all pages, now.
    pub total_count: usize,
    /// Whether windows follow, now.
    pub has_next: bool,
    /// Whether windows came before, now.
    pub has_prev: bool,
}

impl Service {
    /// A tenant without windows.
    ///
    /// # Errors
    ///
    /// If the name is not an id of 1 to
    /// [`MAX_PART_BYTES`](crate::vendors::MAX_PART_BYTES) bytes.
    pub fn new(tenant: &str) -> Result<Self, Error> {
        check_tenant(tenant)?;
        Ok(Self { tenant: tenant.to_owned(), windows: BTreeMap::new(), last: 0 })
    }

    /// The name of the tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// `POST maintwindows`: a new window; its id.
    ///
    /// # Errors
    ///
    /// 400 if the name is taken, or, without `force`, if another window has the
    /// same entities and the same schedule.
    pub fn create(
        &mut self,
        specification: Specification,
        context: &mut Context<'_>,
    ) -> Result<String, ApiError> {
        check_count(self.windows.len() + 1, MAX_WINDOWS)
            .map_err(|error| error.in_field("specification"))?;
        let refused = |field: &str, message: String| {
            let error = Error::new(ErrorKind::Duplicate, message).in_field(field);
            Err(ApiError::from(error.in_field("specification")))
        };
        for window in self.live() {
            let other = &window.specification;
            if other.name == specification.name {
                return refused("name", format!("\"{}\" is taken already", abridged(&other.name)));
            }
            let same =
                || other.plan.same(&specification.plan) && other.target.same(&specification.target);
            if !specification.force && same() {
                let message = format!(
                    "is not true, and `{}` has the same entities and schedule",
                    abridged(&window.id)
                );
                return refused("force", message);
            }
        }
        let id =
            context.new_id(|id| match self.windows.values().any(|window| window.id == id) {
                true => Err(Error::new(ErrorKind::Duplicate, format!("`{id}` is taken already"))),
                false => Ok(id),
            })?;
        let number = self.last + 1;
        let window = MaintWindow {
            id: id.clone(),
            tenant: self.tenant.clone(),
            specification,
            create_time: context.now,
            update_time: context.now,
            created_by: context.user.to_owned(),
            updated_by: context.user.to_owned(),
            deleted: false,
            own: Own { number, skip_since: context.now, deleted_at: None, runs: Vec::new() },
        };
        window.windows()?;
        self.windows.insert(number, window);
        self.last = number;
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
                    abridged(field),
                    SEARCHABLE.join(", ")
                );
                return Err(ApiError::invalid("field", message).under("search_input.query.clause"));
            }
        }
        self.page(&query.to_json(), page, |window| {
            let value = window.value();
            query.holds(&|field| searched(&value, field))
        })
    }

    /// `POST maintwindows:deleteBulk`: all of these, or none.
    ///
    /// # Errors
    ///
    /// 400 if there is no id, 404 if one is not known or deleted already.
    pub fn delete_bulk(
        &mut self,
        ids: &[String],
        now: Timestamp,
        user: &str,
    ) -> Result<(), ApiError> {
        let known: HashMap<&str, u64> =
            self.live().map(|window| (window.id.as_str(), window.own.number)).collect();
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
            window.own.deleted_at = Some(now);
            window.update_time = now;
            user.clone_into(&mut window.updated_by);
        }
        Ok(())
    }

    /// Starts one occurrence of a MANUAL window, `[at, at + duration)`. Running
    /// it twice at the same instant is running it once.
    ///
    /// # Errors
    ///
    /// 404 if the id is not known or deleted; 400 if the window is AUTO or
    /// DISABLED.
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
        ended(at, specification.plan.duration_ms).map_err(|error| error.in_field("at"))?;
        let runs = &mut window.own.runs;
        if !runs.contains(&at) {
            check_count(runs.len() + 1, MAX_RUNS).map_err(|error| error.in_field("id"))?;
            runs.push(at);
        }
        Ok(())
    }

    /// A window by its id, deleted or not.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&MaintWindow> {
        self.windows.values().find(|window| window.id == id)
    }

    /// Tells a topology of an entity of this tenant: its fields, and the
    /// entities that it is a child of.
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
        let mut topology = topology.member(vendor_id(&["virtana", &self.tenant]), &entity);
        for (field, value) in fields {
            topology = topology.attribute(&entity, name(field), value);
        }
        parents.iter().fold(topology, |topology, parent| topology.child(name(parent), &entity))
    }

    /// Forgets the deleted windows that were deleted at `before` or earlier.
    /// Returns how many these were.
    pub fn remove_deleted(&mut self, before: Timestamp) -> usize {
        let all = self.windows.len();
        self.windows.retain(|_, window| window.own.deleted_at.is_none_or(|at| at > before));
        all - self.windows.len()
    }

    /// Reads what [`VendorApi::to_json`](crate::vendors::VendorApi::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If it is not that; the error names the place.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut fields = Value::parse(text)?.object()?;
        fields.required("system", |value| value.word(&[("virtana", ())]))?;
        let mut service = Self::new(&fields.required("tenant", Value::text)?)?;
        service.last = fields.required("last", Value::integer)?;
        let mut taken = BTreeSet::new();
        fields.required("windows", |value| {
            value.list(|value| {
                let window = restored(value)?;
                let number = window.own.number;
                let is_new =
                    taken.insert(window.id.clone()) && !service.windows.contains_key(&number);
                if !is_new
                    || number == 0
                    || number > service.last
                    || window.tenant != service.tenant
                {
                    let message = format!("`{}` does not belong here", abridged(&window.id));
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
            let own = &window.own;
            let ms = |t: Timestamp| Value::from(t.as_millis());
            Value::fields([
                ("window", window.value()),
                ("number", Value::Integer(own.number.into())),
                ("skipSince", ms(own.skip_since)),
                ("deletedAt", own.deleted_at.map(ms).into()),
                ("runs", own.runs.iter().map(|at| ms(*at)).collect()),
            ])
        });
        Value::fields([
            ("system", "virtana".into()),
            ("tenant", (&self.tenant).into()),
            ("last", Value::Integer(self.last.into())),
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
        asked: impl Fn(&MaintWindow) -> bool,
    ) -> Result<Page<'_>, ApiError> {
        let query = format!("{}\n{query}", self.tenant);
        let limit = input.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            let error = Error::out_of_range(format_args!("{limit} is not in 1..={MAX_PAGE}"));
            return Err(error.in_field("limit").in_field("page_input").into());
        }
        let after = match &input.cursor {
            None => 0,
            Some(cursor) => place(cursor, &query, self.last)
                .map_err(|error| error.in_field("cursor").in_field("page_input"))?,
        };
        let all: Vec<&MaintWindow> = self.live().filter(|window| asked(window)).collect();
        let seen = all.partition_point(|window| window.own.number <= after);
        let end = all.len().min(seen.saturating_add(limit));
        let windows = all[seen..end].to_vec();
        let last = windows.last().map_or(after, |window| window.own.number);
        Ok(Page {
            windows,
            start_cursor: input.cursor.clone().unwrap_or_default(),
            end_cursor: cursor(last, &query),
            total_count: all.len(),
            has_next: end < all.len(),
            has_prev: seen > 0,
        })
    }
}

/// What a window can be searched by; `state` is another name of the status.
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

/// The values of a field of an answer. An enum is its word in both cases, and
/// its number.
fn searched(window: &Value, field: &str) -> Vec<String> {
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

fn restored(value: Value) -> Result<MaintWindow, Error> {
    let mut fields = value.object()?;
    spellings(&mut fields, &["skipSince", "deletedAt"])?;
    let time = |value: Value| Timestamp::from_millis(value.integer()?);
    let mut window = fields.required("window", MaintWindow::read)?;
    window.own = Own {
        number: fields.required("number", Value::integer)?,
        skip_since: fields.required("skipSince", time)?,
        deleted_at: fields.optional("deletedAt", time)?,
        runs: fields.required("runs", |value| value.list(time))?,
    };
    if window.deleted != window.own.deleted_at.is_some() {
        return Err(Error::invalid("contradicts window.deleted").in_field("deletedAt"));
    }
    fields.finish()?;
    Ok(window)
}
