//! The fuzz target of `quietude_fuzz::matchers`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(matchers);
