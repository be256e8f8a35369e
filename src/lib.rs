//! Is entity X silenced at time T? Evaluates maintenance windows: exact to the
//! millisecond, from year 1 to 9999. An answer takes nanoseconds.
//!
//! ```
//! use quietude::{Registry, Scope, Silencer, Subject, Topology, Weekday, Weekly, Window, Zone};
//!
//! let paris: Zone = "Europe/Paris".parse()?;
//! let mut registry = Registry::new();
//! registry.insert(
//!     Window::builder("backup")
//!         .schedule(Weekly::new([Weekday::Tue], "22:00-02:00".parse()?, paris)?)
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
//! assert!(silencer.is_silenced(Subject::entity("db-8"), at));
//! assert!(!silencer.is_silenced(Subject::entity("db-7"), at));
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
//! - [`live::Engine`]: registry, topology and snapshot, for one writer and many readers.
//!
//! All errors occur while building. A query cannot fail, reads no clock and takes no
//! lock.
//!
//! # Documentation
//!
//! - [`docs::semantics`]: what "silenced" means, rule by rule, with examples
//! - [`docs::labels`]: alerts as labels, and Alertmanager's matchers
//! - [`docs::document`]: the JSON document, field by field
//! - [`docs::hot_reload`]: one writer, many readers; files, windows and entities that change
//! - [`docs::time_zones`]: which tz data is used, and how to use newer data
//! - [`vendors`]: the maintenance-window APIs of four vendors
//! - [`fleet`], [`diff`], [`lint`]: questions about a whole fleet; changes; checks of windows
//! - [`journal`]: what was known at an instant
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
mod engine;
mod error;
mod index;
pub mod interval_set;
#[cfg(feature = "serde")]
pub mod journal;
#[cfg(feature = "serde")]
mod json;
pub mod limits;
pub mod lint;
mod registry;
mod schedule;
mod scope;
mod silencer;
mod similar;
#[cfg(test)]
mod testing;
mod time;
mod trie;
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
    Answer, EntityHandle, MemoryUsage, NextSilence, Silence, SilenceEnd, SilencedBy, Silencer,
    SilencerBuilder,
};
pub use time::{ClockRange, Interval, MonthDay, ShortMonth, Timestamp, Zone};
pub use window::{Effect, EntityState, Propagation, Validity, Window, WindowBuilder, WindowState};

pub mod alertmanager {
    //! Alertmanager's matchers, as text or as the JSON of its API, and the
    //! [`Scope`](crate::Scope) of a list of them.
    //!
    //! ```
    //! use quietude::alertmanager::Matchers;
    //! use quietude::{Once, Registry, Silencer, Subject, Window};
    //!
    //! let mut registry = Registry::new();
    //! registry.insert(
    //!     Window::builder("silence-1")
    //!         .schedule(Once::new("2026-06-06T19:00:00Z".parse()?, "2026-06-06T20:00:00Z".parse()?)?)
    //!         .scope(Matchers::parse(r#"{alertname="HighLatency",instance=~"db-.*"}"#)?.scope())
    //!         .build()?,
    //! )?;
    //! let alert = Subject::labels(&[("alertname", "HighLatency"), ("instance", "db-7")]);
    //! let silencer = Silencer::new(&registry)?;
    //! assert!(silencer.is_silenced(&alert, "2026-06-06T19:30:00Z".parse()?));
    //! # Ok::<(), quietude::Error>(())
    //! ```
    //!
    //! # Differences
    //!
    //! The names, the values and the answers are those of Alertmanager, except:
    //!
    //! - The name of a label has 1 to 1,024 bytes without control characters.
    //! - A list has at most [`MAX_MATCHERS`](crate::limits::MAX_MATCHERS) matchers.
    //! - A regular expression has at most
    //!   [`MAX_PATTERN_BYTES`](crate::limits::MAX_PATTERN_BYTES).
    //! - Regular expressions have the syntax of the crate [`regex`], and Alertmanager's are
    //!   those of Go (RE2). Both match the whole value, in linear time, and `.` is not a
    //!   line feed. `\Q..\E` is a text that stands for itself. In `regex`, `\d`, `\w`, `\s`
    //!   and `\b` are Unicode, and those of Go are ASCII. Only Go has octal escapes, a `{`
    //!   that is no repetition, and a `[` in a class without a backslash. Only `regex` has `&&`, `--`, `~~` and nested
    //!   brackets in a class, `(?x)`, `\<` and `\>` for the borders of a word, and a
    //!   repetition of a repetition such as `a**`. A pattern must also be valid by itself:
    //!   `a)|(?:b` is not.

    pub use crate::scope::{LabelMatcher, Matchers, Syntax};
}

pub mod batch {
    //! Many queries at once, in columns. See
    //! [`Silencer::is_silenced_columns`](crate::Silencer::is_silenced_columns).

    pub use crate::silencer::Columns;
}

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

pub mod diff {
    //! What a change of windows or of the topology does. See
    //! [`Silencer::diff`](crate::Silencer::diff).

    pub use crate::silencer::{Diff, EffectChange, EntityDiff, WindowDiff, WindowDiffKind};
}

pub mod explain {
    //! The explanation of an answer: the verdict on each window that refers to the
    //! subject. See [`Silencer::explain`](crate::Silencer::explain).

    pub use crate::scope::FailedTest;
    pub use crate::silencer::{Explanation, Verdict, WindowExplanation};
}

pub mod live {
    //! Windows and topology that change while queries are answered: [`Engine`] for one
    //! writer and many readers, and what a [`sync`](crate::Registry::sync) changed.

    pub use crate::engine::Engine;
    pub use crate::registry::Synced;
}

pub mod fleet {
    //! Questions about the whole fleet: which windows are active, begin or end
    //! ([`Silencer::active`], [`Silencer::upcoming`]), whom they silence
    //! ([`Silencer::entities_of`], [`Silencer::silenced_entities`]), and how long
    //! ([`Silencer::silenced_time`]).
    //!
    //! [`Silencer::active`]: crate::Silencer::active
    //! [`Silencer::upcoming`]: crate::Silencer::upcoming
    //! [`Silencer::entities_of`]: crate::Silencer::entities_of
    //! [`Silencer::silenced_entities`]: crate::Silencer::silenced_entities
    //! [`Silencer::silenced_time`]: crate::Silencer::silenced_time

    pub use crate::silencer::{
        ActiveWindows, EventKind, SilencedTime, SilencedTimes, Upcoming, WindowEvent,
    };
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
