//! Provisioning files of Grafana.

use quietude_formats::{Format, Imported};

use super::{at, covering, data, error, is_silenced, notes, read};

fn import(text: &str) -> Imported {
    read(Format::Grafana, text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn documented_file_is_answered() {
    let imported = import(&data("grafana/policies.yaml"));
    assert_eq!(notes(&imported), [""; 0]);
    let document = &imported.document;
    let names: Vec<&str> = document.schedules.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["mti_1", "office"]);
    let watchdog =
        [("alertname", "Watchdog"), ("service_id_X", "serviceX"), ("severity", "warning")];
    // A Monday and a Thursday in the first days of a month.
    assert!(is_silenced(document, &watchdog, at("2021-03-01T06:00:00Z")));
    assert!(!is_silenced(document, &watchdog, at("2021-03-01T23:59:00Z")));
    assert!(!is_silenced(document, &watchdog, at("2021-03-04T12:00:00Z")));
    assert!(!is_silenced(document, &watchdog, at("2021-04-05T12:00:00Z")));
    assert!(is_silenced(document, &watchdog, at("2030-12-29T12:00:00Z")));
    let cpu = [("alertname", "CPUUsage"), ("service_id-X", "serviceX"), ("team", "db")];
    assert!(is_silenced(document, &cpu, at("2026-06-05T12:59:59Z")));
    assert!(!is_silenced(document, &cpu, at("2026-06-05T13:00:00Z")));
    // The inner policy has no time intervals, and those of the outer one are not inherited.
    let critical = [&cpu[..], &[("severity", "critical")]].concat();
    assert_eq!(covering(document, &critical), [""; 0]);
}

#[test]
fn json_equals_yaml() {
    let yaml = "apiVersion: 1\nmuteTimes: [{ name: m, time_intervals: [{ weekdays: [monday], years: [2026] }] }]\n\
        policies: [{ receiver: r, routes: [{ object_matchers: [[a, '=', \"\u{1f642}\"]], mute_time_intervals: [m] }] }]\n";
    let json = r#"{ "apiVersion": 1, "muteTimes": [ { "orgId": 1, "name": "m", "time_intervals": [ { "weekdays": ["monday"], "years": [2026] } ] } ],
	"policies": [ { "receiver": "r", "routes": [ { "object_matchers": [["a", "=", "\ud83d\ude42"]], "mute_time_intervals": ["m"] } ] } ] }"#;
    assert_eq!(import(yaml).document.to_json(), import(json).document.to_json());
    assert!(is_silenced(&import(json).document, &[("a", "\u{1f642}")], at("2026-06-08T12:00:00Z")));
}

#[test]
fn what_is_in_another_file_or_organisation_is_noted() {
    let imported = import(
        "policies: [{ receiver: r, nam: x, routes: [{ matchers: [a=b], mute_time_intervals: [m] }] }]",
    );
    assert_eq!(
        notes(&imported),
        [
            "policies[0]: nam: is not a field of a policy",
            "policies[0].routes[0]: the time interval \"m\" is not in this file, so that this route has no window",
        ]
    );
    let imported = import(
        "muteTimes: [{ name: Freze }]\npolicies: [{ routes: [{ matchers: [a=b], mute_time_intervals: [Freeze] }] }]",
    );
    assert_eq!(
        notes(&imported),
        [
            "policies[0].routes[0]: the time interval \"Freeze\" is not in this file (\"Freze\" is), so that this route has no window"
        ]
    );
    let imported = import(
        "muteTimes: [{ orgId: 2, name: m }, { orgId: 3, name: m }]\npolicies: [{ receiver: r }]",
    );
    assert_eq!(
        notes(&imported),
        [
            "muteTimes[1]: orgId: it is of organisation 3, and the file begins with 2: a document is about one",
            "policies[0]: orgId: it is of organisation 1, and the file begins with 2: a document is about one",
        ]
    );
    assert_eq!(
        notes(&import("apiVersion: 1\ngroups: []")),
        ["the file: it has neither muteTimes nor policies"]
    );
}

