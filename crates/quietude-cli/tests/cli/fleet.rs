//! Tests of `list`, `preview`, `check --alert`, `completions`, and of options that several
//! commands have.
use super::documents::{File, SERVICES};
use super::*;

const AT: &[&str] = &["--at", "2026-11-26T21:15:00Z"];

fn list(more: &[&str]) -> RunOutput {
    fleet("list", &[AT, more].concat())
}

#[test]
fn list_windows_by_state() {
    let ran = list(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for line in [
        "active at 2026-11-26T21:15:00Z (9)\n",
        "\n  par-nightly-backup  until 2026-11-27T01:00:00Z, in 3 h 45 min   notifications\n",
        "\n  syd-nas-retired     forever                                     monitoring\n",
        "\nupcoming within 1 d (18)\n",
        "\n  cart-compaction      from 2026-11-26T22:26:00Z, in 1 h 11 min      for 5 min       notifications\n",
        "\nover (5)\n",
        "\n  gru-fibre             ended 2026-11-26T06:10:00Z  closed\n",
        "\n24 of 57 windows begin later; disabled: 1\n",
    ] {
        assert!(ran.out.contains(line), "{line}{}", ran.out);
    }
    let soon = list(&["--within", "90m", "--state", "upcoming"]);
    assert_eq!(
        soon.out,
        "upcoming within 1 h 30 min (1)\n  cart-compaction  from 2026-11-26T22:26:00Z, in 1 h 11 min  \
         for 5 min  notifications\n\n41 of 57 windows begin later; disabled: 1\n"
    );
}

/// Every state of `list` is that of the library.
#[test]
fn list_json_agrees_with_the_library() {
    let answer: Value = serde_json::from_str(&list(&["--json"]).out).unwrap();
    let document = quietude::Document::from_json(&read("tests/data/fleet.json")).unwrap();
    let at = "2026-11-26T21:15:00Z".parse().unwrap();
    let ids = |name: &str| -> Vec<&str> {
        answer[name].as_array().unwrap().iter().map(|w| w["id"].as_str().unwrap()).collect()
    };
    let (active, upcoming, over) = (ids("active"), ids("upcoming"), ids("over"));
    let day_later = "2026-11-27T21:15:00Z".parse().unwrap();
    let (mut later, mut disabled) = (0, 0);
    for window in document.registry.iter() {
        let id = window.id().as_str();
        assert_eq!(active.contains(&id), window.is_active(at), "{id}");
        let next = window.next_occurrence(at);
        let is_over = window.is_enabled() && !window.is_active(at) && next.is_none();
        assert_eq!(over.contains(&id), is_over, "{id}");
        let begins = next.is_some_and(|next| next.start() < day_later);
        assert_eq!(upcoming.contains(&id), begins && !window.is_active(at), "{id}");
        disabled += i32::from(!window.is_enabled());
        let is_listed = active.contains(&id) || upcoming.contains(&id) || is_over;
        later += i32::from(window.is_enabled() && !is_listed);
    }
    assert_eq!((&answer["later"], &answer["disabled"]), (&json!(later), &json!(disabled)));
}

#[test]
fn list_entities_agrees_with_check() {
    let answer: Value = serde_json::from_str(&list(&["--by", "entity", "--json"]).out).unwrap();
    let check = |entity: &str| -> Value {
        let args = [AT, &["--entity", entity, "--json"]].concat();
        serde_json::from_str(&fleet("check", &args).out).unwrap()
    };
    let active = answer["active"].as_array().unwrap();
    assert_eq!(active.len(), 11);
    for row in active {
        let checked = check(row["entity"].as_str().unwrap());
        assert_eq!(row["until"], checked["until"]);
        let by: Vec<_> = checked["by"].as_array().unwrap().iter().map(|w| &w["id"]).collect();
        assert_eq!(row["by"].as_array().unwrap().iter().collect::<Vec<_>>(), by);
    }
    for row in answer["upcoming"].as_array().unwrap() {
        let checked = check(row["entity"].as_str().unwrap());
        assert_eq!(checked["silenced"], json!(false));
        assert_eq!(
            (&row["start"], &row["end"]),
            (&checked["next"]["start"], &checked["next"]["end"])
        );
    }
    let text = list(&["--by", "entity"]).out;
    assert!(text.contains("\n  db-7           until 2026-11-27T01:00:00Z, in 3 h 45 min   by par-nightly-backup, fra-db7-reindex\n"), "{text}");
}

#[test]
fn preview_add_names_entities_times_and_windows() {
    let window = File::new(
        "window.yaml",
        "id: disk-swap\nscope: { entity: fra1 }\neffect: monitoring\nschedule:\n  kind: daily\n  \
         clock: 09:00-10:00\n  timezone: Europe/Berlin\n",
    );
    let from = ["preview", "--from", "tests/data/fleet.json", "--at", "2026-11-26T00:00:00Z"];
    let ran = run(&[&from[..], &["--add", window.name(), "--within", "2d"]].concat(), b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "\
from 2026-11-26T00:00:00Z to 2026-11-28T00:00:00Z

checkout-web, db-7, db-7-wal, elastic-fra-1, fra1, fra1-r01, fra1-r02, k8s-fra and 4 more
  + silenced (monitoring)  2026-11-26T08:00:00Z to 2026-11-26T09:00:00Z, 1 h, by disk-swap (added)
  + silenced (monitoring)  2026-11-27T08:00:00Z to 2026-11-27T09:00:00Z, 1 h, by disk-swap (added)

windows that differ; they may also cover other subjects
  disk-swap: added, 2 times; first 2026-11-26T08:00:00Z to 2026-11-26T09:00:00Z, 1 h

12 entities are silenced more, 0 are silenced less
"
    );
    // A window with a known id replaces that one.
    let shorter = File::new(
        "shorter.json",
        r#"{ "id": "fra-power-works", "scope": { "entity": "fra1-r01" }, "schedule": { "kind": "once",
            "start": "2026-11-28T20:00:00Z", "end": "2026-11-28T21:00:00Z" } }"#,
    );
    let ran = run(&[&from[..], &["--add", shorter.name(), "--within", "7d"]].concat(), b"");
    for line in [
        "  - audible  2026-11-28T20:00:00Z to 2026-11-29T04:00:00Z, 8 h, by fra-power-works (replaced)\n",
        "  ~ notifications instead of monitoring  2026-11-28T20:00:00Z to 2026-11-28T21:00:00Z, 1 h, by fra-power-works (replaced)\n",
    ] {
        assert!(ran.out.contains(line), "{}", ran.out);
    }
    let wrong =
        File::new("window.yaml", "id: w\nscope: { entity: fra1 }\nschedule: { kind: dayly }\n");
    let ran = run(&[&from[..], &["--add", wrong.name()]].concat(), b"");
    assert!(ran.code == 2 && ran.err.contains(" 3 | schedule: { kind: dayly }\n"), "{}", ran.err);
    assert!(ran.err.contains("   |                   ^^^^^\n"), "{}", ran.err);
}

