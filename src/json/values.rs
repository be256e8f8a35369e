//! `serde` for the values of a document, in their forms there; and readers of one value
//! from text, with the errors of this crate.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::json::locate::located;
use crate::json::names::Names;
use crate::json::read;
use crate::json::read_days::days;
use crate::json::read_schedule::{month_day, schedule};
use crate::json::terms::{EFFECTS, PROPAGATIONS, SHORT_MONTHS, name_of, word};
use crate::json::value::{Value, check_length, not_json};
use crate::json::visit::read_topology;
use crate::json::write::JsonForm;
use crate::json::write_schedule::{
    NoNames, ScheduleForm, days_value, month_day as month_day_value,
};
use crate::schedule::{Days, Schedule};
use crate::scope::{AlertType, EntityId, GroupId, Matcher, Scope, Topology, WindowId, check_id};
use crate::time::{ClockRange, Interval, MonthDay, ShortMonth, Timestamp, Zone, ZoneCache};
use crate::window::{Effect, EntityState, LocalValidity, Propagation, Validity, Window};

/// A value with a form in the document.
trait DocumentForm: Sized {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error>;
}

/// RFC 3339 text. [`Timestamp::END`] can be written and not read.
impl DocumentForm for Timestamp {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        value.timestamp()
    }
}

/// `start` and `end`; without an end it extends to the end of time.
impl DocumentForm for Interval {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("start", &self.start())?;
        if self.end() < Timestamp::END {
            map.serialize_entry("end", &self.end())?;
        }
        map.end()
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        let mut fields = value.object()?;
        let start = fields.required("start", Value::timestamp)?;
        let end = fields.optional("end", Value::timestamp)?;
        fields.finish()?;
        Self::new(start, end.unwrap_or(Timestamp::END)).map_err(|error| error.in_field("end"))
    }
}

/// The name.
impl DocumentForm for Zone {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }

    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error> {
        names.zone(&value.text()?)
    }
}

impl DocumentForm for ClockRange {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        value.parsed()
    }
}

impl DocumentForm for MonthDay {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        month_day_value(*self).serialize(serializer)
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        month_day(value)
    }
}

impl DocumentForm for ShortMonth {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name_of(&SHORT_MONTHS, self))
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        word(value, &SHORT_MONTHS)
    }
}

impl DocumentForm for Effect {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name_of(&EFFECTS, self))
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        word(value, &EFFECTS)
    }
}

impl DocumentForm for Propagation {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name_of(&PROPAGATIONS, self))
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        word(value, &PROPAGATIONS)
    }
}

impl DocumentForm for EntityState {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.number())
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        value.integer().map(Self::new)
    }
}

impl DocumentForm for Validity {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonForm(self).serialize(serializer)
    }

    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error> {
        read::instants_of_validity(value, names)
    }
}

impl DocumentForm for LocalValidity {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonForm(self).serialize(serializer)
    }

    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error> {
        read::local_validity(value, names)
    }
}

impl DocumentForm for Matcher {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonForm(self).serialize(serializer)
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        let matcher = read::matcher(value)?;
        matcher.validate().map(|()| matcher)
    }
}

impl DocumentForm for Scope {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonForm(self).serialize(serializer)
    }

    fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
        let scope = read::scope(value)?;
        scope.validate().map(|()| scope)
    }
}

impl DocumentForm for Schedule {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ScheduleForm { schedule: self, named: &NoNames }.serialize(serializer)
    }

    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error> {
        schedule(value, names)
    }
}

impl DocumentForm for Days {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        days_value(self, &NoNames).serialize(serializer)
    }

    fn read(value: Value, names: &Names<'_>) -> Result<Self, Error> {
        days(value, names)
    }
}

macro_rules! ids {
    ($($id:ident),*) => {
        $(impl DocumentForm for $id {
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }

            fn read(value: Value, _: &Names<'_>) -> Result<Self, Error> {
                let text = value.text()?;
                check_id(&text)?;
                Ok(text.into())
            }
        })*
    };
}
ids!(AlertType, EntityId, GroupId, WindowId);

macro_rules! serde_by_form {
    ($($value:ident),*) => {
        $(impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.write(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                Self::read(value, &Names::of_zones(&|name| name.parse())).map_err(D::Error::custom)
            }
        })*
    };
}
serde_by_form!(
    AlertType,
    ClockRange,
    Days,
    Effect,
    EntityId,
    EntityState,
    GroupId,
    Interval,
    LocalValidity,
    Matcher,
    MonthDay,
    Propagation,
    Schedule,
    Scope,
    ShortMonth,
    Timestamp,
    Validity,
    WindowId,
    Zone
);

