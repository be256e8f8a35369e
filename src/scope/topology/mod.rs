//! What is known about entities: their parents, groups and attributes, and the groups in
//! which groups are nested.
//!
//! ```text
//! file      what it holds                              technique
//! builder   relations in any order
//! interner  ids -> dense numbers                       interner
//! csr       relations as they were built               compressed sparse rows
//! changes   rows that were changed since               persistent tries
//! edit      changes of a topology
//! diff      the entities that a change touches
//! ```

use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use crate::error::Error;
use crate::scope::{Subject, check_id};
use crate::trie::Row;

mod builder;
mod changes;
mod csr;
mod diff;
mod edit;
mod interner;

pub use builder::TopologyBuilder;
use changes::Changes;
use csr::Csr;
pub(crate) use diff::TouchedEntity;
use interner::{DenseId, Interner, ValueIx};
pub(crate) use interner::{EntityIx, GroupIx, NameIx};

/// What is known about entities: parents, groups and attributes.
///
/// Parents and groups have no cycles. Entities and groups are in the order in which they
/// were first mentioned, and so are the parents and the groups of each entity. Two
/// topologies are equal only if these orders are equal.
///
/// It is built by a [`TopologyBuilder`], and changed by its own methods, each of which
/// succeeds or has no effect; [`edit`](Self::edit) makes several changes one. A change takes
/// microseconds, whatever the number of entities. Cloning copies a few pointers: clones share
/// what they have in common, and change independently.
///
/// ```
/// use quietude::Topology;
///
/// let mut topology = Topology::builder()
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
///
/// topology.add_child("rack-1", "db-8")?;
/// topology.remove_entity("db-7")?;
/// assert!(topology.entities().eq(["rack-1", "db-8"]));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Topology {
    /// As it was built.
    inner: Arc<Inner>,
    /// What was changed since.
    changes: Option<Arc<Changes>>,
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
    children: Csr<EntityIx, u32>,
    groups_of: Csr<EntityIx, GroupIx>,
    members: Csr<GroupIx, u32>,
    supergroups: Csr<GroupIx, GroupIx>,
    subgroups: Csr<GroupIx, u32>,
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

/// Compares the entities, the groups, their relations and the attributes, in order.
impl PartialEq for Topology {
    fn eq(&self, other: &Self) -> bool {
        if self.entity_label != other.entity_label {
            return false;
        }
        match (&self.changes, &other.changes) {
            (None, None) => Arc::ptr_eq(&self.inner, &other.inner) || self.inner == other.inner,
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => true,
            _ => {
                self.entities().eq(other.entities())
                    && self.groups().eq(other.groups())
                    && self.entities().all(|id| {
                        self.parents_of(id).eq(other.parents_of(id))
                            && self.groups_of(id).eq(other.groups_of(id))
                            && self.attributes_of(id).eq(other.attributes_of(id))
                    })
                    && self
                        .groups()
                        .all(|id| self.outer_groups_of(id).eq(other.outer_groups_of(id)))
            }
        }
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
        Ids { topology: self, row: IdRow::AllEntities(0..self.entity_end(), self.len()) }
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
        let row = self.entity(entity).map_or(&[][..], |ix| self.attribute_row(ix));
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
        Ids { topology: self, row: IdRow::AllGroups(0..self.group_end(), self.group_len()) }
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

    /// Whether both are the same version; then they are equal. O(1).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let pointer = |topology: &Self| topology.changes.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.inner, &other.inner)
            && pointer(self) == pointer(other)
            && self.entity_label == other.entity_label
    }

    /// The number of entities.
    pub(crate) fn len(&self) -> usize {
        self.changes.as_ref().map_or(self.inner.entities.len(), |changes| changes.entity_count)
    }

    /// The number of groups.
    pub(crate) fn group_len(&self) -> usize {
        self.changes.as_ref().map_or(self.inner.groups.len(), |changes| changes.group_count)
    }

    /// The end of the positions of entities. Some may have been removed.
    pub(crate) fn entity_end(&self) -> u32 {
        let built = self.inner.entities.len() as u32;
        self.changes.as_ref().map_or(built, |changes| changes.entity_end)
    }

    /// The end of the positions of groups. Some may have been removed.
    fn group_end(&self) -> u32 {
        let built = self.inner.groups.len() as u32;
        self.changes.as_ref().map_or(built, |changes| changes.group_end)
    }

