//! Many intervals, fixed once: is an instant in any of them, and in which?

use std::fmt;
use std::iter::FusedIterator;

use crate::time::{Interval, Timestamp, coalesce};

/// Intervals that may overlap, asked by instant.
///
/// Static: made once from an iterator, then only read. An interval is known by
/// its index, its place in that iterator.
///
/// Whether any covers an instant costs one look into a directory and one at a
/// handful of small numbers, whatever the number of intervals, where they are
/// spread with some evenness, and its logarithm where they are not. Which ones
/// do costs that for each class of lengths (lengths that are alike share one),
/// plus the hits. At most 24 bytes an interval, indices included, and a few
/// hundred more.
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
    union: Union,
    classes: Box<[Class]>,
    /// By class, and in it by start.
    spans: Box<[Span]>,
    /// The greatest end of each block of spans, of each block of those, ...
    greatest_ends: Box<[Box<[u64]>]>,
}

/// An interval and its index. Time has 49 bits, so each bound has room for
/// half of the index in its low bits; they never decide a comparison with an
/// instant, whose low bits are all set.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

/// Intervals whose lengths are alike, so that those that could cover an instant
/// are a short run of those that begin before it, and most of them do.
#[derive(Clone)]
struct Class {
    /// Where its spans are.
    from: u32,
    until: u32,
    /// Lengths, shifted as instants are.
    least: u64,
    greatest: u64,
    directory: Directory,
}

/// Ranks in a sorted list of offsets, by buckets of equal width. It reaches
/// over the bulk of the list; what lies outside of it is searched for.
#[derive(Clone)]
struct Directory {
    base: u64,
    shift: u32,
    /// How many are before each bucket, and before the end of the last.
    ranks: Box<[u32]>,
}

/// The boundaries of the union: an instant is inside after an odd number.
#[derive(Clone)]
struct Union {
    directory: Directory,
    /// The leading bits of each boundary's place in its bucket, and padding.
    keys: Box<[u16]>,
}

const INDEX_BITS: u32 = 15;
const INDEX_MASK: u64 = (1 << INDEX_BITS) - 1;
const MAX_LEN: usize = 1 << (2 * INDEX_BITS);
/// How many keys are compared without asking how many there are.
const KEYS_AT_ONCE: usize = 16;
const BLOCK: usize = 16;
/// What finding the run of a class costs, in spans looked at.
const CLASS_COST: u128 = 16;

/// From 1 on, so that there is room for one below the first instant.
fn offset(t: Timestamp) -> u64 {
    t.as_millis().abs_diff(Timestamp::MIN.as_millis()) + 1
}

/// An instant as spans are compared with it.
fn mark(t: Timestamp) -> u64 {
    offset(t) << INDEX_BITS | INDEX_MASK
}

impl IntervalSet {
    /// Whether any interval covers `t`.
    #[must_use]
    #[inline]
    pub fn contains(&self, t: Timestamp) -> bool {
        self.union.contains(offset(t)).unwrap_or_else(|| self.covering(t).next().is_some())
    }

    /// The indices of the intervals that cover `t`, each once, in an order
    /// that depends on the set alone.
    ///
    /// [`for_each`](Iterator::for_each) and [`fold`](Iterator::fold) are faster
    /// than a loop where there are many.
    #[must_use]
    #[inline]
    pub fn covering(&self, t: Timestamp) -> Covering<'_> {
        Covering { set: self, mark: mark(t), classes: self.classes.iter(), run: Run::EMPTY }
    }

    /// How many intervals there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// What the set has allocated, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let classes = &self.classes;
        size_of_val(&*self.spans)
            + size_of_val(&*self.union.keys)
            + size_of_val(&*self.union.directory.ranks)
            + size_of_val(&**classes)
            + classes.iter().map(|c| size_of_val(&*c.directory.ranks)).sum::<usize>()
            + size_of_val(&*self.greatest_ends)
            + self.greatest_ends.iter().map(|level| size_of_val(&**level)).sum::<usize>()
    }

    /// The last block before `before` with a span that ends after `mark`.
    fn previous_block(&self, before: usize, mark: u64) -> Option<usize> {
        let mut before = before;
        for (height, level) in self.greatest_ends.iter().enumerate() {
            let first = before / BLOCK * BLOCK;
            let reaching = |range: &[u64]| range.iter().rposition(|end| *end > mark);
            if let Some(at) = reaching(&level[first..before]) {
                let mut at = first + at;
                for level in self.greatest_ends[..height].iter().rev() {
                    let last = (at * BLOCK + BLOCK).min(level.len());
                    at = at * BLOCK + reaching(&level[at * BLOCK..last])?;
                }
                return Some(at);
            }
            before = first / BLOCK;
        }
        None
    }
}

