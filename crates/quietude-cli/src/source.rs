//! How a document is read: the file, its text as JSON or YAML, and its errors, with the line
//! of the text and a mark under the place. Every command reads its documents here.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use quietude::limits::MAX_DOCUMENT_BYTES;
use quietude::{Document, Window};
use quietude_formats::native::{self, Position, Syntax, Text};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::excerpt::excerpt;
use crate::format::plain;
use crate::locate::Places;
use crate::progress::Progress;
use crate::style::Style;
use crate::unique::Unique;
use crate::zones::ZoneArgs;
use crate::{Error, style};

/// A text and its name.
pub(crate) struct Source {
    name: String,
    text: Text,
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
    pub(crate) found: native::Problem,
    /// The line of the text, with a mark under the place.
    excerpt: String,
}

impl Source {
    /// Reads a file, as JSON or YAML; `-` is standard input. The name of the file, or how it
    /// begins, says which: see [`Syntax::of_file`].
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let (name, text) = read_text(file)?;
        let syntax = Syntax::of_file(file, &text);
        Ok(Self { name, text: Text::new(text, syntax) })
    }

    /// Reads a file in a form of its own, which is neither JSON nor YAML for this program.
    pub(crate) fn read_as_it_is(file: &Path) -> Result<Self, Error> {
        let (name, text) = read_text(file)?;
        Ok(Self { name, text: Text::new(text, Syntax::Json) })
    }

    /// The same text as JSON or YAML, which its beginning says.
    pub(crate) fn by_beginning(&self) -> Self {
        let text = self.text().to_owned();
        let syntax = Syntax::of_text(&text);
        Self { name: self.name.clone(), text: Text::new(text, syntax) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text as it was read, without a byte order mark.
    pub(crate) fn text(&self) -> &str {
        self.text.as_str()
    }

    pub(crate) fn is_yaml(&self) -> bool {
        self.text.syntax() == Syntax::Yaml
    }

    /// The JSON text. A YAML text is converted.
    pub(crate) fn json(&self) -> Result<&str, Error> {
        self.text.json().map_err(|problem| self.shown([problem]).into())
    }

    /// Reads the native document. The error has all errors of the text.
    pub(crate) fn document(&self, zones: &ZoneArgs) -> Result<Document, Error> {
        let _progress = Progress::start(format!("reading {}", self.name));
        self.text.document(zones.folder()).map_err(|problems| self.shown(problems).into())
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
            return Err(self.library_problem(&first).into());
        }
        Err(self.shown(list).into())
    }

    /// The errors of a document that has this window alone, and the names of the other one.
    fn window_problems(
        &self,
        json: &str,
        document: &Document,
        zones: &ZoneArgs,
    ) -> Result<Vec<native::Problem>, Error> {
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
            let position = error.line().zip(error.column()).map(|(line, column)| {
                let before = if line == 1 { BEGIN.len() as u32 } else { 0 };
                Position { line, column: column.saturating_sub(before).max(1) }
            });
            let mut problem = self.text.problem_at(error, position);
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
                let position = self.position_of_json_error(json, &error);
                self.problem(position, &message).into()
            },
        )
    }

    /// The place of an error of the JSON parser, whose columns are bytes.
    fn position_of_json_error(&self, json: &str, error: &serde_json::Error) -> Option<Position> {
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
        Some(self.position(Position::of(json, at)))
    }

    /// An error at a position of the text.
    pub(crate) fn problem(&self, position: Option<Position>, message: &str) -> Problems {
        self.problem_of("", position, message)
    }

    /// An error of the value at a path, at a position of the text.
    pub(crate) fn problem_of(
        &self,
        path: &str,
        position: Option<Position>,
        message: &str,
    ) -> Problems {
        self.shown([self.text.problem(path, position, message)])
    }

    /// Errors with the paths of their fields.
    pub(crate) fn problems(&self, list: Vec<(String, String)>) -> Problems {
        let mut places = Places::new(self);
        let problem = |(path, message): (String, String)| {
            let position = places.find(&path);
            self.text.problem(&path, position, &message)
        };
        self.shown(list.into_iter().map(problem))
    }

    /// An error of the library about the JSON text.
    pub(crate) fn library_problem(&self, error: &quietude::Error) -> Problems {
        self.shown([self.text.problem_of(error)])
    }

    /// The errors of this text, each with its line.
    fn shown(&self, problems: impl IntoIterator<Item = native::Problem>) -> Problems {
        let shown = |found: native::Problem| {
            let excerpt = self.excerpt(found.position, style::stderr());
            Problem { found, excerpt }
        };
        Problems { source: self.name.clone(), list: problems.into_iter().map(shown).collect() }
    }

    /// The lines that show a position: its line, and a mark under it.
    pub(crate) fn excerpt(&self, position: Option<Position>, style: Style) -> String {
        position.map_or_else(String::new, |at| excerpt(self.text.split_line(at), at, style))
    }

    /// The column of the first character of a line that is not white space.
    pub(crate) fn first_column(&self, line: u32) -> u32 {
        let space = self.text.line(line).chars().take_while(|c| c.is_whitespace()).count();
        u32::try_from(space).unwrap_or(0).saturating_add(1)
    }

    /// The position in the text of a position in its JSON form.
    pub(crate) fn position(&self, json: Position) -> Position {
        self.text.position(json)
    }
}

/// The error of a command that would read standard input a second time.
pub(crate) const INPUT_TWICE: &str =
    "standard input: `-` is given twice, and it can be read once; name a file for one of them";

/// Whether a file is standard input.
pub(crate) fn is_input(file: &Path) -> bool {
    file == Path::new("-")
}

/// Reads a file as text; `-` is standard input. Returns its name and the text.
pub(crate) fn read_text(file: &Path) -> Result<(String, String), Error> {
    static IS_INPUT_READ: AtomicBool = AtomicBool::new(false);
    let _progress = Progress::start(format!("reading {}", file.display()));
    let (name, bytes) = if is_input(file) {
        if IS_INPUT_READ.swap(true, Ordering::Relaxed) {
            return Err(INPUT_TWICE.into());
        }
        ("standard input".to_owned(), read_all(&mut io::stdin().lock(), 0))
    } else {
        (file.display().to_string(), read_file(file))
    };
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    match native::utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(problem) => Err(format!("{name}: {problem}").into()),
    }
}

/// The message of an error of the JSON parser, without the place.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
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

impl Problems {
    pub(crate) fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl Problem {
    /// The error in one line, without the name of the text.
    pub(crate) fn line(&self) -> String {
        plain(&self.found.without_position())
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
