//! The entities that differ between two versions of a topology.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::scope::topology::Topology;
use crate::scope::topology::changes::Changes;
use crate::scope::topology::interner::{DenseId, EntityIx, GroupIx};

/// An entity whose properties differ, or those of one of its ancestors. It may be in one of
/// both versions only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TouchedEntity {
    pub(crate) id: Arc<str>,
    /// Whether the ancestors may be others.
    pub(crate) has_other_ancestors: bool,
}

/// The touched entities by their ids, and those whose descendants are to be visited.
struct Touched<'a> {
    after: &'a Topology,
    by_id: HashMap<Arc<str>, bool>,
    open: Vec<(EntityIx, bool)>,
    limit: usize,
}

/// Pairs of name and value.
pub(crate) type AttributePairs<'a> = &'a mut dyn Iterator<Item = (&'a str, &'a str)>;

impl Touched<'_> {
    /// Adds an entity. Breaks if there are too many.
    fn add(&mut self, id: &Arc<str>, has_other_ancestors: bool) -> ControlFlow<()> {
        let known = self.by_id.get(id);
        if known.is_some_and(|known| *known || !has_other_ancestors) {
            return ControlFlow::Continue(());
        }
        self.by_id.insert(id.clone(), has_other_ancestors);
        if let Some(entity) = self.after.entity(id) {
            self.open.push((entity, has_other_ancestors));
        }
        if self.by_id.len() > self.limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Adds the entity at a position of the later version.
    fn add_at(&mut self, entity: EntityIx, has_other_ancestors: bool) -> ControlFlow<()> {
        match self.after.shared_id_of(entity).cloned() {
            Some(id) => self.add(&id, has_other_ancestors),
            None => ControlFlow::Continue(()),
        }
    }

    /// Adds the members of a group and of the groups that are nested in it.
    fn add_members(&mut self, group: GroupIx) -> ControlFlow<()> {
        let after = self.after;
        let (mut groups, mut next) = (vec![group], 0);
        let mut seen = std::collections::HashSet::from([group]);
        while let Some(group) = groups.get(next).copied() {
            next += 1;
            let inner = after.subgroups(group).iter().map(GroupIx::at);
            groups.extend(inner.filter(|group| seen.insert(*group)));
            after
                .members(group)
                .iter()
                .try_for_each(|member| self.add_at(EntityIx::at(member), false))?;
        }
        ControlFlow::Continue(())
    }

    /// Adds the descendants of all that were added.
    fn add_descendants(&mut self) -> ControlFlow<()> {
        while let Some((entity, has_other_ancestors)) = self.open.pop() {
            let children = self.after.children(entity);
            children
                .iter()
                .try_for_each(|child| self.add_at(EntityIx::at(child), has_other_ancestors))?;
        }
        ControlFlow::Continue(())
    }
}

impl Topology {
    /// Whether both were changed since the same build, so that they can be compared in
    /// proportion to what differs.
    pub(crate) fn is_comparable(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The names of attributes that `after` has and this one never had.
    pub(crate) fn new_names<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = &'a str> {
        let added = after.changes.iter().flat_map(|changes| changes.names.texts());
        added.filter(|name| self.attribute_name(name).is_none())
    }

    /// The entities whose properties differ between this version and a
    /// [comparable](Self::is_comparable) one, and their descendants in `after`. `None` if
    /// there are more than `limit`.
    pub(crate) fn touched_entities(
        &self,
        after: &Self,
        limit: usize,
    ) -> Option<Vec<TouchedEntity>> {
        let mut touched = Touched { after, by_id: HashMap::new(), open: Vec::new(), limit };
        let end = self.find_touched(after, &mut touched);
        let each = touched.by_id.into_iter();
        let each = each.map(|(id, has_other_ancestors)| TouchedEntity { id, has_other_ancestors });
        end.is_continue().then(|| each.collect())
    }

