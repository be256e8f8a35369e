//! The fuzz target of `quietude_fuzz::ics`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(ics);
