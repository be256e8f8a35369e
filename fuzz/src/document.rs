//! A document is parsed or rejected; a parsed document round-trips.

use quietude::{Document, Registry, Silencer};

use crate::choices::Choices;
use crate::generate;
use crate::reference::Reference;
use crate::subjects::{OwnedSubject, topology};
use crate::text_or_bytes;

/// An instant in the years of most documents.
const BASE: i64 = 1_795_727_700_000;

/// A document: the bytes as a text, or a document generated from them and damaged.
pub fn document(data: &[u8]) -> bool {
    match text_or_bytes(data) {
        Some(text) => read(&text, BASE, &[]),
        None => {
            let s = &mut Choices::new(data);
            let center = generate::zoned_instant(s);
            let subjects = s.few(2, OwnedSubject::new);
            let damages = s.below(4);
            let mut registry = Registry::new();
            for number in 0..s.below(6) {
                let window = generate::window(s, &format!("w-{number}"), center);
                registry.insert(window).expect("ids are unique");
            }
            let mut text = Document::new(registry, topology(s)).to_json();
            for _ in 0..damages {
                damage(s, &mut text);
            }
            let is_read = read(&text, center.base, &subjects);
            assert!(is_read || damages > 0, "{text}");
            is_read
        }
    }
}

/// Parses a document and checks its round trip and its answers.
fn read(text: &str, base: i64, subjects: &[OwnedSubject]) -> bool {
    let document = match Document::from_json(text) {
        Ok(document) => document,
        Err(error) => {
            let length = error.to_string().len();
            assert!(length < 4000, "an error of {length} bytes");
            return false;
        }
    };
    let written = document.to_json();
    let again = Document::from_json(&written).unwrap_or_else(|e| panic!("{e}: {written}"));
    assert!(again.registry.iter().eq(document.registry.iter()), "{written}");
    assert_eq!(again.to_json(), written);

    let Document { registry, topology, .. } = again;
    let silencer = Silencer::builder().topology(topology).build(&registry).expect("it is small");
    let known = silencer.topology().entities().take(3);
    let mut all: Vec<OwnedSubject> = known.map(OwnedSubject::of).collect();
    all.extend_from_slice(subjects);
    for owned in &all {
        let reference = Reference::new(&registry, silencer.topology(), &owned.subject());
        for t in reference.instants(base) {
            reference.check(&silencer, owned, t);
        }
    }
    true
}

const WORDS: [&str; 22] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "0",
    "-1",
    "1e400",
    "9223372036854775808",
    "1.5",
    "[1]",
    "\"a\"",
    "\"22:00-24:00\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "\"\\ud800\"",
    "\"everything\"",
    "\"Europe/Paris\"",
    "{\"not\":\"everything\"}",
    "31",
    "\"é\"",
    "\"\\u0000\"",
];

/// Replaces, removes or repeats a part of the text.
pub(crate) fn damage(s: &mut Choices<'_>, text: &mut String) {
    let ends: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '"'))
        .map(|(index, _)| index)
        .collect();
    if ends.len() < 2 {
        return;
    }
    let first = s.below(ends.len() - 1);
    let last = (first + 1 + s.below(4)).min(ends.len() - 1);
    let (from, to) = (ends[first], ends[last]);
    match s.below(4) {
        0 => text.replace_range(from..to, ""),
        1 => {
            let again = text[from..to].to_owned();
            text.insert_str(to, &again);
        }
        2 => text.replace_range(from..to, s.pick(&WORDS)),
        // The value after a colon or a comma.
        _ => text.replace_range(from + 1..to.max(from + 1), s.pick(&WORDS)),
    }
}
