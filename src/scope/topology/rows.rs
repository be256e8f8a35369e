//! Names as small numbers, and relations between them as compressed rows.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Error;
use crate::limits::{MAX_ENTITIES, MAX_LINKS};

/// A number that stands for a name.
pub(super) trait Ix: Copy + Ord {
    /// What it is that has the names, for errors.
    const WHAT: &'static str;
    fn at(index: u32) -> Self;
    fn index(self) -> usize;
}

macro_rules! ix {
    ($(#[$doc:meta])* $name:ident: $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl Ix for $name {
            const WHAT: &'static str = $what;

            fn at(index: u32) -> Self {
                Self(index)
            }

            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

ix! {
    /// An entity of one topology.
    EntityIx: "entities"
}
ix! {
    /// A group of one topology.
    GroupIx: "groups"
}
impl EntityIx {
    /// The entity at a place in the order of first mention.
    pub(crate) const fn from_index(index: usize) -> Self {
        Self(index as u32)
    }

    /// The place in the order of first mention, below [`Topology::len`].
    ///
    /// [`Topology::len`]: crate::Topology::len
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl GroupIx {
    /// The place in the order of first mention, below [`Topology::group_len`].
    ///
    /// [`Topology::group_len`]: crate::Topology::group_len
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

ix! {
    /// A name of an attribute; in the order of the names as text.
    NameIx: "names of attributes"
}
ix! {
    /// A value of an attribute.
    ValueIx: "values of attributes"
}

/// Texts in order of first mention, each once, and the way back.
#[derive(Clone)]
pub(super) struct Names<I> {
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, I>,
}

impl<I: Ix> Names<I> {
    pub(super) fn get(&self, text: &str) -> Option<I> {
        self.known.get(text).copied()
    }

    pub(super) fn text(&self, ix: I) -> &str {
        &self.texts[ix.index()]
    }

    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Every number in use, ascending.
    pub(super) fn all(&self) -> impl Iterator<Item = I> + use<I> {
        // The builder never takes more than fit.
        (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).map(I::at)
    }

    /// The number of `text`, a new one if it has none.
    ///
    /// # Errors
    ///
    /// If `check` refuses a new text, or there are [`MAX_ENTITIES`] already.
    pub(super) fn intern(
        &mut self,
        text: &str,
        check: impl FnOnce(&str) -> Result<(), Error>,
    ) -> Result<I, Error> {
        if let Some(ix) = self.get(text) {
            return Ok(ix);
        }
        check(text)?;
        if self.len() >= MAX_ENTITIES {
            return Err(Error::beyond(self.len() + 1, I::WHAT, MAX_ENTITIES));
        }
        let ix = I::at(self.len() as u32);
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.known.insert(text, ix);
        Ok(ix)
    }

    /// The same texts in the order of text, and the new number of each old one.
    pub(super) fn sorted(self) -> (Self, Box<[I]>) {
        let mut order: Vec<I> = self.all().collect();
        order.sort_unstable_by(|a, b| self.text(*a).cmp(self.text(*b)));
        let mut renumbered: Box<[I]> = self.all().collect();
        let mut sorted = Self::default();
        for (new, old) in self.all().zip(order) {
            let text = &self.texts[old.index()];
            sorted.texts.push(text.clone());
            sorted.known.insert(text.clone(), new);
            renumbered[old.index()] = new;
        }
        (sorted, renumbered)
    }
}

impl<I> Default for Names<I> {
    fn default() -> Self {
        Self { texts: Vec::new(), known: HashMap::new() }
    }
}

impl<I> PartialEq for Names<I> {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl<I> fmt::Debug for Names<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.texts).finish()
    }
}

/// A relation, one row of cells for each `R`: row `r` is
/// `cells[starts[r]..starts[r + 1]]`. No cell comes twice in a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows<R, C> {
    starts: Box<[u32]>,
    cells: Box<[C]>,
    row: PhantomData<R>,
}

impl<R: Ix, C: Copy + Ord> Rows<R, C> {
    /// Rows of what comes with each `R`. Cells are ordered by `key`, equal keys
    /// by first mention.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_LINKS`] pairs; `what` says of what.
    pub(super) fn new<K: Ord>(
        what: &str,
        rows: usize,
        pairs: &[(R, C)],
        key: impl Fn(C) -> K,
    ) -> Result<Self, Error> {
        if pairs.len() > MAX_LINKS {
            return Err(Error::beyond(pairs.len(), what, MAX_LINKS));
        }
        let mut mentions: Vec<(R, C, u32)> =
            pairs.iter().zip(0..).map(|(&(row, cell), at)| (row, cell, at)).collect();
        mentions.sort_unstable();
        mentions.dedup_by_key(|(row, cell, _)| (*row, *cell));
        mentions.sort_unstable_by_key(|&(row, cell, at)| (row, key(cell), at));
        Ok(Self {
            starts: starts(rows, mentions.iter().map(|(row, ..)| row.index())),
            cells: mentions.iter().map(|&(_, cell, _)| cell).collect(),
            row: PhantomData,
        })
    }

    pub(super) fn row(&self, row: R) -> &[C] {
        let start = self.starts[row.index()] as usize;
        let end = self.starts[row.index() + 1] as usize;
        &self.cells[start..end]
    }
}

impl<R: Ix, C: Ix> Rows<R, C> {
    /// The relation read the other way; each row ascending.
    pub(super) fn transposed(&self, columns: usize) -> Rows<C, R> {
        let starts = starts(columns, self.cells.iter().map(|cell| cell.index()));
        let mut free = starts.to_vec();
        let mut cells = vec![R::at(0); self.cells.len()];
        for (row, bounds) in (0..).zip(self.starts.windows(2)) {
            for cell in &self.cells[bounds[0] as usize..bounds[1] as usize] {
                let slot = &mut free[cell.index()];
                cells[*slot as usize] = R::at(row);
                *slot += 1;
            }
        }
        Rows { starts, cells: cells.into(), row: PhantomData }
    }
}

impl<R, C> Default for Rows<R, C> {
    fn default() -> Self {
        Self { starts: Box::new([0]), cells: Box::new([]), row: PhantomData }
    }
}

/// Where each of `rows` rows begins, given the row of every cell; one more at
/// the end.
fn starts(rows: usize, row_of_cell: impl Iterator<Item = usize>) -> Box<[u32]> {
    let mut starts = vec![0; rows + 1];
    row_of_cell.for_each(|row| starts[row + 1] += 1);
    let mut sum: u32 = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts.into()
}

/// The members of one circle of `up`, each below the next and the last below the
/// first; `None` where there is none. `down` is `up` transposed. Linear in the
/// relation, whatever its depth.
pub(super) fn circle<I: Ix>(
    names: &Names<I>,
    up: &Rows<I, I>,
    down: &Rows<I, I>,
) -> Option<Vec<I>> {
    // Peel off whatever has nothing left above it. What then remains lies on a
    // circle or below one, so that walking up never ends and must come round.
    let mut above: Vec<usize> = names.all().map(|ix| up.row(ix).len()).collect();
    let mut free: Vec<I> = names.all().filter(|ix| above[ix.index()] == 0).collect();
    while let Some(ix) = free.pop() {
        for below in down.row(ix) {
            above[below.index()] -= 1;
            if above[below.index()] == 0 {
                free.push(*below);
            }
        }
    }
    let remains = |ix: &I| above[ix.index()] > 0;
    let mut here = names.all().find(remains)?;
    let mut walked: Vec<I> = Vec::new();
    let mut step: Vec<Option<usize>> = vec![None; names.len()];
    loop {
        if let Some(first) = step[here.index()] {
            return Some(walked.split_off(first));
        }
        step[here.index()] = Some(walked.len());
        walked.push(here);
        here = *up.row(here).iter().find(|ix| remains(ix))?;
    }
}