const ALERT: &str = r#"{ "labels": { "alertname": "HighLatency", "severity": "warning", "instance": "db-7" },
    "annotations": {}, "startsAt": "2026-06-06T19:10:00Z" }"#;
const OTHER: &str =
    r#"{ "labels": { "alertname": "Down", "severity": "critical", "instance": "db-7" } }"#;

fn check_alerts(text: &str, more: &[&str]) -> RunOutput {
    let file = File::new("alert.json", text);
    let args = ["check", "--file", "tests/data/alerts.json", "--alert", file.name()];
    run(&[&args[..], &["--at", "2026-06-06T19:45:00Z"], more].concat(), b"")
}

#[test]
fn check_alert_reads_the_forms_of_alertmanager() {
    for text in [
        ALERT.to_owned(),
        format!("[{ALERT}]"),
        format!(
            r#"{{ "version": "4", "status": "firing", "alerts": [{ALERT}], "receiver": "r" }}"#
        ),
        format!(r#"{{ "status": "success", "data": {{ "alerts": [{ALERT}] }} }}"#),
    ] {
        let ran = check_alerts(&text, &[]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{text}");
        let first = "{alertname=\"HighLatency\", instance=\"db-7\", severity=\"warning\"} is silenced at \
                     2026-06-06T19:45:00Z until 2026-06-06T21:00:00Z\n";
        assert!(ran.out.starts_with(first), "{}", ran.out);
        // The labels are those of `--label`.
        let labels = [
            "--label",
            "alertname=HighLatency",
            "--label",
            "instance=db-7",
            "--label",
            "severity=warning",
        ];
        let args = ["check", "--file", "tests/data/alerts.json", "--at", "2026-06-06T19:45:00Z"];
        assert_eq!(run(&[&args[..], &labels].concat(), b"").out, ran.out);
    }
    // Silenced only if all are.
    let ran = check_alerts(&format!("[{ALERT}, {OTHER}]"), &["--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let silenced: Vec<_> =
        answer["alerts"].as_array().unwrap().iter().map(|a| &a["silenced"]).collect();
    assert_eq!((ran.code, silenced), (1, vec![&json!(true), &json!(false)]));
    assert_eq!(answer["alerts"][1]["labels"]["alertname"], json!("Down"));
}

/// Alertmanager drops labels without a value, and so does its proxy.
#[test]
fn check_alert_drops_empty_labels() {
    let document = json!({ "version": 1, "windows": [ { "id": "w",
        "scope": { "attribute": { "name": "team", "present": true } },
        "schedule": { "kind": "daily", "clock": "00:00-24:00", "timezone": "UTC" } } ] });
    let document = File::new("present.json", document.to_string());
    let alerts =
        r#"[ { "labels": { "alertname": "A", "team": "" } }, { "labels": { "team": "b" } } ]"#;
    let alerts = File::new("alerts.json", alerts);
    let args = ["check", "--json", "--file", document.name(), "--alert", alerts.name()];
    let answer: Value = serde_json::from_str(&run(&args, b"").out).unwrap();
    let alerts = answer["alerts"].as_array().unwrap();
    let found: Vec<_> = alerts.iter().map(|a| (&a["silenced"], &a["labels"])).collect();
    assert_eq!(
        found,
        [(&json!(false), &json!({ "alertname": "A" })), (&json!(true), &json!({ "team": "b" }))]
    );
}

#[test]
fn check_alert_without_alerts_is_an_error() {
    for (text, message) in [
        ("[]", "the list of alerts is empty"),
        ("{ \"alerts\": 7 }", "it has no alerts: a list of objects with `labels`"),
        ("{ \"a\": 7 }", "it has no alerts: a list of objects with `labels`"),
        (
            "[ { \"labels\": { \"a\": 1 } } ]",
            "[0].labels.a: 1 is not a string\n  --> line 1, column 22",
        ),
        ("{ \"alerts\": [ 7, { } ] }", "alerts[0]: 7 is not an alert, an object with labels"),
        ("{ \"alerts\": [ 7, { } ] }", "alerts[1].labels: is missing"),
        ("[ { \"labels\": [] } ]", "[0].labels: [] is not an object of labels"),
        ("[ { \"labels\": { ", "EOF while parsing"),
        // What Alertmanager would read otherwise, as its proxy refuses it.
        ("[ { \"labels\": { \"a\": \"1\", \"\\u0061\": \"2\" } } ]", "the key \"a\" is repeated"),
        ("[ { \"labels\": {}, \"labels\": {} } ]", "the key \"labels\" is repeated"),
        ("[ { \"labels\": {}, \"Labels\": {} } ]", "[0].Labels: is not the field `labels`"),
        ("[ { \"labels\": {}, \"endsat\": \"\" } ]", "[0].endsat: is not the field `endsAt`"),
        ("[ { \"label\u{17f}\": { \"a\": \"2\" } } ]", "is not the field `labels`"),
    ] {
        let ran = check_alerts(text, &[]);
        assert!(ran.code == 2 && ran.out.is_empty(), "{}", ran.out);
        assert!(ran.err.contains(message), "{}", ran.err);
    }
    let two = File::new("two.json", format!("[{ALERT}, {OTHER}]"));
    let args = ["--file", "tests/data/alerts.json", "--alert", two.name()];
    let days = ["--from", "2026-06-06", "--to", "2026-06-07"];
    let ran = run(&[&["timeline"], &args[..], &days].concat(), b"");
    assert!(ran.err.contains("the file has 2 alerts; a timeline is of one"), "{}", ran.err);
    let ran = run(&[&["explain"], &args[..], &["--at", "2026-06-06T19:45:00Z"]].concat(), b"");
    assert!(
        ran.code == 0 && ran.out.contains("severity=\"critical\"} is not silenced"),
        "{}",
        ran.out
    );
}

/// Local times are those of `--timezone`; without it they are an error.
#[test]
fn local_times_are_read_in_the_zone() {
    let at = |at: &str, more: &[&str]| {
        let args = ["--entity", "pg-orders-1", "--at", at];
        fleet("check", &[&args, more].concat())
    };
    let paris = ["--timezone", "Europe/Paris"];
    let first = "pg-orders-1 is silenced at 2026-11-26T21:15:00Z (Thu 26 Nov 2026 22:15 +01:00)";
    for local in ["2026-11-26T22:15", "2026-11-26 22:15", "2026-11-26T22:15:00"] {
        assert!(at(local, &paris).out.starts_with(first), "{local}");
    }
    // A skipped local time is the first instant after it, a repeated one the first.
    assert!(at("2026-03-29T02:30", &paris).out.contains(" 2026-03-29T01:00:00Z"));
    assert!(at("2026-10-25T02:30", &paris).out.contains(" 2026-10-25T00:30:00Z"));
    let ran = at("2026-11-26T22:15", &[]);
    let message = "--at 2026-11-26T22:15: a local time needs --timezone ZONE";
    assert!(ran.code == 2 && ran.err.contains(message), "{}", ran.err);
    let ran = at("2026-11-26T25:15", &paris);
    assert!(ran.err.contains("is not an RFC 3339 timestamp"), "{}", ran.err);
    assert!(ran.err.contains("nor a local time such as 2026-11-26T22:15"), "{}", ran.err);
}

/// Colours only where they are asked for: the output of the tests is no terminal.
#[test]
fn colours_follow_the_option_and_the_environment() {
    let args = [
        "check",
        "--file",
        "tests/data/fleet.json",
        "--entity",
        "db-7",
        "--at",
        "2026-11-26T21:15:00Z",
    ];
    let plain = run(&args, b"").out;
    let always = run(&[&args[..], &["--color", "always"]].concat(), b"").out;
    assert!(
        !plain.contains('\u{1b}') && always.contains("\u{1b}[32mis silenced\u{1b}[0m"),
        "{always}"
    );
    assert_eq!(always.replace("\u{1b}[32m", "").replace("\u{1b}[0m", ""), plain);
    let wrong = File::new("wrong.yaml", SERVICES.replace("daily", "dayly"));
    let ran = run(&["lint", "--file", wrong.name(), "--color", "always"], b"");
    assert!(ran.err.starts_with("\u{1b}[1;31merror:\u{1b}[0m "), "{}", ran.err);
}

/// What a terminal shows, by the program `script`; skipped where that is missing.
#[test]
#[cfg(target_os = "linux")]
fn colours_on_a_terminal_unless_no_color() {
    let check = format!(
        "{PROGRAM} check --file tests/data/fleet.json --entity db-7 --at 2026-11-26T21:15:00Z"
    );
    let on_terminal = |no_color: &str| {
        let mut script = Command::new("script");
        script.args(["-qec", &check, "/dev/null"]).current_dir(ROOT);
        let script = script.env("TERM", "xterm").env("NO_COLOR", no_color).output();
        script.ok().map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Some(shown) = on_terminal("") else { return };
    assert!(shown.contains("\u{1b}[32mis silenced\u{1b}[0m"), "{shown}");
    let shown = on_terminal("1").unwrap();
    assert!(shown.contains("db-7 is silenced") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&["completions", shell], b"");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        for command in super::commands::commands() {
            assert!(ran.out.contains(&command), "{shell}: {command}");
        }
    }
    // Bash reads it, and completes a command.
    let script = run(&["completions", "bash"], b"").out;
    let complete = format!(
        "{script}\nCOMP_WORDS=(quietude prev); COMP_CWORD=1; _quietude quietude prev quietude; echo \"${{COMPREPLY[@]}}\""
    );
    let Ok(output) = Command::new("bash").args(["-c", &complete]).output() else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "preview");
}

#[test]
fn timeline_json_has_the_intervals_of_check() {
    let days = ["--entity", "db-7", "--from", "2026-11-26", "--to", "2026-11-28", "--json"];
    let ran = fleet("timeline", &days);
    let answer: Value = serde_json::from_str(&ran.out).expect(&ran.err);
    assert_eq!(answer["timezone"], json!("Europe/Berlin"));
    let silenced = answer["silenced"].as_array().unwrap();
    assert_eq!(silenced.len(), 2, "{}", ran.out);
    for interval in silenced {
        let start = interval["start"]["utc"].as_str().unwrap();
        let checked = fleet("check", &["--entity", "db-7", "--at", start, "--json"]);
        let checked: Value = serde_json::from_str(&checked.out).unwrap();
        assert_eq!(checked["until"]["at"]["ms"], interval["end"]["ms"]);
        assert!(!interval["by"].as_array().unwrap().is_empty());
    }
}

/// Eight periodic schedules that never meet, without a period in the range of time: the search
/// for their occurrence gets to its limit within hours.
#[test]
fn list_has_what_begins_after_a_search_that_got_to_its_limit() {
    let parts: Vec<Value> = [101, 103, 107, 109, 113, 127, 131, 137]
        .into_iter()
        .enumerate()
        .map(|(n, prime)| {
            let start = if n == 7 { "1970-01-01T00:00:00.001Z" } else { "1970-01-01T00:00:00Z" };
            json!({ "kind": "periodic", "start": start, "duration_ms": 1, "period_ms": 2 * prime })
        })
        .collect();
    let document = json!({ "version": 1, "windows": [
        { "id": "rare", "scope": "everything", "schedule": { "kind": "all", "of": parts } },
        { "id": "daily", "scope": "everything",
          "schedule": { "kind": "daily", "clock": "22:00-23:00", "timezone": "UTC" } } ] });
    let file = File::new("limit.json", document.to_string());
    let ran = run(&["list", "--file", file.name(), "--at", "2026-11-26T00:00:00Z"], b"");
    assert!(
        ran.out.contains("\n  daily  from 2026-11-26T22:00:00Z, in 22 h  for 1 h"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\n1 of 2 windows begin later"), "{}", ran.out);
}

/// A window that begins every other millisecond, by itself and within a combination: the work
/// does not grow with how often it begins.
#[test]
#[allow(clippy::disallowed_methods, reason = "the wait for the program has a limit")]
fn list_of_a_window_that_begins_often_ends() {
    let often = json!({ "kind": "periodic", "start": "2026-01-01T00:00:00Z", "duration_ms": 1, "period_ms": 2 });
    let document = json!({ "version": 1, "windows": [
        { "id": "b", "scope": { "entity": "b" }, "schedule": often },
        { "id": "not-b", "scope": { "entity": "b" }, "schedule": { "kind": "not", "of": often } } ] });
    let file = File::new("often.json", document.to_string());
    let args = ["list", "--within", "365d", "--at", "2026-11-28T12:00:00Z", "--file", file.name()];
    let mut child = Command::new(PROGRAM).args(args).stdout(Stdio::piped()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed().as_secs() >= 60 {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    for line in [
        "\n  b  until 2026-11-28T12:00:00.001Z, in 1 ms  notifications\n",
        "\n  not-b  from 2026-11-28T12:00:00.001Z, in 1 ms  for 1 ms  notifications\n",
        "\n0 of 2 windows begin later; disabled: 0\n",
    ] {
        assert!(out.contains(line), "{line}{out}");
    }
}

/// The end of a window is that of the silence of an entity that it alone covers.
#[test]
fn list_has_the_ends_of_check() {
    let window = |id: &str, schedule: Value| json!({ "id": id, "scope": { "entity": id }, "schedule": schedule });
    let document = json!({ "version": 1, "windows": [
        window("whole-days", json!({ "kind": "daily", "clock": "00:00-24:00", "timezone": "Europe/Paris" })),
        window("half-days", json!({ "kind": "any", "of": [
            { "kind": "daily", "clock": "00:00-12:00", "timezone": "UTC" },
            { "kind": "daily", "clock": "12:00-24:00", "timezone": "UTC" } ] })),
        window("periods", json!({ "kind": "periodic", "start": "2026-01-01T00:00:00Z", "duration_ms": 1000, "period_ms": 1000 })),
        window("weekdays", json!({ "kind": "weekly", "weekdays": ["thursday", "friday"], "clock": "00:00-24:00", "timezone": "UTC" })),
        window("once", json!({ "kind": "once", "start": "2026-11-01T00:00:00Z" })),
    ] });
    let file = File::new("ends.json", document.to_string());
    let at = ["--file", file.name(), "--at", "2026-11-26T21:15:00Z", "--json"];
    let answer = |args: &[&str]| -> Value {
        let ran = run(&[args, &at[..]].concat(), b"");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
    };
    let (windows, entities) = (answer(&["list"]), answer(&["list", "--by", "entity"]));
    let windows = windows["active"].as_array().unwrap();
    assert_eq!(windows.len(), 5);
    for (window, entity) in windows.iter().zip(entities["active"].as_array().unwrap()) {
        let id = window["id"].as_str().unwrap();
        assert_eq!((entity["entity"].as_str(), &entity["until"]), (Some(id), &window["until"]));
        assert_eq!(answer(&["check", "--entity", id])["until"], window["until"], "{id}");
    }
    let kinds: Vec<_> = windows.iter().map(|window| &window["until"]["kind"]).collect();
    assert_eq!(
        kinds,
        ["never", "never", "never", "at", "never"]
            .map(|kind| json!(kind))
            .iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn report_notes_unknown_entities() {
    let month = [
        "--from",
        "2026-11-01",
        "--to",
        "2026-12-01",
        "--entity",
        "pg-order-1",
        "--entity",
        "db-7",
    ];
    let note = "pg-order-1: the document does not name this entity";
    let ran = fleet("report", &month);
    assert!(ran.code == 0 && ran.out.contains(&format!("\nnote: {note}\n")), "{}", ran.out);
    let json: Value =
        serde_json::from_str(&fleet("report", &[&month[..], &["--json"]].concat()).out).unwrap();
    assert_eq!(json["notes"], json!([note]));
    let csv = fleet("report", &[&month[..], &["--csv"]].concat());
    assert_eq!((csv.err, csv.out.lines().count()), (format!("note: {note}\n"), 3));
}

#[test]
fn standard_input_is_read_once() {
    let twice = "`-` is given twice, and it can be read once; name a file for one of them";
    for args in [
        &["check", "--file", "-", "--alert", "-"][..],
        &["preview", "--from", "-", "--to", "-"],
        &["preview", "--from", "-", "--add", "-"],
        &["test", "-", "--file", "-"],
    ] {
        let text: &[u8] = match args[0] {
            "test" => {
                b"version: 1\ntests: [{ subject: a, at: '2026-01-01T00:00:00Z', silenced: false }]"
            }
            "check" => b"[ { \"labels\": {} } ]",
            _ => b"{ \"version\": 1, \"windows\": [] }",
        };
        let ran = run(args, text);
        assert_eq!(
            (ran.code, ran.err),
            (2, format!("error: standard input: {twice}\n")),
            "{args:?}"
        );
    }
    // The text is right for one of the options only.
    for command in ["check", "explain"] {
        let ran = run(&[command, "--file", "-", "--alert", "-"], b"{\"version\":1,\"windows\":[]}");
        assert_eq!((ran.code, ran.err), (2, format!("error: standard input: {twice}\n")));
    }
}

#[test]
fn empty_standard_input_is_named_in_the_error() {
    let ran = run(&["check", "--file", "-", "--entity", "a"], b"");
    let begin = "error: standard input: the text is empty; it must be a document: an object with \
                 version, windows and topology\n  --> line 1, column 1\n";
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with(begin), "{}", ran.err);
}

/// All errors of all files, each with its line.
#[test]
fn preview_shows_the_errors_of_all_windows_that_are_added() {
    let daily = "schedule: { kind: daily, clock: 01:00-02:00, timezone: UTC }";
    let first =
        format!("id: a\n{}\nscope: {{ grup: web }}\neffect: mute\n", daily.replace("UTC", "UTD"));
    let second = "{ \"id\": \"b\", \"scope\": \"everything\",\n  \"schedule\": { \"kind\": \"ref\", \"name\": \"none\" } }";
    let third = format!(
        "id: c\nscope: everything\n{}\n",
        daily.replace("timezone: UTC", "timezone: UTC, except: { ref: holidays }")
    );
    let (first, second) = (File::new("a.yaml", first), File::new("b.json", second));
    let (third, old) = (File::new("c.yaml", third), File::new("old.yaml", SERVICES));
    let preview = |files: &[&File]| {
        let mut args = vec!["preview", "--from", old.name(), "--at", "2026-11-26T00:00:00Z"];
        args.extend(files.iter().flat_map(|file| ["--add", file.name()]));
        run(&args, b"")
    };
    // It refers to a name of the document.
    assert_eq!(preview(&[&third]).code, 0);
    let ran = preview(&[&first, &second, &third]);
    assert_eq!(ran.code, 2);
    for part in [
        "schedule.timezone: \"UTD\" is not a time zone",
        " 2 | ..ule: { kind: daily, clock: 01:00-02:00, timezone: UTD }\n   |                                                     ^^^\n",
        "scope.grup: is not a scope",
        " 3 | scope: { grup: web }\n   |          ^^^^\n",
        "effect: \"mute\" is not one of",
        "\n3 errors in ",
        "\"none\"",
        "  --> line 2, column 40\n",
    ] {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
    assert_eq!(ran.err.matches("error: ").count(), 4, "{}", ran.err);
    // On the first line, too.
    let line = File::new("d.json", "{ \"id\": \"d\", \"scope\": 7, \"schedule\": {} }");
    let ran = preview(&[&line]);
    assert!(ran.err.contains(" --> line 1, column 23\n"), "{}", ran.err);
    assert!(!ran.err.contains("windows[0]"), "{}", ran.err);
    // Both documents of a comparison.
    let ran = run(&["preview", "--from", line.name(), "--to", first.name()], b"");
    assert!(ran.err.contains(line.name()) && ran.err.contains(first.name()), "{}", ran.err);
}
