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

mod block;
mod bounds;
mod build;
mod calendar;
mod change;
mod clock;
mod glance;
mod hash;
mod hours;
mod item;
mod meter;
mod monthly;
mod names;
mod pattern;
mod postings;
mod rank;
mod roll;
mod shared;
mod slot;
mod spans;
mod stretch;
mod strip;
mod table;
mod trie;
mod unit;
mod words;
mod zones;

use std::sync::Arc;

use crate::index::block::{Context, WindowList};
pub(crate) use crate::index::change::Change;
use crate::index::change::{Delta, EntityOverride};
use crate::index::hash::hash_of;
use crate::index::hours::TimeOfWeekBits;
use crate::index::postings::{AlertTypes, descends};
use crate::index::roll::WindowTable;
use crate::index::shared::Classes;
use crate::index::slot::{MANY, MORE};
pub(crate) use crate::index::slot::{NearAnswer, Slot};
use crate::index::strip::NearTimeline;
use crate::index::table::{Probe, Table};
use crate::index::unit::BlockRef;
use crate::registry::Position;
use crate::scope::{Lineage, Node, Subject, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// Everything a silencer asks. Cloning copies pointers.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    table: Arc<Table>,
    base: Arc<Base>,
    shared: Arc<Classes>,
    changes: Delta,
    zones: Arc<[Zone]>,
    types: Arc<AlertTypes>,
    present: Option<Timestamp>,
}

/// What stays as it was built.
#[derive(Debug)]
struct Base {
    topology: Topology,
    roll: WindowTable,
    /// The blocks, one after the other; the first one is empty.
    arena: Box<[u32]>,
}

/// For which alert types a window covers an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct AlertTypeFilter {
    /// Exceptions from `others`, by number, ascending.
    named: Box<[u32]>,
    /// The answer for any other type, and for none.
    others: bool,
}

impl AlertTypeFilter {
    /// For any, and for none.
    fn anyhow() -> Self {
        Self { named: Box::default(), others: true }
    }

    fn is_anyhow(&self) -> bool {
        self.others && self.named.is_empty()
    }
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
    pub(crate) fn find(&self, entity: &str) -> &Slot {
        self.find_guessed(self.guess(entity), entity)
    }

    /// Where an entity may be.
    #[inline]
    pub(crate) fn guess(&self, entity: &str) -> Probe {
        self.table.guess(hash_of(entity))
    }

    /// Loads what finding the entity of a guess needs.
    #[inline]
    pub(crate) fn touch_slot(&self, guess: Probe) {
        std::hint::black_box(self.table.candidate(guess).is(MORE));
    }

    /// The slot that answers for the entity of a guess.
    #[inline]
    pub(crate) fn find_guessed(&self, guess: Probe, entity: &str) -> &Slot {
        if self.changes.may_hold(guess.hash)
            && let Some(record) = self.changes.record(guess.hash, entity)
        {
            return &record.slot;
        }
        self.table.find(guess, entity)
    }

    /// Loads what an answer that is not in the slot needs first.
    #[inline]
    pub(crate) fn touch_block(&self, slot: &Slot) {
        block::touch(self.block(slot.block));
    }

    #[inline]
    fn block(&self, start: u32) -> &[u32] {
        &self.base.arena[start as usize..]
    }

    /// Whether more than a glance is needed to answer away from the present.
    #[inline]
    pub(crate) fn is_open(&self, slot: &Slot, at: Timestamp) -> bool {
        slot.is(MORE) | slot.open(at.as_millis()).is_anything()
    }

    /// What a slot stands for.
    pub(crate) fn place_of<'a>(&'a self, slot: &'a Slot) -> Entry<'a> {
        match slot.recorded_hash() {
            Some(hash) => self.changes.record_of(hash, slot).map_or(Entry::Unknown, Entry::Override),
            None if slot.is_someone() => Entry::Slot(slot),
            None => Entry::Unknown,
        }
    }

    /// Whether the subject is silenced.
    #[inline]
    pub(crate) fn is_silenced(&self, subject: &Subject<'_>, at: Timestamp) -> bool {
        if brings(subject) {
            return self.covering(subject).any(|window| window.is_active(at));
        }
        self.is_silenced_there(self.find(subject.entity_id()), subject.alert_type(), at)
    }

    /// Whether the entity that was found here is silenced.
    #[inline]
    pub(crate) fn is_silenced_there(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        match slot.answer(at.as_millis()) {
            Some(answer) => answer,
            None => self.is_silenced_afar(slot, alert_type, at),
        }
    }

