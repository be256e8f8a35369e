//! Comments in a YAML text, which are lost if the text is written anew. The parser leaves them
//! out, so they are looked for between the scalars that it finds.

use std::iter::{Enumerate, Peekable};
use std::str::CharIndices;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Characters with their indices and bytes.
type Chars<'t> = Peekable<Enumerate<CharIndices<'t>>>;

/// Whether a text has comments. A `#` in a text between quotes, or in the lines of a block, is
/// none.
pub(crate) fn has_comments(text: &str) -> bool {
    // Other scalars have no `#` after white space.
    let scalars = Parser::new_from_str(text).filter_map(|event| match event {
        Ok((Event::Scalar(value, style, ..), span)) if value.contains('#') => {
            Some((style, span.start))
        }
        _ => None,
    });
    let mut chars = text.char_indices().enumerate().peekable();
    for (style, begin) in scalars {
        if has_comment_before(begin.index(), &mut chars) {
            return true;
        }
        match style {
            ScalarStyle::Plain => {}
            ScalarStyle::SingleQuoted => skip_quoted(&mut chars, '\''),
            ScalarStyle::DoubleQuoted => skip_quoted(&mut chars, '"'),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let Some((_, (byte, _))) = chars.peek().copied() else { return false };
                let end = byte + length_of_block(&text[byte..], begin.col());
                while chars.next_if(|(_, (byte, _))| *byte < end).is_some() {}
            }
        }
    }
    has_comment_before(usize::MAX, &mut chars)
}

/// Reads up to the character with this index, as far as no comment begins. What follows a text
/// in quotes or a block may be a comment.
fn has_comment_before(end: usize, chars: &mut Chars<'_>) -> bool {
    let mut before = ' ';
    while let Some((_, (_, c))) = chars.next_if(|(index, _)| *index < end) {
        if c == '#' && before.is_whitespace() {
            return true;
        }
        before = c;
    }
    false
}

/// Skips a text in quotes. Two single quotes within single quotes are one.
fn skip_quoted(chars: &mut Chars<'_>, quote: char) {
    chars.next();
    while let Some((_, (_, c))) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote && (quote == '"' || chars.next_if(|(_, (_, c))| *c == quote).is_none())
        {
            return;
        }
    }
}

/// The bytes of the lines of a block whose first line begins, without its indent, with the
/// text: it, and those that are indented as much, or blank.
fn length_of_block(text: &str, indent: usize) -> usize {
    let goes_on = |line: &str| {
        line.trim().is_empty() || line.bytes().take_while(|byte| *byte == b' ').count() >= indent
    };
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().map_or(0, str::len);
    first + lines.take_while(|line| goes_on(line)).map(str::len).sum::<usize>()
}
