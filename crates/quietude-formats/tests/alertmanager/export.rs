//! Windows as silences, and back.

use quietude::{Document, Interval, Subject, Timestamp};
use quietude_formats::{ExportOptions, Exported, Format};
use serde_json::{Value, json};

use super::random::Random;
use super::{at, import, is_silenced, read};

fn june() -> Interval {
    Interval::new(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")).expect("an interval")
}

fn export(document: &Document) -> Exported {
    Format::Alertmanager
        .export(document, &ExportOptions::new().within(june()))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn document(windows: Value, topology: Value) -> Document {
    let text = json!({ "version": 1, "windows": windows, "topology": topology }).to_string();
    Document::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn daily(scope: &Value) -> Value {
    json!({ "id": "w", "scope": scope, "schedule": { "kind": "daily", "clock": "10:00-12:00", "timezone": "Europe/Berlin" },
        "valid": { "from": "2026-06-29T08:30:00Z", "until": "2026-06-30T09:00:00Z" } })
}

/// The matchers of the silences of a scope, as text; or the note.
fn matchers(scope: &Value, topology: &Value) -> Vec<String> {
    let exported = export(&document(json!([daily(scope)]), topology.clone()));
    let silences: Value = serde_json::from_str(&exported.text).expect("JSON");
    let mut all: Vec<String> = exported.notes.iter().map(ToString::to_string).collect();
    for silence in silences.as_array().expect("a list") {
        if silence["startsAt"] == "2026-06-30T08:00:00.000Z" {
            continue;
        }
        let text = |matcher: &Value| {
            let equal = matcher["isEqual"] == true;
            let operator = if matcher["isRegex"] == true { "~" } else { "" };
            let operator = if equal {
                format!("={operator}")
            } else {
                format!("!{}", if operator.is_empty() { "=" } else { "~" })
            };
            format!(
                "{}{operator}{}",
                matcher["name"].as_str().expect("a name"),
                matcher["value"].as_str().expect("a value")
            )
        };
        all.push(
            silence["matchers"]
                .as_array()
                .expect("a list")
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    all
}

fn label(name: &str, field: &str, value: impl Into<Value>) -> Value {
    json!({ "attribute": { "name": name, field: value.into() } })
}

#[test]
fn occurrences_are_silences_clipped_to_the_validity() {
    let mut window = daily(&label("team", "equals", "db"));
    window["name"] = json!("Backup");
    window["tags"] = json!({ "createdBy": "ann" });
    let exported = export(&document(json!([window]), json!({})));
    let matchers = json!([{ "name": "team", "value": "db", "isRegex": false, "isEqual": true }]);
    let silence = |start: &str, end: &str| json!({ "startsAt": start, "endsAt": end, "comment": "Backup", "createdBy": "ann", "matchers": matchers });
    let expected = json!([
        silence("2026-06-29T08:30:00.000Z", "2026-06-29T09:59:59.999999999Z"),
        silence("2026-06-30T08:00:00.000Z", "2026-06-30T08:59:59.999999999Z"),
    ]);
    assert_eq!(serde_json::from_str::<Value>(&exported.text).expect("JSON"), expected);
    assert!(exported.notes.is_empty());
}

#[test]
fn scopes_are_matchers() {
    let none = json!({});
    let not = |scope: Value| json!({ "not": scope });
    for (scope, expected) in [
        (label("a", "equals", "x.y"), "a=x.y"),
        (label("a", "one_of", json!(["x.y", "z"])), r"a=~x\.y|z"),
        (label("a", "contains", "x"), "a=~(?s:.*)x(?s:.*)"),
        (label("a", "starts_with", "x"), "a=~x(?s:.*)"),
        (label("a", "ends_with", "x"), "a=~(?s:.*)x"),
        (label("a", "matches", "x+|y"), "a=~x+|y"),
        (label("a", "matches", "x*"), "a!= a=~x*"),
        (label("a", "present", true), "a!="),
        (json!({ "all": [label("b", "equals", "y"), not(label("a", "equals", "x"))] }), "a!=x b=y"),
        (json!({ "all": [label("b", "equals", "y"), not(label("a", "present", true))] }), "a= b=y"),
        (
            json!({ "all": [label("a", "present", true), not(label("a", "matches", "x*"))] }),
            "a!~x*",
        ),
        (
            json!({ "any": [label("a", "equals", "x"), label("a", "matches", "y|z")] }),
            "a=~x|(?:y|z)",
        ),
        (
            json!({ "all": [label("b", "equals", "y"), { "any": [label("a", "equals", "x"), not(label("a", "present", true))] }] }),
            "a=~(?:x)| b=y",
        ),
        (json!({ "all": ["everything", { "all": [label("a", "equals", "x")] }] }), "a=x"),
    ] {
        assert_eq!(matchers(&scope, &none), [expected], "{scope}");
    }
    for (scope, expected) in [
        (
            json!("everything"),
            "Alertmanager needs a matcher that alerts without the label do not pass",
        ),
        (
            not(label("a", "equals", "x")),
            "Alertmanager needs a matcher that alerts without the label do not pass",
        ),
        (label("a", "equals", ""), "the label a is never empty in Alertmanager"),
        (
            label("a", "matches", r"\d"),
            r#"the regular expression "\\d" means something else in Alertmanager"#,
        ),
        (
            json!({ "any": [label("a", "equals", "x"), label("b", "equals", "x")] }),
            "matchers do not say `any` of several labels",
        ),
        (
            json!({ "entity": "db-7" }),
            "tests of entities and groups need `topology.entity_label`, the label that holds the entity",
        ),
        (json!({ "alert_type": "x" }), "Alertmanager has no alert types"),
        (
            json!({ "all": [label("b", "equals", "y"), not(label("a", "matches", "x*"))] }),
            "matchers do not say that a is missing or has another value",
        ),
        (
            not(json!({ "all": [label("a", "equals", "x"), label("b", "equals", "y")] })),
            "matchers do not say `not` of several labels or of nested tests",
        ),
    ] {
        assert_eq!(
            matchers(&scope, &none),
            [format!("window w: scope: {expected}; it is left out")],
            "{scope}"
        );
    }
}

#[test]
fn entities_are_alternations_of_the_entity_label() {
    let topology = json!({ "entity_label": "instance",
        "entities": [{ "id": "rack-1", "groups": ["paris"] }, { "id": "db-7", "parents": ["rack-1"], "groups": ["prod"] },
            { "id": "db-8", "parents": ["rack-1"], "attributes": { "tier": ["gold"] } }],
        "groups": [{ "id": "prod", "groups": ["all"] }] });
    let not = |scope: Value| json!({ "not": scope });
    let left_out = |text: &str| format!("window w: scope: {text}; it is left out");
    for (scope, expected) in [
        (json!({ "entity": "db-7" }), "instance=db-7".to_owned()),
        (json!({ "entity": "db.9" }), "instance=db.9".to_owned()),
        (json!({ "entities": ["db-7", "db.9"] }), r"instance=~db-7|db\.9".to_owned()),
        (json!({ "group": "all" }), "instance=db-7".to_owned()),
        // What is below the rack, and the rack.
        (json!({ "group": "paris" }), "instance=~db-7|db-8|rack-1".to_owned()),
        // The label is the alert's, so that its own entity must be in the group.
        (
            json!({ "all": [{ "group": "paris" }, label("sev", "equals", "info")] }),
            "sev=info instance=rack-1".to_owned(),
        ),
        (
            json!({ "all": [not(json!({ "entity": "db-7" })), label("sev", "equals", "info")] }),
            "sev=info instance!=db-7".to_owned(),
        ),
        (
            json!({ "all": [{ "group": "paris" }, not(json!({ "entity": "db-7" }))] }),
            "instance=~db-8|rack-1".to_owned(),
        ),
        (json!({ "group": "none" }), left_out("no entity of the topology is in the scope")),
        (
            label("tier", "equals", "gold"),
            left_out(
                "the attribute \"tier\" is one of the topology, which Alertmanager does not have",
            ),
        ),
    ] {
        assert_eq!(matchers(&scope, &topology), [expected], "{scope}");
    }
}

#[test]
fn what_a_silence_does_not_express_is_noted() {
    let scope = label("a", "equals", "x");
    let window = |id: &str, more: Value| {
        let mut window = daily(&scope);
        window["id"] = json!(id);
        window
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        window
    };
    let short = json!({ "schedule": { "kind": "once", "start": "2026-06-29T09:00:00Z", "duration_ms": 1 } });
    let document = document(
        json!([
            window("off", json!({ "enabled": false })),
            window("deep", json!({ "effect": "monitoring", "state": { "during": 1 } })),
            window("short", short)
        ]),
        json!({}),
    );
    let exported = export(&document);
    let notes: Vec<String> = exported.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "window off: enabled: it is disabled, and silences nothing",
            "window deep: effect: monitoring goes on: a silence only mutes notifications",
            "window deep: state.during: a silence sets no state",
            "window short: schedule: the occurrence at 2026-06-29T09:00:00Z lasts one millisecond, which no silence does; it is left out",
        ]
    );
    let error = Format::Alertmanager.export(&document, &ExportOptions::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "silences are written for a horizon, which the option `within` must set"
    );
}

const NAMES: [&str; 3] = ["team", "sev", "job"];
const VALUES: [&str; 5] = ["a", "b", "a.b", "ab", "c\nd"];

#[test]
fn window_whose_search_gets_to_a_limit_is_left_out() {
    // It is never active, which a common period would prove; Easter has none.
    let often = json!({ "kind": "periodic", "start": "1970-01-01T00:00:00Z", "duration_ms": 1, "period_ms": 1001 });
    let easter = json!({ "kind": "calendar", "days": { "easter": 0 }, "clock": "10:00-12:00", "timezone": "UTC" });
    let not = |part: &Value| json!({ "kind": "not", "of": part });
    let mut apart = daily(&label("team", "equals", "db"));
    apart["id"] = "apart".into();
    apart["valid"] = json!({});
    apart["schedule"] = json!({ "kind": "all", "of": [often, not(&often), not(&easter)] });
    let other = daily(&label("team", "equals", "web"));
    let exported = export(&document(json!([apart, other]), json!({})));
    let silences: Value = serde_json::from_str(&exported.text).expect("JSON");
    assert_eq!(silences.as_array().map(Vec::len), Some(2), "{silences}");
    let notes: Vec<String> = exported.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes[0].starts_with("window apart: schedule: the search for occurrences stopped at"),
        "{notes:?}"
    );
    assert!(notes[0].ends_with("; the window is left out"), "{notes:?}");
}

fn test(random: &mut Random) -> Value {
    let name = random.pick(&NAMES);
    let value = random.pick(&VALUES);
    match random.below(8) {
        0 => label(name, "one_of", json!([value, random.pick(&VALUES)])),
        1 => label(name, "contains", random.pick(&["a", "", "."])),
        2 => label(name, "starts_with", random.pick(&["a", "c"])),
        3 => label(name, "ends_with", random.pick(&["b", "d"])),
        4 => label(name, "matches", random.pick(&["a.*", "a|b", "[ab]*", "(?s).*", "a\\.b"])),
        5 => label(name, "present", true),
        _ => label(name, "equals", value),
    }
}

fn scope(random: &mut Random) -> Value {
    let part = |random: &mut Random| match random.below(9) {
        0 | 1 => json!({ "not": test(random) }),
        2 => json!({ "entity": random.pick(&["db-7", "db-9"]) }),
        3 => json!({ "group": random.pick(&["prod", "paris"]) }),
        4 => json!({ "not": { "group": random.pick(&["prod", "paris"]) } }),
        5 => {
            let name = random.pick(&NAMES);
            json!({ "any": [label(name, "equals", "a"), label(name, "matches", "b|c.*")] })
        }
        _ => test(random),
    };
    let count = 1 + random.below(3);
    json!({ "all": (0..count).map(|_| part(random)).collect::<Vec<_>>() })
}

fn schedule(random: &mut Random) -> Value {
    let zone = random.pick(&["UTC", "Europe/Berlin", "America/New_York"]);
    match random.below(4) {
        0 => {
            json!({ "kind": "once", "start": "2026-06-05T10:00:00.123Z", "end": "2026-06-25T10:00:00.5Z" })
        }
        1 => {
            json!({ "kind": "weekly", "weekdays": ["monday", "friday"], "clock": "22:00-06:00", "timezone": zone })
        }
        2 => {
            json!({ "kind": "not", "of": { "kind": "daily", "clock": "08:00-17:00", "timezone": zone } })
        }
        _ => json!({ "kind": "daily", "clock": "10:00-16:30", "timezone": zone }),
    }
}

/// What is exported and read again silences the same alerts in the horizon.
#[test]
fn prop_exported_silences_are_read_alike() {
    let random = &mut Random::new(11);
    let topology = json!({ "entity_label": "instance",
        "entities": [{ "id": "rack-1", "groups": ["paris"] }, { "id": "db-7", "parents": ["rack-1"], "groups": ["prod"] }, { "id": "db-8", "parents": ["rack-1"] }] });
    let (mut written, mut silenced, mut asked) = (0, 0, 0);
    for _ in 0..600 {
        let propagation = random.pick(&["entity", "descendants"]);
        let window = json!({ "id": "w", "scope": scope(random), "schedule": schedule(random), "propagation": propagation });
        let document = document(json!([window]), topology.clone());
        let exported = export(&document);
        if !exported.notes.is_empty() {
            continue;
        }
        written += 1;
        let again = read(Format::Alertmanager, &exported.text)
            .unwrap_or_else(|error| panic!("{error}\n{}", exported.text));
        assert!(again.notes.is_empty(), "{:?}", again.notes);
        let mut boundaries: Vec<i64> = Vec::new();
        for silence in again.document.registry.iter() {
            let occurrence = silence.next_occurrence(Timestamp::MIN).expect("an occurrence");
            boundaries.extend([occurrence.start().as_millis(), occurrence.end().as_millis()]);
        }
        for _ in 0..200 {
            let millis = match boundaries.is_empty() || random.once_in(2) {
                true => random.within(june().start().as_millis(), june().end().as_millis() - 1),
                false => boundaries[random.below(boundaries.len())] + random.within(-1, 1),
            };
            let t = Timestamp::from_millis(millis).expect("a timestamp");
            if !june().contains(t) {
                continue;
            }
            let mut labels: Vec<(&str, &str)> =
                NAMES.iter().filter(|_| !random.once_in(3)).map(|name| (*name, "")).collect();
            labels.iter_mut().for_each(|label| label.1 = random.pick(&VALUES));
            if !random.once_in(3) {
                labels.push(("instance", random.pick(&["db-7", "db-8", "db-9", "rack-1", "x"])));
            }
            let expected = {
                let entity =
                    labels.iter().find(|(name, _)| *name == "instance").map(|(_, value)| *value);
                let subject = entity.map_or(Subject::labels(&labels), |entity| {
                    Subject::entity(entity).with_attributes(&labels)
                });
                document.registry.iter().any(|window| {
                    window.is_active(t) && window.covers(&subject, &document.topology)
                })
            };
            assert_eq!(
                is_silenced(&again.document, &labels, t),
                expected,
                "{}\n{labels:?} {t}\n{}",
                document.to_json(),
                exported.text
            );
            (asked, silenced) = (asked + 1, silenced + u32::from(expected));
        }
    }
    assert!(written > 250 && silenced * 20 > asked, "{written}, {silenced} of {asked}");
}

#[test]
fn imported_silences_are_exported_alike() {
    let matchers = json!([
        { "name": "a", "value": "x", "isRegex": false, "isEqual": true },
        { "name": "b", "value": "y|z", "isRegex": true, "isEqual": true },
        { "name": "c", "value": "", "isRegex": false, "isEqual": false },
        { "name": "d", "value": "", "isRegex": false, "isEqual": true },
        { "name": "e", "value": "v", "isRegex": false, "isEqual": false },
        { "name": "f", "value": "v.*", "isRegex": true, "isEqual": false },
    ]);
    let silences = |ends_at: &str| {
        json!([{ "matchers": matchers, "startsAt": "2026-06-06T19:00:00.000Z", "endsAt": ends_at,
            "comment": "disk swap", "createdBy": "ann" }])
    };
    let exported_alike = |ends_at: &str, exported_at: &str| {
        let imported = import(&silences(ends_at).to_string());
        let exported = export(&imported.document);
        let text: Value = serde_json::from_str(&exported.text).expect("JSON");
        assert_eq!(text, silences(exported_at));
    };
    exported_alike("2026-06-06T20:59:59.999999999Z", "2026-06-06T20:59:59.999999999Z");
    // To the end of the millisecond, which is the last one that it silences.
    exported_alike("2026-06-06T21:00:00.000Z", "2026-06-06T21:00:00.000999999Z");
}
