//! The program before an Alertmanager that a test can make slow, empty, absent or nonsensical.

mod bridge;
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
