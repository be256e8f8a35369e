//! Builds a topology from relations given in any order.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, truncated};
use crate::scope::id::check_id;
use crate::scope::topology::csr::{Csr, find_cycle};
use crate::scope::topology::interner::{DenseId, EntityIx, GroupIx, Interner, NameIx, ValueIx};
use crate::scope::topology::{Inner, Topology};

/// Builds a [`Topology`] from entities, groups and attributes.
///
/// Every id that is passed to a method becomes part of the topology; the order of
/// calls does not matter, and repeated calls have no effect. Errors are reported by
/// [`build`](Self::build).
///
/// ```
/// use quietude::Topology;
///
/// let mut builder = Topology::builder();
/// for host in 0..100 {
///     builder = builder.add_child(format!("rack-{}", host / 10), format!("host-{host}"));
/// }
/// let topology = builder.build()?;
/// assert!(topology.parents_of("host-42").eq(["rack-4"]));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct TopologyBuilder {
    entities: Interner<EntityIx>,
    groups: Interner<GroupIx>,
    names: Interner<NameIx>,
    values: Interner<ValueIx>,
    /// (child, parent)
    parents: Vec<(EntityIx, EntityIx)>,
    /// (member, group)
    groups_of: Vec<(EntityIx, GroupIx)>,
    /// (group, supergroup)
    supergroups: Vec<(GroupIx, GroupIx)>,
    attributes: Vec<(EntityIx, (NameIx, ValueIx))>,
    entity_label: Option<Arc<str>>,
    /// The first error, reported when building.
    first_error: Option<Error>,
}

