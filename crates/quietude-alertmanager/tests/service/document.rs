//! The document: signals, time zones of a folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use quietude_alertmanager::document::Source;

use super::fake::Fake;
use super::http::{get, post};
use super::program::{
    Folder, Program, arg, document, label, now, run, text, until, until_true, window,
};

const SOON: Duration = Duration::from_secs(10);

fn team(team: &str) -> String {
    let scope = label("team", team);
    document(&[window("a", &scope, now() - 60_000, now() + 3_600_000)])
}

#[test]
fn sighup_reads_a_file_whose_change_is_not_visible() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let x = team("x");
    let file = folder.write("w.json", &x);
    let earlier = SystemTime::now() - Duration::from_secs(60);
    let set_time = || {
        let file = fs::File::options().append(true).open(&file).expect("a file");
        file.set_modified(earlier).expect("set");
    };
    set_time();
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &fake.url(), "--interval", "200ms"];
    let (program, _) = Program::own(&arguments);
    let mutes = |team| fake.mutes(&[("team", team)]);
    until_true("x is muted", SOON, || mutes("x"));

    // The same length and the same time of change. The program does not look meanwhile.
    program.signal("STOP");
    let y = x.replace(r#""x""#, r#""y""#);
    assert!(y.len() == x.len() && y != x);
    fs::write(&file, y).expect("written");
    set_time();
    program.signal("CONT");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(mutes("x") && !mutes("y"), "the file is not read without need");
    program.signal("HUP");
    until_true("y is muted", SOON, || mutes("y") && !mutes("x"));
}

#[test]
fn errors_of_a_document_have_their_places() {
    let folder = Folder::new();
    let wrong = |n: usize| format!("{{ \"id\": \"w{n}\", \"scope\": 7, \"schedule\": 7 }}");
    let windows: Vec<String> = (0..4).map(wrong).collect();
    let file = folder.write("w.json", &document(&[windows.join(",\n")]));
    let (code, _, text) = run("bridge", &file, "http://localhost:1", &[]);
    assert!(code == Some(2) && text.ends_with("; and 3 more\n"), "{text}");
    assert!(text.contains("w.json: line 1, column 53: window `w0`: scope: "), "{text}");
    assert!(text.contains("; line 3, column 24: window `w2`: scope: "), "{text}");
}

/// A YAML document with a window for alerts of a team, which is active now.
fn yaml(team: &str) -> String {
    yaml_of(&[team], now())
}

/// A YAML document with a window for alerts of each team, which is active at an instant.
fn yaml_of(teams: &[&str], at: i64) -> String {
    let (start, end) = (text(at - 60_000), text(at + 3_600_000));
    let window = |team: &&str| {
        format!(
            "  - id: {team}\n    scope: {{ attribute: {{ name: team, equals: {team} }} }}\n    \
             schedule: {{ kind: once, start: {start}, end: {end} }}\n"
        )
    };
    let windows: String = teams.iter().map(window).collect();
    format!("# Maintenance.\nversion: 1\nwindows:\n{windows}")
}

#[test]
fn yaml_file_in_the_bridge_is_followed_and_a_wrong_one_refused() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let mutes = |team| fake.mutes(&[("team", team)]);
    // Without an extension, the text decides.
    let file = folder.write("windows", &team("x"));
    let arguments =
        ["bridge", "--file", arg(&file), "--alertmanager", &fake.url(), "--interval", "200ms"];
    let (program, address) = Program::own(&arguments);
    until_true("x is muted", SOON, || mutes("x"));
    folder.write("windows", &yaml("y"));
    until_true("y is muted", SOON, || mutes("y") && !mutes("x"));

    let wrong = yaml("z") + "    tags: { a: b, a: c }\n";
    folder.write("windows", &wrong);
    let message = "windows: line 7, column 19: YAML: the key \"a\" is repeated; revision 2 stays";
    until_true("it is refused", SOON, || program.log().contains(message));
    let wrong = yaml("z").replace("attribute", "atribute");
    folder.write("windows", &wrong);
    program.signal("HUP");
    let message = "windows: line 5, column 14: window `z`: scope.atribute: is not a scope: ";
    until_true("it is refused", SOON, || program.log().contains(message));
    let log = program.log();
    let line = log.lines().find(|line| line.contains(message)).expect("a line");
    assert!(line.ends_with("; did you mean attribute?; revision 2 stays in use"), "{line}");
    let valid = || {
        let metrics = get(address, "/metrics").expect("metrics").1;
        metrics.contains("\nquietude_document_valid 1\n")
    };
    assert!(!valid() && mutes("y") && !mutes("z"));

    folder.write("windows", &yaml("z"));
    until_true("z is muted", SOON, || mutes("z") && !mutes("y"));
    assert!(valid());
}

