//! How a document is read: the file, its text as JSON or YAML, and its errors, with the line
//! of the text and a mark under the place. Every command reads its documents here.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use quietude::limits::MAX_DOCUMENT_BYTES;
use quietude::{Document, Window};
use serde::Deserialize;

use crate::excerpt::excerpt;
use crate::format::plain;
use crate::locate::place_in;
use crate::progress::Progress;
use crate::style::Style;
use crate::yaml::{self, Converted};
use crate::zones::ZoneArgs;
use crate::{Error, style};

/// A line and a column of a text, in characters, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A text and its name.
pub(crate) struct Source {
    name: String,
    text: String,
    /// The JSON form of a YAML text.
    converted: Option<Converted>,
    /// Where the lines of the text begin, if a line was asked for.
    lines: OnceCell<Vec<usize>>,
    /// Whether the text is ASCII, if a column was asked for.
    is_ascii: OnceCell<bool>,
}

/// Why a text is not read: its errors, in the order of the text. There is at least one.
#[derive(Debug)]
pub(crate) struct Problems {
    source: String,
    list: Vec<Problem>,
}

/// An error of a text.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) place: Option<Place>,
    /// The id of the window, if it is about one.
    pub(crate) window: Option<String>,
    /// The path of the field; may be empty.
    pub(crate) path: String,
    /// The message without window and path.
    pub(crate) message: String,
    /// The line of the text, with a mark under the place.
    excerpt: String,
}

