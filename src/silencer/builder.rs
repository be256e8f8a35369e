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
    entity_label: Option<String>,
    now: Option<Timestamp>,
}

impl SilencerBuilder {
    /// Sets the topology: entities, groups and attributes. The default is empty.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// Names the label that is the entity of a subject without one. It replaces the one
    /// of the topology, see
    /// [`TopologyBuilder::entity_label`](crate::TopologyBuilder::entity_label).
    ///
    /// ```
    /// use quietude::{Once, Registry, Scope, Silencer, Subject, Window};
    ///
    /// let mut registry = Registry::new();
    /// registry.insert(
    ///     Window::builder("w-1")
    ///         .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
    ///         .scope(Scope::entity("db-7"))
    ///         .build()?,
    /// )?;
    /// let silencer = Silencer::builder().entity_label("instance").build(&registry)?;
    /// let alert = Subject::labels(&[("alertname", "Down"), ("instance", "db-7")]);
    /// assert!(silencer.is_silenced(&alert, "2026-06-06T19:30:00Z".parse()?));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn entity_label(mut self, name: impl Into<String>) -> Self {
        self.entity_label = Some(name.into());
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
    /// If the entity label is not a valid name of an attribute, or if the compiled windows and
    /// the lists of windows take more than 16 GiB; see
    /// [`MAX_COMPILED_WORDS`](crate::limits::MAX_COMPILED_WORDS).
    pub fn build(self, registry: &Registry) -> Result<Silencer, Error> {
        let topology = match &self.entity_label {
            Some(name) => self.topology.with_entity_label(name)?,
            None => self.topology,
        };
        let index = Index::new(registry, &topology, self.now)?;
        Ok(Silencer::from_index(registry, index))
    }
}
