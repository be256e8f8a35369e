//! What holds for every format of `quietude-formats`.

use quietude::Document;
use quietude_formats::{Format, ImportOptions, Imported};

use crate::choices::Choices;

/// Imports a text and checks the result: the document is read again as it was written, and
/// errors and notes are short lines. `None` if the text is refused.
pub(crate) fn import(format: Format, text: &str) -> Option<Imported> {
    let options =
        ImportOptions::new().timezone(chrono_tz::Europe::Berlin).duration_millis(3_600_000);
    let imported = match format.import(text, &options) {
        Ok(imported) => imported,
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.is_empty() && shown.len() < 4000 && !shown.contains('\n'), "{shown:?}");
            return None;
        }
    };
    for note in &imported.notes {
        assert!(!note.item.is_empty() && !note.message.is_empty(), "{note:?}");
    }
    let written = imported.document.to_json();
    let again = Document::from_json(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.to_json(), written);
    Some(imported)
}

/// The bytes as a text if the first one is printable or white space, and otherwise choices
/// from which `generate` makes a text, which is damaged at up to three places.
pub(crate) fn text(data: &[u8], generate: impl Fn(&mut Choices<'_>) -> String) -> String {
    if data.first().is_some_and(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return String::from_utf8_lossy(data).into_owned();
    }
    let s = &mut Choices::new(data);
    let mut text = generate(s);
    if s.once_in(3) {
        for _ in 0..=s.below(3) {
            damage(s, &mut text);
        }
    }
    text
}

/// Removes, repeats or inserts a part.
fn damage(s: &mut Choices<'_>, text: &mut String) {
    const PARTS: [&str; 12] =
        ["\n", " ", ":", "\"", "'", "[", "}", "- ", "&a ", "*a", "\u{e9}", "99999999999"];
    let at = (0..=s.below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let most = text.len().min(at + 20);
    let end = (at..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at);
    match s.below(3) {
        0 => text.replace_range(at..end, ""),
        1 => {
            let part = text[at..end].to_owned();
            text.insert_str(at, &part);
        }
        _ => text.insert_str(at, s.pick(&PARTS)),
    }
}
