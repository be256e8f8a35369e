//! The JSON of maintenances.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::Error;
use crate::limits::{MAX_ENTRIES, MAX_ITEMS, MAX_LINE_BYTES};
use crate::tree::place_of;

/// A maintenance. Fields that are not read have no meaning for a window.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Maintenance {
    #[serde(deserialize_with = "optional_text")]
    pub(super) maintenanceid: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
    #[serde(deserialize_with = "text")]
    pub(super) description: String,
    #[serde(deserialize_with = "number")]
    pub(super) active_since: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) active_till: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) maintenance_type: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) tags_evaltype: Option<i64>,
    #[serde(deserialize_with = "limited")]
    pub(super) timeperiods: Vec<Period>,
    #[serde(deserialize_with = "limited")]
    pub(super) hosts: Vec<Host>,
    #[serde(deserialize_with = "limited")]
    pub(super) hostgroups: Vec<Group>,
    /// The name of `hostgroups` before Zabbix 6.2.
    #[serde(deserialize_with = "limited")]
    pub(super) groups: Vec<Group>,
    #[serde(deserialize_with = "limited")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Period {
    #[serde(deserialize_with = "number")]
    pub(super) timeperiod_type: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) every: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) month: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) dayofweek: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) day: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) start_time: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) period: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(super) start_date: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Host {
    /// The technical name.
    #[serde(deserialize_with = "optional_text")]
    pub(super) host: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Group {
    #[serde(deserialize_with = "optional_text")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tag {
    #[serde(deserialize_with = "text")]
    pub(super) tag: String,
    #[serde(deserialize_with = "number")]
    pub(super) operator: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) value: String,
}

/// The maintenances, and the path of their list.
pub(super) fn read(text: &str) -> Result<(&'static str, Vec<Maintenance>), Error> {
    let top: Top = serde_json::from_str(text).map_err(|error| {
        let place = place_of(&error, text);
        let message = error.to_string();
        // The place is said once.
        let end = message.rfind(" at line ").unwrap_or(message.len());
        Error::new(place, &message[..end])
    })?;
    Ok((top.path, top.maintenances))
}

/// The list by itself, or in an object.
struct Top {
    path: &'static str,
    maintenances: Vec<Maintenance>,
}

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TopVisitor)
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of maintenances, or an object with the field `result`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Top, A::Error> {
        let maintenances = ListVisitor::<Maintenance>::new(MAX_ITEMS).visit_seq(seq)?;
        Ok(Top { path: "", maintenances })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            let path = match key.as_str() {
                "result" => "result",
                "maintenances" => "maintenances",
                "error" => {
                    let why = "it has the field `error`: Zabbix did not answer with maintenances";
                    return Err(A::Error::custom(why));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let list = map.next_value::<List>()?;
            if found.replace(Top { path, maintenances: list.0 }).is_some() {
                return Err(A::Error::custom("it has two lists of maintenances"));
            }
        }
        found.ok_or_else(|| {
            A::Error::custom("it has none of the fields `result` and `maintenances`")
        })
    }
}

struct List(Vec<Maintenance>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor::new(MAX_ITEMS)).map(Self)
    }
}

/// A list with a limit.
struct ListVisitor<T> {
    most: usize,
    of: PhantomData<T>,
}

impl<T> ListVisitor<T> {
    fn new(most: usize) -> Self {
        Self { most, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == self.most {
                return Err(A::Error::custom(format_args!("more than {} elements", self.most)));
            }
            list.push(element);
        }
        Ok(list)
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }
}

fn limited<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListVisitor::new(MAX_ENTRIES))
}

/// A whole number, or its digits as a string: the API answers with strings.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    deserializer.deserialize_any(NumberVisitor)
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, perhaps as a string")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Option<i64>, E> {
        Ok(Some(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Option<i64>, E> {
        i64::try_from(value).map(Some).map_err(|_| E::custom(format_args!("{value} is too large")))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Option<i64>, E> {
        let wrong = || E::invalid_value(serde::de::Unexpected::Str(value), &self);
        value.parse().map(Some).map_err(|_| wrong())
    }

    fn visit_unit<E>(self) -> Result<Option<i64>, E> {
        Ok(None)
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    optional_text(deserializer).map(Option::unwrap_or_default)
}

fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(TextVisitor)
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Option<String>, E> {
        if value.len() > MAX_LINE_BYTES {
            let message = format_args!("{} bytes are more than {MAX_LINE_BYTES}", value.len());
            return Err(E::custom(message));
        }
        Ok(Some(value.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<String>, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<String>, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }
}
