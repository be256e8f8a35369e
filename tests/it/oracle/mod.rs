//! The right answers, from the rules alone: `jiff` for what a zone's clock
//! reads, by the data that are compiled in or those of a file, `chrono` for the
//! calendar, and nothing of the crate.
//!
//! - [`walker`] walks along a clock, minute by minute, until it reads what it
//!   should.
//! - [`scan`] lays out every occurrence near an instant as an interval, from a
//!   zone's changes of offset, and looks at all of them.
//!
//! Both know which dates count from [`dates`], and who is covered from
//! [`cover`]. An answer that both give alike, and the crate too, can be wrong
//! in one way only: if the rules were misread.

pub(crate) mod cover;
pub(crate) mod dates;
pub(crate) mod scan;
pub(crate) mod tzif;
pub(crate) mod walker;

use crate::place::Place;

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) use tzif::offset;

/// What the zone's clock reads at `t`, in milliseconds since 1970-01-01T00:00
/// on that clock.
pub(crate) fn clock(zone: Place, t: i64) -> i64 {
    t + offset(zone, t)
}
