//! Content lines of RFC 5545, section 3.1: unfolding, names, parameters, values.
//!
//! The crates for iCalendar were compared on files of Outlook, Google and Apple, and on
//! hostile ones. `icalendar` (0.17) and `ical` (0.11, no longer kept) refuse a file that
//! begins with a byte order mark; `icalendar` overflows the stack on nested components;
//! `ical` accepts an END of another component; `calcard` (0.3) accepts every line, and none
//! of the three tells the line of a property, which errors of this crate name. Rules are
//! read by the library anyway. What remains is this file.

use std::borrow::Cow;

use crate::error::{Error, Place};

/// A content line. A file has many: it has no parts of its own.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Unfolded.
    text: Cow<'a, str>,
    /// The number of its first line in the text, from 1.
    number: u32,
    /// Where the name ends.
    name: u32,
    /// Where the value begins.
    value: u32,
}

impl Line<'_> {
    pub(super) fn number(&self) -> usize {
        self.number as usize
    }

    /// As written; upper and lower case do not matter.
    pub(super) fn name(&self) -> &str {
        &self.text[..self.name as usize]
    }

    pub(super) fn value(&self) -> &str {
        &self.text[self.value as usize..]
    }

    /// The whole line.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The value of a parameter, the name of which is in capitals, without quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = Parameters { line: &self.text, at: self.name as usize };
        let mut found = None;
        while let Some(Some((known, value))) = parameters.next_one() {
            if known.eq_ignore_ascii_case(name) {
                found = Some(value.replace('"', ""));
                break;
            }
        }
        found
    }
}

/// The content lines of a text.
pub(super) struct Lines<'a> {
    rest: &'a str,
    /// The number of the line with which `rest` begins.
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), number: 1 }
    }

    /// The next physical line, without its line break.
    fn physical(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The next line with what is folded into it, and its number.
    fn unfolded(&mut self) -> Option<(usize, Cow<'a, str>)> {
        loop {
            let number = self.number;
            let first = self.physical()?;
            let mut line = Cow::Borrowed(first);
            while self.rest.starts_with([' ', '\t']) {
                let more = self.physical()?;
                line.to_mut().push_str(&more[1..]);
            }
            // Empty lines are not allowed, and common.
            if !line.trim().is_empty() {
                return Some((number, line));
            }
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (number, line) = self.unfolded()?;
        Some(match split(&line) {
            Some((name, value)) => Ok(Line {
                number: u32::try_from(number).unwrap_or(u32::MAX),
                name: u32::try_from(name).unwrap_or(u32::MAX),
                value: u32::try_from(value).unwrap_or(u32::MAX),
                text: line,
            }),
            None => Err(Error::new(
                Place::line(number),
                format_args!(
                    "\"{}\" is not a content line such as SUMMARY:text (RFC 5545, 3.1); a line that \
                     continues the one before it begins with a space",
                    truncated(&line)
                ),
            )),
        })
    }
}

/// The start of a text, for an error message.
pub(super) fn truncated(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).collect::<String>().escape_debug().to_string();
    if text.chars().nth(MOST).is_some() {
        shown.push_str("..");
    }
    shown
}

/// Whether a character may be in the name of a property or a parameter.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Splits `NAME;PARAMETER=value,"quoted":value`: where the name ends, and where the value
/// begins.
fn split(line: &str) -> Option<(usize, usize)> {
    let name = line.find(|c| !is_of_name(c)).filter(|length| *length > 0)?;
    let mut parameters = Parameters { line, at: name };
    while parameters.next_one()?.is_some() {}
    let at = parameters.at;
    line[at..].starts_with(':').then_some((name, at + 1))
}

/// The parameters of a line, from `at` on.
struct Parameters<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Parameters<'a> {
    /// The name and the value of the next parameter; the inner `None` at their end, and the
    /// outer one if there is none where one begins.
    fn next_one(&mut self) -> Option<Option<(&'a str, &'a str)>> {
        while self.line[self.at..].starts_with(';') {
            self.at += 1;
            let rest = &self.line[self.at..];
            // Some write `DTSTART;:20260101T000000Z`.
            if rest.starts_with([';', ':']) {
                continue;
            }
            let (name, value) = rest.split_once('=')?;
            if !name.chars().all(is_of_name) {
                return None;
            }
            let mut quoted = false;
            let end = value.find(|c| {
                quoted ^= c == '"';
                !quoted && matches!(c, ';' | ':')
            })?;
            self.at += name.len() + 1 + end;
            return Some(Some((name, &value[..end])));
        }
        Some(None)
    }
}

/// A TEXT value (RFC 5545, 3.3.11) without its escapes.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match characters.next() {
            Some('n' | 'N') => plain.push('\n'),
            Some(escaped) => plain.push(escaped),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_folded_with_bom_and_mixed_breaks() {
        let text = "\u{feff}A:1\r\n\r\nB;X=\"a:b;c\";y=d:2\n 3\n\t4\nC:\r\n ";
        let lines: Vec<_> = Lines::new(text).collect::<Result<_, _>>().unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!((lines[0].number(), lines[0].name(), lines[0].value()), (1, "A", "1"));
        assert_eq!((lines[1].number(), lines[1].value()), (3, "234"));
        assert_eq!(lines[1].parameter("X").as_deref(), Some("a:b;c"));
        assert_eq!(lines[1].parameter("Y").as_deref(), Some("d"));
        assert_eq!((lines[2].number(), lines[2].value()), (6, ""));
    }

    #[test]
    fn lines_malformed_is_error_with_number() {
        for bad in ["x", ":1", "A;B:1", "A;B=\"c:1", "A B:1", "\u{e9}:1", " x:1"] {
            let text = format!("A:1\n\n{bad}\n");
            let error = match bad {
                // A folded line without a colon before it.
                " x:1" => Lines::new("A\n x\n").find_map(Result::err).unwrap(),
                _ => Lines::new(&text).find_map(Result::err).unwrap(),
            };
            let line = if bad == " x:1" { 1 } else { 3 };
            assert_eq!(error.place().line, Some(line), "{bad}");
        }
    }

    #[test]
    fn unescaped_text() {
        assert_eq!(unescaped(r"a\, b\; c\\ d\ne\N\"), "a, b; c\\ d\ne\n\\");
    }
}