/// # Panics
///
/// If there are more than 2^30 intervals.
impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut spans: Vec<_> = intervals
            .into_iter()
            .enumerate()
            .map(|(index, interval)| Span::new(interval, index))
            .collect();
        assert!(spans.len() <= MAX_LEN, "an interval set has room for 2^30 intervals");

        let mut union: Vec<_> = spans.iter().map(|s| (s.start_offset(), s.end_offset())).collect();
        coalesce(&mut union);
        let boundaries: Vec<u64> =
            union.into_iter().flat_map(|(start, end)| [start, end]).collect();

        let mut starts: Vec<u64> = spans.iter().map(|span| span.start_offset()).collect();
        starts.sort_unstable();
        let reach = Directory::bulk(&starts);
        let class_of = classify(&spans, reach.1 - reach.0);
        spans.sort_unstable_by_key(|span| (class_of[span.magnitude()], span.start));
        let classes = spans
            .chunk_by(|a, b| class_of[a.magnitude()] == class_of[b.magnitude()])
            .scan(0, |from, class| {
                let until = *from + class.len() as u32;
                let class = Class::new(class, *from);
                *from = until;
                Some(class)
            })
            .collect();

        let mut greatest_ends: Vec<Box<[u64]>> = Vec::new();
        let greatest = |ends: &[u64]| ends.iter().copied().max().unwrap_or(0);
        let ends: Vec<u64> = spans.iter().map(|span| span.end).collect();
        let mut level: Box<[u64]> = ends.chunks(BLOCK).map(greatest).collect();
        while level.len() > 1 {
            let next = level.chunks(BLOCK).map(greatest).collect();
            greatest_ends.push(std::mem::replace(&mut level, next));
        }
        greatest_ends.push(level);

        Self {
            union: Union::new(&boundaries),
            classes,
            spans: spans.into(),
            greatest_ends: greatest_ends.into(),
        }
    }
}

impl fmt::Debug for IntervalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntervalSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Span {
    fn new(interval: Interval, index: usize) -> Self {
        let index = index as u64;
        Self {
            start: offset(interval.start()) << INDEX_BITS | index & INDEX_MASK,
            end: offset(interval.end()) << INDEX_BITS | index >> INDEX_BITS & INDEX_MASK,
        }
    }

    fn index(self) -> usize {
        ((self.end & INDEX_MASK) << INDEX_BITS | self.start & INDEX_MASK) as usize
    }

    fn start_offset(self) -> u64 {
        self.start >> INDEX_BITS
    }

    fn end_offset(self) -> u64 {
        self.end >> INDEX_BITS
    }

    fn length(self) -> u64 {
        self.end_offset() - self.start_offset()
    }

    /// The binary logarithm of the length.
    fn magnitude(self) -> usize {
        self.length().ilog2() as usize
    }
}

