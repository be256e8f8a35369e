//! An error of a native document, at its place in the text.

use std::fmt;

use crate::position::Position;

/// An error of a text. Its display has the place, the value and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where it is in the text, if that is known.
    pub position: Option<Position>,
    /// The id of the window, if it is about one.
    pub window: Option<String>,
    /// The path of fields, relative to the window or the document; may be empty.
    pub path: String,
    /// The message without position, window and path.
    pub message: String,
}

impl Problem {
    /// The error without its position, for whoever shows the line of the text.
    ///
    /// ```
    /// use quietude_formats::native::{Syntax, Text};
    ///
    /// let text = Text::new("version: 2\nwindows: []".to_owned(), Syntax::Yaml);
    /// let problem = &text.document(None).unwrap_err()[0];
    /// assert_eq!(problem.without_position(), "version: 2 is not 1, the version there is");
    /// assert_eq!(problem.to_string(), "line 1, column 10: version: 2 is not 1, the version there is");
    /// ```
    #[must_use]
    pub fn without_position(&self) -> String {
        let window = self.window.as_ref().map_or_else(String::new, |id| format!("window `{id}`: "));
        let separator = if self.path.is_empty() { "" } else { ": " };
        format!("{window}{}{separator}{}", self.path, self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        f.write_str(&self.without_position())
    }
}

impl std::error::Error for Problem {}
