//! Is entity X silenced at time T?
#![forbid(unsafe_code)]
#![allow(dead_code)]
#[cfg(feature = "dialects")]
pub mod dialects;
mod error;
mod index;
#[cfg(feature = "serde")]
mod json;
mod registry;
mod schedule;
mod scope;
mod silencer;
mod time;
mod window;

pub use chrono::{NaiveDate, Weekday};
pub use error::{Error, ErrorKind};
#[cfg(feature = "serde")]
pub use json::Document;
pub use registry::Registry;
#[cfg(feature = "rrule")]
pub use schedule::Rule;
pub use schedule::{Daily, Monthly, Occurrences, Once, Periodic, Schedule, Weekly};
pub use scope::{
    AlertType, Attributes, EntityId, GroupId, Ids, MAX_ID_BYTES, MAX_PATTERN_BYTES,
    MAX_SCOPE_DEPTH, Matcher, Scope, Subject, Topology, TopologyBuilder, WindowId,
};
pub use silencer::{
    End, EntityRef, Explanation, MemoryUsage, Next, Outcome, Segment, Silence, Silencer,
    SilencerBuilder, Timeline, Verdict,
};
pub use time::{
    ClockRange, Covering, Interval, IntervalSet, MonthDay, ShortMonth, Timestamp, Transition, Zone,
};
pub use window::{Effect, EntityState, Propagation, Validity, Window, WindowBuilder, WindowState};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
