//! Tests of `import` and `export` on the vendors' own documents.
use super::*;

/// Writes a temporary file and returns its path.
fn file(name: &str, text: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    path
}

/// The response body to the first request of a recorded session that contains
/// `words`.
fn answer(vendor: &str, words: &str) -> String {
    let session = read(&format!("tests/data/{vendor}/session.txt"));
    let mut steps = session.split("$ curl ").skip(1);
    let step = steps.find(|step| step.lines().next().is_some_and(|line| line.contains(words)));
    let (_, body) = step.expect("it was recorded").split_once("\n\n").expect("it has a body");
    body.trim_end().to_owned()
}

fn import(dialect: &str, more: &[&str], path: &str) -> RunOutput {
    run(&[&["import", "--dialect", dialect], more, &[path]].concat(), b"")
}

fn export(dialect: &str, more: &[&str], path: &str) -> RunOutput {
    run(&[&["export", "--dialect", dialect], more, &[path]].concat(), b"")
}

/// The document and the notes of a successful run.
fn done(ran: RunOutput) -> (Value, Vec<String>) {
    assert_eq!(ran.code, 0, "{}", ran.err);
    let notes = ran
        .err
        .lines()
        .map(|line| line.strip_prefix("note: ").unwrap_or_else(|| panic!("{line}")).to_owned());
    (serde_json::from_str(&ran.out).expect("it writes JSON"), notes.collect())
}

/// Whether `check` on a document says that the subject is silenced.
fn silenced(path: &str, question: &[&str], at: &str) -> bool {
    let ran = run(&[&["check", "--file", path, "--at", at], question].concat(), b"");
    assert!(ran.code < 2, "{}", ran.err);
    ran.code == 0
}

const AMSTERDAM: [&str; 2] = ["--timezone", "Europe/Amsterdam"];

#[test]
fn uptrends_list_import_evaluates_and_exports_back() {
    let more = [&AMSTERDAM[..], &["--monitor", "m-1"]].concat();
    let ran = import("uptrends", &more, "tests/data/uptrends/list.json");
    let native = file("uptrends.json", &ran.out);
    let (document, notes) = done(ran);
    let scope = json!({ "any": [{ "entity": "uptrends:m-1" }, { "group": "uptrends:m-1" }] });
    let expected = json!({ "version": 1, "windows": [
        { "id": "uptrends:import:125", "scope": scope, "schedule": { "kind": "monthly", "day": 24,
            "short_month": "clamp", "clock": "22:00-22:30", "timezone": "Europe/Amsterdam" } },
        { "id": "uptrends:import:123", "scope": scope, "schedule": { "kind": "weekly",
            "weekdays": ["thursday"], "clock": "22:00-22:30", "timezone": "Europe/Amsterdam" } },
    ], "topology": { "entities": [], "groups": [] } });
    assert_eq!((document, notes), (expected, Vec::new()));
    // The 24th of September 2018 was a Monday, on summer time.
    let entity = ["--entity", "uptrends:m-1"];
    assert!(silenced(&native, &entity, "2018-09-24T20:00:00Z"));
    assert!(!silenced(&native, &entity, "2018-09-24T20:30:00Z"));
    assert!(!silenced(&native, &["--entity", "uptrends:m-2"], "2018-09-24T20:00:00Z"));
    // And a Thursday in November on winter time.
    assert!(silenced(
        &native,
        &["--entity", "x", "--group", "uptrends:m-1"],
        "2018-11-22T21:29:59Z"
    ));

    // The export is the imported list, as a map by monitor.
    let (text, notes) = done(export("uptrends", &AMSTERDAM, &native));
    let sample = read("tests/data/uptrends/list.json");
    let sample: Value = serde_json::from_str(&sample).unwrap();
    assert_eq!((text, notes), (json!({ "m-1": sample }), Vec::new()));
    // Windows in another zone than the account's cannot be exported.
    let (text, notes) = done(export("uptrends", &["--timezone", "UTC"], &native));
    assert_eq!(text, json!({}));
    assert_eq!(
        notes[1],
        "uptrends:import:123: left out: its zone Europe/Amsterdam is not the account's UTC"
    );
}

