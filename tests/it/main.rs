//! Integration tests of the public API. Answers are compared with reference
//! implementations that share no code with the crate (`oracle`).
//!
//! Shared modules:
//!
//! - `specs`: windows, topologies and queries as plain data
//! - `generate`: proptest strategies for that data, biased towards edge cases
//! - `other_kinds`: the same for calendars on sets of days, cron and combinations
//! - `oracle`: two independent reference implementations
//! - `zone_source`: zones from compiled-in data or from a TZif file
//! - `helpers`, `measure`: parsing of test tables; time and memory of long tests
//! - `patterns`: regular expressions, and what each accepts
//! - `silences`, `crowds`, `workload` (in `benches/common`): workloads of the benches
//! - `sets`, `spans`, `cron_fields`, `random` (in `tests/calendars`): parts of oracles
//! - `testing` (in `src`): random numbers and durations
//!
//! Tests:
//!
//! - `laws`: property tests
//! - `dst`, `transitions`, `tzdb`, `zoneinfo`: clock changes and time zone data
//! - `alertmanager`: the tables of Alertmanager's own tests
//! - `labels`: subjects that are sets of labels
//! - `scope`, `silencer`, `json`: tables of expected answers, written by hand
//! - `label_laws`: subjects with labels, against the oracle; the workload; crowds
//! - `lint`: findings about windows, and that they are true
//! - `limits`, `extremes`: each limit; the largest inputs
//! - `concurrency`: queries during updates
//! - `public_api`, `trait_impls`: the public API and its trait implementations
//! - `conventions`: rules for the sources that the compiler does not check
//! - `vocabulary`: words that sources and documentation do not use

#![allow(clippy::disallowed_methods, reason = "tests may read the clock and use chrono's dates")]
#![allow(clippy::print_stdout, reason = "long tests print statistics")]

#[cfg(feature = "serde")]
mod alertmanager;
mod concurrency;
mod conventions;
#[cfg(all(feature = "serde", feature = "rrule"))]
#[path = "../calendars/cron_fields.rs"]
mod cron_fields;
#[allow(dead_code, reason = "the benches use the rest")]
#[path = "../../benches/common/crowds.rs"]
mod crowds;
mod dst;
mod extremes;
mod generate;
mod helpers;
#[cfg(feature = "serde")]
mod json;
mod label_laws;
mod labels;
mod laws;
mod limits;
mod lint;
mod measure;
mod oracle;
#[cfg(all(feature = "serde", feature = "rrule"))]
mod other_kinds;
mod patterns;
mod public_api;
#[cfg(all(feature = "serde", feature = "rrule"))]
#[path = "../calendars/random.rs"]
mod random;
#[cfg(feature = "serde")]
mod scope;
#[cfg(all(feature = "serde", feature = "rrule"))]
#[path = "../calendars/sets.rs"]
mod sets;
mod silencer;
#[allow(dead_code, reason = "the benches use the rest")]
#[path = "../../benches/common/silences.rs"]
mod silences;
#[cfg(all(feature = "serde", feature = "rrule"))]
#[allow(dead_code, reason = "the test `calendars` uses the rest")]
#[path = "../calendars/spans.rs"]
mod spans;
mod specs;
#[path = "../../src/testing.rs"]
mod testing;
mod trait_impls;
mod transitions;
mod tzdb;
mod vocabulary;
#[allow(dead_code, reason = "the benches use the rest")]
#[path = "../../benches/common/workload.rs"]
mod workload;
mod zone_source;
mod zoneinfo;
