//! The shell of `quietude_fuzz::tzif`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(tzif);
