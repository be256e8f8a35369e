//! Mistakes that one makes in a document that is written by hand: each is an error or a
//! finding that names the place, the value and what to do.
use super::documents::{File, SERVICES};
use super::*;

/// A mistake: what is replaced by what, the exit code of `lint --deny`, the place, and what
/// the message contains.
type Mistake = (&'static str, &'static str, i32, (u32, u32), &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    // A typo in a weekday, a zone, a group, an entity, an attribute, a value.
    (
        "thursday]",
        "thorsday]",
        2,
        (23, 27),
        &["\"thorsday\" is not one of monday, tuesday", "did you mean thursday?"],
    ),
    (
        "Europe/Paris\n      except",
        "Europe/Pariss\n      except",
        2,
        (16, 17),
        &["\"Europe/Pariss\" is not a time zone", "did you mean Europe/Paris?"],
    ),
    (
        "{ group: databases }",
        "{ group: databses }",
        1,
        (18, 21),
        &["no group `databses` [unknown-group]", "did you mean `databases`?"],
    ),
    (
        "entity: cart",
        "entity: carrt",
        1,
        (29, 19),
        &["no entity `carrt` [unknown-entity]", "did you mean `cart`?"],
    ),
    (
        "{ group: databases }",
        "{ attribute: { name: teir, equals: gold } }",
        1,
        (18, 33),
        &["the attribute `teir` [unknown-attribute]", "did you mean `tier`?"],
    ),
    (
        "{ group: databases }",
        "{ attribute: { name: tier, equals: glod } }",
        1,
        (18, 47),
        &["the value `glod` of `tier` [unknown-value]", "did you mean `gold`?"],
    ),
    // Times that cannot be.
    (
        "2026-11-29T04:00:00Z",
        "2026-11-27T04:00:00Z",
        2,
        (36, 12),
        &["2026-11-27T04:00:00Z is not after start 2026-11-28T20:00:00Z"],
    ),
    ("22:00-02:00", "22:00-24:30", 2, (15, 14), &["\"22:00-24:30\"", "did you mean 22:00-00:30?"]),
    (
        "kind: weekly\n      weekdays: [tuesday, thursday]",
        "kind: monthly\n      day: 31\n      months: [february]",
        1,
        (22, 7),
        &["it has no occurrence: ", "31st", "February", "[never-begins]", "correct the days"],
    ),
    ("\"06:00-06:30\"", "\"06:00\"", 2, (24, 14), &["\"06:00\" is not a clock range, HH:MM"]),
    ("[2026-12-24]", "[2026-02-30]", 2, (17, 16), &["\"2026-02-30\" is not a date, YYYY-MM-DD"]),
    (
        "start: 2026-11-28T20:00:00Z",
        "start: 2026-11-28 20:00",
        2,
        (34, 7),
        &["schedule.timezone: is missing", "Name a zone, or give `start` an offset such as Z"],
    ),
    (
        "    tags:\n      ticket",
        "    valid: { from: 2026-12-01T00:00:00Z, until: 2026-11-01T00:00:00Z }\n    tags:\n      ticket",
        2,
        (39, 49),
        &["valid.until: 2026-11-01T00:00:00Z is not after from 2026-12-01T00:00:00Z"],
    ),
    // A window that is over.
    (
        "start: 2026-11-28T20:00:00Z\n      end: 2026-11-29T04:00:00Z",
        "start: 2025-11-28T20:00:00Z\n      end: 2025-11-29T04:00:00Z",
        1,
        (34, 7),
        &["ended at 2025-11-29T04:00:00Z [over]", "correct the dates, or remove the window"],
    ),
    (
        "kind: once\n      start: 2026-11-28T20:00:00Z\n      end: 2026-11-29T04:00:00Z",
        "kind: rule\n      rrule: RRULE:FREQ=DAILY\n      duration_ms: 3600000\n      timezone: UTC",
        2,
        (35, 14),
        &[
            "schedule.rrule.DTSTART: is missing; write \"DTSTART:20260101T090000\\nRRULE:FREQ=DAILY\"",
        ],
    ),
    (
        "any:\n        - entity: shop",
        "all:\n        - entity: shop",
        1,
        (28, 9),
        &["no subject can pass all of these tests [contradiction]"],
    ),
    (
        "\ntopology:",
        "  - id: mail-again\n    effect: monitoring\n    schedule: { kind: once, start: 2026-11-28T20:00:00Z, end: 2026-11-29T04:00:00Z }\n    scope: { entity: mail }\n\ntopology:",
        1,
        (43, 15),
        &["the occurrences of `mail-move` [repeats]", "remove one of them"],
    ),
    ("{ group: databases }", "everything", 1, (18, 12), &["all 5 entities", "[covers-everybody]"]),
    (
        "{ group: databases }",
        "{ all: [{ entity: mail }, { group: web }, { not: { group: web } }] }",
        1,
        (18, 19),
        &["no subject can pass all of these tests", "of `any`, one is enough"],
    ),
    (
        "{ group: databases }",
        "{ entity: mail, group: web }",
        2,
        (18, 12),
        &["the keys entity, group", "did you mean {\"all\": [{\"entity\": ..}, {\"group\": ..}]}?"],
    ),
    ("{ group: databases }", "everyting", 2, (18, 12), &["did you mean everything?"]),
    ("[2026-12-24]", "holidays", 2, (17, 15), &["did you mean {\"ref\": \"holidays\"}?"]),
    (
        "kind: weekly\n      weekdays: [tuesday, thursday]",
        "kind: monthly\n      day: 32",
        2,
        (23, 12),
        &["schedule.day: 32 is not in 1 to 31 or -31 to -1"],
    ),
    ("kind: daily", "kind: dayly", 2, (14, 13), &["did you mean daily?"]),
    (
        "      groups: [web]\n      attributes",
        "      group: [web]\n      attributes",
        2,
        (45, 7),
        &["group: is not a field", "did you mean groups?"],
    ),
    // Fields and their values.
    ("name: Nightly", "title: Nightly", 2, (12, 5), &["title: is not a field; there are id, name"]),
    ("effect: monitoring", "effect: mute", 2, (32, 13), &["\"mute\" is not one of notifications"]),
    ("id: mail-move", "id: shop-deploy", 2, (31, 9), &["id: is taken already"]),
    ("id: mail-move", "id: 1188", 2, (31, 9), &["1188 is not a string; in quotes it is one"]),
    ("    scope: { group: databases }\n", "", 2, (11, 5), &["scope: is missing"]),
    (
        "[2026-12-24]",
        "{ ref: hollidays }",
        2,
        (17, 22),
        &["\"hollidays\" is not defined; `calendars` has holidays"],
    ),
    (
        "{ group: databases }",
        "{ attribute: { name: tier, matches: \"go(ld\" } }",
        2,
        (18, 48),
        &["\"go(ld\" is not a pattern: unclosed group"],
    ),
    // The form of the text.
    ("    scope: { group", "\tscope: { group", 2, (18, 2), &["YAML: tabs disallowed"]),
    (
        "name: Nightly backup\n",
        "name: Nightly backup\n    name: Backup\n",
        2,
        (13, 5),
        &["the key \"name\" is repeated"],
    ),
    (
        "    schedule:\n      kind: daily",
        "    schedule:\n    kind: daily",
        2,
        (15, 12),
        &["YAML: mapping values are not allowed"],
    ),
];

