//! Index of keys: from the attributes and groups of a subject to the windows that may
//! cover it.
//!
//! Windows whose coverage depends on attributes or groups of the query cannot be resolved to
//! entities, and the scopes of some others are too broad for it. Each of these windows is
//! under a few *keys*: hashes of what a covered subject has for certain
//! ([`crate::scope::Scope::clauses`]). A query looks up the keys of its subject, and of its
//! ancestors, and evaluates the windows that it finds there: time first, then the scope.
//!
//! ```text
//! file      what it holds                                          technique
//! plan      which properties are looked up, alone or in pairs;     cost model
//!           the keys of a window
//! collect   the clauses of all windows                              flat lists
//! build     construction
//! key_facts texts and a test of the windows of a key, in its slot
//! atoms     what a subject has for a query                         hashes by field
//! query     the keys of a subject
//! residual  a few windows under no key                             bitmaps of values
//! active_bits  which of them may be active                         bitmaps of times
//! ```
//!
//! A key has a slot and a block, exactly as an entity has: [`Keys`] is an [`Index`] whose
//! table is keyed by hashes. The near-now answer, the prefilter and the block of a key are
//! those of all windows under it, so that a key under which no window is active ends at its
//! slot. If a window is active, the texts and the test in the slot ([`key_facts`]) usually
//! prove that all of the windows cover the subject, or none; else they are evaluated one by
//! one.
//!
//! Exactness: a collision of hashes only adds candidates, also if it was made on purpose.
//! Names and texts are compared before a slot proves coverage, or a bitmap excludes it.

mod active_bits;
mod atoms;
mod build;
mod collect;
mod key_facts;
mod plan;
mod query;
mod residual;

use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::Index;
use crate::index::alert_types::AlertTypeFilter;
use crate::index::intern::ZoneInterner;
pub(super) use crate::index::keys::collect::KeyBuilder;
use crate::index::keys::key_facts::KeyTexts;
use crate::index::keys::plan::{Plan, UNIVERSAL};
pub(super) use crate::index::keys::query::Covering;
use crate::index::keys::residual::{Residual, ResidualState};
use crate::index::windows::WindowTable;
use crate::registry::WindowSeq;
use crate::scope::Topology;
use crate::time::Timestamp;
use crate::window::Window;

/// An immutable index of keys.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    index: Index,
    plan: Arc<Plan>,
    /// The texts of the slots.
    texts: Arc<KeyTexts>,
    reach: Reach,
    residual: ResidualState,
    /// The id of the overrides of this index: they are found by their hash.
    no_id: Arc<str>,
}

impl Keys {
    fn new(
        index: Index,
        (plan, texts): (Plan, KeyTexts),
        residual: Residual,
        topology: &Topology,
    ) -> Self {
        let reach = Reach::of(&plan, topology);
        let near = residual.near(&index.base.windows, &index.zones, index.now);
        let left = residual.all();
        let residual = ResidualState { residual: Arc::new(residual), left, near };
        let (plan, texts) = (Arc::new(plan), Arc::new(texts));
        Self { index, plan, texts, reach, residual, no_id: "".into() }
    }

    /// An index without windows.
    pub(super) fn empty(
        windows: &Arc<WindowTable>,
        topology: &Topology,
        now: Option<Timestamp>,
    ) -> Self {
        KeyBuilder::new(0).finish(windows, topology, now).expect("no block is too large")
    }

    /// The same windows for another `now`.
    pub(super) fn with_now(&self, now: Timestamp) -> Self {
        let ResidualState { residual, left, .. } = self.residual.clone();
        let near = residual.near(&self.index.base.windows, &self.index.zones, Some(now));
        let residual = ResidualState { residual, left, near };
        Self { index: self.index.with_now(now), residual, ..self.clone() }
    }

    /// The same windows for another topology. `None` if the index was built for a topology
    /// without one of the new names of attributes, and relies on that.
    pub(super) fn with_topology(&self, topology: &Topology, new_names: &[&str]) -> Option<Self> {
        let residual = &self.residual.residual;
        let relies_on = |name: &str| {
            residual.names().chain(self.plan.tested_names()).any(|known| known == name)
        };
        if new_names.iter().any(|name| relies_on(name)) {
            return None;
        }
        Some(Self { reach: Reach::of(&self.plan, topology), ..self.clone() })
    }

