//! Findings of the checks: a table, one row for each code; and every finding is true, by
//! direct evaluation over a year, on generated documents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveTime};
use proptest::collection::vec;
use proptest::prelude::*;
use quietude::calendar::Search;
use quietude::lint::{self, Code, Finding, Severity};
use quietude::{
    Daily, Matcher, Once, Periodic, Registry, Schedule, Scope, Subject, Timestamp, Topology,
    Window, WindowId, WindowState, Zone,
};

use crate::generate::{Scenario, cases, scenarios, stream};
use crate::helpers::{at, clamped};
use crate::measure::Stopwatch;
use crate::oracle::enumerate;
use crate::specs::{END, FIRST, ScheduleSpec, ScopeSpec, WindowSpec, registry};
use crate::testing::{DAY, HOUR};

const NOW: &str = "2026-11-26T12:00:00Z";

fn topology() -> Topology {
    let topology = Topology::builder().add_member("prod", "db-7").add_member("prod", "db-8");
    let topology = topology.add_attribute("db-7", "tier", "gold").entity("web-1");
    topology.add_attribute("web-1", "tier", "silver").build().unwrap()
}

fn codes_of(registry: &Registry) -> Vec<Code> {
    let report = lint::check(registry, &topology(), at(NOW)).unwrap();
    assert!(report.incomplete.is_empty());
    report.findings.iter().map(|finding| finding.code).collect()
}

/// A window that begins every other millisecond: the search in the coming year gets to its limit.
#[test]
fn check_window_that_begins_often_is_incomplete() {
    let often = Periodic::new(at("2026-01-01T00:00:00Z"), 1, 2).unwrap();
    let daily = Daily::new("22:00-23:00".parse().unwrap(), chrono_tz::UTC);
    let window = |id: &str, entity: &str, schedule: Schedule| {
        Window::builder(id).schedule(schedule).scope(Scope::entity(entity)).build().unwrap()
    };
    let mut registry = Registry::new();
    registry.insert(window("a", "db-7", often.into())).unwrap();
    registry.insert(window("daily", "db-7", daily.into())).unwrap();
    registry.insert(window("b", "db-8", often.into())).unwrap();
    let report = lint::check(&registry, &topology(), at(NOW)).unwrap();
    assert_eq!(report.incomplete, [WindowId::from("a"), WindowId::from("b")]);
    assert_eq!(report.findings, []);
}

#[cfg(feature = "serde")]
mod table {
    use super::*;
    use quietude::Document;

    /// The findings about windows, given as JSON without id.
    fn findings(windows: &[&str]) -> Vec<Finding> {
        let windows: Vec<String> = windows
            .iter()
            .enumerate()
            .map(|(number, fields)| format!(r#"{{ "id": "w-{number}", {fields} }}"#))
            .collect();
        let text = format!(
            r#"{{ "version": 1, "windows": [{}],
                 "calendars": {{ "holidays": {{ "dates": ["2026-12-24"] }} }} }}"#,
            windows.join(",")
        );
        let document = Document::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        lint::check(&document.registry, &topology(), at(NOW)).unwrap().findings
    }

    const DB: &str = r#""scope": { "entity": "db-7" }"#;

