//! Tests of the formats of Alertmanager and Grafana.

use quietude::{Document, Subject, Timestamp};
use quietude_formats::{Format, ImportOptions, Imported};

mod export;
mod grafana;
mod hostile;
mod intervals;
mod random;
mod routing;
mod silences;

fn import(text: &str) -> Imported {
    read(Format::Alertmanager, text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn read(format: Format, text: &str) -> Result<Imported, quietude_formats::Error> {
    format.import(text, &ImportOptions::new())
}

/// The text of the error of an import.
fn error(format: Format, text: &str) -> String {
    match read(format, text) {
        Ok(imported) => panic!("no error: {}\n{text}", imported.document.to_json()),
        Err(error) => error.to_string(),
    }
}

/// The notes of an import, as text.
fn notes(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(ToString::to_string).collect()
}

/// The ids of the windows that cover an alert.
fn covering<'a>(document: &'a Document, labels: &[(&str, &str)]) -> Vec<&'a str> {
    let subject = Subject::labels(labels);
    let windows =
        document.registry.iter().filter(|window| window.covers(&subject, &document.topology));
    windows.map(|window| window.id().as_str()).collect()
}

/// Whether a window silences an alert, evaluated directly.
fn is_silenced(document: &Document, labels: &[(&str, &str)], t: Timestamp) -> bool {
    let subject = Subject::labels(labels);
    let mut windows = document.registry.iter();
    windows.any(|window| window.is_active(t) && window.covers(&subject, &document.topology))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Reads a file of `tests/data`.
fn data(path: &str) -> String {
    let path = format!("{}/tests/data/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of the text, indented.
fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}
