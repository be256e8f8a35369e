//! The names that a document may refer to: zones, sets of days and schedules.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::error::{Error, ErrorKind, truncated};
use crate::schedule::{Days, Schedule};
use crate::time::{Zone, ZoneResolver};

/// The named sets of days and schedules of a document.
pub(super) trait Definitions {
    fn days(&self, name: &str) -> Result<Days, Error>;
    fn schedule(&self, name: &str) -> Result<Schedule, Error>;

    /// The name of the set of days under a key: the key itself, unless it was renamed.
    fn days_name<'a>(&'a self, key: &'a str) -> &'a str {
        key
    }

    /// The name of the schedule under a key.
    fn schedule_name<'a>(&'a self, key: &'a str) -> &'a str {
        key
    }
}

/// Resolves the names of zones, sets of days and schedules.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) zones: ZoneResolver<'a>,
    /// `None` if there is no document.
    pub(super) definitions: Option<&'a dyn Definitions>,
}

impl<'a> Names<'a> {
    /// Zones only.
    pub(super) fn of_zones(zones: ZoneResolver<'a>) -> Self {
        Self { zones, definitions: None }
    }

    pub(super) fn zone(&self, name: &str) -> Result<Zone, Error> {
        (self.zones)(name)
    }

    /// The set of days that a document refers to, with its name.
    pub(super) fn days(&self, key: &str) -> Result<Days, Error> {
        match self.definitions {
            Some(known) => Ok(Days::named(known.days_name(key), known.days(key)?)),
            None => Err(without_document(key, "calendars")),
        }
    }

    /// The schedule that a document refers to, with its name.
    pub(super) fn schedule(&self, key: &str) -> Result<Schedule, Error> {
        match self.definitions {
            Some(known) => Ok(Schedule::named(known.schedule_name(key), known.schedule(key)?)),
            None => Err(without_document(key, "schedules")),
        }
    }
}

fn without_document(name: &str, table: &str) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format_args!(
            "\"{}\" is a name of the `{table}` of a document, and there is no document",
            truncated(name)
        ),
    )
}

/// How many names may refer to each other, one through the other.
const LONGEST_CHAIN: usize = 70;

/// Resolves the entries of one table, each when it is first asked for.
pub(super) struct Resolver<V, T> {
    table: &'static str,
    /// In the order of the document.
    names: Vec<String>,
    entries: RefCell<HashMap<String, Entry<V, T>>>,
    /// The names that are being resolved, the outermost one first.
    open: RefCell<Vec<String>>,
}

enum Entry<V, T> {
    Unread(V),
    Open,
    Read(T),
}

impl<V, T: Clone> Resolver<V, T> {
    pub(super) fn new(table: &'static str, entries: Vec<(String, V)>) -> Self {
        let names = entries.iter().map(|(name, _)| name.clone()).collect();
        let entries = entries.into_iter().map(|(name, value)| (name, Entry::Unread(value)));
        Self { table, names, entries: RefCell::new(entries.collect()), open: RefCell::default() }
    }

    /// The value of a name. `read` reads an entry; it may ask for other names.
    pub(super) fn get(
        &self,
        name: &str,
        read: impl FnOnce(V) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let unread = {
            let mut entries = self.entries.borrow_mut();
            let Some(entry) = entries.get_mut(name) else {
                let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
                return Err(unknown(self.table, &names, name));
            };
            match entry {
                Entry::Read(value) => return Ok(value.clone()),
                Entry::Open => return Err(self.cycle(name)),
                Entry::Unread(_) => {}
            }
            let depth = self.open.borrow().len();
            if depth >= LONGEST_CHAIN {
                return Err(Error::beyond(
                    depth + 1,
                    "names that refer to each other",
                    LONGEST_CHAIN,
                ));
            }
            std::mem::replace(entry, Entry::Open)
        };
        let Entry::Unread(unread) = unread else { return Err(self.cycle(name)) };
        self.open.borrow_mut().push(name.to_owned());
        let value = read(unread);
        self.open.borrow_mut().pop();
        let value = value?;
        self.entries.borrow_mut().insert(name.to_owned(), Entry::Read(value.clone()));
        Ok(value)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    fn cycle(&self, name: &str) -> Error {
        let open = self.open.borrow();
        let begin = open.iter().position(|open| open == name).unwrap_or(0);
        let chain: Vec<_> = open[begin..].iter().map(|name| truncated(name)).collect();
        Error::new(
            ErrorKind::Cycle,
            format_args!("\"{}\" refers to itself: {} -> {0}", truncated(name), chain.join(" -> ")),
        )
    }
}

/// The error that a name is not in a table.
pub(super) fn unknown(table: &str, names: &[&str], name: &str) -> Error {
    let known: Vec<_> = names.iter().take(10).map(|name| truncated(name)).collect();
    let more = if names.len() > known.len() { ", .." } else { "" };
    let known = match known.len() {
        0 => format!("`{table}` has no names"),
        _ => format!("`{table}` has {}{more}", known.join(", ")),
    };
    let name = truncated(name);
    Error::new(ErrorKind::NotFound, format_args!("\"{name}\" is not defined; {known}"))
}
