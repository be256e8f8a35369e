//! The text of a native document: as JSON or YAML, and the places of errors in it.

use std::cell::OnceCell;
use std::path::Path;

use quietude::{Document, Error};

use super::problem::Problem;
use super::yaml::{self, Converted};
use super::{stream, zone};
use crate::position::Position;

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Syntax {
    /// The form of a file: YAML if it is named `*.yaml` or `*.yml`, and JSON if it has any
    /// other extension. Without an extension the text decides, as in [`of_text`](Self::of_text).
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use quietude_formats::native::Syntax;
    ///
    /// assert_eq!(Syntax::of_file(Path::new("windows.YML"), "{}"), Syntax::Yaml);
    /// assert_eq!(Syntax::of_file(Path::new("windows.conf"), "version: 1"), Syntax::Json);
    /// assert_eq!(Syntax::of_file(Path::new("windows"), "version: 1"), Syntax::Yaml);
    /// ```
    #[must_use]
    pub fn of_file(file: &Path, text: &str) -> Self {
        let Some(extension) = file.extension() else { return Self::of_text(text) };
        let is_yaml = ["yaml", "yml"].iter().any(|yaml| extension.eq_ignore_ascii_case(yaml));
        if is_yaml { Self::Yaml } else { Self::Json }
    }

    /// The form of a text: JSON if it begins with a bracket or a brace, and otherwise YAML.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let begin = without_mark(text).trim_start();
        if begin.starts_with(['{', '[']) { Self::Json } else { Self::Yaml }
    }
}

/// The bytes of a file as text.
///
/// # Errors
///
/// If they are not UTF-8; the position is where they cease to be.
///
/// ```
/// let problem = quietude_formats::native::utf8(b"version: 1\nid: \xff".to_vec()).unwrap_err();
/// assert_eq!(problem.to_string(), "line 2, column 5: it is not UTF-8");
/// ```
pub fn utf8(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let valid = String::from_utf8_lossy(valid);
        let (window, path) = (None, String::new());
        let position = Some(Position::of(&valid, valid.len()));
        Problem { position, window, path, message: "it is not UTF-8".to_owned() }
    })
}

/// The text of a document, or of another value that is written as JSON or YAML.
#[derive(Debug)]
pub struct Text {
    text: String,
    syntax: Syntax,
    /// The JSON form of a YAML text, if it was needed.
    converted: OnceCell<Converted>,
    /// Where the lines of the text begin, if a line was asked for.
    lines: OnceCell<Vec<usize>>,
    /// Whether the text is ASCII, if a column was asked for.
    is_ascii: OnceCell<bool>,
}

impl Text {
    /// A text in a form. A byte order mark is left out.
    #[must_use]
    pub fn new(mut text: String, syntax: Syntax) -> Self {
        let mark = text.len() - without_mark(&text).len();
        text.drain(..mark);
        let (converted, lines, is_ascii) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { text, syntax, converted, lines, is_ascii }
    }

    /// The text, without a byte order mark.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form of the text.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// The text as JSON. A YAML text is converted once.
    ///
    /// # Errors
    ///
    /// If the text is not YAML, has what is not read from YAML, or exceeds a limit. A JSON text
    /// is not checked.
    ///
    /// ```
    /// use quietude_formats::native::{Syntax, Text};
    ///
    /// let json = |yaml: &str| Text::new(yaml.to_owned(), Syntax::Yaml).json().map(str::to_owned);
    /// assert_eq!(json("a: [on, 0x10]").unwrap(), "{\n\"a\":\n[\n\"on\",\n16]}");
    /// let problem = json("a: 1\na: 2").unwrap_err();
    /// assert_eq!(problem.to_string(), "line 2, column 1: YAML: the key \"a\" is repeated");
    /// ```
    pub fn json(&self) -> Result<&str, Problem> {
        if self.syntax == Syntax::Json {
            return Ok(&self.text);
        }
        if self.converted.get().is_none() {
            let converted = yaml::convert(&self.text)
                .map_err(|failure| self.problem("", Some(failure.position), &failure.message))?;
            _ = self.converted.set(converted);
        }
        Ok(self.converted.get().map_or("", |converted| &converted.json))
    }

    /// Reads the document. The zones are those of the TZif files in the folder `tzdir`, if there
    /// is one, and otherwise the built-in ones; see [`zone`](zone()).
    ///
    /// # Errors
    ///
    /// All errors of the text, in its order, as [`Document::check`] finds them. There is at
    /// least one.
    pub fn document(&self, tzdir: Option<&Path>) -> Result<Document, Vec<Problem>> {
        // The zones of a folder are not those that `stream` reads.
        if self.syntax == Syntax::Yaml
            && tzdir.is_none()
            && let Some(document) = stream::document(&self.text)
        {
            return Ok(document);
        }
        let zones = |name: &str| zone(name, tzdir);
        let json = self.json().map_err(|problem| vec![problem])?;
        let first = match Document::from_json_with_zones(json, zones) {
            Ok(document) => return Ok(document),
            Err(first) => first,
        };
        let mut errors = Document::check_with_zones(json, zones);
        // A zone file may be there since the text was read.
        if errors.is_empty() {
            errors.push(first);
        }
        Err(errors.iter().map(|error| self.problem_of(error)).collect())
    }

