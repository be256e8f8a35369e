//! Which intervals cover an instant, among those whose lengths are alike.

use std::ops::Range;

use crate::time::interval_set::Span;
use crate::time::interval_set::directory::{Directory, bulk};
use crate::time::interval_set::guard::{BLOCK, Guard};

/// Intervals whose lengths are alike, by start: those that could cover an
/// instant are a short run among them, and most of that run does.
#[derive(Clone)]
pub(super) struct Class {
    /// Lengths in milliseconds.
    pub(super) least: u64,
    pub(super) greatest: u64,
    pub(super) directory: Directory,
    pub(super) columns: Columns,
    pub(super) guard: Guard,
}

/// Instants are compared only where they are close, so that mostly their low
/// halves tell which is the earlier.
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

/// More than that in a bucket are searched, not looked through.
const CROWDED: usize = 32;
/// What a class costs a query, in intervals looked at.
const CLASS_COST: u128 = 24;

/// A class for each magnitude of length, so that a look at all classes costs
/// least on average: few classes, and few intervals looked at that do not cover.
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
    // `best[m]` is the cost of all magnitudes below `m`, `first[m]` where the
    // last class of them begins.
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

impl Class {
    /// `spans` are sorted by start.
    pub(super) fn new(spans: &[Span]) -> Self {
        let lengths = || spans.iter().map(Span::length);
        let (least, greatest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        let bulk = bulk(spans.len(), |at| spans[at].start);
        let all_inside = spans.iter().all(|span| bulk.contains(&span.start));
        let (directory, width) = Directory::new(spans, &bulk);
        let narrow = all_inside && greatest.saturating_add(width) < i32::MAX as u64;
        let columns = if narrow {
            Columns::Narrow(Column::new(spans))
        } else {
            Columns::Wide(Column::new(spans))
        };
        Self { least, greatest, directory, columns, guard: Guard::new(spans) }
    }

    #[inline]
    pub(super) fn run(&self, offset: u64) -> Run {
        match &self.columns {
            Columns::Narrow(column) => self.run_in(column, offset),
            Columns::Wide(column) => self.run_in(column, offset),
        }
    }

    /// The first that is left of a run and covers the offset.
    #[inline]
    pub(super) fn next(&self, run: &mut Run, offset: u64) -> Option<usize> {
        match &self.columns {
            Columns::Narrow(column) => column.next(run, &self.guard, offset),
            Columns::Wide(column) => column.next(run, &self.guard, offset),
        }
    }

    /// All that are left of a run and cover the offset.
    #[inline]
    pub(super) fn fold<B>(
        &self,
        run: Run,
        offset: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
    ) -> B {
        match &self.columns {
            Columns::Narrow(column) => column.fold(run, &self.guard, offset, init, f),
            Columns::Wide(column) => column.fold(run, &self.guard, offset, init, f),
        }
    }

    /// All that cover the offset, onto a list.
    #[inline]
    pub(super) fn append(&self, offset: u64, found: &mut Vec<usize>) {
        let run = self.run(offset);
        match &self.columns {
            Columns::Narrow(column) => column.append(run, &self.guard, offset, found),
            Columns::Wide(column) => column.append(run, &self.guard, offset, found),
        }
    }

    #[inline]
    fn run_in<W: Word>(&self, column: &Column<W>, offset: u64) -> Run {
        // One that begins at `early` or before is over.
        let early = offset.saturating_sub(self.greatest);
        let ranks = self.directory.bucket(early);
        let from = column.begun(ranks.clone(), early, ranks.start);
        let ranks = self.directory.bucket(offset);
        let until = column.begun(ranks.clone(), offset, ranks.end);
        // One that begins after this and before the last bucket is neither
        // over nor still to come.
        let sure = self.directory.bucket(offset.saturating_sub(self.least)).end.max(from);
        let sure = if sure < ranks.start { sure..ranks.start } else { from..from };
        Run { at: from, sure, until }
    }
}

pub(super) fn bytes(classes: &[Class]) -> usize {
    let class = |class: &Class| {
        let columns = match &class.columns {
            Columns::Narrow(column) => column.bytes(),
            Columns::Wide(column) => column.bytes(),
        };
        columns + class.directory.bytes() + class.guard.bytes()
    };
    size_of_val(classes) + classes.iter().map(class).sum::<usize>()
}

/// Of a class, what could cover an instant.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) at: usize,
    /// Those of which it is sure.
    pub(super) sure: Range<usize>,
    pub(super) until: usize,
}