impl Source {
    /// Reads a file; `-` is standard input. A file named `*.yaml` or `*.yml` is YAML, and
    /// any other is JSON. Standard input and a file without an extension are JSON if they
    /// begin with a bracket or a brace, and otherwise YAML.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let (name, text) = read_text(file)?;
        Self::new(name, text, is_yaml(file))
    }

    /// A text that is read already. `is_yaml` is `None` if its beginning decides.
    pub(crate) fn new(
        name: String,
        mut text: String,
        is_yaml: Option<bool>,
    ) -> Result<Self, Error> {
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        let begins_as_json = || text.trim_start().starts_with(['{', '[']);
        let is_yaml = is_yaml.unwrap_or_else(|| !begins_as_json());
        let mut source =
            Self { name, text, converted: None, lines: OnceCell::new(), is_ascii: OnceCell::new() };
        if is_yaml {
            match yaml::convert(&source.text) {
                Ok(converted) => source.converted = Some(converted),
                Err(failure) => {
                    let place = Some(failure.place);
                    return Err(source.problem(place, &failure.message).into());
                }
            }
        }
        Ok(source)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text as it was read, without a byte order mark.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_yaml(&self) -> bool {
        self.converted.is_some()
    }

    /// The JSON text.
    pub(crate) fn json(&self) -> &str {
        self.converted.as_ref().map_or(&self.text, |converted| &converted.json)
    }

    /// Reads the native document. The error has all errors of the text.
    pub(crate) fn document(&self, zones: &ZoneArgs) -> Result<Document, Error> {
        let _progress = Progress::start(format!("reading {}", self.name));
        let resolve = |name: &str| zones.zone(name);
        let first = match Document::from_json_with_zones(self.json(), resolve) {
            Ok(document) => return Ok(document),
            Err(first) => first,
        };
        let mut errors = Document::check_with_zones(self.json(), resolve);
        if errors.is_empty() {
            errors.push(first);
        }
        let list = errors.iter().map(|error| self.library_problem(error)).collect();
        Err(Box::new(Problems { source: self.name.clone(), list }))
    }

    /// Reads one window, which may refer to the names of a document.
    pub(crate) fn window(&self, document: &Document, zones: &ZoneArgs) -> Result<Window, Error> {
        let resolve = |name: &str| zones.zone(name);
        document.window_from_json_with_zones(self.json(), resolve).map_err(|error| {
            let list = vec![self.library_problem(&error)];
            Problems { source: self.name.clone(), list }.into()
        })
    }

    /// Reads a value of another kind than the native document.
    pub(crate) fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, Error> {
        serde_json::from_str(self.json()).map_err(|error| {
            // Its columns are bytes.
            let line_of_json = self.json().split('\n').nth(error.line().saturating_sub(1));
            let line_of_json = line_of_json.unwrap_or_default().as_bytes();
            let bytes = &line_of_json[..error.column().saturating_sub(1).min(line_of_json.len())];
            let begins = bytes.iter().filter(|byte| !matches!(byte, 0x80..0xc0)).count();
            let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let (line, column) = (number(error.line()), number(begins + 1));
            let place = (line > 0).then(|| self.place(Place { line, column }));
            self.problem(place, without_place(&error.to_string())).into()
        })
    }

    /// An error at a place of the text.
    pub(crate) fn problem(&self, place: Option<Place>, message: &str) -> Problems {
        // A text that ends too early ends on its last line.
        let end = place_of(&self.text, self.text.trim_end().len());
        let place = place.map(|place| if place.line > end.line { end } else { place });
        let problem = Problem {
            place,
            window: None,
            path: String::new(),
            message: message.to_owned(),
            excerpt: self.excerpt(place, style::stderr()),
        };
        Problems { source: self.name.clone(), list: vec![problem] }
    }

    /// Errors with the paths of their fields.
    pub(crate) fn problems(&self, list: Vec<(String, String)>) -> Problems {
        let problem = |(path, message): (String, String)| {
            let place = place_in(self, &path);
            let excerpt = self.excerpt(place, style::stderr());
            Problem { place, window: None, path, message, excerpt }
        };
        Problems { source: self.name.clone(), list: list.into_iter().map(problem).collect() }
    }

    /// The lines that show a place: its line, and a mark under it.
    pub(crate) fn excerpt(&self, place: Option<Place>, style: Style) -> String {
        place.map_or_else(String::new, |place| excerpt(self.split_line(place), place, style))
    }

    /// The byte of the text at a place.
    fn byte_of(&self, place: Place) -> Option<usize> {
        let (_, tail) = self.split_line(place);
        let at = tail.as_ptr() as usize - self.text.as_ptr() as usize;
        (!tail.is_empty()).then_some(at)
    }

    /// The line of a place, before the place and from it on. In a text that is ASCII no
    /// characters are counted.
    fn split_line(&self, place: Place) -> (&str, &str) {
        let (line, column) = (self.line(place.line), place.column as usize - 1);
        let at = if *self.is_ascii.get_or_init(|| self.text.is_ascii()) {
            column.min(line.len())
        } else {
            line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte)
        };
        line.split_at(at)
    }

    /// A line, from 1, without its line feed; empty if there is none.
    fn line(&self, number: u32) -> &str {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let index = (number as usize).saturating_sub(1);
        let Some(start) = lines.get(index) else { return "" };
        let end = lines.get(index + 1).map_or(self.text.len(), |next| next - 1);
        &self.text[*start..end]
    }

    /// The place in the text of a place in its JSON form.
    pub(crate) fn place(&self, json: Place) -> Place {
        match &self.converted {
            None => json,
            Some(converted) => converted.place(json.line).unwrap_or(json),
        }
    }

    fn library_problem(&self, error: &quietude::Error) -> Problem {
        let json = error.line().zip(error.column()).map(|(line, column)| Place { line, column });
        let mut message = error.message().to_owned();
        let mut place = json.map(|json| self.place(json));
        // A wrong name is shown, and not its value.
        if let Some(json) = json.filter(|_| is_name(&message)) {
            place = match &self.converted {
                Some(converted) => converted.key_place(json.line),
                None => self.byte_of(json).and_then(|at| key_before(&self.text, at)),
            }
            .or(place);
        }
        if self.is_yaml() {
            if let Some(rest) = message.strip_prefix("JSON: ") {
                message = format!("YAML: {}", without_place(rest));
            } else if message.ends_with(" is not a string") && !message.starts_with('a') {
                message.push_str("; in quotes it is one");
            }
        }
        Problem {
            place,
            window: error.window().map(str::to_owned),
            path: error.path().to_owned(),
            message,
            excerpt: self.excerpt(place, style::stderr()),
        }
    }
}

