//! Writes windows and topologies as JSON. The order of the fields is fixed; fields with
//! their default value are left out.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::json::read::{EFFECTS, MONTHS, PROPAGATIONS, SHORT_MONTHS, WEEKDAYS};
use crate::schedule::{Calendar, Schedule};
use crate::scope::{Matcher, Node, Scope, Test, Topology};
use crate::time::{MonthDay, ShortMonth, Timestamp};
use crate::window::{EntityState, Validity, Window};

/// The name of an enum value.
fn name_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

/// A timestamp as RFC 3339 in UTC.
fn text(t: Timestamp) -> String {
    t.to_string()
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.id().as_str())?;
        if let Some(name) = self.name() {
            map.serialize_entry("name", name)?;
        }
        if !self.is_enabled() {
            map.serialize_entry("enabled", &false)?;
        }
        if self.effect() != Default::default() {
            map.serialize_entry("effect", name_of(&EFFECTS, &self.effect()))?;
        }
        map.serialize_entry("schedule", &JsonForm(self.schedule()))?;
        map.serialize_entry("scope", &JsonForm(self.scope()))?;
        if self.propagation() != Default::default() {
            map.serialize_entry("propagation", name_of(&PROPAGATIONS, &self.propagation()))?;
        }
        if self.validity() != Validity::ALWAYS {
            map.serialize_entry("valid", &JsonForm(&self.validity()))?;
        }
        if let Some(closed) = self.closed_at() {
            map.serialize_entry("closed_at", &text(closed))?;
        }
        let states = (self.state_during(), self.state_after());
        if states != (None, None) {
            map.serialize_entry("state", &JsonForm(&states))?;
        }
        if !self.tags().is_empty() {
            map.serialize_entry("tags", self.tags())?;
        }
        map.end()
    }
}

/// A wrapper that serializes a value in its form of the document.
struct JsonForm<'a, T>(&'a T);

impl Serialize for JsonForm<'_, Validity> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(from) = self.0.start() {
            map.serialize_entry("from", &text(from))?;
        }
        if let Some(until) = self.0.end() {
            map.serialize_entry("until", &text(until))?;
        }
        map.end()
    }
}

impl Serialize for JsonForm<'_, (Option<EntityState>, Option<EntityState>)> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(during) = self.0.0 {
            map.serialize_entry("during", &during.number())?;
        }
        if let Some(after) = self.0.1 {
            map.serialize_entry("after", &after.number())?;
        }
        map.end()
    }
}

impl Serialize for JsonForm<'_, Schedule> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Schedule::Once(once) => {
                map.serialize_entry("kind", "once")?;
                map.serialize_entry("start", &text(once.interval().start()))?;
                map.serialize_entry("end", &text(once.interval().end()))?;
            }
            Schedule::Periodic(periodic) => {
                map.serialize_entry("kind", "periodic")?;
                map.serialize_entry("start", &text(periodic.start()))?;
                map.serialize_entry("duration_ms", &periodic.duration_ms())?;
                map.serialize_entry("period_ms", &periodic.period_ms())?;
            }
            Schedule::Daily(daily) => {
                map.serialize_entry("kind", "daily")?;
                calendar(&mut map, daily.calendar())?;
            }
            Schedule::Weekly(weekly) => {
                map.serialize_entry("kind", "weekly")?;
                let weekdays: Vec<_> =
                    weekly.weekdays().map(|day| name_of(&WEEKDAYS, &day)).collect();
                map.serialize_entry("weekdays", &weekdays)?;
                calendar(&mut map, weekly.calendar())?;
            }
            Schedule::Monthly(monthly) => {
                map.serialize_entry("kind", "monthly")?;
                match monthly.days() {
                    [day] => map.serialize_entry("day", &JsonForm(day))?,
                    days => {
                        let days: Vec<_> = days.iter().map(JsonForm).collect();
                        map.serialize_entry("day", &days)?;
                    }
                }
                if monthly.short_month() != ShortMonth::Skip {
                    let rule = name_of(&SHORT_MONTHS, &monthly.short_month());
                    map.serialize_entry("short_month", rule)?;
                }
                calendar(&mut map, monthly.calendar())?;
            }
            #[cfg(feature = "rrule")]
            Schedule::Rule(rule) => {
                map.serialize_entry("kind", "rule")?;
                map.serialize_entry("rrule", rule.text())?;
                if rule.is_floating() {
                    map.serialize_entry("timezone", rule.zone().name())?;
                }
                map.serialize_entry("duration_ms", &rule.duration_ms())?;
            }
        }
        map.end()
    }
}

