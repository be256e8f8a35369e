//! How the windows of several vendors share one registry: whose is what.

use std::collections::HashMap;
use std::sync::Arc;

use crate::dialects::wire::{Call, Request, Response};
use crate::error::Error;
use crate::registry::Registry;
use crate::scope::Scope;
use crate::window::Window;

/// The longest id of a vendor that a service takes in, in bytes of UTF-8. Two
/// of them, escaped and prefixed, are still an id of the engine.
pub const MAX_PART_BYTES: usize = 128;

/// One system of a vendor, as a host sees it: requests in, responses and
/// windows out.
pub trait System {
    /// Answers a request. Whatever it does is whole, or not done at all.
    fn handle(&mut self, request: &Request<'_>, call: &mut Call<'_>) -> Response;

    /// What all window ids of this service begin with: `uptrends:acme:`.
    fn prefix(&self) -> String;

    /// The windows of the engine that say what the service's own say.
    ///
    /// | | |
    /// | --- | --- |
    /// | a window | `vendor:tenant:id`, see [`prefix`](Self::prefix) |
    /// | an entity | `virtana:tenant:id`, `uptrends:guid` |
    /// | a group | `spaceone:domain:project`, `opsmanager:group` |
    /// | an attribute | `virtana:tenant:field` |
    ///
    /// Parts are escaped as [`vendor_id`](crate::dialects::vendor_id) does. A
    /// window about an entity is about the group of that name too, so that a
    /// thing with a name of its own brings its vendors' names as groups, and is
    /// asked about once.
    fn windows(&self) -> Vec<Window>;

    /// What the windows of the service say that [`windows`](Self::windows)
    /// does not, one line each.
    fn notes(&self) -> Vec<String>;

    /// The whole state as JSON; `from_json` of the service reads it back.
    fn to_json(&self) -> String;

    /// Brings the registry up to date with the service: windows under the
    /// service's prefix are inserted, replaced and removed, others are left
    /// alone. Returns how many changed.
    ///
    /// # Errors
    ///
    /// None that a service of this crate gives cause for.
    fn sync(&self, registry: &mut Registry) -> Result<usize, Error> {
        let prefix = self.prefix();
        let mut stale: HashMap<String, Arc<Window>> = registry
            .iter()
            .filter(|window| window.id().as_str().starts_with(&prefix))
            .map(|window| (window.id().to_string(), window.clone()))
            .collect();
        let mut changed = 0;
        for window in self.windows() {
            match stale.remove(window.id().as_str()) {
                Some(known) if *known == window => continue,
                Some(_) => drop(registry.replace(window)?),
                None => registry.insert(window)?,
            }
            changed += 1;
        }
        for id in stale.keys() {
            registry.remove(id)?;
            changed += 1;
        }
        Ok(changed)
    }
}

/// The engine's name of something that a vendor names: the parts joined by
/// colons. Colons and percent signs within a part are escaped, so that no two
/// names meet.
///
/// ```
/// use quietude::dialects::vendor_id;
///
/// assert_eq!(vendor_id(&["spaceone", "domain-1", "project-2"]), "spaceone:domain-1:project-2");
/// assert_eq!(vendor_id(&["spaceone", "a:b", "50%"]), "spaceone:a%3Ab:50%25");
/// ```
#[must_use]
pub fn vendor_id(parts: &[&str]) -> String {
    let mut id = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            id.push(':');
        }
        for char in part.chars() {
            match char {
                ':' => id.push_str("%3A"),
                '%' => id.push_str("%25"),
                char => id.push(char),
            }
        }
    }
    id
}

/// The parts of a name that [`vendor_id`] made.
pub(crate) fn vendor_parts(id: &str) -> Vec<String> {
    id.split(':').map(|part| part.replace("%3A", ":").replace("%25", "%")).collect()
}

/// Refuses what cannot be a part of a name.
pub(crate) fn check_part(text: &str) -> Result<(), Error> {
    if !text.is_empty() && text.len() <= MAX_PART_BYTES && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::syntax(format_args!(
        "{:?} is not an id: 1 to {MAX_PART_BYTES} bytes without control characters",
        crate::error::abridged(text)
    )))
}

/// A vendor's entity: the entity of that name, and whoever brings the name as
/// a group.
pub(crate) fn entity_scope(name: &str) -> Scope {
    Scope::entity(name).or(Scope::group(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::check_id;

    #[test]
    fn names_are_told_apart_and_taken_apart() {
        for parts in [["a", "b:c"], ["a:b", "c"], ["a%3Ab", "c"], ["%", ":%25"]] {
            assert_eq!(vendor_parts(&vendor_id(&parts)), parts);
        }
    }

    #[test]
    fn two_of_the_longest_parts_are_still_an_id() {
        let part = ":".repeat(MAX_PART_BYTES);
        assert!(check_part(&part).is_ok() && check_part(&format!("{part}:")).is_err());
        assert!(check_id(&vendor_id(&["opsmanager", &part, &part])).is_ok());
    }
}
