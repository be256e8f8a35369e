//! A large document: memory, and the time from the start to the first answer.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use super::documents::File;
use super::*;

/// A document as a fleet has it: one-time windows and weekly, daily and monthly ones of
/// entities and groups, with names and tags; about 230 bytes each.
pub(crate) fn document(windows: usize) -> String {
    let mut text = String::from("{\n  \"version\": 1,\n  \"windows\": [\n");
    for n in 0..windows {
        let schedule = match n % 4 {
            0 => format!(
                r#"{{ "kind": "once", "start": "2026-{:02}-{:02}T{:02}:00:00Z", "end": "2026-{0:02}-{1:02}T{2:02}:45:00Z" }}"#,
                n / 4 % 12 + 1,
                n / 48 % 28 + 1,
                n % 24
            ),
            1 => r#"{ "kind": "weekly", "weekdays": ["tuesday"], "clock": "22:00-02:00", "timezone": "Europe/Paris" }"#.to_owned(),
            2 => format!(
                r#"{{ "kind": "daily", "clock": "{:02}:00-{0:02}:30", "timezone": "America/New_York" }}"#,
                n % 23
            ),
            _ => format!(
                r#"{{ "kind": "monthly", "day": {}, "clock": "03:00-04:00", "timezone": "Asia/Tokyo" }}"#,
                n % 28 + 1
            ),
        };
        let scope = match n % 10 {
            0 => format!(r#"{{ "group": "group-{}" }}"#, n % 100),
            _ => format!(r#"{{ "entity": "host-{}.example" }}"#, n / 2),
        };
        let comma = if n + 1 < windows { "," } else { "" };
        _ = writeln!(
            text,
            r#"    {{ "id": "window-{n}", "name": "Maintenance of host {n}", "schedule": {schedule}, "scope": {scope}, "tags": {{ "ticket": "CHG-{n}" }} }}{comma}"#
        );
    }
    text.push_str("  ]\n}\n");
    text
}

/// The time to the first answer of `eval`, and the greatest memory up to then, in KiB.
fn first_answer(file: &str) -> (Duration, usize) {
    #[allow(clippy::disallowed_methods, reason = "the time is measured")]
    let begun = Instant::now();
    let mut child = Command::new(PROGRAM)
        .args(["eval", "--file", file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"entity\":\"host-7.example\",\"at_ms\":[1795727700000]}\n").unwrap();
    let mut answer = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    let time = begun.elapsed();
    assert!(answer.starts_with("{\"silenced\":["), "{answer}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse().unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    (time, peak)
}

/// At most five times the file, and what the program takes by itself.
#[test]
fn memory_of_a_document_is_five_times_the_file_at_most() {
    let json = document(20_000);
    let empty = document(0);
    for (name, text, empty) in
        [("large.json", json.clone(), empty.clone()), ("large.yaml", yaml(&json), yaml(&empty))]
    {
        let (file, empty) = (File::new(name, &text), File::new(name, empty));
        let ((_, alone), (_, peak)) = (first_answer(empty.name()), first_answer(file.name()));
        let most = 5 * text.len() / 1024;
        assert!(peak <= alone + most, "{name}: {peak} KiB, without {alone}; {most} are allowed");
    }
}

/// The document as one writes YAML: in blocks, and without quotes where they are not needed.
fn yaml(json: &str) -> String {
    let file = File::new("as.json", json);
    let ran = run(&["fmt", "--to", "yaml", "--file", file.name()], b"");
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

/// 100,000 windows: half a second from the start to the first answer, the best of five.
/// With `cargo test --release -p quietude-cli --test cli large -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement of an optimised program"]
#[allow(clippy::print_stdout, reason = "a measurement")]
fn first_answer_of_100_000_windows_takes_half_a_second() {
    let text = document(100_000);
    let file = File::new("large.json", &text);
    let runs: Vec<_> = (0..5).map(|_| first_answer(file.name())).collect();
    let time = runs.iter().map(|(time, _)| *time).min().unwrap();
    let peak = runs.iter().map(|(_, peak)| *peak).max().unwrap();
    println!("{} bytes: {time:?}, {peak} KiB", text.len());
    assert!(time <= Duration::from_millis(500), "{time:?}");
    assert!(peak <= 5 * text.len() / 1024, "{peak} KiB");
}
