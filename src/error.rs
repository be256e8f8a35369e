//! The one error type of the crate.

use std::fmt;

/// Why a value, a document or a change was refused.
///
/// One word wide. The text names the place, then the value, then what is
/// allowed:
///
/// ```
/// use quietude::MonthDay;
///
/// let error = MonthDay::new(32).unwrap_err();
/// assert_eq!(error.to_string(), "32 is not in 1..=31 or -31..=-1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    window: Option<String>,
    path: String,
    message: String,
}

/// What sort of thing went wrong; the text says which.
///
/// ```
/// use quietude::{ErrorKind, Timestamp};
///
/// let error = Timestamp::from_millis(i64::MAX).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::OutOfRange);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Text that is not of the form it should have.
    Syntax,
    /// A number, date or length outside what is allowed.
    OutOfRange,
    /// Values that are fine one by one and contradict each other.
    Invalid,
    /// An id that is already taken.
    Duplicate,
    /// An id that nothing is known under.
    NotFound,
    /// Parents or groups that lead back to themselves.
    Cycle,
    /// A stated limit was passed.
    Limit,
    /// Well-formed, and not supported.
    Unsupported,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            kind,
            window: None,
            path: String::new(),
            message: message.to_string(),
        }))
    }

    pub(crate) fn syntax(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Syntax, message)
    }

    pub(crate) fn out_of_range(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::OutOfRange, message)
    }

    pub(crate) fn invalid(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// So many things are more than a limit allows.
    pub(crate) fn beyond(count: impl fmt::Display, what: &str, limit: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Limit, format_args!("{count} {what} are more than {limit}"))
    }

    /// Puts the error below the field `name` (`name.rest` or `name[0].rest`).
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        let path = &mut self.0.path;
        if !path.is_empty() && !path.starts_with('[') {
            path.insert(0, '.');
        }
        path.insert_str(0, name);
        self
    }

    /// Puts the error below the element `index` of a list.
    pub(crate) fn in_element(self, index: usize) -> Self {
        self.in_field(&format!("[{index}]"))
    }

    /// Puts the error inside the window with this id.
    pub(crate) fn in_window(mut self, id: &str) -> Self {
        self.0.window = Some(abridged(id));
        self
    }

    /// What a host says of a name that it has nothing for: an error to return
    /// where the crate asks the host for a [`Zone`](crate::Zone) by name.
    ///
    /// ```
    /// # #[cfg(feature = "rrule")] {
    /// use quietude::{Error, ErrorKind, Rule};
    ///
    /// let text = "DTSTART;TZID=Home:20260101T220000\nRRULE:FREQ=DAILY";
    /// let none = |name: &str| Err(Error::not_found(format!("\"{name}\" has no file here")));
    /// let error = Rule::parse_with_zones(text, none, 3_600_000).unwrap_err();
    /// assert_eq!(error.to_string(), "rrule.DTSTART.TZID: \"Home\" has no file here");
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// # }
    /// ```
    #[must_use]
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// What sort of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The place, as a path of fields below the window or the document;
    /// empty where the value itself is the place.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// let text = r#"{ "version": 1, "windows": [ { "id": "w", "scope": "everything",
    ///     "schedule": { "kind": "monthly", "day": 32, "clock": "22:00-23:00", "timezone": "UTC" } } ] }"#;
    /// let error = quietude::Document::from_json(text).unwrap_err();
    /// assert_eq!(error.path(), "schedule.day");
    /// assert_eq!(
    ///     error.to_string(),
    ///     "window `w`: schedule.day: 32 is not in 1..=31 or -31..=-1"
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The id of the window concerned, if one is.
    #[must_use]
    pub fn window(&self) -> Option<&str> {
        self.0.window.as_deref()
    }

    /// The message without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(window) = &self.0.window {
            write!(f, "window `{window}`: ")?;
        }
        if !self.0.path.is_empty() {
            write!(f, "{}: ", self.0.path)?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// Text from outside, cut to a length that an error line can carry.
pub(crate) fn abridged(text: &str) -> String {
    const LONGEST: usize = 64;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_comes_first_then_the_value() {
        let error = Error::out_of_range("0 is not positive")
            .in_field("n")
            .in_element(2)
            .in_field("every")
            .in_window("w-1");
        assert_eq!(error.to_string(), "window `w-1`: every[2].n: 0 is not positive");
        assert_eq!(std::mem::size_of::<Error>(), std::mem::size_of::<usize>());
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(abridged(&"ü".repeat(1000)).chars().count(), 67);
    }
}
