//! The fuzz target of `quietude_fuzz::schedule`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(schedule);
