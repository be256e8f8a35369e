//! The windows that cover a subject: those that were resolved to its entity, and those that
//! the index of keys finds for it.

use std::sync::Arc;

use crate::index::block::{BlockRef, WindowList};
use crate::index::delta::WindowOverride;
use crate::index::keys::Covering;
use crate::index::slot::Slot;
use crate::index::{Classed, Entry, Index, has_labels, hash};
use crate::registry::WindowSeq;
use crate::scope::{Coverer, Node, Subject};
use crate::time::Timestamp;
use crate::window::Window;

/// The windows that cover a subject: those that were resolved to its entity, and those of
/// the index of keys, which are found once. Up to 32 of the latter are kept without an
/// allocation.
pub(crate) struct CoveringWindows<'a, I> {
    by_entity: I,
    by_key: Covering<'a>,
}

impl<'a, I: Iterator<Item = (WindowSeq, &'a Window)> + Clone> CoveringWindows<'a, I> {
    /// The windows, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a Window> + Clone {
        self.positioned().map(|(_, window)| window)
    }

    /// The windows with their positions in the registry, in no order.
    pub(crate) fn positioned(&self) -> impl Iterator<Item = (WindowSeq, &'a Window)> + Clone {
        self.by_entity.clone().chain(self.by_key.iter().copied())
    }
}

