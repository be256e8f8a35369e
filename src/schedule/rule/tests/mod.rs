//! Tests of rules against the examples of the RFC, a slow reference generator, and
//! the rrule crate.

mod calendars;
mod cost;
mod differential;
mod edge_cases;
mod examples;
mod local_times;
mod oracle;
mod rfc;
mod rrule_crate;
mod runs;
mod text;
mod vectors;

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
