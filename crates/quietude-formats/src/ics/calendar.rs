//! From content lines to the components that an import reads: VEVENT and VTIMEZONE.

use std::collections::BTreeMap;

use crate::error::{Error, Place};
use crate::ics::lines::{Line, Lines, truncated};
use crate::limits::{MAX_COMPONENT_DEPTH, MAX_EVENT_PROPERTIES, MAX_EVENTS};

/// How many names of properties and components are counted by themselves.
const MAX_NAMES: usize = 200;

/// A VCALENDAR.
#[derive(Debug, Default)]
pub(super) struct Calendar<'a> {
    pub(super) zones: Vec<ZoneDefinition<'a>>,
    pub(super) events: Vec<Event<'a>>,
    /// X-WR-TIMEZONE, the zone of floating times.
    pub(super) floating: Option<String>,
}

/// A VEVENT, with the properties that an import reads.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The line of its BEGIN.
    pub(super) line: usize,
    pub(super) properties: Vec<Line<'a>>,
}

/// A VTIMEZONE.
#[derive(Debug, Default)]
pub(super) struct ZoneDefinition<'a> {
    pub(super) line: usize,
    pub(super) id: String,
    /// X-LIC-LOCATION, or TZID-ALIAS-OF: a name of the tz database.
    pub(super) location: Option<String>,
    /// The properties of each STANDARD and DAYLIGHT.
    pub(super) observances: Vec<Vec<Line<'a>>>,
}

/// A file, and what is in it that documents do not express.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) calendars: Vec<Calendar<'a>>,
    /// How often each property of an event, or component, was left out.
    pub(super) left_out: BTreeMap<(&'static str, String), u64>,
    events: usize,
}

/// Properties of an event that are read.
const READ: [&str; 19] = [
    "UID",
    "SUMMARY",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "EXRULE",
    "RECURRENCE-ID",
    "STATUS",
    "TRANSP",
    "SEQUENCE",
    "DESCRIPTION",
    "LOCATION",
    "CATEGORIES",
    "URL",
    super::OWN_ID,
    super::OWN_PROPERTY,
];

/// Properties about the revision of an event, without a meaning for its times.
const REVISION: [&str; 3] = ["DTSTAMP", "CREATED", "LAST-MODIFIED"];

impl<'a> File<'a> {
    /// Reads the components of a text.
    pub(super) fn read(text: &'a str) -> Result<Self, Error> {
        let mut file = Self::default();
        // The open components, each with the line of its BEGIN.
        let mut open: Vec<(String, usize)> = Vec::new();
        for line in Lines::new(text) {
            let line = line?;
            if line.is("BEGIN") {
                file.begin(&line, &mut open)?;
            } else if line.is("END") {
                let name = line.value().trim().to_ascii_uppercase();
                match open.pop() {
                    Some((begun, _)) if begun == name => {
                        if name == "VEVENT"
                            && let Some(event) = file.calendar().events.last_mut()
                        {
                            event.properties.shrink_to_fit();
                        }
                    }
                    Some((begun, at)) => {
                        return Err(at_line(
                            &line,
                            format_args!(
                                "END:{} closes nothing; BEGIN:{begun} of line {at} is open: write \
                             END:{begun}",
                                truncated(&name)
                            ),
                        ));
                    }
                    None => {
                        let message = format_args!("END:{} closes nothing", truncated(&name));
                        return Err(at_line(&line, message));
                    }
                }
            } else {
                file.property(line, &open)?;
            }
        }
        if let Some((name, at)) = open.pop() {
            let message = format_args!("BEGIN:{name} has no END:{name}; the file may be cut off");
            return Err(Error::new(Place::line(at), message));
        }
        if file.calendars.is_empty() {
            let message = "there is no BEGIN:VCALENDAR; the text is empty";
            return Err(Error::new(Place::line(1), message));
        }
        Ok(file)
    }

