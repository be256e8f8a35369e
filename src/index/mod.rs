//! From a subject and an instant to an answer: what is known before any
//! question is asked.
//!
//! ```text
//! table      entity id -> slot                                 (table.rs)
//! slot       the answer around the present, in a cache line     (slot.rs)
//! glance     when its own windows may matter at all, roughly    (glance.rs)
//! block      its own windows, compiled; exact for every instant (block.rs)
//! strip      all that many windows say around the present       (strip.rs)
//! set        the windows it shares with others, as classes      (shared.rs)
//! unit       a block with the windows that its numbers mean     (unit.rs,
//!                                                               roll.rs)
//! changes    what is different since all that was built         (change.rs)
//! ```
//!
//! A question looks into the slot, and ends there if the instant is near the
//! present, or if nothing of the entity's may matter then. Else it evaluates the
//! entity's block, then the classes of its set.
//! Windows whose scope is a single entity, or few, are in blocks; the others
//! form classes, one for each distinct scope, compiled in the same way.

mod alert_types;
mod block;
mod build;
mod classes;
mod delta;
mod hash;
mod intern;
mod near;
mod prefilter;
mod resolve;
mod slot;
mod table;
#[cfg(test)]
mod test_util;
mod update;
mod versioned_map;
mod windows;

use std::sync::Arc;

use crate::index::alert_types::AlertTypes;
use crate::index::block::{BlockRef, Context, WindowList};
use crate::index::classes::Classes;
use crate::index::delta::{Delta, EntityOverride};
use crate::index::hash::hash_id;
pub(crate) use crate::index::near::NearAnswer;
use crate::index::near::NearTimeline;
use crate::index::prefilter::TimeOfWeekBits;
use crate::index::resolve::{descends, is_composite};
pub(crate) use crate::index::slot::Slot;
use crate::index::slot::{MAY_HAVE_TIMELINE, MULTI_SOURCE};
use crate::index::table::{Probe, Table};
pub(crate) use crate::index::update::Change;
use crate::index::windows::WindowTable;
use crate::registry::Position;
use crate::scope::{Lineage, Subject, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Everything a silencer asks. Cloning copies pointers.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    table: Arc<Table>,
    base: Arc<Base>,
    classes: Arc<Classes>,
    delta: Delta,
    zones: Arc<[Zone]>,
    types: Arc<AlertTypes>,
    now: Option<Timestamp>,
}

/// What stays as it was built.
#[derive(Debug)]
struct Base {
    topology: Topology,
    windows: WindowTable,
    /// The blocks, one after the other; the first one is empty.
    arena: Box<[u32]>,
}

/// What a slot stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    Slot(&'a Slot),
    Override(&'a EntityOverride),
    /// Nothing names it.
    Unknown,
}

impl Index {
    /// The slot that answers for an entity.
    #[inline]
    pub(crate) fn lookup(&self, entity: &str) -> &Slot {
        self.lookup_probed(self.probe(entity), entity)
    }

    /// Where an entity may be.
    #[inline]
    pub(crate) fn probe(&self, entity: &str) -> Probe {
        self.table.probe(hash_id(entity))
    }

    /// Loads what finding the entity of a guess needs.
    #[inline]
    pub(crate) fn prefetch_slot(&self, probe: Probe) {
        std::hint::black_box(self.table.candidate(probe).is(MULTI_SOURCE));
    }

    /// The slot that answers for the entity of a guess.
    #[inline]
    pub(crate) fn lookup_probed(&self, probe: Probe, entity: &str) -> &Slot {
        if self.delta.may_contain(probe.hash)
            && let Some(entity) = self.delta.entity(probe.hash, entity)
        {
            return &entity.slot;
        }
        self.table.lookup(probe, entity)
    }

    /// Loads what an answer that is not in the slot needs first.
    #[inline]
    pub(crate) fn prefetch_block(&self, slot: &Slot) {
        block::prefetch(self.block(slot.block));
    }

    #[inline]
    fn block(&self, start: u32) -> &[u32] {
        &self.base.arena[start as usize..]
    }

    /// Whether more than a glance is needed to answer away from the present.
    #[inline]
    pub(crate) fn may_be_silenced(&self, slot: &Slot, at: Timestamp) -> bool {
        slot.is(MULTI_SOURCE) | slot.candidates_at(at.as_millis()).is_any()
    }

    /// What a slot stands for.
    pub(crate) fn entry_of<'a>(&'a self, slot: &'a Slot) -> Entry<'a> {
        match slot.override_hash() {
            Some(hash) => {
                self.delta.entity_of_slot(hash, slot).map_or(Entry::Unknown, Entry::Override)
            }
            None if slot.is_occupied() => Entry::Slot(slot),
            None => Entry::Unknown,
        }
    }