    /// An error that the caller found at a position of the text. One behind the end of the text
    /// is at its end.
    #[must_use]
    pub fn problem(&self, path: &str, position: Option<Position>, message: &str) -> Problem {
        let end = self.text.trim_end().len();
        let is_behind = |at: &Position| self.begin_of(at.line).is_none_or(|begin| begin > end);
        let position = match position {
            Some(at) if is_behind(&at) => Some(self.end()),
            position => position,
        };
        let (path, message) = (path.to_owned(), with_ranges_in_words(message));
        Problem { position, window: None, path, message }
    }

    /// The end of the text without the white space there: a text that ends too early ends on its
    /// last line.
    fn end(&self) -> Position {
        Position::of(&self.text, self.text.trim_end().len())
    }

    /// An error of the library about the [JSON form](Self::json), at its place in the text.
    #[must_use]
    pub fn problem_of(&self, error: &Error) -> Problem {
        let position = error.line().zip(error.column());
        self.problem_at(error, position.map(|(line, column)| Position { line, column }))
    }

    /// An error of the library, at another position of the [JSON form](Self::json) than its own.
    #[must_use]
    pub fn problem_at(&self, error: &Error, json: Option<Position>) -> Problem {
        let mut message = with_ranges_in_words(error.message());
        let mut position = json.map(|json| self.position(json));
        let converted = self.converted.get();
        let is_missing =
            json.zip(converted).is_some_and(|(json, converted)| converted.is_missing(json.line));
        let expected = message.strip_prefix("null is not ").filter(|_| is_missing);
        // A wrong name is shown, and not its value; and the name of a value that is not there.
        if let Some(json) = json.filter(|_| expected.is_some() || is_name(&message)) {
            position = match converted {
                Some(converted) => converted.key_position(json.line),
                None => self.byte_of(json).and_then(|at| key_before(&self.text, at)),
            }
            .or(position);
        }
        let is_yaml = self.syntax == Syntax::Yaml;
        if self.text.trim().is_empty() {
            let expected = expected.map_or_else(String::new, |it| format!("; it must be {it}"));
            message = format!("the text is empty{expected}");
            position = Some(Position::START);
        } else if let Some(expected) = expected {
            message = format!("the value is missing; it must be {expected}");
        } else if let Some(rest) = message.strip_prefix("JSON: ") {
            // A JSON text that ends too early. The place is in the position, and in it alone.
            if rest.starts_with("EOF ") && !is_yaml {
                position = Some(self.end());
            }
            let rest = match (position, rest.rsplit_once(" at line ")) {
                (Some(_), Some((rest, _))) => rest,
                _ => rest,
            };
            message = format!("{}: {rest}", if is_yaml { "YAML" } else { "JSON" });
        } else if is_yaml && message.ends_with(" is not a string") && !message.starts_with('a') {
            message.push_str("; in quotes it is one");
        }
        let (window, path) = (error.window().map(str::to_owned), error.path().to_owned());
        Problem { position, window, path, message }
    }

    /// The position in the text of a position in its [JSON form](Self::json).
    #[must_use]
    pub fn position(&self, json: Position) -> Position {
        let converted = self.converted.get();
        converted.and_then(|converted| converted.position(json.line)).unwrap_or(json)
    }

    /// A line, from 1, without its line feed; empty if there is none.
    #[must_use]
    pub fn line(&self, number: u32) -> &str {
        let Some(begin) = self.begin_of(number) else { return "" };
        let end = self.begin_of(number.saturating_add(1)).map_or(self.text.len(), |next| next - 1);
        self.text.get(begin..end).unwrap_or("")
    }

    /// The byte at which a line begins, from 1.
    fn begin_of(&self, line: u32) -> Option<usize> {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        lines.get((line as usize).checked_sub(1)?).copied()
    }

    /// The line of a position, before the position and from it on. In a text that is ASCII no
    /// characters are counted.
    #[must_use]
    pub fn split_line(&self, position: Position) -> (&str, &str) {
        let line = self.line(position.line);
        let column = (position.column as usize).saturating_sub(1);
        let at = if *self.is_ascii.get_or_init(|| self.text.is_ascii()) {
            column.min(line.len())
        } else {
            line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte)
        };
        line.split_at(at)
    }

    /// The byte of the text at a position.
    fn byte_of(&self, position: Position) -> Option<usize> {
        let (_, tail) = self.split_line(position);
        (!tail.is_empty()).then(|| tail.as_ptr() as usize - self.text.as_ptr() as usize)
    }
}

/// A text without its byte order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A message with ranges such as `1 to 31`; the library writes them as Rust does.
fn with_ranges_in_words(message: &str) -> String {
    if message.contains(" is not in ") {
        message.replace("..=", " to ")
    } else {
        message.to_owned()
    }
}

/// Whether the message of an error is about the name of a field.
fn is_name(message: &str) -> bool {
    message.starts_with("is not a field") || message.starts_with("is not a scope")
}

/// The position of the name of a field in a JSON text, from the first byte of its value.
fn key_before(text: &str, value: usize) -> Option<Position> {
    let before = text[..value].trim_end().strip_suffix(':')?.trim_end();
    let name = before.strip_suffix('"')?;
    // The quote before the name has no backslash before it.
    let quotes = name.rmatch_indices('"').map(|(at, _)| at);
    let mut begins = quotes.filter(|at| !name[..*at].ends_with('\\'));
    Some(Position::of(text, begins.next()?))
}
