//! Tests of subjects that are labels: `--label`, `--group`, and the lines of `eval`.
use super::*;

const FILE: &str = "tests/data/alerts.json";

fn alerts(command: &str, args: &[&str]) -> RunOutput {
    run(&[&[command, "--file", FILE], args].concat(), b"")
}

#[test]
fn check_labels_without_entity_answers() {
    let ask = |labels: &[&str], at: &str| {
        let labels = labels.iter().flat_map(|label| ["--label", label]);
        let args: Vec<_> = labels.chain(["--at", at]).collect();
        alerts("check", &args)
    };
    let latency = ["alertname=HighLatency", "severity=warning"];
    let ran = ask(&latency, "2026-06-06T19:30:00Z");
    let first = "{alertname=\"HighLatency\", severity=\"warning\"} is silenced at 2026-06-06T19:30:00Z \
                 until 2026-06-06T21:00:00Z\n";
    assert!(ran.out.starts_with(first), "{}", ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        ask(&["alertname=HighLatency", "severity=critical"], "2026-06-06T19:30:00Z").code,
        1
    );
    assert_eq!(ask(&["alertname=HighLatency"], "2026-06-06T19:30:00Z").code, 1);
    // The label `instance` is the entity: its rack is moved.
    assert_eq!(ask(&["instance=db-7"], "2026-06-06T20:15:00Z").code, 0);
    assert_eq!(ask(&["instance=db-8"], "2026-06-06T20:15:00Z").code, 1);
    // A name may be repeated.
    assert_eq!(ask(&["team=a", "team=b"], "2026-06-06T10:00:00Z").code, 0);
}

#[test]
fn check_entity_and_labels_keeps_the_entity() {
    let ask =
        |args: &[&str]| alerts("check", &[args, &["--at", "2026-06-06T20:15:00Z"]].concat()).code;
    assert_eq!(ask(&["--entity", "db-7"]), 0);
    assert_eq!(ask(&["--entity", "db-8", "--label", "instance=db-7"]), 1);
    assert_eq!(ask(&["--entity", "", "--label", "instance=db-7"]), 1);
    assert_eq!(ask(&["--attribute", "instance=db-7"]), 0);
    assert_eq!(ask(&["--group", "prod"]), 1);
    assert_eq!(ask(&["--alert-type", "X"]), 1);
}

#[test]
fn check_labels_json_has_null_entity() {
    let args = ["--label", "instance=db-7", "--at", "2026-06-06T20:15:00Z", "--json"];
    let answer: Value = serde_json::from_str(&alerts("check", &args).out).unwrap();
    assert_eq!(answer["entity"], Value::Null);
    assert_eq!(answer["by"][0]["id"], "rack-1-move");
}

