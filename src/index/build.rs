//! Builds an index from a registry and a topology, in one pass over the
//! windows and one over the entities.
#![allow(clippy::mutable_key_type, reason = "a scope's pattern is its text, not its caches")]

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, ErrorKind};
use crate::index::alert_types::{AlertTypeFilter, collect_alert_types};
use crate::index::block::{self, Block, BlockWriter, Context};
use crate::index::classes::{ByScope, ClassSet, Classes, MAX_UNCLASSED_ENTITIES, ScopeClass};
use crate::index::delta::Delta;
use crate::index::intern::{BATCH_SIZE, EntityInterner, ZoneInterner};
use crate::index::near::{AnswerSpan, NearState, NearTimelines};
use crate::index::prefilter::Prefilter;
use crate::index::resolve::{ScopeResolver, descends, is_composite};
use crate::index::slot::{MAY_HAVE_TIMELINE, Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::limits::{MAX_COVER_STEPS, MAX_COVERED};
use crate::registry::Registry;
use crate::scope::{Scope, Topology};
use crate::time::Timestamp;
use crate::window::Window;

impl Index {
    /// Compiles everything.
    pub(crate) fn new(
        registry: &Registry,
        topology: &Topology,
        now: Option<Timestamp>,
    ) -> Result<Self, Error> {
        Self::with_limits(registry, topology, now, BuildLimits::default())
    }

    /// The same within other limits than the stated ones.
    pub(crate) fn with_limits(
        registry: &Registry,
        topology: &Topology,
        now: Option<Timestamp>,
        limits: BuildLimits,
    ) -> Result<Self, Error> {
        let mut interner = EntityInterner::new(topology);
        let mut resolver = ScopeResolver::new(topology).with_step_limit(limits.steps);
        let mut covered = 0;
        let mut zones = ZoneInterner::default();

        let WindowsByScope { windows, mut own, scopes } =
            group_by_scope(registry, &resolver, &mut interner);
        let composites = scopes.iter().filter(|(window, _)| is_composite(window));
        let mut composites: Vec<u32> =
            composites.flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        composites.sort_unstable();
        let types = collect_alert_types(scopes.iter().map(|(window, _)| *window));

        let mut alert_typed: Vec<(u32, u32, AlertTypeFilter)> = Vec::new();
        let mut members: Vec<(u32, u32)> = Vec::new();
        let (mut everyone, mut strangers) = (Vec::new(), Vec::new());
        let mut classes = Vec::new();
        let mut by_scope = ByScope::new();
        let windows = WindowTable::new(windows, registry);
        for (window, numbers) in &scopes {
            let (scope, descends) = (window.scope(), descends(window));
            // All entities have a number, so that only the steps can run out.
            let coverage =
                resolver.resolve(scope, descends, &types, &interner).ok_or_else(|| {
                    limits.too_many_steps().in_field("scope").in_window(window.id().as_str())
                })?;
            covered += coverage.entities.iter().map(|(_, of)| of.len() as u64).sum::<u64>();
            limits.check(covered).map_err(|error| error.in_window(window.id().as_str()))?;
            let mut class = |filter: &AlertTypeFilter| {
                let entries = numbers
                    .iter()
                    .map(|number| windows.lookup().build_input(*number, filter.clone()));
                let block = Block::compile(entries, &mut zones);
                classes.push(Arc::new(ScopeClass { block: block, filter: filter.clone() }));
                let class = classes.len() as u32 - 1;
                by_scope.entry((scope.clone(), descends)).or_default().push(class);
                class
            };
            if coverage.everything {
                everyone.push(class(&AlertTypeFilter::any()));
                continue;
            }
            if coverage.is_few(MAX_UNCLASSED_ENTITIES) {
                for (filter, entities) in &coverage.entities {
                    for entity in entities {
                        for number in numbers {
                            if filter.is_any() {
                                own.push((*entity, *number));
                            } else {
                                alert_typed.push((*entity, *number, filter.clone()));
                            }
                        }
                    }
                }
                continue;
            }
            for (filter, entities) in &coverage.entities {
                let class = class(filter);
                members.extend(entities.iter().map(|entity| (*entity, class)));
                if coverage.unknown.as_ref() == Some(filter) {
                    strangers.push(class);
                }
            }
            if let Some(filter) = &coverage.unknown
                && !coverage.entities.iter().any(|(known, _)| known == filter)
            {
                strangers.push(class(filter));
            }
        }
        alert_typed.sort_unstable();
        members.sort_unstable();

        let sets = class_sets(interner.len(), &members, &everyone, &strangers);
        let (arena, blocks) =
            compile_blocks(&windows, &own, &alert_typed, interner.len(), &mut zones)?;
        drop(own);
        let zones = zones.merged_if_changed().unwrap_or_default();
        let mut shared = Classes {
            by_id: classes,
            sets: sets.sets,
            default_set: sets.default_set,
            by_scope: Arc::new(by_scope),
            composites: composites.into_iter().map(|number| windows.positioned(number)).collect(),
        };
        shared.recompute_near(&windows, &zones, now);

        let context = Context { zones: &zones, windows: windows.lookup() };
        let has_typed = |entity: usize| {
            alert_typed.binary_search_by_key(&(entity as u32), |(entity, ..)| *entity).is_ok()
        };
        let init = |slot: &mut Slot, (block, prefilter), set: u32, alert_typed: bool| {
            let more = alert_typed || !shared.sets[set as usize].classes.is_empty();
            let further =
                if more { SlotTail::ClassSet(set) } else { SlotTail::Prefilter(prefilter) };
            let many = block::may_have_timeline(&arena[block as usize..]);
            slot.init(block, further, many, near_state(block, &arena, context, now));
        };
        let mut default_slot = Slot::EMPTY;
        init(&mut default_slot, (0, Prefilter::default()), shared.default_set, false);
        let ids: Vec<&str> = interner.ids().collect();
        let mut table = Table::new(&ids, default_slot, |entity, slot| {
            init(slot, blocks[entity], sets.of[entity], has_typed(entity));
        });
        build_near_timelines(&mut table, &arena, context, now);
        Ok(Self {
            table: Arc::new(table),
            base: Arc::new(Base { topology: topology.clone(), windows, arena: arena.into() }),
            classes: Arc::new(shared),
            delta: Delta::default(),
            zones,
            types: Arc::new(types),
            now,
        })
    }

    /// The same index, told another present.
    pub(crate) fn with_now(&self, now: Timestamp) -> Self {
        let mut table = Table::clone(&self.table);
        let context = self.context();
        for slot in table.iter_mut() {
            if !slot.near_is_fresh(now.as_millis()) {
                let arena = &self.base.arena;
                slot.set_near(near_state(slot.block, arena, context, Some(now)));
            }
        }
        build_near_timelines(&mut table, &self.base.arena, context, Some(now));
        let mut shared = Classes::clone(&self.classes);
        shared.recompute_near(&self.base.windows, &self.zones, Some(now));
        Self {
            table: Arc::new(table),
            classes: Arc::new(shared),
            delta: self.delta.with_now(&self.base.windows, &self.zones, now),
            now: Some(now),
            ..self.clone()
        }
    }
}

/// The windows of a registry, by whom they are about.
struct WindowsByScope<'a> {
    windows: Vec<Arc<Window>>,
    /// Entities, and the numbers of windows about them alone.
    own: Vec<(u32, u32)>,
    /// The numbers of the others, by scope, which is that of the window beside.
    scopes: Vec<(&'a Window, Vec<u32>)>,
}

/// Windows about a single entity are the rule, and cost one look-up each; the
/// others are gathered by scope. Names whom any scope names.
fn group_by_scope<'a>(
    registry: &'a Registry,
    resolver: &ScopeResolver<'_>,
    interner: &mut EntityInterner,
) -> WindowsByScope<'a> {
    let mut windows: Vec<Arc<Window>> = Vec::with_capacity(registry.len());
    let mut own = Vec::with_capacity(registry.len());
    let mut scopes: Vec<(&Window, Vec<u32>)> = Vec::new();
    let mut scope_of: HashMap<(&Scope, bool), usize> = HashMap::new();
    let mut rest = registry.iter();
    let mut some: SmallVec<[&Arc<Window>; BATCH_SIZE]> = SmallVec::new();
    let mut ids: SmallVec<[(&str, u32); BATCH_SIZE]> = SmallVec::new();
    while rest.len() > 0 {
        some.extend(rest.by_ref().take(BATCH_SIZE));
        for (number, window) in (windows.len() as u32..).zip(&some) {
            let descends = descends(window);
            match resolver.single_entity(window.scope(), descends) {
                Some(id) => ids.push((id.as_str(), number)),
                None => {
                    let next = scopes.len();
                    let at = *scope_of.entry((window.scope(), descends)).or_insert(next);
                    if at == next {
                        scopes.push((window, Vec::new()));
                    }
                    scopes[at].1.push(number);
                }
            }
        }
        interner.intern_batch(&ids, |entity, number| own.push((entity, number)));
        windows.extend(some.iter().map(|window| Arc::clone(window)));
        some.clear();
        ids.clear();
    }
    for (window, _) in &scopes {
        window.scope().named_entities(&mut |id| {
            interner.intern(id);
        });
    }
    WindowsByScope { windows, own, scopes }
}