/// A class for each magnitude of length, so that a look at all classes costs
/// least on average: few classes, and few spans looked at that do not cover.
fn classify(spans: &[Span], reach: u64) -> [u8; 64] {
    let mut counts = [0_u128; 64];
    let mut greatest = [0_u64; 64];
    for span in spans {
        let magnitude = span.magnitude();
        counts[magnitude] += 1;
        greatest[magnitude] = greatest[magnitude].max(span.length());
    }
    // `best[m]` is the cost of all magnitudes below `m`, `first[m]` where the
    // last class of them begins.
    let mut best = [0_u128; 65];
    let mut first = [0_usize; 65];
    for end in 1..=64 {
        best[end] = u128::MAX;
        let (mut count, mut longest) = (0, 0);
        for begin in (0..end).rev() {
            count += counts[begin];
            longest = longest.max(greatest[begin]);
            let looked_at = count * u128::from(longest) / u128::from(reach.max(1));
            let class = if count == 0 { 0 } else { CLASS_COST + looked_at };
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
    fn new(spans: &[Span], from: u32) -> Self {
        let lengths = || spans.iter().map(|span| span.length());
        let starts: Vec<u64> = spans.iter().map(|span| span.start_offset()).collect();
        Self {
            from,
            until: from + spans.len() as u32,
            least: lengths().min().unwrap_or(0) << INDEX_BITS,
            greatest: lengths().max().unwrap_or(0) << INDEX_BITS,
            directory: Directory::new(&starts, 8),
        }
    }

    /// The spans that begin at or before `mark`, as far as they could cover it.
    #[inline]
    fn run(&self, spans: &[Span], mark: u64) -> Run {
        let (low, high) = match self.directory.bucket(mark >> INDEX_BITS) {
            Ok((low, high, _)) => (low + self.from as usize, high + self.from as usize),
            Err(Side::Before) => (self.from as usize, self.from as usize + self.directory.first()),
            Err(Side::After) => (self.from as usize + self.directory.last(), self.until as usize),
        };
        let bucket = &spans[low..high];
        let until = if bucket.len() <= BLOCK {
            low + bucket.iter().map(|span| usize::from(span.start <= mark)).sum::<usize>()
        } else {
            low + bucket.partition_point(|span| span.start <= mark)
        };
        Run {
            from: self.from as usize,
            until,
            too_early: mark.saturating_sub(self.greatest),
            not_over: mark.saturating_sub(self.least),
        }
    }
}

enum Side {
    Before,
    After,
}

impl Directory {
    /// Where all but the outliers of a sorted list are.
    fn bulk(sorted: &[u64]) -> (u64, u64) {
        let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
            return (0, 0);
        };
        let few = sorted.len() / 128;
        let (low, high) = (sorted[few], sorted[sorted.len() - 1 - few]);
        let margin = (high - low) / 16 + 1;
        (low.saturating_sub(margin).max(*first), (high + margin).min(*last))
    }

    /// Buckets that hold `full` on average, or half as many.
    fn new(sorted: &[u64], full: usize) -> Self {
        let (base, last) = Self::bulk(sorted);
        let wanted = (sorted.len() / full).max(1) as u64 * 2;
        let shift = ((last - base) / wanted).checked_ilog2().map_or(0, |log| log + 1);
        let buckets = ((last - base) >> shift) + 1;
        let ranks = (0..=buckets)
            .scan(0, |rank, bucket| {
                let begin = base + (bucket << shift);
                *rank += sorted[*rank..].iter().take_while(|offset| **offset < begin).count();
                Some(*rank as u32)
            })
            .collect();
        Self { base, shift, ranks }
    }

    /// The ranks at the ends of the bucket of `offset`, and its place in it.
    #[inline]
    fn bucket(&self, offset: u64) -> Result<(usize, usize, u64), Side> {
        let place = offset.checked_sub(self.base).ok_or(Side::Before)?;
        let bucket = (place >> self.shift) as usize;
        let (Some(low), Some(high)) = (self.ranks.get(bucket), self.ranks.get(bucket + 1)) else {
            return Err(Side::After);
        };
        Ok((*low as usize, *high as usize, place & ((1 << self.shift) - 1)))
    }

    fn first(&self) -> usize {
        self.ranks.first().map_or(0, |rank| *rank as usize)
    }

    fn last(&self) -> usize {
        self.ranks.last().map_or(0, |rank| *rank as usize)
    }
}

impl Union {
    fn new(boundaries: &[u64]) -> Self {
        let directory = Directory::new(boundaries, 8);
        let key = |boundary: &u64| {
            directory.bucket(*boundary).map_or(0, |(_, _, place)| directory.key(place))
        };
        let keys = boundaries.iter().map(key).chain([0; KEYS_AT_ONCE]).collect();
        Self { directory, keys }
    }

    /// `None` where the leading bits do not tell.
    #[inline]
    fn contains(&self, offset: u64) -> Option<bool> {
        let (low, high, place) = self.directory.bucket(offset).ok()?;
        let key = self.directory.key(place);
        let count = high - low;
        let (below, met) = if count <= KEYS_AT_ONCE {
            let keys: &[u16; KEYS_AT_ONCE] =
                self.keys.get(low..low + KEYS_AT_ONCE)?.try_into().ok()?;
            let mut below = 0_u16;
            let mut met = 0_u16;
            for (index, other) in keys.iter().enumerate() {
                let counts = u16::from(index < count);
                below += counts & u16::from(*other < key);
                met |= counts & u16::from(*other == key);
            }
            (usize::from(below), met != 0)
        } else {
            let keys = self.keys.get(low..high)?;
            let below = keys.partition_point(|other| *other < key);
            (below, keys.get(below) == Some(&key))
        };
        if met && !self.directory.is_exact() {
            return None;
        }
        Some((low + below + usize::from(met)) % 2 == 1)
    }
}

impl Directory {
    /// The 16 leading bits of a place in a bucket.
    #[inline]
    fn key(&self, place: u64) -> u16 {
        (place >> self.shift.saturating_sub(u16::BITS)) as u16
    }

    /// Whether that is all of it.
    #[inline]
    fn is_exact(&self) -> bool {
        self.shift <= u16::BITS
    }
}

/// The indices of the intervals that cover an instant; see
/// [`IntervalSet::covering`].
#[derive(Clone)]
pub struct Covering<'a> {
    set: &'a IntervalSet,
    mark: u64,
    classes: std::slice::Iter<'a, Class>,
    run: Run,
}

/// What is left of a class, from the latest start to the earliest.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    until: usize,
    /// A span that starts at or before this one is over, as are all before it.
    too_early: u64,
    /// A span that starts after this one is not.
    not_over: u64,
}

impl Run {
    const EMPTY: Self = Self { from: 0, until: 0, too_early: 0, not_over: 0 };