/// Writes the fields that all calendar kinds have.
fn calendar<M: SerializeMap>(map: &mut M, calendar: &Calendar) -> Result<(), M::Error> {
    map.serialize_entry("clock", &calendar.clock.to_string())?;
    map.serialize_entry("timezone", calendar.zone.name())?;
    let dates = &calendar.dates;
    if let Some(every) = dates.interval() {
        struct Every(u32, String);
        impl Serialize for Every {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("n", &self.0)?;
                map.serialize_entry("anchor", &self.1)?;
                map.end()
            }
        }
        let anchor = crate::schedule::dates::date_of(every.anchor).to_string();
        map.serialize_entry("every", &Every(every.n, anchor))?;
    }
    if let Some(months) = dates.months() {
        let months: Vec<_> = months.map(|month| name_of(&MONTHS, &month)).collect();
        map.serialize_entry("months", &months)?;
    }
    let except: Vec<_> = dates.exceptions().map(|date| date.to_string()).collect();
    if !except.is_empty() {
        map.serialize_entry("except", &except)?;
    }
    if let Some(count) = dates.count() {
        map.serialize_entry("count", &count)?;
    }
    Ok(())
}

impl Serialize for JsonForm<'_, MonthDay> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((n, weekday)) = self.0.nth_weekday() else {
            return serializer.serialize_i32(self.0.number().unwrap_or_default());
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("nth", &n)?;
        map.serialize_entry("weekday", name_of(&WEEKDAYS, &weekday))?;
        map.end()
    }
}

impl Serialize for JsonForm<'_, Scope> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = match self.0.node() {
            Node::Everything | Node::TooDeep => return serializer.serialize_str("everything"),
            _ => serializer.serialize_map(Some(1))?,
        };
        match self.0.node() {
            Node::Everything | Node::TooDeep => {}
            Node::Entity(id) => map.serialize_entry("entity", id.as_str())?,
            Node::Entities(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
                map.serialize_entry("entities", &ids)?;
            }
            Node::Group(id) => map.serialize_entry("group", id.as_str())?,
            Node::AlertType(name) => map.serialize_entry("alert_type", name.as_str())?,
            Node::Attribute(matcher) => map.serialize_entry("attribute", &JsonForm(matcher))?,
            Node::All(scopes) => map.serialize_entry("all", &json_forms(scopes))?,
            Node::Any(scopes) => map.serialize_entry("any", &json_forms(scopes))?,
            Node::Not(scope) => map.serialize_entry("not", &JsonForm(&**scope))?,
        }
        map.end()
    }
}

fn json_forms(scopes: &[Scope]) -> Vec<JsonForm<'_, Scope>> {
    scopes.iter().map(JsonForm).collect()
}

impl Serialize for JsonForm<'_, Matcher> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", self.0.name())?;
        match self.0.test() {
            Test::Equals(value) => map.serialize_entry("equals", value)?,
            Test::OneOf(values) => map.serialize_entry("one_of", values)?,
            Test::Contains(value) => map.serialize_entry("contains", value)?,
            Test::StartsWith(value) => map.serialize_entry("starts_with", value)?,
            Test::EndsWith(value) => map.serialize_entry("ends_with", value)?,
            Test::Matches(pattern) => map.serialize_entry("matches", pattern.as_str())?,
            Test::Present => map.serialize_entry("present", &true)?,
        }
        map.end()
    }
}

impl Serialize for Topology {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = self.entity_label() {
            map.serialize_entry("entity_label", name)?;
        }
        map.serialize_entry("entities", &Entities(self))?;
        map.serialize_entry("groups", &Groups(self))?;
        map.end()
    }
}

struct Entities<'a>(&'a Topology);

impl Serialize for Entities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for id in self.0.entities() {
            seq.serialize_element(&Entity(self.0, id))?;
        }
        seq.end()
    }
}

struct Entity<'a>(&'a Topology, &'a str);

impl Serialize for Entity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(topology, id) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        let parents: Vec<&str> = topology.parents_of(id).collect();
        if !parents.is_empty() {
            map.serialize_entry("parents", &parents)?;
        }
        let groups: Vec<&str> = topology.groups_of(id).collect();
        if !groups.is_empty() {
            map.serialize_entry("groups", &groups)?;
        }
        let mut attributes: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, value) in topology.attributes_of(id) {
            match attributes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => attributes.push((name, vec![value])),
            }
        }
        if !attributes.is_empty() {
            map.serialize_entry("attributes", &Attributes(&attributes))?;
        }
        map.end()
    }
}

struct Attributes<'a>(&'a [(&'a str, Vec<&'a str>)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (*name, values)))
    }
}

struct Groups<'a>(&'a Topology);

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Group<'a>(&'a Topology, &'a str);
        impl Serialize for Group<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("id", self.1)?;
                let outer: Vec<&str> = self.0.outer_groups_of(self.1).collect();
                if !outer.is_empty() {
                    map.serialize_entry("groups", &outer)?;
                }
                map.end()
            }
        }
        let mut seq = serializer.serialize_seq(None)?;
        for id in self.0.groups() {
            seq.serialize_element(&Group(self.0, id))?;
        }
        seq.end()
    }
}
