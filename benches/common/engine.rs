//! The silencer as the benches call it: the one place that knows its API.
//!
//! STUB: marks what stands in for calls that are not there yet.

use quietude::{Error, Registry, Silencer, Subject, Timestamp};

#[derive(Clone, Debug)]
pub(crate) struct Engine(Silencer);

/// An entity, found once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle<'a> {
    // STUB: `EntityRef<'a>`.
    silencer: &'a Silencer,
    entity: &'a str,
}

impl Engine {
    pub(crate) fn new(registry: &Registry, _now: Timestamp) -> Result<Self, Error> {
        // STUB: `Silencer::builder().now(now).build(registry)`.
        Silencer::builder().build(registry).map(Self)
    }

    #[inline]
    pub(crate) fn is_silenced(&self, entity: &str, at: Timestamp) -> bool {
        self.0.is_silenced(&Subject::entity(entity), at)
    }

    pub(crate) fn handle<'a>(&'a self, entity: &'a str) -> Option<Handle<'a>> {
        // STUB: `self.0.entity(entity).map(Handle)`.
        Some(Handle { silencer: &self.0, entity })
    }

    #[inline]
    pub(crate) fn batch(&self, asked: &[(&str, Timestamp)], answers: &mut [bool]) {
        // STUB: `self.0.silenced_batch(asked, answers)`.
        for ((entity, at), answer) in asked.iter().zip(answers) {
            *answer = self.is_silenced(entity, *at);
        }
    }

    /// The present moved on.
    pub(crate) fn at(&self, _now: Timestamp) -> Self {
        // STUB: `Self(self.0.at(now))`.
        self.clone()
    }

    /// What the registry's changes make of it.
    pub(crate) fn updated(&self, registry: &Registry) -> Result<Self, Error> {
        // STUB: `self.0.updated(registry).map(Self)`.
        Silencer::builder().build(registry).map(Self)
    }

    /// What it allocates itself, and the windows that it shares.
    pub(crate) fn memory_bytes(&self) -> Option<(usize, usize)> {
        // STUB: `let usage = self.0.memory_usage(); Some((usage.index_bytes(), usage.window_bytes()))`.
        None
    }

    pub(crate) fn silencer(&self) -> &Silencer {
        &self.0
    }
}

impl Handle<'_> {
    #[inline]
    pub(crate) fn is_silenced(self, at: Timestamp) -> bool {
        self.silencer.is_silenced(&Subject::entity(self.entity), at)
    }
}
