//! What the tests share.

use quietude::{Document, Interval, Timestamp, Zone};
use quietude_formats::{ExportOptions, Exported, Format, ImportOptions};

pub(crate) use quietude_formats::Imported;

pub(crate) fn import(text: &str) -> Imported {
    try_import(text, &ImportOptions::new()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn try_import(
    text: &str,
    options: &ImportOptions,
) -> Result<Imported, quietude_formats::Error> {
    let imported = Format::Ics.import(text, options)?;
    // What is imported is a document that can be written and read.
    let json = imported.document.to_json();
    let read = Document::from_json(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
    let windows = |document: &Document| -> Vec<_> { document.registry.iter().cloned().collect() };
    assert_eq!(windows(&imported.document), windows(&read), "{json}");
    Ok(imported)
}

pub(crate) fn export(document: &Document, within: Interval) -> Exported {
    Format::Ics.export(document, &ExportOptions::new().within(within)).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn within(from: &str, to: &str) -> Interval {
    Interval::new(at(from), at(to)).unwrap()
}

pub(crate) fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

/// A VCALENDAR around these lines.
pub(crate) fn calendar(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{lines}\nEND:VCALENDAR\n")
}

/// A VCALENDAR with one event.
pub(crate) fn event(lines: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nUID:e\n{lines}\nEND:VEVENT"))
}

/// The notes as text.
pub(crate) fn notes(imported: &Imported) -> Vec<String> {
    imported.notes.iter().map(ToString::to_string).collect()
}

/// The occurrences of the only window in a range, as text.
pub(crate) fn occurrences(imported: &Imported, within: Interval) -> Vec<String> {
    let windows: Vec<_> = imported.document.registry.iter().collect();
    assert_eq!(windows.len(), 1, "{:?}", imported.notes);
    windows[0].schedule().occurrences(within).map(|found| found.to_string()).collect()
}

/// Random numbers that are the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}
