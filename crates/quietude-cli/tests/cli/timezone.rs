//! `--timezone`: times are shown in the zone, too, and without it as before.
use super::documents::{File, SERVICES};
use super::*;

const PARIS: [&str; 2] = ["--timezone", "Europe/Paris"];

#[test]
fn check_and_explain_begin_with_local_times() {
    let file = File::new("shop.yaml", SERVICES);
    let ask = |command: &str, entity: &str, zone: &[&str]| {
        let at = ["--file", file.name(), "--entity", entity, "--at", "2026-11-26T22:15:00Z"];
        let out = run(&[&[command][..], &at, zone].concat(), b"").out;
        out.lines().next().unwrap().to_owned()
    };
    let at = "2026-11-26T22:15:00Z";
    let (local, until) = ("(Thu 26 Nov 2026 23:15 +01:00)", "2026-11-27T01:00:00Z");
    assert_eq!(
        ask("check", "orders-db", &PARIS),
        format!(
            "orders-db is silenced at {at} {local} until {until} (Fri 27 Nov 2026 02:00 +01:00)"
        )
    );
    assert_eq!(ask("check", "mail", &PARIS), format!("mail is not silenced at {at} {local}"));
    assert_eq!(ask("explain", "mail", &PARIS), format!("mail is not silenced at {at} {local}"));
    let explained = ask("explain", "orders-db", &PARIS);
    assert!(explained.ends_with(&format!("{until} (Fri 27 Nov 2026 02:00 +01:00)")), "{explained}");
    assert_eq!(
        ask("check", "orders-db", &[]),
        format!("orders-db is silenced at {at} until {until}")
    );
    assert_eq!(ask("explain", "mail", &[]), format!("mail is not silenced at {at}"));
}

#[test]
fn lint_shows_instants_in_the_zone() {
    let window = |id: &str, more: &str, schedule: &str| {
        format!(
            r#"{{ "id": "{id}", {more} "scope": {{ "entity": "{id}" }}, "schedule": {schedule} }}"#
        )
    };
    let past =
        r#"{ "kind": "once", "start": "2026-06-06T19:00:00Z", "end": "2026-06-06T20:00:00Z" }"#;
    let later =
        r#"{ "kind": "once", "start": "2027-06-06T19:00:00Z", "end": "2027-06-06T20:00:00Z" }"#;
    let valid = r#""valid": { "from": "2028-01-01T00:00:00Z", "until": "2029-01-01T00:00:00Z" },"#;
    let windows = [
        window("over", "", past),
        window("outside", valid, later),
        window("endless", "", &format!(r#"{{ "kind": "not", "of": {past} }}"#)),
        window("closed", r#""closed_at": "2026-11-01T00:00:00Z","#, later),
    ];
    let text = format!(r#"{{ "version": 1, "windows": [ {} ] }}"#, windows.join(",\n"));
    let file = File::new("lint.json", text);
    let lint = |zone: &[&str]| {
        let args = ["lint", "--file", file.name(), "--at", "2026-11-26T12:00:00Z"];
        run(&[&args[..], zone].concat(), b"").out
    };
    let (shown, plain) = (lint(&PARIS), lint(&[]));
    for (t, local) in [
        ("ended at 2026-06-06T20:00:00Z", "Sat 6 Jun 2026 22:00 +02:00"),
        ("between 2028-01-01T00:00:00Z", "Sat 1 Jan 2028 01:00 +01:00"),
        (" and 2029-01-01T00:00:00Z", "Mon 1 Jan 2029 01:00 +01:00"),
        ("from 2026-11-26T12:00:00Z", "Thu 26 Nov 2026 13:00 +01:00"),
        ("closed at 2026-11-01T00:00:00Z", "Sun 1 Nov 2026 01:00 +01:00"),
    ] {
        assert!(plain.contains(t), "{t}\n{plain}");
        assert!(shown.contains(&format!("{t} ({local})")), "{t}\n{shown}");
    }
    assert!(!plain.contains("+01:00"), "{plain}");
    let json: Value = serde_json::from_str(&lint(&["--json", PARIS[0], PARIS[1]])).unwrap();
    let over = &json["findings"][0];
    assert_eq!(over["code"], json!("over"));
    assert_eq!(
        over["instants"],
        json!([{ "utc": "2026-06-06T20:00:00Z", "ms": 1_780_776_000_000_i64, "local": "2026-06-06T22:00:00+02:00" }])
    );
}