/// The answer of a block around the present.
fn near_state(
    block: u32,
    arena: &[u32],
    context: Context<'_>,
    now: Option<Timestamp>,
) -> NearState {
    now.map_or(AnswerSpan::EMPTY.into(), |now| {
        block::near_state(&arena[block as usize..], context, now.as_millis())
    })
}

/// Makes the strips of those that have many windows and need one.
fn build_near_timelines(
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

struct SetAssignment {
    sets: Vec<ClassSet>,
    /// The set of each entity.
    of: Vec<u32>,
    default_set: u32,
}

/// Finds the distinct sets of classes that entities belong to. `members` is
/// sorted.
fn class_sets(
    entities: usize,
    members: &[(u32, u32)],
    everyone: &[u32],
    strangers: &[u32],
) -> SetAssignment {
    let mut found = SetAssignment { sets: Vec::new(), of: vec![0; entities], default_set: 0 };
    let mut known: HashMap<Arc<[u32]>, u32> = HashMap::new();
    let mut intern = |classes: &mut dyn Iterator<Item = u32>, sets: &mut Vec<ClassSet>| {
        let classes: Arc<[u32]> = classes.chain(everyone.iter().copied()).collect();
        *known.entry(classes.clone()).or_insert_with(|| {
            sets.push(ClassSet { classes, near: AnswerSpan::EMPTY, timeline: None });
            sets.len() as u32 - 1
        })
    };
    intern(&mut iter::empty(), &mut found.sets);
    for of_one in members.chunk_by(|a, b| a.0 == b.0) {
        let mut classes = of_one.iter().map(|(_, class)| *class);
        found.of[of_one[0].0 as usize] = intern(&mut classes, &mut found.sets);
    }
    found.default_set = intern(&mut strangers.iter().copied(), &mut found.sets);
    found
}

/// An arena, and of each entity where its block begins and when that may matter.
type Blocks = (Vec<u32>, Vec<(u32, Prefilter)>);

/// Compiles each entity's own windows.
fn compile_blocks(
    windows: &WindowTable,
    own: &[(u32, u32)],
    alert_typed: &[(u32, u32, AlertTypeFilter)],
    entities: usize,
    zones: &mut ZoneInterner<'_>,
) -> Result<Blocks, Error> {
    // Counting sort: where each entity's windows begin.
    let mut starts = vec![0u32; entities + 1];
    for (entity, _) in own {
        starts[*entity as usize + 1] += 1;
    }
    for entity in 0..entities {
        starts[entity + 1] += starts[entity];
    }
    let mut next = starts.clone();
    let mut numbers = vec![0u32; own.len()];
    for (entity, number) in own {
        let at = &mut next[*entity as usize];
        numbers[*at as usize] = *number;
        *at += 1;
    }

    let mut arena = Vec::with_capacity(own.len() * 8);
    let mut compiler = BlockWriter::default();
    compiler.write(&mut arena, &[], &[]);
    let mut blocks = Vec::with_capacity(entities);
    let mut alert_typed = alert_typed;
    for entity in 0..entities {
        let untyped = &mut numbers[starts[entity] as usize..starts[entity + 1] as usize];
        untyped.sort_unstable();
        windows.lookup().prefetch(untyped);
        let mine = alert_typed.iter().take_while(|(owner, ..)| *owner as usize == entity).count();
        let (mine, rest) = alert_typed.split_at(mine);
        alert_typed = rest;
        if untyped.is_empty() && mine.is_empty() {
            blocks.push((0, Prefilter::default()));
            continue;
        }
        let mine: Vec<_> =
            mine.iter().map(|(_, number, filter)| (*number, filter.clone())).collect();
        compiler.clear();
        for number in &*untyped {
            compiler.add_window(*number, windows.lookup().get(*number), zones);
        }
        align_to_line(&mut arena);
        let block = u32::try_from(arena.len()).map_err(|_| too_many("words", arena.len()))?;
        blocks.push((block, compiler.write(&mut arena, untyped, &mine)));
    }
    arena.extend([0; block::MIN_READABLE_WORDS + block::TAIL_PADDING]);
    Ok((arena, blocks))
}

/// Fills up the cache line that is begun, so that a block takes no more of them than
/// it has to. Should the arena move afterwards, it is only slower.
fn align_to_line(arena: &mut Vec<u32>) {
    let begun = arena.as_ptr().wrapping_add(arena.len());
    arena.resize(arena.len() + begun.align_offset(size_of::<u32>() * block::WORDS_PER_LINE), 0);
}

/// What a build may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuildLimits {
    pub(crate) steps: u64,
    pub(crate) covered: u64,
}

