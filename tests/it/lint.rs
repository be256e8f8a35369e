//! Findings of the checks: a table, one row for each code; and every finding is true, by
//! direct evaluation over a year, on generated documents.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveTime};
use proptest::collection::vec;
use proptest::prelude::*;
use quietude::lint::{self, Code, Finding, Severity};
use quietude::{
    Interval, Matcher, Once, Registry, Scope, Subject, Timestamp, Topology, Window, WindowState,
    Zone,
};

use crate::generate::{Scenario, cases, plain_scenarios, stream};
use crate::helpers::{at, clamped};
use crate::specs::{END, ScopeSpec, WindowSpec, registry};
use crate::testing::{DAY, HOUR};

const NOW: &str = "2026-11-26T12:00:00Z";

fn topology() -> Topology {
    let topology = Topology::builder().add_member("prod", "db-7").add_member("prod", "db-8");
    let topology = topology.add_attribute("db-7", "tier", "gold").entity("web-1");
    topology.add_attribute("web-1", "tier", "silver").build().unwrap()
}

fn codes_of(registry: &Registry) -> Vec<Code> {
    let report = lint::check(registry, &topology(), at(NOW)).unwrap();
    assert_eq!(report.incomplete, 0);
    report.findings.iter().map(|finding| finding.code).collect()
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
    assert_eq!(Code::Over.severity(), Severity::Info);
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

/// Instants of the year from `now` on, near changes and spread.
fn year(window: &Window, now: Timestamp) -> Vec<Timestamp> {
    let start = now.as_millis();
    let mut all: Vec<i64> = (0..400).map(|step| start + step * DAY * 365 / 400).collect();
    let mut t = now;
    for _ in 0..40 {
        let Some(next) = window.next_occurrence(t) else { break };
        all.extend([next.start(), next.end()].map(|t| t.as_millis()));
        t = next.start();
    }
    let all = all.into_iter().flat_map(|t| [t - 1, t, t + 1]);
    let all: BTreeSet<i64> =
        all.filter(|t| (start..(start + 365 * DAY).min(END)).contains(t)).collect();
    all.into_iter().map(clamped).collect()
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

/// Checks a finding by direct evaluation.
fn check_finding(
    finding: &Finding,
    (window, spec): (&Window, &WindowSpec),
    registry: &Registry,
    topology: &Topology,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let instants = year(window, now);
    let is_covered = |id: &str| {
        let subject = Subject::entity(id);
        ["t", "u", "v"].iter().any(|text| window.covers(&subject.with_alert_type(text), topology))
            || window.covers(&subject, topology)
    };
    let within = Interval::new(now, clamped((now.as_millis() + 365 * DAY).min(END)));
    let on = within.map(|within| {
        let mut spans: Vec<_> = Vec::new();
        let mut t = within.start();
        while t < within.end() {
            match window.occurrence_at(t) {
                Some(occurrence) => {
                    let end = occurrence.end().min(within.end());
                    spans.push(end.as_millis() - t.as_millis());
                    t = end;
                }
                None => match window.next_occurrence(t) {
                    Some(next) => t = next.start(),
                    None => break,
                },
            }
        }
        (spans.iter().sum::<i64>(), within.duration_ms())
    });
    let holds = match finding.code {
        Code::NeverBegins => window.schedule().occurrences(Interval::ALWAYS).next().is_none(),
        Code::OutsideValidity => {
            !window.is_active(Timestamp::MIN)
                && window.next_occurrence(Timestamp::MIN).is_none()
                && window.schedule().occurrences(Interval::ALWAYS).next().is_some()
        }
        Code::Over => {
            !instants.iter().any(|t| window.is_active(*t))
                && matches!(window.state_at(now), WindowState::Expired | WindowState::Closed)
        }
        Code::AlmostAlways => on.is_ok_and(|(on, all)| on * 100 > all * 99),
        Code::NeverEnds => {
            let first = if window.is_active(now) {
                now
            } else {
                let mut t = now;
                let mut last = None;
                while let Some(next) = window.next_occurrence(t) {
                    last = Some(next);
                    t = next.start();
                    if next.end() == Timestamp::END {
                        break;
                    }
                }
                last.expect("it begins").start()
            };
            window.is_active(Timestamp::MAX) && window.is_active(first)
        }
        Code::Repeats => {
            let is_same = |other: &Window| {
                other.id() != window.id()
                    && other.scope() == window.scope()
                    && other.effect() == window.effect()
                    && instants.iter().all(|t| other.is_active(*t) == window.is_active(*t))
            };
            registry.iter().any(|other| is_same(other))
        }
        Code::Touches => {
            let ends = |t: &Timestamp| {
                let before = clamped(t.as_millis() - 1);
                window.is_active(before)
                    && !window.is_active(*t)
                    && registry.iter().any(|other| {
                        other.scope() == window.scope()
                            && other.is_active(*t)
                            && !other.is_active(before)
                    })
            };
            instants.iter().any(ends)
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
            i64::from(date.to_epoch_days()) * DAY < now.as_millis()
        }
        Code::AnchorLater => {
            // The date on which it begins before the anchor.
            let words: Vec<&str> = finding.message.split([' ', ':']).collect();
            let anchor: NaiveDate = words[2].parse().unwrap();
            let next = window.schedule().next_occurrence(now).expect("it begins");
            let zone = window.schedule().zone().unwrap();
            let local = next.start().as_millis() + zone.offset_ms(next.start());
            local < i64::from(anchor.to_epoch_days()) * DAY
        }
        Code::Gap | Code::Fold | Code::Dropped => {
            let zone = window.schedule().zone().unwrap();
            let words: Vec<&str> = finding.message.split([' ', ':']).collect();
            let text = &finding.message;
            let (date, time) = match finding.code {
                Code::Dropped => (words[2], text.split(' ').nth(3).unwrap()),
                _ => {
                    let date = text.split(" on ").nth(1).unwrap().split(' ').next().unwrap();
                    (date, text.split(' ').next().unwrap())
                }
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
        other => return Err(TestCaseError::fail(format!("no check of {other}"))),
    };
    prop_assert!(holds, "{}\n{:?}", finding, window);
    Ok(())
}

fn check_scenario(scenario: &Scenario) -> Result<usize, TestCaseError> {
    let (registry, topology) = (registry(&scenario.specs), scenario.topology.build());
    let now = clamped(scenario.base);
    let report = lint::check(&registry, &topology, now).unwrap();
    for finding in &report.findings {
        let window = registry.get(&finding.window).expect("it is in the registry");
        let spec = scenario.specs.iter().find(|spec| spec.id == finding.window.as_str());
        check_finding(finding, (window, spec.expect("it is there")), &registry, &topology, now)?;
    }
    Ok(report.findings.len())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn check_findings_are_true(scenario in plain_scenarios(10), twins in vec(any::<(u8, u8)>(), 0..3)) {
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
        check_scenario(&scenario)?;
    }
}

/// Run it with `cargo test --release --test it -- --ignored --nocapture long_findings`.
#[test]
#[ignore = "ten thousand documents: minutes"]
fn long_findings_are_true() {
    let mut count = 0;
    for scenario in stream(7, plain_scenarios(10)).take(10_000) {
        count += check_scenario(&scenario).unwrap_or_else(|error| panic!("{error}\n{scenario:?}"));
    }
    println!("{count} findings, none wrong");
}
