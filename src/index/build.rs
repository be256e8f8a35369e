//! Index construction, in four steps: resolve, classify, compile, assemble.
//!
//! ```text
//! group_by_scope   registry -> windows of single entities, other windows by scope
//! resolve          scope -> the entities that it covers (Coverage)
//! classify         Coverage -> windows of an entity's own block, or scope classes
//! compile          windows -> blocks, one for each entity and one for each class
//! assemble         blocks -> slots, the near-now cache, the index
//! ```
//!
//! Construction takes one pass over the windows and one over the entities.
//! [`Index::with_now`] derives an index for another `now`; it recomputes only the
//! near-now answers.
#![allow(clippy::mutable_key_type, reason = "a scope's pattern is its text, not its caches")]

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, ErrorKind};
use crate::index::alert_types::{AlertTypeFilter, AlertTypes, collect_alert_types};
use crate::index::arena::{BlockStart, build_near_timelines, compile_entities, near_state};
use crate::index::block::{self, Block, Context};
use crate::index::classes::{ByScope, ClassSet, Classes, MAX_UNCLASSED_ENTITIES, ScopeClass};
use crate::index::delta::Delta;
use crate::index::intern::{BATCH_SIZE, EntityInterner, ZoneInterner};
use crate::index::keys::KeyBuilder;
use crate::index::prefilter::Prefilter;
use crate::index::resolve::{Coverage, ScopeResolver};
use crate::index::slot::{Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::limits::{MAX_COVER_STEPS, MAX_COVERED_ENTITIES};
use crate::registry::Registry;
use crate::scope::{Scope, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

impl Index {
    /// Builds the index of all windows of a registry.
    ///
    /// # Errors
    ///
    /// If resolving the scopes exceeds a limit of [`crate::limits`], or if the blocks
    /// take more than `u32::MAX` words.
    pub(crate) fn new(
        registry: &Registry,
        topology: &Topology,
        now: Option<Timestamp>,
    ) -> Result<Self, Error> {
        Self::with_limits(registry, topology, now, BuildLimits::default())
    }

    /// Builds the index with explicit limits.
    pub(crate) fn with_limits(
        registry: &Registry,
        topology: &Topology,
        now: Option<Timestamp>,
        mut limits: BuildLimits,
    ) -> Result<Self, Error> {
        let mut entities = EntityInterner::new(topology);
        let mut resolver = ScopeResolver::new(topology).with_step_limit(limits.steps);
        let WindowsByScope { windows, by_entity, by_scope, labelled } =
            group_by_scope(registry, &resolver, &mut entities);
        let windows = WindowTable::new(windows, registry);
        let windows = Arc::new(windows);
        let alert_types = collect_alert_types(by_scope.iter().map(|(window, _)| *window));

        let mut classification = Classification { untyped: by_entity, ..Default::default() };
        for (window, ids) in &by_scope {
            let coverage = resolve(&mut resolver, window, &alert_types, &entities, &mut limits)?;
            classification.add(window, ids, coverage);
        }
        classification.sort();
        let compiled = compile(&windows, &mut classification, entities.len())?;
        let keys = match labelled.is_empty() {
            true => None,
            false => Some(Arc::new(labelled.finish(&windows, topology, now)?)),
        };
        let index =
            assemble(topology, now, windows, alert_types, &entities, classification, compiled);
        Ok(Self { keys, ..index })
    }

    /// The same windows for another `now`. Recomputes the near-now answers and
    /// timelines that do not cover the new `now`; shares everything else.
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
        let mut classes = Classes::clone(&self.classes);
        classes.recompute_near(&self.base.windows, &self.zones, Some(now));
        Self {
            table: Arc::new(table),
            classes: Arc::new(classes),
            delta: self.delta.with_now(&self.base.windows, &self.zones, now),
            keys: self.keys.as_ref().map(|keys| Arc::new(keys.with_now(now))),
            now: Some(now),
            ..self.clone()
        }
    }
}

/// The windows of a registry, grouped by scope.
struct WindowsByScope<'a> {
    /// All windows, in registry order. The place of a window is its id.
    windows: Vec<Arc<Window>>,
    /// (entity, window) for each window whose scope is a single entity.
    by_entity: Vec<(u32, u32)>,
    /// The ids of all other windows, by scope and propagation. The scope is that of
    /// the window in front, which is one of them.
    by_scope: Vec<(&'a Window, Vec<u32>)>,
    /// The windows whose coverage depends on labels.
    labelled: KeyBuilder<'a>,
}

/// Groups windows by scope, and interns every entity that a scope names.
///
/// Most windows have a single entity as their scope, and cost one look-up in the
/// interner; look-ups are batched, so that their cache misses overlap.
fn group_by_scope<'a>(
    registry: &'a Registry,
    resolver: &ScopeResolver<'_>,
    entities: &mut EntityInterner,
) -> WindowsByScope<'a> {
    let mut windows: Vec<Arc<Window>> = Vec::with_capacity(registry.len());
    let mut by_entity = Vec::with_capacity(registry.len());
    let mut by_scope: Vec<(&Window, Vec<u32>)> = Vec::new();
    let mut group_of: HashMap<(&Scope, bool), usize> = HashMap::new();
    let mut labelled = KeyBuilder::new(registry.len());
    let mut rest = registry.iter();
    let mut batch: SmallVec<[&Arc<Window>; BATCH_SIZE]> = SmallVec::new();
    let mut single: SmallVec<[(&str, u32); BATCH_SIZE]> = SmallVec::new();
    while rest.len() > 0 {
        batch.extend(rest.by_ref().take(BATCH_SIZE));
        for (id, window) in (windows.len() as u32..).zip(&batch) {
            let descends = window.propagation().descends();
            match resolver.single_entity(window.scope(), descends) {
                Some(entity) => single.push((entity.as_str(), id)),
                None => {
                    if window.scope().depends_on_labels() {
                        labelled.add(id, window);
                    }
                    let next = by_scope.len();
                    let group = *group_of.entry((window.scope(), descends)).or_insert(next);
                    if group == next {
                        by_scope.push((window, Vec::new()));
                    }
                    by_scope[group].1.push(id);
                }
            }
        }
        entities.intern_batch(&single, |entity, id| by_entity.push((entity, id)));
        windows.extend(batch.iter().map(|window| Arc::clone(window)));
        batch.clear();
        single.clear();
    }
    for (window, _) in &by_scope {
        window.scope().named_entities(&mut |id| {
            entities.intern(id);
        });
    }
    WindowsByScope { windows, by_entity, by_scope, labelled }
}

