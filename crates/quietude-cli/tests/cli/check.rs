//! Tests of `check`.
use super::*;

fn at(entity: &str, at: &str) -> RunOutput {
    fleet("check", &["--entity", entity, "--at", at])
}

#[test]
fn check_silenced_entity_prints_windows_end_and_next() {
    let ran = at("pg-orders-1", "2026-11-26T21:15:00Z");
    assert_eq!(
        ran.out,
        "\
pg-orders-1 is silenced at 2026-11-26T21:15:00Z until 2026-11-27T01:45:00Z
  effect  notifications (muted; monitoring goes on)
  by      par-nightly-backup \"Paris databases, full backup\"
            every Tuesday and Thursday, 22:00 to 02:00, Europe/Paris; notifications
  until   2026-11-27T01:45:00Z, in 4 h 30 min
  next    2026-12-01T03:00:00Z, in 4 d 5 h; until 2026-12-01T04:00:00Z
"
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn exit_code_at_window_bounds_is_0_inside_and_1_outside() {
    assert_eq!(at("pg-orders-1", "2026-11-26T20:59:59.999Z").code, 1);
    assert_eq!(at("pg-orders-1", "2026-11-26T21:00:00Z").code, 0);
    assert_eq!(at("pg-orders-1", "2026-11-27T01:44:59.999Z").code, 0);
    assert_eq!(at("pg-orders-1", "2026-11-27T01:45:00Z").code, 1);
}

#[test]
fn alert_type_given_adds_windows_for_that_type() {
    let at = ["--at", "2026-11-26T23:00:00Z"];
    let ask = |alert_type: &[&str]| {
        let args = [&["--entity", "mysql-crm-1"], &at[..], alert_type].concat();
        fleet("check", &args)
    };
    assert_eq!(ask(&[]).code, 1);
    assert_eq!(ask(&["--alert-type", "DISK"]).code, 1);
    let backup = ask(&["--alert-type", "BACKUP"]);
    assert!(backup.out.starts_with("mysql-crm-1 (BACKUP) is silenced at"), "{}", backup.out);
}

#[test]
fn groups_and_attributes_given_match_scopes() {
    let ask = |more: &[&str]| {
        let args = [&["--entity", "new-host", "--at", "2026-11-24T22:00:00Z"], more].concat();
        fleet("check", &args)
    };
    assert_eq!(ask(&[]).code, 1);
    assert_eq!(ask(&["--group", "prod-eu"]).code, 1);
    assert_eq!(ask(&["--group", "prod-eu", "--group", "databases"]).code, 0);
    assert_eq!(ask(&["--attribute", "decommission=soon"]).code, 0);
    assert_eq!(ask(&["--attribute", "decommission"]).code, 2);
}

#[test]
fn check_endless_silence_prints_strongest_effect_and_state() {
    let ran = at("nas-syd-1", "2026-11-26T21:15:00Z");
    assert!(ran.out.starts_with("nas-syd-1 is silenced at 2026-11-26T21:15:00Z until forever\n"));
    assert!(ran.out.contains("  effect  monitoring (suspended, and notifications with it)\n"));
    assert!(ran.out.contains("  state   200\n"));
    assert!(ran.out.contains("  by      syd-nas-retired"));
    assert!(ran.out.contains("          marked-for-removal"));
    assert!(ran.out.contains("  next    never\n"));
}

#[test]
fn timezone_given_adds_local_times() {
    let args = ["--entity", "pg-orders-1", "--at", "2026-11-26T21:15:00Z"];
    let ran = fleet("check", &[&args[..], &["--timezone", "Asia/Kathmandu"]].concat());
    let at = "  at      2026-11-26T21:15:00Z (Fri 27 Nov 2026 03:00 +05:45) Asia/Kathmandu\n";
    assert!(ran.out.contains(at), "{}", ran.out);
    assert!(ran.out.contains("(Fri 27 Nov 2026 07:30 +05:45), in 4 h 30 min\n"), "{}", ran.out);
}

#[test]
fn json_given_prints_one_object_with_the_same_answer() {
    let args = ["--entity", "pg-orders-1", "--at", "2026-11-26T21:15:00Z", "--json"];
    let ran = fleet("check", &[&args[..], &["--timezone", "Europe/Paris"]].concat());
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["silenced"], json!(true));
    let until = json!({ "kind": "at", "at": { "utc": "2026-11-27T01:45:00Z", "ms": 1795743900000_i64,
        "local": "2026-11-27T02:45:00+01:00" } });
    assert_eq!(answer["until"], until);
    assert_eq!(answer["by"][0]["id"], json!("par-nightly-backup"));
    assert_eq!(answer["by"][0]["schedule"]["clock"], json!("22:00-02:00"));
    assert_eq!(answer["next"]["start"]["utc"], json!("2026-12-01T03:00:00Z"));

    let ran = fleet("check", &["--entity", "db-7", "--at", "2026-06-06T00:00:00Z", "--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &answer["until"], &answer["effect"]), (1, &Value::Null, &Value::Null));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "compared with the clock that the program reads")]
fn at_missing_uses_the_current_time() {
    let ran = fleet("check", &["--entity", "nas-syd-1", "--json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let at_ms = answer["at"]["ms"].as_i64().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_millis() as i64 - at_ms).abs() < 3_600_000);
}

#[test]
fn entity_not_in_document_prints_note() {
    let note = "  note    the document does not name this entity\n";
    assert!(at("pg-order-1", "2026-11-26T21:15:00Z").out.contains(note));
    assert!(!at("vendor-sftp", "2026-11-26T21:15:00Z").out.contains(note));
    assert!(!at("pg-orders-1", "2026-11-26T21:15:00Z").out.contains(note));
}

#[test]
fn check_invalid_input_prints_error_and_exits_with_2() {
    let good = ["--entity", "db-7"];
    for (args, message) in [
        (&["--at", "yesterday"][..], "\"yesterday\" is not an RFC 3339 timestamp"),
        (&["--at", "10000-01-01T00:00:00Z"], "is not an RFC 3339 timestamp"),
        (&["--timezone", "Mars/Olympus"], "is not a time zone of the tz database"),
        (
            &["--at", "1795874700"],
            "is not an RFC 3339 timestamp such as 2026-06-06T19:48:51Z, nor a local time such as 2026-11-26T22:15, nor a date such as 2026-11-26; did you mean 2026-11-28T14:05:00Z?",
        ),
        (&["--at", "2026-11-31"], "it is not a date, YYYY-MM-DD"),
        (
            &["--label", "tier"],
            "'tier' for '--label <NAME=VALUE>': it is not of the form name=value",
        ),
        (&["--attribute", "tier"], "not of the form name=value"),
        (&["--colour", "red"], "unexpected argument"),
    ] {
        let ran = fleet("check", &[&good[..], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(message), "{}", ran.err);
    }
    let ran = run(&["check", "--file", "no-such-file.json", "--entity", "db-7"], b"");
    assert!(ran.err.starts_with("error: no-such-file.json: "), "{}", ran.err);
    assert_eq!(ran.code, 2);
    let ran = run(&["check", "--file", "rustfmt.toml", "--entity", "db-7"], b"");
    assert!(
        ran.err.starts_with("error: rustfmt.toml: JSON: expected value\n  --> line 1, column "),
        "{}",
        ran.err
    );
    // The line of the text follows, with a mark.
    assert!(ran.err.contains("\n   |\n 1 | "), "{}", ran.err);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 5));
}
