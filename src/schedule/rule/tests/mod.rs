//! Rules against the RFC's own examples, a slow generator that reads like the
//! RFC, and the rrule crate.

mod differential;
mod listed;
mod oracle;
mod patterns;
mod peer;
mod rfc;
mod runs;
mod text;
mod traps;

use crate::schedule::Schedule;
use crate::schedule::rule::Rule;
use crate::time::{Interval, Timestamp};

/// The rule with an occurrence of one second.
fn schedule(text: &str) -> Schedule {
    Rule::parse(text, 1000).unwrap_or_else(|error| panic!("{text}\n{error}")).into()
}

/// All starts in the year 1 to `until`, in milliseconds.
fn starts_until(schedule: &Schedule, until: i64) -> Vec<i64> {
    let within = Interval::new(Timestamp::MIN, Timestamp::saturating(until + 1)).unwrap();
    schedule.occurrences(within).map(|occurrence| occurrence.start().as_millis()).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
