//! SpaceONE monitoring: `MaintenanceWindow` with create, update, close, get,
//! list, search and stat.
//!
//! - `domain_id` is a wall: an id of another domain is not found.
//! - A window silences in `[start_time, end_time)` until it is closed. Its state
//!   is a function of time: CLOSED from the closing or `end_time` on, else OPEN.
//!   NONE is the wire's zero and is read as OPEN.
//! - `start_time >= end_time` and no projects are errors. So is an update of a
//!   CLOSED window (`ERROR_CLOSED_MAINTENANCE_WINDOW`); closing one is not, and
//!   changes nothing.
//! - A window silences every alert of its projects, the groups
//!   `spaceone:domain:project`.
//! - Every field is printed; `closed_at` is null unless the window was closed.
//!   A `state` may be a word or a number (0, 1, 2). In a list an empty text is
//!   the wire's zero: that parameter is not given.
//! - Errors are `{ "detail": { "code", "message" } }`.
//!
//! # The query
//!
//! `filter` holds if all its conditions do, `filter_or` if one does. A
//! condition `{k, v, o}` (or `key`, `value`, `operator`) looks at a field, at
//! the elements of `projects`, or at something below `tags` (`tags.team`):
//! `eq`, `not`, `lt`, `lte`, `gt`, `gte`, `exists`, `contain`, `not_contain`,
//! `in`, `not_in`, `contain_in`, `not_contain_in`, `regex`, `regex_in`,
//! `datetime_lt`, `datetime_lte`, `datetime_gt`, `datetime_gte`. `contain` ignores
//! case; a `regex` may match anywhere in the value. The order is `start_time`
//! descending; what is equal stays in the order of creation.
//!
//! `page` counts from 1, so a window that is made between two pages moves what
//! comes after it. In the order of `created_at` it comes last, and none is ever
//! deleted: those pages hold, nothing is seen twice and nothing missed.
//!
//! A `stat` query has `filter` and either `distinct` or the stages of
//! `aggregate`: `unwind`, `group`, `count`, `sort`, `project`, `limit`, `skip`.
//! A request whose stages copy more than [`MAX_COPIED_BYTES`] is refused.
//! Numbers count to nine decimals and up to 10^29: sums and averages are exact
//! within that, and a sum beyond it is an error.

mod condition;
mod convert;
mod document;
mod query;
mod router;
mod service;
mod stat;

pub use condition::{MAX_CONDITIONS, MAX_PATTERNS, MAX_VALUES};
pub use convert::{export, import};
pub use document::{CreateRequest, MAX_PROJECTS, MaintenanceWindow, State, UpdateRequest};
pub use query::{ListRequest, MAX_PAGE};
pub use service::{MAX_WINDOWS_PER_DOMAIN, Service};
pub use stat::{MAX_COPIED_BYTES, MAX_STAGES, StatRequest};
