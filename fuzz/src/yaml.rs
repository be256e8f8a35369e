//! A YAML document is read the same in one pass and by way of its JSON form, or refused with a
//! place in the text.

use quietude::{Document, Registry};
use quietude_formats::native::{Syntax, Text};
use serde_json::Value;

use crate::choices::Choices;
use crate::formats::text;
use crate::generate;
use crate::subjects::topology;

/// A YAML text: the bytes, or a generated document that may be damaged.
pub fn yaml(data: &[u8]) -> bool {
    let text = Text::new(text(data, generated), Syntax::Yaml);
    let by_json = text.json().ok().and_then(|json| Document::from_json(json).ok());
    match text.document(None) {
        Ok(document) => {
            let by_json = by_json.expect("the JSON form is a document, too");
            assert_eq!(document.to_json(), by_json.to_json(), "{}", text.as_str());
            true
        }
        Err(problems) => {
            assert!(by_json.is_none() && !problems.is_empty(), "{}", text.as_str());
            let lines = 1 + text.as_str().matches(['\n', '\r']).count();
            for problem in problems {
                let at = problem.position.expect("a place");
                assert!(at.line >= 1 && at.line as usize <= lines && at.column >= 1, "{problem}");
                assert!(problem.to_string().len() < 4000, "{problem}");
            }
            false
        }
    }
}

fn generated(s: &mut Choices<'_>) -> String {
    let center = generate::zoned_instant(s);
    let mut registry = Registry::new();
    for number in 0..s.below(4) {
        let window = generate::window(s, &format!("w-{number}"), center);
        registry.insert(window).expect("ids are unique");
    }
    let json = Document::new(registry, topology(s)).to_json();
    if s.once_in(4) {
        // JSON is YAML.
        return json;
    }
    let mut text = String::new();
    block(&serde_json::from_str(&json).expect("JSON"), 0, &mut text);
    text
}

/// Appends a value, with its parts on lines of their own.
fn block(value: &Value, indent: usize, text: &mut String) {
    let line = |text: &mut String| {
        text.push('\n');
        text.push_str(&" ".repeat(indent));
    };
    match value {
        Value::Array(list) if !list.is_empty() => {
            for value in list {
                line(text);
                text.push_str("- ");
                block(value, indent + 2, text);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                line(text);
                text.push_str(&format!("{}: ", Value::from(name.as_str())));
                block(value, indent + 2, text);
            }
        }
        value => text.push_str(&value.to_string()),
    }
}
