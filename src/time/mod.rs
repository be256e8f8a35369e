//! Time itself: instants, intervals, clock ranges and zones.

pub(crate) mod civil;
mod interval;
mod timestamp;

pub use interval::Interval;
pub(crate) use interval::coalesce;
pub use timestamp::Timestamp;