/// Reads a file as text; `-` is standard input. Returns its name and the text.
pub(crate) fn read_text(file: &Path) -> Result<(String, String), Error> {
    let _progress = Progress::start(format!("reading {}", file.display()));
    let (name, bytes) = if file == Path::new("-") {
        ("standard input".to_owned(), read_all(&mut io::stdin().lock(), 0))
    } else {
        (file.display().to_string(), read_file(file))
    };
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let valid = String::from_utf8_lossy(valid);
            let place = place_of(&valid, valid.len());
            Err(format!("{name}: {place}: it is not UTF-8").into())
        }
    }
}

/// Whether the message of an error is about the name of a field.
fn is_name(message: &str) -> bool {
    message.starts_with("is not a field") || message.starts_with("is not a scope")
}

/// The place of the name of a field in a JSON text, from the first byte of its value.
fn key_before(text: &str, value: usize) -> Option<Place> {
    let before = text[..value].trim_end().strip_suffix(':')?.trim_end();
    let name = before.strip_suffix('"')?;
    // The quote before the name has no backslash before it.
    let quotes = name.rmatch_indices('"').map(|(at, _)| at);
    let mut begins = quotes.filter(|at| !name[..*at].ends_with('\\'));
    Some(place_of(text, begins.next()?))
}

/// The message of an error of the JSON parser, without the place.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
}

/// Whether the extension of a file is that of YAML. `None` if it has none.
fn is_yaml(file: &Path) -> Option<bool> {
    let extension = file.extension()?.to_str()?;
    Some(extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml"))
}

/// Reads a file, unless it changes meanwhile.
#[allow(clippy::disallowed_types, reason = "a program reads files")]
fn read_file(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(file)?;
    let before = file.metadata()?;
    if before.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if before.len() > MAX_DOCUMENT_BYTES as u64 {
        return Err(too_long(before.len()));
    }
    let bytes = read_all(&mut file, before.len() + 1)?;
    let after = file.metadata()?;
    let is_same = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    if before.is_file() && !(is_same && bytes.len() as u64 == before.len()) {
        return Err(io::Error::other("the file changed while it was read; try again"));
    }
    Ok(bytes)
}

/// Reads to the end, or up to the limit.
fn read_all(input: &mut impl Read, expected: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    input.take(MAX_DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(too_long(bytes.len()));
    }
    Ok(bytes)
}

fn too_long(bytes: impl fmt::Display) -> io::Error {
    io::Error::other(format!("{bytes} bytes are more than {MAX_DOCUMENT_BYTES}"))
}

/// The place of a byte of a text.
pub(crate) fn place_of(text: &str, at: usize) -> Place {
    let before = &text[..at];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(line), column: number(before[start..].chars().count() + 1) }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl Problems {
    pub(crate) fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl Problem {
    /// The error in one line, without the name of the text.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        if let Some(window) = &self.window {
            line = format!("window `{window}`: ");
        }
        if !self.path.is_empty() {
            line.push_str(&self.path);
            line.push_str(": ");
        }
        line.push_str(&self.message);
        plain(&line)
    }
}

/// The errors, each with the line of the text; the caller writes `error: ` before the first.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                write!(f, "\n{} ", style::stderr().error("error:"))?;
            }
            write!(f, "{}: {}", self.source, problem.line())?;
            if !problem.excerpt.is_empty() {
                write!(f, "\n{}", problem.excerpt)?;
            }
        }
        if self.list.len() > 1 {
            write!(f, "\n{} errors in {}", self.list.len(), self.source)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
