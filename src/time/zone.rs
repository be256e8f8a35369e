//! Where daylight saving is decided: zones as tables, and the only ways
//! between clock readings and instants.
//!
//! A zone is the function `high_water(t)`: the greatest clock reading the zone
//! has shown up to `t`. Outside folds that is the clock itself; in the second
//! pass of a fold it stands still at the last millisecond of the first pass.
//! It never falls, so it has an inverse, [`Zone::first_instant`]: the first
//! instant at which the clock reads a given time *or later*. Calendars ask
//! these two functions and never meet a gap or a fold.
//!
//! The table holds the changes of the offset, and for each the greatest reading
//! that was shown before it. A second table of 25-day buckets leads from an
//! instant to the change about it without a search.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{OffsetComponents, TZ_VARIANTS, Tz};

use crate::error::{Error, ErrorKind, abridged};
use crate::time::civil::{self, DAY_MS};
use crate::time::{Interval, Timestamp};

/// A time zone, compiled to a table. Cloning it copies a pointer.
///
/// Made from a [`chrono_tz::Tz`] or by name. Each zone's table is computed
/// once in a process, in about a tenth of a millisecond, and kept.
///
/// chrono-tz has no daylight saving from the year 2100 on: from
/// 2100-01-01T00:00:00Z the last standard offset holds.
///
/// ```
/// use quietude::Zone;
///
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// assert_eq!(berlin, Zone::from(chrono_tz::Europe::Berlin));
/// assert_eq!(berlin.name(), "Europe/Berlin");
/// assert_eq!(berlin.release(), chrono_tz::IANA_TZDB_VERSION);
/// assert_eq!(berlin.offset_ms("2026-07-01T00:00:00Z".parse()?), 2 * 3_600_000);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone(Arc<Table>);

/// A change of a zone's offset.
///
/// ```
/// use quietude::{Interval, Zone};
///
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// let year = Interval::new("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?)?;
/// let changes: Vec<_> = berlin.transitions(year).collect();
/// assert_eq!(changes.len(), 2);
/// assert_eq!(changes[0].at.to_string(), "2026-03-29T01:00:00Z");
/// assert_eq!(changes[0].offset_after_ms - changes[0].offset_before_ms, 3_600_000);
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// The first instant of the new offset.
    pub at: Timestamp,
    /// Milliseconds to add to UTC before `at`.
    pub offset_before_ms: i64,
    /// Milliseconds to add to UTC from `at` on.
    pub offset_after_ms: i64,
}

/// Whether a clock shows a reading, and when first.
#[cfg(feature = "rrule")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    At(i64),
    /// The clock steps from just before the reading `from` to the reading `to`,
    /// at the instant `at`.
    Skipped {
        from: i64,
        to: i64,
        at: i64,
    },
}

struct Table {
    name: Box<str>,
    release: Box<str>,
    /// `(first instant, offset)`, ascending; the first holds since ever.
    offsets: Box<[(i64, i64)]>,
    /// Ascending; the last one never comes.
    changes: Box<[Change]>,
    /// The least and the greatest offset in [`USUAL`].
    usual: (i64, i64),
    /// The first change after the beginning of each bucket, or about it.
    buckets: Box<[u16]>,
    /// Where bucket 0 begins.
    base: i64,
    /// The segments of slope one, ascending, the first from `i64::MIN` on.
    slopes: Box<[Slope]>,
}

/// From `start` to `end` the clock shows readings for the first time:
/// `reading = t + offset`.
#[derive(Clone, Copy)]
struct Slope {
    reading: i64,
    start: i64,
    end: i64,
    offset: i64,
}

/// Around a change of the offset, `high_water(t)` is `t + before` up to it, and
/// from it on `t + after`, but no less than `peak`.
#[derive(Clone, Copy)]
struct Change {
    at: i64,
    /// When the next change is.
    next: i64,
    peak: i64,
    before: i32,
    after: i32,
}

