//! A class of intervals of similar length: which of them cover an instant.

use std::ops::Range;

use crate::interval_set::Span;
use crate::interval_set::bucket_index::{BucketIndex, core_range};
use crate::interval_set::max_end_tree::{BLOCK, MaxEndTree};

/// Intervals of similar length, sorted by start. The candidates for an instant
/// `t` are those that start in `(t - greatest, t]`: a contiguous run, of which
/// most cover `t` because the lengths are similar.
#[derive(Clone)]
pub(super) struct LengthClass {
    /// Lengths in milliseconds.
    pub(super) least: u64,
    pub(super) greatest: u64,
    pub(super) buckets: BucketIndex,
    pub(super) columns: Columns,
    pub(super) max_ends: MaxEndTree,
}

/// The columns of a class. Only instants that are close to each other are
/// compared, so in most classes the low 32 bits are enough.
#[derive(Clone)]
pub(super) enum Columns {
    Narrow(Column<u32>),
    Wide(Column<u64>),
}

#[derive(Clone)]
pub(super) struct Column<W> {
    pub(super) starts: Box<[W]>,
    pub(super) ends: Box<[W]>,
    pub(super) indices: Box<[u32]>,
}

/// Buckets with more entries than this are searched by bisection instead of
/// scanned.
const MAX_SCANNED: usize = 32;
/// The fixed cost of a class per query, in units of one scanned interval.
const CLASS_COST: u128 = 24;

/// Assigns each magnitude of length (its binary logarithm) to a class, so that
/// the average cost of a query is minimal: few classes, and few scanned intervals
/// that do not cover the instant. Dynamic programming over the magnitudes.
pub(super) fn classify(spans: &[Span], reach: &Range<u64>) -> [u8; 64] {
    let mut counts = [0_u128; 64];
    let mut lengths = [(u64::MAX, 0_u64); 64];
    for span in spans {
        let (length, magnitude) = (span.length(), span.magnitude());
        counts[magnitude] += 1;
        let (least, greatest) = lengths[magnitude];
        lengths[magnitude] = (least.min(length), greatest.max(length));
    }
    let reach = u128::from((reach.end - reach.start).max(1));
    // `best[m]` is the least cost of all magnitudes below `m`, `first[m]` the
    // first magnitude of their last class.
    let mut best = [0_u128; 65];
    let mut first = [0_usize; 65];
    for end in 1..=64 {
        best[end] = u128::MAX;
        let (mut count, mut least, mut greatest) = (0, u64::MAX, 0);
        for begin in (0..end).rev() {
            count += counts[begin];
            least = least.min(lengths[begin].0);
            greatest = greatest.max(lengths[begin].1);
            let unsure = greatest.saturating_sub(least);
            let class =
                if count == 0 { 0 } else { CLASS_COST + count * u128::from(unsure) / reach };
            let cost = best[begin] + class;
            if cost < best[end] {
                (best[end], first[end]) = (cost, begin);
            }
        }
    }
    let mut class_of = [0; 64];
    let mut end = 64;
    while end > 0 {
        class_of[first[end]..end].fill(end as u8);
        end = first[end];
    }
    class_of
}

