//! The silencer as the benches call it: the one place that knows its API.

use quietude::{EntityHandle, Error, Registry, Silencer, Subject, Timestamp};

#[derive(Clone, Debug)]
pub(crate) struct Engine(Silencer);

/// An entity, found once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle<'a>(EntityHandle<'a>);

impl Engine {
    pub(crate) fn new(registry: &Registry, now: Timestamp) -> Result<Self, Error> {
        Silencer::builder().now(now).build(registry).map(Self)
    }

    #[inline]
    pub(crate) fn is_silenced(&self, entity: &str, at: Timestamp) -> bool {
        self.0.is_silenced(&Subject::entity(entity), at)
    }

    pub(crate) fn handle<'a>(&'a self, entity: &'a str) -> Option<Handle<'a>> {
        self.0.entity(entity).map(Handle)
    }

    #[inline]
    pub(crate) fn batch(&self, asked: &[(&str, Timestamp)], answers: &mut [bool]) {
        self.0.is_silenced_batch(asked, answers);
    }

    /// The present moved on.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        Self(self.0.with_now(now))
    }

    /// What the registry's changes make of it.
    pub(crate) fn updated(&self, registry: &Registry) -> Result<Self, Error> {
        self.0.updated(registry).map(Self)
    }

    /// What it allocates itself, and the windows that it shares.
    pub(crate) fn memory_bytes(&self) -> Option<(usize, usize)> {
        let usage = self.0.memory_usage();
        Some((usage.index_bytes(), usage.window_bytes()))
    }

    pub(crate) fn silencer(&self) -> &Silencer {
        &self.0
    }
}

impl Handle<'_> {
    #[inline]
    pub(crate) fn is_silenced(self, at: Timestamp) -> bool {
        self.0.is_silenced(at)
    }
}
