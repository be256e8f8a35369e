//! The program and real peers: Debian's Alertmanager, amtool and Prometheus, on loopback.
//!
//! `tests/peers.sh` unpacks them. Where they cannot be had, or with `QUIETUDE_PEERS=skip`, each
//! test prints that it is skipped.

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
