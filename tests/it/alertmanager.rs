//! Alertmanager's matchers: the tables of its own tests, and labels that are missing.

use quietude::alertmanager::{LabelMatcher, Matchers, Syntax};
use quietude::{Once, Propagation, Scope, Subject, Topology, Window};
use serde_json::Value;

use crate::helpers::at;

fn cases(table: &str, expected: usize) -> Vec<Value> {
    let data = include_str!("../data/alertmanager_matchers.json");
    let tables: Value = serde_json::from_str(data).unwrap();
    let cases = tables[table]["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), expected, "{table}");
    cases
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{field} of {case}"))
}

fn operator(matcher: &LabelMatcher) -> &'static str {
    match (matcher.is_regex(), matcher.is_equal()) {
        (false, true) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (true, false) => "!~",
    }
}

/// The matchers as `[name, operator, value]`.
fn triples(matchers: &Matchers) -> Value {
    let triple = |matcher: &LabelMatcher| {
        Value::from(vec![matcher.name(), operator(matcher), matcher.value()])
    };
    matchers.into_iter().map(triple).collect()
}

/// The matchers of `[name, operator, value]`, through the JSON of the API.
fn made(triples: &Value) -> Result<Matchers, quietude::Error> {
    let objects: Value = triples
        .as_array()
        .unwrap()
        .iter()
        .map(|triple| {
            let operator = triple[1].as_str().unwrap();
            let (regex, equal) = (operator.ends_with('~'), operator.starts_with('='));
            serde_json::json!({ "name": triple[0], "value": triple[2],
                                "isRegex": regex, "isEqual": equal })
        })
        .collect();
    Matchers::from_json(&objects.to_string())
}

fn covers(scope: Scope, labels: &[(&str, &str)]) -> bool {
    let once = Once::new(at("2026-06-06T19:00:00Z"), at("2026-06-06T20:00:00Z")).unwrap();
    let window = Window::builder("w").schedule(once).scope(scope);
    let window = window.propagation(Propagation::Entity).build().unwrap();
    window.covers(&Subject::labels(labels), &Topology::default())
}

