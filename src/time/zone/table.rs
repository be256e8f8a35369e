//! A zone compiled to tables.
//!
//! The high water of a zone at `t` is the running maximum of its local time up
//! to `t`: local time made monotone. It rises with segment 1 or is constant.
//!
//! ```text
//! high water                        /
//!                                  /
//!   max_before ->     ____________/
//!                    /:           :
//!                   / :           :
//!                  /  :           :
//!                 ----+-----------+-----> t
//!                     at          first_new_instant
//!                     the clock   the clock shows a local time
//!                     is set back that it has not shown before
//! ```
//!
//! The same data is stored in three forms, one for each kind of lookup:
//!
//! - `offsets`: the offset at an instant (binary search);
//! - `changes`, found through `buckets`: high water at an instant;
//! - `rising`: the inverse, from local time to an instant (binary search).
//!
//! A yearly rule without an end, such as "the last Sunday of March", repeats
//! after 400 years ([`CYCLE_MS`]), because weekdays and leap years do. The table
//! therefore covers one such cycle, from `cycle_start` on; later times are
//! reduced to the same position in that cycle.

use std::hint::select_unpredictable;
use std::ops::Range;

use crate::time::civil::{CYCLE_MS, DAY_MS};
use crate::time::{Interval, Timestamp, Transition};

pub(super) struct ZoneTable {
    pub(super) name: Box<str>,
    pub(super) release: Option<Box<str>>,
    /// `(first instant, offset)`, ascending; the first instant is `i64::MIN`.
    pub(super) offsets: Box<[(i64, i64)]>,
    /// Ascending. The last one is a sentinel at `i64::MAX`.
    pub(super) changes: Box<[OffsetChange]>,
    /// The least and the greatest offset in [`PREFILTER_RANGE`].
    pub(super) offset_range: (i64, i64),
    /// For each bucket, the index of the first change that still affects high
    /// water after the start of the bucket.
    buckets: Box<[u16]>,
    /// The start of bucket 0.
    base: i64,
    /// The segments in which high water rises, ascending; the first starts at
    /// `i64::MIN`.
    pub(super) rising: Box<[RisingSegment]>,
    /// From here on the table repeats after [`CYCLE_MS`]; `i64::MAX` if it does
    /// not repeat.
    pub(super) cycle_start: i64,
}

/// A maximal interval `start..end` in which each local time is shown for the
/// first time: `reading = t + offset`.
#[derive(Clone, Copy)]
pub(super) struct RisingSegment {
    pub(super) reading: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) offset: i64,
}

/// A change of the offset. High water is `t + before` before it, and
/// `max(t + after, max_before)` from it on, up to `next`.
#[derive(Clone, Copy)]
pub(super) struct OffsetChange {
    pub(super) at: i64,
    /// The instant of the next change.
    next: i64,
    /// The greatest local time shown before the change.
    max_before: i64,
    /// The offset before the change, in milliseconds.
    before: i32,
    /// The offset from the change on, in milliseconds.
    after: i32,
}

impl OffsetChange {
    /// High water at a `t` within some years of the years 1 to 9999.
    #[inline]
    fn high_water(&self, t: i64) -> i64 {
        // The candidate that is not selected may overflow.
        let before = t.wrapping_add(i64::from(self.before));
        let after = t.wrapping_add(i64::from(self.after)).max(self.max_before);
        select_unpredictable(t < self.at, before, after)
    }

    /// The first instant after the change at which the clock shows a local time
    /// that it has not shown before. It may be after the next change.
    pub(super) fn first_new_instant(&self) -> i64 {
        self.max_before.saturating_add(1).saturating_sub(i64::from(self.after)).max(self.at)
    }

    /// The segment that contains `t`; `t` is not before the change.
    fn segment_at(&self, t: i64) -> ClockSegment {
        let first_new_instant = self.first_new_instant().min(self.next);
        if t < first_new_instant {
            ClockSegment { start: self.at, end: first_new_instant, advances: false }
        } else {
            ClockSegment { start: first_new_instant, end: self.next, advances: true }
        }
    }
}

