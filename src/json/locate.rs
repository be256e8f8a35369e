//! The line and the column of the place of an error in a document.

use crate::error::{Error, ErrorKind, truncated};

/// The error with the line and the column of its place in `text`, if it has none.
pub(super) fn located(error: Error, text: &str) -> Error {
    if error.line().is_some() {
        return error;
    }
    let mut scan = Scan { text, at: 0 };
    let found = match error.window() {
        Some(window) => {
            scan.window(window, error.kind() == ErrorKind::Duplicate).and_then(|start| {
                scan.at = start;
                scan.find(error.path())
            })
        }
        None => scan.find(error.path()),
    };
    match found {
        Some(at) => {
            let before = &text.as_bytes()[..at];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
            error.at(line, column)
        }
        None => error,
    }
}

/// Walks over JSON text. Text that is not JSON ends the walk.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl Scan<'_> {
    /// The place of the window with an id; of the second one, if `is_repeated`. A text
    /// without a list of windows is the window.
    fn window(&mut self, id: &str, is_repeated: bool) -> Option<usize> {
        let start = self.at;
        let Some(list) = self.field("windows") else { return Some(start) };
        self.at = list;
        let mut left = usize::from(is_repeated);
        self.elements(|scan, _| {
            let place = scan.at;
            let own = scan.field("id")?;
            scan.at = own;
            let name = scan.string()?;
            if truncated(&name) != id || left > 0 {
                left = left.saturating_sub(usize::from(truncated(&name) == id));
                return None;
            }
            Some(place)
        })
    }

    /// The place of a path: of the value that it leads to or, if a field is missing, of the
    /// object that should have it.
    fn find(&mut self, path: &str) -> Option<usize> {
        self.skip_space();
        let here = self.at;
        if path.is_empty() {
            return Some(here);
        }
        match self.text.as_bytes().get(here)? {
            b'{' => Some(self.member(path).unwrap_or(here)),
            b'[' => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let index: usize = index.parse().ok()?;
                let rest = rest.strip_prefix('.').unwrap_or(rest);
                let found = self.elements(
                    |scan, number| {
                        if number == index { scan.find(rest) } else { None }
                    },
                );
                Some(found.unwrap_or(here))
            }
            // Paths lead into text, such as rules.
            _ => Some(here),
        }
    }

    /// The place of a path that begins with a field of the object here.
    fn member(&mut self, path: &str) -> Option<usize> {
        self.members(|scan, name| {
            let shown = if name.is_empty() { "\"\"".to_owned() } else { truncated(name) };
            let rest = path.strip_prefix(&shown)?;
            match rest.as_bytes().first() {
                None => scan.find(""),
                Some(b'.') => scan.find(&rest[1..]),
                Some(b'[') => scan.find(rest),
                Some(_) => None,
            }
        })
    }

    /// The place of the value of a field of the object here.
    fn field(&mut self, name: &str) -> Option<usize> {
        self.members(|scan, known| {
            scan.skip_space();
            (known == name).then_some(scan.at)
        })
    }

    /// Calls `visit` at the value of each field of the object here, until it finds
    /// something.
    fn members<T>(&mut self, mut visit: impl FnMut(&mut Self, &str) -> Option<T>) -> Option<T> {
        self.expect(b'{')?;
        loop {
            self.skip_space();
            let name = self.string()?;
            self.expect(b':')?;
            let value = self.at;
            if let Some(found) = visit(self, &name) {
                return Some(found);
            }
            self.at = value;
            self.skip_value()?;
            self.expect(b',')?;
        }
    }

    /// Calls `visit` at each element of the list here, until it finds something.
    fn elements<T>(&mut self, mut visit: impl FnMut(&mut Self, usize) -> Option<T>) -> Option<T> {
        self.expect(b'[')?;
        for number in 0.. {
            self.skip_space();
            let value = self.at;
            if let Some(found) = visit(self, number) {
                return Some(found);
            }
            self.at = value;
            self.skip_value()?;
            self.expect(b',')?;
        }
        None
    }

    fn skip_space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    /// Skips white space and this byte.
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.text.as_bytes().get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// Reads a string.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_string()?;
        serde_json::from_str(&self.text[start..self.at]).ok()
    }

    fn skip_string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Skips a value, by its brackets.
    fn skip_value(&mut self) -> Option<()> {
        self.skip_space();
        let mut depth = 0usize;
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b'}' | b']' if depth == 0 => return Some(()),
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn located_path_of_value() {
        let text = "{ \"a.b\": 1,\n  \"l\": [ 10, { \"x\": \"y]}\" },\n \"ü\\\"\" ], \"\": {} }";
        let place = |path: &str| {
            let error = located(Error::invalid("x").in_field(path), text);
            (error.line().unwrap(), error.column().unwrap())
        };
        assert_eq!(place("a.b"), (1, 10));
        assert_eq!(place("l"), (2, 8));
        assert_eq!(place("l[0]"), (2, 10));
        assert_eq!(place("l[1].x"), (2, 21));
        assert_eq!(place("l[1].x.within"), (2, 21));
        assert_eq!(place("l[2]"), (3, 2));
        // What is missing is missing in the object, and in the list.
        assert_eq!(place("l[1].z"), (2, 14));
        assert_eq!(place("l[7]"), (2, 8));
        assert_eq!(place("\"\""), (3, 15));
        assert_eq!(place("zzz"), (1, 1));
    }

    #[test]
    fn located_window_by_id() {
        let text =
            "{\"windows\":[{\"id\":\"a\",\"x\":1},\n{\"x\":2,\"id\":\"b\"},\n{\"id\":\"a\"}]}";
        let place = |error: Error| {
            let error = located(error, text);
            (error.line(), error.column())
        };
        let at = |path: &str, id: &str| Error::invalid("x").in_field(path).in_window(id);
        assert_eq!(place(at("x", "a")), (Some(1), Some(27)));
        assert_eq!(place(at("x", "b")), (Some(2), Some(6)));
        assert_eq!(place(at("x", "c")), (None, None));
        let twice = Error::new(ErrorKind::Duplicate, "x").in_field("id").in_window("a");
        assert_eq!(place(twice), (Some(3), Some(7)));
    }

    #[test]
    fn located_text_that_is_no_json_ends() {
        for text in ["", "{", "[", "{\"a\"", "{\"a\":", "[1", "[\"", "{\"a\":[1,{]", "\"\\", "]"] {
            for path in ["", "a", "[0]", "[1].b", "a[1].x"] {
                let _ = located(Error::invalid("x").in_field(path), text);
                let _ = located(Error::invalid("x").in_field(path).in_window("w"), text);
            }
        }
    }
}
