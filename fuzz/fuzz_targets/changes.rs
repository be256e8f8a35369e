//! The shell of `quietude_fuzz::changes`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(changes);