    fn schedule(fields: &str) -> String {
        format!(r#""schedule": {{ {fields} }}, {DB}"#)
    }

    fn scope(scope: &str) -> String {
        format!(
            r#""schedule": {{ "kind": "daily", "clock": "22:00-23:00", "timezone": "UTC" }}, "scope": {scope}"#
        )
    }

    #[track_caller]
    fn one(window: &str, code: Code, path: &str, message: &str) {
        let found = findings(&[window]);
        let [finding] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((finding.code, &*finding.path), (code, path), "{finding}");
        assert!(finding.message.contains(message), "{finding}");
    }

    #[test]
    fn check_plain_window_no_findings() {
        assert_eq!(findings(&[&scope(r#"{ "entity": "db-7" }"#)]), []);
        assert_eq!(findings(&[&scope(r#"{ "group": "prod" }"#)]), []);
    }

    #[test]
    fn check_times_codes() {
        let once =
            r#""kind": "once", "start": "2026-12-06T19:00:00Z", "end": "2026-12-06T20:00:00Z""#;
        let daily = r#""kind": "daily", "clock": "22:00-23:00", "timezone": "UTC""#;
        let early =
            format!(r#"{}, "valid": {{ "until": "2026-12-01T00:00:00Z" }}"#, schedule(once));
        one(&early, Code::OutsideValidity, "valid", "no occurrence begins before 2026-12-01");
        let late = format!(r#"{}, "valid": {{ "from": "2027-01-01T00:00:00Z" }}"#, schedule(once));
        one(&late, Code::OutsideValidity, "valid", "no occurrence ends after 2027-01-01");
        let closed = format!(r#"{}, "closed_at": "2026-11-01T00:00:00Z""#, schedule(once));
        one(&closed, Code::OutsideValidity, "closed_at", "closed at 2026-11-01");
        let over =
            r#""kind": "once", "start": "2026-06-06T19:00:00Z", "end": "2026-06-06T20:00:00Z""#;
        one(&schedule(over), Code::Over, "schedule", "ended at 2026-06-06T20:00:00Z");
        let never = format!(r#""kind": "all", "of": [{{ {once} }}, {{ {over} }}]"#);
        one(&schedule(&never), Code::NeverBegins, "schedule", "no occurrence");
        let not = format!(r#""kind": "not", "of": {{ {over} }}"#);
        one(&schedule(&not), Code::NeverEnds, "schedule", "from 2026-11-26T12:00:00Z on");
        let most = r#""kind": "daily", "clock": "00:10-00:05", "timezone": "UTC""#;
        one(&schedule(most), Code::AlmostAlways, "schedule", "more than 99 %");
        let half = format!(r#"{}, "enabled": false"#, schedule(over));
        assert_eq!(findings(&[&half]), []);
        let _ = daily;
    }

    #[test]
    fn check_dates_codes() {
        let monthly = r#""kind": "monthly", "day": 31, "clock": "22:00-23:00", "timezone": "UTC""#;
        one(&schedule(monthly), Code::ShortMonth, "schedule.day", "2026-11 has no day 31");
        let december = format!(r#"{monthly}, "months": ["december"]"#);
        assert_eq!(findings(&[&schedule(&december)]), []);
        let clamped = format!(r#"{monthly}, "short_month": "clamp""#);
        assert_eq!(findings(&[&schedule(&clamped)]), []);
        let daily = r#""kind": "daily", "clock": "22:00-23:00", "timezone": "UTC""#;
        let except = format!(r#"{daily}, "except": ["2026-01-01", "2025-12-24"]"#);
        one(&schedule(&except), Code::ExceptionsOver, "schedule.except", "2026-01-01");
        let every = format!(r#"{daily}, "every": {{ "n": 2, "anchor": "2027-01-04" }}"#);
        one(&schedule(&every), Code::AnchorLater, "schedule.every.anchor", "2027-01-04");
        let named = r#""kind": "calendar", "days": { "ref": "holidays" }, "clock": "22:00-23:00", "timezone": "UTC""#;
        let found = findings(&[&schedule(named)]);
        assert!(found.iter().any(|finding| finding.code == Code::DatesRunOut), "{found:#?}");
    }

    #[test]
    fn check_clock_changes_codes() {
        let daily = |clock: &str| {
            schedule(&format!(
                r#""kind": "daily", "clock": "{clock}", "timezone": "Europe/Berlin""#
            ))
        };
        let march = daily("02:30-04:00").replace("Berlin\"", "Berlin\", \"months\": [\"march\"]");
        one(&march, Code::Gap, "schedule", "it begins at 03:00");
        let found = findings(&[&daily("02:15-02:45")]);
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::Fold, Code::Dropped], "{found:#?}");
        assert_eq!(findings(&[&daily("22:00-23:00")]), []);
    }

    #[cfg(feature = "rrule")]
    #[test]
    fn check_rule_codes() {
        let rule = |text: &str, duration_ms: i64| {
            schedule(&format!(
                r#""kind": "rule", "rrule": "DTSTART;TZID=Europe/Berlin:20260101T120000\n{text}", "duration_ms": {duration_ms}"#
            ))
        };
        let yearly = rule("RRULE:FREQ=YEARLY;BYMONTHDAY=15", 3_600_000);
        one(&yearly, Code::YearlyWithoutMonth, "schedule.rrule", "is every month");
        let past = rule("RRULE:FREQ=WEEKLY\\nEXDATE;TZID=Europe/Berlin:20260108T120000", 3_600_000);
        one(&past, Code::ExceptionsOver, "schedule.rrule", "2026-01-08");
        let days = rule("RRULE:FREQ=WEEKLY;BYDAY=SA", DAY);
        one(&days, Code::ElapsedDay, "schedule.duration_ms", "86400000 ms");
    }

    #[test]
    fn check_scope_codes() {
        one(&scope(r#"{ "entity": "db-9" }"#), Code::UnknownEntity, "scope.entity", "`db-9`");
        let list = scope(r#"{ "entities": ["db-7", "x", "y"] }"#);
        one(&list, Code::UnknownEntity, "scope.entities[1]", "`x`, nor 1 more");
        let either =
            |other: &str| scope(&format!(r#"{{ "any": [{{ "entity": "db-7" }}, {other}] }}"#));
        one(&either(r#"{ "group": "prdo" }"#), Code::UnknownGroup, "scope.any[1].group", "`prdo`");
        let of =
            |test: &str| either(&format!(r#"{{ "attribute": {{ "name": "tier", {test} }} }}"#));
        one(
            &of(r#""equals": "god""#),
            Code::UnknownValue,
            "scope.any[1].attribute.equals",
            "`god`",
        );
        one(
            &of(r#""matches": "bronze.*""#),
            Code::MatchesNothing,
            "scope.any[1].attribute",
            "no value",
        );
        let name = either(r#"{ "attribute": { "name": "teir", "equals": "gold" } }"#);
        one(&name, Code::UnknownAttribute, "scope.any[1].attribute.name", "`teir`");
        // What is almost a known name is probably mistyped.
        assert_eq!(findings(&[&name])[0].severity(), Severity::Warning);
        let other = either(r#"{ "attribute": { "name": "colour", "equals": "gold" } }"#);
        assert_eq!(findings(&[&other])[0].severity(), Severity::Info);
        let both = scope(r#"{ "all": [{ "entity": "db-7" }, { "entity": "db-8" }] }"#);
        one(&both, Code::Contradiction, "scope.all", "no subject");
        let nobody = scope(
            r#"{ "all": [{ "group": "prod" }, { "attribute": { "name": "tier", "equals": "silver" } }] }"#,
        );
        one(&nobody, Code::CoversNobody, "scope", "none of the 3 entities");
        one(&scope(r#""everything""#), Code::CoversEverybody, "scope", "all 3 entities");
        let broad = scope(
            r#"{ "all": [{ "not": { "attribute": { "name": "tier", "equals": "gold" } } }, { "not": { "entity": "web-1" } }] }"#,
        );
        one(&broad, Code::BroadScope, "scope", "no value of a label");
    }

    #[test]
    fn check_pairs_codes() {
        let first =
            r#""kind": "once", "start": "2026-12-06T19:00:00Z", "end": "2026-12-06T20:00:00Z""#;
        let second =
            r#""kind": "once", "start": "2026-12-06T20:00:00Z", "end": "2026-12-06T21:00:00Z""#;
        let found = findings(&[&schedule(first), &schedule(second), &schedule(first)]);
        let found: Vec<_> =
            found.iter().map(|finding| (finding.code, finding.window.as_str())).collect();
        assert_eq!(found, [(Code::Touches, "w-0"), (Code::Repeats, "w-2"), (Code::Touches, "w-2")]);
    }
}

#[test]
fn code_names_are_distinct() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    assert_eq!(Code::Over.severity(), Severity::Warning);
    assert_eq!(Code::Gap.severity(), Severity::Info);
}

#[test]
fn check_display_is_one_line() {
    let mut registry = Registry::new();
    let once = Once::new(at("2026-12-06T19:00:00Z"), at("2026-12-06T20:00:00Z")).unwrap();
    let window = Window::builder("w").schedule(once).scope(Scope::entity("bd-7")).build().unwrap();
    registry.insert(window).unwrap();
    let report = lint::check(&registry, &topology(), at(NOW)).unwrap();
    assert_eq!(
        report.findings[0].to_string(),
        "warning: window `w`: scope.entity: the topology has no entity `bd-7` [unknown-entity]; \
         did you mean `db-7`?"
    );
    assert_eq!(codes_of(&registry), [Code::UnknownEntity]);
}

/// The maximal intervals in which a window is active, by direct evaluation, within
/// `[from, until)`.
fn spans(spec: &WindowSpec, from: i64, until: i64) -> Vec<(i64, i64)> {
    let (from, until) = (from.max(FIRST), until.min(END));
    let mut found: Vec<(i64, i64)> = Vec::new();
    let mut all = enumerate::active(spec, from, until);
    all.sort_unstable();
    for (start, end) in all.into_iter().map(|(start, end)| (start.max(from), end.min(until))) {
        match found.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => found.push((start, end)),
        }
    }
    found
}

/// Whether a window is active at an instant, by direct evaluation.
fn is_active(spec: &WindowSpec, t: i64) -> bool {
    (FIRST..END).contains(&t) && !spans(spec, t, t + 1).is_empty()
}

/// The reference implementation knows sets of days in the inner years only.
const INNER: (i64, i64) = (FIRST + 4000 * DAY, END - 4000 * DAY);

/// Some days from each of some instants between two on: near both, and spread.
fn frames(from: i64, until: i64) -> Vec<(i64, i64)> {
    const LENGTH: i64 = 5 * DAY;
    let (from, until) = (from.max(INNER.0), until.min(INNER.1));
    let length = until - from;
    let starts = (0..12).map(|step| from + length / 12 * step);
    let ends = [until - 400 * DAY, until - LENGTH];
    let starts = starts.chain(ends).filter(|start| from <= *start && *start < until);
    starts.map(|start| (start, (start + LENGTH).min(until))).collect()
}

/// Whether a window is active at no instant of these frames, by direct evaluation.
fn is_never_active(spec: &WindowSpec, frames: &[(i64, i64)]) -> bool {
    frames.iter().all(|(from, until)| spans(spec, *from, *until).is_empty())
}

/// How often the clock shows a local time.
fn count_shown(zone: &Zone, reading: i64) -> usize {
    let offsets: BTreeSet<i64> =
        (-30..=30).map(|hours| zone.offset_ms(clamped(reading + hours * HOUR))).collect();
    let shown =
        offsets.iter().filter(|offset| zone.offset_ms(clamped(reading - **offset)) == **offset);
    shown.count()
}

/// The milliseconds after midnight of `HH:MM`, maybe with seconds.
fn time_of_day(text: &str) -> i64 {
    let text = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
    if text.starts_with("24") {
        return DAY;
    }
    let time: NaiveTime = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    time.signed_duration_since(NaiveTime::MIN).num_milliseconds()
}

fn collect_matchers(scope: &ScopeSpec, found: &mut Vec<Matcher>) {
    match scope {
        ScopeSpec::Attribute(name, test) => found.push(test.build(name)),
        ScopeSpec::All(parts) | ScopeSpec::Any(parts) => {
            parts.iter().for_each(|part| collect_matchers(part, found));
        }
        ScopeSpec::Not(part) => collect_matchers(part, found),
        _ => {}
    }
}

/// Whether the set of days with a name has a date, and none of the ten years after it.
#[cfg(all(feature = "serde", feature = "rrule"))]
fn named_set_ends(schedule: &ScheduleSpec, name: &str, last: i64) -> bool {
    use crate::other_kinds::{DaySet, Named};
    let ScheduleSpec::Other(mut kind) = schedule.clone() else { return false };
    let mut ends = false;
    kind.for_each_name(&mut |named| {
        if let Named::Days(own, days) = named {
            let later = |days: &DaySet| (1..3653).any(|after| days.contains(last + after));
            ends |= own == name && days.contains(last) && !later(days);
        }
    });
    ends
}

#[cfg(not(all(feature = "serde", feature = "rrule")))]
fn named_set_ends(_: &ScheduleSpec, _: &str, _: i64) -> bool {
    false
}

/// Whether the set of days that is left out, if there is one, has a date and none of the ten
/// years after it.
#[cfg(all(feature = "serde", feature = "rrule"))]
fn excepted_set_ends(schedule: &ScheduleSpec, last: i64) -> bool {
    let ScheduleSpec::Other(kind) = schedule else { return true };
    kind.except().is_none_or(|days| {
        days.contains(last) && !(1..3653).any(|after| days.contains(last + after))
    })
}

#[cfg(not(all(feature = "serde", feature = "rrule")))]
fn excepted_set_ends(_: &ScheduleSpec, _: i64) -> bool {
    true
}

/// Checks a finding by direct evaluation.
fn check_finding(
    finding: &Finding,
    (window, spec): (&Window, &WindowSpec),
    scenario: &Scenario,
    topology: &Topology,
) -> Result<(), TestCaseError> {
    let now = scenario.base;
    let end_of_year = (now + 365 * DAY).min(END);
    let is_covered = |id: &str| {
        let subject = Subject::entity(id);
        ["t", "u", "v"].iter().any(|text| window.covers(&subject.with_alert_type(text), topology))
            || window.covers(&subject, topology)
    };
    // Of the windows that the finding is about.
    let on = || spans(spec, now, end_of_year);
    let is_same_scope = |other: &&WindowSpec| {
        other.id != spec.id
            && !other.disabled
            && format!("{:?}", other.scope) == format!("{:?}", spec.scope)
    };
    let bare =
        || WindowSpec { disabled: false, from: None, until: None, closed_at: None, ..spec.clone() };
    let holds = match finding.code {
        Code::NeverBegins => {
            is_never_active(&bare(), &frames(FIRST, END))
                && is_never_active(&bare(), &[(now - 30 * DAY, end_of_year)])
        }
        Code::OutsideValidity => {
            let first = spec.from.unwrap_or(FIRST);
            let last = spec.until.unwrap_or(END).min(spec.closed_at.unwrap_or(END));
            let (first, last) = (first.max(INNER.0), last.min(INNER.1));
            let near = (first.max(last - 365 * DAY), last.min(first + 365 * DAY));
            let begins = window.schedule().contains(Timestamp::MIN)
                || window.schedule().search_next(Timestamp::MIN) != Search::Never;
            begins
                && (first >= last
                    || (is_never_active(spec, &frames(first, last))
                        && is_never_active(spec, &[(near.0, last), (first, near.1)])
                        && is_never_active(spec, &[(now - 30 * DAY, end_of_year)])))
        }
        Code::Over => {
            on().is_empty()
                && is_never_active(spec, &frames(now, END))
                && matches!(
                    window.state_at(clamped(now)),
                    WindowState::Expired | WindowState::Closed
                )
        }
        Code::AlmostAlways => {
            let on: i64 = on().iter().map(|(start, end)| end - start).sum();
            on * 100 > (end_of_year - now) * 99
        }
        Code::NeverEnds => {
            let from: Timestamp =
                finding.message.split([' ', ',']).nth(1).unwrap().parse().unwrap();
            let from = from.as_millis();
            let until = (from + 365 * DAY).min(END);
            let is_on =
                |(from, until): &(i64, i64)| spans(spec, *from, *until) == [(*from, *until)];
            is_on(&(from, until))
                && frames(from, END).iter().all(is_on)
                && (from == now || !is_active(spec, from - 1))
                && from >= now
        }
        Code::Repeats => {
            let is_same = |other: &WindowSpec| {
                other.effect == spec.effect && spans(other, now, end_of_year) == on()
            };
            scenario.specs.iter().filter(is_same_scope).any(is_same)
        }
        Code::Touches => {
            let end: Timestamp = finding.message.split([' ', ',']).nth(3).unwrap().parse().unwrap();
            let end = end.as_millis();
            let begins = |other: &WindowSpec| is_active(other, end) && !is_active(other, end - 1);
            is_active(spec, end - 1)
                && !is_active(spec, end)
                && scenario.specs.iter().filter(is_same_scope).any(begins)
        }
        Code::UnknownEntity => {
            let named = finding.message.split('`').nth(1).expect("it is quoted");
            !topology.contains(named)
        }
        Code::UnknownGroup => {
            let named = finding.message.split('`').nth(1).expect("it is quoted");
            !topology.groups().any(|group| group == named)
        }
        Code::UnknownAttribute => {
            let named = finding.message.split('`').nth(1).expect("it is quoted");
            !topology.entities().any(|id| topology.attributes_of(id).any(|(name, _)| name == named))
        }
        Code::UnknownValue => {
            let value = finding.message.split('`').nth(1).expect("it is quoted");
            let named = finding.message.split('`').nth(3).expect("it is quoted");
            !topology
                .entities()
                .any(|id| topology.attributes_of(id).any(|pair| pair == (named, value)))
        }
        Code::Contradiction | Code::CoversNobody => !topology
            .entities()
            .chain(["other"])
            .any(|id| (finding.code == Code::Contradiction || id != "other") && is_covered(id)),
        Code::CoversEverybody => {
            topology.entities().all(|id| window.covers(&Subject::entity(id), topology))
        }
        Code::ShortMonth => {
            let words: Vec<&str> = finding.message.split([' ', ':']).collect();
            let (month, day): (&str, i32) = (words[0], words[4].parse().unwrap());
            let first: NaiveDate = format!("{month}-01").parse().unwrap();
            let length = first.iter_days().take_while(|date| date.month() == first.month()).count();
            day.unsigned_abs() as usize > length
        }
        Code::ExceptionsOver => {
            let date: NaiveDate = finding.message.rsplit(' ').next().unwrap().parse().unwrap();
            let last = i64::from(date.to_epoch_days());
            last * DAY < now && excepted_set_ends(&spec.schedule, last)
        }
        Code::AnchorLater => {
            // The date on which it begins before the anchor.
            let words: Vec<&str> = finding.message.split([' ', ':']).collect();
            let anchor: NaiveDate = words[2].parse().unwrap();
            let next = window.schedule().next_occurrence(clamped(now)).expect("it begins");
            let zone = window.schedule().zone().unwrap();
            let local = next.start().as_millis() + zone.offset_ms(next.start());
            local < i64::from(anchor.to_epoch_days()) * DAY
        }
        Code::Gap | Code::Fold | Code::Dropped => {
            let zone = window.schedule().zone().unwrap();
            let words: Vec<&str> = finding.message.split([' ', ':']).collect();
            let text = &finding.message;
            let date = || text.split(" on ").nth(1).unwrap().split(' ').next().unwrap();
            let (date, time) = match finding.code {
                Code::Dropped => (words[2], text.split(' ').nth(3).unwrap()),
                // It begins or ends as the clocks go back to a local time that comes again.
                _ if text.starts_with("it ") => (date(), text.rsplit(' ').next().unwrap()),
                _ => (date(), text.split(' ').next().unwrap()),
            };
            let date: NaiveDate = date.parse().unwrap();
            let reading = i64::from(date.to_epoch_days()) * DAY + time_of_day(time);
            let shown = count_shown(zone, reading);
            shown == if finding.code == Code::Fold { 2 } else { 0 }
        }
        Code::MatchesNothing => {
            let named = finding.message.split('`').nth(1).expect("it is quoted");
            let mut matchers = Vec::new();
            collect_matchers(&spec.scope, &mut matchers);
            matchers.iter().filter(|matcher| matcher.name() == named).any(|matcher| {
                !topology.entities().any(|id| {
                    topology
                        .attributes_of(id)
                        .any(|(name, value)| name == named && matcher.accepts(value))
                })
            })
        }
        Code::BroadScope => {
            // A subject without any label is covered, or one with a label of no window.
            let text = format!("{:?}", window.scope());
            text.contains("Attribute") || text.contains("Group")
        }
        Code::ElapsedDay => {
            let words: Vec<&str> = finding.message.split(' ').collect();
            let (length, from): (i64, Timestamp) =
                (words[0].parse().unwrap(), words[6].parse().unwrap());
            let at: Timestamp = words[16].trim_end_matches(':').parse().unwrap();
            let zone = window.schedule().zone().unwrap();
            let before = clamped(at.as_millis() - 1);
            length >= DAY
                && (from.as_millis()..from.as_millis() + length).contains(&before.as_millis())
                && zone.offset_ms(before) != zone.offset_ms(at)
                && is_active(spec, from.as_millis())
                && is_active(spec, at.as_millis())
        }
        Code::DatesRunOut => {
            let name = finding.message.split('`').nth(1).expect("it is quoted");
            let last: NaiveDate = finding.message.rsplit(' ').next().unwrap().parse().unwrap();
            let last = i64::from(last.to_epoch_days());
            last * DAY < now + 91 * DAY && named_set_ends(&spec.schedule, name, last)
        }
        other => return Err(TestCaseError::fail(format!("no check of {other}"))),
    };
    prop_assert!(holds, "{}\n{:?}", finding, window);
    Ok(())
}

/// What was found: how often each code, and how many windows got to a limit.
#[derive(Default)]
struct Counts {
    codes: BTreeMap<&'static str, usize>,
    incomplete: usize,
    windows: usize,
}

fn check_scenario(scenario: &Scenario, counts: &mut Counts) -> Result<(), TestCaseError> {
    let (registry, topology) = (registry(&scenario.specs), scenario.topology.build());
    let report = lint::check(&registry, &topology, clamped(scenario.base)).unwrap();
    for finding in &report.findings {
        let window = registry.get(&finding.window).expect("it is in the registry");
        let spec = scenario.specs.iter().find(|spec| spec.id == finding.window.as_str());
        check_finding(finding, (window, spec.expect("it is there")), scenario, &topology)?;
        *counts.codes.entry(finding.code.as_str()).or_default() += 1;
    }
    counts.incomplete += report.incomplete.len();
    counts.windows += registry.len();
    Ok(())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn check_findings_are_true(scenario in scenarios(10), twins in vec(any::<(u8, u8)>(), 0..3)) {
        let mut scenario = scenario;
        // Windows with the scope, or all of another one.
        for (number, (of, how)) in twins.into_iter().enumerate() {
            let mut twin = scenario.specs[usize::from(of) % scenario.specs.len()].clone();
            twin.id = format!("twin-{number}");
            if how % 2 == 0 {
                twin.schedule = scenario.specs[usize::from(how) % scenario.specs.len()].schedule.clone();
            }
            scenario.specs.push(twin);
        }
        check_scenario(&scenario, &mut Counts::default())?;
    }
}

/// The documents of the long test, unless `QUIETUDE_DOCUMENTS` is another number.
const LONG: usize = 10_000;

/// Run it with `cargo test --release --test it -- --ignored --nocapture long_findings`.
#[test]
#[ignore = "ten thousand documents: minutes, in release"]
fn long_findings_are_true() {
    let stopwatch = Stopwatch::new("long test of findings");
    let documents = std::env::var("QUIETUDE_DOCUMENTS").map_or(LONG, |text| text.parse().unwrap());
    let check = |seed: u8| {
        let mut counts = Counts::default();
        for (number, scenario) in stream(seed, scenarios(10)).take(documents / 2).enumerate() {
            check_scenario(&scenario, &mut counts)
                .unwrap_or_else(|error| panic!("{error}\n{scenario:?}"));
            if number % 500 == 499 {
                println!("seed {seed}: {} documents", number + 1);
            }
        }
        counts
    };
    let both = std::thread::scope(|scope| {
        [7, 8]
            .map(|seed| scope.spawn(move || check(seed)))
            .map(|run| run.join().expect("none wrong"))
    });
    let mut all = Counts::default();
    for counts in both {
        all.windows += counts.windows;
        all.incomplete += counts.incomplete;
        for (code, count) in counts.codes {
            *all.codes.entry(code).or_default() += count;
        }
    }
    let Counts { codes, incomplete, windows } = all;
    println!("{windows} windows, {incomplete} incomplete, findings, none wrong: {codes:?}");
    stopwatch.report();
}