impl Change {
    /// From when on, up to the next change, the clock shows what it has not
    /// shown before.
    fn fresh(&self) -> i64 {
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

/// How far apart chrono-tz is probed for its transitions.
const STEP_MS: i64 = 5 * DAY_MS;

/// The years 2000 to 2099.
pub(crate) const USUAL: Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Buckets are 2^31 ms wide, 24.9 days.
const BUCKET_SHIFT: u32 = 31;

impl Zone {
    /// Coordinated Universal Time.
    ///
    /// ```
    /// assert_eq!(quietude::Zone::utc().name(), "UTC");
    /// ```
    #[must_use]
    pub fn utc() -> Self {
        Tz::UTC.into()
    }

    /// The name, as in the tz database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The release of the tz database that the table was made from.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.0.release
    }

    /// What the zone adds to UTC at `at`, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self, at: Timestamp) -> i64 {
        let offsets = &self.0.offsets;
        let after = offsets.partition_point(|(start, _)| *start <= at.as_millis());
        offsets[after - 1].1
    }

    /// The changes of offset in `within`, ascending.
    pub fn transitions(&self, within: Interval) -> impl Iterator<Item = Transition> + use<'_> {
        let offsets = &self.0.offsets;
        let first = offsets.partition_point(|(start, _)| *start < within.start().as_millis());
        offsets
            .windows(2)
            .skip(first.max(1) - 1)
            .take_while(move |pair| pair[1].0 < within.end().as_millis())
            .map(|pair| Transition {
                at: Timestamp::saturating(pair[1].0),
                offset_before_ms: pair[0].1,
                offset_after_ms: pair[1].1,
            })
    }

    /// The greatest clock reading that the zone has shown up to `t`, which is
    /// within some years of the years 1 to 9999.
    #[inline]
    pub(crate) fn high_water(&self, t: i64) -> i64 {
        let (_, change) = self.change_near(t);
        let after = (t + i64::from(change.after)).max(change.peak);
        if t < change.at { t + i64::from(change.before) } else { after }
    }

    /// The least and the greatest offset in [`USUAL`]: what the clock reads at
    /// such an instant `t` was first due between `t` and the greatest, and was
    /// over between `t` and the least.
    pub(crate) fn usual_offsets(&self) -> (i64, i64) {
        self.0.usual
    }

    /// The last change up to `t`, or the first after it.
    #[inline]
    fn change_near(&self, t: i64) -> (usize, &Change) {
        let table = &*self.0;
        let bucket = (t.max(table.base).wrapping_sub(table.base) as u64 >> BUCKET_SHIFT) as usize;
        let mut index = match table.buckets.get(bucket) {
            Some(index) => usize::from(*index),
            None => table.changes.len() - 1,
        };
        let mut change = &table.changes[index];
        // Few buckets hold two changes.
        while change.next <= t {
            index += 1;
            change = &table.changes[index];
        }
        (index, change)
    }

    /// The first instant at which the clock reads `reading` or later: the
    /// inverse of [`high_water`](Self::high_water).
    pub(crate) fn first_instant(&self, reading: i64) -> i64 {
        let slopes = &self.0.slopes;
        let after = slopes.partition_point(|slope| slope.reading <= reading);
        let slope = slopes[after - 1];
        let t = reading.saturating_sub(slope.offset);
        if t < slope.end {
            return t;
        }
        // The reading is in a gap: the next slope begins with a later one.
        slopes.get(after).map_or(t, |next| next.start)
    }

    /// From when on the table is one line for ever.
    pub(crate) fn settled_from(&self) -> i64 {
        let changes = &self.0.changes;
        changes.len().checked_sub(2).map_or(i64::MIN, |last| changes[last].fresh())
    }

    /// The piece of the high-water function that holds `t`.
    pub(crate) fn piece_at(&self, t: i64) -> Piece {
        let (index, change) = self.change_near(t);
        if t >= change.at {
            return change.piece_at(t);
        }
        match index.checked_sub(1) {
            Some(last) => self.0.changes[last].piece_at(t),
            None => Piece { start: i64::MIN, end: change.at, runs: true },
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let table = &*self.0;
        size_of::<Table>()
            + table.name.len()
            + table.release.len()
            + size_of_val(&*table.offsets)
            + size_of_val(&*table.changes)
            + size_of_val(&*table.buckets)
            + size_of_val(&*table.slopes)
    }

    /// A number that tells apart the zones of one process.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

/// What rules ask: exact readings, and stretches without a change.
#[cfg(feature = "rrule")]
impl Zone {
    /// [`high_water`](Self::high_water), and for how long up to `t` the clock
    /// has run evenly with all of its readings new; negative if it is not at `t`.
    #[inline]
    pub(crate) fn high_water_since(&self, t: i64) -> (i64, i64) {
        let (index, change) = self.change_near(t);
        if t >= change.at {
            let reading = t.saturating_add(i64::from(change.after)).max(change.peak);
            return (reading, t.saturating_sub(change.fresh()));
        }
        let reading = t.saturating_add(i64::from(change.before));
        let fresh = index.checked_sub(1).map_or(i64::MIN, |last| self.0.changes[last].fresh());
        (reading, t.saturating_sub(fresh))
    }

    /// Where the clock first shows exactly `reading`, or how it steps over it.
    pub(crate) fn locate(&self, reading: i64) -> Shown {
        let slopes = &self.0.slopes;
        let after = slopes.partition_point(|slope| slope.reading <= reading);
        let slope = slopes[after - 1];
        let t = reading.saturating_sub(slope.offset);
        match slopes.get(after) {
            Some(next) if t >= slope.end => Shown::Skipped {
                from: slope.end.saturating_add(slope.offset),
                to: next.reading,
                at: next.start,
            },
            _ => Shown::At(t),
        }
    }

    /// The readings that the clock steps over: `(first, first shown after)`,
    /// ascending.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.slopes.windows(2).filter_map(|pair| {
            let from = pair[0].end.saturating_add(pair[0].offset);
            (from < pair[1].reading).then_some((from, pair[1].reading))
        })
    }
}

