//! Arena: the blocks of all slots of one build, in one allocation, and the near-now
//! answers of their slots.

use std::iter;

use crate::error::Error;
use crate::index::alert_types::AlertTypeFilter;
use crate::index::block::{self, BlockWriter, Context};
use crate::index::intern::ZoneInterner;
use crate::index::near::{AnswerSpan, NearState, NearTimelines};
use crate::index::prefilter::Prefilter;
use crate::index::slot::MAY_HAVE_TIMELINE;
use crate::index::table::Table;
use crate::index::windows::{PREFETCHED, WindowTable};
use crate::limits::MAX_COMPILED_WORDS;
use crate::time::Timestamp;

/// The start of a block in the arena, and its prefilter.
pub(super) type BlockStart = (u32, Prefilter);

/// The untyped windows as (entity, window), and the alert-typed ones, sorted by entity.
pub(super) type EntityWindows<'a> = (&'a [(u32, u32)], &'a [(u32, u32, AlertTypeFilter)]);

/// The entities whose windows are prefetched at a time.
const PREFETCHED_ENTITIES: usize = 32;

/// [`compile_entities_within`] the limit.
pub(super) fn compile_entities(
    windows: &WindowTable,
    untyped: &[(u32, u32)],
    alert_typed: &[(u32, u32, AlertTypeFilter)],
    entities: usize,
    zones: &mut ZoneInterner<'_>,
) -> Result<(Vec<u32>, Vec<BlockStart>), Error> {
    compile_entities_within(MAX_COMPILED_WORDS, windows, (untyped, alert_typed), entities, zones)
}

/// Compiles the block of each entity into one arena. Returns the arena, and the
/// start and the prefilter of each block. `alert_typed` is sorted by entity.
///
/// From `most` words on, the windows of a block are evaluated directly.
///
/// # Errors
///
/// If nevertheless a block would begin beyond `u32::MAX` words.
pub(super) fn compile_entities_within(
    most: usize,
    windows: &WindowTable,
    (untyped, alert_typed): EntityWindows<'_>,
    entities: usize,
    zones: &mut ZoneInterner<'_>,
) -> Result<(Vec<u32>, Vec<BlockStart>), Error> {
    let (starts, mut ids) = sort_by_entity(untyped, entities);
    // 8 words are the size of a typical window.
    let mut arena = Vec::with_capacity(untyped.len() * 8);
    let mut writer = BlockWriter::default();
    writer.write(&mut arena, &[], &[], most);
    let mut blocks = Vec::with_capacity(entities);
    let mut alert_typed = alert_typed;
    let mut prefetched = 0;
    for entity in 0..entities {
        let range = starts[entity] as usize..starts[entity + 1] as usize;
        if range.end > prefetched {
            // Of several entities: most of them have one window, or a few.
            let last = entities.min(entity + PREFETCHED_ENTITIES);
            let end = range.end.max((starts[last] as usize).min(range.start + PREFETCHED));
            windows.lookup().prefetch(&ids[range.start..end]);
            prefetched = end;
        }
        let untyped = &mut ids[range];
        untyped.sort_unstable();
        let own = alert_typed.iter().take_while(|(owner, ..)| *owner as usize == entity).count();
        let (own, rest) = alert_typed.split_at(own);
        alert_typed = rest;
        if untyped.is_empty() && own.is_empty() {
            blocks.push((0, Prefilter::default()));
            continue;
        }
        let own: Vec<_> = own.iter().map(|(_, id, filter)| (*id, filter.clone())).collect();
        writer.clear();
        for id in &*untyped {
            writer.add_window(*id, windows.lookup().get(*id), zones);
        }
        align_to_line(&mut arena);
        let block = u32::try_from(arena.len()).map_err(|_| {
            let what = "words of compiled windows and lists of windows";
            Error::beyond(arena.len(), what, u32::MAX as usize)
        })?;
        blocks.push((block, writer.write(&mut arena, untyped, &own, most)));
    }
    arena.extend([0; block::MIN_READABLE_WORDS + block::TAIL_PADDING]);
    Ok((arena, blocks))
}

/// Counting sort of (entity, window) by entity: the windows, and the start of each
/// entity's windows.
fn sort_by_entity(pairs: &[(u32, u32)], entities: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; entities + 1];
    for (entity, _) in pairs {
        starts[*entity as usize + 1] += 1;
    }
    for entity in 0..entities {
        starts[entity + 1] += starts[entity];
    }
    let mut next = starts.clone();
    let mut sorted = vec![0u32; pairs.len()];
    for (entity, id) in pairs {
        let at = &mut next[*entity as usize];
        sorted[*at as usize] = *id;
        *at += 1;
    }
    (starts, sorted)
}

/// Pads the arena to the next cache line, so that a block spans as few lines as
/// possible. If the arena is reallocated later, the alignment may be lost; that is
/// slower, but not wrong.
fn align_to_line(arena: &mut Vec<u32>) {
    let end = arena.as_ptr().wrapping_add(arena.len());
    arena.resize(arena.len() + end.align_offset(size_of::<u32>() * block::WORDS_PER_LINE), 0);
}

/// The near-now answer of the block that starts at `block`; empty without a `now`.
pub(super) fn near_state(
    block: u32,
    arena: &[u32],
    context: Context<'_>,
    now: Option<Timestamp>,
) -> NearState {
    now.map_or(AnswerSpan::EMPTY.into(), |now| {
        block::near_state(&arena[block as usize..], context, now.as_millis())
    })
}

/// Builds the near-now timelines of all entities that need one.
pub(super) fn build_near_timelines(
    table: &mut Table,
    arena: &[u32],
    context: Context<'_>,
    now: Option<Timestamp>,
) {
    let mut timelines = NearTimelines::default();
    for slot in table.iter_mut().filter(|slot| slot.is(MAY_HAVE_TIMELINE)) {
        let block = iter::once((&arena[slot.block as usize..], context));
        let timeline = now.and_then(|now| block::near_timeline(block, slot.near_span(), now));
        if let Some(timeline) = timeline {
            timelines.insert(slot.block, timeline);
        }
    }
    table.timelines = timelines;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn align_to_line_pads_to_64_bytes() {
        let mut arena = Vec::with_capacity(10 * block::WORDS_PER_LINE);
        let line = block::WORDS_PER_LINE;
        for used in [0, 1, 2, line - 1, line, line + 1] {
            arena.resize(arena.len() + used, 7);
            let end = arena.len();
            align_to_line(&mut arena);
            assert_eq!(arena[end..].as_ptr().wrapping_add(arena.len() - end) as usize % 64, 0);
            assert!(arena.len() - end < line && arena[end..].iter().all(|word| *word == 0));
        }
    }
}
