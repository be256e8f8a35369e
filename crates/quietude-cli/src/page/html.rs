//! Puts the data into the template.

use super::data::Data;
use crate::Error;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// The parts of the script, which share one scope.
const SCRIPT: &str = concat!(
    include_str!("base.js"),
    include_str!("rows.js"),
    include_str!("view.js"),
    include_str!("explain.js"),
    include_str!("main.js"),
);

/// The page as HTML.
pub(super) fn page(data: &Data) -> Result<String, Error> {
    let json = for_script(&serde_json::to_string(data)?);
    let mut page = String::with_capacity(json.len() + (1 << 16));
    let mut rest = TEMPLATE;
    // Text that was put in is not searched for places again.
    while let Some((before, after)) = rest.split_once("{{") {
        let (place, after) = after.split_once("}}").expect("the template closes each place");
        page.push_str(before);
        match place {
            "title" => page.push_str(&for_text(&data.title)),
            "style" => page.push_str(STYLE),
            "script" => page.push_str(SCRIPT),
            "data" => page.push_str(&json),
            _ => unreachable!("the template has no other place"),
        }
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON for an element `script`: without the characters that could end the element or
/// begin a comment in it. They occur only within strings, where an escape means the same.
fn for_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}

/// Text for an element that has no markup.
fn for_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
