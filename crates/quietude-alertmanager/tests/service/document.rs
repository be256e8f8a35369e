//! The document: signals, time zones of a folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::fake::Fake;
use super::program::{Folder, Program, arg, document, label, now, run, until_true, window};

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

#[test]
fn yaml_is_refused_with_the_command_that_makes_json() {
    let folder = Folder::new();
    let file = folder.write("w.yaml", "version: 1\nwindows: []\n");
    let (code, _, text) = run("proxy", &file, "http://localhost:1", &[]);
    let command = format!("`quietude fmt --to json --file {}`", file.display());
    assert!(code == Some(2) && text.contains(&command), "{text}");
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
