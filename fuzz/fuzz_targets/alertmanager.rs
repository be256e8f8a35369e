//! The fuzz target of `quietude_fuzz::alertmanager`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(alertmanager);
