//! Static knowledge: entities with their parents, groups and attributes, and
//! groups with the groups in which they are nested.

use std::fmt;
use std::iter::FusedIterator;
use std::slice;
use std::sync::Arc;

use crate::error::Error;
use crate::scope::{Subject, check_id};

mod builder;
mod csr;
mod interner;

pub use builder::TopologyBuilder;
use csr::Csr;
pub(crate) use interner::{EntityIx, GroupIx, NameIx};
use interner::{Interner, ValueIx};

/// Static knowledge about entities: parents, groups and attributes.
///
/// Immutable; cloning copies two pointers. Parents and groups have no cycles. Entities
/// and groups are in the order in which they were first mentioned, and so are the
/// parents and the groups of each entity. Two topologies are equal only if these
/// orders are equal.
///
/// ```
/// use quietude::Topology;
///
/// let topology = Topology::builder()
///     .add_child("rack-1", "db-7")
///     .add_member("prod", "rack-1")
///     .add_subgroup("everywhere", "prod")
///     .add_attribute("db-7", "name", "pg-1")
///     .build()?;
/// assert!(topology.entities().eq(["rack-1", "db-7"]));
/// assert!(topology.parents_of("db-7").eq(["rack-1"]));
/// assert!(topology.groups_of("rack-1").eq(["prod"]));
/// assert!(topology.outer_groups_of("prod").eq(["everywhere"]));
/// assert!(topology.attributes_of("db-7").eq([("name", "pg-1")]));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Topology {
    inner: Arc<Inner>,
    /// The label that is the entity of a subject without one.
    entity_label: Option<Arc<str>>,
}

#[derive(Default)]
struct Inner {
    entities: Interner<EntityIx>,
    groups: Interner<GroupIx>,
    /// Sorted by text, so that a row of attributes is ordered by name.
    names: Interner<NameIx>,
    values: Interner<ValueIx>,
    parents: Csr<EntityIx, EntityIx>,
    children: Csr<EntityIx, EntityIx>,
    groups_of: Csr<EntityIx, GroupIx>,
    members: Csr<GroupIx, EntityIx>,
    supergroups: Csr<GroupIx, GroupIx>,
    subgroups: Csr<GroupIx, GroupIx>,
    attributes: Csr<EntityIx, (NameIx, ValueIx)>,
}

/// Compares the given relations, in order. Derived relations and the ids of
/// values are not compared.
impl PartialEq for Inner {
    fn eq(&self, other: &Self) -> bool {
        fn attributes(inner: &Inner, of: EntityIx) -> impl Iterator<Item = (&str, &str)> {
            let row = inner.attributes.row(of).iter();
            row.map(|(name, value)| (inner.names.text(*name), inner.values.text(*value)))
        }
        self.entities == other.entities
            && self.groups == other.groups
            && self.parents == other.parents
            && self.groups_of == other.groups_of
            && self.supergroups == other.supergroups
            && self.entities.all().all(|ix| attributes(self, ix).eq(attributes(other, ix)))
    }
}

/// An equivalence, so that two pointers to one value are equal without a comparison.
impl Eq for Inner {}