impl LengthClass {
    /// `spans` are sorted by start.
    pub(super) fn new(spans: &[Span]) -> Self {
        let lengths = || spans.iter().map(Span::length);
        let (least, greatest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        let core_range = core_range(spans.len(), |at| spans[at].start);
        let all_inside = spans.iter().all(|span| core_range.contains(&span.start));
        let (buckets, width) = BucketIndex::new(spans, &core_range);
        let narrow = all_inside && greatest.saturating_add(width) < i32::MAX as u64;
        let columns = if narrow {
            Columns::Narrow(Column::new(spans))
        } else {
            Columns::Wide(Column::new(spans))
        };
        Self { least, greatest, buckets, columns, max_ends: MaxEndTree::new(spans) }
    }

    #[inline]
    pub(super) fn run(&self, offset: u64) -> CandidateRun {
        match &self.columns {
            Columns::Narrow(column) => self.run_in(column, offset),
            Columns::Wide(column) => self.run_in(column, offset),
        }
    }

    /// The next interval of the run that covers the offset; advances the run.
    #[inline]
    pub(super) fn next(&self, run: &mut CandidateRun, offset: u64) -> Option<usize> {
        match &self.columns {
            Columns::Narrow(column) => column.next(run, &self.max_ends, offset),
            Columns::Wide(column) => column.next(run, &self.max_ends, offset),
        }
    }

    /// Folds the remaining intervals of the run that cover the offset.
    #[inline]
    pub(super) fn fold<B>(
        &self,
        run: CandidateRun,
        offset: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
    ) -> B {
        match &self.columns {
            Columns::Narrow(column) => column.fold(run, &self.max_ends, offset, init, f),
            Columns::Wide(column) => column.fold(run, &self.max_ends, offset, init, f),
        }
    }

    /// Appends all intervals that cover the offset to `found`.
    #[inline]
    pub(super) fn append(&self, offset: u64, found: &mut Vec<usize>) {
        let run = self.run(offset);
        match &self.columns {
            Columns::Narrow(column) => column.append(run, &self.max_ends, offset, found),
            Columns::Wide(column) => column.append(run, &self.max_ends, offset, found),
        }
    }

    #[inline]
    fn run_in<W: Word>(&self, column: &Column<W>, offset: u64) -> CandidateRun {
        // An interval that starts at `early` or before has ended.
        let early = offset.saturating_sub(self.greatest);
        let ranks = self.buckets.bucket(early);
        let from = column.begun(ranks.clone(), early, ranks.start);
        let ranks = self.buckets.bucket(offset);
        let until = column.begun(ranks.clone(), offset, ranks.end);
        // An interval that starts after the bucket of `offset - least`, and
        // before the bucket of `offset`, covers the offset for certain.
        let certain = self.buckets.bucket(offset.saturating_sub(self.least)).end.max(from);
        let certain = if certain < ranks.start { certain..ranks.start } else { from..from };
        CandidateRun { at: from, certain, until }
    }
}

pub(super) fn bytes(classes: &[LengthClass]) -> usize {
    let class = |class: &LengthClass| {
        let columns = match &class.columns {
            Columns::Narrow(column) => column.bytes(),
            Columns::Wide(column) => column.bytes(),
        };
        columns + class.buckets.bytes() + class.max_ends.bytes()
    };
    size_of_val(classes) + classes.iter().map(class).sum::<usize>()
}

/// The intervals of a class that may cover an instant.
#[derive(Clone)]
pub(super) struct CandidateRun {
    pub(super) at: usize,
    /// The part that covers the instant for certain.
    pub(super) certain: Range<usize>,
    pub(super) until: usize,
}

/// An offset, or its low half.
pub(super) trait Word: Copy {
    fn of(offset: u64) -> Self;
    /// `self <= t`, for a `self` that is close to `t`.
    fn le(self, t: Self) -> bool;
    /// `self > t`, for a `self` that is close to `t`.
    fn gt(self, t: Self) -> bool;
}

impl Word for u32 {
    #[inline]
    fn of(offset: u64) -> Self {
        offset as Self
    }

    #[inline]
    fn le(self, t: Self) -> bool {
        t.wrapping_sub(self).cast_signed() >= 0
    }

    #[inline]
    fn gt(self, t: Self) -> bool {
        self.wrapping_sub(t).cast_signed() > 0
    }
}

impl Word for u64 {
    #[inline]
    fn of(offset: u64) -> Self {
        offset
    }

    #[inline]
    fn le(self, t: Self) -> bool {
        self <= t
    }

    #[inline]
    fn gt(self, t: Self) -> bool {
        self > t
    }
}

impl<W: Word> Column<W> {
    fn new(spans: &[Span]) -> Self {
        Self {
            starts: spans.iter().map(|span| W::of(span.start)).collect(),
            ends: spans.iter().map(|span| W::of(span.end)).collect(),
            indices: spans.iter().map(|span| span.index).collect(),
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.ends) + size_of_val(&*self.indices)
    }

    /// The number of intervals that start at or before `offset`, whose bucket
    /// contains `ranks`. Returns `otherwise` if the bucket is too small for a
    /// search to pay off.
    #[inline]
    fn begun(&self, ranks: Range<usize>, offset: u64, otherwise: usize) -> usize {
        if ranks.len() <= MAX_SCANNED {
            return otherwise;
        }
        let t = W::of(offset);
        ranks.start + self.starts[ranks].partition_point(|start| start.le(t))
    }

