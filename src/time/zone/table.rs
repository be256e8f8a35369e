//! A zone as a table: the changes of its offset, the slopes on which its clock
//! shows new readings, and buckets that lead to both without a search.
//!
//! A rule without an end, such as "the last Sunday of March", repeats after
//! [`LAP_MS`]: weekdays and leap years do, and so do the changes. So the table
//! reaches over one such lap, and what lies beyond is looked up where it lies in
//! that lap.

use std::hint::select_unpredictable;
use std::ops::Range;

use crate::time::civil::{CYCLE_MS, DAY_MS};
use crate::time::{Interval, Timestamp, Transition};

pub(super) struct Table {
    pub(super) name: Box<str>,
    pub(super) release: Option<Box<str>>,
    /// `(first instant, offset)`, ascending; the first holds since ever.
    pub(super) offsets: Box<[(i64, i64)]>,
    /// Ascending; the last one never comes.
    pub(super) changes: Box<[Change]>,
    /// The least and the greatest offset in [`USUAL`].
    pub(super) usual: (i64, i64),
    /// The first change after the beginning of each bucket, or about it.
    buckets: Box<[u16]>,
    /// Where bucket 0 begins.
    base: i64,
    /// The segments of slope one, ascending, the first from `i64::MIN` on.
    pub(super) slopes: Box<[Slope]>,
    /// From here on all repeats after [`LAP_MS`]; `i64::MAX` if nothing does.
    pub(super) lap: i64,
}

/// From `start` to `end` the clock shows readings for the first time:
/// `reading = t + offset`.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    pub(super) reading: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) offset: i64,
}

/// Around a change of the offset, `high_water(t)` is `t + before` up to it, and
/// from it on `t + after`, but no less than `peak`.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) at: i64,
    /// When the next change is.
    next: i64,
    peak: i64,
    before: i32,
    after: i32,
}

impl Change {
    /// For a `t` within some years of the years 1 to 9999.
    #[inline]
    fn high_water(&self, t: i64) -> i64 {
        // What does not count may be beyond all numbers.
        let before = t.wrapping_add(i64::from(self.before));
        let after = t.wrapping_add(i64::from(self.after)).max(self.peak);
        select_unpredictable(t < self.at, before, after)
    }

    /// From when on, up to the next change, the clock shows what it has not
    /// shown before.
    pub(super) fn fresh(&self) -> i64 {
        self.peak.saturating_add(1).saturating_sub(i64::from(self.after)).max(self.at)
    }

    /// The piece that holds `t`, which is not before the change.
    fn piece_at(&self, t: i64) -> Piece {
        let fresh = self.fresh().min(self.next);
        if t < fresh {
            Piece { start: self.at, end: fresh, runs: false }
        } else {
            Piece { start: fresh, end: self.next, runs: true }
        }
    }
}

/// A stretch of time in which the high-water function is one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Whether the clock runs, or stands still.
    pub(crate) runs: bool,
}

/// 400 Gregorian years: after these, weekdays and leap years come again.
pub(crate) const LAP_MS: i64 = CYCLE_MS;

/// No clock is further from UTC than this, so that what a clock has shown before
/// is over after twice the time.
pub(super) const FARTHEST_MS: i64 = DAY_MS;

/// The years 2000 to 2099.
pub(crate) const USUAL: Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Buckets begin in the year 1900, or with the first change before it.
const BASE: i64 = -2_208_988_800_000;

/// Buckets are 2^31 ms wide, 24.9 days.
const BUCKET_SHIFT: u32 = 31;

/// Where `t` lies in the lap that begins at `lap`, and how many milliseconds
/// that is from where it really lies.
fn within_lap(t: i64, lap: i64) -> (i64, i64) {
    if t < lap.saturating_add(LAP_MS) {
        return (t, 0);
    }
    let shift = (t - lap) / LAP_MS * LAP_MS;
    (t - shift, shift)
}

