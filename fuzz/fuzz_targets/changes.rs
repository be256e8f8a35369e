//! The fuzz target of `quietude_fuzz::changes`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(changes);