#[test]
fn uptrends_samples_import_prints_expected_notes() {
    for (name, windows, note) in [
        ("daily", 1, "the periods name no monitor: the windows are about everything"),
        ("weekly", 1, "the periods name no monitor: the windows are about everything"),
        ("monthly", 1, "the periods name no monitor: the windows are about everything"),
        ("put", 1, "the periods name no monitor: the windows are about everything"),
        ("group-post", 1, "the periods name no monitor: the windows are about everything"),
        (
            "one-time",
            0,
            "uptrends:import:124: never active: its end is not after its start on the clock of Europe/Amsterdam",
        ),
    ] {
        let path = format!("tests/data/uptrends/{name}.json");
        let (document, notes) = done(import("uptrends", &AMSTERDAM, &path));
        assert_eq!(document["windows"].as_array().unwrap().len(), windows, "{name}");
        assert!(notes.iter().any(|known| known == note), "{name}: {notes:?}");
    }
}

#[test]
fn virtana_page_import_evaluates_and_exports_back() {
    let ran = import("virtana", &[], "tests/data/virtana/search.response.json");
    let native = file("virtana.json", &ran.out);
    let (document, notes) = done(ran);
    let id = "99fa4d8b-3223-11f1-8920-625b6e77d030";
    let window = json!({ "id": format!("virtana:<tenant>:{id}"), "name": "testMwByQuery",
        "schedule": { "kind": "once", "start": "2026-06-06T19:48:51Z", "end": "2026-06-06T19:58:51Z" },
        "scope": { "all": [
            { "attribute": { "name": "virtana:<tenant>:coreProperties.name", "equals": "pfg-windows-mssql" } },
            { "attribute": { "name": "virtana:<tenant>:schemaIds", "one_of": ["Base.Device"] } } ] },
        "state": { "during": 300 } });
    assert_eq!(document["windows"], json!([window]));
    assert_eq!(
        notes,
        [
            "this is a page: 1 of 7 windows".to_owned(),
            format!("{id}: description, owner and tags are not carried over"),
            format!("{id}: createTime, createdBy, updateTime, updatedBy are not kept"),
        ]
    );
    let device = [
        "--entity",
        "e",
        "--attribute",
        "virtana:<tenant>:coreProperties.name=pfg-windows-mssql",
        "--attribute",
        "virtana:<tenant>:schemaIds=Base.Device",
    ];
    assert!(silenced(&native, &device, "2026-06-06T19:58:50.999Z"));
    assert!(!silenced(&native, &device, "2026-06-06T19:58:51Z"));
    assert!(!silenced(&native, &device[..4], "2026-06-06T19:50:00Z"));

    let (text, notes) = done(export("virtana", &[], &native));
    let sample = read("tests/data/virtana/search.response.json");
    let sample: Value = serde_json::from_str(&sample).unwrap();
    let (back, sample) = (&text["maintWindows"][0], &sample["maintWindows"][0]);
    for field in ["id", "tenant", "name", "schedule", "query", "maintenanceState", "status"] {
        assert_eq!(back[field], sample[field], "{field}");
    }
    let start =
        format!("virtana:<tenant>:{id}: createTime and updateTime are not known: its start");
    assert_eq!(notes, [start]);

    // MANUAL windows are not imported; a note gives the reason.
    let (document, notes) = done(import("virtana", &[], "tests/data/virtana/list.response.json"));
    assert_eq!(document["windows"], json!([]));
    assert_eq!(
        notes,
        [
            "this is a page: 1 of 1466 windows",
            "<mw id>: MANUAL: never active until it is run",
            "<mw id>: the notification is not carried over",
            "<mw id>: createTime, createdBy, updateTime, updatedBy are not kept",
            "<mw id>: exitState 1000 is not kept: overrideExitState is false",
        ]
    );
}

