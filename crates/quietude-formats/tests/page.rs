//! Replays the samples of the README.
//!
//! `<!-- import: NAME options -->` stands before a sample, a block of the document that it
//! becomes and, if there are notes, a block `text` of them. `<!-- export: NAME options -->`
//! stands before the block that the last document becomes. Options are `timezone=ZONE`,
//! `duration_ms=N`, `calendar=NAME`, and `from=T` and `to=T` of an export.

use quietude::{Document, Interval};
use quietude_formats::{ExportOptions, Format, ImportOptions};

const PAGE: &str = include_str!("../README.md");

/// The blocks of a text up to the next comment: the language and the content of each.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let text = text.split("<!-- ").next().unwrap_or_default();
    let mut parts = text.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        blocks.push(block.split_once('\n').expect("a language"));
    }
    blocks
}

/// The value of `name=value` in a comment.
fn option<'a>(comment: &'a str, name: &str) -> Option<&'a str> {
    comment.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn import_options(comment: &str) -> ImportOptions {
    let mut options = ImportOptions::new();
    if let Some(zone) = option(comment, "timezone") {
        options = options.timezone(zone.parse::<quietude::Zone>().expect("a zone"));
    }
    if let Some(millis) = option(comment, "duration_ms") {
        options = options.duration_millis(millis.parse().expect("milliseconds"));
    }
    if let Some(name) = option(comment, "calendar") {
        options = options.calendar(name);
    }
    options
}

#[test]
fn samples_become_the_documents_of_the_page() {
    let (mut imports, mut exports) = (0, 0);
    let mut last: Option<Document> = None;
    for part in PAGE.split("<!-- ").skip(1) {
        let (comment, rest) = part.split_once(" -->").expect("the end of a comment");
        let (verb, comment) = comment.split_once(": ").expect("import: or export:");
        let format: Format =
            comment.split(' ').next().expect("a format").parse().expect("a format");
        let mut blocks = blocks(rest).into_iter();
        let (_, first) = blocks.next().expect("a block");
        if verb == "export" {
            let bound =
                |name| option(comment, name).expect("a horizon").parse().expect("an instant");
            let options = ExportOptions::new()
                .within(Interval::new(bound("from"), bound("to")).expect("a horizon"));
            let exported = format
                .export(last.as_ref().expect("a document"), &options)
                .expect("it is exported");
            match serde_json::from_str::<serde_json::Value>(first) {
                Ok(expected) => assert_eq!(
                    serde_json::from_str::<serde_json::Value>(&exported.text).expect("JSON"),
                    expected
                ),
                Err(_) => {
                    assert_eq!(exported.text.trim_end().replace("\r\n", "\n"), first.trim_end())
                }
            }
            assert!(exported.notes.is_empty(), "{:?}", exported.notes);
            exports += 1;
            continue;
        }
        assert_eq!(verb, "import");
        let imported = format
            .import(first, &import_options(comment))
            .unwrap_or_else(|error| panic!("{error}\n{first}"));
        let (_, document) = blocks.next().expect("the document");
        let expected =
            Document::from_json(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
        assert_eq!(imported.document.to_json(), expected.to_json());
        let notes: String = imported.notes.iter().map(|note| format!("note: {note}\n")).collect();
        let expected = blocks
            .next()
            .filter(|(language, _)| *language == "text")
            .map_or("", |(_, notes)| notes);
        assert_eq!(notes, expected);
        last = Some(imported.document);
        imports += 1;
    }
    assert!(imports >= 3 && exports >= 1, "{imports} {exports}");
}