#[test]
fn yaml_file_in_the_proxy_marks_what_it_silences() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let file = folder.write("w.yml", &yaml("x"));
    let (program, address) =
        Program::own(&["proxy", "--file", arg(&file), "--alertmanager", &fake.url()]);
    let send = |team: &str| {
        let alert = format!(
            r#"[{{ "labels": {{ "alertname": "a", "team": "{team}" }}, "endsAt": "{}" }}]"#,
            text(now() + 60_000)
        );
        assert_eq!(post(address, "/api/v2/alerts", alert.as_bytes()).expect("an answer").0, 200);
    };
    let silenced_by = |team: &str| {
        let alerts = fake.alerts();
        let newest = alerts.iter().rev().find(|alert| alert["labels"]["team"] == team)?;
        Some(newest["annotations"]["silenced_by"].as_str().unwrap_or("nothing").to_owned())
    };
    send("x");
    send("y");
    assert_eq!(until("x arrives", SOON, || silenced_by("x")), "x");
    assert_eq!(until("y arrives", SOON, || silenced_by("y")), "nothing");
    // With a signal, the file is used at the first look.
    folder.write("w.yml", &yaml("y"));
    program.signal("HUP");
    until_true("it is read", SOON, || program.log().contains("w.yml: read, 1 windows, revision 2"));
    send("y");
    until_true("y is marked", SOON, || silenced_by("y").is_some_and(|by| by == "y"));
}

#[test]
fn yaml_beyond_a_limit_is_refused_and_the_document_before_stays() {
    let folder = Folder::new();
    let file = folder.write("w.yaml", &yaml("x"));
    let mut source = Source::open(&file, None).expect("a document");
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..20 {
        let alias = format!("*a{}, ", n - 1).repeat(10);
        aliases += &format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(", "));
    }
    let deep = |depth| format!("{}a: {}", yaml("x"), "[".repeat(depth));
    let steps: String = (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    for (text, message) in [
        (aliases, "the aliases stand for more than 16777216 bytes"),
        (deep(200), "line 7, column 130: YAML: nests more than 127 levels deep"),
        (deep(100_000), "YAML: recursion limit exceeded"),
        (steps, "line 128, column 128: YAML: nests more than 127 levels deep"),
        (yaml("x").replace("id: x", "id: *x"), "line 4, column 9: YAML: "),
        (yaml("x") + "---\n" + &yaml("y"), "YAML: a second document begins; only one is read"),
        (String::new(), "line 1, column 1: "),
        ("\0".to_owned(), "line 1, column "),
    ] {
        folder.write("w.yaml", &text);
        let error = source.read(true).expect_err("refused").to_string();
        assert!(error.contains("w.yaml: line ") && error.contains(message), "{error}");
        let snapshot = source.snapshot();
        assert_eq!((snapshot.revision, snapshot.registry.len()), (1, 1));
    }
    folder.write("w.yaml", &yaml("y"));
    assert!(source.read(true).expect("a document"));
}

/// What is half written in place is a document without the last windows.
#[test]
fn yaml_that_changes_is_used_when_two_looks_find_the_same() {
    let folder = Folder::new();
    let at = now();
    let (half, whole) = (yaml_of(&["x"], at), yaml_of(&["x", "y"], at));
    assert!(whole.starts_with(&half));
    let file = folder.write("w.yaml", &whole);
    let mut source = Source::open(&file, None).expect("a document");
    let mut look = || {
        let is_new = source.read(false).expect("a document");
        (is_new, source.snapshot().registry.len())
    };
    assert_eq!(look(), (false, 2));
    fs::write(&file, &half).expect("written");
    assert_eq!(look(), (false, 2));
    let more = whole.clone() + "# More.\n";
    fs::write(&file, &more).expect("written");
    assert_eq!((look(), look()), ((false, 2), (false, 2)));
    // What was seen before the text in use counts as new again.
    fs::write(&file, &half).expect("written");
    assert_eq!(look(), (false, 2));
    fs::write(&file, &more).expect("written");
    assert_eq!(look(), (false, 2));
    fs::write(&file, &half).expect("written");
    assert_eq!((look(), look(), look()), ((false, 2), (true, 1), (false, 1)));
}

#[test]
fn tzdir_zones_are_those_of_the_folder() {
    let (fake, folder) = (Fake::start(), Folder::new());
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/zoneinfo");
    fs::create_dir_all(folder.path("zones/Own")).expect("a folder");
    let own = folder.path("zones/Own/Zone");
    // Thirteen hours ahead of UTC.
    fs::copy(Path::new(data).join("Pacific/Apia"), own).expect("a zone");
    let zones = folder.path("zones");
    let dry_run = |zone: &str, extra: &[&str]| {
        let text = format!(
            r#"{{ "version": 1, "windows": [ {{ "id": "a", "scope": {},
                "schedule": {{ "kind": "daily", "clock": "12:00-13:00", "timezone": "{zone}" }} }} ] }}"#,
            label("team", "x")
        );
        let file = folder.write("w.json", &text);
        let (code, output, errors) =
            run("bridge", &file, &fake.url(), &[&["--dry-run"], extra].concat());
        (code, output + &errors)
    };
    let tzdir = ["--tzdir", arg(&zones)];
    let (code, text) = dry_run("Own/Zone", &tzdir);
    assert!(code == Some(0) && text.contains("T23:00:00Z to "), "{text}");
    let (code, text) = dry_run("Own/Zone", &[]);
    assert!(code == Some(2) && text.contains("Own/Zone"), "{text}");
    let (code, text) = dry_run("Europe/Berlin", &tzdir);
    assert!(code == Some(2) && text.contains("zones/Europe/Berlin: No such file"), "{text}");
    let (code, text) = dry_run("../zones/Own/Zone", &tzdir);
    assert!(code == Some(2) && text.contains("is not the name of a zone"), "{text}");
}
