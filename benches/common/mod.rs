//! Shared by the benches: the workload, the baselines, and the measurement of tables.
//!
//! - `workload.rs`: windows and alerts; the same for the same seed
//! - `baseline_lookup.rs`: only a hash map lookup; candidate "floor"
//! - `baseline_hashmap.rs`: a hand-written implementation; candidate "by hand"
//! - `silences.rs`: silences over labels, and alerts that are sets of labels
//! - `baseline_labels.rs`: the baselines for those
//! - `crowds.rs`: the largest numbers of windows under one key, values, groups and labels
//! - `calendars.rs`: single schedules of the kinds calendar, cron and combinations
//! - `engine.rs`: the silencer, as the tables call it
//! - `verify.rs`: compares every candidate with direct evaluation
//! - `harness.rs`: measures candidates in turn; medians of per-round ratios
//! - `testing.rs` (in `src`): random numbers and durations
#![allow(dead_code, reason = "no bench uses all of it")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tables are printed")]
#![allow(clippy::float_arithmetic, reason = "medians and ratios are not timestamps")]

pub(crate) mod baseline_hashmap;
pub(crate) mod baseline_labels;
pub(crate) mod baseline_lookup;
#[cfg(feature = "rrule")]
pub(crate) mod calendars;
pub(crate) mod crowds;
pub(crate) mod engine;
pub(crate) mod harness;
pub(crate) mod silences;
#[path = "../../src/testing.rs"]
pub(crate) mod testing;
pub(crate) mod verify;
pub(crate) mod workload;