#[test]
fn opsmanager_answers_import_evaluates_and_exports_back() {
    let group = "opsmanager:541ed2009436399a1f54e01b";
    // Three forms of response: a list, one window, one window in an envelope.
    for words in ["pretty=true", "-X POST", "envelope=true"] {
        let path = file("opsmanager-answer.json", &answer("opsmanager", words));
        let ran = import("opsmanager", &[], &path);
        let native = file("opsmanager.json", &ran.out);
        let (document, notes) = done(ran);
        let window = json!({ "id": format!("{group}:000000000000000000000001"),
            "name": "new description",
            "schedule": { "kind": "once", "start": "2026-11-26T22:00:00Z", "end": "2026-11-26T23:30:00Z" },
            "scope": { "all": [{ "group": group }, { "any": [{ "alert_type": "REPLICA_SET" }] }] } });
        assert_eq!(document["windows"], json!([window]), "{words}");
        let id = format!("{group}:000000000000000000000001");
        assert_eq!(
            notes,
            [format!(
                "{id}: created 2026-11-26T12:00:00Z and updated 2026-11-26T12:00:00Z are not kept"
            )]
        );
        let about = ["--entity", "db-7", "--group", group];
        let typed = [&about[..], &["--alert-type", "REPLICA_SET"]].concat();
        assert!(silenced(&native, &typed, "2026-11-26T23:29:59Z"));
        assert!(!silenced(&native, &typed, "2026-11-26T23:30:00Z"));
        assert!(!silenced(&native, &about, "2026-11-26T23:00:00Z"));

        let (text, notes) = done(export("opsmanager", &[], &native));
        let back = json!({ "alertTypeNames": ["REPLICA_SET"], "created": "2026-11-26T22:00:00Z",
            "description": "new description", "endDate": "2026-11-26T23:30:00Z",
            "groupId": "541ed2009436399a1f54e01b", "id": "000000000000000000000001",
            "startDate": "2026-11-26T22:00:00Z", "updated": "2026-11-26T22:00:00Z" });
        assert_eq!(text, json!({ "results": [back], "totalCount": 1 }));
        assert_eq!(notes, [format!("{id}: created and updated are not known: its start")]);
    }
}

#[test]
fn spaceone_answers_import_evaluates_and_exports_back() {
    // The list while the window is open, and the response that closes it.
    let listed = answer("spaceone", "maintenance-windows?domain_id=d-1&state=OPEN");
    let closed = answer("spaceone", "/close");
    for (text, closed_at) in [(listed, Value::Null), (closed, json!("2026-11-26T12:00:00Z"))] {
        let path = file("spaceone-answer.json", &text);
        let ran = import("spaceone", &[], &path);
        let native = file("spaceone.json", &ran.out);
        let (document, notes) = done(ran);
        let window = &document["windows"][0];
        let id = "spaceone:d-1:mw-000000000001";
        assert_eq!(
            (&window["id"], &window["name"], &window["tags"]),
            (&json!(id), &json!("database work"), &json!({ "team": "db" }))
        );
        assert_eq!(window["closed_at"], closed_at);
        assert_eq!(notes, [format!("{id}: created_by, created_at, updated_at are not kept")]);
        let about = ["--entity", "db-7", "--group", "spaceone:d-1:p-2"];
        assert!(silenced(&native, &about, "2026-11-26T11:59:59Z"));
        assert_eq!(silenced(&native, &about, "2026-11-26T13:00:00Z"), closed_at.is_null());

        let (text, notes) = done(export("spaceone", &[], &native));
        let back = &text["results"][0];
        assert_eq!((&back["closed_at"], &back["projects"]), (&closed_at, &json!(["p-1", "p-2"])));
        assert_eq!(back["maintenance_window_id"], "mw-000000000001");
        let start = format!("{id}: created_at and updated_at are not known: its start");
        assert_eq!(notes, [start]);
    }
}