    /// The same, away from the present.
    #[inline(never)]
    pub(crate) fn is_silenced_afar(
        &self,
        slot: &Slot,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        if slot.is(MORE) {
            return self.is_silenced_together(slot, alert_type, at);
        }
        let t = at.as_millis();
        if let Some(answer) = slot.answer_beside(t) {
            return answer;
        }
        let open = slot.open(t);
        open.is_anything() && self.is_silenced_by_own(slot, open.spans, open.hour, t)
    }

    /// The same, where these are so many that there may be a strip.
    #[inline(never)]
    fn is_silenced_by_many(&self, slot: &Slot, t: i64) -> bool {
        let own = BlockRef { words: self.block(slot.block), windows: self.base.roll.windows() };
        self.answer_of_strip(slot, t).unwrap_or_else(|| self.is_active(own, t))
    }

    /// The answer of the own windows of an entity, if it is written in a strip.
    fn answer_of_strip(&self, slot: &Slot, t: i64) -> Option<bool> {
        self.answer_of(self.table.strips.of(slot.block).filter(|_| slot.is(MANY)), t)
    }

    /// The answer of a strip, if there is one and it reaches so far.
    fn answer_of(&self, strip: Option<&NearTimeline>, t: i64) -> Option<bool> {
        strip?.answer(self.present?, t)
    }

    /// The same, where the slot may be far away: its block is sent for beside it, and
    /// not only when the slot has come.
    #[inline(never)]
    pub(crate) fn is_silenced_out_of_reach(
        &self,
        slot: &Slot,
        near: NearAnswer,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        block::touch(self.block(near.block));
        self.is_silenced_afar(slot, alert_type, at)
    }

    /// The same, where the entity's own windows are all there is to ask, and some of
    /// them may matter. What a glance left open is handed on in registers.
    #[inline(never)]
    fn is_silenced_by_own(&self, slot: &Slot, spans: bool, hour: TimeOfWeekBits, t: i64) -> bool {
        if slot.is(MANY) {
            return self.is_silenced_by_many(slot, t);
        }
        block::is_active(self.block(slot.block), spans, hour, || self.context(), t)
    }

    /// The same, where the entity's own windows may not be all there is to ask.
    #[inline(never)]
    fn is_silenced_together(&self, slot: &Slot, alert_type: Option<&str>, at: Timestamp) -> bool {
        let (t, near) = (at.as_millis(), slot.stretch());
        let place = self.place_of(slot);
        let own = self.own(place);
        let strip = || match place {
            Entry::Slot(slot) => self.answer_of_strip(slot, t),
            Entry::Override(record) => self.answer_of(record.strip.as_ref(), t),
            Entry::Unknown => None,
        };
        let silenced = match own {
            _ if near.holds(t) => near.answer,
            Some(own) => strip().unwrap_or_else(|| self.is_active(own, t)),
            None => false,
        };
        silenced || self.is_silenced_further(own, slot.set(), alert_type, at)
    }

    /// Whether a unit's plain windows silence at `t`.
    #[inline(never)]
    fn is_active(&self, unit: BlockRef<'_>, t: i64) -> bool {
        let context = || Context { zones: &self.zones, windows: unit.windows };
        block::is_active(unit.words, true, TimeOfWeekBits::of(t), context, t)
    }

