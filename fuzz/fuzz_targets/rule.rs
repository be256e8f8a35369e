//! The shell of `quietude_fuzz::rule`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(rule);
