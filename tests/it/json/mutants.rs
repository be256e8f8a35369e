//! Ten thousand mutated documents. Each gives a document, or an error with a location. None
//! panics or takes long.

use std::time::{Duration, Instant};

use quietude::limits::MAX_DOCUMENT_ERRORS;
use quietude::{Document, ErrorKind, Interval, Silencer, Subject, Timestamp};
use serde_json::{Map, Value, json};

use super::REFERENCE;
use crate::testing::SplitMix64;

/// The number of mutants.
const MUTANTS: u64 = 10_000;

/// The maximum time for one mutant, generous enough for slow machines.
const AT_MOST: Duration = Duration::from_secs(5);

/// Random choices. Numbers are reduced by modulo, which fixes the sequence of mutants.
struct Choices(SplitMix64);

impl Choices {
    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The reference document, with one value of every field that it does not have.
fn rich() -> Value {
    let mut document: Value = serde_json::from_str(REFERENCE).unwrap();
    let more = json!([
        { "id": "m-1", "enabled": false, "effect": "monitoring", "propagation": "entity",
          "closed_at": "2026-07-01T00:00:00Z", "state": { "during": 300, "after": 1000 },
          "valid": { "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z" },
          "schedule": { "kind": "monthly", "day": [1, -1, { "nth": 2, "weekday": "tuesday" }],
            "clock": "23:59:59.999-00:00:00.001", "timezone": "Australia/Lord_Howe",
            "every": { "n": 2, "anchor": "2026-01-05" }, "months": ["january", "june"],
            "except": ["2026-12-24"], "count": 10 },
          "scope": { "any": [ { "attribute": { "name": "n", "matches": "a.*b" } },
            { "attribute": { "name": "n", "one_of": ["x", "y"] } },
            { "attribute": { "name": "n", "present": true } } ] } },
        { "id": "m-2", "scope": { "entities": ["a", "b"] },
          "schedule": { "kind": "daily", "clock": "00:00-24:00", "timezone": "Asia/Kathmandu" } }
    ]);
    document["windows"].as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
    let racks = json!([
        { "id": "rack-1", "parents": ["site"], "groups": ["prod-eu"] },
        { "id": "site", "attributes": { "n": ["x", "ab"] } }
    ]);
    let entities = document["topology"]["entities"].as_array_mut().unwrap();
    entities.extend(racks.as_array().unwrap().iter().cloned());
    document
}

/// Collects the JSON pointer of every value.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                paths(value, &format!("{here}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                paths(value, &format!("{here}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// A random replacement of a value.
fn other(value: &Value, choices: &mut Choices) -> Value {
    let words = [
        "",
        "Mars/Olympus",
        "europe/berlin",
        "99:99-00:00",
        "22:00-22:00",
        "\0",
        "ü",
        "💥",
        "w-42",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "2026-13-01",
        "everything",
        "a|(?:b",
        "(((((",
        "(a{1000}){1000}",
        "once",
        "daily",
        "rule",
        "null",
        "-1",
    ];
    let numbers = [
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(0.5),
        json!(-0.0),
        json!(31),
        json!(32),
        json!(4_294_967_295u32),
        json!(1),
    ];
    match choices.below(10) {
        0 => Value::Null,
        1 => json!(choices.below(2) == 0),
        2 | 3 => choices.choose(&numbers).clone(),
        4 | 5 => json!(choices.choose(&words)),
        6 => json!([]),
        7 => json!({}),
        8 => json!([value]),
        _ => json!("x".repeat(1 << choices.below(18))),
    }
}

/// Nests a value in many levels.
fn deep(value: &Value, choices: &mut Choices) -> Value {
    let depth = choices.choose(&[3, 60, 64, 70, 120, 130]);
    (0..*depth).fold(value.clone(), |value, level| {
        if level % 2 == 0 { json!({ "not": value }) } else { json!({ "all": [value] }) }
    })
}

/// Mutates one value of a document.
fn break_one(document: &mut Value, choices: &mut Choices) {
    let mut all = Vec::new();
    paths(document, "", &mut all);
    let (path, source) = (choices.choose(&all).clone(), choices.choose(&all).clone());
    let copy = document.pointer(&source).unwrap().clone();
    let source = document.pointer_mut(&path).unwrap();
    match choices.below(8) {
        0..=2 => *source = other(source, choices),
        3 => *source = copy,
        4 => *source = deep(source, choices),
        5 => match source {
            // Duplicate an element: repeated ids, longer lists.
            Value::Array(list) if !list.is_empty() => list.push(choices.choose(list).clone()),
            Value::String(text) => text.push('x'),
            Value::Number(_) => *source = json!(u64::MAX),
            _ => *source = Value::Null,
        },
        6 => match source {
            Value::Object(fields) => {
                fields
                    .insert(choices.choose(&["kind", "extra", "id", "not", ""]).to_string(), copy);
            }
            _ => *source = json!("site"),
        },
        _ => match source {
            Value::Object(fields) if !fields.is_empty() => {
                let keys: Vec<String> = fields.keys().cloned().collect();
                fields.remove(choices.choose(&keys).as_str());
            }
            Value::Array(list) if !list.is_empty() => drop(list.remove(choices.below(list.len()))),
            _ => *source = Value::Object(Map::new()),
        },
    }
}

/// Mutates the JSON text.
fn break_text(text: String, choices: &mut Choices) -> String {
    let mut bytes = text.into_bytes();
    match choices.below(6) {
        0 => bytes.truncate(choices.below(bytes.len())),
        1 => {
            let at = choices.below(bytes.len());
            bytes[at] = *choices.choose(b"{}[]\",:0e-+.\\nu \0\x7f");
        }
        2 => {
            let (from, to) = (choices.below(bytes.len()), choices.below(bytes.len()));
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            let at = choices.below(bytes.len());
            bytes.splice(at..at, piece);
        }
        3 => {
            let at = choices.below(bytes.len());
            let digits = "9".repeat(1 << choices.below(12));
            bytes.splice(at..at, digits.into_bytes());
        }
        4 => {
            // Repeat a key.
            let text = String::from_utf8(bytes).unwrap();
            let key = choices.choose(&[
                "\"id\":",
                "\"kind\":",
                "\"clock\":",
                "\"scope\":",
                "\"groups\":",
            ]);
            let twice = format!("{key}\"a\",{key}");
            return text.replacen(*key, &twice, 1 + choices.below(3));
        }
        _ => {
            let at = choices.below(bytes.len());
            let brackets = "[".repeat(1 << choices.below(16));
            bytes.splice(at..at, brackets.into_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn mutant(seed: u64, rich: &Value) -> String {
    let mut choices = Choices(SplitMix64::new(seed));
    let mut document = rich.clone();
    let times = choices.below(2);
    (0..=times).for_each(|_| break_one(&mut document, &mut choices));
    let text = document.to_string();
    if choices.below(3) == 0 { break_text(text, &mut choices) } else { text }
}

/// Whether the error has a location: a line, a window, a path, or the whole document.
fn has_location(error: &quietude::Error) -> bool {
    let text = error.to_string();
    !text.is_empty()
        && (error.window().is_some()
            || !error.path().is_empty()
            || (matches!(error.kind(), ErrorKind::Syntax | ErrorKind::Limit)
                && text.contains(" at line "))
            || text.contains(" is not a document"))
}

/// Queries a document that was read.
fn query(document: &Document) {
    let silencer =
        Silencer::builder().topology(document.topology.clone()).build(&document.registry);
    let silencer = silencer.expect("a document is within the limits");
    for t in [Timestamp::MIN, Timestamp::constant(1_795_727_700_000), Timestamp::MAX] {
        for entity in ["db-7", "a", "nobody"] {
            let subject = Subject::entity(entity).with_alert_type("BACKUP");
            let silenced = silencer.is_silenced(subject, t);
            assert_eq!(silencer.silenced_until(subject, t).is_some(), silenced);
        }
    }
    let within = Interval::new(Timestamp::constant(0), Timestamp::constant(86_400_000)).unwrap();
    let _ = silencer.timeline(Subject::entity("db-7"), within).take(100).count();
    let text = document.to_json();
    let again = Document::from_json(&text).expect("what was written can be read");
    assert_eq!(again.topology, document.topology);
    assert_eq!(again.to_json(), text);
}

#[test]
fn mutants_value_or_located_error() {
    let rich = rich();
    Document::from_json(&rich.to_string()).expect("the document is valid before it is mutated");
    let (mut values, mut errors) = (0, 0);
    for seed in 0..MUTANTS {
        let text = mutant(seed, &rich);
        let begun = Instant::now();
        match Document::from_json(&text) {
            Ok(document) => {
                values += 1;
                // Every tenth document: queries take longer than reading.
                if seed % 10 == 0 {
                    assert_eq!(Document::check(&text), [], "mutant {seed}");
                    query(&document);
                }
            }
            Err(error) => {
                errors += 1;
                assert!(has_location(&error), "mutant {seed}: {error}");
                assert!(error.to_string().len() < 2_000, "mutant {seed}: {error}");
                if seed % 10 == 0 {
                    let all = Document::check(&text);
                    assert!(!all.is_empty() && all.len() <= MAX_DOCUMENT_ERRORS, "mutant {seed}");
                }
            }
        }
        assert!(begun.elapsed() < AT_MOST, "mutant {seed} took {:?}", begun.elapsed());
    }
    // Both outcomes must be frequent, otherwise the mutation is too weak or too strong.
    assert!(values > MUTANTS / 20 && errors > MUTANTS / 2, "{values} values, {errors} errors");
}

/// Large numbers in the fields that take part in arithmetic.
#[test]
fn large_numbers_no_slowdown() {
    let daily = |rules: &str| {
        format!(
            r#"{{"version":1,"windows":[{{"id":"w","scope":"everything","schedule":
            {{"kind":"daily","clock":"22:00-23:00","timezone":"UTC",{rules}}}}}]}}"#
        )
    };
    for rules in [
        r#""every":{"n":1,"anchor":"0001-01-01"},"count":4294967295"#,
        r#""every":{"n":4294967295,"anchor":"0001-01-01"},"count":4294967295"#,
        r#""every":{"n":1,"anchor":"9999-12-31"},"count":4294967295"#,
        r#""every":{"n":1,"anchor":"2026-01-01"},"months":["february"],"count":4294967295"#,
    ] {
        let begun = Instant::now();
        assert!(Document::from_json(&daily(rules)).is_ok(), "{rules}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{rules}: {:?}", begun.elapsed());
    }
}
