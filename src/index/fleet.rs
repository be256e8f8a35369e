//! Questions about all windows or all entities.

use std::collections::HashSet;
use std::sync::Arc;

use crate::index::Index;
use crate::index::delta::WindowOverride;
use crate::index::hash;
use crate::index::resolve::{ResolveLimits, ScopeResolver};
use crate::index::update::ScopeLocalIds;
use crate::index::windows::PREFETCHED;
use crate::registry::WindowSeq;
use crate::scope::{AlertType, Node, Subject, Topology};
use crate::time::Timestamp;
use crate::window::Window;

/// A window with its position in the registry.
pub(crate) type Positioned<'a> = (WindowSeq, &'a Arc<Window>);

/// The one-time windows of the build by an instant, in order, from a given one on.
#[derive(Clone, Debug)]
pub(crate) struct OneTimeEvents<'a> {
    index: &'a Index,
    left: &'a [(i64, u32)],
}

impl<'a> OneTimeEvents<'a> {
    /// The next event, without taking it: its instant and the position of its window.
    pub(crate) fn peek(&mut self) -> Option<(i64, WindowSeq)> {
        let (first, position) = loop {
            let (first, rest) = self.left.split_first()?;
            let position = self.index.base.windows.position(first.1);
            if !self.index.is_changed(position) {
                break (first, position);
            }
            self.left = rest;
        };
        Some((first.0, position))
    }

    /// The next event: its instant, and its window.
    pub(crate) fn take(&mut self) -> Option<(i64, Positioned<'a>)> {
        self.peek()?;
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        let windows = &self.index.base.windows;
        Some((first.0, (windows.position(first.1), windows.lookup().get(first.1))))
    }
}

/// The entities that a scope may cover.
pub(crate) enum Candidates<'a> {
    /// These: of the topology in its order, and then those that the scope names.
    Some(Vec<&'a str>),
    /// Every known entity.
    All,
}

impl<'a> Candidates<'a> {
    /// Whether they may be all entities of a topology.
    pub(crate) fn may_be_all(&self, topology: &Topology) -> bool {
        match self {
            Self::Some(ids) => ids.len() >= topology.len(),
            Self::All => true,
        }
    }

    /// Those of a topology.
    pub(crate) fn of_topology(self, topology: &'a Topology) -> impl Iterator<Item = &'a str> {
        let (some, all) = match self {
            Self::Some(ids) => (ids, None),
            Self::All => (Vec::new(), Some(topology.entities())),
        };
        let some = some.into_iter().filter(|id| topology.contains(id));
        some.chain(all.into_iter().flatten())
    }
}

impl Index {
    /// The windows that are active at `at`, in registry order. One-time windows of the build
    /// are found by time; of the others, those are tested that may be active at that hour and
    /// on that day.
    pub(crate) fn active_windows(&self, at: Timestamp) -> Vec<Positioned<'_>> {
        let windows = &self.base.windows;
        let of = |id: u32| (windows.position(id), windows.lookup().get(id));
        let once = windows.by_time().active(at).map(of);
        let recurring: Vec<u32> = windows.by_time().recurring_at(at).collect();
        let recurring = recurring.chunks(PREFETCHED).flat_map(|ids| {
            windows.lookup().prefetch(ids);
            ids.iter().map(|id| of(*id))
        });
        let recurring = recurring.filter(|(_, window)| window.is_active(at));
        let unchanged = once.chain(recurring).filter(|(position, _)| !self.is_changed(*position));
        let changed = self.changed_windows().into_iter();
        let changed = changed.filter(|(_, window)| window.is_active(at));
        let mut active: Vec<_> = unchanged.chain(changed).collect();
        active.sort_unstable_by_key(|(position, _)| *position);
        active
    }