    /// Whether the subject is silenced.
    #[inline]
    pub(crate) fn is_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        if has_query_attributes(subject) {
            return self.covering(subject).any(|window| window.is_active(at));
        }
        self.is_silenced_at(self.lookup(subject.entity_id()), subject.alert_type(), at)
    }

    /// Whether the entity that was found here is silenced.
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

    /// The same, away from the present.
    #[inline(never)]
    pub(crate) fn is_silenced_slow(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        if slot.is(MULTI_SOURCE) {
            return self.evaluate_with_classes(slot, alert_type, at);
        }
        let t = at.as_millis();
        if let Some(silenced) = slot.neighbour_answer(t) {
            return silenced;
        }
        let open = slot.candidates_at(t);
        open.is_any() && self.evaluate_block(slot, open.spans, open.bits, t)
    }

    /// The same, where these are so many that there may be a strip.
    #[inline(never)]
    fn evaluate_with_timeline(&self, slot: &Slot, t: i64) -> bool {
        let own = BlockRef { words: self.block(slot.block), windows: self.base.windows.lookup() };
        self.near_timeline_answer(slot, t).unwrap_or_else(|| self.is_active(own, t))
    }

    /// The answer of the own windows of an entity, if it is written in a strip.
    fn near_timeline_answer(&self, slot: &Slot, t: i64) -> Option<bool> {
        self.timeline_answer(
            self.table.timelines.get(slot.block).filter(|_| slot.is(MAY_HAVE_TIMELINE)),
            t,
        )
    }

    /// The answer of a strip, if there is one and it reaches so far.
    fn timeline_answer(&self, timeline: Option<&NearTimeline>, t: i64) -> Option<bool> {
        timeline?.answer(self.now?, t)
    }

    /// The same, where the slot may be far away: its block is sent for beside it, and
    /// not only when the slot has come.
    #[inline(never)]
    pub(crate) fn is_silenced_cold(
        &self,
        slot: &Slot,
        near: NearAnswer,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        block::prefetch(self.block(near.block));
        self.is_silenced_slow(slot, alert_type, at)
    }

    /// The same, where the entity's own windows are all there is to ask, and some of
    /// them may matter. What a glance left open is handed on in registers.
    #[inline(never)]
    fn evaluate_block(&self, slot: &Slot, spans: bool, bits: TimeOfWeekBits, t: i64) -> bool {
        if slot.is(MAY_HAVE_TIMELINE) {
            return self.evaluate_with_timeline(slot, t);
        }
        block::is_active(self.block(slot.block), spans, bits, || self.context(), t)
    }

    /// The same, where the entity's own windows may not be all there is to ask.
    #[inline(never)]
    fn evaluate_with_classes(&self, slot: &Slot, alert_type: Option<&str>, at: Timestamp) -> bool {
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
            Some(own) => timeline().unwrap_or_else(|| self.is_active(own, t)),
            None => false,
        };
        silenced || self.evaluate_classes(own, slot.class_set(), alert_type, at)
    }

    /// Whether a unit's plain windows silence at `t`.
    #[inline(never)]
    fn is_active(&self, block: BlockRef<'_>, t: i64) -> bool {
        let context = || Context { zones: &self.zones, windows: block.windows };
        block::is_active(block.words, true, TimeOfWeekBits::of(t), context, t)
    }

    /// The windows asked by alert type, and those shared with others.
    fn evaluate_classes(
        &self,
        own: Option<BlockRef<'_>>,
        set: u32,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let t = at.as_millis();
        let alert_type = self.alert_type_id(alert_type);
        if own.is_some_and(|block| block.is_active_for(alert_type, at)) {
            return true;
        }
        let set = &self.classes.sets[set as usize];
        let near = Some(set.near.silenced).filter(|_| set.near.contains(t));
        let near = near.or_else(|| self.timeline_answer(set.timeline.as_ref(), t));
        if near == Some(true) {
            return true;
        }
        let classes = set.classes.iter().map(|class| self.class_block(*class));
        classes.into_iter().any(|block| {
            (near.is_none() && self.is_active(block, t)) || block.is_active_for(alert_type, at)
        })
    }

    /// The windows that cover the subject, whenever they do, in no order.
    pub(crate) fn covering<'a>(
        &'a self,
        subject: &Subject<'a>,
    ) -> impl Iterator<Item = &'a Window> + Clone + 'a {
        self.covering_positioned(subject).map(|(_, window)| window)
    }

    /// The windows that cover the subject, with their places in the order of
    /// the registry.
    pub(crate) fn covering_positioned<'a>(
        &'a self,
        subject: &Subject<'a>,
    ) -> impl Iterator<Item = (Position, &'a Window)> + Clone + 'a {
        let subject = *subject;
        let has_query_attributes = has_query_attributes(&subject);
        let alert_type = self.alert_type_id(subject.alert_type());
        let known = self
            .blocks_of(self.lookup(subject.entity_id()))
            .flat_map(move |block| block.windows(alert_type))
            // What the subject brings can change what these say; they are
            // asked one by one.
            .filter(move |(_, window)| !has_query_attributes || !is_composite(window));
        let lineage = has_query_attributes.then(|| Lineage::of(&subject, &self.base.topology));
        let asked = lineage.into_iter().flat_map(|lineage| {
            self.composite_windows()
                .iter()
                .filter(move |(_, window)| lineage.covered_by(window.scope(), descends(window)))
                .map(|(position, window)| (*position, &**window))
        });
        known.chain(asked)
    }

    /// The id of an entity that was found; empty if it was not.
    pub(crate) fn id_of<'a>(&'a self, entry: Entry<'a>) -> &'a str {
        match entry {
            Entry::Slot(slot) => self.table.id_of(slot),
            Entry::Override(entity) => entity.id(),
            Entry::Unknown => "",
        }
    }

    /// The windows whose scope is more than a list of entities, or everything.
    pub(crate) fn composite_windows(&self) -> &[(Position, Arc<Window>)] {
        &self.classes.composites
    }

    /// The windows that cover the entity for some alert type, or could if the
    /// subject brought something else, in the order of the registry.
    pub(crate) fn candidate_windows(&self, subject: &Subject<'_>) -> Vec<&Arc<Window>> {
        let simple = self.blocks_of(self.lookup(subject.entity_id())).flat_map(|block| {
            let list = WindowList::of(block.words);
            list.untyped
                .iter()
                .map(move |number| (block.windows.position(*number), block.windows.get(*number)))
                .filter(|(_, window)| !is_composite(window))
        });
        let composites =
            self.composite_windows().iter().map(|(position, window)| (*position, window));
        let mut all: Vec<_> = simple.chain(composites).collect();
        all.sort_unstable_by_key(|(position, _)| *position);
        all.into_iter().map(|(_, window)| window).collect()
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.base.topology
    }

    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// What was compiled for an entity: its own, then what it shares.
    fn blocks_of<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = BlockRef<'a>> + Clone + 'a {
        let classes = self.classes.sets[slot.class_set() as usize].classes.iter();
        let shared = classes.map(|class| self.class_block(*class));
        self.entity_block(self.entry_of(slot)).into_iter().chain(shared)
    }

    /// The windows of a class.
    fn class_block(&self, class: u32) -> BlockRef<'_> {
        self.classes.by_id[class as usize].block.view(&self.base.windows)
    }

    /// No windows.
    fn empty_block(&self) -> BlockRef<'_> {
        BlockRef { words: &self.base.arena, windows: self.base.windows.lookup() }
    }

    /// An entity's own windows.
    fn entity_block<'a>(&'a self, entry: Entry<'a>) -> Option<BlockRef<'a>> {
        match entry {
            Entry::Slot(slot) => Some(BlockRef {
                words: self.block(slot.block),
                windows: self.base.windows.lookup(),
            }),
            Entry::Override(entity) => Some(entity.view(&self.base.windows)),
            Entry::Unknown => None,
        }
    }

    #[inline]
    fn context(&self) -> Context<'_> {
        Context { zones: &self.zones, windows: self.base.windows.lookup() }
    }

    fn alert_type_id(&self, alert_type: Option<&str>) -> Option<u32> {
        self.types.get(alert_type?).copied()
    }

    /// Bytes that the index holds by itself: not the windows, which it shares
    /// with the registry, and not the topology.
    pub(crate) fn heap_bytes(&self) -> usize {
        let base = &self.base;
        self.table.heap_bytes()
            + base.windows.heap_bytes()
            + size_of_val(&*base.arena)
            + self.classes.heap_bytes()
            + self.delta.heap_bytes()
            + size_of_val(&*self.zones)
    }

    /// How many windows the index was built from.
    pub(crate) fn window_count(&self) -> usize {
        self.base.windows.len()
    }

    /// The zones in use.
    pub(crate) fn zones(&self) -> &[Zone] {
        &self.zones
    }
}

/// Whether a subject brings something that only the question knows.
#[inline]
fn has_query_attributes(subject: &Subject<'_>) -> bool {
    !subject.groups().is_empty() || !subject.attributes().is_empty()
}

#[cfg(test)]
mod tests;
