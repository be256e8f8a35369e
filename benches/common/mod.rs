//! What the benches share: the workload, what is measured beside the silencer,
//! and how a table is made.
//!
//! - `random.rs`, `workload.rs`: the fleet and its alerts, the same each time
//! - `floor.rs`, `hand.rs`: a bare map, and what a careful engineer would write
//! - `engine.rs`: the silencer, as the tables call it
//! - `verify.rs`: every candidate against direct evaluation
//! - `harness.rs`: candidates round-robin, medians of per-round ratios
#![allow(dead_code, reason = "no bench uses all of it")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tables are printed")]
#![allow(clippy::float_arithmetic, reason = "medians and ratios are no times")]

pub(crate) mod baseline_hashmap;
pub(crate) mod baseline_lookup;
pub(crate) mod engine;
pub(crate) mod harness;
#[path = "../../src/testing.rs"]
pub(crate) mod testing;
pub(crate) mod verify;
pub(crate) mod workload;
