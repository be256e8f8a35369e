//! Windows as events.

use std::collections::BTreeMap;

use quietude::calendar::{Combination, Search};
use quietude::{
    Document, Interval, Once, Registry, Schedule, Timestamp, Topology, Validity, Window, Zone,
};

use crate::convert::{ExportOptions, Exported, Note};
use crate::error::{Error, Place};
use crate::ics::pattern::{Pattern, patterns, written};
use crate::ics::value::{DAY, Form, SECOND, timestamp, utc};
use crate::ics::write::{escaped, line, tzid, vtimezone};
use crate::ics::{OWN_ID, OWN_PROPERTY};
use crate::limits::MAX_EXPORTED_OCCURRENCES;

/// How far outside of the horizon an occurrence may begin or end: a year.
const FAR: i64 = 366 * DAY;

/// Writes the occurrences of all windows that overlap the horizon.
///
/// - Occurrences that repeat are an RRULE with UNTIL, in the zone of the schedule, with
///   EXDATE; other ones, and those at a change of the clocks, are single events in UTC.
/// - DTSTAMP is the beginning of the horizon, so the same input gives the same text.
/// - UIDs do not depend on the horizon. A property of this crate has the window without its
///   schedule, from which an import gets the id, the scope and the effect again.
pub(crate) fn export(document: &Document, options: &ExportOptions) -> Result<Exported, Error> {
    let Some(horizon) = options.within else {
        let message = "is missing: an export of events needs a horizon, such as the next year";
        return Err(Error::new(Place::path("within"), message));
    };
    let mut notes = Vec::new();
    if document.topology != Topology::default() {
        notes.push(Note {
            item: "topology".to_owned(),
            field: String::new(),
            message: "is not written: a calendar has no entities".to_owned(),
        });
    }
    let (mut events, mut count) = (String::new(), 0);
    let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
    // The range of all times.
    let (mut begin, mut end) = (horizon.start().as_millis(), horizon.end().as_millis());
    for window in document.registry.iter() {
        let found = occurrences(window, horizon, &mut count, &mut notes)?;
        let zone = zone_of(window.schedule());
        let (patterns, singles) = patterns(&found, zone);
        begin = found.first().map_or(begin, |(from, _)| begin.min(*from));
        end = found.iter().map(|(_, to)| *to).max().unwrap_or(end).max(end);
        if let Some(zone) = zone.filter(|_| patterns.iter().any(|pattern| pattern.zone.is_some())) {
            zones.entry(zone.name().to_owned()).or_insert_with(|| zone.clone());
        }
        let mut writer = Writer { text: &mut events, window, horizon, is_first: true };
        for pattern in &patterns {
            writer.pattern(pattern);
        }
        for (from, to) in singles {
            writer.single(from, to);
        }
    }
    let mut text = String::new();
    line(&mut text, "BEGIN:VCALENDAR");
    line(&mut text, "VERSION:2.0");
    line(&mut text, "PRODID:-//Quietude//quietude-formats//EN");
    line(&mut text, "METHOD:PUBLISH");
    for zone in zones.values() {
        vtimezone(&mut text, zone, begin, end);
    }
    text.push_str(&events);
    line(&mut text, "END:VCALENDAR");
    Ok(Exported { text, notes })
}

/// The occurrences of a window that overlap the horizon.
fn occurrences(
    window: &Window,
    horizon: Interval,
    count: &mut usize,
    notes: &mut Vec<Note>,
) -> Result<Vec<(i64, i64)>, Error> {
    let mut note = |field: &str, message: String| {
        let item = format!("window `{}`", window.id());
        notes.push(Note { item, field: field.to_owned(), message });
    };
    if !window.is_enabled() {
        note("enabled", "a window that is switched off has no events".to_owned());
        return Ok(Vec::new());
    }
    // Ends beyond a year need not be found.
    let low = timestamp(horizon.start().as_millis() - FAR);
    let high = timestamp(horizon.end().as_millis() + FAR);
    let own = window.validity();
    let validity = Validity::new(
        own.start().max(Some(low)),
        Some(own.end().map_or(high, |end| end.min(high))),
    );
    let Ok(near) = window.to_builder().validity(validity).build() else { return Ok(Vec::new()) };
    let (mut found, mut fractions, mut clipped) = (Vec::new(), 0u64, false);
    let mut add = |occurrence: Interval| {
        let (mut from, mut to) = (occurrence.start().as_millis(), occurrence.end().as_millis());
        if occurrence.start() == low {
            (from, clipped) = (horizon.start().as_millis(), true);
        }
        if occurrence.end() == high {
            (to, clipped) = (horizon.end().as_millis(), true);
        }
        if from % SECOND != 0 || to % SECOND != 0 {
            fractions += 1;
        } else if from < to {
            found.push((from, to));
        }
    };
    let mut after = horizon.start();
    let mut search = near.search_at(after);
    if search == Search::Never {
        search = near.search_next(after);
    }
    let mut is_complete = true;
    loop {
        match search {
            Search::At(occurrence) if occurrence.start() < horizon.end() => {
                *count += 1;
                if *count > MAX_EXPORTED_OCCURRENCES {
                    let message = format!(
                        "{horizon} has more than {MAX_EXPORTED_OCCURRENCES} occurrences up to the window `{}`; \
                         choose a shorter horizon",
                        window.id()
                    );
                    return Err(Error::new(Place::path("within"), message));
                }
                add(occurrence);
                after = after.max(occurrence.start());
            }
            Search::At(_) | Search::Never => break,
            Search::Beyond(_) => {
                is_complete = false;
                break;
            }
        }
        search = near.search_next(after);
    }
    if fractions > 0 {
        note(
            "schedule",
            format!(
                "{fractions} occurrences are left out: their times have fractions of a second, and \
                 those of a calendar have none"
            ),
        );
    }
    if clipped {
        note(
            "schedule",
            "an occurrence that begins or ends more than a year outside of the horizon is written \
             as far as it is in the horizon"
                .to_owned(),
        );
    }
    if !is_complete {
        note("schedule", format!("occurrences after {after} are not found within the limit"));
    }
    Ok(found)
}

