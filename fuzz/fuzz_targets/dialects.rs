//! The shell of `quietude_fuzz::dialects`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(dialects);
