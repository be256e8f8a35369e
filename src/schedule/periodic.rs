//! Periodic schedules: a fixed period of elapsed time.

use crate::error::Error;
use crate::time::{Interval, Timestamp};

/// A schedule that occurs at a fixed period, in milliseconds, from a start on.
///
/// Occurrence k (k >= 0) begins at `start + k * period_ms` and lasts
/// `duration_ms`. The period is elapsed time, not local time: clock changes have
/// no effect. If the duration is not shorter than the period, the schedule is
/// always on from `start`: it has one occurrence without an end.
///
/// ```
/// use quietude::{Periodic, Schedule};
///
/// let ten_minutes_a_day: Schedule =
///     Periodic::new("2026-06-06T19:48:51Z".parse()?, 600_000, 86_400_000)?.into();
/// assert!(ten_minutes_a_day.contains("2031-06-06T19:50:00Z".parse()?));
/// assert!(!ten_minutes_a_day.contains("2026-06-05T19:50:00Z".parse()?));
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periodic {
    start: Timestamp,
    duration_ms: i64,
    period_ms: i64,
}

impl Periodic {
    /// Occurs for `duration_ms` every `period_ms`, first at `start`.
    ///
    /// # Errors
    ///
    /// If the duration or the period is below 1, or `start` is
    /// [`Timestamp::END`].
    pub fn new(start: Timestamp, duration_ms: i64, period_ms: i64) -> Result<Self, Error> {
        Timestamp::from_millis(start.as_millis()).map_err(|error| error.in_field("start"))?;
        for (name, value) in [("duration_ms", duration_ms), ("period_ms", period_ms)] {
            if value < 1 {
                return Err(
                    Error::out_of_range(format_args!("{value} is not 1 or more")).in_field(name)
                );
            }
        }
        Ok(Self { start, duration_ms, period_ms })
    }

    /// The start of the first occurrence.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The length of each occurrence, in milliseconds.
    #[must_use]
    pub const fn duration_ms(self) -> i64 {
        self.duration_ms
    }

    /// The time from start to start, in milliseconds.
    #[must_use]
    pub const fn period_ms(self) -> i64 {
        self.period_ms
    }

    /// Whether the duration is not shorter than the period, so that the schedule
    /// does not end once it has begun.
    ///
    /// ```
    /// use quietude::{Periodic, Timestamp};
    ///
    /// let start = Timestamp::constant(0);
    /// assert!(Periodic::new(start, 60_000, 60_000)?.is_always_on());
    /// assert!(!Periodic::new(start, 59_999, 60_000)?.is_always_on());
    /// # Ok::<(), quietude::Error>(())
    /// ```
    #[must_use]
    pub const fn is_always_on(self) -> bool {
        self.duration_ms >= self.period_ms
    }

    #[inline]
    pub(crate) fn contains(self, t: i64) -> bool {
        let since = t - self.start.as_millis();
        since >= 0 && (self.is_always_on() || since % self.period_ms < self.duration_ms)
    }

    /// The number of the last occurrence that began at or before `t`.
    fn number_at(self, t: i64) -> Option<i64> {
        let since = t.checked_sub(self.start.as_millis()).filter(|since| *since >= 0)?;
        Some(if self.is_always_on() { 0 } else { since / self.period_ms })
    }

    fn occurrence(self, number: i64) -> Option<Interval> {
        let start = number.checked_mul(self.period_ms)?.checked_add(self.start.as_millis())?;
        let end =
            if self.is_always_on() { i64::MAX } else { start.saturating_add(self.duration_ms) };
        Interval::clipped(start, end)
    }

    pub(crate) fn occurrence_at(self, t: i64) -> Option<Interval> {
        if self.contains(t) { self.occurrence(self.number_at(t)?) } else { None }
    }

    pub(crate) fn next_occurrence(self, after: i64) -> Option<Interval> {
        match self.number_at(after) {
            None => self.occurrence(0),
            Some(_) if self.is_always_on() => None,
            Some(number) => self.occurrence(number + 1),
        }
    }

    pub(crate) fn previous_occurrence(self, before: i64) -> Option<Interval> {
        self.occurrence(self.number_at(before.saturating_sub(1))?)
    }

    /// Appends the occurrences in `from..until`, clipped. Stops after `most`, and returns
    /// whether these are all. `until` is at most `Timestamp::END`.
    pub(crate) fn append_spans(
        self,
        (from, until): (i64, i64),
        found: &mut Vec<(i64, i64)>,
        most: usize,
    ) -> bool {
        if self.is_always_on() {
            let from = from.max(self.start.as_millis());
            found.extend((from < until).then_some((from, until)));
            return true;
        }
        let number = self.number_at(from).unwrap_or(0);
        let mut first = self.start.as_millis() + number * self.period_ms;
        if first.saturating_add(self.duration_ms) <= from {
            first = first.saturating_add(self.period_ms);
        }
        if first >= until {
            return true;
        }
        let count = (until - 1 - first) / self.period_ms + 1;
        let taken = count.min(i64::try_from(most).unwrap_or(i64::MAX));
        found.extend((0..taken).map(|number| {
            let start = first + number * self.period_ms;
            (start.max(from), start.saturating_add(self.duration_ms).min(until))
        }));
        taken == count
    }
}
