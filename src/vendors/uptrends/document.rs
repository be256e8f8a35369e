//! The JSON form of a `MaintenancePeriod`.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use crate::error::{Error, truncated};
use crate::json::value::Value;
use crate::schedule::{Daily, Monthly, Once, Schedule, Weekly};
use crate::time::{ClockRange, Interval, MonthDay, ShortMonth, Zone, weekday_name};
use crate::window::Effect;

/// What a period disables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaintenanceType {
    /// The monitor, including its notifications.
    DisableMonitoring,
    /// Notifications only.
    DisableNotifications,
}

/// How often a period occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScheduleMode {
    /// Once.
    OneTime,
    /// Every day.
    Daily,
    /// On one day of the week.
    Weekly,
    /// On one day of the month.
    Monthly,
}

const MODES: [(&str, ScheduleMode); 4] = [
    ("OneTime", ScheduleMode::OneTime),
    ("Daily", ScheduleMode::Daily),
    ("Weekly", ScheduleMode::Weekly),
    ("Monthly", ScheduleMode::Monthly),
];
const TYPES: [(&str, MaintenanceType); 2] = [
    ("DisableMonitoring", MaintenanceType::DisableMonitoring),
    ("DisableNotifications", MaintenanceType::DisableNotifications),
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Sunday", Weekday::Sun),
    ("Monday", Weekday::Mon),
    ("Tuesday", Weekday::Tue),
    ("Wednesday", Weekday::Wed),
    ("Thursday", Weekday::Thu),
    ("Friday", Weekday::Fri),
    ("Saturday", Weekday::Sat),
];

/// A valid maintenance period.
///
/// ```
/// use quietude::vendors::uptrends::MaintenancePeriod;
///
/// let text = r#"{"Id":125,"ScheduleMode":"Monthly","MonthDay":24,"StartTime":"22:00","EndTime":"22:30","MaintenanceType":"DisableNotifications"}"#;
/// let period = MaintenancePeriod::from_json(text)?;
/// assert_eq!(period.id(), Some(125));
/// assert_eq!(period.to_json(), text);
///
/// let error = MaintenancePeriod::from_json(&text.replace("24", "32")).unwrap_err();
/// assert_eq!(error.to_string(), "MonthDay: 32 is not in 1..=31");
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenancePeriod {
    id: Option<i64>,
    pub(super) when: When,
    pub(super) kind: MaintenanceType,
}

/// The schedule, in local time of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    OneTime { start: NaiveDateTime, end: NaiveDateTime },
    Daily(ClockRange),
    Weekly(Weekday, ClockRange),
    Monthly(u8, ClockRange),
}

