//! What the page shows, in the form in which the script reads it.
//!
//! Times are milliseconds since the epoch; those of bars are relative to the start of the
//! page. Lists take the place of objects where there are many.

use std::collections::HashMap;

use quietude::{Document, Effect, Interval, Subject, Timestamp, Window, Zone};
use serde::Serialize;

use super::entities::{self, Entities, EntitySet};
use super::{DAY_MS, bars, saturating};
use crate::alone::Alone;
use crate::explain::{describe_state, facts};
use crate::timeline::{compile_for_everyone, describe_change, occurrence_starts, whole_days};
use crate::{Error, format};

/// The bars of all rows, if each had its most.
const MAX_BARS: usize = 2_000_000;
/// The bars of one row.
const MAX_ROW_BARS: usize = 20_000;
/// Before and after the page, local times are known for that long.
const KNOWN_BEFORE_MS: i64 = 2 * 366 * DAY_MS;
const KNOWN_AFTER_MS: i64 = 10 * 366 * DAY_MS;

#[derive(Serialize)]
pub(super) struct Data {
    pub(super) title: String,
    span: String,
    at: i64,
    from: i64,
    to: i64,
    /// The index of the zone of the page.
    zone: usize,
    zones: Vec<ZoneData>,
    /// The offsets of the zone of the page: since when, and the offset.
    offsets: Vec<(i64, i64)>,
    offsets_from: i64,
    offsets_to: i64,
    /// Midnight, weekday, day of the month, month and year.
    days: Vec<(i64, String, String, String)>,
    windows: Vec<WindowData>,
    /// The id, the index of its set, and its groups and attributes.
    entities: Entities,
    sets: Vec<EntitySet>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ZoneData {
    name: String,
    /// The instant, the description and the sign of each change of the clocks.
    changes: Vec<(i64, String, &'static str)>,
}

#[derive(Serialize)]
struct WindowData {
    id: String,
    name: Option<String>,
    /// 0: notifications; 1: monitoring.
    effect: u8,
    schedule: String,
    scope: String,
    zone: Option<usize>,
    state: &'static str,
    tags: Vec<(String, String)>,
    /// The lines of the explanation.
    facts: Vec<(&'static str, String)>,
    /// Start, end and flags of each bar.
    bars: Vec<i64>,
}

impl Data {
    pub(super) fn new(
        document: &Document,
        title: &str,
        at: Timestamp,
        within: Interval,
        zone: &Zone,
    ) -> Result<Self, Error> {
        let mut zones = Zones::new(within);
        let zone_index = zones.index(zone);
        let mut notes = vec![format!(
            "Made by quietude {} from {title}, with tz data {}.",
            env!("CARGO_PKG_VERSION"),
            zone.release().unwrap_or("of a folder"),
        )];
        let windows: Vec<&Window> = document.registry.iter().map(|window| &**window).collect();
        let windows = window_data(&windows, at, within, zone, &mut zones, &mut notes)?;
        let (entities, sets) = entities::entities(document, &mut notes)?;
        let (start, end) = (within.start(), within.end());
        let known_from = saturating(start.as_millis() - KNOWN_BEFORE_MS);
        let known_to = saturating(end.as_millis() + KNOWN_AFTER_MS);
        let mut offsets = vec![(known_from.as_millis(), zone.offset_ms(known_from))];
        let changes = zone.transitions(Interval::new(known_from, known_to)?);
        offsets.extend(changes.map(|change| (change.at.as_millis(), change.offset_after_ms)));
        Ok(Self {
            title: title.to_owned(),
            span: span(at, within, zone),
            at: at.as_millis(),
            from: start.as_millis(),
            to: end.as_millis(),
            zone: zone_index,
            zones: zones.list,
            offsets,
            offsets_from: known_from.as_millis(),
            offsets_to: known_to.as_millis(),
            days: days(within, zone),
            windows,
            entities,
            sets,
            notes,
        })
    }

    /// The number of windows.
    pub(super) fn windows(&self) -> usize {
        self.windows.len()
    }

    /// The number of entities that have a row.
    pub(super) fn entities(&self) -> usize {
        self.entities.len()
    }

    /// What one should know about the page.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// `Sat 24 Oct 2026 00:00 to Tue 27 Oct 2026 00:00, Europe/Paris; now is ..`
fn span(at: Timestamp, within: Interval, zone: &Zone) -> String {
    let time = |t| match t {
        Timestamp::END => "the end of time".to_owned(),
        t => format::local_time(t, zone, "%a %-d %b %Y"),
    };
    let (from, to) = (time(within.start()), time(within.end()));
    format!("{from} to {to}, {zone}; now is {}", format::local(at, zone))
}

/// The midnights of the page, and its start if that is none.
fn days(within: Interval, zone: &Zone) -> Vec<(i64, String, String, String)> {
    let mut starts = occurrence_starts(whole_days(zone), within);
    if starts.first() != Some(&within.start()) {
        starts.insert(0, within.start());
    }
    let day = |t: Timestamp| {
        let form = |form: &str| format::clock(t, zone, form);
        (t.as_millis(), form("%a"), form("%-d"), form("%b %Y"))
    };
    starts.into_iter().map(day).collect()
}

/// The zones of the page and its windows.
struct Zones {
    within: Interval,
    indices: HashMap<String, usize>,
    list: Vec<ZoneData>,
}

impl Zones {
    fn new(within: Interval) -> Self {
        Self { within, indices: HashMap::new(), list: Vec::new() }
    }

    fn index(&mut self, zone: &Zone) -> usize {
        if let Some(index) = self.indices.get(zone.name()) {
            return *index;
        }
        let changes = zone.transitions(self.within).map(|change| {
            let sign = if change.offset_after_ms > change.offset_before_ms { "»" } else { "«" };
            (change.at.as_millis(), describe_change(&change, zone), sign)
        });
        self.list.push(ZoneData { name: zone.name().to_owned(), changes: changes.collect() });
        self.indices.insert(zone.name().to_owned(), self.list.len() - 1);
        self.list.len() - 1
    }
}

fn window_data(
    windows: &[&Window],
    at: Timestamp,
    within: Interval,
    page_zone: &Zone,
    zones: &mut Zones,
    notes: &mut Vec<String>,
) -> Result<Vec<WindowData>, Error> {
    let most = (MAX_BARS / windows.len().max(1)).clamp(100, MAX_ROW_BARS);
    let mut is_merged = false;
    let mut data = Vec::with_capacity(windows.len());
    let alone = Alone::new(windows.iter().copied())?;
    for window in windows {
        let zone = window.schedule().zone().map(|zone| (zones.index(zone), zone));
        // By itself: an explanation follows the silence that all its windows make together.
        let everyone = compile_for_everyone([*window])?;
        let facts_at = |t| {
            let explanation = everyone.explain(Subject::entity("anyone"), t);
            explanation.windows.into_iter().flat_map(move |found| facts(&found, t, Some(page_zone)))
        };
        let mut facts: Vec<_> = facts_at(at).collect();
        let state = describe_state(window.state_at(at));
        facts.retain(|(key, _)| !matches!(*key, "schedule" | "state"));
        facts.insert(0, ("state", state.to_owned()));
        for change in zone.into_iter().flat_map(|(_, zone)| zone.transitions(within)) {
            for fact in facts_at(change.at).filter(|(key, _)| *key == "clocks") {
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        }
        let mut flat = Vec::new();
        for bar in bars::bars(window, &alone, within, most) {
            let from = within.start().as_millis();
            is_merged |= bar.flags & bars::MERGED != 0;
            flat.extend([bar.start.as_millis() - from, bar.end.as_millis() - from]);
            flat.push(i64::from(bar.flags));
        }
        let plain = |(key, value): (&String, &String)| (format::plain(key), format::plain(value));
        data.push(WindowData {
            id: format::plain(window.id().as_str()),
            name: window.name().map(format::plain),
            effect: u8::from(window.effect() == Effect::Monitoring),
            schedule: format::schedule(window),
            scope: format::scope(window),
            zone: zone.map(|(number, _)| number),
            state,
            tags: window.tags().iter().map(plain).collect(),
            facts,
            bars: flat,
        });
    }
    if is_merged {
        notes.push(format!(
            "A window with more than {most} silences in these days has those that are close \
             together as one bar."
        ));
    }
    Ok(data)
}
