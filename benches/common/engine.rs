//! The silencer as the benches call it. Only this file depends on its API.

use quietude::{EntityHandle, Error, Registry, Silencer, Subject, Timestamp, Topology};

#[derive(Clone, Debug)]
pub(crate) struct Engine(Silencer);

/// An entity handle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle<'a>(EntityHandle<'a>);

impl Engine {
    pub(crate) fn new(registry: &Registry, now: Timestamp) -> Result<Self, Error> {
        Silencer::builder().now(now).build(registry).map(Self)
    }

    pub(crate) fn with_topology(
        registry: &Registry,
        topology: Topology,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Silencer::builder().topology(topology).now(now).build(registry).map(Self)
    }

    /// Whether a subject with labels is silenced.
    #[inline]
    pub(crate) fn is_subject_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        self.0.is_silenced(subject, at)
    }

    /// The windows that silence a subject, until when, and with which effect: their number.
    #[inline]
    pub(crate) fn answer(&self, subject: &Subject<'_>, at: Timestamp) -> usize {
        let answer = std::hint::black_box(self.0.answer(subject, at));
        answer.map_or(0, |answer| answer.by.len())
    }

    #[inline]
    pub(crate) fn is_silenced(&self, entity: &str, at: Timestamp) -> bool {
        self.0.is_silenced(Subject::entity(entity), at)
    }

    pub(crate) fn handle<'a>(&'a self, entity: &'a str) -> Option<Handle<'a>> {
        self.0.entity(entity).map(Handle)
    }

    #[inline]
    pub(crate) fn batch(&self, queries: &[(&str, Timestamp)], answers: &mut [bool]) {
        self.0.is_silenced_batch(queries, answers).expect("as many answers as queries");
    }

    /// The silencer with another current time.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        Self(self.0.with_now(now))
    }

    /// The silencer after the registry has changed.
    pub(crate) fn updated(&self, registry: &Registry) -> Result<Self, Error> {
        self.0.updated(registry).map(Self)
    }

    /// The bytes of the index, and of the windows that it shares with the registry.
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
