//! A tree of maximal ends, to skip blocks in which all intervals have ended.

use crate::interval_set::Span;

/// Level 0 has the greatest end of each block of [`BLOCK`] intervals; each
/// further level has the maximum of each block of the level below.
#[derive(Clone)]
pub(super) struct MaxEndTree(pub(super) Box<[Box<[u64]>]>);

pub(super) const BLOCK: usize = 16;

impl MaxEndTree {
    pub(super) fn new(spans: &[Span]) -> Self {
        let mut levels = Vec::new();
        let greatest = |ends: &[u64]| ends.iter().copied().max().unwrap_or(0);
        let mut level: Box<[u64]> = spans
            .chunks(BLOCK)
            .map(|block| block.iter().map(|span| span.end).max().unwrap_or(0))
            .collect();
        while level.len() > 1 {
            let next = level.chunks(BLOCK).map(greatest).collect();
            levels.push(std::mem::replace(&mut level, next));
        }
        levels.push(level);
        Self(levels.into())
    }

    /// The first block at or after `block` that has an interval which ends after
    /// `offset`; the number of blocks if there is none.
    pub(super) fn next(&self, block: usize, offset: u64) -> usize {
        let mut at = block;
        for (height, level) in self.0.iter().enumerate() {
            let group = (at / BLOCK * BLOCK + BLOCK).min(level.len());
            let ahead = |ends: &[u64]| ends.iter().position(|end| *end > offset);
            if let Some(found) = level.get(at..group).and_then(ahead) {
                at += found;
                for level in self.0[..height].iter().rev() {
                    at *= BLOCK;
                    let group = (at + BLOCK).min(level.len());
                    at += level.get(at..group).and_then(ahead).unwrap_or(0);
                }
                return at;
            }
            at = at / BLOCK + 1;
        }
        self.0.first().map_or(0, |level| level.len())
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.0) + self.0.iter().map(|level| size_of_val(&**level)).sum::<usize>()
    }
}
