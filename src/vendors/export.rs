//! Helpers of the vendors' exports: ids, scopes and notes.

use std::collections::HashSet;

use crate::json::Document;
use crate::scope::{Node, Scope};
use crate::window::Window;

/// Allocates the vendor ids of an export: each id is used once, and windows that
/// already have an id of the vendor keep it.
pub(crate) struct IdAllocator {
    /// Ids that a window of the document already has.
    existing: HashSet<String>,
    /// Ids that were allocated.
    allocated: HashSet<String>,
    /// The argument of the last call of `generate`.
    last_generated: usize,
}

impl IdAllocator {
    /// `existing_id` returns the vendor id that a window already has.
    pub(crate) fn new(document: &Document, existing_id: fn(&Window) -> Option<String>) -> Self {
        let existing = document.registry.iter().filter_map(|window| existing_id(window)).collect();
        Self { existing, allocated: HashSet::new(), last_generated: 0 }
    }

    /// Returns `existing` if it is not allocated yet, else `preferred` if it is
    /// free, else the first free id of `generate(1)`, `generate(2)`, ..
    pub(crate) fn allocate(
        &mut self,
        existing: Option<String>,
        preferred: Option<String>,
        generate: fn(usize) -> String,
    ) -> String {
        if let Some(existing) = existing.filter(|id| self.allocated.insert(id.clone())) {
            return existing;
        }
        let mut next = preferred;
        loop {
            let id = next.take().unwrap_or_else(|| {
                self.last_generated += 1;
                generate(self.last_generated)
            });
            if !self.existing.contains(&id) && self.allocated.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// Adds a note that the window is exported under another id, unless it is kept.
pub(crate) fn note_new_id(window: &Window, is_kept: bool, id: &str, notes: &mut Vec<String>) {
    if !is_kept {
        notes.push(format!("{}: the id is lost: it is {id}", window.id()));
    }
}

/// The id of the entity, if the scope is one entity, or one entity and the group
/// with the same id.
pub(crate) fn single_entity(scope: &Scope) -> Option<&str> {
    match scope.node() {
        Node::Entity(id) => Some(id.as_str()),
        Node::Any(scopes) => match scopes.as_slice() {
            [a, b] => match (a.node(), b.node()) {
                (Node::Entity(id), Node::Group(name)) if id.as_str() == name.as_str() => {
                    Some(id.as_str())
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Adds notes for the values that neither SpaceONE nor Ops Manager has a field
/// for: entity states, the effect and the propagation.
pub(crate) fn note_unsupported(window: &Window, notes: &mut Vec<String>) {
    let id = window.id();
    if window.state_during().is_some() || window.state_after().is_some() {
        notes.push(format!("{id}: the entity states are lost"));
    }
    if window.effect() != crate::window::Effect::Notifications {
        notes.push(format!("{id}: the effect {} is lost", window.effect()));
    }
    if window.propagation() != crate::window::Propagation::Descendants {
        notes.push(format!("{id}: that it does not reach descendants is lost"));
    }
}
