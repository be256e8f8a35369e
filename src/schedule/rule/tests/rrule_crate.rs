//! Comparison with the rrule crate in UTC, where it is correct.

use proptest::prelude::*;
use rrule::RRuleSet;

use super::differential::{COARSE, a_rule, config};
use super::oracle::Written;
use super::starts_until;
use crate::schedule::Schedule;
use crate::schedule::rule::Rule;

/// Why the crate refuses a rule that RFC 5545 allows.
fn why_refused(written: &Written) -> Option<&'static str> {
    let values = |part: &str| {
        let list = written.parts.get(part).map_or("", String::as_str);
        list.split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    let freq = written.parts["FREQ"].as_str();
    if values("BYSECOND").contains(&"60".to_owned()) {
        return Some("\"Valid values are 0 to 60\" for BYSECOND; the crate stops at 59");
    }
    if values("BYSETPOS").contains(&"60".to_owned()) && freq != "YEARLY" {
        return Some("\"valid values are 1 to 366 or -366 to -1\", whatever the frequency");
    }
    if freq == "MONTHLY"
        && values("BYDAY").iter().any(|d| d.starts_with("-5") || d.starts_with("53"))
    {
        return Some("the fifth-last weekday exists; the 53rd is allowed and never comes");
    }
    None
}

/// Why the crate's instances are not those of RFC 5545.
fn why_different(written: &Written) -> Option<&'static str> {
    let has = |part: &str| written.parts.contains_key(part);
    if has("BYWEEKNO") && !has("BYDAY") {
        return Some(
            "\"Information, not contained in the rule [...] [is] derived from the Start Time\": \
             the weekday is DTSTART's; the crate takes all seven",
        );
    }
    if has("BYWEEKNO") {
        return Some("the crate loses dates of weeks that reach over the end of a year");
    }
    if written.parts["FREQ"] == "WEEKLY" && has("BYSETPOS") {
        return Some(
            "\"A set of recurrence instances starts at the beginning of the interval\": the crate \
             begins the first week with DTSTART",
        );
    }
    None
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn rule_agrees_with_rrule_crate((_, written) in a_rule(COARSE)) {
        const MOST: u16 = 40;
        let text = written.text(chrono_tz::UTC).replace(";TZID=UTC", "");
        let text = text.replacen("\nRRULE", "Z\nRRULE", 1);
        // A step longer than a day with dates is our one limit.
        let Ok(ours) = Rule::parse(&text, 1000) else { return Ok(()) };
        let theirs: RRuleSet = match text.parse() {
            Ok(theirs) => theirs,
            Err(error) => {
                prop_assert!(why_refused(&written).is_some(), "{}", error);
                return Ok(());
            }
        };
        if why_different(&written).is_some() {
            return Ok(());
        }
        let theirs: Vec<i64> =
            theirs.all(MOST).dates.iter().map(|t| t.timestamp_millis()).collect();
        if let Some(last) = theirs.last() {
            prop_assert_eq!(starts_until(&Schedule::from(ours), *last), theirs);
        }
    }
}

/// Text that makes the crate panic, and text that it takes for something else.
#[test]
fn parse_stricter_than_rrule_crate() {
    for rule in ["BYDAY=fooMO", "BYDAY=0MO", "BYDAY=1.5MO", "INTERVAL=0", "COUNT=0", "BYMONTHDAY=0"]
    {
        let text = format!("DTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;{rule}");
        assert!(text.parse::<RRuleSet>().is_ok(), "{rule}");
        assert!(Rule::parse(&text, 1000).is_err(), "{rule}");
    }
    let panics = "DTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;BYDAY=ÜMO";
    assert!(Rule::parse(panics, 1000).is_err());
}
