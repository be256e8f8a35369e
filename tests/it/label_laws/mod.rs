//! Subjects with labels: attributes, groups and alert types that a query brings.
//!
//! - `generate`: random windows over labels, and subjects that are aimed at them
//! - `differential`: every question, against direct evaluation and the slow oracle
//! - `workload`: what the workload `silences` promises
//! - `crowds`: the largest numbers of windows, values, groups and labels

mod crowds;
mod differential;
mod generate;
mod workload;