impl Default for BuildLimits {
    fn default() -> Self {
        Self { steps: MAX_COVER_STEPS, covered: MAX_COVERED }
    }
}

impl BuildLimits {
    fn too_many_steps(self) -> Error {
        let message = format!("finding whom it covers takes the steps beyond {}", self.steps);
        Error::new(ErrorKind::Limit, message)
    }

    fn check(self, covered: u64) -> Result<(), Error> {
        if covered > self.covered {
            let what = "entities covered, each counted for every scope,";
            return Err(Error::beyond(covered, what, self.covered));
        }
        Ok(())
    }
}

fn too_many(what: &str, count: usize) -> Error {
    Error::new(
        ErrorKind::Limit,
        format_args!("{count} {what} are more than an index can hold, {}", u32::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Once;
    use crate::scope::Scope;

    /// A registry of one window about a group of two.
    fn group_of_two() -> (Registry, Topology) {
        let hour = Once::new(Timestamp::MIN, Timestamp::MAX).unwrap();
        let window = Window::builder("w").schedule(hour).scope(Scope::group("g"));
        let mut registry = Registry::new();
        registry.insert(window.build().unwrap()).unwrap();
        (registry, Topology::builder().member("g", "a").member("g", "b").build().unwrap())
    }

    fn refused(limits: BuildLimits) -> Option<String> {
        let (registry, topology) = group_of_two();
        let index = Index::with_limits(&registry, &topology, None, limits);
        index.err().map(|error| error.to_string())
    }

    #[test]
    fn a_build_takes_so_many_steps_and_not_one_more() {
        // Two are listed; each is looked at, and so is its group; and one more
        // look for whoever nothing names.
        let limits = |steps| BuildLimits { steps, ..BuildLimits::default() };
        assert_eq!(refused(limits(2 + 2 * 2 + 1)), None);
        let text = "window `w`: scope: finding whom it covers takes the steps beyond 6";
        assert_eq!(refused(limits(6)).as_deref(), Some(text));
    }

    #[test]
    fn windows_cover_so_many_entities_and_not_one_more() {
        let limits = |covered| BuildLimits { covered, ..BuildLimits::default() };
        assert_eq!(refused(limits(2)), None);
        let text = "window `w`: 2 entities covered, each counted for every scope, are more than 1";
        assert_eq!(refused(limits(1)).as_deref(), Some(text));
    }

    #[test]
    fn a_block_begins_with_a_cache_line() {
        let mut arena = Vec::with_capacity(10 * block::WORDS_PER_LINE);
        for begun in
            [0, 1, 2, block::WORDS_PER_LINE - 1, block::WORDS_PER_LINE, block::WORDS_PER_LINE + 1]
        {
            arena.resize(arena.len() + begun, 7);
            let end = arena.len();
            align_to_line(&mut arena);
            assert_eq!(arena[end..].as_ptr().wrapping_add(arena.len() - end) as usize % 64, 0);
            assert!(
                arena.len() - end < block::WORDS_PER_LINE
                    && arena[end..].iter().all(|word| *word == 0)
            );
        }
    }
}