impl MaintenancePeriod {
    /// Parses a period. Fields of other schedule modes may be present with any value,
    /// because the vendor sends all fields.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a field is missing, unknown or invalid: the error has
    /// the path of the field.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::read(Value::parse(text)?)
    }

    /// The period as the vendor's JSON, without the fields of other schedule modes, as in
    /// the vendor's samples.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.value().to_json()
    }

    /// The Id, if the period has one.
    #[must_use]
    pub fn id(&self) -> Option<i64> {
        self.id
    }

    /// The schedule mode.
    #[must_use]
    pub fn schedule_mode(&self) -> ScheduleMode {
        match self.when {
            When::OneTime { .. } => ScheduleMode::OneTime,
            When::Daily(_) => ScheduleMode::Daily,
            When::Weekly(..) => ScheduleMode::Weekly,
            When::Monthly(..) => ScheduleMode::Monthly,
        }
    }

    /// What the period disables.
    #[must_use]
    pub fn maintenance_type(&self) -> MaintenanceType {
        self.kind
    }

    /// The schedule of this crate, for an account in `zone`.
    ///
    /// `None` if the period is never active: a one-time period with equal start and end,
    /// or one that lies in a gap of the local clock as a whole.
    #[must_use]
    pub fn schedule(&self, zone: &Zone) -> Option<Schedule> {
        Some(match self.when {
            When::OneTime { start, end } => {
                // The clock rule: the first instant with this local time or a later one.
                let instant =
                    |at: NaiveDateTime| zone.first_instant(at.and_utc().timestamp_millis());
                let interval = Interval::clipped(instant(start), instant(end))?;
                Once::new(interval.start(), interval.end()).ok()?.into()
            }
            When::Daily(clock) => Daily::new(clock, zone.clone()).into(),
            When::Weekly(day, clock) => Weekly::new([day], clock, zone.clone()).ok()?.into(),
            When::Monthly(day, clock) => {
                let day = MonthDay::new(i32::from(day)).ok()?;
                Monthly::new(day, clock, zone.clone()).with_short_month(ShortMonth::Clamp).into()
            }
        })
    }

    /// The effect of this crate.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.kind {
            MaintenanceType::DisableMonitoring => Effect::Monitoring,
            MaintenanceType::DisableNotifications => Effect::Notifications,
        }
    }

    pub(super) fn new(when: When, kind: MaintenanceType) -> Self {
        Self { id: None, when, kind }
    }

    pub(super) fn with_id(mut self, id: i64) -> Self {
        self.id = Some(id);
        self
    }

    /// Whether a cleanup before `date` removes the period.
    pub(super) fn is_one_time_before(&self, date: NaiveDateTime) -> bool {
        matches!(self.when, When::OneTime { start, .. } if start < date)
    }

    pub(super) fn read(value: Value) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let id = fields.optional("Id", Value::integer)?;
        let mode = fields.required("ScheduleMode", |value| value.word(&MODES))?;
        let dates = [fields.take("StartDateTime"), fields.take("EndDateTime")];
        let times = [fields.take("StartTime"), fields.take("EndTime")];
        let (weekday, month_day) = (fields.take("WeekDay"), fields.take("MonthDay"));
        let clock = || {
            let [start, end] = times;
            let from = required_field("StartTime", start, time)?;
            let to = required_field("EndTime", end, time)?;
            ClockRange::new(from, to).map_err(|_| {
                Error::invalid("is equal to StartTime: the period would be empty")
                    .in_field("EndTime")
            })
        };
        let when = match mode {
            ScheduleMode::OneTime => {
                let [start, end] = dates;
                let start = required_field("StartDateTime", start, date_time)?;
                let end = required_field("EndDateTime", end, date_time)?;
                if end < start {
                    return Err(Error::invalid(format_args!(
                        "{} is before StartDateTime {}",
                        DateTime(end),
                        DateTime(start)
                    ))
                    .in_field("EndDateTime"));
                }
                When::OneTime { start, end }
            }
            ScheduleMode::Daily => When::Daily(clock()?),
            ScheduleMode::Weekly => {
                let day = required_field("WeekDay", weekday, |value| value.word(&WEEKDAYS))?;
                When::Weekly(day, clock()?)
            }
            ScheduleMode::Monthly => {
                When::Monthly(required_field("MonthDay", month_day, day_of_month)?, clock()?)
            }
        };
        let kind = fields.required("MaintenanceType", |value| value.word(&TYPES))?;
        fields.finish()?;
        Ok(Self { id, when, kind })
    }

    pub(super) fn value(&self) -> Value {
        let mut fields: Vec<(&str, Value)> = Vec::new();
        if let Some(id) = self.id {
            fields.push(("Id", id.into()));
        }
        let mode = MODES.iter().find(|(_, mode)| *mode == self.schedule_mode());
        fields.push(("ScheduleMode", mode.map(|(word, _)| *word).into()));
        let clock = match self.when {
            When::OneTime { start, end } => {
                fields.push(("StartDateTime", DateTime(start).to_string().into()));
                fields.push(("EndDateTime", DateTime(end).to_string().into()));
                None
            }
            When::Daily(clock) => Some(clock),
            When::Weekly(day, clock) => {
                fields.push(("WeekDay", weekday_name(day).into()));
                Some(clock)
            }
            When::Monthly(day, clock) => {
                fields.push(("MonthDay", i64::from(day).into()));
                Some(clock)
            }
        };
        if let Some(clock) = clock {
            let text = |ms: u32| format!("{:02}:{:02}", ms / 3_600_000 % 24, ms / 60_000 % 60);
            fields.push(("StartTime", text(clock.from_ms()).into()));
            fields.push(("EndTime", text(clock.to_ms()).into()));
        }
        let kind = TYPES.iter().find(|(_, kind)| *kind == self.kind);
        fields.push(("MaintenanceType", kind.map(|(word, _)| *word).into()));
        Value::fields(fields)
    }
}