/// Replays a table of inputs.
fn replay(table: &str, expected: usize, syntax: Syntax) {
    for case in cases(table, expected) {
        let input = text(&case, "input");
        match Matchers::parse_with(input, syntax) {
            Ok(matchers) => assert_eq!(triples(&matchers), case["matchers"], "{table}: {input}"),
            Err(error) => {
                assert!(case["error"].is_string(), "{table}: {input}: {error}");
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}

#[test]
fn vendor_utf8_inputs() {
    replay("utf8", 43, Syntax::Utf8);
    replay("utf8_tokens", 11, Syntax::Utf8);
    replay("utf8_compliance", 35, Syntax::Utf8);
}

#[test]
fn vendor_classic_inputs() {
    replay("classic", 53, Syntax::Classic);
}

#[test]
fn vendor_fallback_inputs() {
    replay("fallback", 10, Syntax::Fallback);
}

#[test]
fn vendor_inputs_of_one_matcher() {
    for case in cases("utf8_one", 4) {
        let parsed = Matchers::parse_with(text(&case, "input"), Syntax::Utf8);
        match text(&case, "error") {
            "no matchers" => assert!(parsed.unwrap().is_empty()),
            "expected 1 matcher, found 2" => assert_eq!(parsed.unwrap().as_slice().len(), 2),
            _ => assert!(parsed.is_err()),
        }
    }
}

/// The vendor counts columns from 0 and we count from 1.
#[test]
fn vendor_error_columns() {
    let mut compared = 0;
    for case in cases("utf8", 43) {
        let Some(error) = case["error"].as_str() else { continue };
        let (column, _) = error.split_once(':').unwrap();
        let column = column.parse::<usize>().unwrap() + 1;
        let refused = Matchers::parse_with(text(&case, "input"), Syntax::Utf8).unwrap_err();
        // At the end, and for a brace, the vendor's column is that of the first token.
        if error.contains("unexpected") || error.contains("invalid") {
            assert!(refused.to_string().contains(&format!("column {column}: ")), "{refused}");
            compared += 1;
        }
    }
    assert_eq!(compared, 6);
}

#[test]
fn vendor_match_results() {
    for (table, expected) in [("values", 17), ("label_sets", 7), ("silences", 7)] {
        for case in cases(table, expected) {
            let labels = case["labels"].as_object().unwrap();
            let labels: Vec<_> =
                labels.iter().map(|(name, value)| (&**name, value.as_str().unwrap())).collect();
            let scope = made(&case["matchers"]).unwrap().scope();
            assert_eq!(covers(scope, &labels), case["match"].as_bool().unwrap(), "{case}");
        }
    }
}

#[test]
fn vendor_texts() {
    for case in cases("texts", 12) {
        let matchers = made(&Value::Array(vec![case["matcher"].clone()])).unwrap();
        let shown = text(&case, "text");
        assert_eq!(matchers.as_slice()[0].to_string(), shown);
        assert_eq!(Matchers::parse_with(shown, Syntax::Utf8).unwrap(), matchers);
        assert_eq!(Matchers::parse(&matchers.to_string()).unwrap(), matchers);
    }
}

#[test]
fn vendor_json_and_validation() {
    for case in cases("json", 5) {
        let matchers = Matchers::from_json(text(&case, "json")).unwrap();
        assert_eq!(triples(&matchers)[0], case["matcher"]);
    }
    for case in cases("valid", 6) {
        let made = made(&Value::Array(vec![case["matcher"].clone()]));
        assert_eq!(made.is_err(), case["error"].is_string(), "{case}");
    }
}

/// Go reads a missing key of a map as the empty string: every matcher has the same answer
/// for a label that is missing and for one that is empty.
#[test]
fn missing_label_equals_empty_label() {
    for operator in ["=", "!=", "=~", "!~"] {
        for value in ["", "x", ".*", ".+", "x|", "(?s).*", "x?"] {
            let matchers = Matchers::parse(&format!("foo{operator}\"{value}\"")).unwrap();
            let answers = |labels: &[(&str, &str)]| {
                let single = covers(matchers.scope(), labels);
                let both = Matchers::parse(&format!("{},bar=y", matchers.as_slice()[0])).unwrap();
                let labels: Vec<_> = labels.iter().copied().chain([("bar", "y")]).collect();
                assert_eq!(covers(both.scope(), &labels), single);
                single
            };
            let empty = match operator {
                "=" => value.is_empty(),
                "!=" => !value.is_empty(),
                "=~" => !["x", ".+"].contains(&value),
                _ => ["x", ".+"].contains(&value),
            };
            assert_eq!(answers(&[("foo", "")]), empty, "{matchers}");
            assert_eq!(answers(&[]), empty, "{matchers}");
        }
    }
}

#[test]
fn from_json_invalid_error() {
    for (json, message) in [
        ("3", "3 is not an object"),
        ("[3]", "[0]: 3 is not an object"),
        (r#"[{"name":"a","value":null}]"#, "[0].value: null is not a string"),
        (r#"{"value":"x"}"#, "name: is missing"),
        (r#"{"name":"a","value":"x","isRegex":1}"#, "isRegex: 1 is not true or false"),
        (
            r#"{"name":"a","value":"x","is_regex":true}"#,
            "is_regex: is not a field; there are name, value, isRegex, isEqual; did you mean isRegex?",
        ),
        (
            r#"[{"name":"","value":"x"}]"#,
            "[0].name: \"\" is not an id: 1 to 1024 bytes without control characters",
        ),
        (
            r#"[{"name":"a","value":"(","isRegex":true}]"#,
            "[0].value: \"(\" is not a pattern: unclosed group",
        ),
    ] {
        assert_eq!(Matchers::from_json(json).unwrap_err().to_string(), message);
    }
    let many = vec![r#"{"name":"a","value":"b"}"#; 257].join(",");
    let error = Matchers::from_json(&format!("[{many}]")).unwrap_err();
    assert_eq!(error.to_string(), "257 matchers are more than 256");
}

/// As in Go's regular expressions.
#[test]
fn quoted_text_in_pattern_stands_for_itself() {
    let matchers = Matchers::parse(r#"{instance=~"\\Qdb.7\\E:\\d+",job!~"\\Qa|b"}"#).unwrap();
    let values: Vec<&str> = matchers.into_iter().map(LabelMatcher::value).collect();
    assert_eq!(values, [r"\Qdb.7\E:\d+", r"\Qa|b"]);
    let covers = |instance, job| covers(matchers.scope(), &[("instance", instance), ("job", job)]);
    assert!(covers("db.7:90", "a"));
    assert!(!covers("dbx7:90", "a"));
    assert!(!covers("db.7:90", "a|b"));
}