/// Reads a topology with the checks of a document.
impl<'de> Deserialize<'de> for Topology {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_topology(deserializer, &mut None)
    }
}

/// Reads a value from text.
fn from_text<T>(text: &str, read: impl FnOnce(Value) -> Result<T, Error>) -> Result<T, Error> {
    Value::parse(text).and_then(read).map_err(|error| located(error, text))
}

impl Window {
    /// Reads a window from its JSON in a document. Zone names are those of the tz database.
    /// [`Document::window_from_json`](crate::Document::window_from_json) also reads one that
    /// refers to the names of a document.
    ///
    /// # Errors
    ///
    /// As [`Document::from_json`](crate::Document::from_json).
    ///
    /// ```
    /// use quietude::Window;
    ///
    /// let text = r#"{ "id": "w", "scope": { "entity": "db-7" },
    ///     "schedule": { "kind": "daily", "clock": "22:00-25:00", "timezone": "UTC" } }"#;
    /// let error = Window::from_json(text).unwrap_err();
    /// assert_eq!((error.window(), error.path()), (Some("w"), "schedule.clock"));
    /// assert_eq!((error.line(), error.column()), (Some(2), Some(45)));
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_json_with_zones(text, |name| name.parse())
    }

    /// Reads a window from its JSON, and resolves the names of its zones with `zones`, which
    /// is called once for each name.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and every error of `zones`.
    ///
    /// ```
    /// use quietude::Window;
    ///
    /// let text = r#"{ "id": "w", "scope": "everything",
    ///     "schedule": { "kind": "daily", "clock": "22:00-23:00", "timezone": "home" } }"#;
    /// let window = Window::from_json_with_zones(text, |_| "Europe/Paris".parse())?;
    /// assert!(window.is_active("2026-11-26T21:15:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json_with_zones(
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
    ) -> Result<Self, Error> {
        let zones = ZoneCache::new(&zones);
        from_text(text, |value| read::window(value, &Names::of_zones(&|name| zones.get(name))))
    }
}

impl Scope {
    /// Reads a scope from its JSON in a document.
    ///
    /// # Errors
    ///
    /// As [`Document::from_json`](crate::Document::from_json).
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// let scope = Scope::from_json(r#"{ "all": [{ "group": "prod" }, { "not": { "entity": "db-7" } }] }"#)?;
    /// assert_eq!(scope, Scope::group("prod").and(!Scope::entity("db-7")));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        from_text(text, |value| DocumentForm::read(value, &Names::of_zones(&|name| name.parse())))
    }
}

impl Schedule {
    /// Reads a schedule from its JSON in a document. Zone names are those of the tz database.
    ///
    /// # Errors
    ///
    /// As [`Document::from_json`](crate::Document::from_json).
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::from_json_with_zones(text, |name| name.parse())
    }

    /// Reads a schedule from its JSON, and resolves the names of its zones with `zones`.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and every error of `zones`.
    ///
    /// ```
    /// use quietude::Schedule;
    ///
    /// let text = r#"{ "kind": "daily", "clock": "22:00-23:00", "timezone": "home" }"#;
    /// let schedule = Schedule::from_json_with_zones(text, |_| "Europe/Paris".parse())?;
    /// assert_eq!(schedule.zone().unwrap().name(), "Europe/Paris");
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json_with_zones(
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
    ) -> Result<Self, Error> {
        let zones = ZoneCache::new(&zones);
        from_text(text, |value| schedule(value, &Names::of_zones(&|name| zones.get(name))))
    }
}

impl Topology {
    /// Reads a topology from its JSON in a document.
    ///
    /// # Errors
    ///
    /// As [`Document::from_json`](crate::Document::from_json).
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_member("prod", "db-7").build()?;
    /// let text = serde_json::to_string(&topology).unwrap();
    /// assert_eq!(Topology::from_json(&text)?, topology);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        check_length(text)?;
        let mut first_error = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = read_topology(&mut json, &mut first_error);
        let read = read.and_then(|topology| json.end().map(|()| topology));
        read.map_err(|error| located(first_error.take().unwrap_or_else(|| not_json(error)), text))
    }
}
