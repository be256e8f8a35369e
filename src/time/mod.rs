//! Time itself: instants, intervals, clock ranges and zones.
//!
//! Everything above this layer counts milliseconds. [`Zone`] is the only place
//! in which a clock reading becomes an instant, or an instant a reading.

pub(crate) mod civil;
mod clock;
mod interval;
mod interval_set;
mod timestamp;
mod zone;

pub use clock::{ClockRange, MonthDay, ShortMonth};
pub(crate) use clock::{MonthDayKind, weekday_name};
pub use interval::Interval;
pub(crate) use interval::coalesce;
pub use interval_set::{Covering, IntervalSet};
pub use timestamp::Timestamp;
#[cfg(feature = "rrule")]
pub(crate) use zone::Shown;
pub(crate) use zone::{Piece, USUAL};
pub use zone::{Transition, Zone};
#[cfg(any(feature = "serde", feature = "rrule"))]
pub(crate) use zone::{ZoneResolver, ZonesByName};