/// Resolves the scope of a window to the entities that it covers.
fn resolve(
    resolver: &mut ScopeResolver<'_>,
    window: &Window,
    alert_types: &AlertTypes,
    entities: &EntityInterner,
    limits: &mut BuildLimits,
) -> Result<Coverage, Error> {
    let (scope, descends) = (window.scope(), window.propagation().descends());
    // The entity list is complete, so only the step limit can fail.
    let coverage = resolver
        .resolve(scope, descends, alert_types, entities)
        .ok_or_else(|| limits.too_many_steps().in_field("scope").in_window(window.id().as_str()))?;
    limits.covered += coverage.entities.iter().map(|(_, of)| of.len() as u64).sum::<u64>();
    limits.check_covered().map_err(|error| error.in_window(window.id().as_str()))?;
    Ok(coverage)
}

/// Where each window is compiled to: into the block of an entity, or into a class.
#[derive(Default)]
struct Classification<'a> {
    /// (entity, window) for windows of an entity's own block that apply to every
    /// alert type.
    untyped: Vec<(u32, u32)>,
    /// (entity, window, filter) for the others of an entity's own block.
    alert_typed: Vec<(u32, u32, AlertTypeFilter)>,
    /// The windows of each class, their filter, and whether labels matter, by class id.
    classes: Vec<(AlertTypeFilter, &'a [u32], bool)>,
    by_scope: ByScope,
    /// (entity, class)
    members: Vec<(u32, u32)>,
    /// The classes that cover every entity.
    of_all: Vec<u32>,
    /// The classes that cover unknown entities, besides `of_all`.
    of_unknown: Vec<u32>,
    /// Whether a scope in the block of an entity is narrowed by labels of the query.
    is_narrowed: bool,
}

