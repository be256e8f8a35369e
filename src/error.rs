//! The error type of the crate.

use std::fmt;

/// An error: a value, a document or a change was rejected.
///
/// It has the size of a pointer. The text gives the place, then the value, then the
/// allowed values:
///
/// ```
/// use quietude::MonthDay;
///
/// let error = MonthDay::new(32).unwrap_err();
/// assert_eq!(error.to_string(), "32 is not in 1..=31 or -31..=-1");
/// ```
///
/// `Debug`, which `main` prints, is the kind, the line and the column, and that text.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    window: Option<String>,
    /// The index of the window in the list of a document. Ids may repeat.
    window_index: Option<u32>,
    path: String,
    message: String,
    /// The line and the column in a document, from 1.
    place: Option<(u32, u32)>,
}

/// The kind of an error.
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
    /// Text that does not have the required format.
    Syntax,
    /// A number, date or length outside of the allowed range.
    OutOfRange,
    /// Values that are valid by themselves but contradict each other.
    Invalid,
    /// An id that exists already.
    Duplicate,
    /// An unknown id.
    NotFound,
    /// A cycle of parents or groups.
    Cycle,
    /// A documented limit is exceeded; see [`limits`](crate::limits).
    Limit,
    /// Well-formed, but not supported.
    Unsupported,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            kind,
            window: None,
            window_index: None,
            path: String::new(),
            message: message.to_string(),
            place: None,
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

    /// `count` things of the kind `what` exceed `limit`.
    pub(crate) fn beyond(count: impl fmt::Display, what: &str, limit: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Limit, format_args!("{count} {what} are more than {limit}"))
    }

    /// Prefixes the path with the field `name`: `name.rest` or `name[0].rest`.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        let path = &mut self.0.path;
        if !path.is_empty() && !path.starts_with('[') {
            path.insert(0, '.');
        }
        path.insert_str(0, name);
        self
    }

    /// Prefixes the path with a field of an untrusted name: shortened, and `""` if it is
    /// empty, so that the error has a place.
    pub(crate) fn in_given_field(self, name: &str) -> Self {
        match name {
            "" => self.in_field("\"\""),
            name => self.in_field(&truncated(name)),
        }
    }

    /// Prefixes the path with the element `index` of a list: `[index].rest`.
    pub(crate) fn in_element(self, index: usize) -> Self {
        self.in_field(&format!("[{index}]"))
    }

    /// Sets the id of the window.
    pub(crate) fn in_window(mut self, id: &str) -> Self {
        self.0.window = Some(truncated(id));
        self
    }

    /// Sets the index of the window in the list of a document.
    #[cfg(feature = "serde")]
    pub(crate) fn in_window_of_list(mut self, index: usize) -> Self {
        self.0.window_index = u32::try_from(index).ok();
        self
    }

    /// The index of the window in the list of a document.
    #[cfg(feature = "serde")]
    pub(crate) fn window_index(&self) -> Option<usize> {
        self.0.window_index.map(|index| index as usize)
    }

    /// Sets the line and the column, from 1.
    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.0.place = Some((number(line), number(column)));
        self
    }

    /// An error of kind [`NotFound`](ErrorKind::NotFound), for the application to return
    /// from a callback that resolves the name of a [`Zone`](crate::Zone).
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

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The path of fields, relative to the window or the document; empty if the error
    /// is about the value itself.
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

    /// The id of the window, if the error is about a window.
    #[must_use]
    pub fn window(&self) -> Option<&str> {
        self.0.window.as_deref()
    }

    /// The line of the place in the JSON text that was read, from 1; `None` if the value was
    /// not read from text.
    ///
    /// ```
    /// # #[cfg(feature = "serde")] {
    /// let error = quietude::Document::from_json("{ \"version\": 1,\n  \"windows\": 7 }").unwrap_err();
    /// assert_eq!((error.path(), error.line(), error.column()), ("windows", Some(2), Some(14)));
    /// # }
    /// ```
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.0.place.map(|(line, _)| line)
    }

    /// The column of the place in its [line](Self::line), in characters from 1.
    #[must_use]
    pub fn column(&self) -> Option<u32> {
        self.0.place.map(|(_, column)| column)
    }

    /// The message without window and path.
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

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.kind)?;
        if let Some((line, column)) = self.0.place {
            write!(f, " (line {line}, column {column})")?;
        }
        write!(f, ": {self}")
    }
}

impl std::error::Error for Error {}

/// Untrusted text, truncated to 64 characters for an error message.
pub(crate) fn truncated(text: &str) -> String {
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
    fn error_debug_has_kind_place_and_text() {
        let error = Error::invalid("0 is not positive").in_field("n").in_window("w-1");
        assert_eq!(format!("{error:?}"), "Invalid: window `w-1`: n: 0 is not positive");
        let error = Error::syntax("\"x\" is not a day").at(3, 14);
        assert_eq!(format!("{error:?}"), "Syntax (line 3, column 14): \"x\" is not a day");
    }

    #[test]
    fn error_display_path_before_value() {
        let error = Error::out_of_range("0 is not positive")
            .in_field("n")
            .in_element(2)
            .in_field("every")
            .in_window("w-1");
        assert_eq!(error.to_string(), "window `w-1`: every[2].n: 0 is not positive");
        assert_eq!(std::mem::size_of::<Error>(), std::mem::size_of::<usize>());
        let unnamed = Error::invalid("is not a field").in_given_field("").in_field("state");
        assert_eq!(unnamed.to_string(), "state.\"\": is not a field");
    }

    #[test]
    fn truncated_long_text() {
        assert_eq!(truncated(&"ü".repeat(1000)).chars().count(), 67);
    }
}
