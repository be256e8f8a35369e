//! A run of every command, as the program lists them: tests that are about all commands have
//! them from here, and a new command without a run fails.
use std::collections::BTreeSet;

use super::*;

/// The commands of `--help`.
pub(crate) fn commands() -> BTreeSet<String> {
    let help = run(&["--help"], b"").out;
    let list = help.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// What `eval` reads; other commands leave it.
pub(crate) const QUESTION: &[u8] = b"{\"entity\":\"db-7\",\"at_ms\":[0]}\n";

const FILE: [&str; 2] = ["--file", "tests/data/fleet.json"];
const AT: [&str; 2] = ["--at", "2026-11-26T21:15:00Z"];
const MONTH: [&str; 4] = ["--from", "2026-11-01", "--to", "2026-12-01"];
/// The file that `page` writes.
pub(crate) const PAGE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/every-command.html");

/// Runs that succeed and print something, at least one for each command.
pub(crate) fn runs() -> Vec<Vec<&'static str>> {
    let vendor = ["--dialect", "uptrends", "--timezone", "UTC"];
    let runs = vec![
        [&["check"], &FILE[..], &["--entity", "pg-orders-1"], &AT].concat(),
        [&["explain"], &FILE[..], &["--entity", "db-7"], &AT].concat(),
        [&["timeline"], &FILE[..], &["--entity", "db-7"], &MONTH].concat(),
        [&["eval"], &FILE[..]].concat(),
        [&["list"], &FILE[..], &AT].concat(),
        [&["lint"], &FILE[..], &AT].concat(),
        vec!["preview", "--from", "tests/data/fleet.json", "--to", "tests/data/fleet.json"],
        [&["report"], &FILE[..], &MONTH].concat(),
        [&["report", "--csv"], &FILE[..], &MONTH].concat(),
        [&["fmt"], &FILE[..]].concat(),
        vec!["completions", "bash"],
        [&["import"], &vendor[..], &["tests/data/uptrends/list.json"]].concat(),
        [&["export"], &vendor[..], &["tests/data/fleet.json"]].concat(),
        [&["page", "--json", "--out", PAGE], &FILE[..], &AT].concat(),
        vec!["test", "tests/data/fleet.tests.yaml"],
        vec!["schema"],
    ];
    let named: BTreeSet<String> = runs.iter().map(|args| args[0].to_owned()).collect();
    assert_eq!(named, commands(), "each command has a run");
    runs
}

#[test]
fn help_of_every_command_has_its_options() {
    let help = run(&["--help"], b"").out;
    assert!(help.contains("\nExit codes:\n  0  success; check: silenced\n     eval: "), "{help}");
    for command in commands() {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let own = run(&[&command, "--help"], b"").out;
        assert!(own.contains("--color <WHEN>"), "{own}");
    }
}

/// The answers of `eval` and the schema are JSON as they are; a script of a shell has no form
/// as JSON.
#[test]
fn json_of_every_command_is_one_object() {
    let mut with_option = 0;
    for args in runs() {
        let own = run(&[args[0], "--help"], b"").out;
        let is_json = ["eval", "schema"].contains(&args[0]);
        assert_eq!(own.contains("--json"), !(is_json || args[0] == "completions"), "{own}");
        if args[0] == "completions" || args.contains(&"--csv") {
            continue;
        }
        let option = if is_json || args.contains(&"--json") { None } else { Some("--json") };
        let args: Vec<&str> = args.into_iter().chain(option).collect();
        let ran = run(&args, QUESTION);
        let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| {
            panic!("{args:?}: {error}\n{}{}", ran.out, ran.err);
        });
        assert!(answer.is_object() && ran.code == 0 && ran.err.is_empty(), "{args:?}: {}", ran.err);
        with_option += 1;
    }
    assert!(with_option >= 14);
}

#[test]
fn json_of_conversions_has_document_and_notes() {
    let answer = |args: &[&str]| -> Value {
        let ran = run(args, b"");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        serde_json::from_str(&ran.out).unwrap()
    };
    let vendor = ["--dialect", "uptrends", "--timezone", "UTC"];
    let import = [&["import"], &vendor[..], &["tests/data/uptrends/list.json"]].concat();
    let json = answer(&[&import[..], &["--json"]].concat());
    let plain = run(&import, b"");
    assert_eq!(json["document"], serde_json::from_str::<Value>(&plain.out).unwrap());
    let notes = plain.err.lines().map(|line| line.strip_prefix("note: ").unwrap());
    assert_eq!(json["notes"], json!(notes.collect::<Vec<_>>()));
    assert_eq!(json["windows"], json!(json["document"]["windows"].as_array().unwrap().len()));

    let export = [&["export"], &vendor[..], &["tests/data/fleet.json"]].concat();
    let (json, plain) = (answer(&[&export[..], &["--json"]].concat()), run(&export, b""));
    assert_eq!(json["text"], json!(plain.out));
    assert_eq!(json["notes"].as_array().unwrap().len(), plain.err.lines().count());

    let fmt = ["fmt", "--file", "tests/data/fleet.json"];
    let json = answer(&[&fmt[..], &["--json"]].concat());
    assert_eq!(json["text"], json!(run(&fmt, b"").out));
    assert_eq!((&json["form"], &json["written"]), (&json!("json"), &json!(false)));
    let check = [&fmt[..], &["--check", "--json"]].concat();
    let (ran, plain) = (run(&check, b""), run(&[&fmt[..], &["--check"]].concat(), b""));
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &json["text"]), (plain.code, &Value::Null));
    assert_eq!(json["is_formatted"], json!(plain.code == 0));

    let page = [&["page", "--json", "--out", PAGE], &FILE[..], &AT].concat();
    let json = answer(&page);
    let written = std::fs::metadata(PAGE).unwrap().len();
    assert_eq!((&json["out"], &json["bytes"]), (&json!(PAGE), &json!(written)));
    assert!(json["windows"].as_u64() > Some(10) && json["entities"].as_u64() > Some(1), "{json}");
}