/// What `GET /api/v1/provisioning/mute-timings` and `.. /policies` give.
#[test]
fn objects_of_the_api_equal_the_file() {
    let timing = r#"{ "name": "m", "time_intervals": [ { "times": [ { "start_time": "06:00", "end_time": "23:59" } ],
        "weekdays": ["monday:wednesday"], "location": "Europe/Berlin" } ], "version": "e0c2a5", "provenance": "api" }"#;
    let policies = r#"{ "receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"],
        "routes": [ { "receiver": "r", "object_matchers": [["a", "=~", "x$HOME|y"]], "mute_time_intervals": ["m"] } ],
        "provenance": "api" }"#;
    let file = format!(
        r#"{{ "apiVersion": 1, "muteTimes": [ {} ], "policies": [ {} ] }}"#,
        timing.replace(r#", "version": "e0c2a5", "provenance": "api""#, ""),
        policies.replace("x$", "x$$")
    );
    let expected = import(&file);
    let both = import(&format!("[ {policies}, {timing} ]"));
    assert_eq!(notes(&both), [""; 0]);
    assert_eq!(both.document.to_json(), expected.document.to_json());
    let times = import(&format!("[ {timing} ]"));
    assert_eq!(times.document.schedules, expected.document.schedules);
    assert_eq!(import(timing).document.to_json(), times.document.to_json());
    assert_eq!(import("[]").document.schedules, []);
    assert_eq!(
        notes(&import(policies)),
        [
            "routes[0]: the time interval \"m\" is not in this file, so that this route has no window"
        ]
    );
}

#[test]
fn errors_name_place_and_meaning() {
    for (text, expected) in [
        (
            "apiVersion: 2",
            "line 1, column 13: apiVersion: only version 1 of provisioning files is read",
        ),
        ("- a", "line 1, column 3: [0]: a is not an object"),
        (
            "policies: [{ mute_time_intervals: [m] }]",
            "line 1, column 35: policies[0].mute_time_intervals: the root route has no time intervals; put them on its routes",
        ),
        (
            "policies: [{ routes: [{ object_matchers: [[a, b]] }] }]",
            "line 1, column 43: policies[0].routes[0].object_matchers[0]: 2 parts are not a label, an operator and a value",
        ),
        (
            "policies: [{ routes: [{ object_matchers: [[a, '==', b]] }] }]",
            "line 1, column 47: policies[0].routes[0].object_matchers[0][1]: \"==\" is not =, !=, =~ or !~",
        ),
        (
            "policies: [{ routes: [{ object_matchers: [[a, '=', $TEAM]] }] }]",
            "line 1, column 52: policies[0].routes[0].object_matchers[0][2]: `$` begins the name of a variable of Grafana's environment; write its value, or $$ for $",
        ),
        (
            "policies: [{}, {}]",
            "line 1, column 16: policies[1]: a second tree of policies of one organisation",
        ),
        (
            "muteTimes: [{ name: '' }]",
            "line 1, column 21: muteTimes[0].name: a time interval must have a name",
        ),
        (
            "\n{ \"policies\": [ { \"routes\":\n 5 } ] }",
            "line 3, column 2: policies[0].routes: 5 is not a list",
        ),
        (
            r#"[ { "name": "m" }, { "uid": 5 } ]"#,
            "line 1, column 20: [1]: is neither a mute timing, which has `name` and `time_intervals`, nor a policy",
        ),
        (
            r#"[ { "receiver": "r" }, { "receiver": "s" } ]"#,
            "line 1, column 24: [1]: a second tree of policies",
        ),
        (
            r#"[ { "name": "m", "time_intervals": [ { "weekdays": ["mondy"] } ] } ]"#,
            "line 1, column 53: [0].time_intervals[0].weekdays[0]: \"mondy\"",
        ),
    ] {
        let error = error(Format::Grafana, text);
        assert!(error.starts_with(expected), "{error}\nexpected:\n{expected}");
    }
}
