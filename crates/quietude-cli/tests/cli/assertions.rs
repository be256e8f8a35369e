//! Tests of `test`.
use super::*;

/// Writes files to a folder of their own; returns it.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// Runs `test` on a file with this text, about the document of the tests.
fn test(name: &str, text: &str, args: &[&str]) -> RunOutput {
    let file = folder(name, &[("a.tests.yaml", text)]).join("a.tests.yaml");
    let file = file.to_str().unwrap();
    let mut all = vec!["test", file, "--file", "tests/data/fleet.json"];
    all.extend(args);
    let mut ran = run(&all, b"");
    ran.out = ran.out.replace(file, "a.tests.yaml");
    ran.err = ran.err.replace(file, "a.tests.yaml");
    ran
}

#[test]
fn test_fleet_model_passes() {
    let ran = run(&["test", "tests/data/fleet.tests.yaml"], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(ran.out, "24 passed, 0 failed\n");
}

#[test]
fn test_model_fails_where_any_answer_is_altered() {
    // An assertion that cannot fail would not be one: each is turned into its contrary.
    let text = read("tests/data/fleet.tests.yaml");
    let mut altered = 0;
    for (index, line) in text.lines().enumerate() {
        let (key, value) = line.trim().split_once(": ").unwrap_or_default();
        let contrary = match (key, value) {
            ("silenced", "false") => "silenced: true",
            ("by", "[]") => "by: [old-firewall]",
            ("by", _) => "by: [old-firewall]",
            ("until", _) => "until: 2027-01-01T00:00:00Z",
            ("effect", "monitoring") => "effect: notifications",
            ("effect", _) => "effect: monitoring",
            _ => continue,
        };
        let lines = text.lines().enumerate().map(|(other, line)| {
            if other == index {
                line.replace(&line.trim().to_owned(), contrary)
            } else {
                line.into()
            }
        });
        let lines = lines.collect::<Vec<String>>().join("\n");
        let ran = test("altered", &lines, &[]);
        assert_eq!(ran.code, 1, "line {}: {}{}", index + 1, ran.out, ran.err);
        altered += 1;
    }
    assert!(altered > 30, "{altered}");
}

#[test]
fn test_failure_shows_difference_and_reason() {
    let text = "\
version: 1
timezone: Europe/Paris
tests:
  - name: the backup is over at two
    subject: pg-orders-1
    at: 2026-11-26T22:15
    by: [par-backup-verify]
    until: 2026-11-27T02:00
";
    let ran = test("difference", text, &[]);
    assert_eq!(
        ran.out,
        "\
failed: a.tests.yaml: tests[0] the backup is over at two
 --> line 4, column 5
  pg-orders-1 at 2026-11-26T21:15:00Z (Thu 26 Nov 2026 22:15 +01:00)
  - by        par-backup-verify
  + by        par-nightly-backup
  - until     2026-11-27T01:00:00Z (Fri 27 Nov 2026 02:00 +01:00)
  + until     2026-11-27T01:45:00Z (Fri 27 Nov 2026 02:45 +01:00)
  silenced by
    par-nightly-backup \"Paris databases, full backup\"
      schedule  every Tuesday and Thursday, 22:00 to 02:00, Europe/Paris; notifications
      valid     from 2026-01-01T00:00:00Z (Thu 1 Jan 2026 01:00 +01:00)
      occurs    2026-11-26T21:00:00Z (Thu 26 Nov 2026 22:00 +01:00) to 2026-11-27T01:00:00Z (Fri 27 Nov 2026 02:00 +01:00), ends in 3 h 45 min
      ended     2026-11-25T01:00:00Z (Wed 25 Nov 2026 02:00 +01:00), 1 d 20 h ago
      begins    2026-12-01T21:00:00Z (Tue 1 Dec 2026 22:00 +01:00), in 4 d 23 h
  covered, but not now, by
    par-backup-verify \"Paris databases, backup verification\"
      schedule  every Wednesday and Friday, 02:00 to 02:45, Europe/Paris; notifications
      state     idle: between two occurrences
      ended     2026-11-25T01:45:00Z (Wed 25 Nov 2026 02:45 +01:00), 1 d 19 h ago
      begins    2026-11-27T01:00:00Z (Fri 27 Nov 2026 02:00 +01:00), in 3 h 45 min

0 passed, 1 failed
"
    );
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
}

#[test]
fn test_failure_says_which_window_is_unknown_or_does_not_cover() {
    let text = "\
version: 1
tests:
  - { subject: pg-orders-1, at: '2026-11-26T12:00:00Z', by: [no-such-window, tyo-leap-day] }
";
    let ran = test("unknown", text, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("the document has no window `no-such-window`"), "{}", ran.out);
    assert!(ran.out.contains("the scope of `tyo-leap-day` does not cover it"), "{}", ran.out);
    assert!(ran.out.contains("  - silenced  yes\n  + silenced  no\n"), "{}", ran.out);
}

#[test]
fn test_json_has_answers_and_reasons() {
    let text = "\
version: 1
tests:
  - { subject: pg-orders-1, at: ['2026-11-26T21:15:00Z', '2026-11-26T12:00:00Z'], silenced: true }
";
    let ran = test("json", text, &["--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &answer["passed"], &answer["failed"]), (1, &json!(1), &json!(1)));
    let [first, second] = answer["tests"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!(first["found"]["by"], json!(["par-nightly-backup"]));
    assert_eq!(
        (&first["passed"], &first["reason"], &first["line"]),
        (&json!(true), &json!(""), &json!(3))
    );
    assert_eq!(second["differing"], json!(["silenced"]));
    assert!(second["reason"].as_str().unwrap().contains("covered, but not now, by"));
}

#[test]
fn test_all_errors_of_the_file_have_path_line_and_mark() {
    let text = "\
version: 2
zone: UTC
tests:
  - subject: { entity: db-7, lables: { a: b } }
    at: 2026-11-26T21:15
    silenced: yes
  - at: [2026-13-01, 2026-11-26T24:30:00Z]
    silenced: false
    by: [par-nightly-backup]
    until: tomorrow
  - subject: {}
    at: []
    effect: loud
  - subject: db-7
    at: 2026-11-26T21:15:00Z
  - 7
";
    let ran = test("errors", text, &[]);
    assert_eq!(ran.code, 2);
    for part in [
        "version: 2 is not 1",
        "zone: is not a field here; these are: version, document, timezone, tests",
        "tests[0].subject.lables: is not a field here; these are: entity, alert_type, groups, labels",
        "tests[0].at: 2026-11-26T21:15 is a local time, which needs `timezone` in the file, or --timezone",
        "tests[0].silenced: \"yes\" is not true or false",
        "tests[1].subject: is missing: an entity, or an object with labels",
        "tests[1].at[0]: it is not a date, YYYY-MM-DD",
        "tests[1].at[1]: ",
        "tests[1].by: contradicts that it is not silenced",
        "tests[1].until: ",
        "tests[2].subject: is empty; give an entity, labels or groups",
        "tests[2].at: the list is empty",
        "tests[2].effect: \"loud\" is not notifications or monitoring",
        "tests[3]: says nothing about the answer: silenced, by, until or effect",
        "tests[4]: 7 is not an object with name, subject, at, silenced, by, until, effect",
        " --> line 5, column 9\n",
        "5 |     at: 2026-11-26T21:15\n",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    assert!(ran.err.ends_with("15 errors in a.tests.yaml\n"), "{}", ran.err);
    assert_eq!(ran.out, "");
    for (text, part) in [
        ("{ \"version\": 1, \"tests\": [] }", "tests: the list is empty; nothing would be tested"),
        ("{ \"version\": 1 }", "tests: is missing: the list of assertions"),
        ("[]", "[] is not an object with version, document, timezone, tests"),
        ("version: 1\nversion: 1\n", "the key \"version\" is repeated"),
        (
            "{ \"version\": 1,\n  \"version\": 1 }",
            "the key \"version\" is repeated\n  --> line 2, column 3",
        ),
        (
            "{ \"tests\": [ { \"at\" : 1, \"\\u0061t\" :2 } ] }",
            "the key \"at\" is repeated\n  --> line 1, column 26",
        ),
    ] {
        let ran = test("errors", text, &[]);
        assert_eq!((ran.code, ran.err.contains(part)), (2, true), "{part}\n{}", ran.err);
    }
}

#[test]
fn test_document_is_beside_the_file_or_given() {
    let document = r#"{ "version": 1, "windows": [ { "id": "w", "scope": { "entity": "e" },
        "schedule": { "kind": "daily", "clock": "00:00-24:00", "timezone": "UTC" } } ] }"#;
    let named = "version: 1\ndocument: d.json\ntests: [{ subject: e, at: '2026-01-01T00:00:00Z', until: never }]";
    let unnamed = "version: 1\ntests: [{ subject: e, at: '2026-01-01T00:00:00Z', until: never }]";
    let folder = folder("beside", &[("d.json", document), ("a.yaml", named), ("b.yaml", unnamed)]);
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let ran = run(&["test", &path("a.yaml")], b"");
    assert_eq!((ran.code, ran.out.as_str()), (0, "1 passed, 0 failed\n"), "{}", ran.err);
    let ran = run(&["test", &path("b.yaml")], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("document: is missing; name it in the file, or with --file"));
    let ran = run(&["test", &path("a.yaml"), &path("b.yaml"), "--file", &path("d.json")], b"");
    assert_eq!((ran.code, ran.out.as_str()), (0, "2 passed, 0 failed\n"), "{}", ran.err);
}

/// An assertion about an entity that is mistyped may pass: it has a note.
#[test]
fn test_notes_unknown_entities() {
    let text = "\
version: 1
tests:
  - { name: typo, subject: pg-order-1, at: '2026-11-26T21:15:00Z', silenced: false }
  - { subject: pg-orders-1, at: '2026-11-26T21:15:00Z', silenced: true }
  - { subject: { entity: other, groups: [databases] }, at: '2026-11-26T21:15:00Z', silenced: false }
";
    let ran = test("notes", text, &[]);
    let note = "\
note: a.tests.yaml: tests[0] typo
 --> line 3, column 5
  pg-order-1: the document does not name this entity

3 passed, 0 failed
";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, note, ""));
    let ran = test("notes", text, &["--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let notes: Vec<_> = answer["tests"].as_array().unwrap().iter().map(|t| &t["note"]).collect();
    let note = json!("the document does not name this entity");
    assert_eq!(notes, [&note, &Value::Null, &Value::Null]);
}

/// The places of failures are found in one pass: the time was a multiple of half a minute when
/// the file was read again for each.
#[test]
#[allow(clippy::disallowed_methods, reason = "the time is measured")]
fn test_many_failures_take_time_in_proportion() {
    let case = |n: u32| {
        let second = n % 60;
        format!(
            "{{ \"subject\": \"e\", \"at\": \"2026-11-26T21:15:{second:02}Z\", \"silenced\": true }}"
        )
    };
    let cases: Vec<String> = (0..10_000).map(case).collect();
    let text = format!("{{ \"version\": 1, \"tests\": [\n{}\n] }}", cases.join(",\n"));
    let document = r#"{ "version": 1, "windows": [] }"#;
    let folder = folder("many", &[("a.json", &text), ("d.json", document)]);
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let begun = std::time::Instant::now();
    let ran = run(&["test", &path("a.json"), "--file", &path("d.json")], b"");
    assert!(ran.out.ends_with("\n0 passed, 10000 failed\n"), "{}", ran.err);
    assert!(ran.out.contains("tests[9999]\n --> line 10001, column 1\n"));
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
