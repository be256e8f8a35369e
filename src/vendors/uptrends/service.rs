//! The state and the operations of the API.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::error::{Error, ErrorKind};
use crate::json::value::Value;
use crate::time::Zone;
use crate::vendors::changes::ChangeLog;
use crate::vendors::fields::{check_count, vendor_id_field};
use crate::vendors::http::{ApiError, Context};
use crate::vendors::ids::{check_part, check_segment, entity_scope, vendor_id, vendor_parts};
use crate::vendors::uptrends::document::{MaintenancePeriod, before_date};
use crate::window::Window;

/// The maximum number of periods of a monitor.
pub const MAX_PERIODS_PER_MONITOR: usize = 10_000;

/// The maintenance periods of one account.
///
/// The vendor's API for monitors and groups is not part of this crate: the host
/// registers them.
///
/// ```
/// use quietude::Zone;
/// use quietude::vendors::Context;
/// use quietude::vendors::uptrends::{MaintenancePeriod, MaintenanceType, ScheduleMode, Service};
///
/// let amsterdam: Zone = "Europe/Amsterdam".parse()?;
/// let mut service = Service::new("acme", amsterdam)?;
/// service.add_monitor("m-1")?;
/// service.add_monitor("m-2")?;
/// service.set_group("g-1", ["m-1", "m-2"])?;
///
/// let period = MaintenancePeriod::from_json(r#"{ "ScheduleMode": "Weekly", "WeekDay": "Thursday",
///     "StartTime": "22:00", "EndTime": "22:30", "MaintenanceType": "DisableNotifications" }"#)?;
/// let mut ids = 1..;
/// let mut new_id = || ids.next().unwrap().to_string();
/// let mut context = Context::new("2026-11-26T12:00:00Z".parse()?, &mut new_id);
/// service.create_for_group("g-1", &period, &mut context).unwrap();
/// assert_eq!(service.list("m-2").unwrap()[0].id(), Some(2));
///
/// let once = MaintenancePeriod::from_json(r#"{ "Id": 2, "ScheduleMode": "OneTime",
///     "StartDateTime": "2026-11-27T22:00:00", "EndDateTime": "2026-11-27T23:00:00",
///     "MaintenanceType": "DisableMonitoring" }"#)?;
/// assert_eq!(once.schedule_mode(), ScheduleMode::OneTime);
/// assert_eq!(once.maintenance_type(), MaintenanceType::DisableMonitoring);
/// service.update("m-2", 2, once).unwrap();
/// assert_eq!(service.cleanup("m-2", "2026-12-01").unwrap(), 1);
/// service.delete("m-1", 1).unwrap();
/// service.remove_monitor("m-1");
/// assert_eq!(service.list("m-1").unwrap_err().status(), 404);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub(super) account: String,
    pub(super) zone: Zone,
    monitors: BTreeMap<String, Vec<MaintenancePeriod>>,
    groups: BTreeMap<String, BTreeSet<String>>,
    /// The monitor of each period, by its Id.
    places: HashMap<i64, String>,
    changes: ChangeLog,
}

impl Service {
    /// Creates an account without monitors, in the time zone `zone`.
    ///
    /// # Errors
    ///
    /// If `account` is not an id of 1 to
    /// [`MAX_PART_BYTES`](crate::vendors::MAX_PART_BYTES) bytes without control
    /// characters.
    pub fn new(account: &str, zone: impl Into<Zone>) -> Result<Self, Error> {
        check_part(account).map_err(|error| error.in_field("account"))?;
        Ok(Self {
            account: account.to_owned(),
            zone: zone.into(),
            monitors: BTreeMap::new(),
            groups: BTreeMap::new(),
            places: HashMap::new(),
            changes: ChangeLog::new(),
        })
    }

    /// The time zone of the account.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Registers a monitor. If it is registered already, nothing changes.
    ///
    /// # Errors
    ///
    /// If `guid` is not a valid id.
    pub fn add_monitor(&mut self, guid: &str) -> Result<(), Error> {
        check_segment(guid).map_err(|error| error.in_field("monitorGuid"))?;
        self.monitors.entry(guid.to_owned()).or_default();
        Ok(())
    }

    /// Removes a monitor with its periods, also from all groups.
    pub fn remove_monitor(&mut self, guid: &str) {
        let periods = self.monitors.remove(guid).unwrap_or_default();
        periods.iter().for_each(|period| self.forget(period));
        for members in self.groups.values_mut() {
            members.remove(guid);
        }
    }

    /// Sets the monitors of a group.
    ///
    /// # Errors
    ///
    /// If `guid` is not a valid id, or a monitor is unknown.
    pub fn set_group<'a>(
        &mut self,
        guid: &str,
        monitors: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Error> {
        check_segment(guid).map_err(|error| error.in_field("monitorGroupGuid"))?;
        let members: BTreeSet<String> = monitors.into_iter().map(str::to_owned).collect();
        if let Some(unknown) = members.iter().find(|guid| !self.monitors.contains_key(*guid)) {
            return Err(no_monitor(unknown).error().clone());
        }
        self.groups.insert(guid.to_owned(), members);
        Ok(())
    }

