//! Tests of `import --format` and `export --format`.
use super::*;

/// Writes a temporary file and returns its path.
fn file(name: &str, text: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    path
}

const SAMPLES: &str = "crates/quietude-formats/tests/data";

fn import(more: &[&str], path: &str) -> RunOutput {
    run(&[&["import"], more, &[path]].concat(), b"")
}

/// The exit code of `check` for an alert.
fn check(path: &str, labels: &[&str], at: &str) -> i32 {
    let labels = labels.iter().flat_map(|label| ["--label", label]);
    let args: Vec<&str> = ["check", "--file", path, "--at", at].into_iter().chain(labels).collect();
    run(&args, b"").code
}

#[test]
fn alertmanager_configuration_is_imported_and_evaluated() {
    let ran = import(&["--format", "alertmanager"], &format!("{SAMPLES}/alertmanager/sample.yml"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.err,
        "note: inhibit_rules: 1 rules mute alerts while others fire, which is no matter of time\n"
    );
    let path = file("alertmanager.json", &ran.out);
    // A Saturday in June, and the Friday before.
    assert_eq!(check(&path, &["team=db"], "2026-06-06T10:00:00Z"), 0);
    assert_eq!(check(&path, &["team=db"], "2026-06-05T10:00:00Z"), 1);
    assert_eq!(check(&path, &["team=db", "severity=critical"], "2026-06-06T10:00:00Z"), 1);
    assert_eq!(check(&path, &["service=foo1"], "2026-06-05T06:59:59Z"), 0);
    assert_eq!(check(&path, &["service=foo1"], "2026-06-05T07:00:00Z"), 1);
}

#[test]
fn local_zone_is_an_option() {
    let text = "route: { receiver: r, routes: [{ matchers: [a=b], mute_time_intervals: [t] }] }\n\
        time_intervals: [{ name: t, time_intervals: [{ location: Local, times: [{ start_time: 09:00, end_time: 10:00 }] }] }]\n";
    let path = file("local.yml", text);
    let ran = import(&["--format", "alertmanager"], &path);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(
        ran.err.starts_with(&format!("error: {path}: time_intervals[0]"))
            && ran.err.contains("; the option `--timezone` must name it\n")
            && ran.err.contains("\n  --> line 2, column 58\n"),
        "{}",
        ran.err
    );
    let ran = import(&["--format", "alertmanager", "--timezone", "Asia/Tokyo"], &path);
    let native = file("local.json", &ran.out);
    assert_eq!(check(&native, &["a=b"], "2026-06-06T00:30:00Z"), 0);
    assert_eq!(check(&native, &["a=b"], "2026-06-06T09:30:00Z"), 1);
}

#[test]
fn floating_times_of_a_calendar_need_the_option_timezone() {
    let event = "BEGIN:VEVENT\nUID:e\nDTSTART:20260601T100000\nDURATION:PT1H\nEND:VEVENT";
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{event}\nEND:VCALENDAR\n");
    let path = file("floating.ics", &text);
    let ran = import(&["--format", "ics"], &path);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    let message =
        "20260601T100000 has no zone; give the option `--timezone`, such as Europe/Berlin\n";
    assert!(ran.err.contains(message), "{}", ran.err);
    assert_eq!(import(&["--format", "ics", "--timezone", "Asia/Tokyo"], &path).code, 0);
}

#[test]
fn zones_of_a_folder_are_used() {
    let text = "muteTimes: [{ name: t, time_intervals: [{ location: Europe/Berlin }] }]";
    let path = file("grafana.yml", text);
    assert_eq!(import(&["--format", "grafana"], &path).code, 0);
    let empty = env!("CARGO_TARGET_TMPDIR");
    let ran = import(&["--format", "grafana", "--tzdir", empty], &path);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("line 1, column 53") && ran.err.contains(empty), "{}", ran.err);
}

#[test]
fn silences_go_out_and_come_back() {
    let ran =
        import(&["--format", "alertmanager"], &format!("{SAMPLES}/alertmanager/silences.json"));
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
    let native = file("silences.json", &ran.out);
    let args = [
        "export",
        "--format",
        "alertmanager",
        "--from",
        "2026-06-01",
        "--to",
        "2026-07-01",
        &native,
    ];
    let exported = run(&args, b"");
    assert_eq!((exported.code, &*exported.err), (0, ""));
    let silences: Value = serde_json::from_str(&exported.out).expect("it writes JSON");
    assert_eq!(silences.as_array().map(Vec::len), Some(1));
    assert_eq!(silences[0]["endsAt"], "2026-06-06T21:00:00.000999999Z");
    let again = import(&["--format", "alertmanager"], &file("exported.json", &exported.out));
    let again = file("again.json", &again.out);
    for (at, expected) in [
        ("2026-06-06T19:00:00.123Z", 1),
        ("2026-06-06T19:00:00.124Z", 0),
        ("2026-06-06T21:00:00Z", 0),
        ("2026-06-06T21:00:00.001Z", 1),
    ] {
        for path in [&native, &again] {
            assert_eq!(check(path, &["alertname=DiskFull", "instance=db-7"], at), expected, "{at}");
        }
    }
    // Outside of the horizon there are none.
    let args = [
        "export",
        "--format",
        "alertmanager",
        "--from",
        "2026-07-01T00:00:00Z",
        "--to",
        "2026-08-01",
        "--timezone",
        "Asia/Tokyo",
        &native,
    ];
    assert_eq!(run(&args, b"").out, "[]\n");
}

#[test]
fn options_are_checked() {
    for (args, expected) in [
        (&["import", "x"][..], "<--dialect <DIALECT>|--format <NAME>>"),
        (&["import", "--dialect", "virtana", "--format", "ics", "x"], "cannot be used with"),
        (
            &["import", "--format", "alertmanger", "x"],
            "\"alertmanger\" is no format; allowed are alertmanager, grafana, ics, cron, icinga2, nagios, zabbix",
        ),
        (
            &["import", "--format", "cron", "--duration", "1y", "x"],
            "it is not a number with a unit: 90s, 30m, 2h or 1d",
        ),
        (&["import", "--format", "cron", "--duration", "0s", "x"], "it is zero, or too long"),
        (&["import", "--dialect", "virtana", "--calendar", "c", "x"], "--calendar"),
        (&["import", "--format", "ics", "--monitor", "c", "x"], "--monitor"),
        (&["export", "--format", "alertmanager", "--from", "2026-06-01", "x"], "--to <TIME>"),
        (
            &["export", "--dialect", "virtana", "--from", "2026-06-01", "--to", "2026-07-01", "x"],
            "--from",
        ),
        (
            &["export", "--format", "alertmanager", "tests/data/fleet.json"],
            "error: --from and --to must give the horizon of the export\n",
        ),
        (
            &[
                "export",
                "--format",
                "alertmanager",
                "--from",
                "2026-07-01",
                "--to",
                "2026-06-01",
                "tests/data/fleet.json",
            ],
            "error: --from and --to: ",
        ),
        (
            &["export", "--format", "grafana", "tests/data/fleet.json"],
            "error: tests/data/fleet.json: grafana is not written\n",
        ),
        (&["import", "--format", "grafana", "none.yml"], "error: none.yml: "),
    ] {
        let ran = run(args, b"");
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}
