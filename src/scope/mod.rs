//! Scopes: which entities and alerts a window silences.
//!
//! - `id.rs`, `matcher.rs`: the leaves of a scope
//! - `subject.rs`: the subject of a query
//! - `keys.rs`: what a covered subject has for certain, for the index of keys
//! - `topology/`: parents, groups and attributes of entities
//! - `cover.rs`: reference evaluation of a scope against a subject
//! - `near_miss.rs`: scopes that fail by one test
//! - `alertmanager/`: Alertmanager's matchers

use std::fmt;
use std::ops::Not;

use crate::error::{Error, ErrorKind};
use crate::limits::MAX_SCOPE_DEPTH;

mod alertmanager;
mod cover;
mod id;
mod keys;
mod matcher;
mod near_miss;
mod subject;
mod topology;

#[cfg(feature = "serde")]
pub(crate) use alertmanager::check_count;
pub use alertmanager::{LabelMatcher, Matchers, Syntax};
pub(crate) use cover::{Ancestry, Coverer, covers};
pub(crate) use id::check_id;
pub use id::{AlertType, EntityId, GroupId, WindowId};
pub(crate) use keys::{Atom, Clauses, Property};
pub use matcher::Matcher;
pub(crate) use matcher::Test;
pub use near_miss::FailedTest;
pub use subject::Subject;
pub(crate) use subject::SubjectParts;
pub use topology::{Attributes, Ids, Topology, TopologyBuilder};
pub(crate) use topology::{EntityIx, GroupIx, TouchedEntity};

/// The set of entities and alerts that a window silences, as a tree of tests.
///
/// Constructors do not fail. An invalid id, an empty list, or more than
/// [`MAX_SCOPE_DEPTH`] levels are reported when the window is built, with the path
/// in the tree.
///
/// A window selects the entities that its scope matches. Each entity is tested by
/// its own id, attributes and groups (including the groups in which these are
/// nested). By default, selection and exclusion both include all descendants: if a
/// rack is silenced, its hosts are silenced, and if a host is excluded, its
/// components are excluded. See [`Propagation`](crate::Propagation).
///
/// ```
/// use quietude::{Matcher, Scope};
///
/// let scope = Scope::group("prod").and(!Scope::entity("db-7"));
/// assert_eq!(scope, Scope::all([Scope::group("prod"), !Scope::entity("db-7")]));
///
/// let scope = Scope::alert_type("BACKUP").or(Matcher::equals("tier", "test").into());
/// assert_eq!(!!scope.clone(), scope);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    node: Node,
    /// Levels from here to the deepest leaf, 1 to [`MAX_SCOPE_DEPTH`]. The limit
    /// bounds the stack of every recursion over the tree, drop included.
    depth: u8,
}

/// A node of a [`Scope`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Everything,
    Entity(EntityId),
    Entities(Box<[EntityId]>),
    Group(GroupId),
    AlertType(AlertType),
    Attribute(Matcher),
    All(Vec<Scope>),
    Any(Vec<Scope>),
    Not(Box<Scope>),
    /// Replaces a tree that was too deep; always invalid.
    TooDeep,
}

impl Scope {
    /// Matches every entity and every alert.
    ///
    /// ```
    /// let scope = quietude::Scope::everything();
    /// # let _ = scope;
    /// ```
    #[must_use]
    pub const fn everything() -> Self {
        Self::leaf(Node::Everything)
    }

    /// Matches the entity with this id.
    ///
    /// ```
    /// let scope = quietude::Scope::entity("db-7");
    /// # let _ = scope;
    /// ```
    #[must_use]
    pub fn entity(id: impl Into<EntityId>) -> Self {
        Self::leaf(Node::Entity(id.into()))
    }

    /// Matches the entities with these ids. At least one is required.
    ///
    /// ```
    /// let scope = quietude::Scope::entities(["db-7", "db-8"]);
    /// # let _ = scope;
    /// ```
    #[must_use]
    pub fn entities(ids: impl IntoIterator<Item = impl Into<EntityId>>) -> Self {
        Self::leaf(Node::Entities(ids.into_iter().map(Into::into).collect()))
    }

