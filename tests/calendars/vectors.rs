//! Samples and test tables of other systems, in the forms of the native document:
//! `tests/data/calendars.jsonl`. Each line has the name of the system, a schedule, perhaps a
//! validity, and instants with the expected answer.

use quietude::{Document, Silencer, Subject, Timestamp};
use serde_json::Value;

/// The rows that fail, as text.
fn failures(row: &Value) -> Vec<String> {
    let system = row["system"].as_str().unwrap();
    let window = match row.get("valid") {
        Some(valid) => format!(
            r#"{{"id":"w","scope":"everything","schedule":{},"valid":{valid}}}"#,
            row["schedule"]
        ),
        None => {
            format!(r#"{{"id":"w","scope":"everything","schedule":{}}}"#, row["schedule"])
        }
    };
    let text = format!(r#"{{"version":1,"windows":[{window}]}}"#);
    let document = match Document::from_json(&text) {
        Ok(document) => document,
        Err(error) => return vec![format!("{system}: {error}: {}", row["schedule"])],
    };
    let again = Document::from_json(&document.to_json()).unwrap();
    assert!(again.registry.iter().eq(document.registry.iter()), "{text}");
    let window = document.registry.get("w").unwrap();
    let near = Timestamp::from_millis(row["expected"][0][0].as_i64().unwrap()).unwrap();
    let silencer = Silencer::builder().now(near).build(&document.registry).unwrap();
    let mut wrong = Vec::new();
    for pair in row["expected"].as_array().unwrap() {
        let at = Timestamp::from_millis(pair[0].as_i64().unwrap()).unwrap();
        let expected = pair[1].as_bool().unwrap();
        let found = [
            window.is_active(at),
            silencer.is_silenced(Subject::entity("x"), at),
            window.occurrence_at(at).is_some_and(|occurrence| occurrence.contains(at)),
        ];
        if found != [expected; 3] {
            wrong.push(format!("{system}: {at}: {found:?}: {}", row["schedule"]));
        }
    }
    wrong
}

#[test]
fn vectors_of_other_systems_hold() {
    let text = include_str!("../data/calendars.jsonl");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 83);
    let wrong: Vec<String> = rows.iter().flat_map(failures).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