    #[inline]
    pub(crate) fn entity(&self, id: &str) -> Option<EntityIx> {
        let built = self.inner.entities.get(id);
        match &self.changes {
            None => built,
            Some(changes) => built.filter(|ix| changes.has_entity(*ix)).or_else(|| {
                let hash = self.inner.entities.hash(id);
                changes.entity_ids.get(hash, id).map(EntityIx::at)
            }),
        }
    }

    #[inline]
    pub(crate) fn group(&self, id: &str) -> Option<GroupIx> {
        let built = self.inner.groups.get(id);
        match &self.changes {
            None => built,
            Some(changes) => built.filter(|ix| changes.has_group(*ix)).or_else(|| {
                let hash = self.inner.groups.hash(id);
                changes.group_ids.get(hash, id).map(GroupIx::at)
            }),
        }
    }

    /// Every entity, in order of first mention.
    pub(crate) fn entity_indices(&self) -> impl Iterator<Item = EntityIx> + '_ {
        (0..self.entity_end()).map(EntityIx::at).filter(|ix| self.has_entity(*ix))
    }

    /// Whether there is an entity at a position.
    pub(crate) fn has_entity(&self, entity: EntityIx) -> bool {
        self.changes.as_ref().is_none_or(|changes| changes.has_entity(entity))
    }

    fn has_group(&self, group: GroupIx) -> bool {
        self.changes.as_ref().is_none_or(|changes| changes.has_group(group))
    }

    /// The id at a position; empty if it was removed.
    pub(crate) fn id_of(&self, entity: EntityIx) -> &str {
        self.shared_id_of(entity).map_or("", |id| &**id)
    }

    /// The shared id at a position.
    fn shared_id_of(&self, entity: EntityIx) -> Option<&Arc<str>> {
        if entity.index() < self.inner.entities.len() {
            return Some(self.inner.entities.shared(entity));
        }
        self.changes.as_ref()?.entity_ids.shared(entity.index() as u32)
    }

    /// In order of first mention.
    #[inline]
    pub(crate) fn parents(&self, entity: EntityIx) -> &[EntityIx] {
        match self.changes.as_ref().and_then(|changes| changes.entity_row(entity)) {
            None => self.inner.parents.row(entity),
            Some(row) => row.map_or(&[], |row| &row.parents),
        }
    }

    /// The positions of the children.
    pub(crate) fn children(&self, entity: EntityIx) -> Row<'_> {
        let changes = self.changes.as_ref();
        let changes = changes.and_then(|changes| changes.children.get(entity.index() as u64));
        Row::new(self.inner.children.get(entity).unwrap_or_default(), changes)
    }

    /// In order of first mention.
    #[inline]
    pub(crate) fn direct_groups(&self, entity: EntityIx) -> &[GroupIx] {
        match self.changes.as_ref().and_then(|changes| changes.entity_row(entity)) {
            None => self.inner.groups_of.row(entity),
            Some(row) => row.map_or(&[], |row| &row.groups),
        }
    }

    /// The positions of the direct members.
    pub(crate) fn members(&self, group: GroupIx) -> Row<'_> {
        let changes = self.changes.as_ref();
        let changes = changes.and_then(|changes| changes.members.get(group.index() as u64));
        Row::new(self.inner.members.get(group).unwrap_or_default(), changes)
    }

    /// The groups in which the group is directly nested, in order of first mention.
    #[inline]
    pub(crate) fn supergroups(&self, group: GroupIx) -> &[GroupIx] {
        match self.changes.as_ref().and_then(|changes| changes.group_row(group)) {
            None => self.inner.supergroups.row(group),
            Some(row) => row.map_or(&[], |row| &row.supergroups),
        }
    }

    /// The positions of the groups that are directly nested in the group.
    pub(crate) fn subgroups(&self, group: GroupIx) -> Row<'_> {
        let changes = self.changes.as_ref();
        let changes = changes.and_then(|changes| changes.subgroups.get(group.index() as u64));
        Row::new(self.inner.subgroups.get(group).unwrap_or_default(), changes)
    }

    /// The id at a position; empty if it was removed.
    pub(crate) fn group_id(&self, group: GroupIx) -> &str {
        if group.index() < self.inner.groups.len() {
            return self.inner.groups.text(group);
        }
        let added = self.changes.as_ref();
        let added = added.and_then(|changes| changes.group_ids.text(group.index() as u32));
        added.unwrap_or_default()
    }

    /// Every attribute name that an entity has or had, in no order.
    pub(crate) fn attribute_names(&self) -> impl Iterator<Item = &str> {
        let built = self.inner.names.all().map(|name| self.inner.names.text(name));
        let added = self.changes.as_ref().map(|changes| changes.names.texts());
        built.chain(added.into_iter().flatten())
    }

    /// The id of an attribute name, to look it up once for many entities.
    #[inline]
    pub(crate) fn attribute_name(&self, name: &str) -> Option<NameIx> {
        let built = self.inner.names.get(name);
        match &self.changes {
            Some(changes) if built.is_none() && !changes.names.is_empty() => {
                changes.names.get(self.inner.names.hash(name), name).map(NameIx::at)
            }
            _ => built,
        }
    }

    /// The values of the attribute with this name, in order of first mention.
    pub(crate) fn attribute_values(
        &self,
        entity: EntityIx,
        name: NameIx,
    ) -> impl Iterator<Item = &str> {
        let row = self.attribute_row(entity);
        let first = match &self.changes {
            None => row.partition_point(|(other, _)| *other < name),
            // The ids of names that were added are in no order.
            Some(_) => row.iter().position(|(other, _)| *other == name).unwrap_or(row.len()),
        };
        row[first..]
            .iter()
            .take_while(move |(other, _)| *other == name)
            .map(|(_, value)| self.value_text(*value))
    }

    /// The attributes of the entity, as [`attributes_of`](Self::attributes_of).
    pub(crate) fn attributes(&self, entity: EntityIx) -> Attributes<'_> {
        Attributes { topology: self, row: self.attribute_row(entity).iter() }
    }

    #[inline]
    fn attribute_row(&self, entity: EntityIx) -> &[(NameIx, ValueIx)] {
        match self.changes.as_ref().and_then(|changes| changes.entity_row(entity)) {
            None => self.inner.attributes.row(entity),
            Some(row) => row.map_or(&[], |row| &row.attributes),
        }
    }

    fn name_text(&self, name: NameIx) -> &str {
        if name.index() < self.inner.names.len() {
            return self.inner.names.text(name);
        }
        let added = self.changes.as_ref();
        added.and_then(|changes| changes.names.text(name.index() as u32)).unwrap_or_default()
    }

    fn value_text(&self, value: ValueIx) -> &str {
        if value.index() < self.inner.values.len() {
            return self.inner.values.text(value);
        }
        let added = self.changes.as_ref();
        added.and_then(|changes| changes.values.text(value.index() as u32)).unwrap_or_default()
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
    topology: &'a Topology,
    row: IdRow<'a>,
}