impl TopologyBuilder {
    /// Adds an entity. Needed only for entities without parents, groups and
    /// attributes.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// assert!(Topology::builder().entity("db-7").build()?.contains("db-7"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn entity(self, id: impl AsRef<str>) -> Self {
        self.with(|builder| builder.intern_entity(id.as_ref()).map(|_| ()))
    }

    /// Makes `child` a child of `parent`. An entity may have several parents.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder()
    ///     .add_child("rack-1", "db-7")
    ///     .add_child("vm-host-3", "db-7")
    ///     .build()?;
    /// assert!(topology.parents_of("db-7").eq(["rack-1", "vm-host-3"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn add_child(self, parent: impl AsRef<str>, child: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let parent = builder.intern_entity(parent.as_ref())?;
            let child = builder.intern_entity(child.as_ref())?;
            builder.parents.push((child, parent));
            Ok(())
        })
    }

    /// Makes `entity` a member of `group`.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_member("prod", "db-7").build()?;
    /// assert!(topology.groups_of("db-7").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn add_member(self, group: impl AsRef<str>, entity: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let group = builder.intern_group(group.as_ref())?;
            let entity = builder.intern_entity(entity.as_ref())?;
            builder.groups_of.push((entity, group));
            Ok(())
        })
    }

    /// Adds a group. Needed only for groups without members and outer groups.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// assert!(Topology::builder().group("prod").build()?.groups().eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn group(self, id: impl AsRef<str>) -> Self {
        self.with(|builder| builder.intern_group(id.as_ref()).map(|_| ()))
    }

    /// Nests group `subgroup` in `group`: members of `subgroup` are members of
    /// `group`.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_subgroup("prod", "prod-eu").build()?;
    /// assert!(topology.outer_groups_of("prod-eu").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn add_subgroup(self, group: impl AsRef<str>, subgroup: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let group = builder.intern_group(group.as_ref())?;
            let subgroup = builder.intern_group(subgroup.as_ref())?;
            builder.supergroups.push((subgroup, group));
            Ok(())
        })
    }

    /// Adds a value of the attribute `name` to `entity`. An attribute may have
    /// several values. A name has the limits of an id; a value is any text.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder()
    ///     .add_attribute("db-7", "role", "primary")
    ///     .add_attribute("db-7", "role", "backup source")
    ///     .build()?;
    /// assert_eq!(topology.attributes_of("db-7").count(), 2);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn add_attribute(
        self,
        entity: impl AsRef<str>,
        name: impl AsRef<str>,
        value: impl AsRef<str>,
    ) -> Self {
        self.with(|builder| {
            let entity = builder.intern_entity(entity.as_ref())?;
            let name = builder.names.intern(name.as_ref(), check_id)?;
            let value = builder.values.intern(value.as_ref(), |_| Ok(()))?;
            builder.attributes.push((entity, (name, value)));
            Ok(())
        })
    }

    /// Names the label that is the entity of a subject without one: the first value of
    /// the subject's attribute `name`. Then the groups, parents and attributes of that
    /// entity apply, and `entity` tests match it. A subject with an entity, also an
    /// empty one, keeps it. Replaces a name that was set before.
    ///
    /// ```
    /// use quietude::{Once, Scope, Subject, Topology, Window};
    ///
    /// let topology = Topology::builder()
    ///     .entity_label("instance")
    ///     .add_child("rack-1", "db-7")
    ///     .build()?;
    /// let window = Window::builder("move rack-1")
    ///     .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
    ///     .scope(Scope::entity("rack-1"))
    ///     .build()?;
    /// let alert = Subject::labels(&[("alertname", "Down"), ("instance", "db-7")]);
    /// assert!(window.covers(&alert, &topology));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn entity_label(self, name: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let name = name.as_ref();
            check_id(name).map_err(|error| error.in_field("entity_label"))?;
            builder.entity_label = Some(name.into());
            Ok(())
        })
    }

    /// Builds the topology, in O(n log n) for n relations, whatever its depth.
    ///
    /// # Errors
    ///
    /// If an id or the name of an attribute is empty, longer than
    /// [`MAX_ID_BYTES`](crate::limits::MAX_ID_BYTES) or contains control characters;
    /// if the parents or the groups form a cycle; if there are more than
    /// [`MAX_ENTITIES`](crate::limits::MAX_ENTITIES) entities or groups, or more than
    /// [`MAX_LINKS`](crate::limits::MAX_LINKS) links of one kind.
    ///
    /// ```
    /// use quietude::{ErrorKind, Topology};
    ///
    /// let ring = Topology::builder().add_child("a", "b").add_child("b", "a");
    /// let error = ring.build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cycle);
    /// assert_eq!(error.to_string(), "parents lead back to themselves: a -> b -> a");
    /// ```
    pub fn build(self) -> Result<Topology, Error> {
        if let Some(error) = self.first_error {
            return Err(error);
        }
        let Self { entities, groups, names, values, mut attributes, entity_label, .. } = self;
        let parents = Csr::new("parents", entities.len(), &self.parents, |_| ())?;
        let children = parents.transposed(entities.len());
        check_acyclic("parents", &entities, &parents, &children)?;
        let supergroups = Csr::new("nested groups", groups.len(), &self.supergroups, |_| ())?;
        let subgroups = supergroups.transposed(groups.len());
        check_acyclic("groups", &groups, &supergroups, &subgroups)?;
        let groups_of = Csr::new("members of groups", entities.len(), &self.groups_of, |_| ())?;
        let members = groups_of.transposed(groups.len());
        let (names, renumbered) = names.sorted();
        for (_, (name, _)) in &mut attributes {
            *name = renumbered[name.index()];
        }
        let attributes = Csr::new("attributes", entities.len(), &attributes, |(name, _)| name)?;
        Ok(Topology {
            entity_label,
            changes: None,
            inner: Arc::new(Inner {
                entities,
                groups,
                names,
                values,
                parents,
                children,
                groups_of,
                members,
                supergroups,
                subgroups,
                attributes,
            }),
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Self) -> Result<(), Error>) -> Self {
        if let Err(error) = change(&mut self) {
            self.first_error.get_or_insert(error);
        }
        self
    }

    fn intern_entity(&mut self, id: &str) -> Result<EntityIx, Error> {
        self.entities.intern(id, check_id)
    }

    fn intern_group(&mut self, id: &str) -> Result<GroupIx, Error> {
        self.groups.intern(id, check_id)
    }
}

impl fmt::Debug for TopologyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopologyBuilder")
            .field("entities", &self.entities.len())
            .field("groups", &self.groups.len())
            .field("fault", &self.first_error)
            .finish_non_exhaustive()
    }
}

/// # Errors
///
/// If `up` has a cycle; the error names its first ids.
fn check_acyclic<I: DenseId>(
    what: &str,
    names: &Interner<I>,
    up: &Csr<I, I>,
    down: &Csr<I, u32>,
) -> Result<(), Error> {
    let Some(cycle) = find_cycle(names, up, down) else { return Ok(()) };
    Err(cycle_error(what, cycle.iter().map(|ix| names.text(*ix))))
}

/// The error for a cycle: each id is below the next one, and the last one is below the first
/// one.
pub(super) fn cycle_error<'a>(what: &str, cycle: impl ExactSizeIterator<Item = &'a str>) -> Error {
    /// The maximal number of ids in the error.
    const NAMED: usize = 8;
    let (count, mut first) = (cycle.len(), None);
    let mut path = String::new();
    for id in cycle.take(NAMED) {
        first.get_or_insert(id);
        path += &truncated(id);
        path += " -> ";
    }
    if count > NAMED {
        path += &format!("({} more) -> ", count - NAMED);
    }
    path += &truncated(first.unwrap_or_default());
    Error::new(ErrorKind::Cycle, format_args!("{what} lead back to themselves: {path}"))
}