    /// `GET Monitor/{monitorGuid}/MaintenancePeriod`: all periods of a monitor,
    /// in the order of creation.
    ///
    /// # Errors
    ///
    /// 404 if the monitor is unknown.
    pub fn list(&self, monitor: &str) -> Result<&[MaintenancePeriod], ApiError> {
        self.monitors.get(monitor).map(Vec::as_slice).ok_or_else(|| no_monitor(monitor))
    }

    /// `POST Monitor/{monitorGuid}/MaintenancePeriod`: creates a period.
    ///
    /// # Errors
    ///
    /// 404 if the monitor is unknown; 400 if the period has an Id, or the monitor has
    /// [`MAX_PERIODS_PER_MONITOR`] periods; 500 if the host's new id is in use or not an
    /// integer.
    pub fn create(
        &mut self,
        monitor: &str,
        period: &MaintenancePeriod,
        context: &mut Context<'_>,
    ) -> Result<MaintenancePeriod, ApiError> {
        self.list(monitor)?;
        let mut created = self.create_in(&[monitor.to_owned()], period, context)?;
        Ok(created.remove(0))
    }

    /// `POST MonitorGroup/{monitorGroupGuid}/MaintenancePeriod`: creates a copy for
    /// each monitor of the group, in the order of their guids, or none.
    ///
    /// # Errors
    ///
    /// 404 if the group is unknown; otherwise as [`create`](Self::create).
    pub fn create_for_group(
        &mut self,
        group: &str,
        period: &MaintenancePeriod,
        context: &mut Context<'_>,
    ) -> Result<Vec<MaintenancePeriod>, ApiError> {
        let Some(members) = self.groups.get(group) else {
            return Err(ApiError::not_found("monitorGroupGuid", "monitor group", group));
        };
        let members: Vec<String> = members.iter().cloned().collect();
        self.create_in(&members, period, context)
    }

    /// `PUT Monitor/{monitorGuid}/MaintenancePeriod/{maintenancePeriodId}`:
    /// replaces a period.
    ///
    /// # Errors
    ///
    /// 404 if the monitor or the Id is unknown, 400 if the Id of `period` is missing or
    /// not `id`.
    pub fn update(
        &mut self,
        monitor: &str,
        id: i64,
        period: MaintenancePeriod,
    ) -> Result<(), ApiError> {
        let index = self.index_of(monitor, id)?;
        match period.id() {
            None => return Err(ApiError::invalid("Id", format!("is missing: {id} is needed"))),
            Some(other) if other != id => {
                return Err(ApiError::invalid(
                    "Id",
                    format!("{other} is not {id}, as in the path"),
                ));
            }
            Some(_) => {}
        }
        self.monitors.get_mut(monitor).expect("it has an index")[index] = period;
        self.changes.record(self.window_id(id));
        Ok(())
    }

    /// `DELETE Monitor/{monitorGuid}/MaintenancePeriod/{maintenancePeriodId}`:
    /// deletes a period.
    ///
    /// # Errors
    ///
    /// 404 if the monitor or the Id is unknown.
    pub fn delete(&mut self, monitor: &str, id: i64) -> Result<(), ApiError> {
        let index = self.index_of(monitor, id)?;
        let period = self.monitors.get_mut(monitor).expect("it has an index").remove(index);
        self.forget(&period);
        Ok(())
    }

    /// `POST Monitor/{monitorGuid}/MaintenancePeriod/Cleanup/{beforeDate}`:
    /// removes the one-time periods that start before a date (`2018-09-24`) or a date and
    /// time in local time of the account. Returns the number of removed periods.
    ///
    /// # Errors
    ///
    /// 404 if the monitor is unknown, 400 if `before` is not a date.
    pub fn cleanup(&mut self, monitor: &str, before: &str) -> Result<usize, ApiError> {
        self.list(monitor)?;
        let date = before_date(before).map_err(|error| error.in_field("beforeDate"))?;
        let periods = self.monitors.get_mut(monitor).expect("it is known");
        let (old, rest) = std::mem::take(periods)
            .into_iter()
            .partition::<Vec<_>, _>(|period| period.is_one_time_before(date));
        *periods = rest;
        old.iter().for_each(|period| self.forget(period));
        Ok(old.len())
    }

