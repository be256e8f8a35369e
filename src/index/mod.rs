//! The query index: for each entity, the answer near `now` and a compiled block of
//! its windows.
//!
//! ```text
//! file            what it holds                                    technique
//! table, hash     entity id -> slot                                perfect hash (PTHash)
//! slot            answer near `now`, prefilter, block start        one 64-byte cache line
//! near            answer spans, timelines around `now`             cached interval
//! prefilter       when a block may be active                       bitmaps
//! block/          the windows of one entity or class               compiled, contiguous words
//! windows         window ids -> windows                            dense ids
//! covering        the windows that cover a subject
//! by_time, fleet  windows by time; questions about all of them     interval index
//! classes         windows of scopes that cover many entities       equivalence classes
//! delta           entities and windows changed since the build     copy-on-write overlay
//! versioned_map   the maps of the delta                            persistent hash trie
//! alert_types     for which alert types a window applies           default and exceptions
//! resolve         scope -> covered entities (build, update)        scope resolution
//! postings        attribute values -> entities (build, update)     posting lists
//! keys/           labels of a subject -> windows                   hashed keys, bitmaps
//! arena, replace  blocks of one build; one changed block
//! intern          entity ids, zones (build, update)                interner
//! facts           topology, and what is derived from it
//! build           an index from scratch
//! update          .. from another one, for changed windows
//! topology        .. from another one, for changed entities
//! ```
//!
//! A query takes this path; each line ends it if it has the answer:
//!
//! ```text
//! is_silenced(subject, at)
//!  |- subject has attributes or groups?  yes: is_silenced_with_labels
//!  |    |- the windows of its entity, as below
//!  |    '- keys.silences: slots of its keys, then residual windows
//!  '- look up the slot: delta first (one Bloom filter bit), then table; an unknown id
//!     has the default slot, with the classes that cover every entity
//!     is_silenced_at(slot, alert type, at)         [inlined]
//!      |- `at` in the cached span of the slot?     yes: cached answer
//!      '- is_silenced_slow
//!          |- MULTI_SOURCE?                        yes: evaluate_with_classes
//!          |    |- cached span, timeline or block of the entity
//!          |    |- its alert-typed windows
//!          |    '- classes: cached span, timeline or blocks; alert-typed windows
//!          |- `at` in a neighbouring span?         yes: the opposite answer
//!          |- prefilter has no candidate?          yes: not silenced
//!          '- evaluate_block
//!              |- MAY_HAVE_TIMELINE?               yes: timeline, else block
//!              '- block::is_active                 exact for every instant
//!
//! is_silenced_cold(slot, ..)   handles: prefetch the block, then is_silenced_slow
//! ```
//!
//! Windows whose scope covers at most
//! [`MAX_UNCLASSED_ENTITIES`](classes::MAX_UNCLASSED_ENTITIES) entities are compiled
//! into the blocks of these entities. Others form classes, one for each scope and alert
//! type filter, which are compiled in the same way. Scopes that cannot be resolved within
//! the limits, or by an update, are left to the index of keys ([`keys`]).

mod alert_types;
mod arena;
mod block;
mod build;
mod by_time;
mod classes;
mod covering;
mod delta;
mod facts;
mod fleet;
mod hash;
mod intern;
mod keys;
mod near;
mod postings;
mod prefilter;
mod replace;
mod resolve;
mod slot;
mod table;
#[cfg(test)]
mod test_util;
mod topology;
mod update;
mod versioned_map;
mod windows;

use std::sync::Arc;

use crate::index::alert_types::AlertTypes;
use crate::index::block::{BlockRef, Context};
use crate::index::classes::Classes;
use crate::index::delta::{Delta, EntityOverride};
use crate::index::facts::Facts;
pub(crate) use crate::index::fleet::{OneTimeEvents, Positioned};
use crate::index::hash::hash_id;
use crate::index::keys::Keys;
pub(crate) use crate::index::near::NearAnswer;
use crate::index::near::NearTimeline;
use crate::index::postings::Postings;
use crate::index::prefilter::TimeOfWeekBits;
pub(crate) use crate::index::slot::Slot;
use crate::index::slot::{MAY_HAVE_TIMELINE, MULTI_SOURCE};
use crate::index::table::{Probe, Table};
pub(crate) use crate::index::update::Change;
use crate::index::windows::WindowTable;
use crate::scope::{Coverer, Subject, SubjectParts, Topology};
use crate::time::{Timestamp, Zone};

