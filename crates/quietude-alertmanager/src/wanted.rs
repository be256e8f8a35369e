//! The silences that there should be: the occurrences of a document over a horizon.
//!
//! - Occurrences of a window that touch or overlap are one silence, so that no alert gets
//!   through between two.
//! - A silence ends at the end of the horizon at the latest, and is extended as time goes on. So
//!   a bridge that is gone leaves nothing that lasts longer. The end of the horizon moves in
//!   steps, so that a silence is extended a few times in a horizon and not in every round.
//! - A window whose scope no matchers express is left out, and named.

use std::sync::Arc;

use quietude::{Interval, Registry, Timestamp, Topology, Window};
use quietude_formats::silences::{Selectors, occurrences};

use crate::clock;
use crate::limits::MAX_SILENCES;
use crate::silence::{MatcherList, Owner, Silence, list};

/// A window that is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The id of the window.
    pub window: Arc<str>,
    /// The reason.
    pub reason: String,
}

/// The windows of a document with their matchers.
#[derive(Debug, Default)]
pub struct Compiled {
    windows: Vec<CompiledWindow>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug)]
struct CompiledWindow {
    window: Arc<Window>,
    id: Arc<str>,
    comment: Arc<str>,
    matchers: Vec<MatcherList>,
}

/// The silences over a horizon.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// In the order in which they begin.
    pub silences: Vec<Silence>,
    /// The windows that are left out.
    pub left_out: Vec<LeftOut>,
    /// How many silences there are beyond [`MAX_SILENCES`]; they begin later than the others.
    pub deferred: usize,
}

/// How far ahead silences are created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    millis: i64,
}

impl Horizon {
    /// A horizon of some milliseconds, at least one second and at most a year.
    #[must_use]
    pub fn new(millis: u64) -> Self {
        let year = 366 * 86_400_000;
        Self { millis: i64::try_from(millis).unwrap_or(year).clamp(1_000, year) }
    }

    /// Its end at an instant: the first multiple of an eighth of the horizon that is at least
    /// the horizon away.
    ///
    /// ```
    /// use quietude_alertmanager::wanted::Horizon;
    ///
    /// let horizon = Horizon::new(8 * 3_600_000);
    /// let end = |now: &str| horizon.end(now.parse().unwrap()).to_string();
    /// assert_eq!(end("2026-11-26T00:00:00Z"), "2026-11-26T08:00:00Z");
    /// assert_eq!(end("2026-11-26T00:00:01Z"), "2026-11-26T09:00:00Z");
    /// assert_eq!(end("2026-11-26T01:00:00Z"), "2026-11-26T09:00:00Z");
    /// ```
    #[must_use]
    pub fn end(self, now: Timestamp) -> Timestamp {
        let step = (self.millis / 8).max(1);
        let end = now.as_millis().saturating_add(self.millis);
        let over = end.rem_euclid(step);
        clock::after(now, self.millis + if over == 0 { 0 } else { step - over })
    }
}

impl Compiled {
    /// The matchers of all windows. O(n) in the windows, and for each one with a test of
    /// entities or groups O(n) in the entities.
    #[must_use]
    pub fn new(registry: &Registry, topology: &Topology, owner: &Owner) -> Self {
        let selectors = Selectors::new(topology);
        let mut compiled = Self::default();
        for window in registry.iter().filter(|window| window.is_enabled()) {
            let id: Arc<str> = window.id().as_str().into();
            match selectors.of(window) {
                Ok(lists) => compiled.windows.push(CompiledWindow {
                    comment: owner.comment(window.name().unwrap_or(&id), &id).into(),
                    matchers: lists.iter().map(list).collect(),
                    window: window.clone(),
                    id,
                }),
                Err(reason) => {
                    compiled
                        .left_out
                        .push(LeftOut { window: id, reason: format!("scope: {reason}") });
                }
            }
        }
        compiled
    }

    /// The number of windows that have matchers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether no window has matchers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// The silences from `now` to the end of a horizon. An occurrence of one millisecond is
    /// left out, since no silence is that short.
    #[must_use]
    pub fn wanted(&self, now: Timestamp, end: Timestamp) -> Wanted {
        let mut wanted = Wanted { left_out: self.left_out.clone(), ..Wanted::default() };
        let Ok(within) = Interval::new(now, end) else { return wanted };
        for compiled in &self.windows {
            let mut left_out = |reason: String| {
                wanted.left_out.push(LeftOut { window: compiled.id.clone(), reason });
            };
            let found = match occurrences(&compiled.window, within) {
                Ok(found) => found,
                Err(reason) => {
                    left_out(format!("schedule: {reason}"));
                    continue;
                }
            };
            for part in merged(&found) {
                let last = part.end().min(end).as_millis() - 1;
                let Ok(last) = Timestamp::from_millis(last) else { continue };
                if part.start() >= last {
                    if part.end() <= end {
                        left_out(format!(
                            "schedule: the occurrence at {} lasts one millisecond, which no silence does",
                            part.start()
                        ));
                    }
                    continue;
                }
                wanted.silences.extend(compiled.matchers.iter().map(|matchers| Silence {
                    window: compiled.id.clone(),
                    matchers: matchers.clone(),
                    starts: part.start(),
                    last,
                    comment: compiled.comment.clone(),
                }));
            }
            if wanted.silences.len() > 2 * MAX_SILENCES {
                wanted.truncate();
            }
        }
        wanted.truncate();
        wanted
    }
}

