//! The UTF-8 syntax of matchers.
//!
//! ```text
//! list    = [ '{' ] [ matcher { ',' matcher } [ ',' ] ] [ '}' ]   both braces or none
//! matcher = text ( '=' | '!=' | '=~' | '!~' ) text
//! text    = '"' Go string '"' | word without reserved characters
//! ```
//!
//! White space between tokens is skipped.

use std::borrow::Cow;

use crate::error::{Error, truncated};
use crate::scope::alertmanager::{LabelMatcher, Operator, check_count, is_reserved};

/// # Errors
///
/// If the text is not a list of matchers.
pub(super) fn parse(text: &str) -> Result<Vec<LabelMatcher>, Error> {
    let mut tokens = Tokens { text, rest: text };
    let mut matchers = Vec::new();
    let has_open = tokens.accept('{');
    loop {
        match tokens.peek() {
            None | Some('}') => break,
            Some(_) => {}
        }
        let name = tokens.text("the name of a label")?;
        let operator = tokens.operator()?;
        let value = tokens.text("a value")?;
        check_count(matchers.len() + 1)?;
        matchers.push(operator.matcher(&name, &value)?);
        if !tokens.accept(',') {
            break;
        }
    }
    match (has_open, tokens.peek()) {
        (false, None) => return Ok(matchers),
        (true, Some('}')) => {}
        (false, Some('}')) => return Err(tokens.error("\"}\" has no \"{\" before it")),
        (true, None) => return Err(tokens.needs("}")),
        (_, Some(_)) if matchers.is_empty() => return Err(tokens.needs("the name of a label")),
        (true, Some(_)) => return Err(tokens.needs("a comma or }")),
        (false, Some(_)) => return Err(tokens.needs("a comma")),
    }
    tokens.accept('}');
    match tokens.peek() {
        None => Ok(matchers),
        Some(_) => Err(tokens.needs("the end")),
    }
}

struct Tokens<'a> {
    text: &'a str,
    /// What is left of the text.
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// The first character after white space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn accept(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        is_next
    }

    fn operator(&mut self) -> Result<Operator, Error> {
        self.peek();
        match Operator::strip(self.rest) {
            Some((operator, rest)) => {
                self.rest = rest;
                Ok(operator)
            }
            None => Err(self.needs("=, !=, =~ or !~")),
        }
    }

    /// A word or a text in quotes.
    fn text(&mut self, what: &str) -> Result<Cow<'a, str>, Error> {
        match self.peek() {
            Some('"') => self.quoted().map(Cow::Owned),
            Some(c) if !is_reserved(c) => {
                let end = self.rest.find(is_reserved).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(Cow::Borrowed(word))
            }
            _ => Err(self.needs(what)),
        }
    }

    /// A Go string in double quotes.
    fn quoted(&mut self) -> Result<String, Error> {
        let inner = &self.rest[1..];
        let mut is_escaped = false;
        let end = inner.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let Some(end) = end else {
            let shown = truncated(self.rest);
            return Err(self.error(&format!("{shown:?} has no closing quote")));
        };
        let Some(value) = unescape(&inner[..end]) else {
            let shown = truncated(&inner[..end]);
            return Err(self.error(&format!(
                "{shown:?} is not a Go string: the escapes are \\a \\b \\f \\n \\r \\t \\v \\\\ \
                 \\\" \\xhh \\ooo \\uhhhh \\Uhhhhhhhh, and the bytes must be UTF-8"
            )));
        };
        self.rest = &inner[end + 1..];
        Ok(value)
    }

    /// An error at the next token: `what` is needed there.
    fn needs(&mut self, what: &str) -> Error {
        match self.peek() {
            None => Error::syntax(format_args!("it ends where {what} is needed")),
            Some('\\' | '\'' | '`') => {
                let c = &self.rest[..1];
                self.error(&format!("{c:?} is only allowed in quotes"))
            }
            Some(c) => {
                let end = if c == '"' || is_reserved(c) { Some(1) } else { None };
                let end = end.or_else(|| self.rest.find(is_reserved)).unwrap_or(self.rest.len());
                let found = truncated(&self.rest[..end]);
                self.error(&format!("{found:?} is where {what} is needed"))
            }
        }
    }

    /// An error at the next token.
    fn error(&mut self, message: &str) -> Error {
        self.peek();
        let before = &self.text[..self.text.len() - self.rest.len()];
        Error::syntax(format_args!("column {}: {message}", before.chars().count() + 1))
    }
}

