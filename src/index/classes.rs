//! Scope classes: equivalence classes of windows with the same scope, and interned
//! sets of classes.
//!
//! A scope that covers many entities is compiled once, as a class, and not into the
//! block of each entity. An entity refers to the classes that cover it by the number
//! of a class set; entities with the same classes share one set, and with it one
//! cached near-now answer.

use std::collections::HashMap;
use std::sync::Arc;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::{self, Block};
use crate::index::near::{AnswerSpan, NearTimeline};
use crate::index::windows::WindowTable;
use crate::scope::Scope;
use crate::time::{Timestamp, Zone};

/// All classes and class sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    pub(super) by_id: Vec<Arc<ScopeClass>>,
    /// Set 0 has the classes that cover every entity.
    pub(super) sets: Vec<ClassSet>,
    /// The set of unknown entities.
    pub(super) default_set: u32,
    /// The classes of each scope, for updates.
    pub(super) by_scope: Arc<ByScope>,
}

/// The windows with one scope and one alert type filter, compiled.
#[derive(Debug)]
pub(super) struct ScopeClass {
    pub(super) block: Block,
    /// The alert types for which the windows cover the members.
    pub(super) filter: AlertTypeFilter,
}

/// The classes that cover an entity, and their near-now answer.
#[derive(Clone, Debug)]
pub(super) struct ClassSet {
    pub(super) classes: Arc<[u32]>,
    pub(super) near: AnswerSpan,
    pub(super) timeline: Option<NearTimeline>,
}

/// The classes of each scope. The flag tells whether the scope includes descendants.
pub(super) type ByScope = HashMap<(Scope, bool), Vec<u32>>;

/// Windows of a scope that covers at most this many entities form no class: they are
/// compiled into the blocks of these entities.
pub(super) const MAX_UNCLASSED_ENTITIES: usize = 4;

impl Classes {
    /// No classes.
    pub(super) fn none(windows: &WindowTable, zones: &[Zone], now: Option<Timestamp>) -> Self {
        let nothing = ClassSet { classes: Arc::default(), near: AnswerSpan::EMPTY, timeline: None };
        let mut classes = Self { sets: vec![nothing], ..Self::default() };
        classes.recompute_near(windows, zones, now);
        classes
    }

    /// Recomputes the near-now answers and timelines of all sets.
    pub(super) fn recompute_near(
        &mut self,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) {
        for set in &mut self.sets {
            let classes = set.classes.iter().map(|class| &self.by_id[*class as usize].block);
            set.near = classes
                .clone()
                .map(|block| block.near_span(windows, zones, now))
                .reduce(AnswerSpan::or)
                .unwrap_or(if now.is_some() {
                    AnswerSpan::always(false)
                } else {
                    AnswerSpan::EMPTY
                });
            let blocks = classes.map(|block| block.view(windows).with_context(zones));
            set.timeline = now.and_then(|now| block::near_timeline(blocks, set.near, now));
        }
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let classes: usize =
            self.by_id.iter().map(|class| class.block.heap_bytes() + size_of::<ScopeClass>()).sum();
        let sets: usize = self.sets.iter().map(|set| size_of_val(&*set.classes)).sum();
        let timelines: usize = self
            .sets
            .iter()
            .filter_map(|set| set.timeline.as_ref())
            .map(NearTimeline::heap_bytes)
            .sum();
        classes + sets + timelines + size_of_val(&*self.sets)
    }
}
