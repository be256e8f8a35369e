//! The shell of `quietude_fuzz::schedule`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(schedule);
