//! The question of one line of `eval`.
//!
//! ```text
//! {"entity":"db-7","alert_type":"BACKUP","at_ms":[1795727700000]}
//! {"attributes":{"alertname":"Down","team":["a","b"]},"groups":["prod"],"at_ms":[0]}
//! ```
//!
//! Only `at_ms` is required. `entity`, `alert_type`, `groups` and `attributes` may be
//! null, which means that they are absent; the value of an attribute may not. Without an
//! entity, the entity label of the document names it; an empty entity is one.

use std::borrow::Cow;
use std::fmt;

use quietude::Subject;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request<'a> {
    #[serde(borrow, default)]
    entity: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    alert_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    groups: Option<Texts<'a>>,
    #[serde(borrow, default)]
    attributes: Option<Attributes<'a>>,
    pub(crate) at_ms: Vec<i64>,
}

impl Request<'_> {
    /// Calls `answer` with the subject of the question.
    pub(crate) fn with_subject<T>(&self, answer: impl FnOnce(Subject<'_>) -> T) -> T {
        let groups: Vec<&str> =
            self.groups.iter().flat_map(|groups| &groups.0).map(|group| &**group).collect();
        let attributes: Vec<(&str, &str)> = self
            .attributes
            .iter()
            .flat_map(|attributes| &attributes.0)
            .flat_map(|(name, values)| values.iter().map(|value| (&**name, &**value)))
            .collect();
        let subject = match &self.entity {
            Some(entity) => Subject::entity(entity).with_attributes(&attributes),
            None => Subject::labels(&attributes),
        };
        let subject = subject.with_groups(&groups);
        answer(match &self.alert_type {
            Some(alert_type) => subject.with_alert_type(alert_type),
            None => subject,
        })
    }
}

/// A list of strings.
#[derive(Deserialize)]
struct Texts<'a>(#[serde(borrow)] Vec<Text<'a>>);

/// A string that is borrowed from the line if it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Names with their values. The values are one string or a list of strings.
struct Attributes<'a>(Vec<(Text<'a>, Vec<Text<'a>>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Attributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Attributes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings and lists of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attributes: Vec<(Text<'_>, Vec<Text<'_>>)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some(name) = map.next_key::<Text<'_>>()? {
                    if !seen.insert(name.0.to_string()) {
                        return Err(A::Error::custom(format!(
                            "attribute {:?} is repeated",
                            &*name
                        )));
                    }
                    let values = map.next_value_seed(Values(&name))?;
                    attributes.push((name, values));
                }
                Ok(Attributes(attributes))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// Reads the values of the attribute with this name.
struct Values<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<Text<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<Text<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string or a list of strings as attribute {:?}", self.0)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Text(Cow::Borrowed(value))])
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(vec![Text(Cow::Owned(value.to_owned()))])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}
