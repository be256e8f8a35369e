//! Silences of the API.

use quietude_formats::Format;
use serde_json::json;

use super::{at, error, import, is_silenced, notes};

fn silence(start: &str, end: &str) -> String {
    json!([{ "id": "s", "status": { "state": "active" }, "updatedAt": start, "startsAt": start, "endsAt": end,
        "comment": "disk swap", "createdBy": "ann",
        "matchers": [{ "name": "alertname", "value": "DiskFull", "isRegex": false, "isEqual": true }] }])
    .to_string()
}

#[test]
fn bounds_are_whole_milliseconds_within() {
    // Both ends of a silence belong to it.
    for (start, end, expected, count) in [
        (
            "2026-06-06T19:00:00.000Z",
            "2026-06-06T21:00:00.000Z",
            ("2026-06-06T19:00:00Z", "2026-06-06T21:00:00.001Z"),
            0,
        ),
        (
            "2026-06-06T19:00:00.000000001Z",
            "2026-06-06T21:00:00.999999999Z",
            ("2026-06-06T19:00:00.001Z", "2026-06-06T21:00:01Z"),
            1,
        ),
        (
            "2026-06-06T21:00:00.1234+02:00",
            "2026-06-06T21:00:00.5Z",
            ("2026-06-06T19:00:00.124Z", "2026-06-06T21:00:00.501Z"),
            1,
        ),
        ("2026-06-06T19:00:00Z", "9999-12-31T23:59:59.999Z", ("2026-06-06T19:00:00Z", ""), 0),
    ] {
        let imported = import(&silence(start, end));
        assert_eq!(imported.notes.len(), count, "{:?}", notes(&imported));
        let window = imported.document.registry.get("s").expect("a window");
        let occurrence = window.next_occurrence(at("0001-01-01T00:00:00Z")).expect("an occurrence");
        assert_eq!(occurrence.start(), at(expected.0));
        let end = if expected.1.is_empty() { quietude::Timestamp::END } else { at(expected.1) };
        assert_eq!(occurrence.end(), end);
        assert_eq!(
            (window.name(), window.tags()["createdBy"].as_str()),
            (Some("disk swap"), "ann")
        );
    }
}

#[test]
fn silence_without_an_instant_is_left_out() {
    for (start, end) in [
        ("2026-06-06T19:00:00.000Z", "2026-06-06T19:00:00.000Z"),
        ("2026-06-06T19:00:00.000Z", "2026-06-06T18:00:00.000Z"),
        ("2026-06-06T19:00:00.0001Z", "2026-06-06T19:00:00.0002Z"),
    ] {
        let imported = import(&silence(start, end));
        assert!(imported.document.registry.is_empty());
        assert_eq!((imported.notes.len(), &*imported.notes[0].field), (1, "endsAt"));
    }
}

#[test]
fn matchers_have_alertmanagers_meaning() {
    let text = |matchers: serde_json::Value| {
        json!({ "startsAt": "2026-06-06T19:00:00Z", "endsAt": "2026-06-06T21:00:00Z", "matchers": matchers }).to_string()
    };
    let imported = import(&text(json!([
        { "name": "instance", "value": "db-\\d+", "isRegex": true },
        { "name": "team", "value": "web", "isRegex": false, "isEqual": false },
        { "name": "owner", "value": "", "isRegex": false, "isEqual": null } ])));
    assert_eq!(
        imported.document.registry.iter().next().expect("a window").id().as_str(),
        "silence-1"
    );
    let silenced = |labels: &[(&str, &str)]| {
        is_silenced(&imported.document, labels, at("2026-06-06T20:00:00Z"))
    };
    assert!(silenced(&[("instance", "db-7")]));
    assert!(!silenced(&[("instance", "db-\u{667}")]));
    assert!(!silenced(&[("instance", "db-7"), ("team", "web")]));
    assert!(silenced(&[("instance", "db-7"), ("team", "sre"), ("owner", "")]));
    assert!(!silenced(&[("instance", "db-7"), ("owner", "ann")]));
    // One that cannot be used leaves the silence out.
    let imported = import(&text(json!([{ "name": "a", "value": "\\Bx", "isRegex": true }])));
    assert_eq!(
        notes(&imported),
        ["silence silence-1: matchers[0]: `\\B` has no equivalent; the silence is left out"]
    );
    assert!(imported.document.registry.is_empty());
}

#[test]
fn repeated_and_unknown_fields() {
    let one = silence("2026-06-06T19:00:00Z", "2026-06-06T21:00:00Z");
    let object = &one[1..one.len() - 1];
    let with_field = object.replacen('{', "{\"annotations\":{},", 1);
    let imported = import(&format!("[{object},{with_field}]"));
    assert_eq!(
        notes(&imported),
        [
            "silence s: annotations: is not a field of a silence",
            "silence s: id: the id is taken or not allowed; the window is \"s#2\"",
        ]
    );
    assert_eq!(imported.document.registry.len(), 2);
}

#[test]
fn errors_name_path_and_value() {
    for (text, expected) in [
        ("[1]", "line 1, column 2: [0]: 1 is not an object"),
        (r#"[{"startsAt": "x"}]"#, "line 1, column 2: [0]: `matchers` is missing"),
        (
            r#"[{"matchers": [], "startsAt": "2026-06-06T19:00:00Z", "endsAt": "2026-06-06T21:00:00Z"}]"#,
            "line 1, column 15: [0].matchers: a silence has at least one matcher",
        ),
        (
            r#"[{"matchers": [{"name": "a"}], "startsAt": "2026-06-06T19:00:00Z", "endsAt": "2026-06-06T21:00:00Z"}]"#,
            "line 1, column 16: [0].matchers[0]: `value` is missing",
        ),
        (
            r#"[{"matchers": [{"name": "a", "value": "b", "isRegexp": true}]}]"#,
            "line 1, column 56: [0].matchers[0].isRegexp: is not a field of this object; `isRegex` is",
        ),
        (
            r#"[{"matchers": [{"name": "a", "value": "b"}], "startsAt": "yesterday", "endsAt": "2026-06-06T21:00:00Z"}]"#,
            "line 1, column 58: [0].startsAt: ",
        ),
        (r#"[{"a": 1, "a": 2}]"#, "line 1, column 13: the key \"a\" is repeated"),
        ("[{]", "line 1, column 3: not JSON: key must be a string"),
    ] {
        let error = error(Format::Alertmanager, text);
        assert!(error.starts_with(expected), "{error}\nexpected:\n{expected}");
    }
}
