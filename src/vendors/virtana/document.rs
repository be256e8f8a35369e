//! The JSON form of a specification and of a maintenance window.

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::{Fields, Value};
use crate::schedule::{Once, Periodic, Schedule};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::vendors::fields::{
    MAX_TEXT_BYTES, check_count, nonempty_text, text_list, vendor_id_field,
};
use crate::vendors::ids::{entity_scope, vendor_id};
use crate::vendors::virtana::clause::Clause;
use crate::window::{EntityState, Propagation, Validity, Window, WindowBuilder};

/// The maximum number of ids of a list.
pub const MAX_IDS: usize = 10_000;

/// How a window starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RunMode {
    /// By its schedule.
    #[default]
    Auto,
    /// Only by [`Service::run`](crate::vendors::virtana::Service::run).
    Manual,
}

/// Whether a window is enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// The window silences.
    #[default]
    Enabled,
    /// The window silences nothing.
    Disabled,
}

/// The names in the order of their numbers.
pub(super) const RUN_MODES: [(&str, RunMode); 2] =
    [("AUTO", RunMode::Auto), ("MANUAL", RunMode::Manual)];
pub(super) const STATUSES: [(&str, Status); 2] =
    [("ENABLED", Status::Enabled), ("DISABLED", Status::Disabled)];

/// The specification of a maintenance window: the body of a create request.
///
/// ```
/// use quietude::vendors::virtana::{RunMode, Specification};
///
/// let text = r#"{ "name": "patching", "maintenanceState": 300, "runMode": 0,
///     "schedule": { "start": "1780775331000", "duration": 600000, "recurrence": null },
///     "with_ids": { "ids": ["entity-1"] } }"#;
/// let specification = Specification::from_json(text)?;
/// assert_eq!(specification.run_mode(), RunMode::Auto);
///
/// let error = Specification::from_json(&text.replace("600000", "0")).unwrap_err();
/// assert_eq!(error.to_string(), "schedule.duration: 0 is not 1 or more");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Specification {
    pub(super) name: String,
    pub(super) plan: Plan,
    pub(super) maintenance_state: i64,
    pub(super) exit_state: i64,
    pub(super) override_exit_state: bool,
    pub(super) run_mode: RunMode,
    pub(super) status: Status,
    pub(super) force: bool,
    pub(super) entity_only: bool,
    pub(super) target: Target,
    pub(super) description: String,
    pub(super) owner: String,
    pub(super) tags: Vec<String>,
    pub(super) notification: Option<(String, Vec<String>)>,
}

/// The schedule of a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) start: Timestamp,
    pub(super) duration_ms: i64,
    pub(super) recurrence_ms: Option<i64>,
    pub(super) skip_next: i64,
}

/// The entities of a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Ids(Vec<String>),
    Query(Clause),
}

impl Target {
    /// Whether both select the same entities. The order of ids does not matter.
    pub(super) fn is_equivalent(&self, other: &Self) -> bool {
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        match (self, other) {
            (Self::Ids(a), Self::Ids(b)) => sorted(a) == sorted(b),
            (a, b) => a == b,
        }
    }
}

impl Plan {
    /// Whether both have the same occurrences, apart from skipped ones.
    pub(super) fn is_equivalent(&self, other: &Self) -> bool {
        Self { skip_next: 0, ..*self } == Self { skip_next: 0, ..*other }
    }

    fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        accept_snake_case(&mut fields, &["skipNext"])?;
        let start = fields.required("start", |value| Timestamp::from_millis(value.number()?))?;
        let duration_ms = fields.required("duration", |value| at_least(value.number()?, 1))?;
        let recurrence_ms = fields.optional("recurrence", |value| match value {
            Value::Object(_) | Value::List(_) => Err(Error::new(
                ErrorKind::Unsupported,
                "the form for advanced users is not documented, so it is not supported: \
                 milliseconds or null are",
            )),
            value => at_least(value.number()?, 1),
        })?;
        let skip_next = fields.optional("skipNext", |value| at_least(value.number()?, 0))?;
        fields.finish()?;
        occurrence_end(start, duration_ms).map_err(|error| error.in_field("duration"))?;
        Ok(Self { start, duration_ms, recurrence_ms, skip_next: skip_next.unwrap_or(0) })
    }

    fn value(&self) -> Value {
        Value::fields([
            ("start", self.start.as_millis().to_string().into()),
            ("duration", self.duration_ms.to_string().into()),
            ("skipNext", self.skip_next.to_string().into()),
            ("recurrence", self.recurrence_ms.map(|ms| ms.to_string()).into()),
        ])
    }

    /// The schedules of all occurrences except the `skip_next` ones that start after
    /// `skip_after`: at most one schedule before the skipped occurrences and one after.
    pub(super) fn schedules(&self, skip_after: Timestamp) -> Vec<(Schedule, Validity)> {
        let start = self.start.as_millis();
        let end = |start: i64| Timestamp::saturating(start.saturating_add(self.duration_ms));
        let Some(period) = self.recurrence_ms else {
            let skipped = self.skip_next > 0 && self.start > skip_after;
            let once = Once::new(self.start, end(start));
            return once
                .into_iter()
                .filter(|_| !skipped)
                .map(|once| (once.into(), Validity::ALWAYS))
                .collect();
        };
        let periodic = |from: i64| {
            let from = Timestamp::from_millis(from).ok()?;
            Some(Schedule::from(Periodic::new(from, self.duration_ms, period).ok()?))
        };
        if self.skip_next == 0 {
            return periodic(start).map(|all| (all, Validity::ALWAYS)).into_iter().collect();
        }
        // The occurrences up to `skip_after` have the numbers below `first`.
        let elapsed = skip_after.as_millis() - start;
        let first = if elapsed < 0 { 0 } else { elapsed / period + 1 };
        let begin = |number: i64| number.checked_mul(period)?.checked_add(start);
        let before = (first > 0).then(|| {
            let last = begin(first - 1)?;
            let until = Some(end(last)).filter(|until| *until < Timestamp::END);
            Some((periodic(start)?, Validity::new(None, until)))
        });
        let after = first.checked_add(self.skip_next).and_then(begin).and_then(periodic);
        before.flatten().into_iter().chain(after.map(|rest| (rest, Validity::ALWAYS))).collect()
    }
}

/// The fields of a specification that can also be written in snake case.
const FIELDS: [&str; 9] = [
    "maintenanceState",
    "exitState",
    "overrideExitState",
    "runMode",
    "doNotPropagateToChildren",
    "withIds",
    "createTime",
    "updateTime",
    "createdBy",
];

impl Specification {
    /// Parses a specification.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The name, unique among the windows of a tenant that are not deleted.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the window starts.
    #[must_use]
    pub fn run_mode(&self) -> RunMode {
        self.run_mode
    }

    /// Whether the window is enabled.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let specification = Self::read_fields(&mut fields)?;
        fields.finish()?;
        Ok(specification)
    }

    /// Reads the fields of a specification; other fields are left.
    pub(super) fn read_fields(fields: &mut Fields) -> Result<Self, Error> {
        accept_snake_case(fields, &FIELDS)?;
        fields.alias("state", "status")?;
        let flag = |fields: &mut Fields, name| {
            Ok::<_, Error>(fields.optional(name, Value::bool)? == Some(true))
        };
        let words = |fields: &mut Fields, name| {
            let text = fields.optional(name, |value| {
                let text = value.text()?;
                check_count(text.len(), MAX_TEXT_BYTES)?;
                Ok(text)
            })?;
            Ok::<_, Error>(text.unwrap_or_default())
        };
        let name = fields.required("name", nonempty_text)?;
        let plan = fields.required("schedule", Plan::read)?;
        let maintenance_state = fields.required("maintenanceState", Value::number)?;
        let exit_state = fields.optional("exitState", Value::number)?;
        let override_exit_state = flag(fields, "overrideExitState")?;
        if override_exit_state && exit_state.is_none() {
            let message = "is missing: overrideExitState is true";
            return Err(Error::invalid(message).in_field("exitState"));
        }
        let ids = fields.optional("withIds", |value| {
            let mut fields = value.object()?;
            let ids = fields.required("ids", |value| text_list(value, MAX_IDS))?;
            fields.finish()?;
            Ok(Target::Ids(ids))
        })?;
        let query = fields.optional("query", read_query)?.map(Target::Query);
        let target = match (ids, query) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("is given besides withIds").in_field("query"));
            }
            (ids, query) => ids.or(query).ok_or_else(|| {
                Error::invalid("is missing, and query too: one of them is needed")
                    .in_field("withIds")
            })?,
        };
        Ok(Self {
            name,
            plan,
            maintenance_state,
            exit_state: exit_state.unwrap_or(0),
            override_exit_state,
            run_mode: fields.optional("runMode", |v| word(v, &RUN_MODES))?.unwrap_or_default(),
            status: fields.optional("status", |v| word(v, &STATUSES))?.unwrap_or_default(),
            force: flag(fields, "force")?,
            entity_only: flag(fields, "doNotPropagateToChildren")?,
            target,
            description: words(fields, "description")?,
            owner: words(fields, "owner")?,
            tags: fields.optional("tags", |v| v.list(Value::text))?.unwrap_or_default(),
            notification: fields.optional("notification", read_notification)?,
        })
    }

    fn scope(&self, tenant: &str) -> Scope {
        match &self.target {
            Target::Query(clause) => clause.scope(tenant),
            Target::Ids(ids) => {
                let names = ids.iter().map(|id| vendor_id(&["virtana", tenant, id]));
                names.map(|name| entity_scope(&name)).reduce(Scope::or).expect("there is an id")
            }
        }
    }
}