/// Reads a field that the schedule mode requires. Null means absent.
fn required_field<T>(
    name: &str,
    value: Option<Value>,
    read: impl FnOnce(Value) -> Result<T, Error>,
) -> Result<T, Error> {
    match value {
        None | Some(Value::Null) => Err(Error::invalid("is missing").in_field(name)),
        Some(value) => read(value).map_err(|error| error.in_field(name)),
    }
}

fn day_of_month(value: Value) -> Result<u8, Error> {
    let day: i128 = value.integer()?;
    match u8::try_from(day) {
        Ok(day @ 1..=31) => Ok(day),
        _ => Err(Error::out_of_range(format_args!("{day} is not in 1..=31"))),
    }
}

/// Reads `HH:mm` as milliseconds after midnight.
fn time(value: Value) -> Result<u32, Error> {
    let text = value.text()?;
    match hours_and_minutes(text.as_bytes()) {
        Some((hours, minutes)) => Ok((hours * 60 + minutes) * 60_000),
        None => Err(Error::syntax(format_args!(
            "\"{}\" is not HH:mm, 00:00 to 23:59",
            truncated(&text)
        ))),
    }
}

fn hours_and_minutes(text: &[u8]) -> Option<(u32, u32)> {
    let [h1, h2, b':', m1, m2] = text else { return None };
    let (hours, minutes) = (two_digits(*h1, *h2)?, two_digits(*m1, *m2)?);
    (hours < 24 && minutes < 60).then_some((hours, minutes))
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| char::from(byte).to_digit(10);
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn date_time(value: Value) -> Result<NaiveDateTime, Error> {
    let text = value.text()?;
    text.split_once('T')
        .and_then(|(date, time)| date_of(date)?.and_time(time_of(time)?).into())
        .ok_or_else(|| {
            Error::syntax(format_args!(
                "\"{}\" is not a date and time such as 2018-09-24T22:00",
                truncated(&text)
            ))
        })
}

/// Reads the date, or date and time, of a cleanup.
pub(super) fn before_date(text: &str) -> Result<NaiveDateTime, Error> {
    match date_of(text) {
        Some(date) => Ok(date.and_time(NaiveTime::MIN)),
        None => date_time(Value::from(text)),
    }
}

/// Reads `YYYY-MM-DD` with exactly 10 characters, years 1 to 9999.
fn date_of(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shaped && !text.starts_with("0000") { text.parse().ok() } else { None }
}

/// Reads `HH:mm` or `HH:mm:ss`.
fn time_of(text: &str) -> Option<NaiveTime> {
    let (minutes, seconds) = match text.as_bytes() {
        [minutes @ .., b':', s1, s2] if minutes.len() == 5 => (minutes, two_digits(*s1, *s2)?),
        minutes => (minutes, 0),
    };
    let (hours, minutes) = hours_and_minutes(minutes)?;
    NaiveTime::from_hms_opt(hours, minutes, seconds)
}

/// Prints `2018-09-24T22:00`, with seconds if they are not zero.
pub(super) struct DateTime(pub(super) NaiveDateTime);

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(f, "{date}T{:02}:{:02}", time.hour(), time.minute())?;
        if time.second() != 0 {
            write!(f, ":{:02}", time.second())?;
        }
        Ok(())
    }
}
