//! The named schedules and sets of days that one window uses: the tables of a line of a
//! journal.

use std::collections::{HashMap, HashSet};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::json::value::Value;
use crate::json::write::WindowForm;
use crate::json::write_schedule::{CalendarTable, NamedValues, ScheduleTable};
use crate::schedule::{DayNode, Days, Schedule};
use crate::window::Window;

/// The tables of one window. A value comes after those to which it refers.
#[derive(Default)]
pub(crate) struct UsedNames {
    calendars: Table<Days>,
    schedules: Table<Schedule>,
}

/// Values by key. A key is the name of the value or, if another value has that key, the name
/// with a number.
struct Table<T> {
    entries: Vec<(String, T)>,
    /// The entries of each name.
    by_name: HashMap<String, Vec<usize>>,
    keys: HashSet<String>,
    /// The keys that are no names, with the names.
    renamed: Vec<(String, String)>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (by_name, keys) = Default::default();
        Self { entries: Vec::new(), by_name, keys, renamed: Vec::new() }
    }
}

impl<T: PartialEq> Table<T> {
    fn key(&self, name: &str, value: &T) -> Option<&str> {
        let mut entries = self.by_name.get(name)?.iter().map(|index| &self.entries[*index]);
        entries.find(|(_, own)| own == value).map(|(key, _)| key.as_str())
    }

    fn insert(&mut self, name: &str, value: T) {
        let mut key = name.to_owned();
        let mut number = 1;
        // An empty key is none.
        while key.is_empty() || !self.keys.insert(key.clone()) {
            number += 1;
            key = format!("{name}#{number}");
        }
        if key != name {
            self.renamed.push((key.clone(), name.to_owned()));
        }
        self.by_name.entry(name.to_owned()).or_default().push(self.entries.len());
        self.entries.push((key, value));
    }
}

impl UsedNames {
    pub(crate) fn of(window: &Window) -> Self {
        let mut used = Self::default();
        used.add_schedule(window.schedule());
        used
    }

    fn add_schedule(&mut self, schedule: &Schedule) {
        match schedule {
            Schedule::Combined(combination) => match (combination.name(), combination.parts()) {
                (Some(name), [of]) if self.schedules.key(name, of).is_none() => {
                    self.add_schedule(of);
                    self.schedules.insert(name, of.clone());
                }
                (Some(_), _) => {}
                (None, parts) => parts.iter().for_each(|part| self.add_schedule(part)),
            },
            Schedule::Daily(daily) => self.add_days(daily.calendar().dates.excepted_days()),
            Schedule::Weekly(weekly) => self.add_days(weekly.calendar().dates.excepted_days()),
            Schedule::Monthly(monthly) => self.add_days(monthly.calendar().dates.excepted_days()),
            Schedule::Calendar(calendar) => {
                self.add_days(calendar.days());
                self.add_days(calendar.calendar().dates.excepted_days());
            }
            _ => {}
        }
    }

    fn add_days<'a>(&mut self, days: impl IntoIterator<Item = &'a Days>) {
        for days in days {
            match days.node() {
                DayNode::Named(name, of) if self.calendars.key(name, of).is_none() => {
                    self.add_days([of]);
                    self.calendars.insert(name, of.clone());
                }
                DayNode::Named(..) => {}
                node => self.add_days(node.parts()),
            }
        }
    }

    /// Writes the tables that are not empty, and the names of the keys that are none.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self { calendars, schedules } = self;
        if !calendars.entries.is_empty() {
            let named = self;
            map.serialize_entry(
                "calendars",
                &CalendarTable { entries: &calendars.entries, named },
            )?;
        }
        if !schedules.entries.is_empty() {
            let named = self;
            map.serialize_entry(
                "schedules",
                &ScheduleTable { entries: &schedules.entries, named },
            )?;
        }
        let tables = [("calendars", &calendars.renamed), ("schedules", &schedules.renamed)];
        let renamed = tables.into_iter().filter(|(_, renamed)| !renamed.is_empty());
        let renamed: Vec<(&str, Value)> = renamed
            .map(|(table, renamed)| {
                let pairs = renamed.iter().map(|(key, name)| (key.as_str(), Value::from(name)));
                (table, Value::fields(pairs))
            })
            .collect();
        if !renamed.is_empty() {
            map.serialize_entry("renamed", &Value::fields(renamed))?;
        }
        Ok(())
    }
}

impl NamedValues for UsedNames {
    fn days_key<'a>(&'a self, name: &'a str, days: &Days) -> Option<&'a str> {
        self.calendars.key(name, days)
    }

    fn schedule_key<'a>(&'a self, name: &'a str, schedule: &Schedule) -> Option<&'a str> {
        self.schedules.key(name, schedule)
    }
}

/// A window as JSON; it refers to the tables of its names.
pub(crate) struct NamedWindow<'a>(pub(crate) &'a Window, pub(crate) &'a UsedNames);

impl Serialize for NamedWindow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WindowForm::new(self.0, self.1).serialize(serializer)
    }
}
