//! Tests of `eval`.
use super::*;

/// Runs `eval` on the fleet and parses its answers, one per line.
fn eval(lines: &[u8]) -> Vec<Value> {
    let ran = run(&["eval", "--file", "tests/data/fleet.json"], lines);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out.lines().map(|line| serde_json::from_str(line).expect("an answer is JSON")).collect()
}

#[test]
fn eval_lines_answers_one_line_each() {
    let ran = run(
        &["eval", "--file", "tests/data/fleet.json"],
        br#"{"entity":"pg-orders-1","alert_type":null,"at_ms":[1795727700000,1795726799999,1795741200000]}
{"at_ms":[],"entity":"pg-orders-1"}
{"entity":"nas-syd-1","alert_type":"BACKUP","at_ms":[1795727700000]}"#,
    );
    assert_eq!(
        ran.out,
        r#"{"silenced":[true,false,true],"until_ms":[1795743900000,null,1795743900000],"by":[["par-nightly-backup"],[],["par-backup-verify"]]}
{"silenced":[],"until_ms":[],"by":[]}
{"silenced":[true],"until_ms":[null],"by":[["syd-nas-retired","marked-for-removal","backup-noise"]]}
"#
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

/// The tags of each window in the fleet document describe the expected answers.
#[test]
fn eval_fleet_edge_cases_match_their_tags() {
    let corners = [
        // In the gap, in the fold, and around it.
        ("pg-orders-2", false, "2026-03-29T00:59:59.999Z"),
        ("pg-orders-2", true, "2026-03-29T01:00:00Z"),
        ("kafka-fra-1", false, "2026-03-29T01:00:00Z"),
        ("elastic-fra-1", true, "2026-10-25T00:20:00Z"),
        ("elastic-fra-1", false, "2026-10-25T02:00:00Z"),
        ("web-par-1", true, "2026-10-25T01:59:59.999Z"),
        ("web-par-1", false, "2026-10-25T02:00:00Z"),
        ("web-nyc-1", true, "2026-11-01T05:15:00Z"),
        ("web-nyc-2", true, "2026-11-01T05:29:59.999Z"),
        ("web-nyc-2", false, "2026-11-01T05:30:00Z"),
        ("web-nyc-2", false, "2026-11-01T06:15:00Z"),
        ("weather-ldh-1", true, "2026-10-03T15:20:00Z"),
        ("pos-gateway-gru", true, "2018-11-04T03:00:00Z"),
        ("pos-gateway-gru", false, "2018-11-04T02:59:59.999Z"),
        ("edge-apw-1", true, "2011-12-23T20:00:00Z"),
        ("edge-apw-1", false, "2011-12-30T20:00:00Z"),
        // Months.
        ("mysql-crm-1", true, "2026-10-30T20:30:00Z"),
        ("mysql-crm-1", false, "2026-11-29T20:30:00Z"),
        ("mongo-catalog-1", true, "2026-12-01T05:30:00Z"),
        ("web-tyo-1", true, "2028-02-28T15:00:00Z"),
        ("web-tyo-1", false, "2027-02-28T15:00:00Z"),
        // Every two weeks, but not on the exception.
        ("k8s-fra", true, "2026-11-25T05:30:00Z"),
        ("k8s-fra", false, "2026-11-18T05:30:00Z"),
        // Propagation, exclusion, validity, closing, switching off.
        ("fra1-r02", true, "2026-12-01T08:30:00Z"),
        ("kafka-fra-2", false, "2026-12-01T08:30:00Z"),
        ("kafka-fra-2", true, "2026-12-24T12:00:00Z"),
        ("db-7", false, "2026-12-24T12:00:00Z"),
        ("db-7-wal", false, "2026-12-24T12:00:00Z"),
        ("db-7", false, "2026-02-01T20:29:59.999Z"),
        ("db-7", true, "2026-02-01T20:30:00Z"),
        ("gru1-r02", true, "2026-11-26T06:09:59.999Z"),
        ("gru1-r02", false, "2026-11-26T06:10:00Z"),
        ("par1", false, "2026-06-15T12:00:00Z"),
        ("vendor-sftp", true, "2026-11-27T16:45:00Z"),
        ("anything", true, "2026-10-25T00:30:00Z"),
    ];
    let line = |(entity, _, when): &(&str, bool, &str)| {
        let at: quietude::Timestamp = when.parse().unwrap();
        format!(
            "{{\"entity\":\"{entity}\",\"at_ms\":[{}]}}
",
            at.as_millis()
        )
    };
    let answers = eval(corners.iter().map(line).collect::<String>().as_bytes());
    assert_eq!(answers.len(), corners.len());
    for ((entity, silenced, when), answer) in corners.into_iter().zip(answers) {
        assert_eq!(answer["silenced"], json!([silenced]), "{entity} {when}");
    }
}

#[test]
fn eval_invalid_line_answers_error_and_continues() {
    let good = br#"{"entity":"db-7","at_ms":[0]}"#;
    for (bad, error) in [
        (&b""[..], "the line is not a JSON object"),
        (b"nonsense", "the line is not a JSON object"),
        (br#"["db-7",null,[0]]"#, "the line is not a JSON object"),
        (br#"{"entity":"db-7","at_ms":[0]"#, "column 28: EOF while parsing an object"),
        (br#"{"entity":"db-7","at_ms":[0]} 1"#, "column 31: trailing characters"),
        (br#"{"entity":"db-7"}"#, "missing field `at_ms`"),
        (br#"{"groups":"prod","at_ms":[0]}"#, "invalid type: string \"prod\", expected a sequence"),
        (br#"{"groups":[null],"at_ms":[0]}"#, "invalid type: null, expected a string"),
        (br#"{"attributes":[],"at_ms":[0]}"#, "expected an object of strings and lists of strings"),
        (
            br#"{"attributes":{"team":null},"at_ms":[0]}"#,
            "invalid type: null, expected a string or a list of strings as attribute \"team\"",
        ),
        (br#"{"attributes":{"team":["a",null]},"at_ms":[0]}"#, "invalid type: null"),
        (br#"{"attributes":{"team":7},"at_ms":[0]}"#, "invalid type: integer `7`"),
        (br#"{"attributes":{"a":"x","a":"y"},"at_ms":[0]}"#, "attribute \"a\" is repeated"),
        (br#"{"entity":7,"at_ms":[0]}"#, "invalid type: integer `7`, expected a string"),
        (br#"{"entity":"db-7","at_ms":0}"#, "invalid type: integer `0`, expected a sequence"),
        (br#"{"entity":"db-7","at_ms":[0.5]}"#, "invalid type: floating point `0.5`, expected i64"),
        (br#"{"entity":"db-7","at_ms":["0"]}"#, "invalid type: string \"0\", expected i64"),
        (
            br#"{"entity":"db-7","at_ms":[0],"zone":"UTC"}"#,
            "unknown field `zone`, expected one of `entity`, `alert_type`, `groups`, `attributes`, `at_ms`",
        ),
        (br#"{"entity":"db-7","at_ms":[0],"at_ms":[1]}"#, "duplicate field `at_ms`"),
        (
            br#"{"entity":"db-7","at_ms":[0,253402300800000]}"#,
            "at_ms[1]: 253402300800000 ms is not in the years 1 to 9999",
        ),
        (
            br#"{"entity":"db-7","at_ms":[-62135596800001]}"#,
            "at_ms[0]: -62135596800001 ms is not in the years 1 to 9999",
        ),
        (br#"{"entity":"db-7","at_ms":[99999999999999999999]}"#, "expected i64"),
        (b"{\"entity\":\"\xff\",\"at_ms\":[0]}", "invalid unicode code point"),
    ] {
        let answers = eval(&[good, &b"\n"[..], bad, b"\n", good, b"\n"].concat());
        assert_eq!(answers.len(), 3, "{error}");
        assert_eq!(answers[0], answers[2], "{error}");
        let text = answers[1]["error"].as_str().unwrap_or_else(|| panic!("{}", answers[1]));
        assert!(text.contains(error), "{text}");
    }
}

#[test]
fn eval_first_and_last_instant_answers() {
    let answers = eval(
        br#"{"entity":"nas-syd-1","at_ms":[-62135596800000,253402300799999]}
{"entity":"fra1","at_ms":[-62135596800000,253402300799999]}"#,
    );
    assert_eq!(answers[0]["silenced"], json!([true, true]));
    assert_eq!(answers[0]["until_ms"], json!([null, null]));
    assert_eq!(answers[1]["silenced"], json!([false, false]));
}

#[test]
fn eval_surrounding_whitespace_is_ignored() {
    let answers = eval(
        b" {\"entity\":\"db-7\",\"at_ms\":[0]} \r\n{\"entity\":\"db\\u002d7\",\"at_ms\":[0]}\r\n",
    );
    assert_eq!(answers[0], json!({ "silenced": [false], "until_ms": [null], "by": [[]] }));
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn eval_many_lines_keeps_order() {
    let start = 1_795_727_700_000_i64;
    let mut lines = String::new();
    for number in 0..20_000 {
        let at_ms = start + number * 60_000;
        lines += &format!("{{\"entity\":\"staging-db-1\",\"at_ms\":[{at_ms}]}}\n");
        if number % 1000 == 0 {
            lines += "?\n";
        }
    }
    let answers = eval(lines.as_bytes());
    assert_eq!(answers.len(), 20_020);
    let errors: Vec<_> =
        (0..).zip(&answers).filter(|(_, answer)| answer["error"].is_string()).collect();
    assert!(errors.iter().map(|(index, _)| *index).eq((0..20).map(|k| k * 1001 + 1)));
    let silenced = answers.iter().filter(|answer| answer["silenced"] == json!([true])).count();
    assert!((1..20_000).contains(&silenced));
}

#[test]
fn eval_interactive_client_gets_answer_before_next_query() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(PROGRAM)
        .args(["eval", "--file", "tests/data/fleet.json"])
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"{\"entity\":\"db-7\",\"at_ms\":[0]}\n").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert_eq!(answer, "{\"silenced\":[false],\"until_ms\":[null],\"by\":[[]]}\n");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn eval_invalid_document_exits_with_2() {
    let ran = run(&["eval", "--file", "README.md"], b"{\"entity\":\"db-7\",\"at_ms\":[0]}\n");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with("error: README.md: JSON: "), "{}", ran.err);
}

#[test]
fn eval_combination_ends_with_its_occurrence() {
    let ran = run(
        &["eval", "--file", "tests/data/fleet.json"],
        b"{\"entity\":\"lab-1\",\"at_ms\":[1795779000000,1795786200000]}\n",
    );
    assert_eq!(
        ran.out,
        "{\"silenced\":[true,false],\"until_ms\":[1795780800000,null],\
         \"by\":[[\"lab-office-hours\"],[]]}\n"
    );
}
