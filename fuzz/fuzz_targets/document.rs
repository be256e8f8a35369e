//! The shell of `quietude_fuzz::document`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::shell!(document);