    /// Matches the members of a group, and of the groups nested in it.
    ///
    /// ```
    /// let scope = quietude::Scope::group("prod");
    /// # let _ = scope;
    /// ```
    #[must_use]
    pub fn group(id: impl Into<GroupId>) -> Self {
        Self::leaf(Node::Group(id.into()))
    }

    /// Matches queries with this alert type. A query without an alert type does not
    /// match.
    ///
    /// ```
    /// let scope = quietude::Scope::alert_type("BACKUP");
    /// # let _ = scope;
    /// ```
    #[must_use]
    pub fn alert_type(alert_type: impl Into<AlertType>) -> Self {
        Self::leaf(Node::AlertType(alert_type.into()))
    }

    /// Matches entities with an attribute value that the matcher accepts.
    ///
    /// ```
    /// use quietude::{Matcher, Scope};
    ///
    /// let scope = Scope::attribute(Matcher::equals("name", "pg-1"));
    /// assert_eq!(scope, Matcher::equals("name", "pg-1").into());
    /// ```
    #[must_use]
    pub fn attribute(matcher: Matcher) -> Self {
        Self::leaf(Node::Attribute(matcher))
    }

    /// Matches if all of `scopes` match. At least one is required.
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// let scope = Scope::all([Scope::group("prod"), Scope::alert_type("BACKUP")]);
    /// assert_eq!(scope, Scope::group("prod").and(Scope::alert_type("BACKUP")));
    /// ```
    #[must_use]
    pub fn all(scopes: impl IntoIterator<Item = Self>) -> Self {
        Self::branch(scopes.into_iter().collect(), Node::All)
    }

    /// Matches if any of `scopes` matches. At least one is required.
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// let scope = Scope::any([Scope::group("prod"), Scope::entity("db-9")]);
    /// assert_eq!(scope, Scope::group("prod").or(Scope::entity("db-9")));
    /// ```
    #[must_use]
    pub fn any(scopes: impl IntoIterator<Item = Self>) -> Self {
        Self::branch(scopes.into_iter().collect(), Node::Any)
    }