    /// Restores the state that
    /// [`VendorApi::to_json`](crate::vendors::VendorApi::to_json) saved.
    ///
    /// # Errors
    ///
    /// If `text` is not such a state: the error has the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut fields = Value::parse(text)?.object()?;
        fields.required("system", |value| value.word(&[("uptrends", ())]))?;
        let account = fields.required("account", Value::text)?;
        let zone: Zone = fields.required("timezone", Value::parsed)?;
        let mut service = Self::new(&account, zone)?;
        fields.required("monitors", |value| {
            value.list(|value| {
                let mut fields = value.object()?;
                let guid = fields.required("guid", vendor_id_field)?;
                let periods = fields.required("periods", |v| v.list(MaintenancePeriod::read))?;
                for period in &periods {
                    let id =
                        period.id().ok_or_else(|| Error::invalid("is missing").in_field("Id"))?;
                    check_unique(service.places.insert(id, guid.clone()).is_none(), id)?;
                }
                check_unique(service.monitors.insert(guid.clone(), periods).is_none(), guid)?;
                fields.finish()
            })
        })?;
        fields.required("groups", |value| {
            value.list(|value| {
                let mut fields = value.object()?;
                let guid = fields.required("guid", vendor_id_field)?;
                let monitors = fields.required("monitors", |v| v.list(vendor_id_field))?;
                service.set_group(&guid, monitors.iter().map(String::as_str))?;
                fields.finish()
            })
        })?;
        fields.finish()?;
        Ok(service)
    }

    pub(super) fn state(&self) -> Value {
        let monitors = self.monitors.iter().map(|(guid, periods)| {
            let periods = periods.iter().map(MaintenancePeriod::value).collect();
            Value::fields([("guid", guid.into()), ("periods", periods)])
        });
        let groups = self.groups.iter().map(|(guid, members)| {
            Value::fields([("guid", guid.into()), ("monitors", members.iter().collect())])
        });
        Value::fields([
            ("system", "uptrends".into()),
            ("account", (&self.account).into()),
            ("timezone", self.zone.name().into()),
            ("monitors", monitors.collect()),
            ("groups", groups.collect()),
        ])
    }

    /// Each period as a window. The error is a note: the period is never active.
    pub(super) fn converted(&self) -> impl Iterator<Item = Result<Window, String>> + '_ {
        self.monitors.iter().flat_map(move |(monitor, periods)| {
            periods.iter().map(move |period| self.convert(monitor, period))
        })
    }

    /// The window of this crate with this id.
    pub(super) fn native(&self, id: &str) -> Option<Window> {
        let number = match vendor_parts(id).as_slice() {
            [vendor, account, number] if vendor == "uptrends" && *account == self.account => {
                number.parse().ok()?
            }
            _ => return None,
        };
        let monitor = self.places.get(&number)?;
        let period = &self.monitors[monitor][self.index_of(monitor, number).ok()?];
        self.convert(monitor, period).ok().filter(|window| window.id().as_str() == id)
    }

    /// The log of the windows that changed.
    pub(super) fn change_log(&self) -> &ChangeLog {
        &self.changes
    }

    /// The number of monitors of a group; 0 for an unknown one.
    pub(super) fn member_count(&self, group: &str) -> usize {
        self.groups.get(group).map_or(0, BTreeSet::len)
    }

    fn convert(&self, monitor: &str, period: &MaintenancePeriod) -> Result<Window, String> {
        let id = self.window_id(period.id().unwrap_or_default());
        let scope = entity_scope(&vendor_id(&["uptrends", monitor]));
        super::convert::window(&id, period, scope, &self.zone)
    }

    fn window_id(&self, id: i64) -> String {
        vendor_id(&["uptrends", &self.account, &id.to_string()])
    }

    /// Records that a period was removed.
    fn forget(&mut self, period: &MaintenancePeriod) {
        let id = period.id().unwrap_or_default();
        self.places.remove(&id);
        self.changes.record(self.window_id(id));
    }

    fn create_in(
        &mut self,
        monitors: &[String],
        period: &MaintenancePeriod,
        context: &mut Context<'_>,
    ) -> Result<Vec<MaintenancePeriod>, ApiError> {
        if period.id().is_some() {
            return Err(ApiError::invalid("Id", "is not allowed here: a new one is generated"));
        }
        let (mut taken, mut created) = (BTreeSet::new(), Vec::new());
        for monitor in monitors {
            check_count(self.monitors[monitor].len() + 1, MAX_PERIODS_PER_MONITOR)
                .map_err(|error| ApiError::new(400, error).under("MaintenancePeriod"))?;
            let id = context.new_id(|id| {
                let number = id
                    .parse()
                    .map_err(|_| Error::syntax(format_args!("\"{id}\" is not an integer")))?;
                let is_new = !self.places.contains_key(&number) && taken.insert(number);
                check_unique(is_new, number)?;
                Ok(number)
            })?;
            created.push((id, period.clone().with_id(id)));
        }
        for (monitor, (id, period)) in monitors.iter().zip(&created) {
            self.places.insert(*id, monitor.clone());
            self.changes.record(self.window_id(*id));
            self.monitors.get_mut(monitor).expect("it is known").push(period.clone());
        }
        Ok(created.into_iter().map(|(_, period)| period).collect())
    }

    fn index_of(&self, monitor: &str, id: i64) -> Result<usize, ApiError> {
        let found = self.list(monitor)?.iter().position(|period| period.id() == Some(id));
        let unknown =
            || ApiError::not_found("maintenancePeriodId", "maintenance period", &id.to_string());
        found.ok_or_else(unknown)
    }
}

fn no_monitor(guid: &str) -> ApiError {
    ApiError::not_found("monitorGuid", "monitor", guid)
}

fn check_unique(is_new: bool, id: impl std::fmt::Display) -> Result<(), Error> {
    if is_new {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Duplicate, format_args!("`{id}` is taken already")))
}
