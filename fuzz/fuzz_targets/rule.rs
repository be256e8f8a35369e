//! The fuzz target of `quietude_fuzz::rule`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(rule);
