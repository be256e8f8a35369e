//! What a change of windows or of the topology does: for whom, from when to when.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::error::Error;
use crate::index::Index;
use crate::registry::WindowSeq;
use crate::scope::{AlertType, EntityId, Subject, WindowId};
use crate::silencer::Silencer;
use crate::silencer::topology_change::TopologyChange;
use crate::time::{Interval, coalesce};
use crate::window::{Effect, Span, Window};

/// What differs between two silencers within an interval. See
/// [`Silencer::diff`](crate::Silencer::diff).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// The interval.
    pub within: Interval,
    /// The known entities on which the effect differs, by id; exact. Those that are known to
    /// one of the topologies, or named by a scope.
    pub entities: Vec<EntityDiff>,
    /// The windows that may make a difference for subjects with labels or for unknown
    /// entities: every window that was added, removed or replaced, and active in the
    /// interval. Empty only if there is no difference for any subject.
    pub windows: Vec<WindowDiff>,
}

/// When the effect on an entity differs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EntityDiff {
    /// The entity.
    pub entity: EntityId,
    /// The alert type of the query. An alert type is listed only if its changes are not
    /// those of the entity without one; `changes` may then be empty.
    pub alert_type: Option<AlertType>,
    /// The intervals, in order, disjoint.
    pub changes: Vec<EffectChange>,
}

/// An interval in which the effect is another one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EffectChange {
    /// The interval.
    pub interval: Interval,
    /// The effect before the change; `None` if the subject was not silenced.
    pub before: Option<Effect>,
    /// The effect after the change.
    pub after: Option<Effect>,
    /// The windows that make the difference: those that were changed, or cover the subject
    /// only before or after the change, and are active in the interval.
    pub by: Vec<WindowId>,
}

/// When a window that was changed may make a difference.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WindowDiff {
    /// The window.
    pub window: WindowId,
    /// What happened to it.
    pub kind: WindowDiffKind,
    /// The intervals, in order, disjoint.
    pub intervals: Vec<Interval>,
}

/// What happened to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WindowDiffKind {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It was replaced.
    Replaced,
    /// It is the same, and the topology, on which its scope depends, is another one.
    Topology,
}

impl Diff {
    /// Whether nothing differs for any subject.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.windows.is_empty()
    }
}

impl Silencer {
    /// What is different in `after` within an interval: for which known entities, from when
    /// to when, silenced or audible, and by which windows.
    ///
    /// Takes time for the windows that differ and for the entities that they cover, not for
    /// the others, if `after` is an [update](Self::updated) of `self`. Otherwise all windows
    /// are compared by id. If the topology was edited, the entities that the edits touch are
    /// compared, too, and the scopes of all windows are read; if it was built again, all
    /// known entities are compared.
    ///
    /// # Errors
    ///
    /// If a window is active more than
    /// [`MAX_OCCURRENCES`](crate::limits::MAX_OCCURRENCES) times within the interval.
    ///
    /// ```
    /// use quietude::{Interval, Once, Registry, Scope, Silencer, Window};
    ///
    /// let mut registry = Registry::new();
    /// let before = Silencer::new(&registry)?;
    /// let hour = Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?;
    /// registry.insert(Window::builder("w").schedule(hour).scope(Scope::entity("db-7")).build()?)?;
    /// let diff = before.diff(&before.updated(&registry)?, Interval::ALWAYS)?;
    /// let change = &diff.entities[0].changes[0];
    /// assert_eq!(diff.entities[0].entity.as_str(), "db-7");
    /// assert_eq!(change.interval, hour.interval());
    /// assert!(change.before.is_none() && change.after.is_some());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    pub fn diff(&self, after: &Self, within: Interval) -> Result<Diff, Error> {
        let (old, new) = (self.index(), after.index());
        let changed = changed_windows(old, new);
        let topologies = TopologyChange::of(self.topology(), after.topology());
        let mut names: BTreeSet<String> = BTreeSet::new();
        match topologies.touched() {
            Some(touched) => {
                names.extend(touched.map(str::to_owned));
                for (before, after) in &changed {
                    names.extend(before.iter().flat_map(|window| old.covered_entities(window)));
                    names.extend(after.iter().flat_map(|window| new.covered_entities(window)));
                }
            }
            None => {
                names.extend([old, new].iter().flat_map(|i| i.known_entities()).map(str::to_owned));
            }
        }
        let mut compare = Compare { old, new, within, spans: HashMap::new() };
        let types: BTreeSet<&AlertType> = old.alert_types().chain(new.alert_types()).collect();
        let mut entities = Vec::new();
        for name in names {
            let subject = Subject::entity(&name);
            let plain = compare.changes(&subject)?;
            for alert_type in &types {
                let changes = compare.changes(&subject.with_alert_type(alert_type.as_str()))?;
                if changes != plain {
                    let alert_type = Some((*alert_type).clone());
                    entities.push(EntityDiff { entity: name.as_str().into(), alert_type, changes });
                }
            }
            if !plain.is_empty() {
                let entity = EntityId::from(name.as_str());
                entities.push(EntityDiff { entity, alert_type: None, changes: plain });
            }
        }
        let mut windows = Vec::new();
        for (before, after) in &changed {
            windows.extend(window_diff(*before, *after, within)?);
        }
        for window in topologies.windows(new) {
            windows.extend(topology_diff(window, within)?);
        }
        Ok(Diff { within, entities, windows })
    }
}