impl<'a> Classification<'a> {
    /// Adds the windows of one scope. A scope that covers at most
    /// [`MAX_UNCLASSED_ENTITIES`] goes into the blocks of these entities.
    fn add(&mut self, window: &Window, ids: &'a [u32], coverage: Coverage) {
        let mut add_class = |filter: &AlertTypeFilter| {
            self.classes.push((filter.clone(), ids, window.scope().depends_on_labels()));
            let class = self.classes.len() as u32 - 1;
            let scope = (window.scope().clone(), window.propagation().descends());
            self.by_scope.entry(scope).or_default().push(class);
            class
        };
        if coverage.everything {
            self.of_all.push(add_class(&AlertTypeFilter::any()));
            return;
        }
        if coverage.is_at_most(MAX_UNCLASSED_ENTITIES) {
            let is_covered = !coverage.entities.is_empty();
            self.is_narrowed |= is_covered && window.scope().is_narrowed_by_labels();
            for (filter, entities) in &coverage.entities {
                for entity in entities {
                    for id in ids {
                        if filter.is_any() {
                            self.untyped.push((*entity, *id));
                        } else {
                            self.alert_typed.push((*entity, *id, filter.clone()));
                        }
                    }
                }
            }
            return;
        }
        for (filter, entities) in &coverage.entities {
            let class = add_class(filter);
            self.members.extend(entities.iter().map(|entity| (*entity, class)));
            if coverage.unknown.as_ref() == Some(filter) {
                self.of_unknown.push(class);
            }
        }
        if let Some(filter) = &coverage.unknown
            && !coverage.entities.iter().any(|(known, _)| known == filter)
        {
            self.of_unknown.push(add_class(filter));
        }
    }

    /// Sorts by entity.
    fn sort(&mut self) {
        self.alert_typed.sort_unstable();
        self.members.sort_unstable();
    }

    /// Whether an entity has windows in its own block that depend on the alert type.
    fn has_alert_typed(&self, entity: u32) -> bool {
        self.alert_typed.binary_search_by_key(&entity, |(entity, ..)| *entity).is_ok()
    }
}

/// The blocks of all entities and classes.
struct Compiled {
    classes: Vec<Arc<ScopeClass>>,
    /// The blocks of all entities. The first one is the empty block.
    arena: Vec<u32>,
    /// The block of each entity.
    blocks: Vec<BlockStart>,
    zones: Arc<[Zone]>,
}

/// Compiles a block for each class and each entity. Frees the list of untyped
/// windows.
fn compile(
    windows: &WindowTable,
    classification: &mut Classification<'_>,
    entities: usize,
) -> Result<Compiled, Error> {
    let mut zones = ZoneInterner::default();
    let compile_class = |(filter, ids, is_labelled): &(AlertTypeFilter, &[u32], bool)| {
        let inputs = ids.iter().map(|id| windows.lookup().build_input(*id, filter.clone()));
        let block = Block::compile(inputs, &mut zones);
        Arc::new(ScopeClass { block, filter: filter.clone(), is_labelled: *is_labelled })
    };
    let classes = classification.classes.iter().map(compile_class).collect();
    let untyped = std::mem::take(&mut classification.untyped);
    let (arena, blocks) =
        compile_entities(windows, &untyped, &classification.alert_typed, entities, &mut zones)?;
    drop(untyped);
    Ok(Compiled { classes, arena, blocks, zones: zones.merged_if_changed().unwrap_or_default() })
}

/// Puts the parts together: class sets, slots, near-now answers.
fn assemble(
    topology: &Topology,
    now: Option<Timestamp>,
    windows: Arc<WindowTable>,
    alert_types: AlertTypes,
    entities: &EntityInterner,
    classification: Classification<'_>,
    compiled: Compiled,
) -> Index {
    let Compiled { classes: by_id, arena, blocks, zones } = compiled;
    let assignment = class_sets(entities.len(), &classification);
    let mut classes = Classes {
        by_id,
        sets: assignment.sets,
        default_set: assignment.default_set,
        by_scope: Arc::default(),
    };
    classes.recompute_near(&windows, &zones, now);

    let context = Context { zones: &zones, windows: windows.lookup() };
    let init = |slot: &mut Slot, (block, prefilter), set: u32, alert_typed: bool| {
        let multi_source = alert_typed || !classes.sets[set as usize].classes.is_empty();
        let tail =
            if multi_source { SlotTail::ClassSet(set) } else { SlotTail::Prefilter(prefilter) };
        let may_have_timeline = block::may_have_timeline(&arena[block as usize..]);
        slot.init(block, tail, may_have_timeline, near_state(block, &arena, context, now));
    };
    let mut default_slot = Slot::EMPTY;
    init(&mut default_slot, (0, Prefilter::default()), classes.default_set, false);
    let ids: Vec<&str> = entities.ids().collect();
    let mut table = Table::new(&ids, default_slot, |entity, slot| {
        let alert_typed = classification.has_alert_typed(entity as u32);
        init(slot, blocks[entity], assignment.set_of[entity], alert_typed);
    });
    build_near_timelines(&mut table, &arena, context, now);
    classes.by_scope = Arc::new(classification.by_scope);
    Index {
        table: Arc::new(table),
        base: Arc::new(Base { topology: topology.clone(), windows, arena: arena.into() }),
        classes: Arc::new(classes),
        delta: Delta::default(),
        zones,
        alert_types: Arc::new(alert_types),
        keys: None,
        is_narrowed: classification.is_narrowed,
        now,
    }
}