impl Wanted {
    /// Sorts the silences, and keeps those that begin first.
    fn truncate(&mut self) {
        self.silences.sort_by_key(|silence| silence.starts);
        self.deferred += self.silences.len().saturating_sub(MAX_SILENCES);
        self.silences.truncate(MAX_SILENCES);
    }
}

/// The unions of intervals that touch or overlap; the intervals are sorted by their starts.
fn merged(intervals: &[Interval]) -> Vec<Interval> {
    let mut all: Vec<Interval> = Vec::new();
    for interval in intervals {
        match all.last_mut() {
            Some(last) if interval.start() <= last.end() => {
                let end = last.end().max(interval.end());
                *last = Interval::new(last.start(), end).unwrap_or(*last);
            }
            _ => all.push(*interval),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use quietude::Document;

    use super::*;

    fn wanted(windows: &str, topology: &str, now: &str, end: &str) -> Wanted {
        let text =
            format!(r#"{{ "version": 1, "topology": {topology}, "windows": [ {windows} ] }}"#);
        let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{error}"));
        let owner = Owner::new("quietude", "main").unwrap();
        let compiled = Compiled::new(&document.registry, &document.topology, &owner);
        compiled.wanted(now.parse().unwrap(), end.parse().unwrap())
    }

    fn lines(wanted: &Wanted) -> Vec<String> {
        let silence = |silence: &Silence| {
            let matchers: Vec<_> =
                silence.matchers.iter().map(|m| format!("{}={}", m.name, m.value)).collect();
            format!("{} {} {} {}", silence.window, matchers.join(","), silence.starts, silence.last)
        };
        let left_out = |left: &LeftOut| format!("{}: {}", left.window, left.reason);
        wanted.silences.iter().map(silence).chain(wanted.left_out.iter().map(left_out)).collect()
    }

    const TEAM: &str = r#"{ "attribute": { "name": "team", "equals": "db" } }"#;

    #[test]
    fn wanted_touching_occurrences_are_one_silence_up_to_the_horizon() {
        let window = format!(
            r#"{{ "id": "w", "scope": {TEAM}, "schedule": {{ "kind": "daily", "clock": "00:00-24:00", "timezone": "UTC" }} }}"#
        );
        let wanted = wanted(&window, "{}", "2026-06-06T12:00:00Z", "2026-06-08T12:00:00Z");
        assert_eq!(lines(&wanted), ["w team=db 2026-06-06T00:00:00Z 2026-06-08T11:59:59.999Z"]);
    }

    #[test]
    fn wanted_names_what_is_left_out() {
        let windows = format!(
            r#"{{ "id": "all", "scope": "everything", "schedule": {{ "kind": "daily", "clock": "01:00-02:00", "timezone": "UTC" }} }},
               {{ "id": "off", "enabled": false, "scope": {TEAM}, "schedule": {{ "kind": "daily", "clock": "01:00-02:00", "timezone": "UTC" }} }},
               {{ "id": "ms", "scope": {TEAM}, "schedule": {{ "kind": "once", "start": "2026-06-06T13:00:00Z", "end": "2026-06-06T13:00:00.001Z" }} }},
               {{ "id": "often", "scope": {TEAM}, "schedule": {{ "kind": "periodic", "start": "2026-06-01T00:00:00Z", "duration_ms": 1, "period_ms": 2 }} }},
               {{ "id": "group", "scope": {{ "group": "prod" }}, "schedule": {{ "kind": "daily", "clock": "13:00-14:00", "timezone": "UTC" }} }}"#
        );
        let topology = r#"{ "entity_label": "instance", "entities": [ { "id": "db-7", "groups": ["prod"] }, { "id": "db.8", "groups": ["prod"] } ] }"#;
        let wanted = wanted(&windows, topology, "2026-06-06T12:00:00Z", "2026-06-07T00:00:00Z");
        assert_eq!(
            lines(&wanted),
            [
                r"group instance=db-7|db\.8 2026-06-06T13:00:00Z 2026-06-06T13:59:59.999Z",
                "all: scope: Alertmanager needs a matcher that alerts without the label do not pass",
                "ms: schedule: the occurrence at 2026-06-06T13:00:00Z lasts one millisecond, which no silence does",
                "often: schedule: more than 100000 occurrences are in the horizon (a shorter one has fewer)",
            ]
        );
    }

    #[test]
    fn wanted_long_alternation_is_split() {
        let entity = |n| format!(r#"{{ "id": "host-{n:04}.example.org", "groups": ["prod"] }}"#);
        let entities: Vec<String> = (0..1_000).map(entity).collect();
        let topology =
            format!(r#"{{ "entity_label": "instance", "entities": [{}] }}"#, entities.join(","));
        let window = r#"{ "id": "g", "scope": { "group": "prod" }, "schedule": { "kind": "daily", "clock": "13:00-14:00", "timezone": "UTC" } }"#;
        let wanted = wanted(window, &topology, "2026-06-06T12:00:00Z", "2026-06-07T00:00:00Z");
        let values: Vec<&str> = wanted.silences.iter().map(|s| &*s.matchers[0].value).collect();
        assert!(values.len() > 5 && values.iter().all(|value| value.len() <= 4_096));
        assert_eq!(values.iter().map(|value| value.split('|').count()).sum::<usize>(), 1_000);
    }
}
