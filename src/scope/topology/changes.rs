//! What was changed in a topology since it was built: whole rows, in persistent tries.

use std::sync::Arc;

use crate::scope::topology::interner::{Added, EntityIx, GroupIx, NameIx, ValueIx};
use crate::scope::topology::{Inner, Topology};
use crate::trie::{RowChanges, Trie};

/// The changes of a topology. Cloning copies a few pointers.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// The entities that were added or changed; `None` for those that were removed.
    pub(super) entities: Trie<Option<Arc<EntityRow>>>,
    /// The groups that were added or changed; `None` for those that were removed.
    pub(super) groups: Trie<Option<Arc<GroupRow>>>,
    pub(super) entity_ids: Added,
    pub(super) group_ids: Added,
    pub(super) names: Added,
    pub(super) values: Added,
    pub(super) children: Trie<RowChanges>,
    pub(super) members: Trie<RowChanges>,
    pub(super) subgroups: Trie<RowChanges>,
    /// The ends of the ids.
    pub(super) entity_end: u32,
    pub(super) group_end: u32,
    pub(super) name_end: u32,
    pub(super) value_end: u32,
    pub(super) entity_count: usize,
    pub(super) group_count: usize,
    pub(super) links: Links,
    /// The number of changed rows.
    pub(super) edits: usize,
}

/// The number of links of each kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links {
    pub(super) parents: usize,
    pub(super) members: usize,
    pub(super) nested: usize,
    pub(super) attributes: usize,
}

/// What is known about an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct EntityRow {
    pub(super) parents: Vec<EntityIx>,
    pub(super) groups: Vec<GroupIx>,
    /// In the order of the names; the values of one name in order of first mention.
    pub(super) attributes: Vec<(NameIx, ValueIx)>,
}

/// What is known about a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GroupRow {
    pub(super) supergroups: Vec<GroupIx>,
}

impl Changes {
    /// No changes.
    pub(super) fn of(inner: &Inner) -> Self {
        Self {
            entities: Trie::default(),
            groups: Trie::default(),
            entity_ids: Added::default(),
            group_ids: Added::default(),
            names: Added::default(),
            values: Added::default(),
            children: Trie::default(),
            members: Trie::default(),
            subgroups: Trie::default(),
            entity_end: inner.entities.len() as u32,
            group_end: inner.groups.len() as u32,
            name_end: inner.names.len() as u32,
            value_end: inner.values.len() as u32,
            entity_count: inner.entities.len(),
            group_count: inner.groups.len(),
            links: Links {
                parents: inner.parents.len(),
                members: inner.groups_of.len(),
                nested: inner.supergroups.len(),
                attributes: inner.attributes.len(),
            },
            edits: 0,
        }
    }

    /// Whether an entity was not removed.
    #[inline]
    pub(super) fn has_entity(&self, entity: EntityIx) -> bool {
        !matches!(self.entities.get(entity.index() as u64), Some(None))
    }

    /// Whether a group was not removed.
    #[inline]
    pub(super) fn has_group(&self, group: GroupIx) -> bool {
        !matches!(self.groups.get(group.index() as u64), Some(None))
    }

    /// The row of an entity, if it was changed; within, `None` if it was removed.
    #[inline]
    pub(super) fn entity_row(&self, entity: EntityIx) -> Option<Option<&EntityRow>> {
        Some(self.entities.get(entity.index() as u64)?.as_deref())
    }

    /// The row of a group, if it was changed; within, `None` if it was removed.
    #[inline]
    pub(super) fn group_row(&self, group: GroupIx) -> Option<Option<&GroupRow>> {
        Some(self.groups.get(group.index() as u64)?.as_deref())
    }
}

impl Topology {
    /// The changes, to be continued.
    pub(super) fn changes_mut(&mut self) -> &mut Changes {
        let inner = &self.inner;
        Arc::make_mut(self.changes.get_or_insert_with(|| Arc::new(Changes::of(inner))))
    }

    /// The row of an entity, to be changed.
    pub(super) fn entity_mut(&mut self, entity: EntityIx) -> &mut EntityRow {
        let is_changed = |changes: &Arc<Changes>| changes.entity_row(entity).flatten().is_some();
        if !self.changes.as_ref().is_some_and(is_changed) {
            let row = EntityRow {
                parents: self.parents(entity).to_vec(),
                groups: self.direct_groups(entity).to_vec(),
                attributes: self.attribute_row(entity).to_vec(),
            };
            self.changes_mut().entities.insert(entity.index() as u64, Some(Arc::new(row)));
        }
        let changes = self.changes_mut();
        changes.edits += 1;
        let row = changes.entities.get_mut(entity.index() as u64).and_then(Option::as_mut);
        Arc::make_mut(row.expect("the row was added"))
    }

    /// The row of a group, to be changed.
    pub(super) fn group_mut(&mut self, group: GroupIx) -> &mut GroupRow {
        let is_changed = |changes: &Arc<Changes>| changes.group_row(group).flatten().is_some();
        if !self.changes.as_ref().is_some_and(is_changed) {
            let row = GroupRow { supergroups: self.supergroups(group).to_vec() };
            self.changes_mut().groups.insert(group.index() as u64, Some(Arc::new(row)));
        }
        let changes = self.changes_mut();
        changes.edits += 1;
        let row = changes.groups.get_mut(group.index() as u64).and_then(Option::as_mut);
        Arc::make_mut(row.expect("the row was added"))
    }

    /// Adds a child to a parent's row of children, or removes it.
    pub(super) fn set_child(&mut self, parent: EntityIx, child: EntityIx, is_in: bool) {
        let inner = self.inner.clone();
        let rows = &mut self.changes_mut().children;
        let built = inner.children.get(parent).unwrap_or_default();
        set_in_row(rows, parent.index(), built, child.index(), is_in);
    }

    /// Adds a member to a group's row of members, or removes it.
    pub(super) fn set_member(&mut self, group: GroupIx, member: EntityIx, is_in: bool) {
        let inner = self.inner.clone();
        let rows = &mut self.changes_mut().members;
        let built = inner.members.get(group).unwrap_or_default();
        set_in_row(rows, group.index(), built, member.index(), is_in);
    }

    /// Adds a group to an outer group's row of subgroups, or removes it.
    pub(super) fn set_subgroup(&mut self, group: GroupIx, subgroup: GroupIx, is_in: bool) {
        let inner = self.inner.clone();
        let rows = &mut self.changes_mut().subgroups;
        let built = inner.subgroups.get(group).unwrap_or_default();
        set_in_row(rows, group.index(), built, subgroup.index(), is_in);
    }
}

fn set_in_row(rows: &mut Trie<RowChanges>, row: usize, built: &[u32], number: usize, is_in: bool) {
    if rows.get(row as u64).is_none() {
        rows.insert(row as u64, RowChanges::default());
    }
    if let Some(changes) = rows.get_mut(row as u64) {
        changes.set(built, number as u32, is_in);
    }
}