impl Table {
    /// Compiles `(first instant, offset)` pairs, ascending, of which the first
    /// holds since ever; there are no more than 65,535.
    ///
    /// From `lap` on all repeats, or never if that is `i64::MAX`. Then the pairs
    /// reach a year beyond one lap, and one pair further.
    pub(super) fn new(name: &str, release: Option<&str>, offsets: &[(i64, i64)], lap: i64) -> Self {
        let changes = changes(offsets);
        let base = changes[0].at.min(BASE);
        // A clock that was set back stands still for a while after its last change.
        let last = changes.len().checked_sub(2).map_or(base, |last| changes[last].fresh());
        let last = last.min(lap.saturating_add(LAP_MS));
        // In the usual years no zone is a special case.
        let last = last.max(USUAL.end);
        Self {
            name: name.into(),
            release: release.map(Into::into),
            offsets: offsets.into(),
            usual: usual(offsets),
            buckets: buckets(&changes, base, last),
            base,
            slopes: slopes(offsets).into(),
            changes: changes.into(),
            lap,
        }
    }

    /// What the zone adds to UTC at `t`.
    pub(super) fn offset(&self, t: i64) -> i64 {
        let (t, _) = within_lap(t, self.lap);
        let after = self.offsets.partition_point(|(start, _)| *start <= t);
        self.offsets[after - 1].1
    }

