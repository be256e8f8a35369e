//! Plan of an index of keys: which properties of a subject are looked up, alone or in
//! pairs, and under which keys a window is.
//!
//! A *property* is what atoms of one kind have in common: the value of one attribute, the
//! first four bytes of it, the group, .. It has a seed, and the hash of an atom is its
//! seed XOR the hash of its text. A key is the hash of one atom or of a pair of atoms.
//! Most properties have a *field*, in which a query keeps the hash of the text.
//!
//! Under which keys a window is depends only on its scope and on costs that a plan keeps
//! for good, so that an update finds the keys of a window again without a list of them.

use smallvec::SmallVec;

use crate::index::hash::{self, FastMap, LabelName, hash_label};
use crate::scope::{Atom, Clauses, Property, Scope};

/// The key of the windows that have no necessary clause.
pub(super) const UNIVERSAL: u64 = 0x5bd1_e995_9e37_79b9;

const ENTITY_SEED: u64 = 0x9216_d5d9_8979_fb1b;
const GROUP_SEED: u64 = 0xd131_0ba6_98df_b5ac;
const ALERT_TYPE_SEED: u64 = 0x2ffd_72db_d01a_dfb7;
/// Combined with the hash of a name.
const VALUE_SEED: u64 = 0xb8e1_afed_6a26_7e96;
const PREFIX_SEED: u64 = 0xba7c_9045_f12c_7f99;
const PRESENT_SEED: u64 = 0x24a1_9947_b391_6cf7;

/// The cost of a property that the plan has not counted: one window for each atom.
const DEFAULT_COST: u32 = COST_UNIT;
/// The cost of an atom that leads to one window.
pub(super) const COST_UNIT: u32 = 16;

/// At most this many kinds of pairs are looked up for each subject.
pub(super) const MAX_PAIRS: usize = 8;
/// The number of properties that have a field, and of these how many are left to the names
/// of residual windows.
pub(super) const MAX_FIELDS: usize = 32;
pub(super) const RESIDUAL_FIELDS: usize = 16;
const _: () = assert!(2 * MAX_PAIRS + RESIDUAL_FIELDS <= MAX_FIELDS, "all of them have one");
/// A pair of clauses has at most this many pairs of atoms.
const MAX_ATOM_PAIRS: usize = 16;
/// `field` of a property that has none.
pub(super) const NO_FIELD: u8 = u8::MAX;

/// A property without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyKind {
    Entity,
    Group,
    AlertType,
    /// With the hash of the name of the attribute.
    Value(u64),
    /// With the hash of the name, and the number of bytes.
    Prefix(u64, u8),
    Present(u64),
}

impl PropertyKind {
    /// The kind of an atom.
    pub(super) fn of(atom: &Atom<'_>) -> Self {
        match atom.property {
            Property::Entity => Self::Entity,
            Property::Group => Self::Group,
            Property::AlertType => Self::AlertType,
            Property::Value(name) => Self::Value(hash_label(name.as_bytes())),
            Property::Prefix(name) => {
                Self::Prefix(hash_label(name.as_bytes()), atom.text.len() as u8)
            }
            Property::Present(name) => Self::Present(hash_label(name.as_bytes())),
        }
    }

    /// The seed of the hashes of its atoms, by which it is known.
    pub(super) fn seed(self) -> u64 {
        match self {
            Self::Entity => ENTITY_SEED,
            Self::Group => GROUP_SEED,
            Self::AlertType => ALERT_TYPE_SEED,
            Self::Value(name) => name ^ VALUE_SEED,
            Self::Prefix(name, bytes) => {
                (name ^ PREFIX_SEED).wrapping_add(hash::fibonacci_hash(bytes.into()))
            }
            Self::Present(name) => name ^ PRESENT_SEED,
        }
    }
}

/// The hash of an atom of the property with a seed.
#[inline]
pub(super) fn atom_hash(seed: u64, text: &str) -> u64 {
    seed ^ hash_label(text.as_bytes())
}

