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
    /// Whether labels of the query can change whether the windows cover a subject. Then a
    /// query with labels finds them in the index of keys.
    pub(super) is_labelled: bool,
}

/// The classes that cover an entity, and their near-now answer.
#[derive(Clone, Debug)]
pub(super) struct ClassSet {
    pub(super) classes: Arc<[u32]>,
    pub(super) near: AnswerSpan,
    /// The near-now answer of the classes that are not labelled.
    pub(super) near_unlabelled: AnswerSpan,
    pub(super) timeline: Option<NearTimeline>,
}

impl ClassSet {
    /// A set without answers.
    pub(super) fn new(classes: Arc<[u32]>) -> Self {
        let empty = AnswerSpan::EMPTY;
        Self { classes, near: empty, near_unlabelled: empty, timeline: None }
    }
}

/// The classes of each scope. The flag tells whether the scope includes descendants.
pub(super) type ByScope = HashMap<(Scope, bool), Vec<u32>>;

/// Windows of a scope that covers at most this many entities form no class: they are
/// compiled into the blocks of these entities.
pub(super) const MAX_UNCLASSED_ENTITIES: usize = 4;

impl Classes {
    /// No classes.
    pub(super) fn none(windows: &WindowTable, zones: &[Zone], now: Option<Timestamp>) -> Self {
        let mut classes = Self { sets: vec![ClassSet::new(Arc::default())], ..Self::default() };
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
        let nothing = if now.is_some() { AnswerSpan::always(false) } else { AnswerSpan::EMPTY };
        let near = |class: &Arc<ScopeClass>| class.block.near_span(windows, zones, now);
        for set in &mut self.sets {
            let classes = set.classes.iter().map(|class| &self.by_id[*class as usize]);
            set.near = classes.clone().map(near).reduce(AnswerSpan::or).unwrap_or(nothing);
            let unlabelled = classes.clone().filter(|class| !class.is_labelled);
            set.near_unlabelled = unlabelled.map(near).reduce(AnswerSpan::or).unwrap_or(nothing);
            let blocks = classes.map(|class| class.block.view(windows).with_context(zones));
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