/// An interval of time in which high water is linear: it advances with time, or
/// is constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClockSegment {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Whether high water advances with time.
    pub(crate) advances: bool,
}

/// An interval of time in which the offset is constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OffsetSpan {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Local time minus UTC, in milliseconds.
    pub(crate) offset: i64,
}

/// Offsets are smaller than this. So a change affects high water for at most
/// twice this time.
pub(super) const MAX_OFFSET_MS: i64 = DAY_MS;

/// The years 2000 to 2099: the range for which [`ZoneTable::offset_range`] is
/// computed, and in which the index prefilters windows by time of week.
pub(crate) const PREFILTER_RANGE: Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Buckets begin in the year 1900, or at an earlier first change.
const BASE: i64 = -2_208_988_800_000;

/// Buckets are 2^31 ms wide, 24.9 days.
const BUCKET_SHIFT: u32 = 31;

/// Reduces `t` to the cycle that begins at `cycle_start`. Returns the reduced
/// time and the difference: a multiple of [`CYCLE_MS`], or 0.
fn reduce_to_cycle(t: i64, cycle_start: i64) -> (i64, i64) {
    if t < cycle_start.saturating_add(CYCLE_MS) {
        return (t, 0);
    }
    let shift = (t - cycle_start) / CYCLE_MS * CYCLE_MS;
    (t - shift, shift)
}

impl ZoneTable {
    /// Compiles at most 65,535 `(first instant, offset)` pairs, ascending; the
    /// first instant is `i64::MIN`.
    ///
    /// From `cycle_start` on the offsets repeat after [`CYCLE_MS`]; `i64::MAX`
    /// means that they do not. If they do, the pairs must reach one year and one
    /// pair beyond the end of the first cycle.
    pub(super) fn new(
        name: &str,
        release: Option<&str>,
        offsets: &[(i64, i64)],
        cycle_start: i64,
    ) -> Self {
        let changes = changes(offsets);
        let base = changes[0].at.min(BASE);
        // After a clock is set back, high water is constant for some time.
        let last =
            changes.len().checked_sub(2).map_or(base, |last| changes[last].first_new_instant());
        let last = last.min(cycle_start.saturating_add(CYCLE_MS));
        // Every zone has buckets for the whole of the prefilter range.
        let last = last.max(PREFILTER_RANGE.end);
        Self {
            name: name.into(),
            release: release.map(Into::into),
            offsets: offsets.into(),
            offset_range: offset_range(offsets),
            buckets: buckets(&changes, base, last),
            base,
            rising: rising_segments(offsets).into(),
            changes: changes.into(),
            cycle_start,
        }
    }

    /// The offset from UTC at `t`, in milliseconds.
    pub(super) fn offset(&self, t: i64) -> i64 {
        let (t, _) = reduce_to_cycle(t, self.cycle_start);
        let after = self.offsets.partition_point(|(start, _)| *start <= t);
        self.offsets[after - 1].1
    }

    /// The span of constant offset that contains `t`. Where the table repeats, it may be a
    /// part of the maximal span.
    pub(super) fn offset_span(&self, t: i64) -> OffsetSpan {
        let (at, shift) = reduce_to_cycle(t, self.cycle_start);
        let after = self.offsets.partition_point(|(start, _)| *start <= at);
        let (start, offset) = self.offsets[after - 1];
        let end = self.offsets.get(after).map_or(i64::MAX, |(end, _)| *end);
        let shifted = |t: i64| t.saturating_add(shift);
        OffsetSpan { start: shifted(start), end: shifted(end), offset }
    }

    /// Local time at `t`, through the buckets if they contain `t`.
    #[inline]
    pub(super) fn local_time(&self, t: i64) -> i64 {
        let offset = match self.change_in_buckets(t) {
            Some((_, change)) => {
                i64::from(select_unpredictable(t < change.at, change.before, change.after))
            }
            None => self.offset(t),
        };
        t.saturating_add(offset)
    }

