//! The line of a text around a place, with a mark under it.
//!
//! ```text
//!   --> line 4, column 43
//!    |
//!  4 |     "schedule": { "kind": "monthly", "day": 32 }
//!    |                                             ^^
//! ```

use quietude_formats::native::Position;

use crate::style::Style;
use crate::terminal::{char_width, display_width};

/// Characters of a line that are shown before and after the place.
const BEFORE: usize = 50;
const AFTER: usize = 50;
const CUT: &str = "..";

/// The lines that show a place, which is the end of `head` in the line `head` and `tail`. No
/// line feed at the end. Of a long line only the characters near the place are read.
pub(crate) fn excerpt((head, tail): (&str, &str), place: Position, style: Style) -> String {
    let tail = tail.trim_end_matches('\r');
    let mut before: Vec<char> = head.chars().rev().take(BEFORE + CUT.len() + 1).collect();
    before.reverse();
    let mut after: Vec<char> = tail.chars().take(AFTER + CUT.len() + 1).collect();
    let is_cut_before = before.len() > BEFORE + CUT.len();
    if is_cut_before {
        before.drain(..before.len() - BEFORE);
    }
    let is_cut_after = after.len() > AFTER + CUT.len();
    if is_cut_after {
        after.truncate(AFTER);
    }
    let shown = |chars: &[char]| -> String {
        // Control characters could move the cursor.
        chars.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect()
    };
    let marked: usize = token(&after).iter().map(|c| char_width(*c)).sum();
    let before = format!("{}{}", if is_cut_before { CUT } else { "" }, shown(&before));
    let after = format!("{}{}", shown(&after), if is_cut_after { CUT } else { "" });
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
