//! The fuzz target of `quietude_fuzz::zone`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(zone);