    /// The changes of the offset in `within`, ascending.
    pub(super) fn transitions(&self, within: Interval) -> impl Iterator<Item = Transition> + '_ {
        let index_of = |t: i64| self.offsets.partition_point(|(start, _)| *start < t);
        let (begin, end) = (within.start().as_millis(), within.end().as_millis());
        let (start, mut shift) = reduce_to_cycle(begin, self.cycle_start);
        let mut index = index_of(start).max(1);
        let again = index_of(self.cycle_start);
        let cycle_end = index_of(self.cycle_start.saturating_add(CYCLE_MS));
        std::iter::from_fn(move || {
            if index == cycle_end && again < cycle_end {
                (index, shift) = (again, shift + CYCLE_MS);
            }
            let (at, after) = self.offsets.get(index)?;
            let (_, before) = self.offsets[index - 1];
            index += 1;
            (at + shift < end).then(|| Transition {
                at: Timestamp::saturating(at + shift),
                offset_before_ms: before,
                offset_after_ms: *after,
            })
        })
    }

    /// The running maximum of local time up to `t`.
    #[inline(always)]
    pub(super) fn high_water(&self, t: i64) -> i64 {
        self.high_water_fast(t).unwrap_or_else(|| self.high_water_slow(t))
    }

    /// [`high_water`](Self::high_water) through the buckets only; `None` outside
    /// of their range, which ends before [`Timestamp::END`].
    #[inline(always)]
    pub(super) fn high_water_fast(&self, t: i64) -> Option<i64> {
        self.change_in_buckets(t).map(|(_, change)| change.high_water(t))
    }

    #[cold]
    #[inline(never)]
    fn high_water_slow(&self, t: i64) -> i64 {
        let ((_, change), shift) = self.change_slow(t);
        change.high_water(t - shift) + shift
    }

    /// The index and the change that determine high water at `t`: the last
    /// change up to `t`, or the first after it. `None` outside of the buckets.
    #[inline(always)]
    fn change_in_buckets(&self, t: i64) -> Option<(usize, &OffsetChange)> {
        // A `t` before the base wraps to a bucket number above all others.
        let bucket = (t.wrapping_sub(self.base) as u64 >> BUCKET_SHIFT) as usize;
        let mut index = usize::from(*self.buckets.get(bucket)?);
        let mut change = &self.changes[index];
        // Few buckets contain two changes.
        while change.next <= t {
            index += 1;
            change = &self.changes[index];
        }
        Some((index, change))
    }

    /// [`change_in_buckets`](Self::change_in_buckets) for any `t`: reduces `t` to
    /// the cycle and falls back to a binary search. Also returns by how much `t`
    /// was shifted.
    #[cold]
    fn change_slow(&self, t: i64) -> ((usize, &OffsetChange), i64) {
        let (t, shift) = reduce_to_cycle(t, self.cycle_start);
        let search = || {
            let last = self.changes.len() - 1;
            let index = self.changes.partition_point(|change| change.next <= t).min(last);
            (index, &self.changes[index])
        };
        (self.change_in_buckets(t).unwrap_or_else(search), shift)
    }

    /// The change that determines high water at `t`, and the shift of `t`.
    #[inline]
    fn change_at(&self, t: i64) -> ((usize, &OffsetChange), i64) {
        self.change_in_buckets(t).map_or_else(|| self.change_slow(t), |found| (found, 0))
    }

    /// Whether the time since the last change is shorter than the gap that it made.
    pub(super) fn is_within_gap_length(&self, t: i64) -> bool {
        let ((index, change), shift) = self.change_at(t);
        let at = t - shift;
        let last = if at >= change.at { Some(index) } else { index.checked_sub(1) };
        last.is_some_and(|last| {
            let change = &self.changes[last];
            at - change.at < i64::from(change.after) - i64::from(change.before)
        })
    }

    /// The segment of high water that contains `t`. It may be a part of the
    /// maximal segment.
    pub(super) fn segment_at(&self, t: i64) -> ClockSegment {
        let ((index, change), shift) = self.change_at(t);
        let segment = if t - shift >= change.at {
            change.segment_at(t - shift)
        } else {
            match index.checked_sub(1) {
                Some(last) => self.changes[last].segment_at(t - shift),
                None => ClockSegment { start: i64::MIN, end: change.at, advances: true },
            }
        };
        let shifted = |t: i64| t.saturating_add(shift);
        ClockSegment { start: shifted(segment.start), end: shifted(segment.end), ..segment }
    }

    /// High water at `t`, and the instant since which it has been rising; that
    /// instant is after `t` if high water is constant at `t`.
    #[inline]
    pub(super) fn high_water_since(&self, t: i64) -> (i64, i64) {
        let ((index, change), shift) = self.change_at(t);
        let at = t - shift;
        let (reading, first_new_instant) = if at >= change.at {
            (
                at.saturating_add(i64::from(change.after)).max(change.max_before),
                change.first_new_instant(),
            )
        } else {
            let last = index.checked_sub(1).map(|last| &self.changes[last]);
            let first_new_instant = last.map_or(i64::MIN, OffsetChange::first_new_instant);
            (at.saturating_add(i64::from(change.before)), first_new_instant)
        };
        (reading.saturating_add(shift), first_new_instant.saturating_add(shift))
    }

    /// The local time from which on rising segments repeat: all readings from
    /// here on are first shown after `cycle_start`.
    fn reading_cycle_start(&self) -> i64 {
        self.cycle_start.saturating_add(2 * MAX_OFFSET_MS)
    }

    /// The segment in which the clock first shows `reading`, or after which it
    /// skips it, and the following segment.
    pub(super) fn rising_segments_at(
        &self,
        reading: i64,
    ) -> (RisingSegment, Option<RisingSegment>) {
        let (reading, shift) = reduce_to_cycle(reading, self.reading_cycle_start());
        let after = self.rising.partition_point(|segment| segment.reading <= reading);
        let shifted = |segment: &RisingSegment| RisingSegment {
            reading: segment.reading.saturating_add(shift),
            start: segment.start.saturating_add(shift),
            end: segment.end.saturating_add(shift),
            ..*segment
        };
        (shifted(&self.rising[after - 1]), self.rising.get(after).map(shifted))
    }

    /// The gaps of the clock, up to the end of time, as `(first local time
    /// skipped, first local time shown after it)`, ascending.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let cycle_start = self.reading_cycle_start();
        let cycle_end = cycle_start.saturating_add(CYCLE_MS);
        let gaps = || {
            self.rising.windows(2).filter_map(|pair| {
                let from = pair[0].end.saturating_add(pair[0].offset);
                (from < pair[1].reading).then_some((from, pair[1].reading))
            })
        };
        let end = Timestamp::END.as_millis();
        let cycles =
            if self.cycle_start == i64::MAX { 0 } else { (end - cycle_start).max(0) / CYCLE_MS };
        let first = gaps().take_while(move |(from, _)| *from < cycle_end);
        let others = (1..=cycles).flat_map(move |number| {
            gaps()
                .skip_while(move |(from, _)| *from < cycle_start)
                .take_while(move |(from, _)| *from < cycle_end)
                .map(move |(from, to)| (from + number * CYCLE_MS, to + number * CYCLE_MS))
        });
        first.chain(others).take_while(move |(from, _)| *from < end)
    }

    /// The instant from which on the table repeats, and its period in
    /// milliseconds. The period is 1 if the offset stays constant from there on.
    pub(super) fn cycle(&self) -> (i64, i64) {
        if self.cycle_start != i64::MAX {
            return (self.cycle_start, CYCLE_MS);
        }
        let last = self.changes.len().checked_sub(2);
        (last.map_or(i64::MIN, |last| self.changes[last].first_new_instant()), 1)
    }

    /// Size on the heap, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + self.name.len()
            + self.release.as_ref().map_or(0, |release| release.len())
            + size_of_val(&*self.offsets)
            + size_of_val(&*self.changes)
            + size_of_val(&*self.buckets)
            + size_of_val(&*self.rising)
    }
}

