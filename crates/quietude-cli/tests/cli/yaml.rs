//! YAML documents: a valid one is read in one pass, and any other one as JSON; both ways agree.
use super::documents::{File, SERVICES};
use super::*;

/// A document with one window, whose fields are given, below `version: 1`.
fn window(fields: &str) -> String {
    format!("version: 1\nwindows:\n  - id: w\n{fields}")
}

const DAILY: &str = "    schedule: { kind: daily, clock: 01:00-02:00, timezone: UTC }\n";

/// Texts, and whether they are documents.
fn texts() -> Vec<(String, bool)> {
    let scoped = |scope: &str| window(&format!("{DAILY}    scope: {scope}\n"));
    let named = |name: &str| window(&format!("{DAILY}    scope: everything\n    name: {name}\n"));
    let periodic = |millis: &str| {
        window(&format!(
            "    scope: everything\n    schedule: {{ kind: periodic, start: 2026-01-01T00:00:00Z, \
             duration_ms: 1, period_ms: {millis} }}\n"
        ))
    };
    let deep =
        |depth: usize| format!("{}everything{}", "{ not: ".repeat(depth), " }".repeat(depth));
    vec![
        (SERVICES.to_owned(), true),
        (format!("---\n{}...\n", scoped("everything")), true),
        (format!("# A comment.\n\n{}", scoped("{ entities: [a, 'b', \"c\\u00e9\"] }")), true),
        (scoped("\n      all:\n      - entity: a\n      - not: { group: b }"), true),
        (named("|\n      Two\n      lines\n"), true),
        (named(">-\n      One\n      line\n"), true),
        (named("!!str 12"), true),
        (named("\"12\""), true),
        (named("null"), true),
        (named("~"), true),
        (named(""), true),
        (periodic("0x10"), true),
        (periodic("0o20"), true),
        (periodic("+1_6"), false),
        (periodic("16"), true),
        (periodic("'16'"), false),
        (periodic("16.0"), false),
        (periodic("1e1"), false),
        (periodic("99999999999999999999"), false),
        (named("12"), false),
        (named("true"), false),
        (named("!own x"), false),
        (named("[x"), false),
        (named("a: b"), false),
        (scoped(&deep(20)), true),
        (scoped(&deep(4000)), false),
        (format!("{}---\n{}", scoped("everything"), scoped("everything")), false),
        (window(&format!("{DAILY}    scope: everything\n    scope: everything\n")), false),
        (window(&format!("{DAILY}    scope: everything\n    tags: {{ a: b, a: c }}\n")), false),
        (window(&format!("{DAILY}    scope: everything\n    <<: {{ name: n }}\n")), false),
        (window(&format!("{DAILY}    scope: everything\n    ? [a]\n    : b\n")), false),
        (format!("{}version: 1\n", scoped("everything")), false),
        (
            format!(
                "{}topology:\n  entities:\n  - id: a\n    attributes: {{ b: [c], b: [d] }}\n",
                scoped("everything")
            ),
            false,
        ),
        (format!("{}topology: {{ entities: [], entities: [] }}\n", scoped("everything")), false),
        (
            format!(
                "{}calendars: {{ a: {{ dates: [] }}, a: {{ dates: [] }} }}\n",
                scoped("everything")
            ),
            false,
        ),
        (String::new(), false),
        ("[]".to_owned(), false),
        ("7".to_owned(), false),
    ]
}

/// A text with an anchor is converted to JSON. Both ways read the same, or nothing.
#[test]
fn yaml_in_one_pass_agrees_with_conversion() {
    let read = |text: &str| {
        let file = File::new("d.yaml", text);
        let ran = run(&["fmt", "--to", "json", "--file", file.name()], b"");
        (ran.code, ran.out, ran.err.replace(file.name(), "d.yaml"))
    };
    let mut documents = 0;
    for (text, is_document) in texts() {
        let (code, out, err) = read(&text);
        assert_eq!(code == 0, is_document, "{text}\n{err}");
        let anchored = text.replacen("version: 1", "version: &v 1", 1);
        if anchored != text {
            let converted = read(&anchored);
            assert_eq!((code, &out), (converted.0, &converted.1), "{text}\n{}", converted.2);
            documents += 1;
        }
        if code != 0 {
            assert!(err.starts_with("error: d.yaml: "), "{text}\n{err}");
        }
    }
    assert!(documents > 30);
}

/// `fmt --write` asks only where a comment would be lost.
#[test]
fn fmt_write_takes_no_sign_in_a_text_for_a_comment() {
    let written = |text: &str| {
        let file = File::new("comment.yaml", text);
        let ran = run(&["fmt", "--write", "--file", file.name()], b"");
        let message = "it has comments, which would be lost";
        assert_eq!(ran.code == 2, ran.err.contains(message), "{text}\n{}", ran.err);
        ran.code == 0
    };
    let named = |name: &str| window(&format!("{DAILY}    scope: everything\n    name: {name}"));
    for name in [
        "\"Backup #1\"\n",
        "'Backup #1'\n",
        "\"Backup\n      #1\"\n",
        "Backup#1\n",
        "|\n      Backup\n      # 1\n",
        ">-\n      Backup\n      #1\n",
        "\"\u{e9}\u{e9}\u{e9} #\"\n",
        "\"a \\\" # b\"\n",
        "'a '' # b'\n",
        "|2\n        # Deeper\n      # 1\n",
    ] {
        assert!(written(&named(name)), "{name}");
    }
    for name in [
        "Backup #1\n",
        "\"Backup\" #1\n",
        "\"#\"\t# 1\n",
        "\"Backup\"\n# 1\n",
        "| # 1\n      Backup\n",
        ">- # 1\n      Backup\n",
        "|\n      Backup\n    # 1\n",
        "|\n      Backup\n#",
        "|\n      # Backup\n    # 1\n",
        "|\n# 1\n",
        "'a # b' # 1\n",
        "\"\u{e9}\u{e9}\u{e9}\" #\n",
    ] {
        assert!(!written(&named(name)), "{name}");
    }
    assert!(!written(&format!("# 1\n{}", named("n\n"))));
}