/// How a query uses a property.
#[derive(Clone, Copy, Debug)]
pub(super) struct PropertyUse {
    pub(super) seed: u64,
    /// The number of its field, or [`NO_FIELD`].
    pub(super) field: u8,
    /// The bit of its field, if it has one.
    pub(super) mask: u32,
    /// Whether it is used: it has a field, or there are keys of a single atom.
    pub(super) is_used: bool,
    /// Whether it is in keys, alone or in pairs: only then a query needs the hash of the text.
    pub(super) is_in_keys: bool,
}

impl PropertyUse {
    const fn unused(seed: u64) -> Self {
        Self { seed, field: NO_FIELD, mask: 0, is_used: false, is_in_keys: false }
    }
}

/// How a query uses the attributes with one name. One cache line.
#[derive(Clone, Debug)]
pub(super) struct NameUse {
    /// The hash of the name.
    hash: u64,
    /// The name, if all windows of the build with names of this hash have this one.
    text: Option<LabelName>,
    pub(super) value: PropertyUse,
    /// `None` if neither `present` nor a prefix is used.
    pub(super) others: Option<Box<OtherUses>>,
}

const _: () = assert!(size_of::<NameUse>() == 64);

/// How a query uses an attribute beside its value.
#[derive(Clone, Debug)]
pub(super) struct OtherUses {
    pub(super) present: PropertyUse,
    /// Each with its number of bytes.
    pub(super) prefixes: SmallVec<[(u8, PropertyUse); 1]>,
}

impl NameUse {
    fn properties(&self) -> impl Iterator<Item = &PropertyUse> {
        let others = self.others.iter().flat_map(|others| {
            let prefixes = others.prefixes.iter().map(|(_, property)| property);
            [&others.present].into_iter().chain(prefixes)
        });
        [&self.value].into_iter().chain(others)
    }

    /// How a query uses the attribute beside its value, to be changed.
    fn others(&mut self) -> &mut OtherUses {
        self.others.get_or_insert_with(|| {
            let present = PropertyUse::unused(PropertyKind::Present(self.hash).seed());
            Box::new(OtherUses { present, prefixes: SmallVec::new() })
        })
    }

    /// The place in the order of the names: those without a text come last.
    fn order(&self) -> (bool, Option<&str>) {
        (self.text.is_none(), self.text.as_ref().map(LabelName::text))
    }

    /// Whether this is the name, and no other one with its hash.
    #[inline(always)]
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.text.as_ref().is_some_and(|text| text.is(name))
    }
}

/// The names of attributes that a query uses, by hash: open addressing. Labels are usually
/// sorted by name, and then each is found by one comparison with the next name in that order.
#[derive(Clone, Debug)]
struct NameTable {
    /// First those whose text was known at the build, by text.
    uses: Vec<NameUse>,
    /// One more than the number of a name in `uses`; 0 is free. Its length is a power of two,
    /// and at least four times that of `uses`.
    index: Vec<u32>,
}

const MIN_INDEX: usize = 64;

impl Default for NameTable {
    fn default() -> Self {
        Self { uses: Vec::new(), index: vec![0; MIN_INDEX] }
    }
}

impl NameTable {
    /// The use of a name, by the hash of the name. A collision of hashes makes two names
    /// one, which adds candidates.
    #[inline(always)]
    fn get(&self, hash: u64) -> Option<&NameUse> {
        self.number(hash).map(|number| &self.uses[number])
    }

    /// The number of a name in `uses`, and whether no other name with its hash has it.
    #[inline(never)]
    fn find(&self, name: &str) -> Option<(usize, bool)> {
        let number = self.number(hash_label(name.as_bytes()))?;
        Some((number, self.uses[number].is_named(name)))
    }

    /// Orders the names whose text is known.
    fn sort(&mut self) {
        self.uses.sort_by(|a, b| a.order().cmp(&b.order()));
        self.link_all();
    }