/// The least and the greatest offset in [`PREFILTER_RANGE`]. Includes the week
/// before it, because a change then may still affect high water in the range.
fn offset_range(offsets: &[(i64, i64)]) -> (i64, i64) {
    let first =
        offsets.partition_point(|(start, _)| *start <= PREFILTER_RANGE.start - 7 * DAY_MS) - 1;
    let within = offsets[first..].iter().take_while(|(start, _)| *start < PREFILTER_RANGE.end);
    within.fold((i64::MAX, i64::MIN), |(least, greatest), (_, offset)| {
        (least.min(*offset), greatest.max(*offset))
    })
}

/// The changes between `(first instant, offset)` pairs, and the sentinel.
fn changes(offsets: &[(i64, i64)]) -> Vec<OffsetChange> {
    let small = |offset: i64| i32::try_from(offset).expect("an offset is below a day");
    let next = |index: usize| offsets.get(index + 1).map_or(i64::MAX, |(next, _)| *next);
    let mut shown = i64::MIN;
    let mut changes: Vec<OffsetChange> = Vec::with_capacity(offsets.len());
    for (index, pair) in offsets.windows(2).enumerate() {
        let [(_, before), (at, after)] = pair else { unreachable!("pairs are two") };
        shown = shown.max(at.saturating_add(*before));
        changes.push(OffsetChange {
            at: *at,
            next: next(index + 1),
            max_before: shown - 1,
            before: small(*before),
            after: small(*after),
        });
    }
    let last = small(offsets[offsets.len() - 1].1);
    changes.push(OffsetChange {
        at: i64::MAX,
        next: i64::MAX,
        max_before: shown.saturating_sub(1),
        before: last,
        after: last,
    });
    changes
}