    #[inline]
    fn covers(&self, at: usize, t: W) -> bool {
        self.starts[at].le(t) && self.ends[at].gt(t)
    }

    /// The first interval at or after `run.at` that covers the offset.
    #[inline]
    fn next(&self, run: &mut CandidateRun, max_ends: &MaxEndTree, offset: u64) -> Option<usize> {
        let t = W::of(offset);
        while run.at < run.until {
            let at = run.at;
            if at.is_multiple_of(BLOCK) && run.until - at > MAX_SCANNED {
                let block = max_ends.next(at / BLOCK, offset) * BLOCK;
                if block > at {
                    run.at = block;
                    continue;
                }
            }
            run.at += 1;
            if self.covers(at, t) {
                return Some(self.indices[at] as usize);
            }
        }
        None
    }

    /// Folds all intervals of the run that cover the offset.
    #[inline]
    fn fold<B>(
        &self,
        run: CandidateRun,
        max_ends: &MaxEndTree,
        offset: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
    ) -> B {
        let t = W::of(offset);
        let (before, after) = (run.certain.start.max(run.at), run.certain.end.max(run.at));
        let mut acc =
            self.gather(run.at..before, max_ends, offset, init, f, |at| self.ends[at].gt(t));
        for index in self.indices.get(before..after).unwrap_or_default() {
            acc = f(acc, *index as usize);
        }
        self.gather(after..run.until, max_ends, offset, acc, f, |at| self.covers(at, t))
    }

    /// Appends all intervals of the run that cover the offset to `found`.
    #[inline]
    fn append(
        &self,
        run: CandidateRun,
        max_ends: &MaxEndTree,
        offset: u64,
        found: &mut Vec<usize>,
    ) {
        let t = W::of(offset);
        self.choose(run.at..run.certain.start, max_ends, offset, found, |_, end| end.gt(t));
        let certain = self.indices.get(run.certain.clone()).unwrap_or_default();
        found.extend(certain.iter().map(|index| *index as usize));
        self.choose(run.certain.end..run.until, max_ends, offset, found, |start, end| {
            start.le(t) && end.gt(t)
        });
    }

    /// Appends the intervals in `range` for which `covers` holds. Branch-free:
    /// each candidate is written, and the length grows only for hits.
    #[inline]
    fn choose(
        &self,
        range: Range<usize>,
        max_ends: &MaxEndTree,
        offset: u64,
        found: &mut Vec<usize>,
        covers: impl Fn(W, W) -> bool,
    ) {
        let mut from = range.start;
        while from < range.end {
            let until = (from + 4 * BLOCK).min(range.end);
            let (Some(starts), Some(ends), Some(indices)) = (
                self.starts.get(from..until),
                self.ends.get(from..until),
                self.indices.get(from..until),
            ) else {
                return;
            };
            let before = found.len();
            found.resize(before + indices.len(), 0);
            let mut at = before;
            for ((start, end), index) in starts.iter().zip(ends).zip(indices) {
                if let Some(place) = found.get_mut(at) {
                    *place = *index as usize;
                }
                at += usize::from(covers(*start, *end));
            }
            found.truncate(at);
            from = until;
            if at == before && range.end - from > MAX_SCANNED {
                from = (max_ends.next(from / BLOCK, offset) * BLOCK).max(from);
            }
        }
    }

    /// Folds the intervals in `range` for which `covers` holds. Hits are
    /// unpredictable, so each block is collected branch-free before it is folded.
    #[inline]
    fn gather<B>(
        &self,
        range: Range<usize>,
        max_ends: &MaxEndTree,
        offset: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
        covers: impl Fn(usize) -> bool,
    ) -> B {
        let mut acc = init;
        let mut from = range.start;
        while from < range.end {
            let until = (from + BLOCK).min(range.end);
            let mut hits = [0; BLOCK];
            let mut count = 0;
            for at in from..until {
                hits[count % BLOCK] = self.indices[at];
                count += usize::from(covers(at));
            }
            for index in &hits[..count.min(BLOCK)] {
                acc = f(acc, *index as usize);
            }
            from = until;
            if count == 0 && range.end - from > MAX_SCANNED {
                from = (max_ends.next(from / BLOCK, offset) * BLOCK).max(from);
            }
        }
        acc
    }
}