    /// The number of a name in `uses`.
    #[inline(always)]
    fn number(&self, hash: u64) -> Option<usize> {
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let number = (self.index[at] as usize).checked_sub(1)?;
            if self.uses[number].hash == hash {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// The use of a name, added if it is new.
    fn entry(&mut self, hash: u64) -> &mut NameUse {
        if let Some(number) = self.number(hash) {
            return &mut self.uses[number];
        }
        self.uses.push(NameUse {
            hash,
            text: None,
            value: PropertyUse::unused(PropertyKind::Value(hash).seed()),
            others: None,
        });
        if self.uses.len() * 4 > self.index.len() {
            self.index = vec![0; self.index.len() * 2];
            self.link_all();
        } else {
            self.link(self.uses.len() - 1);
        }
        self.uses.last_mut().expect("it was pushed")
    }

    /// Enters all names into the index.
    fn link_all(&mut self) {
        self.index.fill(0);
        (0..self.uses.len()).for_each(|number| self.link(number));
    }

    /// Enters a name into the index.
    fn link(&mut self, number: usize) {
        let mask = self.index.len() - 1;
        let mut at = self.uses[number].hash as usize & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = number as u32 + 1;
    }
}

/// Two properties whose atoms are looked up together.
#[derive(Clone, Copy, Debug)]
pub(super) struct PairUse {
    seeds: (u64, u64),
    /// The fields of both, in the order of the seeds.
    pub(super) fields: (u8, u8),
    /// A bit for each field.
    pub(super) mask: u32,
}

impl PairUse {
    /// The key of two atoms, by the hashes of their texts.
    #[inline(always)]
    pub(super) fn key(&self, first: u64, second: u64) -> u64 {
        hash::pair(self.seeds.0 ^ first, self.seeds.1 ^ second)
    }
}

/// Which properties are looked up. The module documentation has the details.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    names: NameTable,
    pub(super) entity: Option<PropertyUse>,
    pub(super) group: Option<PropertyUse>,
    pub(super) alert_type: Option<PropertyUse>,
    /// A Bloom filter with one hash function over the groups that windows name.
    groups: GroupFilter,
    pub(super) pairs: SmallVec<[PairUse; MAX_PAIRS]>,
    /// The seeds of the properties that have a field, by its number.
    pub(super) fields: Vec<u64>,
    /// A bit for each field that is a key by itself.
    pub(super) single_fields: u32,
    /// The names of which keys have tests.
    tested_names: Vec<Box<str>>,
    /// Whether a window is under [`UNIVERSAL`].
    pub(super) has_universal: bool,
    /// The expected number of windows under an atom of a property, by its seed, in
    /// [`COST_UNIT`]s. Never changes once a property has one.
    costs: FastMap<u64, u32>,
}

/// A Bloom filter of 1,024 bits over the hashes of groups.
#[derive(Clone, Copy, Debug, Default)]
struct GroupFilter([u64; 16]);

impl GroupFilter {
    /// The word and the bit of a hash.
    #[inline]
    fn place(hash: u64) -> (usize, u64) {
        ((hash >> 6) as usize % 16, 1 << (hash % 64))
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let (word, bit) = Self::place(hash);
        self.0[word] & bit != 0
    }

    fn add(&mut self, hash: u64) {
        let (word, bit) = Self::place(hash);
        self.0[word] |= bit;
    }
}

/// What [`choose`] looks at: a clause, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClauseSummary<P> {
    pub(super) atoms: usize,
    /// The property of all atoms; `None` if they differ.
    pub(super) property: Option<P>,
}

/// The clauses under whose atoms a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// None: it covers nobody.
    Nothing,
    /// No clause: it may cover every subject.
    Universal,
    /// Each atom of the first clause.
    One,
    /// Each pair of atoms of the first clause and of another one.
    Two(usize),
}

/// Chooses the clause with the least cost, together with the next one by cost with which
/// it makes a pair that `is_pair` accepts. The clauses are given in the order of their costs;
/// those of one cost in the order in the scope.
pub(super) fn choose<C, P: Copy + PartialEq>(
    clauses: &[C],
    summary: impl Fn(&C) -> ClauseSummary<P>,
    is_pair: impl Fn(P, P) -> bool,
) -> Chosen {
    let Some((first, others)) = clauses.split_first() else { return Chosen::Universal };
    let best = summary(first);
    // A clause without atoms costs nothing, and others something.
    if best.atoms == 0 {
        return Chosen::Nothing;
    }
    let Some(property) = best.property else { return Chosen::One };
    let second = others.iter().position(|other| {
        let other = summary(other);
        best.atoms.saturating_mul(other.atoms) <= MAX_ATOM_PAIRS
            && other.property.is_some_and(|other| other != property && is_pair(property, other))
    });
    second.map_or(Chosen::One, |second| Chosen::Two(second + 1))
}

