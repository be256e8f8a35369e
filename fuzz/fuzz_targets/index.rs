//! The fuzz target of `quietude_fuzz::index`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(index);
