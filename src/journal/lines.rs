//! The journal as JSON lines: one object on each line.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::Error;
use crate::journal::{Change, Entry, Journal, not_one_change};
use crate::json::{EntryFields, NamedWindow, UsedNames};
use crate::limits::MAX_DOCUMENT_BYTES;
use crate::time::{Zone, ZoneCache, ZoneResolver};
use crate::window::Window;

/// An object with `at`, `author` and the change: `insert` or `replace` with a window,
/// `remove` with an id, or `topology`. The named values that a window uses are in tables, as in
/// a document; `renamed` has the names of keys if one name stands for several values.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &self.at)?;
        map.serialize_entry("author", &self.author)?;
        match &self.change {
            Change::Insert(window) => serialize_window(&mut map, "insert", window)?,
            Change::Replace(window) => serialize_window(&mut map, "replace", window)?,
            Change::Remove(id) => map.serialize_entry("remove", id)?,
            Change::Topology(topology) => map.serialize_entry("topology", topology)?,
        }
        map.end()
    }
}

fn serialize_window<M: SerializeMap>(
    map: &mut M,
    change: &'static str,
    window: &Window,
) -> Result<(), M::Error> {
    let names = UsedNames::of(window);
    names.write(map)?;
    map.serialize_entry(change, &NamedWindow(window, &names))
}

impl Entry {
    /// The entry as JSON, on one line without its end. Windows are in the form of a
    /// document, and the named schedules and sets of days that they use in `schedules` and
    /// `calendars`, so that each line is complete.
    ///
    /// ```
    /// use quietude::journal::{Change, Journal};
    /// # use quietude::{Once, Scope, Window};
    /// # let hour = Once::new("2026-06-06T03:00:00Z".parse()?, "2026-06-06T04:00:00Z".parse()?)?;
    /// # let window = Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?;
    /// let mut journal = Journal::new();
    /// journal.append("2026-06-05T12:00:00Z".parse()?, "ann", Change::Insert(window.into()))?;
    /// journal.append("2026-06-05T13:00:00Z".parse()?, "bob", Change::Remove("w".into()))?;
    /// assert_eq!(
    ///     journal.entries()[1].to_json(),
    ///     r#"{"at":"2026-06-05T13:00:00Z","author":"bob","remove":"w"}"#
    /// );
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("writing to a string does not fail")
    }
}

impl Journal {
    /// The entries as JSON lines: [`Entry::to_json`], each with a line feed.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        self.entries().iter().map(|entry| entry.to_json() + "\n").collect()
    }

    /// Reads a journal from JSON lines. Empty lines are skipped. Zone names are those of the
    /// tz database.
    ///
    /// # Errors
    ///
    /// If a line is not an entry, or its change does not apply. The error has the number of
    /// the line.
    ///
    /// ```
    /// use quietude::journal::Journal;
    ///
    /// let text = "{\"at\":\"2026-06-05T13:00:00Z\",\"author\":\"bob\",\"remove\":\"w\"}\n";
    /// let error = Journal::from_json_lines(text).unwrap_err();
    /// assert_eq!((error.to_string().as_str(), error.line()), ("no window has the id `w`", Some(1)));
    /// ```
    pub fn from_json_lines(text: &str) -> Result<Self, Error> {
        Self::from_json_lines_with_zones(text, |name| name.parse())
    }

    /// Reads a journal, and resolves the names of zones with `zones`, which is called once
    /// for each name.
    ///
    /// # Errors
    ///
    /// As [`from_json_lines`](Self::from_json_lines), and every error of `zones`.
    pub fn from_json_lines_with_zones(
        text: &str,
        zones: impl Fn(&str) -> Result<Zone, Error>,
    ) -> Result<Self, Error> {
        let zones = ZoneCache::new(&zones);
        let zones = |name: &str| zones.get(name);
        let mut journal = Self::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let read = read_line(line, &zones)
                .and_then(|entry| journal.append(entry.at, entry.author, entry.change));
            read.map_err(|error| {
                let column = error.column().unwrap_or(1) as usize;
                error.at(number + 1, column)
            })?;
        }
        Ok(journal)
    }
}

fn read_line(line: &str, zones: ZoneResolver<'_>) -> Result<Entry, Error> {
    if line.len() > MAX_DOCUMENT_BYTES {
        return Err(Error::beyond(line.len(), "bytes", MAX_DOCUMENT_BYTES));
    }
    let EntryFields { at, author, insert, replace, remove, topology } =
        EntryFields::read(line, zones)?;
    let changes = [
        insert.map(|window| Change::Insert(window.into())),
        replace.map(|window| Change::Replace(window.into())),
        remove.map(Change::Remove),
        topology.map(Change::Topology),
    ];
    let mut changes = changes.into_iter().flatten();
    match (changes.next(), changes.next()) {
        (Some(change), None) => Ok(Entry { at, author, change }),
        _ => Err(not_one_change()),
    }
}
