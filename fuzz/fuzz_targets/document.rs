//! The fuzz target of `quietude_fuzz::document`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(document);
