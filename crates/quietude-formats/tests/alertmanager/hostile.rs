//! Hostile texts: an error with its place, in bounded time and memory.

#![allow(clippy::disallowed_methods, reason = "the tests measure how long an import takes")]

use std::time::Instant;

use quietude_formats::{Format, limits};

use super::random::Random;
use super::{data, error, read};

const SAMPLES: [(Format, &str); 3] = [
    (Format::Alertmanager, include_str!("../data/alertmanager/sample.yml")),
    (Format::Alertmanager, include_str!("../data/alertmanager/silences.json")),
    (Format::Grafana, include_str!("../data/grafana/policies.yaml")),
];

/// Parts of YAML and JSON that change the structure.
const PARTS: [&str; 24] = [
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "\n",
    "  ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "|\n",
    "~",
    "\u{0}",
    "\u{feff}",
    "#",
    "---\n",
    "? ",
    "\t",
    "\\",
    "99999999999999999999",
];

fn mutated(sample: &str, random: &mut Random) -> String {
    let mut bytes = sample.as_bytes().to_vec();
    for _ in 0..1 + random.below(4) {
        let from = random.below(bytes.len() + 1);
        let to = (from + random.below(30)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let part = bytes[from..to].to_vec();
                let place = random.below(bytes.len() + 1);
                bytes.splice(place..place, part);
            }
            2 => drop(bytes.splice(from..from, random.pick(&PARTS).bytes())),
            3 if from < to => bytes[from] ^= 1 << random.below(8),
            _ => bytes.truncate(bytes.len() - random.below(bytes.len() / 2 + 1)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mutated_files_are_read_or_refused() {
    let random = &mut Random::new(3);
    let (mut errors, mut good, mut with_place) = (0, 0, 0);
    for round in 0..9_000 {
        let (format, sample) = SAMPLES[round % SAMPLES.len()];
        let text = mutated(sample, random);
        match read(format, &text) {
            Ok(imported) => {
                good += 1;
                let json = imported.document.to_json();
                let again = quietude::Document::from_json(&json)
                    .unwrap_or_else(|error| panic!("{error}\n{json}"));
                assert_eq!(again.registry.len(), imported.document.registry.len());
            }
            Err(error) => {
                errors += 1;
                let place = error.place();
                with_place += u32::from(place.line.is_some() || !place.path.is_empty());
                let shown = error.to_string();
                assert!(
                    !shown.is_empty() && shown.len() < 4096 && !shown.contains('\n'),
                    "{shown}"
                );
            }
        }
    }
    assert!(good > 500 && errors > 4000, "{good} {errors}");
    // Silences without one of their fields have no place but the root.
    assert!(with_place * 100 > errors * 97, "{with_place} of {errors}");
}

fn aliases() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        text += &format!("a{n}: &a{n} [{list}]\n");
    }
    text
}

#[test]
fn large_and_deep_texts_are_refused_in_time() {
    let big = |line: &str| format!("muteTimes:\n{}", line.repeat(50_000_000 / line.len()));
    let routes = |count: usize| {
        let route = |n: usize| {
            format!(
                "    - matchers: [a{n}=b, x=~'c{n}.*']\n      continue: true\n      mute_time_intervals: [i{}]\n",
                n % 2
            )
        };
        let list: String = (0..count).map(route).collect();
        format!(
            "time_intervals: [{{name: i0}}, {{name: i1}}]\nroute:\n  receiver: r\n  routes:\n{list}"
        )
    };
    // Routes in each other, with tests that differ.
    let deep = |levels: usize, tests: usize| {
        let mut text = String::from("time_intervals: [{name: i0}]\nroute: {receiver: r");
        for level in 0..levels {
            let list: Vec<String> = (0..tests).map(|n| format!("'a{level}_{n}=b'")).collect();
            text +=
                &format!(", routes: [{{mute_time_intervals: [i0], matchers: [{}]", list.join(", "));
        }
        text + &"}]".repeat(levels) + "}\n"
    };
    let many =
        |count: usize| format!("route: {{routes: [{{matchers: [{}]}}]}}", "'a=b',".repeat(count));
    let silences = |count: usize| format!("[{}1]", "{},".repeat(count));
    for (format, text, expected) in [
        (Format::Grafana, aliases(), "the text has more than 1000000 values"),
        (Format::Alertmanager, aliases(), "the text has more than 1000000 values"),
        (Format::Grafana, "[".repeat(200_000), ""),
        (Format::Grafana, "{\"a\":".repeat(200_000), ""),
        (Format::Grafana, "- ".repeat(200_000), "nested more than 100 levels"),
        (Format::Grafana, "? ".repeat(200_000), "nested more than 100 levels"),
        (Format::Grafana, ": ".repeat(200_000), ""),
        (
            Format::Grafana,
            (0..2000).map(|n| " ".repeat(n) + "a:\n").collect(),
            "nested more than 100 levels",
        ),
        (
            Format::Grafana,
            big("- {name: a, time_intervals: [{weekdays: [monday]}]}\n"),
            "the text has more than 1000000 values",
        ),
        (
            Format::Grafana,
            format!("a: \"{}\"", "x".repeat(50_000_000)),
            "the text has more than 1000000 values",
        ),
        (
            Format::Grafana,
            "x".repeat(limits::MAX_TEXT_BYTES + 1),
            "bytes, and 67108864 are the limit",
        ),
        (Format::Grafana, "\"".to_owned() + &"\n".repeat(5_000_000), ""),
        (
            Format::Alertmanager,
            deep(45, 250),
            "comparing the tests of the routes takes more than 50000000 steps",
        ),
        (Format::Alertmanager, many(300), "257 matchers are more than 256"),
        (
            Format::Alertmanager,
            routes(1500),
            "the scopes of the routes have more than 1000000 tests",
        ),
        (Format::Alertmanager, silences(1_200_000), "the text has more than 1000000 values"),
        (Format::Alertmanager, silences(100_000), "[0]: `matchers` is missing"),
        (
            Format::Alertmanager,
            format!(
                "time_intervals: [{{name: t, time_intervals: [{}]}}]\nroute: {{}}",
                "{},".repeat(2000)
            ),
            "1000",
        ),
    ] {
        let begun = Instant::now();
        let error = error(format, &text);
        assert!(error.contains(expected), "{error}\nexpected: {expected}");
        assert!(error.len() < 1000);
        let seconds = begun.elapsed().as_secs();
        assert!(seconds < 60, "{seconds} s: {error}");
    }
}

#[test]
fn samples_are_read() {
    for (format, sample) in SAMPLES {
        read(format, sample).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(data("alertmanager/sample.yml").contains("mute_time_intervals"));
}

#[test]
fn large_texts_without_error_are_read_in_time() {
    let begun = Instant::now();
    let names: String = (0..100_000).map(|n| format!("- name: i{n}\n")).collect();
    let imported =
        read(Format::Alertmanager, &format!("route: {{receiver: r}}\ntime_intervals:\n{names}"));
    assert_eq!(imported.map(|imported| imported.document.schedules.len()).ok(), Some(100_000));
    // One id for all.
    let silence = r#"{"id":"s","startsAt":"2026-06-06T19:00:00Z","endsAt":"2026-06-06T21:00:00Z","matchers":[{"name":"a","value":"b"}]}"#;
    let list = vec![silence; 50_000].join(",");
    let imported = read(Format::Alertmanager, &format!("[{list}]")).expect("it is read");
    assert_eq!((imported.document.registry.len(), imported.notes.len()), (50_000, 49_999));
    assert_eq!(
        imported.document.registry.iter().last().expect("a window").id().as_str(),
        "s#50000"
    );
    let seconds = begun.elapsed().as_secs();
    assert!(seconds < 60, "{seconds} s");
}
