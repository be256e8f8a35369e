//! The fuzz target of `quietude_fuzz::icinga2`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(icinga2);
