//! The fuzz target of `quietude_fuzz::cron`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(cron);