impl Topology {
    /// A builder without entities.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// assert_eq!(Topology::builder().build()?, Topology::default());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> TopologyBuilder {
        TopologyBuilder::default()
    }

    /// The ids of all entities, in order of first mention.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().entity("b").entity("a").entity("b").build()?;
    /// assert!(topology.entities().eq(["b", "a"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn entities(&self) -> Ids<'_> {
        Ids::all(self.inner.entities.texts())
    }

    /// Whether the topology has an entity with this id. O(1).
    ///
    /// ```
    /// assert!(!quietude::Topology::default().contains("db-7"));
    /// ```
    #[must_use]
    pub fn contains(&self, entity: &str) -> bool {
        self.entity(entity).is_some()
    }

    /// The direct parents of the entity, in order of first mention; empty for an
    /// unknown entity.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_child("rack-1", "db-7").build()?;
    /// assert!(topology.parents_of("db-7").eq(["rack-1"]));
    /// assert_eq!(topology.parents_of("db-8").len(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn parents_of(&self, entity: &str) -> Ids<'_> {
        Ids::entities(self, self.entity(entity).map_or(&[], |ix| self.parents(ix)))
    }

    /// The groups of which the entity is a direct member, in order of first mention.
    /// Groups in which these are nested, and groups of parents, are not included.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder()
    ///     .add_member("prod-eu", "db-7")
    ///     .add_subgroup("prod", "prod-eu")
    ///     .build()?;
    /// assert!(topology.groups_of("db-7").eq(["prod-eu"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn groups_of(&self, entity: &str) -> Ids<'_> {
        Ids::groups(self, self.entity(entity).map_or(&[], |ix| self.direct_groups(ix)))
    }

    /// The attributes of the entity as pairs of name and value, in order of
    /// name; the values of one name in order of first mention.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder()
    ///     .add_attribute("db-7", "tier", "silver")
    ///     .add_attribute("db-7", "name", "pg-1")
    ///     .build()?;
    /// assert!(topology.attributes_of("db-7").eq([("name", "pg-1"), ("tier", "silver")]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn attributes_of(&self, entity: &str) -> Attributes<'_> {
        let row = self.entity(entity).map_or(&[][..], |ix| self.inner.attributes.row(ix));
        Attributes { topology: self, row: row.iter() }
    }

    /// The ids of all groups, in order of first mention.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_subgroup("prod", "prod-eu").build()?;
    /// assert!(topology.groups().eq(["prod", "prod-eu"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn groups(&self) -> Ids<'_> {
        Ids::all(self.inner.groups.texts())
    }

    /// The groups in which the group is directly nested, in order of first mention.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().add_subgroup("prod", "prod-eu").build()?;
    /// assert!(topology.outer_groups_of("prod-eu").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn outer_groups_of(&self, group: &str) -> Ids<'_> {
        Ids::groups(self, self.group(group).map_or(&[], |ix| self.supergroups(ix)))
    }

    /// The name of the label that is the entity of a subject without one, if it was
    /// [set](TopologyBuilder::entity_label).
    ///
    /// ```
    /// assert_eq!(quietude::Topology::default().entity_label(), None);
    /// ```
    #[must_use]
    pub fn entity_label(&self) -> Option<&str> {
        self.entity_label.as_deref()
    }

    /// The same topology with another entity label.
    ///
    /// # Errors
    ///
    /// If `name` is not a valid name of an attribute.
    pub(crate) fn with_entity_label(self, name: &str) -> Result<Self, Error> {
        check_id(name).map_err(|error| error.in_field("entity_label"))?;
        Ok(Self { entity_label: Some(name.into()), ..self })
    }

    /// The entity of a subject: its own id, or else the first value of the entity
    /// label. Empty without either; no scope and no topology has an empty id.
    #[inline]
    pub(crate) fn entity_of<'s>(&self, subject: &Subject<'s>) -> &'s str {
        match subject.entity_id() {
            Some(id) => id,
            None => self.labelled_entity(subject.attributes()),
        }
    }

    fn labelled_entity<'s>(&self, labels: &[(&str, &'s str)]) -> &'s str {
        let Some(label) = &self.entity_label else { return "" };
        let mut values = labels.iter().filter(|(name, _)| *name == &**label);
        values.next().map_or("", |(_, value)| value)
    }

    /// The number of entities; their ids are smaller.
    pub(crate) fn len(&self) -> usize {
        self.inner.entities.len()
    }

    /// The number of groups; their ids are smaller.
    pub(crate) fn group_len(&self) -> usize {
        self.inner.groups.len()
    }

    pub(crate) fn entity(&self, id: &str) -> Option<EntityIx> {
        self.inner.entities.get(id)
    }

    pub(crate) fn group(&self, id: &str) -> Option<GroupIx> {
        self.inner.groups.get(id)
    }

    /// Every entity, in order of first mention.
    pub(crate) fn entity_indices(&self) -> impl Iterator<Item = EntityIx> + use<> {
        self.inner.entities.all()
    }

    pub(crate) fn id_of(&self, entity: EntityIx) -> &str {
        self.inner.entities.text(entity)
    }

    /// In order of first mention.
    pub(crate) fn parents(&self, entity: EntityIx) -> &[EntityIx] {
        self.inner.parents.row(entity)
    }

    /// Ascending.
    pub(crate) fn children(&self, entity: EntityIx) -> &[EntityIx] {
        self.inner.children.row(entity)
    }

    /// In order of first mention.
    pub(crate) fn direct_groups(&self, entity: EntityIx) -> &[GroupIx] {
        self.inner.groups_of.row(entity)
    }

    /// Direct members, ascending.
    pub(crate) fn members(&self, group: GroupIx) -> &[EntityIx] {
        self.inner.members.row(group)
    }

    /// The groups in which the group is directly nested, in order of first mention.
    pub(crate) fn supergroups(&self, group: GroupIx) -> &[GroupIx] {
        self.inner.supergroups.row(group)
    }

    /// The groups that are directly nested in the group, ascending.
    pub(crate) fn subgroups(&self, group: GroupIx) -> &[GroupIx] {
        self.inner.subgroups.row(group)
    }

    pub(crate) fn group_id(&self, group: GroupIx) -> &str {
        self.inner.groups.text(group)
    }

    /// Every attribute name, in order of first mention.
    pub(crate) fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.inner.names.all().map(|name| self.inner.names.text(name))
    }

    /// The id of an attribute name, to look it up once for many entities.
    pub(crate) fn attribute_name(&self, name: &str) -> Option<NameIx> {
        self.inner.names.get(name)
    }

    /// The values of the attribute with this name, in order of first mention.
    pub(crate) fn attribute_values(
        &self,
        entity: EntityIx,
        name: NameIx,
    ) -> impl Iterator<Item = &str> {
        let row = self.inner.attributes.row(entity);
        let first = row.partition_point(|(other, _)| *other < name);
        row[first..]
            .iter()
            .take_while(move |(other, _)| *other == name)
            .map(|(_, value)| self.inner.values.text(*value))
    }

    /// The attributes of the entity, as [`attributes_of`](Self::attributes_of).
    pub(crate) fn attributes(&self, entity: EntityIx) -> Attributes<'_> {
        Attributes { topology: self, row: self.inner.attributes.row(entity).iter() }
    }
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Topology")
            .field("entities", &self.len())
            .field("groups", &self.group_len())
            .finish_non_exhaustive()
    }
}