/// A maintenance window of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct MaintWindow {
    pub(super) id: String,
    pub(super) tenant: String,
    pub(super) specification: Specification,
    pub(super) create_time: Timestamp,
    pub(super) update_time: Timestamp,
    pub(super) created_by: String,
    pub(super) updated_by: String,
    pub(super) deleted: bool,
    pub(super) internal: Internal,
}

/// State that is not part of the vendor's response.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Internal {
    /// The position in the order of creation, from 1.
    pub(super) number: u64,
    /// `skipNext` counts the occurrences after this time. It is the update time, but a
    /// deletion does not change it.
    pub(super) skip_after: Timestamp,
    pub(super) deleted_at: Option<Timestamp>,
    /// The starts of the runs of a MANUAL window.
    pub(super) runs: Vec<Timestamp>,
}

impl MaintWindow {
    /// Parses a window of a response.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    ///
    /// ```
    /// use quietude::vendors::virtana::MaintWindow;
    ///
    /// let error = MaintWindow::from_json("{}").unwrap_err();
    /// assert_eq!(error.to_string(), "id: is missing");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The window as the vendor's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.value().to_json()
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The specification.
    #[must_use]
    pub fn specification(&self) -> &Specification {
        &self.specification
    }

    /// Whether the window was deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        accept_snake_case(&mut fields, &["createTime", "updateTime", "createdBy", "updatedBy"])?;
        let time = |value: Value| Timestamp::from_millis(value.number()?);
        let id = fields.required("id", vendor_id_field)?;
        let tenant = fields.required("tenant", vendor_id_field)?;
        let create_time = fields.required("createTime", time)?;
        let update_time = fields.required("updateTime", time)?;
        let created_by = fields.optional("createdBy", Value::text)?.unwrap_or_default();
        let updated_by = fields.optional("updatedBy", Value::text)?.unwrap_or_default();
        let deleted = fields.optional("deleted", Value::bool)? == Some(true);
        let specification = Specification::read_fields(&mut fields)?;
        fields.finish()?;
        let internal = Internal {
            number: 0,
            skip_after: update_time,
            deleted_at: deleted.then_some(update_time),
            runs: Vec::new(),
        };
        Ok(Self {
            id,
            tenant,
            specification,
            create_time,
            update_time,
            created_by,
            updated_by,
            deleted,
            internal,
        })
    }

    /// The window as JSON, in the field order of the vendor.
    pub(super) fn value(&self) -> Value {
        let number = |number: i64| Value::from(number.to_string());
        let spec = &self.specification;
        let target = match &spec.target {
            Target::Ids(ids) => ("withIds", Value::fields([("ids", ids.iter().collect())])),
            Target::Query(clause) => {
                let query = Value::fields([
                    ("type", "RESULT_TYPE_ENTITY".into()),
                    ("timeRange", Value::Null),
                    ("clause", clause.value()),
                ]);
                ("query", query)
            }
        };
        let notification = spec.notification.as_ref().map(|(message, rules)| {
            Value::fields([("message", message.into()), ("rules", rules.iter().collect())])
        });
        Value::fields([
            ("id", (&self.id).into()),
            ("tenant", (&self.tenant).into()),
            target,
            ("runMode", RUN_MODES[spec.run_mode as usize].0.into()),
            ("schedule", spec.plan.value()),
            ("maintenanceState", number(spec.maintenance_state)),
            ("exitState", number(spec.exit_state)),
            ("status", STATUSES[spec.status as usize].0.into()),
            ("createTime", number(self.create_time.as_millis())),
            ("updateTime", number(self.update_time.as_millis())),
            ("deleted", self.deleted.into()),
            ("createdBy", (&self.created_by).into()),
            ("updatedBy", (&self.updated_by).into()),
            ("name", (&spec.name).into()),
            ("description", (&spec.description).into()),
            ("owner", (&spec.owner).into()),
            ("notification", notification.into()),
            ("tags", spec.tags.iter().collect()),
            ("doNotPropagateToChildren", spec.entity_only.into()),
            ("overrideExitState", spec.override_exit_state.into()),
            ("force", spec.force.into()),
        ])
    }

    /// The windows of this crate: one for each schedule of [`Plan::schedules`], or one
    /// for each run of a MANUAL window.
    pub(super) fn windows(&self) -> Result<Vec<Window>, Error> {
        let spec = &self.specification;
        let name = vendor_id(&["virtana", &self.tenant, &self.id]);
        let scope = spec.scope(&self.tenant);
        let with = |id: String, schedule: Schedule, validity: Validity| {
            let mut window: WindowBuilder = Window::builder(id)
                .name(&spec.name)
                .schedule(schedule)
                .scope(scope.clone())
                .validity(validity)
                .state_during(EntityState::new(spec.maintenance_state));
            if spec.override_exit_state {
                window = window.state_after(EntityState::new(spec.exit_state));
            }
            if spec.entity_only {
                window = window.propagation(Propagation::Entity);
            }
            if spec.status == Status::Disabled {
                window = window.disable();
            }
            if let Some(deleted) = self.internal.deleted_at {
                window = window.closed_at(deleted);
            }
            window.build()
        };
        match spec.run_mode {
            RunMode::Manual => {
                let run = |at: &Timestamp| {
                    let schedule =
                        Once::new(*at, occurrence_end(*at, spec.plan.duration_ms)?)?.into();
                    with(format!("{name}:run:{}", at.as_millis()), schedule, Validity::ALWAYS)
                };
                self.internal.runs.iter().map(run).collect()
            }
            RunMode::Auto => {
                let schedules = spec.plan.schedules(self.internal.skip_after);
                let count = schedules.len();
                let each =
                    schedules.into_iter().enumerate().map(|(index, (schedule, validity))| {
                        let earlier = if index + 1 < count { ":earlier" } else { "" };
                        with(format!("{name}{earlier}"), schedule, validity)
                    });
                each.collect()
            }
        }
    }

    /// What [`windows`](Self::windows) does not carry over.
    pub(super) fn notes(&self) -> Vec<String> {
        let (spec, plan) = (&self.specification, &self.specification.plan);
        let mut notes = Vec::new();
        if plan.recurrence_ms.is_some_and(|recurrence| recurrence <= plan.duration_ms) {
            notes.push("the recurrence is not longer than the duration: always on from its start");
        }
        if spec.run_mode == RunMode::Manual && self.internal.runs.is_empty() {
            notes.push("MANUAL: never active until it is run");
        }
        if spec.notification.is_some() {
            notes.push("the notification is not carried over");
        }
        if !spec.tags.is_empty() || !spec.owner.is_empty() || !spec.description.is_empty() {
            notes.push("description, owner and tags are not carried over");
        }
        notes.into_iter().map(|note| format!("{}: {note}", self.id)).collect()
    }
}

