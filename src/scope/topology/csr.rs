//! Relations between dense ids in compressed sparse rows (CSR), and cycle
//! detection.

use std::marker::PhantomData;

use crate::error::Error;
use crate::limits::MAX_LINKS;
use crate::scope::topology::interner::{DenseId, Interner};

/// A relation in compressed sparse rows: row `r` is
/// `cells[starts[r]..starts[r + 1]]`. The cells of a row are distinct.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Csr<R, C> {
    starts: Box<[u32]>,
    cells: Box<[C]>,
    row: PhantomData<R>,
}

impl<R: DenseId, C: Copy + Ord> Csr<R, C> {
    /// Builds a relation from pairs. The cells of a row are ordered by `key`, and
    /// those with equal keys by first mention.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_LINKS`] pairs; `what` names them.
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

    /// A row; `None` if there is none with this number.
    pub(super) fn get(&self, row: R) -> Option<&[C]> {
        let [start, end] = self.starts.get(row.index()..row.index() + 2)?.first_chunk().copied()?;
        Some(&self.cells[start as usize..end as usize])
    }

    /// The number of all cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }
}

impl<R: DenseId, C: DenseId> Csr<R, C> {
    /// The transposed relation, as numbers; each row is ascending.
    pub(super) fn transposed(&self, columns: usize) -> Csr<C, u32> {
        let starts = starts(columns, self.cells.iter().map(|cell| cell.index()));
        let mut free = starts.to_vec();
        let mut cells = vec![0; self.cells.len()];
        for (row, bounds) in (0..).zip(self.starts.windows(2)) {
            for cell in &self.cells[bounds[0] as usize..bounds[1] as usize] {
                let slot = &mut free[cell.index()];
                cells[*slot as usize] = row;
                *slot += 1;
            }
        }
        Csr { starts, cells: cells.into(), row: PhantomData }
    }
}

impl<R, C> Default for Csr<R, C> {
    fn default() -> Self {
        Self { starts: Box::new([0]), cells: Box::new([]), row: PhantomData }
    }
}

/// The start of each of `rows` rows, and the total, given the row of each cell.
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

/// Finds a cycle of `up`: each returned id is below the next one, and the last one
/// is below the first one; `None` if there is no cycle. `down` is `up` transposed.
/// Linear in the size of the relation, and needs no stack.
pub(super) fn find_cycle<I: DenseId>(
    names: &Interner<I>,
    up: &Csr<I, I>,
    down: &Csr<I, u32>,
) -> Option<Vec<I>> {
    // Topological sort: remove ids that have nothing left above them. The ids that
    // remain are on a cycle or below one, so walking up from any of them must reach
    // an id twice.
    let mut above: Vec<usize> = names.all().map(|ix| up.row(ix).len()).collect();
    let mut free: Vec<I> = names.all().filter(|ix| above[ix.index()] == 0).collect();
    while let Some(ix) = free.pop() {
        for below in down.row(ix) {
            above[*below as usize] -= 1;
            if above[*below as usize] == 0 {
                free.push(I::at(*below));
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