#[derive(Clone)]
enum IdRow<'a> {
    /// The positions that are left, and how many of them have an id.
    AllEntities(Range<u32>, usize),
    AllGroups(Range<u32>, usize),
    Entities(slice::Iter<'a, EntityIx>),
    Groups(slice::Iter<'a, GroupIx>),
}

impl<'a> Ids<'a> {
    fn entities(topology: &'a Topology, row: &'a [EntityIx]) -> Self {
        Self { topology, row: IdRow::Entities(row.iter()) }
    }

    fn groups(topology: &'a Topology, row: &'a [GroupIx]) -> Self {
        Self { topology, row: IdRow::Groups(row.iter()) }
    }
}

impl<'a> Iterator for Ids<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let topology = self.topology;
        match &mut self.row {
            IdRow::AllEntities(rest, left) => {
                let ix = rest.map(EntityIx::at).find(|ix| topology.has_entity(*ix))?;
                *left -= 1;
                Some(topology.id_of(ix))
            }
            IdRow::AllGroups(rest, left) => {
                let ix = rest.map(GroupIx::at).find(|ix| topology.has_group(*ix))?;
                *left -= 1;
                Some(topology.group_id(ix))
            }
            IdRow::Entities(row) => Some(topology.id_of(*row.next()?)),
            IdRow::Groups(row) => Some(topology.group_id(*row.next()?)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.row {
            IdRow::AllEntities(_, left) | IdRow::AllGroups(_, left) => (*left, Some(*left)),
            IdRow::Entities(row) => row.size_hint(),
            IdRow::Groups(row) => row.size_hint(),
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
        Some((self.topology.name_text(name), self.topology.value_text(value)))
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
