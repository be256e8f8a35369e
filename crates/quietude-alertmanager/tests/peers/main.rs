//! The program and real peers: Debian's Alertmanager, amtool and Prometheus, on loopback.
//!
//! `tests/peers.sh` unpacks them. Where they cannot be had, or with `QUIETUDE_PEERS=skip`, each
//! test prints that it is skipped.

#![allow(clippy::disallowed_methods, reason = "the tests read the clock")]
#![allow(clippy::disallowed_types, reason = "the tests read files")]

mod alertmanager;
mod bridge;
mod guide;
#[path = "../common/http.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod http;
mod load;
#[path = "../common/program.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod program;
mod proxy;
