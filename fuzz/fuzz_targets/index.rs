//! The shell of `quietude_fuzz::index`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(index);
