//! Other crates on the same queries: schedules by next occurrence, interval sets, and boolean
//! expressions over labels.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- [--quick] [--json] [--table NAME].. [--n N]..
//! ```

#[path = "../../common/mod.rs"]
mod common;
mod intervals;
mod labels;
mod schedules;

const TABLES: [&str; 6] =
    ["schedule", "mixed", "rules", "labels_now", "intervals_any", "intervals_list"];

fn main() {
    let options = common::harness::Options::parse(&TABLES, false);
    if options.wants("schedule") {
        schedules::schedule(&options);
    }
    if options.wants("mixed") {
        schedules::mixed(&options);
    }
    if options.wants("rules") {
        schedules::rules(&options);
    }
    if options.wants("labels_now") {
        labels::run(&options);
    }
    if options.wants("intervals_any") || options.wants("intervals_list") {
        intervals::run(&options);
    }
}
