//! Is entity X silenced at time T?
#![allow(dead_code)]
mod error;
mod schedule;
mod time;

pub use chrono::{NaiveDate, Weekday};
pub use error::{Error, ErrorKind};
#[cfg(feature = "rrule")]
pub use schedule::Rule;
pub use schedule::{Daily, Monthly, Occurrences, Once, Periodic, Schedule, Weekly};
pub use time::{ClockRange, Interval, MonthDay, ShortMonth, Timestamp, Transition, Zone};