/// The key of two atoms, each with the seed of its property.
#[inline]
pub(super) fn pair_key(a: (u64, u64), b: (u64, u64)) -> u64 {
    let (first, second) = if a.0 < b.0 { (a.1, b.1) } else { (b.1, a.1) };
    hash::pair(first, second)
}

/// An atom of a key.
pub(super) type KeyAtom = (PropertyKind, u64);

/// The keys of one window.
#[derive(Debug, Default)]
pub(super) struct WindowKeys {
    /// Distinct.
    pub(super) keys: SmallVec<[u64; 4]>,
    /// The properties whose atoms are keys by themselves.
    pub(super) singles: SmallVec<[PropertyKind; 4]>,
    /// The hashes of atoms that are groups.
    pub(super) groups: SmallVec<[u64; 2]>,
}

impl Plan {
    /// A plan with counted costs, and pairs by their seeds, the lower one first.
    pub(super) fn new(costs: FastMap<u64, u32>, pairs: &[(PropertyKind, PropertyKind)]) -> Self {
        let mut plan = Self { costs, ..Self::default() };
        for (a, b) in pairs {
            let fields = (plan.field(*a, MAX_FIELDS), plan.field(*b, MAX_FIELDS));
            let (Some(first), Some(second)) = fields else { break };
            [*a, *b].into_iter().for_each(|of| plan.entry(of).is_in_keys = true);
            let (seeds, mask) = ((a.seed(), b.seed()), 1 << first | 1 << second);
            plan.pairs.push(PairUse { seeds, fields: (first, second), mask });
        }
        plan
    }

