//! Virtana Service Observability (Zenoss): `maintwindows`, created, listed,
//! searched and deleted in bulk.
//!
//! - Numbers may be texts and enums words or numbers in a request, names
//!   `withIds` or `with_ids`; answers are as the vendor's: `"600000"`, `"AUTO"`.
//!   Null is as good as absent. Two fields that the vendor calls required have
//!   one meaning if they are absent: no `recurrence`, and the `limit` of a
//!   search, [`DEFAULT_PAGE`]. Tags are texts; of tags that are objects nothing
//!   is documented.
//! - `recurrence` is from start to start, in milliseconds; a window whose
//!   recurrence is not longer than its duration is always on, and noted. The
//!   object form is not documented and refused.
//! - `skipNext` n skips the next n occurrences that start after `updateTime`.
//! - A MANUAL window never starts by itself; [`Service::run`] starts one
//!   occurrence of it. A DISABLED one silences nothing.
//! - A name is unique among the windows that are not deleted. Without `force`, a
//!   window with the entities and the schedule of another is refused.
//! - `:deleteBulk` deletes all or none. A deleted window stays, flagged, out of
//!   lists and searches; it silences nothing from its deletion on.
//! - A window mutes notifications
//!   ([`Effect::Notifications`](crate::Effect::Notifications)): in production
//!   state 300 the vendor goes on collecting. `doNotPropagateToChildren` is
//!   [`Propagation::Entity`](crate::Propagation::Entity).
//! - [`Service::state_at`] follows an entity's production state.
//! - Errors are `{ "code", "message", "details" }`, with gRPC's codes.
//!
//! # Clauses
//!
//! `and`, `or` (`{ "clauses": [..] }`), `not` (`{ "clause": .. }`), `filter`
//! (`field`, `value`, `operation`) and `in` (`field`, `values`). Operations are
//! `OP_EQUALS` (or 1), `OP_NOT_EQUALS`, `OP_CONTAINS`, `OP_STARTS_WITH`,
//! `OP_ENDS_WITH` and `OP_REGEX`, which must match the whole value. No other
//! number is documented, nor are `options`: both are refused.
//!
//! Of an entity, a field is the attribute `virtana:tenant:field`. A clause that
//! an entity without any field fulfils is restricted to the group
//! `virtana:tenant`, so that it does not reach other systems;
//! [`Service::add_to_topology`] puts an entity into it. Of a window, a field is what
//! the answer prints (`run_mode`, `schedule.start`); words match in any case,
//! and enums by number, too.
//!
//! # Pages
//!
//! Windows come in the order in which they were created. A cursor says after
//! which of them a page begins, and for which query: it stays valid while
//! windows come and go, nothing is seen twice and nothing that stays is missed.
//! A cursor of another query, another service or a later state is a 400.

mod clause;
mod convert;
mod cursor;
mod document;
mod router;
mod service;
mod state;

pub use clause::{Clause, MAX_CLAUSE_DEPTH, MAX_CLAUSES, MAX_PATTERNS};
pub use convert::{export, import};
pub use document::{MAX_IDS, MaintWindow, RunMode, Specification, Status};
pub use service::{DEFAULT_PAGE, MAX_PAGE, MAX_RUNS, MAX_WINDOWS, Page, PageInput, Service};