    /// Matches if both match. If one of them is an `all`, its elements are merged
    /// into one list.
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// let [a, b, c] = ["a", "b", "c"].map(Scope::group);
    /// assert_eq!(a.clone().and(b.clone()).and(c.clone()), Scope::all([a, b, c]));
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ((mut scopes, a), (others, b)) = (self.into_all(), other.into_all());
        scopes.extend(others);
        Self::above(a.max(b), || Node::All(scopes))
    }

    /// Matches if one of the two matches. If one of them is an `any`, its elements
    /// are merged into one list.
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// let [a, b, c] = ["a", "b", "c"].map(Scope::group);
    /// assert_eq!(a.clone().or(b.clone().or(c.clone())), Scope::any([a, b, c]));
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let ((mut scopes, a), (others, b)) = (self.into_any(), other.into_any());
        scopes.extend(others);
        Self::above(a.max(b), || Node::Any(scopes))
    }

    /// The node at the root.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// Checks ids, lists and depth.
    ///
    /// # Errors
    ///
    /// If an id is invalid, a list is empty, or the tree is too deep. The path is the
    /// one in a native document: `all[1].attribute.one_of`.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let children = |scopes: &[Self], field| {
            not_empty(scopes, field)?;
            scopes.iter().enumerate().try_for_each(|(i, scope)| {
                scope.validate().map_err(|error| error.in_element(i).in_field(field))
            })
        };
        match &self.node {
            Node::Everything => Ok(()),
            Node::Entity(id) => check_id(id.as_str()).map_err(|error| error.in_field("entity")),
            Node::Entities(ids) => {
                not_empty(ids, "entities")?;
                ids.iter().enumerate().try_for_each(|(i, id)| {
                    check_id(id.as_str()).map_err(|error| error.in_element(i).in_field("entities"))
                })
            }
            Node::Group(id) => check_id(id.as_str()).map_err(|error| error.in_field("group")),
            Node::AlertType(id) => {
                check_id(id.as_str()).map_err(|error| error.in_field("alert_type"))
            }
            Node::Attribute(matcher) => {
                matcher.validate().map_err(|error| error.in_field("attribute"))
            }
            Node::All(scopes) => children(scopes, "all"),
            Node::Any(scopes) => children(scopes, "any"),
            Node::Not(scope) => scope.validate().map_err(|error| error.in_field("not")),
            Node::TooDeep => Err(Error::new(
                ErrorKind::Limit,
                format_args!("the scope nests more than {MAX_SCOPE_DEPTH} levels deep"),
            )),
        }
    }

    /// The number of tests in the tree: the cost of evaluating it for one entity.
    pub(crate) fn tests(&self) -> u64 {
        match &self.node {
            Node::All(scopes) | Node::Any(scopes) => scopes.iter().map(Self::tests).sum(),
            Node::Not(scope) => scope.tests(),
            Node::Entities(ids) => ids.len() as u64,
            _ => 1,
        }
    }

    /// Visits every test whose work depends on the length of a value, from left to right.
    pub(crate) fn tests_of_text<'a>(&'a self, visit: &mut impl FnMut(&'a Matcher)) {
        match &self.node {
            Node::Attribute(matcher) if matcher.steps_for_length(0).is_some() => visit(matcher),
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().for_each(|scope| scope.tests_of_text(visit));
            }
            Node::Not(scope) => scope.tests_of_text(visit),
            _ => {}
        }
    }

    /// The memory limit of all patterns in the tree, in bytes.
    #[cfg(feature = "serde")]
    pub(crate) fn pattern_bytes(&self) -> usize {
        match &self.node {
            Node::All(scopes) | Node::Any(scopes) => scopes.iter().map(Self::pattern_bytes).sum(),
            Node::Not(scope) => scope.pattern_bytes(),
            Node::Attribute(matcher) => matcher.pattern_bytes(),
            _ => 0,
        }
    }

    /// Reads the ends of the scope itself, without a branch. As with the other hints, the loads
    /// for several scopes do not depend on one another, so that their cache misses overlap; the
    /// results are combined and passed to `black_box`.
    #[inline(always)]
    pub(crate) fn node_hint(&self) -> u8 {
        self.depth
    }

    /// Reads the first and the last test of a conjunction.
    #[inline(always)]
    pub(crate) fn tests_hint(&self) -> u8 {
        match &self.node {
            Node::All(scopes) => {
                scopes.first().map_or(0, Self::node_hint) ^ scopes.last().map_or(0, Self::node_hint)
            }
            _ => 0,
        }
    }

    /// Reads the texts of a test, or of the tests of a conjunction.
    pub(crate) fn prefetch_hint(&self) -> u8 {
        let first = |text: &str| text.as_bytes().first().copied().unwrap_or(0);
        match &self.node {
            Node::All(scopes) => scopes.iter().fold(0, |all, scope| all ^ scope.prefetch_hint()),
            Node::Attribute(matcher) => matcher.prefetch_hint(),
            Node::Entity(id) => first(id.as_str()),
            Node::Group(id) => first(id.as_str()),
            _ => 0,
        }
    }

    /// Visits the id of every entity test, from left to right.
    pub(crate) fn named_entities<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        match &self.node {
            Node::Entity(id) => visit(id.as_str()),
            Node::Entities(ids) => ids.iter().for_each(|id| visit(id.as_str())),
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().for_each(|scope| scope.named_entities(visit));
            }
            Node::Not(scope) => scope.named_entities(visit),
            Node::Everything
            | Node::Group(_)
            | Node::AlertType(_)
            | Node::Attribute(_)
            | Node::TooDeep => {}
        }
    }

    /// Visits every alert type of the tree, from left to right, with repetitions.
    pub(crate) fn alert_types(&self, visit: &mut impl FnMut(&AlertType)) {
        match &self.node {
            Node::AlertType(alert_type) => visit(alert_type),
            Node::All(scopes) | Node::Any(scopes) => {
                scopes.iter().for_each(|scope| scope.alert_types(visit));
            }
            Node::Not(scope) => scope.alert_types(visit),
            _ => {}
        }
    }

    const fn leaf(node: Node) -> Self {
        Self { node, depth: 1 }
    }

    fn branch(scopes: Vec<Self>, node: impl FnOnce(Vec<Self>) -> Node) -> Self {
        let below = scopes.iter().map(|scope| scope.depth).max().unwrap_or(0);
        Self::above(below, || node(scopes))
    }

    /// A node one level above `below`. A tree that becomes too deep is dropped here,
    /// while its drop still needs little stack.
    fn above(below: u8, node: impl FnOnce() -> Node) -> Self {
        if usize::from(below) < MAX_SCOPE_DEPTH {
            Self { node: node(), depth: below + 1 }
        } else {
            Self::leaf(Node::TooDeep)
        }
    }

    /// The elements to merge in `and`, and their depth. An empty `all` stays an
    /// element, so that it is reported.
    fn into_all(self) -> (Vec<Self>, u8) {
        let depth = self.depth;
        match self.node {
            Node::All(scopes) if !scopes.is_empty() => (scopes, depth - 1),
            _ => (vec![self], depth),
        }
    }

    /// The elements to merge in `or`, and their depth. An empty `any` stays an
    /// element, so that it is reported.
    fn into_any(self) -> (Vec<Self>, u8) {
        let depth = self.depth;
        match self.node {
            Node::Any(scopes) if !scopes.is_empty() => (scopes, depth - 1),
            _ => (vec![self], depth),
        }
    }
}