type Changed<'a> = (Option<&'a Arc<Window>>, Option<&'a Arc<Window>>);

/// The windows that differ, before and after, in registry order.
fn changed_windows<'a>(old: &'a Index, new: &'a Index) -> Vec<Changed<'a>> {
    let differs = |pair: &Changed<'_>| match pair {
        (Some(old), Some(new)) => !Arc::ptr_eq(old, new) && old != new,
        (None, None) => false,
        _ => true,
    };
    if let Some(positions) = old.changed_positions(new) {
        let at = |position| (old.window_at(position), new.window_at(position));
        return positions.into_iter().map(at).filter(differs).collect();
    }
    let mut pairs: BTreeMap<(bool, WindowSeq), Changed<'a>> = BTreeMap::new();
    let mut by_id: HashMap<&WindowId, (WindowSeq, &Arc<Window>)> =
        old.windows().map(|(position, window)| (window.id(), (position, window))).collect();
    for (position, window) in new.windows() {
        let before = by_id.remove(window.id()).map(|(_, before)| before);
        pairs.insert((false, position), (before, Some(window)));
    }
    for (position, window) in by_id.into_values() {
        pairs.insert((true, position), (Some(window), None));
    }
    pairs.into_values().filter(differs).collect()
}

/// Compares the effects on subjects.
struct Compare<'a> {
    old: &'a Index,
    new: &'a Index,
    within: Interval,
    /// The intervals of windows, by address.
    spans: HashMap<*const Window, Arc<[Span]>>,
}

/// The windows that cover a subject: the intervals of all, and of those with the greatest
/// effect, merged.
struct Timeline {
    all: Vec<Span>,
    monitoring: Vec<Span>,
}

impl<'a> Compare<'a> {
    fn changes(&mut self, subject: &Subject<'_>) -> Result<Vec<EffectChange>, Error> {
        let (before, after) = (covering(self.old, subject), covering(self.new, subject));
        let of_one = |some: &[&'a Window], others: &[&'a Window]| -> Vec<&'a Window> {
            let others: HashMap<&WindowId, &Window> =
                others.iter().map(|window| (window.id(), *window)).collect();
            let is_other = |window: &&&Window| {
                others
                    .get(window.id())
                    .is_none_or(|other| !std::ptr::eq(*other, **window) && *other != **window)
            };
            some.iter().filter(is_other).copied().collect()
        };
        let mut causes = of_one(&before, &after);
        causes.extend(of_one(&after, &before));
        if causes.is_empty() {
            return Ok(Vec::new());
        }
        let mut cause_spans = Vec::new();
        for window in causes {
            cause_spans.push((window.id(), self.spans_of(window)?));
        }
        let (before, after) = (self.timeline(&before)?, self.timeline(&after)?);
        let mut changes: Vec<EffectChange> = Vec::new();
        for (start, end) in pieces([&before.all, &before.monitoring, &after.all, &after.monitoring])
        {
            let (old, new) = (before.effect(start), after.effect(start));
            if old == new {
                continue;
            }
            let is_active = |spans: &[Span]| spans.iter().any(|(s, e)| *s < end && start < *e);
            let mut by: Vec<WindowId> = Vec::new();
            for (id, spans) in &cause_spans {
                if is_active(spans) && !by.contains(id) {
                    by.push((*id).clone());
                }
            }
            let Some(interval) = Interval::clipped(start, end) else { continue };
            match changes.last_mut() {
                Some(last)
                    if last.interval.end() == interval.start()
                        && (last.before, last.after) == (old, new)
                        && last.by == by =>
                {
                    let start = last.interval.start().as_millis();
                    last.interval = Interval::clipped(start, end).unwrap_or(interval);
                }
                _ => changes.push(EffectChange { interval, before: old, after: new, by }),
            }
        }
        Ok(changes)
    }

    fn timeline(&mut self, windows: &[&'a Window]) -> Result<Timeline, Error> {
        let mut timeline = Timeline { all: Vec::new(), monitoring: Vec::new() };
        for window in windows {
            let spans = self.spans_of(window)?;
            timeline.all.extend_from_slice(&spans);
            if window.effect() == Effect::Monitoring {
                timeline.monitoring.extend_from_slice(&spans);
            }
        }
        for spans in [&mut timeline.all, &mut timeline.monitoring] {
            let kept = coalesce(spans).len();
            spans.truncate(kept);
        }
        Ok(timeline)
    }

    fn spans_of(&mut self, window: &'a Window) -> Result<Arc<[Span]>, Error> {
        if let Some(known) = self.spans.get(&std::ptr::from_ref(window)) {
            return Ok(known.clone());
        }
        let mut spans = Vec::new();
        window.active_spans(self.within, &mut spans)?;
        let spans: Arc<[Span]> = spans.into();
        self.spans.insert(window, spans.clone());
        Ok(spans)
    }
}