    fn begin(&mut self, line: &Line<'a>, open: &mut Vec<(String, usize)>) -> Result<(), Error> {
        let name = line.value().trim().to_ascii_uppercase();
        if open.len() >= MAX_COMPONENT_DEPTH {
            let message = format_args!("more than {MAX_COMPONENT_DEPTH} components are nested");
            return Err(at_line(line, message));
        }
        let outer: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
        match (outer.as_slice(), name.as_str()) {
            ([], "VCALENDAR") => self.calendars.push(Calendar::default()),
            ([], _) => {
                let message = format_args!("BEGIN:{} is not BEGIN:VCALENDAR", truncated(&name));
                return Err(at_line(line, message));
            }
            (["VCALENDAR"], "VEVENT") => {
                self.events += 1;
                if self.events > MAX_EVENTS {
                    let message = format_args!("more than {MAX_EVENTS} events; split the file");
                    return Err(at_line(line, message));
                }
                let event = Event { line: line.number(), properties: Vec::new() };
                self.calendar().events.push(event);
            }
            (["VCALENDAR"], "VTIMEZONE") => {
                let zone = ZoneDefinition { line: line.number(), ..ZoneDefinition::default() };
                self.calendar().zones.push(zone);
            }
            (["VCALENDAR", "VTIMEZONE"], "STANDARD" | "DAYLIGHT") => {
                if let Some(zone) = self.calendar().zones.last_mut() {
                    zone.observances.push(Vec::new());
                }
            }
            _ => self.count("BEGIN", &name),
        }
        open.push((name, line.number()));
        Ok(())
    }

    fn property(&mut self, line: Line<'a>, open: &[(String, usize)]) -> Result<(), Error> {
        let outer = |index: usize| open.get(index).map(|(name, _)| name.as_str());
        match (outer(0), outer(1), outer(2)) {
            (None, ..) => {
                let message = format_args!(
                    "{}: is outside of a calendar; a file begins with BEGIN:VCALENDAR",
                    truncated(line.name())
                );
                return Err(at_line(&line, message));
            }
            (_, None, _) if line.is("X-WR-TIMEZONE") || line.is("TIMEZONE-ID") => {
                let name = line.value().trim().to_owned();
                self.calendar().floating.get_or_insert(name);
            }
            (_, Some("VEVENT"), None) => {
                if READ.iter().any(|name| line.is(name)) {
                    if let Some(event) = self.calendar().events.last_mut() {
                        if event.properties.len() >= MAX_EVENT_PROPERTIES {
                            let message = format_args!(
                                "more than {MAX_EVENT_PROPERTIES} properties of an event"
                            );
                            return Err(at_line(&line, message));
                        }
                        event.properties.push(line);
                    }
                } else if !REVISION.iter().any(|name| line.is(name)) {
                    let name = line.name().to_ascii_uppercase();
                    self.count("", &name);
                }
            }
            (_, Some("VTIMEZONE"), inner) => {
                let Some(zone) = self.calendar().zones.last_mut() else { return Ok(()) };
                match inner {
                    None if line.is("TZID") => zone.id = line.value().trim().to_owned(),
                    None if line.is("X-LIC-LOCATION") || line.is("TZID-ALIAS-OF") => {
                        zone.location = Some(line.value().trim().to_owned());
                    }
                    Some("STANDARD" | "DAYLIGHT") if open.len() == 3 => {
                        if let Some(observance) = zone.observances.last_mut() {
                            observance.push(line);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The calendar that is open.
    fn calendar(&mut self) -> &mut Calendar<'a> {
        if self.calendars.is_empty() {
            self.calendars.push(Calendar::default());
        }
        let last = self.calendars.len() - 1;
        &mut self.calendars[last]
    }

    fn count(&mut self, kind: &'static str, name: &str) {
        let is_known = self.left_out.contains_key(&(kind, name.to_owned()));
        let name = if is_known || self.left_out.len() < MAX_NAMES { name } else { "other" };
        *self.left_out.entry((kind, truncated(name))).or_default() += 1;
    }
}

impl Event<'_> {
    /// The line of a property, else that of the event.
    pub(super) fn line_of(&self, name: &str) -> usize {
        let found = self.properties.iter().find(|line| line.is(name));
        found.map_or(self.line, |line| line.number())
    }
}

pub(super) fn at_line(line: &Line<'_>, message: impl std::fmt::Display) -> Error {
    Error::new(Place::line(line.number()), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_read_structure_error_names_the_line() {
        let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(100));
        for (text, line, message) in [
            ("", 1, "there is no BEGIN:VCALENDAR"),
            ("<html>\n", 1, "is not a content line"),
            ("BEGIN:VEVENT\nEND:VEVENT\n", 1, "is not BEGIN:VCALENDAR"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n", 2, "has no END:VEVENT"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VALARM\n", 3, "write END:VEVENT"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", 3, "closes nothing"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nUID:1\n", 3, "is outside of a calendar"),
            (&deep, 17, "more than 16 components"),
        ] {
            let error = File::read(text).unwrap_err();
            assert_eq!(error.place().line, Some(line), "{text}");
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