impl Not for Scope {
    type Output = Self;

    /// Matches if the scope does not match. A double negation is removed.
    ///
    /// ```
    /// use quietude::Scope;
    ///
    /// assert_eq!(!!Scope::group("prod"), Scope::group("prod"));
    /// ```
    fn not(self) -> Self {
        match self.node {
            Node::Not(scope) => *scope,
            _ => Self::above(self.depth, || Node::Not(Box::new(self))),
        }
    }
}

impl From<Matcher> for Scope {
    fn from(matcher: Matcher) -> Self {
        Self::attribute(matcher)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

fn not_empty<T>(list: &[T], field: &str) -> Result<(), Error> {
    if list.is_empty() {
        return Err(Error::invalid("[] is empty: at least one is needed").in_field(field));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Scope {
        (1..levels).fold(Scope::everything(), |scope, i| match i % 3 {
            0 => Scope::all([scope]),
            1 => Scope::any([Scope::entity("a"), scope]),
            _ => !scope,
        })
    }

    #[test]
    fn and_or_merge_same_kind_only() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(Scope::entity);
        assert_eq!(
            a.clone().and(b.clone()).and(c.clone().and(d.clone())),
            Scope::all([a.clone(), b.clone(), c.clone(), d.clone()])
        );
        assert_eq!(
            a.clone().or(b.clone()).and(c.clone().or(d.clone())),
            Scope::all([Scope::any([a, b]), Scope::any([c, d])])
        );
    }

    #[test]
    fn not_twice_is_identity() {
        let a = Scope::entity("a");
        assert_eq!(!!a.clone(), a);
        assert_eq!(!!!a.clone(), !a.clone());
        assert_ne!(a, Scope::entities(["a"]));
        assert_eq!(format!("{:?}", !a), "Not(Entity(EntityId(\"a\")))");
    }

    #[test]
    fn validate_depth_limit() {
        assert_eq!(nested(MAX_SCOPE_DEPTH).validate(), Ok(()));
        let error = nested(MAX_SCOPE_DEPTH + 1).validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.to_string(), "the scope nests more than 60 levels deep");
    }

    #[test]
    fn scope_too_deep_is_error_and_drops() {
        let deep = nested(1_000_000);
        assert_eq!(deep.validate().unwrap_err().kind(), ErrorKind::Limit);
        for scope in [!!deep.clone(), deep.clone().and(Scope::everything()), Scope::all([deep])] {
            assert_eq!(scope.validate().unwrap_err().kind(), ErrorKind::Limit);
        }
    }

    #[test]
    fn or_chain_is_flat() {
        let scope = (0..100_000)
            .map(|i| Scope::entity(i.to_string()))
            .reduce(Scope::or)
            .expect("a hundred thousand");
        assert_eq!(scope.depth, 2);
        assert_eq!(scope.validate(), Ok(()));
    }

    #[test]
    fn validate_reports_path() {
        let empty: [&str; 0] = [];
        let good = Scope::everything;
        let table = [
            (Scope::entity(""), "entity"),
            (Scope::entities(empty), "entities"),
            (Scope::entities(["a", "\n"]), "entities[1]"),
            (Scope::group(""), "group"),
            (Scope::alert_type(""), "alert_type"),
            (Scope::all([]), "all"),
            (Scope::any([]), "any"),
            (!Scope::any([]), "not.any"),
            (Scope::attribute(Matcher::present("")), "attribute.name"),
            (
                Scope::all([good(), Scope::attribute(Matcher::one_of("n", empty))]),
                "all[1].attribute.one_of",
            ),
            (
                Scope::any([good(), !Scope::all([good(), Scope::group("\0")])]),
                "any[1].not.all[1].group",
            ),
        ];
        for (scope, path) in table {
            assert_eq!(scope.validate().unwrap_err().path(), path, "{scope:?}");
        }
    }

    #[test]
    fn and_or_keep_empty_list_error() {
        let a = Scope::entity("a");
        assert_eq!(Scope::all([]).and(a.clone()).validate().unwrap_err().path(), "all[0].all");
        assert_eq!(a.or(Scope::any([])).validate().unwrap_err().path(), "any[1].any");
    }

    #[test]
    fn alert_types_found_at_any_depth() {
        let [a, b] = ["a", "b"].map(Scope::alert_type);
        let scope = Scope::any([Scope::entity("x"), !a.clone().and(b), a]);
        let mut seen = Vec::new();
        scope.alert_types(&mut |alert_type| seen.push(alert_type.to_string()));
        assert_eq!(seen, ["a", "b", "a"]);
    }

    #[test]
    fn tests_are_leaves_and_listed_entities() {
        let three = Scope::entities(["a", "b", "c"]);
        assert_eq!(Scope::group("g").tests(), 1);
        assert_eq!(three.tests(), 3);
        assert_eq!((!three.clone()).tests(), 3);
        assert_eq!(three.clone().and(Scope::group("g")).tests(), 4);
        assert_eq!(three.or(!Scope::group("g").and(Scope::alert_type("t"))).tests(), 5);
    }

    #[test]
    #[cfg(feature = "serde")]
    fn pattern_bytes_is_sum_of_patterns() {
        // One of the least size there is.
        let pattern = || Scope::attribute(Matcher::matches("n", "web-[0-9]+").unwrap());
        let least = 1 << 14;
        assert_eq!(Scope::entity("a").pattern_bytes(), 0);
        assert_eq!(pattern().pattern_bytes(), least);
        assert_eq!((!pattern()).pattern_bytes(), least);
        assert_eq!(pattern().or(Scope::entity("a")).or(pattern()).pattern_bytes(), 2 * least);
        assert_eq!(pattern().and(!(pattern().or(pattern()))).pattern_bytes(), 3 * least);
    }

    #[test]
    fn scope_and_topology_shared_between_threads() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Scope>();
        shared::<Topology>();
        assert!(size_of::<Scope>() <= 64, "{}", size_of::<Scope>());
    }
}
