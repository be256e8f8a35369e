//! Native documents as JSON and YAML: both forms are one document, with the same errors at the
//! place in each; no text panics.

use quietude::Document;
use quietude_formats::native::{Position, Problem, Syntax, Text};

fn problems(text: &str, syntax: Syntax) -> Vec<Problem> {
    Text::new(text.to_owned(), syntax).document(None).expect_err("it has errors")
}

fn shown(text: &str, syntax: Syntax) -> Vec<String> {
    problems(text, syntax).iter().map(Problem::to_string).collect()
}

/// A document of the tests of the repository, as YAML by way of its JSON: flow style is YAML.
const FLEET: &str = include_str!("../../../tests/data/fleet.json");

const SHOP: &str = include_str!("../../quietude-cli/tests/data/shop.yaml");

#[test]
fn document_in_json_and_yaml_is_the_same() {
    for (text, syntax) in [(FLEET, Syntax::Json), (FLEET, Syntax::Yaml), (SHOP, Syntax::Yaml)] {
        let text = Text::new(format!("\u{feff}{text}"), syntax);
        let read = text.document(None).expect("a document").to_json();
        let json = Document::from_json(text.json().expect("JSON")).expect("a document");
        assert_eq!(read, json.to_json());
        // Zones of a folder are not read in one pass.
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/zoneinfo");
        let other = text.document(Some(folder.as_ref()));
        assert!(other.is_err() || other.is_ok_and(|other| other.to_json() == read));
    }
}

#[test]
fn errors_are_at_the_value_or_the_name_in_both_forms() {
    let json = "{ \"version\": 1, \"windows\": [\n  { \"id\": \"w\", \"scpoe\": \"everything\",\n    \
                \"schedule\": { \"kind\": \"monthly\", \"day\": 32 } } ] }";
    let yaml = "version: 1\nwindows:\n- id: w\n  scpoe: everything\n  schedule:\n    kind: monthly\n    day: 32\n";
    let places = |text, syntax| -> Vec<_> {
        let found = problems(text, syntax);
        let place = |p: &Problem| (p.position.map(|at| (at.line, at.column)), p.without_position());
        found.iter().map(place).collect()
    };
    let (in_json, in_yaml) = (places(json, Syntax::Json), places(yaml, Syntax::Yaml));
    let texts = |found: &[(Option<(u32, u32)>, String)]| {
        let mut texts: Vec<_> = found.iter().map(|(_, text)| text.clone()).collect();
        texts.sort();
        texts
    };
    assert_eq!(texts(&in_json), texts(&in_yaml));
    let place = |found: &[(Option<(u32, u32)>, String)], begin: &str| {
        let found = found.iter().find(|(_, text)| text.starts_with(begin));
        found.unwrap_or_else(|| panic!("{begin}")).0
    };
    let name = "window `w`: scpoe: is not a field";
    assert_eq!((place(&in_json, name), place(&in_yaml, name)), (Some((2, 16)), Some((4, 3))));
    let day = "window `w`: schedule.day: 32 is not in 1 to 31 or -31 to -1";
    assert_eq!((place(&in_json, day), place(&in_yaml, day)), (Some((3, 45)), Some((7, 10))));
}

#[test]
fn errors_of_the_text_have_their_place() {
    for (text, expected) in [
        ("a: [1", "line 1, column 6: YAML: "),
        ("version: 1\nversion: 1", "line 2, column 1: YAML: the key \"version\" is repeated"),
        ("version: !own 1", "line 1, column 10: YAML: the tag !own is not read"),
        ("<<: {}", "line 1, column 1: YAML: merge keys (`<<`) are not read; "),
        ("a: 1\n---\nb: 1", "line 2, column 1: YAML: a second document begins; only one is read"),
        ("? [a]\n: b", "line 1, column 3: YAML: a key is not text"),
        ("a: &a [*a]", "line 1, column 8: YAML: an alias is inside of the value that it "),
        ("", "line 1, column 1: the text is empty; it must be a document: an object with version"),
        ("# none", "line 1, column 1: the value is missing; it must be a document: an object"),
    ] {
        let shown = shown(text, Syntax::Yaml);
        assert!(shown.len() == 1 && shown[0].starts_with(expected), "{text:?}: {shown:?}");
    }
    for (text, expected) in [
        // A text that ends too early: where it ends, with or without a line feed.
        ("{ \"version\": 1,\n", "line 1, column 16: JSON: EOF while parsing a value"),
        ("{ \"version\": 1,", "line 1, column 16: JSON: EOF while parsing a value"),
        ("{\n  \"windows\": [\n\n", "line 2, column 15: JSON: EOF while parsing a list"),
        ("{ \"version\": x }", "line 1, column 14: JSON: expected value"),
        (" \n", "line 1, column 1: the text is empty"),
    ] {
        assert_eq!(shown(text, Syntax::Json), [expected], "{text:?}");
    }
}

