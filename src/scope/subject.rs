//! The subject of a query.

use crate::scope::EntityId;

/// The subject of a query: an entity, and optionally an alert type, groups and
/// attributes.
///
/// Groups and attributes are added to those that the [`Topology`](crate::Topology)
/// has for the entity itself. They do not apply to ancestors of the entity.
/// Borrows its data and is `Copy`, so that a query does not allocate.
///
/// ```
/// use quietude::Subject;
///
/// let subject = Subject::entity("db-7")
///     .with_alert_type("BACKUP")
///     .with_groups(&["prod"])
///     .with_attributes(&[("tier", "gold"), ("tier", "billed")]);
/// assert_eq!(subject.entity_id(), "db-7");
/// assert_eq!(subject.alert_type(), Some("BACKUP"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject<'a> {
    entity: &'a str,
    alert_type: Option<&'a str>,
    groups: &'a [&'a str],
    attributes: &'a [(&'a str, &'a str)],
}

impl<'a> Subject<'a> {
    /// The entity with this id, without an alert type.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// assert_eq!(Subject::entity("db-7"), Subject::from("db-7"));
    /// assert_eq!(Subject::entity("db-7").alert_type(), None);
    /// ```
    #[must_use]
    pub const fn entity(id: &'a str) -> Self {
        Self { entity: id, alert_type: None, groups: &[], attributes: &[] }
    }

    /// Sets the alert type.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// assert_eq!(Subject::entity("db-7").with_alert_type("BACKUP").alert_type(), Some("BACKUP"));
    /// ```
    #[must_use]
    pub const fn with_alert_type(mut self, alert_type: &'a str) -> Self {
        self.alert_type = Some(alert_type);
        self
    }

    /// Sets groups of the entity, in addition to those of the topology. Replaces
    /// groups that were set before.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// assert_eq!(Subject::entity("db-7").with_groups(&["prod"]).groups(), ["prod"]);
    /// ```
    #[must_use]
    pub const fn with_groups(mut self, groups: &'a [&'a str]) -> Self {
        self.groups = groups;
        self
    }

    /// Sets attributes of the entity, as pairs of name and value, in addition to
    /// those of the topology. A name may have several values. Replaces attributes
    /// that were set before.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// let attributes = [("name", "pg-1")];
    /// assert_eq!(Subject::entity("db-7").with_attributes(&attributes).attributes(), attributes);
    /// ```
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a [(&'a str, &'a str)]) -> Self {
        self.attributes = attributes;
        self
    }

    /// The id of the entity.
    ///
    /// ```
    /// assert_eq!(quietude::Subject::entity("db-7").entity_id(), "db-7");
    /// ```
    #[must_use]
    pub const fn entity_id(&self) -> &'a str {
        self.entity
    }

    /// The alert type, if one is set.
    ///
    /// ```
    /// assert_eq!(quietude::Subject::entity("db-7").alert_type(), None);
    /// ```
    #[must_use]
    pub const fn alert_type(&self) -> Option<&'a str> {
        self.alert_type
    }

    /// The groups set by [`with_groups`](Self::with_groups).
    ///
    /// ```
    /// assert!(quietude::Subject::entity("db-7").groups().is_empty());
    /// ```
    #[must_use]
    pub const fn groups(&self) -> &'a [&'a str] {
        self.groups
    }

    /// The attributes set by [`with_attributes`](Self::with_attributes).
    ///
    /// ```
    /// assert!(quietude::Subject::entity("db-7").attributes().is_empty());
    /// ```
    #[must_use]
    pub const fn attributes(&self) -> &'a [(&'a str, &'a str)] {
        self.attributes
    }
}

impl<'a> From<&'a str> for Subject<'a> {
    fn from(id: &'a str) -> Self {
        Self::entity(id)
    }
}

impl<'a> From<&'a String> for Subject<'a> {
    fn from(id: &'a String) -> Self {
        Self::entity(id)
    }
}

impl<'a> From<&'a EntityId> for Subject<'a> {
    fn from(id: &'a EntityId) -> Self {
        Self::entity(id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_size_and_conversions() {
        assert!(size_of::<Subject<'_>>() <= 64);
        let (owned, id) = (String::from("a"), EntityId::from("a"));
        assert_eq!(Subject::from(&owned), Subject::from("a"));
        assert_eq!(Subject::from(&id), Subject::entity("a"));
    }

    #[test]
    fn with_groups_replaces_earlier_groups() {
        let subject = Subject::entity("a").with_groups(&["g"]).with_groups(&["h"]);
        assert_eq!(subject.groups(), ["h"]);
    }
}
