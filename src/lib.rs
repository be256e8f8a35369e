//! Is entity X silenced at time T? Evaluates maintenance windows: exact to the
//! millisecond, from year 1 to 9999, in nanoseconds.
//!
//! ```
//! use quietude::{Registry, Scope, Silencer, Subject, Topology, Weekday, Weekly, Window};
//!
//! let mut registry = Registry::new();
//! registry.insert(
//!     Window::builder("backup")
//!         .schedule(Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, chrono_tz::Europe::Paris)?)
//!         .scope(Scope::group("prod").and(!Scope::entity("db-7")))
//!         .build()?,
//! )?;
//! let topology = Topology::builder()
//!     .add_member("prod", "db-7")
//!     .add_member("prod", "db-8")
//!     .build()?;
//!
//! let silencer = Silencer::builder().topology(topology).build(&registry)?;
//! let at = "2026-11-24T23:30:00Z".parse()?; // Wednesday, 00:30 in Paris
//! assert!(silencer.is_silenced(&Subject::entity("db-8"), at));
//! assert!(!silencer.is_silenced(&Subject::entity("db-7"), at));
//! # Ok::<(), quietude::Error>(())
//! ```
//!
//! # The main types
//!
//! - [`Schedule`]: when a window is active: [`Once`], [`Periodic`], [`Daily`],
//!   [`Weekly`], [`Monthly`], [`calendar::Calendar`] and, with the feature `rrule`, `Rule`
//!   and `Cron`; and combinations of these, such as [`Schedule::not`].
//! - [`Scope`]: which entities it covers, over a [`Topology`].
//! - [`Window`]: a schedule, a scope, an effect and a validity interval.
//! - [`Registry`]: the current windows.
//! - [`Silencer`]: an immutable compiled snapshot of a registry, which answers queries.
//!
//! All errors occur while building. A query cannot fail, reads no clock and takes no
//! lock.
//!
//! # Documentation
//!
//! - [`docs::semantics`]: what "silenced" means, rule by rule, with examples
//! - [`docs::document`]: the JSON document, field by field
//! - [`docs::time_zones`]: which tz data is used, and how to use newer data
//! - [`vendors`]: the maintenance-window APIs of four vendors
//! - [`docs::guarantees`]: what is guaranteed, and the tests of each guarantee
//! - [`docs::performance`]: benchmarks, results, techniques
//! - [`docs::architecture`], [`docs::glossary`]: layers, query path, terms
//! - [`docs::features`], [`docs::contributing`]: builds; checks, benchmarks, fuzzing
//! - [`limits`]: all limits
//!
//! # Clock changes
//!
//! The occurrence of a date starts at the first instant at which local time is the start
//! of the clock range *or later*, and ends at the first instant at which it is the end
//! or later. So a range that starts in a gap starts at the end of the gap, a range
//! inside a gap does not occur on that date, and a range inside a fold is its first
//! pass.
//!
//! # Non-goals
//!
//! The crate does not store or send anything, and it does not read a clock: the
//! application passes the time in. It opens no files; time zones are those of the
//! built-in tz database ([`Zone::release`]) or of [TZif data](Zone::from_tzif) that the
//! application loads.
#![forbid(unsafe_code)]
// On docs.rs, items show the feature that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Some items are used only with certain features; silence dead-code warnings in the
// other builds.
#![cfg_attr(
    not(all(feature = "serde", feature = "rrule", feature = "vendors")),
    allow(dead_code, unused_imports)
)]

pub mod docs;
mod error;
mod index;
pub mod interval_set;
#[cfg(feature = "serde")]
mod json;
pub mod limits;
mod registry;
mod schedule;
mod scope;
mod silencer;
#[cfg(test)]
mod testing;
mod time;
#[cfg(feature = "vendors")]
pub mod vendors;
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
    AlertType, EntityId, GroupId, Matcher, Scope, Subject, Topology, TopologyBuilder, WindowId,
};
pub use silencer::{
    EntityHandle, MemoryUsage, NextSilence, Silence, SilenceEnd, SilencedBy, Silencer,
    SilencerBuilder,
};
pub use time::{ClockRange, Interval, MonthDay, ShortMonth, Timestamp, Zone};
pub use window::{Effect, EntityState, Propagation, Validity, Window, WindowBuilder, WindowState};

pub mod calendar {
    //! Schedules on sets of days, and combinations of schedules: [`Calendar`], [`Days`],
    //! [`Combination`], and what they are made of.

    pub use crate::schedule::{
        Calendar, Combination, Days, Dst, LocalOnce, OnceEnd, Operator, Point, Search, Unit,
    };
    #[cfg(feature = "rrule")]
    pub use crate::schedule::{Cron, DayMatch, Fold, Gap, NominalDuration, RuleBuilder};
    pub use crate::time::{Bound, LocalTime};
    pub use crate::window::LocalValidity;
}

pub mod explain {
    //! The explanation of an answer: the verdict on each window that refers to the
    //! subject. See [`Silencer::explain`](crate::Silencer::explain).

    pub use crate::silencer::{Explanation, Verdict, WindowExplanation};
}

pub mod timeline {
    //! The effect on a subject over an interval of time. See
    //! [`Silencer::timeline`](crate::Silencer::timeline).

    pub use crate::silencer::{Segment, Timeline};
}

pub mod topology {
    //! Iterators over a [`Topology`](crate::Topology).

    pub use crate::scope::{Attributes, Ids};
}

pub mod zone {
    //! The transitions of a [`Zone`](crate::Zone). See
    //! [`Zone::transitions`](crate::Zone::transitions).

    pub use crate::time::Transition;
}

/// The README's examples are tests.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
mod readme {}
