//! Code comments and documentation use standard terms. This test lists words that are
//! not, with the term to use.

use std::fs;
use std::path::{Path, PathBuf};

use regex::{Regex, RegexBuilder};

/// Regular expressions of words and phrases, and the term to use. They match whole
/// words, in lower and upper case, and across line breaks of a comment.
const BANNED: &[(&str, &str)] = &[
    // Techniques.
    (r"glances?", "prefilter"),
    (r"strips|(a|the|its|each|no) strip", "near-now timeline"),
    (r"rolls?", "window table"),
    (r"meters?", "periodic rule"),
    (r"crowd(ed|s)?", "overflow; collisions; many windows"),
    (r"strangers", "unknown entities; default slot"),
    (r"(sends?|sent) for", "prefetch"),
    (r"row of versions", "version chain"),
    (r"(is|are|was|were) written down", "precomputed; recorded"),
    (r"laid out by entity", "precomputed per entity"),
    (r"(goes|go|going) (its|their) own ways?", "branches off; has its own identity"),
    (r"takes? turns", "alternate"),
    (r"in sight", "known; zone-independent"),
    (r"out of reach|afar|far away", "slow path; not in the cache"),
    (r"close at hand", "in the cache"),
    (r"without a jump|cannot foresee", "branch-free; unpredictable branch"),
    // Time.
    (r"for ever", "permanently; without an end"),
    (r"since ever", "from the beginning"),
    (r"the present", "now; the current time"),
    (r"(release|zones|rules|database|data) of the day", "current tz data"),
    // Subjects and verbs.
    (r"whoever|whomever", "a noun"),
    (
        r"what (the |a |an )?\w+ (brings?|says?|knows?|tells?)",
        "a noun: answer; content; query attributes",
    ),
    (
        r"(comment|doc|file|code|table|block|slot|rule|window|zone|test)s? (says?|knows?|tells?)",
        "has; contains; returns",
    ),
    (r"stretch(es)?", "span; interval"),
    (r"read aloud", "reference implementation"),
    (r"anew", "again; from scratch"),
    (r"so (many|few|long) (windows|words|bytes|entities|ids|instants|dates)", "the number of .."),
    (r"the same, (but|where|as|for|with)", "a description of the item by itself"),
    (r"to the letter", "exactly; case-sensitive"),
];

/// Occurrences that are right: the file, and the text.
const ALLOWED: &[(&str, &str)] = &[
    // An error message of the API, which does not change.
    ("src/vendors/virtana/cursor.rs", "anew"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files to check, with their text: all of `src` with the documentation pages, the
/// README and the changelog.
fn checked_files() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root()).unwrap().to_owned(), text)
        })
        .collect()
}

/// Matches `phrase` as whole words. A space also matches a line break within a comment.
/// Parts of an identifier in snake case are words.
fn phrase(phrase: &str) -> Regex {
    let spaced = phrase.replace(' ', r"(?: |\n *(?://[/!]? *)?)");
    RegexBuilder::new(&format!(r"(?:^|[^\p{{L}}])({spaced})(?:$|[^\p{{L}}])"))
        .case_insensitive(true)
        .build()
        .unwrap()
}

/// The banned phrases, each with the term to use.
fn banned() -> Vec<(Regex, &'static str)> {
    BANNED.iter().map(|(pattern, term)| (phrase(pattern), *term)).collect()
}

/// The places in a file at which a banned phrase is.
fn found(banned: &[(Regex, &str)], path: &Path, text: &str) -> Vec<String> {
    let mut places = Vec::new();
    for (regex, term) in banned {
        for captures in regex.captures_iter(text) {
            let hit = captures.get(1).expect("the phrase is a group");
            let is_allowed = |(file, words): &(&str, &str)| {
                path == Path::new(file) && hit.as_str().eq_ignore_ascii_case(words)
            };
            if !ALLOWED.iter().any(is_allowed) {
                let line = text[..hit.start()].matches('\n').count() + 1;
                places.push(format!("{}:{line}: \"{}\": {term}", path.display(), hit.as_str()));
            }
        }
    }
    places
}

#[test]
fn src_and_docs_use_standard_terms() {
    let (banned, files) = (banned(), checked_files());
    assert!(files.len() > 100, "{} files", files.len());
    let places: Vec<_> = files.iter().flat_map(|(path, text)| found(&banned, path, text)).collect();
    assert!(places.is_empty(), "{} places:\n{}", places.len(), places.join("\n"));
}

#[test]
fn banned_phrases_are_found() {
    let banned = banned();
    let count = |text: &str| found(&banned, Path::new("a.rs"), text).len();
    assert_eq!(count("/// At a glance."), 1);
    assert_eq!(count("fn is_crowded() {}"), 1);
    assert_eq!(count("// which the index sends\n    // for, together"), 1);
    assert_eq!(count("/// What the subject brings."), 1);
    assert_eq!(count("/// The same, but for handles."), 1);
    assert_eq!(count("/// A parameter, stripped; presently; it scrolls."), 0);
    assert_eq!(count("text.strip_prefix(b\"\\n\")"), 0);
}