    /// Whether the alert type of a subject is one of the properties that are looked up.
    pub(super) fn uses_alert_type(&self) -> bool {
        self.plan.alert_type.is_some()
    }

    /// Replaces the window at a position. Each of `old` and `new` is `None` if it is not in
    /// this index. O(keys of both windows).
    pub(super) fn replaced(
        &self,
        position: WindowSeq,
        old: Option<&Window>,
        new: Option<&Arc<Window>>,
        topology: &Topology,
    ) -> Self {
        let mut affected: SmallVec<[(u64, bool); 8]> = SmallVec::new();
        let mut residual = self.residual.clone();
        if let Some(bit) = residual.residual.bit_of(position).filter(|bit| residual.left & bit != 0)
        {
            residual.left &= !bit;
        } else if let Some(old) = old {
            affected
                .extend(self.plan.keys_of(old.scope()).keys.into_iter().map(|key| (key, false)));
        }
        let (mut plan, mut reach) = (self.plan.clone(), self.reach);
        if let Some(new) = new {
            let of_window = self.plan.keys_of(new.scope());
            let is_new = |property: &&_| !self.plan.is_used_single(**property);
            let is_universal = of_window.keys.contains(&UNIVERSAL) && !plan.has_universal;
            if of_window.groups.iter().any(|group| !plan.has_group_atom(*group)) {
                let plan = Arc::make_mut(&mut plan);
                of_window.groups.iter().for_each(|group| plan.use_group(*group));
            }
            if is_universal || of_window.singles.iter().any(|property| is_new(&property)) {
                let plan = Arc::make_mut(&mut plan);
                plan.has_universal |= is_universal;
                of_window.singles.iter().for_each(|property| plan.use_single(*property));
                reach = Reach::of(plan, topology);
            }
            affected.extend(of_window.keys.into_iter().map(|key| (key, true)));
        }
        // A key of both is replaced once.
        affected.sort_unstable_by_key(|(key, is_new)| (*key, !*is_new));
        affected.dedup_by_key(|(key, _)| *key);

        let mut next = self.index.clone();
        let mut zones = ZoneInterner::of(&self.index.zones);
        for (key, is_new) in affected {
            let new = new.filter(|_| is_new).map(|window| (window, AlertTypeFilter::any()));
            let (id, slot) = (&self.no_id, self.slot(key));
            self.index.replace_in_block(&mut next, (id, key, slot), position, new, &mut zones);
        }
        let (texts, no_id) = (self.texts.clone(), self.no_id.clone());
        Self { index: next, plan, texts, reach, residual, no_id }
    }

    /// Whether so much has changed since the build that a new build is due.
    pub(super) fn is_worn(&self) -> bool {
        let delta = &self.index.delta;
        delta.entities.len() > self.index.table.len() / 2 + MIN_CHANGED_KEYS
    }

    /// Heap memory in bytes, without the window table, which it shares.
    pub(super) fn heap_bytes(&self) -> usize {
        self.index.heap_bytes() - self.index.base.windows.heap_bytes()
            + size_of::<Self>()
            + size_of::<Plan>()
            + self.plan.heap_bytes()
            + self.texts.heap_bytes()
            + self.residual.residual.heap_bytes()
    }
}

/// This many keys may change before a new build, whatever the size.
const MIN_CHANGED_KEYS: usize = 1 << 15;

/// Where the properties that a plan uses may be in a topology.
#[derive(Clone, Copy, Debug)]
struct Reach {
    /// The topology has attributes with a name that the plan uses.
    has_names: bool,
    /// An ancestor may have a key.
    has_ancestors: bool,
}

impl Reach {
    fn of(plan: &Plan, topology: &Topology) -> Self {
        let mut of_topology: SmallVec<[u64; 8]> = SmallVec::new();
        for name in topology.attribute_names() {
            of_topology.extend(plan.seeds_of_name(name));
        }
        let has_names = !of_topology.is_empty();
        of_topology.extend(plan.seeds_of_ids());
        let is_possible = |seed: u64| of_topology.contains(&seed);
        let has_ancestors = topology.len() > 0 && plan.has_key_of(is_possible);
        Self { has_names, has_ancestors }
    }
}

#[cfg(test)]
mod tests;