/// Half or all of an offset.
pub(super) trait Word: Copy {
    fn of(offset: u64) -> Self;
    /// Whether `self` is at or before `t`.
    fn is_begun(self, t: Self) -> bool;
    /// Whether `self` is after `t`.
    fn is_ahead(self, t: Self) -> bool;
}

impl Word for u32 {
    #[inline]
    fn of(offset: u64) -> Self {
        offset as Self
    }

    #[inline]
    fn is_begun(self, t: Self) -> bool {
        t.wrapping_sub(self).cast_signed() >= 0
    }

    #[inline]
    fn is_ahead(self, t: Self) -> bool {
        self.wrapping_sub(t).cast_signed() > 0
    }
}

impl Word for u64 {
    #[inline]
    fn of(offset: u64) -> Self {
        offset
    }

    #[inline]
    fn is_begun(self, t: Self) -> bool {
        self <= t
    }

    #[inline]
    fn is_ahead(self, t: Self) -> bool {
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

    /// How many begin at or before `offset`, in whose bucket the ranks are;
    /// `otherwise` if there are so few that it is not worth the search.
    #[inline]
    fn begun(&self, ranks: Range<usize>, offset: u64, otherwise: usize) -> usize {
        if ranks.len() <= CROWDED {
            return otherwise;
        }
        let t = W::of(offset);
        ranks.start + self.starts[ranks].partition_point(|start| start.is_begun(t))
    }

    #[inline]
    fn covers(&self, at: usize, t: W) -> bool {
        self.starts[at].is_begun(t) && self.ends[at].is_ahead(t)
    }

    /// The first at or after `run.at` that covers the offset.
    #[inline]
    fn next(&self, run: &mut Run, guard: &Guard, offset: u64) -> Option<usize> {
        let t = W::of(offset);
        while run.at < run.until {
            let at = run.at;
            if at.is_multiple_of(BLOCK) && run.until - at > CROWDED {
                let block = guard.next(at / BLOCK, offset) * BLOCK;
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

    /// All that cover the offset.
    #[inline]
    fn fold<B>(
        &self,
        run: Run,
        guard: &Guard,
        offset: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
    ) -> B {
        let t = W::of(offset);
        let (before, after) = (run.sure.start.max(run.at), run.sure.end.max(run.at));
        let mut acc =
            self.gather(run.at..before, guard, offset, init, f, |at| self.ends[at].is_ahead(t));
        for index in self.indices.get(before..after).unwrap_or_default() {
            acc = f(acc, *index as usize);
        }
        self.gather(after..run.until, guard, offset, acc, f, |at| self.covers(at, t))
    }

    /// The same, onto a list.
    #[inline]
    fn append(&self, run: Run, guard: &Guard, offset: u64, found: &mut Vec<usize>) {
        let t = W::of(offset);
        self.choose(run.at..run.sure.start, guard, offset, found, |_, end| end.is_ahead(t));
        let sure = self.indices.get(run.sure.clone()).unwrap_or_default();
        found.extend(sure.iter().map(|index| *index as usize));
        self.choose(run.sure.end..run.until, guard, offset, found, |start, end| {
            start.is_begun(t) && end.is_ahead(t)
        });
    }

    /// [`gather`](Self::gather) onto a list.
    #[inline]
    fn choose(
        &self,
        range: Range<usize>,
        guard: &Guard,
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
            if at == before && range.end - from > CROWDED {
                from = (guard.next(from / BLOCK, offset) * BLOCK).max(from);
            }
        }
    }

    /// Hits and misses follow no order that could be foreseen, so a few at a
    /// time are gathered without a branch.
    #[inline]
    fn gather<B>(
        &self,
        range: Range<usize>,
        guard: &Guard,
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
            if count == 0 && range.end - from > CROWDED {
                from = (guard.next(from / BLOCK, offset) * BLOCK).max(from);
            }
        }
        acc
    }
}
