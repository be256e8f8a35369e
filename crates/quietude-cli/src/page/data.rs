//! What the page shows, in the form in which the script reads it.
//!
//! Times are milliseconds since the epoch; those of bars are relative to the start of the
//! page. Lists take the place of objects where there are many.

use std::collections::HashMap;

use quietude::explain::Verdict;
use quietude::{
    Document, Effect, Interval, Once, Registry, Schedule, Silencer, Subject, Timestamp, Topology,
    Validity, Window, Zone,
};
use serde::Serialize;

use super::{DAY_MS, bars, saturating};
use crate::alone::Alone;
use crate::explain::{describe_state, facts};
use crate::timeline::{describe_change, occurrence_starts, whole_days};
use crate::{Error, format};

/// The bars of all rows, if each had its most.
const MAX_BARS: usize = 2_000_000;
/// The bars of one row.
const MAX_ROW_BARS: usize = 20_000;
/// The pairs of an entity and a window that the rows of entities refer to.
const MAX_PAIRS: usize = 2_000_000;
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
    entities: Vec<(String, usize, String)>,
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

/// The verdicts on the windows that refer to an entity. Entities often have the same.
#[derive(Serialize)]
struct EntitySet {
    /// The window, and the ancestor through which it covers the entity.
    covered: Vec<(usize, Option<String>)>,
    types: Vec<(usize, String)>,
    near: Vec<(usize, String)>,
    named: Vec<usize>,
    omitted: usize,
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
        let (entities, sets) = entity_data(document, &mut notes)?;
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
    let facts_at = |window: &Window, t| {
        let explained = alone.explain(window, t);
        explained.map_or_else(Vec::new, |explained| facts(&explained, t, Some(page_zone)))
    };
    for window in windows {
        let zone = window.schedule().zone().map(|zone| (zones.index(zone), zone));
        let mut facts = facts_at(window, at);
        let changes = zone.into_iter().flat_map(|(_, zone)| zone.transitions(within));
        for change in changes {
            let found = facts_at(window, change.at).into_iter();
            for fact in found.filter(|(key, _)| *key == "clocks") {
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        }
        let state = describe_state(window.state_at(at));
        facts.retain(|(key, _)| !matches!(*key, "schedule" | "state"));
        facts.insert(0, ("state", state.to_owned()));
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

type Entities = Vec<(String, usize, String)>;

/// The known entities, and the sets of verdicts that they refer to.
fn entity_data(
    document: &Document,
    notes: &mut Vec<String>,
) -> Result<(Entities, Vec<EntitySet>), Error> {
    let silencer = always_active(document)?;
    let windows = document.registry.iter();
    let indices: HashMap<&str, usize> =
        windows.enumerate().map(|(index, window)| (window.id().as_str(), index)).collect();
    let (mut entities, mut sets, mut known) = (Vec::new(), Vec::new(), HashMap::new());
    let mut pairs = 0;
    for entity in silencer.known_entities() {
        let set = entity_set(&silencer, &indices, entity);
        let size = set.covered.len() + set.types.len() + set.near.len() + set.named.len();
        let index = *known.entry(serde_json::to_string(&set)?).or_insert_with(|| {
            pairs += size;
            sets.push(set);
            sets.len() - 1
        });
        let about = about(&document.topology, entity);
        entities.push((format::plain(entity), index, about));
        if pairs > MAX_PAIRS {
            notes.push(format!(
                "The rows of entities are left out: more than {MAX_PAIRS} pairs of an entity and \
                 a window."
            ));
            return Ok((Vec::new(), Vec::new()));
        }
    }
    Ok((entities, sets))
}

/// Compiles the windows as if each were always active, so that the verdicts on them do not
/// depend on time.
fn always_active(document: &Document) -> Result<Silencer, Error> {
    let mut registry = Registry::new();
    for window in document.registry.iter() {
        let window = window.to_builder().schedule(always()).validity(Validity::default());
        let window = window.enable().reopened();
        registry.insert(window.build()?)?;
    }
    Ok(Silencer::builder().topology(document.topology.clone()).build(&registry)?)
}

fn always() -> Schedule {
    Once::starting(Timestamp::MIN).into()
}

fn entity_set(silencer: &Silencer, indices: &HashMap<&str, usize>, entity: &str) -> EntitySet {
    let explanation = silencer.explain(Subject::entity(entity), Timestamp::MIN);
    let mut set = EntitySet {
        covered: Vec::new(),
        types: Vec::new(),
        near: Vec::new(),
        named: Vec::new(),
        omitted: explanation.omitted,
    };
    for explained in &explanation.windows {
        let Some(index) = indices.get(explained.window.id().as_str()).copied() else { continue };
        match &explained.verdict {
            Verdict::Silences { via } => {
                set.covered.push((index, via.as_deref().map(format::plain)));
            }
            Verdict::Inactive { .. } => set.covered.push((index, None)),
            Verdict::OtherAlertType { covered } => {
                let types: Vec<_> = covered.iter().map(|kind| kind.as_str()).collect();
                set.types.push((index, format::plain(&types.join(", "))));
            }
            Verdict::NearMiss { failed } => {
                set.near.push((index, format::plain(&failed.to_string())));
            }
            _ => set.named.push(index),
        }
    }
    set
}

/// The groups and attributes of an entity: `prod-eu, web; tier=gold`.
fn about(topology: &Topology, entity: &str) -> String {
    let groups: Vec<_> = topology.groups_of(entity).collect();
    let attributes = topology.attributes_of(entity).map(|(name, value)| format!("{name}={value}"));
    let attributes = attributes.collect::<Vec<_>>().join(" ");
    let parts = [groups.join(", "), attributes];
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    format::plain(&parts.join("; "))
}
