//! The fuzz target of `quietude_fuzz::vendors`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(vendors);