/// An immutable snapshot that answers queries. Cloning copies pointers.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    table: Arc<Table>,
    base: Arc<Base>,
    facts: Arc<Facts>,
    classes: Arc<Classes>,
    delta: Delta,
    zones: Arc<[Zone]>,
    alert_types: Arc<AlertTypes>,
    /// The windows whose coverage depends on attributes or groups of the query.
    keys: Option<Arc<Keys>>,
    /// Whether one of these windows is in the block of an entity and narrowed by labels: may
    /// not cover a subject because of its attributes or groups.
    is_narrowed: bool,
    /// Whether a window is left to the index of keys, so that queries without labels need it,
    /// too.
    has_keyed_only: bool,
    now: Option<Timestamp>,
}

/// The parts that no update changes.
#[derive(Debug)]
struct Base {
    windows: Arc<WindowTable>,
    /// The windows that only the index of keys has, by id, ascending.
    keyed_only: Box<[u32]>,
    /// The blocks of all entities. The first one is the empty block.
    arena: Box<[u32]>,
}

/// Which classes a query evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Classed {
    All,
    /// Those whose windows do not depend on labels: the others are in the index of keys.
    Unlabelled,
}

/// The owner of a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    /// An entity of the table.
    Slot(&'a Slot),
    /// An entity of the delta.
    Override(&'a EntityOverride),
    /// An entity that no window or topology names.
    Unknown,
}

/// Look-up of entities.
impl Index {
    /// The slot of an entity; the default slot if the entity is unknown.
    #[inline]
    pub(crate) fn lookup(&self, entity: &str) -> &Slot {
        self.lookup_probed(self.probe(entity), entity)
    }

    /// The hash of an entity id and its position in the table.
    #[inline]
    pub(crate) fn probe(&self, entity: &str) -> Probe {
        self.table.probe(hash_id(entity))
    }

    /// Prefetches the slot of a probe.
    #[inline]
    pub(crate) fn prefetch_slot(&self, probe: Probe) {
        std::hint::black_box(self.table.candidate(probe).is(MULTI_SOURCE));
    }

    /// The slot of the entity that `probe` was made for.
    #[inline]
    pub(crate) fn lookup_probed(&self, probe: Probe, entity: &str) -> &Slot {
        if self.delta.may_contain(probe.hash)
            && let Some(entity) = self.delta.entity(probe.hash, entity)
        {
            return &entity.slot;
        }
        self.table.lookup(probe, entity)
    }

    /// Prefetches the block of a slot.
    #[inline]
    pub(crate) fn prefetch_block(&self, slot: &Slot) {
        block::prefetch(self.block(slot.block));
    }

    #[inline]
    fn block(&self, start: u32) -> &[u32] {
        &self.base.arena[start as usize..]
    }

    /// The owner of a slot of this index.
    pub(crate) fn entry_of<'a>(&'a self, slot: &'a Slot) -> Entry<'a> {
        match slot.override_hash() {
            Some(hash) => {
                self.delta.entity_of_slot(hash, slot).map_or(Entry::Unknown, Entry::Override)
            }
            None if slot.is_occupied() => Entry::Slot(slot),
            None => Entry::Unknown,
        }
    }

    /// The id of an entity; empty for [`Entry::Unknown`].
    pub(crate) fn id_of<'a>(&'a self, entry: Entry<'a>) -> &'a str {
        match entry {
            Entry::Slot(slot) => self.table.id_of(slot),
            Entry::Override(entity) => entity.id(),
            Entry::Unknown => "",
        }
    }
}

/// Queries. The module documentation has the decision tree.
impl Index {
    /// Whether a subject is silenced. Inlined into every caller: a call would save and
    /// restore all registers, a fifth of the instructions.
    #[inline(always)]
    pub(crate) fn is_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        // Other functions get the fields, not a reference: otherwise the subject would have to
        // be in memory on every path, 20 instructions.
        if has_labels(subject) {
            return self.is_silenced_with_labels(subject.into_parts(), at);
        }
        // Without labels no label can name the entity.
        let entity = subject.entity_id().unwrap_or_default();
        let probe = self.probe(entity);
        if self.delta.may_contain(probe.hash) {
            return self.is_silenced_changed(probe, entity, subject.alert_type(), at);
        }
        self.is_silenced_at(self.table.lookup(probe, entity), subject.alert_type(), at)
    }

    /// Whether a subject without labels is silenced whose entity may have changed since the
    /// build, or that a window may cover which only the index of keys has.
    #[inline(never)]
    fn is_silenced_changed(
        &self,
        probe: Probe,
        entity: &str,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let slot = self.lookup_probed(probe, entity);
        let by_key = || {
            let subject = Subject::entity(entity);
            let subject = alert_type.map_or(subject, |text| subject.with_alert_type(text));
            self.is_silenced_by_key(&subject, entity, at)
        };
        self.is_silenced_at(slot, alert_type, at) || (self.has_keyed_only && by_key())
    }

    /// Whether a window of the index of keys silences a subject.
    fn is_silenced_by_key(&self, subject: &Subject<'_>, entity: &str, at: Timestamp) -> bool {
        self.is_covered_by_key(&Coverer::new(*subject, entity, &self.facts.topology), at)
    }

    /// Whether a window of the index of keys silences the subject of a coverer.
    #[inline(always)]
    fn is_covered_by_key(&self, coverer: &Coverer<'_>, at: Timestamp) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.silences(coverer, at))
    }

    /// Whether queries about entities alone need the index of keys, too.
    #[inline]
    pub(crate) fn has_keyed_only(&self) -> bool {
        self.has_keyed_only
    }

    /// Whether a subject with attributes or groups is silenced: by a window whose scope
    /// was resolved to its entity, or by one of the index of keys.
    #[inline(never)]
    fn is_silenced_with_labels(&self, parts: SubjectParts<'_>, at: Timestamp) -> bool {
        let topology = &self.facts.topology;
        let subject = Subject::from_parts(parts);
        let coverer = Coverer::new(subject, topology.entity_of(&subject), topology);
        self.is_silenced_by_entity(coverer.subject(), coverer.entity(), at)
            || self.is_covered_by_key(&coverer, at)
    }

    /// Whether a subject with attributes or groups is silenced by a window whose scope was
    /// resolved to its entity. Inlined, as a call would have the subject copied.
    #[inline(always)]
    fn is_silenced_by_entity(&self, subject: &Subject<'_>, entity: &str, at: Timestamp) -> bool {
        let slot = self.slot_of(entity);
        self.is_silenced_unlabelled(slot, subject.alert_type(), at)
            && (!self.is_narrowed || self.is_silenced_without_labels(slot, subject, at))
    }

    /// The slot of an entity; the default slot for the empty id of a subject without one.
    #[inline(always)]
    fn slot_of(&self, entity: &str) -> &Slot {
        match entity {
            "" => self.table.default_slot(),
            _ => self.lookup(entity),
        }
    }

    /// Whether the entity of a slot is silenced by its block, or by classes whose windows do
    /// not depend on labels.
    #[inline(always)]
    fn is_silenced_unlabelled(&self, slot: &Slot, alert_type: Option<&str>, at: Timestamp) -> bool {
        if slot.is(MULTI_SOURCE) {
            self.is_silenced_by_sources(slot, alert_type, at)
        } else {
            self.is_silenced_at(slot, None, at)
        }
    }

    /// [`is_silenced_unlabelled`](Self::is_silenced_unlabelled) by block and classes.
    fn is_silenced_by_sources(&self, slot: &Slot, alert_type: Option<&str>, at: Timestamp) -> bool {
        let set = &self.classes.sets[slot.class_set() as usize];
        if !slot.is_occupied() && !set.has_unlabelled {
            return false;
        }
        // Without alert types, the cached answers of both are all there is.
        let (t, own) = (at.as_millis(), slot.near_span());
        if self.alert_types.is_empty() && own.contains(t) && set.near_unlabelled.contains(t) {
            return own.silenced || set.near_unlabelled.silenced;
        }
        self.evaluate_with_classes(slot, alert_type, at, Classed::Unlabelled)
    }

    /// Whether a window whose coverage does not depend on labels silences a subject.
    #[cold]
    fn is_silenced_without_labels(
        &self,
        slot: &Slot,
        subject: &Subject<'_>,
        at: Timestamp,
    ) -> bool {
        let alert_type = self.alert_type_id(subject.alert_type());
        let blocks = self.blocks_of(slot, Classed::Unlabelled);
        let mut windows = blocks.flat_map(|block| block.windows(alert_type));
        windows.any(|(_, window)| window.is_active(at) && !window.scope().depends_on_labels())
    }

    /// Whether the entity of a slot is silenced: the cached answer, or the slow path.
    #[inline]
    pub(crate) fn is_silenced_at(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        match slot.answer(at.as_millis()) {
            Some(silenced) => silenced,
            None => self.is_silenced_slow(slot, alert_type, at),
        }
    }

    /// Slow path: `at` is not in the cached span of the slot, or the cached answer is
    /// not sufficient.
    #[inline(never)]
    pub(crate) fn is_silenced_slow(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        if slot.is(MULTI_SOURCE) {
            return self.evaluate_with_classes(slot, alert_type, at, Classed::All);
        }
        let t = at.as_millis();
        if let Some(silenced) = slot.neighbour_answer(t) {
            return silenced;
        }
        let candidates = slot.candidates_at(t);
        candidates.is_any() && self.evaluate_block(slot, candidates.spans, candidates.bits, t)
    }

    /// Slow path for entity handles: prefetches the block in parallel with the slot,
    /// because either may miss the cache.
    #[inline(never)]
    pub(crate) fn is_silenced_cold(
        &self,
        slot: &Slot,
        near: NearAnswer,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        block::prefetch(self.block(near.block));
        if self.has_keyed_only {
            return self.is_silenced_cold_by_key(slot, alert_type, at);
        }
        self.is_silenced_slow(slot, alert_type, at)
    }

    /// [`is_silenced_cold`](Self::is_silenced_cold) with windows that only the index of keys
    /// has.
    #[cold]
    fn is_silenced_cold_by_key(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let entity = self.id_of(self.entry_of(slot));
        let subject = Subject::entity(entity);
        let subject = alert_type.map_or(subject, |text| subject.with_alert_type(text));
        self.is_silenced_at(slot, alert_type, at) || self.is_silenced_by_key(&subject, entity, at)
    }

    /// Whether [`is_silenced_slow`](Self::is_silenced_slow) has to evaluate anything
    /// besides the slot. False implies that the entity is not silenced, unless its
    /// cached answers apply.
    #[inline]
    pub(crate) fn may_be_silenced(&self, slot: &Slot, at: Timestamp) -> bool {
        slot.is(MULTI_SOURCE) | slot.candidates_at(at.as_millis()).is_any()
    }

    /// Evaluates the entity's block. Precondition: the slot is not
    /// [`MULTI_SOURCE`], and the prefilter did not rule its block out. The prefilter
    /// result is passed by value, in registers, so that it is not recomputed.
    #[inline(never)]
    fn evaluate_block(&self, slot: &Slot, spans: bool, bits: TimeOfWeekBits, t: i64) -> bool {
        if slot.is(MAY_HAVE_TIMELINE) {
            return self.evaluate_with_timeline(slot, t);
        }
        block::is_active(self.block(slot.block), spans, bits, || self.context(), t)
    }

    /// Evaluates the near-now timeline of the entity, or its block if the timeline
    /// does not contain `t`.
    #[inline(never)]
    fn evaluate_with_timeline(&self, slot: &Slot, t: i64) -> bool {
        let own = BlockRef { words: self.block(slot.block), windows: self.base.windows.lookup() };
        self.near_timeline_answer(slot, t).unwrap_or_else(|| self.is_any_active(own, t))
    }

    /// Evaluates all sources of a [`MULTI_SOURCE`] slot: the entity's block and its
    /// classes.
    #[inline(never)]
    fn evaluate_with_classes(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
        classed: Classed,
    ) -> bool {
        let (t, near) = (at.as_millis(), slot.near_span());
        let entry = self.entry_of(slot);
        let own = self.entity_block(entry);
        let timeline = || match entry {
            Entry::Slot(slot) => self.near_timeline_answer(slot, t),
            Entry::Override(entity) => self.timeline_answer(entity.timeline.as_ref(), t),
            Entry::Unknown => None,
        };
        let silenced = match own {
            _ if near.contains(t) => near.silenced,
            Some(own) => timeline().unwrap_or_else(|| self.is_any_active(own, t)),
            None => false,
        };
        silenced || self.evaluate_classes(own, slot.class_set(), alert_type, at, classed)
    }

    /// Evaluates the alert-typed windows of the entity's block, and its classes.
    fn evaluate_classes(
        &self,
        own: Option<BlockRef<'_>>,
        set: u32,
        alert_type: Option<&str>,
        at: Timestamp,
        classed: Classed,
    ) -> bool {
        let t = at.as_millis();
        let alert_type = self.alert_type_id(alert_type);
        if own.is_some_and(|block| block.is_active_for(alert_type, at)) {
            return true;
        }
        let set = &self.classes.sets[set as usize];
        let all = classed == Classed::All;
        let span = if all { set.near } else { set.near_unlabelled };
        let near = Some(span.silenced).filter(|_| span.contains(t));
        let timeline = || self.timeline_answer(set.timeline.as_ref().filter(|_| all), t);
        let near = near.or_else(timeline);
        if near == Some(true) {
            return true;
        }
        let classes = set.classes.iter().copied();
        let classes =
            classes.filter(|class| all || !self.classes.by_id[*class as usize].is_labelled);
        classes.map(|class| self.class_block(class)).any(|block| {
            (near.is_none() && self.is_any_active(block, t)) || block.is_active_for(alert_type, at)
        })
    }

    /// Whether an untyped window of a block is active at `t`.
    #[inline(never)]
    fn is_any_active(&self, block: BlockRef<'_>, t: i64) -> bool {
        let context = || Context { zones: &self.zones, windows: block.windows };
        block::is_active(block.words, true, TimeOfWeekBits::of(t), context, t)
    }

    /// The answer of the timeline of an entity of the table, if it has one that
    /// contains `t`.
    fn near_timeline_answer(&self, slot: &Slot, t: i64) -> Option<bool> {
        self.timeline_answer(
            self.table.timelines.get(slot.block).filter(|_| slot.is(MAY_HAVE_TIMELINE)),
            t,
        )
    }

    /// The answer of a timeline, if there is one that contains `t`.
    fn timeline_answer(&self, timeline: Option<&NearTimeline>, t: i64) -> Option<bool> {
        timeline?.answer(self.now?, t)
    }
}

