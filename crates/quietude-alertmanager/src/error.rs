//! The error type of the crate.

use std::fmt;

/// An error. Its text has the place, the value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error with this text.
    ///
    /// ```
    /// let error = quietude_alertmanager::Error::new("silences[3].id: is missing");
    /// assert_eq!(error.to_string(), "silences[3].id: is missing");
    /// ```
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
