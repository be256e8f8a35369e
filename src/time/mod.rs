//! Instants, intervals, clock ranges and time zones.
//!
//! Instants are counted in milliseconds. [`Zone`] is the only type that converts
//! between instants and local times.

pub(crate) mod civil;
mod clock_range;
mod interval;
mod local;
mod month_day;
mod timestamp;
mod zone;
#[cfg(any(feature = "serde", feature = "rrule"))]
mod zone_cache;

pub use clock_range::ClockRange;
pub(crate) use clock_range::TimeOfDay;
pub use interval::Interval;
pub(crate) use interval::coalesce;
pub(crate) use local::parse_date;
pub use local::{Bound, LocalTime};
pub use month_day::{MonthDay, ShortMonth};
pub(crate) use month_day::{MonthDayKind, weekday_name};
pub use timestamp::Timestamp;
pub(crate) use zone::{ClockSegment, LocalResult, PREFILTER_RANGE};
pub use zone::{Transition, Zone};
#[cfg(any(feature = "serde", feature = "rrule"))]
pub(crate) use zone_cache::{ZoneCache, ZoneResolver};