impl Index {
    /// The context of the blocks in the arena.
    #[inline]
    fn context(&self) -> Context<'_> {
        Context { zones: &self.zones, windows: self.base.windows.lookup() }
    }

    /// The id of an alert type; `None` if no scope names it.
    fn alert_type_id(&self, alert_type: Option<&str>) -> Option<u32> {
        self.alert_types.get(alert_type?).copied()
    }

    /// The topology that scopes were resolved with.
    pub(crate) fn topology(&self) -> &Topology {
        &self.facts.topology
    }

    /// The instant around which answers are cached, if there is one.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// Heap memory of the index in bytes, without the windows, which it shares with
    /// the registry, and without the topology.
    pub(crate) fn heap_bytes(&self) -> usize {
        let base = &self.base;
        self.table.heap_bytes()
            + base.windows.heap_bytes()
            + size_of_val(&*base.arena)
            + size_of_val(&*base.keyed_only)
            + self.facts.postings.as_ref().map_or(0, Postings::heap_bytes)
            + self.classes.heap_bytes()
            + self.delta.heap_bytes()
            + size_of_val(&*self.zones)
            + self.keys.as_ref().map_or(0, |keys| keys.heap_bytes())
    }

    /// The number of windows that the index was built from.
    pub(crate) fn window_count(&self) -> usize {
        self.base.windows.len()
    }

    /// The zones of all windows.
    pub(crate) fn zones(&self) -> &[Zone] {
        &self.zones
    }
}

/// Whether a subject has attributes or groups that only the query provides.
#[inline]
pub(crate) fn has_labels(subject: &Subject<'_>) -> bool {
    !subject.groups().is_empty() || !subject.attributes().is_empty()
}

#[cfg(test)]
mod tests;
