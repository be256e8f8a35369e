//! The fuzz target of `quietude_fuzz::grafana`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(grafana);
