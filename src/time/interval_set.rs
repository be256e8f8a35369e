//! Many intervals, fixed once: is an instant in any of them, and in which?

use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

use crate::time::{Interval, Timestamp, coalesce};

/// Intervals that may overlap, asked by instant.
///
/// Static: made once from an iterator, then only read. An interval is known by
/// its index, its place in that iterator.
///
/// Whether any covers an instant is read off one cache line, whatever the
/// number of intervals, where they are spread with some evenness, and costs its
/// logarithm where they are not. Which ones do costs a look into a directory for
/// each class of lengths (lengths that are alike share one), plus the hits. At
/// most 24 bytes an interval, indices included; up to 28 where most neither
/// overlap nor are shorter than 24 days; and a few hundred bytes in all.
///
/// ```
/// use quietude::{Interval, IntervalSet, Timestamp};
///
/// let at = |ms| Timestamp::from_millis(ms).unwrap();
/// // 0    5    10   15   20
/// // ├─────────┤
/// //      ├─────────┤
/// //                     ├──>
/// let set: IntervalSet = [
///     Interval::new(at(0), at(10))?,
///     Interval::new(at(5), at(15))?,
///     Interval::new(at(20), Timestamp::END)?,
/// ]
/// .into_iter()
/// .collect();
/// assert!(set.contains(at(14)));
/// assert!(!set.contains(at(15)));
/// let mut both: Vec<_> = set.covering(at(7)).collect();
/// both.sort_unstable();
/// assert_eq!(both, [0, 1]);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct IntervalSet {
    len: usize,
    union: Union,
    classes: Box<[Class]>,
}

/// Intervals whose lengths are alike, by start: those that could cover an
/// instant are a short run among them, and most of that run does.
#[derive(Clone)]
struct Class {
    /// Lengths in milliseconds.
    least: u64,
    greatest: u64,
    directory: Directory,
    columns: Columns,
    guard: Guard,
}

/// Instants are compared only where they are close, so that mostly their low
/// halves tell which is the earlier.
#[derive(Clone)]
enum Columns {
    Narrow(Column<u32>),
    Wide(Column<u64>),
}

#[derive(Clone)]
struct Column<W> {
    starts: Box<[W]>,
    ends: Box<[W]>,
    indices: Box<[u32]>,
}

/// Ranks in a sorted list of offsets, by buckets of equal width over the bulk
/// of the list, with one more on either side for what lies outside of it.
#[derive(Clone)]
struct Directory {
    base: u64,
    /// Buckets a millisecond, as a fraction of 2^64.
    scale: u64,
    /// How many are before each bucket; one more for the end.
    ranks: Box<[u32]>,
}

/// The boundaries of the union of all: an instant is inside after an odd number.
#[derive(Clone)]
struct Union {
    base: u64,
    scale: u64,
    lines: Box<[Line]>,
}

/// A bucket of boundaries in 16 lanes of 15 bits: first whether an odd number
/// came before, then the leading bits of each one's place in the bucket, then
/// padding. The spare bit of the first lane says that there are too many to
/// tell.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Line([u64; 4]);

/// The greatest end of each block, of each block of those, ...
#[derive(Clone)]
struct Guard(Box<[Box<[u64]>]>);

const LANES: usize = 16;
const EACH_LANE: u64 = 0x0001_0001_0001_0001;
const SPARE_BITS: u64 = 0x8000 * EACH_LANE;
/// In the first lane, that an odd number came before: it is at or before every
/// place, as the padding is before none.
const ODD: u16 = 0;
const PADDING: u16 = 0x7FFF;
const UNKNOWN: u16 = 0x8000;
const BLOCK: usize = 16;
/// Boundaries in a line, on average, and what that may become to save memory.
const LINE_FILL: usize = 8;
const LINE_FILL_MAX: usize = 12;
/// Intervals in a bucket, on average.
const BUCKET_FILL: usize = 4;
/// More than that in a bucket are searched, not looked through.
const CROWDED: usize = 32;
/// What a class costs a query, in intervals looked at.
const CLASS_COST: u128 = 24;
const BYTES_EACH: usize = 24;

