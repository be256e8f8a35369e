//! The shell of `quietude_fuzz::zone`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(zone);
