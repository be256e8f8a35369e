//! The builder of a silencer.

use crate::error::Error;
use crate::index::Index;
use crate::registry::Registry;
use crate::scope::Topology;
use crate::silencer::Silencer;
use crate::time::Timestamp;

/// Builds a [`Silencer`].
///
/// ```
/// use quietude::{Registry, Silencer, Topology};
///
/// let topology = Topology::builder().add_child("rack-1", "db-7").build()?;
/// let silencer = Silencer::builder().topology(topology).build(&Registry::new())?;
/// assert_eq!(silencer.revision(), 0);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct SilencerBuilder {
    topology: Topology,
    now: Option<Timestamp>,
}

impl SilencerBuilder {
    /// Sets the topology: entities, groups and attributes. The default is empty.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// Sets the current time. Queries for instants near it then read one cache line.
    /// It does not change any answer.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Compiles the windows of a registry. Takes about 200 ns per window.
    ///
    /// # Errors
    ///
    /// If the windows cover more than
    /// [`MAX_COVERED_ENTITIES`](crate::limits::MAX_COVERED_ENTITIES) entities, or
    /// resolving the scopes takes more than
    /// [`MAX_COVER_STEPS`](crate::limits::MAX_COVER_STEPS) steps.
    pub fn build(self, registry: &Registry) -> Result<Silencer, Error> {
        let index = Index::new(registry, &self.topology, self.now)?;
        Ok(Silencer::from_index(registry, index))
    }
}
