//! The line of a text around a place, with a mark under it.
//!
//! ```text
//!   --> line 4, column 43
//!    |
//!  4 |     "schedule": { "kind": "monthly", "day": 32 }
//!    |                                             ^^
//! ```

use crate::source::Place;
use crate::style::Style;
use crate::terminal::{char_width, display_width};

/// Characters of a line that are shown before and after the place.
const BEFORE: usize = 50;
const AFTER: usize = 50;
const CUT: &str = "..";

/// The lines that show a place in a line of a text. No line feed at the end.
pub(crate) fn excerpt(line: &str, place: Place, style: Style) -> String {
    let line: Vec<char> = line.trim_end_matches('\r').chars().collect();
    let at = (place.column as usize - 1).min(line.len());
    let from = if at > BEFORE + CUT.len() { at - BEFORE } else { 0 };
    let to = if line.len() > at + AFTER + CUT.len() { at + AFTER } else { line.len() };
    let shown = |chars: &[char]| -> String {
        // Control characters could move the cursor.
        chars.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect()
    };
    let before = format!("{}{}", if from > 0 { CUT } else { "" }, shown(&line[from..at]));
    let after = format!("{}{}", shown(&line[at..to]), if to < line.len() { CUT } else { "" });
    let marked: usize = token(&line[at..to]).iter().map(|c| char_width(*c)).sum();
    let number = place.line.to_string();
    let (margin, bar) = (" ".repeat(number.len()), style.faint("|"));
    let mark = style.error(&"^".repeat(marked.max(1)));
    let space = " ".repeat(display_width(&before));
    [
        format!(" {margin}{} {place}", style.faint("-->")),
        format!(" {margin} {bar}"),
        format!(" {} {bar} {before}{after}", style.faint(&number)),
        format!(" {margin} {bar} {space}{mark}"),
    ]
    .join("\n")
}

/// What is marked: a quoted text, a word, a number, or the bracket of a list or an object.
fn token(rest: &[char]) -> &[char] {
    let length = match rest {
        [] => 0,
        [quote @ ('"' | '\''), inner @ ..] => {
            let mut is_escaped = false;
            let end = inner.iter().position(|c| {
                let ends = c == quote && !is_escaped;
                is_escaped = *c == '\\' && *quote == '"' && !is_escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        }
        ['{' | '[' | '|' | '>', ..] => 1,
        _ => {
            let ends = |index: &usize| {
                let next = rest.get(index + 1).copied().unwrap_or(' ');
                match rest[*index] {
                    ',' | ']' | '}' => true,
                    ':' => next == ' ',
                    ' ' => next == '#',
                    _ => false,
                }
            };
            (0..rest.len()).find(ends).unwrap_or(rest.len())
        }
    };
    let mut token = &rest[..length];
    while let [shorter @ .., ' '] = token {
        token = shorter;
    }
    token
}
