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

/// A content line.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// The number of its first line in the text, from 1.
    pub(super) number: usize,
    /// As written; upper and lower case do not matter.
    pub(super) name: Cow<'a, str>,
    /// Names in capitals, with their unquoted values.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) value: Cow<'a, str>,
}

impl Line<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
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
            Some(parts) => Ok(line_of(number, &line, parts)),
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

/// The length of the name, the parameters, and the start of the value.
type Parts = (usize, Vec<(String, String)>, usize);

/// Splits `NAME;PARAMETER=value,"quoted":value`.
fn split(line: &str) -> Option<Parts> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = line.find(|c| !is_of_name(c)).filter(|length| *length > 0)?;
    let mut parameters = Vec::new();
    let mut at = name;
    while line[at..].starts_with(';') {
        at += 1;
        // Some write `DTSTART;:20260101T000000Z`.
        if line[at..].starts_with([';', ':']) {
            continue;
        }
        let key = line[at..].find('=')?;
        let parameter = &line[at..at + key];
        if !parameter.chars().all(is_of_name) {
            return None;
        }
        at += key + 1;
        let mut quoted = false;
        let end = line[at..].find(|c| {
            quoted ^= c == '"';
            !quoted && matches!(c, ';' | ':')
        })?;
        let value = line[at..at + end].replace('"', "");
        parameters.push((parameter.to_ascii_uppercase(), value));
        at += end;
    }
    line[at..].starts_with(':').then_some((name, parameters, at + 1))
}

fn line_of<'a>(number: usize, line: &Cow<'a, str>, (name, parameters, at): Parts) -> Line<'a> {
    let part = |from: usize, to: usize| match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[from..to]),
        Cow::Owned(line) => Cow::Owned(line[from..to].to_owned()),
    };
    Line { number, name: part(0, name), parameters, value: part(at, line.len()) }
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
        assert_eq!((lines[0].number, &*lines[0].name, &*lines[0].value), (1, "A", "1"));
        assert_eq!((lines[1].number, &*lines[1].value), (3, "234"));
        assert_eq!(lines[1].parameter("X"), Some("a:b;c"));
        assert_eq!(lines[1].parameter("Y"), Some("d"));
        assert_eq!((lines[2].number, &*lines[2].value), (6, ""));
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
