//! Crontabs, Icinga 2, Nagios and Zabbix: the vendors' own tables, slow evaluators, notes
//! and errors, hostile input.

mod cron;
mod errors;
mod hostile;
mod icinga2;
mod mktime;
mod nagios;
mod notes;
mod random;
mod tables;
mod zabbix;

use quietude::{Document, Schedule, Timestamp, Window, Zone};
use quietude_formats::{Format, ImportOptions, Imported};

/// Options with a zone.
pub(crate) fn in_zone(zone: &str) -> ImportOptions {
    let zone: Zone = zone.parse().expect("a zone");
    ImportOptions::new().timezone(zone)
}

/// Imports a text that is valid.
#[track_caller]
pub(crate) fn import(format: Format, text: &str, options: &ImportOptions) -> Imported {
    format.import(text, options).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The schedule with a name.
#[track_caller]
pub(crate) fn schedule<'a>(document: &'a Document, name: &str) -> &'a Schedule {
    let found = document.schedules.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no schedule {name:?}")).1
}

/// The window with an id.
#[track_caller]
pub(crate) fn window<'a>(document: &'a Document, id: &str) -> &'a Window {
    document.registry.get(id).unwrap_or_else(|| panic!("no window {id:?}"))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("an instant")
}

/// The notes as text.
pub(crate) fn notes(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(ToString::to_string).collect()
}

/// Writes the document, reads it, and checks that it is the same.
#[track_caller]
pub(crate) fn check_round_trip(document: &Document) {
    let text = document.to_json();
    let again = Document::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.to_json(), text);
    assert!(again.registry.iter().eq(document.registry.iter()), "{text}");
}
