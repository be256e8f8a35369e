//! The shell of `quietude_fuzz::vendors`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(vendors);