/// Reads `{ "type", "timeRange", "clause" }`. `type` has one possible value, and
/// `timeRange` must be null.
pub(super) fn read_query(value: Value) -> Result<Clause, Error> {
    let mut fields = value.object()?;
    accept_snake_case(&mut fields, &["timeRange"])?;
    fields.optional("type", |value| value.word(&[("RESULT_TYPE_ENTITY", ())]))?;
    fields.optional("timeRange", |value| {
        let message =
            format!("{value} is not null: a range is not documented, so it is not supported");
        Err::<(), _>(Error::new(ErrorKind::Unsupported, message))
    })?;
    let clause = fields.required("clause", Clause::read)?;
    fields.finish()?;
    Ok(clause)
}

fn read_notification(value: Value) -> Result<(String, Vec<String>), Error> {
    let mut fields = value.object()?;
    let message = fields.optional("message", Value::text)?.unwrap_or_default();
    let rules = fields.optional("rules", |v| v.list(Value::text))?.unwrap_or_default();
    fields.finish()?;
    Ok((message, rules))
}

/// The end of an occurrence. Returns an error if it is out of range.
pub(super) fn occurrence_end(start: Timestamp, duration_ms: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millis(start.as_millis().saturating_add(duration_ms))
}

fn at_least(number: i64, least: i64) -> Result<i64, Error> {
    if number >= least {
        return Ok(number);
    }
    Err(Error::out_of_range(format_args!("{number} is not {least} or more")))
}

/// Reads an enum: its name, ignoring case, or its number.
fn word<T: Copy>(value: Value, words: &[(&str, T)]) -> Result<T, Error> {
    let found = match &value {
        Value::Integer(number) => usize::try_from(*number).ok().and_then(|index| words.get(index)),
        Value::Text(text) => words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)),
        _ => None,
    };
    found.map(|(_, value)| *value).ok_or_else(|| {
        let allowed: Vec<_> = words
            .iter()
            .enumerate()
            .map(|(index, (word, _))| format!("{index} ({word})"))
            .collect();
        Error::invalid(format_args!("{value} is not one of {}", allowed.join(", ")))
    })
}

/// Accepts `with_ids` for a field `withIds`.
pub(super) fn accept_snake_case(fields: &mut Fields, names: &[&'static str]) -> Result<(), Error> {
    names.iter().try_for_each(|name| fields.alias(&snake(name), name))
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}

/// Converts `run_mode` to `runMode`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut upper = false;
    for char in truncated(name).chars() {
        match char {
            '_' => upper = true,
            char if upper => {
                camel.push(char.to_ascii_uppercase());
                upper = false;
            }
            char => camel.push(char),
        }
    }
    camel
}
