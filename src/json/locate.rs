//! The line and the column of the place of an error in a document.

use crate::error::{Error, truncated};

/// The error with the line and the column of its place in `text`, if it has none.
pub(super) fn located(error: Error, text: &str) -> Error {
    if error.line().is_some() {
        return error;
    }
    let mut scan = Scan { text, at: 0 };
    // The path of a window begins at the window, and that of a document at its beginning.
    let start = match (error.window(), error.window_index()) {
        (Some(_), Some(index)) => scan.listed_window(index),
        _ => Some(0),
    };
    let found = start.and_then(|start| {
        scan.at = start;
        scan.find(error.path())
    });
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
    /// The place of the window with an index in the list of a document.
    fn listed_window(&mut self, index: usize) -> Option<usize> {
        self.at = self.field("windows")?;
        self.elements(|scan, number| (number == index).then_some(scan.at))
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
    fn located_window_by_index() {
        let text =
            "{\"windows\":[{\"id\":\"a\",\"x\":1},\n{\"x\":2,\"id\":\"b\"},\n{\"id\":\"a\"}]}";
        let place = |path: &str, id: &str, index: usize| {
            let error = Error::invalid("x").in_field(path).in_window(id).in_window_of_list(index);
            let error = located(error, text);
            (error.line(), error.column())
        };
        assert_eq!(place("x", "a", 0), (Some(1), Some(27)));
        assert_eq!(place("x", "b", 1), (Some(2), Some(6)));
        assert_eq!(place("id", "a", 2), (Some(3), Some(7)));
        assert_eq!(place("x", "a", 2), (Some(3), Some(1)));
        assert_eq!(place("x", "c", 3), (None, None));
        // A window by itself.
        let error = located(Error::invalid("x").in_field("x").in_window("b"), "\n{\"x\": 2}");
        assert_eq!((error.line(), error.column()), (Some(2), Some(7)));
    }

    #[test]
    fn located_text_that_is_no_json_ends() {
        for text in ["", "{", "[", "{\"a\"", "{\"a\":", "[1", "[\"", "{\"a\":[1,{]", "\"\\", "]"] {
            for path in ["", "a", "[0]", "[1].b", "a[1].x"] {
                let _ = located(Error::invalid("x").in_field(path), text);
                let of_window = Error::invalid("x").in_field(path).in_window("w");
                let _ = located(of_window.clone(), text);
                let _ = located(of_window.in_window_of_list(1), text);
            }
        }
    }
}
