//! The JSON form of a specification and of a maintenance window.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::error::{Error, ErrorKind, truncated};
use crate::json::value::{Fields, Value};
use crate::schedule::{Once, Periodic, Schedule};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::vendors::fields::{
    MAX_TEXT_BYTES, bounded_text, check_count, nonempty_text, text_list, vendor_id_field,
};
use crate::vendors::ids::{entity_scope, vendor_id};
use crate::vendors::virtana::clause::Clause;
use crate::window::Validity;

/// The maximum number of ids of a list.
pub const MAX_IDS: usize = 10_000;

/// The maximum number of tags of a window, and of rules of its notification.
pub const MAX_TAGS: usize = 1000;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// A hash that is equal if [`is_equivalent`](Self::is_equivalent) is true.
    pub(super) fn hash_equivalent(&self, state: &mut impl Hasher) {
        match self {
            Self::Ids(ids) => {
                let ids: BTreeSet<&String> = ids.iter().collect();
                ids.hash(state);
            }
            Self::Query(clause) => clause.to_json().hash(state),
        }
    }

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

    /// A number that is equal for windows with equivalent entities and schedules.
    pub(super) fn twin_hash(&self) -> u64 {
        let mut state = DefaultHasher::new();
        Plan { skip_next: 0, ..self.plan }.hash(&mut state);
        self.target.hash_equivalent(&mut state);
        state.finish()
    }

    /// Whether both have the same entities and schedule.
    pub(super) fn is_twin(&self, other: &Self) -> bool {
        self.plan.is_equivalent(&other.plan) && self.target.is_equivalent(&other.target)
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
            tags: fields.optional("tags", read_tags)?.unwrap_or_default(),
            notification: fields.optional("notification", read_notification)?,
        })
    }

    /// `None` if the patterns of the query were dropped.
    pub(super) fn scope(&self, tenant: &str) -> Option<Scope> {
        match &self.target {
            Target::Query(clause) => clause.scope(tenant),
            Target::Ids(ids) => {
                let names = ids.iter().map(|id| vendor_id(&["virtana", tenant, id]));
                names.map(|name| entity_scope(&name)).reduce(Scope::or)
            }
        }
    }

    /// The memory of the compiled patterns, see [`Clause::pattern_bytes`].
    pub(super) fn pattern_bytes(&self) -> usize {
        match &self.target {
            Target::Query(clause) => clause.pattern_bytes(),
            Target::Ids(_) => 0,
        }
    }
}

/// The fields of a window, in the order of the vendor.
pub(super) const FIELD_ORDER: [&str; 22] = [
    "id",
    "tenant",
    "withIds",
    "query",
    "runMode",
    "schedule",
    "maintenanceState",
    "exitState",
    "status",
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
    /// See [`MaintWindow::drop_unused_patterns`].
    pub(super) patterns_dropped: bool,
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
            patterns_dropped: false,
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
        Value::fields(FIELD_ORDER.iter().filter_map(|name| Some((*name, self.field(name)?))))
    }

    /// The value of one field. `None` if there is no such field, or the window has the
    /// other one of `withIds` and `query`.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let number = |number: i64| Value::from(number.to_string());
        let spec = &self.specification;
        Some(match name {
            "id" => (&self.id).into(),
            "tenant" => (&self.tenant).into(),
            "withIds" => match &spec.target {
                Target::Ids(ids) => Value::fields([("ids", ids.iter().collect())]),
                Target::Query(_) => return None,
            },
            "query" => match &spec.target {
                Target::Ids(_) => return None,
                Target::Query(clause) => Value::fields([
                    ("type", "RESULT_TYPE_ENTITY".into()),
                    ("timeRange", Value::Null),
                    ("clause", clause.value()),
                ]),
            },
            "runMode" => RUN_MODES[spec.run_mode as usize].0.into(),
            "schedule" => spec.plan.value(),
            "maintenanceState" => number(spec.maintenance_state),
            "exitState" => number(spec.exit_state),
            "status" => STATUSES[spec.status as usize].0.into(),
            "createTime" => number(self.create_time.as_millis()),
            "updateTime" => number(self.update_time.as_millis()),
            "deleted" => self.deleted.into(),
            "createdBy" => (&self.created_by).into(),
            "updatedBy" => (&self.updated_by).into(),
            "name" => (&spec.name).into(),
            "description" => (&spec.description).into(),
            "owner" => (&spec.owner).into(),
            "notification" => {
                let notification = spec.notification.as_ref().map(|(message, rules)| {
                    Value::fields([("message", message.into()), ("rules", rules.iter().collect())])
                });
                notification.into()
            }
            "tags" => spec.tags.iter().collect(),
            "doNotPropagateToChildren" => spec.entity_only.into(),
            "overrideExitState" => spec.override_exit_state.into(),
            "force" => spec.force.into(),
            _ => return None,
        })
    }

    /// The number of values of the window as JSON, and the bytes of their texts.
    pub(super) fn size(&self) -> (usize, usize) {
        let spec = &self.specification;
        let mut lists = vec![spec.tags.as_slice()];
        let (mut count, mut bytes) = (FIELD_ORDER.len() + 16, 256);
        match &spec.target {
            Target::Ids(ids) => lists.push(ids),
            Target::Query(clause) => {
                let (clauses, texts) = clause.size();
                // A clause is up to three values, one within the other.
                (count, bytes) = (count + 6 * clauses, bytes + texts);
            }
        }
        if let Some((message, rules)) = &spec.notification {
            lists.push(rules);
            bytes += message.len();
        }
        for list in lists {
            count += list.len();
            bytes += list.iter().map(String::len).sum::<usize>();
        }
        let texts = [&self.id, &self.tenant, &self.created_by, &self.updated_by];
        let more = [&spec.name, &spec.description, &spec.owner];
        bytes += texts.into_iter().chain(more).map(String::len).sum::<usize>();
        (count, bytes)
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

/// Reads a list of at most [`MAX_TAGS`] texts.
fn read_tags(value: Value) -> Result<Vec<String>, Error> {
    if let Value::List(values) = &value {
        check_count(values.len(), MAX_TAGS)?;
    }
    value.list(bounded_text)
}

fn read_notification(value: Value) -> Result<(String, Vec<String>), Error> {
    let mut fields = value.object()?;
    let message = fields.optional("message", bounded_text)?.unwrap_or_default();
    let rules = fields.optional("rules", read_tags)?.unwrap_or_default();
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