/// The distinct class sets, and which entity has which.
struct SetAssignment {
    sets: Vec<ClassSet>,
    /// The set of each entity.
    set_of: Vec<u32>,
    /// The set of unknown entities.
    default_set: u32,
}

/// Interns the class sets of all entities. Set 0 holds the classes of every entity.
fn class_sets(entities: usize, classification: &Classification<'_>) -> SetAssignment {
    let Classification { members, of_all, of_unknown, .. } = classification;
    let mut found = SetAssignment { sets: Vec::new(), set_of: vec![0; entities], default_set: 0 };
    let mut known: HashMap<Arc<[u32]>, u32> = HashMap::new();
    let mut intern = |classes: &mut dyn Iterator<Item = u32>, sets: &mut Vec<ClassSet>| {
        let classes: Arc<[u32]> = classes.chain(of_all.iter().copied()).collect();
        *known.entry(classes.clone()).or_insert_with(|| {
            sets.push(ClassSet::new(classes));
            sets.len() as u32 - 1
        })
    };
    intern(&mut iter::empty(), &mut found.sets);
    for of_one in members.chunk_by(|a, b| a.0 == b.0) {
        let mut classes = of_one.iter().map(|(_, class)| *class);
        found.set_of[of_one[0].0 as usize] = intern(&mut classes, &mut found.sets);
    }
    found.default_set = intern(&mut of_unknown.iter().copied(), &mut found.sets);
    found
}

/// The limits of a build, and what has been counted against them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuildLimits {
    /// Maximum steps for resolving scopes.
    pub(crate) steps: u64,
    /// Maximum covered entities, counted once for each scope.
    pub(crate) max_covered: u64,
    /// Covered entities so far.
    covered: u64,
}

impl Default for BuildLimits {
    fn default() -> Self {
        Self { steps: MAX_COVER_STEPS, max_covered: MAX_COVERED_ENTITIES, covered: 0 }
    }
}

impl BuildLimits {
    fn too_many_steps(self) -> Error {
        let message = format!("finding whom it covers takes the steps beyond {}", self.steps);
        Error::new(ErrorKind::Limit, message)
    }

    fn check_covered(self) -> Result<(), Error> {
        if self.covered > self.max_covered {
            let what = "entities covered, each counted for every scope,";
            return Err(Error::beyond(self.covered, what, self.max_covered));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Once;
    use crate::scope::Scope;

    /// A registry of one window whose scope is a group with two members.
    fn group_of_two() -> (Registry, Topology) {
        let hour = Once::new(Timestamp::MIN, Timestamp::MAX).unwrap();
        let window = Window::builder("w").schedule(hour).scope(Scope::group("g"));
        let mut registry = Registry::new();
        registry.insert(window.build().unwrap()).unwrap();
        (registry, Topology::builder().add_member("g", "a").add_member("g", "b").build().unwrap())
    }

    fn build_error(limits: BuildLimits) -> Option<String> {
        let (registry, topology) = group_of_two();
        let index = Index::with_limits(&registry, &topology, None, limits);
        index.err().map(|error| error.to_string())
    }

    #[test]
    fn build_beyond_step_limit_fails() {
        // Two candidates; two nodes (the entity and its group) for each of them; one
        // node for an unknown entity.
        let limits = |steps| BuildLimits { steps, ..BuildLimits::default() };
        assert_eq!(build_error(limits(2 + 2 * 2 + 1)), None);
        let text = "window `w`: scope: finding whom it covers takes the steps beyond 6";
        assert_eq!(build_error(limits(6)).as_deref(), Some(text));
    }

    #[test]
    fn build_beyond_covered_limit_fails() {
        let limits = |max_covered| BuildLimits { max_covered, ..BuildLimits::default() };
        assert_eq!(build_error(limits(2)), None);
        let text = "window `w`: 2 entities covered, each counted for every scope, are more than 1";
        assert_eq!(build_error(limits(1)).as_deref(), Some(text));
    }
}
