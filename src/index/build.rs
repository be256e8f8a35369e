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

use crate::error::Error;
use crate::index::alert_types::{AlertTypeFilter, AlertTypes, collect_alert_types};
use crate::index::arena::{BlockStart, build_near_timelines, compile_entities_within, near_state};
use crate::index::block::{self, Block, Context};
use crate::index::classes::{ByScope, ClassSet, Classes, MAX_UNCLASSED_ENTITIES, ScopeClass};
use crate::index::delta::Delta;
use crate::index::facts::Facts;
use crate::index::intern::{BATCH_SIZE, EntityIds, EntityInterner, ZoneInterner};
use crate::index::keys::KeyBuilder;
use crate::index::postings::Postings;
use crate::index::prefilter::Prefilter;
use crate::index::resolve::{Coverage, ResolveLimits, ScopeResolver};
use crate::index::slot::{Slot, SlotTail};
use crate::index::table::Table;
use crate::index::windows::WindowTable;
use crate::index::{Base, Index};
use crate::limits::{MAX_COMPILED_WORDS, MAX_COVER_STEPS, MAX_COVERED_ENTITIES};
use crate::registry::Registry;
use crate::scope::{Scope, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

impl Index {
    /// Builds the index of all windows of a registry.
    ///
    /// # Errors
    ///
    /// If compiled windows and lists of windows take more than `u32::MAX` words.
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
        let WindowsByScope { windows, by_entity, by_scope, mut labelled, excluding } =
            group_by_scope(registry, &ScopeResolver::new(topology, None), &mut entities);
        let windows = Arc::new(WindowTable::new(windows, registry));
        // Only scopes that an entity of the topology may meet are left to resolve.
        let postings = by_scope.iter().any(|(window, _)| window.scope().tests_attributes());
        let postings = postings.then(|| Postings::of(topology));
        let resolver = ScopeResolver::new(topology, postings.as_ref());
        let alert_types = collect_alert_types(by_scope.iter().map(|(window, _)| *window));

        let mut classification = Classification { untyped: by_entity, ..Default::default() };
        let mut keyed_only = Vec::new();
        for (window, ids) in &by_scope {
            match resolve(&resolver, window, &alert_types, &entities, &mut limits) {
                Some((found, Place::Blocks)) => classification.add_to_blocks(window, ids, &found),
                Some((found, Place::Classes)) => classification.add_classes(window, ids, &found),
                None => keyed_only.extend_from_slice(ids),
            }
        }
        keyed_only.sort_unstable();
        for id in &keyed_only {
            let window = registry.at(windows.position(*id)).expect("the window is there");
            if !window.scope().depends_on_labels() {
                labelled.add(*id, window, |_| true);
            }
        }
        classification.sort();
        let compiled = compile(&windows, &mut classification, entities.len(), limits.words)?;
        let keys = match labelled.is_empty() {
            true => None,
            false => Some(Arc::new(labelled.finish(&windows, topology, now)?)),
        };
        let has_keyed_only = !keyed_only.is_empty();
        let base = Base { windows, keyed_only: keyed_only.into(), arena: Box::default() };
        let index = assemble(base, now, alert_types, &entities, classification, compiled);
        let excluding = excluding.into_iter().map(|id| index.base.windows.position(id));
        let facts = Facts {
            topology: topology.clone(),
            postings,
            excluding: excluding.map(|position| (position, ())).collect(),
            is_changed: false,
        };
        let mut index = Self { keys, has_keyed_only, facts: Arc::new(facts), ..index };
        if has_keyed_only {
            index.delta.include_everybody();
        }
        Ok(index)
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
    /// The windows that exclude entities by id, and do not depend on labels.
    excluding: Vec<u32>,
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
    let mut excluding = Vec::new();
    let mut rest = registry.iter();
    let mut batch: SmallVec<[&Arc<Window>; BATCH_SIZE]> = SmallVec::new();
    let mut single: SmallVec<[(&str, u32); BATCH_SIZE]> = SmallVec::new();
    while rest.len() > 0 {
        batch.extend(rest.by_ref().take(BATCH_SIZE));
        // Each step reads what the one before has loaded.
        for read in [Scope::node_hint, Scope::tests_hint, Scope::prefetch_hint] {
            let hints = batch.iter().map(|window| read(window.scope()));
            std::hint::black_box(hints.fold(0, std::ops::BitXor::bitxor));
        }
        for (id, window) in (windows.len() as u32..).zip(&batch) {
            let descends = window.propagation().descends();
            match resolver.single_entity(window.scope(), descends) {
                Some(entity) => single.push((entity.as_str(), id)),
                None => {
                    let is_labelled = window.scope().depends_on_labels();
                    if !is_labelled && window.scope().has_negation() {
                        excluding.push(id);
                    }
                    if is_labelled && !labelled.add(id, window, |atom| resolver.is_possible(atom)) {
                        // Without labels of a query it covers nobody.
                        window.scope().named_entities(&mut |id| {
                            entities.intern(id);
                        });
                        continue;
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
    WindowsByScope { windows, by_entity, by_scope, labelled, excluding }
}

/// Where the windows of a scope are compiled to.
enum Place {
    /// The blocks of a few entities.
    Blocks,
    Classes,
}

/// Resolves the scope of a window to the entities that it covers. `None` if that takes too
/// much: the scope is left to the index of keys.
fn resolve(
    resolver: &ScopeResolver<'_>,
    window: &Window,
    alert_types: &AlertTypes,
    entities: &EntityInterner,
    limits: &mut BuildLimits,
) -> Option<(Coverage, Place)> {
    let (scope, descends) = (window.scope(), window.propagation().descends());
    let mut few = ResolveLimits::FEW;
    let incomplete = Incomplete(entities);
    let coverage = resolver.resolve(scope, descends, alert_types, &incomplete, &mut few);
    if let Some(coverage) = coverage.filter(|found| found.is_at_most(MAX_UNCLASSED_ENTITIES)) {
        return Some((coverage, Place::Blocks));
    }
    let mut many = ResolveLimits { candidates: usize::MAX, steps: limits.steps };
    let coverage = resolver.resolve(scope, descends, alert_types, entities, &mut many);
    limits.steps = many.steps;
    let coverage = coverage?;
    let covered = coverage.entities.iter().map(|(_, of)| of.len() as u64).sum::<u64>();
    limits.covered = limits.covered.checked_sub(covered)?;
    Some((coverage, Place::Classes))
}

/// Entities of which not all are known, as for an update: a scope for which every entity is
/// a candidate is not resolved.
struct Incomplete<'a>(&'a EntityInterner);

impl EntityIds for Incomplete<'_> {
    fn index_of(&self, id: &str) -> Option<u32> {
        self.0.index_of(id)
    }

    fn id_of(&self, index: u32) -> &str {
        self.0.id_of(index)
    }

    fn count(&self) -> Option<u32> {
        None
    }
}

/// Where each window is compiled to: into the block of an entity, or into a class.
#[derive(Default)]
struct Classification<'a> {
    /// (entity, window) for windows of an entity's own block that apply to every
    /// alert type.
    untyped: Vec<(u32, u32)>,
    /// (entity, window, filter) for the others of an entity's own block.
    alert_typed: Vec<(u32, u32, AlertTypeFilter)>,
    /// The windows of each class, one of them, and their filter, by class id.
    classes: Vec<(AlertTypeFilter, &'a [u32], &'a Window)>,
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
    /// Adds the windows of one scope to the blocks of the entities that it covers.
    fn add_to_blocks(&mut self, window: &Window, ids: &[u32], coverage: &Coverage) {
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
    }

    /// Adds the windows of one scope as classes.
    fn add_classes(&mut self, window: &'a Window, ids: &'a [u32], coverage: &Coverage) {
        let of_scope = self.by_scope.entry(window.scope().clone()).or_default();
        let of_scope = &mut of_scope[usize::from(window.propagation().descends())];
        let mut add_class = |filter: &AlertTypeFilter| {
            self.classes.push((filter.clone(), ids, window));
            let class = self.classes.len() as u32 - 1;
            of_scope.push(class);
            class
        };
        if coverage.everything {
            self.of_all.push(add_class(&AlertTypeFilter::any()));
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

/// Compiles a block for each class and each entity; those of the entities within `most`
/// words. Frees the list of untyped windows.
fn compile(
    windows: &WindowTable,
    classification: &mut Classification<'_>,
    entities: usize,
    most: usize,
) -> Result<Compiled, Error> {
    let mut zones = ZoneInterner::default();
    let compile_class = |(filter, ids, window): &(AlertTypeFilter, &[u32], &Window)| {
        let inputs = ids.iter().map(|id| windows.lookup().build_input(*id, filter.clone()));
        let block = Block::compile(inputs, &mut zones);
        let (scope, descends) = (window.scope().clone(), window.propagation().descends());
        let is_labelled = scope.depends_on_labels();
        Arc::new(ScopeClass { scope, descends, block, filter: filter.clone(), is_labelled })
    };
    let classes = classification.classes.iter().map(compile_class).collect();
    let untyped = std::mem::take(&mut classification.untyped);
    let of_entities = (&*untyped, &*classification.alert_typed);
    let (arena, blocks) =
        compile_entities_within(most, windows, of_entities, entities, &mut zones)?;
    drop(untyped);
    Ok(Compiled { classes, arena, blocks, zones: zones.merged_if_changed().unwrap_or_default() })
}

/// Puts the parts together: class sets, slots, near-now answers.
fn assemble(
    base: Base,
    now: Option<Timestamp>,
    alert_types: AlertTypes,
    entities: &EntityInterner,
    classification: Classification<'_>,
    compiled: Compiled,
) -> Index {
    let Compiled { classes: by_id, arena, blocks, zones } = compiled;
    let windows = &*base.windows;
    let assignment = class_sets(entities.len(), &classification);
    let mut classes = Classes::new(by_id, assignment.sets, assignment.default_set);
    classes.recompute_near(windows, &zones, now);

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
    let mut ids: Vec<&str> = entities.ids().collect();
    // Positions from which an entity was removed have no slot.
    let known: Option<Vec<usize>> =
        ids.contains(&"").then(|| (0..ids.len()).filter(|at| !ids[*at].is_empty()).collect());
    ids.retain(|id| !id.is_empty());
    let mut table = Table::new(&ids, default_slot, |at, slot| {
        let entity = known.as_ref().map_or(at, |known| known[at]);
        let alert_typed = classification.has_alert_typed(entity as u32);
        init(slot, blocks[entity], assignment.set_of[entity], alert_typed);
    });
    build_near_timelines(&mut table, &arena, context, now);
    classes.by_scope = Arc::new(classification.by_scope);
    Index {
        table: Arc::new(table),
        base: Arc::new(Base { arena: arena.into(), ..base }),
        facts: Arc::default(),
        classes: Arc::new(classes),
        delta: Delta::default(),
        zones,
        alert_types: Arc::new(alert_types),
        keys: None,
        is_narrowed: classification.is_narrowed,
        has_keyed_only: false,
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

/// What a build may spend; the first two are counted down, and are for scopes of more than
/// a few entities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuildLimits {
    /// Steps for resolving scopes.
    pub(crate) steps: u64,
    /// Covered entities, counted once for each scope.
    pub(crate) covered: u64,
    /// Words of compiled blocks.
    pub(crate) words: usize,
}

impl Default for BuildLimits {
    fn default() -> Self {
        Self { steps: MAX_COVER_STEPS, covered: MAX_COVERED_ENTITIES, words: MAX_COMPILED_WORDS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Daily, Once, Periodic, Schedule};
    use crate::scope::{Scope, Subject};
    use crate::testing::{HOUR, SplitMix64};

    /// A registry of one window whose scope is a group with many members.
    fn group_of(members: usize) -> (Registry, Topology) {
        let hour = Once::new(Timestamp::MIN, Timestamp::MAX).unwrap();
        let window = Window::builder("w").schedule(hour).scope(Scope::group("g"));
        let mut registry = Registry::new();
        registry.insert(window.build().unwrap()).unwrap();
        let members = (0..members).map(|n| format!("e-{n}"));
        let topology =
            members.fold(Topology::builder(), |topology, id| topology.add_member("g", id));
        (registry, topology.build().unwrap())
    }

    /// Whether the window is left to the index of keys; its answers do not depend on that.
    fn is_keyed_only(members: usize, limits: BuildLimits) -> bool {
        let (registry, topology) = group_of(members);
        let index = Index::with_limits(&registry, &topology, None, limits).unwrap();
        for (id, expected) in [("e-0", true), ("e-1", true), ("x", false)] {
            let subject = Subject::entity(id);
            assert_eq!(index.is_silenced(&subject, Timestamp::MIN), expected, "{id}");
            assert_eq!(index.covering(&subject).iter().count(), usize::from(expected), "{id}");
        }
        index.has_keyed_only
    }

    #[test]
    fn build_beyond_step_limit_leaves_scope_to_keys() {
        let limits = |steps| BuildLimits { steps, ..BuildLimits::default() };
        // A hundred candidates; two nodes (the entity and its group) for each of them; one
        // node for an unknown entity.
        assert!(!is_keyed_only(100, limits(100 + 2 * 100 + 1)));
        assert!(is_keyed_only(100, limits(100 + 2 * 100)));
        // A few are always resolved.
        assert!(!is_keyed_only(2, limits(0)));
    }

    #[test]
    fn build_beyond_covered_limit_leaves_scope_to_keys() {
        let limits = |covered| BuildLimits { covered, ..BuildLimits::default() };
        assert!(!is_keyed_only(100, limits(100)) && is_keyed_only(100, limits(99)));
    }

    /// Answers do not depend on which windows are compiled.
    #[test]
    fn build_beyond_word_limit_evaluates_windows() {
        let random = &mut SplitMix64::new(5);
        let mut registry = Registry::new();
        for number in 0..400 {
            let start = Timestamp::saturating(random.between(-3, 3) * HOUR);
            let schedule: Schedule = match number % 3 {
                0 => Once::new(start, Timestamp::saturating(4 * HOUR)).unwrap().into(),
                1 => Periodic::new(start, HOUR / 3, 2 * HOUR).unwrap().into(),
                _ => Daily::new("22:00-02:00".parse().unwrap(), chrono_tz::Europe::Berlin).into(),
            };
            let scope = Scope::entity(format!("e-{}", random.below(50)));
            let scope = if number % 7 == 0 { scope.and(Scope::alert_type("CPU")) } else { scope };
            let window = Window::builder(number.to_string()).schedule(schedule).scope(scope);
            registry.insert(window.build().unwrap()).unwrap();
        }
        let build = |words| {
            let limits = BuildLimits { words, ..BuildLimits::default() };
            Index::with_limits(&registry, &Topology::default(), None, limits).unwrap()
        };
        let whole = build(MAX_COMPILED_WORDS);
        for words in [0, whole.base.arena.len() / 2] {
            let part = build(words);
            assert!(part.base.arena != whole.base.arena);
            for entity in 0..51 {
                let id = format!("e-{entity}");
                for subject in [Subject::entity(&id), Subject::entity(&id).with_alert_type("CPU")] {
                    for t in (-30..30).map(|n| Timestamp::saturating(n * HOUR / 4)) {
                        let answers = [&part, &whole].map(|index| index.is_silenced(&subject, t));
                        assert_eq!(answers[0], answers[1], "{id} at {t}, {words} words");
                        let both =
                            [&part, &whole].map(|index| index.covering(&subject).iter().count());
                        assert_eq!(both[0], both[1]);
                    }
                }
            }
        }
    }
}
