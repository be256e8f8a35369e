//! Half-open intervals of time, and merging of intervals.

use std::fmt;

use crate::error::Error;
use crate::time::Timestamp;

/// A half-open interval `[start, end)`, not empty.
///
/// ```
/// use quietude::{Interval, Timestamp};
///
/// let hour = Interval::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?;
/// assert!(hour.contains(hour.start()));
/// assert!(!hour.contains(hour.end()));
/// assert_eq!(hour.duration_ms(), 3_600_000);
/// assert!(Interval::new(hour.end(), hour.start()).is_err());
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// The range of time: `[Timestamp::MIN, Timestamp::END)`.
    pub const ALWAYS: Self = Self { start: Timestamp::MIN, end: Timestamp::END };

    /// The interval from `start` to just before `end`.
    ///
    /// # Errors
    ///
    /// If `start >= end`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, Error> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(Error::invalid(format_args!("end {end} is not after start {start}")))
        }
    }

    /// An interval in milliseconds, clipped to the range of time; `None` if it is empty.
    pub(crate) fn clipped(start: i64, end: i64) -> Option<Self> {
        let (start, end) = (Timestamp::saturating(start), Timestamp::saturating(end));
        (start < end).then_some(Self { start, end })
    }

    /// The first instant of the interval.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after the interval; [`Timestamp::END`] if it extends to the end
    /// of time.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// Whether `start <= t < end`.
    #[must_use]
    pub fn contains(self, t: Timestamp) -> bool {
        self.start <= t && t < self.end
    }

    /// The intersection; `None` if it is empty.
    ///
    /// ```
    /// # use quietude::{Interval, Timestamp};
    /// # let at = |ms| Timestamp::from_millis(ms).unwrap();
    /// let (a, b) = (Interval::new(at(0), at(10))?, Interval::new(at(5), at(15))?);
    /// assert_eq!(a.intersect(b), Some(Interval::new(at(5), at(10))?));
    /// assert_eq!(a.intersect(Interval::new(at(10), at(11))?), None);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// The length in milliseconds, at least 1.
    #[must_use]
    pub const fn duration_ms(self) -> i64 {
        self.end.as_millis() - self.start.as_millis()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

/// Sorts half-open `(start, end)` pairs and merges those that overlap or touch. The
/// result is sorted, disjoint and separated by gaps. Empty pairs are dropped.
pub(crate) fn coalesce<T: Copy + Ord>(spans: &mut [(T, T)]) -> &[(T, T)] {
    spans.sort_unstable();
    let mut kept: usize = 0;
    for at in 0..spans.len() {
        let (start, end) = spans[at];
        if start >= end {
            continue;
        }
        match kept.checked_sub(1).map(|last| &mut spans[last]) {
            Some((_, until)) if start <= *until => *until = end.max(*until),
            _ => {
                spans[kept] = (start, end);
                kept += 1;
            }
        }
    }
    &spans[..kept]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coalesce_merges_overlapping_and_touching() {
        // 0    5    10   15   20   25
        // ├────┤    ├────┤    ├──┤
        //      ├────┤         ├────┤
        let mut spans = vec![(20, 23), (0, 5), (20, 25), (10, 15), (7, 7), (5, 10)];
        assert_eq!(coalesce(&mut spans), [(0, 15), (20, 25)]);
    }

    #[test]
    fn coalesce_drops_empty() {
        let mut spans = vec![(9, 9), (1, 2), (5, 4)];
        assert_eq!(coalesce(&mut spans), [(1, 2)]);
    }

    #[test]
    fn intersect_overlap_touch_and_disjoint() {
        let interval = |start, end| Interval::clipped(start, end).unwrap();
        let (a, b) = (interval(0, 10), interval(5, 15));
        assert_eq!(a.intersect(b), Some(interval(5, 10)));
        assert_eq!(b.intersect(a), Some(interval(5, 10)));
        assert_eq!(a.intersect(a), Some(a));
        assert_eq!(a.intersect(interval(9, 10)), Some(interval(9, 10)));
        // The end is not in it.
        assert_eq!(a.intersect(interval(10, 11)), None);
        assert_eq!(interval(11, 12).intersect(a), None);
    }

    #[test]
    fn interval_debug_is_half_open() {
        let shown = format!("{:?}", Interval::clipped(0, 1000).unwrap());
        assert_eq!(shown, "[1970-01-01T00:00:00Z, 1970-01-01T00:00:01Z)");
    }

    #[test]
    fn clipped_to_range_of_time() {
        assert_eq!(Interval::clipped(i64::MIN, i64::MAX), Some(Interval::ALWAYS));
        assert_eq!(Interval::clipped(i64::MAX - 1, i64::MAX), None);
        assert_eq!(Interval::clipped(5, 5), None);
    }
}