    /// The windows asked by alert type, and those shared with others.
    fn is_silenced_further(
        &self,
        own: Option<BlockRef<'_>>,
        set: u32,
        alert_type: Option<&str>,
        at: Timestamp,
    ) -> bool {
        let t = at.as_millis();
        let alert_type = self.type_of(alert_type);
        if own.is_some_and(|unit| unit.is_active_for(alert_type, at)) {
            return true;
        }
        let set = &self.shared.sets[set as usize];
        let near = Some(set.stretch.answer).filter(|_| set.stretch.holds(t));
        let near = near.or_else(|| self.answer_of(set.strip.as_ref(), t));
        if near == Some(true) {
            return true;
        }
        let classes = set.classes.iter().map(|class| self.unit_of(*class));
        classes.into_iter().any(|unit| {
            (near.is_none() && self.is_active(unit, t)) || unit.is_active_for(alert_type, at)
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
        let brings = brings(&subject);
        let alert_type = self.type_of(subject.alert_type());
        let known = self
            .units(self.find(subject.entity_id()))
            .flat_map(move |unit| unit.windows(alert_type))
            // What the subject brings can change what these say; they are
            // asked one by one.
            .filter(move |(_, window)| !brings || !is_composite(window));
        let lineage = brings.then(|| Lineage::of(&subject, &self.base.topology));
        let asked = lineage.into_iter().flat_map(|lineage| {
            self.composites()
                .iter()
                .filter(move |(_, window)| lineage.covered_by(window.scope(), descends(window)))
                .map(|(position, window)| (*position, &**window))
        });
        known.chain(asked)
    }

    /// The id of an entity that was found; empty if it was not.
    pub(crate) fn id_of<'a>(&'a self, place: Entry<'a>) -> &'a str {
        match place {
            Entry::Slot(slot) => self.table.id_of(slot),
            Entry::Override(record) => record.id(),
            Entry::Unknown => "",
        }
    }

    /// The windows whose scope is more than a list of entities, or everything.
    pub(crate) fn composites(&self) -> &[(Position, Arc<Window>)] {
        &self.shared.composites
    }

    /// The windows that cover the entity for some alert type, or could if the
    /// subject brought something else, in the order of the registry.
    pub(crate) fn concerning(&self, subject: &Subject<'_>) -> Vec<&Arc<Window>> {
        let simple = self.units(self.find(subject.entity_id())).flat_map(|unit| {
            let list = WindowList::of(unit.words);
            list.plain
                .iter()
                .map(move |number| (unit.windows.position(*number), unit.windows.get(*number)))
                .filter(|(_, window)| !is_composite(window))
        });
        let composites = self.composites().iter().map(|(position, window)| (*position, window));
        let mut all: Vec<_> = simple.chain(composites).collect();
        all.sort_unstable_by_key(|(position, _)| *position);
        all.into_iter().map(|(_, window)| window).collect()
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.base.topology
    }

    pub(crate) fn present(&self) -> Option<Timestamp> {
        self.present
    }

    /// What was compiled for an entity: its own, then what it shares.
    fn units<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = BlockRef<'a>> + Clone + 'a {
        let classes = self.shared.sets[slot.set() as usize].classes.iter();
        let shared = classes.map(|class| self.unit_of(*class));
        self.own(self.place_of(slot)).into_iter().chain(shared)
    }

    /// The windows of a class.
    fn unit_of(&self, class: u32) -> BlockRef<'_> {
        self.shared.classes[class as usize].compiled.unit(&self.base.roll)
    }

    /// No windows.
    fn nothing(&self) -> BlockRef<'_> {
        BlockRef { words: &self.base.arena, windows: self.base.roll.windows() }
    }

    /// An entity's own windows.
    fn own<'a>(&'a self, place: Entry<'a>) -> Option<BlockRef<'a>> {
        match place {
            Entry::Slot(slot) => {
                Some(BlockRef { words: self.block(slot.block), windows: self.base.roll.windows() })
            }
            Entry::Override(record) => Some(record.unit(&self.base.roll)),
            Entry::Unknown => None,
        }
    }

    #[inline]
    fn context(&self) -> Context<'_> {
        Context { zones: &self.zones, windows: self.base.roll.windows() }
    }

    fn type_of(&self, alert_type: Option<&str>) -> Option<u32> {
        self.types.get(alert_type?).copied()
    }

    /// Bytes that the index holds by itself: not the windows, which it shares
    /// with the registry, and not the topology.
    pub(crate) fn heap_bytes(&self) -> usize {
        let base = &self.base;
        self.table.heap_bytes()
            + base.roll.heap_bytes()
            + size_of_val(&*base.arena)
            + self.shared.heap_bytes()
            + self.changes.heap_bytes()
            + size_of_val(&*self.zones)
    }

    /// How many windows the index was built from.
    pub(crate) fn window_count(&self) -> usize {
        self.base.roll.len()
    }

    /// The zones in use.
    pub(crate) fn zones(&self) -> &[Zone] {
        &self.zones
    }
}

/// Whether a subject brings something that only the question knows.
#[inline]
fn brings(subject: &Subject<'_>) -> bool {
    !subject.groups().is_empty() || !subject.attributes().is_empty()
}

/// Whether a window's scope is more than a list of entities, or everything.
fn is_composite(window: &Window) -> bool {
    !matches!(window.scope().node(), Node::Entity(_) | Node::Entities(_) | Node::Everything)
}

#[cfg(test)]
mod tests;