/// From 1 on, so that there is room for one below the first instant.
#[inline]
fn offset(t: Timestamp) -> u64 {
    t.as_millis().wrapping_sub(Timestamp::MIN.as_millis() - 1) as u64
}

impl IntervalSet {
    /// Whether any interval covers `t`.
    #[must_use]
    #[inline]
    pub fn contains(&self, t: Timestamp) -> bool {
        match self.union.contains(offset(t)) {
            Some(answer) => answer,
            None => self.is_covered(t),
        }
    }

    #[cold]
    #[inline(never)]
    fn is_covered(&self, t: Timestamp) -> bool {
        self.covering(t).next().is_some()
    }

    /// The indices of the intervals that cover `t`, each once, in an order
    /// that depends on the set alone.
    ///
    /// [`for_each`](Iterator::for_each) and [`fold`](Iterator::fold) are faster
    /// than a loop where there are many.
    #[must_use]
    #[inline]
    pub fn covering(&self, t: Timestamp) -> Covering<'_> {
        Covering { offset: offset(t), len: self.len, classes: self.classes.iter(), run: None }
    }

    /// Appends to `found` what [`covering`](Self::covering) lists: the fastest
    /// way where there are many.
    ///
    /// ```
    /// # use quietude::{Interval, IntervalSet, Timestamp};
    /// let at = |ms| Timestamp::from_millis(ms).unwrap();
    /// let set: IntervalSet = [Interval::new(at(0), at(10))?].into_iter().collect();
    /// let mut found = Vec::new();
    /// set.covering_into(at(7), &mut found);
    /// set.covering_into(at(10), &mut found);
    /// assert_eq!(found, [0]);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[inline]
    pub fn covering_into(&self, t: Timestamp, found: &mut Vec<usize>) {
        let offset = offset(t);
        for class in &self.classes {
            let run = class.run(offset);
            match &class.columns {
                Columns::Narrow(column) => column.append(run, &class.guard, offset, found),
                Columns::Wide(column) => column.append(run, &class.guard, offset, found),
            }
        }
    }

    /// How many intervals there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the set has allocated, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of_val(&*self.union.lines) + classes_bytes(&self.classes)
    }
}

/// # Panics
///
/// If there are more than 2^32 - 1 intervals.
impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut spans: Vec<Span> = intervals
            .into_iter()
            .enumerate()
            .map(|(index, interval)| Span {
                start: offset(interval.start()),
                end: offset(interval.end()),
                index: u32::try_from(index).expect("no more than 2^32 - 1 intervals"),
            })
            .collect();
        let len = spans.len();
        assert!(u32::try_from(len).is_ok(), "no more than 2^32 - 1 intervals");

        let mut union: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
        coalesce(&mut union);
        let boundaries: Vec<u64> =
            union.into_iter().flat_map(|(start, end)| [start, end]).collect();

        spans.sort_unstable_by_key(|span| span.start);
        let bulk = bulk(spans.len(), |at| spans[at].start);
        let class_of = classify(&spans, &bulk);
        // What begins outside of the bulk is by itself, so that the others'
        // buckets are narrow.
        let class = |span: &Span| match bulk.contains(&span.start) {
            true => class_of[span.magnitude()],
            false => u8::MAX,
        };
        spans.sort_by_key(class);
        let classes: Box<[_]> =
            spans.chunk_by(|a, b| class(a) == class(b)).map(Class::new).collect();

        let spare = (len * BYTES_EACH).saturating_sub(classes_bytes(&classes));
        let lines = (spare / size_of::<Line>())
            .clamp(boundaries.len() / LINE_FILL_MAX, boundaries.len() / LINE_FILL);
        Self { len, union: Union::new(&boundaries, lines), classes }
    }
}

impl fmt::Debug for IntervalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntervalSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// An interval while the set is made.
#[derive(Clone)]
struct Span {
    start: u64,
    end: u64,
    index: u32,
}

