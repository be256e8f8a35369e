//! The fuzz target of `quietude_fuzz::yaml`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(yaml);
