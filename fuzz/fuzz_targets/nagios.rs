//! The fuzz target of `quietude_fuzz::nagios`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(nagios);
