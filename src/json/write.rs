//! Writes windows and topologies as JSON. The order of the fields is fixed; fields with
//! their default value are left out.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::json::Document;
use crate::json::terms::{EFFECTS, PROPAGATIONS, name_of};
use crate::json::write_schedule::{Named, ScheduleForm};
use crate::scope::{Matcher, Node, Scope, Test, Topology};
use crate::time::Timestamp;
use crate::window::{EntityState, LocalValidity, Validity, Window};

/// A timestamp as RFC 3339 in UTC.
fn text(t: Timestamp) -> String {
    t.to_string()
}

/// A window by itself has no names that it could refer to.
impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WindowForm { window: self, named: Named::NONE }.serialize(serializer)
    }
}

/// A window in its form of a document.
pub(super) struct WindowForm<'a> {
    window: &'a Window,
    named: Named<'a>,
}

impl<'a> WindowForm<'a> {
    pub(super) fn new(window: &'a Window, document: &'a Document) -> Self {
        Self { window, named: Named::of(document) }
    }
}

impl Serialize for WindowForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let window = self.window;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", window.id().as_str())?;
        if let Some(name) = window.name() {
            map.serialize_entry("name", name)?;
        }
        if !window.is_enabled() {
            map.serialize_entry("enabled", &false)?;
        }
        if window.effect() != Default::default() {
            map.serialize_entry("effect", name_of(&EFFECTS, &window.effect()))?;
        }
        map.serialize_entry(
            "schedule",
            &ScheduleForm { schedule: window.schedule(), named: self.named },
        )?;
        map.serialize_entry("scope", &JsonForm(window.scope()))?;
        if window.propagation() != Default::default() {
            map.serialize_entry("propagation", name_of(&PROPAGATIONS, &window.propagation()))?;
        }
        if let Some(validity) = window.local_validity() {
            map.serialize_entry("valid", &JsonForm(validity))?;
        } else if window.validity() != Validity::ALWAYS {
            map.serialize_entry("valid", &JsonForm(&window.validity()))?;
        }
        if let Some(closed) = window.closed_at() {
            map.serialize_entry("closed_at", &text(closed))?;
        }
        let states = (window.state_during(), window.state_after());
        if states != (None, None) {
            map.serialize_entry("state", &JsonForm(&states))?;
        }
        if window.tag_pairs().next().is_some() {
            map.serialize_entry("tags", &TagsForm(window))?;
        }
        map.end()
    }
}

/// The tags of a window.
struct TagsForm<'a>(&'a Window);

impl Serialize for TagsForm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.tag_pairs())
    }
}

/// A wrapper that serializes a value in its form of the document.
pub(super) struct JsonForm<'a, T>(pub(super) &'a T);

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

impl Serialize for JsonForm<'_, LocalValidity> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(from) = self.0.start() {
            map.serialize_entry("from", &from.to_string())?;
        }
        if let Some(until) = self.0.end() {
            map.serialize_entry("until", &until.to_string())?;
        }
        map.serialize_entry("timezone", self.0.zone().name())?;
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
