//! Access to values. Errors have the path of the value, and its line and column if known.

use super::{Entry, Node, Value, shown};
use crate::error::{Error, Place};
use crate::meant::nearest;
use crate::position::Position;

/// A value and its path.
#[derive(Clone)]
pub(crate) struct At<'a> {
    node: &'a Node,
    path: String,
}

/// The fields of an object.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    at: At<'a>,
    entries: &'a [Entry],
}

impl<'a> At<'a> {
    pub(crate) fn root(node: &'a Node) -> Self {
        Self { node, path: String::new() }
    }

    /// `routes[2].matchers`; empty for the root.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The place of the value.
    pub(crate) fn place(&self) -> Place {
        let place = self.node.position.map_or_else(Place::default, Position::place);
        Place { path: self.path.clone(), ..place }
    }

    /// An error about the value.
    pub(crate) fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(self.place(), message)
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Text, quoted or not: `5` is the text "5", as for Go's YAML libraries.
    pub(crate) fn text(&self) -> Result<&'a str, Error> {
        match &self.node.value {
            Value::Scalar { text, .. } => Ok(text),
            _ => Err(self.wrong("text")),
        }
    }

    pub(crate) fn bool(&self) -> Result<bool, Error> {
        if let Value::Scalar { text, is_plain: true } = &self.node.value {
            match &**text {
                "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y"
                | "Y" => return Ok(true),
                "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n"
                | "N" => return Ok(false),
                _ => {}
            }
        }
        Err(self.wrong("true or false"))
    }

    pub(crate) fn integer(&self) -> Result<i64, Error> {
        match &self.node.value {
            Value::Scalar { text, .. } => text.parse().map_err(|_| self.wrong("a whole number")),
            _ => Err(self.wrong("a whole number")),
        }
    }

    pub(crate) fn list(&self) -> Result<Vec<At<'a>>, Error> {
        let Value::List(list) = &self.node.value else { return Err(self.wrong("a list")) };
        let item = |(index, node)| At { node, path: format!("{}[{index}]", self.path) };
        Ok(list.iter().enumerate().map(item).collect())
    }

    pub(crate) fn fields(&self) -> Result<Fields<'a>, Error> {
        match &self.node.value {
            Value::Map(entries) => Ok(Fields { at: self.clone(), entries }),
            _ => Err(self.wrong("an object")),
        }
    }

    fn wrong(&self, wanted: &str) -> Error {
        let found = match &self.node.value {
            Value::Null => "nothing".to_owned(),
            Value::Scalar { text, is_plain: true } => shown(text).trim_matches('"').to_owned(),
            Value::Scalar { text, .. } => shown(text),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "an object".to_owned(),
        };
        self.error(format_args!("{found} is not {wanted}"))
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn at(&self) -> &At<'a> {
        &self.at
    }

    fn below(&self, entry: &'a Entry) -> At<'a> {
        let separator = if self.at.path.is_empty() { "" } else { "." };
        At { node: &entry.value, path: format!("{}{separator}{}", self.at.path, entry.key) }
    }

    /// The value of a field; `None` if it is missing or null.
    pub(crate) fn get(&self, name: &str) -> Option<At<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        (!matches!(entry.value.value, Value::Null)).then(|| self.below(entry))
    }

    pub(crate) fn required(&self, name: &str) -> Result<At<'a>, Error> {
        self.get(name).ok_or_else(|| self.at.error(format_args!("`{name}` is missing")))
    }

    /// The keys with their values; also those that are null.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, At<'a>)> + '_ {
        self.entries.iter().map(|entry| (&*entry.key, self.below(entry)))
    }

    /// # Errors
    ///
    /// If there is a field that is not in the list.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), Error> {
        let Some(entry) = self.entries.iter().find(|entry| !allowed.contains(&&*entry.key)) else {
            return Ok(());
        };
        let mut place = self.below(entry).place();
        if let Some(position) = entry.position {
            place = Place { path: place.path, ..position.place() };
        }
        let meant = nearest(&entry.key, allowed.iter().copied());
        let hint = meant.map_or_else(
            || format!("; allowed are {}", allowed.join(", ")),
            |name| format!("; `{name}` is"),
        );
        Err(Error::new(place, format_args!("is not a field of this object{hint}")))
    }
}
