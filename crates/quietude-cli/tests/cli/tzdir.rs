//! Tests of the option `--tzdir`: zone files of a folder win over the data that
//! are compiled in.
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

const TZDIR: &[&str] = &["--tzdir", "tests/data/zoneinfo-2025b"];

/// Morocco is on UTC since 2026-09-20, but not in the files of the folder, which
/// are of release 2025b.
#[test]
fn tzdir_given_applies_to_check_explain_eval_and_timeline() {
    let file = File::new("every", "Africa/Casablanca");
    let ask = |verb: &str, more: &[&str], input: &[u8]| {
        let args = [&[verb, "--file", file.name()], more].concat();
        (run(&args, input), run(&[&args, TZDIR].concat(), input))
    };
    let at = &["--entity", "a", "--at", "2026-12-01T22:30:00Z"][..];
    let (built_in, in_folder) = ask("check", at, b"");
    assert_eq!((built_in.code, in_folder.code), (0, 1), "{}", in_folder.err);

    let zoned = [at, &["--timezone", "Africa/Casablanca"]].concat();
    let (built_in, in_folder) = ask("check", &zoned, b"");
    assert!(built_in.out.contains("(Tue 1 Dec 2026 22:30 +00:00)"), "{}", built_in.out);
    assert!(in_folder.out.contains("(Tue 1 Dec 2026 23:30 +01:00)"), "{}", in_folder.out);

    let (built_in, in_folder) = ask("explain", at, b"");
    assert!(built_in.out.contains("2026-12-01T23:00:00Z"), "{}", built_in.out);
    assert!(!in_folder.out.contains("2026-12-01T23:00:00Z"), "{}", in_folder.out);

    // 2026-12-01T22:30:00Z.
    let question = br#"{"entity":"a","alert_type":null,"at_ms":[1796164200000]}"#;
    let (built_in, in_folder) = ask("eval", &[], question);
    assert!(built_in.out.contains(r#""silenced":[true]"#), "{}", built_in.out);
    assert!(in_folder.out.contains(r#""silenced":[false]"#), "{}", in_folder.out);

    let days = &["--entity", "a", "--from", "2026-09-19", "--to", "2026-09-22"];
    let (built_in, in_folder) = ask("timeline", days, b"");
    assert!(built_in.out.contains("clocks go back by 1 h"), "{}", built_in.out);
    assert!(!in_folder.out.contains("clocks go back"), "{}", in_folder.out);
}

/// Release 2025b of the tz database has another clock at these instants.
#[test]
fn check_zone_changed_since_2025b_uses_current_rules() {
    for (zone, clock, t, until) in [
        ("America/Vancouver", "22:00-23:00", "2026-11-27T05:30:00Z", "2026-11-27T06:00:00Z"),
        ("America/Edmonton", "22:00-23:00", "2026-11-27T04:30:00Z", "2026-11-27T05:00:00Z"),
        ("America/Winnipeg", "22:00-23:00", "2026-11-27T03:30:00Z", "2026-11-27T04:00:00Z"),
        ("America/Havana", "22:00-23:00", "2026-11-27T02:30:00Z", "2026-11-27T03:00:00Z"),
        ("Africa/Casablanca", "22:00-23:00", "2026-11-27T22:30:00Z", "2026-11-27T23:00:00Z"),
        ("Europe/Chisinau", "02:00-03:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
    ] {
        let file = File::new(&zone.replace('/', "-"), zone);
        let text = std::fs::read_to_string(&file.0).unwrap().replace("22:00-23:00", clock);
        std::fs::write(&file.0, text).unwrap();
        let ran = run(&["check", "--file", file.name(), "--entity", "a", "--at", t], b"");
        assert_eq!(ran.code, 0, "{zone}: {}{}", ran.out, ran.err);
        let line = format!("a is silenced at {t} until {until}");
        assert_eq!(ran.out.lines().next(), Some(line.as_str()), "{zone}");
    }
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
    let (built_in, in_folder) = (import(&[]), import(TZDIR));
    assert!(built_in.out.contains("2026-12-01T22:00:00Z"), "{}{}", built_in.out, built_in.err);
    assert!(in_folder.out.contains("2026-12-01T21:00:00Z"), "{}", in_folder.out);

    let native = File::new("export", "Africa/Casablanca");
    std::fs::write(&native.0, &built_in.out).unwrap();
    let export =
        |more: &[&str]| run(&[&["export"], &zone[..], more, &[native.name()]].concat(), b"");
    let (built_in, in_folder) = (export(&[]), export(TZDIR));
    assert!(built_in.out.contains("\"2026-12-01T22:00\""), "{}{}", built_in.out, built_in.err);
    assert!(in_folder.out.contains("\"2026-12-01T23:00\""), "{}", in_folder.out);
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
