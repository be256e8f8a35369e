//! Tests of the option `--tzdir`: time zones from the files of a folder.
use super::*;

/// A temporary document, deleted at the end of the test.
struct File(PathBuf);

impl File {
    fn new(test: &str, zone: &str) -> Self {
        let text = format!(
            r#"{{ "version": 1, "windows": [ {{ "id": "w", "scope": {{ "entity": "a" }}, "schedule":
                {{ "kind": "daily", "clock": "22:00-23:00", "timezone": "{zone}" }} }} ] }}"#
        );
        let name = format!("quietude-tzdir-{}-{test}.json", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        std::fs::write(&file.0, text).unwrap();
        file
    }

    fn name(&self) -> &str {
        self.0.to_str().expect("it is UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

const TZDIR: &[&str] = &["--tzdir", "tests/data/zoneinfo"];

/// Morocco is on UTC since 2026-09-20 in the files of the folder (release 2026f),
/// but not in the built-in data.
#[test]
fn tzdir_given_applies_to_check_explain_eval_and_timeline() {
    let file = File::new("every", "Africa/Casablanca");
    let ask = |command: &str, more: &[&str], input: &[u8]| {
        let args = [&[command, "--file", file.name()], more].concat();
        (run(&args, input), run(&[&args, TZDIR].concat(), input))
    };
    let at = &["--entity", "a", "--at", "2026-12-01T22:30:00Z"][..];
    let (built_in, from_dir) = ask("check", at, b"");
    assert_eq!((built_in.code, from_dir.code), (1, 0), "{}", from_dir.err);

    let zoned = [at, &["--timezone", "Africa/Casablanca"]].concat();
    let (built_in, from_dir) = ask("check", &zoned, b"");
    assert!(built_in.out.contains("(Tue 1 Dec 2026 23:30 +01:00)"), "{}", built_in.out);
    assert!(from_dir.out.contains("(Tue 1 Dec 2026 22:30 +00:00)"), "{}", from_dir.out);

    let (built_in, from_dir) = ask("explain", at, b"");
    assert!(!built_in.out.contains("2026-12-01T23:00:00Z"), "{}", built_in.out);
    assert!(from_dir.out.contains("2026-12-01T23:00:00Z"), "{}", from_dir.out);

    // 2026-12-01T22:30:00Z.
    let question = br#"{"entity":"a","alert_type":null,"at_ms":[1796164200000]}"#;
    let (built_in, from_dir) = ask("eval", &[], question);
    assert!(built_in.out.contains(r#""silenced":[false]"#), "{}", built_in.out);
    assert!(from_dir.out.contains(r#""silenced":[true]"#), "{}", from_dir.out);

    let days = &["--entity", "a", "--from", "2026-09-19", "--to", "2026-09-22"];
    let (built_in, from_dir) = ask("timeline", days, b"");
    assert!(!built_in.out.contains("clocks go back"), "{}", built_in.out);
    assert!(from_dir.out.contains("clocks go back by 1 h"), "{}", from_dir.out);
}

/// The zone of an Uptrends account is read from the folder.
#[test]
fn tzdir_given_applies_to_import_and_export() {
    let zone = &["--dialect", "uptrends", "--timezone", "Africa/Casablanca"];
    let text = r#"[ { "Id": 1, "ScheduleMode": "OneTime", "StartDateTime": "2026-12-01T22:00:00",
        "EndDateTime": "2026-12-01T23:00:00", "MaintenanceType": "DisableMonitoring" } ]"#;
    let period = File::new("import", "UTC");
    std::fs::write(&period.0, text).unwrap();
    let import =
        |more: &[&str]| run(&[&["import"], &zone[..], more, &[period.name()]].concat(), b"");
    let (built_in, from_dir) = (import(&[]), import(TZDIR));
    assert!(built_in.out.contains("2026-12-01T21:00:00Z"), "{}{}", built_in.out, built_in.err);
    assert!(from_dir.out.contains("2026-12-01T22:00:00Z"), "{}", from_dir.out);

    let native = File::new("export", "Africa/Casablanca");
    std::fs::write(&native.0, &from_dir.out).unwrap();
    let export =
        |more: &[&str]| run(&[&["export"], &zone[..], more, &[native.name()]].concat(), b"");
    let (built_in, from_dir) = (export(&[]), export(TZDIR));
    assert!(built_in.out.contains("\"2026-12-01T23:00\""), "{}{}", built_in.out, built_in.err);
    assert!(from_dir.out.contains("\"2026-12-01T22:00\""), "{}", from_dir.out);
}

#[test]
fn tzdir_unsafe_zone_name_is_an_error() {
    for name in [
        "../fleet.json",
        "/etc/localtime",
        "Europe/../UTC",
        "Europe//Berlin",
        "",
        ".",
        "a\\\\b",
        "UTC/",
    ] {
        let file = File::new("names", name);
        let at = ["--entity", "a", "--at", "2026-12-01T22:30:00Z"];
        let ran = run(&[&["check", "--file", file.name()], &at[..], TZDIR].concat(), b"");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}");
        let message = "window `w`: schedule.timezone: ";
        assert!(ran.err.contains(message), "{}", ran.err);
        assert!(
            ran.err.contains("is not the name of a zone, such as Europe/Berlin"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn tzdir_missing_zone_is_an_error() {
    let check = |zone: &str, folder: &str| {
        let file = File::new("lacks", zone);
        let args = ["check", "--file", file.name(), "--entity", "a", "--tzdir", folder];
        let ran = run(&args, b"");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        ran.err
    };
    // Europe/Paris is built in, but only the folder is searched.
    let error = check("Europe/Paris", "tests/data/zoneinfo");
    assert!(error.contains("schedule.timezone: tests/data/zoneinfo/Europe/Paris: "), "{error}");
    let error = check("Europe", "tests/data/zoneinfo");
    assert!(error.contains("schedule.timezone: tests/data/zoneinfo/Europe: "), "{error}");
    let error = check("src", ".");
    assert!(error.contains("schedule.timezone: ./src: "), "{error}");
    let error = check("LICENSE-MIT", "tests/data/no-such-folder");
    assert!(error.contains("tests/data/no-such-folder/LICENSE-MIT: "), "{error}");
    let ran = fleet("check", &[&["--entity", "a", "--timezone", "Mars/Olympus"], TZDIR].concat());
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
}
