//! A static set of intervals with stabbing queries: whether any interval covers
//! an instant, and which ones do. The engine itself does not use it.
//!
//! - `union.rs`: whether any interval covers an instant, by the parity of the
//!   number of boundaries before it
//! - `length_class.rs`: which intervals cover an instant, among those of similar
//!   length, sorted by start
//! - `bucket_index.rs`: an interpolation index into a sorted list
//! - `max_end_tree.rs`: a tree of maximal ends, to skip blocks without hits

mod bucket_index;
mod length_class;
mod max_end_tree;
#[cfg(test)]
mod structure_tests;
#[cfg(test)]
mod tests;
mod union;

use std::fmt;
use std::iter::FusedIterator;

use crate::interval_set::bucket_index::core_range;
use crate::interval_set::length_class::{CandidateRun, LengthClass, classify};
use crate::interval_set::union::Union;
use crate::time::{Interval, Timestamp, coalesce};

/// A static set of intervals that may overlap, queried by instant.
///
/// It is built from an iterator and immutable afterwards. An interval is
/// identified by its index: its position in that iterator.
///
/// # Complexity
///
/// - [`contains`](Self::contains) reads one cache line, whatever the number of
///   intervals, if they are spread roughly evenly; otherwise its cost is
///   logarithmic in their number.
/// - [`covering`](Self::covering) costs one index lookup for each class of
///   similar lengths, plus the number of hits.
/// - Memory: at most 24 bytes per interval, indices included; up to 28 if most
///   intervals neither overlap nor are shorter than 24 days. A few hundred bytes
///   are used in addition.
///
/// ```
/// use quietude::interval_set::IntervalSet;
/// use quietude::{Interval, Timestamp};
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
    classes: Box<[LengthClass]>,
}

/// The memory budget, in bytes per interval.
const BYTES_EACH: usize = 24;

/// Milliseconds since [`Timestamp::MIN`], plus 1, so that 0 is before the first
/// instant.
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

    /// Appends the items of [`covering`](Self::covering) to `found`. This is the
    /// fastest way if there are many.
    ///
    /// ```
    /// # use quietude::interval_set::IntervalSet;
    /// # use quietude::{Interval, Timestamp};
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
            class.append(offset, found);
        }
    }

    /// The number of intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the set has no intervals.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The size of the set on the heap, in bytes.
    ///
    /// ```
    /// let days = (0..1000i64).map(|day| {
    ///     let at = |hour| quietude::Timestamp::from_millis((24 * day + hour) * 3_600_000);
    ///     quietude::Interval::new(at(0)?, at(30)?)
    /// });
    /// let set: quietude::interval_set::IntervalSet = days.collect::<Result<_, _>>()?;
    /// assert!(set.memory_bytes() <= 25 * 1000);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.union.bytes() + length_class::bytes(&self.classes)
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
        let union = coalesce(&mut union).iter();
        let boundaries: Vec<u64> = union.flat_map(|(start, end)| [*start, *end]).collect();

        spans.sort_unstable_by_key(|span| span.start);
        let core_range = core_range(spans.len(), |at| spans[at].start);
        let class_of = classify(&spans, &core_range);
        // What begins outside of the bulk is by itself, so that the others'
        // buckets are narrow.
        let class = |span: &Span| match core_range.contains(&span.start) {
            true => class_of[span.magnitude()],
            false => u8::MAX,
        };
        spans.sort_by_key(class);
        let classes: Box<[_]> =
            spans.chunk_by(|a, b| class(a) == class(b)).map(LengthClass::new).collect();

        let spare = (len * BYTES_EACH).saturating_sub(length_class::bytes(&classes));
        Self { len, union: Union::new(&boundaries, spare), classes }
    }
}

impl fmt::Debug for IntervalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntervalSet").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// An interval while the set is built: offsets and the index.
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

/// The indices of the intervals that cover an instant; see
/// [`IntervalSet::covering`].
#[derive(Clone)]
pub struct Covering<'a> {
    offset: u64,
    len: usize,
    classes: std::slice::Iter<'a, LengthClass>,
    run: Option<(&'a LengthClass, CandidateRun)>,
}

impl Iterator for Covering<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some((class, run)) = &mut self.run {
                let found = class.next(run, self.offset);
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
        let mut rest = |acc: B, (class, run): (&LengthClass, CandidateRun)| {
            class.fold(run, offset, acc, &mut f)
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
