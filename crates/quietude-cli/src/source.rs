//! How a document is read: the file, its text as JSON or YAML, and its errors, with the line
//! of the text and a mark under the place. Every command reads its documents here.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use quietude::limits::MAX_DOCUMENT_BYTES;
use quietude::{Document, Window};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::excerpt::excerpt;
use crate::format::plain;
use crate::locate::Places;
use crate::progress::Progress;
use crate::style::Style;
use crate::unique::Unique;
use crate::yaml::{self, Converted};
use crate::zones::ZoneArgs;
use crate::{Error, style, yaml_stream};

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
    is_yaml: bool,
    /// The JSON form of a YAML text, if it was needed.
    converted: OnceCell<Converted>,
    /// Where the lines of the text begin, if a line was asked for.
    lines: OnceCell<Vec<usize>>,
    /// Whether the text is ASCII, if a column was asked for.
    is_ascii: OnceCell<bool>,
}

/// What a document names.
#[derive(Deserialize)]
struct Names<'s> {
    #[serde(borrow)]
    calendars: Option<&'s RawValue>,
    #[serde(borrow)]
    schedules: Option<&'s RawValue>,
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
        Ok(Self::new(name, text, is_yaml(file)))
    }

    /// Reads a file in a form of its own, which is neither JSON nor YAML for this program.
    pub(crate) fn read_as_it_is(file: &Path) -> Result<Self, Error> {
        let (name, text) = read_text(file)?;
        Ok(Self::new(name, text, Some(false)))
    }

    /// A text that is read already. `is_yaml` is `None` if its beginning decides.
    pub(crate) fn new(name: String, mut text: String, is_yaml: Option<bool>) -> Self {
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        let begins_as_json = || text.trim_start().starts_with(['{', '[']);
        let is_yaml = is_yaml.unwrap_or_else(|| !begins_as_json());
        let cells = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { name, text, is_yaml, converted: cells.0, lines: cells.1, is_ascii: cells.2 }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text as it was read, without a byte order mark.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_yaml(&self) -> bool {
        self.is_yaml
    }

    /// The JSON text. A YAML text is converted.
    pub(crate) fn json(&self) -> Result<&str, Error> {
        if !self.is_yaml {
            return Ok(&self.text);
        }
        if self.converted.get().is_none() {
            let converted = yaml::convert(&self.text);
            let converted =
                converted.map_err(|failure| self.problem(Some(failure.place), &failure.message))?;
            _ = self.converted.set(converted);
        }
        Ok(self.converted.get().map_or("", |converted| &converted.json))
    }

    /// Reads the native document. The error has all errors of the text.
    pub(crate) fn document(&self, zones: &ZoneArgs) -> Result<Document, Error> {
        let _progress = Progress::start(format!("reading {}", self.name));
        // The zones of a folder are not those that the other way reads.
        if self.is_yaml
            && zones.are_built_in()
            && let Some(document) = yaml_stream::document(&self.text)
        {
            return Ok(document);
        }
        let resolve = |name: &str| zones.zone(name);
        let json = self.json()?;
        let first = match Document::from_json_with_zones(json, resolve) {
            Ok(document) => return Ok(document),
            Err(first) => first,
        };
        let mut errors = Document::check_with_zones(json, resolve);
        if errors.is_empty() {
            errors.push(first);
        }
        Err(self.library_problems(&errors).into())
    }

    /// Reads one window, which may refer to the names of a document. The error has all errors
    /// of the text.
    pub(crate) fn window(&self, document: &Document, zones: &ZoneArgs) -> Result<Window, Error> {
        let resolve = |name: &str| zones.zone(name);
        let json = self.json()?;
        let first = match document.window_from_json_with_zones(json, resolve) {
            Ok(window) => return Ok(window),
            Err(first) => first,
        };
        let is_json = serde_json::from_str::<IgnoredAny>(json).is_ok();
        let list = if is_json { self.window_problems(json, document, zones)? } else { Vec::new() };
        if list.is_empty() {
            return Err(self.library_problems(&[first]).into());
        }
        Err(Problems { source: self.name.clone(), list }.into())
    }

    /// The errors of a document that has this window alone, and the names of the other one.
    fn window_problems(
        &self,
        json: &str,
        document: &Document,
        zones: &ZoneArgs,
    ) -> Result<Vec<Problem>, Error> {
        const BEGIN: &str = r#"{"version":1,"windows":["#;
        let mut names = Document::default();
        names.calendars.clone_from(&document.calendars);
        names.schedules.clone_from(&document.schedules);
        let names = names.to_json();
        let Names { calendars, schedules } = serde_json::from_str(&names)?;
        let table = |table: Option<&RawValue>| table.map_or("{}", RawValue::get).to_owned();
        let (calendars, schedules) = (table(calendars), table(schedules));
        let alone = format!(r#"{BEGIN}{json}],"calendars":{calendars},"schedules":{schedules}}}"#);
        let errors = Document::check_with_zones(&alone, |name: &str| zones.zone(name));
        let problem = |error: &quietude::Error| {
            let place = json_place(error).map(|place| match place.line {
                1 => Place {
                    column: place.column.saturating_sub(BEGIN.len() as u32).max(1),
                    ..place
                },
                _ => place,
            });
            let mut problem = self.library_problem(error, place);
            if let Some(rest) = problem.path.strip_prefix("windows[0]") {
                problem.path = rest.trim_start_matches('.').to_owned();
            }
            problem
        };
        Ok(errors.iter().map(problem).collect())
    }

    /// Reads a value of another kind than the native document. A repeated key is an error.
    pub(crate) fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T, Error> {
        let json = self.json()?;
        serde_json::from_str::<Unique>(json).and_then(|Unique| serde_json::from_str(json)).map_err(
            |error| {
                let message = without_place(&error.to_string()).to_owned();
                let place = self.place_of_json_error(json, &error);
                self.problem(place, &message).into()
            },
        )
    }

    /// The place of an error of the JSON parser, whose columns are bytes.
    fn place_of_json_error(&self, json: &str, error: &serde_json::Error) -> Option<Place> {
        let line = match error.line().checked_sub(1)? {
            0 => 0,
            feeds => json.match_indices('\n').nth(feeds - 1).map_or(json.len(), |(at, _)| at + 1),
        };
        let mut at = (line + error.column().saturating_sub(1)).min(json.len());
        while !json.is_char_boundary(at) {
            at -= 1;
        }
        // An error about a text is at its end.
        let text = json.get(..=at).and_then(|head| head.trim_end().strip_suffix('"'));
        if let Some(text) = text.filter(|_| error.is_data()) {
            at = text.rfind('"').unwrap_or(at);
        }
        Some(self.place(place_of(json, at)))
    }

    /// An error at a place of the text.
    pub(crate) fn problem(&self, place: Option<Place>, message: &str) -> Problems {
        self.problem_of("", place, message)
    }

    /// An error of the value at a path, at a place of the text.
    pub(crate) fn problem_of(&self, path: &str, place: Option<Place>, message: &str) -> Problems {
        // A text that ends too early ends on its last line.
        let end = place_of(&self.text, self.text.trim_end().len());
        let place = place.map(|place| if place.line > end.line { end } else { place });
        let problem = Problem {
            place,
            window: None,
            path: path.to_owned(),
            message: with_ranges_in_words(message),
            excerpt: self.excerpt(place, style::stderr()),
        };
        Problems { source: self.name.clone(), list: vec![problem] }
    }

    /// Errors with the paths of their fields.
    pub(crate) fn problems(&self, list: Vec<(String, String)>) -> Problems {
        let mut places = Places::new(self);
        let problem = |(path, message): (String, String)| {
            let place = places.find(&path);
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

    /// The column of the first character of a line that is not white space.
    pub(crate) fn first_column(&self, line: u32) -> u32 {
        let space = self.line(line).chars().take_while(|c| c.is_whitespace()).count();
        u32::try_from(space).unwrap_or(0).saturating_add(1)
    }

    /// The place in the text of a place in its JSON form.
    pub(crate) fn place(&self, json: Place) -> Place {
        match self.converted.get() {
            None => json,
            Some(converted) => converted.place(json.line).unwrap_or(json),
        }
    }

    /// Errors of the library about the JSON text.
    pub(crate) fn library_problems(&self, errors: &[quietude::Error]) -> Problems {
        let problem = |error| self.library_problem(error, json_place(error));
        Problems { source: self.name.clone(), list: errors.iter().map(problem).collect() }
    }

    /// An error of the library, at a place of the JSON text.
    fn library_problem(&self, error: &quietude::Error, json: Option<Place>) -> Problem {
        let mut message = with_ranges_in_words(error.message());
        let mut place = json.map(|json| self.place(json));
        // A wrong name is shown, and not its value.
        if let Some(json) = json.filter(|_| is_name(&message)) {
            place = match self.converted.get() {
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
    static IS_INPUT_READ: AtomicBool = AtomicBool::new(false);
    let _progress = Progress::start(format!("reading {}", file.display()));
    let (name, bytes) = if file == Path::new("-") {
        if IS_INPUT_READ.swap(true, Ordering::Relaxed) {
            let message = "standard input: `-` is given twice, and it can be read once; name a \
                           file for one of them";
            return Err(message.into());
        }
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

/// The place of an error in the JSON text.
fn json_place(error: &quietude::Error) -> Option<Place> {
    error.line().zip(error.column()).map(|(line, column)| Place { line, column })
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

/// The errors of several files as one, which shows all of them.
pub(crate) fn joined(errors: impl IntoIterator<Item = Error>) -> Error {
    let errors: Vec<String> = errors.into_iter().map(|error| error.to_string()).collect();
    errors.join(&format!("\n{} ", style::stderr().error("error:"))).into()
}
