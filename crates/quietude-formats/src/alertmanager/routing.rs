//! The windows that mute the routes of a tree.
//!
//! An alert is notified at each route where it ends, unless a time interval of this route (not
//! of one above) mutes it: `TimeMuteStage` and `TimeActiveStage` of Alertmanager's
//! `notify/notify.go`. By `continue` it may end at several routes. Each notifies by itself, so
//! the alert is silenced while all of them are muted:
//!
//! - A window of one route is about alerts that end at it and, besides it, only at routes with
//!   the same time intervals.
//! - If alerts may end at up to [`MAX_OTHERS`] other routes, too, there is one more window for
//!   each set of these, with the intersection of their times.
//! - Otherwise the other alerts are left out, and a note says so.

use quietude::{Effect, Propagation, Registry, Schedule, Window};

use super::condition::Condition;
use super::intervals::Intervals;
use super::reach::{Reach, Shared};
use super::routes::{Route, Timing, Tree};
use crate::convert::Note;
use crate::error::Error;
use crate::ids::Ids;

/// How many other routes may share alerts with one, so that all their sets are looked at.
const MAX_OTHERS: usize = 3;

/// Adds the windows of the routes with time intervals to the registry.
pub(crate) fn windows(
    tree: &Tree,
    intervals: &Intervals,
    ids: &mut Ids,
    registry: &mut Registry,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let mut writer = Writer { tree, intervals, ids, registry };
    let mut reach = Reach::new(tree);
    // Whether a route before has the windows of its sets.
    let mut is_expanded = vec![false; tree.routes.len()];
    for (index, route) in tree.routes.iter().enumerate() {
        if route.timing.is_empty() {
            continue;
        }
        let item = &*route.place.path;
        if let Some(missing) = writer.missing(route) {
            let hint = intervals.nearest(missing).map(|near| format!(" ({near:?} is)"));
            let message = format!(
                "the time interval {missing:?} is not in this file{}, so that this route has no window",
                hint.unwrap_or_default()
            );
            notes.push(Note::new(item, "", message));
            continue;
        }
        let Some(ends) = reach.ends(index)? else {
            let message = "no alert ends at this route, so that it has no window";
            notes.push(Note::new(item, "", message));
            continue;
        };
        let shared = reach.shared(index, &ends)?;
        let mut alone = ends.clone();
        let mut is_ever_alone = true;
        for (_, condition) in shared.iter().flat_map(Shared::conditions) {
            is_ever_alone = is_ever_alone && reach.exclude(&mut alone, condition, route)?;
        }
        if is_ever_alone {
            reach.count_written(&alone, route)?;
            writer.window(&[index], &alone)?;
        }
        if shared.is_empty() {
            continue;
        }
        let others: Vec<(usize, &Condition<'_>)> = shared.iter().flat_map(Shared::ends).collect();
        if others.len() <= MAX_OTHERS {
            is_expanded[index] = true;
            sets(index, &ends, &others, &is_expanded, &mut reach, &mut writer)?;
        }
        let result = match others.len() {
            ..=MAX_OTHERS => "they are silenced while all these routes are muted",
            _ => "they are left out, since these routes are too many",
        };
        notes.push(Note::new(item, "continue", shared_note(tree, &others, result)));
    }
    Ok(())
}

/// Adds a window for each set of the other routes, of alerts that end at all of it.
fn sets<'a>(
    index: usize,
    ends: &Condition<'a>,
    others: &[(usize, &Condition<'a>)],
    is_expanded: &[bool],
    reach: &mut Reach<'a>,
    writer: &mut Writer<'a, '_>,
) -> Result<(), Error> {
    let route = &writer.tree.routes[index];
    for set in 1..1_usize << others.len() {
        let is_in = |at: usize| set >> at & 1 == 1;
        let members: Vec<usize> =
            (0..others.len()).filter(|at| is_in(*at)).map(|at| others[at].0).collect();
        let is_muted = |member: &usize| {
            let member = &writer.tree.routes[*member];
            !member.timing.is_empty() && writer.missing(member).is_none()
        };
        // One that is never muted, or that had this window already.
        if !members.iter().all(is_muted) || members.iter().any(|member| is_expanded[*member]) {
            continue;
        }
        let mut condition = Condition::default();
        condition.add(&ends.tests);
        let mut excluded: Vec<&Condition<'a>> = ends.nots.iter().collect();
        for (at, (_, other)) in others.iter().enumerate() {
            if is_in(at) {
                condition.add(&other.tests);
                excluded.extend(&other.nots);
            } else {
                excluded.push(other);
            }
        }
        let mut is_possible = !condition.is_contradictory();
        for other in excluded {
            is_possible = is_possible && reach.exclude(&mut condition, other, route)?;
        }
        if is_possible {
            reach.count_written(&condition, route)?;
            let routes: Vec<usize> = std::iter::once(index).chain(members).collect();
            writer.window(&routes, &condition)?;
        }
    }
    Ok(())
}

/// The note of a route that shares alerts with others.
fn shared_note(tree: &Tree, others: &[(usize, &Condition<'_>)], result: &str) -> String {
    const LISTED: usize = 3;
    let path = |(index, _): &(usize, _)| tree.routes[*index].place.path.clone();
    let mut paths: Vec<String> = others.iter().take(LISTED).map(path).collect();
    if others.len() > LISTED {
        paths.push(format!("{} more", others.len() - LISTED));
    }
    format!(
        "for alerts that also end at {}, with other time intervals, this route mutes one of several \
         notifications; {result}",
        paths.join(", ")
    )
}

struct Writer<'a, 'b> {
    tree: &'a Tree,
    intervals: &'b Intervals,
    ids: &'b mut Ids,
    registry: &'b mut Registry,
}

impl Writer<'_, '_> {
    /// A time interval of the route that is not known.
    fn missing<'r>(&self, route: &'r Route) -> Option<&'r str> {
        route.timing.names().find(|name| self.intervals.get(name).is_none())
    }

    /// Adds a window of alerts that end at certain routes, for while all these are muted.
    fn window(&mut self, routes: &[usize], condition: &Condition<'_>) -> Result<(), Error> {
        let first = &self.tree.routes[routes[0]];
        let of = |error: quietude::Error| Error::new(first.place.clone(), error.message());
        let mut timings: Vec<&Timing> = Vec::new();
        for timing in routes.iter().map(|index| &self.tree.routes[*index].timing) {
            if !timings.contains(&timing) {
                timings.push(timing);
            }
        }
        let parts = timings.iter().map(|timing| self.muted(timing)).collect::<Result<Vec<_>, _>>();
        let mut parts = parts.map_err(of)?;
        let schedule = match parts.len() {
            1 => parts.remove(0),
            _ => Schedule::all(parts).map_err(of)?,
        };
        let names: Vec<String> = routes.iter().map(|index| self.tree.name(*index)).collect();
        let mut receivers: Vec<&str> = Vec::new();
        for receiver in
            routes.iter().filter_map(|index| self.tree.routes[*index].receiver.as_deref())
        {
            if !receivers.contains(&receiver) {
                receivers.push(receiver);
            }
        }
        let mut builder = Window::builder(self.ids.unique(&names.join(" & ")))
            .schedule(schedule)
            .scope(condition.scope())
            .effect(Effect::Notifications)
            .propagation(Propagation::Entity);
        if !receivers.is_empty() {
            builder = builder.tag("receiver", receivers.join(", "));
        }
        self.registry.insert(builder.build().map_err(of)?).map_err(of)
    }

    /// When a route is muted: in a `mute` interval, and outside of all `active` intervals if
    /// there are any.
    fn muted(&self, timing: &Timing) -> Result<Schedule, quietude::Error> {
        let named = |name: &String| {
            self.intervals.get(name).map(|schedule| Schedule::named(name, schedule.clone()))
        };
        let mut parts: Vec<Schedule> = timing.mute.iter().filter_map(named).collect();
        let mut active: Vec<Schedule> = timing.active.iter().filter_map(named).collect();
        if !active.is_empty() {
            let one = if active.len() == 1 { active.remove(0) } else { Schedule::any(active)? };
            parts.push(Schedule::not(one)?);
        }
        if parts.len() == 1 { Ok(parts.remove(0)) } else { Schedule::any(parts) }
    }
}