#[test]
fn document_without_mistakes_has_no_warning() {
    let file = File::new("services.yaml", SERVICES);
    let args = ["lint", "--deny", "--quiet", "--file", file.name(), "--at", "2026-11-26T12:00:00Z"];
    let ran = run(&args, b"");
    assert_eq!(ran.out, "windows: 3, warnings: 0, other findings: 0\n");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn mistake_has_place_value_and_advice() {
    for (right, wrong, code, (line, column), messages) in MISTAKES {
        assert!(SERVICES.contains(right), "{right}");
        let text = SERVICES.replacen(right, wrong, 1);
        let file = File::new("mistake.yaml", &text);
        let args = ["lint", "--deny", "--file", file.name(), "--at", "2026-11-26T12:00:00Z"];
        let ran = run(&args, b"");
        let shown = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, *code, "{wrong}\n{shown}");
        // One finding has all of it.
        let findings = shown.split("\nerror: ").flat_map(|part| part.split("\nwarning: "));
        let findings = findings.flat_map(|part| part.split("\ninfo: "));
        let place = format!("--> line {line}, column {column}\n");
        let has_all = |finding: &str| {
            finding.contains(&place) && messages.iter().all(|message| finding.contains(message))
        };
        assert!(findings.into_iter().any(has_all), "{wrong}\n{messages:?}\n{shown}");
        // And the line of the text, as it was written.
        let text_line = text.lines().nth(*line as usize - 1).unwrap().replace('\t', " ");
        let begin: String = text_line.chars().take(30).collect();
        assert!(shown.contains(&format!(" {line} | {begin}")), "{shown}");
    }
    assert!(MISTAKES.len() >= 20);
}

