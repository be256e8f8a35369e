//! Is entity X silenced at time T? Exactly, in nanoseconds, for every
//! millisecond of the years 1 to 9999.
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
//! let topology = Topology::builder().member("prod", "db-7").member("prod", "db-8").build()?;
//!
//! let silencer = Silencer::builder().topology(topology).build(&registry)?;
//! let at = "2026-11-24T23:30:00Z".parse()?; // Wednesday, 00:30 in Paris
//! assert!(silencer.is_silenced(&Subject::entity("db-8"), at));
//! assert!(!silencer.is_silenced(&Subject::entity("db-7"), at));
//! # Ok::<(), quietude::Error>(())
//! ```
//!
//! # The types
//!
//! - [`Schedule`]: when. [`Once`], [`Periodic`], [`Daily`], [`Weekly`],
//!   [`Monthly`] and, with the feature `rrule`, `Rule`.
//! - [`Scope`]: whom, over the entities of a [`Topology`].
//! - [`Window`]: a schedule, a scope, an effect and a validity, checked as a
//!   whole.
//! - [`Registry`]: the windows there are; the only thing that changes.
//! - [`Silencer`]: a registry, compiled; immutable, and shared between threads.
//!
//! Everything that can fail fails while building. A question cannot fail, reads
//! no clock and takes no lock.
//!
//! # Pages
//!
//! - [`docs::semantics`]: what "silenced" means, rule by rule, with examples.
//! - [`docs::architecture`]: the layers, and the way of a question.
//! - [`docs::performance`]: what it costs, and how to see for yourself.
//! - [`docs::promises`]: what is guaranteed, and how each promise is tested.
//! - [`docs::contributing`]: how to run the checks, benchmarks and fuzzers.
//! - [`limits`]: how much of anything there may be.
//!
//! # What a clock range means
//!
//! The occurrence of a date begins at the first instant at which the zone's
//! clock reads its beginning *or later*, and ends at the first instant at which
//! it reads its end or later. So a range that begins in a gap begins with the
//! instant after the gap, one that lies in a gap as a whole does not happen on
//! that day, and one in a fold is the first pass.
//!
//! # What it does not do
//!
//! It keeps nothing, sends nothing and tells no time: the host passes the
//! instant in, and stores documents. Zones are those of the tz database that is
//! compiled in ([`Zone::release`]), or [those of the files](Zone::from_tzif) that
//! the host brings.
#![forbid(unsafe_code)]
// On docs.rs, items show the feature that they need.
#![cfg_attr(docsrs, feature(doc_cfg))]
// What only a feature asks for is no dead code without it.
#![cfg_attr(
    not(all(feature = "serde", feature = "rrule", feature = "vendors")),
    allow(dead_code, unused_imports)
)]

pub mod docs;
mod error;
mod index;
mod interval_set;
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
pub use interval_set::{Covering, IntervalSet};
#[cfg(feature = "serde")]
pub use json::Document;
pub use limits::{
    MAX_COMPILED_PATTERN_BYTES, MAX_COVER_STEPS, MAX_COVERED, MAX_DOCUMENT_BYTES,
    MAX_DOCUMENT_DEPTH, MAX_DOCUMENT_PATTERN_BYTES, MAX_ENTITIES, MAX_ID_BYTES, MAX_JOINED,
    MAX_LINKS, MAX_OCCURRENCES, MAX_PATTERN_BYTES, MAX_RULE_BYTES, MAX_SCOPE_DEPTH, MAX_WINDOWS,
};
pub use registry::Registry;
#[cfg(feature = "rrule")]
pub use schedule::Rule;
pub use schedule::{Daily, Monthly, Occurrences, Once, Periodic, Schedule, Weekly};
pub use scope::{
    AlertType, Attributes, EntityId, GroupId, Ids, Matcher, Scope, Subject, Topology,
    TopologyBuilder, WindowId,
};
pub use silencer::{
    End, EntityRef, Explanation, MemoryUsage, Next, Outcome, Segment, Silence, Silencer,
    SilencerBuilder, Timeline, Verdict,
};
pub use time::{ClockRange, Interval, MonthDay, ShortMonth, Timestamp, Transition, Zone};
pub use window::{Effect, EntityState, Propagation, Validity, Window, WindowBuilder, WindowState};

/// The README's examples are tests.
#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
mod readme {}