    /// Tells the texts of names of the windows of which no two have one hash; the names whose
    /// values residual windows test, and those of the tests beside keys. As far as there are
    /// fields left, these have one.
    pub(super) fn set_names<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        residual: impl Iterator<Item = &'a str>,
        tested: impl Iterator<Item = &'a str> + Clone,
    ) {
        self.tested_names = tested.clone().map(Box::from).collect();
        for name in names {
            let hash = hash_label(name.as_bytes());
            if self.names.number(hash).is_some() {
                self.names.entry(hash).text = Some(LabelName::new(name));
            }
        }
        for name in residual.chain(tested) {
            let hash = hash_label(name.as_bytes());
            if self.names.number(hash).is_none() {
                self.names.entry(hash).text = Some(LabelName::new(name));
            }
            self.field(PropertyKind::Value(hash), MAX_FIELDS);
        }
        self.names.sort();
    }

    /// The names of which keys have tests.
    pub(super) fn tested_names(&self) -> impl Iterator<Item = &str> {
        self.tested_names.iter().map(|name| &**name)
    }

    /// The field of the values of a name, if no other name can have it, and whether queries
    /// have the hash of its text.
    pub(super) fn exact_field(&self, name: &str) -> Option<(u8, bool)> {
        let (number, is_exact) = self.names.find(name)?;
        let PropertyUse { field, is_in_keys, .. } = self.names.uses[number].value;
        (is_exact && field != NO_FIELD).then_some((field, is_in_keys))
    }

    /// The field of a property, a new one if it has none; `None` if `most` are taken.
    fn field(&mut self, property: PropertyKind, most: usize) -> Option<u8> {
        let next = self.fields.len();
        let known = self.entry(property);
        if known.field == NO_FIELD {
            if next >= most {
                return None;
            }
            let mask = 1 << next;
            // Without a field, it was used alone.
            let single = if known.is_used { mask } else { 0 };
            (known.field, known.mask, known.is_used) = (next as u8, mask, true);
            self.single_fields |= single;
            self.fields.push(property.seed());
        }
        Some(self.entry(property).field)
    }

    /// The use of the attributes with a name.
    #[inline]
    pub(super) fn name(&self, name: &str) -> Option<&NameUse> {
        self.names.get(hash_label(name.as_bytes()))
    }

    /// The uses of all names: first those whose text was known at the build, by text.
    #[inline(always)]
    pub(super) fn names(&self) -> &[NameUse] {
        &self.names.uses
    }

    /// The place of a name in [`names`](Self::names), and whether no other name with its hash
    /// has it.
    pub(super) fn find_name(&self, name: &str) -> Option<(usize, bool)> {
        self.names.find(name)
    }

    /// The seeds of the properties of the attributes with a name that keys have.
    pub(super) fn seeds_of_name(&self, name: &str) -> SmallVec<[u64; 4]> {
        let properties = self.name(name).into_iter().flat_map(NameUse::properties);
        properties.filter(|it| self.is_of_key(it)).map(|property| property.seed).collect()
    }

    /// The seeds of the properties besides attributes that keys have.
    pub(super) fn seeds_of_ids(&self) -> impl Iterator<Item = u64> {
        let properties = [&self.entity, &self.group, &self.alert_type].into_iter().flatten();
        properties.filter(|it| self.is_of_key(it)).map(|property| property.seed)
    }

    /// Whether there are keys of a property, alone or in pairs.
    fn is_of_key(&self, property: &PropertyUse) -> bool {
        let is_in = |pair: &PairUse| pair.mask >> property.field & 1 != 0;
        self.is_single(property) || (property.field != NO_FIELD && self.pairs.iter().any(is_in))
    }

    /// Whether a node with no other than the accepted properties may have a key. Not for the
    /// alert type alone, which is the same for all nodes.
    pub(super) fn has_key_of(&self, accepts: impl Fn(u64) -> bool) -> bool {
        let accepts = |seed: &u64| accepts(*seed) && *seed != ALERT_TYPE_SEED;
        let has_pair = self.pairs.iter().any(|pair| {
            let (a, b) = pair.seeds;
            let is_type = |seed: u64| seed == ALERT_TYPE_SEED;
            (accepts(&a) || is_type(a)) && (accepts(&b) || is_type(b))
        });
        let names = self.names.uses.iter().flat_map(NameUse::properties);
        let ids = [&self.entity, &self.group].into_iter().flatten();
        let mut singles = names.chain(ids).filter(|property| self.is_single(property));
        has_pair || singles.any(|property| accepts(&property.seed))
    }

    /// The use of a property, added if it is new.
    fn entry(&mut self, property: PropertyKind) -> &mut PropertyUse {
        let unused = PropertyUse::unused(property.seed());
        match property {
            PropertyKind::Entity => self.entity.get_or_insert(unused),
            PropertyKind::Group => self.group.get_or_insert(unused),
            PropertyKind::AlertType => self.alert_type.get_or_insert(unused),
            PropertyKind::Value(name) => &mut self.names.entry(name).value,
            PropertyKind::Present(name) => &mut self.names.entry(name).others().present,
            PropertyKind::Prefix(name, bytes) => {
                let prefixes = &mut self.names.entry(name).others().prefixes;
                let at = prefixes.iter().position(|(known, _)| *known == bytes);
                let at = at.unwrap_or_else(|| {
                    prefixes.push((bytes, unused));
                    prefixes.len() - 1
                });
                &mut prefixes[at].1
            }
        }
    }

    /// Uses a property alone.
    pub(super) fn use_single(&mut self, property: PropertyKind) {
        if let Some(field) = self.field(property, MAX_FIELDS - RESIDUAL_FIELDS) {
            self.single_fields |= 1 << field;
        }
        let known = self.entry(property);
        (known.is_used, known.is_in_keys) = (true, true);
    }

    /// Uses a group, by the hash of an atom.
    pub(super) fn use_group(&mut self, atom: u64) {
        self.groups.add(atom ^ GROUP_SEED);
    }

    /// [`has_group`](Self::has_group) by the hash of an atom.
    pub(super) fn has_group_atom(&self, atom: u64) -> bool {
        self.has_group(atom ^ GROUP_SEED)
    }

    /// Whether a group may be in a key, by the hash of its id.
    #[inline]
    pub(super) fn has_group(&self, hash: u64) -> bool {
        self.groups.has(hash)
    }

    /// Whether there are keys of one atom of a property.
    pub(super) fn is_single(&self, property: &PropertyUse) -> bool {
        property.is_used && (property.mask == 0 || self.single_fields & property.mask != 0)
    }

    /// Whether [`use_single`](Self::use_single) would change the plan.
    pub(super) fn is_used_single(&self, property: PropertyKind) -> bool {
        let found = match property {
            PropertyKind::Entity => self.entity.as_ref(),
            PropertyKind::Group => self.group.as_ref(),
            PropertyKind::AlertType => self.alert_type.as_ref(),
            PropertyKind::Value(name) => self.names.get(name).map(|known| &known.value),
            PropertyKind::Present(name) => {
                self.names.get(name).and_then(|known| Some(&known.others.as_ref()?.present))
            }
            PropertyKind::Prefix(name, bytes) => self.names.get(name).and_then(|known| {
                let mut prefixes = known.others.as_ref()?.prefixes.iter();
                let prefix = prefixes.find(|(known, _)| *known == bytes);
                prefix.map(|(_, property)| property)
            }),
        };
        found.is_some_and(|property| self.is_single(property))
    }

    /// Whether a pair of properties is looked up, by their seeds.
    pub(super) fn has_pair(&self, a: u64, b: u64) -> bool {
        let seeds = (a.min(b), a.max(b));
        self.pairs.iter().any(|pair| pair.seeds == seeds)
    }

    /// The cost of an atom of the property with a seed.
    pub(super) fn cost(&self, seed: u64) -> u64 {
        self.costs.get(&seed).copied().unwrap_or(DEFAULT_COST).into()
    }

    /// The clauses of a scope, by the costs of the plan.
    pub(super) fn clauses<'a>(&self, scope: &'a Scope) -> Clauses<'a> {
        scope.clauses(&|atom| self.cost(PropertyKind::of(atom).seed()))
    }

    /// The keys of a window with a scope.
    pub(super) fn keys_of(&self, scope: &Scope) -> WindowKeys {
        let cost = |(property, _): &KeyAtom| self.cost(property.seed());
        let mut clauses: SmallVec<[(u64, SmallVec<[KeyAtom; 4]>); 4]> = self
            .clauses(scope)
            .iter()
            .map(|clause| {
                let atoms: SmallVec<[KeyAtom; 4]> = clause.iter().map(key_atom).collect();
                (atoms.iter().map(cost).fold(0, u64::saturating_add), atoms)
            })
            .collect();
        clauses.sort_by_key(|(cost, _)| *cost);
        let summary = |(_, atoms): &(u64, SmallVec<[KeyAtom; 4]>)| {
            let property = atoms.first().map(|(property, _)| property.seed());
            let is_same = |seed: &u64| atoms.iter().all(|(other, _)| other.seed() == *seed);
            ClauseSummary { atoms: atoms.len(), property: property.filter(is_same) }
        };
        let mut of_window = WindowKeys::default();
        let atoms = clauses.iter().flat_map(|(_, atoms)| atoms);
        let groups = atoms.filter(|(kind, _)| *kind == PropertyKind::Group);
        of_window.groups.extend(groups.map(|(_, hash)| *hash));
        match choose(&clauses, summary, |a, b| self.has_pair(a, b)) {
            Chosen::Nothing => {}
            Chosen::Universal => of_window.keys.push(UNIVERSAL),
            Chosen::One => {
                let (_, atoms) = &clauses[0];
                of_window.keys.extend(atoms.iter().map(|(_, hash)| *hash));
                of_window.singles.extend(atoms.iter().map(|(property, _)| *property));
            }
            Chosen::Two(second) => {
                for (first, a) in &clauses[0].1 {
                    for (second, b) in &clauses[second].1 {
                        of_window.keys.push(pair_key((first.seed(), *a), (second.seed(), *b)));
                    }
                }
            }
        }
        of_window.keys.sort_unstable();
        of_window.keys.dedup();
        of_window
    }

    /// Heap memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let names = self.names.uses.capacity() * size_of::<NameUse>();
        let order = size_of_val(&*self.names.index);
        let fields = self.fields.capacity() * size_of::<u64>();
        names + order + fields + self.costs.capacity() * size_of::<(u64, u32)>()
    }
}

/// An atom with its kind and hash.
pub(super) fn key_atom(atom: &Atom<'_>) -> KeyAtom {
    let property = PropertyKind::of(atom);
    (property, atom_hash(property.seed(), atom.text))
}
