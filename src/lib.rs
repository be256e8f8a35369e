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
pub mod interval_set;
#[cfg(feature = "serde")]
mod json;
pub mod limits;
mod registry;
mod schedule;
mod scope;
mod silencer;
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