/// The text of a Go string without its quotes. `None` if it has an unknown escape or a
/// line feed, or its bytes are not UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\n']) {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (escape, after) = rest[at..].strip_prefix('\\').and_then(split_first)?;
        rest = after;
        match escape {
            'a' => bytes.push(0x07),
            'b' => bytes.push(0x08),
            'f' => bytes.push(0x0c),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(0x0b),
            '\\' | '"' => bytes.push(escape as u8),
            'x' => bytes.push(number(&mut rest, 2, 16)?.try_into().ok()?),
            'u' => push_char(&mut bytes, number(&mut rest, 4, 16)?)?,
            'U' => push_char(&mut bytes, number(&mut rest, 8, 16)?)?,
            '0'..='7' => {
                rest = &text[text.len() - rest.len() - 1..];
                bytes.push(number(&mut rest, 3, 8)?.try_into().ok()?);
            }
            _ => return None,
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next()?;
    Some((first, &text[first.len_utf8()..]))
}

/// A number of exactly `digits` digits.
fn number(rest: &mut &str, digits: usize, radix: u32) -> Option<u32> {
    let (number, after) = rest.split_at_checked(digits)?;
    *rest = after;
    let is_plain = number.chars().all(|c| c.is_digit(radix));
    if is_plain { u32::from_str_radix(number, radix).ok() } else { None }
}

fn push_char(bytes: &mut Vec<u8>, code: u32) -> Option<()> {
    let mut buffer = [0; 4];
    bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescape_go_strings() {
        for (text, expected) in [
            (r"plain", Some("plain")),
            (r"\a\b\f\n\r\t\v\\\q", None),
            (r"\a\b\f\n\r\t\v\\", Some("\x07\x08\x0c\n\r\t\x0b\\")),
            (r#"\""#, Some("\"")),
            (r"\'", None),
            (r"\x41\101\u0041\U00000041", Some("AAAA")),
            (r"\xe9", None),
            (r"\xc3\xa9", Some("\u{e9}")),
            (r"\303\251", Some("\u{e9}")),
            (r"\400", None),
            (r"\8", None),
            (r"\x4", None),
            (r"\x+1", None),
            (r"\u00e", None),
            (r"\ud800", None),
            (r"\U00110000", None),
            ("\\x4\u{e9}", None),
            ("a\nb", None),
            ("a\tb", Some("a\tb")),
            ("\\", None),
        ] {
            assert_eq!(unescape(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn parse_error_has_column() {
        for (text, message) in [
            ("{foo=:\"bar\"}", "column 7: \"\\\"\" is where a comma or } is needed"),
            ("foo=bar}", "column 8: \"}\" has no \"{\" before it"),
            ("{foo=bar", "it ends where } is needed"),
            ("\u{1f642}=a b", "column 5: \"b\" is where a comma is needed"),
            ("foo!bar", "column 4: \"!\" is where =, !=, =~ or !~ is needed"),
            ("foo=", "it ends where a value is needed"),
            ("=a", "column 1: \"=\" is where the name of a label is needed"),
            (",", "column 1: \",\" is where the name of a label is needed"),
            ("{a=b,,c=d}", "column 6: \",\" is where the name of a label is needed"),
            ("{a=b} x", "column 7: \"x\" is where the end is needed"),
            ("a='b'", "column 3: \"'\" is only allowed in quotes"),
            ("a=\"b", "column 3: \"\\\"b\" has no closing quote"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }
}