impl Index {
    /// The windows that cover a subject, active or not.
    pub(crate) fn covering<'a>(
        &'a self,
        subject: &Subject<'_>,
    ) -> CoveringWindows<'a, impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a>> {
        self.covering_at(subject, None)
    }

    /// The windows that cover a subject, but maybe not all of those that are inactive at
    /// `at`.
    pub(crate) fn active_and_more<'a>(
        &'a self,
        subject: &Subject<'_>,
        at: Timestamp,
    ) -> CoveringWindows<'a, impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a>> {
        self.covering_at(subject, Some(at))
    }

    /// The windows that cover a subject, active or not; `None` if it is not silenced at `at`.
    pub(crate) fn covering_if_silenced<'a>(
        &'a self,
        subject: &Subject<'_>,
        at: Timestamp,
    ) -> Option<CoveringWindows<'a, impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a>>>
    {
        let entity = self.topology().entity_of(subject);
        let uses_keys = has_labels(subject);
        let by_key = match &self.keys {
            Some(keys) if uses_keys => {
                let by_entity = self.is_silenced_by_entity(subject, entity, at);
                let coverer = Coverer::new(*subject, entity, self.topology());
                keys.covering_if_silenced(&coverer, at, by_entity)?
            }
            // Of an entity, the cached answer is the fastest.
            _ if !self.is_silenced(subject, at) => return None,
            Some(keys) if self.has_keyed_only => {
                keys.covering(&Coverer::new(*subject, entity, self.topology()), None)
            }
            _ => Covering::new(),
        };
        Some(self.with_entity(subject, entity, by_key))
    }

    /// The windows that cover a subject. With `at`, those of the index of keys are active
    /// then.
    fn covering_at<'a>(
        &'a self,
        subject: &Subject<'_>,
        at: Option<Timestamp>,
    ) -> CoveringWindows<'a, impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a>> {
        let (topology, entity) = (self.topology(), self.topology().entity_of(subject));
        let by_key = match &self.keys {
            Some(keys) if self.uses_keys(subject) => {
                keys.covering(&Coverer::new(*subject, entity, topology), at)
            }
            _ => Covering::new(),
        };
        self.with_entity(subject, entity, by_key)
    }

    /// Whether the index of keys has a part of the windows that cover a subject.
    fn uses_keys(&self, subject: &Subject<'_>) -> bool {
        has_labels(subject) || self.has_keyed_only
    }

    /// The windows that cover a subject, given those of the index of keys.
    fn with_entity<'a>(
        &'a self,
        subject: &Subject<'_>,
        entity: &str,
        by_key: Covering<'a>,
    ) -> CoveringWindows<'a, impl Iterator<Item = (WindowSeq, &'a Window)> + Clone + use<'a>> {
        let uses_keys = self.uses_keys(subject);
        let classed = if uses_keys { Classed::Unlabelled } else { Classed::All };
        let alert_type = self.alert_type_id(subject.alert_type());
        let by_entity = self
            .blocks_of(self.slot_of(entity), classed)
            .flat_map(move |block| block.windows(alert_type))
            // The index of keys has these, too: labels of the query can change whether they
            // cover the subject.
            .filter(move |(_, window)| !uses_keys || !window.scope().depends_on_labels());
        CoveringWindows { by_entity, by_key }
    }

    /// The windows that cover the entity for some alert type, and all windows whose scope is
    /// more than a list of entities, in registry order. O(windows).
    pub(crate) fn candidate_windows(&self, subject: &Subject<'_>) -> Vec<&Arc<Window>> {
        let by_entity = self
            .blocks_of(self.lookup(self.topology().entity_of(subject)), Classed::All)
            .flat_map(|block| {
                let list = WindowList::of(block.words);
                let alert_typed = list.alert_typed().map(|(id, ..)| id);
                let ids = list.untyped.iter().copied().chain(alert_typed);
                ids.map(move |id| (block.windows.position(id), block.windows.get(id)))
            });
        // Of the others, those that may exclude the entity, or ask for more.
        let is_composite = |window: &Window| {
            let node = window.scope().node();
            !matches!(node, Node::Entity(_) | Node::Entities(_) | Node::Everything)
        };
        let composite = self.windows().filter(|(position, window)| {
            let is_keyed_only = || self.has_keyed_only && self.is_keyed_only(*position);
            is_composite(window) || (is_keyed_only() && window.covers(subject, self.topology()))
        });
        let mut all: Vec<_> = by_entity.chain(composite).collect();
        all.sort_unstable_by_key(|(position, _)| *position);
        all.dedup_by_key(|(position, _)| *position);
        all.into_iter().map(|(_, window)| window).collect()
    }

    /// Whether only the index of keys has the window at a position.
    pub(super) fn is_keyed_only(&self, position: WindowSeq) -> bool {
        let is_same = |known: &WindowOverride| known.position == position;
        match self.delta.windows.get(hash::fibonacci_hash(position), is_same) {
            Some(changed) => changed.is_keyed_only,
            None => {
                let of = |id: &u32| self.base.windows.position(*id);
                self.base.keyed_only.binary_search_by_key(&position, of).is_ok()
            }
        }
    }

    /// The blocks that apply to the entity of a slot: its own and those of its
    /// classes.
    pub(super) fn blocks_of<'a>(
        &'a self,
        slot: &'a Slot,
        classed: Classed,
    ) -> impl Iterator<Item = BlockRef<'a>> + Clone + 'a {
        let classes = self.classes.sets[slot.class_set() as usize].classes.iter();
        let all = classed == Classed::All;
        let classes =
            classes.filter(move |class| all || !self.classes.by_id[**class as usize].is_labelled);
        let of_classes = classes.map(|class| self.class_block(*class));
        self.entity_block(self.entry_of(slot)).into_iter().chain(of_classes)
    }

    /// The block of a class.
    pub(super) fn class_block(&self, class: u32) -> BlockRef<'_> {
        self.classes.by_id[class as usize].block.view(&self.base.windows)
    }

    /// The block of an entity; `None` for [`Entry::Unknown`].
    pub(super) fn entity_block<'a>(&'a self, entry: Entry<'a>) -> Option<BlockRef<'a>> {
        match entry {
            Entry::Slot(slot) => Some(BlockRef {
                words: self.block(slot.block),
                windows: self.base.windows.lookup(),
            }),
            Entry::Override(entity) => Some(entity.view(&self.base.windows)),
            Entry::Unknown => None,
        }
    }

    /// The block without windows.
    pub(super) fn empty_block(&self) -> BlockRef<'_> {
        BlockRef { words: &self.base.arena, windows: self.base.windows.lookup() }
    }
}
