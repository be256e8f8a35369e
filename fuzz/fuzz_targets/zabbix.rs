//! The fuzz target of `quietude_fuzz::zabbix`.
#![cfg_attr(fuzzing, no_main)]
quietude_fuzz::target_main!(zabbix);