#[test]
fn check_without_subject_is_error() {
    let ran = alerts("check", &["--at", "2026-06-06T20:15:00Z"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    for option in ["--entity <ID>", "--label <NAME=VALUE>", "--alert <FILE>"] {
        assert!(ran.err.contains(option), "{option}: {}", ran.err);
    }
    assert_eq!(alerts("check", &["--label", "team"]).code, 2);
    assert_eq!(alerts("check", &["--label", "=a"]).code, 2);
}

#[test]
fn explain_labels_names_the_failed_test() {
    let args =
        ["--label", "alertname=HighLatency", "--label", "severity=critical", "--group", "prod"];
    let args = [&args[..], &["--at", "2026-06-06T19:15:00Z"]].concat();
    let ran = alerts("explain", &args);
    let expected = "\
{alertname=\"HighLatency\", severity=\"critical\"} in prod is not silenced at 2026-06-06T19:15:00Z

not covered, because of one test, by
  latency-db \"Known latency of the databases\"
    schedule  once, 2026-06-06T19:00:00Z to 2026-06-06T21:00:00Z; notifications
    scope     {\"all\":[{\"attribute\":{\"equals\":\"HighLatency\",\"name\":\"alertname\"}},{\"attribute\":{\"name\":\"severity\",\"one_of\":[\"info\",\"warning\"]}}]}
    fails     all[1].attribute: severity must be one of \"info\", \"warning\"; it is \"critical\"
    occurs    2026-06-06T19:00:00Z to 2026-06-06T21:00:00Z, ends in 1 h 45 min
  prod-deploy
    schedule  once, 2026-06-06T18:00:00Z to 2026-06-06T19:30:00Z; notifications
    scope     {\"all\":[{\"group\":\"prod\"},{\"not\":{\"attribute\":{\"equals\":\"critical\",\"name\":\"severity\"}}}]}
    fails     all[1].not.attribute: severity must not be \"critical\"; it is \"critical\"
    occurs    2026-06-06T18:00:00Z to 2026-06-06T19:30:00Z, ends in 15 min
";
    assert_eq!((ran.out.as_str(), ran.code), (expected, 0));
}

#[test]
fn explain_json_has_verdicts() {
    let args = ["--label", "instance=db-7", "--label", "alertname=HighLatency"];
    let args = [&args[..], &["--label", "severity=none", "--at", "2026-06-06T20:15:00Z", "--json"]];
    let ran = alerts("explain", &args.concat());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["entity"], "db-7");
    assert_eq!(answer["attributes"]["severity"], json!(["none"]));
    assert_eq!((&answer["silenced"], &answer["effect"]), (&json!(true), &json!("monitoring")));
    assert_eq!(answer["omitted"], 0);
    let verdicts: Vec<_> =
        answer["windows"].as_array().unwrap().iter().map(|w| (&w["id"], &w["verdict"])).collect();
    let failed = json!({
        "path": "all[1].attribute",
        "test": { "attribute": { "name": "severity", "one_of": ["info", "warning"] } },
        "excluded": false,
        "values": ["none"],
        "text": "all[1].attribute: severity must be one of \"info\", \"warning\"; it is \"none\"",
    });
    assert_eq!(
        verdicts,
        [
            (&json!("latency-db"), &json!({ "kind": "near_miss", "failed": failed })),
            (&json!("rack-1-move"), &json!({ "kind": "silences", "via": "rack-1" })),
            (&json!("prod-deploy"), &json!({ "kind": "inactive", "state": "expired" })),
        ]
    );
    let next = &answer["windows"][1];
    assert_eq!(next["current"]["end"]["utc"], "2026-06-06T20:30:00Z");
    assert_eq!((&next["next"], &next["clock_changes"]), (&Value::Null, &json!([])));
}

#[test]
fn timeline_labels_draws_covering_windows() {
    let args = ["--label", "instance=db-7", "--from", "2026-06-06", "--to", "2026-06-07"];
    let ran = alerts("timeline", &args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("{instance=\"db-7\"}"), "{}", ran.out);
    assert!(ran.out.contains("rack-1-move") && !ran.out.contains("latency-db"), "{}", ran.out);
}

/// Each line with the windows that silence it.
#[test]
fn eval_labels_and_groups_answer() {
    let lines = [
        (r#""attributes":{"alertname":"HighLatency","severity":["info","x"]}"#, "latency-db"),
        (r#""entity":null,"attributes":{"alertname":"HighLatency","severity":"x"}"#, ""),
        (r#""attributes":{"instance":"db-7"}"#, "prod-deploy"),
        (r#""attributes":{"instance":["db-7","db-8"],"severity":[]}"#, "prod-deploy"),
        (r#""attributes":{"instance":["db-8","db-7"]}"#, ""),
        (r#""entity":"","attributes":{"instance":"db-7"}"#, ""),
        (r#""entity":"db-7","attributes":{"severity":"critical"}"#, ""),
        (r#""entity":"db-9","groups":["prod"]"#, "prod-deploy"),
        (r#""groups":["x","prod"]"#, "prod-deploy"),
        (r#""groups":["x"],"attributes":{}"#, ""),
        (r#""groups":null,"attributes":null,"alert_type":null,"entity":"db-7""#, "prod-deploy"),
        (r#""attributes":{"alertn\u0061me":"High\u004catency","severity":"info"}"#, "latency-db"),
    ];
    let at: quietude::Timestamp = "2026-06-06T19:15:00Z".parse().unwrap();
    let input: String = lines
        .iter()
        .map(|(line, _)| format!("{{{line},\"at_ms\":[{}]}}\n", at.as_millis()))
        .collect();
    let input = format!("{input}{{\"at_ms\":[0]}}\n");
    let ran = run(&["eval", "--file", FILE], input.as_bytes());
    let answers: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((line, by), answer) in lines.iter().zip(&answers) {
        let by: Vec<_> = by.split_whitespace().collect();
        assert_eq!(answer["by"], json!([by]), "{line}");
        assert_eq!(answer["silenced"], json!([!by.is_empty()]), "{line}");
    }
    assert_eq!(answers.len(), lines.len() + 1);
    assert_eq!(answers[lines.len()]["silenced"], json!([false]));
}
