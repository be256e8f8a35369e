//! Scope classes: equivalence classes of windows with the same scope, and interned
//! sets of classes.
//!
//! A scope that covers many entities is compiled once, as a class, and not into the
//! block of each entity. An entity refers to the classes that cover it by the number
//! of a class set; entities with the same classes share one set, and with it one
//! cached near-now answer.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::{self, Block};
use crate::index::near::{AnswerSpan, NearTimeline};
use crate::index::windows::WindowTable;
use crate::scope::Scope;
use crate::time::{Timestamp, Zone};
use crate::trie::Trie;

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
    /// The number of each set, by the hash of its classes. Of sets with equal hashes it has
    /// one.
    set_by_hash: Trie<u32>,
}

/// The windows with one scope and one alert type filter, compiled.
#[derive(Debug)]
pub(super) struct ScopeClass {
    pub(super) scope: Scope,
    /// Whether the windows include descendants.
    pub(super) descends: bool,
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
    /// Whether there are such classes.
    pub(super) has_unlabelled: bool,
    pub(super) timeline: Option<NearTimeline>,
}

impl ClassSet {
    /// A set without answers.
    pub(super) fn new(classes: Arc<[u32]>) -> Self {
        let empty = AnswerSpan::EMPTY;
        let (near, near_unlabelled) = (empty, empty);
        Self { classes, near, near_unlabelled, has_unlabelled: false, timeline: None }
    }
}

/// The classes of each scope: those whose windows do not include descendants, and those
/// whose windows do.
pub(super) type ByScope = HashMap<Scope, [Vec<u32>; 2]>;

/// Windows of a scope that covers at most this many entities form no class: they are
/// compiled into the blocks of these entities.
pub(super) const MAX_UNCLASSED_ENTITIES: usize = 4;

/// The hash of a set of classes, ascending.
fn hash_of(classes: &[u32]) -> u64 {
    FixedState::default().hash_one(classes)
}

impl Classes {
    /// Classes with their sets, of which the first has those of every entity.
    pub(super) fn new(by_id: Vec<Arc<ScopeClass>>, sets: Vec<ClassSet>, default_set: u32) -> Self {
        let mut set_by_hash = Trie::default();
        for (set, number) in sets.iter().zip(0..) {
            set_by_hash.insert(hash_of(&sorted(&set.classes)), number);
        }
        Self { by_id, sets, default_set, by_scope: Arc::default(), set_by_hash }
    }

    /// No classes.
    pub(super) fn none(windows: &WindowTable, zones: &[Zone], now: Option<Timestamp>) -> Self {
        let mut classes = Self::new(Vec::new(), vec![ClassSet::new(Arc::default())], 0);
        classes.recompute_near(windows, zones, now);
        classes
    }

    /// The classes of a scope; empty if it has none.
    pub(super) fn of_scope(&self, scope: &Scope, descends: bool) -> &[u32] {
        self.by_scope.get(scope).map_or(&[], |classes| &classes[usize::from(descends)])
    }

    /// The number of the set with these classes, ascending, if there is one.
    pub(super) fn find_set(&self, classes: &[u32]) -> Option<u32> {
        let number = *self.set_by_hash.get(hash_of(classes))?;
        (*sorted(&self.sets[number as usize].classes) == *classes).then_some(number)
    }

    /// Adds a set of classes, ascending. Returns its number.
    pub(super) fn add_set(
        &mut self,
        classes: &[u32],
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) -> u32 {
        let number = self.sets.len() as u32;
        let mut set = ClassSet::new(classes.into());
        self.recompute_set(&mut set, windows, zones, now);
        self.sets.push(set);
        self.set_by_hash.insert(hash_of(classes), number);
        number
    }

    /// Recomputes the near-now answers and timelines of all sets.
    pub(super) fn recompute_near(
        &mut self,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) {
        let mut sets = std::mem::take(&mut self.sets);
        sets.iter_mut().for_each(|set| self.recompute_set(set, windows, zones, now));
        self.sets = sets;
    }

    /// Recomputes the near-now answer and timeline of a set.
    fn recompute_set(
        &self,
        set: &mut ClassSet,
        windows: &WindowTable,
        zones: &[Zone],
        now: Option<Timestamp>,
    ) {
        let nothing = if now.is_some() { AnswerSpan::always(false) } else { AnswerSpan::EMPTY };
        let near = |class: &Arc<ScopeClass>| class.block.near_span(windows, zones, now);
        let classes = set.classes.iter().map(|class| &self.by_id[*class as usize]);
        set.near = classes.clone().map(near).reduce(AnswerSpan::or).unwrap_or(nothing);
        let unlabelled = classes.clone().filter(|class| !class.is_labelled);
        set.has_unlabelled = unlabelled.clone().next().is_some();
        set.near_unlabelled = unlabelled.map(near).reduce(AnswerSpan::or).unwrap_or(nothing);
        let blocks = classes.map(|class| class.block.view(windows).with_context(zones));
        set.timeline = now.and_then(|now| block::near_timeline(blocks, set.near, now));
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

/// Classes in ascending order.
pub(super) fn sorted(classes: &[u32]) -> SmallVec<[u32; 16]> {
    let mut classes = SmallVec::from_slice(classes);
    classes.sort_unstable();
    classes
}