    /// The next span that covers the mark.
    #[inline]
    fn next(&mut self, set: &IntervalSet, mark: u64) -> Option<Span> {
        while self.from < self.until {
            let span = set.spans[self.until - 1];
            if span.start <= self.too_early {
                return None;
            }
            if self.until.is_multiple_of(BLOCK) && span.end <= mark {
                self.skip(set, mark);
                continue;
            }
            self.until -= 1;
            if span.end > mark {
                return Some(span);
            }
        }
        None
    }

    /// From the end of a block to the end of one in which a span reaches
    /// beyond the mark.
    #[inline]
    fn skip(&mut self, set: &IntervalSet, mark: u64) {
        let block = self.until / BLOCK;
        if set.greatest_ends[0][block - 1] <= mark {
            let block = set.previous_block(block - 1, mark);
            self.until = block.map_or(0, |block| block * BLOCK + BLOCK);
        } else {
            self.until -= 1;
        }
    }
}

impl Iterator for Covering<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some(span) = self.run.next(self.set, self.mark) {
                return Some(span.index());
            }
            self.run = self.classes.next()?.run(&self.set.spans, self.mark);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.set.len()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, usize) -> B>(self, init: B, mut f: F) -> B {
        let Self { set, mark, classes, run } = self;
        let acc = run.fold(set, mark, init, &mut f);
        classes.fold(acc, |acc, class| class.run(&set.spans, mark).fold(set, mark, acc, &mut f))
    }
}

impl FusedIterator for Covering<'_> {}

impl fmt::Debug for Covering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl Run {
    /// All of [`next`](Self::next), in blocks.
    #[inline]
    fn fold<B>(
        mut self,
        set: &IntervalSet,
        mark: u64,
        init: B,
        f: &mut impl FnMut(B, usize) -> B,
    ) -> B {
        let mut acc = init;
        let spans = &set.spans;
        let rest = spans.get(self.from..self.until).unwrap_or_default();
        // Those that are too young to be over need no second look.
        for span in rest.iter().rev().take_while(|span| span.start > self.not_over) {
            acc = f(acc, span.index());
            self.until -= 1;
        }
        while self.from < self.until {
            if spans[self.until - 1].start <= self.too_early {
                break;
            }
            if self.until.is_multiple_of(BLOCK) && spans[self.until - 1].end <= mark {
                self.skip(set, mark);
                continue;
            }
            // Hits and misses follow no order that could be foreseen, so a
            // block is gathered without a branch.
            let low = ((self.until - 1) / BLOCK * BLOCK).max(self.from);
            let mut hits = [0; BLOCK];
            let mut count = 0;
            for span in spans[low..self.until].iter().rev() {
                hits[count % BLOCK] = span.index();
                count += usize::from(span.end > mark);
            }
            for index in &hits[..count.min(BLOCK)] {
                acc = f(acc, *index);
            }
            self.until = low;
        }
        acc
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
            assert_eq!(set.contains(t), !expected.is_empty(), "at {t}");
        }
    }

    impl IntervalSet {
        fn validate(&self) {
            let mut seen = vec![false; self.len()];
            let mut at = 0;
            for class in &self.classes {
                assert_eq!(class.from, at);
                assert!(class.from < class.until);
                at = class.until;
                let spans = &self.spans[class.from as usize..class.until as usize];
                assert!(spans.is_sorted_by_key(|span| span.start));
                for span in spans {
                    assert!(!std::mem::replace(&mut seen[span.index()], true));
                    let length = span.length() << INDEX_BITS;
                    assert!((class.least..=class.greatest).contains(&length));
                }
                assert!(class.directory.ranks.is_sorted());
            }
            assert_eq!(at as usize, self.len());
            assert!(self.union.directory.ranks.is_sorted());
            if self.len() >= 1000 {
                let limit = self.len() * 24 + 8192;
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
    fn a_block_without_hits_is_not_looked_through() {
        // All but one of a class are over just before the question.
        let mut pairs = vec![(0, 100); 100_000];
        pairs.push((0, 120));
        let set: IntervalSet =
            pairs.iter().filter_map(|(start, end)| Interval::clipped(*start, *end)).collect();
        let mut run = set.classes[0].run(&set.spans, mark(Timestamp::constant(110)));
        let mut steps = 0;
        while run.from < run.until && steps < 1000 {
            run.skip_or_step(&set, mark(Timestamp::constant(110)));
            steps += 1;
        }
        assert!(steps < 100, "{steps}");
    }

    impl Run {
        fn skip_or_step(&mut self, set: &IntervalSet, mark: u64) {
            if self.until.is_multiple_of(BLOCK) {
                self.skip(set, mark);
            } else {
                self.until -= 1;
            }
        }
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
            let (reach, longest) = shape;
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