/// Ids from a [`Topology`], in the order that the method states.
///
/// ```
/// use quietude::Topology;
///
/// let topology = Topology::builder().add_child("rack-1", "db-7").build()?;
/// let mut ids = topology.entities();
/// assert_eq!((ids.next(), ids.next(), ids.next()), (Some("rack-1"), Some("db-7"), None));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct Ids<'a> {
    texts: &'a [Arc<str>],
    row: Row<'a>,
}

#[derive(Clone)]
enum Row<'a> {
    All(std::ops::Range<usize>),
    Entities(slice::Iter<'a, EntityIx>),
    Groups(slice::Iter<'a, GroupIx>),
}

impl<'a> Ids<'a> {
    fn all(texts: &'a [Arc<str>]) -> Self {
        Self { texts, row: Row::All(0..texts.len()) }
    }

    fn entities(topology: &'a Topology, row: &'a [EntityIx]) -> Self {
        Self { texts: topology.inner.entities.texts(), row: Row::Entities(row.iter()) }
    }

    fn groups(topology: &'a Topology, row: &'a [GroupIx]) -> Self {
        Self { texts: topology.inner.groups.texts(), row: Row::Groups(row.iter()) }
    }
}

impl<'a> Iterator for Ids<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let index = match &mut self.row {
            Row::All(range) => range.next()?,
            Row::Entities(row) => row.next()?.index(),
            Row::Groups(row) => row.next()?.index(),
        };
        Some(&self.texts[index])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.row {
            Row::All(range) => range.size_hint(),
            Row::Entities(row) => row.size_hint(),
            Row::Groups(row) => row.size_hint(),
        }
    }
}

impl ExactSizeIterator for Ids<'_> {}

impl FusedIterator for Ids<'_> {}

impl fmt::Debug for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Attributes of one entity of a [`Topology`], as pairs of name and value.
///
/// ```
/// use quietude::Topology;
///
/// let topology = Topology::builder().add_attribute("db-7", "name", "pg-1").build()?;
/// let mut attributes = topology.attributes_of("db-7");
/// assert_eq!((attributes.next(), attributes.next()), (Some(("name", "pg-1")), None));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct Attributes<'a> {
    topology: &'a Topology,
    row: slice::Iter<'a, (NameIx, ValueIx)>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = *self.row.next()?;
        let inner = &self.topology.inner;
        Some((inner.names.text(name), inner.values.text(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.row.size_hint()
    }
}

impl ExactSizeIterator for Attributes<'_> {}

impl FusedIterator for Attributes<'_> {}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

#[cfg(test)]
mod tests;
