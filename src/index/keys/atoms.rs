//! The atoms of one node that a query uses: a hash for each field of the plan.

use smallvec::SmallVec;

use crate::index::keys::plan::{MAX_FIELDS, NO_FIELD, PropertyUse};

/// What one node has for a query: for each field the hash of its text.
///
/// Most nodes have at most one value of a property. Further ones, and keys of one atom
/// without a field, are in a short list; a node with more of them has its atoms gathered
/// again for each key.
pub(super) struct NodeAtoms {
    /// By fields: the hash of the text; 0 of one that is in no key.
    hashes: [u64; MAX_FIELDS],
    /// By fields: the index of the attribute of the query whose value the text is.
    attributes: [u8; MAX_FIELDS],
    /// A bit for each field that has a hash.
    pub(super) known: u32,
    /// A bit for each field of which `attributes` does not tell the text for certain.
    unknown_texts: u32,
    /// More hashes of fields that have one; and of none, keys of one atom.
    more: SmallVec<[(u8, u64); MAX_MORE]>,
    /// Whether there are more of these than fit.
    pub(super) is_over: bool,
}

/// The place of a field. Never out of bounds, so that no bounds are checked.
#[inline(always)]
fn place(field: u8) -> usize {
    usize::from(field) % MAX_FIELDS
}

/// The number of further hashes that are kept.
const MAX_MORE: usize = 8;

/// What a query has for a field.
pub(super) enum FieldState {
    Absent,
    /// Several values, or texts that are not known.
    Unknown,
    /// The value of one attribute of the query, by its index.
    Attribute(usize),
}

impl NodeAtoms {
    pub(super) fn new() -> Self {
        Self {
            hashes: [0; MAX_FIELDS],
            attributes: [0; MAX_FIELDS],
            known: 0,
            unknown_texts: 0,
            more: SmallVec::new(),
            is_over: false,
        }
    }

    /// Adds an atom whose text is not a value of the query, with the hash of its text.
    pub(super) fn add(&mut self, property: &PropertyUse, hash: u64) {
        if property.mask & !self.known == 0 {
            return self.add_more(property, hash);
        }
        self.hashes[place(property.field)] = hash;
        self.known |= property.mask;
        self.unknown_texts |= property.mask;
    }

    /// Adds a further value of the query, or one whose name is not certain: the text of its
    /// field is not told then.
    #[cold]
    pub(super) fn add_unusual(&mut self, property: &PropertyUse, hash: u64) {
        self.unknown_texts |= property.mask;
        self.add(property, hash);
    }

    /// Adds a value of the query by the index of its attribute, with its hash: the first one of
    /// its field.
    #[inline(always)]
    pub(super) fn add_attribute(&mut self, property: &PropertyUse, hash: u64, index: u8) {
        self.hashes[place(property.field)] = hash;
        self.attributes[place(property.field)] = index;
        self.known |= property.mask;
    }

    /// Adds a further hash of a field, or one without a field.
    #[cold]
    fn add_more(&mut self, property: &PropertyUse, hash: u64) {
        self.is_over |= self.more.len() == MAX_MORE;
        if !self.is_over {
            let hash = if property.field == NO_FIELD { property.seed ^ hash } else { hash };
            self.more.push((property.field, hash));
        }
    }

    /// The hash of the text of a field that is known.
    #[inline(always)]
    pub(super) fn hash(&self, field: u8) -> u64 {
        self.hashes[place(field)]
    }

    /// The further hashes by their fields: keys if that is [`NO_FIELD`], else texts.
    pub(super) fn more(&self) -> &[(u8, u64)] {
        &self.more
    }

    /// All hashes of a field.
    pub(super) fn all(&self, field: u8) -> impl Iterator<Item = u64> {
        let first = (self.known >> field & 1 != 0).then(|| self.hash(field));
        let more = self.more().iter().filter(move |(known, _)| *known == field);
        first.into_iter().chain(more.map(|(_, hash)| *hash))
    }

    /// What is known of a field.
    #[inline(always)]
    pub(super) fn attribute(&self, field: u8) -> FieldState {
        let bit = 1 << place(field);
        if self.known & bit == 0 {
            FieldState::Absent
        } else if self.unknown_texts & bit != 0 {
            FieldState::Unknown
        } else {
            FieldState::Attribute(self.attributes[place(field)].into())
        }
    }
}