impl From<Tz> for Zone {
    fn from(tz: Tz) -> Self {
        static TABLES: [OnceLock<Zone>; TZ_VARIANTS.len()] =
            [const { OnceLock::new() }; TZ_VARIANTS.len()];
        let compile = || Self::new(tz.name(), chrono_tz::IANA_TZDB_VERSION, &offsets_of(tz));
        match TABLES.get(tz as usize) {
            Some(memo) => memo.get_or_init(compile).clone(),
            None => compile(),
        }
    }
}

/// A name of the tz database, to the letter.
impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        name.parse::<Tz>().map(Self::from).map_err(|_| {
            Error::new(
                ErrorKind::NotFound,
                format_args!(
                    "\"{}\" is not a time zone of the tz database {}, such as Europe/Berlin",
                    abridged(name),
                    chrono_tz::IANA_TZDB_VERSION
                ),
            )
        })
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.name == other.0.name
                && self.0.release == other.0.release
                && self.0.offsets == other.0.offsets)
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

/// The offsets of a chrono-tz zone, found by probing and bisection.
///
/// No zone comes back to an offset within the step after it left it (seven
/// days is the shortest absence), so no change is stepped over.
fn offsets_of(tz: Tz) -> Vec<(i64, i64)> {
    let offset_at = |t: i64| {
        let t = DateTime::from_timestamp_millis(t).expect("in chrono's range").naive_utc();
        tz.offset_from_utc_datetime(&t)
    };
    let millis_at = |t: i64| i64::from(offset_at(t).fix().local_minus_utc()) * 1000;
    // The tz database begins in 1835, and chrono-tz's table ends before 2100.
    let first = i64::from(civil::day_of(1830, 1, 1)) * DAY_MS;
    let last = i64::from(civil::day_of(2100, 1, 1)) * DAY_MS;

    let mut offsets = vec![(i64::MIN, millis_at(first))];
    let mut t = first;
    while t < last {
        let current = offsets[offsets.len() - 1].1;
        let mut next = (t + STEP_MS).min(last - 1000);
        if millis_at(next) != current {
            // (t, next] holds a change; the instants are whole seconds.
            let (mut before, mut after) = (t, next);
            while after - before > 1000 {
                let middle = before + (after - before) / 2000 * 1000;
                if millis_at(middle) == current { before = middle } else { after = middle }
            }
            offsets.push((after, millis_at(after)));
            next = after;
        }
        t = if next == last - 1000 { last } else { next };
    }
    let standard = offset_at(last - 1).base_utc_offset().num_milliseconds();
    if offsets[offsets.len() - 1].1 != standard {
        offsets.push((last, standard));
    }
    offsets
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

impl Zone {
    /// Compiles `(first instant, offset)` pairs, ascending, of which the first
    /// holds since ever.
    fn new(name: &str, release: &str, offsets: &[(i64, i64)]) -> Self {
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

        let changes = changes(offsets);
        let base = changes[0].at.min(Timestamp::MAX.as_millis());
        let last = changes.len().checked_sub(2).map_or(base, |last| changes[last].at);
        let count = (last.saturating_sub(base) >> BUCKET_SHIFT) + 1;
        let mut index = 0;
        let buckets = (0..count).map(|bucket| {
            let start = base + (bucket << BUCKET_SHIFT);
            // Past those of which no trace is left; but before the base
            // everything is bucket 0.
            while bucket > 0 && changes[index].fresh() <= start {
                index += 1;
            }
            index as u16
        });
        let buckets = buckets.collect();
        Self(Arc::new(Table {
            name: name.into(),
            release: release.into(),
            offsets: offsets.into(),
            changes: changes.into(),
            usual: usual(offsets),
            buckets,
            base,
            slopes: slopes.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive_offset(tz: Tz, t: i64) -> i64 {
        let t = DateTime::from_timestamp_millis(t).unwrap().naive_utc();
        i64::from(tz.offset_from_utc_datetime(&t).fix().local_minus_utc()) * 1000
    }

    /// The shortest time after which a zone returns to an offset it left; the
    /// probing step must be shorter.
    #[test]
    fn no_zone_comes_back_within_the_probing_step() {
        let shortest = TZ_VARIANTS
            .iter()
            .flat_map(|tz| {
                let offsets = offsets_of(*tz);
                offsets
                    .windows(3)
                    .filter(|w| w[0].1 == w[2].1)
                    .map(|w| w[2].0 - w[1].0)
                    .collect::<Vec<_>>()
            })
            .min()
            .unwrap();
        assert!(shortest > STEP_MS, "{} h", shortest / 3_600_000);
    }

    /// Probes every zone at odd hours, three times a day, from 1825 to 2100.
    #[test]
    #[ignore = "a hundred million probes; run in release"]
    fn the_table_is_chrono_tz_everywhere() {
        for tz in TZ_VARIANTS {
            let zone = Zone::from(tz);
            let mut t = i64::from(civil::day_of(1825, 1, 1)) * DAY_MS;
            let last = i64::from(civil::day_of(2100, 1, 1)) * DAY_MS;
            while t < last {
                assert_eq!(
                    zone.offset_ms(Timestamp::saturating(t)),
                    naive_offset(tz, t),
                    "{tz} at {t}"
                );
                t += 8 * 3_600_000 - 1001;
            }
        }
    }

    #[test]
    fn every_transition_is_found_to_the_second() {
        for tz in TZ_VARIANTS {
            let zone = Zone::from(tz);
            for transition in zone.transitions(Interval::ALWAYS) {
                let at = transition.at.as_millis();
                if at >= i64::from(civil::day_of(2100, 1, 1)) * DAY_MS {
                    continue;
                }
                assert_eq!(naive_offset(tz, at - 1), transition.offset_before_ms, "{tz} {at}");
                assert_eq!(naive_offset(tz, at), transition.offset_after_ms, "{tz} {at}");
            }
        }
    }

    /// Around every transition of every zone: high water is the maximum of the
    /// readings so far, and the first instant is its inverse.
    #[test]
    fn high_water_is_the_running_maximum() {
        for tz in TZ_VARIANTS {
            let zone = Zone::from(tz);
            let mut shown = i64::MIN;
            for (index, (start, offset)) in zone.0.offsets.iter().copied().enumerate() {
                let end = zone.0.offsets.get(index + 1).map_or(i64::MAX - DAY_MS, |next| next.0);
                let begin = if index == 0 { end - DAY_MS } else { start };
                let probes = [
                    -1, 0, 1, 60_000, 1_799_999, 1_800_000, 3_599_999, 3_600_000, 3_600_001,
                    86_400_000,
                ]
                .iter()
                .flat_map(|d| {
                    [begin + d, end - 1 - d, shown.saturating_sub(offset).saturating_add(*d)]
                })
                .filter(|t| (begin..end).contains(t));
                for t in probes {
                    let expected = (t + offset).max(shown.saturating_sub(1));
                    assert_eq!(zone.high_water(t), expected, "{tz} at {t}");
                }
                shown = shown.max(end + offset);
            }
        }
    }

    #[test]
    fn the_first_instant_inverts_high_water() {
        for tz in TZ_VARIANTS {
            let zone = Zone::from(tz);
            for transition in zone.transitions(Interval::ALWAYS) {
                let at = transition.at.as_millis();
                for base in [at + transition.offset_before_ms, at + transition.offset_after_ms] {
                    for d in [-7_200_000, -1, 0, 1, 600_000, 3_599_999, 3_600_000, 86_400_000] {
                        let reading = base + d;
                        let t = zone.first_instant(reading);
                        assert!(zone.high_water(t) >= reading, "{tz} {reading}");
                        assert!(zone.high_water(t - 1) < reading, "{tz} {reading}");
                    }
                }
            }
        }
    }

    /// What is skipped is never shown later, so that a reading is shown either
    /// where it is first reached or not at all.
    #[cfg(feature = "rrule")]
    #[test]
    fn what_a_clock_skips_it_never_shows() {
        for tz in TZ_VARIANTS {
            let zone = Zone::from(tz);
            let readings: Vec<(i64, i64)> = zone
                .0
                .offsets
                .iter()
                .enumerate()
                .map(|(index, (start, offset))| {
                    let end = zone.0.offsets.get(index + 1).map_or(i64::MAX, |next| next.0);
                    (start.saturating_add(*offset), end.saturating_add(*offset))
                })
                .collect();
            for (from, to) in zone.gaps() {
                assert!(readings.iter().all(|(a, b)| *b <= from || *a >= to), "{tz} {from}");
                let Shown::Skipped { at, .. } = zone.locate(from) else { panic!("{tz} {from}") };
                assert_eq!(zone.locate(to - 1), Shown::Skipped { from, to, at });
                assert_eq!(zone.locate(to), Shown::At(at));
                assert_eq!(zone.locate(from - 1), Shown::At(zone.first_instant(from - 1)));
                assert_eq!(zone.first_instant(from), at);
            }
        }
    }

    #[test]
    fn from_2100_on_the_standard_offset_holds() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let sydney = Zone::from(Tz::Australia__Sydney);
        assert_eq!(sydney.offset_ms(at("2099-12-31T23:59:59Z")), 11 * 3_600_000);
        assert_eq!(sydney.offset_ms(at("2100-01-01T00:00:00Z")), 10 * 3_600_000);
        assert_eq!(sydney.offset_ms(at("9999-01-01T00:00:00Z")), 10 * 3_600_000);
        let berlin = Zone::from(Tz::Europe__Berlin);
        assert_eq!(berlin.offset_ms(at("2100-07-01T00:00:00Z")), 3_600_000);
    }

    #[test]
    fn extremes_saturate() {
        for tz in [Tz::UTC, Tz::Pacific__Apia, Tz::America__Juneau] {
            let zone = Zone::from(tz);
            for t in [i64::MIN, i64::MIN + 1, i64::MAX - 1] {
                zone.first_instant(t);
                zone.piece_at(t);
            }
            for t in [Timestamp::MIN, Timestamp::END].map(Timestamp::as_millis) {
                let offset = zone.high_water(t) - t;
                assert!(offset.abs() < DAY_MS, "{offset}");
            }
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        for name in ["", "europe/berlin", " Europe/Berlin", "Europe/Berlin ", "Mars/Olympus"] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
    }
}
