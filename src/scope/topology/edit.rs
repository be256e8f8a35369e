//! Changes of a topology. Each succeeds, or has no effect.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, truncated};
use crate::limits::{MAX_ENTITIES, MAX_LINKS};
use crate::scope::id::check_id;
use crate::scope::topology::builder::cycle_error;
use crate::scope::topology::changes::{EntityRow, GroupRow};
use crate::scope::topology::interner::{DenseId, EntityIx, GroupIx, NameIx, ValueIx};
use crate::scope::topology::{Topology, TopologyBuilder};

/// A topology is built again if more rows have changed than this and half of its entities.
const MIN_EDITS: usize = 1 << 12;

impl Topology {
    /// Applies several changes as one: all of them, or none if `change` returns an error.
    ///
    /// # Errors
    ///
    /// The error of `change`. The topology is then unchanged.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// let failed = topology.edit(|topology| {
    ///     topology.add_member("prod", "db-7")?;
    ///     topology.remove_entity("db-8")
    /// });
    /// assert!(failed.is_err() && !topology.contains("db-7"));
    /// ```
    pub fn edit<T, E>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let mut next = self.clone();
        let value = change(&mut next)?;
        next.rebuild_if_due();
        *self = next;
        Ok(value)
    }

    /// Adds an entity. No effect if it is known.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.add_entity("db-7")?;
    /// assert!(topology.contains("db-7"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_entity(&mut self, id: impl AsRef<str>) -> Result<(), Error> {
        self.edit(|topology| topology.intern_entity(id.as_ref()).map(|_| ()))
    }

    /// Removes an entity, with its attributes, its memberships, and its links to parents and
    /// children. O(children).
    ///
    /// # Errors
    ///
    /// If there is no such entity.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_child("rack-1", "db-7").build()?;
    /// topology.remove_entity("rack-1")?;
    /// assert!(!topology.contains("rack-1") && topology.parents_of("db-7").len() == 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_entity(&mut self, id: impl AsRef<str>) -> Result<(), Error> {
        self.edit(|topology| {
            let id = id.as_ref();
            let entity = topology.known_entity(id)?;
            for parent in topology.parents(entity).to_vec() {
                topology.set_child(parent, entity, false);
            }
            for group in topology.direct_groups(entity).to_vec() {
                topology.set_member(group, entity, false);
            }
            let children: Vec<u32> = topology.children(entity).iter().collect();
            for child in children.iter().copied().map(EntityIx::at) {
                topology.entity_mut(child).parents.retain(|parent| *parent != entity);
            }
            let [parents, groups] =
                [topology.parents(entity).len(), topology.direct_groups(entity).len()];
            let attributes = topology.attribute_row(entity).len();
            let hash = topology.inner.entities.hash(id);
            let changes = topology.changes_mut();
            changes.children.remove(entity.index() as u64);
            changes.links.parents -= parents + children.len();
            changes.links.members -= groups;
            changes.links.attributes -= attributes;
            changes.entities.insert(entity.index() as u64, None);
            changes.entity_ids.remove(hash, entity.index() as u32);
            changes.entity_count -= 1;
            changes.edits += 1;
            Ok(())
        })
    }

    /// Makes `child` a child of `parent`; adds both if they are new. No effect if it is one.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::{ErrorKind, Topology};
    ///
    /// let mut topology = Topology::default();
    /// topology.add_child("rack-1", "db-7")?;
    /// let error = topology.add_child("db-7", "rack-1").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cycle);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_child(
        &mut self,
        parent: impl AsRef<str>,
        child: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let parent = topology.intern_entity(parent.as_ref())?;
            let child = topology.intern_entity(child.as_ref())?;
            if topology.parents(child).contains(&parent) {
                return Ok(());
            }
            if let Some(path) = path_up(parent, child, |entity| topology.parents(entity)) {
                let ids = path.iter().map(|entity| topology.id_of(*entity));
                return Err(cycle_error("parents", ids));
            }
            let links = &mut topology.changes_mut().links.parents;
            add_link(links, "parents")?;
            topology.entity_mut(child).parents.push(parent);
            topology.set_child(parent, child, true);
            Ok(())
        })
    }

    /// Removes the link between a parent and a child. Both remain.
    ///
    /// # Errors
    ///
    /// If there is no such link.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_child("rack-1", "db-7").build()?;
    /// topology.remove_child("rack-1", "db-7")?;
    /// assert_eq!(topology.parents_of("db-7").len(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_child(
        &mut self,
        parent: impl AsRef<str>,
        child: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let (parent_id, child_id) = (parent.as_ref(), child.as_ref());
            let (parent, child) =
                (topology.known_entity(parent_id)?, topology.known_entity(child_id)?);
            if !topology.parents(child).contains(&parent) {
                return Err(no_link(child_id, "a child", parent_id));
            }
            topology.entity_mut(child).parents.retain(|other| *other != parent);
            topology.set_child(parent, child, false);
            topology.changes_mut().links.parents -= 1;
            Ok(())
        })
    }

    /// Makes `entity` a member of `group`; adds both if they are new. No effect if it is one.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.add_member("prod", "db-7")?;
    /// assert!(topology.groups_of("db-7").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_member(
        &mut self,
        group: impl AsRef<str>,
        entity: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let group = topology.intern_group(group.as_ref())?;
            let entity = topology.intern_entity(entity.as_ref())?;
            if topology.direct_groups(entity).contains(&group) {
                return Ok(());
            }
            add_link(&mut topology.changes_mut().links.members, "members of groups")?;
            topology.entity_mut(entity).groups.push(group);
            topology.set_member(group, entity, true);
            Ok(())
        })
    }

    /// Removes an entity from a group. Both remain.
    ///
    /// # Errors
    ///
    /// If the entity is not a direct member of the group.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_member("prod", "db-7").build()?;
    /// topology.remove_member("prod", "db-7")?;
    /// assert_eq!(topology.groups_of("db-7").len(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_member(
        &mut self,
        group: impl AsRef<str>,
        entity: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let (group_id, entity_id) = (group.as_ref(), entity.as_ref());
            let group = topology.known_group(group_id)?;
            let entity = topology.known_entity(entity_id)?;
            if !topology.direct_groups(entity).contains(&group) {
                return Err(no_link(entity_id, "a direct member", group_id));
            }
            topology.entity_mut(entity).groups.retain(|other| *other != group);
            topology.set_member(group, entity, false);
            topology.changes_mut().links.members -= 1;
            Ok(())
        })
    }

    /// Adds a group. No effect if it is known.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.add_group("prod")?;
    /// assert!(topology.groups().eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_group(&mut self, id: impl AsRef<str>) -> Result<(), Error> {
        self.edit(|topology| topology.intern_group(id.as_ref()).map(|_| ()))
    }

    /// Removes a group: it has no members any more, and is nested in none. O(members).
    ///
    /// # Errors
    ///
    /// If there is no such group.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_member("prod", "db-7").build()?;
    /// topology.remove_group("prod")?;
    /// assert_eq!(topology.groups_of("db-7").len(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_group(&mut self, id: impl AsRef<str>) -> Result<(), Error> {
        self.edit(|topology| {
            let id = id.as_ref();
            let group = topology.known_group(id)?;
            let outer = topology.supergroups(group).to_vec();
            for outer in &outer {
                topology.set_subgroup(*outer, group, false);
            }
            let inner: Vec<u32> = topology.subgroups(group).iter().collect();
            for inner in inner.iter().copied().map(GroupIx::at) {
                topology.group_mut(inner).supergroups.retain(|other| *other != group);
            }
            let members: Vec<u32> = topology.members(group).iter().collect();
            for member in members.iter().copied().map(EntityIx::at) {
                topology.entity_mut(member).groups.retain(|other| *other != group);
                topology.set_member(group, member, false);
            }
            for inner in inner.iter().copied().map(GroupIx::at) {
                topology.set_subgroup(group, inner, false);
            }
            let hash = topology.inner.groups.hash(id);
            let changes = topology.changes_mut();
            changes.links.nested -= outer.len() + inner.len();
            changes.links.members -= members.len();
            changes.groups.insert(group.index() as u64, None);
            changes.group_ids.remove(hash, group.index() as u32);
            changes.group_count -= 1;
            changes.edits += 1;
            Ok(())
        })
    }

    /// Nests `subgroup` in `group`; adds both if they are new. No effect if it is nested.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.add_subgroup("prod", "prod-eu")?;
    /// assert!(topology.outer_groups_of("prod-eu").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_subgroup(
        &mut self,
        group: impl AsRef<str>,
        subgroup: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let group = topology.intern_group(group.as_ref())?;
            let subgroup = topology.intern_group(subgroup.as_ref())?;
            if topology.supergroups(subgroup).contains(&group) {
                return Ok(());
            }
            if let Some(path) = path_up(group, subgroup, |group| topology.supergroups(group)) {
                let ids = path.iter().map(|group| topology.group_id(*group));
                return Err(cycle_error("groups", ids));
            }
            add_link(&mut topology.changes_mut().links.nested, "nested groups")?;
            topology.group_mut(subgroup).supergroups.push(group);
            topology.set_subgroup(group, subgroup, true);
            Ok(())
        })
    }

    /// Takes `subgroup` out of `group`. Both remain.
    ///
    /// # Errors
    ///
    /// If it is not directly nested in it.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_subgroup("prod", "prod-eu").build()?;
    /// topology.remove_subgroup("prod", "prod-eu")?;
    /// assert_eq!(topology.outer_groups_of("prod-eu").len(), 0);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_subgroup(
        &mut self,
        group: impl AsRef<str>,
        subgroup: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let (outer_id, inner_id) = (group.as_ref(), subgroup.as_ref());
            let (outer, inner) = (topology.known_group(outer_id)?, topology.known_group(inner_id)?);
            if !topology.supergroups(inner).contains(&outer) {
                return Err(no_link(inner_id, "a direct subgroup", outer_id));
            }
            topology.group_mut(inner).supergroups.retain(|other| *other != outer);
            topology.set_subgroup(outer, inner, false);
            topology.changes_mut().links.nested -= 1;
            Ok(())
        })
    }

    /// Adds a value of the attribute `name` to an entity; adds the entity if it is new. No
    /// effect if it has the value.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.add_attribute("db-7", "tier", "gold")?;
    /// assert!(topology.attributes_of("db-7").eq([("tier", "gold")]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn add_attribute(
        &mut self,
        entity: impl AsRef<str>,
        name: impl AsRef<str>,
        value: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let entity = topology.intern_entity(entity.as_ref())?;
            let name = topology.intern_name(name.as_ref())?;
            let value = topology.intern_value(value.as_ref())?;
            if topology.attribute_row(entity).contains(&(name, value)) {
                return Ok(());
            }
            add_link(&mut topology.changes_mut().links.attributes, "attributes")?;
            let text = topology.name_text(name);
            let row = topology.attribute_row(entity);
            let at = row.partition_point(|(other, _)| topology.name_text(*other) <= text);
            topology.entity_mut(entity).attributes.insert(at, (name, value));
            Ok(())
        })
    }

    /// Makes `value` the only value of the attribute `name` of an entity; adds the entity if
    /// it is new.
    ///
    /// # Errors
    ///
    /// As [`TopologyBuilder::build`].
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_attribute("db-7", "tier", "gold").build()?;
    /// topology.set_attribute("db-7", "tier", "silver")?;
    /// assert!(topology.attributes_of("db-7").eq([("tier", "silver")]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn set_attribute(
        &mut self,
        entity: impl AsRef<str>,
        name: impl AsRef<str>,
        value: impl AsRef<str>,
    ) -> Result<(), Error> {
        let (entity, name, value) = (entity.as_ref(), name.as_ref(), value.as_ref());
        self.edit(|topology| {
            let known = topology.attributes_of(entity).filter(|(other, _)| *other == name);
            let mut known = known.map(|(_, value)| value);
            match (known.next(), known.next()) {
                (Some(only), None) if only == value => return Ok(()),
                (Some(_), _) => topology.remove_attribute(entity, name)?,
                _ => {}
            }
            topology.add_attribute(entity, name, value)
        })
    }

    /// Removes all values of the attribute `name` of an entity.
    ///
    /// # Errors
    ///
    /// If there is no such entity, or it does not have the attribute.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::builder().add_attribute("db-7", "tier", "gold").build()?;
    /// topology.remove_attribute("db-7", "tier")?;
    /// assert!(topology.attributes_of("db-7").next().is_none());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn remove_attribute(
        &mut self,
        entity: impl AsRef<str>,
        name: impl AsRef<str>,
    ) -> Result<(), Error> {
        self.edit(|topology| {
            let (entity_id, name_text) = (entity.as_ref(), name.as_ref());
            let entity = topology.known_entity(entity_id)?;
            let name = topology.attribute_name(name_text);
            let is_name = |(other, _): &(NameIx, ValueIx)| Some(*other) == name;
            let removed =
                topology.attribute_row(entity).iter().filter(|pair| is_name(pair)).count();
            if removed == 0 {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format_args!(
                        "`{}` has no attribute `{}`",
                        truncated(entity_id),
                        truncated(name_text)
                    ),
                ));
            }
            topology.entity_mut(entity).attributes.retain(|pair| !is_name(pair));
            topology.changes_mut().links.attributes -= removed;
            Ok(())
        })
    }

    /// Sets or removes the name of the label that is the entity of a subject without one, as
    /// [`TopologyBuilder::entity_label`].
    ///
    /// # Errors
    ///
    /// If the name is not a valid name of an attribute.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let mut topology = Topology::default();
    /// topology.set_entity_label(Some("instance"))?;
    /// assert_eq!(topology.entity_label(), Some("instance"));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn set_entity_label(&mut self, name: Option<&str>) -> Result<(), Error> {
        if let Some(name) = name {
            check_id(name).map_err(|error| error.in_field("entity_label"))?;
        }
        self.entity_label = name.map(Into::into);
        Ok(())
    }

    fn known_entity(&self, id: &str) -> Result<EntityIx, Error> {
        self.entity(id).ok_or_else(|| not_found("entity", id))
    }

    fn known_group(&self, id: &str) -> Result<GroupIx, Error> {
        self.group(id).ok_or_else(|| not_found("group", id))
    }

    fn intern_entity(&mut self, id: &str) -> Result<EntityIx, Error> {
        if let Some(entity) = self.entity(id) {
            return Ok(entity);
        }
        check_id(id)?;
        check_count(self.len(), EntityIx::WHAT)?;
        let hash = self.inner.entities.hash(id);
        let changes = self.changes_mut();
        let ix = changes.entity_end;
        changes.entity_ids.insert(hash, id, ix);
        changes.entities.insert(ix.into(), Some(Arc::new(EntityRow::default())));
        changes.entity_end += 1;
        changes.entity_count += 1;
        changes.edits += 1;
        Ok(EntityIx::at(ix))
    }

    fn intern_group(&mut self, id: &str) -> Result<GroupIx, Error> {
        if let Some(group) = self.group(id) {
            return Ok(group);
        }
        check_id(id)?;
        check_count(self.group_len(), GroupIx::WHAT)?;
        let hash = self.inner.groups.hash(id);
        let changes = self.changes_mut();
        let ix = changes.group_end;
        changes.group_ids.insert(hash, id, ix);
        changes.groups.insert(ix.into(), Some(Arc::new(GroupRow::default())));
        changes.group_end += 1;
        changes.group_count += 1;
        changes.edits += 1;
        Ok(GroupIx::at(ix))
    }

    fn intern_name(&mut self, name: &str) -> Result<NameIx, Error> {
        if let Some(name) = self.attribute_name(name) {
            return Ok(name);
        }
        check_id(name)?;
        let hash = self.inner.names.hash(name);
        let changes = self.changes_mut();
        check_count(changes.name_end as usize, NameIx::WHAT)?;
        let ix = changes.name_end;
        changes.names.insert(hash, name, ix);
        changes.name_end += 1;
        Ok(NameIx::at(ix))
    }

    fn intern_value(&mut self, value: &str) -> Result<ValueIx, Error> {
        let inner = self.inner.clone();
        if let Some(value) = inner.values.get(value) {
            return Ok(value);
        }
        let hash = inner.values.hash(value);
        let changes = self.changes_mut();
        if let Some(known) = changes.values.get(hash, value) {
            return Ok(ValueIx::at(known));
        }
        check_count(changes.value_end as usize, ValueIx::WHAT)?;
        let ix = changes.value_end;
        changes.values.insert(hash, value, ix);
        changes.value_end += 1;
        Ok(ValueIx::at(ix))
    }

    /// Builds the topology again if much has changed: the time of a change is constant on
    /// average.
    fn rebuild_if_due(&mut self) {
        let edits = self.changes.as_ref().map_or(0, |changes| changes.edits);
        if edits > MIN_EDITS + self.inner.entities.len() / 2
            && let Ok(rebuilt) = self.to_builder().build()
        {
            *self = rebuilt;
        }
    }

    /// A builder with everything that the topology has, in its order.
    fn to_builder(&self) -> TopologyBuilder {
        let mut builder = self.entities().fold(Self::builder(), TopologyBuilder::entity);
        builder = self.groups().fold(builder, TopologyBuilder::group);
        for id in self.entities() {
            builder = self.parents_of(id).fold(builder, |all, parent| all.add_child(parent, id));
            builder = self.groups_of(id).fold(builder, |all, group| all.add_member(group, id));
            builder = self
                .attributes_of(id)
                .fold(builder, |all, (name, value)| all.add_attribute(id, name, value));
        }
        for id in self.groups() {
            builder =
                self.outer_groups_of(id).fold(builder, |all, outer| all.add_subgroup(outer, id));
        }
        match &self.entity_label {
            Some(label) => builder.entity_label(label),
            None => builder,
        }
    }
}