    /// The changes of offset in `within`, ascending.
    pub(super) fn transitions(&self, within: Interval) -> impl Iterator<Item = Transition> + '_ {
        let index_of = |t: i64| self.offsets.partition_point(|(start, _)| *start < t);
        let (begin, end) = (within.start().as_millis(), within.end().as_millis());
        let (start, mut shift) = within_lap(begin, self.lap);
        let mut index = index_of(start).max(1);
        let again = index_of(self.lap);
        let lap_end = index_of(self.lap.saturating_add(LAP_MS));
        std::iter::from_fn(move || {
            if index == lap_end && again < lap_end {
                (index, shift) = (again, shift + LAP_MS);
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

    #[inline(always)]
    pub(super) fn high_water(&self, t: i64) -> i64 {
        self.high_water_near(t).unwrap_or_else(|| self.high_water_beyond(t))
    }

    /// `None` outside of the years around the present: before the buckets or
    /// beyond them, and time ends beyond them.
    #[inline(always)]
    pub(super) fn high_water_near(&self, t: i64) -> Option<i64> {
        self.change_near(t).map(|(_, change)| change.high_water(t))
    }

    #[cold]
    #[inline(never)]
    fn high_water_beyond(&self, t: i64) -> i64 {
        let ((_, change), shift) = self.change_beyond(t);
        change.high_water(t - shift) + shift
    }

    /// The last change up to `t`, or the first after it; `None` where there is
    /// no bucket.
    #[inline(always)]
    fn change_near(&self, t: i64) -> Option<(usize, &Change)> {
        // What is before all buckets is far beyond them.
        let bucket = (t.wrapping_sub(self.base) as u64 >> BUCKET_SHIFT) as usize;
        let mut index = usize::from(*self.buckets.get(bucket)?);
        let mut change = &self.changes[index];
        // Few buckets hold two changes.
        while change.next <= t {
            index += 1;
            change = &self.changes[index];
        }
        Some((index, change))
    }

    /// The change near a `t` for which there is no bucket, or near where it lies
    /// in the lap, and how far from there it really is.
    #[cold]
    fn change_beyond(&self, t: i64) -> ((usize, &Change), i64) {
        let (t, shift) = within_lap(t, self.lap);
        let search = || {
            let last = self.changes.len() - 1;
            let index = self.changes.partition_point(|change| change.next <= t).min(last);
            (index, &self.changes[index])
        };
        (self.change_near(t).unwrap_or_else(search), shift)
    }

    #[inline]
    fn change_about(&self, t: i64) -> ((usize, &Change), i64) {
        self.change_near(t).map_or_else(|| self.change_beyond(t), |found| (found, 0))
    }

    /// The piece of the high-water function that holds `t`, or a part of it.
    pub(super) fn piece_at(&self, t: i64) -> Piece {
        let ((index, change), shift) = self.change_about(t);
        let piece = if t - shift >= change.at {
            change.piece_at(t - shift)
        } else {
            match index.checked_sub(1) {
                Some(last) => self.changes[last].piece_at(t - shift),
                None => Piece { start: i64::MIN, end: change.at, runs: true },
            }
        };
        let moved = |t: i64| t.saturating_add(shift);
        Piece { start: moved(piece.start), end: moved(piece.end), ..piece }
    }

    /// The greatest reading up to `t`, and since when the clock has run evenly
    /// with all of its readings new; after `t` if it is not at `t`.
    #[inline]
    pub(super) fn high_water_since(&self, t: i64) -> (i64, i64) {
        let ((index, change), shift) = self.change_about(t);
        let at = t - shift;
        let (reading, fresh) = if at >= change.at {
            (at.saturating_add(i64::from(change.after)).max(change.peak), change.fresh())
        } else {
            let last = index.checked_sub(1).map(|last| &self.changes[last]);
            let fresh = last.map_or(i64::MIN, Change::fresh);
            (at.saturating_add(i64::from(change.before)), fresh)
        };
        (reading.saturating_add(shift), fresh.saturating_add(shift))
    }

    /// From which reading on the slopes repeat: no earlier reading is first
    /// shown in a lap, or repeats what was before the first.
    fn lap_of_readings(&self) -> i64 {
        self.lap.saturating_add(2 * FARTHEST_MS)
    }

    /// The slope in which the clock first shows `reading`, or after which it
    /// steps over it; and the one thereafter.
    pub(super) fn slopes_about(&self, reading: i64) -> (Slope, Option<Slope>) {
        let (reading, shift) = within_lap(reading, self.lap_of_readings());
        let after = self.slopes.partition_point(|slope| slope.reading <= reading);
        let moved = |slope: &Slope| Slope {
            reading: slope.reading.saturating_add(shift),
            start: slope.start.saturating_add(shift),
            end: slope.end.saturating_add(shift),
            ..*slope
        };
        (moved(&self.slopes[after - 1]), self.slopes.get(after).map(moved))
    }

    /// The readings that the clock steps over, up to the end of time:
    /// `(first, first shown after)`, ascending.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let lap = self.lap_of_readings();
        let lap_end = lap.saturating_add(LAP_MS);
        let gaps = || {
            self.slopes.windows(2).filter_map(|pair| {
                let from = pair[0].end.saturating_add(pair[0].offset);
                (from < pair[1].reading).then_some((from, pair[1].reading))
            })
        };
        let end = Timestamp::END.as_millis();
        let laps = if self.lap == i64::MAX { 0 } else { (end - lap).max(0) / LAP_MS };
        let first = gaps().take_while(move |(from, _)| *from < lap_end);
        let others = (1..=laps).flat_map(move |number| {
            gaps()
                .skip_while(move |(from, _)| *from < lap)
                .take_while(move |(from, _)| *from < lap_end)
                .map(move |(from, to)| (from + number * LAP_MS, to + number * LAP_MS))
        });
        first.chain(others).take_while(move |(from, _)| *from < end)
    }

    /// From when on the table repeats, and after how many milliseconds: one, if
    /// it is one line for ever.
    pub(super) fn cycle(&self) -> (i64, i64) {
        if self.lap != i64::MAX {
            return (self.lap, LAP_MS);
        }
        let last = self.changes.len().checked_sub(2);
        (last.map_or(i64::MIN, |last| self.changes[last].fresh()), 1)
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>()
            + self.name.len()
            + self.release.as_ref().map_or(0, |release| release.len())
            + size_of_val(&*self.offsets)
            + size_of_val(&*self.changes)
            + size_of_val(&*self.buckets)
            + size_of_val(&*self.slopes)
    }
}

/// The least and the greatest offset in the usual years, and around them, so
/// that no clock stands still in these years for a change before them.
fn usual(offsets: &[(i64, i64)]) -> (i64, i64) {
    let first = offsets.partition_point(|(start, _)| *start <= USUAL.start - 7 * DAY_MS) - 1;
    let within = offsets[first..].iter().take_while(|(start, _)| *start < USUAL.end);
    within.fold((i64::MAX, i64::MIN), |(least, greatest), (_, offset)| {
        (least.min(*offset), greatest.max(*offset))
    })
}

/// The changes between `(first instant, offset)` pairs, and one that never comes.
fn changes(offsets: &[(i64, i64)]) -> Vec<Change> {
    let small = |offset: i64| i32::try_from(offset).expect("an offset is below a day");
    let next = |index: usize| offsets.get(index + 1).map_or(i64::MAX, |(next, _)| *next);
    let mut shown = i64::MIN;
    let mut changes: Vec<Change> = Vec::with_capacity(offsets.len());
    for (index, pair) in offsets.windows(2).enumerate() {
        let [(_, before), (at, after)] = pair else { unreachable!("pairs are two") };
        shown = shown.max(at.saturating_add(*before));
        changes.push(Change {
            at: *at,
            next: next(index + 1),
            peak: shown - 1,
            before: small(*before),
            after: small(*after),
        });
    }
    let last = small(offsets[offsets.len() - 1].1);
    changes.push(Change {
        at: i64::MAX,
        next: i64::MAX,
        peak: shown.saturating_sub(1),
        before: last,
        after: last,
    });
    changes
}

fn slopes(offsets: &[(i64, i64)]) -> Vec<Slope> {
    let mut slopes = Vec::with_capacity(offsets.len());
    // One past the greatest reading shown so far.
    let mut shown = i64::MIN;
    for (index, (start, offset)) in offsets.iter().copied().enumerate() {
        let end = offsets.get(index + 1).map_or(i64::MAX, |(next, _)| *next);
        // The clock shows new readings from here on, if it gets so far.
        let fresh = if index == 0 { start } else { start.max(shown - offset) };
        if fresh < end {
            let reading = if index == 0 { i64::MIN } else { fresh + offset };
            slopes.push(Slope { reading, start: fresh, end, offset });
            shown = end.saturating_add(offset);
        }
    }
    slopes
}

/// For buckets from `base` on, the last of which holds `last`, if that is well
/// before the end of time.
fn buckets(changes: &[Change], base: i64, last: i64) -> Box<[u16]> {
    let count = (last.saturating_sub(base) >> BUCKET_SHIFT) + 1;
    // All of them lie within time.
    let count = count.min((Timestamp::END.as_millis() - base) >> BUCKET_SHIFT);
    let mut index = 0;
    let buckets = (0..count).map(|bucket| {
        let start = base + (bucket << BUCKET_SHIFT);
        // Past those of which no trace is left; but before the base everything
        // is bucket 0.
        while bucket > 0 && changes[index].fresh() <= start {
            index += 1;
        }
        u16::try_from(index).expect("there are no more changes than that")
    });
    buckets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_clock_set_back_for_the_last_time_stands_still_from_one_bucket_to_the_next() {
        let bucket = 1 << BUCKET_SHIFT;
        for before_its_end in [1, HOUR, 29 * HOUR] {
            let at = 5 * bucket - before_its_end;
            let offsets = [(i64::MIN, 0), (0, 10 * HOUR), (at, -20 * HOUR)];
            let table = Table::new("A", None, &offsets, i64::MAX);
            let (peak, fresh) = (at + 10 * HOUR - 1, at + 30 * HOUR);
            for t in [at, 5 * bucket - 1, 5 * bucket, 5 * bucket + 1, fresh - 2, fresh - 1] {
                assert_eq!(table.high_water(t), peak, "{t}");
                assert!(!table.piece_at(t).runs, "{t}");
                assert_eq!(table.high_water_since(t), (peak, fresh), "{t}");
            }
            assert_eq!(table.high_water(fresh), peak + 1);
        }
    }

    #[test]
    fn the_usual_offsets_are_those_of_the_usual_years() {
        // The clock stands still from the day before on, for 46 hours.
        let (before, after) = ((i64::MIN, 23 * HOUR), (USUAL.start - DAY_MS, -23 * HOUR));
        assert_eq!(usual(&[before, after]), (-23 * HOUR, 23 * HOUR));
        let long_before = (USUAL.start - 30 * DAY_MS, 9 * HOUR);
        assert_eq!(usual(&[before, long_before, after]), (-23 * HOUR, 9 * HOUR));
        let too_late = (USUAL.end, 5 * HOUR);
        assert_eq!(usual(&[(i64::MIN, 0), (USUAL.end - 1, HOUR), too_late]), (0, HOUR));
    }

    #[test]
    fn a_bucket_leads_to_the_first_change_of_which_there_is_a_trace() {
        let twice_a_year = |i: i64| (i * 182 * DAY_MS, if i % 2 == 0 { 0 } else { HOUR });
        let offsets: Vec<_> =
            std::iter::once((i64::MIN, 0)).chain((1..40).map(twice_a_year)).collect();
        let table = Table::new("a", None, &offsets, i64::MAX);
        assert!(table.buckets.len() > 250);
        for (bucket, index) in table.buckets.iter().enumerate().skip(1) {
            let start = table.base + ((bucket as i64) << BUCKET_SHIFT);
            let first = table.changes.iter().position(|change| change.fresh() > start);
            assert_eq!(first, Some(usize::from(*index)), "{bucket}");
        }
    }

    #[test]
    fn what_is_before_and_beyond_the_buckets_is_searched_for() {
        let end = Timestamp::END.as_millis();
        let firsts = [BASE - 3 * DAY_MS, BASE + DAY_MS, 0];
        for (first, last) in firsts.into_iter().flat_map(|first| [(first, 0), (first, 60 * DAY_MS)])
        {
            // The clock goes ahead an hour each day, for a few days about the end of time.
            let late = (0..5).map(|i| (end - 2 * DAY_MS - last + i * DAY_MS, (i + 2) * HOUR));
            let offsets: Vec<_> = [(i64::MIN, 0), (first, HOUR)].into_iter().chain(late).collect();
            let table = Table::new("a", None, &offsets, i64::MAX);
            let covered = table.base + ((table.buckets.len() as i64) << BUCKET_SHIFT);
            assert!(table.base <= first && covered <= end);
            let edges = offsets[1..].iter().map(|(at, _)| *at);
            for t in
                edges.chain([table.base, covered, end, i64::MIN / 2]).flat_map(|t| t - 1..=t + 1)
            {
                assert_eq!(table.high_water(t), t + table.offset(t), "{t}");
                assert_eq!(table.high_water_since(t).0, t + table.offset(t), "{t}");
                let near = (table.base..covered).contains(&t).then(|| t + table.offset(t));
                assert_eq!(table.high_water_near(t), near, "{t}");
                assert!(table.piece_at(t).runs);
            }
        }
    }

    #[test]
    fn a_table_weighs_what_its_parts_weigh() {
        // One offset: one slope, the change that never comes, and what leads to it.
        let least = Table::new("", None, &[(i64::MIN, 0)], i64::MAX).heap_bytes();
        let buckets = 2 * (((USUAL.end - BASE) >> BUCKET_SHIFT) + 1) as usize;
        let parts = size_of::<(i64, i64)>() + size_of::<Change>() + buckets + size_of::<Slope>();
        assert_eq!(least, size_of::<Table>() + parts);
        let named = Table::new("Mars/Olympus", None, &[(i64::MIN, 0)], i64::MAX);
        assert_eq!(named.heap_bytes(), least + 12);
        let released = Table::new("", Some("2026a"), &[(i64::MIN, 0)], i64::MAX);
        assert_eq!(released.heap_bytes(), least + 5);
    }
}
