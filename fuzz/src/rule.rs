//! The text of a rule is parsed or rejected; a parsed rule obeys the laws of schedules.

use quietude::{Rule, Schedule, Scope, Window};

use crate::choices::Choices;
use crate::clock::{END, FIRST, clamped};
use crate::generate::{self, ZonedInstant};
use crate::{laws, text_or_bytes};

/// A rule: the bytes as a text, or a text generated from them.
pub fn rule(data: &[u8]) -> bool {
    let (text, center, duration_ms, instants);
    match text_or_bytes(data) {
        Some(whole) => {
            center = ZonedInstant { zone: chrono_tz::Europe::Berlin, base: 0 };
            duration_ms = 3_600_000;
            instants = Vec::new();
            text = whole;
        }
        None => {
            let s = &mut Choices::new(data);
            center = generate::zoned_instant(s);
            duration_ms = generate::length(s);
            instants = s.some(4, |s| generate::near(s, center.base));
            text = generate::rule_text(s, center);
        }
    }
    let rule = match Rule::parse_in(&text, center.zone, duration_ms) {
        Ok(rule) => rule,
        Err(error) => {
            assert!(
                Rule::parse(&text, duration_ms).is_err(),
                "rejected with a zone, accepted without"
            );
            if let Some(shown) = shown(error.message()) {
                let read = Rule::parse_in(&shown, center.zone, duration_ms);
                assert!(read.is_ok(), "{error} is shown, and gives {read:?}");
            }
            return false;
        }
    };
    assert_eq!(rule.text(), text);
    assert_eq!(Rule::parse(&text, duration_ms).is_err(), rule.is_floating());
    let start = rule.start().as_millis();
    let schedule = Schedule::from(rule);
    assert!(!schedule.describe().is_empty());
    for t in instants.into_iter().chain([start, start - 1, start + 1, FIRST, END, center.base]) {
        laws::check(&schedule, clamped(t));
    }
    laws::check_run(&schedule, clamped(start));
    laws::check_run(&schedule, clamped(center.base));
    let mut t = clamped(start);
    for _ in 0..3 {
        let Some(next) = schedule.next_occurrence(t) else { break };
        for edge in [next.start(), next.end()] {
            laws::check(&schedule, edge);
            laws::check(&schedule, clamped(edge.as_millis() - 1));
        }
        t = next.start();
    }
    check_round_trip(schedule);
    true
}

/// The whole text that an error shows.
fn shown(message: &str) -> Option<String> {
    let (_, quoted) = message.split_once("; write \"")?;
    let (text, rest) = quoted.rsplit_once('"')?;
    let is_whole = !rest.starts_with("...");
    is_whole.then(|| serde_json::from_str(&format!("\"{text}\"")).ok()).flatten()
}

/// A window with the rule round-trips through JSON.
fn check_round_trip(schedule: Schedule) {
    let window = Window::builder("w").schedule(schedule).scope(Scope::everything()).build();
    let window = window.unwrap_or_else(|error| panic!("{error}"));
    let text = serde_json::to_string(&window).expect("a window is written");
    let again: Window = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(again, window, "{text}");
}