/// A field of a YAML text without a value; null that is written is another matter.
#[test]
fn yaml_field_without_value_is_missing() {
    for (group, expected) in [
        (
            "",
            "line 5, column 7: window `a`: scope.group: the value is missing; it must be a string",
        ),
        (
            " # later",
            "line 5, column 7: window `a`: scope.group: the value is missing; it must be a string",
        ),
        (
            " &none",
            "line 5, column 7: window `a`: scope.group: the value is missing; it must be a string",
        ),
        (
            " null",
            "line 5, column 14: window `a`: scope.group: null is not a string; in quotes it is one",
        ),
    ] {
        let text = format!(
            "version: 1\nwindows:\n  - id: a\n    scope:\n      group:{group}\n    schedule: {{ kind: once, start: 2026-01-01T00:00:00Z }}\n"
        );
        assert_eq!(shown(&text, Syntax::Yaml), [expected]);
    }
}

#[test]
fn text_of_form_by_extension_or_beginning() {
    for (file, text, expected) in [
        ("a.yaml", "{}", Syntax::Yaml),
        ("a.yml", "{}", Syntax::Yaml),
        ("a.json", "a: 1", Syntax::Json),
        ("a", " \n[1]", Syntax::Json),
        ("a", "\u{feff}{}", Syntax::Json),
        ("-", "# {", Syntax::Yaml),
        ("yaml", "{}", Syntax::Json),
    ] {
        assert_eq!(Syntax::of_file(file.as_ref(), text), expected, "{file} {text:?}");
    }
}

#[test]
fn position_of_every_byte_is_that_of_its_character() {
    let text = "a\n\u{fc}b\n";
    let found: Vec<_> = (0..=7).map(|at| Position::of(text, at)).collect();
    let found: Vec<_> = found.iter().map(|at| (at.line, at.column)).collect();
    assert_eq!(found, [(1, 1), (1, 2), (2, 1), (2, 1), (2, 2), (2, 3), (3, 1), (3, 1)]);
    let text = Text::new(text.to_owned(), Syntax::Yaml);
    for (line, column) in [(0, 0), (1, 9), (2, 2), (4, 1), (u32::MAX, u32::MAX)] {
        let (head, tail) = text.split_line(Position { line, column });
        assert_eq!(format!("{head}{tail}"), text.line(line), "{line}, {column}");
    }
    let behind = text.problem("", Some(Position { line: 9, column: 9 }), "the end");
    assert_eq!(behind.to_string(), "line 2, column 3: the end");
}

/// Pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % bound as u64) as usize
    }
}

/// What the reader of one pass reads is what the JSON form says; errors have a place.
#[test]
fn mutated_texts_are_read_the_same_in_both_ways_or_refused_at_a_place() {
    const PIECES: [&str; 16] = [
        "\n", "  ", "- ", ": ", "&a ", "*a", "{", "}", "[", "]", "'", "\"", "# ", "|\n", "\u{e9}",
        "!!str ",
    ];
    let random = &mut Random(6);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let mut text = SHOP.to_owned();
        for _ in 0..=random.below(3) {
            let [from, to] = [0; 2].map(|_| {
                let at = random.below(text.len() + 1);
                (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
            });
            let end =
                if random.below(2) == 0 { from } else { to.clamp(from, text.len().min(from + 9)) };
            let end = (from..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from);
            text.replace_range(from..end, PIECES[random.below(PIECES.len())]);
        }
        let text = Text::new(text, Syntax::Yaml);
        let by_json = text.json().ok().and_then(|json| Document::from_json(json).ok());
        match text.document(None) {
            Ok(document) => {
                let by_json = by_json.expect("both ways read it");
                assert_eq!(document.to_json(), by_json.to_json(), "{}", text.as_str());
                read += 1;
            }
            Err(problems) => {
                assert!(by_json.is_none() && !problems.is_empty(), "{}", text.as_str());
                for problem in problems {
                    let at = problem.position.expect("a place");
                    let lines = text.as_str().lines().count().max(1) as u32;
                    assert!((1..=lines).contains(&at.line) && at.column > 0, "{problem}");
                }
                refused += 1;
            }
        }
    }
    assert!(read > 300 && refused > 300, "{read} were read, {refused} refused");
}