/// The segments in which high water rises.
fn rising_segments(offsets: &[(i64, i64)]) -> Vec<RisingSegment> {
    let mut rising = Vec::with_capacity(offsets.len());
    // One past the greatest local time shown so far.
    let mut shown = i64::MIN;
    for (index, (start, offset)) in offsets.iter().copied().enumerate() {
        let end = offsets.get(index + 1).map_or(i64::MAX, |(next, _)| *next);
        // From here on local times are new, unless the next change is earlier.
        let first_new_instant = if index == 0 { start } else { start.max(shown - offset) };
        if first_new_instant < end {
            let reading = if index == 0 { i64::MIN } else { first_new_instant + offset };
            rising.push(RisingSegment { reading, start: first_new_instant, end, offset });
            shown = end.saturating_add(offset);
        }
    }
    rising
}

/// Buckets from `base` on. The last one contains `last`, unless that is close to
/// the end of time.
fn buckets(changes: &[OffsetChange], base: i64, last: i64) -> Box<[u16]> {
    let count = (last.saturating_sub(base) >> BUCKET_SHIFT) + 1;
    // All buckets end before the end of time.
    let count = count.min((Timestamp::END.as_millis() - base) >> BUCKET_SHIFT);
    let mut index = 0;
    let buckets = (0..count).map(|bucket| {
        let start = base + (bucket << BUCKET_SHIFT);
        // Skips the changes that no longer affect high water. Bucket 0 also
        // serves everything before the base.
        while bucket > 0 && changes[index].first_new_instant() <= start {
            index += 1;
        }
        u16::try_from(index).expect("there are no more changes than that")
    });
    buckets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::HOUR;

    #[test]
    fn high_water_last_change_across_bucket_boundary() {
        let bucket = 1 << BUCKET_SHIFT;
        for before_its_end in [1, HOUR, 29 * HOUR] {
            let at = 5 * bucket - before_its_end;
            let offsets = [(i64::MIN, 0), (0, 10 * HOUR), (at, -20 * HOUR)];
            let table = ZoneTable::new("A", None, &offsets, i64::MAX);
            let (max_before, first_new_instant) = (at + 10 * HOUR - 1, at + 30 * HOUR);
            for t in [
                at,
                5 * bucket - 1,
                5 * bucket,
                5 * bucket + 1,
                first_new_instant - 2,
                first_new_instant - 1,
            ] {
                assert_eq!(table.high_water(t), max_before, "{t}");
                assert!(!table.segment_at(t).advances, "{t}");
                assert_eq!(table.high_water_since(t), (max_before, first_new_instant), "{t}");
            }
            assert_eq!(table.high_water(first_new_instant), max_before + 1);
        }
    }

    #[test]
    fn offset_range_covers_prefilter_range() {
        // The clock is set back a day before the range: high water is constant for 46 hours.
        let (before, after) = ((i64::MIN, 23 * HOUR), (PREFILTER_RANGE.start - DAY_MS, -23 * HOUR));
        assert_eq!(offset_range(&[before, after]), (-23 * HOUR, 23 * HOUR));
        let long_before = (PREFILTER_RANGE.start - 30 * DAY_MS, 9 * HOUR);
        assert_eq!(offset_range(&[before, long_before, after]), (-23 * HOUR, 9 * HOUR));
        let too_late = (PREFILTER_RANGE.end, 5 * HOUR);
        assert_eq!(
            offset_range(&[(i64::MIN, 0), (PREFILTER_RANGE.end - 1, HOUR), too_late]),
            (0, HOUR)
        );
    }

    #[test]
    fn buckets_hold_first_effective_change() {
        let twice_a_year = |i: i64| (i * 182 * DAY_MS, if i % 2 == 0 { 0 } else { HOUR });
        let offsets: Vec<_> =
            std::iter::once((i64::MIN, 0)).chain((1..40).map(twice_a_year)).collect();
        let table = ZoneTable::new("a", None, &offsets, i64::MAX);
        assert!(table.buckets.len() > 250);
        for (bucket, index) in table.buckets.iter().enumerate().skip(1) {
            let start = table.base + ((bucket as i64) << BUCKET_SHIFT);
            let first = table.changes.iter().position(|change| change.first_new_instant() > start);
            assert_eq!(first, Some(usize::from(*index)), "{bucket}");
        }
    }

    #[test]
    fn high_water_outside_buckets_uses_search() {
        let end = Timestamp::END.as_millis();
        let firsts = [BASE - 3 * DAY_MS, BASE + DAY_MS, 0];
        for (first, last) in firsts.into_iter().flat_map(|first| [(first, 0), (first, 60 * DAY_MS)])
        {
            // The clock goes ahead an hour each day, for a few days around the end of time.
            let late = (0..5).map(|i| (end - 2 * DAY_MS - last + i * DAY_MS, (i + 2) * HOUR));
            let offsets: Vec<_> = [(i64::MIN, 0), (first, HOUR)].into_iter().chain(late).collect();
            let table = ZoneTable::new("a", None, &offsets, i64::MAX);
            let covered = table.base + ((table.buckets.len() as i64) << BUCKET_SHIFT);
            assert!(table.base <= first && covered <= end);
            let edges = offsets[1..].iter().map(|(at, _)| *at);
            for t in
                edges.chain([table.base, covered, end, i64::MIN / 2]).flat_map(|t| t - 1..=t + 1)
            {
                assert_eq!(table.high_water(t), t + table.offset(t), "{t}");
                assert_eq!(table.high_water_since(t).0, t + table.offset(t), "{t}");
                let near = (table.base..covered).contains(&t).then(|| t + table.offset(t));
                assert_eq!(table.high_water_fast(t), near, "{t}");
                assert!(table.segment_at(t).advances);
            }
        }
    }

    #[test]
    fn heap_bytes_is_sum_of_parts() {
        // One offset: one segment, the sentinel, and the buckets.
        let least = ZoneTable::new("", None, &[(i64::MIN, 0)], i64::MAX).heap_bytes();
        let buckets = 2 * (((PREFILTER_RANGE.end - BASE) >> BUCKET_SHIFT) + 1) as usize;
        let parts = size_of::<(i64, i64)>()
            + size_of::<OffsetChange>()
            + buckets
            + size_of::<RisingSegment>();
        assert_eq!(least, size_of::<ZoneTable>() + parts);
        let named = ZoneTable::new("Mars/Olympus", None, &[(i64::MIN, 0)], i64::MAX);
        assert_eq!(named.heap_bytes(), least + 12);
        let released = ZoneTable::new("", Some("2026a"), &[(i64::MIN, 0)], i64::MAX);
        assert_eq!(released.heap_bytes(), least + 5);
    }
}
