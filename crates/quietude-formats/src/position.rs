//! A line and a column of a text.

use std::fmt;

use saphyr_parser::Marker;

use crate::error::Place;

/// A line and a column of a text, in characters, from 1.
///
/// ```
/// use quietude_formats::native::Position;
///
/// let position = Position::of("windows:\n  - é: 1", "windows:\n  - é".len());
/// assert_eq!(position.to_string(), "line 2, column 6");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The position of a byte of a text: that of its character, or of the end of the text.
    /// O(length of the text).
    #[must_use]
    pub fn of(text: &str, byte: usize) -> Self {
        let mut at = byte.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: number(line), column: number(before[start..].chars().count() + 1) }
    }

    /// The position of an event of the YAML parser.
    pub(crate) fn of_marker(marker: Marker) -> Self {
        Self { line: number(marker.line()), column: number(marker.col() + 1) }
    }

    /// The place of an error without a path.
    pub(crate) fn place(self) -> Place {
        let Self { line, column } = self;
        Place { line: Some(line as usize), column: Some(column as usize), path: String::new() }
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
