//! What many entities have in common: classes of windows with one scope, and
//! the sets of classes that entities belong to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::{self, Block};
use crate::index::near::{AnswerSpan, NearTimeline};
use crate::index::windows::WindowTable;
use crate::registry::Position;
use crate::scope::Scope;
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Classes, and the sets of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    pub(super) by_id: Vec<Arc<ScopeClass>>,
    /// Set 0 is what covers everyone.
    pub(super) sets: Vec<ClassSet>,
    /// The set of those that nothing names.
    pub(super) default_set: u32,
    /// Which classes hold the windows of a scope.
    pub(super) by_scope: Arc<ByScope>,
    /// The windows whose scope is more than a list of entities, or everything.
    pub(super) composites: Arc<[(Position, Arc<Window>)]>,
}

/// Windows of one scope, compiled.
#[derive(Debug)]
pub(super) struct ScopeClass {
    pub(super) block: Block,
    /// What the windows are asked by.
    pub(super) filter: AlertTypeFilter,
}

/// The classes that cover an entity, with their answer around the present.
#[derive(Clone, Debug)]
pub(super) struct ClassSet {
    pub(super) classes: Arc<[u32]>,
    pub(super) near: AnswerSpan,
    pub(super) timeline: Option<NearTimeline>,
}

/// The classes of each scope that has any, and whether it reaches down.
pub(super) type ByScope = HashMap<(Scope, bool), Vec<u32>>;

/// A scope that covers no more entities than this has no class: its windows go
/// into their own blocks.
pub(super) const MAX_UNCLASSED_ENTITIES: usize = 4;

impl Classes {
    /// Computes the answers of all sets around the present.
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
                .map(|block| block.answer_span(windows, zones, now))
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

    pub(super) fn heap_bytes(&self) -> usize {
        let classes: usize =
            self.by_id.iter().map(|class| class.block.heap_bytes() + size_of::<ScopeClass>()).sum();
        let sets: usize = self.sets.iter().map(|set| size_of_val(&*set.classes)).sum();
        let strips: usize = self
            .sets
            .iter()
            .filter_map(|set| set.timeline.as_ref())
            .map(NearTimeline::heap_bytes)
            .sum();
        classes + sets + strips + size_of_val(&*self.sets) + size_of_val(&*self.composites)
    }
}
