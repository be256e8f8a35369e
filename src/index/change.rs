//! Changes after the build: a new index that shares what did not change.
//!
//! An entity whose windows changed gets a record of its own, which goes before
//! its slot. A class is compiled anew. Where a change reaches further than
//! that, the caller builds the index anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::index::block::List;
use crate::index::build::{Entry, FEW, Zones, compile};
use crate::index::hash;
use crate::index::postings::{Numbering, Postings, Types, descends};
use crate::index::shared::{Class, Compiled, Shared};
use crate::index::table::Slot;
use crate::index::trie::Trie;
use crate::index::{Asked, Index, Positions, Unit, is_composite};
use crate::registry::Position;
use crate::scope::{EntityIx, Topology};
use crate::time::{Timestamp, Zone};
use crate::window::Window;

/// What is different since the index was built.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Bits by the lower end of a hash that has a record, a power of two of
    /// them; none if there is no record at all. Keeps most look-ups from the
    /// records.
    filter: Option<Arc<[u64]>>,
    records: Trie<Arc<Record>>,
    windows: Trie<Changed>,
}

/// An entity whose own windows changed.
#[derive(Debug)]
pub(crate) struct Record {
    id: Arc<str>,
    compiled: Arc<Compiled>,
    pub(super) slot: Slot,
}

/// The window that is now at a position, if one is.
#[derive(Clone, Debug)]
struct Changed(Position, Option<Arc<Window>>);

/// The filter is copied with every change, and so has bounds.
const LEAST_FILTER_BITS: usize = 1 << 10;
const MOST_FILTER_BITS: usize = 1 << 17;

/// The word of a filter that has the bit of a hash, and that bit. The length of
/// a filter is a power of two.
fn bit_of(filter: &[u64], hash: u64) -> (usize, u64) {
    ((hash >> 6) as usize & (filter.len() - 1), 1 << (hash % 64))
}

fn mark(filter: &mut [u64], hash: u64) {
    let (word, bit) = bit_of(filter, hash);
    filter[word] |= bit;
}

impl Record {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn unit(&self) -> Unit<'_> {
        self.compiled.unit()
    }
}

impl Changes {
    /// Whether there may be a record for an id with this hash.
    #[inline]
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        self.filter.as_ref().is_some_and(|filter| {
            let (word, bit) = bit_of(filter, hash);
            filter[word] & bit != 0
        })
    }

    pub(super) fn record(&self, hash: u64, id: &str) -> Option<&Record> {
        self.records.get(hash, |record| *record.id == *id).map(|record| &**record)
    }

    /// The record that has this slot.
    pub(super) fn record_of(&self, hash: u64, slot: &Slot) -> Option<&Record> {
        let is = |record: &Arc<Record>| std::ptr::eq(&record.slot, slot);
        self.records.get(hash, is).map(|record| &**record)
    }

    fn put(&mut self, hash: u64, record: Record) {
        let id = record.id.clone();
        self.records = self.records.with(hash, |known| known.id == id, record.into());
        // One bit in eight is set, as long as there are few enough.
        let bits = (self.records.len() * 8).next_power_of_two();
        let words = bits.clamp(LEAST_FILTER_BITS, MOST_FILTER_BITS) / 64;
        match &mut self.filter {
            // Copied if an earlier version has it, too.
            Some(filter) if filter.len() == words => mark(Arc::make_mut(filter), hash),
            _ => {
                let mut filter = vec![0; words];
                self.records.for_each(&mut |hash, _| mark(&mut filter, hash));
                self.filter = Some(filter.into());
            }
        }
    }

    /// The same changes, seen from another present.
    pub(super) fn at(&self, zones: &[Zone], present: Timestamp) -> Self {
        let mut records = Trie::default();
        self.records.for_each(&mut |hash, record| {
            let seen = Record {
                id: record.id.clone(),
                compiled: record.compiled.clone(),
                slot: {
                    let stretch = record.compiled.stretch(zones, Some(present));
                    Slot::recorded(hash, record.slot.set, stretch)
                },
            };
            let is = |known: &Arc<Record>| known.id == record.id;
            records = records.with(hash, is, Arc::new(seen));
        });
        Self { filter: self.filter.clone(), records, windows: self.windows.clone() }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let mut bytes = self.filter.as_ref().map_or(0, |filter| size_of_val(&**filter));
        self.records.for_each(&mut |_, record| {
            bytes += size_of::<Record>() + record.id.len() + record.compiled.heap_bytes();
        });
        bytes + self.windows.len() * size_of::<Changed>()
    }
}

