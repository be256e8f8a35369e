//! SpaceONE monitoring: `MaintenanceWindow` with create, update, close, get,
//! list, search and stat.
//!
//! - Domains are isolated: a window of another domain is not found.
//! - A window silences in `[start_time, end_time)`, or until it is closed, if that
//!   is earlier. It silences every alert of its projects, which are the groups
//!   `spaceone:domain:project`.
//! - `state` is a function of time: `CLOSED` from the closing time or `end_time` on,
//!   before that `OPEN`. `NONE` (the protobuf default) is read as `OPEN`. A request
//!   can contain a `state` as a name or a number (0, 1, 2).
//! - `start_time >= end_time` and an empty list of projects are errors. An update of
//!   a `CLOSED` window is an error (`ERROR_CLOSED_MAINTENANCE_WINDOW`). To close a
//!   `CLOSED` window is no error and changes nothing.
//! - A response contains every field; `closed_at` is null if the window was not
//!   closed. In the parameters of a list an empty string (the protobuf default)
//!   means absent.
//! - Errors are `{ "detail": { "code", "message" } }`.
//!
//! # Query of a list or search
//!
//! A window matches if all conditions of `filter` are true, and at least one of
//! `filter_or` (if there are any). A condition `{k, v, o}` (or `key`, `value`,
//! `operator`) tests a field, the elements of `projects`, or a value below `tags`
//! (`tags.team`). Operators: `eq`, `not`, `lt`, `lte`, `gt`, `gte`, `exists`,
//! `contain`, `not_contain`, `in`, `not_in`, `contain_in`, `not_contain_in`,
//! `regex`, `regex_in`, `datetime_lt`, `datetime_lte`, `datetime_gt`,
//! `datetime_gte`. `contain` ignores case; a `regex` may match anywhere in the value.
//!
//! The default order is `start_time`, latest first. The sort is stable: equal windows
//! stay in the order of creation.
//!
//! `page` has a `start` (from 1) and a `limit`. Pages are not a snapshot: a window
//! that is created between two requests shifts the windows behind it. In ascending
//! order of `created_at` it is added at the end, and the API deletes no window, so
//! there the pages contain each window exactly once.
//!
//! # Query of a stat
//!
//! A `stat` query has a `filter`, and either `distinct` or the stages of `aggregate`:
//! `unwind`, `group`, `count`, `sort`, `project`, `limit`, `skip`.
//!
//! # Numbers and order
//!
//! Numbers are exact: a condition and a sort compare all digits, also those of `1e16` and
//! `1.5e-5`. `sum` and `average` have nine decimals and are exact below 10^38; the decimals
//! of a term after the ninth are cut off, and a larger sum is an error.
//!
//! A sort orders null, booleans, numbers, timestamps by instant, other texts by code point,
//! then lists and objects by their JSON text.
//!
//! # Limits
//!
//! The `tags` of a window have at most [`MAX_TAGS_BYTES`], which bounds the text that a
//! pattern is matched against. A request takes at most
//! [`MAX_REQUEST_STEPS`](crate::vendors::MAX_REQUEST_STEPS) and
//! [`MAX_REQUEST_BYTES`](crate::vendors::MAX_REQUEST_BYTES), else it is answered with 400:
//!
//! | work | steps, about |
//! | --- | --- |
//! | a byte of the body | 4 |
//! | a window of the domain | 4 |
//! | the conditions on a window | 40 |
//! | the value of a field of `tags` | 20 |
//! | a condition of a window | 10 |
//! | a value of the field in a condition | 10, and for `contain` the bytes of the value and of each part |
//! | a pattern, compiled | 200,000, and 2000 for each byte |
//! | a byte of text in a pattern | 4 for each state that the pattern is in |
//! | a value in a sort | the binary logarithm of the number of rows |
//! | a byte that is copied or written | 1 |
//!
//! A condition reads and parses the values of a field once. The bytes are those of the
//! response, of the body as values, and of the values that the stages of `aggregate` copy, in
//! memory: a value takes 32 bytes and its text.

mod aggregate;
mod condition;
mod convert;
mod document;
mod found;
mod query;
mod router;
mod row;
mod service;
mod stages;
mod stat;

pub use condition::{MAX_CONDITIONS, MAX_PATTERNS, MAX_VALUES};
pub use convert::{export, import};
pub use document::{
    CreateRequest, MAX_PROJECTS, MAX_TAGS_BYTES, MaintenanceWindow, State, UpdateRequest,
};
pub use query::{ListRequest, MAX_PAGE};
pub use service::{MAX_WINDOWS_PER_DOMAIN, Service};
pub use stages::MAX_STAGES;
pub use stat::StatRequest;
