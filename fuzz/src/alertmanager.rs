//! Files of Alertmanager and Grafana are imported or refused; silences that are exported and
//! imported again are the same.

use std::fmt::Write as _;

use quietude::{Document, Interval, Subject, Timestamp};
use quietude_formats::{ExportOptions, Format};

use crate::choices::Choices;
use crate::formats::{import, text};

const NAMES: [&str; 3] = ["team", "sev", "service"];
const VALUES: [&str; 5] = ["a", "b", "", "a.b", "é"];

/// A configuration or silences of Alertmanager.
pub fn alertmanager(data: &[u8]) -> bool {
    let text = text(data, |s| if s.once_in(3) { silences(s) } else { configuration(s) });
    let Some(imported) = import(Format::Alertmanager, &text) else { return false };
    exported(&imported.document);
    true
}

/// A provisioning file of Grafana.
pub fn grafana(data: &[u8]) -> bool {
    let text = text(data, |s| {
        let intervals = intervals(s);
        format!(
            "apiVersion: 1\nmuteTimes:\n{intervals}policies:\n- {}",
            route(s, 0, true).replace('\n', "\n  ")
        )
    });
    import(Format::Grafana, &text).is_some()
}

fn configuration(s: &mut Choices<'_>) -> String {
    let intervals = intervals(s);
    format!("time_intervals:\n{intervals}route:\n  {}\n", route(s, 0, false).replace('\n', "\n  "))
}

fn intervals(s: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for name in ["i0", "i1"] {
        _ = writeln!(text, "- name: {name}\n  time_intervals:");
        for _ in 0..=s.below(2) {
            let hour = s.below(24);
            _ = writeln!(
                text,
                "  - times: [{{start_time: '{hour:02}:00', end_time: '{:02}:30'}}]",
                hour + s.below(24 - hour)
            );
            for (field, ranges) in [
                ("weekdays", ["monday", "monday:friday", "saturday", "sunday:sunday"]),
                ("days_of_month", ["1", "-1", "20:-1", "-31:-5"]),
                ("months", ["1:3", "may", "december", "2"]),
                ("years", ["2026", "2020:2030", "1:9999", "2027"]),
                ("location", ["UTC", "Local", "Europe/Berlin", "Pacific/Apia"]),
            ] {
                match (s.below(3), field) {
                    (0, "location") => _ = writeln!(text, "    location: {}", s.pick(&ranges)),
                    (0, _) => {
                        _ = writeln!(
                            text,
                            "    {field}: ['{}', '{}']",
                            s.pick(&ranges),
                            s.pick(&ranges)
                        )
                    }
                    _ => {}
                }
            }
        }
    }
    text
}

fn route(s: &mut Choices<'_>, depth: usize, is_grafana: bool) -> String {
    let mut text = String::from("receiver: r");
    if depth > 0 {
        let operator = |s: &mut Choices<'_>| s.pick(&["=", "!=", "=~", "!~"]);
        if is_grafana && s.once_in(2) {
            _ = write!(
                text,
                "\nobject_matchers: [['{}', '{}', '{}']]",
                s.pick(&NAMES),
                operator(s),
                s.pick(&VALUES)
            );
        } else {
            let one = |s: &mut Choices<'_>| {
                format!("'{}{}\"{}\"'", s.pick(&NAMES), operator(s), s.pick(&VALUES))
            };
            _ = write!(text, "\nmatchers: [{}]", s.few(2, one).join(", "));
        }
        if s.once_in(2) {
            text.push_str("\ncontinue: true");
        }
        for field in ["mute_time_intervals", "active_time_intervals"] {
            if !s.once_in(3) {
                _ = write!(text, "\n{field}: [{}]", s.pick(&["i0", "i1", "i0, i1"]));
            }
        }
    }
    let children = if depth < 3 { s.below(4) } else { 0 };
    if children > 0 {
        text.push_str("\nroutes:");
        for _ in 0..children {
            _ = write!(text, "\n- {}", route(s, depth + 1, is_grafana).replace('\n', "\n  "));
        }
    }
    text
}

fn silences(s: &mut Choices<'_>) -> String {
    let silence = |s: &mut Choices<'_>| {
        let matcher = |s: &mut Choices<'_>| {
            format!(
                r#"{{"name":"{}","value":"{}","isRegex":{},"isEqual":{}}}"#,
                s.pick(&NAMES),
                s.pick(&["a", "b", "", "a|b", ".*", "[ab]+", "\\\\d", "\\\\Qa.b\\\\E", "é"]),
                s.once_in(2),
                !s.once_in(3)
            )
        };
        let matchers = s.few(3, matcher).join(",");
        let (start, end) = (s.below(28) + 1, s.below(28) + 1);
        format!(
            r#"{{"matchers":[{matchers}],"startsAt":"2026-06-{start:02}T10:00:00.{:03}Z","endsAt":"2026-06-{end:02}T12:00:00.{:07}+02:00"}}"#,
            s.below(1000),
            s.below(10_000_000)
        )
    };
    format!("[{}]", s.some(4, silence).join(","))
}

/// What is exported without a note is imported again with the same times and alerts.
fn exported(document: &Document) {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let june = Interval::new(instant("2026-06-01T00:00:00Z"), instant("2026-07-01T00:00:00Z"));
    let options = ExportOptions::new().within(june.expect("a month"));
    // Refused if there are too many.
    let Ok(exported) = Format::Alertmanager.export(document, &options) else { return };
    let again = import(Format::Alertmanager, &exported.text).expect("it is read again");
    assert!(again.notes.is_empty(), "{:?}\n{}", again.notes, exported.text);
    if !exported.notes.is_empty() {
        return;
    }
    let values = ["", "a", "b", "a.b", "é"];
    for code in (0..125).step_by(6) {
        let values = [values[code % 5], values[code / 5 % 5], values[code / 25]];
        let labels: Vec<(&str, &str)> =
            NAMES.into_iter().zip(values).filter(|(_, value)| !value.is_empty()).collect();
        for hour in (code as i64..720).step_by(211) {
            let millis = instant("2026-06-01T00:00:00Z").as_millis() + hour * 3_600_000;
            let t = Timestamp::from_millis(millis).expect("an instant");
            let is_silenced = |document: &Document| {
                let subject = Subject::labels(&labels);
                let mut windows = document.registry.iter();
                windows.any(|window| {
                    window.is_active(t) && window.covers(&subject, &document.topology)
                })
            };
            assert_eq!(
                is_silenced(document),
                is_silenced(&again.document),
                "{labels:?} {t}\n{}",
                exported.text
            );
        }
    }
}
