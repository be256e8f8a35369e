//! Two reference implementations. UTC offsets come from `jiff` (compiled-in data or a TZif
//! file), dates from `chrono`; no code of the crate is used.
//!
//! - [`clock_walk`] steps along a zone's local time until a given local time is reached.
//! - [`enumerate`] computes every occurrence near an instant from the zone's offset
//!   changes, and searches them linearly.
//!
//! Both take the dates of a calendar from [`dates`] and the covered entities from
//! [`cover`]. If both agree with the crate, the remaining risk is a misread rule.

pub(crate) mod clock_walk;
pub(crate) mod cover;
pub(crate) mod dates;
pub(crate) mod enumerate;
pub(crate) mod tzif;

use crate::zone_source::ZoneSource;

pub(crate) use tzif::offset;

/// The zone's local time at `t`, in milliseconds since 1970-01-01T00:00 local time.
pub(crate) fn clock(zone: ZoneSource, t: i64) -> i64 {
    t + offset(zone, t)
}