    /// The windows that are not one-time windows of the build, in no order.
    pub(crate) fn recurring_windows(&self) -> impl Iterator<Item = Positioned<'_>> {
        let windows = &self.base.windows;
        let recurring = windows.by_time().recurring();
        let recurring = recurring.map(|id| (windows.position(id), windows.lookup().get(id)));
        let unchanged = recurring.filter(|(position, _)| !self.is_changed(*position));
        unchanged.chain(self.changed_windows())
    }

    /// The begins and the ends of the one-time windows of the build, from `from` on.
    pub(crate) fn one_time_events(&self, from: i64) -> [OneTimeEvents<'_>; 2] {
        let by_time = self.base.windows.by_time();
        [&by_time.starts, &by_time.ends].map(|all| {
            let first = all.partition_point(|(at, _)| *at < from);
            OneTimeEvents { index: self, left: &all[first..] }
        })
    }

    /// All windows with their positions, in no order.
    pub(crate) fn windows(&self) -> impl Iterator<Item = Positioned<'_>> {
        let unchanged = self.base.windows.positioned();
        let unchanged = unchanged.filter(|(position, _)| !self.is_changed(*position));
        unchanged.chain(self.changed_windows())
    }

    /// The ids of the entities of the topology, in its order, and then those that only
    /// scopes name, in the order of windows.
    pub(crate) fn known_entities(&self) -> impl Iterator<Item = &str> {
        let topology = self.topology();
        let named = std::iter::once_with(|| {
            let mut windows: Vec<_> = self.windows().collect();
            windows.sort_unstable_by_key(|(position, _)| *position);
            let (mut seen, mut named) = (HashSet::new(), Vec::new());
            for (_, window) in windows {
                window.scope().named_entities(&mut |id| {
                    if !topology.contains(id) && seen.insert(id) {
                        named.push(id);
                    }
                });
            }
            named
        });
        topology.entities().chain(named.flatten())
    }

    /// The known entities that a window covers for some alert type, or for none, in the order
    /// of [`known_entities`](Self::known_entities). The cost is in proportion to the entities
    /// that its scope may cover; all entities, if that is not evident from its tests.
    pub(crate) fn covered_entities(&self, window: &Window) -> Vec<String> {
        let (scope, topology) = (window.scope(), self.topology());
        let mut alert_types = Vec::new();
        scope.alert_types(&mut |alert_type| {
            if !alert_types.contains(alert_type) {
                alert_types.push(alert_type.clone());
            }
        });
        let is_covered = |id: &&str| {
            let subject = Subject::entity(id);
            window.covers(&subject, topology)
                || alert_types.iter().any(|alert_type| {
                    window.covers(&subject.with_alert_type(alert_type.as_str()), topology)
                })
        };
        match self.candidates(window) {
            Candidates::Some(ids) => {
                ids.into_iter().filter(is_covered).map(str::to_owned).collect()
            }
            Candidates::All => {
                self.known_entities().filter(is_covered).map(str::to_owned).collect()
            }
        }
    }

    /// The entities that a window may cover.
    pub(crate) fn candidates<'a>(&'a self, window: &'a Window) -> Candidates<'a> {
        let (scope, descends) = (window.scope(), window.propagation().descends());
        let topology = self.topology();
        if matches!(scope.node(), Node::Everything) {
            return Candidates::All;
        }
        let resolver = ScopeResolver::new(topology, self.facts.postings.as_ref());
        let ids = ScopeLocalIds::new(topology, window);
        let mut limits = ResolveLimits { candidates: usize::MAX, steps: u64::MAX };
        match resolver.candidates(scope, descends, &ids, &mut limits) {
            Some(candidates) => {
                Candidates::Some(candidates.into_iter().map(|entity| ids.id_for(entity)).collect())
            }
            None => Candidates::All,
        }
    }

    /// Whether an update changed the window at a position of the build.
    fn is_changed(&self, position: WindowSeq) -> bool {
        let is_same = |known: &WindowOverride| known.position == position;
        self.delta.windows.get(hash::fibonacci_hash(position), is_same).is_some()
    }

    /// The positions at which the windows of two indexes may differ; `None` if they were not
    /// updated from one build.
    pub(crate) fn changed_positions(&self, other: &Self) -> Option<Vec<WindowSeq>> {
        if !Arc::ptr_eq(&self.base.windows, &other.base.windows) {
            return None;
        }
        let mut positions = Vec::new();
        for index in [self, other] {
            index.delta.windows.for_each(&mut |_, changed| positions.push(changed.position));
        }
        positions.sort_unstable();
        positions.dedup();
        Some(positions)
    }

    /// The alert types that scopes name or have named, in no order.
    pub(crate) fn alert_types(&self) -> impl Iterator<Item = &AlertType> {
        self.alert_types.keys()
    }

    /// The windows that updates added or replaced, in no order.
    fn changed_windows(&self) -> Vec<Positioned<'_>> {
        let changed = &self.delta.windows;
        let mut since_build = Vec::with_capacity(changed.len());
        changed.for_each(&mut |_, WindowOverride { position, window, .. }| {
            since_build.extend(window.as_ref().map(|window| (*position, window)));
        });
        since_build
    }
}