impl Span {
    fn length(&self) -> u64 {
        self.end - self.start
    }

    /// The binary logarithm of the length.
    fn magnitude(&self) -> usize {
        self.length().ilog2() as usize
    }
}

/// Where all but the outliers of a sorted list are, which has `len` elements.
fn bulk(len: usize, sorted: impl Fn(usize) -> u64) -> Range<u64> {
    if len == 0 {
        return 0..0;
    }
    let few = len / 128;
    let (low, high) = (sorted(few), sorted(len - 1 - few));
    let margin = (high - low) / 16 + 1;
    low.saturating_sub(margin).max(sorted(0))..(high + margin).min(sorted(len - 1)) + 1
}

/// A class for each magnitude of length, so that a look at all classes costs
/// least on average: few classes, and few intervals looked at that do not cover.
fn classify(spans: &[Span], reach: &Range<u64>) -> [u8; 64] {
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

fn classes_bytes(classes: &[Class]) -> usize {
    let class = |class: &Class| {
        let columns = match &class.columns {
            Columns::Narrow(column) => column.bytes(),
            Columns::Wide(column) => column.bytes(),
        };
        let guard = &class.guard.0;
        columns
            + size_of_val(&*class.directory.ranks)
            + size_of_val(&**guard)
            + guard.iter().map(|level| size_of_val(&**level)).sum::<usize>()
    };
    size_of_val(classes) + classes.iter().map(class).sum::<usize>()
}

impl Class {
    /// `spans` are sorted by start.
    fn new(spans: &[Span]) -> Self {
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
    fn run(&self, offset: u64) -> Run {
        match &self.columns {
            Columns::Narrow(column) => self.run_in(column, offset),
            Columns::Wide(column) => self.run_in(column, offset),
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

/// Of a class, what could cover an instant.
#[derive(Clone)]
struct Run {
    at: usize,
    /// Those of which it is sure.
    sure: Range<usize>,
    until: usize,
}

/// Half or all of an offset.
trait Word: Copy {
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

impl Guard {
    fn new(spans: &[Span]) -> Self {
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

    /// The first block at or after `block` in which one ends after `offset`;
    /// one beyond the last if there is none.
    fn next(&self, block: usize, offset: u64) -> usize {
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
}

/// Such that `buckets` of equal width hold offsets up to `reach`.
fn scale(reach: u64, buckets: usize) -> u64 {
    let whole = ((buckets as u128) << 64) / u128::from(reach + 1);
    u64::try_from(whole).unwrap_or(u64::MAX)
}

/// The bucket of an offset, from 1 on if it is not before the base, and its
/// place in there, as a fraction of 2^64.
#[inline]
fn locate(base: u64, scale: u64, offset: u64) -> (usize, u64) {
    match offset.checked_sub(base) {
        None => (0, 0),
        Some(place) => {
            let product = u128::from(place) * u128::from(scale);
            (1 + (product >> 64) as usize, product as u64)
        }
    }
}

impl Directory {
    /// And how wide a bucket is at most.
    fn new(spans: &[Span], bulk: &Range<u64>) -> (Self, u64) {
        let buckets = (spans.len() / BUCKET_FILL).max(1);
        let reach = (bulk.end - bulk.start).saturating_sub(1);
        let scale = scale(reach, buckets);
        let mut ranks = vec![0_u32; buckets + 3];
        for span in spans {
            let bucket = locate(bulk.start, scale, span.start).0.min(buckets + 1);
            ranks[bucket + 1] += 1;
        }
        let mut rank = 0;
        for count in &mut ranks {
            rank += *count;
            *count = rank;
        }
        let width = reach / buckets as u64 + 2;
        (Self { base: bulk.start, scale, ranks: ranks.into() }, width)
    }

    /// The ranks in the bucket of `offset`.
    #[inline]
    fn bucket(&self, offset: u64) -> Range<usize> {
        let last = self.ranks.len() - 2;
        let bucket = locate(self.base, self.scale, offset).0.min(last);
        self.ranks[bucket] as usize..self.ranks[bucket + 1] as usize
    }
}

impl Union {
    fn new(boundaries: &[u64], lines: usize) -> Self {
        let bulk = bulk(boundaries.len(), |at| boundaries[at]);
        let buckets = lines.max(1);
        let base = bulk.start;
        let scale = scale((bulk.end - bulk.start).saturating_sub(1), buckets);
        let mut at = 0;
        let line = |bucket: usize| {
            let mut lanes = [PADDING; LANES];
            lanes[0] = if at % 2 == 1 { ODD } else { PADDING };
            let mut lane = 1;
            while let Some(boundary) = boundaries.get(at) {
                let (its, place) = locate(base, scale, *boundary);
                if its.min(buckets + 1) > bucket {
                    break;
                }
                match lanes.get_mut(lane) {
                    Some(key) if (1..=buckets).contains(&bucket) => *key = (place >> 49) as u16,
                    _ => lanes[0] = UNKNOWN,
                }
                lane += 1;
                at += 1;
            }
            let word = |word: usize| {
                let lanes = lanes[word * 4..word * 4 + 4].iter().rev();
                lanes.fold(0, |word, lane| word << 16 | u64::from(*lane))
            };
            Line([word(0), word(1), word(2), word(3)])
        };
        Self { base, scale, lines: (0..buckets + 2).map(line).collect() }
    }

    /// `None` where the leading bits do not tell.
    #[inline]
    fn contains(&self, offset: u64) -> Option<bool> {
        let (bucket, place) = locate(self.base, self.scale, offset);
        let Line([a, b, c, d]) = self.lines[bucket.min(self.lines.len() - 1)];
        let key = place >> 49;
        // With the spare bit set no lane borrows from the next, and the bit
        // stays where the lane is not beyond the key, or not at it either.
        let (to, before) = ((key | 0x8000) * EACH_LANE, (key + 0x7FFF) * EACH_LANE);
        let to = [a, b, c, d].map(|lanes| to.wrapping_sub(lanes));
        let before = [a, b, c, d].map(|lanes| before.wrapping_sub(lanes));
        let met =
            (to[0] ^ before[0]) | (to[1] ^ before[1]) | (to[2] ^ before[2]) | (to[3] ^ before[3]);
        let unknown = a & u64::from(UNKNOWN);
        if (met & SPARE_BITS) | unknown != 0 {
            // A boundary with the same leading bits is at this very instant if
            // a millisecond is more than the last of these bits.
            let is_exact = self.scale >= 1 << 49 && key != 0 && key != u64::from(PADDING);
            if unknown != 0 || !is_exact {
                return None;
            }
        }
        let odd = (to[0] ^ to[1] ^ to[2] ^ to[3]) >> 15 & EACH_LANE;
        Some(odd.wrapping_mul(EACH_LANE) >> 48 & 1 == 1)
    }
}

/// The indices of the intervals that cover an instant; see
/// [`IntervalSet::covering`].
#[derive(Clone)]
pub struct Covering<'a> {
    offset: u64,
    len: usize,
    classes: std::slice::Iter<'a, Class>,
    run: Option<(&'a Class, Run)>,
}

impl Iterator for Covering<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some((class, run)) = &mut self.run {
                let found = match &class.columns {
                    Columns::Narrow(column) => column.next(run, &class.guard, self.offset),
                    Columns::Wide(column) => column.next(run, &class.guard, self.offset),
                };
                if found.is_some() {
                    return found;
                }
            }
            let class = self.classes.next()?;
            self.run = Some((class, class.run(self.offset)));
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, usize) -> B>(self, init: B, mut f: F) -> B {
        let Self { offset, classes, run, .. } = self;
        let mut rest = |acc: B, (class, run): (&Class, Run)| match &class.columns {
            Columns::Narrow(column) => column.fold(run, &class.guard, offset, acc, &mut f),
            Columns::Wide(column) => column.fold(run, &class.guard, offset, acc, &mut f),
        };
        let acc = run.into_iter().fold(init, &mut rest);
        classes.map(|class| (class, class.run(offset))).fold(acc, rest)
    }
}

impl FusedIterator for Covering<'_> {}

impl fmt::Debug for Covering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const END: i64 = Timestamp::END.as_millis();
    const MIN: i64 = Timestamp::MIN.as_millis();

    fn naive(pairs: &[(i64, i64)], t: i64) -> Vec<usize> {
        let covers = |index: &usize| pairs[*index].0 <= t && t < pairs[*index].1;
        (0..pairs.len()).filter(covers).collect()
    }

    /// Holds a set against a naive scan, at each bound -1/0/+1 and at `extra`.
    fn check(pairs: &[(i64, i64)], extra: &[i64]) {
        let set: IntervalSet = pairs
            .iter()
            .map(|(start, end)| Interval::clipped(*start, *end).expect("not empty"))
            .collect();
        set.validate();
        assert_eq!(set.len(), pairs.len());
        let bounds = pairs.iter().flat_map(|(start, end)| [*start, *end]);
        let near = bounds.flat_map(|bound| [bound - 1, bound, bound + 1]);
        let step = (pairs.len() / 50).max(1) | 1;
        for t in near.step_by(step).chain(extra.iter().copied()).chain([MIN, END, END - 1]) {
            let t = Timestamp::saturating(t);
            let expected = naive(pairs, t.as_millis());
            let mut one_by_one: Vec<_> = set.covering(t).collect();
            one_by_one.sort_unstable();
            assert_eq!(one_by_one, expected, "at {t}");
            let mut folded = Vec::new();
            let mut rest = set.covering(t);
            folded.extend(rest.next());
            rest.for_each(|index| folded.push(index));
            folded.sort_unstable();
            assert_eq!(folded, expected, "at {t}, folded");
            let mut folded = Vec::new();
            set.covering(t).for_each(|index| folded.push(index));
            folded.sort_unstable();
            assert_eq!(folded, expected, "at {t}, folded from the first");
            let mut appended = vec![usize::MAX];
            set.covering_into(t, &mut appended);
            assert_eq!(appended.remove(0), usize::MAX);
            appended.sort_unstable();
            assert_eq!(appended, expected, "at {t}, appended");
            assert_eq!(set.contains(t), !expected.is_empty(), "at {t}");
        }
    }

    impl IntervalSet {
        fn validate(&self) {
            let mut seen = vec![false; self.len()];
            for class in &self.classes {
                assert!(class.directory.ranks.is_sorted());
                let indices = match &class.columns {
                    Columns::Narrow(column) => &column.indices,
                    Columns::Wide(column) => {
                        assert!(column.starts.is_sorted());
                        for (start, end) in column.starts.iter().zip(&column.ends) {
                            assert!((class.least..=class.greatest).contains(&(end - start)));
                        }
                        &column.indices
                    }
                };
                assert_eq!(class.directory.ranks.last(), Some(&(indices.len() as u32)));
                for index in indices {
                    assert!(!std::mem::replace(&mut seen[*index as usize], true));
                }
            }
            assert!(seen.iter().all(|seen| *seen));
            if self.len() >= 1000 {
                let narrow = self.classes.iter().all(|c| matches!(c.columns, Columns::Narrow(_)));
                let each = if narrow { 24 } else { 28 };
                let limit = self.len() * each + 4096;
                assert!(self.memory_bytes() <= limit, "{} of {limit}", self.memory_bytes());
            }
        }
    }

    /// A small generator, so that large sets are cheap to make.
    fn numbers(seed: u64) -> impl FnMut(u64) -> i64 {
        let mut state = seed;
        move |below| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as i64
        }
    }

    #[test]
    fn a_set_of_none_and_a_set_of_one() {
        check(&[], &[0]);
        check(&[(0, 1)], &[]);
        check(&[(MIN, END)], &[0]);
        check(&[(MIN, MIN + 1)], &[0]);
        check(&[(END - 1, END)], &[0]);
    }

    #[test]
    fn many_of_the_same() {
        check(&[(0, 100); 1000], &[50, 99, 150]);
    }

    #[test]
    fn nested_in_each_other() {
        let nested: Vec<_> = (0..1000).map(|i| (i, 3000 - i)).collect();
        check(&nested, &[500, 1500]);
    }

    #[test]
    fn side_by_side_and_with_gaps_between() {
        let touching: Vec<_> = (0..3000).map(|i| (i * 10, i * 10 + 10)).collect();
        check(&touching, &[]);
        let apart: Vec<_> = (0..3000).map(|i| (i * 1_000_000, i * 1_000_000 + 10)).collect();
        check(&apart, &[]);
    }

    #[test]
    fn a_crowd_and_outliers_at_the_ends_of_time() {
        let mut number = numbers(1);
        let mut pairs = vec![(MIN, MIN + 5), (MIN, 0), (END - 7, END), (5, END), (0, END - 1)];
        for _ in 0..3000 {
            let start = number(1_000_000);
            pairs.push((start, start + 1 + number(300)));
        }
        check(&pairs, &[-1_000_000_000_000, 1_000_000_000_000]);
    }

    #[test]
    fn lengths_of_all_magnitudes() {
        let mut number = numbers(2);
        let mut pairs = Vec::new();
        for _ in 0..5000 {
            let length = 1 << number(40);
            let start = number(1 << 31) - (1 << 30);
            pairs.push((start, start + length + number(length as u64)));
        }
        let extra: Vec<_> = (0..500).map(|_| number(1 << 31) - (1 << 30)).collect();
        check(&pairs, &extra);
    }

    #[test]
    fn most_share_a_bucket() {
        // The bulk is spread over years, half of all begin in one second.
        let mut number = numbers(3);
        let mut pairs = Vec::new();
        for i in 0..4000 {
            let start = if i % 2 == 0 { number(1000) } else { number(1 << 40) };
            pairs.push((start, start + 1 + number(50)));
        }
        let extra: Vec<_> = (0..500).map(|_| number(1100)).collect();
        check(&pairs, &extra);
    }

    #[test]
    fn indices_beyond_what_one_bound_can_hold() {
        let pairs: Vec<_> = (0..100_000).map(|i| (i * 7, i * 7 + 3)).collect();
        check(&pairs, &[]);
    }

    #[test]
    fn blocks_without_hits_are_not_looked_through() {
        // All but one of a class are over just before the question.
        let mut spans = vec![Span { start: 1, end: 100, index: 0 }; 100_000];
        spans.push(Span { start: 1, end: 120, index: 1 });
        let guard = Guard::new(&spans);
        assert_eq!(guard.next(0, 110), 100_000 / BLOCK);
        assert_eq!(guard.next(17, 110), 100_000 / BLOCK);
        assert_eq!(guard.next(17, 99), 17);
        assert_eq!(guard.next(0, 120), 100_001_usize.div_ceil(BLOCK));
        let past_the_end = guard.0[0].len();
        assert_eq!(guard.next(past_the_end, 110), past_the_end);
    }

    proptest! {
        #[test]
        fn prop_agrees_with_a_naive_scan(
            shape in prop_oneof![
                Just((1000, 100)), Just((50, 20)), Just((1 << 40, 1 << 20)), Just((1 << 44, 1 << 44)),
                Just((1 << 22, 1 << 10)), Just((1 << 24, 1 << 30)),
            ],
            raw in prop::collection::vec((any::<u64>(), any::<u64>()), 0..300),
            extra in prop::collection::vec(any::<u64>(), 0..50),
        ) {
            let (reach, longest): (u64, u64) = shape;
            let pairs: Vec<_> = raw
                .iter()
                .map(|(start, length)| {
                    let start = (start % reach) as i64;
                    (start, start + 1 + (length % longest) as i64)
                })
                .collect();
            let extra: Vec<_> = extra.iter().map(|t| (t % reach) as i64).collect();
            check(&pairs, &extra);
        }
    }
}