    fn find_touched(&self, after: &Self, touched: &mut Touched<'_>) -> ControlFlow<()> {
        let none = Changes::of(&self.inner);
        let changes = [self, after].map(|topology| topology.changes.as_deref().unwrap_or(&none));
        changes[0].entities.diff(&changes[1].entities, is_same_row, &mut |key, _, _| {
            let entity = EntityIx::at(key as u32);
            let ids = [self, after].map(|topology| topology.known_id(entity));
            if ids[0] != ids[1] {
                for (topology, id) in [self, after].into_iter().zip(ids) {
                    if let Some(id) = id {
                        touched.add(id, !topology.parents(entity).is_empty())?;
                    }
                }
                return ControlFlow::Continue(());
            }
            let Some(id) = ids[1] else { return ControlFlow::Continue(()) };
            fn parents(topology: &Topology, entity: EntityIx) -> impl Iterator<Item = &str> {
                topology.parents(entity).iter().map(|parent| topology.id_of(*parent))
            }
            fn groups(topology: &Topology, entity: EntityIx) -> impl Iterator<Item = &str> {
                topology.direct_groups(entity).iter().map(|group| topology.group_id(*group))
            }
            let has_other_parents = !parents(self, entity).eq(parents(after, entity));
            let differs = has_other_parents
                || !groups(self, entity).eq(groups(after, entity))
                || !self.attributes(entity).eq(after.attributes(entity));
            if differs { touched.add(id, has_other_parents) } else { ControlFlow::Continue(()) }
        })?;
        changes[0].groups.diff(&changes[1].groups, is_same_row, &mut |key, _, _| {
            let group = GroupIx::at(key as u32);
            if !after.has_group(group) || key >= after.group_end().into() {
                return ControlFlow::Continue(());
            }
            touched.add_members(group)
        })?;
        touched.add_descendants()
    }

    /// Whether the groups of this version and of a [comparable](Self::is_comparable) one are
    /// nested in the same groups.
    pub(crate) fn nests_alike(&self, after: &Self) -> bool {
        let none = Changes::of(&self.inner);
        let changes = [self, after].map(|topology| topology.changes.as_deref().unwrap_or(&none));
        let end = changes[0].groups.diff(&changes[1].groups, is_same_row, &mut |key, _, _| {
            let group = GroupIx::at(key as u32);
            let outer = |topology: &Self| -> Vec<String> {
                let is_known = key < topology.group_end().into() && topology.has_group(group);
                let groups = if is_known { topology.supergroups(group) } else { &[] };
                groups.iter().map(|group| topology.group_id(*group).to_owned()).collect()
            };
            if outer(self) == outer(after) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        end.is_continue()
    }

    /// The id at a position, if there is an entity.
    fn known_id(&self, entity: EntityIx) -> Option<&Arc<str>> {
        let is_known = (entity.index() as u32) < self.entity_end() && self.has_entity(entity);
        self.shared_id_of(entity).filter(|_| is_known)
    }

    /// Visits the positions at which the attributes may differ between this version and a
    /// [comparable](Self::is_comparable) one, with the attributes in both.
    pub(crate) fn changed_attributes<'a>(
        &'a self,
        after: &'a Self,
        visit: &mut dyn FnMut(u32, AttributePairs<'_>, AttributePairs<'_>),
    ) {
        let none = Changes::of(&self.inner);
        let changes = [self, after].map(|topology| topology.changes.as_deref().unwrap_or(&none));
        let _ = changes[0].entities.diff(&changes[1].entities, is_same_row, &mut |key, _, _| {
            let entity = EntityIx::at(key as u32);
            let of = |topology: &'a Self| {
                let known = topology.known_id(entity).into_iter();
                known.flat_map(move |_| topology.attributes(entity))
            };
            visit(key as u32, &mut of(self), &mut of(after));
            ControlFlow::Continue(())
        });
    }
}

/// Whether two rows are one: they are shared, or there is none in both versions.
fn is_same_row<T>(a: &Option<Arc<T>>, b: &Option<Arc<T>>) -> bool {
    a.as_ref().map(Arc::as_ptr) == b.as_ref().map(Arc::as_ptr)
}