/// A whole native document: windows that a vendor cannot express are left out.
#[test]
fn export_of_fleet_prints_note_for_each_window_left_out() {
    let fleet = read("tests/data/fleet.json");
    let fleet: Value = serde_json::from_str(&fleet).unwrap();
    let all = fleet["windows"].as_array().unwrap();
    for (dialect, list) in
        [("spaceone", "results"), ("opsmanager", "results"), ("virtana", "maintWindows")]
    {
        let (text, notes) = done(export(dialect, &[], "tests/data/fleet.json"));
        assert_eq!(text[list], json!([]), "{dialect}");
        for (window, note) in all.iter().zip(&notes) {
            let id = window["id"].as_str().unwrap();
            assert!(note.starts_with(&format!("{id}: left out: ")), "{dialect}: {note}");
        }
        assert_eq!(notes[all.len()..], ["the topology is lost: the vendor's own is meant"]);
    }
    // One window covers everything; Uptrends can express its period, but not its
    // scope.
    let (text, notes) = done(export("uptrends", &["--timezone", "UTC"], "tests/data/fleet.json"));
    let period = json!({ "Id": 1, "ScheduleMode": "OneTime", "StartDateTime": "2026-10-25T00:30",
        "EndDateTime": "2026-10-25T02:00", "MaintenanceType": "DisableNotifications" });
    assert_eq!(text, json!({ "": [period] }));
    for note in [
        "global-drill: the id is lost: it is Id 1",
        "global-drill: it is about everything, not about a monitor",
        "global-drill: the name is lost",
        "global-drill: the tags are lost",
        "ftp-transfer: left out: the scope is not one monitor",
    ] {
        assert!(notes.iter().any(|known| known == note), "{note}: {notes:?}");
    }
}

