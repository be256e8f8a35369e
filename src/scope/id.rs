//! Ids: one newtype for each kind, so that they cannot be confused.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, truncated};
use crate::limits::MAX_ID_BYTES;

/// Checks an id. The newtypes accept any text, so that their constructors do not
/// fail; windows and topologies check ids when they are built.
///
/// # Errors
///
/// If `text` is empty, longer than [`MAX_ID_BYTES`] or contains a control character.
pub(crate) fn check_id(text: &str) -> Result<(), Error> {
    if !text.is_empty() && text.len() <= MAX_ID_BYTES && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::syntax(format_args!(
        "{:?} is not an id: 1 to {MAX_ID_BYTES} bytes without control characters",
        truncated(text)
    )))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            #[doc = "The id as text."]
            #[doc = ""]
            #[doc = "```"]
            #[doc = concat!("use quietude::", stringify!($name), ";")]
            #[doc = ""]
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"a-1\").as_str(), \"a-1\");")]
            #[doc = "```"]
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.as_str().into())
            }
        }

        impl From<&Self> for $name {
            fn from(id: &Self) -> Self {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }
    };
}

id! {
    /// The id of an entity, the subject of alerts: a host, a device, a service.
    ///
    /// Created from any text. Building a window or a topology fails if an id is
    /// empty, longer than [`MAX_ID_BYTES`], or contains control characters.
    /// Cloning copies a pointer.
    ///
    /// ```
    /// use quietude::EntityId;
    ///
    /// let id = EntityId::from("db-7");
    /// assert_eq!(id, "db-7");
    /// assert_eq!(id.to_string(), "db-7");
    /// ```
    EntityId
}

impl EntityId {
    /// The shared text.
    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

id! {
    /// The id of a group of entities or groups.
    ///
    /// The limits are those of an [`EntityId`]. Cloning copies a pointer.
    ///
    /// ```
    /// use quietude::GroupId;
    ///
    /// assert_eq!(GroupId::from("prod").as_str(), "prod");
    /// ```
    GroupId
}

id! {
    /// The type of an alert, as named by the monitoring system: `BACKUP`, `disk-full`.
    ///
    /// The limits are those of an [`EntityId`]. Cloning copies a pointer.
    ///
    /// ```
    /// use quietude::AlertType;
    ///
    /// assert_eq!(AlertType::from("BACKUP").as_str(), "BACKUP");
    /// ```
    AlertType
}

id! {
    /// The id of a maintenance window, unique within its registry.
    ///
    /// The limits are those of an [`EntityId`]. Cloning copies a pointer.
    ///
    /// ```
    /// use quietude::WindowId;
    ///
    /// let mut ids = [WindowId::from("w-43"), WindowId::from("w-42")];
    /// ids.sort();
    /// assert_eq!(ids[0], "w-42");
    /// ```
    WindowId
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn check_id_length_and_control_characters() {
        for good in ["a", " ", "Größe/7", "名前", "a b\u{a0}c", &"x".repeat(1024)] {
            assert_eq!(check_id(good), Ok(()), "{good}");
        }
        for bad in ["", "\0", "a\nb", "\u{7f}", "\u{85}", &"x".repeat(1025), &"é".repeat(513)] {
            assert_eq!(check_id(bad).unwrap_err().kind(), ErrorKind::Syntax, "{bad:?}");
        }
    }

    #[test]
    fn check_id_error_is_escaped_and_truncated() {
        assert_eq!(
            check_id("").unwrap_err().to_string(),
            "\"\" is not an id: 1 to 1024 bytes without control characters"
        );
        assert!(check_id("a\nb").unwrap_err().to_string().starts_with("\"a\\nb\" is not"));
        assert!(check_id(&"\0".repeat(100_000)).unwrap_err().to_string().len() < 512);
    }

    #[test]
    fn id_borrows_as_str_in_maps() {
        let hashed = HashMap::from([(EntityId::from("a"), 1)]);
        let sorted = BTreeMap::from([(GroupId::from(String::from("a")), 1)]);
        assert_eq!((hashed.get("a"), sorted.get("a")), (Some(&1), Some(&1)));
        assert_eq!((hashed.get("b"), sorted.get("b")), (None, None));
    }

    #[test]
    fn id_debug_and_display() {
        assert_eq!(format!("{:?}", WindowId::from("w")), "WindowId(\"w\")");
        assert_eq!(format!("{:>3}|", AlertType::from(&"t".to_owned())), "  t|");
    }
}
