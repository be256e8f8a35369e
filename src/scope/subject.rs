//! What is asked about.

use crate::scope::EntityId;

/// An entity, and what comes with the question: an alert type, groups and
/// attributes that a [`Topology`](crate::Topology) need not know.
///
/// Borrowed and `Copy`: asking allocates nothing. Groups and attributes are
/// added to what the topology says of the entity itself, not to what it says of
/// the entity's ancestors.
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
    /// The entity with this id, altogether: no alert type is named.
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

    /// The same, for alerts of this type.
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

    /// The same, as a member of these groups too. Replaces groups given before.
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

    /// The same, with these attributes too, as pairs of name and value; a name
    /// may come with several values. Replaces attributes given before.
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

    /// The type of the alert, if the question names one.
    ///
    /// ```
    /// assert_eq!(quietude::Subject::entity("db-7").alert_type(), None);
    /// ```
    #[must_use]
    pub const fn alert_type(&self) -> Option<&'a str> {
        self.alert_type
    }

    /// The groups that come with the question, as given.
    ///
    /// ```
    /// assert!(quietude::Subject::entity("db-7").groups().is_empty());
    /// ```
    #[must_use]
    pub const fn groups(&self) -> &'a [&'a str] {
        self.groups
    }

    /// The attributes that come with the question, as given.
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
    fn a_subject_is_small_and_made_from_any_text() {
        assert!(size_of::<Subject<'_>>() <= 64);
        let (owned, id) = (String::from("a"), EntityId::from("a"));
        assert_eq!(Subject::from(&owned), Subject::from("a"));
        assert_eq!(Subject::from(&id), Subject::entity("a"));
    }

    #[test]
    fn what_is_given_later_replaces_what_was_given_before() {
        let subject = Subject::entity("a").with_groups(&["g"]).with_groups(&["h"]);
        assert_eq!(subject.groups(), ["h"]);
    }
}
