//! The parts of a RECUR value as text (RFC 5545, section 3.3.10). What they mean is checked
//! by the library.

use std::fmt;

/// Parts by name, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts(Vec<(String, String)>);

impl Parts {
    pub(super) fn parse(text: &str) -> Self {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let parts = parts.map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            (name.trim().to_ascii_uppercase(), value.to_ascii_uppercase())
        });
        Self(parts.collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Whether the rule has neither COUNT nor UNTIL.
    pub(super) fn is_endless(&self) -> bool {
        !self.has("COUNT") && !self.has("UNTIL")
    }

    /// Whether the names of all parts but FREQ, INTERVAL, WKST and the limits are in a list.
    pub(super) fn has_only(&self, names: &[&str]) -> bool {
        const ALWAYS: [&str; 5] = ["FREQ", "INTERVAL", "WKST", "COUNT", "UNTIL"];
        self.0
            .iter()
            .all(|(name, _)| ALWAYS.contains(&name.as_str()) || names.contains(&name.as_str()))
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            let equals = if value.is_empty() { "" } else { "=" };
            write!(f, "{separator}{name}{equals}{value}")?;
        }
        Ok(())
    }
}
