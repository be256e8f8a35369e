//! The fuzz target of `quietude_fuzz::tzif`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(tzif);
