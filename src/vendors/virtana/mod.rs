//! Virtana Service Observability (Zenoss): `maintwindows` with create, list, search
//! and bulk delete.
//!
//! - In a request, a number may be a text, an enum a name or a number, and a field
//!   name `withIds` or `with_ids`. Responses have the vendor's form: `"600000"`,
//!   `"AUTO"`. Null means absent.
//! - Two fields that the vendor calls required have a default: without `recurrence` a
//!   window occurs once, and without `limit` a page has [`DEFAULT_PAGE`] windows.
//! - `recurrence` is the time from start to start, in milliseconds. A window with a
//!   recurrence not longer than its duration is always active from its start, which
//!   is noted. The object form of `recurrence` is not documented and is an error.
//! - `skipNext` = n skips the next n occurrences that start after `updateTime`.
//! - A `MANUAL` window never starts by itself; [`Service::run`] starts one occurrence.
//!   A `DISABLED` window silences nothing.
//! - Names are unique among the windows that are not deleted. Without `force`, a
//!   window with the entities and the schedule of an existing one is an error.
//! - `:deleteBulk` deletes all given windows or none. A deleted window stays with the
//!   flag `deleted`, but is not listed or found. It silences nothing from its
//!   deletion on. It keeps no compiled patterns: if its query has `OP_REGEX`, its
//!   silences before the deletion are forgotten too, which is noted.
//! - A window suppresses notifications
//!   ([`Effect::Notifications`](crate::Effect::Notifications)), because the vendor
//!   continues to collect data in production state 300. `doNotPropagateToChildren` is
//!   [`Propagation::Entity`](crate::Propagation::Entity).
//! - [`Service::state_at`] computes the production state of an entity.
//! - Tags are texts. The vendor does not document tags that are objects; they are
//!   errors.
//! - Errors are `{ "code", "message", "details" }` with gRPC status codes.
//!
//! # Clauses
//!
//! `and`, `or` (`{ "clauses": [..] }`), `not` (`{ "clause": .. }`), `filter`
//! (`field`, `value`, `operation`) and `in` (`field`, `values`). The operations are
//! `OP_EQUALS` (or 1), `OP_NOT_EQUALS`, `OP_CONTAINS`, `OP_STARTS_WITH`,
//! `OP_ENDS_WITH` and `OP_REGEX`, which must match the whole value. Other numbers and
//! `options` are not documented and are errors.
//!
//! In a clause about entities, a field is the attribute `virtana:tenant:field`. A
//! clause that is true for an entity without attributes (a `not`, for example) would
//! also match entities of other systems. Its scope is therefore restricted to the
//! group `virtana:tenant`; [`Service::add_to_topology`] adds entities to that group.
//! In a search for windows, a field is a field of the response (`run_mode`,
//! `schedule.start`). Enums match by name, in upper or lower case, and by number.
//!
//! # Pages
//!
//! Windows are listed in the order of creation. A cursor holds the last window of a
//! page and is bound to its query. It stays valid while windows are created and
//! deleted: no window is returned twice, and no window that stays is missed. A cursor
//! of another query, another service or a later state is a 400.

mod clause;
mod convert;
mod cursor;
mod document;
mod index;
mod native;
mod router;
mod search;
mod service;
mod state;

pub use clause::{Clause, MAX_CLAUSE_DEPTH, MAX_CLAUSES, MAX_PATTERNS};
pub use convert::{export, import};
pub use document::{MAX_IDS, MAX_TAGS, MaintWindow, RunMode, Specification, Status};
pub use service::{DEFAULT_PAGE, MAX_PAGE, MAX_RUNS, MAX_WINDOWS, Page, PageInput, Service};