/// Counts a link.
fn add_link(links: &mut usize, what: &str) -> Result<(), Error> {
    if *links >= MAX_LINKS {
        return Err(Error::beyond(*links + 1, what, MAX_LINKS));
    }
    *links += 1;
    Ok(())
}

fn check_count(count: usize, what: &str) -> Result<(), Error> {
    if count >= MAX_ENTITIES {
        return Err(Error::beyond(count + 1, what, MAX_ENTITIES));
    }
    Ok(())
}

fn not_found(what: &str, id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format_args!("no {what} has the id `{}`", truncated(id)))
}

fn no_link(id: &str, what: &str, of: &str) -> Error {
    let (id, of) = (truncated(id), truncated(of));
    Error::new(ErrorKind::NotFound, format_args!("`{id}` is not {what} of `{of}`"))
}

/// The ids from `to` up to `from`, if `to` is `from` or above it: each is below the next one.
fn path_up<'a, I: DenseId + std::hash::Hash + 'a>(
    from: I,
    to: I,
    up: impl Fn(I) -> &'a [I],
) -> Option<Vec<I>> {
    let mut seen = HashSet::from([from]);
    // Each with the place of the one below it.
    let mut reached = vec![(from, 0)];
    let mut next = 0;
    while let Some((here, _)) = reached.get(next).copied() {
        if here == to {
            let mut path = vec![here];
            let mut at = next;
            while at != 0 {
                at = reached[at].1;
                path.push(reached[at].0);
            }
            // `from` is to be above `to`.
            path.reverse();
            return Some(path);
        }
        reached.extend(
            up(here).iter().filter(|above| seen.insert(**above)).map(|above| (*above, next)),
        );
        next += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_ids_beyond_limit_are_errors() {
        let mut links = MAX_LINKS - 1;
        assert_eq!(add_link(&mut links, "parents"), Ok(()));
        let error = add_link(&mut links, "parents").unwrap_err();
        assert_eq!(error.to_string(), "50000001 parents are more than 50000000");
        assert_eq!((error.kind(), links), (ErrorKind::Limit, MAX_LINKS));
        assert_eq!(check_count(MAX_ENTITIES - 1, "values"), Ok(()));
        let error = check_count(MAX_ENTITIES, "values").unwrap_err();
        assert_eq!(error.to_string(), "10000001 values are more than 10000000");
    }
}