fn hash_of(position: Position) -> u64 {
    position.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Numbers for entities while a change is looked at: those of the topology,
/// then those that the changed scope names.
struct Nearby<'a> {
    topology: &'a Topology,
    named: Vec<&'a str>,
}

impl<'a> Nearby<'a> {
    fn new(topology: &'a Topology, window: &'a Window) -> Self {
        let mut nearby = Self { topology, named: Vec::new() };
        window.scope().named_entities(&mut |id: &'a str| {
            if topology.entity(id).is_none() && !nearby.named.contains(&id) {
                nearby.named.push(id);
            }
        });
        nearby
    }
}

impl Numbering for Nearby<'_> {
    fn number(&self, id: &str) -> Option<u32> {
        match self.topology.entity(id) {
            Some(entity) => Some(entity.index() as u32),
            None => {
                let at = self.named.iter().position(|known| *known == id)?;
                Some((self.topology.len() + at) as u32)
            }
        }
    }

    fn id(&self, number: u32) -> &str {
        match (number as usize).checked_sub(self.topology.len()) {
            Some(at) => self.named[at],
            None => self.topology.id_of(EntityIx::from_index(number as usize)),
        }
    }

    /// Not all entities there are.
    fn everyone(&self) -> Option<u32> {
        None
    }
}

/// Where the windows of a scope are kept.
enum Home {
    /// With this entity, whatever the alert type.
    Entity(Arc<str>),
    /// With these entities, by what they are asked.
    Entities(Vec<(Arc<str>, Asked)>),
    Classes(Vec<u32>),
}

/// The window of a position before and after.
pub(crate) struct Change<'a> {
    pub(crate) position: Position,
    pub(crate) window: Option<&'a Arc<Window>>,
}

