//! The subject of a query.

use crate::scope::EntityId;

/// The subject of a query: an entity, an alert type, groups and attributes, all of
/// them optional.
///
/// Groups and attributes are added to those that the [`Topology`](crate::Topology)
/// has for the entity itself. They do not apply to ancestors of the entity.
/// Borrows its data and is `Copy`, so that a query does not allocate.
///
/// An alert that is a set of labels is a subject without an entity, see
/// [`labels`](Self::labels).
///
/// ```
/// use quietude::Subject;
///
/// let subject = Subject::entity("db-7")
///     .with_alert_type("BACKUP")
///     .with_groups(&["prod"])
///     .with_attributes(&[("tier", "gold"), ("tier", "billed")]);
/// assert_eq!(subject.entity_id(), Some("db-7"));
/// assert_eq!(subject.alert_type(), Some("BACKUP"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject<'a> {
    entity: Option<&'a str>,
    alert_type: Option<&'a str>,
    groups: &'a [&'a str],
    attributes: &'a [(&'a str, &'a str)],
}

/// The fields of a [`Subject`].
pub(crate) type SubjectParts<'a> =
    (Option<&'a str>, Option<&'a str>, &'a [&'a str], &'a [(&'a str, &'a str)]);

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
        Self { entity: Some(id), alert_type: None, groups: &[], attributes: &[] }
    }

    /// A set of labels, as pairs of name and value, without an entity. The labels are
    /// the attributes of the subject. A name may have several values; a label that is
    /// not in the list is missing, and one with an empty value is not.
    ///
    /// If the topology names an
    /// [entity label](crate::TopologyBuilder::entity_label), then the first value of
    /// that label is the entity. Otherwise no `entity` test of a scope matches.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// let alert = Subject::labels(&[("alertname", "HighLatency"), ("instance", "db-7")]);
    /// assert_eq!(alert.entity_id(), None);
    /// assert_eq!(alert.attributes().len(), 2);
    /// ```
    #[must_use]
    pub const fn labels(labels: &'a [(&'a str, &'a str)]) -> Self {
        Self { entity: None, alert_type: None, groups: &[], attributes: labels }
    }

    /// The fields: the entity, the alert type, the groups and the attributes.
    #[inline(always)]
    pub(crate) const fn into_parts(self) -> SubjectParts<'a> {
        (self.entity, self.alert_type, self.groups, self.attributes)
    }

    #[inline(always)]
    pub(crate) const fn from_parts(
        (entity, alert_type, groups, attributes): SubjectParts<'a>,
    ) -> Self {
        Self { entity, alert_type, groups, attributes }
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

    /// The id of the entity, if the subject was made with one. It may be empty: no
    /// scope matches an empty id, and it is not replaced by a label.
    ///
    /// ```
    /// use quietude::Subject;
    ///
    /// assert_eq!(Subject::entity("db-7").entity_id(), Some("db-7"));
    /// assert_eq!(Subject::labels(&[]).entity_id(), None);
    /// ```
    #[must_use]
    pub const fn entity_id(&self) -> Option<&'a str> {
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

    /// The attributes set by [`with_attributes`](Self::with_attributes) or
    /// [`labels`](Self::labels).
    ///
    /// ```
    /// assert!(quietude::Subject::entity("db-7").attributes().is_empty());
    /// ```
    #[must_use]
    pub const fn attributes(&self) -> &'a [(&'a str, &'a str)] {
        self.attributes
    }
}

/// A copy.
impl<'a> From<&Subject<'a>> for Subject<'a> {
    #[inline]
    fn from(subject: &Subject<'a>) -> Self {
        *subject
    }
}

impl<'a> From<&'a str> for Subject<'a> {
    #[inline]
    fn from(id: &'a str) -> Self {
        Self::entity(id)
    }
}

impl<'a> From<&'a String> for Subject<'a> {
    #[inline]
    fn from(id: &'a String) -> Self {
        Self::entity(id)
    }
}

impl<'a> From<&'a EntityId> for Subject<'a> {
    #[inline]
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
    fn labels_have_no_entity() {
        let subject = Subject::labels(&[("a", "1")]);
        assert_eq!((subject.entity_id(), subject.attributes()), (None, &[("a", "1")][..]));
        assert_eq!(Subject::labels(&[]).with_alert_type("x").alert_type(), Some("x"));
        assert_ne!(Subject::labels(&[]), Subject::entity(""));
    }

    #[test]
    fn with_groups_replaces_earlier_groups() {
        let subject = Subject::entity("a").with_groups(&["g"]).with_groups(&["h"]);
        assert_eq!(subject.groups(), ["h"]);
    }
}