/// An error is one line with the file and the place in it. Nothing is written to
/// standard output.
#[test]
fn convert_invalid_input_prints_error_with_file_and_place() {
    let list = read("tests/data/uptrends/list.json");
    let day_32 = file("day-32.json", &list.replace("24", "32"));
    let twice = file("twice.json", &list.replace("125", "123"));
    let unknown = file("unknown.json", &list.replace("StartTime", "startTime"));
    let binary = format!("{}/binary.json", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    let (uptrends, zone) = ("tests/data/uptrends/list.json", &AMSTERDAM[..]);
    for (ran, place, why) in [
        (
            import("nagios", &[], uptrends),
            "invalid value 'nagios'",
            "is not one of spaceone, opsmanager, virtana, uptrends",
        ),
        (
            import("uptrends", &[], uptrends),
            uptrends,
            "timezone: is missing: the periods are in the account's zone",
        ),
        (
            import("uptrends", &["--timezone", "Mars/Base"], uptrends),
            "--timezone: \"Mars/Base\"",
            "is not a time zone",
        ),
        (import("uptrends", zone, "nowhere.json"), "nowhere.json", "No such file"),
        (import("uptrends", zone, "tests/data"), "tests/data", ""),
        (import("uptrends", zone, &binary), &binary, "UTF-8"),
        (
            import("uptrends", zone, "README.md"),
            "README.md",
            "JSON: expected value\n  --> line 1, column 1\n",
        ),
        (import("uptrends", zone, &day_32), &day_32, "[0].MonthDay: 32 is not in 1 to 31"),
        (import("uptrends", zone, &twice), &twice, "`uptrends:import:123`"),
        (import("uptrends", zone, &unknown), &unknown, "[0].StartTime: is missing"),
        (
            import("spaceone", &[], uptrends),
            uptrends,
            "results[0].maintenance_window_id: is missing",
        ),
        (import("virtana", &[], uptrends), uptrends, "maintWindows[0].id: is missing"),
        // The sample contains `[ ... ]`, which is not JSON.
        (
            import("opsmanager", &[], "tests/data/opsmanager/entity.json"),
            "entity.json",
            "JSON: expected value\n   --> line 10, column 15\n",
        ),
        (export("nagios", &[], "tests/data/fleet.json"), "invalid value 'nagios'", ""),
        (
            export("uptrends", &[], "tests/data/fleet.json"),
            "tests/data/fleet.json",
            "timezone: is missing",
        ),
        (export("spaceone", &[], "nowhere.json"), "nowhere.json", "No such file"),
        (export("spaceone", &[], uptrends), uptrends, "a list is not a document"),
        (run(&["import", uptrends], b""), "--dialect <DIALECT>", ""),
        (run(&["export", "--dialect", "virtana"], b""), "<FILE>", ""),
    ] {
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
        assert!(ran.err.contains(place) && ran.err.contains(why), "{place}: {why}: {}", ran.err);
    }
}

/// Options that have no effect for a vendor are reported.
#[test]
fn convert_unused_options_prints_note() {
    let path = "tests/data/virtana/search.response.json";
    let (_, notes) = done(import("virtana", &AMSTERDAM, path));
    assert_eq!(notes[0], "--timezone and --monitor say nothing about virtana documents");
    let (_, notes) = done(export("virtana", &AMSTERDAM, "tests/data/fleet.json"));
    assert_eq!(notes[0], "--timezone says nothing about virtana documents");
}

/// The two commands of the program's README run and print notes for what is lost.
#[test]
fn readme_import_and_export_commands_run() {
    let readme = read("crates/quietude-cli/README.md");
    let commands: Vec<Vec<&str>> = ["import", "export"]
        .map(|command| {
            let start = format!("cargo run -p quietude-cli -- {command} ");
            let line = readme.lines().find(|line| line.starts_with(&start)).expect("it is shown");
            line.split(' ').skip(5).collect()
        })
        .into();
    let (document, notes) = done(run(&commands[0], b""));
    assert_eq!((document["windows"].as_array().unwrap().len(), notes.len()), (2, 0));
    let (document, notes) = done(run(&commands[1], b""));
    assert_eq!(document[""].as_array().unwrap().len(), 1);
    assert!(notes.iter().all(|note| note.contains(": ")), "{notes:?}");
}

/// The line of the text and a mark, as for the errors of documents.
#[test]
fn convert_error_shows_line_and_mark() {
    let day_32 = file("day-32.json", &read("tests/data/uptrends/list.json").replace("24", "32"));
    let cases = [
        (
            import("uptrends", &AMSTERDAM, &day_32),
            "[0].MonthDay: 32 is not in 1 to 31\n  --> line ",
            "32",
            "^^",
        ),
        (
            import("opsmanager", &[], "tests/data/opsmanager/entity.json"),
            "JSON: expected value\n   --> line 10, column 15\n",
            "...",
            "^^^",
        ),
    ];
    for (ran, message, value, mark) in cases {
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(message), "{}", ran.err);
        let lines: Vec<_> = ran.err.lines().collect();
        let [.., line, marked] = lines.as_slice() else { panic!("{}", ran.err) };
        let at = marked.find('^').unwrap();
        assert!(line[at..].starts_with(value) && marked.trim_end().ends_with(mark), "{}", ran.err);
    }
    // Not every error has a place.
    let ran = import("uptrends", &[], "tests/data/uptrends/list.json");
    assert!(!ran.err.contains("-->"), "{}", ran.err);
}

/// The formats of other systems, by line, by line and column, and by path.
#[test]
fn convert_error_of_a_format_shows_line_and_mark() {
    let crontab = file("crontab", "# nightly\n  30 25 * * * dump\n");
    let cron = ["import", "--format", "cron", "--duration", "1h", "--timezone", "UTC", &crontab];
    let ran = run(&cron, b"");
    assert!(ran.err.contains("\n  --> line 2, column 3\n"), "{}", ran.err);
    assert!(ran.err.contains("\n 2 |   30 25 * * * dump\n   |   ^^"), "{}", ran.err);
    assert!(!ran.err.contains("line 2: "), "{}", ran.err);
    let intervals = "time_intervals:\n- name: a\n  time_intervals:\n  - weekdays: [wendesday]\n";
    let intervals = file("alertmanager.yml", intervals);
    let ran = run(&["import", "--format", "alertmanager", &intervals], b"");
    assert!(ran.code == 2 && ran.err.contains("\n 4 |   - weekdays: [wendesday]\n"), "{}", ran.err);
    assert_eq!(ran.err.matches("line 4").count(), 1, "{}", ran.err);
}