/// The windows that cover a subject, in registry order.
fn covering<'a>(index: &'a Index, subject: &Subject<'_>) -> Vec<&'a Window> {
    let covering = index.covering(subject);
    let mut windows: Vec<_> = covering.positioned().collect();
    windows.sort_unstable_by_key(|(position, _)| *position);
    windows.into_iter().map(|(_, window)| window).collect()
}

impl Timeline {
    fn effect(&self, t: i64) -> Option<Effect> {
        let contains = |spans: &[Span]| {
            let next = spans.partition_point(|(start, _)| *start <= t);
            next > 0 && t < spans[next - 1].1
        };
        match (contains(&self.all), contains(&self.monitoring)) {
            (false, _) => None,
            (true, false) => Some(Effect::Notifications),
            (true, true) => Some(Effect::Monitoring),
        }
    }
}

/// The intervals between all bounds, in order.
fn pieces(lists: [&[Span]; 4]) -> Vec<Span> {
    let mut bounds: Vec<i64> = lists
        .iter()
        .flat_map(|spans| spans.iter().flat_map(|(start, end)| [*start, *end]))
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// When a window that was changed may make a difference; `None` if it never does.
fn window_diff(
    before: Option<&Arc<Window>>,
    after: Option<&Arc<Window>>,
    within: Interval,
) -> Result<Option<WindowDiff>, Error> {
    let spans_of = |window: Option<&Arc<Window>>| {
        let mut spans = Vec::new();
        window.map_or(Ok(()), |window| window.active_spans(within, &mut spans)).map(|()| spans)
    };
    let (old, new) = (spans_of(before)?, spans_of(after)?);
    let (kind, is_same_target) = match (before, after) {
        (Some(old), Some(new)) => {
            let is_same_target = old.scope() == new.scope()
                && old.propagation() == new.propagation()
                && old.effect() == new.effect()
                && old.state_during() == new.state_during();
            (WindowDiffKind::Replaced, is_same_target)
        }
        (None, _) => (WindowDiffKind::Added, false),
        (_, None) => (WindowDiffKind::Removed, false),
    };
    let of = |spans: &[Span]| Timeline { all: spans.to_vec(), monitoring: Vec::new() };
    let (before_line, after_line) = (of(&old), of(&new));
    let mut intervals: Vec<Span> = pieces([&old, &new, &[], &[]])
        .into_iter()
        .filter(|(start, _)| {
            let both = (before_line.effect(*start), after_line.effect(*start));
            if is_same_target { both.0 != both.1 } else { both != (None, None) }
        })
        .collect();
    let intervals: Vec<Interval> = coalesce(&mut intervals)
        .iter()
        .filter_map(|(start, end)| Interval::clipped(*start, *end))
        .collect();
    let Some(window) = after.or(before).filter(|_| !intervals.is_empty()) else { return Ok(None) };
    Ok(Some(WindowDiff { window: window.id().clone(), kind, intervals }))
}

/// When a window that another topology may make cover other subjects is active; `None` if it
/// never is.
fn topology_diff(window: &Window, within: Interval) -> Result<Option<WindowDiff>, Error> {
    let mut spans = Vec::new();
    window.active_spans(within, &mut spans)?;
    let intervals: Vec<Interval> =
        spans.iter().filter_map(|(start, end)| Interval::clipped(*start, *end)).collect();
    let (window, kind) = (window.id().clone(), WindowDiffKind::Topology);
    Ok((!intervals.is_empty()).then_some(WindowDiff { window, kind, intervals }))
}
