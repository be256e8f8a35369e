//! Tests of how a document is read: JSON and YAML, and errors with the line of the text.
use super::*;

/// A temporary file, deleted at the end of the test.
pub(crate) struct File(PathBuf);

impl File {
    /// A file whose name ends in `name`.
    pub(crate) fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("quietude-{}-{count}-{name}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        std::fs::write(&file.0, text).unwrap();
        file
    }

    pub(crate) fn name(&self) -> &str {
        self.0.to_str().expect("it is UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

/// Five services, as one writes them by hand.
pub(crate) const SERVICES: &str = include_str!("../data/shop.yaml");

/// Runs `check` on a document with this name and text.
fn check(name: &str, text: impl AsRef<[u8]>) -> (RunOutput, File) {
    let file = File::new(name, text);
    let args = ["--entity", "shop", "--at", "2026-11-26T05:15:00Z"];
    (run(&[&["check", "--file", file.name()], &args[..]].concat(), b""), file)
}

#[test]
fn yaml_document_has_the_answers_of_json() {
    let file = File::new("services.yaml", SERVICES);
    let json = run(&["fmt", "--file", file.name(), "--to", "json"], b"");
    assert_eq!((json.code, json.err.as_str()), (0, ""));
    let same = File::new("services.json", &json.out);
    for args in [
        &["check", "--entity", "orders-db", "--at", "2026-11-26T22:15:00Z"][..],
        &["check", "--entity", "mail", "--at", "2026-11-28T22:15:00Z", "--json"],
        &["explain", "--entity", "shop", "--at", "2026-11-26T05:15:00Z"],
        &["list", "--at", "2026-11-26T05:15:00Z"],
        &["report", "--from", "2026-11-01", "--to", "2026-12-01"],
        &["timeline", "--entity", "shop", "--from", "2026-11-24", "--to", "2026-11-27"],
    ] {
        let answer = |file: &File| run(&[args, &["--file", file.name()]].concat(), b"");
        let (yaml, json) = (answer(&file), answer(&same));
        assert_eq!((yaml.code, &yaml.out), (json.code, &json.out), "{args:?}{}", yaml.err);
        assert!(!yaml.out.is_empty() && yaml.err.is_empty());
    }
    // From standard input, the beginning tells.
    for text in [SERVICES, &json.out] {
        let args = ["check", "--file", "-", "--entity", "shop", "--at", "2026-11-26T05:15:00Z"];
        assert_eq!(run(&args, text.as_bytes()).code, 0);
    }
}

#[test]
fn yaml_fleet_equals_json_fleet() {
    let yaml = run(&["fmt", "--file", "tests/data/fleet.json", "--to", "yaml"], b"");
    let file = File::new("fleet.yml", &yaml.out);
    let back = run(&["fmt", "--file", file.name(), "--to", "json"], b"");
    let json = run(&["fmt", "--file", "tests/data/fleet.json"], b"");
    assert_eq!((back.code, back.err.as_str()), (0, ""));
    assert_eq!(back.out, json.out);
}

/// Several errors, each with its line, in the text that the user wrote.
#[test]
fn document_errors_are_all_shown_with_line_and_mark() {
    let text = SERVICES
        .replace("kind: daily", "kind: dayly")
        .replace("[tuesday, thursday]", "[tuesday, thorsday]")
        .replace("2026-11-29T04:00:00Z", "2026-11-27T04:00:00Z")
        .replace("    name: Nightly backup\n", "    label: Nightly backup\n");
    let (ran, file) = check("errors.yaml", &text);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let expected = |line: &str| assert!(ran.err.contains(line), "{line}\n{}", ran.err);
    let name = file.name();
    expected(&format!("error: {name}: window `nightly-backup`: label: is not a field"));
    expected("  --> line 12, column 5\n    |\n 12 |     label: Nightly backup\n    |     ^^^^^\n");
    expected("window `nightly-backup`: schedule.kind: ");
    expected("\n 14 |       kind: dayly\n    |             ^^^^^\n");
    expected("window `shop-deploy`: schedule.weekdays[1]: ");
    expected(
        "\n 23 |       weekdays: [tuesday, thorsday]\n    |                           ^^^^^^^^\n",
    );
    expected("window `mail-move`: schedule.end: ");
    expected(" 36 |       end: 2026-11-27T04:00:00Z\n    |            ^^^^^^^^^^^^^^^^^^^^\n");
    expected(&format!("\n4 errors in {name}\n"));

    let (ran, _) = check("errors.json", r#"{ "version": 2, "windows": [ { "id": 7 } ] }"#);
    assert!(ran.err.contains(" 1 | { \"version\": 2, \"windows\""), "{}", ran.err);
    assert!(ran.err.contains("\n   |              ^\n"), "{}", ran.err);
}

/// A field that does not exist is shown by its name, in JSON, too.
#[test]
fn unknown_field_is_shown_by_its_name() {
    let text = "{ \"version\": 1,\n  \"windows\": [ { \"id\": \"w\",\n    \"scpoe\" :\n      { \"entity\": \"a\" },\n \
                \"scope\": { \"entitiy\": \"a\" },\n    \"schedule\": { \"kind\": \"once\", \"start\": \
                \"2026-01-01T00:00:00Z\" } } ] }";
    let (ran, _) = check("names.json", text);
    assert!(ran.err.contains(" 3 |     \"scpoe\" :\n   |     ^^^^^^^\n"), "{}", ran.err);
    let shown = " 5 |  \"scope\": { \"entitiy\": \"a\" },\n   |             ^^^^^^^^^\n";
    assert!(ran.err.contains(shown), "{}", ran.err);
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let padding = "x".repeat(5000);
    let text = format!(
        r#"{{ "version": 1, "windows": [ {{ "id": "{padding}", "scope": "all" }}, {{ "id": "w", "name": "{padding}", "scope": 7, "schedule": {{ "a": "{padding}" }} }} ] }}"#
    );
    let (ran, _) = check("long.json", text);
    let mut shown = ran.err.lines().filter(|line| line.starts_with(' '));
    assert!(shown.all(|line| line.chars().count() < 120), "{}", ran.err);
    assert!(ran.err.contains("xxx\", \"scope\": 7, \"schedule\""), "{}", ran.err);
}

#[test]
fn yaml_mistakes_have_place_and_message() {
    for (text, place, message) in [
        ("version: 1\nwindows: [", (2, 11), "YAML: "),
        ("version: 1\nversion: 1\nwindows: []", (2, 1), "the key \"version\" is repeated"),
        ("version: 1\nwindows: []\n---\nversion: 1", (3, 1), "a second document begins"),
        ("version: !mine 1\nwindows: []", (1, 10), "the tag !mine is not read"),
        ("version: 1\nwindows:\n  - &w { <<: *w }", (3, 10), "merge keys"),
        ("version: 1\nwindows: &w [ *w ]", (2, 15), "an alias is inside of the value"),
        ("version: 1\nwindows: [ *w ]", (2, 12), "YAML: "),
        ("version: 1\n? [a]\n: 1", (2, 3), "a key is not text"),
        ("version: 1\nwindows: 7", (2, 10), "windows: 7 is not a list of windows"),
        ("", (1, 1), "the text is empty; it must be a document"),
        ("version: 1\nwindows: [ { id: 12 } ]", (2, 18), "12 is not a string; in quotes it is"),
        (
            "version: 1\nwindows: [ { id: w, enabled: yes } ]",
            (2, 30),
            "\"yes\" is not true or false",
        ),
    ] {
        let (ran, _) = check("mistake.yaml", text);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{text}");
        let place = format!("--> line {}, column {}\n", place.0, place.1);
        assert!(ran.err.contains(&place), "{text}\n{}", ran.err);
        assert!(ran.err.contains(message), "{text}\n{}", ran.err);
    }
}

/// Scalars have the types of YAML 1.2: no sexagesimal numbers, no `on`.
#[test]
fn yaml_scalars_are_read_as_in_yaml_1_2() {
    let text = |value: &str| {
        format!(
            "version: 1\nwindows: [{{ id: w, tags: {{ a: {value} }}, scope: everything, \
                 schedule: {{ kind: daily, clock: 22:00-23:00, timezone: UTC }} }}]"
        )
    };
    for (value, read) in [
        ("on", Some("on")),
        ("22:00", Some("22:00")),
        ("2026-01-01", Some("2026-01-01")),
        ("'7'", Some("7")),
        ("!!str 7", Some("7")),
        ("\"a\\u00fc\"", Some("aü")),
        ("-", None),
        ("7", None),
        ("0x1F", None),
        ("+.5e3", None),
        ("~", None),
        ("true", None),
    ] {
        let file = File::new("scalar.yaml", text(value));
        let ran = run(&["fmt", "--file", file.name(), "--to", "json"], b"");
        match read {
            None => assert_eq!(ran.code, 2, "{value}: {}", ran.out),
            Some(read) => {
                let json: Value = serde_json::from_str(&ran.out).expect(&ran.err);
                assert_eq!(json["windows"][0]["tags"]["a"], json!(read), "{value}");
            }
        }
    }
}

#[test]
fn yaml_aliases_are_copied_and_bounded() {
    let text = "version: 1\nwindows:\n  - { id: a, scope: &s { entity: shop }, schedule: &t { kind: \
                daily, clock: 06:00-07:00, timezone: Europe/Paris } }\n  - { id: b, scope: *s, \
                schedule: *t }\n";
    let (ran, _) = check("alias.yaml", text);
    assert!(ran.code == 0 && ran.out.contains("  by      a\n"), "{}{}", ran.out, ran.err);
    // An error in an alias is shown where the value is.
    let (ran, _) = check("alias.yaml", text.replace("06:00-07:00", "6-7"));
    assert_eq!(ran.err.matches("--> line 3, column 77").count(), 2, "{}", ran.err);

    let mut bomb = String::from("a0: &a0 [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n");
    for level in 1..40 {
        let alias = format!("*a{}, ", level - 1).repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    let (ran, _) = check("bomb.yaml", bomb);
    assert!(ran.err.contains("the aliases stand for more than 16777216 bytes"), "{}", ran.err);
    // The parser has a limit for brackets.
    let (ran, _) = check("deep.yaml", "[".repeat(100_000));
    assert!(ran.err.contains("YAML: recursion limit exceeded"), "{}", ran.err);
    let (ran, _) = check("deep.yaml", "- ".repeat(100_000));
    assert!(ran.err.contains("nests more than 127 levels deep"), "{}", ran.err);
}

#[test]
fn file_that_is_no_text_is_an_error() {
    let (ran, file) = check("latin.json", b"{ \"version\": 1,\n  \"name\": \"\xfc\" }");
    assert_eq!(ran.err, format!("error: {}: line 2, column 12: it is not UTF-8\n", file.name()));
    let ran = run(&["check", "--file", "tests", "--entity", "a"], b"");
    assert!(ran.err.starts_with("error: tests: "), "{}", ran.err);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1));
    // A byte order mark is not part of the text.
    let (ran, _) = check("bom.json", "\u{feff}{ \"version\": 1, \"windows\": [] }");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
}

/// What does not end is read up to the limit.
#[test]
#[cfg(unix)]
fn endless_file_ends_at_the_limit() {
    let ran = run(&["check", "--file", "/dev/zero", "--entity", "a"], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("bytes are more than 268435456"), "{}", ran.err);
}
