//! The line and column of a value in a JSON text, by its path.

use crate::error::{Error, Place};
use crate::position::Position;

/// Adds the line and column to an error about a value of a JSON text: those of the value, or
/// of the nearest value around it. O(length of the text).
pub(crate) fn located(error: Error, text: &str) -> Error {
    let text = text.trim_start_matches('\u{feff}');
    if error.place().line.is_some() || !text.trim_start().starts_with(['{', '[']) {
        return error;
    }
    let path = error.place().path.clone();
    let begin = Scanner { text, at: 0 }.find(&path);
    error.at(Place { path, ..Position::of(text, begin).place() })
}

/// Reads JSON; text that is none ends the search.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    /// The position of the value with a path, or of the last one on the way to it.
    fn find(&mut self, path: &str) -> usize {
        let mut rest = path;
        self.space();
        let mut found = self.at;
        while !rest.is_empty() {
            let after = match self.next() {
                Some(b'{') => self.field(rest),
                Some(b'[') => self.element(rest),
                _ => None,
            };
            let Some(after) = after else { break };
            rest = after;
            self.space();
            found = self.at;
        }
        found
    }

    /// Goes to the value of the field that a path begins with. Returns the rest of the path.
    fn field<'p>(&mut self, path: &'p str) -> Option<&'p str> {
        loop {
            self.space();
            let begin = self.at;
            if self.next()? != b'"' {
                return None;
            }
            self.string()?;
            let key: String = serde_json::from_str(&self.text[begin..self.at]).ok()?;
            self.space();
            if self.next()? != b':' {
                return None;
            }
            let rest = path.strip_prefix(key.as_str());
            let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            if let Some(rest) = rest {
                return Some(rest.strip_prefix('.').unwrap_or(rest));
            }
            self.value()?;
            self.comma()?;
        }
    }

    /// Goes to the element that a path begins with. Returns the rest of the path.
    fn element<'p>(&mut self, path: &'p str) -> Option<&'p str> {
        let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
        for _ in 0..index.parse::<usize>().ok()? {
            self.value()?;
            self.comma()?;
        }
        self.space();
        // An element that does not exist is none.
        (self.text.as_bytes().get(self.at) != Some(&b']'))
            .then(|| rest.strip_prefix('.').unwrap_or(rest))
    }

    fn next(&mut self) -> Option<u8> {
        let next = self.text.as_bytes().get(self.at).copied();
        self.at += usize::from(next.is_some());
        next
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn comma(&mut self) -> Option<()> {
        self.space();
        (self.next()? == b',').then_some(())
    }

    /// Skips the rest of a string.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => {
                    self.next()?;
                }
                _ => {}
            }
        }
    }

    /// Skips a value.
    fn value(&mut self) -> Option<()> {
        self.space();
        let mut depth = 0usize;
        loop {
            match self.next()? {
                b'"' => self.string()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            // A number or a word goes on to the next delimiter.
            let is_end = matches!(
                self.text.as_bytes().get(self.at),
                None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
            );
            if depth == 0 && is_end {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, path: &str) -> (usize, usize) {
        let error = located(Error::new(Place::path(path), "wrong"), text);
        assert_eq!(error.place().path, path);
        (error.place().line.unwrap(), error.place().column.unwrap())
    }

    #[test]
    fn located_value_or_nearest() {
        let text = "\n{ \"a\": [1, { \"b.c\": true,\n  \"é\": \"x, ]\", \"d\": -2.5e3 } ],\n\"e\\u0066\": {} }";
        for (path, expected) in [
            ("", (2, 1)),
            ("a", (2, 8)),
            ("a[0]", (2, 9)),
            ("a[1]", (2, 12)),
            ("a[1].b.c", (2, 21)),
            ("a[1].é", (3, 8)),
            ("a[1].d", (3, 21)),
            ("ef", (4, 12)),
            // The nearest value around what is missing.
            ("a[1].z", (2, 12)),
            ("a[2]", (2, 8)),
            ("z[1]", (2, 1)),
        ] {
            assert_eq!(place(text, path), expected, "{path}");
        }
        // Broken text ends the search.
        assert_eq!(place("[1, \"x", "[1].a"), (1, 5));
        assert_eq!(place("[", "[3]"), (1, 1));
        let yaml = located(Error::new(Place::path("a"), "wrong"), "a: 1");
        assert_eq!(yaml.place().line, None);
    }
}