/// The first zone of a schedule that is not UTC.
fn zone_of(schedule: &Schedule) -> Option<&Zone> {
    let found = match schedule {
        Schedule::Combined(combination) => Combination::parts(combination).iter().find_map(zone_of),
        schedule => schedule.zone(),
    };
    let is_utc =
        |zone: &&Zone| matches!(zone.name(), "UTC" | "Etc/UTC") || zone.name().contains('"');
    found.filter(|zone| !is_utc(zone))
}

struct Writer<'a> {
    text: &'a mut String,
    window: &'a Window,
    horizon: Interval,
    /// Whether the next event is the first one of the window.
    is_first: bool,
}

impl Writer<'_> {
    fn line(&mut self, content: &str) {
        line(self.text, content);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.begin(&pattern.key);
        let zone = pattern.zone.as_ref().map_or(String::new(), |zone| format!(";{}", tzid(zone)));
        self.line(&format!("DTSTART{zone}:{}", pattern.start));
        self.line(&format!("DURATION:{}", written(pattern.length)));
        self.line(&format!("RRULE:{}", pattern.rule));
        if !pattern.excluded.is_empty() {
            let excluded: Vec<String> = pattern.excluded.iter().map(ToString::to_string).collect();
            self.line(&format!("EXDATE{zone}:{}", excluded.join(",")));
        }
        debug_assert!(zone.is_empty() == (pattern.start.form == Form::Utc));
        self.end();
    }

    fn single(&mut self, from: i64, to: i64) {
        self.begin(&utc(from).to_string());
        self.line(&format!("DTSTART:{}", utc(from)));
        self.line(&format!("DTEND:{}", utc(to)));
        self.end();
    }

    fn begin(&mut self, key: &str) {
        let window = self.window;
        let id = escaped(window.id().as_str());
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{id}/{key}"));
        self.line(&format!(
            "DTSTAMP:{}",
            utc(self.horizon.start().as_millis().div_euclid(SECOND) * SECOND)
        ));
        self.line(&format!("SUMMARY:{}", escaped(window.name().unwrap_or(window.id().as_str()))));
        let description = format!("{}\nEffect: {}", window.schedule().describe(), window.effect());
        self.line(&format!("DESCRIPTION:{}", escaped(&description)));
        // Nobody is busy because of a silence.
        self.line("TRANSP:TRANSPARENT");
        self.line(&format!("{OWN_ID}:{id}"));
        if self.is_first
            && let Some(own) = without_schedule(window)
        {
            self.line(&format!("{OWN_PROPERTY}:{}", escaped(&own)));
        }
        self.is_first = false;
    }

    fn end(&mut self) {
        self.line("END:VEVENT");
    }
}

/// A document with the window, but with another schedule, and without what clips it.
fn without_schedule(window: &Window) -> Option<String> {
    let placeholder = Once::new(Timestamp::constant(0), Timestamp::constant(1)).ok()?;
    let mut builder = Window::builder(window.id().as_str())
        .schedule(placeholder)
        .scope(window.scope().clone())
        .effect(window.effect())
        .propagation(window.propagation());
    if let Some(name) = window.name() {
        builder = builder.name(name);
    }
    if let Some(state) = window.state_during() {
        builder = builder.state_during(state);
    }
    if let Some(state) = window.state_after() {
        builder = builder.state_after(state);
    }
    for (key, value) in window.tags() {
        builder = builder.tag(key, value);
    }
    let mut registry = Registry::new();
    registry.insert(builder.build().ok()?).ok()?;
    let json = Document::new(registry, Topology::default()).to_json();
    // On one line: a text in JSON has no line breaks.
    Some(json.lines().map(str::trim_start).collect())
}