/// The JSON of `lint` has the errors and the findings.
#[test]
fn lint_json_has_errors_and_findings() {
    let lint = |text: &str| {
        let file = File::new("lint.yaml", text);
        let args = ["lint", "--json", "--file", file.name(), "--at", "2026-11-26T12:00:00Z"];
        let ran = run(&args, b"");
        assert_eq!(ran.err, "");
        (ran.code, serde_json::from_str::<Value>(&ran.out).unwrap())
    };
    let (code, answer) = lint(&SERVICES.replace("entity: cart", "entity: carrt"));
    assert_eq!((code, &answer["warnings"]), (0, &json!(1)));
    let found = answer["findings"].as_array().unwrap();
    let unknown = found.iter().find(|finding| finding["code"] == "unknown-entity").unwrap();
    assert_eq!(
        unknown,
        &json!({ "code": "unknown-entity", "severity": "warning", "window": "shop-deploy",
            "path": "scope.any[1].entity", "line": 29, "column": 19,
            "message": "the topology has no entity `carrt`", "instants": [], "fix": "did you mean `cart`?" })
    );
    let (code, answer) = lint(&SERVICES.replace("thursday", "thorsday").replace("daily", "dayly"));
    assert_eq!(code, 2);
    let places: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| &e["line"]).collect();
    assert_eq!(places, [&json!(14), &json!(23)]);
}

#[test]
fn lint_allow_leaves_out_a_code() {
    let file = File::new("lint.yaml", SERVICES.replace("entity: cart", "entity: carrt"));
    let args = ["lint", "--deny", "--file", file.name(), "--at", "2026-11-26T12:00:00Z"];
    let ran = run(&[&args[..], &["--allow", "unknown-entity", "--allow", "gap"]].concat(), b"");
    assert!(
        ran.code == 0 && !ran.out.contains("[gap]") && ran.out.contains("[fold]"),
        "{}",
        ran.out
    );
    let ran = run(&[&args[..], &["--allow", "typo"]].concat(), b"");
    assert!(ran.code == 2 && ran.err.contains("it is not one of never-begins, "), "{}", ran.err);
}

/// A window that covers one entity, and begins every other millisecond.
#[test]
fn lint_names_the_windows_that_are_not_checked_completely() {
    let lint = |windows: usize, args: &[&str]| {
        let window = |n: usize| {
            json!({ "id": format!("w-{n}"), "scope": { "entity": format!("e-{n}") },
                "schedule": { "kind": "periodic", "start": "2026-01-01T00:00:00Z", "duration_ms": 1, "period_ms": 2 } })
        };
        let windows: Vec<Value> = (1..=windows).map(window).collect();
        let file = File::new("often.json", json!({ "version": 1, "windows": windows }).to_string());
        let at = ["--at", "2026-11-28T12:00:00Z", "--file", file.name()];
        let ran = run(&[&["lint"], &at[..], args].concat(), b"");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        ran.out
    };
    let because = "occurrences, or";
    for (windows, line) in [
        (
            1,
            format!(
                "1 window was not checked completely, because it has too many or too rare {because} covers too much: `w-1`"
            ),
        ),
        (
            3,
            format!(
                "3 windows were not checked completely, because they have too many or too rare {because} cover too much: `w-1`, `w-2`, `w-3`"
            ),
        ),
        (
            5,
            format!(
                "5 windows were not checked completely, because they have too many or too rare {because} cover too much: `w-1`, `w-2`, `w-3` and 2 more"
            ),
        ),
    ] {
        assert_eq!(lint(windows, &[]).lines().last(), Some(line.as_str()));
    }
    let answer: Value = serde_json::from_str(&lint(5, &["--json"])).unwrap();
    assert_eq!(answer["incomplete"], json!(5));
    assert_eq!(answer["incomplete_windows"], json!(["w-1", "w-2", "w-3", "w-4", "w-5"]));
}
