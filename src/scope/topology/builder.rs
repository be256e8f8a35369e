//! From mentions in any order to a topology.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, abridged};
use crate::scope::id::check_id;
use crate::scope::topology::rows::{EntityIx, GroupIx, Ix, NameIx, Names, Rows, ValueIx, circle};
use crate::scope::topology::{Inner, Topology};

/// Collects what is known of entities and groups; [`build`](Self::build) checks
/// it and makes a [`Topology`].
///
/// Mentioning an id is enough to make it known, in any order, and saying a thing
/// twice is saying it once. What is wrong is reported when building.
///
/// ```
/// use quietude::Topology;
///
/// let mut builder = Topology::builder();
/// for host in 0..100 {
///     builder = builder.child(format!("rack-{}", host / 10), format!("host-{host}"));
/// }
/// let topology = builder.build()?;
/// assert!(topology.parents_of("host-42").eq(["rack-4"]));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct TopologyBuilder {
    entities: Names<EntityIx>,
    groups: Names<GroupIx>,
    names: Names<NameIx>,
    values: Names<ValueIx>,
    /// (child, parent)
    parents: Vec<(EntityIx, EntityIx)>,
    /// (member, group)
    groups_of: Vec<(EntityIx, GroupIx)>,
    /// (inner, outer)
    outer: Vec<(GroupIx, GroupIx)>,
    attributes: Vec<(EntityIx, (NameIx, ValueIx))>,
    /// The first thing that was wrong.
    fault: Option<Error>,
}

impl TopologyBuilder {
    /// Makes an entity known that may have no parents, groups or attributes.
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

    /// Puts `child` below `parent`. An entity may have several parents.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().child("rack-1", "db-7").child("vm-host-3", "db-7").build()?;
    /// assert!(topology.parents_of("db-7").eq(["rack-1", "vm-host-3"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn child(self, parent: impl AsRef<str>, child: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let parent = builder.intern_entity(parent.as_ref())?;
            let child = builder.intern_entity(child.as_ref())?;
            builder.parents.push((child, parent));
            Ok(())
        })
    }

    /// Puts `entity` into `group`.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().member("prod", "db-7").build()?;
    /// assert!(topology.groups_of("db-7").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn member(self, group: impl AsRef<str>, entity: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let group = builder.intern_group(group.as_ref())?;
            let entity = builder.intern_entity(entity.as_ref())?;
            builder.groups_of.push((entity, group));
            Ok(())
        })
    }

    /// Makes a group known that may have neither members nor outer groups.
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

    /// Nests `inner` in `outer`: members of `inner` are members of `outer`.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder().nested("prod", "prod-eu").build()?;
    /// assert!(topology.outer_groups_of("prod-eu").eq(["prod"]));
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn nested(self, outer: impl AsRef<str>, inner: impl AsRef<str>) -> Self {
        self.with(|builder| {
            let outer = builder.intern_group(outer.as_ref())?;
            let inner = builder.intern_group(inner.as_ref())?;
            builder.outer.push((inner, outer));
            Ok(())
        })
    }

    /// Gives `entity` a value of the attribute `name`, besides those it has. A
    /// name obeys the limits of an id; a value is any text.
    ///
    /// ```
    /// use quietude::Topology;
    ///
    /// let topology = Topology::builder()
    ///     .attribute("db-7", "role", "primary")
    ///     .attribute("db-7", "role", "backup source")
    ///     .build()?;
    /// assert_eq!(topology.attributes_of("db-7").count(), 2);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn attribute(
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

    /// The topology, in time proportional to `n log n` for n mentions, however
    /// deep it is.
    ///
    /// # Errors
    ///
    /// If an id or the name of an attribute is empty, longer than
    /// [`MAX_ID_BYTES`](crate::MAX_ID_BYTES) or holds control characters; if
    /// parents, or groups, lead back to themselves; if there are more than
    /// [`MAX_ENTITIES`](crate::MAX_ENTITIES) entities or groups, or more than
    /// [`MAX_LINKS`](crate::MAX_LINKS) links of a sort.
    ///
    /// ```
    /// use quietude::{ErrorKind, Topology};
    ///
    /// let error = Topology::builder().child("a", "b").child("b", "a").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cycle);
    /// assert_eq!(error.to_string(), "parents lead back to themselves: a -> b -> a");
    /// ```
    pub fn build(self) -> Result<Topology, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Self { entities, groups, names, values, mut attributes, .. } = self;
        let parents = Rows::new("parents", entities.len(), &self.parents, |_| ())?;
        let children = parents.transposed(entities.len());
        refuse_circle("parents", &entities, &parents, &children)?;
        let outer = Rows::new("nested groups", groups.len(), &self.outer, |_| ())?;
        let inner = outer.transposed(groups.len());
        refuse_circle("groups", &groups, &outer, &inner)?;
        let groups_of = Rows::new("members of groups", entities.len(), &self.groups_of, |_| ())?;
        let members = groups_of.transposed(groups.len());
        let (names, renumbered) = names.sorted();
        for (_, (name, _)) in &mut attributes {
            *name = renumbered[name.index()];
        }
        let attributes = Rows::new("attributes", entities.len(), &attributes, |(name, _)| name)?;
        Ok(Topology {
            inner: Arc::new(Inner {
                entities,
                groups,
                names,
                values,
                parents,
                children,
                groups_of,
                members,
                outer,
                inner,
                attributes,
            }),
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Self) -> Result<(), Error>) -> Self {
        if let Err(fault) = change(&mut self) {
            self.fault.get_or_insert(fault);
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
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

fn refuse_circle<I: Ix>(
    what: &str,
    names: &Names<I>,
    up: &Rows<I, I>,
    down: &Rows<I, I>,
) -> Result<(), Error> {
    /// Ids named before the rest of a long circle is left out.
    const NAMED: usize = 8;
    let Some(circle) = circle(names, up, down) else { return Ok(()) };
    let mut path = String::new();
    for ix in circle.iter().take(NAMED) {
        path += &abridged(names.text(*ix));
        path += " -> ";
    }
    if circle.len() > NAMED {
        path += &format!("({} more) -> ", circle.len() - NAMED);
    }
    path += &abridged(names.text(circle[0]));
    Err(Error::new(ErrorKind::Cycle, format_args!("{what} lead back to themselves: {path}")))
}
