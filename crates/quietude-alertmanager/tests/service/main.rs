//! The program before an Alertmanager that a test can make slow, empty, absent or nonsensical.

#![allow(clippy::disallowed_methods, reason = "the tests read the clock")]
#![allow(clippy::disallowed_types, reason = "the tests read files")]

mod bridge;
mod document;
mod fake;
#[path = "../common/http.rs"]
mod http;
#[path = "../common/model.rs"]
mod model;
#[path = "../common/program.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod program;
mod proxy;
mod proxy_hostile;
