//! Schedules on sets of days, cron expressions and combinations, compared with reference
//! implementations that share no code with the crate.
//!
//! - `vectors`: samples and test tables of other systems
//! - `day_sets`: sets of days against an oracle that marks every day of 400 years
//! - `clock_changes`: each rule for changes of the clocks against a walker, at transitions
//! - `cron`: random expressions against an expansion
//! - `combinations`: laws of combinations, searches that end
//! - `documents`: names, round trips, limits, mutants
//! - `equivalence`: calendars that other kinds can express
//!
//! Shared modules, some of them also with the test `it`:
//!
//! - `sets`: sets of days as JSON, read, generated, and marked day by day
//! - `spans`: a zone as spans of constant offset, and the rules for changes of the clocks
//! - `cron_fields`: random cron expressions, and what they mean
//! - `random`: random numbers

#![allow(clippy::disallowed_methods, reason = "tests may use chrono's dates")]
#![allow(clippy::print_stdout, reason = "long tests print statistics")]

mod clock_changes;
mod combinations;
mod cron;
#[allow(dead_code, reason = "the test `it` uses the rest")]
mod cron_fields;
mod day_sets;
mod documents;
mod equivalence;
mod random;
mod sets;
mod spans;
mod vectors;
