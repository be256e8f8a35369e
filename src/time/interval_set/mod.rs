//! Many intervals, fixed once: is an instant in any of them, and in which?
//!
//! - `union.rs`: whether any covers it, by the parity of the boundaries before
//! - `class.rs`: which do, among those of like lengths
//! - `directory.rs`: where in a sorted list to look
//! - `guard.rs`: where not to

mod class;
mod directory;
mod guard;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod tests;
mod union;

use std::fmt;
use std::iter::FusedIterator;

use crate::time::interval_set::class::{Class, Run, classify};
use crate::time::interval_set::directory::bulk;
use crate::time::interval_set::union::Union;
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

/// What the set may weigh, each interval.
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
            class.append(offset, found);
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
    ///
    /// ```
    /// let days = (0..1000i64).map(|day| {
    ///     let at = |hour| quietude::Timestamp::from_millis((24 * day + hour) * 3_600_000);
    ///     quietude::Interval::new(at(0)?, at(30)?)
    /// });
    /// let set: quietude::IntervalSet = days.collect::<Result<_, _>>()?;
    /// assert!(set.memory_bytes() <= 25 * 1000);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.union.bytes() + class::bytes(&self.classes)
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

        let spare = (len * BYTES_EACH).saturating_sub(class::bytes(&classes));
        Self { len, union: Union::new(&boundaries, spare), classes }
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
        let mut rest = |acc: B, (class, run): (&Class, Run)| class.fold(run, offset, acc, &mut f);
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