impl Index {
    /// The index after some changes; `None` if they reach so far that it
    /// should be built anew.
    pub(crate) fn changed<'a>(&self, changes: impl Iterator<Item = Change<'a>>) -> Option<Self> {
        let mut next = self.clone();
        for change in changes {
            next.change(change)?;
        }
        let most = |built: usize| built / 2 + 1024;
        let many = next.changes.records.len() > most(next.table.len())
            || next.changes.windows.len() > most(next.base.windows.len());
        (!many).then_some(next)
    }

    fn change(&mut self, change: Change<'_>) -> Option<()> {
        let Change { position, window: new } = change;
        let old = self.window_at(position);
        if old.as_ref().map(Arc::as_ptr) == new.map(Arc::as_ptr) {
            return Some(());
        }
        // What is to be taken out and put in, by entity and by class.
        let mut entities: SmallVec<[(Arc<str>, Option<Asked>); 2]> = SmallVec::new();
        let mut change =
            |id: Arc<str>, asked| match entities.iter_mut().find(|(known, _)| *known == id) {
                Some((_, before)) => *before = asked,
                None => entities.push((id, asked)),
            };
        let mut classes: BTreeMap<u32, bool> = BTreeMap::new();
        for (window, stays) in [(old.as_ref(), false), (new, true)] {
            let Some(window) = window else { continue };
            self.learn_types(window);
            match self.home(window)? {
                Home::Entity(id) => change(id, stays.then(Asked::anyhow)),
                Home::Entities(homes) => {
                    homes.into_iter().for_each(|(id, asked)| change(id, stays.then_some(asked)));
                }
                Home::Classes(homes) => classes.extend(homes.into_iter().map(|id| (id, stays))),
            }
        }

        let known = self.zones.clone();
        let mut zones = Zones::of(&known);
        for (id, asked) in entities {
            self.change_entity(id, position, new.filter(|_| asked.is_some()), asked, &mut zones);
        }
        let composite =
            [old.as_ref(), new].into_iter().flatten().any(|window| is_composite(window));
        if composite || !classes.is_empty() {
            self.change_shared(position, new, &classes, composite, &mut zones);
        }
        self.changes.windows = self.changes.windows.with(
            hash_of(position),
            |known| known.0 == position,
            Changed(position, new.cloned()),
        );
        Some(())
    }

    /// The window that is at a position now.
    fn window_at(&self, position: Position) -> Option<Arc<Window>> {
        let changed = self.changes.windows.get(hash_of(position), |known| known.0 == position);
        if let Some(changed) = changed {
            return changed.1.clone();
        }
        let number = match &self.base.positions {
            Positions::From(first) => usize::try_from(position.checked_sub(*first)?).ok()?,
            Positions::Each(each) => each.binary_search(&position).ok()?,
        };
        self.base.windows.get(number).cloned()
    }

    /// Gives numbers to alert types that are new.
    fn learn_types(&mut self, window: &Window) {
        let mut types: Option<Types> = None;
        window.scope().alert_types(&mut |alert_type| {
            let known = types.as_ref().unwrap_or(&self.types);
            if !known.contains_key(alert_type) {
                let next = known.len() as u32;
                types
                    .get_or_insert_with(|| Types::clone(&self.types))
                    .insert(alert_type.clone(), next);
            }
        });
        if let Some(types) = types {
            self.types = Arc::new(types);
        }
    }

    fn home(&self, window: &Window) -> Option<Home> {
        let (scope, descends) = (window.scope(), descends(window));
        let topology = &self.base.topology;
        let mut postings = Postings::new(topology);
        if let Some(id) = postings.single(scope, descends) {
            return Some(Home::Entity(id.shared().clone()));
        }
        if let Some(classes) = self.shared.by_scope.get(&(scope.clone(), descends)) {
            return Some(Home::Classes(classes.clone()));
        }
        let nearby = Nearby::new(topology, window);
        let cover = postings.cover(scope, descends, &self.types, &nearby)?;
        let homes = cover.entities.iter().flat_map(|(asked, entities)| {
            entities.iter().map(|entity| (nearby.id(*entity).into(), asked.clone()))
        });
        cover.is_few(FEW).then(|| Home::Entities(homes.collect()))
    }

    fn change_entity(
        &mut self,
        id: Arc<str>,
        position: Position,
        new: Option<&Arc<Window>>,
        asked: Option<Asked>,
        zones: &mut Zones<'_>,
    ) {
        let hash = hash::hash_of(&id);
        let slot = self.find_guessed(self.table.guess(hash), &id);
        let (own, set) = (self.own(self.place_of(slot)), slot.set);
        let compiled = compile(changed(own, position, new, asked), zones);
        if let Some(zones) = zones.grown() {
            self.zones = zones;
        }
        let stretch = compiled.stretch(&self.zones, self.present);
        let slot = Slot::recorded(hash, set, stretch);
        self.changes.put(hash, Record { id, compiled: Arc::new(compiled), slot });
    }

    fn change_shared(
        &mut self,
        position: Position,
        new: Option<&Arc<Window>>,
        classes: &BTreeMap<u32, bool>,
        composite: bool,
        zones: &mut Zones<'_>,
    ) {
        let mut shared = Shared::clone(&self.shared);
        for (class, stays) in classes {
            let class = &mut shared.classes[*class as usize];
            let asked = class.asked.clone();
            let new = new.filter(|_| *stays);
            let entries = changed(Some(class.unit()), position, new, Some(asked.clone()));
            *class = Arc::new(Class { compiled: compile(entries, zones), asked });
        }
        if let Some(zones) = zones.grown() {
            self.zones = zones;
        }
        if composite {
            let mut composites = shared.composites.to_vec();
            composites.retain(|(known, _)| *known != position);
            if let Some(window) = new.filter(|window| is_composite(window)) {
                let at = composites.partition_point(|(known, _)| *known < position);
                composites.insert(at, (position, window.clone()));
            }
            shared.composites = composites.into();
        }
        if !classes.is_empty() {
            shared.look_at(&self.zones, self.present);
        }
        self.shared = Arc::new(shared);
    }
}

/// The windows of a unit with another one at a position, or none, in the order
/// of the registry.
fn changed(
    unit: Option<Unit<'_>>,
    position: Position,
    new: Option<&Arc<Window>>,
    asked: Option<Asked>,
) -> Vec<Entry> {
    let mut changed = Vec::new();
    if let Some(unit) = unit {
        let list = List::of(unit.words);
        changed.reserve(list.len() + 1);
        let mut keep = |number: u32, asked: Asked| {
            let known = unit.positions.of(number);
            if known != position {
                let window = unit.windows[number as usize].clone();
                changed.push(Entry { position: known, window, asked });
            }
        };
        list.plain.iter().for_each(|number| keep(*number, Asked::anyhow()));
        for (number, named, others) in list.typed() {
            keep(number, Asked { named: named.into(), others });
        }
        // Those asked by alert type stood behind the others.
        changed.sort_unstable_by_key(|entry| entry.position);
    }
    if let (Some(window), Some(asked)) = (new, asked) {
        let at = changed.partition_point(|entry| entry.position < position);
        changed.insert(at, Entry { position, window: window.clone(), asked });
    }
    changed
}
