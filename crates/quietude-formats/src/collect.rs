//! What an import collects: windows, named schedules and notes, within limits.

use std::fmt;

use quietude::{Document, Registry, Schedule, Topology, Window, WindowBuilder, Zone};

use crate::convert::{ImportOptions, Imported, Note};
use crate::error::{Error, Place};
use crate::ids::Ids;
use crate::limits::{MAX_ITEMS, MAX_LINE_BYTES};

/// The lines of a text, from 1, without their ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Result<(usize, &str), Error>> {
    text.lines().enumerate().map(|(index, line)| {
        if line.len() > MAX_LINE_BYTES {
            let message = format_args!("{} bytes are more than {MAX_LINE_BYTES}", line.len());
            return Err(Error::new(Place::line(index + 1), message));
        }
        Ok((index + 1, line))
    })
}

/// Checks the number of items and notes.
pub(crate) fn check_count(items: usize) -> Result<(), Error> {
    if items > MAX_ITEMS {
        let message = format_args!("more than {MAX_ITEMS} items and notes; divide the text");
        return Err(Error::new(Place::default(), message));
    }
    Ok(())
}

/// The zone of the options.
pub(crate) fn required_zone<'a>(
    options: &'a ImportOptions,
    place: Place,
    what: &str,
) -> Result<&'a Zone, Error> {
    options.timezone.as_ref().ok_or_else(|| {
        let message = format_args!(
            "{what} are local times of the server, whose zone is not in the text; give the time \
             zone, such as Europe/Berlin"
        );
        Error::new(place, message)
    })
}

/// A value in an error, shortened.
pub(crate) fn shown(value: &str) -> String {
    const MOST: usize = 60;
    let mut text: String = value.chars().take(MOST).flat_map(char::escape_debug).collect();
    if value.chars().nth(MOST).is_some() {
        text.push_str("..");
    }
    format!("\"{text}\"")
}

/// What an import collects.
#[derive(Default)]
pub(crate) struct Collected {
    registry: Registry,
    schedules: Vec<(String, Schedule)>,
    notes: Vec<Note>,
    ids: Ids,
}

impl Collected {
    /// Notes that something is lost. An empty field is about the whole item.
    pub(crate) fn note(
        &mut self,
        item: impl Into<String>,
        field: impl Into<String>,
        message: impl fmt::Display,
    ) -> Result<(), Error> {
        let message = message.to_string();
        self.notes.push(Note { item: item.into(), field: field.into(), message });
        self.check()
    }

    /// Adds a window. Its id is `id`, with a number after it if an item had it
    /// before. A window
    /// beyond a limit of the library is left out and noted.
    pub(crate) fn window(
        &mut self,
        item: &str,
        id: &str,
        build: impl FnOnce(WindowBuilder) -> WindowBuilder,
    ) -> Result<(), Error> {
        let id = self.ids.unique(id);
        let built = build(Window::builder(id)).build();
        match built.and_then(|window| self.registry.insert(window)) {
            Ok(()) => self.check(),
            Err(error) => self.note(item, "", format_args!("left out: {error}")),
        }
    }

    /// Adds a named schedule.
    pub(crate) fn schedule(&mut self, name: String, schedule: Schedule) -> Result<(), Error> {
        self.schedules.push((name, schedule));
        self.check()
    }

    fn check(&self) -> Result<(), Error> {
        check_count(self.registry.len() + self.schedules.len() + self.notes.len())
    }

    /// The result.
    pub(crate) fn finish(self) -> Imported {
        let mut document = Document::new(self.registry, Topology::default());
        document.schedules = self.schedules;
        Imported { document, notes: self.notes }
    }
}
